//! Pictures of the specimen along <110>: HAADF and ABF with every atomic column of the projection.

use ndarray::Array2;

use super::detector::{Purpose, electrons, stream};
use super::physics::gaussian;
use super::world::ColumnChange;
use crate::model::ProfileKind;

/// Cubic lattice parameter of Li4Ti5O12, nm.
const LATTICE_NM: f64 = 0.836;
/// Oxygen parameter minus one quarter.
const Q: f64 = 0.0125;

/// A picture to simulate.
#[derive(Debug, Clone, PartialEq)]
pub struct Survey {
    /// Pixels along both edges.
    pub pixels: usize,
    /// Size of a pixel, nm.
    pub pixel_nm: f64,
    /// Strain of the short diagonal of the Ti diamond, along x.
    pub short_strain: f64,
    /// Strain of the long diagonal of the Ti diamond, along y.
    pub long_strain: f64,
    /// Where the corner of a cell lies, x and y, nm from the centre of the first pixel.
    pub origin_nm: [f64; 2],
    /// What biasing did to O1 and O2.
    pub oxygen: [ColumnChange; 2],
    /// Mean electrons in a pixel.
    pub electrons_per_pixel: f64,
}

impl Default for Survey {
    /// The pristine crystal: a field of 4.1 nm at 0.016 nm per pixel and 200 electrons in a pixel.
    fn default() -> Self {
        Self {
            pixels: 256,
            pixel_nm: 0.016,
            short_strain: 0.0,
            long_strain: 0.0,
            origin_nm: [0.0; 2],
            oxygen: [ColumnChange::NONE; 2],
            electrons_per_pixel: 200.0,
        }
    }
}

/// A kind of column: positions in the cell (x along <110>, y along <001>), HAADF and ABF contrast.
struct Columns {
    places: &'static [(f64, f64)],
    haadf: f64,
    abf: f64,
}

/// Ti-a, Ti-b, Oa, Li; the oxygen of the chain is apart because biasing changes it.
const COLUMNS: [Columns; 4] = [
    Columns { places: &[(0.0, 0.5), (0.5, 0.0)], haadf: 1.0, abf: 0.4 },
    Columns { places: &[(0.25, 0.25), (0.25, 0.75), (0.75, 0.25), (0.75, 0.75)], haadf: 0.55, abf: 0.28 },
    Columns {
        places: &[
            (0.25 - 2.0 * Q, 0.5 + Q),
            (0.25 - 2.0 * Q, 0.5 - Q),
            (0.75 + 2.0 * Q, 0.5 + Q),
            (0.75 + 2.0 * Q, 0.5 - Q),
            (0.25 + 2.0 * Q, Q),
            (0.25 + 2.0 * Q, -Q),
            (0.75 - 2.0 * Q, Q),
            (0.75 - 2.0 * Q, -Q),
        ],
        haadf: 0.04,
        abf: 0.11,
    },
    Columns { places: &[(0.0, 0.125), (0.0, 0.875), (0.5, 0.375), (0.5, 0.625)], haadf: 0.01, abf: 0.05 },
];
/// Oxygen of the chain in the cell of a simulated picture, O1, then O2: x in units of the short diagonal of the Ti diamond, y
/// of the long one. Beside the middles between Ti-b columns by the relaxation of the spinel (science: structure).
pub const CHAIN: [[(f64, f64); 2]; 2] = [[(0.0, 0.25 + Q), (0.0, 0.75 - Q)], [(0.5, 0.25 - Q), (0.5, 0.75 + Q)]];
/// HAADF and ABF contrast of the chain's oxygen.
const CHAIN_CONTRAST: (f64, f64) = (0.08, 0.22);

impl Survey {
    /// The picture `[y, x]` in electrons, with counting noise: HAADF, or ABF for any other kind. Equal seeds give equal
    /// pictures.
    ///
    /// Columns are Gaussians of 0.11 nm (HAADF) or 0.10 nm (ABF) full width at half maximum: `0.25 + sum` for HAADF,
    /// `1 - sum` for ABF, scaled to the mean electrons of a pixel and drawn by Poisson statistics. Own construction; a
    /// value that is not above zero gives no electrons.
    pub fn record(&self, kind: ProfileKind, seed: u64) -> Array2<f64> {
        let purpose = if kind == ProfileKind::Haadf { Purpose::SurveyHaadf } else { Purpose::SurveyAbf };
        let mut rng = stream(seed, purpose, 0);
        let picture = self.expected(kind);
        let mean = picture.mean().unwrap_or(1.0);
        picture.mapv(|value| electrons(&mut rng, self.electrons_per_pixel * value / mean))
    }

    /// The picture without noise, in arbitrary units.
    fn expected(&self, kind: ProfileKind) -> Array2<f64> {
        let haadf = kind == ProfileKind::Haadf;
        let mut columns = Array2::zeros((self.pixels, self.pixels));
        for column in &COLUMNS {
            let contrast = if haadf { column.haadf } else { column.abf };
            column.places.iter().for_each(|place| self.add(&mut columns, *place, contrast, haadf));
        }
        for (places, change) in CHAIN.iter().zip(&self.oxygen) {
            let contrast = change.occupancy * if haadf { CHAIN_CONTRAST.0 } else { CHAIN_CONTRAST.1 };
            places.iter().for_each(|place| self.add(&mut columns, *place, contrast, haadf));
        }
        if haadf { columns.mapv(|v| 0.25 + v) } else { columns.mapv(|v| 1.0 - v) }
    }

    /// Adds a column at a place of the cell, in every cell of the field.
    fn add(&self, picture: &mut Array2<f64>, (x, y): (f64, f64), contrast: f64, haadf: bool) {
        let fwhm = if haadf { 0.11 } else { 0.10 };
        let cell = [LATTICE_NM / 2_f64.sqrt() * (1.0 + self.short_strain), LATTICE_NM * (1.0 + self.long_strain)];
        let field = self.pixels as f64 * self.pixel_nm;
        let cells = |k: usize| {
            let from = (-self.origin_nm[k] / cell[k]).floor() as i64 - 1;
            from..((field - self.origin_nm[k]) / cell[k]).ceil() as i64 + 1
        };
        for (i, j) in cells(0).flat_map(|i| cells(1).map(move |j| (i, j))) {
            let place = [(i as f64 + x) * cell[0], (j as f64 + y) * cell[1]];
            let centre = [0, 1].map(|k| (self.origin_nm[k] + place[k]) / self.pixel_nm);
            let width = fwhm / self.pixel_nm;
            let near = |c: f64| {
                let clamp = |v: f64| v.clamp(0.0, self.pixels as f64) as usize;
                clamp(c - 2.5 * width)..clamp(c + 2.5 * width + 1.0)
            };
            for (row, column) in near(centre[1]).flat_map(|row| near(centre[0]).map(move |column| (row, column))) {
                let along = |k: usize, c: f64| gaussian(k as f64 - c, width);
                picture[(row, column)] += contrast * along(row, centre[1]) * along(column, centre[0]);
            }
        }
    }
}
