//! Pictures of the specimen, HAADF, ABF or whatever was recorded: from a file, and where a scan ran on them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{FileSpec, open_file, sha256_of};
use crate::analysis::image::{ScanLine, line_profile};
use crate::document::{Session, SessionInput, SideFile, SurveyLine};
use crate::export::InputFile;
use crate::figure::SurveyShown;
use crate::model::{FileContents, Image, ImageKind, Profile, ProfileKind, Role, SurveyImage};
use crate::{Error, io};

/// Longest side of a picture that is shown; larger ones are averaged in blocks.
pub const LARGEST_SHOWN: usize = 1024;
/// Shorter sides are profiles or noise, no pictures.
const MIN_SIDE: usize = 16;

/// A picture of the specimen, small enough to be shown.
#[derive(Debug, Clone, PartialEq)]
pub struct SurveyPicture {
    /// Its number in the file.
    pub index: usize,
    /// The picture.
    pub image: SurveyImage,
    /// Where the scan ran, from and to, as shares of width and height; when it is known.
    pub line: Option<[[f64; 2]; 2]>,
}

/// All pictures of a file.
pub type Pictures = Arc<Vec<SurveyPicture>>;

impl SurveyPicture {
    /// Where a scan of this length would run when nobody said where: across the middle.
    pub fn default_line(&self, length_nm: Option<f64>) -> [[f64; 2]; 2] {
        if let Some(line) = self.line {
            return line;
        }
        let share = match (length_nm, self.image.field_nm()) {
            (Some(length), Some([width, _])) if length < 0.95 * width => length / width,
            _ => 0.8,
        };
        [[0.5 - share / 2.0, 0.5], [0.5 + share / 2.0, 0.5]]
    }

    /// Length of a line in shares of width and height, nm.
    pub fn length_nm(&self, [from, to]: [[f64; 2]; 2]) -> Option<f64> {
        let [width, height] = self.image.field_nm()?;
        Some(((to[0] - from[0]) * width).hypot((to[1] - from[1]) * height))
    }
}

/// All pictures of a file; none when it holds spectra and profiles only.
///
/// # Errors
/// [`Error::Read`] naming the file.
pub fn survey_images(path: &Path) -> Result<Vec<SurveyPicture>, Error> {
    Ok(open_file(path)?.images.iter().filter_map(shown).collect())
}

fn shown(image: &Image) -> Option<SurveyPicture> {
    let long = image.axes.iter().filter(|axis| axis.size > 1);
    let is_big = long.into_iter().all(|axis| axis.size >= MIN_SIDE);
    let picture =
        (image.kind == ImageKind::Image && is_big).then(|| SurveyImage::no_larger_than(image, LARGEST_SHOWN))?;
    Some(SurveyPicture { index: image.index, image: picture.ok()?, line: None })
}

/// The picture that a scan was recorded on.
#[derive(Debug, Clone)]
pub struct ScanSurvey {
    /// Name of the scan.
    pub scan: String,
    pictures: Pictures,
    number: usize,
    line: Option<[[f64; 2]; 2]>,
}

impl ScanSurvey {
    /// As figures show it.
    pub fn shown(&self) -> Option<SurveyShown<'_>> {
        let picture = self.pictures.get(self.number)?;
        Some(SurveyShown { image: &picture.image, line: self.line.or(picture.line) })
    }
}

/// The file with the picture of a scan: one of its own, or the scan's.
fn survey_file(session: &Session, scan: &str) -> Option<PathBuf> {
    let placed = session.survey(scan).and_then(|line| line.file.as_ref());
    placed.map(|file| file.path.clone()).or_else(|| session.input(scan).map(|input| input.path.clone()))
}

/// The pictures of all compared scans that have one. `read` gives the pictures of a file; `wanted` is the number of the
/// image to take where the session names none, the first otherwise.
///
/// # Errors
/// What `read` gives.
pub fn surveys_of(
    session: &Session,
    wanted: impl Fn(&str) -> Option<usize>,
    mut read: impl FnMut(&Path) -> Result<Pictures, Error>,
) -> Result<Vec<ScanSurvey>, Error> {
    let mut found = Vec::new();
    for input in session.inputs.iter().filter(|input| input.role == Role::Scan) {
        let Some(file) = survey_file(session, &input.name) else { continue };
        let (pictures, line) = (read(&file)?, session.survey(&input.name));
        let named = line.and_then(SurveyLine::image).or_else(|| wanted(&input.name));
        let number = match named {
            Some(index) => pictures.iter().position(|picture| picture.index == index),
            None => (!pictures.is_empty()).then_some(0),
        };
        let line = line.map(|line| [line.from, line.to]);
        found.extend(number.map(|number| ScanSurvey { scan: input.name.clone(), pictures, number, line }));
    }
    Ok(found)
}

