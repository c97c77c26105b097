//! What is seen before anything is open, and what lies over the window: drop hint, image choice, about.

use egui::{Align2, CornerRadius, Id, RichText, Stroke, StrokeKind, Ui, vec2};

use super::app::file_name;
use super::out::{Action, Out, specs};
use super::theme::{self, Palette};
use super::view_state::ViewState;
use super::{text, widgets};
use crate::app::FileSpec;

/// Draws the empty state.
pub(super) fn show(ui: &mut Ui, view: &ViewState, notices: &[String], out: &mut Out) {
    let palette = Palette::of(ui);
    let place = egui::Rect::from_center_size(ui.max_rect().center(), vec2(560.0, 420.0));
    ui.painter().rect_filled(place, CornerRadius::same(12), palette.panel);
    ui.painter().rect_stroke(place, CornerRadius::same(12), Stroke::new(1.0, palette.border), StrokeKind::Inside);
    ui.scope_builder(egui::UiBuilder::new().max_rect(place.shrink(32.0)), |ui| {
        ui.vertical_centered(|ui| {
            ui.add_space(36.0);
            ui.label(RichText::new(text::APP).font(theme::semibold(28.0)));
            ui.add_space(4.0);
            ui.label(RichText::new(text::WELCOME).font(theme::medium(15.0)));
            ui.add_space(2.0);
            ui.label(RichText::new(text::WELCOME_HINT).color(palette.weak));
            ui.add_space(18.0);
            if widgets::primary(ui, text::OPEN_SAMPLE).clicked() {
                out.action(Action::OpenSample);
            }
            if ui.button(text::OPEN).clicked() {
                out.action(Action::OpenDialog);
            }
            ui.add_space(10.0);
            if !view.recent.is_empty() {
                widgets::weak(ui, text::RECENT);
            }
            for path in view.recent.iter().take(5) {
                if widgets::link(ui, &file_name(path)).on_hover_text(path.display().to_string()).clicked() {
                    out.action(Action::Open(FileSpec { path: path.clone(), image: None }));
                }
            }
            widgets::cautions(ui, notices);
        });
    });
}

/// Takes dropped files, and says where they may be dropped.
pub(super) fn overlays(ui: &Ui, out: &mut Out) {
    let dropped =
        ui.input(|input| input.raw.dropped_files.iter().map(|file| file.path().to_owned()).collect::<Vec<_>>());
    specs(dropped).for_each(|spec| out.action(Action::Open(spec)));
    if ui.input(|input| !input.raw.hovered_files.is_empty()) {
        drop_hint(ui);
    }
}

fn drop_hint(ui: &Ui) {
    let palette = Palette::of(ui);
    let layer = egui::LayerId::new(egui::Order::Foreground, Id::unique("drop hint"));
    let painter = ui.ctx().layer_painter(layer);
    let rect = ui.content_rect().shrink(10.0);
    painter.rect_filled(rect, CornerRadius::same(12), palette.accent_soft.gamma_multiply(0.85));
    painter.rect_stroke(rect, CornerRadius::same(12), Stroke::new(2.0, palette.accent), StrokeKind::Inside);
    painter.text(rect.center(), Align2::CENTER_CENTER, text::DROP_HERE, theme::semibold(22.0), palette.accent);
}
