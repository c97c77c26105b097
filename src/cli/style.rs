//! `moray style`.

use std::path::PathBuf;

use crate::Error;
use crate::model::FigureStyle;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Columns of a journal page that figures take: 1 (85 mm), 1.5 (130 mm) or 2 (178 mm).
    #[arg(long, default_value = "2", value_name = "1|1.5|2")]
    columns: String,
    /// Check a style file instead, and print it in full.
    #[arg(long, value_name = "S.json")]
    check: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Error> {
    let style = match &arguments.check {
        Some(path) => super::read_style(path)?,
        None => for_columns(&arguments.columns)?,
    };
    print!("{}", style.to_json());
    Ok(())
}

fn for_columns(columns: &str) -> Result<FigureStyle, Error> {
    let number = ["1", "1.5", "2"].iter().position(|known| *known == columns);
    let (_, width_mm, row_height_mm) =
        number.and_then(|k| FigureStyle::COLUMNS.get(k)).copied().ok_or_else(|| Error::Usage {
            message: format!("\"{columns}\" columns are not known"),
            hint: "give --columns 1, 1.5 or 2".to_owned(),
        })?;
    Ok(FigureStyle { width_mm, row_height_mm, ..FigureStyle::default() })
}
