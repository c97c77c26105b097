//! A line scan in memory: counts by position and energy, ready for analysis.

use ndarray::{Array2, ArrayView1, ArrayView2};
use serde::{Deserialize, Serialize};

use super::{Acquisition, EnergyAxis, SpectrumImage};

/// Which axis of a 2-D spectrum image becomes the line; the other one is summed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Along {
    /// The fast axis.
    X,
    /// The slow axis.
    Y,
}

/// Why a line scan could not be made.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum LineScanError {
    /// The table does not fit the axis.
    #[error("a line scan of {channels} channels cannot hold spectra of {columns} values")]
    Shape {
        /// Channels of the axis.
        channels: usize,
        /// Columns of the table.
        columns: usize,
    },
    /// Some sample is not a number.
    #[error("position {position} has a value that is no number (channel {channel})")]
    NotFinite {
        /// Position along the scan.
        position: usize,
        /// Channel.
        channel: usize,
    },
}

/// What a profile along the scan shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProfileKind {
    /// Annular bright field: atoms are dark.
    Abf,
    /// High-angle annular dark field: heavy atoms are bright.
    Haadf,
    /// Net O K intensity.
    OK,
}

impl ProfileKind {
    /// The detector that a title names, HAADF or ABF.
    pub fn of_title(title: &str) -> Option<Self> {
        let title = title.to_uppercase();
        let kinds = [("HAADF", Self::Haadf), ("ABF", Self::Abf)];
        kinds.into_iter().find(|(name, _)| title.contains(name)).map(|(_, kind)| kind)
    }
}

/// A signal recorded along the scan, one value per position.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// What it shows.
    pub kind: ProfileKind,
    /// One value per position, as recorded.
    pub values: Vec<f64>,
    /// Standard deviation of each value when known.
    pub sigma: Option<Vec<f64>>,
}

/// Raw counts by position and energy. A single spectrum is a line scan of one position.
///
/// Guaranteed: every row has as many values as the axis has channels, and all values are finite.
#[derive(Debug, Clone, PartialEq)]
pub struct LineScan {
    axis: EnergyAxis,
    counts: Array2<f64>,
    /// Distance between positions, nm, when the file states it.
    pub step_nm: Option<f64>,
    /// Detector reads summed into each position (frames, and positions of the summed axis).
    pub reads_per_position: f64,
    /// Counts per electron as the file states it.
    pub file_counts_per_electron: Option<f64>,
    /// Settings.
    pub acquisition: Acquisition,
    /// The axis of a 2-D spectrum image that became the line, when there were two.
    pub along: Option<Along>,
}

impl LineScan {
    /// A line scan of `counts[position, channel]`.
    ///
    /// # Errors
    /// [`LineScanError`] when the rows do not fit the axis or a value is not finite.
    pub fn new(axis: EnergyAxis, counts: Array2<f64>) -> Result<Self, LineScanError> {
        if counts.ncols() != axis.channels() {
            return Err(LineScanError::Shape { channels: axis.channels(), columns: counts.ncols() });
        }
        if let Some(((position, channel), _)) = counts.indexed_iter().find(|(_, v)| !v.is_finite()) {
            return Err(LineScanError::NotFinite { position, channel });
        }
        Ok(Self {
            axis,
            counts: counts.as_standard_layout().into_owned(),
            step_nm: None,
            reads_per_position: 1.0,
            file_counts_per_electron: None,
            acquisition: Acquisition::default(),
            along: None,
        })
    }

    /// The spectra of an image as a line: `along` or the longer of two navigation axes, the other one summed.
    ///
    /// # Errors
    /// [`LineScanError::NotFinite`] when the file holds values that are no numbers.
    pub fn from_spectrum_image(image: &SpectrumImage, along: Option<Along>) -> Result<Self, LineScanError> {
        let sizes: Vec<usize> = image.navigation().iter().map(|axis| axis.size).collect();
        let (line, chosen) = match (sizes.as_slice(), along) {
            ([y, x], None) => {
                if x > y {
                    (1, Some(Along::X))
                } else {
                    (0, Some(Along::Y))
                }
            }
            ([_, _], Some(along)) => (usize::from(along == Along::X), Some(along)),
            _ => (0, None),
        };
        let positions = sizes.get(line).copied().unwrap_or(1);
        let mut scan = Self::new(*image.axis(), image.sums_along(line))?;
        scan.step_nm = image.navigation().get(line).and_then(|axis| axis.step_nm);
        scan.reads_per_position = sizes.iter().product::<usize>() as f64 / positions as f64;
        scan.along = chosen;
        Ok(scan)
    }

    /// The energy axis, as the file states it.
    pub fn axis(&self) -> &EnergyAxis {
        &self.axis
    }

    /// Raw counts, `[position, channel]`.
    pub fn counts(&self) -> ArrayView2<'_, f64> {
        self.counts.view()
    }

    /// Raw counts of one position.
    pub fn spectrum(&self, position: usize) -> ArrayView1<'_, f64> {
        self.counts.row(position)
    }

    /// Number of positions.
    pub fn positions(&self) -> usize {
        self.counts.nrows()
    }
}
