//! What a right click on the spectra offers.

use egui::{Rect, Response, Ui};

use super::bands;
use super::copy;
use super::out::{Action, Out};
use super::stage::{Lane, Shown};
use super::text;
use crate::document::Command;
use crate::model::{EdgeRecipe, EnergyWindow, PeakWindow};

/// Half the width of a peak added from the menu, eV.
const HALF_WIDTH_EV: f64 = 1.0;

/// Attaches the menu to a plot; `card` is what its picture shows.
pub(super) fn attach(response: &Response, shown: &Shown<'_>, lane: &Lane<'_>, card: Rect, out: &mut Out) {
    let id = response.id.with("pressed");
    if let Some(pos) = response.interact_pointer_pos().filter(|_| response.secondary_clicked()) {
        response.ctx.data_mut(|data| data.insert_temp(id, lane.scale().value(pos.x)));
    }
    response.context_menu(|ui| {
        let at_ev = ui.data(|data| data.get_temp(id)).unwrap_or(lane.pane.range_ev[0]);
        menu(ui, shown, lane, (at_ev, card), out);
    });
}

fn menu(ui: &mut Ui, shown: &Shown<'_>, lane: &Lane<'_>, (at_ev, card): (f64, Rect), out: &mut Out) {
    ui.set_min_width(200.0);
    if let Some(edge) = edge_of(shown, lane)
        && let Ok(window) = EnergyWindow::new(at_ev - HALF_WIDTH_EV, at_ev + HALF_WIDTH_EV)
        && ui.button(text::NEW_PEAK).clicked()
    {
        add_peak(edge, window, out);
    }
    if ui.button(text::MEASURE_HERE).clicked() {
        out.look(shown.view, |look| look.cursors_ev = Some([at_ev, at_ev + 2.0]));
    }
    let mut log = shown.view.look.log;
    if ui.checkbox(&mut log, text::LOG_AXIS).clicked() {
        out.look(shown.view, |look| look.log = log);
        ui.close();
    }
    if ui.button(text::RESET_ZOOM).clicked() {
        out.action(Action::ResetZoom(Some(lane.pane.edge.clone())));
    }
    ui.separator();
    if ui.button(text::COPY_CSV).clicked() {
        out.action(Action::CopyText(copy::csv(lane.pane)));
    }
    if ui.button(text::COPY_PICTURE).clicked() {
        out.action(Action::CopyPicture(card));
    }
}

/// The edge of the recipe that a lane shows.
pub(super) fn edge_of<'a>(shown: &Shown<'a>, lane: &Lane<'_>) -> Option<&'a EdgeRecipe> {
    shown.bench.document().session().recipe.edge(&lane.pane.edge)
}

/// Adds a peak under the first letter that is free.
pub(super) fn add_peak(edge: &EdgeRecipe, window_ev: EnergyWindow, out: &mut Out) {
    if let Some(label) = ('a'..='z').map(String::from).find(|label| edge.peak(label).is_none()) {
        let window_ev = bands::tidy(window_ev);
        let peak = PeakWindow { label, window_ev, assignment: String::new() };
        out.command(Command::AddPeak { edge: edge.name.clone(), peak });
    }
}
