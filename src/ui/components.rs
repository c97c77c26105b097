//! The joint fit on the spectra: every peak, the continuum step and their sum, with the verdict of the fit in words.

use egui::{
    Align2, Color32, Mesh, Pos2, Rangef, Rect, Role as AccessRole, Sense, Shape, Stroke, Ui, WidgetInfo, pos2, vec2,
};

use super::stage::Lane;
use super::text;
use super::theme::{self, Palette, SMALL};
use super::view_model::{Ink, REFERENCE_SITE};
use super::view_state::Stage;
use crate::analysis::fit::{FittedParts, JointFitCurves, JointFitResult};
use crate::analysis::{Comparison, EdgeCurves, SiteCurve};
use crate::model::Role;

/// Share of its height from which on a peak is drawn.
const SEEN: f64 = 0.005;

/// One curve of a fit.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// Label of the peak; what it is for the others.
    pub label: String,
    /// Values, one per energy of the fit.
    pub y: Vec<f64>,
}

/// The fit of one spectrum, in the units of its pane.
#[derive(Debug, Clone, PartialEq)]
pub struct Components {
    /// Site, or the reference.
    pub site: String,
    /// Colour.
    pub ink: Ink,
    /// Energies, calibrated eV.
    pub energy_ev: Vec<f64>,
    /// What the parts stand on: the background of the fit before it is subtracted, else zero.
    pub base: Vec<f64>,
    /// Peaks.
    pub peaks: Vec<Part>,
    /// Continuum step.
    pub step: Part,
    /// Everything together.
    pub sum: Part,
    /// Whether the intervals of the fit hold.
    pub valid: bool,
    /// The verdict in words.
    pub verdict: String,
}

/// Spectra of a scan whose fits can be shown: its sites and the reference.
pub(super) fn choices(comparison: &Comparison, edge: &str, scan: &str) -> Vec<String> {
    let curves = comparison.curves.iter().find(|curves| curves.edge == edge);
    let fits = curves.into_iter().flat_map(|curves| &curves.joint_fits).filter(|fit| fit.scan == scan);
    let mut sites: Vec<String> = fits.map(|fit| fit.site.clone()).collect();
    if !sites.is_empty() {
        sites.push(REFERENCE_SITE.to_owned());
    }
    sites
}

/// The fit of one spectrum of a scan; of the reference, that with the first site.
pub(super) fn of(
    comparison: &Comparison,
    curves: &EdgeCurves,
    (scan, site): (&str, &str),
    stage: Stage,
    ink: Ink,
) -> Option<Components> {
    let (fit, parts) = fit_of(curves, scan, site)?;
    let spectrum = curves.spectra.iter().find(|curve| match site {
        REFERENCE_SITE => curve.role == Role::Reference,
        site => curve.scan == scan && curve.site == site,
    })?;
    let used = comparison.report.sites.iter().find(|used| used.scan == spectrum.scan && used.name == spectrum.site);
    let per_position = used.map_or(1.0, |used| used.positions.max(1) as f64);
    let unit = match stage {
        Stage::Normalised => unit(spectrum)?,
        _ => per_position,
    };
    let on_background = matches!(stage, Stage::Raw | Stage::Background);
    let (valid, verdict) = verdict(comparison, curves, (scan, &fit.site), site);
    Some(Components { site: site.to_owned(), ink, valid, verdict, ..scaled(fit, parts, unit, on_background) })
}

fn fit_of<'a>(curves: &'a EdgeCurves, scan: &str, site: &str) -> Option<(&'a JointFitCurves, &'a FittedParts)> {
    let mut fits = curves.joint_fits.iter().filter(|fit| fit.scan == scan);
    if site == REFERENCE_SITE {
        return fits.next().map(|fit| (fit, &fit.reference_parts));
    }
    fits.find(|fit| fit.site == site).map(|fit| (fit, &fit.parts))
}

