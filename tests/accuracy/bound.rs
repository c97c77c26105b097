//! The Cramér-Rao bound of log ratios: no unbiased analysis with the parametric model can scatter less.
//!
//! Model of every spectrum over 505-556 eV: a power law, four Gaussians and an edge step, seen through the low loss;
//! positions and widths of the Gaussians are shared by a site and its reference, all else is free. Counting and read
//! noise are as simulated; Fisher's information at the true spectra.

use std::collections::BTreeMap;

use moray::analysis::thickness::LowLoss;
use moray::model::{EnergyAxis, EnergyWindow, Recipe, Site};
use moray::simulate::{SimulatedScan, World, simulate};
use nalgebra::{DMatrix, DVector};

/// Full widths of peaks a to d and of the zero-loss peak, positions and step of the simulated edge, eV.
const PEAKS_EV: [[f64; 2]; 4] = [[531.0, 1.5], [533.3, 1.8], [539.0, 4.0], [544.5, 5.0]];
const ZERO_LOSS_EV: f64 = 0.8;
/// Range of the model, eV.
const RANGE_EV: [f64; 2] = [505.0, 556.0];
/// The step's onset after a, and its width, eV.
const STEP_EV: [f64; 2] = [4.0, 3.0];

/// Standard deviation of every log ratio (`O1 b`, ...) that the bound allows in a world.
pub(crate) fn bounds(world: &World) -> BTreeMap<String, f64> {
    let recipe = Recipe::preset("lto").unwrap();
    let quiet = World { low_loss_electrons: 1e14, read_noise_counts: 0.0, ..world.clone() };
    let made = simulate(&quiet, 0).unwrap();
    let truth = made.truth(&recipe).unwrap();
    let low = LowLoss::of(made.reference.low_loss.as_deref().unwrap(), world.dispersion_ev).unwrap();
    let edge = EdgeModel { axis: *made.reference.core.axis(), response: low.response.above };
    let reference = Spectrum::new(&made.reference, &truth.reference_site, world, &edge);
    let mut bounds = BTreeMap::new();
    for site in &truth.sites {
        let spectrum = Spectrum::new(&made.scan, site, world, &edge);
        for (label, sigma) in pair_bounds(&spectrum, &reference, &edge, &recipe) {
            bounds.insert(format!("{} {label}", site.name), sigma);
        }
    }
    bounds
}

/// The components of the edge on an axis.
struct EdgeModel {
    axis: EnergyAxis,
    response: Vec<f64>,
}

impl EdgeModel {
    /// Unit-area peaks and the unit step with given positions and widths, on every channel.
    fn components(&self, peaks: &[[f64; 2]; 4]) -> Vec<Vec<f64>> {
        let gaussian = |[centre, fwhm]: [f64; 2]| {
            let sigma = (fwhm * fwhm - ZERO_LOSS_EV * ZERO_LOSS_EV).sqrt() / 2.354_82;
            self.seen(&|e| (-0.5 * ((e - centre) / sigma).powi(2)).exp() / sigma / 2.506_63)
        };
        let onset = peaks[0][0] + STEP_EV[0];
        // A logistic of the error function's slope: the difference is far below what the bound needs.
        let rise = |e: f64| 1.0 / (1.0 + (-4.0 * (e - onset) / (1.772_45 * 0.6 * STEP_EV[1])).exp());
        let mut all: Vec<Vec<f64>> = peaks.iter().map(|&peak| gaussian(peak)).collect();
        all.push(self.seen(&|e| rise(e) * (e / onset).powf(-2.5)));
        all
    }

    /// A density after the losses that the low loss shows.
    fn seen(&self, density: &dyn Fn(f64) -> f64) -> Vec<f64> {
        let single: Vec<f64> = self.axis.energies().iter().map(|&e| density(e)).collect();
        let at = |i: usize| (0..=i).map(|k| self.response.get(k).unwrap_or(&0.0) * single[i - k]).sum();
        (0..single.len()).map(at).collect()
    }
}

/// Expected electrons of one sum, its noise, and the areas of its components.
struct Spectrum {
    total: Vec<f64>,
    background: Vec<f64>,
    read_variance: f64,
    areas: DVector<f64>,
}

