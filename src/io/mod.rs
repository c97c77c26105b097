//! Bytes in, model out: file formats behind one registry. Never decides science.
//!
//! A format is one file or folder and one line in [`FORMATS`]. Files are recognised by what they hold, never by their
//! name. Samples stay where they are: a file is mapped, and only its structure is read.
#![cfg_attr(
    not(test),
    deny(
        clippy::indexing_slicing,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_possible_wrap,
        clippy::arithmetic_side_effects
    )
)]

mod bytes;
mod csv;
pub mod dm;
mod error;
mod limits;
mod map;
mod msa;
mod tags;
mod text;
mod units;

use std::path::Path;
use std::sync::Arc;

pub use error::{Fault, Feature, ReadError, Start};
pub use limits::Limits;
pub use tags::{Tag, TagValue};

use crate::model::{Bytes, FileContents};

/// A file format: how to recognise it and how to read it.
#[derive(Debug)]
pub struct Format {
    /// Short name, kebab-case.
    pub id: &'static str,
    /// How sure the first bytes make us that a file is of this format: 0 not at all, 255 certain.
    score: fn(&[u8]) -> u8,
    read: fn(&Source) -> Result<FileContents, ReadError>,
    tags: fn(&Source) -> Result<Vec<Tag>, ReadError>,
}

/// Every format Moray reads.
pub const FORMATS: &[Format] = &[dm::FORMAT, msa::FORMAT, csv::FORMAT];

/// What a format reads from.
struct Source<'a> {
    path: &'a Path,
    bytes: Arc<dyn Bytes>,
    limits: Limits,
}

/// Opens a file of any known format. Only its structure is read; samples are read when they are used.
///
/// # Errors
/// [`ReadError`] saying whether the file cannot be opened, is of no known format, is damaged, or uses something that
/// Moray does not support.
pub fn open(path: &Path) -> Result<FileContents, ReadError> {
    open_within(path, Limits::default())
}

/// [`open`] with limits of your own.
///
/// # Errors
/// As [`open`].
pub fn open_within(path: &Path, limits: Limits) -> Result<FileContents, ReadError> {
    let bytes = map::map(path)?;
    read_bytes(path, bytes, limits)
}

/// Reads a file that is already in memory; `path` is only its name.
///
/// # Errors
/// As [`open`].
pub fn read_bytes(path: &Path, bytes: Arc<dyn Bytes>, limits: Limits) -> Result<FileContents, ReadError> {
    let format = probe(bytes.bytes())?;
    (format.read)(&Source { path, bytes, limits })
}

/// The raw settings of a file, as a tree in the file's order.
///
/// # Errors
/// As [`open`].
pub fn tags(path: &Path) -> Result<Vec<Tag>, ReadError> {
    let bytes = map::map(path)?;
    let format = probe(bytes.bytes())?;
    (format.tags)(&Source { path, bytes, limits: Limits::default() })
}

/// The format that is surest of these bytes.
fn probe(bytes: &[u8]) -> Result<&'static Format, ReadError> {
    FORMATS
        .iter()
        .map(|format| ((format.score)(bytes), format))
        .filter(|(score, _)| *score > 0)
        .max_by_key(|(score, _)| *score)
        .map(|(_, format)| format)
        .ok_or_else(|| ReadError::NotRecognised { size: bytes::long(bytes.len()), start: Start::of(bytes) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<FileContents, ReadError> {
        read_bytes(Path::new("memory"), Arc::new(bytes.to_vec()), Limits::default())
    }

    #[test]
    fn formats_have_different_kebab_case_names() {
        let ids: std::collections::BTreeSet<_> = FORMATS.iter().map(|format| format.id).collect();
        assert_eq!(ids.len(), FORMATS.len());
        assert!(ids.iter().all(|id| id.chars().all(|c| c.is_ascii_lowercase() || c == '-')));
    }

    #[test]
    fn an_empty_file_and_noise_are_not_recognised() {
        for bytes in [&[][..], &[0x7f; 400], b"PK\x03\x04 and so on", b"\xff\xfe\x00\x00"] {
            assert!(matches!(read(bytes), Err(ReadError::NotRecognised { .. })), "{bytes:?}");
        }
    }

    #[test]
    fn a_file_of_another_dm_version_is_refused_with_its_number() {
        let mut bytes = vec![0, 0, 0, 5];
        bytes.extend(84_u32.to_be_bytes());
        bytes.extend(1_u32.to_be_bytes());
        bytes.resize(100, 0);
        let error = read(&bytes).unwrap_err();
        assert!(matches!(error, ReadError::Unsupported { feature: Feature::Version { found: 5 }, .. }), "{error}");
    }
}
