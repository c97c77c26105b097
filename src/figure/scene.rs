//! The scene: everything that a figure shows, placed on the page in millimetres and coloured by role. Painters decide
//! nothing, so every picture of a scene shows the same.

use std::fmt::Write;

use serde::Serialize;

use super::raster::Raster;
use super::rich::{RichText, SCRIPT_SIZE, SUB_DROP_EM};
use super::style::{Colour, Dash, Marker};
use crate::model::{FigureStyle, FontFamily, MM_PER_PT};

/// Height of capitals and digits, em.
const CAP_EM: f64 = 0.73;
/// Depth of descenders, em.
const DESCENT_EM: f64 = 0.21;

/// A rectangle of the page, mm from its top left corner.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Frame {
    /// Left side.
    pub left_mm: f64,
    /// Top side.
    pub top_mm: f64,
    /// Width.
    pub width_mm: f64,
    /// Height.
    pub height_mm: f64,
}

impl Frame {
    /// Right side, mm.
    pub fn right_mm(&self) -> f64 {
        self.left_mm + self.width_mm
    }

    /// Bottom side, mm.
    pub fn bottom_mm(&self) -> f64 {
        self.top_mm + self.height_mm
    }

    /// The frame with every side moved outwards.
    pub fn grown(&self, by_mm: f64) -> Self {
        Self {
            left_mm: self.left_mm - by_mm,
            top_mm: self.top_mm - by_mm,
            width_mm: self.width_mm + 2.0 * by_mm,
            height_mm: self.height_mm + 2.0 * by_mm,
        }
    }

    /// Whether two frames share an area.
    pub fn meets(&self, other: &Self) -> bool {
        self.left_mm < other.right_mm()
            && other.left_mm < self.right_mm()
            && self.top_mm < other.bottom_mm()
            && other.top_mm < self.bottom_mm()
    }

    /// Whether another frame lies inside.
    pub fn holds(&self, other: &Self) -> bool {
        other.left_mm >= self.left_mm
            && other.top_mm >= self.top_mm
            && other.right_mm() <= self.right_mm()
            && other.bottom_mm() <= self.bottom_mm()
    }
}

/// An axis of a panel: quantity with unit, range, ticks. Ticks stand inside the frame, on both sides.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Axis {
    /// Quantity and unit.
    pub title: String,
    /// Value at the left or bottom side, and at the right or top side.
    pub range: [f64; 2],
    /// Long ticks.
    pub major: Vec<f64>,
    /// Short ticks.
    pub minor: Vec<f64>,
}

impl Axis {
    /// Where a value lies: 0 at the first end of the range, 1 at the second.
    pub fn share(&self, value: f64) -> f64 {
        (value - self.range[0]) / (self.range[1] - self.range[0])
    }
}

/// Where a text stands relative to its anchor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Align {
    /// It begins there.
    Start,
    /// Its middle is there.
    Middle,
    /// It ends there.
    End,
}

/// A placed text.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Label {
    /// The text.
    pub text: RichText,
    /// Anchor on the baseline, mm of the page.
    pub at_mm: [f64; 2],
    /// Which part of the text is at the anchor.
    pub align: Align,
    /// Font.
    pub font: FontFamily,
    /// Size, pt.
    pub size_pt: f64,
    /// Colour.
    pub colour: Colour,
    /// Whether the text runs upwards.
    pub upwards: bool,
}

impl Label {
    /// The page area that the text takes up, capitals and descenders included.
    pub fn bounds(&self) -> Frame {
        let em = self.size_pt * MM_PER_PT;
        let along = self.text.width_em(self.font) * em;
        let before = match self.align {
            Align::Start => 0.0,
            Align::Middle => 0.5 * along,
            Align::End => along,
        };
        let (above, below) = (CAP_EM * em, self.depth_em() * em);
        let [x, y] = self.at_mm;
        if self.upwards {
            let (left_mm, top_mm) = (x - above, y + before - along);
            Frame { left_mm, top_mm, width_mm: above + below, height_mm: along }
        } else {
            Frame { left_mm: x - before, top_mm: y - above, width_mm: along, height_mm: above + below }
        }
    }

    fn depth_em(&self) -> f64 {
        let sub = if self.text.has_sub() { SUB_DROP_EM + SCRIPT_SIZE * DESCENT_EM } else { 0.0 };
        let hangs = |c: char| "gjpqy,;()[]Q\u{2026}".contains(c) || !c.is_ascii();
        let hanging = self.text.runs.iter().any(|run| run.text.contains(hangs));
        if hanging { sub.max(DESCENT_EM) } else { sub.max(0.02) }
    }

