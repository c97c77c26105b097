//! The panels of one edge: curves with 1-sigma bands and named peaks, and below them site minus reference.

use crate::model::{EdgeRecipe, MM_PER_PT, PeakLabels, Role};

use super::curves::{Quantity, ShownEdge};
use super::headroom::{Fitted, Room, Skyline};
use super::page::{axis, first_that_fits, heading, label, x_texts, y_numbers_mm, y_texts};
use super::rich::RichText;
use super::roles::{Look, Roles};
use super::scene::{Align, Frame, Item, Panel};
use crate::model::FigureStyle;

/// Share of the height that the curves take when differences are drawn below.
const MAIN_SHARE: f64 = 0.77;
/// Space between curves and differences, mm.
const BETWEEN_MM: f64 = 2.0;
/// Space that numbers of the energy axis need, mm.
const ENERGY_PITCH_MM: f64 = 7.8;
/// Space that numbers of the other axis need, mm.
const VALUE_PITCH_MM: f64 = 6.0;
/// Space that numbers of the differences need, mm.
const DIFFERENCE_PITCH_MM: f64 = 4.5;
/// Most differences that are filled.
const MOST_FILLS: usize = 2;
/// Room above and below differences over their range: numbers at its ends stand within the frame.
const STRIP_PAD: f64 = 0.17;
/// Least half range of differences: smaller ones are drawn small.
const LEAST_DIFFERENCE: f64 = 0.05;

/// One edge of the figure.
pub(super) struct Edge<'a> {
    /// Its curves.
    pub(super) shown: ShownEdge<'a>,
    /// Its windows.
    pub(super) recipe: &'a EdgeRecipe,
    curves: Vec<Curve<'a>>,
    range_ev: [f64; 2],
    /// Power of ten that net electrons are divided by.
    exponent: i32,
    /// How much higher each curve is drawn than the one before.
    raised: f64,
}

/// One curve within the range shown: `[energy, value, sigma]`.
struct Curve<'a> {
    look: &'a Look,
    points: Vec<[f64; 3]>,
}

impl Curve<'_> {
    /// Largest value.
    fn top(&self) -> f64 {
        self.points.iter().map(|point| point[1]).filter(|v| v.is_finite()).fold(0.0, f64::max)
    }
}

impl<'a> Edge<'a> {
    /// Selects what is drawn of an edge: its display window as far as there are data.
    pub(super) fn of(shown: ShownEdge<'a>, recipe: &'a EdgeRecipe, roles: &'a Roles, style: &FigureStyle) -> Self {
        let window = style.energy_ranges_ev.get(&recipe.name).copied().unwrap_or(recipe.display_ev);
        let window = [window.lo_ev(), window.hi_ev()];
        let inside = |e: &&f64| **e >= window[0] && **e <= window[1];
        let first = shown.edge.energy_ev.iter().find(inside);
        let last = shown.edge.energy_ev.iter().rfind(inside);
        let range_ev = match (first, last) {
            (Some(first), Some(last)) if first < last => [*first, *last],
            _ => window,
        };
        let exponent = match shown.quantity {
            Quantity::NetElectrons => thousands(&shown),
            _ => 0,
        };
        let mut edge = Self { shown, recipe, curves: Vec::new(), range_ev, exponent, raised: 0.0 };
        edge.curves = edge.select(roles);
        edge.raised = style.offset * edge.curves.first().map_or(0.0, Curve::top);
        edge
    }

    fn select(&self, roles: &'a Roles) -> Vec<Curve<'a>> {
        let energy = &self.shown.edge.energy_ev;
        let first = energy.partition_point(|e| *e < self.range_ev[0]);
        let end = energy.partition_point(|e| *e <= self.range_ev[1]);
        let factor = 10f64.powi(-self.exponent);
        let mut curves = Vec::new();
        for curve in &self.shown.curves {
            let (Some(values), Some(look)) = (&curve.values, roles.curve(curve.source)) else { continue };
            let rows = energy.iter().zip(&values.value).zip(&values.sigma);
            let rows = rows.skip(first).take(end.saturating_sub(first));
            curves.push(Curve { look, points: rows.map(|((e, v), s)| [*e, v * factor, s * factor]).collect() });
        }
        curves
    }

    /// Whether the edge has a curve of this look that cannot be drawn.
    pub(super) fn lacks(&self, look: &Look, roles: &Roles) -> bool {
        self.shown.curves.iter().any(|curve| curve.values.is_none() && roles.curve(curve.source) == Some(look))
    }

    fn reference(&self) -> Option<&Curve<'a>> {
        let is_reference = self.shown.curves.iter().any(|c| c.source.role == Role::Reference && c.values.is_some());
        self.curves.first().filter(|_| is_reference)
    }

