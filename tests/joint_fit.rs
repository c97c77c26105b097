//! The joint fit: what it promises on spectra of its own model.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

#[path = "support/joint_fit.rs"]
mod joint_fit;

use moray::analysis::{self, CompareInput, Comparison, ScanInput};
use moray::model::{PeakMeasure, Recipe, Site};
use moray::progress::Progress;
use moray::simulate::{ColumnChange, SimulatedScan, Truth, World, simulate};

#[test]
fn fits_of_the_right_model_reach_the_bound_and_their_intervals_hold() {
    for (electrons_in_a, pairs) in [(2e3, 150), (2e4, 300), (2e5, 150)] {
        for (figures, measure) in joint_fit::figures(pairs, electrons_in_a).into_iter().zip(["areas", "windows"]) {
            println!("{electrons_in_a:.0e} electrons in a, {measure}: {figures:.3?}");
            assert!(figures.rms_over_bound < 1.15, "{electrons_in_a} {measure}: {figures:?}");
            assert!((0.90..0.985).contains(&figures.coverage), "{electrons_in_a} {measure}: {figures:?}");
            assert!(figures.bias < 0.3, "{electrons_in_a} {measure}: {figures:?}");
        }
    }
}

/// A simulated pair compared with joint fits beside the window drops, and its truth.
fn compared(world: &World, seed: u64, change: impl Fn(&mut Recipe)) -> (Comparison, Truth) {
    let simulated = simulate(world, seed).unwrap();
    let mut recipe = Recipe::preset("lto").unwrap();
    recipe.edges[1].joint_fit = true;
    change(&mut recipe);
    let truth = simulated.truth(&recipe).unwrap();
    let input = |name: &str, scan: &SimulatedScan, sites: Vec<Site>| ScanInput {
        name: name.to_owned(),
        scan: scan.core.clone(),
        low_loss: scan.low_loss.clone(),
        profiles: scan.profiles(),
        sites: Some(sites),
    };
    let reference = input("pristine", &simulated.reference, vec![truth.reference_site.clone()]);
    let scans = vec![input("biased", &simulated.scan, truth.sites.clone())];
    (
        analysis::compare(&CompareInput { reference, scans, recipe, ti3_reference: None }, &Progress::new()).unwrap(),
        truth,
    )
}

#[test]
fn the_fitted_edge_over_the_windows_drops_as_it_truly_does() {
    for scan_t_over_lambda in [0.45, 0.85] {
        let world = World { electrons_in_a: 2e4, scan_t_over_lambda, ..World::default() };
        let (mut off, mut valid) = (Vec::new(), 0);
        for seed in 0..8 {
            let (comparison, truth) = compared(&world, seed, |_| {});
            for fit in &comparison.report.edges[0].joint_fit {
                assert!(fit.low_loss);
                valid += usize::from(fit.valid);
                for peak in &fit.peaks[1..] {
                    let window = peak.window.as_ref().unwrap();
                    let truth = truth.drop(&fit.site, &peak.label).unwrap();
                    off.push((window.drop.unwrap() - truth) / window.drop_sigma.unwrap());
                }
            }
        }
        let mean = off.iter().sum::<f64>() / off.len() as f64;
        let rms = (off.iter().map(|z| z * z).sum::<f64>() / off.len() as f64).sqrt();
        println!("thickness {scan_t_over_lambda}: mean {mean:.2}, rms {rms:.2} sigma, {valid} of 16 valid");
        assert!(mean.abs() < 0.6 && rms < 1.5 && valid >= 10, "{mean} {rms} {valid}");
    }
}

#[test]
fn peaks_that_drop_alike_everywhere_drop_by_just_that_as_components() {
    let change = ColumnChange { occupancy: 0.9, drop_b: 0.25, drop_c: 0.3, drop_d: 0.2 };
    let world = World { electrons_in_a: 4e4, o1: change, o2: change, off_chain_oxygen: 0.0, ..World::default() };
    let (comparison, _) = compared(&world, 2, |recipe| recipe.edges[1].measure = PeakMeasure::Component);
    let edge = &comparison.report.edges[0];
    for (peak, drop) in edge.peaks.iter().zip([0.25, 0.3, 0.2]) {
        for (entry, fit) in peak.sites.iter().zip(&edge.joint_fit) {
            assert_eq!(entry.method, "joint-fit");
            let found = entry.drop.unwrap();
            let sigma = entry.drop_sigma.unwrap();
            println!("{} {}: {found:.3} +- {sigma:.3} of {drop}", entry.site, peak.label);
            assert!((found - drop).abs() < 4.0 * sigma && sigma < 0.05, "{} {}: {found}", entry.site, peak.label);
            let beside = fit.peaks.iter().find(|fitted| fitted.label == peak.label).unwrap();
            assert_eq!(beside.component.as_ref().unwrap().drop, entry.drop);
        }
    }
    assert_eq!(edge.normalisation.measure, "area");
    let curves = &comparison.curves.iter().find(|curves| curves.edge == "O K").unwrap().joint_fits;
    for parts in curves.iter().flat_map(|fit| [&fit.parts, &fit.reference_parts]) {
        for i in 0..parts.energy_ev.len() {
            let peaks: f64 = parts.peaks.iter().map(|peak| peak[i]).sum();
            assert!((parts.background[i] + parts.step[i] + peaks - parts.model[i]).abs() < 1e-6 * parts.model[i]);
        }
    }
}

