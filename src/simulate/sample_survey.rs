//! The pictures that go with the sample scans: where on the lattice each of them ran.

use ndarray::Array2;

use super::sample::sample_world;
use super::survey::Survey;
use super::world::ColumnChange;
use crate::model::ProfileKind;

/// Pixels along both edges.
const PIXELS: usize = 256;
/// Size of a pixel, nm.
const PIXEL_NM: f64 = 0.0125;
/// Where an O1 column of the chain stands in the picture, nm: one and three quarters of a cell in and down.
const O1_NM: [f64; 2] = [0.591_14, 1.463];

/// A picture of the specimen of a sample scan.
#[derive(Debug, Clone, PartialEq)]
pub struct SampleSurvey {
    /// Electrons, `[y, x]`.
    pub picture: Array2<f64>,
    /// Width and height, nm.
    pub field_nm: f64,
    /// Where the scan ran, from and to, nm from the upper left corner.
    pub line_nm: [[f64; 2]; 2],
}

/// The picture of the reference, or of the biased scan. Always the same.
pub fn sample_survey(kind: ProfileKind, is_reference: bool) -> SampleSurvey {
    let world = sample_world();
    let unchanged = ColumnChange::NONE;
    let (first_nm, oxygen, seed) = if is_reference {
        (world.reference_first_column_nm, [unchanged; 2], 2)
    } else {
        (world.first_column_nm, [world.o1, world.o2], 3)
    };
    let survey = Survey {
        pixels: PIXELS,
        pixel_nm: PIXEL_NM,
        short_strain: 0.0,
        long_strain: 0.0,
        origin_nm: [0.0; 2],
        oxygen,
        electrons_per_pixel: 300.0,
    };
    let from = [O1_NM[0] - first_nm, O1_NM[1]];
    let length_nm = world.positions.saturating_sub(1) as f64 * world.step_nm;
    SampleSurvey {
        picture: survey.record(kind, seed),
        field_nm: PIXELS as f64 * PIXEL_NM,
        line_nm: [from, [from[0] + length_nm, from[1]]],
    }
}
