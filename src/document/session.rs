//! The saved form of a document: which scans in which roles, which sites, which recipe.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::analysis::bootstrap::DRAWS;
use crate::model::{Along, FigureStyle, ProfileKind, Recipe, RecipeError, Role, Site, StyleError};

/// An image of a file, told by the file's contents.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ImageKey {
    /// SHA-256 of the file, hexadecimal.
    pub sha256: String,
    /// Number of the image in the file.
    pub image: usize,
}

/// What tells a scan from any other: its image, and how it was opened. One image with two low losses is two scans.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScanKey {
    image: ImageKey,
    along: Option<Along>,
    low_loss: Option<ImageKey>,
    profiles: Vec<(ProfileKind, ImageKey, Option<LineKey>)>,
}

/// A line on a picture, its shares bit by bit.
type LineKey = [[u64; 2]; 2];

/// How a scan was opened, beyond its own file and image.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Opening {
    /// Axis of a 2-D spectrum image that became the line, when it was chosen.
    pub along: Option<Along>,
    /// Low loss from a file of its own.
    pub low_loss: Option<SideFile>,
    /// Signals along the scan from files of their own.
    pub profiles: Vec<ProfileFile>,
}

impl Opening {
    /// What tells a scan that was opened like this from any other.
    pub(super) fn key(&self, sha256: &str, image: usize) -> ScanKey {
        ScanKey {
            image: ImageKey { sha256: sha256.to_owned(), image },
            along: self.along,
            low_loss: self.low_loss.as_ref().map(SideFile::image_key),
            profiles: self.profiles.iter().map(ProfileFile::key).collect(),
        }
    }
}

/// One scan of a session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SessionInput {
    /// Short name, unique in the session; commands and results use it.
    pub name: String,
    /// Where the file was.
    pub path: PathBuf,
    /// Number of the image in the file.
    pub image: usize,
    /// SHA-256 of the file, hexadecimal.
    pub sha256: String,
    /// Its part in the comparison.
    pub role: Role,
    /// Sites set by the user; absent to find them.
    #[serde(default)]
    pub sites: Option<Vec<Site>>,
    /// Axis of a 2-D spectrum image that became the line, when it was chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub along: Option<Along>,
    /// Low loss from a file of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low_loss: Option<SideFile>,
    /// Signals along the scan from files of their own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub profiles: Vec<ProfileFile>,
}

/// A signal along the scan from a file of its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProfileFile {
    /// What it shows.
    pub kind: ProfileKind,
    /// Where it was.
    pub file: SideFile,
    /// Where the first and the last position lie on it, shares of width and height from the upper left corner, when the file
    /// is a picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<[[f64; 2]; 2]>,
}

impl ProfileFile {
    fn key(&self) -> (ProfileKind, ImageKey, Option<LineKey>) {
        (self.kind, self.file.image_key(), self.line.map(|line| line.map(|place| place.map(f64::to_bits))))
    }
}

/// A file beside the scans: a low loss, a signal along a scan, a spectrum of Ti3+.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SideFile {
    /// Where the file was.
    pub path: PathBuf,
    /// Number of the image in the file.
    pub image: usize,
    /// SHA-256 of the file, hexadecimal.
    pub sha256: String,
}

impl SideFile {
    fn image_key(&self) -> ImageKey {
        ImageKey { sha256: self.sha256.clone(), image: self.image }
    }
}

/// Where a scan ran on a picture of the specimen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SurveyLine {
    /// The scan.
    pub scan: String,
    /// File of the picture; absent when it is the scan's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<SideFile>,
    /// Number of the picture in the scan's own file; absent for the first one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<usize>,
    /// First position, as shares of the picture's width and height.
    pub from: [f64; 2],
    /// Last position.
    pub to: [f64; 2],
}

impl SurveyLine {
    /// Number of the picture in its file, when it is said.
    pub fn image(&self) -> Option<usize> {
        self.file.as_ref().map_or(self.image, |file| Some(file.image))
    }
}

impl SessionInput {
    /// Path and SHA-256 of all its files, its own first.
    pub fn files(&self) -> impl Iterator<Item = (&Path, &str)> {
        let low_loss = self.low_loss.iter().map(|file| (file.path.as_path(), file.sha256.as_str()));
        let profiles = self.profiles.iter().map(|profile| (profile.file.path.as_path(), profile.file.sha256.as_str()));
        std::iter::once((self.path.as_path(), self.sha256.as_str())).chain(low_loss).chain(profiles)
    }

    /// Path and SHA-256 of all its files, its own first.
    pub fn files_mut(&mut self) -> impl Iterator<Item = (&mut PathBuf, &mut String)> {
        let low_loss = self.low_loss.iter_mut().map(|file| (&mut file.path, &mut file.sha256));
        let profiles = self.profiles.iter_mut().map(|profile| (&mut profile.file.path, &mut profile.file.sha256));
        std::iter::once((&mut self.path, &mut self.sha256)).chain(low_loss).chain(profiles)
    }

    /// How it is opened, beyond its own file and image.
    pub fn opening(&self) -> Opening {
        Opening { along: self.along, low_loss: self.low_loss.clone(), profiles: self.profiles.clone() }
    }

    /// What tells it from any other scan.
    pub fn key(&self) -> ScanKey {
        self.opening().key(&self.sha256, self.image)
    }
}

