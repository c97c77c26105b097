//! Killed at any moment while it saves and exports: every finished file is whole, and every session can be read.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use moray::export::session_in;
use ndarray::{Array1, Array2};
use ndarray_npy::NpzReader;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// Kills, shared by two folders that are written to side by side.
const KILLS: usize = 100;
/// How often a run is looked at.
const LOOK: Duration = Duration::from_micros(500);
/// Two ways to set the sites, so that files change from run to run.
const SITES: [&str; 2] = ["O1=4..9,28..33;O2=16..21", "O1=5..10,29..34;O2=17..22"];

fn sample(folder: &Path) {
    for name in ["lto-pristine.dm4", "lto-2v7.dm4"] {
        std::fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data").join(name), folder.join(name)).unwrap();
    }
}

/// Starts a comparison that writes everything to `out`: a new one, or one that reads the session there.
fn start(folder: &Path, run: usize) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_moray"));
    command.current_dir(folder).stdout(Stdio::null()).stderr(Stdio::null());
    if run % 3 == 2 {
        command.args(["compare", "--session", "out/session.moray", "-o", "out"]);
    } else {
        command.args(["compare", "--reference", "lto-pristine.dm4", "--scan", "lto-2v7.dm4", "-o", "out"]);
        command.args(["--sites", SITES[run % 2]]);
    }
    command.spawn().unwrap()
}

/// When each file was written, by name; temporary files left out.
fn times(out: &Path) -> BTreeMap<String, SystemTime> {
    let entries = std::fs::read_dir(out).unwrap().map(|entry| entry.unwrap());
    let named = entries.map(|entry| (entry.file_name().into_string().unwrap(), entry.path()));
    let finished = named.filter(|(name, _)| !(name.starts_with(".moray-") && name.ends_with(".part")));
    // A file may be replaced between the listing and the look at it.
    let written = |path: PathBuf| std::fs::metadata(path).and_then(|metadata| metadata.modified()).ok();
    finished.filter_map(|(name, path)| Some((name, written(path)?))).collect()
}

/// Parses a finished file as what its name says; gives the number of rows of a table.
fn check(path: &Path) -> usize {
    let bytes = std::fs::read(path).unwrap();
    let text = || std::str::from_utf8(&bytes).unwrap();
    let name = path.file_name().unwrap().to_str().unwrap();
    match path.extension().unwrap().to_str().unwrap() {
        "json" => assert!(serde_json::from_str::<serde_json::Value>(text()).unwrap()["edges"].is_array()),
        "moray" => assert_eq!(moray::app::read_session(path).unwrap().session.inputs.len(), 2),
        "csv" => {
            let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(bytes.as_slice());
            assert!(bytes.ends_with(b"\n"), "{name}");
            return reader.records().collect::<Result<Vec<_>, _>>().unwrap().len();
        }
        "png" => {
            assert!(bytes.ends_with(b"IEND\xaeB`\x82"), "{name}");
            assert!(image::load_from_memory(&bytes).unwrap().width() > 100);
        }
        "svg" => assert!(text().trim_end().ends_with("</svg>"), "{name}"),
        "pdf" => check_pdf(&bytes),
        "npz" => check_npz(bytes.clone()),
        "txt" => {
            // The files stand at its end, each with its hash.
            let last = text().strip_suffix('\n').unwrap().lines().last().unwrap();
            let hash = last.strip_prefix("- input: scan, lto-2v7.dm4, image 1, SHA-256 ").unwrap();
            assert_eq!(hash.len(), 64, "{name}: {last}");
        }
        other => panic!("nobody wrote a {other}"),
    }
    if ["png", "svg", "pdf"].iter().any(|kind| name.ends_with(kind)) {
        assert!(session_in(&bytes).unwrap().is_ok(), "{name}");
    }
    0
}

fn check_pdf(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let end = text.trim_end().strip_suffix("%%EOF").unwrap();
    let at: usize = end.rsplit("startxref").next().unwrap().trim().parse().unwrap();
    let table = bytes[at..].trim_ascii_start();
    assert!(table.starts_with(b"xref") || table[0].is_ascii_digit(), "no cross-reference table at {at}");
}

fn check_npz(bytes: Vec<u8>) {
    let mut npz = NpzReader::new(std::io::Cursor::new(bytes)).unwrap();
    for name in npz.names().unwrap() {
        let read = npz.by_name::<ndarray::OwnedRepr<f64>, ndarray::Ix1>(&name).map(|array: Array1<f64>| array.len());
        let read = read.or_else(|_| npz.by_name(&name).map(|array: Array1<u8>| array.len()));
        let read = read.or_else(|_| npz.by_name(&name).map(|array: Array2<f64>| array.len()));
        assert!(read.unwrap() > 0, "{name}");
    }
}

