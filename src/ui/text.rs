//! Every word a user sees. Sentence case, an ellipsis where a dialog follows, no colon after labels.

pub(super) const APP: &str = "Moray";
pub(super) const APP_ID: &str = "moray";

pub(super) const FILE: &str = "File";
pub(super) const EDIT: &str = "Edit";
pub(super) const VIEW: &str = "View";
pub(super) const PROCESS: &str = "Process";
pub(super) const HELP: &str = "Help";
pub(super) const OPEN: &str = "Open…";
pub(super) const OPEN_SHORT: &str = "+ Open";
pub(super) const OPEN_RECENT: &str = "Open recent";
pub(super) const OPEN_SAMPLE: &str = "Open the sample";
pub(super) const SAVE_SESSION: &str = "Save session…";
pub(super) const EXPORT: &str = "Export…";
pub(super) const SESSION: &str = "Session…";
pub(super) const OPEN_TITLE: &str = "Open line scans or a session";
pub(super) const SAVE_TITLE: &str = "Save session";
pub(super) const EXPORT_TITLE: &str = "Export to a folder";
pub(super) const FILTER_SCANS: &str = "Line scans and sessions";
pub(super) const FILTER_SESSIONS: &str = "Moray sessions";
pub(super) const FILTER_ALL: &str = "All files";
pub(super) const CLOSE_ALL: &str = "Close all";
pub(super) const QUIT: &str = "Quit";
pub(super) const UNDO: &str = "Undo";
pub(super) const REDO: &str = "Redo";
pub(super) const COPY_TABLE: &str = "Copy table";
pub(super) const RESET_RECIPE: &str = "Reset recipe";
pub(super) const RESET_ZOOM: &str = "Reset zoom";
pub(super) const THEME_SYSTEM: &str = "Follow the system";
pub(super) const THEME_LIGHT: &str = "Light";
pub(super) const THEME_DARK: &str = "Dark";
pub(super) const ABOUT: &str = "About Moray";
pub(super) const LICENCES: &str = "Licences…";
pub(super) const LICENCES_TITLE: &str = "Licences";
pub(super) const COPY_DIAGNOSTICS: &str = "Copy diagnostics";
pub(super) const DIAGNOSTICS_COPIED: &str = "Diagnostics copied: versions, machine and sizes, no paths and no data";
pub(super) const COMMAND_PALETTE: &str = "Find a command…";
pub(super) const COMMAND_HINT: &str = "Type a few letters of what you want to do";
pub(super) const NOTHING_FOUND: &str = "Nothing of that name";
pub(super) const SHORTCUTS: &str = "Keys and gestures";
pub(super) const SEARCH: &str = "Search";
pub(super) const PREFERENCES: &str = "Preferences…";
pub(super) const PREFERENCES_TITLE: &str = "Preferences";
pub(super) const STAGE: &str = "Stage";
pub(super) const EDGES: &str = "Edges";
pub(super) const SHOW_SCAN: &str = "Show scan";
pub(super) const THEME: &str = "Theme";
pub(super) const PANEL_SCANS: &str = "Panel of scans";
pub(super) const PANEL_RECIPE: &str = "Panel of the recipe";
pub(super) const LARGER: &str = "Larger";
pub(super) const SMALLER: &str = "Smaller";
pub(super) const FIND_SITES_OF: &str = "Find sites again";
pub(super) const CANCEL_COMPARING: &str = "Cancel the comparison";
pub(super) const FONT_SCALE: &str = "Size of text";
pub(super) const UI_SCALE: &str = "Size of everything";
pub(super) const THREADS: &str = "Threads";
pub(super) const THREADS_ALL: &str = "As many as the machine has";
pub(super) const NEXT_START: &str = "from the next start on";
pub(super) const EDITED: &str = "edited";
pub(super) const NO_FILES: &str = "No scans open";

pub(super) const SCANS: &str = "SCANS";
pub(super) const RECIPE: &str = "RECIPE";
pub(super) const REFERENCE: &str = "Reference";
pub(super) const SCAN: &str = "Scan";
pub(super) const MAKE_REFERENCE: &str = "Make this the reference";
pub(super) const REMOVE_SCAN: &str = "Remove from session";
pub(super) const SITES: &str = "Sites";
pub(super) const SITES_FOUND: &str = "found";
pub(super) const SITES_MANUAL: &str = "by hand";
pub(super) const SITES_PENDING: &str = "Not found yet";
pub(super) const FIND_AGAIN: &str = "Find again";
pub(super) const FIND_SITES: &str = "Find its sites again";
pub(super) const WHOLE_SCAN: &str = "whole scan";
pub(super) const NO_COLUMNS: &str = "No oxygen columns seen; set sites by hand";
pub(super) const ALL_SITES: &str = "all O sites";
pub(super) const SITES_HINT: &str =
    "Drag a band on the line scan to move a column, its edge to widen it; with Shift the whole site moves.";
