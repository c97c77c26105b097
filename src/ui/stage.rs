//! The middle of the window: the line scan over its spectra over their differences, on one energy axis, and the table.

use egui::{Align, CornerRadius, Key, Layout, Rangef, Rect, Sense, Stroke, StrokeKind, Ui, UiBuilder, pos2, vec2};

use super::arrows::{Arrows, Axes};
use super::display_menu;
use super::drops;
use super::heat_map::Maps;
use super::out::{Action, Hover, Out};
use super::plot::Scale;
use super::sheet::SheetPage;
use super::theme::{self, CARD_RADIUS, GAP, Palette};
use super::view_model::{Pane, WindowModel};
use super::view_state::{EdgeChoice, Stage, ViewState};
use super::{format, map_panel, spectrum_panel, text, widgets};
use crate::app::Workbench;

/// Room left of the plots, for tick labels and the names of sites.
const LEFT: f32 = 56.0;
/// Room right of the plots, for the profile and the legend.
const RIGHT: f32 = 124.0;
/// The same in a narrow window.
const RIGHT_NARROW: f32 = 100.0;
/// Room between two edges, for the second one's tick labels.
const BETWEEN: f32 = 46.0;

/// What a page below leaves of the height of the middle, points.
pub(super) const LEAST_HEIGHT: f32 = 330.0;

/// Narrowest range that can be shown, eV.
const MIN_ZOOM_EV: f64 = 2.0;

/// What the panels of the middle share.
pub(super) struct Shown<'a> {
    pub(super) bench: &'a Workbench,
    pub(super) view: &'a ViewState,
    pub(super) model: &'a WindowModel,
    /// Where the pointer was in the last frame.
    pub(super) hover: Option<&'a Hover>,
}

/// One pane with its horizontal place, the same in all three plots.
pub(super) struct Lane<'a> {
    pub(super) pane: &'a Pane,
    pub(super) x: Rangef,
}

impl Lane<'_> {
    /// The energy axis on the screen.
    pub(super) fn scale(&self) -> Scale {
        Scale { range: self.pane.range_ev, pixels: [self.x.min, self.x.max] }
    }

    /// The plot of this pane between two heights.
    pub(super) fn rect(&self, y: Rangef) -> Rect {
        Rect::from_x_y_ranges(self.x, y)
    }
}

/// Draws the middle of the window.
pub(super) fn show(ui: &mut Ui, shown: &Shown<'_>, maps: &mut Maps, out: &mut Out) {
    ui.spacing_mut().item_spacing.y = GAP;
    toolbar(ui, shown, out);
    let drops = drops::DropsModel::of(shown.bench, shown.model);
    let table = drops::height(&drops, shown.model, shown.view.look.answers);
    let [map, spectrum, difference] = heights(ui.available_height() - table - 3.0 * GAP);
    // Where even the least heights do not fit, such as over a page in a low window, the middle scrolls.
    egui::ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        let lanes = lanes(&shown.model.panes, ui.available_rect_before_wrap(), theme::text_scale(ui));
        plot_card(ui, text::LINE_SCAN, map, |ui, rect| map_panel::show(ui, rect, shown, &lanes, maps, out));
        plot_card(ui, text::SPECTRA, spectrum, |ui, rect| spectrum_panel::show(ui, rect, shown, &lanes, out));
        plot_card(ui, text::DIFFERENCES, difference, |ui, rect| spectrum_panel::strip(ui, rect, shown, &lanes, out));
        drops::show(ui, &drops, shown, out);
    });
}

/// Heights of the line scan, the spectra and the differences.
fn heights(room: f32) -> [f32; 3] {
    let map = (room * 0.27).clamp(80.0, 230.0).floor();
    let difference = (room * 0.17).clamp(52.0, 110.0).floor();
    [map, (room - map - difference).max(130.0).floor(), difference]
}

/// What of the toolbar fits into one line; the rest is in the menu "Display".
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub(super) enum Fit {
    /// The two switches, closely set, one line each.
    TwoLines,
    /// The two switches, closely set, and the menu.
    Close,
    /// Data quality as well.
    NoLayout,
    /// All.
    All,
}

