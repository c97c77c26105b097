//! Spectra at positions: one spectrum, a line, or an area, whatever the order in the file.

use std::ops::Range;

use rayon::prelude::*;

use super::{AxisKind, EnergyAxis, EnergyError, Image, ImageKind, LineScan, SampleArray};

/// Energy planes that one thread sums at least.
const PLANES: usize = 64;
/// Pixels of a plane that one thread sums at a time.
const PIXELS: usize = 4096;

/// Why an image cannot be used as spectra.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SpectrumImageError {
    /// No axis, or more than one, is an energy axis.
    #[error("image {index} (\"{title}\") has no energy axis: it cannot be read as spectra")]
    NoEnergyAxis {
        /// Number of the image.
        index: usize,
        /// Its title.
        title: String,
    },
    /// Samples are complex or colour.
    #[error("image {index} holds {sample} samples, not counts")]
    NotCounts {
        /// Number of the image.
        index: usize,
        /// Type of its samples.
        sample: &'static str,
    },
    /// More than two navigation axes.
    #[error("image {index} has {navigation} navigation axes; at most two can be used")]
    TooManyAxes {
        /// Number of the image.
        index: usize,
        /// How many it has.
        navigation: usize,
    },
    /// The energy axis is unusable.
    #[error("image {index}: {source}")]
    Energy {
        /// Number of the image.
        index: usize,
        /// What is wrong.
        source: EnergyError,
    },
}

/// A spatial axis of spectra.
#[derive(Debug, Clone, PartialEq)]
pub struct NavigationAxis {
    /// Number of positions.
    pub size: usize,
    /// Distance between positions in nm, or `None` when the file has no length unit.
    pub step_nm: Option<f64>,
    pub(super) stride: usize,
}

/// Spectra with their energy axis and none to two navigation axes (slowest first), samples left where they are.
#[derive(Debug, Clone)]
pub struct SpectrumImage {
    pub(super) axis: EnergyAxis,
    pub(super) energy_stride: usize,
    pub(super) navigation: Vec<NavigationAxis>,
    pub(super) samples: SampleArray,
}

impl SpectrumImage {
    /// The spectra of an image. Axes of size 1 other than energy are dropped.
    ///
    /// # Errors
    /// [`SpectrumImageError`] when there is not exactly one energy axis, samples are not real numbers, or more than
    /// two navigation axes remain.
    pub fn from_image(image: &Image) -> Result<Self, SpectrumImageError> {
        let index = image.index;
        let no_axis = || SpectrumImageError::NoEnergyAxis { index, title: image.title.clone() };
        if !image.kind.is_spectral() || image.kind == ImageKind::Thumbnail {
            return Err(no_axis());
        }
        let energy = image.energy_axis().ok_or_else(no_axis)?;
        let sample = image.samples.sample_type();
        if !sample.is_real() {
            return Err(SpectrumImageError::NotCounts { index, sample: sample.name() });
        }
        let strides = strides(&image.shape());
        let e = &image.axes[energy];
        let axis = EnergyAxis::new(e.offset, e.scale, e.size)
            .map_err(|source| SpectrumImageError::Energy { index, source })?;
        let navigation: Vec<_> = (image.axes.iter().zip(&strides).enumerate())
            .filter(|(k, (axis, _))| *k != energy && axis.size > 1)
            .map(|(_, (axis, &stride))| NavigationAxis { size: axis.size, step_nm: step_nm(axis), stride })
            .collect();
        if navigation.len() > 2 {
            return Err(SpectrumImageError::TooManyAxes { index, navigation: navigation.len() });
        }
        Ok(Self { axis, energy_stride: strides[energy], navigation, samples: image.samples.clone() })
    }

    /// The spectra of a line scan in memory.
    pub fn of(scan: &LineScan) -> Self {
        let line = NavigationAxis { size: scan.positions(), step_nm: scan.step_nm, stride: scan.axis().channels() };
        Self {
            axis: *scan.axis(),
            energy_stride: 1,
            navigation: if line.size > 1 { vec![line] } else { Vec::new() },
            samples: SampleArray::from_f64(&scan.counts().iter().copied().collect::<Vec<_>>()),
        }
    }

    /// The energy axis, as the file states it.
    pub fn axis(&self) -> &EnergyAxis {
        &self.axis
    }