/// Residuals of the fit of a spectrum in standard deviations at these energies, no number where nothing was fitted.
pub(super) fn residuals(curves: &EdgeCurves, scan: &str, spectrum: &SiteCurve, energy_ev: &[f64]) -> Option<Vec<f64>> {
    let site = if spectrum.role == Role::Reference { REFERENCE_SITE } else { &spectrum.site };
    let (_, parts) = fit_of(curves, scan, site)?;
    let fitted = &parts.energy_ev;
    let step = fitted.get(1).zip(fitted.first()).map(|(second, first)| second - first)?;
    let at = |energy: &f64| {
        let k = fitted.partition_point(|e| *e < energy - 0.5 * step);
        let near = fitted.get(k).is_some_and(|e| (e - energy).abs() <= 0.5 * step);
        parts.residual.get(k).copied().filter(|_| near).unwrap_or(f64::NAN)
    };
    Some(energy_ev.iter().map(at).collect())
}

/// Net electrons per unit of the normalised spectrum; `None` without plural scattering, which a fit holds.
fn unit(spectrum: &SiteCurve) -> Option<f64> {
    if spectrum.single_scattering {
        return None;
    }
    let pairs = spectrum.net.iter().zip(&spectrum.normalised);
    let (net, normalised) = pairs.max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()))?;
    Some(net / normalised).filter(|unit| unit.is_finite() && *unit > 0.0)
}

fn scaled(fit: &JointFitCurves, parts: &FittedParts, unit: f64, on_background: bool) -> Components {
    let base: Vec<f64> = parts.background.iter().map(|b| if on_background { b / unit } else { 0.0 }).collect();
    let above = |values: &[f64]| -> Vec<f64> { values.iter().zip(&base).map(|(v, base)| v / unit + base).collect() };
    let net: Vec<f64> = parts.model.iter().zip(&parts.background).map(|(model, b)| model - b).collect();
    let part = |label: &str, y| Part { label: label.to_owned(), y };
    Components {
        site: String::new(),
        ink: Ink::Reference,
        energy_ev: parts.energy_ev.clone(),
        peaks: fit.labels.iter().zip(&parts.peaks).map(|(label, peak)| part(label, above(peak))).collect(),
        step: part(text::STEP_CURVE, above(&parts.step)),
        sum: part(text::SUM_CURVE, above(&net)),
        base,
        valid: false,
        verdict: String::new(),
    }
}

/// Whether the intervals of a fit hold, and that in words.
fn verdict(comparison: &Comparison, curves: &EdgeCurves, (scan, fitted): (&str, &str), site: &str) -> (bool, String) {
    let edge = comparison.report.edges.iter().find(|edge| edge.name == curves.edge);
    let results = edge.map_or(&[][..], |edge| edge.joint_fit.as_slice());
    let result: Option<&JointFitResult> = results.iter().find(|result| result.scan == scan && result.site == fitted);
    let valid = result.is_some_and(|result| result.valid);
    let reason = result.and_then(|result| result.reason.as_deref()).unwrap_or_default();
    let verdict = match (valid, reason) {
        (true, _) => text::FIT_HOLDS.to_owned(),
        (false, "") => text::FIT_FAILS.to_owned(),
        (false, reason) => format!("{}: {reason}", text::FIT_FAILS),
    };
    (valid, format!("{} {site}: {verdict}", text::JOINT_FIT))
}

/// Draws the fit over the spectra of a lane. `height` is where a value stands.
pub(super) fn paint(ui: &Ui, lane: &Lane<'_>, y: Rangef, height: &dyn Fn(f64) -> f32) {
    let Some(fit) = &lane.pane.components else { return };
    let palette = Palette::of(ui);
    let rect = lane.rect(y);
    let painter = ui.painter_at(rect);
    let colour = palette.ink(fit.ink);
    let across = lane.scale();
    let points = |values: &[f64]| -> Vec<Pos2> {
        let pairs = fit.energy_ev.iter().zip(values).filter(|(_, v)| v.is_finite());
        pairs.map(|(e, v)| pos2(across.at(*e), height(*v))).collect()
    };
    for part in &fit.peaks {
        let (y, base) = trimmed(part, &fit.base);
        let (top, base) = (points(&y), points(&base));
        painter.add(between(&top, &base, colour.gamma_multiply(0.10)));
        painter.add(Shape::line(top.clone(), Stroke::new(1.0, colour.gamma_multiply(0.8))));
        let summit = top.iter().min_by(|a, b| a.y.total_cmp(&b.y)).filter(|summit| rect.contains(**summit));
        if let Some(summit) = summit {
            let font = theme::medium(11.0);
            painter.text(*summit - vec2(0.0, 2.0), Align2::CENTER_BOTTOM, &part.label, font, colour);
        }
    }
    let step = points(&fit.step.y);
    painter.extend(Shape::dashed_line(&step, Stroke::new(1.1, colour.gamma_multiply(0.9)), 6.0, 4.0));
    painter.add(Shape::line(points(&fit.sum.y), Stroke::new(2.0, palette.text.gamma_multiply(0.85))));
}

