//! The bootstrap beside the live comparison: asked for by the session, made while nothing else is to be done.

use std::sync::Arc;

use super::headless::BOOTSTRAP_SEED;
use super::{Derived, Latest, Wake};
use crate::analysis::bootstrap::Bootstrap;
use crate::analysis::{AnalysisError, CompareInput, Comparison};
use crate::progress::Progress;

/// How drops are bootstrapped: a comparison, what it was made from, the draws, and what it reports to.
pub type BootstrapFn = fn(&mut Comparison, &CompareInput, Bootstrap, &Progress) -> Result<(), AnalysisError>;

struct Job {
    comparison: Comparison,
    input: CompareInput,
    draws: u32,
    bootstrap: BootstrapFn,
}

/// What was asked for: the comparison as it was without draws, and how many.
struct Asked {
    plain: Arc<Comparison>,
    draws: u32,
    finished: bool,
}

/// The draws that run, and those that were made last.
pub(super) struct Resampling {
    worker: Latest<Job, Result<Comparison, AnalysisError>>,
    bootstrap: BootstrapFn,
    ticket: u64,
    asked: Option<Asked>,
    last: Option<Arc<Comparison>>,
}

impl Resampling {
    /// Nothing drawn yet.
    ///
    /// # Errors
    /// The operating system's when it will not start a thread.
    pub(super) fn new(bootstrap: BootstrapFn, wake: Wake) -> std::io::Result<Self> {
        let job = |mut job: Job, progress: &Progress| {
            let options = Bootstrap { replicas: job.draws as usize, seed: BOOTSTRAP_SEED };
            (job.bootstrap)(&mut job.comparison, &job.input, options, progress).map(|()| job.comparison)
        };
        let worker = Latest::new("bootstrap", job, move || wake())?;
        Ok(Self { worker, bootstrap, ticket: 0, asked: None, last: None })
    }

    /// Draws in another way.
    pub(super) fn set(&mut self, bootstrap: BootstrapFn) {
        self.bootstrap = bootstrap;
    }

    /// Finished and all draws while some are made.
    pub(super) fn progress(&self) -> Option<[u32; 2]> {
        let asked = self.asked.as_ref().filter(|asked| !asked.finished)?;
        let share = self.worker.fraction().unwrap_or_default();
        Some([(share * f64::from(asked.draws)) as u32, asked.draws])
    }

    /// The last comparison whose drops were bootstrapped, whatever it was made from.
    pub(super) fn last(&self) -> Option<&Arc<Comparison>> {
        self.last.as_ref()
    }

    /// Stops what runs; what was drawn stays.
    pub(super) fn stop(&mut self) {
        if self.asked.as_ref().is_some_and(|asked| !asked.finished) {
            self.worker.cancel();
            self.asked = None;
            self.ticket += 1;
        }
    }

    /// Stops what runs, and forgets what was drawn.
    pub(super) fn forget(&mut self) {
        self.stop();
        (self.asked, self.last) = (None, None);
    }

    /// Puts the comparison without draws back when nobody wants them any more.
    pub(super) fn take_off(&mut self, derived: &mut Derived) {
        if let Some(asked) = self.asked_of(derived) {
            derived.comparison = asked.plain.clone();
        }
        self.forget();
    }

    /// Sees to it that so many draws are made, once, of the comparison that is shown.
    pub(super) fn want(&mut self, draws: u32, derived: &mut Derived, input: impl FnOnce() -> Option<CompareInput>) {
        if let Some(asked) = self.asked_of(derived) {
            if asked.draws == draws {
                return;
            }
            derived.comparison = asked.plain.clone();
        }
        self.stop();
        let Some(input) = input() else { return };
        let comparison = derived.comparison.as_ref().clone();
        self.asked = Some(Asked { plain: derived.comparison.clone(), draws, finished: false });
        self.worker.submit(self.ticket, Job { comparison, input, draws, bootstrap: self.bootstrap });
    }

    /// What was asked for of the comparison that is shown, with draws or still without.
    fn asked_of(&self, derived: &Derived) -> Option<&Asked> {
        let shown = |comparison: &Arc<Comparison>| Arc::ptr_eq(comparison, &derived.comparison);
        self.asked.as_ref().filter(|asked| shown(&asked.plain) || self.last.as_ref().is_some_and(shown))
    }

    /// Takes what was drawn into the result that is shown; gives why there is none.
    pub(super) fn take(&mut self, derived: Option<&mut Derived>) -> Option<String> {
        let (ticket, outcome) = self.worker.take()?;
        let asked = self.asked.as_mut().filter(|_| ticket == self.ticket)?;
        asked.finished = true;
        match outcome {
            Ok(Ok(comparison)) => {
                let shown = derived.filter(|derived| Arc::ptr_eq(&derived.comparison, &asked.plain))?;
                shown.comparison = Arc::new(comparison);
                self.last = Some(shown.comparison.clone());
                None
            }
            Ok(Err(AnalysisError::Cancelled)) => None,
            Ok(Err(error)) => Some(error.to_string()),
            Err(panic) => Some(panic.to_string()),
        }
    }
}
