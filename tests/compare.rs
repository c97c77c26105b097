//! The main job through the binary: sample data in, drops and files out.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

fn moray(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_moray")).args(arguments).output().unwrap()
}

fn sample(file: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data").join(file).display().to_string()
}

fn compare(more: &[&str]) -> Output {
    let (reference, scan) = (sample("lto-pristine.dm4"), sample("lto-2v7.dm4"));
    moray(&[&["compare", "--reference", &reference, "--scan", &scan], more].concat())
}

fn report(more: &[&str]) -> Value {
    let output = compare(&[&["--json"], more].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn array<'a>(value: &'a Value, pointer: &str) -> &'a Vec<Value> {
    value.pointer(pointer).and_then(Value::as_array).unwrap()
}

/// Site, peak, drop and sigma of every drop of a report.
fn drops(report: &Value) -> Vec<(String, String, f64, f64)> {
    let mut drops = Vec::new();
    for peak in array(report, "/edges/0/peaks") {
        for entry in array(peak, "/sites") {
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            let number = |name: &str| entry[name].as_f64().unwrap();
            drops.push((text(&entry["site"]), text(&peak["label"]), number("drop"), number("drop_sigma")));
        }
    }
    drops
}

#[test]
fn drops_of_the_sample_lie_within_three_sigma_of_their_truth_and_o1_above_o2() {
    let truth: Value = serde_json::from_str(&std::fs::read_to_string(sample("truth.json")).unwrap()).unwrap();
    let report = report(&[]);
    assert_eq!(report["site_finding"]["source"], "found");
    let found = drops(&report);
    assert_eq!(found.len(), 6);
    for (site, peak, drop, sigma) in &found {
        let entry = array(&truth, "/drops").iter().find(|d| d["site"] == **site && d["peak"] == **peak).unwrap();
        let truth = entry["drop"].as_f64().unwrap();
        assert!((drop - truth).abs() < 3.0 * sigma, "{peak} at {site}: {drop} +- {sigma}, truth {truth}");
    }
    let of = |site: &str, peak: &str| found.iter().find(|d| d.0 == site && d.1 == peak).unwrap().2;
    for peak in ["b", "c", "d"] {
        assert!(of("O1", peak) > of("O2", peak), "O1 must lose more than O2 at {peak}");
    }
    assert!(array(&report, "/ti_l").iter().all(|entry| entry["verdict"] == "unchanged"));
}

