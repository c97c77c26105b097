//! What was not saved is offered after a crash; files that moved are found again or asked for.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

#[path = "support/fake.rs"]
mod fake;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use moray::app::{FileSpec, open_scan, save_session};
use moray::document::{Command, Session};
use moray::ui::{Application, Pipeline};

const PIPELINE: Pipeline = Pipeline {
    compare: fake::compare,
    open: |spec| open_scan(spec, None),
    bootstrap: moray::analysis::bootstrap::attach,
};

/// A window with the sample that keeps copies in a folder.
fn window(copies: &Path) -> Harness<'static, Application> {
    let copies = copies.to_owned();
    let mut harness = Harness::builder().with_size([1440.0, 900.0]).with_max_steps(60).build_eframe(move |cc| {
        let mut application = Application::new(cc, PIPELINE).unwrap();
        application.open_at_start(Vec::new());
        application.keep_copies(&copies, Duration::from_millis(50));
        application
    });
    wait(&mut harness, "the sample", compared);
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

fn compared(app: &Application) -> bool {
    !app.bench().is_updating() && app.bench().derived().is_some()
}

fn session(harness: &Harness<'_, Application>) -> Session {
    harness.state().bench().document().session().clone()
}

fn copies(folder: &Path) -> Vec<PathBuf> {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|path| path.extension().is_some_and(|extension| extension == "moray")).collect()
}

fn edit(harness: &mut Harness<'_, Application>) {
    harness.state_mut().bench_mut().apply([Command::SetGain { counts_per_electron: Some(5.5) }]);
}

#[test]
fn what_was_not_saved_is_offered_after_a_crash_and_restored_with_its_history() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = window(folder.path());
    assert!(copies(folder.path()).is_empty(), "nothing was changed yet");
    edit(&mut harness);
    let kept = folder.path().to_owned();
    wait(&mut harness, "a copy", move |_| !copies(&kept).is_empty());
    let before = session(&harness);
    // The crash: the copy stays, the lock is let go of.
    let copy = copies(folder.path()).remove(0);
    let bytes = std::fs::read(&copy).unwrap();
    drop(harness);
    assert!(copies(folder.path()).is_empty(), "a window that is closed takes its copy along");
    std::fs::write(&copy, bytes).unwrap();

    let mut harness = window(folder.path());
    assert!(harness.query_by_label("Moray was not closed last time").is_some());
    harness.get_by_label_contains("Restore lto-pristine").click();
    wait(&mut harness, "the session", compared);
    assert_eq!(session(&harness), before);
    assert!(harness.state().bench().is_edited(), "it still is not saved");
    assert!(!copy.exists() && copies(folder.path()).len() == 1, "the window has its own copy now");
    harness.get_by_label("Undo").click();
    wait(&mut harness, "the undone session", compared);
    assert_eq!(session(&harness).recipe.counts_per_electron, None);
}

#[test]
fn a_saved_session_needs_no_copy() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = window(folder.path());
    edit(&mut harness);
    let kept = folder.path().to_owned();
    wait(&mut harness, "a copy", move |_| !copies(&kept).is_empty());
    harness.state_mut().bench_mut().mark_saved();
    let kept = folder.path().to_owned();
    wait(&mut harness, "the end of the copy", move |_| copies(&kept).is_empty());
}

#[test]
fn a_file_that_is_gone_is_asked_for_and_the_others_are_found_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name);
    std::fs::create_dir_all(place("a/b/session")).unwrap();
    std::fs::create_dir_all(place("elsewhere/far")).unwrap();
    // Not the sample's own names: a session of the sample finds it wherever it is.
    let names = ["before.dm4", "after.dm4"];
    for (name, sample) in names.into_iter().zip(["lto-pristine.dm4", "lto-2v7.dm4"]) {
        let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data").join(sample);
        std::fs::copy(sample, place("a/b/session").join(name)).unwrap();
    }
    let mut harness = window(&place("copies"));
    harness.state_mut().bench_mut().close_all();
    for name in names {
        harness.state_mut().open(FileSpec { path: place("a/b/session").join(name), image: None });
    }
    wait(&mut harness, "the files", |app| compared(app) && app.bench().document().session().inputs.len() == 2);
    let file = place("a/b/session/s.moray");
    save_session(&file, &harness.state().bench().document().saved(None)).unwrap();
    for name in names {
        std::fs::rename(place("a/b/session").join(name), place("elsewhere/far").join(name)).unwrap();
    }
    harness.state_mut().open(FileSpec { path: file, image: None });
    wait(&mut harness, "the list", |app| app.bench().unlinked().len() == 2 && app.bench().loading().next().is_none());
    assert!(harness.query_by_label("Files of this session were not found").is_some());
    assert!(harness.query_by_label("Locate… after.dm4").is_some());
    let sha256 = harness.state().bench().unlinked()[0].sha256.clone();
    let lost = harness.state().bench().unlinked()[0].path.file_name().unwrap().to_owned();
    harness.state_mut().bench_mut().relink(&sha256, &place("elsewhere/far").join(lost));
    wait(&mut harness, "the comparison", compared);
    assert!(harness.state().bench().unlinked().is_empty());
    assert!(harness.query_by_label("Files of this session were not found").is_none());
    assert!(session(&harness).inputs.iter().all(|input| input.path.exists()));
}

