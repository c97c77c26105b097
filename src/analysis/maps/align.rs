//! Energy shift of every position with its sigma, tile by tile.

use std::ops::Range;

use rayon::prelude::*;

use super::model::MapInput;
use crate::analysis::align::{ENOUGH_IN_L3, TiTarget, TiWindow, quadratic_drift, zero_loss_centre, zero_loss_sigma};
use crate::analysis::features::{self, Features};
use crate::analysis::noise::{self, NoiseModel};
use crate::analysis::{AnalysisError, Warning, recording_cautions};
use crate::model::{AlignmentMethod, EnergyAxis, LineScan, Recipe, SpectrumImage};
use crate::progress::Progress;

/// Positions of one tile: whole low losses of a tile stay in the processor's cache.
const TILE: usize = 128;
/// Energies kept on each side of the highest channel of a low loss, eV: three times what a centroid looks at.
const AROUND_EV: f64 = 4.5;

/// What every position's energies must be moved by.
#[derive(Debug, Clone, PartialEq)]
pub struct Shifts {
    /// One per position, eV, in C order of the navigation axes.
    pub shift_ev: Vec<f64>,
    /// Standard deviation of each from counting and read noise, eV; of the smooth drift when `smoothed`. NaN where
    /// nothing could be measured, and the shift is then that of no drift.
    pub sigma_ev: Vec<f64>,
    /// `zero-loss`, `ti-l` or `none`.
    pub method: &'static str,
    /// Whether a quadratic drift through the estimates is given, for want of electrons.
    pub smoothed: bool,
}

impl Shifts {
    /// Positions as they stand.
    pub fn none(positions: usize) -> Self {
        Self { shift_ev: vec![0.0; positions], sigma_ev: vec![f64::NAN; positions], method: "none", smoothed: false }
    }

    /// The same with mean zero.
    pub(super) fn centred(mut self) -> Self {
        let mean = self.shift_ev.iter().sum::<f64>() / self.shift_ev.len().max(1) as f64;
        self.shift_ev.iter_mut().for_each(|shift| *shift -= mean);
        self
    }

    /// The same on an axis whose energies are `scale` times as far apart.
    pub(super) fn scaled(mut self, scale: f64) -> Self {
        self.shift_ev.iter_mut().chain(&mut self.sigma_ev).for_each(|value| *value *= scale);
        self
    }
}

/// Energy shift of every position: by zero loss (absolute: the peak goes to 0 eV) or by Ti L (mean zero).
///
/// Auto takes the zero loss when there is one, Ti L otherwise. Methods: [`crate::analysis::align`].
///
/// In eV. Positions that show no signal get the shift of no drift and a sigma that is not a number, unless a smooth
/// drift is given for all.
///
/// # Errors
/// [`AnalysisError::NotUsable`] when the method asked for finds nothing to align on, or values are no numbers.
///
/// # Examples
/// ```
/// use moray::analysis::maps::{MapInput, shifts};
/// use moray::model::{Recipe, SpectrumImage};
/// use moray::progress::Progress;
/// use moray::simulate::{World, simulate};
///
/// let made = simulate(&World { drift_walk_ev: 0.05, ..World::default() }, 1)?.scan;
/// let input = MapInput {
///     name: "simulated".into(),
///     spectra: SpectrumImage::of(&made.core),
///     low_loss: made.low_loss.as_deref().map(SpectrumImage::of),
///     file_counts_per_electron: None,
///     reads_per_position: 1.0,
/// };
/// let (found, _) = shifts(&input, &Recipe::preset("lto")?, &Progress::new())?;
/// assert_eq!((found.method, found.shift_ev.len()), ("zero-loss", 64));
/// // Every shift takes back the drift of its position.
/// let left: Vec<f64> = found.shift_ev.iter().zip(&made.drift_ev).map(|(shift, drift)| shift + drift).collect();
/// assert!(left.iter().all(|ev| (ev - left[0]).abs() < 0.02), "{left:?}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn shifts(input: &MapInput, recipe: &Recipe, progress: &Progress) -> Result<(Shifts, Vec<Warning>), AnalysisError> {
    let refuse = |why: &str| AnalysisError::NotUsable { name: input.name.clone(), why: why.to_owned() };
    let seen = Seen::of(input, recipe)?;
    progress.at(1, 2)?;
    let found = drift(input, &seen.found, recipe.alignment, &seen.noise);
    progress.at(2, 2)?;
    if found.method == "none" && recipe.alignment != AlignmentMethod::None {
        return Err(refuse("there is neither a zero loss nor Ti L to align on"));
    }
    let mut warnings = recording_cautions::noise_warnings(&seen.noise);
    if found.smoothed {
        warnings.push(Warning {
            code: "drift-smoothed".to_owned(),
            message:
                "fewer than 100 electrons in Ti L3 at a position: a quadratic drift through the estimates is given"
                    .to_owned(),
            place: input.name.clone(),
        });
    }
    let lost = found.sigma_ev.iter().filter(|sigma| sigma.is_nan()).count();
    if lost > 0 {
        warnings.push(Warning {
            code: "positions-not-aligned".to_owned(),
            message: format!("{lost} positions show nothing to align on: their shift is that of no drift"),
            place: input.name.clone(),
        });
    }
    Ok((found, warnings))
}

