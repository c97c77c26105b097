//! Two-column text spectra: energy and counts, one channel a line.

use super::bytes::long;
use super::tags::Tag;
use super::text::{Line, lines, looks_like_text, numbers, within_limit};
use super::{Fault, Format, ReadError, Source};
use crate::model::{Acquisition, Axis, AxisKind, FileContents, Image, ImageKind, IntensityCalibration, SampleArray};

/// Two columns of text.
pub(super) const FORMAT: Format = Format { id: "two-column-text", score, read, tags };

const NAME: &str = "text";

/// How many bytes may pass before the first line of numbers.
const PREAMBLE: usize = 1 << 16;
/// How far an energy may lie from an even spacing, channels.
const UNEVEN: f64 = 0.1;

/// A line with two numbers, after comments and at most one line of column names.
fn score(bytes: &[u8]) -> u8 {
    let start = bytes.get(..PREAMBLE).unwrap_or(bytes);
    if !looks_like_text(start) {
        return 0;
    }
    let found = lines(start).filter(|line| !is_comment(line)).take(2).any(|line| pair(&line.text).is_some());
    if found { 50 } else { 0 }
}

fn is_comment(line: &Line) -> bool {
    let text = line.text.trim();
    text.is_empty() || text.starts_with(['#', '%'])
}

fn pair(text: &str) -> Option<[f64; 2]> {
    numbers(text)?.try_into().ok().filter(|[energy, _]: &[f64; 2]| energy.is_finite())
}

fn read(source: &Source) -> Result<FileContents, ReadError> {
    within_limit(source, NAME)?;
    let bytes = source.bytes.bytes();
    let malformed = |at, fault| ReadError::Malformed { format: NAME, at, fault };
    let mut rows: Vec<([f64; 2], u64, u64)> = Vec::new();
    let mut cautions = vec!["a text file states no units; energies are taken as eV".to_owned()];
    for (k, line) in lines(bytes).filter(|line| !is_comment(line)).enumerate() {
        match pair(&line.text) {
            Some(row) => rows.push((row, line.number, line.at)),
            None if k == 0 => {}
            None => return Err(malformed(line.at, Fault::Number { line: line.number })),
        }
        if !line.ended {
            cautions.push("the last line has no line end; the file may be incomplete".to_owned());
        }
    }
    let (Some(([first, _], ..)), Some(([last, _], ..))) = (rows.first(), rows.last()) else {
        return Err(malformed(long(bytes.len()), Fault::Points { stated: 0, found: 0 }));
    };
    let scale = (last - first) / (rows.len() as f64 - 1.0);
    let bad = |k: usize, energy: f64| {
        let off = (energy - (first + scale * k as f64)).abs();
        !(scale > 0.0 && off <= UNEVEN * scale)
    };
    if let Some((_, (_, line, at))) = rows.iter().enumerate().find(|(k, ([energy, _], ..))| bad(*k, *energy)) {
        return Err(malformed(*at, Fault::Spacing { line: *line }));
    }
    let (scale, offset) = (scale, *first);
    let counts: Vec<f64> = rows.iter().map(|([_, counts], ..)| *counts).collect();
    let axis = Axis { kind: AxisKind::EnergyLoss, size: counts.len(), scale, offset, unit: "eV".to_owned() };
    let image = Image {
        index: 0,
        title: source.path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default(),
        kind: ImageKind::Spectrum,
        signal: String::new(),
        axes: vec![axis],
        intensity: IntensityCalibration::default(),
        acquisition: Acquisition::default(),
        is_low_loss: false,
        samples: SampleArray::from_f64(&counts),
    };
    Ok(FileContents {
        path: source.path.to_owned(),
        format: NAME,
        byte_order: None,
        size_bytes: long(bytes.len()),
        images: vec![image],
        cautions,
    })
}

/// Text spectra have no settings.
fn tags(_source: &Source) -> Result<Vec<Tag>, ReadError> {
    Ok(Vec::new())
}
