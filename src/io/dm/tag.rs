//! The tag tree: groups of entries, each a group or a value.

use std::borrow::Cow;

use super::header::Header;
use super::value::{self, Scalar, Value, shortest_entry};
use crate::io::bytes::Cursor;
use crate::io::{Fault, Feature, Limits, ReadError};

/// Kind byte of a group.
const GROUP: u8 = 20;
/// Kind byte of data.
const DATA: u8 = 21;

/// An ordered list of entries; names may be empty and may repeat.
#[derive(Debug, Default)]
pub(super) struct Group<'a> {
    pub(super) entries: Vec<Entry<'a>>,
}

/// A named node.
#[derive(Debug)]
pub(super) struct Entry<'a> {
    pub(super) name: Cow<'a, str>,
    pub(super) node: Node<'a>,
}

/// A group or a value.
#[derive(Debug)]
pub(super) enum Node<'a> {
    Group(Group<'a>),
    Value(Value<'a>),
}

impl<'a> Group<'a> {
    fn node(&self, name: &str) -> Option<&Node<'a>> {
        self.entries.iter().find(|entry| entry.name == name).map(|entry| &entry.node)
    }

    /// The group of this name.
    pub(super) fn group(&self, name: &str) -> Option<&Group<'a>> {
        match self.node(name)? {
            Node::Group(group) => Some(group),
            Node::Value(_) => None,
        }
    }

    /// The groups among the entries, in order, `None` for entries that are none.
    pub(super) fn groups(&self) -> impl Iterator<Item = Option<&Group<'a>>> {
        self.entries.iter().map(|entry| match &entry.node {
            Node::Group(group) => Some(group),
            Node::Value(_) => None,
        })
    }

    /// The group at a path.
    pub(super) fn descend(&self, path: &[&str]) -> Option<&Group<'a>> {
        path.iter().try_fold(self, |group, name| group.group(name))
    }

    /// The value at a path.
    pub(super) fn value(&self, path: &[&str]) -> Option<&Value<'a>> {
        let (name, parents) = path.split_last()?;
        match self.descend(parents)?.node(name)? {
            Node::Value(value) => Some(value),
            Node::Group(_) => None,
        }
    }

    fn scalar(&self, path: &[&str]) -> Option<Scalar> {
        match self.value(path)? {
            Value::Scalar(scalar) => Some(*scalar),
            _ => None,
        }
    }

    /// The number at a path.
    pub(super) fn number(&self, path: &[&str]) -> Option<f64> {
        self.scalar(path).map(Scalar::number)
    }

    /// The whole number at a path.
    pub(super) fn whole(&self, path: &[&str]) -> Option<i64> {
        self.scalar(path)?.whole()
    }

    /// The text at a path, without blanks around it; `None` when there is none or it is empty.
    pub(super) fn text(&self, path: &[&str]) -> Option<String> {
        match self.value(path)? {
            Value::Array(array) => Some(array.text().trim().to_owned()).filter(|text| !text.is_empty()),
            _ => None,
        }
    }
}

/// Reads the root group, which has no entry of its own.
pub(super) fn read_root<'a>(cursor: &mut Cursor<'a>, header: &Header, limits: &Limits) -> Result<Group<'a>, ReadError> {
    Reader { header, limits, tags: 0 }.group(cursor, 0)
}

struct Reader<'h> {
    header: &'h Header,
    limits: &'h Limits,
    tags: u64,
}

impl Reader<'_> {
    fn group<'a>(&mut self, cursor: &mut Cursor<'a>, depth: u32) -> Result<Group<'a>, ReadError> {
        self.within("the depth of groups", u64::from(depth), u64::from(self.limits.depth))?;
        cursor.take(2, "a group")?;
        let count = self.header.word(cursor, "the number of entries of a group")?;
        let wanted = count.saturating_mul(shortest_entry(self.header));
        if wanted > cursor.left() {
            let left = cursor.left();
            return Err(cursor.fault(Fault::Truncated { what: "the entries of a group", wanted, left }));
        }
        self.tags = self.tags.saturating_add(count);
        self.within("the number of tags", self.tags, self.limits.tags)?;
        let mut entries = Vec::new();
        for _ in 0..count {
            entries.push(self.entry(cursor, depth)?);
        }
        Ok(Group { entries })
    }

    fn within(&self, what: &'static str, value: u64, limit: u64) -> Result<(), ReadError> {
        if value > limit {
            return Err(ReadError::TooLarge { format: self.header.format, what, value, limit });
        }
        Ok(())
    }

    fn entry<'a>(&mut self, cursor: &mut Cursor<'a>, depth: u32) -> Result<Entry<'a>, ReadError> {
        let start = cursor.clone();
        let kind = cursor.u8("the kind of a tag")?;
        if kind != GROUP && kind != DATA {
            return Err(start.fault(Fault::TagKind { found: kind }));
        }
        let length = cursor.u16_be("the length of a name")?;
        let name = name(cursor.take(u64::from(length), "a name")?);
        let node = if self.header.wide {
            let stated = cursor.u64_be("the size of a tag")?;
            let mut body = cursor.within(stated, "a tag")?;
            let node = self.node(kind, &mut body, depth)?;
            if body.left() > 0 {
                let used = stated.saturating_sub(body.left());
                return Err(body.fault(Fault::TagSize { stated, used }));
            }
            node
        } else {
            self.node(kind, cursor, depth)?
        };
        Ok(Entry { name, node })
    }

    fn node<'a>(&mut self, kind: u8, body: &mut Cursor<'a>, depth: u32) -> Result<Node<'a>, ReadError> {
        if kind == GROUP {
            return self.group(body, depth.saturating_add(1)).map(Node::Group);
        }
        let (at, bytes) = (body.at(), body.left());
        match value::read(body, self.header, self.limits)? {
            Ok(value) => Ok(Node::Value(value)),
            // DM4 states the size of every tag, so an unknown one is stepped over; in DM3 the place of the next is lost.
            Err(code) if self.header.wide => {
                body.take(body.left(), "a value")?;
                Ok(Node::Value(Value::Unknown { code, bytes }))
            }
            Err(code) => {
                let feature = Feature::TagType { at, code };
                Err(ReadError::Unsupported { format: self.header.format, feature })
            }
        }
    }
}

/// Names are UTF-8 in some files, Latin-1 in others.
fn name(bytes: &[u8]) -> Cow<'_, str> {
    std::str::from_utf8(bytes).map_or_else(|_| bytes.iter().map(|&byte| char::from(byte)).collect(), Cow::Borrowed)
}
