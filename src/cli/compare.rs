//! `moray compare`: the main job, headless.

use std::path::{Path, PathBuf};

use crate::Error;
use crate::analysis::bootstrap;
use crate::app::{self, FileSpec, GivenSurvey, Headless, Relink, Request};
use crate::export::{self, TableFormat};
use crate::model::{Along, FigureKind, ProfileKind, ScanMatching, SiteError};
use crate::progress::Progress;

use super::Timings;
use super::line::Line;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Scan to compare with.
    #[arg(long, value_name = "FILE[#N]", required_unless_present = "session")]
    reference: Option<FileSpec>,
    /// Scan to compare; may be given several times.
    #[arg(long = "scan", value_name = "FILE[#N]", required_unless_present = "session")]
    scans: Vec<FileSpec>,
    /// Recipe; without it the preset for Li4Ti5O12.
    #[arg(long, value_name = "R.json")]
    recipe: Option<PathBuf>,
    /// Sum finer channels onto the coarsest dispersion and broaden sharper spectra to the worst resolution, as
    /// "matching" of the recipe does.
    #[arg(long = "match")]
    matched: bool,
    /// Sites by hand: O1=4..9,28..33;O2=16..21. The reference is summed over the same positions; ref=4..9 sets others.
    #[arg(long, value_name = "SPEC")]
    sites: Option<String>,
    /// Low loss of the reference.
    #[arg(long, value_name = "FILE[#N]")]
    low_loss_reference: Option<FileSpec>,
    /// Low loss of the scan, one for each --scan in their order.
    #[arg(long, value_name = "FILE[#N]")]
    low_loss_scan: Vec<FileSpec>,
    /// Spectrum of Ti3+ alone, for the Ti3+ fraction; its energy axis must be right.
    #[arg(long, value_name = "FILE[#N]")]
    ti3_reference: Option<FileSpec>,
    /// Signal recorded along the scan, one value per position: haadf=FILE[#N] or abf=FILE[#N]; for a single --scan. A picture
    /// (with #N) is sampled along --survey-line.
    #[arg(long = "profile", value_parser = parse_profile, value_name = "haadf|abf=FILE[#N]")]
    profiles: Vec<(ProfileKind, FileSpec)>,
    /// Picture that the scan was recorded on, for the survey figure; without it the one HAADF picture of its own file.
    #[arg(long, value_name = "FILE[#N]", requires = "survey_line")]
    survey: Option<FileSpec>,
    /// Where the scan ran on its picture, first to last position: nm right and down from the upper left corner.
    #[arg(long, value_name = "X0,Y0..X1,Y1")]
    survey_line: Option<Line>,
    /// Axis of a 2-D spectrum image that becomes the line.
    #[arg(long, value_parser = parse_along, value_name = "x|y")]
    along: Option<Along>,
    /// Saved session, or a figure that holds one, instead of all this: same inputs, same numbers.
    #[arg(long, value_name = "FILE.moray", conflicts_with_all = ["reference", "scans", "recipe", "matched", "sites",
        "low_loss_reference", "low_loss_scan", "profiles", "along", "ti3_reference", "survey", "survey_line"])]
    session: Option<PathBuf>,
    /// How figures look; instead of the session's style when that is given too.
    #[arg(long, value_name = "S.json")]
    style: Option<PathBuf>,
    /// File that takes the place of one of the session; may be given several times. Files that moved along with the
    /// session are found without it.
    #[arg(long = "relink", value_name = "OLD=NEW", requires = "session")]
    relinks: Vec<Relink>,
    /// Figures to write: all, or some of figure, differences, drops, line-scan, survey, joint-fit, ti-l,
    /// separated by commas; those with nothing to show are left out.
    #[arg(long, value_name = "all|LIST", value_parser = parse_figures, default_value = "figure,drops")]
    figures: Kinds,
    /// Draw the counts anew so many times and give what that does to every drop beside its interval; without it as
    /// often as the session asks for.
    #[arg(long, value_name = "N", value_parser = parse_draws)]
    bootstrap: Option<u32>,
    /// Folder for report, tables and figures; made when missing.
    #[arg(short, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Write the net spectra of the reference and of every site as EMSA/MSA files too; with -o.
    #[arg(long, requires = "output")]
    msa: bool,
    /// How the table of drops is printed.
    #[arg(long, value_enum, default_value = "text", conflicts_with = "json")]
    table: Table,
    /// Print report.json.
    #[arg(long)]
    json: bool,
}

/// How the table of drops is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Table {
    /// For a terminal, with Ti L, the error budget and the warnings.
    Text,
    /// For a paper.
    Latex,
    /// For notes.
    Markdown,
}

/// Figures to write.
#[derive(Debug, Clone)]
struct Kinds(Vec<FigureKind>);

fn parse_figures(text: &str) -> Result<Kinds, String> {
    if text == "all" {
        return Ok(Kinds(FigureKind::ALL.to_vec()));
    }
    let kind = |name: &str| {
        let found = FigureKind::ALL.into_iter().find(|kind| kind.stem() == name.trim());
        found.ok_or_else(|| {
            format!("there is no figure \"{name}\"; there is {}", FigureKind::ALL.map(FigureKind::stem).join(", "))
        })
    };
    text.split(',').map(kind).collect::<Result<_, _>>().map(Kinds)
}

