//! Sites from the signal of survey pictures along the scan's line, as from a signal recorded along the scan.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::path::Path;
use std::process::Command;

use moray::io::dm::write::{DmAxis, DmFile, DmImage, Samples};
use moray::model::ProfileKind;
use moray::simulate::sample_survey;
use serde_json::Value;

fn compare(arguments: &[&str], output: &Path) -> Value {
    let sample = |name: &str| format!("{}/sample-data/{name}", env!("CARGO_MANIFEST_DIR"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_moray"));
    command.arg("compare").args(arguments).args(["-o", output.to_str().unwrap()]);
    if !arguments.contains(&"--session") {
        command.args(["--reference", &sample("lto-pristine.dm4"), "--scan", &sample("lto-2v7.dm4")]);
    }
    let output_of = command.output().unwrap();
    assert!(output_of.status.success(), "{}", String::from_utf8_lossy(&output_of.stderr));
    serde_json::from_slice(&std::fs::read(output.join("report.json")).unwrap()).unwrap()
}

/// A DM4 file with the HAADF (#0) and the ABF picture (#1) that the sample scan ran on.
fn pictures() -> Vec<u8> {
    let image = |(kind, title, id): (ProfileKind, &str, u32)| {
        let survey = sample_survey(kind, false);
        let pixels = survey.picture.ncols();
        let axis = || DmAxis { size: pixels, scale: survey.field_nm / pixels as f64, offset: 0.0, unit: "nm".into() };
        DmImage {
            title: title.to_owned(),
            axes: vec![axis(), axis()],
            samples: Samples::Float32(survey.picture.iter().map(|value| *value as f32).collect()),
            intensity_scale: 1.0,
            intensity_unit: "Counts".into(),
            unique_id: [1, 2, 3, id],
            tags: Vec::new(),
        }
    };
    let kinds = [(ProfileKind::Haadf, "HAADF survey", 1), (ProfileKind::Abf, "ABF survey", 2)];
    DmFile { thumbnail: None, images: kinds.map(image).into() }.to_bytes().unwrap()
}

#[test]
fn pictures_along_the_line_give_the_sites_of_a_recorded_signal_and_sessions_repeat_them() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pictures.dm4");
    std::fs::write(&file, pictures()).unwrap();
    let file = file.display();
    let [[x0, y0], [x1, y1]] = sample_survey(ProfileKind::Abf, false).line_nm;
    let line = format!("{x0},{y0}..{x1},{y1}");
    let (abf, haadf) = (format!("abf={file}#1"), format!("haadf={file}#0"));
    let by_pictures =
        compare(&["--profile", &abf, "--profile", &haadf, "--survey-line", &line], &folder.path().join("pictures"));
    let recorded = compare(&[], &folder.path().join("recorded"));
    let sites = |report: &Value| -> Vec<(String, Vec<f64>)> {
        let of_scan = |site: &&Value| site["scan"] == "lto-2v7";
        let centres = |site: &Value| {
            let columns = site["columns"].as_array().unwrap().iter();
            columns.map(|column| column["center_nm"].as_f64().unwrap()).collect()
        };
        let all = report["sites"].as_array().unwrap().iter().filter(of_scan);
        all.map(|site| (site["name"].as_str().unwrap().to_owned(), centres(site))).collect()
    };
    let (found, expected) = (sites(&by_pictures), sites(&recorded));
    assert_eq!(found.iter().map(|site| &site.0).collect::<Vec<_>>(), ["O1", "O2"]);
    for ((name, found), (_, expected)) in found.iter().zip(&expected) {
        assert_eq!(found.len(), expected.len(), "{name}: {found:?} {expected:?}");
        let apart = found.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(apart < 0.02, "{name}: {apart} nm");
    }
    let session = folder.path().join("pictures/session.moray");
    compare(&["--session", session.to_str().unwrap()], &folder.path().join("again"));
    let drops = |name: &str| std::fs::read(folder.path().join(name).join("drops.csv")).unwrap();
    assert!(drops("pictures") == drops("again"), "a session samples the same line of the same pictures");
}

#[test]
fn the_signal_along_a_line_is_a_table_and_a_figure_with_oxygen_columns_as_peaks() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pictures.dm4");
    std::fs::write(&file, pictures()).unwrap();
    let [[x0, y0], [x1, y1]] = sample_survey(ProfileKind::Abf, false).line_nm;
    let out = folder.path().join("profile");
    let output = Command::new(env!("CARGO_BIN_EXE_moray"))
        .args(["image", &format!("{}#1", file.display()), "--line", &format!("{x0},{y0}..{x1},{y1}")])
        .args(["-o", out.to_str().unwrap()])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    for name in ["profile.png", "profile.svg", "profile.pdf", "image.json"] {
        assert!(out.join(name).metadata().unwrap().len() > 500, "{name}");
    }
    let text = std::fs::read_to_string(out.join("profile.csv")).unwrap();
    let rows: Vec<Vec<f64>> = text
        .lines()
        .filter(|line| !line.starts_with('#'))
        .skip(1)
        .map(|line| line.split(',').map(|cell| cell.parse().unwrap()).collect())
        .collect();
    let length_nm = (x1 - x0).hypot(y1 - y0);
    assert!((rows.last().unwrap()[0] - length_nm).abs() < 1e-9 && rows.iter().all(|row| row[2] > 0.0));
    assert_eq!(rows.iter().map(|row| row[1]).fold(f64::INFINITY, f64::min), 0.0, "the brightest place of ABF is zero");
    // Oxygen and Ti-b columns are dark in ABF and alternate along the chain: peaks half a column distance apart.
    let peaks: Vec<f64> =
        rows.windows(9).filter(|near| near.iter().all(|row| row[1] <= near[4][1])).map(|near| near[4][0]).collect();
    let mean_nm = (peaks.last().unwrap() - peaks[0]) / (peaks.len() - 1) as f64;
    assert!((mean_nm / (0.2956 / 2.0) - 1.0).abs() < 0.06, "{peaks:?}");
}
