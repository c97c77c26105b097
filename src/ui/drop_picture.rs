//! The drops as a picture: intervals of every site beside the table.

use egui::{Align, Rect, Stroke, Ui, pos2, vec2};

use super::drops::{DropRow, ROW};
use super::plot::{Scale, Ticks};
use super::theme::{self, Palette};
use super::{format, widgets};

/// Ticks in per cent above the rows, and a line down from each.
pub(super) fn axis(ui: &Ui, scale: &Scale, rect: Rect, rows: usize) {
    let palette = Palette::of(ui);
    let Ticks { values, decimals } = scale.ticks(70.0_f32.min((scale.pixels[1] - scale.pixels[0]) / 2.5));
    let y = rect.top() + 18.0..=rect.top() + 20.0 + ROW * rows as f32;
    for value in values {
        let x = ui.painter().round_to_pixel_center(scale.at(value));
        let colour = if value.abs() < 1e-9 { palette.weak } else { palette.grid };
        ui.painter().vline(x, y.clone(), Stroke::new(1.0, colour));
        let label = format!("{} %", format::fixed(100.0 * value, decimals.saturating_sub(2)));
        let place = Rect::from_center_size(pos2(x, rect.top() + 9.0), vec2(44.0, 14.0));
        widgets::number(ui, place, Align::Center, &label, theme::regular(11.0), palette.weak);
    }
}

/// The intervals of one peak, site below site.
pub(super) fn row(ui: &Ui, scale: &Scale, place: Rect, row: &DropRow) {
    let palette = Palette::of(ui);
    let count = row.intervals.len() as f32;
    for (k, interval) in row.intervals.iter().enumerate() {
        let y = place.center().y + (k as f32 - (count - 1.0) / 2.0) * 7.0;
        let colour = palette.ink(interval.ink);
        let line = |[a, b]: [f64; 2], width: f32| {
            ui.painter().hline(scale.at(a)..=scale.at(b), y, Stroke::new(width, colour));
        };
        line(interval.ci95, 1.2);
        line(interval.ci68, 3.0);
        for end in interval.drawn95.into_iter().flatten() {
            ui.painter().vline(scale.at(end), y - 4.0..=y + 4.0, Stroke::new(1.4, colour));
        }
        ui.painter().circle(pos2(scale.at(interval.drop), y), 3.6, colour, Stroke::new(1.0, palette.card));
    }
}
