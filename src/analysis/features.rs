//! Ti L2,3 and O K found in a spectrum whose axis may be off by 10 eV and 5 %, and the calibration that follows.
//!
//! Real files have axes off by several eV, so no window may be placed before this is done.

use crate::model::{CalibrationRecipe, EnergyAxis, EnergyWindow, NominalEnergies, WhiteLines};

use super::numeric::{LeastSquares, boxcar, parabola_top};
use super::report::FoundFeatures;

/// Least explained variance of the Ti L template that counts as found (real titanates 0.93-0.98, Ti-free oxide 0.60).
const TI_EXPLAINED: f64 = 0.85;
/// Least t of the O K jump that counts as found (real files 10-60).
const O_K_T: f64 = 5.0;
/// Where L2 is sought: nominal energy +- this, eV.
const L2_SEARCH_EV: f64 = 13.0;
/// Where the O K onset is sought relative to where peak a would be by the white lines found, eV.
const ONSET_SEARCH_EV: [f64; 2] = [-6.7, 6.3];
/// A dispersion within this of the stated one is left as stated.
const KEEP_DISPERSION: f64 = 0.005;

/// Features of one spectrum, on the axis it came with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Features {
    /// Positions, eV.
    pub found_ev: FoundFeatures,
    /// Variance around a line that the Ti L template explains, at its best place.
    pub ti_explained: f64,
    /// Significance of the O K jump.
    pub o_k_t: f64,
}

/// The calibration that puts found features on their nominal energies: `E = pivot + offset + scale * (E_file - pivot)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FeatureCalibration {
    /// eV of the file.
    pub pivot_ev: f64,
    /// eV.
    pub offset_ev: f64,
    /// Calibrated over stated dispersion.
    pub scale: f64,
    /// The same by the two edges, also where the stated dispersion is kept.
    pub measured_scale: f64,
    /// Whether both edges were found.
    pub both_edges: bool,
}

/// Looks for the white lines around their nominal energy and for O K at its distance from them.
///
/// `spectrum` may be in any unit.
///
/// White lines: the `p` within 13 eV of nominal L2 where `1 - SS(template, 1, u, step) / SS(1, u)`, `u = E - p`, is
/// largest and above 0.85; L2 and L3 are the tops of the smoothed spectrum there. O K: the largest mean excess over
/// `p + 0.3` to `p + 3` eV of a line through `p - 10` to `p - 0.2`, whose `t` must exceed 5; its onset is where half of
/// the excess is reached. Own construction, energies in eV of the file. What is not found is `None`, and a measure that
/// the axis does not cover is 0.
///
/// # Examples
/// ```
/// use moray::analysis::features;
/// use moray::model::Recipe;
/// use moray::simulate::{World, simulate};
/// // A file whose axis is 4 eV off.
/// let made = simulate(&World { axis_error_ev: -4.0, ..World::default() }, 1)?.scan;
/// let total = made.core.counts().sum_axis(ndarray::Axis(0)).to_vec();
/// let calibration = Recipe::preset("lto")?.calibration;
/// let found = features::find(&total, made.core.axis(), &calibration);
/// let offset = found.calibration(&calibration.nominal).expect("both edges").offset_ev;
/// assert!((offset - 4.0).abs() < 0.2, "{offset}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn find(spectrum: &[f64], axis: &EnergyAxis, calibration: &CalibrationRecipe) -> Features {
    let (nominal, white_lines) = (&calibration.nominal, &calibration.white_lines);
    let smooth = boxcar(spectrum, 0.25 / axis.dispersion_ev());
    let (near_l2, ti_explained) = best_position(spectrum, axis, white_lines, nominal.l2_ev);
    let mut found = FoundFeatures::default();
    if ti_explained > TI_EXPLAINED
        && let Some(l2) = top(&smooth, axis, near_l2 - 1.8, near_l2 + 1.8)
    {
        found.ti_l2 = Some(l2);
        let [lo, hi] = white_lines.l3_ev;
        found.ti_l3 = top(&smooth, axis, l2 + lo, l2 + hi);
    }
    // Without white lines the onset is sought around where a correct axis would have it.
    let a = found.ti_l2.unwrap_or(nominal.l2_ev) + nominal.o_k_a_ev - nominal.l2_ev;
    let (onset_near, o_k_t) = best_jump(spectrum, axis, a + ONSET_SEARCH_EV[0], a + ONSET_SEARCH_EV[1]);
    if o_k_t > O_K_T
        && let Some(onset) = half_rise(spectrum, &smooth, axis, onset_near)
    {
        found.o_k_onset = Some(onset);
        found.o_k_a = Some(peak_a(&smooth, axis, onset));
    }
    Features { found_ev: found, ti_explained, o_k_t }
}

