//! Why a file could not be read, by whose fault it is.

use std::fmt;

/// Why a file could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The operating system says no: the file is missing, not readable, or no file.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// No format knows these bytes.
    #[error("not a file of a known format ({size} bytes, {start})")]
    NotRecognised {
        /// Size, bytes.
        size: u64,
        /// How it begins.
        start: Start,
    },
    /// The file is damaged or incomplete.
    #[error("not a valid {format} file: {fault}, at byte {at}")]
    Malformed {
        /// Format that it claims to be.
        format: &'static str,
        /// Where.
        at: u64,
        /// What is wrong.
        fault: Fault,
    },
    /// The file may be fine, but Moray cannot read this part of the format.
    #[error("{format}: {feature} is not supported")]
    Unsupported {
        /// Format.
        format: &'static str,
        /// What it uses.
        feature: Feature,
    },
    /// The file asks for more than a limit allows.
    #[error("{format}: {what} is {value}, above the limit of {limit}")]
    TooLarge {
        /// Format.
        format: &'static str,
        /// What is too large.
        what: &'static str,
        /// How large it is.
        value: u64,
        /// How large it may be.
        limit: u64,
    },
}

impl ReadError {
    /// What the user can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Io(error) => match error.kind() {
                std::io::ErrorKind::NotFound => "check the name and the folder",
                std::io::ErrorKind::PermissionDenied => "you are not allowed to read it",
                _ => "check that it is a readable file",
            },
            Self::NotRecognised { .. } => "Moray reads DM3, DM4, EMSA/MSA and two-column text; save it as one of these",
            Self::Malformed { .. } => "the file is incomplete or damaged; copy it again from where it was recorded",
            Self::Unsupported { .. } => "save it again from DigitalMicrograph as a plain DM4 file",
            Self::TooLarge { .. } => "the file is damaged, or far larger than any known one",
        }
    }
}

/// What is wrong with a damaged file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The bytes end too early.
    #[error("it ends too early: {what} needs {wanted} bytes, {left} are left")]
    Truncated {
        /// What was being read.
        what: &'static str,
        /// Bytes that it needs.
        wanted: u64,
        /// Bytes that there are.
        left: u64,
    },
    /// The byte-order word is neither 0 nor 1.
    #[error("byte order {found} is neither 0 nor 1")]
    ByteOrder {
        /// The word.
        found: u32,
    },
    /// A tag is neither a group nor data.
    #[error("a tag of kind {found}, where 20 (group) or 21 (data) is expected")]
    TagKind {
        /// The kind.
        found: u8,
    },
    /// The four marker bytes before a value are missing.
    #[error("a value that does not begin with %%%%")]
    Marker,
    /// A tag is shorter or longer than it says.
    #[error("a tag says it has {stated} bytes but uses {used}")]
    TagSize {
        /// Bytes stated.
        stated: u64,
        /// Bytes used.
        used: u64,
    },
    /// A tag that every file must have is missing or of the wrong kind.
    #[error("{what} is missing")]
    Missing {
        /// Its name.
        what: &'static str,
    },
    /// A dimension is zero or no whole number, or their product is beyond all bounds.
    #[error("image {image} has an impossible size")]
    Dimensions {
        /// Number of the image.
        image: usize,
    },
    /// The samples are not as many as the dimensions say.
    #[error("image {image} has {stated} samples by its dimensions but {found} in its data")]
    SampleCount {
        /// Number of the image.
        image: usize,
        /// Product of its dimensions.
        stated: u64,
        /// Samples found.
        found: u64,
    },
    /// The type of the stored numbers does not fit the type of the image.
    #[error("image {image} says its samples are {stated} but holds {found}")]
    SampleType {
        /// Number of the image.
        image: usize,
        /// Type stated.
        stated: &'static str,
        /// Type found.
        found: &'static str,
    },
    /// The stated bytes per pixel do not fit the type of the image.
    #[error("image {image} says {stated} bytes per pixel where {expected} are needed")]
    PixelDepth {
        /// Number of the image.
        image: usize,
        /// Bytes stated.
        stated: i64,
        /// Bytes needed.
        expected: u64,
    },
    /// Something that must be a number is not.
    #[error("line {line} holds something that is no number")]
    Number {
        /// Line, counted from 1.
        line: u64,
    },
    /// A text spectrum with fewer points than it says and no end mark.
    #[error("it ends after {found} of {stated} points")]
    Points {
        /// Points stated.
        stated: u64,
        /// Points found.
        found: u64,
    },
    /// Pairs of energy and counts, but an odd number of numbers.
    #[error("{found} numbers do not make pairs of energy and counts")]
    Pairs {
        /// Numbers found.
        found: u64,
    },
    /// Energies that are not evenly spaced.
    #[error("line {line}: energies are not evenly spaced")]
    Spacing {
        /// Line, counted from 1.
        line: u64,
    },
}

/// Something of a format that Moray cannot read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Feature {
    /// Another version of the format.
    #[error("version {found} (only 3 and 4 are known)")]
    Version {
        /// The version.
        found: u32,
    },
    /// A tag whose layout is unknown and that cannot be stepped over.
    #[error("the tag at byte {at} (type code {code})")]
    TagType {
        /// Where.
        at: u64,
        /// Its type code.
        code: u64,
    },
}

/// The first bytes of a file that nobody knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Start {
    bytes: [u8; 4],
    len: usize,
}

impl Start {
    pub(super) fn of(file: &[u8]) -> Self {
        let mut bytes = [0; 4];
        let len = bytes.iter_mut().zip(file).map(|(to, from)| *to = *from).count();
        Self { bytes, len }
    }
}

impl fmt::Display for Start {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.len == 0 {
            return f.write_str("empty");
        }
        f.write_str("beginning with")?;
        self.bytes.iter().take(self.len).try_for_each(|byte| write!(f, " {byte:02x}"))
    }
}