/// A peak where it can be seen above its base, no numbers elsewhere.
fn trimmed(part: &Part, base: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let heights = part.y.iter().zip(base).map(|(y, base)| y - base);
    let least = SEEN * heights.fold(0.0, f64::max);
    let cut = |(y, base): (&f64, &f64)| if y - base > least { (*y, *base) } else { (f64::NAN, f64::NAN) };
    part.y.iter().zip(base).map(cut).unzip()
}

fn between(top: &[Pos2], base: &[Pos2], colour: Color32) -> Mesh {
    let mut mesh = Mesh::default();
    for (a, b) in top.iter().zip(base) {
        mesh.colored_vertex(*a, colour);
        mesh.colored_vertex(*b, colour);
    }
    for k in 1..u32::try_from(mesh.vertices.len() / 2).unwrap_or_default() {
        mesh.add_triangle(2 * k - 2, 2 * k - 1, 2 * k);
        mesh.add_triangle(2 * k - 1, 2 * k, 2 * k + 1);
    }
    mesh
}

/// Writes the verdict at the foot of the column beside the plots; gives what is left of the column.
pub(super) fn said(ui: &Ui, column: Rect, lanes: &[Lane<'_>]) -> Rect {
    let Some(fit) = lanes.iter().find_map(|lane| lane.pane.components.as_ref()) else { return column };
    let palette = Palette::of(ui);
    let colour = if fit.valid { palette.weak } else { palette.caution };
    let sign = if fit.valid { "" } else { "⚠ " };
    let words = format!("{sign}{}", fit.verdict);
    let galley = ui.painter().layout(words, theme::regular(SMALL), colour, column.width());
    let place = Rect::from_min_size(column.left_bottom() - vec2(0.0, galley.size().y), galley.size());
    ui.painter().galley(place.min, galley, colour);
    let response = ui.interact(place, ui.scope_id().with("joint fit"), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(AccessRole::Label, true, &fit.verdict));
    response.on_hover_text(text::FIT_HINT);
    column.with_max_y(place.top() - 6.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts() -> (JointFitCurves, FittedParts) {
        let parts = FittedParts {
            energy_ev: vec![530.0, 531.0],
            electrons: vec![10.0, 40.0],
            model: vec![12.0, 38.0],
            background: vec![8.0, 6.0],
            step: vec![1.0, 2.0],
            peaks: vec![vec![3.0, 30.0]],
            residual: vec![0.0; 2],
        };
        let fit = JointFitCurves {
            scan: "scan".into(),
            site: "O1".into(),
            labels: vec!["a".into()],
            parts: parts.clone(),
            reference_parts: parts.clone(),
        };
        (fit, parts)
    }

    #[test]
    fn peaks_and_step_add_up_to_the_sum_on_either_base() {
        let (fit, parts) = parts();
        for (on_background, base) in [(false, [0.0, 0.0]), (true, [4.0, 3.0])] {
            let made = scaled(&fit, &parts, 2.0, on_background);
            assert_eq!(made.base, base);
            for k in 0..2 {
                let sum = made.peaks[0].y[k] + made.step.y[k] - made.base[k];
                assert!((sum - made.sum.y[k]).abs() < 1e-12);
            }
        }
    }
}
