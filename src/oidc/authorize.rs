//! The authorization request (RFC 6749 4.1.1, OpenID Connect Core 3.1.2): [`Params`] as they came, the checked
//! [`Request`], and the [`Step`] that must happen next.

use serde_json::Value;

use super::claims::ScopeEntry;
use super::client::{Client, ConsentPolicy, GrantType};
use super::error::{Code, Refusal};
use super::jose::{self, Alg};
use super::keys::KeyRing;
use super::pkce::Challenge;
use super::policy;
use super::redirect_uri;
use super::response::{ReplyTo, ResponseMode, ResponseType};
use super::scope::Scope;
use super::session::{Consent, Session};
use super::time::UnixTime;

/// The parameters of an authorization request as they came; the empty ones count as left out (RFC 6749 3.1).
#[derive(Clone, Debug, Default)]
pub struct Params {
    pub client_id: Option<String>,
    pub redirect_uri: Option<String>,
    pub response_type: Option<String>,
    pub response_mode: Option<String>,
    pub scope: Option<String>,
    pub state: Option<String>,
    pub nonce: Option<String>,
    pub prompt: Option<String>,
    pub max_age: Option<String>,
    pub login_hint: Option<String>,
    pub id_token_hint: Option<String>,
    pub code_challenge: Option<String>,
    pub code_challenge_method: Option<String>,
    pub request: Option<String>,
    pub request_uri: Option<String>,
    pub registration: Option<String>,
    /// The first parameter that came twice.
    repeated: Option<&'static str>,
}

impl Params {
    /// Reads a query or a form body; unknown parameters are ignored.
    pub fn parse(encoded: &[u8]) -> Self {
        let mut params = Self::default();
        for (name, value) in form_urlencoded::parse(encoded) {
            let Some((name, slot)) = params.slot(&name) else { continue };
            if value.is_empty() {
                continue;
            }
            if slot.replace(value.into_owned()).is_some() {
                params.repeated.get_or_insert(name);
            }
        }
        params
    }

    fn slot(&mut self, name: &str) -> Option<(&'static str, &mut Option<String>)> {
        Some(match name {
            "client_id" => ("client_id", &mut self.client_id),
            "redirect_uri" => ("redirect_uri", &mut self.redirect_uri),
            "response_type" => ("response_type", &mut self.response_type),
            "response_mode" => ("response_mode", &mut self.response_mode),
            "scope" => ("scope", &mut self.scope),
            "state" => ("state", &mut self.state),
            "nonce" => ("nonce", &mut self.nonce),
            "prompt" => ("prompt", &mut self.prompt),
            "max_age" => ("max_age", &mut self.max_age),
            "login_hint" => ("login_hint", &mut self.login_hint),
            "id_token_hint" => ("id_token_hint", &mut self.id_token_hint),
            "code_challenge" => ("code_challenge", &mut self.code_challenge),
            "code_challenge_method" => ("code_challenge_method", &mut self.code_challenge_method),
            "request" => ("request", &mut self.request),
            "request_uri" => ("request_uri", &mut self.request_uri),
            "registration" => ("registration", &mut self.registration),
            _ => return None,
        })
    }
}

/// What a request is checked against.
pub struct Ground<'a> {
    /// The client that `client_id` names.
    pub client: Option<&'a Client>,
    pub scopes: &'a [ScopeEntry],
    pub keys: &'a KeyRing,
    pub issuer: &'a str,
}

/// A checked authorization request.
#[derive(Clone, Debug)]
pub struct Request {
    pub client_id: String,
    pub response_type: ResponseType,
    pub reply_to: ReplyTo,
    pub scope: Scope,
    pub nonce: Option<String>,
    pub challenge: Option<Challenge>,
    pub prompt: Prompt,
    /// Seconds since the last sign-in after which it no longer counts.
    pub max_age: Option<i64>,
    pub login_hint: Option<String>,
    /// The `sub` of the `id_token_hint`.
    pub hinted_sub: Option<String>,
}

