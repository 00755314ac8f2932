//! Client metadata (RFC 7591 2) as people and programs hand it in, and the rules it must keep.
//!
//! The console, the command line and registration all build their clients here.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use url::Url;

use super::client::{AuthMethod, Client, ConsentPolicy, GrantType, Lifetimes};
use super::jose::Alg;
use super::redirect_uri::{self, ApplicationType};
use super::response::ResponseType;
use super::scope::Scope;
use super::time::UnixTime;

/// Members as they stand in a JSON document; unknown ones are ignored (RFC 7591 2).
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Metadata {
    pub client_id: Option<String>,
    pub client_secret: Option<String>,
    pub client_name: Option<String>,
    #[serde(default)]
    pub redirect_uris: Vec<String>,
    #[serde(default)]
    pub post_logout_redirect_uris: Vec<String>,
    pub response_types: Option<Vec<String>>,
    pub grant_types: Option<Vec<String>>,
    pub scope: Option<String>,
    pub application_type: Option<String>,
    pub token_endpoint_auth_method: Option<String>,
    pub id_token_signed_response_alg: Option<String>,
    pub client_uri: Option<String>,
    pub policy_uri: Option<String>,
    pub tos_uri: Option<String>,
    pub contacts: Option<Vec<String>>,
    pub require_pkce: Option<bool>,
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
    /// The client that these members describe, with the defaults of OpenID Connect Registration 2.
    ///
    /// `id` is its `client_id`; secrets, owner, logo and consent policy are the caller's to add.
    pub fn check(&self, id: String, now: UnixTime) -> Result<Client, Vec<Problem>> {
        let mut problems = Problems::default();
        if !is_client_id(&id) {
            problems.add("client_id", "A client ID has 1 to 255 printable ASCII characters without blanks.");
        }
        let auth_method = self.auth_method(&mut problems);
        let grant_types = self.grant_types(&mut problems);
        let response_types = self.response_types(&grant_types, &mut problems);
        self.check_redirect_uris(auth_method != AuthMethod::None, &response_types, &mut problems);
        let client = Client {
            name: self.name(&id, &mut problems),
            application_type: problems.take(
                "application_type",
                self.application_type.as_deref().map_or(Ok(ApplicationType::Web), str::parse),
                ApplicationType::Web,
            ),
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
                    .map_or(Ok(Alg::RS256), |alg| Alg::of_key_pair(alg).map_err(|error| error.to_string())),
                Alg::RS256,
            ),
            // RFC 9700 2.1.1: public clients must use PKCE.
            requires_pkce: self.require_pkce.unwrap_or(false) || auth_method == AuthMethod::None,
            consent: ConsentPolicy::Once,
            lifetimes: Lifetimes::default(),
            client_uri: web_address("client_uri", self.client_uri.as_deref(), &mut problems),
            policy_uri: web_address("policy_uri", self.policy_uri.as_deref(), &mut problems),
            tos_uri: web_address("tos_uri", self.tos_uri.as_deref(), &mut problems),
            contact: self.contact(&mut problems),
            logo_hash: None,
            owner_id: None,
            disabled_at: None,
            created_at: now,
            updated_at: now,
            id,
        };
        if problems.0.is_empty() { Ok(client) } else { Err(problems.0) }
    }

    fn name(&self, id: &str, problems: &mut Problems) -> String {
        let name = self.client_name.as_deref().map_or(id, str::trim);
        if name.is_empty() {
            problems.add("client_name", "Give the client a name; people see it when they sign in.");
        } else if name.chars().count() > 100 || name.chars().any(char::is_control) {
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
        let default = if has_code_grant { vec![ResponseType::Code] } else { Vec::new() };
        let types = match &self.response_types {
            None => default,
            Some(words) => problems.take("response_types", distinct(words), default),
        };
        // OpenID Connect Registration 2: each response type needs its grant type, and a code its response type.
        if types.contains(&ResponseType::Code) && !has_code_grant {
            problems.add("grant_types", "The response type code needs the grant type authorization_code.");
        }
        if has_code_grant && types.is_empty() {
            problems.add("response_types", "The grant type authorization_code needs the response type code.");
        }
        types
    }

    fn check_redirect_uris(&self, is_confidential: bool, types: &[ResponseType], problems: &mut Problems) {
        if self.redirect_uris.is_empty() && !types.is_empty() {
            problems.add("redirect_uris", "Name at least one URI to which people return after sign-in.");
        }
        for (member, uris) in [
            ("redirect_uris", &self.redirect_uris),
            ("post_logout_redirect_uris", &self.post_logout_redirect_uris),
        ] {
            for (index, uri) in uris.iter().enumerate() {
                if let Err(fault) = redirect_uri::check(uri, is_confidential) {
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
        let contact = self.contacts.as_ref()?.first()?.trim();
        if contact.is_empty() {
            return None;
        }
        if !contact.contains('@')
            || contact.len() > 255
            || contact.chars().any(|c| c.is_control() || c == ' ')
        {
            problems.add("contacts", "This is not an e-mail address, such as team@app.example.");
        }
        Some(contact.to_owned())
    }
}

/// What registration answers (RFC 7591 3.2.1): every member as it is kept.
pub fn describe(client: &Client) -> Map<String, Value> {
    let words = |list: Vec<&'static str>| json!(list);
    let mut members = Map::new();
    let mut put = |name: &str, value: Value| {
        if !value.is_null() && value.as_array().is_none_or(|list| !list.is_empty()) {
            members.insert(name.to_owned(), value);
        }
    };
    put("client_id", json!(client.id));
    put("client_id_issued_at", json!(client.created_at));
    put("client_name", json!(client.name));
    put("application_type", json!(client.application_type.as_str()));
    put("redirect_uris", json!(client.redirect_uris));
    put("post_logout_redirect_uris", json!(client.post_logout_redirect_uris));
    put("response_types", words(client.response_types.iter().map(|t| t.as_str()).collect()));
    put("grant_types", words(client.grant_types.iter().map(|t| t.as_str()).collect()));
    put("token_endpoint_auth_method", json!(client.auth_method.as_str()));
    put("id_token_signed_response_alg", json!(client.id_token_alg.as_str()));
    put("require_pkce", json!(client.requires_pkce));
    if !client.scope.is_empty() {
        put("scope", json!(client.scope));
    }
    put("client_uri", json!(client.client_uri));
    put("policy_uri", json!(client.policy_uri));
    put("tos_uri", json!(client.tos_uri));
    put("contacts", json!(client.contact.iter().collect::<Vec<_>>()));
    members
}

fn is_client_id(id: &str) -> bool {
    (1..=255).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_graphic())
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

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixTime = UnixTime(1_795_190_400);

    fn metadata(json: Value) -> Metadata {
        serde_json::from_value(json).unwrap()
    }

    fn problems(json: Value) -> Vec<(&'static str, Option<usize>)> {
        let found = metadata(json).check("shop".into(), NOW).unwrap_err();
        found.into_iter().map(|problem| (problem.member, problem.index)).collect()
    }

    #[test]
    fn defaults_are_those_of_registration() {
        let client = metadata(json!({"redirect_uris": ["https://shop.example/cb"]}))
            .check("shop".into(), NOW)
            .unwrap();
        let described = describe(&client);
        assert_eq!(described["token_endpoint_auth_method"], "client_secret_basic");
        assert_eq!(described["id_token_signed_response_alg"], "RS256");
        assert_eq!(described["response_types"], json!(["code"]));
        assert_eq!(described["grant_types"], json!(["authorization_code"]));
        assert_eq!(described["application_type"], "web");
        assert_eq!(described["require_pkce"], false);
    }

    #[test]
    fn a_public_client_must_use_pkce() {
        let json = json!({
            "redirect_uris": ["https://spa.example/cb"],
            "token_endpoint_auth_method": "none",
            "require_pkce": false,
        });
        assert!(metadata(json).check("spa".into(), NOW).unwrap().requires_pkce);
    }

    #[test]
    fn every_problem_is_named_at_once() {
        let found = problems(json!({
            "client_name": " ",
            "redirect_uris": ["https://shop.example/cb", "/cb", "https://shop.example/cb"],
            "post_logout_redirect_uris": ["https://shop.example/bye#x"],
            "grant_types": ["password"],
            "id_token_signed_response_alg": "none",
            "tos_uri": "javascript:alert(1)",
            "contacts": ["nobody"],
        }));
        for expected in [
            ("client_name", None),
            ("redirect_uris", Some(1)),
            ("redirect_uris", Some(2)),
            ("post_logout_redirect_uris", Some(0)),
            ("grant_types", None),
            ("id_token_signed_response_alg", None),
            ("tos_uri", None),
            ("contacts", None),
        ] {
            assert!(found.contains(&expected), "{expected:?} is missing in {found:?}");
        }
    }

    #[test]
    fn response_types_and_grant_types_agree() {
        let uris = json!(["https://shop.example/cb"]);
        assert_eq!(
            problems(
                json!({"redirect_uris": uris, "response_types": ["code"], "grant_types": ["refresh_token"]})
            ),
            [("grant_types", None)]
        );
        assert_eq!(
            problems(json!({"redirect_uris": uris, "response_types": []})),
            [("response_types", None)]
        );
    }

    #[test]
    fn a_client_without_redirect_uri_is_refused() {
        assert_eq!(problems(json!({})), [("redirect_uris", None)]);
    }
}
