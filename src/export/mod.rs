//! Report to files: CSV, NPZ, JSON, PNG, SVG, PDF; written to a temporary file first.

mod collected;
pub mod csv;
mod embedded;
mod file;
mod fits;
mod image;
mod json;
mod maps;
mod methods;
mod msa;
mod npz;
mod provenance;
mod publication;
mod subtracted;
mod table;

use std::io;
use std::path::{Path, PathBuf};

pub use self::csv::plain_table;
pub use collected::{CollectedRow, write_collected};
pub use embedded::{EmbeddedError, session_in};
pub use file::{Filling, fill_atomically, write_atomically};
pub use fits::{FittedRow, fitted_positions};
pub use image::{PictureFindings, image_files};
pub use json::report_json;
pub use maps::{
    background_step, maps_step, model_steps, shifts_csv, shifts_step, write_components, write_maps, write_subtracted,
};
pub use methods::methods;
pub use msa::{MsaSpectrum, msa_files};
pub use npz::arrays;
pub use provenance::{InputFile, Origin, Provenance, VERSION};
pub use publication::{TableFormat, publication_table};
pub use subtracted::Subtracted;
pub use table::text_table;

use crate::analysis::Comparison;
use crate::figure::{self, PictureError, ScanShown, Scene, ShownEdge, Source};
use crate::model::{FigureKind, FigureStyle};

/// Why results could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The folder or a file in it could not be written: check that it exists, is writable and has space.
    #[error("could not write {}: {source}", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the file system reports.
        source: io::Error,
    },
    /// A number is not finite: a fault of the program, which must give a reason instead.
    #[error("{what} is not a finite number")]
    NotFinite {
        /// Which number.
        what: String,
    },
    /// A figure could not be painted.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// The report could not be put into JSON.
    #[error("the report could not be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// A table could not be put into CSV.
    #[error("a table could not be written as CSV: {0}")]
    Csv(#[from] ::csv::Error),
    /// Arrays could not be put into NPZ.
    #[error("the arrays could not be written as NPZ: {0}")]
    Npz(#[from] ndarray_npy::WriteNpzError),
}

/// Which figures are written, how they look, and what they show besides the comparison.
#[derive(Debug, Clone, Copy)]
pub struct Figures<'a> {
    /// How they look; its page is written when it is not empty.
    pub style: &'a FigureStyle,
    /// Which; those that have nothing to show are left out.
    pub kinds: &'a [FigureKind],
    /// The scans, as far as they are at hand.
    pub scans: &'a [ScanShown<'a>],
}

impl<'a> Figures<'a> {
    /// The figures that are always written.
    pub const USUAL: [FigureKind; 2] = [FigureKind::Comparison, FigureKind::Drops];

    /// The usual figures, which need no scans.
    pub fn usual(style: &'a FigureStyle) -> Self {
        Self { style, kinds: &Self::USUAL, scans: &[] }
    }

    /// File stems and scenes.
    fn scenes(&self, source: &Source<'_>) -> Vec<(&'static str, Scene)> {
        let scene = |kind: FigureKind| {
            let drawn = figure::draw(kind, source, self.style);
            // A comparison without drops still has the file, which says so.
            drawn.or_else(|| (kind == FigureKind::Drops).then(|| figure::drops(source.comparison, self.style)))
        };
        let scenes = self.kinds.iter().filter_map(|kind| Some((kind.stem(), scene(*kind)?)));
        scenes.chain(figure::page(source, self.style).map(|page| ("page", page))).collect()
    }
}

