//! Maps, subtraction, alignment and components of simulated spectra whose truth is known.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

#[path = "support/spectra.rs"]
mod support;

use moray::analysis::maps::*;
use moray::export::Subtracted;
use moray::model::{AlignmentMethod, CalibrationMethod, Recipe};
use moray::progress::Progress;
use moray::simulate::{SimulatedScan, World, simulate};
use ndarray::{Array2, Array3};
use ndarray_npy::{ReadNpyExt, WriteNpyExt};
use support::{Stored, folded, spectra};

fn input(scan: &SimulatedScan, rows: usize, stored: Stored) -> MapInput {
    MapInput {
        name: "simulated".into(),
        spectra: spectra(scan.core.axis(), &folded(&scan.core.counts().to_owned(), rows), stored),
        low_loss: scan
            .low_loss
            .as_ref()
            .map(|low| spectra(low.axis(), &folded(&low.counts().to_owned(), rows), stored)),
        file_counts_per_electron: None,
        reads_per_position: 1.0,
    }
}

fn recipe() -> Recipe {
    Recipe::preset("lto").unwrap()
}

fn model(input: &MapInput) -> MapModel {
    MapModel::new(input, &recipe(), &Progress::new()).unwrap()
}

/// Mean and standard deviation.
fn moments(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    (mean, (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt())
}

#[test]
fn net_intensities_lie_about_the_truth_as_far_as_their_sigmas_say() {
    // Without Ti L the pre-edge is a power law, and the file's axis is right: what remains is noise.
    let mut recipe = recipe();
    recipe.calibration.method = CalibrationMethod::File;
    // A gain estimated from twelve rows would err by some per cent, alike at all positions.
    recipe.counts_per_electron = Some(6.0);
    let edge = recipe.edge("O K").unwrap();
    let mut pulls = Vec::new();
    for seed in 0..4 {
        let world = World {
            positions: 96,
            ti_l_strength: 0.0,
            reference_t_over_lambda: 0.0,
            scan_t_over_lambda: 0.0,
            ..World::default()
        };
        let made = simulate(&world, seed).unwrap().scan;
        let given = input(&made, 8, Stored::Planes);
        let model = MapModel::new(&given, &recipe, &Progress::new()).unwrap();
        let maps = net_maps(&model, edge, &Progress::new()).unwrap();
        assert!(maps.outside.is_empty() && maps.background.status.iter().all(|s| *s == FitStatus::Fitted));
        for window in maps.windows.iter().filter(|window| window.label == "a" || window.label == "b") {
            let weights = window.window_ev.weights(made.core.axis());
            for (position, (net, sigma)) in window.net.iter().zip(&window.sigma).enumerate() {
                let truth = weights.integrate(&made.expected.o_k.row(position).to_vec());
                pulls.push((net - truth) / sigma);
            }
        }
    }
    let (mean, deviation) = moments(&pulls);
    assert!(mean.abs() < 0.15, "{mean}");
    assert!((deviation - 1.0).abs() < 0.1, "{deviation}");
}

#[test]
fn the_order_in_the_file_and_the_number_of_threads_change_no_bit_of_a_map() {
    let made = simulate(&World::default(), 3).unwrap().scan;
    let recipe = recipe();
    let maps = |stored: Stored, threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let model = model(&input(&made, 4, stored));
            let edge = net_maps(&model, recipe.edge("O K").unwrap(), &Progress::new()).unwrap();
            let found = components(&model.spectra, 5, &Progress::new()).unwrap();
            (edge.windows[0].net.clone(), edge.windows[2].sigma.clone(), model.drift, found.loadings)
        })
    };
    let first = maps(Stored::Planes, 1);
    assert_eq!(first, maps(Stored::Planes, 3));
    assert_eq!(first, maps(Stored::Spectra, 2));
}

