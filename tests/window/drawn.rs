//! The bootstrap beside the live comparison, the maps over windows, the curves of the joint fit.

use std::sync::atomic::{AtomicBool, Ordering};

use egui_kittest::kittest::{NodeT, Queryable};
use moray::analysis::bootstrap::Bootstrap;
use moray::analysis::fit::{FittedParts, JointFitCurves, JointFitResult};
use moray::analysis::*;
use moray::document::WindowName;
use moray::model::EnergyWindow;
use moray::progress::Progress;
use moray::ui::Answers;

use super::*;

const WIDE: [f32; 2] = [1440.0, 900.0];
const SMALL: [f32; 2] = [1024.0, 700.0];

/// What other windows make of every drop: those of O1 stay, those of O2 move by 2.7 %.
fn sensitivity(at: &PeakAtSite) -> Option<Sensitivity> {
    let drop = at.drop?;
    let step = if at.site == "O1" { 0.0004 } else { 0.0016 };
    let row = |k: usize| {
        (0..5).map(|j| if (k, j) == (7, 4) { None } else { Some(drop + step * (2 * k + j) as f64) }).collect()
    };
    let largest_change = step * 17.0;
    Some(Sensitivity {
        background_shifts_ev: [0.0, -1.0].into_iter().flat_map(|to| [0.0, 2.0, -5.0, -12.0].map(|f| [f, to])).collect(),
        peak_shifts_ev: vec![[0.0, 0.0], [0.25, 0.25], [-0.25, -0.25], [-0.25, 0.25], [0.25, -0.25]],
        drops: (0..8).map(row).collect(),
        largest_change,
        stable_within_sigma: 1.0,
        stable: largest_change < 0.013,
    })
}

/// The joint fit of one spectrum, made up: two peaks and a step that meet the net electrons roughly.
fn parts(curve: &SiteCurve, energy: &[f64]) -> FittedParts {
    let from = energy.partition_point(|e| *e < 526.0);
    let energy_ev = energy[from..].to_vec();
    let peak = |centre: f64, height: f64| -> Vec<f64> {
        energy_ev.iter().map(|e| height * (-((e - centre) / 1.6).powi(2)).exp()).collect()
    };
    let top = curve.net[from..].iter().copied().fold(0.0, f64::max);
    let peaks = vec![peak(531.5, 0.7 * top), peak(540.5, 0.6 * top)];
    let step: Vec<f64> = energy_ev.iter().map(|e| 0.3 * top / (1.0 + (-(e - 534.0)).exp())).collect();
    let background = curve.background[from..].to_vec();
    let model = (0..energy_ev.len()).map(|k| background[k] + step[k] + peaks[0][k] + peaks[1][k]).collect();
    let (electrons, residual) = (curve.raw[from..].to_vec(), vec![0.0; energy_ev.len()]);
    FittedParts { energy_ev, electrons, model, background, step, peaks, residual }
}

fn with_fit(comparison: &mut Comparison) {
    let curves = comparison.curves.iter_mut().find(|curves| curves.edge == "O K").unwrap();
    let window = EnergyWindow::new(505.0, 556.0).unwrap();
    for spectrum in curves.spectra.clone().iter().skip(1) {
        curves.joint_fits.push(JointFitCurves {
            scan: spectrum.scan.clone(),
            site: spectrum.site.clone(),
            labels: vec!["a".into(), "c".into()],
            parts: parts(spectrum, &curves.energy_ev),
            reference_parts: parts(&curves.spectra[0], &curves.energy_ev),
        });
        let reason = "the detector shows a fixed pattern".to_owned();
        let failed = JointFitResult::failed(&spectrum.scan, &spectrum.site, window, reason);
        let result = JointFitResult { valid: spectrum.site == "O2", ..failed };
        comparison.report.edges[0].joint_fit.push(result);
    }
}

fn mapped(input: &CompareInput, memo: &mut Memo, progress: &Progress) -> Result<Comparison, AnalysisError> {
    let mut comparison = support::fake::compare(input, memo, progress)?;
    for at in comparison.report.edges[0].peaks.iter_mut().flat_map(|peak| &mut peak.sites) {
        at.sensitivity = sensitivity(at);
        at.drop_counting = Some(0.011);
    }
    if input.recipe.edge("O K").unwrap().joint_fit {
        with_fit(&mut comparison);
    }
    Ok(comparison)
}

fn draw(
    comparison: &mut Comparison,
    _: &CompareInput,
    options: Bootstrap,
    progress: &Progress,
) -> Result<(), AnalysisError> {
    progress.at(0, 1)?;
    for at in comparison.report.edges[0].peaks.iter_mut().flat_map(|peak| &mut peak.sites) {
        at.bootstrap = at.drop.map(|drop| BootstrapResult {
            replicas: options.replicas,
            failed: 0,
            seed: options.seed,
            drop_sigma: Some(0.0114),
            drop_ci68: Some([drop - 0.0114, drop + 0.0114]),
            drop_ci95: Some([drop - 0.023, drop + 0.022]),
        });
    }
    Ok(())
}

