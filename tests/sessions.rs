//! A comparison written down is one that can be run again: sessions, batches, and the methods text beside them.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

#[path = "support/dm_bytes.rs"]
mod dm_bytes;

use std::path::{Path, PathBuf};
use std::process::Command;

use dm_bytes::{ALL, tag};

use serde_json::Value;

const SITES: &str = "O1=4..9,28..33;O2=16..21";

fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data").join(name)
}

fn moray(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_moray")).current_dir(folder).args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// A folder with the sample's two files.
fn with_sample() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in ["lto-pristine.dm4", "lto-2v7.dm4"] {
        std::fs::copy(sample(name), folder.path().join(name)).unwrap();
    }
    folder
}

fn read(path: impl AsRef<Path>) -> String {
    std::fs::read_to_string(path).unwrap()
}

const COMPARE: [&str; 5] = ["compare", "--reference", "lto-pristine.dm4", "--scan", "lto-2v7.dm4"];

#[test]
fn a_session_gives_the_same_report_bit_for_bit_wherever_it_is_run() {
    let folder = with_sample();
    let (code, _, error) = moray(folder.path(), &[&COMPARE[..], &["--sites", SITES, "-o", "first"]].concat());
    assert_eq!(code, 0, "{error}");
    let elsewhere = tempfile::tempdir().unwrap();
    let session = folder.path().join("first/session.moray").display().to_string();
    let second = folder.path().join("second").display().to_string();
    let (code, json, error) = moray(elsewhere.path(), &["compare", "--session", &session, "-o", &second, "--json"]);
    assert_eq!(code, 0, "{error}");
    assert_eq!(json, read(folder.path().join("first/report.json")));
    for name in ["report.json", "drops.csv", "figure.svg", "methods.txt", "session.moray"] {
        let bytes = |run: &str| std::fs::read(folder.path().join(run).join(name)).unwrap();
        assert_eq!(bytes("first"), bytes("second"), "{name}");
    }
}

#[test]
fn a_session_repeats_the_bootstrap_that_it_asks_for() {
    let folder = with_sample();
    let asked = [&COMPARE[..], &["--sites", SITES, "--bootstrap", "40", "-o", "first"]].concat();
    let (code, _, error) = moray(folder.path(), &asked);
    assert_eq!(code, 0, "{error}");
    let session: Value = serde_json::from_str(&read(folder.path().join("first/session.moray"))).unwrap();
    assert_eq!(session["bootstrap"], 40);
    let (code, json, error) = moray(folder.path(), &["compare", "--session", "first/session.moray", "--json"]);
    assert_eq!(code, 0, "{error}");
    assert_eq!(json, read(folder.path().join("first/report.json")));
    let report: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(report["edges"][0]["peaks"][0]["sites"][0]["bootstrap"]["replicas"], 40);
}

#[test]
fn a_session_beside_its_files_moves_with_them() {
    let folder = with_sample();
    let (code, _, error) = moray(folder.path(), &[&COMPARE[..], &["--sites", SITES, "-o", "."]].concat());
    assert_eq!(code, 0, "{error}");
    let session: Value = serde_json::from_str(&read(folder.path().join("session.moray"))).unwrap();
    assert_eq!(session["inputs"][0]["path"], "lto-pristine.dm4");
    let moved = with_sample();
    std::fs::copy(folder.path().join("session.moray"), moved.path().join("session.moray")).unwrap();
    drop(folder);
    let (code, _, error) = moray(moved.path(), &["compare", "--session", "session.moray"]);
    assert_eq!(code, 0, "{error}");
}

#[test]
fn a_session_whose_file_changed_or_vanished_is_refused_with_the_file_s_name() {
    let sample = with_sample();
    // Deep enough that no file of another test lies around it.
    let folder = sample.path().join("deep/down");
    std::fs::create_dir_all(&folder).unwrap();
    for name in ["lto-pristine.dm4", "lto-2v7.dm4"] {
        std::fs::rename(sample.path().join(name), folder.join(name)).unwrap();
    }
    let (code, _, error) = moray(&folder, &[&COMPARE[..], &["--sites", SITES, "-o", "."]].concat());
    assert_eq!(code, 0, "{error}");
    let scan = folder.join("lto-2v7.dm4");
    let mut bytes = std::fs::read(&scan).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&scan, bytes).unwrap();
    let (code, out, error) = moray(&folder, &["compare", "--session", "session.moray"]);
    assert_eq!((code, out.as_str()), (3, ""), "{error}");
    assert!(error.contains("lto-2v7.dm4") && error.contains("has changed since"), "{error}");
    std::fs::remove_file(&scan).unwrap();
    let (code, _, error) = moray(&folder, &["compare", "--session", "session.moray"]);
    assert_eq!(code, 3, "{error}");
    assert!(error.contains("lto-2v7.dm4"), "{error}");
    std::fs::write(folder.join("session.moray"), "{}").unwrap();
    let (code, _, error) = moray(&folder, &["compare", "--session", "session.moray"]);
    assert_eq!(code, 3, "{error}");
    assert!(error.contains("not a session"), "{error}");
}

