//! The line scan with its sites as bands that can be held, and its profile beside it.

use egui::{
    Align2, Color32, CornerRadius, CursorIcon, Rangef, Rect, Response, Role, Sense, Shape, Stroke, StrokeKind, Ui,
    WidgetInfo, pos2, vec2,
};

use super::heat_map::{self, Maps};
use super::out::Out;
use super::plot::{self, Scale};
use super::stage::{self, Lane, Shown};
use super::theme::{self, Palette};
use super::view_model::{ColumnBand, Ink, REFERENCE_SITE, ScanCard};
use super::{format, text};
use crate::document::{Command, OpenScan};
use crate::model::Site;

/// Height of the name of a site beside the map, points.
const LABEL_HEIGHT: f32 = 15.0;

/// Draws the line scan chosen on the left.
pub(super) fn show(ui: &mut Ui, rect: Rect, shown: &Shown<'_>, lanes: &[Lane<'_>], maps: &mut Maps, out: &mut Out) {
    let Some(card) = shown.model.selected() else { return };
    let Some(scan) = shown.bench.document().scan(&card.name) else { return };
    let y = Rangef::new(rect.top() + 9.0, rect.bottom() - 9.0);
    let rows = Scale { range: [0.0, scan.scan.positions() as f64], pixels: [y.min, y.max] };
    let comparison = shown.bench.derived().map(|derived| derived.comparison.as_ref());
    let axis = heat_map::calibrated_axis(scan, &card.name, comparison);
    let mut profile = None;
    for lane in lanes {
        let response = stage::navigate(ui, lane, y, text::LINE_SCAN, out);
        if let Some(map) = maps.of(ui.ctx(), &lane.pane.edge, scan, axis, lane.pane.range_ev) {
            paint_map(ui, lane, y, map);
            profile = Some(heat_map::profile(scan, map));
        }
        hover_position(&rows, lane, y, ui, out);
        for band in &card.columns {
            column(ui, lane, (&rows, y), (card, band), out);
        }
        menu(&response, card, scan, &rows, out);
        stage::pointer_line(ui, shown, lane, y);
    }
    labels(ui, rect, &rows, &card.columns);
    if let (Some((values, label)), Some(last)) = (profile, lanes.last()) {
        let place = Rect::from_x_y_ranges(last.x.max + 10.0..=rect.right() - 12.0, y);
        paint_profile(ui, place, &values, label);
    }
}

fn paint_map(ui: &Ui, lane: &Lane<'_>, y: Rangef, map: &heat_map::Map) {
    let palette = Palette::of(ui);
    let scale = lane.scale();
    let [from, to] = map.span_ev.map(|energy| scale.at(energy));
    let place = lane.rect(y);
    let uv = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
    let painter = ui.painter_at(place);
    painter.rect_filled(place, CornerRadius::ZERO, palette.grid);
    painter.image(map.texture.id(), Rect::from_x_y_ranges(from..=to, y), uv, Color32::WHITE);
}

fn hover_position(rows: &Scale, lane: &Lane<'_>, y: Rangef, ui: &Ui, out: &mut Out) {
    let pointer = ui.input(|input| input.pointer.latest_pos());
    if let (Some(pos), Some(hover)) = (pointer, &mut out.hover)
        && hover.edge == lane.pane.edge
        && lane.rect(y).contains(pos)
    {
        hover.position = Some(rows.value(pos.y).max(0.0) as usize);
    }
}

/// Which part of a column's band is held.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Part {
    Body,
    First,
    Last,
}

