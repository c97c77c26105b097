//! `moray info`, `moray tags`, `moray extract` and the opening of scans.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

#[path = "support/dm_bytes.rs"]
mod dm_bytes;
#[path = "support/shared.rs"]
mod shared;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use dm_bytes::{ALL, Dm, Node, tag};
use moray::app::{FileSpec, open_scan};
use moray::model::{Along, ProfileKind};
use serde_json::Value;

fn moray<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_moray")).args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// An EELS line scan of `positions` x 4 channels from 400 eV on; sample = 10 * position + channel.
fn spectra(dm: Dm, title: &str, positions: u32, low_loss: bool) -> Node {
    let values: Vec<f32> = (0..positions * 4).map(|k| (k / 4 * 10 + k % 4) as f32).collect();
    let axes = vec![dm.calibration(-800.0, 0.5, "eV"), dm.calibration(0.0, 0.2, "nm")];
    let mut image = dm.image(title, 2, 4, &[4, positions], dm.f32s(&values), axes);
    tag(&mut image, &["Meta Data", "Signal"], dm.text("EELS"));
    tag(&mut image, &["EELS", "Acquisition", "Number of frames"], dm.i32(5));
    tag(&mut image, &["EELS", "Acquisition", "Is dual acquire low-loss"], dm.bool(low_loss));
    image
}

/// A spectrum image of 3 rows x 2 columns x 4 energies, energy slowest; sample = 100 * y + 10 * x + channel.
fn map(dm: Dm) -> Node {
    let values: Vec<f32> = (0..24).map(|k| (100 * (k / 2 % 3) + 10 * (k % 2) + k / 6) as f32).collect();
    let axes = vec![dm.calibration(0.0, 0.2, "nm"), dm.calibration(0.0, 0.3, "nm"), dm.calibration(-100.0, 1.0, "eV")];
    dm.image("Map", 2, 4, &[2, 3, 4], dm.f32s(&values), axes)
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }
    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
    fn write(&self, name: &str, images: Vec<Node>) -> String {
        std::fs::write(self.path(name), ALL[2].images(images)).unwrap();
        self.path(name).display().to_string()
    }
}

fn spec(text: &str) -> FileSpec {
    text.parse().unwrap()
}

#[test]
fn info_prints_the_json_of_the_interface() {
    let folder = Folder::new();
    let mut image = spectra(ALL[2], "EELS Spectrum Image", 3, false);
    tag(&mut image, &["EELS", "Acquisition", "Exposure (s)"], ALL[2].f64(0.5));
    let file = folder.write("a.dm4", vec![image]);
    let (code, out, err) = moray(["info", &file, "--json"]);
    assert_eq!((code, err.as_str()), (0, ""));
    let json: Value = serde_json::from_str(&out).unwrap();
    let image = &json["images"][0];
    assert_eq!((&json["format"], &json["byte_order"]), (&"DM4".into(), &"little".into()));
    assert_eq!(json["size_bytes"], std::fs::metadata(&file).unwrap().len());
    assert_eq!(
        (&image["kind"], &image["signal"], &image["dtype"]),
        (&"line-scan".into(), &"EELS".into(), &"float32".into())
    );
    assert_eq!(image["shape"], serde_json::json!([3, 4]));
    let energy = serde_json::json!({"kind": "energy-loss", "size": 4, "scale": 0.5, "offset": 400.0, "unit": "eV"});
    assert_eq!(image["axes"][1], energy);
    assert_eq!((&image["sum"], &image["min"], &image["max"]), (&138.0.into(), &0.0.into(), &23.0.into()));
    assert_eq!(image["acquisition"]["dwell_time_s"], 2.5);
    assert_eq!(image["acquisition"]["beam_energy_kev"], Value::Null);
    assert_eq!(json["cautions"], serde_json::json!([]));
}

#[test]
fn info_gives_null_and_a_reason_where_samples_are_no_numbers() {
    let folder = Folder::new();
    let image = ALL[2].image("x", 2, 4, &[2], ALL[2].f32s(&[1.0, f32::NAN]), vec![]);
    let (_, out, _) = moray(["info", &folder.write("a.dm4", vec![image]), "--json"]);
    let json: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(json["images"][0]["sum"], Value::Null);
    assert!(json["cautions"][0].as_str().unwrap().contains("no numbers"));
}

#[test]
fn info_and_tags_read_every_real_file() {
    let Some(folder) = shared::folder() else { return };
    for file in shared::files(&folder).into_iter().step_by(7) {
        for command in [["info", "--json"], ["tags", "--json"]] {
            let (code, out, err) = moray([OsStr::new(command[0]), file.as_os_str(), OsStr::new(command[1])]);
            assert_eq!((code, err.as_str()), (0, ""), "{}", file.display());
            serde_json::from_str::<Value>(&out).unwrap();
        }
        let (code, out, _) = moray([OsStr::new("info"), file.as_os_str()]);
        assert!(code == 0 && out.contains("format"), "{}", file.display());
    }
}

