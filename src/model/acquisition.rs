//! How a data set was recorded. Absent is absent, never zero.

use serde::{Deserialize, Serialize};

/// Settings of the microscope and spectrometer as the file states them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Acquisition {
    /// Beam energy, keV.
    pub beam_energy_kev: Option<f64>,
    /// Convergence semi-angle of the probe, mrad.
    pub convergence_semi_angle_mrad: Option<f64>,
    /// Collection semi-angle of the spectrometer, mrad.
    pub collection_semi_angle_mrad: Option<f64>,
    /// Time at each position, s.
    pub dwell_time_s: Option<f64>,
    /// Frames summed at each position.
    pub frames: Option<u32>,
    /// Magnification as stated.
    pub magnification: Option<f64>,
    /// Date as the file writes it, ISO 8601 when it could be understood.
    pub date: Option<String>,
    /// Microscope or spectrometer name.
    pub instrument: Option<String>,
}

/// What a raw value means: calibrated intensity = `(raw - origin) * scale` in `unit`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IntensityCalibration {
    /// Calibrated units per raw count.
    pub scale: f64,
    /// Calibrated value of raw 0.
    pub offset: f64,
    /// Unit as stated; `e-` or `e` for electrons.
    pub unit: String,
}

impl Default for IntensityCalibration {
    fn default() -> Self {
        Self { scale: 1.0, offset: 0.0, unit: String::new() }
    }
}

impl IntensityCalibration {
    /// Counts per electron when the file calibrates intensity in electrons (`1 / scale`), otherwise `None`.
    pub fn counts_per_electron(&self) -> Option<f64> {
        let electrons = matches!(self.unit.trim(), "e-" | "e" | "e\u{2212}");
        (electrons && self.scale.is_finite() && self.scale > 0.0).then(|| 1.0 / self.scale)
    }
}
