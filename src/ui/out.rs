//! What the panels ask for while they are drawn; carried out after the frame, in order.

use std::path::{Path, PathBuf};

use super::dialogs::DialogKind;
use super::figure_dialog::FigureAction;
use super::look::Look;
use super::preferences::Preferences;
use super::view_state::{EdgeChoice, Panels, Stage, ThemeChoice, ViewState};
use crate::app::FileSpec;
use crate::document::Command;
use crate::export::TableFormat;
use crate::model::ProfileKind;

/// Something asked of the window rather than of the document.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Action {
    /// Choose files.
    OpenDialog,
    /// Open a file, a session or a scan.
    Open(FileSpec),
    /// Stop opening a file.
    StopOpening(PathBuf),
    /// Choose the file that takes the place of one with this SHA-256.
    Locate(String),
    /// Put a file in the place of one with this SHA-256.
    Relink(String, PathBuf),
    /// Open a session of a run that did not end well.
    Restore(usize),
    /// Take such a session away.
    Discard(usize),
    /// Open the sample.
    OpenSample,
    /// Choose where to save the session.
    SaveDialog,
    /// Show the figure dialog.
    ExportDialog,
    /// Something of the figure dialog.
    Figure(FigureAction),
    /// Choose the folder to export everything to.
    ExportFolder,
    /// Close everything.
    CloseAll,
    /// End the program.
    Quit,
    /// Save what is not saved before going on, or give it up.
    AnswerUnsaved(bool),
    /// Stop the comparison that runs.
    Cancel,
    /// Show another stage.
    Stage(Stage),
    /// Show other edges.
    Edges(EdgeChoice),
    /// Curves one above the other, or not.
    Waterfall(bool),
    /// Show things in another way.
    Look(Box<Look>),
    /// Read the pictures of a file.
    LoadSurvey(PathBuf),
    /// Show another scan's map.
    Select(String),
    /// Show an energy range of an edge.
    Zoom(String, [f64; 2]),
    /// Show all of an edge, or of every edge.
    ResetZoom(Option<String>),
    /// Another theme.
    Theme(ThemeChoice),
    /// Put the drop table on the clipboard for a paper or for notes.
    CopyTableAs(TableFormat),
    /// Choose the folder for the net spectra as EMSA/MSA files.
    ExportMsa,
    /// Put the drop table on the clipboard.
    CopyTable,
    /// Take the preset of this name as the recipe.
    TakePreset(String),
    /// Save the recipe as a preset of this name.
    SavePreset(String),
    /// Open a dialog.
    Show(DialogKind),
    /// Close the dialog.
    CloseDialog,
    /// Other preferences.
    Prefer(Preferences),
    /// Everything larger by a factor.
    ScaleBy(f32),
    /// Give the keyboard to the next part of the window, or with -1 to the one before.
    Part(isize),
    /// Show or hide the panels at the sides.
    Panels(Panels),
    /// Put what a report of a defect needs on the clipboard.
    CopyDiagnostics,
    /// Put text on the clipboard.
    CopyText(String),
    /// Put a part of the window on the clipboard as a picture.
    CopyPicture(egui::Rect),
    /// Take a notice away.
    Dismiss(usize),
    /// Show what a file holds.
    Inspect(PathBuf),
    /// Show what a file holds, to choose the low loss of a scan from it.
    InspectForLowLoss(String, PathBuf),
    /// Choose the file with the low loss of a scan.
    LowLossDialog(String),
    /// Asks for the spectrum of Ti3+ alone.
    Ti3Dialog,
    /// Take the low loss of a scan from an image.
    PairLowLoss(String, FileSpec),
    /// Sample a picture along a line, in shares of its width and height, as a signal of a scan.
    SamplePicture(String, FileSpec, (ProfileKind, [[f64; 2]; 2])),
    /// Close the contents of a file.
    CloseContents,
    /// Show this step of the guide, or end it.
    Guide(Option<usize>),
}

/// Where the pointer is on the plots.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Hover {
    /// Edge of the pane.
    pub(super) edge: String,
    /// Energy, calibrated eV.
    pub(super) energy_ev: f64,
    /// Position on the map, when it is over the map.
    pub(super) position: Option<usize>,
}

/// Everything asked for in one frame.
#[derive(Debug, Default)]
pub(super) struct Out {
    /// For the document, in order.
    pub(super) commands: Vec<Command>,
    /// For the window, in order.
    pub(super) actions: Vec<Action>,
    /// Where the pointer is.
    pub(super) hover: Option<Hover>,
}

impl Out {
    /// Asks for a change of the document.
    pub(super) fn command(&mut self, command: Command) {
        self.commands.push(command);
    }

    /// Asks for something of the window.
    pub(super) fn action(&mut self, action: Action) {
        self.actions.push(action);
    }

    /// Asks for another look, on top of what was asked for in this frame already.
    pub(super) fn look(&mut self, view: &ViewState, change: impl FnOnce(&mut Look)) {
        let asked = self.actions.iter().rev().find_map(|action| match action {
            Action::Look(look) => Some(look.as_ref().clone()),
            _ => None,
        });
        let mut look = asked.unwrap_or_else(|| view.look.clone());
        change(&mut look);
        self.action(Action::Look(Box::new(look)));
    }

    /// Makes what a drag changes one step: begins it, and ends it after the change.
    pub(super) fn gesture(&mut self, response: &egui::Response, change: impl FnOnce(&mut Self)) {
        if response.drag_started() {
            self.command(Command::BeginGesture);
        }
        change(self);
        if response.drag_stopped() {
            self.command(Command::EndGesture);
        }
    }
}

/// Files that may hold a session beside sessions themselves: figures that Moray wrote.
pub(super) fn holds_session(path: &std::path::Path) -> bool {
    let figures = ["png", "svg", "pdf"];
    let is_figure = |extension: &std::ffi::OsStr| figures.iter().any(|kind| extension.eq_ignore_ascii_case(kind));
    is_session(path) || path.extension().is_some_and(is_figure)
}

/// Files that the window reads beside scans.
pub(super) fn is_session(path: &std::path::Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("moray"))
}

/// Paths as file specifications without an image. The first scan opened becomes the reference, and file dialogs give names
/// in alphabetical order: names that say so come first.
pub(super) fn specs(paths: impl IntoIterator<Item = PathBuf>) -> impl Iterator<Item = FileSpec> {
    let mut paths: Vec<PathBuf> = paths.into_iter().collect();
    paths.sort_by_key(|path| !names_a_reference(path));
    paths.into_iter().map(|path| FileSpec { path, image: None })
}

/// Whether the name of a file is that of a pristine specimen.
fn names_a_reference(path: &Path) -> bool {
    let name = path.file_stem().unwrap_or_default().to_string_lossy().to_lowercase();
    let mut words = name.split(|c: char| !c.is_alphanumeric());
    words.any(|word| ["pristine", "reference", "ref", "ocv", "fresh", "uncycled", "0v"].contains(&word))
}