/// Whether the draws of [`held`] wait.
static HOLD: AtomicBool = AtomicBool::new(true);

fn held(
    comparison: &mut Comparison,
    input: &CompareInput,
    options: Bootstrap,
    progress: &Progress,
) -> Result<(), AnalysisError> {
    while HOLD.load(Ordering::SeqCst) {
        progress.at(16, 25)?;
        std::thread::sleep(Duration::from_millis(2));
    }
    draw(comparison, input, options, progress)
}

fn cursed(_: &mut Comparison, _: &CompareInput, _: Bootstrap, _: &Progress) -> Result<(), AnalysisError> {
    panic!("an unlucky draw")
}

fn pipeline(bootstrap: moray::app::BootstrapFn) -> Pipeline {
    Pipeline { compare: mapped, bootstrap, ..PIPELINE }
}

fn until(harness: &mut Harness<'_, Application>, what: &str, found: impl Fn(&Harness<'_, Application>) -> bool) {
    let start = Instant::now();
    while !found(harness) {
        harness.step();
        assert!(start.elapsed() < Duration::from_secs(30), "{what} never came");
        std::thread::sleep(Duration::from_millis(5));
    }
    harness.run_steps(2);
}

/// Types into the command palette and takes the best match.
fn command(harness: &mut Harness<'_, Application>, typed: &str) {
    harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::K);
    harness.run_steps(3);
    harness.get_by_role_and_label(egui::Role::TextInput, "Find a command…").type_text(typed);
    harness.run_steps(3);
    harness.key_press(egui::Key::Enter);
    harness.run_steps(3);
}

fn has_draws(harness: &Harness<'_, Application>) -> bool {
    let Some(derived) = harness.state().bench().derived() else { return false };
    derived.comparison.report.edges[0].peaks[0].sites[0].bootstrap.is_some()
}

fn move_peak(harness: &mut Harness<'_, Application>, lo: f64) {
    let window_ev = EnergyWindow::new(lo, 537.0).unwrap();
    let (edge, window) = ("O K".to_owned(), WindowName::Peak("b".to_owned()));
    harness.state_mut().bench_mut().apply([Command::MoveWindow { edge, window, window_ev }]);
}

fn answers(harness: &mut Harness<'_, Application>, page: Answers) {
    harness.state_mut().view_mut().look.answers = page;
    harness.run_steps(3);
}

#[test]
fn the_bootstrap_runs_beside_the_live_comparison_and_never_holds_it_up() {
    let mut harness = window_with(pipeline(held), WIDE, egui::Theme::Light);
    command(&mut harness, "bootstrap 500");
    assert_eq!(session(&harness).bootstrap, Some(500));
    until(&mut harness, "progress", |harness| harness.query_by_label("320 / 500").is_some());
    assert!(harness.query_by_role_and_label(egui::Role::ProgressIndicator, "Bootstrap").is_some());
    look_at(&mut harness, "light-bootstrap-runs");
    // The draws wait for ever, and a comparison comes nevertheless.
    move_peak(&mut harness, 532.6);
    until(&mut harness, "the comparison", |harness| {
        let bench = harness.state().bench();
        !bench.is_updating() && bench.derived().is_some_and(|d| d.revision == bench.document().revision())
    });
    until(&mut harness, "new draws", |harness| harness.query_by_label("320 / 500").is_some());
    harness.get_by_label("Cancel").click();
    harness.run_steps(3);
    assert_eq!((session(&harness).bootstrap, harness.state().bench().drawing()), (None, None));
    assert!(!has_draws(&harness));
    // Asked for again by undo, and finished this time.
    harness.get_by_label("Undo").click();
    harness.run_steps(2);
    HOLD.store(false, Ordering::SeqCst);
    until(&mut harness, "the draws", has_draws);
    let row = harness.get_by_label_contains("Drop of b");
    let words = row.accesskit_node().label().unwrap_or_default();
    assert!(words.contains("σ of counting 1.10 %, by 500 draws 1.14 %, 95 % "), "{words}");
    answers(&mut harness, Answers::Bootstrap);
    assert!(harness.query_by_label_contains("b at O1: σ of counting 1.10 %, by 500 draws 1.14 %").is_some());
    assert!(harness.query_by_label_contains("the scatter is 1.04 of the σ by the formulas").is_some());
    let saved = SavedSession::from_json(&SavedSession::from(session(&harness)).to_json()).unwrap();
    assert_eq!(saved.session.bootstrap, Some(500));
}

