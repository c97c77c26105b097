//! The panes of the middle: which edges and scans are shown, and every curve and window on them, as plain data.

use std::collections::BTreeMap;

use super::components;
use super::format;
use super::look::{Scans, Strip};
use super::text;
use super::view_model::{Band, BandKind, Curve, Ink, Pane, ScanCard, WHOLE_PANE};
use super::view_state::{EdgeChoice, Stage, ViewState};
use crate::analysis::{Comparison, EdgeCurves, SiteCurve};
use crate::document::{Document, WindowName};
use crate::model::{EdgeRecipe, EdgeUse, EnergyWindow, LineScan, Recipe, Role};

/// How much paler the curves of the last of several scans are.
const PALEST: f32 = 0.55;

/// Edges shown, by the choice of the view.
pub fn shown_edges<'a>(recipe: &'a Recipe, view: &ViewState) -> Vec<&'a EdgeRecipe> {
    match view.edges {
        EdgeChoice::One(k) if k < recipe.edges.len() => recipe.edges.get(k).into_iter().collect(),
        _ => recipe.edges.iter().collect(),
    }
}

/// The panes for a document with its results.
pub(super) fn panes(
    document: &Document,
    comparison: Option<&Comparison>,
    view: &ViewState,
    cards: &[ScanCard],
) -> Vec<Pane> {
    let selected = || cards.iter().find(|card| card.selected).and_then(|card| document.scan(&card.name));
    if let (None, Some(open)) = (comparison, selected()) {
        return vec![whole_pane(&open.scan, cards, view)];
    }
    let edges = shown_edges(&document.session().recipe, view);
    let biased: Vec<&ScanCard> = cards.iter().filter(|card| card.role == Role::Scan).collect();
    if view.look.scans == Scans::SideBySide && biased.len() > 1 {
        let Some(edge) = edges.iter().find(|edge| edge.usage == EdgeUse::Drops).or(edges.first()) else {
            return Vec::new();
        };
        return biased.iter().map(|card| pane(edge, comparison, view, cards, Some(&card.name))).collect();
    }
    edges.into_iter().map(|edge| pane(edge, comparison, view, cards, None)).collect()
}

fn pane(
    edge: &EdgeRecipe,
    comparison: Option<&Comparison>,
    view: &ViewState,
    cards: &[ScanCard],
    scan: Option<&str>,
) -> Pane {
    let display = [edge.display_ev.lo_ev(), edge.display_ev.hi_ev()];
    let range_ev = view.zoom.get(&edge.name).copied().unwrap_or(display);
    let mut pane = Pane {
        edge: edge.name.clone(),
        scan: scan.map(str::to_owned),
        range_ev,
        home_ev: display,
        limits_ev: display,
        energy_ev: Vec::new(),
        curves: Vec::new(),
        strip: Vec::new(),
        components: None,
        bands: bands(edge, view.stage),
        y_label: y_label(edge, view.stage),
        missing: None,
    };
    let found = comparison.and_then(|comparison| {
        let curves = comparison.curves.iter().find(|curves| curves.edge == edge.name)?;
        Some((comparison, curves))
    });
    match found {
        Some((comparison, curves)) => fill(&mut pane, (edge, comparison, curves), view, cards),
        None => pane.missing = Some(text::NO_CURVES.to_owned()),
    }
    pane
}

/// The sum of a scan over its whole range, counts on the file's axis: what there is to see before, or without, a result.
fn whole_pane(scan: &LineScan, cards: &[ScanCard], view: &ViewState) -> Pane {
    let axis = scan.axis();
    let limits = [axis.first_ev(), axis.last_ev()];
    let range_ev = view.zoom.get(WHOLE_PANE).copied().unwrap_or(limits);
    let name = cards.iter().find(|card| card.selected).map(|card| card.name.clone()).unwrap_or_default();
    let positions = scan.positions().max(1) as f64;
    let sum = scan.counts().sum_axis(ndarray::Axis(0));
    Pane {
        edge: WHOLE_PANE.to_owned(),
        scan: None,
        range_ev,
        home_ev: limits,
        limits_ev: limits,
        energy_ev: axis.energies(),
        curves: vec![Curve {
            name: name.clone(),
            scan: name,
            ink: Ink::Reference,
            tint: 0.0,
            y: sum.iter().map(|counts| counts / positions).collect(),
            sigma: Vec::new(),
            is_background: false,
        }],
        strip: Vec::new(),
        components: None,
        bands: Vec::new(),
        y_label: text::COUNTS_PER_POSITION.to_owned(),
        missing: None,
    }
}

fn y_label(edge: &EdgeRecipe, stage: Stage) -> String {
    match (stage, &edge.normalise_by) {
        (Stage::Normalised, Some(peak)) => format!("{} {peak}", text::PER_PEAK),
        (Stage::Normalised, None) => text::NORMALISED_BY.to_owned(),
        _ => text::PER_POSITION.to_owned(),
    }
}

