//! `moray fit`: the fine structure at every position, on the sample and on real files.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

#[path = "support/shared.rs"]
mod shared;

use std::path::Path;
use std::process::{Command, Output};

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/sample-data/lto-2v7.dm4");

fn fit(file: &Path, out: &Path, more: &[&str]) -> Output {
    let arguments = [&["fit", file.to_str().unwrap(), "-o", out.to_str().unwrap()], more].concat();
    Command::new(env!("CARGO_BIN_EXE_moray")).args(arguments).output().unwrap()
}

/// Rows of a table as written, titles first; `#` lines left out.
fn rows(text: &str) -> Vec<Vec<String>> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

/// A named column of numbers; empty cells are left out.
fn column(rows: &[Vec<String>], name: &str) -> Vec<f64> {
    let at = rows[0].iter().position(|title| title == name).unwrap_or_else(|| panic!("no column {name}"));
    rows[1..].iter().filter_map(|row| row[at].parse().ok()).collect()
}

#[test]
fn every_position_of_the_sample_has_peaks_where_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("fits.csv");
    let done = fit(Path::new(SAMPLE), &out, &[]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let text = std::fs::read_to_string(&out).unwrap();
    assert!(text.contains("before plural scattering") && text.contains("SHA-256"), "{text}");
    let rows = rows(&text);
    assert_eq!(rows.len(), 1 + 72);
    for (peak, energy_ev) in [("a", 531.0), ("b", 533.3), ("c", 539.0), ("d", 544.5)] {
        let energies = column(&rows, &format!("{peak}_energy_ev"));
        let sigmas = column(&rows, &format!("{peak}_energy_sigma_ev"));
        assert_eq!(energies.len(), 72);
        // The calibration is off by up to 0.1 eV as a whole; each position scatters by its sigma.
        let mean = energies.iter().sum::<f64>() / 72.0;
        assert!((mean - energy_ev).abs() < 0.15, "{peak}: {mean}");
        let z: Vec<f64> = energies.iter().zip(&sigmas).map(|(e, s)| (e - mean) / s).collect();
        let rms = (z.iter().map(|z| z * z).sum::<f64>() / 72.0).sqrt();
        println!("{peak}: {mean:.2} eV, scatter {rms:.2} sigma");
        assert!((0.7..1.4).contains(&rms), "{peak}: scatter of {rms} sigma");
    }
    let p = column(&rows, "p");
    assert!(p.iter().filter(|p| **p < 0.05).count() < 12, "the model is right: p should not be small often");
}

#[test]
fn one_thread_and_two_write_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = ["1", "2"].map(|threads| {
        let out = folder.path().join(format!("fits-{threads}.csv"));
        assert!(fit(Path::new(SAMPLE), &out, &["--threads", threads]).status.success());
        std::fs::read(out).unwrap()
    });
    assert!(bytes[0] == bytes[1]);
}

#[test]
fn real_titanates_are_fitted_where_there_is_an_edge_and_say_so_where_there_is_none() {
    let Some(shared) = shared::folder() else { return };
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("fits.csv");
    let table = |name: &str| {
        let done = fit(&shared.join("dm").join(name), &out, &[]);
        assert!(done.status.success(), "{name}: {}", String::from_utf8_lossy(&done.stderr));
        rows(&std::fs::read_to_string(&out).unwrap())
    };
    let spectrum = table("DMReader_EELS_STO.dm3");
    assert_eq!(spectrum.len(), 2);
    assert!((column(&spectrum, "a_energy_ev")[0] - 531.0).abs() < 0.3);
    let image = table("DMReader_SpectrumImage_SI-EELS.dm3");
    assert_eq!(image[0][..2], ["y", "x"]);
    let found = column(&image, "a_energy_ev");
    let (fitted, empty) = (found.len(), image.len() - 1 - found.len());
    println!("{fitted} pixels fitted, {empty} without an edge");
    assert!(fitted > 10 && image[1..].iter().all(|row| row[2].is_empty() != row.last().unwrap().is_empty()));
    assert!(image[1..].iter().all(|row| !row.last().unwrap().contains("settle")), "a fit did not settle");
}

#[test]
fn what_cannot_be_fitted_is_said_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("fits.csv");
    let missing = fit(&folder.path().join("none.dm4"), &out, &[]);
    assert_eq!(missing.status.code(), Some(3));
    let done = Command::new(env!("CARGO_BIN_EXE_moray")).args(["recipe"]).output().unwrap();
    let text = String::from_utf8(done.stdout).unwrap().replace("505.0", "5.0");
    let recipe = folder.path().join("r.json");
    std::fs::write(&recipe, text).unwrap();
    let outside = fit(Path::new(SAMPLE), &out, &["--recipe", recipe.to_str().unwrap()]);
    assert_eq!(outside.status.code(), Some(1));
    let said = String::from_utf8(outside.stderr).unwrap();
    assert!(said.contains("outside the data") && said.lines().count() == 1, "{said}");
    assert!(!out.exists());
}
