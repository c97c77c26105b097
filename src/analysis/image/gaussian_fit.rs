//! One atomic column: a round Gaussian plus a constant, fitted on a disc.

use nalgebra::{SMatrix, SVector};
use ndarray::Array2;

use super::columns::Column;

/// Parameters: x, y, amplitude, offset, ln width.
const PARAMETERS: usize = 5;
const MAX_ITERATIONS: usize = 40;
/// Step, relative to the parameters' scales, below which a fit has settled.
const SETTLED: f64 = 1e-6;

type Vector = SVector<f64, PARAMETERS>;
type Matrix = SMatrix<f64, PARAMETERS, PARAMETERS>;

/// Pixels of a disc: position in nm relative to its middle, and value.
pub(super) struct Disc {
    pixels: Vec<[f64; 3]>,
    scale_nm: f64,
}

impl Disc {
    /// The pixels within `radius_nm` of a place (y, x); `None` when it reaches the border.
    pub(super) fn cut(values: &Array2<f64>, pixel_nm: [f64; 2], centre_nm: [f64; 2], radius_nm: f64) -> Option<Self> {
        let (rows, columns) = values.dim();
        let range = |k: usize, n: usize| {
            let low = ((centre_nm[k] - radius_nm) / pixel_nm[k]).ceil();
            let high = ((centre_nm[k] + radius_nm) / pixel_nm[k]).floor();
            (low >= 0.0 && high < n as f64).then(|| low as usize..high as usize + 1)
        };
        let (across, down) = (range(1, columns)?, range(0, rows)?);
        let mut pixels = Vec::with_capacity(across.len() * down.len());
        for y in down {
            let v = y as f64 * pixel_nm[0] - centre_nm[0];
            for x in across.clone() {
                let u = x as f64 * pixel_nm[1] - centre_nm[1];
                if u * u + v * v <= radius_nm * radius_nm {
                    pixels.push([u, v, values[(y, x)]]);
                }
            }
        }
        (pixels.len() > 2 * PARAMETERS).then_some(Self { pixels, scale_nm: radius_nm })
    }
}

/// A fitted column.
pub(super) struct Fit {
    centre_nm: [f64; 2],
    parameters: Vector,
    covariance: Matrix,
}

impl Fit {
    /// Place (y, x), nm.
    pub(super) fn centre_nm(&self) -> [f64; 2] {
        self.centre_nm
    }

    pub(super) fn width_nm(&self) -> f64 {
        self.parameters[4].exp()
    }

    pub(super) fn amplitude(&self) -> f64 {
        self.parameters[2]
    }

    pub(super) fn column(&self) -> Column {
        let sigma = |k: usize| self.covariance[(k, k)].max(0.0).sqrt();
        Column {
            x_nm: self.centre_nm[1],
            y_nm: self.centre_nm[0],
            x_sigma_nm: sigma(0),
            y_sigma_nm: sigma(1),
            amplitude: self.parameters[2],
            amplitude_sigma: sigma(2),
            offset: self.parameters[3],
            width_nm: self.width_nm(),
            width_sigma_nm: self.width_nm() * sigma(4),
        }
    }
}

/// Fits a disc about `centre_nm` (y, x). The variance of a pixel is proportional to its recorded expectation, which is
/// `recorded.0 + recorded.1 * model`. `None` when the equations are singular or do not settle.
pub(super) fn fit(disc: &Disc, centre_nm: [f64; 2], width_nm: f64, recorded: (f64, f64)) -> Option<Fit> {
    let lowest = disc.pixels.iter().map(|p| p[2]).fold(f64::INFINITY, f64::min);
    let highest = disc.pixels.iter().map(|p| p[2]).fold(f64::NEG_INFINITY, f64::max);
    if highest <= lowest {
        return None;
    }
    let mut q = Vector::new(0.0, 0.0, highest - lowest, lowest, width_nm.ln());
    let problem = Problem { disc, recorded, floor: 1e-3 * (highest - lowest), height: highest - lowest };
    let mut damping = 1e-3;
    // Weights follow the model of the step before, so that the cost compared within a step is one and the same.
    for _ in 0..MAX_ITERATIONS {
        let weights = problem.weights(&q);
        let (normal, right, cost) = problem.normal(&q, &weights);
        let step = loop {
            let damped = normal + Matrix::from_diagonal(&(normal.diagonal() * damping));
            let step = damped.cholesky()?.solve(&right);
            let next = problem.limited(&q, &step);
            if problem.cost(&next, &weights) <= cost {
                let taken = next - q;
                q = next;
                damping = (damping * 0.1).max(1e-12);
                break taken;
            }
            damping *= 10.0;
            if damping > 1e10 {
                break Vector::zeros();
            }
        };
        if problem.relative(&step) < SETTLED {
            return problem.settled(q, centre_nm);
        }
    }
    None
}

