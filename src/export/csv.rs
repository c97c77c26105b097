//! Tables as CSV: UTF-8, comma, `#` lines that say what, from what and how sure, then one header row.
//!
//! Numbers are written with the fewest digits that read back the same; what is missing is an empty cell.

use crate::analysis::{Comparison, PeakAtSite, PeakResult, SiteCurve, TiL};
use crate::figure::{ShownCurve, ShownEdge};
use crate::model::{EdgeRecipe, Role};

use super::ExportError;
use super::provenance::Provenance;

/// The columns of `drops.csv`.
pub(super) const DROPS: [&str; 24] = [
    "scan",
    "site",
    "edge",
    "peak",
    "window from (eV)",
    "window to (eV)",
    "method",
    "value (peak / normalising peak)",
    "value sigma",
    "reference value (peak / normalising peak)",
    "reference value sigma",
    "drop (fraction)",
    "drop sigma statistical (fraction)",
    "drop sigma counting (fraction)",
    "drop sigma pattern (fraction)",
    "drop sigma systematic (fraction)",
    "drop 68 % low (fraction)",
    "drop 68 % high (fraction)",
    "drop 95 % low (fraction)",
    "drop 95 % high (fraction)",
    "p of no drop",
    "window spread (fraction)",
    "normalising peak",
    "reason",
];

/// The columns of `ti-l.csv`.
const TI_L: [&str; 18] = [
    "scan",
    "site",
    "p of equal shapes",
    "shift (eV)",
    "shift sigma (eV)",
    "Ti3+ fraction",
    "Ti3+ sigma",
    "Ti3+ 95 % upper limit",
    "Ti3+ fraction, no shift",
    "Ti3+ sigma, no shift",
    "Ti3+ reference",
    "L3/L2 over reference",
    "L3/L2 sigma",
    "L3 t2g-eg splitting (eV)",
    "splitting minus reference (eV)",
    "splitting difference sigma (eV)",
    "verdict",
    "reason",
];

/// `drops.csv`: one row for each scan, site, edge and peak.
///
/// # Errors
/// [`ExportError`] when a number is not finite.
pub fn drops(comparison: &Comparison, provenance: &Provenance) -> Result<Vec<u8>, ExportError> {
    let what = "Drops of the peaks relative to the reference: 1 - value / reference value";
    let mut table = Table::new(what, comparison, provenance, &[]);
    table.row(DROPS)?;
    for edge in &comparison.report.edges {
        for peak in &edge.peaks {
            for site in &peak.sites {
                table.row(drop_row(&edge.name, peak, site, &edge.normalisation.peak)?)?;
            }
        }
    }
    table.finish()
}

/// The cells of one row of `drops.csv`.
pub(super) fn drop_row(edge: &str, peak: &PeakResult, at: &PeakAtSite, by: &str) -> Result<[String; 24], ExportError> {
    let place = || format!("{} {} of {}, {}", edge, peak.label, at.scan, at.site);
    let cell = |value: Option<f64>| number(value, place);
    let end = |interval: Option<[f64; 2]>, k: usize| interval.map(|ends| ends[k]);
    Ok([
        at.scan.clone(),
        at.site.clone(),
        edge.to_owned(),
        peak.label.clone(),
        cell(Some(peak.window_ev.lo_ev()))?,
        cell(Some(peak.window_ev.hi_ev()))?,
        at.method.clone(),
        cell(at.ratio)?,
        cell(at.ratio_sigma)?,
        cell(at.reference_ratio)?,
        cell(at.reference_ratio_sigma)?,
        cell(at.drop)?,
        cell(at.drop_sigma)?,
        cell(at.drop_counting)?,
        cell(at.drop_pattern)?,
        cell(at.drop_systematic)?,
        cell(end(at.drop_ci68, 0))?,
        cell(end(at.drop_ci68, 1))?,
        cell(end(at.drop_ci95, 0))?,
        cell(end(at.drop_ci95, 1))?,
        cell(at.p)?,
        cell(at.window_spread)?,
        by.to_owned(),
        at.reason.clone().unwrap_or_default(),
    ])
}

