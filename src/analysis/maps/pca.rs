//! Principal components of many spectra, Poisson weighted: for looking at, never for measuring.

use std::ops::Range;

use nalgebra::{DMatrix, SymmetricEigen};
use ndarray::{Array1, Array2, ArrayView2, Axis, linalg::general_mat_mul};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;

use crate::analysis::AnalysisError;
use crate::model::SpectrumImage;
use crate::progress::Progress;

/// What must stand on everything made of a few components.
pub const WATERMARK: &str = "viewing only: reconstructed from principal components; its noise is hidden, not gone, and nothing may be measured on it";

/// Positions of one tile.
const TILE: usize = 256;
/// Partial sums kept at once, so that their number does not depend on the number of threads.
const PARTS: usize = 32;
/// Components sought beyond those asked for, which is what makes the last ones right.
const OVERSAMPLED: usize = 10;
/// Sweeps of the subspace iteration over all spectra.
const SWEEPS: usize = 3;
/// Shorter side up to which all components are found exactly.
const EXACT: usize = 512;
/// Largest number of values held for that.
const EXACT_VALUES: usize = 1 << 22;
/// Channels and positions weigh at most as if they held this share of the mean counts.
const FLOOR: f64 = 0.01;
/// Seed of the first subspace: fixed, so that equal spectra give equal components.
const SEED: u64 = 2004;

/// Principal components: counts are about `sum_k loadings[position, k] * factors[k, channel]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Components {
    /// Spectra of the components, `[component, channel]`.
    pub factors: Array2<f64>,
    /// Their share at every position, `[position, component]`, in counts: positions in C order.
    pub loadings: Array2<f64>,
    /// Variance of each component in the weighted data: squared singular value over the number of positions.
    pub variances: Vec<f64>,
    /// Its share of the whole.
    pub ratios: Vec<f64>,
    /// Whether all components were found (small data), rather than the leading ones by subspace iteration.
    pub exact: bool,
}

/// A spectrum made of a few components, with its watermark.
#[derive(Debug, Clone, PartialEq)]
pub struct Denoised {
    /// Counts per channel.
    pub counts: Vec<f64>,
    /// [`WATERMARK`].
    pub watermark: &'static str,
}

impl Components {
    /// The spectrum of a position from the first `components`; `None` when there is no such position.
    ///
    /// `sum_k loadings[position, k] factors[k, channel]`, counts, by the definition; all components when more are asked
    /// for than there are.
    pub fn denoised(&self, position: usize, components: usize) -> Option<Denoised> {
        let shares = (position < self.loadings.nrows()).then(|| self.loadings.row(position))?;
        let count = components.min(self.factors.nrows());
        let counts = shares.slice(ndarray::s![..count]).dot(&self.factors.slice(ndarray::s![..count, ..]));
        Some(Denoised { counts: counts.to_vec(), watermark: WATERMARK })
    }
}

/// The leading principal components of spectra.
///
/// Counts are divided by the roots of the mean spectrum and of the mean map, which makes Poisson noise even (Keenan and
/// Kotula, Surf. Interface Anal. 36 (2004) 203); no mean is taken off, so the first component is close to the mean.
/// Small data: eigenvectors of the Gram matrix of the shorter side. Otherwise three sweeps of subspace iteration with ten
/// extra vectors (Halko, Martinsson, Tropp, SIAM Rev. 53 (2011) 217), tile by tile, never holding the cube.
///
/// `n_pc / sqrt(m_p m_c)`, map and spectrum relative to their means and not below 1 % of them, is decomposed. Spectra
/// of one channel are refused as one spectrum is.
///
/// # Errors
/// [`AnalysisError::NotUsable`] when no component is asked for, there is one spectrum only, the sum is not above zero or
/// not finite; [`AnalysisError::Cancelled`].
///
/// ```
/// use moray::analysis::maps::components;
/// use moray::model::SpectrumImage;
/// use moray::progress::Progress;
/// use moray::simulate::{World, simulate};
///
/// let made = simulate(&World::default(), 1)?.scan;
/// let found = components(&SpectrumImage::of(&made.core), 4, &Progress::new())?;
/// assert!(found.ratios[0] > 0.9 && found.ratios[0] > found.ratios[1]);
/// assert!(found.denoised(0, 2).expect("a position").watermark.starts_with("viewing only"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn components(spectra: &SpectrumImage, count: usize, progress: &Progress) -> Result<Components, AnalysisError> {
    let refuse = |why: &str| AnalysisError::NotUsable { name: "principal components".to_owned(), why: why.to_owned() };
    let (positions, channels) = (spectra.positions(), spectra.axis().channels());
    if count == 0 || positions < 2 || channels < 2 {
        return Err(refuse("two spectra and one component are the least"));
    }
    let weights =
        Weights::of(spectra).ok_or_else(|| refuse("the sum of all counts is not above zero, or no number"))?;
    progress.at(1, SWEEPS as u64 + 1)?;
    let small = positions.min(channels) <= EXACT && positions * channels <= EXACT_VALUES;
    let found = if small { exact(spectra, &weights) } else { leading(spectra, &weights, count, progress)? };
    Ok(finish(found, &weights, count.min(positions).min(channels), small))
}