struct Problem<'a> {
    disc: &'a Disc,
    recorded: (f64, f64),
    /// Least variance, so that pixels below zero do not weigh everything.
    floor: f64,
    height: f64,
}

impl Problem<'_> {
    fn gaussian(q: &Vector, pixel: &[f64; 3]) -> (f64, [f64; 2], f64) {
        let (du, dv) = (pixel[0] - q[0], pixel[1] - q[1]);
        let precision = (-2.0 * q[4]).exp();
        ((-0.5 * (du * du + dv * dv) * precision).exp(), [du, dv], precision)
    }

    fn model(q: &Vector, pixel: &[f64; 3]) -> f64 {
        q[3] + q[2] * Self::gaussian(q, pixel).0
    }

    fn weights(&self, q: &Vector) -> Vec<f64> {
        let (origin, sign) = self.recorded;
        self.disc.pixels.iter().map(|pixel| 1.0 / (origin + sign * Self::model(q, pixel)).max(self.floor)).collect()
    }

    fn cost(&self, q: &Vector, weights: &[f64]) -> f64 {
        self.disc.pixels.iter().zip(weights).map(|(pixel, w)| w * (pixel[2] - Self::model(q, pixel)).powi(2)).sum()
    }

    fn normal(&self, q: &Vector, weights: &[f64]) -> (Matrix, Vector, f64) {
        let (mut normal, mut right, mut cost) = (Matrix::zeros(), Vector::zeros(), 0.0);
        for (pixel, w) in self.disc.pixels.iter().zip(weights) {
            let (g, [du, dv], precision) = Self::gaussian(q, pixel);
            let slope = q[2] * g * precision;
            let row = Vector::new(slope * du, slope * dv, g, 1.0, slope * (du * du + dv * dv));
            let residual = pixel[2] - q[3] - q[2] * g;
            normal += row * row.transpose() * *w;
            right += row * (w * residual);
            cost += w * residual * residual;
        }
        (normal, right, cost)
    }

    /// The parameters after a step; positions move by a quarter of the disc at most, the width by a factor of 1.5.
    fn limited(&self, q: &Vector, step: &Vector) -> Vector {
        let most = 0.25 * self.disc.scale_nm;
        let mut next = q + step;
        for k in 0..2 {
            next[k] = q[k] + step[k].clamp(-most, most);
        }
        next[4] = q[4] + step[4].clamp(-0.4, 0.4);
        next
    }

    fn relative(&self, step: &Vector) -> f64 {
        let scales = [self.disc.scale_nm, self.disc.scale_nm, self.height, self.height, 1.0];
        step.iter().zip(scales).map(|(s, scale)| (s / scale).abs()).fold(0.0, f64::max)
    }

    fn settled(&self, q: Vector, centre_nm: [f64; 2]) -> Option<Fit> {
        let (normal, _, cost) = self.normal(&q, &self.weights(&q));
        let dof = (self.disc.pixels.len() - PARAMETERS) as f64;
        let covariance = normal.try_inverse()? * (cost / dof);
        let centre_nm = [centre_nm[0] + q[1], centre_nm[1] + q[0]];
        let finite = q.iter().chain(covariance.iter()).all(|value| value.is_finite());
        finite.then_some(Fit { centre_nm, parameters: q, covariance })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gaussian_without_noise_is_found_where_it_is_bright_or_dark() {
        let truth = [0.203, 0.187];
        let values = Array2::from_shape_fn((40, 40), |(y, x)| {
            let (dy, dx) = (y as f64 * 0.01 - truth[0], x as f64 * 0.01 - truth[1]);
            50.0 + 120.0 * libm::exp(-0.5 * (dx * dx + dy * dy) / 0.04_f64.powi(2))
        });
        for recorded in [(0.0, 1.0), (200.0, -1.0)] {
            let disc = Disc::cut(&values, [0.01, 0.01], [0.2, 0.2], 0.095).unwrap();
            let fit = fit(&disc, [0.2, 0.2], 0.055, recorded).unwrap();
            for (found, truth) in fit.centre_nm().iter().zip(truth) {
                assert!((found - truth).abs() < 1e-8, "{found} {truth}");
            }
            assert!((fit.width_nm() - 0.04).abs() < 1e-7 && (fit.amplitude() - 120.0).abs() < 1e-5);
        }
    }

    #[test]
    fn a_disc_over_the_border_is_refused() {
        let values = Array2::zeros((40, 40));
        assert!(Disc::cut(&values, [0.01, 0.01], [0.05, 0.2], 0.095).is_none());
        assert!(Disc::cut(&values, [0.01, 0.01], [0.2, 0.36], 0.095).is_none());
    }
}
