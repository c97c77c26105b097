//! Counts to colour: dark violet to pale yellow, evenly brighter to the eye.

use egui::Color32;

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

/// All 256 colours, darkest first.
pub(super) fn table() -> Vec<Color32> {
    (0..=255u8).map(|k| colour(f64::from(k) / 255.0)).collect()
}

fn colour(t: f64) -> Color32 {
    let channel = |c: usize| {
        let value = INFERNO.iter().rev().fold(0.0, |sum, row| sum * t + row[c]);
        (value.clamp(0.0, 1.0) * 255.0).round() as u8
    };
    Color32::from_rgb(channel(0), channel(1), channel(2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_colour_is_at_least_as_bright_as_the_one_before() {
        let luma = |c: &Color32| 0.2126 * f64::from(c.r()) + 0.7152 * f64::from(c.g()) + 0.0722 * f64::from(c.b());
        let table = table();
        assert_eq!(table.len(), 256);
        assert!(table.windows(2).all(|pair| luma(&pair[1]) > luma(&pair[0]) - 1.0));
        assert!(luma(&table[255]) - luma(&table[0]) > 200.0);
    }
}
