//! Do columns of one kind differ by more than their noise? If so, the sigma of their sum is too small for what it stands for.

use crate::model::EdgeRecipe;

use super::compare::{SiteSum, Sums};
use super::drops;
use super::integrals::drops_by_integrals;
use super::net::{Pair, Place};
use super::numeric::chi2_p;
use super::report::{ColumnDrop, ColumnScatter, Warning};
use super::sums::SummedSpectrum;

/// Columns are said to differ below this p value.
const DIFFER_P: f64 = 1e-3;

/// Log ratio of every peak of one column: value and variance; `None` where it cannot be measured.
type ColumnLogs = Vec<Option<[f64; 2]>>;

/// The scatter of the drops of single columns at every site with two columns or more, peak by peak.
///
/// Each column is compared with the reference like a site of its own, `L_j`. The reference and the fixed pattern of the
/// scan are common to all columns, so only the counting and read noise of the column enter `V_j`, and
/// `X^2 = sum (L_j - mean)^2 / V_j` about the weighted mean has one degree of freedom less than columns when nothing
/// but noise tells them apart.
pub(super) fn of_sites(sums: &Sums<'_>, edge: &EdgeRecipe) -> Vec<ColumnScatter> {
    let Some(label) = edge.normalise_by.as_deref() else { return Vec::new() };
    let peaks: Vec<&str> = edge.peaks.iter().map(|peak| peak.label.as_str()).filter(|peak| *peak != label).collect();
    let mut entries = Vec::new();
    for site in sums.sites.iter().filter(|site| site.columns.len() > 1) {
        let logs: Vec<ColumnLogs> =
            site.columns.iter().map(|column| logs_of(column, sums.reference, edge, label, peaks.len())).collect();
        entries.extend(peaks.iter().enumerate().map(|(k, peak)| entry(site, peak, k, &logs)));
    }
    entries
}

/// Cautions about sites whose columns differ.
pub(super) fn cautions(entries: &[ColumnScatter], edge: &EdgeRecipe) -> Vec<Warning> {
    let differ = |entry: &&ColumnScatter| entry.p.is_some_and(|p| p < DIFFER_P);
    entries
        .iter()
        .filter(differ)
        .map(|entry| {
            let times = entry.chi2.unwrap_or(0.0) / entry.dof.max(1) as f64;
            Warning {
                code: "columns-differ".to_owned(),
                message: format!(
                    "the {} columns differ by {:.1} times their noise: the sum's sigma says how well their mean is known, not how alike they are",
                    entry.columns.len(),
                    times.sqrt()
                ),
                place: format!("{} {} at {} of {}", edge.name, entry.peak, entry.site, entry.scan),
            }
        })
        .collect()
}

fn logs_of(column: &SummedSpectrum, reference: &SiteSum, edge: &EdgeRecipe, label: &str, peaks: usize) -> ColumnLogs {
    let place = Place { site: "a column", reference: &reference.site };
    let measured = Pair::fit(column, &reference.sum, edge, place, 1.0).ok();
    let measured = measured.and_then(|pair| drops_by_integrals(&pair, edge, label));
    let Some(measured) = measured else { return vec![None; peaks] };
    let mut influences = measured.influences.iter();
    let one = |peak: &drops::PeakDrop| {
        let log = peak.log_ratio.as_ref().ok()?;
        let own = &influences.next()?.site;
        Some([log.value, column.noise_covariance(own, own)])
    };
    measured.peaks.iter().map(one).collect()
}

fn entry(site: &SiteSum, peak: &str, k: usize, logs: &[ColumnLogs]) -> ColumnScatter {
    let of_column = |logs: &ColumnLogs| logs.get(k).copied().flatten();
    let known: Vec<[f64; 2]> = logs.iter().filter_map(of_column).filter(|[_, variance]| *variance > 0.0).collect();
    let weight: f64 = known.iter().map(|[_, variance]| 1.0 / variance).sum();
    let mean = known.iter().map(|[log, variance]| log / variance).sum::<f64>() / weight;
    let dof = known.len().saturating_sub(1);
    let chi2 = (dof > 0).then(|| known.iter().map(|[log, variance]| (log - mean).powi(2) / variance).sum::<f64>());
    let drop = |column: &ColumnLogs| match of_column(column) {
        Some([log, variance]) => {
            ColumnDrop { drop: Some(1.0 - log.exp()), drop_sigma: Some(log.exp() * variance.max(0.0).sqrt()) }
        }
        None => ColumnDrop { drop: None, drop_sigma: None },
    };
    ColumnScatter {
        scan: site.scan.clone(),
        site: site.site.clone(),
        peak: peak.to_owned(),
        columns: logs.iter().map(drop).collect(),
        chi2,
        dof,
        p: chi2.and_then(|chi2| chi2_p(chi2, dof)),
    }
}
