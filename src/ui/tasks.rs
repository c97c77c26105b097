//! Dialogs and exports beside the window, each in its own thread, so that the window never waits.

use std::future::Future;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::task::{Context, Poll, Wake as TaskWake, Waker};
use std::time::{Duration, Instant};

use super::figure_tasks::FigureDone;
use super::inspection::{self, Inspection};
use super::text;
use super::unsaved::Then;
use crate::app::{JobPanic, SurveyPicture, Wake, sha256_of, survey_images};

/// How a task ended.
#[derive(Debug)]
pub(super) enum Done {
    /// Files to open.
    Files(Vec<PathBuf>),
    /// The file that takes the place of one with this SHA-256.
    Located(String, PathBuf),
    /// The file with the low loss of the scan of that name.
    LowLossFile(String, PathBuf),
    /// The file with the spectrum of a lower valence alone.
    Ti3File(PathBuf),
    /// Where the session is to be saved, and what waits for that.
    SessionFile(PathBuf, Option<Then>),
    /// Where to export to.
    Folder(PathBuf),
    /// Where to write spectra as EMSA/MSA files.
    MsaFolder(PathBuf),
    /// A task of the figure dialog ended.
    Figure(FigureDone),
    /// An export ended: the folder, or what went wrong.
    Exported(Result<PathBuf, String>),
    /// The pictures of a file; when they were to stand for a scan, what to say if there are none, and the file's SHA-256.
    Surveys { file: PathBuf, images: Vec<SurveyPicture>, instead_of: Option<(String, String)> },
    /// A file was looked into.
    Inspected {
        /// Why, when it was not asked for.
        wish: Option<Wish>,
        /// What it holds, or why it cannot be read.
        found: Result<Inspection, String>,
    },
    /// A dialog was closed without a choice, or a thread could not be started.
    Nothing,
}

/// Why a file is looked into that could not be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wish {
    /// Why one of its images has to be chosen.
    pub(super) message: String,
    /// What to say when there is no choice.
    pub(super) notice: String,
    /// The scan whose low loss it is to be; otherwise it is to be opened.
    pub(super) low_loss_of: Option<String>,
}

/// Tasks that run, and those that ended.
pub(super) struct Tasks {
    wake: Wake,
    sender: Sender<Done>,
    receiver: Receiver<Done>,
    running: usize,
}

impl Tasks {
    pub(super) fn new(wake: Wake) -> Self {
        let (sender, receiver) = channel();
        Self { wake, sender, receiver, running: 0 }
    }

    /// Whether a task runs.
    pub(super) fn busy(&self) -> bool {
        self.running > 0
    }

    /// The next task that ended.
    pub(super) fn take(&mut self) -> Option<Done> {
        let done = self.receiver.try_recv().ok()?;
        self.running = self.running.saturating_sub(1);
        Some(done)
    }

    /// Asks for files to open.
    pub(super) fn choose_files(&mut self) {
        let dialog = rfd::AsyncFileDialog::new()
            .set_title(text::OPEN_TITLE)
            .add_filter(text::FILTER_SCANS, &["dm3", "dm4", "msa", "emsa", "txt", "csv", "moray", "png", "svg", "pdf"])
            .add_filter(text::FILTER_ALL, &["*"])
            .pick_files();
        self.start("open dialog", move || {
            answered(dialog, |files| Done::Files(files.iter().map(|file| file.path().to_owned()).collect()))
        });
    }

    /// Asks for the file that takes the place of one with this SHA-256.
    pub(super) fn choose_file_for(&mut self, sha256: String) {
        let dialog = rfd::AsyncFileDialog::new().set_title(text::LOCATE_TITLE).pick_file();
        self.start("locate dialog", move || answered(dialog, |file| Done::Located(sha256, file.path().to_owned())));
    }

    /// Asks for the file with the low loss of a scan.
    pub(super) fn choose_low_loss(&mut self, scan: String) {
        let dialog = rfd::AsyncFileDialog::new()
            .set_title(text::LOW_LOSS_TITLE)
            .add_filter(text::FILTER_SPECTRA, &["dm3", "dm4", "msa"])
            .add_filter(text::FILTER_ALL, &["*"])
            .pick_file();
        self.start("low-loss dialog", move || answered(dialog, |file| Done::LowLossFile(scan, file.path().to_owned())));
    }

