//! The drops of every peak at every site with their 95 % intervals.

use crate::analysis::{Comparison, PeakAtSite};

use super::legend::{self, Entry, Explains};
use super::page::{
    INSET_MM, Letters, MARGIN_MM, axis, bare_axis, bottom_gutter, first_that_fits, heading, label, letter_room_mm,
    x_texts,
};
use super::rich::RichText;
use super::roles::{Look, Roles};
use super::scene::{Align, Axis, Frame, Item, Label, Panel, Scene};
use super::style::{Colour, Dash};
use crate::model::FigureStyle;

/// Least distance of two points of a peak over the size of text: one text fits beside each.
const PITCH_EM: f64 = 1.17;
/// Space a number of the axis needs, mm.
const NUMBER_PITCH_MM: f64 = 9.0;
/// Name of the line at zero.
const NO_DROP: &str = "no drop";
/// Width of the figure of drops alone, mm.
const ALONE_MM: f64 = 120.0;

/// The drops of one peak.
struct Row<'a> {
    name: RichText,
    label: String,
    sites: Vec<(&'a Look, &'a PeakAtSite)>,
}

/// Peaks with their drops, those that normalise left out.
fn rows<'a>(comparison: &'a Comparison, roles: &'a Roles) -> Vec<Row<'a>> {
    let edges = &comparison.report.edges;
    let mut rows = Vec::new();
    for edge in edges {
        for peak in edge.peaks.iter().filter(|peak| peak.label != edge.normalisation.peak) {
            let short = RichText::peak(&peak.label);
            let name = match edges.len() {
                1 => short,
                _ => RichText::shell(&edge.name).then(RichText::plain(" ")).then(short),
            };
            let site = |at: &'a PeakAtSite| Some((roles.site(&at.scan, &at.site)?, at));
            rows.push(Row { name, label: peak.label.clone(), sites: peak.sites.iter().filter_map(site).collect() });
        }
    }
    rows
}

/// What a panel of drops needs to be laid out.
pub(super) struct DropPanel<'a> {
    rows: Vec<Row<'a>>,
}

impl<'a> DropPanel<'a> {
    /// The panel of a comparison; `None` when it has no drops.
    pub(super) fn of(comparison: &'a Comparison, roles: &'a Roles) -> Option<Self> {
        let rows = rows(comparison, roles);
        (!rows.is_empty()).then_some(Self { rows })
    }

    /// Space that the peaks' names take up left of the frame, mm.
    pub(super) fn gutter_mm(&self, style: &FigureStyle) -> f64 {
        let widest = self.rows.iter().map(|row| row.name.width_mm(style)).fold(0.0, f64::max);
        widest + 2.6
    }

    /// Least height of the frame when `foot_mm` at its bottom are kept free, mm.
    pub(super) fn least_height_mm(&self, foot_mm: f64, style: &FigureStyle) -> f64 {
        let most = self.rows.iter().map(|row| row.sites.len()).max().unwrap_or(0);
        head_mm(style) + foot_mm + self.rows.len() as f64 * (most as f64 + 0.8) * PITCH_EM * style.font_mm()
    }

    /// The panel in its frame; `foot_mm` at the bottom stay free for a legend.
    pub(super) fn panel(&self, frame: Frame, letter: Option<String>, foot_mm: f64, style: &FigureStyle) -> Panel {
        let rows_mm = frame.height_mm - foot_mm;
        let room_mm = frame.width_mm + 2.0 * MARGIN_MM - 1.0;
        let titles = ["Drop from reference (%)", "Drop (%)"].map(RichText::plain);
        let title = first_that_fits(titles, room_mm, style);
        let x = self.x_axis(frame, &title, style);
        // The y axis counts mm down from the top of the frame.
        let y = bare_axis("peak", [frame.height_mm, 0.0]);
        // The line of no drop ends above the legend.
        let items = vec![Item::Line {
            name: NO_DROP.to_owned(),
            colour: Colour::Quiet,
            dash: Dash::Solid,
            width_pt: style.axis_pt,
            points: vec![[0.0, 0.0], [0.0, if foot_mm > 0.0 { rows_mm } else { frame.height_mm }]],
        }];
        let mut panel = Panel { id: "drops".to_owned(), frame, x, y, items, labels: Vec::new() };
        heading(&mut panel, letter, RichText::default(), style);
        for (row, middle_mm) in self.rows.iter().zip(self.middles_mm(rows_mm, style)) {
            let at_mm = [frame.left_mm - 1.6, frame.top_mm + middle_mm + half_x(style)];
            panel.labels.push(label(row.name.clone(), at_mm, Align::End, style));
        }
        for slot in self.slots(rows_mm, style) {
            slot.draw(&mut panel, style);
        }
        x_texts(&mut panel, title, style);
        panel
    }

