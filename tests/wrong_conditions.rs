//! Wrong conditions are told, not hidden: each raises the warning or refusal that docs/guide/cautions.md lists.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::path::Path;
use std::process::Command;

use moray::analysis::{self, AnalysisError, CompareInput, Comparison, ScanInput, Warning};
use moray::model::{AlignmentMethod, Along, CalibrationMethod, EnergyWindow, LineScan, PeakWindow, Recipe};
use moray::progress::Progress;
use moray::simulate::{SimulatedScan, World, simulate};
use serde_json::Value;

fn lto() -> Recipe {
    Recipe::preset("lto").unwrap()
}

fn window(lo: f64, hi: f64) -> EnergyWindow {
    EnergyWindow::new(lo, hi).unwrap()
}

fn compare(world: &World, recipe: &Recipe) -> Result<Comparison, AnalysisError> {
    analysis::compare(&input(world, recipe), &Progress::new())
}

fn input(world: &World, recipe: &Recipe) -> CompareInput {
    let made = simulate(world, 7).unwrap();
    let truth = made.truth(&lto()).unwrap();
    let scan = |name: &str, scan: &SimulatedScan, sites: &[moray::model::Site]| ScanInput {
        name: name.to_owned(),
        scan: scan.core.clone(),
        low_loss: scan.low_loss.clone(),
        profiles: Vec::new(),
        sites: Some(sites.to_vec()),
    };
    CompareInput {
        reference: scan("pristine", &made.reference, std::slice::from_ref(&truth.reference_site)),
        scans: vec![scan("biased", &made.scan, &truth.sites)],
        recipe: recipe.clone(),
        ti3_reference: None,
    }
}

/// The warnings of an input that was changed in one way.
fn changed(world: &World, change: impl FnOnce(&mut CompareInput)) -> Vec<Warning> {
    let mut input = input(world, &lto());
    change(&mut input);
    analysis::compare(&input, &Progress::new()).unwrap().report.warnings
}

fn warnings(world: &World, recipe: &Recipe) -> Vec<Warning> {
    compare(world, recipe).unwrap().report.warnings
}

/// The warning of this code; it must say `says`, name `place`, and stand in the guide's table.
fn told<'a>(warnings: &'a [Warning], code: &str, says: &str, place: &str) -> &'a Warning {
    let found = warnings.iter().find(|warning| warning.code == code && warning.place.contains(place));
    let found = found.unwrap_or_else(|| panic!("no {code} at {place} among {warnings:#?}"));
    assert!(found.message.contains(says), "{}", found.message);
    assert!(guide().contains(&format!("| `{code}` |")), "docs/guide/cautions.md lacks {code}");
    found
}

fn absent(warnings: &[Warning], code: &str) {
    assert!(warnings.iter().all(|warning| warning.code != code), "{code} without its cause: {warnings:#?}");
}

fn guide() -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/guide/cautions.md")).unwrap()
}

fn edge(recipe: &mut Recipe) -> &mut moray::model::EdgeRecipe {
    recipe.edges.iter_mut().find(|edge| edge.name == "O K").unwrap()
}

#[test]
fn drift_that_is_left_in() {
    let drifting = World { drift_trend_ev: 0.02, ..World::default() };
    let left = Recipe { alignment: AlignmentMethod::None, ..lto() };
    for low_loss in [true, false] {
        let drifting = World { low_loss, ..drifting.clone() };
        let found = warnings(&drifting, &left);
        told(&found, "drift-left-in", "eV along the scan and are not aligned", "biased");
        let stable = World { low_loss, ..World::default() };
        absent(&warnings(&stable, &left), "drift-left-in");
        absent(&warnings(&drifting, &lto()), "drift-left-in");
    }
    // The size that is told is the one that was put in: 63 steps of 0.02 eV.
    let found = warnings(&drifting, &left);
    let message = &told(&found, "drift-left-in", "1.2", "biased").message;
    assert!(message.contains("drift by 1.2"), "{message}");
}

#[test]
fn thickness_that_differs_without_low_losses() {
    let world = World { scan_t_over_lambda: 0.85, low_loss: false, electrons_in_a: 2e5, ..World::default() };
    let found = warnings(&world, &lto());
    told(&found, "no-low-loss", "difference in thickness is unknown", "thickness");
    let comparison = compare(&world, &lto()).unwrap();
    assert!(comparison.report.thickness.iter().all(|entry| entry.t_over_lambda.is_none() && !entry.matched));
    assert!(comparison.report.not_computed.iter().any(|part| part.field == "thickness"));
    absent(&warnings(&World { low_loss: true, ..world }, &lto()), "no-low-loss");
}

