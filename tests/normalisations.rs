//! Drops under other normalisations and under other windows, against simulated truth.

#![allow(clippy::unwrap_used)] // a test that cannot set itself up has failed

use moray::analysis::{self, CompareInput, Report, ScanInput};
use moray::model::{EnergyWindow, Recipe, Site};
use moray::progress::Progress;
use moray::simulate::{Simulated, SimulatedScan, World, simulate};

fn input(made: &Simulated) -> CompareInput {
    let recipe = Recipe::preset("lto").unwrap();
    let truth = made.truth(&recipe).unwrap();
    let scan = |name: &str, scan: &SimulatedScan, sites: &[Site]| ScanInput {
        name: name.to_owned(),
        scan: scan.core.clone(),
        low_loss: scan.low_loss.clone(),
        profiles: Vec::new(),
        sites: Some(sites.to_vec()),
    };
    let reference = scan("pristine", &made.reference, std::slice::from_ref(&truth.reference_site));
    CompareInput { reference, scans: vec![scan("biased", &made.scan, &truth.sites)], recipe, ti3_reference: None }
}

fn report(input: &CompareInput) -> Report {
    analysis::compare(input, &Progress::new()).unwrap().report
}

/// Expected net electrons of O K or Ti L in a window, summed over a site.
fn expected(scan: &SimulatedScan, site: &Site, window: EnergyWindow, ti_l: bool) -> f64 {
    let table = if ti_l { &scan.expected.ti_l } else { &scan.expected.o_k };
    let weights = window.weights(scan.core.axis());
    site.positions().iter().map(|&i| weights.integrate(&table.row(i).to_vec())).sum()
}

#[test]
fn drops_under_every_normalisation_scatter_about_their_truth_as_they_claim() {
    let world = World::default();
    let mut deviations: std::collections::BTreeMap<String, Vec<f64>> = std::collections::BTreeMap::new();
    for seed in 0..40 {
        let made = simulate(&world, seed).unwrap();
        let input = input(&made);
        let recipe = &input.recipe;
        let found = report(&input);
        assert!(found.not_computed.is_empty(), "{:?}", found.not_computed);
        let truth = made.truth(recipe).unwrap();
        for other in &found.edges[0].other_normalisations {
            let (window, ti_l) = match other.by.as_str() {
                "post-edge" => (recipe.other_normalisations.post_edge_ev, false),
                "o-k-total" => (recipe.other_normalisations.total_ev, false),
                _ => (recipe.edges[0].compare_window_ev.unwrap(), true),
            };
            for entry in &other.drops {
                let peak = recipe.edges[1].peak(&entry.peak).unwrap().window_ev;
                let ratio = |scan: &SimulatedScan, site: &Site| {
                    expected(scan, site, peak, false) / expected(scan, site, window, ti_l)
                };
                let site = truth.sites.iter().find(|site| site.name == entry.site).unwrap();
                let true_drop = 1.0 - ratio(&made.scan, site) / ratio(&made.reference, &truth.reference_site);
                deviations.entry(other.by.clone()).or_default().push((entry.drop - true_drop) / entry.drop_sigma);
            }
        }
    }
    assert_eq!(deviations.keys().collect::<Vec<_>>(), ["o-k-total", "post-edge", "ti-l"]);
    for (by, z) in &deviations {
        let mean = z.iter().sum::<f64>() / z.len() as f64;
        let sd = (z.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / z.len() as f64).sqrt();
        println!("{by}: {} drops, mean {mean:.2}, sd {sd:.2}", z.len());
        assert_eq!(z.len(), 40 * 2 * 4, "a, b, c and d at both sites");
        assert!(mean.abs() < 0.5 && (0.75..1.25).contains(&sd), "{by}: mean {mean}, sd {sd}");
    }
}

