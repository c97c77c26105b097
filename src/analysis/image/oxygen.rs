//! Oxygen columns of the chain in an ABF picture, sought where the lattice of the HAADF picture beside it has them.

use super::columns::{ColumnOptions, columns, columns_at};
use super::diamond::{Diamond, diamond};
use super::error::ImageError;
use super::{ImageReport, cautions};
use crate::model::SurveyImage;

/// Where the oxygen columns of the chain lie by the lattice of Ti-a: (x, y), nm from the centre of the first pixel.
///
/// A quarter of the long diagonal above and below every Ti-a, `r +- (a1 + a2) / 4`: midway between neighbouring Ti-b of the
/// unrelaxed spinel along <110> (science: structure). Displacements of a few hundredths of a nm are what fits find.
pub fn chain_oxygen(lattice: &Diamond) -> Vec<[f64; 2]> {
    let at = |i: i32, j: i32, share: f64| {
        [0, 1].map(|axis| {
            let (a1, a2) = (lattice.a1_nm[axis], lattice.a2_nm[axis]);
            lattice.origin_nm[axis] + f64::from(i) * a1 + f64::from(j) * a2 + share * (a1 + a2)
        })
    };
    lattice.ti_a.iter().flat_map(|&(i, j, _)| [at(i, j, -0.25), at(i, j, 0.25)]).collect()
}

/// Fits the oxygen columns of the chain in an ABF picture, upside down, from where the HAADF picture recorded with it has
/// them.
///
/// As [`columns`](super::columns) but for the starts: ABF by itself shows Ti and oxygen alike.
///
/// # Errors
/// [`ImageError::FramesDiffer`] when the pictures do not show the same field; those of [`diamond`](super::diamond()) for the
/// HAADF picture, and of [`columns`](super::columns).
///
/// ```
/// use moray::analysis::image::chain_oxygen_columns;
/// use moray::model::{ProfileKind, SurveyImage};
/// use moray::simulate::Survey;
///
/// let survey = Survey { origin_nm: [0.1, 0.2], ..Survey::default() };
/// let picture = |kind| SurveyImage::new(survey.record(kind, 1), Some([survey.pixel_nm; 2]));
/// let report = chain_oxygen_columns(&picture(ProfileKind::Abf)?, &picture(ProfileKind::Haadf)?)?;
/// assert!(report.columns.found.len() > 60);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn chain_oxygen_columns(abf: &SurveyImage, haadf: &SurveyImage) -> Result<ImageReport, ImageError> {
    if abf.size() != haadf.size() || abf.pixel_nm() != haadf.pixel_nm() {
        return Err(ImageError::FramesDiffer);
    }
    let lattice = diamond(&columns(haadf, &ColumnOptions::default())?)?;
    let options = ColumnOptions { dark: true, ..ColumnOptions::default() };
    let found = columns_at(abf, &chain_oxygen(&lattice), &options)?;
    let warnings = cautions(abf, None, &found, None);
    let diamond_reason =
        Some("these are the oxygen columns of the chain alone; the HAADF picture has the diamond".to_owned());
    Ok(ImageReport { columns: found, diamond: None, diamond_reason, strain: None, warnings })
}
