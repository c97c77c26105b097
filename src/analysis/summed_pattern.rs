//! The fixed pattern as it enters a sum: at every shift of the sum's positions, at the levels of its channels.

use std::ops::Range;

use nalgebra::DMatrix;

use super::noise::LAGS;
use super::pattern::{Doubt, FixedPattern};

/// The fixed pattern of a sum: it moves with every whole-channel shift, so a sum holds it at several places.
#[derive(Debug, Clone)]
pub struct SummedPattern {
    /// Positions by shift `s`: an aligned channel `j` holds detector channel `j + s`.
    shifts: Vec<(isize, f64)>,
    /// Standard deviation of the additive part for one position, electrons.
    additive: f64,
    /// Relative part times the level of one position, electrons, per channel.
    relative: Vec<f64>,
    lag_correlation: [f64; LAGS],
    /// Variance of one channel for a pattern of unit size.
    coherent: f64,
}

impl SummedPattern {
    pub(super) fn new(moves: &[isize], pattern: &FixedPattern, expected: &[f64], gain: f64) -> Self {
        let mut counts = std::collections::BTreeMap::new();
        moves.iter().for_each(|&up| *counts.entry(-up).or_insert(0.0) += 1.0);
        let shifts: Vec<(isize, f64)> = counts.into_iter().collect();
        let sigma = pattern.relative_variance.sqrt();
        Self {
            additive: pattern.additive_variance.sqrt() / gain,
            relative: levels(&shifts, pattern, expected, gain).into_iter().map(|level| sigma * level).collect(),
            lag_correlation: pattern.lag_correlation,
            coherent: coherence(&shifts, &shifts, &pattern.lag_correlation),
            shifts,
        }
    }

    /// The pattern of spectra whose every electron weighs `weight`.
    pub(super) fn weighted(&self, weight: f64) -> Self {
        let relative = self.relative.iter().map(|r| weight * r).collect();
        Self { additive: weight * self.additive, relative, ..self.clone() }
    }

    /// Whether there is any pattern.
    pub fn is_none(&self) -> bool {
        self.additive == 0.0 && self.relative.iter().all(|&r| r == 0.0)
    }

    /// Pattern variance of one channel, electrons squared.
    pub(super) fn variance(&self, channel: usize) -> f64 {
        self.coherent * (self.additive * self.additive + self.relative_at(channel).powi(2))
    }

    /// Covariances of every channel of `range` with the same channel of another sum that shares the pattern, electrons
    /// squared.
    pub(super) fn covariances(&self, other: &Self, range: Range<usize>) -> Vec<f64> {
        let rho = std::array::from_fn(|l| 0.5 * (self.lag_correlation[l] + other.lag_correlation[l]));
        let coherent = coherence(&self.shifts, &other.shifts, &rho);
        let of_channel = |i: usize| self.additive * other.additive + self.relative_at(i) * other.relative_at(i);
        range.map(|i| coherent * of_channel(i)).collect()
    }

    /// Covariances of the channels `rows` with the channels `columns` of another sum that shares the pattern.
    pub(super) fn matrix(&self, other: &Self, rows: Range<usize>, columns: Range<usize>) -> DMatrix<f64> {
        let kernel = self.kernel(other);
        let additive = self.additive * other.additive;
        DMatrix::from_fn(rows.len(), columns.len(), |i, k| {
            let (i, k) = (rows.start + i, columns.start + k);
            kernel.at(i, k) * (additive + self.relative_at(i) * other.relative_at(k))
        })
    }

    /// The pattern of two sums added channel by channel that share it to the degree `shared`: relative alone, at one place.
    pub(super) fn of_pair(one: &Self, other: &Self, shared: f64, channels: usize) -> Self {
        let covariances = one.covariances(other, 0..channels);
        let total = |(i, c): (usize, f64)| one.variance(i) + other.variance(i) + 2.0 * shared * c;
        Self {
            shifts: vec![(0, 1.0)],
            additive: 0.0,
            relative: covariances.into_iter().enumerate().map(total).map(|v| v.max(0.0).sqrt()).collect(),
            lag_correlation: one.lag_correlation,
            coherent: 1.0,
        }
    }

