//! The pictures of the README, made by the program itself: the window by the CPU renderer, the figure as it is exported.
//!
//! `UPDATE_PICTURES=1 cargo test --test pictures` makes them anew; otherwise they must be what the program makes.
//! `MORAY_PICTURES=FOLDER cargo test --test pictures -- --ignored` makes many more for the eye, into a folder.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

#[path = "pictures/gallery.rs"]
mod gallery;
#[path = "support/shared.rs"]
mod shared;
#[path = "support/softrender.rs"]
mod softrender;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use egui_kittest::Harness;
use moray::ui::{Application, Pipeline};
use softrender::SoftRenderer;

/// Largest share of pixels that may differ from a committed picture: rounding differs between machines.
const TOLERANCE: f64 = 0.002;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/pictures")
}

fn update() -> bool {
    std::env::var_os("UPDATE_PICTURES").is_some()
}

/// The window with these files, or the sample, and the real pipeline, once its result or its failure is there.
fn opened(
    [width, height]: [f32; 2],
    scale: f32,
    theme: egui::Theme,
    files: Vec<PathBuf>,
) -> Harness<'static, Application> {
    let mut harness = Harness::builder()
        .with_size([width, height])
        .with_pixels_per_point(scale)
        .with_theme(theme)
        .with_max_steps(60)
        .renderer(SoftRenderer::default())
        .build_eframe(move |cc| {
            let mut application = Application::new(cc, Pipeline::default()).unwrap();
            cc.egui_ctx.set_theme(theme);
            application.open_at_start(files);
            application
        });
    settle(&mut harness);
    harness
}

/// Draws until nothing is loaded or compared any more.
fn settle(harness: &mut Harness<'_, Application>) {
    let start = Instant::now();
    loop {
        harness.step();
        let bench = harness.state().bench();
        let current = bench.derived().is_some_and(|derived| derived.revision == bench.document().revision());
        if bench.loading().count() == 0 && !bench.is_updating() && (current || bench.failure().is_some()) {
            break;
        }
        assert!(start.elapsed() < Duration::from_secs(120), "the comparison never came");
        std::thread::sleep(Duration::from_millis(5));
    }
    harness.run_ok();
}

/// The window with the sample.
fn window(theme: egui::Theme) -> image::RgbaImage {
    opened([1440.0, 900.0], 1.0, theme, Vec::new()).render().unwrap()
}

fn check_window(name: &str, theme: egui::Theme) {
    let made = window(theme);
    let path = folder().join(name);
    if update() {
        made.save(&path).unwrap();
        return;
    }
    assert_same(name, &made, &image::open(&path).unwrap().to_rgba8());
}

fn assert_same(name: &str, made: &image::RgbaImage, kept: &image::RgbaImage) {
    assert_eq!(made.dimensions(), kept.dimensions(), "{name} has another size; make it anew and look at it");
    let differs = |(a, b): (&image::Rgba<u8>, &image::Rgba<u8>)| a.0.iter().zip(b.0).any(|(x, y)| x.abs_diff(y) > 24);
    let different = made.pixels().zip(kept.pixels()).filter(|pair| differs(*pair)).count();
    let share = different as f64 / f64::from(made.width() * made.height());
    assert!(
        share < TOLERANCE,
        "{name} is not what the program makes ({share:.4} of its pixels); make it anew, look at it"
    );
}

#[test]
fn the_window_in_the_readme_is_the_window() {
    check_window("window-light.png", egui::Theme::Light);
    check_window("window-dark.png", egui::Theme::Dark);
}

#[test]
fn the_figure_in_the_readme_is_the_figure_of_the_sample() {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data");
    let result = tempfile::tempdir().unwrap();
    let run = Command::new(env!("CARGO_BIN_EXE_moray"))
        .arg("compare")
        .arg("--reference")
        .arg(sample.join("lto-pristine.dm4"))
        .arg("--scan")
        .arg(sample.join("lto-2v7.dm4"))
        .arg("-o")
        .arg(result.path())
        .output()
        .unwrap();
    assert!(run.status.success());
    let made = result.path().join("figure.png");
    let kept = folder().join("figure.png");
    if update() {
        std::fs::copy(&made, &kept).unwrap();
        return;
    }
    // Pixels, not bytes: the text inside names the inputs as they were given.
    let [made, kept] = [made, kept].map(|path| image::open(path).unwrap().to_rgba8());
    assert_same("figure.png", &made, &kept);
}
