//! The model of a spectrum: power law, Gaussian peaks and a continuum step seen through its low loss, with derivatives.

use crate::model::FineStructure;

use super::parameters::{Layout, Parameters};
use super::spectrum::FitSpectrum;

/// Full width at half maximum of a Gaussian over its standard deviation.
const FWHM_PER_SIGMA: f64 = 2.354_820_045_030_949;
/// A Gaussian is left out beyond this many standard deviations (1e-14 of its height).
const REACH: f64 = 8.0;
/// How fast the continuum falls with energy (Egerton, EELS in the Electron Microscope, 3rd ed., 2011: 2 to 6 for
/// cross-sections above the edge).
const CONTINUUM_EXPONENT: f64 = 2.5;
/// The step's error function over its width: `erf((E - p) / (0.6 w))`.
const STEP_SCALE: f64 = 0.6;

/// Expected electrons of the fitted channels and their derivatives.
#[derive(Debug, Clone)]
pub(super) struct Expected {
    /// Electrons, background included.
    pub(super) total: Vec<f64>,
    /// Derivatives, one row for each channel: shapes, areas, step, logarithm of the background, exponent.
    pub(super) rows: Vec<f64>,
    /// Columns of `rows`.
    pub(super) columns: usize,
}

impl Expected {
    pub(super) fn row(&self, i: usize) -> &[f64] {
        &self.rows[i * self.columns..(i + 1) * self.columns]
    }

    /// One column of the derivatives: for an area or the step, the electrons per unit of it.
    pub(super) fn column(&self, column: usize) -> Vec<f64> {
        self.rows.iter().skip(column).step_by(self.columns).copied().collect()
    }

    /// Background of every channel, which is also the derivative with respect to its logarithm.
    pub(super) fn background(&self) -> Vec<f64> {
        self.column(self.columns - 2)
    }

    fn put(&mut self, column: usize, values: &[f64]) {
        let slots = self.rows.iter_mut().skip(column).step_by(self.columns);
        slots.zip(values).for_each(|(slot, value)| *slot = *value);
    }

    fn add(&mut self, scale: f64, values: &[f64]) {
        self.total.iter_mut().zip(values).for_each(|(slot, value)| *slot += scale * value);
    }
}

/// Expected electrons of spectrum `s` on the channels of `on`.
///
/// `mu = b + [sum_k A_k g(E; p_k, w_k) + A_s h(E; p_a + step)] (x) L`: `b = exp(q0 - q1 ln(E / E0))` with `E0` the
/// geometric mean of the window, `g` a Gaussian of unit area (full width at half maximum `w`), `h = (1 + erf((E - p) /
/// 0.6 w)) / 2 (E / p)^-2.5`, `L` the low loss of unit area (science: joint fit; Verbeeck and Van Aert,
/// Ultramicroscopy 101 (2004) 207).
pub(super) fn expected(structure: &FineStructure, parameters: &Parameters, s: usize, on: &FitSpectrum) -> Expected {
    let layout = parameters.layout();
    let channels = on.channels();
    let mut out = Expected {
        total: vec![0.0; channels.len()],
        rows: vec![0.0; channels.len() * layout.columns()],
        columns: layout.columns(),
    };
    add_background(&mut out, structure, parameters, s, on);
    let dispersion_ev = on.axis().dispersion_ev();
    let grid = Grid {
        first_ev: on.axis().energy_at(channels.start as f64),
        dispersion_ev,
        count: channels.len() + on.blur().map_or(0, |blur| blur.margin()),
    };
    let seen = |values: Vec<f64>| match on.blur() {
        Some(blur) => blur.apply(&values),
        None => values,
    };
    let middle_ev = parameters.energy_ev(0) + structure.step_above_ev;
    let [step, by_middle] = grid.step(middle_ev, structure.step_width_ev).map(seen);
    out.put(layout.shared() + layout.peaks, &step);
    out.add(parameters.step(s), &step);
    for k in 0..layout.peaks {
        let area = parameters.area(s, k);
        let [unit, mut by_energy, mut by_width] =
            grid.gaussian(parameters.energy_ev(k), parameters.fwhm_ev(k)).map(seen);
        by_energy.iter_mut().chain(&mut by_width).for_each(|value| *value *= area);
        if k == 0 {
            by_energy.iter_mut().zip(&by_middle).for_each(|(value, step)| *value += parameters.step(s) * step);
        }
        out.put(k, &by_energy);
        out.put(layout.peaks + k, &by_width);
        out.put(layout.shared() + k, &unit);
        out.add(area, &unit);
    }
    out
}

