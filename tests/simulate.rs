//! Simulated scans hold what their truth says.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use moray::model::{EnergyWindow, Recipe};
use moray::simulate::{ColumnChange, SCAN_FILE, World, sample, sample_files, simulate};

fn recipe() -> Recipe {
    Recipe::preset("lto").unwrap()
}

#[test]
fn window_drops_are_smaller_than_those_of_the_unmixed_column_and_of_the_peak_alone() {
    let world = World::default();
    let truth = simulate(&world, 1).unwrap().truth(&recipe()).unwrap();
    for entry in truth.drops.iter().filter(|entry| entry.site == "O1") {
        let alone = match entry.peak.as_str() {
            "b" => world.o1.drop_b,
            "c" => world.o1.drop_c,
            _ => world.o1.drop_d,
        };
        assert!(0.0 < entry.drop && entry.drop < entry.column_drop && entry.column_drop < alone, "{entry:?}");
    }
}

#[test]
fn an_unchanged_scan_has_no_drops() {
    let world = World { o1: ColumnChange::NONE, o2: ColumnChange::NONE, ..World::default() };
    let truth = simulate(&world, 1).unwrap().truth(&recipe()).unwrap();
    assert_eq!(truth.drops.len(), 6);
    assert!(truth.drops.iter().all(|entry| entry.drop.abs() < 1e-12));
}

#[test]
fn a_noise_free_measurement_of_the_net_edge_gives_the_true_drops() {
    let made = simulate(&World::default(), 3).unwrap();
    let truth = made.truth(&recipe()).unwrap();
    let axis = *made.scan.core.axis();
    let sum = |table: &ndarray::Array2<f64>, positions: &[usize], [lo, hi]: [f64; 2]| -> f64 {
        let weights = EnergyWindow::new(lo, hi).unwrap().weights(&axis);
        positions.iter().map(|&i| weights.integrate(&table.row(i).to_vec())).sum()
    };
    for site in &truth.sites {
        for (peak, window) in [("b", [532.1, 535.0]), ("c", [536.5, 541.9]), ("d", [541.9, 548.0])] {
            let ratio =
                |table, positions: &[usize]| sum(table, positions, window) / sum(table, positions, [529.5, 532.1]);
            let of_site = ratio(&made.scan.expected.o_k, &site.positions());
            let of_reference = ratio(&made.reference.expected.o_k, &truth.reference_site.positions());
            let drop = truth.drop(&site.name, peak).unwrap();
            assert!((1.0 - of_site / of_reference - drop).abs() < 1e-9);
        }
    }
}

#[test]
fn switching_one_effect_off_leaves_the_others_alone() {
    let with = simulate(&World { read_noise_counts: 15.0, ..World::default() }, 5).unwrap();
    let without = simulate(&World { read_noise_counts: 0.0, ..World::default() }, 5).unwrap();
    let gain = without.world.counts_per_electron;
    let read = &with.scan.core.counts() - &without.scan.core.counts();
    let sigma = (read.mapv(|v| v * v).mean().unwrap()).sqrt();
    assert!((sigma / 15.0 - 1.0).abs() < 0.02, "{sigma}");
    assert!(without.scan.core.counts().iter().all(|v| (v / gain).fract().abs() < 1e-9));
}

#[test]
fn a_wrong_axis_is_undone_by_the_true_calibration() {
    let world = World { axis_error_ev: -7.0, dispersion_error: -0.03, ..World::default() };
    let made = simulate(&world, 1).unwrap();
    let truth = made.truth(&recipe()).unwrap().calibration;
    let back = made.scan.core.axis().recalibrated(truth.pivot_ev, truth.offset_ev, truth.dispersion_scale).unwrap();
    assert!((back.first_ev() - world.first_ev).abs() < 1e-9);
    assert!((back.dispersion_ev() - world.dispersion_ev).abs() < 1e-12);
}

