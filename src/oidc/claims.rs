//! Claims about people (OpenID Connect Core 5.1), and which of them a scope lets out (5.4).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::claims_request::ClaimsRequest;
use super::metadata::Problem;
use super::scope::Scope;
use super::user::User;

/// What is kept about a person, by the names of OpenID Connect Core 5.1. Nothing is kept as `None`, never as "".
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Profile {
    pub name: Option<String>,
    pub given_name: Option<String>,
    pub family_name: Option<String>,
    pub middle_name: Option<String>,
    pub nickname: Option<String>,
    pub preferred_username: Option<String>,
    pub profile: Option<String>,
    pub picture: Option<String>,
    pub website: Option<String>,
    pub gender: Option<String>,
    pub birthdate: Option<String>,
    pub zoneinfo: Option<String>,
    pub locale: Option<String>,
    pub email: Option<String>,
    pub email_verified: bool,
    pub phone_number: Option<String>,
    pub phone_number_verified: bool,
    pub address: Option<Address>,
    /// Attributes beyond the standard ones, for custom scopes.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// `address` (OpenID Connect Core 5.1.1).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Address {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub formatted: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub street_address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locality: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
}

/// Names that a token gives a meaning of its own; no attribute may bear them.
const RESERVED: [&str; 21] = [
    "iss",
    "sub",
    "aud",
    "exp",
    "nbf",
    "iat",
    "jti",
    "auth_time",
    "nonce",
    "acr",
    "amr",
    "azp",
    "at_hash",
    "c_hash",
    "s_hash",
    "sid",
    "sub_jwk",
    "cnf",
    "client_id",
    "scope",
    "updated_at",
];

impl Profile {
    /// Reads a JSON object of claims, as `cardea user add --claims` takes it.
    pub fn parse(json: &str) -> Result<Self, Vec<Problem>> {
        let profile: Self = serde_json::from_str(json).map_err(|error| {
            vec![Problem {
                member: "claims",
                index: None,
                message: format!("This is no JSON object of claims: {error}."),
            }]
        })?;
        profile.check()
    }

    /// What is kept beyond the standard members, read from a JSON object; an empty text holds nothing.
    pub fn parse_extra(json: &str) -> Result<Map<String, Value>, Problem> {
        if json.trim().is_empty() {
            return Ok(Map::new());
        }
        serde_json::from_str(json).map_err(|error| Problem {
            member: "claims",
            index: None,
            message: format!("This is no JSON object of claims: {error}."),
        })
    }

    /// Cleans outer blanks and empty members away, and names every member that breaks its rule.
    pub fn check(mut self) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut problem = |member, message: &str| {
            problems.push(Problem { member, index: None, message: message.to_owned() });
        };
        for (member, value) in self.texts_mut() {
            *value = value.take().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
            if value.as_ref().is_some_and(|text| text.len() > 1000 || text.chars().any(char::is_control)) {
                problem(member, "At most 1000 characters, without control characters.");
            }
        }
        if let Some(address) = &mut self.address {
            address.clean();
        }
        self.address = self.address.take().filter(|address| *address != Address::default());
        self.extra.retain(|_, value| !is_empty(value));
        for (member, value) in
            [("profile", &self.profile), ("picture", &self.picture), ("website", &self.website)]
        {
            if value.as_ref().is_some_and(|text| !is_web_address(text)) {
                problem(member, "This is not a web address, such as https://ada.example/.");
            }
        }
        if self.birthdate.as_ref().is_some_and(|text| !is_birthdate(text)) {
            problem("birthdate", "Write a date as YYYY-MM-DD, 0000-MM-DD without the year, or YYYY alone.");
        }
        if self.zoneinfo.as_ref().is_some_and(|text| text.contains(' ')) {
            problem("zoneinfo", "Write a time zone as Europe/Amsterdam.");
        }
        if self.email.as_ref().is_some_and(|text| !is_email(text)) {
            problem("email", "This is not an e-mail address, such as ada@example.org.");
        }
        if let Some(message) = self.extra.keys().find_map(|name| check_name(name).err()) {
            problem("claims", &message);
        }
        // It would stand twice in what is stored.
        if let Some(name) = self.extra.keys().find(|name| is_standard_claim(name)) {
            problem("claims", &format!("The claim {name} has a field of its own; write it there."));
        }
        if problems.is_empty() { Ok(self) } else { Err(problems) }
    }

    fn texts_mut(&mut self) -> [(&'static str, &mut Option<String>); 15] {
        [
            ("name", &mut self.name),
            ("given_name", &mut self.given_name),
            ("family_name", &mut self.family_name),
            ("middle_name", &mut self.middle_name),
            ("nickname", &mut self.nickname),
            ("preferred_username", &mut self.preferred_username),
            ("profile", &mut self.profile),
            ("picture", &mut self.picture),
            ("website", &mut self.website),
            ("gender", &mut self.gender),
            ("birthdate", &mut self.birthdate),
            ("zoneinfo", &mut self.zoneinfo),
            ("locale", &mut self.locale),
            ("email", &mut self.email),
            ("phone_number", &mut self.phone_number),
        ]
    }
}

/// Whether a claim may be called `name`; says how to mend it if not.
pub fn check_name(name: &str) -> Result<(), String> {
    if RESERVED.contains(&name) {
        return Err(format!("The claim {name} has a meaning of its own in tokens; choose another name."));
    }
    if name.is_empty() || name.len() > 255 || name.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err("The name of a claim has 1 to 255 characters and no blanks.".into());
    }
    Ok(())
}

/// Whether `name` is a member of [`Profile`] itself.
fn is_standard_claim(name: &str) -> bool {
    let others = ["email_verified", "phone_number_verified", "address"];
    others.contains(&name) || Profile::default().texts_mut().iter().any(|(member, _)| *member == name)
}

