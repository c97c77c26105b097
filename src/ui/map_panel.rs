//! The line scan with its sites as bands that can be held, and its profile beside it.

use egui::{
    Align2, Color32, CornerRadius, CursorIcon, Rangef, Rect, Response, Role, Sense, Shape, Stroke, StrokeKind, Ui,
    WidgetInfo, pos2, vec2,
};

use super::columns::{self, Part};
use super::heat_map::{self, Maps};
use super::out::{Action, Out};
use super::plot::{self, Scale};
use super::stage::{self, Lane, Shown};
use super::theme::{self, Palette};
use super::view_model::{ColumnBand, Ink, REFERENCE_SITE, ScanCard};
use super::{display_menu, format, profile, text, widgets};
use crate::document::OpenScan;

/// Height of the name of a site beside the map, points.
const LABEL_HEIGHT: f32 = 15.0;

/// Draws the line scan chosen on the left.
pub(super) fn show(ui: &mut Ui, rect: Rect, shown: &Shown<'_>, lanes: &[Lane<'_>], maps: &mut Maps, out: &mut Out) {
    let y = Rangef::new(rect.top() + 9.0, rect.bottom() - 9.0);
    for (k, lane) in lanes.iter().enumerate() {
        let wanted = lane.pane.scan.as_deref();
        let Some(card) =
            wanted.map_or(shown.model.selected(), |name| shown.model.scans.iter().find(|c| c.name == name))
        else {
            continue;
        };
        let beside = (k + 1 == lanes.len()).then(|| Rect::from_x_y_ranges(lane.x.max + 10.0..=rect.right() - 12.0, y));
        ui.push_id(wanted, |ui| scan_lane(ui, shown, (card, lane), (y, beside), maps, out));
        if k == 0 || wanted.is_some() {
            let left = if k == 0 { rect.left() + 8.0 } else { lane.x.min - 44.0 };
            labels(ui, shown, (left, y), card);
        }
    }
}

