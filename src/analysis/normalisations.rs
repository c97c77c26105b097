//! The same drops under other normalisations: does the finding rest on peak a itself staying the same?

use crate::model::{EdgeRecipe, EdgeUse, EnergyWindow, Recipe};

use super::compare::{Fitted, Sums, fit};
use super::drops::{Measured, detected, relative};
use super::integrals::Integrals;
use super::net::{NetIntegral, Pair};
use super::report::{self, EdgeResult, OtherNormalisation, Warning};

/// Names of all other normalisations, in the report's order.
pub const ALL: [&str; 3] = ["post-edge", "o-k-total", "ti-l"];

/// What one peak's drop is under one normalisation.
#[derive(Debug, Clone, PartialEq)]
pub struct OtherDrop {
    /// One of [`ALL`].
    pub by: &'static str,
    /// Peak, the usual normalising peak included.
    pub peak: String,
    /// `ln(I / N)` of the site minus that of the reference, with its statistical sigma.
    pub log_ratio: Measured,
}

/// Drops of every peak of an edge, normalised by the net post-edge, by the whole net edge, and by net Ti L.
///
/// `D = 1 - (I_k / N)_site / (I_k / N)_reference`, dimensionless; sigma by the same influence vectors as the usual
/// drops, `G_k / I_k - G_N / N`, so that what peak and normaliser share cancels (a peak is part of the whole edge, and
/// its background error that of the post-edge). Integrals are those of the edge's measure, without plural scattering where
/// that removes it. `ti` is the pair with the background of Ti L: the same sums, another
/// fit. The peak that usually normalises gets a drop too, which shows whether it changed.
///
/// Degenerate cases: no entry where a window lies outside the data, or where the peak or the normaliser does not exceed
/// three sigma in both spectra.
///
/// Source: by the definition of a drop, with linear error propagation.
///
/// # Examples
/// ```
/// use moray::analysis::net::{Pair, Place};
/// use moray::analysis::{normalisations, sums::SummedSpectrum};
/// use moray::model::{EnergyAxis, Recipe};
///
/// let recipe = Recipe::preset("lto").unwrap();
/// let edge = recipe.edge("O K").unwrap();
/// let axis = EnergyAxis::new(480.0, 0.25, 400).unwrap();
/// // A power law and a step, of which the site keeps 0.8 above peak a.
/// let sum = |kept: f64| {
///     let net = |e: f64| if e < 529.5 { 0.0 } else if e < 532.1 { 1.0 } else { kept };
///     let curve = |e: f64| 3000.0 * ((e / 520.0).powf(-3.0) + net(e));
///     SummedSpectrum::counted(axis, axis.energies().into_iter().map(curve).collect())
/// };
/// let (site, reference) = (sum(0.8), sum(1.0));
/// let place = Place { site: "site", reference: "reference" };
/// let pair = Pair::fit(&site, &reference, edge, place, 0.0).unwrap();
/// let drops = normalisations::other_drops(&pair, None, edge, &recipe);
/// // Over the post-edge, which dropped alike, c did not change, and a rose by a quarter.
/// let by_post_edge = |peak: &str| {
///     let found = drops.iter().find(|drop| drop.by == "post-edge" && drop.peak == peak);
///     found.unwrap().log_ratio.drop().value
/// };
/// assert!(by_post_edge("c").abs() < 0.02 && (by_post_edge("a") + 0.25).abs() < 0.03);
/// ```
pub fn other_drops(pair: &Pair<'_>, ti: Option<&Pair<'_>>, edge: &EdgeRecipe, recipe: &Recipe) -> Vec<OtherDrop> {
    let windows = &recipe.other_normalisations;
    let ti_window = recipe.edges.iter().find(|edge| edge.usage == EdgeUse::Invariance);
    let ti_window = ti_window.and_then(|edge| edge.compare_window_ev);
    let Ok(integrals) = Integrals::of(pair, edge.measure) else { return Vec::new() };
    let of_ti = ti.and_then(|ti| Integrals::of(ti, edge.measure).ok());
    let normalisers = [
        both(&integrals, windows.post_edge_ev),
        both(&integrals, windows.total_ev),
        of_ti.zip(ti_window).and_then(|(ti, window)| both(&ti, window)),
    ];
    let mut found = Vec::new();
    for (by, normaliser) in ALL.into_iter().zip(&normalisers) {
        let Some(normaliser) = normaliser else { continue };
        let factor = match ti {
            Some(ti) if by == "ti-l" => (ti.covariance_factor / pair.covariance_factor).max(1.0).sqrt(),
            _ => 1.0,
        };
        for peak in &edge.peaks {
            let log_ratio = both(&integrals, peak.window_ev).and_then(|peak| log_ratio(pair, &peak, normaliser));
            found.extend(log_ratio.map(|log| OtherDrop {
                by,
                peak: peak.label.clone(),
                log_ratio: Measured { sigma: factor * log.sigma, ..log },
            }));
        }
    }
    found
}

/// Net integrals of site and reference over a window of the data.
fn both(integrals: &Integrals<'_, '_>, window: EnergyWindow) -> Option<[NetIntegral; 2]> {
    integrals.covers(window).then(|| integrals.with_influence(window))
}

