//! A cursor over bytes that checks every step.

use super::{Fault, ReadError};

/// A length as the files count it.
pub(super) fn long(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// A place in a file, and how far reading may go. Never panics, never allocates, always knows its offset.
#[derive(Debug, Clone)]
pub(super) struct Cursor<'a> {
    format: &'static str,
    rest: &'a [u8],
    at: u64,
}

impl<'a> Cursor<'a> {
    /// A cursor at the first of these bytes.
    pub(super) fn new(format: &'static str, bytes: &'a [u8]) -> Self {
        Self { format, rest: bytes, at: 0 }
    }

    /// Offset in the file.
    pub(super) fn at(&self) -> u64 {
        self.at
    }

    /// Bytes left.
    pub(super) fn left(&self) -> u64 {
        long(self.rest.len())
    }

    /// An error at this place.
    pub(super) fn fault(&self, fault: Fault) -> ReadError {
        ReadError::Malformed { format: self.format, at: self.at, fault }
    }

    /// The next `count` bytes; `what` names them in the error.
    pub(super) fn take(&mut self, count: u64, what: &'static str) -> Result<&'a [u8], ReadError> {
        let split = usize::try_from(count).ok().and_then(|count| self.rest.split_at_checked(count));
        let Some((taken, rest)) = split else {
            return Err(self.fault(Fault::Truncated { what, wanted: count, left: self.left() }));
        };
        self.rest = rest;
        self.at = self.at.saturating_add(count);
        Ok(taken)
    }

    /// A cursor over the next `count` bytes, which this one steps over.
    pub(super) fn within(&mut self, count: u64, what: &'static str) -> Result<Self, ReadError> {
        let at = self.at;
        Ok(Self { format: self.format, rest: self.take(count, what)?, at })
    }

    fn array<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N], ReadError> {
        let Some((taken, rest)) = self.rest.split_first_chunk::<N>() else {
            return Err(self.fault(Fault::Truncated { what, wanted: long(N), left: self.left() }));
        };
        self.rest = rest;
        self.at = self.at.saturating_add(long(N));
        Ok(*taken)
    }

    pub(super) fn u8(&mut self, what: &'static str) -> Result<u8, ReadError> {
        self.array(what).map(u8::from_be_bytes)
    }

    pub(super) fn u16_be(&mut self, what: &'static str) -> Result<u16, ReadError> {
        self.array(what).map(u16::from_be_bytes)
    }

    pub(super) fn u32_be(&mut self, what: &'static str) -> Result<u32, ReadError> {
        self.array(what).map(u32::from_be_bytes)
    }

    pub(super) fn u64_be(&mut self, what: &'static str) -> Result<u64, ReadError> {
        self.array(what).map(u64::from_be_bytes)
    }

    pub(super) fn marker(&mut self, what: &'static str) -> Result<[u8; 4], ReadError> {
        self.array(what)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_past_the_end_names_what_was_read_and_where() {
        let mut cursor = Cursor::new("X", &[0, 0, 1, 2]);
        assert_eq!(cursor.u16_be("a").unwrap(), 0);
        let error = cursor.take(u64::MAX, "the rest").unwrap_err();
        let wanted = Fault::Truncated { what: "the rest", wanted: u64::MAX, left: 2 };
        assert!(matches!(error, ReadError::Malformed { at: 2, fault, .. } if fault == wanted));
        assert_eq!(cursor.u16_be("b").unwrap(), 0x0102);
    }

    #[test]
    fn an_inner_cursor_cannot_leave_its_part() {
        let mut cursor = Cursor::new("X", &[1, 2, 3, 4]);
        let mut inner = cursor.within(2, "part").unwrap();
        assert!(inner.u32_be("word").is_err());
        assert_eq!(cursor.at(), 2);
        assert_eq!(cursor.u8("next").unwrap(), 3);
    }
}
