//! The report put together from its parts.

use std::sync::Arc;

use crate::model::{Along, Role, Site, SpikeHandling};

use super::compare::EdgeOutcome;
use super::place::Placed;
use super::prepare::Prepared;
use super::report::{
    Column, Comparison, EdgeResult, NotComputed, Pattern, Report, SelfCheck, SiteUsed, Spike, Spikes, Thickness, TiL,
    Warning,
};
use super::{CompareInput, ScanInput, normalisations, spikes};

/// What the sigmas of this version hold.
const ERROR_BUDGET: &str = "counting, read noise, fixed pattern and background model";

/// Puts the report together.
pub fn assemble(
    input: &CompareInput,
    prepared: &Prepared,
    placed: Placed,
    outcomes: Vec<EdgeOutcome>,
    checks: Vec<Vec<SelfCheck>>,
) -> Comparison {
    let mut warnings = prepared.warnings.clone();
    warnings.extend(of_self_checks(&checks));
    if !input.scans.iter().chain([&input.reference]).all(|scan| scan.low_loss.is_some()) {
        warnings.push(Warning {
            code: "no-low-loss".to_owned(),
            message: "not every scan has a low loss: a difference in thickness is unknown, and alters b, c and d"
                .to_owned(),
            place: "thickness".to_owned(),
        });
    }
    warnings.extend(input.scans.iter().chain([&input.reference]).filter_map(summed_across));
    warnings.extend(input.scans.iter().filter(|scan| same_counts(scan, &input.reference)).map(|scan| Warning {
        code: "scan-is-reference".to_owned(),
        message: "it holds the same counts as the reference: nothing can differ, and intervals mean nothing".to_owned(),
        place: scan.name.clone(),
    }));
    warnings.extend(placed.warnings.iter().cloned());
    let mut sites = vec![site_used(&input.reference, Role::Reference, &placed.reference)];
    for (scan, placed) in input.scans.iter().zip(&placed.scans) {
        sites.extend(placed.iter().map(|site| site_used(scan, Role::Scan, site)));
    }
    let (mut edges, mut ti_l, mut curves) = (Vec::new(), Vec::new(), Vec::new());
    for outcome in outcomes {
        edges.extend(outcome.result);
        ti_l.extend(outcome.ti_l);
        curves.push(outcome.curves);
        warnings.extend(outcome.warnings);
    }
    let mut unique: Vec<Warning> = Vec::new();
    for warning in warnings {
        if !unique.contains(&warning) {
            unique.push(warning);
        }
    }
    if prepared.noise.effective {
        without_goodness(&mut edges, &mut ti_l);
    }
    let not_computed = not_computed(input, prepared, &edges);
    let report = Report {
        error_budget: ERROR_BUDGET.to_owned(),
        gain: prepared.noise.report.clone(),
        pattern: patterns(input, prepared),
        calibration: prepared.calibration.clone(),
        self_check: checks.into_iter().flatten().collect(),
        spikes: removed_spikes(input, prepared),
        alignment: prepared.alignment.clone(),
        thickness: thickness(prepared, &unique),
        agreement: prepared.agreement.clone(),
        site_finding: placed.finding,
        sites,
        edges,
        ti_l,
        warnings: unique,
        not_computed,
    };
    Comparison { report, curves }
}

/// Takes back what rests on chi squared: an effective gain holds whatever the spectra scatter by, so that nothing is left to
/// test.
fn without_goodness(edges: &mut [EdgeResult], ti_l: &mut [TiL]) {
    for background in edges.iter_mut().flat_map(|edge| &mut edge.backgrounds) {
        (background.reduced_chi2, background.ratio_reduced_chi2, background.ratio_p) = (None, None, None);
    }
    for entry in ti_l.iter_mut().filter(|entry| entry.p_equal.is_some()) {
        entry.p_equal = None;
        entry.verdict = Some("insufficient-sensitivity".to_owned());
        entry.reason = Some("too few positions to tell noise from a difference: no test of equal shapes".to_owned());
    }
}

/// Says that a two-dimensional image is taken as a line.
fn summed_across(scan: &ScanInput) -> Option<Warning> {
    let (line, other) = match scan.scan.along? {
        Along::X => ("x", "y"),
        Along::Y => ("y", "x"),
    };
    let positions = scan.scan.positions();
    let message = format!(
        "a two-dimensional image: its {positions} positions along {line} are compared as a line, {other} is summed"
    );
    Some(Warning { code: "summed-across".to_owned(), message, place: scan.name.clone() })
}

fn same_counts(one: &ScanInput, other: &ScanInput) -> bool {
    Arc::ptr_eq(&one.scan, &other.scan) || one.scan.counts() == other.scan.counts()
}

