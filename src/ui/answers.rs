//! More on the drops, in the place of their table: under other normalisations, column by column, against bias.

use egui::{Align, Align2, Rect, Stroke, Ui, pos2, vec2};
use serde::{Deserialize, Serialize};

use super::chart::Chart;
use super::out::Out;
use super::plot::{Scale, Ticks, range_of};
use super::stage::Shown;
use super::theme::{self, BODY, Palette, SMALL};
use super::view_model::Ink;
use super::{drawn, format, text, unmixed, widgets, window_choice};
use crate::analysis::{ColumnScatter, EdgeResult, PeakAtSite};

const ROW: f32 = 25.0;
/// Height of a page that holds plots, points.
const PLOT: f32 = 150.0;

/// Narrowest page whose numbers do not touch; narrower places scroll sideways.
pub(super) const LEAST_WIDTH: f32 = 620.0;

/// What stands under the spectra.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Answers {
    /// The drop table.
    #[default]
    Drops,
    /// The same drops normalised by other things.
    Normalisations,
    /// Single columns, and all peaks together.
    Columns,
    /// Drops of several scans against their bias.
    Bias,
    /// The columns by themselves.
    Unmixed,
    /// What other windows make of the drops.
    Windows,
    /// What drawing the counts anew does to them.
    Bootstrap,
}

impl Answers {
    /// All pages in order, with their names.
    pub(super) const ALL: [(Self, &'static str); 7] = [
        (Self::Drops, text::ANSWER_DROPS),
        (Self::Normalisations, text::ANSWER_NORMALISATIONS),
        (Self::Columns, text::ANSWER_COLUMNS),
        (Self::Unmixed, text::ANSWER_UNMIXED),
        (Self::Bias, text::ANSWER_BIAS),
        (Self::Windows, text::ANSWER_WINDOWS),
        (Self::Bootstrap, text::BOOTSTRAP),
    ];

    /// Height of a page with so many peaks, without its heading.
    pub(super) fn height(self, peaks: usize) -> f32 {
        match self {
            Self::Drops => 20.0 + ROW * peaks.max(1) as f32,
            Self::Normalisations | Self::Bootstrap => 20.0 + ROW * (peaks.max(1) + 1) as f32,
            Self::Unmixed => 20.0 + ROW * (peaks.max(1) + 2) as f32,
            Self::Columns | Self::Bias | Self::Windows => PLOT,
        }
    }
}

/// Draws a page other than the table itself, for one scan and its sites.
pub(super) fn page(
    ui: &mut Ui,
    place: Rect,
    shown: &Shown<'_>,
    (scan, sites): (&str, &[(String, Ink)]),
    out: &mut Out,
) {
    let Some(derived) = shown.bench.derived() else { return };
    let Some(edge) = derived.comparison.report.edges.first() else { return };
    match shown.view.look.answers {
        Answers::Drops => {}
        Answers::Normalisations => normalisations(ui, place, edge, (scan, sites)),
        Answers::Columns => columns(ui, place, edge, (scan, sites)),
        Answers::Unmixed => unmixed::page(ui, place, shown, (edge, scan, sites, &peaks(edge)), out),
        Answers::Bias => bias(ui, place, shown, edge),
        Answers::Windows => window_choice::page(ui, place, shown, (edge, scan, sites), out),
        Answers::Bootstrap => drawn::page(ui, place, shown, (scan, sites, &peaks(edge)), out),
    }
}

fn site_drop<'a>(edge: &'a EdgeResult, peak: &str, scan: &str, site: &str) -> Option<&'a PeakAtSite> {
    let peak = edge.peaks.iter().find(|result| result.label == peak)?;
    peak.sites.iter().find(|entry| entry.scan == scan && entry.site == site)
}

fn peaks(edge: &EdgeResult) -> Vec<&str> {
    let peaks = edge.peaks.iter().filter(|peak| peak.label != edge.normalisation.peak);
    peaks.map(|peak| peak.label.as_str()).collect()
}