    /// Moves the text so that the bottom of its area is at `bottom_mm`.
    pub(super) fn standing_on(mut self, bottom_mm: f64) -> Self {
        self.at_mm[1] += bottom_mm - self.bounds().bottom_mm();
        self
    }
}

/// Something drawn in a panel, in the units of its axes. Points that are not finite are left out and interrupt a line.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub enum Item {
    /// A shaded range of x.
    Window {
        /// What it is.
        name: String,
        /// From and to.
        range: [f64; 2],
    },
    /// A range of y around a curve, `[x, lower, upper]`.
    Band {
        /// What it is.
        name: String,
        /// Colour, drawn faintly.
        colour: Colour,
        /// The limits.
        points: Vec<[f64; 3]>,
    },
    /// The area between a curve and zero.
    Fill {
        /// What it is.
        name: String,
        /// Colour, drawn faintly.
        colour: Colour,
        /// The curve.
        points: Vec<[f64; 2]>,
    },
    /// A curve.
    Line {
        /// What it is.
        name: String,
        /// Colour.
        colour: Colour,
        /// How it is broken.
        dash: Dash,
        /// Width, pt.
        width_pt: f64,
        /// The curve.
        points: Vec<[f64; 2]>,
    },
    /// A thin line across the panel at a value of y.
    Level {
        /// The value.
        y: f64,
    },
    /// A thin line down the panel at a value of x.
    Upright {
        /// The value.
        x: f64,
    },
    /// A picture.
    Image {
        /// What it is.
        name: String,
        /// Its pixels.
        raster: Raster,
        /// Where its left and right sides lie.
        x: [f64; 2],
        /// Where its top and bottom sides lie.
        y: [f64; 2],
    },
    /// A filled rectangle.
    Patch {
        /// What it is.
        name: String,
        /// Colour.
        colour: Colour,
        /// From 0, not to be seen, to 1.
        opacity: f64,
        /// From and to along x.
        x: [f64; 2],
        /// From and to along y.
        y: [f64; 2],
    },
    /// A ring.
    Ring {
        /// What it is.
        name: String,
        /// Colour.
        colour: Colour,
        /// Its middle.
        at: [f64; 2],
        /// Its radius, in units of x.
        radius: f64,
    },
    /// A point with its interval along x. Without an interval the marker is hollow.
    Point {
        /// What it is.
        name: String,
        /// Colour.
        colour: Colour,
        /// Form.
        marker: Marker,
        /// Where.
        at: [f64; 2],
        /// From and to.
        interval: Option<[f64; 2]>,
    },
}

/// A panel: frame, axes, what is drawn in it, and its texts.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Panel {
    /// Short name, such as `o-k`.
    pub id: String,
    /// The frame on the page.
    pub frame: Frame,
    /// Horizontal axis.
    pub x: Axis,
    /// Vertical axis.
    pub y: Axis,
    /// What is drawn, back to front, cut off at the frame.
    pub items: Vec<Item>,
    /// Texts: numbers, axis titles, letter, peak labels.
    pub labels: Vec<Label>,
}

impl Panel {
    /// The point of the axes that lies at a place of the page, mm.
    pub fn value(&self, [x_mm, y_mm]: [f64; 2]) -> [f64; 2] {
        let along = |axis: &Axis, share: f64| axis.range[0] + share * (axis.range[1] - axis.range[0]);
        [
            along(&self.x, (x_mm - self.frame.left_mm) / self.frame.width_mm),
            along(&self.y, (self.frame.bottom_mm() - y_mm) / self.frame.height_mm),
        ]
    }

    /// Where a point of the axes lies on the page, mm.
    pub fn place(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        [
            self.frame.left_mm + self.x.share(x) * self.frame.width_mm,
            self.frame.bottom_mm() - self.y.share(y) * self.frame.height_mm,
        ]
    }
}

/// One entry of the legend.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LegendEntry {
    /// Colour of the sample.
    pub colour: Colour,
    /// How its line is broken.
    pub dash: Dash,
    /// Marker on the line, when points are explained.
    pub marker: Option<Marker>,
    /// Left and right end of the sample and its height on the page, mm.
    pub sample_mm: [f64; 3],
    /// The name.
    pub label: Label,
}

/// A whole figure.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Scene {
    /// What it shows, in a sentence for those who cannot see it.
    pub description: String,
    /// Width of the page, mm.
    pub width_mm: f64,
    /// Height of the page, mm.
    pub height_mm: f64,
    /// Sizes of lines.
    pub style: FigureStyle,
    /// Panels.
    pub panels: Vec<Panel>,
    /// Legends, without a box.
    pub legend: Vec<LegendEntry>,
}

