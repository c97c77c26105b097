//! The answer: how much each peak dropped at each site, how sure that is, and the same as a picture.

use egui::{Align, Align2, CornerRadius, Rect, Sense, Stroke, StrokeKind, Ui, pos2, vec2};

use super::answers::{self, Answers};
use super::drawn::{self, Drawn};
use super::out::{Action, Out};
use super::plot::{Scale, range_of};
use super::stage::Shown;
use super::theme::{self, BODY, CARD_RADIUS, Palette, SMALL};
use super::view_model::{Ink, WindowModel};
use super::window_choice::{self, Verdict};
use super::{caution_list, display_menu, drop_picture, format, text, widgets};
use crate::analysis::{Comparison, EdgeResult, PeakAtSite, PeakResult};
use crate::app::Workbench;
use crate::document::Command;
use crate::model::Role;

pub(super) const ROW: f32 = 25.0;
const CAUTION_ROW: f32 = 26.0;

/// One interval of the picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Interval {
    /// Colour.
    pub ink: Ink,
    /// Drop, a share.
    pub drop: f64,
    /// 68 % interval, or the drop itself.
    pub ci68: [f64; 2],
    /// 95 % interval, or the drop itself.
    pub ci95: [f64; 2],
    /// 95 % interval of the bootstrap, when there is one.
    pub drawn95: Option<[f64; 2]>,
}

/// One peak.
#[derive(Debug, Clone, PartialEq)]
pub struct DropRow {
    /// Label of the peak.
    pub peak: String,
    /// Drop at each site.
    pub drops: Vec<String>,
    /// First against second site.
    pub versus: String,
    /// Its p value.
    pub p: String,
    /// Intervals of the sites.
    pub intervals: Vec<Interval>,
    /// The same with all that is known of each drop, in words.
    pub words: String,
    /// Why something is missing.
    pub reason: Option<String>,
}

/// The drop table of one scan.
#[derive(Debug, Clone, PartialEq)]
pub struct DropsModel {
    /// Scan.
    pub scan: String,
    /// Title.
    pub title: String,
    /// Which errors the numbers hold.
    pub note: String,
    /// Whether the drops depend on their windows.
    pub verdict: Option<Verdict>,
    /// Sites, with their colours.
    pub sites: Vec<(String, Ink)>,
    /// Heading of the comparison between sites.
    pub versus: String,
    /// Peaks.
    pub rows: Vec<DropRow>,
    /// What stands instead of rows.
    pub missing: Option<String>,
}

impl DropsModel {
    /// The table of the scan chosen, or of the first one when the reference is chosen.
    pub fn of(bench: &Workbench, model: &WindowModel) -> Self {
        let scan = model.selected().filter(|scan| scan.role == Role::Scan);
        let scan = scan.or_else(|| model.scans.iter().find(|scan| scan.role == Role::Scan));
        let comparison = bench.derived().map(|derived| derived.comparison.as_ref());
        let found = comparison.and_then(|c| c.report.edges.first().map(|edge| (c, edge)));
        match (scan, found) {
            (Some(scan), Some((comparison, edge))) => {
                let drawn = Drawn::of(bench).filter(|drawn| !drawn.stale);
                Self::filled((comparison, drawn), edge, &scan.name, model)
            }
            _ => Self {
                scan: String::new(),
                title: text::DROPS_TITLE.to_owned(),
                note: String::new(),
                verdict: None,
                sites: Vec::new(),
                versus: String::new(),
                rows: Vec::new(),
                missing: Some(missing(bench, scan.is_none())),
            },
        }
    }

