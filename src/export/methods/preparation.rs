//! From the files to sums in electrons on a calibrated axis.

use crate::analysis::{Alignment, Calibration, GainSource, Report, SelfCheck, SiteUsed};
use crate::model::{ProfileKind, Recipe, Role};

use super::{nominal, p_value, percent, place, series, with_sigma};

/// Which scan was compared with which.
pub(super) fn scans(report: &Report) -> String {
    let with = |role: Role| {
        let names = report.sites.iter().filter(move |site| site.role == role).map(|site| site.scan.clone());
        let mut names: Vec<String> = names.collect();
        names.dedup();
        series(names)
    };
    match (with(Role::Reference), with(Role::Scan)) {
        (reference, scans) if reference.is_empty() || scans.is_empty() => String::new(),
        (reference, scans) => format!("The reference is {reference}; {scans} was compared with it."),
    }
}

/// Where the energy axis comes from.
pub(super) fn calibration(report: &Report, recipe: &Recipe) -> String {
    let Some(found) = report.calibration.iter().find(|entry| entry.role == Role::Reference) else {
        return String::new();
    };
    let how = match found.method.as_str() {
        "features" => {
            format!(
                "Energies were calibrated by {} and O K in the aligned sum of all scans, nominally {}; absolute energies \
                 are as good as these, about 0.3 eV.",
                recipe.calibration.white_lines.name,
                nominal(recipe)
            )
        }
        "offset-only" => {
            format!(
                "Energies were calibrated by an offset alone, since only one of {} and O K was found.",
                recipe.calibration.white_lines.name
            )
        }
        "manual" => "The energy calibration was set by hand.".to_owned(),
        _ => return "Energies are those of the files.".to_owned(),
    };
    [how, features(found, &recipe.calibration.white_lines.name), formula(found)]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

fn features(found: &Calibration, white_lines: &str) -> String {
    let at = &found.found_ev;
    let (l3, l2) = (format!("{white_lines}3"), format!("{white_lines}2"));
    let entries = [(l3.as_str(), at.ti_l3), (&l2, at.ti_l2), ("the onset of O K", at.o_k_onset), ("peak a", at.o_k_a)];
    let named = series(entries.into_iter().filter_map(|(name, at)| Some(format!("{name} at {:.2} eV", at?))));
    if named.is_empty() { named } else { format!("The reference's file has {named}.") }
}

fn formula(found: &Calibration) -> String {
    let offset = with_sigma(found.offset_ev, found.sigma_offset_ev, 3);
    if found.dispersion_scale == 1.0 {
        return format!("Its energies were moved by {offset} eV; the dispersion that the file states was kept.");
    }
    format!(
        "Its energies became E = {:.2} eV + ({offset}) eV + ({}) (E_file - {:.2} eV).",
        found.pivot_ev,
        with_sigma(found.dispersion_scale, found.sigma_dispersion_scale, 5),
        found.pivot_ev
    )
}

/// How positions and scans were laid on each other.
pub(super) fn alignment(report: &Report) -> String {
    report.alignment.iter().map(|entry| aligned(report, entry)).collect::<Vec<_>>().join(" ")
}

fn aligned(report: &Report, entry: &Alignment) -> String {
    let by = match entry.method.as_str() {
        "zero-loss" => "on the zero-loss peak of the low loss",
        "ti-l" => "on its white lines by correlation",
        _ => return format!("{} was not aligned in energy.", entry.scan),
    };
    let ends = entry.drift_ev.iter().fold(None, |ends: Option<[f64; 2]>, &drift| {
        Some(ends.map_or([drift, drift], |[lo, hi]| [lo.min(drift), hi.max(drift)]))
    });
    let drift = ends.map(|[lo, hi]| format!(" (drift removed along the scan: {lo:.2} to {hi:.2} eV)"));
    let reference = report.calibration.iter().any(|c| c.scan == entry.scan && c.role == Role::Reference);
    let onto = if reference {
        String::new()
    } else {
        format!(" and shifted by {} eV onto the reference", with_sigma(entry.shift_to_reference_ev, entry.sigma_ev, 3))
    };
    format!("{} was aligned {by}{}{onto}.", entry.scan, drift.unwrap_or_default())
}

/// How sites were found, and what was summed.
pub(super) fn sites(report: &Report, recipe: &Recipe) -> String {
    let sums: Vec<String> = report.sites.iter().map(|site| summed(report, site)).collect();
    if sums.is_empty() {
        return String::new();
    }
    format!("{} Spectra were summed over {}.", finding(report, recipe), series(sums))
}

fn finding(report: &Report, recipe: &Recipe) -> String {
    let found = &report.site_finding;
    if found.source != "found" {
        return "Sites were set by hand.".to_owned();
    }
    let Some(period) = found.period_nm else { return "No oxygen columns could be found along a scan.".to_owned() };
    let profiles = series(found.profiles.iter().map(|profile| profile_name(*profile).to_owned()));
    let period = with_sigma(period, found.period_sigma_nm, 4);
    let classes = match (found.alternation_z, found.established) {
        (Some(z), true) => {
            let check = found.o_k_alternation_z.map(|z| format!("; by O K, as a check, it is {z:.1}"));
            format!("the alternation that tells O1 from O2 has Z = {z:.1}{}", check.unwrap_or_default())
        }
        (Some(z), false) => format!("the alternation of O1 and O2 (Z = {z:.1}) is not established"),
        (None, _) => "O1 and O2 were not told apart".to_owned(),
    };
    format!(
        "Oxygen columns were found by trains of Gaussian peaks fitted to {profiles} along the scan: a period of {period} \
         nm; {classes}. Positions within {:.3} nm of a column belong to it.",
        recipe.sites.half_width_nm
    )
}

fn profile_name(profile: ProfileKind) -> &'static str {
    match profile {
        ProfileKind::Abf => "ABF",
        ProfileKind::Haadf => "HAADF",
        ProfileKind::OK => "the net O K signal",
    }
}