#[test]
fn sites_that_share_positions() {
    let overlapping = changed(&World::default(), |input| {
        let sites = input.scans[0].sites.as_mut().unwrap();
        let first = sites[0].columns[0].clone();
        sites[1].columns.push(first);
    });
    told(&overlapping, "sites-overlap", "O1 and O2 share 5 positions", "biased");
    absent(&warnings(&World::default(), &lto()), "sites-overlap");
}

#[test]
fn a_scan_that_is_its_own_reference() {
    let same = changed(&World::default(), |input| input.scans[0].scan = input.reference.scan.clone());
    told(&same, "scan-is-reference", "the same counts as the reference", "biased");
    absent(&warnings(&World::default(), &lto()), "scan-is-reference");
}

#[test]
fn scans_in_different_units() {
    let mixed = changed(&World::default(), |input| {
        let scan = &input.scans[0].scan;
        let tripled = scan.counts().mapv(|n| 3.0 * n);
        input.scans[0].scan = std::sync::Arc::new(LineScan::new(*scan.axis(), tripled).unwrap());
    });
    told(&mixed, "gains-differ", "one gain is used for all", "gain");
    absent(&warnings(&World::default(), &lto()), "gains-differ");
}

#[test]
fn an_axis_that_no_spectrometer_has() {
    let stretched = World { dispersion_error: 0.08, ..World::default() };
    told(&warnings(&stretched, &lto()), "dispersion-far-off", "more than spectrometers are off", "calibration");
    let usual = World { dispersion_error: -0.04, ..World::default() };
    absent(&warnings(&usual, &lto()), "dispersion-far-off");
}

#[test]
fn an_axis_that_is_taken_though_it_is_off() {
    let off = World { axis_error_ev: -4.0, ..World::default() };
    let mut recipe = lto();
    recipe.calibration.method = CalibrationMethod::File;
    told(&warnings(&off, &recipe), "axis-off-features", "windows lie beside their peaks", "calibration");
    absent(&warnings(&World::default(), &recipe), "axis-off-features");
    absent(&warnings(&off, &lto()), "axis-off-features");
}

#[test]
fn a_two_dimensional_image_taken_as_a_line() {
    let summed = changed(&World::default(), |input| {
        std::sync::Arc::make_mut(&mut input.scans[0].scan).along = Some(Along::Y);
    });
    told(&summed, "summed-across", "64 positions along y are compared as a line, x is summed", "biased");
    absent(&warnings(&World::default(), &lto()), "summed-across");
}

#[test]
fn a_background_window_into_ti_l() {
    let mut recipe = lto();
    edge(&mut recipe).background.window_ev = window(470.0, 527.5);
    let found = warnings(&World::default(), &recipe);
    told(&found, "background-on-ti-tail", "starts below 490 eV", "O K");
    absent(&warnings(&World::default(), &lto()), "background-on-ti-tail");
}

#[test]
fn windows_that_overlap() {
    // Peaks that share channels are told.
    let mut recipe = lto();
    let b = edge(&mut recipe).peaks.iter_mut().find(|peak| peak.label == "b").unwrap();
    b.window_ev = window(531.5, 535.0);
    told(&warnings(&World::default(), &recipe), "windows-overlap", "peaks a and b share channels", "O K");
    absent(&warnings(&World::default(), &lto()), "windows-overlap");
    // A background that takes from a peak is refused, in a recipe and when it gets past it.
    let mut recipe = lto();
    edge(&mut recipe).background.window_ev = window(519.0, 530.5);
    let refused = recipe.check().unwrap_err().to_string();
    assert!(refused.contains("overlaps peak a"), "{refused}");
    match compare(&World::default(), &recipe) {
        Err(AnalysisError::Overlap { edge, peak, .. }) => assert_eq!((edge.as_str(), peak.as_str()), ("O K", "a")),
        other => panic!("{other:?}"),
    }
}

