//! How figures look, as data that is saved, shared and drawn from: sizes in print units, fonts, palettes, what is shown.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::EnergyWindow;

/// Millimetres in a typographic point.
pub const MM_PER_PT: f64 = 25.4 / 72.0;

/// Version of the saved form.
const SCHEMA: u32 = 1;

/// The embedded font families.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FontFamily {
    /// Widths of Arial and Helvetica.
    #[default]
    LiberationSans,
    /// Widths of Times.
    LiberationSerif,
}

/// Colours of curves and points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ColourSet {
    /// Warm against cool, apart for colour-blind readers and in greyscale.
    #[default]
    WarmCool,
    /// The set of Okabe and Ito, made for colour-blind readers.
    ColourBlind,
    /// Greys alone.
    Greyscale,
}

/// Where the legend stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LegendPlace {
    /// Within a panel where there is room, above the panels otherwise.
    #[default]
    Auto,
    /// Within a panel; long names are cut.
    Inside,
    /// Above the panels.
    Above,
    /// Nowhere.
    None,
}

/// How peaks are named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PeakLabels {
    /// Close above the curves.
    #[default]
    Plain,
    /// Further above, with a line down to the curves.
    Leaders,
    /// Not at all.
    None,
}

/// How panels are lettered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PanelLetters {
    /// **a**
    #[default]
    Lower,
    /// **A**
    Upper,
    /// (a)
    Parentheses,
    /// Not at all.
    None,
}

impl PanelLetters {
    /// What stands in the panel with this number; nothing when panels are not lettered or there are too many.
    pub fn text(self, number: usize) -> Option<String> {
        let letter = ('a'..='z').nth(number)?;
        match self {
            Self::Lower => Some(letter.to_string()),
            Self::Upper => Some(letter.to_ascii_uppercase().to_string()),
            Self::Parentheses => Some(format!("({letter})")),
            Self::None => None,
        }
    }
}

/// What a figure shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FigureKind {
    /// Every edge with its sites over the reference, differences below, and the drops.
    Comparison,
    /// Site minus reference with its standard deviation, large.
    Differences,
    /// The drops with their intervals.
    Drops,
    /// The line scan as a map with its sites and a profile.
    LineScan,
    /// The survey image with the line and its sites.
    Survey,
    /// The joint fit with its components.
    JointFit,
    /// Ti L against the reference with the measures of its invariance.
    TiL,
}

impl FigureKind {
    /// All kinds, in the order offered.
    pub const ALL: [Self; 7] =
        [Self::Comparison, Self::Differences, Self::Drops, Self::LineScan, Self::Survey, Self::JointFit, Self::TiL];

    /// Stem of the files, which is its name on the command line too.
    pub fn stem(self) -> &'static str {
        match self {
            Self::Comparison => "figure",
            Self::Differences => "differences",
            Self::Drops => "drops",
            Self::LineScan => "line-scan",
            Self::Survey => "survey",
            Self::JointFit => "joint-fit",
            Self::TiL => "ti-l",
        }
    }
}

/// Everything that decides how figures look. Absent fields of the saved form have the values of two columns of a
/// journal page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FigureStyle {
    /// Version of this form; 1.
    pub schema: u32,
    /// Width of the figure, mm.
    pub width_mm: f64,
    /// Height of one row of panels, mm.
    pub row_height_mm: f64,
    /// Font.
    pub font: FontFamily,
    /// Size of text, pt.
    pub font_pt: f64,
    /// Size of panel letters, pt.
    pub letter_pt: f64,
    /// Width of frames and ticks, pt.
    pub axis_pt: f64,
    /// Width of curves, pt.
    pub curve_pt: f64,
    /// Pixels per inch of pictures.
    pub dpi: f64,
    /// Whether the page is left out of pictures instead of being white.
    pub transparent: bool,
    /// Colours.
    pub colours: ColourSet,
    /// Legend.
    pub legend: LegendPlace,
    /// Names of peaks.
    pub peak_labels: PeakLabels,
    /// Letters of panels.
    pub panel_letters: PanelLetters,
    /// Whether there are ticks between the numbered ones.
    pub minor_ticks: bool,
    /// Whether curves have their 1-sigma bands.
    pub bands: bool,
    /// Whether site minus reference is drawn below the curves.
    pub differences: bool,
    /// Whether integration windows are shaded.
    pub shade_windows: bool,
    /// Whether images have a scale bar.
    pub scale_bar: bool,
    /// Shift of each curve against the one before, as a share of the reference's maximum; 0 lays them over each other.
    pub offset: f64,
    /// Energy range of edges, by name, calibrated eV; the recipe's for those not named.
    pub energy_ranges_ev: BTreeMap<String, EnergyWindow>,
    /// Figures composed on one page, row by row; empty for no page.
    pub page: Vec<Vec<FigureKind>>,
}