impl Fit {
    /// Room beside the words of a switch, points.
    fn padding(self) -> f32 {
        if self <= Self::Close { widgets::CLOSE } else { widgets::USUAL }
    }
}

const STAGES: [(Stage, &str); 4] = [
    (Stage::Raw, text::STAGE_RAW),
    (Stage::Background, text::STAGE_BACKGROUND),
    (Stage::Subtracted, text::STAGE_SUBTRACTED),
    (Stage::Normalised, text::STAGE_NORMALISED),
];
const LAYOUTS: [(bool, &str); 2] = [(false, text::OVERLAY), (true, text::WATERFALL)];

/// The most of the toolbar that fits.
fn fit(ui: &Ui, edges: &[(EdgeChoice, &str)]) -> Fit {
    let gap = ui.spacing().item_spacing.x;
    let switches = |fit: Fit| {
        let width = widgets::segmented_width(ui, edges, fit.padding());
        width + gap + widgets::segmented_width(ui, &STAGES, fit.padding())
    };
    let menu = gap + widgets::link_width(ui, text::DISPLAY) + 16.0;
    let quality = gap + widgets::link_width(ui, text::DATA_QUALITY) + 8.0;
    let layout = gap + widgets::segmented_width(ui, &LAYOUTS, widgets::USUAL);
    let needed = [
        (Fit::All, switches(Fit::All) + menu + quality + layout),
        (Fit::NoLayout, switches(Fit::NoLayout) + menu + quality),
        (Fit::Close, switches(Fit::Close) + menu),
    ];
    let room = ui.available_width();
    needed.into_iter().find(|(_, needed)| *needed <= room).map_or(Fit::TwoLines, |(fit, _)| fit)
}

fn toolbar(ui: &mut Ui, shown: &Shown<'_>, out: &mut Out) {
    let edges = &shown.bench.document().session().recipe.edges;
    let names: Vec<String> = edges.iter().map(|edge| format::edge_name(&edge.name)).collect();
    let mut choices: Vec<(EdgeChoice, &str)> =
        names.iter().enumerate().map(|(k, name)| (EdgeChoice::One(k), name.as_str())).collect();
    if names.len() > 1 {
        choices.push((EdgeChoice::Both, text::BOTH));
    }
    let fit = fit(ui, &choices);
    ui.horizontal(|ui| {
        if let Some(edges) = widgets::segmented_padded(ui, "edges", shown.view.edges, &choices, fit.padding()) {
            out.action(Action::Edges(edges));
        }
        if fit != Fit::TwoLines {
            stage_switch(ui, shown, fit, out);
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| toolbar_end(ui, shown, fit, out));
    });
    if fit == Fit::TwoLines {
        stage_switch(ui, shown, fit, out);
    }
}

/// The switch of stages, in the middle of the plots where there is room.
fn stage_switch(ui: &mut Ui, shown: &Shown<'_>, fit: Fit, out: &mut Out) {
    if fit == Fit::All {
        ui.add_space(((ui.available_width() - 600.0) / 2.0).max(0.0));
    }
    if let Some(stage) = widgets::segmented_padded(ui, "stage", shown.view.stage, &STAGES, fit.padding()) {
        out.action(Action::Stage(stage));
    }
}

/// The right end of the toolbar.
fn toolbar_end(ui: &mut Ui, shown: &Shown<'_>, fit: Fit, out: &mut Out) {
    display_menu::button(ui, shown, fit, out);
    if fit >= Fit::NoLayout && widgets::link(ui, text::DATA_QUALITY).clicked() {
        data_quality(shown, out);
    }
    if fit == Fit::All
        && let Some(waterfall) = widgets::segmented(ui, "layout", shown.view.waterfall, &LAYOUTS)
    {
        out.action(Action::Waterfall(waterfall));
    }
}

/// Shows the pages of data quality, or closes them.
pub(super) fn data_quality(shown: &Shown<'_>, out: &mut Out) {
    let page = shown.view.look.sheet.is_none().then_some(SheetPage::Noise);
    out.look(shown.view, |look| look.sheet = page);
}

