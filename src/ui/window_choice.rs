//! What other windows make of every drop: a map over background and peak windows, and what follows from it in words.

use egui::{Align, Align2, Color32, CornerRadius, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use super::out::Out;
use super::plot::range_of;
use super::stage::Shown;
use super::theme::{self, BODY, Palette, SMALL};
use super::view_model::Ink;
use super::{colormap, format, text, widgets};
use crate::analysis::{EdgeResult, PeakAtSite, Sensitivity};
use crate::model::EdgeRecipe;

/// Height of a line of the list of drops, points.
const LINE: f32 = 19.0;
/// Width of the list, points.
const LIST: f32 = 150.0;
/// Room for the names of the peak windows, and for the colour bar.
const NAMES: f32 = 96.0;
/// Cells narrower than this, points, carry energies without decimals.
const DECIMAL_CELL: f32 = 34.0;
const BAR: f32 = 58.0;
/// Room below the map: two lines of energies and the name of the axis.
const BELOW: f32 = 44.0;

/// The verdict of all drops of a scan.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// Whether every drop is stable.
    pub stable: bool,
    /// In words.
    pub words: String,
    /// The same with the numbers behind it.
    pub long: String,
}

impl Verdict {
    /// Of the drops of one scan; `None` without a map of any.
    pub(super) fn of(edge: &EdgeResult, scan: &str) -> Option<Self> {
        let worst = entries(edge, scan).max_by(|a, b| a.2.largest_change.total_cmp(&b.2.largest_change))?;
        let moving: Vec<_> = entries(edge, scan).filter(|entry| !entry.2.stable).collect();
        let largest = moving.iter().max_by(|a, b| a.2.largest_change.total_cmp(&b.2.largest_change));
        let most = |(peak, at, map): &Entry<'_>| {
            format!("{peak} at {} moves by {} %", at.site, format::fixed(100.0 * map.largest_change, 1))
        };
        Some(match largest {
            None => Self {
                stable: true,
                words: text::STABLE.to_owned(),
                long: format!("{}; the most, {}", text::STABLE_LONG, most(&worst)),
            },
            Some(largest) => Self {
                stable: false,
                words: format!("{} {}", most(largest), text::WITH_WINDOWS),
                long: format!("{} of {} drops {}", moving.len(), entries(edge, scan).count(), text::MOVE_LONG),
            },
        })
    }
}

type Entry<'a> = (&'a str, &'a PeakAtSite, &'a Sensitivity);

/// Every drop of a scan that has a map.
fn entries<'a>(edge: &'a EdgeResult, scan: &str) -> impl Iterator<Item = Entry<'a>> + Clone {
    let scan = scan.to_owned();
    let of_peak = |peak: &'a crate::analysis::PeakResult| {
        peak.sites.iter().filter_map(|at| Some((peak.label.as_str(), at, at.sensitivity.as_ref()?)))
    };
    edge.peaks.iter().flat_map(of_peak).filter(move |entry| entry.1.scan == scan)
}

/// What the map of one drop says, in words.
fn sentence((peak, at, map): &Entry<'_>) -> String {
    let largest = format::fixed(100.0 * map.largest_change, 1);
    let verdict = if map.stable {
        format!("stable under window choice: no window of the map moves it by more than {largest} %")
    } else {
        format!("moves by up to {largest} % with its windows, more than its σ")
    };
    format!("{peak} at {}: {verdict}", at.site)
}

