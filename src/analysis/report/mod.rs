//! What a comparison found: results only, in the form of `report.json`, and the curves behind them.

mod edges;
mod ordering;
mod preparation;
mod sites;
mod ti_l;

use serde::{Deserialize, Serialize};

use super::curves::EdgeCurves;
use crate::model::{EdgeUse, EnergyAxis};

pub use edges::*;
pub use preparation::*;
pub use sites::*;
pub use ti_l::*;

/// Everything that `compare` found. [`Report`] is what is written down; the curves are what is drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// Numbers, warnings and how they came about.
    pub report: Report,
    /// Spectra of each edge of the recipe, in its order.
    pub curves: Vec<EdgeCurves>,
}

impl Comparison {
    /// Name of the edge that is the check, as `Ti L2,3`.
    pub fn invariance_edge(&self) -> Option<&str> {
        self.curves.iter().find(|edge| edge.usage == EdgeUse::Invariance).map(|edge| edge.edge.as_str())
    }
}

impl Report {
    /// The calibrated axis of a scan whose file states another: `file` as it stands when the scan was not calibrated.
    pub fn calibrated_axis(&self, scan: &str, file: EnergyAxis) -> EnergyAxis {
        let calibration = self.calibration.iter().find(|calibration| calibration.scan == scan);
        let axis = calibration.and_then(|c| file.recalibrated(c.pivot_ev, c.offset_ev, c.dispersion_scale).ok());
        axis.unwrap_or(file)
    }
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
    /// Whether the scans were recorded alike; empty in reports of older versions.
    #[serde(default)]
    pub agreement: Vec<Agreement>,
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
