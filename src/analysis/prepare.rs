//! What a comparison needs before any window or site: noise, energy alignment, calibration. Depends on the scans and
//! on the recipe's calibration, alignment, gain and spikes alone, so it is kept while windows are dragged.
//!
//! Order: features and noise first on the recorded counts, since spikes are sought in units of that noise (its
//! estimate drops outliers beyond 6 median deviations, so spikes hardly enter it); then spikes; where there were any,
//! features, noise and everything after them come from the cleaned scans.

use std::sync::Arc;

use ndarray::Axis;

use crate::model::{AlignmentMethod, EnergyAxis, LineScan, Recipe, Role, SpikeHandling};
use crate::progress::Progress;

use super::align::{self, Drift};
use super::broaden::MissingWidth;
use super::calibrate::{Calibrated, calibrate, total_of_scans};
use super::error::AnalysisError;
use super::features::{self, Features};
use super::fourier::Response;
use super::low_losses::{self, LowLosses};
use super::noise::{self, NoiseModel};
use super::pattern::FixedPattern;
use super::plural::PluralScattering;
use super::rebin::{self, Rebinning};
use super::recorded_alike::{self, Recorded};
use super::recording_cautions;
use super::report::{Agreement, Alignment, Calibration, Thickness, Warning};
use super::spikes;
use super::sums::SummedSpectrum;
use super::thickness::{self, Matching};
use super::{CompareInput, ScanInput};

/// Noise, alignment and calibration of all scans.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// Core-loss spectra without spikes, the reference first.
    pub scans: Vec<Arc<LineScan>>,
    /// Spikes removed, `(position, channel)` of each scan's file.
    pub spikes: Vec<Vec<(usize, usize)>>,
    /// What brought each scan onto coarser channels; `None` where the recorded ones are compared.
    pub rebinnings: Vec<Option<Rebinning>>,
    /// Detector noise, of recorded channels.
    pub noise: NoiseModel,
    /// The same of the channels of each scan that are compared.
    pub noises: Vec<NoiseModel>,
    /// Fixed pattern of every scan, the reference first.
    pub patterns: Vec<FixedPattern>,
    /// How much of it each scan shares with the reference, 0 to 1.
    pub shared_pattern: Vec<f64>,
    /// Calibrated axis of the reference, shared by all sums.
    pub axis: EnergyAxis,
    /// Shift of every position of every scan onto that axis, eV; the reference first.
    pub shifts_ev: Vec<Vec<f64>>,
    /// Report entries, the reference first.
    pub alignment: Vec<Alignment>,
    /// Report entries, the reference first.
    pub calibration: Vec<Calibration>,
    /// Report entries, the reference first.
    pub thickness: Vec<Thickness>,
    /// What brings each scan to the plural scattering of the thickest; `None` where nothing is to be done.
    pub matching: Vec<Option<Matching>>,
    /// Plural scattering of the spectra compared, as the low losses have it.
    pub plural: Option<Arc<PluralScattering>>,
    /// Low loss of each scan, where there is a usable one.
    pub low_loss: Vec<Option<Arc<Response>>>,
    /// Whether dispersion, resolution and calibration are the reference's, the reference first.
    pub agreement: Vec<Agreement>,
    /// The width that each scan lacks to the worst resolution, when it is to be added.
    pub missing_widths: Vec<Option<MissingWidth>>,
    /// Whether spectra were aligned on Ti L, which hides a true shift of it.
    pub aligned_on_ti_l: bool,
    /// Cautions.
    pub warnings: Vec<Warning>,
}

impl Prepared {
    /// Sum of positions of scan `k` (0 is the reference) on the shared axis.
    pub fn sum(&self, k: usize, positions: &[usize]) -> SummedSpectrum {
        let (scan, shift_ev) = (&self.scans[k], &self.shifts_ev[k]);
        let sum = SummedSpectrum::new(scan, positions, &self.axis, shift_ev, &self.noises[k], &self.patterns[k]);
        SummedSpectrum { low_loss: self.low_loss[k].clone(), ..sum }
    }

