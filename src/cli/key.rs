//! `cardea key create|list|rotate|import|retire`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::json;

use super::open::{House, in_house};
use super::{Failure, Settings, print};
use crate::oidc::encryption_keys::{self, EncryptionKeyRecord, EncryptionKeyState};
use crate::oidc::jose::{Alg, KeyManagementAlg, UnknownAlg};
use crate::oidc::keys::{KeyRecord, KeyState};
use crate::oidc::rotation::rsa_bits;
use crate::store::rotation::{Begin, Error as Refused, Former, ImportedKey, NewKey};
use crate::store::{encryption_keys as sealed_keys, keys};

#[derive(Subcommand)]
pub enum Command {
    /// Make a key and print its ID: the first of its algorithm signs at once, another one waits to be the next
    Create {
        /// RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512 or EdDSA
        #[arg(long, default_value = "RS256", value_parser = Alg::of_key_pair)]
        alg: Alg,
        /// For RSA: 2048 unless told
        #[arg(long)]
        bits: Option<u32>,
        /// Let it sign at once, even if another one does
        #[arg(long)]
        sign: bool,
    },
    /// List all keys that ever were: those that sign, and those that apps encrypt to
    List {
        #[arg(long)]
        json: bool,
    },
    /// Let the next key sign now, or a new one, and print its ID; or publish a new one for encryption
    Rotate {
        /// Of which algorithm; RSA-OAEP and ECDH-ES are the keys that apps encrypt to
        #[arg(long, default_value = "RS256", value_parser = KeyAlg::parse)]
        alg: KeyAlg,
        /// The old key leaked: every token that it signed, or that was encrypted to it, stops working
        #[arg(long)]
        withdraw: bool,
    },
    /// Take in a private key that was made elsewhere, and print its ID
    Import(Import),
    /// Stop a key without a successor; it stays published until its tokens have expired
    Retire {
        // One in 64 begins so.
        #[arg(allow_hyphen_values = true)]
        kid: String,
        /// It leaked, or nobody needs it: unpublish it now
        #[arg(long)]
        withdraw: bool,
    },
}

/// What a key is for.
#[derive(Clone, Copy)]
pub enum KeyAlg {
    Signing(Alg),
    Encryption(KeyManagementAlg),
}

impl KeyAlg {
    fn parse(text: &str) -> Result<Self, UnknownAlg> {
        match encryption_keys::ALGS.into_iter().find(|alg| alg.as_str() == text) {
            Some(alg) => Ok(Self::Encryption(alg)),
            None => Alg::of_key_pair(text).map(Self::Signing),
        }
    }
}

#[derive(Args)]
pub struct Import {
    /// A PEM file with the private key; - is standard input
    file: PathBuf,
    /// The algorithm, unless it is the usual one for this kind of key
    #[arg(long, value_parser = Alg::of_key_pair)]
    alg: Option<Alg>,
    /// The key ID, if apps know the key by one already [default: its thumbprint]
    #[arg(long, allow_hyphen_values = true)]
    kid: Option<String>,
    /// Publish it, and let it sign at the next rotation
    #[arg(long, conflicts_with = "verify_only")]
    next: bool,
    /// Publish it for the tokens that it has signed elsewhere
    #[arg(long)]
    verify_only: bool,
}

impl Import {
    const fn begin(&self) -> Begin {
        match (self.next, self.verify_only) {
            (true, _) => Begin::Next,
            (_, true) => Begin::VerifyOnly,
            _ => Begin::Signing,
        }
    }
}

pub fn run(command: Command, settings: &Settings) -> Result<(), Failure> {
    match command {
        Command::Create { alg, bits, sign } => in_house(settings, async |house| {
            let new = NewKey { alg, bits, signs_at_once: sign };
            let by = house.nameless_event();
            done(&house.store.create_key(new, house.config.keeping(), by).await?);
            Ok(())
        }),
        Command::List { json } => in_house(settings, async |house| list(house, json).await),
        Command::Rotate { alg, withdraw } => in_house(settings, async |house| {
            let (former, by) = (former(house, withdraw), house.nameless_event());
            match alg {
                KeyAlg::Signing(alg) => done(&house.store.rotate_key(alg, former, by).await?),
                KeyAlg::Encryption(alg) => {
                    encryption_done(&house.store.rotate_encryption_key(alg, former, by).await?);
                }
            }
            Ok(())
        }),
        Command::Import(import) => {
            let (pem, begin) = (print::text_of(&import.file)?, import.begin());
            in_house(settings, async |house| {
                let key = ImportedKey { pem, alg: import.alg, kid: import.kid, begin };
                let by = house.nameless_event();
                done(&house.store.import_key(key, house.config.keeping(), by).await?);
                Ok(())
            })
        }
        Command::Retire { kid, withdraw } => {
            in_house(settings, async |house| retire(house, kid, withdraw).await)
        }
    }
}

