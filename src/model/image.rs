//! What a file holds, as it states it: images with axes, samples and settings.

use std::path::PathBuf;

use super::{Acquisition, ByteOrder, IntensityCalibration, SampleArray};

/// What an axis runs over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AxisKind {
    /// Along the specimen, unit of length.
    Position,
    /// Energy loss, unit of energy.
    EnergyLoss,
    /// Anything else, or not stated.
    Other,
}

impl AxisKind {
    /// The name used in `moray info`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Position => "position",
            Self::EnergyLoss => "energy-loss",
            Self::Other => "other",
        }
    }
}

/// One axis of an image: element `k` has the calibrated value `offset + k * scale` in `unit`.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// What it runs over.
    pub kind: AxisKind,
    /// Number of elements.
    pub size: usize,
    /// Calibrated units per element.
    pub scale: f64,
    /// Calibrated value of element 0.
    pub offset: f64,
    /// Unit as the file writes it, possibly empty.
    pub unit: String,
}

/// What an image is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImageKind {
    /// A picture.
    Image,
    /// One spectrum.
    Spectrum,
    /// Spectra along a line.
    LineScan,
    /// Spectra over an area.
    SpectrumImage,
    /// Pictures one above the other.
    Stack,
    /// A small picture of the display, no data.
    Thumbnail,
}

impl ImageKind {
    /// The name used in `moray info`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Spectrum => "spectrum",
            Self::LineScan => "line-scan",
            Self::SpectrumImage => "spectrum-image",
            Self::Stack => "stack",
            Self::Thumbnail => "thumbnail",
        }
    }

    /// Whether it holds spectra.
    pub fn is_spectral(self) -> bool {
        matches!(self, Self::Spectrum | Self::LineScan | Self::SpectrumImage)
    }
}

/// One image of a file. `axes` are in the order of a C array, slowest first; their sizes multiply to the sample count.
#[derive(Debug, Clone)]
pub struct Image {
    /// Its number in the file, as `#N` on the command line.
    pub index: usize,
    /// Title, possibly empty.
    pub title: String,
    /// What it is.
    pub kind: ImageKind,
    /// Signal as the file states it, such as `EELS`; empty when it does not say.
    pub signal: String,
    /// Axes, slowest first.
    pub axes: Vec<Axis>,
    /// Meaning of a raw value.
    pub intensity: IntensityCalibration,
    /// Settings.
    pub acquisition: Acquisition,
    /// Whether the file marks it as the low-loss half of a dual-EELS pair.
    pub is_low_loss: bool,
    /// The samples, C order of `axes`.
    pub samples: SampleArray,
}

impl Image {
    /// Sizes of the axes, slowest first.
    pub fn shape(&self) -> Vec<usize> {
        self.axes.iter().map(|axis| axis.size).collect()
    }

    /// Which axis is energy loss, if exactly one is.
    pub fn energy_axis(&self) -> Option<usize> {
        let mut found = self.axes.iter().enumerate().filter(|(_, axis)| axis.kind == AxisKind::EnergyLoss);
        let first = found.next()?.0;
        found.next().is_none().then_some(first)
    }
}

/// A file as read: its images, none of whose samples has been touched yet.
#[derive(Debug, Clone)]
pub struct FileContents {
    /// Where it came from.
    pub path: PathBuf,
    /// Format name, such as `DM4`.
    pub format: &'static str,
    /// Byte order of values, where the format has one.
    pub byte_order: Option<ByteOrder>,
    /// Size, bytes.
    pub size_bytes: u64,
    /// Images in the file's order, thumbnails included.
    pub images: Vec<Image>,
    /// Things about the file the user should know.
    pub cautions: Vec<String>,
}