/// Drop and sigma of one peak and site, by the normalising peak or by something else.
fn drop_by(edge: &EdgeResult, by: Option<&str>, (peak, scan, site): (&str, &str, &str)) -> Option<(f64, f64)> {
    match by {
        None => site_drop(edge, peak, scan, site).and_then(|entry| entry.drop.zip(entry.drop_sigma)),
        Some(by) => {
            let other = edge.other_normalisations.iter().find(|other| other.by == by)?;
            let same = |drop: &&crate::analysis::OtherDrop| drop.scan == scan && drop.site == site && drop.peak == peak;
            other.drops.iter().find(same).map(|drop| (drop.drop, drop.drop_sigma))
        }
    }
}

fn normalisations(ui: &Ui, place: Rect, edge: &EdgeResult, (scan, sites): (&str, &[(String, Ink)])) {
    let palette = Palette::of(ui);
    let mut ways: Vec<Option<&str>> = vec![None];
    ways.extend(edge.other_normalisations.iter().map(|other| Some(other.by.as_str())));
    let width = (place.width() - 44.0) / ways.len() as f32;
    let cell = width / sites.len().max(1) as f32;
    let font = if cell < 92.0 { theme::medium(11.0) } else { theme::medium(BODY) };
    for (k, way) in ways.iter().enumerate() {
        let left = place.left() + 44.0 + width * k as f32;
        let label = text::normalised_by(*way, &edge.normalisation.peak);
        let pos = pos2(left, place.top() + 9.0);
        ui.painter().text(pos, Align2::LEFT_CENTER, label, theme::regular(SMALL), palette.weak);
        for (row, peak) in peaks(edge).iter().enumerate() {
            let top = place.top() + 20.0 + ROW * row as f32;
            for (j, (site, ink)) in sites.iter().enumerate() {
                let drop = drop_by(edge, *way, (peak, scan, site));
                let written = format::percent(drop.map(|d| d.0), drop.map(|d| d.1));
                let at = Rect::from_min_size(pos2(left + cell * j as f32, top), vec2(cell, ROW));
                widgets::number(ui, at, Align::Min, &written, font.clone(), palette.ink(*ink));
            }
        }
    }
    for (row, peak) in peaks(edge).iter().enumerate() {
        let top = place.top() + 20.0 + ROW * row as f32;
        ui.painter().hline(place.x_range(), top, Stroke::new(1.0, palette.grid));
        let pos = pos2(place.left(), top + ROW / 2.0);
        ui.painter().text(pos, Align2::LEFT_CENTER, *peak, theme::semibold(BODY), palette.text);
    }
    let bottom = place.top() + 20.0 + ROW * peaks(edge).len() as f32;
    let line = Rect::from_min_size(pos2(place.left(), bottom), vec2(place.width(), ROW));
    let ordering = match sites {
        [(first, _), (second, _), ..] => edge.ordering(scan, first, second).unwrap_or(text::NO_RESULT.to_owned()),
        _ => text::ONE_SITE.to_owned(),
    };
    widgets::elided(ui, line, &ordering, theme::regular(12.0), palette.text);
}

