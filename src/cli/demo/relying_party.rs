//! What an app does to sign people in with Cardea: the authorization code flow with PKCE and a nonce, by the crate
//! `openidconnect`.

use std::time::Duration;

use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreIdTokenClaims, CoreProviderMetadata, CoreTokenResponse,
    CoreUserInfoClaims,
};
use openidconnect::http::{Method, Request};
use openidconnect::{
    AccessTokenHash, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointMaybeSet, EndpointNotSet,
    EndpointSet, HttpRequest, HttpResponse, IssuerUrl, Nonce, OAuth2TokenResponse, PkceCodeChallenge,
    PkceCodeVerifier, RedirectUrl, RefreshToken, RequestTokenError, Scope, TokenResponse,
};
use serde_json::Value;

use crate::dice;
use crate::oidc::secret;

/// Words for the page that tells of it.
type Result<T> = std::result::Result<T, String>;

type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

pub struct RelyingParty {
    issuer: String,
    redirect_uri: String,
    client_id: String,
    client_secret: String,
    agent: ureq::Agent,
}

/// What is remembered while the person is at Cardea.
pub struct Begun {
    pub url: String,
    state: CsrfToken,
    nonce: Nonce,
    code_verifier: PkceCodeVerifier,
}

/// What the person's browser brings back.
pub struct Callback {
    pub code: String,
    pub state: String,
}

/// Who signed in, and what may be shown of it.
#[derive(Clone)]
pub struct SignedIn {
    /// The claims of the verified ID token.
    pub id_token: Value,
    pub userinfo: Value,
    /// Granted scope, lifetime and kinds of tokens.
    pub tokens: Vec<(&'static str, String)>,
    pub refreshed: u32,
    claims: CoreIdTokenClaims,
    refresh_token: Option<RefreshToken>,
}

impl SignedIn {
    pub const fn may_refresh(&self) -> bool {
        self.refresh_token.is_some()
    }
}

impl RelyingParty {
    /// `client` is the client's ID and secret.
    pub fn new(issuer: &str, home: &str, client: (String, String)) -> Self {
        let config = ureq::Agent::config_builder()
            // An error of OAuth is an answer. Redirects would lead requests with secrets to strangers.
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(Duration::from_secs(10)));
        Self {
            issuer: issuer.to_owned(),
            redirect_uri: format!("{home}/callback"),
            client_id: client.0,
            client_secret: client.1,
            agent: config.build().into(),
        }
    }