pub(super) const REMOVE_COLUMN: &str = "Remove column";

pub(super) const LINE_SCAN: &str = "Line scan";
pub(super) const SPECTRA: &str = "Spectra";
pub(super) const DIFFERENCES: &str = "Differences";
pub(super) const REFERENCE_SHORT: &str = "ref";
pub(super) const BOTH: &str = "Both";
pub(super) const OVERLAY: &str = "Overlay";
pub(super) const WATERFALL: &str = "Waterfall";
pub(super) const STAGE_RAW: &str = "Raw";
pub(super) const STAGE_BACKGROUND: &str = "Background";
pub(super) const STAGE_SUBTRACTED: &str = "Subtracted";
pub(super) const STAGE_NORMALISED: &str = "Normalised";
pub(super) const ENERGY_LOSS: &str = "Energy loss (eV)";
pub(super) const STALE: &str = "Not up to date";
pub(super) const PER_POSITION: &str = "Electrons per position";
pub(super) const PER_PEAK: &str = "Intensity / mean of peak";
pub(super) const NORMALISED_BY: &str = "Intensity, normalised";
pub(super) const SITE_MINUS_REFERENCE: &str = "site − reference";
pub(super) const PROFILE_VIEW: &str = "counts in view";
pub(super) const PROFILE_ABF: &str = "inverted ABF";
pub(super) const PROFILE_HAADF: &str = "HAADF";
pub(super) const PROFILE_O_K: &str = "net O K";
/// On chips: in full, and where there is little room.
pub(super) const BAND_BACKGROUND: (&str, &str) = ("background", "bg");
pub(super) const BAND_RATIO: (&str, &str) = ("ratio", "r");
pub(super) const NOT_NORMALISED: &str = "No normalised spectra for this edge";
pub(super) const COUNTS_PER_POSITION: &str = "Counts per position";
pub(super) const NO_CURVES: &str = "No spectra yet";

pub(super) const DROPS_TITLE: &str = "Drop of peaks";
pub(super) const PEAK: &str = "Peak";
pub(super) const DROP: &str = "drop";
pub(super) const P_VALUE: &str = "p";
pub(super) const OPEN_SECOND: &str = "Open a second scan to compare with the reference";
pub(super) const NO_RESULT: &str = "No result yet";
pub(super) const UPDATING: &str = "Updating…";
pub(super) const COMPARING: &str = "Comparing";
pub(super) const OPENING: &str = "Opening";
pub(super) const CANCEL: &str = "Cancel";

pub(super) const ENERGY_AXIS: &str = "Energy axis";
pub(super) const CALIBRATE: &str = "Calibrate";
pub(super) const CALIBRATE_FEATURES: &str = "By Ti L and O K";
pub(super) const CALIBRATE_FILE: &str = "As in the file";
pub(super) const CALIBRATE_MANUAL: &str = "By hand";
pub(super) const OFFSET: &str = "Offset";
pub(super) const DISPERSION_SCALE: &str = "Dispersion ×";
pub(super) const ALIGN: &str = "Align";
pub(super) const ALIGN_AUTO: &str = "Automatic";
pub(super) const ALIGN_TI_L: &str = "Ti L";
pub(super) const ALIGN_NONE: &str = "None";
pub(super) const SHIFT: &str = "Shift";
pub(super) const AUTO: &str = "Auto";
pub(super) const SET: &str = "Set";
pub(super) const NORMALISE_BY: &str = "Normalise by";
pub(super) const MEASURE: &str = "Measure";
pub(super) const MEASURE_WINDOW: &str = "Window integral";
pub(super) const MEASURE_COMPONENT: &str = "Fitted component";
pub(super) const MEASURE_MAXIMUM: &str = "Highest channel";
pub(super) const COMPARE_WINDOW: &str = "Shape window";
pub(super) const CHI2_HINT: &str = "Goodness of the background fit; 1 is what noise alone gives";
pub(super) const BACKGROUND: &str = "Background";
pub(super) const MODEL: &str = "Model";
pub(super) const WINDOW: &str = "Window";
pub(super) const AND_WINDOW: &str = "And";
pub(super) const ADD_WINDOW: &str = "+ Window";
pub(super) const ADD_WINDOW_HINT: &str =
    "Fit the background over a second window as well, such as one behind the peaks";
