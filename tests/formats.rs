//! Files read as what they are: real ones against independently known facts, synthesised ones against their recipe.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

#[path = "support/dm_bytes.rs"]
mod dm_bytes;
#[path = "support/shared.rs"]
mod shared;

use std::path::Path;
use std::sync::Arc;

use dm_bytes::{ALL, Dm, Node, group, list, push, tag};
use moray::io::{Fault, Feature, Limits, ReadError, TagValue};
use moray::model::{AxisKind, FileContents, Image, ImageKind, SampleType, SpectrumImage, Statistics};
use serde_json::Value;
use sha2::{Digest, Sha256};

fn read(bytes: Vec<u8>) -> Result<FileContents, ReadError> {
    moray::io::read_bytes(Path::new("made.dm4"), Arc::new(bytes), Limits::default())
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-6 * a.abs().max(b.abs()).max(1e-12)
}

/// Files where the reference reader contradicts the file itself.
const PEER_WRONG: [&str; 1] = ["dm/test_fft_packed_complex8.dm4"];
/// A file whose settings lie one level deeper than the manifest looks.
const NESTED: &str = "dm/test_stackbuilder_imagestack.dm3";
/// The manifest marks any axis of a text spectrum; these hold X-rays, or state neither unit nor signal.
const NO_ENERGY_LOSS: [&str; 2] = ["msa/example2.msa", "msa/minimum_metadata.msa"];

