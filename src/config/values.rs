//! The forms of particular settings.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;

use ipnet::IpNet;
use secrecy::SecretString;
use tracing_subscriber::EnvFilter;
use url::{Host, Url};

use super::form::{Form, Plain, quoted};
use super::settings::{LogFormat, RegistrationMode};
use super::{DatabaseUrl, HookSecret, Issuer, MasterKey};
use crate::oidc::features::RequirePkce;
use crate::oidc::subject::Source as SubjectSource;

/// What stands for a secret wherever settings are shown.
const MASK: &str = "********";

/// Addresses and networks, as a TOML list or divided by commas.
pub(super) struct Networks;

impl Form for Networks {
    type Value = Vec<IpNet>;

    fn read(&self, text: &str) -> Result<Vec<IpNet>, String> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        parts
            .map(|part| {
                part.parse::<IpNet>()
                    .or_else(|_| part.parse().map(|address: std::net::IpAddr| IpNet::from(address)))
                    .map_err(|_| format!("{part:?} is neither an address nor a network"))
            })
            .collect()
    }

    fn show(&self, value: &Vec<IpNet>) -> Option<String> {
        let parts: Vec<_> = value.iter().map(|network| quoted(&network.to_string())).collect();
        Some(format!("[{}]", parts.join(", ")))
    }

    fn describe(&self) -> String {
        "addresses and networks such as 127.0.0.1 or 10.0.0.0/8".to_owned()
    }

    fn is_list(&self) -> bool {
        true
    }
}

/// Names of hosts as URLs spell them, as a TOML list or divided by commas.
pub(super) struct HostNames;

impl Form for HostNames {
    type Value = Vec<String>;

    fn read(&self, text: &str) -> Result<Vec<String>, String> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        parts
            .map(|part| match Host::parse(part) {
                Ok(Host::Domain(name)) if !name.bytes().all(is_host_byte) => {
                    Err(format!("{part:?} is not the name of one host"))
                }
                Ok(host) => Ok(host.to_string()),
                Err(_) => Err(format!("{part:?} is not the name of a host")),
            })
            .collect()
    }

    fn show(&self, value: &Vec<String>) -> Option<String> {
        let parts: Vec<_> = value.iter().map(|host| quoted(host)).collect();
        Some(format!("[{}]", parts.join(", ")))
    }

    fn describe(&self) -> String {
        "names of hosts such as app.internal.example, without scheme, port or *".to_owned()
    }

    fn is_list(&self) -> bool {
        true
    }
}

fn is_host_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)
}

/// URLs of hooks, as a TOML list or divided by commas, in the order in which they are asked.
pub(super) struct HookUrls;

/// Somebody waits for all of them.
const MOST_HOOKS: usize = 8;

impl Form for HookUrls {
    type Value = Vec<String>;

    fn read(&self, text: &str) -> Result<Vec<String>, String> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        let urls = parts.map(hook_url).collect::<Result<Vec<_>, _>>()?;
        if urls.len() > MOST_HOOKS { Err("these are too many".to_owned()) } else { Ok(urls) }
    }

    fn show(&self, value: &Vec<String>) -> Option<String> {
        let parts: Vec<_> = value.iter().map(|url| quoted(url)).collect();
        Some(format!("[{}]", parts.join(", ")))
    }

    fn describe(&self) -> String {
        format!(
            "at most {MOST_HOOKS} URLs such as https://hooks.example.com/cardea, without user, fragment or comma"
        )
    }

    fn is_list(&self) -> bool {
        true
    }
}

/// What is wrong is said without the URL, in which somebody may have written a password.
fn hook_url(text: &str) -> Result<String, String> {
    let Ok(url) = Url::parse(text) else {
        return Err("one of them is not a URL".to_owned());
    };
    let is_bare = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    match url.scheme() == "https" && is_bare {
        true => Ok(url.into()),
        false => Err("one of them is not https, or holds a user name, password or fragment".to_owned()),
    }
}

/// Yes or no.
pub(super) const SWITCH: Plain<bool> = Plain {
    read: |text| text.parse().map_err(|_| format!("{text:?} is neither true nor false")),
    show: ToString::to_string,
    describe: "true or false",
};

pub(super) const ISSUER: Plain<Issuer> = Plain {
    read: Issuer::parse,
    show: |issuer| quoted(issuer.as_str()),
    describe: "a URL such as https://id.example.com or https://example.com/auth, without a slash at its end",
};

