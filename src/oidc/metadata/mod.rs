//! Client metadata (RFC 7591 2) as people and programs hand it in, and the rules it must keep.
//!
//! The console, the command line and registration all build their clients here.

mod describe;
mod options;
mod read;
mod terms;
#[cfg(test)]
mod tests;
mod together;

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use url::Url;

pub use self::describe::describe;
pub use self::options::is_resource;
pub use self::read::{Unreadable, read};
pub use self::terms::{Terms, describe_terms};
use super::client::{AuthMethod, Client, ConsentPolicy, GrantType, Lifetimes, Origin};
use super::jose::Alg;
use super::options::Refresh;
use super::redirect_uri::{self, ApplicationType};
use super::response::ResponseType;
use super::scope::Scope;
use super::time::UnixTime;

/// Members as they stand in a JSON document; unknown ones are ignored (RFC 7591 2). A member that is `null` counts as
/// left out.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Metadata {
    /// Whether wildcards in redirect URIs are switched on; for who hands it in to say, never for the document.
    #[serde(skip)]
    pub may_have_wildcards: bool,
    pub client_id: Option<String>,
    pub client_secret: Option<String>,
    pub client_name: Option<String>,
    #[serde(deserialize_with = "or_empty")]
    pub redirect_uris: Vec<String>,
    #[serde(deserialize_with = "or_empty")]
    pub post_logout_redirect_uris: Vec<String>,
    pub response_types: Option<Vec<String>>,
    pub grant_types: Option<Vec<String>>,
    pub scope: Option<String>,
    pub application_type: Option<String>,
    pub token_endpoint_auth_method: Option<String>,
    pub token_endpoint_auth_signing_alg: Option<String>,
    pub client_uri: Option<String>,
    pub logo_uri: Option<String>,
    pub policy_uri: Option<String>,
    pub tos_uri: Option<String>,
    pub contacts: Option<Vec<String>>,
    pub software_id: Option<String>,
    pub software_version: Option<String>,
    pub jwks: Option<Value>,
    pub jwks_uri: Option<String>,
    pub id_token_signed_response_alg: Option<String>,
    pub id_token_encrypted_response_alg: Option<String>,
    pub id_token_encrypted_response_enc: Option<String>,
    pub userinfo_signed_response_alg: Option<String>,
    pub userinfo_encrypted_response_alg: Option<String>,
    pub userinfo_encrypted_response_enc: Option<String>,
    pub request_object_signing_alg: Option<String>,
    pub request_object_encryption_alg: Option<String>,
    pub request_object_encryption_enc: Option<String>,
    /// RFC 9101 10.5.
    pub require_signed_request_object: Option<bool>,
    pub request_uris: Option<Vec<String>>,
    pub subject_type: Option<String>,
    pub sector_identifier_uri: Option<String>,
    pub default_max_age: Option<i64>,
    pub require_auth_time: Option<bool>,
    pub default_acr_values: Option<Vec<String>>,
    pub initiate_login_uri: Option<String>,
    pub frontchannel_logout_uri: Option<String>,
    pub frontchannel_logout_session_required: Option<bool>,
    pub backchannel_logout_uri: Option<String>,
    pub backchannel_logout_session_required: Option<bool>,

    // Members that are ours alone; strangers who register may not send them.
    pub require_pkce: Option<bool>,
    pub access_token_format: Option<String>,
    pub resources: Option<Vec<String>>,
    pub audiences: Option<Vec<String>>,
    pub cors_origins: Option<Vec<String>>,
    pub id_token_claims: Option<bool>,
    pub extra_claims: Option<BTreeMap<String, Vec<String>>>,
    pub refresh: Option<Refresh>,
    pub strict_audience: Option<bool>,
    pub may_introspect: Option<bool>,
    /// A sign-out that begins at this client ends only what this client has.
    pub logout_is_own_only: Option<bool>,
    pub logout_removes_tokens: Option<bool>,
}

/// `null` is read as nothing.
fn or_empty<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// What is wrong with one member, in a sentence that says how to mend it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub member: &'static str,
    /// Which entry, where the member is a list.
    pub index: Option<usize>,
    pub message: String,
}

/// Collects all problems instead of stopping at the first.
#[derive(Default)]
struct Problems(Vec<Problem>);

impl Problems {
    fn add(&mut self, member: &'static str, message: impl Into<String>) {
        self.0.push(Problem { member, index: None, message: message.into() });
    }

    fn add_at(&mut self, member: &'static str, index: usize, message: impl Into<String>) {
        self.0.push(Problem { member, index: Some(index), message: message.into() });
    }

    /// The value, or its default with the problem noted.
    fn take<T>(&mut self, member: &'static str, value: Result<T, String>, default: T) -> T {
        value.unwrap_or_else(|message| {
            self.add(member, message);
            default
        })
    }
}