/// Of all drops of components of a world: mean systematic part over sigma, and the share of total intervals that hold the
/// drop that was put in.
fn systematic_of(world: &World, drops: [f64; 3]) -> (f64, f64) {
    let (mut over, mut held, mut count) = (0.0, 0.0, 0.0);
    for seed in 0..24 {
        let (comparison, _) = compared(world, seed, |recipe| recipe.edges[1].measure = PeakMeasure::Component);
        for (peak, truth) in comparison.report.edges[0].peaks.iter().zip(drops) {
            for entry in peak.sites.iter().filter(|entry| entry.drop_ci95.is_some()) {
                let [low, high] = entry.drop_ci95.unwrap();
                over += entry.drop_systematic.unwrap() / entry.drop_sigma.unwrap();
                held += f64::from(u8::from(low <= truth && truth <= high));
                count += 1.0;
            }
        }
    }
    assert!(count > 30.0, "{count} intervals");
    println!("systematic over sigma {:.2}, held {:.3} of {count}", over / count, held / count);
    (over / count, held / count)
}

#[test]
fn components_carry_what_the_range_of_the_fit_does_to_them() {
    let change = ColumnChange { occupancy: 0.9, drop_b: 0.25, drop_c: 0.3, drop_d: 0.2 };
    let ideal = World { electrons_in_a: 2e4, o1: change, o2: change, off_chain_oxygen: 0.0, ..World::default() };
    let (small, held) = systematic_of(&ideal, [0.25, 0.3, 0.2]);
    assert!(small < 0.8 && held > 0.9, "{small} {held}");
    let wavy = World { pre_edge_oscillation: 0.01, electrons_in_a: 4e4, ..ideal };
    let (large, _) = systematic_of(&wavy, [0.25, 0.3, 0.2]);
    assert!(large > small, "{large} against {small}");
}

#[test]
fn a_pattern_leaves_components_without_intervals_and_says_why() {
    let world = World { electrons_in_a: 1e5, relative_pattern: 0.03, shared_pattern: false, ..World::default() };
    let (comparison, _) = compared(&world, 3, |recipe| recipe.edges[1].measure = PeakMeasure::Component);
    let edge = &comparison.report.edges[0];
    let fit = &edge.joint_fit[0];
    assert!(!fit.valid && fit.reason.as_deref().is_some_and(|reason| reason.contains("pattern")), "{fit:?}");
    assert!(fit.peaks[1].component.as_ref().is_some_and(|drop| drop.drop.is_some() && drop.drop_ci95.is_none()));
    let entry = &edge.peaks[0].sites[0];
    assert!(entry.drop.is_some() && entry.drop_ci95.is_none() && entry.p.is_none());
    assert!(entry.reason.as_deref().is_some_and(|reason| reason.contains("not valid")), "{entry:?}");
    assert!(comparison.report.warnings.iter().any(|warning| warning.code == "joint-fit-invalid"));
}

#[test]
fn a_spectrum_fitted_jointly_with_itself_drops_by_nothing() {
    let simulated = simulate(&World { electrons_in_a: 2e4, ..World::default() }, 1).unwrap();
    let mut recipe = Recipe::preset("lto").unwrap();
    recipe.edges[1].measure = PeakMeasure::Component;
    let truth = simulated.truth(&recipe).unwrap();
    let input = |name: &str| ScanInput {
        name: name.to_owned(),
        scan: simulated.reference.core.clone(),
        low_loss: simulated.reference.low_loss.clone(),
        profiles: Vec::new(),
        sites: Some(vec![truth.reference_site.clone()]),
    };
    let input = CompareInput { reference: input("one"), scans: vec![input("two")], recipe, ti3_reference: None };
    let comparison = analysis::compare(&input, &Progress::new()).unwrap();
    for peak in &comparison.report.edges[0].peaks {
        assert!(peak.sites[0].drop.unwrap().abs() < 1e-9, "{:?}", peak.sites[0]);
    }
}
