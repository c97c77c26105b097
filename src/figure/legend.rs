//! Legends without a box: within a panel where there is room, above all panels where there is not.

use super::page::{INSET_MM, MARGIN_MM, label, line_mm};
use super::rich::{RichText, shortened_name};
use super::roles::Look;
use super::scene::{Align, Frame, LegendEntry};
use super::style::{Colour, Dash, Marker};
use crate::model::{FigureStyle, LegendPlace};

/// Length of a sample, mm.
const SAMPLE_MM: f64 = 5.5;
/// Space between a sample and its name, mm.
const GAP_MM: f64 = 1.3;
/// Space between two columns, mm.
const COLUMN_GAP_MM: f64 = 6.0;
/// Space between a legend and the panels below it, mm.
const ABOVE_PANELS_MM: f64 = 1.5;

/// What a legend says about one curve.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// The scan, or all of a name that speaks of none.
    scan: String,
    /// What follows the scan.
    rest: String,
    colour: Colour,
    dash: Dash,
    marker: Option<Marker>,
}

/// Which kinds of things a legend explains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Explains {
    /// Curves.
    Curves,
    /// Points, and curves where there are any.
    Points,
}

impl Entry {
    /// The entry of points of a site, whatever the scan.
    pub(super) fn site(name: &str, colour: Colour, marker: Marker) -> Self {
        Self { marker: Some(marker), ..Self::line(name, colour, Dash::Solid) }
    }

    /// The entry of a line that is no site's.
    pub(super) fn line(name: &str, colour: Colour, dash: Dash) -> Self {
        Self { scan: name.to_owned(), rest: String::new(), colour, dash, marker: None }
    }

    /// The entry of a curve with more words after its name.
    pub(super) fn named(look: &Look, more: &str) -> Self {
        let rest = format!("{}{more}", look.after_scan());
        Self { scan: look.scan.clone(), rest, colour: look.colour, dash: look.dash, marker: None }
    }

    /// The entry of a curve and its points with more words after its name.
    pub(super) fn point(look: &Look, more: &str) -> Self {
        Self { marker: Some(look.marker), ..Self::named(look, more) }
    }

    /// The entry of a look, with the edges at which it could not be normalised and is not drawn.
    pub(super) fn of(look: &Look, explains: Explains, absent_at: &[&str]) -> Self {
        let points = explains != Explains::Curves && look.colour != Colour::Reference;
        let more = match absent_at {
            [] => String::new(),
            edges => format!(" ({} not normalised)", edges.join(", ")),
        };
        Self { marker: points.then_some(look.marker), ..Self::named(look, &more) }
    }
}

/// A legend in the top right corner of an area, at most `width_mm` wide.
pub(super) fn top_right(entries: &[Entry], area: Frame, width_mm: f64, style: &FigureStyle) -> Vec<LegendEntry> {
    let left = area.right_mm() - INSET_MM - width(entries, width_mm, style);
    column(entries, [left, area.top_mm + INSET_MM], width_mm, style)
}

/// A legend in the bottom right corner of an area.
pub(super) fn bottom_right(entries: &[Entry], area: Frame, style: &FigureStyle) -> Vec<LegendEntry> {
    let room = area.width_mm - 2.0 * INSET_MM;
    let left = area.right_mm() - INSET_MM - width(entries, room, style);
    column(entries, [left, area.bottom_mm() - INSET_MM - height(entries.len(), style)], room, style)
}

/// Height of so many lines, mm.
pub(super) fn height(lines: usize, style: &FigureStyle) -> f64 {
    line_mm(style) * lines.saturating_sub(1) as f64 + 0.94 * style.font_mm()
}

fn text_mm(name: &str, style: &FigureStyle) -> f64 {
    RichText::plain(name).width_mm(style)
}

/// Width of a legend with its names whole, mm.
pub(super) fn wanted_mm(entries: &[Entry], style: &FigureStyle) -> f64 {
    width(entries, f64::INFINITY, style)
}

fn width(entries: &[Entry], most_mm: f64, style: &FigureStyle) -> f64 {
    let widest =
        entries.iter().map(|entry| text_mm(&entry.scan, style) + text_mm(&entry.rest, style)).fold(0.0, f64::max);
    (SAMPLE_MM + GAP_MM + widest).min(most_mm)
}

