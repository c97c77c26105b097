//! Which positions are summed: the user's sites, or oxygen columns found along the scan.

use crate::model::{EdgeUse, ProfileKind, Recipe, Site};

use super::error::AnalysisError;
use super::memo::Memo;
use super::prepare::Prepared;
use super::report::{SiteFinding, Warning};
use super::sites::{ESTABLISHED_Z, FoundSites, SiteProfile, net_profile};
use super::{CompareInput, ScanInput};

/// Name of the reference's sum.
const REFERENCE_SITE: &str = "reference";
/// Name of the one site of a scan whose columns are not told apart.
const UNTOLD_SITE: &str = "O";
/// Name of the one site of a scan in which no columns are seen.
const WHOLE_SITE: &str = "all";

/// Columns of a scan and how O1 was chosen, or why none were found.
type Found = Result<(FoundSites, ChosenBy), String>;

/// What tells O1 from O2.
#[derive(Debug, Clone, Copy, PartialEq)]
enum ChosenBy {
    /// The net O K signal itself.
    OxygenK,
    /// ABF; and the alternation of the net O K signal, in sigma, as an independent check.
    Abf { o_k_z: Option<f64> },
}

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
/// Sites that the user set are taken as they are; the reference then defaults to the union of the first scan's. Otherwise
/// oxygen columns are found in each scan by its profiles and net O K.
///
/// # Errors
/// [`AnalysisError::BadSite`] for positions outside a scan.
pub fn place(input: &CompareInput, prepared: &Prepared, memo: &mut Memo) -> Result<Placed, AnalysisError> {
    let mut finding = SiteFinding {
        source: "manual".to_owned(),
        profiles: Vec::new(),
        period_nm: None,
        period_sigma_nm: None,
        alternation_z: None,
        o_k_alternation_z: None,
        established: true,
    };
    let mut warnings = Vec::new();
    let mut scans = Vec::new();
    for (k, scan) in input.scans.iter().enumerate() {
        let sites = match &scan.sites {
            Some(sites) => {
                warnings.extend(overlap(scan, sites));
                checked(scan, sites)?
            }
            None => {
                let found = find(scan, k + 1, prepared, &input.recipe, memo);
                found_sites(scan, found, &input.recipe, (&mut finding, &mut warnings))
            }
        };
        scans.push(sites);
    }
    let by_hand = input.scans.first().filter(|scan| scan.sites.is_some());
    let reference = match (&input.reference.sites, by_hand) {
        (Some(sites), _) => union(&checked(&input.reference, sites)?),
        (None, Some(_)) => union(&checked(&input.reference, &[union(&scans[0])])?),
        (None, None) => {
            let found = find(&input.reference, 0, prepared, &input.recipe, memo);
            found_reference(&input.reference, found, &input.recipe, &mut warnings)
        }
    };
    Ok(Placed { reference, scans, finding, warnings })
}

/// O1 and O2 of a scan; all oxygen columns when they cannot be told apart; the whole scan when none are seen.
fn found_sites(
    scan: &ScanInput,
    found: Found,
    recipe: &Recipe,
    (finding, warnings): (&mut SiteFinding, &mut Vec<Warning>),
) -> Vec<Site> {
    finding.source = "found".to_owned();
    let mut warn = |code: &str, message: String| {
        warnings.push(Warning { code: code.to_owned(), message, place: scan.name.clone() });
    };
    let (found, chosen_by) = match found {
        Ok(found) => found,
        Err(why) => {
            finding.established &= finding.period_nm.is_some();
            if scan.scan.positions() > 1 {
                warn(
                    "sites-not-found",
                    format!("no oxygen columns: {why}; the whole scan is one site, set others by hand"),
                );
            }
            return vec![whole(scan, WHOLE_SITE)];
        }
    };
    let o_k_z = if let ChosenBy::Abf { o_k_z } = chosen_by { o_k_z } else { None };
    if finding.period_nm.is_none() {
        finding.profiles.clone_from(&found.profiles);
        finding.period_nm = Some(found.period_nm);
        finding.period_sigma_nm = Some(found.period_sigma_nm);
        finding.alternation_z = found.alternation_z;
        finding.o_k_alternation_z = o_k_z;
        finding.established = found.established;
    }
    let half_width_nm = recipe.sites.half_width_nm;
    let Some(sites) = found.sites(half_width_nm) else {
        let z = found.alternation_z.map_or("unknown".to_owned(), |z| format!("{z:.1}"));
        let message = format!("alternation not established (Z = {z}, 3 is needed): O1 and O2 are not told apart");
        warn("alternation-not-established", message);
        return vec![found.all_columns(UNTOLD_SITE, half_width_nm)];
    };
    if let (Some(abf_z), Some(o_k_z)) = (found.alternation_z, o_k_z)
        && o_k_z.abs() >= ESTABLISHED_Z
        && abf_z * o_k_z < 0.0
    {
        let message = format!(
            "O1 by ABF is O2 by O K (Z = {abf_z:.1} against {o_k_z:.1}): the columns that look emptier hold more oxygen; check the signal, or set the sites by hand"
        );
        warn("abf-against-o-k", message);
    }
    if chosen_by == ChosenBy::OxygenK {
        let message = "O1 was chosen by the O K signal itself, so \"O1 lost more oxygen\" cannot be tested with it; record an ABF signal to choose by";
        warn("sites-from-o-k", message.to_owned());
    }
    if !found.oxygen_told_from_ti {
        warn("oxygen-or-titanium", "ABF alone cannot tell oxygen columns from Ti-b reliably".to_owned());
    }
    sites
}

