//! Finding oxygen columns along a scan, and which of them are O1.
//!
//! Signals recorded along the scan are fitted together by trains of Gaussian peaks of one period and phase: oxygen
//! columns, and Ti columns half a period later. O1 and O2 alternate; O1 has the smaller peaks.

mod alternation;
mod profile;
mod refine;
mod trains;

use std::ops::Range;

pub use profile::{SiteProfile, net_profile};

use crate::model::{ProfileKind, Site, SiteRecipe};
use trains::Lattice;

/// Columns this close to an end of the scan are not used, nm.
const END_MARGIN_NM: f64 = 0.03;
/// Smallest |Z| that establishes the alternation.
pub(super) const ESTABLISHED_Z: f64 = 3.0;

/// Why columns could not be found.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SiteFindingError {
    /// There is no profile.
    #[error("there is no signal along the scan to find columns in")]
    NoProfiles,
    /// The distance between positions means nothing.
    #[error("the distance between positions is {step_nm} nm")]
    BadStep {
        /// The distance, nm.
        step_nm: f64,
    },
    /// Profiles differ in length, or values and sigmas do.
    #[error("profile {kind:?} has {values} values and {sigmas} sigmas for {positions} positions")]
    Lengths {
        /// The profile.
        kind: ProfileKind,
        /// Its values.
        values: usize,
        /// Its sigmas.
        sigmas: usize,
        /// Positions of the first profile.
        positions: usize,
    },
    /// A value is no number, or a sigma is not above zero.
    #[error("profile {kind:?} has no usable value at position {position}")]
    BadValue {
        /// The profile.
        kind: ProfileKind,
        /// The position.
        position: usize,
    },
    /// The scan is too short or too coarse.
    #[error(
        "{length_nm:.2} nm in steps of {step_nm:.3} nm: at least two column spacings ({spacing_nm:.3} nm) and four positions in each are needed"
    )]
    TooShort {
        /// Length of the scan, nm.
        length_nm: f64,
        /// Distance between positions, nm.
        step_nm: f64,
        /// Distance of columns expected, nm.
        spacing_nm: f64,
    },
    /// No profile shows columns.
    #[error(
        "no profile shows columns {spacing_nm:.3} nm apart (gain over a straight line {gain:.1}; {needed:.0} is needed)"
    )]
    NoColumns {
        /// Distance of columns expected, nm.
        spacing_nm: f64,
        /// What the trains explain, in units of what chance explains.
        gain: f64,
        /// What is needed.
        needed: f64,
    },
}

/// Every other oxygen column is of one class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnClass {
    /// The first column of the lattice, the third, ...
    Even,
    /// The second, the fourth, ...
    Odd,
}

/// An oxygen column within the scan.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FoundColumn {
    /// Where it lies, nm from position 0.
    pub center_nm: f64,
    /// Its class.
    pub class: ColumnClass,
    /// Whether it lies too close to an end of the scan to be used.
    pub excluded: bool,
}

/// Alternation of the two classes in one profile.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ProfileAlternation {
    /// The profile.
    pub kind: ProfileKind,
    /// Mean peak of even columns minus that of odd ones, in sigma.
    pub z: f64,
}

/// Oxygen columns found along a scan.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundSites {
    /// Distance between neighbouring oxygen columns, nm.
    pub period_nm: f64,
    /// Its standard deviation, nm.
    pub period_sigma_nm: f64,
    /// Where the first even column lies, nm from position 0; 0 to one period.
    pub phase_nm: f64,
    /// Its standard deviation, nm.
    pub phase_sigma_nm: f64,
    /// Columns within the scan, ascending.
    pub columns: Vec<FoundColumn>,
    /// Alternation in each profile that shows oxygen.
    pub alternation: Vec<ProfileAlternation>,
    /// Significance of the alternation over all of them, `sum z / sqrt(n)`; `None` when no profile can tell.
    pub alternation_z: Option<f64>,
    /// Whether the alternation is established (|Z| of 3 or more).
    pub established: bool,
    /// Whether even columns are O1, those with the smaller peaks. Means something only when established.
    pub o1_is_even: bool,
    /// Whether oxygen could be told from Ti columns (HAADF or O K were there); ABF alone cannot reliably.
    pub oxygen_told_from_ti: bool,
    /// Profiles used.
    pub profiles: Vec<ProfileKind>,
    step_nm: f64,
    positions: usize,
}

