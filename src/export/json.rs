//! The report as JSON, with the program, the recipe, the inputs and the steps in front.

use serde::Serialize;

use crate::analysis::{Comparison, Report};

use super::ExportError;
use super::provenance::{Head, Provenance};

#[derive(Serialize)]
struct Document<'a> {
    #[serde(flatten)]
    head: Head<'a>,
    #[serde(flatten)]
    report: &'a Report,
}

/// `report.json`: indented, fields in the order of the interface, ending in a line feed.
///
/// # Errors
/// [`ExportError::NotFinite`] when a number of the report is not finite: JSON has none such, and would say `null`
/// without a reason.
pub fn report_json(comparison: &Comparison, provenance: &Provenance) -> Result<String, ExportError> {
    let report = &comparison.report;
    let origin = provenance.origin(comparison);
    let document = Document { head: origin.head(), report };
    let text = serde_json::to_string_pretty(&document)? + "\n";
    // Finite numbers read back as they were; others were written as null and do not.
    match serde_json::from_str::<Report>(&text) {
        Ok(read) if read == *report => Ok(text),
        Ok(_) => Err(ExportError::NotFinite { what: "an optional number of the report".to_owned() }),
        Err(error) => Err(ExportError::NotFinite { what: format!("a number of the report ({error})") }),
    }
}
