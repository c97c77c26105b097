//! Many scans of one world, analysed with the true sites, and what came out beside what was put in.

use std::sync::Arc;

use moray::analysis::ti_l::Ti3Reference;
use moray::analysis::{self, CompareInput, ScanInput, TiL};
use moray::model::{PeakMeasure, Recipe, Site};
use moray::progress::Progress;
use moray::simulate::{Simulated, SimulatedScan, Simulator, Truth, World, simulate};
use rayon::prelude::*;

/// A log ratio that was measured, with what is true and claimed of it.
#[derive(Debug, Clone)]
pub(crate) struct Measured {
    /// `O1 b` and so on.
    pub(crate) name: String,
    /// Difference from the true log ratio.
    pub(crate) error: f64,
    /// Its statistical standard deviation.
    pub(crate) sigma: f64,
    /// Its systematic one.
    pub(crate) systematic: f64,
    /// Whether the 95 % and the 68 % interval, systematic part included, hold the truth.
    pub(crate) held: [bool; 2],
}

impl Measured {
    fn new(name: String, drop: f64, drop_sigma: f64, truth: f64, intervals: [[f64; 2]; 2]) -> Self {
        let kept = 1.0 - drop;
        let sigma = drop_sigma / kept;
        // The interval reaches 1.96 of the total sigma to either side in ln(1 - drop).
        let total = ((1.0 - intervals[0][0]) / (1.0 - intervals[0][1])).ln() / (2.0 * 1.959_964);
        Self {
            name,
            error: kept.ln() - (1.0 - truth).ln(),
            sigma,
            systematic: (total * total - sigma * sigma).max(0.0).sqrt(),
            held: intervals.map(|[low, high]| low <= truth && truth <= high),
        }
    }

    /// Deviation in units of the statistical sigma.
    pub(crate) fn z(&self) -> f64 {
        self.error / self.sigma
    }

    /// Deviation in units of the total sigma.
    pub(crate) fn z_total(&self) -> f64 {
        self.error / self.total()
    }

    /// Statistical and systematic sigma together.
    pub(crate) fn total(&self) -> f64 {
        self.sigma.hypot(self.systematic)
    }
}

/// Ti L of one site.
#[derive(Debug, Clone)]
pub(crate) struct Ti {
    pub(crate) p_equal: f64,
    pub(crate) shift_ev: f64,
    pub(crate) shift_sigma_ev: f64,
    pub(crate) fraction: f64,
    pub(crate) fraction_sigma: f64,
    pub(crate) upper95: f64,
}

impl Ti {
    /// `None` where Ti L could not be compared.
    fn of(entry: &TiL) -> Option<Self> {
        Some(Self {
            p_equal: entry.p_equal?,
            shift_ev: entry.shift_ev?,
            shift_sigma_ev: entry.shift_sigma_ev?,
            fraction: entry.ti3_fraction?,
            fraction_sigma: entry.ti3_sigma?,
            upper95: entry.ti3_upper95?,
        })
    }

    /// Whether Ti3+ is found at the one-sided 5 % level.
    pub(crate) fn detected(&self) -> bool {
        self.fraction > 1.646 * self.fraction_sigma
    }
}

/// One pair of scans, analysed.
#[derive(Debug, Clone)]
pub(crate) struct Outcome {
    pub(crate) drops: Vec<Measured>,
    pub(crate) against: Vec<Measured>,
    pub(crate) undetected: usize,
    /// Estimated over true gain.
    pub(crate) gain: f64,
    /// Of the scan with the reference.
    pub(crate) shared: f64,
    /// X^2 of the noise checks.
    pub(crate) self_checks: Vec<f64>,
    pub(crate) ti: Vec<Ti>,
    /// Error of the calibrated energy of peak a, eV, and of the dispersion, relative.
    pub(crate) calibration: [f64; 2],
}

/// The input of a comparison with the true sites.
fn input(made: &Simulated, truth: &Truth, recipe: &Recipe) -> CompareInput {
    let scan = |name: &str, scan: &SimulatedScan, sites: &[Site]| ScanInput {
        name: name.to_owned(),
        scan: scan.core.clone(),
        low_loss: scan.low_loss.clone(),
        profiles: Vec::new(),
        sites: Some(sites.to_vec()),
    };
    let reference = scan("pristine", &made.reference, std::slice::from_ref(&truth.reference_site));
    CompareInput {
        reference,
        scans: vec![scan("biased", &made.scan, &truth.sites)],
        recipe: recipe.clone(),
        ti3_reference: None,
    }
}

