//! The real window under a virtual display, held with a real pointer and real keys: open, drag, undo, export, save, reopen.
//!
//! `tests/end_to_end/run.sh` installs what it needs (Xvfb, xdotool, a software renderer) and runs it. System file dialogs
//! are answered in the window system's place, the way a user without a desktop portal gets them: by a `zenity`.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

#[path = "end_to_end/desktop.rs"]
mod desktop;

use std::path::Path;
use std::process::Command;

use desktop::{Desktop, Window, program};
use serde_json::Value;

/// Rows of a table that the program wrote, without its comment lines: cells by column.
fn rows(path: &Path) -> Vec<std::collections::BTreeMap<String, String>> {
    let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_path(path).unwrap();
    reader.deserialize().map(Result::unwrap).collect()
}

/// Limits of a window of the O K edge, eV.
fn peak(state: &Value, label: &str) -> [f64; 2] {
    let edges = state["window"]["session"]["recipe"]["edges"].as_array().unwrap();
    let edge = edges.iter().find(|edge| edge["name"] == "O K").unwrap();
    let peak = edge["peaks"].as_array().unwrap().iter().find(|peak| peak["label"] == label).unwrap();
    let window = &peak["window_ev"];
    [window[0].as_f64().unwrap(), window[1].as_f64().unwrap()]
}

/// Positions of the second column of O1 of the biased scan, when sites were set by hand.
fn second_column(state: &Value) -> Option<[i64; 2]> {
    let column = &state["window"]["session"]["inputs"][1]["sites"][0]["columns"][1];
    match column {
        Value::Object(range) => Some([range["start"].as_i64()?, range["end"].as_i64()?]),
        Value::Array(range) => Some([range.first()?.as_i64()?, range.get(1)?.as_i64()?]),
        _ => None,
    }
}

fn inputs(state: &Value) -> usize {
    state["window"]["session"]["inputs"].as_array().map_or(0, Vec::len)
}

fn up_to_date(state: &Value) -> bool {
    state["window"]["up_to_date"] == true
}

fn write_sample(folder: &Path) {
    assert!(Command::new(program()).arg("sample").arg(folder).output().unwrap().status.success());
}

#[test]
#[ignore = "needs Xvfb and xdotool: tests/end_to_end/run.sh"]
fn two_scans_are_opened_held_undone_exported_saved_and_opened_again() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path();
    write_sample(&folder.join("data"));
    let desktop = Desktop::start(folder, [1440, 900]);
    let mut window = Window::start(&desktop, &[]);

    open_two_scans(&mut window, &folder.join("data"));
    assert!(desktop.colours() > 200, "the window draws nothing");
    drag_a_site_and_a_window_and_undo(&mut window);
    find_a_command_by_its_letters(&mut window);
    let table = export(&mut window, &folder.join("result"));
    let saved = save_and_quit(&mut window, &folder.join("data/study.moray"));

    let window = Window::start(&desktop, &[&folder.join("data/study.moray")]);
    let again = window.wait("the session is open again", |state| inputs(state) == 2 && up_to_date(state));
    assert_eq!(again["window"]["session"], saved["window"]["session"], "the session is what was saved");
    assert_eq!(again["window"]["table"], table, "and so are its drops");
    assert_eq!(again["window"]["edited"], false);
    the_command_line_repeats_it(folder);
}

