//! Spectra read piece by piece, whatever their order in the file: the cube is never copied nor transposed.
//!
//! Gatan software stores a spectrum image plane by plane, energy slowest; others store spectra one after the other. A
//! tile is some channels of some positions, held channel by channel, and small enough for the processor's cache.

use std::ops::Range;

use ndarray::Array2;
use rayon::prelude::*;

use super::SpectrumImage;

impl SpectrumImage {
    /// Number of spectra.
    pub fn positions(&self) -> usize {
        self.navigation.iter().map(|axis| axis.size).product()
    }

    /// Sizes of the navigation axes, slowest first; empty for a single spectrum.
    pub fn sizes(&self) -> Vec<usize> {
        self.navigation.iter().map(|axis| axis.size).collect()
    }

    /// Whether the channels of a spectrum lie side by side in the file, rather than the positions of an energy.
    pub fn energy_is_fastest(&self) -> bool {
        self.energy_stride == 1
    }

    /// Raw counts of a tile into `out[channel * positions.len() + position]`, both counted from the start of their
    /// ranges; positions are numbered in C order of the navigation axes. `out` must hold the whole tile.
    pub fn read_tile(&self, channels: Range<usize>, positions: Range<usize>, out: &mut [f32]) {
        let width = positions.len();
        if width == 0 {
            return;
        }
        if self.energy_is_fastest() {
            let mut row = vec![0.0; channels.len()];
            for (k, position) in positions.enumerate() {
                self.samples.read_f32(self.start(position) + channels.start, &mut row);
                out.iter_mut().skip(k).step_by(width).zip(&row).for_each(|(value, sample)| *value = *sample);
            }
        } else {
            for (channel, line) in channels.zip(out.chunks_exact_mut(width)) {
                self.read_plane(channel, positions.clone(), line);
            }
        }
    }

    /// Raw counts of one channel at some positions.
    pub fn read_plane(&self, channel: usize, positions: Range<usize>, out: &mut [f32]) {
        let plane = channel * self.energy_stride;
        let mut done = 0;
        while done < out.len().min(positions.len()) {
            let position = positions.start + done;
            let run = self.run_from(position).min(positions.len() - done);
            self.samples.read_f32(plane + self.start(position), &mut out[done..done + run]);
            done += run;
        }
    }

    /// Sums over the other navigation axis in one pass: raw counts `[position along axis, channel]`.
    pub fn sums_along(&self, axis: usize) -> Array2<f64> {
        let sizes = self.sizes();
        let (count, channels) = (sizes.get(axis).copied().unwrap_or(1), self.axis.channels());
        if self.energy_is_fastest() {
            let mut sums = Array2::zeros((count, channels));
            for (position, mut row) in sums.rows_mut().into_iter().enumerate() {
                let mut ranges: Vec<_> = sizes.iter().map(|&size| 0..size).collect();
                if let Some(range) = ranges.get_mut(axis) {
                    *range = position..position + 1;
                }
                row.iter_mut().zip(self.sum(&ranges)).for_each(|(value, sum)| *value = sum);
            }
            return sums;
        }
        let mut planes: Array2<f64> = Array2::zeros((channels, count));
        if let Some(all) = planes.as_slice_mut() {
            // Planes are independent, so the sums do not depend on the number of threads.
            all.par_chunks_mut(count).enumerate().for_each(|(channel, sums)| self.add_plane(channel, axis, sums));
        }
        planes.t().as_standard_layout().into_owned()
    }

    /// Adds a plane to sums along an axis, row by row.
    fn add_plane(&self, channel: usize, axis: usize, sums: &mut [f64]) {
        let plane = channel * self.energy_stride;
        let row_length = self.navigation.last().map_or(1, |axis| axis.size);
        let along_rows = axis + 1 == self.navigation.len();
        let mut row = vec![0.0; row_length];
        for (y, first) in (0..self.positions()).step_by(row_length).enumerate() {
            let mut done = 0;
            while done < row_length {
                let run = self.run_from(first + done).min(row_length - done);
                let start = plane + self.start(first + done);
                if along_rows {
                    self.samples.read_into(start, &mut row[done..done + run]);
                } else if let Some(sum) = sums.get_mut(y) {
                    *sum += self.samples.sum(start, run);
                }
                done += run;
            }
            if along_rows {
                sums.iter_mut().zip(&row).for_each(|(sum, value)| *sum += value);
            }
        }
    }

    /// Sample of channel 0 at a position.
    fn start(&self, position: usize) -> usize {
        let mut left = position;
        let mut start = 0;
        for axis in self.navigation.iter().rev() {
            start += left % axis.size * axis.stride;
            left /= axis.size;
        }
        start
    }

    /// How many positions from this one on lie side by side within a plane.
    fn run_from(&self, position: usize) -> usize {
        let mut run = 1;
        for axis in self.navigation.iter().rev() {
            if axis.stride != run {
                break;
            }
            run *= axis.size;
        }
        run - position % run
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Acquisition, Axis, AxisKind, Image, ImageKind, IntensityCalibration, SampleArray};

    /// Spectra of 3 rows, 4 columns, 5 channels, value 100 y + 10 x + e, stored with the axes in this order.
    fn stored(order: [char; 3]) -> SpectrumImage {
        let size = |axis: char| match axis {
            'y' => 3,
            'x' => 4,
            _ => 5,
        };
        let mut values = Vec::new();
        for a in 0..size(order[0]) {
            for b in 0..size(order[1]) {
                for c in 0..size(order[2]) {
                    let at = |wanted: char| [a, b, c][order.iter().position(|axis| *axis == wanted).unwrap()] as f64;
                    values.push(100.0 * at('y') + 10.0 * at('x') + at('e'));
                }
            }
        }
        let axes = order.map(|axis| Axis {
            kind: if axis == 'e' { AxisKind::EnergyLoss } else { AxisKind::Position },
            size: size(axis),
            scale: 1.0,
            offset: 0.0,
            unit: if axis == 'e' { "eV".into() } else { "nm".into() },
        });
        let image = Image {
            index: 0,
            title: String::new(),
            kind: ImageKind::SpectrumImage,
            signal: "EELS".into(),
            axes: axes.to_vec(),
            intensity: IntensityCalibration::default(),
            acquisition: Acquisition::default(),
            is_low_loss: false,
            samples: SampleArray::from_f64(&values),
        };
        SpectrumImage::from_image(&image).unwrap()
    }

    #[test]
    fn tiles_and_sums_are_the_same_for_every_order_of_axes() {
        for order in [['e', 'y', 'x'], ['y', 'x', 'e'], ['y', 'e', 'x']] {
            let spectra = stored(order);
            assert_eq!((spectra.positions(), spectra.sizes()), (12, vec![3, 4]));
            let mut tile = vec![0.0; 2 * 6];
            spectra.read_tile(1..3, 2..8, &mut tile);
            let wanted: Vec<f32> =
                (1..3).flat_map(|e| (2..8).map(move |p| (100 * (p / 4) + 10 * (p % 4) + e) as f32)).collect();
            assert_eq!(tile, wanted, "{order:?}");
            let along_y = spectra.sums_along(0);
            assert_eq!(along_y.dim(), (3, 5));
            assert_eq!(along_y[(2, 1)], 4.0 * 201.0 + 60.0, "{order:?}");
            let along_x = spectra.sums_along(1);
            assert_eq!((along_x.dim(), along_x[(3, 4)]), ((4, 5), 300.0 + 3.0 * 34.0), "{order:?}");
        }
    }
}
