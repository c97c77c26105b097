//! Pages of answers and of the quality of the data, with a result that holds something on each.

use egui_kittest::kittest::Queryable;
use moray::analysis::*;
use moray::ui::{Answers, SheetPage};

use super::*;

const WIDE: [f32; 2] = [1440.0, 900.0];

/// The stand-in with an entry of everything that the pages show.
fn rich(
    input: &CompareInput,
    memo: &mut Memo,
    progress: &moray::progress::Progress,
) -> Result<Comparison, AnalysisError> {
    let mut comparison = support::fake::compare(input, memo, progress)?;
    let report = &mut comparison.report;
    let kept = |position, channel| {
        input.recipe.kept_spikes.iter().any(|spike| spike.position == position && spike.channel == channel)
    };
    let scan = input.scans[0].name.clone();
    let spike = |(position, channel): (usize, usize)| Spike {
        scan: scan.clone(),
        position,
        channel,
        energy_ev: 500.0 + 0.25 * channel as f64,
    };
    report.spikes.list = [(12, 300), (12, 301), (40, 555)].into_iter().filter(|s| !kept(s.0, s.1)).map(spike).collect();
    for entry in &mut report.alignment {
        entry.drift_ev = (0..72).map(|k| 0.03 * (f64::from(k) / 9.0).sin()).collect();
    }
    for (split, z) in [("odd-even", 0.6), ("abba", -1.4), ("halves", 2.7)] {
        report.self_check.push(SelfCheck {
            scan: scan.clone(),
            split: split.into(),
            z: [("b", z), ("c", 0.3), ("d", -z)].map(|(peak, z)| (peak.to_owned(), z)).into(),
            chi2: 2.0 * z * z,
            p: if z > 2.0 { 0.004 } else { 0.4 },
            ti_p_equal: Some(0.4),
            covariance_factor: 1.0,
        });
    }
    let edge = &mut report.edges[0];
    for (by, factor) in [("post-edge", 1.1), ("o-k-total", 0.8), ("ti-l", 0.9)] {
        let drops = edge.peaks.iter().flat_map(|peak| {
            peak.sites.iter().map(|at| OtherDrop {
                scan: at.scan.clone(),
                site: at.site.clone(),
                peak: peak.label.clone(),
                drop: factor * at.drop.unwrap_or_default(),
                drop_sigma: 0.015,
            })
        });
        edge.other_normalisations.push(OtherNormalisation { by: by.into(), drops: drops.collect() });
    }
    edge.column_scatter =
        edge.peaks.iter().flat_map(|peak| peak.sites.iter().map(|at| scatter(&peak.label, at))).collect();
    Ok(comparison)
}

fn scatter(peak: &str, at: &PeakAtSite) -> ColumnScatter {
    let column = |k: u8| ColumnDrop { drop: at.drop.map(|drop| drop + 0.01 * f64::from(k)), drop_sigma: Some(0.02) };
    ColumnScatter {
        scan: at.scan.clone(),
        site: at.site.clone(),
        peak: peak.into(),
        columns: (0..4).map(column).collect(),
        chi2: Some(1.5),
        dof: 3,
        p: Some(0.68),
    }
}

fn rich_window() -> Harness<'static, Application> {
    window_with(Pipeline { compare: rich, ..PIPELINE }, WIDE, egui::Theme::Dark)
}

fn look(harness: &mut Harness<'_, Application>, change: impl FnOnce(&mut moray::ui::Look)) {
    change(&mut harness.state_mut().view_mut().look);
    harness.run_steps(4);
}

#[test]
fn every_page_of_answers_can_be_chosen_by_name() {
    let mut harness = rich_window();
    let pages = [
        ("Drops", "Other normalisations", Answers::Normalisations),
        ("Other normalisations", "Columns and significance", Answers::Columns),
        ("Columns and significance", "Against bias", Answers::Bias),
        ("Against bias", "Drops", Answers::Drops),
    ];
    for (now, name, page) in pages {
        harness.get_by_label(now).click();
        harness.run();
        harness.get_all_by_label(name).last().unwrap().click();
        harness.run();
        assert_eq!(harness.state_mut().view_mut().look.answers, page);
        look_at(&mut harness, &format!("answers-{}", name.to_lowercase().replace(' ', "-")));
    }
}

