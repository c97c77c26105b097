//! Filtered pictures, atomic columns and strain as files.

use ndarray::ArrayView2;
use ndarray_npy::WriteNpyExt;
use serde::Serialize;

use crate::analysis::image::{
    Column, DiagonalStrain, Diamond, Filtered, ImageReport, LineProfile, Measured, ScanLine, Strain,
};
use crate::figure::PictureError;
use crate::model::{FigureStyle, SurveyImage};

use super::csv::{Table, number};
use super::provenance::{Head, InputFile, Origin};
use super::{ExportError, picture_files, software};

/// The columns of `columns.csv`.
const COLUMNS: [&str; 10] = [
    "x (nm)",
    "y (nm)",
    "x sigma (nm)",
    "y sigma (nm)",
    "amplitude",
    "amplitude sigma",
    "offset",
    "width (nm)",
    "width sigma (nm)",
    "Ti-a index (along a1; along a2)",
];
/// The columns of `profile.csv`.
const PROFILE: [&str; 3] = ["distance (nm)", "intensity", "sigma"];
/// The columns of `strain.csv`.
const STRAIN: [&str; 11] = [
    "diagonal",
    "length (nm)",
    "length sigma (nm)",
    "reference length (nm)",
    "reference length sigma (nm)",
    "strain",
    "sigma statistical",
    "sigma systematic",
    "sigma",
    "95 % low",
    "95 % high",
];
/// The columns of `diamonds.csv`; the strains are empty without a reference.
const DIAMONDS: [&str; 10] = [
    "x (nm)",
    "y (nm)",
    "short (nm)",
    "short sigma (nm)",
    "long (nm)",
    "long sigma (nm)",
    "short strain",
    "short strain sigma statistical",
    "long strain",
    "long strain sigma statistical",
];

/// What a picture gave.
#[derive(Debug, Clone, Copy, Default)]
pub struct PictureFindings<'a> {
    /// Itself filtered.
    pub filtered: Option<&'a Filtered>,
    /// Its signal along a line.
    pub profile: Option<(&'a ScanLine, &'a LineProfile)>,
    /// Columns and strain.
    pub report: Option<&'a ImageReport>,
}

/// Everything that a picture gave, as files: name and contents.
///
/// `image.json`; with a filter `filtered.png` (16 bit), `filtered.npy`, `mask.png`; with a line `profile.csv` and the figure
/// `profile`; with columns `columns.csv`, `diamonds.csv` where there is a diamond, `strain.csv` and the figure `strain` with a
/// reference.
///
/// # Errors
/// [`ExportError`] when a number is not finite or a file cannot be encoded.
pub fn image_files(
    found: PictureFindings<'_>,
    inputs: &[InputFile],
    style: &FigureStyle,
) -> Result<Vec<(String, Vec<u8>)>, ExportError> {
    let origin = Origin::new(None, inputs.to_vec(), steps(found));
    let lines = origin.lines();
    let mut files = Vec::new();
    if let Some(filtered) = found.filtered {
        let label = filtered.filter.label();
        files.push((
            "filtered.png".to_owned(),
            grey_png(filtered.picture().values(), &label, filtered.picture(), &lines)?,
        ));
        let mut npy = Vec::new();
        filtered.picture().values().write_npy(&mut npy).map_err(ndarray_npy::WriteNpzError::from)?;
        files.push(("filtered.npy".to_owned(), npy));
        let label = format!("mask of: {label}; frequency 0 in the middle");
        files.push(("mask.png".to_owned(), grey_png(filtered.mask.view(), &label, filtered.picture(), &lines)?));
    }
    if let Some((_, profile)) = found.profile {
        files.push(("profile.csv".to_owned(), profile_csv(profile, &lines)?));
        files.extend(picture_files("profile", &crate::figure::picture_profile(profile, style), &origin)?);
    }
    if let Some(report) = found.report {
        files.push(("columns.csv".to_owned(), columns_csv(report, &lines)?));
        if let Some(diamond) = &report.diamond {
            files.push(("diamonds.csv".to_owned(), diamonds_csv(report, diamond, &lines)?));
        }
        if let Some(strain) = &report.strain {
            files.push(("strain.csv".to_owned(), strain_csv(report, strain, &lines)?));
            let scene = crate::figure::strain(strain, style);
            files.extend(picture_files("strain", &scene, &origin)?);
        }
    }
    files.push(("image.json".to_owned(), image_json(found, &origin)?.into_bytes()));
    Ok(files)
}

