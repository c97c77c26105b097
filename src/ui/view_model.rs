//! What each panel shows, as plain data: decided here, printed by tests, painted elsewhere.

use std::ops::Range;

use super::components::Components;
use super::format;
use super::panes;
use super::text;
use super::view_state::ViewState;
use crate::analysis::{Column, Comparison, TiL};
use crate::app::Workbench;
use crate::document::{Document, OpenScan, SessionInput, WindowName};
use crate::model::{EnergyWindow, Role, Site};

/// Name of the site that holds all columns of the reference.
pub(super) const REFERENCE_SITE: &str = "reference";

/// Name of the pane that shows a whole spectrum.
pub(super) const WHOLE_PANE: &str = "Whole spectrum";

/// Which colour something has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ink {
    /// The reference's.
    Reference,
    /// That of a scan's site, by its number.
    Site(usize),
}

/// One column of a site on the map: a half-open range of positions.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnBand {
    /// Site.
    pub site: String,
    /// Number of the column in its site.
    pub column: usize,
    /// First position.
    pub from: usize,
    /// Position after the last.
    pub to: usize,
    /// Colour.
    pub ink: Ink,
}

/// A site in the list of a scan.
#[derive(Debug, Clone, PartialEq)]
pub struct SiteLine {
    /// Name.
    pub name: String,
    /// What the list calls it.
    pub label: String,
    /// How many columns and positions.
    pub detail: String,
    /// Colour.
    pub ink: Ink,
}

/// A scan in the list on the left.
#[derive(Debug, Clone, PartialEq)]
pub struct ScanCard {
    /// Name.
    pub name: String,
    /// Role.
    pub role: Role,
    /// Size, and settings as far as the file states them.
    pub facts: Vec<String>,
    /// File with its spectra; the sample has none.
    pub path: Option<std::path::PathBuf>,
    /// Its low loss, in words.
    pub low_loss: Option<String>,
    /// Thickness over the mean free path, in words, when it was measured.
    pub thickness: Option<String>,
    /// Whether its low loss is from another image than its file brought along.
    pub paired: bool,
    /// Sites.
    pub sites: Vec<SiteLine>,
    /// Columns of all sites.
    pub columns: Vec<ColumnBand>,
    /// Whether its sites were set by hand.
    pub manual: bool,
    /// Cautions about it.
    pub cautions: Vec<String>,
    /// Whether its map is shown.
    pub selected: bool,
}

/// A curve of a spectrum plot.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// Site, or the reference.
    pub name: String,
    /// Scan.
    pub scan: String,
    /// Colour.
    pub ink: Ink,
    /// How much paler it is than its colour, 0 to 1, to tell scans apart.
    pub tint: f32,
    /// Values, one per energy of the pane.
    pub y: Vec<f64>,
    /// Standard deviations, or empty.
    pub sigma: Vec<f64>,
    /// A background: drawn dashed, not in the legend.
    pub is_background: bool,
}

/// What an energy window is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BandKind {
    /// Background.
    Background,
    /// The normalising peak.
    Normalising,
    /// A peak, or the comparison of shapes.
    Peak,
}

/// An energy window on the spectrum plot.
#[derive(Debug, Clone, PartialEq)]
pub struct Band {
    /// Which window.
    pub window: WindowName,
    /// What its chip says.
    pub label: String,
    /// What it says where there is less room.
    pub short: String,
    /// Where it is, calibrated eV.
    pub window_ev: EnergyWindow,
    /// What it is for.
    pub kind: BandKind,
}

/// One edge: its part of the map, its spectra, its differences, all on one energy axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Pane {
    /// Name of the edge.
    pub edge: String,
    /// The scan shown, when scans stand side by side.
    pub scan: Option<String>,
    /// Range shown, calibrated eV.
    pub range_ev: [f64; 2],
    /// Range shown when not zoomed, calibrated eV.
    pub home_ev: [f64; 2],
    /// Range of the data, calibrated eV.
    pub limits_ev: [f64; 2],
    /// Calibrated energies of the channels shown.
    pub energy_ev: Vec<f64>,
    /// Curves, the reference first.
    pub curves: Vec<Curve>,
    /// Site minus reference, or the residuals of the background fits.
    pub strip: Vec<Curve>,
    /// The joint fit of one of the spectra, when it is to be shown.
    pub components: Option<Components>,
    /// Energy windows.
    pub bands: Vec<Band>,
    /// What the curves' values are.
    pub y_label: String,
    /// Why there are no curves.
    pub missing: Option<String>,
}

