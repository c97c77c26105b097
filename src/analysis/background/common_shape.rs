//! Common shape: the site's background is the reference's times a smooth ratio.

use nalgebra::{Matrix2, Vector2};

use crate::analysis::numeric::chi2_p;
use crate::analysis::sums::SummedSpectrum;
use crate::model::{BackgroundModel, EnergyWindow};

use super::channels::Selection;
use super::curve::{Background, Known};
use super::{FitFailure, Model, design_row, invert, power_law, solve};

const MAX_ITERATIONS: usize = 30;
const SETTLED: f64 = 1e-9;

/// The registry's entry: the reference by a power law, every site by its ratio to it.
pub(super) const MODEL: Model =
    Model { model: BackgroundModel::CommonShape, words: power_law::MODEL.words, fit, by_ratio: true, caution: None };

/// The reference: a power law, and on it the plural scattering of what lies below where a low loss says how much.
fn fit(spectrum: &SummedSpectrum, windows: &[EnergyWindow]) -> Result<Background, FitFailure> {
    let selection = Selection::of(spectrum, windows)?;
    let plural = spectrum.plural.as_ref().and_then(|(plural, lowest)| plural.part(spectrum, windows, *lowest));
    power_law::fit_above(spectrum, &selection, plural.map(|values| Known { axis: spectrum.axis, values }))
}

/// `rho(E) = exp(a0 - a1 x)` with `b_site = rho * b_reference`.
///
/// Both spectra carry the same tail of the edge before, so only their ratio need be smooth. Solves
/// `sum X w (n_site - rho n_ref) = 0`, `w = rho m / (V_site + rho^2 V_ref - 2 rho C)`, `m` the smoothed reference and `C` the
/// covariance of the fixed patterns in one channel, by Newton.
///
/// `X = (1, -x)`, `x = ln(E / E0)`, `E0` the geometric mean of the window; the ratio is dimensionless. Own
/// construction.
#[derive(Debug, Clone)]
pub struct SmoothRatio {
    centre_ev: f64,
    alpha: Vector2<f64>,
    /// `d alpha / d n_site` and `rho` for each channel; `d alpha / d n_ref` is minus their product.
    derivatives: Vec<(usize, Vector2<f64>, f64)>,
    /// Chi squared over the ratio window, single-channel variances.
    pub chi2: f64,
    /// Degrees of freedom of `chi2`.
    pub dof: usize,
}

impl SmoothRatio {
    /// Fits the ratio of a site to the reference over a window, channel by channel (their axes agree to a fraction of
    /// a channel by construction); `shared` is how much of the fixed pattern both share.
    ///
    /// # Errors
    /// [`FitFailure::NoSignal`] when either mean is not above zero, [`FitFailure::NotSettled`] otherwise.
    pub fn fit(
        site: &SummedSpectrum,
        reference: &SummedSpectrum,
        window: EnergyWindow,
        shared: f64,
    ) -> Result<Self, FitFailure> {
        let fitted = Self::of_channels(site, reference, window, shared)?;
        if site.broadened.is_none() && reference.broadened.is_none() {
            return Ok(fitted);
        }
        // Neighbours of a broadened spectrum are correlated: only those measured can say whether the ratio is smooth.
        let measured = Self::of_channels(site.measured(), reference.measured(), window, shared)?;
        Ok(Self { chi2: measured.chi2, dof: measured.dof, ..fitted })
    }

    fn of_channels(
        site: &SummedSpectrum,
        reference: &SummedSpectrum,
        window: EnergyWindow,
        shared: f64,
    ) -> Result<Self, FitFailure> {
        let centre_ev = (window.lo_ev() * window.hi_ev()).sqrt();
        let shared_variances = site.shared_variances(reference, 0..site.electrons.len());
        let channels: Vec<Channel> = window
            .weights(&reference.axis)
            .iter()
            .filter(|(i, w)| *w > 0.0 && site.valid.contains(i) && reference.valid.contains(i))
            .map(|(i, weight)| {
                let patterns = [site.pattern_variance(i), reference.pattern_variance(i)];
                let noise = [site.variance(i) - site.expected[i], reference.variance(i) - reference.expected[i]];
                Channel {
                    index: i,
                    weight,
                    site: site.electrons[i],
                    reference: reference.electrons[i],
                    smooth: reference.expected[i],
                    extra: [noise[0] - patterns[0], noise[1] - patterns[1]],
                    patterns,
                    shared: shared * shared_variances[i],
                    row: design_row(reference.axis.energy_at(i as f64), centre_ev),
                }
            })
            .collect();
        let total = |f: fn(&Channel) -> f64| channels.iter().map(|c| c.weight * f(c)).sum::<f64>();
        let (site_sum, reference_sum) = (total(|c| c.site), total(|c| c.reference));
        if site_sum <= 0.0 || reference_sum <= 0.0 {
            return Err(FitFailure::NoSignal);
        }
        let mut alpha = Vector2::new((site_sum / reference_sum).ln(), 0.0);
        for _ in 0..MAX_ITERATIONS {
            let (matrix, score) = newton(&channels, &alpha);
            let step = solve(&matrix, &score)?;
            alpha += step.map(|s| s.clamp(-1.0, 1.0));
            if step.amax() < SETTLED {
                let factors = [site.channel_factor, reference.channel_factor];
                return Self::settled(centre_ev, alpha, &channels, factors);
            }
        }
        Err(FitFailure::NotSettled)
    }