#[test]
fn every_image_of_every_real_file_is_what_the_manifest_says() {
    let Some(folder) = shared::folder() else { return };
    let manifest = shared::manifest(&folder);
    let files = manifest["files"].as_array().unwrap();
    assert_eq!(files.len(), 108);
    let mut images = 0;
    for known in files {
        let name = known["file"].as_str().unwrap();
        let contents = moray::io::open(&folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(contents.format, known["format"], "{name}");
        assert_eq!(contents.size_bytes, known["file_size"], "{name}");
        if PEER_WRONG.contains(&name) {
            // 5 x 5 is stated and 30 floats are stored: a half plane of 5 x (5 / 2 + 1) complex numbers.
            assert_eq!(contents.cautions.len(), 1, "{name}: {:?}", contents.cautions);
            assert_eq!(contents.images.last().unwrap().shape(), [5, 3], "{name}");
            continue;
        }
        if let Some(count) = known["images_in_file"].as_u64() {
            assert_eq!(contents.images.len() as u64, count, "{name}");
        }
        for (image, thumbnail) in contents.images.iter().map(|i| (i, i.kind == ImageKind::Thumbnail)) {
            let listed = known["thumbnail_image_indices"].as_array().is_some_and(|t| t.contains(&image.index.into()));
            assert_eq!(thumbnail, listed, "{name} image {}", image.index);
        }
        for known_image in known["images"].as_array().unwrap() {
            let index = known_image["index_in_file"].as_u64().unwrap_or(0) as usize;
            let image = contents.images.iter().find(|image| image.index == index).unwrap();
            check_image(&format!("{name} image {index}"), name, image, known_image);
            images += 1;
        }
    }
    assert_eq!(images, 108);
}

fn check_image(place: &str, file: &str, image: &Image, known: &Value) {
    assert_eq!(image.title, known["title"].as_str().unwrap_or_default().trim(), "{place}");
    assert_eq!(serde_json::to_value(image.shape()).unwrap(), known["shape"], "{place}");
    assert_eq!(image.samples.sample_type().name(), known["dtype"], "{place}");
    if let Some(signal) = known["signal_type"].as_str().filter(|signal| !signal.starts_with("EDS")) {
        assert_eq!(image.signal, signal, "{place}");
    }
    check_axes(place, file, image, &known["axes"]);
    check_samples(place, image, known);
    if file != NESTED {
        check_settings(place, image, &known["tags"]);
    }
    check_sum_spectrum(place, image, &known["sum_spectrum"]);
    let brightness = &known["raw"]["brightness"];
    if let (Some(scale), Some(origin)) = (brightness["Scale"].as_f64(), brightness["Origin"].as_f64()) {
        assert!(close(image.intensity.scale, scale) && close(image.intensity.offset, -origin * scale), "{place}");
        assert_eq!(image.intensity.unit, brightness["Units"], "{place}");
    }
}

fn check_axes(place: &str, file: &str, image: &Image, known: &Value) {
    let known = known.as_array().unwrap();
    assert_eq!(image.axes.len(), known.len(), "{place}");
    for (axis, known) in image.axes.iter().zip(known) {
        assert_eq!(axis.size, known["size"].as_u64().unwrap() as usize, "{place}");
        assert!(close(axis.scale, known["scale"].as_f64().unwrap()), "{place}: {axis:?}");
        let offset = known["offset"].as_f64().unwrap();
        assert!(close(axis.offset, offset), "{place}: {axis:?} {offset}");
        let energy = known["energy_axis"].as_bool().unwrap() && !NO_ENERGY_LOSS.contains(&file);
        assert_eq!(axis.kind == AxisKind::EnergyLoss, energy, "{place}: {axis:?}");
        let units = known["units"].as_str().unwrap();
        // A text spectrum may give a whole label instead of a unit.
        assert!(axis.unit == units || (energy && axis.unit == "eV" && units.contains("eV")), "{place}: {axis:?}");
    }
}

/// Each sample as the numbers that the manifest lists: one, a complex pair, or R, G, B, A.
fn components(image: &Image) -> Vec<Vec<f64>> {
    let raw = image.samples.raw();
    let f32s = |b: &[u8]| f64::from(f32::from_le_bytes(b.try_into().unwrap()));
    let f64s = |b: &[u8]| f64::from_le_bytes(b.try_into().unwrap());
    match image.samples.sample_type() {
        SampleType::Complex64 => raw.chunks(8).map(|b| vec![f32s(&b[..4]), f32s(&b[4..])]).collect(),
        SampleType::Complex128 => raw.chunks(16).map(|b| vec![f64s(&b[..8]), f64s(&b[8..])]).collect(),
        SampleType::Rgba8 => raw.chunks(4).map(|b| [b[2], b[1], b[0], b[3]].map(f64::from).to_vec()).collect(),
        _ => image.samples.read(0, image.samples.len()).into_iter().map(|v| vec![v]).collect(),
    }
}

fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(parts) => parts.iter().flat_map(numbers).collect(),
        Value::Object(rgba) => ["R", "G", "B", "A"].iter().flat_map(|c| numbers(&rgba[*c])).collect(),
        Value::Bool(b) => vec![f64::from(u8::from(*b))],
        value => vec![value.as_f64().unwrap()],
    }
}

fn check_samples(place: &str, image: &Image, known: &Value) {
    let samples = components(image);
    let middle = known["middle_index"].as_u64().unwrap() as usize;
    for (sample, key) in [(samples.first(), "first"), (samples.last(), "last"), (samples.get(middle), "middle")] {
        assert_eq!(sample.unwrap(), &numbers(&known[key]), "{place}: {key}");
    }
    let size = samples[0].len();
    let sums: Vec<f64> = (0..size).map(|c| samples.iter().map(|sample| sample[c]).sum()).collect();
    let sizes: f64 = samples.iter().flatten().map(|v| v.abs()).sum();
    for (sum, known) in sums.iter().zip(numbers(&known["sum"])) {
        assert!((sum - known).abs() <= 1e-9 * sizes.max(1e-12), "{place}: {sum} {known}");
    }
    let statistics = Statistics::of(&image.samples);
    if image.samples.sample_type().is_real() {
        assert!((statistics.sum - sums[0]).abs() <= 1e-9 * sizes.max(1e-12), "{place}");
        assert_eq!(vec![statistics.min], numbers(&known["min"]), "{place}");
        assert_eq!(vec![statistics.max], numbers(&known["max"]), "{place}");
    } else if let (Some(min), Some(max)) = (known["min_abs"].as_f64(), known["max_abs"].as_f64()) {
        assert!(close(statistics.min, min) && close(statistics.max, max), "{place}: {statistics:?}");
    }
    if let Some(hash) = known["raw"]["data_sha256"].as_str() {
        let found: String = Sha256::digest(image.samples.raw()).iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(found, hash, "{place}");
    }
}

