//! X-ray spikes: where they were, what was put in their place, and which are to stay.

use egui::{Grid, Id, ScrollArea, Stroke, Ui};

use super::super::chart::{self, Chart};
use super::super::heat_map::calibrated_axis;
use super::super::out::{Action, Out};
use super::super::plot::range_of;
use super::super::stage::Shown;
use super::super::theme::{self, Palette, SMALL};
use super::super::view_model::Ink;
use super::super::{format, text, widgets};
use super::split;
use crate::analysis::Report;
use crate::document::Command;
use crate::model::{KeptSpike, SpikeHandling};

/// Channels shown on either side of a spike.
const AROUND: usize = 30;

/// One spike: neighbouring samples of one position.
#[derive(Debug, Clone, PartialEq)]
struct Event {
    scan: String,
    position: usize,
    channels: Vec<usize>,
    energy_ev: f64,
    kept: bool,
}

/// Draws the page.
pub(super) fn show(ui: &mut Ui, shown: &Shown<'_>, report: &Report, out: &mut Out) {
    let recipe = &shown.bench.document().session().recipe;
    let events = events(shown, report, &recipe.kept_spikes);
    let id = Id::unique("spike shown");
    let chosen: usize = ui.data(|data| data.get_temp(id)).unwrap_or_default();
    let [mut left, right] = split(ui, 0.52);
    heading(&mut left, recipe.spikes, events.len(), out);
    ScrollArea::vertical().auto_shrink([false, false]).show(&mut left, |ui| {
        if let Some(k) = list(ui, &events, chosen, out) {
            ui.data_mut(|data| data.insert_temp(id, k));
        }
    });
    if let Some(event) = events.get(chosen).or(events.first()) {
        picture(&right, shown, event);
    }
}

fn heading(ui: &mut Ui, handling: SpikeHandling, count: usize, out: &mut Out) {
    ui.horizontal(|ui| {
        let mut removes = handling == SpikeHandling::Remove;
        if ui.checkbox(&mut removes, text::REMOVE_SPIKES).clicked() {
            let spikes = if removes { SpikeHandling::Remove } else { SpikeHandling::Keep };
            out.command(Command::SetSpikes { spikes });
        }
        let found = if removes && count == 0 { text::NO_SPIKES.to_owned() } else { format::count(count, "spike") };
        widgets::weak(ui, &found);
    });
}

/// Rows with what can be done to each; gives the one to be shown.
fn list(ui: &mut Ui, events: &[Event], chosen: usize, out: &mut Out) -> Option<usize> {
    let palette = Palette::of(ui);
    let mut show = None;
    Grid::new("spikes").num_columns(5).spacing([14.0, 4.0]).striped(true).show(ui, |ui| {
        for head in [text::SCAN, text::POSITION, text::ENERGY, "", ""] {
            ui.label(egui::RichText::new(head).size(SMALL).color(palette.weak));
        }
        ui.end_row();
        for (k, event) in events.iter().enumerate() {
            let name = egui::RichText::new(&event.scan);
            ui.label(if k == chosen { name.font(theme::semibold(13.0)) } else { name });
            ui.label(event.position.to_string());
            ui.label(format!("{} eV", format::fixed(event.energy_ev, 2)));
            let which = format!("{} {} {}", event.scan, text::POSITION.to_lowercase(), event.position);
            let look = ui.button(text::SHOW).on_hover_text(format!("{} {which}", text::SHOW));
            if look.clicked() {
                show = Some(k);
                out.action(Action::Select(event.scan.clone()));
            }
            let (label, keep) = if event.kept { (text::REMOVE_SPIKE, false) } else { (text::KEEP_SPIKE, true) };
            if ui.button(label).on_hover_text(format!("{label} {which}")).clicked() {
                let spike = |channel: &usize| KeptSpike {
                    scan: event.scan.clone(),
                    position: event.position,
                    channel: *channel,
                };
                out.command(Command::KeepSpike { samples: event.channels.iter().map(spike).collect(), keep });
            }
            ui.end_row();
        }
    });
    show
}

/// Samples that touch, found or kept, as one event each.
fn events(shown: &Shown<'_>, report: &Report, kept: &[KeptSpike]) -> Vec<Event> {
    let found = report.spikes.list.iter().map(|s| (s.scan.as_str(), s.position, s.channel, s.energy_ev, false));
    let kept = kept.iter().map(|spike| {
        let open = shown.bench.document().scan(&spike.scan);
        let comparison = shown.bench.derived().map(|derived| derived.comparison.as_ref());
        let axis = open.map(|open| calibrated_axis(open, &spike.scan, comparison));
        let energy_ev = axis.map_or(f64::NAN, |axis| axis.energy_at(spike.channel as f64));
        (spike.scan.as_str(), spike.position, spike.channel, energy_ev, true)
    });
    let mut events: Vec<Event> = Vec::new();
    for (scan, position, channel, energy_ev, kept) in found.chain(kept) {
        let joins = |event: &&mut Event| {
            event.scan == scan
                && event.position == position
                && event.kept == kept
                && event.channels.last().is_some_and(|last| channel.abs_diff(*last) <= 3)
        };
        match events.iter_mut().find(joins) {
            Some(event) => event.channels.push(channel),
            None => {
                let scan = scan.to_owned();
                events.push(Event { scan, position, channels: vec![channel], energy_ev, kept });
            }
        }
    }
    events
}

/// The counts about a spike, and those of the positions beside it.
fn picture(ui: &Ui, shown: &Shown<'_>, event: &Event) {
    let palette = Palette::of(ui);
    let Some(open) = shown.bench.document().scan(&event.scan) else { return };
    let Some(middle) = event.channels.first() else { return };
    let counts = open.scan.counts();
    let channels = middle.saturating_sub(AROUND)..(middle + AROUND + 1).min(counts.ncols());
    let value = |position: usize, channel: usize| counts.get([position, channel]).copied().unwrap_or(f64::NAN);
    let beside =
        |channel: usize| 0.5 * (value(event.position.wrapping_sub(1), channel) + value(event.position + 1, channel));
    let all = channels.clone().flat_map(|j| [value(event.position, j), beside(j)]);
    let y = range_of(all, 0.05, 0.1);
    let x = [channels.start as f64, channels.end as f64];
    let place = ui.available_rect_before_wrap();
    let chart = Chart::new(ui, place, (x, y), (text::CHANNEL, text::COUNTS));
    let points = channels.clone().map(|j| (j as f64, beside(j)));
    chart.line(ui, points, Stroke::new(1.2, palette.weak));
    let points = channels.map(|j| (j as f64, value(event.position, j)));
    chart.line(ui, points, Stroke::new(1.5, palette.ink(Ink::Site(0))));
    let here = format!("{} {}", text::POSITION, event.position);
    let entries = [(palette.ink(Ink::Site(0)), here), (palette.weak, text::BESIDE.to_owned())];
    chart::legend(ui, &chart, &entries);
}
