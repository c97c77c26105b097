//! Atomic columns: found as maxima of a smoothed picture, located by fits of two-dimensional Gaussians.

use ndarray::Array2;
use rayon::prelude::*;
use serde::Serialize;

use super::error::ImageError;
use super::gaussian_fit::{self, Disc, Fit};
use crate::analysis::numeric::median;
use crate::model::{ProfileKind, SurveyImage};

/// How columns are sought.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ColumnOptions {
    /// Least distance of two columns, nm.
    pub distance_nm: f64,
    /// Radius of the disc that is fitted, nm.
    pub radius_nm: f64,
    /// Standard deviation of a column to start from, nm.
    pub sigma_nm: f64,
    /// Least height of a maximum over the dark parts, relative to the brightest columns.
    pub contrast: f64,
    /// Whether columns are dark (ABF) and the picture is inverted first.
    pub dark: bool,
}

impl Default for ColumnOptions {
    fn default() -> Self {
        Self { distance_nm: 0.09, radius_nm: 0.095, sigma_nm: 0.045, contrast: 0.25, dark: false }
    }
}

impl ColumnOptions {
    /// The options for a picture: dark columns in ABF.
    pub fn of(image: &SurveyImage) -> Self {
        Self { dark: image.kind == Some(ProfileKind::Abf), ..Self::default() }
    }
}

/// An atomic column. Positions are in nm from the centre of the picture's first pixel.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Column {
    /// Across the picture, nm.
    pub x_nm: f64,
    /// Down the picture, nm.
    pub y_nm: f64,
    /// Standard error of `x_nm`.
    pub x_sigma_nm: f64,
    /// Standard error of `y_nm`.
    pub y_sigma_nm: f64,
    /// Height over the offset, in the picture's unit; of the inverted picture for dark columns.
    pub amplitude: f64,
    /// Standard error of `amplitude`.
    pub amplitude_sigma: f64,
    /// Level around the column.
    pub offset: f64,
    /// Standard deviation of the Gaussian, nm.
    pub width_nm: f64,
    /// Standard error of `width_nm`.
    pub width_sigma_nm: f64,
}

/// A maximum that was not taken as a column.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Rejected {
    /// Across the picture, nm.
    pub x_nm: f64,
    /// Down the picture, nm.
    pub y_nm: f64,
    /// Why.
    pub reason: &'static str,
}

/// The columns of a picture.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Columns {
    /// Usable ones, from top to bottom.
    pub found: Vec<Column>,
    /// The others.
    pub rejected: Vec<Rejected>,
    /// Height and width of a pixel, nm.
    pub pixel_nm: [f64; 2],
}

/// Finds and fits the columns of a picture, raw or low-pass filtered.
///
/// Local maxima of the picture smoothed by a Gaussian of 0.9 times the columns' width; a Gaussian plus a constant on a
/// disc of 0.95 A by Levenberg-Marquardt with weights 1 / expected counts (Nord et al., Adv. Struct. Chem. Imaging 3
/// (2017) 9), twice centred anew. Rejected: discs that reach the border, widths off the median by more than a factor of
/// 2, fits that do not settle to a pixel. Standard errors are from the normal matrix times the residual chi squared, so
/// that the unit of the picture does not matter. With noise that is correlated between pixels they are too small.
///
/// The model is `offset + A exp(-r^2 / (2 s^2))`, places and `s` in nm, `A` and offset in the unit of the picture. Fits
/// that leave their maximum are rejected too, and a field narrower than four radii is too coarse as well.
///
/// # Errors
/// [`ImageError::NoPixelSize`], [`ImageError::Setting`] for an option that is not above zero, [`ImageError::TooCoarse`]
/// when a disc has fewer than 12 pixels, [`ImageError::Blank`].
///
/// ```
/// use moray::analysis::image::{ColumnOptions, columns};
/// use moray::model::{ProfileKind, SurveyImage};
/// use moray::simulate::Survey;
///
/// let survey = Survey { pixels: 128, ..Survey::default() };
/// let picture = SurveyImage::new(survey.record(ProfileKind::Haadf, 1), Some([survey.pixel_nm; 2]))?;
/// let columns = columns(&picture, &ColumnOptions::default())?;
/// assert!(columns.found.len() > 20);
/// assert!(columns.found.iter().all(|column| column.x_sigma_nm < 0.005));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn columns(image: &SurveyImage, options: &ColumnOptions) -> Result<Columns, ImageError> {
    check(options)?;
    let pixel_nm = image.pixel_nm().ok_or(ImageError::NoPixelSize)?;
    let frame = Frame::new(image, options, pixel_nm)?;
    Ok(frame.columns(&frame.maxima(options), options))
}