#[test]
fn a_session_together_with_files_is_wrong_usage() {
    let folder = tempfile::tempdir().unwrap();
    let (code, _, _) = moray(folder.path(), &[&COMPARE[..], &["--session", "a.moray"]].concat());
    assert_eq!(code, 2);
    assert_eq!(moray(folder.path(), &["compare"]).0, 2);
}

#[test]
fn a_low_loss_of_its_own_file_is_part_of_the_session() {
    let folder = with_sample();
    let (_, info, _) = moray(folder.path(), &["info", "lto-pristine.dm4", "--json"]);
    let info: Value = serde_json::from_str(&info).unwrap();
    let images = info["images"].as_array().unwrap();
    let positions = images.iter().find(|image| image["kind"] == "line-scan").unwrap()["shape"][0].as_u64().unwrap();
    for (name, centre) in [("low-a.dm4", 100.0), ("low-b.dm4", 101.5)] {
        let bytes = low_loss(u32::try_from(positions).unwrap(), centre);
        std::fs::write(folder.path().join(name), bytes).unwrap();
    }
    let own = ["--low-loss-reference", "low-a.dm4", "--low-loss-scan", "low-b.dm4", "--sites", SITES, "-o", "out"];
    let (code, _, error) = moray(folder.path(), &[&COMPARE[..], &own].concat());
    assert_eq!(code, 0, "{error}");
    let (code, json, error) = moray(folder.path(), &["compare", "--session", "out/session.moray", "--json"]);
    assert_eq!(code, 0, "{error}");
    assert_eq!(json, read(folder.path().join("out/report.json")));
    let report: Value = serde_json::from_str(&json).unwrap();
    let files: Vec<&str> = report["inputs"].as_array().unwrap().iter().map(|i| i["file"].as_str().unwrap()).collect();
    assert_eq!(files, ["lto-pristine.dm4", "lto-2v7.dm4", "low-a.dm4", "low-b.dm4"]);
    let shift = report["alignment"][1]["shift_to_reference_ev"].as_f64().unwrap();
    assert!((shift + 0.15).abs() < 0.02, "zero losses 0.15 eV apart, found {shift}");
}

/// Low-loss spectra with a zero loss at this channel of 0.1 eV, whose axis begins at -10 eV.
fn low_loss(positions: u32, centre: f64) -> Vec<u8> {
    let dm = ALL[2];
    let channel = |i: u32| (1e4 * (-0.5 * ((f64::from(i) - centre) / 4.0).powi(2)).exp()) as f32;
    let values: Vec<f32> = (0..positions).flat_map(|_| (0..300).map(channel)).collect();
    let axes = vec![dm.calibration(100.0, 0.1, "eV"), dm.calibration(0.0, 0.2, "nm")];
    let mut image = dm.image("Low loss", 2, 4, &[300, positions], dm.f32s(&values), axes);
    tag(&mut image, &["Meta Data", "Signal"], dm.text("EELS"));
    tag(&mut image, &["EELS", "Acquisition", "Is dual acquire low-loss"], dm.bool(true));
    dm.images(vec![image])
}

#[test]
fn every_number_of_the_methods_is_one_of_the_report_or_the_recipe() {
    let folder = with_sample();
    let (code, _, error) = moray(folder.path(), &[&COMPARE[..], &["-o", "out"]].concat());
    assert_eq!(code, 0, "{error}");
    let report: Value = serde_json::from_str(&read(folder.path().join("out/report.json"))).unwrap();
    let text = read(folder.path().join("out/methods.txt"));
    println!("{text}");
    let mut numbers = Vec::new();
    collect_numbers(&report, &mut numbers);
    let told = text.split("\n\nCautions:").next().unwrap();
    let told = told.replacen(&format!("Moray {}", env!("CARGO_PKG_VERSION")), "", 1);
    let mut seen = 0;
    for token in told.split(|c: char| !(c.is_ascii_digit() || "+-.e".contains(c))) {
        let token = token.trim_matches(|c: char| c == '.' || c == 'e');
        if !token.contains('.') || token.parse::<f64>().is_err() {
            continue;
        }
        let digits = token.split('e').next().unwrap().split('.').nth(1).unwrap().len();
        let written = |v: f64| if token.contains('e') { format!("{v:.digits$e}") } else { format!("{v:.digits$}") };
        let is = |v: f64| written(v) == token || written(v) == format!("-{token}") && token.parse() == Ok(0.0);
        let known = numbers.iter().any(|v| is(*v) || is(100.0 * v));
        assert!(known, "{token} is no number of the report:\n{text}");
        seen += 1;
    }
    assert!(seen > 50, "only {seen} numbers");
    for site in report["edges"][0]["peaks"][1]["sites"].as_array().unwrap() {
        let percent = |field: &Value| format!("{:.1}", 100.0 * field.as_f64().unwrap());
        let sentence = format!("{} ± {} %", percent(&site["drop"]), percent(&site["drop_sigma"]));
        assert!(text.contains(&sentence), "{sentence}:\n{text}");
    }
    assert!(text.contains(report["moray"]["recipe_sha256"].as_str().unwrap()));
}

