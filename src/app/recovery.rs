//! Copies of sessions that were not saved, kept in the user's data folder until the program ends well.

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use super::{Latest, read_session};
use crate::document::SavedSession;
use crate::export::write_atomically;
use crate::progress::Progress;

/// Most windows that may be open at once for one number of a process.
const MAX_TRIES: u32 = 1000;

/// The copy of one window. Its lock tells other windows that it is in use; the system lets go of it however the
/// program ends.
#[derive(Debug)]
pub struct Recovery {
    place: Arc<Place>,
    writer: Latest<Option<SavedSession>, io::Result<()>>,
    _lock: File,
}

#[derive(Debug)]
struct Place {
    path: PathBuf,
    /// The session as it stands, and whether the window was closed.
    newest: Mutex<(Option<SavedSession>, bool)>,
}

impl Place {
    /// Writes the copy, or takes it away; nothing once the window was closed.
    fn write(&self, saved: Option<&SavedSession>) -> io::Result<()> {
        let newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        match saved {
            _ if newest.1 => Ok(()),
            Some(saved) => write_atomically(&self.path, saved.to_json().as_bytes()),
            None => remove(&self.path),
        }
    }
}

impl Recovery {
    /// A place for copies in a folder, which is made when it is missing.
    ///
    /// # Errors
    /// What the file system reports.
    pub fn start(folder: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let (path, lock) = reserve(folder)?;
        let place = Arc::new(Place { path, newest: Mutex::new((None, false)) });
        let theirs = place.clone();
        let write = move |saved: Option<SavedSession>, _: &Progress| theirs.write(saved.as_ref());
        Ok(Self { place, writer: Latest::new("recovery", write, || {})?, _lock: lock })
    }

    /// Remembers the session for the case of a panic; nothing is written.
    pub fn remember(&self, saved: Option<SavedSession>) {
        self.place.newest.lock().unwrap_or_else(PoisonError::into_inner).0 = saved;
    }

    /// Writes what was remembered in the background; takes the copy away when there is nothing to keep.
    pub fn write_soon(&self) {
        let newest = self.place.newest.lock().unwrap_or_else(PoisonError::into_inner).0.clone();
        self.writer.submit(0, newest);
    }

    /// Writes a session now.
    ///
    /// # Errors
    /// What the file system reports.
    pub fn write_now(&self, saved: &SavedSession) -> io::Result<()> {
        self.place.write(Some(saved))
    }

    /// From now on a panic writes what was remembered last.
    pub fn write_on_panic(&self) {
        let (place, before) = (self.place.clone(), std::panic::take_hook());
        std::panic::set_hook(Box::new(move |info| {
            // The lock may be held by the very thread that panics: then the last copy has to do.
            let newest = place.newest.try_lock().ok().and_then(|newest| newest.0.clone());
            if let Some(saved) = newest {
                let _ = place.write(Some(&saved));
            }
            before(info);
        }));
    }
}

impl Drop for Recovery {
    /// A window that is closed needs no copy; one that panics does.
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        self.place.newest.lock().unwrap_or_else(PoisonError::into_inner).1 = true;
        // What cannot be removed is offered at the next start, which does no harm.
        let _ = remove(&self.place.path);
        let _ = remove(&lock_of(&self.place.path));
    }
}

/// A copy whose window is gone.
#[derive(Debug)]
pub struct Orphan {
    /// Where the copy lies.
    pub path: PathBuf,
    /// What was open.
    pub saved: SavedSession,
    /// When it was written, if the file system knows.
    pub written: Option<SystemTime>,
    _lock: File,
}

impl Orphan {
    /// Takes the copy away.
    pub fn discard(self) {
        let _ = remove(&self.path);
        let _ = remove(&lock_of(&self.path));
    }
}

/// Copies that windows left behind when they did not end well, the newest first. A copy that cannot be read is left
/// where it is.
pub fn orphans(folder: &Path) -> Vec<Orphan> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let copies = entries.filter(|path| path.extension().is_some_and(|extension| extension == "moray"));
    let mut found: Vec<Orphan> = copies.filter_map(|path| orphan(&path)).collect();
    found.sort_by(|a, b| b.written.cmp(&a.written).then_with(|| a.path.cmp(&b.path)));
    found
}

fn orphan(path: &Path) -> Option<Orphan> {
    let lock = File::options().create(true).truncate(false).write(true).open(lock_of(path)).ok()?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock | TryLockError::Error(_)) => return None,
    }
    let written = std::fs::metadata(path).and_then(|metadata| metadata.modified()).ok();
    Some(Orphan { path: path.to_owned(), saved: read_session(path).ok()?, written, _lock: lock })
}

/// A name that no other window uses, with its lock.
fn reserve(folder: &Path) -> io::Result<(PathBuf, File)> {
    let process = std::process::id();
    for k in 0..MAX_TRIES {
        let path = folder.join(format!("{process}-{k}.moray"));
        if path.exists() {
            continue;
        }
        match File::options().create_new(true).write(true).open(lock_of(&path)) {
            Ok(lock) => {
                lock.lock()?;
                return Ok((path, lock));
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::other("no free name for a copy of the session"))
}

fn lock_of(path: &Path) -> PathBuf {
    path.with_extension("lock")
}

fn remove(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Session;
    use crate::model::Recipe;

    fn saved() -> SavedSession {
        Session::new(Recipe::preset("lto").unwrap()).into()
    }

    #[test]
    fn the_copy_of_a_window_that_is_open_is_nobody_s_and_that_of_a_closed_one_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let [first, second] = [(); 2].map(|()| Recovery::start(folder.path()).unwrap());
        first.write_now(&saved()).unwrap();
        second.write_now(&saved()).unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 4, "two copies with their locks");
        assert!(orphans(folder.path()).is_empty());
        drop((first, second));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_copy_without_a_window_is_found_and_a_damaged_one_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("1-0.moray"), saved().to_json()).unwrap();
        std::fs::write(folder.path().join("2-0.moray"), "{").unwrap();
        let mut found = orphans(folder.path());
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].saved, saved());
        found.remove(0).discard();
        assert!(orphans(folder.path()).is_empty());
        assert!(folder.path().join("2-0.moray").exists());
    }
}