/// Whether a spectrum belongs on a pane: the reference on all, a scan's on its own or where all are shown.
fn is_shown(spectrum: &SiteCurve, pane: &Pane, view: &ViewState, cards: &[ScanCard]) -> bool {
    if spectrum.role == Role::Reference || (view.look.scans == Scans::All && pane.scan.is_none()) {
        return true;
    }
    let is_scan = |card: &&ScanCard| card.role == Role::Scan;
    let chosen = cards.iter().filter(is_scan).find(|card| card.selected).or(cards.iter().find(is_scan));
    let wanted = pane.scan.as_deref().or(chosen.map(|card| card.name.as_str()));
    wanted == Some(spectrum.scan.as_str())
}

fn fill(
    pane: &mut Pane,
    (edge, comparison, curves): (&EdgeRecipe, &Comparison, &EdgeCurves),
    view: &ViewState,
    cards: &[ScanCard],
) {
    let [lo, hi] = pane.range_ev;
    let from = curves.energy_ev.partition_point(|e| *e < lo).saturating_sub(1);
    let to = (curves.energy_ev.partition_point(|e| *e <= hi) + 1).min(curves.energy_ev.len()).max(from);
    pane.energy_ev = curves.energy_ev.get(from..to).unwrap_or_default().to_vec();
    if let (Some(first), Some(last)) = (curves.energy_ev.first(), curves.energy_ev.last()) {
        pane.limits_ev = [*first, *last];
    }
    let positions = positions(comparison);
    let drawn = (cards, view.look.scans == Scans::All);
    let shown: Vec<&SiteCurve> =
        curves.spectra.iter().filter(|spectrum| is_shown(spectrum, pane, view, cards)).collect();
    for spectrum in &shown {
        let per = positions.get(&(spectrum.scan.as_str(), spectrum.site.as_str())).copied().unwrap_or(1.0);
        let cut = |values: &[f64], scale: f64| -> Vec<f64> {
            values.get(from..to).unwrap_or_default().iter().map(|v| v / scale).collect()
        };
        let (values, sigma, scale) = match view.stage {
            Stage::Raw | Stage::Background => (&spectrum.raw, &spectrum.raw_sigma, per),
            Stage::Subtracted => (&spectrum.net, &spectrum.raw_sigma, per),
            Stage::Normalised => (&spectrum.normalised, &spectrum.normalised_sigma, 1.0),
        };
        if values.is_empty() {
            continue;
        }
        pane.curves.push(curve(spectrum, drawn, cut(values, scale), cut(sigma, scale)));
        if view.stage == Stage::Background {
            let (y, sigma) = (cut(&spectrum.background, per), cut(&spectrum.background_sigma, per));
            pane.curves.push(Curve { is_background: true, ..curve(spectrum, drawn, y, sigma) });
        }
    }
    if pane.curves.is_empty() {
        pane.missing = Some(text::NOT_NORMALISED.to_owned());
    }
    if let Some(site) = &view.look.components {
        let scan = shown.iter().find(|spectrum| spectrum.role == Role::Scan).map(|spectrum| spectrum.scan.as_str());
        let own = shown.iter().find(|spectrum| spectrum.site == *site && Some(spectrum.scan.as_str()) == scan);
        let ink = own.map_or(Ink::Reference, |spectrum| ink_of(spectrum, cards));
        pane.components =
            scan.and_then(|scan| components::of(comparison, curves, (scan, site.as_str()), view.stage, ink));
    }
    pane.strip = match view.look.strip {
        Strip::Difference => differences(&pane.curves),
        Strip::Residuals => {
            let of = |spectrum: &&SiteCurve| {
                let y = residuals(edge, &curves.energy_ev, spectrum);
                curve(spectrum, drawn, y.get(from..to).unwrap_or_default().to_vec(), Vec::new())
            };
            shown.iter().map(of).collect()
        }
        Strip::FitResiduals => {
            let scan = shown.iter().find(|spectrum| spectrum.role == Role::Scan).map(|spectrum| spectrum.scan.as_str());
            let of = |spectrum: &&SiteCurve| {
                let y = components::residuals(curves, scan?, spectrum, &pane.energy_ev)?;
                Some(curve(spectrum, drawn, y, Vec::new()))
            };
            shown.iter().filter_map(of).collect()
        }
    };
}

fn curve(spectrum: &SiteCurve, (cards, over_each_other): (&[ScanCard], bool), y: Vec<f64>, sigma: Vec<f64>) -> Curve {
    let scans: Vec<&str> = cards.iter().filter(|card| card.role == Role::Scan).map(|card| card.name.as_str()).collect();
    let number = scans.iter().position(|name| *name == spectrum.scan).unwrap_or_default();
    let last = scans.len().saturating_sub(1).max(1);
    // The last scan, usually the one of highest bias, has the full colour.
    let paler = PALEST * (scans.len().saturating_sub(1 + number)) as f32 / last as f32;
    let tint = if over_each_other && spectrum.role == Role::Scan { paler } else { 0.0 };
    Curve {
        name: spectrum.site.clone(),
        scan: spectrum.scan.clone(),
        ink: ink_of(spectrum, cards),
        tint,
        y,
        sigma,
        is_background: false,
    }
}

