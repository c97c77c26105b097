//! A figure holds the session that made it: it comes back whole, or not at all, however the file was damaged.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::path::{Path, PathBuf};
use std::process::Command;

use moray::export::{EmbeddedError, session_in};
use serde_json::Value;

const FIGURES: [&str; 6] = ["figure.png", "figure.svg", "figure.pdf", "drops.png", "drops.svg", "drops.pdf"];

fn moray(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_moray")).current_dir(folder).args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// A folder with the sample's two files and, in `out`, what was made of them.
fn compared() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    for name in ["lto-pristine.dm4", "lto-2v7.dm4"] {
        let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data").join(name);
        std::fs::copy(sample, folder.path().join(name)).unwrap();
    }
    let compare = ["compare", "--reference", "lto-pristine.dm4", "--scan", "lto-2v7.dm4", "--sites"];
    let (code, _, error) = moray(folder.path(), &[&compare[..], &["O1=4..9,28..33;O2=16..21", "-o", "out"]].concat());
    assert_eq!(code, 0, "{error}");
    let out = folder.path().join("out");
    (folder, out)
}

#[test]
fn every_figure_gives_back_the_comparison_that_made_it_bit_for_bit() {
    let (folder, out) = compared();
    let report = std::fs::read_to_string(out.join("report.json")).unwrap();
    for name in FIGURES {
        let figure = format!("out/{name}");
        let (code, json, error) = moray(folder.path(), &["compare", "--session", &figure, "--json"]);
        assert_eq!(code, 0, "{name}: {error}");
        assert_eq!(json, report, "{name}");
    }
}

#[test]
fn a_figure_tells_nothing_of_the_folders_it_was_made_in() {
    let (folder, out) = compared();
    let root = folder.path().file_name().unwrap().to_str().unwrap();
    for name in FIGURES {
        let text = session_in(&std::fs::read(out.join(name)).unwrap()).unwrap().unwrap();
        let session: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(session["inputs"][1]["path"], "lto-2v7.dm4");
        assert!(!text.contains(root), "{name}: {text}");
    }
    for entry in std::fs::read_dir(&out).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        let found = bytes.windows(root.len()).any(|window| window == root.as_bytes());
        assert_eq!(found, path.extension().is_some_and(|extension| extension == "moray"), "{}", path.display());
    }
}

#[test]
fn a_truncated_figure_gives_the_whole_session_or_none() {
    let (_folder, out) = compared();
    for name in FIGURES {
        let bytes = std::fs::read(out.join(name)).unwrap();
        let whole = session_in(&bytes).unwrap().unwrap();
        let (mut read, mut refused) = (0, 0);
        for k in 0..400 {
            match session_in(&bytes[..bytes.len() * k / 400]) {
                Some(Ok(text)) => {
                    assert_eq!(text, whole, "{name} cut at {k}/400");
                    read += 1;
                }
                Some(Err(EmbeddedError::None | EmbeddedError::Damaged(_))) | None => refused += 1,
            }
        }
        assert!(refused > 0 && (read > 0 || name.ends_with("svg")), "{name}: {read} read, {refused} refused");
    }
}

#[test]
fn damaged_bytes_are_an_error_and_never_a_panic() {
    let (_folder, out) = compared();
    for name in ["drops.png", "drops.svg", "drops.pdf"] {
        let bytes = std::fs::read(out.join(name)).unwrap();
        let mut refused = 0;
        for k in 0..600 {
            let mut damaged = bytes.clone();
            let at = bytes.len() * k / 600;
            damaged[at] ^= 0x55;
            refused += usize::from(!matches!(session_in(&damaged), Some(Ok(_))));
        }
        assert!(refused > 0, "{name}");
    }
}

#[test]
fn a_figure_of_another_program_is_refused_in_words() {
    let folder = tempfile::tempdir().unwrap();
    image::RgbImage::new(3, 2).save(folder.path().join("photo.png")).unwrap();
    let (code, _, error) = moray(folder.path(), &["compare", "--session", "photo.png"]);
    assert_eq!(code, 3, "{error}");
    assert!(error.contains("photo.png") && error.contains("holds no session"), "{error}");
}

#[test]
fn a_figure_far_from_its_data_says_which_files_it_needs() {
    let (folder, out) = compared();
    let elsewhere = tempfile::tempdir().unwrap();
    let far = elsewhere.path().join("a/b/c/d");
    std::fs::create_dir_all(&far).unwrap();
    std::fs::copy(out.join("figure.pdf"), far.join("figure.pdf")).unwrap();
    let (code, _, error) = moray(&far, &["compare", "--session", "figure.pdf"]);
    assert_eq!(code, 3, "{error}");
    assert!(error.contains("lto-pristine.dm4") && error.contains("lto-2v7.dm4 is not there"), "{error}");
    assert!(error.contains("--relink"), "{error}");
    let link = |name: &str| format!("{name}={}", folder.path().join(name).display());
    let (first, second) = (link("lto-pristine.dm4"), link("lto-2v7.dm4"));
    let (code, json, error) =
        moray(&far, &["compare", "--session", "figure.pdf", "--relink", &first, "--relink", &second, "--json"]);
    assert_eq!(code, 0, "{error}");
    assert_eq!(json, std::fs::read_to_string(out.join("report.json")).unwrap());
}
