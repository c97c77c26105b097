//! Many comparisons from a list: reproducible, resumable, shared among machines, and put together again.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::path::Path;
use std::process::Command;

use serde_json::Value;

fn moray(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_moray")).current_dir(folder).args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// A folder with the sample and a list of three rows.
fn with_list() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    std::fs::create_dir(&data).unwrap();
    for name in ["lto-pristine.dm4", "lto-2v7.dm4"] {
        std::fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data").join(name), data.join(name)).unwrap();
    }
    let list = "label,reference,scan,bias_v,sites\n\
                low,lto-pristine.dm4,lto-2v7.dm4,1.5,\"O1=4..9,28..33;O2=16..21\"\n\
                high,lto-pristine.dm4,lto-2v7.dm4,2.7,\n\
                none,lto-pristine.dm4,lto-2v7.dm4,,O1=4..9\n";
    std::fs::write(data.join("list.csv"), list).unwrap();
    folder
}

fn statuses(json: &str) -> Vec<(String, String)> {
    let value: Value = serde_json::from_str(json).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    value["rows"].as_array().unwrap().iter().map(|row| (text(&row["label"]), text(&row["status"]))).collect()
}

fn all_are(json: &str, status: &str) -> bool {
    let rows = statuses(json);
    rows.len() == 3 && rows.iter().all(|(_, found)| found == status)
}

#[test]
fn a_batch_is_resumed_shared_and_put_together_to_the_same_bytes() {
    let folder = with_list();
    let run = |arguments: &[&str]| moray(folder.path(), arguments);
    let (code, json, error) = run(&["batch", "data/list.csv", "-o", "whole", "--json"]);
    assert_eq!(code, 0, "{error}");
    assert!(all_are(&json, "done"), "{json}");
    let bytes = |path: &str| std::fs::read(folder.path().join(path)).unwrap();
    let before = bytes("whole/drops.csv");
    let text = String::from_utf8(before.clone()).unwrap();
    let rows: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    assert!(rows[0].starts_with("label,bias (V),scan,site"), "{}", rows[0]);
    assert!(rows[1].starts_with("low,1.5,lto-2v7,O1,O K,b"), "{}", rows[1]);
    assert!(rows.iter().any(|row| row.starts_with("high,2.7,")) && rows.iter().any(|row| row.starts_with("none,,")));

    let (code, json, error) = run(&["batch", "data/list.csv", "-o", "whole", "--json"]);
    assert_eq!(code, 0, "{error}");
    assert!(all_are(&json, "skipped"), "{json}");
    assert_eq!(bytes("whole/drops.csv"), before);

    for shard in ["1/2", "2/2"] {
        let dir = format!("shard-{}", &shard[..1]);
        let (code, _, error) = run(&["batch", "data/list.csv", "-o", &dir, "--shard", shard]);
        assert_eq!(code, 0, "{error}");
        assert!(!folder.path().join(dir).join("drops.csv").exists());
    }
    let (code, _, error) = run(&["collect", "shard-2", "shard-1", "whole", "-o", "together"]);
    assert_eq!(code, 0, "{error}");
    for name in ["drops.csv", "drops.svg", "drops.pdf", "drops.png"] {
        assert_eq!(bytes(&format!("together/{name}")), bytes(&format!("whole/{name}")), "{name}");
    }
    let figure = String::from_utf8(bytes("together/drops.svg")).unwrap();
    assert!(figure.contains(">Bias (V)<") && figure.contains(">O1<") && figure.contains(">O2<"));
}

#[test]
fn failed_rows_are_listed_at_the_end_and_the_others_are_done() {
    let folder = with_list();
    let list = "label,reference,scan\ngood,lto-pristine.dm4,lto-2v7.dm4\nbad,lto-pristine.dm4,missing.dm4\n";
    std::fs::write(folder.path().join("data/list.csv"), list).unwrap();
    let (code, json, error) = moray(folder.path(), &["batch", "data/list.csv", "-o", "out", "--json"]);
    assert_eq!(code, 1, "{error}");
    let expected = [("good", "done"), ("bad", "failed")].map(|(label, status)| (label.to_owned(), status.to_owned()));
    assert_eq!(statuses(&json), expected);
    let last: Vec<&str> = error.lines().rev().take(2).collect();
    assert!(last[1].contains("failed: bad") && last[1].contains("missing.dm4"), "{error}");
    assert!(last[0].contains("1 of 2 rows failed"), "{error}");
    assert!(folder.path().join("out/good/session.moray").exists() && folder.path().join("out/drops.csv").exists());
}

