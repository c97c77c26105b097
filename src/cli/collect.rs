//! `moray collect`: one table and one figure out of finished batches or shards.

use std::path::PathBuf;

use crate::Error;
use crate::app;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Folders of batches.
    #[arg(value_name = "DIR", required = true)]
    batches: Vec<PathBuf>,
    /// Folder for table and figure; made when missing.
    #[arg(short, value_name = "DIR", required = true)]
    output: PathBuf,
    /// How the figure looks.
    #[arg(long, value_name = "S.json")]
    style: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Error> {
    let style = super::style_or_usual(arguments.style.as_deref())?;
    let (rows, empty) = app::collect(&arguments.batches)?;
    for dir in empty {
        super::say_caution(&format!("{} holds no finished row", dir.display()));
    }
    for path in app::write_collected(&arguments.output, &rows, &style)? {
        eprintln!("wrote {}", path.display());
    }
    Ok(())
}
