//! Public SrTiO3 files: features where other programs and eyes find them, halves of a scan that agree.

use moray::analysis::{self, CompareInput, Report, ScanInput};
use moray::app::open_scan;
use moray::model::{Recipe, Site};
use moray::progress::Progress;

use super::shared;
use super::table::{Estimate, Figure, Group, Plan, Unit};

/// A file and what is known of it: Ti L3, Ti L2 and a on its axis, eV; offset, eV, and scale of the calibration.
struct Known {
    file: &'static str,
    found_ev: [f64; 3],
    offset_ev: f64,
    scale: f64,
}

const KNOWN: [Known; 2] = [
    Known { file: "DMReader_EELS_STO.dm3", found_ev: [456.2, 461.4, 524.6], offset_ev: 4.3, scale: 1.031 },
    Known { file: "DMReader_SpectrumImage_SI-EELS.dm3", found_ev: [456.9, 462.0, 525.1], offset_ev: 3.6, scale: 1.034 },
];

/// Rows of the real files; none when they are not there.
pub(crate) fn group(plan: &Plan) -> Group {
    let rows = shared::folder().map_or(Vec::new(), |folder| {
        let row = |known: &Known| {
            let path = folder.join("dm").join(known.file).display().to_string();
            plan.row(known.file, || figures(known, &report(&path)))
        };
        KNOWN.iter().filter_map(row).collect()
    });
    Group { heading: "Real files", rows }
}

fn report(path: &str) -> Report {
    let scan = open_scan(&path.parse().unwrap(), None).unwrap().scan;
    let columns = (0..scan.positions()).map(|i| i..i + 1).collect();
    let reference = ScanInput {
        name: "scan".to_owned(),
        scan,
        low_loss: None,
        profiles: Vec::new(),
        sites: Some(vec![Site { name: "all".to_owned(), columns }]),
    };
    let recipe = Recipe::preset("lto").unwrap();
    let input = CompareInput { reference, scans: Vec::new(), recipe, ti3_reference: None };
    analysis::compare(&input, &Progress::new()).unwrap().report
}

fn figures(known: &Known, report: &Report) -> Vec<Figure> {
    let calibration = &report.calibration[0];
    let found = &calibration.found_ev;
    let near = |what: &str, value: f64, known: f64, within: f64, decimals| {
        Figure::new(what, Estimate::exact(value), known - within..=known + within, Unit::Number(decimals))
    };
    let mut figures = vec![
        near("Ti L3 of the file, eV", found.ti_l3.unwrap(), known.found_ev[0], 0.4, 2),
        near("Ti L2 of the file, eV", found.ti_l2.unwrap(), known.found_ev[1], 0.4, 2),
        near("a of the file, eV", found.o_k_a.unwrap(), known.found_ev[2], 0.4, 2),
        near("offset, eV", calibration.offset_ev, known.offset_ev, 0.4, 2),
        near("scale", calibration.dispersion_scale, known.scale, 0.006, 4),
    ];
    let checks = report.self_check.iter().filter(|check| check.split != "halves");
    figures.extend(checks.map(|check| {
        let what = format!("X² of {} (3 degrees of freedom)", check.split);
        Figure::new(&what, Estimate::exact(check.chi2), 0.0..=11.3, Unit::Number(2))
    }));
    figures
}
