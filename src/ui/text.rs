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
pub(super) const FILTER_SPECTRA: &str = "Spectra";
pub(super) const FILTER_SESSIONS: &str = "Moray sessions";
pub(super) const FILTER_ALL: &str = "All files";
pub(super) const UNSAVED_TITLE: &str = "Save the session first?";
pub(super) const UNSAVED_BODY: &str =
    "Sites, windows or other choices were changed since the session was saved. Without saving they are lost.";
pub(super) const DO_NOT_SAVE: &str = "Do not save";
pub(super) const NO_DIALOG: &str = "The system's file dialog did not open. Install xdg-desktop-portal or zenity; until \
     then, drop files on the window or name them on the command line (moray FILE…), and export with moray compare.";
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
pub(super) const NOTHING_FOUND: &str = "Nothing found";
pub(super) const SHORTCUTS: &str = "Keys and gestures";
pub(super) const SEARCH: &str = "Search";
pub(super) const PREFERENCES: &str = "Preferences…";
pub(super) const PREFERENCES_TITLE: &str = "Preferences";
pub(super) const STAGE: &str = "Stage";
pub(super) const EDGES: &str = "Edges";
pub(super) const SHOW_SCAN: &str = "Show scan";
pub(super) const THEME: &str = "Theme";
pub(super) const PANEL_SCANS: &str = "Scans panel";
pub(super) const PANEL_RECIPE: &str = "Recipe panel";
pub(super) const NEXT_PART: &str = "Next part of the window";
pub(super) const PREVIOUS_PART: &str = "Previous part of the window";
pub(super) const PART_MENUS: &str = "Menus and export";
pub(super) const PART_PLOTS: &str = "Plots and answers";
pub(super) const LARGER: &str = "Larger";
pub(super) const SMALLER: &str = "Smaller";
pub(super) const FIND_SITES_OF: &str = "Find sites again";
pub(super) const CANCEL_COMPARING: &str = "Cancel the comparison";
pub(super) const FONT_SCALE: &str = "Text size";
pub(super) const UI_SCALE: &str = "Interface size";
pub(super) const THREADS: &str = "Threads";
pub(super) const THREADS_ALL: &str = "As many as there are cores";
pub(super) const NEXT_START: &str = "takes effect at the next start";
pub(super) const EDITED: &str = "edited";
pub(super) const NO_FILES: &str = "No scans open";

pub(super) const SCANS: &str = "SCANS";
pub(super) const RECIPE: &str = "RECIPE";
pub(super) const REFERENCE: &str = "Reference";
pub(super) const SCAN: &str = "Scan";
pub(super) const MAKE_REFERENCE: &str = "Make this the reference";
pub(super) const REMOVE_SCAN: &str = "Remove from session";
pub(super) const LOW_LOSS: &str = "low loss from";
pub(super) const LOW_LOSS_OF: &str = "Low loss…";
pub(super) const LOW_LOSS_FOR: &str = "Low loss from a file";
pub(super) const LOW_LOSS_OWN: &str = "From this file…";
pub(super) const LOW_LOSS_OTHER: &str = "From another file…";
pub(super) const LOW_LOSS_SAMPLE: &str = "The sample brings its own low loss";
pub(super) const TI3_OPEN: &str = "Spectrum of Ti³⁺ or another lower valence…";
pub(super) const TI3_REMOVE: &str = "Remove the spectrum of the lower valence";
pub(super) const TI3_TITLE: &str = "Choose a spectrum of the lower valence alone";
pub(super) const LOW_LOSS_TITLE: &str = "Choose the file with the low loss";
pub(super) const CHOOSE_LOW_LOSS: &str = "Choose the low loss of";
pub(super) const USE_AS_LOW_LOSS: &str = "Use as low loss of";
pub(super) const SAME_FILE: &str = "the same file";
pub(super) const MATCHED: &str = ", matched";
pub(super) const THICKNESS_ONLY: &str = "for thickness, not for alignment";
pub(super) const UNPAIR: &str = "Remove the low loss of";
pub(super) const UNPAIR_SHORT: &str = "Remove it";
pub(super) const UNPAIR_HINT: &str = "Back to what its own file holds";
pub(super) const SITES: &str = "Sites";
pub(super) const SITES_FOUND: &str = "found";
pub(super) const SITES_MANUAL: &str = "by hand";
pub(super) const SITES_PENDING: &str =
    "None yet. They are found when a scan is compared with the reference, or set by hand.";
