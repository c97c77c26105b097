//! Cautions with what can be done about each: where to look, and a fix where there is one.

use egui::Ui;

use super::out::{Action, Out};
use super::sheet::SheetPage;
use super::stage::Shown;
use super::theme::{Palette, SMALL};
use super::view_state::Stage;
use super::{format, text, widgets};
use crate::analysis::{AnalysisError, Warning};
use crate::app::Failure;
use crate::document::Command;
use crate::model::{
    AlignmentMethod, BackgroundModel, CalibrationMethod, CalibrationRecipe, Recipe, Role, ScanMatching,
};

/// Where a caution can be looked at.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Look {
    Page(SheetPage),
    Background,
    Normalisations,
    Columns,
    Scan,
}

/// What shows the thing that a caution is about.
fn look_of(code: &str) -> Option<Look> {
    Some(match code {
        "self-check-failed"
        | "ti-l-self-check-failed"
        | "drift-along-scan"
        | "gain-assumed"
        | "gain-disagrees-with-file"
        | "gain-effective" => Look::Page(SheetPage::Noise),
        "calibration-offset-only" | "dispersion-far-off" | "axis-off-features" => Look::Page(SheetPage::Calibration),
        "calibration-differs" => Look::Page(SheetPage::Calibration),
        "aligned-on-ti-l" | "not-aligned" | "drift-left-in" => Look::Page(SheetPage::Alignment),
        "pre-edge-differs"
        | "pre-edge-misfit"
        | "background-exponent"
        | "background-near-onset"
        | "background-on-ti-tail"
        | "windows-overlap" => Look::Background,
        "order-depends-on-normalisation" => Look::Normalisations,
        "columns-differ" => Look::Columns,
        "alternation-not-established"
        | "sites-not-found"
        | "sites-from-o-k"
        | "oxygen-or-titanium"
        | "abf-against-o-k" => Look::Scan,
        _ => return None,
    })
}

/// A change that removes the cause, and what it is called.
fn fix_of(warning: &Warning, recipe: &Recipe) -> Option<(&'static str, Command)> {
    match warning.code.as_str() {
        "background-near-onset" | "background-on-ti-tail" | "windows-overlap" => {
            let preset = Recipe::preset(&recipe.name).ok().filter(|preset| preset.edges != recipe.edges)?;
            let recipe = Recipe { edges: preset.edges, ..recipe.clone() };
            Some((text::FIX_WINDOWS, Command::SetRecipe { recipe: Box::new(recipe) }))
        }
        "pre-edge-differs" => {
            let edge = recipe.edges.iter().find(|edge| edge.background.model == BackgroundModel::CommonShape)?;
            let (edge, model) = (edge.name.clone(), BackgroundModel::PowerLaw);
            Some((text::FIX_POWER_LAW, Command::SetBackgroundModel { edge, model }))
        }
        "resolution-differs" => {
            let matching = ScanMatching { resolution: true, ..recipe.matching };
            Some((text::FIX_MATCH, Command::SetRecipe { recipe: Box::new(Recipe { matching, ..recipe.clone() }) }))
        }
        "not-aligned" | "drift-left-in" if recipe.alignment == AlignmentMethod::None => {
            Some((text::FIX_ALIGN, Command::SetAlignment { method: AlignmentMethod::Auto }))
        }
        "calibration-offset-only" | "axis-off-features" if recipe.calibration.method != CalibrationMethod::Features => {
            let calibration = CalibrationRecipe { method: CalibrationMethod::Features, ..recipe.calibration.clone() };
            Some((text::CALIBRATE_FEATURES, Command::SetCalibration { calibration }))
        }
        _ => None,
    }
}

/// A change that lets a comparison be made that failed, and what it is called.
pub(super) fn fix_of_failure(failure: Option<&Failure>, recipe: &Recipe) -> Option<(&'static str, Command)> {
    let Some(Failure::Analysis(AnalysisError::DispersionDiffers { .. })) = failure else { return None };
    let matched = Recipe { matching: ScanMatching::ALL, ..recipe.clone() };
    Some((text::FIX_MATCH, Command::SetRecipe { recipe: Box::new(matched) }))
}

/// Draws every caution that stands at the table, with its buttons. Menus spread their words to both sides; text is not.
pub(super) fn show(ui: &mut Ui, shown: &Shown<'_>, out: &mut Out) {
    ui.with_layout(egui::Layout::top_down(egui::Align::Min), |ui| list(ui, shown, out));
}

fn list(ui: &mut Ui, shown: &Shown<'_>, out: &mut Out) {
    let Some(derived) = shown.bench.derived() else { return };
    let recipe = &shown.bench.document().session().recipe;
    let palette = Palette::of(ui);
    ui.set_max_width(520.0);
    for (k, warning) in derived.comparison.report.warnings.iter().enumerate() {
        if k > 0 {
            ui.separator();
        }
        let place = if warning.place.is_empty() { String::new() } else { format!("{}: ", warning.place) };
        let message = format::sentence(&format!("{place}{}", warning.message));
        let message = egui::RichText::new(message).size(SMALL).color(palette.text);
        ui.add(egui::Label::new(message).wrap());
        ui.horizontal(|ui| {
            if let Some(look) = look_of(&warning.code)
                && widgets::link(ui, text::SHOW_ME).clicked()
            {
                go(shown, look, warning, out);
                ui.close();
            }
            if let Some((label, command)) = fix_of(warning, recipe)
                && widgets::link(ui, &format!("{}: {label}", text::FIX)).clicked()
            {
                out.command(command);
                ui.close();
            }
        });
    }
}

fn go(shown: &Shown<'_>, look: Look, warning: &Warning, out: &mut Out) {
    match look {
        Look::Page(page) => out.look(shown.view, |look| look.sheet = Some(page)),
        Look::Background => out.action(Action::Stage(Stage::Background)),
        Look::Normalisations => out.look(shown.view, |look| look.answers = super::Answers::Normalisations),
        Look::Columns => out.look(shown.view, |look| look.answers = super::Answers::Columns),
        Look::Scan => {
            let named = |card: &&super::ScanCard| warning.place.contains(&card.name);
            let scans = &shown.model.scans;
            let card = scans.iter().find(named).or(scans.iter().find(|card| card.role == Role::Scan));
            if let Some(card) = card {
                out.action(Action::Select(card.name.clone()));
            }
        }
    }
}
