//! `moray map`, `subtract`, `align`, `pca` and `image` on the sample and on real files.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

#[path = "support/shared.rs"]
mod shared;

use std::ffi::OsStr;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

use moray::app::{candidates, open_file};
use moray::model::{Image, ImageKind, SurveyImage};
use ndarray::{Array1, Array2, ArrayD};
use ndarray_npy::{NpzReader, ReadNpyExt};

fn moray<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> (i32, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_moray")).args(arguments).output().unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

fn sample(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data").join(name).display().to_string()
}

fn npz(path: &Path) -> NpzReader<File> {
    NpzReader::new(File::open(path).unwrap()).unwrap()
}

fn values(path: &Path, name: &str) -> Vec<f64> {
    let array: ArrayD<f64> = npz(path).by_name(&format!("{name}.npy")).unwrap();
    array.into_iter().collect()
}

fn text(path: &Path, name: &str) -> String {
    let bytes: Array1<u8> = npz(path).by_name(&format!("{name}.npy")).unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn the_sample_goes_through_every_command() {
    let folder = tempfile::tempdir().unwrap();
    let out = |name: &str| folder.path().join(name);
    let scan = sample("lto-2v7.dm4");
    let run = |command: &str, name: &str| {
        let (code, said) = moray([command, &scan, "-o", out(name).to_str().unwrap(), "--timings"]);
        assert_eq!(code, 0, "{command}: {said}");
        assert!(said.lines().last().unwrap().starts_with("{\"read\":"), "{said}");
    };
    run("map", "maps.npz");
    let net = values(&out("maps.npz"), "o-k/a/net");
    assert_eq!(net.len(), 72);
    assert!(net.iter().zip(values(&out("maps.npz"), "o-k/a/sigma")).all(|(net, sigma)| *net > 3.0 * sigma));
    assert!(text(&out("maps.npz"), "provenance").contains("\"sha256\""));
    run("subtract", "net.npy");
    let cube = Array2::<f32>::read_npy(File::open(out("net.npy")).unwrap()).unwrap();
    assert_eq!(cube.dim(), (72, 768));
    run("subtract", "net.npz");
    let with_energies: Array2<f32> = npz(&out("net.npz")).by_name("electrons.npy").unwrap();
    assert_eq!(cube, with_energies);
    // The same electrons in the window of peak a as the map says, weights of whole channels aside.
    let energies = values(&out("net.npz"), "energy_ev");
    let inside = |e: &f64| (530.0..531.5).contains(e);
    let mean = |row: usize| -> f64 {
        let held: Vec<f64> =
            energies.iter().zip(cube.row(row)).filter(|(e, _)| inside(e)).map(|(_, n)| f64::from(*n)).collect();
        held.iter().sum::<f64>() / held.len() as f64
    };
    assert!(mean(10) > 0.0 && mean(10) < net[10]);
    run("align", "shifts.csv");
    let table = std::fs::read_to_string(out("shifts.csv")).unwrap();
    assert!(table.contains("\n# Energy shift") && table.contains("measured energy shifts on the zero loss"));
    assert_eq!(table.lines().filter(|line| !line.starts_with('#')).count(), 73);
    run("pca", "pca.npz");
    assert!(text(&out("pca.npz"), "watermark").contains("viewing only"));
    let variances = values(&out("pca.npz"), "variances");
    assert!(variances.windows(2).all(|pair| pair[0] >= pair[1]) && variances.len() == 10);
}

#[test]
fn strain_of_the_sample_is_what_was_put_in_and_says_how_sure() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().to_str().unwrap();
    let (scan, reference) = (sample("lto-2v7.dm4"), sample("lto-pristine.dm4"));
    let (code, said) = moray(["image", &scan, "--strain-reference", &reference, "--filter", "low-pass", "-o", dir]);
    assert_eq!(code, 0, "{said}");
    let json: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(folder.path().join("image.json")).unwrap()).unwrap();
    let strain = &json["measured"]["strain"];
    for (diagonal, truth) in [("short", -0.0125), ("long", 0.0467)] {
        let found = &strain[diagonal];
        let off = (found["strain"].as_f64().unwrap() - truth).abs();
        assert!(off < 4.0 * found["sigma_statistical"].as_f64().unwrap(), "{found}");
        assert!((found["sigma_systematic"].as_f64().unwrap() / 0.003 / (1.0 + truth) - 1.0).abs() < 0.01);
    }
    assert!(json["filter"]["label"].as_str().unwrap().starts_with("filtered"));
    for name in ["columns.csv", "diamonds.csv", "strain.csv", "filtered.png", "filtered.npy", "mask.png"] {
        assert!(folder.path().join(name).is_file(), "{name}");
    }
    let png = std::fs::read(folder.path().join("filtered.png")).unwrap();
    let info = png::Decoder::new(std::io::Cursor::new(png)).read_info().unwrap();
    let chunks = &info.info().utf8_text;
    assert!(chunks.iter().any(|chunk| chunk.keyword == "Comment" && chunk.get_text().unwrap().contains("SHA-256")));
    assert_eq!(info.info().bit_depth, png::BitDepth::Sixteen);
}

