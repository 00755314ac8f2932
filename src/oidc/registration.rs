//! What strangers may register (OpenID Connect Registration 3, RFC 7591 3), and how they change it (RFC 7592 2).

use serde_json::{Map, Value, json};

use super::claims::ScopeEntry;
use super::client::{Client, GrantType, Origin};
use super::error::{Code, Refusal};
use super::keys::KeyRing;
use super::metadata::{self, Metadata, Problem};
use super::response::ResponseType;
use super::scope::Scope;
use super::time::UnixTime;

/// Bytes of metadata that are read.
pub const LARGEST: usize = 64 * 1024;

/// Members by which the server answers; RFC 7592 2.2: a client must not send them.
const OF_SERVER: [&str; 4] = [
    "registration_access_token",
    "registration_client_uri",
    "client_secret_expires_at",
    "client_id_issued_at",
];

/// What this server has for strangers.
pub struct Offer<'a> {
    /// Whether the implicit and hybrid flows are switched on.
    pub implicit: bool,
    pub keys: &'a KeyRing,
    pub scopes: &'a [ScopeEntry],
    pub now: UnixTime,
}

/// Metadata as a stranger sent it. Members that are not known count as not sent (RFC 7591 2).
#[derive(Debug)]
pub struct Sent(Map<String, Value>);

impl Sent {
    pub fn parse(body: &[u8]) -> Result<Self, Refusal> {
        if body.len() > LARGEST {
            return refuse(format!("the metadata has more than {LARGEST} bytes"));
        }
        let members: Map<String, Value> = match serde_json::from_slice(body) {
            Ok(members) => members,
            Err(error) => return refuse(format!("the body must be one JSON object: {error}")),
        };
        // RFC 7591 2.3: what it says would win over all else, so that passing it over would register another client.
        if members.get("software_statement").is_some_and(|statement| !statement.is_null()) {
            let text =
                "nobody's software statements are trusted here; send the metadata without software_statement";
            return Err(Refusal::new(Code::InvalidSoftwareStatement, text));
        }
        Ok(Self(members))
    }

    /// The client that it describes, by an ID that the server chose.
    pub fn register(mut self, id: String, offer: &Offer) -> Result<Client, Refusal> {
        for chosen_here in ["client_id", "client_secret"] {
            self.0.remove(chosen_here);
        }
        self.check(id, None, offer)
    }

    /// RFC 7592 2.2: what takes the place of `before`. `is_secret` knows its secrets.
    pub fn replace(
        self,
        before: &Client,
        offer: &Offer,
        is_secret: impl Fn(&str) -> bool,
    ) -> Result<Client, Refusal> {
        if let Some(name) = OF_SERVER.into_iter().find(|name| self.0.contains_key(*name)) {
            return refuse(format!("{name} is the server's to say; send the metadata without it"));
        }
        if self.0.get("client_id").and_then(Value::as_str) != Some(&before.id) {
            return refuse("client_id must be sent, and be the one of this registration");
        }
        match self.0.get("client_secret") {
            None | Some(Value::Null) => {}
            Some(Value::String(text)) if is_secret(text) => {}
            Some(_) => {
                return refuse("client_secret is not the one of this client; a client cannot choose it");
            }
        }
        let id = before.id.clone();
        self.check(id, Some(before), offer)
    }

    fn check(self, id: String, before: Option<&Client>, offer: &Offer) -> Result<Client, Refusal> {
        let mut metadata: Metadata = metadata::read(self.0).map_err(|fault| {
            let is_uri = fault.member.as_deref() == Some("redirect_uris");
            let code = if is_uri { Code::InvalidRedirectUri } else { Code::InvalidClientMetadata };
            Refusal::new(code, fault.to_string())
        })?;
        metadata.keep_own(before.map(Metadata::of).as_ref());
        let mut client = metadata.check(id, offer.now).map_err(|problems| told(&problems))?;
        client.scope = offer.scope(&client.scope, before)?;
        offer.check(&client)?;
        client.origin = Origin::Registration;
        match before {
            None => Ok(client),
            // Its terms are not the client's to change.
            Some(before) => Ok(Client {
                consent: before.consent,
                lifetimes: before.lifetimes,
                owner_id: before.owner_id.clone(),
                ..client.in_place_of(before)
            }),
        }
    }
}

