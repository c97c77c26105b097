//! That a figure can be read: texts on the page, apart from each other, and on nothing that is drawn.

use moray::figure::{Frame, Item, Label, Panel, Scene};

/// Stops the test when a text or a sample of the legend stands where it must not.
pub(crate) fn check(name: &str, scene: &Scene) {
    let page = Frame { left_mm: 0.0, top_mm: 0.0, width_mm: scene.width_mm, height_mm: scene.height_mm };
    let labels: Vec<&Label> = scene.labels().collect();
    for (k, label) in labels.iter().enumerate() {
        let bounds = label.bounds();
        assert!(page.grown(-0.3).holds(&bounds), "{name}: \"{}\" leaves the page: {bounds:?}", label.text);
        for other in &labels[..k] {
            assert!(!other.bounds().meets(&bounds), "{name}: \"{}\" meets \"{}\"", label.text, other.text);
        }
        for entry in &scene.legend {
            let [from, to, y] = entry.sample_mm;
            let sample = Frame { left_mm: from, top_mm: y - 0.3, width_mm: to - from, height_mm: 0.6 };
            assert!(!sample.meets(&bounds), "{name}: \"{}\" lies on a sample of the legend", label.text);
        }
    }
    for panel in &scene.panels {
        assert!(page.holds(&panel.frame), "{name}: panel {} leaves the page: {:?}", panel.id, panel.frame);
        let places = drawn(panel);
        for label in &labels {
            let bounds = label.bounds();
            let hit = places.iter().find(|at| holds(&bounds, **at));
            assert_eq!(hit, None, "{name}: \"{}\" lies on something drawn in {}", label.text, panel.id);
        }
        for entry in &scene.legend {
            let [from, to, y] = entry.sample_mm;
            let sample = Frame { left_mm: from, top_mm: y - 0.5, width_mm: to - from, height_mm: 1.0 };
            let hit = places.iter().find(|at| holds(&sample, **at));
            assert_eq!(hit, None, "{name}: a sample of the legend lies on something drawn in {}", panel.id);
        }
    }
    for (k, panel) in scene.panels.iter().enumerate() {
        let meeting = scene.panels[..k].iter().find(|other| other.frame.meets(&panel.frame));
        assert!(meeting.is_none(), "{name}: {} meets {}", panel.id, meeting.unwrap().id);
    }
}

/// Places on the page, closer than texts are thin, that curves, intervals, zero lines and ticks cover.
fn drawn(panel: &Panel) -> Vec<[f64; 2]> {
    let frame = panel.frame;
    let mut places = Vec::new();
    for item in &panel.items {
        match item {
            Item::Line { points, .. } => {
                let page: Vec<[f64; 2]> = points.iter().map(|p| panel.place(*p)).collect();
                page.windows(2).for_each(|ends| places.extend(between(ends[0], ends[1])));
            }
            Item::Point { at, interval, .. } => {
                let ends = interval.unwrap_or([at[0]; 2]).map(|x| panel.place([x, at[1]]));
                places.extend(between(ends[0], ends[1]));
            }
            Item::Upright { x } => {
                let ends = panel.y.range.map(|y| panel.place([*x, y]));
                places.extend(between(ends[0], ends[1]));
            }
            Item::Level { y } => {
                let ends = panel.x.range.map(|x| panel.place([x, *y]));
                places.extend(between(ends[0], ends[1]));
            }
            Item::Window { .. }
            | Item::Band { .. }
            | Item::Fill { .. }
            | Item::Image { .. }
            | Item::Patch { .. }
            | Item::Ring { .. } => {}
        }
    }
    places.retain(|at| holds(&frame, *at));
    for at in panel.x.major.iter().map(|x| panel.place([*x, panel.y.range[0]])[0]) {
        places.extend(between([at, frame.bottom_mm()], [at, frame.bottom_mm() - 1.3]));
        places.extend(between([at, frame.top_mm], [at, frame.top_mm + 1.3]));
    }
    for at in panel.y.major.iter().map(|y| panel.place([panel.x.range[0], *y])[1]) {
        places.extend(between([frame.left_mm, at], [frame.left_mm + 1.3, at]));
        places.extend(between([frame.right_mm(), at], [frame.right_mm() - 1.3, at]));
    }
    places
}

fn between(from: [f64; 2], to: [f64; 2]) -> Vec<[f64; 2]> {
    let steps = ((from[0] - to[0]).hypot(from[1] - to[1]) / 0.4).ceil().clamp(1.0, 2000.0);
    let at = |k: f64| [from[0] + (to[0] - from[0]) * k / steps, from[1] + (to[1] - from[1]) * k / steps];
    (0..=steps as usize).map(|k| at(k as f64)).collect()
}

fn holds(frame: &Frame, [x, y]: [f64; 2]) -> bool {
    x > frame.left_mm && x < frame.right_mm() && y > frame.top_mm && y < frame.bottom_mm()
}
