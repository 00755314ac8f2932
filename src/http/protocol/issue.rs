//! Tokens as they are made, alike for the token endpoint and for the authorization endpoint.

use serde_json::{Map, Value};

use crate::dice;
use crate::http::app::App;
use crate::http::client_keys::{self, Sealing};
use crate::http::error::{Error, Result};
use crate::oidc::access_token::{self, AccessTokenClaims};
use crate::oidc::claims::{Target, Telling};
use crate::oidc::client::Client;
use crate::oidc::client_claims::registry_for;
use crate::oidc::grant::Grant;
use crate::oidc::id_token::{IdToken, Occasion};
use crate::oidc::options::AccessTokenFormat;
use crate::oidc::scope::Scope;
use crate::oidc::secret;
use crate::oidc::time::UnixTime;
use crate::oidc::user::User;

/// Who gets a token, and for what.
pub struct Issue<'a> {
    pub app: &'a App,
    pub client: &'a Client,
    pub grant: &'a Grant,
    pub user: &'a User,
    pub scope: &'a Scope,
    /// The resources that the access token is for (RFC 8707).
    pub resources: &'a [String],
    pub now: UnixTime,
}

/// What comes along with an ID token.
#[derive(Default)]
pub struct Along<'a> {
    pub nonce: Option<String>,
    pub access_token: Option<&'a str>,
    pub code: Option<&'a str>,
}

/// Seconds that an access token of `client` works.
pub fn access_lifetime(app: &App, client: &Client) -> i64 {
    client.lifetimes.access_token.unwrap_or(app.config.lifetimes.access_token)
}

/// What an access token is made of: the whole of an opaque one. Its row has the hash of it ([`secret::hash`]), so that
/// it can be kept before anything is signed; that hash is also the `jti` of a JWT, which thus opens nothing by itself.
pub fn handle() -> String {
    secret::opaque(dice::bytes())
}

/// The access token that is made of `handle`, in the client's format.
pub async fn access_token(
    app: &App,
    client: &Client,
    handle: &str,
    occasion: &access_token::Occasion<'_>,
) -> Result<String> {
    if client.options.access_token_format == AccessTokenFormat::Opaque {
        return Ok(handle.to_owned());
    }
    let catalogue = app.store.catalogue();
    let signer = access_token::signer(&catalogue.keys, client.id_token_alg).cloned().ok_or_else(|| {
        Error::Fault("no key signs RS256; create one with: cardea key create --alg RS256".into())
    })?;
    let claims = serde_json::to_value(AccessTokenClaims::new(occasion));
    let claims = claims.map_err(|error| Error::Fault(error.to_string()))?;
    client_keys::sign_with(signer, Some(access_token::TYP), claims).await
}

impl Issue<'_> {
    /// The access token that is made of `handle`; see [`handle`].
    pub async fn access_token(&self, handle: &str) -> Result<String> {
        let occasion = access_token::Occasion {
            issuer: self.app.issuer(),
            client_id: &self.client.id,
            sub: &self.app.subject(self.user, self.client),
            jti: &secret::hash(handle),
            scope: self.scope,
            resources: self.resources,
            grant: Some(self.grant),
            now: self.now,
            lifetime: access_lifetime(self.app, self.client),
        };
        access_token(self.app, self.client, handle, &occasion).await
    }

    /// What is encrypted is signed first (OpenID Connect Core 2). `sealing` was found before anything was granted.
    pub async fn id_token(&self, along: Along<'_>, sealing: Option<&Sealing>) -> Result<String> {
        let (app, client, alg) = (self.app, self.client, self.client.id_token_alg);
        let lifetime = self.client.lifetimes.id_token.unwrap_or(self.app.config.lifetimes.id_token);
        let occasion = Occasion {
            issuer: self.app.issuer(),
            sub: self.app.subject(self.user, self.client),
            audiences: &self.client.options.audiences,
            jti: secret::opaque(dice::bytes()),
            alg,
            now: self.now,
            lifetime,
            claims: self.claims(&along),
            nonce: along.nonce,
            access_token: along.access_token,
            code: along.code,
        };
        let id_token = IdToken::new(self.grant, occasion);
        let signed = client_keys::sign(app, client, (alg, None), id_token).await?;
        match sealing {
            Some(sealing) => sealing.seal(Some("JWT"), signed.as_bytes()),
            None => Ok(signed),
        }
    }

    /// OpenID Connect Core 5.4: claims of the scope stand in the ID token where no access token could fetch them, now
    /// or for the code beside it.
    fn claims(&self, along: &Along) -> Map<String, Value> {
        let is_alone = along.access_token.is_none() && along.code.is_none();
        let catalogue = self.app.store.catalogue();
        let telling = Telling {
            user: self.user,
            scope: self.scope,
            registry: &registry_for(&catalogue.scopes, &self.client.options.extra_claims),
            requested: &self.grant.claims,
            is_with_scope: is_alone || self.app.config.id_token_claims || self.client.options.id_token_claims,
        };
        telling.claims(Target::IdToken)
    }
}