/// A picture of the specimen as far as it is named by hand.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct GivenSurvey {
    /// Its file; `None` for the scan's own.
    pub file: Option<FileSpec>,
    /// Where the first and the last position lie, nm right and down from the picture's upper left corner.
    pub line_nm: Option<[[f64; 2]; 2]>,
}

/// Where a scan ran on the picture named by hand, as a session keeps it.
///
/// # Errors
/// [`Error::Read`] when the file cannot be read; [`Error::Contents`] when it holds no such picture or several, or when it
/// states no lengths.
pub fn survey_line(input: &SessionInput, given: &GivenSurvey) -> Result<SurveyLine, Error> {
    let own = FileSpec { path: input.path.clone(), image: None };
    let opened = open_picture(given.file.as_ref().unwrap_or(&own), "survey")?;
    let wrong = |message: &str, hint: &str| Error::Contents {
        path: PathBuf::from(&opened.input.file),
        message: message.to_owned(),
        hint: hint.to_owned(),
    };
    let line_nm = given.line_nm.ok_or_else(|| wrong("where the scan ran on it is not said", "give --survey-line"))?;
    let field = opened.picture.field_nm();
    let field = field.ok_or_else(|| wrong("it states no lengths", "place the line in the window"))?;
    let [from, to] = line_nm.map(|[x, y]| [x / field[0], y / field[1]]);
    let inside = |share: &f64| (0.0..=1.0).contains(share);
    if from == to || !from.iter().chain(&to).all(inside) {
        let (message, hint) =
            ("the line does not lie on it", format!("it is {:.3} x {:.3} nm large", field[0], field[1]));
        return Err(wrong(message, &hint));
    }
    let (image, sha256) = (opened.input.image, opened.input.sha256.clone());
    let is_own = opened.input.sha256 == input.sha256;
    let file = (!is_own).then(|| SideFile { path: PathBuf::from(&opened.input.file), image, sha256 });
    Ok(SurveyLine { scan: input.name.clone(), file, image: is_own.then_some(image), from, to })
}

/// Width across which the signal of a picture is averaged along a line, nm: that of an oxygen column's site.
pub const PROFILE_WIDTH_NM: f64 = 0.15;

/// The line in nm as shares of the picture's width and height; `None` when the specification names no picture, but a signal
/// recorded along the scan.
///
/// # Errors
/// [`Error`] when the file cannot be read or its picture states no lengths.
pub fn share_of_picture(spec: &FileSpec, line_nm: [[f64; 2]; 2]) -> Result<Option<[[f64; 2]; 2]>, Error> {
    let contents = open_file(&spec.path)?;
    let image = contents.images.iter().find(|image| spec.image == Some(image.index));
    if image.is_none_or(|image| image.axes.iter().filter(|axis| axis.size > 1).count() != 2) {
        return Ok(None);
    }
    let field = open_picture(spec, "profile")?.picture.field_nm().ok_or_else(|| Error::Contents {
        path: spec.path.clone(),
        message: "it states no lengths".to_owned(),
        hint: "give a picture whose pixels have a size".to_owned(),
    })?;
    Ok(Some(line_nm.map(|[x, y]| [x / field[0], y / field[1]])))
}