#[test]
fn too_few_counts() {
    // The file's axis is taken: Ti L and O K are too faint to calibrate by, which is refused.
    let world = World { electrons_in_a: 60.0, ..World::default() };
    assert!(matches!(compare(&world, &lto()), Err(AnalysisError::NoFeatures { .. })));
    let mut recipe = lto();
    recipe.calibration.method = CalibrationMethod::File;
    let comparison = compare(&world, &recipe).unwrap();
    told(&comparison.report.warnings, "peak-not-detected", "too few electrons", "biased");
    let entries = comparison.report.edges.iter().flat_map(|edge| &edge.peaks).flat_map(|peak| &peak.sites);
    let lost: Vec<_> = entries.filter(|entry| entry.drop.is_none()).collect();
    assert!(!lost.is_empty());
    for entry in lost {
        let reason = entry.reason.as_ref().unwrap();
        assert!(reason.contains("not detected") && entry.ratio_set.is_some(), "{reason}");
        assert!(entry.drop_sigma.is_none() && entry.drop_ci95.is_none(), "no number without a drop");
    }
    absent(&warnings(&World::default(), &lto()), "peak-not-detected");
    // A peak where there is nothing at all: the drop is refused, never shown as zero.
    let mut recipe = lto();
    edge(&mut recipe).peaks.push(PeakWindow {
        label: "x".into(),
        window_ev: window(528.0, 528.6),
        assignment: "nothing".into(),
    });
    let comparison = compare(&World::default(), &recipe).unwrap();
    told(&comparison.report.warnings, "peak-not-detected", "x", "O K at O1");
    // Without any electrons under the edge there is no background, and that is an error.
    let none = World { electrons_in_a: 1e-3, read_noise_counts: 0.0, ..World::default() };
    let error = compare(&none, &lto()).unwrap_err();
    assert!(!error.hint().is_empty(), "{error}");
}

#[test]
fn a_missing_ti3_reference() {
    let found = warnings(&World::default(), &lto());
    told(&found, "ti3-shape-assumed", "understates the Ti3+ fraction by 10 to 15 %", "Ti L2,3");
    let comparison = compare(&World::default(), &lto()).unwrap();
    assert!(comparison.report.ti_l.iter().all(|entry| entry.ti3_assumed_shift_ev == Some(-1.7)));
}

fn moray(arguments: &[&str]) -> std::process::Output {
    Command::new(env!("CARGO_BIN_EXE_moray")).args(arguments).output().unwrap()
}

/// The sample compared with a recipe.
fn by_command(folder: &Path, recipe: &str, more: &[&str]) -> std::process::Output {
    let path = folder.join("recipe.json");
    std::fs::write(&path, recipe).unwrap();
    let sample =
        |file: &str| Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data").join(file).display().to_string();
    let (reference, scan) = (sample("lto-pristine.dm4"), sample("lto-2v7.dm4"));
    let given = ["compare", "--reference", &reference, "--scan", &scan, "--recipe", &path.display().to_string()];
    moray(&[&given[..], more].concat())
}

