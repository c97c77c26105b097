//! What colours, broken lines and markers stand for, and how each set of colours shows them on white.

use serde::Serialize;

use crate::model::ColourSet;

/// What a colour stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Colour {
    /// Text, frames, ticks.
    Ink,
    /// Zero lines and shaded windows.
    Quiet,
    /// On images: scale bars and their texts.
    Light,
    /// The part of a fit with this number.
    Part(usize),
    /// The reference.
    Reference,
    /// A site of a compared scan.
    Site {
        /// Number of the site's name: 0 for O1, 1 for O2.
        site: usize,
        /// Number of the scan.
        scan: usize,
    },
}

/// Hues by site, shades by scan. The first column keeps 14 or more steps of CIE lightness between reference, O1 and O2,
/// so they stay apart in greyscale; orange against blue-green stays apart for colour-blind readers.
const WARM_COOL: [[&str; 3]; 4] = [
    ["#e0561b", "#8f2f06", "#f0934d"],
    ["#0b6378", "#35a7bd", "#063a47"],
    ["#b8860b", "#6b4e00", "#dcb44c"],
    ["#7d3c98", "#b07acb", "#4a1d5e"],
];

/// The set of M. Okabe and K. Ito, "Color universal design" (2008), by site; the second and third scan take a darker
/// and a lighter shade.
const OKABE_ITO: [[&str; 3]; 4] = [
    ["#e69f00", "#a87400", "#f5c860"],
    ["#0072b2", "#004b76", "#56b4e9"],
    ["#cc79a7", "#8f4a70", "#e3b3cc"],
    ["#009e73", "#00664a", "#5cc7a8"],
];

/// Parts of a fit, in their order; they carry their names, so that colours need not be told apart.
const PARTS: [&str; 5] = ["#3b6fb6", "#5b9a3c", "#a64d79", "#b58b00", "#7a8290"];
const GREY_PARTS: [&str; 5] = ["#5f6368", "#80868b", "#9aa0a6", "#74787d", "#8a8f94"];

/// Greys by site; scans are told apart by their broken lines.
const GREYS: [[&str; 3]; 4] = [
    ["#8c8c8c", "#8c8c8c", "#8c8c8c"],
    ["#525252", "#525252", "#525252"],
    ["#a6a6a6", "#a6a6a6", "#a6a6a6"],
    ["#6e6e6e", "#6e6e6e", "#6e6e6e"],
];

impl Colour {
    /// How lines of what it stands for are broken: as the curves of its scan.
    pub(super) fn dash(self) -> Dash {
        match self {
            Self::Site { scan, .. } => Dash::of_scan(scan),
            _ => Dash::Solid,
        }
    }

    /// The colour as `#rrggbb`, on white.
    pub fn hex(self, set: ColourSet) -> &'static str {
        match self {
            Self::Ink => "#16181d",
            Self::Quiet => "#7a8290",
            Self::Light => "#ffffff",
            Self::Reference => "#1c2028",
            Self::Part(part) => {
                let parts = if set == ColourSet::Greyscale { &GREY_PARTS } else { &PARTS };
                parts[part % parts.len()]
            }
            Self::Site { site, scan } => {
                let sites = match set {
                    ColourSet::WarmCool => &WARM_COOL,
                    ColourSet::ColourBlind => &OKABE_ITO,
                    ColourSet::Greyscale => &GREYS,
                };
                let shades = &sites[site % sites.len()];
                shades[scan % shades.len()]
            }
        }
    }
}

/// How a curve's line is broken. The second and later scans are broken, so that shades need not be told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub enum Dash {
    /// Unbroken.
    #[default]
    Solid,
    /// Long strokes.
    Dashed,
    /// Long and short strokes.
    DashDot,
    /// Short strokes.
    Dotted,
}

impl Dash {
    /// The form of the scan with this number.
    pub fn of_scan(scan: usize) -> Self {
        [Self::Solid, Self::Dashed, Self::DashDot, Self::Dotted][scan % 4]
    }

    /// Lengths of strokes and gaps in line widths; empty for an unbroken line.
    pub fn pattern(self) -> &'static [f64] {
        match self {
            Self::Solid => &[],
            Self::Dashed => &[4.0, 1.6],
            Self::DashDot => &[4.5, 1.5, 1.2, 1.5],
            Self::Dotted => &[1.4, 1.4],
        }
    }
}

/// Form of a plotted point, by site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Marker {
    /// A disc.
    Circle,
    /// A square.
    Square,
    /// A square on its corner.
    Diamond,
    /// A triangle.
    Triangle,
}

impl Marker {
    /// The form of the site with this number.
    pub fn of_site(site: usize) -> Self {
        [Self::Circle, Self::Square, Self::Diamond, Self::Triangle][site % 4]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// CIE L* of a colour, 0 to 100 (IEC 61966-2-1 and CIE 15).
    fn lightness(colour: Colour, set: ColourSet) -> f64 {
        let channel = |at: usize| {
            let value = f64::from(u8::from_str_radix(&colour.hex(set)[at..at + 2], 16).unwrap()) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        let luminance = 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
        116.0 * luminance.cbrt() - 16.0
    }

    #[test]
    fn reference_o1_and_o2_stay_apart_in_greyscale_and_show_on_white_in_every_set() {
        let shades = [Colour::Reference, Colour::Site { site: 1, scan: 0 }, Colour::Site { site: 0, scan: 0 }];
        for set in [ColourSet::WarmCool, ColourSet::ColourBlind, ColourSet::Greyscale] {
            let levels: Vec<f64> = shades.iter().map(|&c| lightness(c, set)).collect();
            assert!(levels.windows(2).all(|pair| pair[1] - pair[0] > 14.0), "{levels:?}");
            assert!(levels[2] < 72.0, "{levels:?}");
        }
    }
}
