//! What is signed and encrypted between a client and us, with its keys and its secrets.

use std::sync::Arc;

use super::app::App;
use super::error::{Error, Result};
use crate::dice;
use crate::oidc::client::Client;
use crate::oidc::error::{Code, Refusal};
use crate::oidc::jose::{
    self, Accept, Alg, ClientKeys, Envelope, Jwt, JwtError, Recipient, SharedSecret, Signers, encrypt,
};
use crate::oidc::options::{Encryption, Keys};
use crate::outbound::Fetched;

/// How a fetched `jwks_uri` is read.
pub fn parse_key_set(fetched: &Fetched) -> Result<ClientKeys, String> {
    ClientKeys::parse(&fetched.body).map_err(|error| error.to_string())
}

/// The keys of a client as far as they are known, fetched where nothing is.
pub async fn of(app: &App, client: &Client) -> Result<Arc<ClientKeys>, Refusal> {
    match &client.options.keys {
        Keys::None => Ok(Arc::default()),
        Keys::Jwks(jwks) => ClientKeys::from_jwks(jwks).map(Arc::new).map_err(|error| unusable(&error)),
        Keys::JwksUri(uri) => app.key_sets.get_fresh(uri, app.now()).await.map_err(|error| not_had(&error)),
    }
}

/// A document that `client` signed with one of its keys or secrets, by one of the algorithms to `accept`. A key that
/// is not known yet is looked for at its `jwks_uri` once more.
pub async fn verify(app: &App, client: &Client, jwt: &str, accept: &Accept<'_>) -> Result<Jwt, Refusal> {
    let secrets =
        secrets(app, client).map_err(|error| Refusal::new(Code::InvalidRequest, error.to_string()))?;
    let needs_keys = accept.algs.iter().any(|alg| !alg.is_symmetric());
    let keys = if needs_keys { of(app, client).await? } else { Arc::default() };
    let check = |keys: &ClientKeys| {
        jose::verify_jwt(jwt, &Signers { keys: keys.verifying(), secrets: &secrets }, accept)
    };
    let checked = match (check(&keys), &client.options.keys) {
        (Err(JwtError::NoKey | JwtError::Signature), Keys::JwksUri(uri)) if needs_keys => {
            let keys = app.key_sets.refetch(uri, app.now()).await.map_err(|error| not_had(&error))?;
            check(&keys)
        }
        (checked, _) => checked,
    };
    checked.map_err(|error| Refusal::new(Code::InvalidRequest, error.to_string()))
}

/// The live secrets that were kept to be used as keys, the newest first.
fn secrets(app: &App, client: &Client) -> Result<Vec<SharedSecret>> {
    let (vault, now) = (app.store.vault(), app.now());
    let mut secrets = Vec::new();
    for secret in client.secrets.iter().filter(|secret| secret.is_live(now)) {
        let clear = vault.clear_secret(secret)?.and_then(|clear| String::from_utf8(clear).ok());
        secrets.extend(clear.map(|clear| SharedSecret::new(&clear)));
    }
    Ok(secrets)
}

/// Signs `claims` for `client`: with its newest secret, or with our own key.
pub fn sign(
    app: &App,
    client: &Client,
    (alg, typ): (Alg, Option<&str>),
    claims: &impl serde::Serialize,
) -> Result<String> {
    let signed = if alg.is_symmetric() {
        jose::sign_with_secret(&newest_secret(app, client)?, alg, typ, claims)
    } else {
        let catalogue = app.store.catalogue();
        let signer = catalogue.keys.signer(alg).ok_or_else(|| {
            Error::Fault(format!("no key signs {alg}; create one with: cardea key create --alg {alg}"))
        })?;
        jose::sign(&signer.private, &signer.kid, typ, claims)
    };
    signed.map_err(|error| Error::Fault(error.to_string()))
}

/// Encrypts `message`, which is a JWT if `cty` says so, for `client` alone.
pub async fn seal(
    app: &App,
    client: &Client,
    (how, cty): (Encryption, Option<&str>),
    message: &[u8],
) -> Result<String> {
    let unknown = |_| Error::Fault("an algorithm of the client is not known here".into());
    let alg = how.alg.as_str().parse().map_err(unknown)?;
    let envelope = Envelope { alg, enc: how.enc.as_str().parse().map_err(unknown)?, cty };
    let sealed = if how.alg.is_symmetric() {
        let secret = newest_secret(app, client)?;
        encrypt(message, &envelope, &Recipient::Secret(&secret), &dice::bytes())
    } else {
        let keys = of(app, client).await?;
        let key = keys.encrypting(alg).ok_or_else(|| {
            Refusal::new(
                Code::InvalidRequest,
                format!("the client has no key to encrypt to with {}", how.alg),
            )
        })?;
        encrypt(message, &envelope, &Recipient::Key(key), &dice::bytes())
    };
    sealed.map_err(|error| Error::Fault(error.to_string()))
}

fn newest_secret(app: &App, client: &Client) -> Result<SharedSecret> {
    let missing =
        || Error::Fault(format!("client {} has no secret that can be a key; give it a new one", client.id));
    secrets(app, client)?.into_iter().next().ok_or_else(missing)
}

fn unusable(error: &jose::KeySetError) -> Refusal {
    Refusal::new(Code::InvalidRequest, format!("the keys of the client cannot be used: {error}"))
}

fn not_had(error: &crate::outbound::Error) -> Refusal {
    tracing::info!(%error, "the keys of a client are not to be had");
    Refusal::new(
        Code::InvalidRequest,
        format!("the keys of the client are not to be had: {}", error.public()),
    )
}
