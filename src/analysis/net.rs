//! Net window integrals of a site and its reference, each with its influence vector: the derivative with respect to
//! the electrons of every channel, background fit included. Covariances follow from these alone.

use nalgebra::{Vector2, Vector3};

use crate::model::{EdgeRecipe, EnergyWindow};

use super::background::{self, Background, FitFailure, SmoothRatio};
use super::error::AnalysisError;
use super::sums::SummedSpectrum;

/// Fewest channels of a background window.
const MIN_BACKGROUND_CHANNELS: usize = 10;
/// A pre-edge misfits above this chi squared per degree of freedom.
const MISFIT: f64 = 1.5;

/// Derivatives of a result with respect to the electrons of both spectra, one value per channel.
#[derive(Debug, Clone, PartialEq)]
pub struct Influence {
    /// With respect to the site.
    pub site: Vec<f64>,
    /// With respect to the reference.
    pub reference: Vec<f64>,
}

impl Influence {
    pub(super) fn zero(channels: usize) -> Self {
        Self { site: vec![0.0; channels], reference: vec![0.0; channels] }
    }

    /// `self += scale * other`.
    pub fn add(&mut self, scale: f64, other: &Self) {
        for (a, b) in self.site.iter_mut().zip(&other.site) {
            *a += scale * b;
        }
        for (a, b) in self.reference.iter_mut().zip(&other.reference) {
            *a += scale * b;
        }
    }
}

/// A net integral, electrons, and what it depends on.
#[derive(Debug, Clone, PartialEq)]
pub struct NetIntegral {
    /// Electrons above the background.
    pub value: f64,
    /// Its derivatives.
    pub influence: Influence,
}

/// Background of the site: the reference's times a ratio, or its own.
#[derive(Debug, Clone)]
pub enum SiteBackground {
    /// Common shape.
    Ratio(SmoothRatio),
    /// A curve of its own.
    Own(Background),
}

/// A site and its reference with the backgrounds of one edge.
#[derive(Debug, Clone)]
pub struct Pair<'a> {
    /// The site's sum.
    pub site: &'a SummedSpectrum,
    /// The reference's sum.
    pub reference: &'a SummedSpectrum,
    /// Background of the reference.
    pub reference_background: Background,
    /// Background of the site.
    pub site_background: SiteBackground,
    /// Pre-edge window used (its start may have been lowered to hold enough channels).
    pub window: EnergyWindow,
    /// How much of the fixed pattern both share, 0 to 1.
    pub shared_pattern: f64,
    /// Factor on all covariances when the pre-edge does not fit its model.
    pub covariance_factor: f64,
}

/// Where a pair stands in a comparison, for messages.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// Name of the site.
    pub site: &'a str,
    /// Name of the reference.
    pub reference: &'a str,
}

