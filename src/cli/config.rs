//! `cardea config check|show`.

use clap::Subcommand;

use super::{Failure, Settings, open, print};

#[derive(Subcommand)]
pub enum Command {
    /// Check every setting and the templates, without starting
    Check,
    /// Print every setting in use and where it came from, secrets masked
    Show,
}

pub fn run(command: &Command, settings: &Settings) -> Result<(), Failure> {
    let config = open::config(settings)?;
    match command {
        Command::Check => {
            let pages = open::pages(&config)?;
            for warning in config.warnings().iter().chain(pages.warnings()) {
                eprintln!("warning: {warning}");
            }
            print::line("the configuration is good");
        }
        Command::Show => print::line(config.show().trim_end()),
    }
    Ok(())
}
