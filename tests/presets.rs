//! Every preset does its job on a spectrum of its own oxide, with the axis off and known drops.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::sync::Arc;

use moray::analysis::{self, CompareInput, Comparison, ScanInput};
use moray::export::{self, Provenance};
use moray::model::{EnergyAxis, LineScan, Recipe, Site};
use moray::progress::Progress;
use ndarray::Array2;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Poisson};

const POSITIONS: usize = 24;
/// What the file says of an energy: 4 eV too low at 600 eV, 1 % too small a dispersion.
const OFFSET_EV: f64 = -4.0;
const SCALE: f64 = 0.99;
/// Relative loss of everything above peak a in the scan.
const LOSS: f64 = 0.2;

fn gaussian(x: f64, fwhm: f64) -> f64 {
    (-4.0 * std::f64::consts::LN_2 * (x / fwhm).powi(2)).exp()
}

fn step(x: f64) -> f64 {
    0.5 * (1.0 + (x / 1.5).tanh())
}

/// Expected electrons at a true energy: power law, O K with its peaks, the metal's white lines; `kept` is what is left
/// of the peaks but the normalising one.
fn expected(recipe: &Recipe, energy_ev: f64, kept: f64) -> f64 {
    let calibration = &recipe.calibration;
    let drops = recipe.edge("O K").unwrap();
    let background = 900.0 * (energy_ev / 500.0).powf(-3.0);
    let peaks = drops.peaks.iter().map(|peak| {
        let (height, kept) = if peak.label == "a" { (200.0, 1.0) } else { (110.0, kept) };
        let (centre, fwhm) =
            if peak.label == "a" { (calibration.nominal.o_k_a_ev, 1.8) } else { (peak.window_ev.centre_ev(), 2.2) };
        kept * height * gaussian(energy_ev - centre, fwhm)
    });
    let o_k = peaks.sum::<f64>() + kept * 60.0 * step(energy_ev - calibration.nominal.o_k_a_ev - 4.0);
    let lines = calibration.white_lines.lines.iter();
    let metal: f64 =
        lines.map(|l| l.height * gaussian(energy_ev - calibration.nominal.l2_ev - l.from_l2_ev, l.fwhm_ev)).sum();
    let l3_ev = calibration.nominal.l2_ev + calibration.white_lines.l3_ev[0];
    background + o_k + 500.0 * metal + 60.0 * step(energy_ev - l3_ev)
}

fn scan(recipe: &Recipe, kept: f64, seed: u64) -> ScanInput {
    let (first, dispersion, channels) = (400.0, 0.4, 1150);
    let axis = EnergyAxis::new(first, dispersion, channels).unwrap();
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let truth = |stated: f64| 600.0 + (stated - 600.0 - OFFSET_EV) / SCALE;
    let counts = Array2::from_shape_fn((POSITIONS, channels), |(_, i)| {
        let mean = expected(recipe, truth(axis.energy_at(i as f64)), kept);
        Poisson::new(10.0 * mean).unwrap().sample(&mut random)
    });
    ScanInput {
        name: format!("scan {seed}"),
        scan: Arc::new(LineScan::new(axis, counts).unwrap()),
        low_loss: None,
        profiles: Vec::new(),
        sites: Some(vec![Site { name: "all".into(), columns: std::iter::once(0..POSITIONS).collect() }]),
    }
}

/// No result of another metal's preset speaks of titanium, or claims a share of a valence whose spectrum nobody gave.
fn names_its_own_metal(name: &str, recipe: &Recipe, comparison: &Comparison) {
    let titanium = recipe.calibration.white_lines.of_titanium();
    let table = export::text_table(comparison);
    let provenance = Provenance { recipe: recipe.clone(), inputs: Vec::new(), session: None };
    let methods = export::methods(comparison, &provenance);
    for text in [&table, &methods] {
        assert_eq!(text.contains("Ti3+") || text.contains("Ti L"), titanium, "{name}: {text}");
    }
    let entry = &comparison.report.ti_l[0];
    assert_eq!(entry.ti3_fraction.is_some() && entry.ti3_upper95.is_some(), titanium, "{name}: {entry:?}");
    let warned = comparison.report.warnings.iter().any(|warning| warning.code == "valence-reference-missing");
    assert_eq!(warned, !titanium, "{name}");
}

#[test]
fn every_preset_finds_its_features_and_the_drops_put_in() {
    for (name, _) in Recipe::PRESETS {
        let recipe = Recipe::preset(name).unwrap();
        let (reference, biased) = (scan(&recipe, 1.0, 1), scan(&recipe, 1.0 - LOSS, 2));
        let input = CompareInput { reference, scans: vec![biased], recipe: recipe.clone(), ti3_reference: None };
        let comparison = analysis::compare(&input, &Progress::new()).unwrap_or_else(|error| panic!("{name}: {error}"));
        names_its_own_metal(name, &recipe, &comparison);
        let report = comparison.report;
        let found = &report.calibration[0];
        assert_eq!(found.method, "features", "{name}");
        // Energies of the report are true ones: the file's are 4 eV too low at 600 eV.
        let at_600 = found.pivot_ev + found.offset_ev + found.dispersion_scale * (596.0 - found.pivot_ev);
        assert!((at_600 - 600.0).abs() < 0.4, "{name}: 596 eV of the file becomes {at_600}");
        assert!((found.dispersion_scale * SCALE - 1.0).abs() < 0.004, "{name}: {}", found.dispersion_scale);
        assert_eq!(report.edges.len(), 1, "{name}");
        for peak in &report.edges[0].peaks {
            let at = &peak.sites[0];
            let [low, high] = at.drop_ci95.unwrap_or_else(|| panic!("{name} {}: {:?}", peak.label, at.reason));
            // A window holds some of its neighbours, so the drop is at most what was put in.
            assert!(
                low > 0.02 && low < LOSS && high > 0.5 * LOSS && high < LOSS + 0.15,
                "{name} {}: {low} to {high}",
                peak.label
            );
        }
        let invariance = &report.ti_l[0];
        assert!(invariance.p_equal.unwrap() > 0.001, "{name}: {invariance:?}");
    }
}

#[test]
fn old_recipes_that_name_titanium_are_still_read() {
    let text = Recipe::preset("lto").unwrap().to_json();
    let old =
        text.replace("\"l3_ev\": 460.4", "\"ti_l3_ev\": 460.4").replace("\"l2_ev\": 465.8", "\"ti_l2_ev\": 465.8");
    assert_ne!(old, text);
    assert_eq!(Recipe::from_json(&old).unwrap(), Recipe::preset("lto").unwrap());
}
