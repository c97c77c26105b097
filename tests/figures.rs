//! What figures show, and that nothing in them meets, is cut off, or cannot be drawn.

#![allow(clippy::unwrap_used, reason = "a test may stop where its builders cannot go on")]

#[path = "support/example.rs"]
mod example;
#[path = "support/layout.rs"]
mod layout;

use example::Example;
use moray::figure::{Colour, Frame, Item, Roles, Scene, ShownEdge, comparison, drops, png, svg};
use moray::model::FigureStyle;

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

fn styles() -> Vec<(&'static str, FigureStyle)> {
    let narrow = FigureStyle { width_mm: 86.0, row_height_mm: 60.0, ..FigureStyle::default() };
    let large = FigureStyle { font_pt: 9.0, ..FigureStyle::default() };
    vec![("", FigureStyle::default()), ("-narrow", narrow), ("-large-text", large)]
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
        std::fs::write(folder.join(format!("{name}.svg")), svg::render(&scene, &[])).unwrap();
    }
}

#[test]
fn the_comparison_reads_as_it_did_when_it_was_last_looked_at() {
    let scene = comparison(&Example::default().comparison(), &Example::recipe(), &FigureStyle::default());
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/snapshots/figure.txt");
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(path, scene.outline()).unwrap();
    }
    let known = std::fs::read_to_string(path).unwrap();
    assert_eq!(scene.outline(), known, "look at the figure, then accept with UPDATE_SNAPSHOTS=1");
}

#[test]
fn texts_stay_on_the_page_never_meet_and_lie_on_nothing_drawn() {
    scenes().iter().for_each(|(name, scene)| layout::check(name, scene));
}

#[test]
fn every_character_of_every_label_exists_in_the_font() {
    for (name, scene) in scenes() {
        assert_eq!(scene.missing_characters(), Vec::<char>::new(), "{name}");
    }
    let chinese = Example { reference: "\u{94bb}", ..Example::default() };
    let scene = comparison(&chinese.comparison(), &Example::recipe(), &FigureStyle::default());
    assert_eq!(scene.missing_characters(), vec!['\u{94bb}'], "and what is missing is reported");
}

#[test]
fn texts_are_painted_where_the_layout_believes_them_to_be() {
    use resvg::usvg;
    let mut options = usvg::Options::default();
    for face in ["Regular", "Italic", "Bold", "BoldItalic"] {
        let path = format!("{}/assets/fonts/LiberationSans-{face}.ttf", env!("CARGO_MANIFEST_DIR"));
        options.fontdb_mut().load_font_data(std::fs::read(path).unwrap());
    }
    let pt = 72.0 / 25.4;
    for (name, scene) in scenes().into_iter().take(6) {
        let tree = usvg::Tree::from_str(&svg::render(&scene, &[]), &options).unwrap();
        let texts = texts_of(tree.root());
        assert_eq!(texts.len(), scene.labels().count(), "{name}");
        for (text, label) in texts.iter().zip(scene.labels()) {
            let ink = text.flattened().abs_bounding_box();
            let ink = Frame {
                left_mm: f64::from(ink.left()) / pt,
                top_mm: f64::from(ink.top()) / pt,
                width_mm: f64::from(ink.width()) / pt,
                height_mm: f64::from(ink.height()) / pt,
            };
            let bounds = label.bounds();
            if label.upwards {
                // The painter's box is that of the text before it is turned.
                assert!((ink.width_mm - bounds.height_mm).abs() < 0.5, "{name}: \"{}\"", label.text);
            } else {
                assert!(bounds.grown(0.25).holds(&ink), "{name}: \"{}\" {bounds:?} {ink:?}", label.text);
            }
        }
    }
}

fn texts_of(group: &resvg::usvg::Group) -> Vec<&resvg::usvg::Text> {
    use resvg::usvg::Node;
    let mut texts = Vec::new();
    for node in group.children() {
        match node {
            Node::Text(text) => texts.push(text.as_ref()),
            Node::Group(group) => texts.extend(texts_of(group)),
            _ => {}
        }
    }
    texts
}

#[test]
fn a_picture_has_the_size_resolution_and_notes_asked_for() {
    let scene = comparison(&Example::default().comparison(), &Example::recipe(), &FigureStyle::default());
    let notes = [("Comment", "recipe: lto"), ("Description", "2.7 V, 10 \u{3bc}s")];
    let bytes = png::render(&scene, 300.0, &notes).unwrap();
    let mut reader = ::png::Decoder::new(std::io::Cursor::new(&bytes)).read_info().unwrap();
    let info = reader.info();
    assert_eq!((info.width, info.height), (2102, (scene.height_mm / 25.4 * 300.0).round() as u32));
    let dims = info.pixel_dims.unwrap();
    assert_eq!((dims.xppu, dims.yppu, dims.unit), (11811, 11811, ::png::Unit::Meter));
    assert_eq!(info.uncompressed_latin1_text[0].text, "recipe: lto");
    assert_eq!(info.utf8_text[0].get_text().unwrap(), "2.7 V, 10 \u{3bc}s");
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    reader.next_frame(&mut pixels).unwrap();
    assert_eq!(pixels[..3], [255; 3]);
    assert_eq!(pixels[pixels.len() - 3..], [255; 3]);
    assert!(pixels.iter().any(|p| *p < 60));
    assert_eq!(bytes, png::render(&scene, 300.0, &notes).unwrap(), "the same scene gives the same bytes");
}