    fn filled(
        (comparison, drawn): (&Comparison, Option<Drawn<'_>>),
        edge: &EdgeResult,
        scan: &str,
        model: &WindowModel,
    ) -> Self {
        let card = model.scans.iter().find(|card| card.name == scan);
        let peaks: Vec<_> = edge.peaks.iter().filter(|peak| peak.label != edge.normalisation.peak).collect();
        let mut sites: Vec<(String, Ink)> = Vec::new();
        for entry in peaks.iter().flat_map(|peak| &peak.sites).filter(|entry| entry.scan == scan) {
            if !sites.iter().any(|(name, _)| *name == entry.site) {
                let line = card.and_then(|card| card.sites.iter().find(|line| line.name == entry.site));
                sites.push((entry.site.clone(), line.map_or(Ink::Site(sites.len()), |line| line.ink)));
            }
        }
        let against = peaks.iter().flat_map(|peak| &peak.site_against_site).find(|entry| entry.scan == scan);
        let intervals = if drawn.is_some() { text::INTERVALS_DRAWN } else { text::INTERVALS };
        Self {
            scan: scan.to_owned(),
            title: format!("{} of {}, normalised by {}", text::DROPS_TITLE, edge.name, edge.normalisation.peak),
            note: [edge.normalisation.sizes(), &comparison.report.error_budget, intervals, text::CAVEATS].join(" · "),
            verdict: Verdict::of(edge, scan),
            versus: against.map(|entry| format!("{} against {}", entry.site, entry.against)).unwrap_or_default(),
            rows: peaks.iter().map(|peak| drop_row(peak, scan, &sites, drawn.as_ref())).collect(),
            missing: None,
            sites,
        }
    }

    /// A row as a sentence, for those who listen.
    fn spoken(&self, row: &DropRow) -> String {
        let drops = self.sites.iter().zip(&row.drops).map(|((site, _), drop)| format!("{site} {} {drop}", text::DROP));
        let mut parts: Vec<String> = std::iter::once(format!("{} {}", text::PEAK, row.peak)).chain(drops).collect();
        match &row.reason {
            Some(reason) => parts.push(reason.clone()),
            None if self.versus.is_empty() => {}
            None => parts.extend([format!("{} {}", self.versus, row.versus), format!("{} {}", text::P_VALUE, row.p)]),
        }
        parts.join(", ")
    }

    /// The table as text with tabs between columns.
    pub fn to_tsv(&self) -> String {
        let names = self.sites.iter().map(|(name, _)| format!("{name} {}", text::DROP));
        let mut head = vec![text::PEAK.to_owned()];
        head.extend(names);
        head.extend([self.versus.clone(), text::P_VALUE.to_owned()]);
        let mut lines = vec![head.join("\t")];
        for row in &self.rows {
            let mut cells = vec![row.peak.clone()];
            cells.extend(row.drops.iter().cloned());
            cells.extend([row.versus.clone(), row.p.clone()]);
            lines.push(cells.join("\t"));
        }
        lines.join("\n") + "\n"
    }
}

/// Why there is no table: what failed, what is still to be opened, or that the result is on its way.
fn missing(bench: &Workbench, no_scan: bool) -> String {
    match bench.failure() {
        Some(failure) => format::sentence(&failure.to_string()),
        None if no_scan => text::OPEN_SECOND.to_owned(),
        None => text::NO_RESULT.to_owned(),
    }
}

fn drop_row(peak: &PeakResult, scan: &str, sites: &[(String, Ink)], drawn: Option<&Drawn<'_>>) -> DropRow {
    let at = |site: &str| peak.sites.iter().find(|entry| entry.scan == scan && entry.site == site);
    let against = peak.site_against_site.iter().find(|entry| entry.scan == scan);
    let written = |entry: Option<&PeakAtSite>| {
        entry.map_or(format::NONE.to_owned(), |entry| format::percent(entry.drop, entry.drop_sigma))
    };
    let entries = sites.iter().map(|(name, ink)| (at(name), *ink));
    DropRow {
        peak: peak.label.clone(),
        drops: sites.iter().map(|(name, _)| written(at(name))).collect(),
        versus: against.map_or(format::NONE.to_owned(), |entry| format::percent(entry.drop, entry.drop_sigma)),
        p: format::p_value(against.and_then(|entry| entry.p)),
        intervals: entries
            .clone()
            .filter_map(|(entry, ink)| {
                let draws = drawn.and_then(|drawn| drawn.at(&peak.label, scan, &entry?.site));
                interval(entry?, ink, draws.and_then(|(_, draws)| draws.drop_ci95))
            })
            .collect(),
        words: words(peak, entries.clone().filter_map(|(entry, _)| entry), drawn),
        reason: entries.filter_map(|(entry, _)| entry?.reason.clone()).next(),
    }
}

fn interval(entry: &PeakAtSite, ink: Ink, drawn95: Option<[f64; 2]>) -> Option<Interval> {
    let drop = entry.drop?;
    let [ci68, ci95] = [entry.drop_ci68, entry.drop_ci95].map(|ci| ci.unwrap_or([drop; 2]));
    Some(Interval { ink, drop, ci68, ci95, drawn95 })
}

/// All that is known of the drops of one peak.
fn words<'a>(peak: &PeakResult, entries: impl Iterator<Item = &'a PeakAtSite>, drawn: Option<&Drawn<'_>>) -> String {
    let mut lines = vec![format!("{} {}", text::DROP_OF, peak.label)];
    for at in entries {
        let mut parts = vec![format!("{} {}", at.site, format::percent(at.drop, at.drop_sigma))];
        if let Some([low, high]) = at.drop_ci95.map(|ci| ci.map(|drop| format::fixed(100.0 * drop, 1))) {
            parts.push(format!("95 % {low} to {high} %"));
        }
        let part = |what: &str, sigma: Option<f64>| {
            sigma.map(|sigma| format!("{what} \u{b1} {}", format::fixed(100.0 * sigma, 1)))
        };
        parts.extend(part(text::COUNTING_PART, at.drop_counting));
        parts.extend(part(text::PATTERN_PART, at.drop_pattern));
        parts.extend(part(text::BACKGROUND_PART, at.drop_systematic));
        parts.extend(drawn.and_then(|drawn| drawn.at(&peak.label, &at.scan, &at.site)).map(drawn::described));
        parts.extend(at.reason.clone());
        lines.push(parts.join(", "));
    }
    lines.join("\n")
}

