//! The results as a table for a terminal.

use std::fmt::Write;

use super::methods::{fixed, gain};
use crate::analysis::unmix::{UnmixedDrop, UnmixingResult};
use crate::analysis::{Comparison, EdgeResult, PeakAtSite, Report, SiteAgainstSite, TiL};

const TITLES: [&str; 6] = ["scan", "site", "peak", "drop", "95 % interval", "p"];

/// Drops with sigmas and 95 % intervals, O1 against O2, Ti L, the error budget and the warnings: plain text, columns
/// aligned, lines ending in line feeds.
pub fn text_table(comparison: &Comparison) -> String {
    let report = &comparison.report;
    let mut out = String::new();
    for edge in &report.edges {
        line(
            &mut out,
            format_args!(
                "{}: drop from the reference, normalised by peak {}; {}",
                edge.name,
                edge.normalisation.peak,
                edge.normalisation.sizes()
            ),
        );
        aligned(&mut out, TITLES, drop_rows(edge));
        reasons(&mut out, edge);
        together(&mut out, edge);
        let against = against_rows(edge);
        if !against.is_empty() {
            line(&mut out, format_args!("\n{}: site against site of the same scan", edge.name));
            aligned(&mut out, ["scan", "sites", "peak", "drop", "95 % interval", "p"], against);
        }
        stability(&mut out, edge);
        joint_fits(&mut out, edge);
        edge.orderings().iter().for_each(|sentence| line(&mut out, format_args!("  {sentence}.")));
        for unmixing in &edge.unmixing {
            unmixed(&mut out, &edge.name, unmixing);
        }
        out.push('\n');
    }
    if !report.ti_l.is_empty() {
        let edge = comparison.invariance_edge().unwrap_or("White lines");
        line(&mut out, format_args!("{edge} against the reference"));
        let lower = if edge.starts_with("Ti ") { "Ti3+ (%)" } else { "lower valence (%)" };
        let titles = ["scan", "site", "verdict", "p equal", "shift (eV)", lower, "95 % limit", "L3/L2"];
        aligned(&mut out, titles, report.ti_l.iter().map(ti_row).collect());
        out.push('\n');
    }
    line(&mut out, format_args!("{}", gain(report)));
    self_checks(&mut out, report);
    let budget = &report.error_budget;
    line(
        &mut out,
        format_args!("Intervals and p hold: {budget}; after \u{b1} stands one sigma without the background model"),
    );
    for warning in &report.warnings {
        line(&mut out, format_args!("Warning: {} ({})", warning.message, warning.place));
    }
    for part in &report.not_computed {
        line(&mut out, format_args!("Not computed: {} ({})", part.field, part.reason));
    }
    out
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = writeln!(out, "{text}");
}

/// What the probe mixes, and the drops of the columns by themselves or why there are none.
fn unmixed(out: &mut String, edge: &str, unmixing: &UnmixingResult) {
    line(out, format_args!("\n{edge}: columns of {} by themselves, the probe as stated", unmixing.scan));
    if let Some(probe) = &unmixing.probe {
        let [[a, b], [c, d]] = probe.matrix;
        let (core, share, tail) = (probe.core_fwhm_nm, 100.0 * probe.tail_share, probe.tail_fwhm_nm);
        line(out, format_args!("  probe: core {core:.3} nm, tail {share:.0} % of {tail:.2} nm"));
        let (m0, condition) = (probe.off_chain, probe.condition_number);
        line(
            out,
            format_args!("  M = [[{a:.3}, {b:.3}], [{c:.3}, {d:.3}]], m0 = {m0:.3}, condition number {condition:.2}"),
        );
    }
    match &unmixing.reason {
        Some(reason) => line(out, format_args!("  - ({reason})")),
        None => {
            let row = |at: &UnmixedDrop| {
                let [drop, interval, _] = cells(at.drop, at.drop_sigma, at.drop_ci95, None, at.reason.as_deref());
                [at.site.clone(), at.peak.clone(), drop, interval]
            };
            aligned(out, ["site", "peak", "drop", "95 % interval"], unmixing.drops.iter().map(row).collect());
        }
    }
}

/// Why drops are missing, a line each: in the table a sentence would widen every row.
fn reasons(out: &mut String, edge: &EdgeResult) {
    for peak in &edge.peaks {
        for at in peak.sites.iter().filter(|at| at.drop.is_none()) {
            let reason = at.reason.as_deref().unwrap_or("not computed");
            line(out, format_args!("  {} at {} of {}: {reason}", peak.label, at.site, at.scan));
        }
    }
}

/// All peaks of a site together.
fn together(out: &mut String, edge: &EdgeResult) {
    for combined in &edge.combined {
        if let (Some(chi2), Some(p)) = (combined.chi2, combined.p) {
            let (scan, site, dof) = (&combined.scan, &combined.site, combined.dof);
            line(
                out,
                format_args!("  all peaks together, {scan} {site}: X\u{b2} {chi2:.1} of {dof}, p {}", p_value(p)),
            );
        }
    }
}

