//! A spectrum as the joint fit takes it: electrons and their variance on the channels of the window, and its low loss.

use std::ops::Range;
use std::sync::Arc;

use realfft::num_complex::Complex64;

use crate::analysis::fourier::{Fourier, Response};
use crate::analysis::sums::SummedSpectrum;
use crate::model::{EnergyAxis, EnergyWindow};

use super::FitError;

/// Low loss used, eV below and above zero loss.
const LOW_LOSS_EV: [f64; 2] = [5.0, 45.0];
/// Fewest channels for the parameters of one spectrum.
const MIN_CHANNELS: usize = 30;

/// One spectrum of a joint fit.
#[derive(Debug, Clone)]
pub struct FitSpectrum {
    axis: EnergyAxis,
    channels: Range<usize>,
    electrons: Vec<f64>,
    /// Read and pattern variance of every channel.
    extra_variance: Vec<f64>,
    /// Part of `extra_variance` from the fixed pattern, over the counting variance, in the mean of the window.
    pattern_share: f64,
    channel_factor: f64,
    blur: Option<Arc<Blur>>,
}

impl FitSpectrum {
    /// Electrons on all channels of an axis, with the read variance of a channel (electrons squared), of which the
    /// channels centred in `window` are fitted.
    ///
    /// # Errors
    /// [`FitError::OutsideData`] when the window does not lie on the axis, [`FitError::TooFewChannels`] when it holds
    /// fewer than 30 channels.
    pub fn new(
        axis: EnergyAxis,
        electrons: &[f64],
        read_variance: f64,
        window: EnergyWindow,
    ) -> Result<Self, FitError> {
        if !axis.covers(window) || electrons.len() != axis.channels() {
            let [from_ev, to_ev] = [axis.first_ev(), axis.last_ev()];
            return Err(FitError::OutsideData { window, from_ev, to_ev });
        }
        let channels = axis.channels_in(window);
        if channels.len() < MIN_CHANNELS {
            return Err(FitError::TooFewChannels { window, channels: channels.len() });
        }
        Ok(Self {
            electrons: electrons[channels.clone()].to_vec(),
            extra_variance: vec![read_variance; channels.len()],
            pattern_share: 0.0,
            channel_factor: 1.0,
            blur: None,
            axis,
            channels,
        })
    }

    /// A sum over positions with all its noise, and its low loss when it has one.
    ///
    /// # Errors
    /// As [`FitSpectrum::new`].
    pub fn of(sum: &SummedSpectrum, window: EnergyWindow) -> Result<Self, FitError> {
        if !sum.covers(window) {
            let [from_ev, to_ev] = sum.valid_ev();
            return Err(FitError::OutsideData { window, from_ev, to_ev });
        }
        let mut spectrum = Self::new(sum.axis, &sum.electrons, sum.read_variance, window)?;
        let mut totals = [0.0; 2];
        for (slot, i) in spectrum.extra_variance.iter_mut().zip(spectrum.channels.clone()) {
            let pattern = sum.pattern_variance(i);
            *slot += pattern;
            totals[0] += pattern;
            totals[1] += sum.variance(i) - pattern;
        }
        spectrum.pattern_share = if totals[1] > 0.0 { totals[0] / totals[1] } else { 0.0 };
        spectrum.channel_factor = sum.channel_factor;
        Ok(match &sum.low_loss {
            Some(low_loss) => spectrum.with_low_loss(low_loss),
            None => spectrum,
        })
    }

    /// The same seen through a low loss on its grid, of which -5 to 45 eV are used at unit area.
    ///
    /// A low loss whose area there is not above zero leaves the spectrum without one.
    pub fn with_low_loss(mut self, low_loss: &Response) -> Self {
        self.blur = Blur::new(low_loss, self.axis.dispersion_ev(), self.channels.len()).map(Arc::new);
        self
    }

    /// The same without a low loss.
    pub fn without_low_loss(mut self) -> Self {
        self.blur = None;
        self
    }

    /// The same with other electrons on the fitted channels.
    ///
    /// # Panics
    /// When there are not as many as fitted channels.
    pub fn with_electrons(mut self, electrons: Vec<f64>) -> Self {
        assert_eq!(electrons.len(), self.channels.len(), "one value for each fitted channel");
        self.electrons = electrons;
        self
    }

    /// The same with the low loss and the channel factor of another spectrum of the same detector and specimen.
    pub(super) fn seen_as(mut self, other: &Self) -> Self {
        self.blur.clone_from(&other.blur);
        self.channel_factor = other.channel_factor;
        self
    }

    /// Its energy axis.
    pub fn axis(&self) -> &EnergyAxis {
        &self.axis
    }

    /// The channels that are fitted.
    pub fn channels(&self) -> Range<usize> {
        self.channels.clone()
    }

    /// Centres of the fitted channels, eV.
    pub fn energies_ev(&self) -> Vec<f64> {
        self.channels.clone().map(|i| self.axis.energy_at(i as f64)).collect()
    }

    /// Electrons on the fitted channels.
    pub fn electrons(&self) -> &[f64] {
        &self.electrons
    }

    /// Whether the model is convolved with a low loss.
    pub fn has_low_loss(&self) -> bool {
        self.blur.is_some()
    }

    pub(super) fn extra_variance(&self) -> &[f64] {
        &self.extra_variance
    }

    pub(super) fn pattern_share(&self) -> f64 {
        self.pattern_share
    }

    pub(super) fn channel_factor(&self) -> f64 {
        self.channel_factor
    }

    pub(super) fn blur(&self) -> Option<&Blur> {
        self.blur.as_deref()
    }
}

/// Convolution with a low loss of unit area.
#[derive(Debug, Clone)]
pub(super) struct Blur {
    fourier: Fourier,
    kernel: Vec<Complex64>,
    /// Channels above the fitted ones that low losses below zero bring electrons down from.
    margin: usize,
    /// Share of the low loss that is below 2.5 eV: the less, the thicker the specimen.
    pub(super) unscattered: f64,
}

impl Blur {
    fn new(low_loss: &Response, dispersion_ev: f64, channels: usize) -> Option<Self> {
        let [below, above] = LOW_LOSS_EV.map(|reach| (reach / dispersion_ev).round() as usize);
        let mut part = Response {
            above: low_loss.above.iter().take(above + 1).copied().collect(),
            below: low_loss.below.iter().take(below).copied().collect(),
        };
        let area: f64 = part.above.iter().chain(&part.below).sum();
        part.above.iter_mut().chain(&mut part.below).for_each(|v| *v /= area);
        let near = (2.5 / dispersion_ev).round() as usize;
        let unscattered = part.above.iter().take(near + 1).chain(part.below.iter().take(near)).sum();
        let margin = part.below.len();
        // A spectrum that shares this, moved by a fraction of a channel, may hold one channel more.
        let fourier = Fourier::at_least(channels + 1 + margin + part.above.len());
        let kernel = part.transform(&fourier);
        (area.is_finite() && area > 0.0).then_some(Self { fourier, kernel, margin, unscattered })
    }

    pub(super) fn margin(&self) -> usize {
        self.margin
    }

    /// The convolved values, as many as given.
    pub(super) fn apply(&self, values: &[f64]) -> Vec<f64> {
        let product = self.fourier.transform(values).iter().zip(&self.kernel).map(|(v, k)| v * k).collect();
        let mut blurred = self.fourier.sequence(product);
        blurred.truncate(values.len());
        blurred
    }
}
