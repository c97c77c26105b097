//! Tables are read by other programs without edits: Python's csv, pandas, NumPy; and all files hold the same numbers.

#![allow(clippy::unwrap_used, reason = "a test may stop where its builders cannot go on")]

#[path = "support/example.rs"]
mod example;

use std::path::{Path, PathBuf};
use std::process::Command;

use example::Example;
use moray::analysis::Comparison;
use moray::export::{Figures, InputFile, Provenance, VERSION, msa_files, write_all};
use moray::io;
use moray::model::FigureStyle;
use ndarray::{Array1, Array2};
use ndarray_npy::NpzReader;
use serde_json::Value;

fn provenance() -> Provenance {
    let input = |role: &str, file: &str| InputFile {
        role: role.to_owned(),
        file: file.to_owned(),
        image: 1,
        sha256: "ab".repeat(32),
    };
    let inputs = vec![input("reference", "pristine.dm4"), input("scan", "2V7, \"second\" #2.dm4")];
    Provenance { recipe: Example::recipe(), inputs, session: None }
}

/// Names that readers could trip over: a comma, quotes, a # in the middle, letters beyond ASCII.
fn found() -> Comparison {
    let scans = vec![("2.7 V #2, \"µm\"", vec!["O1 (bulk, second column)", "O2"])];
    Example { scans, undetected: Some("O2"), ..Example::default() }.comparison()
}

fn write(dir: &Path) {
    let style = FigureStyle::default();
    let figures = Figures { kinds: &[], ..Figures::usual(&style) };
    write_all(dir, &found(), &provenance(), &figures).unwrap();
}

/// The Python with pandas, or nothing (said aloud) when there is none and nobody insists.
fn python() -> Option<PathBuf> {
    let python = PathBuf::from(std::env::var_os("MORAY_PYTHON").unwrap_or_else(|| "python3".into()));
    let has = Command::new(&python).args(["-c", "import pandas, numpy"]).output().is_ok_and(|run| run.status.success());
    if has {
        return Some(python);
    }
    let required = std::env::var_os("MORAY_REQUIRE_SHARED_DATA").is_some_and(|value| value == "1");
    assert!(!required, "{} has no pandas: pip install pandas", python.display());
    println!("skipped: {} has no pandas", python.display());
    None
}

/// Reads every table with csv and with pandas and prints what both found, as JSON.
const SCRIPT: &str = r##"
import csv, json, sys, pathlib
import numpy, pandas
folder = pathlib.Path(sys.argv[1])
out = {}
for path in sorted(folder.glob("*.csv")):
    text = path.read_text(encoding="utf-8")
    rows = list(csv.reader(line for line in text.splitlines() if not line.startswith("#")))
    table = pandas.read_csv(path, comment="#")
    assert list(table.columns) == rows[0], (path, list(table.columns), rows[0])
    assert len(table) == len(rows) - 1, path
    for name in table.columns:
        for ours, theirs in zip((row[rows[0].index(name)] for row in rows[1:]), table[name]):
            if ours == "":
                assert pandas.isna(theirs), (path, name)
            elif isinstance(theirs, str):
                assert ours == theirs, (path, name, ours, theirs)
            else:
                assert float(ours) == theirs, (path, name, ours, theirs)
    numeric = [name for name in table.columns if table[name].dtype.kind == "f"]
    out[path.name] = {"rows": len(table), "numeric": numeric}
arrays = numpy.load(folder / "arrays.npz")
table = pandas.read_csv(folder / "spectra-o-k.csv", comment="#")
assert (arrays["o-k/energy_ev"] == table["energy (eV)"]).all()
net = [name for name in arrays.files if name.startswith("o-k/2.7 V") and name.endswith("O2/net")]
assert (arrays[net[0]] == table["O2 net (electrons)"]).all()
print(json.dumps(out))
"##;

#[test]
fn python_s_csv_and_pandas_read_every_table_without_edits() {
    let Some(python) = python() else { return };
    let dir = tempfile::tempdir().unwrap();
    write(dir.path());
    let run = Command::new(python).args(["-c", SCRIPT]).arg(dir.path()).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let read: Value = serde_json::from_slice(&run.stdout).unwrap();
    assert_eq!(read["drops.csv"]["rows"], 6);
    assert_eq!(read["spectra-o-k.csv"]["rows"], 1400);
    assert_eq!(read["spectra-o-k.csv"]["numeric"].as_array().unwrap().len(), 19, "every column is one of numbers");
    let drops: Vec<&str> =
        read["drops.csv"]["numeric"].as_array().unwrap().iter().map(|v| v.as_str().unwrap()).collect();
    assert!(drops.contains(&"drop (fraction)") && drops.contains(&"drop 95 % low (fraction)"), "{drops:?}");
}

