//! The command line: parsed here, done in `cardea::cli`.

use std::process::ExitCode;

use clap::Parser;

/// Gives memory back that password hashing took for a moment, and is faster under load than the system's.
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cardea::cli::run(cardea::cli::Cli::parse())
}