/// Energies of the file between which L2 is sought.
///
/// The nominal energy less and plus 13 eV, an own choice.
pub fn l2_search_range(nominal: &NominalEnergies) -> [f64; 2] {
    [nominal.l2_ev - L2_SEARCH_EV, nominal.l2_ev + L2_SEARCH_EV]
}

impl Features {
    /// The same features located anew in another spectrum on the same axis, each near where it was.
    ///
    /// Tops of the smoothed spectrum within 1.2 eV (L2, L3) or 0.8 eV (a); the onset stays, and so does what was not
    /// found. Own construction.
    pub fn refined(&self, spectrum: &[f64], axis: &EnergyAxis) -> Self {
        let smooth = boxcar(spectrum, 0.25 / axis.dispersion_ev());
        let near = |at: Option<f64>, reach: f64| at.and_then(|at| top(&smooth, axis, at - reach, at + reach));
        let found_ev = FoundFeatures {
            ti_l2: near(self.found_ev.ti_l2, 1.2),
            ti_l3: near(self.found_ev.ti_l3, 1.2),
            o_k_onset: self.found_ev.o_k_onset,
            o_k_a: near(self.found_ev.o_k_a, 0.8),
        };
        Self { found_ev, ..*self }
    }

    /// The calibration these features give, or `None` when neither edge was found.
    ///
    /// With both edges the pivot is the mean of L3 and L2; a dispersion within 0.5 % of the stated one is kept, and
    /// the offset is then the mean of what the two edges ask for.
    ///
    /// `scale = (a_nominal - pivot_nominal) / (a - pivot)`, `offset = pivot_nominal - pivot`, eV: the line through two
    /// points. With one edge alone the scale is 1 and the pivot that edge; white lines count only when both L3 and L2
    /// were found.
    pub fn calibration(&self, nominal: &NominalEnergies) -> Option<FeatureCalibration> {
        let found = &self.found_ev;
        let nominal_ti = 0.5 * (nominal.l3_ev + nominal.l2_ev);
        let ti = found.ti_l3.zip(found.ti_l2).map(|(l3, l2)| 0.5 * (l3 + l2));
        match (ti, found.o_k_a) {
            (Some(ti), Some(a)) => {
                let scale = (nominal.o_k_a_ev - nominal_ti) / (a - ti);
                let offset_ev = nominal_ti - ti;
                Some(if (scale - 1.0).abs() < KEEP_DISPERSION {
                    let offset_ev = 0.5 * (offset_ev + nominal.o_k_a_ev - a);
                    FeatureCalibration { pivot_ev: ti, offset_ev, scale: 1.0, measured_scale: scale, both_edges: true }
                } else {
                    FeatureCalibration { pivot_ev: ti, offset_ev, scale, measured_scale: scale, both_edges: true }
                })
            }
            (Some(ti), None) => Some(FeatureCalibration {
                pivot_ev: ti,
                offset_ev: nominal_ti - ti,
                scale: 1.0,
                measured_scale: 1.0,
                both_edges: false,
            }),
            (None, Some(a)) => {
                let offset_ev = nominal.o_k_a_ev - a;
                Some(FeatureCalibration { pivot_ev: a, offset_ev, scale: 1.0, measured_scale: 1.0, both_edges: false })
            }
            (None, None) => None,
        }
    }
}

/// Where the white-line template explains most, and how much of the variance around a line it explains there.
fn best_position(spectrum: &[f64], axis: &EnergyAxis, lines: &WhiteLines, nominal_l2_ev: f64) -> (f64, f64) {
    let step = 0.5 * axis.dispersion_ev().min(0.5);
    let steps = (2.0 * L2_SEARCH_EV / step).round() as usize;
    let mut best = (nominal_l2_ev, 0.0);
    let mut templates = Vec::new();
    for k in 0..=steps {
        let p = nominal_l2_ev - L2_SEARCH_EV + k as f64 * step;
        let explained = explained_at(spectrum, axis, lines, p, &mut templates).unwrap_or(0.0);
        if explained > best.1 {
            best = (p, explained);
        }
    }
    best
}

