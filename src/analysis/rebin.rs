//! Scans of a finer dispersion summed onto the channels of a coarser one.
//!
//! A coarse channel is the sum of the fine ones inside it, a fine channel that lies across a limit being shared by width.
//! Sums over windows stay exactly what they were, and so does their counting variance, but for the shared channels at
//! both ends (at most a quarter of one fine channel's variance too much at each). What changes is told to the noise
//! model: a coarse channel holds the read noise of as many fine ones as it is wide, and sharing makes single channels
//! vary less than windows do, as a detector's point spread does.

use std::sync::Arc;

use ndarray::Array2;

use crate::model::{EnergyAxis, LineScan, Recipe};

use super::ScanInput;
use super::error::AnalysisError;
use super::noise::NoiseModel;

/// Largest relative difference of dispersions that counts as equal.
const SAME_DISPERSION: f64 = 1e-3;
/// Coarsest dispersion that others are brought to, eV: peaks a and b lie 2.3 eV apart, two channels.
const COARSEST_EV: f64 = 1.15;

/// The map from the channels of one axis to coarser ones.
///
/// ```
/// use moray::analysis::rebin::Rebinning;
/// use moray::model::{EnergyAxis, LineScan};
/// use ndarray::Array2;
/// let fine = LineScan::new(EnergyAxis::new(400.0, 0.1, 500)?, Array2::ones((1, 500)))?;
/// let map = Rebinning::onto(fine.axis(), 0.25)?;
/// let coarse = map.apply(&fine)?;
/// // Every coarse channel is two and a half fine ones wide, and the first begins where the first fine one does.
/// assert_eq!(coarse.axis().channels(), 200);
/// assert!((coarse.axis().first_ev() - 400.075).abs() < 1e-9);
/// assert!(coarse.counts().iter().all(|n| (n - 2.5).abs() < 1e-9));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rebinning {
    to: EnergyAxis,
    /// Width of a coarse channel, fine channels.
    ratio: f64,
}

impl Rebinning {
    /// From the channels of `axis` to complete ones of `dispersion_ev`, the coarser.
    ///
    /// # Errors
    /// [`EnergyError`](crate::model::EnergyError) when no complete channel is left.
    pub fn onto(axis: &EnergyAxis, dispersion_ev: f64) -> Result<Self, crate::model::EnergyError> {
        let ratio = dispersion_ev / axis.dispersion_ev();
        // A last channel that is complete but for rounding counts.
        let channels = (axis.channels() as f64 / ratio + 1e-9).floor() as usize;
        let first_ev = axis.first_ev() + 0.5 * (dispersion_ev - axis.dispersion_ev());
        Ok(Self { to: EnergyAxis::new(first_ev, dispersion_ev, channels)?, ratio })
    }

    /// Where the centre of a recorded channel lies, in coarse channels.
    ///
    /// `(i + 1/2) / r - 1/2`, `r` fine channels in a coarse one, by the definition; not whole, and beyond the ends as
    /// well.
    pub fn channel_of(&self, recorded: f64) -> f64 {
        (recorded + 0.5) / self.ratio - 0.5
    }

    /// Fine channels in coarse channel `j`, each with its share.
    fn shares(&self, j: usize) -> impl Iterator<Item = (usize, f64)> + use<> {
        let (lo, hi) = (j as f64 * self.ratio, (j + 1) as f64 * self.ratio);
        (lo.floor() as usize..hi.ceil() as usize).map(move |i| {
            let share = (i as f64 + 1.0).min(hi) - (i as f64).max(lo);
            (i, share.clamp(0.0, 1.0))
        })
    }

    /// The scan on coarse channels.
    ///
    /// `N_j = sum_i w_ij n_i`, counts, `w_ij` the part of channel `i` inside `j`, by the definition; channels that are
    /// missing count as empty.
    ///
    /// # Errors
    /// [`LineScanError`](crate::model::LineScanError) when its values are no numbers.
    pub fn apply(&self, scan: &LineScan) -> Result<LineScan, crate::model::LineScanError> {
        let fine = scan.counts();
        let counts = Array2::from_shape_fn((scan.positions(), self.to.channels()), |(p, j)| {
            self.shares(j).map(|(i, share)| share * fine.get((p, i)).copied().unwrap_or(0.0)).sum::<f64>()
        });
        let mut coarse = LineScan::new(self.to, counts)?;
        coarse.step_nm = scan.step_nm;
        coarse.reads_per_position = scan.reads_per_position;
        coarse.file_counts_per_electron = scan.file_counts_per_electron;
        coarse.acquisition = scan.acquisition.clone();
        coarse.along = scan.along;
        Ok(coarse)
    }