/// Features and noise of spectra before anything is moved.
pub(super) struct Seen {
    pub(super) scan: LineScan,
    pub(super) found: Features,
    pub(super) noise: NoiseModel,
}

impl Seen {
    pub(super) fn of(input: &MapInput, recipe: &Recipe) -> Result<Self, AnalysisError> {
        let mut scan = LineScan::from_spectrum_image(&input.spectra, None)
            .map_err(|error| AnalysisError::NotUsable { name: input.name.clone(), why: error.to_string() })?;
        scan.reads_per_position *= input.reads_per_position;
        scan.file_counts_per_electron = input.file_counts_per_electron;
        let calibration = &recipe.calibration;
        let total = scan.counts().sum_axis(ndarray::Axis(0)).to_vec();
        let found = features::find(&total, scan.axis(), calibration);
        let near = found.calibration(&calibration.nominal);
        let near = near.and_then(|c| scan.axis().recalibrated(c.pivot_ev, c.offset_ev, c.scale).ok());
        let stated = scan.file_counts_per_electron;
        let noise = noise::estimate(&[(&scan, near.unwrap_or(*scan.axis()))], stated, &calibration.quiet_ev());
        let noise = recipe.counts_per_electron.into_iter().fold(noise, NoiseModel::with_gain);
        Ok(Self { scan, found, noise })
    }
}

/// The shifts that a recipe's method gives; none where it finds nothing.
pub(super) fn drift(input: &MapInput, found: &Features, method: AlignmentMethod, noise: &NoiseModel) -> Shifts {
    let positions = input.spectra.positions();
    let read_variance = noise.read_variance * line_length(&input.spectra) as f64 / positions as f64;
    let noise = PixelNoise { gain: noise.gain, read_variance };
    let low_loss = input.low_loss.as_ref().filter(|low| low.positions() == positions);
    let ti_l = || by_ti_l(&input.spectra, [found.found_ev.ti_l3?, found.found_ev.ti_l2?], noise);
    let shifts = match (method, low_loss) {
        (AlignmentMethod::None, _) => None,
        (AlignmentMethod::Auto, Some(low_loss)) => by_zero_loss(low_loss, noise).or_else(ti_l),
        _ => ti_l(),
    };
    shifts.unwrap_or_else(|| Shifts::none(positions))
}

fn line_length(spectra: &SpectrumImage) -> usize {
    spectra.sizes().into_iter().max().unwrap_or(1)
}

/// Noise of one position.
#[derive(Debug, Clone, Copy)]
struct PixelNoise {
    /// Counts per electron.
    gain: f64,
    /// Counts squared.
    read_variance: f64,
}

