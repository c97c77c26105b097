//! What the window does when the figure dialog asks: files chosen, figures written and copied, styles loaded and saved.

use std::path::{Path, PathBuf};

use egui::{ColorImage, Ui};

use super::app::Application;
use super::figure_dialog::{FigureAction, FigureDialog, Format};
use super::figure_preview::{Material, Subject};
use super::out::Out;
use super::tasks::{Done, Tasks, answered};
use super::text;
use crate::app;
use crate::document::{Command, SavedSession};
use crate::export;
use crate::figure::png;
use crate::model::FigureStyle;

/// Most pixels per inch of a picture on the clipboard.
const MOST_COPIED_DPI: f64 = 600.0;

/// How a task of the figure dialog ended.
#[derive(Debug)]
pub(super) enum FigureDone {
    /// Where the figure is to be written.
    File(PathBuf, Format),
    /// Where the style is to be saved.
    StyleTo(PathBuf),
    /// Which style is to be loaded.
    StyleFrom(PathBuf),
    /// Pixels for the clipboard, or why there are none.
    Copied(Result<ColorImage, String>),
}

impl Tasks {
    fn choose_figure_file(&mut self, stem: &str, format: Format) {
        let extension = format.extension();
        let dialog = rfd::AsyncFileDialog::new()
            .set_title(text::FIGURE_TITLE)
            .set_file_name(format!("{stem}.{extension}"))
            .add_filter(extension.to_uppercase(), &[extension])
            .save_file();
        self.start("figure dialog", move || {
            let done = |path: PathBuf| Done::Figure(FigureDone::File(path, format));
            answered(dialog, |file| done(file.path().to_owned()))
        });
    }

    fn choose_style_to_save(&mut self) {
        let dialog = rfd::AsyncFileDialog::new()
            .set_title(text::FIGURE_SAVE)
            .set_file_name("figure-style.json")
            .add_filter("JSON", &["json"])
            .save_file();
        self.start("style dialog", move || {
            let done = |path: PathBuf| Done::Figure(FigureDone::StyleTo(path));
            answered(dialog, |file| done(file.path().to_owned()))
        });
    }

    fn choose_style_to_load(&mut self) {
        let dialog = rfd::AsyncFileDialog::new().set_title(text::FIGURE_LOAD).add_filter("JSON", &["json"]).pick_file();
        self.start("style dialog", move || {
            let done = |path: PathBuf| Done::Figure(FigureDone::StyleFrom(path));
            answered(dialog, |file| done(file.path().to_owned()))
        });
    }

    fn copy_figure(&mut self, material: Material, subject: Subject) {
        self.start("copy figure", move || {
            let copied = match material.scene(subject) {
                Err(error) => Err(error.to_string()),
                Ok(None) => Err(text::FIGURE_NOTHING.to_owned()),
                Ok(Some(scene)) => png::pixels(&scene, scene.style.dpi.min(MOST_COPIED_DPI))
                    .map(|(size, rgba)| ColorImage::from_rgba_unmultiplied(size, &rgba))
                    .map_err(|error| error.to_string()),
            };
            Done::Figure(FigureDone::Copied(copied))
        });
    }
}

impl Application {
    /// Opens the figure dialog; says so when there is nothing to draw yet.
    pub(super) fn open_figure_dialog(&mut self) {
        if self.bench.derived().is_none() {
            self.message = Some(text::NOTHING_TO_EXPORT.to_owned());
        } else if self.figure.is_none() {
            match FigureDialog::new(self.wake.clone()) {
                Ok(dialog) => self.figure = Some(dialog),
                Err(error) => self.notices.push(error.to_string()),
            }
        }
    }

    /// Carries out what the dialog asks for.
    pub(super) fn act_on_figure(&mut self, action: FigureAction) {
        match action {
            FigureAction::Close => self.figure = None,
            FigureAction::Export(format) => {
                let stem = self.figure.as_ref().map_or("figure", |dialog| dialog.subject().stem());
                self.tasks.choose_figure_file(stem, format);
            }
            FigureAction::Copy => {
                if let (Some(material), Some(dialog)) = (self.material(), &self.figure) {
                    self.tasks.copy_figure(material, dialog.subject());
                }
            }
            FigureAction::LoadStyle => self.tasks.choose_style_to_load(),
            FigureAction::SaveStyle => self.tasks.choose_style_to_save(),
            other => self.figure.iter_mut().for_each(|dialog| dialog.take(&other)),
        }
    }

