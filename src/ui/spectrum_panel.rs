//! Spectra and their differences, with the energy windows as bands that can be held.

use egui::{
    Align, Align2, Color32, CursorIcon, Mesh, Pos2, Rangef, Rect, Role, Sense, Shape, Stroke, Ui, WidgetInfo, pos2,
    vec2,
};

use super::bands;
use super::look::Strip;
use super::out::Out;
use super::plot::{self, Scale};
use super::stage::{self, Lane, Shown};
use super::theme::{self, Palette, SMALL};
use super::view_model::{Curve, Ink, WHOLE_PANE};
use super::{components, cursors, display_menu, format, spectrum_menu, text, widgets};

/// Share of the range by which each curve of a waterfall is raised.
const WATERFALL_STEP: f64 = 0.3;
/// A logarithmic axis spans no more than this factor.
const LOG_SPAN: f64 = 1e3;

/// A vertical axis, perhaps logarithmic.
struct Height {
    scale: Scale,
    /// The lowest value shown when logarithmic.
    floor: Option<f64>,
}

impl Height {
    fn at(&self, value: f64) -> f32 {
        self.scale.at(self.floor.map_or(value, |floor| value.max(floor).log10()))
    }

    /// Values of ticks and what they are written as.
    fn ticks(&self, spacing: f32) -> Vec<(f64, String)> {
        let Some(floor) = self.floor else {
            let ticks = self.scale.ticks(spacing);
            return ticks.values.iter().map(|value| (*value, format::tick(*value, ticks.decimals))).collect();
        };
        let decades = self.scale.range[0].floor() as i32..=self.scale.range[1].ceil() as i32;
        let few = self.scale.range[1] - self.scale.range[0] < 2.0;
        let digits: &[f64] = match self.scale.range[1] - self.scale.range[0] {
            decades if decades < 0.7 => &[1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0],
            _ if few => &[1.0, 2.0, 5.0],
            _ => &[1.0],
        };
        let values = decades.flat_map(|decade| digits.iter().map(move |digit| digit * 10f64.powi(decade)));
        let top = 10f64.powf(self.scale.range[1]);
        values
            .filter(|value| (floor..=top).contains(value))
            .map(|value| (value, format!("{}", (value * 1e9).round() / 1e9)))
            .collect()
    }
}

/// Draws the spectra of every pane.
pub(super) fn show(ui: &mut Ui, rect: Rect, shown: &Shown<'_>, lanes: &[Lane<'_>], out: &mut Out) {
    let y = Rangef::new(rect.top() + 10.0, rect.bottom() - 38.0);
    for (k, lane) in lanes.iter().enumerate() {
        ui.push_id(&lane.pane.scan, |ui| spectra(ui, (rect, y), shown, lane, out));
        axis_label(ui, lane, rect.bottom(), lanes.len() > 1);
        if k == 0 {
            rotated(ui, pos2(rect.left() + 10.0, y.center()), &lane.pane.y_label);
        }
    }
    if let Some(last) = lanes.last() {
        let place = Rect::from_x_y_ranges(last.x.max + 12.0..=rect.right() - 8.0, y);
        let place = components::said(ui, place, lanes);
        legend(ui, place, shown, lanes);
    }
}

/// The spectra of one pane.
fn spectra(ui: &mut Ui, (card, y): (Rect, Rangef), shown: &Shown<'_>, lane: &Lane<'_>, out: &mut Out) {
    let response = stage::navigate(ui, lane, y, text::SPECTRA, out);
    spectrum_menu::attach(&response, shown, lane, card, out);
    let lifts = lifts(&lane.pane.curves, shown.view.waterfall && !shown.view.look.log);
    let height = vertical(&lane.pane.curves, &lifts, y, shown.view.look.log);
    stage::verticals(ui, shown, lane, y);
    value_axis(ui, lane, &height);
    energy_axis(ui, lane, y.max);
    bands::paint(ui, lane, y);
    let painter = ui.painter_at(lane.rect(y));
    match &lane.pane.missing {
        Some(reason) => missing(ui, lane.rect(y), reason),
        None => {
            for (curve, lift) in lane.pane.curves.iter().zip(&lifts) {
                paint_curve(ui, &painter, lane, &height, (curve, *lift));
            }
            let lift = lane.pane.components.as_ref().map_or(0.0, |fit| lift_of(&lane.pane.curves, &lifts, fit.ink));
            components::paint(ui, lane, y, &|value| height.at(value + lift));
        }
    }
    bands::handles(ui, shown, lane, y, out);
    bands::draw_peak(ui, &response, shown, lane, out);
    cursors::show(ui, shown, lane, y, out);
}

