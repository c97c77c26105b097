//! Presets of the user in the window and on the command line, the fix for scans of unequal dispersion, and the sample that
//! is known by its contents.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

#[path = "support/fake.rs"]
mod fake;

use std::path::Path;
use std::process::{Command as Process, Output};
use std::time::{Duration, Instant};

use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use moray::analysis::AnalysisError;
use moray::app::{FileSpec, open_scan, save_session};
use moray::document::{Command, Session};
use moray::model::{Recipe, ScanMatching};
use moray::ui::{Application, Pipeline};

fn window(compare: moray::app::CompareFn, presets: &Path) -> Harness<'static, Application> {
    let presets = presets.to_owned();
    let pipeline = Pipeline { compare, open: |spec| open_scan(spec, None), ..Pipeline::default() };
    let mut harness = Harness::builder().with_size([1440.0, 900.0]).with_max_steps(60).build_eframe(move |cc| {
        let mut application = Application::new(cc, pipeline).unwrap();
        application.keep_presets(&presets);
        application.open_at_start(Vec::new());
        application
    });
    wait(&mut harness, "the sample", settled);
    harness
}

fn wait(harness: &mut Harness<'_, Application>, what: &str, ready: impl Fn(&Application) -> bool) {
    let start = Instant::now();
    loop {
        harness.step();
        if ready(harness.state()) {
            harness.run();
            return;
        }
        assert!(start.elapsed() < Duration::from_secs(60), "{what} never came");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn settled(app: &Application) -> bool {
    !app.bench().is_updating() && (app.bench().derived().is_some() || app.bench().failure().is_some())
}

fn session(harness: &Harness<'_, Application>) -> Session {
    harness.state().bench().document().session().clone()
}

fn click(harness: &mut Harness<'_, Application>, name: &str) {
    harness.get_by_label(name).click();
    harness.run();
}

fn recipe_command(presets: &Path, arguments: &[&str]) -> Output {
    let config = presets.parent().unwrap();
    let program = env!("CARGO_BIN_EXE_moray");
    Process::new(program).arg("recipe").args(arguments).env("MORAY_CONFIG_DIR", config).output().unwrap()
}

#[test]
fn a_preset_saved_in_the_window_is_listed_there_and_found_by_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let presets = folder.path().join("presets");
    let mut harness = window(fake::compare, &presets);
    harness.state_mut().bench_mut().apply([Command::SetGain { counts_per_electron: Some(5.5) }]);
    wait(&mut harness, "the gain", settled);
    // The recipe's name at the right is the menu.
    click(&mut harness, "lto");
    click(&mut harness, "Save as preset…");
    harness.get_by_role_and_label(egui::Role::TextInput, "Name of the preset").type_text("titanate");
    harness.run();
    click(&mut harness, "Save preset");
    assert!(harness.query_by_label_contains("is a preset of the program").is_some(), "a name that is taken is refused");
    assert!(!presets.exists(), "and nothing is written");
    let field = harness.get_by_role_and_label(egui::Role::TextInput, "Name of the preset");
    field.focus();
    harness.run();
    harness.get_by_role_and_label(egui::Role::TextInput, "Name of the preset").type_text(" of ours");
    harness.run();
    click(&mut harness, "Save preset");
    assert_eq!(session(&harness).recipe.name, "titanate of ours");
    let saved = std::fs::read_to_string(presets.join("titanate of ours.json")).unwrap();
    assert_eq!(Recipe::from_json(&saved).unwrap(), session(&harness).recipe);
    // Another preset, and back to the saved one.
    wait(&mut harness, "the name", settled);
    click(&mut harness, "titanate of ours");
    click(&mut harness, "Preset");
    click(&mut harness, "mn-oxide");
    assert_eq!(session(&harness).recipe, Recipe::preset("mn-oxide").unwrap());
    wait(&mut harness, "the other preset", settled);
    harness.state_mut().bench_mut().apply([Command::Undo]);
    assert_eq!(session(&harness).recipe.name, "titanate of ours");
    // The command line prints the same bytes, and lists where it is.
    let printed = recipe_command(&presets, &["--preset", "titanate of ours"]);
    assert_eq!(String::from_utf8(printed.stdout).unwrap(), saved);
    let listed = String::from_utf8(recipe_command(&presets, &["--list"]).stdout).unwrap();
    assert_eq!(listed.lines().count(), Recipe::PRESETS.len() + 1);
    assert!(listed.contains("lto\tprogram\t") && listed.contains("titanate of ours.json"), "{listed}");
}

#[test]
fn the_command_line_takes_the_programs_preset_whatever_the_user_has() {
    let folder = tempfile::tempdir().unwrap();
    let presets = folder.path().join("presets");
    std::fs::create_dir_all(&presets).unwrap();
    let shadow = Recipe { counts_per_electron: Some(99.0), ..Recipe::preset("lto").unwrap() };
    std::fs::write(presets.join("lto.json"), shadow.to_json()).unwrap();
    std::fs::write(presets.join("broken.json"), "{").unwrap();
    let printed = recipe_command(&presets, &["--preset", "lto"]);
    assert_eq!(String::from_utf8(printed.stdout).unwrap(), Recipe::preset("lto").unwrap().to_json());
    let listed = recipe_command(&presets, &["--list"]);
    let faults = String::from_utf8(listed.stderr).unwrap();
    assert!(faults.contains("broken.json") && faults.contains("lto.json"), "{faults}");
    let missing = recipe_command(&presets, &["--preset", "mine"]);
    assert_eq!(missing.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&missing.stderr).contains("no such preset; there is lto, titanate"));
}

