//! Spectra and their differences, with the energy windows as bands that can be held.

use egui::{Align, Align2, Color32, Mesh, Pos2, Rangef, Rect, Shape, Stroke, Ui, pos2, vec2};

use super::bands;
use super::out::Out;
use super::plot::{self, Scale};
use super::stage::{self, Lane, Shown};
use super::theme::{self, Palette, SMALL};
use super::view_model::{Curve, Ink};
use super::widgets;
use super::{format, text};

/// Share of the range by which each curve of a waterfall is raised.
const WATERFALL_STEP: f64 = 0.3;

/// Draws the spectra of every pane.
pub(super) fn show(ui: &mut Ui, rect: Rect, shown: &Shown<'_>, lanes: &[Lane<'_>], out: &mut Out) {
    let y = Rangef::new(rect.top() + 10.0, rect.bottom() - 38.0);
    for (k, lane) in lanes.iter().enumerate() {
        stage::navigate(ui, lane, y, text::SPECTRA, out);
        let lifts = lifts(&lane.pane.curves, shown.view.waterfall);
        let scale = vertical(&lane.pane.curves, &lifts, y);
        stage::verticals(ui, shown, lane, y);
        value_axis(ui, lane, &scale);
        energy_axis(ui, lane, y.max);
        bands::paint(ui, lane, y);
        let painter = ui.painter_at(lane.rect(y));
        match &lane.pane.missing {
            Some(reason) => missing(ui, lane.rect(y), reason),
            None => {
                for (curve, lift) in lane.pane.curves.iter().zip(&lifts) {
                    paint_curve(ui, &painter, lane, &scale, (curve, *lift));
                }
            }
        }
        bands::handles(ui, lane, y, out);
        axis_label(ui, lane, rect.bottom(), lanes.len() > 1);
        if k == 0 {
            rotated(ui, pos2(rect.left() + 10.0, y.center()), &lane.pane.y_label);
        }
    }
    if let Some(last) = lanes.last() {
        let place = Rect::from_x_y_ranges(last.x.max + 12.0..=rect.right() - 8.0, y);
        legend(ui, place, shown, lanes);
    }
}

/// What the energy axis of a pane is; with several panes, of which edge.
fn axis_label(ui: &Ui, lane: &Lane<'_>, bottom: f32, several: bool) {
    let palette = Palette::of(ui);
    let mut job = egui::text::LayoutJob::default();
    if several {
        let name = format!("{}   ", format::edge_name(&lane.pane.edge));
        job.append(&name, 0.0, egui::TextFormat::simple(theme::semibold(SMALL), palette.text));
    }
    job.append(text::ENERGY_LOSS, 0.0, egui::TextFormat::simple(theme::regular(SMALL), palette.weak));
    let galley = ui.painter().layout_job(job);
    let pos = pos2(lane.x.center() - galley.size().x / 2.0, bottom - 7.0 - galley.size().y);
    ui.painter().galley(pos, galley, palette.weak);
}

/// Draws site minus reference of every pane.
pub(super) fn differences(ui: &mut Ui, rect: Rect, shown: &Shown<'_>, lanes: &[Lane<'_>], out: &mut Out) {
    let palette = Palette::of(ui);
    let y = Rangef::new(rect.top() + 9.0, rect.bottom() - 9.0);
    for lane in lanes {
        stage::navigate(ui, lane, y, text::DIFFERENCES, out);
        let curves = &lane.pane.differences;
        let values = curves.iter().flat_map(|curve| curve.y.iter().copied()).chain([0.0]);
        let scale = Scale::vertical(plot::range_of(values, 0.08, 0.08), y);
        stage::verticals(ui, shown, lane, y);
        let painter = ui.painter_at(lane.rect(y));
        for curve in curves {
            let points = points(lane, &scale, curve, 0.0);
            fill_to(&painter, &points, scale.at(0.0), palette.ink(curve.ink).gamma_multiply(0.14));
        }
        painter.hline(lane.x, scale.at(0.0), Stroke::new(1.0, palette.weak));
        for curve in curves {
            let points = points(lane, &scale, curve, 0.0);
            line(&painter, points, Stroke::new(1.2, palette.ink(curve.ink)));
        }
        if !curves.is_empty() {
            ticks(ui, lane, &scale, 22.0);
        }
    }
    if let Some(last) = lanes.last() {
        let place = Rect::from_x_y_ranges(last.x.max + 10.0..=rect.right() - 4.0, y);
        widgets::elided(ui, place, text::SITE_MINUS_REFERENCE, theme::regular(11.0), palette.weak);
    }
}

