//! Spectrum images in memory, stored as Gatan software does or spectrum after spectrum.

use moray::model::{
    Acquisition, Axis, AxisKind, EnergyAxis, Image, ImageKind, IntensityCalibration, SampleArray, SpectrumImage,
};
use ndarray::{Array2, Array3};

/// How the samples lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stored {
    /// `[energy, y, x]`.
    Planes,
    /// `[y, x, energy]`.
    Spectra,
}

/// A spectrum image of `counts[y, x, energy]`, stored this way; a `y` of size 1 makes a line scan.
pub fn spectra(axis: &EnergyAxis, counts: &Array3<f64>, stored: Stored) -> SpectrumImage {
    let (rows, columns, channels) = counts.dim();
    let energy = Axis {
        kind: AxisKind::EnergyLoss,
        size: channels,
        scale: axis.dispersion_ev(),
        offset: axis.first_ev(),
        unit: "eV".into(),
    };
    let along = |size: usize| Axis { kind: AxisKind::Position, size, scale: 0.1, offset: 0.0, unit: "nm".into() };
    let (axes, view) = match stored {
        Stored::Planes => (vec![energy, along(rows), along(columns)], counts.view().permuted_axes([2, 0, 1])),
        Stored::Spectra => (vec![along(rows), along(columns), energy], counts.view()),
    };
    let image = Image {
        index: 0,
        title: String::new(),
        kind: ImageKind::SpectrumImage,
        signal: "EELS".into(),
        axes,
        intensity: IntensityCalibration::default(),
        acquisition: Acquisition::default(),
        is_low_loss: false,
        samples: SampleArray::from_f64(&view.iter().copied().collect::<Vec<_>>()),
    };
    SpectrumImage::from_image(&image).unwrap()
}

/// A line scan `[position, channel]` folded into rows.
pub fn folded(counts: &Array2<f64>, rows: usize) -> Array3<f64> {
    let (positions, channels) = counts.dim();
    counts.to_shape((rows, positions / rows, channels)).unwrap().into_owned()
}