pub(super) const REMOVE_WINDOW: &str = "Remove";
pub(super) const REMOVE_SHORT: &str = "×";
pub(super) const RATIO_WINDOW: &str = "Ratio window";
pub(super) const EXPONENT: &str = "Exponent r";
pub(super) const PEAKS: &str = "Peaks";
pub(super) const FROM: &str = "From (eV)";
pub(super) const TO: &str = "To (eV)";
pub(super) const ASSIGNMENT: &str = "Assignment";
pub(super) const ADD_PEAK: &str = "+ Add";
pub(super) const REMOVE_PEAK: &str = "Remove peak";
pub(super) const COUNTS_PER_ELECTRON: &str = "Counts / e⁻";

pub(super) const TI_L: &str = "Ti L₂,₃ against reference";
pub(super) const VERDICT: &str = "Verdict";
pub(super) const TI_SHIFT: &str = "Shift (eV)";
pub(super) const TI_RATIO: &str = "L₃/L₂";
pub(super) const TI_FRACTION: &str = "Ti³⁺ fraction";
pub(super) const TI_SPLITTING: &str = "Δ t₂g–eg (eV)";
pub(super) const TI_P: &str = "p of equality";
pub(super) const UNCHANGED: &str = "unchanged";
pub(super) const CHANGED: &str = "changed";
pub(super) const INSUFFICIENT: &str = "not sensitive";
pub(super) const NOT_COMPUTED: &str = "not computed";

pub(super) const WELCOME: &str = "How much did the O K peaks drop, and at which site?";
pub(super) const WELCOME_HINT: &str = "Drop a pristine and a biased EELS line scan here (DM3, DM4), pristine first";
pub(super) const DROP_HERE: &str = "Drop to open";
pub(super) const PICK_TITLE: &str = "Which image?";
pub(super) const SAVED: &str = "Session saved";
pub(super) const EXPORTED: &str = "Exported to";
pub(super) const EXPORTING: &str = "Exporting…";
pub(super) const NOTHING_TO_EXPORT: &str = "There is no result to export yet";
pub(super) const COPIED: &str = "Table copied";
pub(super) const CLOSE: &str = "Close";
pub(super) const ABOUT_BODY: &str = "EELS line scans of oxides: how much did the O K peaks drop, at which site, and how sure are we?\n\nMoray is free software under the MIT or Apache-2.0 licence, as you like. The typefaces are Inter and Liberation Sans, under the SIL Open Font License 1.1.";

/// What the pointer and the arrow keys do: where, then what to do and what happens.
pub(super) const GESTURES: [(&str, &[(&str, &str)]); 3] = [
    (
        "On the line scan",
        &[
            ("Drag a band", "moves a column; with Shift its whole site"),
            ("Drag its edge", "widens it"),
            ("Right click", "adds or removes a column"),
        ],
    ),
    (
        "On the spectra",
        &[
            ("Drag a window or its edge", "moves it; curves, differences and drops follow"),
            ("Arrow keys on a window", "move it by 0.1 eV, with Shift by 1 eV"),
            ("Drag across free space", "zooms to the range; a double click shows all again"),
            ("Wheel", "zooms about the pointer; sideways it pans"),
            ("Right or middle drag", "pans"),
        ],
    ),
    (
        "Everywhere",
        &[
            ("Tab, Shift+Tab", "to the next or the previous control"),
            ("Space or Enter", "presses the control in focus"),
            ("Escape", "closes a menu or dialog"),
            ("Drop files", "opens scans or a session"),
        ],
    ),
];

/// A background model as it is chosen.
pub(super) fn background_model(model: crate::model::BackgroundModel) -> &'static str {
    use crate::model::BackgroundModel as Model;
    match model {
        Model::CommonShape => "Common shape",
        Model::PowerLaw => "Power law",
        Model::LogLog => "Log-log line (unweighted)",
        Model::TwoArea => "Two-area power law",
        Model::Exponential => "Exponential",
        Model::LogPolynomial => "Polynomial of ln E",
        Model::SumOfPowers => "Sum of power laws, convex",
    }
}

/// Where a gain comes from, in a word.
pub(super) fn gain_source(source: crate::analysis::GainSource) -> &'static str {
    match source {
        crate::analysis::GainSource::File => "stated",
        crate::analysis::GainSource::Estimated => "estimated",
        crate::analysis::GainSource::Assumed => "assumed",
    }
}

