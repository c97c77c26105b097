//! One session, one result: the window and the command line write the same bytes, for one thread and for many.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::path::Path;
use std::process::Command as Process;
use std::time::{Duration, Instant};

use egui_kittest::Harness;
use moray::app::FileSpec;
use moray::document::{Command, WindowName};
use moray::model::{EnergyWindow, PeakMeasure, ProbeModel, Recipe, ScanMatching, Site};
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
    // Every way to measure a peak, and what is done about scans that were not recorded alike.
    let recipe = harness.state().bench().document().session().recipe.clone();
    let matched = Recipe { matching: ScanMatching::ALL, ..recipe };
    let measure = |measure| Command::SetMeasure { edge: "O K".into(), measure };
    let steps = [
        measure(PeakMeasure::Window),
        measure(PeakMeasure::SingleScattering),
        measure(PeakMeasure::Maximum),
        measure(PeakMeasure::Component),
        Command::SetRecipe { recipe: Box::new(matched) },
    ];
    for (k, step) in steps.into_iter().enumerate() {
        harness.state_mut().bench_mut().apply([step]);
        wait(&mut harness, "a comparison", compared);
        let by_window = folder.path().join(format!("window-{k}"));
        harness.state_mut().export(by_window.clone());
        let last = by_window.join("session.moray");
        wait(&mut harness, "the export", |_| last.exists());
        for threads in ["1", "4"] {
            let by_command = folder.path().join(format!("command-{k}-{threads}"));
            let output = Process::new(env!("CARGO_BIN_EXE_moray"))
                .args(["compare", "--figures", "all", "--threads", threads, "--session"])
                .args([last.as_path(), Path::new("-o"), by_command.as_path()])
                .output()
                .unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            let seen = same_files(&by_window, &by_command);
            assert!(seen >= 14, "{seen} files");
        }
    }
}

/// Asserts that two folders hold the same files; says how many.
fn same_files(one: &Path, other: &Path) -> usize {
    let mut seen = 0;
    for entry in std::fs::read_dir(one).unwrap() {
        let name = entry.unwrap().file_name();
        let [ours, theirs] = [one, other].map(|dir| std::fs::read(dir.join(&name)).unwrap());
        assert!(ours == theirs, "{} differs between {} and {}", name.display(), one.display(), other.display());
        seen += 1;
    }
    assert_eq!(std::fs::read_dir(other).unwrap().count(), seen);
    seen
}

#[test]
fn every_command_writes_the_same_bytes_for_one_thread_and_for_many() {
    let folder = tempfile::tempdir().unwrap();
    let sample =
        |name: &str| Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data").join(name).display().to_string();
    let (reference, scan) = (sample("lto-pristine.dm4"), sample("lto-2v7.dm4"));
    let mut recipe = Recipe::preset("lto").unwrap();
    let o_k = recipe.edges.iter_mut().find(|edge| edge.name == "O K").unwrap();
    o_k.joint_fit = true;
    o_k.unmixing = Some(ProbeModel { tail_share: 0.1, tail_fwhm_nm: 0.5, off_chain: 0.12 });
    let chosen = folder.path().join("recipe.json");
    std::fs::write(&chosen, recipe.to_json()).unwrap();
    let chosen = chosen.display().to_string();
    let pair = ["compare", "--reference", &reference, "--scan", &scan];
    let commands: [(&str, Vec<&str>); 7] = [
        ("bootstrap", [&pair[..], &["--recipe", &chosen, "--bootstrap", "200"]].concat()),
        ("map.npz", vec!["map", &scan]),
        ("fit.csv", vec!["fit", &scan]),
        ("pca.npz", vec!["pca", &scan]),
        ("align.csv", vec!["align", &scan]),
        ("subtract.npz", vec!["subtract", &scan]),
        ("image", vec!["image", &scan, "--strain-reference", &reference]),
    ];
    for (name, arguments) in commands {
        let written = ["1", "4"].map(|threads| {
            let dir = folder.path().join(threads);
            std::fs::create_dir_all(&dir).unwrap();
            let path = dir.join(name);
            let output = Process::new(env!("CARGO_BIN_EXE_moray"))
                .args(&arguments)
                .args(["--threads", threads, "-o"])
                .arg(&path)
                .output()
                .unwrap();
            assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
            (path, output.stdout)
        });
        let [one, many] = written;
        assert!(one.1 == many.1, "what {name} prints differs");
        if one.0.is_dir() {
            assert!(same_files(&one.0, &many.0) >= 3);
        } else {
            let [ours, theirs] = [&one.0, &many.0].map(|path| std::fs::read(path).unwrap());
            assert!(!ours.is_empty() && ours == theirs, "{name} differs between one and four threads");
        }
    }
}
