//! Every figure, in every style, with short and long names and up to four scans: what it shows, and that it can be read.

#![allow(clippy::unwrap_used, reason = "a test may stop where its builders cannot go on")]

#[path = "support/example.rs"]
mod example;
#[path = "support/layout.rs"]
mod layout;

use std::path::PathBuf;

use example::Example;
use moray::analysis::fit::{FittedParts, JointFitCurves};
use moray::analysis::image::{DiagonalStrain, LocalStrain, Measured, Strain};
use moray::analysis::{Column, Comparison, SiteUsed};
use moray::figure::{BiasedReport, Item, ScanShown, Scene, Source, SurveyShown};
use moray::figure::{available, draw, drops_against_bias, page, png, strain, svg};
use moray::model::{
    ColourSet, EnergyAxis, EnergyWindow, FigureKind, FigureStyle, FontFamily, LegendPlace, LineScan, PanelLetters,
    PeakLabels, Profile, ProfileKind, Recipe, Role, SurveyImage,
};
use ndarray::Array2;

const POSITIONS: usize = 48;

/// A comparison with its scans.
struct Shown {
    comparison: Comparison,
    recipe: Recipe,
    scans: Vec<(String, LineScan, Vec<Profile>, SurveyImage)>,
}

impl Shown {
    fn of(example: &Example) -> Self {
        let mut comparison = example.comparison();
        let scans = example.scans.iter().map(|(name, sites)| {
            for (number, site) in sites.iter().enumerate() {
                comparison.report.sites.push(site_used(name, site, number, sites.len()));
            }
            (name.to_string(), scan(), vec![haadf()], survey())
        });
        let scans = scans.collect();
        Self { comparison, recipe: Example::recipe(), scans }
    }

    /// With a joint fit of every site: the curves of the example as peaks, its noise as residuals.
    fn fitted(mut self) -> Self {
        let curves = &mut self.comparison.curves;
        let oxygen = curves.iter_mut().find(|curves| curves.edge == "O K").unwrap();
        let energy_ev: Vec<f64> = oxygen.energy_ev.iter().copied().filter(|e| (505.0..556.0).contains(e)).collect();
        let parts = |dose: f64| {
            let peak = |at: f64, width: f64, height: f64| -> Vec<f64> {
                energy_ev.iter().map(|e| dose * height * (-0.5 * ((e - at) / width).powi(2)).exp()).collect()
            };
            let peaks = [(531.0, 0.75, 1.0), (533.4, 0.85, 0.7), (539.2, 2.1, 1.1), (544.9, 2.2, 0.8)];
            let peaks: Vec<Vec<f64>> = peaks.map(|(at, width, height)| peak(at, width, height)).to_vec();
            let background: Vec<f64> = energy_ev.iter().map(|e| 1.4 * dose * (e / 519.0).powf(-3.2)).collect();
            let step: Vec<f64> = energy_ev.iter().map(|e| if *e > 535.0 { 0.3 * dose } else { 0.0 }).collect();
            let sum = |k: usize| background[k] + step[k] + peaks.iter().map(|peak| peak[k]).sum::<f64>();
            let model: Vec<f64> = (0..energy_ev.len()).map(sum).collect();
            let residual: Vec<f64> = (0..model.len()).map(|k| 1.6 * (k as f64 * 1.7).sin()).collect();
            let electrons = model.iter().zip(&residual).map(|(m, r)| m + r * m.sqrt()).collect();
            FittedParts { energy_ev: energy_ev.clone(), electrons, model, background, step, peaks, residual }
        };
        let sites = oxygen.spectra.iter().filter(|curve| curve.role == Role::Scan);
        let fits = sites.map(|curve| JointFitCurves {
            scan: curve.scan.clone(),
            site: curve.site.clone(),
            labels: ["a", "b", "c", "d"].map(str::to_owned).to_vec(),
            parts: parts(4000.0),
            reference_parts: parts(12000.0),
        });
        oxygen.joint_fits = fits.collect();
        self
    }

