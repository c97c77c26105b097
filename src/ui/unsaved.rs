//! What is asked before work that is not saved goes: by closing it, by opening another session, or by ending the program.

use egui::{Context, Id, Modal, RichText, Ui, ViewportCommand};

use super::app::Application;
use super::dialogs::{self, DialogKind};
use super::out::{Action, Out, holds_session};
use super::{text, theme, widgets};
use crate::app::FileSpec;

/// What is to happen once the session is saved or given up.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Then {
    /// End the program.
    Quit,
    /// Close everything.
    CloseAll,
    /// Open a session.
    Open(FileSpec),
}

impl Application {
    /// Does it, or asks first when work would be lost.
    pub(super) fn ask_before(&mut self, then: Then) {
        if self.bench.has_unsaved_work() {
            self.then = Some(then);
            self.dialogs.open(DialogKind::Unsaved);
        } else {
            self.go_on(then);
        }
    }

    /// Opens a file; a session takes the place of the one that is open.
    pub(super) fn open_asking(&mut self, spec: FileSpec) {
        if holds_session(&spec.path) {
            self.ask_before(Then::Open(spec));
        } else {
            self.open(spec);
        }
    }

    /// Does what was waiting for the session to be saved or given up.
    pub(super) fn go_on(&mut self, then: Then) {
        match then {
            Then::Quit => self.ending = true,
            Then::CloseAll => {
                self.bench.close_all();
                self.notices.clear();
                self.message = None;
            }
            Then::Open(spec) => self.open(spec),
        }
    }

    /// Ends the program when that was decided; asks when the window is being closed with work that is not saved.
    pub(super) fn end(&mut self, ctx: &Context) {
        let closing = ctx.input(|input| input.viewport().close_requested());
        if self.ending && !closing {
            ctx.send_viewport_cmd(ViewportCommand::Close);
        } else if closing && !self.ending && self.bench.has_unsaved_work() {
            ctx.send_viewport_cmd(ViewportCommand::CancelClose);
            self.ask_before(Then::Quit);
        }
    }

    /// Takes the answer: saves first, or not.
    pub(super) fn answer_unsaved(&mut self, save: bool) {
        self.dialogs.close();
        let Some(then) = self.then.take() else { return };
        if save {
            self.tasks.choose_session_file(Some(then));
        } else {
            self.go_on(then);
        }
    }
}

/// Draws the question.
pub(super) fn show(ui: &Ui, drawn: bool, out: &mut Out) {
    let modal = Modal::new(Id::unique("unsaved")).frame(dialogs::around(ui, 20)).show(ui.ctx(), |ui| {
        ui.set_width(380.0);
        ui.label(RichText::new(text::UNSAVED_TITLE).font(theme::semibold(16.0)));
        ui.add_space(4.0);
        widgets::wrapped(ui, text::UNSAVED_BODY);
        ui.add_space(10.0);
        ui.horizontal(|ui| {
            let save = widgets::primary(ui, text::SAVE_SESSION);
            if !drawn {
                save.request_focus();
            }
            if save.clicked() {
                out.action(Action::AnswerUnsaved(true));
            }
            if ui.button(text::DO_NOT_SAVE).clicked() {
                out.action(Action::AnswerUnsaved(false));
            }
            if ui.button(text::CANCEL).clicked() {
                out.action(Action::CloseDialog);
            }
        });
    });
    if modal.should_close() {
        out.action(Action::CloseDialog);
    }
}
