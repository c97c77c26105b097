//! What a simulated pair of scans truly holds, in the terms in which an analysis answers.

use serde::Serialize;

use super::Simulated;
use super::expected::{FineSpectra, Specimen, Weights, mix, true_energies};
use super::lattice::Chain;
use super::physics::{PEAK_A_EV, TI_L_MIDDLE_EV};
use super::world::{SimulateError, World};
use crate::model::{EdgeUse, EnergyAxis, EnergyWindow, Recipe, Site};

/// True drop of one peak at one site.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TrueDrop {
    /// Site: `O1` or `O2`.
    pub site: String,
    /// Label of the peak.
    pub peak: String,
    /// Drop of the window measure in these data, neighbours' contributions included: what an unbiased analysis of the
    /// site's positions finds on average.
    pub drop: f64,
    /// Drop of the window measure if the column could be seen alone.
    pub column_drop: f64,
}

/// True calibration: `E = pivot + offset + scale * (E_file - pivot)`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct TrueCalibration {
    /// Energy that the offset alone moves, eV of the file.
    pub pivot_ev: f64,
    /// Offset at the pivot, eV.
    pub offset_ev: f64,
    /// True over stated dispersion.
    pub dispersion_scale: f64,
}

/// Everything true about a simulated pair.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Truth {
    /// Drops of every peak but the normalising one, at O1 and O2. A peak whose window lies off the axis has no entry.
    pub drops: Vec<TrueDrop>,
    /// O1 and O2 of the scan: positions within the recipe's half width of their columns.
    pub sites: Vec<Site>,
    /// All oxygen columns of the reference.
    pub reference_site: Site,
    /// Columns of O1 in the scan, not at its ends, nm from position 0.
    pub o1_columns_nm: Vec<f64>,
    /// Columns of O2 in the scan, not at its ends, nm from position 0.
    pub o2_columns_nm: Vec<f64>,
    /// Oxygen columns of the reference, not at its ends, nm from position 0.
    pub reference_columns_nm: Vec<f64>,
    /// Distance of neighbouring oxygen columns, nm.
    pub column_spacing_nm: f64,
    /// Counts per electron.
    pub counts_per_electron: f64,
    /// Read noise of one position and channel, counts.
    pub read_noise_counts: f64,
    /// Energy calibration of the files.
    pub calibration: TrueCalibration,
    /// Energy shift of every spectrum of the reference, eV.
    pub reference_drift_ev: Vec<f64>,
    /// Energy shift of every spectrum of the scan, eV.
    pub scan_drift_ev: Vec<f64>,
    /// Thickness of the reference over inelastic mean free path.
    pub reference_t_over_lambda: f64,
    /// Thickness of the scan over inelastic mean free path.
    pub scan_t_over_lambda: f64,
    /// Share of Ti3+ in the scan.
    pub ti3_fraction: f64,
    /// Shift of Ti L in the scan relative to the reference, eV.
    pub ti_l_shift_ev: f64,
}

impl Truth {
    /// The true drop of a peak at a site.
    ///
    /// Dimensionless; `None` for a site or peak without an entry.
    pub fn drop(&self, site: &str, peak: &str) -> Option<f64> {
        self.drops.iter().find(|entry| entry.site == site && entry.peak == peak).map(|entry| entry.drop)
    }

    /// The true sites as `--sites` takes them: `O1=2..7,21..26;O2=11..16;ref=4..9`.
    pub fn sites_argument(&self) -> String {
        let reference = Site { name: "ref".into(), ..self.reference_site.clone() };
        let text = |site: &Site| {
            let ranges: Vec<_> = site.columns.iter().map(|range| format!("{}..{}", range.start, range.end)).collect();
            format!("{}={}", site.name, ranges.join(","))
        };
        self.sites.iter().chain([&reference]).map(text).collect::<Vec<_>>().join(";")
    }
}

