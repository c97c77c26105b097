//! The whole scientific choice of a comparison as one value: saved, compared, cited by its hash. Presets are recipes.

use serde::{Deserialize, Serialize};

use super::{BackgroundModel, EnergyWindow, FineStructure, ScanMatching, WhiteLines};

/// Why a recipe cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RecipeError {
    /// Not JSON, or not a recipe.
    #[error("not a recipe: {0}")]
    Json(#[from] serde_json::Error),
    /// Its contents contradict each other.
    #[error("recipe \"{name}\": {what}")]
    Invalid {
        /// Name of the recipe.
        name: String,
        /// What is wrong.
        what: String,
    },
}

/// How energies of the file become calibrated energies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CalibrationMethod {
    /// Find Ti L and O K and put them on their nominal energies.
    Features,
    /// Use the file's axis.
    File,
    /// Use `offset_ev` and `dispersion_scale` of the recipe.
    Manual,
}

/// Nominal energies of the features that calibrate the axis, eV.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NominalEnergies {
    /// L3 of the metal; of Ti the eg peak.
    #[serde(alias = "ti_l3_ev")]
    pub l3_ev: f64,
    /// L2 of the metal; of Ti the eg peak.
    #[serde(alias = "ti_l2_ev")]
    pub l2_ev: f64,
    /// O K peak a.
    pub o_k_a_ev: f64,
}

/// Energy calibration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalibrationRecipe {
    /// Which way.
    pub method: CalibrationMethod,
    /// Where the features belong.
    pub nominal: NominalEnergies,
    /// How the white lines look; those of Ti unless said otherwise.
    #[serde(default)]
    pub white_lines: WhiteLines,
    /// For `manual`: energy that only the offset moves, eV.
    #[serde(default)]
    pub pivot_ev: f64,
    /// For `manual`: offset at the pivot, eV.
    #[serde(default)]
    pub offset_ev: f64,
    /// For `manual`: calibrated over stated dispersion.
    #[serde(default = "one")]
    pub dispersion_scale: f64,
}

fn one() -> f64 {
    1.0
}

/// How energy drift between positions, and between scans, is removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AlignmentMethod {
    /// Zero-loss peak when a low loss is there, Ti L otherwise.
    Auto,
    /// By correlation of Ti L2,3.
    TiL,
    /// Positions are taken as they are; scans are still laid on the reference.
    None,
}

/// What happens to X-ray spikes in core-loss spectra.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SpikeHandling {
    /// Found along the scan, replaced by what the neighbouring positions show, and listed.
    #[default]
    Remove,
    /// Left as recorded.
    Keep,
}

/// A sample that was taken for a spike and is to stay as recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptSpike {
    /// Scan.
    pub scan: String,
    /// Position along it.
    pub position: usize,
    /// Channel of the file.
    pub channel: usize,
}

/// Background of one edge.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BackgroundChoice {
    /// Model.
    pub model: BackgroundModel,
    /// Pre-edge window, calibrated eV.
    pub window_ev: EnergyWindow,
    /// Further windows fitted together with it, such as one behind the peaks, calibrated eV.
    #[serde(default)]
    pub more_windows_ev: Vec<EnergyWindow>,
    /// Window of the ratio fit of the common shape, calibrated eV.
    #[serde(default)]
    pub ratio_window_ev: Option<EnergyWindow>,
}

impl BackgroundChoice {
    /// All windows of the fit, the pre-edge window first.
    pub fn windows(&self) -> impl Iterator<Item = EnergyWindow> + '_ {
        std::iter::once(self.window_ev).chain(self.more_windows_ev.iter().copied())
    }
}

/// A named peak and the window it is integrated over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeakWindow {
    /// Label, such as `b`.
    pub label: String,
    /// Integration window, calibrated eV.
    pub window_ev: EnergyWindow,
    /// Final states, such as `O 2p - Ti 3d eg`.
    pub assignment: String,
}

/// What an edge is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EdgeUse {
    /// Drops of its peaks relative to the reference, normalised by one of them.
    Drops,
    /// A test that it is the same as in the reference.
    Invariance,
}

/// What stands for the size of a peak.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PeakMeasure {
    /// The net integral over its window, the continuum under it included.
    #[default]
    Window,
    /// The same of the edge without plural scattering, removed by the low loss (Fourier ratio).
    SingleScattering,
    /// The area of the peak alone, from a joint fit of the fine structure.
    Component,
    /// The highest net channel of its window: biased and noisy, for display.
    Maximum,
}