/// What was done to a picture, in its order.
fn steps(found: PictureFindings<'_>) -> Vec<String> {
    let filter = found.filtered.map(|filtered| format!("filtered for the eye: {}", filtered.filter.label()));
    let profile = found.profile.map(|(line, profile)| {
        let [[x0, y0], [x1, y1]] = [line.from_nm, line.to_nm];
        let inverted = if profile.inverted { ", upside down: the highest value minus each" } else { "" };
        format!(
            "read the picture as recorded along the line from x {x0:.4}, y {y0:.4} to x {x1:.4}, y {y1:.4} nm (from the centre \
             of the first pixel), mean over a width of {:.3} nm{inverted}",
            line.width_nm
        )
    });
    let before = filter.into_iter().chain(profile);
    let Some(report) = found.report else { return before.collect() };
    let (found, rejected) = (report.columns.found.len(), report.columns.rejected.len());
    let columns = format!(
        "fitted a Gaussian to every maximum of the picture as recorded: {found} atomic columns, {rejected} maxima rejected"
    );
    let diamond = report.diamond.as_ref().map(|diamond| {
        let length = |m: &Measured| format!("{:.5} +- {:.5} nm", m.value, m.sigma);
        let (count, short, long) = (diamond.local.len(), length(&diamond.short_nm), length(&diamond.long_nm));
        format!("fitted the lattice of Ti-a: {count} diamonds, short diagonal {short}, long diagonal {long}")
    });
    let strain = report.strain.as_ref().map(|strain| {
        let of = |d: &DiagonalStrain| format!("{:.3} +- {:.3} %", 100.0 * d.strain, 100.0 * d.sigma);
        let (short, long, scale) = (of(&strain.short), of(&strain.long), 100.0 * strain.short.sigma_systematic);
        format!(
            "compared with the picture of reference, measured the same way: strain of the short diagonal {short}, of the long \
             one {long}; {scale:.2} % of the sigma of a length stands for calibration and scan distortion"
        )
    });
    before.chain([columns]).chain(diamond).chain(strain).collect()
}

/// What was done to a picture and found in it, as JSON.
fn image_json(found: PictureFindings<'_>, origin: &Origin) -> Result<String, ExportError> {
    #[derive(Serialize)]
    struct Filter<'a> {
        label: String,
        reflections: &'a [crate::analysis::image::Reflection],
    }
    #[derive(Serialize)]
    struct Document<'a> {
        #[serde(flatten)]
        head: Head<'a>,
        filter: Option<Filter<'a>>,
        profile: Option<&'a LineProfile>,
        measured: Option<&'a ImageReport>,
    }
    let document = Document {
        head: origin.head(),
        filter: found.filtered.map(|f| Filter { label: f.filter.label(), reflections: &f.reflections }),
        profile: found.profile.map(|(_, profile)| profile),
        measured: found.report,
    };
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}

/// A 16-bit grey PNG from the lowest to the highest value, labelled, with where it comes from in text chunks.
fn grey_png(
    values: ArrayView2<'_, f64>,
    label: &str,
    picture: &SurveyImage,
    lines: &[String],
) -> Result<Vec<u8>, ExportError> {
    let lowest = values.iter().copied().fold(f64::INFINITY, f64::min);
    let highest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let range = if highest > lowest { highest - lowest } else { 1.0 };
    let (rows, columns) = values.dim();
    let mut notes = vec![label.to_owned(), format!("black {lowest}, white {highest}")];
    if let Some([height, width]) = picture.pixel_nm() {
        notes.push(format!("pixel {width} x {height} nm"));
    }
    let pixels = values.iter().flat_map(|value| ((65_535.0 * (value - lowest) / range).round() as u16).to_be_bytes());
    let encode = || -> Result<Vec<u8>, png::EncodingError> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, columns as u32, rows as u32);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_depth(png::BitDepth::Sixteen);
        encoder.add_itxt_chunk("Software".to_owned(), software())?;
        encoder.add_itxt_chunk("Title".to_owned(), label.to_owned())?;
        encoder.add_itxt_chunk("Description".to_owned(), notes.join("\n"))?;
        encoder.add_itxt_chunk("Comment".to_owned(), lines.join("\n"))?;
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&pixels.collect::<Vec<u8>>())?;
        writer.finish()?;
        Ok(bytes)
    };
    encode().map_err(|error| ExportError::Picture(PictureError::Encoding(error)))
}

fn profile_csv(profile: &LineProfile, lines: &[String]) -> Result<Vec<u8>, ExportError> {
    let mut head =
        vec!["Signal of a picture along a line; sigma: standard error of the mean across its width".to_owned()];
    head.extend(lines.iter().cloned());
    let mut table = Table::with_head(&head);
    table.row(PROFILE)?;
    for (k, (distance, value)) in profile.distance_nm.iter().zip(&profile.value).enumerate() {
        let sigma = profile.sigma.as_ref().and_then(|sigma| sigma.get(k)).copied();
        let cells = [Some(*distance), Some(*value), sigma].map(|value| number(value, || format!("place {k}")));
        table.row(cells.into_iter().collect::<Result<Vec<String>, _>>()?)?;
    }
    table.finish()
}

