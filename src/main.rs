//! The program: a subcommand runs headless, anything else opens the window.

use std::process::ExitCode;

fn main() -> ExitCode {
    moray::cli::main(std::env::args_os())
}
