//! What was found of the scans themselves: detector, calibration, alignment, spikes, thickness.

use serde::{Deserialize, Serialize};

use crate::model::Role;

/// Where a gain comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GainSource {
    /// The file states it.
    File,
    /// Estimated from the scatter along the scan.
    Estimated,
    /// Set by hand ([`Gain::set_by_hand`]), or nothing is known: 1 count = 1 electron.
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
    /// Whether the recipe sets it.
    #[serde(default)]
    pub set_by_hand: bool,
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
    /// Chance that the relative part is additive, where the levels of the scan are too alike to tell; absent where they tell
    /// and where there is no pattern.
    #[serde(default)]
    pub additive_chance: Option<f64>,
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
    /// Channel of the file.
    pub channel: usize,
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
    /// Its standard deviation from counting and read noise, eV; absent without alignment, zero for the reference.
    pub sigma_ev: Option<f64>,
    /// Standard deviation of the drift of one position from counting and read noise, eV; absent without alignment.
    #[serde(default)]
    pub drift_sigma_ev: Option<f64>,
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
    /// Its standard deviation, from its scatter between the positions and from what may lie beyond the low loss.
    #[serde(default)]
    pub t_over_lambda_sigma: Option<f64>,
    /// Whether it was matched to the other.
    pub matched: bool,
}

/// Whether a scan was recorded as the reference was: dispersion, energy resolution, calibration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Agreement {
    /// Scan.
    pub scan: String,
    /// Dispersion that the file states, eV per channel.
    pub dispersion_ev: f64,
    /// Dispersion of the coarser channels that it was summed onto, eV; `None` when it was not.
    pub rebinned_to_ev: Option<f64>,
    /// Full width at half maximum of its zero-loss peak, eV, when a low loss is there.
    pub zero_loss_fwhm_ev: Option<f64>,
    /// Squared resolution (full width at half maximum) minus the reference's, eV^2; `None` for the reference, and when
    /// neither low losses nor white lines show it.
    pub resolution_difference_ev2: Option<f64>,
    /// Its standard deviation, eV^2.
    pub resolution_difference_sigma_ev2: Option<f64>,
    /// `zero-loss` or `white-lines`.
    pub resolution_source: Option<String>,
    /// Full width at half maximum of the Gaussian that it was broadened by, eV; `None` when it was not.
    pub broadened_by_ev: Option<f64>,
    /// True dispersion over the reference's, from the distance of O K from the white lines; `None` for the reference, and
    /// when it is not known to 2 %.
    pub relative_dispersion: Option<f64>,
    /// Its standard deviation.
    pub relative_dispersion_sigma: Option<f64>,
}