pub(super) const LISTEN: Plain<SocketAddr> = Plain {
    read: |text| text.parse().map_err(|_| format!("{text:?} is not an IP address with a port")),
    show: |address| quoted(&address.to_string()),
    describe: "an IP address and a port such as 127.0.0.1:8080, 0.0.0.0:443 or [::]:443",
};

pub(super) const DATABASE_URL: Plain<DatabaseUrl> = Plain {
    read: DatabaseUrl::parse,
    show: |url| quoted(&url.to_string()),
    describe: "sqlite://cardea.db, sqlite:///var/lib/cardea/cardea.db or postgres://user:password@host/name",
};

pub(super) const MASTER_KEY: Plain<MasterKey> = Plain {
    read: MasterKey::parse,
    show: |_| quoted(MASK),
    describe: "32 random bytes in base64, as `openssl rand -base64 32` prints them",
};

pub(super) const HOOK_SECRET: Plain<HookSecret> = Plain {
    read: HookSecret::parse,
    show: |_| quoted(MASK),
    describe: "32 to 64 random bytes in base64, as `openssl rand -base64 32` prints them; `whsec_` may stand before them",
};

/// A password for machines.
pub(super) const TOKEN: Plain<SecretString> = Plain {
    read: |text| match text.len() >= 16 && text.bytes().all(|b| b.is_ascii_graphic()) {
        true => Ok(text.into()),
        false => Err("it is too short, or holds more than printable ASCII".to_owned()),
    },
    show: |_| quoted(MASK),
    describe: "at least 16 printable ASCII characters without spaces",
};

/// A line that people read.
pub(super) const TEXT: Plain<String> = Plain {
    read: |text| match text.trim().is_empty() || text.chars().count() > 100 || text.contains(char::is_control)
    {
        true => Err(format!("{text:?} is empty, too long or holds control characters")),
        false => Ok(text.to_owned()),
    },
    show: |text| quoted(text),
    describe: "one line of at most 100 characters",
};

/// RFC 6265, 4.1.1: a cookie's name is a token.
pub(super) const COOKIE_NAME: Plain<String> = Plain {
    read: |text| match !text.is_empty() && text.bytes().all(is_token_byte) {
        true => Ok(text.to_owned()),
        false => Err(format!("{text:?} cannot be a cookie's name")),
    },
    show: |text| quoted(text),
    describe: "letters, digits, - and _",
};

fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)
}

/// A file that may come to be later.
pub(super) const PATH: Plain<PathBuf> =
    Plain { read: |text| Ok(text.into()), show: show_path, describe: "the path of a file" };

pub(super) const DIRECTORY: Plain<PathBuf> = Plain {
    read: |text| match fs::read_dir(text) {
        Ok(_) => Ok(text.into()),
        Err(error) => Err(format!("{text:?} cannot be read as a directory ({error})")),
    },
    show: show_path,
    describe: "the path of a directory that Cardea may read",
};

pub(super) const LOG_FILTER: Plain<String> = Plain {
    read: |text| match EnvFilter::try_new(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(error) => Err(format!("{text:?} is not a filter ({error})")),
    },
    show: |text| quoted(text),
    describe: "a level (error, warn, info, debug, trace), or levels by module such as info,cardea=debug",
};

pub(super) const LOG_FORMAT: Plain<LogFormat> = Plain {
    read: |text| match text {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err(format!("{text:?} is not known")),
    },
    show: |format| {
        quoted(match format {
            LogFormat::Text => "text",
            LogFormat::Json => "json",
        })
    },
    describe: "text or json",
};

pub(super) const REGISTRATION_MODE: Plain<RegistrationMode> = Plain {
    read: |text| match text {
        "off" => Ok(RegistrationMode::Off),
        "token" => Ok(RegistrationMode::Token),
        "open" => Ok(RegistrationMode::Open),
        _ => Err(format!("{text:?} is not known")),
    },
    show: |mode| {
        quoted(match mode {
            RegistrationMode::Off => "off",
            RegistrationMode::Token => "token",
            RegistrationMode::Open => "open",
        })
    },
    describe: "off, token or open",
};

pub(super) const REQUIRE_PKCE: Plain<RequirePkce> = Plain {
    read: |text| match text {
        // As it was said when it was a switch.
        "everybody" | "true" => Ok(RequirePkce::Everybody),
        "public" | "false" => Ok(RequirePkce::Public),
        "registered" => Ok(RequirePkce::Registered),
        _ => Err(format!("{text:?} is not known")),
    },
    show: |who| quoted(who.as_str()),
    describe: "everybody, public or registered",
};

