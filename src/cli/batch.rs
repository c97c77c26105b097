//! `moray batch`: compare for every row of a list.

use std::path::PathBuf;

use serde::Serialize;

use crate::Error;
use crate::app::{self, BatchRow, FileSpec, RowOutcome, Shard};
use crate::model::FigureStyle;

use super::Timings;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// List: label, reference, scan, optional low_loss_reference, low_loss_scan, sites, bias_v; files relative to it.
    #[arg(value_name = "LIST.csv")]
    list: PathBuf,
    /// Recipe; without it the preset for Li4Ti5O12.
    #[arg(long, value_name = "R.json")]
    recipe: Option<PathBuf>,
    /// Spectrum of Ti3+ alone, for the Ti3+ fraction of every row; its energy axis must be right.
    #[arg(long, value_name = "FILE[#N]")]
    ti3_reference: Option<FileSpec>,
    /// How figures look.
    #[arg(long, value_name = "S.json")]
    style: Option<PathBuf>,
    /// Folder for one folder of each row, the table and the figure; made when missing.
    #[arg(short, value_name = "DIR", required = true)]
    output: PathBuf,
    /// Take every N-th row only, beginning with the I-th; `moray collect` puts shards together.
    #[arg(long, value_name = "I/N")]
    shard: Option<Shard>,
    /// Print how every row ended as JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Ended {
    label: String,
    folder: PathBuf,
    status: &'static str,
    error: Option<String>,
}

pub(super) fn run(arguments: &Arguments, timings: &mut Timings) -> Result<(), Error> {
    let recipe = super::recipe_or_preset(arguments.recipe.as_deref())?;
    let style = super::style_or_usual(arguments.style.as_deref())?;
    let rows = app::read_list(&arguments.list, &recipe, &style)?.into_iter();
    let rows: Vec<BatchRow> = rows
        .filter(|row| arguments.shard.is_none_or(|shard| shard.holds(row.number)))
        .map(|row| row.with_ti3_reference(arguments.ti3_reference.clone()))
        .collect();
    let dir = &arguments.output;
    let tell = |row: &BatchRow, outcome: &RowOutcome| eprintln!("{}: {}", row.label, status(outcome));
    let outcomes = timings.stage("compare", || app::run_batch(&rows, dir, tell));
    let failed = outcomes.iter().filter(|outcome| matches!(outcome, RowOutcome::Failed(_))).count();
    if arguments.shard.is_none() && failed < rows.len() {
        timings.stage("write", || write_combined(&rows, dir, &style))?;
    }
    if arguments.json {
        let ended: Vec<Ended> = rows.iter().zip(&outcomes).map(|(row, outcome)| ended(row, outcome, dir)).collect();
        super::output::print_json(&serde_json::json!({ "rows": ended }))?;
    }
    for (row, outcome) in rows.iter().zip(&outcomes) {
        if let RowOutcome::Failed(error) = outcome {
            eprintln!("failed: {}: {}", row.label, in_full(error));
        }
    }
    if failed == 0 { Ok(()) } else { Err(Error::Batch { failed, rows: rows.len() }) }
}

fn write_combined(rows: &[BatchRow], dir: &std::path::Path, style: &FigureStyle) -> Result<(), Error> {
    let folders: Vec<PathBuf> = rows.iter().map(|row| row.folder(dir)).collect();
    for path in app::write_collected(dir, &app::collect_rows(&folders)?, style)? {
        eprintln!("wrote {}", path.display());
    }
    Ok(())
}

fn ended(row: &BatchRow, outcome: &RowOutcome, dir: &std::path::Path) -> Ended {
    let error = if let RowOutcome::Failed(error) = outcome { Some(in_full(error)) } else { None };
    Ended { label: row.label.clone(), folder: row.folder(dir), status: status(outcome), error }
}

fn status(outcome: &RowOutcome) -> &'static str {
    match outcome {
        RowOutcome::Done => "done",
        RowOutcome::Skipped => "skipped",
        RowOutcome::Failed(_) => "failed",
    }
}

fn in_full(error: &Error) -> String {
    let hint = error.hint();
    if hint.is_empty() { error.to_string() } else { format!("{error}; {hint}") }
}
