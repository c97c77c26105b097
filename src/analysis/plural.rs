//! What plural scattering makes of the background before an edge: known from the low loss and from what lies below.
//!
//! Electrons that excited the edge before and a plasmon besides lie under the pre-edge, where they are no power law: the
//! more of them, the thicker the specimen. The low loss says how many there are and where. What is left without them
//! continues as a power law, which then is seen through the same low loss again.

use realfft::num_complex::Complex64;

use crate::model::EnergyWindow;

use super::background::{LikelihoodChannel, design_row, maximum_likelihood};
use super::fourier::{Fourier, Response, fourier_log};
use super::sums::SummedSpectrum;
use super::thickness::{self, LOW_PASS, LowLoss, ZERO_LOSS_EV};

/// Plural scattering of one low loss, for spectra of one length.
#[derive(Debug, Clone)]
pub struct PluralScattering {
    fourier: Fourier,
    /// `1 - Z/L`: the plural part of a recorded spectrum.
    contained: Vec<Complex64>,
    /// `L/Z - 1`: the plural part that belongs to a spectrum without any.
    added: Vec<Complex64>,
    /// Channels by which spectra are continued to lower energy.
    extension: usize,
}

impl PluralScattering {
    /// From a low loss, for spectra of `channels` channels that start at `first_ev`.
    ///
    /// The single-scattering distribution `S` comes from the low loss by Fourier log; beyond the range of the low loss it
    /// falls as `E^-3`, as that of free electrons does (Egerton, EELS in the Electron Microscope, 3rd ed., 2011, sec. 3.3.1).
    /// So losses by several plasmons are known beyond the range, too: `L / Z = exp(S(f))`.
    ///
    /// `None` when the low loss or its zero-loss peak has no signal.
    pub fn new(low: &LowLoss, first_ev: f64, dispersion_ev: f64, channels: usize) -> Option<Self> {
        let extension = thickness::extension(first_ev, dispersion_ev);
        let fourier = Fourier::at_least(extension + channels + channels / 8);
        let reach = (ZERO_LOSS_EV / dispersion_ev).floor() as usize;
        let nearest = |side: &[f64], count: usize| side.iter().take(count).copied().collect();
        let Response { above, below } = &low.response;
        let zero_loss = Response { above: nearest(above, reach + 1), below: nearest(below, reach) };
        let mut single = fourier_log(&low.response, &zero_loss, LOW_PASS * low.fwhm_ev, dispersion_ev).ok()?;
        let known = single.len();
        let outer = known - known / 10;
        let scaled = |k: usize, value: f64| value * (k as f64 / known as f64).powi(3);
        let last = (outer..known).map(|k| scaled(k, single[k])).sum::<f64>() / (known - outer).max(1) as f64;
        let beyond = known..fourier.length() / 2;
        single.extend(beyond.map(|k| last.max(0.0) * (known as f64 / k as f64).powi(3)));
        let single = fourier.transform(&single);
        let contained = single.iter().map(|s| 1.0 - (-s).exp()).collect();
        let added = single.iter().map(|s| s.exp() - 1.0).collect();
        Some(Self { fourier, contained, added, extension })
    }

