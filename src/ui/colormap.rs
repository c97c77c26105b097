//! Counts to colour: maps that are evenly brighter to the eye, so that steps of counts look alike everywhere.

use egui::Color32;

use super::look::ColourMap;

/// Coefficients of red, green and blue, lowest power first, of a sixth-order polynomial in 0 to 1.
type Polynomial = [[f64; 3]; 7];

/// Matplotlib's `inferno` (the map and this fit, as the next two, are CC0; fits by M. Zucker).
const INFERNO: Polynomial = [
    [0.000_218_940_4, 0.001_651_004_6, -0.019_480_898_4],
    [0.106_513_419_5, 0.563_956_436_8, 3.932_712_388_9],
    [11.602_493_082_5, -3.972_853_965_7, -15.942_394_106_3],
    [-41.703_996_131_4, 17.436_398_882_1, 44.354_145_198_7],
    [77.162_935_699_4, -33.402_358_942_1, -81.807_309_257_4],
    [-71.319_428_245, 32.626_064_264, 73.209_519_858],
    [25.131_126_224_8, -12.242_668_952_4, -23.070_325_002_9],
];
/// Matplotlib's `magma`.
const MAGMA: Polynomial = [
    [-0.002_136_485_1, -0.000_749_655_1, -0.005_386_127_9],
    [0.251_660_540_7, 0.677_523_243_7, 2.494_026_599_3],
    [8.353_717_279_2, -3.577_719_515, 0.314_467_903],
    [-27.668_733_085_8, 14.264_730_781, -13.649_213_188_1],
    [52.176_139_812_3, -27.943_606_071_7, 12.944_169_442_4],
    [-50.768_525_364_7, 29.046_582_821_3, 4.234_152_993_8],
    [18.655_705_065_9, -11.489_773_52, -5.601_961_508_7],
];
/// Matplotlib's `viridis`.
const VIRIDIS: Polynomial = [
    [0.277_727_327_2, 0.005_407_344_5, 0.334_099_805_3],
    [0.105_093_043_1, 1.404_613_529_9, 1.384_590_162_6],
    [-0.330_861_828_7, 0.214_847_559_5, 0.095_095_163],
    [-4.634_230_499, -5.799_100_973_4, -19.332_440_956_3],
    [6.228_269_936_3, 14.179_933_366_8, 56.690_552_600_7],
    [4.776_384_997_7, -13.745_145_377_7, -65.353_032_633_4],
    [-5.435_455_855_9, 4.645_852_612_2, 26.312_435_249_6],
];

/// All 256 colours, darkest first.
pub(super) fn table(map: ColourMap) -> Vec<Color32> {
    let colour = |k: u8| match map {
        ColourMap::Inferno => at(&INFERNO, k),
        ColourMap::Magma => at(&MAGMA, k),
        ColourMap::Viridis => at(&VIRIDIS, k),
        ColourMap::Grey => Color32::from_gray(k),
    };
    (0..=255u8).map(colour).collect()
}

fn at(polynomial: &Polynomial, k: u8) -> Color32 {
    let t = f64::from(k) / 255.0;
    let channel = |c: usize| {
        let value = polynomial.iter().rev().fold(0.0, |sum, row| sum * t + row[c]);
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
        for map in [ColourMap::Inferno, ColourMap::Magma, ColourMap::Viridis, ColourMap::Grey] {
            let table = table(map);
            assert_eq!(table.len(), 256);
            assert!(table.windows(2).all(|pair| luma(&pair[1]) > luma(&pair[0]) - 1.0), "{map:?}");
            assert!(luma(&table[255]) - luma(&table[0]) > 170.0, "{map:?}");
        }
    }
}
