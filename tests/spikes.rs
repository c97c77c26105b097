//! Spikes against simulated truth: the very same scan with and without them.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::sync::Arc;

use moray::analysis::{self, CompareInput, ScanInput, noise, spikes};
use moray::model::{LineScan, Recipe, SpikeHandling};
use moray::progress::Progress;
use moray::simulate::{Simulated, World, simulate};

fn without_spikes(scan: &Arc<LineScan>) -> spikes::Cleaned {
    spikes::remove(
        scan,
        &noise::estimate(&[(scan, *scan.axis())], None, &Recipe::preset("lto").unwrap().calibration.quiet_ev()),
        &[],
    )
}

/// Per million channels, samples flagged in a world without spikes.
fn false_flags(world: &World, seeds: u64) -> f64 {
    let (mut flags, mut samples) = (0, 0);
    for seed in 0..seeds {
        let made = simulate(world, seed).unwrap();
        for scan in [&made.reference.core, &made.scan.core] {
            flags += without_spikes(scan).mask.len();
            samples += scan.counts().len();
        }
    }
    1e6 * flags as f64 / samples as f64
}

#[test]
fn at_most_one_channel_in_a_million_is_flagged_without_a_spike_whatever_the_dose() {
    let counting = World { counts_per_electron: 1.0, read_noise_counts: 0.0, ..World::default() };
    let worlds = [
        ("default", World::default()),
        ("low dose", World { electrons_in_a: 1e3, ..counting.clone() }),
        ("counting", World { electrons_in_a: 2e4, ..counting }),
        ("high dose, drift", World { electrons_in_a: 1e6, drift_walk_ev: 0.05, ..World::default() }),
        ("pattern", World { relative_pattern: 0.03, additive_pattern_counts: 25.0, ..World::default() }),
    ];
    for (name, world) in worlds {
        let rate = false_flags(&world, 16);
        println!("{name}: {rate:.2} per million");
        assert!(rate <= 1.0, "{name}: {rate}");
    }
}

#[test]
fn nineteen_of_twenty_spikes_above_15_sigma_are_found_and_replaced() {
    let quiet_world = World::default();
    let world = World { spikes_per_spectrum: 0.3, spike_counts: 1500.0, ..World::default() };
    let (mut caught, mut count) = (0, 0);
    for seed in 0..24 {
        let [quiet, spiky] = [&quiet_world, &world].map(|world| simulate(world, seed).unwrap().scan);
        let cleaned = without_spikes(&spiky.core);
        let expected = quiet.expected.total();
        for ((i, j), with) in spiky.core.counts().indexed_iter() {
            let without = quiet.core.counts()[[i, j]];
            let sigma = world.counts_per_electron * (expected[[i, j]] + (15.0f64 / 6.0).powi(2)).sqrt();
            if with - without > 15.0 * sigma {
                count += 1;
                let near = (cleaned.scan.counts()[[i, j]] - without).abs() < 6.0 * sigma;
                caught += usize::from(near && cleaned.mask.contains(&(i, j)));
            }
        }
    }
    println!("{caught} of {count}");
    assert!(count > 100 && 20 * caught >= 19 * count, "{caught} of {count}");
}

fn input(made: &Simulated, spikes: SpikeHandling) -> CompareInput {
    let mut recipe = Recipe::preset("lto").unwrap();
    recipe.spikes = spikes;
    let truth = made.truth(&recipe).unwrap();
    let scan = |name: &str, scan: &moray::simulate::SimulatedScan, sites| ScanInput {
        name: name.to_owned(),
        scan: scan.core.clone(),
        low_loss: scan.low_loss.clone(),
        profiles: Vec::new(),
        sites: Some(sites),
    };
    let reference = scan("pristine", &made.reference, vec![truth.reference_site]);
    CompareInput { reference, scans: vec![scan("biased", &made.scan, truth.sites)], recipe, ti3_reference: None }
}

#[test]
fn a_comparison_lists_the_spikes_it_removed_and_hardly_differs_from_one_that_never_had_them() {
    let world = World { spikes_per_spectrum: 0.2, spike_counts: 20_000.0, ..World::default() };
    let (with, without) = (simulate(&world, 3).unwrap(), simulate(&World::default(), 3).unwrap());
    let run = |made, spikes| analysis::compare(&input(made, spikes), &Progress::new()).unwrap().report;
    let [cleaned, kept] = [SpikeHandling::Remove, SpikeHandling::Keep].map(|spikes| run(&with, spikes));
    let never = run(&without, SpikeHandling::Remove);
    assert!(cleaned.spikes.removed >= 10 && cleaned.spikes.removed == cleaned.spikes.list.len());
    assert!(kept.spikes.list.is_empty() && never.spikes.list.is_empty());
    for spike in &cleaned.spikes.list {
        let half =
            if spike.scan == "pristine" { [&with.reference, &without.reference] } else { [&with.scan, &without.scan] };
        let channel = half[0].core.axis().nearest_channel(spike.energy_ev).unwrap();
        let near = channel.saturating_sub(1)..(channel + 2).min(half[0].core.axis().channels());
        let [spiky, quiet] =
            half.map(|scan| near.clone().map(|j| scan.core.counts()[[spike.position, j]]).sum::<f64>());
        assert!(spiky > quiet, "{spike:?} is no place of a spike");
    }
    for (a, b) in cleaned.edges[0].peaks.iter().zip(&never.edges[0].peaks) {
        for (a, b) in a.sites.iter().zip(&b.sites) {
            assert!((a.drop.unwrap() - b.drop.unwrap()).abs() < 0.5 * b.drop_sigma.unwrap(), "{a:?} {b:?}");
        }
    }
    assert!((cleaned.gain.counts_per_electron / never.gain.counts_per_electron - 1.0).abs() < 0.03);
}
