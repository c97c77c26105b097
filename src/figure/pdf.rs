//! Scene to PDF: true curves, embedded fonts, physical size.

use krilla::Document;
use krilla::embed::{AssociationKind, EmbeddedFile, MimeType};
use krilla::geom::Size;
use krilla::metadata::Metadata;
use krilla::page::PageSettings;
use krilla_svg::{SurfaceExt, SvgSettings};

use super::png::{PictureError, drawing};
use super::scene::Scene;
use crate::model::MM_PER_PT;

/// The scene as a PDF file of one page of its size. The title is what the scene shows; `creator` names the program,
/// `provenance` stands in the subject. `attachment` is a JSON file that the page was made from: its name and text.
///
/// # Errors
/// [`PictureError`] when the size is no size or the drawing cannot be put into PDF.
pub fn render(
    scene: &Scene,
    creator: &str,
    provenance: &[String],
    attachment: Option<(&str, &str)>,
) -> Result<Vec<u8>, PictureError> {
    let [width_pt, height_pt] = [scene.width_mm, scene.height_mm].map(|mm| (mm / MM_PER_PT) as f32);
    let bad_size = || PictureError::Page { width_mm: scene.width_mm, height_mm: scene.height_mm };
    let size = Size::from_wh(width_pt, height_pt).ok_or_else(bad_size)?;
    let settings = PageSettings::from_wh(width_pt, height_pt).ok_or_else(bad_size)?;
    let tree = drawing(scene)?;
    let mut document = Document::new();
    document.set_metadata(metadata(scene, creator, provenance));
    if let Some((name, text)) = attachment {
        document.embed_file(attached(name, text)).ok_or_else(|| PictureError::Pdf(format!("{name} is there twice")))?;
    }
    let mut page = document.start_page_with(settings);
    let mut surface = page.surface();
    let drawn = surface.draw_svg(&tree, size, SvgSettings::default());
    surface.finish();
    page.finish();
    drawn.ok_or_else(|| PictureError::Pdf("the drawing was refused".to_owned()))?;
    document.finish().map_err(|error| PictureError::Pdf(format!("{error:?}")))
}

/// No date: the same comparison gives the same bytes.
fn metadata(scene: &Scene, creator: &str, provenance: &[String]) -> Metadata {
    Metadata::new()
        .title(scene.description.clone())
        .creator(creator.to_owned())
        .description(provenance.join("; "))
        .keywords(["EELS", "line scan", "Moray"].map(str::to_owned).to_vec())
        .language("en".to_owned())
}

fn attached(name: &str, text: &str) -> EmbeddedFile {
    EmbeddedFile {
        path: name.to_owned(),
        mime_type: MimeType::new("application/json"),
        description: Some("What this figure was made from; Moray opens it".to_owned()),
        association_kind: AssociationKind::Source,
        data: text.as_bytes().to_vec().into(),
        modification_date: None,
        compress: Some(true),
        location: None,
    }
}