fn lifts(curves: &[Curve], waterfall: bool) -> Vec<f64> {
    let values = curves.iter().flat_map(|curve| curve.y.iter().copied());
    let [lo, hi] = plot::range_of(values, 0.0, 0.0);
    let step = if waterfall { WATERFALL_STEP * (hi - lo) } else { 0.0 };
    let mut level = 0.0;
    let mut out = Vec::new();
    for curve in curves {
        if !curve.is_background && !out.is_empty() {
            level += step;
        }
        out.push(level);
    }
    out
}

fn vertical(curves: &[Curve], lifts: &[f64], y: Rangef) -> Scale {
    let values = curves.iter().zip(lifts).flat_map(|(curve, lift)| curve.y.iter().map(move |v| v + lift));
    // Room above for the chips of the windows.
    let above = f64::from(30.0 / (y.span() - 30.0).max(30.0));
    Scale::vertical(plot::range_of(values, 0.05, above + 0.03), y)
}

/// Curve as points on the screen; values that are no numbers are left out.
fn points(lane: &Lane<'_>, scale: &Scale, curve: &Curve, lift: f64) -> Vec<Pos2> {
    let across = lane.scale();
    let pairs = lane.pane.energy_ev.iter().zip(&curve.y);
    pairs.filter(|(_, v)| v.is_finite()).map(|(e, v)| pos2(across.at(*e), scale.at(v + lift))).collect()
}

fn paint_curve(ui: &Ui, painter: &egui::Painter, lane: &Lane<'_>, scale: &Scale, (curve, lift): (&Curve, f64)) {
    let palette = Palette::of(ui);
    let colour = palette.ink(curve.ink);
    if !curve.is_background && curve.sigma.len() == curve.y.len() {
        ribbon(painter, lane, scale, (curve, lift), colour.gamma_multiply(0.16));
    }
    let points = points(lane, scale, curve, lift);
    if curve.is_background {
        painter.extend(Shape::dashed_line(&points, Stroke::new(1.2, colour), 5.0, 3.0));
    } else {
        let width = if curve.ink == Ink::Reference { 1.7 } else { 1.5 };
        line(painter, points, Stroke::new(width, colour));
    }
}

fn line(painter: &egui::Painter, points: Vec<Pos2>, stroke: Stroke) {
    if points.len() > 1 {
        painter.add(Shape::line(points, stroke));
    }
}

/// The band of one standard deviation about a curve.
fn ribbon(painter: &egui::Painter, lane: &Lane<'_>, scale: &Scale, (curve, lift): (&Curve, f64), colour: Color32) {
    let across = lane.scale();
    let mut mesh = Mesh::default();
    for ((energy, value), sigma) in lane.pane.energy_ev.iter().zip(&curve.y).zip(&curve.sigma) {
        if value.is_finite() && sigma.is_finite() {
            let x = across.at(*energy);
            mesh.colored_vertex(pos2(x, scale.at(value + lift - sigma)), colour);
            mesh.colored_vertex(pos2(x, scale.at(value + lift + sigma)), colour);
        }
    }
    strip(&mut mesh);
    painter.add(mesh);
}

fn fill_to(painter: &egui::Painter, points: &[Pos2], base: f32, colour: Color32) {
    let mut mesh = Mesh::default();
    for point in points {
        mesh.colored_vertex(*point, colour);
        mesh.colored_vertex(pos2(point.x, base), colour);
    }
    strip(&mut mesh);
    painter.add(mesh);
}

/// Joins pairs of vertices to a strip of triangles.
fn strip(mesh: &mut Mesh) {
    let pairs = u32::try_from(mesh.vertices.len() / 2).unwrap_or_default();
    for k in 1..pairs {
        let at = 2 * k;
        mesh.add_triangle(at - 2, at - 1, at);
        mesh.add_triangle(at - 1, at, at + 1);
    }
}

fn value_axis(ui: &Ui, lane: &Lane<'_>, scale: &Scale) {
    let palette = Palette::of(ui);
    for value in scale.ticks(40.0).values {
        let y = ui.painter().round_to_pixel_center(scale.at(value));
        ui.painter().hline(lane.x, y, Stroke::new(1.0, palette.grid));
    }
    ticks(ui, lane, scale, 40.0);
}

/// Numbers at the left of a pane.
fn ticks(ui: &Ui, lane: &Lane<'_>, scale: &Scale, spacing: f32) {
    let palette = Palette::of(ui);
    let ticks = scale.ticks(spacing);
    for value in &ticks.values {
        let place = Rect::from_min_max(
            pos2(lane.x.min - 40.0, scale.at(*value) - 8.0),
            pos2(lane.x.min - 6.0, scale.at(*value) + 8.0),
        );
        let label = format::fixed(*value, ticks.decimals);
        widgets::number(ui, place, Align::Max, &label, theme::regular(11.0), palette.weak);
    }
}

