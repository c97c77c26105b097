//! Results on the edge that should not change, in the form of `report.json`.

use serde::{Deserialize, Serialize};

/// Is Ti L the same as in the reference?
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
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
    /// Name of the Ti3+ reference spectrum; absent when its shape was assumed.
    pub ti3_reference: Option<String>,
    /// How far Ti4+ was moved to stand for Ti3+ when its shape was assumed, eV.
    pub ti3_assumed_shift_ev: Option<f64>,
    /// Fraction of Ti3+ with the shift free.
    pub ti3_fraction: Option<f64>,
    /// Its standard deviation.
    pub ti3_sigma: Option<f64>,
    /// 95 % upper limit (free shift).
    pub ti3_upper95: Option<f64>,
    /// Fraction of Ti3+ without a shift; the two are correlated.
    pub ti3_fixed_shift: Option<f64>,
    /// Its standard deviation.
    pub ti3_fixed_shift_sigma: Option<f64>,
    /// L3/L2 over that of the reference.
    pub l3_l2_relative: Option<f64>,
    /// Its standard deviation.
    pub l3_l2_sigma: Option<f64>,
    /// t2g-eg splitting of L3; absent when the recipe does not ask for it or the fit fails.
    pub t2g_eg_splitting: Option<TiSplitting>,
    /// `unchanged`, `changed` or `insufficient-sensitivity`; absent when not computed.
    pub verdict: Option<String>,
    /// Why something is missing.
    pub reason: Option<String>,
}

/// t2g-eg splitting of L3 at a site and in the reference, eV.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TiSplitting {
    /// At the site.
    pub site_ev: f64,
    /// Its standard deviation.
    pub site_sigma_ev: f64,
    /// In the reference.
    pub reference_ev: f64,
    /// Its standard deviation.
    pub reference_sigma_ev: f64,
    /// Site minus reference.
    pub difference_ev: f64,
    /// Its standard deviation; widths shared by both make it the smallest.
    pub difference_sigma_ev: f64,
    /// Chi squared per degree of freedom of the fit; above 1 the sigmas are already multiplied by its root.
    pub reduced_chi2: f64,
}
