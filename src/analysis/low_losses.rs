//! What the low losses of all scans say: thickness, what brings the thinner scans to the thickest, plural scattering.

use std::sync::Arc;

use crate::model::EnergyAxis;

use super::ScanInput;
use super::fourier::Response;
use super::plural::PluralScattering;
use super::report::{Thickness, Warning};
use super::thickness::{self, LowLoss, Matching};

/// Thickness of every scan, what brings the thinner ones to the thickest, and low losses.
pub(super) struct LowLosses {
    pub(super) thickness: Vec<Thickness>,
    pub(super) matching: Vec<Option<Matching>>,
    pub(super) plural: Option<Arc<PluralScattering>>,
    pub(super) low_loss: Vec<Option<Arc<Response>>>,
    pub(super) zero_loss_fwhm_ev: Vec<Option<f64>>,
}

/// The low losses of all scans; thinner ones are to be matched to the thickest where `wanted`.
pub(super) fn of_scans(
    scans: &[&ScanInput],
    axis: &EnergyAxis,
    wanted: bool,
    warnings: &mut Vec<Warning>,
) -> LowLosses {
    // Both axes as the files state them: a spectrometer's dispersion errs alike at low and at high loss.
    let dispersion_ev = scans[0].scan.axis().dispersion_ev();
    let lows: Vec<Option<LowLoss>> =
        scans.iter().map(|scan| LowLoss::of(scan.low_loss.as_deref()?, dispersion_ev)).collect();
    let lows = thickness::over_common_range(lows);
    for scan in scans.iter().zip(&lows).filter(|(scan, low)| low.is_none() && scan.low_loss.is_some()).map(|p| p.0) {
        warnings.push(Warning {
            code: "no-low-loss".to_owned(),
            message:
                "the low loss has no zero-loss peak inside its range, or ends before 30 eV: its thickness is unknown"
                    .to_owned(),
            place: scan.name.clone(),
        });
    }
    let t = |low: &LowLoss| low.t_over_lambda();
    let differ = |thin: &LowLoss, thick: &LowLoss| t(thick) - t(thin) > thickness::MATCH_ABOVE;
    let thickest = lows.iter().flatten().max_by(|a, b| t(a).total_cmp(&t(b)));
    let matching: Vec<Option<Matching>> = lows
        .iter()
        .map(|low| {
            let (thin, thick) = (low.as_ref()?, thickest?);
            (wanted && differ(thin, thick))
                .then(|| Matching::new(thin, thick, axis.first_ev(), dispersion_ev, axis.channels()))
        })
        .collect();
    let thinner = lows.iter().flatten().any(|low| thickest.is_some_and(|thick| differ(low, thick)));
    if thinner && !wanted {
        warnings.push(Warning {
            code: "thickness-differs".to_owned(),
            message:
                "thickness differs by more than 0.05 t/lambda and is not to be matched: b, c and d are altered by it"
                    .to_owned(),
            place: "thickness".to_owned(),
        });
    }
    let of_reference = if matching[0].is_some() { thickest } else { lows[0].as_ref() };
    let plural = of_reference
        .and_then(|low| PluralScattering::new(low, axis.first_ev(), dispersion_ev, axis.channels()))
        .map(Arc::new);
    let entry = |(scan, (low, matching)): (&&ScanInput, (&Option<LowLoss>, &Option<Matching>))| Thickness {
        scan: scan.name.clone(),
        t_over_lambda: low.as_ref().map(t),
        t_over_lambda_sigma: low
            .as_ref()
            .and_then(|low| thickness::sigma(low, scan.low_loss.as_deref()?, dispersion_ev)),
        matched: matching.is_some(),
    };
    LowLosses {
        thickness: scans.iter().zip(lows.iter().zip(&matching)).map(entry).collect(),
        zero_loss_fwhm_ev: lows.iter().map(|low| Some(low.as_ref()?.fwhm_ev)).collect(),
        low_loss: lows.iter().map(|low| Some(Arc::new(low.as_ref()?.response.clone()))).collect(),
        plural,
        matching,
    }
}
