//! Parts of the program on their own: alignment, deconvolution, spikes, site finding, real files.

use moray::analysis::fourier_ratio::FourierRatio;
use moray::analysis::sites::{FoundSites, SiteProfile, find_sites, net_profile};
use moray::analysis::sums::SummedSpectrum;
use moray::analysis::thickness::LowLoss;
use moray::analysis::{align, features, noise, spikes};
use moray::model::{EnergyWindow, ProfileKind, Recipe};
use moray::simulate::{ColumnChange, Simulated, SimulatedScan, Truth, World, simulate};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::diamond::{self, DiagonalStudy};
use super::statistics::{mean, rms, share};
use super::table::{Estimate, Figure, Group, Plan, Unit};

const ANY: f64 = f64::INFINITY;

/// Energies without edges, as titanates have them.
fn quiet_ev() -> [[f64; 2]; 3] {
    Recipe::preset("lto").unwrap().calibration.quiet_ev()
}

/// Rows of the parts.
pub(crate) fn group(plan: &Plan) -> Group {
    let scans = plan.scans;
    let mut rows = Vec::new();
    for (electrons, limit_ev) in [(1e5, 0.002), (4e6, 0.001)] {
        for dispersion_ev in [0.1, 0.25] {
            let name = format!("zero-loss alignment, {electrons:.0e} electrons, {dispersion_ev} eV per channel");
            rows.extend(plan.row(&name, || alignment(electrons, dispersion_ev, limit_ev, scans)));
        }
    }
    rows.extend(plan.row("calibration without Ti L and O K", || refusal(scans)));
    rows.extend(plan.row("Fourier ratio, noise-free, t/λ 0.2 to 1.2", fourier_ratio));
    rows.extend(plan.row("spikes", || spike_removal(scans)));
    let kinds = [
        ("sites, ABF and HAADF", &KINDS[..2]),
        ("sites, ABF and O K", &[ProfileKind::Abf, ProfileKind::OK]),
        ("sites, HAADF and O K", &KINDS[1..]),
        ("sites, ABF, HAADF and O K", &KINDS),
    ];
    rows.extend(kinds.iter().filter_map(|(name, kinds)| plan.row(name, || sites(kinds, scans))));
    let equal = |(name, kinds): &(&str, &[ProfileKind])| {
        plan.row(&format!("{name}, equal oxygen columns"), || equal_columns(kinds, scans))
    };
    rows.extend(kinds.iter().filter_map(equal));
    rows.extend(plan.row("diamond strain, 4.1 nm, 60 electrons a pixel", || strain(scans)));
    Group { heading: "Other parts", rows }
}

fn each<T: Send>(scans: u64, one: impl Fn(u64) -> T + Sync + Send) -> Vec<T> {
    (0..scans).into_par_iter().map(one).collect()
}

fn alignment(electrons: f64, dispersion_ev: f64, limit_ev: f64, scans: u64) -> Vec<Figure> {
    let world = World {
        low_loss_electrons: electrons,
        dispersion_ev,
        low_loss_channels: (60.0 / dispersion_ev) as usize,
        first_ev: 500.0,
        channels: (55.0 / dispersion_ev) as usize,
        drift_walk_ev: 0.03,
        drift_trend_ev: 0.004,
        ..World::default()
    };
    let errors = each(scans, |seed| {
        let scan = simulate(&world, seed).unwrap().scan;
        let found = align::by_zero_loss(scan.low_loss.as_ref().unwrap()).unwrap();
        let off: Vec<f64> = found.shift_ev.iter().zip(&scan.drift_ev).map(|(shift, drift)| shift + drift).collect();
        // A constant of all positions is no misalignment: the calibration takes it.
        let mean = off.iter().sum::<f64>() / off.len() as f64;
        off.iter().map(|error| error - mean).collect::<Vec<f64>>()
    });
    let error = rms(&errors, Clone::clone);
    vec![Figure::new("error of a position, RMS in eV", error, 0.0..=limit_ev, Unit::Number(4))]
}

/// Sums of scans that show neither edge: there is nothing to calibrate by.
fn refusal(scans: u64) -> Vec<Figure> {
    let world = World { low_loss: false, ..World::default() };
    let recipe = Recipe::preset("lto").unwrap().calibration;
    let made = simulate(&world, 0).unwrap().scan;
    let axis = *made.core.axis();
    let smooth = made.expected.background.sum_axis(ndarray::Axis(0)).to_vec();
    let refused = each(scans, |seed| {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let sum = SummedSpectrum::counted(axis, smooth.clone()).drawn(&mut random);
        features::find(&sum.electrons, &axis, &recipe).calibration(&recipe.nominal).is_none()
    });
    vec![Figure::new("refused", share(&refused, |refused| vec![*refused]), 0.99..=1.0, Unit::Percent)]
}

