//! Shares, means and scatters over many scans, each with its standard error.
//!
//! Values of one scan are not independent (they share a reference and a normalising peak), so standard errors come from
//! the scatter between scans.

use super::table::Estimate;
use super::world::{Measured, Outcome};

/// Mean over all values, several from every scan.
pub(crate) fn mean<'a, T: 'a>(scans: &'a [T], pick: impl Fn(&'a T) -> Vec<f64>) -> Estimate {
    let sums: Vec<[f64; 2]> = scans
        .iter()
        .map(|scan| {
            let values = pick(scan);
            [values.iter().sum::<f64>(), values.len() as f64]
        })
        .collect();
    let count: f64 = sums.iter().map(|[_, count]| count).sum();
    let value = sums.iter().map(|[sum, _]| sum).sum::<f64>() / count;
    let square: f64 = sums.iter().map(|[sum, count]| (sum - value * count).powi(2)).sum();
    Estimate { value, error: square.sqrt() / count }
}

/// Share of all values that are true. Its standard error is at least one scan in all: none of a few is not never.
pub(crate) fn share<'a, T: 'a>(scans: &'a [T], pick: impl Fn(&'a T) -> Vec<bool>) -> Estimate {
    let found = mean(scans, |scan| pick(scan).into_iter().map(|yes| f64::from(u8::from(yes))).collect());
    Estimate { error: found.error.max(1.0 / (scans.len() as f64 + 2.0)), ..found }
}

/// Root mean square of all values.
pub(crate) fn rms<'a, T: 'a>(scans: &'a [T], pick: impl Fn(&'a T) -> Vec<f64>) -> Estimate {
    let square = mean(scans, |scan| pick(scan).iter().map(|v| v * v).collect());
    let value = square.value.sqrt();
    Estimate { value, error: if value > 0.0 { 0.5 * square.error / value } else { 0.0 } }
}

/// Standard deviation of all values.
pub(crate) fn deviation<'a, T: 'a>(scans: &'a [T], pick: impl Fn(&'a T) -> Vec<f64>) -> Estimate {
    let middle = mean(scans, &pick).value;
    rms(scans, |scan| pick(scan).iter().map(|v| v - middle).collect())
}

/// The estimate with the largest value.
pub(crate) fn largest(estimates: impl IntoIterator<Item = Estimate>) -> Estimate {
    estimates.into_iter().max_by(|a, b| a.value.total_cmp(&b.value)).unwrap()
}

/// The estimate with the smallest value.
pub(crate) fn smallest(estimates: impl IntoIterator<Item = Estimate>) -> Estimate {
    estimates.into_iter().min_by(|a, b| a.value.total_cmp(&b.value)).unwrap()
}

/// Names of all drops, in order.
pub(crate) const DROPS: [&str; 6] = ["O1 b", "O1 c", "O1 d", "O2 b", "O2 c", "O2 d"];

/// Values of one drop in every scan.
pub(crate) fn of(name: &'static str, value: impl Fn(&Measured) -> f64) -> impl Fn(&Outcome) -> Vec<f64> {
    move |outcome| outcome.drops.iter().filter(|drop| drop.name == name).map(&value).collect()
}

/// A share among the values of one drop.
pub(crate) fn share_of(outcomes: &[Outcome], name: &'static str, yes: impl Fn(&Measured) -> bool) -> Estimate {
    share(outcomes, |outcome| outcome.drops.iter().filter(|drop| drop.name == name).map(&yes).collect())
}

/// A share among all drops.
pub(crate) fn share_of_all(outcomes: &[Outcome], yes: impl Fn(&Measured) -> bool) -> Estimate {
    share(outcomes, |outcome| outcome.drops.iter().map(&yes).collect())
}