fn check_settings(place: &str, image: &Image, tags: &Value) {
    let stated = |key: &str| tags[key].as_f64().filter(|value| *value != 0.0);
    let found = &image.acquisition;
    let same = |found: Option<f64>, known: Option<f64>| match (found, known) {
        (Some(found), Some(known)) => close(found, known),
        (None, None) => true,
        _ => false,
    };
    if tags.is_null() {
        return;
    }
    assert!(same(found.beam_energy_kev, stated("voltage_V").map(|v| v / 1e3)), "{place}: {found:?}");
    let convergence = stated("eels_convergence_semi_angle_mrad");
    assert!(same(found.convergence_semi_angle_mrad, convergence), "{place}: {found:?}");
    assert!(same(found.collection_semi_angle_mrad, stated("eels_collection_semi_angle_mrad")), "{place}: {found:?}");
    if let Some(exposure) = stated("eels_exposure_s") {
        let frames = stated("eels_number_of_frames").unwrap_or(1.0);
        assert_eq!(found.frames.map(f64::from), stated("eels_number_of_frames"), "{place}");
        let total = stated("eels_integration_time_s").unwrap_or(exposure * frames);
        assert!(same(found.dwell_time_s, Some(total)), "{place}: {found:?}");
    }
    assert_eq!(image.is_low_loss, stated("eels_is_dual_low_loss").is_some(), "{place}");
}

fn check_sum_spectrum(place: &str, image: &Image, known: &Value) {
    let Some(channels) = known["channels"].as_u64() else { return };
    let Ok(spectra) = SpectrumImage::from_image(image) else {
        // Spectra whose axis has a unit of no energy.
        assert!(image.energy_axis().is_none(), "{place}");
        return;
    };
    let all: Vec<_> = spectra.navigation().iter().map(|axis| 0..axis.size).collect();
    let sum = spectra.sum(&all);
    assert_eq!(sum.len() as u64, channels, "{place}");
    assert!(close(spectra.axis().first_ev(), known["energy_first_eV"].as_f64().unwrap()), "{place}");
    assert!(close(spectra.axis().last_ev(), known["energy_last_eV"].as_f64().unwrap()), "{place}");
    let max = sum.iter().copied().fold(f64::MIN, f64::max);
    for (found, key) in [(sum[0], "first"), (sum[sum.len() - 1], "last"), (max, "max")] {
        assert!(close(found, known[key].as_f64().unwrap()), "{place}: {key}");
    }
    let argmax = known["argmax"].as_u64().unwrap() as usize;
    assert!(close(sum[argmax], max), "{place}");
}

#[test]
fn kinds_of_real_images_follow_their_axes() {
    let Some(folder) = shared::folder() else { return };
    for (file, index, kind) in [
        ("dm/08_carbon.dm3", 1, ImageKind::Spectrum),
        ("dm/EELS_SI.dm4", 0, ImageKind::Thumbnail),
        ("dm/EELS_SI.dm4", 1, ImageKind::SpectrumImage),
        ("dm/test-MonoCL_spectrum-SI.dm4", 1, ImageKind::LineScan),
        ("dm/test-MonarcCL_spectrum-SI.dm4", 1, ImageKind::SpectrumImage),
        ("dm/test-MonarcCL_spectrum-pmt.dm4", 1, ImageKind::Spectrum),
        ("dm/ref_T_0_1.dm4", 0, ImageKind::LineScan),
        ("dm/multi_signal.dm3", 1, ImageKind::Image),
        ("dm/test_stackbuilder_imagestack.dm3", 1, ImageKind::Stack),
        ("dm/dmTest_3D_int16_64,65,66.dm3", 1, ImageKind::Stack),
        ("dm/DMReader_SI-HAADF.dm3", 1, ImageKind::Image),
        ("msa/hl.msa", 0, ImageKind::Spectrum),
    ] {
        let contents = moray::io::open(&folder.join(file)).unwrap();
        let image = contents.images.iter().find(|image| image.index == index).unwrap();
        assert_eq!(image.kind, kind, "{file} image {index}");
    }
}

