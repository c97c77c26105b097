//! Two cursors on the energy axis and the distance between them.

use egui::{CornerRadius, CursorIcon, Rangef, Rect, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::arrows::{Arrows, Axes};
use super::out::Out;
use super::stage::{Lane, Shown};
use super::theme::{self, Palette};
use super::{format, text};

/// Draws the cursors that lie in a lane and lets them be held.
pub(super) fn show(ui: &mut Ui, shown: &Shown<'_>, lane: &Lane<'_>, y: Rangef, out: &mut Out) {
    let Some(cursors) = shown.view.look.cursors_ev else { return };
    for (k, energy_ev) in cursors.into_iter().enumerate() {
        cursor(ui, shown, lane, y, (k, energy_ev), out);
    }
    let scale = lane.scale();
    let ends = cursors.map(|energy| scale.at(energy).clamp(lane.x.min, lane.x.max));
    let inside = cursors.iter().filter(|e| (lane.pane.range_ev[0]..=lane.pane.range_ev[1]).contains(e)).count();
    if inside > 0 {
        let palette = Palette::of(ui);
        let label = format!("Δ {} eV", format::fixed((cursors[1] - cursors[0]).abs(), 2));
        let galley = ui.painter().layout_no_wrap(label, theme::semibold(11.5), palette.plot);
        let half = galley.size().x / 2.0 + 6.0;
        let x = (0.5 * (ends[0] + ends[1])).clamp(lane.x.min + half, (lane.x.max - half).max(lane.x.min + half));
        let middle = pos2(x, y.max - 14.0);
        ui.painter().hline(ends[0].min(ends[1])..=ends[0].max(ends[1]), middle.y, Stroke::new(1.0, palette.text));
        let place = Rect::from_center_size(middle, galley.size() + vec2(12.0, 4.0));
        ui.painter().rect_filled(place, CornerRadius::same(5), palette.text);
        ui.painter().galley(place.center() - galley.size() / 2.0, galley, palette.plot);
    }
}

fn cursor(ui: &mut Ui, shown: &Shown<'_>, lane: &Lane<'_>, y: Rangef, (k, energy_ev): (usize, f64), out: &mut Out) {
    let palette = Palette::of(ui);
    let scale = lane.scale();
    let id = ui.scope_id().with(("cursor", &lane.pane.edge, k));
    let x = scale.at(energy_ev);
    if !lane.x.contains(x) && !ui.ctx().is_being_dragged(id) {
        return;
    }
    let place = Rect::from_x_y_ranges(x - 4.0..=x + 4.0, y);
    let response = ui.interact(place, id, Sense::click_and_drag()).on_hover_cursor(CursorIcon::ResizeHorizontal);
    let name = format!("{} {} ({})", text::CURSOR, k + 1, format::edge_name(&lane.pane.edge));
    let info = || WidgetInfo { value: Some(energy_ev), ..WidgetInfo::labeled(Role::Slider, true, &name) };
    response.widget_info(info);
    let mut to = None;
    if let Some(pos) = ui.input(|input| input.pointer.latest_pos()).filter(|_| response.dragged()) {
        to = Some(scale.value(pos.x.clamp(lane.x.min, lane.x.max)));
    }
    if response.clicked() {
        response.request_focus();
    }
    let [by, _] = Arrows::on(ui, &response, Axes::Horizontal).steps(0.05, 0.5);
    to = to.or((by != 0.0).then_some(energy_ev + by));
    if let Some(to) = to {
        out.look(shown.view, |look| {
            if let Some(cursor) = look.cursors_ev.as_mut().and_then(|cursors| cursors.get_mut(k)) {
                *cursor = to;
            }
        });
    }
    let width = if response.hovered() || response.dragged() || response.has_focus() { 2.0 } else { 1.2 };
    ui.painter().vline(x, y, Stroke::new(width, palette.text));
}
