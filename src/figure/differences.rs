//! Site minus reference at every edge, with its standard deviation.

use crate::analysis::Comparison;
use crate::model::{FigureStyle, Recipe};

use super::comparison::edges_of;
use super::edge::Edge;
use super::legend::{self, Entry, Explains};
use super::page::{Letters, MARGIN_MM, bottom_gutter, left_gutter};
use super::roles::Roles;
use super::scene::{Frame, Scene};

/// Below this width panels stand one below another, mm.
const SIDE_BY_SIDE_MM: f64 = 110.0;
/// Height of a panel over that of a row of the style.
const HEIGHT_SHARE: f64 = 0.75;

/// Draws one panel for each edge whose curves can be subtracted; `None` when there is none.
pub(super) fn differences(
    comparison: &Comparison,
    recipe: &Recipe,
    style: &FigureStyle,
    letters: &mut Letters,
) -> Option<Scene> {
    let roles = Roles::of(comparison);
    let edges: Vec<Edge<'_>> = edges_of(comparison, recipe, &roles, style);
    let edges: Vec<&Edge<'_>> = edges.iter().filter(|edge| edge.difference_range().is_some()).collect();
    if edges.is_empty() {
        return None;
    }
    let gutter_mm = left_gutter(style);
    let entries: Vec<Entry> = roles.sites().iter().map(|look| Entry::of(look, Explains::Curves, &[])).collect();
    let (legend, legend_mm) = legend::above(&entries, MARGIN_MM + gutter_mm, style);
    let height_mm = (HEIGHT_SHARE * style.row_height_mm - bottom_gutter(style)).max(20.0);
    let beside = if style.width_mm < SIDE_BY_SIDE_MM { 1 } else { edges.len() };
    let pitch_mm = (style.width_mm - MARGIN_MM) / beside as f64;
    let row_mm = height_mm + bottom_gutter(style) + MARGIN_MM;
    let place = |k: usize| Frame {
        left_mm: MARGIN_MM + gutter_mm + pitch_mm * (k % beside) as f64,
        top_mm: MARGIN_MM + legend_mm + row_mm * (k / beside) as f64,
        width_mm: pitch_mm - gutter_mm - MARGIN_MM,
        height_mm,
    };
    let start = [f64::INFINITY, f64::NEG_INFINITY];
    let ranges = edges.iter().map(|edge| edge.uncertain_range());
    let range = ranges.fold(start, |[lo, hi], [l, h]| [lo.min(l), hi.max(h)]);
    let panels = edges.iter().enumerate();
    let panels = panels.map(|(k, edge)| edge.difference_panel(place(k), letters.next(), range, style));
    let panels: Vec<_> = panels.collect();
    let bottom_mm = panels.iter().map(|panel| panel.frame.bottom_mm()).fold(0.0, f64::max);
    let names: Vec<&str> = edges.iter().map(|edge| edge.recipe.name.as_str()).collect();
    Some(Scene {
        description: format!("Sites minus reference at {} with 1-sigma bands", names.join(" and ")),
        width_mm: style.width_mm,
        height_mm: bottom_mm + bottom_gutter(style),
        style: style.clone(),
        panels,
        legend,
    })
}