#[test]
fn settings_that_a_plug_in_moved_one_level_down_are_found() {
    let Some(folder) = shared::folder() else { return };
    let found = &moray::io::open(&folder.join(NESTED)).unwrap().images[1].acquisition;
    assert_eq!((found.beam_energy_kev, found.date.as_deref()), (Some(200.0), Some("2015-05-17")));
}

#[test]
fn dates_of_real_files_become_iso_when_they_can_mean_one_day_only() {
    let Some(folder) = shared::folder() else { return };
    for (file, date) in [
        ("dm/EELS_SI.dm4", "2019-05-14"),
        ("dm/DMReader_EELS_STO.dm4", "2019-12-14"),
        ("dm/test-MonoCL_spectrum-SI.dm4", "04/11/2020"),
        ("dm/ref_T_0_1.dm4", "11/19/19"),
        ("msa/example1.msa", "1991-10-01"),
    ] {
        let contents = moray::io::open(&folder.join(file)).unwrap();
        assert_eq!(contents.images.last().unwrap().acquisition.date.as_deref(), Some(date), "{file}");
    }
}

/// `[energy, position]` = 3 x 2 as a line scan of 32-bit floats, calibrated.
fn line_scan(dm: Dm) -> Node {
    let axes = vec![dm.calibration(-700.0, 0.5, "eV"), dm.calibration(2.0, 0.003, "\u{b5}m")];
    dm.image("Scan", 2, 4, &[3, 2], dm.f32s(&[1.0, 2.5, -3.0, 4.0, 5.0, 6.0]), axes)
}

#[test]
fn versions_and_byte_orders_give_the_same_line_scan() {
    for dm in ALL {
        let mut image = line_scan(dm);
        tag(&mut image, &["Meta Data", "Signal"], dm.text("EELS"));
        tag(&mut image, &["Microscope Info", "Voltage"], dm.f32(200_000.0));
        tag(&mut image, &["EELS", "Acquisition", "Number of frames"], dm.i32(4));
        tag(&mut image, &["EELS", "Acquisition", "Exposure (s)"], dm.f64(0.25));
        let contents = read(dm.images(vec![image])).unwrap();
        assert_eq!(contents.format, if dm.version == 4 { "DM4" } else { "DM3" });
        assert!(contents.cautions.is_empty(), "{:?}", contents.cautions);
        let image = &contents.images[0];
        assert_eq!((image.kind, image.title.as_str(), image.signal.as_str()), (ImageKind::LineScan, "Scan", "EELS"));
        assert_eq!(image.samples.read(0, 6), [1.0, 2.5, -3.0, 4.0, 5.0, 6.0], "{dm:?}");
        let [position, energy] = image.axes.as_slice() else { panic!("two axes") };
        assert_eq!((energy.kind, energy.size, energy.offset, energy.scale), (AxisKind::EnergyLoss, 3, 350.0, 0.5));
        assert_eq!((position.kind, position.size), (AxisKind::Position, 2));
        assert!(close(position.offset, -0.006) && position.unit == "\u{b5}m");
        assert_eq!(image.acquisition.beam_energy_kev, Some(200.0));
        assert_eq!((image.acquisition.frames, image.acquisition.dwell_time_s), (Some(4), Some(1.0)));
        let spectra = SpectrumImage::from_image(image).unwrap();
        assert_eq!(spectra.sum(std::slice::from_ref(&(1..2))), [4.0, 5.0, 6.0]);
        assert!(close(spectra.navigation()[0].step_nm.unwrap(), 3.0));
    }
}