impl Metadata {
    /// What `client` is registered with.
    pub fn of(client: &Client) -> Self {
        serde_json::from_value(Value::Object(describe(client))).expect("what is described can be read")
    }

    /// Sets the members that are ours alone to what `before` has, or to their defaults: whoever sent these metadata may
    /// not choose them.
    pub fn keep_own(&mut self, before: Option<&Self>) {
        let Self {
            require_pkce,
            access_token_format,
            resources,
            audiences,
            cors_origins,
            id_token_claims,
            extra_claims,
            refresh,
            strict_audience,
            may_introspect,
            logout_is_own_only,
            logout_removes_tokens,
            ..
        } = before.cloned().unwrap_or_default();
        let own = std::mem::take(self);
        *self = Self {
            require_pkce,
            access_token_format,
            resources,
            audiences,
            cors_origins,
            id_token_claims,
            extra_claims,
            refresh,
            strict_audience,
            may_introspect,
            logout_is_own_only,
            logout_removes_tokens,
            ..own
        };
    }

    /// The client that these members describe, with the defaults of OpenID Connect Registration 2.
    ///
    /// `id` is its `client_id`; secrets, logo and [`Terms`] are the caller's to add.
    pub fn check(&self, id: String, now: UnixTime) -> Result<Client, Vec<Problem>> {
        let mut problems = Problems::default();
        if let Err(text) = check_client_id(&id) {
            problems.add("client_id", text);
        }
        let auth_method = self.auth_method(&mut problems);
        let grant_types = self.grant_types(&mut problems);
        let response_types = self.response_types(&grant_types, &mut problems);
        self.check_redirect_uris(auth_method != AuthMethod::None, &response_types, &mut problems);
        let application_type = problems.take(
            "application_type",
            self.application_type.as_deref().map_or(Ok(ApplicationType::Web), str::parse),
            ApplicationType::Web,
        );
        self.check_implicit_uris(application_type, &grant_types, &mut problems);
        let client = Client {
            name: self.name(&id, &mut problems),
            application_type,
            auth_method,
            secrets: Vec::new(),
            redirect_uris: self.redirect_uris.clone(),
            post_logout_redirect_uris: self.post_logout_redirect_uris.clone(),
            response_types,
            grant_types,
            scope: self.scope(&mut problems),
            id_token_alg: problems.take(
                "id_token_signed_response_alg",
                self.id_token_signed_response_alg
                    .as_deref()
                    .map_or(Ok(Alg::RS256), |alg| alg.parse::<Alg>().map_err(|error| error.to_string())),
                Alg::RS256,
            ),
            requires_pkce: self.require_pkce.unwrap_or(false),
            consent: ConsentPolicy::Once,
            lifetimes: Lifetimes::default(),
            client_uri: web_address("client_uri", self.client_uri.as_deref(), &mut problems),
            policy_uri: web_address("policy_uri", self.policy_uri.as_deref(), &mut problems),
            tos_uri: web_address("tos_uri", self.tos_uri.as_deref(), &mut problems),
            contact: self.contact(&mut problems),
            options: self.options(auth_method, &mut problems),
            origin: Origin::Console,
            registered_with: None,
            registration_token_hash: None,
            unused_until: None,
            logo_hash: None,
            owner_id: None,
            disabled_at: None,
            created_at: now,
            updated_at: now,
            id,
        };
        together::check(&client, &mut problems);
        if problems.0.is_empty() { Ok(client) } else { Err(problems.0) }
    }

    fn name(&self, id: &str, problems: &mut Problems) -> String {
        let name = self.client_name.as_deref().map_or(id, str::trim);
        if name.is_empty() {
            problems.add("client_name", "Give the client a name; people see it when they sign in.");
        } else if name.chars().count() > 100 || name.chars().any(|c| c.is_control() || turns_text(c)) {
            problems.add("client_name", "A name has at most 100 characters and no control characters.");
        }
        name.to_owned()
    }

    fn auth_method(&self, problems: &mut Problems) -> AuthMethod {
        let default = AuthMethod::ClientSecretBasic;
        let method = self.token_endpoint_auth_method.as_deref().map_or(Ok(default), str::parse);
        problems.take("token_endpoint_auth_method", method, default)
    }

    fn grant_types(&self, problems: &mut Problems) -> Vec<GrantType> {
        let default = vec![GrantType::AuthorizationCode];
        let Some(words) = &self.grant_types else { return default };
        problems.take("grant_types", distinct(words), default)
    }

