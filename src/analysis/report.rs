//! What a comparison found: results only, in the form of `report.json`, and the curves behind them.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::curves::EdgeCurves;
use crate::model::{EnergyWindow, ProfileKind, Role};

/// Everything that `compare` found. [`Report`] is what is written down; the curves are what is drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// Numbers, warnings and how they came about.
    pub report: Report,
    /// Spectra of each edge of the recipe, in its order.
    pub curves: Vec<EdgeCurves>,
}

/// The numbers of a comparison. Serialises to `report.json` without its `moray` and `inputs` entries, which only the
/// doors know.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Which error sources the sigmas hold, such as `counting noise only`.
    pub error_budget: String,
    /// Counts per electron.
    pub gain: Gain,
    /// Fixed pattern of each scan.
    pub pattern: Vec<Pattern>,
    /// Energy calibration of each scan.
    pub calibration: Vec<Calibration>,
    /// Split-half checks.
    pub self_check: Vec<SelfCheck>,
    /// X-ray spikes removed.
    pub spikes: Spikes,
    /// Energy alignment of each scan.
    pub alignment: Vec<Alignment>,
    /// Thickness of each scan.
    pub thickness: Vec<Thickness>,
    /// How sites were found.
    pub site_finding: SiteFinding,
    /// Sites of every scan, the reference's included.
    pub sites: Vec<SiteUsed>,
    /// Edges whose peaks are compared.
    pub edges: Vec<EdgeResult>,
    /// Ti L invariance, one entry for each scan and site.
    pub ti_l: Vec<TiL>,
    /// Cautions, each with the place it concerns.
    pub warnings: Vec<Warning>,
    /// Parts that were not computed, and why.
    pub not_computed: Vec<NotComputed>,
}

/// A part of the report that was not computed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NotComputed {
    /// Path of the field, such as `pattern`.
    pub field: String,
    /// Why.
    pub reason: String,
}

/// Where a gain comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GainSource {
    /// The file or the user states it.
    File,
    /// Estimated from the scatter along the scan.
    Estimated,
    /// Neither: 1 count = 1 electron.
    Assumed,
}

/// Detector gain and read noise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Gain {
    /// Counts per electron used.
    pub counts_per_electron: f64,
    /// Its standard deviation when estimated.
    pub sigma: Option<f64>,
    /// Where it comes from.
    pub source: GainSource,
    /// What the file says.
    pub file_counts_per_electron: Option<f64>,
    /// Variance of one channel over that of a wide window.
    pub channel_factor: Option<f64>,
    /// Read noise of one position and channel, counts.
    pub read_noise_counts: Option<f64>,
}

/// Fixed pattern of one scan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pattern {
    /// Scan.
    pub scan: String,
    /// Its role.
    pub role: Role,
    /// Additive part, counts per read.
    pub additive_counts_per_read: f64,
    /// Relative part.
    pub relative: f64,
    /// Correlation at lags 0 to 4.
    pub lag_correlation: Vec<f64>,
    /// How much of it the reference shares, 0 to 1.
    pub shared_with_reference: f64,
}

/// Energy calibration of one scan: `E = pivot + offset + scale * (E_file - pivot)`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// Scan.
    pub scan: String,
    /// Its role.
    pub role: Role,
    /// Energy that the offset alone moves, eV of the file.
    pub pivot_ev: f64,
    /// Offset at the pivot, eV.
    pub offset_ev: f64,
    /// Calibrated over stated dispersion.
    pub dispersion_scale: f64,
    /// Standard deviation of the offset, eV.
    pub sigma_offset_ev: Option<f64>,
    /// Standard deviation of the scale.
    pub sigma_dispersion_scale: Option<f64>,
    /// `features`, `offset-only`, `manual` or `file`.
    pub method: String,
    /// Where features were found on the file's axis, eV.
    pub found_ev: FoundFeatures,
}

/// Features found on the file's axis, eV.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct FoundFeatures {
    /// Ti L3.
    pub ti_l3: Option<f64>,
    /// Ti L2.
    pub ti_l2: Option<f64>,
    /// Onset of O K.
    pub o_k_onset: Option<f64>,
    /// O K peak a.
    pub o_k_a: Option<f64>,
}

/// One split-half self-check.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SelfCheck {
    /// Scan.
    pub scan: String,
    /// `odd-even`, `abba` or `halves`.
    pub split: String,
    /// Deviation from zero of each peak, in sigma.
    pub z: std::collections::BTreeMap<String, f64>,
    /// Combined.
    pub chi2: f64,
    /// Its p value.
    pub p: f64,
    /// p value of equal Ti L.
    pub ti_p_equal: Option<f64>,
    /// Factor on covariances that follows.
    pub covariance_factor: f64,
}