impl PeakMeasure {
    /// Every measure.
    pub const ALL: [Self; 4] = [Self::Window, Self::SingleScattering, Self::Component, Self::Maximum];

    /// Whether it is an integral over windows.
    pub fn by_integrals(self) -> bool {
        matches!(self, Self::Window | Self::SingleScattering)
    }

    /// The sizes of peaks, in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Window => "window integrals",
            Self::SingleScattering => "window integrals without plural scattering",
            Self::Component => "fitted areas",
            Self::Maximum => "highest channels",
        }
    }

    /// What a report calls the way a drop was measured.
    pub fn method(self) -> &'static str {
        match self {
            Self::Window => "window",
            Self::SingleScattering => "single-scattering",
            Self::Component => "joint-fit",
            Self::Maximum => "maximum",
        }
    }

    /// What of the normalising peak spectra are divided by.
    pub fn of_normaliser(self) -> &'static str {
        match self {
            Self::Window => "integral",
            Self::SingleScattering => "single-scattering integral",
            Self::Component => "area",
            Self::Maximum => "maximum",
        }
    }
}

/// Everything chosen for one edge.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EdgeRecipe {
    /// Name as the field writes it: `O K`, `Ti L2,3`.
    pub name: String,
    /// What it is used for.
    #[serde(rename = "use")]
    pub usage: EdgeUse,
    /// Background.
    pub background: BackgroundChoice,
    /// Label of the peak that normalises (`drops` only).
    #[serde(default)]
    pub normalise_by: Option<String>,
    /// What stands for the size of its peaks (`drops` only).
    #[serde(default)]
    pub measure: PeakMeasure,
    /// Peaks, the normalising one included.
    pub peaks: Vec<PeakWindow>,
    /// Window of the comparison of shapes (`invariance` only), calibrated eV.
    #[serde(default)]
    pub compare_window_ev: Option<EnergyWindow>,
    /// Whether the t2g-eg splitting of L3 is fitted (`invariance` only).
    #[serde(default)]
    pub t2g_eg_splitting: bool,
    /// Peaks and continuum that a joint fit starts from (`drops` only); made from the windows when not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fine_structure: Option<FineStructure>,
    /// Whether the joint fit of each site with the reference is made beside the window drops (`drops` only).
    #[serde(default)]
    pub joint_fit: bool,
    /// Probe whose neighbours are taken out of the drops, given beside the apparent ones (`drops` only).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unmixing: Option<ProbeModel>,
    /// Range shown in plots, calibrated eV.
    pub display_ev: EnergyWindow,
}

/// What must be known of the effective probe before neighbours can be taken out (from an image simulation): along a chain
/// of columns, a tail and oxygen elsewhere can hardly be told from a wider core. The core's width is fitted.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProbeModel {
    /// Share of the probe's height that belongs to its tail: channelling and thermal scattering.
    pub tail_share: f64,
    /// Full width at half maximum of the tail, nm.
    pub tail_fwhm_nm: f64,
    /// Signal of oxygen outside the chain, in units of one column's by itself at its centre (`m0`).
    pub off_chain: f64,
}

fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_yes(value: &bool) -> bool {
    *value
}

impl EdgeRecipe {
    /// The peak with this label.
    pub fn peak(&self, label: &str) -> Option<&PeakWindow> {
        self.peaks.iter().find(|peak| peak.label == label)
    }

    /// From the first to the last peak.
    pub fn all_peaks_ev(&self) -> Option<EnergyWindow> {
        let lowest = self.peaks.iter().map(|peak| peak.window_ev.lo_ev()).fold(f64::INFINITY, f64::min);
        let highest = self.peaks.iter().map(|peak| peak.window_ev.hi_ev()).fold(f64::NEG_INFINITY, f64::max);
        EnergyWindow::new(lowest, highest).ok()
    }

    /// The name as part of a file name: `o-k`, `ti-l2-3`.
    pub fn slug(&self) -> String {
        let dashed: String =
            self.name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
        dashed.split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-")
    }
}

/// How sites are found and how wide they are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SiteRecipe {
    /// Nominal distance of neighbouring oxygen columns along the scan, nm.
    pub column_spacing_nm: f64,
    /// Positions within this distance of a column are summed, nm.
    pub half_width_nm: f64,
}

/// Windows of normalisations other than by a peak, calibrated eV. Ti L takes the window in which it is compared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OtherWindows {
    /// After the fine structure, before the next edge.
    pub post_edge_ev: EnergyWindow,
    /// The whole edge.
    pub total_ev: EnergyWindow,
}

