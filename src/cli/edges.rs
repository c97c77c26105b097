//! `moray edges`: which edges an element has, or which begin in an energy range.

use std::fmt::Write;

use serde_json::json;

use super::output::{print, print_json};
use crate::Error;
use crate::model::{EnergyWindow, IonisationEdge, edges};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// An element such as Ti, or a range of energies such as 450:540.
    #[arg(value_name = "ELEMENT|LO:HI")]
    what: String,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Error> {
    let found: Vec<&IonisationEdge> = match range(&arguments.what) {
        Some(window) => edges::in_window(window).collect(),
        None => edges::of_element(&arguments.what).collect(),
    };
    if found.is_empty() {
        return Err(Error::Usage {
            message: format!("no K, L or M edge of 10 to 2500 eV for \"{}\"", arguments.what),
            hint: "give an element such as Ti, or a range such as 450:540".to_owned(),
        });
    }
    if arguments.json {
        let entry = |edge: &&IonisationEdge| json!({ "element": edge.element, "shell": edge.shell, "onset_ev": edge.onset_ev, "source": edge.source.citation() });
        return print_json(&json!({ "edges": found.iter().map(entry).collect::<Vec<_>>() }));
    }
    let mut out = String::new();
    for edge in found {
        // Writing to a string cannot fail.
        let _ = writeln!(
            out,
            "{:<2} {:<2} {:>7.1} eV   {}",
            edge.element,
            edge.shell,
            edge.onset_ev,
            edge.source.citation()
        );
    }
    print(&out)
}

/// A range of energies, if it is one.
fn range(text: &str) -> Option<EnergyWindow> {
    let (lo, hi) = text.split_once(':')?;
    EnergyWindow::new(lo.trim().parse().ok()?, hi.trim().parse().ok()?).ok()
}
