//! `moray recipe`.

use std::path::PathBuf;

use crate::Error;
use crate::app::{find_preset, presets_folder, user_presets};
use crate::model::Recipe;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Preset to print: one of the program, or one that you saved.
    #[arg(long, default_value = "lto")]
    preset: String,
    /// Check a recipe file instead, and print it in full.
    #[arg(long, value_name = "R.json")]
    check: Option<PathBuf>,
    /// List all presets: name, where it comes from, what it is for.
    #[arg(long, conflicts_with_all = ["preset", "check"])]
    list: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Error> {
    if arguments.list {
        return list();
    }
    let recipe = match &arguments.check {
        Some(path) => super::read_recipe(path)?,
        None => find_preset(&arguments.preset, presets_folder().as_deref())?,
    };
    super::output::print(&recipe.to_json())
}

/// Prints a line for every preset; says on stderr which files are none.
fn list() -> Result<(), Error> {
    let mut lines = String::new();
    let mut line = |recipe: &Recipe, from: &str| {
        lines += &format!("{}\t{from}\t{}\n", recipe.name, recipe.description);
    };
    for (name, _) in Recipe::PRESETS {
        line(&preset(name)?, "program");
    }
    let (presets, faults) = presets_folder().as_deref().map(user_presets).unwrap_or_default();
    for preset in &presets {
        line(&preset.recipe, &preset.path.display().to_string());
    }
    faults.iter().for_each(|fault| eprintln!("moray: {fault}"));
    super::output::print(&lines)
}

/// The program's preset of that name.
pub(super) fn preset(name: &str) -> Result<Recipe, Error> {
    Recipe::preset(name).map_err(|error| Error::Usage { message: error.to_string(), hint: String::new() })
}