    /// The same at the thickness of the thickest scan and, when asked for, at the worst resolution: what comparisons use.
    /// With it, whether its thickness is right: not when its own power law, which matching needs, cannot be fitted.
    pub fn compared_sum(&self, k: usize, positions: &[usize], recipe: &Recipe) -> (SummedSpectrum, bool) {
        let sum = self.sum(k, positions);
        let thicker = self.matching[k].as_ref().map(|matching| {
            let window = thickness::extension_window(recipe, &sum)?;
            matching.apply(&sum, window)
        });
        let (mut sum, matched) = match thicker {
            None => (sum, true),
            Some(Some(thicker)) => (thicker, true),
            Some(None) => (sum, false),
        };
        if k == 0 && matched {
            sum.plural = self.plural.clone().zip(thickness::extension_window(recipe, &sum));
        }
        match self.missing_widths[k] {
            Some(missing) => (sum.broadened(missing), matched),
            None => (sum, matched),
        }
    }
}

/// Prepares all scans of a comparison.
///
/// # Errors
/// [`AnalysisError`] when dispersions differ and are not to be matched, or features are not found.
///
/// # Examples
/// ```
/// use moray::analysis::{prepare, CompareInput, ScanInput};
/// use moray::model::{Recipe, Site};
/// use moray::progress::Progress;
/// use moray::simulate::{SimulatedScan, World, simulate};
///
/// let recipe = Recipe::preset("lto")?;
/// let made = simulate(&World::default(), 1)?;
/// let truth = made.truth(&recipe)?;
/// let input = |name: &str, scan: &SimulatedScan, sites: &[Site]| ScanInput {
///     name: name.into(),
///     scan: scan.core.clone(),
///     low_loss: scan.low_loss.clone(),
///     profiles: scan.profiles(),
///     sites: Some(sites.to_vec()),
/// };
/// let input = CompareInput {
///     reference: input("pristine", &made.reference, std::slice::from_ref(&truth.reference_site)),
///     scans: vec![input("biased", &made.scan, &truth.sites)],
///     recipe,
///     ti3_reference: None,
/// };
/// let prepared = prepare(&input, &Progress::new())?;
/// assert!((prepared.noise.gain / 6.0 - 1.0).abs() < 0.1);
/// let whole = prepared.sum(0, &(0..64).collect::<Vec<_>>());
/// assert!(whole.covers(input.recipe.edges[0].background.window_ev));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn prepare(input: &CompareInput, progress: &Progress) -> Result<Prepared, AnalysisError> {
    let recipe = &input.recipe;
    let recorded: Vec<&ScanInput> = std::iter::once(&input.reference).chain(&input.scans).collect();
    let rebinnings = rebin::onto_coarsest(&recorded, recipe)?;
    let mut seen = progress.stage("noise", || Seen::of(&recorded, recipe));
    progress.at(1, 10)?;
    let (cleaned, spikes) = progress.stage("spikes", || without_spikes(&recorded, &seen.noise, recipe));
    if spikes.iter().any(|mask| !mask.is_empty()) {
        seen = progress.stage("noise", || Seen::of(&cleaned.iter().collect::<Vec<_>>(), recipe));
    }
    progress.at(2, 10)?;
    let cleaned = rebin::rebinned(cleaned, &rebinnings)?;
    let scans: Vec<&ScanInput> = cleaned.iter().collect();
    let Seen { found, axes, noise } =
        if rebinnings.iter().any(Option::is_some) { seen.on(&scans, recipe) } else { seen };
    let on_channels = |rebinning: &Option<Rebinning>| rebinning.map_or_else(|| noise.clone(), |r| r.noise(&noise));
    let noises: Vec<NoiseModel> = rebinnings.iter().map(on_channels).collect();
    let pattern = |(scan, axis): (&&ScanInput, &EnergyAxis)| {
        FixedPattern::estimate(&scan.scan, axis, &recipe.calibration.quiet_ev())
    };
    let patterns: Vec<_> = progress.stage("pattern", || scans.iter().zip(&axes).map(pattern).collect());
    progress.at(3, 10)?;
    let drifts = progress.stage("align", || drifts(&scans, &found, recipe.alignment, noise.gain));
    let left_in = match recipe.alignment {
        AlignmentMethod::None => {
            let would_remove = self::drifts(&scans, &found, AlignmentMethod::Auto, noise.gain);
            recording_cautions::drift_left_in(&scans, &would_remove)
        }
        AlignmentMethod::Auto | AlignmentMethod::TiL => Vec::new(),
    };
    let shifts = onto_reference(&scans, &found, drifts);
    let (shifts, axis_ev) = evenly_rounded(shifts, scans[0].scan.axis().dispersion_ev());
    progress.at(5, 10)?;
    let axis = &scans[0].scan.axis().shifted(axis_ev);
    let calibrated = progress
        .stage("calibrate", || calibrate(&total_of_scans(&scans, axis, &shifts, &noise), axis, recipe, noise.gain))?;
    progress.at(6, 10)?;
    let stated_ev: Vec<f64> = recorded.iter().map(|scan| scan.scan.axis().dispersion_ev()).collect();
    let detector = Detector { noise, noises, patterns, spikes, rebinnings, stated_ev };
    let mut prepared =
        progress.stage("thickness", || assemble(&scans, &found, detector, shifts, &calibrated, recipe))?;
    prepared.warnings.extend(left_in);
    if recipe.counts_per_electron.is_none() {
        let differ = || recording_cautions::gains_differ(&scans, &axes, recipe);
        prepared.warnings.extend(progress.stage("noise", differ));
        prepared.warnings.extend(recording_cautions::stated_gains_differ(&scans));
    }
    Ok(prepared)
}

