//! Right: every choice of the recipe as a field, with what was found beside it.

use egui::{DragValue, Grid, Response, ScrollArea, Ui, vec2};

use super::out::Out;
use super::panes;
use super::registry::{self, Entry};
use super::stage::Shown;
use super::theme::{self, FIELD_HEIGHT, GAP, Palette, SMALL};
use super::{format, spectrum_menu, text, ti_card, top_bar, widgets};
use crate::analysis::background::MODELS;
use crate::analysis::{BackgroundResult, Comparison};
use crate::document::{Command, WindowName};
use crate::model::{
    AlignmentMethod, BackgroundModel, CalibrationMethod, CalibrationRecipe, EdgeRecipe, EdgeUse, EnergyWindow,
    PeakMeasure, PeakWindow, Recipe, Role, ScanMatching,
};

/// Draws the right side of the window.
pub(super) fn show(ui: &mut Ui, shown: &Shown<'_>, entries: &[Entry], out: &mut Out) {
    ui.spacing_mut().item_spacing.y = GAP;
    let recipe = &shown.bench.document().session().recipe;
    widgets::section(ui, text::RECIPE, |ui| {
        let name = widgets::menu_link(ui, &recipe.name).on_hover_text(&recipe.description);
        let here: Vec<&Entry> = entries.iter().filter(|entry| registry::is_of_recipe(entry)).collect();
        egui::Popup::menu(&name).show(|ui| top_bar::items(ui, &here, out));
    });
    let comparison = shown.bench.derived().map(|derived| derived.comparison.as_ref());
    let frame = egui::Frame::new().inner_margin(egui::Margin { top: 8, ..egui::Margin::ZERO });
    let pinned = egui::Panel::bottom("ti-l").resizable(false).show_separator_line(false).frame(frame);
    pinned.show(ui, |ui| ti_card::show(ui, shown, comparison));
    ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = GAP;
        energy_card(ui, shown, recipe, comparison, out);
        for edge in panes::shown_edges(recipe, shown.view) {
            ui.push_id(&edge.name, |ui| {
                background_card(ui, shown, edge, comparison, out);
                peaks_card(ui, edge, out);
            });
        }
        widgets::follow_focus(ui);
    });
}

fn energy_card(ui: &mut Ui, shown: &Shown<'_>, recipe: &Recipe, comparison: Option<&Comparison>, out: &mut Out) {
    widgets::card(ui, false, |ui| {
        ui.spacing_mut().item_spacing.y = 5.0;
        widgets::card_title(ui, text::ENERGY_AXIS, |_| ());
        let calibration = &recipe.calibration;
        let methods = [
            (CalibrationMethod::Features, text::CALIBRATE_FEATURES),
            (CalibrationMethod::File, text::CALIBRATE_FILE),
            (CalibrationMethod::Manual, text::CALIBRATE_MANUAL),
        ];
        if let Some(method) = choice(ui, text::CALIBRATE, calibration.method, &methods) {
            out.command(Command::SetCalibration { calibration: CalibrationRecipe { method, ..calibration.clone() } });
        }
        let reference = comparison.and_then(|c| c.report.calibration.iter().find(|c| c.role == Role::Reference));
        if calibration.method == CalibrationMethod::Manual {
            manual_calibration(ui, calibration, out);
        } else if let Some(found) = reference {
            widgets::row(ui, text::OFFSET, |ui| {
                let decimals = format::field_decimals(found.sigma_offset_ev, 2);
                let value = format!("{} eV", format::signed(found.offset_ev, decimals));
                widgets::read_only(ui, text::OFFSET, &value, &format::plus_minus(found.sigma_offset_ev, decimals));
            });
            widgets::row(ui, text::DISPERSION_SCALE, |ui| {
                // A dispersion left as the file states it has no uncertainty of its own.
                let sigma = found.sigma_dispersion_scale.filter(|sigma| *sigma > 0.0);
                let value = format::fixed(found.dispersion_scale, 4);
                widgets::read_only(ui, text::DISPERSION_SCALE, &value, &format::plus_minus(sigma, 4));
            });
        }
        let methods = [
            (AlignmentMethod::Auto, text::ALIGN_AUTO),
            (AlignmentMethod::TiL, text::ALIGN_TI_L),
            (AlignmentMethod::None, text::ALIGN_NONE),
        ];
        if let Some(method) = choice(ui, text::ALIGN, recipe.alignment, &methods) {
            out.command(Command::SetAlignment { method });
        }
        let selected = shown.model.selected().map(|card| card.name.as_str());
        let shift = comparison.and_then(|c| c.report.alignment.iter().find(|a| Some(a.scan.as_str()) == selected));
        if let Some(shift) = shift {
            widgets::row(ui, text::SHIFT, |ui| {
                let decimals = format::field_decimals(shift.sigma_ev, 2);
                let value = format!("{} eV", format::signed(shift.shift_to_reference_ev, decimals));
                widgets::read_only(ui, text::SHIFT, &value, &format::plus_minus(shift.sigma_ev, decimals));
            });
        }
        if !recipe.matching.is_off() {
            matching_row(ui, recipe, out);
        }
        let thicknesses = comparison.map(|c| c.report.thickness.as_slice()).unwrap_or_default();
        if thicknesses.iter().filter(|entry| entry.t_over_lambda.is_some()).count() > 1 {
            thickness_row(ui, recipe, out);
        }
        gain_row(ui, recipe, comparison, out);
    });
}