fn columns(ui: &Ui, place: Rect, edge: &EdgeResult, (scan, sites): (&str, &[(String, Ink)])) {
    let palette = Palette::of(ui);
    let (picture, side) = place.split_left_right_at_x(place.right() - 236.0);
    let peaks = peaks(edge);
    let width = picture.width() / peaks.len().max(1) as f32;
    let scatter = |peak: &str, site: &str| -> Option<&ColumnScatter> {
        edge.column_scatter.iter().find(|entry| entry.scan == scan && entry.site == site && entry.peak == peak)
    };
    let ends = sites.iter().flat_map(|(site, _)| peaks.iter().filter_map(move |peak| scatter(peak, site)));
    let ends = ends.flat_map(|entry| &entry.columns).filter_map(|column| column.drop.zip(column.drop_sigma));
    let range = range_of(ends.flat_map(|(drop, sigma)| [100.0 * (drop - sigma), 100.0 * (drop + sigma)]), 0.06, 0.1);
    for (k, peak) in peaks.iter().enumerate() {
        let left = picture.left() + width * k as f32;
        let outer = Rect::from_x_y_ranges(left..=left + width, picture.y_range());
        let most = sites.iter().filter_map(|(site, _)| scatter(peak, site)).map(|entry| entry.columns.len()).max();
        let x = [0.5, most.unwrap_or(1) as f64 + 0.5];
        let whole = Ticks { values: (1..=most.unwrap_or(1)).map(|n| n as f64).collect(), decimals: 0 };
        let names = (text::COLUMN, format!("{peak} ({})", text::DROP_PERCENT));
        let chart = Chart::with_ticks(ui, outer, (x, range), (names.0, &names.1), whole);
        for (j, (site, ink)) in sites.iter().enumerate() {
            for (n, column) in scatter(peak, site).into_iter().flat_map(|entry| &entry.columns).enumerate() {
                let Some((drop, sigma)) = column.drop.zip(column.drop_sigma) else { continue };
                let x = n as f64 + 1.0 + 0.16 * (j as f64 - 0.5);
                let colour = palette.ink(*ink);
                let [low, high] = [drop - sigma, drop + sigma].map(|v| chart.at(x, 100.0 * v));
                ui.painter().line_segment([low, high], Stroke::new(1.4, colour));
                ui.painter().circle(chart.at(x, 100.0 * drop), 3.0, colour, Stroke::new(1.0, palette.card));
            }
        }
    }
    significance(ui, side.with_min_x(side.left() + 12.0), edge, (scan, sites));
}

/// Beside the columns: whether they differ, and all peaks together.
fn significance(ui: &Ui, place: Rect, edge: &EdgeResult, (scan, sites): (&str, &[(String, Ink)])) {
    let palette = Palette::of(ui);
    let mut top = place.top();
    let mut line = |label: &str, value: &str, colour| {
        let row = Rect::from_min_size(pos2(place.left(), top), vec2(place.width(), 19.0));
        ui.painter().text(row.left_center(), Align2::LEFT_CENTER, label, theme::regular(12.0), palette.weak);
        widgets::number(ui, row, Align::Max, value, theme::regular(12.0), colour);
        top += 19.0;
    };
    line(text::COLUMNS_ALIKE, "p", palette.weak);
    for (site, ink) in sites {
        let of_site = edge.column_scatter.iter().filter(|entry| entry.scan == scan && entry.site == *site);
        let values: Vec<String> = of_site.map(|entry| format!("{} {}", entry.peak, format::p_value(entry.p))).collect();
        let values = if values.is_empty() { format::NONE.to_owned() } else { values.join("  ") };
        line(site, &values, palette.ink(*ink));
    }
    line(text::ALL_PEAKS, "p", palette.weak);
    for (site, ink) in sites {
        let found = edge.combined.iter().find(|entry| entry.scan == scan && entry.site == *site);
        let chi2 = found.and_then(|entry| entry.chi2);
        let value = chi2.map_or(format::NONE.to_owned(), |chi2| {
            let entry = found.map_or(0, |entry| entry.dof);
            format!("χ² {} / {entry}   {}", format::fixed(chi2, 1), format::p_value(found.and_then(|entry| entry.p)))
        });
        line(site, &value, palette.ink(*ink));
    }
}

/// The drops of every scan against the bias in its name.
fn bias(ui: &Ui, place: Rect, shown: &Shown<'_>, edge: &EdgeResult) {
    let palette = Palette::of(ui);
    let scans: Vec<(&str, f64)> = shown
        .model
        .scans
        .iter()
        .filter(|card| card.role == crate::model::Role::Scan)
        .filter_map(|card| Some((card.name.as_str(), bias_of(&card.name)?)))
        .collect();
    if scans.is_empty() {
        let pos = place.left_top() + vec2(0.0, 14.0);
        ui.painter().text(pos, Align2::LEFT_CENTER, text::NO_BIAS, theme::regular(BODY), palette.weak);
        return;
    }
    let peaks = peaks(edge);
    let width = place.width() / peaks.len().max(1) as f32;
    let entries =
        || edge.peaks.iter().flat_map(|peak| &peak.sites).filter(|entry| scans.iter().any(|s| s.0 == entry.scan));
    let ends = entries().filter_map(|entry| entry.drop_ci95).flatten().map(|drop| 100.0 * drop);
    let y = range_of(ends.chain([0.0]), 0.06, 0.1);
    let x = range_of(scans.iter().map(|scan| scan.1).chain([0.0]), 0.05, 0.12);
    for (k, peak) in peaks.iter().enumerate() {
        let left = place.left() + width * k as f32;
        let outer = Rect::from_x_y_ranges(left..=left + width, place.y_range());
        let chart = Chart::new(ui, outer, (x, y), (text::BIAS, &format!("{peak} ({})", text::DROP_PERCENT)));
        let zero = Scale { range: chart.x.range, pixels: chart.x.pixels };
        ui.painter().hline(zero.pixels[0]..=zero.pixels[1], chart.y.at(0.0), Stroke::new(1.0, palette.weak));
        bias_points(ui, shown, edge, &chart, (peak, &scans));
    }
}