pub(super) const FIND_AGAIN: &str = "Find again";
pub(super) const ADD_SITE: &str = "Add site";
pub(super) const FIND_SITES: &str = "Find sites again";
pub(super) const WHOLE_SCAN: &str = "whole scan";
pub(super) const NO_COLUMNS: &str = "No oxygen columns seen; set sites by hand";
pub(super) const ALL_SITES: &str = "all O sites";
pub(super) const SITES_HINT: &str =
    "Drag a band or a ring to move a column, an edge to widen it; Alt and drag draws a new one.";
pub(super) const REMOVE_COLUMN: &str = "Remove column";

pub(super) const SURVEY: &str = "SURVEY";
pub(super) const SURVEY_CHOICE: &str = "Choose the picture";
pub(super) const SURVEY_OPEN: &str = "Open a picture…";
pub(super) const SURVEY_NONE: &str = "No picture in this file. Drop a HAADF or ABF image to see where the scan ran.";
pub(super) const SIGNAL: &str = "Sites by its signal";
pub(super) const SIGNAL_NONE: &str = "no";
pub(super) const SIGNAL_ABF: &str = "as ABF";
pub(super) const SIGNAL_HAADF: &str = "as HAADF";
pub(super) const SIGNAL_HINT: &str =
    "Take the brightness along the line, 0.15 nm wide, as a signal of the scan: oxygen columns are found by it";
pub(super) const SIGNAL_PLACE: &str = "Drag the line to where the scan ran first";
pub(super) const SIGNAL_AGAIN: &str = "Take again";
pub(super) const SIGNAL_MOVED: &str = "The line was moved since the signal was taken";
pub(super) const SURVEY_LINE: &str = "Survey picture of";
pub(super) const SURVEY_START: &str = "Start of";
pub(super) const SURVEY_END: &str = "End of";
pub(super) const SURVEY_TAKEN: &str = "Picture shown under Survey; drag its line to where the scan ran";

pub(super) const ANSWERS: &str = "Choose what is shown here";
pub(super) const ANSWERS_MENU: &str = "Answers";
pub(super) const ANSWER_DROPS: &str = "Drops";
pub(super) const ANSWER_NORMALISATIONS: &str = "Other normalisations";
pub(super) const ANSWER_UNMIXED: &str = "Columns by themselves";
pub(super) const UNMIX: &str = "Take neighbours out";
pub(super) const UNMIX_OFF: &str = "Leave neighbours in";
pub(super) const UNMIX_HINT: &str =
    "At a column the probe sees its neighbours too: drops are lower bounds. With a stated probe this is undone";
pub(super) const UNMIXED_HEAD: &str = "as seen \u{2192} by themselves (95 %)";
pub(super) const AS_SEEN: &str = "as seen";
pub(super) const BY_THEMSELVES: &str = "by themselves";
pub(super) const TAIL_SHARE: &str = "Tail share";
pub(super) const TAIL_WIDTH: &str = "Tail width (nm)";
pub(super) const OFF_CHAIN: &str = "Off-chain oxygen m0";
pub(super) const PROBE_HINT: &str =
    "From an image simulation of your crystal and thickness; the width of the core is fitted";
pub(super) const PROBE_AS_STATED: &str = "Errors of the stated probe are in no interval";
pub(super) const ANSWER_COLUMNS: &str = "Columns and significance";
pub(super) const ANSWER_BIAS: &str = "Against bias";
pub(super) const ANSWER_WINDOWS: &str = "Window choice";
pub(super) const STABLE: &str = "stable under window choice";
pub(super) const STABLE_SHORT: &str = "stable";
pub(super) const MOVES_SHORT: &str = "moves with windows";
pub(super) const STABLE_LONG: &str = "No window of the map moves a drop by more than its σ";
pub(super) const WITH_WINDOWS: &str = "with its windows";
pub(super) const MOVE_LONG: &str = "move with their windows by more than their σ";
pub(super) const NO_MAPS: &str = "No drop has a map: maps are made of integrals over windows";
pub(super) const NOT_MEASURED: &str = "not measurable";
pub(super) const AS_CHOSEN: &str = "as chosen";
pub(super) const BACKGROUND_FROM: &str = "Background window from (eV), to; the dot marks the windows as chosen";
pub(super) const PEAK_WINDOWS: &str = "Peak windows";
pub(super) const BOOTSTRAP: &str = "Bootstrap";
pub(super) const BOOTSTRAP_OFF: &str = "Off";
pub(super) const DRAWN_HEAD: &str = "σ counting / bootstrap, 95 % bootstrap";
pub(super) const DRAWN_BEFORE: &str = "drawn before the last change";
pub(super) const DRAWN_STALE: &str =
    "⚠ Drawn before the last change; new draws follow as soon as the comparison stands";
