//! The first bytes: version, nominal length, byte order.

use crate::io::bytes::{Cursor, long};
use crate::io::{Fault, Feature, ReadError};
use crate::model::ByteOrder;

/// What the first bytes say.
#[derive(Debug, Clone, Copy)]
pub(super) struct Header {
    /// `DM3` or `DM4`.
    pub(super) format: &'static str,
    /// Whether counts and lengths have 8 bytes (DM4) or 4 (DM3), and entries state their size (DM4).
    pub(super) wide: bool,
    /// Byte order of values.
    pub(super) order: ByteOrder,
}

/// Bytes after the root directory plus header, as far as any known writer counts them.
const LENGTH_SLACK: u64 = 64;

/// Certain for versions 3 and 4; another version scores only when length and byte order are those of a DM file.
pub(super) fn score(bytes: &[u8]) -> u8 {
    match version(bytes) {
        Some(3 | 4) => 200,
        Some(_) if has_dm_shape(bytes) => 100,
        _ => 0,
    }
}

fn version(bytes: &[u8]) -> Option<u32> {
    bytes.first_chunk().map(|word| u32::from_be_bytes(*word))
}

/// Whether the length and byte-order words would fit a DM file of this size.
fn has_dm_shape(bytes: &[u8]) -> bool {
    let mut cursor = Cursor::new("DM", bytes);
    let words = |cursor: &mut Cursor| -> Result<(u32, u32, u32), ReadError> {
        cursor.u32_be("version")?;
        Ok((cursor.u32_be("length")?, cursor.u32_be("byte order")?, cursor.u32_be("next")?))
    };
    let Ok((first, second, third)) = words(&mut cursor) else { return false };
    let near = |length: u64| long(bytes.len()).checked_sub(length).is_some_and(|rest| rest <= LENGTH_SLACK);
    let wide = (u64::from(first) << 32) | u64::from(second);
    (near(u64::from(first)) && second <= 1) || (near(wide) && third <= 1)
}

/// Reads the header; the cursor stands on the root directory after it. The stated length is not to be relied on.
pub(super) fn read(bytes: &[u8]) -> Result<(Header, Cursor<'_>), ReadError> {
    let (format, wide) = match version(bytes) {
        Some(3) => ("DM3", false),
        Some(4) => ("DM4", true),
        found => {
            let feature = Feature::Version { found: found.unwrap_or_default() };
            return Err(ReadError::Unsupported { format: "DM", feature });
        }
    };
    let mut cursor = Cursor::new(format, bytes);
    cursor.take(if wide { 12 } else { 8 }, "the header")?;
    let at = cursor.clone();
    let order = match cursor.u32_be("the byte order")? {
        1 => ByteOrder::Little,
        0 => ByteOrder::Big,
        found => return Err(at.fault(Fault::ByteOrder { found })),
    };
    Ok((Header { format, wide, order }, cursor))
}
