//! The Ti diamond of Li4Ti5O12 along <110>: its diagonals by a lattice through the Ti-a columns.

use std::collections::BTreeMap;

use nalgebra::{Matrix2, Matrix3, Vector2, Vector3};
use serde::Serialize;

use super::columns::{Column, Columns};
use super::error::ImageError;

/// Cubic lattice parameter of Li4Ti5O12, nm (Fd-3m, science: structure seen along <110>).
const LATTICE_NM: f64 = 0.836;
/// Fewest columns of a lattice fit: one diamond lattice point and its eight neighbours.
const FEWEST: usize = 9;
/// A column belongs to a lattice point when it is nearer than this, in units of the lattice vectors.
const NEAR: f64 = 0.25;
/// Search radii grow from this many edge lengths, which the long diagonal (1.63) reaches under strain as well ...
const FIRST_RADIUS: f64 = 1.8;
/// ... by this factor.
const GROWTH: f64 = 1.6;

/// A number with its standard deviation.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Measured {
    /// The value.
    pub value: f64,
    /// Its standard deviation.
    pub sigma: f64,
}

/// One diamond of the picture: middle, and the diagonals between its four Ti-a columns.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct LocalDiamond {
    /// Across the picture, nm.
    pub x_nm: f64,
    /// Down the picture, nm.
    pub y_nm: f64,
    /// Short diagonal, nm.
    pub short_nm: Measured,
    /// Long diagonal, nm.
    pub long_nm: Measured,
}

/// The lattice of Ti-a columns of a picture.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Diamond {
    /// Short diagonal |a1 - a2|, along the chain; a / sqrt 2 = 0.5911 nm in the unstrained crystal.
    pub short_nm: Measured,
    /// Long diagonal |a1 + a2|; a = 0.836 nm in the unstrained crystal.
    pub long_nm: Measured,
    /// First lattice vector (x, y), nm.
    pub a1_nm: [f64; 2],
    /// Second lattice vector (x, y), nm.
    pub a2_nm: [f64; 2],
    /// The lattice point (0, 0), (x, y), nm.
    pub origin_nm: [f64; 2],
    /// Angle of the short diagonal against the picture's rows, degrees.
    pub rotation_deg: f64,
    /// Ti-a columns on the lattice: index along a1, along a2, number in the list of columns.
    pub ti_a: Vec<(i32, i32, usize)>,
    /// Root mean square distance of the columns from the lattice, nm.
    pub scatter_nm: f64,
    /// Every whole diamond.
    pub local: Vec<LocalDiamond>,
}

/// Columns (or points) by their indices along a1 and a2.
type Indexed = BTreeMap<(i32, i32), usize>;

/// Fits the diamond lattice to the columns of a HAADF picture.
///
/// Ti-a (two atoms in depth where Ti-b has one) is told apart by two-means on amplitudes; the chain's direction follows
/// from pairs about 5.91 A apart; from the column whose eight lattice neighbours are all there, indices are assigned in
/// growing circles, and origin, a1, a2 fitted by least squares. Standard errors: `(X'X)^-1` times the residual
/// covariance along the diagonal, distortions of the scan that are not linear included.
///
/// `r = o + i a1 + j a2`, short diagonal `|a1 - a2|`, long `|a1 + a2|`, all in nm; own construction, linear error
/// propagation. Refused: fewer than 18 columns or 9 of Ti-a, amplitudes that do not fall into two groups, and no column
/// with all eight neighbours.
///
/// # Errors
/// [`ImageError::TooFewColumns`], [`ImageError::OneKind`], [`ImageError::NoLattice`].
pub fn diamond(columns: &Columns) -> Result<Diamond, ImageError> {
    let too_few =
        |found: usize| ImageError::TooFewColumns { found, rejected: columns.rejected.len(), needed: 2 * FEWEST };
    if columns.found.len() < 2 * FEWEST {
        return Err(too_few(columns.found.len()));
    }
    let ti_a = brighter_kind(&columns.found)?;
    if ti_a.len() < FEWEST {
        return Err(too_few(columns.found.len()));
    }
    let points: Vec<Vector2<f64>> =
        ti_a.iter().map(|&k| Vector2::new(columns.found[k].x_nm, columns.found[k].y_nm)).collect();
    let angle = chain_angle(&points).ok_or(ImageError::NoLattice { kept: ti_a.len() })?;
    let start = start(&points, angle).ok_or(ImageError::NoLattice { kept: ti_a.len() })?;
    let (indexed, fit) = grow(&points, start).ok_or(ImageError::NoLattice { kept: ti_a.len() })?;
    let indexed: Indexed = indexed.into_iter().map(|(at, k)| (at, ti_a[k])).collect();
    Ok(assemble(&columns.found, &indexed, &fit))
}