pub(super) const DRAW_HINT: &str = "Draws the counts anew and gives the scatter beside each σ";
pub(super) const NOT_DRAWN: &str = "Nothing drawn yet";
pub(super) const NO_DRAWS: &str = "The bootstrap ended without a result";
pub(super) const ONE_SITE: &str = "One site only: there is nothing to order";
pub(super) const COLUMN: &str = "Column";
pub(super) const DROP_PERCENT: &str = "drop, %";
pub(super) const COLUMNS_ALIKE: &str = "Columns of one kind agree";
pub(super) const ALL_PEAKS: &str = "No drop at any peak";
pub(super) const BIAS: &str = "Bias (V)";
pub(super) const NO_BIAS: &str = "No scan has its bias in its name, as in 2.7 V or 2v7; rename one to place it here";
pub(super) const COPY_TABLE_CSV: &str = "Copy table as CSV";
pub(super) const CAUTION_HINT: &str = "Click for what can be done";
pub(super) const SHOW_ME: &str = "Show me";
pub(super) const FIX: &str = "Fix";
pub(super) const FIX_WINDOWS: &str = "windows of the preset";
pub(super) const FIX_POWER_LAW: &str = "a power law for each spectrum";
pub(super) const FIX_ALIGN: &str = "align automatically";
pub(super) const PRESET: &str = "Preset";
pub(super) const SAVE_PRESET: &str = "Save as preset…";
pub(super) const PRESET_TITLE: &str = "Save as preset";
pub(super) const PRESET_HINT: &str =
    "Keeps every choice of the recipe under a name, for other files and for moray recipe --preset.";
pub(super) const PRESET_NAME: &str = "Name of the preset";
pub(super) const PRESET_SAVE: &str = "Save preset";
pub(super) const PRESET_SAVED: &str = "Preset saved to";
pub(super) const NOT_A_PRESET: &str = "Not a preset";
pub(super) const SAMPLE_BY_CONTENTS: &str =
    "The session's files are not there; the bundled sample, which has the same contents (SHA-256), is shown.";
pub(super) const FIX_MATCH: &str = "match";
pub(super) const MATCH_THICKNESS: &str = "Match thickness";
pub(super) const MATCH_THICKNESS_HINT: &str =
    "Bring thinner scans to the plural scattering of the thickest when they differ by more than 0.05 t/λ";
pub(super) const MATCH_SCANS: &str = "Match scans";
pub(super) const MATCH_SCANS_HINT: &str =
    "Sums finer channels onto the coarsest dispersion and broadens sharper spectra to the worst resolution.";
pub(super) const PAGE_PICTURE: &str = "Picture";
pub(super) const PAGE_AREA: &str = "Spectrum image";
pub(super) const NO_AREA: &str = "The scan shown is a line. Open a 2-D spectrum image to draw regions on it.";
pub(super) const ALL_ENERGIES: &str = "All energies";
pub(super) const RECTANGLE: &str = "Rectangle";
pub(super) const ELLIPSE: &str = "Ellipse";
pub(super) const AREA_WINDOW: &str = "Energies of the map";
pub(super) const AREA_MAP: &str = "Map of";
pub(super) const AREA_HINT: &str =
    "Drag to draw a region, drag inside it or use the arrow keys to move it; Shift and arrows resize it";
