//! The measures of a peak: what a recipe may choose, and what each gives.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use moray::analysis::{self, CompareInput, Comparison, PeakAtSite, RatioSetKind, ScanInput, SiteCurve};
use moray::model::{CalibrationMethod, EnergyWindow, PeakMeasure, Recipe, ScanMatching, Site};
use moray::progress::Progress;
use moray::simulate::{ColumnChange, SimulatedScan, World, simulate};

fn compare(recipe: &Recipe, seed: u64) -> Comparison {
    compare_in(&World { electrons_in_a: 2e5, ..World::default() }, recipe, seed)
}

fn compare_in(world: &World, recipe: &Recipe, seed: u64) -> Comparison {
    let made = simulate(world, seed).unwrap();
    let truth = made.truth(recipe).unwrap();
    let scan = |name: &str, scan: &SimulatedScan, sites: &[Site]| ScanInput {
        name: name.to_owned(),
        scan: scan.core.clone(),
        low_loss: scan.low_loss.clone(),
        profiles: Vec::new(),
        sites: Some(sites.to_vec()),
    };
    let reference = scan("pristine", &made.reference, std::slice::from_ref(&truth.reference_site));
    let scans = vec![scan("biased", &made.scan, &truth.sites)];
    analysis::compare(&CompareInput { reference, scans, recipe: recipe.clone(), ti3_reference: None }, &Progress::new())
        .unwrap()
}

fn with(measure: PeakMeasure) -> Recipe {
    let mut recipe = Recipe::preset("lto").unwrap();
    recipe.edges[1].measure = measure;
    recipe
}

#[test]
fn a_recipe_that_names_no_measure_takes_window_integrals() {
    let text = Recipe::preset("lto").unwrap().to_json();
    let without: String =
        text.lines().filter(|line| !line.contains("\"measure\"")).map(|line| format!("{line}\n")).collect();
    assert_ne!(without, text);
    let recipe = Recipe::from_json(&without).unwrap();
    assert_eq!(recipe, Recipe::preset("lto").unwrap());
    assert!(recipe.edges.iter().all(|edge| edge.measure == PeakMeasure::Window));
    assert_eq!(Recipe::from_json(&with(PeakMeasure::Maximum).to_json()).unwrap(), with(PeakMeasure::Maximum));
}

#[test]
fn the_maximum_measure_is_the_highest_net_channel_and_claims_no_interval() {
    let recipe = with(PeakMeasure::Maximum);
    let found = compare(&recipe, 5);
    let (edge, curves) = (&found.report.edges[0], &found.curves[1]);
    let top = |curve: &SiteCurve, window: EnergyWindow| {
        let inside = |energy: &f64| (window.lo_ev()..window.hi_ev()).contains(energy);
        let net = curves.energy_ev.iter().zip(&curve.net).filter(|(energy, _)| inside(energy));
        net.map(|(_, net)| *net).fold(f64::MIN, f64::max)
    };
    let a = recipe.edges[1].peak("a").unwrap().window_ev;
    let ratio = |curve: &SiteCurve, window| top(curve, window) / top(curve, a);
    for peak in &edge.peaks {
        let reference = ratio(&curves.spectra[0], peak.window_ev);
        for (at, curve) in peak.sites.iter().zip(&curves.spectra[1..]) {
            let expected = 1.0 - ratio(curve, peak.window_ev) / reference;
            assert!((at.drop.unwrap() - expected).abs() < 1e-6, "{} {}: {at:?} {expected}", peak.label, at.site);
            assert_eq!((at.method.as_str(), at.drop_ci95, at.p), ("maximum", None, None));
            assert!(at.drop_sigma.unwrap() > 0.0 && at.reason.as_deref().unwrap().contains("display only"));
        }
        assert!(peak.site_against_site.iter().all(|pair| pair.p.is_none() && pair.reason.is_some()));
    }
    assert_eq!((edge.normalisation.measure.as_str(), edge.combined[0].p), ("maximum", None));
    assert!(found.report.warnings.iter().any(|warning| warning.code == "maximum-measure"));
}

#[test]
fn a_single_channel_is_less_certain_than_a_window() {
    let sigma = |measure| compare(&with(measure), 6).report.edges[0].peaks[0].sites[0].drop_sigma.unwrap();
    assert!(sigma(PeakMeasure::Maximum) > 1.5 * sigma(PeakMeasure::Window));
}

fn entries(found: &Comparison) -> impl Iterator<Item = &PeakAtSite> {
    found.report.edges[0].peaks.iter().flat_map(|peak| &peak.sites)
}

