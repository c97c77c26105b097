//! The t2g-eg splitting of L3: four white lines on two steps, fitted to a site and its reference together.

use nalgebra::{DMatrix, DVector};

use crate::analysis::drops::Measured;

/// White lines: L3 t2g, L3 eg, L2 t2g, L2 eg.
const LINES: usize = 4;
/// Widths of the lines and the mixing, shared by both spectra.
const SHARED: usize = LINES + 1;
/// Heights of the lines, L3 eg, its splitting, L2 eg, its splitting, height of the L3 step.
const OWN: usize = LINES + 5;
const PARAMETERS: usize = SHARED + 2 * OWN;
/// Starting full widths at half maximum, eV (ELNES of Ti4+ at 0.8 eV resolution: de Groot et al., Phys. Rev. B 40 (1989) 5715).
const WIDTHS_EV: [f64; LINES] = [1.0, 1.5, 1.5, 1.9];
/// Starting splitting of octahedral Ti4+, eV.
const SPLITTING_EV: f64 = 2.1;
/// Starting share of the Lorentzian. Free to fall below zero: lines sharper than Gaussians have no bound to stick to.
const MIXING: f64 = 0.25;
/// Rise of the steps under the white lines, eV.
const STEP_RISE_EV: f64 = 1.0;
/// Weak Gaussian priors: energies, eV; logarithms of widths; mixing.
const PRIOR_EV: f64 = 1.0;
const PRIOR_LN_WIDTH: f64 = 0.5;
const PRIOR_MIXING: f64 = 0.5;
const MAX_ITERATIONS: usize = 60;

/// A net spectrum over the comparison window.
#[derive(Debug, Clone, Copy)]
pub struct NetSpectrum<'a> {
    /// Energies, calibrated eV.
    pub energy_ev: &'a [f64],
    /// Electrons above the background.
    pub net: &'a [f64],
    /// Variance of each.
    pub variance: &'a [f64],
}

/// t2g-eg splitting of L3, eV.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Splitting {
    /// At the site.
    pub site_ev: Measured,
    /// In the reference.
    pub reference_ev: Measured,
    /// Site minus reference; shared widths make it surer than either.
    pub difference_ev: Measured,
    /// Chi squared per degree of freedom; above 1 the sigmas are already multiplied by its root.
    pub reduced_chi2: f64,
}

/// Fits four pseudo-Voigt lines and two steps (heights 2 : 1, the statistical weights of 2p3/2 and 2p1/2) to a site and
/// its reference, widths and mixing shared; `l3_ev` and `l2_ev` are where the eg lines are expected.
///
/// A white line has no simple shape, so a splitting depends on the model; its change between two spectra fitted alike
/// hardly does. Weighted least squares by Marquardt's method. `None` with fewer channels than parameters, without any
/// signal, or when the fit does not settle.
///
/// `sum_k h_k (m L + (1 - m) G) + s (step(E - E_L3) + step(E - E_L2) / 2)`: `L` and `G` a Lorentzian and a Gaussian of
/// one width, `step(u) = (1 + erf(u / 1 eV)) / 2`. The mixing `m` is as free as other numbers (prior 0.25 +- 0.5), below 0
/// and above 1 as well. Own construction; energies in eV, standard deviations from the
/// normal matrix, times the root of chi squared per degree of freedom above 1.
pub fn fit(site: NetSpectrum<'_>, reference: NetSpectrum<'_>, [l3_ev, l2_ev]: [f64; 2]) -> Option<Splitting> {
    let spectra = [site, reference];
    let samples = site.net.len() + reference.net.len();
    let dof = samples.checked_sub(PARAMETERS).filter(|dof| *dof > 0)?;
    let start = start(&spectra, l3_ev, l2_ev)?;
    let mut theta = start.clone();
    let mut normal = Normal::at(&spectra, &theta, &start);
    let mut damping = 1e-3;
    for _ in 0..MAX_ITERATIONS {
        let mut matrix = normal.fisher.clone();
        (0..PARAMETERS).for_each(|k| matrix[(k, k)] *= 1.0 + damping);
        let step = matrix.cholesky()?.solve(&normal.gradient);
        let trial = &theta + &step;
        let next = Normal::at(&spectra, &trial, &start);
        if next.objective <= normal.objective {
            let gained = normal.objective - next.objective;
            (theta, normal) = (trial, next);
            damping = (damping * 0.1_f64).max(1e-9);
            if gained < 1e-6 * (1.0 + normal.objective) {
                return result(&theta, &normal, dof);
            }
        } else if damping > 1e8 {
            return result(&theta, &normal, dof);
        } else {
            damping *= 10.0;
        }
    }
    None
}

/// Where a spectrum's own parameters begin.
fn own(spectrum: usize) -> usize {
    SHARED + spectrum * OWN
}

fn splitting_index(spectrum: usize) -> usize {
    own(spectrum) + LINES + 1
}

