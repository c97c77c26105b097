//! Undo and redo by whole sessions: a session is a few kilobytes, samples are not in it.

use super::{CommandError, Session};

/// Steps kept; older ones are forgotten.
const MAX_STEPS: usize = 200;

/// Sessions before each step, and sessions taken back.
#[derive(Debug, Clone, Default)]
pub(super) struct History {
    undo: Vec<Session>,
    redo: Vec<Session>,
    gesture: Option<Session>,
}

impl History {
    pub(super) fn can_undo(&self, now: &Session) -> bool {
        !self.undo.is_empty() || self.gesture.as_ref().is_some_and(|before| before != now)
    }

    pub(super) fn can_redo(&self) -> bool {
        !self.redo.is_empty()
    }

    /// Remembers the session before a change; inside a gesture only its start counts.
    pub(super) fn record(&mut self, before: Session) {
        self.redo.clear();
        if self.gesture.is_none() {
            self.push(before);
        }
    }

    pub(super) fn begin(&mut self, now: &Session) -> Result<(), CommandError> {
        if self.gesture.is_some() {
            return Err(CommandError::GestureOpen);
        }
        self.gesture = Some(now.clone());
        Ok(())
    }

    pub(super) fn end(&mut self, now: &Session) -> Result<(), CommandError> {
        let before = self.gesture.take().ok_or(CommandError::NoGesture)?;
        if before != *now {
            self.push(before);
        }
        Ok(())
    }

    /// The session before the last step. An open gesture is a step of its own.
    pub(super) fn undo(&mut self, now: &Session) -> Option<Session> {
        let before = match self.gesture.take() {
            Some(start) if start != *now => start,
            _ => self.undo.pop()?,
        };
        self.redo.push(now.clone());
        Some(before)
    }

    /// The session before the last undo. An open gesture without a change is forgotten.
    pub(super) fn redo(&mut self, now: &Session) -> Option<Session> {
        let after = self.redo.pop()?;
        self.gesture = None;
        self.undo.push(now.clone());
        Some(after)
    }

    fn push(&mut self, before: Session) {
        if self.undo.len() == MAX_STEPS {
            self.undo.remove(0);
        }
        self.undo.push(before);
    }
}
