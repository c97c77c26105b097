//! Unmixing in a comparison: one entry for each scan of an edge that asks for it.

use crate::analysis::ScanInput;
use crate::analysis::compare::{EdgeOutcome, SiteSum, Sums, fit};
use crate::analysis::net::Pair;
use crate::analysis::prepare::Prepared;
use crate::analysis::report::Warning;
use crate::analysis::sites::net_profile;
use crate::analysis::systematic::{WINDOW_END_EV, WINDOW_STARTS_EV, relative_misfit, waves, with_background};
use crate::model::{EdgeRecipe, ProbeModel, Site};

use super::drops::covariance;
use super::{Chain, Mixing, ProbeProfile, UnmixError, UnmixedDrop, UnmixedPeak, UnmixingResult, unmix};

/// One scan with its sites, and its place among all scans (0 is the reference).
#[derive(Clone, Copy)]
struct Scan<'a> {
    k: usize,
    input: &'a ScanInput,
    sites: &'a [Site],
}

/// Adds the unmixing of every scan to an edge that asks for it.
pub(in crate::analysis) fn add(
    outcome: &mut EdgeOutcome,
    sums: &Sums<'_>,
    edge: &EdgeRecipe,
    prepared: &Prepared,
    scans: &[(&ScanInput, &[Site])],
) {
    let (Some(result), Some(stated)) = (outcome.result.as_mut(), edge.unmixing) else { return };
    for (k, &(input, sites)) in scans.iter().enumerate() {
        let scan = Scan { k: k + 1, input, sites };
        let entry = of_scan(scan, sums, edge, stated, prepared);
        if let Some(reason) = &entry.reason {
            outcome.warnings.push(Warning {
                code: "not-unmixed".to_owned(),
                message: format!("no unmixing: {reason}"),
                place: format!("{} of {}", edge.name, input.name),
            });
        }
        result.unmixing.push(entry);
    }
}

fn of_scan(
    scan: Scan<'_>,
    sums: &Sums<'_>,
    edge: &EdgeRecipe,
    stated: ProbeModel,
    prepared: &Prepared,
) -> UnmixingResult {
    let mut entry = UnmixingResult {
        scan: scan.input.name.clone(),
        sites: scan.sites.iter().map(|site| site.name.clone()).collect(),
        probe: None,
        drops: Vec::new(),
        reason: None,
    };
    let mixing = match mixing(scan, edge, stated, prepared, sums.recipe.sites.column_spacing_nm) {
        Ok(mixing) => mixing,
        Err(error) => return UnmixingResult { reason: Some(error.to_string()), ..entry },
    };
    entry.probe = Some((&mixing).into());
    let own: Vec<&SiteSum> = sums.sites.iter().filter(|site| site.scan == entry.scan).collect();
    let drops = mixing.checked().map_err(|error| error.to_string()).and_then(|mixing| match own.as_slice() {
        [first, second] => drops([first, second], sums, edge, mixing, scan.sites),
        _ => Err(UnmixError::NotTwoSites { sites: own.len() }.to_string()),
    });
    match drops {
        Ok(drops) => entry.drops = drops,
        Err(reason) => entry.reason = Some(reason),
    }
    entry
}

/// The probe fitted to the scan's net signal, and what it mixes at its two sites.
fn mixing(
    scan: Scan<'_>,
    edge: &EdgeRecipe,
    stated: ProbeModel,
    prepared: &Prepared,
    spacing_nm: f64,
) -> Result<Mixing, UnmixError> {
    let [first, second] = scan.sites else { return Err(UnmixError::NotTwoSites { sites: scan.sites.len() }) };
    let step_nm = scan.input.scan.step_nm.ok_or(UnmixError::NoStep)?;
    let centres = |site: &Site| -> Vec<f64> {
        site.columns.iter().map(|column| 0.5 * (column.start + column.end - 1) as f64 * step_nm).collect()
    };
    let chain = Chain::through(&centres(first), &centres(second), spacing_nm)?;
    let windows = [edge.background.window_ev, edge.all_peaks_ev().ok_or(UnmixError::ProfileNotFitted)?];
    let (counts, shifts_ev) = (&prepared.scans[scan.k], &prepared.shifts_ev[scan.k]);
    let profile = net_profile(counts, &prepared.axis, shifts_ev, &prepared.noises[scan.k], windows);
    let profile = profile.map_err(|_| UnmixError::ProfileNotFitted)?;
    let probe = ProbeProfile::fit(&profile, step_nm, chain, stated)?;
    let positions = [first.positions(), second.positions()];
    Ok(Mixing::new(probe, [&positions[0], &positions[1]], step_nm))
}

