//! The window.

use std::path::PathBuf;

/// Opens the window with these files; none opens the sample.
///
/// # Errors
/// [`crate::Error::Window`] when there is no display.
pub fn run(_files: Vec<PathBuf>) -> Result<(), crate::Error> {
    Err(crate::Error::Window { message: "not there yet".into() })
}