#[test]
fn half_a_file_of_any_kind_would_be_noticed() {
    let folder = tempfile::tempdir().unwrap();
    sample(folder.path());
    assert!(start(folder.path(), 0).wait().unwrap().success());
    let out = folder.path().join("out");
    let mut random = ChaCha8Rng::seed_from_u64(7);
    for name in times(&out).into_keys() {
        let whole = std::fs::read(out.join(&name)).unwrap();
        let rows = check(&out.join(&name));
        let half = folder.path().join(&name);
        for _ in 0..12 {
            let end = random.random_range(0..whole.len() - 1);
            std::fs::write(&half, &whole[..end]).unwrap();
            let read = std::panic::catch_unwind(|| check(&half));
            assert!(read.is_err() || read.is_ok_and(|read| read != rows), "{name} cut at {end} of {}", whole.len());
        }
    }
}

/// How long a run takes, and its writing alone. Shortened by every run that ends before its kill: the machine may be
/// quicker now than it was.
struct Pace {
    whole: Duration,
    writing: Duration,
}

impl Pace {
    /// Of one run that is left alone.
    fn measured(folder: &Path, out: &Path) -> Pace {
        let begun = Instant::now();
        let mut child = start(folder, 0);
        while !out.exists() || times(out).is_empty() {
            std::thread::sleep(LOOK);
        }
        let first_file = begun.elapsed();
        assert!(child.wait().unwrap().success());
        let whole = begun.elapsed();
        Pace { whole, writing: whole - first_file }
    }

    /// Waits for the moment of a kill: anywhere in the run, or, since most of a run is arithmetic, amid the writing.
    fn wait(&self, child: &mut Child, amid_writing: bool, out: &Path, random: &mut ChaCha8Rng) {
        let mut wait = self.whole;
        if amid_writing {
            let before = times(out);
            while times(out) == before && child.try_wait().unwrap().is_none() {
                std::thread::sleep(LOOK);
            }
            wait = self.writing;
        }
        std::thread::sleep(wait.mul_f64(random.random_range(0.0..1.0)));
    }

    fn shorten(&mut self, amid_writing: bool) {
        let pace = if amid_writing { &mut self.writing } else { &mut self.whole };
        *pace = pace.mul_f64(0.9);
    }
}

/// Kills so many runs; gives how many of them were hit between their first and their last file.
fn kill_again_and_again(kills: usize, seed: u64) -> usize {
    let folder = tempfile::tempdir().unwrap();
    sample(folder.path());
    let out = folder.path().join("out");
    let mut pace = Pace::measured(folder.path(), &out);
    let rows: BTreeMap<String, usize> =
        times(&out).into_keys().map(|name| (name.clone(), check(&out.join(name)))).collect();
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let (mut killed, mut amid) = (0, 0);
    for run in 0.. {
        if killed == kills {
            break;
        }
        assert!(run < 4 * kills, "only {killed} of {run} runs were still going");
        let before = times(&out);
        let mut child = start(folder.path(), run);
        let amid_writing = run % 2 == 1;
        pace.wait(&mut child, amid_writing, &out, &mut random);
        if child.try_wait().unwrap().is_some() {
            pace.shorten(amid_writing);
        } else {
            killed += 1;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let after = times(&out);
        let changed = after.iter().filter(|(name, time)| before.get(*name) != Some(time)).count();
        amid += usize::from(changed > 0 && changed < after.len());
        assert_eq!(after.len(), rows.len(), "{after:?}");
        for (name, count) in &rows {
            assert_eq!(check(&out.join(name)), *count, "{name} after kill {killed}, run {run}");
        }
    }
    assert!(start(folder.path(), 2).wait().unwrap().success(), "the session computes again");
    amid
}

#[test]
fn after_a_hundred_kills_every_session_can_be_read_and_every_finished_file_is_whole() {
    let seeds = [11, 12];
    let workers = seeds.map(|seed| std::thread::spawn(move || kill_again_and_again(KILLS / seeds.len(), seed)));
    let amid: usize = workers.map(|worker| worker.join().unwrap()).iter().sum();
    println!("{KILLS} runs were killed, {amid} amid their files");
    assert!(amid >= KILLS / 20, "only {amid} kills hit the writing");
}
