//! Pictures with known columns: positions, diamond, strain, filters.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

#[path = "support/diamond.rs"]
mod diamond;

use moray::analysis::image::*;
use moray::model::{ProfileKind, SurveyImage};
use moray::simulate::Survey;

fn picture(survey: &Survey, kind: ProfileKind, seed: u64) -> SurveyImage {
    let mut picture = SurveyImage::new(survey.record(kind, seed), Some([survey.pixel_nm; 2])).unwrap();
    picture.kind = Some(kind);
    picture
}

/// Ti-a of the simulated crystal, (x, y) in nm.
fn true_ti_a(survey: &Survey) -> Vec<[f64; 2]> {
    let cell = [0.836 / 2_f64.sqrt() * (1.0 + survey.short_strain), 0.836 * (1.0 + survey.long_strain)];
    let places = [[0.0, 0.5], [0.5, 0.0]];
    let cells = (-2..12).flat_map(|i| (-2..12).map(move |j| [f64::from(i), f64::from(j)]));
    let at = |ij: [f64; 2], place: [f64; 2]| [0, 1].map(|k| survey.origin_nm[k] + (ij[k] + place[k]) * cell[k]);
    cells.flat_map(|ij| places.map(|place| at(ij, place))).collect()
}

#[test]
fn strain_of_the_diamond_is_right_to_the_accuracy_asked_for() {
    let pictures = 60;
    for (study, name) in diamond::study(pictures).iter().zip(["short", "long"]) {
        println!("{name}: {study:?}");
        // The mean of so many pictures scatters by itself.
        let own = study.scatter / (pictures as f64).sqrt();
        assert!(study.bias.abs() <= 0.0003 + 2.0 * own, "{name} {study:?}");
        assert!(study.scatter <= 0.0006, "{name} {study:?}");
        // 60 pictures know their scatter to 9 %.
        assert!((study.stated_over_scatter - 1.0).abs() <= 0.25 + 0.1, "{name} {study:?}");
    }
}

/// Oxygen of the chain in the simulated crystal, (x, y) in nm.
fn true_chain_oxygen(survey: &Survey) -> Vec<[f64; 2]> {
    let cell = [0.836 / 2_f64.sqrt() * (1.0 + survey.short_strain), 0.836 * (1.0 + survey.long_strain)];
    let cells = (-2..12).flat_map(|i| (-2..12).map(move |j| [f64::from(i), f64::from(j)]));
    let places = moray::simulate::CHAIN.as_flattened();
    let at = |ij: [f64; 2], place: (f64, f64)| {
        [survey.origin_nm[0] + (ij[0] + place.0) * cell[0], survey.origin_nm[1] + (ij[1] + place.1) * cell[1]]
    };
    cells.flat_map(|ij| places.iter().map(move |place| at(ij, *place)).collect::<Vec<_>>()).collect()
}

#[test]
fn oxygen_of_the_chain_is_found_in_abf_from_where_haadf_has_it() {
    let survey = Survey { origin_nm: [0.123, 0.31], electrons_per_pixel: 400.0, ..Survey::default() };
    let truth = true_chain_oxygen(&survey);
    let (mut square, mut count, mut worst) = (0.0, 0.0, 0.0_f64);
    for seed in 0..6 {
        let [abf, haadf] = [ProfileKind::Abf, ProfileKind::Haadf].map(|kind| picture(&survey, kind, seed));
        let found = chain_oxygen_columns(&abf, &haadf).unwrap().columns;
        assert!(found.found.len() > 60, "{} found, {:?}", found.found.len(), found.rejected);
        for column in &found.found {
            let distance = |t: &[f64; 2]| (t[0] - column.x_nm).hypot(t[1] - column.y_nm);
            let nearest = truth.iter().min_by(|a, b| distance(a).total_cmp(&distance(b))).unwrap();
            worst = worst.max(distance(nearest));
            square += ((column.x_nm - nearest[0]) / column.x_sigma_nm).powi(2);
            count += 1.0;
        }
    }
    let rms = (square / count).sqrt();
    println!("{count} columns, pulls {rms:.2}, worst {worst:.4} nm");
    assert!(worst < 0.02, "{worst} nm");
    assert!((0.8..1.4).contains(&rms), "{rms}");
    let small = picture(&Survey { pixels: 200, ..survey }, ProfileKind::Abf, 1);
    let haadf = picture(&Survey::default(), ProfileKind::Haadf, 1);
    assert_eq!(chain_oxygen_columns(&small, &haadf), Err(ImageError::FramesDiffer));
}