    /// Height of one row, mm.
    fn row_mm(&self, height_mm: f64, style: &FigureStyle) -> f64 {
        (height_mm - head_mm(style)) / self.rows.len().max(1) as f64
    }

    /// Middle of every row, mm below the top of the frame.
    fn middles_mm(&self, height_mm: f64, style: &FigureStyle) -> Vec<f64> {
        let row_mm = self.row_mm(height_mm, style);
        (0..self.rows.len()).map(|k| head_mm(style) + row_mm * (k as f64 + 0.5)).collect()
    }

    /// Every drop with its height in a frame so high.
    fn slots(&self, height_mm: f64, style: &FigureStyle) -> Vec<Slot<'_>> {
        let row_mm = self.row_mm(height_mm, style);
        let mut slots = Vec::new();
        for (row, middle_mm) in self.rows.iter().zip(self.middles_mm(height_mm, style)) {
            let count = row.sites.len() as f64;
            let pitch = (row_mm / (count + 0.8)).min(1.5 * PITCH_EM * style.font_mm());
            for (k, (look, at)) in row.sites.iter().enumerate() {
                let y_mm = middle_mm + pitch * (k as f64 - 0.5 * (count - 1.0));
                slots.push(Slot { peak: &row.label, look, at, y_mm });
            }
        }
        slots
    }

    /// The numbers of all drops in a column that begins at `left_mm`.
    fn numbers(&self, frame: Frame, left_mm: f64, style: &FigureStyle) -> Vec<Label> {
        let place = |slot: Slot<'_>| {
            let at_mm = [left_mm, frame.top_mm + slot.y_mm + half_x(style)];
            Some(label(RichText::plain(&slot.number()?), at_mm, Align::Start, style))
        };
        let heading_mm = [left_mm, frame.top_mm + head_mm(style)];
        let heading = label(RichText::plain("Drop (95 % interval)"), heading_mm, Align::Start, style);
        std::iter::once(heading).chain(self.slots(frame.height_mm, style).into_iter().filter_map(place)).collect()
    }

    fn x_axis(&self, frame: Frame, title: &RichText, style: &FigureStyle) -> Axis {
        let sites = || self.rows.iter().flat_map(|row| &row.sites).map(|(_, at)| *at);
        let values = || sites().filter_map(|at| at.drop).chain(sites().filter_map(|at| at.drop_ci95).flatten());
        let percent = || values().map(|v| 100.0 * v).filter(|v| v.is_finite());
        let (lo, hi) = (percent().fold(0.0, f64::min), percent().fold(5.0, f64::max));
        let pad = 0.06 * (hi - lo);
        // The letter stands left of the zero line.
        let letter = letter_room_mm(style);
        let left = (lo - pad).min(-hi * letter / (frame.width_mm - letter));
        axis(title, [left, hi + pad], frame.width_mm, NUMBER_PITCH_MM)
    }
}

/// Lets the line of no drop run to the bottom where none of these areas stands in its way.
pub(super) fn reach_down(panel: &mut Panel, areas: &[Frame]) {
    let x_mm = panel.place([0.0, 0.0])[0];
    let line = Frame { left_mm: x_mm - 0.5, width_mm: 1.0, ..panel.frame };
    let bottom = panel.y.range[0];
    let ends = panel.items.iter_mut().find_map(|item| match item {
        Item::Line { name, points, .. } if name == NO_DROP => points.last_mut(),
        _ => None,
    });
    if let Some(end) = ends.filter(|_| !areas.iter().any(|area| area.meets(&line))) {
        end[1] = bottom;
    }
}

/// Space above the first row, mm: the letter's.
fn head_mm(style: &FigureStyle) -> f64 {
    INSET_MM + style.font_mm()
}

/// Half the height of small letters, mm: how far below its middle a text's baseline is.
fn half_x(style: &FigureStyle) -> f64 {
    0.27 * style.font_mm()
}

/// One drop and where it goes.
struct Slot<'a> {
    peak: &'a str,
    look: &'a Look,
    at: &'a PeakAtSite,
    y_mm: f64,
}