/// Numbers of the columns in the brighter of two groups of amplitudes (two-means in one dimension, exact).
fn brighter_kind(columns: &[Column]) -> Result<Vec<usize>, ImageError> {
    let mut order: Vec<usize> = (0..columns.len()).collect();
    order.sort_by(|&i, &j| columns[i].amplitude.total_cmp(&columns[j].amplitude));
    let sorted: Vec<f64> = order.iter().map(|&k| columns[k].amplitude).collect();
    let n = sorted.len();
    let (total, squares) = sorted.iter().fold((0.0, 0.0), |(s, q), v| (s + v, q + v * v));
    let (mut low, mut best) = (0.0, (f64::INFINITY, 0, 0.0, 0.0));
    for (k, value) in sorted.iter().enumerate().take(n - 1) {
        low += value;
        let (below, above) = ((k + 1) as f64, (n - k - 1) as f64);
        let means = (low / below, (total - low) / above);
        let inside = squares - below * means.0 * means.0 - above * means.1 * means.1;
        if inside < best.0 {
            best = (inside, k + 1, means.0, means.1);
        }
    }
    let (inside, split, lower, upper) = best;
    let ratio = upper / lower;
    let separation = (upper - lower) / (inside.max(0.0) / n as f64).sqrt();
    // Two halves of one normal distribution are 2.65 of their own spreads apart.
    if !(ratio > 1.15 && separation > 3.5) {
        return Err(ImageError::OneKind { ratio, separation });
    }
    Ok(order.split_off(split))
}

/// Angle of the chain, radians: mean direction of all pairs about one short diagonal apart.
fn chain_angle(points: &[Vector2<f64>]) -> Option<f64> {
    let short = LATTICE_NM / 2_f64.sqrt();
    let (mut cosine, mut sine, mut count) = (0.0, 0.0, 0_usize);
    for (k, a) in points.iter().enumerate() {
        for b in &points[k + 1..] {
            let d = b - a;
            if (0.94..1.08).contains(&(d.norm() / short)) {
                let twice = 2.0 * libm::atan2(d.y, d.x);
                cosine += libm::cos(twice);
                sine += libm::sin(twice);
                count += 1;
            }
        }
    }
    (count > 0).then(|| 0.5 * libm::atan2(sine, cosine))
}

/// Origin and lattice vectors, `(o, a1, a2)`.
#[derive(Clone, Copy)]
struct Lattice {
    origin: Vector2<f64>,
    a: Matrix2<f64>,
}

impl Lattice {
    /// Indices of a place, and how far off it is in units of the lattice vectors.
    fn index(&self, point: &Vector2<f64>) -> Option<((i32, i32), f64)> {
        let at = self.a.try_inverse()? * (point - self.origin);
        let whole = at.map(f64::round);
        Some(((whole.x as i32, whole.y as i32), (at - whole).norm()))
    }

    fn at(&self, i: i32, j: i32) -> Vector2<f64> {
        self.origin + self.a * Vector2::new(f64::from(i), f64::from(j))
    }
}

/// The nominal lattice about the column nearest the middle that has all eight neighbours.
fn start(points: &[Vector2<f64>], angle: f64) -> Option<Lattice> {
    let (along, across) = (LATTICE_NM / 8_f64.sqrt(), LATTICE_NM / 2.0);
    let turn = Matrix2::new(libm::cos(angle), -libm::sin(angle), libm::sin(angle), libm::cos(angle));
    let a = turn * Matrix2::new(along, -along, across, across);
    let middle = points.iter().sum::<Vector2<f64>>() / points.len() as f64;
    let mut order: Vec<&Vector2<f64>> = points.iter().collect();
    order.sort_by(|p, q| (*p - middle).norm().total_cmp(&(*q - middle).norm()));
    let complete = |origin: &&&Vector2<f64>| {
        let lattice = Lattice { origin: ***origin, a };
        let near = |i: i32, j: i32| {
            points.iter().any(|p| lattice.index(p).is_some_and(|(at, off)| at == (i, j) && off < NEAR))
        };
        (-1..=1).all(|i| (-1..=1).all(|j| near(i, j)))
    };
    order.iter().find(complete).map(|origin| Lattice { origin: **origin, a })
}

