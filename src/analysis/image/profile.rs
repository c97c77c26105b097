//! Signal of a picture along a scan line.

use serde::Serialize;

use super::error::ImageError;
use crate::model::{Profile, ProfileKind, SurveyImage};

/// A line on a picture; ends are (x, y) in nm from the centre of the first pixel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ScanLine {
    /// Where it begins.
    pub from_nm: [f64; 2],
    /// Where it ends.
    pub to_nm: [f64; 2],
    /// Width across which the picture is averaged, nm; 0 for the line alone.
    pub width_nm: f64,
}

impl ScanLine {
    /// From ends (x, y) counted from the picture's upper left corner, which lies half a pixel before the centre of the first;
    /// `pixel_nm` is the height and width of a pixel.
    ///
    /// By the definition, nm.
    pub fn from_corner(ends_nm: [[f64; 2]; 2], pixel_nm: [f64; 2], width_nm: f64) -> Self {
        let [from_nm, to_nm] = ends_nm.map(|[x, y]| [x - 0.5 * pixel_nm[1], y - 0.5 * pixel_nm[0]]);
        Self { from_nm, to_nm, width_nm }
    }

    /// Its length, nm.
    ///
    /// Euclidean distance of the ends, by the definition; 0 for a point.
    pub fn length_nm(&self) -> f64 {
        (self.to_nm[0] - self.from_nm[0]).hypot(self.to_nm[1] - self.from_nm[1])
    }

    /// The place (x, y) of position `k` of `count` along it, nm: the first at its beginning, the last at its end.
    ///
    /// `from + (to - from) k / (count - 1)` by the definition; the only one of one lies at the beginning.
    pub fn place_nm(&self, k: usize, count: usize) -> [f64; 2] {
        let share = k as f64 / (count.max(2) - 1) as f64;
        [0, 1].map(|axis| self.from_nm[axis] + share * (self.to_nm[axis] - self.from_nm[axis]))
    }
}

/// A signal along a line.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LineProfile {
    /// Distance from the beginning, nm.
    pub distance_nm: Vec<f64>,
    /// Mean across the width, in the picture's unit.
    pub value: Vec<f64>,
    /// Standard error of the mean from the scatter across the width; none for a line of no width.
    pub sigma: Option<Vec<f64>>,
    /// Whether `value` is the highest value minus the recorded one, as ABF profiles are drawn.
    pub inverted: bool,
}

impl LineProfile {
    /// The same upside down: highest value minus each, so that columns of an ABF picture are peaks.
    ///
    /// `max(v) - v` in the picture's unit, by the definition; no values stay none.
    pub fn inverted(mut self) -> Self {
        let highest = self.value.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        self.value.iter_mut().for_each(|value| *value = highest - *value);
        self.inverted = !self.inverted;
        self
    }

    /// The signal as a profile of a scan, as recorded (columns of ABF dark); none when it was inverted.
    pub fn to_profile(&self, kind: ProfileKind) -> Option<Profile> {
        (!self.inverted).then(|| Profile { kind, values: self.value.clone(), sigma: self.sigma.clone() })
    }
}