/// Shifts that put every zero-loss peak at 0 eV; `None` when fewer than half of the positions have one.
fn by_zero_loss(low_loss: &SpectrumImage, noise: PixelNoise) -> Option<Shifts> {
    let one = |tile: Range<usize>| -> Vec<[f64; 2]> {
        let (channels, width) = (low_loss.axis().channels(), tile.len());
        let mut counts = vec![0.0; channels * width];
        low_loss.read_tile(0..channels, tile, &mut counts);
        let tops = highest(&counts, width);
        (0..width).map(|k| zero_loss(low_loss.axis(), &counts, width, k, tops[k], noise)).collect()
    };
    let found: Vec<[f64; 2]> = tiles(low_loss.positions()).into_par_iter().flat_map_iter(one).collect();
    let good = found.iter().filter(|[_, sigma]| sigma.is_finite());
    let count = good.clone().count();
    if 2 * count < found.len() || count == 0 {
        return None;
    }
    let mean = good.map(|[shift, _]| shift).sum::<f64>() / count as f64;
    Some(Shifts {
        shift_ev: found.iter().map(|[shift, sigma]| if sigma.is_finite() { *shift } else { mean }).collect(),
        sigma_ev: found.iter().map(|[_, sigma]| *sigma).collect(),
        method: "zero-loss",
        smoothed: false,
    })
}

/// The highest channel of every position of a tile.
fn highest(counts: &[f32], width: usize) -> Vec<usize> {
    let mut best = vec![f32::NEG_INFINITY; width];
    let mut at = vec![0_u32; width];
    for (channel, row) in (0_u32..).zip(counts.chunks_exact(width)) {
        for ((best, at), value) in best.iter_mut().zip(&mut at).zip(row) {
            if value > best {
                (*best, *at) = (*value, channel);
            }
        }
    }
    at.into_iter().map(|channel| channel as usize).collect()
}

/// Shift and sigma of one position of a tile; NaN when there is no peak.
fn zero_loss(axis: &EnergyAxis, counts: &[f32], width: usize, k: usize, top: usize, noise: PixelNoise) -> [f64; 2] {
    let reach = (AROUND_EV / axis.dispersion_ev()).ceil() as usize;
    let from = top.saturating_sub(reach);
    let to = (top + reach + 1).min(axis.channels());
    let near: Vec<f64> = (from..to).map(|channel| f64::from(counts[channel * width + k])).collect();
    let Ok(local) = EnergyAxis::new(axis.energy_at(from as f64), axis.dispersion_ev(), near.len()) else {
        return [f64::NAN; 2];
    };
    let Some(centre) = zero_loss_centre(&near, &local) else { return [f64::NAN; 2] };
    let sigma = zero_loss_sigma(&near, &local, centre, noise.gain, noise.read_variance);
    [-centre, sigma.unwrap_or(f64::NAN)]
}

/// Shifts that lay Ti L of every position on their common sum, mean zero; `l3_l2_ev` on the file's axis.
fn by_ti_l(spectra: &SpectrumImage, l3_l2_ev: [f64; 2], noise: PixelNoise) -> Option<Shifts> {
    let axis = spectra.axis();
    let search = TiSearch { spectra, window: TiWindow::around(axis, l3_l2_ev)?, noise };
    let (mut target, excess) = search.mean_signal(None)?;
    let smoothed = excess / noise.gain < ENOUGH_IN_L3;
    let mut shifts = search.shifts(&target);
    for round in 0..2 {
        if smoothed {
            shifts = smooth(&shifts)?;
        }
        if round == 0 {
            (target, _) = search.mean_signal(Some(&shifts))?;
            shifts = search.shifts(&target);
        }
    }
    let known = |shift: &&[f64; 2]| shift[1].is_finite();
    let mean =
        shifts.iter().filter(known).map(|s| s[0]).sum::<f64>() / shifts.iter().filter(known).count().max(1) as f64;
    Some(Shifts {
        shift_ev: shifts.iter().map(|s| if s[1].is_finite() { s[0] - mean } else { 0.0 }).collect(),
        sigma_ev: shifts.iter().map(|s| s[1]).collect(),
        method: "ti-l",
        smoothed,
    })
}

