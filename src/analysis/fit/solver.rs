//! Penalised maximum likelihood by damped Fisher scoring.

use nalgebra::{DMatrix, DVector};

use crate::model::FineStructure;

use super::FitError;
use super::model::expected;
use super::parameters::Parameters;
use super::spectrum::FitSpectrum;

/// Weak priors: standard deviation of positions, eV, and of the logarithms of widths.
const PRIOR_ENERGY_EV: f64 = 1.5;
const PRIOR_LOG_WIDTH: f64 = 0.35;
/// Largest steps of positions, eV, and of the logarithms of widths.
const LARGEST_STEP: [f64; 2] = [0.7, 0.4];
/// Marquardt's damping to begin with, the factor it is changed by, the least and the most.
const DAMPING: f64 = 1e-3;
const DAMPING_FACTOR: f64 = 10.0;
const LEAST_DAMPING: f64 = 1e-6;
const MOST_DAMPING: f64 = 1e8;
/// Gain over what the quadratic model promised below which the damping goes up, and above which it goes down. Steps
/// that overshoot gain little: undamped scoring then swings about the maximum for ever.
const GAIN: [f64; 2] = [0.25, 0.75];
const MAX_ITERATIONS: usize = 200;
/// Settled when the step promises less than this of the log likelihood: 10^-3 standard deviations.
const SETTLED: f64 = 1e-6;

/// Where the scoring ended.
pub(super) struct Solution {
    pub(super) parameters: Parameters,
    /// Inverse of the penalised Fisher matrix.
    pub(super) covariance: DMatrix<f64>,
    /// Fisher matrix of the data alone.
    pub(super) information: DMatrix<f64>,
    pub(super) iterations: usize,
}

/// The likelihood of some spectra under a fine structure.
pub(super) struct Likelihood<'a> {
    pub(super) structure: &'a FineStructure,
    pub(super) spectra: &'a [FitSpectrum],
}

/// Value, gradient and Fisher matrix at some parameters.
pub(super) struct Point {
    /// `sum (mu + v) - (n + v) ln(mu + v)` plus the priors' part; infinite where a spectrum would not be positive.
    pub(super) cost: f64,
    /// Minus its gradient.
    pub(super) score: DVector<f64>,
    /// Fisher matrix, priors included.
    pub(super) fisher: DMatrix<f64>,
}

impl Likelihood<'_> {
    /// Maximises the likelihood from a start.
    pub(super) fn maximise(&self, start: Parameters) -> Result<Solution, FitError> {
        let mut parameters = start;
        let mut point = self.point(&parameters, true);
        if !point.cost.is_finite() {
            return Err(FitError::NoSignal);
        }
        let mut damping = DAMPING;
        for iterations in 1..=MAX_ITERATIONS {
            let step = |damping| damped_step(&point, damping).ok_or(FitError::NotSettled);
            if step(0.0)?.dot(&point.score) < SETTLED {
                return self.settled(parameters, &point, iterations);
            }
            let step = step(damping)?;
            let trial = self.moved(&parameters, &step);
            let there = self.point(&trial, true);
            let gain = (point.cost - there.cost) / (0.5 * step.dot(&point.score));
            if gain < GAIN[0] {
                damping *= DAMPING_FACTOR;
            } else if gain > GAIN[1] {
                damping = (damping / DAMPING_FACTOR).max(LEAST_DAMPING);
            }
            if there.cost <= point.cost {
                (parameters, point) = (trial, there);
            }
            if damping > MOST_DAMPING {
                break;
            }
        }
        Err(FitError::NotSettled)
    }

    fn settled(&self, parameters: Parameters, point: &Point, iterations: usize) -> Result<Solution, FitError> {
        let covariance = inverse(&point.fisher).ok_or(FitError::NotSettled)?;
        let mut information = point.fisher.clone();
        for (k, (_, sigma)) in self.priors().into_iter().enumerate() {
            information[(k, k)] -= sigma.powi(-2);
        }
        Ok(Solution { parameters, covariance, information, iterations })
    }

    /// Centres and standard deviations of the priors, of positions and then of logarithms of widths.
    fn priors(&self) -> Vec<(f64, f64)> {
        let peaks = &self.structure.peaks;
        let energies = peaks.iter().map(|peak| (peak.energy_ev, PRIOR_ENERGY_EV));
        energies.chain(peaks.iter().map(|peak| (peak.fwhm_ev.ln(), PRIOR_LOG_WIDTH))).collect()
    }

    fn moved(&self, parameters: &Parameters, step: &DVector<f64>) -> Parameters {
        let peaks = parameters.peaks();
        let limited = |(i, (value, step)): (usize, (&f64, &f64))| match i / peaks {
            kind @ (0 | 1) => value + step.clamp(-LARGEST_STEP[kind], LARGEST_STEP[kind]),
            _ => value + step,
        };
        let values = parameters.vector().iter().zip(step.iter()).enumerate().map(limited).collect();
        Parameters::from_vector(peaks, values)
    }

    /// Cost, score and Fisher matrix at some parameters; with or without the priors.
    pub(super) fn point(&self, parameters: &Parameters, priors: bool) -> Point {
        let layout = parameters.layout();
        let total = layout.total(self.spectra.len());
        let mut point = Point { cost: 0.0, score: DVector::zeros(total), fisher: DMatrix::zeros(total, total) };
        for (s, spectrum) in self.spectra.iter().enumerate() {
            let part = Part::of(self.structure, parameters, s, spectrum);
            point.cost += part.cost;
            for a in 0..part.columns {
                let row = layout.global(s, a);
                point.score[row] += part.score[a];
                for b in 0..=a {
                    let column = layout.global(s, b);
                    point.fisher[(row, column)] += part.fisher[a * part.columns + b];
                    if row != column {
                        point.fisher[(column, row)] = point.fisher[(row, column)];
                    }
                }
            }
        }
        for (k, (centre, sigma)) in self.priors().into_iter().enumerate().filter(|_| priors) {
            let off = (parameters.vector()[k] - centre) / sigma;
            point.cost += 0.5 * off * off;
            point.score[k] -= off / sigma;
            point.fisher[(k, k)] += sigma.powi(-2);
        }
        if point.cost.is_nan() {
            point.cost = f64::INFINITY;
        }
        point
    }
}