/// The signal of a picture at `positions` equally spaced places of a line, by bilinear interpolation, averaged over lines
/// one pixel apart across the width. With the positions of a scan and its line on the survey image this is the profile
/// that sites are found from.
///
/// In the unit of the picture, with `sqrt(sum (v - mean)^2 / (n (n - 1)))` of the `n` lines as standard error (by the
/// definition); a width below two pixels is the line alone and has none.
///
/// # Errors
/// [`ImageError::NoPixelSize`]; [`ImageError::BadLine`] when the line leaves the picture or has no length, or fewer than
/// two positions are asked for.
///
/// ```
/// use moray::analysis::image::{ScanLine, line_profile};
/// use moray::model::SurveyImage;
/// use ndarray::Array2;
///
/// let picture = SurveyImage::new(Array2::from_shape_fn((20, 50), |(y, x)| (2 * x + y) as f64), Some([0.1, 0.1]))?;
/// let line = ScanLine { from_nm: [0.0, 1.0], to_nm: [4.0, 1.0], width_nm: 0.6 };
/// let profile = line_profile(&picture, &line, 5)?;
/// assert!((profile.value[1] - 30.0).abs() < 1e-9);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn line_profile(image: &SurveyImage, line: &ScanLine, positions: usize) -> Result<LineProfile, ImageError> {
    let pixel_nm = image.pixel_nm().ok_or(ImageError::NoPixelSize)?;
    let length_nm = line.length_nm();
    let sane = length_nm.is_finite() && length_nm > 0.0 && line.width_nm.is_finite() && line.width_nm >= 0.0;
    if !sane || positions < 2 {
        return Err(ImageError::BadLine);
    }
    let across = [-(line.to_nm[1] - line.from_nm[1]) / length_nm, (line.to_nm[0] - line.from_nm[0]) / length_nm];
    let spacing_nm = pixel_nm[0].min(pixel_nm[1]);
    let half = (0.5 * line.width_nm / spacing_nm).floor();
    if half > 1e5 {
        return Err(ImageError::BadLine);
    }
    let half = half as i64;
    let mut found = LineProfile { distance_nm: Vec::new(), value: Vec::new(), sigma: None, inverted: false };
    let mut sigmas = Vec::new();
    for k in 0..positions {
        let place = line.place_nm(k, positions);
        let at = |lane: i64| {
            let off = lane as f64 * spacing_nm;
            bilinear(image, [place[0] + off * across[0], place[1] + off * across[1]], pixel_nm)
        };
        let lanes: Vec<f64> = (-half..=half).map(at).collect::<Option<_>>().ok_or(ImageError::BadLine)?;
        let count = lanes.len() as f64;
        let mean = lanes.iter().sum::<f64>() / count;
        let squares: f64 = lanes.iter().map(|v| (v - mean).powi(2)).sum();
        found.distance_nm.push(length_nm * k as f64 / (positions - 1) as f64);
        found.value.push(mean);
        sigmas.push((squares / (count * (count - 1.0))).sqrt());
    }
    found.sigma = (half > 0).then_some(sigmas);
    Ok(found)
}

/// The picture between its pixels; `None` outside their centres.
fn bilinear(image: &SurveyImage, [x_nm, y_nm]: [f64; 2], pixel_nm: [f64; 2]) -> Option<f64> {
    let values = image.values();
    let (rows, columns) = values.dim();
    let split = |at: f64, n: usize| {
        // Ends may miss the last pixel by rounding.
        let at = if at > -1e-9 && at < (n - 1) as f64 + 1e-9 { at.clamp(0.0, (n - 1) as f64) } else { return None };
        let whole = (at.floor() as usize).min(n.saturating_sub(2));
        Some((whole, (whole + 1).min(n - 1), at - whole as f64))
    };
    let (top, bottom, v) = split(y_nm / pixel_nm[0], rows)?;
    let (left, right, u) = split(x_nm / pixel_nm[1], columns)?;
    let row = |y: usize| (1.0 - u) * values[(y, left)] + u * values[(y, right)];
    Some((1.0 - v) * row(top) + v * row(bottom))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;

    #[test]
    fn a_slope_is_read_exactly_along_any_line_and_upside_down() {
        let values = Array2::from_shape_fn((30, 40), |(y, x)| 3.0 * x as f64 - 2.0 * y as f64);
        let picture = SurveyImage::new(values, Some([0.05, 0.02])).unwrap();
        let line = ScanLine { from_nm: [0.1, 0.3], to_nm: [0.6, 1.1], width_nm: 0.1 };
        let found = line_profile(&picture, &line, 11).unwrap();
        for (k, value) in found.value.iter().enumerate() {
            let [x, y] = line.place_nm(k, 11);
            assert!((value - (3.0 * x / 0.02 - 2.0 * y / 0.05)).abs() < 1e-9);
        }
        assert!(found.to_profile(ProfileKind::Abf).is_some());
        let inverted = found.clone().inverted();
        assert!(inverted.to_profile(ProfileKind::Abf).is_none());
        assert!(
            (inverted.value[0] + found.value[0] - found.value.iter().copied().fold(f64::MIN, f64::max)).abs() < 1e-9
        );
    }

    #[test]
    fn lines_that_leave_the_picture_are_refused() {
        let picture = SurveyImage::new(Array2::zeros((30, 40)), Some([0.05, 0.02])).unwrap();
        for to_nm in [[0.9, 0.5], [0.1, 0.1], [f64::NAN, 0.2]] {
            let line = ScanLine { from_nm: [0.1, 0.1], to_nm, width_nm: 0.0 };
            assert_eq!(line_profile(&picture, &line, 5), Err(ImageError::BadLine));
        }
    }
}
