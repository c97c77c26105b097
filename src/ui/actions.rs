//! What the window does when it is asked: opening, saving, exporting, and telling how that went.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;

use super::app::Application;
use super::contents::Contents;
use super::inspection::Inspection;
use super::out::{Action, holds_session, is_session, specs};
use super::surveys::SurveysAtHand;
use super::tasks::{Done, Wish};
use super::unsaved::Then;
use super::view_model::WindowModel;
use super::{sample, survey_panel, text};
use crate::app::{self, Derived, Event, FileSpec, SurveyPicture};
use crate::document::{Command, OpenScan, SavedSession, Session, SideFile};
use crate::export::{self, Figures};
use crate::model::FigureKind;

/// Writes everything that `moray compare -o` writes into a folder, and the session beside it.
fn export_all(
    dir: &Path,
    derived: &Derived,
    (scans, surveys): (&[(String, Arc<OpenScan>)], &SurveysAtHand),
    view: Value,
) -> Result<(), crate::Error> {
    let saved = SavedSession { view: Some(view), ..derived.session.clone().into() };
    let surveys = surveys.of(&saved.session)?;
    let scans: Vec<_> = scans.iter().map(|(name, scan)| app::scan_shown(name, scan, &surveys)).collect();
    let figures = Figures { style: &saved.session.figure_style, kinds: &FigureKind::ALL, scans: &scans };
    export::write_all(dir, &derived.comparison, &app::provenance(&saved), &figures)?;
    app::save_session(&dir.join(app::SESSION_FILE), &saved)
}

impl Application {
    /// Opens a scan or a session.
    pub fn open(&mut self, mut spec: FileSpec) {
        // A session is to find its files again from any folder.
        spec.path = std::path::absolute(&spec.path).unwrap_or(spec.path);
        self.view.remember(spec.path.clone());
        if holds_session(&spec.path) {
            self.open_session(&spec.path);
        } else {
            self.bench.open(spec);
        }
    }

    /// Opens the sample.
    pub(super) fn open_sample(&mut self) {
        let scans = self.sample_scans();
        self.bench.add(scans);
        self.bench.mark_saved();
    }

    fn sample_scans(&mut self) -> Vec<OpenScan> {
        let scans = sample::sample_scans(&self.bench.document().session().recipe);
        scans.unwrap_or_else(|error| {
            self.notices.push(error.to_string());
            Vec::new()
        })
    }

    fn open_session(&mut self, path: &Path) {
        let mut saved = match app::read_session(path) {
            Ok(saved) => saved,
            Err(error) => return self.notices.push(format!("{error}; {}", error.hint())),
        };
        self.notices.append(&mut saved.cautions);
        self.show_session(saved, path);
    }

    /// Shows a session that lies at `path`; its files load in the background.
    pub(super) fn show_session(&mut self, mut saved: SavedSession, path: &Path) {
        let folder = path.parent().unwrap_or(Path::new("."));
        // The sample has no file: its session names it as if it lay beside. Whether it is the sample, its contents say:
        // another file of that name is asked for like any that is gone.
        let beside = |path: &Path| path.parent() == Some(folder) && !path.exists();
        let known = if saved.session.files().any(|(path, _)| beside(path)) { self.sample_scans() } else { Vec::new() };
        let mut shown = false;
        for (path, sha256) in saved.files_mut().filter(|(path, _)| beside(path)) {
            let is_sample = |scan: &&OpenScan| scan.sha256 == *sha256 && scan.path.file_name() == path.file_name();
            if let Some(sample) = known.iter().find(is_sample) {
                path.clone_from(&sample.path);
                shown = true;
            }
        }
        if shown {
            self.message = Some(text::SAMPLE_BY_CONTENTS.to_owned());
        }
        let known = if shown { known } else { Vec::new() };
        if let Some(view) = &saved.view {
            self.view.restore(view);
        }
        self.bench.open_session(saved, known, path);
    }

