//! The dialogs that lie over the window: which one is open, and what was typed into it.

use egui::{Align2, Area, CornerRadius, Frame, Id, Margin, Modal, RichText, Ui, vec2};

use super::out::{Action, Out};
use super::registry::Entry;
use super::view_state::ViewState;
use super::{about, command_palette, preferences, presets, shortcut_sheet, text, theme, widgets};

/// Which dialog.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DialogKind {
    /// Everything that can be done, found by typing.
    Commands,
    /// Keys and gestures.
    Shortcuts,
    /// Choices kept between runs.
    Preferences,
    /// What Moray is.
    About,
    /// What it is built from, under which licences.
    Licences,
    /// Files of the session that were not found.
    Unlinked,
    /// Sessions of a run that did not end well.
    Recovery,
    /// The name of a preset to save.
    SavePreset,
    /// What to do with work that is not saved.
    Unsaved,
}

/// The open dialog.
#[derive(Debug, Default)]
pub(super) struct Dialogs {
    kind: Option<DialogKind>,
    /// What was typed to search.
    pub(super) query: String,
    /// Why what was typed cannot be taken.
    pub(super) fault: Option<String>,
    /// The row chosen with the arrow keys.
    pub(super) chosen: usize,
    /// Whether the dialog was drawn before: in its first frame it takes the focus.
    pub(super) drawn: bool,
}

impl Dialogs {
    /// Opens a dialog in place of the one that is open.
    pub(super) fn open(&mut self, kind: DialogKind) {
        *self = Self { kind: Some(kind), ..Self::default() };
    }

    /// Closes the dialog.
    pub(super) fn close(&mut self) {
        *self = Self::default();
    }

    /// The open dialog.
    pub(super) fn kind(&self) -> Option<DialogKind> {
        self.kind
    }
}

/// Draws the open dialog.
pub(super) fn show(ui: &Ui, dialogs: &mut Dialogs, entries: &[Entry], view: &ViewState, out: &mut Out) {
    let Some(kind) = dialogs.kind else { return };
    match kind {
        DialogKind::Commands => command_palette::show(ui, dialogs, entries, out),
        DialogKind::Shortcuts => frame(ui, text::SHORTCUTS, 860.0, out, |ui, _| shortcut_sheet::show(ui, entries)),
        DialogKind::Preferences => {
            frame(ui, text::PREFERENCES_TITLE, 420.0, out, |ui, out| preferences::show(ui, view, out))
        }
        // They show what the window keeps, and are drawn by it.
        DialogKind::Unlinked | DialogKind::Recovery => {}
        DialogKind::SavePreset => presets::dialog(ui, dialogs, out),
        // It takes the keyboard in its first frame, and so keeps that count itself.
        DialogKind::Unsaved => return,
        DialogKind::About => frame(ui, text::ABOUT, 420.0, out, about::show),
        DialogKind::Licences => frame(ui, text::LICENCES_TITLE, 620.0, out, |ui, _| about::licences(ui, dialogs)),
    }
    dialogs.drawn = true;
}

/// The frame of a dialog.
pub(super) fn around(ui: &Ui, margin: i8) -> Frame {
    Frame::popup(ui.style()).inner_margin(Margin::same(margin)).corner_radius(CornerRadius::same(12))
}

/// A dialog with a title and a button that closes it; Escape and a click beside it close it, too.
pub(super) fn frame(ui: &Ui, title: &str, width: f32, out: &mut Out, add: impl FnOnce(&mut Ui, &mut Out)) {
    let id = Id::unique(("dialog", title));
    let modal = Modal::new(id).frame(around(ui, 20)).show(ui.ctx(), |ui| {
        ui.set_width(width.min(ui.content_rect().width() - 60.0));
        ui.label(RichText::new(title).font(theme::semibold(16.0)));
        ui.add_space(6.0);
        add(ui, out);
        ui.add_space(8.0);
        ui.vertical_centered(|ui| {
            if widgets::primary(ui, text::CLOSE).clicked() {
                out.action(Action::CloseDialog);
            }
        });
    });
    if modal.should_close() {
        out.action(Action::CloseDialog);
    }
}

/// A dialog that hangs under the top bar.
pub(super) fn hanging(ui: &Ui, name: &str, width: f32, out: &mut Out, add: impl FnOnce(&mut Ui, &mut Out)) {
    let id = Id::unique(("dialog", name));
    let area: Area = Modal::default_area(id).anchor(Align2::CENTER_TOP, vec2(0.0, 64.0));
    let modal = Modal::new(id).area(area).frame(around(ui, 8)).show(ui.ctx(), |ui| {
        ui.set_width(width.min(ui.content_rect().width() - 60.0));
        add(ui, out);
    });
    if modal.should_close() {
        out.action(Action::CloseDialog);
    }
}