    /// Asks for the file with the spectrum of a lower valence alone.
    pub(super) fn choose_ti3_reference(&mut self) {
        let dialog = rfd::AsyncFileDialog::new()
            .set_title(text::TI3_TITLE)
            .add_filter(text::FILTER_SPECTRA, &["dm3", "dm4", "msa", "csv"])
            .add_filter(text::FILTER_ALL, &["*"])
            .pick_file();
        self.start("valence dialog", move || answered(dialog, |file| Done::Ti3File(file.path().to_owned())));
    }

    /// Asks where to save the session; when it is saved, what waits for it goes on.
    pub(super) fn choose_session_file(&mut self, then: Option<Then>) {
        let dialog = rfd::AsyncFileDialog::new()
            .set_title(text::SAVE_TITLE)
            .set_file_name("session.moray")
            .add_filter(text::FILTER_SESSIONS, &["moray"])
            .save_file();
        self.start("save dialog", move || answered(dialog, |file| Done::SessionFile(file.path().to_owned(), then)));
    }

    /// Asks for the folder to export to; `done` says for what.
    pub(super) fn choose_folder(&mut self, done: fn(PathBuf) -> Done) {
        let dialog = rfd::AsyncFileDialog::new().set_title(text::EXPORT_TITLE).pick_folder();
        self.start("export dialog", move || answered(dialog, |folder| done(folder.path().to_owned())));
    }

    /// Reads the pictures of a file; `instead_of` is what was wrong with it as a scan.
    pub(super) fn read_surveys(&mut self, file: PathBuf, instead_of: Option<String>) {
        self.start("survey", move || {
            // A file that cannot be read has said so as a scan.
            let images = survey_images(&file).unwrap_or_default();
            let instead_of = instead_of.map(|error| (error, sha256_of(&file).unwrap_or_default()));
            Done::Surveys { file, images, instead_of }
        });
    }

    /// Looks into a file.
    pub(super) fn inspect(&mut self, path: PathBuf, wish: Option<Wish>) {
        self.start("inspect", move || Done::Inspected { wish, found: inspection::inspect(&path) });
    }

    /// Runs an export.
    pub(super) fn export(&mut self, job: impl FnOnce() -> Result<PathBuf, String> + Send + 'static) {
        self.start("export", move || Done::Exported(job()));
    }

    pub(super) fn start(&mut self, name: &str, job: impl FnOnce() -> Done + Send + 'static) {
        let (sender, wake) = (self.sender.clone(), self.wake.clone());
        let body = move || {
            // The window may be gone by now; then nobody wants the answer.
            let done = JobPanic::catch(job).unwrap_or_else(|panic| Done::Exported(Err(panic.to_string())));
            let _ = sender.send(done);
            wake();
        };
        match std::thread::Builder::new().name(name.to_owned()).spawn(body) {
            Ok(_) => self.running += 1,
            Err(error) => {
                self.running += 1;
                let _ = self.sender.send(Done::Exported(Err(error.to_string())));
            }
        }
    }
}

/// A dialog that ends sooner was closed by no user: it never opened.
const AT_ONCE: Duration = Duration::from_millis(100);

/// Waits for the answer of a dialog; says so when the system has none to show.
pub(super) fn answered<T>(dialog: impl Future<Output = Option<T>>, done: impl FnOnce(T) -> Done) -> Done {
    let asked = Instant::now();
    match block_on(dialog) {
        Some(choice) => done(choice),
        None if asked.elapsed() < AT_ONCE => Done::Exported(Err(text::NO_DIALOG.to_owned())),
        None => Done::Nothing,
    }
}

struct Unpark(std::thread::Thread);

impl TaskWake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Waits for a dialog in a thread of its own.
fn block_on<F: Future>(future: F) -> F::Output {
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => std::thread::park(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dialog_that_never_opened_is_said_and_one_that_was_closed_is_not() {
        let never = answered(std::future::ready(None::<()>), |()| Done::Nothing);
        assert!(matches!(never, Done::Exported(Err(message)) if message == text::NO_DIALOG));
        let closed = async {
            std::thread::sleep(2 * AT_ONCE);
            None::<()>
        };
        assert!(matches!(answered(closed, |()| Done::Files(Vec::new())), Done::Nothing));
    }
}