#[test]
#[ignore = "needs Xvfb and xdotool: tests/end_to_end/run.sh"]
fn the_whole_job_is_done_with_the_keyboard_alone() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path();
    write_sample(&folder.join("data"));
    let desktop = Desktop::start(folder, [1024, 700]);
    let mut window = Window::start(&desktop, &[]);
    window.wait("the first run shows the sample", |state| inputs(state) == 2 && up_to_date(state));
    window.tab_to("Skip");
    window.key("Return");
    window.wait("the guide is gone", |state| state["window"]["guide"].is_null());
    window.key("ctrl+w");
    window.wait("nothing is open", |state| inputs(state) == 0);
    window.answer(&[&folder.join("data/lto-pristine.dm4"), &folder.join("data/lto-2v7.dm4")]);
    window.key("ctrl+o");
    let before = window.wait("both scans are compared", |state| inputs(state) == 2 && up_to_date(state));

    window.key("ctrl+2");
    window.wait("the stage is another", |state| state["window"]["view"]["stage"] == "Background");
    window.key("ctrl+6");
    window.wait("O K is shown alone", |state| {
        !window.has("Spectra of Ti L₂,₃") && window.has("Spectra of O K") && up_to_date(state)
    });
    window.walk_to("Plots and answers", "O1 column 2 of lto-2v7 (O K)");
    window.key("Down");
    window.wait("the site is moved", |state| second_column(state).is_some() && up_to_date(state));
    window.walk_to("Plots and answers", "O K peak d");
    let old = peak(&before, "d");
    window.key("shift+Right");
    let moved = window.wait("the window is moved", |state| peak(state, "d")[0] > old[0] + 0.5 && up_to_date(state));
    assert!((peak(&moved, "d")[0] - old[0] - 1.0).abs() < 1e-6, "{:?} {old:?}", peak(&moved, "d"));
    assert_ne!(moved["window"]["table"], before["window"]["table"], "the drops follow");
    window.key("ctrl+z");
    window.wait("the window is back", |state| peak(state, "d") == old && up_to_date(state));

    window.key("ctrl+q");
    window.wait("it is asked what to do with the work", |state| window.has("Do not save") && state["settled"] == true);
    window.key("Escape");
    window.wait("the question is gone and the window is not", |state| state["window"]["dialog"].is_null());
    let table = export_by_keys(&mut window, folder);
    window.key("ctrl+q");
    window.wait("it is asked again", |state| state["window"]["dialog"] == "Unsaved");
    let path = folder.join("data/keys.moray");
    window.answer(&[&path]);
    window.tab_to("Save session…");
    window.key("Return");
    window.ended();

    let window = Window::start(&desktop, &[&path]);
    let again = window.wait("the session is open again", |state| inputs(state) == 2 && up_to_date(state));
    assert!(second_column(&again).is_some());
    assert_eq!(again["window"]["table"], table);
}

/// Writes the figure from its dialog, then everything to a folder; gives the table that the window shows.
fn export_by_keys(window: &mut Window<'_>, folder: &Path) -> Value {
    let figure = folder.join("keys.png");
    window.answer(&[&figure]);
    window.key("ctrl+e");
    window.wait("the figure dialog is open", |_| window.has("PNG…"));
    window.tab_to("PNG…");
    window.key("Return");
    let says = |state: &Value, what: &Path| state["window"]["message"] == format!("Exported to {}", what.display());
    window.wait("the figure is written", |state| says(state, &figure));
    assert!(std::fs::read(&figure).unwrap().starts_with(b"\x89PNG"));
    let result = folder.join("keys");
    std::fs::create_dir_all(&result).unwrap();
    window.answer(&[&result]);
    window.tab_to("Everything to a folder…");
    window.key("Return");
    let state = window.wait("everything is written", |state| says(state, &result));
    assert!(rows(&result.join("drops.csv")).iter().any(|row| row["site"] == "O1" && row["peak"] == "b"));
    window.key("Escape");
    window.wait("the figure dialog is closed", |_| !window.has("PNG…"));
    state["window"]["table"].clone()
}

/// Closes the sample that the first run shows, and opens two files from the dialog.
fn open_two_scans(window: &mut Window<'_>, data: &Path) {
    window.wait("the first run shows the sample", |state| inputs(state) == 2 && up_to_date(state));
    assert!(window.has("Next"), "and the guide");
    window.click("Next");
    window.wait("the guide goes on", |state| state["window"]["guide"] == 1);
    window.click("Skip");
    window.wait("the guide is gone", |state| state["window"]["guide"].is_null());
    window.key("ctrl+w");
    window.wait("nothing is open", |state| inputs(state) == 0);
    window.answer(&[&data.join("lto-pristine.dm4"), &data.join("lto-2v7.dm4")]);
    window.key("ctrl+o");
    let state = window.wait("both scans are compared", |state| inputs(state) == 2 && up_to_date(state));
    assert_eq!(state["window"]["title"], "lto-2v7 against lto-pristine");
    assert_eq!(state["window"]["notices"].as_array().unwrap().len(), 0, "{}", state["window"]["notices"]);
    assert!(second_column(&state).is_none(), "sites are found");
}

