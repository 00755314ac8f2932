//! Access tokens that somebody shows: from the text to the row, whatever their format.

use actix_web::HttpRequest;

use super::authorization;
use crate::http::app::{App, AppData};
use crate::http::error::Result;
use crate::oidc::access_token::TYP;
use crate::oidc::error::{Code, Refusal};
use crate::oidc::jose::{self, Accept, Alg, Signers, Typ, numeric_date};
use crate::oidc::scope::Scope;
use crate::oidc::secret;
use crate::store::client_tokens::{self, ClientToken};
use crate::store::tokens::{self, Access};

/// What a live access token lets its bearer do.
pub enum Bearer {
    /// Something of a person.
    Person(Box<Access>),
    /// Something of the client itself.
    Client(ClientToken),
}

impl Bearer {
    pub fn client_id(&self) -> &str {
        match self {
            Self::Person(access) => &access.grant.client_id,
            Self::Client(token) => &token.client_id,
        }
    }

    pub const fn scope(&self) -> &Scope {
        match self {
            Self::Person(access) => &access.scope,
            Self::Client(token) => &token.scope,
        }
    }

    /// The resources that it is for; none means this provider.
    pub fn resources(&self) -> &[String] {
        match self {
            Self::Person(access) => &access.resources,
            Self::Client(token) => &token.resources,
        }
    }

    /// RFC 8707 3: whoever a token for something else was for shall not use it at `endpoint` of this provider.
    pub fn check_is_for(&self, app: &App, endpoint: &str) -> Result<(), Refusal> {
        let issuer = app.issuer();
        let is_here = |own: &String| own == issuer || own.strip_prefix(issuer) == Some(endpoint);
        if self.resources().is_empty() || self.resources().iter().any(is_here) {
            return Ok(());
        }
        Err(Refusal::new(Code::InvalidToken, "the access token is for another resource"))
    }
}

/// RFC 6750 2.1; the scheme's name in any case (RFC 9110 11.1).
pub fn in_header(request: &HttpRequest) -> Result<Option<String>, Refusal> {
    let sent = authorization(request)?.and_then(|header| header.split_once(' '));
    let bearer = sent.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    Ok(bearer.map(|(_, token)| token.trim().to_owned()))
}

/// What `token` stands for, while it is neither expired nor revoked, and nobody is disabled.
pub async fn find(app: &AppData, token: &str) -> Result<Option<Bearer>> {
    let (Some(token_hash), now) = (token_hash(app, token), app.now()) else { return Ok(None) };
    let found = app.store.read(move |db| {
        if let Some(access) = tokens::find_access(db, &token_hash, now)? {
            return Ok::<_, crate::store::Error>(Some(Bearer::Person(Box::new(access))));
        }
        Ok(client_tokens::find(db, &token_hash, now)?.map(Bearer::Client))
    });
    Ok(found.await?)
}

/// Under what a token is kept: the hash of an opaque one, the `jti` of a JWT that we signed and that has not expired.
pub fn token_hash(app: &App, token: &str) -> Option<String> {
    // No opaque one has a dot.
    if !token.contains('.') {
        return Some(secret::hash(token));
    }
    let catalogue = app.store.catalogue();
    let signers = Signers { keys: &catalogue.verifying, secrets: &[] };
    let jwt = jose::verify_jwt(token, &signers, &Accept { algs: &Alg::ALL, typ: Typ::Must(TYP) }).ok()?;
    let is_live = numeric_date(&jwt.claims, "exp").ok().flatten().is_some_and(|exp| app.now() < exp);
    let is_ours = jwt.claims.get("iss").and_then(|iss| iss.as_str()) == Some(app.issuer());
    let jti = jwt.claims.get("jti")?.as_str()?;
    (is_live && is_ours).then(|| jti.to_owned())
}
