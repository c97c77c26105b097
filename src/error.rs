//! The error of the doors: wraps each floor's error, and knows the hint and the exit code.

use std::path::PathBuf;

/// Anything that can stop a command. Its text is one line: what, where; [`Error::hint`] says what to do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The command was used wrongly.
    #[error("{message}")]
    Usage {
        /// What is wrong.
        message: String,
        /// What to do.
        hint: String,
    },
    /// A file could not be read.
    #[error("{}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: crate::io::ReadError,
    },
    /// A file was read but does not hold what is needed.
    #[error("{}: {message}", path.display())]
    Contents {
        /// The file.
        path: PathBuf,
        /// What is missing.
        message: String,
        /// What to do.
        hint: String,
    },
    /// The science could not be done.
    #[error("{0}")]
    Analysis(#[from] crate::analysis::AnalysisError),
    /// A file could not be written.
    #[error("could not write {}: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: std::io::Error,
    },
    /// A result could not be put into its form.
    #[error("{0}")]
    Export(crate::export::ExportError),
    /// Rows of a batch could not be compared.
    #[error("{failed} of {rows} rows failed")]
    Batch {
        /// How many.
        failed: usize,
        /// Of how many.
        rows: usize,
    },
    /// The window could not be opened.
    #[error("no window could be opened: {message}")]
    Window {
        /// What is wrong.
        message: String,
    },
}

impl Error {
    /// Exit code of the interface: 1 science, 2 usage, 3 reading, 4 writing.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Analysis(_) | Self::Batch { .. } | Self::Window { .. } => 1,
            Self::Usage { .. } => 2,
            Self::Read { .. } | Self::Contents { .. } => 3,
            Self::Write { .. } | Self::Export(_) => 4,
        }
    }

    /// What the user can do about it; empty when there is nothing to add.
    pub fn hint(&self) -> String {
        match self {
            Self::Usage { hint, .. } | Self::Contents { hint, .. } => hint.clone(),
            Self::Read { source, .. } => source.hint().to_owned(),
            Self::Analysis(error) => error.hint().to_owned(),
            Self::Export(_) => "this is a fault of Moray: please report it with the files".to_owned(),
            Self::Write { .. } => "check that the folder exists, is writable and has space".to_owned(),
            Self::Batch { .. } => "each is named above; run the batch again to try them once more".to_owned(),
            Self::Window { .. } => "without a display use `moray compare`".to_owned(),
        }
    }
}

impl From<crate::export::ExportError> for Error {
    fn from(error: crate::export::ExportError) -> Self {
        match error {
            crate::export::ExportError::Write { path, source } => Self::Write { path, source },
            other => Self::Export(other),
        }
    }
}
