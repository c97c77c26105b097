//! The joint fit: net electrons with the model and its components, and residuals in standard deviations below.

use crate::analysis::fit::{FittedParts, JointFitCurves, JointFitResult};
use crate::analysis::{Comparison, EdgeCurves};
use crate::model::{FigureStyle, PeakLabels};

use super::headroom::{Room, Skyline};
use super::legend::{self, Entry};
use super::page::{Letters, MARGIN_MM, axis, bottom_gutter, heading, left_gutter, x_texts, y_numbers_mm, y_texts};
use super::rich::{RichText, shortened_name};
use super::roles::{Look, Roles};
use super::scene::{Frame, Item, Panel, Scene};
use super::style::{Colour, Dash};

/// Least width of a panel with its axis, mm.
const LEAST_PITCH_MM: f64 = 56.0;
/// Share of a panel's height that the residuals take.
const STRIP_SHARE: f64 = 0.2;
/// Space between curves and residuals, mm.
const BETWEEN_MM: f64 = 2.0;
/// Space that numbers of the axes need, mm.
const NUMBER_PITCH_MM: [f64; 3] = [9.0, 6.0, 4.5];
/// Least half range of residuals, standard deviations.
const LEAST_RESIDUAL: f64 = 3.0;
/// Share of a panel's width that its name may take.
const NAME_SHARE: f64 = 0.6;

/// One spectrum of a fit.
struct Fitted<'a> {
    look: &'a Look,
    labels: &'a [String],
    parts: &'a FittedParts,
    /// Whether the intervals of the fit hold.
    valid: bool,
}

/// Draws the reference and every site that was fitted; `None` without a joint fit.
pub(super) fn joint_fit(comparison: &Comparison, style: &FigureStyle, letters: &mut Letters) -> Option<Scene> {
    let roles = Roles::of(comparison);
    let fitted: Vec<Fitted<'_>> =
        comparison.curves.iter().flat_map(|curves| fitted(comparison, curves, &roles)).collect();
    if fitted.is_empty() {
        return None;
    }
    let gutter_mm = left_gutter(style);
    let (legend, legend_mm) =
        legend::above(&entries(fitted.iter().all(|spectrum| spectrum.valid)), MARGIN_MM + gutter_mm, style);
    let most = ((style.width_mm - MARGIN_MM) / LEAST_PITCH_MM).floor().max(1.0) as usize;
    let beside = most.min(fitted.len());
    let pitch_mm = (style.width_mm - MARGIN_MM) / beside as f64;
    let height_mm = (style.row_height_mm - bottom_gutter(style)).max(25.0);
    let row_mm = height_mm + bottom_gutter(style) + MARGIN_MM;
    let mut panels = Vec::new();
    for (k, spectrum) in fitted.iter().enumerate() {
        let frame = Frame {
            left_mm: MARGIN_MM + gutter_mm + pitch_mm * (k % beside) as f64,
            top_mm: MARGIN_MM + legend_mm + row_mm * (k / beside) as f64,
            width_mm: pitch_mm - gutter_mm - MARGIN_MM,
            height_mm,
        };
        panels.extend(spectrum.panels(frame, letters.next(), style));
    }
    let bottom_mm = panels.iter().map(|panel| panel.frame.bottom_mm()).fold(0.0, f64::max);
    Some(Scene {
        description: "Joint fit of sites and reference: net electrons, model, components and residuals".to_owned(),
        width_mm: style.width_mm,
        height_mm: bottom_mm + bottom_gutter(style),
        style: style.clone(),
        panels,
        legend,
    })
}