    /// Draws the figure dialog when it is open.
    pub(super) fn figure_dialog(&mut self, ui: &mut Ui, out: &mut Out) {
        if let Some(image) = self.copied.take() {
            ui.ctx().copy_image(image);
        }
        if self.figure.is_none() {
            return;
        }
        let material = self.material();
        match (&mut self.figure, material) {
            (Some(dialog), Some(material)) => dialog.show(ui, &material, self.message.as_deref(), out),
            _ => self.figure = None,
        }
    }

    /// What figures are made from: the last good result in the style of the document as it stands.
    fn material(&mut self) -> Option<Material> {
        let derived = self.bench.derived()?.clone();
        let mut session = derived.session.clone();
        session.figure_style = self.bench.document().session().figure_style.clone();
        let scans = self.scans_of(&session);
        let surveys = self.surveys_at_hand();
        Some(Material { comparison: derived.comparison, session, scans, surveys })
    }

    /// Carries out what a task of the dialog was for.
    pub(super) fn finish_figure_task(&mut self, done: FigureDone) {
        match done {
            FigureDone::File(path, format) => self.write_figure(path, format),
            FigureDone::StyleTo(path) => self.save_style(&path),
            FigureDone::StyleFrom(path) => self.load_style(&path),
            FigureDone::Copied(Ok(image)) => {
                self.copied = Some(image);
                self.message = Some(text::FIGURE_COPIED.to_owned());
            }
            FigureDone::Copied(Err(error)) => self.notices.push(error),
        }
    }

    /// Whether the dialog's picture is older than what it shows.
    pub fn preview_is_busy(&self) -> bool {
        self.figure.as_ref().is_some_and(FigureDialog::is_busy)
    }

    /// Writes the figure that the dialog shows, in the background, in the format that the file's name asks for.
    pub fn write_shown_figure(&mut self, path: PathBuf) {
        let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        let format = Format::ALL.into_iter().find(|format| format.extension().eq_ignore_ascii_case(extension));
        self.write_figure(path, format.unwrap_or(Format::Png));
    }

    fn write_figure(&mut self, path: PathBuf, format: Format) {
        let (Some(material), Some(dialog)) = (self.material(), &self.figure) else { return };
        let saved = SavedSession { view: Some(self.view.for_session()), ..material.session.clone().into() };
        let subject = dialog.subject();
        let origin = app::provenance(&saved).origin(&material.comparison);
        self.message = Some(text::EXPORTING.to_owned());
        self.tasks.export(move || {
            let scene = material.scene(subject).map_err(|error| error.to_string())?;
            let scene = scene.ok_or_else(|| text::FIGURE_NOTHING.to_owned())?;
            let bytes = match format {
                Format::Png => export::picture_png(&scene, &origin),
                Format::Svg => Ok(export::picture_svg(&scene, &origin)),
                Format::Pdf => export::picture_pdf(&scene, &origin),
            };
            let bytes = bytes.map_err(|error| error.to_string())?;
            let path = if path.extension().is_some() { path } else { path.with_extension(format.extension()) };
            export::write_atomically(&path, &bytes).map_err(|error| format!("{}: {error}", path.display()))?;
            Ok(path)
        });
    }

    /// Saves the figure style of the document.
    pub fn save_style(&mut self, path: &Path) {
        let json = self.bench.document().session().figure_style.to_json();
        match export::write_atomically(path, json.as_bytes()) {
            Ok(()) => self.message = Some(text::FIGURE_STYLE_SAVED.to_owned()),
            Err(error) => self.notices.push(format!("{}: {error}", path.display())),
        }
    }

    /// Gives the document a saved figure style.
    pub fn load_style(&mut self, path: &Path) {
        let read = std::fs::read_to_string(path).map_err(|error| error.to_string());
        match read.and_then(|text| FigureStyle::from_json(&text).map_err(|error| error.to_string())) {
            Ok(style) => self.bench.apply([Command::SetFigureStyle { style: Box::new(style) }]),
            Err(error) => self.notices.push(format!("{}: {error}", path.display())),
        }
    }
}