#[test]
fn every_promised_file_is_written_and_the_same_input_gives_the_same_bytes() {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    for (folder, threads) in folders.iter().zip(["1", "2"]) {
        let dir = folder.path().display().to_string();
        let output = compare(&["-o", &dir, "--threads", threads]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let names = [
        "report.json",
        "drops.csv",
        "spectra-o-k.csv",
        "spectra-ti-l2-3.csv",
        "ti-l.csv",
        "figure.png",
        "figure.svg",
        "drops.png",
        "arrays.npz",
    ];
    for name in names {
        let [one, two] = folders.each_ref().map(|folder| std::fs::read(folder.path().join(name)).unwrap());
        assert!(!one.is_empty() && one == two, "{name} differs between one and two threads");
    }
}

#[test]
fn the_report_states_what_the_interface_promises() {
    let report = report(&[]);
    let keys = ["moray", "inputs", "gain", "pattern", "calibration", "self_check", "spikes", "alignment", "thickness"];
    let more = ["site_finding", "sites", "edges", "ti_l", "warnings"];
    for key in keys.iter().chain(&more) {
        assert!(report.get(key).is_some(), "report.json has no {key}");
    }
    assert_eq!(report["inputs"][0]["role"], "reference");
    assert_eq!(report["inputs"][1]["role"], "scan");
    assert_eq!(report["inputs"][0]["sha256"].as_str().unwrap().len(), 64);
    assert_eq!(report["moray"]["recipe_sha256"].as_str().unwrap().len(), 64);
    assert!((report["calibration"][0]["offset_ev"].as_f64().unwrap() - 1.25).abs() < 0.15);
    assert!((report["gain"]["counts_per_electron"].as_f64().unwrap() / 6.0 - 1.0).abs() < 0.15);
}

#[test]
fn sites_by_hand_are_used_as_given() {
    let report = report(&["--sites", "O1=2..7,21..26;O2=11..16,30..35;ref=5..9,14..19"]);
    assert_eq!(report["site_finding"]["source"], "manual");
    let sites = array(&report, "/sites");
    let named = |name: &str| sites.iter().find(|site| site["name"] == name).unwrap();
    assert_eq!(named("O1")["positions"], 10);
    assert_eq!(named("reference")["positions"], 9);
    assert_eq!(named("O2")["columns"][1]["from"], 30);
}

#[test]
fn wrong_use_exits_with_the_code_of_the_interface_and_one_line() {
    let fails = |output: Output, code: i32, says: &str| {
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{text}");
        assert!(text.contains(says), "{text}");
        assert!(!text.contains("panicked"), "{text}");
    };
    fails(compare(&["--sites", "O1=9..4"]), 2, "9..4");
    fails(compare(&["--sites", "O1=4..900"]), 1, "site O1 needs positions");
    fails(compare(&["--low-loss-scan", "a", "--low-loss-scan", "b"]), 2, "low-loss");
    fails(compare(&["--low-loss-scan", &format!("{}#1", sample("lto-2v7.dm4"))]), 3, "no low loss");
    fails(compare(&["-o", "/proc/nowhere"]), 4, "could not write");
    fails(compare(&["--recipe", "/no/such/recipe.json"]), 3, "recipe.json");
    fails(moray(&["compare", "--reference", "/no/such.dm4", "--scan", "/no/such.dm4"]), 3, "no/such.dm4");
    fails(moray(&["compare"]), 2, "--reference");
    fails(moray(&["recipe", "--preset", "unobtainium"]), 2, "unobtainium");
}

#[test]
fn a_preset_printed_by_recipe_is_accepted_by_compare() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("recipe.json");
    let printed = moray(&["recipe", "--preset", "lto"]);
    std::fs::write(&path, &printed.stdout).unwrap();
    let path = path.display().to_string();
    assert_eq!(moray(&["recipe", "--check", &path]).stdout, printed.stdout);
    assert_eq!(report(&["--recipe", &path]), report(&[]));
}

#[test]
fn timings_are_one_json_line_on_stderr() {
    let output = compare(&["--timings"]);
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let line = text.lines().last().unwrap();
    let timings: Value = serde_json::from_str(line).unwrap();
    assert!(
        ["read", "noise", "align", "sites", "background", "drops"]
            .iter()
            .all(|stage| timings[stage].as_f64().unwrap() > 0.0)
    );
}

#[test]
fn a_profile_from_a_file_of_its_own_is_used_and_kept_in_the_session() {
    let scan = sample("lto-2v7.dm4");
    let info: Value = serde_json::from_slice(&moray(&["info", &scan, "--json"]).stdout).unwrap();
    let titled = |title: &str| {
        let image = array(&info, "/images").iter().find(|image| image["title"].as_str().unwrap().contains(title));
        image.unwrap()["index"].as_u64().unwrap()
    };
    let profile = format!("abf={scan}#{}", titled("ABF profile"));
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().display().to_string();
    let with = report(&["--profile", &profile, "-o", &dir]);
    assert_eq!(with["site_finding"], report(&[])["site_finding"]);
    assert!(array(&with, "/inputs").iter().any(|input| input["role"] == "profile"));
    let session = folder.path().join("session.moray").display().to_string();
    let again = moray(&["compare", "--session", &session, "--json"]);
    assert_eq!(serde_json::from_slice::<Value>(&again.stdout).unwrap(), with);
    let wrong = compare(&["--profile", &format!("abf={scan}#{}", titled("EELS"))]);
    assert_eq!(wrong.status.code(), Some(3), "{}", String::from_utf8_lossy(&wrong.stderr));
    assert_eq!(compare(&["--profile", "sem=x"]).status.code(), Some(2));
}

#[test]
fn a_style_and_a_list_of_figures_decide_what_is_drawn_and_how() {
    let dir = tempfile::tempdir().unwrap();
    let style = moray(&["style", "--columns", "1"]);
    assert!(style.status.success());
    let path = dir.path().join("style.json");
    let text = String::from_utf8(style.stdout).unwrap().replace("\"page\": []", "\"page\": [[\"drops\"], [\"ti-l\"]]");
    std::fs::write(&path, &text).unwrap();
    let out = dir.path().join("out");
    let (style, folder) = (path.display().to_string(), out.display().to_string());
    let output =
        compare(&["--style", &style, "--figures", "figure,line-scan,ti-l,differences", "--msa", "-o", &folder]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    for stem in ["figure", "line-scan", "ti-l", "differences", "page"] {
        let svg = std::fs::read_to_string(out.join(format!("{stem}.svg"))).unwrap();
        assert!(svg.contains("width=\"85mm\""), "{stem}");
        assert!(std::fs::metadata(out.join(format!("{stem}.pdf"))).unwrap().len() > 1000);
    }
    assert!(!out.join("drops.png").exists(), "not asked for");
    assert!(out.join("o-k-lto-2v7-O1.msa").exists());
    let session = std::fs::read_to_string(out.join("session.moray")).unwrap();
    assert!(session.contains("\"width_mm\": 85.0"), "the session keeps the style");
}

#[test]
fn the_table_is_printed_for_a_paper_and_a_wrong_style_or_figure_is_refused() {
    let latex = compare(&["--table", "latex"]);
    let text = String::from_utf8(latex.stdout).unwrap();
    assert!(text.starts_with("\\begin{tabular}") && text.lines().count() == 6 + 6, "{text}");
    let wrong = compare(&["--figures", "portrait", "-o", "unused"]);
    assert_eq!(wrong.status.code(), Some(2));
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("style.json");
    std::fs::write(&path, "{\"dpi\": 9000}").unwrap();
    let refused = compare(&["--style", &path.display().to_string()]);
    assert_eq!(refused.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("dpi is 9000"));
}
