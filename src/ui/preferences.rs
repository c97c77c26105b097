//! Preferences: choices about the window that are kept between runs.

use egui::{DragValue, Slider, Ui};
use serde::{Deserialize, Serialize};

use super::out::{Action, Out};
use super::theme::Palette;
use super::view_state::{ThemeChoice, ViewState};
use super::{text, widgets};

/// Range of the scales: text from small to twice its size still fits the fields.
const FONT_RANGE: std::ops::RangeInclusive<f32> = 0.8..=1.5;
const UI_RANGE: std::ops::RangeInclusive<f32> = 0.6..=3.0;

/// Choices about the window, but for its theme.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Preferences {
    /// Size of text relative to the design.
    pub font_scale: f32,
    /// Size of everything relative to the design.
    pub ui_scale: f32,
    /// Threads for calculations; `None` takes as many as there are cores.
    pub threads: Option<usize>,
    /// Whether the first-run guide was ended or skipped.
    pub guide_done: bool,
}

impl Default for Preferences {
    fn default() -> Self {
        Self { font_scale: 1.0, ui_scale: 1.0, threads: None, guide_done: false }
    }
}

impl Preferences {
    /// The same with everything scaled by a factor, kept in its range.
    pub(super) fn scaled(self, factor: f32) -> Self {
        Self { ui_scale: tidy(self.ui_scale * factor).clamp(*UI_RANGE.start(), *UI_RANGE.end()), ..self }
    }
}

/// Steps of a twentieth, so that larger and smaller come back to one.
fn tidy(scale: f32) -> f32 {
    (scale * 20.0).round() / 20.0
}

/// Draws the preferences.
pub(super) fn show(ui: &mut Ui, view: &ViewState, out: &mut Out) {
    ui.spacing_mut().slider_width = 150.0;
    let themes = [
        (ThemeChoice::System, text::THEME_SYSTEM),
        (ThemeChoice::Light, text::THEME_LIGHT),
        (ThemeChoice::Dark, text::THEME_DARK),
    ];
    widgets::wide_row(ui, text::THEME, |ui| {
        if let Some(theme) = widgets::segmented(ui, text::THEME, view.theme, &themes) {
            out.action(Action::Theme(theme));
        }
    });
    let mut chosen = view.preferences;
    let mut font = chosen.font_scale;
    widgets::wide_row(ui, text::FONT_SCALE, |ui| {
        // Text that changes its size under the pointer cannot be dragged well: applied when let go.
        let draft: Option<f32> = ui.data(|data| data.get_temp(ui.scope_id()));
        font = draft.unwrap_or(font);
        let response = percent(ui, text::FONT_SCALE, &mut font, FONT_RANGE);
        if response.dragged() {
            ui.data_mut(|data| data.insert_temp(ui.scope_id(), font));
        } else if response.changed() || draft.is_some() {
            ui.data_mut(|data| data.remove_temp::<f32>(ui.scope_id()));
            chosen.font_scale = tidy(font);
        }
    });
    let mut scale = chosen.ui_scale;
    widgets::wide_row(ui, text::UI_SCALE, |ui| {
        let draft: Option<f32> = ui.data(|data| data.get_temp(ui.scope_id()));
        scale = draft.unwrap_or(scale);
        let response = percent(ui, text::UI_SCALE, &mut scale, UI_RANGE);
        if response.dragged() {
            ui.data_mut(|data| data.insert_temp(ui.scope_id(), scale));
        } else if response.changed() || draft.is_some() {
            ui.data_mut(|data| data.remove_temp::<f32>(ui.scope_id()));
            chosen.ui_scale = tidy(scale);
        }
    });
    widgets::wide_row(ui, text::THREADS, |ui| threads(ui, &mut chosen));
    if chosen != view.preferences {
        out.action(Action::Prefer(chosen));
    }
}

fn percent(ui: &mut Ui, name: &str, value: &mut f32, range: std::ops::RangeInclusive<f32>) -> egui::Response {
    let slider = Slider::new(value, range)
        .step_by(0.05)
        .custom_formatter(|value, _| format!("{:.0} %", value * 100.0))
        .custom_parser(|text| text.trim_end_matches(['%', ' ']).parse::<f64>().ok().map(|value| value / 100.0));
    ui.scope(|ui| {
        // The rail of a slider is filled like a field, which does not show on a card.
        ui.visuals_mut().widgets.inactive.bg_fill = Palette::of(ui).border;
        ui.add(slider).accessible_name(name)
    })
    .inner
}

fn threads(ui: &mut Ui, chosen: &mut Preferences) {
    let mut all = chosen.threads.is_none();
    if ui.checkbox(&mut all, text::THREADS_ALL).changed() {
        chosen.threads = (!all).then_some(rayon::current_num_threads());
    }
    if let Some(threads) = &mut chosen.threads {
        ui.add(DragValue::new(threads).range(1..=1024)).accessible_name(text::THREADS);
        widgets::weak(ui, text::NEXT_START);
    }
}