#[test]
fn subtracted_spectra_are_the_counts_less_the_power_law_in_both_orders() {
    let made = simulate(&World { drift_walk_ev: 0.1, ..World::default() }, 5).unwrap().scan;
    let recipe = recipe();
    let mut cubes: Vec<Array3<f32>> = Vec::new();
    for stored in [Stored::Planes, Stored::Spectra] {
        let model = model(&input(&made, 4, stored));
        let fitted = backgrounds(&model, recipe.edge("O K").unwrap(), &Progress::new()).unwrap();
        let mut npy = Vec::new();
        Subtracted::new(&model, &fitted).write_npy(&mut npy).unwrap();
        let cube = Array3::<f32>::read_npy(npy.as_slice()).unwrap();
        assert_eq!(cube.dim(), (4, 16, 1024));
        for ((y, x, channel), value) in cube.indexed_iter() {
            let position = 16 * y + x;
            let energy_ev = model.axis.energy_at(channel as f64) + model.shift_ev(position);
            let b =
                (fitted.log_level[position] - fitted.exponent[position] * (energy_ev / fitted.centre_ev).ln()).exp();
            let n = made.core.counts()[(position, channel)] / model.noise.gain;
            assert!((f64::from(*value) - (n - b)).abs() < 2e-6 * (n.abs() + b), "{y} {x} {channel}: {value} {}", n - b);
        }
        cubes.push(cube);
    }
    let difference = (&cubes[0] - &cubes[1]).iter().map(|d| d.abs()).fold(0.0, f32::max);
    assert!(difference < 1e-2, "{difference}");
}

#[test]
fn spikes_of_a_line_scan_are_told_since_samples_are_used_as_recorded() {
    let world = World { low_loss: false, ..World::default() };
    let told = |spiky: bool| {
        let made = simulate(&world, 8).unwrap().scan;
        let mut counts = made.core.counts().to_owned();
        if spiky {
            counts[(30, 400)] += 20_000.0;
        }
        let mut given = input(&made, 1, Stored::Spectra);
        given.spectra = spectra(made.core.axis(), &folded(&counts, 1), Stored::Spectra);
        model(&given).warnings.into_iter().find(|warning| warning.code == "spikes-left-in")
    };
    assert!(told(true).unwrap().message.starts_with("1 sample looks like"));
    assert_eq!(told(false), None);
}

#[test]
fn a_position_without_signal_is_nan_with_a_status_and_leaves_the_others_alone() {
    let made = simulate(&World::default(), 6).unwrap().scan;
    let mut counts = folded(&made.core.counts().to_owned(), 4);
    counts.slice_mut(ndarray::s![1, 3, ..]).fill(0.0);
    let mut given = input(&made, 4, Stored::Planes);
    given.spectra = spectra(made.core.axis(), &counts, Stored::Planes);
    let model = model(&given);
    let maps = net_maps(&model, recipe().edge("O K").unwrap(), &Progress::new()).unwrap();
    assert_eq!(maps.background.status[19], FitStatus::NoSignal);
    assert!(maps.windows[0].net[19].is_nan() && maps.windows[0].sigma[19].is_nan());
    assert_eq!(maps.windows[0].net.iter().filter(|net| net.is_nan()).count(), 1);
}

#[test]
fn zero_loss_shifts_are_right_to_a_few_thousandths_and_know_it() {
    // Low loss of 1e5 electrons at 0.25 eV per channel: at most 0.002 eV rms are asked for.
    let world = World {
        positions: 200,
        drift_walk_ev: 0.05,
        low_loss_electrons: 1e5,
        read_noise_counts: 2.0,
        ..World::default()
    };
    let made = simulate(&world, 2).unwrap().scan;
    let (found, _) = shifts(&input(&made, 10, Stored::Planes), &recipe(), &Progress::new()).unwrap();
    assert_eq!((found.method, found.smoothed), ("zero-loss", false));
    let errors: Vec<f64> = found.shift_ev.iter().zip(&made.drift_ev).map(|(shift, drift)| shift + drift).collect();
    // The centroid of an asymmetric peak is not its top: a constant is no error of alignment.
    let (mean, deviation) = moments(&errors);
    assert!(deviation < 0.002, "{deviation}");
    let pulls: Vec<f64> = errors.iter().zip(&found.sigma_ev).map(|(error, sigma)| (error - mean) / sigma).collect();
    let (_, spread) = moments(&pulls);
    assert!((spread - 1.0).abs() < 0.2, "{spread}");
}

#[test]
fn ti_l_shifts_follow_the_drift_and_know_how_well() {
    let world = World { positions: 120, drift_walk_ev: 0.15, low_loss: false, electrons_in_a: 1e5, ..World::default() };
    let made = simulate(&world, 4).unwrap().scan;
    let mut recipe = recipe();
    recipe.alignment = AlignmentMethod::TiL;
    let (found, _) = shifts(&input(&made, 10, Stored::Spectra), &recipe, &Progress::new()).unwrap();
    assert_eq!((found.method, found.smoothed), ("ti-l", false));
    let errors: Vec<f64> = found.shift_ev.iter().zip(&made.drift_ev).map(|(shift, drift)| shift + drift).collect();
    let (mean, deviation) = moments(&errors);
    assert!(deviation < 0.05, "{deviation}");
    let pulls: Vec<f64> = errors.iter().zip(&found.sigma_ev).map(|(error, sigma)| (error - mean) / sigma).collect();
    let (_, spread) = moments(&pulls);
    assert!((spread - 1.0).abs() < 0.25, "{spread}");
}

