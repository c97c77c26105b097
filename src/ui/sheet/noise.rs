//! Noise: gain, read noise, fixed pattern, and whether halves of a scan agree as they should.

use egui::{Grid, Rect, RichText, ScrollArea, Stroke, Ui, pos2, vec2};

use super::super::chart::Chart;
use super::super::plot::Ticks;
use super::super::stage::Shown;
use super::super::theme::{self, Palette, SMALL};
use super::super::view_model::Ink;
use super::super::{format, text};
use super::split;
use crate::analysis::{Report, SelfCheck};

/// Draws the page.
pub(super) fn show(ui: &mut Ui, shown: &Shown<'_>, report: &Report) {
    let [mut left, mut right] = split(ui, 0.5);
    ScrollArea::vertical().auto_shrink([false, false]).show(&mut left, |ui| {
        detector(ui, report);
        ui.add_space(6.0);
        patterns(ui, report);
    });
    checks(&mut right, shown, report);
}

fn head(ui: &mut Ui, labels: &[&str]) {
    let palette = Palette::of(ui);
    for label in labels {
        ui.label(RichText::new(*label).size(SMALL).color(palette.weak));
    }
    ui.end_row();
}

fn detector(ui: &mut Ui, report: &Report) {
    let gain = &report.gain;
    let number = |value: Option<f64>, decimals: usize, unit: &str| {
        value.map_or(format::NONE.to_owned(), |v| format!("{} {unit}", format::fixed(v, decimals)))
    };
    Grid::new("detector").num_columns(2).spacing([14.0, 4.0]).show(ui, |ui| {
        let used =
            format!("{} ({})", format::with_sigma(gain.counts_per_electron, gain.sigma, ""), text::gain_source(gain));
        let rows = [
            (text::COUNTS_PER_ELECTRON, used),
            (text::GAIN_OF_FILE, number(gain.file_counts_per_electron, 2, "")),
            (
                text::READ_NOISE,
                match gain.read_noise_counts {
                    None => text::READ_NOISE_IN_GAIN.to_owned(),
                    counts => number(counts, 1, "counts"),
                },
            ),
            (text::CHANNEL_FACTOR, number(gain.channel_factor, 2, "")),
        ];
        for (label, value) in rows {
            ui.label(RichText::new(label).color(Palette::of(ui).weak));
            ui.label(value);
            ui.end_row();
        }
    });
}

fn patterns(ui: &mut Ui, report: &Report) {
    ui.label(RichText::new(text::FIXED_PATTERN).font(theme::semibold(12.0)));
    Grid::new("patterns").num_columns(4).spacing([14.0, 4.0]).show(ui, |ui| {
        head(ui, &[text::SCAN, text::ADDITIVE, text::RELATIVE, text::SHARED]);
        for pattern in &report.pattern {
            ui.label(&pattern.scan);
            ui.label(format::fixed(pattern.additive_counts_per_read, 1));
            let relative = ui.label(format!("{} %", format::fixed(100.0 * pattern.relative, 2)));
            if let Some(chance) = pattern.additive_chance {
                relative.on_hover_text(format!("{} ({} %)", text::MAY_BE_ADDITIVE, format::fixed(100.0 * chance, 0)));
            }
            ui.label(format!("{} %", format::fixed(100.0 * pattern.shared_with_reference, 0)));
            ui.end_row();
        }
    });
}

fn checks(ui: &mut Ui, shown: &Shown<'_>, report: &Report) {
    let palette = Palette::of(ui);
    if report.self_check.is_empty() {
        ui.label(RichText::new(text::NO_CHECKS).color(palette.weak));
        return;
    }
    let place = ui.available_rect_before_wrap();
    let table = 18.0 * (report.self_check.len() as f32 + 1.0);
    let (top, bottom) = place.split_top_bottom_at_y((place.bottom() - table).max(place.top() + 90.0));
    z_picture(ui, shown, report, top);
    ui.scope_builder(egui::UiBuilder::new().max_rect(bottom), |ui| {
        ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| check_table(ui, report));
    });
}

/// Every peak of every check as a point, in standard deviations.
fn z_picture(ui: &Ui, shown: &Shown<'_>, report: &Report, place: Rect) {
    let palette = Palette::of(ui);
    let highest = report.self_check.iter().flat_map(|check| check.z.values()).fold(3.0, |a: f64, z| a.max(z.abs()));
    let columns = report.self_check.len() as f64;
    let ranges = ([0.0, columns], [-1.1 * highest, 1.1 * highest]);
    let chart =
        Chart::with_ticks(ui, place, ranges, ("", text::Z_OF_HALVES), Ticks { values: Vec::new(), decimals: 0 });
    let [top, bottom] = [2.0, -2.0].map(|z| chart.y.at(z));
    let usual = Rect::from_min_max(pos2(chart.rect.left(), top), pos2(chart.rect.right(), bottom));
    ui.painter().rect_filled(usual, 0.0, palette.good.gamma_multiply(0.10));
    for (k, check) in report.self_check.iter().enumerate() {
        let count = check.z.len() as f64;
        for (j, (peak, z)) in check.z.iter().enumerate() {
            let at = chart.at(k as f64 + (j as f64 + 1.0) / (count + 1.0), *z);
            let number = shown.model.scans.iter().position(|card| card.name == check.scan).unwrap_or_default();
            let ink = if number == 0 { Ink::Reference } else { Ink::Site(number - 1) };
            ui.painter().circle(at, 3.5, palette.ink(ink), Stroke::new(1.0, palette.card));
            let label = at - vec2(0.0, 5.0);
            ui.painter().text(label, egui::Align2::CENTER_BOTTOM, peak, theme::regular(10.5), palette.weak);
        }
        let below = pos2(chart.x.at(k as f64 + 0.5), chart.rect.bottom() + 9.0);
        let name = text::split_short(&check.split);
        ui.painter().text(below, egui::Align2::CENTER_CENTER, name, theme::regular(11.0), palette.weak);
    }
}

fn check_table(ui: &mut Ui, report: &Report) {
    let palette = Palette::of(ui);
    Grid::new("checks").num_columns(6).spacing([12.0, 2.0]).show(ui, |ui| {
        head(ui, &[text::SCAN, text::HALVES, "χ²", text::P_VALUE, text::WHITE_LINES_P, text::CHECK_VERDICT]);
        for check in &report.self_check {
            ui.label(&check.scan);
            ui.label(text::split_name(&check.split));
            ui.label(format::fixed(check.chi2, 1));
            ui.label(format::p_value(Some(check.p)));
            ui.label(format::p_value(check.ti_p_equal));
            let (word, colour) = match verdict(check) {
                true => (text::AGREE, palette.good),
                false => (text::DISAGREE, palette.caution),
            };
            ui.label(RichText::new(word).color(colour));
            ui.end_row();
        }
    });
}

/// Whether halves agree within their noise.
fn verdict(check: &SelfCheck) -> bool {
    // As the cautions: one test of white lines among several fails by chance more often than that of drops.
    check.p >= 0.01 && check.ti_p_equal.is_none_or(|p| p >= 1e-3)
}