pub(super) const NO_PICTURE: &str = "The file holds no such picture";
pub(super) const FILTER_NONE: &str = "As recorded";
pub(super) const FILTER_LOW_PASS: &str = "Low pass";
pub(super) const FILTER_BRAGG: &str = "Bragg";
pub(super) const NOT_FILTERED: &str = "Not filtered";
pub(super) const FILTER_MASK: &str = "What the filter keeps, frequency 0 in the middle";
pub(super) const FILTERED_NOTE: &str = "Filtered for the eye; numbers are from the picture as recorded";
pub(super) const ATOMIC_COLUMNS: &str = "Atomic columns";
pub(super) const LEFT_OUT: &str = "left out";
pub(super) const SHORT_DIAGONAL: &str = "Ti diamond, short";
pub(super) const LONG_DIAGONAL: &str = "Ti diamond, long";
pub(super) const STRAIN_SHORT: &str = "Strain, short";
pub(super) const STRAIN_LONG: &str = "Strain, long";
pub(super) const DATA_QUALITY: &str = "Data quality";
pub(super) const CLOSE_SHEET: &str = "Close data quality";
pub(super) const PAGE_SPIKES: &str = "Spikes";
pub(super) const PAGE_ALIGNMENT: &str = "Alignment";
pub(super) const PAGE_CALIBRATION: &str = "Calibration";
pub(super) const PAGE_NOISE_SHORT: &str = "Noise";
pub(super) const PAGE_NOISE: &str = "Noise and self-check";
pub(super) const REMOVE_SPIKES: &str = "Remove X-ray spikes";
pub(super) const NO_SPIKES: &str = "none found";
pub(super) const POSITION: &str = "Position";
pub(super) const ENERGY: &str = "Energy";
pub(super) const SHOW: &str = "Show";
pub(super) const KEEP_SPIKE: &str = "Keep as recorded";
pub(super) const REMOVE_SPIKE: &str = "Remove again";
pub(super) const CHANNEL: &str = "Channel";
pub(super) const COUNTS: &str = "Counts";
pub(super) const BESIDE: &str = "mean of both neighbours";
pub(super) const POSITION_ALONG: &str = "Position along the scan";
pub(super) const DRIFT: &str = "Drift removed (eV)";
pub(super) const METHOD: &str = "Method";
pub(super) const TO_REFERENCE: &str = "Shift to reference";
pub(super) const DRIFT_RMS: &str = "Drift, rms";
pub(super) const FILE_ENERGY: &str = "Energy on the file's axis (eV)";
pub(super) const COUNTS_OF_SUM: &str = "Counts of the whole reference";
pub(super) const TI_L3_FEATURE: &str = "L₃";
pub(super) const O_K_A_FEATURE: &str = "O K a";
pub(super) const ONSET: &str = "onset";
pub(super) const BACK_TO_FILE: &str = "Back to the file's axis";
pub(super) const CALIBRATION_HINT: &str = "Drag L₃ or O K a to where it is; undo takes it back.";
pub(super) const GAIN_OF_FILE: &str = "Stated by the file";
/// Why no read noise is stated.
pub(super) const READ_NOISE_IN_GAIN: &str = "within the gain: levels too alike";
pub(super) const READ_NOISE: &str = "Read noise of one position";
pub(super) const CHANNEL_FACTOR: &str = "Variance of a channel / window";
pub(super) const FIXED_PATTERN: &str = "Fixed pattern";
pub(super) const ADDITIVE: &str = "Additive (counts/read)";
pub(super) const RELATIVE: &str = "Relative";
pub(super) const MAY_BE_ADDITIVE: &str = "May be additive: levels are too alike to tell";
pub(super) const SHARED: &str = "Shared with reference";
pub(super) const NO_CHECKS: &str = "Too few positions to compare halves of a scan";
pub(super) const Z_OF_HALVES: &str = "Difference between halves of a scan (σ); the band is ± 2 σ";
pub(super) const HALVES: &str = "Halves";
pub(super) const CHECK_VERDICT: &str = "Halves";
pub(super) const AGREE: &str = "agree";
pub(super) const DISAGREE: &str = "disagree";
pub(super) const DISPLAY: &str = "Display";
pub(super) const LOG_AXIS: &str = "Logarithmic axis";
pub(super) const CURSORS: &str = "Cursors";
pub(super) const CURSOR: &str = "Cursor";
pub(super) const JOINT_FIT: &str = "Joint fit";
pub(super) const MAKE_FIT: &str = "Fit the fine structure of";
pub(super) const FIT_OF: &str = "components of";
pub(super) const NO_COMPONENTS: &str = "no components";
pub(super) const STEP_CURVE: &str = "continuum step";
pub(super) const SUM_CURVE: &str = "sum";
pub(super) const FIT_HOLDS: &str = "its intervals hold";
pub(super) const FIT_FAILS: &str = "its intervals do not hold";
pub(super) const FIT_HINT: &str =
    "Filled: peaks. Dashed: continuum step. Heavy line: their sum, on the background of the fit itself.";
