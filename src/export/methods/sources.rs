//! The literature behind what was done.

use crate::analysis::{GainSource, Report};
use crate::model::{PeakMeasure, Recipe};

/// Sources of the parts that were used, in the order of the text.
pub(super) fn sources(report: &Report, recipe: &Recipe) -> Vec<String> {
    let fitted = || report.edges.iter().flat_map(|edge| &edge.backgrounds);
    let drops = || report.edges.iter().flat_map(|edge| &edge.peaks).flat_map(|peak| &peak.sites);
    let parts = [
        (recipe.name == "lto", LTO),
        (report.gain.source == GainSource::Estimated, NOISE),
        (report.site_finding.source == "found" && report.site_finding.period_nm.is_some(), COLUMNS),
        (fitted().next().is_some(), BACKGROUND),
        (fitted().any(|fit| fit.model == "sum-of-powers"), POWERS),
        (report.thickness.iter().any(|entry| entry.matched) || single_scattering(report), PLURAL),
        (drops().any(|at| at.bootstrap.is_some()), BOOTSTRAP),
        (drops().any(|at| at.ratio_set.is_some()), FIELLER),
        (report.edges.iter().any(|edge| !edge.unmixing.is_empty()), UNMIXING),
        (!report.edges.is_empty(), OXYGEN),
        (!report.ti_l.is_empty(), WHITE_LINES),
        (!report.ti_l.is_empty() && recipe.calibration.white_lines.of_titanium(), TITANIUM),
    ];
    parts.into_iter().filter(|(used, _)| *used).flat_map(|(_, texts)| texts).map(|text| (*text).to_owned()).collect()
}

fn single_scattering(report: &Report) -> bool {
    report.edges.iter().any(|edge| edge.normalisation.peak_measure() == Some(PeakMeasure::SingleScattering))
}

const POWERS: &[&str] = &["sum of powers: W. Van den Broek et al., Ultramicroscopy 254 (2023) 113830"];
const PLURAL: &[&str] = &["plural scattering: R. Egerton et al., Micron 39 (2008) 642"];
const BOOTSTRAP: &[&str] = &["bootstrap: A. Davison, D. Hinkley, Bootstrap Methods and their Application, 1997"];
const FIELLER: &[&str] = &["ratios of what is not detected: E. Fieller, J. R. Stat. Soc. B 16 (1954) 175"];
const UNMIXING: &[&str] = &["signals of columns and their neighbours: M. Oxley et al., Phys. Rev. B 76 (2007) 064303"];
const LTO: &[&str] = &[
    "Li4Ti5O12: Synergistic O2-/Li+ dual ion transportation at atomic scale, Research 2019, 9087386",
    "Li4Ti5O12: X. Lu et al., Adv. Mater. 24 (2012) 3233",
];
const NOISE: &[&str] =
    &["detector noise: An applied noise model for scintillation CCDs, Sci. Rep. 2025, s41598-025-85982-4"];
const COLUMNS: &[&str] = &["fitting of columns: M. Nord et al., Adv. Struct. Chem. Imaging 3 (2017) 9"];
const BACKGROUND: &[&str] = &[
    "background: R. Egerton, Electron Energy-Loss Spectroscopy in the Electron Microscope, 3rd ed., 2011",
    "background: R. Egerton, M. Malac, Ultramicroscopy 92 (2002) 47",
    "maximum likelihood: J. Verbeeck, S. Van Aert, Ultramicroscopy 101 (2004) 207",
];
const OXYGEN: &[&str] = &["O K peaks: F. de Groot et al., Phys. Rev. B 40 (1989) 5715"];
const WHITE_LINES: &[&str] = &["L edges: R. Leapman, L. Grunes, P. Fejes, Phys. Rev. B 26 (1982) 614"];
const TITANIUM: &[&str] = &["Ti3+: E. Stoyanov, F. Langenhorst, G. Steinle-Neumann, Am. Mineral. 92 (2007) 577"];
