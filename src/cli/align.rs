//! `moray align`: energy shift of every position with its sigma.

use std::io::Write;
use std::path::PathBuf;

use super::Timings;
use super::output::{by_extension, write_file};
use crate::Error;
use crate::analysis::AnalysisError;
use crate::analysis::maps::shifts;
use crate::app::{FileSpec, open_spectra};
use crate::export::{self, Origin, shifts_csv};
use crate::model::AlignmentMethod;
use crate::progress::Progress;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The file, and with `#N` which of its images.
    file: FileSpec,
    /// Low loss of the same positions; without it the one of the same file.
    #[arg(long, value_name = "FILE[#N]")]
    low_loss: Option<FileSpec>,
    /// What to align on; without it the zero loss when there is one, Ti L otherwise.
    #[arg(long, value_enum)]
    method: Option<Method>,
    /// File to write.
    #[arg(short, long, value_name = "OUT.csv")]
    output: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Method {
    ZeroLoss,
    TiL,
}

pub(super) fn run(arguments: &Arguments, timings: &mut Timings) -> Result<(), Error> {
    by_extension(&arguments.output, &[("csv", ())])?;
    let mut recipe = super::recipe::preset("lto")?;
    recipe.alignment = if arguments.method == Some(Method::TiL) { AlignmentMethod::TiL } else { AlignmentMethod::Auto };
    let opened = timings.stage("read", || open_spectra(&arguments.file, arguments.low_loss.as_ref()))?;
    let (found, warnings) = timings.stage("align", || shifts(&opened.input, &recipe, &Progress::new()))?;
    if arguments.method == Some(Method::ZeroLoss) && found.method != "zero-loss" {
        let why = match opened.input.low_loss {
            Some(_) => "its low loss shows no zero-loss peak",
            None => "it has no low loss: give --low-loss",
        };
        return Err(AnalysisError::NotUsable { name: opened.input.name, why: why.to_owned() }.into());
    }
    super::caution(&opened.cautions, &warnings);
    let inputs = timings.stage("hash", || opened.inputs())?;
    let mut steps = vec![export::shifts_step(&found)];
    steps.extend(warnings.iter().map(|w| format!("warning: {} ({}; {})", w.message, w.place, w.code)));
    let origin = Origin::new(Some(&recipe), inputs, steps);
    let table = shifts_csv(&found, &opened.input.spectra, &origin)?;
    timings.stage("write", || write_file(&arguments.output, |file| file.write_all(&table)))
}
