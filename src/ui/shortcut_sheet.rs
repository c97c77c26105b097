//! The sheet of keys and gestures.

use egui::{RichText, ScrollArea, Sense, Ui, vec2};

use super::registry::{Entry, Menu};
use super::text;
use super::theme::{self, Palette};
use super::widgets;

/// Width of the keys of a row, points.
const KEYS_WIDTH: f32 = 165.0;

/// Draws every shortcut by its menu, then what the pointer does.
pub(super) fn show(ui: &mut Ui, entries: &[Entry]) {
    let height = ui.content_rect().height() - 190.0;
    ScrollArea::vertical().max_height(height).auto_shrink([false, true]).show(ui, |ui| {
        ui.columns(2, |columns| {
            let [left, right] = columns else { return };
            for menu in Menu::ALL {
                let column = if menu == Menu::View { &mut *right } else { &mut *left };
                let keyed: Vec<(String, String)> = entries
                    .iter()
                    .filter(|entry| entry.menu == menu)
                    .filter_map(|entry| Some((entry.keys(column)?, entry.full_name())))
                    .collect();
                table(column, menu.name(), keyed.iter().map(|(keys, name)| (keys.as_str(), name.as_str())));
            }
            for (k, (title, rows)) in text::GESTURES.iter().enumerate() {
                table(if k == 1 { &mut *right } else { &mut *left }, title, rows.iter().copied());
            }
        });
    });
}

fn table<'a>(ui: &mut Ui, title: &str, rows: impl Iterator<Item = (&'a str, &'a str)>) {
    let palette = Palette::of(ui);
    ui.add_space(6.0);
    ui.label(RichText::new(title).font(theme::semibold(13.0)));
    for (keys, what) in rows {
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            let (place, _) = ui.allocate_exact_size(vec2(KEYS_WIDTH, 18.0), Sense::hover());
            widgets::elided(ui, place, keys, theme::medium(12.0), palette.accent);
            widgets::wrapped(ui, what);
        });
    }
}
