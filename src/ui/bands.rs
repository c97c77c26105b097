//! Energy windows on the spectrum plot: a band with a chip; edges and body can be dragged.

use egui::{Color32, CornerRadius, CursorIcon, Key, Rangef, Rect, Response, Role, Sense, Stroke, Ui, WidgetInfo};
use egui::{pos2, vec2};

use super::arrows::{Arrows, Axes};
use super::out::Out;
use super::stage::{Lane, Shown};
use super::theme::{self, Palette};
use super::view_model::{Band, BandKind};
use super::{format, recipe_panel, spectrum_menu, text, widgets};
use crate::document::{Command, WindowName};
use crate::model::{EdgeRecipe, EdgeUse, EnergyWindow};

/// Narrowest window that can be made with the pointer, eV.
const MIN_WIDTH_EV: f64 = 0.2;
/// Energies are put on this grid while dragging, eV.
const SNAP_EV: f64 = 0.05;

fn colours(palette: &Palette, kind: BandKind) -> (Color32, f32) {
    match kind {
        BandKind::Background => (palette.weak, 0.10),
        BandKind::Normalising => (palette.good, 0.16),
        BandKind::Peak => (palette.accent, 0.11),
    }
}

/// Paints the bands; curves go over them.
pub(super) fn paint(ui: &Ui, lane: &Lane<'_>, y: Rangef) {
    let palette = Palette::of(ui);
    let scale = lane.scale();
    let painter = ui.painter_at(lane.rect(y));
    for band in &lane.pane.bands {
        let (colour, share) = colours(palette, band.kind);
        let x = Rangef::new(scale.at(band.window_ev.lo_ev()), scale.at(band.window_ev.hi_ev()));
        painter.rect_filled(Rect::from_x_y_ranges(x, y), CornerRadius::ZERO, colour.gamma_multiply(share));
        for edge in [x.min, x.max] {
            painter.vline(painter.round_to_pixel_center(edge), y, Stroke::new(1.0, colour.gamma_multiply(0.75)));
        }
    }
}

/// Which part of a band is held.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Part {
    Body,
    Low,
    High,
}

/// Chips, and what can be dragged. Bodies lie below all edges, so that touching windows can be told apart.
pub(super) fn handles(ui: &mut Ui, shown: &Shown<'_>, lane: &Lane<'_>, y: Rangef, out: &mut Out) {
    let edge = spectrum_menu::edge_of(shown, lane);
    for band in &lane.pane.bands {
        let response = handle(ui, lane, y, (band, Part::Body), out);
        if let (Some(response), Some(edge)) = (response, edge) {
            widgets::held_menu(&response, |ui| menu(ui, edge, band, out));
            if response.has_focus()
                && ui.input(|input| input.key_pressed(Key::Delete) || input.key_pressed(Key::Backspace))
            {
                remove(edge, band, out);
            }
        }
    }
    for band in &lane.pane.bands {
        handle(ui, lane, y, (band, Part::Low), out);
        handle(ui, lane, y, (band, Part::High), out);
    }
    for band in &lane.pane.bands {
        chip(ui, lane, y, band);
    }
}

fn chip(ui: &Ui, lane: &Lane<'_>, y: Rangef, band: &Band) {
    let palette = Palette::of(ui);
    let scale = lane.scale();
    let x =
        Rangef::new(scale.at(band.window_ev.lo_ev()).max(lane.x.min), scale.at(band.window_ev.hi_ev()).min(lane.x.max));
    if x.span() < 8.0 {
        return;
    }
    let layout = |text: &str| ui.painter().layout_no_wrap(text.to_owned(), theme::semibold(10.5), palette.plot);
    let fits = [&band.label, &band.short].into_iter().map(|label| layout(label)).find(|g| g.size().x + 2.0 <= x.span());
    let Some(galley) = fits else { return };
    let width = (galley.size().x + 12.0).min(x.span() - 1.0);
    let place = Rect::from_center_size(pos2(x.center(), y.min + 12.0), vec2(width, 16.0));
    let (colour, _) = colours(palette, band.kind);
    ui.painter().rect_filled(place, CornerRadius::same(4), colour);
    ui.painter().galley(place.center() - galley.size() / 2.0, galley, palette.plot);
}