/// Draws the page for one scan and its sites: a list of drops, the map of the one chosen.
pub(super) fn page(
    ui: &mut Ui,
    place: Rect,
    shown: &Shown<'_>,
    (edge, scan, sites): (&EdgeResult, &str, &[(String, Ink)]),
    out: &mut Out,
) {
    let all: Vec<Entry<'_>> = entries(edge, scan).collect();
    let recipe = shown.bench.derived().and_then(|derived| derived.session.recipe.edge(&edge.name));
    let wanted = shown.view.look.window_map.as_ref();
    let is_wanted =
        |entry: &&Entry<'_>| wanted.is_some_and(|[peak, site]| entry.0 == peak.as_str() && entry.1.site == *site);
    let Some((chosen, recipe)) = all.iter().find(is_wanted).or(all.first()).zip(recipe) else {
        let palette = Palette::of(ui);
        let pos = place.left_top() + vec2(0.0, 14.0);
        ui.painter().text(pos, Align2::LEFT_CENTER, text::NO_MAPS, theme::regular(BODY), palette.weak);
        return;
    };
    let [least, most] = [LIST, 0.3 * place.width()];
    let (mut left, right) = place.split_left_right_at_x(place.left() + most.clamp(112.0, least));
    left.max.x -= 8.0;
    list(ui, left, shown, (&all, chosen, sites), out);
    let words = sentence(chosen);
    let line = right.with_max_y(right.top() + 16.0);
    let palette = Palette::of(ui);
    let (mark, colour) = mark(palette, chosen.2.stable);
    widgets::elided(ui, line, &format!("{mark} {words}"), theme::regular(12.0), colour);
    let response = ui.interact(line, ui.scope_id().with("window choice"), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &words));
    response.on_hover_text(&words);
    map(ui, right.with_min_y(right.top() + 20.0), shown, recipe, chosen);
}

/// The sign and colour of a verdict: a sign as well, for eyes that do not tell colours apart.
pub(super) fn mark(palette: &Palette, stable: bool) -> (&'static str, Color32) {
    if stable { ("●", palette.good) } else { ("⚠", palette.caution) }
}

/// Every drop with its verdict; a click shows its map.
fn list(
    ui: &mut Ui,
    place: Rect,
    shown: &Shown<'_>,
    (all, chosen, sites): (&[Entry<'_>], &Entry<'_>, &[(String, Ink)]),
    out: &mut Out,
) {
    let palette = Palette::of(ui);
    for (k, entry) in all.iter().enumerate() {
        let (peak, at, map) = entry;
        let line = Rect::from_min_size(place.min + vec2(0.0, LINE * k as f32), vec2(place.width(), LINE - 1.0));
        let on = std::ptr::eq(entry.1, chosen.1);
        let response = ui.interact(line, ui.scope_id().with(("map of", k)), Sense::click());
        let name = format!("Map of {peak} at {}", at.site);
        response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, on, &name));
        if on || response.hovered() {
            let fill = if on { palette.accent_soft } else { palette.hover };
            ui.painter().rect_filled(line, CornerRadius::same(4), fill);
        }
        widgets::focus_ring_around(ui, &response, line);
        let ink = sites.iter().find(|(name, _)| *name == at.site).map_or(palette.text, |(_, ink)| palette.ink(*ink));
        let lit = on || response.hovered();
        let ink = if lit { palette.text } else { ink };
        let inner = line.shrink2(vec2(6.0, 0.0));
        let (mark, colour) = mark(palette, map.stable);
        ui.painter().text(
            inner.left_center(),
            Align2::LEFT_CENTER,
            format!("{peak}  {}", at.site),
            theme::medium(12.0),
            ink,
        );
        let moved = format!("{mark} ≤ {} %", format::fixed(100.0 * map.largest_change, 1));
        let colour = if lit { palette.text } else { colour };
        widgets::number(ui, inner, Align::Max, &moved, theme::regular(12.0), colour);
        if response.clicked() {
            let choice = [(*peak).to_owned(), at.site.clone()];
            out.look(shown.view, |look| look.window_map = Some(choice));
        }
    }
}

/// Columns of the map: background windows by where they end, then by where they start.
fn ordered(map: &Sensitivity) -> Vec<usize> {
    let mut order: Vec<usize> = (0..map.background_shifts_ev.len()).collect();
    let limits = |k: usize| map.background_shifts_ev.get(k).copied().unwrap_or_default();
    order.sort_by(|a, b| {
        let ([from_a, to_a], [from_b, to_b]) = (limits(*a), limits(*b));
        to_b.total_cmp(&to_a).then(from_a.total_cmp(&from_b))
    });
    order
}

/// What was done to the peak windows, in words with eV.
fn peak_shift([lo, hi]: [f64; 2]) -> String {
    let ev = |v: f64| format::fixed(v.abs(), 2);
    match (lo, hi) {
        (0.0, 0.0) => text::AS_CHOSEN.to_owned(),
        (lo, hi) if lo == hi => format!("{} eV", format::signed(lo, 2)),
        (lo, _) if lo < 0.0 => format!("wider, {} eV", ev(lo)),
        _ => format!("narrower, {} eV", ev(lo)),
    }
}