/// What one spectrum contributes.
struct Part {
    cost: f64,
    score: Vec<f64>,
    /// Lower triangle, row-major.
    fisher: Vec<f64>,
    columns: usize,
}

impl Part {
    fn of(structure: &FineStructure, parameters: &Parameters, s: usize, spectrum: &FitSpectrum) -> Self {
        let expected = expected(structure, parameters, s, spectrum);
        let columns = expected.columns;
        let mut part = Self { cost: 0.0, score: vec![0.0; columns], fisher: vec![0.0; columns * columns], columns };
        let channels = expected.total.iter().zip(spectrum.electrons()).zip(spectrum.extra_variance()).enumerate();
        for (i, ((mu, n), v)) in channels {
            let variance = mu + v;
            if variance.is_nan() || variance <= 0.0 {
                part.cost = f64::INFINITY;
                return part;
            }
            // Minus its value at mu = n, which changes nothing but keeps small differences from drowning.
            let observed = n + v;
            let logarithm = if observed > 0.0 { (variance / observed).ln() } else { variance.ln() };
            part.cost += (mu - n) - observed * logarithm;
            let weight = 1.0 / variance;
            let residual = (n - mu) * weight;
            let row = expected.row(i);
            for (a, value) in row.iter().enumerate() {
                part.score[a] += residual * value;
                let scaled = weight * value;
                let into = &mut part.fisher[a * columns..a * columns + a + 1];
                into.iter_mut().zip(row).for_each(|(slot, other)| *slot += scaled * other);
            }
        }
        part
    }
}

/// `(F + damping diag F)^-1 score`; `None` when singular.
fn damped_step(point: &Point, damping: f64) -> Option<DVector<f64>> {
    let mut matrix = point.fisher.clone();
    for k in 0..matrix.nrows() {
        matrix[(k, k)] *= 1.0 + damping;
    }
    let (scaled, scale) = unit_diagonal(&matrix)?;
    Some(scaled.cholesky()?.solve(&point.score.component_mul(&scale)).component_mul(&scale))
}

/// Inverse of a positive definite matrix whose rows have different units; `None` when singular.
pub(super) fn inverse(matrix: &DMatrix<f64>) -> Option<DMatrix<f64>> {
    let (scaled, scale) = unit_diagonal(matrix)?;
    let inverse = scaled.cholesky()?.inverse();
    Some(DMatrix::from_fn(inverse.nrows(), inverse.ncols(), |k, l| inverse[(k, l)] * scale[k] * scale[l]))
}

/// The matrix with its diagonal brought to one, and the factors that did it.
fn unit_diagonal(matrix: &DMatrix<f64>) -> Option<(DMatrix<f64>, DVector<f64>)> {
    let scale = DVector::from_fn(matrix.nrows(), |k, _| 1.0 / matrix[(k, k)].sqrt());
    let scaled = DMatrix::from_fn(matrix.nrows(), matrix.ncols(), |k, l| matrix[(k, l)] * scale[k] * scale[l]);
    scale.iter().all(|s| s.is_finite()).then_some((scaled, scale))
}
