//! The floors: a floor names only floors below it, and the window toolkit stays in the window.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::path::{Path, PathBuf};

/// Each floor and what it must not name.
const FORBIDDEN: &[(&str, &[&str])] = &[
    ("progress.rs", &["model", "io", "analysis", "simulate", "document", "figure", "export", "app", "cli", "ui"]),
    ("model", &["io", "analysis", "simulate", "document", "figure", "export", "app", "cli", "ui"]),
    ("io", &["analysis", "simulate", "document", "figure", "export", "app", "cli", "ui"]),
    ("analysis", &["io", "simulate", "document", "figure", "export", "app", "cli", "ui"]),
    ("simulate", &["analysis", "document", "figure", "export", "app", "cli", "ui"]),
    ("document", &["io", "simulate", "figure", "export", "app", "cli", "ui"]),
    ("figure", &["io", "simulate", "document", "export", "app", "cli", "ui"]),
    ("export", &["io", "simulate", "document", "app", "cli", "ui"]),
    ("app", &["cli", "ui"]),
    ("cli", &[]),
    ("ui", &["cli"]),
];

/// Names of the window toolkit, allowed in `ui` alone.
const TOOLKIT: &[&str] = &["egui", "eframe", "egui_plot", "egui_extras", "rfd"];

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn files(path: &Path) -> Vec<PathBuf> {
    if path.is_file() {
        return vec![path.to_owned()];
    }
    let mut found = Vec::new();
    for entry in std::fs::read_dir(path).unwrap() {
        found.extend(files(&entry.unwrap().path()));
    }
    found.retain(|file| file.extension().is_some_and(|extension| extension == "rs"));
    found.sort();
    found
}

/// The file's code: comment lines left out.
fn code(file: &Path) -> String {
    let text = std::fs::read_to_string(file).unwrap();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).map(|line| format!("{line}\n")).collect()
}

/// Whether `needle` occurs as a whole path segment.
fn names(code: &str, needle: &str) -> bool {
    let boundary = |c: Option<char>| !c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    code.match_indices(needle)
        .any(|(at, _)| boundary(code[..at].chars().next_back()) && boundary(code[at + needle.len()..].chars().next()))
}

#[test]
fn a_floor_names_only_floors_below_it() {
    for (floor, forbidden) in FORBIDDEN {
        for file in files(&source().join(floor)) {
            let code = code(&file);
            for other in *forbidden {
                assert!(!names(&code, &format!("crate::{other}")), "{} names crate::{other}", file.display());
            }
        }
    }
}

#[test]
fn every_floor_is_in_the_table() {
    for entry in std::fs::read_dir(source()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let door = ["lib.rs", "main.rs", "error.rs"].contains(&name.as_str());
        assert!(door || FORBIDDEN.iter().any(|(floor, _)| *floor == name), "{name} is on no floor");
    }
}

#[test]
fn only_the_window_names_the_window_toolkit() {
    for file in files(&source()).iter().filter(|file| !file.starts_with(source().join("ui"))) {
        let code = code(file);
        for toolkit in TOOLKIT {
            assert!(!names(&code, toolkit), "{} names {toolkit}", file.display());
        }
    }
}

#[test]
fn unsafe_code_is_in_the_memory_map_alone() {
    for file in files(&source()) {
        let allowed = file.ends_with("io/map.rs");
        assert!(allowed || !names(&code(&file), "unsafe"), "{} holds unsafe code", file.display());
    }
}
