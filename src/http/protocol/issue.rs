//! Tokens as they are made, alike for the token endpoint and for the authorization endpoint.

use serde_json::{Map, Value};

use crate::dice;
use crate::http::app::App;
use crate::http::error::{Error, Result};
use crate::oidc::claims;
use crate::oidc::client::Client;
use crate::oidc::client_claims::registry_for;
use crate::oidc::grant::Grant;
use crate::oidc::id_token::{IdToken, Occasion};
use crate::oidc::jose;
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

impl Issue<'_> {
    /// Signed off the reactor: it takes longer than all the rest.
    pub async fn id_token(&self, along: Along<'_>) -> Result<String> {
        let catalogue = self.app.store.catalogue();
        let alg = self.client.id_token_alg;
        let signer = catalogue.keys.signer(alg).cloned();
        let signer = signer.ok_or_else(|| {
            Error::Fault(format!("no key signs {alg}; create one with: cardea key create --alg {alg}"))
        })?;
        let lifetime = self.client.lifetimes.id_token.unwrap_or(self.app.config.lifetimes.id_token);
        let occasion = Occasion {
            issuer: self.app.issuer(),
            sub: self.app.subject(self.user, self.client),
            audiences: &self.client.options.audiences,
            jti: secret::opaque(dice::bytes()),
            alg,
            now: self.now,
            lifetime,
            nonce: along.nonce,
            access_token: along.access_token,
            code: along.code,
            claims: self.claims(along.access_token.is_some()),
        };
        let id_token = IdToken::new(self.grant, occasion);
        let signed =
            tokio::task::spawn_blocking(move || jose::sign(&signer.private, &signer.kid, None, &id_token));
        let signed = signed.await.map_err(|error| Error::Fault(error.to_string()))?;
        signed.map_err(|error| Error::Fault(error.to_string()))
    }

    /// OpenID Connect Core 5.4: claims stand in the ID token where no access token could fetch them.
    fn claims(&self, is_with_access_token: bool) -> Map<String, Value> {
        let is_asked = self.app.config.id_token_claims || self.client.options.id_token_claims;
        if is_with_access_token && !is_asked {
            return Map::new();
        }
        let catalogue = self.app.store.catalogue();
        let registry = registry_for(&catalogue.scopes, &self.client.options.extra_claims);
        claims::released(self.user, self.scope, &registry)
    }
}
