//! The list of libraries in `THIRD_PARTY.md` is what the program is built from.
//!
//! `UPDATE_THIRD_PARTY=1 cargo test --test third_party` writes it anew.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use serde_json::Value;

const HEAD: &str = "# Third-party software

Moray is built from these libraries, each under its own licence, which its source holds. Fonts: Inter and Liberation Sans,
SIL Open Font License 1.1 (texts in `assets/fonts`). This list is written by `UPDATE_THIRD_PARTY=1 cargo test --test third_party`.

| library | version | licence | source |
| --- | --- | --- | --- |
";

fn metadata() -> Value {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--locked"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Whether a dependency is compiled into the program, rather than used by its tests or its build.
fn is_normal(dependency: &Value) -> bool {
    dependency["dep_kinds"].as_array().unwrap().iter().any(|kind| kind["kind"].is_null())
}

/// Ids of everything that the program is built from, itself included.
fn built_from(metadata: &Value) -> BTreeSet<String> {
    let nodes: BTreeMap<&str, &Value> = metadata["resolve"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| (node["id"].as_str().unwrap(), node))
        .collect();
    let mut found = BTreeSet::new();
    let mut open = vec![metadata["resolve"]["root"].as_str().unwrap().to_owned()];
    while let Some(id) = open.pop() {
        if found.insert(id.clone()) {
            let needs = nodes[id.as_str()]["deps"].as_array().unwrap();
            open.extend(
                needs.iter().filter(|need| is_normal(need)).map(|need| need["pkg"].as_str().unwrap().to_owned()),
            );
        }
    }
    found
}

fn list() -> String {
    let metadata = metadata();
    let wanted = built_from(&metadata);
    let mut rows = BTreeSet::new();
    for package in metadata["packages"].as_array().unwrap() {
        let text = |key: &str| package[key].as_str().unwrap_or_default().replace('/', " OR ").replace("  ", " ");
        if package["name"] == "moray" || !wanted.contains(package["id"].as_str().unwrap()) {
            continue;
        }
        let source = package["repository"].as_str().unwrap_or_default().trim_end_matches(".git");
        let name = package["name"].as_str().unwrap();
        rows.insert(format!(
            "| {name} | {} | {} | {source} |\n",
            package["version"].as_str().unwrap(),
            text("license")
        ));
    }
    HEAD.to_owned() + &rows.into_iter().collect::<String>()
}

#[test]
fn the_list_of_libraries_is_that_of_the_lock_file_and_every_one_states_a_licence() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("THIRD_PARTY.md");
    let made = list();
    for row in made.lines().filter(|line| line.starts_with("| ")) {
        assert!(row.split('|').nth(3).is_some_and(|licence| !licence.trim().is_empty()), "no licence: {row}");
    }
    if std::env::var_os("UPDATE_THIRD_PARTY").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    let hint = "run UPDATE_THIRD_PARTY=1 cargo test --test third_party";
    assert!(std::fs::read_to_string(&path).unwrap_or_default() == made, "THIRD_PARTY.md is not up to date; {hint}");
}