impl Spectrum {
    fn new(scan: &SimulatedScan, site: &Site, world: &World, edge: &EdgeModel) -> Self {
        let positions = site.positions();
        let sum = |table: &ndarray::Array2<f64>| -> Vec<f64> {
            (0..table.ncols()).map(|j| positions.iter().map(|&i| table[[i, j]]).sum()).collect()
        };
        let (total, o_k) = (sum(&scan.expected.total()), sum(&scan.expected.o_k));
        let components = edge.components(&PEAKS_EV);
        let design = DMatrix::from_fn(o_k.len(), components.len(), |i, k| components[k][i]);
        let normal = design.transpose() * &design;
        let areas = normal.lu().solve(&(design.transpose() * DVector::from_vec(o_k.clone()))).unwrap();
        let read = world.read_noise_counts / world.counts_per_electron;
        Self {
            background: total.iter().zip(&o_k).map(|(t, o)| t - o).collect(),
            total,
            read_variance: positions.len() as f64 * read * read,
            areas,
        }
    }
}

/// Parameters: 8 shared (position and width of every peak), then 7 of each spectrum (ln A, r, areas).
const SHARED: usize = 8;
const OWN: usize = 7;

fn pair_bounds(site: &Spectrum, reference: &Spectrum, edge: &EdgeModel, recipe: &Recipe) -> Vec<(String, f64)> {
    let spectra = [site, reference];
    let range = edge.axis.channels_in(EnergyWindow::new(RANGE_EV[0], RANGE_EV[1]).unwrap());
    let components = edge.components(&PEAKS_EV);
    let shared: Vec<[Vec<f64>; 2]> =
        (0..SHARED).map(|p| spectra.map(|spectrum| shape_derivative(edge, p, &spectrum.areas))).collect();
    let count = SHARED + 2 * OWN;
    let mut information = DMatrix::zeros(count, count);
    for (s, spectrum) in spectra.iter().enumerate() {
        for i in range.clone() {
            let mut row = DVector::zeros(count);
            (0..SHARED).for_each(|p| row[p] = shared[p][s][i]);
            let own = SHARED + s * OWN;
            row[own] = spectrum.background[i];
            row[own + 1] = -spectrum.background[i] * (edge.axis.energy_at(i as f64) / 530.0).ln();
            (0..5).for_each(|k| row[own + 2 + k] = components[k][i]);
            information += &row * row.transpose() / (spectrum.total[i] + spectrum.read_variance);
        }
    }
    let covariance = information.try_inverse().unwrap();
    let o_k = recipe.edges.iter().find(|edge| edge.name == "O K").unwrap();
    let gradient = |window: EnergyWindow| {
        let mut gradient = DVector::zeros(count);
        for (s, spectrum) in spectra.iter().enumerate() {
            let sign = if s == 0 { 1.0 } else { -1.0 };
            let over = |values: &[f64]| window.weights(&edge.axis).integrate(values);
            let parts: Vec<f64> = components.iter().map(|component| over(component)).collect();
            let integral: f64 = parts.iter().zip(spectrum.areas.iter()).map(|(part, area)| part * area).sum();
            (0..SHARED).for_each(|p| gradient[p] += sign * over(&shared[p][s]) / integral);
            (0..5).for_each(|k| gradient[SHARED + s * OWN + 2 + k] = sign * parts[k] / integral);
        }
        gradient
    };
    let a = gradient(o_k.peak("a").unwrap().window_ev);
    let others = o_k.peaks.iter().filter(|peak| peak.label != "a");
    others
        .map(|peak| {
            let log_ratio = gradient(peak.window_ev) - &a;
            (peak.label.clone(), (log_ratio.transpose() * &covariance * &log_ratio)[0].sqrt())
        })
        .collect()
}

/// Derivative of the edge with respect to shared parameter `p`, by central difference.
fn shape_derivative(edge: &EdgeModel, p: usize, areas: &DVector<f64>) -> Vec<f64> {
    const STEP: f64 = 1e-3;
    let moved = |by: f64| {
        let mut peaks = PEAKS_EV;
        peaks[p / 2][p % 2] += by;
        let components = edge.components(&peaks);
        (0..components[0].len()).map(|i| (0..5).map(|k| areas[k] * components[k][i]).sum::<f64>()).collect::<Vec<_>>()
    };
    moved(STEP).iter().zip(moved(-STEP)).map(|(up, down)| (up - down) / (2.0 * STEP)).collect()
}
