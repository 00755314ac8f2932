//! A client as the command line reads and prints it: its metadata, and the operator's terms beside them.

use std::path::Path;

use serde_json::{Map, Value, json};

use crate::cli::open::House;
use crate::cli::{Failure, print};
use crate::oidc::client::Client;
use crate::oidc::metadata::{self, Metadata, Terms, describe, describe_terms};
use crate::oidc::user::User;
use crate::store::{self, Db, users};

/// Members that are told and not set, and how they come to change.
const TOLD: [(&str, &str); 7] = [
    ("client_id", "a client keeps its ID; add another client instead"),
    ("client_secret", "make a new one with: cardea client rotate-secret"),
    ("is_disabled", "use: cardea client disable, or enable"),
    ("client_id_issued_at", "it does not change"),
    ("origin", "it does not change"),
    ("registered_with", "it does not change"),
    ("unused_until", "it ends with the first use"),
];

/// What registration answers beside the metadata.
const OF_REGISTRATION: [&str; 3] =
    ["client_secret_expires_at", "registration_access_token", "registration_client_uri"];

#[derive(Default)]
pub struct Document {
    pub metadata: Metadata,
    pub terms: Terms,
}

impl Document {
    /// `place` is where the members stood, for the error.
    pub fn of(members: Map<String, Value>, place: &str) -> Result<Self, Failure> {
        let failed = |fault: metadata::Unreadable| Failure::new(format!("{place}: {fault}"));
        Ok(Self {
            metadata: metadata::read(members.clone()).map_err(failed)?,
            terms: metadata::read(members).map_err(failed)?,
        })
    }

    /// The client that it describes, by the rules of registration and with the defaults of this server.
    pub async fn check(&self, house: &House, id: String) -> Result<Client, Failure> {
        let given = self.metadata.id_token_signed_response_alg.clone();
        let metadata = Metadata {
            may_have_wildcards: house.config.features.wildcard_redirect_uris,
            id_token_signed_response_alg: given
                .or_else(|| Some(house.store.catalogue().settings.default_alg().to_string())),
            ..self.metadata.clone()
        };
        let (client, (consent, lifetimes)) = match (metadata.check(id, house.now()), self.terms.check()) {
            (Ok(client), Ok(terms)) => (client, terms),
            (client, terms) => {
                let problems: Vec<_> = client.err().into_iter().chain(terms.err()).flatten().collect();
                return Err(problems.into());
            }
        };
        let owner_id = match self.terms.owner.clone().filter(|owner| !owner.is_empty()) {
            None => None,
            Some(owner) => Some(house.store.read(move |db| owner_of(db, &owner)).await?.id),
        };
        Ok(Client { consent, lifetimes, owner_id, ..client })
    }
}

fn owner_of(db: &mut Db, owner: &str) -> Result<User, Failure> {
    let none = || Failure::new(format!("owner: there is no user {owner}; cardea user list shows all"));
    Ok(users::find_by_login(db, owner)?.ok_or_else(none)?.0)
}

/// The members that stand in a file. A misspelled one would do nothing, so that unknown ones are warned of.
pub fn members_of(path: &Path) -> Result<Map<String, Value>, Failure> {
    let members: Map<String, Value> = serde_json::from_str(&print::text_of(path)?).map_err(|error| {
        Failure::new(format!("{} is no client metadata as RFC 7591 has it: {error}", path.display()))
    })?;
    let known = [json!(Metadata::default()), json!(Terms::default())];
    for name in members.keys() {
        let is_told = TOLD.iter().any(|(told, _)| told == name) || OF_REGISTRATION.contains(&name.as_str());
        if !is_told && known.iter().all(|members| members.get(name).is_none()) {
            eprintln!("warning: {name} is no member that Cardea knows; it is left out");
        }
    }
    Ok(members)
}

/// As registration has it, and what only the operator is told.
pub fn described(db: &mut Db, client: &Client) -> store::Result<Map<String, Value>> {
    let mut members = describe(client);
    members.extend(describe_terms(client));
    let owner = client.owner_id.as_deref().map(|id| users::find(db, id)).transpose()?.flatten();
    let mut put = |name: &str, value: Value| {
        if !value.is_null() {
            members.insert(name.to_owned(), value);
        }
    };
    put("owner", json!(owner.map(|owner| owner.username)));
    put("is_disabled", json!(client.is_disabled()));
    put("origin", json!(client.origin.as_str()));
    put("registered_with", json!(client.registered_with));
    put("unused_until", json!(client.unused_until));
    Ok(members)
}

/// `given` over `members`, as JSON Merge Patch (RFC 7396) has it: `null` takes a member away.
pub fn merge(members: &mut Map<String, Value>, given: Map<String, Value>) {
    for (name, value) in given {
        match (members.get_mut(&name), value) {
            (_, Value::Null) => {
                members.remove(&name);
            }
            (Some(Value::Object(own)), Value::Object(inner)) => merge(own, inner),
            (_, Value::Object(inner)) => {
                let mut own = Map::new();
                merge(&mut own, inner);
                members.insert(name, Value::Object(own));
            }
            (_, value) => {
                members.insert(name, value);
            }
        }
    }
}

/// Refuses what is only told, unless it says what is so already.
pub fn check_told(given: &Map<String, Value>, members: &Map<String, Value>) -> Result<(), Failure> {
    let differs = |name: &str| given.get(name).is_some_and(|value| members.get(name) != Some(value));
    let told = TOLD.iter().filter(|(name, _)| differs(name));
    let problems: Vec<_> =
        told.map(|(name, way)| format!("{name}: This is not set here; leave it out: {way}.")).collect();
    if problems.is_empty() { Ok(()) } else { Err(Failure::Refused(problems)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_takes_its_place_and_null_takes_away() {
        let object = |value: Value| value.as_object().unwrap().clone();
        let mut members = object(json!({"a": 1, "b": {"x": 1, "y": 2}, "c": [1, 2], "d": "e"}));
        let given = json!({"a": null, "b": {"y": null, "z": 3}, "c": [3], "f": {"g": null, "h": 1}});
        merge(&mut members, object(given));
        let expected = json!({"b": {"x": 1, "z": 3}, "c": [3], "d": "e", "f": {"h": 1}});
        assert_eq!(Value::Object(members), expected);
    }
}