/// How high the table is.
pub(super) fn height(drops: &DropsModel, model: &WindowModel, answers: Answers) -> f32 {
    let answers = if drops.missing.is_some() { Answers::Drops } else { answers };
    let cautions = CAUTION_ROW * model.cautions.len().min(2) as f32;
    12.0 + 22.0 + answers.height(drops.rows.len()) + 8.0 + cautions
}

/// Draws the table.
pub(super) fn show(ui: &mut Ui, drops: &DropsModel, shown: &Shown<'_>, out: &mut Out) {
    let palette = Palette::of(ui);
    let size = vec2(ui.available_width(), height(drops, shown.model, shown.view.look.answers));
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    super::guide::mark(ui, text::DROPS_TITLE, rect);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Table, true, &drops.title));
    widgets::focus_ring(ui, &response);
    widgets::held_menu(&response, |ui| {
        if ui.button(text::COPY_TABLE).clicked() {
            out.action(Action::CopyTable);
            ui.close();
        }
        if let Some(derived) = shown.bench.derived()
            && ui.button(text::COPY_TABLE_CSV).clicked()
        {
            let provenance = crate::app::provenance(&derived.session.clone().into());
            let table = crate::export::csv::drops(&derived.comparison, &provenance).unwrap_or_default();
            out.action(Action::CopyText(String::from_utf8_lossy(&table).into_owned()));
            ui.close();
        }
        draws_menu(ui, shown, out);
        if ui.button(text::COPY_PICTURE).clicked() {
            out.action(Action::CopyPicture(rect));
            ui.close();
        }
    });
    let radius = CornerRadius::same(CARD_RADIUS);
    ui.painter().rect_filled(rect, radius, palette.card);
    ui.painter().rect_stroke(rect, radius, Stroke::new(1.0, palette.border), StrokeKind::Inside);
    let inner = rect.shrink2(vec2(14.0, 10.0));
    heading(ui, inner, drops, shown, out);
    let body = Rect::from_min_max(pos2(inner.left(), inner.top() + 22.0), inner.max);
    match &drops.missing {
        Some(reason) => {
            let galley = ui.painter().layout(reason.clone(), theme::regular(BODY), palette.weak, body.width());
            ui.painter().galley(pos2(inner.left(), body.top() + 4.0), galley, palette.weak);
            fix_of_failure(ui, inner, shown, out);
        }
        None if shown.view.look.answers == Answers::Drops => table(ui, body, drops),
        None => {
            let cautions = CAUTION_ROW * shown.model.cautions.len().min(2) as f32;
            let body = body.with_max_y(rect.bottom() - 8.0 - cautions);
            widgets::at_least(ui, body, answers::LEAST_WIDTH, |ui, body| {
                answers::page(ui, body, shown, (&drops.scan, &drops.sites), out);
            });
        }
    }
    general_cautions(ui, rect, shown, out);
}

