//! What the columns show by themselves: the probe stated by the user, the mixing it makes, and the drops without it.

use egui::{Align, Align2, DragValue, Layout, Rect, Role, Sense, Stroke, Ui, UiBuilder, WidgetInfo, pos2, vec2};

use super::out::Out;
use super::stage::Shown;
use super::theme::{self, BODY, Palette, SMALL};
use super::view_model::Ink;
use super::{format, text, widgets};
use crate::analysis::unmix::{ProbeResult, UnmixedDrop, UnmixingResult};
use crate::analysis::{EdgeResult, PeakAtSite};
use crate::document::Command;
use crate::model::ProbeModel;

const ROW: f32 = 25.0;
/// A probe to begin with: that of the simulated scans; its numbers are to be replaced by those of an image simulation.
const FIRST: ProbeModel = ProbeModel { tail_share: 0.1, tail_fwhm_nm: 0.5, off_chain: 0.12 };

/// Draws the page for one scan and its sites.
pub(super) fn page(
    ui: &mut Ui,
    place: Rect,
    shown: &Shown<'_>,
    (edge, scan, sites, peaks): (&EdgeResult, &str, &[(String, Ink)], &[&str]),
    out: &mut Out,
) {
    let stated = shown.bench.document().session().recipe.edge(&edge.name).and_then(|edge| edge.unmixing);
    let line = Rect::from_min_size(place.min, vec2(place.width(), ROW));
    let mut row = ui.new_child(UiBuilder::new().max_rect(line).layout(Layout::left_to_right(Align::Center)));
    let set = |probe| Command::SetUnmixing { edge: edge.name.clone(), probe };
    let Some(stated) = stated else {
        if widgets::link(&mut row, text::UNMIX).clicked() {
            out.command(set(Some(FIRST)));
        }
        let rest = line.with_min_x(row.min_rect().right() + 10.0);
        return widgets::elided(ui, rest, text::UNMIX_HINT, theme::regular(12.0), Palette::of(ui).weak);
    };
    probe_fields(&mut row, stated, &set, out);
    let found = edge.unmixing.iter().find(|entry| entry.scan == scan);
    let place = place.with_min_y(line.bottom() + 4.0);
    match found {
        None => widgets::elided(
            ui,
            place.with_max_y(place.top() + ROW),
            text::NO_RESULT,
            theme::regular(12.0),
            Palette::of(ui).weak,
        ),
        Some(found) => table(ui, place, edge, (found, sites, peaks)),
    }
}

/// The three numbers that must be known of the probe, and the way back.
fn probe_fields(row: &mut Ui, stated: ProbeModel, set: &impl Fn(Option<ProbeModel>) -> Command, out: &mut Out) {
    let mut changed = stated;
    let fields = [
        (text::TAIL_SHARE, &mut changed.tail_share, 0.0..=0.95),
        (text::TAIL_WIDTH, &mut changed.tail_fwhm_nm, 0.05..=10.0),
        (text::OFF_CHAIN, &mut changed.off_chain, 0.0..=10.0),
    ];
    let mut responses = Vec::new();
    for (name, value, range) in fields {
        row.label(egui::RichText::new(name).size(SMALL).color(Palette::of(row).weak));
        let field = DragValue::new(value).speed(0.005).range(range).max_decimals(3);
        responses.push(row.add(field).accessible_name(name).on_hover_text(text::PROBE_HINT));
    }
    for response in responses {
        out.gesture(&response, |out| {
            if response.changed() {
                out.command(set(Some(changed)));
            }
        });
    }
    if widgets::link(row, text::REMOVE_SHORT).accessible_name(text::UNMIX_OFF).clicked() {
        out.command(set(None));
    }
}

