//! The dialogs about sessions: files that were not found again, and sessions left over from a run that did not end well.

use std::time::SystemTime;

use egui::{Grid, RichText, Ui};

use super::app::file_name;
use super::dialogs::frame;
use super::out::{Action, Out};
use super::{text, widgets};
use crate::app::{LinkProblem, Orphan, Unlinked};

/// Draws the list of files that were not found, or hold something else now.
pub(super) fn unlinked(ui: &Ui, files: &[&Unlinked], out: &mut Out) {
    frame(ui, text::UNLINKED_TITLE, 560.0, out, |ui, out| {
        widgets::weak(ui, text::UNLINKED_HINT);
        ui.add_space(8.0);
        Grid::new("unlinked").num_columns(2).spacing([16.0, 10.0]).show(ui, |ui| {
            for file in files {
                one_file(ui, file, out);
                ui.end_row();
            }
        });
    });
}

fn one_file(ui: &mut Ui, file: &Unlinked, out: &mut Out) {
    let name = file_name(&file.path);
    ui.vertical(|ui| {
        ui.set_width(330.0);
        ui.label(RichText::new(&name).strong()).on_hover_text(file.path.display().to_string());
        widgets::weak(ui, text::link_problem(&file.problem));
    });
    ui.horizontal(|ui| {
        if named(ui, text::LOCATE, &name).clicked() {
            out.action(Action::Locate(file.sha256.clone()));
        }
        if matches!(file.problem, LinkProblem::Changed { .. }) && named(ui, text::USE_AS_IT_IS, &name).clicked() {
            out.action(Action::Relink(file.sha256.clone(), file.path.clone()));
        }
    });
}

/// A button whose name for screen readers says what it is about.
fn named(ui: &mut Ui, label: &str, about: &str) -> egui::Response {
    let response = ui.button(label);
    let name = format!("{label} {about}");
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &name));
    response
}

/// Draws the list of sessions that were open when the program ended without being closed.
pub(super) fn recovery(ui: &Ui, orphans: &[Orphan], out: &mut Out) {
    frame(ui, text::RECOVERY_TITLE, 560.0, out, |ui, out| {
        widgets::weak(ui, text::RECOVERY_HINT);
        ui.add_space(8.0);
        Grid::new("recovery").num_columns(2).spacing([16.0, 10.0]).show(ui, |ui| {
            for (k, orphan) in orphans.iter().enumerate() {
                one_session(ui, k, orphan, out);
                ui.end_row();
            }
        });
    });
}

fn one_session(ui: &mut Ui, k: usize, orphan: &Orphan, out: &mut Out) {
    let names: Vec<&str> = orphan.saved.session.inputs.iter().map(|input| input.name.as_str()).collect();
    let names = if names.is_empty() { text::NO_FILES.to_owned() } else { names.join(", ") };
    ui.vertical(|ui| {
        ui.set_width(330.0);
        ui.label(RichText::new(&names).strong());
        widgets::weak(ui, &age(orphan.written));
    });
    ui.horizontal(|ui| {
        if named(ui, text::RESTORE, &names).clicked() {
            out.action(Action::Restore(k));
        }
        if named(ui, text::DISCARD, &names).clicked() {
            out.action(Action::Discard(k));
        }
    });
}

/// How long ago a session was kept, in words.
fn age(written: Option<SystemTime>) -> String {
    let seconds = written.and_then(|written| written.elapsed().ok()).map(|elapsed| elapsed.as_secs());
    let (count, unit) = match seconds {
        None => return text::TIME_UNKNOWN.to_owned(),
        Some(seconds) if seconds < 60 => return text::JUST_NOW.to_owned(),
        Some(seconds) if seconds < 3600 => (seconds / 60, "min"),
        Some(seconds) if seconds < 86_400 => (seconds / 3600, "h"),
        Some(seconds) => (seconds / 86_400, "d"),
    };
    format!("{count} {unit} {}", text::AGO)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_age_of_a_copy_is_told_in_the_largest_unit() {
        let ago = |seconds| age(SystemTime::now().checked_sub(Duration::from_secs(seconds)));
        assert_eq!([ago(5), ago(150), ago(7300), ago(200_000)], ["Just now", "2 min ago", "2 h ago", "2 d ago"]);
    }
}
