//! Which positions are summed: the user's sites, or sites found along the scan.

use crate::model::Site;

use super::error::AnalysisError;
use super::prepare::Prepared;
use super::report::{SiteFinding, Warning};
use super::{CompareInput, ScanInput};

/// Name of the reference's sum.
pub const REFERENCE_SITE: &str = "reference";

/// Sites of a comparison.
#[derive(Debug, Clone)]
pub struct Placed {
    /// Positions of the reference.
    pub reference: Site,
    /// Sites of every scan.
    pub scans: Vec<Vec<Site>>,
    /// How they were found.
    pub finding: SiteFinding,
    /// Cautions.
    pub warnings: Vec<Warning>,
}

/// Places the sites of every scan and the positions of the reference.
///
/// # Errors
/// [`AnalysisError::BadSite`] for positions outside a scan, [`AnalysisError::SitesNotFound`] when none can be found.
pub fn place(input: &CompareInput, _prepared: &Prepared) -> Result<Placed, AnalysisError> {
    let scans: Vec<Vec<Site>> = input.scans.iter().map(sites_of).collect::<Result<_, _>>()?;
    let reference = match &input.reference.sites {
        Some(sites) => union(sites),
        None => union(&scans[0]),
    };
    check(&input.reference, &reference)?;
    let finding = SiteFinding {
        source: "manual".to_owned(),
        profiles: Vec::new(),
        period_nm: None,
        period_sigma_nm: None,
        alternation_z: None,
        established: true,
    };
    Ok(Placed { reference, scans, finding, warnings: Vec::new() })
}

fn sites_of(scan: &ScanInput) -> Result<Vec<Site>, AnalysisError> {
    let sites = scan
        .sites
        .clone()
        .ok_or_else(|| AnalysisError::SitesNotFound { scan: scan.name.clone(), why: "none are given".to_owned() })?;
    for site in &sites {
        check(scan, site)?;
    }
    Ok(sites)
}

fn check(scan: &ScanInput, site: &Site) -> Result<(), AnalysisError> {
    let positions = scan.scan.positions();
    let used = site.positions();
    if used.is_empty() || used.iter().any(|&i| i >= positions) {
        return Err(AnalysisError::BadSite { scan: scan.name.clone(), site: site.name.clone(), positions });
    }
    Ok(())
}

/// All columns of all sites as one, in scan order.
fn union(sites: &[Site]) -> Site {
    let mut columns: Vec<_> = sites.iter().flat_map(|site| site.columns.iter().cloned()).collect();
    columns.sort_by_key(|column| (column.start, column.end));
    Site { name: REFERENCE_SITE.to_owned(), columns }
}
