//! Above: menus, title, undo and export. Below: the read-out, progress and messages.

use egui::{Align, Button, Layout, MenuBar, Rect, Sense, Ui, pos2, vec2};

use super::out::{Action, Hover, Out};
use super::registry::{Entry, Menu};
use super::theme::{self, BODY, Palette, SMALL};
use super::view_model::{Ink, WindowModel};
use super::{format, spectrum_panel, text, widgets};
use crate::app::Workbench;
use crate::document::Command;

/// Draws the bar at the top.
pub(super) fn show(ui: &mut Ui, bench: &Workbench, model: &WindowModel, entries: &[Entry], out: &mut Out) {
    let bar = ui.max_rect();
    let mut clear = [bar.left(), bar.right()];
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        let export = widgets::primary(ui, text::EXPORT);
        super::guide::mark(ui, text::EXPORT, export.rect);
        if export.clicked() {
            out.action(Action::ExportDialog);
        }
        if ui.add(Button::new(text::SESSION).min_size(vec2(0.0, theme::BAR_HEIGHT))).clicked() {
            out.action(Action::SaveDialog);
        }
        if widgets::icon_button(ui, text::REDO, bench.document().can_redo(), "↻").clicked() {
            out.command(Command::Redo);
        }
        if widgets::icon_button(ui, text::UNDO, bench.document().can_undo(), "↺").clicked() {
            out.command(Command::Undo);
        }
        clear[1] = ui.min_rect().left();
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| clear[0] = menus(ui, entries, out));
    });
    title(ui, bar, clear, model, bench.is_edited());
}

/// Draws the name and the menus; gives where they end.
fn menus(ui: &mut Ui, entries: &[Entry], out: &mut Out) -> f32 {
    ui.label(egui::RichText::new(text::APP).font(theme::semibold(15.0)));
    ui.add_space(6.0);
    let bar = MenuBar::new().ui(ui, |ui| {
        let draw = |ui: &mut Ui, menu: Menu, out: &mut Out| {
            let here: Vec<&Entry> = entries.iter().filter(|entry| entry.menu == menu).collect();
            ui.menu_button(menu.name(), |ui| items(ui, &here, out)).response.rect.right()
        };
        Menu::ALL.iter().map(|menu| draw(ui, *menu, out)).last().unwrap_or_default()
    });
    bar.inner
}

/// The entries of one menu: a line between groups, a submenu where several stand under one name.
pub(super) fn items(ui: &mut Ui, entries: &[&Entry], out: &mut Out) {
    ui.set_min_width(210.0);
    let mut k = 0;
    while let Some(entry) = entries.get(k) {
        if k > 0 && entries.get(k - 1).is_some_and(|before| before.group != entry.group) {
            ui.separator();
        }
        let rest = entries.get(k..).unwrap_or_default();
        let count = entry.under.map_or(1, |under| rest.iter().take_while(|other| other.under == Some(under)).count());
        let together = rest.get(..count).unwrap_or_default();
        match entry.under {
            Some(under) => {
                ui.menu_button(under, |ui| together.iter().for_each(|entry| item(ui, entry, out)));
            }
            None => item(ui, entry, out),
        }
        k += count;
    }
}

fn item(ui: &mut Ui, entry: &Entry, out: &mut Out) {
    let name: egui::Atom<'_> = entry.name.as_ref().into();
    let shortcut = entry.keys(ui).unwrap_or_default();
    let mark = if entry.checked == Some(true) { "✓" } else { "" };
    let shown =
        [shortcut.as_str(), mark].iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join("   ");
    let mut button = Button::new(name);
    if !shown.is_empty() {
        button = button.shortcut_text(shown);
    }
    let response = ui.add_enabled(entry.enabled, button);
    response.widget_info(|| {
        let mut info = egui::WidgetInfo::labeled(egui::Role::Button, entry.enabled, entry.name.as_ref());
        info.selected = entry.checked;
        info
    });
    if response.clicked() {
        entry.choose(out);
    }
}

