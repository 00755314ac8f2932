//! The keys of clients: what they have signed, and what is signed and encrypted for them.

use std::sync::Arc;

use super::app::App;
use super::error::{Error, Result};
use crate::dice;
use crate::oidc::client::Client;
use crate::oidc::error::{Code, Refusal};
use crate::oidc::jose::{
    self, Accept, Alg, ClientKeys, Envelope, Jwt, JwtError, Recipient, SharedSecret, Signers, encrypt,
    verify_jwt,
};
use crate::oidc::keys::SigningKey;
use crate::oidc::options::{Encryption, Keys};
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
        Err(JwtError::NoKey | JwtError::Signature) => match app.key_sets.refetch(uri, app.now()).await {
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
        Keys::JwksUri(uri) => app.key_sets.get_fresh(uri, app.now()).await.map_err(|error| not_had(&error)),
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
