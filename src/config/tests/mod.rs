//! Settings as a whole, through the door that `cli` uses.

mod layers;
mod rules;
mod tls;

use std::fs;
use std::path::{Path, PathBuf};

use openssl::asn1::Asn1Time;
use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::symm::Cipher;
use openssl::x509::X509;
use secrecy::ExposeSecret;
use tempfile::TempDir;

use super::*;

const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// A directory with one file in it.
struct Written {
    dir: TempDir,
    path: PathBuf,
}

fn written(name: &str, text: &str) -> Written {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(name);
    fs::write(&path, text).unwrap();
    Written { dir, path }
}

impl Written {
    fn text(&self) -> &str {
        self.path.to_str().unwrap()
    }
}

/// One file with both, as some hand them out; no two are alike.
fn certificate_and_key() -> Written {
    let key = PKey::ec_gen("prime256v1").unwrap();
    let mut certificate = X509::builder().unwrap();
    certificate.set_not_before(&Asn1Time::days_from_now(0).unwrap()).unwrap();
    certificate.set_not_after(&Asn1Time::days_from_now(1).unwrap()).unwrap();
    certificate.set_pubkey(&key).unwrap();
    certificate.sign(&key, MessageDigest::sha256()).unwrap();
    let pem = [key.private_key_to_pem_pkcs8().unwrap(), certificate.build().to_pem().unwrap()].concat();
    written("pem", std::str::from_utf8(&pem).unwrap())
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn from_file(text: &str) -> Result<Config, ConfigErrors> {
    let file = written("cardea.toml", text);
    Config::load(Sources { file: Some(file.path.clone()), ..Sources::default() })
}

fn from_env(env: &[(&str, &str)]) -> Result<Config, ConfigErrors> {
    Config::load(Sources { env: pairs(env), ..Sources::default() })
}

fn from_flags(flags: &[(&str, &str)]) -> Result<Config, ConfigErrors> {
    Config::load(Sources { flags: pairs(flags), ..Sources::default() })
}

/// The only problem there is.
fn refusal(flags: &[(&str, &str)]) -> Problem {
    let errors = from_flags(flags).unwrap_err();
    assert_eq!(errors.problems().len(), 1, "{errors}");
    errors.problems()[0].clone()
}

fn refused_key(flags: &[(&str, &str)]) -> String {
    refusal(flags).key.unwrap()
}

#[test]
fn nothing_need_be_set() {
    let config = from_flags(&[]).unwrap();
    assert_eq!(config.issuer.as_str(), "http://localhost:8080");
    assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.database_url.to_string(), "sqlite://cardea.db");
    assert_eq!(config.master_key_file, Path::new("cardea.key"));
    assert_eq!(config.cookies.session, "cardea");
    assert_eq!(config.prefix(), "");
    assert!(config.throttle.enabled && config.metrics && config.keys.rotate);
    assert!(config.workers >= 1 && config.password.workers >= 1);
    assert!(config.master_key.is_none() && config.tls.files().is_none() && config.templates.is_none());
    assert_eq!(config.warnings(), Vec::<String>::new());
}

#[test]
fn lifetimes_stand_as_documented() {
    let lifetimes = from_flags(&[]).unwrap().lifetimes;
    assert_eq!((lifetimes.code, lifetimes.access_token, lifetimes.id_token), (60, 3600, 600));
    assert_eq!((lifetimes.refresh_token, lifetimes.consent), (30 * 86_400, 90 * 86_400));
    assert_eq!((lifetimes.session_idle, lifetimes.session_max), (14 * 86_400, 30 * 86_400));
    assert_eq!(lifetimes.session_unremembered, 12 * 3600);
}

#[test]
fn secrets_are_never_shown() {
    let secrets = [
        ("CARDEA_MASTER_KEY", KEY),
        ("CARDEA_METRICS_TOKEN", "metrics-token-0123456789"),
        ("CARDEA_DATABASE_URL", "postgres://cardea:database-password@db/cardea"),
    ];
    let config = from_env(&secrets).unwrap();
    assert_eq!(config.master_key.as_ref().unwrap().bytes()[31], 31);
    assert_eq!(config.metrics_token.as_ref().unwrap().expose_secret(), secrets[1].1);
    for text in [config.show(), format!("{config:?}"), format!("{config:#?}")] {
        for secret in [KEY, "metrics-token", "database-password"] {
            assert!(!text.contains(secret), "{secret} stands in {text}");
        }
        assert!(text.contains("********"));
    }
}

#[test]
fn bad_secrets_are_not_repeated() {
    let errors = from_env(&[
        ("CARDEA_MASTER_KEY", "half-a-key"),
        ("CARDEA_METRICS_TOKEN", "short-token"),
        ("CARDEA_DATABASE_URL", "mysql://cardea:database-password@db/cardea"),
    ])
    .unwrap_err();
    assert_eq!(errors.problems().len(), 3);
    for secret in ["half-a-key", "short-token", "database-password"] {
        assert!(!errors.to_string().contains(secret), "{errors}");
    }
}

#[test]
fn what_is_shown_can_be_read_back() {
    let text = "organisation = 'A \"B\" & \\'\ntrusted_proxies = [\"10.0.0.1\"]\n[lifetimes]\ncode = 0x1e\n";
    let config = from_file(text).unwrap();
    assert_eq!((config.organisation.as_str(), config.lifetimes.code), ("A \"B\" & \\", 30));
    let shown = config.show();
    assert!(shown.contains("cardea.toml, line 1\n"), "{shown}");
    let again = from_file(&shown).unwrap();
    assert_eq!(again.values(), config.values());
}

#[test]
fn every_default_may_be_written_down() {
    let config = from_flags(&[]).unwrap();
    assert_eq!(config.values().len(), settings::rows().len());
    for (key, value) in config.values() {
        let Some(value) = value else { continue };
        let (table, name) = key.split_once('.').unwrap_or(("", key));
        let text = if table.is_empty() {
            format!("{name} = {value}")
        } else {
            format!("[{table}]\n{name} = {value}")
        };
        assert!(from_file(&text).is_ok(), "{text}");
    }
}
