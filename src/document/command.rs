//! Everything a user can do to a document, as data: a log of commands is provenance, a list of them is a test.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{ProfileFile, SessionInput, SideFile, SurveyLine};
use crate::analysis::bootstrap::DRAWS;
use crate::model::{
    AlignmentMethod, BackgroundModel, CalibrationRecipe, EnergyWindow, FigureStyle, KeptSpike, PeakMeasure, PeakWindow,
    ProbeModel, Recipe, Role, Site, SiteRecipe, SpikeHandling,
};

/// Which energy window of an edge.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WindowName {
    /// Pre-edge window of the background.
    Background,
    /// Further window of the background, by its number.
    MoreBackground(usize),
    /// Window of the ratio fit of the common shape.
    Ratio,
    /// Window of the comparison of shapes.
    Compare,
    /// Range shown in plots and figures.
    Display,
    /// The peak with this label.
    Peak(String),
}

impl std::fmt::Display for WindowName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Background => f.write_str("background window"),
            Self::MoreBackground(number) => write!(f, "background window {}", number + 2),
            Self::Ratio => f.write_str("ratio window"),
            Self::Compare => f.write_str("comparison window"),
            Self::Display => f.write_str("range shown"),
            Self::Peak(label) => write!(f, "peak {label}"),
        }
    }
}

/// One action. Scans, sites, edges and peaks are named; positions are half-open and 0-based; energies calibrated eV.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
#[allow(missing_docs, reason = "fields are named by what they hold")]
pub enum Command {
    /// Adds a scan whose samples are held.
    AddScan { input: SessionInput },
    /// Takes a scan out of the session.
    RemoveScan { scan: String },
    /// Calls a scan something else.
    RenameScan { scan: String, name: String },
    /// Gives a scan its part; a new reference makes the old one a scan.
    SetRole { scan: String, role: Role },
    /// Sets all sites of a scan, or lets them be found.
    SetSites { scan: String, sites: Option<Vec<Site>> },
    /// Moves every column of a site by whole positions.
    MoveSite { scan: String, site: String, by: i64 },
    /// Sets the range of one column of a site.
    MoveColumn { scan: String, site: String, column: usize, from: usize, to: usize },
    /// Adds a column to a site, which is made when missing.
    AddColumn { scan: String, site: String, from: usize, to: usize },
    /// Takes a column out of a site; a site without columns vanishes.
    RemoveColumn { scan: String, site: String, column: usize },
    /// Says where a scan ran on a picture of the specimen.
    SetSurvey { survey: SurveyLine },
    /// Sets an energy window of an edge.
    MoveWindow { edge: String, window: WindowName, window_ev: EnergyWindow },
    /// Adds a peak to an edge.
    AddPeak { edge: String, peak: PeakWindow },
    /// Takes a peak out of an edge.
    RemovePeak { edge: String, label: String },
    /// Says which final states a peak belongs to.
    SetAssignment { edge: String, label: String, assignment: String },
    /// Chooses the peak that normalises.
    SetNormalisingPeak { edge: String, label: String },
    /// Chooses what stands for the size of the peaks of an edge.
    SetMeasure { edge: String, measure: PeakMeasure },
    /// Makes the joint fit of an edge beside the window drops, or not.
    SetJointFit { edge: String, on: bool },
    /// States the probe whose neighbours are taken out of the drops of an edge, or takes nothing out.
    SetUnmixing { edge: String, probe: Option<ProbeModel> },
    /// Chooses the background model of an edge.
    SetBackgroundModel { edge: String, model: BackgroundModel },
    /// Adds a window that the background is fitted over as well.
    AddBackgroundWindow { edge: String, window_ev: EnergyWindow },
    /// Takes one of these windows away.
    RemoveBackgroundWindow { edge: String, number: usize },
    /// Sets the energy calibration.
    SetCalibration { calibration: CalibrationRecipe },
    /// Sets the energy alignment.
    SetAlignment { method: AlignmentMethod },
    /// Removes X-ray spikes, or leaves them.
    SetSpikes { spikes: SpikeHandling },
    /// Leaves samples as recorded though they look like spikes, or lets them be judged again.
    KeepSpike { samples: Vec<KeptSpike>, keep: bool },
    /// Sets counts per electron, or lets them be found.
    SetGain { counts_per_electron: Option<f64> },
    /// Sets how sites are found and how wide they are.
    SetSiteRecipe { sites: SiteRecipe },
    /// Replaces the whole recipe.
    SetRecipe { recipe: Box<Recipe> },
    /// Sets how figures look.
    SetFigureStyle { style: Box<FigureStyle> },
    /// Asks for a bootstrap of the drops with so many draws, or for none.
    SetBootstrap { draws: Option<u32> },
    /// Takes the low loss of a scan from another image, whose samples are held together with the scan's, or from the
    /// scan's own file again.
    SetLowLoss { scan: String, file: Option<SideFile> },
    /// Takes signals along a scan from other files or pictures, in place of those of its own file; they are held together with
    /// the scan's samples. None takes its own again.
    SetProfiles { scan: String, profiles: Vec<ProfileFile> },
    /// Chooses the spectrum of Ti3+ alone, whose samples are held, or lets its shape be assumed.
    SetTi3Reference { file: Option<SideFile> },
    /// What follows is one step until `EndGesture`.
    BeginGesture,
    /// Closes the step that `BeginGesture` opened.
    EndGesture,
    /// Takes the last step back.
    Undo,
    /// Does the step taken back last again.
    Redo,
}