/// Spikes removed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Spikes {
    /// How many samples.
    pub removed: usize,
    /// Where.
    pub list: Vec<Spike>,
}

/// One spike.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Spike {
    /// Scan.
    pub scan: String,
    /// Position.
    pub position: usize,
    /// Energy, calibrated eV.
    pub energy_ev: f64,
}

/// Energy alignment of one scan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Alignment {
    /// Scan.
    pub scan: String,
    /// `zero-loss`, `ti-l` or `none`.
    pub method: String,
    /// Shift that lays it on the reference, eV.
    pub shift_to_reference_ev: f64,
    /// Its standard deviation, eV.
    pub sigma_ev: Option<f64>,
    /// Drift removed at each position, eV; empty when none was.
    pub drift_ev: Vec<f64>,
}

/// Thickness of one scan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Thickness {
    /// Scan.
    pub scan: String,
    /// Thickness over inelastic mean free path.
    pub t_over_lambda: Option<f64>,
    /// Whether it was matched to the other.
    pub matched: bool,
}

/// How sites were found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SiteFinding {
    /// `manual` or `found`.
    pub source: String,
    /// Profiles used.
    pub profiles: Vec<ProfileKind>,
    /// Distance of neighbouring columns, nm.
    pub period_nm: Option<f64>,
    /// Its standard deviation, nm.
    pub period_sigma_nm: Option<f64>,
    /// Significance of the alternation of even and odd columns.
    pub alternation_z: Option<f64>,
    /// Whether the alternation is established (|Z| of 3 or more), or the user set the sites.
    pub established: bool,
}

/// A site as used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SiteUsed {
    /// Scan.
    pub scan: String,
    /// Role of the scan.
    pub role: Role,
    /// Name, such as `O1`; `reference` for the reference's sum.
    pub name: String,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Number of positions summed.
    pub positions: usize,
}

/// One column of a site: a half-open range of positions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// Middle along the scan, nm, when the scan's step is known.
    pub center_nm: Option<f64>,
    /// First position.
    pub from: usize,
    /// Position after the last.
    pub to: usize,
}

impl Column {
    /// The range of positions.
    pub fn range(&self) -> Range<usize> {
        self.from..self.to
    }
}

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
}

/// Background of one summed spectrum.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BackgroundResult {
    /// Scan.
    pub scan: String,
    /// Site.
    pub site: String,
    /// `common-shape` or `power-law`.
    pub model: String,
    /// Pre-edge window, eV.
    pub window_ev: EnergyWindow,
    /// Power-law exponent r.
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
}

/// What spectra are divided by.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Normalisation {
    /// Peak.
    pub peak: String,
    /// `integral`.
    pub measure: String,
    /// Its window, eV.
    pub window_ev: EnergyWindow,
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
    /// First against second site of each scan.
    pub o1_against_o2: Vec<SiteAgainstSite>,
}

/// Drop of one peak at one site.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PeakAtSite {
    /// Scan.
    pub scan: String,
    /// Site.
    pub site: String,
    /// `window` or `joint-fit`.
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
    /// Statistical standard deviation.
    pub drop_sigma: Option<f64>,
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
    /// Why something is missing.
    pub reason: Option<String>,
}

/// One site against another of the same scan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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

/// Is Ti L the same as in the reference?
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TiL {
    /// Scan.
    pub scan: String,
    /// Site.
    pub site: String,
    /// p value of equal shapes.
    pub p_equal: Option<f64>,
    /// Shift of Ti L, eV.
    pub shift_ev: Option<f64>,
    /// Its standard deviation, eV.
    pub shift_sigma_ev: Option<f64>,
    /// Fraction of Ti3+.
    pub ti3_fraction: Option<f64>,
    /// Its standard deviation.
    pub ti3_sigma: Option<f64>,
    /// 95 % upper limit.
    pub ti3_upper95: Option<f64>,
    /// L3/L2 over that of the reference.
    pub l3_l2_relative: Option<f64>,
    /// Its standard deviation.
    pub l3_l2_sigma: Option<f64>,
    /// `unchanged`, `changed` or `insufficient-sensitivity`; absent when not computed.
    pub verdict: Option<String>,
    /// Why something is missing.
    pub reason: Option<String>,
}

/// A caution.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Warning {
    /// Stable short name, such as `gain-assumed`.
    pub code: String,
    /// A sentence for the user.
    pub message: String,
    /// The scan, site, edge or peak that it concerns.
    #[serde(rename = "where")]
    pub place: String,
}
