//! Background models: curves they must recover, derivatives they claim, scatter they promise.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use moray::analysis::background::{self, FitFailure, MODELS};
use moray::analysis::drops;
use moray::analysis::extrapolation::under_reference;
use moray::analysis::net::{Pair, Place};
use moray::analysis::sums::SummedSpectrum;
use moray::model::{BackgroundModel, EdgeRecipe, EnergyAxis, EnergyWindow, Recipe};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Poisson};

const ALONE: [BackgroundModel; 6] = [
    BackgroundModel::PowerLaw,
    BackgroundModel::LogLog,
    BackgroundModel::TwoArea,
    BackgroundModel::Exponential,
    BackgroundModel::LogPolynomial,
    BackgroundModel::SumOfPowers,
];

fn axis() -> EnergyAxis {
    EnergyAxis::new(480.0, 0.25, 400).unwrap()
}

fn window(lo: f64, hi: f64) -> EnergyWindow {
    EnergyWindow::new(lo, hi).unwrap()
}

fn spectrum(curve: impl Fn(f64) -> f64) -> SummedSpectrum {
    SummedSpectrum::counted(axis(), axis().energies().into_iter().map(curve).collect())
}

fn counted(curve: impl Fn(f64) -> f64, seed: u64) -> SummedSpectrum {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let draw = |energy: f64| Poisson::new(curve(energy)).unwrap().sample(&mut random);
    SummedSpectrum::counted(axis(), axis().energies().into_iter().map(draw).collect())
}

fn power_law(level: f64) -> impl Fn(f64) -> f64 {
    move |energy: f64| level * (energy / 520.0).powf(-3.0)
}

#[test]
fn every_model_has_one_entry_and_a_name_of_its_own() {
    let names: std::collections::BTreeSet<_> = MODELS.iter().map(|entry| entry.model.name()).collect();
    assert_eq!(names.len(), MODELS.len());
    assert_eq!(MODELS.len(), ALONE.len() + 1);
    for entry in MODELS {
        assert_eq!(background::Model::of(entry.model).words, entry.words);
        let json = serde_json::to_string(&entry.model).unwrap();
        assert_eq!(json, format!("\"{}\"", entry.model.name()));
    }
}

#[test]
fn every_model_recovers_its_own_curve_beyond_the_window() {
    type Curve = fn(f64) -> f64;
    let cases: [(BackgroundModel, Curve, f64); 6] = [
        (BackgroundModel::PowerLaw, |e| 2e4 * (e / 520.0).powf(-3.0), 3.0),
        (BackgroundModel::LogLog, |e| 2e4 * (e / 520.0).powf(-3.0), 3.0),
        (BackgroundModel::TwoArea, |e| 2e4 * (e / 520.0).powf(-3.0), 3.0),
        // Slopes at the geometric mean of the window, 516.1279 eV.
        (BackgroundModel::Exponential, |e| 2e4 * (-(e - 520.0) / 200.0).exp(), 516.1279 / 200.0),
        (
            BackgroundModel::LogPolynomial,
            |e| 2e4 * (-3.0 * (e / 516.1279).ln() + 4.0 * (e / 516.1279).ln().powi(2)).exp(),
            3.0,
        ),
        (BackgroundModel::SumOfPowers, |e| 1e4 * (516.1279 / e) + 1e4 * (516.1279 / e).powi(5), 3.0),
    ];
    for (model, curve, exponent) in cases {
        let fitted = background::fit(model, &spectrum(curve), &[window(505.0, 527.5)]).unwrap();
        for energy in [505.0, 520.0, 545.0, 560.0] {
            let relative = fitted.at(energy) / curve(energy) - 1.0;
            assert!(relative.abs() < 1e-6, "{model:?} at {energy}: {relative:e}");
        }
        let (r, sigma) = fitted.exponent();
        assert!((r - exponent).abs() < 1e-4 && sigma > 0.0, "{model:?}: {r} +- {sigma}");
    }
}