/// Writes report, tables, arrays and figures into a folder, which is made when it is missing. Returns the files.
///
/// Everything is prepared before the first file is written.
///
/// # Errors
/// [`ExportError`] naming the file, number or figure at fault.
pub fn write_all(
    dir: &Path,
    comparison: &Comparison,
    provenance: &Provenance,
    figures: &Figures<'_>,
) -> Result<Vec<PathBuf>, ExportError> {
    let mut files = vec![
        ("report.json".to_owned(), report_json(comparison, provenance)?.into_bytes()),
        ("drops.csv".to_owned(), csv::drops(comparison, provenance)?),
    ];
    for curves in &comparison.curves {
        let Some(recipe) = provenance.recipe.edge(&curves.edge) else { continue };
        let shown = ShownEdge::of(curves, recipe);
        let table = csv::spectra(comparison, &shown, recipe, provenance)?;
        files.push((format!("spectra-{}.csv", recipe.slug()), table));
        if !curves.joint_fits.is_empty() {
            let table = fits::joint_fits(comparison, curves, provenance)?;
            files.push((format!("joint-fit-{}.csv", recipe.slug()), table));
        }
    }
    for edge in comparison.report.edges.iter().filter(|edge| !edge.unmixing.is_empty()) {
        let Some(recipe) = provenance.recipe.edge(&edge.name) else { continue };
        files.push((format!("unmixing-{}.csv", recipe.slug()), fits::unmixing(comparison, edge, provenance)?));
    }
    files.push(("ti-l.csv".to_owned(), csv::ti_l(comparison, provenance)?));
    let origin = provenance.origin(comparison);
    let source = Source { comparison, recipe: &provenance.recipe, scans: figures.scans };
    for (stem, scene) in figures.scenes(&source) {
        files.extend(picture_files(stem, &scene, &origin)?);
    }
    files.push(("methods.txt".to_owned(), methods(comparison, provenance).into_bytes()));
    files.push(("arrays.npz".to_owned(), arrays(comparison, provenance)?));
    write_files(dir, files)
}

/// Writes the net spectra as EMSA/MSA files into a folder, which is made when it is missing. Returns the files.
///
/// # Errors
/// [`ExportError::Write`] naming the file that could not be written.
pub fn write_msa(dir: &Path, comparison: &Comparison, provenance: &Provenance) -> Result<Vec<PathBuf>, ExportError> {
    write_files(dir, msa_files(comparison, provenance))
}

/// Writes files into a folder, which is made when it is missing.
///
/// # Errors
/// [`ExportError::Write`] naming the file or folder.
pub fn write_files(dir: &Path, files: Vec<(String, Vec<u8>)>) -> Result<Vec<PathBuf>, ExportError> {
    std::fs::create_dir_all(dir).map_err(|source| ExportError::Write { path: dir.to_owned(), source })?;
    let write = |(name, bytes): (String, Vec<u8>)| {
        let path = dir.join(name);
        let written = write_atomically(&path, &bytes);
        written.map(|()| path.clone()).map_err(|source| ExportError::Write { path, source })
    };
    files.into_iter().map(write).collect()
}

/// A scene as `<stem>.png`, `<stem>.svg` and `<stem>.pdf`, each with where it comes from.
fn picture_files(stem: &str, scene: &Scene, origin: &Origin) -> Result<[(String, Vec<u8>); 3], ExportError> {
    let (png, svg, pdf) = (picture_png(scene, origin)?, picture_svg(scene, origin), picture_pdf(scene, origin)?);
    Ok([(format!("{stem}.png"), png), (format!("{stem}.svg"), svg), (format!("{stem}.pdf"), pdf)])
}

/// The program as files name it.
fn software() -> String {
    format!("Moray {VERSION}")
}

/// A scene as PNG at the resolution of its style, with what it shows and where it comes from in text chunks.
///
/// # Errors
/// [`PictureError`] when it cannot be painted.
pub fn picture_png(scene: &Scene, origin: &Origin) -> Result<Vec<u8>, PictureError> {
    let (software, lines) = (software(), origin.lines().join("\n"));
    let mut notes = vec![("Software", software.as_str()), ("Description", &scene.description), ("Comment", &lines)];
    notes.extend(origin.session.as_deref().map(|session| (embedded::SESSION_KEYWORD, session)));
    figure::png::render(scene, scene.style.dpi, &notes)
}

/// A scene as SVG, with where it comes from in its metadata.
pub fn picture_svg(scene: &Scene, origin: &Origin) -> Vec<u8> {
    let session = origin.session.iter().map(|session| format!("{}: {session}", embedded::SESSION_KEYWORD));
    let notes: Vec<String> = origin.lines().into_iter().chain(session).collect();
    figure::svg::render(scene, &notes).into_bytes()
}

/// A scene as PDF, with where it comes from in its metadata.
///
/// # Errors
/// [`PictureError`] when it cannot be drawn.
pub fn picture_pdf(scene: &Scene, origin: &Origin) -> Result<Vec<u8>, PictureError> {
    let attachment = origin.session.as_deref().map(|session| ("session.moray", session));
    figure::pdf::render(scene, &software(), &origin.lines(), attachment)
}