/// The signal of a picture along a line from the first position of a scan to its last, and the number of its image. The line
/// is in shares of width and height from the upper left corner.
///
/// # Errors
/// [`Error`] when the file cannot be read, holds no such picture, or the line leaves it.
pub fn profile_of_picture(
    kind: ProfileKind,
    spec: &FileSpec,
    line: [[f64; 2]; 2],
    positions: usize,
) -> Result<(Profile, usize), Error> {
    let opened = open_picture(spec, "profile")?;
    let wrong = |message: String| Error::Contents {
        path: spec.path.clone(),
        message,
        hint: "check --survey-line, or give a signal recorded along the scan".to_owned(),
    };
    let (field, pixel) = opened
        .picture
        .field_nm()
        .zip(opened.picture.pixel_nm())
        .ok_or_else(|| wrong("it states no lengths".to_owned()))?;
    let line = line.map(|[x, y]| [x * field[0], y * field[1]]);
    let line = ScanLine::from_corner(line, pixel, PROFILE_WIDTH_NM);
    let profile = line_profile(&opened.picture, &line, positions).map_err(|error| wrong(error.to_string()))?;
    let profile = profile.to_profile(kind).ok_or_else(|| wrong("its signal is upside down".to_owned()))?;
    Ok((profile, opened.input.image))
}

/// A whole picture and the file that it comes from.
#[derive(Debug, Clone)]
pub struct OpenPicture {
    /// The picture.
    pub picture: SurveyImage,
    /// Its file, with its hash.
    pub input: InputFile,
}

/// Opens the picture that a specification names; without a number the only picture of the file, or its only HAADF one.
///
/// # Errors
/// [`Error::Read`] when the file cannot be read, [`Error::Contents`] when it holds no such picture or several.
pub fn open_picture(spec: &FileSpec, role: &str) -> Result<OpenPicture, Error> {
    let contents = open_file(&spec.path)?;
    let image = pick(&contents, spec.image)?;
    let picture = SurveyImage::from_image(image).map_err(|error| Error::Contents {
        path: spec.path.clone(),
        message: error.to_string(),
        hint: "add #N to pick another image; `moray info` lists them".to_owned(),
    })?;
    let sha256 = sha256_of(&spec.path)
        .map_err(|source| Error::Read { path: spec.path.clone(), source: io::ReadError::Io(source) })?;
    let input = InputFile { role: role.to_owned(), file: spec.path.display().to_string(), image: image.index, sha256 };
    Ok(OpenPicture { picture, input })
}

fn pick(contents: &FileContents, number: Option<usize>) -> Result<&Image, Error> {
    let error =
        |message: String, hint: &str| Error::Contents { path: contents.path.clone(), message, hint: hint.to_owned() };
    let long = |image: &&Image| image.axes.iter().filter(|axis| axis.size > 1).count() == 2;
    let all: Vec<&Image> = contents
        .images
        .iter()
        .filter(|image| image.kind == ImageKind::Image && image.samples.sample_type().is_real())
        .filter(long)
        .collect();
    let haadf: Vec<&Image> =
        all.iter().filter(|image| ProfileKind::of_title(&image.title) == Some(ProfileKind::Haadf)).copied().collect();
    match (number, all.as_slice(), haadf.as_slice()) {
        (Some(number), ..) => contents
            .images
            .iter()
            .find(|image| image.index == number)
            .ok_or_else(|| error(format!("there is no image {number} that can be read"), "`moray info` lists them")),
        (None, [only], _) | (None, _, [only]) => Ok(*only),
        (None, [], _) => Err(error("it holds no picture".to_owned(), "`moray info` shows what the file holds")),
        (None, several, _) => {
            let listed: Vec<String> =
                several.iter().map(|image| format!("#{} \"{}\"", image.index, image.title)).collect();
            Err(error(format!("it holds {} pictures: {}", several.len(), listed.join(", ")), "add #N to pick one"))
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;

    fn picture(pixel_nm: Option<[f64; 2]>) -> SurveyPicture {
        let image = SurveyImage::new(Array2::zeros((4, 8)), pixel_nm).unwrap();
        SurveyPicture { index: 1, image, line: None }
    }

    #[test]
    fn a_line_that_nobody_placed_has_the_length_of_the_scan() {
        let wide = picture(Some([1.0, 1.0]));
        let line = wide.default_line(Some(2.0));
        assert_eq!(line, [[0.375, 0.5], [0.625, 0.5]]);
        assert_eq!(wide.length_nm(line), Some(2.0));
        assert_eq!(picture(None).default_line(Some(2.0)), [[0.5 - 0.4, 0.5], [0.5 + 0.4, 0.5]]);
    }

    #[test]
    fn lengths_down_and_across_count_by_their_own_scale() {
        assert_eq!(picture(Some([1.0, 0.375])).length_nm([[0.0, 0.0], [1.0, 1.0]]), Some(5.0));
    }
}
