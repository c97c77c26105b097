//! X-ray spikes in core-loss spectra: found along the scan, replaced by what the neighbouring positions show.
//!
//! A spike hits one position; an edge is at all of them. So each sample is compared with the same channel of its
//! neighbours, and only then with its own surroundings along the energy.

use std::sync::Arc;

use ndarray::{Array2, ArrayView2};
use rayon::prelude::*;

use crate::model::LineScan;

use super::noise::NoiseModel;
use super::numeric::median;

/// A spike exceeds its expectation by this many sigma.
const FOUND_SIGMA: f64 = 6.5;
/// Channels beside a spike belong to it when they exceed theirs by this many sigma.
const BESIDE_SIGMA: f64 = 3.0;
/// How far beside a spike those are sought, channels.
const BESIDE: usize = 2;
/// Half of the 13 channels whose median is the expectation along the energy.
const AROUND: usize = 6;
/// Part by which columns and drift may make a sample differ from its neighbours, as one more sigma.
const SCENE: f64 = 0.02;
/// Fewest positions for a spike to be told from an edge.
pub const MIN_POSITIONS: usize = 3;

/// A scan without its spikes, and where they were: `(position, channel)` in the file.
#[derive(Debug, Clone)]
pub struct Cleaned {
    /// The scan; the very same when there was no spike.
    pub scan: Arc<LineScan>,
    /// Every replaced sample, in order of position and channel.
    pub mask: Vec<(usize, usize)>,
}

/// Finds the spikes of a scan and replaces them.
///
/// In electrons, `m1` is the median of the same channel over the four neighbouring positions (mirrored at the ends),
/// each scaled to equal total; `m2` the median of the 13 channels around; `ref` the largest of `m2` and of `m1` here
/// and in the channels beside (energy drift moves slopes by so much), and in the first and last two positions of what a
/// straight line through the two nearest gives. A sample is a spike when
/// `n - ref > 6.5 sqrt(V) + s`, `V = max(ref, 1) + v + (0.02 ref)^2`, and its neighbours within two channels that
/// exceed their `m1` by 3 sigma likewise go with it. `s = (6.5^2 - 1) / 6 * c / (c + v)`, `c = max(ref, 1)`, is the
/// skewness of counting at that level (Cornish and Fisher 1937): without it a counting camera at one electron per
/// channel gives ten false flags in a million. The part in proportion to `ref` allows for columns and drift, which at
/// high doses are no noise. Replaced by `m1`, but for the samples in `kept` (position, channel). `v` is the read
/// variance in electrons squared. The rest is our own construction.
///
/// Degenerate cases: below three positions nothing is replaced, since along the energy alone a spike looks like a white
/// line; a position without counts is not scaled.
///
/// # Examples
/// ```
/// use std::sync::Arc;
/// use moray::analysis::{noise, spikes};
/// use moray::model::{EnergyAxis, LineScan};
/// use ndarray::Array2;
/// let axis = EnergyAxis::new(480.0, 0.25, 300)?;
/// // Counts of 100 that scatter a little, and one X-ray.
/// let mut counts = Array2::from_shape_fn((12, 300), |(p, i)| 100.0 + ((7 * p + 13 * i) % 9) as f64);
/// counts[(5, 120)] = 900.0;
/// let scan = Arc::new(LineScan::new(axis, counts)?);
/// let noise = noise::estimate(&[(&scan, axis)], Some(1.0), &[[480.0, 555.0]]);
/// let cleaned = spikes::remove(&scan, &noise, &[]);
/// assert_eq!(cleaned.mask, [(5, 120)]);
/// assert!(cleaned.scan.counts()[(5, 120)] < 110.0);
/// assert!(spikes::remove(&scan, &noise, &[(5, 120)]).mask.is_empty(), "kept as recorded");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn remove(scan: &Arc<LineScan>, noise: &NoiseModel, kept: &[(usize, usize)]) -> Cleaned {
    if scan.positions() < MIN_POSITIONS {
        return Cleaned { scan: scan.clone(), mask: Vec::new() };
    }
    let finder = Finder::new(scan.counts(), noise);
    let found: Vec<Vec<(usize, f64)>> =
        (0..scan.positions()).into_par_iter().map(|position| finder.spikes_but(position, kept)).collect();
    let mask: Vec<(usize, usize)> =
        found.iter().enumerate().flat_map(|(i, row)| row.iter().map(move |(channel, _)| (i, *channel))).collect();
    let replaced = (!mask.is_empty()).then(|| replaced(scan, &found)).flatten();
    Cleaned { scan: replaced.unwrap_or_else(|| scan.clone()), mask }
}