/// Finds oxygen columns in signals recorded along a scan.
///
/// Grid search over period (6 % about the recipe's spacing) and phase, four refinements that rescale every profile's
/// sigma by its residual, then a free amplitude for every column. Deterministic.
///
/// Each profile is a constant, a slope and trains of Gaussian peaks in its own unit; even against odd columns give
/// `z = (mean even - mean odd) / sigma` and all profiles together `Z = sum z / sqrt(n)`. Own construction, lengths in
/// nm. No columns are seen when the trains explain less than 4 times what chance does; `Z` is `None` when no profile
/// shows oxygen of both classes.
///
/// # Errors
/// [`SiteFindingError`] when profiles are unusable, the scan too short, or no columns are seen.
///
/// # Examples
/// ```
/// use moray::analysis::sites::{SiteProfile, find_sites};
/// use moray::model::Recipe;
/// use moray::simulate::{World, simulate};
/// let world = World::default();
/// let made = simulate(&world, 1)?.scan;
/// let profiles: Vec<SiteProfile> = made.profiles().iter().map(SiteProfile::from).collect();
/// let found = find_sites(&profiles, world.step_nm, &Recipe::preset("lto")?.sites)?;
/// assert!((found.period_nm / world.column_spacing_nm - 1.0).abs() < 0.01);
/// assert!((7..=8).contains(&found.columns.len()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn find_sites(profiles: &[SiteProfile], step_nm: f64, recipe: &SiteRecipe) -> Result<FoundSites, SiteFindingError> {
    let positions = check(profiles, step_nm, recipe.column_spacing_nm)?;
    let lattice = refine::best_lattice(profiles, step_nm, recipe.column_spacing_nm)?;
    let last_nm = (positions - 1) as f64 * step_nm;
    let columns = columns_within(&lattice.lattice, last_nm);
    let alternation: Vec<ProfileAlternation> = (profiles.iter().zip(&lattice.fwhm_nm))
        .filter_map(|(profile, fwhm)| {
            let z = alternation::z(profile, &lattice.lattice, *fwhm, step_nm, &columns)?;
            Some(ProfileAlternation { kind: profile.kind, z })
        })
        .collect();
    let sum: f64 = alternation.iter().map(|entry| entry.z).sum();
    let alternation_z = (!alternation.is_empty()).then(|| sum / (alternation.len() as f64).sqrt());
    Ok(FoundSites {
        period_nm: lattice.lattice.period_nm,
        period_sigma_nm: lattice.period_sigma_nm,
        phase_nm: lattice.lattice.phase_nm,
        phase_sigma_nm: lattice.phase_sigma_nm,
        columns,
        alternation,
        alternation_z,
        established: alternation_z.is_some_and(|z| z.abs() >= ESTABLISHED_Z),
        o1_is_even: sum < 0.0,
        oxygen_told_from_ti: profiles.iter().any(|profile| profile.kind != ProfileKind::Abf),
        profiles: profiles.iter().map(|profile| profile.kind).collect(),
        step_nm,
        positions,
    })
}

impl FoundSites {
    /// Judges the alternation by one profile alone; nothing changes when it is not among them.
    pub fn judge_by(&mut self, kind: ProfileKind) {
        if let Some(entry) = self.alternation.iter().find(|entry| entry.kind == kind) {
            self.alternation_z = Some(entry.z);
            self.established = entry.z.abs() >= ESTABLISHED_Z;
            self.o1_is_even = entry.z < 0.0;
        }
    }