/// One column of a site: its body moves it, its edges widen it; with Shift the whole site moves.
fn column(
    ui: &mut Ui,
    lane: &Lane<'_>,
    (rows, y): (&Scale, Rangef),
    (card, band): (&ScanCard, &ColumnBand),
    out: &mut Out,
) {
    let palette = Palette::of(ui);
    let colour = palette.ink(band.ink);
    let span = Rangef::new(rows.at(band.from as f64), rows.at(band.to as f64));
    let place = lane.rect(span);
    let painter = ui.painter_at(lane.rect(y.expand(1.0)));
    painter.rect_filled(place, CornerRadius::ZERO, colour.gamma_multiply(0.16));
    painter.rect_stroke(place, CornerRadius::ZERO, Stroke::new(1.0, colour), StrokeKind::Middle);
    let grip = (span.span() * 0.25).clamp(2.0, 5.0);
    let parts = [
        (Part::Body, span, CursorIcon::Grab),
        (Part::First, Rangef::new(span.min - 3.0, span.min + grip), CursorIcon::ResizeVertical),
        (Part::Last, Rangef::new(span.max - grip, span.max + 3.0), CursorIcon::ResizeVertical),
    ];
    for (part, span, cursor) in parts {
        let id = ui.scope_id().with((&lane.pane.edge, &card.name, &band.site, band.column, part as u8));
        let response = ui.interact(lane.rect(span), id, Sense::click_and_drag()).on_hover_cursor(cursor);
        let name = column_name(card, band, part, &lane.pane.edge);
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
        drag_column(ui, &response, rows, (card, band, part), out);
        if part == Part::Body {
            response.context_menu(|ui| {
                if ui.button(text::REMOVE_COLUMN).clicked() {
                    by_hand(card, out);
                    let (scan, site) = (card.name.clone(), band.site.clone());
                    out.command(Command::RemoveColumn { scan, site, column: band.column });
                }
            });
        }
    }
}

fn column_name(card: &ScanCard, band: &ColumnBand, part: Part, edge: &str) -> String {
    let what = match part {
        Part::Body => "",
        Part::First => "First position of ",
        Part::Last => "Last position of ",
    };
    let edge = format::edge_name(edge);
    format!("{what}{} column {} of {} ({edge})", band.site, band.column + 1, card.name)
}

fn drag_column(
    ui: &Ui,
    response: &Response,
    rows: &Scale,
    (card, band, part): (&ScanCard, &ColumnBand, Part),
    out: &mut Out,
) {
    if response.drag_started() {
        ui.data_mut(|data| data.insert_temp(response.id, (band.from, band.to)));
    }
    out.gesture(response, |out| {
        if response.drag_started() {
            by_hand(card, out);
        }
        let start: Option<(usize, usize)> = ui.data(|data| data.get_temp(response.id));
        let (origin, now) = ui.input(|input| (input.pointer.press_origin(), input.pointer.latest_pos()));
        let (Some((from, to)), Some(origin), Some(now), true) = (start, origin, now, response.dragged()) else {
            return;
        };
        let by = (f64::from(now.y - origin.y) * rows.per_pixel()).round() as i64;
        let positions = rows.range[1] as usize;
        let (from, to) = moved((from, to), by, part, positions);
        if (from, to) == (band.from, band.to) {
            return;
        }
        let (scan, site) = (card.name.clone(), band.site.clone());
        if part == Part::Body && ui.input(|input| input.modifiers.shift) {
            let by = i64::try_from(from).unwrap_or_default() - i64::try_from(band.from).unwrap_or_default();
            out.command(Command::MoveSite { scan, site, by });
        } else {
            out.command(Command::MoveColumn { scan, site, column: band.column, from, to });
        }
    });
}

/// A range after a part of it has been moved, kept on the scan and at least one position wide.
fn moved((from, to): (usize, usize), by: i64, part: Part, positions: usize) -> (usize, usize) {
    let shift = |position: usize, lo: usize, hi: usize| {
        let moved = i64::try_from(position).unwrap_or(i64::MAX).saturating_add(by).max(0);
        usize::try_from(moved).unwrap_or_default().clamp(lo, hi.max(lo))
    };
    match part {
        Part::First => (shift(from, 0, to - 1), to),
        Part::Last => (from, shift(to, from + 1, positions)),
        Part::Body => {
            let width = to - from;
            let first = shift(from, 0, positions.saturating_sub(width));
            (first, first + width)
        }
    }
}

/// Takes sites that were found over as set by hand, so that one of them can be changed.
fn by_hand(card: &ScanCard, out: &mut Out) {
    if !card.manual {
        out.command(Command::SetSites { scan: card.name.clone(), sites: Some(sites_of(card)) });
    }
}

fn sites_of(card: &ScanCard) -> Vec<Site> {
    let columns = |name: &str| card.columns.iter().filter(|c| c.site == name).map(|c| c.from..c.to).collect();
    card.sites.iter().map(|site| Site { name: site.name.clone(), columns: columns(&site.name) }).collect()
}