#[test]
fn few_electrons_give_a_smooth_drift_and_say_so() {
    let world =
        World { positions: 60, drift_trend_ev: 0.01, low_loss: false, electrons_in_a: 600.0, ..World::default() };
    let made = simulate(&world, 4).unwrap().scan;
    let mut recipe = recipe();
    recipe.alignment = AlignmentMethod::TiL;
    let (found, warnings) = shifts(&input(&made, 6, Stored::Planes), &recipe, &Progress::new()).unwrap();
    assert!(found.smoothed && warnings.iter().any(|warning| warning.code == "drift-smoothed"));
    let errors: Vec<f64> = found.shift_ev.iter().zip(&made.drift_ev).map(|(shift, drift)| shift + drift).collect();
    assert!(moments(&errors).1 < 0.2, "{:?}", moments(&errors));
}

#[test]
fn two_spectra_in_noise_are_two_components_and_reconstructions_are_watermarked() {
    let axis = moray::model::EnergyAxis::new(400.0, 0.5, 700).unwrap();
    let shape = |c: usize, at: f64| 40.0 + 300.0 * (-0.5 * ((c as f64 - at) / 20.0).powi(2)).exp();
    // Square roots of a sine of noise: deterministic, of unit variance per count.
    let noise = |k: usize| 2_f64.sqrt() * (1.7 * (k as f64).powf(1.37)).sin();
    let clean = Array2::from_shape_fn((900, 700), |(p, c)| {
        let share = 0.5 + 0.4 * (p as f64 / 40.0).sin();
        share * shape(c, 200.0) + (1.0 - share) * shape(c, 430.0)
    });
    let mut counts = clean.clone();
    counts.iter_mut().enumerate().for_each(|(k, n)| *n += n.sqrt() * noise(k));
    let image = spectra(&axis, &folded(&counts, 30), Stored::Planes);
    let found = components(&image, 5, &Progress::new()).unwrap();
    assert!(!found.exact && found.factors.dim() == (5, 700) && found.loadings.dim() == (900, 5));
    let v = &found.variances;
    assert!(v[0] > v[1] && v[1] > 20.0 * v[2] && v[2] < 2.0 * v[4], "{v:?}");
    assert!(found.factors.row(0).iter().all(|value| *value > 0.0));
    let denoised = found.denoised(123, 2).unwrap();
    assert_eq!(denoised.watermark, WATERMARK);
    let error = |values: &[f64]| -> f64 {
        values.iter().zip(clean.row(123)).map(|(a, b)| (a - b).powi(2) / b).sum::<f64>() / 700.0
    };
    assert!(error(&denoised.counts) < 0.05 * error(&counts.row(123).to_vec()));
    assert!(found.denoised(900, 2).is_none());
}

#[test]
fn what_cannot_be_done_is_refused_with_a_reason() {
    let made = simulate(&World { low_loss: false, ..World::default() }, 1).unwrap().scan;
    let given = input(&made, 4, Stored::Planes);
    assert!(components(&given.spectra, 0, &Progress::new()).is_err());
    let flat = spectra(made.core.axis(), &Array3::from_elem((4, 4, 1024), 50.0), Stored::Planes);
    let nothing = MapInput { spectra: flat, ..given.clone() };
    assert!(MapModel::new(&nothing, &recipe(), &Progress::new()).is_err());
    assert!(shifts(&nothing, &recipe(), &Progress::new()).is_err());
    let mut counts = folded(&made.core.counts().to_owned(), 4);
    counts[(2, 1, 77)] = f64::NAN;
    let holed = MapInput { spectra: spectra(made.core.axis(), &counts, Stored::Planes), ..given };
    let error = MapModel::new(&holed, &recipe(), &Progress::new()).unwrap_err();
    assert!(error.to_string().contains("no number"), "{error}");
    let stopped = Progress::new();
    stopped.cancel();
    assert!(components(&holed.spectra, 3, &stopped).is_err());
}
