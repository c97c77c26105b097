//! One table and one figure out of finished rows.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::batch::{ROW_FILE, RowStamp, read_stamp};
use crate::Error;
use crate::analysis::Report;
use crate::export::{self, CollectedRow, InputFile};
use crate::model::FigureStyle;

#[derive(Deserialize)]
struct Document {
    moray: Program,
    inputs: Vec<InputFile>,
    #[serde(flatten)]
    report: Report,
}

#[derive(Deserialize)]
struct Program {
    recipe_sha256: String,
}

/// Finished rows below these folders, in the order of their lists, and the folders that hold none: every row of a shard may
/// have failed. A row that lies in several folders counts once.
///
/// # Errors
/// [`Error::Contents`] when no folder holds a finished row, a report cannot be read, or two different rows share a label.
pub fn collect(dirs: &[PathBuf]) -> Result<(Vec<CollectedRow>, Vec<&PathBuf>), Error> {
    let mut found: Vec<(RowStamp, PathBuf)> = Vec::new();
    let mut empty = Vec::new();
    for dir in dirs {
        let before = found.len();
        for folder in subfolders(dir)? {
            if let Some(stamp) = read_stamp(&folder.join(ROW_FILE)) {
                found.push((stamp, folder));
            }
        }
        if found.len() == before {
            empty.push(dir);
        }
    }
    match empty.first() {
        Some(dir) if found.is_empty() => {
            Err(contents(dir, "it holds no finished row", "`moray batch LIST.csv -o DIR` makes them"))
        }
        _ => Ok((rows_of(found)?, empty)),
    }
}

/// The finished ones among these rows of one folder.
///
/// # Errors
/// As [`collect`].
pub fn collect_rows<'a>(folders: impl IntoIterator<Item = &'a PathBuf>) -> Result<Vec<CollectedRow>, Error> {
    let finished = |folder: &'a PathBuf| Some((read_stamp(&folder.join(ROW_FILE))?, folder.clone()));
    rows_of(folders.into_iter().filter_map(finished).collect())
}

fn rows_of(mut found: Vec<(RowStamp, PathBuf)>) -> Result<Vec<CollectedRow>, Error> {
    found.sort_by(|(a, _), (b, _)| (a.row, &a.label).cmp(&(b.row, &b.label)));
    let mut rows = Vec::new();
    let mut taken: Vec<RowStamp> = Vec::new();
    for (stamp, folder) in found {
        match taken.iter().find(|other| other.label == stamp.label) {
            Some(other) if other.key == stamp.key => continue,
            Some(_) => {
                let message = format!("another row is called \"{}\" and has other results", stamp.label);
                return Err(contents(&folder, &message, "give rows different labels"));
            }
            None => {}
        }
        rows.push(read(&stamp, &folder)?);
        taken.push(stamp);
    }
    Ok(rows)
}

fn read(stamp: &RowStamp, folder: &Path) -> Result<CollectedRow, Error> {
    let path = folder.join("report.json");
    let wrong = |message: String| contents(&path, &message, "run the batch again without this folder");
    let text = std::fs::read_to_string(&path).map_err(|error| wrong(error.to_string()))?;
    let document: Document = serde_json::from_str(&text).map_err(|error| wrong(format!("not a report: {error}")))?;
    Ok(CollectedRow {
        label: stamp.label.clone(),
        bias_v: stamp.bias_v,
        report_sha256: Sha256::digest(&text).iter().map(|byte| format!("{byte:02x}")).collect(),
        recipe_sha256: document.moray.recipe_sha256,
        inputs: document.inputs,
        report: document.report,
    })
}

/// Writes the table and the figure of collected rows. Returns the files.
///
/// # Errors
/// [`Error::Write`] naming the file that could not be written.
pub fn write_collected(dir: &Path, rows: &[CollectedRow], style: &FigureStyle) -> Result<Vec<PathBuf>, Error> {
    Ok(export::write_collected(dir, rows, style)?)
}

fn subfolders(dir: &Path) -> Result<Vec<PathBuf>, Error> {
    let wrong = |error: std::io::Error| contents(dir, &error.to_string(), "give the folder of a batch");
    let entries = std::fs::read_dir(dir).map_err(wrong)?;
    let mut folders = Vec::new();
    for entry in entries {
        folders.push(entry.map_err(wrong)?.path());
    }
    folders.retain(|path| path.is_dir());
    folders.sort();
    Ok(folders)
}

fn contents(path: &Path, message: &str, hint: &str) -> Error {
    Error::Contents { path: path.to_owned(), message: message.to_owned(), hint: hint.to_owned() }
}