#[test]
fn a_picture_of_impossible_size_is_refused() {
    let scene = comparison(&Example::default().comparison(), &Example::recipe(), &FigureStyle::default());
    for dpi in [0.0, f64::NAN, 1e9] {
        assert!(png::render(&scene, dpi, &[]).is_err());
    }
}

#[test]
fn a_drawing_states_its_physical_size_and_keeps_text_as_text() {
    let scene = comparison(&Example::default().comparison(), &Example::recipe(), &FigureStyle::default());
    let drawing = svg::render(&scene, &[]);
    assert!(drawing.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"178mm\""), "{}", &drawing[..120]);
    assert!(drawing.contains("font-family=\"Liberation Sans,"));
    assert!(drawing.contains(">Ti L</tspan><tspan dy=\"1.26\" font-size=\"4.9\">2,3</tspan>"));
}

#[test]
fn names_with_markup_and_values_that_are_no_numbers_are_drawn_without_harm() {
    let example = Example { reference: "<b>&\"'\u{1}", ..Example::default() };
    let mut found = example.comparison();
    for curve in found.curves.iter_mut().flat_map(|edge| &mut edge.spectra) {
        curve.net[900] = f64::NAN;
        curve.raw_sigma[850] = f64::INFINITY;
        curve.normalised.iter_mut().skip(900).take(3).for_each(|v| *v = f64::NAN);
    }
    let scene = comparison(&found, &Example::recipe(), &FigureStyle::default());
    let drawing = svg::render(&scene, &[]);
    assert!(!drawing.contains("NaN") && !drawing.contains("inf"));
    assert!(drawing.contains("&lt;b&gt;&amp;&quot;"));
    png::render(&scene, 100.0, &[]).unwrap();
}

#[test]
fn a_peak_that_is_not_detected_is_said_so_and_not_drawn_as_zero() {
    let example = Example { undetected: Some("O1"), ..Example::default() };
    let scene = comparison(&example.comparison(), &Example::recipe(), &FigureStyle::default());
    let panel = scene.panels.iter().find(|panel| panel.id == "drops").unwrap();
    assert!(panel.labels.iter().any(|label| label.text.text() == "not detected"));
    let points = panel.items.iter().filter(|item| matches!(item, Item::Point { .. })).count();
    assert_eq!(points, 5);
    let at_zero = |item: &&Item| matches!(item, Item::Point { at, .. } if at[0].abs() < 1.0);
    assert_eq!(panel.items.iter().filter(at_zero).count(), 0);
}

#[test]
fn a_drop_without_an_interval_has_none_drawn() {
    let mut found = Example::default().comparison();
    found.report.edges[0].peaks[0].sites[0].drop_ci95 = None;
    let scene = drops(&found, &FigureStyle::default());
    let bare = |item: &&Item| matches!(item, Item::Point { interval: None, .. });
    assert_eq!(scene.panels[0].items.iter().filter(bare).count(), 1);
}

#[test]
fn ti_l_is_shown_with_the_maximum_of_the_reference_at_one_and_equal_areas() {
    let found = Example::default().comparison();
    let recipe = Example::recipe();
    let shown = ShownEdge::of(&found.curves[0], recipe.edge("Ti L2,3").unwrap());
    let largest = |values: &[f64]| values.iter().copied().fold(f64::MIN, f64::max);
    assert!((largest(&shown.reference().unwrap().value) - 1.0).abs() < 1e-12);
    let area = |k: usize| {
        let values = &shown.curves[k].values.as_ref().unwrap().value;
        let inside = found.curves[0].energy_ev.iter().zip(values).filter(|(e, _)| **e >= 454.0 && **e < 472.0);
        inside.map(|(_, v)| *v).sum::<f64>()
    };
    assert!((area(1) / area(0) - 1.0).abs() < 1e-12 && (area(2) / area(0) - 1.0).abs() < 1e-12);
}

#[test]
fn o2_is_cool_even_when_it_is_the_only_site() {
    let example = Example { scans: vec![("2.7 V", vec!["O2"])], ..Example::default() };
    let roles = Roles::of(&example.comparison());
    assert_eq!(roles.site("2.7 V", "O2").unwrap().colour, Colour::Site { site: 1, scan: 0 });
}

#[test]
fn a_comparison_of_nothing_is_a_page_that_says_so() {
    let mut found = Example::default().comparison();
    found.curves.clear();
    found.report.edges.clear();
    let scene = comparison(&found, &Example::recipe(), &FigureStyle::default());
    assert!(scene.labels().any(|label| label.text.text().contains("no edge has spectra")));
    png::render(&scene, 100.0, &[]).unwrap();
    png::render(&drops(&found, &FigureStyle::default()), 100.0, &[]).unwrap();
}