/// Everything the window shows but the recipe's fields, which are the recipe itself.
#[derive(Debug, Clone, PartialEq)]
pub struct WindowModel {
    /// Title.
    pub title: String,
    /// Scans.
    pub scans: Vec<ScanCard>,
    /// How sites were found, in words.
    pub site_finding: Vec<String>,
    /// Edges shown.
    pub panes: Vec<Pane>,
    /// Cautions about the comparison as a whole.
    pub cautions: Vec<String>,
}

impl WindowModel {
    /// What the window shows for this document, results and view.
    pub fn of(bench: &Workbench, view: &ViewState) -> Self {
        let comparison = bench.derived().map(|derived| derived.comparison.as_ref());
        let document = bench.document();
        let scans = scan_cards(document, comparison, view);
        let panes = panes::panes(document, comparison, view, &scans);
        Self {
            title: title(document),
            site_finding: comparison.map(site_finding).unwrap_or_default(),
            panes,
            cautions: comparison.map(general_cautions).unwrap_or_default(),
            scans,
        }
    }

    /// The scan whose map is shown.
    pub fn selected(&self) -> Option<&ScanCard> {
        self.scans.iter().find(|scan| scan.selected)
    }
}

fn title(document: &Document) -> String {
    let inputs = &document.session().inputs;
    let names = |role| {
        let found: Vec<_> = inputs.iter().filter(|input| input.role == role).map(|input| input.name.as_str()).collect();
        found.join(", ")
    };
    match (names(Role::Scan), names(Role::Reference)) {
        (scans, reference) if scans.is_empty() && reference.is_empty() => text::NO_FILES.to_owned(),
        (scans, reference) if reference.is_empty() => scans,
        (scans, reference) if scans.is_empty() => reference,
        (scans, reference) => format!("{scans} against {reference}"),
    }
}

fn scan_cards(document: &Document, comparison: Option<&Comparison>, view: &ViewState) -> Vec<ScanCard> {
    let inputs = &document.session().inputs;
    let chosen = view.selected.as_ref().filter(|name| inputs.iter().any(|input| input.name == **name)).cloned();
    let first_scan = || inputs.iter().find(|input| input.role == Role::Scan).or(inputs.first());
    let chosen = chosen.or_else(|| first_scan().map(|input| input.name.clone()));
    inputs.iter().map(|input| scan_card(document, comparison, input, chosen.as_deref())).collect()
}

fn scan_card(
    document: &Document,
    comparison: Option<&Comparison>,
    input: &SessionInput,
    chosen: Option<&str>,
) -> ScanCard {
    let open = document.scan(&input.name);
    let columns = columns(input, comparison);
    let mut cautions = open.map(|open| open.cautions.clone()).unwrap_or_default();
    let warnings = comparison.map(|comparison| comparison.report.warnings.as_slice()).unwrap_or_default();
    cautions
        .extend(warnings.iter().filter(|warning| warning.place == input.name).map(|warning| warning.message.clone()));
    let cautions = cautions.iter().map(|caution| format::sentence(caution)).collect();
    ScanCard {
        name: input.name.clone(),
        role: input.role,
        facts: open.map(|open| format::scan_facts(&open.scan)).unwrap_or_default(),
        path: Some(input.path.clone()).filter(|path| path.is_absolute()),
        low_loss: open.and_then(|open| low_loss(input, open)),
        thickness: thickness(&input.name, comparison),
        paired: input.low_loss.is_some(),
        sites: site_lines(&columns),
        columns,
        manual: input.sites.is_some(),
        cautions,
        selected: chosen == Some(input.name.as_str()),
    }
}

/// Where the low loss of a scan is from, how many positions it has, when they are not those of the scan.
fn low_loss(input: &SessionInput, open: &OpenScan) -> Option<String> {
    let low_loss = open.low_loss.as_ref()?;
    let from = match &input.low_loss {
        Some(file) => format!("{} #{}", super::app::file_name(&file.path), file.image),
        None => text::SAME_FILE.to_owned(),
    };
    let (own, core) = (low_loss.positions(), open.scan.positions());
    let size = if own == core { String::new() } else { format!(", {own} px: {}", text::THICKNESS_ONLY) };
    Some(format!("{} {from}{size}", text::LOW_LOSS))
}