#[test]
fn the_command_line_tells_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let mut recipe = lto();
    edge(&mut recipe).background.window_ev = window(470.0, 527.5);
    let b = edge(&mut recipe).peaks.iter_mut().find(|peak| peak.label == "b").unwrap();
    b.window_ev = window(531.5, 535.0);
    recipe.alignment = AlignmentMethod::None;
    let output = by_command(folder.path(), &recipe.to_json(), &["--json"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let codes: Vec<&str> = report["warnings"].as_array().unwrap().iter().map(|w| w["code"].as_str().unwrap()).collect();
    for code in ["background-on-ti-tail", "windows-overlap", "ti3-shape-assumed", "drift-left-in"] {
        assert!(codes.contains(&code), "{code} is not among {codes:?}");
        assert!(guide().contains(&format!("| `{code}` |")), "docs/guide/cautions.md lacks {code}");
    }
    // The same words stand below the table and in the methods text.
    let dir = folder.path().join("out").display().to_string();
    let output = by_command(folder.path(), &recipe.to_json(), &["-o", &dir]);
    let table = String::from_utf8_lossy(&output.stdout).into_owned();
    let methods = std::fs::read_to_string(folder.path().join("out/methods.txt")).unwrap();
    for words in ["starts below 490 eV", "peaks a and b share channels", "no Ti3+ reference spectrum"] {
        assert!(table.contains(words), "{table}");
        assert!(methods.contains(words), "{methods}");
    }
    // A background over a peak is refused before anything is read.
    let refused = by_command(folder.path(), &lto().to_json().replace("527.5", "530.5"), &[]);
    assert_eq!(refused.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("overlaps peak a"));
}

#[test]
fn files_that_state_unlike_gains() {
    let stated = |input: &mut CompareInput| {
        for (scan, gain) in [&mut input.reference.scan, &mut input.scans[0].scan].into_iter().zip([6.0, 7.0]) {
            std::sync::Arc::make_mut(scan).file_counts_per_electron = Some(gain);
        }
    };
    told(&changed(&World::default(), stated), "gains-differ", "the files state 6.00", "gain");
}

#[test]
fn abf_that_contradicts_o_k_is_told() {
    let world = World { electrons_in_a: 1e5, profile_noise: 0.01, ..World::default() };
    let turned = World { first_column_is_o1: !world.first_column_is_o1, ..world.clone() };
    let compared = |profiles_of: &World| {
        let mut input = input(&world, &lto());
        input.scans[0].sites = None;
        input.scans[0].profiles = simulate(profiles_of, 7).unwrap().scan.profiles();
        analysis::compare(&input, &Progress::new()).unwrap().report
    };
    let agreeing = compared(&world);
    let z = |report: &analysis::Report| {
        (report.site_finding.alternation_z.unwrap(), report.site_finding.o_k_alternation_z.unwrap())
    };
    let (abf_z, o_k_z) = z(&agreeing);
    assert!(abf_z * o_k_z > 9.0, "{abf_z} {o_k_z}");
    assert!(agreeing.warnings.iter().all(|warning| warning.code != "abf-against-o-k"));
    let contradicting = compared(&turned);
    let (abf_z, o_k_z) = z(&contradicting);
    assert!(abf_z * o_k_z < -9.0, "{abf_z} {o_k_z}");
    told(&contradicting.warnings, "abf-against-o-k", "O1 by ABF is O2 by O K", "biased");
}

#[test]
fn noise_that_halves_of_ti_l_show_and_the_model_lacks_is_told() {
    // Odd and even positions have unlike Ti L: nothing that a noise model holds.
    let alternating = |input: &mut CompareInput| {
        let scan = &input.scans[0].scan;
        let axis = *scan.axis();
        let mut counts = scan.counts().to_owned();
        for (i, mut row) in counts.rows_mut().into_iter().enumerate() {
            for (j, value) in row.iter_mut().enumerate() {
                let near_l3 = (axis.energy_at(j as f64) - 458.3).abs() < 1.0;
                *value *= if near_l3 && i % 2 == 0 { 1.1 } else { 1.0 };
            }
        }
        let changed = LineScan::new(axis, counts).unwrap();
        input.scans[0].scan = std::sync::Arc::new(changed);
    };
    let world = World { electrons_in_a: 2e5, ..World::default() };
    told(&changed(&world, alternating), "ti-l-self-check-failed", "more than the noise allows", "biased");
    assert!(changed(&world, |_| ()).iter().all(|warning| warning.code != "ti-l-self-check-failed"));
}

/// Every code that the source raises stands in the guide, and every code of the guide is raised.
#[test]
fn the_guide_lists_every_code() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/analysis");
    let mut text = String::new();
    let mut folders = vec![source];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                text += &std::fs::read_to_string(path).unwrap();
            }
        }
    }
    let guide = guide();
    let listed: Vec<&str> =
        guide.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` |").map(|(code, _)| code)).collect();
    assert!(listed.len() > 25, "{listed:?}");
    for code in &listed {
        let raised = text.contains(&format!("\"{code}\""))
            || code.strip_prefix("background-").is_some_and(|model| {
                moray::analysis::background::MODELS
                    .iter()
                    .any(|entry| entry.caution.is_some() && entry.model.name() == model)
            });
        assert!(raised, "{code} is in the guide, but nothing raises it");
    }
    for code in text.split("code: \"").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(listed.contains(&code), "docs/guide/cautions.md lacks {code}");
    }
    for call in ["warn(\"", "warning(\"", "warn(\n            \"", "warn(\n                    \""] {
        for code in text.split(call).skip(1).filter_map(|rest| rest.split('"').next()).filter(|code| code.contains('-'))
        {
            assert!(listed.contains(&code), "docs/guide/cautions.md lacks {code}");
        }
    }
}