#[test]
fn counting_and_pattern_parts_add_up_to_the_statistical_sigma() {
    let recipe = Recipe::preset("lto").unwrap();
    let world = World { electrons_in_a: 2e4, relative_pattern: 0.03, shared_pattern: false, ..World::default() };
    let clean = World { relative_pattern: 0.0, ..world.clone() };
    for (world, patterned) in [(world, true), (clean, false)] {
        let found = compare_in(&world, &recipe, 3);
        for at in entries(&found) {
            let [all, counting, pattern] = [at.drop_sigma, at.drop_counting, at.drop_pattern].map(Option::unwrap);
            assert!((all * all - counting * counting - pattern * pattern).abs() < 1e-9 * all * all, "{at:?}");
            assert_eq!(pattern > 0.5 * counting, patterned, "{at:?}");
        }
    }
}

#[test]
fn ratios_of_a_peak_that_is_not_detected_come_as_fieller_sets() {
    let mut recipe = Recipe::preset("lto").unwrap();
    recipe.calibration.method = CalibrationMethod::File;
    let found = compare_in(&World { electrons_in_a: 60.0, ..World::default() }, &recipe, 4);
    let missing: Vec<_> = entries(&found).filter(|at| at.drop.is_none()).collect();
    assert!(!missing.is_empty());
    for at in missing {
        let sets: Vec<_> = [at.ratio_set, at.reference_ratio_set].into_iter().flatten().collect();
        assert!(!sets.is_empty(), "{at:?}");
        assert!(sets.iter().any(|set| at.reason.as_ref().unwrap().contains(&set.to_string())), "{at:?}");
        for set in sets {
            assert_eq!(set.limits.is_none(), set.kind == RatioSetKind::Unbounded);
            assert!(set.limits.is_none_or(|[low, high]| low < high));
        }
    }
    for at in entries(&found).filter(|at| at.drop.is_some()) {
        assert_eq!((at.ratio_set, at.reference_ratio_set), (None, None));
    }
}

/// Log ratios of all drops at O1 and O2 in a thick world, minus those of a specimen without thickness, and their sigmas.
fn without_plural_scattering(world: &World, recipe: &Recipe, seed: u64) -> Vec<[f64; 2]> {
    let thin = World { reference_t_over_lambda: 0.0, scan_t_over_lambda: 0.0, ..world.clone() };
    let truth = simulate(&thin, 0).unwrap().truth(recipe).unwrap();
    let found = compare_in(world, recipe, seed);
    let peaks = found.report.edges[0].peaks.iter();
    peaks
        .flat_map(|peak| peak.sites.iter().map(move |at| (peak, at)))
        .map(|(peak, at)| {
            assert_eq!(at.method, "single-scattering");
            let kept = 1.0 - at.drop.unwrap();
            let true_kept = 1.0 - truth.drop(&at.site, &peak.label).unwrap();
            [kept.ln() - true_kept.ln(), at.drop_sigma.unwrap() / kept]
        })
        .collect()
}

#[test]
fn drops_without_plural_scattering_are_those_of_a_specimen_without_thickness() {
    let recipe = with(PeakMeasure::SingleScattering);
    let world =
        World { electrons_in_a: 2e4, reference_t_over_lambda: 0.8, scan_t_over_lambda: 0.8, ..World::default() };
    // Thinner than the reference by what is matched, and by less.
    for scan_t_over_lambda in [0.8, 0.77, 0.4] {
        let world = World { scan_t_over_lambda, ..world.clone() };
        let errors: Vec<[f64; 2]> = (0..40).flat_map(|seed| without_plural_scattering(&world, &recipe, seed)).collect();
        let z: Vec<f64> = errors.iter().map(|[error, sigma]| error / sigma).collect();
        let mean = z.iter().sum::<f64>() / z.len() as f64;
        let rms = (z.iter().map(|z| z * z).sum::<f64>() / z.len() as f64).sqrt();
        println!("t/lambda {scan_t_over_lambda}: mean z {mean:.2}, rms {rms:.2}");
        assert!(mean.abs() < 0.35 && (0.85..1.15).contains(&rms), "{scan_t_over_lambda}: {mean} {rms}");
    }
}

#[test]
fn plural_scattering_dilutes_drops_and_removing_it_costs_certainty() {
    let world =
        World { electrons_in_a: 2e5, reference_t_over_lambda: 1.2, scan_t_over_lambda: 1.2, ..World::default() };
    let d = |measure| compare_in(&world, &with(measure), 7).report.edges[0].peaks[2].sites[0].clone();
    let (window, single) = (d(PeakMeasure::Window), d(PeakMeasure::SingleScattering));
    assert!(single.drop_sigma > window.drop_sigma, "{window:?} {single:?}");
    let [total, kept] = [&window, &single].map(|at| at.sensitivity.as_ref().unwrap().drops[0][0].unwrap());
    assert!((total - window.drop.unwrap()).abs() < 1e-9 && (kept - single.drop.unwrap()).abs() < 1e-9);
}

