//! Is Ti L the same as in the reference? Its curves, and shift, Ti3+ fraction and L3/L2 with their 95 % intervals and
//! the limits within which it is called unchanged.

use crate::analysis::{Comparison, TiL};
use crate::model::{EdgeUse, FigureStyle, Recipe};

use super::comparison::edges_of;
use super::edge::Edge;
use super::legend::{self, Entry};
use super::page::{Letters, MARGIN_MM, axis, bare_axis, bottom_gutter, heading, left_gutter, letter_room_mm, x_texts};
use super::rich::RichText;
use super::roles::{Look, Roles};
use super::scene::{Frame, Item, Panel, Scene};
use super::style::{Colour, Dash};

/// Below this width the measures stand below the curves, mm.
const SIDE_BY_SIDE_MM: f64 = 110.0;
/// Share of the width that the curves take beside the measures.
const CURVES_SHARE: f64 = 0.56;
/// Space a number of an axis needs, mm.
const NUMBER_PITCH_MM: f64 = 9.0;
/// Distance of two points of a measure over the size of text.
const PITCH_EM: f64 = 1.3;
/// Standard deviations in half a 95 % interval.
const HALF_95: f64 = 1.96;

/// A value with its 95 % interval, where it has one.
type Point = (f64, Option<[f64; 2]>);
/// Value, standard deviation and 95 % upper limit.
type Found = (Option<f64>, Option<f64>, Option<f64>);

/// One measure of all sites.
struct Measure<'a> {
    id: &'static str,
    title: RichText,
    /// What an unchanged edge has.
    unchanged: f64,
    /// Limits of the statement "unchanged".
    limits: Vec<f64>,
    /// Value and 95 % interval, where there are any.
    points: Vec<(&'a Look, Option<Point>)>,
}

/// Draws curves and measures; `None` when Ti L was not compared.
pub(super) fn ti_l(
    comparison: &Comparison,
    recipe: &Recipe,
    style: &FigureStyle,
    letters: &mut Letters,
) -> Option<Scene> {
    let roles = Roles::of(comparison);
    let found: Vec<(&Look, &TiL)> =
        comparison.report.ti_l.iter().filter_map(|at| Some((roles.site(&at.scan, &at.site)?, at))).collect();
    if found.is_empty() {
        return None;
    }
    let measures = measures(&found, recipe);
    let edges = edges_of(comparison, recipe, &roles, style);
    let edge = edges.iter().find(|edge| edge.recipe.usage == EdgeUse::Invariance);
    let reference = roles.reference().into_iter().map(|look| Entry::named(look, ""));
    let entries: Vec<Entry> = reference.chain(found.iter().map(|(look, at)| entry(look, at))).collect();
    let (legend, legend_mm) = legend::above(&entries, MARGIN_MM + left_gutter(style), style);
    let layout = Layout { style, top_mm: MARGIN_MM + legend_mm, rows: found.len(), with_curves: edge.is_some() };
    let mut panels = edge.map(|edge| curves(edge, layout.curves(), letters, style)).unwrap_or_default();
    for (k, measure) in measures.iter().enumerate() {
        panels.push(measure.panel(layout.measure(k), letters.next(), style));
    }
    let bottom_mm = panels.iter().map(|panel| panel.frame.bottom_mm()).fold(0.0, f64::max);
    Some(Scene {
        description: format!(
            "{} against the reference: shift, {} fraction and L3/L2 with 95 % intervals",
            recipe.calibration.white_lines.name,
            recipe.calibration.white_lines.lower_valence()
        ),
        width_mm: style.width_mm,
        height_mm: bottom_mm + bottom_gutter(style),
        style: style.clone(),
        panels,
        legend,
    })
}

/// A site with its verdict and p value.
fn entry(look: &Look, at: &TiL) -> Entry {
    let verdict = at.verdict.as_deref().map(|verdict| verdict.replace('-', " "));
    let p = at.p_equal.map(|p| format!("p = {p:.2}"));
    let said: Vec<String> = verdict.into_iter().chain(p).collect();
    let more = if said.is_empty() { String::new() } else { format!(": {}", said.join(", ")) };
    Entry::point(look, &more)
}

fn curves(edge: &Edge<'_>, frame: Frame, letters: &mut Letters, style: &FigureStyle) -> Vec<Panel> {
    let range = edge.difference_range().unwrap_or([-0.1, 0.1]);
    edge.panels(frame, letters.next(), None, range, style)
}

