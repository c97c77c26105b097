//! The check that scans and reference were recorded alike, and what is to be done about it.

use std::sync::Arc;

use crate::model::{EnergyAxis, EnergyWindow, Recipe};

use super::ScanInput;
use super::agreement::{self, Estimate, Sampled};
use super::broaden::MissingWidth;
use super::error::AnalysisError;
use super::fourier::Response;
use super::noise::NoiseModel;
use super::pattern::FixedPattern;
use super::report::{Agreement, Warning};
use super::sums::SummedSpectrum;

/// Rise of O K whose place is compared, eV below and above peak a: what oxygen loss alters begins behind it.
const RISE_EV: [f64; 2] = [6.0, 1.3];
/// Uncertainty of that place beyond counting: the rise itself may differ a little, eV.
const RISE_SIGMA_EV: f64 = 0.03;

/// All scans, the reference first, as they are compared.
pub(super) struct Recorded<'a> {
    pub(super) scans: &'a [&'a ScanInput],
    /// Dispersions as the files state them, eV.
    pub(super) stated_ev: &'a [f64],
    /// Calibrated axis that all sums share.
    pub(super) axis: &'a EnergyAxis,
    /// Shift of every position onto it, eV.
    pub(super) shifts_ev: &'a [Vec<f64>],
    pub(super) noises: &'a [NoiseModel],
    pub(super) patterns: &'a [FixedPattern],
    /// Low losses, where there are usable ones, and the widths of their zero-loss peaks, eV.
    pub(super) low_loss: &'a [Option<Arc<Response>>],
    pub(super) zero_loss_fwhm_ev: &'a [Option<f64>],
    pub(super) recipe: &'a Recipe,
}

/// What was found.
pub(super) struct Alike {
    pub(super) entries: Vec<Agreement>,
    /// What each scan lacks to the broadest, when matching is asked for.
    pub(super) missing: Vec<Option<MissingWidth>>,
    pub(super) warnings: Vec<Warning>,
}

/// Compares every scan with the reference.
///
/// # Errors
/// [`AnalysisError::NotMatched`] when resolutions are to be matched that lie too far apart.
pub(super) fn check(recorded: &Recorded<'_>) -> Result<Alike, AnalysisError> {
    let totals: Vec<SummedSpectrum> = (0..recorded.scans.len()).map(|k| recorded.total(k)).collect();
    let differences: Vec<Option<(Estimate, &'static str)>> =
        (0..recorded.scans.len()).map(|k| recorded.resolution_difference(k, &totals)).collect();
    let estimates: Vec<Option<Estimate>> = differences.iter().map(|d| d.map(|(estimate, _)| estimate)).collect();
    let asked = recorded.recipe.matching.resolution;
    let missing = if asked { agreement::missing_widths(&estimates) } else { vec![None; estimates.len()] };
    let too_far = |width: &MissingWidth| width.fwhm_squared_ev2 > agreement::MOST_FWHM_SQUARED_EV2;
    if let Some(k) = missing.iter().position(|width| width.as_ref().is_some_and(too_far)) {
        let why = format!(
            "its resolution would have to be worsened by {:.2} eV, and peaks a and b would be one",
            missing[k].map_or(0.0, |width| width.fwhm_squared_ev2.sqrt())
        );
        return Err(AnalysisError::NotMatched { scan: recorded.scans[k].name.clone(), why });
    }
    let (mut entries, mut warnings) = (Vec::new(), Vec::new());
    for (k, scan) in recorded.scans.iter().enumerate() {
        let dispersion = if k == 0 { None } else { recorded.relative_dispersion(k, &totals) };
        if k > 0 {
            warnings.extend(resolution_warning(&scan.name, differences[k], asked));
            warnings.extend(calibration_warning(&scan.name, dispersion));
        }
        let shared_ev = recorded.scans[k].scan.axis().dispersion_ev();
        let compared = differences[k].filter(|_| k > 0);
        entries.push(Agreement {
            scan: scan.name.clone(),
            dispersion_ev: recorded.stated_ev[k],
            rebinned_to_ev: (shared_ev != recorded.stated_ev[k]).then_some(shared_ev),
            zero_loss_fwhm_ev: recorded.zero_loss_fwhm_ev[k],
            resolution_difference_ev2: compared.map(|(estimate, _)| estimate.value),
            resolution_difference_sigma_ev2: compared.map(|(estimate, _)| estimate.sigma),
            resolution_source: compared.map(|(_, source)| source.to_owned()),
            broadened_by_ev: missing[k].map(|width| width.fwhm_squared_ev2.sqrt()),
            relative_dispersion: dispersion.map(|estimate| estimate.value),
            relative_dispersion_sigma: dispersion.map(|estimate| estimate.sigma),
        });
    }
    Ok(Alike { entries, missing, warnings })
}

impl Recorded<'_> {
    /// The sum of all positions of a scan.
    fn total(&self, k: usize) -> SummedSpectrum {
        let scan = &self.scans[k].scan;
        let all: Vec<usize> = (0..scan.positions()).collect();
        SummedSpectrum::new(scan, &all, self.axis, &self.shifts_ev[k], &self.noises[k], &self.patterns[k])
    }

    /// Squared resolution of scan `k` minus the reference's, and where it is known from: the zero-loss peaks when both are
    /// there, otherwise the white lines. The reference's own is zero.
    fn resolution_difference(&self, k: usize, totals: &[SummedSpectrum]) -> Option<(Estimate, &'static str)> {
        if k == 0 {
            return Some((Estimate { value: 0.0, sigma: 0.0 }, "reference"));
        }
        if let Some(zero_loss) = self.zero_loss_difference(k) {
            return Some((zero_loss, "zero-loss"));
        }
        let range = agreement::white_lines(&totals[0].axis, &self.recipe.calibration)?;
        let [scan, reference] = [&totals[k], &totals[0]].map(|total| sampled(total, range.clone()));
        let found = agreement::squared_width_difference(&scan?, &reference?, self.axis.dispersion_ev())?;
        // Without white lines the fit has nothing to hold on to.
        (found.sigma < agreement::MOST_FWHM_SQUARED_EV2 / agreement::SIGNIFICANT).then_some((found, "white-lines"))
    }

    fn zero_loss_difference(&self, k: usize) -> Option<Estimate> {
        let dispersion_ev = self.scans[0].scan.axis().dispersion_ev();
        let near_zero = |k: usize| {
            let low = self.scans[k].low_loss.as_ref()?;
            let electrons = low.counts().sum() / self.noises[k].gain * low.axis().dispersion_ev() / dispersion_ev;
            agreement::zero_loss(self.low_loss[k].as_ref()?, electrons, dispersion_ev)
        };
        let peaks = agreement::squared_width_difference(&near_zero(k)?, &near_zero(0)?, dispersion_ev)?;
        // A core loss on other channels than its low loss is seen through other channels: their width squared over 12.
        let channels = |k: usize| {
            let low_ev = self.scans[k].low_loss.as_ref().map_or(dispersion_ev, |low| low.axis().dispersion_ev());
            super::broaden::FWHM_SQUARED_PER_VARIANCE * (dispersion_ev * dispersion_ev - low_ev * low_ev) / 12.0
        };
        Some(Estimate { value: peaks.value + channels(k) - channels(0), ..peaks })
    }

    /// True dispersion of scan `k` over the reference's: how much further O K lies from the white lines.
    fn relative_dispersion(&self, k: usize, totals: &[SummedSpectrum]) -> Option<Estimate> {
        let (calibration, axis) = (&self.recipe.calibration, &totals[0].axis);
        let place = |range: std::ops::Range<usize>| {
            let [scan, reference] = [&totals[k], &totals[0]].map(|total| sampled(total, range.clone()));
            agreement::shift(&scan?, &reference?, axis.dispersion_ev())
        };
        let a_ev = calibration.nominal.o_k_a_ev;
        let rise = EnergyWindow::new(a_ev - RISE_EV[0], a_ev + RISE_EV[1]).ok().filter(|w| axis.covers(*w))?;
        let lines = place(agreement::white_lines(axis, calibration)?)?;
        let rise = place(axis.channels_in(rise))?;
        // Both sums lie on axes of their own, apart by less than a channel.
        let apart_ev = a_ev - 0.5 * (calibration.nominal.l3_ev + calibration.nominal.l2_ev);
        let sigma = lines.sigma.hypot(rise.sigma).hypot(RISE_SIGMA_EV) / apart_ev.abs();
        let known = 3.0 * sigma < 0.02;
        known.then_some(Estimate { value: 1.0 + (rise.value - lines.value) / apart_ev, sigma })
    }
}