/// Fits columns about given places (x, y), nm, instead of about maxima; places outside the picture are left out.
pub(super) fn columns_at(
    image: &SurveyImage,
    places_nm: &[[f64; 2]],
    options: &ColumnOptions,
) -> Result<Columns, ImageError> {
    check(options)?;
    let pixel_nm = image.pixel_nm().ok_or(ImageError::NoPixelSize)?;
    let frame = Frame::new(image, options, pixel_nm)?;
    let [columns, rows] = image.size();
    let pixel = |[x_nm, y_nm]: &[f64; 2]| {
        let [y, x] = [y_nm / pixel_nm[0], x_nm / pixel_nm[1]].map(f64::round);
        let inside = (0.0..rows as f64).contains(&y) && (0.0..columns as f64).contains(&x);
        inside.then_some([y as usize, x as usize])
    };
    let starts: Vec<[usize; 2]> = places_nm.iter().filter_map(pixel).collect();
    Ok(frame.columns(&starts, options))
}

fn check(options: &ColumnOptions) -> Result<(), ImageError> {
    let settings = [
        ("the distance of columns (nm)", options.distance_nm),
        ("the radius of the disc (nm)", options.radius_nm),
        ("the width of a column (nm)", options.sigma_nm),
        ("the contrast", options.contrast),
    ];
    match settings.into_iter().find(|(_, value)| !(value.is_finite() && *value > 0.0)) {
        Some((field, value)) => Err(ImageError::Setting { field, value, must: "finite and above zero" }),
        None => Ok(()),
    }
}

/// A picture made ready: columns bright, variances known up to one factor.
struct Frame {
    values: Array2<f64>,
    /// Value of the recorded picture at zero of `values`, and the sign between them.
    recorded: (f64, f64),
    pixel_nm: [f64; 2],
}

impl Frame {
    fn new(image: &SurveyImage, options: &ColumnOptions, pixel_nm: [f64; 2]) -> Result<Self, ImageError> {
        let (rows, columns) = image.values().dim();
        let coarse = |needed| {
            let pixel_nm = pixel_nm[0].max(pixel_nm[1]);
            Err(ImageError::TooCoarse { pixels: rows.min(columns), pixel_nm, needed })
        };
        if std::f64::consts::PI * options.radius_nm.powi(2) / (pixel_nm[0] * pixel_nm[1]) < 12.0 {
            return coarse("a disc of 0.095 nm needs 12 pixels");
        }
        if (rows as f64 * pixel_nm[0]).min(columns as f64 * pixel_nm[1]) < 4.0 * options.radius_nm {
            return coarse("the field must be wider than two discs");
        }
        let highest = image.values().iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let lowest = image.values().iter().copied().fold(f64::INFINITY, f64::min);
        if highest <= lowest {
            return Err(ImageError::Blank);
        }
        let recorded = if options.dark { (highest, -1.0) } else { (0.0, 1.0) };
        let values = image.values().mapv(|value| if options.dark { highest - value } else { value });
        Ok(Self { values, recorded, pixel_nm })
    }

    /// Local maxima `[row, column]` of the smoothed picture that stand out enough, the highest first.
    fn maxima(&self, options: &ColumnOptions) -> Vec<[usize; 2]> {
        let smooth = smoothed(&self.values, self.pixel_nm.map(|size| 0.9 * options.sigma_nm / size));
        let (rows, columns) = smooth.dim();
        let mut sorted: Vec<f64> = smooth.iter().copied().collect();
        sorted.sort_by(f64::total_cmp);
        let at = |share: f64| sorted[((sorted.len() - 1) as f64 * share) as usize];
        let limit = at(0.02) + options.contrast * (at(0.995) - at(0.02));
        let is_top = |y: usize, x: usize| {
            let value = smooth[(y, x)];
            let near = |dy: usize, dx: usize| {
                let (y, x) = ((y + dy).checked_sub(1)?, (x + dx).checked_sub(1)?);
                smooth.get((y, x)).copied()
            };
            let pairs = (0..3).flat_map(|dy| (0..3).map(move |dx| (dy, dx)));
            value >= limit && pairs.filter_map(|(dy, dx)| near(dy, dx)).all(|other| other <= value)
        };
        let all = (0..rows).flat_map(|y| (0..columns).map(move |x| [y, x]));
        let mut tops: Vec<[usize; 2]> = all.filter(|[y, x]| is_top(*y, *x)).collect();
        tops.sort_by(|a, b| smooth[*b].total_cmp(&smooth[*a]));
        let mut kept: Vec<[usize; 2]> = Vec::new();
        for top in tops {
            if kept.iter().all(|other| self.distance_nm(top, *other) >= options.distance_nm) {
                kept.push(top);
            }
        }
        kept
    }

