//! What drawing the counts anew did to the drops, beside what the formulas say.

use egui::{Align, Align2, Rect, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::out::Out;
use super::stage::Shown;
use super::theme::{self, Palette, SMALL};
use super::view_model::Ink;
use super::{format, text, widgets};
use crate::analysis::{BootstrapResult, Comparison, PeakAtSite};
use crate::app::Workbench;
use crate::document::Command;

const ROW: f32 = 25.0;
/// Draws that are offered.
pub(super) const CHOICES: [u32; 3] = [500, 2000, 10_000];

/// The draws that there are.
pub(super) struct Drawn<'a> {
    comparison: &'a Comparison,
    /// Whether they were made before the last change.
    pub(super) stale: bool,
}

impl<'a> Drawn<'a> {
    /// Those of the result that is shown, or else the last ones, as long as any are wanted.
    pub(super) fn of(bench: &'a Workbench) -> Option<Self> {
        bench.document().session().bootstrap?;
        let shown = bench.derived().map(|derived| derived.comparison.as_ref()).filter(|shown| has_draws(shown));
        match shown {
            Some(comparison) => Some(Self { comparison, stale: bench.is_updating() }),
            None => bench.last_drawn().map(|comparison| Self { comparison, stale: true }),
        }
    }

    /// A drop with its draws.
    pub(super) fn at(&self, peak: &str, scan: &str, site: &str) -> Option<(&'a PeakAtSite, &'a BootstrapResult)> {
        let edge = self.comparison.report.edges.first()?;
        let peak = edge.peaks.iter().find(|result| result.label == peak)?;
        let at = peak.sites.iter().find(|entry| entry.scan == scan && entry.site == site)?;
        Some((at, at.bootstrap.as_ref()?))
    }

    /// All drops of a scan that have draws.
    fn all(&self, scan: &str) -> impl Iterator<Item = (&'a PeakAtSite, &'a BootstrapResult)> {
        let peaks = self.comparison.report.edges.first().into_iter().flat_map(|edge| &edge.peaks);
        let scan = scan.to_owned();
        peaks
            .flat_map(|peak| &peak.sites)
            .filter(move |at| at.scan == scan)
            .filter_map(|at| Some((at, at.bootstrap.as_ref()?)))
    }

    /// What the draws say of the formulas, in a sentence.
    fn sentence(&self, scan: &str) -> String {
        let Some(draws) = self.all(scan).map(|(_, drawn)| drawn.replicas).next() else { return text::NO_RESULT.into() };
        let ratios = self.all(scan).filter_map(|(at, drawn)| Some(drawn.drop_sigma? / at.drop_counting?));
        let [low, high] = ratios.fold([f64::INFINITY, f64::NEG_INFINITY], |[lo, hi], r| [lo.min(r), hi.max(r)]);
        let against = match (format::fixed(low, 2), format::fixed(high, 2)) {
            _ if low > high => String::new(),
            (low, high) if low == high => format!("; the scatter is {low} of the σ by the formulas"),
            (low, high) => format!("; the scatter is {low} to {high} of the σ by the formulas"),
        };
        let failed = self.all(scan).map(|(_, drawn)| drawn.failed).max().filter(|failed| *failed > 0);
        let failed = failed.map_or(String::new(), |n| format!("; in up to {n} draws a peak was not detected"));
        format!("{draws} draws of counting and read noise, without fixed pattern and background model{against}{failed}")
    }
}

fn has_draws(comparison: &Comparison) -> bool {
    let peaks = comparison.report.edges.iter().flat_map(|edge| &edge.peaks);
    peaks.flat_map(|peak| &peak.sites).any(|at| at.bootstrap.is_some())
}

/// What a drop's draws are, in words.
pub(super) fn described((at, drawn): (&PeakAtSite, &BootstrapResult)) -> String {
    let sigma = |sigma: Option<f64>| sigma.map_or(format::NONE.to_owned(), |s| format!("{} %", percents(s, 2)));
    let interval = drawn.drop_ci95.map_or(String::new(), |ci| format!(", 95 % {}", range(ci)));
    let (formula, scatter) = (sigma(at.drop_counting), sigma(drawn.drop_sigma));
    format!("σ of counting {formula}, by {} draws {scatter}{interval}", drawn.replicas)
}

fn percents(share: f64, decimals: usize) -> String {
    format::fixed(100.0 * share, decimals)
}

fn range([low, high]: [f64; 2]) -> String {
    format!("{} to {} %", percents(low, 1), percents(high, 1))
}

