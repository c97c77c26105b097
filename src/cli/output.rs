//! Where results go: standard output, and files that appear whole or not at all.

use std::io::{Error as IoError, ErrorKind, Write};
use std::path::Path;

use crate::Error;
use crate::export::{Filling, Origin, fill_atomically};

/// What belongs to the extension of a file's name: formats are chosen by it.
pub(super) fn by_extension<T: Copy>(path: &Path, known: &[(&str, T)]) -> Result<T, Error> {
    let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
    let found = known.iter().find(|(known, _)| known.eq_ignore_ascii_case(extension));
    found.map(|(_, what)| *what).ok_or_else(|| Error::Usage {
        message: format!("cannot write \"{}\"", path.display()),
        hint: format!(
            "the output must end in .{}",
            known.iter().map(|(known, _)| *known).collect::<Vec<_>>().join(" or .")
        ),
    })
}

/// Prints a text. A reader that has had enough, such as `head`, is no error.
pub(super) fn print(text: &str) -> Result<(), Error> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(source) if source.kind() != ErrorKind::BrokenPipe => {
            Err(Error::Write { path: "standard output".into(), source })
        }
        _ => Ok(()),
    }
}

/// Prints a value as JSON, indented, with a final line end.
pub(super) fn print_json(value: &impl serde::Serialize) -> Result<(), Error> {
    let text = serde_json::to_string_pretty(value)
        .map_err(|error| Error::Write { path: "standard output".into(), source: IoError::other(error) })?;
    print(&(text + "\n"))
}

/// Writes a file that is there whole or not at all.
pub(super) fn write_file(path: &Path, fill: impl FnOnce(&mut Filling) -> std::io::Result<()>) -> Result<(), Error> {
    fill_atomically(path, fill).map_err(|source| Error::Write { path: path.to_owned(), source })
}

/// Writes where a file comes from that has no room for it, such as `OUT.npy`: to `OUT.npy.json`.
pub(super) fn write_origin_beside(path: &Path, origin: &Origin) -> Result<(), Error> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".json");
    write_file(Path::new(&beside), |file| file.write_all(origin.json_file().as_bytes()))
}