async fn retire(house: &House, kid: String, is_withdrawn: bool) -> Result<(), Failure> {
    let by = house.nameless_event();
    let own = {
        let kid = kid.clone();
        house.store.read(move |db| sealed_keys::find(db, &kid)).await?
    };
    match own.map(|key| key.state) {
        // It is retired by a rotation, and forgotten in its time.
        Some(EncryptionKeyState::Retired) if !is_withdrawn => {
            let state = EncryptionKeyState::Retired.as_str();
            return Err(Refused::Over { kid, state }.into());
        }
        Some(_) => encryption_done(&house.store.withdraw_encryption_key(kid, by).await?),
        None => done(&house.store.retire_key(kid, former(house, is_withdrawn), by).await?),
    }
    Ok(())
}

fn former(house: &House, is_withdrawn: bool) -> Former {
    if is_withdrawn { Former::Withdrawn } else { Former::Kept(house.config.keeping()) }
}

/// The ID for scripts, the rest for people.
fn done(record: &KeyRecord) {
    print::line(&record.kid);
    eprintln!("{}: {}", record.alg, sentence(record));
}

fn encryption_done(record: &EncryptionKeyRecord) {
    print::line(&record.kid);
    eprintln!("{}: {}", record.alg, encryption_sentence(record));
}

fn encryption_sentence(record: &EncryptionKeyRecord) -> String {
    match (record.state, record.removed_at) {
        (EncryptionKeyState::Retired, Some(at)) => format!("decrypts until {at}"),
        (EncryptionKeyState::Retired, None) => "decrypts".to_owned(),
        (EncryptionKeyState::Removed, Some(at)) => format!("withdrawn {at}"),
        (EncryptionKeyState::Removed, None) => "withdrawn".to_owned(),
        (EncryptionKeyState::Current, _) => format!("published since {}", record.created_at),
    }
}

fn sentence(record: &KeyRecord) -> String {
    match (record.state, record.signs_at, record.removed_at) {
        (KeyState::Next, Some(at), _) => format!("published, signs from {at}"),
        (KeyState::Next, None, _) => "published, signs after the next rotation".to_owned(),
        (KeyState::Signing, Some(at), _) => format!("signs since {at}"),
        (KeyState::Signing, None, _) => "signs".to_owned(),
        (KeyState::Retired, _, Some(at)) => format!("verifies until {at}"),
        (KeyState::Retired, _, None) => "verifies".to_owned(),
        (KeyState::Removed, _, Some(at)) => format!("withdrawn {at}"),
        (KeyState::Removed, _, None) => "withdrawn".to_owned(),
    }
}

async fn list(house: &House, as_json: bool) -> Result<(), Failure> {
    let (signing, encryption) = house
        .store
        .read(|db| Ok::<_, crate::store::Error>((keys::list(db)?, sealed_keys::list(db)?)))
        .await?;
    if as_json {
        let records = signing.iter().map(described).chain(encryption.iter().map(encryption_described));
        print::json(&records.collect::<Vec<_>>());
        return Ok(());
    }
    let bits = |jwk| rsa_bits(jwk).map(|bits| bits.to_string()).unwrap_or_default();
    let signing = signing.iter().map(|record| {
        let KeyRecord { kid, alg, state, public_jwk, .. } = record;
        [kid.clone(), "sig".into(), alg.to_string(), bits(public_jwk), state.to_string(), sentence(record)]
    });
    let encryption = encryption.iter().map(|record| {
        let EncryptionKeyRecord { kid, alg, state, public_jwk, .. } = record;
        let times = encryption_sentence(record);
        [kid.clone(), "enc".into(), alg.to_string(), bits(public_jwk), state.to_string(), times]
    });
    let rows: Vec<_> = signing.chain(encryption).collect();
    print::table(["KEY ID", "USE", "ALGORITHM", "BITS", "STATE", "TIMES (UTC)"], &rows);
    Ok(())
}

fn described(record: &KeyRecord) -> serde_json::Value {
    json!({
        "kid": record.kid,
        "use": "sig",
        "alg": record.alg,
        "bits": rsa_bits(&record.public_jwk),
        "state": record.state.as_str(),
        "is_imported": record.is_imported,
        "created_at": record.created_at,
        "signs_at": record.signs_at,
        "retired_at": record.retired_at,
        "removed_at": record.removed_at,
    })
}

fn encryption_described(record: &EncryptionKeyRecord) -> serde_json::Value {
    json!({
        "kid": record.kid,
        "use": "enc",
        "alg": record.alg.as_str(),
        "bits": rsa_bits(&record.public_jwk),
        "state": record.state.as_str(),
        "created_at": record.created_at,
        "retired_at": record.retired_at,
        "removed_at": record.removed_at,
    })
}