fn drops(
    own: [&SiteSum; 2],
    sums: &Sums<'_>,
    edge: &EdgeRecipe,
    mixing: &Mixing,
    sites: &[Site],
) -> Result<Vec<UnmixedDrop>, String> {
    let label = edge.normalise_by.as_deref().unwrap_or_default();
    let fitted =
        own.map(|site| fit(site, sums.reference, edge, site.shared_pattern).map_err(|error| error.to_string()));
    let [first, second] = fitted;
    let (first, second) = (first?, second?);
    let counts = [0, 1].map(|s| sites.get(s).map_or(0, |site| site.positions().len()));
    let solve = |pairs: [&Pair<'_>; 2]| unmix(pairs, counts, mixing, edge, label);
    let here = solve([&first, &second]).ok_or_else(|| format!("no peak {label} to normalise by"))?;
    let a_ev = sums.recipe.calibration.nominal.o_k_a_ev;
    let moved: Vec<Vec<UnmixedPeak>> = (WINDOW_STARTS_EV.iter())
        .filter_map(|start| {
            let other = |pair| with_background(pair, edge, a_ev - start, a_ev - WINDOW_END_EV);
            solve([&other(&first)?, &other(&second)?])
        })
        .collect();
    let misfit =
        [&first, &second].map(|pair| relative_misfit(pair, a_ev).unwrap_or(0.0)).into_iter().fold(0.0, f64::max);
    let mut drops = Vec::new();
    for (j, site) in own.iter().enumerate() {
        for (k, peak) in here.iter().enumerate() {
            let pairs = [&first, &second];
            let by_windows = other_windows(pairs, peak, j, moved.iter().map(|moved| &moved[k]));
            let by_waves = waves(&[peak.influences[j].leverage(pairs)], misfit, a_ev)[(0, 0)];
            drops.push(entry(&site.site, peak, j, by_windows.max(by_waves).max(0.0).sqrt()));
        }
    }
    Ok(drops)
}

/// Square of what other background windows do to a log ratio beyond its noise.
fn other_windows<'a>(
    pairs: [&Pair<'_>; 2],
    here: &UnmixedPeak,
    j: usize,
    moved: impl Iterator<Item = &'a UnmixedPeak>,
) -> f64 {
    let excess = moved.filter_map(|there| {
        let change = there.log_ratios[j].as_ref().ok()?.value - here.log_ratios[j].as_ref().ok()?.value;
        let difference = there.influences[j].minus(&here.influences[j]);
        Some(change * change - covariance(pairs, &difference, &difference))
    });
    excess.fold(0.0, f64::max)
}

fn entry(site: &str, peak: &UnmixedPeak, j: usize, systematic: f64) -> UnmixedDrop {
    let log = peak.log_ratios[j].as_ref();
    let drop = log.ok().map(|log| log.drop());
    UnmixedDrop {
        site: site.to_owned(),
        peak: peak.label.clone(),
        drop: drop.map(|drop| drop.value),
        drop_sigma: drop.map(|drop| drop.sigma),
        drop_systematic: log.ok().map(|log| log.value.exp() * systematic),
        drop_ci95: log.ok().map(|log| log.drop_interval(0.95, systematic)),
        reason: log.err().cloned(),
    }
}