fn result(theta: &DVector<f64>, normal: &Normal, dof: usize) -> Option<Splitting> {
    let covariance = normal.fisher.clone().try_inverse()?;
    let reduced_chi2 = normal.chi2 / dof as f64;
    let factor = reduced_chi2.max(1.0);
    let [s, r] = [splitting_index(0), splitting_index(1)];
    let measured = |value: f64, variance: f64| Measured { value, sigma: (factor * variance.max(0.0)).sqrt() };
    let variance = covariance[(s, s)] + covariance[(r, r)] - 2.0 * covariance[(s, r)];
    let splitting = Splitting {
        site_ev: measured(theta[s], covariance[(s, s)]),
        reference_ev: measured(theta[r], covariance[(r, r)]),
        difference_ev: measured(theta[s] - theta[r], variance),
        reduced_chi2,
    };
    let sane = [splitting.site_ev, splitting.reference_ev].iter().all(|m| m.value.is_finite() && m.sigma.is_finite());
    sane.then_some(splitting)
}

fn start(spectra: &[NetSpectrum<'_>; 2], l3_ev: f64, l2_ev: f64) -> Option<DVector<f64>> {
    let mut theta = DVector::zeros(PARAMETERS);
    WIDTHS_EV.iter().enumerate().for_each(|(k, width)| theta[k] = width.ln());
    theta[LINES] = MIXING;
    for (n, spectrum) in spectra.iter().enumerate() {
        let highest = spectrum.net.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        if !(highest.is_finite() && highest > 0.0) {
            return None;
        }
        let at = own(n);
        [0.5, 0.8, 0.5, 0.7].iter().enumerate().for_each(|(k, height)| theta[at + k] = height * highest);
        theta[at + LINES] = l3_ev;
        theta[at + LINES + 1] = SPLITTING_EV;
        theta[at + LINES + 2] = l2_ev;
        theta[at + LINES + 3] = SPLITTING_EV;
        theta[at + LINES + 4] = 0.1 * highest;
    }
    Some(theta)
}

/// Normal equations at some parameters.
struct Normal {
    fisher: DMatrix<f64>,
    gradient: DVector<f64>,
    chi2: f64,
    objective: f64,
}

impl Normal {
    fn at(spectra: &[NetSpectrum<'_>; 2], theta: &DVector<f64>, start: &DVector<f64>) -> Self {
        let mut fisher = DMatrix::zeros(PARAMETERS, PARAMETERS);
        let mut gradient = DVector::zeros(PARAMETERS);
        let mut chi2 = 0.0;
        for (n, spectrum) in spectra.iter().enumerate() {
            for ((&energy, &net), &variance) in spectrum.energy_ev.iter().zip(spectrum.net).zip(spectrum.variance) {
                let row = Row::at(energy, theta, n);
                let residual = net - row.value;
                let weight = 1.0 / variance.max(f64::MIN_POSITIVE);
                chi2 += weight * residual * residual;
                for &(j, a) in &row.derivatives {
                    gradient[j] += weight * a * residual;
                    for &(k, b) in &row.derivatives {
                        fisher[(j, k)] += weight * a * b;
                    }
                }
            }
        }
        let mut objective = chi2;
        for (k, sigma) in priors() {
            let off = start[k] - theta[k];
            let weight = 1.0 / (sigma * sigma);
            fisher[(k, k)] += weight;
            gradient[k] += weight * off;
            objective += weight * off * off;
        }
        Self { fisher, gradient, chi2, objective }
    }
}

fn priors() -> impl Iterator<Item = (usize, f64)> {
    let shared = (0..LINES).map(|k| (k, PRIOR_LN_WIDTH)).chain([(LINES, PRIOR_MIXING)]);
    shared.chain([0, 1].into_iter().flat_map(|n| (0..4).map(move |k| (own(n) + LINES + k, PRIOR_EV))))
}

/// The model and its derivatives at one energy.
struct Row {
    value: f64,
    derivatives: Vec<(usize, f64)>,
}

impl Row {
    fn at(energy_ev: f64, theta: &DVector<f64>, spectrum: usize) -> Self {
        let at = own(spectrum);
        let mixing = theta[LINES];
        let mut value = 0.0;
        let mut by = [0.0; OWN];
        let mut by_shared = [0.0; SHARED];
        for line in 0..LINES {
            let (eg, lower) = (LINES + 2 * (line / 2), line % 2 == 0);
            let splitting = if lower { theta[at + eg + 1] } else { 0.0 };
            let width = theta[line].exp();
            let x = (energy_ev - theta[at + eg] + splitting) / width;
            let shape = Shape::at(x, mixing);
            let height = theta[at + line];
            value += height * shape.value;
            by[line] = shape.value;
            by[eg] -= height * shape.by_x / width;
            if lower {
                by[eg + 1] += height * shape.by_x / width;
            }
            by_shared[line] = -height * shape.by_x * x;
            by_shared[LINES] += height * shape.by_mixing;
        }
        let step = |eg_ev: f64| {
            let u = (energy_ev - eg_ev) / STEP_RISE_EV;
            let slope = (-u * u).exp() / (STEP_RISE_EV * std::f64::consts::PI.sqrt());
            (0.5 * (1.0 + libm::erf(u)), slope)
        };
        let ((l3, l3_slope), (l2, l2_slope)) = (step(theta[at + LINES]), step(theta[at + LINES + 2]));
        let height = theta[at + LINES + 4];
        value += height * (l3 + 0.5 * l2);
        by[LINES] -= height * l3_slope;
        by[LINES + 2] -= 0.5 * height * l2_slope;
        by[LINES + 4] = l3 + 0.5 * l2;
        let derivatives = by_shared.into_iter().enumerate().chain(by.into_iter().enumerate().map(|(k, d)| (at + k, d)));
        Self { value, derivatives: derivatives.collect() }
    }
}

/// A pseudo-Voigt of unit height and unit full width at half maximum: `m L + (1 - m) G`.
struct Shape {
    value: f64,
    by_x: f64,
    by_mixing: f64,
}

impl Shape {
    fn at(x: f64, mixing: f64) -> Self {
        let c = 4.0 * std::f64::consts::LN_2;
        let gaussian = libm::exp(-c * x * x);
        let lorentzian = 1.0 / (1.0 + 4.0 * x * x);
        Self {
            value: mixing * lorentzian + (1.0 - mixing) * gaussian,
            by_x: -8.0 * x * mixing * lorentzian * lorentzian - 2.0 * c * x * (1.0 - mixing) * gaussian,
            by_mixing: lorentzian - gaussian,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_distr::{Distribution, Poisson};

    const EXPECTED_EV: [f64; 2] = [460.4, 465.8];

    fn energies() -> Vec<f64> {
        (0..72).map(|k| 454.0 + 0.25 * f64::from(k)).collect()
    }

    /// Parameters of a pair of edges with these splittings of L3, `scale` electrons high.
    fn truth(scale: f64, splittings: [f64; 2]) -> DVector<f64> {
        let net = [scale];
        let flat = NetSpectrum { energy_ev: &[460.0], net: &net, variance: &net };
        let mut theta = start(&[flat, flat], EXPECTED_EV[0], EXPECTED_EV[1]).unwrap();
        splittings.iter().enumerate().for_each(|(n, s)| theta[splitting_index(n)] = *s);
        theta
    }

    fn model(theta: &DVector<f64>, spectrum: usize) -> Vec<f64> {
        energies().iter().map(|&e| Row::at(e, theta, spectrum).value).collect()
    }

    #[test]
    fn derivatives_agree_with_differences() {
        let mut theta = truth(900.0, [2.2, 1.9]);
        theta[LINES] = 0.4;
        for energy in [456.3, 458.0, 461.1, 464.9, 469.0] {
            let row = Row::at(energy, &theta, 1);
            for &(k, derivative) in &row.derivatives {
                let step = 1e-5 * theta[k].abs().max(1.0);
                let moved = |by: f64| {
                    let mut theta = theta.clone();
                    theta[k] += by;
                    Row::at(energy, &theta, 1).value
                };
                let difference = (moved(step) - moved(-step)) / (2.0 * step);
                assert!((difference - derivative).abs() < 1e-4 * (1.0 + derivative.abs()), "parameter {k} at {energy}");
            }
        }
    }

    #[test]
    fn a_known_change_of_the_splitting_is_found_with_an_honest_sigma() {
        // Gaussian lines and mixed ones.
        for mixing in [0.0, 0.4] {
            let mut theta = truth(2.0e4, [1.9, 2.1]);
            theta[LINES] = mixing;
            let z = deviations(&theta, -0.2);
            let mean = z.iter().sum::<f64>() / z.len() as f64;
            let rms = (z.iter().map(|z| z * z).sum::<f64>() / z.len() as f64).sqrt();
            assert!(mean.abs() < 0.4, "mixing {mixing}: mean z {mean}");
            assert!((0.75..1.25).contains(&rms), "mixing {mixing}: rms z {rms}");
        }
    }

    /// Deviations of the difference of splittings from `truth`, sigma, of sixty pairs drawn with these parameters.
    fn deviations(theta: &DVector<f64>, truth: f64) -> Vec<f64> {
        // A background below the edge, so that every channel has a variance.
        let expected = [0, 1].map(|n| model(theta, n).into_iter().map(|mean| mean + 10.0).collect::<Vec<f64>>());
        let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(3);
        (0..60)
            .map(|_| {
                let drawn: Vec<Vec<f64>> = expected
                    .iter()
                    .map(|mean| mean.iter().map(|m| Poisson::new(*m).unwrap().sample(&mut random) - 10.0).collect())
                    .collect();
                let energy_ev = energies();
                let spectrum = |n: usize| NetSpectrum { energy_ev: &energy_ev, net: &drawn[n], variance: &expected[n] };
                let found = fit(spectrum(0), spectrum(1), EXPECTED_EV).unwrap();
                (found.difference_ev.value - truth) / found.difference_ev.sigma
            })
            .collect()
    }

    #[test]
    fn nothing_above_the_background_gives_no_splitting() {
        let energy_ev = energies();
        let (net, variance) = (vec![-1.0; energy_ev.len()], vec![1.0; energy_ev.len()]);
        let nothing = NetSpectrum { energy_ev: &energy_ev, net: &net, variance: &variance };
        assert_eq!(fit(nothing, nothing, EXPECTED_EV), None);
    }
}
