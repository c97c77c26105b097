//! Integrals of site and reference over windows: of the edge as recorded, or of the edge without plural scattering.

use crate::model::{EdgeRecipe, EnergyWindow, PeakMeasure};

use super::drops::{self, Drops};
use super::net::{NetIntegral, Pair};
use super::single_scattering::SingleScattering;

/// What integrals are taken of.
pub(super) enum Integrals<'p, 'a> {
    Recorded(&'p Pair<'a>),
    Single(Box<SingleScattering<'p, 'a>>),
}

impl<'p, 'a> Integrals<'p, 'a> {
    /// As the measure has it; of the edge as recorded for one that is no integral.
    ///
    /// # Errors
    /// A sentence on why plural scattering cannot be removed.
    pub(super) fn of(pair: &'p Pair<'a>, measure: PeakMeasure) -> Result<Self, String> {
        match measure {
            PeakMeasure::SingleScattering => Ok(Self::Single(Box::new(SingleScattering::of(pair)?))),
            PeakMeasure::Window | PeakMeasure::Component | PeakMeasure::Maximum => Ok(Self::Recorded(pair)),
        }
    }

    /// Whether a window lies where both spectra can be integrated.
    pub(super) fn covers(&self, window: EnergyWindow) -> bool {
        match self {
            Self::Recorded(pair) => pair.site.covers(window) && pair.reference.covers(window),
            Self::Single(single) => single.covers(window),
        }
    }

    /// Of site and reference, electrons.
    pub(super) fn values(&self, window: EnergyWindow) -> [f64; 2] {
        match self {
            Self::Recorded(pair) => pair.integrals(window).map(|integral| integral.value),
            Self::Single(single) => single.values(window),
        }
    }

    /// The same with what they depend on.
    pub(super) fn with_influence(&self, window: EnergyWindow) -> [NetIntegral; 2] {
        match self {
            Self::Recorded(pair) => pair.integrals(window),
            Self::Single(single) => single.integrals(window),
        }
    }

    /// Drops of all peaks of an edge.
    ///
    /// # Errors
    /// A sentence on what is missing: the normalising peak, or the spectrum under a peak.
    pub(super) fn drops(&self, pair: &Pair<'_>, edge: &EdgeRecipe, normalise_by: &str) -> Result<Drops, String> {
        if let Some(peak) = edge.peaks.iter().find(|peak| !self.covers(peak.window_ev)) {
            return Err(format!(
                "peak {} reaches the last sixteenth of the spectrum, where the Fourier ratio fades it out: record further, \
                 or measure window integrals",
                peak.label
            ));
        }
        let drops = drops::measure_with(pair, edge, normalise_by, |window| self.with_influence(window));
        drops.ok_or_else(|| format!("no peak {normalise_by} to normalise by"))
    }
}

/// Drops of integrals by which parts of a scan are compared with each other: those of the recipe's measure, of the edge as
/// recorded where plural scattering cannot be removed; `None` without the normalising peak.
pub(super) fn drops_by_integrals(pair: &Pair<'_>, edge: &EdgeRecipe, normalise_by: &str) -> Option<Drops> {
    let integrals = Integrals::of(pair, edge.measure).unwrap_or(Integrals::Recorded(pair));
    integrals
        .drops(pair, edge, normalise_by)
        .or_else(|_| Integrals::Recorded(pair).drops(pair, edge, normalise_by))
        .ok()
}
