//! Reflections of a crystal in the transform of its picture, and the mask that keeps them.

use ndarray::Array2;
use serde::Serialize;

use super::error::ImageError;
use super::transform::{forward, frequency};
use crate::analysis::numeric::median;

/// A reflection's amplitude over the spread of the background around its median.
const ABOVE_SIGMA: f64 = 5.0;
/// Chance of one false reflection in a picture of noise; raises the limit of 5 sigma in large pictures.
const FALSE_ALARM: f64 = 0.01;
/// Frequencies nearer to zero than this many elements belong to slow shading.
const SHADING: f64 = 3.0;
/// Mask radius over the smallest reflection.
const RADIUS: f64 = 0.25;
/// Median and standard deviation of a Rayleigh distribution of unit parameter.
const RAYLEIGH: [f64; 2] = [1.177_410_022_515_474_6, 0.655_136_377_562_033_5];

/// A reflection in the transform of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Reflection {
    /// Cycles per pixel down the picture.
    pub y_per_px: f64,
    /// Cycles per pixel across the picture.
    pub x_per_px: f64,
    /// Spacing of its lattice planes, nm, when the size of a pixel is known.
    pub spacing_nm: Option<f64>,
    /// Its amplitude over the spread of the background.
    pub signal_to_noise: f64,
}

impl Reflection {
    pub(super) fn with_pixel(self, pixel_nm: Option<[f64; 2]>) -> Self {
        let spacing = |[height, width]: [f64; 2]| 1.0 / (self.y_per_px / height).hypot(self.x_per_px / width);
        Self { spacing_nm: pixel_nm.map(spacing), ..self }
    }
}

/// Reflections, one of each pair, strongest first, and the mask, frequency 0 first.
pub(super) struct Found {
    pub(super) reflections: Vec<Reflection>,
    pub(super) mask: Array2<f64>,
}

/// Looks for reflections in a windowed picture of mean zero.
///
/// Amplitudes of noise are Rayleigh-distributed about a background that depends on the distance from zero alone: its
/// parameter is the median of each ring over 1.177. A reflection is a local maximum above the median by more than 5
/// standard deviations, and above what noise reaches anywhere in one picture of a hundred. The Wiener weight is
/// `max(0, 1 - background power / power)`, power averaged over 3 x 3 elements.
pub(super) fn search(picture: &Array2<f64>) -> Result<Found, ImageError> {
    let amplitude = forward(picture).mapv(|value| value.norm());
    let (rows, columns) = amplitude.dim();
    let noise = Rings::of(&amplitude);
    if noise.all_zero() {
        return Err(ImageError::Blank);
    }
    let by_chance = (2.0 * ((rows * columns) as f64 / FALSE_ALARM).ln()).sqrt();
    let limit = (RAYLEIGH[0] + ABOVE_SIGMA * RAYLEIGH[1]).max(by_chance);
    let mut reflections = Vec::new();
    for ((y, x), &value) in amplitude.indexed_iter() {
        let (ky, kx) = (frequency(y, rows), frequency(x, columns));
        let upper_half = ky > 0.0 || (ky == 0.0 && kx > 0.0);
        let slow = (ky * rows as f64).hypot(kx * columns as f64) < SHADING;
        let sigma = noise.at(ky, kx);
        if upper_half && !slow && value > limit * sigma && is_top(&amplitude, y, x) {
            let signal_to_noise = if sigma > 0.0 { (value / sigma).min(1e9) } else { 1e9 };
            reflections.push(Reflection { y_per_px: ky, x_per_px: kx, spacing_nm: None, signal_to_noise });
        }
    }
    if reflections.is_empty() {
        return Err(ImageError::NoReflections);
    }
    reflections.sort_by(|a, b| b.signal_to_noise.total_cmp(&a.signal_to_noise));
    let mask = mask(&amplitude, &noise, &reflections);
    Ok(Found { reflections, mask })
}

/// Whether no element within two is higher; the transform is periodic.
fn is_top(amplitude: &Array2<f64>, y: usize, x: usize) -> bool {
    let (rows, columns) = amplitude.dim();
    let value = amplitude[(y, x)];
    let near = |k: usize, d: usize, n: usize| (k + n * 2 + d - 2) % n;
    (0..5).all(|dy| (0..5).all(|dx| amplitude[(near(y, dy, rows), near(x, dx, columns))] <= value))
}