/// A quadratic drift in scan order through shifts, with the standard deviation of the drift at each position.
fn smooth(shifts: &[[f64; 2]]) -> Option<Vec<[f64; 2]>> {
    let found: Vec<Option<f64>> = shifts.iter().map(|s| s[1].is_finite().then_some(s[0])).collect();
    let drift = quadratic_drift(&found)?;
    let count = found.iter().flatten().count();
    let parameters = if count < 6 { 1.0 } else { 3.0 };
    let scatter: f64 = found.iter().zip(&drift).filter_map(|(a, b)| Some(((*a)? - b).powi(2))).sum();
    let n = count as f64;
    let sigma = if n > parameters { (scatter / (n - parameters) * parameters / n).sqrt() } else { f64::NAN };
    Some(drift.into_iter().map(|shift| [shift, sigma]).collect())
}

/// The search for Ti L at every position.
struct TiSearch<'a> {
    spectra: &'a SpectrumImage,
    window: TiWindow,
    noise: PixelNoise,
}

impl TiSearch<'_> {
    /// Shift and sigma of every position, eV; NaN where there is no Ti L.
    fn shifts(&self, target: &TiTarget) -> Vec<[f64; 2]> {
        let dispersion_ev = self.spectra.axis().dispersion_ev();
        let one = |tile: Range<usize>| -> Vec<[f64; 2]> {
            let rows = self.rows(tile);
            let found = rows.iter().map(|row| {
                let found = self.window.best_shift_and_sigma(row, target, dispersion_ev, |n| {
                    self.noise.gain * n.max(0.0) + self.noise.read_variance
                });
                found.unwrap_or([f64::NAN; 2])
            });
            found.collect()
        };
        tiles(self.spectra.positions()).into_par_iter().flat_map_iter(one).collect()
    }

    /// Sum of the positions moved by their shifts as a target, and the mean excess of L3 in counts.
    fn mean_signal(&self, shifts: Option<&[[f64; 2]]>) -> Option<(TiTarget, f64)> {
        let dispersion_ev = self.spectra.axis().dispersion_ev();
        let one = |tile: Range<usize>| {
            let mut sum = vec![0.0; self.window.len()];
            let mut excess = 0.0;
            for (row, position) in self.rows(tile.clone()).iter().zip(tile) {
                let shift = shifts.and_then(|shifts| shifts.get(position)).map_or(0.0, |s| s[0]);
                let shift = if shift.is_finite() { shift } else { 0.0 };
                self.window.add_signal(row, shift, dispersion_ev, &mut sum);
                excess += self.window.l3_excess(row);
            }
            (sum, excess)
        };
        let parts: Vec<(Vec<f64>, f64)> = tiles(self.spectra.positions()).into_par_iter().map(one).collect();
        let mut sum = vec![0.0; self.window.len()];
        for (part, _) in &parts {
            sum.iter_mut().zip(part).for_each(|(sum, value)| *sum += value);
        }
        let excess = parts.iter().map(|(_, excess)| excess).sum::<f64>() / self.spectra.positions() as f64;
        Some((TiTarget::new(sum)?, excess))
    }

    /// The channels around Ti L of a tile, position by position.
    fn rows(&self, tile: Range<usize>) -> Vec<Vec<f64>> {
        let (channels, width) = (self.window.channels(), tile.len());
        let mut counts = vec![0.0; channels.len() * width];
        self.spectra.read_tile(channels, tile, &mut counts);
        (0..width).map(|k| counts.iter().skip(k).step_by(width).map(|v| f64::from(*v)).collect()).collect()
    }
}

fn tiles(positions: usize) -> Vec<Range<usize>> {
    (0..positions).step_by(TILE).map(|from| from..(from + TILE).min(positions)).collect()
}