fn drag_a_site_and_a_window_and_undo(window: &mut Window<'_>) {
    let before = window.state();
    window.drag("O1 column 2 of lto-2v7 (O K)", [0, 12]);
    let moved = window.wait("the site is moved", |state| second_column(state).is_some() && up_to_date(state));
    assert_ne!(moved["window"]["table"], before["window"]["table"], "the drops follow the site");

    let old = peak(&before, "d");
    window.drag("O K peak d", [30, 0]);
    let moved = window.wait("the window is moved", |state| peak(state, "d") != old && up_to_date(state));
    let new = peak(&moved, "d");
    assert!(new[0] > old[0] + 0.5, "{new:?} {old:?}");
    assert!((new[1] - new[0] - old[1] + old[0]).abs() < 1e-6, "its width is kept");

    window.key("ctrl+z");
    let undone = window.wait("the window is back", |state| peak(state, "d") == old);
    assert!(second_column(&undone).is_some(), "one step is one gesture");
    window.key("ctrl+z");
    let undone = window.wait("the site is back", |state| second_column(state).is_none() && up_to_date(state));
    assert_eq!(undone["window"]["session"], before["window"]["session"], "everything is undone");
    assert_eq!(undone["window"]["table"], before["window"]["table"]);
    window.key("ctrl+shift+z");
    window.wait("the site is moved again", |state| second_column(state).is_some() && up_to_date(state));
}

/// Takes the best match of the command palette.
fn command(window: &mut Window<'_>, letters: &str) {
    window.key("ctrl+k");
    let focused = |state: &Value| {
        let controls = state["controls"].as_array().into_iter().flatten();
        controls.into_iter().any(|control| control["focused"] == true && control["role"] == "TextInput")
    };
    window.wait("the palette takes what is typed", focused);
    window.type_text(letters);
    window.key("Return");
}

fn find_a_command_by_its_letters(window: &mut Window<'_>) {
    command(window, "subtrac");
    let state = window.wait("the stage is another", |state| state["window"]["view"]["stage"] == "Subtracted");
    assert_eq!(state["window"]["dialog"], Value::Null);
    window.click("Normalised");
    window.wait("a click brings the first stage back", |state| state["window"]["view"]["stage"] == "Normalised");
}

/// Exports everything; gives the table that the window shows.
fn export(window: &mut Window<'_>, result: &Path) -> Value {
    std::fs::create_dir_all(result).unwrap();
    window.answer(&[result]);
    command(window, "Everything to a folder");
    let done = |state: &Value| state["window"]["message"].as_str().is_some_and(|text| text.starts_with("Exported"));
    let state = window.wait("the export is done", done);
    for (name, magic) in
        [("figure.png", b"\x89PNG".as_slice()), ("figure.pdf", b"%PDF"), ("figure.svg", b"<"), ("arrays.npz", b"PK")]
    {
        let bytes = std::fs::read(result.join(name)).unwrap();
        assert!(bytes.starts_with(magic) && bytes.len() > 5000, "{name}: {} bytes", bytes.len());
    }
    let drops = rows(&result.join("drops.csv"));
    let b = drops.iter().find(|row| row["site"] == "O1" && row["peak"] == "b").unwrap();
    let drop: f64 = b["drop (fraction)"].parse().unwrap();
    let shown = state["window"]["table"].as_str().unwrap();
    let percent = format!("{:.1}", 100.0 * drop);
    assert!(shown.replace('−', "-").contains(&percent), "{percent} % is exported, the window shows {shown}");
    let spectra = rows(&result.join("spectra-o-k.csv"));
    assert!(spectra.len() > 100);
    state["window"]["table"].clone()
}

/// Saves the session with the dialog and quits with the key; gives what the window said last.
fn save_and_quit(window: &mut Window<'_>, path: &Path) -> Value {
    window.answer(&[path]);
    window.key("ctrl+s");
    let state = window.wait("the session is saved", |state| state["window"]["edited"] == false && path.exists());
    let file: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert_eq!(file["inputs"][1]["sites"], state["window"]["session"]["inputs"][1]["sites"]);
    window.key("ctrl+q");
    window.ended();
    state
}

fn the_command_line_repeats_it(folder: &Path) {
    let again = folder.join("again");
    let run = Command::new(program())
        .args(["compare", "--session"])
        .arg(folder.join("data/study.moray"))
        .arg("-o")
        .arg(&again)
        .output()
        .unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    assert_eq!(rows(&again.join("drops.csv")), rows(&folder.join("result/drops.csv")));
    assert_eq!(rows(&again.join("spectra-o-k.csv")), rows(&folder.join("result/spectra-o-k.csv")));
}