/// The columns that explain Ti L on channels at the energies `u` from L2: [1, u] and [template, 1, u, step].
struct Template {
    first_u: f64,
    channels: usize,
    line: LeastSquares,
    full: LeastSquares,
}

impl Template {
    fn new(u: &[f64], lines: &WhiteLines) -> Option<Self> {
        let shape = |u: &f64| lines.lines.iter().map(|l| l.height * gaussian(u - l.from_l2_ev, l.fwhm_ev)).sum();
        let (ones, energies) = (vec![1.0; u.len()], u.to_vec());
        let step: Vec<f64> = u.iter().map(|&u| f64::from(u8::from(u > lines.step_ev))).collect();
        let line = LeastSquares::new(&[ones.clone(), energies.clone()])?;
        let full = LeastSquares::new(&[u.iter().map(shape).collect(), ones, energies, step])?;
        Some(Self { first_u: *u.first()?, channels: u.len(), line, full })
    }

    /// Whether its channels lie at these energies, but for rounding.
    fn is_on(&self, u: &[f64]) -> bool {
        self.channels == u.len() && u.first().is_some_and(|first| (first - self.first_u).abs() < 1e-6)
    }
}

/// Explained variance of [template, 1, u, step] relative to [1, u], u = E - p; of Ti u in (-16, 9), step at u > -6.5.
/// `templates` keeps those made before: places whole channels apart have the same.
fn explained_at(
    spectrum: &[f64],
    axis: &EnergyAxis,
    lines: &WhiteLines,
    p: f64,
    templates: &mut Vec<Template>,
) -> Option<f64> {
    let window = EnergyWindow::new(p + lines.span_ev[0], p + lines.span_ev[1]).ok()?;
    if !axis.covers(window) {
        return None;
    }
    let range = axis.channels_in(window);
    let y = spectrum.get(range.clone())?;
    let u: Vec<f64> = range.map(|i| axis.energy_at(i as f64) - p).collect();
    if u.len() < 10 {
        return None;
    }
    let known = templates.iter().position(|template| template.is_on(&u));
    let known = known.or_else(|| {
        templates.push(Template::new(&u, lines)?);
        Some(templates.len() - 1)
    })?;
    let template = &templates[known];
    let ((_, line), (coefficients, full)) = (template.line.fit(y), template.full.fit(y));
    (coefficients[0] > 0.0 && line > 0.0).then(|| 1.0 - full / line)
}

/// A Gaussian of unit height.
fn gaussian(x: f64, fwhm: f64) -> f64 {
    libm::exp(-4.0 * std::f64::consts::LN_2 * (x / fwhm).powi(2))
}

/// Energy of the top of a smoothed spectrum between two energies (parabola over +-0.6 eV).
fn top(smooth: &[f64], axis: &EnergyAxis, lo_ev: f64, hi_ev: f64) -> Option<f64> {
    let range = axis.channels_in(EnergyWindow::new(lo_ev, hi_ev).ok()?);
    let highest = range.max_by(|&i, &j| smooth[i].total_cmp(&smooth[j]))?;
    let channel = parabola_top(smooth, highest, 0.6 / axis.dispersion_ev()).unwrap_or(highest as f64);
    Some(axis.energy_at(channel))
}

/// The energy with the largest jump over the line before it, and the jump's t.
fn best_jump(spectrum: &[f64], axis: &EnergyAxis, from_ev: f64, to_ev: f64) -> (f64, f64) {
    let step = 0.5 * axis.dispersion_ev().min(0.5);
    let steps = ((to_ev - from_ev) / step).round() as usize;
    let mut best = (from_ev, 0.0, 0.0);
    for k in 0..=steps {
        let p = from_ev + k as f64 * step;
        if let Some((jump, t)) = jump_at(spectrum, axis, p)
            && jump > best.1
        {
            best = (p, jump, t);
        }
    }
    (best.0, best.2)
}

