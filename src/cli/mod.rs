//! Floor 4: the command line, one file a command.
//!
//! Standard output carries the result and nothing else. A command ends with 0 when it is done, with 1 when it is
//! refused (then nothing has changed), and with 2 when it was not understood.

mod client;
mod config;
#[cfg(feature = "demo")]
mod demo;
mod failure;
mod key;
mod master_key;
mod migrate;
mod open;
mod print;
mod registration_token;
mod scope;
mod serve;
mod settings;
mod user;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use failure::Failure;

/// An OpenID Connect provider in one executable, with a console.
#[derive(Parser)]
#[command(name = "cardea", version)]
pub struct Cli {
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    command: Option<Command>,
}

/// Settings for one run; they win over the file and the environment.
#[derive(Args, Clone, Default)]
struct Settings {
    /// The file with the settings [default: cardea.toml, if it is there]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Any setting, such as lifetimes.code=30s; may be repeated
    #[arg(long = "set", global = true, value_name = "KEY=VALUE", value_parser = pair)]
    set: Vec<(String, String)>,
    /// The URL under which apps know this provider
    #[arg(long, global = true, value_name = "URL")]
    issuer: Option<String>,
    /// The address and port to answer on
    #[arg(long, global = true, value_name = "ADDRESS")]
    listen: Option<String>,
    /// sqlite://PATH or postgres://…
    #[arg(long, global = true, value_name = "URL")]
    database_url: Option<String>,
}

#[derive(Subcommand)]
enum Command {
    /// Answer requests (the default)
    Serve,
    /// People who sign in
    #[command(subcommand)]
    User(user::Command),
    /// Apps that people sign in to
    #[command(subcommand)]
    Client(client::Command),
    /// Keys that sign tokens
    #[command(subcommand)]
    Key(key::Command),
    /// What apps may ask for, and the claims that each scope lets out
    #[command(subcommand)]
    Scope(scope::Command),
    /// What the console's page of settings keeps in the database
    #[command(subcommand)]
    Settings(settings::Command),
    /// Tokens with which strangers may register apps
    #[command(subcommand)]
    RegistrationToken(registration_token::Command),
    /// Bring the database's schema up to date
    Migrate,
    /// The settings in use
    #[command(subcommand)]
    Config(config::Command),
    /// Start with a throw-away database, a user and a small app, to look around
    #[cfg(feature = "demo")]
    Demo,
}

impl Settings {
    /// The flags as settings, in the order in which they win.
    fn flags(&self) -> Vec<(String, String)> {
        let named =
            [("issuer", &self.issuer), ("listen", &self.listen), ("database_url", &self.database_url)];
        let named = named.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value.clone()?)));
        self.set.iter().cloned().chain(named).collect()
    }
}

/// Does what was asked for.
pub fn run(cli: Cli) -> ExitCode {
    let settings = &cli.settings;
    let result = match cli.command.unwrap_or(Command::Serve) {
        Command::Serve => serve::run(settings),
        Command::User(command) => user::run(command, settings),
        Command::Client(command) => client::run(command, settings),
        Command::Key(command) => key::run(command, settings),
        Command::Settings(command) => settings::run(command, settings),
        Command::Scope(command) => scope::run(command, settings),
        Command::RegistrationToken(command) => registration_token::run(command, settings),
        Command::Migrate => migrate::run(settings),
        Command::Config(command) => config::run(&command, settings),
        #[cfg(feature = "demo")]
        Command::Demo => demo::run(settings),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("write KEY=VALUE, such as lifetimes.code=30s")?;
    Ok((key.trim().to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn flags_may_stand_before_and_after_the_command() {
        let parse = |words: &[&str]| Cli::try_parse_from([&["cardea"], words].concat()).unwrap().settings;
        let before = parse(&["--issuer", "https://id.example", "--set", "lifetimes.code=30s", "migrate"]);
        let after = parse(&["migrate", "--issuer", "https://id.example", "--set", "lifetimes.code=30s"]);
        let expected = [("lifetimes.code", "30s"), ("issuer", "https://id.example")];
        let expected = expected.map(|(key, value)| (key.to_owned(), value.to_owned()));
        assert_eq!(before.flags(), expected);
        assert_eq!(after.flags(), expected);
        assert!(Cli::try_parse_from(["cardea", "--set", "lifetimes.code"]).is_err());
    }
}