/// A file as the desktop hands it over.
#[derive(Debug)]
struct Dropped(PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|error| error.to_string())
    }
}

fn drop_on(harness: &mut Harness<'_, Application>, path: &Path) {
    harness.input_mut().dropped_files.push(std::sync::Arc::new(Dropped(path.to_owned())));
    harness.step();
}

/// A folder with two scans under names of their own, and in `out` what the command line makes of them.
fn compared_files() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    for (name, sample) in [("before.dm4", "lto-pristine.dm4"), ("after.dm4", "lto-2v7.dm4")] {
        let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data").join(sample);
        std::fs::copy(sample, folder.path().join(name)).unwrap();
    }
    let run = std::process::Command::new(env!("CARGO_BIN_EXE_moray"))
        .current_dir(folder.path())
        .args(["compare", "--reference", "before.dm4", "--scan", "after.dm4", "--figures", "figure,survey"])
        .args(["--sites", "O1=4..9,28..33;O2=16..21", "--survey-line", "0.46,1.53..2.68,1.53", "-o", "out"])
        .output()
        .unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let out = folder.path().join("out");
    (folder, out)
}

#[test]
fn a_figure_dropped_on_the_window_restores_the_session_that_made_it() {
    let (folder, out) = compared_files();
    let made = moray::app::read_session(&out.join("session.moray")).unwrap().session;
    for name in ["figure.png", "figure.svg", "figure.pdf", "survey.png", "survey.svg", "survey.pdf"] {
        let mut harness = window(&folder.path().join("copies"));
        drop_on(&mut harness, &out.join(name));
        let restored = |app: &Application| compared(app) && app.bench().document().session().input("after").is_some();
        wait(&mut harness, name, restored);
        let found = session(&harness);
        assert_eq!(
            (&found.recipe, &found.surveys, &found.figure_style),
            (&made.recipe, &made.surveys, &made.figure_style)
        );
        assert_eq!(found.inputs.len(), 2, "{name}: nothing of the session before is left");
        for (found, made) in found.inputs.iter().zip(&made.inputs) {
            assert_eq!((&found.name, &found.sha256, &found.sites), (&made.name, &made.sha256, &made.sites), "{name}");
            assert_eq!(found.path.canonicalize().unwrap(), made.path.canonicalize().unwrap(), "{name}");
        }
    }
}

#[test]
fn a_figure_dropped_far_from_its_data_asks_for_them() {
    let (folder, out) = compared_files();
    let far = tempfile::tempdir().unwrap();
    let deep = far.path().join("a/b/c");
    std::fs::create_dir_all(&deep).unwrap();
    for name in ["figure.png", "figure.svg", "figure.pdf"] {
        let figure = deep.join(name);
        std::fs::copy(out.join(name), &figure).unwrap();
        let mut harness = window(&far.path().join("copies"));
        drop_on(&mut harness, &figure);
        wait(&mut harness, "the list", |app| {
            app.bench().unlinked().len() == 2 && app.bench().loading().next().is_none()
        });
        assert!(harness.query_by_label("Locate… after.dm4").is_some(), "{name}");
        let lost: Vec<_> = harness.state().bench().unlinked().into_iter().cloned().collect();
        let data = folder.path();
        for file in lost {
            let place = data.join(file.path.file_name().unwrap());
            harness.state_mut().bench_mut().relink(&file.sha256, &place);
        }
        wait(&mut harness, "the comparison", |app| compared(app) && app.bench().unlinked().is_empty());
        assert!(session(&harness).inputs.iter().all(|input| input.path.exists()), "{name}");
    }
}
