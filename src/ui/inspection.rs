//! What a file holds, read beside the window: its images with small previews, and all its tags.

use std::path::{Path, PathBuf};

use egui::{Color32, ColorImage};

use crate::app;
use crate::io::{self, Tag, TagValue};
use crate::model::{Image, ImageKind, SpectrumImage};

/// Points of a previewed spectrum.
const CURVE_POINTS: usize = 160;
/// Largest side of a previewed picture, pixels.
const PICTURE_SIDE: usize = 96;
/// Positions summed for a preview, along each axis.
const STRIP: usize = 16;

/// A small picture of an image.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Preview {
    /// A spectrum, 0 at its lowest and 1 at its highest value.
    Curve(Vec<f32>),
    /// A picture.
    Picture(Box<ColorImage>),
    /// Nothing that can be shown.
    Nothing,
}

/// One image of a file.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ImageCard {
    /// Its number in the file.
    pub(super) index: usize,
    /// Its title.
    pub(super) title: String,
    /// What it is and its size.
    pub(super) detail: String,
    /// Whether it can be the core-loss spectra.
    pub(super) is_candidate: bool,
    /// Whether it is a low loss.
    pub(super) is_low_loss: bool,
    /// Whether its energies are those of a low loss, marked as one or not.
    pub(super) reaches_zero_loss: bool,
    /// How it looks.
    pub(super) preview: Preview,
}

/// One line of the tag tree.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct TagLine {
    /// Names of the groups that it is in, and its own.
    pub(super) path: String,
    /// Its own name.
    pub(super) name: String,
    /// What it holds; empty for a group.
    pub(super) value: String,
    /// How deep it lies.
    pub(super) depth: usize,
    /// Number of the line of its group.
    pub(super) parent: Option<usize>,
    /// Whether it is a group.
    pub(super) is_group: bool,
}

/// What a file holds.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Inspection {
    /// The file.
    pub(super) path: PathBuf,
    /// Its images.
    pub(super) images: Vec<ImageCard>,
    /// Its tags, each group before what is in it.
    pub(super) tags: Vec<TagLine>,
}

/// Reads what a file holds.
///
/// # Errors
/// What to tell the user when it cannot be read.
pub(super) fn inspect(path: &Path) -> Result<Inspection, String> {
    let contents = app::open_file(path).map_err(|error| error.to_string())?;
    let candidates: Vec<usize> = app::candidates(&contents).iter().map(|image| image.index).collect();
    let images = contents.images.iter().map(|image| card(image, &candidates)).collect();
    let mut tags = Vec::new();
    // A format without tags has none to show.
    if let Ok(tree) = io::tags(path) {
        flatten(&tree, (0, None, ""), &mut tags);
    }
    Ok(Inspection { path: path.to_owned(), images, tags })
}

fn card(image: &Image, candidates: &[usize]) -> ImageCard {
    let shape: Vec<String> = image.shape().iter().map(ToString::to_string).collect();
    ImageCard {
        index: image.index,
        title: image.title.clone(),
        detail: format!("{}, {}", image.kind.name(), shape.join(" × ")),
        is_candidate: candidates.contains(&image.index),
        is_low_loss: image.is_low_loss,
        reaches_zero_loss: SpectrumImage::from_image(image).is_ok_and(|spectra| app::reaches_zero_loss(spectra.axis())),
        preview: preview(image),
    }
}

fn preview(image: &Image) -> Preview {
    if !image.samples.sample_type().is_real() {
        return Preview::Nothing;
    }
    let found = if image.kind.is_spectral() { curve(image) } else { picture(image).or_else(|| profile(image)) };
    found.unwrap_or(Preview::Nothing)
}

/// The sum of a strip in the middle of the spectra.
fn curve(image: &Image) -> Option<Preview> {
    let spectra = SpectrumImage::from_image(image).ok()?;
    let strip = |size: usize| {
        let from = size.saturating_sub(STRIP) / 2;
        from..(from + STRIP).min(size)
    };
    let ranges: Vec<_> = spectra.navigation().iter().map(|axis| strip(axis.size)).collect();
    shrunk(&spectra.sum(&ranges))
}

/// A signal recorded along a line: an image with one long axis.
fn profile(image: &Image) -> Option<Preview> {
    let shape = image.shape();
    let length = *shape.iter().max()?;
    (length > 1 && shape.iter().product::<usize>() == length).then(|| shrunk(&image.samples.read(0, length)))?
}

