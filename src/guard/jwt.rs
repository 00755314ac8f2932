//! Tokens that say themselves what they are worth (RFC 9068).

use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::token::Token;
use super::verifier::{Verdict, Verifier};
use crate::oidc::access_token::TYP;
use crate::oidc::jose::{self, Accept, Alg, ClientKeys, JwtError, Signers, Typ};
use crate::oidc::time::UnixTime;
use crate::outbound::cache::Cache;
use crate::outbound::{Fetched, Outbound, Wanted};

/// Reads JWT access tokens by the issuer's keys, which it fetches and keeps. Nobody is asked about a single token, so
/// one that is revoked is good until it expires; clients need `access_token_format` `jwt`.
pub struct Jwt {
    issuer: String,
    jwks_uri: String,
    keys: Cache<ClientKeys>,
}

impl Jwt {
    /// `issuer` and `jwks_uri` as Cardea's discovery document has them.
    pub fn new(outbound: Outbound, issuer: &str, jwks_uri: &str) -> Self {
        let keys = Cache::new(outbound, Wanted::KEY_SET, key_set);
        Self { issuer: issuer.into(), jwks_uri: jwks_uri.into(), keys }
    }

    async fn judge(&self, token: &str, now: UnixTime) -> Verdict {
        // An opaque one is none of these, and no reason to ask anybody.
        if token.split('.').count() != 3 {
            return Ok(None);
        }
        let keys = self.keys.get_fresh(&self.jwks_uri, now).await?;
        let mut read = verified(token, &keys);
        // The issuer may have a new key.
        if read.as_ref().is_err_and(|error| *error == JwtError::NoKey) {
            let keys: Arc<ClientKeys> = self.keys.refetch(&self.jwks_uri, now).await?;
            read = verified(token, &keys);
        }
        let token = read.ok().and_then(|jwt| Token::from_claims(jwt.claims).ok());
        Ok(token.filter(|token| self.is_whole(token)))
    }

    /// RFC 9068, 2.2 and 4; the rest is the guard's part.
    fn is_whole(&self, token: &Token) -> bool {
        let has = |name| token.text(name).is_some_and(|text| !text.is_empty());
        let is_ours = token.text("iss") == Some(&*self.issuer);
        is_ours && token.expires_at().is_some() && ["sub", "client_id", "jti"].into_iter().all(has)
    }
}

impl Verifier for Jwt {
    fn verify<'a>(&'a self, token: &'a str, now: UnixTime) -> BoxFuture<'a, Verdict> {
        Box::pin(self.judge(token, now))
    }
}

fn verified(token: &str, keys: &ClientKeys) -> Result<jose::Jwt, JwtError> {
    let signers = Signers { keys: keys.verifying(), secrets: &[] };
    // RFC 9068, 4: by its `typ` nobody passes an ID token off as one.
    jose::verify_jwt(token, &signers, &Accept { algs: &Alg::ALL, typ: Typ::Must(TYP) })
}

fn key_set(fetched: &Fetched) -> Result<ClientKeys, String> {
    ClientKeys::parse(&fetched.body).map_err(|error| error.to_string())
}
