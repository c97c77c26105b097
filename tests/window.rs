//! The window, driven by the names a screen reader would read, and pictured without a display or a GPU.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

#[path = "window/access.rs"]
mod access;
#[path = "window/drawn.rs"]
mod drawn;
#[path = "window/gestures.rs"]
mod gestures;
#[path = "window/pages.rs"]
mod pages;
#[path = "window/pairing.rs"]
mod pairing;
#[path = "support/shared.rs"]
mod shared;
mod support;
#[path = "window/survey_signal.rs"]
mod survey_signal;
#[path = "window/unmixed.rs"]
mod unmixed;
#[path = "window/views.rs"]
mod views;

use std::time::{Duration, Instant};

use egui_kittest::kittest::Queryable;
use egui_kittest::{Harness, SnapshotOptions};
use moray::app::FileSpec;
use moray::document::{Command, OpenScan, SavedSession, Session};
use moray::model::EdgeRecipe;
use moray::ui::{Application, EdgeChoice, Pipeline, Stage};
use support::softrender::SoftRenderer;

const PIPELINE: Pipeline =
    Pipeline { compare: support::fake::compare, open: refuse, bootstrap: moray::analysis::bootstrap::attach };

fn refuse(spec: &FileSpec) -> Result<OpenScan, moray::Error> {
    Err(moray::Error::Contents {
        path: spec.path.clone(),
        message: "it holds no spectra".into(),
        hint: "see `moray info`".into(),
    })
}

fn window(size: [f32; 2], theme: egui::Theme) -> Harness<'static, Application> {
    window_with(PIPELINE, size, theme)
}