/// `prompt` (OpenID Connect Core 3.1.2.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Prompt {
    pub none: bool,
    pub login: bool,
    pub consent: bool,
    pub select_account: bool,
}

impl Request {
    /// Every rule that a request must keep, in the order in which they are looked at.
    pub fn check(params: &Params, ground: &Ground) -> Result<Self, Refusal> {
        let client = known_client(params, ground)?;
        let redirect_uri = registered_redirect_uri(params, client)?;

        // From here on the client may be told what is wrong.
        let response_type = params.response_type.as_deref().map(str::parse::<ResponseType>);
        let reply_to = ReplyTo {
            redirect_uri,
            mode: response_mode(params, response_type.as_ref().and_then(|t| t.as_ref().ok())),
            state: params.state.clone(),
        };
        let rest = || {
            nothing_repeated(params)?;
            offered_mode(params)?;
            let response_type = registered_type(response_type, client)?;
            no_request_object(params)?;
            let scope = allowed_scope(params, client, ground.scopes)?;
            let challenge = proof_key(params, client)?;
            Ok(Self {
                client_id: client.id.clone(),
                response_type,
                reply_to: reply_to.clone(),
                scope,
                nonce: params.nonce.clone(),
                challenge,
                prompt: prompt(params)?,
                max_age: max_age(params)?,
                login_hint: params.login_hint.clone(),
                hinted_sub: hinted_sub(params, ground)?,
            })
        };
        rest().map_err(|refusal: Refusal| refusal.told_to(&reply_to))
    }

    pub fn is_openid(&self) -> bool {
        self.scope.contains(Scope::OPENID)
    }
}

/// RFC 6749 4.1.2.1: without a known client nobody may be redirected.
fn known_client<'a>(params: &Params, ground: &Ground<'a>) -> Result<&'a Client, Refusal> {
    if params.repeated == Some("client_id") {
        return invalid_request("client_id was sent twice");
    }
    if params.client_id.is_none() {
        return invalid_request("client_id is missing");
    }
    ground
        .client
        .filter(|client| !client.is_disabled())
        .ok_or_else(|| Refusal::new(Code::InvalidRequest, "client_id does not name an active client"))
}

/// RFC 6749 3.1.2, OpenID Connect Core 3.1.2.1: required, and exactly as registered.
fn registered_redirect_uri(params: &Params, client: &Client) -> Result<String, Refusal> {
    if params.repeated == Some("redirect_uri") {
        return invalid_request("redirect_uri was sent twice");
    }
    let Some(uri) = &params.redirect_uri else { return invalid_request("redirect_uri is missing") };
    if !client.has_redirect_uri(uri) {
        return invalid_request("redirect_uri is not registered for this client; comparison is exact");
    }
    Ok(uri.clone())
}

/// RFC 6749 3.1: parameters must not be included more than once.
fn nothing_repeated(params: &Params) -> Result<(), Refusal> {
    match params.repeated {
        None => Ok(()),
        Some(name) => Err(Refusal::new(Code::InvalidRequest, format!("{name} was sent twice"))),
    }
}

/// The mode that was asked for, or the one that goes with the response type; the query while neither is known.
fn response_mode(params: &Params, response_type: Option<&ResponseType>) -> ResponseMode {
    let asked = params.response_mode.as_deref().and_then(|mode| mode.parse().ok());
    asked.unwrap_or_else(|| response_type.map_or(ResponseMode::Query, |known| known.default_mode()))
}

fn offered_mode(params: &Params) -> Result<(), Refusal> {
    let mode = params.response_mode.as_deref().map_or(Ok(ResponseMode::Query), str::parse);
    mode.map(|_| ()).map_err(|text| Refusal::new(Code::InvalidRequest, text))
}