#[test]
fn ti_a_columns_lie_where_they_are_within_their_standard_errors() {
    let survey = Survey { origin_nm: [0.123, 0.31], electrons_per_pixel: 100.0, ..Survey::default() };
    let truth = true_ti_a(&survey);
    let (mut squares, mut count) = ([0.0; 2], 0.0);
    for seed in 0..10 {
        let image = picture(&survey, ProfileKind::Haadf, seed);
        let columns = columns(&image, &ColumnOptions::of(&image)).unwrap();
        let lattice = moray::analysis::image::diamond(&columns).unwrap();
        for &(_, _, k) in &lattice.ti_a {
            let column = &columns.found[k];
            let distance = |t: &&[f64; 2]| (t[0] - column.x_nm).hypot(t[1] - column.y_nm);
            let nearest = truth.iter().min_by(|a, b| distance(a).total_cmp(&distance(b))).unwrap();
            assert!(distance(&nearest) < 0.01, "{column:?}");
            squares[0] += ((column.x_nm - nearest[0]) / column.x_sigma_nm).powi(2);
            squares[1] += ((column.y_nm - nearest[1]) / column.y_sigma_nm).powi(2);
            count += 1.0;
        }
    }
    assert!(count > 300.0);
    for square in squares {
        let rms = (square / count).sqrt();
        assert!((rms - 1.0).abs() < 0.12, "pulls have a standard deviation of {rms}");
    }
}

#[test]
fn a_turned_picture_gives_the_same_strain() {
    let survey = Survey { long_strain: 0.03, ..Survey::default() };
    let upright = picture(&survey, ProfileKind::Haadf, 5);
    let turned = SurveyImage::new(upright.values().t().to_owned(), upright.pixel_nm()).unwrap();
    let [a, b] = [&upright, &turned]
        .map(|image| measure(image, None, &ColumnOptions::default(), SYSTEMATIC).unwrap().diamond.unwrap());
    assert!((a.short_nm.value - b.short_nm.value).abs() < 1e-6);
    assert!((a.long_nm.value - b.long_nm.value).abs() < 1e-6);
    assert!((b.rotation_deg.abs() - 90.0).abs() < 0.5 && a.rotation_deg.abs() < 0.5);
}

#[test]
fn a_low_pass_keeps_positions_and_a_bragg_filter_is_not_for_positions() {
    let image = picture(&Survey::default(), ProfileKind::Haadf, 2);
    let smooth = filter(&image, Filter::LOW_PASS, EdgeWindow::None).unwrap();
    let raw = measure(&image, None, &ColumnOptions::default(), SYSTEMATIC).unwrap().diamond.unwrap();
    let low = smooth.for_positions().unwrap();
    let low = measure(low, None, &ColumnOptions::default(), SYSTEMATIC).unwrap().diamond.unwrap();
    assert!((low.short_nm.value / raw.short_nm.value - 1.0).abs() < 1e-3);
    let bragg = filter(&image, Filter::Bragg, EdgeWindow::None).unwrap();
    assert!(bragg.for_positions().is_none());
    assert!(bragg.filter.label().contains("never to be measured"));
    // {111} of the cubic cell along <110>: 0.4827 nm is the widest spacing that HAADF shows.
    assert!(
        bragg.reflections.iter().any(|r| (r.spacing_nm.unwrap() / 0.4827 - 1.0).abs() < 0.05),
        "{:?}",
        bragg.reflections
    );
    // Away from the borders, where the transform takes the picture as periodic.
    let clean = Survey { electrons_per_pixel: 1e7, ..Survey::default() }.record(ProfileKind::Haadf, 1) / 5e4;
    let noise = |image: &SurveyImage| {
        let difference = &image.values() - &clean;
        let middle = difference.slice(ndarray::s![64..192, 64..192]);
        (middle.iter().map(|d| d * d).sum::<f64>() / middle.len() as f64).sqrt()
    };
    let [raw, low, kept] = [&image, smooth.picture(), bragg.picture()].map(noise);
    assert!(low < 0.6 * raw && kept < 0.5 * raw, "{raw} {low} {kept}");
}

