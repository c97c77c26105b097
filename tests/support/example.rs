//! A plausible comparison from hand-written curves: Gaussian peaks on a power law, with seeded noise and known drops.

use moray::analysis::*;
use moray::model::{EdgeRecipe, EdgeUse, EnergyWindow, ProfileKind, Recipe, Role};
use ndarray::Array2;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Normal};

/// What an example holds.
#[derive(Debug, Clone)]
pub(crate) struct Example {
    /// Name of the reference scan.
    pub(crate) reference: &'static str,
    /// Scans with their sites.
    pub(crate) scans: Vec<(&'static str, Vec<&'static str>)>,
    /// Whether Ti L2,3 is there.
    pub(crate) ti: bool,
    /// Electrons in a channel at peak a.
    pub(crate) dose: f64,
    /// Site whose peak b is not detected.
    pub(crate) undetected: Option<&'static str>,
    /// Site that cannot be normalised; `reference` for the reference.
    pub(crate) unnormalised: Option<&'static str>,
}

impl Default for Example {
    fn default() -> Self {
        Self {
            reference: "pristine",
            scans: vec![("2.7 V", vec!["O1", "O2"])],
            ti: true,
            dose: 4000.0,
            undetected: None,
            unnormalised: None,
        }
    }
}

/// Drops of b, c, d at the site with this number.
pub(crate) fn true_drops(site: usize) -> [f64; 3] {
    let scale = [1.0, 0.52, 0.3, 0.15][site % 4];
    [0.155 * scale, 0.185 * scale, 0.165 * scale]
}

impl Example {
    /// The recipe that the example stands for.
    pub(crate) fn recipe() -> Recipe {
        Recipe::preset("lto").unwrap()
    }

    /// The comparison.
    pub(crate) fn comparison(&self) -> Comparison {
        let recipe = Self::recipe();
        let edges = recipe.edges.iter().filter(|edge| self.ti || edge.usage == EdgeUse::Drops);
        let curves = edges.map(|edge| self.curves(edge)).collect();
        Comparison { report: self.report(&recipe), curves }
    }

    fn sites(&self) -> Vec<(&'static str, &'static str, usize)> {
        let sites = self.scans.iter().flat_map(|(scan, sites)| sites.iter().map(move |site| (*scan, *site)));
        sites.enumerate().map(|(k, (scan, site))| (scan, site, k)).collect()
    }

    fn curves(&self, edge: &EdgeRecipe) -> EdgeCurves {
        let energy_ev: Vec<f64> = (0..1400).map(|i| 430.0 + 0.125 * f64::from(i)).collect();
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        let mut spectra =
            vec![self.curve(edge, &energy_ev, Role::Reference, self.reference, "reference", [0.0; 3], &mut rng)];
        for (scan, site, k) in self.sites() {
            spectra.push(self.curve(edge, &energy_ev, Role::Scan, scan, site, true_drops(k), &mut rng));
        }
        let covariance = |(scan, site, k): (&str, &str, usize)| LogRatioCovariance {
            scan: scan.to_owned(),
            site: site.to_owned(),
            peaks: ["b", "c", "d"].map(str::to_owned).to_vec(),
            log_ratio: true_drops(k).iter().map(|d| (1.0 - d).ln()).collect(),
            covariance: Array2::from_diag(&ndarray::arr1(&[1.7e-4, 1.1e-4, 1.2e-4])),
        };
        let drops = edge.usage == EdgeUse::Drops;
        let covariances = if drops { self.sites().into_iter().map(covariance).collect() } else { Vec::new() };
        EdgeCurves {
            edge: edge.name.clone(),
            usage: edge.usage,
            energy_ev,
            spectra,
            covariances,
            joint_fits: Vec::new(),
        }
    }

