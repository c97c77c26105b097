//! Backgrounds and drops of an edge whose peaks are compared.

use serde::{Deserialize, Serialize};

use crate::analysis::fit::JointFitResult;
use crate::analysis::unmix::UnmixingResult;
use crate::model::{EnergyWindow, PeakMeasure};

/// Results of one edge whose peaks are compared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EdgeResult {
    /// Name, such as `O K`.
    pub name: String,
    /// Background of every summed spectrum.
    pub backgrounds: Vec<BackgroundResult>,
    /// Normalisation.
    pub normalisation: Normalisation,
    /// Peaks.
    pub peaks: Vec<PeakResult>,
    /// Combined test of all peaks, one entry for each scan and site.
    pub combined: Vec<Combined>,
    /// Drops under other normalisations.
    pub other_normalisations: Vec<OtherNormalisation>,
    /// Joint fit of each site with the reference, when asked for.
    pub joint_fit: Vec<JointFitResult>,
    /// Unmixing of the sites of each scan, when asked for.
    pub unmixing: Vec<UnmixingResult>,
    /// Scatter between columns of one kind, one entry for each scan, site and peak with two columns or more.
    pub column_scatter: Vec<ColumnScatter>,
}

/// Scatter of the drops of the columns of one site against their noise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ColumnScatter {
    /// Scan.
    pub scan: String,
    /// Site.
    pub site: String,
    /// Peak.
    pub peak: String,
    /// Every column, in scan order.
    pub columns: Vec<ColumnDrop>,
    /// `sum (L_j - mean)^2 / V_j` over columns, V from counting and read noise alone.
    pub chi2: Option<f64>,
    /// Degrees of freedom: columns less one.
    pub dof: usize,
    /// p value of "nothing but noise tells the columns apart".
    pub p: Option<f64>,
}

/// Drop of a peak at one column; absent when a peak is not detected there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ColumnDrop {
    /// Drop relative to the reference.
    pub drop: Option<f64>,
    /// Its standard deviation from the column's own counting and read noise.
    pub drop_sigma: Option<f64>,
}

/// Background of one summed spectrum.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BackgroundResult {
    /// Scan.
    pub scan: String,
    /// Site.
    pub site: String,
    /// `common-shape`, `power-law`, `log-log`, `two-area`, `exponential`, `log-polynomial` or `sum-of-powers`.
    pub model: String,
    /// Pre-edge window, eV.
    pub window_ev: EnergyWindow,
    /// Further windows fitted with it, eV.
    #[serde(default)]
    pub more_windows_ev: Vec<EnergyWindow>,
    /// Whether plural scattering, known from the low loss, is part of the curve; the exponent is that of the rest.
    #[serde(default)]
    pub plural_scattering: bool,
    /// Exponent r, `-d ln b / d ln E` at the middle of the pre-edge window.
    pub exponent: Option<f64>,
    /// Its standard deviation.
    pub exponent_sigma: Option<f64>,
    /// Chi squared per degree of freedom in the pre-edge window.
    pub reduced_chi2: Option<f64>,
    /// Window of the ratio fit, eV.
    pub ratio_window_ev: Option<EnergyWindow>,
    /// Chi squared per degree of freedom of the ratio fit.
    pub ratio_reduced_chi2: Option<f64>,
    /// p value of the ratio fit.
    pub ratio_p: Option<f64>,
    /// The background under every peak.
    #[serde(default)]
    pub extrapolation: Vec<Extrapolation>,
}

/// The background under one peak.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Extrapolation {
    /// Label of the peak.
    pub peak: String,
    /// Background in its window, electrons.
    pub background_electrons: f64,
    /// Its standard deviation from noise and pattern, electrons.
    pub background_sigma: f64,
    /// Egerton's h, `(I_b + var I_b) / I_b` with counting and read noise; 1 for a background that is known.
    pub h: Option<f64>,
}

/// What spectra are divided by.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Normalisation {
    /// Peak.
    pub peak: String,
    /// What of it: `integral`, `single-scattering integral`, `area` of its component, or `maximum`.
    pub measure: String,
    /// Its window, eV.
    pub window_ev: EnergyWindow,
}

impl Normalisation {
    /// What stands for the size of a peak; `None` in a report of another version that knows more of them.
    pub fn peak_measure(&self) -> Option<PeakMeasure> {
        PeakMeasure::ALL.into_iter().find(|measure| measure.of_normaliser() == self.measure)
    }

    /// The sizes of all peaks of the edge, in words.
    pub fn sizes(&self) -> &str {
        match self.peak_measure() {
            Some(measure) => measure.words(),
            None => &self.measure,
        }
    }
}

/// Results of one peak.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PeakResult {
    /// Label.
    pub label: String,
    /// Window, eV.
    pub window_ev: EnergyWindow,
    /// Final states.
    pub assignment: String,
    /// One entry for each scan and site.
    pub sites: Vec<PeakAtSite>,
    /// First against second site of the first scan that has two.
    pub o1_against_o2: Option<SiteAgainstSite>,
    /// First against second site of every scan.
    pub site_against_site: Vec<SiteAgainstSite>,
}

