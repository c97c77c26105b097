//! What the window says of itself, written to a file after every frame: for tests that drive it with a real pointer.

use std::path::PathBuf;

use egui::accesskit::{Node, Toggled};
use egui::{Context, FullOutput, Plugin, RawInput};
use serde_json::{Value, json};

use super::app::Application;
use super::drops::DropsModel;
use super::view_model::WindowModel;

/// Writes the accessible tree with the places of all controls, and what the application told of itself.
pub(super) struct StateDump {
    path: PathBuf,
    told: Value,
    written: String,
}

impl StateDump {
    /// A dump that goes to a file.
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, told: Value::Null, written: String::new() }
    }

    /// Takes what the application says of itself in this frame.
    pub(super) fn tell(&mut self, told: Value) {
        self.told = told;
    }

    fn write(&mut self, text: String) -> std::io::Result<()> {
        if text == self.written {
            return Ok(());
        }
        // Whoever reads it never sees half of it.
        let part = self.path.with_extension("part");
        std::fs::write(&part, &text)?;
        std::fs::rename(&part, &self.path)?;
        self.written = text;
        Ok(())
    }
}

impl Plugin for StateDump {
    fn debug_name(&self) -> &'static str {
        "state dump"
    }

    fn input_hook(&mut self, ctx: &Context, _input: &mut RawInput) {
        ctx.enable_accesskit();
    }

    fn output_hook(&mut self, ctx: &Context, output: &mut FullOutput) {
        let Some(update) = &output.platform_output.accesskit_update else { return };
        let controls: Vec<Value> =
            update.nodes.iter().filter_map(|(id, node)| control(node, *id == update.focus)).collect();
        let size = ctx.content_rect().size();
        let state = json!({
            "pixels_per_point": ctx.pixels_per_point(),
            "size": [size.x, size.y],
            "pointer": ctx.input(|input| input.pointer.latest_pos().map(|at| [at.x, at.y])),
            "pressed": ctx.input(|input| input.pointer.any_down()),
            "settled": !ctx.has_requested_repaint(),
            "controls": controls,
            "window": self.told,
        });
        if let Err(error) = self.write(state.to_string()) {
            eprintln!("moray: could not write {}: {error}", self.path.display());
        }
    }
}

/// A named part of the window: name, role, rectangle in points, and its state.
fn control(node: &Node, focused: bool) -> Option<Value> {
    let name = node.label().or(node.value())?;
    let bounds = node.bounds()?;
    Some(json!({
        "name": name,
        "role": format!("{:?}", node.role()),
        "rect": [bounds.x0, bounds.y0, bounds.x1, bounds.y1],
        "value": node.numeric_value(),
        "on": node.toggled().map(|toggled| toggled == Toggled::True),
        "enabled": !node.is_disabled(),
        "focused": focused,
    }))
}

impl Application {
    /// What the application says of itself.
    pub(super) fn state(&self) -> Value {
        let bench = self.bench();
        let model = WindowModel::of(bench, &self.view);
        let drops = DropsModel::of(bench, &model);
        let revision = bench.document().revision();
        json!({
            "title": model.title,
            "message": self.message,
            "notices": self.notices,
            "failure": bench.failure().map(ToString::to_string),
            "edited": bench.is_edited(),
            "revision": revision,
            "result_revision": bench.derived().map(|derived| derived.revision),
            "up_to_date": !bench.is_updating() && bench.derived().is_some_and(|derived| derived.revision == revision),
            "loading": bench.loading().count(),
            "session": bench.document().session(),
            "view": self.view,
            "table": drops.to_tsv(),
            "dialog": self.dialogs.kind().map(|kind| format!("{kind:?}")),
            "image_choice": self.contents.is_some(),
            "guide": self.guide,
            "gesture": self.gesture_open,
        })
    }
}
