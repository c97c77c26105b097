//! A token that a long calculation reports to and is cancelled by.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// The calculation was asked to stop; nothing was produced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("cancelled")]
pub struct Cancelled;

/// Shared between one job and whoever watches it. Clones refer to the same job; use a fresh one for every job.
#[derive(Debug, Clone, Default)]
pub struct Progress(Arc<State>);

#[derive(Debug, Default)]
struct State {
    cancelled: AtomicBool,
    done: AtomicU64,
    of: AtomicU64,
}

impl Progress {
    /// A token for one job, not cancelled, at zero.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reports that `done` of `of` steps are finished, and says whether to go on.
    ///
    /// # Errors
    /// [`Cancelled`] once [`Progress::cancel`] was called.
    pub fn at(&self, done: u64, of: u64) -> Result<(), Cancelled> {
        self.0.done.store(done, Ordering::Relaxed);
        self.0.of.store(of, Ordering::Relaxed);
        if self.0.cancelled.load(Ordering::Relaxed) { Err(Cancelled) } else { Ok(()) }
    }

    /// Asks the job to stop at its next report.
    pub fn cancel(&self) {
        self.0.cancelled.store(true, Ordering::Relaxed);
    }

    /// The finished share of the work, 0 to 1; zero before the first report.
    pub fn fraction(&self) -> f64 {
        let of = self.0.of.load(Ordering::Relaxed);
        if of == 0 {
            return 0.0;
        }
        (self.0.done.load(Ordering::Relaxed) as f64 / of as f64).min(1.0)
    }
}
