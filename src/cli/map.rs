//! `moray map`: net intensity and sigma of every named window at every position.

use std::io::Error as IoError;
use std::path::PathBuf;

use super::Timings;
use super::output::{by_extension, write_file};
use crate::Error;
use crate::analysis::AnalysisError;
use crate::analysis::maps::{EdgeMaps, FitStatus, MapModel, net_maps};
use crate::app::{FileSpec, open_spectra};
use crate::export::{self, Origin, write_maps};
use crate::model::Recipe;
use crate::progress::Progress;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The file, and with `#N` which of its images.
    file: FileSpec,
    /// Recipe; without it the preset for Li4Ti5O12.
    #[arg(long, value_name = "R.json")]
    recipe: Option<PathBuf>,
    /// File to write.
    #[arg(short, long, value_name = "OUT.npz")]
    output: PathBuf,
}

pub(super) fn run(arguments: &Arguments, timings: &mut Timings) -> Result<(), Error> {
    by_extension(&arguments.output, &[("npz", ())])?;
    let recipe = super::recipe_or_preset(arguments.recipe.as_deref())?;
    let opened = timings.stage("read", || open_spectra(&arguments.file, None))?;
    let model = timings.stage("prepare", || MapModel::new(&opened.input, &recipe, &Progress::new()))?;
    super::caution(&opened.cautions, &model.warnings);
    let maps = timings.stage("map", || edges(&model, &recipe))?;
    let inputs = timings.stage("hash", || opened.inputs())?;
    let mut steps = export::model_steps(&model);
    steps.extend(maps.iter().map(|(_, maps)| export::maps_step(maps)));
    steps.push("sigma: counting and read noise; a fixed pattern, equal at all positions, is not in it".to_owned());
    steps.push(format!("status: {}", FitStatus::LEGEND));
    let origin = Origin::new(Some(&recipe), inputs, steps);
    timings.stage("write", || {
        write_file(&arguments.output, |file| write_maps(file, &model, &maps, &origin).map_err(IoError::other))
    })
}

/// The maps of every edge inside the data, with what the edge is called in names of arrays.
fn edges(model: &MapModel, recipe: &Recipe) -> Result<Vec<(String, EdgeMaps)>, AnalysisError> {
    let mut found = Vec::new();
    let mut refused = None;
    for edge in &recipe.edges {
        match net_maps(model, edge, &Progress::new()) {
            Ok(maps) => {
                for label in &maps.outside {
                    super::say_caution(&format!("{} {label} lies outside the data and is left out", edge.name));
                }
                if let Some(told) = maps.background.far_exponents_told() {
                    super::say_caution(&format!("{}: {told}", edge.name));
                }
                found.push((edge.slug(), maps));
            }
            Err(error) => {
                super::say_caution(&format!("{error}; left out"));
                refused = Some(error);
            }
        }
    }
    match (found.is_empty(), refused) {
        (true, Some(error)) => Err(error),
        _ => Ok(found),
    }
}
