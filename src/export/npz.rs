//! Arrays for NumPy: everything behind the curves, under names such as `o-k/lto-2v7/O1/net`.

use std::collections::BTreeSet;
use std::io::{Cursor, Seek, Write};

use ndarray::{Array1, ArrayView1, arr1};
use ndarray_npy::{NpzWriter, WriteNpyExt, WriteNpzError};

use crate::analysis::fit::JointFitCurves;
use crate::analysis::{Comparison, LogRatioCovariance, SiteCurve};
use crate::figure::{ShownEdge, ShownValues};
use crate::model::EdgeRecipe;

use super::provenance::{Origin, Provenance};

/// `arrays.npz`.
///
/// For each edge: `<edge>/energy_ev`; for each spectrum `<edge>/<scan>/<site>/` with `raw`, `raw_sigma`, `background`,
/// `background_sigma`, `net`, `normalised`, `normalised_sigma` (those that are there); for each drop `log_ratio`,
/// `log_ratio_covariance` and their `peaks` (UTF-8 text, labels separated by commas); `<edge>/peaks/<peak>/window_ev`;
/// for each joint fit `<edge>/<scan>/<site>/joint_fit/` with `site/` and `reference/`: `energy_ev`, `electrons`, `model`,
/// `background`, `step`, `residual`, `peaks/<peak>`.
/// `normalised` is what the figure draws. `provenance` says how they were made: JSON as UTF-8 bytes.
///
/// # Errors
/// What the writer reports.
pub fn arrays(comparison: &Comparison, provenance: &Provenance) -> Result<Vec<u8>, WriteNpzError> {
    let mut arrays = Arrays::new(Cursor::new(Vec::new()));
    for curves in &comparison.curves {
        if let Some(recipe) = provenance.recipe.edge(&curves.edge) {
            arrays.edge(&ShownEdge::of(curves, recipe), recipe)?;
        }
    }
    arrays.origin(&provenance.origin(comparison))?;
    Ok(arrays.npz.finish()?.into_inner())
}

/// Named arrays on their way into an archive.
pub(super) struct Arrays<W: Write + Seek> {
    npz: NpzWriter<W>,
    names: BTreeSet<String>,
}

impl<W: Write + Seek> Arrays<W> {
    pub(super) fn new(out: W) -> Self {
        Self { npz: NpzWriter::new(out), names: BTreeSet::new() }
    }

    /// Completes the archive.
    pub(super) fn finish(self) -> Result<(), WriteNpzError> {
        self.npz.finish().map(drop)
    }

    /// Adds where the arrays come from.
    pub(super) fn origin(&mut self, origin: &Origin) -> Result<(), WriteNpzError> {
        self.add(&["provenance"], &text(&origin.json()))
    }

    fn edge(&mut self, shown: &ShownEdge<'_>, recipe: &EdgeRecipe) -> Result<(), WriteNpzError> {
        let slug = recipe.slug();
        self.add(&[&slug, "energy_ev"], &ArrayView1::from(&shown.edge.energy_ev))?;
        for curve in &shown.curves {
            self.curve(&slug, curve.source, shown.normalised(curve))?;
        }
        for covariance in &shown.edge.covariances {
            self.covariance(&slug, covariance)?;
        }
        for fit in &shown.edge.joint_fits {
            self.joint_fit(&slug, fit)?;
        }
        for peak in &recipe.peaks {
            let window = [peak.window_ev.lo_ev(), peak.window_ev.hi_ev()];
            self.add(&[&slug, "peaks", &peak.label, "window_ev"], &arr1(&window))?;
        }
        Ok(())
    }

    fn curve(&mut self, slug: &str, curve: &SiteCurve, shown: Option<&ShownValues>) -> Result<(), WriteNpzError> {
        let none = Vec::new();
        let columns = [
            ("raw", &curve.raw),
            ("raw_sigma", &curve.raw_sigma),
            ("background", &curve.background),
            ("background_sigma", &curve.background_sigma),
            ("net", &curve.net),
            ("normalised", shown.map_or(&none, |values| &values.value)),
            ("normalised_sigma", shown.map_or(&none, |values| &values.sigma)),
        ];
        for (name, values) in columns.into_iter().filter(|(_, values)| !values.is_empty()) {
            self.add(&[slug, &curve.scan, &curve.site, name], &ArrayView1::from(values))?;
        }
        Ok(())
    }

    fn joint_fit(&mut self, slug: &str, fit: &JointFitCurves) -> Result<(), WriteNpzError> {
        for (spectrum, parts) in [("site", &fit.parts), ("reference", &fit.reference_parts)] {
            let of_fit = [slug, &fit.scan, &fit.site, "joint_fit", spectrum];
            let columns = [
                ("energy_ev", &parts.energy_ev),
                ("electrons", &parts.electrons),
                ("model", &parts.model),
                ("background", &parts.background),
                ("step", &parts.step),
                ("residual", &parts.residual),
            ];
            for (column, values) in columns {
                self.add(&[&of_fit[..], &[column]].concat(), &ArrayView1::from(values))?;
            }
            for (label, values) in fit.labels.iter().zip(&parts.peaks) {
                self.add(&[&of_fit[..], &["peaks", label]].concat(), &ArrayView1::from(values))?;
            }
        }
        Ok(())
    }

    fn covariance(&mut self, slug: &str, found: &LogRatioCovariance) -> Result<(), WriteNpzError> {
        let labels = text(&found.peaks.join(","));
        let name = |last: &'static str| [slug, found.scan.as_str(), found.site.as_str(), last];
        self.add(&name("peaks"), &labels)?;
        self.add(&name("log_ratio"), &ArrayView1::from(&found.log_ratio))?;
        self.add(&name("log_ratio_covariance"), &found.covariance)
    }

    /// Adds an array; names that meet after their parts were made safe are numbered.
    pub(super) fn add<T: WriteNpyExt>(&mut self, parts: &[&str], array: &T) -> Result<(), WriteNpzError> {
        let wanted = parts.iter().map(|text| part(text)).collect::<Vec<_>>().join("/");
        let numbered = (2..).map(|k| format!("{wanted}-{k}"));
        let name = std::iter::once(wanted.clone()).chain(numbered).find(|name| !self.names.contains(name));
        let name = name.unwrap_or(wanted);
        self.names.insert(name.clone());
        self.npz.add_array(name, array)
    }
}

/// Text as an array of its UTF-8 bytes.
pub(super) fn text(text: &str) -> Array1<u8> {
    Array1::from(text.as_bytes().to_vec())
}

/// A name that can stand between slashes: no slash, no control character, no leading dot. Scans are named after
/// files, and the archive may be unpacked into folders.
fn part(text: &str) -> String {
    let safe = |c: char| if c == '/' || c == '\\' || c == ':' || c.is_control() { '-' } else { c };
    let text: String = text.chars().map(safe).collect();
    let text = text.trim_start_matches('.');
    if text.is_empty() { "-".to_owned() } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_leave_the_archive() {
        assert_eq!(part("../../etc"), "-..-etc");
        assert_eq!(part("..."), "-");
        assert_eq!(part("2.7 V"), "2.7 V");
    }
}