    #[allow(clippy::too_many_arguments)]
    fn curve(
        &self,
        edge: &EdgeRecipe,
        energy_ev: &[f64],
        role: Role,
        scan: &str,
        site: &str,
        drops: [f64; 3],
        rng: &mut ChaCha8Rng,
    ) -> SiteCurve {
        let dose = self.dose * if role == Role::Reference { 3.0 } else { 1.0 };
        let drops_edge = edge.usage == EdgeUse::Drops;
        let shape = |e: f64| if drops_edge { oxygen(e, drops) } else { titanium(e) };
        let start = if drops_edge { 519.0 } else { 438.0 };
        let background: Vec<f64> = energy_ev.iter().map(|e| 1.4 * dose * (e / start).powf(-3.2)).collect();
        let clean: Vec<f64> = energy_ev.iter().zip(&background).map(|(e, b)| b + dose * shape(*e)).collect();
        let raw: Vec<f64> = clean.iter().map(|n| n + Normal::new(0.0, n.sqrt()).unwrap().sample(rng)).collect();
        let raw_sigma: Vec<f64> = clean.iter().map(|n| n.sqrt()).collect();
        let net: Vec<f64> = raw.iter().zip(&background).map(|(n, b)| n - b).collect();
        let normalised = drops_edge && self.unnormalised != Some(site);
        let scale = if normalised { 1.0 / mean_in(energy_ev, &net, [529.5, 532.1]) } else { 0.0 };
        let scaled = |values: &[f64]| if normalised { values.iter().map(|v| v * scale).collect() } else { Vec::new() };
        SiteCurve {
            scan: scan.to_owned(),
            role,
            site: site.to_owned(),
            offset_ev: 0.0,
            normalised: scaled(&net),
            single_scattering: false,
            normalised_sigma: scaled(&raw_sigma),
            background_sigma: background.iter().map(|b| 0.002 * b).collect(),
            raw,
            raw_sigma,
            background,
            net,
        }
    }

    fn oxygen(&self, recipe: &Recipe) -> EdgeResult {
        let edge = recipe.edge("O K").unwrap();
        let peaks = edge.peaks.iter().filter(|peak| peak.label != "a").enumerate();
        let peaks = peaks.map(|(k, peak)| PeakResult {
            label: peak.label.clone(),
            window_ev: peak.window_ev,
            assignment: peak.assignment.clone(),
            sites: self.sites().into_iter().map(|(scan, site, n)| self.at_site(scan, site, n, k)).collect(),
            o1_against_o2: self.against(k).into_iter().next(),
            site_against_site: self.against(k),
        });
        let normalisation = Normalisation {
            peak: "a".into(),
            measure: "integral".into(),
            window_ev: edge.peak("a").unwrap().window_ev,
        };
        EdgeResult {
            name: edge.name.clone(),
            backgrounds: self.backgrounds(edge),
            normalisation,
            peaks: peaks.collect(),
            combined: self.sites().into_iter().map(combined).collect(),
            column_scatter: vec![ColumnScatter {
                scan: "2.7 V".into(),
                site: "O1".into(),
                peak: "b".into(),
                columns: vec![
                    ColumnDrop { drop: Some(0.18), drop_sigma: Some(0.03) },
                    ColumnDrop { drop: None, drop_sigma: None },
                ],
                chi2: Some(1.1),
                dof: 1,
                p: Some(0.3),
            }],
            other_normalisations: vec![OtherNormalisation {
                by: "post-edge".into(),
                drops: vec![OtherDrop {
                    scan: "2.7 V".into(),
                    site: "O1".into(),
                    peak: "b".into(),
                    drop: 0.16,
                    drop_sigma: 0.02,
                }],
            }],
            joint_fit: Vec::new(),
            unmixing: Vec::new(),
        }
    }