pub(super) const SUBJECT_SOURCE: Plain<SubjectSource> = Plain {
    read: |text| match text {
        "id" => Ok(SubjectSource::Id),
        "username" => Ok(SubjectSource::Username),
        "email" => Ok(SubjectSource::Email),
        "stored" => Ok(SubjectSource::Stored),
        _ => Err(format!("{text:?} is not known")),
    },
    show: |source| {
        quoted(match source {
            SubjectSource::Id => "id",
            SubjectSource::Username => "username",
            SubjectSource::Email => "email",
            SubjectSource::Stored => "stored",
        })
    },
    describe: "id, username, email or stored",
};

#[expect(clippy::ptr_arg, reason = "has the shape of `Plain::show`")]
pub(super) fn show_path(path: &PathBuf) -> String {
    quoted(&path.to_string_lossy())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused<F: Form<Value: std::fmt::Debug>>(form: &F, text: &str) -> String {
        form.read(text).unwrap_err()
    }

    #[test]
    fn networks_are_a_list_of_addresses_too() {
        let networks = Networks.read("10.0.0.0/8, ::1").unwrap();
        assert_eq!(Networks.show(&networks).unwrap(), r#"["10.0.0.0/8", "::1/128"]"#);
        assert!(Networks.read("").unwrap().is_empty());
        assert!(refused(&Networks, "10.0.0.0/8, proxy").contains("\"proxy\""));
        assert!(Networks.read("10.0.0.0/33").is_err());
    }

    #[test]
    fn hosts_are_exact_names_as_urls_spell_them() {
        let hosts =
            HostNames.read("Localhost, app.internal.example,bücher.example, 127.0.0.1, [::1]").unwrap();
        assert_eq!(
            HostNames.show(&hosts).unwrap(),
            r#"["localhost", "app.internal.example", "xn--bcher-kva.example", "127.0.0.1", "[::1]"]"#
        );
        assert!(HostNames.read("").unwrap().is_empty());
        for text in
            ["*.example", "https://a.example", "a.example:443", "a b", "a.example/", "::1", "10.0.0.0/8"]
        {
            assert!(refused(&HostNames, text).contains("name of"), "{text}");
        }
    }

    #[test]
    fn hooks_are_few_and_https() {
        let hooks = HookUrls.read("https://a.example/x?y=z, https://b.example").unwrap();
        assert_eq!(HookUrls.show(&hooks).unwrap(), r#"["https://a.example/x?y=z", "https://b.example/"]"#);
        assert!(HookUrls.read("").unwrap().is_empty());
        for text in ["http://a.example", "https://me:hunter2@a.example", "https://a.example/#x", "a.example"]
        {
            assert!(!refused(&HookUrls, text).contains("hunter2"), "{text}");
        }
        let many = |count| vec!["https://a.example"; count].join(",");
        assert!(HookUrls.read(&many(8)).is_ok());
        assert!(refused(&HookUrls, &many(9)).contains("too many"));
    }

    #[test]
    fn secrets_are_neither_shown_nor_repeated() {
        let token = TOKEN.read("long-enough-to-be-secret").unwrap();
        assert_eq!(TOKEN.show(&token).unwrap(), "\"********\"");
        for text in ["hunter2", "long enough but spaced"] {
            assert!(!refused(&TOKEN, text).contains(text));
        }
    }

    #[test]
    fn directories_must_be_there() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        fs::write(&file, "x").unwrap();
        let (dir, file) = (dir.path().to_str().unwrap(), file.to_str().unwrap());

        assert!(DIRECTORY.read(dir).is_ok());
        assert!(DIRECTORY.read(file).is_err());
    }

    #[test]
    fn words_keep_their_rules() {
        assert_eq!(SWITCH.read("true"), Ok(true));
        assert!(SWITCH.read("yes").is_err());
        assert!(LISTEN.read("[::1]:80").is_ok());
        assert!(LISTEN.read("localhost:80").is_err() && LISTEN.read("127.0.0.1").is_err());
        assert!(COOKIE_NAME.read("__Host-cardea").is_ok());
        assert!(COOKIE_NAME.read("a;b").is_err() && COOKIE_NAME.read("").is_err());
        assert!(LOG_FILTER.read("info,cardea=debug").is_ok());
        assert!(LOG_FILTER.read("cardea=loud").is_err());
        assert_eq!(LOG_FORMAT.read("json"), Ok(LogFormat::Json));
        assert!(LOG_FORMAT.read("xml").is_err());
        assert!(TEXT.read("Example Ltd").is_ok());
        assert!(
            TEXT.read(" ").is_err() && TEXT.read("a\nb").is_err() && TEXT.read(&"a".repeat(101)).is_err()
        );
    }
}
