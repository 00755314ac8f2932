//! The keys of clients: what they have signed, and what is signed and encrypted for them.

use std::sync::Arc;

use super::app::App;
use super::error::{Error, Result};
use crate::dice;
use crate::oidc::client::Client;
use crate::oidc::error::{Code, Refusal};
use crate::oidc::jose::{
    self, Accept, Alg, ClientKeys, ContentEncryption, EncryptionKey, Envelope, Jwt, JwtError,
    KeyManagementAlg, Recipient, SharedSecret, Signers, encrypt, verify_jwt,
};
use crate::oidc::keys::SigningKey;
use crate::oidc::options::{Encryption, Keys};
use crate::outbound::cache::Cache;
use crate::outbound::{self, Fetched, Outbound, Wanted};

/// Key sets by their `jwks_uri`.
pub type KeySets = Cache<ClientKeys>;

pub fn key_sets(outbound: &Outbound) -> KeySets {
    Cache::new(outbound.clone(), Wanted::KEY_SET, |fetched: &Fetched| {
        ClientKeys::parse(&fetched.body).map_err(|error| error.to_string())
    })
}

/// Why something that a client sent is not taken for its own, in words that the client may know. A key set that cannot
/// be fetched says nothing about what was sent: that is a [`Refusal`] of its own.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Untrusted {
    #[error(transparent)]
    Jwt(#[from] JwtError),
    #[error("the key set of the client cannot be used: {0}")]
    Keys(#[from] jose::KeySetError),
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
            let keys = ClientKeys::from_jwks(jwks).map_err(Untrusted::from);
            return Ok(keys.and_then(|keys| Ok(check(&keys)?)));
        }
        Keys::JwksUri(uri) => uri,
    };
    // Whatever needs no key of the set is settled without asking for it.
    match check(&ClientKeys::default()) {
        Err(JwtError::NoKey) => {}
        settled => return Ok(settled.map_err(Into::into)),
    }
    let not_had = |error: outbound::Error| not_had(client, &error);
    let keys = app.key_sets.get_fresh(uri, app.now()).await.map_err(not_had)?;
    let settled = match check(&keys) {
        // Perhaps a key is new (OpenID Connect Core 10.1.1).
        Err(JwtError::NoKey | JwtError::Signature) => {
            check(&*app.key_sets.refetch(uri, app.now()).await.map_err(not_had)?)
        }
        settled => settled,
    };
    Ok(settled.map_err(Into::into))
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

/// The secrets that sign ID tokens for `client`, and thus its `id_token_hint`; none where keys of ours do.
pub fn id_token_secrets(app: &App, client: Option<&Client>) -> Result<Vec<SharedSecret>> {
    let is_meant = |client: &&Client| client.id_token_alg.is_symmetric() && !client.is_disabled();
    client.filter(is_meant).map_or_else(|| Ok(Vec::new()), |client| secrets(app, client))
}

/// The keys of a client as far as they are known, fetched where nothing is.
async fn of(app: &App, client: &Client) -> Result<Arc<ClientKeys>, Refusal> {
    match &client.options.keys {
        Keys::None => Ok(Arc::default()),
        Keys::Jwks(jwks) => ClientKeys::from_jwks(jwks).map(Arc::new).map_err(|error| unusable(&error)),
        Keys::JwksUri(uri) => {
            app.key_sets.get_fresh(uri, app.now()).await.map_err(|error| not_had(client, &error))
        }
    }
}

/// Signs `claims` for `client`: with its newest secret, or with our own key. Off the reactor: a signature takes longer
/// than all the rest.
pub async fn sign(
    app: &App,
    client: &Client,
    (alg, typ): (Alg, Option<&'static str>),
    claims: impl serde::Serialize + Send + 'static,
) -> Result<String> {
    if alg.is_symmetric() {
        let signed = jose::sign_with_secret(&newest_secret(app, client)?, alg, typ, &claims);
        return signed.map_err(|error| Error::Fault(error.to_string()));
    }
    let signer = app.store.catalogue().keys.signer(alg).cloned();
    let signer = signer.ok_or_else(|| {
        Error::Fault(format!("no key signs {alg}; create one with: cardea key create --alg {alg}"))
    })?;
    sign_with(signer, typ, claims).await
}

/// Signs with a key of ours, off the reactor.
pub async fn sign_with(
    signer: Arc<SigningKey>,
    typ: Option<&'static str>,
    claims: impl serde::Serialize + Send + 'static,
) -> Result<String> {
    let signed = tokio::task::spawn_blocking(move || jose::sign(&signer.private, &signer.kid, typ, &claims));
    let signed = signed.await.map_err(|error| Error::Fault(error.to_string()))?;
    signed.map_err(|error| Error::Fault(error.to_string()))
}

/// How something is encrypted for a client, with the key for it.
pub struct Sealing {
    alg: KeyManagementAlg,
    enc: ContentEncryption,
    key: SealingKey,
}

enum SealingKey {
    Secret(SharedSecret),
    Own(EncryptionKey),
}

/// What it takes to encrypt for `client` in the way `how`; none where nothing is encrypted. Whoever grants or spends
/// something for what will be encrypted asks first, and refuses while it cannot be had.
pub async fn sealing(
    app: &App,
    client: &Client,
    how: Option<Encryption>,
) -> Result<Result<Option<Sealing>, Refusal>> {
    let Some(how) = how else { return Ok(Ok(None)) };
    let unknown = |_| Error::Fault("an algorithm of the client is not known here".into());
    let (alg, enc) = (how.alg.as_str().parse().map_err(unknown)?, how.enc.as_str().parse().map_err(unknown)?);
    if how.alg.is_symmetric() {
        let key = SealingKey::Secret(newest_secret(app, client)?);
        return Ok(Ok(Some(Sealing { alg, enc, key })));
    }
    let keys = match of(app, client).await {
        Ok(keys) => keys,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let key = keys.encrypting(alg).cloned().map(SealingKey::Own);
    Ok(match key {
        Some(key) => Ok(Some(Sealing { alg, enc, key })),
        None => Err(Refusal::new(
            Code::InvalidRequest,
            format!("no key of the client can be encrypted to with {alg}; add one to its key set"),
        )),
    })
}

impl Sealing {
    /// Encrypts `message`, which is a JWT if `cty` says so.
    pub fn seal(&self, cty: Option<&str>, message: &[u8]) -> Result<String> {
        let envelope = Envelope { alg: self.alg, enc: self.enc, cty };
        let recipient = match &self.key {
            SealingKey::Secret(secret) => Recipient::Secret(secret),
            SealingKey::Own(key) => Recipient::Key(key),
        };
        let sealed = encrypt(message, &envelope, &recipient, &dice::bytes());
        sealed.map_err(|error| Error::Fault(error.to_string()))
    }
}

fn newest_secret(app: &App, client: &Client) -> Result<SharedSecret> {
    let missing =
        || Error::Fault(format!("client {} has no secret that can be a key; give it a new one", client.id));
    secrets(app, client)?.into_iter().next().ok_or_else(missing)
}

fn unusable(error: &jose::KeySetError) -> Refusal {
    Refusal::new(Code::InvalidRequest, format!("the keys of the client cannot be used: {error}"))
}

/// No fault of what was sent, so it can be sent again.
fn not_had(client: &Client, error: &outbound::Error) -> Refusal {
    tracing::info!(client = %client.id, %error, "the key set of a client could not be had");
    Refusal::new(
        Code::TemporarilyUnavailable,
        format!("the key set of the client cannot be had: {}; try again in a moment", error.public()),
    )
}
