//! Pictures for the eye: the window with the sample and with real files, light and dark, at every size that matters, and
//! every view of it. `MORAY_PICTURES=FOLDER cargo test --test pictures -- --ignored` makes them.

use std::path::{Path, PathBuf};

use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use moray::ui::{Answers, Application, EdgeChoice, Look, SheetPage, Stage, ViewState};

use super::{opened, settle, shared};

const WIDE: [f32; 2] = [1440.0, 900.0];
const SMALL: [f32; 2] = [1024.0, 700.0];

/// Sizes in points with pixels per point, and what they are called.
const SIZES: [([f32; 2], f32, &str); 3] =
    [(WIDE, 1.0, "1440x900"), (SMALL, 1.0, "1024x700"), (WIDE, 2.0, "1440x900-2x")];
const THEMES: [(egui::Theme, &str); 2] = [(egui::Theme::Light, "light"), (egui::Theme::Dark, "dark")];

/// Real files: what they are called here, and those that are opened together.
const REAL: [(&str, &[&str]); 4] = [
    ("srtio3-spectrum", &["dm/DMReader_EELS_STO.dm4"]),
    ("spectrum-image", &["dm/DMReader_SpectrumImage_SI-EELS.dm3"]),
    ("titanate-msa", &["msa/hl.msa"]),
    ("two-files", &["dm/DMReader_EELS_STO.dm4", "dm/DMReader_SpectrumImage_SI-EELS.dm3"]),
];

/// The folder to write to, or `None` (said aloud) when the user named none.
fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("MORAY_PICTURES").map(PathBuf::from);
    match &folder {
        Some(folder) => std::fs::create_dir_all(folder).unwrap(),
        None => println!("skipped: MORAY_PICTURES names no folder"),
    }
    folder
}

fn save(harness: &mut Harness<'_, Application>, folder: &Path, name: &str) {
    harness.remove_cursor();
    harness.run_steps(3);
    harness.render().unwrap().save(folder.join(format!("{name}.png"))).unwrap();
}

fn at_every_size(folder: &Path, name: &str, files: &[PathBuf]) {
    for (size, scale, size_name) in SIZES {
        for (theme, theme_name) in THEMES {
            let mut harness = opened(size, scale, theme, files.to_vec());
            save(&mut harness, folder, &format!("{name}-{theme_name}-{size_name}"));
        }
    }
}

#[test]
#[ignore = "for the eye: MORAY_PICTURES=FOLDER cargo test --test pictures -- --ignored"]
fn the_window_with_the_sample_and_with_real_files() {
    let Some(folder) = folder() else { return };
    at_every_size(&folder, "sample", &[]);
    let Some(data) = shared::folder() else { return };
    for (name, files) in REAL {
        let files: Vec<PathBuf> = files.iter().map(|file| data.join(file)).collect();
        at_every_size(&folder, name, &files);
    }
}

/// A change of what is shown.
type Change = fn(&mut ViewState);

fn sheet(view: &mut ViewState, page: SheetPage) {
    view.look.sheet = Some(page);
}

/// Every view, by a name.
const VIEWS: [(&str, Change); 15] = [
    ("stage-raw", |view| view.stage = Stage::Raw),
    ("stage-background", |view| view.stage = Stage::Background),
    ("stage-subtracted", |view| view.stage = Stage::Subtracted),
    ("o-k", |view| view.edges = EdgeChoice::One(1)),
    ("waterfall", |view| view.waterfall = true),
    ("logarithmic", |view| view.look.log = true),
    ("answers-normalisations", |view| view.look.answers = Answers::Normalisations),
    ("answers-columns", |view| view.look.answers = Answers::Columns),
    ("answers-bias", |view| view.look.answers = Answers::Bias),
    ("sheet-spikes", |view| sheet(view, SheetPage::Spikes)),
    ("sheet-alignment", |view| sheet(view, SheetPage::Alignment)),
    ("sheet-calibration", |view| sheet(view, SheetPage::Calibration)),
    ("sheet-noise", |view| sheet(view, SheetPage::Noise)),
    ("sheet-picture", |view| sheet(view, SheetPage::Picture)),
    ("sheet-area", |view| sheet(view, SheetPage::Area)),
];

/// Dialogs and menus, by the shortcut or the name of what opens them.
const DIALOGS: [(&str, egui::Modifiers, egui::Key); 4] = [
    ("dialog-commands", egui::Modifiers::COMMAND, egui::Key::K),
    ("dialog-export", egui::Modifiers::COMMAND, egui::Key::E),
    ("dialog-preferences", egui::Modifiers::COMMAND, egui::Key::Comma),
    ("dialog-shortcuts", egui::Modifiers::NONE, egui::Key::F1),
];
const MENUS: [&str; 7] = ["File", "Edit", "View", "Process", "Help", "Display", "Drops"];

#[test]
#[ignore = "for the eye: MORAY_PICTURES=FOLDER cargo test --test pictures -- --ignored"]
fn every_view_of_the_sample() {
    let Some(folder) = folder() else { return };
    for (size, theme, end) in
        [(WIDE, egui::Theme::Light, "light-1440x900"), (SMALL, egui::Theme::Dark, "dark-1024x700")]
    {
        let mut harness = opened(size, 1.0, theme, Vec::new());
        for (name, change) in VIEWS {
            let before = harness.state_mut().view_mut().clone();
            change(harness.state_mut().view_mut());
            wait_for_pages(&mut harness);
            save(&mut harness, &folder, &format!("{name}-{end}"));
            *harness.state_mut().view_mut() = before;
        }
        for (name, modifiers, key) in DIALOGS {
            harness.key_press_modifiers(modifiers, key);
            wait_for_pages(&mut harness);
            save(&mut harness, &folder, &format!("{name}-{end}"));
            harness.key_press(egui::Key::Escape);
            harness.run_steps(3);
        }
        for name in MENUS {
            harness.get_by_label(name).click();
            harness.run_steps(3);
            save(&mut harness, &folder, &format!("menu-{}-{end}", name.to_lowercase()));
            harness.key_press(egui::Key::Escape);
            harness.run_steps(3);
        }
        *harness.state_mut().view_mut() = ViewState { look: Look::default(), ..ViewState::default() };
        harness.state_mut().bench_mut().close_all();
        harness.run_steps(3);
        save(&mut harness, &folder, &format!("welcome-{end}"));
    }
}

/// Pages and previews are made beside the window; none takes longer than this.
fn wait_for_pages(harness: &mut Harness<'_, Application>) {
    settle(harness);
    for _ in 0..100 {
        harness.step();
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}
