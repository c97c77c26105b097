//! What a frame costs the window's thread while a site or an energy window is dragged, with a scan of 200 x 2048 open and
//! with a spectrum image of 256 x 256 x 2048, on which a free region is dragged, too: `cargo bench --bench frame`. Quote
//! the ratios to a bare frame; the times are of this machine.
//!
//! A frame here is everything but the graphics card: input, the whole window, the accessible tree, triangles. Comparisons
//! run beside it in their own thread, as they do for a user. A drag that changes nothing stops the benchmark.
#![allow(clippy::unwrap_used, reason = "a benchmark may stop where it stands")]

use std::path::Path;
use std::time::{Duration, Instant};

use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use moray::document::{Command, OpenScan};
use moray::io::dm::write::{DmAxis, DmFile, DmImage, Samples};
use moray::model::Site;
use moray::simulate::{SimulatedScan, World, simulate};
use moray::ui::{Application, Pipeline, SheetPage};

const SIDE: usize = 256;
const FRAMES: u16 = 150;

/// Seconds that this thread has been on a processor; elsewhere than on Linux, seconds.
fn thread_seconds(start: Instant) -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = text.and_then(|text| text.split_whitespace().next()?.parse::<f64>().ok());
    nanoseconds.map_or_else(|| start.elapsed().as_secs_f64(), |spent| spent * 1e-9)
}

/// What frames cost, milliseconds.
struct Cost {
    mean: f64,
    /// 19 of 20 frames cost no more.
    slow: f64,
}

impl Cost {
    fn print(&self, what: &str, bare: &Cost) {
        let (mean, slow) = (self.mean, self.slow);
        println!("{what}: {mean:.2} ms a frame, 19 of 20 below {slow:.2} ms; {:.0} bare frames", mean / bare.mean);
    }
}

/// The cost of a frame, over many.
fn cost(mut frame: impl FnMut(u16)) -> Cost {
    let start = Instant::now();
    let one = |number| {
        let before = thread_seconds(start);
        frame(number);
        1e3 * (thread_seconds(start) - before)
    };
    let mut spent: Vec<f64> = (0..FRAMES).map(one).collect();
    spent.sort_by(f64::total_cmp);
    Cost { mean: spent.iter().sum::<f64>() / f64::from(FRAMES), slow: spent[spent.len() * 19 / 20] }
}

fn step<S>(harness: &mut Harness<'_, S>) {
    harness.step();
    let output = harness.output();
    std::hint::black_box(harness.ctx.tessellate(output.shapes.clone(), output.pixels_per_point));
}

/// A frame with a single label.
fn bare() -> Cost {
    let mut harness = Harness::builder().with_size([1440.0, 900.0]).build_ui(|ui| {
        ui.label("Moray");
    });
    cost(|_| step(&mut harness))
}

fn window(files: &[&Path]) -> Harness<'static, Application> {
    let files = files.iter().map(|path| path.to_path_buf()).collect();
    Harness::builder().with_size([1440.0, 900.0]).with_max_steps(60).build_eframe(move |cc| {
        let mut application = Application::new(cc, Pipeline::default()).unwrap();
        application.open_at_start(files);
        application
    })
}

