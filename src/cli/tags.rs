//! `moray tags`: the raw tag tree.

use std::fmt::Write;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::output::{print, print_json};
use crate::Error;
use crate::io::{self, Tag, TagValue};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The file.
    file: PathBuf,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Error> {
    let tags = io::tags(&arguments.file).map_err(|source| Error::Read { path: arguments.file.clone(), source })?;
    if arguments.json {
        return print_json(&json!({ "file": arguments.file.display().to_string(), "tags": tree(&tags) }));
    }
    let mut out = String::new();
    indented(&tags, 0, &mut out);
    print(&out)
}

/// Groups become lists of `{name, tags}`, values `{name, value}`: names may be empty or occur twice.
fn tree(tags: &[Tag]) -> Value {
    let entry = |tag: &Tag| match &tag.value {
        TagValue::Group(inner) => json!({ "name": tag.name, "tags": tree(inner) }),
        TagValue::Many { element, count } => json!({ "name": tag.name, "array": { "type": element, "count": count } }),
        TagValue::Unknown { code, bytes } => json!({ "name": tag.name, "unknown": { "code": code, "bytes": bytes } }),
        value => json!({ "name": tag.name, "value": plain(value) }),
    };
    Value::Array(tags.iter().map(entry).collect())
}

fn plain(value: &TagValue) -> Value {
    match value {
        TagValue::Integer(n) => json!(n),
        TagValue::Unsigned(n) => json!(n),
        TagValue::Real(x) => json!(x),
        TagValue::Bool(b) => json!(b),
        TagValue::Text(text) => json!(text),
        TagValue::List(values) => Value::Array(values.iter().map(plain).collect()),
        TagValue::Group(_) | TagValue::Many { .. } | TagValue::Unknown { .. } => Value::Null,
    }
}

fn indented(tags: &[Tag], depth: usize, out: &mut String) {
    for (k, tag) in tags.iter().enumerate() {
        let name = if tag.name.is_empty() { format!("[{k}]") } else { tag.name.clone() };
        // Writing to a string cannot fail.
        let _ = write!(out, "{:width$}{name}", "", width = 2 * depth);
        let _ = match &tag.value {
            TagValue::Group(inner) => {
                out.push('\n');
                indented(inner, depth + 1, out);
                continue;
            }
            TagValue::Many { element, count } => writeln!(out, ": {count} x {element}"),
            TagValue::Unknown { code, bytes } => writeln!(out, ": unknown (type code {code}, {bytes} bytes)"),
            value => writeln!(out, ": {}", plain(value)),
        };
    }
}
