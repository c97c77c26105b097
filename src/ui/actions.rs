//! What the window does when it is asked: opening, saving, exporting, and telling how that went.

use std::path::{Path, PathBuf};

use super::app::{Application, Picker, file_name};
use super::out::{Action, is_session, specs};
use super::tasks::Done;
use super::{sample, text};
use crate::app::{Derived, Event, FileSpec};
use crate::document::Session;

/// Writes everything that `moray compare -o` writes into a folder.
///
/// # Errors
/// [`crate::Error`] when a file cannot be written.
fn export_all(_dir: &Path, _derived: &Derived) -> Result<(), crate::Error> {
    Err(crate::Error::Usage { message: "export is not there yet".into(), hint: String::new() })
}

/// The images of a file that can be compared: number and description.
fn candidates(_path: &Path) -> Vec<(usize, String)> {
    Vec::new()
}

impl Application {
    /// Opens a scan or a session.
    pub fn open(&mut self, spec: FileSpec) {
        self.view.remember(spec.path.clone());
        if is_session(&spec.path) {
            self.open_session(&spec.path);
        } else {
            self.bench.open(spec);
        }
    }

    fn open_session(&mut self, path: &Path) {
        let read = std::fs::read_to_string(path).map_err(|error| error.to_string());
        let session = read.and_then(|text| Session::from_json(&text).map_err(|error| error.to_string()));
        match session {
            Ok(mut session) => {
                let folder = path.parent().unwrap_or(Path::new("."));
                for input in &mut session.inputs {
                    if input.path.is_relative() {
                        input.path = folder.join(&input.path);
                    }
                }
                self.bench.open_session(session);
            }
            Err(error) => self.notices.push(format!("{}: {error}", file_name(path))),
        }
    }

    pub(super) fn act_without_window(&mut self, action: Action) {
        match action {
            Action::OpenDialog => self.tasks.choose_files(),
            Action::Open(spec) => self.open(spec),
            Action::OpenSample => {
                self.bench.add(sample::sample_scans());
                self.bench.mark_saved();
            }
            Action::SaveDialog => self.tasks.choose_session_file(),
            Action::ExportDialog if self.bench.derived().is_some() => self.tasks.choose_folder(),
            Action::ExportDialog => self.message = Some(text::NOTHING_TO_EXPORT.to_owned()),
            Action::CloseAll => {
                self.bench.close_all();
                self.notices.clear();
                self.message = None;
            }
            Action::Cancel => self.bench.cancel(),
            Action::Stage(stage) => self.view.stage = stage,
            Action::Edges(edges) => self.view.edges = edges,
            Action::Waterfall(waterfall) => self.view.waterfall = waterfall,
            Action::Select(scan) => self.view.selected = Some(scan),
            Action::Zoom(edge, range) => {
                self.view.zoom.insert(edge, range);
            }
            Action::ResetZoom(Some(edge)) => {
                self.view.zoom.remove(&edge);
            }
            Action::ResetZoom(None) => self.view.zoom.clear(),
            Action::About(open) => self.about = open,
            Action::Dismiss(k) if k < self.notices.len() => {
                self.notices.remove(k);
            }
            Action::ClosePicker => self.picker = None,
            Action::Dismiss(_) | Action::Quit | Action::Theme(_) | Action::CopyTable => {}
        }
    }

    /// Takes the answers of dialogs and the ends of exports.
    pub(super) fn finish_tasks(&mut self) {
        while let Some(done) = self.tasks.take() {
            match done {
                Done::Files(paths) => specs(paths).for_each(|spec| self.open(spec)),
                Done::SessionFile(path) => self.save_session(&path),
                Done::Folder(dir) => self.export(dir),
                Done::Exported(Ok(dir)) => self.message = Some(format!("{} {}", text::EXPORTED, dir.display())),
                Done::Exported(Err(error)) => self.notices.push(error),
                Done::Nothing => {}
            }
        }
    }

    fn save_session(&mut self, path: &Path) {
        let path = if is_session(path) { path.to_owned() } else { path.with_extension("moray") };
        let text = self.bench.document().session().to_json();
        match write_whole(&path, &text) {
            Ok(()) => {
                self.bench.mark_saved();
                self.view.remember(path);
                self.message = Some(text::SAVED.to_owned());
            }
            Err(source) => self.notices.push(crate::Error::Write { path, source }.to_string()),
        }
    }

    fn export(&mut self, dir: PathBuf) {
        let Some(derived) = self.bench.derived().cloned() else { return };
        self.message = Some(text::EXPORTING.to_owned());
        self.tasks.export(move || match export_all(&dir, &derived) {
            Ok(()) => Ok(dir),
            Err(error) => Err(error.to_string()),
        });
    }

    /// Shows the user what happened.
    pub(super) fn tell(&mut self, event: Event) {
        match event {
            Event::Opened { scan, .. } => self.message = Some(format!("{scan} opened")),
            Event::Refused(error) => self.message = Some(error.to_string()),
            Event::Changed { path } => {
                self.notices.push(format!("{} has changed since the session was saved", file_name(&path)));
            }
            Event::NotOpened { spec, error } => self.not_opened(&spec, &error),
        }
    }

    fn not_opened(&mut self, spec: &FileSpec, error: &crate::Error) {
        let hint = error.hint();
        let hint = if hint.is_empty() { hint } else { format!("; {hint}") };
        let choices = candidates(&spec.path);
        if matches!(error, crate::Error::Contents { .. }) && choices.len() > 1 {
            self.picker = Some(Picker { path: spec.path.clone(), message: error.to_string(), choices });
        } else {
            self.notices.push(format!("{error}{hint}"));
        }
    }
}

/// Writes a file as a whole or not at all.
fn write_whole(path: &Path, text: &str) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let file = tempfile::NamedTempFile::new_in(folder)?;
    std::fs::write(file.path(), text)?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}
