//! Drops from a joint fit: of the peaks' areas, and of the fitted edge over the peaks' windows.

use nalgebra::DVector;
use ndarray::Array2;

use crate::analysis::drops::{Drops, Measured, PeakDrop};
use crate::analysis::net::Influence;
use crate::model::EnergyWindow;

use super::model::{edge_columns, expected};
use super::{FitSpectrum, JointFit};

/// A peak counts as detected when its size exceeds this many sigma.
const DETECTED_SIGMA: f64 = 3.0;

/// The size of a peak in one spectrum and its derivatives with respect to all parameters.
struct Size {
    value: f64,
    gradient: DVector<f64>,
}

/// How the sizes of peaks are called in reasons.
const WHOSE: [&str; 2] = ["site", "reference"];

impl JointFit {
    /// Drops of the areas of all peaks but the first, by which they are normalised, of spectrum `site` from spectrum
    /// `reference`: `1 - (A_k / A_a)_site / (A_k / A_a)_reference`.
    ///
    /// Dimensionless; linear error propagation through the parameters' covariance. A peak has a reason instead where it
    /// or the first does not exceed three sigma in one of the spectra.
    pub fn component_drops(&self, site: usize, reference: usize) -> Drops {
        let layout = self.parameters.layout();
        let area = |s: usize, k: usize| {
            let mut gradient = DVector::zeros(self.parameters.vector().len());
            gradient[layout.area(s, k)] = 1.0;
            Size { value: self.parameters.area(s, k), gradient }
        };
        let sizes = [site, reference].map(|s| (0..layout.peaks).map(|k| area(s, k)).collect());
        self.drops_of([site, reference], &sizes)
    }