pub(super) const STRIP: &str = "Under the spectra";
pub(super) const RESIDUALS: &str = "residuals of the background (σ)";
pub(super) const RESIDUALS_SHORT: &str = "residuals (σ)";
pub(super) const FIT_RESIDUALS: &str = "residuals of the joint fit (σ)";
pub(super) const FIT_RESIDUALS_SHORT: &str = "joint fit (σ)";
pub(super) const ERROR_BAND: &str = "Error band";
pub(super) const NO_BAND: &str = "None";
pub(super) const COLOURS: &str = "Colours";
pub(super) const GREY: &str = "Grey";
pub(super) const DARKEST: &str = "Darkest";
pub(super) const BRIGHTEST: &str = "Brightest";
pub(super) const SEVERAL_SCANS: &str = "Several scans";
pub(super) const SCANS_CHOSEN: &str = "The one chosen";
pub(super) const SCANS_SIDE_BY_SIDE: &str = "Side by side";
pub(super) const SCANS_ALL: &str = "Overlaid";
pub(super) const NEW_PEAK: &str = "New peak here";
pub(super) const MEASURE_HERE: &str = "Measure from here";
pub(super) const COPY_CSV: &str = "Copy spectra as CSV";
pub(super) const COPY_PICTURE: &str = "Copy as picture";
pub(super) const COPIED_TEXT: &str = "Copied";
pub(super) const COPIED_PICTURE: &str = "Picture copied";
pub(super) const NORMALISE_BY_THIS: &str = "Normalise by this peak";
pub(super) const PROFILE: &str = "Profile";
pub(super) const PROFILE_AUTO: &str = "automatic";
pub(super) const PROFILE_TI_L: &str = "net white lines";

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
/// What stands for the axis label where there is little room.
pub(super) const EV: &str = "(eV)";
pub(super) const MEAN_OF_SCAN: &str = "mean of all positions";
pub(super) const NO_CURVES: &str = "No spectra yet";

pub(super) const DROPS_TITLE: &str = "Drop of peaks";
pub(super) const PEAK: &str = "Peak";
pub(super) const DROP: &str = "drop";
pub(super) const SHIFT_FREE: &str = "with a free shift";
pub(super) const SHIFT_NONE: &str = "without one";
pub(super) const WHITE_LINES_P: &str = "p of white lines";
pub(super) const BY_O_K: &str = "by O\u{a0}K";
pub(super) const DROP_OF: &str = "Drop of";
pub(super) const COUNTING_PART: &str = "counting and reading";
pub(super) const PATTERN_PART: &str = "fixed pattern";
pub(super) const BACKGROUND_PART: &str = "background model (in the interval only)";
pub(super) const CAVEATS: &str = "A change of the normalising peak itself is hidden; thickness and channelling alter peaks relative to it; over a continuum a window drops by less than its peak";
pub(super) const INTERVALS: &str = "68 and 95 %";
pub(super) const INTERVALS_DRAWN: &str = "68 and 95 %, ticks: bootstrap 95 %";
pub(super) const P_VALUE: &str = "p";
pub(super) const OPEN_SECOND: &str = "Open a second scan to compare with the reference";
pub(super) const NO_RESULT: &str = "No result yet";
pub(super) const UPDATING: &str = "Updating…";
pub(super) const COMPARING: &str = "Comparing";
pub(super) const STOP_OPENING: &str = "Stop opening";
pub(super) const OPENING: &str = "Opening";
pub(super) const CANCEL: &str = "Cancel";

