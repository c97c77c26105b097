use super::model::expected;
use super::solver::Likelihood;
use super::*;
use crate::analysis::fourier::Response;
use crate::model::{EnergyAxis, Recipe};

fn structure() -> FineStructure {
    FineStructure::of(&Recipe::preset("lto").unwrap().edges[1]).unwrap()
}

fn empty(first_ev: f64) -> FitSpectrum {
    let axis = EnergyAxis::new(first_ev, 0.25, 400).unwrap();
    FitSpectrum::new(axis, &vec![0.0; 400], 2.0, structure().window_ev).unwrap()
}

/// Two thirds of all electrons lose no more, one third 20 eV more; both a little wide.
fn low_loss() -> Response {
    let width = |i: f64, centre: f64| (-0.5 * ((i - centre) / 1.5).powi(2)).exp();
    let above = (0..200).map(f64::from).map(|i| 0.67 * width(i, 0.0) + 0.33 * width(i, 80.0)).collect();
    Response { above, below: (1..12).map(|i| 0.67 * width(f64::from(i), 0.0)).collect() }
}

fn truth() -> Parameters {
    let part = |b: f64, step: f64| SpectrumParameters {
        areas: vec![900.0, b, 1100.0, 1300.0],
        step,
        background: 150.0,
        exponent: 3.1,
    };
    Parameters::new(&[[531.2, 1.6], [533.4, 1.7], [538.8, 4.2], [544.1, 4.6]], &[part(700.0, 90.0), part(950.0, 110.0)])
}

fn spectra() -> [FitSpectrum; 2] {
    [empty(480.0), empty(480.08).with_low_loss(&low_loss())]
}

#[test]
fn the_jacobian_is_what_finite_differences_say() {
    let (structure, truth) = (structure(), truth());
    let layout = truth.layout();
    for (s, on) in spectra().iter().enumerate() {
        let here = expected(&structure, &truth, s, on);
        for column in 0..layout.columns() {
            let at = layout.global(s, column);
            let h = 1e-4;
            let [up, down] = [h, -h].map(|h| {
                let mut values = truth.vector().to_vec();
                values[at] += h;
                expected(&structure, &Parameters::from_vector(4, values), s, on).total
            });
            let largest = here.column(column).iter().fold(0.0_f64, |a, b| a.max(b.abs()));
            assert!(largest > 0.0, "column {column}");
            for (i, value) in here.column(column).iter().enumerate() {
                let difference = (up[i] - down[i]) / (2.0 * h);
                assert!((value - difference).abs() < 1e-5 * largest, "{s} {column} {i}: {value} {difference}");
            }
        }
    }
}

#[test]
fn the_score_is_the_slope_of_the_likelihood() {
    let (structure, truth) = (structure(), truth());
    let spectra: Vec<FitSpectrum> = (spectra().into_iter().enumerate())
        .map(|(s, on)| {
            let wave = |(i, mu): (usize, f64)| (mu * (1.0 + 0.1 * (i as f64).sin())).round();
            let electrons = expected_electrons(&structure, &truth, s, &on).into_iter().enumerate().map(wave).collect();
            on.with_electrons(electrons)
        })
        .collect();
    let likelihood = Likelihood { structure: &structure, spectra: &spectra };
    let here = likelihood.point(&truth, true);
    for at in 0..truth.vector().len() {
        let h = 1e-4;
        let [up, down] = [h, -h].map(|h| {
            let mut values = truth.vector().to_vec();
            values[at] += h;
            likelihood.point(&Parameters::from_vector(4, values), true).cost
        });
        let slope = (down - up) / (2.0 * h);
        let tolerance = 1e-4 * here.fisher[(at, at)].sqrt() + 1e-5 * slope.abs();
        assert!((here.score[at] - slope).abs() < tolerance, "{at}: {} {slope}", here.score[at]);
    }
}

