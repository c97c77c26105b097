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
use ndarray::Array1;
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

#[test]
fn report_tables_and_arrays_hold_the_same_numbers() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path());
    let report: Value =
        serde_json::from_str(&std::fs::read_to_string(dir.path().join("report.json")).unwrap()).unwrap();
    let drops = table(&dir.path().join("drops.csv"));
    let mut rows = drops.iter();
    for peak in report["edges"][0]["peaks"].as_array().unwrap() {
        for site in peak["sites"].as_array().unwrap() {
            let row = rows.next().unwrap();
            for (column, value) in [
                ("drop (fraction)", &site["drop"]),
                ("drop sigma statistical (fraction)", &site["drop_sigma"]),
                ("drop sigma systematic (fraction)", &site["drop_systematic"]),
                ("drop 95 % low (fraction)", &site["drop_ci95"][0]),
                ("drop 95 % high (fraction)", &site["drop_ci95"][1]),
                ("drop 68 % low (fraction)", &site["drop_ci68"][0]),
                ("value (peak / normalising peak)", &site["ratio"]),
                ("reference value (peak / normalising peak)", &site["reference_ratio"]),
                ("p of no drop", &site["p"]),
                ("window from (eV)", &peak["window_ev"][0]),
            ] {
                assert_eq!(row[column].parse::<f64>().ok(), value.as_f64(), "{column} of {}", peak["label"]);
            }
        }
    }
    assert!(rows.next().is_none());
    for (row, at) in table(&dir.path().join("ti-l.csv")).iter().zip(report["ti_l"].as_array().unwrap()) {
        assert_eq!(row["shift (eV)"].parse::<f64>().ok(), at["shift_ev"].as_f64());
        assert_eq!(row["Ti3+ 95 % upper limit"].parse::<f64>().ok(), at["ti3_upper95"].as_f64());
    }
    arrays_agree(dir.path());
}

/// Spectra of `arrays.npz` and `spectra-o-k.csv` are the same, and the covariance's peaks and logarithms are those of
/// the drops in `drops.csv`.
fn arrays_agree(dir: &Path) {
    let spectra = table(&dir.join("spectra-o-k.csv"));
    let mut npz = NpzReader::new(std::fs::File::open(dir.join("arrays.npz")).unwrap()).unwrap();
    let names = npz.names().unwrap();
    let scan = names.iter().find(|name| name.starts_with("o-k/2.7 V") && name.ends_with("O2/net")).unwrap();
    let scan = scan.strip_suffix("/net").unwrap().to_owned();
    for (array, column) in [
        ("raw", "O2 raw (electrons)"),
        ("background", "O2 background (electrons)"),
        ("net", "O2 net (electrons)"),
        ("normalised", "O2 normalised"),
        ("normalised_sigma", "O2 sigma of normalised"),
    ] {
        let values: Array1<f64> = npz.by_name(&format!("{scan}/{array}")).unwrap();
        let written: Vec<f64> = spectra.iter().map(|row| row[column].parse().unwrap()).collect();
        assert_eq!(values.to_vec(), written, "{column}");
    }
    let log_ratio: Array1<f64> = npz.by_name(&format!("{scan}/log_ratio")).unwrap();
    let drops = table(&dir.join("drops.csv"));
    let of_site = drops.iter().filter(|row| row["site"] == "O2" && !row["drop (fraction)"].is_empty());
    for row in of_site {
        let k = ["b", "c", "d"].iter().position(|peak| *peak == row["peak"]).unwrap();
        let drop: f64 = row["drop (fraction)"].parse().unwrap();
        assert!((1.0 - log_ratio[k].exp() - drop).abs() < 1e-12, "{}", row["peak"]);
    }
}

#[test]
fn net_spectra_read_back_from_msa_as_they_are() {
    let found = found();
    let files = msa_files(&found, &Example::recipe(), &provenance());
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
