//! A reference spectrum of Ti3+ supplied by the user, such as Ti2O3 or LaTiO3: what its Ti L looks like and where it lies.

use std::sync::Arc;

use ndarray::Axis;

use crate::analysis::background::{Background, power_law};
use crate::analysis::features;
use crate::analysis::noise::NoiseModel;
use crate::analysis::pattern::FixedPattern;
use crate::analysis::sums::SummedSpectrum;
use crate::model::{CalibrationRecipe, EdgeRecipe, EnergyAxis, EnergyWindow, LineScan};

/// Spectra of a material with Ti3+ alone, on an axis whose energies are right: they say where Ti3+ lies.
#[derive(Debug, Clone)]
pub struct Ti3Reference {
    /// Short name, such as the file's.
    pub name: String,
    /// Its spectra; all positions are summed.
    pub scan: Arc<LineScan>,
}

/// Why a Ti3+ reference cannot be used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Ti3Error {
    /// It does not reach over the comparison window.
    #[error("it covers {first_ev:.1} to {last_ev:.1} eV, not the comparison window {window}")]
    Range {
        /// First energy, eV.
        first_ev: f64,
        /// Last energy, eV.
        last_ev: f64,
        /// What is needed.
        window: EnergyWindow,
    },
    /// Nothing is left above its background.
    #[error("it shows no Ti L above its background in {window}")]
    NoEdge {
        /// Where it was sought.
        window: EnergyWindow,
    },
}

/// The net Ti L of a Ti3+ reference, of any scale, at any energy of the comparison window.
#[derive(Debug, Clone, PartialEq)]
pub struct Ti3Shape {
    axis: EnergyAxis,
    net: Vec<f64>,
    /// Where its L3 lies, eV of the file, when it is found.
    pub l3_ev: Option<f64>,
    /// Whether a background was subtracted; a spectrum that begins too late, or is zero before the edge, is taken as net.
    pub background_subtracted: bool,
}

impl Ti3Shape {
    /// The net edge: the sum of all positions less a power law fitted on the edge's own pre-edge window.
    ///
    /// `n - b` in the spectrum's own unit, by the definition; taken as net where no background can be fitted.
    ///
    /// # Errors
    /// [`Ti3Error`] when the spectrum does not cover the comparison window or shows no edge there.
    ///
    /// # Examples
    /// ```
    /// use std::sync::Arc;
    ///
    /// use moray::analysis::ti_l::{Ti3Error, Ti3Reference, Ti3Shape};
    /// use moray::model::{EnergyAxis, LineScan, Recipe};
    /// use ndarray::Array2;
    ///
    /// let recipe = Recipe::preset("lto")?;
    /// let reference = |first_ev: f64| {
    ///     let axis = EnergyAxis::new(first_ev, 0.25, 400).unwrap();
    ///     let line = |e: f64, at: f64| (-2.7726 * ((e - at) / 1.6).powi(2)).exp();
    ///     let curve = |e: f64| 2e4 * ((e / 450.0).powf(-3.0) + line(e, 458.75) + 0.8 * line(e, 464.25));
    ///     let counts = Array2::from_shape_fn((1, 400), |(_, i)| curve(axis.energy_at(i as f64)));
    ///     Ti3Reference { name: "Ti2O3".into(), scan: Arc::new(LineScan::new(axis, counts).unwrap()) }
    /// };
    /// let shape = Ti3Shape::new(&reference(430.0), &recipe.edges[0], &recipe.calibration)?;
    /// // The power law is gone: the first line has its own height.
    /// assert!(shape.background_subtracted && (shape.at(458.75) / 2e4 - 1.0).abs() < 0.01);
    /// let late = Ti3Shape::new(&reference(470.0), &recipe.edges[0], &recipe.calibration);
    /// assert!(matches!(late, Err(Ti3Error::Range { .. })));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new(reference: &Ti3Reference, edge: &EdgeRecipe, calibration: &CalibrationRecipe) -> Result<Self, Ti3Error> {
        let axis = *reference.scan.axis();
        let window = edge.compare_window_ev.unwrap_or(edge.display_ev);
        if !axis.covers(window) {
            return Err(Ti3Error::Range { first_ev: axis.first_ev(), last_ev: axis.last_ev(), window });
        }
        let total = reference.scan.counts().sum_axis(Axis(0)).to_vec();
        let background = background(&reference.scan, edge);
        let below = |i: usize| background.as_ref().map_or(0.0, |power| power.at(axis.energy_at(i as f64)));
        let net: Vec<f64> = total.iter().enumerate().map(|(i, n)| n - below(i)).collect();
        let area: f64 = window.weights(&axis).iter().map(|(i, w)| w * net[i]).sum();
        if !(area > 0.0 && area.is_finite()) {
            return Err(Ti3Error::NoEdge { window });
        }
        let l3_ev = features::find(&total, &axis, calibration).found_ev.ti_l3;
        Ok(Self { axis, l3_ev, background_subtracted: background.is_some(), net })
    }

    /// The net edge at an energy, between its channels along a straight line.
    ///
    /// In the spectrum's own unit; beyond its ends the values there.
    pub fn at(&self, energy_ev: f64) -> f64 {
        let last = self.net.len().saturating_sub(1);
        let channel = self.axis.channel_at(energy_ev).clamp(0.0, last as f64);
        let low = channel.floor() as usize;
        let (a, b) = (self.net[low], self.net[(low + 1).min(last)]);
        a + (channel - low as f64) * (b - a)
    }
}

/// The power law before the edge; `None` where there is nothing to fit it on.
fn background(scan: &LineScan, edge: &EdgeRecipe) -> Option<Background> {
    let axis = scan.axis();
    if !axis.covers(edge.background.window_ev) {
        return None;
    }
    let all: Vec<usize> = (0..scan.positions()).collect();
    let sum = SummedSpectrum::new(scan, &all, axis, &[], &NoiseModel::unit(), &FixedPattern::none());
    power_law(&sum, edge.background.window_ev).ok()
}
