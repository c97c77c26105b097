//! `moray fit`: the fine structure of an edge at every position of a line scan or spectrum image.

use std::path::PathBuf;

use rayon::prelude::*;

use super::output::{by_extension, write_file};
use super::{Timings, read_recipe};
use crate::Error;
use crate::analysis::fit::{FitError, FittedPosition, fit_positions};
use crate::analysis::{AnalysisError, CompareInput, Prepared, ScanInput, prepare};
use crate::app::{FileSpec, open_file, open_scan, pick_spectra};
use crate::export::{FittedRow, InputFile, Origin, fitted_positions};
use crate::model::{Along, EdgeUse, FineStructure, Recipe, SpectrumImage};
use crate::progress::Progress;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The file, and with `#N` which of its images.
    file: FileSpec,
    /// Recipe whose first edge with drops is fitted; the preset `lto` when not given.
    #[arg(long, value_name = "R.json")]
    recipe: Option<PathBuf>,
    /// CSV file to write: one row for each position.
    #[arg(short, long, value_name = "OUT.csv")]
    output: PathBuf,
}

type Fits = Vec<Result<FittedPosition, FitError>>;

pub(super) fn run(arguments: &Arguments, timings: &mut Timings) -> Result<(), Error> {
    by_extension(&arguments.output, &[("csv", ())])?;
    let recipe = match &arguments.recipe {
        Some(path) => read_recipe(path)?,
        None => Recipe::preset("lto").map_err(|error| usage(error.to_string()))?,
    };
    let edge = recipe.edges.iter().find(|edge| edge.usage == EdgeUse::Drops);
    let structure = edge.and_then(FineStructure::of);
    let structure = structure.ok_or_else(|| usage("the recipe has no edge with a normalising peak".to_owned()))?;
    let (opened, image) = timings.stage("read", || open(&arguments.file))?;
    let input = CompareInput {
        reference: ScanInput {
            name: opened.name.clone(),
            scan: opened.scan.clone(),
            low_loss: opened.low_loss.clone(),
            profiles: Vec::new(),
            sites: None,
        },
        scans: Vec::new(),
        recipe: recipe.clone(),
        ti3_reference: None,
    };
    let prepared = timings.stage("prepare", || prepare(&input, &Progress::new()))?;
    let sizes: Vec<usize> = image.navigation().iter().map(|axis| axis.size).collect();
    let fits = timings.stage("fit", || match sizes.as_slice() {
        [rows, columns] => fit_area(&prepared, &image, [*rows, *columns], &structure),
        _ => fit_line(&prepared, &structure),
    })?;
    let place = |i: usize| match sizes.as_slice() {
        [_, columns] => vec![i / columns, i % columns],
        _ => vec![i],
    };
    let rows: Vec<FittedRow> = (fits.into_iter().enumerate())
        .map(|(i, fit)| FittedRow { position: place(i), fit: fit.map_err(|error| error.to_string()) })
        .collect();
    let inputs = vec![InputFile {
        role: "scan".to_owned(),
        file: arguments.file.path.display().to_string(),
        image: opened.image,
        sha256: opened.sha256.clone(),
    }];
    let steps = steps(&prepared, &structure, sizes.len() == 2);
    let table = fitted_positions(&rows, &structure, &Origin::new(Some(&recipe), inputs, steps))?;
    let failed = rows.iter().filter(|row| row.fit.is_err()).count();
    eprintln!("{} positions fitted, {failed} without a fit", rows.len() - failed);
    timings.stage("write", || write_file(&arguments.output, |out| std::io::Write::write_all(out, &table)))
}

fn usage(message: String) -> Error {
    Error::Usage { message, hint: "`moray recipe` prints one that works".to_owned() }
}

/// The scan as a line (rows of a spectrum image summed), and the spectra where they are.
fn open(file: &FileSpec) -> Result<(crate::document::OpenScan, SpectrumImage), Error> {
    let contents = open_file(&file.path)?;
    let image = pick_spectra(&contents, file.image)?;
    let spectra = SpectrumImage::from_image(image).map_err(|error| Error::Contents {
        path: file.path.clone(),
        message: error.to_string(),
        hint: "`moray info` shows what the file holds".to_owned(),
    })?;
    // Rows of a spectrum image are its slow axis: drift from one to the next is removed.
    let along = (spectra.navigation().len() == 2).then_some(Along::Y);
    Ok((open_scan(file, along)?, spectra))
}

fn fit_line(prepared: &Prepared, structure: &FineStructure) -> Result<Fits, AnalysisError> {
    let (total, each) = prepared.fit_spectra(0, structure.window_ev)?;
    Ok(fit_positions(&total, &each, structure)?)
}

/// Every pixel, a row at a time, so that no copy of the image is held.
fn fit_area(
    prepared: &Prepared,
    image: &SpectrumImage,
    [rows, columns]: [usize; 2],
    structure: &FineStructure,
) -> Result<Fits, AnalysisError> {
    let window = structure.window_ev;
    let total = prepared.fit_total(0, window)?;
    let mut fits = Vec::with_capacity(rows * columns);
    for y in 0..rows {
        let shift_ev = prepared.shifts_ev[0][y];
        let pixel = |x: usize| {
            let counts = image.sum(&[y..y + 1, x..x + 1]);
            prepared.fit_spectrum(&counts, shift_ev, 1.0 / columns as f64, window)
        };
        let each: Vec<_> = (0..columns).into_par_iter().map(pixel).collect::<Result<_, _>>()?;
        fits.extend(fit_positions(&total, &each, structure)?);
    }
    Ok(fits)
}

/// What was done, and what the reader of the table must know of it.
fn steps(prepared: &Prepared, structure: &FineStructure, area: bool) -> Vec<String> {
    let peaks = structure.peaks.len();
    let mut notes = vec![format!(
        "fitted {peaks} peaks, a continuum step and a power law over {} at every position",
        structure.window_ev
    )];
    notes.push(if prepared.low_loss[0].is_some() {
        "peaks are seen through the scan's low loss: widths and areas are those before plural scattering".to_owned()
    } else {
        "no low loss: plural scattering is part of the peaks and of the continuum".to_owned()
    });
    let gain = prepared.noise.gain;
    notes.push(format!("{gain} counts per electron; the fixed pattern is not in the sigmas of single positions"));
    if area {
        notes.push("rows are aligned, spikes are left in single pixels".to_owned());
    }
    notes.extend(prepared.warnings.iter().map(|warning| format!("warning: {} ({})", warning.message, warning.place)));
    notes
}
