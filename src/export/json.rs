//! The report as JSON, with the program, the recipe and the inputs in front.

use serde::Serialize;

use crate::analysis::{Comparison, Report};
use crate::model::Recipe;

use super::ExportError;
use super::provenance::{InputFile, Provenance, VERSION};

#[derive(Serialize)]
struct Document<'a> {
    moray: Program<'a>,
    inputs: &'a [InputFile],
    #[serde(flatten)]
    report: &'a Report,
}

#[derive(Serialize)]
struct Program<'a> {
    version: &'static str,
    recipe: &'a Recipe,
    recipe_sha256: String,
}

/// `report.json`: indented, fields in the order of the interface, ending in a line feed.
///
/// # Errors
/// [`ExportError::NotFinite`] when a number of the report is not finite: JSON has none such, and would say `null`
/// without a reason.
pub fn report_json(comparison: &Comparison, provenance: &Provenance) -> Result<String, ExportError> {
    let report = &comparison.report;
    let moray = Program { version: VERSION, recipe: &provenance.recipe, recipe_sha256: provenance.recipe_sha256() };
    let document = Document { moray, inputs: &provenance.inputs, report };
    let text = serde_json::to_string_pretty(&document)? + "\n";
    // Finite numbers read back as they were; others were written as null and do not.
    match serde_json::from_str::<Report>(&text) {
        Ok(read) if read == *report => Ok(text),
        Ok(_) => Err(ExportError::NotFinite { what: "an optional number of the report".to_owned() }),
        Err(error) => Err(ExportError::NotFinite { what: format!("a number of the report ({error})") }),
    }
}
