//! Pictures of the specimen: values by row and column, with the size of a pixel when the file states it.

use ndarray::{Array2, ArrayView2, s};

use super::spectrum_image::step_nm;
use super::{Image, ImageKind, ProfileKind};

/// Why an image cannot be used as a picture.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SurveyImageError {
    /// It has not exactly two axes longer than 1, or it is a thumbnail.
    #[error("image {index} (\"{title}\") is no picture: it has {axes} axes longer than one element")]
    NotAPicture {
        /// Number of the image.
        index: usize,
        /// Its title.
        title: String,
        /// Axes with more than one element.
        axes: usize,
    },
    /// Samples are complex or colour.
    #[error("image {index} holds {sample} samples; a picture needs one number for each pixel")]
    NotReal {
        /// Number of the image.
        index: usize,
        /// Type of its samples.
        sample: &'static str,
    },
    /// Some value is no number.
    #[error("the pixel in row {row}, column {column} has a value that is no number")]
    NotFinite {
        /// Row, 0-based.
        row: usize,
        /// Column, 0-based.
        column: usize,
    },
    /// There is no pixel.
    #[error("the picture has no pixel")]
    Empty,
}

/// A HAADF, ABF or other picture of the specimen: `values[y, x]` as recorded.
///
/// Guaranteed: at least one pixel, all values finite, pixel sizes finite and above zero. Positions in nm count from the
/// centre of pixel (0, 0).
#[derive(Debug, Clone, PartialEq)]
pub struct SurveyImage {
    values: Array2<f64>,
    pixel_nm: Option<[f64; 2]>,
    /// Title, possibly empty.
    pub title: String,
    /// Which detector, when the title says.
    pub kind: Option<ProfileKind>,
}

impl SurveyImage {
    /// A picture of `values[y, x]` whose pixels are `pixel_nm` (height, width) large; sizes that are not finite or not
    /// above zero count as not stated.
    ///
    /// # Errors
    /// [`SurveyImageError::Empty`] without a pixel, [`SurveyImageError::NotFinite`] at the first value that is no number.
    pub fn new(values: Array2<f64>, pixel_nm: Option<[f64; 2]>) -> Result<Self, SurveyImageError> {
        if values.is_empty() {
            return Err(SurveyImageError::Empty);
        }
        if let Some(((row, column), _)) = values.indexed_iter().find(|(_, v)| !v.is_finite()) {
            return Err(SurveyImageError::NotFinite { row, column });
        }
        let pixel_nm = pixel_nm.filter(|sizes| sizes.iter().all(|size| size.is_finite() && *size > 0.0));
        let values = values.as_standard_layout().into_owned();
        Ok(Self { values, pixel_nm, title: String::new(), kind: None })
    }

    /// The picture that an image of a file holds; axes of size 1 are dropped.
    ///
    /// # Errors
    /// [`SurveyImageError`] when it has not two axes, its samples are not real, or a value is no number.
    pub fn from_image(image: &Image) -> Result<Self, SurveyImageError> {
        Self::no_larger_than(image, usize::MAX)
    }

    /// The picture that an image of a file holds, averaged in square blocks so that no side has more than `most` pixels.
    ///
    /// # Errors
    /// As [`SurveyImage::from_image`].
    pub fn no_larger_than(image: &Image, most: usize) -> Result<Self, SurveyImageError> {
        let index = image.index;
        let long: Vec<_> = image.axes.iter().filter(|axis| axis.size > 1).collect();
        let ([y, x], true) = (long.as_slice(), image.kind != ImageKind::Thumbnail) else {
            return Err(SurveyImageError::NotAPicture { index, title: image.title.clone(), axes: long.len() });
        };
        let sample = image.samples.sample_type();
        if !sample.is_real() {
            return Err(SurveyImageError::NotReal { index, sample: sample.name() });
        }
        let block = y.size.max(x.size).div_ceil(most.max(1));
        let values = averaged(image, [y.size, x.size], block);
        let pixel_nm = step_nm(y).zip(step_nm(x)).map(|(y, x)| [y * block as f64, x * block as f64]);
        let mut picture = Self::new(values, pixel_nm)?;
        picture.title = image.title.clone();
        picture.kind = ProfileKind::of_title(&image.title);
        Ok(picture)
    }

