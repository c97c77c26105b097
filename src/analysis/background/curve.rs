//! A fitted background: a curve of up to three parameters, and what these owe to every channel.

use nalgebra::{DMatrix, Matrix3, Vector3};

use crate::analysis::sums::SummedSpectrum;
use crate::model::{BackgroundModel, EnergyAxis};

use super::FitFailure;
use super::channels::{Channel, Selection};

/// Most parameters of a curve; those that a model lacks stay zero with all their derivatives.
pub(super) const PARAMETERS: usize = 3;

/// The form of a curve: `b = exp(q . row)` or `b = q . row`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Form {
    pub(super) model: BackgroundModel,
    /// How many parameters it has.
    pub(super) parameters: usize,
    /// Whether the row gives the logarithm.
    pub(super) logarithmic: bool,
    /// Design row at an energy for a curve centred on another, both eV; in logarithmic forms the derivative of its second
    /// entry by `ln E` is -1 at the centre and that of the others 0, so that `q1` is the exponent there.
    pub(super) row: fn(f64, f64) -> Vector3<f64>,
}

impl Form {
    /// The curve and its derivatives by the parameters at an energy.
    pub(super) fn at(&self, q: &Vector3<f64>, energy_ev: f64, centre_ev: f64) -> (f64, Vector3<f64>) {
        let row = (self.row)(energy_ev, centre_ev);
        let linear = q.dot(&row);
        if self.logarithmic { (linear.exp(), row * linear.exp()) } else { (linear, row) }
    }

    /// Inverse of a matrix over the parameters that the form has, zero elsewhere.
    ///
    /// Rows and columns are scaled to a unit diagonal before: a curvature is far larger in numbers than a level.
    pub(super) fn invert(&self, matrix: &Matrix3<f64>) -> Result<Matrix3<f64>, FitFailure> {
        let scale: Vec<f64> = (0..self.parameters).map(|k| matrix[(k, k)].sqrt()).collect();
        let scaled = DMatrix::from_fn(self.parameters, self.parameters, |k, l| matrix[(k, l)] / (scale[k] * scale[l]));
        let inverse = scaled.try_inverse().ok_or(FitFailure::NotSettled)?;
        let mut whole = Matrix3::zeros();
        for k in 0..self.parameters {
            for l in 0..self.parameters {
                whole[(k, l)] = inverse[(k, l)] / (scale[k] * scale[l]);
            }
        }
        if whole.iter().all(|v| v.is_finite()) { Ok(whole) } else { Err(FitFailure::NotSettled) }
    }
}

/// What a curve stands on, electrons, one value per channel.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) axis: EnergyAxis,
    pub(super) values: Vec<f64>,
}

impl Known {
    /// At an energy, linear between channels; the ends keep their values.
    pub(super) fn at(&self, energy_ev: f64) -> f64 {
        let last = self.values.len().saturating_sub(1);
        let channel = self.axis.channel_at(energy_ev).clamp(0.0, last as f64);
        let low = channel.floor() as usize;
        let [a, b] = [low, (low + 1).min(last)].map(|k| self.values.get(k).copied().unwrap_or(0.0));
        a + (channel - low as f64) * (b - a)
    }
}

/// A background fitted to one spectrum, electrons per channel as a function of energy.
#[derive(Debug, Clone)]
pub struct Background {
    form: Form,
    known: Option<Known>,
    centre_ev: f64,
    q: Vector3<f64>,
    /// `dq/dn` of every channel that was fitted.
    derivatives: Vec<(usize, Vector3<f64>)>,
    covariance: Matrix3<f64>,
    /// Chi squared over the fitted channels, single-channel variances.
    pub chi2: f64,
    /// Degrees of freedom of `chi2`.
    pub dof: usize,
}

impl Background {
    /// A curve with its parameters `q` and their derivatives `dq/dn` by the electrons of the selection's channels.
    pub(super) fn new(
        spectrum: &SummedSpectrum,
        selection: &Selection,
        form: Form,
        q: Vector3<f64>,
        derivatives: Vec<(usize, Vector3<f64>)>,
    ) -> Self {
        Self::above(spectrum, selection, (form, None), q, derivatives)
    }

    /// The same for a curve on top of something known.
    pub(super) fn above(
        spectrum: &SummedSpectrum,
        selection: &Selection,
        (form, known): (Form, Option<Known>),
        q: Vector3<f64>,
        derivatives: Vec<(usize, Vector3<f64>)>,
    ) -> Self {
        let below = |energy_ev: f64| known.as_ref().map_or(0.0, |known| known.at(energy_ev));
        let whole = selection.channels.iter().filter(|c| c.weight >= 1.0);
        let deviation = |c: &Channel| {
            let b = below(c.energy_ev) + form.at(&q, c.energy_ev, selection.centre_ev).0;
            (c.electrons - b).powi(2) / (spectrum.channel_factor * b + c.extra_variance)
        };
        let chi2 = whole.clone().map(deviation).sum();
        let dof = whole.count().saturating_sub(form.parameters);
        let covariance = covariance(spectrum, &derivatives, form.parameters);
        Self { form, known, centre_ev: selection.centre_ev, q, derivatives, covariance, chi2, dof }
    }