fn collect_numbers(value: &Value, into: &mut Vec<f64>) {
    match value {
        Value::Number(number) => into.extend(number.as_f64()),
        Value::Array(values) => values.iter().for_each(|value| collect_numbers(value, into)),
        Value::Object(fields) => fields.values().for_each(|value| collect_numbers(value, into)),
        _ => {}
    }
}

#[test]
fn a_session_of_the_first_version_gives_what_a_new_comparison_gives() {
    let folder = with_sample();
    let old = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/session-schema-1.moray");
    assert!(read(&old).starts_with("{\n  \"schema\": 1,"));
    std::fs::copy(old, folder.path().join("old.moray")).unwrap();
    let (code, json, error) = moray(folder.path(), &["compare", "--session", "old.moray", "-o", "out", "--json"]);
    assert_eq!(code, 0, "{error}");
    // The preset may have changed since; the recipe of the session has not.
    let session: Value = serde_json::from_str(&read(folder.path().join("old.moray"))).unwrap();
    std::fs::write(folder.path().join("recipe.json"), session["recipe"].to_string()).unwrap();
    let fresh = [&COMPARE[..], &["--sites", SITES, "--recipe", "recipe.json", "--json"]].concat();
    let (code, fresh, error) = moray(folder.path(), &fresh);
    assert_eq!(code, 0, "{error}");
    assert_eq!(json, fresh);
    assert!(read(folder.path().join("out/session.moray")).starts_with("{\n  \"schema\": 2,"));
}

#[test]
fn a_changed_file_takes_part_only_when_it_is_relinked_by_name_and_that_is_said() {
    let folder = with_sample();
    let (code, _, error) = moray(folder.path(), &[&COMPARE[..], &["--sites", SITES, "-o", "out"]].concat());
    assert_eq!(code, 0, "{error}");
    std::fs::rename(folder.path().join("lto-2v7.dm4"), folder.path().join("other.dm4")).unwrap();
    let run = |relink: &str| {
        moray(folder.path(), &["compare", "--session", "out/session.moray", "--relink", relink, "--json"])
    };
    let (code, json, error) = run("lto-2v7.dm4=other.dm4");
    assert_eq!(code, 0, "{error}");
    assert!(!error.contains("caution"), "{error}");
    let report: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(report["inputs"][1]["file"], "other.dm4");
    let (code, json, error) = run("lto-2v7.dm4=lto-pristine.dm4");
    assert_eq!(code, 0, "{error}");
    assert!(error.contains("caution: lto-pristine.dm4 holds something else"), "{error}");
    let report: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(report["inputs"][0]["sha256"], report["inputs"][1]["sha256"]);
    let (code, _, error) = run("nothing.dm4=other.dm4");
    assert_eq!(code, 2, "{error}");
    assert!(error.contains("no file called nothing.dm4") && error.contains("lto-2v7.dm4"), "{error}");
}

#[test]
fn one_file_with_two_low_losses_is_two_scans() {
    let folder = with_sample();
    let images = |name: &str| -> Value {
        let (_, info, _) = moray(folder.path(), &["info", name, "--json"]);
        serde_json::from_str(&info).unwrap()
    };
    let info = images("lto-pristine.dm4");
    let scan = info["images"].as_array().unwrap().iter().find(|image| image["kind"] == "line-scan").unwrap().clone();
    let positions = u32::try_from(scan["shape"][0].as_u64().unwrap()).unwrap();
    for (name, centre) in [("low-a.dm4", 100.0), ("low-b.dm4", 101.5)] {
        std::fs::write(folder.path().join(name), low_loss(positions, centre)).unwrap();
    }
    let twice = ["compare", "--reference", "lto-pristine.dm4", "--scan", "lto-2v7.dm4", "--scan", "lto-2v7.dm4"];
    let own = ["--low-loss-reference", "low-a.dm4", "--low-loss-scan", "low-a.dm4", "--low-loss-scan", "low-b.dm4"];
    let (code, json, error) =
        moray(folder.path(), &[&twice[..], &own, &["--sites", SITES, "-o", "out", "--json"]].concat());
    assert_eq!(code, 0, "{error}");
    let report: Value = serde_json::from_str(&json).unwrap();
    let shift = |k: usize| report["alignment"][k]["shift_to_reference_ev"].as_f64().unwrap();
    assert!((shift(1)).abs() < 0.02 && (shift(2) + 0.15).abs() < 0.02, "{} {}", shift(1), shift(2));
    // The document that the window would hold keeps both.
    let saved = moray::app::read_session(&folder.path().join("out/session.moray")).unwrap();
    let mut document = moray::document::Document::from(saved.clone());
    for input in &saved.session.inputs {
        document.hold(std::sync::Arc::new(moray::app::open_input(input).unwrap()));
    }
    let input = document.compare_input().unwrap();
    assert_ne!(input.scans[0].low_loss, input.scans[1].low_loss);
    assert_eq!(document.missing().count(), 0);
}
