//! `moray image`: filtered picture, atomic columns, Ti diamond and strain.

use std::path::PathBuf;

use super::Timings;
use super::line::Line;
use crate::Error;
use crate::analysis::AnalysisError;
use crate::analysis::image::{
    ABF_CIRCULAR, ColumnOptions, EdgeWindow, Filter, ImageError, LineProfile, LowPassShape, SYSTEMATIC, ScanLine,
    chain_oxygen_columns, filter, line_profile, measure,
};
use crate::app::{FileSpec, OpenPicture, PROFILE_WIDTH_NM, open_picture};
use crate::export::{self, PictureFindings};
use crate::model::{ProfileKind, SurveyImage};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The file, and with `#N` which of its images; without it the one picture, or the one HAADF picture.
    file: FileSpec,
    /// Write a filtered picture, labelled so: for the eye only.
    #[arg(long, value_enum)]
    filter: Option<FilterName>,
    /// Cut-off of the low-pass, cycles per nm.
    #[arg(long, value_name = "PER_NM", default_value_t = crate::analysis::image::CUTOFF_PER_NM)]
    cutoff: f64,
    /// How the low-pass falls.
    #[arg(long, value_enum, default_value = "gaussian")]
    low_pass_shape: Shape,
    /// Taper of the borders before the transform; Tukey's for Bragg and none for low-pass when not given.
    #[arg(long, value_enum)]
    edge_window: Option<Taper>,
    /// Read the picture along a line, nm right and down from its upper left corner; ABF upside down, so that columns are peaks.
    #[arg(long, value_name = "X0,Y0..X1,Y1")]
    line: Option<Line>,
    /// Width across which the picture is averaged along the line, nm.
    #[arg(long, value_name = "NM", default_value_t = PROFILE_WIDTH_NM, requires = "line")]
    line_width_nm: f64,
    /// Places along the line; one for each pixel when not given.
    #[arg(long, value_name = "N", requires = "line")]
    positions: Option<u16>,
    /// Fit atomic columns and the Ti diamond, on the picture as recorded.
    #[arg(long)]
    columns: bool,
    /// HAADF picture recorded with an ABF picture: fit the chain's oxygen columns of ABF from where its lattice has them.
    #[arg(long, value_name = "FILE[#N]", conflicts_with_all = ["columns", "strain_reference"])]
    oxygen_from: Option<FileSpec>,
    /// Pristine picture of the same magnification: strain of the diamond's diagonals against it.
    #[arg(long, value_name = "FILE[#N]")]
    strain_reference: Option<FileSpec>,
    /// Relative one-sigma error of calibration and scan distortion between both pictures.
    #[arg(long, value_name = "FRACTION", default_value_t = SYSTEMATIC)]
    systematic: f64,
    /// Size of a pixel when the file does not state it, nm.
    #[arg(long, value_name = "NM")]
    pixel_nm: Option<f64>,
    /// How the figure of the strain looks.
    #[arg(long, value_name = "S.json")]
    style: Option<PathBuf>,
    /// Folder for the files; made when missing.
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum FilterName {
    Bragg,
    LowPass,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Shape {
    Gaussian,
    Butterworth,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Taper {
    None,
    Hann,
    Tukey,
}

impl Arguments {
    /// The filter asked for, with the taper of the borders.
    fn filter(&self) -> Option<(Filter, EdgeWindow)> {
        let taper = self.edge_window.map(|taper| match taper {
            Taper::None => EdgeWindow::None,
            Taper::Hann => EdgeWindow::Hann,
            Taper::Tukey => EdgeWindow::Tukey,
        });
        Some(match self.filter? {
            // The lattice does not fit the frame: untapered, what leaves one border would come back at the other as false
            // columns.
            FilterName::Bragg => (Filter::Bragg, taper.unwrap_or(EdgeWindow::Tukey)),
            FilterName::LowPass => {
                let shape = match self.low_pass_shape {
                    Shape::Gaussian => LowPassShape::Gaussian,
                    Shape::Butterworth => LowPassShape::Butterworth,
                };
                (Filter::LowPass { shape, cutoff_per_nm: self.cutoff }, taper.unwrap_or(EdgeWindow::None))
            }
        })
    }
}

pub(super) fn run(arguments: &Arguments, timings: &mut Timings) -> Result<(), Error> {
    let wants_columns = arguments.columns || arguments.strain_reference.is_some() || arguments.oxygen_from.is_some();
    if arguments.filter.is_none() && arguments.line.is_none() && !wants_columns {
        return Err(Error::Usage {
            message: "nothing to do".to_owned(),
            hint: "give --line, --filter, --columns, --oxygen-from or --strain-reference".to_owned(),
        });
    }
    let style = super::style_or_usual(arguments.style.as_deref())?;
    let opened = timings.stage("read", || open(arguments, &arguments.file, "image"))?;
    let reference = match (&arguments.strain_reference, &arguments.oxygen_from) {
        (Some(spec), _) => Some(open(arguments, spec, "strain-reference")),
        (None, Some(spec)) => Some(open(arguments, spec, "haadf")),
        (None, None) => None,
    };
    let reference = reference.transpose()?;
    let picture = &opened.picture;
    let science = |error: ImageError| Error::Analysis(AnalysisError::Image(error));
    let filtered = arguments
        .filter()
        .map(|(chosen, edge)| timings.stage("filter", || filter(picture, chosen, edge)).map_err(science))
        .transpose()?;
    let profile = arguments.line.map(|line| profile(picture, line, arguments)).transpose().map_err(science)?;
    let report = wants_columns.then(|| {
        timings.stage("columns", || {
            let beside = reference.as_ref().map(|reference| &reference.picture);
            match (&arguments.oxygen_from, beside) {
                (Some(_), Some(haadf)) => chain_oxygen_columns(picture, haadf).map_err(science),
                _ => measure(picture, beside, &ColumnOptions::of(picture), arguments.systematic).map_err(science),
            }
        })
    });
    let report = report.transpose()?;
    if picture.kind == Some(ProfileKind::Abf) && report.is_none() {
        super::say_caution(ABF_CIRCULAR);
    }
    for warning in report.iter().flat_map(|report| &report.warnings) {
        super::say_caution(&format!("{} ({})", warning.message, warning.place));
    }
    let inputs: Vec<_> = std::iter::once(&opened).chain(&reference).map(|opened| opened.input.clone()).collect();
    let found = PictureFindings {
        filtered: filtered.as_ref(),
        profile: profile.as_ref().map(|(line, profile)| (line, profile)),
        report: report.as_ref(),
    };
    let files = timings.stage("write", || {
        let files = export::image_files(found, &inputs, &style)?;
        export::write_files(&arguments.output, files)
    })?;
    files.iter().for_each(|path| eprintln!("wrote {}", path.display()));
    Ok(())
}

/// The signal along a line; that of ABF upside down.
fn profile(
    picture: &SurveyImage,
    Line(line): Line,
    arguments: &Arguments,
) -> Result<(ScanLine, LineProfile), ImageError> {
    let pixel_nm = picture.pixel_nm().ok_or(ImageError::NoPixelSize)?;
    let line = ScanLine::from_corner(line, pixel_nm, arguments.line_width_nm);
    let pixels = (line.length_nm() / pixel_nm[0].min(pixel_nm[1])).round().min(f64::from(u16::MAX)) as usize + 1;
    let found = line_profile(picture, &line, arguments.positions.map_or(pixels, usize::from))?;
    let is_abf = picture.kind == Some(ProfileKind::Abf);
    Ok((line, if is_abf { found.inverted() } else { found }))
}

fn open(arguments: &Arguments, spec: &FileSpec, role: &str) -> Result<OpenPicture, Error> {
    let mut opened = open_picture(spec, role)?;
    if let Some(pixel_nm) = arguments.pixel_nm {
        if !(pixel_nm.is_finite() && pixel_nm > 0.0) {
            let hint = "give nm above zero".to_owned();
            return Err(Error::Usage { message: format!("{pixel_nm} nm is no size of a pixel"), hint });
        }
        opened.picture = opened.picture.with_pixel_nm([pixel_nm; 2]);
    }
    Ok(opened)
}