/// What mends the failure, at the right end of the first line, when something does; gives what is left of the place.
fn fix_of_failure(ui: &mut Ui, inner: Rect, shown: &Shown<'_>, out: &mut Out) -> Rect {
    let recipe = &shown.bench.document().session().recipe;
    let Some((label, command)) = caution_list::fix_of_failure(shown.bench.failure(), recipe) else { return inner };
    let layout = egui::Layout::right_to_left(Align::Center);
    let line = inner.with_max_y(inner.top() + 14.0);
    let place = egui::UiBuilder::new().max_rect(line).layout(layout).id_salt("fix");
    let response = widgets::link(&mut ui.new_child(place), &format!("{}: {label}", text::FIX));
    if response.clicked() {
        out.command(command);
    }
    inner.with_max_x(response.rect.left() - 8.0)
}

/// Asks for draws of the bootstrap, or for none.
fn draws_menu(ui: &mut Ui, shown: &Shown<'_>, out: &mut Out) {
    let now = shown.bench.document().session().bootstrap;
    ui.menu_button(text::BOOTSTRAP, |ui| {
        for draws in std::iter::once(None).chain(drawn::CHOICES.map(Some)) {
            let name = draws.map_or(text::BOOTSTRAP_OFF.to_owned(), text::draws);
            if ui.radio(now == draws, name).clicked() {
                out.command(Command::SetBootstrap { draws });
                ui.close();
            }
        }
    });
}

fn heading(ui: &mut Ui, inner: Rect, drops: &DropsModel, shown: &Shown<'_>, out: &mut Out) {
    let palette = Palette::of(ui);
    let inner = if drops.missing.is_none() { pages(ui, inner, shown, out) } else { inner };
    // The other normalisations are no drops normalised by a.
    let whole = shown.view.look.answers != Answers::Normalisations || drops.missing.is_some();
    let title = if whole { drops.title.as_str() } else { text::DROPS_TITLE };
    let title = ui.painter().layout_no_wrap(title.to_owned(), theme::semibold(BODY), palette.text);
    let title_end = inner.left() + title.size().x;
    let top = inner.top() + 7.0;
    ui.painter().galley(pos2(inner.left(), top - title.size().y / 2.0), title, palette.text);
    let updating = shown.bench.is_updating() && shown.bench.derived().is_some();
    let stale = shown.bench.failure().filter(|_| drops.missing.is_none());
    let inner = match stale {
        None => badge(ui, (inner, title_end), drops, shown, out),
        Some(_) => fix_of_failure(ui, inner, shown, out),
    };
    let (note, colour) = match stale {
        Some(failure) => (format!("⚠ {}: {failure}", text::STALE), palette.caution),
        None if updating => (text::UPDATING.to_owned(), palette.accent),
        None => (drops.note.clone(), palette.weak),
    };
    let mut job = egui::text::LayoutJob::simple_singleline(note, theme::regular(SMALL), colour);
    let room = inner.right() - title_end - 16.0;
    if room < 20.0 && stale.is_none() {
        return;
    }
    job.wrap = egui::text::TextWrapping::truncate_at_width(room.max(20.0));
    let galley = ui.painter().layout_job(job);
    ui.painter().galley(pos2(inner.right() - galley.size().x, top - galley.size().y / 2.0), galley, colour);
}

