//! `moray extract`: one summed spectrum.

use std::io::{Error as IoError, Write};
use std::ops::Range;
use std::path::PathBuf;

use ndarray::Array1;
use ndarray_npy::{NpzWriter, WriteNpyExt};

use super::output::{by_extension, write_file, write_origin_beside};
use crate::app::{FileSpec, open_file, pick_spectra, sha256_of};
use crate::export::{self, InputFile, MsaSpectrum, Origin};
use crate::model::{EnergyWindow, Image, SpectrumImage};
use crate::{Error, io};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The file, and with `#N` which of its images.
    file: FileSpec,
    /// Positions of a line scan to sum, half-open and 0-based; all when not given.
    #[arg(long, value_name = "A..B", value_parser = parse_range, conflicts_with = "region")]
    positions: Option<Range<usize>>,
    /// Rows and columns of a spectrum image to sum; all when not given.
    #[arg(long, value_name = "Y0..Y1,X0..X1", value_parser = parse_region)]
    region: Option<Region>,
    /// Energy losses to keep, eV; all when not given.
    #[arg(long, value_name = "LO:HI", value_parser = parse_window, allow_hyphen_values = true)]
    window: Option<EnergyWindow>,
    /// File to write; its extension chooses: csv, npy (counts alone, provenance in OUT.npy.json), npz (energy_ev and counts), msa.
    #[arg(short, long, value_name = "OUT.{csv,npy,npz,msa}")]
    output: PathBuf,
}

/// A rectangle of positions.
#[derive(Debug, Clone)]
struct Region {
    rows: Range<usize>,
    columns: Range<usize>,
}

fn parse_range(text: &str) -> Result<Range<usize>, String> {
    let bad = || format!("\"{text}\" is not A..B with A below B");
    let (from, to) = text.split_once("..").ok_or_else(bad)?;
    let from: usize = from.trim().parse().map_err(|_| bad())?;
    let to: usize = to.trim().parse().map_err(|_| bad())?;
    if from < to { Ok(from..to) } else { Err(bad()) }
}

fn parse_region(text: &str) -> Result<Region, String> {
    let (rows, columns) = text.split_once(',').ok_or_else(|| format!("\"{text}\" is not Y0..Y1,X0..X1"))?;
    Ok(Region { rows: parse_range(rows)?, columns: parse_range(columns)? })
}

fn parse_window(text: &str) -> Result<EnergyWindow, String> {
    let bad = || format!("\"{text}\" is not LO:HI in eV with LO below HI");
    let (lo, hi) = text.split_once(':').ok_or_else(bad)?;
    let lo: f64 = lo.trim().parse().map_err(|_| bad())?;
    let hi: f64 = hi.trim().parse().map_err(|_| bad())?;
    if lo < hi { EnergyWindow::new(lo, hi).map_err(|error| error.to_string()) } else { Err(bad()) }
}

/// How to write a spectrum and where it comes from.
type Writer = fn(&Extract, &Origin, &mut dyn Sink) -> std::io::Result<()>;

/// What a spectrum can be written to: a zip archive needs to go back.
trait Sink: Write + std::io::Seek {}
impl<T: Write + std::io::Seek> Sink for T {}

/// Formats by extension.
const WRITERS: [(&str, Writer); 4] =
    [("csv", Extract::csv), ("npy", Extract::npy), ("npz", Extract::npz), ("msa", Extract::msa)];

pub(super) fn run(arguments: &Arguments) -> Result<(), Error> {
    let writer = by_extension(&arguments.output, &WRITERS)?;
    let extract = Extract::new(arguments)?;
    let origin = extract.origin()?;
    write_file(&arguments.output, |file| writer(&extract, &origin, file))?;
    let is_bare = arguments.output.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("npy"));
    if is_bare { write_origin_beside(&arguments.output, &origin) } else { Ok(()) }
}

/// One summed spectrum and where it comes from.
struct Extract {
    energy_ev: Vec<f64>,
    dispersion_ev: f64,
    counts: Vec<f64>,
    file: String,
    path: PathBuf,
    image: Image,
    summed: String,
}