    pub(super) fn act_without_window(&mut self, action: Action) {
        match action {
            Action::OpenDialog => self.tasks.choose_files(),
            Action::Open(spec) => self.open_asking(spec),
            Action::StopOpening(path) => self.bench.stop_loading(&path),
            Action::Locate(sha256) => self.tasks.choose_file_for(sha256),
            Action::Relink(sha256, path) => self.bench.relink(&sha256, &path),
            Action::Restore(k) => self.restore(k),
            Action::Discard(k) => self.discard(k),
            Action::OpenSample => self.open_sample(),
            Action::SaveDialog => self.tasks.choose_session_file(None),
            Action::TakePreset(name) => self.take_preset(&name),
            Action::SavePreset(name) => self.save_preset(&name),
            Action::ExportFolder if self.bench.derived().is_some() => self.tasks.choose_folder(Done::Folder),
            Action::ExportMsa if self.bench.derived().is_some() => self.tasks.choose_folder(Done::MsaFolder),
            Action::ExportFolder | Action::ExportMsa => self.message = Some(text::NOTHING_TO_EXPORT.to_owned()),
            Action::ExportDialog => self.open_figure_dialog(),
            Action::Figure(action) => self.act_on_figure(action),
            Action::CloseAll => self.ask_before(Then::CloseAll),
            Action::Quit => self.ask_before(Then::Quit),
            Action::AnswerUnsaved(save) => self.answer_unsaved(save),
            Action::Cancel => self.bench.cancel(),
            Action::Stage(stage) => self.view.stage = stage,
            Action::Edges(edges) => self.view.edges = edges,
            Action::Waterfall(waterfall) => self.view.waterfall = waterfall,
            Action::Look(look) => self.view.look = *look,
            Action::LoadSurvey(file) => self.load_survey(file),
            Action::Select(scan) => self.view.selected = Some(scan),
            Action::Zoom(edge, range) => {
                self.view.zoom.insert(edge, range);
            }
            Action::ResetZoom(Some(edge)) => {
                self.view.zoom.remove(&edge);
            }
            Action::ResetZoom(None) => self.view.zoom.clear(),
            Action::Show(kind) => self.dialogs.open(kind),
            Action::CloseDialog => {
                self.dialogs.close();
                self.contents = None;
                self.then = None;
            }
            Action::Prefer(preferences) => self.view.preferences = preferences,
            Action::ScaleBy(factor) => self.view.preferences = self.view.preferences.scaled(factor),
            Action::Panels(panels) => self.view.panels = panels,
            Action::Dismiss(k) if k < self.notices.len() => {
                self.notices.remove(k);
            }
            Action::Inspect(path) => {
                self.tasks.inspect(path, None);
            }
            Action::InspectForLowLoss(scan, path) => self.choose_low_loss_of(scan, path, String::new(), String::new()),
            Action::LowLossDialog(scan) => self.tasks.choose_low_loss(scan),
            Action::Ti3Dialog => self.tasks.choose_ti3_reference(),
            Action::PairLowLoss(scan, spec) => self.bench.pair_low_loss(&scan, spec),
            Action::SamplePicture(scan, spec, along) => self.bench.sample_picture(&scan, spec, along),
            Action::CloseContents => self.contents = None,
            Action::Guide(step) => {
                self.guide = step;
                self.view.preferences.guide_done = step.is_none();
            }
            Action::Dismiss(_) | Action::Theme(_) | Action::CopyText(_) | Action::CopyPicture(_) => {}
            Action::CopyTable | Action::CopyTableAs(_) | Action::CopyDiagnostics | Action::Part(_) => {}
        }
    }

    /// Takes the answers of dialogs and the ends of exports.
    pub(super) fn finish_tasks(&mut self) {
        while let Some(done) = self.tasks.take() {
            match done {
                Done::Files(paths) => specs(paths).for_each(|spec| self.open_asking(spec)),
                Done::Located(sha256, path) => self.bench.relink(&sha256, &path),
                Done::Ti3File(path) => self.bench.open_ti3_reference(FileSpec { path, image: None }),
                Done::LowLossFile(scan, path) => self.bench.pair_low_loss(&scan, FileSpec { path, image: None }),
                Done::SessionFile(path, then) => {
                    if self.save_session(&path) {
                        then.into_iter().for_each(|then| self.go_on(then));
                    }
                }
                Done::Folder(dir) => self.export(dir),
                Done::MsaFolder(dir) => self.export_msa(dir),
                Done::Figure(done) => self.finish_figure_task(done),
                Done::Exported(Ok(dir)) => self.message = Some(format!("{} {}", text::EXPORTED, dir.display())),
                Done::Exported(Err(error)) => self.notices.push(error),
                Done::Surveys { file, images, instead_of } => self.surveyed(&file, images, instead_of),
                Done::Inspected { wish, found: Ok(found) } => self.inspected(found, wish),
                Done::Inspected { wish: Some(wish), .. } => self.notices.push(wish.notice),
                Done::Inspected { wish: None, found: Err(error) } => self.notices.push(error),
                Done::Nothing => {}
            }
        }
    }

    fn load_survey(&mut self, file: PathBuf) {
        if self.surveys.begin(&file) {
            self.tasks.read_surveys(file, None);
        }
    }

    /// Keeps the pictures of a file. One that was opened for want of spectra becomes the survey of the scan shown.
    fn surveyed(&mut self, file: &Path, images: Vec<SurveyPicture>, instead_of: Option<(String, String)>) {
        let model = WindowModel::of(&self.bench, &self.view);
        let scan = model.selected().map(|card| card.name.as_str()).unwrap_or_default();
        let open = self.bench.document().scan(scan);
        match (instead_of, images.first().zip(open)) {
            (None, _) => {}
            (Some((_, sha256)), Some((image, open))) => {
                let side = SideFile { path: file.to_owned(), image: image.index, sha256 };
                let survey = survey_panel::placed_on(image, side, open, scan);
                self.bench.apply([Command::SetSurvey { survey }]);
                self.message = Some(text::SURVEY_TAKEN.to_owned());
            }
            (Some((error, _)), None) => self.notices.push(error),
        }
        self.surveys.finish(file, images);
    }

