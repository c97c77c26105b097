//! How sure an extrapolated background is: its band, and what it costs the signal above it.

use nalgebra::{DMatrix, DVector, Vector2, Vector3};

use crate::model::EnergyWindow;

use super::drops::Measured;
use super::net::{Influence, Pair, SiteBackground};
use super::sums::SummedSpectrum;

/// Variance of a background as a function of energy, from noise and fixed pattern of all spectra that it rests on.
///
/// With `b(E; q)` and the parameters' influence vectors: `var b = (db/dq)^T Cov(q) db/dq`, in electrons squared per
/// channel. A site of common shape rests on both spectra, and what its two fits share is held.
///
/// Source: linear error propagation. Zero without noise.
#[derive(Debug)]
pub struct Band<'p> {
    gradient: Gradient<'p>,
    covariance: DMatrix<f64>,
}

#[derive(Debug)]
enum Gradient<'p> {
    Reference(&'p Pair<'p>),
    Site(&'p Pair<'p>),
}

impl<'p> Band<'p> {
    /// The band of the reference's background.
    pub fn of_reference(pair: &'p Pair<'p>) -> Self {
        Self { covariance: covariance(pair, &by_curve(pair)), gradient: Gradient::Reference(pair) }
    }

    /// The band of the site's background.
    pub fn of_site(pair: &'p Pair<'p>) -> Self {
        let influences = match &pair.site_background {
            SiteBackground::Ratio(ratio) => {
                let mut influences = by_curve(pair);
                influences.extend((0..2).map(|k| {
                    let mut influence = Influence::zero(pair.site.electrons.len());
                    let unit = Vector2::ith(k, 1.0);
                    ratio.add_influence(&unit, 1.0, &mut influence.site, &mut influence.reference);
                    influence
                }));
                influences
            }
            SiteBackground::Own(own) => (0..3)
                .map(|k| {
                    let mut influence = Influence::zero(pair.site.electrons.len());
                    own.add_influence(&Vector3::ith(k, 1.0), 1.0, &mut influence.site);
                    influence
                })
                .collect(),
        };
        Self { covariance: covariance(pair, &influences), gradient: Gradient::Site(pair) }
    }

    /// Variance of the background at an energy, electrons squared per channel.
    pub fn variance_at(&self, energy_ev: f64) -> f64 {
        let gradient = self.gradient.at(energy_ev);
        (gradient.transpose() * &self.covariance * gradient)[0]
    }
}

impl Gradient<'_> {
    fn at(&self, energy_ev: f64) -> DVector<f64> {
        let of = |values: Vector3<f64>| values.iter().copied().collect::<Vec<f64>>();
        match self {
            Self::Reference(pair) => DVector::from_vec(of(pair.reference_background.gradient(energy_ev))),
            Self::Site(pair) => match &pair.site_background {
                SiteBackground::Own(own) => DVector::from_vec(of(own.gradient(energy_ev))),
                SiteBackground::Ratio(ratio) => {
                    let mut values = of(pair.reference_background.gradient(energy_ev) * ratio.at(energy_ev));
                    values.extend((ratio.row(energy_ev) * pair.site_background_at(energy_ev)).iter());
                    DVector::from_vec(values)
                }
            },
        }
    }
}

/// Influence of every parameter of the reference's curve.
fn by_curve(pair: &Pair<'_>) -> Vec<Influence> {
    let of = |k: usize| {
        let mut influence = Influence::zero(pair.reference.electrons.len());
        pair.reference_background.add_influence(&Vector3::ith(k, 1.0), 1.0, &mut influence.reference);
        influence
    };
    (0..3).map(of).collect()
}

fn covariance(pair: &Pair<'_>, influences: &[Influence]) -> DMatrix<f64> {
    let mut matrix = DMatrix::zeros(influences.len(), influences.len());
    for k in 0..influences.len() {
        for l in 0..=k {
            matrix[(k, l)] = pair.covariance(&influences[k], &influences[l]);
            matrix[(l, k)] = matrix[(k, l)];
        }
    }
    matrix
}

