//! Background-subtracted spectra as a NumPy array, written while they are made.

use std::cell::Cell;
use std::io::Write;
use std::time::Duration;

use ndarray_npy::{WriteNpyError, WriteNpyExt};

use crate::analysis::maps::{MapModel, Order, PixelBackgrounds, order, subtract};

/// The array `[y, x, energy]` (or `[position, energy]`) of electrons above the background, single precision; in Fortran
/// order when energy is the slowest axis of the file, so that the cube need not be transposed.
#[derive(Debug)]
pub struct Subtracted<'a> {
    model: &'a MapModel,
    backgrounds: &'a PixelBackgrounds,
    writing: Cell<Duration>,
}

impl<'a> Subtracted<'a> {
    /// The spectra of a model without these backgrounds.
    pub fn new(model: &'a MapModel, backgrounds: &'a PixelBackgrounds) -> Self {
        Self { model, backgrounds, writing: Cell::new(Duration::ZERO) }
    }

    /// Time spent in the writer so far.
    pub fn writing(&self) -> Duration {
        self.writing.get()
    }

    fn header(&self) -> Vec<u8> {
        let mut shape: String = self.model.spectra.sizes().iter().map(|size| format!("{size}, ")).collect();
        shape += &format!("{},", self.model.axis.channels());
        let fortran = if order(self.model) == Order::EnergySlowest { "True" } else { "False" };
        let mut text = format!("{{'descr': '<f4', 'fortran_order': {fortran}, 'shape': ({shape}), }}");
        // Magic (10 bytes), text and line feed fill whole blocks of 64 bytes.
        let padding = 64 - (text.len() + 11) % 64;
        text.extend(std::iter::repeat_n(' ', padding));
        text.push('\n');
        let mut header = b"\x93NUMPY\x01\x00".to_vec();
        header.extend((text.len() as u16).to_le_bytes());
        header.extend(text.as_bytes());
        header
    }
}

impl WriteNpyExt for Subtracted<'_> {
    fn write_npy<W: Write>(&self, mut writer: W) -> Result<(), WriteNpyError> {
        writer.write_all(&self.header())?;
        let mut bytes = Vec::new();
        subtract(self.model, self.backgrounds, |values| {
            bytes.resize(4 * values.len(), 0);
            let (cells, _) = bytes.as_chunks_mut::<4>();
            cells.iter_mut().zip(values).for_each(|(cell, value)| *cell = value.to_le_bytes());
            let start = std::time::Instant::now();
            writer.write_all(&bytes)?;
            self.writing.set(self.writing.get() + start.elapsed());
            Ok::<(), std::io::Error>(())
        })?;
        writer.flush()?;
        Ok(())
    }
}
