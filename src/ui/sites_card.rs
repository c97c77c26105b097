//! Left, below the picture: how the sites were found and how sure that is.

use egui::Ui;

use super::out::Out;
use super::stage::Shown;
use super::theme::{Palette, SMALL};
use super::view_model::ScanCard;
use super::{columns, format, text, widgets};
use crate::document::{Command, OpenScan};
use crate::model::{Profile, ProfileKind};

/// Draws the card of the scan chosen.
pub(super) fn show(ui: &mut Ui, shown: &Shown<'_>, out: &mut Out) {
    let Some(card) = shown.model.selected() else { return };
    widgets::card(ui, false, |ui| {
        ui.spacing_mut().item_spacing.y = 4.0;
        let pending = shown.model.site_finding.is_empty() && !card.manual && card.columns.is_empty();
        let whole = !card.sites.is_empty() && card.sites.iter().all(|line| line.label == text::WHOLE_SCAN);
        let how = match card.manual {
            true => text::SITES_MANUAL,
            false if whole => text::WHOLE_SCAN,
            false => text::SITES_FOUND,
        };
        widgets::card_title(ui, text::SITES, |ui| {
            if !pending {
                widgets::weak(ui, how);
            }
        });
        if pending {
            small(ui, text::SITES_PENDING);
        }
        let open = shown.bench.document().scan(&card.name);
        let contrast = open.and_then(|open| contrast(card, open));
        for line in shown.model.site_finding.iter().chain(&contrast) {
            small(ui, line);
        }
        small(ui, text::SITES_HINT);
        ui.horizontal(|ui| {
            if ui.add_enabled(card.manual, egui::Button::new(text::FIND_AGAIN)).clicked() {
                out.command(Command::SetSites { scan: card.name.clone(), sites: None });
            }
            let add = ui.button(text::ADD_SITE);
            if let Some(open) = open {
                egui::Popup::menu(&add).show(|ui| add_menu(ui, card, open.scan.positions(), out));
            }
        });
    });
}

fn small(ui: &mut Ui, line: &str) {
    let palette = Palette::of(ui);
    ui.add(egui::Label::new(egui::RichText::new(line).size(SMALL).color(palette.weak)).wrap());
}

fn add_menu(ui: &mut Ui, card: &ScanCard, positions: usize, out: &mut Out) {
    let (from, to) = widest_gap(card, positions);
    for site in columns::site_names(card) {
        if ui.button(format!("Add a column of {site}")).clicked() {
            columns::add(card, &site, (from, to), out);
        }
    }
}

/// A new column in the middle of the widest stretch without one.
fn widest_gap(card: &ScanCard, positions: usize) -> (usize, usize) {
    let mut taken: Vec<_> = card.columns.iter().map(|band| (band.from, band.to)).collect();
    taken.sort_unstable();
    taken.push((positions, positions));
    let mut free = (0, 0);
    let mut end = 0;
    for (from, to) in taken {
        if from.saturating_sub(end) > free.1 - free.0 {
            free = (end, from);
        }
        end = end.max(to);
    }
    let from = (free.0 + free.1).saturating_sub(columns::NEW_WIDTH) / 2;
    (from, (from + columns::NEW_WIDTH).min(positions).max(from + 1))
}

/// Signal of the first site over that of the second, above the lowest value of the profile.
fn contrast(card: &ScanCard, open: &OpenScan) -> Option<String> {
    let [first, second, ..] = card.sites.as_slice() else { return None };
    let (profile, label, sign) = signal(&open.profiles)?;
    let values: Vec<f64> = profile.values.iter().map(|value| sign * value).collect();
    let lowest = values.iter().copied().fold(f64::INFINITY, f64::min);
    let mean = |site: &str| {
        let ranges = card.columns.iter().filter(|band| band.site == site).map(|band| band.from..band.to);
        let inside: Vec<f64> = ranges.flat_map(|range| values.get(range).unwrap_or_default()).copied().collect();
        (!inside.is_empty()).then(|| inside.iter().sum::<f64>() / inside.len() as f64 - lowest)
    };
    let ratio = mean(&first.name)? / mean(&second.name)?;
    Some(format!("{}/{} contrast {} in {label}", first.name, second.name, format::fixed(ratio, 2)))
}

/// The profile that shows oxygen best, its name, and which way up it is.
fn signal(profiles: &[Profile]) -> Option<(&Profile, &'static str, f64)> {
    let kinds = [(ProfileKind::Abf, text::PROFILE_ABF, -1.0), (ProfileKind::OK, text::PROFILE_O_K, 1.0)];
    kinds.into_iter().find_map(|(kind, label, sign)| {
        let found = profiles.iter().find(|profile| profile.kind == kind)?;
        Some((found, label, sign))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Role;
    use crate::ui::view_model::Ink;

    #[test]
    fn a_new_column_goes_into_the_widest_gap() {
        let band = |from, to| super::super::view_model::ColumnBand {
            site: "O1".into(),
            column: 0,
            from,
            to,
            ink: Ink::Site(0),
        };
        let card = ScanCard {
            name: "a".into(),
            role: Role::Scan,
            facts: Vec::new(),
            path: None,
            low_loss: None,
            thickness: None,
            paired: false,
            sites: Vec::new(),
            columns: vec![band(30, 40), band(0, 6)],
            manual: true,
            cautions: Vec::new(),
            selected: true,
        };
        assert_eq!(widest_gap(&card, 50), (15, 20));
    }
}
