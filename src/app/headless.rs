//! A comparison without a window: files in, results out, and the same again from a saved session.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::survey::{profile_of_picture, share_of_picture};
use super::{FileSpec, SESSION_FILE, locate_all, portable_session, save_session};
use super::{GivenSurvey, ScanSurvey, survey_images, survey_line, surveys_of};
use super::{open_file, open_profile, open_scan, sha256_of};
use crate::analysis::align::ZERO_LOSS_WITHIN_EV;
use crate::analysis::bootstrap::{self, Bootstrap};
use crate::analysis::{CompareInput, Comparison, ScanInput, Ti3Reference, compare};
use crate::document::{OpenScan, ProfileFile, SavedSession, Session, SessionInput, SideFile};
use crate::export::{self, Figures, InputFile, Provenance};
use crate::figure::ScanShown;
use crate::model::{
    Along, EnergyAxis, FigureKind, FigureStyle, ProfileKind, Recipe, Role, Site, SiteError, parse_sites,
};
use crate::progress::Progress;
use crate::{Error, io};

/// Seed of bootstraps: fixed, so that equal inputs give equal reports.
pub(super) const BOOTSTRAP_SEED: u64 = 2019;

/// What to compare with what.
#[derive(Debug, Clone)]
pub struct Request {
    /// The reference.
    pub reference: FileSpec,
    /// Scans compared with it.
    pub scans: Vec<FileSpec>,
    /// Low loss of the reference.
    pub low_loss_reference: Option<FileSpec>,
    /// Low loss of the scans, in their order.
    pub low_loss_scans: Vec<FileSpec>,
    /// Signals recorded along the scan, in files of their own; only for a single scan.
    pub profiles: Vec<(ProfileKind, FileSpec)>,
    /// A spectrum of Ti3+ alone.
    pub ti3_reference: Option<FileSpec>,
    /// Sites set by hand.
    pub sites: GivenSites,
    /// Picture that the scan was recorded on, and where; only for a single scan.
    pub survey: GivenSurvey,
    /// Axis of 2-D spectrum images that becomes the line.
    pub along: Option<Along>,
    /// All choices.
    pub recipe: Recipe,
}

/// Sites as far as they are set by hand.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct GivenSites {
    /// Of every scan; `None` to find them.
    pub scans: Option<Vec<Site>>,
    /// Of the reference; `None` takes those of the scans, or finds them.
    pub reference: Option<Vec<Site>>,
}

impl std::str::FromStr for GivenSites {
    type Err = SiteError;

    /// Reads `O1=4..9,28..33;O2=16..21`; a site called `ref` is the reference's.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (reference, scans): (Vec<Site>, Vec<Site>) =
            parse_sites(text)?.into_iter().partition(|site| site.name == "ref");
        let given = |sites: Vec<Site>| (!sites.is_empty()).then_some(sites);
        Ok(Self { scans: given(scans), reference: given(reference) })
    }
}

/// Opened files with the session that names them.
#[derive(Debug, Clone)]
pub struct Headless {
    saved: SavedSession,
    /// In the order of the session's inputs.
    files: Vec<OpenScan>,
    ti3_reference: Option<Arc<Ti3Reference>>,
    /// Figures to write.
    kinds: Vec<FigureKind>,
}

/// An opened scan as figures show it, with the picture that it was recorded on.
pub fn scan_shown<'a>(name: &'a str, file: &'a OpenScan, surveys: &'a [ScanSurvey]) -> ScanShown<'a> {
    let survey = surveys.iter().find(|survey| survey.scan == name).and_then(ScanSurvey::shown);
    ScanShown { name, scan: &file.scan, profiles: &file.profiles, survey }
}

