//! The command line: parsed here, done in `cardea::cli`.

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    cardea::cli::run(cardea::cli::Cli::parse())
}