    /// The noise of coarse channels, from that of recorded ones: the gain stays, read variance adds up, and one channel
    /// varies less than a window by what it shares with its neighbours. What the point spread took from a recorded
    /// channel is taken to lie in its two neighbours' covariance.
    ///
    /// `v' = r v` in counts squared and `f' = mean_j sum_i (f w_i^2 + (1 - f) w_i w_(i+1)) / r`, `f` the channel
    /// factor: linear error propagation. Equal channels keep both.
    pub fn noise(&self, recorded: &NoiseModel) -> NoiseModel {
        let (mut own, mut neighbours) = (0.0, 0.0);
        for j in 0..self.to.channels() {
            let shares: Vec<f64> = self.shares(j).map(|(_, share)| share).collect();
            own += shares.iter().map(|w| w * w).sum::<f64>();
            neighbours += shares.windows(2).map(|w| w[0] * w[1]).sum::<f64>();
        }
        let width = self.ratio * self.to.channels() as f64;
        let factor = recorded.channel_factor;
        NoiseModel {
            read_variance: self.ratio * recorded.read_variance,
            channel_factor: (factor * own + (1.0 - factor) * neighbours) / width,
            ..recorded.clone()
        }
    }
}

/// What brings each scan to the coarsest dispersion; `None` where nothing is to be done.
///
/// # Errors
/// [`AnalysisError::DispersionDiffers`] when dispersions differ and matching is not asked for,
/// [`AnalysisError::NotMatched`] when the coarsest does not tell peaks a and b apart.
pub(super) fn onto_coarsest(scans: &[&ScanInput], recipe: &Recipe) -> Result<Vec<Option<Rebinning>>, AnalysisError> {
    let dispersion = |scan: &ScanInput| scan.scan.axis().dispersion_ev();
    let reference_ev = dispersion(scans[0]);
    let same = |a: f64, b: f64| (a / b - 1.0).abs() <= SAME_DISPERSION;
    let Some(other) = scans.iter().find(|scan| !same(dispersion(scan), reference_ev)) else {
        return Ok(vec![None; scans.len()]);
    };
    if !recipe.matching.dispersion {
        let scan_ev = dispersion(other);
        return Err(AnalysisError::DispersionDiffers { scan: other.name.clone(), scan_ev, reference_ev });
    }
    let coarsest_ev = scans.iter().map(|scan| dispersion(scan)).fold(0.0, f64::max);
    let refuse = |scan: &ScanInput, why: String| AnalysisError::NotMatched { scan: scan.name.clone(), why };
    let rebinning = |scan: &&ScanInput| {
        if same(dispersion(scan), coarsest_ev) {
            return Ok(None);
        }
        if coarsest_ev > COARSEST_EV {
            let why = format!("on channels of {coarsest_ev} eV peaks a and b cannot be told apart");
            return Err(refuse(scan, why));
        }
        Rebinning::onto(scan.scan.axis(), coarsest_ev).map(Some).map_err(|error| refuse(scan, error.to_string()))
    };
    scans.iter().map(rebinning).collect()
}

/// The scans on the channels that they are compared on.
///
/// # Errors
/// [`AnalysisError::NotMatched`] when a scan holds values that are no numbers.
pub(super) fn rebinned(
    scans: Vec<ScanInput>,
    rebinnings: &[Option<Rebinning>],
) -> Result<Vec<ScanInput>, AnalysisError> {
    let rebinned = |(scan, rebinning): (ScanInput, &Option<Rebinning>)| {
        let Some(rebinning) = rebinning else { return Ok(scan) };
        let coarse = rebinning.apply(&scan.scan);
        let coarse =
            coarse.map_err(|error| AnalysisError::NotMatched { scan: scan.name.clone(), why: error.to_string() })?;
        Ok(ScanInput { scan: Arc::new(coarse), ..scan })
    };
    scans.into_iter().zip(rebinnings).map(rebinned).collect()
}
