//! Above: menus, title, undo and export. Below: the read-out, progress and messages.

use egui::{Align, Button, Key, KeyboardShortcut, Layout, MenuBar, Modifiers, Rect, Sense, Ui, pos2, vec2};

use super::app::file_name;
use super::out::{Action, Hover, Out};
use super::theme::{self, BODY, Palette, SMALL};
use super::view_model::{Ink, WindowModel};
use super::view_state::{ThemeChoice, ViewState};
use super::{format, spectrum_panel, text, widgets};
use crate::app::{FileSpec, Workbench};
use crate::document::Command;
use crate::model::Recipe;

const OPEN: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::O);
const SAVE: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::S);
const EXPORT: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::E);
const QUIT: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::Q);
const REDO: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::Z);
const UNDO: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::Z);
const RESET_ZOOM: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::Num0);

/// Turns shortcuts into what the menus do. Redo comes before undo: its shortcut is the longer one.
pub(super) fn shortcuts(ui: &Ui, bench: &Workbench, out: &mut Out) {
    let hit = |shortcut: &KeyboardShortcut| ui.input_mut(|input| input.consume_shortcut(shortcut));
    let actions = [
        (OPEN, Action::OpenDialog),
        (SAVE, Action::SaveDialog),
        (EXPORT, Action::ExportDialog),
        (QUIT, Action::Quit),
        (RESET_ZOOM, Action::ResetZoom(None)),
    ];
    for (shortcut, action) in actions {
        if hit(&shortcut) {
            out.action(action);
        }
    }
    let typing = ui.text_edit_focused();
    if !typing && hit(&REDO) && bench.document().can_redo() {
        out.command(Command::Redo);
    }
    if !typing && hit(&UNDO) && bench.document().can_undo() {
        out.command(Command::Undo);
    }
}

/// Draws the bar at the top.
pub(super) fn show(ui: &mut Ui, bench: &Workbench, view: &ViewState, model: &WindowModel, out: &mut Out) {
    let bar = ui.max_rect();
    let mut clear = [bar.left(), bar.right()];
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        if widgets::primary(ui, text::EXPORT).clicked() {
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
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| clear[0] = menus(ui, bench, view, out));
    });
    title(ui, bar, clear, model, bench.is_edited());
}

/// Draws the name and the menus; gives where they end.
fn menus(ui: &mut Ui, bench: &Workbench, view: &ViewState, out: &mut Out) -> f32 {
    ui.label(egui::RichText::new(text::APP).font(theme::semibold(15.0)));
    ui.add_space(6.0);
    let bar = MenuBar::new().ui(ui, |ui| {
        file_menu(ui, view, out);
        edit_menu(ui, bench, out);
        view_menu(ui, view, out);
        let help = ui.menu_button(text::HELP, |ui| {
            if ui.button(text::ABOUT).clicked() {
                out.action(Action::About(true));
            }
        });
        help.response.rect.right()
    });
    bar.inner
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

fn item(ui: &mut Ui, label: &str, shortcut: Option<&KeyboardShortcut>, enabled: bool) -> bool {
    let mut button = Button::new(label);
    if let Some(shortcut) = shortcut {
        button = button.shortcut_text(ui.format_shortcut(shortcut));
    }
    ui.add_enabled(enabled, button).clicked()
}

fn file_menu(ui: &mut Ui, view: &ViewState, out: &mut Out) {
    ui.menu_button(text::FILE, |ui| {
        ui.set_min_width(200.0);
        if item(ui, text::OPEN, Some(&OPEN), true) {
            out.action(Action::OpenDialog);
        }
        ui.menu_button(text::OPEN_RECENT, |ui| {
            for path in &view.recent {
                if ui.button(file_name(path)).on_hover_text(path.display().to_string()).clicked() {
                    out.action(Action::Open(FileSpec { path: path.clone(), image: None }));
                }
            }
        });
        if item(ui, text::OPEN_SAMPLE, None, true) {
            out.action(Action::OpenSample);
        }
        ui.separator();
        if item(ui, text::SAVE_SESSION, Some(&SAVE), true) {
            out.action(Action::SaveDialog);
        }
        if item(ui, text::EXPORT, Some(&EXPORT), true) {
            out.action(Action::ExportDialog);
        }
        ui.separator();
        if item(ui, text::CLOSE_ALL, None, true) {
            out.action(Action::CloseAll);
        }
        if item(ui, text::QUIT, Some(&QUIT), true) {
            out.action(Action::Quit);
        }
    });
}

fn edit_menu(ui: &mut Ui, bench: &Workbench, out: &mut Out) {
    ui.menu_button(text::EDIT, |ui| {
        ui.set_min_width(200.0);
        if item(ui, text::UNDO, Some(&UNDO), bench.document().can_undo()) {
            out.command(Command::Undo);
        }
        if item(ui, text::REDO, Some(&REDO), bench.document().can_redo()) {
            out.command(Command::Redo);
        }
        ui.separator();
        if item(ui, text::COPY_TABLE, None, bench.derived().is_some()) {
            out.action(Action::CopyTable);
        }
        let name = &bench.document().session().recipe.name;
        if let Ok(preset) = Recipe::preset(name)
            && item(ui, text::RESET_RECIPE, None, preset != bench.document().session().recipe)
        {
            out.command(Command::SetRecipe { recipe: Box::new(preset) });
        }
    });
}

fn view_menu(ui: &mut Ui, view: &ViewState, out: &mut Out) {
    ui.menu_button(text::VIEW, |ui| {
        ui.set_min_width(200.0);
        if item(ui, text::RESET_ZOOM, Some(&RESET_ZOOM), !view.zoom.is_empty()) {
            out.action(Action::ResetZoom(None));
        }
        let mut waterfall = view.waterfall;
        if ui.checkbox(&mut waterfall, text::WATERFALL).clicked() {
            out.action(Action::Waterfall(waterfall));
            ui.close();
        }
        ui.separator();
        let themes = [
            (ThemeChoice::System, text::THEME_SYSTEM),
            (ThemeChoice::Light, text::THEME_LIGHT),
            (ThemeChoice::Dark, text::THEME_DARK),
        ];
        for (choice, label) in themes {
            if ui.radio(view.theme == choice, label).clicked() {
                out.action(Action::Theme(choice));
                ui.close();
            }
        }
    });
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
            let text = message.map(str::to_owned).or(bench.failure().map(ToString::to_string)).unwrap_or_default();
            ui.add(egui::Label::new(egui::RichText::new(text).size(SMALL).color(palette.weak)).truncate());
        } else {
            ui.label(widgets::tabular(ui, &reading, &theme::regular(12.0), palette.text));
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if let Some(share) = bench.progress() {
                if widgets::link(ui, text::CANCEL).clicked() {
                    out.action(Action::Cancel);
                }
                progress(ui, share);
                ui.label(egui::RichText::new(text::COMPARING).size(SMALL).color(palette.weak));
            } else if busy {
                ui.spinner();
            } else if hover.is_some() {
                let text = message.unwrap_or_default();
                ui.add(egui::Label::new(egui::RichText::new(text).size(SMALL).color(palette.weak)).truncate());
            }
        });
    });
}

fn progress(ui: &mut Ui, share: f64) {
    let palette = Palette::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(110.0, 5.0), Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::ProgressIndicator, true, text::COMPARING));
    ui.painter().rect_filled(rect, 2.5, palette.border);
    let done = Rect::from_min_max(rect.min, pos2(rect.left() + rect.width() * share as f32, rect.bottom()));
    ui.painter().rect_filled(done, 2.5, palette.accent);
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
