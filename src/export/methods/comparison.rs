//! From sums to drops, and what became of Ti L.

use crate::analysis::{BackgroundResult, EdgeResult, OtherDrop, PeakAtSite, PeakResult, Report, TiL, background};
use crate::model::{EdgeUse, PeakMeasure, Recipe, Role};

use super::{p_value, percent, place, series, window, with_sigma};

/// Background models and windows of all edges.
pub(super) fn backgrounds(report: &Report, recipe: &Recipe) -> String {
    let edges = report.edges.iter().flat_map(|edge| edge.backgrounds.iter().map(move |fit| fitted(report, edge, fit)));
    let others = recipe.edges.iter().filter(|edge| edge.usage == EdgeUse::Invariance && !report.ti_l.is_empty());
    let others = others.map(|edge| {
        let from = series(edge.background.windows().map(window));
        let model = background::Model::of(edge.background.model);
        let (name, words) = (&edge.name, model.words);
        if model.by_ratio {
            format!("Below {name} the reference has {words} over {from}, sites that times a smooth ratio.")
        } else {
            format!("Below {name} each spectrum has {words} over {from}.")
        }
    });
    edges.chain(others).collect::<Vec<_>>().join(" ")
}

fn fitted(report: &Report, edge: &EdgeResult, fit: &BackgroundResult) -> String {
    let reference = report.sites.iter().any(|site| site.role == Role::Reference && site.scan == fit.scan);
    let site = if reference { "the reference".to_owned() } else { place(report, &fit.scan, &fit.site) };
    let chi2 = |value: Option<f64>| value.map(|v| format!(", reduced chi squared {v:.2}")).unwrap_or_default();
    let exponent = fit.exponent.map(|r| format!(", exponent {}", with_sigma(r, fit.exponent_sigma, 3)));
    let power = format!("{}{}", exponent.unwrap_or_default(), chi2(fit.reduced_chi2));
    let (name, from) = (&edge.name, series(windows(fit)));
    let plural = if fit.plural_scattering { ", and the plural scattering that its low loss shows" } else { "" };
    let words = words(&fit.model);
    match (fit.model.as_str(), fit.ratio_window_ev) {
        ("common-shape", Some(ratio)) => format!(
            "The {name} background of {site} is that of the reference ({words} over \
             {from}{power}{plural}) times a smooth ratio fitted from {}{}.",
            window(ratio),
            chi2(fit.ratio_reduced_chi2)
                + &fit.ratio_p.map(|p| format!(" (p = {}, which judges the fit)", p_value(p))).unwrap_or_default()
        ),
        _ => format!("The {name} background of {site} is {words} over {from}{power}{plural}."),
    }
}

/// Egerton's h of every peak: how much the background's own error adds to counting.
pub(super) fn extrapolation(report: &Report) -> String {
    let peak = |entry: &crate::analysis::Extrapolation| Some(format!("{} {:.1}", entry.peak, entry.h?));
    let mut sentences = Vec::new();
    for fit in report.edges.iter().flat_map(|edge| &edge.backgrounds) {
        let all = series(fit.extrapolation.iter().filter_map(peak));
        if !all.is_empty() {
            let site =
                if fit.site == "reference" { "the reference".to_owned() } else { place(report, &fit.scan, &fit.site) };
            sentences.push(format!("{all} at {site}"));
        }
    }
    if sentences.is_empty() {
        return String::new();
    }
    format!("Egerton's h of the extrapolated backgrounds is {}.", sentences.join("; "))
}

/// What a curve of a report's model is.
fn words(model: &str) -> &'static str {
    background::MODELS.iter().find(|entry| entry.model.name() == model).map_or("a curve", |entry| entry.words)
}

/// All windows of a fit.
fn windows(fit: &BackgroundResult) -> impl Iterator<Item = String> + '_ {
    std::iter::once(fit.window_ev).chain(fit.more_windows_ev.iter().copied()).map(window)
}

/// What intensities are divided by, and the windows of the peaks.
pub(super) fn normalisation(report: &Report) -> String {
    let sentence = |edge: &EdgeResult| {
        let by = &edge.normalisation;
        let peaks = edge.peaks.iter().filter(|peak| peak.label != by.peak);
        let peaks =
            series(peaks.map(|peak| format!("{} {} ({})", peak.label, window(peak.window_ev), peak.assignment)));
        let (name, divided) = (&edge.name, format!("peak {} ({})", by.peak, window(by.window_ev)));
        match by.peak_measure() {
            Some(PeakMeasure::Component) => format!(
                "The fine structure of {name} was fitted; the areas of its components {peaks} were divided by that of {divided}."
            ),
            Some(PeakMeasure::Maximum) => format!(
                "The highest net {name} channel of {peaks} was divided by that of {divided}; such a maximum is noisy and \
                 biased upwards, so no interval is given for it."
            ),
            Some(PeakMeasure::SingleScattering) => format!(
                "Plural scattering was removed from net {name} spectra by the Fourier ratio with the low loss, seen through \
                 a Gaussian of the zero-loss width; the result was integrated over {peaks} and divided by the integral of \
                 {divided}. Weights of the window sums were carried back to the channels as recorded, so that noise, pattern \
                 and background errors enter in full."
            ),
            Some(PeakMeasure::Window) | None => format!(
                "Net {name} intensities were integrated over {peaks} and divided by the {} of {divided}.",
                by.measure
            ),
        }
    };
    report.edges.iter().map(sentence).collect::<Vec<_>>().join(" ")
}

