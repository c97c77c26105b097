//! The settings of a file as a tree, whatever its format.

/// One setting or group of settings. Names may be empty (lists) and may occur twice.
#[derive(Debug, Clone, PartialEq)]
pub struct Tag {
    /// Name as the file writes it.
    pub name: String,
    /// What it holds.
    pub value: TagValue,
}

/// What a tag holds.
#[derive(Debug, Clone, PartialEq)]
pub enum TagValue {
    /// More tags, in the file's order.
    Group(Vec<Tag>),
    /// A whole number.
    Integer(i64),
    /// A whole number beyond the range of [`TagValue::Integer`].
    Unsigned(u64),
    /// A number.
    Real(f64),
    /// Yes or no.
    Bool(bool),
    /// Text.
    Text(String),
    /// A few values.
    List(Vec<TagValue>),
    /// Many values, not listed.
    Many {
        /// Type of one value.
        element: String,
        /// How many.
        count: u64,
    },
    /// A value whose layout is unknown.
    Unknown {
        /// Its type code.
        code: u64,
        /// Its size, bytes.
        bytes: u64,
    },
}

/// Longest array that is listed value by value.
pub(super) const LISTED: u64 = 16;
