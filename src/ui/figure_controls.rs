//! The controls of the figure dialog: every part of the figure style.

use egui::{DragValue, Response, Ui, vec2};

use super::out::Out;
use super::recipe_panel::choice;
use super::theme::FIELD_HEIGHT;
use super::{format, text, widgets};
use crate::document::Command;
use crate::model::{
    ColourSet, EnergyWindow, FigureKind, FigureStyle, FontFamily, LegendPlace, PanelLetters, PeakLabels, Recipe,
};

/// Draws all controls.
pub(super) fn show(ui: &mut Ui, style: &FigureStyle, recipe: &Recipe, out: &mut Out) {
    ui.spacing_mut().item_spacing.y = 6.0;
    card(ui, text::FIGURE_SIZE, |ui| size(ui, style, out));
    card(ui, text::FIGURE_TEXT, |ui| letters_and_fonts(ui, style, out));
    card(ui, text::FIGURE_LINES, |ui| lines(ui, style, out));
    card(ui, text::FIGURE_CONTENT, |ui| content(ui, style, out));
    card(ui, text::FIGURE_RANGES, |ui| ranges(ui, style, recipe, out));
    card(ui, text::FIGURE_PAGE, |ui| page(ui, style, out));
}

fn card(ui: &mut Ui, title: &str, rows: impl FnOnce(&mut Ui)) {
    widgets::card(ui, false, |ui| {
        ui.spacing_mut().item_spacing.y = 5.0;
        widgets::card_title(ui, title, |_| ());
        rows(ui);
    });
}

fn set(style: FigureStyle, out: &mut Out) {
    out.command(Command::SetFigureStyle { style: Box::new(style) });
}

/// A number of the style with its limits and unit.
struct Number {
    label: &'static str,
    range: std::ops::RangeInclusive<f64>,
    speed: f64,
    unit: &'static str,
}

/// A row with a number, dragged or typed; one drag is one step.
fn number(ui: &mut Ui, what: Number, style: &FigureStyle, field: fn(&mut FigureStyle) -> &mut f64, out: &mut Out) {
    let mut changed = style.clone();
    let response: Response = widgets::row(ui, what.label, |ui| {
        let value = DragValue::new(field(&mut changed)).range(what.range).speed(what.speed).suffix(what.unit);
        let value = value.max_decimals(2).update_while_editing(false);
        ui.add_sized(vec2(ui.available_width(), FIELD_HEIGHT), value).accessible_name(what.label)
    });
    out.gesture(&response, |out| {
        if response.changed() {
            set(changed.clone(), out);
        }
    });
}

fn switch(ui: &mut Ui, label: &str, style: &FigureStyle, field: fn(&mut FigureStyle) -> &mut bool, out: &mut Out) {
    let mut changed = style.clone();
    if ui.checkbox(field(&mut changed), label).changed() {
        set(changed, out);
    }
}

/// A row with a choice that sets one field.
fn pick<T: PartialEq + Copy>(
    ui: &mut Ui,
    (label, choices): (&str, &[(T, &str)]),
    style: &FigureStyle,
    field: fn(&mut FigureStyle) -> &mut T,
    out: &mut Out,
) {
    let mut changed = style.clone();
    let now = *field(&mut changed);
    if let Some(picked) = choice(ui, label, now, choices) {
        *field(&mut changed) = picked;
        set(changed, out);
    }
}

fn size(ui: &mut Ui, style: &FigureStyle, out: &mut Out) {
    let columns = FigureStyle::COLUMNS;
    let number_of = columns.iter().position(|(_, width, _)| *width == style.width_mm);
    let names: Vec<(Option<usize>, &str)> =
        columns.iter().enumerate().map(|(k, (name, ..))| (Some(k), *name)).collect();
    if let Some(Some(k)) = choice(ui, text::FIGURE_COLUMNS, number_of, &names)
        && let Some((_, width_mm, row_height_mm)) = columns.get(k).copied()
    {
        set(FigureStyle { width_mm, row_height_mm, ..style.clone() }, out);
    }
    let width = Number { label: text::FIGURE_WIDTH, range: 40.0..=400.0, speed: 0.5, unit: " mm" };
    number(ui, width, style, |style| &mut style.width_mm, out);
    let height = Number { label: text::FIGURE_ROW, range: 25.0..=400.0, speed: 0.5, unit: " mm" };
    number(ui, height, style, |style| &mut style.row_height_mm, out);
    let dpi = [(300.0, "300 dpi"), (600.0, "600 dpi"), (1200.0, "1200 dpi")];
    pick(ui, (text::FIGURE_DPI, &dpi), style, |style| &mut style.dpi, out);
    switch(ui, text::FIGURE_TRANSPARENT, style, |style| &mut style.transparent, out);
}

fn letters_and_fonts(ui: &mut Ui, style: &FigureStyle, out: &mut Out) {
    let fonts = [
        (FontFamily::LiberationSans, crate::figure::family_name(FontFamily::LiberationSans)),
        (FontFamily::LiberationSerif, crate::figure::family_name(FontFamily::LiberationSerif)),
    ];
    pick(ui, (text::FIGURE_FONT, &fonts), style, |style| &mut style.font, out);
    let size = Number { label: text::FIGURE_FONT_SIZE, range: 4.0..=24.0, speed: 0.05, unit: " pt" };
    number(ui, size, style, |style| &mut style.font_pt, out);
    let letters = [
        (PanelLetters::Lower, "a, b, c"),
        (PanelLetters::Upper, "A, B, C"),
        (PanelLetters::Parentheses, "(a), (b), (c)"),
        (PanelLetters::None, text::FIGURE_NONE),
    ];
    pick(ui, (text::FIGURE_LETTERS, &letters), style, |style| &mut style.panel_letters, out);
    let size = Number { label: text::FIGURE_LETTER_SIZE, range: 4.0..=36.0, speed: 0.05, unit: " pt" };
    number(ui, size, style, |style| &mut style.letter_pt, out);
}

