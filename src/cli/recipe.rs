//! `moray recipe`.

use std::path::PathBuf;

use crate::Error;
use crate::model::Recipe;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Preset to print.
    #[arg(long, default_value = "lto")]
    preset: String,
    /// Check a recipe file instead, and print it in full.
    #[arg(long, value_name = "R.json")]
    check: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Error> {
    let recipe = match &arguments.check {
        Some(path) => super::read_recipe(path)?,
        None => preset(&arguments.preset)?,
    };
    print!("{}", recipe.to_json());
    Ok(())
}

/// The preset of that name.
pub(super) fn preset(name: &str) -> Result<Recipe, Error> {
    Recipe::preset(name).map_err(|error| Error::Usage { message: error.to_string(), hint: String::new() })
}
