//! Values as a picture within a panel: colours evenly brighter to the eye, and the picture as a data URL.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

/// Coefficients, lowest power first, of the sixth-order polynomial in 0 to 1 that follows matplotlib's `inferno`
/// (both the map and this fit by M. Zucker are CC0).
const INFERNO: [[f64; 3]; 7] = [
    [0.000_218_940_4, 0.001_651_004_6, -0.019_480_898_4],
    [0.106_513_419_5, 0.563_956_436_8, 3.932_712_388_9],
    [11.602_493_082_5, -3.972_853_965_7, -15.942_394_106_3],
    [-41.703_996_131_4, 17.436_398_882_1, 44.354_145_198_7],
    [77.162_935_699_4, -33.402_358_942_1, -81.807_309_257_4],
    [-71.319_428_245, 32.626_064_264, 73.209_519_858],
    [25.131_126_224_8, -12.242_668_952_4, -23.070_325_002_9],
];

/// How values become colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shades {
    /// Dark violet to pale yellow.
    Inferno,
    /// Black to white.
    Grey,
}

impl Shades {
    /// The colour of a share from 0 to 1.
    fn at(self, share: f64) -> [u8; 3] {
        let t = share.clamp(0.0, 1.0);
        let byte = |value: f64| (value.clamp(0.0, 1.0) * 255.0).round() as u8;
        match self {
            Self::Grey => [byte(t); 3],
            Self::Inferno => {
                [0, 1, 2].map(|channel| byte(INFERNO.iter().rev().fold(0.0, |sum, row| sum * t + row[channel])))
            }
        }
    }
}

/// A picture, row by row from the top, red, green and blue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Raster {
    /// Pixels in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Three bytes for each pixel.
    #[serde(skip)]
    pub rgb: Vec<u8>,
}

impl Raster {
    /// Colours for values in rows of `width`; `limits` get the first and the last colour, and what is not finite grey.
    pub(super) fn of(values: &[f64], width: usize, limits: [f64; 2], shades: Shades) -> Self {
        let [lo, hi] = limits;
        let share = |value: f64| (value - lo) / (hi - lo).max(f64::MIN_POSITIVE);
        let colour = |value: &f64| if value.is_finite() { shades.at(share(*value)) } else { [128; 3] };
        let rgb = values.iter().flat_map(colour).collect();
        Self { width, height: values.len() / width.max(1), rgb }
    }

    /// All colours from left to right.
    pub(super) fn scale(shades: Shades) -> Self {
        let rgb = (0..=255u8).flat_map(|k| shades.at(f64::from(k) / 255.0)).collect();
        Self { width: 256, height: 1, rgb }
    }

    /// The picture as a PNG in a data URL; `None` when it has no pixel.
    pub(super) fn data_url(&self) -> Option<String> {
        let [width, height] = [self.width, self.height].map(u32::try_from);
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, width.ok()?, height.ok()?);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.write_header().ok()?.write_image_data(&self.rgb).ok()?;
        Some(format!("data:image/png;base64,{}", STANDARD.encode(&bytes)))
    }
}

/// The values below which these shares of all finite values lie, for contrast; `None` without finite values.
pub(super) fn contrast(values: &[f64], shares: [f64; 2]) -> Option<[f64; 2]> {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let last = sorted.len().checked_sub(1)?;
    let at = |share: f64| sorted.get((share * last as f64).round() as usize).copied();
    let [lo, hi] = [at(shares[0])?, at(shares[1])?];
    Some(if hi > lo { [lo, hi] } else { [lo, lo + 1.0] })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_get_the_ends_of_the_scale_and_no_number_grey() {
        let raster = Raster::of(&[0.0, 1.0, 2.0, f64::NAN], 2, [0.0, 2.0], Shades::Grey);
        assert_eq!((raster.width, raster.height), (2, 2));
        assert_eq!(raster.rgb, [0, 0, 0, 128, 128, 128, 255, 255, 255, 128, 128, 128]);
    }

    #[test]
    fn a_picture_becomes_a_png_and_no_picture_becomes_nothing() {
        let url = Raster::scale(Shades::Inferno).data_url().unwrap();
        let bytes = STANDARD.decode(url.strip_prefix("data:image/png;base64,").unwrap()).unwrap();
        assert!(bytes.starts_with(b"\x89PNG"));
        assert_eq!(Raster::of(&[], 0, [0.0, 1.0], Shades::Grey).data_url(), None);
    }

    #[test]
    fn contrast_leaves_out_the_outermost_values() {
        let values: Vec<f64> = (0..=100).map(f64::from).chain([f64::NAN]).collect();
        assert_eq!(contrast(&values, [0.01, 0.99]), Some([1.0, 99.0]));
        assert_eq!(contrast(&[3.0, 3.0], [0.01, 0.99]), Some([3.0, 4.0]));
        assert_eq!(contrast(&[], [0.01, 0.99]), None);
    }
}
