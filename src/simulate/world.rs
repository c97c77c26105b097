//! The world that a simulated line scan is recorded in: every effect as a number, all of them documented.

use crate::model::{EnergyError, LineScanError};

/// Why a world cannot be simulated.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SimulateError {
    /// A field has a value that means nothing.
    #[error("world: {field} is {value}; it must be {must}")]
    Field {
        /// Field of [`World`].
        field: &'static str,
        /// Its value.
        value: f64,
        /// What it must be.
        must: &'static str,
    },
    /// No O1 or no O2 column lies within the scan.
    #[error("world: a scan of {length_nm} nm holds no column of both kinds; take more positions or a longer step")]
    NoColumns {
        /// Length of the scan, nm.
        length_nm: f64,
    },
    /// The energy axis is unusable.
    #[error(transparent)]
    Energy(#[from] EnergyError),
    /// The counts do not make a line scan.
    #[error(transparent)]
    Scan(#[from] LineScanError),
}

/// What biasing did to an oxygen column: atoms left, and peak areas lost relative to them.
///
/// Drops here are of the peaks alone at the unmixed column ("component"); a window over a peak also holds continuum and
/// neighbours, so [`Truth`](super::Truth) states smaller ones.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ColumnChange {
    /// Share of oxygen left in the column, 1 for none lost. Scales the whole O K edge of the column.
    pub occupancy: f64,
    /// Relative loss of the area of peak b.
    pub drop_b: f64,
    /// Relative loss of the area of peak c.
    pub drop_c: f64,
    /// Relative loss of the area of peak d.
    pub drop_d: f64,
}

impl ColumnChange {
    /// A column as in the reference.
    pub const NONE: Self = Self { occupancy: 1.0, drop_b: 0.0, drop_c: 0.0, drop_d: 0.0 };
}

/// A pair of line scans to simulate: Li4Ti5O12 along <110>, pristine (the reference) and biased (the scan).
///
/// The default is the ideal world: the file's axis is right, no fixed pattern, no drift, a simple pre-edge, counting
/// noise, detector gain and read noise only, dual EELS with equal thickness. Windows over b, c and d of its O1 lose 19, 23
/// and 21 % at the column and 15, 18 and 16 % between its neighbours; of its O2 9, 12 and 11 %, seen as 8, 11 and 10 %.
#[derive(Debug, Clone, PartialEq)]
pub struct World {
    /// Positions of each scan.
    pub positions: usize,
    /// Distance between positions, nm.
    pub step_nm: f64,
    /// Distance between neighbouring oxygen columns, nm.
    pub column_spacing_nm: f64,
    /// Where the first oxygen column of the scan lies, nm from position 0.
    pub first_column_nm: f64,
    /// Where the first oxygen column of the reference lies, nm from position 0.
    pub reference_first_column_nm: f64,
    /// Whether the first oxygen column of the scan is O1; O1 and O2 alternate from there.
    pub first_column_is_o1: bool,
    /// Full width at half maximum of the effective probe for oxygen: probe and delocalisation together, nm.
    pub probe_fwhm_nm: f64,
    /// Share of the probe's height that belongs to its tail (channelling, thermal scattering).
    pub probe_tail: f64,
    /// Full width at half maximum of that tail, nm.
    pub probe_tail_fwhm_nm: f64,
    /// Signal of oxygen outside the chain, in units of one column's peak signal; unchanged by biasing.
    pub off_chain_oxygen: f64,
    /// Positions within this distance of a column count as its site when the dose is set, nm.
    pub site_half_width_nm: f64,

    /// First channel, true energy, eV.
    pub first_ev: f64,
    /// True width of a channel, eV.
    pub dispersion_ev: f64,
    /// Number of channels.
    pub channels: usize,
    /// File energy minus true energy at the middle of Ti L3 and L2 (463.1 eV).
    pub axis_error_ev: f64,
    /// Stated over true dispersion, minus one.
    pub dispersion_error: f64,
    /// Constant shift of every spectrum of the scan (not of the reference), eV.
    pub scan_shift_ev: f64,
    /// Linear energy drift of both scans, eV per position.
    pub drift_trend_ev: f64,
    /// Standard deviation of the random step of the energy from position to position, eV.
    pub drift_walk_ev: f64,

