//! Data tags: numbers, structures, arrays. Arrays stay where they are.

use super::header::Header;
use crate::io::bytes::Cursor;
use crate::io::{Fault, Limits, ReadError};
use crate::model::ByteOrder;

/// Type code of a structure.
const STRUCT: u64 = 15;
/// Type code of an array.
const ARRAY: u64 = 20;

/// The type of one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Element {
    I8,
    I16,
    I32,
    I64,
    U8,
    U16,
    U32,
    U64,
    F32,
    F64,
    Bool,
}

impl Element {
    /// The type that a code stands for.
    fn of(code: u64) -> Option<Self> {
        Some(match code {
            2 => Self::I16,
            3 => Self::I32,
            4 => Self::U16,
            5 => Self::U32,
            6 => Self::F32,
            7 => Self::F64,
            8 => Self::Bool,
            9 => Self::I8,
            10 => Self::U8,
            11 => Self::I64,
            12 => Self::U64,
            _ => return None,
        })
    }

    /// Bytes of one number.
    pub(super) fn size(self) -> u64 {
        match self {
            Self::I8 | Self::U8 | Self::Bool => 1,
            Self::I16 | Self::U16 => 2,
            Self::I32 | Self::U32 | Self::F32 => 4,
            Self::I64 | Self::U64 | Self::F64 => 8,
        }
    }

    /// The name shown to users.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::I8 => "int8",
            Self::I16 => "int16",
            Self::I32 => "int32",
            Self::I64 => "int64",
            Self::U8 => "uint8",
            Self::U16 => "uint16",
            Self::U32 => "uint32",
            Self::U64 => "uint64",
            Self::F32 => "float32",
            Self::F64 => "float64",
            Self::Bool => "bool",
        }
    }

    fn scalar(self, cursor: &mut Cursor, order: ByteOrder) -> Result<Scalar, ReadError> {
        const WHAT: &str = "a number";
        let little = order == ByteOrder::Little;
        Ok(match self {
            Self::I8 => Scalar::Signed(i64::from(i8::from_ne_bytes([cursor.u8(WHAT)?]))),
            Self::U8 => Scalar::Unsigned(u64::from(cursor.u8(WHAT)?)),
            Self::Bool => Scalar::Bool(cursor.u8(WHAT)? != 0),
            Self::I16 | Self::U16 => {
                let word = cursor.u16_be(WHAT)?;
                let word = if little { word.swap_bytes() } else { word };
                if self == Self::U16 {
                    Scalar::Unsigned(u64::from(word))
                } else {
                    Scalar::Signed(i64::from(word.cast_signed()))
                }
            }
            Self::I32 | Self::U32 | Self::F32 => {
                let word = cursor.u32_be(WHAT)?;
                let word = if little { word.swap_bytes() } else { word };
                match self {
                    Self::U32 => Scalar::Unsigned(u64::from(word)),
                    Self::I32 => Scalar::Signed(i64::from(word.cast_signed())),
                    _ => Scalar::Real(f64::from(f32::from_bits(word))),
                }
            }
            Self::I64 | Self::U64 | Self::F64 => {
                let word = cursor.u64_be(WHAT)?;
                let word = if little { word.swap_bytes() } else { word };
                match self {
                    Self::U64 => Scalar::Unsigned(word),
                    Self::I64 => Scalar::Signed(word.cast_signed()),
                    _ => Scalar::Real(f64::from_bits(word)),
                }
            }
        })
    }
}

/// One number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Scalar {
    Signed(i64),
    Unsigned(u64),
    Real(f64),
    Bool(bool),
}

impl Scalar {
    /// As a number of any kind.
    pub(super) fn number(self) -> f64 {
        match self {
            Self::Signed(n) => n as f64,
            Self::Unsigned(n) => n as f64,
            Self::Real(x) => x,
            Self::Bool(b) => f64::from(u8::from(b)),
        }
    }

    /// As a whole number, if it is stored as one.
    pub(super) fn whole(self) -> Option<i64> {
        match self {
            Self::Signed(n) => Some(n),
            Self::Unsigned(n) => i64::try_from(n).ok(),
            Self::Bool(b) => Some(i64::from(b)),
            Self::Real(_) => None,
        }
    }
}

/// An array of numbers, left in the file.
#[derive(Debug, Clone)]
pub(super) struct Array<'a> {
    pub(super) element: Element,
    pub(super) count: u64,
    /// Offset in the file.
    pub(super) at: u64,
    raw: &'a [u8],
    order: ByteOrder,
}

impl Array<'_> {
    /// The array as UTF-16 text.
    pub(super) fn text(&self) -> String {
        let little = self.order == ByteOrder::Little;
        let unit = |pair: &[u8; 2]| if little { u16::from_le_bytes(*pair) } else { u16::from_be_bytes(*pair) };
        let (pairs, _) = self.raw.as_chunks::<2>();
        char::decode_utf16(pairs.iter().map(unit)).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
    }

    /// The numbers, one by one.
    pub(super) fn scalars(&self) -> impl Iterator<Item = Scalar> {
        let mut cursor = Cursor::new("DM", self.raw);
        (0..self.count).map_while(move |_| self.element.scalar(&mut cursor, self.order).ok())
    }
}