impl Default for FigureStyle {
    fn default() -> Self {
        Self {
            schema: SCHEMA,
            width_mm: 178.0,
            row_height_mm: 74.0,
            font: FontFamily::default(),
            font_pt: 7.0,
            letter_pt: 8.5,
            axis_pt: 0.6,
            curve_pt: 0.9,
            dpi: 300.0,
            transparent: false,
            colours: ColourSet::default(),
            legend: LegendPlace::default(),
            peak_labels: PeakLabels::default(),
            panel_letters: PanelLetters::default(),
            minor_ticks: true,
            bands: true,
            differences: true,
            shade_windows: false,
            scale_bar: true,
            offset: 0.0,
            energy_ranges_ev: BTreeMap::new(),
            page: Vec::new(),
        }
    }
}

/// Why a text is not a style.
#[derive(Debug, thiserror::Error)]
pub enum StyleError {
    /// Not JSON, or not a style.
    #[error("not a figure style: {0}")]
    Json(#[from] serde_json::Error),
    /// Written by a later version.
    #[error("the figure style has schema {0}, which this version does not know")]
    Schema(u32),
    /// A size cannot be drawn.
    #[error("{field} is {value}; it must lie between {least} and {most}")]
    OutOfRange {
        /// The field.
        field: &'static str,
        /// Its value.
        value: f64,
        /// Least value allowed.
        least: f64,
        /// Largest value allowed.
        most: f64,
    },
}

impl FigureStyle {
    /// Widths that journals print, mm, with heights of rows that suit them: one column (85), one and a half (130),
    /// two (178).
    pub const COLUMNS: [(&str, f64, f64); 3] =
        [("single column", 85.0, 56.0), ("1.5 columns", 130.0, 62.0), ("double column", 178.0, 74.0)];

    /// Size of text, mm.
    pub fn font_mm(&self) -> f64 {
        self.font_pt * MM_PER_PT
    }

    /// The style with another width, for a part of a page.
    #[must_use]
    pub fn wide(&self, width_mm: f64) -> Self {
        Self { width_mm, ..self.clone() }
    }

    /// The JSON form, indented, ending in a line feed.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).map(|text| text + "\n").unwrap_or_default()
    }

    /// A style from its JSON form, checked.
    ///
    /// # Errors
    /// [`StyleError`] when it is not a style, too new, or has a size that cannot be drawn.
    pub fn from_json(text: &str) -> Result<Self, StyleError> {
        let style: Self = serde_json::from_str(text)?;
        style.check()?;
        Ok(style)
    }

    /// Checks that every size can be drawn.
    ///
    /// # Errors
    /// [`StyleError`] naming the first field at fault.
    pub fn check(&self) -> Result<(), StyleError> {
        if self.schema != SCHEMA {
            return Err(StyleError::Schema(self.schema));
        }
        let sizes = [
            ("width_mm", self.width_mm, 40.0, 400.0),
            ("row_height_mm", self.row_height_mm, 25.0, 400.0),
            ("font_pt", self.font_pt, 4.0, 24.0),
            ("letter_pt", self.letter_pt, 4.0, 36.0),
            ("axis_pt", self.axis_pt, 0.1, 4.0),
            ("curve_pt", self.curve_pt, 0.1, 6.0),
            ("dpi", self.dpi, 50.0, 1200.0),
            ("offset", self.offset, 0.0, 5.0),
        ];
        match sizes.into_iter().find(|(_, value, least, most)| !(least..=most).contains(&value)) {
            Some((field, value, least, most)) => Err(StyleError::OutOfRange { field, value, least, most }),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_style_survives_a_round_trip_and_absent_fields_have_their_defaults() {
        let mut style = FigureStyle { colours: ColourSet::Greyscale, offset: 0.4, ..FigureStyle::default() };
        style.energy_ranges_ev.insert("O K".into(), EnergyWindow::new(525.0, 550.0).unwrap());
        style.page = vec![vec![FigureKind::LineScan, FigureKind::Drops]];
        assert_eq!(FigureStyle::from_json(&style.to_json()).unwrap(), style);
        assert_eq!(FigureStyle::from_json("{}").unwrap(), FigureStyle::default());
    }

    #[test]
    fn sizes_that_cannot_be_drawn_unknown_fields_and_later_versions_are_refused() {
        for (text, what) in [
            (r#"{"font_pt": 0}"#, "font_pt is 0"),
            (r#"{"dpi": 5000}"#, "dpi is 5000"),
            (r#"{"colour": "red"}"#, "unknown field"),
            (r#"{"schema": 2}"#, "schema 2"),
        ] {
            let error = FigureStyle::from_json(text).unwrap_err().to_string();
            assert!(error.contains(what), "{error}");
        }
    }

    #[test]
    fn letters_follow_the_style_and_end_with_the_alphabet() {
        assert_eq!(PanelLetters::Parentheses.text(2).unwrap(), "(c)");
        assert_eq!(PanelLetters::Upper.text(0).unwrap(), "A");
        assert_eq!(PanelLetters::Lower.text(26), None);
        assert_eq!(PanelLetters::None.text(0), None);
    }
}