/// A curve by the means of its parts.
fn shrunk(values: &[f64]) -> Option<Preview> {
    let block = values.len().div_ceil(CURVE_POINTS).max(1);
    let means: Vec<f64> = values.chunks(block).map(|part| part.iter().sum::<f64>() / part.len() as f64).collect();
    let scale = unit_scale(&means)?;
    Some(Preview::Curve(means.into_iter().map(|value| scale(value) as f32).collect()))
}

fn picture(image: &Image) -> Option<Preview> {
    let shape = image.shape();
    let (&width, rows) = shape.split_last()?;
    let height = *rows.last().filter(|_| matches!(image.kind, ImageKind::Image | ImageKind::Stack))?;
    let step = width.max(height).div_ceil(PICTURE_SIDE).max(1);
    let mut values = Vec::new();
    for row in (0..height).step_by(step) {
        values.extend(image.samples.read(row * width, width).into_iter().step_by(step));
    }
    let scale = unit_scale(&values)?;
    let pixels: Vec<Color32> =
        values.into_iter().map(|value| Color32::from_gray((255.0 * scale(value)) as u8)).collect();
    let across = width.div_ceil(step);
    let down = pixels.len().checked_div(across)?;
    (down > 1 && across * down == pixels.len())
        .then(|| Preview::Picture(Box::new(ColorImage::new([across, down], pixels))))
}

/// From the lowest to the highest finite value onto 0 to 1; numbers that are none become 0.
fn unit_scale(values: &[f64]) -> Option<impl Fn(f64) -> f64 + use<>> {
    let finite = || values.iter().copied().filter(|value| value.is_finite());
    let (low, high) = (finite().reduce(f64::min)?, finite().reduce(f64::max)?);
    let span = if high > low { high - low } else { 1.0 };
    Some(move |value: f64| if value.is_finite() { ((value - low) / span).clamp(0.0, 1.0) } else { 0.0 })
}

fn flatten(tags: &[Tag], (depth, parent, above): (usize, Option<usize>, &str), out: &mut Vec<TagLine>) {
    for (k, tag) in tags.iter().enumerate() {
        let name = if tag.name.is_empty() { format!("[{k}]") } else { tag.name.clone() };
        let path = if above.is_empty() { name.clone() } else { format!("{above} › {name}") };
        let line = out.len();
        let is_group = matches!(tag.value, TagValue::Group(_));
        out.push(TagLine { path: path.clone(), name, value: shown(&tag.value), depth, parent, is_group });
        if let TagValue::Group(inner) = &tag.value {
            flatten(inner, (depth + 1, Some(line), &path), out);
        }
    }
}

fn shown(value: &TagValue) -> String {
    match value {
        TagValue::Group(_) => String::new(),
        TagValue::Integer(n) => n.to_string(),
        TagValue::Unsigned(n) => n.to_string(),
        TagValue::Real(x) => x.to_string(),
        TagValue::Bool(b) => b.to_string(),
        TagValue::Text(text) => text.replace(['\n', '\r'], " "),
        TagValue::List(values) => values.iter().map(shown).collect::<Vec<_>>().join(", "),
        TagValue::Many { element, count } => format!("{count} × {element}"),
        TagValue::Unknown { code, bytes } => format!("unknown type {code}, {bytes} bytes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Inspection {
        inspect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data/lto-2v7.dm4")).unwrap()
    }

    #[test]
    fn every_image_of_the_sample_has_a_preview_and_one_can_be_compared() {
        let images = sample().images;
        assert_eq!(images.iter().filter(|image| image.is_candidate).count(), 1);
        assert!(images.iter().any(|image| image.is_low_loss));
        let core = images.iter().find(|image| image.is_candidate).unwrap();
        let Preview::Curve(curve) = &core.preview else { panic!("{:?}", core.preview) };
        assert!(curve.len() > 100 && curve.iter().all(|value| (0.0..=1.0).contains(value)));
        assert!(images.iter().any(|image| matches!(image.preview, Preview::Picture(_))), "the survey image");
        let curves = images.iter().filter(|image| matches!(image.preview, Preview::Curve(_))).count();
        assert!(curves >= 4, "core loss, low loss, ABF and HAADF along the scan: {curves}");
    }

    #[test]
    fn tags_are_listed_under_the_groups_that_hold_them() {
        let tags = sample().tags;
        let exposure = tags.iter().find(|tag| tag.name == "Exposure (s)").unwrap();
        assert_eq!(tags[exposure.parent.unwrap()].depth + 1, exposure.depth);
        assert!(exposure.path.contains("EELS"), "{}", exposure.path);
        assert!(exposure.value.parse::<f64>().unwrap() > 0.0);
    }
}
