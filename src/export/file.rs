//! Files that are either whole or not there.

use std::io::{self, BufWriter, Write};
use std::path::Path;

/// A file while it is filled, under another name.
pub type Filling = BufWriter<tempfile::NamedTempFile>;

/// Writes a file by way of a temporary file in the same folder, which takes the name only when everything is on the
/// disk. A file of that name is replaced; after a failure it is as it was and the temporary file is gone.
///
/// # Errors
/// What the file system reports.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    fill_atomically(path, |file| file.write_all(bytes))
}

/// [`write_atomically`] for what is too large to be held: `fill` writes it bit by bit.
///
/// # Errors
/// What the file system or `fill` reports.
pub fn fill_atomically(path: &Path, fill: impl FnOnce(&mut Filling) -> io::Result<()>) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut writer = BufWriter::new(builder().tempfile_in(folder)?);
    fill(&mut writer)?;
    let file = writer.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.as_file().sync_all()?;
    file.persist(path).map(drop).map_err(|error| error.error)?;
    sync_folder(folder)
}

/// Puts the name of a new file on the disk as well.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    match std::fs::File::open(folder)?.sync_all() {
        // Some file systems know no such thing; the file itself is safe.
        Err(error) if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => Ok(()),
        done => done,
    }
}

/// Elsewhere a folder cannot be opened as a file, and the file system keeps names safe by itself.
#[cfg(not(unix))]
fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}

/// Temporary files are private by default; results get the permissions that any new file gets.
fn builder() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".moray-").suffix(".part");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    builder
}
