//! From a file to a scan that can be compared.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::document::{OpenScan, Opening};
use crate::model::{Along, FileContents, Image, ImageKind, LineScan, Profile, ProfileKind, SpectrumImage};
use crate::{Error, io};

/// A file, and which of its images: `FILE` or `FILE#N`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileSpec {
    /// The file.
    pub path: PathBuf,
    /// Number of the image; `None` takes the one core-loss image that the file holds.
    pub image: Option<usize>,
}

impl FromStr for FileSpec {
    type Err = std::convert::Infallible;

    /// A trailing `#N` picks an image, unless a file of that very name exists.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if !Path::new(text).exists()
            && let Some((path, number)) = text.rsplit_once('#')
            && let Ok(image) = number.parse()
        {
            return Ok(Self { path: PathBuf::from(path), image: Some(image) });
        }
        Ok(Self { path: PathBuf::from(text), image: None })
    }
}

/// Opens a file of any known format.
///
/// # Errors
/// [`Error::Read`] naming the file.
pub fn open_file(path: &Path) -> Result<FileContents, Error> {
    io::open(path).map_err(|source| Error::Read { path: path.to_owned(), source })
}

/// The images of a file that can be the core-loss spectra: with an energy-loss axis, not marked as low loss.
pub fn candidates(contents: &FileContents) -> Vec<&Image> {
    contents.images.iter().filter(|image| has_energy_loss(image) && !image.is_low_loss).collect()
}

fn has_energy_loss(image: &Image) -> bool {
    image.kind.is_spectral() && image.energy_axis().is_some() && image.samples.sample_type().is_real()
}

/// The image of this number, or without one the only candidate for core-loss spectra.
///
/// # Errors
/// [`Error::Contents`] listing what there is when the number does not exist, or candidates are none or several.
pub fn pick_spectra(contents: &FileContents, number: Option<usize>) -> Result<&Image, Error> {
    let error =
        |message: String, hint: &str| Error::Contents { path: contents.path.clone(), message, hint: hint.to_owned() };
    let listed = |images: &[&Image]| images.iter().map(|image| described(image)).collect::<Vec<_>>().join(", ");
    if let Some(number) = number {
        return contents.images.iter().find(|image| image.index == number).ok_or_else(|| {
            let all: Vec<&Image> = contents.images.iter().collect();
            error(format!("there is no image {number} that can be read; there is {}", listed(&all)), SEE_INFO)
        });
    }
    match candidates(contents).as_slice() {
        [only] => Ok(only),
        [] => {
            let low: Vec<&Image> = contents.images.iter().filter(|image| has_energy_loss(image)).collect();
            if low.is_empty() {
                Err(error("no image has an energy-loss axis".to_owned(), SEE_INFO))
            } else {
                let message = format!("only low-loss spectra: {}", listed(&low));
                Err(error(message, "add #N to use one of them nevertheless"))
            }
        }
        several => {
            let message = format!("{} images could be the core-loss spectra: {}", several.len(), listed(several));
            Err(error(message, "add #N to pick one"))
        }
    }
}

const SEE_INFO: &str = "`moray info` shows what the file holds";

fn described(image: &Image) -> String {
    let shape: Vec<String> = image.shape().iter().map(ToString::to_string).collect();
    format!("#{} \"{}\" ({}, {})", image.index, image.title, image.kind.name(), shape.join(" x "))
}

/// Opens the core-loss spectra that a specification names, with the low loss and the profiles of the same file.
///
/// # Errors
/// [`Error::Read`] when the file cannot be read, [`Error::Contents`] when it holds no usable spectra or several.
pub fn open_scan(spec: &FileSpec, along: Option<Along>) -> Result<OpenScan, Error> {
    let contents = open_file(&spec.path)?;
    let image = pick_spectra(&contents, spec.image)?;
    let scan = line_scan(image, along).map_err(|message| Error::Contents {
        path: spec.path.clone(),
        message,
        hint: "add #N to pick another image".to_owned(),
    })?;
    let mut cautions = contents.cautions.clone();
    let low_loss = low_loss(&contents, image.index, scan.positions(), along, &mut cautions);
    let profiles = profiles(&contents, scan.positions(), &mut cautions);
    let sha256 = sha256_of(&spec.path)
        .map_err(|source| Error::Read { path: spec.path.clone(), source: io::ReadError::Io(source) })?;
    Ok(OpenScan {
        path: spec.path.clone(),
        image: image.index,
        sha256,
        name: spec.path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default(),
        scan: Arc::new(scan),
        low_loss: low_loss.map(Arc::new),
        profiles,
        opening: Opening { along, ..Opening::default() },
        cautions,
    })
}

