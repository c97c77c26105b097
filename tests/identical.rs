//! One session, one result: the window and the command line write the same bytes, for one thread and for many.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::path::Path;
use std::process::Command as Process;
use std::time::{Duration, Instant};

use egui_kittest::Harness;
use moray::app::FileSpec;
use moray::document::{Command, WindowName};
use moray::model::{EnergyWindow, Site};
use moray::ui::{Application, Pipeline};

fn wait(harness: &mut Harness<'_, Application>, what: &str, ready: impl Fn(&Application) -> bool) {
    let start = Instant::now();
    loop {
        harness.step();
        if ready(harness.state()) {
            return;
        }
        assert!(start.elapsed() < Duration::from_secs(120), "{what} never came");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn compared(app: &Application) -> bool {
    let bench = app.bench();
    bench.derived().is_some_and(|derived| derived.revision == bench.document().revision()) && !bench.is_updating()
}

fn window(folder: &Path) -> Harness<'static, Application> {
    let files = ["lto-pristine.dm4", "lto-2v7.dm4"].map(|name| folder.join(name));
    let mut harness = Harness::builder().with_size([1440.0, 900.0]).build_eframe(move |cc| {
        let mut application = Application::new(cc, Pipeline::default()).unwrap();
        for path in files {
            application.open(FileSpec { path, image: None });
        }
        application
    });
    wait(&mut harness, "the files", |app| app.bench().document().session().inputs.len() == 2);
    harness
}

/// What a user does: windows and sites dragged, one step taken back.
fn edits() -> Vec<Command> {
    let window_ev = |lo, hi| EnergyWindow::new(lo, hi).unwrap();
    let moved = |lo, hi| Command::MoveWindow {
        edge: "O K".into(),
        window: WindowName::Peak("b".into()),
        window_ev: window_ev(lo, hi),
    };
    let sites = Some(vec![
        Site { name: "O1".into(), columns: vec![4..9, 28..33] },
        Site { name: "O2".into(), columns: std::iter::once(16..21).collect() },
    ]);
    vec![
        Command::BeginGesture,
        moved(532.2, 535.0),
        moved(532.3, 535.1),
        Command::EndGesture,
        Command::SetSites { scan: "lto-2v7".into(), sites },
        Command::MoveSite { scan: "lto-2v7".into(), site: "O2".into(), by: 1 },
        moved(532.4, 535.2),
        Command::Undo,
    ]
}

#[test]
fn the_window_and_the_command_line_write_the_same_bytes_from_one_session() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["lto-pristine.dm4", "lto-2v7.dm4"] {
        let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data").join(name);
        std::fs::copy(sample, folder.path().join(name)).unwrap();
    }
    let mut harness = window(folder.path());
    // Results along the way fill what the window keeps between comparisons.
    for command in edits() {
        harness.state_mut().bench_mut().apply([command]);
        wait(&mut harness, "a comparison", compared);
    }
    let by_window = folder.path().join("window");
    harness.state_mut().export(by_window.clone());
    let last = by_window.join("session.moray");
    wait(&mut harness, "the export", |_| last.exists());
    for threads in ["1", "4"] {
        let by_command = folder.path().join(format!("command-{threads}"));
        let output = Process::new(env!("CARGO_BIN_EXE_moray"))
            .args(["compare", "--figures", "all", "--threads", threads, "--session"])
            .args([last.as_path(), Path::new("-o"), by_command.as_path()])
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let mut seen = 0;
        for entry in std::fs::read_dir(&by_window).unwrap() {
            let name = entry.unwrap().file_name();
            let [ours, theirs] = [&by_window, &by_command].map(|dir| std::fs::read(dir.join(&name)).unwrap());
            assert!(ours == theirs, "{} differs with {threads} threads", name.display());
            seen += 1;
        }
        assert_eq!(std::fs::read_dir(&by_command).unwrap().count(), seen);
        assert!(seen >= 14, "{seen} files");
    }
}