    fn distance_nm(&self, a: [usize; 2], b: [usize; 2]) -> f64 {
        let [y, x] = [0, 1].map(|k| a[k].abs_diff(b[k]) as f64 * self.pixel_nm[k]);
        y.hypot(x)
    }

    /// Fits a column about every start and sorts out what is none.
    fn columns(&self, starts: &[[usize; 2]], options: &ColumnOptions) -> Columns {
        let fits: Vec<Result<Fit, Rejected>> = starts.par_iter().map(|start| self.fit(*start, options)).collect();
        let mut widths: Vec<f64> = fits.iter().flatten().map(|fit| fit.width_nm()).collect();
        let typical = median(&mut widths).unwrap_or(options.sigma_nm);
        let mut sorted = Columns { found: Vec::new(), rejected: Vec::new(), pixel_nm: self.pixel_nm };
        for fit in fits {
            match fit {
                Ok(fit) if (0.5..=2.0).contains(&(fit.width_nm() / typical)) => sorted.found.push(fit.column()),
                Ok(fit) => {
                    let [y_nm, x_nm] = fit.centre_nm();
                    let reason = "its width is off the median by more than a factor of 2";
                    sorted.rejected.push(Rejected { x_nm, y_nm, reason });
                }
                Err(rejected) => sorted.rejected.push(rejected),
            }
        }
        let down = |a: &Column, b: &Column| a.y_nm.total_cmp(&b.y_nm).then(a.x_nm.total_cmp(&b.x_nm));
        sorted.found.sort_by(down);
        sorted
    }

    /// Fits a column about a pixel and twice about where the fit before put it.
    fn fit(&self, start: [usize; 2], options: &ColumnOptions) -> Result<Fit, Rejected> {
        let start_nm = [0, 1].map(|k| start[k] as f64 * self.pixel_nm[k]);
        let rejected = |reason| Rejected { x_nm: start_nm[1], y_nm: start_nm[0], reason };
        let (mut centre_nm, mut width_nm) = (start_nm, options.sigma_nm);
        let mut settled = None;
        for _ in 0..3 {
            let disc = Disc::cut(&self.values, self.pixel_nm, centre_nm, options.radius_nm)
                .ok_or_else(|| rejected("its disc reaches the border"))?;
            let fit = gaussian_fit::fit(&disc, centre_nm, width_nm, self.recorded)
                .ok_or_else(|| rejected("the fit did not settle"))?;
            let moved: Vec<f64> =
                (0..2).map(|k| (fit.centre_nm()[k] - centre_nm[k]).abs() / self.pixel_nm[k]).collect();
            (centre_nm, width_nm) = (fit.centre_nm(), fit.width_nm());
            let far = (centre_nm[0] - start_nm[0]).hypot(centre_nm[1] - start_nm[1]);
            let plausible = (0.2..5.0).contains(&(width_nm / options.sigma_nm)) && fit.amplitude() > 0.0;
            if far > options.distance_nm || !plausible {
                return Err(rejected("the fit left its maximum"));
            }
            settled = moved.iter().all(|pixels| *pixels <= 1.0).then_some(fit);
        }
        settled.ok_or_else(|| rejected("it moved by more than a pixel when centred anew"))
    }
}

/// A picture smoothed by a Gaussian of `sigma` pixels (down, across); borders weigh what is there.
fn smoothed(values: &Array2<f64>, sigma: [f64; 2]) -> Array2<f64> {
    let across = smoothed_rows(values, sigma[1]);
    let turned = across.t().as_standard_layout().into_owned();
    smoothed_rows(&turned, sigma[0]).t().as_standard_layout().into_owned()
}

fn smoothed_rows(values: &Array2<f64>, sigma: f64) -> Array2<f64> {
    let reach = (3.0 * sigma).ceil() as usize;
    let kernel: Vec<f64> = (0..=reach).map(|k| libm::exp(-0.5 * (k as f64 / sigma).powi(2))).collect();
    let mut out = Array2::zeros(values.dim());
    for (row, mut smooth) in values.rows().into_iter().zip(out.rows_mut()) {
        let columns = row.len();
        for (x, value) in smooth.iter_mut().enumerate() {
            let (mut sum, mut weight) = (0.0, 0.0);
            for other in x.saturating_sub(reach)..(x + reach + 1).min(columns) {
                let w = kernel[other.abs_diff(x)];
                sum += w * row[other];
                weight += w;
            }
            *value = sum / weight;
        }
    }
    out
}
