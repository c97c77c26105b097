//! The report put together from its parts.

use crate::model::{Role, Site};

use super::compare::EdgeOutcome;
use super::place::Placed;
use super::prepare::Prepared;
use super::report::{Column, Comparison, NotComputed, Report, SiteUsed, Spikes, Thickness, Warning};
use super::{CompareInput, ScanInput};

/// What the sigmas of this version hold.
const ERROR_BUDGET: &str = "counting noise only";

/// Parts of the report that this version does not compute.
const NOT_COMPUTED: &[(&str, &str)] = &[
    ("pattern", "fixed pattern is not part of the error budget yet"),
    ("self_check", "split-half checks are not made yet"),
    ("spikes", "spikes are not looked for yet"),
    ("thickness", "thickness is not measured yet"),
    ("edges.peaks.sites.drop_systematic", "the background's systematic term is not computed yet: 0"),
    ("edges.peaks.sites.window_spread", "sensitivity to windows is not computed yet"),
    ("edges.other_normalisations", "other normalisations are not computed yet"),
];

/// Puts the report together.
pub fn assemble(input: &CompareInput, prepared: &Prepared, placed: Placed, outcomes: Vec<EdgeOutcome>) -> Comparison {
    let mut warnings = prepared.warnings.clone();
    warnings.push(Warning {
        code: "counting-noise-only".to_owned(),
        message: "sigmas hold counting and read noise only: fixed pattern and background model error come on top"
            .to_owned(),
        place: "report".to_owned(),
    });
    if !input.scans.iter().chain([&input.reference]).all(|scan| scan.low_loss.is_some()) {
        warnings.push(Warning {
            code: "no-low-loss".to_owned(),
            message: "no low loss for every scan: a difference in thickness is unknown, and alters b, c and d"
                .to_owned(),
            place: "thickness".to_owned(),
        });
    }
    warnings.extend(placed.warnings.iter().cloned());
    let mut sites = vec![site_used(&input.reference, Role::Reference, &placed.reference)];
    for (scan, placed) in input.scans.iter().zip(&placed.scans) {
        sites.extend(placed.iter().map(|site| site_used(scan, Role::Scan, site)));
    }
    let (mut edges, mut ti_l, mut curves) = (Vec::new(), Vec::new(), Vec::new());
    for outcome in outcomes {
        edges.extend(outcome.result);
        ti_l.extend(outcome.ti_l);
        curves.push(outcome.curves);
        warnings.extend(outcome.warnings);
    }
    let mut unique: Vec<Warning> = Vec::new();
    for warning in warnings {
        if !unique.contains(&warning) {
            unique.push(warning);
        }
    }
    let scans = std::iter::once(&input.reference).chain(&input.scans);
    let report = Report {
        error_budget: ERROR_BUDGET.to_owned(),
        gain: prepared.noise.report.clone(),
        pattern: Vec::new(),
        calibration: prepared.calibration.clone(),
        self_check: Vec::new(),
        spikes: Spikes::default(),
        alignment: prepared.alignment.clone(),
        thickness: scans
            .map(|scan| Thickness { scan: scan.name.clone(), t_over_lambda: None, matched: false })
            .collect(),
        site_finding: placed.finding,
        sites,
        edges,
        ti_l,
        warnings: unique,
        not_computed: NOT_COMPUTED
            .iter()
            .map(|(field, reason)| NotComputed { field: (*field).to_owned(), reason: (*reason).to_owned() })
            .collect(),
    };
    Comparison { report, curves }
}

fn site_used(scan: &ScanInput, role: Role, site: &Site) -> SiteUsed {
    let step_nm = scan.scan.step_nm;
    let column = |range: &std::ops::Range<usize>| Column {
        center_nm: step_nm.map(|step| 0.5 * (range.start + range.end - 1) as f64 * step),
        from: range.start,
        to: range.end,
    };
    SiteUsed {
        scan: scan.name.clone(),
        role,
        name: site.name.clone(),
        columns: site.columns.iter().map(column).collect(),
        positions: site.positions().len(),
    }
}
