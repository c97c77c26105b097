//! Many comparisons from a list: one folder for each row, finished rows left alone.

use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{FileSpec, GivenSites, GivenSurvey, Headless, Request, sha256_of};
use crate::export::{VERSION, write_atomically};
use crate::model::{FigureStyle, Recipe, SiteError};
use crate::progress::Progress;
use crate::{Error, io};

/// Name of the file that marks a finished row.
pub(super) const ROW_FILE: &str = "row.json";

/// Columns of a list, in any order.
const COLUMNS: [&str; 7] = ["label", "reference", "scan", "low_loss_reference", "low_loss_scan", "sites", "bias_v"];

/// One row of a list: one comparison.
#[derive(Debug, Clone)]
pub struct BatchRow {
    /// Number in the list, from 0.
    pub number: usize,
    /// Name of the row and of its folder.
    pub label: String,
    /// Bias, V, when the list states it.
    pub bias_v: Option<f64>,
    request: Request,
    style: FigureStyle,
}

/// How a row ended.
#[derive(Debug)]
pub enum RowOutcome {
    /// Compared and written.
    Done,
    /// Finished before with the same inputs.
    Skipped,
    /// It could not be compared or written.
    Failed(Error),
}

/// What is kept of a finished row beside its results.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct RowStamp {
    pub(super) row: usize,
    pub(super) label: String,
    pub(super) bias_v: Option<f64>,
    /// SHA-256 of everything that the results depend on.
    pub(super) key: String,
}

/// A part of the rows, so that several machines can share a list: rows `index - 1`, `index - 1 + count`, ...
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    index: usize,
    count: usize,
}

impl std::str::FromStr for Shard {
    type Err = String;

    /// Reads `I/N`, I from 1 to N.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = text.split_once('/').and_then(|(index, count)| Some((index.parse().ok()?, count.parse().ok()?)));
        match parts {
            Some((index, count)) if (1..=count).contains(&index) => Ok(Self { index, count }),
            _ => Err("give I/N with I from 1 to N, such as 1/4".to_owned()),
        }
    }
}

impl Shard {
    /// Whether the shard holds a row.
    pub fn holds(self, row: usize) -> bool {
        row % self.count == self.index - 1
    }
}

/// Reads a list whose rows are all compared with one recipe and drawn in one style; relative file names are looked for
/// from its folder.
///
/// # Errors
/// [`Error::Contents`] naming the line at fault.
pub fn read_list(path: &Path, recipe: &Recipe, style: &FigureStyle) -> Result<Vec<BatchRow>, Error> {
    let wrong = |message: String| Error::Contents {
        path: path.to_owned(),
        message,
        hint: format!("the columns are {}", COLUMNS.join(", ")),
    };
    let text = std::fs::read(path)
        .map_err(|source| Error::Read { path: path.to_owned(), source: io::ReadError::Io(source) })?;
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text);
    let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).trim(csv::Trim::All).from_reader(text);
    let header = reader.headers().map_err(|error| wrong(error.to_string()))?.clone();
    for name in ["label", "reference", "scan"] {
        if !header.iter().any(|column| column == name) {
            return Err(wrong(format!("there is no column \"{name}\"")));
        }
    }
    if let Some(unknown) = header.iter().find(|name| !COLUMNS.contains(name)) {
        return Err(wrong(format!("column \"{unknown}\" is not known")));
    }
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut rows: Vec<BatchRow> = Vec::new();
    for (number, record) in reader.records().enumerate() {
        let record = record.map_err(|error| wrong(error.to_string()))?;
        let line = record.position().map_or(0, csv::Position::line);
        let field = |name: &str| {
            let column = header.iter().position(|column| column == name)?;
            record.get(column).filter(|text| !text.is_empty())
        };
        let row = row(number, field, folder, (recipe, style)).map_err(|what| wrong(format!("line {line}: {what}")))?;
        if rows.iter().any(|other| other.label.eq_ignore_ascii_case(&row.label)) {
            return Err(wrong(format!("line {line}: label \"{}\" is given twice", row.label)));
        }
        rows.push(row);
    }
    if rows.is_empty() { Err(wrong("it has no rows".to_owned())) } else { Ok(rows) }
}

fn row<'a>(
    number: usize,
    field: impl Fn(&str) -> Option<&'a str>,
    folder: &Path,
    (recipe, style): (&Recipe, &FigureStyle),
) -> Result<BatchRow, String> {
    let needed = |name: &str| field(name).ok_or_else(|| format!("{name} is empty"));
    let file = |text: &str| {
        // Infallible, but for the type.
        let Ok(spec) = folder.join(text).display().to_string().parse::<FileSpec>();
        spec
    };
    let label = needed("label")?.to_owned();
    check_label(&label)?;
    let bias = |text: &str| text.parse().ok().filter(|bias: &f64| bias.is_finite());
    let bias_v = field("bias_v").map(|text| bias(text).ok_or(format!("bias_v \"{text}\" is no number"))).transpose()?;
    let sites: Option<GivenSites> =
        field("sites").map(str::parse).transpose().map_err(|error: SiteError| error.to_string())?;
    let request = Request {
        ti3_reference: None,
        reference: file(needed("reference")?),
        scans: Vec::from([file(needed("scan")?)]),
        low_loss_reference: field("low_loss_reference").map(file),
        low_loss_scans: field("low_loss_scan").map(file).into_iter().collect(),
        profiles: Vec::new(),
        sites: sites.unwrap_or_default(),
        survey: GivenSurvey::default(),
        along: None,
        recipe: recipe.clone(),
    };
    Ok(BatchRow { number, label, bias_v, request, style: style.clone() })
}