impl Headless {
    /// Opens all files of a request.
    ///
    /// # Errors
    /// [`Error`] naming the first file that cannot be used.
    pub fn open(request: &Request) -> Result<Self, Error> {
        let (saved, kinds) = (Session::new(request.recipe.clone()).into(), Figures::USUAL.to_vec());
        let mut opened = Self { saved, files: Vec::new(), ti3_reference: None, kinds };
        let low_loss = request.low_loss_reference.as_ref();
        opened.add(&request.reference, low_loss, request.along, (Role::Reference, &request.sites.reference))?;
        for (k, scan) in request.scans.iter().enumerate() {
            opened.add(scan, request.low_loss_scans.get(k), request.along, (Role::Scan, &request.sites.scans))?;
        }
        let mut survey = request.survey.clone();
        if let (Some(input), Some(file)) = (opened.saved.session.inputs.last_mut(), opened.files.last_mut()) {
            for (kind, spec) in &request.profiles {
                let line = request.survey.line_nm.map(|line_nm| share_of_picture(spec, line_nm)).transpose()?.flatten();
                if line.is_some() {
                    survey.file.get_or_insert_with(|| spec.clone());
                }
                take_profile(file, *kind, spec, line)?;
                input.profiles.clone_from(&file.opening.profiles);
            }
        }
        opened.place_on_survey(&survey)?;
        if let Some(spec) = &request.ti3_reference {
            let (file, reference) = open_ti3_reference(spec)?;
            (opened.saved.session.ti3_reference, opened.ti3_reference) = (Some(file), Some(reference));
        }
        Ok(opened)
    }

    /// Notes where the last scan ran on its picture.
    fn place_on_survey(&mut self, given: &GivenSurvey) -> Result<(), Error> {
        let Some(input) = self.saved.session.inputs.last().filter(|input| input.role == Role::Scan) else {
            return Ok(());
        };
        if given.file.is_some() || given.line_nm.is_some() {
            let line = survey_line(input, given)?;
            self.saved.session.surveys.push(line);
        }
        Ok(())
    }

    /// Pictures that the compared scans were recorded on, when a figure shows them.
    fn surveys(&self) -> Result<Vec<ScanSurvey>, Error> {
        let session = &self.saved.session;
        let mut kinds = self.kinds.iter().chain(session.figure_style.page.iter().flatten());
        if kinds.any(|kind| *kind == FigureKind::Survey) {
            surveys_of(session, |_| None, |file| survey_images(file).map(Arc::new))
        } else {
            Ok(Vec::new())
        }
    }

    fn add(
        &mut self,
        spec: &FileSpec,
        low_loss: Option<&FileSpec>,
        along: Option<Along>,
        (role, sites): (Role, &Option<Vec<Site>>),
    ) -> Result<(), Error> {
        let mut file = open_scan(spec, along)?;
        if let Some(low_loss) = low_loss {
            take_low_loss(&mut file, low_loss, along)?;
        }
        let session = &mut self.saved.session;
        session.inputs.push(SessionInput {
            name: session.free_name(&file.name),
            path: file.path.clone(),
            image: file.image,
            sha256: file.sha256.clone(),
            role,
            sites: sites.clone(),
            along,
            low_loss: file.opening.low_loss.clone(),
            profiles: Vec::new(),
        });
        self.files.push(file);
        Ok(())
    }

    /// Opens all files of the saved session that lies at `path`.
    ///
    /// # Errors
    /// [`Error::Contents`] when a file is missing or has changed since, [`Error::Read`] when it cannot be read.
    pub fn open_session(mut saved: SavedSession, path: &Path) -> Result<Self, Error> {
        locate_all(&mut saved, path)?;
        let files = saved.session.inputs.iter().map(open_input).collect::<Result<_, _>>()?;
        let ti3_reference = saved.session.ti3_reference.as_ref().map(|file| {
            let spec = FileSpec { path: file.path.clone(), image: Some(file.image) };
            open_ti3_reference(&spec).map(|(_, reference)| reference)
        });
        let kinds = Figures::USUAL.to_vec();
        Ok(Self { ti3_reference: ti3_reference.transpose()?, saved, files, kinds })
    }

    /// Sets which figures are written; the usual ones otherwise.
    pub fn set_figures(&mut self, kinds: Vec<FigureKind>) {
        self.kinds = kinds;
    }

    /// Compared scans of which nobody says where they ran on their picture.
    pub fn unplaced(&self) -> impl Iterator<Item = &str> {
        let session = &self.saved.session;
        let scans = session.inputs.iter().filter(|input| input.role == Role::Scan).map(|input| input.name.as_str());
        scans.filter(|scan| session.survey(scan).is_none())
    }

    /// Sets how figures look.
    pub fn set_figure_style(&mut self, style: FigureStyle) {
        self.saved.session.figure_style = style;
    }

    /// What is compared, as it can be saved.
    pub fn saved(&self) -> &SavedSession {
        &self.saved
    }

    /// Compares.
    ///
    /// # Errors
    /// [`Error::Usage`] when a session lacks a reference or a scan, [`Error::Analysis`] when the science cannot be done.
    pub fn compare(&self, progress: &Progress) -> Result<Comparison, Error> {
        Ok(compare(&self.compare_input()?, progress)?)
    }