    /// Electrons in peak a (529.5-532.1 eV, net) in the sum over a site, mean of O1 and O2. The reference has the same
    /// dose.
    pub electrons_in_a: f64,
    /// Exponent r of the power-law pre-edge.
    pub background_exponent: f64,
    /// Height of the power law at 531 eV, in units of the height of peak a in pristine oxygen.
    pub background_at_ok: f64,
    /// Strength of Ti L2,3; 0 for none, 1 for Li4Ti5O12.
    pub ti_l_strength: f64,
    /// Strength of O K; 0 for none, 1 for Li4Ti5O12.
    pub o_k_strength: f64,
    /// Standard deviation of the oscillation of the pre-edge over 480-527 eV, relative; real titanates 0.01-0.035.
    pub pre_edge_oscillation: f64,
    /// What biasing did to O1.
    pub o1: ColumnChange,
    /// What biasing did to O2.
    pub o2: ColumnChange,
    /// Share of Ti3+ in the scan.
    pub ti3_fraction: f64,
    /// Shift of the white lines of Ti3+ relative to Ti4+, eV.
    pub ti3_shift_ev: f64,
    /// Shift of all of Ti L in the scan, eV.
    pub ti_l_shift_ev: f64,

    /// Thickness of the reference over inelastic mean free path.
    pub reference_t_over_lambda: f64,
    /// Thickness of the scan over inelastic mean free path.
    pub scan_t_over_lambda: f64,
    /// Whether low losses are recorded as well (dual EELS).
    pub low_loss: bool,
    /// First channel of the low loss, eV.
    pub low_loss_first_ev: f64,
    /// Channels of the low loss.
    pub low_loss_channels: usize,
    /// Electrons in the low-loss spectrum of one position.
    pub low_loss_electrons: f64,
    /// Full width at half maximum of the zero-loss peak, eV. Edges are tabulated as 0.8 eV shows them: a wider peak
    /// broadens them by what it is wider, a narrower one leaves them.
    pub zero_loss_fwhm_ev: f64,

    /// Counts per electron.
    pub counts_per_electron: f64,
    /// Counts per electron that the file states, when it does.
    pub file_counts_per_electron: Option<f64>,
    /// Detector reads summed at each position.
    pub reads_per_position: u32,
    /// Standard deviation of the read noise of one read and channel, counts.
    pub read_noise_counts: f64,
    /// Share of a channel's charge that each of its two neighbours receives (point spread), 0 to 0.33.
    pub point_spread: f64,
    /// Standard deviation of the relative fixed pattern.
    pub relative_pattern: f64,
    /// Standard deviation of the additive fixed pattern, counts per read.
    pub additive_pattern_counts: f64,
    /// Whether reference and scan have the same fixed pattern.
    pub shared_pattern: bool,
    /// Channels over which the fixed pattern is correlated; 1 for none.
    pub pattern_correlation_channels: usize,
    /// X-ray spikes in a spectrum, mean number.
    pub spikes_per_spectrum: f64,
    /// Mean height of a spike, counts.
    pub spike_counts: f64,
    /// Noise of HAADF and ABF profiles relative to their contrast.
    pub profile_noise: f64,
}

