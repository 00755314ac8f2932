//! What is kept about a person, by the names of OpenID Connect Core 5.1, and the rules that it keeps.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::metadata::Problem;

/// The members of OpenID Connect Core 5.1. Nothing is kept as `None`, never as "".
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

/// Whether a value says nothing, as `false` and 0 do not.
pub(super) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    }
}

fn is_email(text: &str) -> bool {
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

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

    // Conformance: M-3
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
