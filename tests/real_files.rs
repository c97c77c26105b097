//! Real files through the pipeline: features where they are known to be, halves of a scan that agree, and every EELS
//! file in the window.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

#[path = "support/shared.rs"]
mod shared;

use std::sync::Arc;

use moray::analysis::{self, CompareInput, Comparison, ScanInput};
use moray::app::open_scan;
use moray::model::{LineScan, Recipe, Site};
use moray::progress::Progress;

fn input(name: &str, scan: &Arc<LineScan>, positions: Vec<usize>) -> ScanInput {
    let columns = positions.into_iter().map(|i| i..i + 1).collect();
    let sites = Some(vec![Site { name: name.to_owned(), columns }]);
    ScanInput { name: name.to_owned(), scan: scan.clone(), low_loss: None, profiles: Vec::new(), sites }
}

fn alone(file: &str) -> Option<(Arc<LineScan>, Comparison)> {
    let folder = shared::folder()?;
    let scan = open_scan(&folder.join(file).display().to_string().parse().unwrap(), None).unwrap().scan;
    let reference = input("scan", &scan, (0..scan.positions()).collect());
    let recipe = Recipe::preset("lto").unwrap();
    let input = CompareInput { reference, scans: Vec::new(), recipe, ti3_reference: None };
    Some((scan, analysis::compare(&input, &Progress::new()).unwrap()))
}

/// Ti L3, Ti L2 and a of the file, offset and scale of the calibration, as other programs and eyes found them.
fn check_calibration(file: &str, found: [f64; 3], offset_ev: f64, scale: f64) {
    let Some((_, comparison)) = alone(file) else { return };
    let calibration = &comparison.report.calibration[0];
    let here = [calibration.found_ev.ti_l3, calibration.found_ev.ti_l2, calibration.found_ev.o_k_a].map(Option::unwrap);
    println!("{file}: {here:.2?} eV, offset {:.2}, scale {:.4}", calibration.offset_ev, calibration.dispersion_scale);
    for (here, known) in here.iter().zip(found) {
        assert!((here - known).abs() <= 0.4, "{here} eV, not {known}");
    }
    assert!((calibration.offset_ev - offset_ev).abs() <= 0.4);
    assert!((calibration.dispersion_scale - scale).abs() <= 0.006);
    // So windows lie where the peaks are: a inside its window, the background before the onset.
    let on_axis = |file_ev: f64| {
        calibration.pivot_ev + calibration.offset_ev + calibration.dispersion_scale * (file_ev - calibration.pivot_ev)
    };
    let edge = &comparison.report.edges[0];
    let a = edge.normalisation.window_ev;
    assert!((a.lo_ev()..a.hi_ev()).contains(&on_axis(here[2])));
    let onset = on_axis(calibration.found_ev.o_k_onset.unwrap());
    assert!(edge.backgrounds.iter().all(|background| background.window_ev.hi_ev() < onset));
}

#[test]
fn ti_l_and_o_k_of_the_strontium_titanate_spectrum_are_found_where_they_are() {
    check_calibration("dm/DMReader_EELS_STO.dm3", [456.2, 461.4, 524.6], 4.3, 1.031);
}

#[test]
fn ti_l_and_o_k_of_the_strontium_titanate_spectrum_image_are_found_where_they_are() {
    check_calibration("dm/DMReader_SpectrumImage_SI-EELS.dm3", [456.9, 462.0, 525.1], 3.6, 1.034);
}

#[test]
fn halves_of_the_real_scan_agree_within_what_is_claimed() {
    let Some((scan, comparison)) = alone("dm/DMReader_SpectrumImage_SI-EELS.dm3") else { return };
    for check in comparison.report.self_check.iter().filter(|check| check.split != "halves") {
        println!("{}: X2 {:.2}, z {:.2?}", check.split, check.chi2, check.z);
        assert!(check.chi2 <= 11.3, "{check:?}");
    }
    // The same through the whole comparison: odd positions against even ones must not drop.
    let half = |first: usize| (first..scan.positions()).step_by(2).collect();
    let recipe = Recipe::preset("lto").unwrap();
    let split = CompareInput {
        reference: input("even", &scan, half(0)),
        scans: vec![input("odd", &scan, half(1))],
        recipe,
        ti3_reference: None,
    };
    let comparison = analysis::compare(&split, &Progress::new()).unwrap();
    for peak in &comparison.report.edges[0].peaks {
        let [low, high] = peak.sites[0].drop_ci95.unwrap();
        let widened = 0.5 * (high - low);
        assert!(low - widened < 0.0 && high + widened > 0.0, "{}: {low} to {high}", peak.label);
    }
}

#[cfg(feature = "gui")]
mod window {
    use std::time::{Duration, Instant};

    use egui_kittest::Harness;
    use moray::ui::{Application, Pipeline, WindowModel};

    use super::shared;

    #[test]
    fn every_eels_file_with_an_energy_axis_opens_in_the_window_and_shows_a_curve() {
        let Some(folder) = shared::folder() else { return };
        let manifest = shared::manifest(&folder);
        let with_axis = |file: &serde_json::Value| {
            let images = file["images"].as_array().unwrap();
            let axes = images.iter().flat_map(|image| image["axes"].as_array().unwrap());
            axes.filter(|axis| {
                axis["energy_axis"] == true && axis["units"].as_str().is_some_and(|unit| unit.contains("eV"))
            })
            .count()
                == 1
        };
        let files = manifest["files"].as_array().unwrap().iter().filter(|file| file["eels"] == true && with_axis(file));
        let mut opened = 0;
        for file in files.map(|file| file["file"].as_str().unwrap()) {
            let model = shown(&folder.join(file));
            let curve = model.panes.iter().flat_map(|pane| &pane.curves).find(|curve| curve.y.len() > 1);
            let curve = curve.unwrap_or_else(|| panic!("{file} shows no curve: {:?}", model.cautions));
            assert!(curve.y.iter().all(|value| value.is_finite()), "{file}");
            opened += 1;
        }
        println!("{opened} files");
        assert!(opened >= 14, "only {opened} files");
    }

    fn shown(path: &std::path::Path) -> WindowModel {
        let path = path.to_owned();
        let name = path.display().to_string();
        let mut harness = Harness::builder().with_size([1440.0, 900.0]).with_max_steps(60).build_eframe(move |cc| {
            let mut application = Application::new(cc, Pipeline::default()).unwrap();
            application.open_at_start(vec![path]);
            application
        });
        let start = Instant::now();
        loop {
            harness.step();
            let bench = harness.state().bench();
            let current = bench.derived().is_some_and(|derived| derived.revision == bench.document().revision());
            if !bench.document().session().inputs.is_empty() && (current || bench.failure().is_some()) {
                break;
            }
            assert!(start.elapsed() < Duration::from_secs(30), "{name} never came");
            std::thread::sleep(Duration::from_millis(2));
        }
        harness.run();
        let application = harness.state_mut();
        let view = application.view_mut().clone();
        WindowModel::of(application.bench(), &view)
    }
}