/// RFC 6749 3.1.1: required, offered, and registered for this client.
fn registered_type(
    response_type: Option<Result<ResponseType, String>>,
    client: &Client,
) -> Result<ResponseType, Refusal> {
    let Some(response_type) = response_type else { return invalid_request("response_type is missing") };
    let response_type = response_type.map_err(|text| Refusal::new(Code::UnsupportedResponseType, text))?;
    if !client.response_types.contains(&response_type) {
        let text = format!("this client is not registered for response_type {response_type}");
        return Err(Refusal::new(Code::UnauthorizedClient, text));
    }
    Ok(response_type)
}

/// OpenID Connect Core 3.1.2.6: what is not offered is refused by name.
fn no_request_object(params: &Params) -> Result<(), Refusal> {
    for (value, code, text) in [
        (&params.request, Code::RequestNotSupported, "request objects are not offered"),
        (&params.request_uri, Code::RequestUriNotSupported, "request_uri is not offered"),
        (&params.registration, Code::RegistrationNotSupported, "the registration parameter is not offered"),
    ] {
        if value.is_some() {
            return Err(Refusal::new(code, text));
        }
    }
    Ok(())
}

/// The one policy, before anybody has signed in.
fn allowed_scope(params: &Params, client: &Client, scopes: &[ScopeEntry]) -> Result<Scope, Refusal> {
    let Some(text) = &params.scope else {
        return Err(Refusal::new(Code::InvalidScope, "scope is missing; send at least openid"));
    };
    let Some(scope) = Scope::parse(text) else {
        return Err(Refusal::new(Code::InvalidScope, "scope has a character that is not allowed"));
    };
    let grant_type = GrantType::AuthorizationCode;
    let granted = policy::decide(&policy::Ask { client, user: None, grant_type, scope: &scope, scopes })?;
    if granted.is_empty() {
        return Err(Refusal::new(Code::InvalidScope, "none of these scopes is known here"));
    }
    Ok(granted)
}

fn proof_key(params: &Params, client: &Client) -> Result<Option<Challenge>, Refusal> {
    let challenge =
        Challenge::check(params.code_challenge.as_deref(), params.code_challenge_method.as_deref())?;
    if challenge.is_none() && client.requires_pkce {
        return invalid_request(
            "this client must use PKCE: send code_challenge and code_challenge_method=S256",
        );
    }
    Ok(challenge)
}

fn prompt(params: &Params) -> Result<Prompt, Refusal> {
    let mut prompt = Prompt::default();
    let words = params.prompt.as_deref().unwrap_or_default().split_ascii_whitespace();
    let mut count = 0;
    for word in words {
        count += 1;
        match word {
            "none" => prompt.none = true,
            "login" => prompt.login = true,
            "consent" => prompt.consent = true,
            "select_account" => prompt.select_account = true,
            _ => return invalid_request("prompt may hold none, login, consent and select_account"),
        }
    }
    if prompt.none && count > 1 {
        return invalid_request("prompt=none stands alone");
    }
    Ok(prompt)
}

fn max_age(params: &Params) -> Result<Option<i64>, Refusal> {
    let Some(text) = &params.max_age else { return Ok(None) };
    match text.parse() {
        Ok(seconds) if (0..=i64::from(u32::MAX)).contains(&seconds) => Ok(Some(seconds)),
        _ => invalid_request("max_age must be a number of seconds"),
    }
}

/// OpenID Connect Core 3.1.2.1: an ID token of ours, expired or not, names the person who is meant.
fn hinted_sub(params: &Params, ground: &Ground) -> Result<Option<String>, Refusal> {
    let Some(hint) = &params.id_token_hint else { return Ok(None) };
    let refuse = || Refusal::new(Code::InvalidRequest, "id_token_hint is not an ID token of this issuer");
    let claims = jose::verify(hint, &ground.keys.public_keys(), &Alg::ALL).map_err(|_| refuse())?;
    if claims.get("iss").and_then(Value::as_str) != Some(ground.issuer) {
        return Err(refuse());
    }
    claims.get("sub").and_then(Value::as_str).map(|sub| Some(sub.to_owned())).ok_or_else(refuse)
}

fn invalid_request<T>(text: &'static str) -> Result<T, Refusal> {
    Err(Refusal::new(Code::InvalidRequest, text))
}