#[test]
fn every_pixel_type_is_read_in_both_byte_orders() {
    let le = |values: &[i64], width: usize| -> Vec<u8> {
        values.iter().flat_map(|v| v.to_le_bytes()[..width].to_vec()).collect()
    };
    // Image type, element code, bytes, type read, values.
    let cases: [(i32, u64, usize, SampleType, [i64; 2]); 11] = [
        (1, 2, 2, SampleType::Int16, [-2, 300]),
        (6, 10, 1, SampleType::UInt8, [1, 200]),
        (7, 3, 4, SampleType::Int32, [-70_000, 5]),
        (9, 9, 1, SampleType::Int8, [-5, 6]),
        (10, 4, 2, SampleType::UInt16, [65_000, 1]),
        (11, 5, 4, SampleType::UInt32, [4_000_000_000, 1]),
        (14, 8, 1, SampleType::Bool, [0, 1]),
        (39, 11, 8, SampleType::Int64, [-1 << 40, 7]),
        (40, 12, 8, SampleType::UInt64, [1 << 50, 7]),
        (6, 8, 1, SampleType::UInt8, [3, 4]),
        (7, 5, 4, SampleType::Int32, [-1, 9]),
    ];
    for dm in ALL {
        for (code, element, width, sample, values) in cases {
            let data = dm.array(element, width, &le(&values, width));
            let image = dm.image("x", code, width as i32, &[2], data, vec![]);
            let contents = read(dm.images(vec![image])).unwrap_or_else(|error| panic!("{dm:?} {code}: {error}"));
            assert_eq!(contents.images[0].samples.sample_type(), sample, "{dm:?} {code}");
            let expected = values.map(|v| v as f64);
            assert_eq!(contents.images[0].samples.read(0, 2), expected, "{dm:?} {code}");
        }
        let complex: Vec<u8> = [3.0_f32, 4.0, 0.0, -1.0].iter().flat_map(|v| v.to_le_bytes()).collect();
        let image = dm.image("x", 3, 8, &[2], dm.pairs(6, 4, &complex), vec![]);
        assert_eq!(read(dm.images(vec![image])).unwrap().images[0].samples.read(0, 2), [5.0, 1.0], "{dm:?}");
        let complex: Vec<u8> = [3.0_f64, 4.0].iter().flat_map(|v| v.to_le_bytes()).collect();
        let image = dm.image("x", 13, 16, &[1], dm.pairs(7, 8, &complex), vec![]);
        assert_eq!(read(dm.images(vec![image])).unwrap().images[0].samples.read(0, 1), [5.0], "{dm:?}");
        let image = dm.image("x", 12, 8, &[1], dm.array(7, 8, &1.5_f64.to_le_bytes()), vec![]);
        assert_eq!(read(dm.images(vec![image])).unwrap().images[0].samples.read(0, 1), [1.5], "{dm:?}");
    }
}

#[test]
fn both_colour_types_are_four_bytes_a_pixel() {
    let dm = ALL[2];
    for code in [8, 23] {
        let image = dm.image("x", code, 4, &[2], dm.i32s(&[0x0403_0201, 0x0807_0605]), vec![]);
        let contents = read(dm.images(vec![image])).unwrap();
        assert_eq!(contents.images[0].samples.sample_type(), SampleType::Rgba8);
        let found = Statistics::of(&contents.images[0].samples);
        assert_eq!((found.sum, found.min, found.max), (36.0, 1.0, 8.0));
    }
}

#[test]
fn unknown_images_are_left_out_and_the_others_kept() {
    for dm in ALL {
        for code in [5, 0, 99] {
            let odd = dm.image("odd", code, 4, &[5, 5], dm.array(6, 4, &[0; 30 * 4]), vec![]);
            let contents = read(dm.images(vec![odd, line_scan(dm)])).unwrap();
            assert_eq!(contents.images.iter().map(|i| i.index).collect::<Vec<_>>(), [1], "{code}");
            assert!(contents.cautions[0].contains("image 0 (\"odd\") is left out"), "{:?}", contents.cautions);
        }
    }
}