/// What the scans show before anything is moved: features, axes by them, noise.
struct Seen {
    found: Vec<Features>,
    axes: Vec<EnergyAxis>,
    noise: NoiseModel,
}

impl Seen {
    fn of(scans: &[&ScanInput], recipe: &Recipe) -> Self {
        let calibration = &recipe.calibration;
        let find = |scan: &&ScanInput| features::find(&total(&scan.scan), scan.scan.axis(), calibration);
        let found: Vec<Features> = scans.iter().map(find).collect();
        let axes = calibrated_axes(scans, &found, recipe);
        let noise = estimate_noise(scans, &axes, recipe);
        Self { found, axes, noise }
    }

    /// The same noise with what is found on other channels: noise is estimated on recorded ones, which nothing correlates.
    fn on(self, scans: &[&ScanInput], recipe: &Recipe) -> Self {
        let calibration = &recipe.calibration;
        let find = |scan: &&ScanInput| features::find(&total(&scan.scan), scan.scan.axis(), calibration);
        let found: Vec<Features> = scans.iter().map(find).collect();
        Self { axes: calibrated_axes(scans, &found, recipe), found, ..self }
    }
}

/// The scans with their spikes replaced, and where those were; the scans as recorded when they are kept.
fn without_spikes(
    scans: &[&ScanInput],
    noise: &NoiseModel,
    recipe: &Recipe,
) -> (Vec<ScanInput>, Vec<Vec<(usize, usize)>>) {
    let kept = |scan: &str| -> Vec<(usize, usize)> {
        let kept = recipe.kept_spikes.iter().filter(|spike| spike.scan == scan);
        kept.map(|spike| (spike.position, spike.channel)).collect()
    };
    let cleaned = |scan: &&ScanInput| match recipe.spikes {
        SpikeHandling::Keep => ((*scan).clone(), Vec::new()),
        SpikeHandling::Remove => {
            let spikes::Cleaned { scan: cleaned, mask } = spikes::remove(&scan.scan, noise, &kept(&scan.name));
            (ScanInput { scan: cleaned, ..(*scan).clone() }, mask)
        }
    };
    scans.iter().map(cleaned).unzip()
}

/// What is known of the detector.
struct Detector {
    noise: NoiseModel,
    noises: Vec<NoiseModel>,
    patterns: Vec<FixedPattern>,
    spikes: Vec<Vec<(usize, usize)>>,
    rebinnings: Vec<Option<Rebinning>>,
    /// Dispersions as the files state them, eV.
    stated_ev: Vec<f64>,
}

