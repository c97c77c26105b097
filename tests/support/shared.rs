//! Real files that are kept beside the repository, and what is known about them.

use std::path::PathBuf;

/// The folder of real files, or `None` (said aloud) when it is not there and nobody insists.
pub fn folder() -> Option<PathBuf> {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data"));
    if folder.join("manifest.json").is_file() {
        return Some(folder);
    }
    let required = std::env::var_os("MORAY_REQUIRE_SHARED_DATA").is_some_and(|value| value == "1");
    assert!(!required, "{} is missing", folder.display());
    println!("skipped: {} is missing", folder.display());
    None
}

/// The reference values.
#[allow(dead_code, reason = "not every test that includes this needs them")]
pub fn manifest(folder: &std::path::Path) -> serde_json::Value {
    let text = std::fs::read_to_string(folder.join("manifest.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// Every real file.
#[allow(dead_code, reason = "not every test that includes this needs them")]
pub fn files(folder: &std::path::Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = ["dm", "msa"]
        .iter()
        .flat_map(|kind| std::fs::read_dir(folder.join(kind)).unwrap())
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files
}
