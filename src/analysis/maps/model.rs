//! What maps need before any window: calibrated axis, gain and read noise, shift of every position.

use std::ops::Range;

use crate::analysis::calibrate::{Calibrated, calibrate};
use crate::analysis::noise::NoiseModel;
use crate::analysis::pattern::FixedPattern;
use crate::analysis::sums::SummedSpectrum;
use crate::analysis::{AnalysisError, Calibration, Warning, net, recording_cautions, spikes};
use crate::model::{
    AlignmentMethod, EdgeRecipe, EnergyAxis, EnergyWindow, LineScan, Recipe, Role, SpectrumImage, SpikeHandling,
};
use crate::progress::Progress;

use super::align::{self, Seen, Shifts};

/// Spectra to be mapped, samples left in their file.
#[derive(Debug, Clone)]
pub struct MapInput {
    /// Name, for messages.
    pub name: String,
    /// Core-loss spectra.
    pub spectra: SpectrumImage,
    /// Low loss of the same positions, when recorded.
    pub low_loss: Option<SpectrumImage>,
    /// Counts per electron as the file states it.
    pub file_counts_per_electron: Option<f64>,
    /// Detector reads summed at each position.
    pub reads_per_position: f64,
}

/// Spectra with everything that maps depend on besides windows.
#[derive(Debug, Clone)]
pub struct MapModel {
    /// Name, for messages.
    pub name: String,
    /// The spectra.
    pub spectra: SpectrumImage,
    /// Calibrated axis, before any position's own shift.
    pub axis: EnergyAxis,
    /// Detector noise.
    pub noise: NoiseModel,
    /// Shifts on the calibrated axis; mean zero.
    pub drift: Shifts,
    /// How the axis was calibrated.
    pub calibration: Calibration,
    /// Sum of all positions, aligned.
    pub total: SummedSpectrum,
    /// Cautions.
    pub warnings: Vec<Warning>,
    /// Positions summed into one of the line whose scatter gave the noise.
    summed: f64,
}

impl MapModel {
    /// Estimates noise, alignment and calibration as for a line scan: along the longer axis, the other one summed.
    ///
    /// # Errors
    /// [`AnalysisError`] when features are not found, or values are no numbers.
    pub fn new(input: &MapInput, recipe: &Recipe, progress: &Progress) -> Result<Self, AnalysisError> {
        let Seen { scan, found, noise } = Seen::of(input, recipe)?;
        progress.at(2, 4)?;
        let drift = align::drift(input, &found, recipe.alignment, &noise).centred();
        progress.at(3, 4)?;
        let aligned = |axis: &EnergyAxis, shift_ev: &[f64], noise: &NoiseModel| {
            let all: Vec<usize> = (0..scan.positions()).collect();
            SummedSpectrum::new(&scan, &all, axis, shift_ev, noise, &FixedPattern::none())
        };
        let line_shift = along_line(&drift.shift_ev, &input.spectra, &scan);
        let counts = aligned(scan.axis(), &line_shift, &NoiseModel::unit()).electrons;
        let calibrated = calibrate(&counts, scan.axis(), recipe, noise.gain)?;
        let drift = drift.scaled(calibrated.scale);
        let line_shift: Vec<f64> = line_shift.iter().map(|shift| shift * calibrated.scale).collect();
        let mut warnings = warnings(&noise, &calibrated, &drift, recipe, &input.name);
        warnings.extend(spikes_left_in(&scan, &noise, input, recipe));
        let summed = input.spectra.positions() as f64 / scan.positions() as f64;
        Ok(Self {
            name: input.name.clone(),
            spectra: input.spectra.clone(),
            axis: calibrated.axis,
            calibration: calibrated.entry(&input.name, Role::Scan, 0.0, calibrated.features.found_ev),
            total: aligned(&calibrated.axis, &line_shift, &noise),
            warnings,
            drift,
            noise,
            summed,
        })
    }

    /// Read variance of one position and channel, electrons squared.
    ///
    /// That of a position of the line, in counts squared, over the positions summed into it and over the squared gain:
    /// read noise of independent positions adds up. Zero when it could not be told from counting.
    pub fn read_variance(&self) -> f64 {
        self.noise.read_variance / self.summed / (self.noise.gain * self.noise.gain)
    }

