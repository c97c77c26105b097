//! The window without a mouse and for other eyes: what has the focus can be seen, text grows and still fits.

use egui_kittest::kittest::{NodeT, Queryable};

use super::*;

/// What is painted on a part of the window.
fn painted(harness: &Harness<'_, Application>, place: egui::Rect) -> Vec<String> {
    let shapes = &harness.output().shapes;
    let here = shapes.iter().filter(|clipped| {
        let bounds = clipped.shape.visual_bounding_rect();
        bounds.is_finite() && bounds.intersect(clipped.clip_rect).intersects(place)
    });
    here.map(|clipped| format!("{:?}", clipped.shape)).collect()
}

/// Place and name of what has the focus.
fn focused(harness: &Harness<'_, Application>) -> Option<(egui::Id, egui::Rect, String)> {
    let id = harness.ctx.memory(|memory| memory.focused())?;
    let node = harness.root().children_recursive().find(|node| node.accesskit_node().is_focused())?;
    Some((id, node.rect(), node.accesskit_node().label().unwrap_or_default()))
}

#[test]
fn what_has_the_focus_looks_like_it() {
    for theme in [egui::Theme::Light, egui::Theme::Dark] {
        let mut harness = window([1440.0, 900.0], theme);
        let mut seen = Vec::new();
        let mut unmarked = Vec::new();
        for _ in 0..400 {
            harness.key_press(egui::Key::Tab);
            harness.run_steps(3);
            let Some((id, place, name)) = focused(&harness) else { continue };
            if seen.contains(&id) {
                break;
            }
            seen.push(id);
            let around = place.expand(3.0);
            let with = painted(&harness, around);
            harness.ctx.memory_mut(|memory| memory.surrender_focus(id));
            harness.run_steps(2);
            // Panels are resized by the pointer; their borders are egui's own.
            if painted(&harness, around) == with && name != "Resize panel" {
                unmarked.push(name);
            }
            harness.ctx.memory_mut(|memory| memory.request_focus(id));
            harness.run_steps(1);
        }
        assert!(seen.len() > 40, "only {} controls are reached", seen.len());
        assert!(unmarked.is_empty(), "{theme:?}: the focus cannot be seen on {unmarked:?}");
    }
}

#[test]
fn everything_that_takes_the_focus_has_a_name() {
    let mut harness = window([1440.0, 900.0], egui::Theme::Light);
    let mut nameless = 0;
    for _ in 0..200 {
        harness.key_press(egui::Key::Tab);
        harness.run_steps(2);
        nameless += usize::from(focused(&harness).is_some_and(|(_, _, name)| name.trim().is_empty()));
    }
    assert_eq!(nameless, 0);
}

#[test]
fn text_half_as_large_again_keeps_the_answers_and_the_plots() {
    let mut harness = window([1440.0, 900.0], egui::Theme::Light);
    harness.state_mut().view_mut().preferences.font_scale = 1.5;
    harness.run();
    let plot = harness.get_by_label("Spectra of O K").rect();
    assert!(plot.width() > 250.0 && plot.height() > 90.0, "{plot:?}");
    let window = harness.ctx.content_rect();
    for name in ["Cancel", "Export…", "Undo"] {
        for node in harness.query_all_by_label(name) {
            assert!(window.contains_rect(node.rect()), "{name} leaves the window");
        }
    }
    look_at(&mut harness, "light-large-text");
}
