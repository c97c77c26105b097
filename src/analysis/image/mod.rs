//! Pictures: Fourier filters for the eye; atomic columns, the Ti diamond and its strain as numbers.
//!
//! What is filtered is labelled so and never measured; positions come from raw or low-pass filtered pictures.

mod bragg;
mod columns;
mod diamond;
mod error;
mod filter;
mod gaussian_fit;
mod oxygen;
mod profile;
mod strain;
mod transform;

use serde::Serialize;

pub use bragg::Reflection;
pub use columns::{Column, ColumnOptions, Columns, Rejected, columns};
pub use diamond::{Diamond, LocalDiamond, Measured, diamond};
pub use error::ImageError;
pub use filter::{CUTOFF_PER_NM, EdgeWindow, Filter, Filtered, LowPassShape, filter};
pub use oxygen::{chain_oxygen, chain_oxygen_columns};
pub use profile::{LineProfile, ScanLine, line_profile};
pub use strain::{DiagonalStrain, LocalStrain, SYSTEMATIC, Strain, strain};

use super::report::Warning;
use crate::model::{ProfileKind, SurveyImage};

/// What must be known of every number and picture from ABF.
pub const ABF_CIRCULAR: &str = "ABF alone does not tell oxygen from Ti-b columns; choose sites by ABF and test them with EELS, never test O1 on the ABF contrast that chose it";

/// What was measured on a picture.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ImageReport {
    /// Atomic columns.
    pub columns: Columns,
    /// The Ti diamond; `None` with `diamond_reason`.
    pub diamond: Option<Diamond>,
    /// Why there is no diamond.
    pub diamond_reason: Option<String>,
    /// Strain against a reference picture, when one was given.
    pub strain: Option<Strain>,
    /// Cautions.
    pub warnings: Vec<Warning>,
}

/// Measures the columns of a picture, its diamond where there is one, and its strain against a reference picture.
///
/// # Errors
/// [`ImageError`] when columns cannot be sought; with a reference also when either diamond cannot be measured. Without
/// one a missing diamond is a reason in the report.
///
/// ```
/// use moray::analysis::image::{ColumnOptions, SYSTEMATIC, measure};
/// use moray::model::{ProfileKind, SurveyImage};
/// use moray::simulate::Survey;
///
/// let picture = SurveyImage::new(Survey::default().record(ProfileKind::Haadf, 3), Some([0.016, 0.016]))?;
/// let report = measure(&picture, None, &ColumnOptions::of(&picture), SYSTEMATIC)?;
/// let short = report.diamond.expect("a diamond").short_nm;
/// assert!((short.value - 0.836 / 2_f64.sqrt()).abs() < 5.0 * short.sigma);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn measure(
    image: &SurveyImage,
    reference: Option<&SurveyImage>,
    options: &ColumnOptions,
    systematic: f64,
) -> Result<ImageReport, ImageError> {
    let found = columns(image, options)?;
    let lattice = diamond_of(image, &found);
    let against = |reference: &SurveyImage| {
        let pristine = diamond_of(reference, &columns(reference, &ColumnOptions::of(reference))?)?;
        strain(lattice.as_ref().map_err(ImageError::clone)?, &pristine, systematic)
    };
    let strain = reference.map(against).transpose()?;
    let warnings = cautions(image, reference, &found, strain.as_ref());
    let diamond_reason = lattice.as_ref().err().map(ToString::to_string);
    Ok(ImageReport { columns: found, diamond: lattice.ok(), diamond_reason, strain, warnings })
}

fn diamond_of(image: &SurveyImage, columns: &Columns) -> Result<Diamond, ImageError> {
    if image.kind == Some(ProfileKind::Abf) { Err(ImageError::AbfAlone) } else { diamond(columns) }
}

/// What a reader must know beside the numbers.
fn cautions(
    image: &SurveyImage,
    reference: Option<&SurveyImage>,
    columns: &Columns,
    strain: Option<&Strain>,
) -> Vec<Warning> {
    let mut found = Vec::new();
    let mut warn = |code: &str, message: &str| {
        let place = if image.title.is_empty() { "picture" } else { &image.title };
        found.push(Warning { code: code.to_owned(), message: message.to_owned(), place: place.to_owned() });
    };
    if image.kind == Some(ProfileKind::Abf) {
        warn("abf-circular", ABF_CIRCULAR);
    }
    if columns.rejected.len() > columns.found.len() {
        warn("columns-rejected", "more maxima were rejected than taken as columns: check the size of a pixel");
    }
    if strain.is_some() {
        warn(
            "strain-systematic",
            "the interval assumes one magnification and scan direction for both pictures; calibration and scan distortion enter as a stated relative error, not a measured one",
        );
    }
    let sizes = reference.and_then(|reference| reference.pixel_nm().zip(image.pixel_nm()));
    if sizes.is_some_and(|(a, b)| a.iter().zip(b).any(|(a, b)| (a / b - 1.0).abs() > 1e-3)) {
        warn(
            "magnification-differs",
            "the pictures have pixels of different size: their calibrations err differently, and 0.3 % may be too small",
        );
    }
    found
}