/// What must happen next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Somebody must prove who they are.
    Login,
    ChooseAccount,
    Consent,
    /// All is settled: the code may be issued.
    Grant,
}

/// What has happened for this very request in this very browser; kept on our side, so that it cannot be skipped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Met {
    /// When somebody signed in for it.
    pub login_at: Option<UnixTime>,
    pub has_chosen_account: bool,
    /// Who decided, and how.
    pub decision: Option<Decision>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    pub user_id: String,
    pub is_allowed: bool,
}

/// Who is at the browser, and what they agreed to before.
pub struct Standing<'a> {
    pub session: Option<&'a Session>,
    pub consent: Option<&'a Consent>,
    pub met: &'a Met,
    pub now: UnixTime,
}

impl Request {
    /// The next step towards an answer, or the refusal that ends it (OpenID Connect Core 3.1.2.3, 3.1.2.4).
    pub fn next(&self, client: &Client, standing: &Standing) -> Result<Step, Refusal> {
        let step = self.step(client, standing).map_err(|refusal| refusal.told_to(&self.reply_to))?;
        // OpenID Connect Core 3.1.2.6: prompt=none shows no page.
        let code = match step {
            Step::Grant => return Ok(step),
            _ if !self.prompt.none => return Ok(step),
            Step::Login => Code::LoginRequired,
            Step::ChooseAccount => Code::AccountSelectionRequired,
            Step::Consent => Code::ConsentRequired,
        };
        Err(Refusal::new(code, "prompt=none was asked for, but a page must be shown").told_to(&self.reply_to))
    }

    fn step(&self, client: &Client, standing: &Standing) -> Result<Step, Refusal> {
        let Some(session) = standing.session else { return Ok(Step::Login) };
        let has_signed_in = standing.met.login_at.is_some_and(|at| session.auth_time >= at);
        if !has_signed_in && (self.prompt.login || self.is_too_old(session, standing.now)) {
            return Ok(Step::Login);
        }
        if self.hinted_sub.as_ref().is_some_and(|sub| *sub != session.user_id) {
            // OpenID Connect Core 3.1.2.1: another person than the hint names gets no positive answer.
            let text = "another person than the one in id_token_hint signed in";
            return if has_signed_in {
                Err(Refusal::new(Code::LoginRequired, text))
            } else {
                Ok(Step::Login)
            };
        }
        if self.prompt.select_account && !has_signed_in && !standing.met.has_chosen_account {
            return Ok(Step::ChooseAccount);
        }
        self.consent_step(client, session, standing)
    }

    fn is_too_old(&self, session: &Session, now: UnixTime) -> bool {
        self.max_age.is_some_and(|max_age| now.since(session.auth_time) > max_age)
    }

    fn consent_step(&self, client: &Client, session: &Session, standing: &Standing) -> Result<Step, Refusal> {
        // A decision counts for the person who made it, not for whoever signs in after.
        let decision = standing.met.decision.as_ref().filter(|decision| decision.user_id == session.user_id);
        match decision {
            Some(Decision { is_allowed: true, .. }) => return Ok(Step::Grant),
            Some(Decision { is_allowed: false, .. }) => {
                return Err(Refusal::new(Code::AccessDenied, "the person declined"));
            }
            None => {}
        }
        // RFC 8252 8.6: whoever waits on a private scheme or a local port is not known to be this app.
        let is_nobody = client.is_public() && redirect_uri::is_claimed_by_nobody(&self.reply_to.redirect_uri);
        let is_agreed = match client.consent {
            ConsentPolicy::Never => true,
            ConsentPolicy::Once => {
                standing.consent.is_some_and(|consent| consent.covers(&self.scope, standing.now))
            }
            ConsentPolicy::Always => false,
        };
        Ok(if is_agreed && !is_nobody && !self.prompt.consent { Step::Grant } else { Step::Consent })
    }
}

#[cfg(test)]
#[path = "authorize_tests.rs"]
mod tests;
