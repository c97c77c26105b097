//! Left: the scans with their roles and sites, cautions beside the scan they concern.

use std::path::{Path, PathBuf};

use egui::{Align2, CornerRadius, Role as AccessRole, ScrollArea, Sense, Ui, WidgetInfo, pos2, vec2};

use super::app::file_name;
use super::out::{Action, Out};
use super::stage::Shown;
use super::surveys::Surveys;
use super::theme::{self, BODY, GAP, Palette};
use super::view_model::{ScanCard, SiteLine};
use super::{sites_card, survey_panel, text, widgets};
use crate::document::Command;
use crate::model::Role;

/// Draws the left side of the window.
pub(super) fn show(
    ui: &mut Ui,
    shown: &Shown<'_>,
    loading: &[PathBuf],
    notices: &[String],
    surveys: &mut Surveys,
    out: &mut Out,
) {
    let model = shown.model;
    ui.spacing_mut().item_spacing.y = GAP;
    widgets::section(ui, text::SCANS, |ui| {
        if widgets::link(ui, text::OPEN_SHORT).clicked() {
            out.action(Action::OpenDialog);
        }
    });
    ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = GAP;
        for (k, notice) in notices.iter().enumerate() {
            widgets::cautions(ui, std::slice::from_ref(notice));
            if widgets::link(ui, text::CLOSE).clicked() {
                out.action(Action::Dismiss(k));
            }
        }
        for card in &model.scans {
            scan_card(ui, card, out);
        }
        for path in loading {
            opening(ui, path, out);
        }
        if !model.scans.is_empty() {
            survey_panel::show(ui, shown, surveys, out);
            sites_card::show(ui, shown, out);
        }
        widgets::follow_focus(ui);
    });
}

/// A file on its way, and how to do without it.
fn opening(ui: &mut Ui, path: &Path, out: &mut Out) {
    let name = file_name(path);
    widgets::card(ui, false, |ui| {
        ui.horizontal(|ui| {
            ui.spinner();
            let stop = |ui: &mut Ui| {
                let link = widgets::link(ui, text::CANCEL).accessible_name(format!("{} {name}", text::STOP_OPENING));
                if link.clicked() {
                    out.action(Action::StopOpening(path.to_owned()));
                }
                ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                    let words = egui::RichText::new(format!("{} {name}", text::OPENING)).color(Palette::of(ui).weak);
                    ui.add(egui::Label::new(words).truncate());
                });
            };
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), stop);
        });
    });
}

fn scan_card(ui: &mut Ui, card: &ScanCard, out: &mut Out) {
    let inner = widgets::card(ui, card.selected, |ui| {
        ui.spacing_mut().item_spacing.y = 3.0;
        widgets::card_title(ui, &card.name, |ui| role_chip(ui, card, out));
        for line in &card.facts {
            let palette = Palette::of(ui);
            ui.add(egui::Label::new(egui::RichText::new(line).size(12.0).color(palette.weak)).truncate());
        }
        let lines_end = low_loss(ui, card, out);
        if let Some(thickness) = &card.thickness {
            let words = egui::RichText::new(thickness).size(12.0).color(Palette::of(ui).weak);
            ui.add(egui::Label::new(words).truncate());
        }
        if !card.sites.is_empty() {
            ui.add_space(3.0);
        }
        for site in &card.sites {
            site_line(ui, site);
        }
        if !card.cautions.is_empty() {
            ui.add_space(3.0);
            widgets::cautions(ui, &card.cautions);
        }
        lines_end
    });
    let id = ui.scope_id().with(("scan", &card.name));
    // Below the chip, and below what ends a pairing: only the part of the card under those selects it.
    let mut rect = inner.response.rect;
    rect.min.y = inner.inner.unwrap_or(rect.min.y + 34.0);
    let response = ui.interact(rect, id, Sense::click());
    response.widget_info(|| {
        WidgetInfo::selected(AccessRole::RadioButton, true, card.selected, format!("Show {}", card.name))
    });
    widgets::focus_ring_around(ui, &response, rect);
    if response.clicked() {
        out.action(Action::Select(card.name.clone()));
    }
    response.context_menu(|ui| scan_menu(ui, card, out));
}