impl Slot<'_> {
    fn drop(&self) -> Option<f64> {
        self.at.drop.filter(|drop| drop.is_finite())
    }

    fn interval(&self) -> Option<[f64; 2]> {
        self.at.drop_ci95.filter(|ends| ends.iter().all(|v| v.is_finite()))
    }

    /// A drop and its interval in words, when there is one.
    fn number(&self) -> Option<String> {
        let percent = |v: f64| format!("{:.1}", 100.0 * v + 0.0).replace('-', "\u{2212}");
        let drop = percent(self.drop()?);
        Some(match self.interval() {
            Some([lo, hi]) => format!("{drop} % ({} to {})", percent(lo), percent(hi)),
            None => format!("{drop} %"),
        })
    }

    fn draw(&self, panel: &mut Panel, style: &FigureStyle) {
        let look = self.look;
        let Some(drop) = self.drop() else {
            let [x, y] = panel.place([0.0, self.y_mm]);
            let text = RichText::italic(missing(self.at));
            let placed = label(text, [x + 1.2, y + half_x(style)], Align::Start, style);
            panel.labels.push(Label { size_pt: style.font_pt - 0.5, colour: look.colour, ..placed });
            return;
        };
        panel.items.push(Item::Point {
            name: format!("{} of {}", self.peak, look.name),
            colour: look.colour,
            marker: look.marker,
            at: [100.0 * drop, self.y_mm],
            interval: self.interval().map(|ends| ends.map(|v| 100.0 * v)),
        });
    }
}

/// What stands in place of a drop that is not there.
fn missing(at: &PeakAtSite) -> &'static str {
    let undetected = at.reason.as_deref().is_some_and(|reason| reason.contains("not detected"));
    if undetected { "not detected" } else { "not determined" }
}

/// The drops alone: points with 95 % intervals, and the numbers beside them.
pub fn drops(comparison: &Comparison, style: &FigureStyle) -> Scene {
    let alone = lettered(comparison, style, &mut Letters::none());
    alone.unwrap_or_else(|| empty(style, "No drops: no edge was compared"))
}

/// Draws the drops with the next letter of a page; `None` without drops.
pub(super) fn lettered(comparison: &Comparison, style: &FigureStyle, letters: &mut Letters) -> Option<Scene> {
    let roles = Roles::of(comparison);
    let entries: Vec<Entry> = roles.sites().iter().map(|look| Entry::of(look, Explains::Points, &[])).collect();
    let style = &FigureStyle { width_mm: style.width_mm.min(ALONE_MM), ..style.clone() };
    let layout = DropPanel::of(comparison, &roles)?;
    let left_mm = MARGIN_MM + layout.gutter_mm(style);
    let (legend, legend_mm) = legend::above(&entries, left_mm, style);
    let top_mm = MARGIN_MM + legend_mm;
    let height_mm = layout.least_height_mm(0.0, style).max(0.5 * style.row_height_mm);
    let page = Frame { left_mm, top_mm, width_mm: style.width_mm - left_mm - 2.0 * MARGIN_MM, height_mm };
    let numbers_mm = layout.numbers(page, 0.0, style).iter().map(|n| n.bounds().width_mm).fold(0.0, f64::max);
    let frame = Frame { width_mm: page.width_mm - numbers_mm, ..page };
    let mut panel = layout.panel(frame, letters.next(), 0.0, style);
    panel.labels.extend(layout.numbers(frame, frame.right_mm() + MARGIN_MM, style));
    Some(Scene {
        description: "Drops of the peaks relative to the reference with 95 % intervals".to_owned(),
        width_mm: style.width_mm,
        height_mm: frame.bottom_mm() + bottom_gutter(style),
        style: style.clone(),
        panels: vec![panel],
        legend,
    })
}

/// A page that only says why it is empty.
pub(super) fn empty(style: &FigureStyle, why: &str) -> Scene {
    let frame = Frame { left_mm: MARGIN_MM, top_mm: MARGIN_MM, width_mm: style.width_mm - 5.0, height_mm: 15.0 };
    let at_mm = [0.5 * style.width_mm, 10.0 + 0.27 * style.font_mm()];
    let labels = vec![label(RichText::plain(why), at_mm, Align::Middle, style)];
    let axis = || bare_axis("", [0.0, 1.0]);
    let panel = Panel { id: "empty".to_owned(), frame, x: axis(), y: axis(), items: Vec::new(), labels };
    Scene {
        description: why.to_owned(),
        width_mm: style.width_mm,
        height_mm: 20.0,
        style: style.clone(),
        panels: vec![panel],
        legend: Vec::new(),
    }
}
