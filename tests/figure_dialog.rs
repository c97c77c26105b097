//! The figure dialog, driven by the names a screen reader would read.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use std::time::{Duration, Instant};

use egui_kittest::kittest::Queryable;
use egui_kittest::{Harness, SnapshotOptions};
use moray::model::{ColourSet, FigureKind, FigureStyle};
use moray::ui::{Application, Pipeline};
use support::softrender::SoftRenderer;

/// The button of the bar.
const EXPORT: &str = "Export…";

const PIPELINE: Pipeline =
    Pipeline { compare: support::fake::compare, open: refuse, bootstrap: moray::analysis::bootstrap::attach };

fn refuse(spec: &moray::app::FileSpec) -> Result<moray::document::OpenScan, moray::Error> {
    Err(moray::Error::Window { message: format!("{} is not there", spec.path.display()) })
}

fn window(size: [f32; 2]) -> Harness<'static, Application> {
    let mut harness = Harness::builder()
        .with_size(size)
        .with_theme(egui::Theme::Light)
        .with_max_steps(60)
        .with_step_dt(1.0 / 60.0)
        .renderer(SoftRenderer::default())
        .build_eframe(move |cc| {
            let mut application = Application::new(cc, PIPELINE).unwrap();
            cc.egui_ctx.set_theme(egui::Theme::Light);
            application.open_at_start(Vec::new());
            application
        });
    until(&mut harness, |harness| {
        let bench = harness.state().bench();
        !bench.is_updating() && bench.derived().is_some()
    });
    harness
}

fn until(harness: &mut Harness<'_, Application>, done: impl Fn(&Harness<'_, Application>) -> bool) {
    let start = Instant::now();
    while !done(harness) {
        harness.step();
        assert!(start.elapsed() < Duration::from_secs(60), "it never came");
        std::thread::sleep(Duration::from_millis(5));
    }
    harness.run_steps(3);
}

/// Opens the dialog and waits for its picture.
fn dialog(size: [f32; 2]) -> Harness<'static, Application> {
    let mut harness = window(size);
    harness.get_all_by_label(EXPORT).next().unwrap().click();
    harness.run_steps(2);
    settle(&mut harness);
    harness
}

fn settle(harness: &mut Harness<'_, Application>) {
    until(harness, |harness| {
        harness.query_by_label("Preview of the figure").is_some() && !harness.state().preview_is_busy()
    });
}

fn style(harness: &Harness<'_, Application>) -> FigureStyle {
    harness.state().bench().document().session().figure_style.clone()
}

fn choose(harness: &mut Harness<'_, Application>, what: &str, choice: &str) {
    harness.get_by_label(what).scroll_to_me();
    harness.run_steps(4);
    harness.get_by_label(what).click();
    harness.run_steps(3);
    harness.get_all_by_label(choice).last().unwrap().click();
    harness.run_steps(3);
    settle(harness);
}

#[test]
fn the_dialog_looks_as_it_did() {
    let mut harness = dialog([1440.0, 900.0]);
    harness.remove_cursor();
    harness.run_steps(3);
    harness.snapshot_options("figure-dialog", &SnapshotOptions::default().max_failed_pixels(60usize));
}

#[test]
fn a_journal_s_column_changes_the_preview_s_size_and_undo_brings_it_back() {
    let mut harness = dialog([1440.0, 900.0]);
    let wide = harness.get_by_label("Preview of the figure").rect().width();
    choose(&mut harness, "Journal", "single column");
    assert_eq!(style(&harness).width_mm, 85.0);
    let narrow = harness.get_by_label("Preview of the figure").rect().width();
    assert!((wide / narrow - 178.0 / 85.0).abs() < 0.02, "{wide} {narrow}");
    assert!((narrow - 85.0 / 25.4 * 96.0).abs() < 1.5, "{narrow}: printed size is 96 points to the inch");
    harness.state_mut().bench_mut().apply([moray::document::Command::Undo]);
    harness.run_steps(2);
    assert_eq!(style(&harness), FigureStyle::default());
}

#[test]
fn colours_switches_and_the_page_are_set_by_name() {
    let mut harness = dialog([1440.0, 900.0]);
    choose(&mut harness, "Colours", "Greyscale");
    harness.get_by_label("Minor ticks").scroll_to_me();
    harness.run_steps(4);
    harness.get_by_label("Minor ticks").click();
    harness.run_steps(2);
    let found = style(&harness);
    assert_eq!((found.colours, found.minor_ticks), (ColourSet::Greyscale, false));
    choose(&mut harness, "Add below", "Line scan");
    choose(&mut harness, "Add beside", "Drops");
    assert_eq!(style(&harness).page, [[FigureKind::LineScan, FigureKind::Drops]]);
    choose(&mut harness, "Figure shown", "Page of several figures");
    harness.get_by_label("Reset style").click();
    harness.run_steps(2);
    assert_eq!(style(&harness), FigureStyle::default());
}

#[test]
fn a_change_of_style_needs_no_new_comparison() {
    let mut harness = dialog([1440.0, 900.0]);
    let before = harness.state().bench().derived().unwrap().comparison.clone();
    choose(&mut harness, "Colours", "Greyscale");
    let bench = harness.state().bench();
    let derived = bench.derived().unwrap();
    assert!(std::sync::Arc::ptr_eq(&before, &derived.comparison));
    assert!(!bench.is_updating() && derived.revision == bench.document().revision());
    assert_eq!(derived.session.figure_style.colours, ColourSet::Greyscale, "exports take the new style");
}

#[test]
fn a_style_is_saved_and_loaded_and_a_wrong_one_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = dialog([1024.0, 700.0]);
    choose(&mut harness, "Colours", "Greyscale");
    let saved = style(&harness);
    let path = folder.path().join("grey.json");
    harness.state_mut().save_style(&path);
    harness.state_mut().bench_mut().apply([moray::document::Command::Undo]);
    harness.state_mut().load_style(&path);
    assert_eq!(style(&harness), saved);
    std::fs::write(&path, "{\"font_pt\": 0}").unwrap();
    harness.state_mut().load_style(&path);
    assert_eq!(style(&harness), saved);
}

#[test]
fn a_figure_is_written_in_every_format_as_the_dialog_shows_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = dialog([1440.0, 900.0]);
    for (name, start) in [("figure.png", &b"\x89PNG"[..]), ("figure.svg", b"<svg"), ("figure.pdf", b"%PDF")] {
        let path = folder.path().join(name);
        harness.state_mut().write_shown_figure(path.clone());
        until(&mut harness, |_| path.exists());
        assert!(std::fs::read(&path).unwrap().starts_with(start), "{name}");
    }
}
