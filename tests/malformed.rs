//! Damaged, cut and foreign files: a clear error or the truth, never a panic and never a wrong array.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

#[path = "support/dm_bytes.rs"]
mod dm_bytes;
#[path = "support/shared.rs"]
mod shared;

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use dm_bytes::{ALL, Dm, tag};
use moray::io::{Limits, ReadError};
use moray::model::{FileContents, SpectrumImage, Statistics};
use proptest::prelude::*;

fn read(bytes: &[u8]) -> Result<FileContents, ReadError> {
    moray::io::read_bytes(Path::new("damaged.dm4"), Arc::new(bytes.to_vec()), Limits::default())
}

/// Everything that matters of an image: shape, type and raw bytes.
type Essence = (usize, Vec<usize>, &'static str, Vec<u8>);

fn essence(contents: &FileContents) -> Vec<Essence> {
    let one = |image: &moray::model::Image| {
        (image.index, image.shape(), image.samples.sample_type().name(), image.samples.raw().to_vec())
    };
    contents.images.iter().map(one).collect()
}

/// What is read must hold together, and everything a command does with it must work.
fn use_it(contents: &FileContents) {
    for image in &contents.images {
        assert_eq!(image.shape().iter().product::<usize>(), image.samples.len());
        let statistics = Statistics::of(&image.samples);
        assert!(statistics.not_finite <= image.samples.len());
        if let Ok(spectra) = SpectrumImage::from_image(image) {
            let all: Vec<_> = spectra.navigation().iter().map(|axis| 0..axis.size).collect();
            assert_eq!(spectra.sum(&all).len(), spectra.axis().channels());
        }
    }
}

/// A cut file is an error, or holds what the whole file holds.
fn check_cut(name: &str, whole: &[Essence], bytes: &[u8], at: usize) -> bool {
    match read(&bytes[..at]) {
        Err(error) => {
            let text = error.to_string();
            assert!(!text.contains('\n') && text.len() > 10, "{name} cut at {at}: {text}");
            assert!(!matches!(error, ReadError::Io(_)), "{name} cut at {at}: {text}");
            assert!(!error.hint().is_empty());
            false
        }
        Ok(contents) => {
            assert_eq!(essence(&contents), whole, "{name} cut at {at}");
            true
        }
    }
}

#[test]
fn a_real_dm_file_cut_anywhere_is_an_error_or_the_whole_truth() {
    let Some(folder) = shared::folder() else { return };
    let files: Vec<_> =
        shared::files(&folder).into_iter().filter(|path| path.parent().is_some_and(|p| p.ends_with("dm"))).collect();
    assert_eq!(files.len(), 96);
    for path in files {
        let bytes = std::fs::read(&path).unwrap();
        let whole = essence(&read(&bytes).unwrap());
        let name = path.display().to_string();
        let step = bytes.len() / 50;
        let survived = (0..50).filter(|k| check_cut(&name, &whole, &bytes, k * step + k % step.max(1))).count();
        assert_eq!(survived, 0, "{name}: only the last eight bytes can be missed");
        for missing in 1..=8 {
            check_cut(&name, &whole, &bytes, bytes.len() - missing);
        }
    }
}

#[test]
fn a_real_text_spectrum_cut_anywhere_is_an_error_or_holds_as_many_points_as_it_says() {
    let Some(folder) = shared::folder() else { return };
    for path in shared::files(&folder).into_iter().filter(|path| path.extension().is_some_and(|e| e == "msa")) {
        let bytes = std::fs::read(&path).unwrap();
        let whole = read(&bytes).unwrap().images[0].samples.read(0, usize::MAX);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let stated: f64 = text
            .lines()
            .find_map(|l| l.strip_prefix("#NPOINTS"))
            .unwrap()
            .trim()
            .trim_matches([':', ' '])
            .parse()
            .unwrap();
        let cuts = (0..50).map(|k| k * bytes.len() / 50).chain(bytes.len().saturating_sub(60)..bytes.len());
        for at in cuts {
            match read(&bytes[..at]) {
                Err(error) => assert!(!matches!(error, ReadError::Io(_))),
                Ok(contents) => {
                    let found = contents.images[0].samples.read(0, usize::MAX);
                    assert_eq!(found, whole[..found.len()], "{} cut at {at}", path.display());
                    let complete = found.len() == whole.len() || found.len() as f64 == stated;
                    assert!(complete, "{} cut at {at}: {} of {stated}", path.display(), found.len());
                }
            }
        }
    }
}

/// A small file with a line scan and some settings.
fn tiny(dm: Dm) -> Vec<u8> {
    let axes = vec![dm.calibration(-700.0, 0.5, "eV"), dm.calibration(2.0, 0.003, "nm")];
    let mut image = dm.image("Scan", 2, 4, &[3, 2], dm.f32s(&[1.0, 2.5, -3.0, 4.0, 5.0, 6.0]), axes);
    tag(&mut image, &["Microscope Info", "Voltage"], dm.f32(200_000.0));
    let complex = dm.image("FFT", 3, 8, &[2], dm.pairs(6, 4, &[7; 16]), vec![]);
    dm.images(vec![image, complex])
}

#[test]
fn a_tiny_file_cut_at_every_byte_is_an_error_or_the_whole_truth() {
    for dm in ALL {
        let bytes = tiny(dm);
        let whole = essence(&read(&bytes).unwrap());
        let survived = (0..bytes.len()).filter(|&at| check_cut("tiny", &whole, &bytes, at)).count();
        assert_eq!(survived, 8, "{dm:?}: the zero bytes at the end are not needed");
    }
}

#[test]
fn every_byte_of_a_tiny_file_may_be_anything() {
    for dm in ALL {
        let bytes = tiny(dm);
        for at in 0..bytes.len() {
            for value in [0, 1, 0x14, 0x15, 0x7f, 0x80, 0xff, bytes[at] ^ 1] {
                let mut damaged = bytes.clone();
                damaged[at] = value;
                if let Ok(contents) = read(&damaged) {
                    use_it(&contents);
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn flipped_bytes_never_panic(
        kind in 0..4_usize,
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut bytes = tiny(ALL[kind]);
        for (at, value) in flips {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        if let Ok(contents) = read(&bytes) {
            use_it(&contents);
        }
    }

    #[test]
    fn random_bytes_never_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..600), start in 0..6_usize) {
        let starts: [&[u8]; 6] =
            [b"", b"\0\0\0\x03", b"\0\0\0\x04", b"#FORMAT : x\n#SPECTRUM :\n", b"1,2\n3,4\n", b"#FORMAT"];
        bytes.splice(0..0, starts[start].iter().copied());
        if let Ok(contents) = read(&bytes) {
            use_it(&contents);
        }
    }

    #[test]
    fn flipped_bytes_of_a_real_structure_never_panic(
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let Some(folder) = shared::folder() else { return Ok(()) };
        let mut bytes = std::fs::read(folder.join("dm/2D__test-1.dm4")).unwrap();
        for (at, value) in flips {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if let Ok(contents) = read(&bytes) {
            use_it(&contents);
        }
    }
}

fn moray(arguments: &[&std::ffi::OsStr]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_moray")).args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn unreadable_files_end_with_exit_code_3_and_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let noise: Vec<u8> = (0..4000_u32).map(|k| (k.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let whole = tiny(ALL[2]);
    let cases = [
        (folder.path().join("missing.dm4"), "check the name"),
        (folder.path().to_owned(), "check that it is"),
        (write("empty.dm4", b""), "Moray reads"),
        (write("text.dm4", b"This is no spectrum.\nNot at all.\n"), "Moray reads"),
        (write("noise.dm4", &noise), "Moray reads"),
        (write("cut.dm4", &whole[..whole.len() / 2]), "incomplete or damaged"),
        (write("other.dm4", b"\x89HDF\r\n\x1a\n and so on"), "Moray reads"),
    ];
    for (path, hint) in cases {
        for command in ["info", "tags"] {
            let (code, out, err) = moray(&[command.as_ref(), path.as_os_str()]);
            assert_eq!((code, out.as_str()), (3, ""), "{command} {}: {err}", path.display());
            assert_eq!(err.trim_end().lines().count(), 1, "{err}");
            assert!(err.contains(hint) && err.contains(&*path.to_string_lossy()), "{err}");
        }
    }
}
