//! `moray info`: what a file holds.

use std::fmt::Write;
use std::path::PathBuf;

use serde::Serialize;

use super::output::{print, print_json};
use crate::Error;
use crate::app::open_file;
use crate::model::{Acquisition, Axis, ByteOrder, FileContents, Image, IntensityCalibration, Statistics};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The file.
    file: PathBuf,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Error> {
    let info = Info::of(&open_file(&arguments.file)?);
    if arguments.json { print_json(&info) } else { print(&info.text()) }
}

/// What `moray info --json` prints.
#[derive(Debug, Serialize)]
struct Info {
    file: String,
    format: &'static str,
    byte_order: Option<&'static str>,
    size_bytes: u64,
    images: Vec<ImageInfo>,
    cautions: Vec<String>,
}

#[derive(Debug, Serialize)]
struct ImageInfo {
    index: usize,
    title: String,
    kind: &'static str,
    signal: String,
    is_low_loss: bool,
    shape: Vec<usize>,
    dtype: &'static str,
    axes: Vec<AxisInfo>,
    intensity: IntensityCalibration,
    sum: Option<f64>,
    min: Option<f64>,
    max: Option<f64>,
    acquisition: Acquisition,
}

#[derive(Debug, Serialize)]
struct AxisInfo {
    kind: &'static str,
    size: usize,
    scale: f64,
    offset: f64,
    unit: String,
}

impl Info {
    fn of(contents: &FileContents) -> Self {
        let mut cautions = contents.cautions.clone();
        let images = contents.images.iter().map(|image| ImageInfo::of(image, &mut cautions)).collect();
        Self {
            file: contents.path.display().to_string(),
            format: contents.format,
            byte_order: contents.byte_order.map(|order| match order {
                ByteOrder::Little => "little",
                ByteOrder::Big => "big",
            }),
            size_bytes: contents.size_bytes,
            images,
            cautions,
        }
    }

    fn text(&self) -> String {
        let mut out = String::new();
        line(&mut out, "file", &self.file);
        let order = self.byte_order.map(|order| format!(", {order}-endian values")).unwrap_or_default();
        line(&mut out, "format", &format!("{}{order}, {} bytes", self.format, self.size_bytes));
        self.images.iter().for_each(|image| image.text(&mut out));
        for caution in &self.cautions {
            line(&mut out, "caution", caution);
        }
        out
    }
}

impl ImageInfo {
    fn of(image: &Image, cautions: &mut Vec<String>) -> Self {
        let found = Statistics::of(&image.samples);
        if found.not_finite > 0 {
            let (index, count) = (image.index, found.not_finite);
            cautions.push(format!("image {index}: {count} samples are no numbers, so it has no sum"));
        }
        let finite = |value: f64| value.is_finite().then_some(value);
        Self {
            index: image.index,
            title: image.title.clone(),
            kind: image.kind.name(),
            signal: image.signal.clone(),
            is_low_loss: image.is_low_loss,
            shape: image.shape(),
            dtype: image.samples.sample_type().name(),
            axes: image.axes.iter().map(AxisInfo::of).collect(),
            intensity: image.intensity.clone(),
            sum: finite(found.sum),
            min: finite(found.min),
            max: finite(found.max),
            acquisition: image.acquisition.clone(),
        }
    }

    fn text(&self, out: &mut String) {
        let signal = if self.signal.is_empty() { String::new() } else { format!(", {}", self.signal) };
        let low = if self.is_low_loss { ", low loss" } else { "" };
        let shape: Vec<String> = self.shape.iter().map(ToString::to_string).collect();
        let _ = writeln!(out, "\n#{}  {}", self.index, self.title);
        line(out, "  kind", &format!("{}{signal}{low}", self.kind));
        line(out, "  samples", &format!("{} {}", shape.join(" x "), self.dtype));
        for axis in &self.axes {
            let (from, to) = (axis.offset, axis.offset + axis.scale * (axis.size as f64 - 1.0));
            let unit = if axis.unit.is_empty() { "(no unit)" } else { &axis.unit };
            let text = format!("{} values, {from:.6} to {to:.6} {unit}, step {:.6}", axis.size, axis.scale);
            line(out, &format!("  {}", axis.kind), &text);
        }
        if self.intensity != IntensityCalibration::default() {
            let IntensityCalibration { scale, offset, unit } = &self.intensity;
            line(out, "  intensity", &format!("raw x {scale:.6} + {offset:.6} {unit}"));
        }
        let number = |value: Option<f64>| value.map_or_else(|| "none".to_owned(), |value| value.to_string());
        let range = format!("sum {}, {} to {}", number(self.sum), number(self.min), number(self.max));
        line(out, "  raw values", &range);
        settings(&self.acquisition, out);
    }
}

impl AxisInfo {
    fn of(axis: &Axis) -> Self {
        let Axis { kind, size, scale, offset, unit } = axis;
        Self { kind: kind.name(), size: *size, scale: *scale, offset: *offset, unit: unit.clone() }
    }
}

fn settings(acquisition: &Acquisition, out: &mut String) {
    let mut show = |name: &str, value: Option<String>, unit: &str| {
        if let Some(value) = value {
            line(out, &format!("  {name}"), format!("{value} {unit}").trim_end());
        }
    };
    let text = |value: Option<f64>| value.map(|value| value.to_string());
    show("beam energy", text(acquisition.beam_energy_kev), "keV");
    show("convergence", text(acquisition.convergence_semi_angle_mrad), "mrad (semi-angle)");
    show("collection", text(acquisition.collection_semi_angle_mrad), "mrad (semi-angle)");
    show("dwell time", text(acquisition.dwell_time_s), "s");
    show("frames", acquisition.frames.map(|frames| frames.to_string()), "");
    show("magnification", text(acquisition.magnification), "");
    show("date", acquisition.date.clone(), "");
    show("instrument", acquisition.instrument.clone(), "");
}

fn line(out: &mut String, name: &str, value: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(out, "{name:<15} {value}");
}
