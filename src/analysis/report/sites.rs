//! Which positions were summed, and how they were found.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::model::{ProfileKind, Role};

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
    /// The same in the net O K signal, as a check of classes chosen by ABF; it takes no part in choosing. Equal signs agree.
    #[serde(default)]
    pub o_k_alternation_z: Option<f64>,
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