    /// What the energies of a position must be moved by, eV.
    ///
    /// Zero for a position that does not exist.
    pub fn shift_ev(&self, position: usize) -> f64 {
        self.drift.shift_ev.get(position).copied().unwrap_or(0.0)
    }

    /// The background windows of an edge, the first lowered at its start until all hold ten channels.
    pub(super) fn background_windows(&self, edge: &EdgeRecipe) -> Result<Vec<EnergyWindow>, AnalysisError> {
        net::checked_windows(&self.total, edge, &self.name)
    }

    /// The channels that a window touches at any position's shift.
    pub(super) fn channels_of(&self, window: EnergyWindow) -> Range<usize> {
        let least = self.drift.shift_ev.iter().copied().fold(0.0, f64::min);
        let most = self.drift.shift_ev.iter().copied().fold(0.0, f64::max);
        let at = |energy_ev: f64| self.axis.channel_at(energy_ev);
        let limit = self.axis.channels() as f64;
        let from = (at(window.lo_ev() - most) - 0.5).floor().clamp(0.0, limit) as usize;
        let to = ((at(window.hi_ev() - least) + 0.5).ceil() + 1.0).clamp(0.0, limit) as usize;
        from..to.max(from)
    }

    /// The refusal of a window that lies outside the data.
    pub(super) fn outside(&self, edge: &EdgeRecipe, window: EnergyWindow) -> AnalysisError {
        let [from_ev, to_ev] = self.total.valid_ev();
        AnalysisError::OutsideData { edge: edge.name.clone(), site: self.name.clone(), window, from_ev, to_ev }
    }
}

/// A caution when a line scan shows X-ray spikes: samples stay in their file, as recorded. In an image of positions a single
/// pixel cannot be judged by its neighbours along a line.
fn spikes_left_in(scan: &LineScan, noise: &NoiseModel, input: &MapInput, recipe: &Recipe) -> Option<Warning> {
    let is_line = input.spectra.navigation().len() == 1;
    let found = if is_line && recipe.spikes == SpikeHandling::Remove { spikes::count(scan, noise) } else { 0 };
    let told = match found {
        0 => return None,
        1 => "1 sample looks like an X-ray spike and is left in".to_owned(),
        found => format!("{found} samples look like X-ray spikes and are left in"),
    };
    Some(Warning {
        code: "spikes-left-in".to_owned(),
        message: format!("{told}; `moray compare` lists and removes such samples"),
        place: input.name.clone(),
    })
}

/// Mean shift of the positions that each position of the line sums.
fn along_line(shift_ev: &[f64], spectra: &SpectrumImage, scan: &LineScan) -> Vec<f64> {
    let sizes = spectra.sizes();
    let row_length = sizes.last().copied().unwrap_or(1);
    let along_rows = sizes.len() < 2 || scan.along == Some(crate::model::Along::X);
    let mut sums = vec![0.0; scan.positions()];
    for (position, shift) in shift_ev.iter().enumerate() {
        let at = if along_rows { position % row_length } else { position / row_length };
        if let Some(sum) = sums.get_mut(at) {
            *sum += shift;
        }
    }
    let each = (shift_ev.len() / scan.positions().max(1)).max(1) as f64;
    sums.iter().map(|sum| sum / each).collect()
}

fn warnings(noise: &NoiseModel, calibrated: &Calibrated, drift: &Shifts, recipe: &Recipe, name: &str) -> Vec<Warning> {
    let mut found = recording_cautions::noise_warnings(noise);
    let nominal = &recipe.calibration.nominal;
    found.extend(recording_cautions::calibration_warnings(calibrated, drift.method == "ti-l", nominal));
    if drift.method == "none" && recipe.alignment != AlignmentMethod::None {
        found.push(Warning {
            code: "not-aligned".to_owned(),
            message: "no zero loss and no Ti L to align on: positions are taken as they are".to_owned(),
            place: name.to_owned(),
        });
    }
    found
}
