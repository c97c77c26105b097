//! Undo and redo by whole sessions: a session is a few kilobytes, samples are not in it. Each step knows its commands.

use super::apply::{Scans, apply};
use super::{Command, CommandError, SavedHistory, SavedSession, Session};

/// Steps kept; older ones are forgotten.
const MAX_STEPS: usize = 200;

/// One step: what was done, and the session on its other side.
#[derive(Debug, Clone)]
struct Step {
    commands: Vec<Command>,
    other: Session,
}

/// Steps that can be taken back, and steps taken back.
#[derive(Debug, Clone, Default)]
pub(super) struct History {
    undo: Vec<Step>,
    redo: Vec<Step>,
    gesture: Option<Step>,
}

impl History {
    pub(super) fn can_undo(&self, now: &Session) -> bool {
        !self.undo.is_empty() || self.gesture.as_ref().is_some_and(|step| step.other != *now)
    }

    pub(super) fn in_gesture(&self) -> bool {
        self.gesture.is_some()
    }

    pub(super) fn can_redo(&self) -> bool {
        !self.redo.is_empty()
    }

    /// Remembers the session before a change and what changed it; inside a gesture only its start counts.
    pub(super) fn record(&mut self, before: Session, command: &Command) {
        self.redo.clear();
        match &mut self.gesture {
            Some(step) => add(&mut step.commands, command),
            None => self.push(Step { commands: vec![command.clone()], other: before }),
        }
    }

    pub(super) fn begin(&mut self, now: &Session) -> Result<(), CommandError> {
        if self.gesture.is_some() {
            return Err(CommandError::GestureOpen);
        }
        self.gesture = Some(Step { commands: Vec::new(), other: now.clone() });
        Ok(())
    }

    pub(super) fn end(&mut self, now: &Session) -> Result<(), CommandError> {
        let step = self.gesture.take().ok_or(CommandError::NoGesture)?;
        if step.other != *now {
            self.push(step);
        }
        Ok(())
    }

    /// The session before the last step. An open gesture is a step of its own.
    pub(super) fn undo(&mut self, now: &Session) -> Option<Session> {
        let step = match self.gesture.take() {
            Some(step) if step.other != *now => step,
            _ => self.undo.pop()?,
        };
        self.redo.push(Step { commands: step.commands, other: now.clone() });
        Some(step.other)
    }

    /// The session before the last undo. An open gesture without a change is forgotten.
    pub(super) fn redo(&mut self, now: &Session) -> Option<Session> {
        let step = self.redo.pop()?;
        self.gesture = None;
        self.undo.push(Step { commands: step.commands, other: now.clone() });
        Some(step.other)
    }

    fn push(&mut self, step: Step) {
        if self.undo.len() == MAX_STEPS {
            self.undo.remove(0);
        }
        self.undo.push(step);
    }

    /// The form that is saved: where the kept steps began, what each did, and how many of them stand.
    pub(super) fn saved(&self) -> SavedHistory {
        let steps = self.undo.iter().chain(&self.gesture).chain(self.redo.iter().rev());
        SavedHistory {
            start: self.undo.first().or(self.gesture.as_ref()).map(|step| Box::new(step.other.clone())),
            steps: steps.filter(|step| !step.commands.is_empty()).map(|step| step.commands.clone()).collect(),
            done: self.undo.len() + self.gesture.iter().filter(|step| !step.commands.is_empty()).count(),
        }
    }

    /// The history of a saved session, by doing its steps again. A history that does not lead to the session is
    /// worth nothing, and is left behind.
    pub(super) fn from_saved(saved: &SavedSession) -> Self {
        replay(saved).unwrap_or_default()
    }
}

fn replay(saved: &SavedSession) -> Option<History> {
    let SavedHistory { start, steps, done } = &saved.history;
    let mut now = start.as_deref().unwrap_or(&saved.session).clone();
    let mut history = History::default();
    if steps.len() > 2 * MAX_STEPS || *done > steps.len() || (*done == 0 && now != saved.session) {
        return None;
    }
    for (k, commands) in steps.iter().enumerate() {
        let before = now.clone();
        for command in commands {
            apply(command, &mut now, &Scans::Trusted).ok()?;
        }
        if k < *done {
            history.undo.push(Step { commands: commands.clone(), other: before });
        } else {
            history.redo.push(Step { commands: commands.clone(), other: now.clone() });
        }
        if k + 1 == *done && now != saved.session {
            return None;
        }
    }
    history.redo.reverse();
    Some(history)
}

/// Adds a command to a step; one that overrides or continues the last takes its place.
fn add(commands: &mut Vec<Command>, command: &Command) {
    if let Some(last) = commands.last_mut()
        && let Some(both) = last.followed_by(command)
    {
        *last = both;
    } else {
        commands.push(command.clone());
    }
}
