//! The window's shell: menus, command palette, dialogs, panels, preferences; driven by the names a screen reader reads.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod support;

use std::time::{Duration, Instant};

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable;
use egui_kittest::{Harness, SnapshotOptions};
use moray::ui::{Application, Panels, Pipeline, Stage, ThemeChoice};
use support::softrender::SoftRenderer;

const PIPELINE: Pipeline = Pipeline {
    compare: support::fake::compare,
    open: |spec| moray::app::open_scan(spec, None),
    bootstrap: moray::analysis::bootstrap::attach,
};

fn window(size: [f32; 2], theme: egui::Theme) -> Harness<'static, Application> {
    let mut harness = Harness::builder()
        .with_size(size)
        .with_theme(theme)
        .with_max_steps(60)
        .with_step_dt(1.0 / 60.0)
        .renderer(SoftRenderer::default())
        .build_eframe(move |cc| {
            let mut application = Application::new(cc, PIPELINE).unwrap();
            cc.egui_ctx.set_theme(theme);
            application.open_at_start(Vec::new());
            application
        });
    settle(&mut harness);
    harness
}

/// Runs until the comparison of the document as it stands is shown.
fn settle(harness: &mut Harness<'_, Application>) {
    let start = Instant::now();
    loop {
        harness.step();
        let bench = harness.state().bench();
        let current = bench.derived().is_some_and(|derived| derived.revision == bench.document().revision());
        if !bench.is_updating() && (current || bench.failure().is_some()) {
            break;
        }
        assert!(start.elapsed() < Duration::from_secs(60), "the comparison never came");
        std::thread::sleep(Duration::from_millis(5));
    }
    harness.run();
}

fn press(harness: &mut Harness<'_, Application>, modifiers: Modifiers, key: Key) {
    harness.key_press_modifiers(modifiers, key);
    harness.run();
}

/// Opens the command palette, types, and takes the best match.
fn command(harness: &mut Harness<'_, Application>, typed: &str) {
    press(harness, Modifiers::COMMAND, Key::K);
    harness.get_by_role_and_label(egui::Role::TextInput, "Find a command…").type_text(typed);
    harness.run();
    press(harness, Modifiers::NONE, Key::Enter);
}

fn picture(harness: &mut Harness<'_, Application>, name: &str) {
    harness.remove_cursor();
    harness.run();
    harness.snapshot_options(name, &SnapshotOptions::default().max_failed_pixels(60usize));
}

#[test]
fn a_command_is_found_by_a_few_letters_and_done_with_enter() {
    let mut harness = window([1440.0, 900.0], egui::Theme::Light);
    command(&mut harness, "subtr");
    assert_eq!(harness.state_mut().view_mut().stage, Stage::Subtracted);
    command(&mut harness, "theme dark");
    assert_eq!(harness.state_mut().view_mut().theme, ThemeChoice::Dark);
    assert!(harness.query_by_role_and_label(egui::Role::TextInput, "Find a command…").is_none(), "it closes by itself");
}

#[test]
fn the_command_palette_is_walked_with_the_arrow_keys_and_left_with_escape() {
    let mut harness = window([1440.0, 900.0], egui::Theme::Light);
    press(&mut harness, Modifiers::COMMAND, Key::K);
    harness.get_by_role_and_label(egui::Role::TextInput, "Find a command…").type_text("stage");
    harness.run();
    picture(&mut harness, "shell-commands-light");
    press(&mut harness, Modifiers::NONE, Key::ArrowDown);
    press(&mut harness, Modifiers::NONE, Key::Enter);
    assert_eq!(harness.state_mut().view_mut().stage, Stage::Background);
    press(&mut harness, Modifiers::COMMAND, Key::K);
    press(&mut harness, Modifiers::NONE, Key::Escape);
    assert!(harness.query_by_role_and_label(egui::Role::TextInput, "Find a command…").is_none());
    assert_eq!(harness.state_mut().view_mut().stage, Stage::Background);
}

#[test]
fn every_menu_opens_and_shows_its_entries_with_their_keys() {
    let mut harness = window([1440.0, 900.0], egui::Theme::Dark);
    for (menu, entry) in [
        ("File", "Open…"),
        ("Edit", "Preferences…"),
        ("View", "Reset zoom"),
        ("Process", "Cancel the comparison"),
        ("Help", "About Moray"),
    ] {
        harness.get_by_label(menu).click();
        harness.run();
        assert!(harness.query_by_label(entry).is_some(), "{menu} has no {entry}");
        if menu == "View" {
            picture(&mut harness, "shell-view-menu-dark");
        }
        press(&mut harness, Modifiers::NONE, Key::Escape);
    }
}

#[test]
fn panels_are_hidden_and_shown_by_their_keys() {
    let mut harness = window([1024.0, 700.0], egui::Theme::Light);
    let before = harness.get_by_label("Spectra of O K").rect().width();
    press(&mut harness, Modifiers::NONE, Key::F9);
    press(&mut harness, Modifiers::NONE, Key::F10);
    assert_eq!(harness.state_mut().view_mut().panels, Panels { scans: false, recipe: false });
    assert!(harness.query_by_label("SCANS").is_none() && harness.query_by_label("RECIPE").is_none());
    assert!(harness.get_by_label("Spectra of O K").rect().width() > before + 200.0);
    press(&mut harness, Modifiers::NONE, Key::F9);
    assert!(harness.query_by_label("SCANS").is_some());
}