#[test]
fn wrong_use_is_one_line_with_a_hint_and_the_right_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("x.txt").display().to_string();
    let scan = sample("lto-2v7.dm4");
    let cases: [(Vec<&str>, i32); 9] = [
        (vec!["image", &scan, "-o", &out], 2),
        (vec!["subtract", &scan, "-o", &out], 2),
        (vec!["map", &scan, "-o", "maps.npy"], 2),
        (vec!["pca", &scan, "-o", "components.csv"], 2),
        (vec!["align", &scan, "-o", "shifts.npz"], 2),
        (vec!["fit", &scan, "-o", "fits"], 2),
        (vec!["subtract", &scan, "--edge", "Fe L", "-o", "x.npy"], 2),
        (vec!["image", "Cargo.toml", "--columns", "-o", &out], 3),
        (vec!["image", &scan, "--columns", "--pixel-nm", "0.5", "-o", &out], 1),
    ];
    for (arguments, wanted) in cases {
        let (code, said) = moray(&arguments);
        assert_eq!(code, wanted, "{arguments:?}: {said}");
        assert_eq!(said.lines().filter(|line| line.starts_with("moray:")).count(), 1, "{said}");
    }
    assert!(!folder.path().join("x.txt").exists());
}

/// All finite, but for positions whose background could not be fitted.
fn check_maps(path: &Path) {
    let names = npz(path).names().unwrap();
    let names: Vec<&str> = names.iter().map(|name| name.trim_end_matches(".npy")).collect();
    let nets: Vec<&str> = names.into_iter().filter(|name| name.ends_with("/net")).collect();
    assert!(!nets.is_empty(), "{}", path.display());
    for name in nets {
        let edge = name.split('/').next().unwrap();
        let status: ArrayD<u8> = npz(path).by_name(&format!("{edge}/background/status.npy")).unwrap();
        let net = values(path, name);
        let sigma = values(path, &name.replace("/net", "/sigma"));
        for ((net, sigma), status) in net.iter().zip(sigma).zip(status) {
            assert_eq!(net.is_finite() && sigma.is_finite() && sigma >= 0.0, status == 0, "{name} {net} {sigma}");
        }
    }
}