/// How many samples [`remove`] would replace.
pub(super) fn count(scan: &LineScan, noise: &NoiseModel) -> usize {
    if scan.positions() < MIN_POSITIONS {
        return 0;
    }
    let finder = Finder::new(scan.counts(), noise);
    (0..scan.positions()).into_par_iter().map(|position| finder.spikes_but(position, &[]).len()).sum()
}

/// The scan with samples replaced; everything else about it kept.
fn replaced(scan: &LineScan, found: &[Vec<(usize, f64)>]) -> Option<Arc<LineScan>> {
    let mut counts: Array2<f64> = scan.counts().to_owned();
    for (mut row, samples) in counts.rows_mut().into_iter().zip(found) {
        for (channel, value) in samples {
            row[*channel] = *value;
        }
    }
    let mut cleaned = LineScan::new(*scan.axis(), counts).ok()?;
    cleaned.step_nm = scan.step_nm;
    cleaned.reads_per_position = scan.reads_per_position;
    cleaned.file_counts_per_electron = scan.file_counts_per_electron;
    cleaned.acquisition = scan.acquisition.clone();
    cleaned.along = scan.along;
    Some(Arc::new(cleaned))
}

struct Finder<'a> {
    counts: ArrayView2<'a, f64>,
    totals: Vec<f64>,
    gain: f64,
    read_variance: f64,
}

impl<'a> Finder<'a> {
    fn new(counts: ArrayView2<'a, f64>, noise: &NoiseModel) -> Self {
        let totals = counts.rows().into_iter().map(|row| row.sum()).collect();
        Self { counts, totals, gain: noise.gain, read_variance: noise.read_variance / (noise.gain * noise.gain) }
    }

    /// The same without samples that are to stay.
    fn spikes_but(&self, position: usize, kept: &[(usize, usize)]) -> Vec<(usize, f64)> {
        let mut found = self.spikes(position);
        found.retain(|(channel, _)| !kept.contains(&(position, *channel)));
        found
    }

    /// Channels of one position to replace, with the counts to put there.
    fn spikes(&self, position: usize) -> Vec<(usize, f64)> {
        let row: Vec<f64> = self.counts.row(position).iter().map(|n| n / self.gain).collect();
        let expected = self.expected(position);
        let exceeds = |j: usize, sigmas: f64, level: f64| row[j] - level > self.threshold(level, sigmas);
        let level = |j: usize| self.in_line(position, j).map_or(expected[j], |line| line.max(expected[j]));
        let mut flagged = Vec::new();
        for j in 0..row.len() {
            // The threshold grows with its level, so most samples never need their surroundings.
            let spike = exceeds(j, FOUND_SIGMA, expected[j]) && {
                let near = highest(&expected, j).max(around(&row, j).unwrap_or(0.0));
                let near = near.max(level(j));
                exceeds(j, FOUND_SIGMA, near)
            };
            if spike {
                let beside = j.saturating_sub(BESIDE)..(j + BESIDE + 1).min(row.len());
                flagged.extend(beside.filter(|&k| k == j || exceeds(k, BESIDE_SIGMA, level(k))));
            }
        }
        flagged.sort_unstable();
        flagged.dedup();
        flagged.into_iter().map(|j| (j, expected[j] * self.gain)).collect()
    }

    /// Electrons above `level` that noise reaches at so many sigma.
    fn threshold(&self, level: f64, sigmas: f64) -> f64 {
        let counting = level.max(1.0);
        let skewness = (sigmas * sigmas - 1.0) / 6.0 * counting / (counting + self.read_variance);
        sigmas * (counting + self.read_variance + (SCENE * level).powi(2)).sqrt() + skewness
    }

    /// What makes counts of a position the electrons of another with its total.
    fn scale(&self, from: usize, to: usize) -> f64 {
        let ratio = self.totals[to] / self.totals[from];
        if ratio.is_finite() && ratio > 0.0 { ratio / self.gain } else { 1.0 / self.gain }
    }

    /// Electrons on a straight line through the two nearest positions, where the neighbours lie more to one side: there
    /// columns make their median lag behind. `None` elsewhere.
    fn in_line(&self, position: usize, channel: usize) -> Option<f64> {
        let last = self.counts.nrows() - 1;
        let at = |k: usize| self.scale(k, position) * self.counts[(k, channel)];
        match position {
            0 => Some(2.0 * at(1) - at(2)),
            _ if position == last => Some(2.0 * at(last - 1) - at(last - 2)),
            _ if position == 1 || position + 1 == last => Some(0.5 * (at(position - 1) + at(position + 1))),
            _ => None,
        }
    }