#[test]
fn what_a_background_owes_to_each_channel_is_the_derivative_by_that_channel() {
    let windows = [window(505.0, 527.5)];
    for model in ALONE {
        let base = counted(power_law(4000.0), 3);
        let fitted = background::fit(model, &base, &windows).unwrap();
        let mut claimed = vec![0.0; base.electrons.len()];
        fitted.add_influence(&fitted.gradient(545.0), 1.0, &mut claimed);
        let size = claimed.iter().map(|g| g * g).sum::<f64>().sqrt();
        let moved = |channel: usize, by: f64| {
            let mut electrons = base.electrons.clone();
            electrons[channel] += by;
            background::fit(model, &SummedSpectrum::counted(axis(), electrons), &windows).unwrap().at(545.0)
        };
        for channel in [90, 105, 130, 145, 165, 188, 200] {
            let slope = (moved(channel, 2.0) - moved(channel, -2.0)) / 4.0;
            let off = (slope - claimed[channel]).abs() / size;
            assert!(off < 2e-3, "{model:?} channel {channel}: {slope} against {}", claimed[channel]);
        }
    }
}

#[test]
fn extrapolated_backgrounds_scatter_as_their_bands_say() {
    let windows = [window(500.0, 527.5)];
    for model in ALONE {
        let fitted: Vec<_> =
            (0..300).map(|seed| background::fit(model, &counted(power_law(2000.0), seed), &windows).unwrap()).collect();
        let values: Vec<f64> = fitted.iter().map(|fit| fit.at(540.0)).collect();
        let mean = values.iter().sum::<f64>() / 300.0;
        let scatter = (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / 299.0).sqrt();
        let claimed = (fitted.iter().map(|fit| fit.variance_at(540.0)).sum::<f64>() / 300.0).sqrt();
        println!("{model:?}: scatter {scatter:.1}, claimed {claimed:.1}");
        // A held constraint halves the fan of the sum of powers; its band is that of the curve as held.
        let most = if model == BackgroundModel::SumOfPowers { 1.6 } else { 1.13 };
        assert!((0.87..most).contains(&(scatter / claimed)), "{model:?}: {scatter} against {claimed}");
    }
}

#[test]
fn at_few_counts_likelihood_is_unbiased_and_the_line_through_logarithms_is_not() {
    let truth = power_law(6.0);
    let mean = |model| {
        let fit = |seed| background::fit(model, &counted(power_law(6.0), seed), &[window(500.0, 527.5)]).unwrap();
        (0..300).map(|seed| fit(seed).at(513.0)).sum::<f64>() / 300.0 / truth(513.0) - 1.0
    };
    let (likelihood, line) = (mean(BackgroundModel::PowerLaw), mean(BackgroundModel::LogLog));
    println!("bias of the level: likelihood {likelihood:.4}, line {line:.4}");
    assert!(likelihood.abs() < 0.01 && line < -0.05);
}

#[test]
fn a_sum_of_powers_falls_and_is_convex_up_to_the_end_whatever_the_data() {
    for seed in 0..40 {
        // A hump makes the free fit concave; few counts make it anything.
        let humped = |e: f64| 60.0 * (e / 520.0).powf(-3.0) + 25.0 * (-((e - 515.0) / 6.0).powi(2)).exp();
        let fitted = background::fit(BackgroundModel::SumOfPowers, &counted(humped, seed), &[window(500.0, 527.5)]);
        let fitted = fitted.unwrap();
        let values: Vec<f64> = (0..156).map(|k| fitted.at(500.0 + 0.5 * f64::from(k))).collect();
        let scale = values[0] * 1e-9;
        assert!(values.windows(2).all(|v| v[1] <= v[0] + scale), "seed {seed} rises");
        assert!(values.windows(3).all(|v| v[0] + v[2] - 2.0 * v[1] >= -scale), "seed {seed} is concave");
        assert!(values.iter().all(|&v| v >= -scale), "seed {seed} is negative");
    }
}

#[test]
fn a_window_behind_the_peaks_makes_the_background_surer() {
    let sigma = |windows: &[EnergyWindow]| {
        let fitted = background::fit(BackgroundModel::LogPolynomial, &counted(power_law(2000.0), 1), windows).unwrap();
        (fitted.variance_at(540.0).sqrt(), fitted.at(540.0))
    };
    let (before, _) = sigma(&[window(500.0, 527.5)]);
    let (both, value) = sigma(&[window(500.0, 527.5), window(555.0, 575.0)]);
    assert!(both < 0.2 * before, "{both} {before}");
    let truth = power_law(2000.0)(540.0);
    assert!((value - truth).abs() < 4.0 * both, "{value} {truth} {both}");
}