#[test]
fn an_edge_seen_through_its_low_loss_keeps_its_electrons_and_moves_a_third_of_them_up() {
    let (structure, truth) = (structure(), truth());
    let [plain, _] = spectra();
    let blurred = plain.clone().with_low_loss(&low_loss());
    let [alone, seen] = [&plain, &blurred].map(|on| expected(&structure, &truth, 0, on).column(8));
    let total = |values: &[f64]| values.iter().sum::<f64>();
    assert!((total(&alone) - 1.0).abs() < 1e-9 && (total(&seen) - 1.0).abs() < 1e-6, "{}", total(&seen));
    let above: f64 = plain.energies_ev().iter().zip(&seen).filter(|(e, _)| **e > 540.0).map(|(_, v)| v).sum();
    assert!((above - 0.33).abs() < 0.01, "{above}");
}

#[test]
fn influences_are_the_derivatives_of_the_drops() {
    let (structure, truth) = (structure(), truth());
    let made: Vec<FitSpectrum> = (spectra().into_iter().enumerate())
        .map(|(s, on)| {
            let electrons = expected_electrons(&structure, &truth, s, &on);
            on.with_electrons(electrons)
        })
        .collect();
    let here = joint_fit(&made, &structure).unwrap().component_drops(0, 1);
    for (s, i) in [(0, 104), (0, 115), (1, 104), (1, 140)] {
        let mut moved = made.clone();
        let mut electrons = moved[s].electrons().to_vec();
        electrons[i] += 1.0;
        moved[s] = moved[s].clone().with_electrons(electrons);
        let there = joint_fit(&moved, &structure).unwrap().component_drops(0, 1);
        let channel = made[s].channels().start + i;
        for k in 0..3 {
            let influence = &here.influences[k];
            let expected = if s == 0 { influence.site[channel] } else { influence.reference[channel] };
            let seen = there.log_ratios().nth(k).unwrap() - here.log_ratios().nth(k).unwrap();
            let scale = here.covariance[[k, k]].sqrt();
            assert!((seen - expected).abs() < 3e-3 * scale + 0.05 * expected.abs(), "{s} {i} {k}: {seen} {expected}");
        }
    }
}

#[test]
fn a_wrong_model_does_not_pass_the_gate_and_a_right_one_does() {
    let (structure, truth) = (structure(), truth());
    let on = empty(480.0);
    let right = expected_electrons(&structure, &truth, 0, &on);
    let noisy = |mu: &[f64]| -> Vec<f64> {
        // Noise of the right size that is the same in every run: golden-ratio signs.
        let sign = |i: usize| if (i as f64 * 0.618_033_988_75).fract() < 0.5 { -1.0 } else { 1.0 };
        mu.iter().enumerate().map(|(i, mu)| mu + sign(i) * (mu + 2.0_f64).sqrt()).collect()
    };
    let fit = |mu: &[f64]| joint_fit(&[on.clone().with_electrons(noisy(mu))], &structure).unwrap();
    let good = fit(&right);
    assert!(good.gate().is_ok(), "{:?}", good.gate());
    let extra = |energy: &f64| 60.0 * (-0.5 * ((energy - 516.0) / 1.0_f64).powi(2)).exp();
    let wrong: Vec<f64> = right.iter().zip(on.energies_ev()).map(|(mu, energy)| mu + extra(&energy)).collect();
    let reason = fit(&wrong).gate().unwrap_err();
    assert!(reason.contains("chi squared"), "{reason}");
}

#[test]
fn nothing_to_fit_is_an_error() {
    let structure = structure();
    assert_eq!(joint_fit(&[], &structure).unwrap_err(), FitError::Empty);
    assert_eq!(joint_fit(&[empty(480.0)], &structure).unwrap_err(), FitError::NoSignal);
    let axis = EnergyAxis::new(520.0, 0.25, 100).unwrap();
    let outside = FitSpectrum::new(axis, &[1.0; 100], 0.0, structure.window_ev);
    assert!(matches!(outside, Err(FitError::OutsideData { .. })));
}
