//! How things are shown, as menus: one button holds everything, and each plot has its own part at hand.

use egui::{DragValue, Popup, PopupCloseBehavior, Response, Stroke, Ui};

use super::look::{ColourMap, Look, ProfileChoice, Scans, Strip};
use super::out::{Action, Out};
use super::profile;
use super::stage::{self, Fit, Shown};
use super::theme::{self, Palette, SMALL};
use super::{components, format, text, widgets};
use crate::document::Command;
use crate::model::{EdgeUse, PeakMeasure, Role};

/// The button that holds all choices, and what the toolbar has no room for.
pub(super) fn button(ui: &mut Ui, shown: &Shown<'_>, fit: Fit, out: &mut Out) {
    let response = widgets::menu_link(ui, text::DISPLAY);
    opened(&response, |ui| {
        ui.set_min_width(220.0);
        if fit < Fit::NoLayout && ui.button(text::DATA_QUALITY).clicked() {
            stage::data_quality(shown, out);
            ui.close();
        }
        let mut waterfall = shown.view.waterfall;
        if fit < Fit::All && ui.checkbox(&mut waterfall, text::WATERFALL).clicked() {
            out.action(Action::Waterfall(waterfall));
        }
        spectra(ui, shown, out);
        joint_fit(ui, shown, out);
        heading(ui, text::LINE_SCAN);
        profiles(ui, shown, out);
        colours(ui, shown, out);
        if several(shown) {
            scans(ui, shown, out);
        }
    });
}

/// A menu that stays open while choices are made.
pub(super) fn opened(response: &Response, add: impl FnOnce(&mut Ui)) {
    Popup::menu(response).close_behavior(PopupCloseBehavior::CloseOnClickOutside).show(|ui| {
        // Menus draw no frames, but boxes, rounds and fields that are not chosen would not be seen without.
        let border = Stroke::new(1.0, Palette::of(ui).border);
        ui.visuals_mut().widgets.inactive.bg_stroke = border;
        ui.visuals_mut().widgets.hovered.bg_stroke = border;
        add(ui);
    });
}

fn several(shown: &Shown<'_>) -> bool {
    shown.model.scans.iter().filter(|card| card.role == Role::Scan).count() > 1
}

fn heading(ui: &mut Ui, label: &str) {
    ui.add_space(4.0);
    let palette = Palette::of(ui);
    ui.label(egui::RichText::new(label).font(theme::semibold(SMALL)).color(palette.weak));
}

fn radio<T: PartialEq + Copy>(
    ui: &mut Ui,
    shown: &Shown<'_>,
    now: T,
    choices: &[(T, &str)],
    out: &mut Out,
    set: impl Fn(&mut Look, T),
) {
    for (value, label) in choices {
        if ui.radio(now == *value, *label).clicked() {
            out.look(shown.view, |look| set(look, *value));
        }
    }
}

fn spectra(ui: &mut Ui, shown: &Shown<'_>, out: &mut Out) {
    heading(ui, text::SPECTRA);
    let look = &shown.view.look;
    let mut log = look.log;
    if ui.checkbox(&mut log, text::LOG_AXIS).clicked() {
        out.look(shown.view, |look| look.log = log);
    }
    let mut cursors = look.cursors_ev.is_some();
    if ui.checkbox(&mut cursors, text::CURSORS).clicked() {
        let places = cursors.then(|| places(shown)).flatten();
        out.look(shown.view, |look| look.cursors_ev = places);
    }
    strip(ui, shown, out);
}

/// Whose joint fit is shown; without one, how to have it made.
fn joint_fit(ui: &mut Ui, shown: &Shown<'_>, out: &mut Out) {
    heading(ui, text::JOINT_FIT);
    let recipe = &shown.bench.document().session().recipe;
    let drops = recipe.edges.iter().filter(|edge| edge.usage == EdgeUse::Drops);
    for edge in drops.clone().filter(|edge| edge.measure != PeakMeasure::Component) {
        let mut on = edge.joint_fit;
        let name = format!("{} {}", text::MAKE_FIT, format::edge_name(&edge.name));
        if ui.checkbox(&mut on, name).clicked() {
            out.command(Command::SetJointFit { edge: edge.name.clone(), on });
        }
    }
    let Some(derived) = shown.bench.derived() else { return };
    let scan = shown.model.selected().filter(|card| card.role == Role::Scan);
    let scan = scan.or_else(|| shown.model.scans.iter().find(|card| card.role == Role::Scan));
    let Some(scan) = scan else { return };
    let sites: Vec<String> =
        drops.flat_map(|edge| components::choices(&derived.comparison, &edge.name, &scan.name)).collect();
    if sites.is_empty() {
        // Without a curve there is at least the reason.
        let edges = derived.comparison.report.edges.iter().flat_map(|edge| &edge.joint_fit);
        for reason in edges.filter(|fit| fit.scan == scan.name).filter_map(|fit| fit.reason.as_ref()).take(1) {
            widgets::cautions(ui, std::slice::from_ref(reason));
        }
        return;
    }
    let now = &shown.view.look.components;
    for site in std::iter::once(None).chain(sites.into_iter().map(Some)) {
        let name = site.as_ref().map_or(text::NO_COMPONENTS.to_owned(), |site| format!("{} {site}", text::FIT_OF));
        if ui.radio(*now == site, name).clicked() {
            out.look(shown.view, |look| look.components = site);
        }
    }
}

