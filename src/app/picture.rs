//! From a file to a picture of the specimen.

use crate::export::InputFile;
use crate::model::{FileContents, Image, ImageKind, ProfileKind, SurveyImage};
use crate::{Error, io};

use super::{FileSpec, open_file, sha256_of};

/// A picture and the file that it comes from.
#[derive(Debug, Clone)]
pub struct OpenPicture {
    /// The picture.
    pub picture: SurveyImage,
    /// Its file, with its hash.
    pub input: InputFile,
}

/// The pictures of a file that can be filtered and measured, with the numbers of their images.
pub fn pictures(contents: &FileContents) -> Vec<(usize, SurveyImage)> {
    let images = contents.images.iter().filter(|image| image.kind == ImageKind::Image);
    images.filter_map(|image| Some((image.index, SurveyImage::from_image(image).ok()?))).collect()
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
