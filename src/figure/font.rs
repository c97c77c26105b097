//! The embedded font family: widths for layout, bytes for painting. System fonts are never used.

use std::sync::{Arc, LazyLock};

use resvg::usvg::fontdb;
use ttf_parser::Face;

/// Name of the embedded family, first choice of every SVG text.
pub const FAMILY: &str = "Liberation Sans";

static REGULAR: &[u8] = include_bytes!("../../assets/fonts/LiberationSans-Regular.ttf");
static ITALIC: &[u8] = include_bytes!("../../assets/fonts/LiberationSans-Italic.ttf");
static BOLD: &[u8] = include_bytes!("../../assets/fonts/LiberationSans-Bold.ttf");
static BOLD_ITALIC: &[u8] = include_bytes!("../../assets/fonts/LiberationSans-BoldItalic.ttf");

/// Which member of the family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FontFace {
    /// Bold weight.
    pub bold: bool,
    /// Italic slope.
    pub italic: bool,
}

struct Family {
    regular: Face<'static>,
    italic: Face<'static>,
    bold: Face<'static>,
    bold_italic: Face<'static>,
}

static FACES: LazyLock<Family> = LazyLock::new(|| {
    let face = |bytes| Face::parse(bytes, 0).expect("the embedded fonts are whole: a test reads them");
    Family { regular: face(REGULAR), italic: face(ITALIC), bold: face(BOLD), bold_italic: face(BOLD_ITALIC) }
});

static DATABASE: LazyLock<Arc<fontdb::Database>> = LazyLock::new(|| {
    let mut database = fontdb::Database::new();
    for bytes in [REGULAR, ITALIC, BOLD, BOLD_ITALIC] {
        database.load_font_source(fontdb::Source::Binary(Arc::new(bytes)));
    }
    Arc::new(database)
});

/// The embedded fonts and nothing else, for the painter.
pub(super) fn database() -> Arc<fontdb::Database> {
    DATABASE.clone()
}

impl FontFace {
    fn face(self) -> &'static Face<'static> {
        match (self.bold, self.italic) {
            (false, false) => &FACES.regular,
            (false, true) => &FACES.italic,
            (true, false) => &FACES.bold,
            (true, true) => &FACES.bold_italic,
        }
    }

    /// Whether the face can draw a character.
    pub fn has(self, character: char) -> bool {
        self.face().glyph_index(character).is_some()
    }

    /// Width of a text in em, from the advance widths (kerning only makes it narrower). A character that the face
    /// lacks counts one em.
    pub fn width_em(self, text: &str) -> f64 {
        let face = self.face();
        let per_em = f64::from(face.units_per_em());
        let advance = |c| face.glyph_index(c).and_then(|glyph| face.glyph_hor_advance(glyph));
        text.chars().map(|c| advance(c).map_or(1.0, |units| f64::from(units) / per_em)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_embedded_face_reads_and_is_found_under_the_family_name() {
        for (bold, italic) in [(false, false), (false, true), (true, false), (true, true)] {
            assert!(FontFace { bold, italic }.has('\u{2212}'));
        }
        let names = database().faces().flat_map(|face| face.families.clone()).collect::<Vec<_>>();
        assert_eq!(names.iter().filter(|(name, _)| name == FAMILY).count(), 4);
    }

    #[test]
    fn widths_are_those_of_the_metric_compatible_original() {
        // Arial: digits 1139 of 2048 units, space 569.
        let regular = FontFace { bold: false, italic: false };
        assert!((regular.width_em("00 ") - (2.0 * 1139.0 + 569.0) / 2048.0).abs() < 1e-9);
    }
}