impl Default for World {
    fn default() -> Self {
        Self {
            positions: 64,
            step_nm: 0.035,
            column_spacing_nm: 0.2956,
            first_column_nm: 0.11,
            reference_first_column_nm: 0.19,
            first_column_is_o1: true,
            probe_fwhm_nm: 0.185,
            probe_tail: 0.07,
            probe_tail_fwhm_nm: 0.5,
            off_chain_oxygen: 0.17,
            site_half_width_nm: 0.075,
            first_ev: 430.0,
            dispersion_ev: 0.25,
            channels: 1024,
            axis_error_ev: 0.0,
            dispersion_error: 0.0,
            scan_shift_ev: 0.0,
            drift_trend_ev: 0.0,
            drift_walk_ev: 0.0,
            electrons_in_a: 2e4,
            background_exponent: 3.0,
            background_at_ok: 0.4,
            ti_l_strength: 1.0,
            o_k_strength: 1.0,
            pre_edge_oscillation: 0.0,
            o1: ColumnChange { occupancy: 0.9, drop_b: 0.24, drop_c: 0.39, drop_d: 0.415 },
            o2: ColumnChange { occupancy: 0.97, drop_b: 0.115, drop_c: 0.208, drop_d: 0.217 },
            ti3_fraction: 0.0,
            ti3_shift_ev: -1.7,
            ti_l_shift_ev: 0.0,
            reference_t_over_lambda: 0.45,
            scan_t_over_lambda: 0.45,
            low_loss: true,
            low_loss_first_ev: -20.0,
            low_loss_channels: 480,
            low_loss_electrons: 1e6,
            zero_loss_fwhm_ev: 0.8,
            counts_per_electron: 6.0,
            file_counts_per_electron: None,
            reads_per_position: 1,
            read_noise_counts: 15.0,
            point_spread: 0.0,
            relative_pattern: 0.0,
            additive_pattern_counts: 0.0,
            shared_pattern: true,
            pattern_correlation_channels: 1,
            spikes_per_spectrum: 0.0,
            spike_counts: 3000.0,
            profile_noise: 0.03,
        }
    }
}

impl World {
    /// Refuses what cannot be simulated, naming the field.
    pub(super) fn check(&self) -> Result<(), SimulateError> {
        let above_zero = [
            ("positions", self.positions as f64),
            ("step_nm", self.step_nm),
            ("column_spacing_nm", self.column_spacing_nm),
            ("probe_fwhm_nm", self.probe_fwhm_nm),
            ("probe_tail_fwhm_nm", self.probe_tail_fwhm_nm),
            ("site_half_width_nm", self.site_half_width_nm),
            ("dispersion_ev", self.dispersion_ev),
            ("electrons_in_a", self.electrons_in_a),
            ("zero_loss_fwhm_ev", self.zero_loss_fwhm_ev),
            ("counts_per_electron", self.counts_per_electron),
            ("reads_per_position", f64::from(self.reads_per_position)),
            ("pattern_correlation_channels", self.pattern_correlation_channels as f64),
            ("dispersion_error + 1", self.dispersion_error + 1.0),
            ("first_ev - 150", self.first_ev - 150.0),
        ];
        let not_negative = [
            ("read_noise_counts", self.read_noise_counts),
            ("relative_pattern", self.relative_pattern),
            ("additive_pattern_counts", self.additive_pattern_counts),
            ("spikes_per_spectrum", self.spikes_per_spectrum),
            ("spike_counts", self.spike_counts),
            ("low_loss_electrons", self.low_loss_electrons),
            ("profile_noise", self.profile_noise),
            ("point_spread", self.point_spread),
            ("drift_walk_ev", self.drift_walk_ev),
            ("reference_t_over_lambda", self.reference_t_over_lambda),
            ("scan_t_over_lambda", self.scan_t_over_lambda),
            ("ti_l_strength", self.ti_l_strength),
            ("o_k_strength", self.o_k_strength),
        ];
        let bad = |(field, value): &(&'static str, f64), must| SimulateError::Field { field, value: *value, must };
        if let Some(entry) = above_zero.iter().find(|(_, v)| !(v.is_finite() && *v > 0.0)) {
            return Err(bad(entry, "finite and above zero"));
        }
        if let Some(entry) = not_negative.iter().find(|(_, v)| !(v.is_finite() && *v >= 0.0)) {
            return Err(bad(entry, "finite and not negative"));
        }
        if self.point_spread > 0.33 {
            return Err(bad(&("point_spread", self.point_spread), "0.33 at most"));
        }
        Ok(())
    }

    /// Energy of `true_ev` on the file's axis, eV.
    pub(super) fn file_ev(&self, true_ev: f64) -> f64 {
        let pivot = super::physics::TI_L_MIDDLE_EV;
        pivot + self.axis_error_ev + (1.0 + self.dispersion_error) * (true_ev - pivot)
    }
}