impl Scene {
    /// Every text of the scene.
    pub fn labels(&self) -> impl Iterator<Item = &Label> {
        let panels = self.panels.iter().flat_map(|panel| &panel.labels);
        panels.chain(self.legend.iter().map(|entry| &entry.label))
    }

    /// Characters that the embedded font cannot draw, sorted; viewers of an SVG may find them in other fonts, pictures
    /// show an empty box.
    pub fn missing_characters<'a>(&'a self) -> Vec<char> {
        let faces = |label: &'a Label| label.text.runs.iter().map(|run| (run, run.face(label.font)));
        let runs = self.labels().flat_map(faces);
        let missing = runs.flat_map(|(run, face)| run.text.chars().filter(move |&c| !face.has(c)));
        missing.collect::<std::collections::BTreeSet<_>>().into_iter().collect()
    }

    /// The scene as text, one line for each thing shown, for reading and for comparison.
    pub fn outline(&self) -> String {
        let mut out = format!("{:.1} x {:.1} mm: {}\n", self.width_mm, self.height_mm, self.description);
        for panel in &self.panels {
            panel.outline(&mut out);
        }
        for entry in &self.legend {
            line(&mut out, format_args!("legend {:?} {:?} {:?}", entry.colour, entry.dash, entry.marker));
            entry.label.outline(&mut out);
        }
        out
    }
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = writeln!(out, "{text}");
}

impl Panel {
    fn outline(&self, out: &mut String) {
        let f = &self.frame;
        let place = format!("{:.2},{:.2} {:.2} x {:.2}", f.left_mm, f.top_mm, f.width_mm, f.height_mm);
        line(out, format_args!("panel {} at {place} mm", self.id));
        for (name, axis) in [("x", &self.x), ("y", &self.y)] {
            let [from, to] = axis.range;
            line(out, format_args!("  {name} \"{}\" {from:.3}..{to:.3}, ticks {}", axis.title, list(&axis.major)));
        }
        for item in &self.items {
            line(out, format_args!("  {}", item.outline()));
        }
        for label in &self.labels {
            label.outline(out);
        }
    }
}

fn list(values: &[f64]) -> String {
    values.iter().map(|v| format!("{v:.3}")).collect::<Vec<_>>().join(" ")
}

impl Item {
    fn outline(&self) -> String {
        let largest = |values: &mut dyn Iterator<Item = f64>| values.fold(f64::NEG_INFINITY, f64::max);
        match self {
            Self::Window { name, range } => format!("window {name} {:.2}..{:.2}", range[0], range[1]),
            Self::Band { name, colour, points } => {
                let top = largest(&mut points.iter().map(|p| p[2]));
                format!("band {name} {colour:?}, {} points, up to {top:.3}", points.len())
            }
            Self::Fill { name, colour, points } => {
                let top = largest(&mut points.iter().map(|p| p[1].abs()));
                format!("fill {name} {colour:?}, {} points, up to {top:.3}", points.len())
            }
            Self::Line { name, colour, dash, width_pt, points } => {
                let top = largest(&mut points.iter().map(|p| p[1]));
                format!("line {name} {colour:?} {dash:?} {width_pt} pt, {} points, up to {top:.3}", points.len())
            }
            Self::Image { name, raster, x, y } => {
                format!("image {name} {} x {} at {x:.2?} {y:.2?}", raster.width, raster.height)
            }
            Self::Patch { name, colour, x, y, .. } => format!("patch {name} {colour:?} {x:.2?} {y:.2?}"),
            Self::Ring { name, colour, at, radius } => format!("ring {name} {colour:?} at {at:.2?}, {radius:.2}"),
            Self::Level { y } => format!("level {y}"),
            Self::Upright { x } => format!("upright {x}"),
            Self::Point { name, colour, marker, at, interval } => {
                let bar = interval.map_or_else(|| "no interval".to_owned(), |[lo, hi]| format!("{lo:.2}..{hi:.2}"));
                format!("point {name} {colour:?} {marker:?} at {:.2},{:.2}, {bar}", at[0], at[1])
            }
        }
    }
}

impl Label {
    fn outline(&self, out: &mut String) {
        let [x, y] = self.at_mm;
        let way = if self.upwards { " upwards" } else { "" };
        line(out, format_args!("  text \"{}\" {:?} at {x:.2},{y:.2}{way} {} pt", self.text, self.align, self.size_pt));
    }
}