/// One scan over one range of energies, and its profile when there is a place for it.
fn scan_lane(
    ui: &mut Ui,
    shown: &Shown<'_>,
    (card, lane): (&ScanCard, &Lane<'_>),
    (y, beside): (Rangef, Option<Rect>),
    maps: &mut Maps,
    out: &mut Out,
) {
    let Some(scan) = shown.bench.document().scan(&card.name) else { return };
    let rows = Scale { range: [0.0, scan.scan.positions() as f64], pixels: [y.min, y.max] };
    let comparison = shown.bench.derived().map(|derived| derived.comparison.as_ref());
    let axis = heat_map::calibrated_axis(scan, &card.name, comparison);
    let peaks = columns::peaks(scan);
    let response = stage::navigate(ui, lane, y, text::LINE_SCAN, out);
    let key = format!("{} {}", lane.pane.edge, lane.pane.scan.as_deref().unwrap_or_default());
    let map = maps.of(ui.ctx(), &key, scan, (axis, lane.pane.range_ev), &shown.view.look);
    if let Some(map) = map {
        paint_map(ui, lane, y, map);
    }
    hover_position(&rows, lane, y, ui, out);
    draw_column(ui, &response, lane, card, &rows, out);
    for band in &card.columns {
        column(ui, lane, (&rows, y, &peaks), (card, band), out);
    }
    menu(&response, shown, (card, scan), &rows, out);
    stage::pointer_line(ui, shown, lane, y);
    if let (Some(map), Some(place)) = (map, beside) {
        let (values, label) = profile::of(shown, &card.name, scan, map);
        paint_profile(ui, place, &values);
        profile_label(ui, shown, place, label, out);
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

/// One column of a site: its body moves it, its edges widen it; with Shift the whole site moves.
fn column(
    ui: &mut Ui,
    lane: &Lane<'_>,
    (rows, y, peaks): (&Scale, Rangef, &[f64]),
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
        drag_column(ui, &response, (rows, peaks), (card, band, part), out);
        columns::keys(ui, &response, (card, band, part), rows.range[1] as usize, out);
        if response.has_focus() {
            let focus = Stroke::new(2.0, palette.accent);
            painter.rect_stroke(lane.rect(span), CornerRadius::ZERO, focus, StrokeKind::Outside);
        }
        if part == Part::Body {
            widgets::held_menu(&response, |ui| columns::menu(ui, card, band, out));
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
    (rows, peaks): (&Scale, &[f64]),
    (card, band, part): (&ScanCard, &ColumnBand, Part),
    out: &mut Out,
) {
    if response.drag_started() {
        ui.data_mut(|data| data.insert_temp(response.id, (band.from, band.to)));
    }
    out.gesture(response, |out| {
        if response.drag_started() {
            columns::by_hand(card, out);
        }
        let start: Option<(usize, usize)> = ui.data(|data| data.get_temp(response.id));
        let (origin, now) = ui.input(|input| (input.pointer.press_origin(), input.pointer.latest_pos()));
        let (Some(start), Some(origin), Some(now), true) = (start, origin, now, response.dragged()) else {
            return;
        };
        let by = (f64::from(now.y - origin.y) * rows.per_pixel()).round() as i64;
        let positions = rows.range[1] as usize;
        let (shift, alt) = ui.input(|input| (input.modifiers.shift, input.modifiers.alt));
        let mut place = columns::moved(start, by, part, positions);
        if part == Part::Body && !alt {
            place = columns::snapped(place, peaks, positions);
        }
        if part == Part::Body && shift {
            let at = |position: usize| i64::try_from(position).unwrap_or_default();
            columns::move_site(card, band, at(place.0) - at(band.from), out);
        } else {
            columns::place(card, band, place, out);
        }
    });
}

fn menu(response: &Response, shown: &Shown<'_>, (card, scan): (&ScanCard, &OpenScan), rows: &Scale, out: &mut Out) {
    let positions = scan.scan.positions();
    let Some(pressed) = response.interact_pointer_pos().or(response.hover_pos()) else { return };
    let at = rows.value(pressed.y).max(0.0) as usize;
    if response.secondary_clicked() {
        response.ctx.data_mut(|data| data.insert_temp(response.id, at));
    }
    response.context_menu(|ui| {
        let at: usize = ui.data(|data| data.get_temp(response.id)).unwrap_or(at);
        for site in columns::site_names(card) {
            if ui.button(format!("Add a column of {site} here")).clicked() {
                let from = at.saturating_sub(columns::NEW_WIDTH / 2);
                columns::add(card, &site, (from, (from + columns::NEW_WIDTH).min(positions)), out);
            }
        }
        ui.separator();
        display_menu::colours(ui, shown, out);
        if ui.button(text::COPY_PICTURE).clicked() {
            out.action(Action::CopyPicture(response.rect));
        }
    });
}

/// With Alt held, a drag on free space draws a new column of the first site.
fn draw_column(ui: &Ui, response: &Response, lane: &Lane<'_>, card: &ScanCard, rows: &Scale, out: &mut Out) {
    let id = response.id.with("new column");
    if response.drag_started() && ui.input(|input| input.modifiers.alt) {
        ui.data_mut(|data| data.insert_temp(id, true));
    }
    if ui.data(|data| data.get_temp::<bool>(id)).is_none() {
        return;
    }
    let (origin, now) = ui.input(|input| (input.pointer.press_origin(), input.pointer.latest_pos()));
    let ends = origin.zip(now).map(|(origin, now)| (rows.value(origin.y.min(now.y)), rows.value(origin.y.max(now.y))));
    let positions = rows.range[1];
    if let Some((first, last)) = ends {
        let range = (first.clamp(0.0, positions - 1.0) as usize, last.clamp(0.0, positions).ceil() as usize);
        let palette = Palette::of(ui);
        let place = lane.rect(Rangef::new(rows.at(range.0 as f64), rows.at(range.1 as f64)));
        ui.painter().rect_filled(place, CornerRadius::ZERO, palette.accent.gamma_multiply(0.25));
        ui.painter().rect_stroke(place, CornerRadius::ZERO, Stroke::new(1.5, palette.accent), StrokeKind::Middle);
        ui.data_mut(|data| data.insert_temp(id.with("range"), range));
    }
    if response.drag_stopped() {
        ui.data_mut(|data| data.remove::<bool>(id));
        if let Some(range) = ui.data_mut(|data| data.remove_temp::<(usize, usize)>(id.with("range"))) {
            let site = card.sites.first().map_or("O1", |site| &site.name);
            columns::add(card, site, range, out);
        }
    }
}

/// Names of the sites left of the map, side by side where columns lie close, left out where there is no room.
fn labels(ui: &Ui, shown: &Shown<'_>, (left, y): (f32, Rangef), card: &ScanCard) {
    let palette = Palette::of(ui);
    let Some(scan) = shown.bench.document().scan(&card.name) else { return };
    let rows = Scale { range: [0.0, scan.scan.positions() as f64], pixels: [y.min, y.max] };
    let columns = &card.columns;
    let mut order: Vec<&ColumnBand> = columns.iter().collect();
    order.sort_by_key(|band| band.from + band.to);
    let middle = |band: &ColumnBand| rows.at(0.5 * (band.from + band.to) as f64);
    let closest = order.windows(2).map(|pair| middle(pair[1]) - middle(pair[0])).fold(f32::INFINITY, f32::min);
    let (width, lanes) = if closest < LABEL_HEIGHT + 1.0 { (20.0, 2) } else { (30.0, 1) };
    let mut free = [y.min - 7.0; 2];
    for band in order {
        let label = if band.site == REFERENCE_SITE { text::REFERENCE_SHORT } else { &band.site };
        let lane = match band.ink {
            Ink::Site(k) if lanes == 2 => k % 2,
            _ => 0,
        };
        let centre = pos2(left + width / 2.0 + (width + 1.0) * lane as f32, middle(band));
        let chip = Rect::from_center_size(centre, vec2(width, LABEL_HEIGHT));
        let Some(free) = free.get_mut(lane).filter(|free| chip.top() >= **free) else { continue };
        *free = chip.bottom() + 1.0;
        ui.painter().rect_filled(chip, CornerRadius::same(4), palette.ink(band.ink));
        let size = if lanes == 2 { 9.5 } else { 10.5 };
        ui.painter().text(chip.center(), Align2::CENTER_CENTER, label, theme::semibold(size), palette.plot);
    }
}

fn paint_profile(ui: &Ui, place: Rect, values: &[f64]) {
    let palette = Palette::of(ui);
    let span = plot::range_of(values.iter().copied(), 0.02, 0.02);
    let across = Scale { range: span, pixels: [place.left(), place.right()] };
    let down = Scale { range: [0.0, values.len() as f64], pixels: [place.top(), place.bottom()] };
    let points = values.iter().enumerate().map(|(k, v)| pos2(across.at(*v), down.at(k as f64 + 0.5))).collect();
    ui.painter().add(Shape::line(points, Stroke::new(1.2, palette.text)));
}

/// The name of the profile; a click chooses another.
fn profile_label(ui: &mut Ui, shown: &Shown<'_>, place: Rect, label: &str, out: &mut Out) {
    let palette = Palette::of(ui);
    let response = ui.interact(place, ui.scope_id().with("profile"), Sense::click());
    let name = format!("{} {label}", text::PROFILE);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
    let lit = response.hovered() || response.has_focus();
    let colour = if lit { palette.accent } else { palette.weak };
    let galley = ui.painter().layout_no_wrap(label.to_owned(), theme::regular(10.5), colour);
    let corner = place.right_bottom() - galley.size() + vec2(0.0, 3.0);
    let behind = Rect::from_min_size(corner, galley.size()).expand2(vec2(3.0, 0.0));
    ui.painter().rect_filled(behind, CornerRadius::same(3), palette.plot.gamma_multiply(0.85));
    ui.painter().galley(corner, galley, colour);
    widgets::focus_ring(ui, &response);
    display_menu::opened(&response.on_hover_cursor(CursorIcon::PointingHand), |ui| {
        display_menu::profiles(ui, shown, out);
    });
}
