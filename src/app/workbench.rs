//! The document with its workers: commands go in, files load and comparisons run beside it, results come out.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use super::event::Event;
use super::loading::{Load, Loaded, Purpose, Relinking};
use super::resampling::{BootstrapFn, Resampling};
use super::{FileSpec, JobPanic, Latest, Surroundings, Unlinked, open_scan};
use crate::Error;
use crate::analysis::bootstrap;
use crate::analysis::{AnalysisError, CompareInput, Comparison, Memo, SiteUsed, compare_again};
use crate::document::{
    Command, Document, Incomplete, OpenScan, SavedSession, ScanKey, Session, SessionInput, SideFile,
};
use crate::model::{ProfileKind, Recipe, Role, Site};
use crate::progress::Progress;

/// The pipeline: inputs to results, with what it keeps from one comparison to the next.
pub type CompareFn = fn(&CompareInput, &mut Memo, &Progress) -> Result<Comparison, AnalysisError>;
/// How a file becomes a scan.
pub type OpenFn = fn(&FileSpec) -> Result<OpenScan, Error>;
/// Called from a worker's thread when there is something to look at.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// The last good comparison.
#[derive(Debug, Clone)]
pub struct Derived {
    /// Revision of the document that it belongs to.
    pub revision: u64,
    /// The session that it was computed from.
    pub session: Session,
    /// What was found.
    pub comparison: Arc<Comparison>,
}

/// Why there is no newer result.
#[derive(Debug, Clone, PartialEq)]
pub enum Failure {
    /// There is not enough to compare.
    Incomplete(Incomplete),
    /// The science could not be done.
    Analysis(AnalysisError),
    /// A defect.
    Panic(JobPanic),
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Incomplete(error) => error.fmt(f),
            Self::Analysis(error) if error.hint().is_empty() => error.fmt(f),
            Self::Analysis(error) => write!(f, "{error}; {}", error.hint()),
            Self::Panic(error) => error.fmt(f),
        }
    }
}

struct Job {
    revision: u64,
    session: Session,
    input: CompareInput,
}

type CompareResult = Result<Comparison, AnalysisError>;

/// The document with its workers. Nothing here waits: call [`Workbench::poll`] once before each frame.
pub struct Workbench {
    document: Document,
    open: OpenFn,
    wake: Wake,
    comparer: Latest<Job, (u64, Session, CompareResult)>,
    resampling: Resampling,
    loads: Vec<Load>,
    relinkings: Vec<Relinking>,
    /// Where files of the session may be.
    around: Surroundings,
    /// Scans of the session that could not be opened, with the files at fault.
    unlinked: BTreeMap<ScanKey, Vec<Unlinked>>,
    /// Revision that was sent to the comparer last, and its session.
    submitted: Option<(u64, Session)>,
    /// Number of the last request; requests before `valid_from` belong to another document.
    ticket: u64,
    valid_from: u64,
    derived: Option<Derived>,
    failure: Option<Failure>,
    events: Vec<Event>,
    saved: Session,
    /// Whether the session was restored and never saved since.
    restored: bool,
}

impl Workbench {
    /// An empty workbench that compares with the real pipeline.
    ///
    /// # Errors
    /// The operating system's when it will not start a thread.
    pub fn new(recipe: Recipe, wake: Wake) -> std::io::Result<Self> {
        Self::with(recipe, compare_again, |spec| open_scan(spec, None), wake)
    }

    /// An empty workbench with another pipeline and another way to open files.
    ///
    /// # Errors
    /// The operating system's when it will not start a thread.
    pub fn with(recipe: Recipe, compare: CompareFn, open: OpenFn, wake: Wake) -> std::io::Result<Self> {
        let theirs = wake.clone();
        let memo = Mutex::new(Memo::default());
        let job = move |job: Job, progress: &Progress| {
            // Only whole results are kept, so a job that panicked leaves nothing half made.
            let mut memo = memo.lock().unwrap_or_else(PoisonError::into_inner);
            let result = compare(&job.input, &mut memo, progress);
            (job.revision, job.session, result)
        };
        let comparer = Latest::new("compare", job, move || theirs())?;
        let resampling = Resampling::new(bootstrap::attach, wake.clone())?;
        let document = Document::new(recipe);
        let saved = document.session().clone();
        Ok(Self {
            document,
            open,
            wake,
            comparer,
            resampling,
            loads: Vec::new(),
            relinkings: Vec::new(),
            around: Surroundings::default(),
            unlinked: BTreeMap::new(),
            submitted: None,
            ticket: 0,
            valid_from: 0,
            derived: None,
            failure: None,
            events: Vec::new(),
            saved,
            restored: false,
        })
    }

