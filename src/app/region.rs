//! Regions of 2-D spectrum images: the counts of an energy window at every pixel, and the spectrum of a free region.

use std::ops::Range;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::open::{FileSpec, open_file, pick_spectra};
use crate::Error;
use crate::model::{EnergyAxis, EnergyWindow, SpectrumImage};

/// Outline of a region.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Outline {
    /// A rectangle.
    #[default]
    Rectangle,
    /// The ellipse inside a rectangle.
    Ellipse,
}

/// A region of a spectrum image, in pixels from the upper left corner; whole pixels whose centres lie inside.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Region {
    /// Outline.
    pub outline: Outline,
    /// Left and right limit.
    pub x: [f64; 2],
    /// Upper and lower limit.
    pub y: [f64; 2],
}

impl Region {
    /// The pixels of one row that lie inside.
    pub fn columns(&self, row: usize, width: usize) -> Range<usize> {
        let [left, right] = match self.outline {
            Outline::Rectangle if (self.y[0]..self.y[1]).contains(&(row as f64 + 0.5)) => self.x,
            Outline::Rectangle => return 0..0,
            Outline::Ellipse => {
                let (middle, half) = (0.5 * (self.y[0] + self.y[1]), 0.5 * (self.y[1] - self.y[0]));
                let share = 1.0 - ((row as f64 + 0.5 - middle) / half).powi(2);
                if share.is_nan() || share <= 0.0 {
                    return 0..0;
                }
                let reach = 0.5 * (self.x[1] - self.x[0]) * share.sqrt();
                let centre = 0.5 * (self.x[0] + self.x[1]);
                [centre - reach, centre + reach]
            }
        };
        let limit = |x: f64| (x - 0.5).ceil().clamp(0.0, width as f64) as usize;
        limit(left)..limit(right).max(limit(left))
    }

    /// Number of pixels inside.
    pub fn pixels(&self, [width, height]: [usize; 2]) -> usize {
        (0..height).map(|row| self.columns(row, width).len()).sum()
    }
}

/// What is to be shown of a spectrum image.
#[derive(Debug, Clone, PartialEq)]
pub struct RegionRequest {
    /// The file.
    pub path: PathBuf,
    /// Number of the image.
    pub image: usize,
    /// Energies of the map, eV of the file; all when absent.
    pub window_ev: Option<EnergyWindow>,
    /// The region.
    pub region: Region,
}

/// A map and the spectrum of a region.
#[derive(Debug, Clone, PartialEq)]
pub struct RegionView {
    /// Columns and rows.
    pub size: [usize; 2],
    /// Counts of the window, row by row.
    pub map: Vec<f64>,
    /// The file's axis.
    pub axis: EnergyAxis,
    /// Counts of the region.
    pub spectrum: Vec<f64>,
    /// Pixels in the region.
    pub pixels: usize,
}

/// The last image looked at, with its last map.
#[derive(Debug, Default)]
pub struct RegionReader {
    image: Option<((PathBuf, usize), SpectrumImage)>,
    map: Option<(Option<EnergyWindow>, Vec<f64>)>,
}

impl RegionReader {
    /// Reads what is asked for; only the planes and pixels that are needed.
    ///
    /// # Errors
    /// [`Error::Read`] or [`Error::Contents`] when the file holds no spectra over an area.
    pub fn read(&mut self, request: &RegionRequest) -> Result<RegionView, Error> {
        let key = (request.path.clone(), request.image);
        if self.image.as_ref().is_none_or(|(known, _)| *known != key) {
            self.map = None;
            self.image = Some((key, spectra(request)?));
        }
        let contents = |message: &str| Error::Contents {
            path: request.path.clone(),
            message: message.to_owned(),
            hint: String::new(),
        };
        let Some((_, image)) = &self.image else { return Err(contents("it holds no spectra")) };
        let [down, across] = image.navigation() else { return Err(contents("its spectra lie on a line")) };
        let size = [across.size, down.size];
        if self.map.as_ref().is_none_or(|(window, _)| *window != request.window_ev) {
            let channels = request.window_ev.map_or(0..image.axis().channels(), |w| image.axis().channels_in(w));
            self.map = Some((request.window_ev, image.plane(channels)));
        }
        let map = self.map.as_ref().map(|(_, map)| map.clone()).unwrap_or_default();
        let mut spectrum = vec![0.0; image.axis().channels()];
        for (rows, columns) in blocks(&request.region, size) {
            let sum = image.sum(&[rows, columns]);
            spectrum.iter_mut().zip(sum).for_each(|(total, counts)| *total += counts);
        }
        Ok(RegionView { size, map, axis: *image.axis(), spectrum, pixels: request.region.pixels(size) })
    }
}

fn spectra(request: &RegionRequest) -> Result<SpectrumImage, Error> {
    let spec = FileSpec { path: request.path.clone(), image: Some(request.image) };
    let contents = open_file(&spec.path)?;
    let image = pick_spectra(&contents, spec.image)?;
    SpectrumImage::from_image(image).map_err(|error| Error::Contents {
        path: request.path.clone(),
        message: error.to_string(),
        hint: String::new(),
    })
}

/// Rectangles that make up a region: rows with equal columns joined.
fn blocks(region: &Region, [width, height]: [usize; 2]) -> Vec<(Range<usize>, Range<usize>)> {
    let mut blocks: Vec<(Range<usize>, Range<usize>)> = Vec::new();
    for row in 0..height {
        let columns = region.columns(row, width);
        match blocks.last_mut() {
            _ if columns.is_empty() => {}
            Some((rows, same)) if *same == columns && rows.end == row => rows.end = row + 1,
            _ => blocks.push((row..row + 1, columns)),
        }
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rectangle_holds_the_pixels_whose_centres_lie_inside() {
        let region = Region { outline: Outline::Rectangle, x: [1.2, 3.6], y: [0.0, 2.0] };
        assert_eq!(blocks(&region, [8, 8]), [(0..2, 1..4)]);
        assert_eq!(region.pixels([8, 8]), 6);
    }

    #[test]
    fn an_ellipse_has_the_area_of_an_ellipse() {
        let region = Region { outline: Outline::Ellipse, x: [10.0, 90.0], y: [20.0, 80.0] };
        let area = std::f64::consts::PI * 40.0 * 30.0;
        assert!((region.pixels([100, 100]) as f64 / area - 1.0).abs() < 0.01);
        let joined: usize = blocks(&region, [100, 100]).iter().map(|(rows, columns)| rows.len() * columns.len()).sum();
        assert_eq!(joined, region.pixels([100, 100]));
    }
}