/// The choice of pages at the right end; gives what is left of the line.
fn pages(ui: &mut Ui, inner: Rect, shown: &Shown<'_>, out: &mut Out) -> Rect {
    let line = inner.with_max_y(inner.top() + 16.0);
    let mut right = ui.new_child(
        egui::UiBuilder::new().max_rect(line).layout(egui::Layout::right_to_left(Align::Center)).id_salt("answers"),
    );
    let now = shown.view.look.answers;
    let name = Answers::ALL.iter().find(|(page, _)| *page == now).map_or("", |(_, name)| name);
    let response = widgets::menu_link(&mut right, name).on_hover_text(text::ANSWERS);
    egui::Popup::menu(&response).show(|ui| {
        for (page, name) in Answers::ALL {
            if ui.selectable_label(page == now, name).clicked() {
                out.look(shown.view, |look| look.answers = page);
            }
        }
    });
    inner.with_max_x(response.rect.left() - 8.0)
}

/// Whether the drops depend on their windows: a sign, and the most words for which the title leaves room. A click shows how.
fn badge(ui: &Ui, (inner, title_end): (Rect, f32), drops: &DropsModel, shown: &Shown<'_>, out: &mut Out) -> Rect {
    let Some(verdict) = &drops.verdict else { return inner };
    let palette = Palette::of(ui);
    let short = if verdict.stable { text::STABLE_SHORT } else { text::MOVES_SHORT };
    let words = if inner.width() < 560.0 { short } else { &verdict.words };
    let (mark, colour) = window_choice::mark(palette, verdict.stable);
    let layout = |words: String| ui.painter().layout_no_wrap(words, theme::regular(SMALL), colour);
    let galley = layout(format!("{mark} {words}"));
    let fits = title_end + 12.0 + galley.size().x <= inner.right();
    let galley = if fits { galley } else { layout(mark.to_owned()) };
    let size = galley.size();
    let place = Rect::from_min_size(pos2(inner.right() - size.x, inner.top() + 7.0 - size.y / 2.0), size);
    ui.painter().galley(place.min, galley, colour);
    let response = ui.interact(place.expand(2.0), ui.scope_id().with("verdict of windows"), Sense::click());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &verdict.words));
    widgets::focus_ring_around(ui, &response, place.expand(2.0));
    if response.clicked() {
        out.look(shown.view, |look| look.answers = Answers::Windows);
    }
    response.on_hover_text(&verdict.long).on_hover_cursor(egui::CursorIcon::PointingHand);
    inner.with_max_x(place.left() - 8.0)
}

/// Where columns begin: peak, one for each site, the comparison of sites, p, and the picture.
struct Columns {
    sites: Vec<f32>,
    versus: f32,
    p: f32,
    picture: [f32; 2],
}

impl Columns {
    fn of(rect: Rect, sites: usize, scale: f32) -> Self {
        let narrow = rect.width() < 560.0 * scale;
        let (cell, p_width) = if narrow { (94.0 * scale, 76.0 * scale) } else { (112.0 * scale, 92.0 * scale) };
        let first = rect.left() + 44.0 * scale;
        let at = |k: usize| first + cell * k as f32;
        let p = at(sites + 1);
        Self { sites: (0..sites).map(at).collect(), versus: at(sites), p, picture: [p + p_width, rect.right() - 6.0] }
    }
}

