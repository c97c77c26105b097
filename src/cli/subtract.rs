//! `moray subtract`: the background-subtracted line scan or spectrum image, whole.

use std::io::Error as IoError;
use std::path::PathBuf;

use ndarray_npy::WriteNpyExt;

use super::Timings;
use super::output::{by_extension, write_file, write_origin_beside};
use crate::Error;
use crate::analysis::maps::{FitStatus, MapModel, backgrounds};
use crate::app::{FileSpec, open_spectra};
use crate::export::{self, Origin, Subtracted, write_subtracted};
use crate::model::{EdgeRecipe, EdgeUse, Recipe};
use crate::progress::Progress;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The file, and with `#N` which of its images.
    file: FileSpec,
    /// Recipe; without it the preset for Li4Ti5O12.
    #[arg(long, value_name = "R.json")]
    recipe: Option<PathBuf>,
    /// Edge of the recipe whose background is subtracted; without it the first one whose drops are measured.
    #[arg(long, value_name = "NAME")]
    edge: Option<String>,
    /// File to write: npy (the spectra alone, provenance in OUT.npy.json) or npz (with energies, background and provenance).
    #[arg(short, long, value_name = "OUT.{npy,npz}")]
    output: PathBuf,
}

pub(super) fn run(arguments: &Arguments, timings: &mut Timings) -> Result<(), Error> {
    let archive = by_extension(&arguments.output, &[("npy", false), ("npz", true)])?;
    let recipe = super::recipe_or_preset(arguments.recipe.as_deref())?;
    let edge = edge(&recipe, arguments.edge.as_deref())?.clone();
    let opened = timings.stage("read", || open_spectra(&arguments.file, None))?;
    let model = timings.stage("prepare", || MapModel::new(&opened.input, &recipe, &Progress::new()))?;
    super::caution(&opened.cautions, &model.warnings);
    let fitted = timings.stage("background", || backgrounds(&model, &edge, &Progress::new()))?;
    let failed = fitted.status.iter().filter(|status| **status != FitStatus::Fitted).count();
    if failed > 0 {
        eprintln!(
            "moray: the background could not be fitted at {failed} of {} positions: NaN there",
            fitted.status.len()
        );
    }
    fitted.far_exponents_told().iter().for_each(|told| super::say_caution(told));
    let cube = Subtracted::new(&model, &fitted);
    let start = std::time::Instant::now();
    let before = std::time::Instant::now();
    let inputs = opened.inputs()?;
    let hashing = before.elapsed();
    timings.note("hash", hashing);
    let mut steps = export::model_steps(&model);
    steps.push(export::background_step(&edge.name, &fitted) + ", and subtracted it; electrons, calibrated energies");
    steps.push(format!("status: {}", FitStatus::LEGEND));
    let origin = Origin::new(Some(&recipe), inputs, steps);
    if archive {
        let write = |file: &mut _| write_subtracted(file, &model, &edge.slug(), &cube, &fitted, &origin);
        write_file(&arguments.output, |file| write(file).map_err(IoError::other))?;
    } else {
        write_file(&arguments.output, |file| cube.write_npy(file).map_err(IoError::other))?;
        write_origin_beside(&arguments.output, &origin)?;
    }
    let writing = cube.writing();
    timings.note("subtract", start.elapsed().saturating_sub(writing + hashing));
    timings.note("write", writing);
    Ok(())
}

/// The edge of that name, or the first one that is measured.
fn edge<'a>(recipe: &'a Recipe, name: Option<&str>) -> Result<&'a EdgeRecipe, Error> {
    let names: Vec<&str> = recipe.edges.iter().map(|edge| edge.name.as_str()).collect();
    let found = match name {
        Some(name) => recipe.edge(name),
        None => recipe.edges.iter().find(|edge| edge.usage == EdgeUse::Drops).or_else(|| recipe.edges.first()),
    };
    found.ok_or_else(|| Error::Usage {
        message: format!("the recipe has no edge \"{}\"", name.unwrap_or_default()),
        hint: format!("it has {}", names.join(", ")),
    })
}
