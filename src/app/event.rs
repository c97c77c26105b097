//! What a workbench tells whoever shows it.

use super::FileSpec;
use crate::Error;
use crate::document::CommandError;

/// Something the user must be told once.
#[derive(Debug)]
pub enum Event {
    /// A scan was added under this name.
    Opened {
        /// Name in the session.
        scan: String,
        /// Cautions about its file.
        cautions: Vec<String>,
    },
    /// A file could not be opened.
    NotOpened {
        /// What was asked for.
        spec: FileSpec,
        /// Why not.
        error: Error,
    },
    /// A command was refused.
    Refused(CommandError),
    /// A low loss or a signal along a scan could not be taken from a file.
    NotPaired {
        /// The scan that was to get it.
        scan: String,
        /// What was asked for.
        spec: FileSpec,
        /// Why not.
        error: Error,
    },
    /// The drops could not be bootstrapped.
    NotDrawn {
        /// Why not.
        message: String,
    },
}
