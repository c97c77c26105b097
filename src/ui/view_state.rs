//! What the window shows: kept between runs, never read by the science.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::look::Look;
use super::preferences::Preferences;

/// How far the spectra shown have been worked on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Stage {
    /// As recorded, in electrons.
    Raw,
    /// As recorded, with the background.
    Background,
    /// Background subtracted.
    Subtracted,
    /// Background subtracted and normalised.
    #[default]
    Normalised,
}

/// Which edges are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum EdgeChoice {
    /// The edge of the recipe with this number.
    One(usize),
    /// All of them, side by side.
    #[default]
    Both,
}

/// The theme asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum ThemeChoice {
    /// As the system has it.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl From<ThemeChoice> for egui::ThemePreference {
    fn from(choice: ThemeChoice) -> Self {
        match choice {
            ThemeChoice::System => Self::System,
            ThemeChoice::Light => Self::Light,
            ThemeChoice::Dark => Self::Dark,
        }
    }
}

/// Which panels at the sides are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Panels {
    /// Scans, on the left.
    pub scans: bool,
    /// Recipe and Ti L, on the right.
    pub recipe: bool,
}

impl Default for Panels {
    fn default() -> Self {
        Self { scans: true, recipe: true }
    }
}

impl Panels {
    /// The same with the scans shown or not.
    pub(super) fn with_scans(self, scans: bool) -> Self {
        Self { scans, ..self }
    }

    /// The same with the recipe shown or not.
    pub(super) fn with_recipe(self, recipe: bool) -> Self {
        Self { recipe, ..self }
    }
}

/// Everything about the window that is not the document.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ViewState {
    /// Stage of the spectra.
    pub stage: Stage,
    /// Edges shown.
    pub edges: EdgeChoice,
    /// Curves one above the other instead of on one zero.
    pub waterfall: bool,
    /// Scan whose map is shown; otherwise the first that is not the reference.
    pub selected: Option<String>,
    /// Energy range of each edge when zoomed, eV.
    pub zoom: BTreeMap<String, [f64; 2]>,
    /// How things are shown.
    pub look: Look,
    /// Theme.
    pub theme: ThemeChoice,
    /// Panels at the sides.
    pub panels: Panels,
    /// Choices made in the preferences.
    pub preferences: Preferences,
    /// Files opened lately, newest first.
    pub recent: Vec<PathBuf>,
}

/// How many recent files are remembered.
const MAX_RECENT: usize = 8;

/// What belongs to the user rather than to a session.
const OF_THE_USER: [&str; 4] = ["theme", "panels", "preferences", "recent"];

impl ViewState {
    /// The part that a session keeps.
    pub fn for_session(&self) -> Value {
        let mut value = serde_json::to_value(self).unwrap_or_default();
        if let Some(fields) = value.as_object_mut() {
            fields.retain(|name, _| !OF_THE_USER.contains(&name.as_str()));
        }
        value
    }

    /// Shows what a session kept; what the user chose for all sessions stays. A part that is not understood is as in
    /// a fresh window.
    pub fn restore(&mut self, view: &Value) {
        let Ok(Value::Object(mut all)) = serde_json::to_value(Self::default()) else { return };
        let names: Vec<String> = all.keys().cloned().collect();
        for (name, field) in names.into_iter().filter_map(|name| view.get(&name).map(|field| (name.clone(), field))) {
            let mut trial = all.clone();
            trial.insert(name, field.clone());
            if serde_json::from_value::<Self>(Value::Object(trial.clone())).is_ok() {
                all = trial;
            }
        }
        let mine = serde_json::to_value(&*self).unwrap_or_default();
        for name in OF_THE_USER {
            all.extend(mine.get(name).map(|field| (name.to_owned(), field.clone())));
        }
        *self = serde_json::from_value(Value::Object(all)).unwrap_or_default();
    }

    /// Puts a file at the head of the recent ones.
    pub fn remember(&mut self, path: PathBuf) {
        self.recent.retain(|other| *other != path);
        self.recent.insert(0, path);
        self.recent.truncate(MAX_RECENT);
    }
}