    /// Covariance of channels `j` of this sum and `j'` of another that shares its pattern, for patterns of unit size: a
    /// function of `j - j'` alone, `t(d) = sum_{s,s'} H(s) H'(s') rho(|d + s - s'|)`.
    fn kernel(&self, other: &Self) -> Kernel {
        let furthest = |pattern: &Self| pattern.shifts.iter().map(|(shift, _)| shift.unsigned_abs()).max().unwrap_or(0);
        let reach = furthest(self) + furthest(other) + LAGS - 1;
        let mut values = vec![0.0; 2 * reach + 1];
        for (k, value) in values.iter_mut().enumerate() {
            let d = k as isize - reach as isize;
            for (s, count) in &self.shifts {
                for (s_other, count_other) in &other.shifts {
                    let lag = (d + s - s_other).unsigned_abs();
                    if lag < LAGS {
                        let rho = 0.5 * (self.lag_correlation[lag] + other.lag_correlation[lag]);
                        *value += count * count_other * rho;
                    }
                }
            }
        }
        Kernel { reach, values }
    }

    fn relative_at(&self, channel: usize) -> f64 {
        self.relative.get(channel).copied().unwrap_or(0.0)
    }
}

/// Covariance of one channel of two sums with these positions by shift, for a pattern of unit size that both share:
/// `sum_{s,s'} H(s) H'(s') rho(|s - s'|)`, not below zero.
fn coherence(one: &[(isize, f64)], other: &[(isize, f64)], rho: &[f64; LAGS]) -> f64 {
    let pairs = one.iter().flat_map(|a| other.iter().map(move |b| (a, b)));
    let of_pair = |((s, count), (t, count_other)): (&(isize, f64), &(isize, f64))| {
        rho.get((s - t).unsigned_abs()).map_or(0.0, |rho| count * count_other * rho)
    };
    pairs.map(of_pair).sum::<f64>().max(0.0)
}

/// Level, electrons of one position, that the relative pattern is applied at in every channel of a sum: its own. Where
/// that lies below the level of measurement and the pattern may be additive, its variance is the mean over both: an
/// additive one is as large there as where it was measured, for a sum as bright as the scan's mean. Scaled so, sums of one
/// scan keep the ratio of their levels, and what cancels between them still does.
fn levels(shifts: &[(isize, f64)], pattern: &FixedPattern, expected: &[f64], gain: f64) -> Vec<f64> {
    let positions = shifts.iter().map(|(_, count)| count).sum::<f64>().max(1.0);
    let own: Vec<f64> = expected.iter().map(|mu| mu / positions).collect();
    let Some(Doubt { chance, level, mean }) = &pattern.doubt else { return own };
    let scan = |channel: usize| {
        let at = |shift: isize| mean.get(channel.checked_add_signed(shift)?);
        shifts.iter().map(|(shift, count)| count * at(*shift).copied().unwrap_or(0.0)).sum::<f64>() / (positions * gain)
    };
    let scan: Vec<f64> = (0..own.len()).map(scan).collect();
    let brighter = own.iter().sum::<f64>() / scan.iter().sum::<f64>();
    let brighter = if brighter > 0.0 && brighter.is_finite() { brighter } else { 1.0 };
    let raised = |(own, scan): (&f64, &f64)| {
        let additive = level / gain * (own / scan).clamp(0.5 * brighter, 2.0 * brighter);
        own.hypot((chance * (additive * additive - own * own).max(0.0)).sqrt())
    };
    own.iter().zip(&scan).map(raised).collect()
}

/// A function of the distance of two channels, zero beyond its reach.
struct Kernel {
    reach: usize,
    values: Vec<f64>,
}

impl Kernel {
    /// Value at `j - k`.
    fn at(&self, j: usize, k: usize) -> f64 {
        (j + self.reach).checked_sub(k).and_then(|at| self.values.get(at)).copied().unwrap_or(0.0)
    }
}

/// The channels from the first to the last that are not zero.
pub(super) fn support(influence: &[f64]) -> Range<usize> {
    let first = influence.iter().position(|&g| g != 0.0).unwrap_or(0);
    let end = influence.iter().rposition(|&g| g != 0.0).map_or(first, |last| last + 1);
    first..end
}

