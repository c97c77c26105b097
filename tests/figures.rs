//! What figures show, and that nothing in them meets, is cut off, or cannot be drawn.

#[path = "support/example.rs"]
mod example;

use example::Example;
use moray::figure::{Scene, Style, comparison, drops, png, svg};

fn variants() -> Vec<(&'static str, Example)> {
    let base = Example::default;
    let long = "2026-03-14_Li4Ti5O12_2V7_vs_Li_area2_linescan_003_dual-EELS";
    vec![
        ("plain", base()),
        ("one-site", Example { scans: vec![("2.7 V", vec!["O1"])], ..base() }),
        ("no-ti", Example { ti: false, ..base() }),
        (
            "long-names",
            Example {
                reference: "2026-03-12_Li4Ti5O12_pristine_area1_linescan_001",
                scans: vec![(long, vec!["O1", "O2"])],
                ..base()
            },
        ),
        ("two-scans", Example { scans: vec![("2.7 V", vec!["O1", "O2"]), ("3.0 V", vec!["O1", "O2"])], ..base() }),
        (
            "many-sites",
            Example {
                scans: vec![("2.7 V", vec!["O1", "O2", "edge", "core"]), ("3.0 V, after relaxation", vec!["O1", "O2"])],
                undetected: Some("O2"),
                ..base()
            },
        ),
        ("noisy", Example { dose: 150.0, undetected: Some("O1"), ..base() }),
        ("site-unnormalised", Example { unnormalised: Some("O2"), ..base() }),
        ("reference-unnormalised", Example { unnormalised: Some("reference"), ..base() }),
    ]
}

fn styles() -> Vec<(&'static str, Style)> {
    let narrow = Style { width_mm: 86.0, row_height_mm: 60.0, ..Style::default() };
    let large = Style { font_pt: 9.0, ..Style::default() };
    vec![("", Style::default()), ("-narrow", narrow), ("-large-text", large)]
}

fn scenes() -> Vec<(String, Scene)> {
    let recipe = Example::recipe();
    let mut scenes = Vec::new();
    for (name, example) in variants() {
        for (suffix, style) in styles() {
            scenes.push((format!("{name}{suffix}"), comparison(&example.comparison(), &recipe, &style)));
            scenes.push((format!("drops-{name}{suffix}"), drops(&example.comparison(), &style)));
        }
    }
    scenes
}

#[test]
#[ignore = "writes pictures for the eye: set MORAY_FIGURES to a folder"]
fn pictures_of_every_variant_can_be_looked_at() {
    let folder = std::path::PathBuf::from(std::env::var_os("MORAY_FIGURES").expect("MORAY_FIGURES names a folder"));
    for (name, scene) in scenes() {
        std::fs::write(folder.join(format!("{name}.png")), png::render(&scene, 300.0, &[]).unwrap()).unwrap();
        std::fs::write(folder.join(format!("{name}.svg")), svg::render(&scene)).unwrap();
    }
}
