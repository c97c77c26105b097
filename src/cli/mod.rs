//! The command line: arguments, dispatch, exit codes.

mod extract;
mod info;
mod output;
mod sample;
mod tags;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::Error;

#[derive(Debug, Parser)]
#[command(name = "moray", version, about, args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// Files to open in the window.
    files: Vec<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// What a file holds: every image, its axes, its metadata.
    Info(info::Arguments),
    /// The raw tag tree of a DM3 or DM4 file.
    Tags(tags::Arguments),
    /// One summed spectrum of a file.
    Extract(extract::Arguments),
    /// Write sample data: pristine and biased line scans as DM4, with their truth.
    Sample(sample::Arguments),
}

/// Runs the program with these arguments, the program's name first.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            let code = u8::try_from(error.exit_code()).unwrap_or(2);
            // Nothing sensible is left to do when the terminal itself cannot be written to.
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    match run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let hint = error.hint();
            let hint = if hint.is_empty() { hint } else { format!("; {hint}") };
            eprintln!("moray: {error}{hint}");
            ExitCode::from(error.exit_code())
        }
    }
}

fn run(arguments: Arguments) -> Result<(), Error> {
    match arguments.command {
        Some(Command::Info(arguments)) => info::run(&arguments),
        Some(Command::Tags(arguments)) => tags::run(&arguments),
        Some(Command::Extract(arguments)) => extract::run(&arguments),
        Some(Command::Sample(arguments)) => sample::run(&arguments),
        None => open_window(arguments.files),
    }
}

#[cfg(feature = "gui")]
fn open_window(files: Vec<PathBuf>) -> Result<(), Error> {
    crate::ui::run(files)
}

#[cfg(not(feature = "gui"))]
fn open_window(_files: Vec<PathBuf>) -> Result<(), Error> {
    Err(Error::Window { message: "this build has no window".into() })
}