fn head(what: &str, report: &ImageReport, lines: &[String]) -> Vec<String> {
    let mut head = vec![what.to_owned()];
    head.extend(lines.iter().cloned());
    head.push("measured on the picture as recorded, never on a filtered one".to_owned());
    head.extend(report.diamond_reason.iter().map(|reason| format!("no Ti diamond: {reason}")));
    head.extend(report.warnings.iter().map(|w| format!("warning: {} ({}; {})", w.message, w.place, w.code)));
    head
}

fn columns_csv(report: &ImageReport, lines: &[String]) -> Result<Vec<u8>, ExportError> {
    let mut head = head("Atomic columns: Gaussian fits; positions from the centre of the first pixel", report, lines);
    head.push(format!("{} columns, {} maxima rejected", report.columns.found.len(), report.columns.rejected.len()));
    head.extend(
        report
            .columns
            .rejected
            .iter()
            .map(|r| format!("rejected at x {:.3}, y {:.3} nm: {}", r.x_nm, r.y_nm, r.reason)),
    );
    let mut table = Table::with_head(&head);
    table.row(COLUMNS)?;
    for (k, column) in report.columns.found.iter().enumerate() {
        let index = report.diamond.iter().flat_map(|diamond| &diamond.ti_a).find(|(_, _, at)| *at == k);
        let mut cells = column_cells(column, k)?;
        cells.push(index.map(|(i, j, _)| format!("{i}; {j}")).unwrap_or_default());
        table.row(cells)?;
    }
    table.finish()
}

fn column_cells(c: &Column, k: usize) -> Result<Vec<String>, ExportError> {
    let values = [
        c.x_nm,
        c.y_nm,
        c.x_sigma_nm,
        c.y_sigma_nm,
        c.amplitude,
        c.amplitude_sigma,
        c.offset,
        c.width_nm,
        c.width_sigma_nm,
    ];
    values.into_iter().map(|value| number(Some(value), || format!("column {k}"))).collect()
}

fn diamonds_csv(report: &ImageReport, diamond: &Diamond, lines: &[String]) -> Result<Vec<u8>, ExportError> {
    let mut head = head("Ti diamonds one by one; strains against the mean lattice of the reference", report, lines);
    let mean = |name: &str, m: &Measured| format!("{name} diagonal of the lattice: {} +- {} nm", m.value, m.sigma);
    head.extend([mean("short", &diamond.short_nm), mean("long", &diamond.long_nm)]);
    let mut table = Table::with_head(&head);
    table.row(DIAMONDS)?;
    for (k, local) in diamond.local.iter().enumerate() {
        let strain = report.strain.as_ref().and_then(|strain| strain.local.get(k));
        let of = |value: Option<Measured>| [value.map(|m| m.value), value.map(|m| m.sigma)];
        let values = [
            [Some(local.x_nm), Some(local.y_nm)],
            of(Some(local.short_nm)),
            of(Some(local.long_nm)),
            of(strain.map(|s| s.short)),
            of(strain.map(|s| s.long)),
        ];
        let cells = values.into_iter().flatten().map(|value| number(value, || format!("diamond {k}")));
        table.row(cells.collect::<Result<Vec<String>, _>>()?)?;
    }
    table.finish()
}

fn strain_csv(report: &ImageReport, strain: &Strain, lines: &[String]) -> Result<Vec<u8>, ExportError> {
    let what =
        "Strain of the Ti diamond: length / reference length - 1; sigma: statistical and systematic in quadrature";
    let mut table = Table::with_head(&head(what, report, lines));
    table.row(STRAIN)?;
    for (name, found) in [("short (along the chain)", &strain.short), ("long (across it)", &strain.long)] {
        table.row(strain_cells(name, found)?)?;
    }
    table.finish()
}

fn strain_cells(name: &str, found: &DiagonalStrain) -> Result<Vec<String>, ExportError> {
    let values = [
        found.length_nm.value,
        found.length_nm.sigma,
        found.reference_nm.value,
        found.reference_nm.sigma,
        found.strain,
        found.sigma_statistical,
        found.sigma_systematic,
        found.sigma,
        found.ci95[0],
        found.ci95[1],
    ];
    let cells = values.into_iter().map(|value| number(Some(value), || format!("the strain of the {name} diagonal")));
    std::iter::once(Ok(name.to_owned())).chain(cells).collect()
}