    fn with<R>(&self, work: impl FnOnce(&Source<'_>) -> R) -> R {
        let scans = self.scans.iter().map(|(name, scan, profiles, survey)| ScanShown {
            name,
            scan,
            profiles,
            survey: Some(SurveyShown { image: survey, line: Some(LINE) }),
        });
        let scans: Vec<_> = scans.collect();
        work(&Source { comparison: &self.comparison, recipe: &self.recipe, scans: &scans })
    }

    /// The drops at three biases, the same at each but for a factor.
    fn against_bias(&self, style: &FigureStyle) -> Scene {
        let reports = [(2.2, 0.3), (2.5, 0.7), (2.7, 1.0)].map(|(bias_v, factor)| {
            let mut report = self.comparison.report.clone();
            let peaks = report.edges.iter_mut().flat_map(|edge| &mut edge.peaks);
            for at in peaks.flat_map(|peak| &mut peak.sites) {
                let moved = at.drop.map(|drop| (factor - 1.0) * drop);
                at.drop_ci95 = at.drop_ci95.zip(moved).map(|(ends, moved)| ends.map(|end| end + moved));
                at.drop = at.drop.map(|drop| factor * drop);
            }
            (bias_v, report)
        });
        let reports = reports.each_ref().map(|(bias_v, report)| BiasedReport { bias_v: Some(*bias_v), report });
        drops_against_bias(&reports, style)
    }

    fn draw(&self, kind: FigureKind, style: &FigureStyle) -> Option<Scene> {
        self.with(|source| draw(kind, source, style))
    }
}

fn site_used(scan: &str, site: &str, number: usize, count: usize) -> SiteUsed {
    let column = |k: usize| {
        let from = 2 + 8 * (number + count * k);
        Column { center_nm: Some(0.05 * (from as f64 + 2.0)), from, to: (from + 4).min(POSITIONS) }
    };
    let columns: Vec<Column> = (0..).map(column).take_while(|column| column.from + 2 < POSITIONS).collect();
    let positions = columns.iter().map(|column| column.to - column.from).sum();
    SiteUsed { scan: scan.into(), role: Role::Scan, name: site.into(), columns, positions }
}

/// Counts with edges at 458 and 531 eV that rise and fall along the scan.
fn scan() -> LineScan {
    let axis = EnergyAxis::new(430.0, 0.25, 700).unwrap();
    let counts = Array2::from_shape_fn((POSITIONS, 700), |(position, channel)| {
        let energy = axis.energy_at(channel as f64);
        let wave = 1.0 + 0.6 * (position as f64 * std::f64::consts::TAU / 8.0).sin();
        let peak = |at: f64, width: f64| (-0.5 * ((energy - at) / width).powi(2)).exp();
        let edges = peak(460.0, 1.5) + peak(465.0, 2.0) + peak(531.0, 1.0) + peak(540.0, 4.0);
        400.0 * (energy / 440.0).powf(-3.2) + 250.0 * wave * edges
    });
    let mut scan = LineScan::new(axis, counts).unwrap();
    scan.step_nm = Some(0.05);
    scan
}

fn haadf() -> Profile {
    let values = (0..POSITIONS).map(|k| 100.0 + 20.0 * (k as f64 * std::f64::consts::TAU / 8.0).cos()).collect();
    Profile { kind: ProfileKind::Haadf, values, sigma: None }
}

/// Where the scan ran on its picture.
const LINE: [[f64; 2]; 2] = [[0.15, 0.6], [0.85, 0.3]];

fn survey() -> SurveyImage {
    let values = Array2::from_shape_fn((90, 120), |(y, x)| ((x as f64 / 6.0).sin() * (y as f64 / 6.0).cos()).powi(2));
    let mut image = SurveyImage::new(values, Some([3.0 / 90.0, 4.0 / 120.0])).unwrap();
    image.kind = Some(ProfileKind::Haadf);
    image
}

/// The strain that the paper reports, with a field of diamonds.
fn diamonds() -> Strain {
    let diagonal = |reference: f64, strain: f64| DiagonalStrain {
        reference_nm: Measured { value: reference, sigma: 0.0005 },
        length_nm: Measured { value: reference * (1.0 + strain), sigma: 0.0005 },
        strain,
        sigma_statistical: 0.0012,
        sigma_systematic: 0.003,
        sigma: 0.0032,
        ci95: [strain - 0.0063, strain + 0.0063],
    };
    let local = (0..40).map(|k| {
        let wave = 0.004 * (f64::from(k) * 2.3).sin();
        let at = |value: f64| Measured { value, sigma: 0.003 };
        LocalStrain { x_nm: 0.1 * f64::from(k), y_nm: 1.0, short: at(-0.0125 + wave), long: at(0.0467 - wave) }
    });
    Strain { short: diagonal(0.5911, -0.0125), long: diagonal(0.836, 0.0467), local: local.collect() }
}

#[test]
fn strain_is_drawn_with_its_interval_and_said_in_words() {
    let scene = strain(&diamonds(), &FigureStyle::default());
    let points = scene.panels[0].items.iter().filter_map(|item| match item {
        Item::Point { at, interval, .. } => Some((at[0], interval.unwrap())),
        _ => None,
    });
    let points: Vec<_> = points.collect();
    assert!((points[0].0 + 1.25).abs() < 1e-9 && (points[1].0 - 4.67).abs() < 1e-9);
    assert!((points[1].1[0] - 4.04).abs() < 1e-9);
    assert!(
        scene
            .labels()
            .any(|label| label.text.text() == "Short diagonal: \u{2212}1.25 % (\u{2212}1.88 to \u{2212}0.62 %)")
    );
}

#[test]
fn a_joint_fit_shows_model_minus_background_every_component_and_that_its_gate_was_not_passed() {
    let shown = Shown::of(&Example::default()).fitted();
    let scene = shown.draw(FigureKind::JointFit, &FigureStyle::default()).unwrap();
    assert_eq!(scene.panels.len(), 6, "reference, O1 and O2 with their residuals");
    let names: Vec<&str> = scene.panels[0]
        .items
        .iter()
        .filter_map(|item| match item {
            Item::Line { name, .. } => Some(name.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(names, ["a", "b", "c", "d", "continuum", "net electrons", "fit"]);
    assert!(scene.labels().any(|label| label.text.text().contains("not valid")));
}

fn examples() -> Vec<(&'static str, Example)> {
    let base = Example::default;
    let long = ["O1 (bulk, second column)", "O2 (next to the twin boundary)"];
    let several = |names: &[&'static str]| names.iter().map(|name| (*name, vec!["O1", "O2"])).collect();
    vec![
        ("plain", base()),
        (
            "file-names",
            Example {
                reference: "2023-11-04_LTO_pristine_dualEELS_line03_aligned",
                scans: vec![("2023-11-05_LTO_2V7_dualEELS_line07_aligned", vec!["O1", "O2"])],
                ..base()
            },
        ),
        (
            "long-everything",
            Example {
                reference: "2023-11-04_LTO_pristine_dualEELS_line03_aligned",
                scans: vec![("2023-11-05_LTO_2V7_dualEELS_line07_aligned", long.to_vec())],
                ..base()
            },
        ),
        ("long-sites", Example { scans: vec![("2.7 V", long.to_vec())], ..base() }),
        ("two-scans", Example { scans: several(&["2.2 V", "2.7 V"]), ..base() }),
        ("four-scans", Example { scans: several(&["0 V", "1.5 V", "2.2 V", "2.7 V, after an hour"]), ..base() }),
        ("no-ti", Example { ti: false, ..base() }),
    ]
}

fn styles() -> Vec<(&'static str, FigureStyle)> {
    let base = FigureStyle::default;
    let columns = |k: usize| {
        let (_, width_mm, row_height_mm) = FigureStyle::COLUMNS[k];
        FigureStyle { width_mm, row_height_mm, ..base() }
    };
    let range = EnergyWindow::new(525.0, 550.0).unwrap();
    vec![
        ("double", base()),
        ("one-and-a-half", columns(1)),
        ("single", columns(0)),
        (
            "serif-leaders",
            FigureStyle { font: FontFamily::LiberationSerif, peak_labels: PeakLabels::Leaders, ..base() },
        ),
        (
            "grey-waterfall",
            FigureStyle {
                colours: ColourSet::Greyscale,
                offset: 0.3,
                panel_letters: PanelLetters::Parentheses,
                ..base()
            },
        ),
        (
            "okabe-range",
            FigureStyle {
                colours: ColourSet::ColourBlind,
                energy_ranges_ev: [("O K".to_owned(), range)].into(),
                legend: LegendPlace::Above,
                panel_letters: PanelLetters::Upper,
                minor_ticks: false,
                shade_windows: true,
                ..base()
            },
        ),
        (
            "bare",
            FigureStyle {
                legend: LegendPlace::None,
                peak_labels: PeakLabels::None,
                panel_letters: PanelLetters::None,
                bands: false,
                differences: false,
                font_pt: 8.0,
                ..base()
            },
        ),
    ]
}

fn whole_page() -> Vec<Vec<FigureKind>> {
    vec![vec![FigureKind::Comparison], vec![FigureKind::LineScan], vec![FigureKind::Survey, FigureKind::Drops]]
}

fn scenes() -> Vec<(String, Scene)> {
    let mut scenes = Vec::new();
    for (example, shown) in examples().iter().map(|(name, example)| (*name, Shown::of(example).fitted())) {
        for (name, style) in styles() {
            let drawn = FigureKind::ALL.into_iter().filter_map(|kind| Some((kind.stem(), shown.draw(kind, &style)?)));
            scenes.extend(drawn.map(|(stem, scene)| (format!("{stem}-{example}-{name}"), scene)));
            let style = FigureStyle { page: whole_page(), ..style };
            scenes.push((format!("strain-{name}"), strain(&diamonds(), &style)));
            scenes.push((format!("drops-against-bias-{example}-{name}"), shown.against_bias(&style)));
            scenes.push((format!("page-{example}-{name}"), shown.with(|source| page(source, &style)).unwrap()));
        }
    }
    scenes
}

#[test]
#[ignore = "writes pictures for the eye: set MORAY_FIGURES to a folder"]
fn pictures_of_every_figure_can_be_looked_at() {
    let folder = PathBuf::from(std::env::var_os("MORAY_FIGURES").expect("MORAY_FIGURES names a folder"));
    for (name, scene) in scenes() {
        std::fs::write(folder.join(format!("{name}.png")), png::render(&scene, 300.0, &[]).unwrap()).unwrap();
        std::fs::write(folder.join(format!("{name}.svg")), svg::render(&scene, &[])).unwrap();
    }
}

#[test]
fn every_figure_can_be_read_in_every_style_with_long_names_and_four_scans() {
    let failures: Vec<String> = scenes()
        .iter()
        .filter_map(|(name, scene)| {
            let checked = std::panic::catch_unwind(|| layout::check(name, scene));
            checked.err().map(|panic| panic.downcast_ref::<String>().cloned().unwrap_or_default())
        })
        .collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn all_characters_of_all_figures_exist_in_their_font() {
    for (name, scene) in scenes() {
        assert_eq!(scene.missing_characters(), Vec::<char>::new(), "{name}");
    }
}

#[test]
fn figures_with_nothing_to_show_are_not_offered() {
    let mut shown = Shown::of(&Example { ti: false, ..Example::default() });
    shown.scans.clear();
    let offered = shown.with(|source| available(source, &FigureStyle::default()));
    assert_eq!(offered, [FigureKind::Comparison, FigureKind::Differences, FigureKind::Drops]);
}

#[test]
fn a_page_is_as_wide_as_its_style_and_letters_run_through_it() {
    let shown = Shown::of(&Example::default());
    let style = FigureStyle { page: whole_page(), ..FigureStyle::default() };
    let scene = shown.with(|source| page(source, &style)).unwrap();
    assert_eq!(scene.width_mm, 178.0);
    let letters: Vec<String> =
        scene.labels().filter(|label| label.text.runs[0].bold).map(|label| label.text.text()).collect();
    assert_eq!(letters, ["a", "b", "c", "d", "e", "f", "g"]);
    let empty = shown.with(|source| page(source, &FigureStyle::default()));
    assert!(empty.is_none());
}

#[test]
fn the_map_shows_net_electrons_on_the_calibrated_axis() {
    let shown = Shown::of(&Example::default());
    let scene = shown.draw(FigureKind::LineScan, &FigureStyle::default()).unwrap();
    let map = scene.panels.iter().find(|panel| panel.id == "o-k-map").unwrap();
    let window = shown.recipe.edge("O K").unwrap().display_ev;
    assert!((map.x.range[0] - window.lo_ev()).abs() < 0.5 && (map.x.range[1] - window.hi_ev()).abs() < 0.5);
    assert_eq!(map.y.range, [POSITIONS as f64 * 0.05, 0.0]);
    let Item::Image { raster, .. } = &map.items[0] else { panic!("no picture") };
    assert_eq!(raster.height, POSITIONS);
    let marks = map.items.iter().filter(|item| matches!(item, Item::Patch { .. })).count();
    let columns: usize = shown.comparison.report.sites.iter().map(|site| site.columns.len()).sum();
    assert_eq!(marks, 2 * columns);
}

#[test]
fn the_scale_bar_has_a_round_length_in_the_picture_s_own_scale() {
    let shown = Shown::of(&Example::default());
    let scene = shown.draw(FigureKind::Survey, &FigureStyle::default()).unwrap();
    let panel = &scene.panels[0];
    let bar = panel.items.iter().find_map(|item| match item {
        Item::Line { name, points, .. } if name == "scale bar" => Some(points[1][0] - points[0][0]),
        _ => None,
    });
    assert!((bar.unwrap() - 1.0).abs() < 1e-9, "{bar:?}");
    assert!(scene.labels().any(|label| label.text.text() == "1 nm"));
    assert!((panel.frame.width_mm / panel.frame.height_mm - 4.0 / 3.0).abs() < 1e-9);
    let style = FigureStyle { scale_bar: false, ..FigureStyle::default() };
    assert!(shown.draw(FigureKind::Survey, &style).unwrap().labels().all(|label| label.text.text() != "1 nm"));
}

#[test]
fn ti_l_measures_have_their_intervals_and_limits() {
    let shown = Shown::of(&Example::default());
    let scene = shown.draw(FigureKind::TiL, &FigureStyle::default()).unwrap();
    let panel = scene.panels.iter().find(|panel| panel.id == "ti-l-shift").unwrap();
    let limits: Vec<f64> = panel
        .items
        .iter()
        .filter_map(|item| match item {
            Item::Line { name, points, .. } if name == "limit" => Some(points[0][0]),
            _ => None,
        })
        .collect();
    assert_eq!(limits, [-0.1, 0.1]);
    let point = panel.items.iter().find_map(|item| match item {
        Item::Point { at, interval, .. } => Some((at[0], interval.unwrap())),
        _ => None,
    });
    let (shift, [lo, hi]) = point.unwrap();
    assert!((shift - 0.01).abs() < 1e-12 && (lo + 0.0292).abs() < 1e-9 && (hi - 0.0492).abs() < 1e-9);
    assert!(scene.labels().any(|label| label.text.text() == "2.7 V, O1: unchanged, p = 0.40"));
}

#[test]
fn a_transparent_page_leaves_its_corners_out_and_a_white_one_does_not() {
    let shown = Shown::of(&Example::default());
    let corner = |transparent: bool| {
        let style = FigureStyle { transparent, ..FigureStyle::default() };
        let scene = shown.draw(FigureKind::Drops, &style).unwrap();
        let (_, rgba) = png::pixels(&scene, 100.0).unwrap();
        rgba[..4].to_vec()
    };
    assert_eq!(corner(true), [0, 0, 0, 0]);
    assert_eq!(corner(false), [255, 255, 255, 255]);
}

#[test]
fn waterfall_curves_are_raised_and_the_axis_says_so() {
    let shown = Shown::of(&Example::default());
    let tops = |offset: f64| {
        let style = FigureStyle { offset, ..FigureStyle::default() };
        let scene = shown.draw(FigureKind::Comparison, &style).unwrap();
        let panel = scene.panels.iter().find(|panel| panel.id == "o-k").unwrap().clone();
        let first = |name: &str| {
            panel.items.iter().find_map(|item| match item {
                Item::Line { name: own, points, .. } if own == name => Some(points[0][1]),
                _ => None,
            })
        };
        (first("2.7 V, O2").unwrap(), first("pristine").unwrap(), panel.y.title.clone())
    };
    let (flat, raised) = (tops(0.0), tops(0.5));
    assert!(raised.0 > flat.0 + 1.0 && raised.1 == flat.1);
    assert!(raised.2.contains("offset") && !flat.2.contains("offset"));
}
