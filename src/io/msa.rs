//! EMSA/MSA text spectra: `#KEYWORD : value` lines, then numbers.

use super::bytes::long;
use super::tags::{Tag, TagValue};
use super::text::{Line, iso_date, lines, numbers, within_limit};
use super::units::{ev_per_unit, is_other_spectroscopy};
use super::{Fault, Format, ReadError, Source};
use crate::model::{Acquisition, Axis, AxisKind, FileContents, Image, ImageKind, IntensityCalibration, SampleArray};

/// EMSA/MSA.
pub(super) const FORMAT: Format = Format { id: "emsa-msa", score, read, tags };

const NAME: &str = "EMSA/MSA";

/// Such a file begins with its FORMAT line.
fn score(bytes: &[u8]) -> u8 {
    let first = bytes.get(..256).unwrap_or(bytes);
    let first = lines(first).find(|line| !line.text.trim().is_empty());
    first.and_then(|line| keyword(&line.text)).map_or(0, |(name, _)| if name == "FORMAT" { 200 } else { 0 })
}

/// Name (upper case, without unit) and value of a keyword line.
fn keyword(line: &str) -> Option<(String, String)> {
    let line = line.trim().strip_prefix('#')?;
    let (name, value) = line.split_once(':').unwrap_or((line, ""));
    // A private keyword keeps its second '#'. A unit may follow the name, as in `BEAMKV   -kV`.
    let name = name.split([' ', '\t', '-']).next().unwrap_or_default();
    Some((name.to_ascii_uppercase(), value.trim().to_owned()))
}

/// A file taken apart.
struct Text {
    header: Vec<(String, String)>,
    values: Vec<f64>,
    /// Whether the end mark was there.
    ended: bool,
    /// Whether the last line of numbers has a line end.
    complete: bool,
    /// Line and place of the end.
    end: u64,
}

impl Text {
    fn parse(bytes: &[u8]) -> Result<Self, ReadError> {
        let mut text = Self { header: Vec::new(), values: Vec::new(), ended: false, complete: true, end: 0 };
        let mut lines = lines(bytes);
        let mut found = false;
        for line in lines.by_ref() {
            let Some((name, value)) = keyword(&line.text) else { continue };
            if name == "SPECTRUM" {
                found = true;
                break;
            }
            text.header.push((name, value));
        }
        if !found {
            return Err(malformed(long(bytes.len()), Fault::Missing { what: "#SPECTRUM" }));
        }
        for line in lines {
            text.end = line.at.saturating_add(long(line.text.len()));
            if text.data_line(&line)? {
                break;
            }
        }
        Ok(text)
    }

    /// Takes one line after `#SPECTRUM`; true at the end mark, which may itself be cut short.
    fn data_line(&mut self, line: &Line) -> Result<bool, ReadError> {
        let shown = line.text.trim();
        if shown.is_empty() {
            return Ok(false);
        }
        if let Some((name, _)) = keyword(shown) {
            self.ended = "ENDOFDATA".starts_with(&name);
            return if self.ended { Ok(true) } else { Err(not_a_number(line)) };
        }
        self.values.extend(numbers(shown).ok_or_else(|| not_a_number(line))?);
        self.complete = line.ended;
        Ok(false)
    }

    fn get(&self, name: &str) -> Option<&str> {
        let found = self.header.iter().find(|(n, v)| n == name && !v.is_empty());
        found.map(|(_, value)| value.as_str())
    }

    fn number(&self, name: &str) -> Option<f64> {
        self.get(name).and_then(|text| text.parse().ok()).filter(|value: &f64| value.is_finite())
    }

    fn positive(&self, name: &str) -> Option<f64> {
        self.number(name).filter(|value| *value > 0.0)
    }

    /// Energies (for pairs) and counts.
    fn columns(&self) -> Result<(Option<Vec<f64>>, Vec<f64>), ReadError> {
        if !self.get("DATATYPE").is_some_and(|kind| kind.eq_ignore_ascii_case("XY")) {
            return Ok((None, self.values.clone()));
        }
        let (pairs, rest) = self.values.as_chunks::<2>();
        if !rest.is_empty() {
            return Err(malformed(self.end, Fault::Pairs { found: long(self.values.len()) }));
        }
        Ok((Some(pairs.iter().map(|[x, _]| *x).collect()), pairs.iter().map(|[_, y]| *y).collect()))
    }

    /// Compares the number of points with what the header says. Rows are believed when the end mark is there.
    fn check_points(&self, found: usize, cautions: &mut Vec<String>) -> Result<(), ReadError> {
        let stated = self.number("NPOINTS");
        let agrees = stated.is_none_or(|stated| stated == found as f64);
        if found == 0 || (!self.ended && (!agrees || !self.complete)) {
            let stated = stated.map_or(0, |stated| format!("{stated:.0}").parse().unwrap_or(0));
            return Err(malformed(self.end, Fault::Points { stated, found: long(found) }));
        }
        if !self.ended {
            cautions.push("the end mark #ENDOFDATA is missing; the file may be incomplete".to_owned());
        }
        if let Some(stated) = stated.filter(|_| !agrees) {
            cautions.push(format!("the header says {stated} points but {found} follow; {found} are used"));
        }
        Ok(())
    }