    /// Site minus reference, for every site on the reference's scale.
    fn differences(&self) -> Vec<(&'a Look, Vec<[f64; 2]>)> {
        let Some(reference) = self.reference().filter(|_| self.shown.quantity != Quantity::NetElectrons) else {
            return Vec::new();
        };
        let minus = |curve: &Curve<'a>| {
            let pairs = curve.points.iter().zip(&reference.points);
            (curve.look, pairs.map(|(site, reference)| [site[0], site[1] - reference[1]]).collect())
        };
        self.curves.iter().skip(1).map(minus).collect()
    }

    /// Least and largest difference; `None` without differences.
    pub(super) fn difference_range(&self) -> Option<[f64; 2]> {
        let differences = self.differences();
        let finite = differences.iter().flat_map(|(_, points)| points).map(|p| p[1]).filter(|v| v.is_finite());
        let start = [-LEAST_DIFFERENCE, LEAST_DIFFERENCE];
        let range = finite.fold(start, |[lo, hi], v| [lo.min(v), hi.max(v)]);
        (!differences.is_empty()).then_some(range)
    }

    /// The part of the edge's frame that the curves take.
    pub(super) fn main_frame(&self, frame: Frame, style: &FigureStyle) -> Frame {
        if !style.differences || self.differences().is_empty() {
            return frame;
        }
        Frame { height_mm: MAIN_SHARE * (frame.height_mm - BETWEEN_MM), ..frame }
    }

    fn strip_frame(&self, frame: Frame, style: &FigureStyle) -> Frame {
        let top_mm = self.main_frame(frame, style).bottom_mm() + BETWEEN_MM;
        Frame { top_mm, height_mm: frame.bottom_mm() - top_mm, ..frame }
    }

    /// Upper limit of the curves' axis and the peak labels, clear of the areas taken.
    pub(super) fn fit(&self, frame: Frame, taken: &[Frame], style: &FigureStyle) -> Fitted {
        let skyline = self.skyline();
        let peaks = self.peaks(style);
        let bottom = self.bottom(&skyline);
        Room { frame, x: self.range_ev, bottom, skyline: &skyline, taken, peaks: &peaks }.fit(style)
    }

    fn skyline(&self) -> Skyline {
        let mut points: Vec<[f64; 2]> = Vec::new();
        for (curve, raised) in self.raised_curves() {
            let tops = curve.points.iter().map(|&[e, v, s]| [e, v + s + raised]);
            points.extend(tops.filter(|p| p.iter().all(|v| v.is_finite())));
        }
        points.sort_by(|a, b| a[0].total_cmp(&b[0]));
        Skyline { points }
    }

    /// Curves with how much higher than their values they are drawn.
    fn raised_curves(&self) -> impl Iterator<Item = (&Curve<'a>, f64)> {
        self.curves.iter().enumerate().map(|(k, curve)| (curve, self.raised * k as f64))
    }

    fn bottom(&self, skyline: &Skyline) -> f64 {
        let lows = self.curves.iter().flat_map(|curve| &curve.points).map(|&[_, v, s]| v - s);
        let low = lows.filter(|v| v.is_finite()).fold(0.0, f64::min);
        low - 0.05 * (skyline.top().unwrap_or(1.0) - low)
    }

    /// Peaks with the energy of the reference's maximum in their windows, ascending.
    fn peaks(&self, style: &FigureStyle) -> Vec<(RichText, f64)> {
        let Some(reference) = self.reference().filter(|_| style.peak_labels != PeakLabels::None) else {
            return Vec::new();
        };
        let find = |peak: &crate::model::PeakWindow| {
            let at = summit(&reference.points, [peak.window_ev.lo_ev(), peak.window_ev.hi_ev()])?;
            Some((RichText::peak(&peak.label), at))
        };
        let mut peaks: Vec<_> = self.recipe.peaks.iter().filter_map(find).collect();
        peaks.sort_by(|a, b| a.1.total_cmp(&b.1));
        peaks
    }

    fn value_title(&self) -> RichText {
        let offset = if self.raised > 0.0 { RichText::plain(", offset") } else { RichText::default() };
        let title = match &self.shown.quantity {
            Quantity::PerPeak { peak } if self.shown.single_scattering() => {
                RichText::plain("Single scattering / mean of ").then(RichText::peak(peak))
            }
            Quantity::PerPeak { peak } => RichText::plain("Intensity / mean of ").then(RichText::peak(peak)),
            Quantity::EqualArea { .. } => RichText::plain("Normalised intensity"),
            Quantity::NetElectrons if self.exponent == 0 => RichText::plain("Net intensity (electrons)"),
            Quantity::NetElectrons => RichText::plain("Net intensity (10")
                .then(RichText::superscript(&self.exponent.to_string()))
                .then(RichText::plain(" electrons)")),
        };
        title.then(offset)
    }

    /// The panels in the edge's frame. `legend` is the area that a legend takes in it, `differences_to` the range that
    /// differences are drawn over.
    pub(super) fn panels(
        &self,
        frame: Frame,
        letter: Option<String>,
        legend: Option<Frame>,
        differences_to: [f64; 2],
        style: &FigureStyle,
    ) -> Vec<Panel> {
        let mut main = self.main_panel(frame, letter, legend, style);
        let differences = self.differences();
        let title = self.value_title();
        let energy = RichText::plain("Energy loss (eV)");
        if !style.differences || differences.is_empty() {
            let widest = y_numbers_mm(&main, style);
            y_texts(&mut main, title, widest, style);
            x_texts(&mut main, energy, style);
            return vec![main];
        }
        let mut strip = self.strip_panel(self.strip_frame(frame, style), &differences, differences_to, style);
        let widest = y_numbers_mm(&main, style).max(y_numbers_mm(&strip, style));
        y_texts(&mut main, title, widest, style);
        let titles = ["Site \u{2212} ref.", "\u{394}"].map(RichText::plain);
        let title = first_that_fits(titles, strip.frame.height_mm + 0.5 * BETWEEN_MM, style);
        y_texts(&mut strip, title, widest, style);
        x_texts(&mut strip, energy, style);
        vec![main, strip]
    }

    fn main_panel(&self, frame: Frame, letter: Option<String>, legend: Option<Frame>, style: &FigureStyle) -> Panel {
        let frame = self.main_frame(frame, style);
        let x = axis(&RichText::plain("Energy loss (eV)"), self.range_ev, frame.width_mm, ENERGY_PITCH_MM);
        let blank = axis(&self.value_title(), [0.0, 1.0], frame.height_mm, VALUE_PITCH_MM);
        let id = self.recipe.slug();
        let mut panel = Panel { id, frame, x, y: blank, items: self.items(style), labels: Vec::new() };
        let mut taken = vec![heading(&mut panel, letter, RichText::shell(&self.recipe.name), style)];
        taken.extend(legend);
        let fitted = self.fit(frame, &taken, style);
        let bottom = self.bottom(&self.skyline());
        panel.y = axis(&self.value_title(), [bottom, fitted.top], frame.height_mm, VALUE_PITCH_MM);
        panel.items.extend(fitted.leaders(&panel));
        panel.labels.extend(fitted.labels);
        if self.skyline().points.is_empty() {
            let middle = [frame.left_mm + 0.5 * frame.width_mm, frame.top_mm + 0.5 * frame.height_mm];
            panel.labels.push(label(RichText::plain("no spectrum in this range"), middle, Align::Middle, style));
        }
        panel
    }

    fn items(&self, style: &FigureStyle) -> Vec<Item> {
        let mut items = self.windows(style);
        let bands = self.raised_curves().filter(|_| style.bands).map(|(curve, raised)| Item::Band {
            name: curve.look.name.clone(),
            colour: curve.look.colour,
            points: curve.points.iter().map(|&[e, v, s]| [e, v - s + raised, v + s + raised]).collect(),
        });
        items.extend(bands);
        items.extend(self.raised_curves().map(|(curve, raised)| {
            let points = curve.points.iter().map(|&[e, v, _]| [e, v + raised]).collect();
            curve_line(curve.look, style.curve_pt, points)
        }));
        items
    }

    /// Site minus reference with 1-sigma bands in a panel of its own, over a range.
    pub(super) fn difference_panel(
        &self,
        frame: Frame,
        letter: Option<String>,
        [lo, hi]: [f64; 2],
        style: &FigureStyle,
    ) -> Panel {
        let found = self.uncertain_differences();
        let title = RichText::plain("Site \u{2212} reference");
        let x = axis(&RichText::plain("Energy loss (eV)"), self.range_ev, frame.width_mm, ENERGY_PITCH_MM);
        // Room above for the letter and the name.
        let head = (3.0 + style.letter_pt.max(style.font_pt) * MM_PER_PT) / frame.height_mm;
        let top = hi + (head + 0.05) / (1.0 - head) * (hi - lo);
        let y = axis(&title, [lo - 0.06 * (hi - lo), top], frame.height_mm, VALUE_PITCH_MM);
        let mut items = self.windows(style);
        for (look, points) in found.iter().filter(|_| style.bands) {
            let points = points.iter().map(|&[e, d, s]| [e, d - s, d + s]).collect();
            items.push(Item::Band { name: look.name.clone(), colour: look.colour, points });
        }
        items.push(Item::Level { y: 0.0 });
        for (look, points) in &found {
            items.push(curve_line(look, style.curve_pt, points.iter().map(|&[e, d, _]| [e, d]).collect()));
        }
        let id = format!("{}-difference", self.recipe.slug());
        let mut panel = Panel { id, frame, x, y, items, labels: Vec::new() };
        heading(&mut panel, letter, RichText::shell(&self.recipe.name), style);
        let widest = y_numbers_mm(&panel, style);
        y_texts(&mut panel, title, widest, style);
        x_texts(&mut panel, RichText::plain("Energy loss (eV)"), style);
        panel
    }

    /// Least and largest difference, 1-sigma bands included.
    pub(super) fn uncertain_range(&self) -> [f64; 2] {
        let found = self.uncertain_differences();
        let ends = found.iter().flat_map(|(_, points)| points).flat_map(|&[_, d, s]| [d - s, d + s]);
        let start = [-LEAST_DIFFERENCE, LEAST_DIFFERENCE];
        ends.filter(|v| v.is_finite()).fold(start, |[lo, hi], v| [lo.min(v), hi.max(v)])
    }

    /// Site minus reference with its standard deviation, both counted independently.
    fn uncertain_differences(&self) -> Vec<(&'a Look, Vec<[f64; 3]>)> {
        let differences = self.differences();
        let Some(reference) = self.reference() else { return Vec::new() };
        let curves = self.curves.iter().skip(1);
        let with_sigma = |((look, points), curve): ((&'a Look, Vec<[f64; 2]>), &Curve<'a>)| {
            let sigma = curve.points.iter().zip(&reference.points).map(|(a, b)| a[2].hypot(b[2]));
            (look, points.into_iter().zip(sigma).map(|([e, d], s)| [e, d, s]).collect())
        };
        differences.into_iter().zip(curves).map(with_sigma).collect()
    }

    /// The integration windows of the peaks, when they are wanted.
    fn windows(&self, style: &FigureStyle) -> Vec<Item> {
        let window =
            |peak: &crate::model::PeakWindow| Item::Window { name: peak.label.clone(), range: peak.window_ev.into() };
        self.recipe.peaks.iter().filter(|_| style.shade_windows).map(window).collect()
    }

    fn strip_panel(
        &self,
        frame: Frame,
        differences: &[(&Look, Vec<[f64; 2]>)],
        [lo, hi]: [f64; 2],
        style: &FigureStyle,
    ) -> Panel {
        let pad = STRIP_PAD * (hi - lo);
        let x = axis(&RichText::plain("Energy loss (eV)"), self.range_ev, frame.width_mm, ENERGY_PITCH_MM);
        let title = RichText::plain("Site \u{2212} ref.");
        let y = axis(&title, [lo - pad, hi + pad], frame.height_mm, DIFFERENCE_PITCH_MM);
        let mut items: Vec<Item> = Vec::new();
        // More fills would only add up to one dark patch.
        for (look, points) in differences.iter().filter(|_| differences.len() <= MOST_FILLS) {
            let (name, colour) = (look.name.clone(), look.colour);
            items.push(Item::Fill { name, colour, points: points.clone() });
        }
        items.push(Item::Level { y: 0.0 });
        for (look, points) in differences {
            items.push(curve_line(look, 0.75 * style.curve_pt, points.clone()));
        }
        let id = format!("{}-difference", self.recipe.slug());
        Panel { id, frame, x, y, items, labels: Vec::new() }
    }
}