    /// Median of the neighbouring positions in every channel, electrons.
    fn expected(&self, position: usize) -> Vec<f64> {
        let neighbours: Vec<Vec<f64>> = neighbours(position, self.counts.nrows())
            .map(|k| {
                let scale = self.scale(k, position);
                self.counts.row(k).iter().map(|n| scale * n).collect()
            })
            .collect();
        (0..self.counts.ncols()).map(|j| middle(neighbours.iter().map(|row| row[j]))).collect()
    }
}

/// The positions at distances 1 and 2, mirrored about `position` at the ends of the scan.
fn neighbours(position: usize, positions: usize) -> impl Iterator<Item = usize> {
    [1, 2].into_iter().flat_map(move |distance| {
        let below = position.checked_sub(distance);
        let above = Some(position + distance).filter(|&k| k < positions);
        [below.or(above), above.or(below)].into_iter().flatten()
    })
}

/// Median of up to four numbers: the mean without the smallest and the largest when there are more than two.
fn middle(values: impl Iterator<Item = f64>) -> f64 {
    let (mut sum, mut count, mut low, mut high) = (0.0, 0.0, f64::INFINITY, f64::NEG_INFINITY);
    for value in values {
        sum += value;
        count += 1.0;
        low = low.min(value);
        high = high.max(value);
    }
    if count > 2.0 { (sum - low - high) / (count - 2.0) } else { sum / count }
}

/// The highest of a channel and the two beside it.
fn highest(values: &[f64], j: usize) -> f64 {
    let near = values.iter().take(j + 2).skip(j.saturating_sub(1));
    near.copied().fold(f64::NEG_INFINITY, f64::max)
}

/// Median of the 13 channels around `j`, fewer at the ends.
fn around(row: &[f64], j: usize) -> Option<f64> {
    let mut near = row[j.saturating_sub(AROUND)..(j + AROUND + 1).min(row.len())].to_vec();
    median(&mut near)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::EnergyAxis;

    #[test]
    fn a_spike_is_replaced_by_its_neighbours_and_the_file_is_left_alone() {
        let axis = EnergyAxis::new(400.0, 0.5, 40).unwrap();
        let counts = Array2::from_shape_fn((5, 40), |(i, j)| if (i, j) == (0, 20) { 900.0 } else { 100.0 });
        let scan = Arc::new(LineScan::new(axis, counts).unwrap());
        let cleaned = remove(&scan, &NoiseModel::unit(), &[]);
        assert_eq!(cleaned.mask, [(0, 20)]);
        assert!((cleaned.scan.counts()[[0, 20]] - 120.0).abs() < 1e-9, "scaled to the total of its position");
        assert_eq!(scan.counts()[[0, 20]], 900.0);
        let two = Arc::new(LineScan::new(axis, Array2::from_elem((2, 40), 5.0)).unwrap());
        assert!(Arc::ptr_eq(&remove(&two, &NoiseModel::unit(), &[]).scan, &two));
    }

    #[test]
    fn a_column_rising_at_the_end_of_a_scan_is_no_spike() {
        let axis = EnergyAxis::new(400.0, 0.5, 60).unwrap();
        // A narrow line that grows by a tenth of the level from position to position, in counts of equal totals.
        let counts = |spike: f64| {
            Array2::from_shape_fn((6, 60), |(i, j)| match (i, j) {
                (_, 30) => 40_000.0 - 5_000.0 * i as f64 + if i == 0 { spike } else { 0.0 },
                (_, 10) => 5_000.0 * i as f64,
                _ => 20_000.0,
            })
        };
        let flagged = |spike: f64| {
            let scan = Arc::new(LineScan::new(axis, counts(spike)).unwrap());
            remove(&scan, &NoiseModel::unit(), &[]).mask
        };
        assert!(flagged(0.0).is_empty());
        assert_eq!(flagged(15_000.0), [(0, 30)]);
    }

    #[test]
    fn the_ends_of_a_scan_are_mirrored() {
        assert_eq!(neighbours(0, 5).collect::<Vec<_>>(), [1, 1, 2, 2]);
        assert_eq!(neighbours(1, 5).collect::<Vec<_>>(), [0, 2, 3, 3]);
        assert_eq!(neighbours(1, 3).collect::<Vec<_>>(), [0, 2]);
        assert_eq!(middle([1.0, 9.0, 2.0, 4.0].into_iter()), 3.0);
    }
}