/// Cautions about halves of scans that differ.
fn of_self_checks(checks: &[Vec<SelfCheck>]) -> Vec<Warning> {
    let mut warnings = Vec::new();
    for check in checks.iter().flatten().filter(|check| check.covariance_factor > 1.0) {
        warnings.push(Warning {
            code: "self-check-failed".to_owned(),
            message: format!(
                "halves of the scan ({}) differ more than the noise allows (p = {:.1e}): covariances are multiplied by {:.1}",
                check.split, check.p, check.covariance_factor
            ),
            place: check.scan.clone(),
        });
    }
    let ti_differs = |check: &&SelfCheck| check.split != "halves" && check.ti_p_equal.is_some_and(|p| p < 1e-3);
    for check in checks.iter().flatten().filter(ti_differs) {
        warnings.push(Warning {
            code: "ti-l-self-check-failed".to_owned(),
            message: format!(
                "the white lines of halves of the scan ({}) differ more than the noise allows (p = {:.1e}): their p_equal is too small by as much",
                check.split,
                check.ti_p_equal.unwrap_or_default()
            ),
            place: check.scan.clone(),
        });
    }
    let drifts =
        |check: &&SelfCheck| check.split == "halves" && (check.p < 1e-3 || check.ti_p_equal.is_some_and(|p| p < 1e-3));
    for check in checks.iter().flatten().filter(drifts) {
        let ti = check.ti_p_equal.filter(|p| *p < check.p);
        let (edge, p) = ti.map_or(("O K", check.p), |p| ("the white lines", p));
        warnings.push(Warning {
            code: "drift-along-scan".to_owned(),
            message: format!(
                "the first half of the scan differs from the second at {edge} (p = {p:.1e}): drift, thickness or composition changes along it"
            ),
            place: check.scan.clone(),
        });
    }
    warnings
}

/// Thickness of every scan; matched unless one of its sums could not be.
fn thickness(prepared: &Prepared, warnings: &[Warning]) -> Vec<Thickness> {
    let failed = |scan: &str| {
        let of_scan = |warning: &Warning| warning.place.ends_with(&format!(" of {scan}"));
        warnings.iter().any(|warning| warning.code == "thickness-differs" && of_scan(warning))
    };
    let entries = prepared.thickness.iter().cloned();
    entries.map(|entry| Thickness { matched: entry.matched && !failed(&entry.scan), ..entry }).collect()
}

/// Every sample replaced, its energy on the calibrated axis.
fn removed_spikes(input: &CompareInput, prepared: &Prepared) -> Spikes {
    let mut list = Vec::new();
    let scans = std::iter::once(&input.reference).chain(&input.scans);
    for (k, (scan, mask)) in scans.zip(&prepared.spikes).enumerate() {
        let shifts_ev = &prepared.shifts_ev[k];
        let compared = |channel: usize| {
            prepared.rebinnings[k].map_or(channel as f64, |rebinning| rebinning.channel_of(channel as f64))
        };
        list.extend(mask.iter().map(|&(position, channel)| Spike {
            scan: scan.name.clone(),
            position,
            channel,
            energy_ev: prepared.axis.energy_at(compared(channel)) + shifts_ev.get(position).copied().unwrap_or(0.0),
        }));
    }
    Spikes { removed: list.len(), list }
}

/// Parts of the report that could not be computed, and why.
fn not_computed(input: &CompareInput, prepared: &Prepared, edges: &[EdgeResult]) -> Vec<NotComputed> {
    let mut parts: Vec<NotComputed> = Vec::new();
    for (edge, by) in edges.iter().flat_map(|edge| normalisations::ALL.map(|by| (edge, by))) {
        if !edge.other_normalisations.iter().any(|other| other.by == by) {
            let reason = format!("{}: no {by} signal, or its window lies outside the data", edge.name);
            parts.push(NotComputed { field: "edges.other_normalisations".to_owned(), reason });
        }
    }
    let few = |scan: &&ScanInput| scan.scan.positions() < spikes::MIN_POSITIONS;
    let short: Vec<&str> =
        std::iter::once(&input.reference).chain(&input.scans).filter(few).map(|scan| scan.name.as_str()).collect();
    if !short.is_empty() && input.recipe.spikes == SpikeHandling::Remove {
        let reason = format!(
            "fewer than {} positions in {}: a spike cannot be told from a white line",
            spikes::MIN_POSITIONS,
            short.join(", ")
        );
        parts.push(NotComputed { field: "spikes".to_owned(), reason });
    }
    if prepared.thickness.iter().all(|entry| entry.t_over_lambda.is_none()) {
        let reason = "no usable low loss was recorded".to_owned();
        parts.push(NotComputed { field: "thickness".to_owned(), reason });
    }
    parts
}

fn site_used(scan: &ScanInput, role: Role, site: &Site) -> SiteUsed {
    let step_nm = scan.scan.step_nm;
    let column = |range: &std::ops::Range<usize>| Column {
        center_nm: step_nm.map(|step| 0.5 * (range.start + range.end - 1) as f64 * step),
        from: range.start,
        to: range.end,
    };
    SiteUsed {
        scan: scan.name.clone(),
        role,
        name: site.name.clone(),
        columns: site.columns.iter().map(column).collect(),
        positions: site.positions().len(),
    }
}

fn patterns(input: &CompareInput, prepared: &Prepared) -> Vec<Pattern> {
    let scans = std::iter::once((Role::Reference, &input.reference));
    let scans = scans.chain(input.scans.iter().map(|scan| (Role::Scan, scan)));
    scans
        .zip(prepared.patterns.iter().zip(&prepared.shared_pattern))
        .map(|((role, scan), (pattern, shared))| Pattern {
            scan: scan.name.clone(),
            role,
            additive_counts_per_read: pattern.additive_variance.sqrt() / scan.scan.reads_per_position,
            relative: pattern.relative_variance.sqrt(),
            additive_chance: pattern.doubt.as_ref().map(|doubt| doubt.chance),
            lag_correlation: pattern.lag_correlation.to_vec(),
            shared_with_reference: *shared,
        })
        .collect()
}