/// The switch that ends what matches scans of unequal dispersion or resolution.
fn matching_row(ui: &mut Ui, recipe: &Recipe, out: &mut Out) {
    let mut on = true;
    if ui.checkbox(&mut on, text::MATCH_SCANS).on_hover_text(text::MATCH_SCANS_HINT).changed() {
        let recipe = Recipe { matching: ScanMatching::default(), ..recipe.clone() };
        out.command(Command::SetRecipe { recipe: Box::new(recipe) });
    }
}

/// The switch of thickness matching, where thickness is known.
fn thickness_row(ui: &mut Ui, recipe: &Recipe, out: &mut Out) {
    let mut match_thickness = recipe.match_thickness;
    if ui.checkbox(&mut match_thickness, text::MATCH_THICKNESS).on_hover_text(text::MATCH_THICKNESS_HINT).changed() {
        out.command(Command::SetRecipe { recipe: Box::new(Recipe { match_thickness, ..recipe.clone() }) });
    }
}

fn manual_calibration(ui: &mut Ui, calibration: &CalibrationRecipe, out: &mut Out) {
    let mut changed = calibration.clone();
    let offset = widgets::row(ui, text::OFFSET, |ui| {
        energy_field(ui, text::OFFSET, &mut changed.offset_ev, ui.available_width())
    });
    set_calibration(&offset, &changed, out);
    let scale = widgets::row(ui, text::DISPERSION_SCALE, |ui| {
        let field = DragValue::new(&mut changed.dispersion_scale).speed(0.0005).range(0.5..=2.0).fixed_decimals(4);
        let response = ui.add_sized(vec2(ui.available_width(), FIELD_HEIGHT), field);
        response.accessible_name(text::DISPERSION_SCALE)
    });
    set_calibration(&scale, &changed, out);
}

fn set_calibration(response: &Response, calibration: &CalibrationRecipe, out: &mut Out) {
    out.gesture(response, |out| {
        if response.changed() {
            out.command(Command::SetCalibration { calibration: calibration.clone() });
        }
    });
}

