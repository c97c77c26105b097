//! What a scan holds on average: electrons by position and channel, edge by edge, before any detector.

use ndarray::Array2;

use super::lattice::Chain;
use super::physics;
use super::scatter::{Curve, REACH_EV, Scattering, over_channels};
use super::world::{ColumnChange, World};

/// Expected electrons of one scan, `[position, channel]`, drift included.
#[derive(Debug, Clone, PartialEq)]
pub struct Expected {
    /// Power law.
    pub background: Array2<f64>,
    /// Net Ti L2,3, its continuum included.
    pub ti_l: Array2<f64>,
    /// Net O K.
    pub o_k: Array2<f64>,
}

impl Expected {
    /// Sum of all edges and background.
    ///
    /// Electrons per channel, by the definition.
    pub fn total(&self) -> Array2<f64> {
        &self.background + &self.ti_l + &self.o_k
    }
}

/// What differs between the reference and the scan.
pub(super) struct Specimen {
    pub(super) o1: ColumnChange,
    pub(super) o2: ColumnChange,
    pub(super) ti3_fraction: f64,
    pub(super) ti_l_shift_ev: f64,
    pub(super) t_over_lambda: f64,
}

impl Specimen {
    pub(super) fn reference(world: &World) -> Self {
        Self {
            o1: ColumnChange::NONE,
            o2: ColumnChange::NONE,
            ti3_fraction: 0.0,
            ti_l_shift_ev: 0.0,
            t_over_lambda: world.reference_t_over_lambda,
        }
    }

    pub(super) fn scan(world: &World) -> Self {
        Self {
            o1: world.o1,
            o2: world.o2,
            ti3_fraction: world.ti3_fraction,
            ti_l_shift_ev: world.ti_l_shift_ev,
            t_over_lambda: world.scan_t_over_lambda,
        }
    }
}

/// Components on a fine grid that starts long before the first channel.
pub(super) struct FineSpectra {
    first_ev: f64,
    step_ev: f64,
    background: Vec<f64>,
    ti_l: Vec<f64>,
    /// Of O1, O2 and pristine oxygen.
    o_k: [Vec<f64>; 3],
}

impl FineSpectra {
    /// Components of a specimen after plural scattering, as channels of the world's width count them.
    pub(super) fn new(world: &World, specimen: &Specimen) -> Self {
        /// The grid goes on this far beyond both ends of the axis, for drift and interpolation, eV.
        const MARGIN_EV: f64 = 8.0;
        let half = (world.dispersion_ev / 0.125).ceil().max(1.0);
        let step_ev = 0.5 * world.dispersion_ev / half;
        // Neither below 40 eV (a power law diverges) nor further than losses reach.
        let first_ev = (world.first_ev - MARGIN_EV - REACH_EV).max(40.0);
        let last_ev = world.first_ev + world.channels as f64 * world.dispersion_ev + MARGIN_EV;
        let count = ((last_ev - first_ev) / step_ev).ceil() as usize;
        let tabulate = |f: &dyn Fn(f64) -> f64| -> Vec<f64> {
            (0..count).map(|i| world.dispersion_ev * f(first_ev + i as f64 * step_ev)).collect()
        };
        let wave = |e: f64| 1.0 + world.pre_edge_oscillation * physics::oscillation(e);
        let single = [
            tabulate(&|e| wave(e) * physics::background(world, e)),
            tabulate(&|e| wave(e) * physics::ti_l(world, e, specimen.ti3_fraction, specimen.ti_l_shift_ev)),
            tabulate(&|e| physics::o_k(e, &specimen.o1)),
            tabulate(&|e| physics::o_k(e, &specimen.o2)),
            tabulate(&|e| physics::o_k(e, &ColumnChange::NONE)),
        ];
        let mut plural = Scattering::new(step_ev).apply(&single, specimen.t_over_lambda).into_iter();
        let seen =
            |values| over_channels(&physics::seen_through(values, step_ev, world.zero_loss_fwhm_ev), half as usize);
        let mut next = || seen(plural.next().unwrap_or_default());
        let [background, ti_l, o1, o2, pristine] = [next(), next(), next(), next(), next()];
        Self { first_ev, step_ev, background, ti_l, o_k: [o1, o2, pristine] }
    }

    fn curve<'a>(&self, values: &'a [f64]) -> Curve<'a> {
        Curve { first_ev: self.first_ev, step_ev: self.step_ev, values }
    }

    /// Net O K of O1, O2 and pristine oxygen, per channel of the true axis without drift.
    pub(super) fn o_k_on(&self, world: &World) -> [Vec<f64>; 3] {
        let energies: Vec<f64> = true_energies(world);
        self.o_k.each_ref().map(|values| energies.iter().map(|&e| self.curve(values).at(e)).collect())
    }
}

/// Share of each component at every position.
pub(super) struct Weights {
    pub(super) background: Vec<f64>,
    pub(super) ti_l: Vec<f64>,
    /// Of O1, O2 and pristine oxygen.
    pub(super) o_k: [Vec<f64>; 3],
}

impl Weights {
    pub(super) fn new(world: &World, chain: &Chain) -> Self {
        let modulation = chain.modulation(world.column_spacing_nm);
        let ti = chain.seen(world, &chain.ti_nm);
        Self {
            ti_l: ti.iter().map(|w| 0.6 + 0.3 * w).collect(),
            background: modulation,
            o_k: [
                chain.seen(world, &chain.o1_nm),
                chain.seen(world, &chain.o2_nm),
                vec![world.off_chain_oxygen; world.positions],
            ],
        }
    }
}

/// Centres of all channels on the true axis, eV.
pub(super) fn true_energies(world: &World) -> Vec<f64> {
    (0..world.channels).map(|i| world.first_ev + i as f64 * world.dispersion_ev).collect()
}

/// Expected electrons of a scan whose spectra are moved by `drift_ev`, times `dose`.
pub(super) fn expected(world: &World, fine: &FineSpectra, weights: &Weights, drift_ev: &[f64], dose: f64) -> Expected {
    let shape = (world.positions, world.channels);
    let energies = true_energies(world);
    let mut out = Expected { background: Array2::zeros(shape), ti_l: Array2::zeros(shape), o_k: Array2::zeros(shape) };
    for (i, drift) in drift_ev.iter().enumerate() {
        let mixed = mix(&fine.o_k, &weights.o_k.each_ref().map(|w| w[i]));
        let parts = [
            (&mut out.background, fine.background.as_slice(), weights.background[i]),
            (&mut out.ti_l, &fine.ti_l, weights.ti_l[i]),
            (&mut out.o_k, &mixed, world.o_k_strength),
        ];
        for (table, values, weight) in parts {
            let curve = fine.curve(values);
            let row = table.row_mut(i).into_iter().zip(&energies);
            row.for_each(|(slot, e)| *slot = dose * weight * curve.at(e - drift).max(0.0));
        }
    }
    out
}

/// Weighted sum of spectra of equal length.
pub(super) fn mix(spectra: &[Vec<f64>; 3], weights: &[f64; 3]) -> Vec<f64> {
    let [a, b, c] = spectra;
    a.iter().zip(b).zip(c).map(|((a, b), c)| weights[0] * a + weights[1] * b + weights[2] * c).collect()
}
