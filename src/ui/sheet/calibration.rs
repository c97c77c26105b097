//! Energy calibration: the sum of the reference on the file's axis, with Ti L and O K where they were found. Both can be
//! dragged.

use egui::{CursorIcon, Rect, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::super::chart::Chart;
use super::super::out::Out;
use super::super::plot::range_of;
use super::super::stage::Shown;
use super::super::theme::{self, Palette, SMALL};
use super::super::{format, text, widgets};
use super::split;
use crate::analysis::{Calibration, Report};
use crate::document::Command;
use crate::model::{CalibrationMethod, CalibrationRecipe, Role as ScanRole};

/// Energies shown beside the features, eV.
const AROUND_EV: [f64; 2] = [14.0, 22.0];

/// A feature that fixes the axis: where it belongs, and where it lies on the file's axis.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Anchor {
    nominal_ev: f64,
    file_ev: f64,
}

/// Draws the page.
pub(super) fn show(ui: &mut Ui, shown: &Shown<'_>, report: &Report, out: &mut Out) {
    let Some(entry) = report.calibration.iter().find(|entry| entry.role == ScanRole::Reference) else { return };
    let recipe = &shown.bench.document().session().recipe.calibration;
    let anchors = anchors(recipe, entry);
    let [mut left, mut right] = split(ui, 0.66);
    picture(&mut left, shown, recipe, (entry, anchors), out);
    numbers(&mut right, recipe, entry, out);
}

/// Ti L3 and O K a on the file's axis: as set by hand, as found, or where the calibration puts them.
fn anchors(recipe: &CalibrationRecipe, entry: &Calibration) -> [Anchor; 2] {
    let by_hand = recipe.method == CalibrationMethod::Manual;
    let (pivot, offset, scale) = match recipe.method {
        CalibrationMethod::Manual => (recipe.pivot_ev, recipe.offset_ev, recipe.dispersion_scale),
        CalibrationMethod::File => (0.0, 0.0, 1.0),
        CalibrationMethod::Features => (entry.pivot_ev, entry.offset_ev, entry.dispersion_scale),
    };
    let inverse = |energy: f64| pivot + (energy - pivot - offset) / scale;
    let anchor = |nominal_ev: f64, found: Option<f64>| Anchor {
        nominal_ev,
        file_ev: found.filter(|_| !by_hand).unwrap_or_else(|| inverse(nominal_ev)),
    };
    let nominal = &recipe.nominal;
    [anchor(nominal.l3_ev, entry.found_ev.ti_l3), anchor(nominal.o_k_a_ev, entry.found_ev.o_k_a)]
}

/// The calibration that puts both features where they belong.
fn through(recipe: &CalibrationRecipe, [low, high]: [Anchor; 2]) -> Option<CalibrationRecipe> {
    let dispersion_scale = (high.nominal_ev - low.nominal_ev) / (high.file_ev - low.file_ev);
    (dispersion_scale.is_finite() && (0.5..=2.0).contains(&dispersion_scale)).then(|| CalibrationRecipe {
        method: CalibrationMethod::Manual,
        pivot_ev: low.file_ev,
        offset_ev: low.nominal_ev - low.file_ev,
        dispersion_scale,
        ..recipe.clone()
    })
}

fn picture(
    ui: &mut Ui,
    shown: &Shown<'_>,
    recipe: &CalibrationRecipe,
    (entry, anchors): (&Calibration, [Anchor; 2]),
    out: &mut Out,
) {
    let palette = Palette::of(ui);
    let Some(open) = shown.bench.document().scan(&entry.scan) else { return };
    let axis = open.scan.axis();
    let x = [anchors[0].file_ev - AROUND_EV[0], anchors[1].file_ev + AROUND_EV[1]];
    let x = [x[0].max(axis.first_ev()), x[1].min(axis.last_ev())];
    if x[0] >= x[1] {
        return;
    }
    let sum = open.scan.counts().sum_axis(ndarray::Axis(0));
    let inside = |(e, _): &(f64, f64)| (x[0]..=x[1]).contains(e);
    let points: Vec<(f64, f64)> = axis.energies().into_iter().zip(sum.iter().copied()).filter(inside).collect();
    let place = ui.available_rect_before_wrap();
    let y = range_of(points.iter().map(|(_, counts)| *counts), 0.04, 0.2);
    let chart = Chart::new(ui, place, (x, y), (text::FILE_ENERGY, text::COUNTS_OF_SUM));
    chart.line(ui, points.into_iter(), Stroke::new(1.4, palette.text));
    for (k, name) in [text::TI_L3_FEATURE, text::O_K_A_FEATURE].into_iter().enumerate() {
        anchor(ui, &chart, recipe, (anchors, k, name), out);
    }
    let nearby = [(entry.found_ev.ti_l2, "L₂"), (entry.found_ev.o_k_onset, text::ONSET)];
    for (energy, name) in nearby {
        if let Some(energy) = energy.filter(|e| (x[0]..=x[1]).contains(e)) {
            marker(ui, &chart, energy, name);
        }
    }
}