#[test]
fn packed_complex_images_give_the_half_plane_that_is_stored() {
    for dm in ALL {
        let numbers: Vec<f64> = (0..30).map(f64::from).collect();
        let f32s: Vec<f32> = (0..30u8).map(f32::from).collect();
        let bytes64: Vec<u8> = numbers.iter().flat_map(|v| v.to_le_bytes()).collect();
        for (code, data, sample) in
            [(27, dm.f32s(&f32s), SampleType::Complex64), (28, dm.array(7, 8, &bytes64), SampleType::Complex128)]
        {
            let contents = read(dm.images(vec![dm.image("fft", code, 8, &[5, 5], data, vec![])])).unwrap();
            let image = &contents.images[0];
            assert_eq!((image.shape(), image.samples.sample_type()), (vec![5, 3], sample));
            // Real and imaginary parts alternate: sample 1 is 2 + 3i.
            assert!(close(image.samples.read(1, 1)[0], 13.0_f64.sqrt()));
            assert!(contents.cautions[0].contains("3 of its 5 columns"), "{:?}", contents.cautions);
        }
    }
}

#[test]
fn the_energy_axis_is_found_by_its_unit_and_given_in_ev() {
    let dm = ALL[2];
    let axes =
        vec![dm.calibration(0.0, 1.0, "nm"), dm.calibration(-1.0, 0.0005, "keV"), dm.calibration(0.0, 2.0, "nm")];
    let image = dm.image("x", 2, 4, &[2, 2, 2], dm.f32s(&[1., 2., 3., 4., 5., 6., 7., 8.]), axes);
    let contents = read(dm.images(vec![image])).unwrap();
    let image = &contents.images[0];
    assert_eq!((image.kind, image.energy_axis()), (ImageKind::SpectrumImage, Some(1)));
    assert!(close(image.axes[1].scale, 0.5) && close(image.axes[1].offset, 0.5) && image.axes[1].unit == "eV");
    let spectra = SpectrumImage::from_image(image).unwrap();
    assert_eq!(spectra.sum(&[0..1, 1..2]), [2.0, 4.0]);
    assert_eq!(spectra.sum(&[0..2, 0..2]), [14.0, 22.0]);
}

#[test]
fn missing_calibrations_are_channels_and_a_zero_scale_is_said_aloud() {
    let dm = ALL[0];
    let image = dm.image("x", 2, 4, &[3, 2], dm.f32s(&[0.0; 6]), vec![dm.calibration(4.0, 0.0, "nm")]);
    let contents = read(dm.images(vec![image])).unwrap();
    let axes = &contents.images[0].axes;
    assert!(axes.iter().all(|axis| axis.scale == 1.0 && axis.offset == 0.0), "{axes:?}");
    assert_eq!((axes[0].unit.as_str(), axes[1].unit.as_str()), ("", "nm"));
    assert!(contents.cautions[0].contains("dimension 0"), "{:?}", contents.cautions);

    let image = dm.image("x", 2, 4, &[3, 2], dm.f32s(&[0.0; 6]), vec![]);
    assert!(read(dm.images(vec![image])).unwrap().cautions.is_empty());
}

#[test]
fn an_eels_axis_without_unit_is_taken_as_ev_with_a_caution() {
    let dm = ALL[2];
    let axes = vec![dm.calibration(-400.0, 1.0, ""), dm.calibration(0.0, 1.0, "nm")];
    let mut image = dm.image("x", 2, 4, &[3, 2], dm.f32s(&[0.0; 6]), axes);
    tag(&mut image, &["Meta Data", "Signal"], dm.text("EELS"));
    tag(&mut image, &["Meta Data", "Format"], dm.text("Spectrum image"));
    let contents = read(dm.images(vec![image])).unwrap();
    assert_eq!(contents.images[0].energy_axis(), Some(1));
    assert_eq!(contents.images[0].kind, ImageKind::LineScan);
    assert!(contents.cautions[0].contains("no unit"), "{:?}", contents.cautions);
}

