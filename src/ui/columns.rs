//! What can be done to a column of a site, wherever it is held: on the line scan, or as a ring on the survey picture.

use egui::{Key, Response, Ui};

use super::arrows::{Arrows, Axes};
use super::out::Out;
use super::text;
use super::view_model::{ColumnBand, ScanCard};
use crate::document::{Command, OpenScan};
use crate::model::{ProfileKind, Site};

/// Positions of a column added from a menu.
pub(super) const NEW_WIDTH: usize = 5;
/// A column this near a peak of the profile is put on it, positions.
const SNAP: f64 = 0.9;

/// Which part of a column is held.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Part {
    Body,
    First,
    Last,
}

/// A range after a part of it has been moved, kept on the scan and at least one position wide.
pub(super) fn moved((from, to): (usize, usize), by: i64, part: Part, positions: usize) -> (usize, usize) {
    let shift = |position: usize, lo: usize, hi: usize| {
        let moved = i64::try_from(position).unwrap_or(i64::MAX).saturating_add(by).max(0);
        usize::try_from(moved).unwrap_or_default().clamp(lo, hi.max(lo))
    };
    match part {
        Part::First => (shift(from, 0, to.saturating_sub(1)), to),
        Part::Last => (from, shift(to, from + 1, positions)),
        Part::Body => {
            let width = to - from;
            let first = shift(from, 0, positions.saturating_sub(width));
            (first, first + width)
        }
    }
}

/// Where a column as wide as this one is centred on a peak of the profile, when it is near one.
pub(super) fn snapped((from, to): (usize, usize), peaks: &[f64], positions: usize) -> (usize, usize) {
    let centre = 0.5 * (from + to) as f64;
    let nearest = peaks.iter().map(|peak| peak - centre).min_by(|a, b| a.abs().total_cmp(&b.abs()));
    match nearest.filter(|by| by.abs() <= SNAP) {
        Some(by) => moved((from, to), by.round() as i64, Part::Body, positions),
        None => (from, to),
    }
}

/// Peaks of the signal that shows oxygen, in positions from the start of the scan; none without such a signal.
pub(super) fn peaks(open: &OpenScan) -> Vec<f64> {
    let find = |kind| open.profiles.iter().find(|profile| profile.kind == kind);
    let (profile, sign) = match (find(ProfileKind::Abf), find(ProfileKind::OK)) {
        (Some(abf), _) => (abf, -1.0),
        (None, Some(oxygen)) => (oxygen, 1.0),
        (None, None) => return Vec::new(),
    };
    let smooth: Vec<f64> = profile.values.windows(3).map(|v| sign * (v[0] + 2.0 * v[1] + v[2]) / 4.0).collect();
    let top = |(k, v): (usize, &[f64])| (v[1] > v[0] && v[1] >= v[2]).then_some(k as f64 + 2.5);
    smooth.windows(3).enumerate().filter_map(top).collect()
}

/// Takes sites that were found over as set by hand, so that one of them can be changed.
pub(super) fn by_hand(card: &ScanCard, out: &mut Out) {
    if !card.manual {
        out.command(Command::SetSites { scan: card.name.clone(), sites: Some(sites_of(card)) });
    }
}

fn sites_of(card: &ScanCard) -> Vec<Site> {
    let columns = |name: &str| card.columns.iter().filter(|c| c.site == name).map(|c| c.from..c.to).collect();
    card.sites.iter().map(|site| Site { name: site.name.clone(), columns: columns(&site.name) }).collect()
}

/// Puts a column elsewhere.
pub(super) fn place(card: &ScanCard, band: &ColumnBand, (from, to): (usize, usize), out: &mut Out) {
    if (from, to) != (band.from, band.to) {
        let (scan, site) = (card.name.clone(), band.site.clone());
        out.command(Command::MoveColumn { scan, site, column: band.column, from, to });
    }
}

/// Moves every column of a site.
pub(super) fn move_site(card: &ScanCard, band: &ColumnBand, by: i64, out: &mut Out) {
    if by != 0 {
        out.command(Command::MoveSite { scan: card.name.clone(), site: band.site.clone(), by });
    }
}