/// Why a text is not a session.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// Not JSON, or not a session.
    #[error("not a session: {0}")]
    Json(#[from] serde_json::Error),
    /// Other JSON.
    #[error("not a session: it does not say its schema")]
    NoSchema,
    /// Written by a later version.
    #[error("the session has schema {0}, which this version does not know")]
    Schema(u64),
    /// Two scans share a name, or two are references.
    #[error("the session contradicts itself: {0}")]
    Invalid(String),
    /// Its recipe cannot be used.
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    /// Its figure style cannot be used.
    #[error(transparent)]
    Style(#[from] StyleError),
}

/// Everything that a comparison depends on: scans by file and hash, sites, recipe.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Session {
    /// Scans in the order shown; at most one is the reference.
    pub inputs: Vec<SessionInput>,
    /// All scientific choices.
    pub recipe: Recipe,
    /// How figures look.
    #[serde(default)]
    pub figure_style: FigureStyle,
    /// A spectrum of Ti3+ alone, when the user has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ti3_reference: Option<SideFile>,
    /// Where scans ran on pictures of the specimen, at most one for each scan.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub surveys: Vec<SurveyLine>,
    /// Draws of the parametric bootstrap of the drops, when one is wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bootstrap: Option<u32>,
}

impl SideFile {
    /// What tells it from any other spectra.
    pub fn key(&self) -> ScanKey {
        Opening::default().key(&self.sha256, self.image)
    }

    /// The file as a scan by itself, without a name.
    pub fn alone(&self) -> SessionInput {
        SessionInput {
            name: String::new(),
            path: self.path.clone(),
            image: self.image,
            sha256: self.sha256.clone(),
            role: Role::Scan,
            sites: None,
            along: None,
            low_loss: None,
            profiles: Vec::new(),
        }
    }
}

impl Session {
    /// A session without scans.
    pub fn new(recipe: Recipe) -> Self {
        let figure_style = FigureStyle::default();
        Self { inputs: Vec::new(), recipe, figure_style, ti3_reference: None, surveys: Vec::new(), bootstrap: None }
    }

    /// Path and SHA-256 of all files, those of the scans first.
    pub fn files(&self) -> impl Iterator<Item = (&Path, &str)> {
        let surveys = self.surveys.iter().filter_map(|survey| survey.file.as_ref());
        let others = self.ti3_reference.iter().chain(surveys);
        let others = others.map(|file| (file.path.as_path(), file.sha256.as_str()));
        self.inputs.iter().flat_map(SessionInput::files).chain(others)
    }

    /// Path and SHA-256 of all files, those of the scans first.
    pub fn files_mut(&mut self) -> impl Iterator<Item = (&mut PathBuf, &mut String)> {
        let surveys = self.surveys.iter_mut().filter_map(|survey| survey.file.as_mut());
        let others = self.ti3_reference.iter_mut().chain(surveys).map(|file| (&mut file.path, &mut file.sha256));
        self.inputs.iter_mut().flat_map(SessionInput::files_mut).chain(others)
    }

    /// Whether another session has the same comparison: what is compared and how, not how figures look, where scans ran
    /// on pictures, or whether drops are bootstrapped beside it.
    pub fn compares_as(&self, other: &Self) -> bool {
        self.inputs == other.inputs && self.recipe == other.recipe && self.ti3_reference == other.ti3_reference
    }

    /// Where a scan ran, when somebody said so.
    pub fn survey(&self, scan: &str) -> Option<&SurveyLine> {
        self.surveys.iter().find(|survey| survey.scan == scan)
    }

    /// The scan of that name.
    pub fn input(&self, name: &str) -> Option<&SessionInput> {
        self.inputs.iter().find(|input| input.name == name)
    }

    /// A name that no scan has yet, beginning with the one wished for.
    pub fn free_name(&self, wish: &str) -> String {
        let taken = |name: &str| self.inputs.iter().any(|input| input.name == name);
        if !taken(wish) {
            return wish.to_owned();
        }
        (2..).map(|k| format!("{wish} {k}")).find(|name| !taken(name)).unwrap_or_default()
    }

    /// Whether its parts fit together.
    ///
    /// # Errors
    /// [`SessionError`] when its recipe or figure style cannot be used, two scans share a name, two are references, or
    /// the draws of its bootstrap are too few or too many.
    pub fn check(&self) -> Result<(), SessionError> {
        self.recipe.check()?;
        self.figure_style.check()?;
        if self.inputs.iter().filter(|input| input.role == Role::Reference).count() > 1 {
            return Err(SessionError::Invalid("more than one scan is the reference".into()));
        }
        if let Some(draws) = self.bootstrap.filter(|draws| !DRAWS.contains(draws)) {
            return Err(SessionError::Invalid(format!("a bootstrap of {draws} draws")));
        }
        for (k, input) in self.inputs.iter().enumerate() {
            if self.inputs.iter().take(k).any(|other| other.name == input.name) {
                return Err(SessionError::Invalid(format!("two scans are called {}", input.name)));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_name_gets_a_number() {
        let mut session = Session::new(Recipe::preset("lto").unwrap());
        session.inputs.push(SessionInput {
            name: "pristine".into(),
            path: "a.dm4".into(),
            image: 1,
            sha256: String::new(),
            role: Role::Reference,
            sites: None,
            along: None,
            low_loss: None,
            profiles: Vec::new(),
        });
        assert_eq!(session.free_name("pristine"), "pristine 2");
        assert_eq!(session.free_name("new"), "new");
    }
}