/// A card of fixed height whose inside is painted.
fn plot_card(ui: &mut Ui, name: &str, height: f32, add: impl FnOnce(&mut Ui, Rect)) {
    let palette = Palette::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    super::guide::mark(ui, name, rect);
    let radius = CornerRadius::same(CARD_RADIUS);
    ui.painter().rect_filled(rect, radius, palette.plot);
    ui.painter().rect_stroke(rect, radius, Stroke::new(1.0, palette.border), StrokeKind::Inside);
    let mut inside = ui.new_child(UiBuilder::new().max_rect(rect).id_salt(name));
    add(&mut inside, rect);
}

/// Gives every pane its horizontal place; all panes have the same eV per pixel when not zoomed. Larger text has more room.
fn lanes(panes: &[Pane], rect: Rect, text_scale: f32) -> Vec<Lane<'_>> {
    let count = panes.len() as f32;
    let [before, between] = [LEFT, BETWEEN].map(|room| room * text_scale.max(1.0));
    let right = if rect.width() < 600.0 { RIGHT_NARROW } else { RIGHT };
    let room = rect.width() - before - right - between * (count - 1.0).max(0.0);
    let weight = |pane: &Pane| (pane.home_ev[1] - pane.home_ev[0]).sqrt() as f32;
    let total: f32 = panes.iter().map(weight).sum();
    let mut left = rect.left() + before;
    panes
        .iter()
        .map(|pane| {
            let width = (room * weight(pane) / total.max(f32::MIN_POSITIVE)).max(20.0);
            let x = Rangef::new(left.round(), (left + width).round());
            left += width + between;
            Lane { pane, x }
        })
        .collect()
}

/// What a plot of a lane is called.
fn lane_name(name: &str, lane: &Lane<'_>) -> String {
    let edge = format::edge_name(&lane.pane.edge);
    match &lane.pane.scan {
        Some(scan) => format!("{name} of {edge}, {scan}"),
        None => format!("{name} of {edge}"),
    }
}

/// What a plot does under the pointer: wheel and box zoom, panning, reset, read-out. Gives the pane's own response.
pub(super) fn navigate(ui: &mut Ui, lane: &Lane<'_>, y: Rangef, name: &str, out: &mut Out) -> egui::Response {
    let rect = lane.rect(y);
    let edge = &lane.pane.edge;
    let response = ui.interact(rect, ui.scope_id().with((name, edge)), Sense::click_and_drag());
    let label = lane_name(name, lane);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, &label));
    let scale = lane.scale();
    if response.double_clicked() {
        out.action(Action::ResetZoom(Some(edge.clone())));
    }
    let pointer = ui.input(|input| input.pointer.latest_pos());
    if let Some(pos) = pointer.filter(|pos| rect.contains(*pos) && ui.rect_contains_pointer(rect)) {
        out.hover = Some(Hover { edge: edge.clone(), energy_ev: scale.value(pos.x), position: None });
        wheel(ui, lane, &scale, pos.x, out);
    }
    if response.clicked() {
        response.request_focus();
    }
    keys(ui, lane, &response, out);
    if response.dragged_by(egui::PointerButton::Middle) || response.dragged_by(egui::PointerButton::Secondary) {
        let by = -f64::from(response.drag_delta().x) * scale.per_pixel();
        zoom(lane.pane, [lane.pane.range_ev[0] + by, lane.pane.range_ev[1] + by], out);
    }
    if !ui.input(|input| input.modifiers.alt) {
        box_zoom(ui, lane, &scale, (rect, &response), out);
    }
    response
}

/// With the focus on a plot, arrows pan, plus and minus zoom, Home shows all.
fn keys(ui: &Ui, lane: &Lane<'_>, response: &egui::Response, out: &mut Out) {
    if !response.has_focus() {
        return;
    }
    let palette = Palette::of(ui);
    ui.painter().rect_stroke(response.rect, 0.0, Stroke::new(1.0, palette.accent), StrokeKind::Outside);
    let count = |key| ui.input(|input| input.num_presses(key)) as f64;
    let [lo, hi] = lane.pane.range_ev;
    let [tenths, _] = Arrows::on(ui, response, Axes::Horizontal).steps(1.0, 1.0);
    let by = 0.1 * (hi - lo) * tenths;
    let out_by = count(Key::Minus) - count(Key::Plus) - count(Key::Equals);
    let margin = 0.1 * (hi - lo) * out_by;
    if by != 0.0 || out_by != 0.0 {
        zoom(lane.pane, [lo + by - margin, hi + by + margin], out);
    }
    if count(Key::Home) > 0.0 {
        out.action(Action::ResetZoom(Some(lane.pane.edge.clone())));
    }
}

