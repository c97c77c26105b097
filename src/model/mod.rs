//! Quantities and shapes: what a line scan, an energy window, a site and a recipe are.
//!
//! Nothing here reads files, decides science or draws. Each type keeps its own invariants, so nobody checks them again.

mod acquisition;
mod background_model;
pub mod edges;
mod energy;
mod figure_style;
mod fine_structure;
mod image;
mod line_scan;
mod matching;
mod recipe;
mod samples;
mod site;
mod spectrum_image;
mod statistics;
mod survey;
mod tiles;
mod white_lines;

pub use acquisition::{Acquisition, IntensityCalibration};
pub use background_model::BackgroundModel;
pub use edges::{EdgeSource, IonisationEdge};
pub use energy::{EnergyAxis, EnergyError, EnergyWindow, WindowWeights};
pub use figure_style::{
    ColourSet, FigureKind, FigureStyle, FontFamily, LegendPlace, MM_PER_PT, PanelLetters, PeakLabels, StyleError,
};
pub use fine_structure::{FinePeak, FineStructure};
pub use image::{Axis, AxisKind, FileContents, Image, ImageKind};
pub use line_scan::{Along, LineScan, LineScanError, Profile, ProfileKind};
pub use matching::ScanMatching;
pub use recipe::{
    AlignmentMethod, BackgroundChoice, CalibrationMethod, CalibrationRecipe, EdgeRecipe, EdgeUse, KeptSpike,
    NominalEnergies, OtherWindows, PeakMeasure, PeakWindow, ProbeModel, Recipe, RecipeError, SiteRecipe, SpikeHandling,
    TiLimits,
};
pub use samples::{ByteOrder, Bytes, SampleArray, SampleType, SamplesError};
pub use site::{Role, Site, SiteError, parse_sites};
pub use spectrum_image::{NavigationAxis, SpectrumImage, SpectrumImageError, nm_per_unit};
pub use statistics::Statistics;
pub use survey::{SurveyImage, SurveyImageError};
pub use white_lines::{TemplateLine, WhiteLines};
