//! The sample data that come with the program: a pristine and a biased line scan, in memory and as DM4.

use std::sync::Arc;

use ndarray::Array2;
use serde::Serialize;

use super::survey::Survey;
use super::world::{SimulateError, World};
use super::{Simulated, Truth, simulate};
use crate::io::dm::write::{DmAxis, DmFile, DmImage, DmWriteError, Samples, Tag, Thumbnail};
use crate::model::{EnergyAxis, LineScan, Profile, ProfileKind, Recipe};

/// Seed of the sample data.
const SEED: u64 = 1;
/// Name of the pristine file.
pub const REFERENCE_FILE: &str = "lto-pristine.dm4";
/// Name of the biased file.
pub const SCAN_FILE: &str = "lto-2v7.dm4";

/// Why the sample data could not be made.
#[derive(Debug, thiserror::Error)]
pub enum SampleError {
    /// The scans could not be simulated.
    #[error(transparent)]
    Simulate(#[from] SimulateError),
    /// The file could not be laid out.
    #[error(transparent)]
    File(#[from] DmWriteError),
    /// The truth could not be written down.
    #[error(transparent)]
    Truth(#[from] serde_json::Error),
}

/// A file of the sample data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampleFile {
    /// Its name, without folder.
    pub name: &'static str,
    /// Its contents.
    pub bytes: Vec<u8>,
}

/// The world of the sample data: everyday conditions, an axis 1.25 eV off, some drift, a gain the file does not state.
///
/// Energies and steps are multiples of powers of two, so that the files hold them exactly.
pub(super) fn sample_world() -> World {
    World {
        positions: 72,
        step_nm: 0.03125,
        first_column_nm: 0.12,
        reference_first_column_nm: 0.2,
        channels: 768,
        axis_error_ev: -1.25,
        scan_shift_ev: 0.3,
        drift_trend_ev: 0.004,
        drift_walk_ev: 0.02,
        electrons_in_a: 4e4,
        low_loss_channels: 400,
        profile_noise: 0.015,
        ..World::default()
    }
}

/// The sample scans in memory, exactly as the files hold them.
///
/// # Errors
/// [`SimulateError`]; never, in fact, for the world is fixed.
pub fn sample() -> Result<Simulated, SimulateError> {
    let mut made = simulate(&sample_world(), SEED)?;
    for scan in [&mut made.reference, &mut made.scan] {
        scan.core = Arc::new(as_stored(&scan.core)?);
        if let Some(low_loss) = &mut scan.low_loss {
            *low_loss = Arc::new(as_stored(low_loss)?);
        }
        for profile in [&mut scan.haadf, &mut scan.abf] {
            profile.values.iter_mut().for_each(|value| *value = f64::from(*value as f32));
        }
    }
    Ok(made)
}

/// A line scan rounded to the single precision of the files.
fn as_stored(scan: &LineScan) -> Result<LineScan, SimulateError> {
    let mut stored = LineScan::new(*scan.axis(), scan.counts().mapv(|value| f64::from(value as f32)))?;
    stored.step_nm = scan.step_nm;
    stored.reads_per_position = scan.reads_per_position;
    stored.file_counts_per_electron = scan.file_counts_per_electron;
    stored.acquisition = scan.acquisition.clone();
    Ok(stored)
}

/// The files of the sample data: both scans as DM4, their truth as JSON, a few words. Always the same bytes.
///
/// # Errors
/// [`SampleError`]; never, in fact, for the world is fixed.
pub fn sample_files(recipe: &Recipe) -> Result<Vec<SampleFile>, SampleError> {
    /// The truth with a heading.
    #[derive(Serialize)]
    struct TruthFile<'a> {
        about: &'a str,
        reference: &'a str,
        scan: &'a str,
        recipe: &'a str,
        sites_argument: String,
        #[serde(flatten)]
        truth: Truth,
    }
    let made = sample()?;
    let truth = made.truth(recipe)?;
    let truth = TruthFile {
        about: "what these simulated line scans truly hold; drops are those of the window measure, O1 and O2 as sampled",
        reference: REFERENCE_FILE,
        scan: SCAN_FILE,
        recipe: &recipe.name,
        sites_argument: truth.sites_argument(),
        truth,
    };
    let json = serde_json::to_string_pretty(&truth)? + "\n";
    Ok(vec![
        SampleFile { name: REFERENCE_FILE, bytes: dm_file(&made, 0).to_bytes()? },
        SampleFile { name: SCAN_FILE, bytes: dm_file(&made, 1).to_bytes()? },
        SampleFile { name: "truth.json", bytes: json.into_bytes() },
        SampleFile { name: "README.txt", bytes: include_str!("sample.txt").as_bytes().to_vec() },
    ])
}

/// The DM4 file of the reference (`half` 0) or the scan (1).
fn dm_file(made: &Simulated, half: u32) -> DmFile {
    let scan = if half == 0 { &made.reference } else { &made.scan };
    let survey = survey(&made.world, half);
    let pictures =
        [ProfileKind::Haadf, ProfileKind::Abf].map(|kind| (kind, survey.record(kind, SEED + u64::from(half))));
    let id = |image: u32| [0x4d6f_7261, 0x7900_0000, half + 1, image];
    let mut images = vec![spectra(&scan.core, false, id(1), id(2))];
    images.extend(scan.low_loss.as_ref().map(|low_loss| spectra(low_loss, true, id(2), id(1))));
    images.extend(pictures.iter().zip(3..).map(|((kind, picture), k)| survey_image(*kind, picture, &survey, id(k))));
    images.extend([(&scan.haadf, 5), (&scan.abf, 6)].map(|(profile, k)| profile_image(profile, &made.world, id(k))));
    DmFile { thumbnail: Some(thumbnail(&pictures[0].1)), images }
}

/// The pictures that go with a scan: 4.1 nm wide; biasing shortens one diagonal of the Ti diamond, lengthens the other.
fn survey(world: &World, half: u32) -> Survey {
    let biased = half == 1;
    if !biased {
        return Survey::default();
    }
    Survey { short_strain: -0.0125, long_strain: 0.0467, oxygen: [world.o1, world.o2], ..Survey::default() }
}

fn axis(size: usize, scale: f64, offset: f64, unit: &str) -> DmAxis {
    DmAxis { size, scale, offset, unit: unit.into() }
}

fn energy_axis(axis_ev: &EnergyAxis) -> DmAxis {
    axis(axis_ev.channels(), axis_ev.dispersion_ev(), axis_ev.first_ev(), "eV")
}

/// A line scan as Gatan software lays it out: energy fastest, then position.
fn spectra(scan: &LineScan, is_low_loss: bool, unique_id: [u32; 4], sibling: [u32; 4]) -> DmImage {
    let half = if is_low_loss { "low-loss" } else { "high-loss" };
    let gain = scan.file_counts_per_electron;
    DmImage {
        title: format!("EELS line scan ({half})"),
        axes: vec![energy_axis(scan.axis()), axis(scan.positions(), scan.step_nm.unwrap_or(1.0), 0.0, "nm")],
        samples: Samples::Float32(scan.counts().iter().map(|value| *value as f32).collect()),
        intensity_scale: gain.map_or(1.0, |gain| 1.0 / gain),
        intensity_unit: if gain.is_some() { "e-".into() } else { "Counts".into() },
        unique_id,
        tags: eels_tags(scan, is_low_loss, sibling),
    }
}

fn eels_tags(scan: &LineScan, is_low_loss: bool, sibling: [u32; 4]) -> Vec<(String, Tag)> {
    let settings = &scan.acquisition;
    let number = |value: Option<f64>| Tag::Float(value.unwrap_or(0.0));
    let frames = settings.frames.unwrap_or(1);
    let exposure_s = settings.dwell_time_s.map(|dwell| dwell / f64::from(frames));
    let positions = i32::try_from(scan.positions()).unwrap_or(i32::MAX);
    let acquisition = Tag::group([
        ("Dual acquire enabled", Tag::Bool(true)),
        ("Dual acquire sibling", Tag::group([("Unique Image ID", Tag::Struct(sibling.to_vec()))])),
        ("Exposure (s)", number(exposure_s)),
        ("Is dual acquire low-loss", Tag::Bool(is_low_loss)),
        ("Number of frames", Tag::Int(i32::try_from(frames).unwrap_or(i32::MAX))),
    ]);
    let conditions = Tag::group([
        ("Collection semi-angle (mrad)", number(settings.collection_semi_angle_mrad)),
        ("Convergence semi-angle (mrad)", number(settings.convergence_semi_angle_mrad)),
    ]);
    let scanning = Tag::group([
        ("Pixel time (s)", number(settings.dwell_time_s)),
        ("SI Application Mode", Tag::group([("Name", Tag::text("LineScan"))])),
        ("Spatial Sampling", Tag::group([("Height (pixels)", Tag::Int(1)), ("Width (pixels)", Tag::Int(positions))])),
    ]);
    named([
        ("EELS", Tag::group([("Acquisition", acquisition), ("Experimental Conditions", conditions)])),
        (
            "Meta Data",
            Tag::group([
                ("Acquisition Mode", Tag::text("Parallel dispersive")),
                ("Format", Tag::text("Spectrum image")),
                ("Signal", Tag::text("EELS")),
            ]),
        ),
        ("Microscope Info", microscope(settings.beam_energy_kev)),
        ("SI", Tag::group([("Acquisition", scanning)])),
    ])
}

fn named<const N: usize>(entries: [(&str, Tag); N]) -> Vec<(String, Tag)> {
    entries.into_iter().map(|(name, tag)| (name.to_owned(), tag)).collect()
}

fn microscope(beam_energy_kev: Option<f64>) -> Tag {
    Tag::group([
        ("Illumination Mode", Tag::text("STEM")),
        ("Name", Tag::text("Moray simulation")),
        ("Voltage", Tag::Float(1000.0 * beam_energy_kev.unwrap_or(0.0))),
    ])
}

fn detector_name(kind: ProfileKind) -> &'static str {
    if kind == ProfileKind::Haadf { "HAADF" } else { "ABF" }
}

