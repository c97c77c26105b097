//! Where results come from: program, recipe, inputs.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Origin;
use crate::model::Recipe;

/// Version of the program.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// A file that results depend on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputFile {
    /// `reference`, `scan`, `low-loss-reference` or `low-loss-scan`.
    pub role: String,
    /// The file, as the user named it.
    pub file: String,
    /// Number of its image.
    pub image: usize,
    /// SHA-256 of the file, hexadecimal.
    pub sha256: String,
}

impl InputFile {
    /// The file in one line of a header.
    pub fn line(&self) -> String {
        format!("input: {}, {}, image {}, SHA-256 {}", self.role, self.file, self.image, self.sha256)
    }
}

/// What produced a comparison.
#[derive(Debug, Clone, PartialEq)]
pub struct Provenance {
    /// All choices.
    pub recipe: Recipe,
    /// All files, the reference first.
    pub inputs: Vec<InputFile>,
    /// The session that makes it again, as JSON in one line; figures carry it.
    pub session: Option<String>,
}

impl Provenance {
    /// SHA-256 of the recipe's compact JSON, hexadecimal.
    pub fn recipe_sha256(&self) -> String {
        // A recipe is numbers, text and lists: it always has a JSON form.
        let json = serde_json::to_vec(&self.recipe).unwrap_or_default();
        Sha256::digest(json).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// What figures carry.
    pub(super) fn origin(&self) -> Origin {
        Origin { lines: self.lines(), session: self.session.clone() }
    }

    /// The provenance in lines for headers: program, recipe, inputs.
    pub fn lines(&self) -> Vec<String> {
        let mut lines =
            vec![format!("Moray {VERSION}"), format!("recipe: {}, SHA-256 {}", self.recipe.name, self.recipe_sha256())];
        lines.extend(self.inputs.iter().map(InputFile::line));
        lines
    }
}
