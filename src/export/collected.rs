//! Many comparisons in one table and one figure.

use std::path::{Path, PathBuf};

use crate::analysis::Report;
use crate::figure::{self, BiasedReport};
use crate::model::FigureStyle;

use super::csv::{DROPS, Table, drop_row, number};
use super::provenance::{InputFile, Origin};
use super::{ExportError, picture_files, write_files};

/// One finished comparison of many.
#[derive(Debug, Clone, PartialEq)]
pub struct CollectedRow {
    /// Its label.
    pub label: String,
    /// Bias, V, when it is known.
    pub bias_v: Option<f64>,
    /// SHA-256 of its report, hexadecimal.
    pub report_sha256: String,
    /// SHA-256 of its recipe.
    pub recipe_sha256: String,
    /// Its files.
    pub inputs: Vec<InputFile>,
    /// What was found.
    pub report: Report,
}

impl CollectedRow {
    /// Where its numbers come from, in one line.
    fn line(&self) -> String {
        let input =
            |input: &InputFile| format!("{} {} #{} SHA-256 {}", input.role, input.file, input.image, input.sha256);
        let inputs: Vec<String> = self.inputs.iter().map(input).collect();
        let (label, report, recipe) = (&self.label, &self.report_sha256, &self.recipe_sha256);
        format!(
            "read report.json of row {label}, which holds its steps: SHA-256 {report}; recipe SHA-256 {recipe}; {}",
            inputs.join("; ")
        )
    }
}

/// Writes `drops.csv` of all rows and the figure of drops against bias. Returns the files.
///
/// # Errors
/// [`ExportError`] naming the file, number or figure at fault.
pub fn write_collected(dir: &Path, rows: &[CollectedRow], style: &FigureStyle) -> Result<Vec<PathBuf>, ExportError> {
    let origin = origin(rows);
    let mut files = vec![("drops.csv".to_owned(), drops(rows, &origin)?)];
    let reports = rows.iter().map(|row| BiasedReport { bias_v: row.bias_v, report: &row.report });
    let scene = figure::drops_against_bias(&reports.collect::<Vec<_>>(), style);
    files.extend(picture_files("drops", &scene, &origin)?);
    write_files(dir, files)
}

/// The files of all rows, each once, and what was done with their reports.
fn origin(rows: &[CollectedRow]) -> Origin {
    let mut inputs: Vec<InputFile> = Vec::new();
    for input in rows.iter().flat_map(|row| &row.inputs) {
        if !inputs.contains(input) {
            inputs.push(input.clone());
        }
    }
    let last = format!(
        "put the drops of {} rows together in the order of their list, as they stand in the reports",
        rows.len()
    );
    Origin::new(None, inputs, rows.iter().map(CollectedRow::line).chain([last]).collect())
}

/// One row for each comparison, scan, site, edge and peak.
fn drops(rows: &[CollectedRow], origin: &Origin) -> Result<Vec<u8>, ExportError> {
    let mut lines = vec!["Drops of the peaks relative to the reference: 1 - value / reference value".to_owned()];
    lines.extend(origin.lines());
    for row in rows {
        lines.push(format!(
            "row {}: intervals and p hold: {}; sigmas as their columns say",
            row.label, row.report.error_budget
        ));
        let warnings = row.report.warnings.iter();
        lines.extend(warnings.map(|w| format!("row {}: warning: {} ({}; {})", row.label, w.message, w.place, w.code)));
    }
    let mut table = Table::with_head(&lines);
    table.row(["label", "bias (V)"].into_iter().chain(DROPS))?;
    for row in rows {
        let bias = number(row.bias_v, || format!("the bias of {}", row.label))?;
        for edge in &row.report.edges {
            for peak in &edge.peaks {
                for site in &peak.sites {
                    let cells = drop_row(&edge.name, peak, site, &edge.normalisation.peak)?;
                    table.row([row.label.clone(), bias.clone()].into_iter().chain(cells))?;
                }
            }
        }
    }
    table.finish()
}