fn column(entries: &[Entry], [left, top]: [f64; 2], width_mm: f64, style: &FigureStyle) -> Vec<LegendEntry> {
    let place = |(k, entry)| entry_at(entry, [left, top + line_mm(style) * k as f64], width_mm, style);
    entries.iter().enumerate().map(place).collect()
}

fn entry_at(entry: &Entry, [left, top]: [f64; 2], width_mm: f64, style: &FigureStyle) -> LegendEntry {
    let em = style.font_mm();
    let name = shortened_name(&entry.scan, &entry.rest, width_mm - SAMPLE_MM - GAP_MM, style);
    let baseline = top + 0.73 * em;
    let label = label(RichText::plain(&name), [left + SAMPLE_MM + GAP_MM, baseline], Align::Start, style);
    let sample_mm = [left, left + SAMPLE_MM, baseline - 0.27 * em];
    LegendEntry { colour: entry.colour, dash: entry.dash, marker: entry.marker, sample_mm, label }
}

/// A legend in columns above all panels, from `left_mm` on unless a name would be cut there. Returns it with the height it
/// takes up, mm; nothing in a style without legends.
pub(super) fn above(entries: &[Entry], left_mm: f64, style: &FigureStyle) -> (Vec<LegendEntry>, f64) {
    if style.legend == LegendPlace::None {
        return (Vec::new(), 0.0);
    }
    let fits = wanted_mm(entries, style) <= style.width_mm - left_mm - MARGIN_MM;
    let left_mm = if fits { left_mm } else { left_mm.min(MARGIN_MM) };
    let room = style.width_mm - left_mm - MARGIN_MM;
    if let Some(line) = one_line(entries, left_mm, room, style) {
        return (line, height(1, style) + ABOVE_PANELS_MM);
    }
    let pitch = width(entries, room, style) + COLUMN_GAP_MM;
    let columns = (((room + COLUMN_GAP_MM) / pitch).floor().max(1.0) as usize).min(entries.len().max(1));
    let lines = entries.len().div_ceil(columns);
    // Fewer columns when that needs no more lines: the last line is not left nearly empty.
    let columns = entries.len().div_ceil(lines.max(1)).max(1);
    let place = |(k, entry)| {
        let corner = [left_mm + pitch * (k % columns) as f64, MARGIN_MM + line_mm(style) * (k / columns) as f64];
        entry_at(entry, corner, room, style)
    };
    let placed = entries.iter().enumerate().map(place).collect();
    (placed, height(lines, style) + ABOVE_PANELS_MM)
}

/// All entries side by side, when they fit.
fn one_line(entries: &[Entry], left_mm: f64, room_mm: f64, style: &FigureStyle) -> Option<Vec<LegendEntry>> {
    let mut at_mm = left_mm;
    let mut placed = Vec::new();
    for entry in entries {
        let own = std::slice::from_ref(entry);
        placed.push(entry_at(entry, [at_mm, MARGIN_MM], room_mm, style));
        at_mm += wanted_mm(own, style) + COLUMN_GAP_MM;
    }
    (at_mm - COLUMN_GAP_MM <= left_mm + room_mm).then_some(placed)
}

/// The area that entries take up; `None` without entries.
pub(super) fn area(entries: &[LegendEntry]) -> Option<Frame> {
    entries.iter().map(entry_area).reduce(|all, next| {
        let (left_mm, top_mm) = (all.left_mm.min(next.left_mm), all.top_mm.min(next.top_mm));
        let width_mm = all.right_mm().max(next.right_mm()) - left_mm;
        Frame { left_mm, top_mm, width_mm, height_mm: all.bottom_mm().max(next.bottom_mm()) - top_mm }
    })
}

/// The area of one entry, its sample included.
pub(super) fn entry_area(entry: &LegendEntry) -> Frame {
    let bounds = entry.label.bounds();
    let left_mm = entry.sample_mm[0];
    Frame { left_mm, width_mm: bounds.right_mm() - left_mm, ..bounds }
}
