//! Unmixing: drops of columns by themselves, against simulated truth.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use moray::analysis::{self, CompareInput, Comparison, ScanInput};
use moray::export::text_table;
use moray::model::{ProbeModel, Recipe, Site};
use moray::progress::Progress;
use moray::simulate::{SimulatedScan, Truth, World, simulate};

fn compared(world: &World, seed: u64, stated: ProbeModel) -> (Comparison, Truth) {
    let simulated = simulate(world, seed).unwrap();
    let mut recipe = Recipe::preset("lto").unwrap();
    recipe.edges[1].unmixing = Some(stated);
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
    let input = CompareInput { reference, scans, recipe, ti3_reference: None };
    (analysis::compare(&input, &Progress::new()).unwrap(), truth)
}

/// The probe that the worlds have.
fn stated() -> ProbeModel {
    let world = World::default();
    let (tail_share, tail_fwhm_nm) = (world.probe_tail, world.probe_tail_fwhm_nm);
    ProbeModel { tail_share, tail_fwhm_nm, off_chain: world.off_chain_oxygen }
}

#[test]
fn waves_of_the_pre_edge_are_in_the_intervals_of_the_columns() {
    let systematic = |pre_edge_oscillation: f64| {
        let world = World { electrons_in_a: 2e5, pre_edge_oscillation, ..World::default() };
        let report = compared(&world, 1, stated()).0.report;
        let of = |drop: &&moray::analysis::unmix::UnmixedDrop| drop.site == "O1" && drop.peak == "d";
        let own = report.edges[0].unmixing[0].drops.iter().find(of).unwrap().drop_systematic.unwrap();
        let peak = report.edges[0].peaks.iter().find(|peak| peak.label == "d").unwrap();
        [own, peak.sites[0].drop_systematic.unwrap()]
    };
    let ([smooth, _], [wavy, apparent]) = (systematic(0.0), systematic(0.04));
    println!("smooth {smooth:.4}, wavy {wavy:.4}, as seen {apparent:.4}");
    assert!(wavy > 1.5 * smooth && wavy > 0.5 * apparent, "{smooth} {wavy} {apparent}");
}

#[test]
fn drops_of_the_columns_are_found_where_neighbours_hide_part_of_them() {
    let world = World { electrons_in_a: 1e5, ..World::default() };
    let (mut z, mut hidden) = (Vec::new(), 0.0);
    for seed in 0..12 {
        let (comparison, truth) = compared(&world, seed, stated());
        let edge = &comparison.report.edges[0];
        let unmixing = &edge.unmixing[0];
        assert_eq!(unmixing.reason, None);
        let probe = unmixing.probe.as_ref().unwrap();
        assert!((probe.core_fwhm_nm - world.probe_fwhm_nm).abs() < 0.02, "{probe:?}");
        for drop in &unmixing.drops {
            let truth = truth.drops.iter().find(|t| t.site == drop.site && t.peak == drop.peak).unwrap();
            if drop.site == "O1" && drop.peak == "b" {
                let sites = &edge.peaks[0].sites;
                let apparent = sites.iter().find(|entry| entry.site == "O1").unwrap();
                hidden += drop.drop.unwrap() - apparent.drop.unwrap();
                assert!(drop.drop_sigma.unwrap() > apparent.drop_sigma.unwrap(), "nothing is free");
            }
            let sigma = drop.drop_sigma.unwrap().hypot(drop.drop_systematic.unwrap());
            z.push((drop.drop.unwrap() - truth.column_drop) / sigma);
        }
    }
    let mean = z.iter().sum::<f64>() / z.len() as f64;
    let rms = (z.iter().map(|z| z * z).sum::<f64>() / z.len() as f64).sqrt();
    println!("mean {mean:.2}, rms {rms:.2} sigma; b at O1 is {:.3} larger than it looks", hidden / 12.0);
    assert!(mean.abs() < 0.5 && rms < 1.4, "mean {mean}, rms {rms}");
    assert!(hidden / 12.0 > 0.015, "unmixing should find more than is seen: {hidden}");
}

#[test]
fn what_is_mixed_is_printed_and_a_wide_probe_is_refused() {
    let (comparison, _) = compared(&World { electrons_in_a: 1e5, ..World::default() }, 1, stated());
    let text = text_table(&comparison);
    assert!(text.contains("condition number") && text.contains("m0 ="), "{text}");
    let wide = World { electrons_in_a: 1e5, probe_fwhm_nm: 0.7, ..World::default() };
    let (comparison, _) = compared(&wide, 1, stated());
    let unmixing = &comparison.report.edges[0].unmixing[0];
    assert!(unmixing.drops.is_empty() && unmixing.reason.is_some(), "{unmixing:?}");
    assert!(comparison.report.warnings.iter().any(|warning| warning.code == "not-unmixed"));
    println!("{:?} {:?}", unmixing.reason, unmixing.probe.as_ref().map(|probe| probe.condition_number));
}

#[test]
fn two_sites_are_needed() {
    let world = World::default();
    let simulated = simulate(&world, 1).unwrap();
    let mut recipe = Recipe::preset("lto").unwrap();
    recipe.edges[1].unmixing = Some(stated());
    let truth = simulated.truth(&recipe).unwrap();
    let input = |name: &str, scan: &SimulatedScan, site: Site| ScanInput {
        name: name.to_owned(),
        scan: scan.core.clone(),
        low_loss: None,
        profiles: Vec::new(),
        sites: Some(vec![site]),
    };
    let input = CompareInput {
        reference: input("pristine", &simulated.reference, truth.reference_site.clone()),
        scans: vec![input("biased", &simulated.scan, truth.sites[0].clone())],
        recipe,
        ti3_reference: None,
    };
    let comparison = analysis::compare(&input, &Progress::new()).unwrap();
    let unmixing = &comparison.report.edges[0].unmixing[0];
    assert!(unmixing.reason.as_deref().is_some_and(|reason| reason.contains("two sites")), "{unmixing:?}");
}