fn bias_points(ui: &Ui, shown: &Shown<'_>, edge: &EdgeResult, chart: &Chart, (peak, scans): (&str, &[(&str, f64)])) {
    let palette = Palette::of(ui);
    let mut curves: Vec<(Ink, Vec<(f64, f64)>)> = Vec::new();
    for (scan, bias) in scans {
        let Some(card) = shown.model.scans.iter().find(|card| card.name == *scan) else { continue };
        for (j, line) in card.sites.iter().enumerate() {
            let Some(entry) = site_drop(edge, peak, scan, &line.name) else { continue };
            let Some(drop) = entry.drop else { continue };
            let colour = palette.ink(line.ink);
            let shift = (j as f32 - 0.5) * 5.0;
            let [low, high] =
                entry.drop_ci95.unwrap_or([drop; 2]).map(|v| chart.at(*bias, 100.0 * v) + vec2(shift, 0.0));
            ui.painter().line_segment([low, high], Stroke::new(1.4, colour));
            ui.painter().circle(
                chart.at(*bias, 100.0 * drop) + vec2(shift, 0.0),
                3.4,
                colour,
                Stroke::new(1.0, palette.card),
            );
            match curves.iter_mut().find(|(ink, _)| *ink == line.ink) {
                Some((_, points)) => points.push((*bias, 100.0 * drop)),
                None => curves.push((line.ink, vec![(*bias, 100.0 * drop)])),
            }
        }
    }
    for (ink, mut points) in curves {
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        chart.line(ui, points.into_iter(), Stroke::new(1.0, palette.ink(ink).gamma_multiply(0.6)));
    }
}

/// The bias that a name states, V: `2.7 V`, `2v7`, `lto_2p2V`.
fn bias_of(name: &str) -> Option<f64> {
    let text = name.to_ascii_lowercase();
    let characters: Vec<char> = text.chars().collect();
    let mut found = None;
    for (k, c) in characters.iter().enumerate().filter(|(_, c)| **c == 'v') {
        let _ = c;
        let before: String = digits_before(&characters, k);
        let after: String = characters[k + 1..].iter().take_while(|c| c.is_ascii_digit()).collect();
        if before.is_empty() {
            continue;
        }
        let value = if after.is_empty() { before.replace('p', ".") } else { format!("{before}.{after}") };
        found = found.or(value.parse().ok());
    }
    found
}

/// The number that ends before a place, a blank between them allowed.
fn digits_before(characters: &[char], end: usize) -> String {
    let trimmed = characters[..end].iter().rposition(|c| !c.is_whitespace()).map_or(0, |last| last + 1);
    let start = characters[..trimmed].iter().rposition(|c| !(c.is_ascii_digit() || *c == '.' || *c == 'p'));
    let number: String = characters[start.map_or(0, |s| s + 1)..trimmed].iter().collect();
    number.trim_matches('p').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bias_is_read_from_the_usual_ways_to_write_it() {
        assert_eq!(bias_of("lto-2v7"), Some(2.7));
        assert_eq!(bias_of("LTO 2.2 V"), Some(2.2));
        assert_eq!(bias_of("lto_2p7V_scan3"), Some(2.7));
        assert_eq!(bias_of("lto-0V"), Some(0.0));
        assert_eq!(bias_of("vanadium"), None);
    }
}
