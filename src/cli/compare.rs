//! `moray compare`: the main job, headless.

use std::path::PathBuf;

use crate::Error;
use crate::analysis::{self, CompareInput, Comparison, ScanInput};
use crate::app::{FileSpec, ScanFile, open_scan};
use crate::export::{self, InputFile, Provenance};
use crate::model::{Along, Site, parse_sites};
use crate::progress::Progress;

use super::Timings;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Scan to compare with.
    #[arg(long, value_name = "FILE[#N]")]
    reference: FileSpec,
    /// Scan to compare; may be given several times.
    #[arg(long = "scan", value_name = "FILE[#N]", required = true)]
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
    /// Axis of a 2-D spectrum image that becomes the line.
    #[arg(long, value_parser = parse_along, value_name = "x|y")]
    along: Option<Along>,
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

pub(super) fn run(arguments: &Arguments, timings: &mut Timings) -> Result<(), Error> {
    let recipe = match &arguments.recipe {
        Some(path) => super::read_recipe(path)?,
        None => super::recipe::preset("lto")?,
    };
    let opened = timings.stage("read", || open_all(arguments))?;
    let inputs = opened.inputs();
    let input = opened.compare_input(arguments, recipe.clone())?;
    let comparison = timings.stage("compare", || analysis::compare(&input, &Progress::new()))?;
    let provenance = Provenance { recipe, inputs };
    if let Some(dir) = &arguments.output {
        timings.stage("write", || write(dir, &comparison, &provenance))?;
    }
    if arguments.json {
        print!("{}", export::report_json(&comparison, &provenance)?);
    } else {
        print!("{}", export::text_table(&comparison));
    }
    Ok(())
}

fn write(dir: &std::path::Path, comparison: &Comparison, provenance: &Provenance) -> Result<(), Error> {
    for path in export::write_all(dir, comparison, provenance)? {
        eprintln!("wrote {}", path.display());
    }
    Ok(())
}

/// Every file of a comparison, opened.
struct Opened {
    reference: ScanFile,
    scans: Vec<ScanFile>,
    low_loss_reference: Option<ScanFile>,
    low_loss_scans: Vec<ScanFile>,
}

fn open_all(arguments: &Arguments) -> Result<Opened, Error> {
    let given = arguments.low_loss_scan.len();
    if given != 0 && given != arguments.scans.len() {
        return Err(Error::Usage {
            message: format!("{given} low-loss files for {} scans", arguments.scans.len()),
            hint: "give --low-loss-scan once for each --scan, in their order".to_owned(),
        });
    }
    let open = |spec: &FileSpec| open_scan(spec, arguments.along);
    Ok(Opened {
        reference: open(&arguments.reference)?,
        scans: arguments.scans.iter().map(open).collect::<Result<_, _>>()?,
        low_loss_reference: arguments.low_loss_reference.as_ref().map(open).transpose()?,
        low_loss_scans: arguments.low_loss_scan.iter().map(open).collect::<Result<_, _>>()?,
    })
}

impl Opened {
    fn inputs(&self) -> Vec<InputFile> {
        let entry = |role: &str, file: &ScanFile| InputFile {
            role: role.to_owned(),
            file: file.path.display().to_string(),
            image: file.image,
            sha256: file.sha256.clone(),
        };
        let mut inputs = vec![entry("reference", &self.reference)];
        inputs.extend(self.scans.iter().map(|file| entry("scan", file)));
        inputs.extend(self.low_loss_reference.iter().map(|file| entry("low-loss-reference", file)));
        inputs.extend(self.low_loss_scans.iter().map(|file| entry("low-loss-scan", file)));
        inputs
    }

    fn compare_input(&self, arguments: &Arguments, recipe: crate::model::Recipe) -> Result<CompareInput, Error> {
        let (sites, reference_sites) = sites(arguments)?;
        let mut names = Vec::new();
        let mut scan = |file: &ScanFile, low_loss: Option<&ScanFile>, sites: Option<Vec<Site>>| {
            let name = unique_name(&file.name, &mut names);
            let low_loss = low_loss.map(|low| low.scan.clone()).or_else(|| file.low_loss.clone());
            ScanInput { name, scan: file.scan.clone(), low_loss, profiles: file.profiles.clone(), sites }
        };
        let reference = scan(&self.reference, self.low_loss_reference.as_ref(), reference_sites);
        let scans = (self.scans.iter().enumerate())
            .map(|(k, file)| scan(file, self.low_loss_scans.get(k), sites.clone()))
            .collect();
        Ok(CompareInput { reference, scans, recipe })
    }
}

/// Sites of the scans and of the reference, as far as they were given.
type GivenSites = (Option<Vec<Site>>, Option<Vec<Site>>);

/// Reads the sites from the arguments.
fn sites(arguments: &Arguments) -> Result<GivenSites, Error> {
    let Some(text) = &arguments.sites else { return Ok((None, None)) };
    let all = parse_sites(text).map_err(|error| Error::Usage {
        message: error.to_string(),
        hint: "write --sites \"O1=4..9,28..33;O2=16..21\"".to_owned(),
    })?;
    let (reference, scans): (Vec<Site>, Vec<Site>) = all.into_iter().partition(|site| site.name == "ref");
    let given = |sites: Vec<Site>| (!sites.is_empty()).then_some(sites);
    Ok((given(scans), given(reference)))
}

/// The name, with a number when it is taken.
fn unique_name(name: &str, taken: &mut Vec<String>) -> String {
    let free = |candidate: &String| !taken.contains(candidate);
    let numbered = (2..).map(|k| format!("{name} ({k})"));
    let chosen = std::iter::once(name.to_owned()).chain(numbered).find(free).unwrap_or_else(|| name.to_owned());
    taken.push(chosen.clone());
    chosen
}
