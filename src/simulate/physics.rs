//! Shapes of edges and low losses: densities per eV as functions of energy loss, in units of the height of O K peak a.
//!
//! Energies and widths are typical values of Li4Ti5O12 at 0.8 eV resolution; the resolution is part of the widths.

use libm::{erf, exp, pow};

use super::world::{ColumnChange, World};

/// Middle of Ti L3 and L2 (eg peaks), eV: the energy about which a wrong dispersion turns.
pub(super) const TI_L_MIDDLE_EV: f64 = 463.1;
/// Net window of peak a that sets the dose, eV.
pub(super) const PEAK_A_EV: [f64; 2] = [529.5, 532.1];
/// Energy where heights of backgrounds are stated, eV.
const O_K_EV: f64 = 531.0;
/// Full width at half maximum of a Gaussian over its standard deviation.
pub(super) const FWHM_PER_SIGMA: f64 = 2.354_820_045_030_949;

/// A Gaussian peak: centre and full width at half maximum in eV, height.
struct Peak {
    centre_ev: f64,
    fwhm_ev: f64,
    height: f64,
}

const fn peak(centre_ev: f64, fwhm_ev: f64, height: f64) -> Peak {
    Peak { centre_ev, fwhm_ev, height }
}

/// Ti L3 t2g, L3 eg, L2 t2g, L2 eg.
const TI_L_PEAKS: [Peak; 4] =
    [peak(458.3, 1.0, 1.7), peak(460.4, 1.5, 2.2), peak(463.7, 1.5, 1.9), peak(465.8, 1.9, 2.1)];
/// Continuum steps of L3 and L2: onset eV, height.
const TI_L_STEPS: [(f64, f64); 2] = [(460.4, 0.34), (465.8, 0.17)];
/// O K a, b, c, d. With the continuum c stands 1.45 times as high as a, d 1.2 times, as in titanates: net O K of two public
/// SrTiO3 measurements, plural scattering included, has c at 1.30 and 1.41, d at 1.34 and 1.35 times the height of a.
const O_K_PEAKS: [Peak; 4] =
    [peak(531.0, 1.5, 1.0), peak(533.3, 1.8, 0.8), peak(539.0, 4.0, 0.95), peak(544.5, 5.0, 0.7)];
/// Height of the O K continuum, which saturates 4 eV above a.
const O_K_STEP: f64 = 0.5;
/// How fast continua fall with energy.
const CONTINUUM_EXPONENT: f64 = 2.5;

/// Resolution that edges are tabulated for, full width at half maximum in eV.
const TABULATED_FWHM_EV: f64 = 0.8;

/// Values on a grid of `step_ev` as a zero-loss peak of this width shows them; as they are where it is no wider than
/// what they are tabulated for. End values go on beyond the ends.
pub(super) fn seen_through(values: Vec<f64>, step_ev: f64, zero_loss_fwhm_ev: f64) -> Vec<f64> {
    let missing = zero_loss_fwhm_ev * zero_loss_fwhm_ev - TABULATED_FWHM_EV * TABULATED_FWHM_EV;
    if missing <= 0.0 {
        return values;
    }
    let fwhm_ev = missing.sqrt();
    let reach = (2.0 * fwhm_ev / step_ev).ceil() as i64;
    let kernel: Vec<f64> = (-reach..=reach).map(|k| gaussian(k as f64 * step_ev, fwhm_ev)).collect();
    let sum: f64 = kernel.iter().sum();
    let last = values.len() as i64 - 1;
    let at = |i: i64| values.get(i.clamp(0, last.max(0)) as usize).copied().unwrap_or(0.0);
    (0..=last).map(|i| kernel.iter().zip(-reach..).map(|(weight, k)| weight * at(i + k)).sum::<f64>() / sum).collect()
}

/// A Gaussian of unit height.
pub(super) fn gaussian(x: f64, fwhm: f64) -> f64 {
    let z = x / fwhm * FWHM_PER_SIGMA;
    exp(-0.5 * z * z)
}

/// A continuum: an error-function step of the given width, then `(E/p)^-2.5`.
fn step(energy_ev: f64, onset_ev: f64, width_ev: f64) -> f64 {
    0.5 * (1.0 + erf((energy_ev - onset_ev) / (0.6 * width_ev))) * pow(energy_ev / onset_ev, -CONTINUUM_EXPONENT)
}

/// The power-law pre-edge.
pub(super) fn background(world: &World, energy_ev: f64) -> f64 {
    world.background_at_ok * pow(energy_ev / O_K_EV, -world.background_exponent)
}

