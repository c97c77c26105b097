//! The drops of many comparisons against the bias they were recorded at.

use crate::analysis::{PeakAtSite, Report};

use super::drops::empty;
use super::legend::{self, Entry};
use super::page::{
    Letters, MARGIN_MM, axis, bottom_gutter, heading, left_gutter, letter_height_mm, x_texts, y_numbers_mm, y_texts,
};
use super::rich::RichText;
use super::roles::{distinct, site_order};
use super::scene::{Frame, Item, Panel, Scene};
use super::style::{Colour, Dash, Marker};
use crate::model::FigureStyle;

/// Space a number of an axis needs, mm.
const NUMBER_PITCH_MM: [f64; 2] = [11.0, 8.0];
/// Least width of a panel, mm.
const LEAST_WIDTH_MM: f64 = 22.0;
/// Distance of sites at one bias, share of the panel's width.
const SITE_PITCH: f64 = 0.022;

/// A comparison with its bias.
#[derive(Debug, Clone, Copy)]
pub struct BiasedReport<'a> {
    /// Bias, V; reports without one are not drawn.
    pub bias_v: Option<f64>,
    /// The report.
    pub report: &'a Report,
}

/// One drop, percent.
struct Point<'a> {
    edge: &'a str,
    peak: &'a str,
    site: &'a str,
    bias_v: f64,
    drop: f64,
    interval: Option<[f64; 2]>,
}

/// Draws the drops with their 95 % intervals against bias: one panel for each peak, one colour for each site.
pub fn drops_against_bias(reports: &[BiasedReport<'_>], style: &FigureStyle) -> Scene {
    let points: Vec<Point<'_>> = reports.iter().flat_map(points).collect();
    if points.is_empty() {
        return empty(style, "No drops with a bias");
    }
    let peaks = distinct(points.iter().map(|point| (point.edge, point.peak)));
    let sites = site_order(points.iter().map(|point| point.site));
    let look = |k: usize| (Colour::Site { site: k, scan: 0 }, Marker::of_site(k));
    let drawn = |site: &&str| points.iter().any(|point| point.site == *site);
    let entries = sites.iter().enumerate().filter(|(_, site)| drawn(site));
    let entries: Vec<Entry> = entries.map(|(k, site)| Entry::site(site, look(k).0, look(k).1)).collect();
    let gutter_mm = left_gutter(style);
    let (legend, legend_mm) = legend::above(&entries, MARGIN_MM + gutter_mm, style);
    let most = ((style.width_mm - MARGIN_MM) / (gutter_mm + LEAST_WIDTH_MM + MARGIN_MM)).floor().max(1.0) as usize;
    // No more panels in a row than the fewest rows need: the last one is not left nearly empty.
    let rows = peaks.len().div_ceil(most);
    let beside = peaks.len().div_ceil(rows);
    let pitch_mm = (style.width_mm - MARGIN_MM) / beside as f64;
    let width_mm = pitch_mm - gutter_mm - MARGIN_MM;
    let height_mm = (0.8 * style.row_height_mm).min(width_mm.max(30.0));
    let row_mm = height_mm + bottom_gutter(style) + MARGIN_MM;
    let ranges = ranges(&points, (letter_height_mm(style) / height_mm).max(0.12));
    let mut letters = if peaks.len() > 1 { Letters::of(style) } else { Letters::none() };
    let panels = peaks.iter().enumerate().map(|(k, peak)| {
        let left_mm = MARGIN_MM + gutter_mm + pitch_mm * (k % beside) as f64;
        let top_mm = MARGIN_MM + legend_mm + row_mm * (k / beside) as f64;
        let frame = Frame { left_mm, top_mm, width_mm, height_mm };
        panel(*peak, letters.next(), frame, ranges, &points, &sites, style)
    });
    Scene {
        description: "Drops of the peaks relative to the reference against bias, with 95 % intervals".to_owned(),
        width_mm: style.width_mm,
        height_mm: legend_mm + row_mm * rows as f64,
        style: style.clone(),
        panels: panels.collect(),
        legend,
    }
}

fn points<'a>(from: &BiasedReport<'a>) -> Vec<Point<'a>> {
    let Some(bias_v) = from.bias_v.filter(|bias| bias.is_finite()) else { return Vec::new() };
    let mut points = Vec::new();
    for edge in &from.report.edges {
        for peak in edge.peaks.iter().filter(|peak| peak.label != edge.normalisation.peak) {
            let point = |at: &'a PeakAtSite| {
                let drop = 100.0 * at.drop.filter(|drop| drop.is_finite())?;
                let interval = at.drop_ci95.map(|ends| ends.map(|end| 100.0 * end));
                let interval = interval.filter(|ends| ends.iter().all(|end| end.is_finite()));
                Some(Point { edge: &edge.name, peak: &peak.label, site: &at.site, bias_v, drop, interval })
            };
            points.extend(peak.sites.iter().filter_map(point));
        }
    }
    points
}

