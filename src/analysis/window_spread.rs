//! How much a drop depends on where its windows lie.

use crate::model::{EdgeRecipe, EnergyWindow};

use super::net::Pair;
use super::systematic;

/// Starts of background windows before peak a, eV.
const STARTS_EV: [f64; 3] = [16.0, 26.0, 36.0];
/// Their ends before peak a, eV.
const ENDS_EV: [f64; 2] = [4.0, 3.5];
/// What is added to the limits of all peak windows, eV: as chosen, shifted, widened and narrowed.
const PEAK_LIMITS_EV: [[f64; 2]; 5] = [[0.0, 0.0], [0.25, 0.25], [-0.25, -0.25], [-0.25, 0.25], [0.25, -0.25]];

/// Standard deviation of the drop of every peak but `normalise_by`, in the edge's order, over a grid of windows:
/// background windows from 16, 26 or 36 to 4 or 3.5 eV before peak a (at `a_ev`), and all peak windows together
/// shifted, widened or narrowed by 0.25 eV.
///
/// Dimensionless as the drop; a plain spread of choices, not part of any interval. Degenerate cases: windows outside
/// the data, backgrounds that do not settle and integrals not above zero are left out; `None` below two values.
pub fn window_spread(pair: &Pair<'_>, edge: &EdgeRecipe, normalise_by: &str, a_ev: f64) -> Vec<Option<f64>> {
    let labels: Vec<&str> =
        edge.peaks.iter().map(|peak| peak.label.as_str()).filter(|label| *label != normalise_by).collect();
    let mut drops = vec![Vec::new(); labels.len()];
    for start in STARTS_EV {
        for end in ENDS_EV {
            let Some(moved) = systematic::with_background(pair, edge, a_ev - start, a_ev - end) else { continue };
            for limits in PEAK_LIMITS_EV {
                for (label, drops) in labels.iter().zip(&mut drops) {
                    drops.extend(drop(&moved, edge, label, normalise_by, limits));
                }
            }
        }
    }
    drops.iter().map(|values| deviation(values)).collect()
}

/// Drop of one peak with every peak window changed by `limits`.
fn drop(pair: &Pair<'_>, edge: &EdgeRecipe, label: &str, normalise_by: &str, [lo, hi]: [f64; 2]) -> Option<f64> {
    let ratio = |integral: &dyn Fn(EnergyWindow) -> f64| -> Option<f64> {
        let net = |label: &str| -> Option<f64> {
            let window = edge.peak(label)?.window_ev;
            let window = EnergyWindow::new(window.lo_ev() + lo, window.hi_ev() + hi).ok()?;
            let inside = pair.site.covers(window) && pair.reference.covers(window);
            Some(integral(window)).filter(|net| inside && *net > 0.0)
        };
        Some(net(label)? / net(normalise_by)?)
    };
    let site = ratio(&|window| pair.site_integral(window).value)?;
    Some(1.0 - site / ratio(&|window| pair.reference_integral(window).value)?)
}

/// Standard deviation about the mean.
fn deviation(values: &[f64]) -> Option<f64> {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let squares: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
    (values.len() > 1).then(|| (squares / (count - 1.0)).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_value_has_no_spread_and_two_have_their_distance_over_the_root_of_two() {
        assert_eq!(deviation(&[0.2]), None);
        assert!((deviation(&[0.1, 0.3]).unwrap() - 0.2 / 2.0_f64.sqrt()).abs() < 1e-12);
    }
}