/// Roots of the mean spectrum and the mean map, relative to their means, floors applied.
struct Weights {
    channels: Array1<f64>,
    positions: Array1<f64>,
}

impl Weights {
    fn of(spectra: &SpectrumImage) -> Option<Self> {
        let channels = spectra.axis().channels();
        let sums = in_parts(spectra, |part, tile, counts| {
            let (spectrum, map): &mut (Array1<f64>, Vec<f64>) = part;
            if spectrum.is_empty() {
                *spectrum = Array1::zeros(channels);
            }
            let mut image = vec![0.0; tile.len()];
            for (row, sum) in counts.rows().into_iter().zip(spectrum.iter_mut()) {
                for (value, count) in image.iter_mut().zip(row) {
                    *value += f64::from(*count);
                }
                *sum += row.iter().map(|count| f64::from(*count)).sum::<f64>();
            }
            map.extend(image);
        });
        let mut spectrum: Array1<f64> = Array1::zeros(channels);
        sums.iter().filter(|(part, _)| !part.is_empty()).for_each(|(part, _)| spectrum += part);
        let map: Array1<f64> = sums.into_iter().flat_map(|(_, map)| map).collect();
        let total = spectrum.sum();
        let usable = total.is_finite() && total > 0.0;
        let root = |sums: Array1<f64>| {
            let mean = total / sums.len() as f64;
            sums.mapv(|sum| (sum / mean).max(FLOOR).sqrt())
        };
        usable.then(|| Self { channels: root(spectrum), positions: root(map) })
    }
}

/// Weighted components: `left[channel, k]` orthonormal, `right[position, k]` scores, squared singular values and their
/// total.
struct Weighted {
    left: Array2<f64>,
    right: Array2<f64>,
    squares: Vec<f64>,
    total: f64,
}

/// All components, from the Gram matrix of the shorter side.
fn exact(spectra: &SpectrumImage, weights: &Weights) -> Weighted {
    let (positions, channels) = (spectra.positions(), spectra.axis().channels());
    let mut counts = vec![0.0_f32; positions * channels];
    spectra.read_tile(0..channels, 0..positions, &mut counts);
    let data = DMatrix::from_fn(channels, positions, |c, p| {
        f64::from(counts[c * positions + p]) / (weights.channels[c] * weights.positions[p])
    });
    let total = data.norm_squared();
    let by_channels = channels <= positions;
    let gram = if by_channels { &data * data.transpose() } else { data.transpose() * &data };
    let eigen = SymmetricEigen::new(gram);
    let order = descending(eigen.eigenvalues.as_slice());
    let squares: Vec<f64> = order.iter().map(|&k| eigen.eigenvalues[k].max(0.0)).collect();
    let vectors = eigen.eigenvectors.select_columns(&order);
    let norm = |k: usize| if squares[k] > 0.0 { squares[k].sqrt() } else { 1.0 };
    let (left, right) = if by_channels {
        (vectors.clone(), data.transpose() * vectors)
    } else {
        let left = &data * &vectors;
        let scaled = |matrix: DMatrix<f64>, factor: &dyn Fn(usize) -> f64| {
            DMatrix::from_fn(matrix.nrows(), matrix.ncols(), |i, k| matrix[(i, k)] * factor(k))
        };
        (scaled(left, &|k| 1.0 / norm(k)), scaled(vectors, &|k| norm(k)))
    };
    Weighted { left: to_array(&left), right: to_array(&right), squares, total }
}

/// The leading components by subspace iteration `Q <- orthonormal(X X' Q)`, spectra in tiles.
fn leading(
    spectra: &SpectrumImage,
    weights: &Weights,
    count: usize,
    progress: &Progress,
) -> Result<Weighted, AnalysisError> {
    let channels = spectra.axis().channels();
    let width = (count + OVERSAMPLED).min(channels).min(spectra.positions());
    let mut random = ChaCha8Rng::seed_from_u64(SEED);
    let start = Array2::from_shape_simple_fn((channels, width), || StandardNormal.sample(&mut random));
    let mut basis = orthonormal(&(start * weights.channels.view().insert_axis(Axis(1))));
    let mut swept = sweep(spectra, weights, &basis);
    for k in 1..SWEEPS {
        progress.at(k as u64 + 1, SWEEPS as u64 + 1)?;
        basis = orthonormal(&swept.image);
        swept = sweep(spectra, weights, &basis);
    }
    let small = basis.t().dot(&swept.image);
    let symmetric = DMatrix::from_fn(width, width, |i, j| 0.5 * (small[(i, j)] + small[(j, i)]));
    let eigen = SymmetricEigen::new(symmetric);
    let order = descending(eigen.eigenvalues.as_slice());
    let turn = to_array(&eigen.eigenvectors.select_columns(&order));
    Ok(Weighted {
        left: basis.dot(&turn),
        right: swept.scores.mapv(f64::from).dot(&turn),
        squares: order.iter().map(|&k| eigen.eigenvalues[k].max(0.0)).collect(),
        total: swept.total,
    })
}