/// `ti-l.csv`: one row for each scan and site.
///
/// # Errors
/// [`ExportError`] when a number is not finite.
pub fn ti_l(comparison: &Comparison, provenance: &Provenance) -> Result<Vec<u8>, ExportError> {
    let edge = comparison.invariance_edge().unwrap_or("the edge that is the check");
    let mut table = Table::new(&format!("Is {edge} the same as in the reference?"), comparison, provenance, &[]);
    table.row(TI_L)?;
    for at in &comparison.report.ti_l {
        table.row(ti_row(at)?)?;
    }
    table.finish()
}

fn ti_row(at: &TiL) -> Result<[String; 18], ExportError> {
    let cell = |value: Option<f64>| number(value, || format!("white lines of {}, {}", at.scan, at.site));
    let splitting = at.t2g_eg_splitting.as_ref();
    Ok([
        at.scan.clone(),
        at.site.clone(),
        cell(at.p_equal)?,
        cell(at.shift_ev)?,
        cell(at.shift_sigma_ev)?,
        cell(at.ti3_fraction)?,
        cell(at.ti3_sigma)?,
        cell(at.ti3_upper95)?,
        cell(at.ti3_fixed_shift)?,
        cell(at.ti3_fixed_shift_sigma)?,
        at.ti3_reference.clone().unwrap_or_else(|| "shape assumed".to_owned()),
        cell(at.l3_l2_relative)?,
        cell(at.l3_l2_sigma)?,
        cell(splitting.map(|s| s.site_ev))?,
        cell(splitting.map(|s| s.difference_ev))?,
        cell(splitting.map(|s| s.difference_sigma_ev))?,
        at.verdict.clone().unwrap_or_default(),
        at.reason.clone().unwrap_or_default(),
    ])
}

/// `spectra-<edge>.csv`: energies, then for the reference and every site raw, background, net, normalised and its
/// sigma, and the sigma of the background. Normalised is what the figure draws. Channels without a value are empty cells, counted in the `#` lines.
///
/// # Errors
/// [`ExportError`] when an energy is not finite.
pub fn spectra(
    comparison: &Comparison,
    shown: &ShownEdge<'_>,
    recipe: &EdgeRecipe,
    provenance: &Provenance,
) -> Result<Vec<u8>, ExportError> {
    let scans = distinct_scans(shown);
    let what = format!("Spectra of {}, one row for each channel of the calibrated energy axis", recipe.name);
    let columns: Vec<Column<'_>> = shown.curves.iter().flat_map(|curve| columns(shown, curve, scans)).collect();
    let mut notes = vec![shown.statement()];
    notes.extend(shown.curves.iter().filter_map(offset));
    notes.extend(columns.iter().filter_map(|column| column.gaps(shown.edge.energy_ev.len())));
    let mut table = Table::new(&what, comparison, provenance, &notes);
    let titles = columns.iter().map(|column| column.title.clone());
    table.row(std::iter::once("energy (eV)".to_owned()).chain(titles))?;
    for (channel, energy) in shown.edge.energy_ev.iter().enumerate() {
        let place = || format!("the energy of channel {channel} at {}", recipe.name);
        let values = columns.iter().map(|column| column.value(channel).map(shortest).unwrap_or_default());
        table.row(std::iter::once(number(Some(*energy), place)?).chain(values))?;
    }
    table.finish()
}

/// How far the energies of a spectrum are from those of the table, where integrals notice.
fn offset(curve: &ShownCurve<'_>) -> Option<String> {
    let SiteCurve { scan, site, offset_ev, .. } = curve.source;
    (offset_ev.abs() > 1e-6).then(|| {
        format!("{site} of {scan}: its own energies are {offset_ev:+.5} eV from these; integrals were taken on them")
    })
}

struct Column<'a> {
    title: String,
    values: Option<&'a [f64]>,
}

impl Column<'_> {
    /// The value at a channel; nothing where the spectrum has none.
    fn value(&self, channel: usize) -> Option<f64> {
        self.values.and_then(|values| values.get(channel)).copied().filter(|value| value.is_finite())
    }

    /// A sentence on cells that are empty, when there are any.
    fn gaps(&self, channels: usize) -> Option<String> {
        let empty = (0..channels).filter(|&channel| self.value(channel).is_none()).count();
        let why = if self.values.is_none() { "the spectrum could not be normalised" } else { "no value there" };
        (empty > 0).then(|| format!("{}: {empty} of {channels} cells are empty ({why})", self.title))
    }
}

