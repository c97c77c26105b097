//! What a comparison does about scans that were not recorded alike.

use serde::{Deserialize, Serialize};

/// What is done to make scans of unequal dispersion or energy resolution comparable; nothing unless asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ScanMatching {
    /// Whether spectra of a finer dispersion are summed onto the channels of the coarsest.
    pub dispersion: bool,
    /// Whether spectra of a better energy resolution are broadened to the worst.
    pub resolution: bool,
}

impl ScanMatching {
    /// Both.
    pub const ALL: Self = Self { dispersion: true, resolution: true };

    /// Whether nothing is asked for.
    pub fn is_off(&self) -> bool {
        *self == Self::default()
    }
}