fn gain_row(ui: &mut Ui, recipe: &Recipe, comparison: Option<&Comparison>, out: &mut Out) {
    let found = comparison.map(|comparison| &comparison.report.gain);
    widgets::row(ui, text::COUNTS_PER_ELECTRON, |ui| match recipe.counts_per_electron {
        Some(mut gain) => {
            let field = DragValue::new(&mut gain).speed(0.05).range(0.01..=1e5).max_decimals(3);
            let width = (ui.available_width() - 54.0).max(40.0);
            let response = ui.add_sized(vec2(width, FIELD_HEIGHT), field).accessible_name(text::COUNTS_PER_ELECTRON);
            out.gesture(&response, |out| {
                if response.changed() {
                    out.command(Command::SetGain { counts_per_electron: Some(gain) });
                }
            });
            if ui.button(text::AUTO).clicked() {
                out.command(Command::SetGain { counts_per_electron: None });
            }
        }
        None => {
            let value = found.map_or(format::NONE.to_owned(), |gain| format::fixed(gain.counts_per_electron, 2));
            let width = (ui.available_width() - 46.0).max(40.0);
            let source = found.map(text::gain_source).filter(|_| width > 100.0).unwrap_or_default();
            ui.allocate_ui(vec2(width, FIELD_HEIGHT), |ui| {
                widgets::read_only(ui, text::COUNTS_PER_ELECTRON, &value, source);
            });
            if ui.button(text::SET).clicked() {
                let gain = found.map_or(1.0, |gain| gain.counts_per_electron);
                out.command(Command::SetGain { counts_per_electron: Some(gain) });
            }
        }
    });
}

fn background_card(ui: &mut Ui, shown: &Shown<'_>, edge: &EdgeRecipe, comparison: Option<&Comparison>, out: &mut Out) {
    let selected = shown.model.selected().map(|card| card.name.as_str());
    let results = comparison.and_then(|c| c.report.edges.iter().find(|result| result.name == edge.name));
    let backgrounds = results.map(|result| result.backgrounds.as_slice()).unwrap_or_default();
    let site = backgrounds.iter().find(|b| Some(b.scan.as_str()) == selected).or(backgrounds.first());
    widgets::card(ui, false, |ui| {
        ui.spacing_mut().item_spacing.y = 5.0;
        let title = format!("{} {}", format::edge_name(&edge.name), text::BACKGROUND.to_lowercase());
        widgets::card_title(ui, &title, |ui| {
            if let Some(chi2) = site.and_then(goodness) {
                widgets::weak(ui, &format!("χ²/dof {}", format::fixed(chi2, 2))).on_hover_text(text::CHI2_HINT);
            }
        });
        let models: Vec<_> = MODELS.iter().map(|entry| (entry.model, text::background_model(entry.model))).collect();
        if let Some(model) = choice(ui, text::MODEL, edge.background.model, &models) {
            out.command(Command::SetBackgroundModel { edge: edge.name.clone(), model });
        }
        window_row(ui, edge, (text::WINDOW, WindowName::Background), edge.background.window_ev, out);
        more_windows(ui, edge, out);
        if let (BackgroundModel::CommonShape, Some(window)) = (edge.background.model, edge.background.ratio_window_ev) {
            window_row(ui, edge, (text::RATIO_WINDOW, WindowName::Ratio), window, out);
        }
        if let Some(exponent) = site.and_then(|site| site.exponent) {
            let sigma = site.and_then(|site| site.exponent_sigma);
            widgets::row(ui, text::EXPONENT, |ui| {
                let value = format::fixed(exponent, 2);
                widgets::read_only(ui, text::EXPONENT, &value, &format::plus_minus(sigma, 2));
            });
        }
    });
}

/// Windows fitted together with the first: their limits, and how to add and remove one.
fn more_windows(ui: &mut Ui, edge: &EdgeRecipe, out: &mut Out) {
    for (k, window) in edge.background.more_windows_ev.iter().enumerate() {
        let name = WindowName::MoreBackground(k);
        let label = widgets::row(ui, text::AND_WINDOW, |ui| {
            let spacing = ui.spacing().item_spacing.x;
            let width = (ui.available_width() - FIELD_HEIGHT - 2.0 * spacing) / 2.0;
            limits(ui, edge, &name, *window, width, out);
            widgets::link(ui, text::REMOVE_SHORT).accessible_name(format!("{} {name}", text::REMOVE_WINDOW))
        });
        if label.on_hover_text(text::REMOVE_WINDOW).clicked() {
            let edge = edge.name.clone();
            out.command(Command::RemoveBackgroundWindow { edge, number: k });
        }
    }
    let after = edge.peaks.iter().map(|peak| peak.window_ev.hi_ev()).fold(f64::NEG_INFINITY, f64::max);
    if let Ok(window_ev) = EnergyWindow::new(after + 2.0, after + 12.0)
        && edge.background.more_windows_ev.is_empty()
        && widgets::link(ui, text::ADD_WINDOW).on_hover_text(text::ADD_WINDOW_HINT).clicked()
    {
        out.command(Command::AddBackgroundWindow { edge: edge.name.clone(), window_ev });
    }
}

