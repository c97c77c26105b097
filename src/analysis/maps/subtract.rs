//! The spectra without their background, written as they are made: no second cube is held.

use rayon::prelude::*;

use super::background::PixelBackgrounds;
use super::model::MapModel;

/// Largest half width of a block of channels in `ln E`: the series of exp below is then exact to 1e-7 for exponents up
/// to 12.
const HALF_BLOCK: f64 = 0.012;
/// Values of one block at most: 8 MiB.
const BLOCK_VALUES: usize = 1 << 21;

/// The order of the values that [`subtract`] hands over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// `[y, x, energy]`, energy varying fastest: C order.
    EnergyFastest,
    /// `[energy, x, y]`, y varying fastest: Fortran order of `[y, x, energy]`.
    EnergySlowest,
}

/// The order that suits how spectra are stored: energy stays fastest or slowest, as it is in the file.
pub fn order(model: &MapModel) -> Order {
    if model.spectra.energy_is_fastest() { Order::EnergyFastest } else { Order::EnergySlowest }
}

/// Hands the background-subtracted spectra to `sink` in pieces, in the order that [`order`] says: electrons on the
/// recorded channels, single precision. Every channel of energy above zero has `n - b`; channels at or below zero, where
/// no power law exists, are as recorded. Positions whose background could not be fitted are NaN.
///
/// `b = exp(q0 - q1 ln(E / E0))` as fitted, by a series whose relative error is about 1e-7 (own construction). Where no
/// power law exists electrons are given without subtraction at every position, a failed fit included.
///
/// # Errors
/// The first one of `sink`.
pub fn subtract<E>(
    model: &MapModel,
    backgrounds: &PixelBackgrounds,
    mut sink: impl FnMut(&[f32]) -> Result<(), E>,
) -> Result<(), E> {
    let blocks = Block::all(model, backgrounds.centre_ev);
    match order(model) {
        Order::EnergySlowest => by_planes(model, backgrounds, &blocks, &mut sink),
        Order::EnergyFastest => by_spectra(model, backgrounds, &blocks, &mut sink),
    }
}

fn by_planes<E>(
    model: &MapModel,
    backgrounds: &PixelBackgrounds,
    blocks: &[Block],
    sink: &mut impl FnMut(&[f32]) -> Result<(), E>,
) -> Result<(), E> {
    let positions = model.spectra.positions();
    let at_once = (BLOCK_VALUES / positions.max(1)).max(1);
    let sizes = model.spectra.sizes();
    let mut out = vec![0.0_f32; at_once * positions];
    let mut anchors = vec![[0.0_f32; 3]; positions];
    for block in blocks {
        anchors.par_iter_mut().with_min_len(1024).enumerate().for_each(|(p, anchor)| {
            *anchor = block.anchor(model, backgrounds, p);
        });
        for channels in block.channels.chunks(at_once) {
            let part = &mut out[..channels.len() * positions];
            part.par_chunks_mut(positions).zip(channels).for_each_init(
                || vec![0.0_f32; positions],
                |plane, (out, channel)| {
                    model.spectra.read_plane(channel.index, 0..positions, plane);
                    channel.subtract(plane, &anchors, model.noise.gain);
                    turned(plane, &sizes, out);
                },
            );
            sink(part)?;
        }
    }
    Ok(())
}

fn by_spectra<E>(
    model: &MapModel,
    backgrounds: &PixelBackgrounds,
    blocks: &[Block],
    sink: &mut impl FnMut(&[f32]) -> Result<(), E>,
) -> Result<(), E> {
    let (positions, channels) = (model.spectra.positions(), model.axis.channels());
    let at_once = (BLOCK_VALUES / channels).max(1);
    let mut out = vec![0.0_f32; at_once * channels];
    for from in (0..positions).step_by(at_once) {
        let count = at_once.min(positions - from);
        let part = &mut out[..count * channels];
        part.par_chunks_mut(channels).enumerate().for_each(|(k, row)| {
            let position = from + k;
            model.spectra.read_tile(0..channels, position..position + 1, row);
            for block in blocks {
                let anchor = [block.anchor(model, backgrounds, position)];
                for channel in &block.channels {
                    channel.subtract(&mut row[channel.index..=channel.index], &anchor, model.noise.gain);
                }
            }
        });
        sink(part)?;
    }
    Ok(())
}