fn energy_axis(ui: &Ui, lane: &Lane<'_>, bottom: f32) {
    let palette = Palette::of(ui);
    let scale = lane.scale();
    let ticks = scale.ticks(64.0);
    ui.painter().hline(lane.x, bottom, Stroke::new(1.0, palette.border));
    for value in &ticks.values {
        let x = scale.at(*value);
        ui.painter().vline(
            ui.painter().round_to_pixel_center(x),
            bottom..=bottom + 4.0,
            Stroke::new(1.0, palette.border),
        );
        let place = Rect::from_center_size(pos2(x, bottom + 12.0), vec2(40.0, 14.0));
        let label = format::fixed(*value, ticks.decimals);
        widgets::number(ui, place, Align::Center, &label, theme::regular(11.0), palette.weak);
    }
}

fn missing(ui: &Ui, rect: Rect, reason: &str) {
    let palette = Palette::of(ui);
    ui.painter().text(rect.center(), Align2::CENTER_CENTER, reason, theme::regular(13.0), palette.weak);
}

/// Text that reads upwards.
fn rotated(ui: &Ui, centre: Pos2, label: &str) {
    let palette = Palette::of(ui);
    let galley = ui.painter().layout_no_wrap(label.to_owned(), theme::regular(SMALL), palette.weak);
    let size = galley.size();
    let pos = pos2(centre.x - size.y / 2.0, centre.y + size.x / 2.0);
    let angle = -std::f32::consts::FRAC_PI_2;
    ui.painter().add(egui::epaint::TextShape::new(pos, galley, palette.weak).with_angle(angle));
}

/// Names of the curves, with their values under the pointer.
fn legend(ui: &Ui, place: Rect, shown: &Shown<'_>, lanes: &[Lane<'_>]) {
    let palette = Palette::of(ui);
    let Some(lane) = lanes.iter().rev().find(|lane| !lane.pane.curves.is_empty()) else { return };
    let mut top = place.top() + 2.0;
    for curve in lane.pane.curves.iter().filter(|curve| !curve.is_background) {
        if top + 34.0 > place.bottom() {
            break;
        }
        let colour = palette.ink(curve.ink);
        let mid = top + 8.0;
        let swatch = [pos2(place.left(), mid), pos2(place.left() + 16.0, mid)];
        ui.painter().line_segment(swatch, Stroke::new(2.5, colour));
        let name = if curve.ink == Ink::Reference { &curve.scan } else { &curve.name };
        let name_rect = Rect::from_min_max(pos2(place.left() + 22.0, top), pos2(place.right(), top + 16.0));
        widgets::elided(ui, name_rect, name, theme::medium(12.0), palette.text);
        top += 17.0;
        let under = Rect::from_min_max(pos2(place.left() + 22.0, top), pos2(place.right(), top + 14.0));
        match value_under_pointer(shown, lanes, curve) {
            Some(value) => widgets::number(ui, under, Align::Min, &value, theme::regular(SMALL), colour),
            None if curve.ink == Ink::Reference => {
                widgets::elided(ui, under, text::REFERENCE, theme::regular(SMALL), palette.weak)
            }
            None => widgets::elided(ui, under, &curve.scan, theme::regular(SMALL), palette.weak),
        }
        top += 21.0;
    }
}

/// The value of a curve at the pointer, in the pane where the pointer is.
fn value_under_pointer(shown: &Shown<'_>, lanes: &[Lane<'_>], curve: &Curve) -> Option<String> {
    let hover = shown.hover?;
    let pane = lanes.iter().find(|lane| lane.pane.edge == hover.edge)?.pane;
    let same = |other: &&Curve| other.name == curve.name && other.scan == curve.scan && !other.is_background;
    let value = value_at(&pane.energy_ev, &pane.curves.iter().find(same)?.y, hover.energy_ev)?;
    Some(format::reading(value))
}

/// The value of the channel nearest to an energy.
pub(super) fn value_at(energy_ev: &[f64], y: &[f64], at: f64) -> Option<f64> {
    let after = energy_ev.partition_point(|e| *e < at);
    let before = after.saturating_sub(1);
    let far = |k: usize| energy_ev.get(k).map_or(f64::INFINITY, |e| (e - at).abs());
    let nearest = if far(before) <= far(after) { before } else { after };
    y.get(nearest).copied().filter(|v| v.is_finite())
}