impl Extract {
    fn new(arguments: &Arguments) -> Result<Self, Error> {
        let path = &arguments.file.path;
        let contents = open_file(path)?;
        let image = pick_spectra(&contents, arguments.file.image)?;
        let spectra = SpectrumImage::from_image(image).map_err(|error| Error::Contents {
            path: path.clone(),
            message: error.to_string(),
            hint: "`moray info` shows what the file holds".to_owned(),
        })?;
        let ranges = arguments.ranges(&spectra)?;
        let axis = spectra.axis();
        let channels = arguments.window.map_or(0..axis.channels(), |window| axis.channels_in(window));
        if channels.is_empty() {
            let (first, last) = (axis.first_ev(), axis.last_ev());
            return Err(Error::Usage {
                message: "the window holds no channel".to_owned(),
                hint: format!("the spectra run from {first} to {last} eV"),
            });
        }
        let counts = spectra.sum(&ranges).drain(channels.clone()).collect();
        let summed: Vec<String> = ranges.iter().map(|range| format!("{}..{}", range.start, range.end)).collect();
        Ok(Self {
            energy_ev: channels.map(|channel| axis.energy_at(channel as f64)).collect(),
            dispersion_ev: axis.dispersion_ev(),
            counts,
            file: path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
            path: path.clone(),
            image: image.clone(),
            summed: if summed.is_empty() { "the only spectrum".to_owned() } else { summed.join(",") },
        })
    }

    fn origin(&self) -> Result<Origin, Error> {
        let sha256 = sha256_of(&self.path)
            .map_err(|source| Error::Read { path: self.path.clone(), source: io::ReadError::Io(source) })?;
        let input = InputFile { role: "scan".to_owned(), file: self.file.clone(), image: self.image.index, sha256 };
        let step = format!("summed the spectra of positions {}; counts and energies as recorded", self.summed);
        let ends = self.energy_ev.first().zip(self.energy_ev.last());
        let kept = ends.map(|(first, last)| format!("kept {} channels from {first} to {last} eV", self.counts.len()));
        Ok(Origin::new(None, vec![input], [step].into_iter().chain(kept).collect()))
    }

    fn csv(&self, origin: &Origin, out: &mut dyn Sink) -> std::io::Result<()> {
        let head = ["one summed spectrum, raw counts", "units: energy_ev in eV, counts as recorded"].map(str::to_owned);
        let head: Vec<String> = head.into_iter().chain(origin.lines()).collect();
        let rows = self.energy_ev.iter().zip(&self.counts).map(|(energy, counts)| [*energy, *counts]);
        let table = export::plain_table(&head, ["energy_ev", "counts"], rows).map_err(IoError::other)?;
        out.write_all(&table)
    }

    fn npy(&self, _: &Origin, out: &mut dyn Sink) -> std::io::Result<()> {
        Array1::from(self.counts.clone()).write_npy(out).map_err(IoError::other)
    }

    fn npz(&self, origin: &Origin, out: &mut dyn Sink) -> std::io::Result<()> {
        let mut archive = NpzWriter::new(out);
        let mut add = |name: &str, values: &[f64]| archive.add_array(name, &Array1::from(values.to_vec()));
        add("energy_ev", &self.energy_ev).map_err(IoError::other)?;
        add("counts", &self.counts).map_err(IoError::other)?;
        let origin = Array1::from(origin.json().into_bytes());
        archive.add_array("provenance", &origin).map_err(IoError::other)?;
        archive.finish().map(drop).map_err(IoError::other)
    }

    fn msa(&self, origin: &Origin, out: &mut dyn Sink) -> std::io::Result<()> {
        let comments = origin.lines();
        let spectrum = MsaSpectrum {
            title: &self.image.title,
            first_ev: self.energy_ev.first().copied().unwrap_or_default(),
            dispersion_ev: self.dispersion_ev,
            unit: "Counts",
            values: &self.counts,
            acquisition: &self.image.acquisition,
            comments: &comments,
        };
        spectrum.write(out)
    }
}

impl Arguments {
    /// One range per navigation axis, slowest first.
    fn ranges(&self, spectra: &SpectrumImage) -> Result<Vec<Range<usize>>, Error> {
        let sizes: Vec<usize> = spectra.navigation().iter().map(|axis| axis.size).collect();
        let usage = |message: String, hint: &str| Err(Error::Usage { message, hint: hint.to_owned() });
        let ranges = match (&self.positions, &self.region, sizes.as_slice()) {
            (None, None, _) => sizes.iter().map(|&size| 0..size).collect(),
            (Some(positions), _, [_]) => vec![positions.clone()],
            (None, Some(Region { rows, columns }), [_, _]) => vec![rows.clone(), columns.clone()],
            (_, _, []) => return usage("there is only one spectrum".to_owned(), "leave out --positions and --region"),
            (Some(_), ..) => return usage("--positions is for line scans".to_owned(), "use --region Y0..Y1,X0..X1"),
            (None, Some(_), _) => return usage("--region is for spectrum images".to_owned(), "use --positions A..B"),
        };
        match ranges.iter().zip(&sizes).find(|(range, size)| range.end > **size) {
            Some((range, size)) => {
                let message = format!("{}..{} reaches past the {size} positions", range.start, range.end);
                usage(message, "positions count from 0, and the end is not included")
            }
            None => Ok(ranges),
        }
    }
}