#[test]
fn a_spike_that_is_kept_is_listed_as_kept_and_can_be_removed_again() {
    let mut harness = rich_window();
    let before = session(&harness);
    look(&mut harness, |look| look.sheet = Some(SheetPage::Spikes));
    harness.get_all_by_label("Keep as recorded").next().unwrap().click();
    harness.run_steps(3);
    settle(&mut harness);
    let kept = session(&harness).recipe.kept_spikes;
    assert_eq!(kept.iter().map(|spike| (spike.position, spike.channel)).collect::<Vec<_>>(), [(12, 300), (12, 301)]);
    look_at(&mut harness, "page-spikes");
    harness.get_by_label("Remove again").click();
    harness.run_steps(3);
    settle(&mut harness);
    assert_eq!(session(&harness).recipe, before.recipe);
}

#[test]
fn pages_on_quality_show_drift_checks_and_the_picture() {
    let mut harness = rich_window();
    for (page, name) in [(SheetPage::Alignment, "page-alignment"), (SheetPage::Noise, "page-noise")] {
        look(&mut harness, |look| look.sheet = Some(page));
        look_at(&mut harness, name);
    }
    look(&mut harness, |look| {
        look.sheet = Some(SheetPage::Picture);
        look.survey_image = [("lto-2v7", 1), ("lto-pristine", 1)].map(|(scan, k)| (scan.to_owned(), k)).into();
    });
    let start = Instant::now();
    while harness.query_by_label_contains("Atomic columns").is_none() {
        harness.step();
        assert!(start.elapsed() < Duration::from_secs(60), "the picture was never measured");
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(harness.query_by_label("Strain, short").is_some());
    look_at(&mut harness, "page-picture");
}

#[test]
fn a_caution_leads_to_what_it_is_about() {
    let mut harness = rich_window();
    let stand_in = "no low loss recorded: a difference in thickness cannot be corrected";
    harness.get_by_label_contains(stand_in).click();
    harness.run();
    assert!(harness.query_all_by_label_contains("no low loss recorded").count() > 1);
}

#[test]
fn a_region_of_a_spectrum_image_is_drawn_freely_and_its_spectrum_read() {
    let Some(folder) = shared::folder() else { return };
    let file = folder.join("dm/DMReader_SpectrumImage_SI-EELS.dm3");
    let open: moray::app::OpenFn = |spec| moray::app::open_scan(spec, None);
    let mut harness = window_with(Pipeline { open, ..PIPELINE }, WIDE, egui::Theme::Light);
    harness.state_mut().bench_mut().close_all();
    harness.state_mut().open(FileSpec { path: file, image: None });
    look(&mut harness, |look| look.sheet = Some(SheetPage::Area));
    let start = Instant::now();
    while harness.query_by_label_contains("Map of").is_none() {
        harness.step();
        assert!(start.elapsed() < Duration::from_secs(60), "the map never came");
        std::thread::sleep(Duration::from_millis(5));
    }
    let map = harness.get_by_label_contains("Map of").rect();
    let (from, by) = (map.min + map.size() * 0.2, map.size() * 0.5);
    harness.drag_at(from);
    harness.run_steps(1);
    harness.hover_at(from + by);
    harness.run_steps(1);
    harness.drop_at(from + by);
    harness.run_steps(20);
    let region = *harness.state_mut().view_mut().look.regions.values().next().unwrap();
    let size = [6usize, 49].map(|pixels| pixels as f64);
    let wide = if map.width() > map.height() { [size[1], size[0]] } else { size };
    assert!((region.x[1] - region.x[0] - 0.5 * wide[0]).abs() < 0.1 * wide[0], "{region:?}");
    look_at(&mut harness, "page-area");
}

/// A file that takes its time.
fn slow(spec: &FileSpec) -> Result<OpenScan, moray::Error> {
    std::thread::sleep(Duration::from_millis(1500));
    refuse(spec)
}

#[test]
fn a_file_on_its_way_can_be_given_up() {
    let mut harness = window_with(Pipeline { open: slow, ..PIPELINE }, WIDE, egui::Theme::Light);
    let before = session(&harness);
    harness.state_mut().open(FileSpec { path: "far-away.dm4".into(), image: None });
    harness.run_steps(3);
    harness.get_by_label("Stop opening far-away.dm4").click();
    harness.run_steps(3);
    assert!(harness.query_by_label_contains("Opening far-away.dm4").is_none());
    std::thread::sleep(Duration::from_millis(1700));
    settle(&mut harness);
    assert!(harness.query_by_label_contains("it holds no spectra").is_none(), "nobody waits for it any more");
    assert_eq!(session(&harness), before);
}