    /// Drops of the fitted edge integrated over a window for each peak (the normalising peak's first), of spectrum
    /// `site` from spectrum `reference`. Both edges are seen through the low loss of the thicker specimen.
    ///
    /// `None` when there is not one window for each peak, or one is not inside the fitted channels.
    ///
    /// `D = 1 - (I_k / I_a)_site / (I_k / I_a)_reference`, `I = sum w (mu - b)` in electrons, dimensionless; linear
    /// error propagation, reasons as in [`JointFit::component_drops`].
    ///
    /// # Examples
    /// ```
    /// use moray::analysis::fit::{FitSpectrum, Parameters, SpectrumParameters, expected_electrons, joint_fit};
    /// use moray::model::{EnergyAxis, EnergyWindow, FineStructure, Recipe};
    /// let recipe = Recipe::preset("lto")?;
    /// let edge = recipe.edge("O K").expect("an edge");
    /// let structure = FineStructure::of(edge).expect("O K has a fine structure");
    /// let axis = EnergyAxis::new(480.0, 0.25, 400)?;
    /// let empty = FitSpectrum::new(axis, &[0.0; 400], 4.0, structure.window_ev)?;
    /// let part = |b: f64| {
    ///     let areas = vec![9e3, b, 7e3, 8e3];
    ///     SpectrumParameters { areas, step: 900.0, background: 1e3, exponent: 3.0 }
    /// };
    /// // The area of peak b is 20 % smaller in the first spectrum than in the second.
    /// let shapes = [[531.2, 1.6], [533.4, 1.7], [538.8, 4.2], [544.1, 4.6]];
    /// let truth = Parameters::new(&shapes, &[part(8e3), part(1e4)]);
    /// let spectra: Vec<FitSpectrum> = (0..2)
    ///     .map(|s| empty.clone().with_electrons(expected_electrons(&structure, &truth, s, &empty)))
    ///     .collect();
    /// let windows: Vec<EnergyWindow> = edge.peaks.iter().map(|peak| peak.window_ev).collect();
    /// let drops = joint_fit(&spectra, &structure)?.window_drops(0, 1, &windows).expect("windows inside the fit");
    /// // Its window also holds continuum and neighbours, which did not drop.
    /// let b = drops.peaks[0].log_ratio.clone()?.drop().value;
    /// assert!(b > 0.1 && b < 0.2, "{b}");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn window_drops(&self, site: usize, reference: usize, windows: &[EnergyWindow]) -> Option<Drops> {
        let common = self.common([site, reference]);
        let channels = common.channels();
        let half = 0.5 * common.axis().dispersion_ev();
        let [first_ev, last_ev] = [channels.start, channels.end - 1].map(|i| common.axis().energy_at(i as f64));
        let inside = |w: &EnergyWindow| w.lo_ev() >= first_ev - half && w.hi_ev() <= last_ev + half;
        if windows.len() != self.parameters.peaks() || !windows.iter().all(inside) {
            return None;
        }
        let sizes = [site, reference].map(|s| windows.iter().map(|window| self.integral(s, common, *window)).collect());
        Some(self.drops_of([site, reference], &sizes))
    }

    /// The spectrum on whose channels and through whose low loss both edges are integrated: that of the thicker
    /// specimen, or the reference.
    fn common(&self, [site, reference]: [usize; 2]) -> &FitSpectrum {
        let unscattered = |s: usize| self.spectra[s].blur().map_or(f64::INFINITY, |blur| blur.unscattered);
        let thicker = if unscattered(site) < unscattered(reference) { site } else { reference };
        &self.spectra[thicker]
    }

    /// Edge of spectrum `s` over a window.
    fn integral(&self, s: usize, on: &FitSpectrum, window: EnergyWindow) -> Size {
        let layout = self.parameters.layout();
        let fitted = expected(&self.structure, &self.parameters, s, on);
        let background = fitted.background();
        let mut size = Size { value: 0.0, gradient: DVector::zeros(self.parameters.vector().len()) };
        let start = on.channels().start;
        for (channel, weight) in window.weights(on.axis()).iter() {
            let Some(i) = channel.checked_sub(start).filter(|i| *i < background.len()) else { continue };
            size.value += weight * (fitted.total[i] - background[i]);
            for column in edge_columns(layout) {
                size.gradient[layout.global(s, column)] += weight * fitted.row(i)[column];
            }
        }
        size
    }

    fn drops_of(&self, which: [usize; 2], sizes: &[Vec<Size>; 2]) -> Drops {
        let label = |k: usize| self.structure.peaks[k].label.clone();
        let (mut peaks, mut gradients) = (Vec::new(), Vec::new());
        for k in 1..self.parameters.peaks() {
            let ratios = sizes.each_ref().map(|sizes| self.ratio(&sizes[k], &sizes[0]));
            let log_ratio = match self.undetected(sizes, k) {
                Some(reason) => Err(reason),
                None => {
                    let [site, reference] = sizes.each_ref().map(|sizes| log_gradient(&sizes[k], &sizes[0]));
                    let gradient = site - reference;
                    let [site, reference] = ratios.map(|ratio| ratio.map_or(f64::NAN, |ratio| ratio.value));
                    let sigma = self.variance(&gradient).sqrt();
                    gradients.push(gradient);
                    Ok(Measured { value: (site / reference).ln(), sigma })
                }
            };
            let [ratio, reference_ratio] = ratios;
            peaks.push(PeakDrop { label: label(k), ratio, reference_ratio, log_ratio });
        }
        let covariance = Array2::from_shape_fn((gradients.len(), gradients.len()), |(k, l)| {
            gradients[k].dot(&(&self.covariance * &gradients[l]))
        });
        let influences = gradients.iter().map(|gradient| self.influence(which, gradient)).collect();
        Drops { peaks, covariance, influences, normalise_by: label(0), no_interval: None }
    }

    fn variance(&self, gradient: &DVector<f64>) -> f64 {
        gradient.dot(&(&self.covariance * gradient)).max(0.0)
    }

    fn detected(&self, size: &Size) -> bool {
        size.value > DETECTED_SIGMA * self.variance(&size.gradient).sqrt()
    }

    /// One size over another, when the other is detected.
    fn ratio(&self, size: &Size, normaliser: &Size) -> Option<Measured> {
        let value = size.value / normaliser.value;
        let gradient = (&size.gradient - &normaliser.gradient * value) / normaliser.value;
        self.detected(normaliser).then(|| Measured { value, sigma: self.variance(&gradient).sqrt() })
    }

    /// Why there is no drop of peak `k`.
    fn undetected(&self, sizes: &[Vec<Size>; 2], k: usize) -> Option<String> {
        for (sizes, whose) in sizes.iter().zip(WHOSE) {
            for which in [0, k] {
                let size = &sizes[which];
                if !self.detected(size) {
                    let label = &self.structure.peaks[which].label;
                    let sigma = self.variance(&size.gradient).sqrt();
                    let value = size.value;
                    return Some(format!(
                        "peak {label} not detected in the {whose} by the joint fit: {value:.0} +- {sigma:.0} electrons"
                    ));
                }
            }
        }
        None
    }

    /// Derivatives of a result with respect to the electrons of both spectra: `dtheta/dn_i = F^-1 J_i / V_i`.
    fn influence(&self, which: [usize; 2], gradient: &DVector<f64>) -> Influence {
        let layout = self.parameters.layout();
        let along = &self.covariance * gradient;
        let [site, reference] = which.map(|s| {
            let spectrum = &self.spectra[s];
            let fitted = expected(&self.structure, &self.parameters, s, spectrum);
            let mut influence = vec![0.0; spectrum.axis().channels()];
            for (i, channel) in spectrum.channels().enumerate() {
                let variance = fitted.total[i] + spectrum.extra_variance()[i];
                let row = fitted.row(i).iter().enumerate();
                let sum: f64 = row.map(|(column, value)| value * along[layout.global(s, column)]).sum();
                influence[channel] = sum / variance;
            }
            influence
        });
        Influence { site, reference }
    }
}

/// Gradient of `ln(size / normaliser)`.
fn log_gradient(size: &Size, normaliser: &Size) -> DVector<f64> {
    &size.gradient / size.value - &normaliser.gradient / normaliser.value
}
