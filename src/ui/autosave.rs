//! Copies of the session while it is not saved, and what is done with those of a run that did not end well.

use std::path::Path;
use std::time::{Duration, Instant};

use super::app::Application;
use super::dialogs::DialogKind;
use super::text;
use crate::app::{Orphan, Recovery, orphans};

/// Time between a change and its copy at most.
pub(super) const AUTOSAVE_EVERY: Duration = Duration::from_secs(5);

/// What the window knows of its copies.
#[derive(Debug, Default)]
pub(super) struct Autosave {
    recovery: Option<Recovery>,
    every: Duration,
    /// Revision that was remembered last.
    remembered: Option<u64>,
    /// Whether a copy is due, and when the last one was written.
    due: bool,
    written: Option<Instant>,
    /// Sessions of runs that did not end well.
    pub(super) orphans: Vec<Orphan>,
}

impl Application {
    /// Keeps copies of what is not saved in this folder, at most `every` so often, and offers those that other runs
    /// left there.
    pub fn keep_copies(&mut self, folder: &Path, every: Duration) {
        let recovery = match Recovery::start(folder) {
            Ok(recovery) => Some(recovery),
            Err(error) => {
                self.notices.push(format!("{}: {} ({error})", text::NO_COPIES, folder.display()));
                None
            }
        };
        self.autosave = Autosave { recovery, every, orphans: orphans(folder), ..Autosave::default() };
        if !self.autosave.orphans.is_empty() {
            self.dialogs.open(DialogKind::Recovery);
        }
    }

    /// From now on a panic writes a last copy.
    pub fn keep_copy_on_panic(&self) {
        if let Some(recovery) = &self.autosave.recovery {
            recovery.write_on_panic();
        }
    }

    /// Remembers what changed, and writes it when it is time.
    pub(super) fn autosave(&mut self, ctx: &egui::Context) {
        let Some(recovery) = &self.autosave.recovery else { return };
        let revision = self.bench.document().revision();
        let edited = self.bench.is_edited();
        if self.autosave.remembered != Some(revision) || (!edited && self.autosave.written.is_some()) {
            recovery.remember(edited.then(|| self.bench.document().saved(Some(self.view.for_session()))));
            self.autosave.remembered = Some(revision);
            self.autosave.due = edited || self.autosave.written.is_some();
        }
        if !self.autosave.due {
            return;
        }
        let wait = self.autosave.written.map_or(Duration::ZERO, |at| self.autosave.every.saturating_sub(at.elapsed()));
        if edited && !wait.is_zero() {
            return ctx.request_repaint_after(wait);
        }
        recovery.write_soon();
        self.autosave.due = false;
        self.autosave.written = edited.then(Instant::now);
    }

    /// Opens a session of a run that did not end well; its copy goes only when this window has its own.
    pub(super) fn restore(&mut self, k: usize) {
        if k >= self.autosave.orphans.len() {
            return;
        }
        let orphan = self.autosave.orphans.remove(k);
        self.dialogs.close();
        self.show_session(orphan.saved.clone(), &orphan.path);
        self.bench.mark_unsaved();
        let kept = self.autosave.recovery.as_ref().map(|recovery| recovery.write_now(&orphan.saved));
        match kept {
            Some(Ok(())) => orphan.discard(),
            Some(Err(error)) => self.notices.push(format!("{} ({error})", text::NO_COPIES)),
            None => {}
        }
    }

    /// Takes a session of a run that did not end well away.
    pub(super) fn discard(&mut self, k: usize) {
        if k < self.autosave.orphans.len() {
            self.autosave.orphans.remove(k).discard();
        }
        if self.autosave.orphans.is_empty() {
            self.dialogs.close();
        }
    }
}