#[test]
fn a_row_runs_again_when_its_file_changes() {
    let folder = with_list();
    let list = "label,reference,scan\nonly,lto-pristine.dm4,lto-2v7.dm4\n";
    std::fs::write(folder.path().join("data/list.csv"), list).unwrap();
    let run = || moray(folder.path(), &["batch", "data/list.csv", "-o", "out", "--json"]);
    assert_eq!(run().0, 0);
    let data = folder.path().join("data");
    std::fs::copy(data.join("lto-pristine.dm4"), data.join("lto-2v7.dm4")).unwrap();
    let (code, json, error) = run();
    assert_eq!(code, 0, "{error}");
    assert_eq!(statuses(&json), [("only".to_owned(), "done".to_owned())]);
}

#[test]
fn lists_that_make_no_sense_are_refused_with_their_line() {
    let folder = tempfile::tempdir().unwrap();
    let cases = [
        ("label,reference\na,b\n", "no column \"scan\""),
        ("label,reference,scan,colour\na,b,c,d\n", "\"colour\" is not known"),
        ("label,reference,scan\na,b,c\nA,b,c\n", "line 3: label \"A\" is given twice"),
        ("label,reference,scan\n../a,b,c\n", "cannot be the name of a folder"),
        ("label,reference,scan,bias_v\na,b,c,high\n", "line 2: bias_v \"high\" is no number"),
        ("label,reference,scan\na,,c\n", "reference is empty"),
        ("label,reference,scan\n", "it has no rows"),
    ];
    for (list, expected) in cases {
        std::fs::write(folder.path().join("list.csv"), list).unwrap();
        let (code, _, error) = moray(folder.path(), &["batch", "list.csv", "-o", "out"]);
        assert_eq!(code, 3, "{error}");
        assert!(error.contains(expected), "{expected}: {error}");
    }
    let (code, _, error) = moray(folder.path(), &["collect", ".", "-o", "out"]);
    assert_eq!(code, 3, "{error}");
    assert!(error.contains("no finished row"), "{error}");
}

#[cfg(unix)]
#[test]
fn a_batch_that_is_killed_goes_on_where_it_was_and_ends_with_the_same_bytes() {
    let folder = with_list();
    let rows = (1..=6).map(|k| format!("r{k},lto-pristine.dm4,lto-2v7.dm4,{k},\"O1=4..9,28..33;O2=16..21\"\n"));
    let list = format!("label,reference,scan,bias_v,sites\n{}", rows.collect::<String>());
    std::fs::write(folder.path().join("data/list.csv"), list).unwrap();
    let begun = std::time::Instant::now();
    assert_eq!(moray(folder.path(), &["batch", "data/list.csv", "-o", "whole", "--threads", "1"]).0, 0);
    let whole = begun.elapsed();
    let report = |row: &str| folder.path().join("killed").join(row).join("report.json");
    let finished = || -> Vec<(String, std::time::SystemTime)> {
        let labels = (1..=6).map(|k| format!("r{k}"));
        let done = labels.filter(|row| folder.path().join("killed").join(row).join("row.json").exists());
        done.map(|row| (row.clone(), std::fs::metadata(report(&row)).unwrap().modified().unwrap())).collect()
    };
    let mut seen = Vec::new();
    for share in [0.2, 0.35, 0.3, 0.25] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_moray"))
            .current_dir(folder.path())
            .args(["batch", "data/list.csv", "-o", "killed", "--threads", "1"])
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(whole.mul_f64(share));
        child.kill().unwrap();
        child.wait().unwrap();
        let now = finished();
        assert!(seen.iter().all(|row| now.contains(row)), "a finished row was done again: {seen:?} {now:?}");
        seen = now;
    }
    assert!(!seen.is_empty(), "no row was finished before a kill");
    let (code, json, error) = moray(folder.path(), &["batch", "data/list.csv", "-o", "killed", "--json"]);
    assert_eq!(code, 0, "{error}");
    let skipped = statuses(&json).iter().filter(|(_, status)| status == "skipped").count();
    assert_eq!(skipped, seen.len(), "{json}");
    assert!(seen.iter().all(|row| finished().contains(row)));
    let bytes = |dir: &str, name: &str| std::fs::read(folder.path().join(dir).join(name)).unwrap();
    for name in ["drops.csv", "drops.svg", "drops.png", "r3/report.json", "r6/figure.pdf", "r1/arrays.npz"] {
        assert!(bytes("whole", name) == bytes("killed", name), "{name}");
    }
}
