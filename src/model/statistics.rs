//! Sum and extremes of raw samples.

use rayon::prelude::*;

use super::{SampleArray, SampleType};

/// Samples summed by one task; blocks are added in order, so the sum does not depend on the number of threads.
const BLOCK: usize = 1 << 17;

/// Sum and extremes of raw samples: complex ones by modulus, colour ones over all four channels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Statistics {
    /// Sum; not finite when a sample is not.
    pub sum: f64,
    /// Smallest finite sample; infinite when there is none.
    pub min: f64,
    /// Largest finite sample; infinite when there is none.
    pub max: f64,
    /// Samples that are no finite number.
    pub not_finite: usize,
}

impl Statistics {
    const EMPTY: Self = Self { sum: 0.0, min: f64::INFINITY, max: f64::NEG_INFINITY, not_finite: 0 };

    fn add(&mut self, value: f64) {
        self.sum += value;
        if value.is_finite() {
            self.min = self.min.min(value);
            self.max = self.max.max(value);
        } else {
            self.not_finite += 1;
        }
    }

    fn join(self, other: Self) -> Self {
        Self {
            sum: self.sum + other.sum,
            min: self.min.min(other.min),
            max: self.max.max(other.max),
            not_finite: self.not_finite + other.not_finite,
        }
    }

    /// Sum and extremes of an array, in one pass over its bytes.
    pub fn of(samples: &SampleArray) -> Self {
        let blocks: Vec<Self> =
            (0..samples.len().div_ceil(BLOCK)).into_par_iter().map(|k| block(samples, k * BLOCK)).collect();
        blocks.into_iter().fold(Self::EMPTY, Self::join)
    }
}

fn block(samples: &SampleArray, start: usize) -> Statistics {
    let mut found = Statistics::EMPTY;
    if samples.sample_type() == SampleType::Rgba8 {
        let size = SampleType::Rgba8.size();
        let end = samples.len().min(start + BLOCK);
        let bytes = samples.raw().get(start * size..end * size).unwrap_or_default();
        bytes.iter().for_each(|&byte| found.add(f64::from(byte)));
    } else {
        samples.visit(start, BLOCK, |_, value| found.add(value));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_and_extremes_cross_the_borders_of_blocks() {
        let count = BLOCK * 2 + 3;
        let values: Vec<f64> = (0..count).map(|k| k as f64 - 5.0).collect();
        let found = Statistics::of(&SampleArray::from_f64(&values));
        let last = (count - 1) as f64;
        assert_eq!(found.sum, last * count as f64 / 2.0 - 5.0 * count as f64);
        assert_eq!((found.min, found.max, found.not_finite), (-5.0, last - 5.0, 0));
    }

    #[test]
    fn values_that_are_no_numbers_are_counted() {
        let found = Statistics::of(&SampleArray::from_f64(&[1.0, f64::NAN, 3.0]));
        assert!(found.sum.is_nan());
        assert_eq!((found.min, found.max, found.not_finite), (1.0, 3.0, 1));
    }
}
