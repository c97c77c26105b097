//! Sites: groups of positions of a scan that are summed into one spectrum.

use std::ops::Range;

use serde::{Deserialize, Serialize};

/// The part a scan plays in a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// The scan compared with.
    Reference,
    /// A scan compared with the reference.
    Scan,
}

/// A named group of columns: half-open ranges of positions, 0-based.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    /// What the user calls it, such as `O1`.
    pub name: String,
    /// One range per column.
    pub columns: Vec<Range<usize>>,
}

impl Site {
    /// All positions, ascending, each once.
    pub fn positions(&self) -> Vec<usize> {
        let mut all: Vec<usize> = self.columns.iter().cloned().flatten().collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}

/// Why a text such as `O1=4..9,28..33;O2=16..21` is not a set of sites.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SiteError {
    /// A part has no `=`.
    #[error("\"{0}\" is not NAME=FROM..TO")]
    NoName(String),
    /// A range is not `FROM..TO` with FROM below TO.
    #[error("\"{0}\" is not a range of positions FROM..TO with FROM below TO")]
    BadRange(String),
    /// A name occurs twice.
    #[error("site {0} is given twice")]
    Twice(String),
}

/// Reads sites from `NAME=FROM..TO,FROM..TO;NAME=...`, positions half-open and 0-based.
///
/// # Errors
/// [`SiteError`] naming the part that could not be understood.
pub fn parse_sites(text: &str) -> Result<Vec<Site>, SiteError> {
    let mut sites: Vec<Site> = Vec::new();
    for part in text.split(';').map(str::trim).filter(|part| !part.is_empty()) {
        let (name, ranges) = part.split_once('=').ok_or_else(|| SiteError::NoName(part.to_owned()))?;
        let name = name.trim();
        if name.is_empty() {
            return Err(SiteError::NoName(part.to_owned()));
        }
        if sites.iter().any(|site| site.name == name) {
            return Err(SiteError::Twice(name.to_owned()));
        }
        let columns = ranges.split(',').map(parse_range).collect::<Result<_, _>>()?;
        sites.push(Site { name: name.to_owned(), columns });
    }
    Ok(sites)
}

fn parse_range(text: &str) -> Result<Range<usize>, SiteError> {
    let bad = || SiteError::BadRange(text.trim().to_owned());
    let (from, to) = text.trim().split_once("..").ok_or_else(bad)?;
    let from: usize = from.trim().parse().map_err(|_| bad())?;
    let to: usize = to.trim().parse().map_err(|_| bad())?;
    if from < to { Ok(from..to) } else { Err(bad()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sites_are_read_as_the_interface_writes_them() {
        let sites = parse_sites("O1=4..9,28..33;O2=16..21").unwrap();
        assert_eq!(sites[0], Site { name: "O1".into(), columns: vec![4..9, 28..33] });
        assert_eq!(sites[1].positions(), vec![16, 17, 18, 19, 20]);
    }

    #[test]
    fn nonsense_is_refused_with_the_part_at_fault() {
        assert_eq!(parse_sites("O1"), Err(SiteError::NoName("O1".into())));
        assert_eq!(parse_sites("O1=9..4"), Err(SiteError::BadRange("9..4".into())));
        assert_eq!(parse_sites("O1=1..2;O1=3..4"), Err(SiteError::Twice("O1".into())));
    }
}