impl<'a> Pair<'a> {
    /// Fits the backgrounds of an edge; `shared_pattern` is how much of the fixed pattern both sums share.
    ///
    /// Covariances are multiplied by [`Pair::misfit`] where it exceeds 1.5 (own construction). A background window that
    /// holds fewer than ten channels is lowered at its start.
    ///
    /// # Errors
    /// [`AnalysisError`] when a window lies outside the data or on a peak, holds too few channels, or a fit fails.
    ///
    /// # Examples
    /// ```
    /// use moray::analysis::net::{Pair, Place};
    /// use moray::analysis::sums::SummedSpectrum;
    /// use moray::model::{EnergyAxis, Recipe};
    ///
    /// let recipe = Recipe::preset("lto").unwrap();
    /// let edge = recipe.edge("O K").unwrap();
    /// let axis = EnergyAxis::new(480.0, 0.25, 400).unwrap();
    /// // A power law and a step, of which the site keeps half above peak a.
    /// let sum = |kept: f64| {
    ///     let net = |e: f64| if e < 529.5 { 0.0 } else if e < 532.1 { 1.0 } else { kept };
    ///     let curve = |e: f64| 3000.0 * ((e / 520.0).powf(-3.0) + net(e));
    ///     SummedSpectrum::counted(axis, axis.energies().into_iter().map(curve).collect())
    /// };
    /// let (site, reference) = (sum(0.5), sum(1.0));
    /// let place = Place { site: "site", reference: "reference" };
    /// let pair = Pair::fit(&site, &reference, edge, place, 0.0).unwrap();
    /// let window = edge.peak("c").unwrap().window_ev;
    /// let ratio = pair.site_integral(window).value / pair.reference_integral(window).value;
    /// assert!((ratio - 0.5).abs() < 0.01);
    /// let integral = pair.site_integral(window);
    /// // Its variance holds more than the counts in the window: the background is extrapolated.
    /// assert!(pair.covariance(&integral.influence, &integral.influence) > integral.value);
    /// ```
    pub fn fit(
        site: &'a SummedSpectrum,
        reference: &'a SummedSpectrum,
        edge: &EdgeRecipe,
        place: Place<'_>,
        shared_pattern: f64,
    ) -> Result<Self, AnalysisError> {
        let model = background::Model::of(edge.background.model);
        let windows = checked_windows(reference, edge, place.reference)?;
        let window = windows[0];
        let failed = |site: &str, window, fit| {
            let (edge, site) = (edge.name.clone(), site.to_owned());
            move |failure| match failure {
                FitFailure::NoSignal => AnalysisError::NoBackgroundSignal { edge, site, window },
                FitFailure::NotSettled => AnalysisError::FitFailed { edge, site, fit },
            }
        };
        let alone = |spectrum, name: &str| {
            background::fit(model.model, spectrum, &windows).map_err(failed(name, window, "background"))
        };
        let reference_background = alone(reference, place.reference)?;
        let ratio_window = edge.background.ratio_window_ev.unwrap_or(window);
        let site_background = if model.by_ratio {
            for (sum, name) in [(site, place.site), (reference, place.reference)] {
                check_covered(sum, ratio_window, &edge.name, name)?;
            }
            let channels = reference.axis.channels_in(ratio_window).len();
            if channels < MIN_BACKGROUND_CHANNELS {
                return Err(AnalysisError::TooFewChannels { edge: edge.name.clone(), window: ratio_window, channels });
            }
            let ratio = SmoothRatio::fit(site, reference, ratio_window, shared_pattern);
            SiteBackground::Ratio(ratio.map_err(failed(place.site, ratio_window, "common-shape background"))?)
        } else {
            for &window in &windows {
                check_covered(site, window, &edge.name, place.site)?;
            }
            SiteBackground::Own(alone(site, place.site)?)
        };
        for peak in &edge.peaks {
            check_covered(site, peak.window_ev, &edge.name, place.site)?;
            check_covered(reference, peak.window_ev, &edge.name, place.reference)?;
        }
        let mut pair = Self {
            site,
            reference,
            reference_background,
            site_background,
            window,
            shared_pattern,
            covariance_factor: 1.0,
        };
        pair.covariance_factor = pair.misfit_factor().unwrap_or(1.0);
        Ok(pair)
    }

    /// Chi squared per degree of freedom that the covariances rest on: of the ratio fit, or the worse of both fits.
    ///
    /// Dimensionless, by the definition; `None` without degrees of freedom.
    pub fn misfit(&self) -> Option<f64> {
        let reduced = |chi2: f64, dof: usize| (dof > 0).then(|| chi2 / dof as f64);
        match &self.site_background {
            SiteBackground::Ratio(ratio) => reduced(ratio.chi2, ratio.dof),
            SiteBackground::Own(own) => {
                let reference = &self.reference_background;
                let both = [reduced(own.chi2, own.dof), reduced(reference.chi2, reference.dof)];
                both.into_iter().flatten().reduce(f64::max)
            }
        }
    }

    /// What covariances are multiplied by for a misfit of the pre-edge: chi squared per degree of freedom above 1.5.
    pub(super) fn misfit_factor(&self) -> Option<f64> {
        self.misfit().filter(|factor| *factor > MISFIT)
    }

