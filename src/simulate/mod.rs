//! Line scans with known truth, and the DM4 files that hold them.
//!
//! [`simulate`] turns a [`World`] and a seed into a pristine and a biased line scan along <110> of Li4Ti5O12; equal seeds
//! give equal counts. [`Simulated::truth`] says what an unbiased analysis of them should find.

mod detector;
mod expected;
mod lattice;
mod physics;
mod sample;
mod sample_survey;
mod scatter;
mod survey;
mod truth;
mod world;

use std::sync::Arc;

use ndarray::Array2;

use detector::{Purpose, normals, record, record_low_loss, stream};
pub use expected::Expected;
use expected::{FineSpectra, Specimen, Weights, expected};
use lattice::Chain;
pub use sample::{REFERENCE_FILE, SCAN_FILE, SampleError, SampleFile, sample, sample_files};
pub use sample_survey::{SampleSurvey, sample_survey};
use scatter::{Curve, Scattering, over_channels};
pub use survey::{CHAIN, Survey};
pub use truth::{TrueCalibration, TrueDrop, Truth};
pub use world::{ColumnChange, SimulateError, World};

use crate::model::{Acquisition, EnergyAxis, LineScan, Profile, ProfileKind};

/// One simulated line scan.
#[derive(Debug, Clone)]
pub struct SimulatedScan {
    /// Core-loss counts, on the file's axis.
    pub core: Arc<LineScan>,
    /// Low loss of the same positions, when the world records one.
    pub low_loss: Option<Arc<LineScan>>,
    /// HAADF along the scan: Ti columns bright.
    pub haadf: Profile,
    /// ABF along the scan: all columns dark.
    pub abf: Profile,
    /// Expected electrons, edge by edge, drift included.
    pub expected: Expected,
    /// Energy shift of every spectrum, eV.
    pub drift_ev: Vec<f64>,
}

impl SimulatedScan {
    /// HAADF and ABF.
    pub fn profiles(&self) -> Vec<Profile> {
        vec![self.haadf.clone(), self.abf.clone()]
    }
}

/// A simulated pair of scans.
#[derive(Debug, Clone)]
pub struct Simulated {
    /// The world it was recorded in.
    pub world: World,
    /// The pristine scan.
    pub reference: SimulatedScan,
    /// The biased scan.
    pub scan: SimulatedScan,
}

/// Records a pair of line scans in a world. Equal worlds and seeds give equal counts.
///
/// Expected electrons are `mu = dose (m B + t T + sum_k w_k O_k)`: background, Ti L and O K of every kind of column
/// after plural scattering, by what the probe sees of them. Counts are `g Poisson(mu)`, spikes added, spread over
/// neighbours, times `1 + f`, plus the additive pattern and normal read noise. Own construction; an expectation that is
/// not above zero gives no electrons.
///
/// # Errors
/// [`SimulateError`] naming the field of the world that cannot be.
pub fn simulate(world: &World, seed: u64) -> Result<Simulated, SimulateError> {
    Simulator::new(world)?.record(seed)
}

/// A world made ready to be recorded again and again: what equal seeds and others share is computed once.
pub struct Simulator {
    world: World,
    reference: Ready,
    scan: Ready,
    dose: f64,
}

/// What one of the two scans shows, whatever the seed.
struct Ready {
    chain: Chain,
    specimen: Specimen,
    fine: FineSpectra,
    weights: Weights,
    low_loss: Option<FineLowLoss>,
}

impl Ready {
    fn new(world: &World, first_column_nm: f64, specimen: Specimen) -> Self {
        let chain = Chain::new(world, first_column_nm);
        let fine = FineSpectra::new(world, &specimen);
        let weights = Weights::new(world, &chain);
        let low_loss = world.low_loss.then(|| FineLowLoss::new(world, specimen.t_over_lambda));
        Self { chain, specimen, fine, weights, low_loss }
    }
}

impl Simulator {
    /// Makes a world ready.
    ///
    /// # Errors
    /// As [`simulate`].
    pub fn new(world: &World) -> Result<Self, SimulateError> {
        world.check()?;
        let scan = Ready::new(world, world.first_column_nm, Specimen::scan(world));
        let dose = truth::dose(world, &scan.fine, &scan.weights, &scan.chain)?;
        let reference = Ready::new(world, world.reference_first_column_nm, Specimen::reference(world));
        Ok(Self { world: world.clone(), reference, scan, dose })
    }

    /// Records a pair of line scans, the same as [`simulate`] does.
    ///
    /// # Errors
    /// As [`simulate`].
    pub fn record(&self, seed: u64) -> Result<Simulated, SimulateError> {
        let half = |half: u64, ready| Half { world: &self.world, seed, half, ready, dose: self.dose };
        let scan = half(1, &self.scan).record()?;
        let reference = half(0, &self.reference).record()?;
        Ok(Simulated { world: self.world.clone(), reference, scan })
    }
}

/// The low loss on a grid of four points a channel, with room at both ends for drift.
struct FineLowLoss {
    first_ev: f64,
    step_ev: f64,
    values: Vec<f64>,
}

impl FineLowLoss {
    fn new(world: &World, t_over_lambda: f64) -> Self {
        let step_ev = world.dispersion_ev / 4.0;
        let first_ev = world.low_loss_first_ev - 8.0;
        let count = 4 * world.low_loss_channels + (16.0 / step_ev).ceil() as usize;
        let values = Scattering::new(step_ev).low_loss(first_ev, count, t_over_lambda, world.zero_loss_fwhm_ev);
        Self { first_ev, step_ev, values: over_channels(&values, 2) }
    }
}

