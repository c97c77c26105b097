//! The curves behind a report: summed spectra, backgrounds and covariances, in electrons on the calibrated axis.

use ndarray::Array2;

use crate::model::{EdgeUse, Role};

/// Spectra of one edge on one calibrated energy axis, in electrons.
#[derive(Debug, Clone, PartialEq)]
pub struct EdgeCurves {
    /// Name of the edge.
    pub edge: String,
    /// What it is used for.
    pub usage: EdgeUse,
    /// Calibrated energy of every channel, eV.
    pub energy_ev: Vec<f64>,
    /// The reference first, then every site of every scan.
    pub spectra: Vec<SiteCurve>,
    /// Covariances of the drops' logarithms, one for each scan and site (drops only).
    pub covariances: Vec<LogRatioCovariance>,
}

/// One summed spectrum with its background, in electrons, one value per channel of the edge's axis.
#[derive(Debug, Clone, PartialEq)]
pub struct SiteCurve {
    /// Scan.
    pub scan: String,
    /// Its role.
    pub role: Role,
    /// Site; `reference` for the reference.
    pub site: String,
    /// Electrons.
    pub raw: Vec<f64>,
    /// Standard deviation of `raw`.
    pub raw_sigma: Vec<f64>,
    /// Background.
    pub background: Vec<f64>,
    /// Standard deviation of the background.
    pub background_sigma: Vec<f64>,
    /// `raw - background`.
    pub net: Vec<f64>,
    /// Net per mean net of the normalising peak; empty when it cannot be normalised.
    pub normalised: Vec<f64>,
    /// Standard deviation of `normalised` from counting.
    pub normalised_sigma: Vec<f64>,
}

/// Covariance of `ln(I_k / I_a)_site - ln(I_k / I_a)_reference` over the peaks of an edge.
#[derive(Debug, Clone, PartialEq)]
pub struct LogRatioCovariance {
    /// Scan.
    pub scan: String,
    /// Site.
    pub site: String,
    /// Peaks, in the order of the matrix.
    pub peaks: Vec<String>,
    /// The logarithms.
    pub log_ratio: Vec<f64>,
    /// Their covariance.
    pub covariance: Array2<f64>,
}
