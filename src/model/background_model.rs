//! The names of background models.

use serde::{Deserialize, Serialize};

/// Background model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BackgroundModel {
    /// Power law for the reference, smooth ratio of the site to the reference.
    CommonShape,
    /// A power law for each spectrum, by maximum likelihood.
    PowerLaw,
    /// A power law by an unweighted line through logarithms, for comparison with older software.
    LogLog,
    /// A power law through the sums of two areas.
    TwoArea,
    /// An exponential, by maximum likelihood.
    Exponential,
    /// A second-degree polynomial of `ln E` for the logarithm, by maximum likelihood.
    LogPolynomial,
    /// A sum of power laws that falls and is convex.
    SumOfPowers,
}

impl BackgroundModel {
    /// The name in recipes and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::CommonShape => "common-shape",
            Self::PowerLaw => "power-law",
            Self::LogLog => "log-log",
            Self::TwoArea => "two-area",
            Self::Exponential => "exponential",
            Self::LogPolynomial => "log-polynomial",
            Self::SumOfPowers => "sum-of-powers",
        }
    }
}