fn measures<'a>(found: &[(&'a Look, &TiL)], recipe: &Recipe) -> [Measure<'a>; 3] {
    let points = |of: &dyn Fn(&TiL) -> Found| {
        let point = |(look, at): &(&'a Look, &TiL)| {
            let (value, sigma, upper) = of(at);
            let ends = |value: f64, sigma: f64| {
                let half = HALF_95 * sigma;
                [value - half, upper.unwrap_or(value + half).max(value + half)]
            };
            let point = value.filter(|v| v.is_finite()).map(|value| (value, sigma.map(|sigma| ends(value, sigma))));
            (*look, point)
        };
        found.iter().map(point).collect()
    };
    let percent = |value: Option<f64>| value.map(|v| 100.0 * v);
    let limits = &recipe.ti_limits;
    let fraction = match recipe.calibration.white_lines.of_titanium() {
        true => RichText::plain("Ti").then(RichText::superscript("3+")).then(RichText::plain(" fraction (%)")),
        false => RichText::plain("Lower valence (%)"),
    };
    [
        Measure {
            id: "ti-l-shift",
            title: RichText::plain("Shift (eV)"),
            unchanged: 0.0,
            limits: vec![-limits.max_shift_ev, limits.max_shift_ev],
            points: points(&|at| (at.shift_ev, at.shift_sigma_ev, None)),
        },
        Measure {
            id: "ti-l-ti3",
            title: fraction,
            unchanged: 0.0,
            limits: vec![100.0 * limits.max_ti3_fraction],
            points: points(&|at| (percent(at.ti3_fraction), percent(at.ti3_sigma), percent(at.ti3_upper95))),
        },
        Measure {
            id: "ti-l-ratio",
            title: RichText::shell("L3")
                .then(RichText::plain("/"))
                .then(RichText::shell("L2"))
                .then(RichText::plain(" over reference")),
            unchanged: 1.0,
            limits: Vec::new(),
            points: points(&|at| (at.l3_l2_relative, at.l3_l2_sigma, None)),
        },
    ]
}

impl Measure<'_> {
    fn panel(&self, frame: Frame, letter: Option<String>, style: &FigureStyle) -> Panel {
        let range = self.range(frame, style);
        let x = axis(&self.title, range, frame.width_mm, NUMBER_PITCH_MM);
        let y = bare_axis("site", [self.points.len() as f64, 0.0]);
        let mut panel = Panel { id: self.id.to_owned(), frame, x, y, items: Vec::new(), labels: Vec::new() };
        panel.items.push(Item::Upright { x: self.unchanged });
        panel.items.extend(self.limits.iter().map(|limit| Item::Line {
            name: "limit".to_owned(),
            colour: Colour::Quiet,
            dash: Dash::Dashed,
            width_pt: style.axis_pt,
            points: vec![[*limit, 0.0], [*limit, self.points.len() as f64]],
        }));
        for (k, (look, point)) in self.points.iter().enumerate() {
            let Some((value, interval)) = point else { continue };
            panel.items.push(Item::Point {
                name: format!("{} of {}", self.id, look.name),
                colour: look.colour,
                marker: look.marker,
                at: [*value, k as f64 + 0.5],
                interval: *interval,
            });
        }
        heading(&mut panel, letter, RichText::default(), style);
        x_texts(&mut panel, self.title.clone(), style);
        panel
    }

    /// From the least to the largest of everything shown, with room at the left for the panel's letter.
    fn range(&self, frame: Frame, style: &FigureStyle) -> [f64; 2] {
        let shown = self.points.iter().filter_map(|(_, point)| *point);
        let ends = shown.flat_map(|(value, interval)| interval.unwrap_or([value; 2]));
        let all = ends.chain(self.limits.iter().copied()).chain([self.unchanged]).filter(|v| v.is_finite());
        let start = [f64::INFINITY, f64::NEG_INFINITY];
        let [lo, hi] = all.fold(start, |[lo, hi], v| [lo.min(v), hi.max(v)]);
        let span = (hi - lo).max(1e-3);
        let letter = letter_room_mm(style) / frame.width_mm;
        [lo - (0.04 + 1.2 * letter) * span, hi + 0.06 * span]
    }
}

/// Where the parts of the figure stand.
struct Layout<'a> {
    style: &'a FigureStyle,
    top_mm: f64,
    /// Sites compared.
    rows: usize,
    with_curves: bool,
}

impl Layout<'_> {
    fn beside(&self) -> bool {
        self.with_curves && self.style.width_mm >= SIDE_BY_SIDE_MM
    }

    /// Height of a panel of one measure, mm.
    fn measure_mm(&self) -> f64 {
        ((self.rows as f64 + 0.6) * PITCH_EM * self.style.font_mm()).max(7.0)
    }

    /// Height of the measures with the texts between them, mm.
    fn column_mm(&self) -> f64 {
        3.0 * self.measure_mm() + 2.0 * (bottom_gutter(self.style) + 1.0)
    }

    fn curves(&self) -> Frame {
        let style = self.style;
        let left_mm = MARGIN_MM + left_gutter(style);
        let own = (style.row_height_mm - bottom_gutter(style)).max(20.0);
        let height_mm = if self.beside() { own.max(self.column_mm()) } else { own };
        let share = if self.beside() { CURVES_SHARE } else { 1.0 };
        let width_mm = (style.width_mm - left_mm - MARGIN_MM) * share;
        Frame { left_mm, top_mm: self.top_mm, width_mm, height_mm }
    }

    fn measure(&self, k: usize) -> Frame {
        let (style, curves) = (self.style, self.curves());
        let below = bottom_gutter(style) + 1.0;
        let (left_mm, top_mm, height_mm) = if self.beside() {
            let height_mm = (curves.height_mm - 2.0 * below) / 3.0;
            (curves.right_mm() + 4.0 * MARGIN_MM, curves.top_mm, height_mm)
        } else if self.with_curves {
            (curves.left_mm, curves.bottom_mm() + below + MARGIN_MM, self.measure_mm())
        } else {
            (MARGIN_MM + left_gutter(style), self.top_mm, self.measure_mm())
        };
        let width_mm = style.width_mm - left_mm - MARGIN_MM;
        Frame { left_mm, top_mm: top_mm + k as f64 * (height_mm + below), width_mm, height_mm }
    }
}
