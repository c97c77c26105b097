//! The session inside a figure: a compressed text chunk of PNG, a line of the metadata of SVG, an attachment of PDF.

use std::io::Read;

use flate2::read::ZlibDecoder;
use resvg::usvg::roxmltree;

/// Name under which the session stands in a figure.
pub(super) const SESSION_KEYWORD: &str = "moray-session";

/// Largest session that is taken out of a figure, bytes. Compressed data can grow a thousandfold.
const MAX_SESSION: usize = 16 << 20;
/// Most elements and attributes of an SVG that is looked through.
const MAX_NODES: u32 = 4_000_000;
/// Most streams of a PDF that are looked into.
const MAX_STREAMS: usize = 100_000;
/// How every session in one line begins.
const BEGINNING: &[u8] = b"{\"schema\":";

/// Why a figure gives no session.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EmbeddedError {
    /// Nothing of that kind is in it.
    #[error("this figure holds no session: Moray did not write it, or another program took the session out")]
    None,
    /// The figure is damaged before or in the session.
    #[error("the session in this figure cannot be read: {0}")]
    Damaged(String),
}

/// The text of the session in a figure; `None` when these are not the bytes of a figure.
pub fn session_in(bytes: &[u8]) -> Option<Result<String, EmbeddedError>> {
    let start = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    if bytes.starts_with(b"\x89PNG") {
        Some(in_png(bytes))
    } else if start.starts_with(b"%PDF-") {
        Some(in_pdf(bytes))
    } else if start.starts_with(b"<") {
        Some(in_svg(start))
    } else {
        None
    }
}

fn damaged(error: impl std::fmt::Display) -> EmbeddedError {
    EmbeddedError::Damaged(error.to_string())
}

fn in_png(bytes: &[u8]) -> Result<String, EmbeddedError> {
    // What the file claims of its pixels costs nothing: they are not read.
    let reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().map_err(damaged)?;
    let mut chunks = reader.info().utf8_text.iter().filter(|chunk| chunk.keyword == SESSION_KEYWORD);
    let mut chunk = chunks.next().ok_or(EmbeddedError::None)?.clone();
    chunk.decompress_text_with_limit(MAX_SESSION).map_err(damaged)?;
    chunk.get_text().map_err(damaged)
}

fn in_svg(bytes: &[u8]) -> Result<String, EmbeddedError> {
    let text = std::str::from_utf8(bytes).map_err(damaged)?;
    let options = roxmltree::ParsingOptions { allow_dtd: true, nodes_limit: MAX_NODES, ..Default::default() };
    let document = roxmltree::Document::parse_with_options(text, options).map_err(damaged)?;
    let metadata = document.descendants().filter(|node| node.tag_name().name() == "metadata");
    let texts = metadata.flat_map(|node| node.descendants()).filter_map(|node| node.text());
    let mut lines = texts.flat_map(str::lines).filter_map(|line| line.trim().strip_prefix(SESSION_KEYWORD));
    lines.next().map(|rest| rest.trim_start_matches(':').trim().to_owned()).ok_or(EmbeddedError::None)
}

/// The first stream of a PDF that is a session. The objects around it are not looked at, so that it is found
/// whichever program wrote the file last.
fn in_pdf(bytes: &[u8]) -> Result<String, EmbeddedError> {
    const WORD: &[u8] = b"stream";
    let mut rest = bytes;
    for _ in 0..MAX_STREAMS {
        let Some(at) = find(rest, WORD) else { break };
        let after = rest.get(at + WORD.len()..).unwrap_or_default();
        let ends = rest.get(..at).is_some_and(|before| before.ends_with(b"end"));
        let data = after.strip_prefix(b"\r\n").or_else(|| after.strip_prefix(b"\n"));
        if let Some(data) = data.filter(|_| !ends) {
            if data.starts_with(BEGINNING) {
                let end = find(data, b"endstream").ok_or_else(|| damaged("it ends before the session does"))?;
                return text(data.get(..end).unwrap_or_default().trim_ascii_end());
            }
            if inflated(data, BEGINNING.len()).is_ok_and(|start| start == BEGINNING) {
                return text(&inflated(data, MAX_SESSION).map_err(damaged)?);
            }
        }
        rest = after;
    }
    Err(EmbeddedError::None)
}

fn find(bytes: &[u8], word: &[u8]) -> Option<usize> {
    bytes.windows(word.len()).position(|window| window == word)
}

/// The beginning of compressed data: as many bytes as are asked for, or all.
fn inflated(data: &[u8], most: usize) -> std::io::Result<Vec<u8>> {
    let mut out = Vec::new();
    ZlibDecoder::new(data).take(most as u64).read_to_end(&mut out)?;
    Ok(out)
}

fn text(bytes: &[u8]) -> Result<String, EmbeddedError> {
    String::from_utf8(bytes.to_vec()).map_err(damaged)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_figure_is_left_to_others() {
        assert_eq!(session_in(b"{\"schema\": 2}"), None);
        assert_eq!(session_in(b""), None);
    }

    #[test]
    fn a_figure_of_another_program_holds_no_session() {
        let svg = b"<?xml version=\"1.0\"?><svg xmlns=\"http://www.w3.org/2000/svg\"><metadata>x</metadata></svg>";
        assert_eq!(session_in(svg), Some(Err(EmbeddedError::None)));
        assert_eq!(session_in(b"%PDF-1.7\n1 0 obj <<>> stream\nxyz\nendstream"), Some(Err(EmbeddedError::None)));
    }

    #[test]
    fn a_session_that_would_fill_the_memory_is_cut_off() {
        let mut bomb = BEGINNING.to_vec();
        bomb.resize(MAX_SESSION + 1000, b' ');
        let mut packed = Vec::new();
        flate2::read::ZlibEncoder::new(bomb.as_slice(), flate2::Compression::best()).read_to_end(&mut packed).unwrap();
        assert!(packed.len() < MAX_SESSION / 100);
        let pdf = [b"%PDF-1.7\nstream\n".as_slice(), &packed, b"\nendstream"].concat();
        assert_eq!(session_in(&pdf).unwrap().unwrap().len(), MAX_SESSION);
    }
}