/// Whether drops depend on where their windows lie.
fn stability(out: &mut String, edge: &EdgeResult) {
    let maps = edge.peaks.iter().flat_map(|peak| peak.sites.iter().map(move |at| (&peak.label, at)));
    let maps: Vec<_> = maps.filter_map(|(peak, at)| Some((peak, at, at.sensitivity.as_ref()?))).collect();
    let moving: Vec<String> = (maps.iter().filter(|(.., map)| !map.stable))
        .map(|(peak, at, map)| {
            format!("{peak} at {} of {} by up to {} %", at.site, at.scan, percent(map.largest_change))
        })
        .collect();
    match (maps.is_empty(), moving.is_empty()) {
        (true, _) => {}
        (_, true) => line(out, format_args!("  Every drop is stable under window choice.")),
        _ => line(out, format_args!("  Other windows move more than one sigma: {}.", moving.join(", "))),
    }
}

/// Whether the joint fits hold; their numbers are in the report.
fn joint_fits(out: &mut String, edge: &EdgeResult) {
    for fit in &edge.joint_fit {
        let verdict = match &fit.reason {
            Some(reason) => format!("not valid, {reason}"),
            None => "valid".to_owned(),
        };
        line(out, format_args!("  Joint fit of {} of {}: {verdict}.", fit.site, fit.scan));
    }
}

/// Halves of every scan against each other, whose true drops are zero.
fn self_checks(out: &mut String, report: &Report) {
    let checks: Vec<String> = report
        .self_check
        .iter()
        .map(|check| {
            let ti = check.ti_p_equal.map(|p| format!(", white lines p {}", p_value(p))).unwrap_or_default();
            format!("{} {} X\u{b2} {:.1}, p {}{ti}", check.scan, check.split, check.chi2, p_value(check.p))
        })
        .collect();
    if !checks.is_empty() {
        line(out, format_args!("Self-check (halves of a scan, true drops zero): {}", checks.join("; ")));
    }
}

fn p_value(p: f64) -> String {
    if p < 1e-3 { format!("{p:.0e}") } else { format!("{p:.3}") }
}

fn drop_rows(edge: &EdgeResult) -> Vec<[String; 6]> {
    let peaks = edge.peaks.iter().filter(|peak| peak.label != edge.normalisation.peak);
    peaks.flat_map(|peak| peak.sites.iter().map(|at| drop_row(&peak.label, at))).collect()
}

fn drop_row(peak: &str, at: &PeakAtSite) -> [String; 6] {
    let [drop, interval, p] = cells(at.drop, at.drop_sigma, at.drop_ci95, at.p, None);
    [at.scan.clone(), at.site.clone(), peak.to_owned(), drop, interval, p]
}

fn against_rows(edge: &EdgeResult) -> Vec<[String; 6]> {
    let row = |peak: &str, at: &SiteAgainstSite| {
        let [drop, interval, p] = cells(at.drop, at.drop_sigma, at.drop_ci95, at.p, at.reason.as_deref());
        [at.scan.clone(), format!("{} / {}", at.site, at.against), peak.to_owned(), drop, interval, p]
    };
    edge.peaks.iter().flat_map(|peak| peak.site_against_site.iter().map(move |at| row(&peak.label, at))).collect()
}

/// Drop with sigma, interval and p; the reason in place of a drop that is missing.
fn cells(
    drop: Option<f64>,
    sigma: Option<f64>,
    interval: Option<[f64; 2]>,
    p: Option<f64>,
    reason: Option<&str>,
) -> [String; 3] {
    let Some(drop) = drop else {
        return [reason.map_or("-".to_owned(), |reason| format!("- ({reason})")), String::new(), String::new()];
    };
    let interval = interval.map(|[lo, hi]| format!("{} to {} %", percent(lo), percent(hi)));
    let p = p.map(p_value);
    [with_sigma(drop, sigma), interval.unwrap_or_default(), p.unwrap_or_default()]
}

fn with_sigma(drop: f64, sigma: Option<f64>) -> String {
    match sigma {
        Some(sigma) => format!("{} \u{b1} {} %", percent(drop), percent(sigma)),
        None => format!("{} %", percent(drop)),
    }
}

fn percent(fraction: f64) -> String {
    fixed(100.0 * fraction, 1)
}

fn ti_row(at: &TiL) -> [String; 8] {
    let pair = |value: Option<f64>, sigma: Option<f64>, scale: f64, digits: usize| match (value, sigma) {
        (Some(value), Some(sigma)) => {
            format!("{} \u{b1} {}", fixed(scale * value, digits), fixed(scale * sigma, digits))
        }
        (Some(value), None) => fixed(scale * value, digits),
        (None, _) => "-".to_owned(),
    };
    let verdict = at.verdict.clone().or_else(|| at.reason.clone()).unwrap_or_else(|| "not computed".to_owned());
    [
        at.scan.clone(),
        at.site.clone(),
        verdict,
        at.p_equal.map_or_else(|| "-".to_owned(), p_value),
        pair(at.shift_ev, at.shift_sigma_ev, 1.0, 3),
        pair(at.ti3_fraction, at.ti3_sigma, 100.0, 1),
        at.ti3_upper95.map_or_else(|| "-".to_owned(), |limit| format!("{} %", fixed(100.0 * limit, 1))),
        pair(at.l3_l2_relative, at.l3_l2_sigma, 1.0, 3),
    ]
}

/// Writes rows under titles, columns as wide as their widest cell, two spaces between them.
fn aligned<const N: usize>(out: &mut String, titles: [&str; N], rows: Vec<[String; N]>) {
    let rows: Vec<[String; N]> = std::iter::once(titles.map(str::to_owned)).chain(rows).collect();
    let mut widths = [0; N];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    for row in &rows {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}"));
        line(out, format_args!("  {}", cells.collect::<Vec<_>>().join("  ").trim_end()));
    }
}
