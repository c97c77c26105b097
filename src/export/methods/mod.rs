//! The text a paper needs: what was done, with every number, cautions and sources, from the report alone.

mod comparison;
mod models;
mod preparation;
mod sources;
mod steps;

use crate::analysis::{Comparison, Report};
use crate::model::{EnergyWindow, Recipe};

use super::provenance::{Provenance, VERSION};
pub(super) use preparation::gain;
pub(super) use steps::steps;

/// `methods.txt`: plain text, one paragraph for each part, ending in a line feed. Says nothing that the report or the
/// recipe does not say.
pub fn methods(comparison: &Comparison, provenance: &Provenance) -> String {
    let report = &comparison.report;
    let recipe = &provenance.recipe;
    let program = format!(
        "The line scans were evaluated with Moray {VERSION}, recipe \"{}\" (SHA-256 {}).",
        recipe.name,
        provenance.recipe_sha256()
    );
    let parts = [
        program + " " + &preparation::scans(report),
        joined([preparation::calibration(report, recipe), preparation::alignment(report)]),
        preparation::sites(report, recipe),
        joined([preparation::spikes(report), preparation::thickness(report), preparation::matching(report)]),
        joined([preparation::gain(report), preparation::pattern(report), preparation::self_check(report)]),
        joined([
            comparison::backgrounds(report, recipe),
            comparison::extrapolation(report),
            comparison::normalisation(report),
        ]),
        joined([comparison::drops(report), comparison::results(report), comparison::caveats(report)]),
        joined([models::joint_fits(report), models::unmixing(report)]),
        comparison::choices(report, recipe),
        comparison::ti_l(report, recipe),
        list("Cautions:", report.warnings.iter().map(|w| format!("{} ({})", w.message, w.place))),
        list("Not done:", report.not_computed.iter().map(|part| format!("{} ({})", part.reason, part.field))),
        list("Sources:", sources::sources(report, recipe)),
        list("Files:", provenance.lines()),
    ];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n") + "\n"
}

/// Sentences with a space between them, empty ones left out.
fn joined<const N: usize>(sentences: [String; N]) -> String {
    sentences.into_iter().filter(|sentence| !sentence.is_empty()).collect::<Vec<_>>().join(" ")
}

/// A heading with one line for each entry; nothing without entries.
fn list(heading: &str, entries: impl IntoIterator<Item = String>) -> String {
    let lines: Vec<String> = entries.into_iter().map(|entry| format!("- {entry}")).collect();
    if lines.is_empty() { String::new() } else { format!("{heading}\n{}", lines.join("\n")) }
}

/// Words with commas and a last "and".
fn series(words: impl IntoIterator<Item = String>) -> String {
    let words: Vec<String> = words.into_iter().collect();
    match words.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, first)) => format!("{} and {last}", first.join(", ")),
    }
}

/// A value, with its standard deviation when there is one.
fn with_sigma(value: f64, sigma: Option<f64>, digits: usize) -> String {
    match sigma {
        Some(sigma) => {
            // A sigma is never rounded away.
            let vanishes = sigma > 0.0 && sigma < 0.5 * 10_f64.powi(-(digits as i32));
            let needed = (1.0 - sigma.log10().floor()).clamp(0.0, 9.0) as usize;
            let digits = if vanishes { needed } else { digits };
            format!("{} ± {sigma:.digits$}", fixed(value, digits))
        }
        None => fixed(value, digits),
    }
}

/// A number with so many decimals; no minus before zero.
pub(super) fn fixed(value: f64, digits: usize) -> String {
    let text = format!("{value:.digits$}");
    let zero = text.bytes().all(|byte| b"-0.".contains(&byte));
    if zero { text.trim_start_matches('-').to_owned() } else { text }
}

fn percent(fraction: f64) -> String {
    fixed(100.0 * fraction, 1)
}

fn p_value(p: f64) -> String {
    if p < 1e-3 { format!("{p:.1e}") } else { format!("{p:.3}") }
}

fn window(window: EnergyWindow) -> String {
    format!("{:.1} to {:.1} eV", window.lo_ev(), window.hi_ev())
}

/// How a place is called: the scan stands in front when there are several.
fn place(report: &Report, scan: &str, site: &str) -> String {
    let mut scans = report.sites.iter().map(|site| site.scan.as_str()).collect::<Vec<_>>();
    scans.dedup();
    if scans.len() > 2 { format!("{scan}, {site}") } else { site.to_owned() }
}

/// Energies of the features that calibrate, in words.
fn nominal(recipe: &Recipe) -> String {
    let nominal = &recipe.calibration.nominal;
    let lines = &recipe.calibration.white_lines.name;
    format!(
        "{lines}3 at {:.1} eV, {lines}2 at {:.1} eV and O K peak a at {:.1} eV",
        nominal.l3_ev, nominal.l2_ev, nominal.o_k_a_ev
    )
}
