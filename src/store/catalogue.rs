//! What every request needs and seldom changes: clients, keys, scopes and settings, kept in memory and read again
//! when the database's revision says so. Every node asks for the revision more than once a second.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use diesel::prelude::*;
use serde_json::Value;

use super::db::Db;
use super::error::Result;
use super::schema::revisions;
use super::settings::Settings;
use super::vault::Vault;
use super::{Store, clients, encryption_keys, keys, scopes, settings};
use crate::oidc::claims::ScopeEntry;
use crate::oidc::client::Client;
use crate::oidc::jose::{self, DecryptionKey, PublicKey};
use crate::oidc::keys::KeyRing;

/// How many clients are kept; all are dropped when there are more.
const CLIENTS: usize = 10_000;

/// One revision of it.
pub struct Catalogue {
    revision: i64,
    pub keys: KeyRing,
    /// With which what was encrypted to us is read, by `kid`.
    pub decryption_keys: Vec<(String, DecryptionKey)>,
    /// The key set document, as it is served.
    pub jwks: Value,
    /// What verifies tokens of our own.
    pub verifying: Vec<PublicKey>,
    pub scopes: Vec<ScopeEntry>,
    pub settings: Settings,
    clients: Mutex<HashMap<String, Arc<Client>>>,
}

impl Catalogue {
    pub const fn revision(&self) -> i64 {
        self.revision
    }

    fn known(&self, client_id: &str) -> Option<Arc<Client>> {
        self.clients.lock().unwrap_or_else(PoisonError::into_inner).get(client_id).cloned()
    }

    fn keep(&self, client: &Arc<Client>) {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if clients.len() >= CLIENTS {
            clients.clear();
        }
        clients.insert(client.id.clone(), client.clone());
    }
}

impl Store {
    /// The client that `client_id` names.
    pub async fn client(&self, client_id: &str) -> Result<Option<Arc<Client>>> {
        // Taken before the row is read: a client that changes meanwhile lands in a catalogue that is given up.
        let catalogue = self.catalogue();
        if let Some(client) = catalogue.known(client_id) {
            return Ok(Some(client));
        }
        let id = client_id.to_owned();
        let found = self.read(move |db| clients::find(db, &id)).await?;
        Ok(found.map(|client| {
            let client = Arc::new(client);
            catalogue.keep(&client);
            client
        }))
    }
}

/// Counts a change. Every verb that changes a client, key, scope or setting calls it in the same transaction.
pub(super) fn touch(db: &mut Db) -> Result<()> {
    let row = revisions::table.filter(revisions::name.eq("catalogue"));
    diesel::update(row).set(revisions::number.eq(revisions::number + 1)).execute(db)?;
    Ok(())
}

fn revision(db: &mut Db) -> Result<i64> {
    Ok(revisions::table.filter(revisions::name.eq("catalogue")).select(revisions::number).first(db)?)
}

pub(super) fn load(db: &mut Db, vault: &Vault) -> Result<Catalogue> {
    // First, so that a change in between is read again rather than missed.
    let revision = revision(db)?;
    let keys = keys::ring(db, vault)?;
    let decrypting = encryption_keys::decrypting(db, vault)?;
    Ok(Catalogue {
        revision,
        jwks: published(&keys, decrypting.published),
        verifying: keys.public_keys(),
        keys,
        decryption_keys: decrypting.keys,
        scopes: scopes::list(db)?,
        settings: settings::find(db)?,
        clients: Mutex::default(),
    })
}

/// What verifies our signatures, and what things are encrypted to us with.
fn published(keys: &KeyRing, encrypting: Vec<Value>) -> Value {
    let verifying = keys.jwks()["keys"].as_array().cloned().unwrap_or_default();
    jose::jwks(verifying.into_iter().chain(encrypting))
}

pub(super) fn load_newer(db: &mut Db, vault: &Vault, known: i64) -> Result<Option<Catalogue>> {
    if revision(db)? == known {
        return Ok(None);
    }
    load(db, vault).map(Some)
}
