//! A stand-in for the science: the shape of a comparison, with made-up numbers, from plain sums.

use moray::analysis::*;
use moray::model::{EdgeRecipe, EdgeUse, EnergyWindow, Role, Site};
use moray::progress::Progress;

/// A gain at which this stand-in fails.
pub(crate) const FAILING_GAIN: f64 = 13.0;
/// How far the axis of the sample is off, eV.
const OFFSET_EV: f64 = 1.25;

/// Compares without science. Drops are plain window ratios after a straight background; every sigma is invented.
pub(crate) fn compare(
    input: &CompareInput,
    _memo: &mut Memo,
    progress: &Progress,
) -> Result<Comparison, AnalysisError> {
    progress.at(1, 2)?;
    if input.recipe.counts_per_electron == Some(FAILING_GAIN) {
        return Err(AnalysisError::Cancelled);
    }
    let mut sites = vec![(&input.reference, Role::Reference, reference_site(&input.reference))];
    for scan in &input.scans {
        sites.extend(scan_sites(scan).into_iter().map(|site| (scan, Role::Scan, site)));
    }
    let curves: Vec<EdgeCurves> = input.recipe.edges.iter().map(|edge| edge_curves(edge, &sites)).collect();
    let edges = input.recipe.edges.iter().zip(&curves).filter(|(edge, _)| edge.usage == EdgeUse::Drops);
    let edges = edges.map(|(edge, curves)| edge_result(edge, curves)).collect();
    let used = sites.iter().map(|(scan, role, site)| site_used(scan, *role, site)).collect();
    let report = report(input, used, edges);
    Ok(Comparison { report, curves })
}

type Group<'a> = (&'a ScanInput, Role, Site);

fn column_centres(positions: usize) -> Vec<usize> {
    (0..).map(|k| 4 + (k as f64 * 9.46) as usize).take_while(|c| c + 3 <= positions).collect()
}

fn columns(positions: usize, keep: impl Fn(usize) -> bool) -> Vec<std::ops::Range<usize>> {
    let kept = column_centres(positions).into_iter().enumerate().filter(|(k, _)| keep(*k));
    kept.map(|(_, centre)| centre.saturating_sub(2)..(centre + 3).min(positions)).collect()
}

fn reference_site(scan: &ScanInput) -> Site {
    if let Some(sites) = &scan.sites {
        let columns = sites.iter().flat_map(|site| site.columns.clone()).collect();
        return Site { name: "reference".into(), columns };
    }
    Site { name: "reference".into(), columns: columns(scan.scan.positions(), |_| true) }
}

fn scan_sites(scan: &ScanInput) -> Vec<Site> {
    scan.sites.clone().unwrap_or_else(|| {
        let positions = scan.scan.positions();
        let site = |name: &str, odd: usize| Site { name: name.into(), columns: columns(positions, |k| k % 2 == odd) };
        vec![site("O1", 0), site("O2", 1)]
    })
}

fn site_used(scan: &ScanInput, role: Role, site: &Site) -> SiteUsed {
    let step = scan.scan.step_nm;
    let column = |range: &std::ops::Range<usize>| Column {
        center_nm: step.map(|step| step * 0.5 * (range.start + range.end) as f64),
        from: range.start,
        to: range.end,
    };
    SiteUsed {
        scan: scan.name.clone(),
        role,
        name: site.name.clone(),
        columns: site.columns.iter().map(column).collect(),
        positions: site.positions().len(),
    }
}