impl Simulated {
    /// The truth for the windows and the half width of a recipe.
    ///
    /// Drops come from the noise-free net O K of the very positions that make up O1, O2 and the reference, without
    /// drift, all at the thickness of the thicker specimen (to which an analysis matches the thinner one).
    ///
    /// `D_k = 1 - (I_k / I_a)_site / (I_k / I_a)_pristine`, dimensionless, by the definition. A peak whose window lies
    /// off the axis has no entry.
    ///
    /// # Errors
    /// [`SimulateError`] when the axis is unusable; it was usable when this was simulated.
    pub fn truth(&self, recipe: &Recipe) -> Result<Truth, SimulateError> {
        let world = &self.world;
        let half_width = recipe.sites.half_width_nm;
        let chain = Chain::new(world, world.first_column_nm);
        let reference = Chain::new(world, world.reference_first_column_nm);
        let sites = vec![chain.site("O1", &chain.o1_nm, half_width), chain.site("O2", &chain.o2_nm, half_width)];
        let pivot_ev = TI_L_MIDDLE_EV + world.axis_error_ev;
        Ok(Truth {
            drops: drops(world, &chain, &sites, recipe)?,
            sites,
            reference_site: reference.site("reference", &reference.oxygen_nm(), half_width),
            o1_columns_nm: chain.usable(&chain.o1_nm),
            o2_columns_nm: chain.usable(&chain.o2_nm),
            reference_columns_nm: reference.usable(&reference.oxygen_nm()),
            column_spacing_nm: world.column_spacing_nm,
            counts_per_electron: world.counts_per_electron,
            read_noise_counts: world.read_noise_counts * f64::from(world.reads_per_position).sqrt(),
            calibration: TrueCalibration {
                pivot_ev,
                offset_ev: -world.axis_error_ev,
                dispersion_scale: 1.0 / (1.0 + world.dispersion_error),
            },
            reference_drift_ev: self.reference.drift_ev.clone(),
            scan_drift_ev: self.scan.drift_ev.clone(),
            reference_t_over_lambda: world.reference_t_over_lambda,
            scan_t_over_lambda: world.scan_t_over_lambda,
            ti3_fraction: world.ti3_fraction,
            ti_l_shift_ev: world.ti_l_shift_ev,
        })
    }
}

fn drops(world: &World, chain: &Chain, sites: &[Site], recipe: &Recipe) -> Result<Vec<TrueDrop>, SimulateError> {
    let thicker = world.reference_t_over_lambda.max(world.scan_t_over_lambda);
    let specimen = Specimen { t_over_lambda: thicker, ..Specimen::scan(world) };
    let o_k = FineSpectra::new(world, &specimen).o_k_on(world);
    let weights = Weights::new(world, chain);
    let axis = EnergyAxis::new(world.first_ev, world.dispersion_ev, world.channels)?;
    let mut drops = Vec::new();
    for edge in recipe.edges.iter().filter(|edge| edge.usage == EdgeUse::Drops) {
        let Some(a) = edge.normalise_by.as_deref().and_then(|label| edge.peak(label)) else { continue };
        let ratio = |spectrum: &[f64], window: EnergyWindow| {
            window.weights(&axis).integrate(spectrum) / a.window_ev.weights(&axis).integrate(spectrum)
        };
        for (which, site) in sites.iter().enumerate() {
            let seen = mix(&o_k, &summed(&weights, site));
            for peak in edge.peaks.iter().filter(|peak| peak.label != a.label && axis.covers(peak.window_ev)) {
                let pristine = ratio(&o_k[2], peak.window_ev);
                drops.push(TrueDrop {
                    site: site.name.clone(),
                    peak: peak.label.clone(),
                    drop: 1.0 - ratio(&seen, peak.window_ev) / pristine,
                    column_drop: 1.0 - ratio(&o_k[which], peak.window_ev) / pristine,
                });
            }
        }
    }
    Ok(drops)
}

/// Weights of O1, O2 and pristine oxygen in the sum over a site.
fn summed(weights: &Weights, site: &Site) -> [f64; 3] {
    let positions = site.positions();
    weights.o_k.each_ref().map(|w| positions.iter().filter_map(|&i| w.get(i)).sum())
}

/// Factor that gives the wanted electrons in peak a to the mean sum of O1 and O2.
pub(super) fn dose(world: &World, fine: &FineSpectra, weights: &Weights, chain: &Chain) -> Result<f64, SimulateError> {
    let sites = [("O1", &chain.o1_nm), ("O2", &chain.o2_nm)];
    let sites = sites.map(|(name, columns)| chain.site(name, columns, world.site_half_width_nm));
    if sites.iter().any(|site| site.columns.is_empty()) {
        let length_nm = world.positions as f64 * world.step_nm;
        return Err(SimulateError::NoColumns { length_nm });
    }
    let o_k = fine.o_k_on(world);
    let energies = true_energies(world);
    let inside = |e: &f64| *e >= PEAK_A_EV[0] && *e < PEAK_A_EV[1];
    let in_a: f64 = sites
        .iter()
        .map(|site| {
            let seen = mix(&o_k, &summed(weights, site));
            seen.iter().zip(&energies).filter(|(_, e)| inside(e)).map(|(n, _)| n).sum::<f64>()
        })
        .sum();
    let dose = 2.0 * world.electrons_in_a / in_a;
    if dose.is_finite() && dose > 0.0 {
        Ok(dose)
    } else {
        Err(SimulateError::Field { field: "last channel", value: world.first_ev, must: "above peak a (532 eV)" })
    }
}