/// Draws the page for one scan, its sites and the peaks.
pub(super) fn page(
    ui: &mut Ui,
    place: Rect,
    shown: &Shown<'_>,
    (scan, sites, peaks): (&str, &[(String, Ink)], &[&str]),
    out: &mut Out,
) {
    let palette = Palette::of(ui);
    let drawn = Drawn::of(shown.bench);
    let width = (place.width() - 30.0) / sites.len().max(1) as f32;
    for (k, (site, ink)) in sites.iter().enumerate() {
        let left = place.left() + 30.0 + width * k as f32;
        let head = Rect::from_min_size(pos2(left, place.top()), vec2(width - 6.0, 18.0));
        widgets::elided(ui, head, &format!("{site}: {}", text::DRAWN_HEAD), theme::regular(SMALL), palette.weak);
        for (row, peak) in peaks.iter().enumerate() {
            let cell = Rect::from_min_size(pos2(left, place.top() + 20.0 + ROW * row as f32), vec2(width, ROW));
            let found = drawn.as_ref().and_then(|drawn| Some((drawn.at(peak, scan, site)?, drawn.stale)));
            draws_cell(ui, cell, (peak, site), found, palette.ink(*ink));
        }
    }
    for (row, peak) in peaks.iter().enumerate() {
        let top = place.top() + 20.0 + ROW * row as f32;
        ui.painter().hline(place.x_range(), top, Stroke::new(1.0, palette.grid));
        let pos = pos2(place.left(), top + ROW / 2.0);
        ui.painter().text(pos, Align2::LEFT_CENTER, *peak, theme::semibold(theme::BODY), palette.text);
    }
    let bottom = place.top() + 20.0 + ROW * peaks.len() as f32;
    let line = Rect::from_min_size(pos2(place.left(), bottom), vec2(place.width(), ROW));
    state(ui, line, shown, (scan, drawn.as_ref()), out);
}

/// The numbers of one drop.
fn draws_cell(
    ui: &Ui,
    cell: Rect,
    (peak, site): (&str, &str),
    found: Option<((&PeakAtSite, &BootstrapResult), bool)>,
    ink: egui::Color32,
) {
    let palette = Palette::of(ui);
    let Some(((at, drawn), stale)) = found else {
        widgets::number(ui, cell, Align::Min, format::NONE, theme::regular(12.0), palette.weak);
        return;
    };
    let font = if cell.width() < 260.0 { theme::medium(11.0) } else { theme::medium(12.5) };
    let colour = if stale { palette.weak } else { ink };
    let sigma = |sigma: Option<f64>| sigma.map_or(format::NONE.to_owned(), |s| percents(s, 2));
    let pair = format!("{} / {} %", sigma(at.drop_counting), sigma(drawn.drop_sigma));
    widgets::number(ui, cell, Align::Min, &pair, font.clone(), colour);
    let second = cell.with_min_x(cell.left() + 0.46 * cell.width());
    let interval = drawn.drop_ci95.map_or(format::NONE.to_owned(), range);
    widgets::number(ui, second, Align::Min, &interval, font, colour);
    let old = if stale { format!(", {}", text::DRAWN_BEFORE) } else { String::new() };
    let name = format!("{peak} at {site}: {}{old}", described((at, drawn)));
    let response = ui.interact(cell, ui.scope_id().with(("drawn", peak, site)), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &name));
    response.on_hover_text(&name);
}

/// Below: what the draws say, how far they are, or how to ask for them.
fn state(ui: &mut Ui, line: Rect, shown: &Shown<'_>, (scan, drawn): (&str, Option<&Drawn<'_>>), out: &mut Out) {
    let palette = Palette::of(ui);
    let wanted = shown.bench.document().session().bootstrap;
    let mut place = line;
    if wanted.is_none() {
        let builder = egui::UiBuilder::new().max_rect(line).layout(egui::Layout::left_to_right(Align::Center));
        let mut row = ui.new_child(builder.id_salt("draws"));
        for draws in CHOICES {
            if widgets::link(&mut row, &text::draws(draws)).clicked() {
                out.command(Command::SetBootstrap { draws: Some(draws) });
            }
        }
        place.min.x = row.min_rect().right() + 10.0;
    }
    let (words, colour) = match (wanted, drawn, shown.bench.drawing()) {
        (None, ..) => (text::DRAW_HINT.to_owned(), palette.weak),
        (_, Some(drawn), _) if drawn.stale => (text::DRAWN_STALE.to_owned(), palette.caution),
        (_, Some(drawn), _) => (drawn.sentence(scan), palette.text),
        (_, None, Some([done, of])) => (format!("{} {done} / {of}", text::BOOTSTRAP), palette.accent),
        (_, None, None) => (not_drawn(shown.bench), palette.weak),
    };
    widgets::elided(ui, place, &words, theme::regular(12.0), colour);
    let response = ui.interact(place, ui.scope_id().with("draws said"), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &words));
    response.on_hover_text(&words);
}

/// Why nothing was drawn though it was asked for.
fn not_drawn(bench: &Workbench) -> String {
    let derived = bench.derived().map(|derived| &derived.comparison.report.not_computed);
    let reason = derived.into_iter().flatten().find(|entry| entry.field.ends_with(".bootstrap"));
    reason.map_or_else(|| text::NOT_DRAWN.to_owned(), |entry| entry.reason.clone())
}