/// Refuses scans until dispersions are matched, as the pipeline does.
fn unequal(
    input: &moray::analysis::CompareInput,
    memo: &mut moray::analysis::Memo,
    progress: &moray::progress::Progress,
) -> Result<moray::analysis::Comparison, AnalysisError> {
    if input.recipe.matching.dispersion {
        return fake::compare(input, memo, progress);
    }
    Err(AnalysisError::DispersionDiffers { scan: "lto-2v7".into(), scan_ev: 0.1, reference_ev: 0.25 })
}

#[test]
fn scans_of_unequal_dispersion_are_matched_by_one_click_which_the_session_keeps() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = window(unequal, folder.path());
    assert!(harness.state().bench().failure().unwrap().to_string().contains("0.1 eV per channel"));
    click(&mut harness, "Fix: match");
    wait(&mut harness, "the comparison", |app| app.bench().derived().is_some());
    assert_eq!(session(&harness).recipe.matching, ScanMatching::ALL);
    let saved = harness.state().bench().document().saved(None).to_json();
    assert!(saved.contains("\"matching\""), "the session repeats it");
    // It can be seen and ended beside the other choices, and undone.
    click(&mut harness, "Match scans");
    assert!(session(&harness).recipe.matching.is_off());
    harness.state_mut().bench_mut().apply([Command::Undo]);
    assert_eq!(session(&harness).recipe.matching, ScanMatching::ALL);
}

#[test]
fn the_sample_is_known_by_its_contents_and_not_by_its_files_names() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = window(fake::compare, &folder.path().join("presets"));
    let session_file = folder.path().join("s.moray");
    let mut saved = harness.state().bench().document().saved(None);
    save_session(&session_file, &saved).unwrap();
    harness.state_mut().open(FileSpec { path: session_file.clone(), image: None });
    wait(&mut harness, "the sample again", settled);
    assert!(harness.query_by_label_contains("same contents (SHA-256)").is_some(), "it says so");
    assert!(harness.state().bench().unlinked().is_empty());
    // Files of the same names that held something else are asked for.
    for (k, (_, sha256)) in saved.files_mut().enumerate() {
        *sha256 = format!("{k:064}");
    }
    save_session(&session_file, &saved).unwrap();
    harness.state_mut().open(FileSpec { path: session_file, image: None });
    wait(&mut harness, "the list", |app| app.bench().unlinked().len() == 2);
    assert!(harness.state().bench().derived().is_none());
}