fn table(ui: &Ui, rect: Rect, drops: &DropsModel) {
    let palette = Palette::of(ui);
    let columns = Columns::of(rect, drops.sites.len(), theme::text_scale(ui).max(1.0));
    let middle = rect.top() + 9.0;
    let head = |x: f32, label: &str| {
        ui.painter().text(pos2(x, middle), Align2::LEFT_CENTER, label, theme::regular(SMALL), palette.weak);
    };
    head(rect.left(), text::PEAK);
    for (x, (name, _)) in columns.sites.iter().zip(&drops.sites) {
        head(*x, &format!("{name} {}", text::DROP));
    }
    if !drops.versus.is_empty() {
        head(columns.versus, &drops.versus);
        head(columns.p, text::P_VALUE);
    }
    let intervals = || drops.rows.iter().flat_map(|row| &row.intervals);
    let range = range_of(intervals().flat_map(|i| i.ci95).chain([0.0]), 0.04, 0.06);
    let scale = Scale { range, pixels: columns.picture };
    let has_picture = columns.picture[1] - columns.picture[0] > 60.0 && intervals().next().is_some();
    if has_picture {
        drop_picture::axis(ui, &scale, rect, drops.rows.len());
    }
    for (k, row) in drops.rows.iter().enumerate() {
        let top = rect.top() + 20.0 + ROW * k as f32;
        let place = Rect::from_min_size(pos2(rect.left(), top), vec2(rect.width(), ROW));
        table_row(ui, place, row, (&columns, &drops.sites));
        let read = ui.interact(place, ui.scope_id().with(("drops of", &row.peak)), Sense::hover());
        read.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, drops.spoken(row)));
        if has_picture {
            drop_picture::row(ui, &scale, place, row);
        }
        let response = ui.interact(place, ui.scope_id().with(("drop", &row.peak)), Sense::hover());
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Row, true, &row.words));
        response.on_hover_text(&row.words);
    }
}

fn table_row(ui: &Ui, place: Rect, row: &DropRow, (columns, sites): (&Columns, &[(String, Ink)])) {
    let palette = Palette::of(ui);
    let end = columns.picture[0] - 16.0;
    ui.painter().hline(place.left()..=end, place.top(), Stroke::new(1.0, palette.grid));
    let at = |x: f32| Rect::from_min_max(pos2(x, place.top()), place.max);
    let middle = place.left_center();
    ui.painter().text(middle, Align2::LEFT_CENTER, &row.peak, theme::semibold(BODY), palette.text);
    for ((x, drop), (_, ink)) in columns.sites.iter().zip(&row.drops).zip(sites) {
        widgets::number(ui, at(*x), Align::Min, drop, theme::medium(BODY), palette.ink(*ink));
    }
    match &row.reason {
        Some(reason) => {
            let pos = pos2(columns.versus, middle.y);
            ui.painter().text(pos, Align2::LEFT_CENTER, reason, theme::regular(SMALL), palette.caution);
        }
        None if row.versus == format::NONE => {}
        None => {
            widgets::number(ui, at(columns.versus), Align::Min, &row.versus, theme::regular(BODY), palette.text);
            widgets::number(ui, at(columns.p), Align::Min, &row.p, theme::regular(BODY), palette.text);
        }
    }
}

/// Cautions about the comparison as a whole, under the numbers that they concern.
fn general_cautions(ui: &mut Ui, rect: Rect, shown: &Shown<'_>, out: &mut Out) {
    let palette = Palette::of(ui);
    let (model, all) = (shown.model, shown);
    let shown = model.cautions.len().min(2);
    let hidden = model.cautions.len() - shown;
    for (k, message) in model.cautions.iter().take(shown).enumerate() {
        let bottom = rect.bottom() - 6.0 - CAUTION_ROW * (shown - 1 - k) as f32;
        let strip =
            Rect::from_min_max(pos2(rect.left() + 8.0, bottom - CAUTION_ROW + 3.0), pos2(rect.right() - 8.0, bottom));
        ui.painter().rect_filled(strip, CornerRadius::same(5), palette.caution_soft);
        let more = if hidden > 0 && k + 1 == shown { format!(" (and {hidden} more)") } else { String::new() };
        let job_text = format!("⚠ {message}{more}");
        let mut job = egui::text::LayoutJob::simple_singleline(job_text, theme::regular(SMALL), palette.caution);
        job.wrap = egui::text::TextWrapping::truncate_at_width(strip.width() - 16.0);
        let galley = ui.painter().layout_job(job);
        let pos = pos2(strip.left() + 8.0, strip.center().y - galley.size().y / 2.0);
        ui.painter().galley(pos, galley, palette.caution);
        let id = ui.scope_id().with(("caution", k));
        let response = ui.interact(strip, id, Sense::click()).on_hover_cursor(egui::CursorIcon::PointingHand);
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, message));
        widgets::focus_ring(ui, &response);
        display_menu::opened(&response.on_hover_text(text::CAUTION_HINT), |ui| caution_list::show(ui, all, out));
    }
}
