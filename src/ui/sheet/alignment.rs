//! Energy drift: how much every position was shifted.

use egui::{Grid, Stroke, Ui};

use super::super::chart::{self, Chart};
use super::super::plot::range_of;
use super::super::stage::Shown;
use super::super::theme::{Palette, SMALL};
use super::super::view_model::Ink;
use super::super::{format, text};
use super::split;
use crate::analysis::{Alignment, Report};

/// Draws the page.
pub(super) fn show(ui: &mut Ui, shown: &Shown<'_>, report: &Report) {
    let [left, mut right] = split(ui, 0.46);
    picture(&left, shown, report);
    table(&mut right, report);
}

fn ink_of(shown: &Shown<'_>, scan: &str) -> Ink {
    let number = shown.model.scans.iter().position(|card| card.name == scan).unwrap_or_default();
    if number == 0 { Ink::Reference } else { Ink::Site(number - 1) }
}

fn picture(ui: &Ui, shown: &Shown<'_>, report: &Report) {
    let palette = Palette::of(ui);
    let drifts = || report.alignment.iter().filter(|entry| !entry.drift_ev.is_empty());
    let sigma = |entry: &Alignment| entry.drift_sigma_ev.unwrap_or(0.0);
    let values =
        drifts().flat_map(|entry| entry.drift_ev.iter().flat_map(move |v| [v - sigma(entry), v + sigma(entry)]));
    let longest = drifts().map(|entry| entry.drift_ev.len()).max().unwrap_or(1);
    let place = ui.available_rect_before_wrap();
    let ranges = ([0.0, longest as f64 - 1.0], range_of(values.chain([0.0]), 0.1, 0.1));
    let chart = Chart::new(ui, place, ranges, (text::POSITION_ALONG, text::DRIFT));
    let mut entries = Vec::new();
    for entry in drifts() {
        let colour = palette.ink(ink_of(shown, &entry.scan));
        let sigma = sigma(entry);
        let band = entry.drift_ev.iter().enumerate().map(|(k, v)| (k as f64, [v - sigma, v + sigma]));
        chart.band(ui, band, colour.gamma_multiply(0.18));
        chart.line(ui, entry.drift_ev.iter().enumerate().map(|(k, v)| (k as f64, *v)), Stroke::new(1.5, colour));
        entries.push((colour, entry.scan.clone()));
    }
    chart::legend(ui, &chart, &entries);
}

fn table(ui: &mut Ui, report: &Report) {
    let palette = Palette::of(ui);
    Grid::new("alignment").num_columns(4).spacing([14.0, 5.0]).show(ui, |ui| {
        for head in [text::SCAN, text::METHOD, text::TO_REFERENCE, text::DRIFT_RMS] {
            ui.label(egui::RichText::new(head).size(SMALL).color(palette.weak));
        }
        ui.end_row();
        for entry in &report.alignment {
            ui.label(&entry.scan);
            ui.label(text::alignment_method(&entry.method));
            let decimals = format::field_decimals(entry.sigma_ev, 3);
            let sigma = format::plus_minus(entry.sigma_ev, decimals);
            ui.label(format!("{} {sigma} eV", format::signed(entry.shift_to_reference_ev, decimals)));
            ui.label(
                rms(&entry.drift_ev).map_or(format::NONE.to_owned(), |rms| format!("{} eV", format::fixed(rms, 3))),
            );
            ui.end_row();
        }
    });
}

fn rms(values: &[f64]) -> Option<f64> {
    let mean_square = values.iter().map(|v| v * v).sum::<f64>() / values.len() as f64;
    (!values.is_empty()).then(|| mean_square.sqrt())
}
