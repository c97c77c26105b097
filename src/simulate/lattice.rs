//! Where the columns of the chain lie along a scan, and how much of each is seen at every position.

use libm::cos;

use super::physics::gaussian;
use super::world::World;
use crate::model::Site;

/// Columns this close to an end of a scan are not used, nm.
pub(super) const END_MARGIN_NM: f64 = 0.03;

/// Columns along one scan, nm from position 0: one more period on either side than the scan is long.
#[derive(Debug, Clone)]
pub(super) struct Chain {
    pub(super) o1_nm: Vec<f64>,
    pub(super) o2_nm: Vec<f64>,
    pub(super) ti_nm: Vec<f64>,
    pub(super) positions_nm: Vec<f64>,
}

impl Chain {
    /// The columns of a scan whose first oxygen column lies at `first_nm`.
    pub(super) fn new(world: &World, first_nm: f64) -> Self {
        let positions_nm: Vec<f64> = (0..world.positions).map(|i| i as f64 * world.step_nm).collect();
        let spacing = world.column_spacing_nm;
        let length = positions_nm.last().copied().unwrap_or(0.0);
        let mut chain = Self { o1_nm: Vec::new(), o2_nm: Vec::new(), ti_nm: Vec::new(), positions_nm };
        let from = (-first_nm / spacing).floor() as i64 - 2;
        let to = ((length - first_nm) / spacing).ceil() as i64 + 2;
        for m in from..=to {
            let oxygen = first_nm + m as f64 * spacing;
            let is_o1 = (m.rem_euclid(2) == 0) == world.first_column_is_o1;
            if is_o1 {
                chain.o1_nm.push(oxygen)
            } else {
                chain.o2_nm.push(oxygen)
            }
            chain.ti_nm.push(oxygen + 0.5 * spacing);
        }
        chain
    }

    /// Signal at every position of the given columns as the probe sees them.
    pub(super) fn seen(&self, world: &World, columns_nm: &[f64]) -> Vec<f64> {
        let probe = |x: f64| {
            (1.0 - world.probe_tail) * gaussian(x, world.probe_fwhm_nm)
                + world.probe_tail * gaussian(x, world.probe_tail_fwhm_nm)
        };
        self.positions_nm.iter().map(|x| columns_nm.iter().map(|c| probe(x - c)).sum()).collect()
    }

    /// The usable columns among the given ones: within the scan, not at its ends.
    pub(super) fn usable(&self, columns_nm: &[f64]) -> Vec<f64> {
        let last = self.positions_nm.last().copied().unwrap_or(0.0);
        let inside = |c: &&f64| **c >= END_MARGIN_NM && **c <= last - END_MARGIN_NM;
        columns_nm.iter().filter(inside).copied().collect()
    }

    /// The usable columns of a kind as a site: positions within `half_width_nm` of a column.
    pub(super) fn site(&self, name: &str, columns_nm: &[f64], half_width_nm: f64) -> Site {
        let range = |c: &f64| {
            let near = |x: &f64| (x - c).abs() <= half_width_nm;
            let from = self.positions_nm.iter().position(near).unwrap_or(0);
            from..from + self.positions_nm.iter().filter(|x| near(x)).count()
        };
        let columns = self.usable(columns_nm).iter().map(range).filter(|range| !range.is_empty()).collect();
        Site { name: name.to_owned(), columns }
    }

    /// Both kinds of oxygen columns, ascending.
    pub(super) fn oxygen_nm(&self) -> Vec<f64> {
        let mut all = [self.o1_nm.as_slice(), &self.o2_nm].concat();
        all.sort_by(f64::total_cmp);
        all
    }

    /// HAADF signal, noise-free: heavy columns bright, oxygen hardly seen.
    pub(super) fn haadf(&self) -> Vec<f64> {
        let train = |x: f64, columns: &[f64], fwhm| columns.iter().map(|c| gaussian(x - c, fwhm)).sum::<f64>();
        let signal = |x: &f64| 0.45 + 0.5 * train(*x, &self.ti_nm, 0.14) + 0.03 * train(*x, &self.oxygen_nm(), 0.14);
        self.positions_nm.iter().map(signal).collect()
    }

    /// ABF signal, noise-free: all columns dark, oxygen by what is left of it.
    pub(super) fn abf(&self, occupancy: [f64; 2]) -> Vec<f64> {
        let train = |x: f64, columns: &[f64]| columns.iter().map(|c| gaussian(x - c, 0.13)).sum::<f64>();
        let dark = |x: &f64| {
            0.3 * train(*x, &self.ti_nm)
                + 0.26 * occupancy[0] * train(*x, &self.o1_nm)
                + 0.26 * occupancy[1] * train(*x, &self.o2_nm)
        };
        self.positions_nm.iter().map(|x| 1.0 - dark(x)).collect()
    }

    /// Slow modulation of the total signal along the chain, mean 1: dense columns scatter more.
    pub(super) fn modulation(&self, spacing_nm: f64) -> Vec<f64> {
        let phase = self.ti_nm.first().copied().unwrap_or(0.0);
        let wave = |x: &f64| 1.0 + 0.05 * cos(2.0 * std::f64::consts::PI * (x - phase) / spacing_nm);
        self.positions_nm.iter().map(wave).collect()
    }
}
