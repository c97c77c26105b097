//! Strain of the Ti diamond: both diagonals with their intervals, and every diamond across the picture.

use crate::analysis::image::{DiagonalStrain, LocalStrain, Measured, Strain};
use crate::model::FigureStyle;

use super::legend::{self, Entry};
use super::page::{
    Letters, MARGIN_MM, axis, bare_axis, bottom_gutter, heading, left_gutter, letter_room_mm, range, x_texts,
    y_numbers_mm, y_texts,
};
use super::rich::RichText;
use super::scene::{Frame, Item, Panel, Scene};
use super::style::{Colour, Dash, Marker};

/// Below this width the panels stand one below another, mm.
const SIDE_BY_SIDE_MM: f64 = 110.0;
/// Share of the width that the diagonals take beside the diamonds.
const DIAGONALS_SHARE: f64 = 0.4;
/// Space that numbers of the axes need, mm.
const NUMBER_PITCH_MM: [f64; 2] = [9.0, 7.0];

/// One diagonal as drawn.
struct Diagonal<'a> {
    name: &'static str,
    colour: Colour,
    marker: Marker,
    whole: &'a DiagonalStrain,
    local: fn(&LocalStrain) -> Measured,
}

impl Diagonal<'_> {
    /// Its strain with the limits of its 95 % interval.
    fn in_words(&self) -> String {
        let (strain, [lo, hi]) = (percent(self.whole.strain), self.whole.ci95.map(percent));
        format!("{}: {strain:.2} % ({lo:.2} to {hi:.2} %)", self.name).replace('-', "\u{2212}")
    }
}

/// Draws the strain of both diagonals with 95 % intervals, and diamond by diamond with their standard deviations.
pub fn strain(found: &Strain, style: &FigureStyle) -> Scene {
    let diagonals = [
        Diagonal {
            name: "Short diagonal",
            colour: Colour::Site { site: 0, scan: 0 },
            marker: Marker::Circle,
            whole: &found.short,
            local: |at| at.short,
        },
        Diagonal {
            name: "Long diagonal",
            colour: Colour::Site { site: 1, scan: 0 },
            marker: Marker::Square,
            whole: &found.long,
            local: |at| at.long,
        },
    ];
    let mut letters = Letters::of(style);
    let entries = diagonals.each_ref().map(|d| Entry::site(&d.in_words(), d.colour, d.marker));
    let gutter_mm = left_gutter(style);
    let (legend, legend_mm) = legend::above(&entries, MARGIN_MM + gutter_mm, style);
    let height_mm = (0.7 * style.row_height_mm - bottom_gutter(style)).max(20.0);
    let top_mm = MARGIN_MM + legend_mm;
    let room_mm = style.width_mm - MARGIN_MM;
    let beside = style.width_mm >= SIDE_BY_SIDE_MM;
    let first_mm = if beside { DIAGONALS_SHARE * room_mm } else { room_mm };
    let frame = |left_mm: f64, pitch_mm: f64, top_mm: f64| Frame {
        left_mm: left_mm + gutter_mm,
        top_mm,
        width_mm: pitch_mm - gutter_mm - MARGIN_MM,
        height_mm,
    };
    let below_mm = top_mm + height_mm + bottom_gutter(style) + MARGIN_MM;
    let whole = whole(&diagonals, frame(MARGIN_MM, first_mm, top_mm), letters.next(), style);
    let second = if beside {
        frame(MARGIN_MM + first_mm, room_mm - first_mm, top_mm)
    } else {
        frame(MARGIN_MM, room_mm, below_mm)
    };
    let local = local(&diagonals, &found.local, second, letters.next(), style);
    Scene {
        description: "Strain of the diagonals of the Ti diamond with 95 % intervals, and of every diamond".to_owned(),
        width_mm: style.width_mm,
        height_mm: second.bottom_mm() + bottom_gutter(style),
        style: style.clone(),
        panels: vec![whole, local],
        legend,
    }
}

fn percent(value: f64) -> f64 {
    100.0 * value
}

/// Both diagonals with their total 95 % intervals.
fn whole(diagonals: &[Diagonal<'_>; 2], frame: Frame, letter: Option<String>, style: &FigureStyle) -> Panel {
    let ends = diagonals.iter().flat_map(|d| d.whole.ci95).map(percent).chain([0.0]);
    let [lo, hi] = range(ends, 0.08);
    let lo = lo - letter_room_mm(style) / frame.width_mm * (hi - lo);
    let title = RichText::plain("Strain (%), 95 % interval");
    let x = axis(&title, [lo, hi], frame.width_mm, NUMBER_PITCH_MM[0]);
    let y = bare_axis("diagonal", [2.0, 0.0]);
    let items = vec![Item::Upright { x: 0.0 }];
    let mut panel = Panel { id: "strain".to_owned(), frame, x, y, items, labels: Vec::new() };
    for (k, diagonal) in diagonals.iter().enumerate() {
        let (at, interval) = (percent(diagonal.whole.strain), diagonal.whole.ci95.map(percent));
        panel.items.push(Item::Point {
            name: diagonal.name.to_owned(),
            colour: diagonal.colour,
            marker: diagonal.marker,
            at: [at, k as f64 + 0.5],
            interval: Some(interval),
        });
    }
    heading(&mut panel, letter, RichText::default(), style);
    x_texts(&mut panel, title, style);
    panel
}

/// Every diamond's strain against its place across the picture.
fn local(
    diagonals: &[Diagonal<'_>; 2],
    found: &[LocalStrain],
    frame: Frame,
    letter: Option<String>,
    style: &FigureStyle,
) -> Panel {
    let bar = |diagonal: &Diagonal<'_>, at: &LocalStrain| {
        let Measured { value, sigma } = (diagonal.local)(at);
        [value - sigma, value, value + sigma].map(percent)
    };
    let values = found.iter().flat_map(|at| diagonals.iter().flat_map(move |d| bar(d, at)));
    let [lo, hi] = range(values.chain([0.0]), 0.06);
    let title = RichText::plain("Position across (nm)");
    let upright = RichText::plain("Strain of a diamond (%), \u{b1}1\u{3c3}");
    let x = axis(&title, range(found.iter().map(|at| at.x_nm), 0.05), frame.width_mm, NUMBER_PITCH_MM[0]);
    // Room above the points for the letter.
    let y = axis(&upright, [lo, hi + 0.14 * (hi - lo)], frame.height_mm, NUMBER_PITCH_MM[1]);
    let mut items = vec![Item::Level { y: 0.0 }];
    for diagonal in diagonals {
        for at in found {
            let [low, value, high] = bar(diagonal, at);
            items.push(Item::Line {
                name: diagonal.name.to_owned(),
                colour: diagonal.colour,
                dash: Dash::Solid,
                width_pt: 0.6 * style.curve_pt,
                points: vec![[at.x_nm, low], [at.x_nm, high]],
            });
            items.push(Item::Point {
                name: diagonal.name.to_owned(),
                colour: diagonal.colour,
                marker: diagonal.marker,
                at: [at.x_nm, value],
                interval: Some([at.x_nm; 2]),
            });
        }
    }
    let mut panel = Panel { id: "local-strain".to_owned(), frame, x, y, items, labels: Vec::new() };
    heading(&mut panel, letter, RichText::default(), style);
    x_texts(&mut panel, title, style);
    let widest = y_numbers_mm(&panel, style);
    y_texts(&mut panel, upright, widest, style);
    panel
}