/// The reference as it was fitted with the first site, then every site.
fn fitted<'a>(comparison: &'a Comparison, curves: &'a EdgeCurves, roles: &'a Roles) -> Vec<Fitted<'a>> {
    let edge = comparison.report.edges.iter().find(|edge| edge.name == curves.edge);
    let results = edge.map_or(&[][..], |edge| edge.joint_fit.as_slice());
    let valid = |fit: &JointFitCurves| {
        let own = |result: &&JointFitResult| result.scan == fit.scan && result.site == fit.site;
        results.iter().find(own).is_some_and(|result| result.valid)
    };
    let first = curves.joint_fits.first().zip(roles.reference());
    let reference =
        first.map(|(fit, look)| Fitted { look, labels: &fit.labels, parts: &fit.reference_parts, valid: valid(fit) });
    let site = |fit: &'a JointFitCurves| {
        let look = roles.site(&fit.scan, &fit.site)?;
        Some(Fitted { look, labels: &fit.labels, parts: &fit.parts, valid: valid(fit) })
    };
    reference.into_iter().chain(curves.joint_fits.iter().filter_map(site)).collect()
}

/// What lines mean, and whether the intervals of all fits hold; the peaks carry their names.
fn entries(valid: bool) -> [Entry; 3] {
    let fit = if valid { "Fit" } else { "Fit (not valid)" };
    [
        Entry::line("Net electrons", Colour::Quiet, Dash::Solid),
        Entry::line(fit, Colour::Ink, Dash::Solid),
        Entry::line("Continuum", Colour::Part(4), Dash::Dashed),
    ]
}

