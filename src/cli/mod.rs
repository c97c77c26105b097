//! The command line: arguments, dispatch, exit codes.

mod align;
mod batch;
mod collect;
mod compare;
mod edges;
mod extract;
mod fit;
mod image;
mod info;
mod line;
mod map;
mod output;
mod pca;
mod recipe;
mod sample;
mod style;
mod subtract;
mod tags;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::Error;
use crate::model::{FigureStyle, Recipe};

#[derive(Debug, Parser)]
#[command(name = "moray", version, about, args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// Print the seconds spent in each stage as one JSON line on stderr.
    #[arg(long, global = true)]
    timings: bool,
    /// Threads to use; as many as there are cores otherwise.
    #[arg(long, global = true, value_name = "N")]
    threads: Option<usize>,
    /// Write what the window says of itself to this file, for tests.
    #[arg(long, hide = true, value_name = "FILE")]
    state_file: Option<PathBuf>,
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
    /// Compare scans with a reference: drops, figures and data.
    Compare(Box<compare::Arguments>),
    /// Compare for every row of a list; rows finished before are skipped.
    Batch(batch::Arguments),
    /// One table and one figure out of finished batches.
    Collect(collect::Arguments),
    /// Fit the fine structure of an edge at every position.
    Fit(fit::Arguments),
    /// Net intensity and sigma of every named window at every position.
    Map(map::Arguments),
    /// The background-subtracted line scan or spectrum image, whole.
    Subtract(subtract::Arguments),
    /// Energy shift of every position with its sigma.
    Align(align::Arguments),
    /// Principal components, Poisson weighted: for viewing only.
    Pca(pca::Arguments),
    /// HAADF or ABF picture: filtered picture, atomic columns, Ti diamond and strain.
    Image(image::Arguments),
    /// Ionisation edges of an element, or those in a range of energies.
    Edges(edges::Arguments),
    /// Print a preset recipe as JSON, or check a recipe file.
    Recipe(recipe::Arguments),
    /// Print a figure style as JSON, or check a style file.
    Style(style::Arguments),
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
    let mut timings = Timings::default();
    if let Some(threads) = arguments.threads {
        // Only the first call can set the pool; this is it.
        let _ = rayon::ThreadPoolBuilder::new().num_threads(threads).build_global();
    }
    let done = match arguments.command {
        Some(Command::Info(arguments)) => timings.stage("info", || info::run(&arguments)),
        Some(Command::Tags(arguments)) => timings.stage("tags", || tags::run(&arguments)),
        Some(Command::Extract(arguments)) => timings.stage("extract", || extract::run(&arguments)),
        Some(Command::Compare(arguments)) => compare::run(&arguments, &mut timings),
        Some(Command::Batch(arguments)) => batch::run(&arguments, &mut timings),
        Some(Command::Collect(arguments)) => timings.stage("collect", || collect::run(&arguments)),
        Some(Command::Fit(arguments)) => fit::run(&arguments, &mut timings),
        Some(Command::Map(arguments)) => map::run(&arguments, &mut timings),
        Some(Command::Subtract(arguments)) => subtract::run(&arguments, &mut timings),
        Some(Command::Align(arguments)) => align::run(&arguments, &mut timings),
        Some(Command::Pca(arguments)) => pca::run(&arguments, &mut timings),
        Some(Command::Image(arguments)) => image::run(&arguments, &mut timings),
        Some(Command::Edges(arguments)) => edges::run(&arguments),
        Some(Command::Recipe(arguments)) => recipe::run(&arguments),
        Some(Command::Style(arguments)) => style::run(&arguments),
        Some(Command::Sample(arguments)) => timings.stage("sample", || sample::run(&arguments)),
        None => open_window(arguments.files, arguments.state_file),
    };
    if arguments.timings {
        eprintln!("{}", serde_json::Value::Object(timings.0));
    }
    done
}

/// Seconds spent in each stage, in order.
#[derive(Debug, Default)]
struct Timings(serde_json::Map<String, serde_json::Value>);

impl Timings {
    /// Runs a stage and notes how long it took.
    fn stage<T>(&mut self, name: &str, work: impl FnOnce() -> T) -> T {
        let start = std::time::Instant::now();
        let done = work();
        self.note(name, start.elapsed());
        done
    }

    /// Notes how long a stage took that was timed elsewhere.
    fn note(&mut self, name: &str, took: std::time::Duration) {
        let seconds = (took.as_secs_f64() * 1e6).round() / 1e6;
        self.0.insert(name.to_owned(), seconds.into());
    }
}

/// The text of a settings file.
fn read_text(path: &Path) -> Result<String, Error> {
    std::fs::read_to_string(path).map_err(|error| Error::Contents {
        path: path.to_owned(),
        message: error.to_string(),
        hint: String::new(),
    })
}

/// Reads and checks a figure style.
fn read_style(path: &Path) -> Result<FigureStyle, Error> {
    FigureStyle::from_json(&read_text(path)?).map_err(|error| Error::Contents {
        path: path.to_owned(),
        message: error.to_string(),
        hint: "`moray style` prints one that works".to_owned(),
    })
}

/// The figure style of that file, or the usual one.
fn style_or_usual(path: Option<&Path>) -> Result<FigureStyle, Error> {
    path.map_or_else(|| Ok(FigureStyle::default()), read_style)
}

/// The recipe of that file, or the preset for Li4Ti5O12.
fn recipe_or_preset(path: Option<&Path>) -> Result<Recipe, Error> {
    path.map_or_else(|| recipe::preset("lto"), read_recipe)
}

/// Says on stderr what the user should know.
fn caution(cautions: &[String], warnings: &[crate::analysis::Warning]) {
    cautions.iter().for_each(|text| say_caution(text));
    warnings.iter().for_each(|warning| say_caution(&format!("{} ({})", warning.message, warning.place)));
}

/// Says one caution on stderr. Errors begin with the program's name instead.
fn say_caution(text: &str) {
    eprintln!("caution: {text}");
}

/// Reads and checks a recipe file.
fn read_recipe(path: &Path) -> Result<Recipe, Error> {
    Recipe::from_json(&read_text(path)?).map_err(|error| Error::Contents {
        path: path.to_owned(),
        message: error.to_string(),
        hint: "`moray recipe` prints one that works".to_owned(),
    })
}

#[cfg(feature = "gui")]
fn open_window(files: Vec<PathBuf>, state_file: Option<PathBuf>) -> Result<(), Error> {
    crate::ui::run(files, state_file)
}

#[cfg(not(feature = "gui"))]
fn open_window(_files: Vec<PathBuf>, _state_file: Option<PathBuf>) -> Result<(), Error> {
    Err(Error::Window { message: "this build has no window".into() })
}
