//! From a file to spectra that are mapped, aligned or decomposed where they lie.

use crate::analysis::maps::MapInput;
use crate::export::InputFile;
use crate::model::{FileContents, Image, SpectrumImage};
use crate::{Error, io};

use super::{FileSpec, candidates, open_file, pick_spectra, sha256_of};

/// Spectra of a file, samples untouched.
#[derive(Debug, Clone)]
pub struct OpenSpectra {
    /// What maps take.
    pub input: MapInput,
    /// The files, in the order spectra, low loss.
    files: Vec<(&'static str, FileSpec)>,
    /// Things about the files that the user should know.
    pub cautions: Vec<String>,
}

/// Opens the spectra that a specification names, and the low loss of the same positions: the one given, or the one of
/// the same file.
///
/// # Errors
/// [`Error::Read`] when a file cannot be read, [`Error::Contents`] when it holds no usable spectra, several, or a low loss
/// of other positions.
pub fn open_spectra(spec: &FileSpec, low_loss: Option<&FileSpec>) -> Result<OpenSpectra, Error> {
    let contents = open_file(&spec.path)?;
    let image = pick_spectra(&contents, spec.image)?;
    let spectra = spectra_of(&contents, image)?;
    let used = FileSpec { path: spec.path.clone(), image: Some(image.index) };
    let mut opened = OpenSpectra {
        input: MapInput {
            name: spec.path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default(),
            spectra,
            low_loss: None,
            file_counts_per_electron: image.intensity.counts_per_electron(),
            reads_per_position: f64::from(image.acquisition.frames.unwrap_or(1)),
        },
        files: vec![("scan", used)],
        cautions: contents.cautions.clone(),
    };
    match low_loss {
        Some(spec) => opened.add_low_loss(spec)?,
        None => opened.find_low_loss(&contents, image.index),
    }
    Ok(opened)
}

impl OpenSpectra {
    /// The files with their hashes; reads every byte of them.
    ///
    /// # Errors
    /// [`Error::Read`].
    pub fn inputs(&self) -> Result<Vec<InputFile>, Error> {
        let one = |(role, spec): &(&str, FileSpec)| {
            let sha256 = sha256_of(&spec.path)
                .map_err(|source| Error::Read { path: spec.path.clone(), source: io::ReadError::Io(source) })?;
            Ok(InputFile {
                role: (*role).to_owned(),
                file: spec.path.display().to_string(),
                image: spec.image.unwrap_or_default(),
                sha256,
            })
        };
        self.files.iter().map(one).collect()
    }

    fn add_low_loss(&mut self, spec: &FileSpec) -> Result<(), Error> {
        let contents = open_file(&spec.path)?;
        let marked: Vec<&Image> = contents.images.iter().filter(|image| image.is_low_loss).collect();
        let image = match (spec.image, marked.as_slice(), candidates(&contents).as_slice()) {
            (None, [only], _) => *only,
            (None, [], [only]) => *only,
            _ => pick_spectra(&contents, spec.image)?,
        };
        let low_loss = spectra_of(&contents, image)?;
        if low_loss.sizes() != self.input.spectra.sizes() {
            return Err(Error::Contents {
                path: spec.path.clone(),
                message: format!(
                    "the low loss has positions {:?}, the spectra have {:?}",
                    low_loss.sizes(),
                    self.input.spectra.sizes()
                ),
                hint: "give the low loss recorded with these spectra".to_owned(),
            });
        }
        self.input.low_loss = Some(low_loss);
        self.files.push(("low-loss-scan", FileSpec { path: spec.path.clone(), image: Some(image.index) }));
        Ok(())
    }

    fn find_low_loss(&mut self, contents: &FileContents, core: usize) {
        for image in contents.images.iter().filter(|image| image.is_low_loss && image.index != core) {
            let Ok(low_loss) = SpectrumImage::from_image(image) else { continue };
            if low_loss.sizes() == self.input.spectra.sizes() {
                self.input.low_loss = Some(low_loss);
                return;
            }
            self.cautions.push(format!("low loss #{} has other positions; not used", image.index));
        }
    }
}

fn spectra_of(contents: &FileContents, image: &Image) -> Result<SpectrumImage, Error> {
    SpectrumImage::from_image(image).map_err(|error| Error::Contents {
        path: contents.path.clone(),
        message: error.to_string(),
        hint: "`moray info` shows what the file holds".to_owned(),
    })
}
