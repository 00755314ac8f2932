//! The keys of clients, and what they have signed.

use serde_json::{Map, Value};

use super::app::AppData;
use super::error::Result;
use crate::oidc::client::Client;
use crate::oidc::client_assertion::allowed_algs;
use crate::oidc::jose::{self, Alg, JwtError, PublicKey};
use crate::oidc::options::Keys;

/// The claims of a document that `client` signed with one of its keys.
pub async fn verify_signature(
    _app: &AppData,
    client: &Client,
    jwt: &str,
) -> Result<Map<String, Value>, JwtError> {
    let keys = match &client.options.keys {
        Keys::Jwks(jwks) => PublicKey::set_from_jwks(jwks),
        _ => Vec::new(),
    };
    jose::verify(jwt, &keys, &allowed_algs(client, &Alg::ALL))
}

/// The claims of a document that `client` signed with one of its secrets.
pub fn verify_mac(
    _app: &AppData,
    _client: &Client,
    _jwt: &str,
) -> Result<Result<Map<String, Value>, JwtError>> {
    Ok(Err(JwtError::NoKey))
}
