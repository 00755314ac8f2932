//! The authorization request (RFC 6749 4.1.1, OpenID Connect Core 3.1.2): [`Params`] as they came, the checked
//! [`Request`], and the [`Step`] that must happen next.

mod params;
mod step;
#[cfg(test)]
mod tests;

pub use self::params::Params;
pub use self::step::{Decision, Met, Standing, Step};
use super::audience;
use super::claims::ScopeEntry;
use super::claims_request::ClaimsRequest;
use super::client::Client;
use super::error::{Code, Refusal};
use super::features::Features;
use super::id_token::ACR_PASSWORD;
use super::id_token_hint::{self, Hint};
use super::jose::SharedSecret;
use super::jose::is_encrypted;
use super::keys::KeyRing;
use super::pkce::Challenge;
use super::policy;
use super::response::{ReplyTo, ResponseMode, ResponseType};
use super::scope::Scope;

/// What a request is checked against.
pub struct Ground<'a> {
    /// The client that `client_id` names.
    pub client: Option<&'a Client>,
    pub scopes: &'a [ScopeEntry],
    pub keys: &'a KeyRing,
    /// Those of the client, as far as its ID tokens are signed with one.
    pub secrets: &'a [SharedSecret],
    pub issuer: &'a str,
    pub features: Features,
}

/// A checked authorization request.
#[derive(Clone, Debug)]
pub struct Request {
    pub client_id: String,
    pub response_type: ResponseType,
    pub reply_to: ReplyTo,
    /// Whether the `redirect_uri` of [`reply_to`](Self::reply_to) did not go without saying.
    pub says_redirect_uri: bool,
    pub scope: Scope,
    /// What the person must agree to: `scope`, and the scopes of claims that are asked for one by one.
    pub consent: Scope,
    /// The claims that are asked for one by one and that this client may have, `sub` and `acr` among them.
    pub claims: ClaimsRequest,
    /// Resource indicators (RFC 8707).
    pub resources: Vec<String>,
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
        let redirect_uri = registered_redirect_uri(params, client, ground)?;