/// Mean excess over `p + 0.3 .. p + 3` of the line through `p - 10 .. p - 0.2`, and its t with the line's own error.
fn jump_at(spectrum: &[f64], axis: &EnergyAxis, p: f64) -> Option<(f64, f64)> {
    let before = EnergyWindow::new(p - 10.0, p - 0.2).ok()?;
    let after = EnergyWindow::new(p + 0.3, p + 0.3 + 2.7_f64.max(2.2 * axis.dispersion_ev())).ok()?;
    if !axis.covers(before) || !axis.covers(after) {
        return None;
    }
    let line = Line::through(spectrum, axis, before)?;
    let after = axis.channels_in(after);
    let m = after.len() as f64;
    let mean_u = after.clone().map(|i| axis.energy_at(i as f64)).sum::<f64>() / m;
    let jump = after.map(|i| spectrum[i]).sum::<f64>() / m - line.at(mean_u);
    let variance = line.scatter_squared * (1.0 / m + line.mean_variance_at(mean_u));
    (variance > 0.0).then(|| (jump, jump / variance.sqrt()))
}

/// A straight line by least squares, with what its error needs.
struct Line {
    centre: f64,
    mean: f64,
    slope: f64,
    scatter_squared: f64,
    count: f64,
    spread: f64,
}

impl Line {
    fn through(spectrum: &[f64], axis: &EnergyAxis, window: EnergyWindow) -> Option<Self> {
        let range = axis.channels_in(window);
        let count = range.len() as f64;
        if count < 4.0 {
            return None;
        }
        let points: Vec<_> = range.map(|i| (axis.energy_at(i as f64), spectrum[i])).collect();
        let centre = points.iter().map(|p| p.0).sum::<f64>() / count;
        let mean = points.iter().map(|p| p.1).sum::<f64>() / count;
        let spread: f64 = points.iter().map(|p| (p.0 - centre).powi(2)).sum();
        let slope = points.iter().map(|p| (p.0 - centre) * p.1).sum::<f64>() / spread;
        let squares: f64 = points.iter().map(|p| (p.1 - mean - slope * (p.0 - centre)).powi(2)).sum();
        Some(Self { centre, mean, slope, scatter_squared: squares / (count - 2.0), count, spread })
    }

    fn at(&self, energy_ev: f64) -> f64 {
        self.mean + self.slope * (energy_ev - self.centre)
    }

    /// Variance of the line's value over the scatter of one point.
    fn mean_variance_at(&self, energy_ev: f64) -> f64 {
        1.0 / self.count + (energy_ev - self.centre).powi(2) / self.spread
    }
}

/// Energy where the excess over the line reaches half of its highest value in `p + 0.5 .. p + 3`.
fn half_rise(spectrum: &[f64], smooth: &[f64], axis: &EnergyAxis, p: f64) -> Option<f64> {
    let line = Line::through(spectrum, axis, EnergyWindow::new(p - 10.0, p - 0.2).ok()?)?;
    let excess = |i: usize| smooth[i] - line.at(axis.energy_at(i as f64));
    let high = axis.channels_in(EnergyWindow::new(p + 0.5, p + 3.0).ok()?);
    let half = 0.5 * high.clone().map(excess).fold(f64::NEG_INFINITY, f64::max);
    let start = axis.channels_in(EnergyWindow::new(p - 2.0, p + 3.0).ok()?);
    let above = start.clone().find(|&i| i > start.start && excess(i) >= half && excess(i - 1) < half)?;
    let (low, up) = (excess(above - 1), excess(above));
    Some(axis.energy_at(above as f64 - (up - half) / (up - low)))
}

/// Highest local maximum in onset + 0.2 .. onset + 2.2 (the first one on coarse axes), or onset + 0.85.
fn peak_a(smooth: &[f64], axis: &EnergyAxis, onset: f64) -> f64 {
    let Ok(window) = EnergyWindow::new(onset + 0.2, onset + 2.2) else { return onset + 0.85 };
    let is_top = |&i: &usize| i > 0 && i + 1 < smooth.len() && smooth[i] > smooth[i - 1] && smooth[i] >= smooth[i + 1];
    let mut tops = axis.channels_in(window).filter(is_top);
    let chosen =
        if axis.dispersion_ev() >= 0.4 { tops.next() } else { tops.max_by(|&i, &j| smooth[i].total_cmp(&smooth[j])) };
    let refine = |i| parabola_top(smooth, i, 0.6 / axis.dispersion_ev()).unwrap_or(i as f64);
    chosen.map_or(onset + 0.85, |i| axis.energy_at(refine(i)))
}