#[test]
fn draws_of_an_earlier_state_are_marked_and_those_nobody_wants_are_gone() {
    let mut harness = window_with(pipeline(draw), WIDE, egui::Theme::Dark);
    answers(&mut harness, Answers::Bootstrap);
    look_at(&mut harness, "dark-bootstrap-offered");
    harness.get_by_label("500 draws").click();
    harness.run_steps(3);
    until(&mut harness, "the draws", has_draws);
    look_at(&mut harness, "dark-bootstrap-page");
    harness.state_mut().bench_mut().apply([Command::BeginGesture]);
    move_peak(&mut harness, 532.6);
    until(&mut harness, "the comparison", |harness| !has_draws(harness));
    assert!(harness.query_by_label_contains("Drawn before the last change").is_some());
    let old = harness.query_all_by_label_contains("drawn before the last change").count();
    assert!(old >= 6, "{old} numbers are marked");
    // While a hand holds something nothing is drawn; then it is.
    assert_eq!(harness.state().bench().drawing(), None);
    harness.state_mut().bench_mut().apply([Command::EndGesture]);
    until(&mut harness, "new draws", has_draws);
    assert!(harness.query_by_label_contains("Drawn before the last change").is_none());
    answers(&mut harness, Answers::Drops);
    look_at(&mut harness, "dark-bootstrap-ticks");
    command(&mut harness, "bootstrap off");
    until(&mut harness, "the comparison without draws", |harness| !has_draws(harness));
    assert!(harness.state().bench().last_drawn().is_none());
}

#[test]
fn a_defect_in_the_draws_is_said_once_and_the_window_lives_on() {
    let mut harness = window_with(pipeline(cursed), WIDE, egui::Theme::Light);
    command(&mut harness, "bootstrap 500");
    until(&mut harness, "the message", |harness| {
        harness.query_by_label_contains("a defect in Moray: an unlucky draw").is_some()
    });
    harness.run_steps(20);
    assert_eq!(harness.query_all_by_label_contains("an unlucky draw").count(), 1);
    assert_eq!(harness.state().bench().drawing(), None);
    assert!(harness.state().bench().derived().is_some() && harness.state().bench().failure().is_none());
    command(&mut harness, "bootstrap off");
    let before = harness.state().bench().derived().unwrap().revision;
    move_peak(&mut harness, 532.6);
    settle(&mut harness);
    assert!(harness.state().bench().derived().unwrap().revision > before, "comparisons go on");
}

#[test]
fn every_drop_has_a_map_over_its_windows_and_a_badge_says_what_follows() {
    let mut harness = window_with(pipeline(draw), WIDE, egui::Theme::Light);
    look_at(&mut harness, "light-badge");
    harness.get_by_label("d at O2 moves by 2.7 % with its windows").click();
    harness.run_steps(3);
    assert_eq!(harness.state_mut().view_mut().look.answers, Answers::Windows);
    let chosen = harness.get_by_label_contains("Background 519.0 to 527.5 eV, peak windows as chosen: drop of b at O1");
    let place = chosen.rect().center();
    assert!(harness.query_by_label_contains("b at O1: stable under window choice").is_some());
    assert!(harness.query_by_label_contains("peak windows narrower, 0.25 eV: not measurable").is_some());
    harness.hover_at(place);
    harness.run_steps(60);
    assert!(
        harness.query_all_by_label_contains("Background 519.0 to 527.5 eV").count() >= 2,
        "a read-out at the pointer"
    );
    look_at(&mut harness, "light-window-map");
    harness.get_by_label("Map of d at O2").click();
    harness.run_steps(3);
    assert!(harness.query_by_label_contains("d at O2: moves by up to 2.7 % with its windows").is_some());
    let look = &harness.state_mut().view_mut().look;
    assert_eq!(look.window_map, Some(["d".to_owned(), "O2".to_owned()]));
    let mut small = window_with(pipeline(draw), SMALL, egui::Theme::Dark);
    answers(&mut small, Answers::Windows);
    look_at(&mut small, "dark-window-map-1024");
}

#[test]
fn the_joint_fit_is_asked_for_and_its_components_shown_with_the_verdict() {
    let mut harness = window_with(pipeline(draw), WIDE, egui::Theme::Dark);
    let display = |harness: &mut Harness<'_, Application>, label: &str| {
        harness.get_by_label("Display").click();
        harness.run();
        harness.get_by_label(label).click();
        harness.run_steps(3);
        harness.key_press(egui::Key::Escape);
        harness.run_steps(3);
    };
    display(&mut harness, "Fit the fine structure of O K");
    settle(&mut harness);
    assert!(oxygen(&harness).joint_fit);
    display(&mut harness, "components of O1");
    assert!(
        harness.query_by_label("Joint fit O1: its intervals do not hold: the detector shows a fixed pattern").is_some()
    );
    look_at(&mut harness, "dark-components");
    display(&mut harness, "components of O2");
    assert!(harness.query_by_label("Joint fit O2: its intervals hold").is_some());
    for stage in [Stage::Background, Stage::Subtracted] {
        harness.state_mut().view_mut().stage = stage;
        harness.run();
        look_at(&mut harness, &format!("dark-components-{stage:?}").to_lowercase());
    }
    harness.get_by_label("Undo").click();
    settle(&mut harness);
    assert!(harness.query_by_label_contains("Joint fit O2").is_none(), "without a fit there is nothing to show");
}
