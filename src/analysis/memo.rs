//! What is kept between comparisons that differ little, as while a window is dragged. It changes speed, never results.

use std::sync::Arc;

use crate::model::SiteRecipe;
use crate::progress::Progress;

use super::error::AnalysisError;
use super::prepare::{Prepared, prepare};
use super::sites::{FoundSites, SiteFindingError, SiteProfile, find_sites};
use super::{CompareInput, ScanInput};

/// Results of the parts that windows do not change: the preparation of the last scans, and the columns found in them.
#[derive(Debug, Default)]
pub struct Memo {
    prepared: Option<(CompareInput, Arc<Prepared>)>,
    columns: Vec<Columns>,
}

/// Columns found for profiles, step and recipe.
#[derive(Debug)]
struct Columns {
    profiles: Vec<SiteProfile>,
    step_nm: f64,
    recipe: SiteRecipe,
    found: Result<FoundSites, SiteFindingError>,
}

impl Memo {
    /// What [`prepare`] gives for this input, from memory when nothing it depends on has changed.
    pub(super) fn prepared(
        &mut self,
        input: &CompareInput,
        progress: &Progress,
    ) -> Result<Arc<Prepared>, AnalysisError> {
        if let Some((kept, prepared)) = &self.prepared
            && same_preparation(kept, input)
        {
            return Ok(prepared.clone());
        }
        self.columns.clear();
        let prepared = Arc::new(prepare(input, progress)?);
        self.prepared = Some((input.clone(), prepared.clone()));
        Ok(prepared)
    }

    /// What [`find_sites`] gives for these profiles, from memory when it was asked before.
    pub(super) fn columns(
        &mut self,
        profiles: Vec<SiteProfile>,
        step_nm: f64,
        recipe: &SiteRecipe,
    ) -> Result<FoundSites, SiteFindingError> {
        let same = |kept: &&Columns| kept.profiles == profiles && kept.step_nm == step_nm && kept.recipe == *recipe;
        if let Some(kept) = self.columns.iter().find(same) {
            return kept.found.clone();
        }
        let found = find_sites(&profiles, step_nm, recipe);
        // Windows of O K make new profiles while they are dragged: old ones are of no more use.
        if self.columns.len() > 8 {
            self.columns.clear();
        }
        self.columns.push(Columns { profiles, step_nm, recipe: recipe.clone(), found: found.clone() });
        found
    }
}

/// Whether [`prepare`] must give the same for both: equal scans by identity, names, calibration, alignment, gain and
/// spikes.
fn same_preparation(a: &CompareInput, b: &CompareInput) -> bool {
    let same_scan = |a: &ScanInput, b: &ScanInput| {
        let same_low_loss = match (&a.low_loss, &b.low_loss) {
            (Some(a), Some(b)) => Arc::ptr_eq(a, b),
            (None, None) => true,
            _ => false,
        };
        a.name == b.name && Arc::ptr_eq(&a.scan, &b.scan) && same_low_loss
    };
    let recipes = a.recipe.calibration == b.recipe.calibration
        && a.recipe.alignment == b.recipe.alignment
        && a.recipe.matching == b.recipe.matching
        && a.recipe.match_thickness == b.recipe.match_thickness
        && a.recipe.counts_per_electron == b.recipe.counts_per_electron
        && a.recipe.spikes == b.recipe.spikes
        && a.recipe.kept_spikes == b.recipe.kept_spikes;
    recipes
        && same_scan(&a.reference, &b.reference)
        && a.scans.len() == b.scans.len()
        && a.scans.iter().zip(&b.scans).all(|(a, b)| same_scan(a, b))
}
