//! The edge that should not change, site by site: equality, shift, Ti3+ fraction, white-line ratio and splitting.

use crate::model::EdgeRecipe;

use super::compare::{Fitted, SiteSum, Sums};
use super::drops;
use super::net::Pair;
use super::report::Warning;
use super::report::{TiL, TiSplitting};
use super::ti_l::{self, Splitting, TI3_SHIFT_EV, Ti3Shape};

/// How far a reference may lie from where Ti3+ is expected before its axis is doubted, eV.
const TI3_DOUBT_EV: f64 = 0.7;

/// The edge at every site, and cautions.
pub(super) fn of_sites(sums: &Sums<'_>, edge: &EdgeRecipe, fitted: &[Fitted<'_>]) -> (Vec<TiL>, Vec<Warning>) {
    let mut warnings = Vec::new();
    if fitted.is_empty() {
        return (Vec::new(), warnings);
    }
    let ti3 = ti3_shape(sums, edge, &mut warnings);
    let entries = sums.sites.iter().zip(fitted).map(|(site, pair)| at_site(sums, edge, site, pair, ti3.as_ref()));
    let entries: Vec<TiL> = entries.collect();
    warnings.extend(entries.iter().filter_map(|entry| differs(entry, edge)));
    (entries, warnings)
}

/// Says that shapes differ where no shift and no lower valence explains it: no verdict has a word for that.
fn differs(entry: &TiL, edge: &EdgeRecipe) -> Option<Warning> {
    let p = entry.p_equal.filter(|p| *p < 0.01 && entry.verdict.as_deref() == Some("insufficient-sensitivity"))?;
    Some(Warning {
        code: "ti-l-differs".to_owned(),
        message: format!(
            "the edge differs from that of the reference (p = {p:.1e}), which neither a shift nor a lower valence explains: thickness, drift or surroundings"
        ),
        place: format!("{} at {} of {}", edge.name, entry.site, entry.scan),
    })
}

/// What is used for Ti3+: its name and shape, or nothing, with the caution that belongs to it.
fn ti3_shape(sums: &Sums<'_>, edge: &EdgeRecipe, warnings: &mut Vec<Warning>) -> Option<(String, Ti3Shape)> {
    let mut warn = |code: &str, message: String| {
        warnings.push(Warning { code: code.to_owned(), message, place: edge.name.clone() });
    };
    let Some(reference) = sums.ti3_reference else {
        if !sums.recipe.calibration.white_lines.of_titanium() {
            let message = "no reference spectrum of a lower valence: no fraction of it is given, the verdict rests on the shift and on equal shapes";
            warn("valence-reference-missing", message.to_owned());
            return None;
        }
        let message = "no Ti3+ reference spectrum: its shape is assumed (Ti4+ moved by -1.7 eV), which understates the Ti3+ fraction by 10 to 15 %";
        warn("ti3-shape-assumed", message.to_owned());
        return None;
    };
    match Ti3Shape::new(reference, edge, &sums.recipe.calibration) {
        Ok(shape) => {
            let expected_ev = sums.recipe.calibration.nominal.l3_ev + TI3_SHIFT_EV;
            if let Some(l3_ev) = shape.l3_ev.filter(|l3_ev| (l3_ev - expected_ev).abs() > TI3_DOUBT_EV) {
                let message = format!(
                    "L3 of the Ti3+ reference {} lies at {l3_ev:.1} eV of its file, {expected_ev:.1} is expected: its axis is taken as it stands, is it right?",
                    reference.name
                );
                warn("ti3-reference-axis", message);
            }
            Some((reference.name.clone(), shape))
        }
        Err(error) => {
            let message = format!("the Ti3+ reference {} is not used: {error}; the shape is assumed", reference.name);
            warn("ti3-reference-unusable", message);
            None
        }
    }
}

fn at_site(
    sums: &Sums<'_>,
    edge: &EdgeRecipe,
    site: &SiteSum,
    pair: &Fitted<'_>,
    ti3: Option<&(String, Ti3Shape)>,
) -> TiL {
    let titanium = sums.recipe.calibration.white_lines.of_titanium();
    let ti3_known = ti3.is_some() || titanium;
    let mut entry = TiL {
        scan: site.scan.clone(),
        site: site.site.clone(),
        ti3_reference: ti3.map(|(name, _)| name.clone()),
        ti3_assumed_shift_ev: (ti3.is_none() && titanium).then_some(TI3_SHIFT_EV),
        ..TiL::default()
    };
    let pair = match pair {
        Ok(pair) => pair,
        Err(error) => return TiL { reason: Some(error.to_string()), ..entry },
    };
    white_line_ratio(pair, edge, &mut entry);
    let window = edge.compare_window_ev.unwrap_or(edge.display_ev);
    let Some(found) = ti_l::compare(pair, window, ti3.map(|(_, shape)| shape)) else {
        entry.reason = Some(format!("the shapes could not be compared over {window}"));
        return entry;
    };
    entry.p_equal = Some(found.p_equal);
    if ti3_known {
        [entry.ti3_fraction, entry.ti3_sigma] = found.ti3_fraction.map(Some);
        [entry.ti3_fixed_shift, entry.ti3_fixed_shift_sigma] = found.ti3_fixed_shift.map(Some);
        entry.ti3_upper95 = Some(found.ti3_upper95);
    }
    entry.verdict = Some(found.verdict(&sums.recipe.ti_limits, !sums.aligned_on_ti_l, ti3_known).to_owned());
    if sums.aligned_on_ti_l {
        entry.reason = Some("no shift: spectra are aligned on this edge itself".to_owned());
    } else {
        [entry.shift_ev, entry.shift_sigma_ev] = found.shift_ev.map(Some);
    }
    if edge.t2g_eg_splitting {
        let nominal = &sums.recipe.calibration.nominal;
        let splitting = ti_l::splitting(pair, window, [nominal.l3_ev, nominal.l2_ev]);
        if splitting.is_none() {
            entry.reason = Some("the four white lines of the t2g-eg splitting could not be fitted".to_owned());
        }
        entry.t2g_eg_splitting = splitting.map(in_report);
    }
    entry
}

/// L3 over L2 relative to the reference: the same measure as a drop, normalised by the second white line.
fn white_line_ratio(pair: &Pair<'_>, edge: &EdgeRecipe, entry: &mut TiL) {
    if let [l3, l2] = edge.peaks.as_slice()
        && let Some(drops) = drops::measure(pair, edge, &l2.label)
        && let Some(Ok(log)) = drops.peaks.iter().find(|peak| peak.label == l3.label).map(|peak| &peak.log_ratio)
    {
        entry.l3_l2_relative = Some(log.value.exp());
        entry.l3_l2_sigma = Some(log.drop().sigma);
    }
}

fn in_report(found: Splitting) -> TiSplitting {
    TiSplitting {
        site_ev: found.site_ev.value,
        site_sigma_ev: found.site_ev.sigma,
        reference_ev: found.reference_ev.value,
        reference_sigma_ev: found.reference_ev.sigma,
        difference_ev: found.difference_ev.value,
        difference_sigma_ev: found.difference_ev.sigma,
        reduced_chi2: found.reduced_chi2,
    }
}