    fn settled(
        centre_ev: f64,
        alpha: Vector2<f64>,
        channels: &[Channel],
        factors: [f64; 2],
    ) -> Result<Self, FitFailure> {
        let (matrix, _) = newton(channels, &alpha);
        let inverse = invert(&matrix)?;
        let derivatives: Vec<_> = channels
            .iter()
            .map(|c| {
                let (rho, omega) = c.rho_and_weight(&alpha);
                let derivative = inverse * c.row * omega;
                (c.index, derivative, rho)
            })
            .collect();
        let whole = channels.iter().filter(|c| c.weight >= 1.0);
        let chi2 = whole
            .clone()
            .map(|c| {
                let (rho, _) = c.rho_and_weight(&alpha);
                (c.site - rho * c.reference).powi(2) / c.variance(rho, factors)
            })
            .sum();
        let dof = whole.count().saturating_sub(2);
        Ok(Self { centre_ev, alpha, derivatives, chi2, dof })
    }

    /// The ratio at an energy.
    ///
    /// `exp(alpha . (1, -x))`, dimensionless; it means nothing at or below 0 eV.
    pub fn at(&self, energy_ev: f64) -> f64 {
        self.alpha.dot(&self.row(energy_ev)).exp()
    }

    /// `d ln rho / d alpha` at an energy.
    ///
    /// `(1, -ln(E / E0))` by the definition of the ratio, dimensionless; it means nothing at or below 0 eV.
    pub fn row(&self, energy_ev: f64) -> Vector2<f64> {
        design_row(energy_ev, self.centre_ev)
    }

    /// Adds `scale * gradient . d alpha / dn` to the influence of both spectra.
    ///
    /// `d alpha / dn_site = F^-1 X w` and `d alpha / dn_ref = -rho` times that (linear error propagation); channels
    /// outside the window get nothing.
    pub fn add_influence(&self, gradient: &Vector2<f64>, scale: f64, site: &mut [f64], reference: &mut [f64]) {
        for (index, derivative, rho) in &self.derivatives {
            let part = scale * gradient.dot(derivative);
            site[*index] += part;
            reference[*index] -= rho * part;
        }
    }

    /// Probability of a ratio fit at least as bad when the ratio is smooth.
    ///
    /// Upper tail of the chi squared distribution; `None` without degrees of freedom or when chi squared is not finite.
    pub fn p(&self) -> Option<f64> {
        chi2_p(self.chi2, self.dof)
    }
}

struct Channel {
    index: usize,
    weight: f64,
    site: f64,
    reference: f64,
    smooth: f64,
    /// Read variance, and what counting varies more than the smoothed spectrum says: site, reference.
    extra: [f64; 2],
    /// Variances of the fixed pattern: site, reference.
    patterns: [f64; 2],
    /// Covariance of both.
    shared: f64,
    row: Vector2<f64>,
}

impl Channel {
    /// Variance of `n_site - rho n_ref` with the counting parts times `factors`.
    fn variance(&self, rho: f64, factors: [f64; 2]) -> f64 {
        let site = factors[0] * rho * self.smooth + self.extra[0];
        let reference = factors[1] * self.smooth + self.extra[1];
        let pattern = self.patterns[0] + rho * rho * self.patterns[1] - 2.0 * rho * self.shared;
        site + rho * rho * reference + pattern.max(0.0)
    }

    fn rho_and_weight(&self, alpha: &Vector2<f64>) -> (f64, f64) {
        let rho = alpha.dot(&self.row).exp();
        let variance = self.variance(rho, [1.0, 1.0]);
        let omega = if variance > 0.0 { self.weight * rho * self.smooth / variance } else { 0.0 };
        (rho, omega)
    }
}

fn newton(channels: &[Channel], alpha: &Vector2<f64>) -> (Matrix2<f64>, Vector2<f64>) {
    let mut matrix = Matrix2::zeros();
    let mut score = Vector2::zeros();
    for c in channels {
        let (rho, omega) = c.rho_and_weight(alpha);
        matrix += c.row * c.row.transpose() * (omega * rho * c.reference);
        score += c.row * (omega * (c.site - rho * c.reference));
    }
    (matrix, score)
}