fn curve_line(look: &Look, width_pt: f64, points: Vec<[f64; 2]>) -> Item {
    Item::Line { name: look.name.clone(), colour: look.colour, dash: look.dash, width_pt, points }
}

/// The power of 1000 that brings the largest value to between 1 and 1000, as a power of ten.
fn thousands(shown: &ShownEdge<'_>) -> i32 {
    let values = shown.curves.iter().filter_map(|curve| curve.values.as_ref()).flat_map(|values| &values.value);
    let largest = values.copied().filter(|v| v.is_finite()).fold(1.0, f64::max);
    3 * (largest.log10() / 3.0).floor() as i32
}

/// Energy of the highest mean of five channels in a window; the middle of the window where the curve only passes
/// through. `None` when fewer than five channels lie in it.
fn summit(points: &[[f64; 3]], window: [f64; 2]) -> Option<f64> {
    let inside: Vec<[f64; 3]> = points.iter().filter(|p| p[0] >= window[0] && p[0] < window[1]).copied().collect();
    let means: Vec<f64> = inside.windows(5).map(|w| w.iter().map(|p| p[1]).sum::<f64>() / 5.0).collect();
    let best = means.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1))?.0;
    if best == 0 || best + 1 == means.len() {
        return Some(0.5 * (window[0] + window[1]));
    }
    inside.get(best + 2).map(|p| p[0])
}
