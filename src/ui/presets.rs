//! Presets: the program's own and those that the user saved, and the dialog that saves one.

use std::path::{Path, PathBuf};

use egui::{RichText, TextEdit, Ui};

use super::app::Application;
use super::dialogs::{Dialogs, frame};
use super::out::{Action, Out};
use super::{text, widgets};
use crate::app::{save_preset, user_presets};
use crate::document::Command;
use crate::model::Recipe;

/// The presets that the window offers.
#[derive(Debug)]
pub(super) struct Presets {
    /// Where the user's are kept; `None` when there is no such place.
    folder: Option<PathBuf>,
    /// The program's own first.
    all: Vec<Recipe>,
}

impl Default for Presets {
    /// The program's own.
    fn default() -> Self {
        Self { folder: None, all: own().collect() }
    }
}

fn own() -> impl Iterator<Item = Recipe> {
    Recipe::PRESETS.iter().filter_map(|(name, _)| Recipe::preset(name).ok())
}

impl Presets {
    /// Whether one can be saved.
    pub(super) fn can_save(&self) -> bool {
        self.folder.is_some()
    }

    /// Names of all presets, the program's own first.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.all.iter().map(|recipe| recipe.name.as_str())
    }

    /// The preset of that name.
    pub(super) fn find(&self, name: &str) -> Option<&Recipe> {
        self.all.iter().find(|recipe| recipe.name == name)
    }

    /// Reads what the folder holds; gives a sentence on every file that is no preset.
    fn read(folder: &Path) -> (Self, Vec<String>) {
        let (saved, faults) = user_presets(folder);
        let all = own().chain(saved.into_iter().map(|preset| preset.recipe)).collect();
        (Self { folder: Some(folder.to_owned()), all }, faults)
    }
}

impl Application {
    /// Keeps the user's presets in this folder, and offers those that are there.
    pub fn keep_presets(&mut self, folder: &Path) {
        let (presets, faults) = Presets::read(folder);
        self.notices.extend(faults.into_iter().map(|fault| format!("{}: {fault}", text::NOT_A_PRESET)));
        self.presets = presets;
    }

    /// Takes the preset of that name as the recipe.
    pub(super) fn take_preset(&mut self, name: &str) {
        if let Some(recipe) = self.presets.find(name) {
            self.bench.apply([Command::SetRecipe { recipe: Box::new(recipe.clone()) }]);
        }
    }

    /// Saves the recipe as a preset of this name, which the recipe takes.
    pub(super) fn save_preset(&mut self, name: &str) {
        let Some(folder) = self.presets.folder.clone() else { return };
        match save_preset(&folder, name.trim(), &self.bench.document().session().recipe) {
            Ok(preset) => {
                self.presets = Presets::read(&folder).0;
                self.dialogs.close();
                self.message = Some(format!("{} {}", text::PRESET_SAVED, preset.path.display()));
                self.bench.apply([Command::SetRecipe { recipe: Box::new(preset.recipe) }]);
            }
            Err(error) => self.dialogs.fault = Some(error.to_string()),
        }
    }
}

/// Draws the dialog that asks for the name of a preset.
pub(super) fn dialog(ui: &Ui, dialogs: &mut Dialogs, out: &mut Out) {
    frame(ui, text::PRESET_TITLE, 420.0, out, |ui, out| {
        widgets::weak(ui, text::PRESET_HINT);
        ui.add_space(8.0);
        let field = TextEdit::singleline(&mut dialogs.query).hint_text(text::PRESET_NAME).desired_width(f32::INFINITY);
        let field = ui.add(field).accessible_name(text::PRESET_NAME);
        if !dialogs.drawn {
            field.request_focus();
        }
        let entered = field.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
        if let Some(fault) = &dialogs.fault {
            ui.label(RichText::new(fault).color(super::theme::Palette::of(ui).caution));
        }
        ui.add_space(6.0);
        let named = !dialogs.query.trim().is_empty();
        let save = ui.add_enabled(named, egui::Button::new(text::PRESET_SAVE));
        if save.clicked() || (entered && named) {
            out.action(Action::SavePreset(dialogs.query.clone()));
        }
    });
}