fn handle(ui: &mut Ui, lane: &Lane<'_>, y: Rangef, (band, part): (&Band, Part), out: &mut Out) -> Option<Response> {
    let scale = lane.scale();
    let (lo, hi) = (scale.at(band.window_ev.lo_ev()), scale.at(band.window_ev.hi_ev()));
    let inner = ((hi - lo) / 4.0).clamp(1.0, 5.0);
    let (x, cursor) = match part {
        Part::Body => (Rangef::new(lo, hi), CursorIcon::Grab),
        Part::Low => (Rangef::new(lo - 2.0, lo + inner), CursorIcon::ResizeHorizontal),
        Part::High => (Rangef::new(hi - inner, hi + 2.0), CursorIcon::ResizeHorizontal),
    };
    let x = Rangef::new(x.min.max(lane.x.min), x.max.min(lane.x.max));
    let id = ui.scope_id().with((&lane.pane.edge, &band.window, part as u8));
    if x.span() <= 0.0 && !ui.ctx().is_being_dragged(id) {
        return None;
    }
    let place = Rect::from_x_y_ranges(x.min..=x.max.max(x.min + 1.0), y);
    let response = ui.interact(place, id, Sense::click_and_drag()).on_hover_cursor(cursor);
    describe(&response, lane, band, part);
    if response.double_clicked() {
        out.action(super::out::Action::ResetZoom(Some(lane.pane.edge.clone())));
    }
    if response.clicked() || response.drag_started() {
        response.request_focus();
    }
    drag(ui, &response, lane, (band, part), out);
    keys(ui, &response, lane, (band, part), out);
    if response.hovered() || response.dragged() || response.has_focus() {
        highlight(ui, lane, y, (band, part));
    }
    widgets::focus_ring(ui, &response);
    Some(response)
}

/// What a right click on a window offers: its limits, and for a peak what it is for.
fn menu(ui: &mut Ui, edge: &EdgeRecipe, band: &Band, out: &mut Out) {
    ui.set_min_width(190.0);
    ui.label(
        egui::RichText::new(format!("{} {}", format::edge_name(&edge.name), band.window)).font(theme::semibold(12.0)),
    );
    ui.horizontal(|ui| {
        recipe_panel::limits(ui, edge, &band.window, band.window_ev, 70.0, out);
        ui.label("eV");
    });
    let WindowName::Peak(label) = &band.window else { return };
    ui.separator();
    let normalises = edge.usage == EdgeUse::Drops && edge.normalise_by.as_ref() != Some(label);
    if normalises && ui.button(text::NORMALISE_BY_THIS).clicked() {
        out.command(Command::SetNormalisingPeak { edge: edge.name.clone(), label: label.clone() });
        ui.close();
    }
    if ui.button(text::REMOVE_PEAK).clicked() {
        remove(edge, band, out);
        ui.close();
    }
}

/// Takes a peak away; other windows stay.
fn remove(edge: &EdgeRecipe, band: &Band, out: &mut Out) {
    if let WindowName::Peak(label) = &band.window {
        out.command(Command::RemovePeak { edge: edge.name.clone(), label: label.clone() });
    }
}

/// With Alt held, a drag on free space draws a new peak.
pub(super) fn draw_peak(ui: &Ui, response: &Response, shown: &Shown<'_>, lane: &Lane<'_>, out: &mut Out) {
    let id = response.id.with("new peak");
    if response.drag_started() && ui.input(|input| input.modifiers.alt) {
        ui.data_mut(|data| data.insert_temp(id, true));
    }
    if ui.data(|data| data.get_temp::<bool>(id)).is_none() {
        return;
    }
    let scale = lane.scale();
    let (origin, now) = ui.input(|input| (input.pointer.press_origin(), input.pointer.latest_pos()));
    let ends =
        origin.zip(now).map(|(origin, now)| [origin.x, now.x].map(|x| scale.value(x.clamp(lane.x.min, lane.x.max))));
    if let Some(Ok(window)) = ends.map(|[a, b]| EnergyWindow::new(a, b)) {
        let palette = Palette::of(ui);
        let x = Rangef::new(scale.at(window.lo_ev()), scale.at(window.hi_ev()));
        let place = Rect::from_x_y_ranges(x, response.rect.y_range());
        ui.painter().rect_filled(place, CornerRadius::ZERO, palette.accent.gamma_multiply(0.2));
        ui.data_mut(|data| data.insert_temp(id.with("window"), Some(window)));
    }
    if response.drag_stopped() {
        ui.data_mut(|data| data.remove::<bool>(id));
        let window = ui.data_mut(|data| data.remove_temp::<Option<EnergyWindow>>(id.with("window"))).flatten();
        let edge = spectrum_menu::edge_of(shown, lane);
        if let (Some(window), Some(edge)) = (window.filter(|w| w.width_ev() >= MIN_WIDTH_EV), edge) {
            spectrum_menu::add_peak(edge, window, out);
        }
    }
}

