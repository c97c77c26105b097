//! Ticks at round numbers.

/// Ticks of an axis.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Ticks {
    /// Numbered ticks.
    pub(super) major: Vec<f64>,
    /// Ticks between them.
    pub(super) minor: Vec<f64>,
}

/// Ticks at multiples of 1, 2 or 5 times a power of ten, at most `most` of them numbered. `range` may run either way.
pub(super) fn ticks(range: [f64; 2], most: usize) -> Ticks {
    let [lo, hi] = [range[0].min(range[1]), range[0].max(range[1])];
    let span = hi - lo;
    if !(span.is_finite() && span > 0.0) {
        return Ticks { major: Vec::new(), minor: Vec::new() };
    }
    let decade = 10f64.powf((span / most.max(1) as f64).log10().floor());
    let steps = [(1.0, 5), (2.0, 4), (5.0, 5), (10.0, 5)];
    // One number more than asked for is better than a single one, which gives no scale.
    let count = |factor: f64| multiples(lo, hi, factor * decade).len();
    let coarser = |k: usize| steps.get(k + 1).map_or(20.0, |(factor, _)| *factor);
    let fits =
        |k: usize, factor: f64| count(factor) <= most.max(1) || (count(factor) == most + 1 && count(coarser(k)) < 2);
    let found = steps.into_iter().enumerate().find(|(k, (factor, _))| fits(*k, *factor));
    let (factor, parts) = found.map_or((10.0, 5), |(_, step)| step);
    let step = factor * decade;
    let major = multiples(lo, hi, step);
    let minor = multiples(lo, hi, step / f64::from(parts));
    let between = |at: &f64| !major.iter().any(|m| (m - at).abs() < 0.01 * step);
    Ticks { minor: minor.into_iter().filter(between).collect(), major }
}

/// Multiples of `step` in a range, its ends included within rounding.
fn multiples(lo: f64, hi: f64, step: f64) -> Vec<f64> {
    let slack = 1e-9 * step;
    let first = ((lo - slack) / step).ceil();
    let count = (((hi + slack) / step).floor() - first + 1.0).clamp(0.0, 1000.0);
    // + 0.0 turns -0.0 into 0.0
    (0..count as usize).map(|k| (first + k as f64) * step + 0.0).collect()
}

/// Numbers of ticks, all with the decimals that the finest needs, minus as U+2212.
pub(super) fn numbers(major: &[f64]) -> Vec<String> {
    let exact = |decimals: usize| major.iter().all(|v| (v - rounded(*v, decimals)).abs() < 1e-6 * v.abs().max(1e-9));
    let decimals = (0..9).find(|&d| exact(d)).unwrap_or(9);
    major.iter().map(|v| format!("{v:.decimals$}").replace('-', "\u{2212}")).collect()
}

fn rounded(value: f64, decimals: usize) -> f64 {
    let scale = 10f64.powi(decimals as i32);
    (value * scale).round() / scale
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_few_and_inside() {
        let found = ticks([518.0, 562.0], 6);
        assert_eq!(found.major, vec![520.0, 530.0, 540.0, 550.0, 560.0]);
        assert!(found.minor.contains(&518.0) && found.minor.contains(&562.0));
        assert_eq!(ticks([450.0, 476.0], 6).major, vec![450.0, 455.0, 460.0, 465.0, 470.0, 475.0]);
        assert_eq!(ticks([1.0, 1.0], 6).major, Vec::<f64>::new());
        assert_eq!(ticks([-0.41, 0.155], 2).major, vec![-0.4, -0.2, 0.0], "one number gives no scale");
    }

    #[test]
    fn numbers_share_their_decimals_and_zero_has_no_sign() {
        let found = ticks([-0.36, 0.12], 4);
        assert_eq!(numbers(&found.major), vec!["\u{2212}0.2", "0.0"]);
        assert_eq!(numbers(&ticks([-0.05, 1.7], 8).major).first().unwrap(), "0.0");
        assert_eq!(numbers(&[0.0, 10.0]), vec!["0", "10"]);
    }
}