/// Goodness of the ratio fit where there is one, else of the power law.
fn goodness(background: &BackgroundResult) -> Option<f64> {
    background.ratio_reduced_chi2.or(background.reduced_chi2)
}

fn peaks_card(ui: &mut Ui, edge: &EdgeRecipe, out: &mut Out) {
    widgets::card(ui, false, |ui| {
        ui.spacing_mut().item_spacing.y = 5.0;
        widgets::card_title(ui, &format!("{} {}", format::edge_name(&edge.name), text::PEAKS.to_lowercase()), |ui| {
            if widgets::link(ui, text::ADD_PEAK).clicked() {
                add_peak(edge, out);
            }
        });
        if edge.usage == EdgeUse::Drops {
            let labels: Vec<(&str, &str)> = edge.peaks.iter().map(|p| (p.label.as_str(), p.label.as_str())).collect();
            let chosen = edge.normalise_by.as_deref().unwrap_or_default();
            if let Some(label) = choice(ui, text::NORMALISE_BY, chosen, &labels) {
                out.command(Command::SetNormalisingPeak { edge: edge.name.clone(), label: label.to_owned() });
            }
        }
        if edge.usage == EdgeUse::Drops {
            let measures = [
                (PeakMeasure::Window, text::MEASURE_WINDOW),
                (PeakMeasure::SingleScattering, text::MEASURE_SINGLE),
                (PeakMeasure::Component, text::MEASURE_COMPONENT),
                (PeakMeasure::Maximum, text::MEASURE_MAXIMUM),
            ];
            if let Some(measure) = choice(ui, text::MEASURE, edge.measure, &measures) {
                out.command(Command::SetMeasure { edge: edge.name.clone(), measure });
            }
        }
        if let Some(window) = edge.compare_window_ev {
            window_row(ui, edge, (text::COMPARE_WINDOW, WindowName::Compare), window, out);
        }
        peak_table(ui, edge, out);
    });
}

fn peak_table(ui: &mut Ui, edge: &EdgeRecipe, out: &mut Out) {
    let palette = Palette::of(ui);
    let head = |ui: &mut Ui, label: &str| {
        ui.label(egui::RichText::new(label).size(SMALL).color(palette.weak));
    };
    Grid::new("peaks").num_columns(4).spacing(vec2(8.0, 4.0)).min_col_width(14.0).show(ui, |ui| {
        head(ui, "");
        head(ui, text::FROM);
        head(ui, text::TO);
        head(ui, text::ASSIGNMENT);
        ui.end_row();
        for peak in &edge.peaks {
            peak_row(ui, edge, peak, out);
        }
    });
}

fn peak_row(ui: &mut Ui, edge: &EdgeRecipe, peak: &PeakWindow, out: &mut Out) {
    let palette = Palette::of(ui);
    let label = ui.add(
        egui::Label::new(egui::RichText::new(format::edge_name(&peak.label)).font(theme::semibold(13.0)))
            .sense(egui::Sense::click()),
    );
    let name = format!("{} {} {}", text::MENU_OF, format::edge_name(&edge.name), WindowName::Peak(peak.label.clone()));
    label.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &name));
    widgets::focus_ring(ui, &label);
    widgets::held_menu(&label, |ui| {
        if ui.button(text::REMOVE_PEAK).clicked() {
            out.command(Command::RemovePeak { edge: edge.name.clone(), label: peak.label.clone() });
            ui.close();
        }
    });
    let window = WindowName::Peak(peak.label.clone());
    limits(ui, edge, &window, peak.window_ev, 56.0, out);
    let width = ui.available_width().max(30.0);
    ui.allocate_ui(vec2(width, FIELD_HEIGHT), |ui| {
        let text = egui::RichText::new(&peak.assignment).size(SMALL).color(palette.weak);
        ui.add(egui::Label::new(text).truncate()).on_hover_text(&peak.assignment);
    });
    ui.end_row();
}

