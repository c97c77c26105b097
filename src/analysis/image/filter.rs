//! Fourier filters for looking at pictures: low-pass, and Bragg with a Wiener-type background.

use ndarray::Array2;
use rustfft::num_complex::Complex64;

use super::bragg::{self, Reflection};
use super::error::ImageError;
use super::transform::{backward, forward, frequency};
use crate::model::SurveyImage;

/// Default cut-off of the low-pass filters: 1 / 0.8 A, in cycles per nm.
///
/// Own choice.
pub const CUTOFF_PER_NM: f64 = 12.5;
/// Order of the Butterworth filter.
const ORDER: i32 = 4;
/// Share of each side that the Tukey window tapers.
const TUKEY: f64 = 0.1;

/// How fast a low-pass filter falls; both let half of the power through at the cut-off.
///
/// `k` is the spatial frequency, `kc` the cut-off, both in cycles per nm; `H` is dimensionless and 1 at frequency 0. By
/// the definition of both filters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LowPassShape {
    /// `H = 2^(-(k/kc)^2 / 2)`: no ringing.
    Gaussian,
    /// `H = (1 + (k/kc)^(2n))^(-1/2)`, n = 4: flatter below the cut-off.
    Butterworth,
}

/// What is done to the borders before a transform, which takes the picture as periodic.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum EdgeWindow {
    /// Nothing: the borders stay as bright as they are.
    #[default]
    None,
    /// Hann over the whole picture.
    Hann,
    /// Cosine taper over a tenth of each side (Tukey).
    Tukey,
}

/// A filter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Filter {
    /// Keeps spatial frequencies below about `cutoff_per_nm`.
    LowPass {
        /// How it falls.
        shape: LowPassShape,
        /// Cycles per nm at which half of the power is left.
        cutoff_per_nm: f64,
    },
    /// Keeps what lies around the reflections of the crystal.
    Bragg,
}

impl Filter {
    /// The Gaussian low-pass at the default cut-off.
    pub const LOW_PASS: Self = Self::LowPass { shape: LowPassShape::Gaussian, cutoff_per_nm: CUTOFF_PER_NM };

    /// What a filtered picture is labelled with wherever it is shown or saved.
    pub fn label(&self) -> String {
        match self {
            Self::LowPass { shape, cutoff_per_nm } => {
                let shape = if *shape == LowPassShape::Gaussian { "Gaussian" } else { "Butterworth" };
                format!("filtered ({shape} low-pass, {cutoff_per_nm} 1/nm)")
            }
            Self::Bragg => "filtered (Bragg): shows the periodic part only, never to be measured".to_owned(),
        }
    }
}

/// A filtered picture. It is for looking at; [`Filtered::for_positions`] says whether columns may be located in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Filtered {
    picture: SurveyImage,
    /// The filter.
    pub filter: Filter,
    /// What every spatial frequency was multiplied by, `[ky, kx]`, frequency 0 in the middle (element `n / 2`).
    pub mask: Array2<f64>,
    /// The reflections that a Bragg filter kept, one of each pair; none for a low-pass.
    pub reflections: Vec<Reflection>,
}

impl Filtered {
    /// The filtered values, to be shown with [`Filter::label`].
    pub fn picture(&self) -> &SurveyImage {
        &self.picture
    }

    /// The picture as one to locate columns in: a low-pass keeps positions, a Bragg filter imposes its own lattice.
    pub fn for_positions(&self) -> Option<&SurveyImage> {
        matches!(self.filter, Filter::LowPass { .. }).then_some(&self.picture)
    }
}

/// Filters a picture.
///
/// The mean is taken off, the edge window applied, the transform multiplied by the mask, and the mean put back.
/// Method: low-pass as in any text on image processing; Bragg filter of Kilaas, J. Microsc. 190 (1998) 45 (Wiener weight
/// from a radial background) inside Hann-shaped masks.
///
/// # Errors
/// [`ImageError::NoPixelSize`] for a low-pass without a scale, [`ImageError::Setting`] for a cut-off that is not above
/// zero, [`ImageError::Blank`] and [`ImageError::NoReflections`] for a Bragg filter with nothing to keep.
///
/// ```
/// use moray::analysis::image::{EdgeWindow, Filter, filter};
/// use moray::model::{ProfileKind, SurveyImage};
/// use moray::simulate::Survey;
///
/// let values = Survey { pixels: 128, ..Survey::default() }.record(ProfileKind::Haadf, 1);
/// let picture = SurveyImage::new(values, Some([0.016, 0.016]))?;
/// let bragg = filter(&picture, Filter::Bragg, EdgeWindow::None)?;
/// assert!(bragg.filter.label().starts_with("filtered"));
/// assert!(bragg.for_positions().is_none(), "a Bragg-filtered picture is never measured");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn filter(image: &SurveyImage, filter: Filter, edge: EdgeWindow) -> Result<Filtered, ImageError> {
    let mean = image.values().mean().unwrap_or(0.0);
    let centred = windowed(image.values().mapv(|value| value - mean), edge);
    let (mask, reflections) = match filter {
        Filter::LowPass { shape, cutoff_per_nm } => (low_pass(image, shape, cutoff_per_nm)?, Vec::new()),
        Filter::Bragg => {
            let found = bragg::search(&windowed(centred.clone(), EdgeWindow::Hann))?;
            (found.mask, found.reflections)
        }
    };
    let mut transform = forward(&centred);
    transform.zip_mut_with(&mask, |value: &mut Complex64, weight| *value *= *weight);
    let values = backward(transform).mapv(|value| value + mean);
    // A finite picture times finite weights is finite.
    let picture = image.with_values(values).ok_or(ImageError::Blank)?;
    let reflections = reflections.into_iter().map(|found| found.with_pixel(image.pixel_nm())).collect();
    Ok(Filtered { picture, filter, mask: centre_first(&mask), reflections })
}