    /// Bootstraps in another way.
    pub fn set_bootstrap(&mut self, bootstrap: BootstrapFn) {
        self.resampling.set(bootstrap);
    }

    /// The document.
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// The last good result, possibly older than the document.
    pub fn derived(&self) -> Option<&Derived> {
        self.derived.as_ref()
    }

    /// Why there is no result for the document as it stands.
    pub fn failure(&self) -> Option<&Failure> {
        self.failure.as_ref()
    }

    /// Whether the result shown is older than the document, and a newer one is on its way.
    pub fn is_updating(&self) -> bool {
        self.comparer.is_busy() || self.submitted_revision() != Some(self.document.revision())
    }

    /// Finished share of the running comparison.
    pub fn progress(&self) -> Option<f64> {
        self.comparer.fraction()
    }

    /// Finished and all draws of the bootstrap while it runs.
    pub fn drawing(&self) -> Option<[u32; 2]> {
        self.resampling.progress()
    }

    /// The last comparison whose drops were bootstrapped; an older one than is shown after a change.
    pub fn last_drawn(&self) -> Option<&Comparison> {
        self.resampling.last().map(Arc::as_ref)
    }

    /// Files being opened.
    pub fn loading(&self) -> impl Iterator<Item = &Path> {
        self.loads.iter().map(|load| load.spec.path.as_path())
    }