        // From here on the client may be told what is wrong.
        let response_type = params.response_type.as_deref().map(str::parse::<ResponseType>);
        let reply_to = ReplyTo {
            redirect_uri,
            mode: response_mode(params, response_type.as_ref().and_then(|t| t.as_ref().ok())),
            state: params.state.clone(),
        };
        Self::check_rest(params, ground, (client, response_type, &reply_to))
            .map_err(|refusal| refusal.told_to(&reply_to))
    }

    fn check_rest(
        params: &Params,
        ground: &Ground,
        (client, response_type, reply_to): (&Client, Option<Result<ResponseType, String>>, &ReplyTo),
    ) -> Result<Self, Refusal> {
        nothing_repeated(params)?;
        believed_object(params)?;
        let response_type = registered_type(response_type, client, ground.features)?;
        offered_mode(params, response_type)?;
        let scope = allowed_scope(params, (client, response_type), ground.scopes)?;
        let claims = allowed_claims(params, client, ground.scopes)?;
        Ok(Self {
            client_id: client.id.clone(),
            response_type,
            reply_to: reply_to.clone(),
            says_redirect_uri: params.redirect_uri.is_some(),
            consent: with_scopes_of(&claims, &scope, ground.scopes),
            scope,
            claims,
            resources: audience::check_resources(client, params.resources.iter().map(String::as_str))?,
            nonce: nonce(params, response_type)?,
            challenge: proof_key(params, (client, response_type), ground.features)?,
            prompt: prompt(params, ground.features)?,
            max_age: max_age(params)?.or(client.options.default_max_age),
            login_hint: params.login_hint.clone(),
            hinted_sub: hinted_sub(params, ground)?,
        })
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

/// RFC 6749 3.1.2, OpenID Connect Core 3.1.2.1: required but for [`Client::default_redirect_uri`], and exactly as
/// registered.
fn registered_redirect_uri(params: &Params, client: &Client, ground: &Ground) -> Result<String, Refusal> {
    if params.repeated == Some("redirect_uri") {
        return invalid_request("redirect_uri was sent twice");
    }
    let Some(uri) = &params.redirect_uri else {
        let scope = asked_scope(params, client, ground.scopes).unwrap_or_default();
        let default = client.default_redirect_uri(&scope);
        let missing = || Refusal::new(Code::InvalidRequest, "redirect_uri is missing");
        return default.map(str::to_owned).ok_or_else(missing);
    };
    if !client.has_redirect_uri(uri, ground.features) {
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

/// The mode that was asked for, or the one that goes with the response type; the query while neither is known. A
/// refusal never goes where the answer could not (OAuth 2.0 Multiple Response Types 3).
fn response_mode(params: &Params, response_type: Option<&ResponseType>) -> ResponseMode {
    let asked = params.response_mode.as_deref().and_then(|mode| mode.parse().ok());
    let default = response_type.map_or(ResponseMode::Query, |known| known.default_mode());
    match asked {
        Some(ResponseMode::Query) | None => default,
        Some(asked) => asked,
    }
}

/// OAuth 2.0 Multiple Response Types 3, 5: no token in a query, which logs and histories keep.
fn offered_mode(params: &Params, response_type: ResponseType) -> Result<(), Refusal> {
    let Some(text) = &params.response_mode else { return Ok(()) };
    let mode: ResponseMode = text.parse().map_err(|text| Refusal::new(Code::InvalidRequest, text))?;
    if mode == ResponseMode::Query && response_type.is_front_channel() {
        return invalid_request("response_mode=query would show tokens; use fragment or form_post");
    }
    Ok(())
}

/// RFC 6749 3.1.1: required, offered, and registered for this client.
fn registered_type(
    response_type: Option<Result<ResponseType, String>>,
    client: &Client,
    features: Features,
) -> Result<ResponseType, Refusal> {
    let Some(response_type) = response_type else { return invalid_request("response_type is missing") };
    let response_type = response_type.map_err(|text| Refusal::new(Code::UnsupportedResponseType, text))?;
    if response_type.is_front_channel() && !features.implicit {
        let text = format!("response_type {response_type} is switched off here; use code");
        return Err(Refusal::new(Code::UnsupportedResponseType, text));
    }
    if !client.response_types.contains(&response_type) {
        let text = format!("this client is not registered for response_type {response_type}");
        return Err(Refusal::new(Code::UnauthorizedClient, text));
    }
    Ok(response_type)
}

/// What was wrong with the request object; and what is not offered is refused by name (OpenID Connect Core 3.1.2.6).
fn believed_object(params: &Params) -> Result<(), Refusal> {
    if let Some(refusal) = &params.object_refusal {
        return Err(refusal.clone());
    }
    if params.registration.is_some() {
        let text = "the registration parameter is not offered";
        return Err(Refusal::new(Code::RegistrationNotSupported, text));
    }
    // Whoever checks a request has put its object's members in their places before.
    if params.request.is_some() || params.request_uri.is_some() {
        return Err(Refusal::new(Code::InvalidRequestObject, "the request object was not read"));
    }
    Ok(())
}

/// The one policy, before anybody has signed in.
fn allowed_scope(
    params: &Params,
    (client, response_type): (&Client, ResponseType),
    scopes: &[ScopeEntry],
) -> Result<Scope, Refusal> {
    let invalid_scope = |text: &'static str| Err(Refusal::new(Code::InvalidScope, text));
    let mut scope = asked_scope(params, client, scopes).or_else(invalid_scope)?;
    for grant_type in response_type.grant_types() {
        scope = policy::decide(&policy::Ask { client, user: None, grant_type, scope: &scope, scopes })?;
    }
    // OpenID Connect Core 11: without a code there is nothing to refresh.
    if !response_type.code {
        scope = scope.without(Scope::OFFLINE_ACCESS);
    }
    if response_type.id_token && !scope.contains(Scope::OPENID) {
        return invalid_scope("an ID token needs the scope openid");
    }
    if scope.is_empty() {
        return invalid_scope("none of these scopes is known here");
    }
    Ok(scope)
}

/// RFC 6749 3.3: where nothing is said, the default scopes count.
fn asked_scope(params: &Params, client: &Client, scopes: &[ScopeEntry]) -> Result<Scope, &'static str> {
    if let Some(text) = &params.scope {
        return Scope::parse(text).ok_or("scope has a character that is not allowed");
    }
    let default = Some(policy::default_scope(client, scopes)).filter(|scope| !scope.is_empty());
    default.ok_or("scope is missing; send at least openid")
}

/// OpenID Connect Core 5.5, as far as this client may have it: a claim is let out by a scope that the client may ask
/// for, whether or not it does. What nobody lets out is ignored (5.5.1).
fn allowed_claims(params: &Params, client: &Client, scopes: &[ScopeEntry]) -> Result<ClaimsRequest, Refusal> {
    let Some(text) = &params.claims else { return Ok(ClaimsRequest::default()) };
    let request = ClaimsRequest::parse(text)?;
    if !request.allows_acr(ACR_PASSWORD) {
        let text = format!("the essential acr cannot be met; offered: {ACR_PASSWORD}");
        return Err(Refusal::new(Code::UnmetAuthenticationRequirements, text));
    }
    Ok(request.only(|name| {
        matches!(name, "sub" | "acr")
            || scope_of(name, scopes).is_some_and(|entry| policy::may_ask_for(client, entry))
    }))
}

/// The scope that lets a claim out.
fn scope_of<'a>(claim: &str, scopes: &'a [ScopeEntry]) -> Option<&'a ScopeEntry> {
    scopes.iter().find(|entry| entry.claims.iter().any(|own| own == claim))
}

