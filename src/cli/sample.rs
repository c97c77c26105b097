//! `moray sample`.

use std::path::PathBuf;

use crate::Error;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Folder to write to; made when missing.
    dir: PathBuf,
}

pub(super) fn run(_arguments: &Arguments) -> Result<(), Error> {
    Err(Error::Usage { message: "not there yet".into(), hint: String::new() })
}
