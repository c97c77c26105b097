//! How things are shown: choices of the views, kept between runs.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::answers::Answers;
use super::sheet::{PictureFilter, SheetPage};
use crate::app::Region;

/// The signal beside the line scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum ProfileChoice {
    /// The best one there is: ABF, HAADF, then counts.
    #[default]
    Auto,
    /// Inverted ABF.
    Abf,
    /// HAADF.
    Haadf,
    /// Net O K.
    OK,
    /// Net Ti L.
    TiL,
    /// Counts in the range shown.
    View,
}

/// Counts to colour; each is evenly brighter to the eye.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum ColourMap {
    /// Violet to pale yellow.
    #[default]
    Inferno,
    /// Violet to pale pink.
    Magma,
    /// Blue to yellow through green; safe for colour-blind eyes.
    Viridis,
    /// Black to white.
    Grey,
}

/// What the strip under the spectra shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Strip {
    /// Site minus reference.
    #[default]
    Difference,
    /// Background fits: data minus model in standard deviations, in the windows of the fits.
    Residuals,
    /// Joint fits: the same over the whole range of the fit.
    FitResiduals,
}

/// Which scans are shown when there are several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Scans {
    /// The one chosen on the left, over the reference.
    #[default]
    Chosen,
    /// Each beside the others.
    SideBySide,
    /// All over each other.
    All,
}

/// Choices of the views. Everything here changes pictures only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Look {
    /// Picture of the specimen shown for a scan, by its number in the file.
    pub survey_image: BTreeMap<String, usize>,
    /// Spectra on a logarithmic axis.
    pub log: bool,
    /// The strip under the spectra.
    pub strip: Strip,
    /// Standard deviations to which differences carry a band: 0, 1 or 2.
    pub band_sigmas: u8,
    /// The signal beside the line scan.
    pub profile: ProfileChoice,
    /// Colours of the line scan.
    pub colours: ColourMap,
    /// Shares of the samples shown darkest and brightest.
    pub contrast: [f64; 2],
    /// Site, or the reference, whose joint fit is shown on the spectra.
    pub components: Option<String>,
    /// Two energies whose distance is shown, calibrated eV.
    pub cursors_ev: Option<[f64; 2]>,
    /// Which scans are shown.
    pub scans: Scans,
    /// What stands under the spectra.
    pub answers: Answers,
    /// Peak and site of the drop whose map over windows is shown.
    pub window_map: Option<[String; 2]>,
    /// Regions drawn on spectrum images, by scan.
    pub regions: BTreeMap<String, Region>,
    /// Energies of the map of a spectrum image, by name.
    pub area_window: Option<String>,
    /// What is done to the large survey picture.
    pub picture_filter: PictureFilter,
    /// The page on the quality of the data that is open.
    pub sheet: Option<SheetPage>,
}

impl Default for Look {
    fn default() -> Self {
        Self {
            survey_image: BTreeMap::new(),
            log: false,
            strip: Strip::default(),
            band_sigmas: 2,
            profile: ProfileChoice::default(),
            colours: ColourMap::default(),
            contrast: [0.01, 0.995],
            components: None,
            cursors_ev: None,
            scans: Scans::default(),
            answers: Answers::default(),
            window_map: None,
            regions: BTreeMap::new(),
            area_window: None,
            picture_filter: PictureFilter::default(),
            sheet: None,
        }
    }
}