fn columns<'a>(edge: &ShownEdge<'a>, curve: &'a ShownCurve<'a>, scans: usize) -> [Column<'a>; 6] {
    let name = name(curve.source, scans);
    let column = |what: &str, values| Column { title: format!("{name} {what}"), values };
    let shown = edge.normalised(curve);
    [
        column("raw (electrons)", Some(curve.source.raw.as_slice())),
        column("background (electrons)", Some(&curve.source.background)),
        column("net (electrons)", Some(&curve.source.net)),
        column("normalised", shown.map(|values| values.value.as_slice())),
        column("sigma of normalised", shown.map(|values| values.sigma.as_slice())),
        column("sigma of background (electrons)", Some(&curve.source.background_sigma)),
    ]
}

fn distinct_scans(shown: &ShownEdge<'_>) -> usize {
    let scans = shown.curves.iter().map(|curve| curve.source).filter(|curve| curve.role == Role::Scan);
    scans.map(|curve| curve.scan.as_str()).collect::<std::collections::BTreeSet<_>>().len()
}

/// What columns call a curve: its site, with the scan in front when there are several.
fn name(curve: &SiteCurve, scans: usize) -> String {
    match curve.role {
        Role::Reference => "reference".to_owned(),
        Role::Scan if scans == 1 => curve.site.clone(),
        Role::Scan => format!("{} {}", curve.scan, curve.site),
    }
}

/// A number in a cell; nothing for what is missing.
pub(super) fn number(value: Option<f64>, place: impl Fn() -> String) -> Result<String, ExportError> {
    match value {
        None => Ok(String::new()),
        Some(value) if value.is_finite() => Ok(shortest(value)),
        Some(_) => Err(ExportError::NotFinite { what: place() }),
    }
}

/// The fewest digits that read back the same, with an exponent where the number is very large or small.
fn shortest(value: f64) -> String {
    let size = value.abs();
    if size == 0.0 || (1e-5..1e16).contains(&size) { format!("{value}") } else { format!("{value:e}") }
}

/// A table of numbers alone below `#` lines, such as one spectrum. What is no number is an empty cell.
///
/// # Errors
/// [`ExportError`] when the table cannot be written.
pub fn plain_table<const N: usize>(
    head: &[String],
    titles: [&str; N],
    rows: impl Iterator<Item = [f64; N]>,
) -> Result<Vec<u8>, ExportError> {
    let mut table = Table::with_head(head);
    table.row(titles)?;
    for row in rows {
        table.row(row.map(|value| if value.is_finite() { shortest(value) } else { String::new() }))?;
    }
    table.finish()
}

/// A CSV file being written.
pub(super) struct Table {
    writer: ::csv::Writer<Vec<u8>>,
}

impl Table {
    pub(super) fn new(what: &str, comparison: &Comparison, provenance: &Provenance, notes: &[String]) -> Self {
        let report = &comparison.report;
        let mut lines = vec![what.to_owned(), "energies in eV, calibrated; intensities in electrons".to_owned()];
        lines.extend(provenance.origin(comparison).lines());
        lines.push(format!("intervals and p hold: {}; sigmas as their columns say", report.error_budget));
        lines.extend(notes.iter().cloned());
        lines.extend(report.warnings.iter().map(|w| format!("warning: {} ({}; {})", w.message, w.place, w.code)));
        Self::with_head(&lines)
    }

    /// A table below `#` lines, the first of which counts them for programs that must be told where the table begins.
    pub(super) fn with_head(lines: &[String]) -> Self {
        // A comma would spread a line over the columns of a spreadsheet, and numbers in it would pass for data.
        let one_line = |line: &String| format!("# {}\n", line.replace(|c: char| c.is_control(), " ").replace(',', ";"));
        let count = lines.len() + 1;
        let head = format!("# {count} lines begin with #; line {} names the columns, rows follow\n", count + 1);
        let head: String = std::iter::once(head).chain(lines.iter().map(one_line)).collect();
        // Cells that begin with # are quoted, so that no reader takes them for such a line.
        let writer = ::csv::WriterBuilder::new().comment(Some(b'#')).from_writer(head.into_bytes());
        Self { writer }
    }

    /// Adds a row.
    pub(super) fn row(&mut self, cells: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Result<(), ExportError> {
        Ok(self.writer.write_record(cells)?)
    }

    /// The whole file.
    pub(super) fn finish(self) -> Result<Vec<u8>, ExportError> {
        self.writer.into_inner().map_err(|error| ExportError::Csv(::csv::Error::from(error.into_error())))
    }
}
