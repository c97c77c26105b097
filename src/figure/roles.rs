//! Who is who in a comparison: a colour, a line form, a marker and a name for every site of every scan.

use crate::analysis::{Comparison, SiteCurve};
use crate::model::Role;

use super::style::{Colour, Dash, Marker};

/// The looks of one site of one scan.
#[derive(Debug, Clone, PartialEq)]
pub struct Look {
    /// Scan.
    pub scan: String,
    /// Site.
    pub site: String,
    /// What a legend calls it.
    pub name: String,
    /// Colour of curves and points.
    pub colour: Colour,
    /// Form of curves.
    pub dash: Dash,
    /// Form of points.
    pub marker: Marker,
}

impl Look {
    /// What its name says after the scan.
    pub(super) fn after_scan(&self) -> &str {
        self.name.strip_prefix(&self.scan).unwrap_or_default()
    }
}

/// The looks of all sites of a comparison, the same in every panel and figure.
#[derive(Debug, Clone, PartialEq)]
pub struct Roles {
    reference: Option<Look>,
    sites: Vec<Look>,
}

impl Roles {
    /// Assigns looks. O1 and O2 have their own; other sites follow in the order of the comparison.
    pub fn of(comparison: &Comparison) -> Self {
        let curves = || comparison.curves.iter().flat_map(|edge| &edge.spectra);
        let compared = curves().filter(|curve| curve.role == Role::Scan).map(|c| (c.scan.as_str(), c.site.as_str()));
        let peaks = comparison.report.edges.iter().flat_map(|edge| &edge.peaks).flat_map(|peak| &peak.sites);
        let pairs = distinct(compared.chain(peaks.map(|p| (p.scan.as_str(), p.site.as_str()))));
        let scans = distinct(pairs.iter().map(|pair| pair.0));
        let sites = site_order(pairs.iter().map(|pair| pair.1));
        let number = |list: &[&str], name: &str| list.iter().position(|&other| other == name).unwrap_or(0);
        let sites =
            pairs.iter().map(|&(scan, site)| look(scan, site, number(&sites, site), number(&scans, scan))).collect();
        let reference = curves().find(|curve| curve.role == Role::Reference).map(reference_look);
        Self { reference, sites }
    }

    /// The reference, when any edge has its spectrum.
    pub fn reference(&self) -> Option<&Look> {
        self.reference.as_ref()
    }

    /// Every site of every compared scan, in the order of the comparison.
    pub fn sites(&self) -> &[Look] {
        &self.sites
    }

    /// The look of one site.
    pub fn site(&self, scan: &str, site: &str) -> Option<&Look> {
        self.sites.iter().find(|look| look.scan == scan && look.site == site)
    }

    /// The look of a curve.
    pub(super) fn curve(&self, curve: &SiteCurve) -> Option<&Look> {
        match curve.role {
            Role::Reference => self.reference(),
            Role::Scan => self.site(&curve.scan, &curve.site),
        }
    }
}

/// Site names by number: O1 first and O2 second where they occur, the others in the order given.
pub(super) fn site_order<'a>(names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut order = distinct(names);
    let oxygen = |name: &&str| *name == "O1" || *name == "O2";
    if order.iter().any(oxygen) {
        order.retain(|name| !oxygen(name));
        order.splice(0..0, ["O1", "O2"]);
    }
    order
}

pub(super) fn distinct<T: PartialEq>(items: impl Iterator<Item = T>) -> Vec<T> {
    let mut out = Vec::new();
    for item in items {
        if !out.contains(&item) {
            out.push(item);
        }
    }
    out
}

fn look(scan: &str, site: &str, site_number: usize, scan_number: usize) -> Look {
    Look {
        scan: scan.to_owned(),
        site: site.to_owned(),
        name: format!("{scan}, {site}"),
        colour: Colour::Site { site: site_number, scan: scan_number },
        dash: Dash::of_scan(scan_number),
        marker: Marker::of_site(site_number),
    }
}

fn reference_look(curve: &SiteCurve) -> Look {
    Look {
        scan: curve.scan.clone(),
        site: curve.site.clone(),
        name: curve.scan.clone(),
        colour: Colour::Reference,
        dash: Dash::Solid,
        marker: Marker::Circle,
    }
}