/// Rows of a CSV file by column names.
fn table(path: &Path) -> Vec<std::collections::HashMap<String, String>> {
    let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_path(path).unwrap();
    reader.deserialize().map(Result::unwrap).collect()
}

/// Column of `drops.csv` and the field of a site's entry in the report that it holds.
const DROPS: [(&str, &str); 16] = [
    ("value (peak / normalising peak)", "/ratio"),
    ("value sigma", "/ratio_sigma"),
    ("reference value (peak / normalising peak)", "/reference_ratio"),
    ("reference value sigma", "/reference_ratio_sigma"),
    ("drop (fraction)", "/drop"),
    ("drop sigma statistical (fraction)", "/drop_sigma"),
    ("drop sigma counting (fraction)", "/drop_counting"),
    ("drop sigma pattern (fraction)", "/drop_pattern"),
    ("drop sigma systematic (fraction)", "/drop_systematic"),
    ("drop 68 % low (fraction)", "/drop_ci68/0"),
    ("drop 68 % high (fraction)", "/drop_ci68/1"),
    ("drop 95 % low (fraction)", "/drop_ci95/0"),
    ("drop 95 % high (fraction)", "/drop_ci95/1"),
    ("p of no drop", "/p"),
    ("window spread (fraction)", "/window_spread"),
    ("reason", "/reason"),
];

/// The same of `ti-l.csv`.
const TI_L: [(&str, &str); 15] = [
    ("p of equal shapes", "/p_equal"),
    ("shift (eV)", "/shift_ev"),
    ("shift sigma (eV)", "/shift_sigma_ev"),
    ("Ti3+ fraction", "/ti3_fraction"),
    ("Ti3+ sigma", "/ti3_sigma"),
    ("Ti3+ 95 % upper limit", "/ti3_upper95"),
    ("Ti3+ fraction, no shift", "/ti3_fixed_shift"),
    ("Ti3+ sigma, no shift", "/ti3_fixed_shift_sigma"),
    ("L3/L2 over reference", "/l3_l2_relative"),
    ("L3/L2 sigma", "/l3_l2_sigma"),
    ("L3 t2g-eg splitting (eV)", "/t2g_eg_splitting/site_ev"),
    ("splitting minus reference (eV)", "/t2g_eg_splitting/difference_ev"),
    ("splitting difference sigma (eV)", "/t2g_eg_splitting/difference_sigma_ev"),
    ("verdict", "/verdict"),
    ("reason", "/reason"),
];

type Row = std::collections::HashMap<String, String>;

/// Stops when a cell and a field of the report are not the same number, the same text, or both missing.
fn same(row: &Row, column: &str, entry: &Value, field: &str) {
    let (cell, value) = (&row[column], entry.pointer(field).unwrap_or(&Value::Null));
    match value {
        Value::Null => assert_eq!(cell, "", "{column}"),
        Value::String(text) => assert_eq!(cell, text, "{column}"),
        number => assert_eq!(cell.parse::<f64>().ok(), number.as_f64(), "{column}"),
    }
}

/// Every number that two of `report.json`, the tables and `arrays.npz` hold is the same in both.
fn files_agree(dir: &Path) {
    let report: Value = serde_json::from_str(&std::fs::read_to_string(dir.join("report.json")).unwrap()).unwrap();
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let drops = table(&dir.join("drops.csv"));
    let mut rows = drops.iter();
    for edge in list(&report["edges"]) {
        for peak in list(&edge["peaks"]) {
            for site in list(&peak["sites"]) {
                let row = rows.next().unwrap();
                DROPS.iter().for_each(|(column, field)| same(row, column, &site, field));
                for (column, field) in [("scan", "/scan"), ("site", "/site"), ("method", "/method")] {
                    same(row, column, &site, field);
                }
                same(row, "window from (eV)", &peak, "/window_ev/0");
                same(row, "window to (eV)", &peak, "/window_ev/1");
                same(row, "peak", &peak, "/label");
                same(row, "edge", &edge, "/name");
                same(row, "normalising peak", &edge, "/normalisation/peak");
            }
        }
    }
    assert!(rows.next().is_none());
    let ti_l = table(&dir.join("ti-l.csv"));
    assert_eq!(ti_l.len(), list(&report["ti_l"]).len());
    for (row, at) in ti_l.iter().zip(list(&report["ti_l"])) {
        TI_L.iter()
            .chain(&[("scan", "/scan"), ("site", "/site")])
            .for_each(|(column, field)| same(row, column, &at, field));
    }
    arrays_agree(dir, &report);
    head_agrees(dir, &report);
}

