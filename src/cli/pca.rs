//! `moray pca`: principal components, Poisson weighted, for viewing only.

use std::io::Error as IoError;
use std::path::PathBuf;

use super::Timings;
use super::output::{by_extension, write_file};
use crate::Error;
use crate::analysis::maps::{WATERMARK, components};
use crate::app::{FileSpec, open_spectra};
use crate::export::{Origin, write_components};
use crate::progress::Progress;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The file, and with `#N` which of its images.
    file: FileSpec,
    /// How many components.
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..))]
    components: u16,
    /// File to write.
    #[arg(short, long, value_name = "OUT.npz")]
    output: PathBuf,
}

pub(super) fn run(arguments: &Arguments, timings: &mut Timings) -> Result<(), Error> {
    by_extension(&arguments.output, &[("npz", ())])?;
    let opened = timings.stage("read", || open_spectra(&arguments.file, None))?;
    let spectra = &opened.input.spectra;
    let found = timings.stage("pca", || components(spectra, arguments.components.into(), &Progress::new()))?;
    super::caution(&opened.cautions, &[]);
    let inputs = timings.stage("hash", || opened.inputs())?;
    let how = if found.exact { "all components, exactly" } else { "leading components by subspace iteration" };
    let count = found.variances.len();
    let step = format!("{count} principal components, Poisson weighted, no mean taken off; {how}");
    let origin = Origin::new(None, inputs, vec![step, WATERMARK.to_owned()]);
    super::say_caution(WATERMARK);
    timings.stage("write", || {
        write_file(&arguments.output, |file| write_components(file, spectra, &found, &origin).map_err(IoError::other))
    })
}