/// What one pass over all spectra gives, `X` the weighted data `[channel, position]`.
struct Swept {
    /// `X X' Q`.
    image: Array2<f64>,
    /// `X' Q`.
    scores: Array2<f32>,
    /// Sum of squares of `X`.
    total: f64,
}

fn sweep(spectra: &SpectrumImage, weights: &Weights, basis: &Array2<f64>) -> Swept {
    /// Image, scores and squares of the tiles of one part.
    type Part = (Array2<f64>, Vec<f32>, f64);
    let (channels, width) = basis.dim();
    let inverse = weights.channels.mapv(|weight| 1.0 / weight);
    let column = |values: &Array1<f64>| values.clone().insert_axis(Axis(1));
    // The weights of channels are on the basis, those of positions on the scores: the counts stay as they are.
    let weighted = (basis * &column(&inverse)).mapv(|value| value as f32);
    let squares = inverse.mapv(|value| value * value);
    let parts: Vec<Part> = in_parts(spectra, |part: &mut Part, tile, counts| {
        if part.0.is_empty() {
            part.0 = Array2::zeros((channels, width));
        }
        let at = weights.positions.slice(ndarray::s![tile]);
        let per_position = at.mapv(|weight| (1.0 / weight) as f32).insert_axis(Axis(1));
        let mut scores = counts.t().dot(&weighted);
        scores *= &per_position;
        part.1.extend(scores.iter());
        scores *= &per_position;
        let mut image = Array2::<f32>::zeros((channels, width));
        general_mat_mul(1.0, &counts, &scores, 0.0, &mut image);
        part.0.zip_mut_with(&image, |sum, value| *sum += f64::from(*value));
        for (row, square) in counts.rows().into_iter().zip(&squares) {
            let own = row.iter().zip(&per_position).map(|(count, weight)| (count * weight) * (count * weight));
            part.2 += square * f64::from(own.sum::<f32>());
        }
    });
    let mut image: Array2<f64> = Array2::zeros((channels, width));
    parts.iter().filter(|part| !part.0.is_empty()).for_each(|part| image += &part.0);
    image *= &column(&inverse);
    let total = parts.iter().map(|part| part.2).sum();
    let scores: Vec<f32> = parts.into_iter().flat_map(|part| part.1).collect();
    let scores = Array2::from_shape_vec((spectra.positions(), width), scores).unwrap_or_default();
    Swept { image, scores, total }
}

/// Visits all tiles, `[channel, position]`, collecting into a fixed number of parts, each in order of its tiles: the same
/// bits for any number of threads.
fn in_parts<T: Default + Send>(
    spectra: &SpectrumImage,
    visit: impl Fn(&mut T, Range<usize>, ArrayView2<'_, f32>) + Sync,
) -> Vec<T> {
    let (positions, channels) = (spectra.positions(), spectra.axis().channels());
    let tiles: Vec<Range<usize>> =
        (0..positions).step_by(TILE).map(|from| from..(from + TILE).min(positions)).collect();
    let each = tiles.len().div_ceil(PARTS).max(1);
    let collect = |tiles: &[Range<usize>]| {
        let mut part = T::default();
        let mut buffer = vec![0.0_f32; channels * TILE.min(positions)];
        for tile in tiles {
            let counts = &mut buffer[..channels * tile.len()];
            spectra.read_tile(0..channels, tile.clone(), counts);
            if let Ok(view) = ArrayView2::from_shape((channels, tile.len()), counts) {
                visit(&mut part, tile.clone(), view);
            }
        }
        part
    };
    tiles.par_chunks(each).map(collect).collect()
}

/// Orthonormal columns that span the same space: Gram-Schmidt, twice.
fn orthonormal(matrix: &Array2<f64>) -> Array2<f64> {
    let mut rows = matrix.t().as_standard_layout().into_owned();
    for k in 0..rows.nrows() {
        for _ in 0..2 {
            let (before, mut rest) = rows.view_mut().split_at(Axis(0), k);
            let mut row = rest.row_mut(0);
            for other in before.rows() {
                let share = other.dot(&row);
                row.scaled_add(-share, &other);
            }
            let norm = row.dot(&row).sqrt();
            row.mapv_inplace(|value| if norm > 0.0 { value / norm } else { 0.0 });
        }
    }
    rows.t().as_standard_layout().into_owned()
}

/// Takes the weights off and gives every spectrum a positive sum.
fn finish(found: Weighted, weights: &Weights, count: usize, exact: bool) -> Components {
    let positions = weights.positions.len();
    let count = count.min(found.squares.len());
    let mut factors = found.left.slice(ndarray::s![.., ..count]).t().as_standard_layout().into_owned();
    factors *= &weights.channels;
    let mut loadings = found.right.slice(ndarray::s![.., ..count]).as_standard_layout().into_owned();
    loadings *= &weights.positions.clone().insert_axis(Axis(1));
    for (mut factor, mut loading) in factors.rows_mut().into_iter().zip(loadings.columns_mut()) {
        if factor.sum() < 0.0 {
            factor.mapv_inplace(|value| -value);
            loading.mapv_inplace(|value| -value);
        }
    }
    let squares = &found.squares[..count];
    Components {
        factors,
        loadings,
        variances: squares.iter().map(|square| square / positions as f64).collect(),
        ratios: squares.iter().map(|square| square / found.total).collect(),
        exact,
    }
}

fn descending(values: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&i, &j| values[j].total_cmp(&values[i]));
    order
}