/// One of the two scans while it is being recorded; `half` is 0 for the reference, 1 for the scan.
struct Half<'a> {
    world: &'a World,
    seed: u64,
    half: u64,
    ready: &'a Ready,
    dose: f64,
}

impl Half<'_> {
    fn record(&self) -> Result<SimulatedScan, SimulateError> {
        let world = self.world;
        let drift_ev = self.drift();
        let ready = self.ready;
        let expected = expected(world, &ready.fine, &ready.weights, &drift_ev, self.dose);
        let counts = record(world, &expected.total(), self.seed, self.half);
        let stated_ev = world.dispersion_ev * (1.0 + world.dispersion_error);
        let axis = EnergyAxis::new(world.file_ev(world.first_ev), stated_ev, world.channels)?;
        let low_loss = ready.low_loss.as_ref().map(|fine| self.low_loss(fine, &drift_ev, stated_ev)).transpose()?;
        let abf = ready.chain.abf([ready.specimen.o1.occupancy, ready.specimen.o2.occupancy]);
        Ok(SimulatedScan {
            core: Arc::new(self.line_scan(axis, counts)?),
            low_loss: low_loss.map(Arc::new),
            haadf: self.profile(ProfileKind::Haadf, Purpose::Haadf, &ready.chain.haadf()),
            abf: self.profile(ProfileKind::Abf, Purpose::Abf, &abf),
            expected,
            drift_ev,
        })
    }

    fn line_scan(&self, axis: EnergyAxis, counts: Array2<f64>) -> Result<LineScan, SimulateError> {
        let mut scan = LineScan::new(axis, counts)?;
        scan.step_nm = Some(self.world.step_nm);
        scan.reads_per_position = f64::from(self.world.reads_per_position);
        scan.file_counts_per_electron = self.world.file_counts_per_electron;
        scan.acquisition = acquisition(self.world);
        Ok(scan)
    }

    /// Energy shift of every position: constant (scan only), trend, random walk.
    fn drift(&self) -> Vec<f64> {
        let world = self.world;
        let steps = normals(&mut stream(self.seed, Purpose::Drift, self.half), world.positions);
        let mut walk = 0.0;
        let shift = if self.half == 1 { world.scan_shift_ev } else { 0.0 };
        (steps.iter().enumerate())
            .map(|(i, step)| {
                walk += world.drift_walk_ev * step;
                shift + world.drift_trend_ev * i as f64 + walk
            })
            .collect()
    }

    fn low_loss(&self, fine: &FineLowLoss, drift_ev: &[f64], stated_ev: f64) -> Result<LineScan, SimulateError> {
        let world = self.world;
        let curve = Curve { first_ev: fine.first_ev, step_ev: fine.step_ev, values: &fine.values };
        let mean = Array2::from_shape_fn((world.positions, world.low_loss_channels), |(i, j)| {
            let energy_ev = world.low_loss_first_ev + j as f64 * world.dispersion_ev;
            4.0 * world.low_loss_electrons * curve.at(energy_ev - drift_ev[i]).max(0.0)
        });
        let counts = record_low_loss(world, &mean, self.seed, self.half);
        // The zero of the low loss is set by eye on every instrument; its dispersion errs like that of the core loss.
        let axis =
            EnergyAxis::new(world.low_loss_first_ev * (stated_ev / world.dispersion_ev), stated_ev, counts.ncols())?;
        self.line_scan(axis, counts)
    }

    /// A signal along the scan, noise added; the contrast of all of them is about 0.5.
    fn profile(&self, kind: ProfileKind, purpose: Purpose, signal: &[f64]) -> Profile {
        /// Detector units per unit of signal.
        const SCALE: f64 = 10_000.0;
        let noise = normals(&mut stream(self.seed, purpose, self.half), signal.len());
        let sigma = 0.5 * self.world.profile_noise;
        let values = signal.iter().zip(noise).map(|(s, z)| SCALE * (s + sigma * z)).collect();
        Profile { kind, values, sigma: None }
    }
}

/// Settings of the instrument that the worlds are recorded with.
fn acquisition(world: &World) -> Acquisition {
    Acquisition {
        beam_energy_kev: Some(200.0),
        convergence_semi_angle_mrad: Some(22.0),
        collection_semi_angle_mrad: Some(45.0),
        dwell_time_s: Some(0.5 * f64::from(world.reads_per_position)),
        frames: Some(world.reads_per_position),
        ..Acquisition::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Recipe;

    #[test]
    fn equal_seeds_give_equal_counts_and_other_seeds_do_not() {
        let world = World { relative_pattern: 0.01, drift_walk_ev: 0.02, ..World::default() };
        let [a, b, c] = [7, 7, 8].map(|seed| simulate(&world, seed).unwrap());
        assert_eq!(a.scan.core, b.scan.core);
        assert_eq!(a.reference.low_loss, b.reference.low_loss);
        assert_ne!(a.scan.core, c.scan.core);
    }

    #[test]
    fn sums_over_a_site_hold_the_dose_asked_for() {
        for electrons in [2e3, 2e4, 2e5] {
            let made = simulate(&World { electrons_in_a: electrons, ..World::default() }, 1).unwrap();
            let truth = made.truth(&Recipe::preset("lto").unwrap()).unwrap();
            let axis = *made.scan.core.axis();
            let window = crate::model::EnergyWindow::new(529.5, 532.1).unwrap().weights(&axis);
            let sums = truth.sites.iter().map(|site| -> f64 {
                site.positions().iter().map(|&i| window.integrate(&made.scan.expected.o_k.row(i).to_vec())).sum()
            });
            let mean = sums.sum::<f64>() / 2.0;
            assert!((mean / electrons - 1.0).abs() < 0.03, "{mean} of {electrons}");
        }
    }
}