    fn acquisition(&self) -> Acquisition {
        Acquisition {
            beam_energy_kev: self.positive("BEAMKV"),
            convergence_semi_angle_mrad: self.positive("CONVANGLE"),
            collection_semi_angle_mrad: self.positive("COLLANGLE"),
            dwell_time_s: self.positive("DWELLTIME").map(|ms| ms * 1e-3),
            frames: None,
            magnification: self.positive("MAGCAM"),
            date: self.get("DATE").map(iso_date),
            instrument: None,
        }
    }

    fn signal(&self) -> String {
        match self.get("SIGNALTYPE").unwrap_or_default() {
            kind if kind.eq_ignore_ascii_case("ELS") => "EELS".to_owned(),
            kind => kind.to_owned(),
        }
    }

    fn axis(&self, energies: Option<&[f64]>, size: usize, signal: &str, cautions: &mut Vec<String>) -> Axis {
        let unit = self.get("XUNITS").unwrap_or_default();
        let per_unit = match ev_per_unit(unit) {
            _ if is_other_spectroscopy(signal) => None,
            None if unit.is_empty() && signal == "EELS" => {
                cautions.push("the energy axis has no unit; taken as eV".to_owned());
                Some(1.0)
            }
            known => known,
        };
        let (scale, offset) = self.scale(energies, cautions);
        let kind = if per_unit.is_some() { AxisKind::EnergyLoss } else { AxisKind::Other };
        let factor = per_unit.unwrap_or(1.0);
        let unit = if per_unit.is_some() { "eV" } else { unit };
        Axis { kind, size, scale: scale * factor, offset: offset * factor, unit: unit.to_owned() }
    }

    /// Step and start of the axis: from the header, or from the energies of pairs when the header has none.
    fn scale(&self, energies: Option<&[f64]>, cautions: &mut Vec<String>) -> (f64, f64) {
        let stated = self.number("XPERCHAN").filter(|scale| *scale != 0.0);
        let first = energies.and_then(|e| e.first()).copied();
        let offset = self.number("OFFSET").or(first).unwrap_or(0.0);
        let Some(energies) = energies else {
            if stated.is_none() {
                cautions.push("the header has no XPERCHAN; taken as 1 per channel".to_owned());
            }
            return (stated.unwrap_or(1.0), offset);
        };
        let spacing = energies.first().zip(energies.last()).map(|(a, b)| (b - a) / (energies.len() as f64 - 1.0));
        let scale = stated.or(spacing.filter(|s| s.is_finite() && *s != 0.0)).unwrap_or(1.0);
        let off = |(k, energy): (usize, &f64)| (energy - (offset + scale * k as f64)).abs();
        let worst = energies.iter().enumerate().map(off).fold(0.0, f64::max);
        if worst > scale.abs() / 2.0 {
            cautions.push(format!("energies differ from the header's axis by up to {worst:.3}; the header's is used"));
        }
        (scale, offset)
    }
}

fn malformed(at: u64, fault: Fault) -> ReadError {
    ReadError::Malformed { format: NAME, at, fault }
}

fn not_a_number(line: &Line) -> ReadError {
    malformed(line.at, Fault::Number { line: line.number })
}

fn read(source: &Source) -> Result<FileContents, ReadError> {
    within_limit(source, NAME)?;
    let bytes = source.bytes.bytes();
    let text = Text::parse(bytes)?;
    let (energies, counts) = text.columns()?;
    let mut cautions = Vec::new();
    text.check_points(counts.len(), &mut cautions)?;
    let signal = text.signal();
    let axis = text.axis(energies.as_deref(), counts.len(), &signal, &mut cautions);
    let titles: Vec<&str> =
        text.header.iter().filter(|(n, v)| n == "TITLE" && !v.is_empty()).map(|(_, v)| v.as_str()).collect();
    let unit = text.get("YUNITS").unwrap_or_default().to_owned();
    let image = Image {
        index: 0,
        title: titles.join(" "),
        kind: ImageKind::Spectrum,
        signal,
        axes: vec![axis],
        intensity: IntensityCalibration { unit, ..IntensityCalibration::default() },
        acquisition: text.acquisition(),
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

fn tags(source: &Source) -> Result<Vec<Tag>, ReadError> {
    within_limit(source, NAME)?;
    let text = Text::parse(source.bytes.bytes())?;
    Ok(text.header.into_iter().map(|(name, value)| Tag { name, value: TagValue::Text(value) }).collect())
}