#[test]
fn a_normalisation_whose_window_lies_outside_the_data_is_said_to_be_missing() {
    let made = simulate(&World { channels: 500, ..World::default() }, 1).unwrap(); // to 555 eV
    let found = report(&input(&made));
    let by: Vec<&str> = found.edges[0].other_normalisations.iter().map(|other| other.by.as_str()).collect();
    assert_eq!(by, ["ti-l"]);
    let missing: Vec<&str> = found.not_computed.iter().map(|part| part.reason.as_str()).collect();
    assert_eq!(missing.len(), 2);
    assert!(missing[0].contains("post-edge") && missing[1].contains("o-k-total"), "{missing:?}");
}

#[test]
fn the_spread_over_windows_is_small_in_a_simple_world_and_zero_for_a_scan_against_itself() {
    let made = simulate(&World { electrons_in_a: 2e5, ..World::default() }, 1).unwrap();
    let mut input = input(&made);
    let found = report(&input);
    for entry in found.edges[0].peaks.iter().flat_map(|peak| &peak.sites) {
        let spread = entry.window_spread.unwrap();
        assert!(spread > 0.0 && spread < 0.03, "{entry:?}");
    }
    input.scans[0].scan = input.reference.scan.clone();
    input.scans[0].low_loss = input.reference.low_loss.clone();
    input.scans[0].sites = input.reference.sites.clone();
    let same = report(&input);
    assert!(same.edges[0].peaks.iter().flat_map(|peak| &peak.sites).all(|entry| entry.window_spread.unwrap() < 1e-9));
}

#[test]
fn every_entry_of_the_sensitivity_map_is_the_drop_of_a_recipe_with_those_windows() {
    let made = simulate(&World::default(), 3).unwrap();
    let input = input(&made);
    let found = report(&input);
    let moved =
        |window: EnergyWindow, [lo, hi]: [f64; 2]| EnergyWindow::new(window.lo_ev() + lo, window.hi_ev() + hi).unwrap();
    for (background, peaks) in [(0, 0), (2, 0), (5, 3), (7, 2)] {
        let map = found.edges[0].peaks[0].sites[0].sensitivity.as_ref().unwrap();
        let mut recipe = input.recipe.clone();
        let edge = &mut recipe.edges[1];
        edge.background.window_ev = moved(edge.background.window_ev, map.background_shifts_ev[background]);
        edge.peaks.iter_mut().for_each(|peak| peak.window_ev = moved(peak.window_ev, map.peak_shifts_ev[peaks]));
        let other = report(&CompareInput { recipe, ..input.clone() });
        for (here, there) in found.edges[0].peaks.iter().zip(&other.edges[0].peaks) {
            for (here, there) in here.sites.iter().zip(&there.sites) {
                let map = here.sensitivity.as_ref().unwrap();
                let drop = map.drops[background][peaks].unwrap();
                assert!((drop - there.drop.unwrap()).abs() < 1e-9, "{drop} {there:?}");
                let total = here.drop_sigma.unwrap().hypot(here.drop_systematic.unwrap());
                assert_eq!(map.stable, map.largest_change < map.stable_within_sigma * total);
            }
        }
    }
}

#[test]
fn one_sentence_says_whether_the_order_of_sites_survives() {
    let made = simulate(&World { electrons_in_a: 2e5, ..World::default() }, 3).unwrap();
    let mut edge = report(&input(&made)).edges.remove(0);
    assert_eq!(edge.orderings(), ["O1 lost more than O2 at every peak, however it is normalised"]);
    let of_o2 = edge.other_normalisations[0].drops.iter_mut().filter(|at| at.site == "O2" && at.peak == "b");
    of_o2.for_each(|at| at.drop = 0.9);
    assert_eq!(edge.orderings(), ["Which of O1 and O2 lost more at b depends on the normalisation"]);
    // Noise alone turns no order round.
    let noisy = edge.other_normalisations[0].drops.iter_mut();
    noisy.for_each(|at| at.drop_sigma = 1.0);
    assert!(edge.orderings()[0].contains("as far as it is significant"));
}