/// Hann discs around zero and around every reflection and its conjugate, times the Wiener weight.
fn mask(amplitude: &Array2<f64>, noise: &Rings, reflections: &[Reflection]) -> Array2<f64> {
    let (rows, columns) = amplitude.dim();
    let shortest = reflections.iter().map(|r| r.y_per_px.hypot(r.x_per_px)).fold(f64::INFINITY, f64::min);
    let radius = RADIUS * shortest;
    let mut centres = vec![[0.0, 0.0]];
    centres.extend(reflections.iter().flat_map(|r| [[r.y_per_px, r.x_per_px], [-r.y_per_px, -r.x_per_px]]));
    let mut mask: Array2<f64> = Array2::zeros((rows, columns));
    let reach = |n: usize| (radius * n as f64).ceil() as isize;
    for [cy, cx] in centres {
        let (y0, x0) = ((cy * rows as f64).round() as isize, (cx * columns as f64).round() as isize);
        for (dy, dx) in
            (-reach(rows)..=reach(rows)).flat_map(|dy| (-reach(columns)..=reach(columns)).map(move |dx| (dy, dx)))
        {
            let far = (dy as f64 / rows as f64).hypot(dx as f64 / columns as f64) / radius;
            if far < 1.0 {
                let y = (y0 + dy).rem_euclid(rows as isize) as usize;
                let x = (x0 + dx).rem_euclid(columns as isize) as usize;
                let hann = libm::pow(libm::cos(std::f64::consts::FRAC_PI_2 * far), 2.0);
                mask[(y, x)] = mask[(y, x)].max(hann);
            }
        }
    }
    for ((y, x), weight) in mask.indexed_iter_mut().filter(|((y, x), weight)| **weight > 0.0 && (*y, *x) != (0, 0)) {
        // Noise power is twice the squared Rayleigh parameter.
        let background = 2.0 * noise.at(frequency(y, rows), frequency(x, columns)).powi(2);
        let power = mean_power(amplitude, y, x);
        *weight *= if power > background { 1.0 - background / power } else { 0.0 };
    }
    mask
}

fn mean_power(amplitude: &Array2<f64>, y: usize, x: usize) -> f64 {
    let (rows, columns) = amplitude.dim();
    let at = |dy: usize, dx: usize| amplitude[((y + rows + dy - 1) % rows, (x + columns + dx - 1) % columns)].powi(2);
    (0..3).flat_map(|dy| (0..3).map(move |dx| (dy, dx))).map(|(dy, dx)| at(dy, dx)).sum::<f64>() / 9.0
}

/// Rayleigh parameter of the background in rings of equal distance from zero.
struct Rings {
    sigma: Vec<f64>,
    width: f64,
}

impl Rings {
    fn of(amplitude: &Array2<f64>) -> Self {
        let (rows, columns) = amplitude.dim();
        // Two elements of the shorter side: enough in each ring for a median.
        let width = 2.0 / rows.min(columns) as f64;
        let mut rings: Vec<Vec<f64>> = vec![Vec::new(); (0.5_f64.sqrt() / width) as usize + 1];
        for ((y, x), value) in amplitude.indexed_iter() {
            let ring = (frequency(y, rows).hypot(frequency(x, columns)) / width) as usize;
            if let Some(ring) = rings.get_mut(ring) {
                ring.push(*value);
            }
        }
        let sigma = rings.iter_mut().map(|ring| median(ring).unwrap_or(0.0) / RAYLEIGH[0]).collect();
        Self { sigma, width }
    }

    fn at(&self, ky: f64, kx: f64) -> f64 {
        let ring = (ky.hypot(kx) / self.width) as usize;
        self.sigma.get(ring.min(self.sigma.len() - 1)).copied().unwrap_or(0.0)
    }

    fn all_zero(&self) -> bool {
        self.sigma.iter().all(|&sigma| sigma == 0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_distr::{Distribution, StandardNormal};

    fn noise(seed: u64) -> Array2<f64> {
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
        Array2::from_shape_simple_fn((128, 96), || StandardNormal.sample(&mut rng))
    }

    #[test]
    fn noise_has_no_reflections() {
        for seed in 0..20 {
            assert!(matches!(search(&noise(seed)), Err(ImageError::NoReflections)), "{seed}");
        }
    }

    #[test]
    fn a_wave_in_noise_is_found_where_it_is() {
        let mut picture = noise(3);
        for ((y, x), value) in picture.indexed_iter_mut() {
            *value += 0.5 * libm::cos(std::f64::consts::TAU * (x as f64 / 8.0 + y as f64 / 16.0));
        }
        let found = search(&picture).unwrap();
        assert_eq!(found.reflections.len(), 1);
        let reflection = found.reflections[0].with_pixel(Some([0.02, 0.01]));
        assert_eq!((reflection.y_per_px, reflection.x_per_px), (1.0 / 16.0, 1.0 / 8.0));
        let spacing = 1.0 / (1.0_f64 / 16.0 / 0.02).hypot(1.0 / 8.0 / 0.01);
        assert!((reflection.spacing_nm.unwrap() - spacing).abs() < 1e-12);
        assert!(found.mask[(8, 12)] > 0.9 && found.mask[(120, 84)] > 0.9 && found.mask[(40, 40)] == 0.0);
    }

    #[test]
    fn a_blank_picture_is_refused() {
        assert!(matches!(search(&Array2::zeros((32, 32))), Err(ImageError::Blank)));
    }
}
