//! A low loss from another image: chosen in the window, kept in the session, taken back, repeated without a window.

use egui_kittest::kittest::{NodeT, Queryable};
use moray::app::{Headless, SESSION_FILE, open_scan};

use super::*;

fn sample(name: &str) -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data").join(name)
}

fn opened() -> Harness<'static, Application> {
    let pipeline = Pipeline { open: |spec| open_scan(spec, None), ..PIPELINE };
    let mut harness = window_with(pipeline, [1440.0, 900.0], egui::Theme::Light);
    harness.state_mut().bench_mut().close_all();
    for name in ["lto-pristine.dm4", "lto-2v7.dm4"] {
        harness.state_mut().open(FileSpec { path: sample(name), image: None });
    }
    settle(&mut harness);
    harness
}

fn low_loss(harness: &Harness<'_, Application>, scan: &str) -> Option<String> {
    let session = session(harness);
    let file = session.input(scan).unwrap().low_loss.as_ref()?;
    Some(file.path.file_name().unwrap().to_string_lossy().into_owned())
}

fn until(harness: &mut Harness<'_, Application>, found: impl Fn(&Harness<'_, Application>) -> bool) {
    let start = Instant::now();
    while !found(harness) {
        harness.step();
        assert!(start.elapsed() < Duration::from_secs(60), "it never came");
        std::thread::sleep(Duration::from_millis(5));
    }
    harness.run_steps(2);
}

#[test]
fn a_low_loss_is_chosen_from_a_file_shown_on_the_card_taken_back_and_removed() {
    let mut harness = opened();
    assert!(harness.query_all_by_label("low loss from the same file").count() == 2);
    harness.get_by_label("Role of lto-2v7").click();
    harness.run();
    harness.get_by_label("Low loss…").click();
    harness.run();
    look_at(&mut harness, "light-low-loss-menu");
    harness.get_by_label("From this file…").click();
    until(&mut harness, |harness| harness.query_by_label("Choose the low loss of lto-2v7").is_some());
    let images = open_scan(&FileSpec { path: sample("lto-2v7.dm4"), image: None }, None).unwrap();
    assert!(images.low_loss.is_some());
    harness.get_all_by_label_contains("Open #").find(|tick| !tick.accesskit_node().is_disabled()).unwrap().click();
    harness.run();
    look_at(&mut harness, "light-low-loss-choice");
    harness.get_by_label("Use as low loss of lto-2v7").click();
    until(&mut harness, |harness| low_loss(harness, "lto-2v7").is_some());
    settle(&mut harness);
    assert_eq!(low_loss(&harness, "lto-2v7").as_deref(), Some("lto-2v7.dm4"));
    assert!(harness.query_by_label_contains("low loss from lto-2v7.dm4 #").is_some());
    look_at(&mut harness, "light-low-loss-paired");
    let steps = |harness: &Harness<'_, Application>| harness.state().bench().document().saved(None).history;
    println!("{:?}", steps(&harness).steps);
    harness.get_by_label("Undo").click();
    harness.run_steps(3);
    settle(&mut harness);
    println!("{} done", steps(&harness).done);
    assert_eq!(low_loss(&harness, "lto-2v7"), None);
    harness.get_by_label("Redo").click();
    harness.run_steps(3);
    settle(&mut harness);
    assert!(low_loss(&harness, "lto-2v7").is_some());
    harness.get_by_label("Remove the low loss of lto-2v7").click();
    harness.run_steps(2);
    settle(&mut harness);
    assert_eq!(low_loss(&harness, "lto-2v7"), None);
    assert!(harness.state().bench().failure().is_none());
}

#[test]
fn the_contents_of_a_file_are_closed_by_escape_and_by_their_button() {
    let mut harness = opened();
    for by_key in [true, false] {
        harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::I);
        until(&mut harness, |harness| harness.query_by_label_contains("Contents of lto-").is_some());
        if by_key {
            harness.key_press(egui::Key::Escape);
        } else {
            harness.get_by_label("Close").click();
        }
        harness.run_steps(4);
        assert!(harness.query_by_label_contains("Contents of lto-").is_none(), "by key: {by_key}");
    }
}

#[test]
fn pairs_of_reference_and_scan_are_in_the_session_and_repeated_without_a_window() {
    let mut harness = opened();
    for (scan, other) in [("lto-pristine", "lto-2v7.dm4"), ("lto-2v7", "lto-pristine.dm4")] {
        let spec = FileSpec { path: sample(other), image: None };
        harness.state_mut().bench_mut().pair_low_loss(scan, spec);
        until(&mut harness, |harness| low_loss(harness, scan).as_deref() == Some(other));
    }
    settle(&mut harness);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(SESSION_FILE);
    moray::app::save_session(&path, &harness.state().bench().document().saved(None)).unwrap();
    let repeated = Headless::open_session(moray::app::read_session(&path).unwrap(), &path).unwrap();
    let roles: Vec<(String, String)> =
        repeated.provenance().inputs.into_iter().map(|input| (input.role, input.file)).collect();
    for (role, file) in [("low-loss-reference", "lto-2v7.dm4"), ("low-loss-scan", "lto-pristine.dm4")] {
        assert!(roles.contains(&(role.to_owned(), file.to_owned())), "{roles:?}");
    }
    // The window opens the same again.
    harness.state_mut().bench_mut().close_all();
    harness.state_mut().open(FileSpec { path, image: None });
    settle(&mut harness);
    assert_eq!(low_loss(&harness, "lto-pristine").as_deref(), Some("lto-2v7.dm4"));
    assert!(harness.state().bench().failure().is_none());
}

#[test]
fn a_file_without_spectra_is_refused_with_a_message_and_nothing_changes() {
    let mut harness = opened();
    let before = session(&harness);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("broken.dm4");
    std::fs::write(&path, b"not a file of any format").unwrap();
    harness.state_mut().bench_mut().pair_low_loss("lto-2v7", FileSpec { path, image: None });
    until(&mut harness, |harness| harness.query_all_by_label_contains("broken.dm4").count() > 0);
    assert_eq!(session(&harness), before);
}