/// A new peak behind the last one, with the first letter that is free.
fn add_peak(edge: &EdgeRecipe, out: &mut Out) {
    let end = edge.peaks.iter().map(|peak| peak.window_ev.hi_ev()).fold(edge.background.window_ev.hi_ev(), f64::max);
    if let Ok(window_ev) = EnergyWindow::new(end + 0.5, end + 3.5) {
        spectrum_menu::add_peak(edge, window_ev, out);
    }
}

fn window_row(ui: &mut Ui, edge: &EdgeRecipe, (label, name): (&str, WindowName), window: EnergyWindow, out: &mut Out) {
    widgets::row(ui, label, |ui| {
        let width = (ui.available_width() - ui.spacing().item_spacing.x) / 2.0;
        limits(ui, edge, &name, window, width, out);
    });
}

/// Two fields for the limits of a window.
pub(super) fn limits(
    ui: &mut Ui,
    edge: &EdgeRecipe,
    name: &WindowName,
    window: EnergyWindow,
    width: f32,
    out: &mut Out,
) {
    let (mut lo, mut hi) = (window.lo_ev(), window.hi_ev());
    let what = format!("{} {name}", format::edge_name(&edge.name));
    let from = energy_field(ui, &format!("{what} from"), &mut lo, width);
    send_limits(&from, edge, name, (lo, hi), out);
    let to = energy_field(ui, &format!("{what} to"), &mut hi, width);
    send_limits(&to, edge, name, (lo, hi), out);
}

fn send_limits(response: &Response, edge: &EdgeRecipe, name: &WindowName, (lo, hi): (f64, f64), out: &mut Out) {
    out.gesture(response, |out| {
        if response.changed()
            && lo < hi
            && let Ok(window_ev) = EnergyWindow::new(lo, hi)
        {
            out.command(Command::MoveWindow { edge: edge.name.clone(), window: name.clone(), window_ev });
        }
    });
}

/// A field for an energy in eV, dragged or typed.
fn energy_field(ui: &mut Ui, name: &str, value: &mut f64, width: f32) -> Response {
    let field = DragValue::new(value).speed(0.05).max_decimals(2).update_while_editing(false);
    let field = field.custom_formatter(|value, _| format::energy(value));
    // A decimal comma is as good as a point.
    let field = field.custom_parser(|text| text.trim().replace(',', ".").replace('\u{2212}', "-").parse().ok());
    ui.add_sized(vec2(width, FIELD_HEIGHT), field).accessible_name(name)
}

/// A row with a choice; gives what was chosen instead.
pub(super) fn choice<T: PartialEq + Copy>(ui: &mut Ui, label: &str, chosen: T, choices: &[(T, &str)]) -> Option<T> {
    widgets::row(ui, label, |ui| {
        let selected = choices.iter().find(|(value, _)| *value == chosen).map_or(format::NONE, |(_, name)| name);
        let combo = egui::ComboBox::from_id_salt(label).width(ui.available_width()).truncate().selected_text(selected);
        let combo = combo.icon(widgets::chevron);
        let mut picked = None;
        let inner = combo.show_ui(ui, |ui| {
            for (value, name) in choices {
                if ui.selectable_label(*value == chosen, *name).clicked() && *value != chosen {
                    picked = Some(*value);
                }
            }
        });
        inner.response.accessible_name(label);
        picked
    })
}