impl Command {
    /// Path and SHA-256 of every file that it names.
    pub(super) fn files_mut(&mut self) -> Vec<(&mut PathBuf, &mut String)> {
        match self {
            Self::AddScan { input } => input.files_mut().collect(),
            Self::SetTi3Reference { file: Some(file) } | Self::SetLowLoss { file: Some(file), .. } => {
                vec![(&mut file.path, &mut file.sha256)]
            }
            Self::SetProfiles { profiles, .. } => {
                profiles.iter_mut().map(|profile| (&mut profile.file.path, &mut profile.file.sha256)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The one command that does what this one and the next do together, when there is such a one: a drag is a long
    /// row of them.
    pub(super) fn followed_by(&self, next: &Self) -> Option<Self> {
        let same = match (self, next) {
            (Self::MoveWindow { edge, window, .. }, Self::MoveWindow { edge: e, window: w, .. }) => {
                (edge, window) == (e, w)
            }
            (
                Self::MoveColumn { scan, site, column, .. },
                Self::MoveColumn { scan: scan_2, site: site_2, column: column_2, .. },
            ) => (scan, site, column) == (scan_2, site_2, column_2),
            (Self::MoveSite { scan, site, by }, Self::MoveSite { scan: scan_2, site: site_2, by: more }) => {
                let both = by.checked_add(*more).filter(|_| (scan, site) == (scan_2, site_2));
                return both.map(|by| Self::MoveSite { scan: scan.clone(), site: site.clone(), by });
            }
            (Self::SetUnmixing { edge, .. }, Self::SetUnmixing { edge: e, .. }) => edge == e,
            (Self::SetCalibration { .. }, Self::SetCalibration { .. })
            | (Self::SetGain { .. }, Self::SetGain { .. }) => true,
            _ => false,
        };
        same.then(|| next.clone())
    }
}

/// Why a command was refused.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[allow(missing_docs, reason = "fields are named by what they hold")]
pub enum CommandError {
    /// The scan's samples have not been handed in.
    #[error("{name} has not been opened")]
    NotOpened { name: String },
    /// The very same image is already there.
    #[error("{name} is already open")]
    AlreadyThere { name: String },
    /// A name is empty or another scan has it.
    #[error("the name \"{name}\" cannot be used: it is empty or taken")]
    BadName { name: String },
    /// No such scan.
    #[error("there is no scan called {scan}")]
    NoScan { scan: String },
    /// No such site; or the scan's sites are found, not set.
    #[error("{scan} has no site {site} that was set by hand")]
    NoSite { scan: String, site: String },
    /// No such column.
    #[error("site {site} of {scan} has no column {column}")]
    NoColumn { scan: String, site: String, column: usize },
    /// A range is empty or leaves the scan.
    #[error("positions {from} to {to} do not lie on {scan}, which has {positions}")]
    BadRange { scan: String, from: i64, to: i64, positions: usize },
    /// Two sites share a name, or a site has no column.
    #[error("the sites of {scan} cannot be used: {what}")]
    BadSites { scan: String, what: String },
    /// A line on a picture is a point, or no place at all.
    #[error("the line of {scan} on the picture has no length")]
    BadLine { scan: String },
    /// No such edge.
    #[error("the recipe has no edge {edge}")]
    NoEdge { edge: String },
    /// No such peak.
    #[error("{edge} has no peak {label}")]
    NoPeak { edge: String, label: String },
    /// No such further window of the background.
    #[error("{edge} has no background window {}", number + 2)]
    NoWindow { edge: String, number: usize },
    /// Too few draws for an interval, or more than anybody needs.
    #[error("a bootstrap takes {} to {} draws, not {draws}", DRAWS.start(), DRAWS.end())]
    BadDraws { draws: u32 },
    /// The recipe would contradict itself.
    #[error("{what}")]
    BadRecipe { what: String },
    /// A figure could not be drawn in this style.
    #[error("{what}")]
    BadStyle { what: String },
    /// There is no step to take back.
    #[error("there is nothing to undo")]
    NothingToUndo,
    /// There is no step to do again.
    #[error("there is nothing to redo")]
    NothingToRedo,
    /// A gesture begins while one is open.
    #[error("a gesture is already open")]
    GestureOpen,
    /// A gesture ends that never began.
    #[error("no gesture is open")]
    NoGesture,
}