pub(super) const ENERGY_AXIS: &str = "Energy axis";
pub(super) const CALIBRATE: &str = "Calibrate";
pub(super) const CALIBRATE_FEATURES: &str = "White lines, O\u{a0}K";
pub(super) const CALIBRATE_FILE: &str = "As in the file";
pub(super) const CALIBRATE_MANUAL: &str = "By hand";
pub(super) const OFFSET: &str = "Offset";
pub(super) const DISPERSION_SCALE: &str = "Dispersion ×";
pub(super) const ALIGN: &str = "Align";
pub(super) const ALIGN_AUTO: &str = "Automatic";
pub(super) const ALIGN_TI_L: &str = "White lines";
pub(super) const ALIGN_NONE: &str = "None";
pub(super) const SHIFT: &str = "Shift";
pub(super) const AUTO: &str = "Auto";
pub(super) const SET: &str = "Set";
pub(super) const NORMALISE_BY: &str = "Normalise by";
pub(super) const MEASURE: &str = "Measure";
pub(super) const MEASURE_WINDOW: &str = "Window integral";
pub(super) const MEASURE_SINGLE: &str = "Single scattering";
pub(super) const MEASURE_COMPONENT: &str = "Fitted component";
pub(super) const MEASURE_MAXIMUM: &str = "Highest channel";
pub(super) const COMPARE_WINDOW: &str = "Compared";
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
pub(super) const MENU_OF: &str = "Menu of";
pub(super) const REMOVE_PEAK: &str = "Remove peak";
pub(super) const COUNTS_PER_ELECTRON: &str = "Counts / e⁻";

pub(super) const AGAINST_REFERENCE: &str = "against reference";
pub(super) const VERDICT: &str = "Verdict";
pub(super) const TI_SHIFT: &str = "Shift (eV)";
pub(super) const TI_RATIO: &str = "L₃/L₂";
pub(super) const TI_FRACTION: &str = "Ti³⁺ fraction";
pub(super) const LOWER_VALENCE: &str = "Lower valence";
pub(super) const TI_SPLITTING: &str = "Δ t₂g–eg (eV)";
pub(super) const TI_P: &str = "p (equal)";
pub(super) const UNCHANGED: &str = "unchanged";
pub(super) const CHANGED: &str = "changed";
pub(super) const INSUFFICIENT: &str = "not sensitive";
pub(super) const NOT_COMPUTED: &str = "not computed";

pub(super) const WELCOME: &str = "How much did the O K peaks drop, and at which site?";
pub(super) const WELCOME_HINT: &str = "Drop a pristine and a biased EELS line scan here (DM3, DM4), pristine first";
pub(super) const DROP_HERE: &str = "Drop to open";
pub(super) const RECENT: &str = "Recent files";
pub(super) const FILE_CONTENTS: &str = "File contents…";
pub(super) const CONTENTS_OF: &str = "Contents of";
pub(super) const IMAGES: &str = "Images";
pub(super) const TAGS: &str = "Tags";
pub(super) const SEARCH_TAGS: &str = "Search names and values";
pub(super) const OPEN_IMAGE: &str = "Open this image";
pub(super) const OPEN_IMAGES: &str = "Open these images";
pub(super) const LOW_LOSS_HINT: &str = "Low loss: taken together with core loss of as many positions";
pub(super) const FIRST_STEPS: &str = "First steps";
pub(super) const STEP: &str = "Step";
pub(super) const NEXT: &str = "Next";
pub(super) const BACK: &str = "Back";
pub(super) const SKIP: &str = "Skip";
pub(super) const DONE: &str = "Done";
/// The first-run guide: where each step points, its title, what it says.
pub(super) const GUIDE: [(&str, &str, &str); 5] = [
    (
        SCANS,
        "Two scans: pristine and biased",
        "This is the sample. Your own files come with Open or by dropping them, the pristine scan first: it is the reference, \
         and its chip changes that.",
    ),
    (
        LINE_SCAN,
        "Sites are bands",
        "O1 and O2 were found along the scan. Drag a band to move a column, its edge to widen it. Everything follows, and \
         Ctrl+Z takes it back.",
    ),
    (
        SPECTRA,
        "Windows are bands, too",
        "Background and peaks a to d lie on the calibrated axis. Drag them, or type their limits on the right. Wheel or drag \
         across free space to zoom, double click to see all.",
    ),
    (
        DROPS_TITLE,
        "The answer",
        "How far each peak dropped at each site against the reference, with its standard deviation, and how sure the \
         difference between the sites is. Cautions stand below.",
    ),
    (
        EXPORT,
        "Take it with you",
        "Export shows the figure as it is printed; \"Everything to a folder\" writes it with the tables (CSV), the spectra \
         and a paragraph for the methods section. Ctrl+S saves the session to go on later, Ctrl+K finds everything else.",
    ),
];
pub(super) const UNLINKED_TITLE: &str = "Files of this session were not found";
pub(super) const UNLINKED_HINT: &str = "Files beside the one you choose are found along with it.";
pub(super) const LOCATE: &str = "Locate…";
pub(super) const LOCATE_FILES: &str = "Locate files…";
pub(super) const LOCATE_TITLE: &str = "Choose the file that takes its place";
pub(super) const USE_AS_IT_IS: &str = "Use as it is";
pub(super) const RECOVERY_TITLE: &str = "Moray was not closed last time";
pub(super) const RECOVERY_HINT: &str = "These sessions were not saved. What you leave here is offered again.";
pub(super) const RESTORE: &str = "Restore";
pub(super) const DISCARD: &str = "Discard";
pub(super) const NO_COPIES: &str = "No copies of the session can be kept for the case of a crash";
pub(super) const TIME_UNKNOWN: &str = "At an unknown time";
pub(super) const JUST_NOW: &str = "Just now";
pub(super) const AGO: &str = "ago";
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
            ("Space or Enter", "presses the control in focus; on a band it opens its menu"),
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