/// A feature that was found but is not dragged.
fn marker(ui: &Ui, chart: &Chart, energy_ev: f64, name: &str) {
    let palette = Palette::of(ui);
    let x = chart.x.at(energy_ev);
    let line = [pos2(x, chart.rect.top()), pos2(x, chart.rect.bottom())];
    ui.painter().extend(egui::Shape::dashed_line(&line, Stroke::new(1.0, palette.weak), 3.0, 3.0));
    ui.painter().text(line[0] + vec2(4.0, 16.0), egui::Align2::LEFT_TOP, name, theme::regular(SMALL), palette.weak);
}

fn anchor(
    ui: &mut Ui,
    chart: &Chart,
    recipe: &CalibrationRecipe,
    (anchors, k, name): ([Anchor; 2], usize, &str),
    out: &mut Out,
) {
    let palette = Palette::of(ui);
    let anchor = anchors[k];
    let x = chart.x.at(anchor.file_ev);
    let place = Rect::from_x_y_ranges(x - 5.0..=x + 5.0, chart.rect.y_range());
    let id = ui.scope_id().with(("anchor", k));
    let response = ui.interact(place, id, Sense::click_and_drag()).on_hover_cursor(CursorIcon::ResizeHorizontal);
    let info = || WidgetInfo { value: Some(anchor.file_ev), ..WidgetInfo::labeled(Role::Slider, true, name) };
    response.widget_info(info);
    if response.drag_started() {
        // The axes follow what is dragged, so the distance in eV counts from where everything stood at the start.
        ui.data_mut(|data| data.insert_temp(id, (anchors.map(|a| a.file_ev), chart.x.per_pixel())));
    }
    out.gesture(&response, |out| {
        let start: Option<([f64; 2], f64)> = ui.data(|data| data.get_temp(id));
        let (origin, now) = ui.input(|input| (input.pointer.press_origin(), input.pointer.latest_pos()));
        let (Some((start, per_pixel)), Some(origin), Some(now), true) = (start, origin, now, response.dragged()) else {
            return;
        };
        let mut moved = anchors;
        moved[k].file_ev = start[k] + f64::from(now.x - origin.x) * per_pixel;
        moved[1 - k].file_ev = start[1 - k];
        if let Some(calibration) = through(recipe, moved) {
            out.command(Command::SetCalibration { calibration });
        }
    });
    let held = response.hovered() || response.dragged() || response.has_focus();
    ui.painter().vline(x, chart.rect.y_range(), Stroke::new(if held { 2.5 } else { 1.5 }, palette.accent));
    let label = format!("{name}  {} → {} eV", format::fixed(anchor.file_ev, 2), format::fixed(anchor.nominal_ev, 1));
    let galley = ui.painter().layout_no_wrap(label, theme::medium(SMALL), palette.on_accent);
    let size = galley.size() + vec2(12.0, 4.0);
    let left = (x - size.x / 2.0).clamp(chart.rect.left(), (chart.rect.right() - size.x).max(chart.rect.left()));
    let chip = Rect::from_min_size(pos2(left, chart.rect.top() - 4.0), size);
    ui.painter().rect_filled(chip, 4.0, palette.accent);
    ui.painter().galley(chip.center() - galley.size() / 2.0, galley, palette.on_accent);
}

fn numbers(ui: &mut Ui, recipe: &CalibrationRecipe, entry: &Calibration, out: &mut Out) {
    let sigma = |sigma: Option<f64>, decimals| format::plus_minus(sigma.filter(|s| *s > 0.0), decimals);
    let offset = format!("{} eV", format::signed(entry.offset_ev, 3));
    widgets::row(ui, text::OFFSET, |ui| {
        widgets::read_only(ui, text::OFFSET, &offset, &sigma(entry.sigma_offset_ev, 3));
    });
    let scale = format::fixed(entry.dispersion_scale, 4);
    widgets::row(ui, text::DISPERSION_SCALE, |ui| {
        widgets::read_only(ui, text::DISPERSION_SCALE, &scale, &sigma(entry.sigma_dispersion_scale, 4));
    });
    widgets::row(ui, text::METHOD, |ui| {
        widgets::read_only(ui, text::METHOD, text::calibration_method(&entry.method), "")
    });
    ui.horizontal_wrapped(|ui| {
        let choices =
            [(CalibrationMethod::Features, text::CALIBRATE_FEATURES), (CalibrationMethod::File, text::BACK_TO_FILE)];
        for (method, label) in choices {
            if ui.add_enabled(recipe.method != method, egui::Button::new(label)).clicked() {
                let calibration = CalibrationRecipe { method, ..recipe.clone() };
                out.command(Command::SetCalibration { calibration });
            }
        }
    });
    widgets::weak(ui, text::CALIBRATION_HINT);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Recipe;

    #[test]
    fn a_calibration_by_hand_puts_both_features_where_they_belong() {
        let recipe = Recipe::preset("lto").unwrap().calibration;
        let anchor = |nominal_ev, file_ev| Anchor { nominal_ev, file_ev };
        let made = through(&recipe, [anchor(460.4, 456.24), anchor(531.0, 524.65)]).unwrap();
        let at = |file: f64| made.pivot_ev + made.offset_ev + made.dispersion_scale * (file - made.pivot_ev);
        assert!((at(456.24) - 460.4).abs() < 1e-9 && (at(524.65) - 531.0).abs() < 1e-9);
        assert_eq!(through(&recipe, [anchor(460.4, 500.0), anchor(531.0, 500.0)]), None);
    }
}