#[test]
fn a_world_that_cannot_be_is_refused_by_the_name_of_its_field() {
    let error = simulate(&World { electrons_in_a: f64::NAN, ..World::default() }, 1).unwrap_err();
    assert!(error.to_string().contains("electrons_in_a"), "{error}");
    let error = simulate(&World { positions: 3, ..World::default() }, 1).unwrap_err();
    assert!(error.to_string().contains("holds no column"), "{error}");
}

#[test]
fn the_sample_files_in_the_repository_are_those_that_the_program_writes() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data");
    for file in sample_files(&recipe()).unwrap().iter().filter(|file| file.name != "README.txt") {
        let path = folder.join(file.name);
        if std::env::var_os("MORAY_UPDATE_SAMPLE_DATA").is_some() {
            std::fs::write(&path, &file.bytes).unwrap();
            continue;
        }
        let stored = std::fs::read(&path).unwrap();
        let hint = "MORAY_UPDATE_SAMPLE_DATA=1 writes it anew";
        // The last digit of a logarithm may differ between platforms; a handful of samples then do.
        if file.name.ends_with(".json") {
            let [stored, made] = [&stored, &file.bytes].map(|bytes| serde_json::from_slice(bytes).unwrap());
            assert!(alike(&stored, &made), "{}: {hint}", file.name);
        } else {
            let differing = stored.iter().zip(&file.bytes).filter(|(a, b)| a != b).count();
            let same = stored.len() == file.bytes.len() && differing * 1000 <= stored.len();
            assert!(same, "{}: {differing} bytes differ; {hint}", file.name);
        }
    }
}

#[test]
fn the_sample_s_readme_states_its_truth() {
    let truth: serde_json::Value = serde_json::from_str(include_str!("../sample-data/truth.json")).unwrap();
    let readme = include_str!("../sample-data/README.md");
    for site in ["O1", "O2"] {
        let drops = truth["drops"].as_array().unwrap().iter().filter(|entry| entry["site"] == site);
        let number = |entry: &serde_json::Value, key: &str| format!("{:.3}", entry[key].as_f64().unwrap());
        let cells: Vec<String> =
            drops.map(|entry| format!("{} ({})", number(entry, "drop"), number(entry, "column_drop"))).collect();
        let row = format!("| {site} | {} |", cells.join(" | "));
        assert!(readme.contains(&row), "sample-data/README.md has not {row}");
    }
}

/// Whether two JSON values are equal but for rounding.
fn alike(a: &serde_json::Value, b: &serde_json::Value) -> bool {
    use serde_json::Value;
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => (a.as_f64().unwrap() - b.as_f64().unwrap()).abs() < 1e-9,
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| alike(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, value)| b.get(key).is_some_and(|other| alike(value, other)))
        }
        _ => a == b,
    }
}

#[test]
fn the_sample_in_memory_is_the_sample_in_the_file() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data").join(SCAN_FILE);
    let opened = moray::app::open_scan(&moray::app::FileSpec { path, image: None }, None).unwrap();
    let made = sample().unwrap().scan;
    assert_eq!(opened.scan.axis(), made.core.axis());
    assert_eq!(opened.scan.step_nm, made.core.step_nm);
    assert_eq!(opened.scan.file_counts_per_electron, None);
    let close = |a: &moray::model::LineScan, b: &moray::model::LineScan| {
        let unequal = a.counts().iter().zip(b.counts()).filter(|(a, b)| a != b).count();
        unequal * 1000 <= a.counts().len()
    };
    assert!(close(&opened.scan, &made.core));
    assert!(close(opened.low_loss.as_ref().unwrap(), made.low_loss.as_ref().unwrap()));
    let kinds: Vec<_> = opened.profiles.iter().map(|profile| profile.kind).collect();
    assert_eq!(kinds.len(), 2, "{kinds:?}");
    for profile in made.profiles() {
        let read = opened.profiles.iter().find(|read| read.kind == profile.kind).unwrap();
        assert_eq!(read.values, profile.values);
    }
}
