//! The signal beside the line scan, one value per position.

use super::heat_map::{Map, calibrated_axis};
use super::look::ProfileChoice;
use super::stage::Shown;
use super::text;
use crate::analysis::EdgeCurves;
use crate::document::OpenScan;
use crate::model::{EdgeRecipe, EdgeUse, EnergyAxis, EnergyWindow, ProfileKind};

/// The profile asked for and its name; what is there instead when it is not.
pub(super) fn of(shown: &Shown<'_>, name: &str, open: &OpenScan, map: &Map) -> (Vec<f64>, &'static str) {
    let choice = shown.view.look.profile;
    let wanted = match choice {
        ProfileChoice::Auto => None,
        other => one(shown, name, open, map, other),
    };
    let order = [ProfileChoice::Abf, ProfileChoice::Haadf, ProfileChoice::View];
    let found = || order.into_iter().find_map(|choice| one(shown, name, open, map, choice));
    wanted.or_else(found).unwrap_or_else(|| (Vec::new(), text::PROFILE_VIEW))
}

/// Whether there is such a profile.
pub(super) fn exists(shown: &Shown<'_>, open: &OpenScan, choice: ProfileChoice) -> bool {
    let has = |kind| open.profiles.iter().any(|profile| profile.kind == kind);
    match choice {
        ProfileChoice::Auto | ProfileChoice::View => true,
        ProfileChoice::Abf => has(ProfileKind::Abf),
        ProfileChoice::Haadf => has(ProfileKind::Haadf),
        ProfileChoice::OK => edge(shown, EdgeUse::Drops).is_some(),
        ProfileChoice::TiL => edge(shown, EdgeUse::Invariance).is_some(),
    }
}

/// What a choice is called.
pub(super) fn label(choice: ProfileChoice) -> &'static str {
    match choice {
        ProfileChoice::Auto => text::PROFILE_AUTO,
        ProfileChoice::Abf => text::PROFILE_ABF,
        ProfileChoice::Haadf => text::PROFILE_HAADF,
        ProfileChoice::OK => text::PROFILE_O_K,
        ProfileChoice::TiL => text::PROFILE_TI_L,
        ProfileChoice::View => text::PROFILE_VIEW,
    }
}

fn one(
    shown: &Shown<'_>,
    name: &str,
    open: &OpenScan,
    map: &Map,
    choice: ProfileChoice,
) -> Option<(Vec<f64>, &'static str)> {
    let recorded = |kind, sign: f64| {
        let found = open.profiles.iter().find(|profile| profile.kind == kind)?;
        Some(found.values.iter().map(|value| sign * value).collect())
    };
    let values = match choice {
        ProfileChoice::Auto => None,
        ProfileChoice::Abf => recorded(ProfileKind::Abf, -1.0),
        ProfileChoice::Haadf => recorded(ProfileKind::Haadf, 1.0),
        ProfileChoice::OK => recorded(ProfileKind::OK, 1.0).or_else(|| net(shown, name, open, EdgeUse::Drops)),
        ProfileChoice::TiL => net(shown, name, open, EdgeUse::Invariance),
        ProfileChoice::View => Some(map.profile.clone()),
    };
    values.map(|values| (values, label(choice)))
}

fn edge<'a>(shown: &Shown<'a>, usage: EdgeUse) -> Option<&'a EdgeRecipe> {
    shown.bench.document().session().recipe.edges.iter().find(|edge| edge.usage == usage)
}

fn net(shown: &Shown<'_>, name: &str, open: &OpenScan, usage: EdgeUse) -> Option<Vec<f64>> {
    let comparison = shown.bench.derived()?.comparison.as_ref();
    let edge = edge(shown, usage)?;
    let curves = comparison.curves.iter().find(|curves| curves.edge == edge.name)?;
    let axis = calibrated_axis(open, name, Some(comparison));
    along(open, &axis, edge, (curves, name))
}

/// Counts over all peaks of an edge less the background there, which is the pre-edge of each position continued as the
/// background of the scan's sum goes.
fn along(
    open: &OpenScan,
    axis: &EnergyAxis,
    edge: &EdgeRecipe,
    (curves, name): (&EdgeCurves, &str),
) -> Option<Vec<f64>> {
    let lowest = edge.peaks.iter().map(|peak| peak.window_ev.lo_ev()).fold(f64::INFINITY, f64::min);
    let highest = edge.peaks.iter().map(|peak| peak.window_ev.hi_ev()).fold(f64::NEG_INFINITY, f64::max);
    let signal = EnergyWindow::new(lowest, highest).ok()?;
    let before = edge.background.window_ev;
    let spectrum = curves.spectra.iter().find(|spectrum| spectrum.scan == name).or(curves.spectra.first())?;
    let level = |window: EnergyWindow| -> f64 {
        let inside = |e: &f64| (window.lo_ev()..=window.hi_ev()).contains(e);
        let pairs = curves.energy_ev.iter().zip(&spectrum.background);
        pairs.filter(|(e, _)| inside(e)).map(|(_, b)| b).sum()
    };
    let continued = level(signal) / level(before);
    let [signal, before] = [signal, before].map(|window| axis.channels_in(window));
    let counts = open.scan.counts();
    let sum = |position: usize, channels: &std::ops::Range<usize>| -> f64 {
        counts.slice(ndarray::s![position, channels.clone()]).sum()
    };
    Some((0..open.scan.positions()).map(|i| sum(i, &signal) - continued * sum(i, &before)).collect())
}
