//! The brightness of the survey picture along the scan's line as a signal that sites are found by: taken in the window, taken
//! again where the line was moved, kept in the session, repeated without a window, given back.

use egui_kittest::kittest::Queryable;
use moray::app::{Headless, SESSION_FILE, open_scan};
use moray::document::{Command, ProfileFile, SurveyLine};
use moray::model::ProfileKind;
use moray::progress::Progress;
use moray::simulate::sample_survey;

use super::*;

const SCAN: &str = "lto-2v7";

fn opened() -> Harness<'static, Application> {
    let pipeline = Pipeline { open: |spec| open_scan(spec, None), ..PIPELINE };
    let mut harness = window_with(pipeline, [1440.0, 900.0], egui::Theme::Light);
    harness.state_mut().bench_mut().close_all();
    for name in ["lto-pristine.dm4", "lto-2v7.dm4"] {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data").join(name);
        harness.state_mut().open(FileSpec { path, image: None });
    }
    settle(&mut harness);
    harness
}

fn place(harness: &mut Harness<'_, Application>, by: f64) {
    let survey = sample_survey(ProfileKind::Haadf, false);
    let [from, to] = survey.line_nm.map(|[x, y]| [x / survey.field_nm + by, y / survey.field_nm]);
    let survey = SurveyLine { scan: SCAN.to_owned(), file: None, image: Some(3), from, to };
    harness.state_mut().bench_mut().apply([Command::SetSurvey { survey }]);
    harness.run_steps(3);
}

fn profiles(harness: &Harness<'_, Application>) -> Vec<ProfileFile> {
    session(harness).input(SCAN).unwrap().profiles.clone()
}

fn until(harness: &mut Harness<'_, Application>, found: impl Fn(&[ProfileFile]) -> bool) {
    let start = Instant::now();
    while !found(&profiles(harness)) {
        harness.step();
        assert!(start.elapsed() < Duration::from_secs(60), "it never came: {:?}", profiles(harness));
        std::thread::sleep(Duration::from_millis(5));
    }
    settle(harness);
}

fn choose(harness: &mut Harness<'_, Application>, from: &str, to: &str) {
    harness.get_by_label(from).click();
    harness.run_steps(3);
    harness.get_all_by_label(to).last().unwrap().click();
    harness.run_steps(3);
}

/// Columns of O1 and O2 found without a window from the session as it is saved, nm along the scan.
fn columns_by_command(harness: &Harness<'_, Application>) -> Vec<Vec<f64>> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(SESSION_FILE);
    moray::app::save_session(&path, &harness.state().bench().document().saved(None)).unwrap();
    let repeated = Headless::open_session(moray::app::read_session(&path).unwrap(), &path).unwrap();
    let sites = repeated.compare(&Progress::new()).unwrap().report.sites;
    let of_scan = sites.iter().filter(|site| site.scan == SCAN);
    of_scan.map(|site| site.columns.iter().map(|column| column.center_nm.unwrap()).collect()).collect()
}

/// The mean distance of the first columns of O1 and O2, nm.
fn moved_by(columns: &[Vec<f64>], recorded: &[Vec<f64>]) -> f64 {
    assert_eq!((columns.len(), recorded.len()), (2, 2));
    columns.iter().zip(recorded).map(|(new, old)| new[1] - old[1]).sum::<f64>() / 2.0
}

#[test]
fn the_signal_of_a_picture_is_taken_again_repeated_and_given_back() {
    let mut harness = opened();
    let recorded = columns_by_command(&harness);
    place(&mut harness, 0.0);
    choose(&mut harness, "no", "as HAADF");
    until(&mut harness, |profiles| profiles.len() == 1);
    let taken = profiles(&harness);
    assert!(taken[0].kind == ProfileKind::Haadf && taken[0].line.is_some() && taken[0].file.image == 3, "{taken:?}");
    let by_picture = moved_by(&columns_by_command(&harness), &recorded);
    assert!(by_picture.abs() < 0.02, "the picture shows the columns of the recorded signal: {by_picture}");
    look_at(&mut harness, "light-survey-signal");

    place(&mut harness, 0.02);
    assert_eq!(profiles(&harness), taken, "the signal stays until it is taken again");
    harness.get_by_label("Take again").click();
    until(&mut harness, |profiles| profiles != taken);
    assert!(harness.query_by_label("Take again").is_none());
    let line = session(&harness).survey(SCAN).map(|survey| [survey.from, survey.to]);
    assert!(profiles(&harness)[0].line == line, "{:?} {line:?}", profiles(&harness));

    choose(&mut harness, "as HAADF", "no");
    until(&mut harness, <[ProfileFile]>::is_empty);
    harness.get_by_label("Undo").click();
    settle(&mut harness);
    assert_eq!(profiles(&harness).len(), 1);
    assert!(harness.state().bench().failure().is_none());
}