/// The spectra of an image as a line scan with the image's settings, or why that is impossible.
fn line_scan(image: &Image, along: Option<Along>) -> Result<LineScan, String> {
    let spectra = SpectrumImage::from_image(image).map_err(|error| error.to_string())?;
    let mut scan = LineScan::from_spectrum_image(&spectra, along).map_err(|error| error.to_string())?;
    scan.reads_per_position *= f64::from(image.acquisition.frames.unwrap_or(1));
    scan.file_counts_per_electron = image.intensity.counts_per_electron();
    scan.acquisition = image.acquisition.clone();
    Ok(scan)
}

/// The first low-loss image of a file with as many positions; those that do not fit are named in `cautions`.
fn low_loss(
    contents: &FileContents,
    core: usize,
    positions: usize,
    along: Option<Along>,
    cautions: &mut Vec<String>,
) -> Option<LineScan> {
    let marked =
        contents.images.iter().filter(|image| image.is_low_loss && image.index != core && has_energy_loss(image));
    for image in marked {
        match line_scan(image, along) {
            Ok(scan) if scan.positions() == positions => return Some(scan),
            Ok(scan) => cautions.push(format!(
                "low loss {} has {} positions instead of {positions}; not used",
                described(image),
                scan.positions()
            )),
            Err(reason) => cautions.push(format!("low loss {} is not used: {reason}", described(image))),
        }
    }
    None
}

/// Signals with one value per position whose title says HAADF or ABF.
fn profiles(contents: &FileContents, positions: usize, cautions: &mut Vec<String>) -> Vec<Profile> {
    let mut found: Vec<Profile> = Vec::new();
    for image in contents.images.iter().filter(|image| image.kind == ImageKind::Image) {
        let Some(kind) = ProfileKind::of_title(&image.title) else { continue };
        let long_axes = image.axes.iter().filter(|axis| axis.size > 1).count();
        if long_axes > 1 || image.samples.len() != positions || !image.samples.sample_type().is_real() {
            continue;
        }
        let values = image.samples.read(0, positions);
        if found.iter().any(|profile| profile.kind == kind) {
            cautions.push(format!("{} is not used: another profile of its kind comes first", described(image)));
        } else if values.iter().all(|value| value.is_finite()) {
            found.push(Profile { kind, values, sigma: None });
        } else {
            cautions.push(format!("{} is not used: it holds values that are no numbers", described(image)));
        }
    }
    found
}

/// Opens a signal along a scan from a file of its own: the image that is asked for, or the only one with one value per
/// position.
///
/// # Errors
/// [`Error::Read`] when the file cannot be read, [`Error::Contents`] when it holds no such signal or several.
pub fn open_profile(kind: ProfileKind, spec: &FileSpec, positions: usize) -> Result<(Profile, usize), Error> {
    let contents = open_file(&spec.path)?;
    let fits = |image: &&Image| {
        let one_axis = image.axes.iter().filter(|axis| axis.size > 1).count() <= 1;
        one_axis && image.samples.len() == positions && image.samples.sample_type().is_real()
    };
    let asked = |image: &&Image| spec.image.is_none_or(|index| image.index == index);
    let mut found = contents.images.iter().filter(fits).filter(asked);
    let (Some(image), None) = (found.next(), found.next()) else {
        return Err(Error::Contents {
            path: spec.path.clone(),
            message: format!(
                "it does not hold one signal with a value for each of the {positions} positions of the scan"
            ),
            hint: "see `moray info`, and pick an image as in FILE#1".to_owned(),
        });
    };
    let values = image.samples.read(0, positions);
    if !values.iter().all(|value| value.is_finite()) {
        return Err(Error::Contents {
            path: spec.path.clone(),
            message: format!("{} holds values that are no numbers", described(image)),
            hint: String::new(),
        });
    }
    Ok((Profile { kind, values, sigma: None }, image.index))
}

/// SHA-256 of a file, hexadecimal, read piece by piece.
///
/// # Errors
/// When the file cannot be read.
pub fn sha256_of(path: &Path) -> std::io::Result<String> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        let count = file.read(&mut buffer)?;
        if count == 0 {
            break;
        }
        hash.update(&buffer[..count]);
    }
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}