/// The drops as seen and of the columns by themselves, and what the probe mixes.
fn table(ui: &Ui, place: Rect, edge: &EdgeResult, (found, sites, peaks): (&UnmixingResult, &[(String, Ink)], &[&str])) {
    let palette = Palette::of(ui);
    let width = (place.width() - 30.0) / sites.len().max(1) as f32;
    for (k, (site, ink)) in sites.iter().enumerate() {
        let left = place.left() + 30.0 + width * k as f32;
        let head = Rect::from_min_size(pos2(left, place.top()), vec2(width - 6.0, 16.0));
        widgets::elided(ui, head, &format!("{site}: {}", text::UNMIXED_HEAD), theme::regular(SMALL), palette.weak);
        for (row, peak) in peaks.iter().enumerate() {
            let cell = Rect::from_min_size(pos2(left, place.top() + 16.0 + ROW * row as f32), vec2(width - 6.0, ROW));
            let apparent = apparent(edge, found, peak, site);
            let own = found.drops.iter().find(|drop| drop.site == *site && drop.peak == *peak);
            let words = format!("{apparent}  \u{2192}  {}", own.map_or(format::NONE.to_owned(), own_drop));
            let font = if width < 250.0 { theme::medium(11.0) } else { theme::medium(BODY) };
            widgets::number(ui, cell, Align::Min, &words, font, palette.ink(*ink));
            let own = own
                .map_or_else(|| text::NO_RESULT.to_owned(), |own| own.reason.clone().unwrap_or_else(|| own_drop(own)));
            let name = format!("{peak} at {site}: {} {apparent}, {} {own}", text::AS_SEEN, text::BY_THEMSELVES);
            let response = ui.interact(cell, ui.scope_id().with(("unmixed", peak, site)), Sense::hover());
            response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &name));
            response.on_hover_text(&name);
        }
    }
    for (row, peak) in peaks.iter().enumerate() {
        let top = place.top() + 16.0 + ROW * row as f32;
        ui.painter().hline(place.x_range(), top, Stroke::new(1.0, palette.grid));
        let pos = pos2(place.left(), top + ROW / 2.0);
        ui.painter().text(pos, Align2::LEFT_CENTER, *peak, theme::semibold(BODY), palette.text);
    }
    let bottom = place.top() + 16.0 + ROW * peaks.len() as f32;
    let line = Rect::from_min_size(pos2(place.left(), bottom), vec2(place.width(), ROW));
    let words = match (&found.reason, &found.probe) {
        (Some(reason), _) => format::sentence(reason),
        (None, Some(probe)) => mixing(probe),
        (None, None) => text::NO_RESULT.to_owned(),
    };
    let colour = if found.reason.is_some() { palette.caution } else { palette.text };
    widgets::elided(ui, line, &words, theme::regular(12.0), colour);
    let response = ui.interact(line, ui.scope_id().with("unmixing said"), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &words));
    response.on_hover_text(&words);
}

/// The drop as the windows give it.
fn apparent(edge: &EdgeResult, found: &UnmixingResult, peak: &str, site: &str) -> String {
    let results = edge.peaks.iter().find(|result| result.label == peak);
    let at = |at: &&PeakAtSite| at.scan == found.scan && at.site == site;
    let entry = results.and_then(|result| result.sites.iter().find(at));
    entry.map_or(format::NONE.to_owned(), |entry| format::percent(entry.drop, entry.drop_sigma))
}

/// The drop of the columns by themselves, with its interval.
fn own_drop(own: &UnmixedDrop) -> String {
    let interval = own.drop_ci95.map(|ci| {
        let [low, high] = ci.map(|drop| format::fixed(100.0 * drop, 1));
        format!(" ({low} to {high})")
    });
    format::percent(own.drop, own.drop_sigma) + &interval.unwrap_or_default()
}

/// The matrix, what lies outside the chain, and how much noise is amplified.
fn mixing(probe: &ProbeResult) -> String {
    let [first, second] = probe.matrix.map(|row| row.map(|share| format::fixed(share, 3)).join(", "));
    format!(
        "M = [[{first}], [{second}]], m0 = {}, condition number {}; core {} nm. {}",
        format::fixed(probe.off_chain, 3),
        format::fixed(probe.condition_number, 2),
        format::fixed(probe.core_fwhm_nm, 3),
        text::PROBE_AS_STATED
    )
}