/// Where the low loss is from, and how to do without one that was paired: then, where that line ends.
fn low_loss(ui: &mut Ui, card: &ScanCard, out: &mut Out) -> Option<f32> {
    let words = card.low_loss.as_ref()?;
    let palette = Palette::of(ui);
    if !card.paired {
        ui.add(egui::Label::new(egui::RichText::new(words).size(12.0).color(palette.weak)).truncate());
        return None;
    }
    let line = ui.horizontal(|ui| {
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let name = format!("{} {}", text::UNPAIR, card.name);
            let remove = widgets::link(ui, text::REMOVE_SHORT).accessible_name(&name);
            if remove.on_hover_text(text::UNPAIR_HINT).clicked() {
                out.command(Command::SetLowLoss { scan: card.name.clone(), file: None });
            }
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                let words = egui::RichText::new(words).size(12.0).color(palette.weak);
                ui.add(egui::Label::new(words).truncate());
            });
        });
    });
    Some(line.response.rect.max.y)
}

fn role_chip(ui: &mut Ui, card: &ScanCard, out: &mut Out) {
    let label = if card.role == Role::Reference { text::REFERENCE } else { text::SCAN };
    let response = widgets::chip(ui, label, &format!("Role of {}", card.name));
    egui::Popup::menu(&response).show(|ui| scan_menu(ui, card, out));
}

fn scan_menu(ui: &mut Ui, card: &ScanCard, out: &mut Out) {
    if card.role == Role::Scan && ui.button(text::MAKE_REFERENCE).clicked() {
        out.command(Command::SetRole { scan: card.name.clone(), role: Role::Reference });
        ui.close();
    }
    if card.manual && ui.button(text::FIND_SITES).clicked() {
        out.command(Command::SetSites { scan: card.name.clone(), sites: None });
        ui.close();
    }
    ui.menu_button(text::LOW_LOSS_OF, |ui| low_loss_menu(ui, card, out));
    if ui.button(text::REMOVE_SCAN).clicked() {
        out.command(Command::RemoveScan { scan: card.name.clone() });
        ui.close();
    }
}

/// Where the low loss of a scan can be taken from.
fn low_loss_menu(ui: &mut Ui, card: &ScanCard, out: &mut Out) {
    let own = ui.add_enabled(card.path.is_some(), egui::Button::new(text::LOW_LOSS_OWN));
    if own.clicked()
        && let Some(path) = &card.path
    {
        out.action(Action::InspectForLowLoss(card.name.clone(), path.clone()));
        ui.close();
    }
    let other = ui.add_enabled(card.path.is_some(), egui::Button::new(text::LOW_LOSS_OTHER));
    if other.on_disabled_hover_text(text::LOW_LOSS_SAMPLE).clicked() {
        out.action(Action::LowLossDialog(card.name.clone()));
        ui.close();
    }
    if ui.add_enabled(card.paired, egui::Button::new(text::UNPAIR_SHORT)).clicked() {
        out.command(Command::SetLowLoss { scan: card.name.clone(), file: None });
        ui.close();
    }
}

fn site_line(ui: &mut Ui, site: &SiteLine) {
    let palette = Palette::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 18.0), Sense::hover());
    let swatch = egui::Rect::from_center_size(pos2(rect.left() + 5.0, rect.center().y), vec2(10.0, 10.0));
    ui.painter().rect_filled(swatch, CornerRadius::same(3), palette.ink(site.ink));
    let pos = pos2(rect.left() + 17.0, rect.center().y);
    let end = ui.painter().text(pos, Align2::LEFT_CENTER, &site.label, theme::medium(BODY), palette.text).right();
    let detail = format!("· {}", site.detail);
    let place = egui::Rect::from_min_max(pos2(end + 5.0, rect.top()), rect.max);
    widgets::elided(ui, place, &detail, theme::regular(12.0), palette.weak);
}
