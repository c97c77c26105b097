//! Why an analysis could not be made: which edge, which site, what is wrong, with numbers.

use crate::model::EnergyWindow;
use crate::progress::Cancelled;

/// Why a comparison could not be made. Each variant says what to do in [`AnalysisError::hint`].
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum AnalysisError {
    /// The user asked to stop.
    #[error("cancelled")]
    Cancelled,
    /// A scan's dispersion is not the reference's.
    #[error("{scan}: {scan_ev} eV per channel, but the reference has {reference_ev} eV")]
    DispersionDiffers {
        /// The scan.
        scan: String,
        /// Its dispersion, eV.
        scan_ev: f64,
        /// The reference's, eV.
        reference_ev: f64,
    },
    /// A scan cannot be brought to the dispersion or the resolution of another.
    #[error("{scan} cannot be matched: {why}")]
    NotMatched {
        /// The scan.
        scan: String,
        /// Why.
        why: String,
    },
    /// Spectra cannot be used for what is asked.
    #[error("{name}: {why}")]
    NotUsable {
        /// The spectra.
        name: String,
        /// Why.
        why: String,
    },
    /// A picture could not be filtered or measured.
    #[error(transparent)]
    Image(#[from] super::image::ImageError),
    /// A spectrum cannot be freed from plural scattering.
    #[error("plural scattering cannot be removed: {why}")]
    NotDeconvolved {
        /// Why.
        why: &'static str,
    },
    /// Neither the white lines nor O K were found where they are sought.
    #[error(
        "no {white_lines}2,3 between {ti_from_ev:.0} and {ti_to_ev:.0} eV (best match {ti_explained:.2}) and no O K onset at its distance from it"
    )]
    NoFeatures {
        /// Name of the white lines, such as `Ti L`.
        white_lines: String,
        /// Where the search for L2 began, eV of the file.
        ti_from_ev: f64,
        /// Where it ended, eV of the file.
        ti_to_ev: f64,
        /// Best explained variance (0.85 is needed).
        ti_explained: f64,
    },
    /// A window is not inside the data.
    #[error(
        "{edge} at {site}: window {window} lies outside the data ({from_ev:.1}-{to_ev:.1} eV on the calibrated axis)"
    )]
    OutsideData {
        /// The edge.
        edge: String,
        /// The site.
        site: String,
        /// The window.
        window: EnergyWindow,
        /// First usable energy, eV.
        from_ev: f64,
        /// Last usable energy, eV.
        to_ev: f64,
    },
    /// A background window has too few channels.
    #[error("{edge}: background window {window} holds {channels} channels; 10 are needed")]
    TooFewChannels {
        /// The edge.
        edge: String,
        /// The window.
        window: EnergyWindow,
        /// Channels inside.
        channels: usize,
    },
    /// A background window overlaps a peak.
    #[error("{edge}: background window {window} overlaps peak {peak}")]
    Overlap {
        /// The edge.
        edge: String,
        /// The background window.
        window: EnergyWindow,
        /// The peak.
        peak: String,
    },
    /// There is no signal to fit a background to.
    #[error("{edge} at {site}: no background signal in {window}")]
    NoBackgroundSignal {
        /// The edge.
        edge: String,
        /// The site.
        site: String,
        /// The window.
        window: EnergyWindow,
    },
    /// The fine structure of an edge could not be fitted.
    #[error(transparent)]
    FineStructure(#[from] super::fit::FitError),
    /// A fit did not settle.
    #[error("{edge} at {site}: the {fit} did not settle")]
    FitFailed {
        /// The edge.
        edge: String,
        /// The site.
        site: String,
        /// Which fit.
        fit: &'static str,
    },
    /// A site has no position, or positions outside its scan.
    #[error("{scan}: site {site} needs positions within 0..{positions}")]
    BadSite {
        /// The scan.
        scan: String,
        /// The site.
        site: String,
        /// Positions of the scan.
        positions: usize,
    },
}

impl AnalysisError {
    /// What the user can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Cancelled => "",
            Self::Image(error) => error.hint(),
            Self::NotUsable { .. } => "`moray info` shows what the file holds",
            Self::DispersionDiffers { .. } => {
                "match them: finer channels are summed onto the coarser (\"matching\" in the recipe, or --match)"
            }
            Self::NotMatched { .. } => "record both alike, or remove the scan",
            Self::NotDeconvolved { .. } => "check the low loss, or take a wider Gaussian",
            Self::NoFeatures { .. } => {
                "check that these are core-loss spectra with Ti L and O K, or set the calibration by hand"
            }
            Self::OutsideData { .. } => "move the window inside the data",
            Self::TooFewChannels { .. } => "widen the window",
            Self::Overlap { .. } => "move one of the two windows",
            Self::NoBackgroundSignal { .. } => "check the window and the dark reference of the scan",
            Self::FineStructure(error) => error.hint(),
            Self::FitFailed { .. } => "move or widen the background window",
            Self::BadSite { .. } => "give positions of the scan, 0-based and half-open, as in O1=4..9",
        }
    }
}

impl From<Cancelled> for AnalysisError {
    fn from(_: Cancelled) -> Self {
        Self::Cancelled
    }
}