/// What the energy axis of a pane is; with several panes, of which edge.
fn axis_label(ui: &Ui, lane: &Lane<'_>, bottom: f32, several: bool) {
    let palette = Palette::of(ui);
    let mut job = egui::text::LayoutJob::default();
    if several {
        let name = lane.pane.scan.clone().unwrap_or_else(|| format::edge_name(&lane.pane.edge));
        let name = format!("{name}   ");
        job.append(&name, 0.0, egui::TextFormat::simple(theme::semibold(SMALL), palette.text));
    }
    let with_unit = |unit: &str| {
        let mut job = job.clone();
        job.append(unit, 0.0, egui::TextFormat::simple(theme::regular(SMALL), palette.weak));
        ui.painter().layout_job(job)
    };
    let whole = with_unit(text::ENERGY_LOSS);
    let galley = if whole.size().x > lane.x.span() + 24.0 { with_unit(text::EV) } else { whole };
    let pos = pos2(lane.x.center() - galley.size().x / 2.0, bottom - 7.0 - galley.size().y);
    ui.painter().galley(pos, galley, palette.weak);
}

/// Draws site minus reference, or residuals, of every pane.
pub(super) fn strip(ui: &mut Ui, rect: Rect, shown: &Shown<'_>, lanes: &[Lane<'_>], out: &mut Out) {
    let y = Rangef::new(rect.top() + 9.0, rect.bottom() - 9.0);
    for lane in lanes {
        ui.push_id(&lane.pane.scan, |ui| strip_lane(ui, y, shown, lane, out));
    }
    if let Some(last) = lanes.last() {
        let place = Rect::from_x_y_ranges(last.x.max + 10.0..=rect.right() - 4.0, y);
        strip_label(ui, shown, place, out);
    }
}

fn strip_lane(ui: &mut Ui, y: Rangef, shown: &Shown<'_>, lane: &Lane<'_>, out: &mut Out) {
    let palette = Palette::of(ui);
    stage::navigate(ui, lane, y, text::DIFFERENCES, out);
    let curves = &lane.pane.strip;
    let values = curves.iter().flat_map(|curve| curve.y.iter().copied()).chain([0.0]);
    let scale = Scale::vertical(plot::range_of(values, 0.08, 0.08), y);
    let height = Height { scale, floor: None };
    stage::verticals(ui, shown, lane, y);
    let painter = ui.painter_at(lane.rect(y));
    let sigmas = shown.view.look.band_sigmas;
    for curve in curves {
        for sigma in 1..=sigmas {
            let colour = ink(palette, curve).gamma_multiply(if sigma == 1 { 0.16 } else { 0.10 });
            ribbon(&painter, lane, &height, (curve, 0.0), f64::from(sigma), colour);
        }
        if sigmas == 0 {
            let points = points(lane, &height, curve, 0.0);
            fill_to(&painter, &points, scale.at(0.0), ink(palette, curve).gamma_multiply(0.14));
        }
    }
    painter.hline(lane.x, scale.at(0.0), Stroke::new(1.0, palette.weak));
    for curve in curves {
        let points = points(lane, &height, curve, 0.0);
        line(&painter, points, Stroke::new(1.2, ink(palette, curve)));
    }
    if !curves.is_empty() {
        ticks(ui, lane, &height, 22.0);
    }
}

/// What the strip shows; a click chooses.
fn strip_label(ui: &mut Ui, shown: &Shown<'_>, place: Rect, out: &mut Out) {
    let palette = Palette::of(ui);
    let label = match shown.view.look.strip {
        Strip::Difference => text::SITE_MINUS_REFERENCE,
        Strip::Residuals => text::RESIDUALS_SHORT,
        Strip::FitResiduals => text::FIT_RESIDUALS_SHORT,
    };
    let response = ui.interact(place, ui.scope_id().with("strip"), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, text::STRIP));
    let lit = response.hovered() || response.has_focus();
    let colour = if lit { palette.accent } else { palette.weak };
    widgets::elided(ui, place, label, theme::regular(11.0), colour);
    widgets::focus_ring(ui, &response);
    display_menu::opened(&response.on_hover_cursor(CursorIcon::PointingHand), |ui| {
        display_menu::strip(ui, shown, out);
    });
}