fn assemble(
    scans: &[&ScanInput],
    found: &[Features],
    detector: Detector,
    shifts: Vec<(Vec<f64>, &'static str)>,
    calibrated: &Calibrated,
    recipe: &Recipe,
) -> Result<Prepared, AnalysisError> {
    let Detector { noise, noises, patterns, spikes, rebinnings, stated_ev } = detector;
    let mut alignment = Vec::new();
    let mut calibration = Vec::new();
    let mut shifts_ev = Vec::new();
    let base = shifts[0].0.iter().sum::<f64>() / shifts[0].0.len().max(1) as f64 * calibrated.scale;
    let aligned_on_ti_l = shifts.iter().any(|(_, method)| *method == "ti-l");
    let scaled_sigma = |sigma: f64| sigma * calibrated.scale;
    for (k, ((scan, found_k), (shift, method))) in scans.iter().zip(found).zip(&shifts).enumerate() {
        let method = *method;
        let role = if k == 0 { Role::Reference } else { Role::Scan };
        let scaled: Vec<f64> = shift.iter().map(|s| s * calibrated.scale).collect();
        let mean = scaled.iter().sum::<f64>() / scaled.len().max(1) as f64;
        // What the file's own first channel contributes is no misalignment of the energies it states.
        let stated = (scan.scan.axis().first_ev() - scans[0].scan.axis().first_ev()) * calibrated.scale;
        calibration.push(calibrated.entry(&scan.name, role, mean - stated - base, found_k.found_ev));
        let drift_ev = if method == "none" { Vec::new() } else { scaled.iter().map(|s| s - mean).collect() };
        alignment.push(Alignment {
            scan: scan.name.clone(),
            method: method.to_owned(),
            shift_to_reference_ev: mean - stated - base,
            sigma_ev: shift_sigma(scans, found, &shifts, &noise, k).map(scaled_sigma),
            drift_sigma_ev: drift_sigma(scan, found_k, method, &noise).map(scaled_sigma),
            drift_ev,
        });
        shifts_ev.push(scaled);
    }
    let nominal = &recipe.calibration.nominal;
    let mut warnings = recording_cautions::of_all(&noise, calibrated, aligned_on_ti_l, &alignment, nominal);
    let LowLosses { thickness, matching, plural, low_loss, zero_loss_fwhm_ev } =
        low_losses::of_scans(scans, &calibrated.axis, recipe.match_thickness, &mut warnings);
    let alike = recorded_alike::check(&Recorded {
        scans,
        stated_ev: &stated_ev,
        axis: &calibrated.axis,
        shifts_ev: &shifts_ev,
        noises: &noises,
        patterns: &patterns,
        low_loss: &low_loss,
        zero_loss_fwhm_ev: &zero_loss_fwhm_ev,
        recipe,
    })?;
    warnings.extend(alike.warnings);
    let shared_pattern = shared_patterns(&patterns, &rebinnings);
    Ok(Prepared {
        scans: scans.iter().map(|scan| scan.scan.clone()).collect(),
        spikes,
        rebinnings,
        noise,
        noises,
        patterns,
        shared_pattern,
        axis: calibrated.axis,
        shifts_ev,
        alignment,
        calibration,
        thickness,
        matching,
        plural,
        low_loss,
        agreement: alike.entries,
        missing_widths: alike.missing,
        aligned_on_ti_l,
        warnings,
    })
}

/// How much of its pattern each scan shares with the reference. A pattern belongs to detector channels, which lie elsewhere
/// once one scan is on coarser channels and the other is not.
fn shared_patterns(patterns: &[FixedPattern], rebinnings: &[Option<Rebinning>]) -> Vec<f64> {
    let shared = |(pattern, rebinning): (&FixedPattern, &Option<Rebinning>)| {
        if *rebinning == rebinnings[0] { pattern.shared_with(&patterns[0]) } else { 0.0 }
    };
    patterns.iter().zip(rebinnings).map(shared).collect()
}

fn total(scan: &LineScan) -> Vec<f64> {
    scan.counts().sum_axis(Axis(0)).to_vec()
}

/// Axes calibrated from each scan's own features, so that edges are left out of noise estimates wherever they lie.
fn calibrated_axes(scans: &[&ScanInput], found: &[Features], recipe: &Recipe) -> Vec<EnergyAxis> {
    let calibrated = |(scan, found): (&&ScanInput, &Features)| {
        let axis = scan.scan.axis();
        let calibration = found.calibration(&recipe.calibration.nominal);
        let calibrated = calibration.and_then(|c| axis.recalibrated(c.pivot_ev, c.offset_ev, c.scale).ok());
        calibrated.unwrap_or(*axis)
    };
    scans.iter().zip(found).map(calibrated).collect()
}

fn estimate_noise(scans: &[&ScanInput], axes: &[EnergyAxis], recipe: &Recipe) -> NoiseModel {
    let pairs: Vec<(&LineScan, EnergyAxis)> = scans.iter().zip(axes).map(|(scan, axis)| (&*scan.scan, *axis)).collect();
    let stated = scans.iter().find_map(|scan| scan.scan.file_counts_per_electron);
    let quiet_ev = &recipe.calibration.quiet_ev();
    match recipe.counts_per_electron {
        Some(gain) => noise::estimate(&pairs, stated, quiet_ev).with_gain(gain),
        None => noise::estimate(&pairs, stated, quiet_ev),
    }
}

/// Drift of every scan: by zero loss when every scan has a low loss, otherwise by Ti L, otherwise none.
fn drifts(scans: &[&ScanInput], found: &[Features], method: AlignmentMethod, gain: f64) -> Vec<Drift> {
    let none = |scan: &ScanInput| align::none(scan.scan.positions());
    if method == AlignmentMethod::None {
        return scans.iter().map(|scan| none(scan)).collect();
    }
    if method == AlignmentMethod::Auto
        && let Some(drifts) = scans.iter().map(|scan| zero_loss_drift(scan)).collect::<Option<Vec<_>>>()
    {
        return drifts;
    }
    let by_ti_l = |(scan, found): (&&ScanInput, &Features)| align::by_ti_l(&scan.scan, ti_l_ev(found)?, gain);
    scans.iter().zip(found).map(|pair| by_ti_l(pair).unwrap_or_else(|| none(pair.0))).collect()
}

fn zero_loss_drift(scan: &ScanInput) -> Option<Drift> {
    let low_loss = scan.low_loss.as_ref().filter(|low| low.positions() == scan.scan.positions())?;
    align::by_zero_loss(low_loss)
}

/// Shifts of all positions onto the reference's axis as its file states it, the reference's own mean left at zero.
fn onto_reference(scans: &[&ScanInput], found: &[Features], drifts: Vec<Drift>) -> Vec<(Vec<f64>, &'static str)> {
    let absolute = drifts.iter().all(|drift| drift.method == "zero-loss");
    let first_ev = scans[0].scan.axis().first_ev();
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
    let base = if absolute { mean(&drifts[0].shift_ev) } else { 0.0 };
    let target = aligned_total(scans[0], &drifts[0]);
    let mut shifts = Vec::new();
    for (k, (scan, drift)) in scans.iter().zip(&drifts).enumerate() {
        let stated = scan.scan.axis().first_ev() - first_ev;
        let mut method = drift.method;
        let mut constant = stated - base;
        if k > 0
            && !absolute
            && let Some(shift) = ti_l_to_reference(scans[0], &found[0], &target, scan, drift, stated)
        {
            constant += shift;
            method = "ti-l";
        }
        shifts.push((drift.shift_ev.iter().map(|s| s + constant).collect(), method));
    }
    shifts
}

/// Standard deviation of the shift of scan `k` to the reference from counting and read noise, eV of the file; zero for
/// the reference itself, `None` where nothing was aligned on.
fn shift_sigma(
    scans: &[&ScanInput],
    found: &[Features],
    shifts: &[(Vec<f64>, &'static str)],
    noise: &NoiseModel,
    k: usize,
) -> Option<f64> {
    if k == 0 {
        return Some(0.0);
    }
    match shifts[k].1 {
        "zero-loss" => {
            let of_mean = |k: usize| {
                let sigma = drift_sigma(scans[k], &found[k], "zero-loss", noise)?;
                Some(sigma / (scans[k].scan.positions() as f64).sqrt())
            };
            Some(of_mean(0)?.hypot(of_mean(k)?))
        }
        "ti-l" => {
            let axis = scans[0].scan.axis();
            let moved = |k: usize| moved_total(scans[k], axis, &shifts[k].0);
            let reads = |k: usize| scans[k].scan.positions() as f64 * noise.read_variance;
            let variance = |k: usize| move |n: f64| noise.gain * n.max(0.0) + reads(k);
            let (reference, scan) = (moved(0), moved(k));
            let spectra: [align::Noisy<'_>; 2] = [(&reference, &variance(0)), (&scan, &variance(k))];
            align::ti_l_shift_sigma(spectra, &reference, axis, ti_l_ev(&found[0])?)
        }
        _ => None,
    }
}

/// Standard deviation of the drift of one position, eV of the file; `None` where nothing was aligned on.
fn drift_sigma(scan: &ScanInput, found: &Features, method: &str, noise: &NoiseModel) -> Option<f64> {
    match method {
        "zero-loss" => align::zero_loss_drift_sigma(scan.low_loss.as_deref()?, noise.gain, noise.read_variance),
        "ti-l" => align::ti_l_drift_sigma(&scan.scan, ti_l_ev(found)?, noise.gain, noise.read_variance),
        _ => None,
    }
}

/// Found energies of L3 and L2 on the file's axis.
fn ti_l_ev(found: &Features) -> Option<[f64; 2]> {
    Some([found.found_ev.ti_l3?, found.found_ev.ti_l2?])
}

/// Moves the shared axis so that the reference and the first scan lie equally far from whole channels.
///
/// Whole-channel shifts broaden a sum by the fraction of a channel they leave; a scan off by a constant fraction would
/// alone be broadened, and Ti L would look changed. Returns the remaining shifts and the axis's own, eV.
fn evenly_rounded(
    mut shifts: Vec<(Vec<f64>, &'static str)>,
    dispersion_ev: f64,
) -> (Vec<(Vec<f64>, &'static str)>, f64) {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64 / dispersion_ev;
    let apart = shifts.get(1).map_or(0.0, |(scan, _)| mean(scan) - mean(&shifts[0].0));
    let axis_ev = 0.5 * (apart - apart.round()) * dispersion_ev;
    shifts.iter_mut().flat_map(|(shift, _)| shift).for_each(|s| *s -= axis_ev);
    (shifts, axis_ev)
}

/// Total of a scan with its drift removed, raw counts on its own axis.
fn aligned_total(scan: &ScanInput, drift: &Drift) -> Vec<f64> {
    moved_total(scan, scan.scan.axis(), &drift.shift_ev)
}

fn moved_total(scan: &ScanInput, axis: &EnergyAxis, shift_ev: &[f64]) -> Vec<f64> {
    let all: Vec<usize> = (0..scan.scan.positions()).collect();
    SummedSpectrum::new(&scan.scan, &all, axis, shift_ev, &NoiseModel::unit(), &FixedPattern::none()).electrons
}

/// What remains between Ti L of a scan and of the reference once both axes are taken as stated. Positions are moved by
/// whole channels on top of their drift: by a fraction, a sum of unequal shares of two shifts would be skewed.
fn ti_l_to_reference(
    reference: &ScanInput,
    found: &Features,
    target: &[f64],
    scan: &ScanInput,
    drift: &Drift,
    stated: f64,
) -> Option<f64> {
    let energies = ti_l_ev(found)?;
    let axis = reference.scan.axis();
    let mut shift = stated;
    for _ in 0..3 {
        let whole = (shift / axis.dispersion_ev()).round() * axis.dispersion_ev();
        let shift_ev: Vec<f64> = drift.shift_ev.iter().map(|s| s + whole).collect();
        let moved = moved_total(scan, axis, &shift_ev);
        shift = whole + align::ti_l_shift(&moved, target, axis, energies)?;
    }
    Some(shift - stated)
}