fn summed(report: &Report, site: &SiteUsed) -> String {
    let name = match site.role {
        Role::Reference => "the reference".to_owned(),
        Role::Scan => place(report, &site.scan, &site.name),
    };
    let plural = |count: usize, one: &str| if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") };
    format!("{} of {} for {name}", plural(site.positions, "position"), plural(site.columns.len(), "range"))
}

/// Counts per electron and the noise model.
pub(in crate::export) fn gain(report: &Report) -> String {
    let gain = &report.gain;
    let value = with_sigma(gain.counts_per_electron, gain.sigma, 2);
    let first = match gain.source {
        GainSource::File => format!("Counts were divided by the file's {value} counts per electron."),
        GainSource::Estimated => format!(
            "Counts were divided by {value} counts per electron, estimated from the scatter between positions along the scans."
        ),
        GainSource::Assumed if gain.set_by_hand => {
            format!("Counts were divided by {value} counts per electron, set by hand.")
        }
        GainSource::Assumed => format!("The gain is unknown; {value} counts per electron were assumed."),
    };
    let read =
        gain.read_noise_counts.map(|noise| format!(" Read noise is {noise:.1} counts per position and channel."));
    let factor = gain
        .channel_factor
        .map(|factor| format!(" The variance of one channel is {factor:.2} of that of a wide window."));
    first + &read.unwrap_or_default() + &factor.unwrap_or_default()
}

/// Samples taken for X-ray spikes.
pub(super) fn spikes(report: &Report) -> String {
    match report.spikes.removed {
        0 => String::new(),
        1 => "One sample was taken for an X-ray spike and replaced.".to_owned(),
        removed => format!("{removed} samples were taken for X-ray spikes and replaced."),
    }
}

/// Thickness of the scans, as far as it was measured.
pub(super) fn thickness(report: &Report) -> String {
    let measured = report.thickness.iter().filter_map(|entry| {
        let matched = if entry.matched { ", brought to the plural scattering of the thickest" } else { "" };
        let thickness = with_sigma(entry.t_over_lambda?, entry.t_over_lambda_sigma, 3);
        Some(format!("{thickness} in {}{matched}", entry.scan))
    });
    let measured = series(measured);
    if measured.is_empty() {
        measured
    } else {
        format!("The thickness over the inelastic mean free path is {measured}.")
    }
}

/// What was done about scans that were not recorded alike.
pub(super) fn matching(report: &Report) -> String {
    let rebinned = report.agreement.iter().filter_map(|entry| {
        let (from, onto) = (entry.dispersion_ev, entry.rebinned_to_ev?);
        Some(format!("{} from {from} eV onto channels of {onto} eV", entry.scan))
    });
    let rebinned = series(rebinned);
    let broadened = report.agreement.iter().filter_map(|entry| {
        let by = entry.broadened_by_ev?;
        Some(format!("{} by a Gaussian of {by:.2} eV full width at half maximum", entry.scan))
    });
    let broadened = series(broadened);
    let mut sentences = Vec::new();
    if !rebinned.is_empty() {
        sentences.push(format!("Channels were summed, shared ones by width: {rebinned}."));
    }
    if !broadened.is_empty() {
        let by = match report.agreement.iter().find_map(|entry| entry.resolution_source.as_deref()) {
            Some("zero-loss") => "zero-loss peaks",
            _ => "white lines",
        };
        sentences.push(format!(
            "To one energy resolution, as the {by} show it, spectra were broadened: {broadened}; covariances go through \
             the convolution and hold the uncertainty of its width."
        ));
    }
    sentences.join(" ")
}

/// The detector's fixed pattern.
pub(super) fn pattern(report: &Report) -> String {
    let entries = report.pattern.iter().map(|pattern| {
        let shared = match pattern.role {
            Role::Reference => String::new(),
            Role::Scan => format!(", {} % of it shared with the reference", percent(pattern.shared_with_reference)),
        };
        let doubt = pattern
            .additive_chance
            .map_or(String::new(), |chance| format!(" (additive with a chance of {} %)", percent(chance)));
        format!(
            "{:.2} counts per read and {:.3} % of the signal in {}{doubt}{shared}",
            pattern.additive_counts_per_read,
            100.0 * pattern.relative,
            pattern.scan
        )
    });
    let entries = series(entries);
    if entries.is_empty() {
        return entries;
    }
    format!("The detector's fixed pattern was estimated from what is equal at all positions: {entries}.")
}

/// Halves of one scan against each other.
pub(super) fn self_check(report: &Report) -> String {
    if report.self_check.is_empty() {
        return String::new();
    }
    let entry = |check: &SelfCheck| {
        let factor = if check.covariance_factor > 1.0 {
            format!(", covariances multiplied by {:.2}", check.covariance_factor)
        } else {
            String::new()
        };
        let ti = check.ti_p_equal.map(|p| format!(", white lines p = {}", p_value(p))).unwrap_or_default();
        format!("{} {} p = {}{ti}{factor}", check.scan, check.split, p_value(check.p))
    };
    let checks = series(report.self_check.iter().map(entry));
    format!("Halves of each scan were compared with each other, where the true drop is zero: {checks}.")
}