#[test]
fn thumbnails_are_told_apart_by_list_and_by_name() {
    let dm = ALL[2];
    let picture = |name: &str| dm.image(name, 23, 4, &[1], dm.i32s(&[7]), vec![]);
    let kinds = |root: &Node| -> Vec<ImageKind> {
        read(dm.file(root)).unwrap().images.iter().map(|image| image.kind).collect()
    };
    let images = list(vec![picture("Image Of Scan"), line_scan(dm), picture("colour")]);
    let mut root = group([("ImageList", images)]);
    assert_eq!(kinds(&root), [ImageKind::Thumbnail, ImageKind::LineScan, ImageKind::Image]);
    push(&mut root, b"Thumbnails", list(vec![group([("ImageIndex", dm.i32(2))])]));
    assert_eq!(kinds(&root), [ImageKind::Thumbnail, ImageKind::LineScan, ImageKind::Thumbnail]);
}

#[test]
fn names_are_utf_8_or_latin_1_and_titles_may_be_empty() {
    for dm in ALL {
        let mut root = group([("ImageList", list(vec![line_scan(dm)]))]);
        push(&mut root, b"Field of View (\xb5m)", dm.f32(1.0));
        push(&mut root, "Field of View (\u{b5}m)".as_bytes(), dm.f32(2.0));
        push(&mut root, b"Empty", dm.text(""));
        let path = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(path.path(), dm.file(&root)).unwrap();
        let tags = moray::io::tags(path.path()).unwrap();
        assert_eq!((tags[1].name.as_str(), &tags[1].value), ("Field of View (\u{b5}m)", &TagValue::Real(1.0)));
        assert_eq!((tags[2].name.as_str(), &tags[2].value), ("Field of View (\u{b5}m)", &TagValue::Real(2.0)));
        assert_eq!(tags[3].value, TagValue::Text(String::new()));
    }
}

#[test]
fn samples_of_sixteen_bits_are_no_text() {
    let dm = ALL[3];
    let data = dm.array(4, 2, &[b'a', 0, b'b', 0]);
    let bytes = dm.images(vec![dm.image("x", 10, 2, &[2], data, vec![])]);
    let path = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(path.path(), bytes).unwrap();
    let text = format!("{:?}", moray::io::tags(path.path()).unwrap());
    assert!(text.contains("List([Integer(97), Integer(98)])"), "{text}");
    assert!(text.contains("Text(\"x\")"), "{text}");
}

#[test]
fn unknown_values_are_stepped_over_in_dm4_and_stop_dm3() {
    let odd = [
        Node::Data(vec![18, 3], b"abc".to_vec()),
        Node::Data(vec![20, 20, 3, 2, 1], vec![0; 8]),
        Node::Data(vec![], vec![]),
        Node::Data(vec![15, 0, 1, 4, 3], b"name\0\0\0\0".to_vec()),
        Node::Data(vec![77], vec![1, 2, 3]),
    ];
    for dm in ALL {
        for node in &odd {
            let mut root = group([]);
            push(&mut root, b"Odd", node.clone());
            push(&mut root, b"ImageList", list(vec![line_scan(dm)]));
            let result = read(dm.file(&root));
            if dm.version == 4 {
                assert_eq!(result.unwrap().images[0].samples.read(3, 3), [4.0, 5.0, 6.0]);
            } else {
                let error = result.unwrap_err();
                let expected = matches!(error, ReadError::Unsupported { feature: Feature::TagType { .. }, .. });
                assert!(expected, "{node:?}: {error}");
            }
        }
    }
}