fn fourier_ratio() -> Vec<Figure> {
    let edge = |t_over_lambda: f64| {
        let world = World {
            reference_t_over_lambda: t_over_lambda,
            low_loss_electrons: 1e13,
            read_noise_counts: 0.0,
            ..World::default()
        };
        let made = simulate(&world, 1).unwrap().reference;
        let low = LowLoss::of(made.low_loss.as_deref().unwrap(), world.dispersion_ev).unwrap();
        let edge = made.expected.o_k.sum_axis(ndarray::Axis(0)).to_vec();
        // The same Gaussian over all: a specimen of no thickness has the zero-loss peak alone as its low loss.
        FourierRatio::new(edge.len(), &low.response, 0.8, 0.25).unwrap().apply(&edge)
    };
    let range = 380..600; // 525-580 eV
    let single = edge(0.0);
    let deviations = (1..=6).map(|k| {
        let found = edge(0.2 * f64::from(k));
        let dot = |a: &[f64], b: &[f64]| range.clone().map(|i| a[i] * b[i]).sum::<f64>();
        let scale = dot(&single, &found) / dot(&single, &single);
        let top = range.clone().map(|i| scale * single[i]).fold(0.0, f64::max);
        range.clone().map(|i| (found[i] - scale * single[i]).abs() / top).fold(0.0, f64::max)
    });
    let worst = Estimate::exact(deviations.fold(0.0, f64::max));
    vec![Figure::new("largest deviation over maximum, 525-580 eV", worst, 0.0..=0.001, Unit::Number(5))]
}

/// Spikes of a scan above 15 sigma, those caught, and samples flagged in the same scan without spikes.
fn spike_removal(scans: u64) -> Vec<Figure> {
    let world = World { spikes_per_spectrum: 0.05, spike_counts: 1500.0, low_loss: false, ..World::default() };
    let quiet_world = World { spikes_per_spectrum: 0.0, ..world.clone() };
    let cleaned = |scan: &SimulatedScan| {
        spikes::remove(&scan.core, &noise::estimate(&[(&scan.core, *scan.core.axis())], None, &quiet_ev()), &[])
    };
    let found = each(scans, |seed| {
        let [quiet, spiky] = [&quiet_world, &world].map(|world| simulate(world, seed).unwrap().scan);
        let (with, without) = (cleaned(&spiky), cleaned(&quiet));
        let read = world.read_noise_counts / world.counts_per_electron;
        let expected = quiet.expected.total();
        let sigma = |at: (usize, usize)| world.counts_per_electron * (expected[at] + read * read).sqrt();
        let (recorded, undisturbed) = (spiky.core.counts(), quiet.core.counts());
        let caught: Vec<bool> = (recorded.indexed_iter())
            .filter(|(at, n)| *n - undisturbed[*at] > 15.0 * sigma(*at))
            .map(|(at, _)| {
                let left = with.scan.counts()[at] - undisturbed[at];
                with.mask.contains(&at) && left.abs() < 6.0 * sigma(at)
            })
            .collect();
        (caught, without.mask.len() as f64 / undisturbed.len() as f64)
    });
    let rate = mean(&found, |(_, rate)| vec![1e6 * rate]);
    vec![
        Figure::new("caught above 15 σ", share(&found, |(caught, _)| caught.clone()), 0.95..=1.0, Unit::Percent),
        Figure::new("false flags in a million channels", rate, 0.0..=1.0, Unit::Number(2)),
    ]
}

const KINDS: [ProfileKind; 3] = [ProfileKind::Abf, ProfileKind::Haadf, ProfileKind::OK];

/// A world whose scan begins anywhere, with either class first and the spacing off by up to a hundredth.
fn shifted(seed: u64, base: &World) -> World {
    let part = |step: f64| (seed as f64 * step).fract();
    World {
        first_column_nm: part(0.618_034) * base.column_spacing_nm,
        first_column_is_o1: seed.is_multiple_of(2),
        column_spacing_nm: base.column_spacing_nm * (1.0 + 0.02 * (part(0.414_214) - 0.5)),
        low_loss: false,
        channels: 680,
        ..base.clone()
    }
}

fn profiles(made: &Simulated, kinds: &[ProfileKind]) -> Vec<SiteProfile> {
    let scan = &made.scan;
    let axis = *scan.core.axis();
    let noise = noise::estimate(&[(&scan.core, axis)], None, &quiet_ev());
    let windows = [[519.0, 527.5], [529.5, 548.0]].map(|[lo, hi]| EnergyWindow::new(lo, hi).unwrap());
    let shift = vec![0.0; scan.core.positions()];
    let one = |kind: &ProfileKind| match kind {
        ProfileKind::Abf => SiteProfile::from(&scan.abf),
        ProfileKind::Haadf => SiteProfile::from(&scan.haadf),
        ProfileKind::OK => net_profile(&scan.core, &axis, &shift, &noise, windows).unwrap(),
    };
    kinds.iter().map(one).collect()
}

