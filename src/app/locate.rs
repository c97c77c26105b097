//! Finding the files of a session again: where they were, or around where the session lies now.

use std::path::{Path, PathBuf};

use super::sha256_of;

/// Folders looked at beside each folder on the way up.
const MAX_FOLDERS: usize = 500;
/// Folders on the way up from the session, its own counted.
const LEVELS: usize = 2;

/// Why a file of a session cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LinkProblem {
    /// There is no such file, nor one of its name and contents around the session.
    #[error("is not there")]
    Missing,
    /// It holds something else.
    #[error("has changed since the session was saved (SHA-256 {now})")]
    Changed {
        /// SHA-256 of what it holds now.
        now: String,
    },
    /// It cannot be read.
    #[error("cannot be read: {0}")]
    Unreadable(String),
}

/// A file of a session that is not where it was, or not as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unlinked {
    /// Where it was.
    pub path: PathBuf,
    /// SHA-256 of what it held.
    pub sha256: String,
    /// What is wrong.
    pub problem: LinkProblem,
}

impl std::fmt::Display for Unlinked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.path.display(), self.problem)
    }
}

/// Where files of a session may be when they are not where they were.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    folders: Vec<PathBuf>,
}

impl Surroundings {
    /// The folder of a file, the one above it, and the folders in both.
    pub fn of(path: &Path) -> Self {
        let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let mut folders = Vec::new();
        for folder in whole.ancestors().skip(1).take(LEVELS) {
            folders.push(folder.to_owned());
            let entries = std::fs::read_dir(folder).into_iter().flatten().take(MAX_FOLDERS);
            let mut inside: Vec<PathBuf> =
                entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
            inside.sort();
            folders.extend(inside);
        }
        Self { folders }
    }

    /// Looks around another file, too.
    pub fn add(&mut self, path: &Path) {
        self.folders.extend(Self::of(path).folders);
    }

    /// A file of this name with these contents.
    fn find(&self, name: &Path, sha256: &str) -> Option<PathBuf> {
        let mut found = self.folders.iter().map(|folder| folder.join(name)).filter(|path| path.is_file());
        found.find(|path| sha256_of(path).is_ok_and(|found| found == sha256))
    }
}

/// Looks for files of a session and says where they are; those that are not found stay as they were and are given
/// back.
pub fn locate<'a>(
    files: impl Iterator<Item = (&'a mut PathBuf, &'a mut String)>,
    around: &Surroundings,
) -> Vec<Unlinked> {
    let mut unlinked = Vec::new();
    for (path, sha256) in files {
        let problem = match sha256_of(path) {
            Ok(found) if found == *sha256 => continue,
            Ok(now) => LinkProblem::Changed { now },
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => LinkProblem::Missing,
            Err(error) => LinkProblem::Unreadable(error.to_string()),
        };
        match path.file_name().and_then(|name| around.find(Path::new(name), sha256)) {
            Some(found) => *path = found,
            None => unlinked.push(Unlinked { path: path.clone(), sha256: sha256.clone(), problem }),
        }
    }
    unlinked
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::SessionInput;
    use crate::model::Role;

    fn input(path: &Path, contents: &Path) -> SessionInput {
        SessionInput {
            name: "scan".into(),
            path: path.to_owned(),
            image: 0,
            sha256: sha256_of(contents).unwrap(),
            role: Role::Scan,
            sites: None,
            along: None,
            low_loss: None,
            profiles: Vec::new(),
        }
    }

    #[test]
    fn a_file_is_found_by_name_and_contents_beside_above_and_next_door() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        for (name, text) in [("data/a.dm4", "right"), ("results/a.dm4", "wrong"), ("results/deep/b.dm4", "b")] {
            let path = root.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let around = Surroundings::of(&root.join("results/session.moray"));
        for (name, place) in [("a.dm4", "data/a.dm4"), ("b.dm4", "results/deep/b.dm4")] {
            let mut input = input(&Path::new("/nowhere").join(name), &root.join(place));
            assert_eq!(locate(input.files_mut(), &around), Vec::new());
            assert_eq!(input.path, root.join(place));
        }
    }

    #[test]
    fn a_file_that_holds_something_else_is_changed_and_one_that_is_gone_is_missing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.dm4");
        std::fs::write(&path, "old").unwrap();
        let mut input = input(&path, &path);
        std::fs::write(&path, "new").unwrap();
        let now = sha256_of(&path).unwrap();
        let found = locate(input.files_mut(), &Surroundings::of(&path));
        assert_eq!(found[0].problem, LinkProblem::Changed { now });
        std::fs::remove_file(&path).unwrap();
        assert_eq!(locate(input.files_mut(), &Surroundings::of(&path))[0].problem, LinkProblem::Missing);
    }
}
