//! A file as bytes without reading it: memory-mapped.

use std::fs::File;
use std::io::{Error, ErrorKind};
use std::path::Path;
use std::sync::Arc;

use crate::model::Bytes;

/// A memory-mapped file.
#[derive(Debug)]
struct Mapped(memmap2::Mmap);

impl Bytes for Mapped {
    fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Maps a regular file, whatever its size; an empty one becomes no bytes.
pub(super) fn map(path: &Path) -> Result<Arc<dyn Bytes>, Error> {
    let file = File::open(path)?;
    let about = file.metadata()?;
    if !about.is_file() {
        return Err(Error::new(ErrorKind::InvalidInput, "not a file"));
    }
    if about.len() == 0 {
        return Ok(Arc::new(Vec::new()));
    }
    // SAFETY: the map is private, read-only and handed out as `&[u8]` only. What remains is another program that
    // shortens the file while it is open, which no reader of a map can rule out: microscope files are written once.
    #[allow(unsafe_code)]
    let map = unsafe { memmap2::Mmap::map(&file)? };
    Ok(Arc::new(Mapped(map)))
}
