//! The ideal world: the file's axis is right, no fixed pattern, a simple pre-edge; the gain comes from the scan.

use std::sync::Arc;

use moray::analysis::ti_l::Ti3Reference;
use moray::simulate::{ColumnChange, World, simulate};

use super::bound::bounds;
use super::joint_fit;
use super::statistics::{DROPS, deviation, largest, mean, of, rms, share, share_of, share_of_all, smallest};
use super::table::{Estimate, Figure, Group, Plan, Unit};
use super::world::{Outcome, outcomes, outcomes_of, outcomes_without_plural};

const ANY: f64 = f64::INFINITY;
/// Half widths of 68 % and 95 % intervals in sigma.
const ONE_SIGMA: f64 = 0.994_458;
const TWO_SIGMA: f64 = 1.959_964;

/// The ideal world at a dose. Its read noise is two thirds of an electron.
pub(crate) fn ideal(electrons_in_a: f64) -> World {
    World { electrons_in_a, read_noise_counts: 4.0, ..World::default() }
}

/// Rows of the ideal world.
pub(crate) fn group(plan: &Plan) -> Group {
    let mut rows = Vec::new();
    for dose in [2e3, 2e4, 2e5] {
        rows.extend(plan.row(&format!("ideal, {dose:.0e} electrons in a"), || {
            // Coverage lies near its limits here and there: more scans, so that chance does not decide.
            let found = outcomes(&ideal(dose), 2 * plan.scans);
            [window_drop(&found, dose), gain(&found), ti_l(&found)].concat()
        }));
    }
    for dose in [2e3, 2e4, 2e5] {
        let name = format!("joint fit, right model, {dose:.0e} electrons in a");
        rows.extend(plan.row(&name, || right_model(dose, plan.scans)));
    }
    for dose in [2e4, 2e5] {
        for (thicker, scan_is_thicker) in [("scan", true), ("reference", false)] {
            let name = format!("{thicker} thicker by 0.4 λ, matched, {dose:.0e} electrons in a");
            rows.extend(plan.row(&name, || thickness(scan_is_thicker, dose, plan.scans)));
        }
    }
    for (dose, scan, reference) in [(2e4, 0.85, 0.45), (2e4, 0.45, 0.85), (2e5, 0.85, 0.45)] {
        let name = format!("plural scattering of {scan} and {reference} λ removed, {dose:.0e} electrons in a");
        rows.extend(plan.row(&name, || {
            let world = World { scan_t_over_lambda: scan, reference_t_over_lambda: reference, ..ideal(dose) };
            bias_and_coverage(&outcomes_without_plural(&world, plan.scans))
        }));
    }
    rows.extend(plan.row("both scans thick, 0.85 λ, 2e5 electrons in a (for comparison)", || {
        let thick = World { scan_t_over_lambda: 0.85, reference_t_over_lambda: 0.85, ..ideal(2e5) };
        vec![Figure::new("bias in σ", pooled_bias(&outcomes(&thick, plan.scans)), 0.0..=ANY, Unit::Number(2))]
    }));
    rows.extend(plan.row("Ti3+ 5 %, its reference supplied, 2e4 electrons in a", || ti3_limit(plan.scans)));
    for dose in [2e4, 2e5] {
        let name = format!("O1 against O2, equal sites, {dose:.0e} electrons in a");
        rows.extend(plan.row(&name, || equal_sites(dose, plan.scans)));
    }
    Group { heading: "The ideal world", rows }
}

fn window_drop(found: &[Outcome], dose: f64) -> Vec<Figure> {
    let bounds = bounds(&ideal(dose));
    let high = dose >= 1e5;
    let over_bound = DROPS.map(|name| {
        let rms = rms(found, of(name, |drop| drop.error));
        Estimate { value: rms.value / bounds[name], error: rms.error / bounds[name] }
    });
    let bias = DROPS.map(|name| mean(found, of(name, |drop| drop.z())).abs());
    let width = DROPS.map(|name| mean(found, of(name, |drop| drop.total() / drop.sigma)));
    let each = || DROPS.map(|name| share_of(found, name, |drop| drop.z().abs() < TWO_SIGMA));
    let undetected = mean(found, |outcome| vec![outcome.undetected as f64 / DROPS.len() as f64]);
    let (percent, number) = (Unit::Percent, Unit::Number(2));
    let held = share_of_all(found, |d| d.z().abs() < ONE_SIGMA);
    let one_sigma = Figure::new("68 % coverage, statistical", held, 0.64..=0.72, percent);
    let total = if high { 0.96..=1.0 } else { 0.93..=0.98 };
    vec![
        Figure::new("RMS over Cramér-Rao bound, worst drop", largest(over_bound), 0.0..=1.20, number),
        Figure::new("bias in σ, worst drop", largest(bias), 0.0..=if high { 0.5 } else { 0.25 }, number),
        Figure::new(
            "95 % coverage, statistical",
            share_of_all(found, |d| d.z().abs() < TWO_SIGMA),
            0.925..=0.97,
            percent,
        ),
        Figure::new("95 % coverage, statistical, lowest drop", smallest(each()), 0.905..=0.98, percent),
        Figure::new("95 % coverage, statistical, highest drop", largest(each()), 0.905..=0.98, percent),
        one_sigma,
        Figure::new("95 % coverage, total", share_of_all(found, |d| d.held[0]), total, percent),
        Figure::new(
            "width of the total over the statistical interval, widest drop",
            largest(width),
            1.0..=if high { 2.5 } else { 1.3 },
            number,
        ),
        Figure::new("peaks not detected", undetected, 0.0..=0.01, percent),
    ]
}

