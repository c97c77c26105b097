//! Bytes in, model out: file formats behind one registry. Never decides science.

/// Why a file could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The operating system says no.
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

impl ReadError {
    /// What the user can do about it.
    pub fn hint(&self) -> &'static str {
        ""
    }
}