fn map(ui: &mut Ui, place: Rect, shown: &Shown<'_>, recipe: &EdgeRecipe, (peak, at, map): &Entry<'_>) {
    let palette = Palette::of(ui);
    let cells = Rect::from_min_max(place.min + vec2(NAMES, 0.0), place.max - vec2(BAR, BELOW));
    let columns = ordered(map);
    let rows = map.peak_shifts_ev.len();
    if columns.is_empty() || rows == 0 || !cells.is_positive() {
        return;
    }
    let colours = colormap::table(shown.view.look.colours);
    let range = range_of(map.drops.iter().flatten().flatten().copied(), 0.0, 0.0);
    let size = vec2(cells.width() / columns.len() as f32, cells.height() / rows as f32);
    let window = recipe.background.window_ev;
    for (x, &k) in columns.iter().enumerate() {
        for y in 0..rows {
            let cell = Rect::from_min_size(cells.min + vec2(size.x * x as f32, size.y * y as f32), size).shrink(0.5);
            let drop = map.drops.get(k).and_then(|row| row.get(y)).copied().flatten();
            let [from, to] = map.background_shifts_ev.get(k).copied().unwrap_or_default();
            let name = format!(
                "Background {} to {} eV, peak windows {}: {}",
                format::fixed(window.lo_ev() + from, 1),
                format::fixed(window.hi_ev() + to, 1),
                peak_shift(map.peak_shifts_ev.get(y).copied().unwrap_or_default()),
                drop.map_or(text::NOT_MEASURED.to_owned(), |drop| format!(
                    "drop of {peak} at {} {} %",
                    at.site,
                    format::fixed(100.0 * drop, 1)
                )),
            );
            map_cell(ui, cell, (k, y), (drop, range, &colours), &name);
        }
    }
    axes(ui, place, cells, (map, &columns), recipe);
    let scale = Rect::from_min_max(cells.right_top() + vec2(10.0, 0.0), cells.right_bottom() + vec2(20.0, 0.0));
    bar(ui, scale, (range, &colours));
    ui.painter().rect_stroke(cells, 0.0, Stroke::new(1.0, palette.border), StrokeKind::Outside);
}

/// One choice of windows. The one in use carries a marker.
fn map_cell(
    ui: &Ui,
    cell: Rect,
    (k, y): (usize, usize),
    (drop, range, colours): (Option<f64>, [f64; 2], &[Color32]),
    name: &str,
) {
    let palette = Palette::of(ui);
    let colour = drop.map(|drop| colour_of(drop, range, colours));
    match colour {
        Some(colour) => {
            ui.painter().rect_filled(cell, 0.0, colour);
        }
        None => {
            ui.painter().rect_filled(cell, 0.0, palette.hover);
            ui.painter().text(cell.center(), Align2::CENTER_CENTER, format::NONE, theme::regular(SMALL), palette.weak);
        }
    }
    if (k, y) == (0, 0) {
        let size = (0.28 * cell.height()).clamp(2.5, 4.5);
        ui.painter().circle(cell.center(), size, Color32::WHITE, Stroke::new(1.5, Color32::BLACK));
    }
    let response = ui.interact(cell, ui.scope_id().with(("windows", k, y)), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, name));
    if response.hovered() {
        ui.painter().rect_stroke(cell, 0.0, Stroke::new(1.5, palette.accent), StrokeKind::Inside);
    }
    response.on_hover_text(name);
}

fn colour_of(drop: f64, [low, high]: [f64; 2], colours: &[Color32]) -> Color32 {
    let share = if high > low { (drop - low) / (high - low) } else { 0.5 };
    let k = (share.clamp(0.0, 1.0) * colours.len().saturating_sub(1) as f64).round() as usize;
    colours.get(k).copied().unwrap_or_default()
}

