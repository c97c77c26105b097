//! Signals along a scan in the form that columns are found in.

use crate::analysis::background::{FitFailure, power_law};
use crate::analysis::noise::NoiseModel;
use crate::analysis::pattern::FixedPattern;
use crate::analysis::sums::SummedSpectrum;
use crate::model::{EnergyAxis, EnergyWindow, LineScan, Profile, ProfileKind};

/// A signal along a scan with its noise. Only the shape matters: sigmas are rescaled by the fit's residual.
#[derive(Debug, Clone, PartialEq)]
pub struct SiteProfile {
    /// What it shows.
    pub kind: ProfileKind,
    /// One value per position; columns are bright (ABF is inverted).
    pub values: Vec<f64>,
    /// Standard deviation of each value, at least up to a common factor.
    pub sigma: Vec<f64>,
}

impl From<&Profile> for SiteProfile {
    /// A recorded profile, ABF inverted; equal sigmas where none are stated.
    fn from(profile: &Profile) -> Self {
        let highest = profile.values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let values = match profile.kind {
            ProfileKind::Abf => profile.values.iter().map(|value| highest - value).collect(),
            ProfileKind::Haadf | ProfileKind::OK => profile.values.clone(),
        };
        let sigma = profile.sigma.clone().unwrap_or_else(|| vec![1.0; values.len()]);
        Self { kind: profile.kind, values, sigma }
    }
}

/// Net intensity of an edge at every position, electrons: the power law of the whole scan's sum, scaled at each position
/// by its own background window.
///
/// `axis` is the calibrated axis and `shift_ev` the shift of every position onto it.
///
/// `I = S - k B`, `var I = S + k^2 B + v (m_S + k^2 m_B)`: `S` and `B` the electrons in the signal and background
/// windows, `m` their channels, `v` the read variance, `k` the ratio of the law's integrals. By the definition, linear
/// error propagation; the law's own error is left out, electrons below zero have no variance, and sigma is above zero
/// always.
///
/// # Errors
/// [`FitFailure`] when the sum has no background to fit.
///
/// # Examples
/// ```
/// use moray::analysis::{noise, sites::net_profile};
/// use moray::model::{EnergyAxis, EnergyWindow, LineScan};
/// use ndarray::Array2;
///
/// let axis = EnergyAxis::new(480.0, 0.25, 400)?;
/// // A power law, and an edge that grows by 100 electrons a channel from position to position.
/// let counts = Array2::from_shape_fn((5, 400), |(p, i)| {
///     let e = axis.energy_at(i as f64);
///     let edge = if e < 528.5 { 0.0 } else { 100.0 * p as f64 };
///     1000.0 * (e / 520.0).powf(-3.0) + edge
/// });
/// let one_count_one_electron = noise::estimate(&[], Some(1.0), &[]);
/// // The second window holds 40 channels.
/// let windows = [EnergyWindow::new(519.0, 527.5)?, EnergyWindow::new(530.0, 540.0)?];
/// let scan = LineScan::new(axis, counts)?;
/// let profile = net_profile(&scan, &axis, &[0.0; 5], &one_count_one_electron, windows).unwrap();
/// for (p, net) in profile.values.iter().enumerate() {
///     assert!((net - 4000.0 * p as f64).abs() < 1.0, "{net} at {p}");
/// }
/// assert!(profile.sigma[0] > 0.0 && profile.sigma[4] > profile.sigma[0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn net_profile(
    scan: &LineScan,
    axis: &EnergyAxis,
    shift_ev: &[f64],
    noise: &NoiseModel,
    [background, signal]: [EnergyWindow; 2],
) -> Result<SiteProfile, FitFailure> {
    let all: Vec<usize> = (0..scan.positions()).collect();
    let sum = SummedSpectrum::new(scan, &all, axis, shift_ev, noise, &FixedPattern::none());
    let law = power_law(&sum, background)?;
    let v = noise.read_variance / (noise.gain * noise.gain);
    let (values, sigma) = (all.iter())
        .map(|&position| {
            let axis = axis.shifted(shift_ev.get(position).copied().unwrap_or(0.0));
            let spectrum = scan.spectrum(position);
            let [pre, on] = [background, signal].map(|window| window.weights(&axis));
            // Only inside the windows: this runs while they are dragged.
            let curve = |(i, weight)| weight * law.at(axis.energy_at(i as f64));
            let electrons = |(i, weight): (usize, f64)| Some(weight * (spectrum.get(i)? / noise.gain));
            let scale = on.iter().map(curve).sum::<f64>() / pre.iter().map(curve).sum::<f64>();
            let [before, within] = [&pre, &on].map(|weights| weights.iter().filter_map(electrons).sum::<f64>());
            let reads = v * (on.values.len() as f64 + scale * scale * pre.values.len() as f64);
            let variance = within.max(0.0) + scale * scale * before.max(0.0) + reads;
            (within - scale * before, variance.max(f64::MIN_POSITIVE).sqrt())
        })
        .unzip();
    Ok(SiteProfile { kind: ProfileKind::OK, values, sigma })
}
