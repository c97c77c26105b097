//! Fitted fine structures as tables: of joint fits, and of every position.

use crate::analysis::drops::Measured;
use crate::analysis::fit::FittedPosition;
use crate::analysis::unmix::UnmixingResult;
use crate::analysis::{Comparison, EdgeCurves, EdgeResult};
use crate::model::FineStructure;

use super::ExportError;
use super::csv::{Table, number};
use super::provenance::{Origin, Provenance};

/// One row of the table: where, and the fit or why there is none.
#[derive(Debug, Clone, PartialEq)]
pub struct FittedRow {
    /// Index along each navigation axis, slowest first; one for a line scan.
    pub position: Vec<usize>,
    /// What was found there.
    pub fit: Result<FittedPosition, String>,
}

/// `moray fit`'s CSV: one row for each position; empty cells and a reason where there is no fit.
///
/// # Errors
/// [`ExportError`] when a number is not finite.
pub fn fitted_positions(
    rows: &[FittedRow],
    structure: &FineStructure,
    origin: &Origin,
) -> Result<Vec<u8>, ExportError> {
    let mut head = vec![
        format!("Fine structure fitted at every position over {}", structure.window_ev),
        "energies in eV, calibrated; areas in electrons, step in electrons per eV; sigmas with weak priors: 1.5 eV on energies, 0.35 on the logarithm of widths".to_owned(),
    ];
    head.extend(origin.lines());
    let mut table = Table::with_head(&head);
    let axes = rows.first().map_or(1, |row| row.position.len());
    let places: &[&str] = if axes == 2 { &["y", "x"] } else { &["position"] };
    let mut titles: Vec<String> = places.iter().map(|title| (*title).to_owned()).collect();
    for peak in &structure.peaks {
        let cell = |what: &str| format!("{}_{what}", peak.label);
        titles.extend(["energy_ev", "energy_sigma_ev", "fwhm_ev", "fwhm_sigma_ev", "area", "area_sigma"].map(cell));
    }
    let last = ["step", "step_sigma", "exponent", "exponent_sigma", "chi2", "dof", "p", "reason"];
    titles.extend(last.map(str::to_owned));
    table.row(&titles)?;
    for row in rows {
        table.row(cells(row, titles.len())?)?;
    }
    table.finish()
}

/// `unmixing-<edge>.csv`: one row for each scan, site and peak: the drop of the columns by themselves with its interval; the
/// probe and what it mixes stand in the `#` lines.
///
/// # Errors
/// [`ExportError`] when a number is not finite.
pub fn unmixing(comparison: &Comparison, edge: &EdgeResult, provenance: &Provenance) -> Result<Vec<u8>, ExportError> {
    let notes: Vec<String> = edge.unmixing.iter().map(probe_note).collect();
    let what = format!("Drops of {} at the columns by themselves, the probe as stated", edge.name);
    let mut table = Table::new(&what, comparison, provenance, &notes);
    table.row(["scan", "site", "peak", "drop", "sigma", "sigma_systematic", "ci95_low", "ci95_high", "reason"])?;
    for found in &edge.unmixing {
        for at in &found.drops {
            let cell = |value: Option<f64>| number(value, || format!("{} at {} of {}", at.peak, at.site, found.scan));
            let [low, high] = [0, 1].map(|k| at.drop_ci95.map(|ci| ci[k]));
            let values = [at.drop, at.drop_sigma, at.drop_systematic, low, high];
            let mut cells = vec![found.scan.clone(), at.site.clone(), at.peak.clone()];
            cells.extend(values.into_iter().map(cell).collect::<Result<Vec<_>, _>>()?);
            cells.push(at.reason.clone().unwrap_or_default());
            table.row(cells)?;
        }
    }
    table.finish()
}

/// The probe of a scan and what it mixes, or why there is none.
fn probe_note(found: &UnmixingResult) -> String {
    let Some(probe) = &found.probe else {
        return format!("{}: not unmixed, {}", found.scan, found.reason.as_deref().unwrap_or("no probe fits"));
    };
    let [[a, b], [c, d]] = probe.matrix;
    let refused = found.reason.as_ref().map(|reason| format!("; {reason}")).unwrap_or_default();
    format!(
        "{}: core {} +- {} nm; tail {} of {} nm; M {a} {b} / {c} {d}; m0 {}; condition number {}{refused}",
        found.scan,
        probe.core_fwhm_nm,
        probe.core_fwhm_sigma_nm,
        probe.tail_share,
        probe.tail_fwhm_nm,
        probe.off_chain,
        probe.condition_number
    )
}

/// `joint-fit-<edge>.csv`: one row for each scan, site, spectrum (`site` or `reference`) and fitted channel: electrons,
/// model, background, continuum step, peaks, residual in sigma. Residuals that fluctuate about zero without pattern, and
/// between -2 and 2 in 95 % of channels, are those of a model that fits.
///
/// # Errors
/// [`ExportError`] when a number is not finite.
pub fn joint_fits(
    comparison: &Comparison,
    curves: &EdgeCurves,
    provenance: &Provenance,
) -> Result<Vec<u8>, ExportError> {
    let what = format!("Joint fits of {}: components and residuals of each site and its reference", curves.edge);
    let mut table = Table::new(&what, comparison, provenance, &[]);
    let labels = curves.joint_fits.first().map_or(&[] as &[String], |fit| &fit.labels);
    let fixed = ["scan", "site", "spectrum", "energy_ev", "electrons", "model", "background", "step"];
    let peaks = labels.iter().map(|label| format!("peak_{label}"));
    table.row(fixed.map(str::to_owned).into_iter().chain(peaks).chain(["residual".to_owned()]))?;
    for fit in &curves.joint_fits {
        for (spectrum, parts) in [("site", &fit.parts), ("reference", &fit.reference_parts)] {
            for i in 0..parts.energy_ev.len() {
                let place = || format!("the joint fit of {} of {}", fit.site, fit.scan);
                let values = [&parts.energy_ev, &parts.electrons, &parts.model, &parts.background, &parts.step];
                let values = values.into_iter().chain(&parts.peaks).chain([&parts.residual]);
                let mut cells = vec![fit.scan.clone(), fit.site.clone(), spectrum.to_owned()];
                for value in values {
                    cells.push(number(value.get(i).copied(), place)?);
                }
                table.row(cells)?;
            }
        }
    }
    table.finish()
}

fn cells(row: &FittedRow, count: usize) -> Result<Vec<String>, ExportError> {
    let mut cells: Vec<String> = row.position.iter().map(ToString::to_string).collect();
    let place = || format!("the fit at {:?}", row.position);
    match &row.fit {
        Err(reason) => {
            cells.resize(count - 1, String::new());
            cells.push(reason.clone());
        }
        Ok(fit) => {
            let mut both = |measured: Measured| -> Result<(), ExportError> {
                cells.push(number(Some(measured.value), place)?);
                cells.push(number(Some(measured.sigma), place)?);
                Ok(())
            };
            for peak in &fit.peaks {
                [peak.energy, peak.fwhm, peak.area].into_iter().try_for_each(&mut both)?;
            }
            [fit.step, fit.exponent].into_iter().try_for_each(&mut both)?;
            cells.extend([number(Some(fit.chi2), place)?, fit.dof.to_string(), number(fit.p, place)?, String::new()]);
        }
    }
    Ok(cells)
}