fn to_array(matrix: &DMatrix<f64>) -> Array2<f64> {
    Array2::from_shape_fn((matrix.nrows(), matrix.ncols()), |at| matrix[at])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Acquisition, Axis as ImageAxis, AxisKind, Image, ImageKind, IntensityCalibration, SampleArray};

    /// Counts of four well separated components and a little of everything.
    fn spectra(positions: usize, channels: usize) -> SpectrumImage {
        let values: Vec<f64> = (0..channels)
            .flat_map(|c| (0..positions).map(move |p| (c as f64, p as f64)))
            .map(|(c, p)| {
                let waves = (1..5).map(|k| {
                    let k = f64::from(k);
                    libm::sin(0.07 * k * c) * libm::cos(0.05 * k * p + k) * 40.0 / (k * k)
                });
                200.0 + waves.sum::<f64>() + 0.5 * libm::sin(1.3 * libm::pow(c * 700.0 + p, 1.21))
            })
            .collect();
        let axis = |kind, size, unit: &str| ImageAxis { kind, size, scale: 1.0, offset: 100.0, unit: unit.into() };
        let image = Image {
            index: 0,
            title: String::new(),
            kind: ImageKind::LineScan,
            signal: "EELS".into(),
            axes: vec![axis(AxisKind::EnergyLoss, channels, "eV"), axis(AxisKind::Position, positions, "nm")],
            intensity: IntensityCalibration::default(),
            acquisition: Acquisition::default(),
            is_low_loss: false,
            samples: SampleArray::from_f64(&values),
        };
        SpectrumImage::from_image(&image).unwrap()
    }

    #[test]
    fn exact_components_are_those_of_a_full_singular_value_decomposition() {
        for (positions, channels) in [(30, 50), (50, 30)] {
            let spectra = spectra(positions, channels);
            let weights = Weights::of(&spectra).unwrap();
            let found = exact(&spectra, &weights);
            let mut counts = vec![0.0; positions * channels];
            spectra.read_tile(0..channels, 0..positions, &mut counts);
            let data = DMatrix::from_fn(channels, positions, |c, p| {
                f64::from(counts[c * positions + p]) / (weights.channels[c] * weights.positions[p])
            });
            let full = data.svd(true, true);
            for k in 0..5 {
                let square = full.singular_values[k].powi(2);
                assert!((found.squares[k] / square - 1.0).abs() < 1e-9, "{k}");
                let overlap: f64 = (0..channels).map(|c| found.left[(c, k)] * full.u.as_ref().unwrap()[(c, k)]).sum();
                assert!((overlap.abs() - 1.0).abs() < 1e-7, "{k} {overlap}");
                let score: f64 = (0..positions).map(|p| found.right[(p, k)].powi(2)).sum();
                assert!((score / square - 1.0).abs() < 1e-9, "{k}");
            }
        }
    }

    #[test]
    fn leading_components_agree_with_the_exact_ones() {
        let spectra = spectra(700, 120);
        let weights = Weights::of(&spectra).unwrap();
        let all = exact(&spectra, &weights);
        let some = leading(&spectra, &weights, 5, &Progress::new()).unwrap();
        assert!((some.total / all.total - 1.0).abs() < 1e-6);
        for k in 0..5 {
            assert!((some.squares[k] / all.squares[k] - 1.0).abs() < 1e-4, "{k}");
            let overlap: f64 = (0..120).map(|c| some.left[(c, k)] * all.left[(c, k)]).sum();
            assert!((overlap.abs() - 1.0).abs() < 1e-4, "{k} {overlap}");
        }
    }
}