/// The colour of a curve, paler for earlier ones of several scans shown over each other.
fn ink(palette: &Palette, curve: &Curve) -> Color32 {
    palette.ink(curve.ink).lerp_to_gamma(palette.weak, curve.tint)
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

/// How far the curve of a colour is raised.
fn lift_of(curves: &[Curve], lifts: &[f64], ink: Ink) -> f64 {
    curves.iter().zip(lifts).find(|(curve, _)| curve.ink == ink).map_or(0.0, |(_, lift)| *lift)
}

fn vertical(curves: &[Curve], lifts: &[f64], y: Rangef, log: bool) -> Height {
    let values = || curves.iter().zip(lifts).flat_map(|(curve, lift)| curve.y.iter().map(move |v| v + lift));
    // Room above for the chips of the windows.
    let above = f64::from(30.0 / (y.span() - 30.0).max(30.0)) + 0.03;
    let highest = values().filter(|v| v.is_finite()).fold(0.0, f64::max);
    if !log || highest <= 0.0 {
        return Height { scale: Scale::vertical(plot::range_of(values(), 0.05, above), y), floor: None };
    }
    let lowest = values().filter(|v| *v > highest / LOG_SPAN).fold(highest, f64::min);
    let range = plot::range_of([lowest.log10(), highest.log10()].into_iter(), 0.02, above);
    Height { scale: Scale::vertical(range, y), floor: Some(lowest) }
}

/// Curve as points on the screen; values that are no numbers are left out.
fn points(lane: &Lane<'_>, height: &Height, curve: &Curve, lift: f64) -> Vec<Pos2> {
    let across = lane.scale();
    let pairs = lane.pane.energy_ev.iter().zip(&curve.y);
    pairs.filter(|(_, v)| v.is_finite()).map(|(e, v)| pos2(across.at(*e), height.at(v + lift))).collect()
}

fn paint_curve(ui: &Ui, painter: &egui::Painter, lane: &Lane<'_>, height: &Height, (curve, lift): (&Curve, f64)) {
    let colour = ink(Palette::of(ui), curve);
    if curve.sigma.len() == curve.y.len() {
        ribbon(painter, lane, height, (curve, lift), 1.0, colour.gamma_multiply(0.16));
    }
    let points = points(lane, height, curve, lift);
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

/// The band of some standard deviations about a curve.
fn ribbon(
    painter: &egui::Painter,
    lane: &Lane<'_>,
    height: &Height,
    (curve, lift): (&Curve, f64),
    sigmas: f64,
    colour: Color32,
) {
    let across = lane.scale();
    let mut mesh = Mesh::default();
    for ((energy, value), sigma) in lane.pane.energy_ev.iter().zip(&curve.y).zip(&curve.sigma) {
        if value.is_finite() && sigma.is_finite() {
            let x = across.at(*energy);
            mesh.colored_vertex(pos2(x, height.at(value + lift - sigmas * sigma)), colour);
            mesh.colored_vertex(pos2(x, height.at(value + lift + sigmas * sigma)), colour);
        }
    }
    strip_of_triangles(&mut mesh);
    painter.add(mesh);
}

fn fill_to(painter: &egui::Painter, points: &[Pos2], base: f32, colour: Color32) {
    let mut mesh = Mesh::default();
    for point in points {
        mesh.colored_vertex(*point, colour);
        mesh.colored_vertex(pos2(point.x, base), colour);
    }
    strip_of_triangles(&mut mesh);
    painter.add(mesh);
}

/// Joins pairs of vertices to a strip of triangles.
fn strip_of_triangles(mesh: &mut Mesh) {
    let pairs = u32::try_from(mesh.vertices.len() / 2).unwrap_or_default();
    for k in 1..pairs {
        let at = 2 * k;
        mesh.add_triangle(at - 2, at - 1, at);
        mesh.add_triangle(at - 1, at, at + 1);
    }
}

fn value_axis(ui: &Ui, lane: &Lane<'_>, height: &Height) {
    let palette = Palette::of(ui);
    for (value, _) in height.ticks(40.0) {
        let y = ui.painter().round_to_pixel_center(height.at(value));
        ui.painter().hline(lane.x, y, Stroke::new(1.0, palette.grid));
    }
    ticks(ui, lane, height, 40.0);
}

/// Numbers at the left of a pane.
fn ticks(ui: &Ui, lane: &Lane<'_>, height: &Height, spacing: f32) {
    let palette = Palette::of(ui);
    for (value, label) in height.ticks(spacing) {
        let y = height.at(value);
        let place = Rect::from_min_max(pos2(lane.x.min - 40.0, y - 8.0), pos2(lane.x.min - 6.0, y + 8.0));
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
    for curve in legend_curves(lanes, lane) {
        if top + 34.0 > place.bottom() {
            break;
        }
        let colour = ink(palette, curve);
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
            None if lane.pane.edge == WHOLE_PANE => {
                widgets::elided(ui, under, text::MEAN_OF_SCAN, theme::regular(SMALL), palette.weak)
            }
            None if curve.ink == Ink::Reference => {
                widgets::elided(ui, under, text::REFERENCE, theme::regular(SMALL), palette.weak)
            }
            None => widgets::elided(ui, under, &curve.scan, theme::regular(SMALL), palette.weak),
        }
        top += 21.0;
    }
}

/// Curves of the legend: of one lane, or of all when each shows another scan.
fn legend_curves<'a>(lanes: &'a [Lane<'_>], lane: &'a Lane<'_>) -> Vec<&'a Curve> {
    let lanes: Vec<&Lane<'_>> = if lane.pane.scan.is_some() { lanes.iter().collect() } else { vec![lane] };
    let all = lanes.into_iter().enumerate().flat_map(|(k, lane)| lane.pane.curves.iter().map(move |curve| (k, curve)));
    all.filter(|(k, curve)| !curve.is_background && (*k == 0 || curve.ink != Ink::Reference)).map(|(_, c)| c).collect()
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
