//! Left: the scans with their roles and sites, cautions beside the scan they concern.

use egui::{Align2, CornerRadius, Role as AccessRole, ScrollArea, Sense, Ui, WidgetInfo, pos2, vec2};

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
    loading: &[String],
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
        for name in loading {
            widgets::card(ui, false, |ui| {
                ui.horizontal(|ui| {
                    ui.spinner();
                    let palette = Palette::of(ui);
                    let opening = egui::RichText::new(format!("{} {name}", text::OPENING)).color(palette.weak);
                    ui.add(egui::Label::new(opening).truncate());
                });
            });
        }
        if !model.scans.is_empty() {
            survey_panel::show(ui, shown, surveys, out);
            sites_card::show(ui, shown, out);
        }
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
    });
    let id = ui.scope_id().with(("scan", &card.name));
    // Below the chip: only the part of the card under its title selects it.
    let mut rect = inner.response.rect;
    rect.min.y += 34.0;
    let response = ui.interact(rect, id, Sense::click());
    response.widget_info(|| {
        WidgetInfo::selected(AccessRole::RadioButton, true, card.selected, format!("Show {}", card.name))
    });
    if response.clicked() {
        out.action(Action::Select(card.name.clone()));
    }
    widgets::focus_ring(ui, &response);
    response.context_menu(|ui| scan_menu(ui, card, out));
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
    if ui.button(text::REMOVE_SCAN).clicked() {
        out.command(Command::RemoveScan { scan: card.name.clone() });
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
