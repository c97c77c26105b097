//! `report.json` keeps to its published schema, and the schema describes every field of it.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

#[path = "support/example.rs"]
#[allow(dead_code, reason = "shared by several tests")]
mod example;

use std::process::Command;

use moray::export::{InputFile, Provenance, report_json};
use serde_json::{Value, json};

const SCHEMA: &str = include_str!("../assets/report.schema.json");

/// What a value breaks of a schema; knows the words that the report's schema uses.
struct Checker {
    root: Value,
    faults: Vec<String>,
}

impl Checker {
    fn faults(document: &Value) -> Vec<String> {
        let mut checker = Self { root: serde_json::from_str(SCHEMA).unwrap(), faults: Vec::new() };
        let root = checker.root.clone();
        checker.check(&root, document, "report");
        checker.faults
    }

    fn fault(&mut self, at: &str, what: &str) {
        self.faults.push(format!("{at}: {what}"));
    }

    fn check(&mut self, schema: &Value, value: &Value, at: &str) {
        for (word, rule) in schema.as_object().unwrap() {
            match word.as_str() {
                "$schema" | "$defs" | "title" | "description" | "required" | "additionalProperties" => {}
                "$ref" => {
                    let target = self.root.pointer(rule.as_str().unwrap().trim_start_matches('#')).unwrap().clone();
                    self.check(&target, value, at);
                }
                "type" => self.check_type(rule, value, at),
                "enum" if rule.as_array().unwrap().contains(value) => {}
                "enum" => self.fault(at, &format!("{value} is not one of {rule}")),
                "anyOf" => self.check_any(rule, value, at),
                "properties" => self.check_fields(schema, value, at),
                "items" => {
                    for (k, item) in value.as_array().into_iter().flatten().enumerate() {
                        self.check(rule, item, &format!("{at}[{k}]"));
                    }
                }
                "minItems" | "maxItems" => {
                    let (count, limit) = (value.as_array().map_or(0, Vec::len) as f64, rule.as_f64().unwrap());
                    if (word == "minItems" && count < limit) || (word == "maxItems" && count > limit) {
                        self.fault(at, &format!("{count} items"));
                    }
                }
                "minimum" | "maximum" => {
                    let (number, limit) = (value.as_f64(), rule.as_f64().unwrap());
                    if number.is_some_and(|n| if word == "minimum" { n < limit } else { n > limit }) {
                        self.fault(at, &format!("{value} is beyond the {word} {limit}"));
                    }
                }
                "pattern" => {
                    assert_eq!(rule, "^[0-9a-f]{64}$", "the checker knows one pattern");
                    let text = value.as_str().unwrap();
                    if text.len() != 64 || !text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)) {
                        self.fault(at, "no SHA-256");
                    }
                }
                other => panic!("the checker does not know {other}"),
            }
        }
    }

    fn check_type(&mut self, rule: &Value, value: &Value, at: &str) {
        let is = |name: &str| match name {
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "number" => value.is_number(),
            "integer" => value.is_u64() || value.is_i64(),
            "boolean" => value.is_boolean(),
            "null" => value.is_null(),
            other => panic!("no type is called {other}"),
        };
        let names: Vec<&str> = match rule {
            Value::String(name) => vec![name],
            names => names.as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect(),
        };
        if !names.into_iter().any(is) {
            self.fault(at, &format!("{value} is not of type {rule}"));
        }
    }

    fn check_any(&mut self, choices: &Value, value: &Value, at: &str) {
        let before = self.faults.len();
        for choice in choices.as_array().unwrap() {
            let mut trial = Self { root: self.root.clone(), faults: Vec::new() };
            trial.check(choice, value, at);
            if trial.faults.is_empty() {
                self.faults.truncate(before);
                return;
            }
            self.faults.extend(trial.faults);
        }
    }

    /// Required fields are there, and every field is described: a field that nobody described is a fault of the schema.
    fn check_fields(&mut self, schema: &Value, value: &Value, at: &str) {
        let Some(fields) = value.as_object() else { return };
        for name in schema["required"].as_array().unwrap() {
            if !fields.contains_key(name.as_str().unwrap()) {
                self.fault(at, &format!("{name} is missing"));
            }
        }
        for (name, field) in fields {
            match schema["properties"].get(name) {
                Some(rule) => self.check(rule, field, &format!("{at}.{name}")),
                None => self.fault(at, &format!("{name} is not described")),
            }
        }
    }
}

fn example() -> Value {
    let input = InputFile { role: "scan".into(), file: "a.dm4".into(), image: 1, sha256: "ab".repeat(32) };
    let provenance = Provenance { recipe: example::Example::recipe(), inputs: vec![input], session: None };
    let example = example::Example { undetected: Some("O1"), ..example::Example::default() };
    serde_json::from_str(&report_json(&example.comparison(), &provenance).unwrap()).unwrap()
}

#[test]
fn a_report_from_hand_written_curves_keeps_to_the_schema() {
    assert_eq!(Checker::faults(&example()), Vec::<String>::new());
}

#[test]
fn the_report_of_the_sample_keeps_to_the_schema() {
    let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/sample-data");
    let output = Command::new(env!("CARGO_BIN_EXE_moray"))
        .current_dir(sample)
        .args(["compare", "--reference", "lto-pristine.dm4", "--scan", "lto-2v7.dm4", "--json"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(Checker::faults(&report), Vec::<String>::new());
}

#[test]
fn joint_fits_and_unmixing_keep_to_the_schema_where_they_are_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let printed = Command::new(env!("CARGO_BIN_EXE_moray")).arg("recipe").output().unwrap();
    let mut recipe: Value = serde_json::from_slice(&printed.stdout).unwrap();
    recipe["edges"][1]["joint_fit"] = json!(true);
    recipe["edges"][1]["unmixing"] = json!({"tail_share": 0.1, "tail_fwhm_nm": 0.5, "off_chain": 0.12});
    let file = folder.path().join("recipe.json");
    std::fs::write(&file, recipe.to_string()).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_moray"))
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/sample-data"))
        .args(["compare", "--reference", "lto-pristine.dm4", "--scan", "lto-2v7.dm4", "--json", "--recipe"])
        .arg(&file)
        .arg("-o")
        .arg(folder.path().join("out"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(Checker::faults(&report), Vec::<String>::new());
    let edge = &report["edges"][0];
    assert_eq!(edge["joint_fit"].as_array().map(Vec::len), Some(2));
    assert_eq!(edge["unmixing"][0]["drops"].as_array().map(Vec::len), Some(6));
    let methods = std::fs::read_to_string(folder.path().join("out/methods.txt")).unwrap();
    assert!(methods.contains("condition number") && methods.contains("degrees of freedom"), "{methods}");
    println!("{methods}");
    let table = std::fs::read_to_string(folder.path().join("out/joint-fit-o-k.csv")).unwrap();
    assert!(table.contains("peak_a,peak_b,peak_c,peak_d,residual"), "{table}");
}

#[test]
fn the_checker_finds_what_is_wrong() {
    let mut report = example();
    report["gain"]["source"] = json!("guessed");
    report["gain"]["sigma"] = json!(-1.0);
    report["sites"] = json!([{"scan": 3}]);
    report["extra"] = json!(1);
    report["edges"][0]["peaks"][0]["window_ev"] = json!([1.0]);
    report["inputs"][0]["sha256"] = json!("abc");
    let faults = Checker::faults(&report).join("\n");
    for part in ["guessed", "minimum", "columns", "report: extra is not described", "1 items", "no SHA-256"] {
        assert!(faults.contains(part), "{part}: {faults}");
    }
}