fn edge_curves(edge: &EdgeRecipe, sites: &[Group<'_>]) -> EdgeCurves {
    let energy_ev = sites[0].0.scan.axis().shifted(OFFSET_EV).energies();
    let spectra = sites.iter().map(|group| site_curve(edge, group, &energy_ev)).collect();
    EdgeCurves {
        edge: edge.name.clone(),
        usage: edge.usage,
        energy_ev,
        spectra,
        covariances: Vec::new(),
        joint_fits: Vec::new(),
    }
}

fn site_curve(edge: &EdgeRecipe, (scan, role, site): &Group<'_>, energy: &[f64]) -> SiteCurve {
    let mut raw = vec![0.0; energy.len()];
    for position in site.positions() {
        raw.iter_mut().zip(scan.scan.spectrum(position)).for_each(|(sum, count)| *sum += count);
    }
    let background = line_through(edge.background.window_ev, energy, &raw);
    let net: Vec<f64> = raw.iter().zip(&background).map(|(n, b)| n - b).collect();
    let raw_sigma: Vec<f64> = raw.iter().map(|n| n.max(1.0).sqrt()).collect();
    let by = edge.normalise_by.as_ref().and_then(|label| edge.peak(label)).map(|peak| peak.window_ev);
    let by = by.or(edge.compare_window_ev).map_or(1.0, |window| mean_in(window, energy, &net));
    SiteCurve {
        scan: scan.name.clone(),
        role: *role,
        site: site.name.clone(),
        offset_ev: 0.0,
        normalised: net.iter().map(|v| v / by).collect(),
        single_scattering: false,
        normalised_sigma: raw_sigma.iter().map(|v| v / by).collect(),
        background_sigma: vec![raw_sigma[0] * 0.1; energy.len()],
        raw,
        raw_sigma,
        background,
        net,
    }
}

/// A power law through the means of the two halves of a window.
fn line_through(window: EnergyWindow, energy: &[f64], counts: &[f64]) -> Vec<f64> {
    let middle = window.centre_ev();
    let half = |lo, hi| mean_in(EnergyWindow::new(lo, hi).unwrap(), energy, counts).max(1e-9);
    let (a, b) = (half(window.lo_ev(), middle), half(middle, window.hi_ev()));
    let (ea, eb) = (0.5 * (window.lo_ev() + middle), 0.5 * (middle + window.hi_ev()));
    let r = (a / b).ln() / (eb / ea).ln();
    energy.iter().map(|e| a * (e / ea).powf(-r)).collect()
}

fn mean_in(window: EnergyWindow, energy: &[f64], values: &[f64]) -> f64 {
    let inside = |e: &f64| (window.lo_ev()..window.hi_ev()).contains(e);
    let picked: Vec<f64> = energy.iter().zip(values).filter(|(e, _)| inside(e)).map(|(_, v)| *v).collect();
    picked.iter().sum::<f64>() / picked.len().max(1) as f64
}

fn edge_result(edge: &EdgeRecipe, curves: &EdgeCurves) -> EdgeResult {
    let by = edge.normalise_by.clone().unwrap();
    let peaks = edge.peaks.iter().filter(|peak| peak.label != by);
    let result = |peak: &moray::model::PeakWindow| {
        let ratio = |curve: &SiteCurve| mean_in(peak.window_ev, &curves.energy_ev, &curve.normalised);
        let reference = ratio(&curves.spectra[0]);
        let at = |curve: &SiteCurve| peak_at(curve, ratio(curve), reference);
        let sites: Vec<PeakAtSite> = curves.spectra[1..].iter().map(at).collect();
        let site_against_site: Vec<_> = sites.chunks(2).filter(|pair| pair.len() == 2).map(against).collect();
        let (label, assignment) = (peak.label.clone(), peak.assignment.clone());
        let o1_against_o2 = site_against_site.first().cloned();
        PeakResult { label, window_ev: peak.window_ev, assignment, sites, o1_against_o2, site_against_site }
    };
    let background = |curve: &SiteCurve| BackgroundResult {
        scan: curve.scan.clone(),
        site: curve.site.clone(),
        model: "common-shape".into(),
        window_ev: edge.background.window_ev,
        plural_scattering: false,
        exponent: Some(3.08),
        exponent_sigma: Some(0.05),
        reduced_chi2: Some(1.1),
        ratio_window_ev: edge.background.ratio_window_ev,
        ratio_reduced_chi2: Some(1.02),
        more_windows_ev: Vec::new(),
        extrapolation: Vec::new(),
        ratio_p: Some(0.4),
    };
    EdgeResult {
        name: edge.name.clone(),
        backgrounds: curves.spectra.iter().map(background).collect(),
        normalisation: Normalisation {
            window_ev: edge.peak(&by).unwrap().window_ev,
            peak: by.clone(),
            measure: "integral".into(),
        },
        peaks: peaks.map(result).collect(),
        combined: Vec::new(),
        other_normalisations: Vec::new(),
        joint_fit: Vec::new(),
        column_scatter: Vec::new(),
        unmixing: Vec::new(),
    }
}

fn peak_at(curve: &SiteCurve, ratio: f64, reference: f64) -> PeakAtSite {
    let (drop, sigma) = (1.0 - ratio / reference, 0.013);
    PeakAtSite {
        scan: curve.scan.clone(),
        site: curve.site.clone(),
        method: "window".into(),
        ratio: Some(ratio),
        ratio_sigma: Some(0.01),
        reference_ratio: Some(reference),
        reference_ratio_sigma: Some(0.008),
        drop: Some(drop),
        drop_sigma: Some(sigma),
        drop_systematic: Some(0.006),
        drop_ci68: Some([drop - 1.1 * sigma, drop + 1.1 * sigma]),
        drop_ci95: Some([drop - 2.2 * sigma, drop + 2.2 * sigma]),
        p: Some(1e-9),
        window_spread: Some(0.004),
        ..PeakAtSite::default()
    }
}

fn against(pair: &[PeakAtSite]) -> SiteAgainstSite {
    let drop = pair[0].ratio.zip(pair[1].ratio).map(|(a, b)| 1.0 - a / b);
    SiteAgainstSite {
        scan: pair[0].scan.clone(),
        site: pair[0].site.clone(),
        against: pair[1].site.clone(),
        drop,
        drop_sigma: Some(0.017),
        drop_ci95: drop.map(|d| [d - 0.034, d + 0.034]),
        p: Some(7e-10),
        reason: None,
    }
}

fn report(input: &CompareInput, sites: Vec<SiteUsed>, edges: Vec<EdgeResult>) -> Report {
    let scans: Vec<_> = sites.iter().filter(|site| site.role == Role::Scan).collect();
    let ti_l = scans.iter().map(|site| ti_l(site)).collect();
    let calibration = |name: &str, role| Calibration {
        scan: name.to_owned(),
        role,
        pivot_ev: 463.1,
        offset_ev: OFFSET_EV,
        dispersion_scale: 1.0,
        sigma_offset_ev: Some(0.05),
        sigma_dispersion_scale: Some(0.001),
        method: "features".into(),
        found_ev: FoundFeatures::default(),
    };
    let mut calibrations = vec![calibration(&input.reference.name, Role::Reference)];
    calibrations.extend(input.scans.iter().map(|scan| calibration(&scan.name, Role::Scan)));
    let alignment = |scan: &ScanInput| Alignment {
        scan: scan.name.clone(),
        method: "ti-l".into(),
        shift_to_reference_ev: 0.0,
        sigma_ev: Some(0.01),
        drift_sigma_ev: Some(0.004),
        drift_ev: Vec::new(),
    };
    let manual = input.scans.iter().any(|scan| scan.sites.is_some());
    Report {
        error_budget: "counting noise only".into(),
        gain: Gain {
            counts_per_electron: 6.02,
            sigma: Some(0.15),
            source: GainSource::Estimated,
            set_by_hand: false,
            file_counts_per_electron: None,
            channel_factor: Some(0.45),
            read_noise_counts: Some(25.0),
        },
        pattern: Vec::new(),
        calibration: calibrations,
        self_check: Vec::new(),
        spikes: Spikes::default(),
        alignment: input.scans.iter().map(alignment).collect(),
        thickness: Vec::new(),
        agreement: Vec::new(),
        site_finding: SiteFinding {
            source: if manual { "manual" } else { "found" }.into(),
            profiles: Vec::new(),
            period_nm: Some(0.2952),
            period_sigma_nm: Some(0.0021),
            alternation_z: Some(8.4),
            o_k_alternation_z: None,
            established: true,
        },
        sites,
        edges,
        ti_l,
        warnings: vec![Warning {
            code: "low-loss-missing".into(),
            message: "no low loss recorded: a difference in thickness cannot be corrected".into(),
            place: "O K".into(),
        }],
        not_computed: Vec::new(),
    }
}

fn ti_l(site: &SiteUsed) -> TiL {
    TiL {
        scan: site.scan.clone(),
        site: site.name.clone(),
        p_equal: Some(0.42),
        shift_ev: Some(0.012),
        shift_sigma_ev: Some(0.021),
        ti3_fraction: Some(0.004),
        ti3_sigma: Some(0.007),
        ti3_upper95: Some(0.018),
        l3_l2_relative: Some(0.99),
        l3_l2_sigma: Some(0.018),
        verdict: Some("unchanged".into()),
        ..TiL::default()
    }
}