/// Spectra in `arrays.npz` are those of the tables; windows, logarithms of ratios and their covariances those of the
/// report.
fn arrays_agree(dir: &Path, report: &Value) {
    let mut npz = NpzReader::new(std::fs::File::open(dir.join("arrays.npz")).unwrap()).unwrap();
    let names = npz.names().unwrap();
    let mut compared = 0;
    for slug in ["o-k", "ti-l2-3"] {
        let spectra = table(&dir.join(format!("spectra-{slug}.csv")));
        let column =
            |title: &str| -> Vec<f64> { spectra.iter().map(|row| row[title].parse().unwrap_or(f64::NAN)).collect() };
        let energy: Array1<f64> = npz.by_name(&format!("{slug}/energy_ev")).unwrap();
        assert_eq!(energy.to_vec(), column("energy (eV)"));
        for name in names.iter().filter(|name| name.starts_with(&format!("{slug}/"))) {
            let parts: Vec<&str> = name.split('/').collect();
            let [_, _, site, what] = parts[..] else { continue };
            let title = match what {
                "raw" | "background" | "net" => format!("{site} {what} (electrons)"),
                "normalised" => format!("{site} normalised"),
                "normalised_sigma" => format!("{site} sigma of normalised"),
                "background_sigma" => format!("{site} sigma of background (electrons)"),
                _ => continue,
            };
            let values: Array1<f64> = npz.by_name(name).unwrap();
            assert_eq!(values.to_vec(), column(&title), "{name}");
            compared += 1;
        }
    }
    assert!(compared >= 34, "{compared} arrays stand in the tables too");
    for edge in report["edges"].as_array().unwrap() {
        for peak in edge["peaks"].as_array().unwrap() {
            let label = peak["label"].as_str().unwrap();
            let window: Array1<f64> = npz.by_name(&format!("o-k/peaks/{label}/window_ev")).unwrap();
            assert_eq!(serde_json::json!(window.to_vec()), peak["window_ev"]);
            for site in peak["sites"].as_array().unwrap() {
                let find = |what: &str| {
                    let end = format!("/{}/{what}", site["site"].as_str().unwrap());
                    names.iter().find(|name| name.starts_with("o-k/") && name.ends_with(&end)).cloned()
                };
                let Some(peaks) = find("peaks") else { continue };
                let peaks: Array1<u8> = npz.by_name(&peaks).unwrap();
                let peaks = String::from_utf8(peaks.to_vec()).unwrap();
                let Some(k) = peaks.split(',').position(|other| other == label) else { continue };
                let Some(drop) = site["drop"].as_f64() else { continue };
                let log_ratio: Array1<f64> = npz.by_name(&find("log_ratio").unwrap()).unwrap();
                assert!((1.0 - log_ratio[k].exp() - drop).abs() < 1e-12, "{label}: {} and {drop}", log_ratio[k]);
                let covariance: Array2<f64> = npz.by_name(&find("log_ratio_covariance").unwrap()).unwrap();
                assert!(covariance[[k, k]] > 0.0);
            }
        }
    }
}

/// Version, recipe, inputs and steps are the same in all files.
fn head_agrees(dir: &Path, report: &Value) {
    let mut npz = NpzReader::new(std::fs::File::open(dir.join("arrays.npz")).unwrap()).unwrap();
    let origin: Array1<u8> = npz.by_name("provenance").unwrap();
    let origin: Value = serde_json::from_slice(&origin.to_vec()).unwrap();
    for part in ["moray", "inputs", "steps"] {
        assert_eq!(origin[part], report[part], "{part}");
    }
    let steps = report["steps"].as_array().unwrap();
    assert!(!steps.is_empty());
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "csv") {
            let text = std::fs::read_to_string(&path).unwrap();
            for step in steps {
                let line = step.as_str().unwrap().replace(',', ";");
                assert!(text.contains(&line), "{}: {line}", path.display());
            }
        }
    }
}

#[test]
fn report_tables_and_arrays_of_hand_written_curves_hold_the_same_numbers() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path());
    files_agree(dir.path());
}

/// Compares the sample with a joint fit beside the drops, everything written to `out` in this folder.
fn sample_compared(folder: &Path) -> PathBuf {
    let moray = || Command::new(env!("CARGO_BIN_EXE_moray"));
    let printed = moray().arg("recipe").output().unwrap();
    let mut recipe: Value = serde_json::from_slice(&printed.stdout).unwrap();
    recipe["edges"][1]["joint_fit"] = serde_json::json!(true);
    let file = folder.join("recipe.json");
    std::fs::write(&file, recipe.to_string()).unwrap();
    let out = folder.join("out");
    let run = moray()
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/sample-data"))
        .args(["compare", "--reference", "lto-pristine.dm4", "--scan", "lto-2v7.dm4", "--recipe"])
        .arg(&file)
        .arg("-o")
        .arg(&out)
        .output()
        .unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    out
}