/// What a drop is, and what its intervals hold.
pub(super) fn drops(report: &Report) -> String {
    if report.edges.is_empty() {
        return String::new();
    }
    format!(
        "The drop of a peak is 1 - value / value of the reference. Its uncertainty follows from the spectra by linear \
         error propagation of the logarithm of the two values; intervals hold: {}. The standard deviation given first is \
         statistical; the 95 % interval holds the background model's error as well.",
        report.error_budget
    )
}

/// What drops cannot say by themselves.
pub(super) fn caveats(report: &Report) -> String {
    let sentence = |edge: &EdgeResult| {
        let a = &edge.normalisation.peak;
        format!(
            "Normalising {} by peak {a} hides a change of {a} itself; thickness, channelling and misaligned energies alter \
             peaks relative to {a}; peaks on the continuum drop by less over their windows than by themselves.",
            edge.name
        )
    };
    report.edges.iter().map(sentence).collect::<Vec<_>>().join(" ")
}

/// The drops themselves.
pub(super) fn results(report: &Report) -> String {
    let mut sentences = Vec::new();
    for edge in &report.edges {
        for peak in edge.peaks.iter().filter(|peak| peak.label != edge.normalisation.peak) {
            let sites = peak.sites.iter().map(|at| format!("{} at {}", drop_at(at), place(report, &at.scan, &at.site)));
            sentences.push(format!("{} {} dropped by {}.", edge.name, peak.label, series(sites)));
            sentences.extend(against(peak));
        }
    }
    sentences.join(" ")
}

fn drop_at(at: &PeakAtSite) -> String {
    let Some(drop) = at.drop else {
        return format!("an amount not determined ({})", at.reason.as_deref().unwrap_or("no reason is given"));
    };
    let sigma = at.drop_sigma.map(|sigma| format!(" ± {}", percent(sigma))).unwrap_or_default();
    let interval = at.drop_ci95.map(|[lo, hi]| format!(" (95 %: {} to {} %)", percent(lo), percent(hi)));
    let drawn = at.bootstrap.as_ref().and_then(|drawn| Some((drawn.replicas, drawn.drop_sigma?)));
    let drawn = drawn.map(|(replicas, sigma)| {
        format!(", ± {} % by a bootstrap of {replicas} draws of counting and read noise", percent(sigma))
    });
    format!("{}{sigma} %{}{}", percent(drop), interval.unwrap_or_default(), drawn.unwrap_or_default())
}

/// Site against site, when it was computed.
fn against(peak: &PeakResult) -> Vec<String> {
    let sentence = |at: &crate::analysis::SiteAgainstSite| {
        let p = at.p.map(|p| format!(", p = {}", p_value(p))).unwrap_or_default();
        let sigma = at.drop_sigma.map(|sigma| format!(" ± {}", percent(sigma))).unwrap_or_default();
        let drop = percent(at.drop?);
        Some(format!("Relative to {} it dropped by {drop}{sigma} % at {} of {}{p}.", at.against, at.site, at.scan))
    };
    peak.site_against_site.iter().filter_map(sentence).collect()
}

/// How far the drops depend on what was chosen.
pub(super) fn choices(report: &Report, recipe: &Recipe) -> String {
    let mut sentences = Vec::new();
    for edge in &report.edges {
        for peak in &edge.peaks {
            let spread = |at: &PeakAtSite| {
                Some(format!("{} % at {}", percent(at.window_spread?), place(report, &at.scan, &at.site)))
            };
            let spreads = series(peak.sites.iter().filter_map(spread));
            if !spreads.is_empty() {
                sentences.push(format!(
                    "Other windows move the drop of {} by {spreads} (standard deviation; no part of the intervals).",
                    peak.label
                ));
            }
        }
        sentences.extend(stability(report, edge));
        for other in edge.other_normalisations.iter().filter(|other| !other.drops.is_empty()) {
            let drop = |at: &OtherDrop| {
                let (value, sigma) = (percent(at.drop), percent(at.drop_sigma));
                format!("{} {value} ± {sigma} % at {}", at.peak, place(report, &at.scan, &at.site))
            };
            let by = normaliser(&other.by, recipe);
            sentences.push(format!(
                "Divided by {by} the drops are {} (± statistical, without the background model).",
                series(other.drops.iter().map(drop))
            ));
        }
        sentences.extend(edge.orderings().into_iter().map(|sentence| sentence + "."));
    }
    sentences.join(" ")
}

