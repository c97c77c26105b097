//! The document: a small session that is saved, the scans it speaks of, commands that change it, and undo.
//!
//! A window shows a [`Document`] and sends it [`Command`]s; nothing else changes it. Scans are handed in already
//! opened, so nothing here touches a file.

mod apply;
mod command;
mod history;
mod saved;
mod session;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use command::{Command, CommandError, WindowName};
pub use saved::{SavedHistory, SavedSession};
pub use session::{ImageKey, Opening, ProfileFile, ScanKey, Session, SessionError, SessionInput, SideFile, SurveyLine};

use crate::analysis::{CompareInput, ScanInput, Ti3Reference};
use crate::model::{LineScan, Profile, Recipe, Role};
use apply::Scans;
use history::History;

/// A scan opened from a file, with what the file holds besides. Never changed.
#[derive(Debug, Clone)]
pub struct OpenScan {
    /// The file.
    pub path: PathBuf,
    /// Number of the image in the file.
    pub image: usize,
    /// SHA-256 of the file, hexadecimal.
    pub sha256: String,
    /// Short name wished for.
    pub name: String,
    /// Core-loss spectra.
    pub scan: Arc<LineScan>,
    /// Low loss of the same positions, when recorded.
    pub low_loss: Option<Arc<LineScan>>,
    /// Signals recorded along the scan.
    pub profiles: Vec<Profile>,
    /// How it was opened.
    pub opening: Opening,
    /// Things the user should know about the file.
    pub cautions: Vec<String>,
}

impl OpenScan {
    /// What tells it from any other scan.
    pub fn key(&self) -> ScanKey {
        self.opening.key(&self.sha256, self.image)
    }
}

/// Why there is nothing to compare yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Incomplete {
    /// No scan has the role of the reference.
    #[error("choose the pristine scan as reference")]
    NoReference,
    /// A scan of the session has not been opened.
    #[error("a scan of the session is not opened yet")]
    NotOpened,
}

/// A session with its scans, its history and a revision that grows with every change.
#[derive(Debug, Clone)]
pub struct Document {
    session: Session,
    scans: BTreeMap<ScanKey, Arc<OpenScan>>,
    history: History,
    revision: u64,
}

impl Document {
    /// An empty document with this recipe.
    pub fn new(recipe: Recipe) -> Self {
        Self::from(SavedSession::from(Session::new(recipe)))
    }

    /// The form that is saved; `view` is what the window shows.
    pub fn saved(&self, view: Option<serde_json::Value>) -> SavedSession {
        SavedSession { session: self.session.clone(), view, history: self.history.saved(), cautions: Vec::new() }
    }

    /// Says where a file of the session lies now, and what it holds now when it has changed. No step to take back:
    /// the file was moved, not the analysis.
    pub fn relink(&mut self, sha256: &str, path: &Path, new_sha256: &str) {
        let mut saved = self.saved(None);
        saved.relink(sha256, path, new_sha256);
        let scans = std::mem::take(&mut self.scans);
        *self = Self { scans, revision: self.revision + 1, ..Self::from(saved) };
    }

    /// What the session speaks of and was not handed in; the spectrum of Ti3+ as a scan by itself.
    pub fn missing(&self) -> impl Iterator<Item = SessionInput> {
        let ti3_reference = self.session.ti3_reference.as_ref().map(SideFile::alone);
        let all = self.session.inputs.iter().cloned().chain(ti3_reference);
        all.filter(|input| !self.scans.contains_key(&input.key()))
    }

    /// All scans handed in so far.
    pub fn held(&self) -> impl Iterator<Item = &Arc<OpenScan>> {
        self.scans.values()
    }

    /// The session as it stands.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Grows with every change of the session; results name the revision they came from.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Keeps the samples of a scan, so that a session may speak of it. Adds nothing to the session.
    pub fn hold(&mut self, scan: Arc<OpenScan>) {
        let known = self.session.inputs.iter().any(|input| input.key() == scan.key())
            || self.session.ti3_reference.as_ref().is_some_and(|file| file.key() == scan.key());
        self.scans.insert(scan.key(), scan);
        if known {
            self.revision += 1;
        }
    }

