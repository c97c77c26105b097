//! The signal of a picture along a line, as a scan would have recorded it.

use crate::analysis::image::LineProfile;
use crate::model::FigureStyle;

use super::page::{MARGIN_MM, axis, bottom_gutter, heading, left_gutter, range, x_texts, y_numbers_mm, y_texts};
use super::rich::RichText;
use super::scene::{Frame, Item, Panel, Scene};
use super::style::{Colour, Dash};

/// Space that numbers of the axes need, mm.
const NUMBER_PITCH_MM: [f64; 2] = [9.0, 7.0];

/// Draws a profile along a line; its standard errors as a band where they are known.
pub fn picture_profile(profile: &LineProfile, style: &FigureStyle) -> Scene {
    let gutter_mm = left_gutter(style);
    let frame = Frame {
        left_mm: MARGIN_MM + gutter_mm,
        top_mm: MARGIN_MM,
        width_mm: style.width_mm - 2.0 * MARGIN_MM - gutter_mm,
        height_mm: (0.7 * style.row_height_mm - bottom_gutter(style)).max(20.0),
    };
    let upright = RichText::plain(if profile.inverted { "Inverted ABF intensity" } else { "Intensity" });
    let across = RichText::plain("Distance along the line (nm)");
    let last = profile.distance_nm.last().copied().unwrap_or(1.0);
    let sigma = |k: usize| profile.sigma.as_ref().and_then(|sigma| sigma.get(k)).copied().unwrap_or(0.0);
    let ends = profile.value.iter().enumerate().flat_map(|(k, v)| [v - sigma(k), v + sigma(k)]);
    let x = axis(&across, [0.0, last], frame.width_mm, NUMBER_PITCH_MM[0]);
    let y = axis(&upright, range(ends, 0.06), frame.height_mm, NUMBER_PITCH_MM[1]);
    let name = upright.to_string();
    let line = Item::Line {
        name: name.clone(),
        colour: Colour::Reference,
        dash: Dash::Solid,
        width_pt: style.curve_pt,
        points: profile.distance_nm.iter().zip(&profile.value).map(|(x, v)| [*x, *v]).collect(),
    };
    let band = profile.sigma.as_ref().map(|sigma| {
        let values = profile.distance_nm.iter().zip(&profile.value).zip(sigma);
        let points = values.map(|((x, v), s)| [*x, v - s, v + s]).collect();
        Item::Band { name, colour: Colour::Reference, points }
    });
    let items = band.into_iter().chain([line]).collect();
    let mut panel = Panel { id: "picture-profile".to_owned(), frame, x, y, items, labels: Vec::new() };
    heading(&mut panel, None, RichText::default(), style);
    x_texts(&mut panel, across, style);
    let widest = y_numbers_mm(&panel, style);
    y_texts(&mut panel, upright, widest, style);
    Scene {
        description: "Signal of a picture along a line".to_owned(),
        width_mm: style.width_mm,
        height_mm: frame.bottom_mm() + bottom_gutter(style),
        style: style.clone(),
        panels: vec![panel],
        legend: Vec::new(),
    }
}
