//! The joint fit against pairs of spectra drawn from its own model.

use moray::analysis::drops::Drops;
use moray::analysis::fit::{
    FitSpectrum, JointFit, Parameters, SpectrumParameters, attainable_covariance, expected_electrons, joint_fit,
};
use moray::model::{EnergyAxis, EnergyWindow, FineStructure, Recipe};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Poisson, StandardNormal};

/// Read variance of a channel of the sums, electrons squared.
const READ_VARIANCE: f64 = 9.0;

/// What many fits of the right model show for one measure, pooled over peaks b, c and d.
#[derive(Debug, Clone, Copy)]
pub struct Figures {
    /// Root mean square deviation of the log ratios over the Cramer-Rao bound, root mean square of the peaks.
    pub rms_over_bound: f64,
    /// Share of 95 % intervals that hold the truth.
    pub coverage: f64,
    /// Mean deviation in sigma, the largest of the peaks.
    pub bias: f64,
}

/// Figures of `pairs` simulated pairs with `electrons_in_a` electrons in window a: of areas, and of windows.
pub fn figures(pairs: u64, electrons_in_a: f64) -> [Figures; 2] {
    let world = World::new(electrons_in_a);
    let fits: Vec<JointFit> = (0..pairs).map(|seed| world.fit(seed)).collect();
    let measures: [&dyn Fn(&JointFit) -> Drops; 2] =
        [&|fit| fit.component_drops(0, 1), &|fit| fit.window_drops(0, 1, &world.windows).unwrap()];
    measures.map(|measure| world.figures(&fits, measure))
}

struct World {
    structure: FineStructure,
    windows: Vec<EnergyWindow>,
    truth: Parameters,
    empty: FitSpectrum,
}

impl World {
    /// Peaks beside where the fit expects them, of the sizes that Li4Ti5O12 has; those of the site smaller.
    fn new(electrons_in_a: f64) -> Self {
        let recipe = Recipe::preset("lto").unwrap();
        let edge = &recipe.edges[1];
        let structure = FineStructure::of(edge).unwrap();
        let axis = EnergyAxis::new(480.1, 0.25, 400).unwrap();
        let empty = FitSpectrum::new(axis, &[0.0; 400], READ_VARIANCE, structure.window_ev).unwrap();
        let unit = electrons_in_a / 2.05;
        let part = |kept: [f64; 4]| SpectrumParameters {
            areas: [1.6, 1.63, 2.55, 2.66].iter().zip(kept).map(|(area, kept)| unit * area * kept).collect(),
            step: 0.3 * unit,
            background: 0.9 * unit * 0.25,
            exponent: 3.2,
        };
        let shapes = [[531.15, 1.55], [533.2, 1.75], [538.8, 4.2], [544.8, 4.8]];
        let truth = Parameters::new(&shapes, &[part([0.95, 0.75, 0.72, 0.74]), part([1.0; 4])]);
        let windows = edge.peaks.iter().map(|peak| peak.window_ev).collect();
        Self { structure, windows, truth, empty }
    }

    fn fit(&self, seed: u64) -> JointFit {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let read_noise = READ_VARIANCE.sqrt();
        let spectra: Vec<FitSpectrum> = (0..2)
            .map(|s| {
                let mean = expected_electrons(&self.structure, &self.truth, s, &self.empty);
                let drawn = mean.iter().map(|&mu| {
                    let noise: f64 = StandardNormal.sample(&mut random);
                    Poisson::new(mu).unwrap().sample(&mut random) + read_noise * noise
                });
                self.empty.clone().with_electrons(drawn.collect())
            })
            .collect();
        joint_fit(&spectra, &self.structure).unwrap()
    }

    /// Deviations from the truth, which is a fit of the expected electrons with the bound as its covariance.
    fn figures(&self, fits: &[JointFit], measure: &dyn Fn(&JointFit) -> Drops) -> Figures {
        let spectra = [0, 1].map(|s| {
            let mean = expected_electrons(&self.structure, &self.truth, s, &self.empty);
            self.empty.clone().with_electrons(mean)
        });
        let mut exact = joint_fit(&spectra, &self.structure).unwrap();
        exact.parameters = self.truth.clone();
        exact.covariance = attainable_covariance(&self.structure, &self.truth, &spectra).unwrap();
        let exact = measure(&exact);
        let truths: Vec<f64> = exact.log_ratios().collect();
        let mut figures = Figures { rms_over_bound: 0.0, coverage: 0.0, bias: 0.0 };
        for (k, truth) in truths.iter().enumerate() {
            let (mut square, mut sum, mut covered) = (0.0, 0.0, 0.0);
            for fit in fits {
                let log = measure(fit).peaks[k].log_ratio.clone().unwrap();
                let off = log.value - truth;
                square += off * off;
                sum += off / log.sigma;
                let [low, high] = log.drop_interval(0.95, 0.0);
                let drop = 1.0 - truth.exp();
                covered += f64::from(u8::from(low <= drop && drop <= high));
            }
            let count = fits.len() as f64;
            let bound = exact.covariance[[k, k]].sqrt();
            figures.rms_over_bound += square / count / bound.powi(2) / truths.len() as f64;
            figures.bias = figures.bias.max((sum / count).abs());
            figures.coverage += covered / count / truths.len() as f64;
        }
        Figures { rms_over_bound: figures.rms_over_bound.sqrt(), ..figures }
    }
}
