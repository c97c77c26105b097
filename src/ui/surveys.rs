//! Pictures of the specimen in memory: read beside the window, painted once.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use egui::{Color32, ColorImage, TextureHandle, TextureOptions};

use super::out::{Action, Out};
use super::sample;
use crate::Error;
use crate::app::{Pictures, ScanSurvey, SurveyPicture, survey_images, surveys_of};
use crate::document::Session;
use crate::model::{ProfileKind, SurveyImage};
use crate::simulate::{REFERENCE_FILE, sample_survey};

/// Shares of the values that are shown black and white.
const CONTRAST: [f64; 2] = [0.005, 0.995];

/// Pictures that have been read, for work beside the window; others are read when they are wanted.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct SurveysAtHand {
    /// Pictures by file.
    pub(super) read: BTreeMap<PathBuf, Pictures>,
    /// Numbers of the pictures chosen, by scan.
    pub(super) chosen: BTreeMap<String, usize>,
}

impl SurveysAtHand {
    /// The pictures of the compared scans of a session.
    ///
    /// # Errors
    /// [`Error::Read`] naming the file that cannot be read.
    pub(super) fn of(&self, session: &Session) -> Result<Vec<ScanSurvey>, Error> {
        let read = |file: &Path| self.read.get(file).cloned().map_or_else(|| survey_images(file).map(Arc::new), Ok);
        surveys_of(session, |scan| self.chosen.get(scan).copied(), read)
    }
}

/// Pictures by file; `None` while they are read.
#[derive(Default)]
pub(super) struct Surveys {
    files: BTreeMap<PathBuf, Option<Pictures>>,
    textures: BTreeMap<(PathBuf, usize), TextureHandle>,
}

impl Surveys {
    /// The pictures of a file; asks for them when they are not there yet.
    pub(super) fn of(&self, file: &Path, out: &mut Out) -> Pictures {
        let known = self.files.get(file);
        if known.is_none() {
            out.action(Action::LoadSurvey(file.to_owned()));
        }
        known.cloned().flatten().unwrap_or_default()
    }

    /// Everything that has been read.
    pub(super) fn read(&self) -> BTreeMap<PathBuf, Pictures> {
        self.files.iter().filter_map(|(file, pictures)| Some((file.clone(), pictures.clone()?))).collect()
    }

    /// Whether a file's pictures are being read.
    pub(super) fn is_loading(&self, file: &Path) -> bool {
        self.files.get(file).is_none_or(Option::is_none)
    }

    /// Notes that a file is asked for; `false` when nothing is to be read.
    pub(super) fn begin(&mut self, file: &Path) -> bool {
        if self.files.contains_key(file) {
            return false;
        }
        let known = sample::is_sample(file).then(|| Arc::new(sample_images(file).to_vec()));
        let is_known = known.is_some();
        self.files.insert(file.to_owned(), known);
        !is_known
    }

    /// Keeps what was read.
    pub(super) fn finish(&mut self, file: &Path, images: Vec<SurveyPicture>) {
        self.textures.retain(|(path, _), _| path != file);
        self.files.insert(file.to_owned(), Some(Arc::new(images)));
    }

    /// A picture in grey, made once.
    pub(super) fn texture(&mut self, ctx: &egui::Context, file: &Path, index: usize) -> Option<egui::TextureId> {
        let image = self.files.get(file)?.as_ref()?.iter().find(|image| image.index == index)?;
        let key = (file.to_owned(), index);
        let texture = self.textures.entry(key).or_insert_with(|| {
            let options = TextureOptions::LINEAR;
            ctx.load_texture("survey", grey(&image.image), options)
        });
        Some(texture.id())
    }
}

/// A picture from black to white, the few darkest and brightest pixels clipped.
pub(super) fn grey(image: &SurveyImage) -> ColorImage {
    let mut sorted: Vec<f64> = image.values().iter().copied().collect();
    sorted.sort_by(f64::total_cmp);
    let at = |share: f64| sorted.get((sorted.len().saturating_sub(1) as f64 * share) as usize).copied();
    let (dark, bright) = (at(CONTRAST[0]).unwrap_or(0.0), at(CONTRAST[1]).unwrap_or(1.0));
    let span = if bright > dark { bright - dark } else { 1.0 };
    let pixel = |value: &f64| Color32::from_gray((((value - dark) / span).clamp(0.0, 1.0) * 255.0) as u8);
    ColorImage::new(image.size(), image.values().iter().map(pixel).collect())
}

/// The pictures of the sample, ABF first as in the study it imitates.
fn sample_images(file: &Path) -> &'static [SurveyPicture] {
    static IMAGES: OnceLock<[Vec<SurveyPicture>; 2]> = OnceLock::new();
    let [reference, scan] = IMAGES.get_or_init(|| [true, false].map(simulated));
    if file == Path::new(REFERENCE_FILE) { reference } else { scan }
}

fn simulated(is_reference: bool) -> Vec<SurveyPicture> {
    let image = |(index, (kind, title)): (usize, (ProfileKind, &str))| {
        let survey = sample_survey(kind, is_reference);
        let share = |point: [f64; 2]| point.map(|nm| nm / survey.field_nm);
        let pixel_nm = survey.field_nm / survey.picture.ncols() as f64;
        let mut image = SurveyImage::new(survey.picture, Some([pixel_nm; 2])).ok()?;
        (image.title, image.kind) = (title.to_owned(), Some(kind));
        Some(SurveyPicture { index, image, line: Some(survey.line_nm.map(share)) })
    };
    [(ProfileKind::Abf, "ABF"), (ProfileKind::Haadf, "HAADF")].into_iter().enumerate().filter_map(image).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_of_the_sample_ends_inside_its_picture() {
        for is_reference in [true, false] {
            for image in simulated(is_reference) {
                let inside = |share: f64| (0.0..=1.0).contains(&share);
                assert!(image.line.unwrap().as_flattened().iter().all(|share| inside(*share)));
            }
        }
    }

    #[test]
    fn the_darkest_pixel_is_black_and_the_brightest_white() {
        let [abf, _] = simulated(false).try_into().unwrap();
        let picture = grey(&abf.image);
        assert!(picture.pixels.contains(&Color32::BLACK) && picture.pixels.contains(&Color32::WHITE));
    }
}