    fn report(&self, recipe: &Recipe) -> Report {
        Report {
            error_budget: "counting noise and read noise".into(),
            gain: Gain {
                counts_per_electron: 6.0,
                sigma: Some(0.15),
                source: GainSource::Estimated,
                set_by_hand: false,
                file_counts_per_electron: None,
                channel_factor: Some(0.45),
                read_noise_counts: Some(25.0),
            },
            pattern: Vec::new(),
            calibration: Vec::new(),
            self_check: Vec::new(),
            spikes: Spikes::default(),
            alignment: Vec::new(),
            thickness: Vec::new(),
            agreement: Vec::new(),
            site_finding: SiteFinding {
                source: "found".into(),
                profiles: vec![ProfileKind::Haadf],
                period_nm: Some(0.2956),
                period_sigma_nm: Some(0.002),
                alternation_z: Some(9.5),
                o_k_alternation_z: None,
                established: true,
            },
            sites: Vec::new(),
            edges: vec![self.oxygen(recipe)],
            ti_l: if self.ti { self.sites().into_iter().map(ti_l).collect() } else { Vec::new() },
            warnings: vec![Warning {
                code: "gain-assumed".into(),
                message: "The gain is an estimate; sigmas scale with it".into(),
                place: "pristine".into(),
            }],
            not_computed: vec![NotComputed { field: "pattern".into(), reason: "fewer than 40 positions".into() }],
        }
    }

    fn at_site(&self, scan: &str, site: &str, number: usize, peak: usize) -> PeakAtSite {
        let sigma = [0.013, 0.010, 0.011][peak];
        let drop = true_drops(number)[peak];
        let reference_ratio = [0.78, 2.6, 2.4][peak];
        let found = !(peak == 0 && self.undetected == Some(site)) && self.unnormalised != Some(site);
        let some = |value: f64| found.then_some(value);
        let reason = if found { None } else { Some("peak not detected: its net area is below 3 sigma".to_owned()) };
        PeakAtSite {
            scan: scan.to_owned(),
            site: site.to_owned(),
            method: "window".into(),
            ratio: some(reference_ratio * (1.0 - drop)),
            ratio_sigma: some(reference_ratio * sigma),
            reference_ratio: Some(reference_ratio),
            reference_ratio_sigma: Some(0.008),
            drop: some(drop),
            drop_sigma: some(sigma),
            drop_systematic: some(0.004),
            drop_ci68: found.then_some([drop - sigma, drop + sigma]),
            drop_ci95: found.then_some([drop - 1.96 * sigma, drop + 1.96 * sigma]),
            p: some(1e-12),
            window_spread: some(0.004),
            reason,
            sensitivity: found.then(|| Sensitivity {
                background_shifts_ev: vec![[0.0, 0.0], [2.0, 0.0]],
                peak_shifts_ev: vec![[0.0, 0.0], [0.25, 0.25]],
                drops: vec![vec![Some(drop), Some(drop + 0.004)], vec![None, Some(drop - 0.002)]],
                largest_change: 0.004,
                stable_within_sigma: 1.0,
                stable: true,
            }),
            bootstrap: found.then_some(BootstrapResult {
                replicas: 400,
                failed: 0,
                seed: 2019,
                drop_sigma: Some(0.8 * sigma),
                drop_ci68: Some([drop - 0.8 * sigma, drop + 0.8 * sigma]),
                drop_ci95: Some([drop - 1.6 * sigma, drop + 1.6 * sigma]),
            }),
            drop_counting: some(0.8 * sigma),
            drop_pattern: some(0.6 * sigma),
            ratio_set: (!found).then_some(RatioSet { kind: RatioSetKind::Interval, limits: Some([-0.1, 0.4]) }),
            ..PeakAtSite::default()
        }
    }

    fn against(&self, peak: usize) -> Vec<SiteAgainstSite> {
        let pairs = self.scans.iter().filter(|(_, sites)| sites.len() >= 2);
        let test = |(scan, sites): &(&'static str, Vec<&'static str>)| SiteAgainstSite {
            scan: (*scan).to_owned(),
            site: sites[0].to_owned(),
            against: sites[1].to_owned(),
            drop: Some([0.082, 0.095, 0.085][peak]),
            drop_sigma: Some(0.012),
            drop_ci95: Some([0.06, 0.105]),
            p: Some(2e-11),
            reason: None,
        };
        pairs.map(test).collect()
    }

