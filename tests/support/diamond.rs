//! How well the Ti diamond is measured on simulated pictures of known strain.

use moray::analysis::image::{ColumnOptions, SYSTEMATIC, measure};
use moray::model::{ProfileKind, SurveyImage};
use moray::simulate::{ColumnChange, Survey};
use rayon::prelude::*;

/// What a study of one diagonal found; strains as fractions.
#[derive(Debug, Clone, Copy)]
pub struct DiagonalStudy {
    /// Mean of found minus true strain.
    pub bias: f64,
    /// Standard deviation of found strain.
    pub scatter: f64,
    /// Root mean square of the stated statistical standard error over the scatter.
    pub stated_over_scatter: f64,
}

/// Measures the strain of `pictures` pairs of pictures: 41 A wide, 60 electrons in a pixel, short diagonal -1.25 %, long
/// diagonal +4.67 %, oxygen lost, lattices anywhere on the pixels. Short, then long diagonal.
pub fn study(pictures: u64) -> [DiagonalStudy; 2] {
    const TRUTH: [f64; 2] = [-0.0125, 0.0467];
    let found: Vec<[(f64, f64); 2]> = (0..pictures).into_par_iter().map(|seed| pair(seed, TRUTH)).collect();
    [0, 1].map(|k| {
        let n = found.len() as f64;
        let mean = found.iter().map(|pair| pair[k].0).sum::<f64>() / n;
        let variance = found.iter().map(|pair| (pair[k].0 - mean).powi(2)).sum::<f64>() / (n - 1.0);
        let stated = found.iter().map(|pair| pair[k].1.powi(2)).sum::<f64>() / n;
        let scatter = variance.sqrt();
        DiagonalStudy { bias: mean - TRUTH[k], scatter, stated_over_scatter: stated.sqrt() / scatter }
    })
}

fn pair(seed: u64, [short_strain, long_strain]: [f64; 2]) -> [(f64, f64); 2] {
    // Low-discrepancy places of the lattice on the pixels.
    let place = |k: u64| [0.754_877_666 * k as f64, 0.569_840_291 * k as f64].map(|v| 0.5 * v.fract());
    let pristine = Survey { electrons_per_pixel: 60.0, origin_nm: place(2 * seed), ..Survey::default() };
    let lost = ColumnChange { occupancy: 0.85, ..ColumnChange::NONE };
    let biased = Survey {
        short_strain,
        long_strain,
        oxygen: [lost, ColumnChange::NONE],
        origin_nm: place(2 * seed + 1),
        ..pristine.clone()
    };
    let record = |survey: &Survey, seed| {
        SurveyImage::new(survey.record(ProfileKind::Haadf, seed), Some([survey.pixel_nm; 2])).unwrap()
    };
    let (reference, picture) = (record(&pristine, 2 * seed), record(&biased, 2 * seed + 1));
    let strain = measure(&picture, Some(&reference), &ColumnOptions::default(), SYSTEMATIC).unwrap().strain.unwrap();
    [strain.short, strain.long].map(|diagonal| (diagonal.strain, diagonal.sigma_statistical))
}