#[test]
fn normalised_spectra_are_those_that_drops_are_measured_on() {
    let recipe = with(PeakMeasure::SingleScattering);
    let found = compare(&recipe, 5);
    let (edge, curves) = (&found.report.edges[0], &found.curves[1]);
    assert!(curves.spectra.iter().all(|curve| curve.single_scattering));
    let sum = |curve: &SiteCurve, window: EnergyWindow| {
        // The edge's axis is that of the reference; a site's own lies beside it by its offset.
        let own: Vec<f64> = curves.energy_ev.iter().map(|energy| energy + curve.offset_ev).collect();
        let share = |energy: f64| {
            let half = 0.5 * (own[1] - own[0]);
            (((energy + half).min(window.hi_ev()) - (energy - half).max(window.lo_ev())) / (2.0 * half)).clamp(0.0, 1.0)
        };
        own.iter().zip(&curve.normalised).map(|(energy, value)| share(*energy) * value).sum::<f64>()
    };
    for peak in &edge.peaks {
        let ratio = |curve| sum(curve, peak.window_ev) / sum(curve, edge.normalisation.window_ev);
        for (at, curve) in peak.sites.iter().zip(&curves.spectra[1..]) {
            let expected = 1.0 - ratio(curve) / ratio(&curves.spectra[0]);
            assert!((at.drop.unwrap() - expected).abs() < 1e-6, "{} {}: {at:?} {expected}", peak.label, at.site);
        }
    }
}

#[test]
fn without_a_low_loss_plural_scattering_is_not_removed_and_that_is_said() {
    let world = World { low_loss: false, ..World::default() };
    let found = compare_in(&world, &with(PeakMeasure::SingleScattering), 5);
    assert!(found.curves[1].spectra.iter().all(|curve| curve.normalised.is_empty() && !curve.net.is_empty()));
    for at in entries(&found) {
        assert_eq!((at.drop, at.drop_ci95), (None, None));
        assert!(at.reason.as_deref().unwrap().contains("no low loss"), "{at:?}");
    }
}

#[test]
fn scans_brought_to_one_resolution_are_deconvolved_by_what_they_are_then_seen_through() {
    // Equal specimens; the scan was recorded with a wider zero-loss peak.
    let recipe = Recipe { matching: ScanMatching::ALL, ..with(PeakMeasure::SingleScattering) };
    let none = ColumnChange::NONE;
    let wider = 1.2;
    let mut errors = Vec::new();
    for seed in 0..6 {
        let world = World { electrons_in_a: 2e5, o1: none, o2: none, ..World::default() };
        let sharp = simulate(&world, seed).unwrap();
        let broad = simulate(&World { zero_loss_fwhm_ev: wider, ..world }, seed).unwrap();
        let truth = sharp.truth(&recipe).unwrap();
        let input = |scan: &SimulatedScan, sites: Vec<Site>| ScanInput {
            name: "scan".to_owned(),
            scan: scan.core.clone(),
            low_loss: scan.low_loss.clone(),
            profiles: Vec::new(),
            sites: Some(sites),
        };
        let reference = input(&sharp.reference, vec![truth.reference_site.clone()]);
        let scans = vec![input(&broad.scan, truth.sites.clone())];
        let input = CompareInput { reference, scans, recipe: recipe.clone(), ti3_reference: None };
        let found = analysis::compare(&input, &Progress::new()).unwrap();
        errors.extend(entries(&found).map(|at| at.drop.unwrap() / at.drop_sigma.unwrap()).collect::<Vec<_>>());
    }
    let mean = errors.iter().sum::<f64>() / errors.len() as f64;
    let rms = (errors.iter().map(|z| z * z).sum::<f64>() / errors.len() as f64).sqrt();
    assert!(mean.abs() < 1.0 && rms < 1.6, "mean {mean:.2}, rms {rms:.2}: {errors:.1?}");
}

#[test]
fn a_zero_loss_peak_half_a_channel_off_amplifies_no_noise() {
    let recipe = with(PeakMeasure::SingleScattering);
    let sigma = |low_loss_first_ev: f64, measure: PeakMeasure| {
        let base = World::default();
        let world = World {
            dispersion_ev: 0.5,
            channels: 512,
            low_loss_channels: 200,
            zero_loss_fwhm_ev: 1.0,
            low_loss_first_ev,
            ..base
        };
        compare_in(&world, &Recipe { edges: with(measure).edges, ..recipe.clone() }, 3).report.edges[0].peaks[1].sites
            [0]
        .drop_sigma
        .unwrap()
    };
    for first_ev in [-20.0, -20.125, -20.25, -20.249] {
        let times = sigma(first_ev, PeakMeasure::SingleScattering) / sigma(first_ev, PeakMeasure::Window);
        println!("low loss from {first_ev} eV: {times:.3}");
        assert!((0.9..1.25).contains(&times), "{first_ev}: {times}");
    }
}