/// `scans` pairs of a world, seeds from 0, each through the whole comparison. Equal for any number of threads.
pub(crate) fn outcomes(world: &World, scans: u64) -> Vec<Outcome> {
    outcomes_in(world, scans, &lto(), None)
}

/// The same with plural scattering removed: what is true is what a specimen without thickness shows.
pub(crate) fn outcomes_without_plural(world: &World, scans: u64) -> Vec<Outcome> {
    let mut recipe = lto();
    recipe.edges.iter_mut().for_each(|edge| edge.measure = PeakMeasure::SingleScattering);
    let thin = World { reference_t_over_lambda: 0.0, scan_t_over_lambda: 0.0, ..world.clone() };
    let truth = simulate(&thin, 0).unwrap().truth(&recipe).unwrap();
    outcomes_in(world, scans, &recipe, Some(&truth))
}

/// Drops are held against `drops` where those of the world itself are not what is measured.
fn outcomes_in(world: &World, scans: u64, recipe: &Recipe, drops: Option<&Truth>) -> Vec<Outcome> {
    let simulator = Simulator::new(world).unwrap();
    let truth = simulator.record(0).unwrap().truth(recipe).unwrap();
    let one = |seed| outcome(&simulator.record(seed).unwrap(), [&truth, drops.unwrap_or(&truth)], recipe, None);
    (0..scans).into_par_iter().map(one).collect()
}

fn lto() -> Recipe {
    Recipe::preset("lto").unwrap()
}

/// The same when every seed has a world of its own and the user supplies a Ti3+ reference.
pub(crate) fn outcomes_of(
    world: &(dyn Fn(u64) -> World + Sync),
    scans: u64,
    ti3: Option<&Arc<Ti3Reference>>,
) -> Vec<Outcome> {
    let one = |seed| {
        let made = simulate(&world(seed), seed).unwrap();
        let truth = made.truth(&lto()).unwrap();
        outcome(&made, [&truth, &truth], &lto(), ti3)
    };
    (0..scans).into_par_iter().map(one).collect()
}

/// What a comparison found, beside what is true; drifts in the truth may be those of another seed.
fn outcome(
    made: &Simulated,
    [truth, true_drops]: [&Truth; 2],
    recipe: &Recipe,
    ti3: Option<&Arc<Ti3Reference>>,
) -> Outcome {
    let input = CompareInput { ti3_reference: ti3.cloned(), ..input(made, truth, recipe) };
    let report = analysis::compare(&input, &Progress::new()).unwrap().report;
    let (mut drops, mut against, mut undetected) = (Vec::new(), Vec::new(), 0);
    for peak in &report.edges[0].peaks {
        let true_drop = |site: &str| true_drops.drop(site, &peak.label).unwrap();
        for entry in &peak.sites {
            let name = format!("{} {}", entry.site, peak.label);
            let Some(drop) = entry.drop else {
                undetected += 1;
                continue;
            };
            let intervals = [entry.drop_ci95.unwrap(), entry.drop_ci68.unwrap()];
            drops.push(Measured::new(name, drop, entry.drop_sigma.unwrap(), true_drop(&entry.site), intervals));
        }
        for entry in &peak.site_against_site {
            let Some(drop) = entry.drop else { continue };
            let interval = entry.drop_ci95.unwrap();
            let truth = 1.0 - (1.0 - true_drop("O1")) / (1.0 - true_drop("O2"));
            against.push(Measured::new(peak.label.clone(), drop, entry.drop_sigma.unwrap(), truth, [interval; 2]));
        }
    }
    let calibration = &report.calibration[0];
    let in_file = |energy_ev: f64| {
        truth.calibration.pivot_ev
            + (energy_ev - truth.calibration.pivot_ev - truth.calibration.offset_ev)
                / truth.calibration.dispersion_scale
    };
    let found_ev = calibration.pivot_ev
        + calibration.offset_ev
        + calibration.dispersion_scale * (in_file(531.0) - calibration.pivot_ev);
    Outcome {
        drops,
        against,
        undetected,
        gain: report.gain.counts_per_electron / truth.counts_per_electron,
        shared: report.pattern[1].shared_with_reference,
        self_checks: report.self_check.iter().filter(|check| check.split != "halves").map(|c| c.chi2).collect(),
        ti: report.ti_l.iter().filter_map(Ti::of).collect(),
        calibration: [found_ev - 531.0, calibration.dispersion_scale / truth.calibration.dispersion_scale - 1.0],
    }
}
