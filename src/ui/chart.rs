//! A small plot with two linear axes, for the pages that are not on the energy axis of the middle.

use egui::{Align, Color32, Mesh, Pos2, Rangef, Rect, Shape, Stroke, Ui, pos2, vec2};

use super::plot::{Scale, Ticks};
use super::theme::{self, Palette, SMALL};
use super::{format, widgets};

/// Room for numbers and names of the axes, points.
const LEFT: f32 = 52.0;
const BELOW: f32 = 34.0;

/// Axes on the screen.
pub(super) struct Chart {
    pub(super) x: Scale,
    pub(super) y: Scale,
    /// The plot without its numbers.
    pub(super) rect: Rect,
}

impl Chart {
    /// Draws the axes, their numbers and names.
    pub(super) fn new(ui: &Ui, outer: Rect, (x, y): ([f64; 2], [f64; 2]), names: (&str, &str)) -> Self {
        let across = Scale { range: x, pixels: [outer.left() + LEFT, outer.right() - 8.0] };
        Self::with_ticks(ui, outer, (x, y), names, across.ticks(64.0))
    }

    /// The same with its own ticks on the horizontal axis.
    pub(super) fn with_ticks(
        ui: &Ui,
        outer: Rect,
        (x, y): ([f64; 2], [f64; 2]),
        (x_name, y_name): (&str, &str),
        ticks: Ticks,
    ) -> Self {
        let palette = Palette::of(ui);
        let rect = Rect::from_min_max(outer.min + vec2(LEFT, 18.0), outer.max - vec2(8.0, BELOW));
        let chart = Self {
            x: Scale { range: x, pixels: [rect.left(), rect.right()] },
            y: Scale::vertical(y, Rangef::new(rect.top(), rect.bottom())),
            rect,
        };
        let grid = Stroke::new(1.0, palette.grid);
        for value in &ticks.values {
            let x = ui.painter().round_to_pixel_center(chart.x.at(*value));
            ui.painter().vline(x, rect.y_range(), grid);
            let place = Rect::from_center_size(pos2(x, rect.bottom() + 10.0), vec2(48.0, 14.0));
            let label = format::fixed(*value, ticks.decimals);
            widgets::number(ui, place, Align::Center, &label, theme::regular(11.0), palette.weak);
        }
        let ticks = chart.y.ticks(34.0);
        for value in &ticks.values {
            let y = ui.painter().round_to_pixel_center(chart.y.at(*value));
            ui.painter().hline(rect.x_range(), y, grid);
            let place = Rect::from_min_max(pos2(outer.left(), y - 8.0), pos2(rect.left() - 6.0, y + 8.0));
            let label = format::tick(*value, ticks.decimals);
            widgets::number(ui, place, Align::Max, &label, theme::regular(11.0), palette.weak);
        }
        ui.painter().hline(rect.x_range(), rect.bottom(), Stroke::new(1.0, palette.border));
        let name = ui.painter().layout_no_wrap(x_name.to_owned(), theme::regular(SMALL), palette.weak);
        ui.painter().galley(
            pos2(rect.center().x - name.size().x / 2.0, outer.bottom() - name.size().y),
            name,
            palette.weak,
        );
        let name = ui.painter().layout_no_wrap(y_name.to_owned(), theme::regular(SMALL), palette.weak);
        ui.painter().galley(pos2(rect.left(), outer.top()), name, palette.weak);
        chart
    }

    /// Where a point stands.
    pub(super) fn at(&self, x: f64, y: f64) -> Pos2 {
        pos2(self.x.at(x), self.y.at(y))
    }

    /// A curve; values that are no numbers are left out.
    pub(super) fn line(&self, ui: &Ui, points: impl Iterator<Item = (f64, f64)>, stroke: Stroke) {
        let points: Vec<Pos2> = points.filter(|(_, y)| y.is_finite()).map(|(x, y)| self.at(x, y)).collect();
        if points.len() > 1 {
            ui.painter_at(self.rect.expand(1.0)).add(Shape::line(points, stroke));
        }
    }

    /// A band between two curves.
    pub(super) fn band(&self, ui: &Ui, points: impl Iterator<Item = (f64, [f64; 2])>, colour: Color32) {
        let mut mesh = Mesh::default();
        for (x, [lo, hi]) in points.filter(|(_, [lo, hi])| lo.is_finite() && hi.is_finite()) {
            mesh.colored_vertex(self.at(x, lo), colour);
            mesh.colored_vertex(self.at(x, hi), colour);
        }
        for k in 1..u32::try_from(mesh.vertices.len() / 2).unwrap_or_default() {
            mesh.add_triangle(2 * k - 2, 2 * k - 1, 2 * k);
            mesh.add_triangle(2 * k - 1, 2 * k, 2 * k + 1);
        }
        ui.painter_at(self.rect).add(mesh);
    }
}

/// Names of curves in the upper right corner of a chart.
pub(super) fn legend(ui: &Ui, chart: &Chart, entries: &[(Color32, String)]) {
    let palette = Palette::of(ui);
    for (k, (colour, name)) in entries.iter().enumerate() {
        let galley = ui.painter().layout_no_wrap(name.clone(), theme::regular(SMALL), palette.text);
        let right = chart.rect.right_top() + vec2(-4.0, 4.0 + 16.0 * k as f32);
        let place = Rect::from_min_size(right - vec2(galley.size().x, 0.0), galley.size());
        ui.painter().rect_filled(place.expand2(vec2(24.0, 1.0)), 3.0, palette.plot.gamma_multiply(0.8));
        let left = place.left_center() - vec2(20.0, 0.0);
        ui.painter().line_segment([left, left + vec2(14.0, 0.0)], Stroke::new(2.5, *colour));
        ui.painter().galley(place.min, galley, palette.text);
    }
}
