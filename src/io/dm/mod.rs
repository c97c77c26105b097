//! Gatan DigitalMicrograph files, version 3 (DM3) and 4 (DM4).
//!
//! Header, then one tree of tags. The structure is big-endian in every file; values, pixels included, follow the
//! byte order of the header. Nothing of a file but this tree is touched on opening.

mod calibration;
mod header;
mod image;
mod metadata;
mod tag;
mod value;
pub mod write;

use super::tags::{LISTED, Tag, TagValue};
use super::{Format, ReadError, Source, bytes::long};
use crate::model::FileContents;
use header::Header;
use tag::{Group, Node};
use value::{Element, Scalar, Value};

/// DM3 and DM4.
pub(super) const FORMAT: Format = Format { id: "dm", score: header::score, read, tags };

fn read(source: &Source) -> Result<FileContents, ReadError> {
    let bytes = source.bytes.bytes();
    let (header, root) = parse(source, bytes)?;
    let mut cautions = Vec::new();
    let images = image::read_all(source, &header, &root, &mut cautions)?;
    Ok(FileContents {
        path: source.path.to_owned(),
        format: header.format,
        byte_order: Some(header.order),
        size_bytes: long(bytes.len()),
        images,
        cautions,
    })
}

fn parse<'a>(source: &Source, bytes: &'a [u8]) -> Result<(Header, Group<'a>), ReadError> {
    let (header, mut cursor) = header::read(bytes)?;
    let root = tag::read_root(&mut cursor, &header, &source.limits)?;
    Ok((header, root))
}

fn tags(source: &Source) -> Result<Vec<Tag>, ReadError> {
    let (_, root) = parse(source, source.bytes.bytes())?;
    Ok(listed(&root, false))
}

/// A group as plain tags. Samples (`ImageData/Data`) are the one array of 16-bit units that is no text.
fn listed(group: &Group, image_data: bool) -> Vec<Tag> {
    let mut out = Vec::new();
    for entry in &group.entries {
        let value = match &entry.node {
            Node::Group(inner) => TagValue::Group(listed(inner, entry.name == "ImageData")),
            Node::Value(value) => plain(value, image_data && entry.name == "Data"),
        };
        out.push(Tag { name: entry.name.to_string(), value });
    }
    out
}

fn plain(value: &Value, samples: bool) -> TagValue {
    match value {
        Value::Scalar(scalar) => plain_scalar(*scalar),
        Value::Struct(fields) => TagValue::List(fields.iter().map(|field| plain_scalar(*field)).collect()),
        Value::Array(array) if array.element == Element::U16 && !samples => TagValue::Text(array.text()),
        Value::Array(array) if array.count <= LISTED => TagValue::List(array.scalars().map(plain_scalar).collect()),
        Value::Array(array) => TagValue::Many { element: array.element.name().to_owned(), count: array.count },
        Value::Structs(structs) => {
            let fields: Vec<_> = structs.fields.iter().map(|field| field.name()).collect();
            TagValue::Many { element: format!("({})", fields.join(", ")), count: structs.count }
        }
        Value::Unknown { code, bytes } => TagValue::Unknown { code: *code, bytes: *bytes },
    }
}

fn plain_scalar(scalar: Scalar) -> TagValue {
    match scalar {
        Scalar::Signed(n) => TagValue::Integer(n),
        Scalar::Unsigned(n) => i64::try_from(n).map_or(TagValue::Unsigned(n), TagValue::Integer),
        Scalar::Real(x) => TagValue::Real(x),
        Scalar::Bool(b) => TagValue::Bool(b),
    }
}
