//! Ionisation edges of the elements: which element and shell begins at an energy.

use std::sync::OnceLock;

use super::EnergyWindow;

/// Where an onset comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EdgeSource {
    /// Binding energies of the X-ray Data Booklet as compiled by Elam, Ravel and Sieber, Radiat. Phys. Chem. 63 (2002)
    /// 121, taken from the XrayDB project (MIT licence).
    Elam,
    /// Onsets seen in solids: Ahn and Krivanek, EELS Atlas, 1983, where binding energies are those of gases.
    Atlas,
}

impl EdgeSource {
    /// The work to cite.
    pub fn citation(self) -> &'static str {
        match self {
            Self::Elam => "Elam, Ravel, Sieber, Radiat. Phys. Chem. 63 (2002) 121, by XrayDB",
            Self::Atlas => "Ahn, Krivanek, EELS Atlas (1983)",
        }
    }
}

/// One ionisation edge. Onsets in compounds differ by some eV.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct IonisationEdge {
    /// Symbol of the element, such as `Ti`.
    pub element: &'static str,
    /// Shell, such as `K`, `L3`, `M5`.
    pub shell: &'static str,
    /// Onset, eV of energy loss.
    pub onset_ev: f64,
    /// Where it comes from.
    pub source: EdgeSource,
}

/// All K, L and M edges from 10 to 2500 eV, by atomic number and shell.
///
/// Sources: [`EdgeSource`]. A line of the table that cannot be read is left out.
pub fn all() -> &'static [IonisationEdge] {
    static TABLE: OnceLock<Vec<IonisationEdge>> = OnceLock::new();
    TABLE.get_or_init(|| include_str!("../../assets/edges.csv").lines().skip(1).filter_map(parsed).collect())
}

/// Edges of an element, whatever the case of its symbol.
///
/// None for a symbol that is not in the table.
pub fn of_element(symbol: &str) -> impl Iterator<Item = &'static IonisationEdge> + '_ {
    all().iter().filter(move |edge| edge.element.eq_ignore_ascii_case(symbol))
}

/// Edges that begin inside a window.
///
/// Both limits count as inside.
pub fn in_window(window: EnergyWindow) -> impl Iterator<Item = &'static IonisationEdge> {
    all().iter().filter(move |edge| (window.lo_ev()..=window.hi_ev()).contains(&edge.onset_ev))
}

fn parsed(line: &'static str) -> Option<IonisationEdge> {
    let mut cells = line.split(',');
    let (element, shell, onset) = (cells.next()?, cells.next()?, cells.next()?);
    let source = if cells.next()? == "atlas" { EdgeSource::Atlas } else { EdgeSource::Elam };
    Some(IonisationEdge { element, shell, onset_ev: onset.parse().ok()?, source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_an_edge() {
        assert_eq!(all().len(), include_str!("../../assets/edges.csv").lines().count() - 1);
        assert!(all().iter().all(|edge| (10.0..=2500.0).contains(&edge.onset_ev)));
        let shells = ["K", "L1", "L2", "L3", "M1", "M2", "M3", "M4", "M5"];
        assert!(all().iter().all(|edge| shells.contains(&edge.shell)));
    }

    #[test]
    fn edges_of_oxides_are_where_textbooks_put_them() {
        let onset = |element: &str, shell: &str| of_element(element).find(|edge| edge.shell == shell).unwrap().onset_ev;
        let textbook =
            [("O", "K", 532.0), ("Ti", "L3", 456.0), ("Mn", "L3", 640.0), ("Fe", "L3", 708.0), ("Co", "L3", 779.0)];
        for (element, shell, expected) in textbook {
            assert!((onset(element, shell) - expected).abs() < 4.0, "{element} {shell}");
        }
        assert!((onset("Ti", "L1") - 564.0).abs() < 4.0);
    }

    #[test]
    fn a_window_lists_what_begins_in_it() {
        let window = EnergyWindow::new(525.0, 535.0).unwrap();
        let found: Vec<&str> = in_window(window).filter(|edge| edge.shell == "K").map(|edge| edge.element).collect();
        assert_eq!(found, ["O"]);
    }
}