    /// Saves the session; gives whether that worked.
    fn save_session(&mut self, path: &Path) -> bool {
        let path = if is_session(path) { path.to_owned() } else { path.with_extension("moray") };
        match app::save_session(&path, &self.bench.document().saved(Some(self.view.for_session()))) {
            Ok(()) => {
                self.bench.mark_saved();
                self.view.remember(path);
                self.message = Some(text::SAVED.to_owned());
                true
            }
            Err(error) => {
                self.notices.push(error.to_string());
                false
            }
        }
    }

    /// The scans of a session that are held, with their names.
    pub(super) fn scans_of(&self, session: &Session) -> Vec<(String, Arc<OpenScan>)> {
        let held = |name: &String| Some((name.clone(), self.bench.document().scan(name)?.clone()));
        session.inputs.iter().filter_map(|input| held(&input.name)).collect()
    }

    /// Pictures that have been read, and which of them were chosen.
    pub(super) fn surveys_at_hand(&mut self) -> SurveysAtHand {
        // The sample's pictures are in no file.
        let scans = self.bench.document().session().inputs.iter().map(|input| &input.path);
        scans.filter(|file| sample::is_sample(file)).for_each(|file| {
            self.surveys.begin(file);
        });
        SurveysAtHand { read: self.surveys.read(), chosen: self.view.look.survey_image.clone() }
    }

    /// Exports the result that is shown to a folder, in the background.
    pub fn export(&mut self, dir: PathBuf) {
        let Some(derived) = self.bench.derived().cloned() else { return };
        self.message = Some(text::EXPORTING.to_owned());
        let (scans, view) = (self.scans_of(&derived.session), self.view.for_session());
        let surveys = self.surveys_at_hand();
        self.tasks.export(move || match export_all(&dir, &derived, (&scans, &surveys), view) {
            Ok(()) => Ok(dir),
            Err(error) => Err(error.to_string()),
        });
    }

    /// Writes the net spectra of the result that is shown to a folder, in the background.
    pub fn export_msa(&mut self, dir: PathBuf) {
        let Some(derived) = self.bench.derived().cloned() else { return };
        self.message = Some(text::EXPORTING.to_owned());
        self.tasks.export(move || {
            let written =
                export::write_msa(&dir, &derived.comparison, &app::provenance(&derived.session.clone().into()));
            written.map(|_| dir).map_err(|error| error.to_string())
        });
    }

    /// Shows the user what happened.
    pub(super) fn tell(&mut self, event: Event) {
        match event {
            Event::Opened { scan, .. } => self.message = Some(format!("{scan} opened")),
            Event::Refused(error) => self.message = Some(error.to_string()),
            Event::NotPaired { scan, spec, error } => {
                let notice = format!("{error}; {}", error.hint());
                if matches!(error, crate::Error::Contents { .. }) && spec.image.is_none() {
                    self.choose_low_loss_of(scan, spec.path, error.to_string(), notice);
                } else {
                    self.notices.push(notice);
                }
            }
            Event::NotDrawn { message } => self.notices.push(format!("{}: {message}", text::NO_DRAWS)),
            Event::NotOpened { spec, error } => self.not_opened(&spec, &error),
        }
    }

    /// Shows what a file holds, so that the low loss of a scan can be chosen from it.
    fn choose_low_loss_of(&mut self, scan: String, path: PathBuf, message: String, notice: String) {
        self.tasks.inspect(path, Some(Wish { message, notice, low_loss_of: Some(scan) }));
    }

    fn not_opened(&mut self, spec: &FileSpec, error: &crate::Error) {
        let hint = error.hint();
        let hint = if hint.is_empty() { hint } else { format!("; {hint}") };
        let notice = format!("{error}{hint}");
        if matches!(error, crate::Error::Contents { .. }) && spec.image.is_none() {
            // Whether there is a choice is found out beside the window: the file may be large and far away.
            self.tasks.inspect(spec.path.clone(), Some(Wish { message: error.to_string(), notice, low_loss_of: None }));
        } else if matches!(error, crate::Error::Contents { .. }) && !self.bench.document().session().inputs.is_empty() {
            self.tasks.read_surveys(spec.path.clone(), Some(notice));
        } else {
            self.notices.push(notice);
        }
    }

    /// Shows what a file holds: when it was asked for, or when one of several images has to be chosen.
    fn inspected(&mut self, found: Inspection, wish: Option<Wish>) {
        let several = found.images.iter().filter(|image| image.is_candidate).count() > 1;
        match wish {
            Some(Wish { message, low_loss_of: Some(scan), .. }) => {
                self.contents = Some(Contents::for_low_loss(found, scan, message));
            }
            // A file without spectra may hold a survey picture of the scans that are open.
            Some(wish) if !several && !self.bench.document().session().inputs.is_empty() => {
                self.tasks.read_surveys(found.path, Some(wish.notice));
            }
            Some(wish) if !several => self.notices.push(wish.notice),
            wish => self.contents = Some(Contents::new(found, wish.map(|wish| wish.message))),
        }
    }
}
