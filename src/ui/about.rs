//! What Moray is, what it is built from, and what a report of a defect should hold.

use egui::{RichText, ScrollArea, TextEdit, Ui};

use super::dialogs::Dialogs;
use super::out::{Action, Out};
use super::theme::{self, Palette};
use super::{text, widgets};
use crate::app::Workbench;

/// Every library that the program is built from, with version and licence.
const THIRD_PARTY: &str = include_str!("../../THIRD_PARTY.md");

/// Draws what Moray is.
pub(super) fn show(ui: &mut Ui, out: &mut Out) {
    let version = format!("{} {}", text::APP, env!("CARGO_PKG_VERSION"));
    ui.label(RichText::new(version).font(theme::medium(14.0)));
    widgets::wrapped(ui, text::ABOUT_BODY);
    ui.add_space(4.0);
    ui.horizontal(|ui| {
        if ui.button(text::LICENCES).clicked() {
            out.action(Action::Show(super::dialogs::DialogKind::Licences));
        }
        if ui.button(text::COPY_DIAGNOSTICS).clicked() {
            out.action(Action::CopyDiagnostics);
        }
    });
}

/// Draws the libraries with their licences.
pub(super) fn licences(ui: &mut Ui, dialogs: &mut Dialogs) {
    let first = !dialogs.drawn;
    let query = &mut dialogs.query;
    let field = TextEdit::singleline(query).hint_text(text::SEARCH).desired_width(f32::INFINITY);
    let response = ui.add(field).accessible_name(text::SEARCH);
    if first {
        response.request_focus();
    }
    let wanted = query.to_lowercase();
    let height = (ui.content_rect().height() - 230.0).min(460.0);
    let lines: Vec<&str> = table().filter(|line| line.to_lowercase().contains(&wanted)).collect();
    let row = ui.text_style_height(&egui::TextStyle::Body);
    ScrollArea::vertical().max_height(height).auto_shrink([false, false]).show_rows(
        ui,
        row,
        lines.len(),
        |ui, rows| {
            let palette = Palette::of(ui);
            for line in lines.get(rows).unwrap_or_default() {
                let mut cells = line.trim_matches('|').split('|').map(str::trim);
                let name = cells.next().unwrap_or_default();
                ui.horizontal(|ui| {
                    ui.label(RichText::new(name).font(theme::medium(12.5)));
                    let rest: Vec<&str> = cells.collect();
                    ui.add(
                        egui::Label::new(RichText::new(rest.join("  ·  ")).size(12.0).color(palette.weak)).truncate(),
                    );
                });
            }
        },
    );
}

/// Rows of the committed table, without its head.
fn table() -> impl Iterator<Item = &'static str> {
    THIRD_PARTY.lines().filter(|line| line.starts_with('|')).skip(2)
}

/// What a report of a defect should hold: versions, machine, shapes and messages; no paths and no data.
pub(super) fn diagnostics(bench: &Workbench, graphics: &str, window: &str, messages: &[String]) -> String {
    let session = bench.document().session();
    let mut lines = vec![
        format!("{} {}", text::APP, env!("CARGO_PKG_VERSION")),
        format!("system: {} {}", std::env::consts::OS, std::env::consts::ARCH),
        format!("threads: {}", rayon::current_num_threads()),
        format!("graphics: {graphics}"),
        format!("window: {window}"),
        format!("recipe: {}", session.recipe.name),
    ];
    for (k, input) in session.inputs.iter().enumerate() {
        let open = bench.document().scan(&input.name);
        let size = open.map_or_else(
            || "not open".to_owned(),
            |open| format!("{} positions x {} channels", open.scan.positions(), open.scan.axis().channels()),
        );
        let low = if open.is_some_and(|open| open.low_loss.is_some()) { ", low loss" } else { "" };
        lines.push(format!("scan {}: {:?}, {size}{low}", k + 1, input.role));
    }
    lines.push(format!("failure: {}", bench.failure().map(ToString::to_string).unwrap_or_else(|| "none".to_owned())));
    lines.extend(messages.iter().map(|message| format!("message: {message}")));
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_list_of_libraries_names_the_toolkit_of_the_window_with_its_licence() {
        let row = super::table().find(|line| line.contains("| egui |")).unwrap();
        assert!(row.contains("MIT OR Apache-2.0"), "{row}");
        assert!(super::table().count() > 100);
    }
}