/// Covariance of two results from the patterns, neither none, of two sums that share them fully: `sum_{jk} G_j G'_k t(j - k)`
/// times the sizes of the additive and of the relative part.
pub(super) fn pattern_covariance(a: &[f64], of_a: &SummedPattern, b: &[f64], of_b: &SummedPattern) -> f64 {
    let kernel = of_a.kernel(of_b);
    let (on_a, on_b) = (support(a), support(b));
    let additive = of_a.additive * of_b.additive;
    let mut sum = 0.0;
    for j in on_a {
        let relative = of_a.relative_at(j);
        let near = j.saturating_sub(kernel.reach).max(on_b.start)..(j + kernel.reach + 1).min(on_b.end);
        let blurred: f64 = near.map(|k| b[k] * kernel.at(j, k) * (additive + relative * of_b.relative_at(k))).sum();
        sum += a[j] * blurred;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn relative(doubt: Option<Doubt>) -> FixedPattern {
        let mut pattern = FixedPattern::none();
        (pattern.relative_variance, pattern.doubt) = (0.04, doubt);
        pattern
    }

    /// Two positions at shift 0 and one at 1 beside one and two, every channel at 10 electrons a position, a relative
    /// pattern of 0.2: one detector channel gives 2 electrons a position.
    #[test]
    fn what_two_sums_share_in_a_channel_by_hand() {
        let pattern = relative(None);
        let one = SummedPattern::new(&[0, 0, -1], &pattern, &[30.0; 4], 1.0);
        let other = SummedPattern::new(&[0, -1, -1], &pattern, &[30.0; 4], 1.0);
        let elsewhere = SummedPattern::new(&[-2, -2], &pattern, &[20.0; 4], 1.0);
        let close = |found: f64, by_hand: f64| assert!((found - by_hand).abs() < 1e-12, "{found} {by_hand}");
        close(one.variance(1), 4.0 * (4.0 + 1.0));
        let shared = |a: &SummedPattern, b: &SummedPattern| a.covariances(b, 1..2)[0];
        close(shared(&one, &one), one.variance(1));
        close(shared(&one, &other), 4.0 * (2.0 + 2.0));
        close(shared(&one, &elsewhere), 0.0);
        // Neighbours that are half alike: a channel at shift 2 shares with those at 1.
        let mut correlated = pattern.clone();
        correlated.lag_correlation[1] = 0.5;
        let [one, elsewhere] = [[0, 0, -1].as_slice(), &[-2, -2]]
            .map(|moves| SummedPattern::new(moves, &correlated, &[10.0 * moves.len() as f64; 4], 1.0));
        close(one.variance(1), 4.0 * (4.0 + 1.0 + 2.0 * 2.0 * 0.5));
        close(shared(&one, &elsewhere), 4.0 * (1.0 * 2.0 * 0.5));
    }

    /// Measured at 20 counts, a pattern of 0.2 is 4 counts if additive, and at 10 counts 2 if relative.
    #[test]
    fn a_pattern_that_may_be_additive_is_taken_at_the_mean_of_both() {
        let doubt = |chance: f64| Some(Doubt { chance, level: 20.0, mean: vec![10.0, 40.0] });
        let size = |chance: f64, expected: [f64; 2]| {
            SummedPattern::new(&[0], &relative(doubt(chance)), &expected, 1.0).relative
        };
        for (chance, by_hand) in [(0.0, 2.0), (0.5, f64::sqrt(0.5 * 4.0 + 0.5 * 16.0)), (1.0, 4.0)] {
            let found = size(chance, [10.0, 40.0]);
            assert!((found[0] - by_hand).abs() < 1e-12 && (found[1] - 8.0).abs() < 1e-12, "{chance}: {found:?}");
            // A sum half as bright keeps the ratio, so that what cancels between both still does.
            let half = size(chance, [5.0, 20.0]);
            assert!((half[0] - 0.5 * found[0]).abs() < 1e-12 && (half[1] - 4.0).abs() < 1e-12, "{chance}: {half:?}");
        }
    }
}
