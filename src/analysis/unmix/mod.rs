//! Unmixing: what each of two alternating kinds of columns would show by itself.
//!
//! The probe sees neighbours and oxygen outside the chain as well, so that drops at O1 and O2 are lower bounds on those
//! of the columns. With a stated probe, `(i_O1, i_O2)' = M (I_1, I_2)' + m0 u`: `i` net integrals per position of a
//! site, `I` those of a column alone, `u` the pristine shape; solved for `I`, covariances carried along linearly
//! (science: unmixing).

mod compared;
mod drops;
mod probe;

use nalgebra::Matrix2;
use serde::{Deserialize, Serialize};

pub(in crate::analysis) use compared::add;
pub use drops::{UnmixedPeak, unmix};
pub use probe::{Chain, ProbeProfile};

/// Largest condition number of the mixing matrix: noise is amplified by up to this.
///
/// Dimensionless, an own choice.
pub const MOST_CONDITION: f64 = 5.0;

/// Why there is no unmixing.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum UnmixError {
    /// The file does not state the distance between positions.
    #[error("the distance between positions is not known")]
    NoStep,
    /// There are not two sites.
    #[error("unmixing needs two sites whose columns alternate; this scan has {sites}")]
    NotTwoSites {
        /// How many there are.
        sites: usize,
    },
    /// Columns of the two sites do not follow each other in turn.
    #[error("the columns of the two sites do not alternate along the scan")]
    NotAlternating,
    /// The probe's profile does not fit the net signal along the scan.
    #[error("no probe profile fits the net signal along the scan")]
    ProfileNotFitted,
    /// Noise would be amplified too much.
    #[error("refused: the mixing matrix has condition number {condition_number:.1}, above 5")]
    IllConditioned {
        /// The condition number.
        condition_number: f64,
    },
}

/// What the probe sees at two sites: their own columns, those of the other, and oxygen outside the chain.
#[derive(Debug, Clone, PartialEq)]
pub struct Mixing {
    /// The probe.
    pub probe: ProbeProfile,
    /// `M`: row site, column kind of column; mean over the site's positions, 1 for a column by itself at its centre.
    pub matrix: [[f64; 2]; 2],
    /// Share of oxygen outside the chain in the net signal of each site.
    pub off_chain_share: [f64; 2],
    /// Condition number of `M`: its larger over its smaller singular value.
    pub condition_number: f64,
}

impl Mixing {
    /// Of a probe over the positions of two sites.
    ///
    /// `M_sj`, dimensionless, is the mean over the positions of site `s` of what is seen of class `j`; by the
    /// definition, with `step_nm` between positions. A site without positions has zeros in its row, so that `M` is
    /// singular.
    ///
    /// ```
    /// use moray::analysis::unmix::{Chain, Mixing, ProbeProfile};
    /// use moray::model::ProbeModel;
    /// let probe = ProbeProfile {
    ///     chain: Chain { period_nm: 0.3, phase_nm: 0.3 },
    ///     core_fwhm_nm: 0.18,
    ///     core_fwhm_sigma_nm: 0.01,
    ///     stated: ProbeModel { tail_share: 0.1, tail_fwhm_nm: 0.5, off_chain: 0.12 },
    ///     columns: [80.0, 100.0],
    ///     reduced_chi2: 1.0,
    /// };
    /// // Positions 0.05 nm apart: the first site about 0.3 nm, the second about 0.6 nm.
    /// let mixing = Mixing::new(probe, [&[5, 6, 7], &[11, 12, 13]], 0.05);
    /// assert!(mixing.matrix[0][0] > 5.0 * mixing.matrix[0][1]);
    /// assert!(mixing.checked().is_ok());
    /// ```
    pub fn new(probe: ProbeProfile, positions: [&[usize]; 2], step_nm: f64) -> Self {
        let mean = |positions: &[usize], f: &dyn Fn(f64) -> f64| {
            positions.iter().map(|&i| f(i as f64 * step_nm)).sum::<f64>() / positions.len().max(1) as f64
        };
        let matrix = positions.map(|at| [0, 1].map(|class| mean(at, &|x| probe.seen(class, x))));
        let singular = Matrix2::from_fn(|s, j| matrix[s][j]).singular_values();
        Self {
            matrix,
            off_chain_share: positions.map(|at| probe.constant() / mean(at, &|x| probe.signal(x))),
            condition_number: singular.max() / singular.min().max(f64::MIN_POSITIVE),
            probe,
        }
    }

    /// Itself when noise is not amplified too much.
    ///
    /// # Errors
    /// [`UnmixError::IllConditioned`] above a condition number of 5.
    pub fn checked(&self) -> Result<&Self, UnmixError> {
        let condition_number = self.condition_number;
        if condition_number <= MOST_CONDITION { Ok(self) } else { Err(UnmixError::IllConditioned { condition_number }) }
    }
}

/// Unmixing of one scan as the report states it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UnmixingResult {
    /// Scan.
    pub scan: String,
    /// The two sites, in the order of the matrix.
    pub sites: Vec<String>,
    /// The probe that was fitted; absent when none was.
    pub probe: Option<ProbeResult>,
    /// Drops of the columns by themselves; empty when refused.
    pub drops: Vec<UnmixedDrop>,
    /// Why there are no drops.
    pub reason: Option<String>,
}

/// The probe and what it mixes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProbeResult {
    /// Full width at half maximum of its core, nm.
    pub core_fwhm_nm: f64,
    /// Its standard deviation, the rest as stated, nm.
    pub core_fwhm_sigma_nm: f64,
    /// Share of its height that is tail, as stated.
    pub tail_share: f64,
    /// Full width at half maximum of the tail as stated, nm.
    pub tail_fwhm_nm: f64,
    /// Chi squared per degree of freedom of the net signal along the scan.
    pub reduced_chi2: f64,
    /// `M`: row site, column kind of column.
    pub matrix: [[f64; 2]; 2],
    /// `m0` as stated, in units of the mean column by itself at its centre.
    pub off_chain: f64,
    /// Share of oxygen outside the chain in the net signal of each site.
    pub off_chain_share: [f64; 2],
    /// Condition number of the matrix.
    pub condition_number: f64,
}

/// Drop of a peak at a column by itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UnmixedDrop {
    /// Site whose columns these are.
    pub site: String,
    /// Peak.
    pub peak: String,
    /// Drop.
    pub drop: Option<f64>,
    /// Its statistical standard deviation.
    pub drop_sigma: Option<f64>,
    /// One-sigma equivalent of the background model's error: other windows, and an oscillation of the pre-edge.
    pub drop_systematic: Option<f64>,
    /// 95 % interval, both parts; the probe as stated.
    pub drop_ci95: Option<[f64; 2]>,
    /// Why something is missing.
    pub reason: Option<String>,
}

impl From<&Mixing> for ProbeResult {
    fn from(mixing: &Mixing) -> Self {
        let probe = &mixing.probe;
        Self {
            core_fwhm_nm: probe.core_fwhm_nm,
            core_fwhm_sigma_nm: probe.core_fwhm_sigma_nm,
            tail_share: probe.stated.tail_share,
            tail_fwhm_nm: probe.stated.tail_fwhm_nm,
            reduced_chi2: probe.reduced_chi2,
            matrix: mixing.matrix,
            off_chain: probe.stated.off_chain,
            off_chain_share: mixing.off_chain_share,
            condition_number: mixing.condition_number,
        }
    }
}