fn found_sites(world: &World, seed: u64, kinds: &[ProfileKind]) -> (FoundSites, Truth) {
    let made = simulate(world, seed).unwrap();
    let recipe = Recipe::preset("lto").unwrap();
    let found = find_sites(&profiles(&made, kinds), world.step_nm, &recipe.sites).unwrap();
    (found, made.truth(&recipe).unwrap())
}

/// What one search for sites gave: right class (when established), worst column in nm, error of the period.
struct Search {
    right: Option<bool>,
    column_nm: f64,
    period: f64,
}

fn sites(kinds: &[ProfileKind], scans: u64) -> Vec<Figure> {
    let base = World::default();
    let found = each(scans, |seed| {
        let world = shifted(seed, &base);
        let (found, truth) = found_sites(&world, seed, kinds);
        Search {
            right: found.established.then(|| right_class(&found, &truth)),
            column_nm: worst_column_nm(&found, &truth, &world),
            period: (found.period_nm / world.column_spacing_nm - 1.0).abs(),
        }
    });
    let right = share(&found, |search| search.right.into_iter().collect());
    let within = |yes: fn(&Search) -> bool| share(&found, |search| vec![yes(search)]);
    vec![
        Figure::new("established, Z beyond ±3", within(|search| search.right.is_some()), 0.0..=1.0, Unit::Percent),
        Figure::new("right class of those", right, 0.99..=1.0, Unit::Percent),
        Figure::new("every column within 0.005 nm", within(|s| s.column_nm <= 0.005), 0.99..=1.0, Unit::Percent),
        Figure::new("period within 0.5 %", within(|search| search.period <= 0.005), 0.99..=1.0, Unit::Percent),
    ]
}

fn equal_columns(kinds: &[ProfileKind], scans: u64) -> Vec<Figure> {
    let base = World { o1: ColumnChange::NONE, o2: ColumnChange::NONE, ..World::default() };
    let found = each(scans, |seed| found_sites(&shifted(seed, &base), seed, kinds).0.established);
    vec![Figure::new(
        "established, Z beyond ±3",
        share(&found, |established| vec![*established]),
        0.0..=0.01,
        Unit::Percent,
    )]
}

fn strain(pictures: u64) -> Vec<Figure> {
    let count = pictures as f64;
    let of_one = |(study, name): (DiagonalStudy, &str)| {
        let figure = |what: &str, value: f64, error: f64, required, unit| {
            Figure::new(&format!("{name} diagonal: {what}"), Estimate { value, error }, required, unit)
        };
        let percent = Unit::Number(4);
        let stated = study.stated_over_scatter;
        vec![
            figure("bias, %", 100.0 * study.bias.abs(), 100.0 * study.scatter / count.sqrt(), 0.0..=0.03, percent),
            figure(
                "scatter, %",
                100.0 * study.scatter,
                100.0 * study.scatter / (2.0 * count).sqrt(),
                0.0..=0.06,
                percent,
            ),
            figure("stated σ over scatter", stated, stated / (2.0 * count).sqrt(), 0.75..=1.25, Unit::Number(2)),
        ]
    };
    diamond::study(pictures).into_iter().zip(["short", "long"]).flat_map(of_one).collect()
}

/// Largest distance of a used column from the nearest true one; columns at the margin may be used in one only.
fn worst_column_nm(found: &FoundSites, truth: &Truth, world: &World) -> f64 {
    const MARGIN_NM: f64 = 0.05;
    let all = [truth.o1_columns_nm.as_slice(), &truth.o2_columns_nm].concat();
    let last = (world.positions - 1) as f64 * world.step_nm;
    let inside = |centre: &f64| (MARGIN_NM..=last - MARGIN_NM).contains(centre);
    let centres = found.columns.iter().filter(|column| !column.excluded).map(|column| column.center_nm);
    let off = centres.filter(inside).map(|c| all.iter().map(|truth| (truth - c).abs()).fold(ANY, f64::min));
    off.fold(0.0, f64::max)
}

/// Whether two thirds of the positions found for O1 lie in the true O1.
fn right_class(found: &FoundSites, truth: &Truth) -> bool {
    let Some(sites) = found.sites(0.075) else { return false };
    let [ours, theirs] = [sites[0].positions(), truth.sites[0].positions()];
    3 * ours.iter().filter(|position| theirs.contains(position)).count() > 2 * ours.len()
}