fn low_pass(image: &SurveyImage, shape: LowPassShape, cutoff_per_nm: f64) -> Result<Array2<f64>, ImageError> {
    if !(cutoff_per_nm.is_finite() && cutoff_per_nm > 0.0) {
        let must = "finite and above zero";
        return Err(ImageError::Setting { field: "the cut-off (1/nm)", value: cutoff_per_nm, must });
    }
    let [height, width] = image.pixel_nm().ok_or(ImageError::NoPixelSize)?;
    let (rows, columns) = image.values().dim();
    Ok(Array2::from_shape_fn((rows, columns), |(y, x)| {
        let (ky, kx) = (frequency(y, rows) / height, frequency(x, columns) / width);
        let squared = (ky * ky + kx * kx) / (cutoff_per_nm * cutoff_per_nm);
        match shape {
            LowPassShape::Gaussian => libm::exp2(-0.5 * squared),
            LowPassShape::Butterworth => 1.0 / (1.0 + squared.powi(ORDER)).sqrt(),
        }
    }))
}

/// A picture times an edge window.
fn windowed(mut picture: Array2<f64>, edge: EdgeWindow) -> Array2<f64> {
    let taper = |k: usize, n: usize| {
        let from_edge = (k.min(n - 1 - k) as f64 + 0.5) / n as f64;
        let rise = |reach: f64| libm::pow(libm::sin(std::f64::consts::FRAC_PI_2 * (from_edge / reach).min(1.0)), 2.0);
        match edge {
            EdgeWindow::None => 1.0,
            EdgeWindow::Hann => rise(0.5),
            EdgeWindow::Tukey => rise(TUKEY),
        }
    };
    let (rows, columns) = picture.dim();
    picture.indexed_iter_mut().for_each(|((y, x), value)| *value *= taper(y, rows) * taper(x, columns));
    picture
}

/// The same mask with frequency 0 in the middle, as it is shown.
fn centre_first(mask: &Array2<f64>) -> Array2<f64> {
    let (rows, columns) = mask.dim();
    let from = |k: usize, n: usize| (k + n - n / 2) % n;
    Array2::from_shape_fn((rows, columns), |(y, x)| mask[(from(y, rows), from(x, columns))])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wave(period_px: f64) -> SurveyImage {
        let values =
            Array2::from_shape_fn((64, 64), |(_, x)| 10.0 + libm::cos(std::f64::consts::TAU * x as f64 / period_px));
        SurveyImage::new(values, Some([0.02, 0.02])).unwrap()
    }

    #[test]
    fn half_of_the_power_is_left_at_the_cut_off_and_the_mean_stays() {
        for shape in [LowPassShape::Gaussian, LowPassShape::Butterworth] {
            // A period of 4 pixels of 0.02 nm is 12.5 cycles per nm.
            let chosen = Filter::LowPass { shape, cutoff_per_nm: 12.5 };
            let filtered = filter(&wave(4.0), chosen, EdgeWindow::None).unwrap();
            let values = filtered.picture().values();
            let power = values.iter().map(|v| (v - 10.0).powi(2)).sum::<f64>() / values.len() as f64;
            assert!((power - 0.25).abs() < 1e-9, "{shape:?} {power}");
            assert!((values.mean().unwrap() - 10.0).abs() < 1e-9);
            assert!((filtered.mask[(32, 32)] - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn a_low_pass_needs_a_scale_and_a_cut_off() {
        let picture = SurveyImage::new(wave(4.0).values().to_owned(), None).unwrap();
        assert_eq!(filter(&picture, Filter::LOW_PASS, EdgeWindow::None), Err(ImageError::NoPixelSize));
        let none = Filter::LowPass { shape: LowPassShape::Gaussian, cutoff_per_nm: 0.0 };
        assert!(matches!(filter(&wave(4.0), none, EdgeWindow::None), Err(ImageError::Setting { .. })));
    }
}
