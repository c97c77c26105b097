//! What a frame costs the window's thread while a site is dragged, with a scan of 200 x 2048 open and with a spectrum image
//! of 256 x 256 x 2048, and while a free region of that image's map is drawn: `cargo bench --bench frame`. Quote the ratios to a bare frame; the times are of this machine.
//!
//! A frame here is everything but the graphics card: input, the whole window, the accessible tree, triangles. Comparisons
//! run beside it in their own thread, as they do for a user.
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

/// Mean cost of a frame, milliseconds.
fn mean_ms(mut frame: impl FnMut(u16)) -> f64 {
    let start = Instant::now();
    let before = thread_seconds(start);
    (0..FRAMES).for_each(&mut frame);
    1e3 * (thread_seconds(start) - before) / f64::from(FRAMES)
}

fn step<S>(harness: &mut Harness<'_, S>) {
    harness.step();
    let output = harness.output();
    std::hint::black_box(harness.ctx.tessellate(output.shapes.clone(), output.pixels_per_point));
}

/// A frame with a single label.
fn bare() -> f64 {
    let mut harness = Harness::builder().with_size([1440.0, 900.0]).build_ui(|ui| {
        ui.label("Moray");
    });
    mean_ms(|_| step(&mut harness))
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

/// Takes a column by its middle and moves it every frame.
fn drag(harness: &mut Harness<'_, Application>, label: &str) -> f64 {
    let centre = harness.get_by_label(label).rect().center();
    harness.hover_at(centre);
    step(harness);
    harness.drag_at(centre);
    step(harness);
    let spent = mean_ms(|frame| {
        let by = 8.0 * (f32::from(frame) * 0.2).sin();
        harness.hover_at(centre + egui::vec2(0.0, by));
        step(harness);
    });
    harness.drop_at(centre);
    step(harness);
    spent
}

fn line_scan(made: &SimulatedScan, reference: &SimulatedScan) -> f64 {
    let mut harness = window(&[]);
    harness.state_mut().bench_mut().close_all();
    harness.state_mut().bench_mut().add([open("pristine", reference), open("biased", made)]);
    settle(&mut harness);
    let sites = vec![Site { name: "O1".into(), columns: vec![20..30, 60..70, 100..110] }];
    harness.state_mut().bench_mut().apply([Command::SetSites { scan: "biased".into(), sites: Some(sites) }]);
    settle(&mut harness);
    drag(&mut harness, "O1 column 2 of biased (O K)")
}

/// Costs of a frame: a site of the spectrum image's line is dragged, a region of its map is drawn.
fn spectrum_image(scan: &SimulatedScan, folder: &Path) -> [f64; 2] {
    let file = folder.join("image.dm4");
    std::fs::write(&file, image_of(scan).to_bytes().unwrap()).unwrap();
    let mut harness = window(&[&file]);
    settle(&mut harness);
    let name = harness.state().bench().document().session().inputs[0].name.clone();
    let sites = vec![Site { name: "O1".into(), columns: vec![20..30, 60..70, 100..110] }];
    harness.state_mut().bench_mut().apply([Command::SetSites { scan: name.clone(), sites: Some(sites) }]);
    settle(&mut harness);
    let edge = ["O K", "Whole spectrum"]
        .into_iter()
        .find(|edge| harness.query_by_label(&format!("O1 column 2 of {name} ({edge})")).is_some());
    let site = drag(&mut harness, &format!("O1 column 2 of {name} ({})", edge.unwrap()));
    [site, region(&mut harness, &name)]
}

/// Draws a region on the map, larger and smaller every frame; its spectrum is read beside the window.
fn region(harness: &mut Harness<'_, Application>, name: &str) -> f64 {
    harness.state_mut().view_mut().look.sheet = Some(SheetPage::Area);
    let label = format!("Map of {name}");
    let start = Instant::now();
    while harness.query_by_label(&label).is_none() {
        harness.step();
        assert!(start.elapsed() < Duration::from_secs(300), "the map never came");
        std::thread::sleep(Duration::from_millis(10));
    }
    let map = harness.get_by_label(&label).rect();
    let from = map.min + 0.2 * map.size();
    harness.hover_at(from);
    step(harness);
    harness.drag_at(from);
    step(harness);
    let spent = mean_ms(|frame| {
        let share = 0.3 + 0.2 * (f32::from(frame) * 0.2).sin();
        harness.hover_at(from + share * map.size());
        step(harness);
    });
    harness.drop_at(from + 0.3 * map.size());
    step(harness);
    spent
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
    println!("a bare frame: {bare:.3} ms");
    let line = line_scan(&made.scan, &made.reference);
    println!("dragging a site, scan of 200 x 2048: {line:.2} ms a frame, {:.0} bare frames", line / bare);
    let [image, drawn] = spectrum_image(&made.scan, folder.path());
    println!("dragging a site, image of 256 x 256 x 2048: {image:.2} ms a frame, {:.0} bare frames", image / bare);
    println!("drawing a region of that image: {drawn:.2} ms a frame, {:.0} bare frames", drawn / bare);
}
