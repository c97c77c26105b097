//! The literature behind what was done.

use crate::analysis::{GainSource, Report};
use crate::model::Recipe;

/// Sources of the parts that were used, in the order of the text.
pub(super) fn sources(report: &Report, recipe: &Recipe) -> Vec<String> {
    let fitted = || report.edges.iter().flat_map(|edge| &edge.backgrounds);
    let parts = [
        (recipe.name == "lto", LTO),
        (report.gain.source == GainSource::Estimated, NOISE),
        (report.site_finding.source == "found" && report.site_finding.period_nm.is_some(), COLUMNS),
        (fitted().next().is_some(), BACKGROUND),
        (!report.edges.is_empty(), OXYGEN),
        (!report.ti_l.is_empty(), WHITE_LINES),
        (!report.ti_l.is_empty() && recipe.calibration.white_lines.of_titanium(), TITANIUM),
    ];
    parts.into_iter().filter(|(used, _)| *used).flat_map(|(_, texts)| texts).map(|text| (*text).to_owned()).collect()
}

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