    /// The plural part of a pre-edge continued to higher energy, electrons, one value per channel: a power law is fitted
    /// over `windows` to the spectrum without its plural part, joined to that below, and seen through the low loss. The
    /// spectrum is continued to lower energy by its own power law over `lowest`, the lowest background window.
    ///
    /// What a plasmon adds above an edge comes from below it, where there is no edge yet. Its noise is left out: a plasmon
    /// averages over tens of channels. By the convolution theorem: Egerton, EELS in the Electron Microscope, 3rd ed., 2011,
    /// sec. 4.3.
    ///
    /// `None` when no power law fits or the part is not finite.
    ///
    /// `p = s (x) (L / Z - 1)` with `s = n - n (x) (1 - Z / L)` below the windows and its power law from their start
    /// on.
    ///
    /// # Examples
    /// ```
    /// use moray::analysis::{fourier::Response, plural::PluralScattering, sums::SummedSpectrum, thickness::LowLoss};
    /// use moray::model::{EnergyAxis, EnergyWindow};
    ///
    /// // Plasmons of 24 eV, t/lambda = 0.7, over an edge at 460 eV: two and three of them reach 508 and 532 eV.
    /// let single = |e: f64| 1e5 * (e / 450.0).powf(-3.0) + if e < 460.0 { 0.0 } else { 3e4 * (e / 460.0).powf(-3.0) };
    /// let weight = |n: u32| (-0.7_f64).exp() * 0.7_f64.powi(n as i32) / (1..=n).map(f64::from).product::<f64>();
    /// let axis = EnergyAxis::new(380.0, 0.5, 400)?;
    /// let plural = |e: f64| (1..8).map(|n| weight(n) * single(e - 24.0 * f64::from(n))).sum::<f64>();
    /// let recorded = axis.energies().into_iter().map(|e| weight(0) * single(e) + plural(e)).collect();
    /// // The low loss ends at 90 eV: what several plasmons lose beyond is known from it all the same.
    /// let mut above = vec![0.0; 180];
    /// (0..4).for_each(|n| above[48 * n] = weight(n as u32));
    /// let response = Response { above, below: Vec::new() };
    /// let low = LowLoss { response, zero_loss_share: weight(0), fwhm_ev: 0.5 };
    /// let scattering = PluralScattering::new(&low, 380.0, 0.5, 400).unwrap();
    /// let windows = [EnergyWindow::new(519.0, 527.5)?];
    /// let sum = SummedSpectrum::counted(axis, recorded);
    /// let part = scattering.part(&sum, &windows, EnergyWindow::new(410.0, 450.0)?).unwrap();
    /// for e in [525.0, 531.0, 545.0] {
    ///     let i = axis.nearest_channel(e).unwrap();
    ///     assert!((part[i] / plural(axis.energy_at(i as f64)) - 1.0).abs() < 0.01);
    /// }
    /// # Ok::<(), moray::model::EnergyError>(())
    /// ```
    pub fn part(&self, spectrum: &SummedSpectrum, windows: &[EnergyWindow], lowest: EnergyWindow) -> Option<Vec<f64>> {
        let recorded = thickness::extended(spectrum, lowest, self.extension, self.fourier.length())?;
        let contained = self.convolved(&recorded, &self.contained);
        let mut single: Vec<f64> = recorded.iter().zip(contained).map(|(n, p)| n - p).collect();
        let first = windows.iter().flat_map(|window| spectrum.axis.channels_in(*window)).min()?;
        let curve = self.power_law(spectrum, windows, &single)?;
        let end = self.extension + spectrum.electrons.len();
        let continued = single.get_mut(self.extension..end)?.iter_mut().enumerate().skip(first);
        continued.for_each(|(channel, value)| *value = curve(channel));
        thickness::join_ends(&mut single, end);
        let plural = self.convolved(&single, &self.added).get(self.extension..end)?.to_vec();
        plural.iter().all(|p| p.is_finite()).then_some(plural)
    }

    fn convolved(&self, values: &[f64], kernel: &[Complex64]) -> Vec<f64> {
        self.fourier.sequence(self.fourier.transform(values).iter().zip(kernel).map(|(n, k)| n * k).collect())
    }

    /// The power law of the spectrum without its plural part, whose noise is that of the whole.
    fn power_law(
        &self,
        spectrum: &SummedSpectrum,
        windows: &[EnergyWindow],
        single: &[f64],
    ) -> Option<impl Fn(usize) -> f64 + use<>> {
        let axis = spectrum.axis;
        let centre_ev = windows.first().map(|window| (window.lo_ev() * window.hi_ev()).sqrt())?;
        let weighted = windows.iter().flat_map(|window| window.weights(&axis).iter().collect::<Vec<_>>());
        let channel = |(index, weight): (usize, f64)| {
            let electrons = single[self.extension + index];
            let extra_variance = spectrum.variance(index) - electrons.max(0.0);
            let row = design_row(axis.energy_at(index as f64), centre_ev);
            LikelihoodChannel { index, weight, electrons, extra_variance, row, known: 0.0 }
        };
        let channels: Vec<LikelihoodChannel> = weighted.filter(|(_, weight)| *weight > 0.0).map(channel).collect();
        let (q, _) = maximum_likelihood(&channels).ok()?;
        Some(move |index: usize| q.dot(&design_row(axis.energy_at(index as f64), centre_ev)).exp())
    }
}
