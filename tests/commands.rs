//! Laws of the document: undo to the start equals the start, and a refused command changes nothing.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

use std::sync::Arc;

use moray::document::{Command, Document, OpenScan, Opening, WindowName};
use moray::model::{EnergyAxis, EnergyWindow, LineScan, Recipe, Role, Site};
use ndarray::Array2;
use proptest::prelude::*;

fn open(name: &str, positions: usize) -> Arc<OpenScan> {
    let axis = EnergyAxis::new(430.0, 0.5, 300).unwrap();
    Arc::new(OpenScan {
        path: format!("{name}.dm4").into(),
        image: 0,
        sha256: format!("{name}-hash"),
        name: name.to_owned(),
        scan: Arc::new(LineScan::new(axis, Array2::ones((positions, 300))).unwrap()),
        low_loss: None,
        profiles: Vec::new(),
        opening: Opening::default(),
        cautions: Vec::new(),
    })
}

fn document() -> Document {
    let mut document = Document::new(Recipe::preset("lto").unwrap());
    for (name, positions) in [("pristine", 40), ("biased", 60)] {
        let scan = open(name, positions);
        document.hold(scan.clone());
        let command = document.add_command(&scan);
        document.apply(&command).unwrap();
    }
    document.hold(open("third", 20));
    document
}

fn scan_name() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["pristine", "biased", "third", "nobody"]).prop_map(str::to_owned)
}

fn site_name() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["O1", "O2"]).prop_map(str::to_owned)
}

fn window() -> impl Strategy<Value = WindowName> {
    prop_oneof![
        Just(WindowName::Background),
        Just(WindowName::Ratio),
        (0..2_usize).prop_map(WindowName::MoreBackground),
        Just(WindowName::Display),
        prop::sample::select(vec!["a", "b", "z"]).prop_map(|label| WindowName::Peak(label.to_owned())),
    ]
}

fn command() -> impl Strategy<Value = Command> {
    let edge = || prop::sample::select(vec!["O K", "Ti L2,3", "none"]).prop_map(str::to_owned);
    prop_oneof![
        Just(Command::Undo),
        Just(Command::Redo),
        Just(Command::BeginGesture),
        Just(Command::EndGesture),
        scan_name().prop_map(|scan| Command::RemoveScan { scan }),
        (scan_name(), any::<bool>()).prop_map(|(scan, first)| Command::SetRole {
            scan,
            role: if first { Role::Reference } else { Role::Scan },
        }),
        Just(document().add_command(&open("third", 20))),
        (scan_name(), site_name(), 0..50usize, 0..70usize).prop_map(|(scan, site, from, to)| Command::AddColumn {
            scan,
            site,
            from,
            to
        }),
        (scan_name(), site_name(), 0..3usize, 0..50usize, 0..70usize)
            .prop_map(|(scan, site, column, from, to)| Command::MoveColumn { scan, site, column, from, to }),
        (scan_name(), site_name(), -20..20i64).prop_map(|(scan, site, by)| Command::MoveSite { scan, site, by }),
        (scan_name(), site_name(), 0..2usize).prop_map(|(scan, site, column)| Command::RemoveColumn {
            scan,
            site,
            column
        }),
        (edge(), window(), 440.0..560.0f64, 1.0..20.0f64).prop_map(|(edge, window, lo, width)| {
            let window_ev = EnergyWindow::new(lo, lo + width).unwrap();
            Command::MoveWindow { edge, window, window_ev }
        }),
        (edge(), prop::sample::select(vec!["a", "b", "x"]))
            .prop_map(|(edge, label)| Command::SetNormalisingPeak { edge, label: label.to_owned() }),
        (edge(), 480.0..600.0f64).prop_map(|(edge, lo)| {
            let window_ev = EnergyWindow::new(lo, lo + 8.0).unwrap();
            Command::AddBackgroundWindow { edge, window_ev }
        }),
        (edge(), 0..2usize).prop_map(|(edge, number)| Command::RemoveBackgroundWindow { edge, number }),
        Just(Command::SetGain { counts_per_electron: Some(6.0) }),
        Just(Command::SetGain { counts_per_electron: Some(-1.0) }),
    ]
}

proptest! {
    #[test]
    fn after_any_commands_undo_to_the_start_equals_the_start(commands in prop::collection::vec(command(), 0..40)) {
        let mut document = document();
        let start = empty();
        for command in &commands {
            let before = document.session().clone();
            let revision = document.revision();
            if document.apply(command).is_err() {
                prop_assert_eq!(&before, document.session());
                prop_assert_eq!(revision, document.revision());
            }
            prop_assert!(document.session().recipe.check().is_ok());
        }
        let end = document.session().clone();
        while document.apply(&Command::Undo).is_ok() {}
        prop_assert_eq!(start.session(), document.session());
        prop_assert!(!document.can_undo());
        // A redo left over from before is the only way to get past the end.
        let mut seen = *start.session() == end;
        while document.apply(&Command::Redo).is_ok() {
            seen |= *document.session() == end;
        }
        prop_assert!(seen);
    }

    #[test]
    fn a_command_survives_being_written_down(command in command()) {
        let text = serde_json::to_string(&command).unwrap();
        prop_assert_eq!(serde_json::from_str::<Command>(&text).unwrap(), command);
    }
}

fn empty() -> Document {
    Document::new(Recipe::preset("lto").unwrap())
}

#[test]
fn the_first_scan_is_the_reference_and_the_second_a_scan() {
    let document = document();
    let roles: Vec<_> = document.session().inputs.iter().map(|input| input.role).collect();
    assert_eq!(roles, [Role::Reference, Role::Scan]);
    let input = document.compare_input().unwrap();
    assert_eq!((input.reference.name.as_str(), input.scans.len()), ("pristine", 1));
}

#[test]
fn a_gesture_is_one_step_however_many_moves_it_has() {
    let mut document = document();
    let before = document.session().clone();
    document.apply(&Command::BeginGesture).unwrap();
    for k in 0..25 {
        let lo = 518.0 + f64::from(k) * 0.05;
        let window_ev = EnergyWindow::new(lo, 527.5).unwrap();
        document.apply(&Command::MoveWindow { edge: "O K".into(), window: WindowName::Background, window_ev }).unwrap();
    }
    document.apply(&Command::EndGesture).unwrap();
    assert_ne!(*document.session(), before);
    document.apply(&Command::Undo).unwrap();
    assert_eq!(*document.session(), before);
}

#[test]
fn a_background_window_over_peak_a_is_refused_in_words() {
    let mut document = document();
    let window_ev = EnergyWindow::new(519.0, 530.5).unwrap();
    let command = Command::MoveWindow { edge: "O K".into(), window: WindowName::Background, window_ev };
    let error = document.apply(&command).unwrap_err();
    assert!(error.to_string().contains("overlaps peak a"), "{error}");
}

#[test]
fn sites_beyond_the_scan_are_refused() {
    let mut document = document();
    let sites = Some(vec![Site { name: "O1".into(), columns: vec![3..6, 50..61] }]);
    let error = document.apply(&Command::SetSites { scan: "biased".into(), sites }).unwrap_err();
    assert_eq!(error.to_string(), "positions 50 to 61 do not lie on biased, which has 60");
}