impl Default for OtherWindows {
    /// O K of titanates: peaks end at 548 eV, Ti L1 follows at 564 eV.
    fn default() -> Self {
        let window = |lo, hi| EnergyWindow::new(lo, hi).expect("limits are finite and differ");
        Self { post_edge_ev: window(552.0, 560.0), total_ev: window(529.5, 560.0) }
    }
}

/// Limits of the statement "Ti L is unchanged".
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TiLimits {
    /// Largest shift still called unchanged, eV.
    pub max_shift_ev: f64,
    /// Largest Ti3+ fraction still called unchanged.
    pub max_ti3_fraction: f64,
}

/// A whole recipe.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// Version of this form; 1.
    pub schema: u32,
    /// Short name, such as `lto`.
    pub name: String,
    /// One sentence on what it is for.
    pub description: String,
    /// Energy calibration.
    pub calibration: CalibrationRecipe,
    /// Energy alignment.
    pub alignment: AlignmentMethod,
    /// What is done when dispersion or resolution of the scans differ.
    #[serde(default, skip_serializing_if = "ScanMatching::is_off")]
    pub matching: ScanMatching,
    /// Whether scans that differ in thickness by more than 0.05 t/lambda are brought to that of the thickest.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub match_thickness: bool,
    /// Counts per electron set by the user; otherwise estimated from the scan or taken from the file.
    #[serde(default)]
    pub counts_per_electron: Option<f64>,
    /// X-ray spikes; removed unless said otherwise. Low losses are never touched.
    #[serde(default)]
    pub spikes: SpikeHandling,
    /// Spikes that are none: samples to be left as recorded.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kept_spikes: Vec<KeptSpike>,
    /// Sites.
    pub sites: SiteRecipe,
    /// Edges, in the order shown.
    pub edges: Vec<EdgeRecipe>,
    /// Other normalisations, shown beside the one by a peak.
    #[serde(default)]
    pub other_normalisations: OtherWindows,
    /// Limits of the invariance statement.
    pub ti_limits: TiLimits,
}

/// Loss relative to peak a that O K and its fine structure take up, eV.
const O_K_EDGE_EV: [f64; 2] = [-4.0, 31.0];

impl CalibrationRecipe {
    /// Calibrated energies without edges, from low to high: all but the white lines and O K, eV.
    pub fn quiet_ev(&self) -> [[f64; 2]; 3] {
        let around = |at: f64, [lo, hi]: [f64; 2]| [at + lo, at + hi];
        let white_lines = around(self.nominal.l2_ev, self.white_lines.edge_ev);
        let o_k = around(self.nominal.o_k_a_ev, O_K_EDGE_EV);
        let [first, second] = if white_lines[0] < o_k[0] { [white_lines, o_k] } else { [o_k, white_lines] };
        [[f64::NEG_INFINITY, first[0]], [first[1], second[0]], [second[1], f64::INFINITY]]
    }
}

impl Recipe {
    /// Presets that come with the program: name and JSON text.
    pub const PRESETS: &[(&str, &str)] = &[
        ("lto", include_str!("../../assets/presets/lto.json")),
        ("titanate", include_str!("../../assets/presets/titanate.json")),
        ("mn-oxide", include_str!("../../assets/presets/mn-oxide.json")),
        ("fe-oxide", include_str!("../../assets/presets/fe-oxide.json")),
        ("co-oxide", include_str!("../../assets/presets/co-oxide.json")),
    ];

    /// The preset of that name.
    ///
    /// # Errors
    /// [`RecipeError::Invalid`] when there is none.
    pub fn preset(name: &str) -> Result<Self, RecipeError> {
        let found = Self::PRESETS.iter().find(|(preset, _)| *preset == name);
        let (_, json) = found.ok_or_else(|| {
            let known: Vec<_> = Self::PRESETS.iter().map(|(preset, _)| *preset).collect();
            RecipeError::Invalid {
                name: name.to_owned(),
                what: format!("no such preset; there is {}", known.join(", ")),
            }
        })?;
        Self::from_json(json)
    }

    /// A recipe from its JSON form, checked.
    ///
    /// # Errors
    /// [`RecipeError`] when it is not a recipe or contradicts itself.
    pub fn from_json(text: &str) -> Result<Self, RecipeError> {
        let recipe: Self = serde_json::from_str(text)?;
        recipe.check()?;
        Ok(recipe)
    }