/// Drop of one peak at one site.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PeakAtSite {
    /// Scan.
    pub scan: String,
    /// Site.
    pub site: String,
    /// How the peak was measured: `window`, `single-scattering`, `joint-fit` or `maximum`.
    pub method: String,
    /// Peak over normalising peak at the site.
    pub ratio: Option<f64>,
    /// Its standard deviation.
    pub ratio_sigma: Option<f64>,
    /// The same of the reference.
    pub reference_ratio: Option<f64>,
    /// Its standard deviation.
    pub reference_ratio_sigma: Option<f64>,
    /// `1 - ratio / reference_ratio`.
    pub drop: Option<f64>,
    /// Statistical standard deviation: counting, read noise and fixed pattern.
    pub drop_sigma: Option<f64>,
    /// Its part from counting and read noise.
    #[serde(default)]
    pub drop_counting: Option<f64>,
    /// Its part from the fixed pattern; the squares of both parts add up to that of `drop_sigma`.
    #[serde(default)]
    pub drop_pattern: Option<f64>,
    /// One-sigma equivalent of the background model's error.
    pub drop_systematic: Option<f64>,
    /// 68 % interval, total.
    pub drop_ci68: Option<[f64; 2]>,
    /// 95 % interval, total.
    pub drop_ci95: Option<[f64; 2]>,
    /// p value of no drop (two-sided).
    pub p: Option<f64>,
    /// Standard deviation of the drop when windows move.
    pub window_spread: Option<f64>,
    /// How the drop changes with its windows.
    #[serde(default)]
    pub sensitivity: Option<Sensitivity>,
    /// What a parametric bootstrap gave, when one was asked for.
    #[serde(default)]
    pub bootstrap: Option<BootstrapResult>,
    /// 95 % set of `ratio` when it rests on a peak that is not detected at the site.
    #[serde(default)]
    pub ratio_set: Option<RatioSet>,
    /// The same of `reference_ratio`.
    #[serde(default)]
    pub reference_ratio_set: Option<RatioSet>,
    /// Why something is missing.
    pub reason: Option<String>,
}

/// A drop as a function of its windows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sensitivity {
    /// What was added to the limits of the background window, eV; nothing first.
    pub background_shifts_ev: Vec<[f64; 2]>,
    /// What was added to the limits of all peak windows, eV; nothing first.
    pub peak_shifts_ev: Vec<[f64; 2]>,
    /// Drops, by background window and then by peak windows; absent where they cannot be measured.
    pub drops: Vec<Vec<Option<f64>>>,
    /// Largest change of the drop against the windows as chosen.
    pub largest_change: f64,
    /// A drop is stable below this many of its total sigma.
    pub stable_within_sigma: f64,
    /// Whether the largest change is below that.
    pub stable: bool,
}

/// A parametric bootstrap of a drop: counting and read noise drawn anew, neither pattern nor model error.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BootstrapResult {
    /// Draws.
    pub replicas: usize,
    /// Draws in which a peak was not detected.
    pub failed: usize,
    /// Seed of the draws.
    pub seed: u64,
    /// Standard deviation of the drop; to be compared with `drop_counting`.
    pub drop_sigma: Option<f64>,
    /// 68 % interval.
    pub drop_ci68: Option<[f64; 2]>,
    /// 95 % interval.
    pub drop_ci95: Option<[f64; 2]>,
}

/// The ratios that a measurement does not exclude at 95 % (Fieller).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RatioSet {
    /// What the set looks like.
    pub kind: RatioSetKind,
    /// Its limits, the lower one first; absent when it is unbounded.
    pub limits: Option<[f64; 2]>,
}

/// Shape of a Fieller set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RatioSetKind {
    /// Everything between the limits.
    Interval,
    /// Everything but what lies between the limits: the normalising peak may be zero.
    Outside,
    /// Every ratio: neither peak is seen.
    Unbounded,
}

impl std::fmt::Display for RatioSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.kind, self.limits) {
            (RatioSetKind::Interval, Some([low, high])) => write!(f, "{low:.3} to {high:.3}"),
            (RatioSetKind::Outside, Some([low, high])) => write!(f, "everything outside {low:.3} to {high:.3}"),
            _ => f.write_str("unbounded"),
        }
    }
}

/// One site against another of the same scan.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SiteAgainstSite {
    /// Scan.
    pub scan: String,
    /// The site that stands as site.
    pub site: String,
    /// The site that stands as reference.
    pub against: String,
    /// Drop of `site` relative to `against`.
    pub drop: Option<f64>,
    /// Its standard deviation.
    pub drop_sigma: Option<f64>,
    /// 95 % interval.
    pub drop_ci95: Option<[f64; 2]>,
    /// p value of equality (two-sided).
    pub p: Option<f64>,
    /// Why something is missing.
    pub reason: Option<String>,
}

/// Combined test of all peaks of a site.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Combined {
    /// Scan.
    pub scan: String,
    /// Site.
    pub site: String,
    /// Chi squared of "no drop at any peak".
    pub chi2: Option<f64>,
    /// Degrees of freedom.
    pub dof: usize,
    /// p value.
    pub p: Option<f64>,
}

/// Drops under another normalisation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OtherNormalisation {
    /// `post-edge`, `o-k-total` or `ti-l`.
    pub by: String,
    /// The drops.
    pub drops: Vec<OtherDrop>,
}

/// A drop under another normalisation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OtherDrop {
    /// Scan.
    pub scan: String,
    /// Site.
    pub site: String,
    /// Peak.
    pub peak: String,
    /// Drop.
    pub drop: f64,
    /// Its standard deviation.
    pub drop_sigma: f64,
}