/// Tags of what the scanning unit records.
fn picture_tags() -> Vec<(String, Tag)> {
    let meta = Tag::group([("Format", Tag::text("Image")), ("Signal", Tag::text("DigiScan"))]);
    named([("Meta Data", meta), ("Microscope Info", microscope(Some(200.0)))])
}

fn survey_image(kind: ProfileKind, picture: &Array2<f64>, survey: &Survey, unique_id: [u32; 4]) -> DmImage {
    /// Counts per electron of the annular detectors.
    const GAIN: f64 = 20.0;
    DmImage {
        title: format!("{} survey image", detector_name(kind)),
        axes: vec![axis(survey.pixels, survey.pixel_nm, 0.0, "nm"), axis(survey.pixels, survey.pixel_nm, 0.0, "nm")],
        samples: Samples::UInt16(picture.iter().map(|electrons| (GAIN * electrons) as u16).collect()),
        intensity_scale: 1.0,
        intensity_unit: "Counts".into(),
        unique_id,
        tags: picture_tags(),
    }
}

fn profile_image(profile: &Profile, world: &World, unique_id: [u32; 4]) -> DmImage {
    DmImage {
        title: format!("{} profile along the scan", detector_name(profile.kind)),
        axes: vec![axis(profile.values.len(), world.step_nm, 0.0, "nm")],
        samples: Samples::Float32(profile.values.iter().map(|value| *value as f32).collect()),
        intensity_scale: 1.0,
        intensity_unit: "Counts".into(),
        unique_id,
        tags: picture_tags(),
    }
}

/// A picture at a quarter of its size, in grey.
fn thumbnail(picture: &Array2<f64>) -> Thumbnail {
    const BLOCK: usize = 4;
    let blocks: Vec<f64> = picture.exact_chunks((BLOCK, BLOCK)).into_iter().map(|block| block.sum()).collect();
    let highest = blocks.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
    let grey = |value: &f64| (255.0 * value / highest) as u8;
    let pixels = blocks.iter().map(|value| [grey(value), grey(value), grey(value), 255]).collect();
    Thumbnail { width: picture.ncols() / BLOCK, height: picture.nrows() / BLOCK, pixels }
}