impl Offer<'_> {
    /// Restricted scopes are for clients that an administrator gave them. Ones that nobody here knows are left out.
    fn scope(&self, asked: &Scope, before: Option<&Client>) -> Result<Scope, Refusal> {
        let mut kept = Vec::new();
        for value in asked.iter() {
            let Some(entry) = self.scopes.iter().find(|entry| entry.name == value) else { continue };
            let has_it = before.is_some_and(|before| before.scope.contains(value));
            if entry.is_restricted && !has_it {
                return refuse(format!("scope: only an administrator can let a client ask for {value}"));
            }
            kept.push(value.to_owned());
        }
        // An empty scope would mean every one.
        if kept.is_empty() && !asked.is_empty() {
            return refuse("scope: none of these is known here; see scopes_supported");
        }
        Ok(kept.into_iter().collect())
    }

    fn check(&self, client: &Client) -> Result<(), Refusal> {
        let front: Option<&ResponseType> = client.response_types.iter().find(|own| own.is_front_channel());
        if !self.implicit && (front.is_some() || client.may_use(GrantType::Implicit)) {
            return refuse(
                "response_types: tokens from the authorization endpoint are switched off here; use code",
            );
        }
        if client.may_use(GrantType::Password) {
            return refuse("grant_types: only an administrator can give a client the grant type password");
        }
        let own = &client.options;
        for (member, alg) in [
            ("id_token_signed_response_alg", Some(client.id_token_alg)),
            ("userinfo_signed_response_alg", own.userinfo_signed_response_alg),
        ] {
            let missing = alg.filter(|alg| !alg.is_symmetric() && self.keys.signer(*alg).is_none());
            if let Some(alg) = missing {
                let algs: Vec<_> = self.keys.algs().iter().map(|alg| alg.as_str()).collect();
                return refuse(format!(
                    "{member}: nothing is signed with {alg} here; use {}",
                    algs.join(", ")
                ));
            }
        }
        Ok(())
    }
}

/// All problems in one refusal.
pub fn told(problems: &[Problem]) -> Refusal {
    const MOST: usize = 5;
    let is_uri = problems.iter().any(|problem| problem.member == "redirect_uris");
    let code = if is_uri { Code::InvalidRedirectUri } else { Code::InvalidClientMetadata };
    let sentence = |problem: &Problem| match problem.index {
        Some(index) => format!("{}[{index}]: {}", problem.member, problem.message),
        None => format!("{}: {}", problem.member, problem.message),
    };
    let sentences: Vec<String> = problems.iter().take(MOST).map(sentence).collect();
    Refusal::new(code, sentences.join(" "))
}

/// What only the client itself may see of its registration.
pub struct Credentials {
    /// Where there is a new one.
    pub client_secret: Option<String>,
    pub registration_client_uri: String,
    pub registration_access_token: String,
}

/// The client information response (RFC 7591 3.2.1, RFC 7592 3): all metadata as it is kept.
pub fn answer(client: &Client, credentials: Credentials) -> Map<String, Value> {
    let mut members = metadata::describe(client);
    let mut put = |name: &str, value: Value| members.insert(name.to_owned(), value);
    if let Some(client_secret) = credentials.client_secret {
        put("client_secret", json!(client_secret));
        // It does not expire.
        put("client_secret_expires_at", json!(0));
    }
    put("registration_client_uri", json!(credentials.registration_client_uri));
    put("registration_access_token", json!(credentials.registration_access_token));
    members
}

/// The document of a `sector_identifier_uri` must list every redirect URI (OpenID Connect Registration 5).
pub fn check_sector(document: &[u8], redirect_uris: &[String]) -> Result<(), String> {
    let listed: Vec<String> = serde_json::from_slice(document)
        .map_err(|_| "The document there is no JSON list of URIs.".to_owned())?;
    match redirect_uris.iter().find(|uri| !listed.contains(uri)) {
        Some(missing) => Err(format!("The list there lacks the redirect URI {missing}.")),
        None => Ok(()),
    }
}

fn refuse<T>(text: impl Into<std::borrow::Cow<'static, str>>) -> Result<T, Refusal> {
    Err(Refusal::new(Code::InvalidClientMetadata, text))
}

#[cfg(test)]
mod tests;
