//! Is Ti L the same as in the reference?

use serde::{Deserialize, Serialize};

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