impl Fitted<'_> {
    /// Power of ten that electrons are divided by.
    fn exponent(&self) -> i32 {
        let largest = self.net().into_iter().filter(|v| v.is_finite()).fold(1.0, f64::max);
        3 * (largest.log10() / 3.0).floor() as i32
    }

    fn net(&self) -> Vec<f64> {
        self.parts.electrons.iter().zip(&self.parts.background).map(|(n, b)| n - b).collect()
    }

    /// The model above the background.
    fn fit(&self) -> Vec<f64> {
        self.parts.model.iter().zip(&self.parts.background).map(|(m, b)| m - b).collect()
    }

    fn panels(&self, frame: Frame, letter: Option<String>, style: &FigureStyle) -> [Panel; 2] {
        let mut main = self.main(frame, letter, style);
        let mut strip = self.strip(frame, style);
        let widest = y_numbers_mm(&main, style).max(y_numbers_mm(&strip, style));
        y_texts(&mut main, self.title(), widest, style);
        y_texts(&mut strip, RichText::plain("Res. (\u{3c3})"), widest, style);
        x_texts(&mut strip, RichText::plain("Energy loss (eV)"), style);
        [main, strip]
    }

    fn title(&self) -> RichText {
        match self.exponent() {
            0 => RichText::plain("Net electrons"),
            exponent => RichText::plain("Net electrons (10")
                .then(RichText::superscript(&exponent.to_string()))
                .then(RichText::plain(")")),
        }
    }

    fn points(&self, values: &[f64], scale: f64) -> Vec<[f64; 2]> {
        self.parts.energy_ev.iter().zip(values).map(|(e, v)| [*e, v * scale]).collect()
    }

    fn range_ev(&self) -> [f64; 2] {
        let energies = &self.parts.energy_ev;
        [energies.first().copied().unwrap_or(0.0), energies.last().copied().unwrap_or(1.0)]
    }

    fn main(&self, frame: Frame, letter: Option<String>, style: &FigureStyle) -> Panel {
        let frame = Frame { height_mm: (1.0 - STRIP_SHARE) * (frame.height_mm - BETWEEN_MM), ..frame };
        let x = axis(&RichText::plain("Energy loss (eV)"), self.range_ev(), frame.width_mm, NUMBER_PITCH_MM[0]);
        let y = axis(&self.title(), [0.0, 1.0], frame.height_mm, NUMBER_PITCH_MM[1]);
        let id = format!("joint-fit-{}", self.look.site);
        let mut panel = Panel { id, frame, x, y, items: self.items(style), labels: Vec::new() };
        let name = shortened_name(&self.look.scan, self.look.after_scan(), NAME_SHARE * frame.width_mm, style);
        let taken = [heading(&mut panel, letter, RichText::plain(&name), style)];
        let higher = self.net().into_iter().zip(self.fit()).map(|(n, m)| n.max(m)).collect::<Vec<_>>();
        let net = self.points(&higher, 10f64.powi(-self.exponent()));
        let skyline = Skyline { points: net.iter().copied().filter(|p| p.iter().all(|v| v.is_finite())).collect() };
        let low = skyline.points.iter().map(|p| p[1]).fold(0.0, f64::min);
        let bottom = low - 0.05 * (skyline.top().unwrap_or(1.0) - low);
        let peaks = if style.peak_labels == PeakLabels::None { Vec::new() } else { self.peaks() };
        let room = Room { frame, x: self.range_ev(), bottom, skyline: &skyline, taken: &taken, peaks: &peaks };
        let fitted = room.fit(style);
        panel.y = axis(&self.title(), [bottom, fitted.top], frame.height_mm, NUMBER_PITCH_MM[1]);
        panel.items.extend(fitted.leaders(&panel));
        panel.labels.extend(fitted.labels);
        panel
    }

    /// Names of the peaks at the maxima of their components, ascending.
    fn peaks(&self) -> Vec<(RichText, f64)> {
        let summit = |component: &Vec<f64>| {
            let best = component.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1))?.0;
            self.parts.energy_ev.get(best).copied()
        };
        let named = self.labels.iter().zip(&self.parts.peaks);
        let mut peaks: Vec<_> =
            named.filter_map(|(label, component)| Some((RichText::peak(label), summit(component)?))).collect();
        peaks.sort_by(|a, b| a.1.total_cmp(&b.1));
        peaks
    }

    fn items(&self, style: &FigureStyle) -> Vec<Item> {
        let scale = 10f64.powi(-self.exponent());
        let line = |name: &str, colour: Colour, dash: Dash, width_pt: f64, values: &[f64]| Item::Line {
            name: name.to_owned(),
            colour,
            dash,
            width_pt,
            points: self.points(values, scale),
        };
        let mut items = Vec::new();
        for (k, (label, component)) in self.labels.iter().zip(&self.parts.peaks).enumerate() {
            let points = self.points(component, scale);
            items.push(Item::Fill { name: label.clone(), colour: Colour::Part(k), points });
            items.push(line(label, Colour::Part(k), Dash::Solid, 0.75 * style.curve_pt, component));
        }
        items.push(Item::Level { y: 0.0 });
        items.push(line("continuum", Colour::Part(4), Dash::Dashed, 0.75 * style.curve_pt, &self.parts.step));
        items.push(line("net electrons", Colour::Quiet, Dash::Solid, 0.75 * style.curve_pt, &self.net()));
        items.push(line("fit", Colour::Ink, Dash::Solid, style.curve_pt, &self.fit()));
        items
    }

    fn strip(&self, frame: Frame, style: &FigureStyle) -> Panel {
        let height_mm = STRIP_SHARE * (frame.height_mm - BETWEEN_MM);
        let frame = Frame { top_mm: frame.bottom_mm() - height_mm, height_mm, ..frame };
        let finite = self.parts.residual.iter().filter(|v| v.is_finite());
        let half = 1.08 * finite.fold(LEAST_RESIDUAL, |most, v| most.max(v.abs()));
        let x = axis(&RichText::plain("Energy loss (eV)"), self.range_ev(), frame.width_mm, NUMBER_PITCH_MM[0]);
        let y = axis(&RichText::plain("Residual (sigma)"), [-half, half], height_mm, NUMBER_PITCH_MM[2]);
        let residual = Item::Line {
            name: "residual".to_owned(),
            colour: self.look.colour,
            dash: Dash::Solid,
            width_pt: 0.75 * style.curve_pt,
            points: self.points(&self.parts.residual, 1.0),
        };
        let id = format!("joint-fit-{}-residual", self.look.site);
        Panel { id, frame, x, y, items: vec![Item::Level { y: 0.0 }, residual], labels: Vec::new() }
    }
}
