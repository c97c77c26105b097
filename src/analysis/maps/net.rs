//! Net intensity of every named window at every position, with its sigma.

use std::ops::Range;

use nalgebra::Vector2;
use rayon::prelude::*;

use super::background::{Fitter, PixelBackgrounds, PixelFit, TILE, weights};
use super::model::MapModel;
use crate::analysis::AnalysisError;
use crate::analysis::background::FitFailure;
use crate::model::{EdgeRecipe, EnergyWindow, PeakWindow};
use crate::progress::Progress;

/// Net intensity of one window at every position.
#[derive(Debug, Clone)]
pub struct WindowMap {
    /// Label of the peak, such as `a`.
    pub label: String,
    /// The window, calibrated eV.
    pub window_ev: EnergyWindow,
    /// Electrons above the background; NaN where the background could not be fitted.
    pub net: Vec<f64>,
    /// Its standard deviation: counting and read noise, background fit included. A fixed pattern, equal at all
    /// positions, is not in it.
    pub sigma: Vec<f64>,
    /// Electrons of the background in the window.
    pub background: Vec<f64>,
}

/// One edge at every position, positions in C order of the navigation axes.
#[derive(Debug, Clone)]
pub struct EdgeMaps {
    /// Name of the edge.
    pub edge: String,
    /// The power laws.
    pub background: PixelBackgrounds,
    /// The windows that lie inside the data.
    pub windows: Vec<WindowMap>,
    /// Labels of windows left out because they lie outside the data.
    pub outside: Vec<String>,
}

/// Fits the background of an edge at every position and integrates every peak window above it.
///
/// `I = sum w (n - b)`, `var I = sum w^2 (n + v) + J C J'` with `C` the covariance of the power law, `J = sum w db/dq`,
/// `v` the read variance (as for net integrals of sums, without their smoothing). The background is a power law of its
/// own at each position over all background windows of the edge, whatever model the recipe names for sums.
///
/// Electrons; linear error propagation. Not a number where the background could not be fitted; a counting variance
/// below zero counts as zero.
///
/// # Errors
/// [`AnalysisError`] when the background window lies outside the data, overlaps a peak or holds too few channels, or no
/// peak window lies inside the data; [`AnalysisError::Cancelled`].
///
/// ```
/// use moray::analysis::maps::{MapInput, MapModel, net_maps};
/// use moray::model::{Recipe, SpectrumImage};
/// use moray::progress::Progress;
/// use moray::simulate::{World, simulate};
///
/// let made = simulate(&World::default(), 1)?.scan;
/// let input = MapInput {
///     name: "simulated".into(),
///     spectra: SpectrumImage::of(&made.core),
///     low_loss: made.low_loss.as_deref().map(SpectrumImage::of),
///     file_counts_per_electron: None,
///     reads_per_position: 1.0,
/// };
/// let recipe = Recipe::preset("lto")?;
/// let model = MapModel::new(&input, &recipe, &Progress::new())?;
/// let maps = net_maps(&model, recipe.edge("O K").expect("an edge"), &Progress::new())?;
/// let a = &maps.windows[0];
/// assert_eq!((a.label.as_str(), a.net.len()), ("a", 64));
/// assert!(a.net.iter().zip(&a.sigma).all(|(net, sigma)| net > sigma));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn net_maps(model: &MapModel, edge: &EdgeRecipe, progress: &Progress) -> Result<EdgeMaps, AnalysisError> {
    let fitter = Fitter::new(model, model.background_windows(edge)?);
    let (inside, outside): (Vec<&PeakWindow>, Vec<_>) =
        edge.peaks.iter().partition(|peak| model.total.covers(peak.window_ev));
    if inside.is_empty() {
        let window = outside.first().map_or(edge.background.window_ev, |peak| peak.window_ev);
        return Err(model.outside(edge, window));
    }
    let windows: Vec<Integrator<'_>> = inside.iter().map(|peak| Integrator::new(model, peak.window_ev)).collect();
    progress.at(0, 1)?;
    // Tiles are independent and put together in order: the same bits for any number of threads.
    let tiles = tiles(model.spectra.positions());
    let found: Vec<TileMaps> = tiles.into_par_iter().map(|tile| TileMaps::of(&fitter, &windows, tile)).collect();
    progress.at(1, 1)?;
    let empty = |peak: &&PeakWindow| WindowMap {
        label: peak.label.clone(),
        window_ev: peak.window_ev,
        net: Vec::new(),
        sigma: Vec::new(),
        background: Vec::new(),
    };
    let mut maps = EdgeMaps {
        edge: edge.name.clone(),
        background: fitter.backgrounds(),
        windows: inside.iter().map(empty).collect(),
        outside: outside.iter().map(|peak| peak.label.clone()).collect(),
    };
    found.into_iter().for_each(|tile| tile.append_to(&mut maps));
    Ok(maps)
}