#[test]
fn abf_columns_are_found_dark_and_its_diamond_is_refused_with_a_caution() {
    let image = picture(&Survey::default(), ProfileKind::Abf, 4);
    let report = measure(&image, None, &ColumnOptions::of(&image), SYSTEMATIC).unwrap();
    assert!(report.columns.found.len() > 100, "{}", report.columns.found.len());
    assert!(report.columns.found.iter().all(|column| column.amplitude > 0.0));
    assert_eq!(report.diamond, None);
    assert!(report.diamond_reason.unwrap().contains("ABF"));
    assert!(report.warnings.iter().any(|warning| warning.code == "abf-circular"));
}

#[test]
fn the_inverted_abf_profile_along_the_chain_peaks_at_its_oxygen() {
    // The chain of Ti-b and oxygen columns runs along x at a quarter of the cell; oxygen sits at x = 0 and half a cell.
    let survey = Survey { origin_nm: [0.2, 0.1], ..Survey::default() };
    let image = picture(&survey, ProfileKind::Abf, 1);
    let y_nm = 0.1 + 0.836 * 0.25;
    let line = ScanLine { from_nm: [0.1, y_nm], to_nm: [3.9, y_nm], width_nm: 0.08 };
    let profile = line_profile(&image, &line, 191).unwrap().inverted();
    let period = 0.836 / 8_f64.sqrt();
    let mean_at = |phase: f64| {
        let near = |d: f64| ((d + 0.1 - 0.2) / period - phase).rem_euclid(1.0);
        let held: Vec<f64> = profile
            .distance_nm
            .iter()
            .zip(&profile.value)
            .filter(|(d, _)| near(**d) < 0.05 || near(**d) > 0.95)
            .map(|(_, v)| *v)
            .collect();
        held.iter().sum::<f64>() / held.len() as f64
    };
    assert!(mean_at(0.0) > 2.0 * mean_at(0.25) && mean_at(0.5) > 2.0 * mean_at(0.25));
    assert!(profile.sigma.unwrap().iter().all(|sigma| sigma.is_finite()));
}

#[test]
fn pictures_that_cannot_be_measured_say_why() {
    let survey = Survey::default();
    let image = picture(&survey, ProfileKind::Haadf, 1);
    let bare = SurveyImage::new(image.values().to_owned(), None).unwrap();
    assert_eq!(columns(&bare, &ColumnOptions::default()), Err(ImageError::NoPixelSize));
    let coarse = bare.clone().with_pixel_nm([0.08, 0.08]);
    assert!(matches!(columns(&coarse, &ColumnOptions::default()), Err(ImageError::TooCoarse { .. })));
    let blank = image.with_values(ndarray::Array2::from_elem((256, 256), 3.0)).unwrap();
    assert_eq!(columns(&blank, &ColumnOptions::default()), Err(ImageError::Blank));
    // The same picture at a wrong scale has no diamond of the right size.
    let wrong = image.clone().with_pixel_nm([0.022, 0.022]);
    let report = measure(&wrong, None, &ColumnOptions::of(&wrong), SYSTEMATIC).unwrap();
    assert!(report.diamond.is_none() && report.diamond_reason.is_some());
}