fn window_with(pipeline: Pipeline, size: [f32; 2], theme: egui::Theme) -> Harness<'static, Application> {
    let mut harness = Harness::builder()
        .with_size(size)
        .with_theme(theme)
        .with_max_steps(60)
        .with_step_dt(1.0 / 60.0)
        .renderer(SoftRenderer::default())
        .build_eframe(move |cc| {
            let mut application = Application::new(cc, pipeline).unwrap();
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

fn session(harness: &Harness<'_, Application>) -> Session {
    harness.state().bench().document().session().clone()
}

fn oxygen(harness: &Harness<'_, Application>) -> EdgeRecipe {
    session(harness).recipe.edge("O K").unwrap().clone()
}

fn drag(harness: &mut Harness<'_, Application>, from: egui::Pos2, by: egui::Vec2) {
    harness.hover_at(from);
    harness.run_steps(1);
    harness.drag_at(from);
    harness.run_steps(1);
    for k in 1..=4u8 {
        harness.hover_at(from + by * (f32::from(k) / 4.0));
        harness.run_steps(1);
    }
    harness.drop_at(from + by);
    harness.run_steps(1);
    settle(harness);
}

fn picture(harness: &mut Harness<'_, Application>, name: &str) {
    harness.remove_cursor();
    harness.run();
    harness.snapshot_options(name, &SnapshotOptions::default().max_failed_pixels(60usize));
}

/// Leaves a picture for the eye in the folder that `MORAY_PICTURES` names.
fn look_at(harness: &mut Harness<'_, Application>, name: &str) {
    if let Some(folder) = std::env::var_os("MORAY_PICTURES") {
        harness.remove_cursor();
        harness.run_steps(2);
        let path = std::path::Path::new(&folder).join(format!("{name}.png"));
        harness.render().unwrap().save(path).unwrap();
    }
}

#[test]
fn the_window_looks_as_it_did() {
    let mut results = egui_kittest::SnapshotResults::new();
    for (size, theme, name) in [
        ([1440.0, 900.0], egui::Theme::Light, "light-1440"),
        ([1440.0, 900.0], egui::Theme::Dark, "dark-1440"),
        ([1024.0, 700.0], egui::Theme::Light, "light-1024"),
    ] {
        let mut harness = window(size, theme);
        picture(&mut harness, name);
        results.extend_harness(&mut harness);
    }
}

#[test]
fn one_edge_and_every_stage_can_be_chosen_by_name() {
    let mut harness = window([1440.0, 900.0], egui::Theme::Dark);
    harness.get_by_label("O K").click();
    harness.run();
    assert_eq!(harness.state_mut().view_mut().edges, EdgeChoice::One(1));
    for (name, stage) in [("Raw", Stage::Raw), ("Subtracted", Stage::Subtracted), ("Background", Stage::Background)] {
        harness.get_by_label(name).click();
        harness.run();
        assert_eq!(harness.state_mut().view_mut().stage, stage);
    }
    picture(&mut harness, "dark-oxygen-background");
}

#[test]
fn dragging_a_window_moves_it_and_one_undo_puts_it_back() {
    let mut harness = window([1440.0, 900.0], egui::Theme::Light);
    let before = session(&harness);
    let band = harness.get_by_label("O K peak d").rect();
    drag(&mut harness, band.center(), egui::vec2(30.0, 0.0));
    let peak = oxygen(&harness).peak("d").unwrap().window_ev;
    let old = before.recipe.edge("O K").unwrap().peak("d").unwrap().window_ev;
    assert!(peak.lo_ev() > old.lo_ev() + 0.5, "{peak} {old}");
    assert!((peak.width_ev() - old.width_ev()).abs() < 1e-6);
    harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::Z);
    harness.run_steps(2);
    assert_eq!(session(&harness), before);
}

#[test]
fn dragging_an_edge_of_the_background_changes_that_limit_alone() {
    let mut harness = window([1440.0, 900.0], egui::Theme::Light);
    let handle = harness.get_by_label("Lower limit of O K background window").rect();
    drag(&mut harness, handle.center(), egui::vec2(14.0, 0.0));
    let window = oxygen(&harness).background.window_ev;
    assert!(window.lo_ev() > 519.2, "{window}");
    assert_eq!(window.hi_ev(), 527.5);
}

#[test]
fn a_background_dragged_over_peak_a_is_refused_and_said() {
    let mut harness = window([1440.0, 900.0], egui::Theme::Light);
    let handle = harness.get_by_label("Upper limit of O K background window").rect();
    drag(&mut harness, handle.center(), egui::vec2(60.0, 0.0));
    let edge = oxygen(&harness);
    assert!(edge.background.window_ev.hi_ev() <= edge.peak("a").unwrap().window_ev.lo_ev());
}

fn drop_of_b_at_o2(harness: &Harness<'_, Application>) -> Option<f64> {
    let edges = &harness.state().bench().derived().unwrap().comparison.report.edges;
    let b = edges.iter().flat_map(|edge| &edge.peaks).find(|peak| peak.label == "b")?;
    b.sites.iter().find(|at| at.site == "O2")?.drop
}

#[test]
fn dragging_a_site_band_sets_the_sites_by_hand_and_undo_finds_them_again() {
    let mut harness = window([1440.0, 900.0], egui::Theme::Light);
    let before = session(&harness);
    assert!(before.input("lto-2v7").unwrap().sites.is_none());
    let untouched = drop_of_b_at_o2(&harness);
    let band = harness.get_by_label("O1 column 2 of lto-2v7 (O K)").rect();
    drag(&mut harness, band.center(), egui::vec2(0.0, 8.0));
    let after = session(&harness);
    let sites = after.input("lto-2v7").unwrap().sites.as_ref().unwrap();
    assert_eq!(sites[0].columns[1].len(), 5);
    assert!(sites[0].columns[1].start > 20, "{sites:?}");
    // The reference keeps the columns that were found in it: the drop of a site that was not touched stays as it was.
    let reference = after.input("lto-pristine").unwrap().sites.as_ref().unwrap();
    assert_eq!(reference.iter().map(|site| site.columns.len()).sum::<usize>(), 7);
    assert_eq!(drop_of_b_at_o2(&harness), untouched);
    harness.get_by_label("Undo").click();
    settle(&mut harness);
    assert_eq!(session(&harness), before);
}

#[test]
fn a_typed_number_moves_the_window() {
    let mut harness = window([1440.0, 900.0], egui::Theme::Light);
    harness.state_mut().bench_mut().apply([Command::MoveWindow {
        edge: "O K".into(),
        window: moray::document::WindowName::Peak("c".into()),
        window_ev: moray::model::EnergyWindow::new(537.0, 541.9).unwrap(),
    }]);
    settle(&mut harness);
    let field = harness.get_by_label("O K peak c from");
    field.set_value_accesskit(536.0);
    harness.run_steps(2);
    assert_eq!(oxygen(&harness).peak("c").unwrap().window_ev.lo_ev(), 536.0);
}

#[test]
fn closing_everything_leaves_a_welcome_that_opens_the_sample_with_one_click() {
    let mut harness = window([1024.0, 700.0], egui::Theme::Dark);
    harness.state_mut().bench_mut().close_all();
    harness.run();
    picture(&mut harness, "dark-welcome");
    harness.get_by_label("Open the sample").click();
    settle(&mut harness);
    assert_eq!(session(&harness).inputs.len(), 2);
}

#[test]
fn a_file_that_cannot_be_opened_is_said_beside_the_scans() {
    let mut harness = window([1440.0, 900.0], egui::Theme::Light);
    harness.state_mut().open(FileSpec { path: "broken.dm4".into(), image: None });
    let start = Instant::now();
    while harness.query_by_label_contains("broken.dm4: it holds no spectra").is_none() {
        harness.step();
        assert!(start.elapsed() < Duration::from_secs(20));
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn the_pointer_over_the_spectra_is_read_out_below() {
    let mut harness = window([1440.0, 900.0], egui::Theme::Dark);
    let plot = harness.get_by_label("Spectra of O K").rect();
    harness.hover_at(plot.center());
    harness.run();
    assert!(harness.query_by_label_contains("540.00 eV").is_some());
    assert!(harness.query_by_label_contains("(O1)").is_some());
}

#[test]
fn a_drag_across_free_space_zooms_and_a_double_click_shows_all_again() {
    let mut harness = window([1440.0, 900.0], egui::Theme::Light);
    let plot = harness.get_by_label("Spectra of O K").rect();
    let from = egui::pos2(plot.right() - 60.0, plot.center().y);
    drag(&mut harness, from, egui::vec2(50.0, 0.0));
    assert!(harness.state_mut().view_mut().zoom.contains_key("O K"));
    for _ in 0..2 {
        harness.drag_at(from);
        harness.drop_at(from);
    }
    harness.run();
    assert!(harness.state_mut().view_mut().zoom.is_empty());
}

#[test]
fn a_scan_becomes_the_reference_by_its_chip() {
    let mut harness = window([1440.0, 900.0], egui::Theme::Light);
    harness.get_by_label("Role of lto-2v7").click();
    harness.run();
    harness.get_by_label("Make this the reference").click();
    settle(&mut harness);
    let roles: Vec<_> = session(&harness).inputs.iter().map(|input| input.role).collect();
    assert_eq!(roles, [moray::model::Role::Scan, moray::model::Role::Reference]);
}

#[test]
fn when_a_comparison_fails_the_last_good_one_stays_and_is_marked() {
    let mut harness = window([1440.0, 900.0], egui::Theme::Light);
    let before = harness.state().bench().derived().unwrap().revision;
    let gain = Some(support::fake::FAILING_GAIN);
    harness.state_mut().bench_mut().apply([Command::SetGain { counts_per_electron: gain }]);
    settle(&mut harness);
    assert_eq!(harness.state().bench().derived().unwrap().revision, before);
    assert!(harness.state().bench().failure().is_some());
    harness.get_by_label("Undo").click();
    settle(&mut harness);
    assert!(harness.state().bench().failure().is_none());
}

#[test]
fn a_saved_session_of_the_sample_opens_in_the_same_state() {
    let mut harness = window([1440.0, 900.0], egui::Theme::Light);
    let band = harness.get_by_label("O1 column 2 of lto-2v7 (O K)").rect();
    drag(&mut harness, band.center(), egui::vec2(0.0, 8.0));
    let before = session(&harness);
    let file = tempfile::Builder::new().suffix(".moray").tempfile().unwrap();
    std::fs::write(file.path(), SavedSession::from(before.clone()).to_json()).unwrap();
    harness.state_mut().bench_mut().close_all();
    harness.state_mut().open(FileSpec { path: file.path().to_owned(), image: None });
    settle(&mut harness);
    assert_eq!(session(&harness), before);
    assert!(!harness.state().bench().is_edited());
}

#[test]
fn the_window_exports_what_the_command_line_writes() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = window([1440.0, 900.0], egui::Theme::Light);
    harness.state_mut().export(folder.path().to_owned());
    let last = folder.path().join("session.moray");
    let start = Instant::now();
    while !last.exists() {
        harness.step();
        assert!(start.elapsed() < Duration::from_secs(60), "the export never ended");
        std::thread::sleep(Duration::from_millis(5));
    }
    for name in ["report.json", "drops.csv", "spectra-o-k.csv", "ti-l.csv", "figure.png", "figure.pdf", "arrays.npz"] {
        assert!(std::fs::metadata(folder.path().join(name)).unwrap().len() > 100, "{name}");
    }
    let table = std::fs::read_to_string(folder.path().join("drops.csv")).unwrap();
    assert!(table.lines().any(|line| line.contains("O1") && line.contains(",b,")), "{table}");
}