/// The least-squares lattice with what its errors need.
struct LatticeFit {
    lattice: Lattice,
    /// `(X'X)^-1` of origin, a1, a2.
    inverse: Matrix3<f64>,
    /// Residual covariance of x and y.
    residual: Matrix2<f64>,
}

/// Indexes columns in growing circles about the origin, fitting anew for each.
fn grow(points: &[Vector2<f64>], start: Lattice) -> Option<(Indexed, LatticeFit)> {
    let edge = start.a.column(0).norm();
    let furthest = points.iter().map(|p| (p - start.origin).norm()).fold(0.0, f64::max);
    let (mut lattice, mut radius) = (start, FIRST_RADIUS * edge);
    loop {
        let mut nearest: BTreeMap<(i32, i32), (f64, usize)> = BTreeMap::new();
        for (k, point) in points.iter().enumerate().filter(|(_, p)| (*p - start.origin).norm() <= radius) {
            if let Some((at, off)) = lattice.index(point).filter(|(_, off)| *off < NEAR) {
                let entry = nearest.entry(at).or_insert((off, k));
                if off < entry.0 {
                    *entry = (off, k);
                }
            }
        }
        let indexed: Indexed = nearest.into_iter().map(|(at, (_, k))| (at, k)).collect();
        let fit = least_squares(points, &indexed)?;
        if radius >= furthest {
            return Some((indexed, fit));
        }
        lattice = fit.lattice;
        radius *= GROWTH;
    }
}

fn least_squares(points: &[Vector2<f64>], indexed: &Indexed) -> Option<LatticeFit> {
    if indexed.len() < FEWEST {
        return None;
    }
    let row = |(i, j): (i32, i32)| Vector3::new(1.0, f64::from(i), f64::from(j));
    let (mut normal, mut right) = (Matrix3::zeros(), [Vector3::zeros(), Vector3::zeros()]);
    for (at, &k) in indexed {
        normal += row(*at) * row(*at).transpose();
        right[0] += row(*at) * points[k].x;
        right[1] += row(*at) * points[k].y;
    }
    let inverse = normal.try_inverse()?;
    let [x, y] = right.map(|right| inverse * right);
    let lattice = Lattice { origin: Vector2::new(x[0], y[0]), a: Matrix2::new(x[1], x[2], y[1], y[2]) };
    let mut residual = Matrix2::zeros();
    for (at, &k) in indexed {
        let off = points[k] - lattice.at(at.0, at.1);
        residual += off * off.transpose();
    }
    let residual = residual / (indexed.len() - 3) as f64;
    Some(LatticeFit { lattice, inverse, residual })
}

impl LatticeFit {
    /// Length of `p a1 + q a2` with its standard error.
    fn length(&self, p: f64, q: f64) -> Measured {
        let vector = self.lattice.a * Vector2::new(p, q);
        let value = vector.norm();
        let unit = vector / value;
        let steps = Vector3::new(0.0, p, q);
        let variance = (unit.transpose() * self.residual * unit)[0] * (steps.transpose() * self.inverse * steps)[0];
        Measured { value, sigma: variance.max(0.0).sqrt() }
    }
}