pub(super) const EXPORT_MSA: &str = "Spectra as MSA to a folder…";
pub(super) const COPY_LATEX: &str = "Copy table as LaTeX";
pub(super) const COPY_MARKDOWN: &str = "Copy table as Markdown";
pub(super) const FIGURE_TITLE: &str = "Export figure";
pub(super) const FIGURE_CHOOSE: &str = "Figure shown";
pub(super) const FIGURE_PREVIEW: &str = "Preview of the figure";
pub(super) const FIGURE_PAINTING: &str = "Painting…";
pub(super) const FIGURE_NOTHING: &str =
    "There is nothing that this figure could show. Add figures to the page at the right, or choose another figure";
pub(super) const FIGURE_ACTUAL: &str = "Printed size";
pub(super) const FIGURE_FIT: &str = "Fit";
pub(super) const FIGURE_LOAD: &str = "Load style…";
pub(super) const FIGURE_SAVE: &str = "Save style…";
pub(super) const FIGURE_RESET: &str = "Reset style";
pub(super) const FIGURE_PNG: &str = "PNG…";
pub(super) const FIGURE_SVG: &str = "SVG…";
pub(super) const FIGURE_PDF: &str = "PDF…";
pub(super) const FIGURE_COPY: &str = "Copy picture";
pub(super) const FIGURE_COPIED: &str = "Picture copied";
pub(super) const FIGURE_ALL: &str = "Everything to a folder…";
pub(super) const FIGURE_STYLE_SAVED: &str = "Style saved";
pub(super) const FIGURE_SIZE: &str = "Size";
pub(super) const FIGURE_COLUMNS: &str = "Journal";
pub(super) const FIGURE_WIDTH: &str = "Width";
pub(super) const FIGURE_ROW: &str = "Row height";
pub(super) const FIGURE_DPI: &str = "Pictures";
pub(super) const FIGURE_TRANSPARENT: &str = "Transparent page";
pub(super) const FIGURE_TEXT: &str = "Text";
pub(super) const FIGURE_FONT: &str = "Font";
pub(super) const FIGURE_FONT_SIZE: &str = "Text size";
pub(super) const FIGURE_LETTERS: &str = "Letters";
pub(super) const FIGURE_LETTER_SIZE: &str = "Letter size";
pub(super) const FIGURE_LINES: &str = "Lines and colours";
pub(super) const FIGURE_COLOURS: &str = "Colours";
pub(super) const FIGURE_WARM_COOL: &str = "Warm and cool";
pub(super) const FIGURE_OKABE_ITO: &str = "Colour-blind safe (Okabe-Ito)";
pub(super) const FIGURE_GREYS: &str = "Greyscale";
pub(super) const FIGURE_CURVES: &str = "Curves";
pub(super) const FIGURE_FRAMES: &str = "Frames";
pub(super) const FIGURE_MINOR_TICKS: &str = "Minor ticks";
pub(super) const FIGURE_SCALE_BAR: &str = "Scale bar on images";
pub(super) const FIGURE_CONTENT: &str = "Shown";
pub(super) const FIGURE_LEGEND: &str = "Legend";
pub(super) const FIGURE_AUTO: &str = "Where there is room";
pub(super) const FIGURE_INSIDE: &str = "Within a panel";
pub(super) const FIGURE_ABOVE: &str = "Above the panels";
pub(super) const FIGURE_NONE: &str = "None";
pub(super) const FIGURE_PEAKS: &str = "Peak names";
pub(super) const FIGURE_PLAIN: &str = "Above the curves";
pub(super) const FIGURE_LEADERS: &str = "With leader lines";
pub(super) const FIGURE_OFFSET: &str = "Offset";
pub(super) const FIGURE_BANDS: &str = "1-sigma bands";
pub(super) const FIGURE_DIFFERENCES: &str = "Differences below";
pub(super) const FIGURE_SHADE: &str = "Shade windows";
pub(super) const FIGURE_RANGES: &str = "Energy ranges (eV)";
pub(super) const FIGURE_FROM: &str = "range from";
pub(super) const FIGURE_TO: &str = "range to";
pub(super) const FIGURE_PAGE: &str = "Page of several figures";
pub(super) const FIGURE_ADD_BELOW: &str = "Add below";
pub(super) const FIGURE_ADD_BESIDE: &str = "Add beside";
pub(super) const FIGURE_REMOVE: &str = "Remove";

/// What a figure is called.
pub(super) fn figure_name(kind: crate::model::FigureKind) -> &'static str {
    use crate::model::FigureKind;
    match kind {
        FigureKind::Comparison => "Comparison",
        FigureKind::Differences => "Differences",
        FigureKind::Drops => "Drops",
        FigureKind::LineScan => "Line scan",
        FigureKind::Survey => "Survey",
        FigureKind::JointFit => "Joint fit",
        FigureKind::TiL => "Ti L invariance",
    }
}
