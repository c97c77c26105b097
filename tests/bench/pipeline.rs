//! How long opening takes, and a comparison of 200 x 2048 channels, first and while a window is dragged, beside one plain sweep over
//! the same counts: `cargo bench --bench pipeline`. Quote the ratios; the times are of this machine at this moment.
#![allow(clippy::unwrap_used, reason = "a benchmark may stop where it stands")]

use std::hint::black_box;
use std::time::Instant;

use moray::analysis::fit::fit_positions;
use moray::analysis::{CompareInput, Memo, ScanInput, compare_again, prepare};
use moray::model::{EnergyWindow, FineStructure, Recipe};
use moray::progress::Progress;
use moray::simulate::{SimulatedScan, World, simulate};

/// Shortest of some runs, milliseconds.
fn shortest(runs: usize, mut work: impl FnMut(usize)) -> f64 {
    let time = |run| {
        let start = Instant::now();
        work(run);
        start.elapsed().as_secs_f64() * 1e3
    };
    (0..runs).map(time).fold(f64::INFINITY, f64::min)
}

fn scan(name: &str, scan: &SimulatedScan) -> ScanInput {
    let low_loss = scan.low_loss.clone();
    ScanInput { name: name.to_owned(), scan: scan.core.clone(), low_loss, profiles: scan.profiles(), sites: None }
}

fn main() {
    opening();
    fitting();
    let equal = World {
        positions: 200,
        channels: 2048,
        dispersion_ev: 0.125,
        low_loss_channels: 960,
        drift_walk_ev: 0.01,
        ..World::default()
    };
    let thicker = World { scan_t_over_lambda: 0.85, ..equal.clone() };
    for (name, world) in [("equal thickness", equal), ("matched thickness", thicker)] {
        let made = simulate(&world, 1).unwrap();
        let mut input = CompareInput {
            reference: scan("pristine", &made.reference),
            scans: vec![scan("biased", &made.scan)],
            recipe: Recipe::preset("lto").unwrap(),
            ti3_reference: None,
        };
        let sweep = shortest(20, |_| {
            black_box(made.reference.core.counts().sum() + made.scan.core.counts().sum());
        });
        let first = shortest(3, |_| {
            black_box(compare_again(&input, &mut Memo::default(), &Progress::new()).unwrap());
        });
        let mut memo = Memo::default();
        compare_again(&input, &mut memo, &Progress::new()).unwrap();
        let drag = shortest(10, |run| {
            let hi = 535.0 + 0.01 * run as f64;
            input.recipe.edges[1].peaks[1].window_ev = EnergyWindow::new(532.1, hi).unwrap();
            black_box(compare_again(&input, &mut memo, &Progress::new()).unwrap());
        });
        println!(
            "{name}: sweep {sweep:.2} ms, first comparison {first:.1} ms ({:.0} sweeps), while dragging {drag:.1} ms ({:.0} sweeps)",
            first / sweep,
            drag / sweep
        );
    }
}

/// The fine structure of 200 positions of 2048 channels, without a low loss and with one.
fn fitting() {
    let recipe = Recipe::preset("lto").unwrap();
    let structure = FineStructure::of(&recipe.edges[1]).unwrap();
    for low_loss in [false, true] {
        let world = World {
            positions: 200,
            channels: 2048,
            dispersion_ev: 0.125,
            low_loss_channels: 960,
            low_loss,
            ..World::default()
        };
        let made = simulate(&world, 1).unwrap();
        let counts = made.reference.core.counts();
        let sweep = shortest(20, |_| {
            black_box(counts.sum());
        });
        let reference = scan("pristine", &made.reference);
        let input = CompareInput { reference, scans: Vec::new(), recipe: recipe.clone(), ti3_reference: None };
        let prepared = prepare(&input, &Progress::new()).unwrap();
        let fit = shortest(5, |_| {
            let (total, each) = prepared.fit_spectra(0, structure.window_ev).unwrap();
            let fits = fit_positions(&total, &each, &structure).unwrap();
            assert!(fits.iter().all(Result::is_ok));
        });
        let how = if low_loss { "seen through a low loss" } else { "15 parameters" };
        println!("fits of 200 positions, {how}: {fit:.1} ms ({:.0} sweeps of {sweep:.2} ms)", fit / sweep);
    }
}

/// Opening the sample scan, tags only, beside reading its bytes.
fn opening() {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data/lto-2v7.dm4");
    let open = shortest(50, |_| assert_eq!(moray::io::open(&file).unwrap().images.len(), 7));
    let read = shortest(50, |_| drop(black_box(std::fs::read(&file).unwrap())));
    println!("opening the sample: {open:.3} ms, reading its bytes {read:.3} ms ({:.2} reads)", open / read);
}