#[test]
fn channels_in_two_windows_count_once() {
    let data = counted(power_law(500.0), 9);
    let fit = |windows: &[EnergyWindow]| background::fit(BackgroundModel::PowerLaw, &data, windows).unwrap();
    let one = fit(&[window(500.0, 527.0)]);
    let two = fit(&[window(500.0, 527.0), window(510.0, 520.0)]);
    assert!((one.at(540.0) / two.at(540.0) - 1.0).abs() < 1e-9);
    assert_eq!(one.dof, two.dof);
}

#[test]
fn a_window_without_electrons_is_refused_by_every_model() {
    for model in ALONE {
        let refused = background::fit(model, &spectrum(|_| 0.0), &[window(505.0, 527.5)]);
        assert!(matches!(refused, Err(FitFailure::NoSignal)), "{model:?}");
    }
}

fn o_k() -> EdgeRecipe {
    Recipe::preset("lto").unwrap().edge("O K").unwrap().clone()
}

fn with_edge(level: f64) -> impl Fn(f64) -> f64 {
    move |energy: f64| {
        let peak = |centre: f64, width: f64| (-((energy - centre) / width).powi(2)).exp();
        let fine = peak(531.0, 0.9) + 0.85 * peak(533.3, 1.1) + 0.6 * peak(539.0, 2.4) + 0.5 * peak(544.5, 3.0);
        level * (energy / 520.0).powf(-3.0) + level * fine
    }
}

#[test]
fn egertons_h_is_what_the_scatter_of_the_background_integral_makes_it() {
    let edge = o_k();
    let place = Place { site: "site", reference: "reference" };
    let c = edge.peak("c").unwrap().window_ev;
    let (mut integrals, mut h) = (Vec::new(), 0.0);
    for seed in 0..300 {
        let data = counted(with_edge(2000.0), seed);
        let pair = Pair::fit(&data, &data, &edge, place, 0.0).unwrap();
        let found = under_reference(&pair, c);
        integrals.push(found.background.value);
        h += found.h.unwrap() / 300.0;
    }
    let mean = integrals.iter().sum::<f64>() / 300.0;
    let variance = integrals.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / 299.0;
    let expected = (mean + variance) / mean;
    println!("h {h:.1}, by scatter {expected:.1}");
    assert!((h / expected - 1.0).abs() < 0.25 && h > 3.0);
}

#[test]
fn every_model_gives_drops_near_the_truth_where_the_background_is_a_power_law() {
    for model in MODELS.iter().map(|entry| entry.model) {
        let mut edge = o_k();
        edge.background.model = model;
        edge.background.window_ev = window(495.0, 527.5);
        edge.background.more_windows_ev = vec![window(560.0, 575.0)];
        let place = Place { site: "site", reference: "reference" };
        let dropped =
            |energy: f64| with_edge(3000.0)(energy) - 0.2 * 3000.0 * 0.85 * (-((energy - 533.3) / 1.1).powi(2)).exp();
        let (site, reference) = (counted(dropped, 1), counted(with_edge(9000.0), 2));
        let [clean_site, clean_reference] = [spectrum(dropped), spectrum(with_edge(9000.0))];
        let drop = |site: &SummedSpectrum, reference: &SummedSpectrum| {
            let pair = Pair::fit(site, reference, &edge, place, 0.0).unwrap();
            let found = drops::measure(&pair, &edge, "a").unwrap();
            found.peaks[0].log_ratio.as_ref().unwrap().drop()
        };
        let (truth, found) = (drop(&clean_site, &clean_reference), drop(&site, &reference));
        assert!((found.value - truth.value).abs() < 4.0 * found.sigma, "{model:?}: {found:?} {truth:?}");
        assert!((truth.value - 0.18).abs() < 0.04, "{model:?}: {truth:?}");
    }
}

#[test]
fn a_recipe_without_further_windows_has_none_and_one_over_a_peak_is_refused() {
    let text = Recipe::preset("lto").unwrap().to_json();
    assert!(Recipe::from_json(&text).unwrap().edges[1].background.more_windows_ev.is_empty());
    let mut recipe = Recipe::preset("lto").unwrap();
    recipe.edges[1].background.more_windows_ev = vec![window(546.0, 560.0)];
    assert!(recipe.check().unwrap_err().to_string().contains("overlaps peak d"));
}