    /// Asks for a bootstrap of the drops with so many draws.
    pub fn set_bootstrap(&mut self, draws: u32) {
        self.saved.session.bootstrap = Some(draws);
    }

    /// Bootstraps the drops of a comparison that [`Headless::compare`] made, as the session asks for.
    ///
    /// # Errors
    /// As [`Headless::compare`].
    pub fn bootstrap(&self, comparison: &mut Comparison, progress: &Progress) -> Result<(), Error> {
        let Some(draws) = self.saved.session.bootstrap else { return Ok(()) };
        let options = Bootstrap { replicas: draws as usize, seed: BOOTSTRAP_SEED };
        Ok(bootstrap::attach(comparison, &self.compare_input()?, options, progress)?)
    }

    fn compare_input(&self) -> Result<CompareInput, Error> {
        let (mut reference, mut scans) = (None, Vec::new());
        for (input, file) in self.saved.session.inputs.iter().zip(&self.files) {
            let scan = ScanInput {
                name: input.name.clone(),
                scan: file.scan.clone(),
                low_loss: file.low_loss.clone(),
                profiles: file.profiles.clone(),
                sites: input.sites.clone(),
            };
            match input.role {
                Role::Reference => reference = Some(scan),
                Role::Scan => scans.push(scan),
            }
        }
        let missing = |what: &str| Error::Usage {
            message: format!("the session has no {what}"),
            hint: "a comparison needs a reference and at least one scan".to_owned(),
        };
        let reference = reference.ok_or_else(|| missing("reference"))?;
        if scans.is_empty() {
            return Err(missing("scan"));
        }
        Ok(CompareInput {
            reference,
            scans,
            recipe: self.saved.session.recipe.clone(),
            ti3_reference: self.ti3_reference.clone(),
        })
    }

    /// Program, recipe and files.
    pub fn provenance(&self) -> Provenance {
        provenance(&self.saved)
    }

    /// Writes report, tables, figures, arrays and the session into a folder. Returns the files.
    ///
    /// # Errors
    /// [`Error::Write`] naming the file that could not be written.
    pub fn write(&self, dir: &Path, comparison: &Comparison) -> Result<Vec<PathBuf>, Error> {
        let inputs = self.saved.session.inputs.iter().zip(&self.files);
        let surveys = self.surveys()?;
        let scans: Vec<_> = inputs.map(|(input, file)| scan_shown(&input.name, file, &surveys)).collect();
        let figures = Figures { style: &self.saved.session.figure_style, kinds: &self.kinds, scans: &scans };
        let mut files = export::write_all(dir, comparison, &self.provenance(), &figures)?;
        let path = dir.join(SESSION_FILE);
        save_session(&path, &self.saved)?;
        files.push(path);
        Ok(files)
    }
}

/// Program, recipe and files of a session, and the session itself. Files go by their names and hashes, wherever they lie, so that the same
/// inputs give the same report.
pub fn provenance(saved: &SavedSession) -> Provenance {
    let session = &saved.session;
    let entry = |role: &str, path: &Path, image: usize, sha256: &str| InputFile {
        role: role.to_owned(),
        file: path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
        image,
        sha256: sha256.to_owned(),
    };
    let of = |role: Role| session.inputs.iter().filter(move |input| input.role == role);
    let scans = |role: Role, name: &'static str| {
        of(role).map(move |input| entry(name, &input.path, input.image, &input.sha256))
    };
    let low_losses = |role: Role, name: &'static str| {
        of(role)
            .filter_map(|input| input.low_loss.as_ref())
            .map(move |low| entry(name, &low.path, low.image, &low.sha256))
    };
    let profiles = session.inputs.iter().flat_map(|input| &input.profiles);
    let profiles =
        profiles.map(|profile| entry("profile", &profile.file.path, profile.file.image, &profile.file.sha256));
    let inputs = scans(Role::Reference, "reference").chain(scans(Role::Scan, "scan"));
    let low_losses = low_losses(Role::Reference, "low-loss-reference").chain(low_losses(Role::Scan, "low-loss-scan"));
    let surveys = session.surveys.iter().filter_map(|line| line.file.as_ref());
    let surveys = surveys.map(|file| entry("survey", &file.path, file.image, &file.sha256));
    let ti3 = session.ti3_reference.iter();
    let ti3 = ti3.map(|file| entry("ti3-reference", &file.path, file.image, &file.sha256));
    Provenance {
        recipe: session.recipe.clone(),
        inputs: inputs.chain(low_losses).chain(profiles).chain(ti3).chain(surveys).collect(),
        session: Some(portable_session(saved)),
    }
}

