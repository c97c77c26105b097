//! Where results come from: program, recipe, inputs, steps.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::methods::steps;
use crate::analysis::Comparison;
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
        recipe_sha256(&self.recipe)
    }

    /// Where the files of a comparison come from.
    pub fn origin(&self, comparison: &Comparison) -> Origin {
        let steps = steps(&comparison.report, &self.recipe);
        Origin { session: self.session.clone(), ..Origin::new(Some(&self.recipe), self.inputs.clone(), steps) }
    }

    /// Program, recipe and inputs in lines.
    pub fn lines(&self) -> Vec<String> {
        Origin::new(Some(&self.recipe), self.inputs.clone(), Vec::new()).lines()
    }
}

fn recipe_sha256(recipe: &Recipe) -> String {
    // A recipe is numbers, text and lists: it always has a JSON form.
    let json = serde_json::to_vec(recipe).unwrap_or_default();
    Sha256::digest(json).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Where a file comes from, in the forms that files can hold: program, recipe, inputs, and what was done in its order.
#[derive(Debug, Clone, PartialEq)]
pub struct Origin {
    recipe: Option<Recipe>,
    inputs: Vec<InputFile>,
    steps: Vec<String>,
    /// The session that makes it again, which figures carry.
    pub(super) session: Option<String>,
}

/// The beginning of every JSON file, and the whole of what arrays carry.
#[derive(Serialize)]
pub(super) struct Head<'a> {
    moray: Program<'a>,
    inputs: &'a [InputFile],
    steps: &'a [String],
}

#[derive(Serialize)]
struct Program<'a> {
    version: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    recipe: Option<&'a Recipe>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recipe_sha256: Option<String>,
}

impl Origin {
    /// Where a file comes from that was made with a recipe, or without one, from these inputs in these steps.
    pub fn new(recipe: Option<&Recipe>, inputs: Vec<InputFile>, steps: Vec<String>) -> Self {
        Self { recipe: recipe.cloned(), inputs, steps, session: None }
    }

    /// The beginning of a JSON file.
    pub(super) fn head(&self) -> Head<'_> {
        let recipe = self.recipe.as_ref();
        let moray = Program { version: VERSION, recipe, recipe_sha256: recipe.map(recipe_sha256) };
        Head { moray, inputs: &self.inputs, steps: &self.steps }
    }

    /// In lines for headers and text chunks.
    pub fn lines(&self) -> Vec<String> {
        let recipe = self.recipe.iter().map(|r| format!("recipe: {}, SHA-256 {}", r.name, recipe_sha256(r)));
        let inputs = self.inputs.iter().map(InputFile::line);
        let steps = self.steps.iter().zip(1..).map(|(step, number)| format!("step {number}: {step}"));
        std::iter::once(format!("Moray {VERSION}")).chain(recipe).chain(inputs).chain(steps).collect()
    }

    /// As JSON in one line: `moray` with version and recipe, `inputs`, `steps`.
    pub fn json(&self) -> String {
        serde_json::to_string(&self.head()).unwrap_or_default()
    }

    /// As a JSON file of its own, for formats that have no room for it.
    pub fn json_file(&self) -> String {
        serde_json::to_string_pretty(&self.head()).map(|text| text + "\n").unwrap_or_default()
    }
}
