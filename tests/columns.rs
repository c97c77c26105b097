//! Columns of one kind: alike when they are, told apart when they are not.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use moray::analysis::{CompareInput, Comparison, ScanInput, compare};
use moray::model::{Recipe, Site};
use moray::progress::Progress;
use moray::simulate::{SimulatedScan, World, simulate};

/// A comparison of one simulated pair, sites as `sites` makes them of the true ones.
fn compared(world: &World, seed: u64, sites: impl Fn(Vec<Site>) -> Vec<Site>) -> Comparison {
    let recipe = Recipe::preset("lto").unwrap();
    let made = simulate(world, seed).unwrap();
    let truth = made.truth(&recipe).unwrap();
    let scan = |name: &str, scan: &SimulatedScan, sites: Vec<Site>| ScanInput {
        name: name.to_owned(),
        scan: scan.core.clone(),
        low_loss: scan.low_loss.clone(),
        profiles: Vec::new(),
        sites: Some(sites),
    };
    let reference = scan("pristine", &made.reference, vec![truth.reference_site]);
    let scans = vec![scan("biased", &made.scan, sites(truth.sites))];
    compare(&CompareInput { reference, scans, recipe, ti3_reference: None }, &Progress::new()).unwrap()
}

#[test]
fn equal_columns_scatter_by_their_noise() {
    let world = World { electrons_in_a: 2e4, ..World::default() };
    let (mut below, mut chi2, mut dof) = (0, 0.0, 0.0);
    let mut count = 0;
    for seed in 0..40 {
        let comparison = compared(&world, 4000 + seed, |sites| sites);
        for entry in &comparison.report.edges[0].column_scatter {
            below += usize::from(entry.p.unwrap() < 0.05);
            chi2 += entry.chi2.unwrap();
            dof += entry.dof as f64;
            count += 1;
        }
    }
    println!("p < 0.05 in {below} of {count}, chi2 per degree of freedom {:.3}", chi2 / dof);
    // b, c and d of a site share their normalising peak: the standard error of the mean is about 0.08.
    assert!(count >= 200 && (0.8..1.2).contains(&(chi2 / dof)), "{}", chi2 / dof);
    assert!(below <= count / 8, "{below} of {count}");
}

#[test]
fn a_site_of_both_kinds_of_columns_is_told() {
    let world = World { electrons_in_a: 2e5, ..World::default() };
    let mixed = |sites: Vec<Site>| {
        let mut columns: Vec<_> = sites.iter().flat_map(|site| site.columns.clone()).collect();
        columns.sort_by_key(|column| column.start);
        vec![Site { name: "O".into(), columns }]
    };
    let comparison = compared(&world, 1, mixed);
    let scatter = &comparison.report.edges[0].column_scatter;
    assert!(scatter.iter().any(|entry| entry.p.unwrap() < 1e-6), "{scatter:?}");
    assert!(comparison.report.warnings.iter().any(|warning| warning.code == "columns-differ"));
}

#[test]
fn a_site_of_one_column_has_no_scatter() {
    let first =
        |sites: Vec<Site>| sites.into_iter().map(|site| Site { columns: site.columns[..1].to_vec(), ..site }).collect();
    assert!(compared(&World::default(), 2, first).report.edges[0].column_scatter.is_empty());
}