/// Opens a spectrum of Ti3+ alone.
fn open_ti3_reference(spec: &FileSpec) -> Result<(SideFile, Arc<Ti3Reference>), Error> {
    let opened = open_scan(spec, None)?;
    let reference = Arc::new(Ti3Reference { name: opened.name.clone(), scan: opened.scan.clone() });
    Ok((SideFile { path: opened.path, image: opened.image, sha256: opened.sha256 }, reference))
}

/// Whether an axis can be that of a low loss: it reaches 0 eV, as near as axes of real files are true.
pub fn reaches_zero_loss(axis: &EnergyAxis) -> bool {
    axis.first_ev() <= ZERO_LOSS_WITHIN_EV && axis.last_ev() >= -ZERO_LOSS_WITHIN_EV
}

/// Replaces the low loss of a scan by that of another file.
///
/// # Errors
/// [`Error`] naming the file that cannot be used.
pub(super) fn take_low_loss(file: &mut OpenScan, spec: &FileSpec, along: Option<Along>) -> Result<(), Error> {
    let image = match spec.image {
        Some(image) => Some(image),
        None => only_low_loss(&spec.path)?,
    };
    let low_loss = open_scan(&FileSpec { path: spec.path.clone(), image }, along)?;
    let axis = low_loss.scan.axis();
    if !reaches_zero_loss(axis) {
        let [first, last] = [axis.first_ev(), axis.last_ev()];
        return Err(Error::Contents {
            path: spec.path.clone(),
            message: format!(
                "image {} runs from {first:.1} to {last:.1} eV: no low loss, it lacks the zero loss",
                low_loss.image
            ),
            hint: "`moray info` lists the images; name one with #N".to_owned(),
        });
    }
    file.low_loss = Some(low_loss.scan);
    file.opening.low_loss = Some(SideFile { path: low_loss.path, image: low_loss.image, sha256: low_loss.sha256 });
    Ok(())
}

/// Gives a scan a signal recorded along it, in place of one of that kind.
///
/// # Errors
/// [`Error`] naming the file that cannot be used.
pub(super) fn take_profile(
    file: &mut OpenScan,
    kind: ProfileKind,
    spec: &FileSpec,
    line: Option<[[f64; 2]; 2]>,
) -> Result<(), Error> {
    let positions = file.scan.positions();
    let (profile, image) = match line {
        Some(line) => profile_of_picture(kind, spec, line, positions)?,
        None => open_profile(kind, spec, positions)?,
    };
    file.profiles.retain(|own| own.kind != kind);
    file.profiles.push(profile);
    file.opening.profiles.retain(|other| other.kind != kind);
    let sha256 = sha256_of(&spec.path)
        .map_err(|source| Error::Read { path: spec.path.clone(), source: io::ReadError::Io(source) })?;
    file.opening.profiles.push(ProfileFile { kind, file: SideFile { path: spec.path.clone(), image, sha256 }, line });
    Ok(())
}

/// The one image of a file that is marked as low loss, if there is just one.
fn only_low_loss(path: &Path) -> Result<Option<usize>, Error> {
    let contents = open_file(path)?;
    let mut marked = contents.images.iter().filter(|image| image.is_low_loss && image.kind.is_spectral());
    let first = marked.next().map(|image| image.index);
    Ok(first.filter(|_| marked.next().is_none()))
}

/// Opens a scan of a session as it was opened when the session was made. Whether its files have changed is for the
/// caller to see.
///
/// # Errors
/// [`Error`] naming the file that cannot be used.
pub fn open_input(input: &SessionInput) -> Result<OpenScan, Error> {
    let mut file = open_scan(&FileSpec { path: input.path.clone(), image: Some(input.image) }, input.along)?;
    if let Some(saved) = &input.low_loss {
        let spec = FileSpec { path: saved.path.clone(), image: Some(saved.image) };
        take_low_loss(&mut file, &spec, input.along)?;
    }
    for saved in &input.profiles {
        let spec = FileSpec { path: saved.file.path.clone(), image: Some(saved.file.image) };
        take_profile(&mut file, saved.kind, &spec, saved.line)?;
    }
    Ok(file)
}
