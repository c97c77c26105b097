//! Axes: values to pixels and back, and where ticks stand.

use egui::Rangef;

/// A linear axis on the screen. `range` may run against the pixels, as a vertical axis does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Scale {
    /// Values at the two ends.
    pub(super) range: [f64; 2],
    /// Pixels at the two ends.
    pub(super) pixels: [f32; 2],
}

impl Scale {
    /// An axis from bottom to top.
    pub(super) fn vertical(range: [f64; 2], span: Rangef) -> Self {
        Self { range, pixels: [span.max, span.min] }
    }

    /// Where a value stands.
    pub(super) fn at(&self, value: f64) -> f32 {
        let share = (value - self.range[0]) / (self.range[1] - self.range[0]);
        self.pixels[0] + (share as f32) * (self.pixels[1] - self.pixels[0])
    }

    /// What value stands there.
    pub(super) fn value(&self, pixel: f32) -> f64 {
        let share = f64::from((pixel - self.pixels[0]) / (self.pixels[1] - self.pixels[0]));
        self.range[0] + share * (self.range[1] - self.range[0])
    }

    /// Values per pixel.
    pub(super) fn per_pixel(&self) -> f64 {
        (self.range[1] - self.range[0]) / f64::from(self.pixels[1] - self.pixels[0])
    }

    /// Ticks at round values, about `spacing` pixels apart.
    pub(super) fn ticks(&self, spacing: f32) -> Ticks {
        let room = f64::from((self.pixels[1] - self.pixels[0]).abs() / spacing).max(1.0);
        Ticks::between(self.range[0], self.range[1], room)
    }
}

/// Round values on an axis.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Ticks {
    /// The values.
    pub(super) values: Vec<f64>,
    /// Decimals that tell them apart.
    pub(super) decimals: usize,
}

impl Ticks {
    fn between(lo: f64, hi: f64, most: f64) -> Self {
        let span = hi - lo;
        if !span.is_finite() || span <= 0.0 {
            return Self { values: Vec::new(), decimals: 0 };
        }
        let rough = span / most;
        let power = rough.log10().floor();
        let unit = 10f64.powf(power);
        let step = [1.0, 2.0, 2.5, 5.0, 10.0].into_iter().map(|m| m * unit).find(|s| *s >= rough * 0.999);
        let step = step.unwrap_or(10.0 * unit);
        let first = (lo / step).ceil();
        let count = (hi / step - first).floor().clamp(-1.0, 1000.0) + 1.0;
        let values = (0..count as u32).map(|k| (first + f64::from(k)) * step).collect();
        let decimals = (0..9).find(|&d| is_whole(step * 10f64.powi(d))).unwrap_or(9);
        Self { values, decimals: usize::try_from(decimals).unwrap_or_default() }
    }
}

fn is_whole(value: f64) -> bool {
    (value - value.round()).abs() < 1e-6 * value.abs().max(1e-9)
}

/// The smallest range that holds all finite values, widened on both sides by a share of itself.
pub(super) fn range_of(values: impl Iterator<Item = f64>, below: f64, above: f64) -> [f64; 2] {
    let (lo, hi) =
        values.filter(|v| v.is_finite()).fold((f64::INFINITY, f64::NEG_INFINITY), |(lo, hi), v| (lo.min(v), hi.max(v)));
    if lo > hi {
        return [0.0, 1.0];
    }
    let span = if hi > lo { hi - lo } else { lo.abs().max(1.0) };
    [lo - below * span, hi + above * span]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_goes_there_and_back() {
        let scale = Scale { range: [518.0, 562.0], pixels: [100.0, 540.0] };
        assert!((scale.at(540.0) - 320.0).abs() < 1e-3);
        assert!((scale.value(scale.at(533.3)) - 533.3).abs() < 1e-4);
    }

    #[test]
    fn ticks_are_round_and_inside() {
        let ticks = Ticks::between(518.0, 562.0, 9.0);
        assert_eq!(ticks.values, [520.0, 525.0, 530.0, 535.0, 540.0, 545.0, 550.0, 555.0, 560.0]);
        assert_eq!(ticks.decimals, 0);
        assert_eq!(Ticks::between(0.0, 1.0, 4.0).decimals, 2);
        assert_eq!(Ticks::between(-0.3, 0.1, 2.0).values, [-0.2, 0.0]);
    }

    #[test]
    fn a_range_of_nothing_is_still_a_range() {
        assert_eq!(range_of([f64::NAN].into_iter(), 0.0, 0.0), [0.0, 1.0]);
        assert_eq!(range_of([2.0].into_iter(), 0.0, 0.5), [2.0, 3.0]);
    }
}