#[test]
fn tags_summarise_long_arrays() {
    let folder = Folder::new();
    let file = folder.write("a.dm4", vec![spectra(ALL[2], "Scan", 9, false)]);
    let (code, out, _) = moray(["tags", &file]);
    assert!(code == 0 && out.contains("Data: 36 x float32") && out.contains("Name: \"Scan\""), "{out}");
    let (_, out, _) = moray(["tags", &file, "--json"]);
    assert!(out.contains("\"count\": 36"), "{out}");
}

/// Energies and counts of a written CSV.
fn csv(path: &Path) -> Vec<(f64, f64)> {
    let text = std::fs::read_to_string(path).unwrap();
    assert!(text.starts_with("# 7 lines begin with #") && text.contains("# Moray "), "{text}");
    let rows = text.lines().filter(|line| !line.starts_with('#')).skip(1);
    rows.map(|row| row.split_once(',').map(|(e, n)| (e.parse().unwrap(), n.parse().unwrap())).unwrap()).collect()
}

#[test]
fn extract_sums_positions_within_a_window() {
    let folder = Folder::new();
    let (file, out) = (folder.write("a.dm4", vec![spectra(ALL[2], "Scan", 5, false)]), folder.path("o.csv"));
    let out_text = out.display().to_string();
    let (code, _, err) = moray(["extract", &file, "--positions", "1..3", "--window", "400.4:401.5", "-o", &out_text]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert_eq!(csv(&out), [(400.5, 32.0), (401.0, 34.0)]);
    let (code, _, _) = moray(["extract", &format!("{file}#0"), "-o", &out_text]);
    assert_eq!(code, 0);
    assert_eq!(csv(&out), [(400.0, 100.0), (400.5, 105.0), (401.0, 110.0), (401.5, 115.0)]);
}

#[test]
fn extract_sums_a_region_of_rows_and_columns() {
    let folder = Folder::new();
    let (file, out) = (folder.write("a.dm4", vec![map(ALL[2])]), folder.path("o.csv"));
    let (code, _, err) = moray(["extract", &file, "--region", "1..3,1..2", "-o", &out.display().to_string()]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert_eq!(csv(&out), [(100.0, 320.0), (101.0, 322.0), (102.0, 324.0), (103.0, 326.0)]);
}

#[test]
fn what_extract_writes_can_be_read_again() {
    let folder = Folder::new();
    let file = folder.write("a.dm4", vec![spectra(ALL[2], "Scan", 5, false)]);
    for name in ["o.csv", "o.msa", "o.npy", "o.npz"] {
        let out = folder.path(name);
        let (code, _, err) = moray(["extract", &file, "-o", &out.display().to_string()]);
        assert_eq!((code, err.as_str()), (0, ""), "{name}");
        let counts = match name {
            "o.npy" => ndarray_npy::read_npy::<_, ndarray::Array1<f64>>(&out).unwrap().to_vec(),
            "o.npz" => {
                let mut archive = ndarray_npy::NpzReader::new(std::fs::File::open(&out).unwrap()).unwrap();
                let energy: ndarray::Array1<f64> = archive.by_name("energy_ev").unwrap();
                assert_eq!(energy.to_vec(), [400.0, 400.5, 401.0, 401.5]);
                archive.by_name::<ndarray::OwnedRepr<f64>, ndarray::Ix1>("counts").unwrap().to_vec()
            }
            _ => {
                let image = &moray::io::open(&out).unwrap().images[0];
                assert_eq!((image.axes[0].offset, image.axes[0].scale), (400.0, 0.5), "{name}");
                image.samples.read(0, 99)
            }
        };
        assert_eq!(counts, [100.0, 105.0, 110.0, 115.0], "{name}");
    }
}

#[test]
fn extract_agrees_with_the_known_sums_of_real_spectra() {
    let Some(folder) = shared::folder() else { return };
    let out = Folder::new();
    let out = out.path("o.csv");
    let file = folder.join("dm/DMReader_SpectrumImage_SI-EELS.dm3");
    let arguments = [OsStr::new("extract"), file.as_os_str(), OsStr::new("-o"), out.as_os_str()];
    assert_eq!(moray(arguments).0, 0);
    let manifest = shared::manifest(&folder);
    let files = manifest["files"].as_array().unwrap();
    let known = files.iter().find(|f| f["file"] == "dm/DMReader_SpectrumImage_SI-EELS.dm3").unwrap();
    let known = &known["images"][0]["sum_spectrum"];
    let rows = csv(&out);
    assert_eq!(rows.len(), 1024);
    assert_eq!(rows[0].0, known["energy_first_eV"].as_f64().unwrap());
    let first = known["first"].as_f64().unwrap();
    assert!((rows[0].1 - first).abs() < 1e-9 * first);
}

#[test]
fn wrong_usage_ends_with_2_and_a_place_that_cannot_be_written_with_4() {
    let folder = Folder::new();
    let line = folder.write("line.dm4", vec![spectra(ALL[2], "Scan", 5, false)]);
    let area = folder.write("area.dm4", vec![map(ALL[2])]);
    let two = folder.write("two.dm4", vec![spectra(ALL[2], "A", 5, false), spectra(ALL[2], "B", 5, false)]);
    let good = folder.path("o.csv").display().to_string();
    let nowhere = folder.path("no/such/folder/o.csv").display().to_string();
    let cases: [(&[&str], i32, &str); 11] = [
        (&[&line, "-o", "o.xyz"], 2, ".csv"),
        (&[&line], 2, "--output"),
        (&[&line, "--positions", "3..2", "-o", &good], 2, "A..B"),
        (&[&line, "--positions", "3..6", "-o", &good], 2, "5 positions"),
        (&[&line, "--region", "0..1,0..1", "-o", &good], 2, "--positions"),
        (&[&area, "--positions", "0..1", "-o", &good], 2, "--region"),
        (&[&line, "--window", "1:2", "-o", &good], 2, "400"),
        (&[&line, "--window", "2:1", "-o", &good], 2, "LO:HI"),
        (&[&two, "-o", &good], 3, "#1 \"B\" (line-scan, 5 x 4)"),
        (&[&format!("{two}#7"), "-o", &good], 3, "no image 7"),
        (&[&line, "-o", &nowhere], 4, "folder"),
    ];
    for (arguments, expected, words) in cases {
        let (code, out, err) = moray(std::iter::once("extract").chain(arguments.iter().copied()));
        assert_eq!((code, out.as_str()), (expected, ""), "{arguments:?}: {err}");
        assert!(err.contains(words), "{arguments:?}: {err}");
    }
    assert!(!folder.path("o.csv").exists());
    assert_eq!(std::fs::read_dir(folder.0.path()).unwrap().count(), 3, "no temporary file stays behind");
}

#[test]
fn a_scan_comes_with_its_low_loss_its_profiles_and_its_settings() {
    let folder = Folder::new();
    let dm = ALL[2];
    let mut core = spectra(dm, "core", 6, false);
    tag(&mut core, &["Microscope Info", "Voltage"], dm.f32(300_000.0));
    let images = vec![
        dm.image("Image Of core", 23, 4, &[1], dm.i32s(&[0]), vec![]),
        spectra(dm, "low", 6, true),
        core,
        dm.image("HAADF", 2, 4, &[6, 1], dm.f32s(&[1., 2., 3., 4., 5., 6.]), vec![]),
        dm.image("Survey HAADF", 2, 4, &[3, 2], dm.f32s(&[0.0; 6]), vec![]),
        dm.image("abf signal", 2, 4, &[6], dm.f32s(&[6., 5., 4., 3., 2., 1.]), vec![]),
        dm.image("ABF of another scan", 2, 4, &[5], dm.f32s(&[0.0; 5]), vec![]),
    ];
    let file = folder.write("My scan.dm4", images);
    let scan = open_scan(&spec(&file), None).unwrap();
    assert_eq!((scan.image, scan.name.as_str(), scan.scan.positions()), (2, "My scan", 6));
    assert_eq!(scan.scan.spectrum(2).to_vec(), [20.0, 21.0, 22.0, 23.0]);
    assert!((scan.scan.step_nm.unwrap() - 0.2).abs() < 1e-6);
    assert_eq!((scan.scan.reads_per_position, scan.scan.acquisition.beam_energy_kev), (5.0, Some(300.0)));
    assert_eq!(scan.low_loss.unwrap().positions(), 6);
    let kinds: Vec<_> = scan.profiles.iter().map(|p| (p.kind, p.values[0])).collect();
    assert_eq!(kinds, [(ProfileKind::Haadf, 1.0), (ProfileKind::Abf, 6.0)]);
    assert_eq!((scan.sha256.len(), scan.cautions.len()), (64, 0));
}

#[test]
fn a_spectrum_image_becomes_a_line_along_the_chosen_axis() {
    let folder = Folder::new();
    let file = folder.write("map.dm4", vec![map(ALL[2])]);
    let along_y = open_scan(&spec(&file), None).unwrap().scan;
    assert_eq!((along_y.positions(), along_y.along, along_y.reads_per_position), (3, Some(Along::Y), 2.0));
    assert_eq!(along_y.spectrum(1)[3], 103.0 + 113.0);
    let along_x = open_scan(&spec(&file), Some(Along::X)).unwrap().scan;
    assert_eq!((along_x.positions(), along_x.spectrum(1)[0]), (2, 10.0 + 110.0 + 210.0));
}

#[test]
fn real_spectra_open_as_scans_and_maps_without_energy_are_refused() {
    let Some(folder) = shared::folder() else { return };
    let open = |file: &str| open_scan(&FileSpec { path: folder.join(file), image: None }, None);
    let scan = open("dm/DMReader_SpectrumImage_SI-EELS.dm3").unwrap().scan;
    assert_eq!((scan.positions(), scan.axis().channels(), scan.step_nm), (49, 1024, None));
    assert_eq!(open("msa/hl.msa").unwrap().scan.positions(), 1);
    let electrons = open("dm/EELS_SI.dm4").unwrap().scan.file_counts_per_electron.unwrap();
    assert!((electrons - 1.0 / 0.128_534_7).abs() < 1e-4);
    let error = open("dm/DMReader_SI-HAADF.dm3").unwrap_err();
    assert!(error.to_string().contains("no image has an energy-loss axis") && error.exit_code() == 3);
}