#[test]
fn report_tables_and_arrays_of_the_sample_hold_the_same_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let out = sample_compared(folder.path());
    files_agree(&out);
    let mut npz = NpzReader::new(std::fs::File::open(out.join("arrays.npz")).unwrap()).unwrap();
    let rows = table(&out.join("joint-fit-o-k.csv"));
    let mut compared = 0;
    for (spectrum, column) in [("site", "model"), ("site", "residual"), ("reference", "electrons"), ("site", "peak_b")]
    {
        let array = column.strip_prefix("peak_").map_or(column.to_owned(), |label| format!("peaks/{label}"));
        let values: Array1<f64> = npz.by_name(&format!("o-k/lto-2v7/O1/joint_fit/{spectrum}/{array}")).unwrap();
        let of = rows.iter().filter(|row| row["site"] == "O1" && row["spectrum"] == spectrum);
        let written: Vec<f64> = of.map(|row| row[column].parse().unwrap()).collect();
        assert_eq!(values.to_vec(), written, "{spectrum} {column}");
        compared += written.len();
    }
    assert!(compared > 400);
}

#[test]
fn tables_are_plain_ascii_as_long_as_names_are() {
    // Spreadsheets that take a file for the system's own encoding then show it as it is.
    let folder = tempfile::tempdir().unwrap();
    let out = sample_compared(folder.path());
    for entry in std::fs::read_dir(&out).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "csv") {
            let bytes = std::fs::read(&path).unwrap();
            let line = bytes.split(|b| *b == b'\n').find(|line| !line.is_ascii());
            assert_eq!(line.map(String::from_utf8_lossy), None, "{}", path.display());
        }
    }
}

/// Tables opened by LibreOffice Calc as a user opens them, by a double click, come as OpenDocument with typed cells.
#[test]
fn a_spreadsheet_reads_every_column_of_numbers_as_numbers() {
    if !Command::new("soffice").arg("--version").output().is_ok_and(|run| run.status.success()) {
        println!("skipped: there is no LibreOffice Calc (soffice)");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    write(folder.path());
    let run = Command::new("soffice")
        .arg(format!("-env:UserInstallation=file://{}", folder.path().join("profile").display()))
        .args(["--headless", "--convert-to", "fods", "--outdir"])
        .arg(folder.path().join("sheets"))
        .args(["drops.csv", "ti-l.csv", "spectra-o-k.csv", "spectra-ti-l2-3.csv"].map(|name| folder.path().join(name)))
        .output()
        .unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    for (name, least) in [("drops", 6 * 12), ("ti-l", 2 * 13), ("spectra-o-k", 1400 * 19), ("spectra-ti-l2-3", 1400)] {
        let sheet = std::fs::read_to_string(folder.path().join(format!("sheets/{name}.fods"))).unwrap();
        let csv = table(&folder.path().join(format!("{name}.csv")));
        let is_number = |cell: &&String| cell.parse::<f64>().is_ok();
        let expected = csv.iter().flat_map(|row| row.values()).filter(is_number).count();
        let floats: usize = sheet
            .split("<table:table-cell")
            .skip(1)
            .filter(|cell| cell.split('>').next().is_some_and(|tag| tag.contains("office:value-type=\"float\"")))
            .map(|cell| {
                let tag = cell.split('>').next().unwrap_or_default();
                let repeated = tag.split("table:number-columns-repeated=\"").nth(1);
                repeated.and_then(|rest| rest.split('"').next()?.parse().ok()).unwrap_or(1)
            })
            .sum();
        assert!(expected >= least, "{name}: {expected}");
        assert_eq!(floats, expected, "{name}: cells with numbers");
    }
}

#[test]
fn net_spectra_read_back_from_msa_as_they_are() {
    let found = found();
    let files = msa_files(&found, &provenance());
    assert_eq!(files.len(), 6);
    let (name, bytes) = files.iter().find(|(name, _)| name.starts_with("o-k-") && name.ends_with("-O2.msa")).unwrap();
    assert!(!name.contains(['"', '/', '\\']), "{name}");
    assert!(String::from_utf8_lossy(bytes).contains(VERSION));
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("spectrum.msa");
    std::fs::write(&path, bytes).unwrap();
    let contents = io::open(&path).unwrap();
    let image = &contents.images[0];
    let axis = &image.axes[image.energy_axis().unwrap()];
    let curves = &found.curves[1];
    assert_eq!((axis.size, axis.offset), (1400, curves.energy_ev[0]));
    assert!((axis.scale - 0.125).abs() < 1e-12);
    let mut values = Vec::new();
    image.samples.visit(0, 1400, |_, value| values.push(value));
    assert_eq!(values, curves.spectra[2].net);
}