/// Where cursors appear: a third and two thirds into the last pane.
fn places(shown: &Shown<'_>) -> Option<[f64; 2]> {
    let [lo, hi] = shown.model.panes.last()?.range_ev;
    Some([lo + (hi - lo) / 3.0, lo + 2.0 * (hi - lo) / 3.0])
}

/// What the strip under the spectra shows.
pub(super) fn strip(ui: &mut Ui, shown: &Shown<'_>, out: &mut Out) {
    heading(ui, text::STRIP);
    let look = &shown.view.look;
    let mut choices = vec![(Strip::Difference, text::SITE_MINUS_REFERENCE), (Strip::Residuals, text::RESIDUALS)];
    let derived = shown.bench.derived();
    if derived.is_some_and(|derived| derived.comparison.curves.iter().any(|curves| !curves.joint_fits.is_empty())) {
        choices.push((Strip::FitResiduals, text::FIT_RESIDUALS));
    }
    radio(ui, shown, look.strip, &choices, out, |look, strip| look.strip = strip);
    ui.horizontal(|ui| {
        widgets::weak(ui, text::ERROR_BAND);
        let choices = [(0, text::NO_BAND), (1, "1σ"), (2, "1σ + 2σ")];
        if let Some(sigmas) = widgets::segmented(ui, "band", look.band_sigmas, &choices) {
            out.look(shown.view, |look| look.band_sigmas = sigmas);
        }
    });
}

/// Which signal stands beside the line scan.
pub(super) fn profiles(ui: &mut Ui, shown: &Shown<'_>, out: &mut Out) {
    let open = shown.model.selected().and_then(|card| shown.bench.document().scan(&card.name));
    let Some(open) = open else { return };
    let all = [
        ProfileChoice::Auto,
        ProfileChoice::Abf,
        ProfileChoice::Haadf,
        ProfileChoice::OK,
        ProfileChoice::TiL,
        ProfileChoice::View,
    ];
    let choices: Vec<_> = all.into_iter().filter(|choice| profile::exists(shown, open, *choice)).collect();
    let choices: Vec<_> = choices.into_iter().map(|choice| (choice, profile::label(choice))).collect();
    radio(ui, shown, shown.view.look.profile, &choices, out, |look, choice| look.profile = choice);
}

/// Colours and contrast of the line scan.
pub(super) fn colours(ui: &mut Ui, shown: &Shown<'_>, out: &mut Out) {
    heading(ui, text::COLOURS);
    let look = &shown.view.look;
    let choices = [
        (ColourMap::Inferno, "Inferno"),
        (ColourMap::Magma, "Magma"),
        (ColourMap::Viridis, "Viridis"),
        (ColourMap::Grey, text::GREY),
    ];
    ui.horizontal(|ui| {
        if let Some(colours) = widgets::segmented(ui, "colours", look.colours, &choices) {
            out.look(shown.view, |look| look.colours = colours);
        }
    });
    let fields = [(text::DARKEST, 0, 0.0..=50.0), (text::BRIGHTEST, 1, 51.0..=100.0)];
    for (label, k, range) in fields {
        let mut share = 100.0 * look.contrast[k];
        let field = DragValue::new(&mut share).range(range).speed(0.1).suffix(" %").max_decimals(1);
        if widgets::row(ui, label, |ui| ui.add(field).accessible_name(label)).changed() {
            out.look(shown.view, |look| look.contrast[k] = share / 100.0);
        }
    }
}

fn scans(ui: &mut Ui, shown: &Shown<'_>, out: &mut Out) {
    heading(ui, text::SEVERAL_SCANS);
    let choices = [
        (Scans::Chosen, text::SCANS_CHOSEN),
        (Scans::SideBySide, text::SCANS_SIDE_BY_SIDE),
        (Scans::All, text::SCANS_ALL),
    ];
    radio(ui, shown, shown.view.look.scans, &choices, out, |look, scans| look.scans = scans);
}