    /// Navigation axes, slowest first; none for a single spectrum.
    pub fn navigation(&self) -> &[NavigationAxis] {
        &self.navigation
    }

    /// Sum of the spectra in a rectangle, raw counts. `ranges` has one range per navigation axis.
    pub fn sum(&self, ranges: &[Range<usize>]) -> Vec<f64> {
        let starts = self.starts(ranges);
        let mut out = vec![0.0; self.axis.channels()];
        if self.energy_stride == 1 {
            for start in starts {
                self.samples.add_to(start, &mut out);
            }
        } else {
            // Energy is slow: read each energy plane once, and within it only the runs that the region consists of.
            let runs = runs(starts);
            // Planes are independent, so the sums do not depend on the number of threads.
            out.par_iter_mut().with_min_len(PLANES).enumerate().for_each(|(channel, value)| {
                let plane = channel * self.energy_stride;
                *value = runs.iter().map(|run| self.samples.sum(plane + run.start, run.len())).sum();
            });
        }
        out
    }

    /// Counts of a range of channels at every position, slowest navigation axis first.
    ///
    /// Reads those channels only. The same bits for any number of threads: each position adds its channels in order.
    pub fn plane(&self, channels: Range<usize>) -> Vec<f64> {
        let channels = channels.start.min(self.axis.channels())..channels.end.min(self.axis.channels());
        let all: Vec<_> = self.navigation.iter().map(|axis| 0..axis.size).collect();
        let starts = self.starts(&all);
        let mut out = vec![0.0; starts.len()];
        let in_order = starts.iter().enumerate().all(|(k, start)| k == *start);
        if in_order && self.energy_stride >= starts.len() {
            out.par_chunks_mut(PIXELS).enumerate().for_each(|(chunk, values)| {
                for channel in channels.clone() {
                    let first = channel * self.energy_stride + chunk * PIXELS;
                    self.samples.visit(first, values.len(), |k, sample| values[k] += sample);
                }
            });
        } else {
            out.par_iter_mut().zip(&starts).with_min_len(PLANES).for_each(|(value, start)| {
                if self.energy_stride == 1 {
                    self.samples.visit(start + channels.start, channels.len(), |_, sample| *value += sample);
                } else {
                    for channel in channels.clone() {
                        self.samples.visit(start + channel * self.energy_stride, 1, |_, sample| *value += sample);
                    }
                }
            });
        }
        out
    }

    fn starts(&self, ranges: &[Range<usize>]) -> Vec<usize> {
        let mut starts = vec![0];
        for (axis, range) in self.navigation.iter().zip(ranges) {
            let range = range.start.min(axis.size)..range.end.min(axis.size);
            starts = starts.iter().flat_map(|s| range.clone().map(move |k| s + k * axis.stride)).collect();
        }
        starts
    }
}

/// Samples that follow each other, as ranges in ascending order.
fn runs(mut starts: Vec<usize>) -> Vec<Range<usize>> {
    starts.sort_unstable();
    let mut runs: Vec<Range<usize>> = Vec::new();
    for start in starts {
        match runs.last_mut().filter(|run| run.end == start) {
            Some(run) => run.end += 1,
            None => runs.push(start..start + 1),
        }
    }
    runs
}

fn strides(shape: &[usize]) -> Vec<usize> {
    let mut strides = vec![1_usize; shape.len()];
    for k in (1..shape.len()).rev() {
        strides[k - 1] = strides[k].saturating_mul(shape[k]);
    }
    strides
}

/// Nanometres per unit of length as files write it, `None` when the text is no unit of length.
pub fn nm_per_unit(unit: &str) -> Option<f64> {
    Some(match unit.trim() {
        "nm" => 1.0,
        "\u{b5}m" | "\u{3bc}m" | "um" => 1e3,
        "pm" => 1e-3,
        "A" | "\u{c5}" | "\u{212b}" => 0.1,
        "mm" => 1e6,
        "m" => 1e9,
        _ => return None,
    })
}

/// Step of a spatial axis in nm, from the unit that the file writes.
pub(super) fn step_nm(axis: &super::Axis) -> Option<f64> {
    if axis.kind != AxisKind::Position {
        return None;
    }
    let step = (axis.scale * nm_per_unit(&axis.unit)?).abs();
    (step.is_finite() && step > 0.0).then_some(step)
}
