//! Ways to look at things: what each choice changes, and that pictures alone change, never the document.

use egui_kittest::kittest::Queryable;
use moray::ui::{ColourMap, ProfileChoice, Scans, SheetPage, Strip};

use super::*;

const WIDE: [f32; 2] = [1440.0, 900.0];

fn look(harness: &mut Harness<'_, Application>, change: impl FnOnce(&mut moray::ui::Look)) {
    change(&mut harness.state_mut().view_mut().look);
    harness.run();
}

#[test]
fn the_display_menu_changes_the_axis_the_colours_and_the_strip() {
    let mut harness = window(WIDE, egui::Theme::Dark);
    let before = session(&harness);
    for label in ["Logarithmic axis", "Viridis", "residuals of the background (σ)", "net white lines"] {
        harness.get_by_label("Display").click();
        harness.run();
        harness.get_by_label(label).click();
        harness.run();
        harness.key_press(egui::Key::Escape);
        harness.run();
    }
    let look = &harness.state_mut().view_mut().look;
    assert!(look.log && look.colours == ColourMap::Viridis && look.strip == Strip::Residuals);
    assert_eq!(look.profile, ProfileChoice::TiL);
    assert_eq!(session(&harness), before);
    look_at(&mut harness, "dark-display-choices");
}

#[test]
fn cursors_measure_a_distance_and_can_be_dragged() {
    let mut harness = window(WIDE, egui::Theme::Light);
    look(&mut harness, |look| look.cursors_ev = Some([531.0, 533.3]));
    let cursor = harness.get_by_label("Cursor 2 (O K)").rect().center();
    drag(&mut harness, cursor, egui::vec2(20.0, 0.0));
    let [first, second] = harness.state_mut().view_mut().look.cursors_ev.unwrap();
    assert!(first == 531.0 && second > 534.5 && second < 540.0, "{second}");
}

#[test]
fn arrows_pan_and_plus_zooms_a_plot_that_has_the_focus() {
    let mut harness = window(WIDE, egui::Theme::Dark);
    let plot = harness.get_by_label("Spectra of O K");
    plot.focus();
    harness.run();
    harness.key_press(egui::Key::Plus);
    harness.run();
    let zoomed = harness.state_mut().view_mut().zoom["O K"];
    harness.key_press(egui::Key::ArrowRight);
    harness.run();
    let panned = harness.state_mut().view_mut().zoom["O K"];
    assert!(zoomed[1] - zoomed[0] < 40.0 && panned[0] > zoomed[0] + 2.0, "{zoomed:?} {panned:?}");
    harness.key_press(egui::Key::Home);
    harness.run();
    assert!(harness.state_mut().view_mut().zoom.is_empty());
}

#[test]
fn alt_and_drag_on_the_spectra_draws_a_new_peak_and_delete_takes_it_away() {
    let mut harness = window(WIDE, egui::Theme::Light);
    let before = session(&harness);
    let plot = harness.get_by_label("Spectra of O K").rect();
    let from = egui::pos2(plot.right() - 60.0, plot.center().y);
    harness.event(egui::Event::ModifiersChanged(egui::Modifiers::ALT));
    drag(&mut harness, from, egui::vec2(40.0, 0.0));
    harness.event(egui::Event::ModifiersChanged(egui::Modifiers::NONE));
    let added = oxygen(&harness).peak("e").unwrap().window_ev;
    assert!(added.width_ev() > 3.0 && added.lo_ev() > 550.0, "{added}");
    harness.get_by_label("O K peak e").focus();
    harness.run();
    harness.key_press(egui::Key::Delete);
    settle(&mut harness);
    assert_eq!(session(&harness), before);
}

#[test]
fn a_right_click_on_a_window_makes_it_the_one_that_normalises() {
    let mut harness = window(WIDE, egui::Theme::Dark);
    harness.get_by_label("O K peak b").click_secondary();
    harness.run();
    harness.run_steps(3);
    harness.get_by_label("Normalise by this peak").click();
    harness.run_steps(3);
    settle(&mut harness);
    assert_eq!(oxygen(&harness).normalise_by.as_deref(), Some("b"));
}

#[test]
fn several_scans_stand_side_by_side_over_one_reference() {
    let mut harness = window(WIDE, egui::Theme::Dark);
    let mut third = moray::ui::sample_scans(&session(&harness).recipe).unwrap().remove(1);
    (third.sha256, third.name) = ("third".into(), "lto-2v2".into());
    harness.state_mut().bench_mut().add([third]);
    look(&mut harness, |look| look.scans = Scans::SideBySide);
    settle(&mut harness);
    let [left, right] =
        ["lto-2v7", "lto-2v2"].map(|name| harness.get_by_label(&format!("Spectra of O K, {name}")).rect());
    assert!(left.right() < right.left());
    assert!(harness.query_by_label("O1 column 1 of lto-2v2 (O K)").is_some());
    look_at(&mut harness, "dark-side-by-side");
}

#[test]
fn dragging_a_feature_calibrates_by_hand_and_undo_goes_back() {
    let mut harness = window(WIDE, egui::Theme::Light);
    let before = session(&harness);
    look(&mut harness, |look| look.sheet = Some(SheetPage::Calibration));
    let anchor = harness.get_by_label("O K a").rect().center();
    drag(&mut harness, anchor, egui::vec2(24.0, 0.0));
    let calibration = session(&harness).recipe.calibration.clone();
    assert_eq!(calibration.method, moray::model::CalibrationMethod::Manual);
    assert!(calibration.dispersion_scale < 0.97, "{calibration:?}");
    look_at(&mut harness, "light-calibration");
    harness.get_by_label("Undo").click();
    settle(&mut harness);
    assert_eq!(session(&harness), before);
}

#[test]
fn every_page_on_the_quality_of_the_data_opens_by_name() {
    let mut harness = window(WIDE, egui::Theme::Dark);
    harness.get_by_label("Data quality").click();
    harness.run();
    for (name, page) in [
        ("Spikes", SheetPage::Spikes),
        ("Alignment", SheetPage::Alignment),
        ("Calibration", SheetPage::Calibration),
        ("Noise and self-check", SheetPage::Noise),
    ] {
        harness.get_by_label(name).click();
        harness.run();
        assert_eq!(harness.state_mut().view_mut().look.sheet, Some(page));
    }
    harness.get_by_label("Close data quality").click();
    harness.run();
    assert_eq!(harness.state_mut().view_mut().look.sheet, None);
}
