//! `moray compare`: the main job, headless.

use std::path::{Path, PathBuf};

use crate::Error;
use crate::app::{self, FileSpec, Headless, Relink, Request};
use crate::export;
use crate::model::{Along, ProfileKind, SiteError};
use crate::progress::Progress;

use super::Timings;

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
    /// Sites by hand: O1=4..9,28..33;O2=16..21 and, for other positions of the reference, ref=4..9.
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
    /// Signal recorded along the scan, one value per position: haadf=FILE[#N] or abf=FILE[#N]; for a single --scan.
    #[arg(long = "profile", value_parser = parse_profile, value_name = "haadf|abf=FILE[#N]")]
    profiles: Vec<(ProfileKind, FileSpec)>,
    /// Axis of a 2-D spectrum image that becomes the line.
    #[arg(long, value_parser = parse_along, value_name = "x|y")]
    along: Option<Along>,
    /// Saved session, or a figure that holds one, instead of all this: same inputs, same numbers.
    #[arg(long, value_name = "FILE.moray", conflicts_with_all = ["reference", "scans", "recipe", "sites",
        "low_loss_reference", "low_loss_scan", "profiles", "along", "ti3_reference"])]
    session: Option<PathBuf>,
    /// How figures look; instead of the session's style when that is given too.
    #[arg(long, value_name = "S.json")]
    style: Option<PathBuf>,
    /// File that takes the place of one of the session; may be given several times. Files that moved along with the
    /// session are found without it.
    #[arg(long = "relink", value_name = "OLD=NEW", requires = "session")]
    relinks: Vec<Relink>,
    /// Folder for report, tables and figures; made when missing.
    #[arg(short, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Print report.json.
    #[arg(long)]
    json: bool,
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
    if let Some(style) = style {
        opened.set_figure_style(style);
    }
    let comparison = timings.stage("compare", || opened.compare(&Progress::new()))?;
    if let Some(dir) = &arguments.output {
        for path in timings.stage("write", || opened.write(dir, &comparison))? {
            eprintln!("wrote {}", path.display());
        }
    }
    if arguments.json {
        super::output::print(&export::report_json(&comparison, &opened.provenance())?)
    } else {
        super::output::print(&export::text_table(&comparison))
    }
}

fn open_session(path: &Path, relinks: &[Relink]) -> Result<Headless, Error> {
    let mut saved = app::read_session(path)?;
    let cautions = app::relink(&mut saved, relinks)?;
    for caution in saved.cautions.iter().chain(&cautions) {
        eprintln!("caution: {caution}");
    }
    Headless::open_session(saved, path)
}

fn request(arguments: &Arguments) -> Result<Request, Error> {
    let recipe = super::recipe_or_preset(arguments.recipe.as_deref())?;
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
        along: arguments.along,
        recipe,
    })
}
