//! One worker thread with one slot: the newest request waits, the running one is left to finish.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::progress::Progress;

/// A job ended in a defect of the program; the worker lives on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the calculation stopped because of a defect in Moray: {message}")]
pub struct JobPanic {
    /// What the program said.
    pub message: String,
}

impl JobPanic {
    /// Runs a job; a panic in it becomes an error.
    ///
    /// # Errors
    /// [`JobPanic`] with what the program said.
    pub fn catch<T>(job: impl FnOnce() -> T) -> Result<T, Self> {
        catch_unwind(AssertUnwindSafe(job)).map_err(|panic| Self { message: message_of(panic.as_ref()) })
    }
}

/// What a job produced, and the revision it was asked for with.
pub type Finished<O> = (u64, Result<O, JobPanic>);

/// A worker that always works on the latest request and never restarts a running one.
///
/// A request replaces the one that waits. Cancelling the running job on every new request would mean that nothing ever
/// finishes while the user drags.
#[derive(Debug)]
pub struct Latest<I, O> {
    shared: Arc<Shared<I, O>>,
}

#[derive(Debug)]
struct Shared<I, O> {
    state: Mutex<State<I, O>>,
    changed: Condvar,
}

#[derive(Debug)]
struct State<I, O> {
    next: Option<(u64, I)>,
    running: Option<(u64, Progress)>,
    done: Option<Finished<O>>,
    quit: bool,
}

impl<I, O> Shared<I, O> {
    fn lock(&self) -> MutexGuard<'_, State<I, O>> {
        // No code that can panic runs while the lock is held, so the state is whole even if it is marked as poisoned.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<I: Send + 'static, O: Send + 'static> Latest<I, O> {
    /// Starts the worker. `wake` is called from its thread after every job.
    ///
    /// # Errors
    /// The operating system's when it will not start a thread.
    pub fn new(
        name: &str,
        job: impl Fn(I, &Progress) -> O + Send + 'static,
        wake: impl Fn() + Send + 'static,
    ) -> std::io::Result<Self> {
        let state = State { next: None, running: None, done: None, quit: false };
        let shared = Arc::new(Shared { state: Mutex::new(state), changed: Condvar::new() });
        let theirs = shared.clone();
        std::thread::Builder::new().name(name.to_owned()).spawn(move || work(&theirs, &job, &wake))?;
        Ok(Self { shared })
    }

    /// Asks for a job; one that waits is forgotten, one that runs is left to finish.
    pub fn submit(&self, revision: u64, input: I) {
        self.shared.lock().next = Some((revision, input));
        self.shared.changed.notify_all();
    }
}

impl<I, O> Latest<I, O> {
    /// The result of the last finished job, once.
    pub fn take(&self) -> Option<Finished<O>> {
        self.shared.lock().done.take()
    }

    /// Whether a job runs or waits.
    pub fn is_busy(&self) -> bool {
        let state = self.shared.lock();
        state.running.is_some() || state.next.is_some()
    }

    /// Finished share of the running job, 0 to 1; `None` when none runs.
    pub fn fraction(&self) -> Option<f64> {
        self.shared.lock().running.as_ref().map(|(_, progress)| progress.fraction())
    }

    /// Forgets the waiting job and asks the running one to stop. For the user, not for a newer request.
    pub fn cancel(&self) {
        let mut state = self.shared.lock();
        state.next = None;
        if let Some((_, progress)) = &state.running {
            progress.cancel();
        }
    }
}

impl<I, O> Drop for Latest<I, O> {
    /// Stops the worker without waiting for it.
    fn drop(&mut self) {
        self.cancel();
        self.shared.lock().quit = true;
        self.shared.changed.notify_all();
    }
}

fn work<I, O>(shared: &Shared<I, O>, job: &impl Fn(I, &Progress) -> O, wake: &impl Fn()) {
    while let Some((revision, input, progress)) = wait(shared) {
        let outcome = JobPanic::catch(|| job(input, &progress));
        let mut state = shared.lock();
        state.running = None;
        state.done = Some((revision, outcome));
        drop(state);
        wake();
    }
}

/// Waits for the next request and marks it as running; `None` when the worker is to end.
fn wait<I, O>(shared: &Shared<I, O>) -> Option<(u64, I, Progress)> {
    let mut state = shared.lock();
    loop {
        if state.quit {
            return None;
        }
        if let Some((revision, input)) = state.next.take() {
            let progress = Progress::new();
            state.running = Some((revision, progress.clone()));
            return Some((revision, input, progress));
        }
        state = shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
    }
}

fn message_of(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no message".to_owned())
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(20);

    #[test]
    fn only_the_latest_waiting_request_is_worked_on_and_the_running_one_finishes() {
        let (start, started) = mpsc::channel();
        let (release, released) = mpsc::channel::<()>();
        let (wake, woken) = mpsc::channel();
        let job = move |input: u32, progress: &Progress| {
            start.send(input).unwrap();
            released.recv().unwrap();
            progress.at(1, 1).map(|()| input).ok()
        };
        let worker = Latest::new("test", job, move || wake.send(()).unwrap()).unwrap();
        worker.submit(1, 10);
        assert_eq!(started.recv_timeout(PATIENCE).unwrap(), 10);
        for revision in 2..=5 {
            worker.submit(revision, u32::try_from(revision).unwrap() * 10);
        }
        release.send(()).unwrap();
        woken.recv_timeout(PATIENCE).unwrap();
        assert_eq!(worker.take(), Some((1, Ok(Some(10)))));
        assert_eq!(started.recv_timeout(PATIENCE).unwrap(), 50);
        release.send(()).unwrap();
        woken.recv_timeout(PATIENCE).unwrap();
        assert_eq!(worker.take(), Some((5, Ok(Some(50)))));
        assert!(!worker.is_busy());
    }

    #[test]
    fn a_panic_in_a_job_is_an_error_of_that_job_and_the_next_one_works() {
        let (wake, woken) = mpsc::channel();
        let job = |input: u32, _: &Progress| {
            assert!(input != 13, "unlucky");
            input
        };
        let worker = Latest::new("test", job, move || wake.send(()).unwrap()).unwrap();
        worker.submit(1, 13);
        woken.recv_timeout(PATIENCE).unwrap();
        assert_eq!(worker.take(), Some((1, Err(JobPanic { message: "unlucky".into() }))));
        worker.submit(2, 7);
        woken.recv_timeout(PATIENCE).unwrap();
        assert_eq!(worker.take(), Some((2, Ok(7))));
    }

    #[test]
    fn cancelling_stops_the_running_job_at_its_next_report() {
        let (wake, woken) = mpsc::channel();
        let (start, started) = mpsc::channel();
        let job = move |(): (), progress: &Progress| {
            start.send(()).unwrap();
            (0..).find(|&k| progress.at(k, u64::MAX).is_err()).is_some()
        };
        let worker = Latest::new("test", job, move || wake.send(()).unwrap()).unwrap();
        worker.submit(1, ());
        started.recv_timeout(PATIENCE).unwrap();
        worker.cancel();
        woken.recv_timeout(PATIENCE).unwrap();
        assert_eq!(worker.take(), Some((1, Ok(true))));
    }
}