impl Address {
    fn clean(&mut self) {
        for part in [
            &mut self.formatted,
            &mut self.street_address,
            &mut self.locality,
            &mut self.region,
            &mut self.postal_code,
            &mut self.country,
        ] {
            *part = part.take().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        }
    }
}

/// A scope as the registry keeps it: what people read about it, and the claims that it lets out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopeEntry {
    pub name: String,
    pub title: String,
    pub description: String,
    pub claims: Vec<String>,
    /// Only for clients that list it.
    pub is_restricted: bool,
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

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    }
}

pub fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    !local.is_empty()
        && !domain.is_empty()
        && text.len() <= 254
        && !domain.starts_with('.')
        && !domain.ends_with('.')
        && !text.chars().any(|c| c.is_whitespace() || c.is_control())
        && !domain.contains(['<', '>', '"', '\'', ',', ';', ':'])
}

fn is_web_address(text: &str) -> bool {
    url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "https" | "http") && url.has_host())
}

/// `YYYY-MM-DD`, `0000-MM-DD` or `YYYY`.
fn is_birthdate(text: &str) -> bool {
    let digits = |part: &str, length| part.len() == length && part.bytes().all(|b| b.is_ascii_digit());
    match text.split('-').collect::<Vec<_>>().as_slice() {
        [year] => digits(year, 4) && *year != "0000",
        [year, month, day] if digits(year, 4) && digits(month, 2) && digits(day, 2) => {
            // A leap year stands in for the year that is not told.
            let year = if *year == "0000" { "2000" } else { year };
            format!("{year}-{month}-{day}").parse::<chrono::NaiveDate>().is_ok()
        }
        _ => false,
    }
}

/// The scopes that every installation starts with: OpenID Connect Core 5.4 and 11.
pub fn standard_scopes() -> Vec<ScopeEntry> {
    let entry = |name: &str, title: &str, description: &str, claims: &str| ScopeEntry {
        name: name.into(),
        title: title.into(),
        description: description.into(),
        claims: claims.split_ascii_whitespace().map(str::to_owned).collect(),
        is_restricted: false,
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

/// Whether `name` is a scope of the specification, which stays as it is.
pub fn is_standard_scope(name: &str) -> bool {
    standard_scopes().iter().any(|entry| entry.name == name)
}

/// A person with every standard claim, for samples and tests.
#[cfg(test)]
pub(crate) fn ada() -> User {
    use super::time::UnixTime;

    let profile = Profile::parse(
        r#"{"name": "Ada Okafor", "given_name": "Ada", "family_name": "Okafor", "middle_name": "M.",
            "nickname": "ada", "preferred_username": "ada", "profile": "https://ada.example/",
            "picture": "https://ada.example/me.png", "website": "https://ada.example/", "gender": "female",
            "birthdate": "1990-01-31", "zoneinfo": "Europe/Berlin", "locale": "en-GB",
            "email": "ada@tidemark.example", "email_verified": true,
            "phone_number": "+31 6 12345678", "phone_number_verified": false,
            "address": {"street_address": "Quay 1", "locality": "Rotterdam", "region": ""},
            "groups": ["editors"], "empty": "", "nested": {"a": null}}"#,
    )
    .unwrap();
    User {
        id: "u1".into(),
        username: "ada".into(),
        profile,
        subject: None,
        is_admin: false,
        disabled_at: None,
        created_at: UnixTime(1_700_000_000),
        updated_at: UnixTime(1_750_000_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn a_claim_may_not_be_called_what_means_something_else_in_a_token() {
        for name in RESERVED {
            assert!(check_name(name).unwrap_err().contains(name));
        }
        for name in ["", "two words", "bell\u{7}", &"x".repeat(256)] {
            assert!(check_name(name).is_err(), "{name:?}");
        }
        for name in ["email", "groups", "https://harbour.example/role", "größe"] {
            assert_eq!(check_name(name), Ok(()));
        }
    }

    #[test]
    fn a_further_attribute_does_not_take_the_name_of_a_standard_one() {
        for name in ["email", "email_verified", "address", "preferred_username"] {
            let extra = Profile::parse_extra(&json!({ name: "x" }).to_string()).unwrap();
            let problems = Profile { extra, ..Profile::default() }.check().unwrap_err();
            assert_eq!(problems[0].member, "claims", "{name}");
        }
    }

    #[test]
    fn further_attributes_are_a_json_object_or_nothing() {
        assert!(Profile::parse_extra(" \n").unwrap().is_empty());
        assert_eq!(Profile::parse_extra(r#"{"berths": [4, 12]}"#).unwrap()["berths"], json!([4, 12]));
        for text in ["[1]", "pilot", r#"{"a": 1"#, "null"] {
            assert_eq!(Profile::parse_extra(text).unwrap_err().member, "claims", "{text}");
        }
    }

    #[test]
    fn what_breaks_its_rule_is_named() {
        for (json, member) in [
            (r#"{"birthdate": "1990-02-30"}"#, "birthdate"),
            (r#"{"birthdate": "31.1.1990"}"#, "birthdate"),
            (r#"{"email": "ada"}"#, "email"),
            (r#"{"website": "javascript:alert(1)"}"#, "website"),
            (r#"{"sub": "root"}"#, "claims"),
            (r#"{"email_verified": "yes"}"#, "claims"),
            (r#"["ada"]"#, "claims"),
        ] {
            let problems = Profile::parse(json).unwrap_err();
            assert_eq!(problems[0].member, member, "{json}");
        }
        for birthdate in ["1990-01-31", "0000-02-29", "1990"] {
            assert!(is_birthdate(birthdate));
        }
    }
}