/// A label names a folder on every system.
fn check_label(label: &str) -> Result<(), String> {
    let bad = |c: char| c.is_control() || "/\\:*?\"<>|".contains(c);
    if label.starts_with('.') || label.ends_with('.') || label.contains(bad) {
        return Err(format!("label \"{label}\" cannot be the name of a folder"));
    }
    Ok(())
}

/// Runs rows side by side, each into `dir/<label>`; `finished` hears of every row as it ends. The folder is made even when
/// every row fails: a shard without it would be taken for one that never ran.
pub fn run_batch(rows: &[BatchRow], dir: &Path, finished: impl Fn(&BatchRow, &RowOutcome) + Sync) -> Vec<RowOutcome> {
    let run = |row: &BatchRow| {
        let outcome = row.run(dir).unwrap_or_else(RowOutcome::Failed);
        finished(row, &outcome);
        outcome
    };
    // What keeps the folder from being made fails every row that is written, and is told there.
    let _ = std::fs::create_dir_all(dir);
    rows.par_iter().map(run).collect()
}

impl BatchRow {
    /// The same with a spectrum of Ti3+ alone.
    pub fn with_ti3_reference(mut self, file: Option<FileSpec>) -> Self {
        self.request.ti3_reference = file;
        self
    }

    /// Folder of the results.
    pub fn folder(&self, dir: &Path) -> PathBuf {
        dir.join(&self.label)
    }

    fn run(&self, dir: &Path) -> Result<RowOutcome, Error> {
        let folder = self.folder(dir);
        let marker = folder.join(ROW_FILE);
        let stamp = RowStamp { row: self.number, label: self.label.clone(), bias_v: self.bias_v, key: self.key()? };
        let old = read_stamp(&marker).filter(|old| old.key == stamp.key && folder.join("report.json").exists());
        if old.is_none() {
            // Results of other inputs must not be taken for finished when this run fails.
            match std::fs::remove_file(&marker) {
                Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                    return Err(Error::Write { path: marker, source });
                }
                _ => {}
            }
            let mut opened = Headless::open(&self.request)?;
            opened.set_figure_style(self.style.clone());
            opened.write(&folder, &opened.compare(&Progress::new())?)?;
        }
        if old.as_ref() != Some(&stamp) {
            let text = serde_json::to_string_pretty(&stamp).map(|text| text + "\n").unwrap_or_default();
            write_atomically(&marker, text.as_bytes()).map_err(|source| Error::Write { path: marker, source })?;
        }
        Ok(if old.is_some() { RowOutcome::Skipped } else { RowOutcome::Done })
    }

    /// SHA-256 of program, recipe, style, files and sites.
    fn key(&self) -> Result<String, Error> {
        let request = &self.request;
        let specs = [Some(&request.reference), request.scans.first(), request.low_loss_reference.as_ref()];
        let specs = specs.into_iter().chain([request.low_loss_scans.first(), request.ti3_reference.as_ref()]);
        let file = |spec: Option<&FileSpec>| spec.map(|spec| Ok((name_and_hash(&spec.path)?, spec.image))).transpose();
        let files = specs.map(file).collect::<Result<Vec<_>, Error>>()?;
        let parts = (VERSION, &request.recipe, &self.style, files, &request.sites.scans, &request.sites.reference);
        let json = serde_json::to_vec(&parts).unwrap_or_default();
        Ok(Sha256::digest(json).iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

fn name_and_hash(path: &Path) -> Result<(String, String), Error> {
    let hash =
        sha256_of(path).map_err(|source| Error::Read { path: path.to_owned(), source: io::ReadError::Io(source) })?;
    Ok((path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(), hash))
}

/// The marker of a finished row, when there is a whole one.
pub(super) fn read_stamp(path: &Path) -> Option<RowStamp> {
    serde_json::from_slice(&std::fs::read(path).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_share_all_rows_and_none_twice() {
        let shards: Vec<Shard> = ["1/3", "2/3", "3/3"].map(|text| text.parse().unwrap()).to_vec();
        for row in 0..20 {
            assert_eq!(shards.iter().filter(|shard| shard.holds(row)).count(), 1);
        }
        for wrong in ["0/3", "4/3", "1", "a/b", "1/0"] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn labels_that_leave_the_folder_are_refused() {
        for label in ["..", "a/b", "c:\\x", ".hidden", "a\nb"] {
            assert!(check_label(label).is_err(), "{label}");
        }
        assert!(check_label("2.7 V, ×4").is_ok());
    }
}
