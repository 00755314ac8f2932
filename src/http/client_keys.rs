//! The keys of clients, and what they have signed.

use std::sync::Arc;

use super::app::App;
use super::error::{Error, Result};
use crate::oidc::client::Client;
use crate::oidc::jose::{Accept, ClientKeys, Jwt, JwtError, SharedSecret, Signers, verify_jwt};
use crate::oidc::options::Keys;
use crate::outbound::cache::Cache;
use crate::outbound::{Fetched, Outbound, Wanted};

/// Key sets by their `jwks_uri`.
pub type KeySets = Cache<ClientKeys>;

pub fn key_sets(outbound: &Outbound) -> KeySets {
    Cache::new(outbound.clone(), Wanted::KEY_SET, |fetched: &Fetched| {
        ClientKeys::parse(&fetched.body).map_err(|error| error.to_string())
    })
}

/// Why something that a client sent is not taken for its own, in words that the client may know.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Untrusted {
    #[error(transparent)]
    Jwt(#[from] JwtError),
    #[error("the key set of the client cannot be had: {0}")]
    Keys(String),
}

/// Reads a JWT that `client` has signed, with a key of its set or with its secret.
pub async fn verify(
    app: &App,
    client: &Client,
    token: &str,
    accept: &Accept<'_>,
) -> Result<Result<Jwt, Untrusted>> {
    let secrets = secrets(app, client)?;
    let check =
        |keys: &ClientKeys| verify_jwt(token, &Signers { keys: keys.verifying(), secrets: &secrets }, accept);
    let uri = match &client.options.keys {
        Keys::None => return Ok(check(&ClientKeys::default()).map_err(Into::into)),
        Keys::Jwks(jwks) => {
            let keys = ClientKeys::from_jwks(jwks).map_err(|error| Untrusted::Keys(error.to_string()));
            return Ok(keys.and_then(|keys| Ok(check(&keys)?)));
        }
        Keys::JwksUri(uri) => uri,
    };
    // Whatever needs no key of the set is settled without asking for it.
    match check(&ClientKeys::default()) {
        Err(JwtError::NoKey) => {}
        settled => return Ok(settled.map_err(Into::into)),
    }
    let unreachable = |error: crate::outbound::Error| {
        tracing::info!(client = %client.id, %error, "the key set of a client could not be had");
        Untrusted::Keys(error.public())
    };
    let keys: Arc<ClientKeys> = match app.key_sets.get_fresh(uri, app.now()).await {
        Ok(keys) => keys,
        Err(error) => return Ok(Err(unreachable(error))),
    };
    match check(&keys) {
        // Perhaps a key is new (OpenID Connect Core 10.1.1).
        Err(JwtError::NoKey) => match app.key_sets.refetch(uri, app.now()).await {
            Ok(keys) => Ok(check(&keys).map_err(Into::into)),
            Err(error) => Ok(Err(unreachable(error))),
        },
        settled => Ok(settled.map_err(Into::into)),
    }
}

/// The secrets of `client` that count now, where they are kept in clear.
pub fn secrets(app: &App, client: &Client) -> Result<Vec<SharedSecret>> {
    let (vault, now) = (app.store.vault(), app.now());
    let mut clear = Vec::new();
    for secret in client.secrets.iter().filter(|own| own.expires_at.is_none_or(|end| now < end)) {
        if let Some(bytes) = vault.clear_secret(secret)? {
            let text = String::from_utf8(bytes);
            let text = text.map_err(|_| Error::Fault(format!("secret {} is no text", secret.id)))?;
            clear.push(SharedSecret::new(&text));
        }
    }
    Ok(clear)
}
