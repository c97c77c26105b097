//! Curves as they are drawn: which quantity, on which scale, and which curves cannot be.

use crate::analysis::{EdgeCurves, SiteCurve};
use crate::model::{EdgeRecipe, EdgeUse, EnergyWindow, Role};

/// What the curves of an edge show.
#[derive(Debug, Clone, PartialEq)]
pub enum Quantity {
    /// Net over the mean net of the normalising peak.
    PerPeak {
        /// Its label.
        peak: String,
    },
    /// Net, every site scaled to the reference's area in a window, the reference's maximum being 1.
    EqualArea {
        /// The window.
        window_ev: EnergyWindow,
    },
    /// Net electrons as they are: the reference could not be normalised.
    NetElectrons,
}

/// One curve as drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct ShownCurve<'a> {
    /// Where it comes from.
    pub source: &'a SiteCurve,
    /// Values, one for each energy; `None` when it cannot be brought to the common scale.
    pub values: Option<ShownValues>,
}

/// Values of a drawn curve with their standard deviations.
#[derive(Debug, Clone, PartialEq)]
pub struct ShownValues {
    /// Values.
    pub value: Vec<f64>,
    /// Standard deviations from counting.
    pub sigma: Vec<f64>,
}

/// The curves of one edge as drawn, the reference first.
#[derive(Debug, Clone, PartialEq)]
pub struct ShownEdge<'a> {
    /// The edge.
    pub edge: &'a EdgeCurves,
    /// What the values are.
    pub quantity: Quantity,
    /// The curves.
    pub curves: Vec<ShownCurve<'a>>,
}

impl<'a> ShownEdge<'a> {
    /// Brings the curves of an edge to one scale: by the normalising peak where peaks are compared, by equal area
    /// where shapes are.
    pub fn of(edge: &'a EdgeCurves, recipe: &EdgeRecipe) -> Self {
        let scaled = match edge.usage {
            EdgeUse::Drops => per_peak(edge, recipe),
            EdgeUse::Invariance => equal_area(edge, recipe),
        };
        scaled.unwrap_or_else(|| Self::net(edge))
    }

    fn net(edge: &'a EdgeCurves) -> Self {
        let curves = edge.spectra.iter().map(|source| ShownCurve { source, values: Some(net_times(source, 1.0)) });
        Self { edge, quantity: Quantity::NetElectrons, curves: curves.collect() }
    }

    /// The reference's values, when there are any.
    pub fn reference(&self) -> Option<&ShownValues> {
        self.curves.iter().find(|curve| curve.source.role == Role::Reference)?.values.as_ref()
    }

    /// The values of a curve on the common scale; `None` when it, or the reference, could not be brought to it.
    pub fn normalised<'s>(&self, curve: &'s ShownCurve<'a>) -> Option<&'s ShownValues> {
        curve.values.as_ref().filter(|_| self.quantity != Quantity::NetElectrons)
    }

    /// Whether plural scattering is removed from the values.
    pub fn single_scattering(&self) -> bool {
        reference(self.edge).is_some_and(|curve| curve.single_scattering)
    }

    /// One sentence on what the values are, for headers of tables.
    pub fn statement(&self) -> String {
        match &self.quantity {
            Quantity::PerPeak { peak } if self.single_scattering() => format!(
                "normalised = net without plural scattering (Fourier ratio) / (its mean per channel of peak {peak})"
            ),
            Quantity::PerPeak { peak } => format!("normalised = net / (mean net per channel of peak {peak})"),
            Quantity::EqualArea { window_ev } => {
                format!(
                    "normalised = net, scaled to the area of the reference in {window_ev}; maximum of the reference = 1"
                )
            }
            Quantity::NetElectrons => "normalised is empty: the reference could not be normalised".to_owned(),
        }
    }
}

fn reference(edge: &EdgeCurves) -> Option<&SiteCurve> {
    edge.spectra.iter().find(|curve| curve.role == Role::Reference)
}

fn per_peak<'a>(edge: &'a EdgeCurves, recipe: &EdgeRecipe) -> Option<ShownEdge<'a>> {
    let normalised = |curve: &SiteCurve| !curve.normalised.is_empty();
    reference(edge).filter(|curve| normalised(curve))?;
    let values = |curve: &SiteCurve| {
        let values = ShownValues { value: curve.normalised.clone(), sigma: curve.normalised_sigma.clone() };
        normalised(curve).then_some(values)
    };
    let curves = edge.spectra.iter().map(|source| ShownCurve { source, values: values(source) }).collect();
    Some(ShownEdge { edge, quantity: Quantity::PerPeak { peak: recipe.normalise_by.clone()? }, curves })
}

fn equal_area<'a>(edge: &'a EdgeCurves, recipe: &EdgeRecipe) -> Option<ShownEdge<'a>> {
    let window_ev = recipe.compare_window_ev?;
    let positive = |value: f64| (value.is_finite() && value > 0.0).then_some(value);
    let area = |curve: &SiteCurve| positive(inside(edge, &curve.net, window_ev).sum());
    let reference = reference(edge)?;
    let maximum = positive(inside(edge, &reference.net, recipe.display_ev).fold(0.0, f64::max))?;
    let target = area(reference)?;
    let values = |curve: &SiteCurve| Some(net_times(curve, target / area(curve)? / maximum));
    let curves = edge.spectra.iter().map(|source| ShownCurve { source, values: values(source) }).collect();
    Some(ShownEdge { edge, quantity: Quantity::EqualArea { window_ev }, curves })
}

fn net_times(curve: &SiteCurve, factor: f64) -> ShownValues {
    let scaled = |values: &[f64]| values.iter().map(|v| v * factor).collect();
    ShownValues { value: scaled(&curve.net), sigma: scaled(&curve.raw_sigma) }
}

/// The values of channels whose centres lie in a window.
fn inside<'a>(edge: &'a EdgeCurves, values: &'a [f64], window: EnergyWindow) -> impl Iterator<Item = f64> + 'a {
    let held = move |energy: f64| energy >= window.lo_ev() && energy < window.hi_ev();
    edge.energy_ev.iter().zip(values).filter(move |(energy, _)| held(**energy)).map(|(_, value)| *value)
}