fn found_reference(scan: &ScanInput, found: Found, recipe: &Recipe, warnings: &mut Vec<Warning>) -> Site {
    match found {
        Ok((found, _)) => found.all_columns(REFERENCE_SITE, recipe.sites.half_width_nm),
        Err(why) => {
            if scan.scan.positions() > 1 {
                warnings.push(Warning {
                    code: "sites-not-found".to_owned(),
                    message: format!("no oxygen columns: {why}; the whole scan is the reference"),
                    place: scan.name.clone(),
                });
            }
            whole(scan, REFERENCE_SITE)
        }
    }
}

/// Columns of a scan, and how O1 was chosen.
///
/// With an ABF signal the classes are chosen by it alone, so that O K stays free to test them; O K helps to tell oxygen
/// from Ti when there is no HAADF.
fn find(scan: &ScanInput, k: usize, prepared: &Prepared, recipe: &Recipe, memo: &mut Memo) -> Found {
    let step_nm = scan.scan.step_nm.ok_or("the file does not state the distance between positions")?;
    let mut profiles: Vec<SiteProfile> = scan.profiles.iter().map(SiteProfile::from).collect();
    let has = |profiles: &[SiteProfile], kind| profiles.iter().any(|profile| profile.kind == kind);
    let has_abf = has(&profiles, ProfileKind::Abf);
    let o_k = o_k_profile(k, prepared, recipe);
    if !has_abf || !has(&profiles, ProfileKind::Haadf) {
        profiles.extend(o_k.clone());
    }
    let mut found = memo.columns(profiles, step_nm, &recipe.sites).map_err(|error| error.to_string())?;
    if !has_abf {
        return Ok((found, ChosenBy::OxygenK));
    }
    found.judge_by(ProfileKind::Abf);
    let o_k_z = o_k.and_then(|profile| found.alternation_in(&profile));
    Ok((found, ChosenBy::Abf { o_k_z }))
}

/// Net O K along the scan: from the background window over the peaks of the edge whose drops are measured.
fn o_k_profile(k: usize, prepared: &Prepared, recipe: &Recipe) -> Option<SiteProfile> {
    let edge = recipe.edges.iter().find(|edge| edge.usage == EdgeUse::Drops)?;
    let windows = [edge.background.window_ev, edge.all_peaks_ev()?];
    net_profile(&prepared.scans[k], &prepared.axis, &prepared.shifts_ev[k], &prepared.noises[k], windows).ok()
}

fn whole(scan: &ScanInput, name: &str) -> Site {
    let all = 0..scan.scan.positions();
    Site { name: name.to_owned(), columns: Vec::from([all]) }
}

fn checked(scan: &ScanInput, sites: &[Site]) -> Result<Vec<Site>, AnalysisError> {
    let positions = scan.scan.positions();
    for site in sites {
        let used = site.positions();
        if used.is_empty() || used.iter().any(|&i| i >= positions) {
            return Err(AnalysisError::BadSite { scan: scan.name.clone(), site: site.name.clone(), positions });
        }
    }
    Ok(sites.to_vec())
}

/// A caution when two sites of a scan hold the same positions.
fn overlap(scan: &ScanInput, sites: &[Site]) -> Option<Warning> {
    let pairs = sites.iter().enumerate().flat_map(|(k, one)| sites[k + 1..].iter().map(move |other| (one, other)));
    let shared = |one: &Site, other: &Site| {
        let others = other.positions();
        one.positions().iter().filter(|position| others.contains(position)).count()
    };
    let (one, other, count) =
        pairs.map(|(one, other)| (one, other, shared(one, other))).find(|(_, _, count)| *count > 0)?;
    let message = format!(
        "{} and {} share {count} positions: they are not independent, and the σ between them is wrong",
        one.name, other.name
    );
    Some(Warning { code: "sites-overlap".to_owned(), message, place: scan.name.clone() })
}

/// All columns of all sites as one, in scan order.
fn union(sites: &[Site]) -> Site {
    let mut columns: Vec<_> = sites.iter().flat_map(|site| site.columns.iter().cloned()).collect();
    columns.sort_by_key(|column| (column.start, column.end));
    Site { name: REFERENCE_SITE.to_owned(), columns }
}