/// Names of the rows and columns, with the energies of the background window.
fn axes(ui: &Ui, place: Rect, cells: Rect, (map, columns): (&Sensitivity, &[usize]), recipe: &EdgeRecipe) {
    let palette = Palette::of(ui);
    let window = recipe.background.window_ev;
    let height = cells.height() / map.peak_shifts_ev.len().max(1) as f32;
    for (y, shift) in map.peak_shifts_ev.iter().enumerate() {
        let top = cells.top() + height * y as f32;
        let name = Rect::from_min_max(pos2(place.left(), top), pos2(cells.left() - 6.0, top + height));
        widgets::number(ui, name, Align::Max, &peak_shift(*shift), theme::regular(10.5), palette.weak);
    }
    let width = cells.width() / columns.len().max(1) as f32;
    let limits = |k: usize| map.background_shifts_ev.get(k).copied().unwrap_or_default();
    for (x, k) in columns.iter().enumerate() {
        let left = cells.left() + width * x as f32;
        let label = format::fixed(window.lo_ev() + limits(*k)[0], usize::from(width >= DECIMAL_CELL));
        let at = Rect::from_min_size(pos2(left, cells.bottom() + 1.0), vec2(width, 13.0));
        widgets::number(ui, at, Align::Center, &label, theme::regular(10.5), palette.weak);
    }
    let mut first = 0;
    for (x, k) in columns.iter().enumerate() {
        let ends = columns.get(x + 1).is_none_or(|next| limits(*next)[1] != limits(*k)[1]);
        if !ends {
            continue;
        }
        let span = [cells.left() + width * first as f32 + 3.0, cells.left() + width * (x + 1) as f32 - 3.0];
        let y = cells.bottom() + 15.0;
        ui.painter().hline(span[0]..=span[1], y, Stroke::new(1.0, palette.border));
        let label = format!("to {} eV", format::fixed(window.hi_ev() + limits(*k)[1], 1));
        let at = Rect::from_min_max(pos2(span[0], y), pos2(span[1], y + 14.0));
        widgets::number(ui, at, Align::Center, &label, theme::regular(10.5), palette.weak);
        first = x + 1;
    }
    let name = Rect::from_min_max(pos2(cells.left(), cells.bottom() + 29.0), pos2(place.right(), place.bottom()));
    widgets::elided(ui, name, text::BACKGROUND_FROM, theme::regular(10.5), palette.weak);
    let peaks = Rect::from_min_size(pos2(place.left(), cells.bottom() + 1.0), vec2(NAMES - 8.0, 13.0));
    widgets::elided(ui, peaks, text::PEAK_WINDOWS, theme::regular(10.5), palette.weak);
}

/// The colours with the drops they stand for.
fn bar(ui: &Ui, place: Rect, (range, colours): ([f64; 2], &[Color32])) {
    let palette = Palette::of(ui);
    let steps = place.height().max(1.0) as usize;
    for k in 0..steps {
        let share = 1.0 - k as f64 / steps.max(2) as f64;
        let drop = range[0] + share * (range[1] - range[0]);
        let line = Rect::from_min_size(pos2(place.left(), place.top() + k as f32), vec2(place.width(), 1.0));
        ui.painter().rect_filled(line, 0.0, colour_of(drop, range, colours));
    }
    for (drop, y) in [(range[1], place.top() + 5.0), (range[0], place.bottom() - 5.0)] {
        let at = Rect::from_center_size(pos2(place.right() + 22.0, y), vec2(38.0, 12.0));
        let label = format!("{} %", format::fixed(100.0 * drop, 1));
        widgets::number(ui, at, Align::Min, &label, theme::regular(10.5), palette.weak);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_go_by_the_end_of_the_background_and_then_by_its_start() {
        let map = Sensitivity {
            background_shifts_ev: vec![[0.0, 0.0], [2.0, 0.0], [-5.0, 0.0], [0.0, -1.0], [-5.0, -1.0]],
            peak_shifts_ev: vec![[0.0, 0.0]],
            drops: vec![vec![Some(0.1)]; 5],
            largest_change: 0.0,
            stable_within_sigma: 1.0,
            stable: true,
        };
        assert_eq!(ordered(&map), [2, 0, 1, 4, 3]);
    }

    #[test]
    fn changes_of_peak_windows_are_said_in_words() {
        let words = [[0.0, 0.0], [0.25, 0.25], [-0.25, -0.25], [-0.25, 0.25], [0.25, -0.25]].map(peak_shift);
        assert_eq!(words, ["as chosen", "+0.25 eV", "−0.25 eV", "wider, 0.25 eV", "narrower, 0.25 eV"]);
    }
}