/// An array of structures, left in the file.
#[derive(Debug, Clone)]
pub(super) struct Structs {
    pub(super) fields: Vec<Element>,
    pub(super) count: u64,
    /// Offset in the file.
    pub(super) at: u64,
}

/// What a data tag holds.
#[derive(Debug, Clone)]
pub(super) enum Value<'a> {
    Scalar(Scalar),
    Struct(Vec<Scalar>),
    Array(Array<'a>),
    Structs(Structs),
    /// A layout nobody knows; DM4 says how long it is.
    Unknown {
        code: u64,
        bytes: u64,
    },
}

impl Value<'_> {
    /// A short name of what is stored, for messages.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Scalar(_) => "a single number",
            Self::Struct(_) => "one structure",
            Self::Array(array) => array.element.name(),
            Self::Structs(structs) => match structs.fields.as_slice() {
                [Element::F32, Element::F32] => "pairs of float32",
                [Element::F64, Element::F64] => "pairs of float64",
                _ => "structures",
            },
            Self::Unknown { .. } => "values of unknown layout",
        }
    }
}

/// Reads the body of a data tag. `Err` is damage; a layout that is not known is `Ok(Err(code))`.
pub(super) fn read<'a>(
    cursor: &mut Cursor<'a>,
    header: &Header,
    limits: &Limits,
) -> Result<Result<Value<'a>, u64>, ReadError> {
    let start = cursor.clone();
    if cursor.marker("the marker of a value")? != *b"%%%%" {
        return Err(start.fault(Fault::Marker));
    }
    let words = header.word(cursor, "a value's description")?;
    let width: u64 = if header.wide { 8 } else { 4 };
    let bytes = words.saturating_mul(width);
    let mut info = Info { cursor: cursor.within(bytes, "a value's description")?, header: *header };
    let Some(code) = info.next() else { return Ok(Err(0)) };
    let layout = match (code, words) {
        (ARRAY, _) => info.array(limits)?,
        (STRUCT, _) => info.fields(limits)?.map(Layout::Struct),
        (_, 1) => Element::of(code).map(Layout::Scalar),
        _ => None,
    };
    match layout {
        Some(layout) if info.cursor.left() == 0 => layout.read(cursor, header.order).map(Ok),
        _ => Ok(Err(code)),
    }
}

/// The words that describe a value.
struct Info<'a> {
    cursor: Cursor<'a>,
    header: Header,
}

impl Info<'_> {
    fn next(&mut self) -> Option<u64> {
        self.header.word(&mut self.cursor, "a value's description").ok()
    }

    /// What follows the code of an array; `None` when unknown.
    fn array(&mut self, limits: &Limits) -> Result<Option<Layout>, ReadError> {
        let Some(code) = self.next() else { return Ok(None) };
        if code == STRUCT {
            let Some(fields) = self.fields(limits)? else { return Ok(None) };
            return Ok(self.next().map(|count| Layout::Structs(fields, count)));
        }
        Ok(Element::of(code).zip(self.next()).map(|(element, count)| Layout::Array(element, count)))
    }

    /// What follows the code of a structure; `None` when a name has a length or a type is unknown.
    fn fields(&mut self, limits: &Limits) -> Result<Option<Vec<Element>>, ReadError> {
        let (Some(0), Some(count)) = (self.next(), self.next()) else { return Ok(None) };
        if count > limits.fields {
            let (format, limit) = (self.header.format, limits.fields);
            return Err(ReadError::TooLarge { format, what: "the number of fields", value: count, limit });
        }
        let mut fields = Vec::new();
        for _ in 0..count {
            let (Some(0), Some(code)) = (self.next(), self.next()) else { return Ok(None) };
            let Some(element) = Element::of(code) else { return Ok(None) };
            fields.push(element);
        }
        Ok(Some(fields))
    }
}

/// A description understood, its values not yet read.
enum Layout {
    Scalar(Element),
    Struct(Vec<Element>),
    Array(Element, u64),
    Structs(Vec<Element>, u64),
}

impl Layout {
    fn read<'a>(self, cursor: &mut Cursor<'a>, order: ByteOrder) -> Result<Value<'a>, ReadError> {
        let at = cursor.at();
        let size = u64::saturating_mul;
        Ok(match self {
            Self::Scalar(element) => Value::Scalar(element.scalar(cursor, order)?),
            Self::Struct(fields) => {
                Value::Struct(fields.into_iter().map(|f| f.scalar(cursor, order)).collect::<Result<_, _>>()?)
            }
            Self::Array(element, count) => {
                let raw = cursor.take(size(count, element.size()), "an array")?;
                Value::Array(Array { element, count, at, raw, order })
            }
            Self::Structs(fields, count) => {
                let each = fields.iter().map(|field| field.size()).sum();
                cursor.take(size(count, each), "an array of structures")?;
                Value::Structs(Structs { fields, count, at })
            }
        })
    }
}

impl Header {
    /// A count or length of the structure: 8 bytes in DM4, 4 in DM3.
    pub(super) fn word(&self, cursor: &mut Cursor, what: &'static str) -> Result<u64, ReadError> {
        if self.wide { cursor.u64_be(what) } else { cursor.u32_be(what).map(u64::from) }
    }
}

/// Bytes of the shortest entry: kind, name length, and in DM4 its size.
pub(super) fn shortest_entry(header: &Header) -> u64 {
    if header.wide { 11 } else { 3 }
}
