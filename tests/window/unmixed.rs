//! The columns by themselves: neighbours taken out by a stated probe, from the page of the answers, by the real analysis.

use egui_kittest::kittest::Queryable;
use moray::analysis::compare_again;
use moray::ui::Answers;

use super::*;

#[test]
fn neighbours_are_taken_out_with_a_probe_that_can_be_changed_and_put_back() {
    let pipeline = Pipeline { compare: compare_again, ..PIPELINE };
    let mut harness = window_with(pipeline, [1440.0, 900.0], egui::Theme::Light);
    harness.state_mut().bench_mut().apply([Command::SetSites { scan: "lto-2v7".into(), sites: None }]);
    harness.state_mut().view_mut().look.answers = Answers::Unmixed;
    settle(&mut harness);
    harness.get_by_label("Take neighbours out").click();
    harness.run_steps(3);
    settle(&mut harness);
    let probe = |harness: &Harness<'_, Application>| session(harness).recipe.edge("O K").unwrap().unmixing;
    assert!(probe(&harness).is_some());
    let unmixing = harness.state().bench().derived().unwrap().comparison.report.edges[0].unmixing[0].clone();
    assert!(unmixing.reason.is_none(), "{unmixing:?}");
    let drop = |site: &str, peak: &str| {
        let of = |drop: &&moray::analysis::unmix::UnmixedDrop| drop.site == site && drop.peak == peak;
        unmixing.drops.iter().find(of).unwrap().drop.unwrap()
    };
    for (site, peak) in [("O1", "b"), ("O2", "d")] {
        let seen = format!("{peak} at {site}: as seen");
        assert!(harness.query_by_label_contains(&seen).is_some());
        let own = format!("by themselves {:.1} ", 100.0 * drop(site, peak));
        assert!(harness.query_all_by_label_contains(&own).count() > 0, "{own}");
    }
    assert!(harness.query_by_label_contains("condition number").is_some());
    look_at(&mut harness, "light-unmixed");
    harness.get_by_label("Leave neighbours in").click();
    harness.run_steps(3);
    settle(&mut harness);
    assert!(probe(&harness).is_none());
    harness.get_by_label("Undo").click();
    settle(&mut harness);
    assert!(probe(&harness).is_some());
}