    /// Background of the site at an energy, electrons per channel.
    ///
    /// `rho(E) b_reference(E)` for the common shape, its own curve otherwise; power laws mean nothing at or below 0 eV.
    pub fn site_background_at(&self, energy_ev: f64) -> f64 {
        match &self.site_background {
            SiteBackground::Ratio(ratio) => ratio.at(energy_ev) * self.reference_background.at(energy_ev),
            SiteBackground::Own(own) => own.at(energy_ev),
        }
    }

    /// Net integrals of the site and of the reference over a window.
    pub(super) fn integrals(&self, window: EnergyWindow) -> [NetIntegral; 2] {
        [self.site_integral(window), self.reference_integral(window)]
    }

    /// Net integral of the site over a window.
    ///
    /// `I = sum w (n - b)`, electrons, with the influence `G = w - sum w (db/dq) dq/dn` on both spectra (by the
    /// definition, linear error propagation). Channels beyond the axis count for nothing.
    pub fn site_integral(&self, window: EnergyWindow) -> NetIntegral {
        self.site_net(window.weights(&self.site.axis).iter())
    }

    /// The same with any weights on channels.
    pub(super) fn site_net(&self, weights: impl Iterator<Item = (usize, f64)>) -> NetIntegral {
        let mut influence = Influence::zero(self.site.electrons.len());
        let mut value = 0.0;
        let (mut by_curve, mut by_ratio) = (Vector3::zeros(), Vector2::zeros());
        for (i, w) in weights {
            let energy_ev = self.site.axis.energy_at(i as f64);
            let b = self.site_background_at(energy_ev);
            value += w * (self.site.electrons[i] - b);
            influence.site[i] += w;
            match &self.site_background {
                SiteBackground::Ratio(ratio) => {
                    by_curve += self.reference_background.gradient(energy_ev) * (w * ratio.at(energy_ev));
                    by_ratio += ratio.row(energy_ev) * (w * b);
                }
                SiteBackground::Own(own) => by_curve += own.gradient(energy_ev) * w,
            }
        }
        match &self.site_background {
            SiteBackground::Ratio(ratio) => {
                ratio.add_influence(&by_ratio, -1.0, &mut influence.site, &mut influence.reference);
                self.reference_background.add_influence(&by_curve, -1.0, &mut influence.reference);
            }
            SiteBackground::Own(own) => own.add_influence(&by_curve, -1.0, &mut influence.site),
        }
        NetIntegral { value, influence }
    }

    /// Net integral of the reference over a window.
    ///
    /// As [`Pair::site_integral`], with the reference's own background; the site has no influence.
    pub fn reference_integral(&self, window: EnergyWindow) -> NetIntegral {
        self.reference_net(window.weights(&self.reference.axis).iter())
    }

    /// The same with any weights on channels.
    pub(super) fn reference_net(&self, weights: impl Iterator<Item = (usize, f64)>) -> NetIntegral {
        let mut influence = Influence::zero(self.reference.electrons.len());
        let mut value = 0.0;
        let mut by_curve = Vector3::zeros();
        for (i, w) in weights {
            let energy_ev = self.reference.axis.energy_at(i as f64);
            let b = self.reference_background.at(energy_ev);
            value += w * (self.reference.electrons[i] - b);
            influence.reference[i] += w;
            by_curve += self.reference_background.gradient(energy_ev) * w;
        }
        self.reference_background.add_influence(&by_curve, -1.0, &mut influence.reference);
        NetIntegral { value, influence }
    }

    /// Covariance of two results from counting, read noise and fixed pattern, times the misfit factor.
    ///
    /// `f (G_s V_s G'_s + G_r V_r G'_r + kappa (G_s P G'_r + G'_s P G_r))`, `f` the factor, `kappa` the shared part of
    /// the pattern `P` (linear error propagation); in the product of the results' units. Zero for results that depend
    /// on nothing.
    pub fn covariance(&self, a: &Influence, b: &Influence) -> f64 {
        let own = self.site.covariance(&a.site, &b.site) + self.reference.covariance(&a.reference, &b.reference);
        let mut shared = 0.0;
        if self.shared_pattern > 0.0 {
            shared = self.site.shared_covariance(&a.site, self.reference, &b.reference)
                + self.site.shared_covariance(&b.site, self.reference, &a.reference);
        }
        self.covariance_factor * (own + self.shared_pattern * shared)
    }

