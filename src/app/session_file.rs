//! Sessions as files: reading one, also out of a figure, and saving one.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::{Surroundings, locate, sha256_of};
use crate::document::SavedSession;
use crate::{Error, export, io};

/// Name of the session among the files of a comparison.
pub const SESSION_FILE: &str = "session.moray";

/// Largest session, or figure with a session in it, that is read, bytes.
const MAX_BYTES: u64 = 256 << 20;

/// A file of a session and the one that takes its place: `OLD=NEW`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relink {
    /// The file as the session names it, or its last part.
    pub old: PathBuf,
    /// Where it is.
    pub new: PathBuf,
}

impl std::str::FromStr for Relink {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('=') {
            Some((old, new)) if !old.is_empty() && !new.is_empty() => Ok(Self { old: old.into(), new: new.into() }),
            _ => Err("write OLD=NEW, such as scan.dm4=data/scan.dm4".to_owned()),
        }
    }
}

/// Reads a session, or the session in a figure that Moray wrote; its files are looked for from the folder it lies in.
///
/// # Errors
/// [`Error::Contents`] when it cannot be read or is not a session.
pub fn read_session(path: &Path) -> Result<SavedSession, Error> {
    let contents = |message: String| Error::Contents {
        path: path.to_owned(),
        message,
        hint: "`moray compare -o DIR` writes one as session.moray".to_owned(),
    };
    let bytes = read_limited(path).map_err(|error| contents(error.to_string()))?;
    let text = match export::session_in(&bytes) {
        Some(found) => found.map_err(|error| contents(error.to_string()))?,
        None => String::from_utf8(bytes).map_err(|_| contents("not a session: it is no text".to_owned()))?,
    };
    let mut saved = SavedSession::from_json(&text).map_err(|error| contents(error.to_string()))?;
    let folder = folder_of(path);
    for (path, _) in saved.files_mut().filter(|(path, _)| path.is_relative()) {
        *path = folder.join(&path);
    }
    Ok(saved)
}

fn read_limited(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(std::io::Error::other(format!("it is larger than {} MB", MAX_BYTES >> 20)));
    }
    Ok(bytes)
}

/// Saves a session: files in its folder or below are named from there, others by their whole path, and scans that are
/// no files as they stand.
///
/// # Errors
/// [`Error::Write`].
pub fn save_session(path: &Path, saved: &SavedSession) -> Result<(), Error> {
    let folder = folder_of(path).canonicalize().unwrap_or_else(|_| folder_of(path).to_owned());
    let mut saved = saved.clone();
    for (path, _) in saved.files_mut() {
        *path = from_folder(path, &folder);
    }
    export::write_atomically(path, saved.to_json().as_bytes())
        .map_err(|source| Error::Write { path: path.to_owned(), source })
}

fn from_folder(path: &Path, folder: &Path) -> PathBuf {
    let Ok(whole) = path.canonicalize() else { return path.to_owned() };
    whole.strip_prefix(folder).map(Path::to_owned).unwrap_or(whole)
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The session in the form that is kept in figures: files by their names alone, so that a figure tells nothing of the
/// computer it was made on, and equal comparisons give equal figures. No history.
pub fn portable_session(saved: &SavedSession) -> String {
    let mut saved = saved.clone();
    for (path, _) in saved.session.files_mut() {
        *path = path.file_name().map(PathBuf::from).unwrap_or_default();
    }
    saved.to_compact_json()
}

/// Puts other files in the place of some of a session. Gives a caution for each that holds something else.
///
/// # Errors
/// [`Error::Usage`] when the session has no such file or several, [`Error::Read`] when the new one cannot be read.
pub fn relink(saved: &mut SavedSession, relinks: &[Relink]) -> Result<Vec<String>, Error> {
    let mut cautions = Vec::new();
    for Relink { old, new } in relinks {
        let files = || saved.session.files();
        let named = |path: &Path| path == old || path.file_name().is_some_and(|name| Path::new(name) == old);
        let mut found: Vec<String> = files().filter(|(path, _)| named(path)).map(|(_, sha)| sha.to_owned()).collect();
        found.sort();
        found.dedup();
        let [sha256] = found.as_slice() else {
            let names: Vec<String> = files().map(|(path, _)| path.display().to_string()).collect();
            let how_many = if found.is_empty() { "no file" } else { "several files" };
            return Err(Error::Usage {
                message: format!("the session has {how_many} called {}", old.display()),
                hint: format!("its files are {}", names.join(", ")),
            });
        };
        let now =
            sha256_of(new).map_err(|source| Error::Read { path: new.clone(), source: io::ReadError::Io(source) })?;
        if now != *sha256 {
            cautions.push(format!("{} holds something else than {} did", new.display(), old.display()));
        }
        saved.relink(sha256, new, &now);
    }
    Ok(cautions)
}

/// Finds all files of the session at `path` again.
///
/// # Errors
/// [`Error::Contents`] naming every file that is missing or has changed.
pub fn locate_all(saved: &mut SavedSession, path: &Path) -> Result<(), Error> {
    let mut found = saved.session.clone();
    let mut unlinked = locate(found.files_mut(), &Surroundings::of(path));
    let before = saved.session.clone();
    for (_, (path, sha256)) in before.files().zip(found.files()).filter(|(old, new)| old != new) {
        saved.relink(sha256, path, sha256);
    }
    unlinked.sort_by(|a, b| a.path.cmp(&b.path));
    unlinked.dedup();
    let Some(first) = unlinked.first() else { return Ok(()) };
    let name = first.path.file_name().unwrap_or(first.path.as_os_str());
    Err(Error::Contents {
        path: path.to_owned(),
        message: unlinked.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "),
        hint: format!("put it beside the session, or give --relink \"{}=PATH\"", name.display()),
    })
}
