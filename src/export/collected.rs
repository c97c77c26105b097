//! Many comparisons in one table and one figure.

use std::path::{Path, PathBuf};

use crate::analysis::Report;
use crate::figure::{self, BiasedReport};
use crate::model::FigureStyle;

use super::csv::{DROPS, Table, drop_row, number};
use super::provenance::{InputFile, VERSION};
use super::{ExportError, Origin, picture_files, write_files};

/// One finished comparison of many.
#[derive(Debug, Clone, PartialEq)]
pub struct CollectedRow {
    /// Its label.
    pub label: String,
    /// Bias, V, when it is known.
    pub bias_v: Option<f64>,
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
        format!("row {}: recipe SHA-256 {}; {}", self.label, self.recipe_sha256, inputs.join("; "))
    }
}

/// Writes `drops.csv` of all rows and the figure of drops against bias. Returns the files.
///
/// # Errors
/// [`ExportError`] naming the file, number or figure at fault.
pub fn write_collected(dir: &Path, rows: &[CollectedRow]) -> Result<Vec<PathBuf>, ExportError> {
    let mut files = vec![("drops.csv".to_owned(), drops(rows)?)];
    let reports = rows.iter().map(|row| BiasedReport { bias_v: row.bias_v, report: &row.report });
    let scene = figure::drops_against_bias(&reports.collect::<Vec<_>>(), &FigureStyle::default());
    files.extend(picture_files("drops", &scene, &Origin { lines: head(rows), session: None })?);
    write_files(dir, files)
}

fn head(rows: &[CollectedRow]) -> Vec<String> {
    std::iter::once(format!("Moray {VERSION}")).chain(rows.iter().map(CollectedRow::line)).collect()
}

/// One row for each comparison, scan, site, edge and peak.
fn drops(rows: &[CollectedRow]) -> Result<Vec<u8>, ExportError> {
    let mut lines = vec!["Drops of the peaks relative to the reference: 1 - value / reference value".to_owned()];
    lines.extend(head(rows));
    for row in rows {
        lines.push(format!("row {}: sigmas hold: {}", row.label, row.report.error_budget));
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
