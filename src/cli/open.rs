//! What every command needs: settings, log, master key and store.

use std::io::IsTerminal;
use std::time::Duration;

use secrecy::ExposeSecret;
use tokio::runtime::{Builder, Runtime};
use tracing_subscriber::EnvFilter;

use super::{Failure, Settings, master_key};
use crate::clock::Clock;
use crate::config::{Config, DatabaseUrl, Log, LogFormat, Sources};
use crate::dice;
use crate::http::pages::Pages;
use crate::oidc::time::UnixTime;
use crate::password::Cost;
use crate::store::audit::Event;
use crate::store::vault::Vault;
use crate::store::{Options, Store};

/// An open store, and the settings by which it was opened.
pub struct House {
    pub config: Config,
    pub store: Store,
    pub clock: Clock,
}

impl House {
    /// Blocks. The schema is brought up to date, and a first key made.
    pub fn open(config: Config) -> Result<Self, Failure> {
        let url = config.database_url.clone();
        Self::open_there(config).map_err(|failure| with_place(failure, &url))
    }

    fn open_there(config: Config) -> Result<Self, Failure> {
        let options = options(&config);
        let vault = Vault::new(master_key::find_or_make(&config, &options)?.bytes());
        let house = Self { store: Store::open(&options, vault)?, clock: Clock::System, config };
        runtime()?.block_on(house.store.prepare(house.now()))?;
        Ok(house)
    }

    pub fn now(&self) -> UnixTime {
        self.clock.now()
    }

    /// An entry of the audit log, about what this command does.
    pub fn event(&self, event: &str, detail: impl Into<String>) -> Event {
        self.nameless_event().about(event, detail)
    }

    /// The same, for a verb of the store that fills in what happened.
    pub fn nameless_event(&self) -> Event {
        Event::by("The command line", self.now())
    }

    pub fn password_cost(&self) -> Cost {
        let password = &self.config.password;
        Cost {
            memory: password.hash_memory_kib,
            passes: password.hash_iterations,
            lanes: password.hash_parallelism,
        }
    }
}

/// Opens the house, does `work` in it and closes it again.
pub fn in_house<F>(settings: &Settings, work: F) -> Result<(), Failure>
where
    F: AsyncFnOnce(&House) -> Result<(), Failure>,
{
    let house = House::open(config(settings)?)?;
    runtime()?.block_on(work(&house))
}

/// The settings, checked; from here on there is a log.
pub fn config(settings: &Settings) -> Result<Config, Failure> {
    let config = Config::load(Sources::of_process(settings.config.clone(), settings.flags()))?;
    start_log(&config.log);
    Ok(config)
}

/// The pages, with what the operator replaces of them.
pub fn pages(config: &Config) -> Result<Pages, Failure> {
    Pages::load(config.templates.as_deref()).map_err(|error| Failure::new(error.to_string()))
}

/// Standard output is for results, so the log goes to the error stream.
pub fn start_log(log: &Log) {
    // The framework tells of each worker; whoever wants to know says so in the filter.
    let filter = EnvFilter::new(format!("actix_server=warn,{}", log.filter));
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    // Fails where a log has begun already, which is as good.
    let _ = match log.format {
        LogFormat::Text => subscriber.try_init(),
        LogFormat::Json => subscriber.json().try_init(),
    };
}

pub fn options(config: &Config) -> Options {
    let seconds = |seconds: i64| Duration::from_secs(u64::try_from(seconds).unwrap_or(0));
    Options {
        url: match &config.database_url {
            DatabaseUrl::Sqlite(path) => format!("sqlite://{}", path.display()),
            DatabaseUrl::Postgres(url) => url.expose_secret().to_owned(),
        },
        pool_size: config.database.pool_size,
        wait: seconds(config.database.wait),
        statement_timeout: seconds(config.database.statement_timeout),
        write_queue: config.database.write_queue,
    }
}

/// The server's workers have runtimes of their own; this one carries the jobs and the commands.
pub fn runtime() -> Result<Runtime, Failure> {
    Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(format!("the system gives no event loop: {error}")))
}

/// 128 random bits: the id of a user, a client or a secret. Hexadecimal, since a dash in front would look like a flag.
pub fn random_id() -> String {
    format!("{:032x}", u128::from_be_bytes(dice::bytes()))
}

/// Says which database it was, without its password.
pub fn with_place(failure: Failure, url: &DatabaseUrl) -> Failure {
    match failure {
        Failure::Store(error) => {
            let text = error.to_string();
            let text = if reveals_password(&text, url) {
                "the URL cannot be read; write special characters in its password as %40, %2F and so on"
                    .to_owned()
            } else {
                text
            };
            Failure::new(format!("{url}: {}", text.trim_end()))
        }
        refused => refused,
    }
}

/// libpq repeats pieces of a URL that it cannot read.
fn reveals_password(text: &str, url: &DatabaseUrl) -> bool {
    let DatabaseUrl::Postgres(url) = url else { return false };
    let (_, rest) = url.expose_secret().split_once("://").unwrap_or_default();
    let Some((user, _)) = rest.rsplit_once('@') else { return false };
    let Some((_, password)) = user.split_once(':') else { return false };
    password.split(['/', '@', ':', '?', '#', '%']).any(|piece| piece.len() >= 3 && text.contains(piece))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_piece_of_a_password_is_repeated() {
        let url = DatabaseUrl::parse("postgres://ada:s3c/ret@db/x").unwrap();
        assert!(reveals_password("invalid port number: \"s3c\"", &url));
        assert!(!reveals_password("connection refused", &url));
        let failure = Failure::Store(crate::store::Error::Unreachable("port \"s3c\"".into()));
        let text = with_place(failure, &url).to_string();
        assert!(!text.contains("s3c") && text.contains("db/x"), "{text}");
    }
}
