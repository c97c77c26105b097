//! The line scan as a picture: position down, energy across, and its profile along the scan.

use std::collections::BTreeMap;

use egui::{Color32, ColorImage, TextureHandle, TextureOptions};

use super::colormap;
use super::look::{ColourMap, Look};
use crate::analysis::Comparison;
use crate::document::{OpenScan, ScanKey};
use crate::model::EnergyAxis;

/// Largest side of a texture; more channels or positions are averaged.
const MAX_SIDE: usize = 2048;

/// The calibrated axis of a scan, its shift onto the reference included, when its calibration is known.
pub(super) fn calibrated_axis(scan: &OpenScan, name: &str, comparison: Option<&Comparison>) -> EnergyAxis {
    let file = *scan.scan.axis();
    comparison.map_or(file, |comparison| comparison.report.calibrated_axis(name, file))
}

/// A picture of a part of a scan, and what it spans.
pub(super) struct Map {
    /// The picture, one row per position.
    pub(super) texture: TextureHandle,
    /// Outer limits of the first and last channel, calibrated eV.
    pub(super) span_ev: [f64; 2],
    /// Sum over the range shown, one value per position.
    pub(super) profile: Vec<f64>,
}

#[derive(Debug, Clone, PartialEq)]
struct MapKey {
    scan: ScanKey,
    axis: EnergyAxis,
    range_ev: [f64; 2],
    colours: ColourMap,
    contrast: [f64; 2],
}

/// Pictures of the parts shown, made again only when what they show changes.
#[derive(Default)]
pub(super) struct Maps {
    made: BTreeMap<String, (MapKey, Map)>,
}

impl Maps {
    /// The picture of the channels in a range; `None` when none lies in it.
    pub(super) fn of(
        &mut self,
        ctx: &egui::Context,
        pane: &str,
        scan: &OpenScan,
        (axis, range_ev): (EnergyAxis, [f64; 2]),
        look: &Look,
    ) -> Option<&Map> {
        let (colours, contrast) = (look.colours, look.contrast);
        let key = MapKey { scan: scan.key(), axis, range_ev, colours, contrast };
        if self.made.get(pane).is_none_or(|(made, _)| *made != key) {
            let map = paint(ctx, scan, &axis, range_ev, look)?;
            self.made.insert(pane.to_owned(), (key, map));
        }
        self.made.get(pane).map(|(_, map)| map)
    }
}

fn paint(ctx: &egui::Context, scan: &OpenScan, axis: &EnergyAxis, [lo, hi]: [f64; 2], look: &Look) -> Option<Map> {
    let limit = axis.channels() as f64;
    let from = axis.channel_at(lo).floor().clamp(0.0, limit) as usize;
    let to = (axis.channel_at(hi).ceil() + 1.0).clamp(0.0, limit) as usize;
    if from >= to || scan.scan.positions() == 0 {
        return None;
    }
    let step = (to - from).div_ceil(MAX_SIDE);
    let row_step = scan.scan.positions().div_ceil(MAX_SIDE);
    let rows: Vec<Vec<f64>> = (0..scan.scan.positions())
        .step_by(row_step)
        .map(|first| averaged_row(scan, first..(first + row_step).min(scan.scan.positions()), from..to, step))
        .collect();
    let contrast = contrast(rows.iter().flatten().copied().collect(), look.contrast);
    let colours = colormap::table(look.colours);
    let pixels = rows.iter().flatten().map(|v| colour_of(*v, contrast, &colours)).collect();
    let size = [rows.first().map_or(0, Vec::len), rows.len()];
    let image = ColorImage::new(size, pixels);
    let texture = ctx.load_texture("line scan", image, TextureOptions::NEAREST);
    let end = from + size[0] * step;
    let profile = rows.iter().map(|row| row.iter().sum::<f64>()).collect();
    let span_ev = [axis.energy_at(from as f64 - 0.5), axis.energy_at(end as f64 - 0.5)];
    Some(Map { texture, span_ev, profile })
}

fn averaged_row(
    scan: &OpenScan,
    positions: std::ops::Range<usize>,
    channels: std::ops::Range<usize>,
    step: usize,
) -> Vec<f64> {
    let counts = scan.scan.counts();
    let block = counts.slice(ndarray::s![positions, channels]);
    let mean = |columns: ndarray::ArrayView2<'_, f64>| columns.mean().unwrap_or_default();
    block.axis_chunks_iter(ndarray::Axis(1), step).map(mean).collect()
}

/// Counts shown as the darkest and brightest colour, from the shares of samples beyond them.
pub(super) fn contrast(mut values: Vec<f64>, [dark, bright]: [f64; 2]) -> [f64; 2] {
    let mut at = |share: f64| {
        let k = ((values.len().saturating_sub(1)) as f64 * share) as usize;
        if values.is_empty() { 0.0 } else { *values.select_nth_unstable_by(k, f64::total_cmp).1 }
    };
    [at(dark), at(bright)]
}

pub(super) fn colour_of(value: f64, [dark, bright]: [f64; 2], colours: &[Color32]) -> Color32 {
    let share = if bright > dark { (value - dark) / (bright - dark) } else { 0.5 };
    let k = (share.clamp(0.0, 1.0) * (colours.len().saturating_sub(1)) as f64).round() as usize;
    colours.get(k).copied().unwrap_or_default()
}
