//! A comparison without a window: files in, results out, and the same again from a saved session.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{FileSpec, open_file, open_profile, open_scan, sha256_of};
use crate::analysis::{CompareInput, Comparison, ScanInput, Ti3Reference, compare};
use crate::document::{OpenScan, ProfileFile, Session, SessionInput, SideFile};
use crate::export::{self, InputFile, Provenance};
use crate::model::{Along, FigureStyle, ProfileKind, Recipe, Role, Site, SiteError, parse_sites};
use crate::progress::Progress;
use crate::{Error, io};

/// Name of the session among the files of a comparison.
pub const SESSION_FILE: &str = "session.moray";

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
    session: Session,
    /// In the order of the session's inputs.
    files: Vec<OpenScan>,
    ti3_reference: Option<Arc<Ti3Reference>>,
}

impl Headless {
    /// Opens all files of a request.
    ///
    /// # Errors
    /// [`Error`] naming the first file that cannot be used.
    pub fn open(request: &Request) -> Result<Self, Error> {
        let mut opened = Self { session: Session::new(request.recipe.clone()), files: Vec::new(), ti3_reference: None };
        let low_loss = request.low_loss_reference.as_ref();
        opened.add(&request.reference, low_loss, request.along, (Role::Reference, &request.sites.reference))?;
        for (k, scan) in request.scans.iter().enumerate() {
            opened.add(scan, request.low_loss_scans.get(k), request.along, (Role::Scan, &request.sites.scans))?;
        }
        if let (Some(input), Some(file)) = (opened.session.inputs.last_mut(), opened.files.last_mut()) {
            for (kind, spec) in &request.profiles {
                input.profiles.push(ProfileFile { kind: *kind, file: take_profile(file, *kind, spec)? });
            }
        }
        if let Some(spec) = &request.ti3_reference {
            let (file, reference) = open_ti3_reference(spec)?;
            (opened.session.ti3_reference, opened.ti3_reference) = (Some(file), Some(reference));
        }
        Ok(opened)
    }

    fn add(
        &mut self,
        spec: &FileSpec,
        low_loss: Option<&FileSpec>,
        along: Option<Along>,
        (role, sites): (Role, &Option<Vec<Site>>),
    ) -> Result<(), Error> {
        let mut file = open_scan(spec, along)?;
        let low_loss = low_loss.map(|low_loss| take_low_loss(&mut file, low_loss, along)).transpose()?;
        self.session.inputs.push(SessionInput {
            name: self.session.free_name(&file.name),
            path: file.path.clone(),
            image: file.image,
            sha256: file.sha256.clone(),
            role,
            sites: sites.clone(),
            along,
            low_loss,
            profiles: Vec::new(),
        });
        self.files.push(file);
        Ok(())
    }

    /// Opens all files of a saved session.
    ///
    /// # Errors
    /// [`Error::Contents`] when the session cannot be read or a file has changed since, [`Error::Read`] when a file is
    /// missing.
    pub fn open_session(path: &Path) -> Result<Self, Error> {
        let session = read_session(path)?;
        let files = session.inputs.iter().map(open_unchanged).collect::<Result<_, _>>()?;
        let ti3_reference = session.ti3_reference.as_ref().map(|file| {
            check_unchanged(&file.path, &file.sha256)?;
            let spec = FileSpec { path: file.path.clone(), image: Some(file.image) };
            open_ti3_reference(&spec).map(|(_, reference)| reference)
        });
        Ok(Self { files, ti3_reference: ti3_reference.transpose()?, session })
    }

    /// Sets how figures look.
    pub fn set_figure_style(&mut self, style: FigureStyle) {
        self.session.figure_style = style;
    }

    /// What is compared, as it can be saved.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Compares.
    ///
    /// # Errors
    /// [`Error::Usage`] when a session lacks a reference or a scan, [`Error::Analysis`] when the science cannot be done.
    pub fn compare(&self, progress: &Progress) -> Result<Comparison, Error> {
        Ok(compare(&self.compare_input()?, progress)?)
    }

    fn compare_input(&self) -> Result<CompareInput, Error> {
        let (mut reference, mut scans) = (None, Vec::new());
        for (input, file) in self.session.inputs.iter().zip(&self.files) {
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
            recipe: self.session.recipe.clone(),
            ti3_reference: self.ti3_reference.clone(),
        })
    }

    /// Program, recipe and files.
    pub fn provenance(&self) -> Provenance {
        provenance(&self.session)
    }

    /// Writes report, tables, figures, arrays and the session into a folder. Returns the files.
    ///
    /// # Errors
    /// [`Error::Write`] naming the file that could not be written.
    pub fn write(&self, dir: &Path, comparison: &Comparison) -> Result<Vec<PathBuf>, Error> {
        let mut files = export::write_all(dir, comparison, &self.provenance(), &self.session.figure_style)?;
        let path = dir.join(SESSION_FILE);
        save_session(&path, &self.session)?;
        files.push(path);
        Ok(files)
    }
}

/// Program, recipe and files of a session. Files go by their names and hashes, wherever they lie, so that the same
/// inputs give the same report.
pub fn provenance(session: &Session) -> Provenance {
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
    let ti3 = session.ti3_reference.iter();
    let ti3 = ti3.map(|file| entry("ti3-reference", &file.path, file.image, &file.sha256));
    Provenance { recipe: session.recipe.clone(), inputs: inputs.chain(low_losses).chain(profiles).chain(ti3).collect() }
}