/// What a drop is normalised by, in words.
pub(super) fn normalised_by(by: Option<&str>, peak: &str) -> String {
    match by {
        None => format!("by peak {peak}"),
        Some("post-edge") => "by the post-edge".to_owned(),
        Some("o-k-total") => "by all of O K".to_owned(),
        Some("ti-l") => "by the white lines".to_owned(),
        Some(other) => format!("by {other}"),
    }
}

/// So many draws of a bootstrap.
pub(super) fn draws(count: u32) -> String {
    if count >= 10_000 { format!("{} {:03} draws", count / 1000, count % 1000) } else { format!("{count} draws") }
}

/// How a scan was aligned, in words.
pub(super) fn alignment_method(method: &str) -> &str {
    match method {
        "zero-loss" => "zero loss",
        "ti-l" => "white lines",
        "none" => "not aligned",
        other => other,
    }
}

/// How the axis was calibrated, in words.
pub(super) fn calibration_method(method: &str) -> &str {
    match method {
        "features" => "by white lines and O K",
        "offset-only" => "offset only",
        "manual" => "by hand",
        "file" => "as in the file",
        other => other,
    }
}

/// How a scan was split, in words.
pub(super) fn split_name(split: &str) -> &str {
    match split {
        "odd-even" => "odd and even",
        "abba" => "ABBA",
        "halves" => "first and second",
        other => other,
    }
}

/// The same under a point of a plot.
pub(super) fn split_short(split: &str) -> &str {
    match split {
        "odd-even" => "odd/even",
        "abba" => "ABBA",
        "halves" => "1st/2nd",
        other => other,
    }
}

/// Where a gain comes from, in a word.
pub(super) fn gain_source(gain: &crate::analysis::Gain) -> &'static str {
    match gain.source {
        crate::analysis::GainSource::File => "stated",
        crate::analysis::GainSource::Estimated => "estimated",
        crate::analysis::GainSource::Assumed if gain.set_by_hand => "set by hand",
        crate::analysis::GainSource::Assumed => "assumed",
    }
}

pub(super) const EXPORT_ALL: &str = "Export everything to a folder…";
pub(super) const EXPORT_MSA: &str = "Export spectra as MSA to a folder…";
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
        FigureKind::TiL => "White lines",
    }
}

/// What is wrong with a file of a session.
pub(super) fn link_problem(problem: &crate::app::LinkProblem) -> &'static str {
    match problem {
        crate::app::LinkProblem::Missing => "Not where it was",
        crate::app::LinkProblem::Changed { .. } => "Changed since the session was saved",
        crate::app::LinkProblem::Unreadable(_) => "Cannot be read",
    }
}