/// Thickness over the mean free path, and whether the scan was brought to that of another.
fn thickness(scan: &str, comparison: Option<&Comparison>) -> Option<String> {
    let entry = comparison?.report.thickness.iter().find(|entry| entry.scan == scan)?;
    let value = format::with_sigma(entry.t_over_lambda?, entry.t_over_lambda_sigma, "");
    Some(format!("t/\u{3bb} {}{}", value.trim_end(), if entry.matched { text::MATCHED } else { "" }))
}

/// Columns set by hand, or else those that were found.
fn columns(input: &SessionInput, comparison: Option<&Comparison>) -> Vec<ColumnBand> {
    let found = || {
        let used = comparison.map(|comparison| comparison.report.sites.as_slice()).unwrap_or_default();
        let used = used.iter().filter(|site| site.scan == input.name);
        used.map(|site| (site.name.clone(), site.columns.iter().map(Column::range).collect())).collect()
    };
    let by_hand = |sites: &Vec<Site>| sites.iter().map(|site| (site.name.clone(), site.columns.clone())).collect();
    let sites: Vec<(String, Vec<Range<usize>>)> = input.sites.as_ref().map_or_else(found, by_hand);
    let band = |(k, (site, columns)): (usize, (String, Vec<Range<usize>>))| {
        let whole = input.role == Role::Reference && site == REFERENCE_SITE;
        let ink = if whole { Ink::Reference } else { Ink::Site(k) };
        let numbered = columns.into_iter().enumerate();
        numbered.map(move |(column, range)| ColumnBand {
            site: site.clone(),
            column,
            from: range.start,
            to: range.end,
            ink,
        })
    };
    sites.into_iter().enumerate().flat_map(band).collect()
}

fn site_lines(columns: &[ColumnBand]) -> Vec<SiteLine> {
    let mut lines: Vec<(String, Ink, usize, usize)> = Vec::new();
    for column in columns {
        let width = column.to.saturating_sub(column.from);
        match lines.iter_mut().find(|line| line.0 == column.site) {
            Some(line) => (line.2, line.3) = (line.2 + 1, line.3 + width),
            None => lines.push((column.site.clone(), column.ink, 1, width)),
        }
    }
    let detail = |count, positions| format!("{} · {positions} px", format::count(count, "column"));
    let label = |name: &str, count| match (name, count) {
        (REFERENCE_SITE, 1) => text::WHOLE_SCAN.to_owned(),
        (REFERENCE_SITE, _) => text::ALL_SITES.to_owned(),
        _ => name.to_owned(),
    };
    lines
        .into_iter()
        .map(|(name, ink, count, px)| SiteLine { label: label(&name, count), name, detail: detail(count, px), ink })
        .collect()
}

fn site_finding(comparison: &Comparison) -> Vec<String> {
    let finding = &comparison.report.site_finding;
    let mut lines = Vec::new();
    if finding.period_nm.is_none() && finding.source == "found" {
        lines.push(text::NO_COLUMNS.to_owned());
    }
    if let Some(period) = finding.period_nm {
        lines.push(format!("Period {}", format::with_sigma(period, finding.period_sigma_nm, "nm")));
    }
    if let Some(z) = finding.alternation_z {
        let established = if finding.established { "Alternation established" } else { "Alternation not established" };
        let check = finding.o_k_alternation_z.map(|z| format!(" ({} {})", text::BY_O_K, format::fixed(z, 1)));
        lines.push(format!("{established}, Z = {}{}", format::fixed(z, 1), check.unwrap_or_default()));
    }
    lines
}

/// Warnings that concern no scan by name; they stand over the table.
fn general_cautions(comparison: &Comparison) -> Vec<String> {
    let report = &comparison.report;
    let scans: Vec<_> = report.sites.iter().map(|site| site.scan.as_str()).collect();
    let general = report.warnings.iter().filter(|warning| !scans.contains(&warning.place.as_str()));
    general
        .map(|warning| {
            let stands_alone = warning.place.is_empty() || warning.message.contains(&warning.place);
            let place = if stands_alone { String::new() } else { format!("{}: ", warning.place) };
            format::sentence(&format!("{place}{}", warning.message))
        })
        .collect()
}

/// The entry of Ti L for each site of a scan.
pub(super) fn ti_of<'a>(comparison: &'a Comparison, scan: &str) -> Vec<&'a TiL> {
    comparison.report.ti_l.iter().filter(|entry| entry.scan == scan).collect()
}