fn with_scopes_of(claims: &ClaimsRequest, scope: &Scope, scopes: &[ScopeEntry]) -> Scope {
    let more = claims.names().filter_map(|name| scope_of(name, scopes)).map(|entry| entry.name.as_str());
    scope.iter().chain(more).map(str::to_owned).collect()
}

/// OpenID Connect Core 3.2.2.1, 3.3.2.11: an ID token that comes through the browser must be tied to its request.
fn nonce(params: &Params, response_type: ResponseType) -> Result<Option<String>, Refusal> {
    if response_type.id_token && params.nonce.is_none() {
        return invalid_request(
            "nonce is missing; it is required where the ID token comes through the browser",
        );
    }
    Ok(params.nonce.clone())
}

/// RFC 7636 4.3, for the code if there is one.
fn proof_key(
    params: &Params,
    (client, response_type): (&Client, ResponseType),
    features: Features,
) -> Result<Option<Challenge>, Refusal> {
    if !response_type.code {
        return Ok(None);
    }
    let (challenge, method) = (params.code_challenge.as_deref(), params.code_challenge_method.as_deref());
    let challenge = Challenge::check(challenge, method, features.plain_pkce)?;
    if challenge.is_none() && features.require_pkce.binds(client) {
        return invalid_request(
            "this client must use PKCE: send code_challenge and code_challenge_method=S256",
        );
    }
    Ok(challenge)
}

fn prompt(params: &Params, features: Features) -> Result<Prompt, Refusal> {
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
    match params.approval_prompt.as_deref().filter(|_| features.approval_prompt) {
        None | Some("auto") => {}
        Some("force") if !prompt.none => prompt.consent = true,
        Some("force") => return invalid_request("approval_prompt=force does not go with prompt=none"),
        Some(_) => return invalid_request("approval_prompt may be auto or force"),
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
    let Ground { client, keys, secrets, issuer, .. } = *ground;
    match Hint::read(hint, &id_token_hint::Ground { keys, issuer, client, secrets }) {
        Some(hint) => Ok(Some(hint.sub)),
        None if is_encrypted(hint) => invalid_request(
            "id_token_hint is encrypted, and neither a key of ours nor the client's secret opens it",
        ),
        None => invalid_request("id_token_hint is not an ID token of this issuer"),
    }
}

fn invalid_request<T>(text: &'static str) -> Result<T, Refusal> {
    Err(Refusal::new(Code::InvalidRequest, text))
}