fn add_background(out: &mut Expected, structure: &FineStructure, parameters: &Parameters, s: usize, on: &FitSpectrum) {
    let centre_ev = background_centre_ev(structure);
    let [q0, q1] = parameters.power_law(s);
    let last = out.columns - 1;
    for (i, channel) in on.channels().enumerate() {
        let x = (on.axis().energy_at(channel as f64) / centre_ev).ln();
        let b = (q0 - q1 * x).exp();
        out.total[i] = b;
        let row = &mut out.rows[i * out.columns..(i + 1) * out.columns];
        row[last - 1] = b;
        row[last] = -x * b;
    }
}

/// Where the background's level is stated, eV.
pub(super) fn background_centre_ev(structure: &FineStructure) -> f64 {
    (structure.window_ev.lo_ev() * structure.window_ev.hi_ev()).sqrt()
}

/// Channels that the edge is tabulated on: the fitted ones, and some above when it is to be convolved.
struct Grid {
    first_ev: f64,
    dispersion_ev: f64,
    count: usize,
}

impl Grid {
    fn energy_ev(&self, i: usize) -> f64 {
        self.first_ev + i as f64 * self.dispersion_ev
    }

    /// Channels within `reach_ev` of an energy.
    fn near(&self, energy_ev: f64, reach_ev: f64) -> std::ops::Range<usize> {
        let channel = |energy: f64| ((energy - self.first_ev) / self.dispersion_ev).clamp(0.0, self.count as f64);
        let from = channel(energy_ev - reach_ev).floor() as usize;
        from..(channel(energy_ev + reach_ev).ceil() as usize).max(from)
    }

    /// A Gaussian of unit area, per channel, and its derivatives with respect to its energy and the logarithm of its
    /// width.
    fn gaussian(&self, energy_ev: f64, fwhm_ev: f64) -> [Vec<f64>; 3] {
        let sigma = fwhm_ev / FWHM_PER_SIGMA;
        let norm = self.dispersion_ev / (sigma * (2.0 * std::f64::consts::PI).sqrt());
        let mut out = [(); 3].map(|()| vec![0.0; self.count]);
        for i in self.near(energy_ev, REACH * sigma) {
            let z = (self.energy_ev(i) - energy_ev) / sigma;
            let value = norm * (-0.5 * z * z).exp();
            out[0][i] = value;
            out[1][i] = value * z / sigma;
            out[2][i] = value * (z * z - 1.0);
        }
        out
    }

    /// The continuum step, per channel for one electron per eV, and its derivative with respect to its middle.
    fn step(&self, middle_ev: f64, width_ev: f64) -> [Vec<f64>; 2] {
        let scale = STEP_SCALE * width_ev;
        let slope = self.dispersion_ev / (scale * std::f64::consts::PI.sqrt());
        let [mut values, mut slopes] = [(); 2].map(|()| vec![0.0; self.count]);
        let start = self.near(middle_ev, REACH * scale).start;
        for (i, (value, by_middle)) in values.iter_mut().zip(&mut slopes).enumerate().skip(start) {
            let energy_ev = self.energy_ev(i);
            let u = (energy_ev - middle_ev) / scale;
            let fall = (-CONTINUUM_EXPONENT * (energy_ev / middle_ev).ln()).exp();
            *value = 0.5 * self.dispersion_ev * (1.0 + libm::erf(u)) * fall;
            *by_middle = -slope * (-u * u).exp() * fall + *value * CONTINUUM_EXPONENT / middle_ev;
        }
        [values, slopes]
    }
}

/// Columns of the edge (all but the two of the background) in a row of derivatives.
pub(super) fn edge_columns(layout: Layout) -> std::ops::Range<usize> {
    0..layout.columns() - 2
}