/// Fits the background of an edge at every position.
///
/// `b = exp(q0 - q1 ln(E / E0))`, electrons per channel, by maximum likelihood as
/// [`crate::analysis::background::power_law()`]. Not a number, with its status, where a fit fails.
///
/// # Errors
/// As [`net_maps`], peak windows aside.
pub fn backgrounds(
    model: &MapModel,
    edge: &EdgeRecipe,
    progress: &Progress,
) -> Result<PixelBackgrounds, AnalysisError> {
    let fitter = Fitter::new(model, model.background_windows(edge)?);
    progress.at(0, 1)?;
    let tiles = tiles(model.spectra.positions());
    let found: Vec<Vec<_>> = tiles.into_par_iter().map(|tile| fit_tile(&fitter, tile)).collect();
    progress.at(1, 1)?;
    let mut backgrounds = fitter.backgrounds();
    found.iter().flatten().for_each(|fit| backgrounds.push(fit));
    Ok(backgrounds)
}

/// Positions in runs of one tile each.
pub(super) fn tiles(positions: usize) -> Vec<Range<usize>> {
    (0..positions).step_by(TILE).map(|from| from..(from + TILE).min(positions)).collect()
}

fn fit_tile(fitter: &Fitter<'_>, tile: Range<usize>) -> Vec<Result<PixelFit, FitFailure>> {
    let width = tile.len();
    let counts = fitter.read(tile.clone());
    let mut scratch = Vec::with_capacity(fitter.channels());
    tile.enumerate().map(|(k, position)| fitter.fit(&counts, width, k, position, &mut scratch)).collect()
}

/// Fits and integrals `[net, sigma, background]` of one tile, window by window.
struct TileMaps {
    fits: Vec<Result<PixelFit, FitFailure>>,
    integrals: Vec<Vec<[f64; 3]>>,
}

impl TileMaps {
    fn of(fitter: &Fitter<'_>, windows: &[Integrator<'_>], tile: Range<usize>) -> Self {
        let fits = fit_tile(fitter, tile.clone());
        let integrals = windows.iter().map(|window| window.tile(fitter.centre_ev, &fits, tile.clone())).collect();
        Self { fits, integrals }
    }

    fn append_to(self, maps: &mut EdgeMaps) {
        self.fits.iter().for_each(|fit| maps.background.push(fit));
        for (window, values) in maps.windows.iter_mut().zip(self.integrals) {
            for [net, sigma, background] in values {
                window.net.push(net);
                window.sigma.push(sigma);
                window.background.push(background);
            }
        }
    }
}

/// Integrates one window at single positions.
struct Integrator<'a> {
    model: &'a MapModel,
    window: EnergyWindow,
    channels: Range<usize>,
}

impl<'a> Integrator<'a> {
    fn new(model: &'a MapModel, window: EnergyWindow) -> Self {
        Self { model, window, channels: model.channels_of(window) }
    }

    fn tile(&self, centre_ev: f64, fits: &[Result<PixelFit, FitFailure>], tile: Range<usize>) -> Vec<[f64; 3]> {
        let width = tile.len();
        let mut counts = vec![0.0; self.channels.len() * width];
        self.model.spectra.read_tile(self.channels.clone(), tile.clone(), &mut counts);
        let one = |(k, position)| match &fits[k] {
            Ok(fit) => self.integral(&counts, width, k, position, fit, centre_ev),
            Err(_) => [f64::NAN; 3],
        };
        tile.enumerate().map(one).collect()
    }

    fn integral(
        &self,
        counts: &[f32],
        width: usize,
        k: usize,
        position: usize,
        fit: &PixelFit,
        centre_ev: f64,
    ) -> [f64; 3] {
        let axis = self.model.axis.shifted(self.model.shift_ev(position));
        let (gain, read) = (self.model.noise.gain, self.model.read_variance());
        let (mut electrons, mut background, mut counting) = (0.0, 0.0, 0.0);
        let mut gradient = Vector2::zeros();
        for (c, weight) in weights(self.window, &axis, &self.channels) {
            let n = f64::from(counts[(c - self.channels.start) * width + k]) / gain;
            let row = Vector2::new(1.0, -(axis.energy_at(c as f64) / centre_ev).ln());
            let b = weight * fit.q.dot(&row).exp();
            electrons += weight * n;
            background += b;
            counting += weight * weight * (n + read);
            gradient += row * b;
        }
        let fitted = (gradient.transpose() * fit.covariance * gradient)[0];
        // A window that holds fewer electrons than nothing counts as empty.
        [electrons - background, (counting.max(0.0) + fitted).sqrt(), background]
    }
}