/// Draws until a result for the document as it stands is there, or none can come.
fn settle(harness: &mut Harness<'_, Application>) {
    let start = Instant::now();
    loop {
        harness.step();
        let bench = harness.state().bench();
        let scans = bench.document().session().inputs.len();
        if bench.loading().count() == 0 && scans > 0 && !bench.is_updating() {
            return;
        }
        assert!(start.elapsed() < Duration::from_secs(300), "opening never ended");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn open(name: &str, scan: &SimulatedScan) -> OpenScan {
    OpenScan {
        path: name.into(),
        image: 1,
        sha256: name.to_owned(),
        name: name.to_owned(),
        scan: scan.core.clone(),
        low_loss: scan.low_loss.clone(),
        profiles: scan.profiles(),
        cautions: Vec::new(),
        opening: Default::default(),
    }
}

/// Takes something by its middle and moves it every frame, to and fro by so many points; `state` must follow it.
fn drag<T: PartialEq>(
    harness: &mut Harness<'_, Application>,
    (label, reach): (&str, egui::Vec2),
    state: impl Fn(&mut Application) -> T,
) -> Cost {
    let centre = harness.get_by_label(label).rect().center();
    harness.hover_at(centre);
    step(harness);
    harness.drag_at(centre);
    step(harness);
    let mut moves = 0;
    let mut before = state(harness.state_mut());
    let spent = cost(|frame| {
        harness.hover_at(centre + reach * (f32::from(frame) * 0.2).sin());
        step(harness);
        let now = state(harness.state_mut());
        moves += u16::from(now != before);
        before = now;
    });
    harness.drop_at(centre);
    step(harness);
    assert!(moves > FRAMES / 4, "{label} was not dragged: it moved in {moves} of {FRAMES} frames");
    settle(harness);
    spent
}

/// The document's revision: every step of a drag of a site or a window changes it.
fn revision(application: &mut Application) -> u64 {
    application.bench().document().revision()
}

/// Adds the reference and sites set by hand to the scan of this name, and drags a column and a window.
fn drags(harness: &mut Harness<'_, Application>, name: &str) -> [Cost; 2] {
    let sites = vec![Site { name: "O1".into(), columns: vec![20..30, 60..70, 100..110] }];
    harness.state_mut().bench_mut().apply([Command::SetSites { scan: name.to_owned(), sites: Some(sites) }]);
    settle(harness);
    harness.run_steps(3);
    let site = drag(harness, (&format!("O1 column 2 of {name} (O K)"), egui::vec2(0.0, 8.0)), revision);
    let window = drag(harness, ("O K peak d", egui::vec2(8.0, 0.0)), revision);
    [site, window]
}

fn line_scan(made: &SimulatedScan, reference: &SimulatedScan) -> [Cost; 2] {
    let mut harness = window(&[]);
    harness.state_mut().bench_mut().close_all();
    harness.state_mut().bench_mut().add([open("pristine", reference), open("biased", made)]);
    settle(&mut harness);
    drags(&mut harness, "biased")
}

/// With the spectrum image and a reference open: the drags of a line scan, then with its page the drag of a free region.
fn spectrum_image(scan: &SimulatedScan, reference: &SimulatedScan, folder: &Path) -> ([Cost; 2], Cost) {
    let file = folder.join("image.dm4");
    std::fs::write(&file, image_of(scan).to_bytes().unwrap()).unwrap();
    let mut harness = window(&[]);
    harness.state_mut().bench_mut().close_all();
    harness.state_mut().bench_mut().add([open("pristine", reference)]);
    harness.state_mut().open_at_start(vec![file]);
    settle(&mut harness);
    let name = harness.state().bench().document().session().inputs[1].name.clone();
    let both = drags(&mut harness, &name);
    harness.state_mut().view_mut().selected = Some(name.clone());
    harness.state_mut().view_mut().look.sheet = Some(SheetPage::Area);
    let map = format!("Map of {name}");
    let start = Instant::now();
    while harness.query_by_label(&map).is_none() {
        harness.step();
        assert!(start.elapsed() < Duration::from_secs(300), "the map never came");
        std::thread::sleep(Duration::from_millis(10));
    }
    let region = |application: &mut Application| application.view_mut().look.regions.get(&name).copied();
    let region = drag(&mut harness, (&map, egui::vec2(30.0, 20.0)), region);
    (both, region)
}

/// A spectrum image as Gatan software lays it out, every pixel one of the spectra of a scan.
fn image_of(scan: &SimulatedScan) -> DmFile {
    let spectra = scan.core.counts();
    let (positions, channels) = spectra.dim();
    let mut samples = Vec::with_capacity(SIDE * SIDE * channels);
    for channel in 0..channels {
        let column: Vec<u16> = (0..positions).map(|k| spectra[[k, channel]].clamp(0.0, 65535.0) as u16).collect();
        samples.extend((0..SIDE * SIDE).map(|pixel| column[pixel % positions]));
    }
    let side = DmAxis { size: SIDE, scale: 0.05, offset: 0.0, unit: "nm".into() };
    let axis = scan.core.axis();
    let energy = DmAxis { size: channels, scale: axis.dispersion_ev(), offset: axis.first_ev(), unit: "eV".into() };
    DmFile {
        thumbnail: None,
        images: vec![DmImage {
            title: "EELS spectrum image".into(),
            axes: vec![side.clone(), side, energy],
            samples: Samples::UInt16(samples),
            intensity_scale: 1.0,
            intensity_unit: "Counts".into(),
            unique_id: [1, 2, 3, 4],
            tags: Vec::new(),
        }],
    }
}

fn main() {
    let world = World {
        positions: 200,
        channels: 2048,
        dispersion_ev: 0.125,
        low_loss_channels: 960,
        drift_walk_ev: 0.01,
        ..World::default()
    };
    let made = simulate(&world, 1).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let bare = bare();
    println!("a bare frame: {:.3} ms", bare.mean);
    let [site, band] = line_scan(&made.scan, &made.reference);
    site.print("dragging a site, scan of 200 x 2048", &bare);
    band.print("dragging a window, scan of 200 x 2048", &bare);
    let ([site, band], region) = spectrum_image(&made.scan, &made.reference, folder.path());
    site.print("dragging a site, image of 256 x 256 x 2048", &bare);
    band.print("dragging a window, image of 256 x 256 x 2048", &bare);
    region.print("dragging a region, image of 256 x 256 x 2048", &bare);
}
