//! The scans that open when there is nothing else to show.

use std::sync::Arc;

use ndarray::Array2;

use crate::document::OpenScan;
use crate::model::{EnergyAxis, LineScan};

/// The bundled sample: a pristine and a biased line scan.
pub fn sample_scans() -> Vec<OpenScan> {
    [("pristine", 0.0, 7), ("2.7 V", 1.0, 11)]
        .into_iter()
        .filter_map(|(name, bias, seed)| scan(name, bias, seed))
        .collect()
}

/// A line scan over alternating columns: Ti L, O K with four peaks, a falling background, Poisson-like scatter.
fn scan(name: &str, bias: f64, seed: u64) -> Option<OpenScan> {
    let axis = EnergyAxis::new(430.0, 0.25, 640).ok()?;
    let mut state = seed;
    let mut noise = move || {
        let mut sum = 0.0;
        for _ in 0..12 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            sum += (state >> 11) as f64 / (1u64 << 53) as f64;
        }
        sum - 6.0
    };
    let counts = Array2::from_shape_fn((96, axis.channels()), |(position, channel)| {
        let mean = mean_counts(axis.energy_at(channel as f64), position as f64, bias);
        mean + noise() * mean.sqrt()
    });
    let mut scan = LineScan::new(axis, counts).ok()?;
    scan.step_nm = Some(0.025);
    scan.acquisition.beam_energy_kev = Some(200.0);
    scan.acquisition.collection_semi_angle_mrad = Some(35.0);
    scan.acquisition.dwell_time_s = Some(0.1);
    Some(OpenScan {
        path: format!("{name}.dm4").into(),
        image: 1,
        sha256: format!("sample {name}"),
        name: name.to_owned(),
        scan: Arc::new(scan),
        low_loss: None,
        profiles: Vec::new(),
        cautions: Vec::new(),
    })
}

fn mean_counts(energy: f64, position: f64, bias: f64) -> f64 {
    let phase = position / 11.8;
    let column = (std::f64::consts::PI * (phase - 0.5)).sin().powi(2);
    let first_site = (0.5 + 0.5 * (std::f64::consts::PI * (phase - 0.5)).cos()).clamp(0.0, 1.0);
    let drop = bias * (0.10 + 0.11 * first_site);
    let gauss = |at: f64, width: f64| (-0.5 * ((energy - at) / (width / 2.355)).powi(2)).exp();
    let step = |at: f64, width: f64| 0.5 * (1.0 + libm::erf((energy - at) / width));
    let ti =
        700.0 * gauss(458.3, 1.2) + 900.0 * gauss(460.4, 1.7) + 600.0 * gauss(463.7, 1.7) + 800.0 * gauss(465.8, 2.1);
    let oxygen = 260.0 * gauss(531.0, 1.7)
        + (1.0 - drop)
            * (200.0 * gauss(533.5, 2.0)
                + 330.0 * gauss(539.2, 4.2)
                + 230.0 * gauss(544.6, 5.2)
                + 90.0 * step(536.0, 4.0));
    900.0 * (energy / 430.0).powf(-3.0) + 140.0 * step(459.0, 2.0) + ti + (0.55 + 0.45 * column) * oxygen
}