    /// Stops opening a file. A scan of the session that it was for counts as not found.
    pub fn stop_loading(&mut self, path: &Path) {
        let (stopped, others): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.loads).into_iter().partition(|load| load.spec.path == path);
        self.loads = others;
        for load in stopped {
            if let Purpose::Fill(key) = load.purpose {
                self.unlinked.insert(key, Vec::new());
            }
        }
    }

    /// Whether the session differs from the one last saved or opened.
    pub fn is_edited(&self) -> bool {
        self.saved != *self.document.session()
    }

    /// Whether closing would lose work: something was set since the session was saved or opened. Scans that were only
    /// opened are not work.
    pub fn has_unsaved_work(&self) -> bool {
        let now = self.document.session();
        let as_found = now.inputs.iter().all(|input| input.sites.is_none());
        let only_opened = || as_found && Session { inputs: Vec::new(), ..now.clone() } == self.saved;
        self.is_edited() && (self.restored || !only_opened())
    }

    /// Remembers the session as saved.
    pub fn mark_saved(&mut self) {
        self.restored = false;
        self.saved = self.document.session().clone();
    }

    /// Takes the session for one that was never saved: all of it is work.
    pub fn mark_unsaved(&mut self) {
        self.saved = Session::new(self.document.session().recipe.clone());
        self.restored = true;
    }

    /// Asks the running comparison to stop.
    pub fn cancel(&self) {
        self.comparer.cancel();
    }

    /// What happened since the last call.
    pub fn take_events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }

    /// Opens a file in the background and adds its scan.
    pub fn open(&mut self, spec: FileSpec) {
        self.load(spec, Purpose::Add);
    }

    /// Opens a file in the background whose spectrum becomes that of Ti3+ alone.
    pub fn open_ti3_reference(&mut self, spec: FileSpec) {
        self.load(spec, Purpose::Ti3Reference);
    }

    /// Opens a file in the background whose spectra become the low loss of a scan.
    pub fn pair_low_loss(&mut self, scan: &str, spec: FileSpec) {
        let Some(open) = self.document.scan(scan) else { return };
        match Load::low_loss(spec.clone(), (scan, open), self.wake.clone()) {
            Ok(load) => self.loads.push(load),
            Err(error) => self.no_thread(spec, &error),
        }
    }

    /// Samples a picture in the background, along a line in shares of its width and height, as a signal of a scan.
    pub fn sample_picture(&mut self, scan: &str, spec: FileSpec, (kind, line): (ProfileKind, [[f64; 2]; 2])) {
        let Some(open) = self.document.scan(scan) else { return };
        match Load::profile(spec.clone(), (scan, open), (kind, line), self.wake.clone()) {
            Ok(load) => self.loads.push(load),
            Err(error) => self.no_thread(spec, &error),
        }
    }

    /// Adds scans that are already in memory, such as the sample.
    pub fn add(&mut self, scans: impl IntoIterator<Item = OpenScan>) {
        for scan in scans {
            self.add_scan(scan);
        }
    }

    /// Starts over with a saved session; its files are found and opened in the background, but for scans that are
    /// `known`. Files that moved are looked for around `path`, where the session lies.
    pub fn open_session(&mut self, saved: SavedSession, known: Vec<OpenScan>, path: &Path) {
        self.saved = saved.session.clone();
        self.start_over(Document::from(saved));
        self.around = Surroundings::of(path);
        known.into_iter().for_each(|scan| self.document.hold(Arc::new(scan)));
    }

    /// Files of the session that were not found, or hold something else now.
    pub fn unlinked(&self) -> Vec<&Unlinked> {
        let mut files: Vec<&Unlinked> = self.unlinked.values().flatten().collect();
        files.sort_by_key(|file| &file.path);
        files.dedup();
        files
    }

    /// Puts another file in the place of one that was not found, and looks for the others around it.
    pub fn relink(&mut self, sha256: &str, path: &Path) {
        match Relinking::start(sha256, path, self.wake.clone()) {
            Ok(relinking) => self.relinkings.push(relinking),
            Err(error) => self.no_thread(FileSpec { path: path.to_owned(), image: None }, &error),
        }
    }

    /// Closes everything. What was changed of a preset goes with it; a recipe of the user's own stays.
    pub fn close_all(&mut self) {
        let used = &self.document.session().recipe;
        let recipe = Recipe::preset(&used.name).unwrap_or_else(|_| used.clone());
        self.start_over(Document::new(recipe));
        self.saved = self.document.session().clone();
    }

    fn start_over(&mut self, document: Document) {
        self.comparer.cancel();
        self.resampling.forget();
        self.loads.clear();
        self.relinkings.clear();
        self.unlinked.clear();
        self.around = Surroundings::default();
        self.restored = false;
        self.document = document;
        (self.submitted, self.derived, self.failure) = (None, None, None);
        self.valid_from = self.ticket + 1;
    }

    /// Carries out commands in order; a refused one becomes an event.
    pub fn apply(&mut self, commands: impl IntoIterator<Item = Command>) {
        for command in commands {
            let keep_reference = self.reference_as_found(&command);
            for command in keep_reference.iter().chain([&command]) {
                if let Err(error) = self.document.apply(command) {
                    self.events.push(Event::Refused(error));
                }
            }
        }
    }

    /// When the first sites are taken over to be changed by hand, the reference keeps the columns that were found in it:
    /// without sites of its own it would be given the positions of the scan's.
    fn reference_as_found(&self, command: &Command) -> Option<Command> {
        let Command::SetSites { scan, sites: Some(_) } = command else { return None };
        let inputs = &self.document.session().inputs;
        let reference = inputs.iter().find(|input| input.role == Role::Reference)?;
        if reference.name == *scan || inputs.iter().any(|input| input.sites.is_some()) {
            return None;
        }
        let report = &self.derived.as_ref()?.comparison.report;
        let site = |used: &SiteUsed| Site {
            name: used.name.clone(),
            columns: used.columns.iter().map(|column| column.from..column.to).collect(),
        };
        let used = report.sites.iter().filter(|used| used.role == Role::Reference && used.scan == reference.name);
        let sites: Vec<Site> = used.map(site).collect();
        (!sites.is_empty()).then(|| Command::SetSites { scan: reference.name.clone(), sites: Some(sites) })
    }

    /// Takes what the workers finished and asks for what has become due.
    pub fn poll(&mut self) {
        self.take_loaded();
        self.take_relinked();
        self.ask_for_missing();
        self.take_compared();
        self.follow();
        self.ask_for_comparison();
        self.resample();
    }

    fn ask_for_comparison(&mut self) {
        let revision = self.document.revision();
        if self.submitted_revision() == Some(revision) || !self.loads.is_empty() {
            return;
        }
        self.submitted = Some((revision, self.document.session().clone()));
        match self.document.compare_input() {
            Ok(input) => {
                self.ticket += 1;
                self.comparer.submit(self.ticket, Job { revision, session: self.document.session().clone(), input });
            }
            Err(incomplete) => {
                self.derived = None;
                self.failure = Some(Failure::Incomplete(incomplete));
            }
        }
    }

    fn submitted_revision(&self) -> Option<u64> {
        self.submitted.as_ref().map(|(revision, _)| *revision)
    }

    /// Draws while the result shown is that of the document as it stands; a change stops the draws, so that they never
    /// hold up a comparison.
    fn resample(&mut self) {
        let failed = self.resampling.take(self.derived.as_mut());
        self.events.extend(failed.map(|message| Event::NotDrawn { message }));
        let current = !self.is_updating() && self.loads.is_empty() && !self.document.in_gesture();
        let revision = self.document.revision();
        let shown = self.derived.as_mut().filter(|derived| current && derived.revision == revision);
        match (self.document.session().bootstrap, shown) {
            (Some(draws), Some(shown)) => self.resampling.want(draws, shown, || self.document.compare_input().ok()),
            (None, Some(shown)) => self.resampling.take_off(shown),
            (_, None) => self.resampling.stop(),
        }
    }

    /// A change of what no comparison depends on, such as how figures look, needs no new one: what there is belongs to the
    /// document as it stands.
    fn follow(&mut self) {
        let (revision, session) = (self.document.revision(), self.document.session());
        let same = |old: &Session| old != session && old.compares_as(session);
        if let Some(submitted) = self.submitted.as_mut().filter(|(_, old)| same(old)) {
            *submitted = (revision, session.clone());
        }
        if let Some(derived) = self.derived.as_mut().filter(|derived| same(&derived.session)) {
            derived.revision = revision;
            derived.session = session.clone();
        }
    }

    fn take_compared(&mut self) {
        let Some((ticket, outcome)) = self.comparer.take() else { return };
        if ticket < self.valid_from || self.document.compare_input().is_err() {
            return;
        }
        match outcome {
            Ok((revision, session, Ok(comparison))) => {
                self.derived = Some(Derived { revision, session, comparison: Arc::new(comparison) });
                self.failure = None;
            }
            Ok((_, session, Err(error))) => {
                // The last good result stays, unless it is of other scans.
                let keys = |session: &Session| session.inputs.iter().map(SessionInput::key).collect::<Vec<_>>();
                self.derived = self.derived.take().filter(|derived| keys(&derived.session) == keys(&session));
                self.failure = Some(Failure::Analysis(error));
            }
            Err(panic) => self.failure = Some(Failure::Panic(panic)),
        }
    }

    fn load(&mut self, spec: FileSpec, purpose: Purpose) {
        match Load::file(spec.clone(), purpose, self.open, self.wake.clone()) {
            Ok(load) => self.loads.push(load),
            Err(error) => self.no_thread(spec, &error),
        }
    }

    fn no_thread(&mut self, spec: FileSpec, error: &std::io::Error) {
        let error = Error::Window { message: format!("no thread for opening a file: {error}") };
        self.events.push(Event::NotOpened { spec, error });
    }

    /// Opens scans that the session speaks of: after a session was read, and after a step that brought one back.
    fn ask_for_missing(&mut self) {
        let asked = |key: &ScanKey| self.loads.iter().any(|load| load.purpose == Purpose::Fill(key.clone()));
        let lost = |key: &ScanKey| self.unlinked.contains_key(key) || asked(key);
        let missing: Vec<SessionInput> = self.document.missing().filter(|input| !lost(&input.key())).collect();
        for input in missing {
            match Load::input(&input, &self.around, self.open, self.wake.clone()) {
                Ok(load) => self.loads.push(load),
                Err(error) => {
                    self.unlinked.insert(input.key(), Vec::new());
                    self.no_thread(FileSpec { path: input.path, image: Some(input.image) }, &error);
                }
            }
        }
    }

    /// Adds opened files in the order they were asked for, so that the first is the reference however fast it loads.
    fn take_loaded(&mut self) {
        while let Some(load) = self.loads.first() {
            let Some(loaded) = load.take() else { return };
            let load = self.loads.remove(0);
            match (loaded, load.purpose) {
                (Loaded::Opened(scan, _), Purpose::Add) => self.add_scan(*scan),
                (Loaded::Opened(scan, _), Purpose::Ti3Reference) => self.set_ti3_reference(*scan),
                (Loaded::Opened(scan, moved), Purpose::Fill(_)) => {
                    moved.iter().for_each(|(sha256, path)| self.found(sha256, path));
                    self.document.hold(Arc::new(*scan));
                }
                (Loaded::Unlinked(files), Purpose::Fill(key)) => {
                    self.unlinked.insert(key, files);
                }
                (Loaded::Opened(scan, _), Purpose::LowLoss(name)) => {
                    let file = scan.opening.low_loss.clone();
                    self.document.hold(Arc::new(*scan));
                    self.apply([Command::SetLowLoss { scan: name, file }]);
                }
                (Loaded::Opened(scan, _), Purpose::Profile(name)) => {
                    let profiles = scan.opening.profiles.clone();
                    self.document.hold(Arc::new(*scan));
                    self.apply([Command::SetProfiles { scan: name, profiles }]);
                }
                (Loaded::Failed(error), Purpose::LowLoss(scan) | Purpose::Profile(scan)) => {
                    self.events.push(Event::NotPaired { scan, spec: load.spec, error });
                }
                (Loaded::Failed(error), purpose) => {
                    if let Purpose::Fill(key) = purpose {
                        self.unlinked.insert(key, Vec::new());
                    }
                    self.events.push(Event::NotOpened { spec: load.spec, error });
                }
                // Only scans of a session are looked for.
                (Loaded::Unlinked(_), _) => {}
            }
        }
    }

    fn set_ti3_reference(&mut self, scan: OpenScan) {
        let file = SideFile { path: scan.path.clone(), image: scan.image, sha256: scan.sha256.clone() };
        self.document.hold(Arc::new(scan));
        self.apply([Command::SetTi3Reference { file: Some(file) }]);
    }

    /// A file of the session lies at another place: nothing that the user edited.
    fn found(&mut self, sha256: &str, path: &Path) {
        self.document.relink(sha256, path, sha256);
        let mut saved = SavedSession::from(self.saved.clone());
        saved.relink(sha256, path, sha256);
        self.saved = saved.session;
    }

    fn take_relinked(&mut self) {
        for relinking in std::mem::take(&mut self.relinkings) {
            match relinking.take() {
                None => self.relinkings.push(relinking),
                Some(Ok(now)) => {
                    self.document.relink(&relinking.sha256, &relinking.path, &now);
                    self.around.add(&relinking.path);
                    self.unlinked.clear();
                }
                Some(Err(error)) => {
                    let spec = FileSpec { path: relinking.path, image: None };
                    self.events.push(Event::NotOpened { spec, error });
                }
            }
        }
    }

    fn add_scan(&mut self, scan: OpenScan) {
        let cautions = scan.cautions.clone();
        let command = self.document.add_command(&scan);
        self.document.hold(Arc::new(scan));
        let Command::AddScan { input } = &command else { return };
        let scan = input.name.clone();
        match self.document.apply(&command) {
            Ok(()) => self.events.push(Event::Opened { scan, cautions }),
            Err(error) => self.events.push(Event::Refused(error)),
        }
    }
}