fn gain(found: &[Outcome]) -> Vec<Figure> {
    let bias = mean(found, |outcome| vec![outcome.gain - 1.0]).abs();
    let scatter = deviation(found, |outcome| vec![outcome.gain]);
    vec![
        Figure::new("gain: bias", bias, 0.0..=0.03, Unit::Percent),
        Figure::new("gain: scatter", scatter, 0.0..=0.04, Unit::Percent),
    ]
}

fn ti_l(found: &[Outcome]) -> Vec<Figure> {
    let different = share(found, |outcome| outcome.ti.iter().map(|ti| ti.p_equal < 0.05).collect());
    let false_ti3 = share(found, |outcome| outcome.ti.iter().map(|ti| ti.detected()).collect());
    let scatter = deviation(found, |outcome| outcome.ti.iter().map(|ti| ti.shift_ev / ti.shift_sigma_ev).collect());
    vec![
        Figure::new("Ti L: p_equal < 0.05 when equal", different, 0.03..=0.10, Unit::Percent),
        Figure::new("Ti L: Ti3+ found where there is none", false_ti3, 0.02..=0.085, Unit::Percent),
        Figure::new("Ti L: scatter of the shift over its σ", scatter, 1.0 / 1.1..=1.0 / 0.9, Unit::Number(2)),
    ]
}

/// Pairs of spectra drawn from the model of the joint fit: areas, and the fitted edge over the windows.
fn right_model(dose: f64, pairs: u64) -> Vec<Figure> {
    let count = pairs as f64;
    let of_one = |(found, measure): (joint_fit::Figures, &str)| {
        let figure = |what: &str, value: f64, error: f64, required, unit| {
            Figure::new(&format!("{measure}: {what}"), Estimate { value, error }, required, unit)
        };
        let (rms, covered) = (found.rms_over_bound, found.coverage);
        // Peaks b, c and d hardly agree with each other, so that three of them count as two.
        let coverage_error = (covered * (1.0 - covered) / (2.0 * count)).sqrt();
        vec![
            figure("RMS over Cramér-Rao bound", rms, rms / (4.0 * count).sqrt(), 0.0..=1.10, Unit::Number(2)),
            figure("95 % coverage", covered, coverage_error, 0.925..=0.97, Unit::Percent),
            figure("bias in σ, worst peak", found.bias, 1.0 / count.sqrt(), 0.0..=0.25, Unit::Number(2)),
        ]
    };
    joint_fit::figures(pairs, dose).into_iter().zip(["areas", "windows"]).flat_map(of_one).collect()
}

fn thickness(scan_is_thicker: bool, dose: f64, scans: u64) -> Vec<Figure> {
    let (thin, thick) = (0.45, 0.85);
    let [scan_t_over_lambda, reference_t_over_lambda] = if scan_is_thicker { [thick, thin] } else { [thin, thick] };
    let world = World { scan_t_over_lambda, reference_t_over_lambda, ..ideal(dose) };
    bias_and_coverage(&outcomes(&world, scans))
}

fn bias_and_coverage(found: &[Outcome]) -> Vec<Figure> {
    let coverage = share_of_all(found, |drop| drop.z().abs() < TWO_SIGMA);
    vec![
        Figure::new("bias in σ", pooled_bias(found), 0.0..=0.3, Unit::Number(2)),
        Figure::new("95 % coverage, statistical", coverage, 0.92..=0.97, Unit::Percent),
        Figure::new("95 % coverage, total", share_of_all(found, |d| d.held[0]), 0.92..=ANY, Unit::Percent),
    ]
}

/// Mean deviation of all drops in σ, whatever its sign.
fn pooled_bias(found: &[Outcome]) -> Estimate {
    mean(found, |outcome| outcome.drops.iter().map(|drop| drop.z()).collect()).abs()
}

/// A scan with Ti3+ and the spectrum of a specimen of Ti3+ alone.
fn ti3_limit(scans: u64) -> Vec<Figure> {
    const FRACTION: f64 = 0.05;
    let pure = simulate(&World { ti3_fraction: 1.0, ..ideal(1e6) }, 0).unwrap().scan.core;
    let reference = Arc::new(Ti3Reference { name: "Ti3+".to_owned(), scan: pure });
    let world = World { ti3_fraction: FRACTION, ..ideal(2e4) };
    let found = outcomes_of(&|_| world.clone(), scans, Some(&reference));
    let covered = share(&found, |outcome| outcome.ti.iter().map(|ti| ti.upper95 >= FRACTION).collect());
    vec![Figure::new("the 95 % upper limit covers it", covered, 0.94..=1.0, Unit::Percent)]
}

fn equal_sites(dose: f64, scans: u64) -> Vec<Figure> {
    let both = ColumnChange { occupancy: 0.93, drop_b: 0.2, drop_c: 0.22, drop_d: 0.2 };
    let found = outcomes(&World { o1: both, o2: both, ..ideal(dose) }, scans);
    let false_alarm = share(&found, |outcome| outcome.against.iter().map(|drop| drop.z().abs() > 1.96).collect());
    vec![Figure::new("z beyond ±1.96", false_alarm, 0.03..=0.075, Unit::Percent)]
}