    fn backgrounds(&self, edge: &EdgeRecipe) -> Vec<BackgroundResult> {
        let result = |(scan, site, _): (&str, &str, usize)| BackgroundResult {
            scan: scan.to_owned(),
            site: site.to_owned(),
            model: "common-shape".into(),
            window_ev: edge.background.window_ev,
            plural_scattering: false,
            exponent: Some(3.2),
            exponent_sigma: Some(0.05),
            reduced_chi2: Some(1.02),
            ratio_window_ev: edge.background.ratio_window_ev,
            ratio_reduced_chi2: Some(0.98),
            more_windows_ev: Vec::new(),
            extrapolation: vec![Extrapolation {
                peak: "b".into(),
                background_electrons: 4e5,
                background_sigma: 900.0,
                h: Some(3.0),
            }],
            ratio_p: Some(0.4),
        };
        self.sites().into_iter().map(result).collect()
    }
}

fn combined((scan, site, _): (&str, &str, usize)) -> Combined {
    Combined { scan: scan.to_owned(), site: site.to_owned(), chi2: Some(410.0), dof: 3, p: Some(1e-80) }
}

fn ti_l((scan, site, _): (&str, &str, usize)) -> TiL {
    TiL {
        scan: scan.to_owned(),
        site: site.to_owned(),
        p_equal: Some(0.4),
        shift_ev: Some(0.01),
        shift_sigma_ev: Some(0.02),
        ti3_fraction: Some(0.002),
        ti3_sigma: Some(0.01),
        ti3_upper95: Some(0.018),
        ti3_reference: Some("ti2o3".into()),
        ti3_assumed_shift_ev: None,
        ti3_fixed_shift: Some(0.003),
        ti3_fixed_shift_sigma: Some(0.008),
        t2g_eg_splitting: Some(TiSplitting {
            site_ev: 2.1,
            site_sigma_ev: 0.03,
            reference_ev: 2.09,
            reference_sigma_ev: 0.02,
            difference_ev: 0.01,
            difference_sigma_ev: 0.02,
            reduced_chi2: 1.1,
        }),
        l3_l2_relative: Some(0.99),
        l3_l2_sigma: Some(0.02),
        verdict: Some("unchanged".into()),
        reason: None,
    }
}

fn mean_in(energy_ev: &[f64], values: &[f64], [lo, hi]: [f64; 2]) -> f64 {
    let window = EnergyWindow::new(lo, hi).unwrap();
    let inside = |e: f64| e >= window.lo_ev() && e < window.hi_ev();
    let held: Vec<f64> = energy_ev.iter().zip(values).filter(|(e, _)| inside(**e)).map(|(_, v)| *v).collect();
    held.iter().sum::<f64>() / held.len() as f64
}

fn gauss(e: f64, centre: f64, sigma: f64) -> f64 {
    (-0.5 * ((e - centre) / sigma).powi(2)).exp()
}

fn step(e: f64, onset: f64, width: f64) -> f64 {
    0.5 * (1.0 + ((e - onset) / width).tanh())
}

fn oxygen(e: f64, [b, c, d]: [f64; 3]) -> f64 {
    gauss(e, 531.0, 0.75)
        + (1.0 - b) * 0.72 * gauss(e, 533.4, 0.85)
        + (1.0 - c) * (1.1 * gauss(e, 539.2, 2.1) + 0.25 * step(e, 537.0, 1.5))
        + (1.0 - d) * (0.8 * gauss(e, 544.9, 2.2) + 0.3 * step(e, 545.0, 3.0))
}

fn titanium(e: f64) -> f64 {
    0.75 * gauss(e, 458.3, 0.5)
        + 1.5 * gauss(e, 460.4, 0.65)
        + 1.05 * gauss(e, 463.8, 0.75)
        + 1.3 * gauss(e, 465.8, 0.9)
        + 0.25 * step(e, 459.5, 1.2)
        + 0.28 * step(e, 465.0, 1.2)
}