/// The background under a window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Under {
    /// Electrons, with the standard deviation from noise and fixed pattern.
    pub background: Measured,
    /// Egerton's h.
    pub h: Option<f64>,
}

/// The background of the site under a window.
///
/// `h = (I_b + var I_b) / I_b`, var from counting and read noise: the variance of a net integral is `I_k + h I_b`, so
/// that its signal to noise is `I_k / sqrt(I_k + h I_b)`, `h = 1` for a background that is known (R. Egerton, Electron
/// Energy-Loss Spectroscopy in the Electron Microscope, 3rd ed., 2011, section 4.4.4). `None` when the background is not
/// above zero.
///
/// `I_b = sum w b`, electrons; `h` is dimensionless. Channels beyond the axis count for nothing.
///
/// # Examples
/// ```
/// use moray::analysis::net::{Pair, Place};
/// use moray::analysis::{extrapolation, sums::SummedSpectrum};
/// use moray::model::{EnergyAxis, Recipe};
///
/// let recipe = Recipe::preset("lto").unwrap();
/// let edge = recipe.edge("O K").unwrap();
/// let axis = EnergyAxis::new(480.0, 0.25, 400).unwrap();
/// // A power law and a step, of which the site keeps all above peak a.
/// let sum = |kept: f64| {
///     let net = |e: f64| if e < 529.5 { 0.0 } else if e < 532.1 { 1.0 } else { kept };
///     let curve = |e: f64| 3000.0 * ((e / 520.0).powf(-3.0) + net(e));
///     SummedSpectrum::counted(axis, axis.energies().into_iter().map(curve).collect())
/// };
/// let (site, reference) = (sum(1.0), sum(1.0));
/// let place = Place { site: "site", reference: "reference" };
/// let pair = Pair::fit(&site, &reference, edge, place, 0.0).unwrap();
/// let window = edge.peak("b").unwrap().window_ev;
/// let under = extrapolation::under_site(&pair, window);
/// // 2.9 eV of 0.25 eV channels over 3000 (520 / E)^3 electrons.
/// let truth = 2.9 / 0.25 * 3000.0 * (520.0_f64 / 533.55).powi(3);
/// assert!((under.background.value / truth - 1.0).abs() < 1e-3);
/// assert!(under.h.unwrap() > 1.0, "an extrapolated background is not known exactly");
/// ```
pub fn under_site(pair: &Pair<'_>, window: EnergyWindow) -> Under {
    let net = pair.site_integral(window);
    let mut influence = Influence::zero(pair.site.electrons.len());
    influence.add(-1.0, &net.influence);
    window.weights(&pair.site.axis).iter().for_each(|(i, w)| influence.site[i] += w);
    under(pair, gross(pair.site, window) - net.value, &influence)
}

/// The same of the reference.
pub fn under_reference(pair: &Pair<'_>, window: EnergyWindow) -> Under {
    let net = pair.reference_integral(window);
    let mut influence = Influence::zero(pair.reference.electrons.len());
    influence.add(-1.0, &net.influence);
    window.weights(&pair.reference.axis).iter().for_each(|(i, w)| influence.reference[i] += w);
    under(pair, gross(pair.reference, window) - net.value, &influence)
}

fn gross(sum: &SummedSpectrum, window: EnergyWindow) -> f64 {
    window.weights(&sum.axis).integrate(&sum.electrons)
}

fn under(pair: &Pair<'_>, value: f64, influence: &Influence) -> Under {
    let sigma = pair.covariance(influence, influence).max(0.0).sqrt();
    let noise = pair.site.noise_covariance(&influence.site, &influence.site)
        + pair.reference.noise_covariance(&influence.reference, &influence.reference);
    Under { background: Measured { value, sigma }, h: (value > 0.0).then(|| (value + noise) / value) }
}