    /// The samples of a scan of the session.
    pub fn scan(&self, name: &str) -> Option<&Arc<OpenScan>> {
        self.session.input(name).and_then(|input| self.scans.get(&input.key()))
    }

    /// The command that adds a held scan: a name not used yet, and the role of the reference for the first.
    pub fn add_command(&self, scan: &OpenScan) -> Command {
        let has_reference = self.session.inputs.iter().any(|input| input.role == Role::Reference);
        let role = if has_reference { Role::Scan } else { Role::Reference };
        let opening = scan.opening.clone();
        Command::AddScan {
            input: SessionInput {
                name: self.session.free_name(&scan.name),
                path: scan.path.clone(),
                image: scan.image,
                sha256: scan.sha256.clone(),
                role,
                sites: None,
                along: opening.along,
                low_loss: opening.low_loss,
                profiles: opening.profiles,
            },
        }
    }

    /// Everything a comparison depends on.
    ///
    /// # Errors
    /// [`Incomplete`] saying what is missing.
    pub fn compare_input(&self) -> Result<CompareInput, Incomplete> {
        let mut reference = None;
        let mut scans = Vec::new();
        for input in &self.session.inputs {
            let held = self.scans.get(&input.key()).ok_or(Incomplete::NotOpened)?;
            let scan = ScanInput {
                name: input.name.clone(),
                scan: held.scan.clone(),
                low_loss: held.low_loss.clone(),
                profiles: held.profiles.clone(),
                sites: input.sites.clone(),
            };
            match input.role {
                Role::Reference => reference = Some(scan),
                Role::Scan => scans.push(scan),
            }
        }
        let reference = reference.ok_or(Incomplete::NoReference)?;
        let ti3_reference = self.ti3_reference()?;
        Ok(CompareInput { reference, scans, recipe: self.session.recipe.clone(), ti3_reference })
    }

    fn ti3_reference(&self) -> Result<Option<Arc<Ti3Reference>>, Incomplete> {
        let Some(file) = &self.session.ti3_reference else { return Ok(None) };
        let held = self.scans.get(&file.key()).ok_or(Incomplete::NotOpened)?;
        Ok(Some(Arc::new(Ti3Reference { name: held.name.clone(), scan: held.scan.clone() })))
    }

    /// Whether a gesture is open.
    pub fn in_gesture(&self) -> bool {
        self.history.in_gesture()
    }

    /// Whether there is a step to take back.
    pub fn can_undo(&self) -> bool {
        self.history.can_undo(&self.session)
    }

    /// Whether a step taken back can be done again.
    pub fn can_redo(&self) -> bool {
        self.history.can_redo()
    }

    /// Carries out a command. A refused command leaves everything as it was.
    ///
    /// # Errors
    /// [`CommandError`] saying what was refused and why.
    pub fn apply(&mut self, command: &Command) -> Result<(), CommandError> {
        match command {
            Command::Undo => self.step(History::undo).ok_or(CommandError::NothingToUndo),
            Command::Redo => self.step(History::redo).ok_or(CommandError::NothingToRedo),
            Command::BeginGesture => self.history.begin(&self.session),
            Command::EndGesture => self.history.end(&self.session),
            change => self.change(change),
        }
    }

    fn step(&mut self, step: fn(&mut History, &Session) -> Option<Session>) -> Option<()> {
        self.session = step(&mut self.history, &self.session)?;
        self.revision += 1;
        Some(())
    }

    fn change(&mut self, command: &Command) -> Result<(), CommandError> {
        let mut changed = self.session.clone();
        apply::apply(command, &mut changed, &Scans::Opened(&self.scans))?;
        if changed != self.session {
            let before = std::mem::replace(&mut self.session, changed);
            self.history.record(before, command);
            self.revision += 1;
        }
        Ok(())
    }
}

impl From<SavedSession> for Document {
    /// A document that starts as a saved session; its scans are to be handed in with [`Document::hold`].
    fn from(saved: SavedSession) -> Self {
        let history = History::from_saved(&saved);
        Self { session: saved.session, scans: BTreeMap::new(), history, revision: 0 }
    }
}
