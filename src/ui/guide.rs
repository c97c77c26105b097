//! The first-run guide: five steps over the sample, each pointing at its place; it can be skipped at any time.

use egui::{Align2, Area, CornerRadius, Frame, Id, Margin, Order, Rect, RichText, Stroke, StrokeKind, Ui, vec2};

use super::out::{Action, Out};
use super::theme::{self, Palette};
use super::{text, widgets};

/// Room that the card takes up, points.
const CARD: egui::Vec2 = vec2(326.0, 190.0);

/// Remembers where something is that the guide points at.
pub(super) fn mark(ui: &Ui, name: &str, rect: Rect) {
    ui.data_mut(|data| data.insert_temp(Id::unique(("guide", name)), rect));
}

/// The corner of the window in which the card does not cover what it points at, and its distance from there.
fn corner_beside(ui: &Ui, target: Option<Rect>) -> (Align2, egui::Vec2) {
    let corners = [
        (Align2::LEFT_BOTTOM, vec2(14.0, -40.0)),
        (Align2::RIGHT_BOTTOM, vec2(-14.0, -40.0)),
        (Align2::LEFT_TOP, vec2(14.0, 60.0)),
        (Align2::RIGHT_TOP, vec2(-14.0, 60.0)),
    ];
    let free = |(corner, offset): &(Align2, egui::Vec2)| {
        let card = corner.align_size_within_rect(CARD, ui.content_rect()).translate(*offset);
        target.is_none_or(|target| !target.intersects(card))
    };
    corners.into_iter().find(free).unwrap_or(corners[0])
}

/// Draws a step of the guide, counted from 0.
pub(super) fn show(ui: &Ui, step: usize, out: &mut Out) {
    let Some((place, title, body)) = text::GUIDE.get(step) else { return };
    let palette = Palette::of(ui);
    let target = ui.data(|data| data.get_temp::<Rect>(Id::unique(("guide", *place))));
    if let Some(rect) = target {
        let layer = egui::LayerId::new(Order::Middle, Id::unique("guide frame"));
        let stroke = Stroke::new(2.5, palette.accent);
        ui.ctx().layer_painter(layer).rect_stroke(rect.expand(2.0), CornerRadius::same(9), stroke, StrokeKind::Outside);
    }
    let (corner, offset) = corner_beside(ui, target);
    let area = Area::new(Id::unique("guide")).order(Order::Foreground).anchor(corner, offset);
    area.show(ui.ctx(), |ui| {
        let frame = Frame::popup(ui.style()).inner_margin(Margin::same(16)).corner_radius(CornerRadius::same(12));
        frame.stroke(Stroke::new(1.5, palette.accent)).show(ui, |ui| {
            ui.set_width(290.0);
            let head = Rect::from_min_size(ui.max_rect().min, vec2(290.0, 18.0));
            super::regions::begin_at(ui, text::FIRST_STEPS, head);
            widgets::weak(ui, &format!("{} {} of {}", text::STEP, step + 1, text::GUIDE.len()));
            ui.label(RichText::new(*title).font(theme::semibold(15.0)));
            widgets::wrapped(ui, body);
            ui.add_space(6.0);
            ui.horizontal(|ui| {
                let last = step + 1 == text::GUIDE.len();
                let next = widgets::primary(ui, if last { text::DONE } else { text::NEXT });
                // A step that has just appeared has the keyboard: Enter goes on.
                let shown = Id::unique("guide step");
                if ui.data(|data| data.get_temp::<usize>(shown)) != Some(step) {
                    ui.data_mut(|data| data.insert_temp(shown, step));
                    next.request_focus();
                }
                if next.clicked() {
                    out.action(Action::Guide(if last { None } else { Some(step + 1) }));
                }
                if step > 0 && ui.button(text::BACK).clicked() {
                    out.action(Action::Guide(Some(step - 1)));
                }
                if !last && ui.button(text::SKIP).clicked() {
                    out.action(Action::Guide(None));
                }
            });
        });
    });
}
