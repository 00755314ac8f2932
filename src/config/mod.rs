//! Every setting with its meaning and default; checked once, at start.
//!
//! `settings` is the one place that names them. `layers` gathers what was written where, `form`, `values`
//! and `tls` read one value, `rules` looks at several together, `manual` prints `docs/configuration.md`.

mod database_url;
mod error;
mod form;
mod hook_secret;
mod issuer;
mod layers;
mod listing;
mod manual;
mod master_key;
mod rules;
mod settings;
#[cfg(test)]
mod tests;
mod tls;
mod values;

use std::net::IpAddr;
use std::path::{Path, PathBuf};

pub use database_url::DatabaseUrl;
pub use error::{ConfigErrors, Problem, Source};
pub use form::seconds;
pub use hook_secret::HookSecret;
pub use issuer::Issuer;
pub use layers::nearest;
pub use listing::{Group, Setting};
pub use master_key::MasterKey;
pub use settings::{
    Config, Cookies, Database, Hooks, Keys, Lifetimes, Log, LogFormat, Password, RegistrationMode, Throttle,
    Tls,
};

use layers::Layers;

use crate::oidc::rotation::{Keeping, Rotation};

/// The variable that names the file. It is no setting, for a file cannot name itself.
const FILE_VARIABLE: &str = "CARDEA_CONFIG";

/// Where settings are looked for; each one wins over those before it: file, environment, flags.
#[derive(Clone, Default)]
pub struct Sources {
    /// The file that a flag names, or else `CARDEA_CONFIG` does. It must be there.
    pub file: Option<PathBuf>,
    /// Read when no file is named, if it is there.
    pub default_file: Option<PathBuf>,
    /// The environment; all but `CARDEA_…` is passed over.
    pub env: Vec<(String, String)>,
    /// Settings from the command line, by key: `("lifetimes.code", "30s")`.
    pub flags: Vec<(String, String)>,
}

impl Sources {
    /// The environment of this process, and `cardea.toml` in its working directory.
    pub fn of_process(file: Option<PathBuf>, flags: Vec<(String, String)>) -> Self {
        let env = std::env::vars_os()
            .map(|(name, value)| (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned()))
            .collect();
        Self { file, default_file: Some("cardea.toml".into()), env, flags }
    }
}

impl Config {
    /// Reads all sources and checks every setting. The error carries all that is wrong, not only the first.
    pub fn load(sources: Sources) -> Result<Self, ConfigErrors> {
        let mut layers = Layers::new(settings::rows());
        let from_env = sources.env.iter().find(|(name, value)| name == FILE_VARIABLE && !value.is_empty());
        let named = sources.file.or_else(|| from_env.map(|(_, path)| path.into()));
        match (named, sources.default_file) {
            (Some(path), _) => layers.add_file(&path, true),
            (None, Some(path)) => layers.add_file(&path, false),
            (None, None) => {}
        }
        layers.add_env(sources.env);
        layers.add_flags(sources.flags);

        let config = Self::read(&mut layers);
        let mut problems = layers.into_problems();
        problems.extend(rules::broken(&config, &problems));
        if problems.is_empty() { Ok(config) } else { Err(ConfigErrors::new(problems)) }
    }

    /// The path part of the issuer, under which every page lies: empty or `/auth`.
    pub fn prefix(&self) -> &str {
        self.issuer.prefix()
    }

    /// Scheme, host and port of the issuer, as browsers send it in `Origin`.
    pub fn origin(&self) -> &str {
        self.issuer.origin()
    }

    /// Whether `peer` is a proxy whose word about the visitor's address is taken.
    pub fn trusts(&self, peer: IpAddr) -> bool {
        let peer = peer.to_canonical();
        self.trusted_proxies.iter().any(|network| network.contains(&peer))
    }

    /// How long a key is kept after another took its place.
    pub fn keeping(&self) -> Keeping {
        Keeping {
            id_token: self.lifetimes.id_token,
            access_token: self.lifetimes.access_token,
            session: self.lifetimes.session_max,
            key_set: self.keys.publish_ahead,
        }
    }

    /// The rhythm in which keys change by themselves, unless they are rotated by hand.
    pub fn rotation(&self) -> Option<Rotation> {
        let keys = &self.keys;
        keys.rotate.then_some(Rotation { rotate_every: keys.rotate_every, publish_ahead: keys.publish_ahead })
    }

    /// Where the value of a setting came from: `source("lifetimes.code")`.
    pub fn source(&self, key: &str) -> &Source {
        self.sources.get(key).unwrap_or(&Source::Default)
    }

    /// What is legal and yet risky, a sentence each.
    pub fn warnings(&self) -> Vec<String> {
        rules::risky(self)
    }

    /// All settings as TOML, with secrets masked and a note where each came from.
    pub fn show(&self) -> String {
        manual::show(self)
    }

    /// Every setting with its value, secrets masked, in the groups of the manual.
    pub fn groups(&self) -> Vec<Group> {
        listing::groups(self)
    }

    /// `docs/configuration.md`.
    pub fn reference() -> String {
        manual::reference()
    }
}

impl Tls {
    /// The certificate and its key, if Cardea ends TLS itself.
    pub fn files(&self) -> Option<(&Path, &Path)> {
        self.certificate.as_deref().zip(self.private_key.as_deref())
    }
}