/// Ti L2,3 of Ti4+, shifted by `shift_ev`.
fn ti4(energy_ev: f64, shift_ev: f64) -> f64 {
    let e = energy_ev - shift_ev;
    let lines: f64 = TI_L_PEAKS.iter().map(|p| p.height * gaussian(e - p.centre_ev, p.fwhm_ev)).sum();
    let steps: f64 = TI_L_STEPS.iter().map(|(onset, height)| height * step(e, *onset, 3.0)).sum();
    lines + steps
}

/// Ti L2,3 with a share of Ti3+, whose lines are shifted; the whole edge moved by `shift_ev`.
pub(super) fn ti_l(world: &World, energy_ev: f64, ti3_fraction: f64, shift_ev: f64) -> f64 {
    let ti3 = if ti3_fraction == 0.0 { 0.0 } else { ti3_fraction * ti4(energy_ev, shift_ev + world.ti3_shift_ev) };
    world.ti_l_strength * ((1.0 - ti3_fraction) * ti4(energy_ev, shift_ev) + ti3)
}

/// O K of a column.
pub(super) fn o_k(energy_ev: f64, change: &ColumnChange) -> f64 {
    let kept = [1.0, 1.0 - change.drop_b, 1.0 - change.drop_c, 1.0 - change.drop_d];
    let lines: f64 = O_K_PEAKS
        .iter()
        .zip(kept)
        .map(|(p, kept)| kept * p.height * gaussian(energy_ev - p.centre_ev, p.fwhm_ev))
        .sum();
    change.occupancy * (lines + O_K_STEP * step(energy_ev, O_K_EV + 4.0, 3.0))
}

/// Relative oscillation of the pre-edge above Ti L: fine structure of its continuum.
///
/// A damped cosine of the photoelectron's wave number at the Ti-O distance, standard deviation 1 over 480-527 eV.
pub(super) fn oscillation(energy_ev: f64) -> f64 {
    /// Atomic distance, angstrom.
    const DISTANCE: f64 = 1.95;
    /// h^2/2m, eV angstrom^2.
    const KINETIC: f64 = 3.81;
    /// Makes the standard deviation over 480-527 eV one.
    const NORMALISATION: f64 = 1.62;
    let above = energy_ev - TI_L_MIDDLE_EV;
    if above <= 0.0 {
        return 0.0;
    }
    let k = libm::sqrt(above / KINETIC);
    let rise = 1.0 - exp(-above / 6.0);
    NORMALISATION * rise * exp(-0.015 * k * k) * libm::cos(2.0 * k * DISTANCE + 0.6)
}

/// Single inelastic scattering: a broad plasmon at 24 eV, a shoulder at 13 eV, Ti M2,3 at 42 eV; not normalised.
pub(super) fn single_scattering(loss_ev: f64) -> f64 {
    /// Band gap: no loss below, eV.
    const GAP: f64 = 3.5;
    if loss_ev <= GAP {
        return 0.0;
    }
    let drude = |energy: f64, width: f64| {
        let e2 = loss_ev * loss_ev;
        let detuned = e2 - energy * energy;
        loss_ev * width * energy * energy / (detuned * detuned + e2 * width * width)
    };
    let above = (loss_ev - GAP) / 2.0;
    let opening = above * above / (1.0 + above * above);
    opening * (drude(24.0, 13.0) + 0.3 * drude(13.0, 6.0) + 0.15 * drude(42.0, 9.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oscillation_has_unit_standard_deviation_over_the_pre_edge() {
        let values: Vec<f64> = (0..471).map(|i| oscillation(480.0 + 0.1 * f64::from(i))).collect();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let rms = (values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / values.len() as f64).sqrt();
        assert!((rms - 1.0).abs() < 0.02, "rms {rms}, mean {mean}");
    }

    #[test]
    fn c_and_d_stand_above_a_as_in_titanates() {
        let height = |energy_ev| o_k(energy_ev, &ColumnChange::NONE) / o_k(O_K_EV, &ColumnChange::NONE);
        assert!((1.3..1.5).contains(&height(539.0)), "c: {}", height(539.0));
        assert!((1.1..1.4).contains(&height(544.5)), "d: {}", height(544.5));
    }

    #[test]
    fn the_pre_edge_at_o_k_is_about_as_high_as_peak_a() {
        let world = World::default();
        let ratio = background(&world, 529.0) + ti_l(&world, 529.0, 0.0, 0.0);
        assert!((0.7..1.3).contains(&ratio), "{ratio}");
    }
}