fn assemble(columns: &[Column], indexed: &Indexed, fit: &LatticeFit) -> Diamond {
    let a = &fit.lattice.a;
    let chain = a.column(0) - a.column(1);
    let corner = |i: i32, j: i32| indexed.get(&(i, j)).map(|&k| &columns[k]);
    let diamond = |&(i, j): &(i32, i32)| {
        let corners = [corner(i, j)?, corner(i + 1, j)?, corner(i, j + 1)?, corner(i + 1, j + 1)?];
        let mean = |f: fn(&Column) -> f64| corners.iter().map(|column| f(column)).sum::<f64>() / 4.0;
        Some(LocalDiamond {
            x_nm: mean(|c| c.x_nm),
            y_nm: mean(|c| c.y_nm),
            short_nm: distance(corners[1], corners[2]),
            long_nm: distance(corners[0], corners[3]),
        })
    };
    Diamond {
        short_nm: fit.length(1.0, -1.0),
        long_nm: fit.length(1.0, 1.0),
        a1_nm: [a[(0, 0)], a[(1, 0)]],
        a2_nm: [a[(0, 1)], a[(1, 1)]],
        origin_nm: [fit.lattice.origin.x, fit.lattice.origin.y],
        rotation_deg: libm::atan2(chain.y, chain.x).to_degrees(),
        ti_a: indexed.iter().map(|(&(i, j), &k)| (i, j, k)).collect(),
        scatter_nm: fit.residual.trace().max(0.0).sqrt(),
        local: indexed.keys().filter_map(diamond).collect(),
    }
}

/// Distance of two columns with its standard error.
fn distance(a: &Column, b: &Column) -> Measured {
    let (dx, dy) = (b.x_nm - a.x_nm, b.y_nm - a.y_nm);
    let value = dx.hypot(dy);
    let along_x = (dx / value).powi(2) * (a.x_sigma_nm.powi(2) + b.x_sigma_nm.powi(2));
    let along_y = (dy / value).powi(2) * (a.y_sigma_nm.powi(2) + b.y_sigma_nm.powi(2));
    Measured { value, sigma: (along_x + along_y).sqrt() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Columns on a rotated lattice: Ti-a of amplitude 100, Ti-b of 55 at the middles of the edges.
    fn lattice(angle_deg: f64, short: f64, long: f64) -> Columns {
        let (c, s) = (libm::cos(angle_deg.to_radians()), libm::sin(angle_deg.to_radians()));
        let mut found = Vec::new();
        for (i, j) in (-10..=10).flat_map(|i| (-10..=10).map(move |j| (i, j))) {
            for (p, q, amplitude) in [(0.0, 0.0, 100.0), (0.5, 0.0, 55.0), (0.0, 0.5, 55.0)] {
                let (i, j) = (f64::from(i) + p, f64::from(j) + q);
                let (x, y) = (0.5 * short * (i - j), 0.5 * long * (i + j));
                if x.abs() < 2.0 && y.abs() < 2.0 {
                    let dither = 3.0 * libm::sin(7.0 * i + 3.0 * j);
                    found.push(Column {
                        x_nm: 2.0 + c * x - s * y,
                        y_nm: 2.0 + s * x + c * y,
                        x_sigma_nm: 0.001,
                        y_sigma_nm: 0.001,
                        amplitude: amplitude + dither,
                        amplitude_sigma: 1.0,
                        offset: 20.0,
                        width_nm: 0.045,
                        width_sigma_nm: 0.001,
                    });
                }
            }
        }
        Columns { found, rejected: Vec::new(), pixel_nm: [0.016, 0.016] }
    }

    #[test]
    fn an_exact_lattice_is_measured_exactly_at_any_angle() {
        for (angle, short, long) in
            [(0.0, 0.5911, 0.836), (17.0, 0.5837, 0.875), (-64.0, 0.5911, 0.836), (90.0, 0.58, 0.87)]
        {
            let found = diamond(&lattice(angle, short, long)).unwrap();
            assert!((found.short_nm.value - short).abs() < 1e-9, "{angle}");
            assert!((found.long_nm.value - long).abs() < 1e-9, "{angle}");
            assert!(found.local.iter().all(|d| (d.short_nm.value - short).abs() < 1e-9), "{angle}");
            assert!(found.local.len() > 15 && found.ti_a.len() > 30);
            let turned = (found.rotation_deg - angle + 90.0).rem_euclid(180.0) - 90.0;
            assert!(turned.abs() < 1e-6, "{turned}");
        }
    }

    #[test]
    fn columns_of_one_kind_are_refused() {
        let mut columns = lattice(0.0, 0.5911, 0.836);
        columns.found.iter_mut().enumerate().for_each(|(k, c)| c.amplitude = 60.0 + libm::sin(k as f64));
        assert!(matches!(diamond(&columns), Err(ImageError::OneKind { .. })));
        columns.found.truncate(5);
        assert!(matches!(diamond(&columns), Err(ImageError::TooFewColumns { found: 5, .. })));
    }
}