/// Opens a spectrum of Ti3+ alone.
fn open_ti3_reference(spec: &FileSpec) -> Result<(SideFile, Arc<Ti3Reference>), Error> {
    let opened = open_scan(spec, None)?;
    let reference = Arc::new(Ti3Reference { name: opened.name.clone(), scan: opened.scan.clone() });
    Ok((SideFile { path: opened.path, image: opened.image, sha256: opened.sha256 }, reference))
}

/// Replaces the low loss of a scan by that of another file.
fn take_low_loss(file: &mut OpenScan, spec: &FileSpec, along: Option<Along>) -> Result<SideFile, Error> {
    let image = match spec.image {
        Some(image) => Some(image),
        None => only_low_loss(&spec.path)?,
    };
    let low_loss = open_scan(&FileSpec { path: spec.path.clone(), image }, along)?;
    file.low_loss = Some(low_loss.scan);
    Ok(SideFile { path: low_loss.path, image: low_loss.image, sha256: low_loss.sha256 })
}

/// Gives a scan a signal recorded along it, in place of one of that kind from its own file.
fn take_profile(file: &mut OpenScan, kind: ProfileKind, spec: &FileSpec) -> Result<SideFile, Error> {
    let (profile, image) = open_profile(kind, spec, file.scan.positions())?;
    file.profiles.retain(|own| own.kind != kind);
    file.profiles.push(profile);
    let sha256 = sha256_of(&spec.path)
        .map_err(|source| Error::Read { path: spec.path.clone(), source: io::ReadError::Io(source) })?;
    Ok(SideFile { path: spec.path.clone(), image, sha256 })
}

/// The one image of a file that is marked as low loss, if there is just one.
fn only_low_loss(path: &Path) -> Result<Option<usize>, Error> {
    let contents = open_file(path)?;
    let mut marked = contents.images.iter().filter(|image| image.is_low_loss && image.kind.is_spectral());
    let first = marked.next().map(|image| image.index);
    Ok(first.filter(|_| marked.next().is_none()))
}

/// Opens a scan of a session with its low loss, as it was opened when the session was made. Whether the scan's own
/// file has changed is for the caller to see.
///
/// # Errors
/// [`Error`] naming the file that cannot be used.
pub fn open_input(input: &SessionInput) -> Result<OpenScan, Error> {
    let mut file = open_scan(&FileSpec { path: input.path.clone(), image: Some(input.image) }, input.along)?;
    if let Some(saved) = &input.low_loss {
        check_unchanged(&saved.path, &saved.sha256)?;
        let spec = FileSpec { path: saved.path.clone(), image: Some(saved.image) };
        take_low_loss(&mut file, &spec, input.along)?;
    }
    for saved in &input.profiles {
        check_unchanged(&saved.file.path, &saved.file.sha256)?;
        let spec = FileSpec { path: saved.file.path.clone(), image: Some(saved.file.image) };
        take_profile(&mut file, saved.kind, &spec)?;
    }
    Ok(file)
}

fn open_unchanged(input: &SessionInput) -> Result<OpenScan, Error> {
    check_unchanged(&input.path, &input.sha256)?;
    open_input(input)
}

fn check_unchanged(path: &Path, sha256: &str) -> Result<(), Error> {
    let found =
        sha256_of(path).map_err(|source| Error::Read { path: path.to_owned(), source: io::ReadError::Io(source) })?;
    if found == sha256 {
        return Ok(());
    }
    Err(Error::Contents {
        path: path.to_owned(),
        message: format!("the file has changed since the session was saved (SHA-256 {found}, not {sha256})"),
        hint: "compare it anew with --reference and --scan".to_owned(),
    })
}

/// Reads a session; its files are looked for from the folder it lies in.
///
/// # Errors
/// [`Error::Contents`] when it cannot be read or is not a session.
pub fn read_session(path: &Path) -> Result<Session, Error> {
    let contents = |message: String| Error::Contents {
        path: path.to_owned(),
        message,
        hint: "`moray compare -o DIR` writes one as session.moray".to_owned(),
    };
    let text = std::fs::read_to_string(path).map_err(|error| contents(error.to_string()))?;
    let mut session = Session::from_json(&text).map_err(|error| contents(error.to_string()))?;
    let folder = folder_of(path);
    for path in session.paths_mut().filter(|path| path.is_relative()) {
        *path = folder.join(&path);
    }
    Ok(session)
}

/// Saves a session: files in its folder or below are named from there, others by their whole path, and scans that are
/// no files as they stand.
///
/// # Errors
/// [`Error::Write`].
pub fn save_session(path: &Path, session: &Session) -> Result<(), Error> {
    let folder = folder_of(path).canonicalize().unwrap_or_else(|_| folder_of(path).to_owned());
    let mut saved = session.clone();
    for path in saved.paths_mut() {
        *path = from_folder(path, &folder);
    }
    export::write_atomically(path, saved.to_json().as_bytes())
        .map_err(|source| Error::Write { path: path.to_owned(), source })
}

fn from_folder(path: &Path, folder: &Path) -> PathBuf {
    let Ok(whole) = path.canonicalize() else { return path.to_owned() };
    whole.strip_prefix(folder).map(Path::to_owned).unwrap_or(whole)
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
