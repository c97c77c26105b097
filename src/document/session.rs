//! The saved form of a document: which scans in which roles, which sites, which recipe.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::model::{Along, FigureStyle, ProfileKind, Recipe, RecipeError, Role, Site, StyleError};

/// Version of the saved form.
const SCHEMA: u32 = 1;

/// What tells a scan from any other: contents of the file, and which image of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ScanKey {
    /// SHA-256 of the file, hexadecimal.
    pub sha256: String,
    /// Number of the image in the file.
    pub image: usize,
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

impl SessionInput {
    /// Paths of all its files, its own first.
    pub fn paths_mut(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        let low_loss = self.low_loss.iter_mut().map(|file| &mut file.path);
        let profiles = self.profiles.iter_mut().map(|profile| &mut profile.file.path);
        std::iter::once(&mut self.path).chain(low_loss).chain(profiles)
    }

    /// What tells it from any other scan.
    pub fn key(&self) -> ScanKey {
        ScanKey { sha256: self.sha256.clone(), image: self.image }
    }
}

/// Why a text is not a session.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// Not JSON, or not a session.
    #[error("not a session: {0}")]
    Json(#[from] serde_json::Error),
    /// Written by a later version.
    #[error("the session has schema {0}, which this version does not know")]
    Schema(u32),
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

/// Everything that is saved: scans by file and hash, sites, recipe. What the window shows is kept apart from it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Session {
    /// Version of this form.
    pub schema: u32,
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
}

impl SideFile {
    /// What tells it from any other spectra.
    pub fn key(&self) -> ScanKey {
        ScanKey { sha256: self.sha256.clone(), image: self.image }
    }
}

impl Session {
    /// A session without scans.
    pub fn new(recipe: Recipe) -> Self {
        Self { schema: SCHEMA, inputs: Vec::new(), recipe, figure_style: FigureStyle::default(), ti3_reference: None }
    }

    /// Paths of all files, those of the scans first.
    pub fn paths_mut(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        let ti3_reference = self.ti3_reference.iter_mut().map(|file| &mut file.path);
        self.inputs.iter_mut().flat_map(SessionInput::paths_mut).chain(ti3_reference)
    }

    /// Whether another session has the same results: what is compared and how, not how figures look.
    pub fn compares_as(&self, other: &Self) -> bool {
        self.inputs == other.inputs && self.recipe == other.recipe && self.ti3_reference == other.ti3_reference
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

    /// The JSON form, indented, ending in a line feed.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).map(|text| text + "\n").unwrap_or_default()
    }

    /// A session from its JSON form, checked.
    ///
    /// # Errors
    /// [`SessionError`] when it is not a session, too new, or contradicts itself.
    pub fn from_json(text: &str) -> Result<Self, SessionError> {
        let session: Self = serde_json::from_str(text)?;
        if session.schema != SCHEMA {
            return Err(SessionError::Schema(session.schema));
        }
        session.recipe.check()?;
        session.figure_style.check()?;
        let references = session.inputs.iter().filter(|input| input.role == Role::Reference).count();
        if references > 1 {
            return Err(SessionError::Invalid("more than one scan is the reference".into()));
        }
        for (k, input) in session.inputs.iter().enumerate() {
            if session.inputs.iter().take(k).any(|other| other.name == input.name) {
                return Err(SessionError::Invalid(format!("two scans are called {}", input.name)));
            }
        }
        Ok(session)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session() -> Session {
        let mut session = Session::new(Recipe::preset("lto").unwrap());
        for (name, role) in [("pristine", Role::Reference), ("2.7 V", Role::Scan)] {
            session.inputs.push(SessionInput {
                name: name.into(),
                path: "a.dm4".into(),
                image: 1,
                sha256: name.into(),
                role,
                sites: Some(vec![Site { name: "O1".into(), columns: vec![4..9, 28..33] }]),
                along: None,
                low_loss: None,
                profiles: Vec::new(),
            });
        }
        session
    }

    #[test]
    fn a_session_survives_a_round_trip() {
        assert_eq!(Session::from_json(&session().to_json()).unwrap(), session());
    }

    #[test]
    fn a_session_without_a_figure_style_gets_the_usual_one() {
        let mut value: serde_json::Value = serde_json::from_str(&session().to_json()).unwrap();
        value.as_object_mut().unwrap().remove("figure_style").unwrap();
        assert_eq!(Session::from_json(&value.to_string()).unwrap(), session());
    }

    #[test]
    fn a_session_of_a_later_version_is_refused_by_its_number() {
        let text = session().to_json().replacen("\"schema\": 1", "\"schema\": 7", 1);
        assert!(matches!(Session::from_json(&text), Err(SessionError::Schema(7))));
    }

    #[test]
    fn two_references_are_refused() {
        let text = session().to_json().replace("\"role\": \"scan\"", "\"role\": \"reference\"");
        assert!(Session::from_json(&text).unwrap_err().to_string().contains("more than one"));
    }

    #[test]
    fn a_taken_name_gets_a_number() {
        assert_eq!(session().free_name("pristine"), "pristine 2");
        assert_eq!(session().free_name("new"), "new");
    }
}
