//! A token that a long calculation reports to and is cancelled by.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

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
    stages: Mutex<Vec<(&'static str, Duration)>>,
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

    /// Does a stage of the work and notes how long it took; stages of one name add up.
    pub fn stage<T>(&self, name: &'static str, work: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let done = work();
        let took = start.elapsed();
        let mut stages = self.0.stages.lock().unwrap_or_else(PoisonError::into_inner);
        match stages.iter_mut().find(|stage| stage.0 == name) {
            Some((_, total)) => *total += took,
            None => stages.push((name, took)),
        }
        done
    }

    /// How long every stage took so far, in the order in which they first ended.
    pub fn stages(&self) -> Vec<(&'static str, Duration)> {
        self.0.stages.lock().unwrap_or_else(PoisonError::into_inner).clone()
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
