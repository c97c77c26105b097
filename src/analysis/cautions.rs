//! Cautions about backgrounds and windows of one edge.

use crate::model::{EdgeRecipe, EdgeUse, PeakMeasure};

use super::background;
use super::compare::{Fitted, SiteSum};
use super::net::{Pair, SiteBackground};
use super::report::{EdgeResult, PeakAtSite, Warning};

pub(super) fn of_pair(pair: &Pair<'_>, edge: &EdgeRecipe, site: &SiteSum, on_titanium: bool) -> Vec<Warning> {
    let place = format!("{} at {} of {}", edge.name, site.site, site.scan);
    let mut warnings = Vec::new();
    let mut warn = |code: &str, message: String| {
        warnings.push(Warning { code: code.to_owned(), message, place: place.clone() });
    };
    let fits = match &pair.site_background {
        SiteBackground::Own(own) => vec![own, &pair.reference_background],
        SiteBackground::Ratio(ratio) => {
            if ratio.p().is_some_and(|p| p < 0.001) {
                let message = "the site's pre-edge is no smooth multiple of the reference's (p < 0.001): thickness or surroundings differ";
                warn("pre-edge-differs", message.to_owned());
            }
            vec![&pair.reference_background]
        }
    };
    if fits.iter().any(|fit| !(0.0..=10.0).contains(&fit.exponent().0)) {
        warn(
            "background-exponent",
            "the background exponent lies outside 0 to 10: is the window before the edge?".to_owned(),
        );
    }
    // What a failed self-check multiplies by is told where it failed.
    if let Some(factor) = pair.misfit_factor() {
        let message =
            format!("the pre-edge scatters more than counting allows: covariances are multiplied by {factor:.1}");
        warn("pre-edge-misfit", message);
    }
    warnings.extend(window_warnings(pair, edge, on_titanium));
    warnings.extend(background::Model::of(edge.background.model).caution.map(|caution| Warning {
        code: format!("background-{}", edge.background.model.name()),
        message: caution.to_owned(),
        place: edge.name.clone(),
    }));
    warnings
}

/// A caution about how peaks are measured.
pub(super) fn of_measure(edge: &EdgeRecipe) -> Option<Warning> {
    (edge.measure == PeakMeasure::Maximum).then(|| Warning {
        code: "maximum-measure".to_owned(),
        message: "peaks are measured by their highest net channel, which is noisy and biased upwards: for display only, without intervals"
            .to_owned(),
        place: edge.name.clone(),
    })
}

/// A caution for every site from which plural scattering cannot be removed though peaks are to be measured without it.
pub(super) fn of_plural(result: &EdgeResult, edge: &EdgeRecipe, fitted: &[Fitted<'_>]) -> Vec<Warning> {
    if edge.measure != PeakMeasure::SingleScattering {
        return Vec::new();
    }
    let sites = result.peaks.iter().take(1).flat_map(|peak| &peak.sites).zip(fitted);
    let lost = |(entry, pair): (&PeakAtSite, &Fitted<'_>)| {
        let reason =
            entry.reason.as_ref().filter(|_| pair.is_ok() && entry.ratio.is_none() && entry.ratio_set.is_none())?;
        Some(Warning {
            code: "plural-not-removed".to_owned(),
            message: format!("drops are to be measured without plural scattering, which cannot be removed: {reason}"),
            place: format!("{} at {} of {}", result.name, entry.site, entry.scan),
        })
    };
    sites.filter_map(lost).collect()
}

/// A caution for every site where peaks hold too few electrons for a drop.
pub(super) fn of_detection(result: &EdgeResult) -> Vec<Warning> {
    let mut sites: Vec<(&str, &str, Vec<&str>)> = Vec::new();
    for peak in &result.peaks {
        let lost = |entry: &&PeakAtSite| entry.drop.is_none() && entry.ratio_set.is_some();
        for entry in peak.sites.iter().filter(lost) {
            match sites.iter_mut().find(|(scan, site, _)| (*scan, *site) == (&entry.scan, &entry.site)) {
                Some((_, _, peaks)) => peaks.push(&peak.label),
                None => sites.push((&entry.scan, &entry.site, vec![&peak.label])),
            }
        }
    }
    let warning = |(scan, site, peaks): (&str, &str, Vec<&str>)| Warning {
        code: "peak-not-detected".to_owned(),
        message: format!(
            "too few electrons: {} (or what normalises) lies below three sigma, so that no drop is given, only the ratios that are not excluded; sum more positions or record longer",
            peaks.join(", ")
        ),
        place: format!("{} at {site} of {scan}", result.name),
    };
    sites.into_iter().map(warning).collect()
}

/// Cautions about where the windows lie.
fn window_warnings(pair: &Pair<'_>, edge: &EdgeRecipe, on_titanium: bool) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let mut warn = |code: &str, message: String| {
        warnings.push(Warning { code: code.to_owned(), message, place: edge.name.clone() });
    };
    let starts = [("background", Some(pair.window)), ("ratio", edge.background.ratio_window_ev)];
    for (what, window) in starts.into_iter().filter(|_| on_titanium) {
        if edge.usage == EdgeUse::Drops && window.is_some_and(|window| window.lo_ev() < 490.0) {
            let message =
                format!("the {what} window starts below 490 eV: the tail of Ti L and its plasmon copy lie there");
            warn("background-on-ti-tail", message);
        }
    }
    if pair.window.lo_ev() < edge.background.window_ev.lo_ev() {
        let message = format!(
            "the background window {} holds fewer than ten channels: {} is fitted instead",
            edge.background.window_ev, pair.window
        );
        warn("background-window-short", message);
    }
    let first = edge.peaks.iter().map(|peak| peak.window_ev.lo_ev()).fold(f64::INFINITY, f64::min);
    let gap = 2.5_f64.max(2.0 * pair.reference.axis.dispersion_ev());
    // Peak a starts 0.7 eV after the onset in the preset, hence the onset 0.7 eV after the window's start.
    if edge.usage == EdgeUse::Drops && pair.window.hi_ev() + gap > first + 0.7 + 1e-9 {
        let message =
            format!("the background window ends less than {gap:.1} eV before the onset: the edge leaks into it");
        warn("background-near-onset", message);
    }
    for (k, peak) in edge.peaks.iter().enumerate() {
        for other in edge.peaks.iter().skip(k + 1).filter(|other| other.window_ev.overlaps(&peak.window_ev)) {
            warn("windows-overlap", format!("peaks {} and {} share channels", peak.label, other.label));
        }
    }
    warnings
}
