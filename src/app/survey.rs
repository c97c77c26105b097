//! Pictures of the specimen that lie beside the spectra of a scan: HAADF, ABF, whatever was recorded.

use std::path::Path;

use super::open::open_file;
use crate::Error;
use crate::model::{Axis, Image, ImageKind, ProfileKind, nm_per_unit};

/// Longest side of a picture that is kept; larger ones are averaged in blocks.
const MAX_SIDE: usize = 1024;
/// Shorter sides are profiles or noise, no pictures.
const MIN_SIDE: usize = 16;

/// A picture of the specimen, small enough to be shown.
#[derive(Debug, Clone, PartialEq)]
pub struct SurveyPicture {
    /// Its number in the file.
    pub index: usize,
    /// Title as the file states it.
    pub title: String,
    /// What it shows, when the title says so.
    pub kind: Option<ProfileKind>,
    /// Columns and rows of `values`.
    pub size: [usize; 2],
    /// Values row by row, blocks averaged when the file holds more pixels.
    pub values: Vec<f32>,
    /// Width and height of the field, nm, when the file states lengths.
    pub field_nm: Option<[f64; 2]>,
    /// Where the scan ran, from and to, as shares of width and height; when it is known.
    pub line: Option<[[f64; 2]; 2]>,
}

impl SurveyPicture {
    /// Width over height of the field; of the pixels when lengths are not stated.
    pub fn aspect(&self) -> f64 {
        let [width, height] = self.field_nm.unwrap_or(self.size.map(|pixels| pixels as f64));
        width / height
    }

    /// Where a scan of this length would run when nobody said where: across the middle.
    pub fn default_line(&self, length_nm: Option<f64>) -> [[f64; 2]; 2] {
        if let Some(line) = self.line {
            return line;
        }
        let share = match (length_nm, self.field_nm) {
            (Some(length), Some([width, _])) if length < 0.95 * width => length / width,
            _ => 0.8,
        };
        [[0.5 - share / 2.0, 0.5], [0.5 + share / 2.0, 0.5]]
    }

    /// Length of a line in shares of width and height, nm.
    pub fn length_nm(&self, [from, to]: [[f64; 2]; 2]) -> Option<f64> {
        let [width, height] = self.field_nm?;
        Some(((to[0] - from[0]) * width).hypot((to[1] - from[1]) * height))
    }
}

/// All pictures of a file; none when it holds spectra and profiles only.
///
/// # Errors
/// [`Error::Read`] naming the file.
pub fn survey_images(path: &Path) -> Result<Vec<SurveyPicture>, Error> {
    Ok(open_file(path)?.images.iter().filter_map(picture).collect())
}

fn picture(image: &Image) -> Option<SurveyPicture> {
    let long: Vec<&Axis> = image.axes.iter().filter(|axis| axis.size > 1).collect();
    let [down, across] = long.as_slice() else { return None };
    let big = down.size >= MIN_SIDE && across.size >= MIN_SIDE;
    if image.kind != ImageKind::Image || !big || !image.samples.sample_type().is_real() {
        return None;
    }
    let block = down.size.max(across.size).div_ceil(MAX_SIDE);
    let (size, values) = averaged(image, [across.size, down.size], block);
    Some(SurveyPicture {
        index: image.index,
        title: image.title.clone(),
        kind: kind_of(&image.title),
        size,
        values,
        field_nm: length_nm(across).zip(length_nm(down)).map(|(width, height)| [width, height]),
        line: None,
    })
}

fn kind_of(title: &str) -> Option<ProfileKind> {
    let title = title.to_uppercase();
    let kinds = [("HAADF", ProfileKind::Haadf), ("ABF", ProfileKind::Abf)];
    kinds.into_iter().find(|(name, _)| title.contains(name)).map(|(_, kind)| kind)
}

fn length_nm(axis: &Axis) -> Option<f64> {
    let length = (axis.scale * nm_per_unit(&axis.unit)?).abs() * axis.size as f64;
    (length.is_finite() && length > 0.0).then_some(length)
}

/// Means of square blocks; values that are no numbers are left out.
fn averaged(image: &Image, [width, height]: [usize; 2], block: usize) -> ([usize; 2], Vec<f32>) {
    let size = [width.div_ceil(block), height.div_ceil(block)];
    let mut sums = vec![(0.0, 0u32); size[0] * size[1]];
    for row in 0..height {
        image.samples.visit(row * width, width, |column, value| {
            if value.is_finite() {
                let (sum, count) = &mut sums[row / block * size[0] + column / block];
                (*sum, *count) = (*sum + value, *count + 1);
            }
        });
    }
    (size, sums.into_iter().map(|(sum, count)| (sum / f64::from(count.max(1))) as f32).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(field_nm: Option<[f64; 2]>) -> SurveyPicture {
        let (title, kind) = ("ABF".to_owned(), Some(ProfileKind::Abf));
        SurveyPicture { index: 1, title, kind, size: [2, 1], values: vec![0.0, 1.0], field_nm, line: None }
    }

    #[test]
    fn a_line_that_nobody_placed_has_the_length_of_the_scan() {
        let picture = image(Some([8.0, 4.0]));
        let line = picture.default_line(Some(2.0));
        assert_eq!(line, [[0.375, 0.5], [0.625, 0.5]]);
        assert_eq!(picture.length_nm(line), Some(2.0));
        assert_eq!(image(None).default_line(Some(2.0)), [[0.5 - 0.4, 0.5], [0.5 + 0.4, 0.5]]);
    }

    #[test]
    fn lengths_down_and_across_count_by_their_own_scale() {
        assert_eq!(image(Some([3.0, 4.0])).length_nm([[0.0, 0.0], [1.0, 1.0]]), Some(5.0));
    }
}
