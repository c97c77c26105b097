//! The command palette: everything that can be asked for, found by typing a few letters of its name.

use egui::{
    Align, CornerRadius, Key, Layout, Modifiers, RichText, ScrollArea, Sense, TextEdit, Ui, UiBuilder, WidgetInfo, vec2,
};

use super::dialogs::{self, Dialogs};
use super::out::{Action, Out};
use super::registry::Entry;
use super::theme::{self, BODY, Palette, SMALL};
use super::{text, widgets};

/// Height of one row, points.
const ROW: f32 = 27.0;

/// Draws the palette.
pub(super) fn show(ui: &Ui, dialogs: &mut Dialogs, entries: &[Entry], out: &mut Out) {
    dialogs::hanging(ui, text::COMMAND_PALETTE, 560.0, out, |ui, out| {
        step(ui, dialogs);
        let field = TextEdit::singleline(&mut dialogs.query).hint_text(text::COMMAND_HINT).desired_width(f32::INFINITY);
        let response = ui.add(field.margin(egui::Margin::symmetric(10, 7))).accessible_name(text::COMMAND_PALETTE);
        if response.changed() {
            dialogs.chosen = 0;
        }
        if !dialogs.drawn {
            response.request_focus();
        }
        // After the field: what was typed in this very frame counts.
        let found = found(entries, &dialogs.query);
        dialogs.chosen = dialogs.chosen.min(found.len().saturating_sub(1));
        let enter = ui.input(|input| input.key_pressed(Key::Enter));
        let mut picked = found.get(dialogs.chosen).copied().filter(|_| enter);
        ui.add_space(2.0);
        ScrollArea::vertical().max_height(12.0 * ROW).auto_shrink([false, true]).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            for (k, entry) in found.iter().enumerate() {
                if row(ui, entry, k == dialogs.chosen) {
                    picked = Some(entry);
                }
            }
            if found.is_empty() {
                widgets::weak(ui, text::NOTHING_FOUND);
            }
        });
        if let Some(entry) = picked {
            out.action(Action::CloseDialog);
            entry.choose(out);
        }
    });
}

/// Moves the choice with the arrow keys, which the text field would take otherwise.
fn step(ui: &Ui, dialogs: &mut Dialogs) {
    let hit = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    if hit(Key::ArrowDown) {
        dialogs.chosen += 1;
    }
    if hit(Key::ArrowUp) {
        dialogs.chosen = dialogs.chosen.saturating_sub(1);
    }
}

fn row(ui: &mut Ui, entry: &Entry, chosen: bool) -> bool {
    let palette = Palette::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    let name = entry.full_name();
    response.widget_info(|| WidgetInfo::selected(egui::Role::MenuItem, true, chosen, &name));
    if chosen || response.hovered() {
        let fill = if chosen { palette.accent_soft } else { palette.hover };
        ui.painter().rect_filled(rect, CornerRadius::same(5), fill);
    }
    if chosen {
        response.scroll_to_me(None);
    }
    let inside = rect.shrink2(vec2(10.0, 0.0));
    let builder = UiBuilder::new().max_rect(inside).layout(Layout::right_to_left(Align::Center));
    let mut line = ui.new_child(builder);
    if let Some(keys) = entry.keys(ui) {
        line.label(RichText::new(keys).size(SMALL).color(palette.weak));
    }
    if entry.checked == Some(true) {
        line.label(RichText::new("✓").size(SMALL).color(palette.accent));
    }
    let place = egui::Rect::from_min_max(inside.min, egui::pos2(line.min_rect().left() - 8.0, inside.bottom()));
    widgets::elided(ui, place, &name, theme::regular(BODY), palette.text);
    response.clicked()
}

/// What can be done now and matches, best first; entries that match equally well keep their order.
fn found<'a>(entries: &'a [Entry], query: &str) -> Vec<&'a Entry> {
    let wanted = plain(query.trim());
    let able = entries.iter().filter(|entry| entry.enabled);
    let mut scored: Vec<(i64, &Entry)> =
        able.filter_map(|entry| Some((score(&wanted, &plain(&entry.full_name()))?, entry))).collect();
    scored.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    scored.into_iter().map(|(_, entry)| entry).collect()
}

/// Lower case, with plain digits for subscripts.
fn plain(text: &str) -> Vec<char> {
    let digit = |c: char| match c {
        '₀'..='₉' => char::from_digit(c as u32 - '₀' as u32, 10).unwrap_or(c),
        other => other,
    };
    text.chars().flat_map(char::to_lowercase).map(digit).collect()
}

/// How well a name has the letters wanted in their order: together and at the start of a word is best.
fn score(wanted: &[char], name: &[char]) -> Option<i64> {
    if wanted.is_empty() {
        return Some(0);
    }
    let length = i64::try_from(name.len()).unwrap_or(i64::MAX);
    let starts_word = |at: usize| at == 0 || name.get(at - 1).is_some_and(|c| !c.is_alphanumeric());
    let together = name.windows(wanted.len()).enumerate().filter(|(_, window)| *window == wanted).map(|(at, _)| at);
    if let Some(bonus) = together.map(|at| i64::from(starts_word(at))).max() {
        return Some(2000 + 1000 * bonus - length);
    }
    let (mut at, mut gaps) = (0, 0);
    for letter in wanted {
        let found = at + name.iter().skip(at).position(|c| c == letter)?;
        gaps += i64::from(found > at && !starts_word(found));
        at = found + 1;
    }
    Some(1000 - 100 * gaps - length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn best<'a>(query: &str, names: &[&'a str]) -> Option<&'a str> {
        let wanted = plain(query);
        let scored = names.iter().filter_map(|name| Some((score(&wanted, &plain(name))?, *name)));
        scored.max_by_key(|(score, _)| *score).map(|(_, name)| name)
    }

    #[test]
    fn a_word_is_found_by_its_start_its_letters_and_its_subscripts() {
        let names = ["Save session…", "Stage: Subtracted", "Edges: Ti L₂,₃", "Reset zoom", "Export…"];
        assert_eq!(best("sub", &names), Some("Stage: Subtracted"));
        assert_eq!(best("rz", &names), Some("Reset zoom"));
        assert_eq!(best("l2", &names), Some("Edges: Ti L₂,₃"));
        assert_eq!(best("SESS", &names), Some("Save session…"));
        assert_eq!(best("qqq", &names), None);
    }
}