/// Ranges of bias and drop over all points: one scale for all panels, with a share of their height above for the heading.
fn ranges(points: &[Point<'_>], heading_share: f64) -> [[f64; 2]; 2] {
    let span = |values: &mut dyn Iterator<Item = f64>| {
        values.fold([f64::INFINITY, f64::NEG_INFINITY], |[lo, hi], v| [lo.min(v), hi.max(v)])
    };
    let padded = |[lo, hi]: [f64; 2], share: f64, least: f64| {
        let pad = (share * (hi - lo)).max(least);
        [lo - pad, hi + pad]
    };
    let bias = span(&mut points.iter().map(|point| point.bias_v));
    let ends = points.iter().flat_map(|point| point.interval.unwrap_or([point.drop; 2]));
    let drop = span(&mut ends.chain(points.iter().map(|point| point.drop)).chain([0.0]));
    // Room above the points for the panel's letter.
    let [lo, hi] = padded(drop, 0.06, 0.5);
    [padded(bias, 0.1, 0.1), [lo, hi + heading_share / (1.0 - heading_share).max(0.1) * (hi - lo)]]
}

fn panel(
    (edge, peak): (&str, &str),
    letter: Option<String>,
    frame: Frame,
    [bias, drop]: [[f64; 2]; 2],
    points: &[Point<'_>],
    sites: &[&str],
    style: &FigureStyle,
) -> Panel {
    let titles = [RichText::plain("Bias (V)"), RichText::plain("Drop (%)")];
    let x = axis(&titles[0], bias, frame.width_mm, NUMBER_PITCH_MM[0]);
    let y = axis(&titles[1], drop, frame.height_mm, NUMBER_PITCH_MM[1]);
    let id = format!("{edge} {peak}");
    let mut panel = Panel { id, frame, x, y, items: vec![Item::Level { y: 0.0 }], labels: Vec::new() };
    let pitch = SITE_PITCH * (bias[1] - bias[0]);
    let own: Vec<&Point<'_>> = points.iter().filter(|point| (point.edge, point.peak) == (edge, peak)).collect();
    for point in &own {
        let there = |site: &str| own.iter().any(|other| other.site == site && other.bias_v == point.bias_v);
        let beside: Vec<&str> = sites.iter().copied().filter(|site| there(site)).collect();
        let place = beside.iter().position(|site| *site == point.site).unwrap_or(0);
        let x = point.bias_v + pitch * (place as f64 - 0.5 * (beside.len() as f64 - 1.0));
        let site = sites.iter().position(|site| *site == point.site).unwrap_or(0);
        panel.items.extend(items(point, x, site, style));
    }
    let [title, upright] = titles;
    let name = RichText::shell(edge).then(RichText::plain(" ")).then(RichText::peak(peak));
    heading(&mut panel, letter, name, style);
    x_texts(&mut panel, title, style);
    let widest_mm = y_numbers_mm(&panel, style);
    y_texts(&mut panel, upright, widest_mm, style);
    panel
}

/// A point with its interval upright; without an interval its marker is hollow.
fn items(point: &Point<'_>, x: f64, site: usize, style: &FigureStyle) -> Vec<Item> {
    let (colour, name) = (Colour::Site { site, scan: 0 }, format!("{} of {}", point.peak, point.site));
    let bar = point.interval.map(|[lo, hi]| Item::Line {
        name: format!("interval of {name}"),
        colour,
        dash: Dash::Solid,
        width_pt: 1.2 * style.curve_pt,
        points: vec![[x, lo], [x, hi]],
    });
    let interval = point.interval.map(|_| [x, x]);
    let marker = Item::Point { name, colour, marker: Marker::of_site(site), at: [x, point.drop], interval };
    bar.into_iter().chain([marker]).collect()
}