fn positions(comparison: &Comparison) -> BTreeMap<(&str, &str), f64> {
    let sites = &comparison.report.sites;
    sites.iter().map(|site| ((site.scan.as_str(), site.name.as_str()), site.positions.max(1) as f64)).collect()
}

fn ink_of(spectrum: &SiteCurve, cards: &[ScanCard]) -> Ink {
    if spectrum.role == Role::Reference {
        return Ink::Reference;
    }
    let card = cards.iter().find(|card| card.name == spectrum.scan);
    let line = card.and_then(|card| card.sites.iter().find(|line| line.name == spectrum.site));
    line.map_or(Ink::Site(0), |line| line.ink)
}

/// Site minus reference, with the standard deviation of independent counts.
fn differences(curves: &[Curve]) -> Vec<Curve> {
    let plain = || curves.iter().filter(|curve| !curve.is_background);
    let Some(reference) = plain().find(|curve| curve.ink == Ink::Reference) else { return Vec::new() };
    let minus = |curve: &Curve| Curve {
        y: curve.y.iter().zip(&reference.y).map(|(site, reference)| site - reference).collect(),
        sigma: curve.sigma.iter().zip(&reference.sigma).map(|(site, reference)| site.hypot(*reference)).collect(),
        ..curve.clone()
    };
    plain().filter(|curve| curve.ink != Ink::Reference).map(minus).collect()
}

/// Data minus background in standard deviations inside the windows of the fit, no number elsewhere.
fn residuals(edge: &EdgeRecipe, energy_ev: &[f64], spectrum: &SiteCurve) -> Vec<f64> {
    let windows = [Some(edge.background.window_ev), edge.background.ratio_window_ev];
    let inside = |e: f64| windows.iter().flatten().any(|window| (window.lo_ev()..=window.hi_ev()).contains(&e));
    let pairs = spectrum.net.iter().zip(&spectrum.raw_sigma).zip(energy_ev);
    pairs.map(|((net, sigma), e)| if inside(*e) { net / sigma } else { f64::NAN }).collect()
}

fn bands(edge: &EdgeRecipe, stage: Stage) -> Vec<Band> {
    let band = |window, (label, short): (&str, &str), window_ev: EnergyWindow, kind| Band {
        window,
        label: label.to_owned(),
        short: short.to_owned(),
        window_ev,
        kind,
    };
    let background = &edge.background;
    let mut bands = Vec::new();
    if let (Stage::Background, Some(window_ev)) = (stage, background.ratio_window_ev) {
        bands.push(band(WindowName::Ratio, text::BAND_RATIO, window_ev, BandKind::Background));
    }
    bands.push(band(WindowName::Background, text::BAND_BACKGROUND, background.window_ev, BandKind::Background));
    for (k, &window_ev) in background.more_windows_ev.iter().enumerate() {
        bands.push(band(WindowName::MoreBackground(k), text::BAND_BACKGROUND, window_ev, BandKind::Background));
    }
    for peak in &edge.peaks {
        let normalising = edge.usage == EdgeUse::Drops && edge.normalise_by.as_ref() == Some(&peak.label);
        let kind = if normalising { BandKind::Normalising } else { BandKind::Peak };
        let short = format::edge_name(&peak.label);
        let label = if normalising { format!("{short} = 1") } else { short.clone() };
        bands.push(band(WindowName::Peak(peak.label.clone()), (&label, &short), peak.window_ev, kind));
    }
    bands
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(ink: Ink, y: f64, sigma: f64) -> Curve {
        let (name, scan) = (String::new(), String::new());
        Curve { name, scan, ink, tint: 0.0, y: vec![y], sigma: vec![sigma], is_background: false }
    }

    #[test]
    fn a_difference_carries_the_noise_of_both_spectra() {
        let found = differences(&[plain(Ink::Reference, 10.0, 4.0), plain(Ink::Site(0), 7.0, 3.0)]);
        assert_eq!((found.len(), found[0].y[0], found[0].sigma[0]), (1, -3.0, 5.0));
    }

    #[test]
    fn residuals_are_shown_only_where_the_background_was_fitted() {
        let recipe = Recipe::preset("lto").unwrap();
        let edge = recipe.edge("O K").unwrap();
        let spectrum = SiteCurve {
            scan: String::new(),
            role: Role::Scan,
            site: String::new(),
            offset_ev: 0.0,
            raw: vec![0.0; 2],
            raw_sigma: vec![2.0; 2],
            background: vec![0.0; 2],
            background_sigma: vec![0.0; 2],
            net: vec![6.0; 2],
            normalised: Vec::new(),
            single_scattering: false,
            normalised_sigma: Vec::new(),
        };
        let found = residuals(edge, &[525.0, 540.0], &spectrum);
        assert!(found[0] == 3.0 && found[1].is_nan());
    }
}