    /// The same curve with the chi squared of another fit of the model.
    pub(super) fn with_goodness_of(self, other: &Self) -> Self {
        Self { chi2: other.chi2, dof: other.dof, ..self }
    }

    /// The model it was fitted with.
    pub fn model(&self) -> BackgroundModel {
        self.form.model
    }

    /// Background at an energy, electrons per channel.
    ///
    /// `b = known + exp(q . row)`, or `known + q . row` for the sum of powers: the forms of `MODELS`. Power laws mean
    /// nothing at or below 0 eV.
    pub fn at(&self, energy_ev: f64) -> f64 {
        let known = self.known.as_ref().map_or(0.0, |known| known.at(energy_ev));
        known + self.form.at(&self.q, energy_ev, self.centre_ev).0
    }

    /// Whether plural scattering is part of the curve.
    pub fn holds_plural_scattering(&self) -> bool {
        self.known.is_some()
    }

    /// Derivatives of the background at an energy by its parameters.
    ///
    /// Electrons per channel and unit of a parameter: `b row`, or `row` for the sum of powers, by differentiation; zero
    /// for parameters that the model lacks.
    pub fn gradient(&self, energy_ev: f64) -> Vector3<f64> {
        self.form.at(&self.q, energy_ev, self.centre_ev).1
    }

    /// Variance of the background at an energy from noise and pattern of its own spectrum: the extrapolation band.
    ///
    /// `g^T Cov(q) g` with `g` of [`Background::gradient`], electrons squared per channel (linear error propagation);
    /// the part that is known has no variance.
    pub fn variance_at(&self, energy_ev: f64) -> f64 {
        let gradient = self.gradient(energy_ev);
        (gradient.transpose() * self.covariance * gradient)[0]
    }

    /// Adds `scale * gradient . dq/dn_i` to `influence[i]` for every channel that was fitted.
    ///
    /// Linear error propagation; channels that were not fitted get nothing.
    pub fn add_influence(&self, gradient: &Vector3<f64>, scale: f64, influence: &mut [f64]) {
        for (index, derivative) in &self.derivatives {
            influence[*index] += scale * gradient.dot(derivative);
        }
    }

    /// The background's independent one-sigma errors at some energies: `db/dq chol(C)`, one column for each parameter.
    ///
    /// Electrons per channel (linear error propagation). `None` when the covariance is not positive definite, as
    /// without noise.
    pub fn error_columns(&self, energies_ev: &[f64]) -> Option<Vec<Vec<f64>>> {
        let count = self.form.parameters;
        let lower = self.covariance.view((0, 0), (count, count)).into_owned().cholesky()?.l();
        let column = |k: usize| {
            let error = |&energy: &f64| {
                let gradient = self.gradient(energy);
                (0..count).map(|j| gradient[j] * lower[(j, k)]).sum()
            };
            energies_ev.iter().map(error).collect()
        };
        Some((0..count).map(column).collect())
    }

    /// The exponent `r = -d ln b / d ln E` of the curve at the centre of the first window, and its standard deviation;
    /// plural scattering that the curve stands on is left out.
    ///
    /// Dimensionless; `q1` itself for curves whose logarithm is linear, else by the definition with linear error
    /// propagation. It is not finite where a sum of powers is zero.
    pub fn exponent(&self) -> (f64, f64) {
        if self.form.logarithmic {
            return (self.q[1], self.covariance[(1, 1)].max(0.0).sqrt());
        }
        // r = -E b'/b; the derivative of the row by ln E, from a step small against any structure of the curve.
        let step = 1e-5;
        let row = |x: f64| (self.form.row)(self.centre_ev * x.exp(), self.centre_ev);
        let slope = (row(step) - row(-step)) / (2.0 * step);
        let (b, gradient) = self.form.at(&self.q, self.centre_ev, self.centre_ev);
        let r = -self.q.dot(&slope) / b;
        let by_q = -(slope + gradient * r) / b;
        (r, (by_q.transpose() * self.covariance * by_q)[0].max(0.0).sqrt())
    }
}

/// Covariance of the parameters from noise and pattern, by their derivatives.
fn covariance(spectrum: &SummedSpectrum, derivatives: &[(usize, Vector3<f64>)], parameters: usize) -> Matrix3<f64> {
    let mut influence: [Vec<f64>; PARAMETERS] = std::array::from_fn(|_| vec![0.0; spectrum.electrons.len()]);
    for (index, derivative) in derivatives {
        for (k, influence) in influence.iter_mut().enumerate() {
            influence[*index] = derivative[k];
        }
    }
    let mut matrix = Matrix3::zeros();
    for k in 0..parameters {
        for l in 0..=k {
            matrix[(k, l)] = spectrum.covariance(&influence[k], &influence[l]);
            matrix[(l, k)] = matrix[(k, l)];
        }
    }
    matrix
}
