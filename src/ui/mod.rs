//! The window.
//!
//! Panels read a [`WindowModel`] and push commands and actions; the application carries them out after the frame.

mod about;
mod actions;
mod answers;
mod app;
mod arrows;
mod autosave;
mod bands;
mod caution_list;
mod chart;
mod colormap;
mod columns;
mod command_palette;
mod components;
mod contents;
mod copy;
mod cursors;
mod dialogs;
mod display_menu;
mod drawn;
mod drop_picture;
mod drops;
mod figure_controls;
mod figure_dialog;
mod figure_preview;
mod figure_tasks;
mod format;
mod guide;
mod heat_map;
mod inspection;
mod look;
mod map_panel;
mod out;
mod panes;
mod plot;
mod preferences;
mod presets;
mod profile;
mod recipe_panel;
mod regions;
mod registry;
mod sample;
mod scans_panel;
mod session_dialogs;
mod sheet;
mod shortcut_sheet;
mod sites_card;
mod spectrum_menu;
mod spectrum_panel;
mod stage;
mod state_dump;
mod survey_panel;
mod surveys;
mod tasks;
mod text;
mod theme;
mod ti_card;
mod top_bar;
mod unmixed;
mod unsaved;
mod view_model;
mod view_state;
mod welcome;
mod widgets;
mod window_choice;

use std::path::PathBuf;

pub use answers::Answers;
pub use app::{Application, Pipeline};
pub use drops::{DropRow, DropsModel, Interval};
pub use look::{ColourMap, Look, ProfileChoice, Scans, Strip};
pub use panes::shown_edges;
pub use preferences::Preferences;
pub use sample::sample_scans;
pub use sheet::{PictureFilter, SheetPage};
pub use view_model::{Band, BandKind, ColumnBand, Curve, Ink, Pane, ScanCard, SiteLine, WindowModel};
pub use view_state::{EdgeChoice, Panels, Stage, ThemeChoice, ViewState};

/// The window's icon, a PNG of `assets/icon.svg`.
const ICON: &[u8] = include_bytes!("../../assets/icon.png");

/// Opens the window with these files; none opens the sample. Returns when the window is closed.
///
/// With a `state_file`, the window writes there after every frame what it shows, where its controls are and what it
/// holds, as JSON: tests that drive the real window with a real pointer read it.
///
/// # Errors
/// [`crate::Error::Window`] when there is no display.
pub fn run(files: Vec<PathBuf>, state_file: Option<PathBuf>) -> Result<(), crate::Error> {
    check_display()?;
    let viewport = egui::ViewportBuilder::default()
        .with_title(text::APP)
        .with_app_id(text::APP_ID)
        .with_inner_size([1440.0, 900.0])
        .with_min_inner_size([1024.0, 700.0])
        .with_drag_and_drop(true);
    // A picture that cannot be read leaves the system's own; it is part of the program, and a test reads it.
    let viewport = match eframe::icon_data::from_png_bytes(ICON) {
        Ok(icon) => viewport.with_icon(icon),
        Err(_) => viewport,
    };
    let options = eframe::NativeOptions { viewport, system_font_fallback: false, ..Default::default() };
    let start = move |cc: &eframe::CreationContext<'_>| -> Result<Box<dyn eframe::App>, _> {
        let mut application = Application::new(cc, Pipeline::default())?;
        if let Some(path) = state_file {
            cc.egui_ctx.add_plugin(state_dump::StateDump::new(path));
        }
        application.start(files);
        if let Some(folder) = eframe::storage_dir(text::APP_ID) {
            application.keep_copies(&folder.join("recovery"), autosave::AUTOSAVE_EVERY);
            application.keep_copy_on_panic();
        }
        if let Some(folder) = crate::app::presets_folder() {
            application.keep_presets(&folder);
        }
        Ok(Box::new(application))
    };
    eframe::run_native(text::APP_ID, options, Box::new(start))
        .map_err(|error| crate::Error::Window { message: error.to_string() })
}

/// On systems where the display is named by the environment, says early and plainly that there is none.
fn check_display() -> Result<(), crate::Error> {
    let unix = cfg!(all(unix, not(target_os = "macos")));
    let named = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if unix && !named("DISPLAY") && !named("WAYLAND_DISPLAY") && !named("WAYLAND_SOCKET") {
        return Err(crate::Error::Window { message: "there is no display".to_owned() });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_icon_of_the_window_is_a_picture() {
        let icon = eframe::icon_data::from_png_bytes(super::ICON).unwrap();
        assert_eq!((icon.width, icon.height), (256, 256));
    }
}