    /// The part of [`Pair::covariance`] from counting and read noise alone.
    ///
    /// Site and reference are independent in these, so both parts add up (linear error propagation).
    pub fn noise_covariance(&self, a: &Influence, b: &Influence) -> f64 {
        let site = self.site.noise_covariance(&a.site, &b.site);
        self.covariance_factor * (site + self.reference.noise_covariance(&a.reference, &b.reference))
    }
}

impl Pair<'_> {
    /// Standard deviation of an integral that does not cancel between site and reference: the shared part of the fixed
    /// pattern is left out, since it moves both alike, as far as their shifts agree. Decides whether a peak is there at all.
    ///
    /// `sqrt(f (noise + (1 - kappa r) rest))` summed over both spectra, `r` the correlation of the integral in both by a
    /// pattern shared fully, in the unit of the result (own construction); a variance below zero counts as zero.
    pub fn unshared_sigma(&self, influence: &Influence) -> f64 {
        let part = |sum: &SummedSpectrum, g: &[f64]| {
            let noise = sum.noise_covariance(g, g);
            noise + (1.0 - self.shared_pattern * self.pattern_correlation(g)) * (sum.covariance(g, g) - noise)
        };
        let variance = part(self.site, &influence.site) + part(self.reference, &influence.reference);
        (self.covariance_factor * variance).max(0.0).sqrt()
    }

    /// Correlation of the same result in both spectra by a pattern that they share fully, 0 to 1.
    fn pattern_correlation(&self, g: &[f64]) -> f64 {
        let both = [self.site, self.reference].map(|sum| sum.shared_covariance(g, sum, g));
        let correlation = self.site.shared_covariance(g, self.reference, g) / (both[0] * both[1]).sqrt();
        if correlation.is_finite() { correlation.clamp(0.0, 1.0) } else { 0.0 }
    }
}

/// The background windows, the start of the first lowered until all hold ten channels, checked against data and peaks.
pub(super) fn checked_windows(
    spectrum: &SummedSpectrum,
    edge: &EdgeRecipe,
    site: &str,
) -> Result<Vec<EnergyWindow>, AnalysisError> {
    let asked = edge.background.window_ev;
    let more = &edge.background.more_windows_ev;
    let held: f64 = more.iter().map(EnergyWindow::width_ev).sum();
    let needed = MIN_BACKGROUND_CHANNELS as f64 * spectrum.axis.dispersion_ev() - held;
    let lowered = EnergyWindow::new(asked.lo_ev().min(asked.hi_ev() - needed), asked.hi_ev()).unwrap_or(asked);
    let windows: Vec<EnergyWindow> = std::iter::once(lowered).chain(more.iter().copied()).collect();
    for &window in &windows {
        if let Some(peak) = edge.peaks.iter().find(|peak| peak.window_ev.overlaps(&window)) {
            return Err(AnalysisError::Overlap { edge: edge.name.clone(), window, peak: peak.label.clone() });
        }
        check_covered(spectrum, window, &edge.name, site)?;
    }
    let channels = windows.iter().map(|&window| spectrum.axis.channels_in(window).len()).sum::<usize>();
    if channels + windows.len() < MIN_BACKGROUND_CHANNELS {
        return Err(AnalysisError::TooFewChannels { edge: edge.name.clone(), window: lowered, channels });
    }
    Ok(windows)
}

fn check_covered(spectrum: &SummedSpectrum, window: EnergyWindow, edge: &str, site: &str) -> Result<(), AnalysisError> {
    if spectrum.covers(window) {
        return Ok(());
    }
    let [from_ev, to_ev] = spectrum.valid_ev();
    Err(AnalysisError::OutsideData { edge: edge.to_owned(), site: site.to_owned(), window, from_ev, to_ev })
}