    fn response_types(&self, grant_types: &[GrantType], problems: &mut Problems) -> Vec<ResponseType> {
        let has_code_grant = grant_types.contains(&GrantType::AuthorizationCode);
        let default = if has_code_grant { vec![ResponseType::CODE] } else { Vec::new() };
        let types = match &self.response_types {
            None => default,
            Some(words) => problems.take("response_types", distinct(words), default),
        };
        // OpenID Connect Registration 2: each response type needs its grant types, and these a response type.
        for response_type in &types {
            for needed in response_type.grant_types() {
                if !grant_types.contains(&needed) {
                    let text = format!("The response type {response_type} needs the grant type {needed}.");
                    problems.add("grant_types", text);
                }
            }
        }
        for grant_type in [GrantType::AuthorizationCode, GrantType::Implicit] {
            let is_of_use = types.iter().any(|own| own.grant_types().contains(&grant_type));
            if grant_types.contains(&grant_type) && !is_of_use {
                let text = format!("The grant type {grant_type} needs a response type that uses it.");
                problems.add("response_types", text);
            }
        }
        types
    }

    /// OpenID Connect Registration 2, `application_type`: what is handed to a browser needs https and a real host.
    fn check_implicit_uris(
        &self,
        application_type: ApplicationType,
        grant_types: &[GrantType],
        problems: &mut Problems,
    ) {
        if application_type != ApplicationType::Web || !grant_types.contains(&GrantType::Implicit) {
            return;
        }
        for (index, uri) in self.redirect_uris.iter().enumerate() {
            if Url::parse(uri).is_ok_and(|url| url.scheme() != "https" || url.host_str() == Some("localhost"))
            {
                let text =
                    "A web client with the grant type implicit needs https and a host other than localhost.";
                problems.add_at("redirect_uris", index, text);
            }
        }
    }

    fn check_redirect_uris(&self, is_confidential: bool, types: &[ResponseType], problems: &mut Problems) {
        if self.redirect_uris.is_empty() && !types.is_empty() {
            problems.add("redirect_uris", "Name at least one URI to which people return after sign-in.");
        }
        for (member, uris) in [
            ("redirect_uris", &self.redirect_uris),
            ("post_logout_redirect_uris", &self.post_logout_redirect_uris),
        ] {
            if uris.len() > MOST_URIS {
                problems.add(member, format!("This list has more than {MOST_URIS} URIs."));
                continue;
            }
            for (index, uri) in uris.iter().enumerate() {
                if let Err(fault) = redirect_uri::check(uri, is_confidential, self.may_have_wildcards) {
                    problems.add_at(member, index, format!("This URI cannot be used: {fault}."));
                } else if uris[..index].contains(uri) {
                    problems.add_at(member, index, "This URI is in the list twice; remove one.");
                }
            }
        }
    }

    fn scope(&self, problems: &mut Problems) -> Scope {
        let Some(text) = &self.scope else { return Scope::default() };
        let scope =
            Scope::parse(text).ok_or_else(|| "A scope has a character that is not allowed.".to_owned());
        problems.take("scope", scope, Scope::default())
    }

    fn contact(&self, problems: &mut Problems) -> Option<String> {
        let contacts = self.contacts();
        if contacts.len() > 20 {
            problems.add("contacts", "This list has more than 20 addresses.");
        }
        for contact in &contacts {
            let is_email = contact.contains('@')
                && contact.len() <= 255
                && !contact.chars().any(|c| c.is_control() || c == ' ');
            if !is_email {
                problems.add("contacts", "This is not an e-mail address, such as team@app.example.");
            }
        }
        contacts.into_iter().next()
    }

    fn contacts(&self) -> Vec<String> {
        let texts = self.contacts.iter().flatten().map(|text| text.trim().to_owned());
        texts.filter(|text| !text.is_empty()).collect()
    }
}

/// How many redirect URIs a client may have.
const MOST_URIS: usize = 200;

/// Characters that turn the direction of the text around them, with which a name could pose as another.
const fn turns_text(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// In the console a client's page would stand where these are, or browsers would take its address for another.
const NO_CLIENT_IDS: [&str; 4] = ["new", "registration-tokens", ".", ".."];

fn check_client_id(id: &str) -> Result<(), &'static str> {
    if !(1..=255).contains(&id.len()) || !id.bytes().all(|b| b.is_ascii_graphic()) {
        return Err("A client ID has 1 to 255 printable ASCII characters without blanks.");
    }
    if NO_CLIENT_IDS.contains(&id) {
        return Err("The console needs this name for itself; choose another one.");
    }
    Ok(())
}

/// Each word once, in order.
fn distinct<T: std::str::FromStr<Err = String> + PartialEq>(words: &[String]) -> Result<Vec<T>, String> {
    let mut list = Vec::new();
    for word in words {
        let value = word.parse()?;
        if !list.contains(&value) {
            list.push(value);
        }
    }
    Ok(list)
}

fn web_address(member: &'static str, text: Option<&str>, problems: &mut Problems) -> Option<String> {
    let text = text?.trim();
    if text.is_empty() {
        return None;
    }
    let is_web = text.len() <= 255
        && Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "https" | "http") && url.has_host());
    if !is_web {
        problems.add(member, "This is not a web address, such as https://app.example/terms.");
    }
    Some(text.to_owned())
}
