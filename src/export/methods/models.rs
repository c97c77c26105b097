//! Joint fits and unmixing, which rest on a model.

use crate::analysis::fit::JointFitResult;
use crate::analysis::unmix::{UnmixedDrop, UnmixingResult};
use crate::analysis::{EdgeResult, Report};

use super::{fixed, p_value, percent, place, series, window, with_sigma};

/// Joint fits of all edges that have them.
pub(super) fn joint_fits(report: &Report) -> String {
    let of_edge = |edge: &EdgeResult| {
        let first = edge.joint_fit.first()?;
        let seen = if first.low_loss { "seen through the low losses" } else { "no low loss" };
        let what = format!(
            "The fine structure of {} was fitted in each site together with the reference over {} (Gaussian peaks with \
             shared positions and widths, a continuum step and a power law of each spectrum, {seen}; maximum likelihood \
             with weak priors of 1.5 eV on positions and 0.35 on the logarithm of widths).",
            edge.name,
            window(first.window_ev)
        );
        let sites = edge.joint_fit.iter().map(|fit| fitted(report, fit));
        Some(std::iter::once(what).chain(sites).collect::<Vec<_>>().join(" "))
    };
    report.edges.iter().filter_map(of_edge).collect::<Vec<_>>().join(" ")
}

fn fitted(report: &Report, fit: &JointFitResult) -> String {
    let place = place(report, &fit.scan, &fit.site);
    let reason = fit.reason.as_deref().unwrap_or("unknown reason");
    let Some(chi2) = fit.chi2 else { return format!("{place}: no fit ({reason}).") };
    let peaks = series(fit.peaks.iter().map(|peak| {
        let [energy, fwhm] = [
            with_sigma(peak.energy_ev, Some(peak.energy_sigma_ev), 2),
            with_sigma(peak.fwhm_ev, Some(peak.fwhm_sigma_ev), 2),
        ];
        format!("{} at {energy} eV ({fwhm} eV wide)", peak.label)
    }));
    let p = fit.p.map(|p| format!(", p = {}", p_value(p))).unwrap_or_default();
    let gate = if fit.valid { "its intervals hold".to_owned() } else { format!("no interval is given: {reason}") };
    format!("{place}: {peaks}; chi squared {chi2:.0} for {} degrees of freedom{p}; {gate}.", fit.dof)
}

/// Unmixing of all edges and scans that have it.
pub(super) fn unmixing(report: &Report) -> String {
    let all = report.edges.iter().flat_map(|edge| edge.unmixing.iter().map(move |unmixing| (edge, unmixing)));
    all.map(|(edge, unmixing)| unmixed(edge, unmixing)).collect::<Vec<_>>().join(" ")
}

fn unmixed(edge: &EdgeResult, unmixing: &UnmixingResult) -> String {
    let probe = unmixing.probe.as_ref().map(|probe| {
        let [[a, b], [c, d]] = probe.matrix.map(|row| row.map(|value| fixed(value, 3)));
        format!(
            " with a probe whose core is {} nm wide, whose tail was stated to have {} % of the height and {} nm, and oxygen \
             outside the chain stated as m0 = {}: M = [[{a}, {b}], [{c}, {d}]], condition number {}",
            with_sigma(probe.core_fwhm_nm, Some(probe.core_fwhm_sigma_nm), 3),
            percent(probe.tail_share),
            fixed(probe.tail_fwhm_nm, 2),
            fixed(probe.off_chain, 3),
            fixed(probe.condition_number, 2)
        )
    });
    let drop = |at: &UnmixedDrop| {
        let drop = at.drop.map(|drop| with_sigma(100.0 * drop, at.drop_sigma.map(|sigma| 100.0 * sigma), 1) + " %");
        format!("{} at {} {}", at.peak, at.site, drop.unwrap_or_else(|| "not given".to_owned()))
    };
    let found = match &unmixing.reason {
        Some(reason) => format!("was not done ({reason})"),
        None => format!("gives drops of the columns by themselves: {}", series(unmixing.drops.iter().map(drop))),
    };
    format!("Unmixing of {} in {}{} {found}.", edge.name, unmixing.scan, probe.unwrap_or_default())
}
