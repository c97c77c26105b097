//! Scene to PNG, on the processor alone: the same picture on every machine.

use resvg::tiny_skia::{Color, Pixmap, Transform};
use resvg::usvg;

use super::font::{database, family_name};
use super::scene::Scene;
use super::svg;

/// Largest side of a picture, pixels.
const LARGEST_SIDE: f64 = 20_000.0;
const MM_PER_INCH: f64 = 25.4;
/// Notes of more bytes are compressed.
const LONG_NOTE: usize = 1000;

/// Why a picture could not be painted.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// The picture would have no pixel or too many; choose another size or resolution.
    #[error("a figure of {width_mm} x {height_mm} mm at {dpi} dpi cannot be painted")]
    Size {
        /// Width, mm.
        width_mm: f64,
        /// Height, mm.
        height_mm: f64,
        /// Pixels per inch.
        dpi: f64,
    },
    /// The painter refused the drawing: a fault of the program.
    #[error("the figure could not be drawn: {0}")]
    Drawing(#[from] usvg::Error),
    /// The page would have no size.
    #[error("a page of {width_mm} x {height_mm} mm cannot be made")]
    Page {
        /// Width, mm.
        width_mm: f64,
        /// Height, mm.
        height_mm: f64,
    },
    /// The drawing could not be put into PDF: a fault of the program.
    #[error("the figure could not be put into PDF: {0}")]
    Pdf(String),
    /// The picture could not be encoded.
    #[error("the figure could not be encoded: {0}")]
    Encoding(#[from] png::EncodingError),
}

/// The scene as a PNG file, on white unless its style leaves the page out, with its resolution and one text chunk for each note `(keyword, text)`.
///
/// # Errors
/// [`PictureError`] when the size cannot be painted or a note's keyword is not one that PNG allows.
pub fn render(scene: &Scene, dpi: f64, notes: &[(&str, &str)]) -> Result<Vec<u8>, PictureError> {
    let pixmap = paint(scene, dpi)?;
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, pixmap.width(), pixmap.height());
    let transparent = scene.style.transparent;
    encoder.set_color(if transparent { png::ColorType::Rgba } else { png::ColorType::Rgb });
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Balanced);
    let per_metre = (dpi * 1000.0 / MM_PER_INCH).round() as u32;
    let unit = png::Unit::Meter;
    encoder.set_pixel_dims(Some(png::PixelDimensions { xppu: per_metre, yppu: per_metre, unit }));
    for (keyword, text) in notes {
        // tEXt holds Latin-1 only; everything else goes into iTXt, which is UTF-8. Long texts follow, compressed.
        if text.len() > LONG_NOTE {
            continue;
        } else if text.chars().all(|c| u32::from(c) < 256) {
            encoder.add_text_chunk((*keyword).to_owned(), (*text).to_owned())?;
        } else {
            encoder.add_itxt_chunk((*keyword).to_owned(), (*text).to_owned())?;
        }
    }
    let mut writer = encoder.write_header()?;
    for (keyword, text) in notes.iter().filter(|(_, text)| text.len() > LONG_NOTE) {
        let mut chunk = png::text_metadata::ITXtChunk::new(*keyword, *text);
        chunk.compressed = true;
        writer.write_text_chunk(&chunk)?;
    }
    writer.write_image_data(&samples(&pixmap, transparent))?;
    writer.finish()?;
    Ok(bytes)
}

/// The bytes of a PNG: colours as they are, not multiplied by how opaque they are.
fn samples(pixmap: &Pixmap, transparent: bool) -> Vec<u8> {
    let colours = pixmap.pixels().iter().map(|pixel| pixel.demultiply());
    if transparent {
        colours.flat_map(|c| [c.red(), c.green(), c.blue(), c.alpha()]).collect()
    } else {
        colours.flat_map(|c| [c.red(), c.green(), c.blue()]).collect()
    }
}

/// Red, green, blue and how opaque it is for every pixel of a scene, with its size.
///
/// # Errors
/// [`PictureError`] when the size cannot be painted.
pub fn pixels(scene: &Scene, dpi: f64) -> Result<([usize; 2], Vec<u8>), PictureError> {
    let pixmap = paint(scene, dpi)?;
    Ok(([pixmap.width() as usize, pixmap.height() as usize], samples(&pixmap, true)))
}

/// Pixels of a scene, on white unless its style leaves the page out.
fn paint(scene: &Scene, dpi: f64) -> Result<Pixmap, PictureError> {
    let bad_size = || PictureError::Size { width_mm: scene.width_mm, height_mm: scene.height_mm, dpi };
    let side = |mm: f64| {
        let pixels = (mm / MM_PER_INCH * dpi).round();
        (1.0..=LARGEST_SIDE).contains(&pixels).then_some(pixels as u32)
    };
    let (width, height) = side(scene.width_mm).zip(side(scene.height_mm)).ok_or_else(bad_size)?;
    let mut pixmap = Pixmap::new(width, height).ok_or_else(bad_size)?;
    // The page's size is rounded to whole pixels: what the drawing does not reach must be white as well.
    if !scene.style.transparent {
        pixmap.fill(Color::WHITE);
    }
    let tree = drawing(scene)?;
    let scale = Transform::from_scale(width as f32 / tree.size().width(), height as f32 / tree.size().height());
    resvg::render(&tree, scale, &mut pixmap.as_mut());
    Ok(pixmap)
}

/// The scene as shapes and laid out text, with the embedded fonts only.
pub(super) fn drawing(scene: &Scene) -> Result<usvg::Tree, usvg::Error> {
    let options = usvg::Options {
        font_family: family_name(scene.style.font).to_owned(),
        fontdb: database(),
        ..usvg::Options::default()
    };
    usvg::Tree::from_str(&svg::render(scene, &[]), &options)
}
