//! The embedded font families: widths for layout, bytes for painting. System fonts are never used.

use std::sync::{Arc, LazyLock};

use resvg::usvg::fontdb;
use ttf_parser::Face;

use crate::model::FontFamily;

/// Name of a family, first choice of every SVG text.
pub fn family_name(family: FontFamily) -> &'static str {
    match family {
        FontFamily::LiberationSans => "Liberation Sans",
        FontFamily::LiberationSerif => "Liberation Serif",
    }
}

/// A family with what may stand in for it where it is not installed: fonts of the same widths.
pub(super) fn css_families(family: FontFamily) -> &'static str {
    match family {
        FontFamily::LiberationSans => "Liberation Sans, Arial, Helvetica, sans-serif",
        FontFamily::LiberationSerif => "Liberation Serif, Times New Roman, Times, serif",
    }
}

macro_rules! embedded {
    ($family:literal) => {
        [
            include_bytes!(concat!("../../assets/fonts/", $family, "-Regular.ttf")),
            include_bytes!(concat!("../../assets/fonts/", $family, "-Italic.ttf")),
            include_bytes!(concat!("../../assets/fonts/", $family, "-Bold.ttf")),
            include_bytes!(concat!("../../assets/fonts/", $family, "-BoldItalic.ttf")),
        ]
    };
}

/// Regular, italic, bold, bold italic.
static SANS: [&[u8]; 4] = embedded!("LiberationSans");
static SERIF: [&[u8]; 4] = embedded!("LiberationSerif");

/// Which face of which family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FontFace {
    /// Family.
    pub family: FontFamily,
    /// Bold weight.
    pub bold: bool,
    /// Italic slope.
    pub italic: bool,
}

static FACES: LazyLock<[[Face<'static>; 4]; 2]> = LazyLock::new(|| {
    let face = |bytes| Face::parse(bytes, 0).expect("the embedded fonts are whole: a test reads them");
    [SANS.map(face), SERIF.map(face)]
});

static DATABASE: LazyLock<Arc<fontdb::Database>> = LazyLock::new(|| {
    let mut database = fontdb::Database::new();
    for bytes in SANS.into_iter().chain(SERIF) {
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
        let [sans, serif] = &*FACES;
        let [regular, italic, bold, bold_italic] = match self.family {
            FontFamily::LiberationSans => sans,
            FontFamily::LiberationSerif => serif,
        };
        match (self.bold, self.italic) {
            (false, false) => regular,
            (false, true) => italic,
            (true, false) => bold,
            (true, true) => bold_italic,
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

    const FAMILIES: [FontFamily; 2] = [FontFamily::LiberationSans, FontFamily::LiberationSerif];

    #[test]
    fn every_embedded_face_reads_and_is_found_under_its_family_name() {
        let names = database().faces().flat_map(|face| face.families.clone()).collect::<Vec<_>>();
        for family in FAMILIES {
            for (bold, italic) in [(false, false), (false, true), (true, false), (true, true)] {
                assert!(FontFace { family, bold, italic }.has('\u{2212}'));
            }
            assert_eq!(names.iter().filter(|(name, _)| name == family_name(family)).count(), 4);
            assert!(css_families(family).starts_with(family_name(family)));
        }
    }

    #[test]
    fn widths_are_those_of_the_metric_compatible_originals() {
        // Arial: digits 1139 of 2048 units, space 569; Times New Roman: 1024 and 512.
        let width = |family| FontFace { family, bold: false, italic: false }.width_em("00 ");
        assert!((width(FontFamily::LiberationSans) - (2.0 * 1139.0 + 569.0) / 2048.0).abs() < 1e-9);
        assert!((width(FontFamily::LiberationSerif) - (2.0 * 1024.0 + 512.0) / 2048.0).abs() < 1e-9);
    }
}
