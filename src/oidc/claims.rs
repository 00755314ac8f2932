//! Claims about people, and which of them a scope lets out (OpenID Connect Core 5.3.2, 5.4).

use serde_json::{Map, Value, json};

use super::claims_request::ClaimsRequest;
use super::profile::{Profile, is_empty};
use super::scope::Scope;
use super::user::User;

/// A scope as the registry keeps it: what people read about it, and the claims that it lets out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopeEntry {
    pub name: String,
    pub title: String,
    pub description: String,
    pub claims: Vec<String>,
    /// Only for clients that list it.
    pub is_restricted: bool,
    /// Asked for by whoever does not say (RFC 6749 3.3).
    pub is_default: bool,
}

/// Where claims about a person stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    IdToken,
    Userinfo,
}

/// About whom is told, and what was granted.
pub struct Telling<'a> {
    pub user: &'a User,
    pub scope: &'a Scope,
    pub registry: &'a [ScopeEntry],
    /// The `claims` parameter as it was granted: [`Grant::claims`](super::grant::Grant::claims).
    pub requested: &'a str,
    /// Whether what the scope lets out stands there too (OpenID Connect Core 5.4), or only what was asked for by name.
    pub is_with_scope: bool,
}

impl Telling<'_> {
    /// The claims that stand in `target`.
    pub fn claims(&self, target: Target) -> Map<String, Value> {
        let mut claims =
            if self.is_with_scope { released(self.user, self.scope, self.registry) } else { Map::new() };
        if self.requested.is_empty() {
            return claims;
        }
        let request = ClaimsRequest::stored(self.requested);
        let wishes = match target {
            Target::IdToken => request.id_token,
            Target::Userinfo => request.userinfo,
        };
        for (name, wish) in wishes {
            // OpenID Connect Core 5.5.1: a claim that is asked for with a value and has another is left out.
            if let Some(value) = value_of(self.user, &name).filter(|value| wish.is_met_by(value)) {
                claims.insert(name, value);
            }
        }
        claims
    }
}

/// The claims about `user` that `scope` lets out; what is not known is left out (OpenID Connect Core 5.3.2).
pub fn released(user: &User, scope: &Scope, registry: &[ScopeEntry]) -> Map<String, Value> {
    let mut claims = Map::new();
    for entry in registry.iter().filter(|entry| scope.contains(&entry.name)) {
        for name in &entry.claims {
            if let Some(value) = value_of(user, name) {
                claims.insert(name.clone(), value);
            }
        }
    }
    claims
}

/// One claim with its fallback: the user name stands in for names that are missing.
fn value_of(user: &User, claim: &str) -> Option<Value> {
    let profile = &user.profile;
    let text = |value: &Option<String>| value.as_ref().map(|text| json!(text));
    match claim {
        "name" => text(&profile.name).or_else(|| full_name(profile).map(Value::from)),
        "given_name" => text(&profile.given_name),
        "family_name" => text(&profile.family_name),
        "middle_name" => text(&profile.middle_name),
        "nickname" => text(&profile.nickname).or_else(|| Some(json!(user.username))),
        "preferred_username" => text(&profile.preferred_username).or_else(|| Some(json!(user.username))),
        "profile" => text(&profile.profile),
        "picture" => text(&profile.picture),
        "website" => text(&profile.website),
        "gender" => text(&profile.gender),
        "birthdate" => text(&profile.birthdate),
        "zoneinfo" => text(&profile.zoneinfo),
        "locale" => text(&profile.locale),
        "updated_at" => Some(json!(user.updated_at)),
        "email" => text(&profile.email),
        "email_verified" => profile.email.as_ref().map(|_| json!(profile.email_verified)),
        "phone_number" => text(&profile.phone_number),
        "phone_number_verified" => {
            profile.phone_number.as_ref().map(|_| json!(profile.phone_number_verified))
        }
        "address" => profile.address.as_ref().map(|address| json!(address)),
        other => profile.extra.get(other).and_then(cleaned),
    }
}

