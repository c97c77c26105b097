//! `moray sample`.

use std::path::{Path, PathBuf};

use crate::Error;
use crate::export::write_atomically;
use crate::model::Recipe;
use crate::simulate::{REFERENCE_FILE, SCAN_FILE, sample_files};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Folder to write to; made when missing.
    dir: PathBuf,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Error> {
    let dir = &arguments.dir;
    let write_error = |path: &Path| {
        let path = path.to_owned();
        move |source| Error::Write { path, source }
    };
    let broken = |message: String| Error::Usage { message, hint: "this is a fault of the program".into() };
    let recipe = Recipe::preset("lto").map_err(|error| broken(error.to_string()))?;
    let files = sample_files(&recipe).map_err(|error| broken(error.to_string()))?;
    std::fs::create_dir_all(dir).map_err(write_error(dir))?;
    for file in &files {
        write_atomically(&dir.join(file.name), &file.bytes).map_err(write_error(&dir.join(file.name)))?;
        eprintln!("wrote {}", dir.join(file.name).display());
    }
    let quoted = |name: &str| {
        let path = dir.join(name).display().to_string();
        if path.contains(' ') { format!("\"{path}\"") } else { path }
    };
    eprintln!("next: moray compare --reference {} --scan {}", quoted(REFERENCE_FILE), quoted(SCAN_FILE));
    Ok(())
}