/// Carries out a change of sites as one step, which begins by taking found ones over.
pub(super) fn step(card: &ScanCard, out: &mut Out, change: impl FnOnce(&mut Out)) {
    out.command(Command::BeginGesture);
    by_hand(card, out);
    change(out);
    out.command(Command::EndGesture);
}

/// Arrow keys move what has the focus by one position, with Shift the whole site; Delete takes the column away.
pub(super) fn keys(
    ui: &Ui,
    response: &Response,
    (card, band, part): (&ScanCard, &ColumnBand, Part),
    positions: usize,
    out: &mut Out,
) {
    if response.clicked() || response.drag_started() {
        response.request_focus();
    }
    if !response.has_focus() {
        return;
    }
    let arrows = Arrows::on(ui, response, Axes::Both);
    let [alone, whole] = [arrows.plain, arrows.shifted].map(|[x, y]| (x + y) as i64);
    let (alone, whole) = if part == Part::Body { (alone, whole) } else { (alone + whole, 0) };
    if whole != 0 {
        step(card, out, |out| move_site(card, band, whole, out));
    } else if alone != 0 {
        step(card, out, |out| place(card, band, moved((band.from, band.to), alone, part, positions), out));
    }
    if ui.input(|input| input.key_pressed(Key::Delete) || input.key_pressed(Key::Backspace)) {
        remove(card, band, out);
    }
}

fn remove(card: &ScanCard, band: &ColumnBand, out: &mut Out) {
    let (scan, site) = (card.name.clone(), band.site.clone());
    step(card, out, |out| out.command(Command::RemoveColumn { scan, site, column: band.column }));
}

/// Adds a column.
pub(super) fn add(card: &ScanCard, site: &str, (from, to): (usize, usize), out: &mut Out) {
    let (scan, site) = (card.name.clone(), site.to_owned());
    step(card, out, |out| out.command(Command::AddColumn { scan, site, from, to }));
}

/// What a right click on a column offers.
pub(super) fn menu(ui: &mut Ui, card: &ScanCard, band: &ColumnBand, out: &mut Out) {
    for site in site_names(card).into_iter().filter(|site| *site != band.site) {
        if ui.button(format!("Move to {site}")).clicked() {
            step(card, out, |out| {
                let scan = || card.name.clone();
                let (from, to) = (band.from, band.to);
                out.command(Command::AddColumn { scan: scan(), site, from, to });
                out.command(Command::RemoveColumn { scan: scan(), site: band.site.clone(), column: band.column });
            });
            ui.close();
        }
    }
    ui.separator();
    if ui.button(text::REMOVE_COLUMN).clicked() {
        remove(card, band, out);
        ui.close();
    }
    if card.manual && ui.button(text::FIND_SITES).clicked() {
        out.command(Command::SetSites { scan: card.name.clone(), sites: None });
        ui.close();
    }
}

/// The sites of a scan, O1 and O2 in any case, and a name that is free.
pub(super) fn site_names(card: &ScanCard) -> Vec<String> {
    let mut names: Vec<String> = card.sites.iter().map(|site| site.name.clone()).collect();
    for name in ["O1", "O2"] {
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    let free = (3..).map(|k| format!("O{k}")).find(|name| !names.contains(name));
    names.extend(free);
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_moved_off_the_scan_stops_at_its_end() {
        assert_eq!(moved((4, 9), -10, Part::Body, 60), (0, 5));
        assert_eq!(moved((50, 55), 10, Part::Body, 60), (55, 60));
        assert_eq!(moved((4, 9), 10, Part::First, 60), (8, 9));
        assert_eq!(moved((4, 9), -10, Part::Last, 60), (4, 5));
    }

    #[test]
    fn a_column_near_a_peak_is_put_on_it_and_one_far_away_stays() {
        let peaks = [12.7, 31.0];
        assert_eq!(snapped((11, 16), &peaks, 60), (10, 15));
        assert_eq!(snapped((14, 19), &peaks, 60), (14, 19));
    }
}