fn log_ratio(pair: &Pair<'_>, peak: &[NetIntegral; 2], normaliser: &[NetIntegral; 2]) -> Option<Measured> {
    let seen = peak.iter().chain(normaliser).all(|integral| detected(pair, integral));
    if !seen {
        return None;
    }
    let mut influence = relative(&peak[0], &normaliser[0]);
    influence.add(-1.0, &relative(&peak[1], &normaliser[1]));
    let value = (peak[0].value / normaliser[0].value).ln() - (peak[1].value / normaliser[1].value).ln();
    Some(Measured { value, sigma: pair.covariance(&influence, &influence).max(0.0).sqrt() })
}

/// Drops of every site under every other normalisation; none for a normalisation that nothing can be given for.
pub(super) fn of_sites(sums: &Sums<'_>, edge: &EdgeRecipe, fitted: &[Fitted<'_>]) -> Vec<OtherNormalisation> {
    let ti_edge = sums.recipe.edges.iter().find(|edge| edge.usage == EdgeUse::Invariance);
    let mut entries = ALL.map(|by| OtherNormalisation { by: by.to_owned(), drops: Vec::new() });
    for (site, pair) in sums.sites.iter().zip(fitted) {
        let Ok(pair) = pair else { continue };
        let ti = ti_edge.and_then(|edge| fit(site, sums.reference, edge, site.shared_pattern).ok());
        for other in other_drops(pair, ti.as_ref(), edge, sums.recipe) {
            let drop = other.log_ratio.drop();
            if let Some(entry) = entries.iter_mut().find(|entry| entry.by == other.by) {
                entry.drops.push(report::OtherDrop {
                    scan: site.scan.clone(),
                    site: site.site.clone(),
                    peak: other.peak,
                    drop: drop.value,
                    drop_sigma: drop.sigma,
                });
            }
        }
    }
    entries.into_iter().filter(|entry| !entry.drops.is_empty()).collect()
}

/// A caution when the order of two sites turns round under another normalisation, by the rule of [`EdgeResult::ordering`].
pub(super) fn order_warning(result: &EdgeResult) -> Option<Warning> {
    let first = result.peaks.first()?;
    let turned = |pair: &report::SiteAgainstSite| {
        let peaks = result.turned(&pair.scan, [&pair.site, &pair.against]);
        (!peaks.is_empty()).then(|| format!("{} in {}", peaks.join(", "), pair.scan))
    };
    let turned: Vec<String> = first.site_against_site.iter().filter_map(turned).collect();
    (!turned.is_empty()).then(|| Warning {
        code: "order-depends-on-normalisation".to_owned(),
        message: format!(
            "which site dropped more does not survive every normalisation: it turns round for {}",
            turned.join(" and ")
        ),
        place: result.name.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::report::{Normalisation, PeakAtSite, PeakResult, SiteAgainstSite};

    /// O1 drops 0.1 more than O2 by peak a; by the post-edge `o1` against 0.1.
    fn result(o1: f64) -> EdgeResult {
        let window_ev = EnergyWindow::new(532.1, 535.0).unwrap();
        let drop = |site: &str, drop: f64| report::OtherDrop {
            scan: "biased".to_owned(),
            site: site.to_owned(),
            peak: "b".to_owned(),
            drop,
            drop_sigma: 0.01,
        };
        let usual = |site: &str, drop: f64| PeakAtSite {
            scan: "biased".to_owned(),
            site: site.to_owned(),
            drop: Some(drop),
            drop_sigma: Some(0.01),
            ..PeakAtSite::default()
        };
        let against = SiteAgainstSite {
            scan: "biased".to_owned(),
            site: "O1".to_owned(),
            against: "O2".to_owned(),
            drop: Some(0.1),
            drop_sigma: Some(0.01),
            drop_ci95: None,
            p: Some(1e-6),
            reason: None,
        };
        EdgeResult {
            name: "O K".to_owned(),
            backgrounds: Vec::new(),
            normalisation: Normalisation { peak: "a".to_owned(), measure: "integral".to_owned(), window_ev },
            peaks: vec![PeakResult {
                label: "b".to_owned(),
                window_ev,
                assignment: String::new(),
                sites: vec![usual("O1", 0.2), usual("O2", 0.1)],
                o1_against_o2: Some(against.clone()),
                site_against_site: vec![against],
            }],
            combined: Vec::new(),
            column_scatter: Vec::new(),
            other_normalisations: vec![OtherNormalisation {
                by: "post-edge".to_owned(),
                drops: vec![drop("O1", o1), drop("O2", 0.1)],
            }],
            joint_fit: Vec::new(),
            unmixing: Vec::new(),
        }
    }

    #[test]
    fn an_order_that_turns_round_is_told_and_one_that_survives_is_not() {
        assert_eq!(order_warning(&result(0.2)), None);
        let warning = order_warning(&result(0.05)).unwrap();
        assert!(warning.message.contains("b in biased"), "{}", warning.message);
        // A difference within its noise turns nothing round.
        assert_eq!(order_warning(&result(0.095)), None);
    }
}