#[test]
fn real_spectra_go_through_every_command_with_sane_numbers() {
    let Some(data) = shared::folder() else { return };
    let folder = tempfile::tempdir().unwrap();
    let out = |name: &str| folder.path().join(name);
    let (mut tried, mut mapped) = (0, 0);
    for path in shared::files(&data) {
        let contents = open_file(&path).unwrap();
        for image in candidates(&contents) {
            let spec = format!("{}#{}", path.display(), image.index);
            tried += 1;
            for (command, name) in [("map", "m.npz"), ("subtract", "s.npy"), ("align", "a.csv"), ("pca", "p.npz")] {
                let (code, said) = moray([command, &spec, "-o", out(name).to_str().unwrap()]);
                assert!(code == 0 || code == 1, "{command} {spec}: {code} {said}");
                assert!(!said.contains("panicked"), "{command} {spec}: {said}");
                match (command, code) {
                    ("map", 0) => {
                        mapped += 1;
                        check_maps(&out(name));
                    }
                    ("pca", 0) => {
                        let ratios = values(&out(name), "variance_ratios");
                        let sum: f64 = ratios.iter().sum();
                        assert!(
                            ratios.iter().all(|r| (0.0..=1.0 + 1e-9).contains(r)) && sum < 1.0 + 1e-6,
                            "{spec} {sum}"
                        );
                    }
                    _ => {}
                }
            }
        }
    }
    println!("{tried} spectra, {mapped} mapped");
    assert!(tried >= 15 && mapped >= 5, "{tried} {mapped}");
    // 6 x 49 pixels of SrTiO3: Ti L and O K are there, and stronger than nothing at nearly every pixel together.
    let titanate = data.join("dm/DMReader_SpectrumImage_SI-EELS.dm3").display().to_string();
    assert_eq!(moray(["map", &titanate, "-o", out("t.npz").to_str().unwrap()]).0, 0);
    for (name, least) in [("ti-l2-3/L3", 100.0), ("ti-l2-3/L2", 100.0), ("o-k/a", 10.0), ("o-k/b", 5.0)] {
        let net = values(&out("t.npz"), &format!("{name}/net"));
        let sigma = values(&out("t.npz"), &format!("{name}/sigma"));
        assert_eq!(net.len(), 294);
        let together = net.iter().sum::<f64>() / sigma.iter().map(|s| s * s).sum::<f64>().sqrt();
        assert!(together > 5.0, "{name} {together}");
        assert!(net.iter().sum::<f64>() / 294.0 > least, "{name}");
    }
    assert_eq!(moray(["align", &titanate, "-o", out("t.csv").to_str().unwrap()]).0, 0);
    let table = std::fs::read_to_string(out("t.csv")).unwrap();
    assert!(
        table.contains("\ny,x,shift (eV),shift sigma (eV)\n")
            && table.contains("measured energy shifts on the white lines")
    );
}

#[test]
fn real_pictures_are_filtered_and_measured_or_refused_with_a_reason() {
    let Some(data) = shared::folder() else { return };
    let folder = tempfile::tempdir().unwrap();
    let dir: PathBuf = folder.path().join("out");
    let dir = dir.to_str().unwrap();
    let (mut tried, mut filtered) = (0, 0);
    for path in shared::files(&data) {
        let contents = open_file(&path).unwrap();
        let picture = |image: &&Image| image.kind == ImageKind::Image && SurveyImage::from_image(image).is_ok();
        for image in contents.images.iter().filter(picture) {
            let spec = format!("{}#{}", path.display(), image.index);
            tried += 1;
            let runs: [&[&str]; 4] = [
                &["--filter", "low-pass"],
                &["--filter", "bragg"],
                &["--columns"],
                &["--columns", "--pixel-nm", "0.02"],
            ];
            for options in runs {
                let mut arguments = vec!["image", spec.as_str(), "-o", dir];
                arguments.extend(options);
                let (code, said) = moray(&arguments);
                assert!((code == 0 || code == 1) && !said.contains("panicked"), "{arguments:?}: {code} {said}");
                assert!(code == 0 || said.contains("; "), "no hint: {said}");
                filtered += i32::from(code == 0 && options[0] == "--filter");
            }
        }
    }
    println!("{tried} pictures, {filtered} filtered");
    assert!(tried >= 20 && filtered >= 5, "{tried} {filtered}");
}