    /// The JSON form, indented, ending in a line feed.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).map(|text| text + "\n").unwrap_or_default()
    }

    /// The edge with this name.
    pub fn edge(&self, name: &str) -> Option<&EdgeRecipe> {
        self.edges.iter().find(|edge| edge.name == name)
    }

    /// Checks what the types alone cannot: labels, normalising peak, overlap of background and peaks.
    ///
    /// # Errors
    /// [`RecipeError::Invalid`] naming the first contradiction.
    pub fn check(&self) -> Result<(), RecipeError> {
        let invalid = |what: String| RecipeError::Invalid { name: self.name.clone(), what };
        if self.schema != 1 {
            return Err(invalid(format!("schema {} is not known to this version", self.schema)));
        }
        let positive = |v: f64| v.is_finite() && v > 0.0;
        if !positive(self.sites.column_spacing_nm) || !positive(self.sites.half_width_nm) {
            return Err(invalid("column spacing and half width must be above zero".into()));
        }
        if self.counts_per_electron.is_some_and(|gain| !positive(gain)) {
            return Err(invalid("counts per electron must be above zero".into()));
        }
        self.calibration.white_lines.check().map_err(invalid)?;
        if self.edges.is_empty() {
            return Err(invalid("it names no edge".into()));
        }
        for edge in &self.edges {
            check_edge(edge).map_err(|what| invalid(format!("{}: {what}", edge.name)))?;
        }
        Ok(())
    }
}

fn check_edge(edge: &EdgeRecipe) -> Result<(), String> {
    for (k, peak) in edge.peaks.iter().enumerate() {
        if edge.peaks.iter().take(k).any(|other| other.label == peak.label) {
            return Err(format!("peak {} is given twice", peak.label));
        }
        let mut windows = edge.background.windows().chain(edge.background.ratio_window_ev);
        if let Some(window) = windows.find(|window| peak.window_ev.overlaps(window)) {
            return Err(format!(
                "the background window {window} overlaps peak {} ({}); move one of them",
                peak.label, peak.window_ev
            ));
        }
    }
    if let Some(fault) = edge.fine_structure.as_ref().and_then(|structure| structure.fault(edge)) {
        return Err(fault);
    }
    if let Some(probe) = edge.unmixing
        && !((0.0..1.0).contains(&probe.tail_share)
            && probe.tail_fwhm_nm.is_finite()
            && probe.tail_fwhm_nm > 0.0
            && probe.off_chain.is_finite()
            && probe.off_chain >= 0.0)
    {
        return Err(
            "unmixing needs a tail share from 0 to below 1, a tail width above zero, no negative off_chain".into()
        );
    }
    match (edge.usage, &edge.normalise_by, edge.compare_window_ev) {
        (EdgeUse::Drops, None, _) => Err("no normalising peak is named".into()),
        (EdgeUse::Drops, Some(label), _) if edge.peak(label).is_none() => {
            Err(format!("the normalising peak {label} is not among its peaks"))
        }
        (EdgeUse::Invariance, _, None) => Err("no window for the comparison of shapes".into()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_is_a_valid_recipe_that_survives_a_round_trip() {
        for (name, _) in Recipe::PRESETS {
            let recipe = Recipe::preset(name).unwrap();
            assert_eq!(recipe.name, *name);
            assert_eq!(Recipe::from_json(&recipe.to_json()).unwrap(), recipe);
        }
    }

    #[test]
    fn a_ratio_window_on_a_peak_is_refused() {
        let mut recipe = Recipe::preset("lto").unwrap();
        let edge = recipe.edges.iter_mut().find(|edge| edge.usage == EdgeUse::Drops).unwrap();
        edge.background.ratio_window_ev = EnergyWindow::new(495.0, 545.0).ok();
        assert!(recipe.check().is_err());
    }

    #[test]
    fn a_recipe_that_does_not_name_spikes_removes_them() {
        let text = Recipe::preset("lto").unwrap().to_json();
        let recipe = Recipe::from_json(&text.replace("  \"spikes\": \"remove\",\n", "")).unwrap();
        assert_eq!(recipe.spikes, SpikeHandling::Remove);
        assert_ne!(text, text.replace("\"remove\"", "\"keep\""));
    }

    #[test]
    fn a_background_window_over_a_peak_is_refused() {
        let text = Recipe::preset("lto").unwrap().to_json().replace("527.5", "530.5");
        assert!(Recipe::from_json(&text).unwrap_err().to_string().contains("overlaps peak a"));
    }
}
