//! Session, commands, undo and revisions: pure data.