#[test]
fn disagreement_within_an_image_is_an_error() {
    let dm = ALL[2];
    let fault = |image: Node| match read(dm.images(vec![image])) {
        Err(ReadError::Malformed { fault, .. }) => fault,
        other => panic!("{other:?}"),
    };
    let data = || dm.f32s(&[0.0; 6]);
    let wrong_count = dm.image("x", 2, 4, &[4, 2], data(), vec![]);
    assert_eq!(fault(wrong_count), Fault::SampleCount { image: 0, stated: 8, found: 6 });
    let wrong_depth = dm.image("x", 2, 8, &[3, 2], data(), vec![]);
    assert_eq!(fault(wrong_depth), Fault::PixelDepth { image: 0, stated: 8, expected: 4 });
    let wrong_type = dm.image("x", 7, 4, &[3, 2], data(), vec![]);
    assert_eq!(fault(wrong_type), Fault::SampleType { image: 0, stated: "int32", found: "float32" });
    let wrong_pairs = dm.image("x", 3, 8, &[3], dm.pairs(7, 8, &[0; 48]), vec![]);
    assert!(matches!(fault(wrong_pairs), Fault::SampleType { found: "pairs of float64", .. }));
    let empty = dm.image("x", 2, 4, &[0, 2], data(), vec![]);
    assert_eq!(fault(empty), Fault::Dimensions { image: 0 });
    let huge = dm.image("x", 2, 4, &[u32::MAX; 3], data(), vec![]);
    assert_eq!(fault(huge), Fault::Dimensions { image: 0 });
    assert!(matches!(read(dm.file(&group([]))), Err(ReadError::Malformed { fault: Fault::Missing { .. }, .. })));
}

#[test]
fn limits_stop_depth_and_counts_before_memory_is_used() {
    for dm in ALL {
        let mut deep = group([]);
        for _ in 0..100 {
            deep = list(vec![deep]);
        }
        let error = read(dm.file(&deep)).unwrap_err();
        assert!(matches!(error, ReadError::TooLarge { limit: 64, .. }), "{error}");

        let bomb = Node::Data(vec![20, 7, u64::from(u32::MAX)], vec![0; 16]);
        let error = read(dm.file(&list(vec![bomb]))).unwrap_err();
        assert!(matches!(error, ReadError::Malformed { fault: Fault::Truncated { .. }, .. }), "{error}");
    }
    let limits = Limits { tags: 5, ..Limits::default() };
    let bytes = ALL[2].images(vec![line_scan(ALL[2])]);
    let error = moray::io::read_bytes(Path::new("x"), Arc::new(bytes), limits).unwrap_err();
    assert!(matches!(error, ReadError::TooLarge { what: "the number of tags", limit: 5, .. }), "{error}");
}

#[test]
fn text_spectra_say_what_they_assume() {
    let csv = b"# made up\nenergy,counts\n400,10\n400.5,20\n401,30.5\n".to_vec();
    let contents = read(csv).unwrap();
    let image = &contents.images[0];
    assert_eq!(
        (contents.format, image.kind, image.samples.read(0, 3)),
        ("text", ImageKind::Spectrum, vec![10., 20., 30.5])
    );
    assert_eq!((image.axes[0].offset, image.axes[0].scale), (400.0, 0.5));
    assert!(contents.cautions[0].contains("eV"));
    let uneven = read(b"1 5\n2 6\n7 7\n".to_vec()).unwrap_err();
    assert!(matches!(uneven, ReadError::Malformed { fault: Fault::Spacing { .. }, .. }), "{uneven}");
}

#[test]
fn an_msa_without_end_mark_is_believed_only_when_complete() {
    let file = |points: u32, rows: &str| {
        format!(
            "#FORMAT : EMSA\n#npoints : {points}\n\n#XPERCHAN : 0.5\n#OFFSET : 2\n#XUNITS : keV\n#SPECTRUM :\n{rows}"
        )
    };
    let contents = read(file(3, "1, 2,\n\n3.\n").into_bytes()).unwrap();
    assert_eq!(contents.images[0].samples.read(0, 3), [1.0, 2.0, 3.0]);
    assert_eq!((contents.images[0].axes[0].scale, contents.images[0].axes[0].offset), (500.0, 2000.0));
    assert!(contents.cautions[0].contains("#ENDOFDATA"));
    for (points, rows) in [(4, "1, 2,\n3.\n"), (3, "1, 2,\n3."), (3, "")] {
        let error = read(file(points, rows).into_bytes()).unwrap_err();
        assert!(matches!(error, ReadError::Malformed { fault: Fault::Points { .. }, .. }), "{rows:?}: {error}");
    }
}