/// Which drops are stable under a map of windows, and which are not.
fn stability(report: &Report, edge: &EdgeResult) -> Option<String> {
    let mapped = edge.peaks.iter().flat_map(|peak| peak.sites.iter().map(move |at| (peak, at)));
    let mapped: Vec<_> = mapped.filter_map(|(peak, at)| Some((peak, at, at.sensitivity.as_ref()?))).collect();
    let within = mapped.first()?.2.stable_within_sigma;
    let moved = mapped.iter().filter(|(_, _, map)| !map.stable).map(|(peak, at, map)| {
        let place = place(report, &at.scan, &at.site);
        format!("{} at {place} (by up to {} %)", peak.label, percent(map.largest_change))
    });
    let moved = series(moved);
    let verdict = if moved.is_empty() { "all drops are stable".to_owned() } else { format!("this moves {moved}") };
    Some(format!(
        "Limits of the background window were moved by up to 12 eV and those of the peaks by 0.25 eV; counting as stable \
         what changes by less than {within} of its total sigma, {verdict}."
    ))
}

fn normaliser<'a>(by: &'a str, recipe: &'a Recipe) -> &'a str {
    match by {
        "post-edge" => "the intensity after the edge",
        "o-k-total" => "the whole of O K",
        "ti-l" => &recipe.calibration.white_lines.name,
        other => other,
    }
}

/// How Ti L was compared, and what came of it.
pub(super) fn ti_l(report: &Report, recipe: &Recipe) -> String {
    if report.ti_l.is_empty() {
        return String::new();
    }
    let edge = recipe.edges.iter().find(|edge| edge.usage == EdgeUse::Invariance);
    let over = edge.and_then(|edge| edge.compare_window_ev).map(|w| format!(" over {}", window(w)));
    let limits = &recipe.ti_limits;
    let (lines, lower) = (&recipe.calibration.white_lines.name, recipe.calibration.white_lines.lower_valence());
    let supplied = report.ti_l.iter().find_map(|at| at.ti3_reference.as_ref());
    let assumed = report.ti_l.iter().find_map(|at| at.ti3_assumed_shift_ev);
    let limit = percent(limits.max_ti3_fraction);
    let (admixture, limit) = match (supplied, assumed) {
        (None, None) => (String::new(), String::new()),
        (Some(name), _) => (
            format!(" and a {lower} admixture (shape from the supplied reference {name})"),
            format!(" and {lower} fractions below {limit} %"),
        ),
        (None, Some(shift)) => (
            format!(" and a {lower} admixture (shape assumed: Ti4+ moved by {shift:.1} eV)"),
            format!(" and {lower} fractions below {limit} %"),
        ),
    };
    let sites: Vec<String> = report.ti_l.iter().map(|at| ti_at(report, at, lower)).collect();
    format!(
        "Net {lines} was compared with that of the reference{} by regression on the pooled edge, its slope (a \
         shift){admixture}; called unchanged are shifts below {:.2} eV{limit}. {}",
        over.unwrap_or_default(),
        limits.max_shift_ev,
        sites.join(" ")
    )
}

fn ti_at(report: &Report, at: &TiL, lower: &str) -> String {
    let site = place(report, &at.scan, &at.site);
    let Some(verdict) = &at.verdict else {
        return format!("{site}: not compared ({}).", at.reason.as_deref().unwrap_or("no reason is given"));
    };
    let parts = [
        at.p_equal.map(|p| format!("p of equal shapes {}", p_value(p))),
        at.shift_ev.map(|shift| format!("shift {} eV", with_sigma(shift, at.shift_sigma_ev, 3))),
        at.ti3_fraction.map(|f| format!("{lower} {} %", with_sigma(100.0 * f, at.ti3_sigma.map(|s| 100.0 * s), 1))),
        at.ti3_fixed_shift.map(|f| {
            let value = with_sigma(100.0 * f, at.ti3_fixed_shift_sigma.map(|s| 100.0 * s), 1);
            format!("without a shift {value} %")
        }),
        at.ti3_upper95.map(|limit| format!("95 % upper limit {} %", percent(limit))),
        at.l3_l2_relative
            .map(|ratio| format!("L3/L2 over that of the reference {}", with_sigma(ratio, at.l3_l2_sigma, 3))),
        at.t2g_eg_splitting.as_ref().map(|s| {
            let difference = with_sigma(s.difference_ev, Some(s.difference_sigma_ev), 3);
            format!("t2g-eg splitting of L3 minus that of the reference {difference} eV (four pseudo-Voigt lines, widths shared)")
        }),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    format!("{site}: {} ({}).", verdict.replace('-', " "), parts.join("; "))
}