    pub fn begin(&self) -> Result<Begun> {
        let code_verifier = PkceCodeVerifier::new(random());
        let client = self.client()?;
        let (url, state, nonce) = client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                || CsrfToken::new(random()),
                || Nonce::new(random()),
            )
            .add_scopes(["profile", "email", "offline_access"].map(|scope| Scope::new(scope.to_owned())))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&code_verifier))
            .url();
        Ok(Begun { url: url.into(), state, nonce, code_verifier })
    }

    pub fn finish(&self, begun: Begun, callback: Callback) -> Result<SignedIn> {
        if !secret::same(begun.state.secret(), &callback.state) {
            return Err("This answer belongs to another sign-in (state). Start again.".into());
        }
        let client = self.client()?;
        let tokens = client
            .exchange_code(AuthorizationCode::new(callback.code))
            .map_err(|error| error.to_string())?
            .set_pkce_verifier(begun.code_verifier)
            .request(&|request| self.ask(request))
            .map_err(|error| told("The code was not exchanged", error))?;
        let claims = verified(&client, &tokens, |nonce| match nonce {
            Some(nonce) if secret::same(nonce.secret(), begun.nonce.secret()) => Ok(()),
            _ => Err("the nonce is not the one that was sent".to_owned()),
        })?
        .ok_or("Cardea sent no ID token.")?;
        self.signed_in(&client, &tokens, claims)
    }

    /// New tokens without the person.
    pub fn refresh(&self, before: &SignedIn) -> Result<SignedIn> {
        let token = before.refresh_token.as_ref().ok_or("There is no refresh token.")?;
        let client = self.client()?;
        let tokens = client
            .exchange_refresh_token(token)
            .map_err(|error| error.to_string())?
            .request(&|request| self.ask(request))
            .map_err(|error| told("The tokens were not refreshed", error))?;
        // OpenID Connect Core 12.2: there may be no ID token, it needs no nonce, and it is about the same person.
        let claims = verified(&client, &tokens, |_| Ok(()))?.unwrap_or_else(|| before.claims.clone());
        if claims.subject() != before.claims.subject() {
            return Err("The new ID token is about somebody else.".into());
        }
        let mut after = self.signed_in(&client, &tokens, claims)?;
        after.refresh_token = after.refresh_token.or_else(|| before.refresh_token.clone());
        after.refreshed = before.refreshed + 1;
        Ok(after)
    }

    /// Discovery each time: it costs little on this machine, and keys may have been rotated.
    fn client(&self) -> Result<Client> {
        let issuer = IssuerUrl::new(self.issuer.clone()).map_err(|error| error.to_string())?;
        let metadata = CoreProviderMetadata::discover(&issuer, &|request| self.ask(request))
            .map_err(|error| format!("Cardea was not discovered: {error}"))?;
        let redirect_uri = RedirectUrl::new(self.redirect_uri.clone()).map_err(|error| error.to_string())?;
        let (id, secret) = (self.client_id.clone(), self.client_secret.clone());
        Ok(CoreClient::from_provider_metadata(metadata, ClientId::new(id), Some(ClientSecret::new(secret)))
            .set_redirect_uri(redirect_uri))
    }

    fn signed_in(
        &self,
        client: &Client,
        tokens: &CoreTokenResponse,
        claims: CoreIdTokenClaims,
    ) -> Result<SignedIn> {
        let userinfo: CoreUserInfoClaims = client
            .user_info(tokens.access_token().clone(), Some(claims.subject().clone()))
            .map_err(|error| error.to_string())?
            .request(&|request| self.ask(request))
            .map_err(|error| format!("The userinfo endpoint did not answer: {error}"))?;
        let json = |value: serde_json::Result<Value>| value.map_err(|error| error.to_string());
        Ok(SignedIn {
            id_token: json(serde_json::to_value(&claims))?,
            userinfo: json(serde_json::to_value(&userinfo))?,
            tokens: described(tokens),
            refreshed: 0,
            claims,
            refresh_token: tokens.refresh_token().cloned(),
        })
    }

    fn ask(&self, request: HttpRequest) -> std::result::Result<HttpResponse, ureq::Error> {
        let (parts, body) = request.into_parts();
        let response = if parts.method == Method::GET {
            self.agent.run(Request::from_parts(parts, ()))?
        } else {
            self.agent.run(Request::from_parts(parts, body))?
        };
        let (parts, mut body) = response.into_parts();
        Ok(HttpResponse::from_parts(parts, body.read_to_vec()?))
    }
}

fn random() -> String {
    secret::opaque(dice::bytes())
}

/// The claims of the ID token, if there is one and signature, issuer, audience, times, nonce and at_hash are right.
fn verified(
    client: &Client,
    tokens: &CoreTokenResponse,
    check_nonce: impl FnOnce(Option<&Nonce>) -> Result<()>,
) -> Result<Option<CoreIdTokenClaims>> {
    let Some(id_token) = tokens.id_token() else { return Ok(None) };
    let bad = |what: String| format!("The ID token is not good: {what}.");
    let verifier = client.id_token_verifier();
    let claims = id_token.claims(&verifier, check_nonce).map_err(|error| bad(error.to_string()))?;
    if let Some(expected) = claims.access_token_hash() {
        let alg = id_token.signing_alg().map_err(|error| bad(error.to_string()))?;
        let key = id_token.signing_key(&verifier).map_err(|error| bad(error.to_string()))?;
        let found = AccessTokenHash::from_token(tokens.access_token(), alg, key);
        if found.map_err(|error| bad(error.to_string()))? != *expected {
            return Err(bad("its at_hash is that of another access token".to_owned()));
        }
    }
    Ok(Some(claims.clone()))
}

fn described(tokens: &CoreTokenResponse) -> Vec<(&'static str, String)> {
    let scopes = tokens.scopes().map(|scopes| {
        let names: Vec<_> = scopes.iter().map(|scope| scope.as_str()).collect();
        names.join(" ")
    });
    let lifetime = tokens.expires_in().map(|lifetime| format!("{} seconds", lifetime.as_secs()));
    let rows = [
        ("Scope", scopes),
        ("Access token", lifetime),
        ("Refresh token", tokens.refresh_token().map(|_| "yes".to_owned())),
    ];
    rows.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

fn told<E, R>(what: &str, error: RequestTokenError<E, R>) -> String
where
    E: std::error::Error + 'static,
    R: openidconnect::ErrorResponse + std::fmt::Display + 'static,
{
    match error {
        RequestTokenError::ServerResponse(answer) => format!("{what}: {answer}."),
        other => format!("{what}: {other}."),
    }
}