fn lines(ui: &mut Ui, style: &FigureStyle, out: &mut Out) {
    let sets = [
        (ColourSet::WarmCool, text::FIGURE_WARM_COOL),
        (ColourSet::ColourBlind, text::FIGURE_OKABE_ITO),
        (ColourSet::Greyscale, text::FIGURE_GREYS),
    ];
    pick(ui, (text::FIGURE_COLOURS, &sets), style, |style| &mut style.colours, out);
    let curves = Number { label: text::FIGURE_CURVES, range: 0.1..=6.0, speed: 0.01, unit: " pt" };
    number(ui, curves, style, |style| &mut style.curve_pt, out);
    let frames = Number { label: text::FIGURE_FRAMES, range: 0.1..=4.0, speed: 0.01, unit: " pt" };
    number(ui, frames, style, |style| &mut style.axis_pt, out);
    switch(ui, text::FIGURE_MINOR_TICKS, style, |style| &mut style.minor_ticks, out);
    switch(ui, text::FIGURE_SCALE_BAR, style, |style| &mut style.scale_bar, out);
}

fn content(ui: &mut Ui, style: &FigureStyle, out: &mut Out) {
    let places = [
        (LegendPlace::Auto, text::FIGURE_AUTO),
        (LegendPlace::Inside, text::FIGURE_INSIDE),
        (LegendPlace::Above, text::FIGURE_ABOVE),
        (LegendPlace::None, text::FIGURE_NONE),
    ];
    pick(ui, (text::FIGURE_LEGEND, &places), style, |style| &mut style.legend, out);
    let labels = [
        (PeakLabels::Plain, text::FIGURE_PLAIN),
        (PeakLabels::Leaders, text::FIGURE_LEADERS),
        (PeakLabels::None, text::FIGURE_NONE),
    ];
    pick(ui, (text::FIGURE_PEAKS, &labels), style, |style| &mut style.peak_labels, out);
    let offset = Number { label: text::FIGURE_OFFSET, range: 0.0..=5.0, speed: 0.01, unit: "" };
    number(ui, offset, style, |style| &mut style.offset, out);
    switch(ui, text::FIGURE_BANDS, style, |style| &mut style.bands, out);
    switch(ui, text::FIGURE_DIFFERENCES, style, |style| &mut style.differences, out);
    switch(ui, text::FIGURE_SHADE, style, |style| &mut style.shade_windows, out);
}

/// Two fields for the energy range of every edge, and a way back to the recipe's.
fn ranges(ui: &mut Ui, style: &FigureStyle, recipe: &Recipe, out: &mut Out) {
    for edge in &recipe.edges {
        let own = style.energy_ranges_ev.get(&edge.name);
        let window = own.copied().unwrap_or(edge.display_ev);
        let mut limits = [window.lo_ev(), window.hi_ev()];
        let name = format::edge_name(&edge.name);
        widgets::row(ui, &name, |ui| {
            let width = ((ui.available_width() - 62.0) / 2.0).max(40.0);
            for (k, end) in [text::FIGURE_FROM, text::FIGURE_TO].into_iter().enumerate() {
                let field = DragValue::new(&mut limits[k]).speed(0.2).max_decimals(1).update_while_editing(false);
                let response = ui.add_sized(vec2(width, FIELD_HEIGHT), field);
                let response = response.accessible_name(format!("{name} {end}"));
                out.gesture(&response, |out| {
                    if response.changed()
                        && let Some(range) = ordered(limits)
                    {
                        let mut changed = style.clone();
                        changed.energy_ranges_ev.insert(edge.name.clone(), range);
                        set(changed, out);
                    }
                });
            }
            if ui.add_enabled(own.is_some(), egui::Button::new(text::AUTO)).clicked() {
                let mut changed = style.clone();
                changed.energy_ranges_ev.remove(&edge.name);
                set(changed, out);
            }
        });
    }
}

fn ordered([lo, hi]: [f64; 2]) -> Option<EnergyWindow> {
    (lo < hi).then(|| EnergyWindow::new(lo, hi).ok()).flatten()
}

/// Which figures the page holds; each on a row of its own or beside the one before.
fn page(ui: &mut Ui, style: &FigureStyle, out: &mut Out) {
    for (row, kinds) in style.page.iter().enumerate() {
        for (k, kind) in kinds.iter().enumerate() {
            ui.horizontal(|ui| {
                ui.label(format!("{}. {}", row + 1, text::figure_name(*kind)));
                if widgets::link(ui, text::FIGURE_REMOVE).clicked() {
                    let mut changed = style.clone();
                    changed.page[row].remove(k);
                    changed.page.retain(|row| !row.is_empty());
                    set(changed, out);
                }
            });
        }
    }
    let choices: Vec<(Option<FigureKind>, &str)> =
        FigureKind::ALL.iter().map(|kind| (Some(*kind), text::figure_name(*kind))).collect();
    if let Some(Some(kind)) = choice(ui, text::FIGURE_ADD_BELOW, None, &choices) {
        let mut changed = style.clone();
        changed.page.push(vec![kind]);
        set(changed, out);
    }
    if !style.page.is_empty()
        && let Some(Some(kind)) = choice(ui, text::FIGURE_ADD_BESIDE, None, &choices)
    {
        let mut changed = style.clone();
        changed.page.last_mut().into_iter().for_each(|row| row.push(kind));
        set(changed, out);
    }
}
