//! From summed spectra to results: one edge, one site at a time. A site that fails holds its reason in its place.

use crate::model::{EdgeRecipe, EdgeUse, Recipe};
use crate::progress::Progress;

use super::cautions;
use super::column_scatter;
use super::curves::{self, EdgeCurves};
use super::error::AnalysisError;
use super::invariance;
use super::net::{Pair, Place};
use super::normalisations;
use super::peaks;
use super::report::{EdgeResult, TiL, Warning};
use super::sums::SummedSpectrum;
use super::ti_l::Ti3Reference;

/// A summed site of a scan.
#[derive(Debug, Clone)]
pub struct SiteSum {
    /// Scan.
    pub scan: String,
    /// Site.
    pub site: String,
    /// Its electrons.
    pub sum: SummedSpectrum,
    /// Its columns one by one, when it has several.
    pub columns: Vec<SummedSpectrum>,
    /// How much of the fixed pattern its scan shares with the reference, 0 to 1.
    pub shared_pattern: f64,
    /// Factor on covariances from failed self-checks of its scan or the reference.
    pub covariance_factor: f64,
}

/// What the edges of a recipe have in common.
pub struct Sums<'a> {
    /// The reference.
    pub reference: &'a SiteSum,
    /// Every site of every scan.
    pub sites: &'a [SiteSum],
    /// All choices.
    pub recipe: &'a Recipe,
    /// Whether Ti L was aligned on.
    pub aligned_on_ti_l: bool,
    /// Ti3+ spectrum supplied by the user.
    pub ti3_reference: Option<&'a Ti3Reference>,
}

/// Results of one edge, and cautions.
#[derive(Debug)]
pub struct EdgeOutcome {
    /// Drops, for an edge whose peaks are compared.
    pub result: Option<EdgeResult>,
    /// Invariance, for the edge that is the check.
    pub ti_l: Vec<TiL>,
    /// Curves.
    pub curves: EdgeCurves,
    /// Cautions.
    pub warnings: Vec<Warning>,
}

/// A site with the reference, or why there is none.
pub type Fitted<'a> = Result<Pair<'a>, AnalysisError>;

/// Computes one edge. Without sites, the reference alone is fitted and drawn.
///
/// # Errors
/// [`AnalysisError`] of the first site when no site at all could be computed for an edge whose peaks are compared.
pub fn edge(sums: &Sums<'_>, edge: &EdgeRecipe, progress: &Progress) -> Result<EdgeOutcome, AnalysisError> {
    let with_reference = |site| fit(site, sums.reference, edge, site.shared_pattern);
    let fitted: Vec<Fitted<'_>> = progress.stage("background", || sums.sites.iter().map(with_reference).collect());
    if edge.usage == EdgeUse::Drops
        && !fitted.iter().any(Result::is_ok)
        && let Some(Err(error)) = fitted.first()
    {
        return Err(error.clone());
    }
    let mut warnings = Vec::new();
    let on_titanium = sums.recipe.calibration.white_lines.of_titanium();
    for (site, pair) in sums.sites.iter().zip(&fitted) {
        warnings.extend(pair.iter().flat_map(|pair| cautions::of_pair(pair, edge, site, on_titanium)));
    }
    let alone = if fitted.is_empty() { vec![fit(sums.reference, sums.reference, edge, 1.0)] } else { Vec::new() };
    if edge.usage == EdgeUse::Drops
        && let Some(Err(error)) = alone.first()
    {
        return Err(error.clone());
    }
    let mut curves = curves::of_edge(sums, edge, if alone.is_empty() { &fitted } else { &alone });
    let (mut result, mut ti_l) = (None, Vec::new());
    match edge.usage {
        EdgeUse::Drops => {
            let mut found = progress.stage("drops", || peaks::drop_results(sums, edge, &fitted, &mut curves));
            let fits = progress.stage("joint-fit", || super::fit::of_sites(sums, edge, &fitted));
            (found.joint_fit, curves.joint_fits) = (fits.results, fits.curves);
            warnings.extend(fits.warnings);
            warnings.extend(normalisations::order_warning(&found));
            warnings.extend(cautions::of_measure(edge));
            warnings.extend(cautions::of_plural(&found, edge, &fitted));
            warnings.extend(cautions::of_detection(&found));
            warnings.extend(column_scatter::cautions(&found.column_scatter, edge));
            result = Some(found);
        }
        EdgeUse::Invariance => {
            let found = progress.stage("ti-l", || invariance::of_sites(sums, edge, &fitted));
            ti_l = found.0;
            warnings.extend(found.1);
        }
    }
    Ok(EdgeOutcome { result, ti_l, curves, warnings })
}

/// Fits the backgrounds of a site and its reference.
pub fn fit<'a>(site: &'a SiteSum, reference: &'a SiteSum, edge: &EdgeRecipe, shared_pattern: f64) -> Fitted<'a> {
    let place = Place { site: &site.site, reference: &reference.site };
    let pair = Pair::fit(&site.sum, &reference.sum, edge, place, shared_pattern)?;
    let covariance_factor = pair.covariance_factor.max(site.covariance_factor);
    Ok(Pair { covariance_factor, ..pair })
}