fn wheel(ui: &Ui, lane: &Lane<'_>, scale: &Scale, x: f32, out: &mut Out) {
    let (scroll, pinch) = ui.input(|input| (input.smooth_scroll_delta(), input.zoom_delta()));
    let [lo, hi] = lane.pane.range_ev;
    let factor = (-f64::from(scroll.y) * 0.004).exp() / f64::from(pinch);
    let centre = scale.value(x);
    let by = -f64::from(scroll.x) * scale.per_pixel();
    if (factor - 1.0).abs() > 1e-6 || by.abs() > 1e-9 {
        // The wheel zooms here; it does not scroll the middle as well.
        ui.input_mut(|input| input.smooth_scroll_delta = egui::Vec2::ZERO);
        zoom(lane.pane, [centre + (lo - centre) * factor + by, centre + (hi - centre) * factor + by], out);
    }
}

fn box_zoom(ui: &Ui, lane: &Lane<'_>, scale: &Scale, (rect, response): (Rect, &egui::Response), out: &mut Out) {
    let primary = egui::PointerButton::Primary;
    let (origin, now) = ui.input(|input| (input.pointer.press_origin(), input.pointer.latest_pos()));
    if response.dragged_by(primary)
        && let (Some(origin), Some(now)) = (origin, now)
    {
        let palette = Palette::of(ui);
        let (a, b) = (origin.x.clamp(rect.left(), rect.right()), now.x.clamp(rect.left(), rect.right()));
        let chosen = Rect::from_x_y_ranges(a.min(b)..=a.max(b), rect.y_range());
        ui.painter().rect_filled(chosen, CornerRadius::ZERO, palette.accent.gamma_multiply(0.15));
        for x in [a, b] {
            ui.painter().vline(x, rect.y_range(), Stroke::new(1.0, palette.accent));
        }
        ui.data_mut(|data| data.insert_temp(response.id, [scale.value(a.min(b)), scale.value(a.max(b))]));
    }
    if response.drag_stopped_by(primary)
        && let Some(range) = ui.data_mut(|data| data.remove_temp::<[f64; 2]>(response.id))
        && range[1] - range[0] > 4.0 * scale.per_pixel()
    {
        zoom(lane.pane, range, out);
    }
}

/// Shows a range of an edge, kept wide enough and on the data.
fn zoom(pane: &Pane, [lo, hi]: [f64; 2], out: &mut Out) {
    let [first, last] = pane.limits_ev;
    let width = (hi - lo).max(MIN_ZOOM_EV).min(last - first);
    let lo = (0.5 * (lo + hi) - 0.5 * width).min(last - width).max(first);
    out.action(Action::Zoom(pane.edge.clone(), [lo, lo + width]));
}

/// Thin vertical lines at the ticks of the energy axis, and the line of the pointer in every plot.
pub(super) fn verticals(ui: &Ui, shown: &Shown<'_>, lane: &Lane<'_>, y: Rangef) {
    let palette = Palette::of(ui);
    let scale = lane.scale();
    for value in scale.ticks(64.0).values {
        ui.painter().vline(ui.painter().round_to_pixel_center(scale.at(value)), y, Stroke::new(1.0, palette.grid));
    }
    pointer_line(ui, shown, lane, y);
}

/// The line of the pointer.
pub(super) fn pointer_line(ui: &Ui, shown: &Shown<'_>, lane: &Lane<'_>, y: Rangef) {
    let palette = Palette::of(ui);
    if let Some(hover) = shown.hover.filter(|hover| hover.edge == lane.pane.edge) {
        let x = lane.scale().at(hover.energy_ev);
        let dashes = egui::Shape::dashed_line(
            &[pos2(x, y.min), pos2(x, y.max)],
            Stroke::new(1.0, palette.weak.gamma_multiply(0.8)),
            3.0,
            3.0,
        );
        ui.painter().extend(dashes);
    }
}
