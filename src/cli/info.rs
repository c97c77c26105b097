//! `moray info`.

use std::path::PathBuf;

use crate::Error;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The file.
    file: PathBuf,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(_arguments: &Arguments) -> Result<(), Error> {
    Err(Error::Usage { message: "not there yet".into(), hint: String::new() })
}
