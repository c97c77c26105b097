//! Is Ti L the same as in the reference? The verdict and the numbers behind it, a column for each site.

use egui::{Align, Align2, Color32, Rect, Sense, Ui, pos2, vec2};

use super::stage::Shown;
use super::theme::{self, Palette};
use super::view_model::{ScanCard, ti_of};
use super::{format, text, widgets};
use crate::analysis::{Comparison, TiL};
use crate::model::Role;

const ROW: f32 = 20.0;
const LABEL: f32 = 78.0;

/// Draws the card, when there is a result.
pub(super) fn show(ui: &mut Ui, shown: &Shown<'_>, comparison: Option<&Comparison>) {
    let Some(comparison) = comparison else { return };
    let scan = shown.model.selected().filter(|card| card.role == Role::Scan);
    let Some(scan) = scan.or_else(|| shown.model.scans.iter().find(|card| card.role == Role::Scan)) else { return };
    let entries = ti_of(comparison, &scan.name);
    if entries.is_empty() {
        return;
    }
    widgets::card(ui, false, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        let edge = comparison.invariance_edge().map_or(String::new(), format::edge_name);
        widgets::card_title(ui, &format!("{edge} {}", text::AGAINST_REFERENCE), |_| ());
        heads(ui, scan, &entries);
        row(ui, text::VERDICT, &entries, verdict);
        let plain = Palette::of(ui).text;
        let pair = |value: Option<f64>, sigma: Option<f64>| match (value, sigma) {
            (Some(v), Some(s)) => format!("{} ± {}", format::fixed(v, 3), format::fixed(s, 3)),
            (Some(v), None) => format::fixed(v, 3),
            _ => format::NONE.to_owned(),
        };
        row(ui, text::TI_SHIFT, &entries, |_, entry| (pair(entry.shift_ev, entry.shift_sigma_ev), plain));
        row(ui, text::TI_RATIO, &entries, |_, entry| (pair(entry.l3_l2_relative, entry.l3_l2_sigma), plain));
        let of_titanium = comparison.invariance_edge().is_some_and(|edge| edge.starts_with("Ti "));
        let fraction = if of_titanium { text::TI_FRACTION } else { text::LOWER_VALENCE };
        row(ui, fraction, &entries, |_, entry| {
            let percent = |value: Option<f64>| value.map(|value| 100.0 * value);
            let limit = entry.ti3_upper95.map(|upper| format!("≤ {} %", format::fixed(100.0 * upper, 1)));
            (limit.unwrap_or(pair(percent(entry.ti3_fraction), percent(entry.ti3_sigma))), plain)
        });
        if entries.iter().any(|entry| entry.t2g_eg_splitting.is_some()) {
            row(ui, text::TI_SPLITTING, &entries, |_, entry| {
                let splitting = entry.t2g_eg_splitting.as_ref();
                (pair(splitting.map(|s| s.difference_ev), splitting.map(|s| s.difference_sigma_ev)), plain)
            });
        }
        row(ui, text::TI_P, &entries, |_, entry| (format::p_value(entry.p_equal), plain));
        let reasons: Vec<String> = entries.iter().filter_map(|entry| entry.reason.clone()).collect();
        widgets::cautions(ui, &reasons);
    });
}

/// A line of the card cut into a place for the label and one for each site.
fn cells(ui: &mut Ui, count: usize) -> (Rect, Vec<Rect>) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover());
    let width = (rect.width() - LABEL) / count.max(1) as f32;
    let cell = |k: usize| {
        let left = rect.left() + LABEL + width * k as f32;
        Rect::from_min_max(pos2(left, rect.top()), pos2(left + width, rect.bottom()))
    };
    (rect, (0..count).map(cell).collect())
}

fn heads(ui: &mut Ui, scan: &ScanCard, entries: &[&TiL]) {
    let palette = Palette::of(ui);
    let (_, cells) = cells(ui, entries.len());
    for (cell, entry) in cells.into_iter().zip(entries) {
        let line = scan.sites.iter().find(|line| line.name == entry.site);
        let colour = line.map_or(palette.weak, |line| palette.ink(line.ink));
        ui.painter().text(cell.right_center(), Align2::RIGHT_CENTER, &entry.site, theme::semibold(12.0), colour);
    }
}

fn row(ui: &mut Ui, label: &str, entries: &[&TiL], value: impl Fn(&Palette, &TiL) -> (String, Color32)) {
    let palette = Palette::of(ui);
    let (rect, cells) = cells(ui, entries.len());
    let spoken: Vec<String> =
        entries.iter().map(|entry| format!("{} {}", entry.site, value(palette, entry).0)).collect();
    let read = ui.interact(rect, ui.scope_id().with(("ti l", label)), Sense::hover());
    let read = if label == text::TI_FRACTION { read.on_hover_text(fractions(entries)) } else { read };
    read.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, format!("{label}: {}", spoken.join(", "))));
    ui.painter().text(rect.left_center(), Align2::LEFT_CENTER, label, theme::regular(12.0), palette.weak);
    for (cell, entry) in cells.into_iter().zip(entries) {
        let (text, colour) = value(palette, entry);
        let (text, size) = if cell.width() < 92.0 { (text.replace(" ± ", "±"), 10.5) } else { (text, 12.0) };
        widgets::number(ui, cell, Align::Max, &text, theme::regular(size), colour);
    }
}

/// The fraction with a free and with no shift, site by site.
fn fractions(entries: &[&TiL]) -> String {
    let percent = |value: Option<f64>, sigma: Option<f64>| format::percent(value, sigma);
    let site = |entry: &&TiL| {
        format!(
            "{}: {} {}, {} {}",
            entry.site,
            percent(entry.ti3_fraction, entry.ti3_sigma),
            text::SHIFT_FREE,
            percent(entry.ti3_fixed_shift, entry.ti3_fixed_shift_sigma),
            text::SHIFT_NONE
        )
    };
    entries.iter().map(site).collect::<Vec<_>>().join("\n")
}

fn verdict(palette: &Palette, entry: &TiL) -> (String, Color32) {
    let (word, colour) = match entry.verdict.as_deref() {
        Some("unchanged") => (text::UNCHANGED, palette.good),
        Some("changed") => (text::CHANGED, palette.caution),
        Some(_) => (text::INSUFFICIENT, palette.weak),
        None => (text::NOT_COMPUTED, palette.weak),
    };
    (word.to_owned(), colour)
}