/// A plane `[y, x]` as `[x, y]`; other shapes as they are.
fn turned(plane: &[f32], sizes: &[usize], out: &mut [f32]) {
    /// Side of the squares that stay in the nearest cache.
    const SQUARE: usize = 16;
    let [rows, columns] = sizes else {
        out.copy_from_slice(plane);
        return;
    };
    for (y0, x0) in (0..*rows).step_by(SQUARE).flat_map(|y| (0..*columns).step_by(SQUARE).map(move |x| (y, x))) {
        for x in x0..(x0 + SQUARE).min(*columns) {
            for y in y0..(y0 + SQUARE).min(*rows) {
                out[x * rows + y] = plane[y * columns + x];
            }
        }
    }
}

/// Neighbouring channels that share one exponential per position.
struct Block {
    /// Energy of the middle, eV.
    middle_ev: f64,
    /// `ln(middle / E0)`; `None` at or below 0 eV.
    log_middle: Option<f64>,
    channels: Vec<Channel>,
}

/// A channel of a block: with `s` the position's shift, `ln((E + s) / (M + s)) = log + s * per_shift` to first order.
struct Channel {
    index: usize,
    log: f32,
    per_shift: f32,
    has_background: bool,
}

impl Block {
    fn all(model: &MapModel, centre_ev: f64) -> Vec<Self> {
        let energies = model.axis.energies();
        // A shift must not carry a channel to zero energy.
        let least = model.drift.shift_ev.iter().copied().fold(0.0, f64::min);
        let usable = |c: usize| energies[c] + least > 0.0;
        let mut blocks = Vec::new();
        let mut from = 0;
        while from < energies.len() {
            let mut to = from + 1;
            while to < energies.len() && usable(from) && (energies[to] / energies[from]).ln() <= 2.0 * HALF_BLOCK {
                to += 1;
            }
            let middle_ev = 0.5 * (energies[from] + energies[to - 1]);
            let channel = |index: usize| Channel {
                index,
                log: (energies[index] / middle_ev).ln() as f32,
                per_shift: (1.0 / energies[index] - 1.0 / middle_ev) as f32,
                has_background: usable(from),
            };
            let log_middle = usable(from).then(|| (middle_ev / centre_ev).ln());
            blocks.push(Self { middle_ev, log_middle, channels: (from..to).map(channel).collect() });
            from = to;
        }
        blocks
    }

    /// Background at the middle, exponent and shift of a position.
    fn anchor(&self, model: &MapModel, backgrounds: &PixelBackgrounds, position: usize) -> [f32; 3] {
        let Some(log_middle) = self.log_middle else { return [0.0; 3] };
        let (level, exponent) = (backgrounds.log_level[position], backgrounds.exponent[position]);
        let shift = model.shift_ev(position);
        let x = log_middle + (shift / self.middle_ev).ln_1p();
        [(level - exponent * x).exp() as f32, exponent as f32, shift as f32]
    }
}

impl Channel {
    /// Raw counts of this channel to electrons above the background, position by position.
    fn subtract(&self, counts: &mut [f32], anchors: &[[f32; 3]], gain: f64) {
        let per_count = (1.0 / gain) as f32;
        if !self.has_background {
            counts.iter_mut().for_each(|value| *value *= per_count);
            return;
        }
        for (value, [level, exponent, shift]) in counts.iter_mut().zip(anchors) {
            let t = -exponent * (self.log + shift * self.per_shift);
            let exp = 1.0 + t * (1.0 + t * (0.5 + t * (1.0 / 6.0 + t * (1.0 / 24.0 + t * (1.0 / 120.0)))));
            *value = *value * per_count - level * exp;
        }
    }
}
