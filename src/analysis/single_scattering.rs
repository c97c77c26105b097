//! Window integrals of an edge without its plural scattering, with the same error budget as those of the edge as recorded.

use crate::model::EnergyWindow;

use super::fourier::Response;
use super::fourier_ratio::FourierRatio;
use super::net::{NetIntegral, Pair};
use super::sums::SummedSpectrum;
use super::thickness::width_at_half;

/// Net spectra of a pair without plural scattering, from the start of the background window on.
///
/// Both are deconvolved by the low loss that they are seen through ([`SummedSpectrum::low_loss`]), and seen through one
/// Gaussian as wide as the wider of the two zero-loss peaks, so that a difference in resolution goes with that in thickness.
#[derive(Debug)]
pub struct SingleScattering<'p, 'a> {
    pair: &'p Pair<'a>,
    site: Single,
    reference: Single,
}

/// One of the two spectra.
#[derive(Debug)]
struct Single {
    ratio: FourierRatio,
    /// Channels of the sum that the net spectrum holds.
    channels: std::ops::Range<usize>,
    net: Vec<f64>,
}

impl<'p, 'a> SingleScattering<'p, 'a> {
    /// Deconvolves the net spectra of a pair.
    ///
    /// Formula and source: [`FourierRatio`]. Noise of the low losses is left out: they hold thousands of times the
    /// electrons of an edge.
    ///
    /// # Errors
    /// A sentence on which spectrum has no low loss, or one that cannot be used.
    ///
    /// # Examples
    /// ```
    /// use std::sync::Arc;
    /// use moray::analysis::fourier::Response;
    /// use moray::analysis::net::{Pair, Place};
    /// use moray::analysis::single_scattering::SingleScattering;
    /// use moray::analysis::sums::SummedSpectrum;
    /// use moray::model::{EnergyAxis, Recipe};
    ///
    /// let recipe = Recipe::preset("lto").unwrap();
    /// let edge = recipe.edge("O K").unwrap();
    /// let axis = EnergyAxis::new(480.0, 0.25, 400).unwrap();
    /// // A peak at 531 eV, of which a quarter of all electrons lose 8 eV more and reach the window of c.
    /// let peak = |e: f64| 3000.0 * (-((e - 531.0) / 0.8_f64).powi(2)).exp();
    /// let curve = |e: f64| 3000.0 * (e / 520.0).powf(-3.0) + 0.75 * peak(e) + 0.25 * peak(e - 8.0);
    /// let zero_loss = |share: f64, k: i32| share * 0.332 * (-(f64::from(k) / 1.7).powi(2)).exp();
    /// let above = (0..200).map(|k| zero_loss(0.75, k) + zero_loss(0.25, k - 32)).collect();
    /// let low_loss = Response { above, below: (1..20).map(|k| zero_loss(0.75, k)).collect() };
    /// let sum = SummedSpectrum {
    ///     low_loss: Some(Arc::new(low_loss)),
    ///     ..SummedSpectrum::counted(axis, axis.energies().into_iter().map(curve).collect())
    /// };
    /// let place = Place { site: "site", reference: "reference" };
    /// let pair = Pair::fit(&sum, &sum, edge, place, 0.0).unwrap();
    /// let single = SingleScattering::of(&pair).unwrap();
    /// let window = edge.peak("c").unwrap().window_ev;
    /// let recorded = pair.site_integral(window).value;
    /// assert!(single.integrals(window)[0].value.abs() < 0.01 * recorded);
    /// ```
    pub fn of(pair: &'p Pair<'a>) -> Result<Self, String> {
        let sums = [(pair.site, "site"), (pair.reference, "reference")];
        let low_loss = |(sum, name): (&'a SummedSpectrum, &str)| {
            sum.low_loss.as_deref().ok_or_else(|| {
                format!(
                    "the {name} has no low loss to remove plural scattering by: add one, or measure window integrals"
                )
            })
        };
        let low_losses = [low_loss(sums[0])?, low_loss(sums[1])?];
        let dispersion_ev = pair.reference.axis.dispersion_ev();
        let widths = low_losses.map(|low_loss| zero_loss_channels(low_loss).map(|width| width * dispersion_ev));
        let [Some(site_ev), Some(reference_ev)] = widths else {
            return Err(
                "a low loss has no zero-loss peak to remove plural scattering by: measure window integrals".to_owned()
            );
        };
        let fwhm_ev = site_ev.max(reference_ev);
        let single = |sum: &SummedSpectrum, low_loss: &Response, background: &dyn Fn(f64) -> f64| {
            let from = sum.axis.channels_in(pair.window).start.max(sum.valid.start);
            let channels = from..sum.valid.end.max(from);
            let ratio = FourierRatio::new(channels.len(), low_loss, fwhm_ev, dispersion_ev);
            let ratio = ratio.map_err(|error| error.to_string())?;
            let net = channels.clone().map(|i| sum.electrons[i] - background(sum.axis.energy_at(i as f64)));
            let net = ratio.apply(&net.collect::<Vec<f64>>());
            Ok::<_, String>(Single { ratio, channels, net })
        };
        let site = single(pair.site, low_losses[0], &|energy_ev| pair.site_background_at(energy_ev))?;
        let reference = single(pair.reference, low_losses[1], &|energy_ev| pair.reference_background.at(energy_ev))?;
        Ok(Self { pair, site, reference })
    }

