//! The parametric bootstrap against the analytic intervals, and its promises: seeds, threads, cancelling.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use moray::analysis::bootstrap::{Bootstrap, attach};
use moray::analysis::{self, AnalysisError, CompareInput, Comparison, PeakAtSite, ScanInput};
use moray::model::{Recipe, Site};
use moray::progress::Progress;
use moray::simulate::{SimulatedScan, World, simulate};

fn input() -> CompareInput {
    let recipe = Recipe::preset("lto").unwrap();
    let made = simulate(&World { electrons_in_a: 2e4, ..World::default() }, 11).unwrap();
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

fn bootstrapped(input: &CompareInput, options: Bootstrap) -> Comparison {
    let mut comparison = analysis::compare(input, &Progress::new()).unwrap();
    attach(&mut comparison, input, options, &Progress::new()).unwrap();
    comparison
}

fn entries(comparison: &Comparison) -> impl Iterator<Item = &PeakAtSite> {
    comparison.report.edges[0].peaks.iter().flat_map(|peak| &peak.sites)
}

#[test]
fn without_a_pattern_it_agrees_with_the_analytic_interval() {
    let found = bootstrapped(&input(), Bootstrap { replicas: 400, seed: 5 });
    for at in entries(&found) {
        let drawn = at.bootstrap.as_ref().unwrap();
        let ratio = drawn.drop_sigma.unwrap() / at.drop_counting.unwrap();
        println!("{}: bootstrap over analytic {ratio:.3}", at.site);
        assert!((0.87..1.15).contains(&ratio), "{at:?}");
        let [low, high] = drawn.drop_ci95.unwrap();
        let [drop, sigma] = [at.drop.unwrap(), at.drop_counting.unwrap()];
        assert!(
            (low - (drop - 1.96 * sigma)).abs() < 0.5 * sigma && (high - (drop + 1.96 * sigma)).abs() < 0.5 * sigma
        );
        assert_eq!((drawn.replicas, drawn.failed), (400, 0));
        assert!(low < drawn.drop_ci68.unwrap()[0] && drawn.drop_ci68.unwrap()[1] < high);
    }
}

#[test]
fn equal_seeds_give_the_same_bits_on_one_and_many_threads() {
    let input = input();
    let on = |threads: usize, seed: u64| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| bootstrapped(&input, Bootstrap { replicas: 60, seed }).report)
    };
    let one = on(1, 7);
    assert!(one == on(3, 7));
    assert!(one != on(1, 8));
}

#[test]
fn it_stops_when_cancelled_and_says_how_far_it_is() {
    let input = input();
    let mut comparison = analysis::compare(&input, &Progress::new()).unwrap();
    let before = comparison.clone();
    let progress = Progress::new();
    progress.cancel();
    let refused = attach(&mut comparison, &input, Bootstrap { replicas: 1000, seed: 1 }, &progress);
    assert_eq!(refused, Err(AnalysisError::Cancelled));
    assert!(comparison == before && progress.fraction() < 0.1);
    let progress = Progress::new();
    attach(&mut comparison, &input, Bootstrap { replicas: 50, seed: 1 }, &progress).unwrap();
    assert_eq!(progress.fraction(), 1.0);
}
