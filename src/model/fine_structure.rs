//! What the fine structure of an edge is made of: the model that the joint fit starts from.

use serde::{Deserialize, Serialize};

use super::{EdgeRecipe, EnergyWindow};

/// A peak of the fine structure as it is expected to be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FinePeak {
    /// Label of the peak in the edge's list.
    pub label: String,
    /// Typical energy, calibrated eV.
    pub energy_ev: f64,
    /// Typical full width at half maximum, eV.
    pub fwhm_ev: f64,
}

/// The model of an edge's fine structure: Gaussian peaks on a continuum step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FineStructure {
    /// Where it is fitted, calibrated eV: some pre-edge, all peaks, and no other edge.
    pub window_ev: EnergyWindow,
    /// Peaks, the normalising one first: the continuum moves with it.
    pub peaks: Vec<FinePeak>,
    /// Middle of the continuum step above the first peak, eV.
    pub step_above_ev: f64,
    /// Width of the continuum step, eV.
    pub step_width_ev: f64,
}

impl FineStructure {
    /// Pre-edge that is fitted, eV below the first peak's window.
    const BEFORE_EV: f64 = 24.5;
    /// Continuum that is fitted, eV above the last peak's window.
    const AFTER_EV: f64 = 8.0;
    /// Middle of the continuum step above the first peak, eV, and its width, eV.
    const STEP_EV: [f64; 2] = [4.0, 3.0];
    /// Width of a peak over that of the window that is set about it: those of O K in titanates have 0.58 to 0.82.
    const WIDTH_OF_WINDOW: f64 = 0.7;

    /// The fine structure of an edge: the recipe's, or one made from its windows (peaks in their middles).
    ///
    /// `None` when the edge names no normalising peak.
    ///
    /// ```
    /// use moray::model::{FineStructure, Recipe};
    /// let recipe = Recipe::preset("lto")?;
    /// let structure = FineStructure::of(&recipe.edges[1]).expect("O K is normalised by a");
    /// assert_eq!(structure.peaks[0].label, "a");
    /// assert_eq!(structure.window_ev.lo_ev(), 505.0);
    /// # Ok::<(), moray::model::RecipeError>(())
    /// ```
    pub fn of(edge: &EdgeRecipe) -> Option<Self> {
        if let Some(stated) = &edge.fine_structure {
            return Some(stated.clone());
        }
        let first = edge.peak(edge.normalise_by.as_deref()?)?;
        let others = edge.peaks.iter().filter(|peak| peak.label != first.label);
        let peaks: Vec<FinePeak> = std::iter::once(first)
            .chain(others)
            .map(|peak| FinePeak {
                label: peak.label.clone(),
                energy_ev: peak.window_ev.centre_ev(),
                fwhm_ev: Self::WIDTH_OF_WINDOW * peak.window_ev.width_ev(),
            })
            .collect();
        let all = edge.all_peaks_ev()?;
        let window_ev = EnergyWindow::new(all.lo_ev() - Self::BEFORE_EV, all.hi_ev() + Self::AFTER_EV).ok()?;
        let [step_above_ev, step_width_ev] = Self::STEP_EV;
        Some(Self { window_ev, peaks, step_above_ev, step_width_ev })
    }

    /// What is wrong with it for an edge with these peaks, when something is.
    pub(super) fn fault(&self, edge: &EdgeRecipe) -> Option<String> {
        let positive = |v: f64| v.is_finite() && v > 0.0;
        if self.peaks.first().map(|peak| peak.label.as_str()) != edge.normalise_by.as_deref() {
            return Some("the fine structure must begin with the normalising peak".to_owned());
        }
        if !positive(self.step_width_ev) || !self.step_above_ev.is_finite() {
            return Some("the continuum step needs a width above zero".to_owned());
        }
        for (k, peak) in self.peaks.iter().enumerate() {
            let label = &peak.label;
            if edge.peak(label).is_none() || self.peaks.iter().take(k).any(|other| other.label == *label) {
                return Some(format!("peak {label} of the fine structure is twice there, or not among the peaks"));
            }
            if !positive(peak.fwhm_ev) || !(self.window_ev.lo_ev()..self.window_ev.hi_ev()).contains(&peak.energy_ev) {
                return Some(format!("peak {label} of the fine structure needs a width, and an energy in its window"));
            }
        }
        None
    }
}