/// Channels of a sum, when all positions cover them.
fn sampled(sum: &SummedSpectrum, range: std::ops::Range<usize>) -> Option<Sampled> {
    let inside = range.start >= sum.valid.start && range.end <= sum.valid.end;
    inside.then(|| Sampled {
        values: sum.electrons[range.clone()].to_vec(),
        variances: range.map(|i| sum.channel_variance(i)).collect(),
    })
}

fn resolution_warning(scan: &str, difference: Option<(Estimate, &str)>, asked: bool) -> Option<Warning> {
    let warning = |code: &str, message: String| Warning { code: code.to_owned(), message, place: scan.to_owned() };
    let Some((found, source)) = difference else {
        let message = "the energy resolution cannot be compared with the reference's, so it was not matched";
        return asked.then(|| warning("resolution-unknown", message.to_owned()));
    };
    let by_lines = source != "zero-loss";
    let clear = !by_lines || found.value.abs() > agreement::SIGNIFICANT_BY_LINES * found.sigma;
    if asked || !clear || !found.differs(0.0, agreement::LEAST_FWHM_SQUARED_EV2) {
        return None;
    }
    let (better, from) = (
        if found.value < 0.0 { "better" } else { "worse" },
        if by_lines { "by the white lines, if these are otherwise alike" } else { "by the zero-loss peaks" },
    );
    let message = format!(
        "the energy resolution is {better} than the reference's: squared widths differ by {:.3} ± {:.3} eV² {from}; electrons move between the windows of peaks, which looks like drops",
        found.value.abs(),
        found.sigma
    );
    Some(warning("resolution-differs", message))
}

fn calibration_warning(scan: &str, dispersion: Option<Estimate>) -> Option<Warning> {
    let found = dispersion.filter(|found| found.differs(1.0, agreement::LEAST_DISPERSION))?;
    Some(Warning {
        code: "calibration-differs".to_owned(),
        message: format!(
            "O K lies {:.2} ± {:.2} % further from the white lines than in the reference: the true dispersions differ, or O K itself moved; 0.1 eV moves drops by 0.03",
            100.0 * (found.value - 1.0),
            100.0 * found.sigma
        ),
        place: scan.to_owned(),
    })
}
