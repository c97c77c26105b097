//! What can be held: the survey's line and rings, the bands of sites, by pointer and by key. Each gesture is one step.

use egui_kittest::kittest::Queryable;

use super::*;

const WIDE: [f32; 2] = [1440.0, 900.0];

fn biased_sites(harness: &Harness<'_, Application>) -> Vec<moray::model::Site> {
    session(harness).input("lto-2v7").unwrap().sites.clone().unwrap()
}

#[test]
fn dragging_the_line_on_the_survey_moves_it_and_one_undo_puts_it_back() {
    let mut harness = window(WIDE, egui::Theme::Dark);
    let before = session(&harness);
    assert!(before.surveys.is_empty());
    let picture = harness.get_by_label("Survey picture of lto-2v7").rect();
    let start = harness.get_by_label("Start of lto-2v7").rect().center();
    let end = harness.get_by_label("End of lto-2v7").rect().center();
    drag(&mut harness, start.lerp(end, 0.92), egui::vec2(0.0, 22.0));
    let line = session(&harness).survey("lto-2v7").unwrap().clone();
    let down = f64::from(22.0 / picture.height());
    let was = f64::from((start.y - picture.top()) / picture.height());
    assert!((line.from[1] - was - down).abs() < 0.01 && (line.to[1] - was - down).abs() < 0.01, "{line:?}");
    harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::Z);
    harness.run_steps(2);
    assert_eq!(session(&harness), before);
}

#[test]
fn an_end_of_the_line_turns_it_and_takes_the_length_of_the_scan_when_near_it() {
    let mut harness = window(WIDE, egui::Theme::Light);
    let end = harness.get_by_label("End of lto-2v7").rect().center();
    drag(&mut harness, end, egui::vec2(-1.0, -14.0));
    let line = session(&harness).survey("lto-2v7").unwrap().clone();
    assert!(line.to[1] < line.from[1] - 0.03, "{line:?}");
    let length_nm = 3.2 * (line.to[0] - line.from[0]).hypot(line.to[1] - line.from[1]);
    assert!((length_nm - 71.0 * 0.03125).abs() < 1e-3, "{length_nm}");
}

#[test]
fn a_ring_moves_its_column_along_the_scan_as_one_step() {
    let mut harness = window(WIDE, egui::Theme::Dark);
    let before = session(&harness);
    let ring = harness.get_by_label("Ring of O2 column 1 of lto-2v7").rect().center();
    drag(&mut harness, ring, egui::vec2(10.0, 0.0));
    let sites = biased_sites(&harness);
    assert!(sites[1].columns[0].start > 11 && sites[1].columns[0].len() == 5, "{sites:?}");
    harness.get_by_label("Undo").click();
    settle(&mut harness);
    assert_eq!(session(&harness), before);
}

#[test]
fn arrows_nudge_a_column_and_delete_takes_it_away() {
    let mut harness = window(WIDE, egui::Theme::Light);
    harness.get_by_label("O1 column 2 of lto-2v7 (O K)").focus();
    harness.run();
    harness.key_press(egui::Key::ArrowDown);
    settle(&mut harness);
    let moved = biased_sites(&harness);
    assert_eq!(moved[0].columns[1], 21..26, "{moved:?}");
    harness.key_press(egui::Key::Delete);
    settle(&mut harness);
    assert_eq!(biased_sites(&harness)[0].columns.len(), moved[0].columns.len() - 1);
    harness.get_by_label("Undo").click();
    harness.run_steps(2);
    harness.get_by_label("Undo").click();
    settle(&mut harness);
    assert!(session(&harness).input("lto-2v7").unwrap().sites.is_none(), "each key is one step");
}

#[test]
fn alt_and_drag_draws_a_new_column() {
    let mut harness = window(WIDE, egui::Theme::Dark);
    let columns = |harness: &Harness<'_, Application>| {
        harness.state().bench().derived().unwrap().comparison.report.sites[1].columns.len()
    };
    let before = columns(&harness);
    let map = harness.get_by_label("Line scan of O K").rect();
    let row = map.height() / 72.0;
    let from = egui::pos2(map.center().x, map.top() + 64.6 * row);
    harness.event(egui::Event::ModifiersChanged(egui::Modifiers::ALT));
    drag(&mut harness, from, egui::vec2(0.0, 5.0 * row));
    harness.event(egui::Event::ModifiersChanged(egui::Modifiers::NONE));
    let sites = biased_sites(&harness);
    assert!(sites[0].columns.contains(&(64..70)), "{sites:?}");
    settle(&mut harness);
    assert_eq!(columns(&harness), before + 1);
    assert!(harness.state_mut().view_mut().zoom.is_empty());
}