fn parse_draws(text: &str) -> Result<u32, String> {
    let [least, most] = [bootstrap::DRAWS.start(), bootstrap::DRAWS.end()];
    let draws = text.parse().ok().filter(|draws| bootstrap::DRAWS.contains(draws));
    draws.ok_or_else(|| format!("give a number of draws from {least} to {most}"))
}

fn parse_along(text: &str) -> Result<Along, String> {
    match text {
        "x" => Ok(Along::X),
        "y" => Ok(Along::Y),
        _ => Err("give x or y".to_owned()),
    }
}

fn parse_profile(text: &str) -> Result<(ProfileKind, FileSpec), String> {
    let (kind, file) = text.split_once('=').ok_or("write haadf=FILE or abf=FILE")?;
    let kind = match kind {
        "haadf" => ProfileKind::Haadf,
        "abf" => ProfileKind::Abf,
        _ => return Err("a profile is haadf or abf".to_owned()),
    };
    let Ok(spec) = file.parse();
    Ok((kind, spec))
}

pub(super) fn run(arguments: &Arguments, timings: &mut Timings) -> Result<(), Error> {
    let style = arguments.style.as_deref().map(super::read_style).transpose()?;
    let mut opened = timings.stage("read", || match &arguments.session {
        Some(path) => open_session(path, &arguments.relinks),
        None => Headless::open(&request(arguments)?),
    })?;
    opened.set_figures(arguments.figures.0.clone());
    if arguments.output.is_some() && arguments.figures.0.contains(&FigureKind::Survey) {
        for scan in opened.unplaced() {
            super::say_caution(&format!("where {scan} ran on its picture is not known; --survey-line says it"));
        }
    }
    if let Some(style) = style {
        opened.set_figure_style(style);
    }
    if let Some(draws) = arguments.bootstrap {
        opened.set_bootstrap(draws);
    }
    let progress = Progress::new();
    let compared = opened.compare(&progress);
    progress.stages().into_iter().for_each(|(name, took)| timings.note(name, took));
    let mut comparison = compared?;
    if opened.saved().session.bootstrap.is_some() {
        timings.stage("bootstrap", || opened.bootstrap(&mut comparison, &Progress::new()))?;
    }
    if let Some(dir) = &arguments.output {
        for path in timings.stage("write", || opened.write(dir, &comparison))? {
            eprintln!("wrote {}", path.display());
        }
        if arguments.msa {
            for path in export::write_msa(dir, &comparison, &opened.provenance())? {
                eprintln!("wrote {}", path.display());
            }
        }
    }
    if arguments.json {
        super::output::print(&export::report_json(&comparison, &opened.provenance())?)
    } else {
        super::output::print(&match arguments.table {
            Table::Text => export::text_table(&comparison),
            Table::Latex => export::publication_table(&comparison, TableFormat::Latex),
            Table::Markdown => export::publication_table(&comparison, TableFormat::Markdown),
        })
    }
}

fn open_session(path: &Path, relinks: &[Relink]) -> Result<Headless, Error> {
    let mut saved = app::read_session(path)?;
    let cautions = app::relink(&mut saved, relinks)?;
    for caution in saved.cautions.iter().chain(&cautions) {
        super::say_caution(&caution.to_string());
    }
    Headless::open_session(saved, path)
}

fn request(arguments: &Arguments) -> Result<Request, Error> {
    let mut recipe = super::recipe_or_preset(arguments.recipe.as_deref())?;
    if arguments.matched {
        recipe.matching = ScanMatching::ALL;
    }
    let given = arguments.low_loss_scan.len();
    if given != 0 && given != arguments.scans.len() {
        return Err(Error::Usage {
            message: format!("{given} low-loss files for {} scans", arguments.scans.len()),
            hint: "give --low-loss-scan once for each --scan, in their order".to_owned(),
        });
    }
    if !arguments.profiles.is_empty() && arguments.scans.len() > 1 {
        return Err(Error::Usage {
            message: "a profile belongs to one scan, but several are given".to_owned(),
            hint: "compare them one by one, or keep profiles in the scans' own files".to_owned(),
        });
    }
    if arguments.survey_line.is_some() && arguments.scans.len() > 1 {
        return Err(Error::Usage {
            message: "a survey line belongs to one scan, but several are given".to_owned(),
            hint: "place the lines in the window and compare the saved session".to_owned(),
        });
    }
    let sites = arguments.sites.as_deref().map(str::parse).transpose().map_err(|error: SiteError| Error::Usage {
        message: error.to_string(),
        hint: "write --sites \"O1=4..9,28..33;O2=16..21\"".to_owned(),
    })?;
    let reference = arguments.reference.clone().ok_or_else(|| Error::Usage {
        message: "no reference is given".to_owned(),
        hint: "give --reference FILE".to_owned(),
    })?;
    Ok(Request {
        reference,
        scans: arguments.scans.clone(),
        low_loss_reference: arguments.low_loss_reference.clone(),
        low_loss_scans: arguments.low_loss_scan.clone(),
        profiles: arguments.profiles.clone(),
        ti3_reference: arguments.ti3_reference.clone(),
        sites: sites.unwrap_or_default(),
        survey: GivenSurvey { file: arguments.survey.clone(), line_nm: arguments.survey_line.map(|Line(ends)| ends) },
        along: arguments.along,
        recipe,
    })
}
