//! Why a picture could not be filtered or measured.

/// Why a picture could not be filtered or measured. Each variant says what to do in [`ImageError::hint`].
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ImageError {
    /// The size of a pixel is not known.
    #[error("the file does not state the size of a pixel")]
    NoPixelSize,
    /// The picture is too small, or its pixels too large.
    #[error("{pixels} pixels of {pixel_nm:.4} nm are too few for columns 0.09 nm apart; {needed}")]
    TooCoarse {
        /// Pixels along the shorter side.
        pixels: usize,
        /// Size of a pixel, nm.
        pixel_nm: f64,
        /// What would do.
        needed: &'static str,
    },
    /// A setting means nothing.
    #[error("{field} is {value}; it must be {must}")]
    Setting {
        /// Which setting.
        field: &'static str,
        /// Its value.
        value: f64,
        /// What it must be.
        must: &'static str,
    },
    /// All pixels are equal.
    #[error("the picture is blank: all pixels are equal")]
    Blank,
    /// No reflection rises above the background of the transform.
    #[error("no reflection stands 5 sigma above the background of the Fourier transform")]
    NoReflections,
    /// Too few columns were found.
    #[error("{found} atomic columns were found and {rejected} rejected; {needed} are needed")]
    TooFewColumns {
        /// Usable columns.
        found: usize,
        /// Rejected ones.
        rejected: usize,
        /// Fewest.
        needed: usize,
    },
    /// Amplitudes do not fall into two groups.
    #[error("column amplitudes do not fall into two kinds (ratio of means {ratio:.2}, {separation:.1} sigma apart)")]
    OneKind {
        /// Mean of the brighter over that of the darker kind.
        ratio: f64,
        /// Distance of the means over the spread inside the kinds.
        separation: f64,
    },
    /// No column is surrounded as the Ti-a lattice asks.
    #[error("no Ti-a column has all eight neighbours of the diamond lattice ({kept} Ti-a columns)")]
    NoLattice {
        /// Ti-a columns.
        kept: usize,
    },
    /// ABF shows Ti-a, Ti-b and oxygen with similar contrast.
    #[error("an ABF picture alone does not tell Ti-a from Ti-b and oxygen columns")]
    AbfAlone,
    /// Two pictures do not show the same field.
    #[error("the pictures have not the same number and size of pixels: they do not show the same field")]
    FramesDiffer,
    /// A line leaves the picture or has no length.
    #[error("the scan line does not lie in the picture, or has no length")]
    BadLine,
}

impl ImageError {
    /// What the user can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NoPixelSize => "give it: --pixel-nm SIZE",
            Self::TooCoarse { .. } => "take a picture at a higher magnification, or check --pixel-nm",
            Self::Setting { .. } => "",
            Self::Blank => "check that this is the right image of the file",
            Self::NoReflections => "the picture may not be atomically resolved; try --filter low-pass",
            Self::TooFewColumns { .. } => {
                "check the size of a pixel, and that the picture is atomically resolved along <110>"
            }
            Self::OneKind { .. } => "the Ti diamond needs a HAADF picture along <110> with Ti-a brighter than Ti-b",
            Self::NoLattice { .. } => "check the size of a pixel; the field must hold about 3 x 3 diamonds",
            Self::AbfAlone => "measure the diamond on the HAADF picture recorded with it",
            Self::FramesDiffer => "take the HAADF and the ABF picture of one recording",
            Self::BadLine => "give both ends in nm from the picture's upper left corner",
        }
    }
}
