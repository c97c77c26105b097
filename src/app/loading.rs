//! Files on their way into the document: each is opened, or found again and opened, beside the window.

use std::path::{Path, PathBuf};

use super::headless::{take_low_loss, take_profile};
use super::workbench::{OpenFn, Wake};
use super::{FileSpec, Latest, LinkProblem, Surroundings, Unlinked, locate, open_input, sha256_of};
use crate::document::{OpenScan, ScanKey, SessionInput};
use crate::model::ProfileKind;
use crate::progress::Progress;
use crate::{Error, io};

/// What a file is opened for.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Purpose {
    /// To be added to the session.
    Add,
    /// To fill what the session already names.
    Fill(ScanKey),
    /// To be the spectrum of Ti3+.
    Ti3Reference,
    /// To be the low loss of the scan of that name.
    LowLoss(String),
    /// To be a signal along the scan of that name.
    Profile(String),
}

/// A file that is being opened.
pub(super) struct Load {
    /// What was asked for.
    pub(super) spec: FileSpec,
    /// What for.
    pub(super) purpose: Purpose,
    slot: Latest<(), Loaded>,
}

/// How opening a file ended.
pub(super) enum Loaded {
    /// Opened; for a scan of a session with files that were found elsewhere, by SHA-256.
    Opened(Box<OpenScan>, Vec<(String, PathBuf)>),
    /// It could not be opened.
    Failed(Error),
    /// Files of the session are not where they were, or not as they were.
    Unlinked(Vec<Unlinked>),
}

impl Load {
    /// Opens a file.
    pub(super) fn file(spec: FileSpec, purpose: Purpose, open: OpenFn, wake: Wake) -> std::io::Result<Self> {
        let asked = spec.clone();
        Self::start(spec, purpose, wake, move || match open(&asked) {
            Ok(scan) => Loaded::Opened(Box::new(scan), Vec::new()),
            Err(error) => Loaded::Failed(error),
        })
    }

    /// Finds the files of a scan of a session and opens it as it was opened when the session was made.
    pub(super) fn input(
        input: &SessionInput,
        around: &Surroundings,
        open: OpenFn,
        wake: Wake,
    ) -> std::io::Result<Self> {
        let spec = FileSpec { path: input.path.clone(), image: Some(input.image) };
        let (wanted, around) = (input.clone(), around.clone());
        Self::start(spec, Purpose::Fill(input.key()), wake, move || find_and_open(&wanted, &around, open))
    }

    /// Opens the low loss of a scan that is open.
    pub(super) fn low_loss(spec: FileSpec, (name, scan): (&str, &OpenScan), wake: Wake) -> std::io::Result<Self> {
        let (asked, scan) = (spec.clone(), scan.clone());
        Self::start(spec, Purpose::LowLoss(name.to_owned()), wake, move || {
            let mut paired = scan.clone();
            match take_low_loss(&mut paired, &asked, scan.opening.along) {
                Ok(()) => Loaded::Opened(Box::new(paired), Vec::new()),
                Err(error) => Loaded::Failed(error),
            }
        })
    }

    /// Samples a picture along a line as a signal of a scan that is open. The line is in shares of width and height.
    pub(super) fn profile(
        spec: FileSpec,
        (name, scan): (&str, &OpenScan),
        (kind, line): (ProfileKind, [[f64; 2]; 2]),
        wake: Wake,
    ) -> std::io::Result<Self> {
        let (asked, scan) = (spec.clone(), scan.clone());
        Self::start(spec, Purpose::Profile(name.to_owned()), wake, move || {
            let mut sampled = scan.clone();
            match take_profile(&mut sampled, kind, &asked, Some(line)) {
                Ok(()) => Loaded::Opened(Box::new(sampled), Vec::new()),
                Err(error) => Loaded::Failed(error),
            }
        })
    }

    fn start(
        spec: FileSpec,
        purpose: Purpose,
        wake: Wake,
        job: impl Fn() -> Loaded + Send + 'static,
    ) -> std::io::Result<Self> {
        let slot = Latest::new("open", move |(), _: &Progress| job(), move || wake())?;
        slot.submit(0, ());
        Ok(Self { spec, purpose, slot })
    }

    /// How it ended, once.
    pub(super) fn take(&self) -> Option<Loaded> {
        let (_, outcome) = self.slot.take()?;
        Some(outcome.unwrap_or_else(|panic| Loaded::Failed(Error::Window { message: panic.to_string() })))
    }
}

fn find_and_open(wanted: &SessionInput, around: &Surroundings, open: OpenFn) -> Loaded {
    let mut input = wanted.clone();
    let unlinked = locate(input.files_mut(), around);
    if !unlinked.is_empty() {
        return Loaded::Unlinked(unlinked);
    }
    let plain = input.low_loss.is_none() && input.along.is_none() && input.profiles.is_empty();
    let spec = FileSpec { path: input.path.clone(), image: Some(input.image) };
    match if plain { open(&spec) } else { open_input(&input) } {
        Ok(scan) if scan.key() == wanted.key() => {
            let moved = wanted.files().zip(input.files()).filter(|(old, new)| old != new);
            let moved = moved.map(|(_, (path, sha256))| (sha256.to_owned(), path.to_owned())).collect();
            Loaded::Opened(Box::new(scan), moved)
        }
        Ok(scan) => {
            let problem = LinkProblem::Changed { now: scan.sha256 };
            Loaded::Unlinked(vec![Unlinked { path: input.path, sha256: input.sha256, problem }])
        }
        Err(error) => Loaded::Failed(error),
    }
}

/// A file that takes the place of one of the session, while it is being read.
pub(super) struct Relinking {
    /// SHA-256 of what the session's file held.
    pub(super) sha256: String,
    /// The file that takes its place.
    pub(super) path: PathBuf,
    slot: Latest<PathBuf, std::io::Result<String>>,
}

impl Relinking {
    pub(super) fn start(sha256: &str, path: &Path, wake: Wake) -> std::io::Result<Self> {
        let slot = Latest::new("relink", |path: PathBuf, _: &Progress| sha256_of(&path), move || wake())?;
        slot.submit(0, path.to_owned());
        Ok(Self { sha256: sha256.to_owned(), path: path.to_owned(), slot })
    }

    /// SHA-256 of the file, once.
    pub(super) fn take(&self) -> Option<Result<String, Error>> {
        let (_, outcome) = self.slot.take()?;
        let failed = |source| Error::Read { path: self.path.clone(), source: io::ReadError::Io(source) };
        Some(outcome.unwrap_or_else(|panic| Err(std::io::Error::other(panic.to_string()))).map_err(failed))
    }
}