    /// Mean peak of even columns minus that of odd ones in another profile of the same scan, in sigma, at the columns found;
    /// `None` when it cannot tell. The profile takes no part in where the columns are.
    ///
    /// A free amplitude for every column, of the width that such a profile starts with (own construction).
    pub fn alternation_in(&self, profile: &SiteProfile) -> Option<f64> {
        let lattice = Lattice { period_nm: self.period_nm, phase_nm: self.phase_nm };
        let same_scan = profile.values.len() == self.positions;
        let fwhm_nm = trains::start_fwhm_nm(profile.kind);
        same_scan.then(|| alternation::z(profile, &lattice, fwhm_nm, self.step_nm, &self.columns)).flatten()
    }

    /// O1 and O2: positions within `half_width_nm` of their columns. `None` when the alternation is not established.
    pub fn sites(&self, half_width_nm: f64) -> Option<Vec<Site>> {
        let o1 = if self.o1_is_even { ColumnClass::Even } else { ColumnClass::Odd };
        let site = |name: &str, is_o1: bool| self.site(name, half_width_nm, |class| (class == o1) == is_o1);
        self.established.then(|| vec![site("O1", true), site("O2", false)])
    }

    /// All oxygen columns as one site, as a reference needs them.
    pub fn all_columns(&self, name: &str, half_width_nm: f64) -> Site {
        self.site(name, half_width_nm, |_| true)
    }

    /// Positions within `half_width_nm` of a place, half-open; empty when there is none.
    ///
    /// Those with `|i step - center| <= half_width`, by the definition.
    pub fn positions_near(&self, center_nm: f64, half_width_nm: f64) -> Range<usize> {
        // Positions exactly at the edge belong to the column however the sums round.
        let slack = 1e-9 * self.step_nm;
        let clamp = |position: f64| position.clamp(0.0, self.positions as f64) as usize;
        let from = clamp(((center_nm - half_width_nm - slack) / self.step_nm).ceil());
        let to = clamp(((center_nm + half_width_nm + slack) / self.step_nm).floor() + 1.0);
        from..to.max(from)
    }

    fn site(&self, name: &str, half_width_nm: f64, wanted: impl Fn(ColumnClass) -> bool) -> Site {
        let columns = (self.columns.iter())
            .filter(|column| !column.excluded && wanted(column.class))
            .map(|column| self.positions_near(column.center_nm, half_width_nm))
            .filter(|range| !range.is_empty())
            .collect();
        Site { name: name.to_owned(), columns }
    }
}

/// Refuses what cannot be fitted; the number of positions otherwise.
fn check(profiles: &[SiteProfile], step_nm: f64, spacing_nm: f64) -> Result<usize, SiteFindingError> {
    let positions = profiles.first().ok_or(SiteFindingError::NoProfiles)?.values.len();
    if !(step_nm.is_finite() && step_nm > 0.0) {
        return Err(SiteFindingError::BadStep { step_nm });
    }
    for profile in profiles {
        let (kind, values, sigmas) = (profile.kind, profile.values.len(), profile.sigma.len());
        if values != positions || sigmas != positions {
            return Err(SiteFindingError::Lengths { kind, values, sigmas, positions });
        }
        let good = |(v, s): (&f64, &f64)| v.is_finite() && s.is_finite() && *s > 0.0;
        if let Some(position) = profile.values.iter().zip(&profile.sigma).position(|pair| !good(pair)) {
            return Err(SiteFindingError::BadValue { kind, position });
        }
    }
    let length_nm = positions.saturating_sub(1) as f64 * step_nm;
    if length_nm < 2.0 * spacing_nm || 4.0 * step_nm > spacing_nm {
        return Err(SiteFindingError::TooShort { length_nm, step_nm, spacing_nm });
    }
    Ok(positions)
}

fn columns_within(lattice: &Lattice, last_nm: f64) -> Vec<FoundColumn> {
    let count = ((last_nm - lattice.phase_nm) / lattice.period_nm).floor() as i64;
    (0..=count)
        .map(|index| {
            let center_nm = lattice.column_nm(index);
            FoundColumn {
                center_nm,
                class: if index % 2 == 0 { ColumnClass::Even } else { ColumnClass::Odd },
                excluded: center_nm < END_MARGIN_NM || center_nm > last_nm - END_MARGIN_NM,
            }
        })
        .collect()
}