/// A window with its limits on the grid.
pub(super) fn tidy(window: EnergyWindow) -> EnergyWindow {
    moved(window, 0.0, Part::Low).and_then(|window| moved(window, 0.0, Part::High)).unwrap_or(window)
}

fn describe(response: &Response, lane: &Lane<'_>, band: &Band, part: Part) {
    let edge = format::edge_name(&lane.pane.edge);
    let (label, value) = match part {
        Part::Body => (format!("{edge} {}", band.window), band.window_ev.centre_ev()),
        Part::Low => (format!("Lower limit of {edge} {}", band.window), band.window_ev.lo_ev()),
        Part::High => (format!("Upper limit of {edge} {}", band.window), band.window_ev.hi_ev()),
    };
    response.widget_info(|| WidgetInfo { value: Some(value), ..WidgetInfo::labeled(Role::Slider, true, &label) });
}

fn highlight(ui: &Ui, lane: &Lane<'_>, y: Rangef, (band, part): (&Band, Part)) {
    let palette = Palette::of(ui);
    let (colour, share) = colours(palette, band.kind);
    let scale = lane.scale();
    let x = Rangef::new(scale.at(band.window_ev.lo_ev()), scale.at(band.window_ev.hi_ev()));
    let painter = ui.painter_at(lane.rect(y));
    match part {
        Part::Body => {
            let place = Rect::from_x_y_ranges(x, y);
            painter.rect_filled(place, CornerRadius::ZERO, colour.gamma_multiply(share * 0.6));
        }
        Part::Low => {
            painter.vline(x.min, y, Stroke::new(2.0, colour));
        }
        Part::High => {
            painter.vline(x.max, y, Stroke::new(2.0, colour));
        }
    }
}

fn drag(ui: &Ui, response: &Response, lane: &Lane<'_>, (band, part): (&Band, Part), out: &mut Out) {
    if response.drag_started() {
        ui.data_mut(|data| data.insert_temp(response.id, band.window_ev));
    }
    out.gesture(response, |out| {
        let start: Option<EnergyWindow> = ui.data(|data| data.get_temp(response.id));
        let (origin, now) = ui.input(|input| (input.pointer.press_origin(), input.pointer.latest_pos()));
        let (Some(start), Some(origin), Some(now), true) = (start, origin, now, response.dragged()) else { return };
        let by = f64::from(now.x - origin.x) * lane.scale().per_pixel();
        send(lane, band, moved(start, by, part), out);
    });
}

/// Arrow keys move what has the focus by one tenth of an eV, with Shift by one.
fn keys(ui: &Ui, response: &Response, lane: &Lane<'_>, (band, part): (&Band, Part), out: &mut Out) {
    let [by, _] = Arrows::on(ui, response, Axes::Horizontal).steps(0.1, 1.0);
    if by != 0.0 {
        send(lane, band, moved(band.window_ev, by, part), out);
    }
}

fn send(lane: &Lane<'_>, band: &Band, window_ev: Option<EnergyWindow>, out: &mut Out) {
    if let Some(window_ev) = window_ev.filter(|window_ev| *window_ev != band.window_ev) {
        let (edge, window) = (lane.pane.edge.clone(), band.window.clone());
        out.command(Command::MoveWindow { edge, window, window_ev });
    }
}

/// A window after a part of it has been moved, kept wide enough.
fn moved(start: EnergyWindow, by: f64, part: Part) -> Option<EnergyWindow> {
    let snap = |energy: f64| (energy / SNAP_EV).round() * SNAP_EV;
    let (lo, hi) = (start.lo_ev(), start.hi_ev());
    let (lo, hi) = match part {
        Part::Body => (snap(lo + by), snap(lo + by) + start.width_ev()),
        Part::Low => (snap(lo + by).min(hi - MIN_WIDTH_EV), hi),
        Part::High => (lo, snap(hi + by).max(lo + MIN_WIDTH_EV)),
    };
    let tidy = |energy: f64| (energy * 1000.0).round() / 1000.0;
    EnergyWindow::new(tidy(lo), tidy(hi)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dragged_body_keeps_its_width_and_a_dragged_edge_never_crosses_the_other() {
        let start = EnergyWindow::new(532.1, 535.0).unwrap();
        let body = moved(start, 1.02, Part::Body).unwrap();
        assert!((body.width_ev() - start.width_ev()).abs() < 1e-9 && (body.lo_ev() - 533.1).abs() < 1e-9);
        let low = moved(start, 9.0, Part::Low).unwrap();
        assert!((low.lo_ev() - 534.8).abs() < 1e-9 && low.hi_ev() == 535.0);
    }
}