    /// Whether a window lies inside both spectra, and before the last sixteenth that the Fourier ratio fades out.
    pub(super) fn covers(&self, window: EnergyWindow) -> bool {
        let inside = |single: &Single, sum: &SummedSpectrum| {
            let last = single.channels.start + single.ratio.untouched();
            sum.covers(window) && window.hi_ev() <= sum.axis.energy_at(last as f64 - 0.5)
        };
        inside(&self.site, self.pair.site) && inside(&self.reference, self.pair.reference)
    }

    /// Integrals of the site and of the reference over a window, electrons.
    ///
    /// `sum w J1` by the definition; channels outside the data count for nothing.
    pub fn values(&self, window: EnergyWindow) -> [f64; 2] {
        let value = |single: &Single, sum: &SummedSpectrum| {
            let inside = |(i, w): (usize, f64)| Some(w * single.net.get(i.checked_sub(single.channels.start)?)?);
            window.weights(&sum.axis).iter().filter_map(inside).sum()
        };
        [value(&self.site, self.pair.site), value(&self.reference, self.pair.reference)]
    }

    /// The same with their influences: those of the weights `w'` on the spectra as recorded that come to the same.
    ///
    /// `I = sum w' (n - b)`, electrons, `w'` the transposed map of the window ([`FourierRatio::transposed`]): pattern,
    /// noise, background fit and background model enter as they do for windows (linear error propagation).
    pub fn integrals(&self, window: EnergyWindow) -> [NetIntegral; 2] {
        [
            self.pair.site_net(self.site.weights(window, self.pair.site)),
            self.pair.reference_net(self.reference.weights(window, self.pair.reference)),
        ]
    }

    /// Energy of a channel's width, eV.
    pub(super) fn dispersion_ev(&self) -> f64 {
        self.pair.reference.axis.dispersion_ev()
    }

    /// Single-scattering spectrum of the site and its variance from counting, read noise and pattern of channels that are
    /// independent, with the first channel of its sum that both belong to.
    pub(super) fn site(&self) -> (usize, &[f64], Vec<f64>) {
        self.site.curve(self.pair.site)
    }

    /// The same of the reference.
    pub(super) fn reference(&self) -> (usize, &[f64], Vec<f64>) {
        self.reference.curve(self.pair.reference)
    }
}

impl Single {
    fn weights(&self, window: EnergyWindow, sum: &SummedSpectrum) -> impl Iterator<Item = (usize, f64)> + use<> {
        let mut weights = vec![0.0; self.channels.len()];
        for (i, w) in window.weights(&sum.axis).iter() {
            if let Some(slot) = i.checked_sub(self.channels.start).and_then(|k| weights.get_mut(k)) {
                *slot = w;
            }
        }
        self.channels.clone().zip(self.ratio.transposed(&weights))
    }

    fn curve(&self, sum: &SummedSpectrum) -> (usize, &[f64], Vec<f64>) {
        let variance: Vec<f64> = self.channels.clone().map(|i| sum.variance(i)).collect();
        (self.channels.start, &self.net, self.ratio.variance(&variance))
    }
}

/// Full width at half maximum of the zero-loss peak of a low loss, samples.
fn zero_loss_channels(low_loss: &Response) -> Option<f64> {
    let values: Vec<f64> = low_loss.below.iter().rev().chain(&low_loss.above).copied().collect();
    width_at_half(&values, low_loss.below.len())
}