#[test]
fn preferences_scale_the_text_and_everything() {
    let mut harness = window([1440.0, 900.0], egui::Theme::Light);
    press(&mut harness, Modifiers::COMMAND, Key::Comma);
    picture(&mut harness, "shell-preferences-light");
    let height = |harness: &Harness<'_, Application>| harness.get_by_label("SCANS").rect().height();
    let before = height(&harness);
    harness.state_mut().view_mut().preferences.font_scale = 1.3;
    harness.run();
    assert!(height(&harness) > before * 1.2);
    press(&mut harness, Modifiers::NONE, Key::Escape);
    press(&mut harness, Modifiers::COMMAND, Key::Minus);
    assert!((harness.ctx.zoom_factor() - 0.9).abs() < 1e-6, "{}", harness.ctx.zoom_factor());
    press(&mut harness, Modifiers::COMMAND, Key::Equals);
    assert!((harness.ctx.zoom_factor() - 1.0).abs() < 1e-6, "{}", harness.ctx.zoom_factor());
}

#[test]
fn the_sheet_of_keys_about_and_licences_open_and_close() {
    let mut harness = window([1440.0, 900.0], egui::Theme::Dark);
    press(&mut harness, Modifiers::NONE, Key::F1);
    picture(&mut harness, "shell-shortcuts-dark");
    harness.get_by_label("Close").click();
    harness.run();
    command(&mut harness, "about");
    harness.get_by_label("Licences…").click();
    harness.run();
    harness.get_by_role_and_label(egui::Role::TextInput, "Search").type_text("wgpu");
    harness.run();
    assert!(harness.query_by_label("wgpu-hal").is_some());
    assert!(harness.query_by_label("serde").is_none());
    press(&mut harness, Modifiers::NONE, Key::Escape);
    assert!(harness.query_by_label("wgpu-hal").is_none());
}

#[test]
fn diagnostics_name_versions_and_sizes_but_no_path() {
    let mut harness = window([1440.0, 900.0], egui::Theme::Light);
    command(&mut harness, "copy diagnostics");
    let copied = |command: &egui::OutputCommand| match command {
        egui::OutputCommand::CopyText(text) => Some(text.clone()),
        _ => None,
    };
    let text = harness.output().platform_output.commands.iter().find_map(copied);
    let message = harness.query_by_label_contains("Diagnostics copied").is_some();
    assert!(message);
    if let Some(text) = text {
        assert!(text.contains("positions x") && !text.contains('/'), "{text}");
    }
}

/// Gain at which the pipeline of the next test has a defect.
const CURSED_GAIN: f64 = 7.25;

fn cursed(
    input: &moray::analysis::CompareInput,
    memo: &mut moray::analysis::Memo,
    progress: &moray::progress::Progress,
) -> Result<moray::analysis::Comparison, moray::analysis::AnalysisError> {
    assert!(input.recipe.counts_per_electron != Some(CURSED_GAIN), "the gain is cursed");
    support::fake::compare(input, memo, progress)
}

#[test]
fn a_defect_in_a_calculation_is_said_and_the_window_lives_on() {
    let mut harness = Harness::builder()
        .with_size([1440.0, 900.0])
        .with_max_steps(60)
        .renderer(SoftRenderer::default())
        .build_eframe(|cc| {
            let pipeline = Pipeline { compare: cursed, ..PIPELINE };
            let mut application = Application::new(cc, pipeline).unwrap();
            application.open_at_start(Vec::new());
            application
        });
    settle(&mut harness);
    let good = harness.state().bench().derived().unwrap().revision;
    let gain = moray::document::Command::SetGain { counts_per_electron: Some(CURSED_GAIN) };
    harness.state_mut().bench_mut().apply([gain]);
    settle(&mut harness);
    assert!(harness.query_by_label_contains("a defect in Moray: the gain is cursed").is_some());
    assert_eq!(harness.state().bench().derived().unwrap().revision, good, "the last good result stays");
    harness.get_by_label("Undo").click();
    settle(&mut harness);
    assert!(harness.state().bench().failure().is_none(), "and the next one works");
}

#[test]
fn the_window_is_walked_with_tab_and_a_control_is_pressed_with_space() {
    let mut harness = window([1440.0, 900.0], egui::Theme::Light);
    let focused = |harness: &Harness<'_, Application>| harness.ctx.memory(|memory| memory.focused());
    let mut seen = Vec::new();
    for _ in 0..400 {
        press(&mut harness, Modifiers::NONE, Key::Tab);
        let Some(id) = focused(&harness) else { continue };
        if seen.contains(&id) {
            break;
        }
        seen.push(id);
    }
    assert!(seen.len() > 40, "only {} controls are reached", seen.len());
    harness.get_by_label("O K peak d").focus();
    harness.run();
    let low = |harness: &Harness<'_, Application>| {
        let session = harness.state().bench().document().session().clone();
        session.recipe.edge("O K").unwrap().peak("d").unwrap().window_ev.lo_ev()
    };
    let before = low(&harness);
    press(&mut harness, Modifiers::NONE, Key::ArrowRight);
    settle(&mut harness);
    assert!((low(&harness) - before - 0.1).abs() < 1e-6, "{before} {}", low(&harness));
    harness.get_by_label("Subtracted").focus();
    harness.run();
    press(&mut harness, Modifiers::NONE, Key::Space);
    assert_eq!(harness.state_mut().view_mut().stage, Stage::Subtracted);
}