/// The title in the middle of the window, or of the room there is.
fn title(ui: &Ui, bar: Rect, [left, right]: [f32; 2], model: &WindowModel, edited: bool) {
    let palette = Palette::of(ui);
    let mut job = egui::text::LayoutJob::default();
    job.append(&model.title, 0.0, egui::TextFormat::simple(theme::semibold(BODY), palette.text));
    if edited {
        let note = format!("  ·  {}", text::EDITED);
        job.append(&note, 0.0, egui::TextFormat::simple(theme::regular(BODY), palette.weak));
    }
    job.wrap = egui::text::TextWrapping::truncate_at_width((right - left - 32.0).max(20.0));
    let galley = ui.painter().layout_job(job);
    let half = galley.size().x / 2.0;
    let x = bar.center().x.min(right - 16.0 - half).max(left + 16.0 + half);
    ui.painter().galley(pos2(x - half, bar.center().y - galley.size().y / 2.0), galley, palette.text);
}

/// Draws the bar at the bottom.
pub(super) fn status(
    ui: &mut Ui,
    bench: &Workbench,
    model: &WindowModel,
    (hover, message, busy): (Option<&Hover>, Option<&str>, bool),
    out: &mut Out,
) {
    let palette = Palette::of(ui);
    ui.horizontal_centered(|ui| {
        let reading = hover.map(|hover| read_out(hover, model)).unwrap_or_default();
        if reading.is_empty() {
            // What went wrong stands before what went well earlier.
            let failure = bench.failure().filter(|_| !model.scans.is_empty());
            let failure = failure.map(|failure| format::sentence(&failure.to_string()));
            let text = failure.or(message.map(str::to_owned)).unwrap_or_default();
            ui.add(egui::Label::new(egui::RichText::new(text).size(SMALL).color(palette.weak)).truncate());
        } else {
            ui.label(widgets::tabular(ui, &reading, &theme::regular(12.0), palette.text));
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if let Some(share) = bench.progress() {
                if widgets::link(ui, text::CANCEL).clicked() {
                    out.action(Action::Cancel);
                }
                progress(ui, text::COMPARING, share);
            } else if let Some([done, of]) = bench.drawing() {
                if widgets::link(ui, text::CANCEL).clicked() {
                    out.command(Command::SetBootstrap { draws: None });
                }
                let count = format!("{done} / {of}");
                ui.label(widgets::tabular(ui, &count, &theme::regular(SMALL), palette.weak));
                progress(ui, text::BOOTSTRAP, f64::from(done) / f64::from(of.max(1)));
            } else if busy {
                ui.spinner();
            } else if hover.is_some() {
                let text = message.unwrap_or_default();
                ui.add(egui::Label::new(egui::RichText::new(text).size(SMALL).color(palette.weak)).truncate());
            }
        });
    });
}

fn progress(ui: &mut Ui, name: &str, share: f64) {
    let palette = Palette::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(110.0, 5.0), Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::ProgressIndicator, true, name));
    ui.painter().rect_filled(rect, 2.5, palette.border);
    let done = Rect::from_min_max(rect.min, pos2(rect.left() + rect.width() * share as f32, rect.bottom()));
    ui.painter().rect_filled(done, 2.5, palette.accent);
    ui.label(egui::RichText::new(name).size(SMALL).color(palette.weak));
}

/// Energy, position and every curve's value at the pointer.
fn read_out(hover: &Hover, model: &WindowModel) -> String {
    let mut parts = vec![format!("{} eV", format::fixed(hover.energy_ev, 2))];
    parts.extend(hover.position.map(|position| format!("position {position}")));
    let pane = model.panes.iter().find(|pane| pane.edge == hover.edge);
    for curve in pane.iter().flat_map(|pane| &pane.curves).filter(|curve| !curve.is_background) {
        let values = pane.map(|pane| pane.energy_ev.as_slice()).unwrap_or_default();
        if let Some(value) = spectrum_panel::value_at(values, &curve.y, hover.energy_ev) {
            let name = if curve.ink == Ink::Reference { &curve.scan } else { &curve.name };
            parts.push(format!("{} ({name})", format::reading(value)));
        }
    }
    parts.join("  ·  ")
}