fn full_name(profile: &Profile) -> Option<String> {
    let parts: Vec<&str> =
        [&profile.given_name, &profile.family_name].into_iter().filter_map(|part| part.as_deref()).collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

/// The value without empty members at any depth; `false` and 0 stay.
fn cleaned(value: &Value) -> Option<Value> {
    let value = match value {
        Value::Object(members) => Value::Object(
            members.iter().filter_map(|(name, value)| Some((name.clone(), cleaned(value)?))).collect(),
        ),
        other => other.clone(),
    };
    (!is_empty(&value)).then_some(value)
}

/// The scopes that every installation starts with: OpenID Connect Core 5.4 and 11.
pub fn standard_scopes() -> Vec<ScopeEntry> {
    let entry = |name: &str, title: &str, description: &str, claims: &str| ScopeEntry {
        name: name.into(),
        title: title.into(),
        description: description.into(),
        claims: claims.split_ascii_whitespace().map(str::to_owned).collect(),
        is_restricted: false,
        is_default: false,
    };
    vec![
        entry("openid", "Know who you are", "An ID that stays the same for this app", ""),
        entry(
            "profile",
            "See your profile",
            "Your name, picture, language and other basic details",
            "name given_name family_name middle_name nickname preferred_username profile picture website gender \
             birthdate zoneinfo locale updated_at",
        ),
        entry(
            "email",
            "See your email address",
            "The address, and whether it is confirmed",
            "email email_verified",
        ),
        entry(
            "phone",
            "See your phone number",
            "The number, and whether it is confirmed",
            "phone_number phone_number_verified",
        ),
        entry("address", "See your postal address", "Street, place, region and country", "address"),
        entry(
            "offline_access",
            "Stay connected when you are away",
            "It can refresh your details until you remove its access",
            "",
        ),
    ]
}

/// Whether `name` is a scope of the specification, which is always there.
pub fn is_standard_scope(name: &str) -> bool {
    standard_scopes().iter().any(|entry| entry.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oidc::user::ada;

    fn names(claims: &Map<String, Value>) -> Vec<&str> {
        claims.keys().map(String::as_str).collect()
    }

    #[test]
    fn the_standard_scopes_let_out_the_standard_claims() {
        let claims = released(&ada(), &Scope::parse("openid profile").unwrap(), &standard_scopes());
        assert_eq!(claims.len(), 14, "{claims:?}");
        assert_eq!(claims["updated_at"], 1_750_000_000);

        let claims = released(&ada(), &Scope::parse("email phone address").unwrap(), &standard_scopes());
        assert_eq!(
            names(&claims),
            ["email", "email_verified", "phone_number", "phone_number_verified", "address"]
        );
        assert_eq!(claims["address"], json!({"street_address": "Quay 1", "locality": "Rotterdam"}));
        assert_eq!(claims["phone_number_verified"], false);
    }

    #[test]
    fn claims_that_are_asked_for_by_name_stand_where_they_were_asked_for() {
        let told = |requested: &str, scope: &str, target| {
            let scope = Scope::parse(scope).unwrap();
            let telling = Telling {
                user: &ada(),
                scope: &scope,
                registry: &standard_scopes(),
                requested,
                is_with_scope: target == Target::Userinfo,
            };
            Value::Object(telling.claims(target))
        };
        let asked = r#"{"userinfo": {"name": {"essential": true}, "sub": {"value": "x"}},
                        "id_token": {"nickname": null, "acr": null, "locale": {"values": ["de", "fr"]}}}"#;
        assert_eq!(told(asked, "openid", Target::Userinfo), json!({"name": "Ada Okafor"}));
        assert_eq!(told(asked, "openid profile", Target::IdToken), json!({"nickname": "ada"}));
        let both = told(asked, "openid email", Target::Userinfo);
        assert_eq!(both["email"], "ada@tidemark.example");
        assert_eq!(both["name"], "Ada Okafor");
        assert_eq!(told("", "openid", Target::Userinfo), json!({}));
    }

    #[test]
    fn openid_alone_lets_nothing_out() {
        assert!(released(&ada(), &Scope::parse("openid").unwrap(), &standard_scopes()).is_empty());
    }

    #[test]
    fn a_custom_scope_lets_out_attributes_but_no_empty_ones() {
        let mut registry = standard_scopes();
        registry.push(ScopeEntry {
            name: "team".into(),
            title: "Team".into(),
            description: String::new(),
            claims: ["groups", "empty", "nested", "unknown"].map(str::to_owned).into(),
            is_restricted: false,
            is_default: false,
        });
        let claims = released(&ada(), &Scope::parse("team").unwrap(), &registry);
        assert_eq!(Value::Object(claims), json!({"groups": ["editors"]}));
    }

    #[test]
    fn without_a_profile_the_user_name_stands_in() {
        let mut user = ada();
        user.profile = Profile { given_name: Some("Ada".into()), ..Profile::default() };
        let claims = released(&user, &Scope::parse("profile email").unwrap(), &standard_scopes());
        assert_eq!(claims["name"], "Ada");
        assert_eq!(claims["preferred_username"], "ada");
        assert_eq!(claims["nickname"], "ada");
        assert!(!claims.contains_key("email_verified"));
    }
}