    /// The picture averaged in square blocks so that no side has more than `most` pixels.
    pub fn reduced(&self, most: usize) -> Self {
        let block = self.size().into_iter().max().unwrap_or(1).div_ceil(most.max(1));
        let mean = |part: ArrayView2<'_, f64>| part.sum() / part.len().max(1) as f64;
        let [columns, rows] = self.size();
        let values = Array2::from_shape_fn((rows.div_ceil(block), columns.div_ceil(block)), |(y, x)| {
            let [y, x] = [y * block, x * block];
            mean(self.values.slice(s![y..(y + block).min(rows), x..(x + block).min(columns)]))
        });
        Self { values, pixel_nm: self.pixel_nm.map(|size| size.map(|nm| nm * block as f64)), ..self.clone() }
    }

    /// The values, `[y, x]`, row-major.
    pub fn values(&self) -> ArrayView2<'_, f64> {
        self.values.view()
    }

    /// Height and width of a pixel, nm, when the file states them.
    pub fn pixel_nm(&self) -> Option<[f64; 2]> {
        self.pixel_nm
    }

    /// Columns and rows.
    pub fn size(&self) -> [usize; 2] {
        [self.values.ncols(), self.values.nrows()]
    }

    /// Width and height of the field, nm, when the file states lengths.
    pub fn field_nm(&self) -> Option<[f64; 2]> {
        let [height, width] = self.pixel_nm?;
        let [columns, rows] = self.size();
        Some([width * columns as f64, height * rows as f64])
    }

    /// Width over height of the field; of the pixels when lengths are not stated.
    pub fn aspect(&self) -> f64 {
        let [width, height] = self.field_nm().unwrap_or(self.size().map(|pixels| pixels as f64));
        width / height
    }

    /// The same picture with pixels of another size (height and width), nm.
    pub fn with_pixel_nm(mut self, pixel_nm: [f64; 2]) -> Self {
        self.pixel_nm = Some(pixel_nm).filter(|sizes| sizes.iter().all(|size| size.is_finite() && *size > 0.0));
        self
    }

    /// The same frame with other values; `None` when their shape differs or one is no number.
    pub fn with_values(&self, values: Array2<f64>) -> Option<Self> {
        let fits = values.dim() == self.values.dim() && values.iter().all(|v| v.is_finite());
        fits.then(|| Self { values: values.as_standard_layout().into_owned(), ..self.clone() })
    }
}

/// Means of square blocks; those at the right and lower border may be smaller. A block of which a value is no number has
/// none.
fn averaged(image: &Image, [rows, columns]: [usize; 2], block: usize) -> Array2<f64> {
    let mut sums = Array2::zeros((rows.div_ceil(block), columns.div_ceil(block)));
    for row in 0..rows {
        image.samples.visit(row * columns, columns, |column, value| {
            if let Some(sum) = sums.get_mut([row / block, column / block]) {
                *sum += value;
            }
        });
    }
    let side = |at: usize, whole: usize| (whole - at * block).min(block) as f64;
    sums.indexed_iter_mut().for_each(|((y, x), sum)| *sum /= side(y, rows) * side(x, columns));
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_field_is_as_wide_and_high_as_its_pixels_together() {
        let picture = SurveyImage::new(Array2::zeros((2, 4)), Some([0.5, 0.25])).unwrap();
        assert_eq!((picture.size(), picture.field_nm(), picture.aspect()), ([4, 2], Some([1.0, 1.0]), 1.0));
        let bare = SurveyImage::new(Array2::zeros((2, 4)), None).unwrap();
        assert_eq!((bare.field_nm(), bare.aspect()), (None, 2.0));
    }
}