fn menu(response: &Response, card: &ScanCard, scan: &OpenScan, rows: &Scale, out: &mut Out) {
    let positions = scan.scan.positions();
    let Some(pressed) = response.interact_pointer_pos().or(response.hover_pos()) else { return };
    let at = rows.value(pressed.y).max(0.0) as usize;
    if response.secondary_clicked() {
        response.ctx.data_mut(|data| data.insert_temp(response.id, at));
    }
    response.context_menu(|ui| {
        let at: usize = ui.data(|data| data.get_temp(response.id)).unwrap_or(at);
        let mut names: Vec<String> = card.sites.iter().map(|site| site.name.clone()).collect();
        for name in ["O1", "O2"] {
            if !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        }
        for site in names {
            if ui.button(format!("Add a column of {site} here")).clicked() {
                by_hand(card, out);
                let from = at.saturating_sub(2);
                let to = (at + 3).min(positions);
                out.command(Command::AddColumn { scan: card.name.clone(), site, from, to });
            }
        }
    });
}

/// Names of the sites left of the map, side by side where columns lie close, left out where there is no room.
fn labels(ui: &Ui, rect: Rect, rows: &Scale, columns: &[ColumnBand]) {
    let palette = Palette::of(ui);
    let mut order: Vec<&ColumnBand> = columns.iter().collect();
    order.sort_by_key(|band| band.from + band.to);
    let middle = |band: &ColumnBand| rows.at(0.5 * (band.from + band.to) as f64);
    let closest = order.windows(2).map(|pair| middle(pair[1]) - middle(pair[0])).fold(f32::INFINITY, f32::min);
    let (width, lanes) = if closest < LABEL_HEIGHT + 1.0 { (20.0, 2) } else { (30.0, 1) };
    let mut free = [rect.top() + 2.0; 2];
    for band in order {
        let label = if band.site == REFERENCE_SITE { text::REFERENCE_SHORT } else { &band.site };
        let lane = match band.ink {
            Ink::Site(k) if lanes == 2 => k % 2,
            _ => 0,
        };
        let centre = pos2(rect.left() + 8.0 + width / 2.0 + (width + 1.0) * lane as f32, middle(band));
        let chip = Rect::from_center_size(centre, vec2(width, LABEL_HEIGHT));
        let Some(free) = free.get_mut(lane).filter(|free| chip.top() >= **free) else { continue };
        *free = chip.bottom() + 1.0;
        ui.painter().rect_filled(chip, CornerRadius::same(4), palette.ink(band.ink));
        let size = if lanes == 2 { 9.5 } else { 10.5 };
        ui.painter().text(chip.center(), Align2::CENTER_CENTER, label, theme::semibold(size), palette.plot);
    }
}

fn paint_profile(ui: &Ui, place: Rect, values: &[f64], label: &str) {
    let palette = Palette::of(ui);
    let span = plot::range_of(values.iter().copied(), 0.02, 0.02);
    let across = Scale { range: span, pixels: [place.left(), place.right()] };
    let down = Scale { range: [0.0, values.len() as f64], pixels: [place.top(), place.bottom()] };
    let points = values.iter().enumerate().map(|(k, v)| pos2(across.at(*v), down.at(k as f64 + 0.5))).collect();
    ui.painter().add(Shape::line(points, Stroke::new(1.2, palette.text)));
    let galley = ui.painter().layout_no_wrap(label.to_owned(), theme::regular(10.5), palette.weak);
    let corner = place.right_bottom() - galley.size() + vec2(0.0, 3.0);
    let behind = Rect::from_min_size(corner, galley.size()).expand2(vec2(3.0, 0.0));
    ui.painter().rect_filled(behind, CornerRadius::same(3), palette.plot.gamma_multiply(0.85));
    ui.painter().galley(corner, galley, palette.weak);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_moved_off_the_scan_stops_at_its_end() {
        assert_eq!(moved((4, 9), -10, Part::Body, 60), (0, 5));
        assert_eq!(moved((50, 55), 10, Part::Body, 60), (55, 60));
        assert_eq!(moved((4, 9), 10, Part::First, 60), (8, 9));
        assert_eq!(moved((4, 9), -10, Part::Last, 60), (4, 5));
    }
}
