//! From expected electrons to recorded counts: counting, gain, fixed pattern, point spread, read noise, spikes.

use ndarray::{Array2, ArrayViewMut1};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rand_distr::{Distribution, Exp1, Poisson, StandardNormal, StandardUniform};

use super::world::World;

/// What a stream of random numbers is for. Each has its own, so that switching one effect off leaves the others alone.
#[derive(Debug, Clone, Copy)]
pub(super) enum Purpose {
    Drift,
    Electrons,
    ReadNoise,
    RelativePattern,
    AdditivePattern,
    Spikes,
    LowLoss,
    LowLossReadNoise,
    Haadf,
    Abf,
    SurveyHaadf,
    SurveyAbf,
}

/// The stream of random numbers for a purpose; `half` is 0 for the reference (and what both share), 1 for the scan.
pub(super) fn stream(seed: u64, purpose: Purpose, half: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(2 * purpose as u64 + half);
    rng
}

/// Standard normal numbers.
pub(super) fn normals(rng: &mut ChaCha8Rng, count: usize) -> Vec<f64> {
    (0..count).map(|_| StandardNormal.sample(rng)).collect()
}

/// Draws a number of electrons.
pub(super) fn electrons(rng: &mut ChaCha8Rng, mean: f64) -> f64 {
    // Only a mean that is not above zero is refused, and nothing is counted then.
    Poisson::new(mean).map_or(0.0, |poisson| poisson.sample(rng))
}

/// The fixed pattern of a detector.
pub(super) struct Pattern {
    relative: Vec<f64>,
    additive_counts: Vec<f64>,
}

impl Pattern {
    pub(super) fn new(world: &World, seed: u64, half: u64) -> Self {
        let half = if world.shared_pattern { 0 } else { half };
        let draw = |purpose, sigma: f64| {
            let mut rng = stream(seed, purpose, half);
            let unit = correlated(&mut rng, world.channels, world.pattern_correlation_channels);
            unit.iter().map(|v| sigma * v).collect()
        };
        Self {
            relative: draw(Purpose::RelativePattern, world.relative_pattern),
            additive_counts: draw(
                Purpose::AdditivePattern,
                world.additive_pattern_counts * f64::from(world.reads_per_position),
            ),
        }
    }
}

/// Unit-variance normal numbers whose neighbours within `reach` channels are correlated (running mean).
fn correlated(rng: &mut ChaCha8Rng, count: usize, reach: usize) -> Vec<f64> {
    let white = normals(rng, count + reach - 1);
    let norm = 1.0 / (reach as f64).sqrt();
    white.windows(reach).map(|window| norm * window.iter().sum::<f64>()).collect()
}

/// Counts recorded of the expected electrons `[position, channel]`.
pub(super) fn record(world: &World, expected: &Array2<f64>, seed: u64, half: u64) -> Array2<f64> {
    let pattern = Pattern::new(world, seed, half);
    let mut counting = stream(seed, Purpose::Electrons, half);
    let mut reading = stream(seed, Purpose::ReadNoise, half);
    let mut spikes = stream(seed, Purpose::Spikes, half);
    let read_noise = world.read_noise_counts * f64::from(world.reads_per_position).sqrt();
    let mut counts = expected.mapv(|mean| world.counts_per_electron * electrons(&mut counting, mean));
    for mut row in counts.rows_mut() {
        add_spikes(world, &mut spikes, &mut row);
        if world.point_spread > 0.0 {
            spread(&mut row, world.point_spread);
        }
        for (j, value) in row.iter_mut().enumerate() {
            let noise: f64 = StandardNormal.sample(&mut reading);
            *value = *value * (1.0 + pattern.relative[j]) + pattern.additive_counts[j] + read_noise * noise;
        }
    }
    counts
}

/// Counts recorded of a low loss, whose detector has no pattern here.
pub(super) fn record_low_loss(world: &World, expected: &Array2<f64>, seed: u64, half: u64) -> Array2<f64> {
    let mut counting = stream(seed, Purpose::LowLoss, half);
    let mut reading = stream(seed, Purpose::LowLossReadNoise, half);
    expected.mapv(|mean| {
        let noise: f64 = StandardNormal.sample(&mut reading);
        world.counts_per_electron * electrons(&mut counting, mean) + world.read_noise_counts * noise
    })
}

fn add_spikes(world: &World, rng: &mut ChaCha8Rng, row: &mut ArrayViewMut1<'_, f64>) {
    if world.spikes_per_spectrum <= 0.0 {
        return;
    }
    for _ in 0..electrons(rng, world.spikes_per_spectrum) as usize {
        let place: f64 = StandardUniform.sample(rng);
        let height: f64 = Exp1.sample(rng);
        let channel = (place * row.len() as f64) as usize;
        if let Some(value) = row.get_mut(channel) {
            *value += world.spike_counts * (0.5 + 0.5 * height);
        }
    }
}

/// Gives each neighbour its share of a channel; charge leaving the ends is lost.
fn spread(row: &mut ArrayViewMut1<'_, f64>, share: f64) {
    let before: Vec<f64> = row.to_vec();
    let at = |k: Option<usize>| k.and_then(|k| before.get(k)).copied().unwrap_or(0.0);
    for (j, value) in row.iter_mut().enumerate() {
        *value = (1.0 - 2.0 * share) * before[j] + share * (at(j.checked_sub(1)) + at(Some(j + 1)));
    }
}
