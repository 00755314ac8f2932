//! The `claims` parameter (OpenID Connect Core 5.5): claims that are asked for one by one.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::error::{Code, Refusal};

/// More characters than any sensible request has.
const LONGEST: usize = 8 * 1024;
/// How many claims each target, and how many values each claim may have.
const MANY: usize = 100;

/// What is asked for, by where it shall stand. Whatever else the parameter says is ignored.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClaimsRequest {
    pub id_token: Wishes,
    pub userinfo: Wishes,
}

/// By the claim's name.
pub type Wishes = BTreeMap<String, Wish>;

/// How a claim is asked for (OpenID Connect Core 5.5.1).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wish {
    pub is_essential: bool,
    /// Of `value` or `values`; none means that any will do.
    pub values: Vec<Value>,
}

impl Wish {
    /// Whether a claim with this value is what was asked for.
    pub fn is_met_by(&self, value: &Value) -> bool {
        self.values.is_empty() || self.values.contains(value)
    }
}

impl ClaimsRequest {
    /// Reads the parameter as a client sends it.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        if text.len() > LONGEST {
            return Err(refusal("claims is longer than 8192 bytes"));
        }
        Self::read(text)
    }

    fn read(text: &str) -> Result<Self, Refusal> {
        let whole: Map<String, Value> =
            serde_json::from_str(text).map_err(|_| refusal("claims must be a JSON object"))?;
        let target = |name: &str| wishes(whole.get(name)).ok_or_else(|| refusal(SHAPE));
        Ok(Self { id_token: target("id_token")?, userinfo: target("userinfo")? })
    }

    /// Reads what [`Self::to_json`] wrote, which may be longer than what came; an empty text asks for nothing.
    pub fn stored(text: &str) -> Self {
        Self::read(text).unwrap_or_default()
    }

    /// A JSON object to be kept; empty where nothing is asked for.
    pub fn to_json(&self) -> String {
        if self.is_empty() {
            return String::new();
        }
        json!({ "id_token": written(&self.id_token), "userinfo": written(&self.userinfo) }).to_string()
    }

    pub fn is_empty(&self) -> bool {
        self.id_token.is_empty() && self.userinfo.is_empty()
    }

    /// Every claim that is asked for, whether or not anybody may have it.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.id_token.keys().chain(self.userinfo.keys()).map(String::as_str)
    }

    /// Leaves out what is not `allowed`.
    #[must_use]
    pub fn only(mut self, allowed: impl Fn(&str) -> bool) -> Self {
        self.id_token.retain(|name, _| allowed(name));
        self.userinfo.retain(|name, _| allowed(name));
        self
    }

    /// OpenID Connect Core 3.1.2.2, 5.5.1: a `sub` with a value demands that person.
    pub fn allows_sub(&self, sub: &str) -> bool {
        self.wishes_for_sub().all(|wish| wish.is_met_by(&json!(sub)))
    }

    /// Whether a certain person is demanded.
    pub fn demands_sub(&self) -> bool {
        self.wishes_for_sub().any(|wish| !wish.values.is_empty())
    }

    fn wishes_for_sub(&self) -> impl Iterator<Item = &Wish> {
        [&self.id_token, &self.userinfo].into_iter().filter_map(|wishes| wishes.get("sub"))
    }

    /// OpenID Connect Core 5.5.1.1: an essential `acr` with values that cannot be met is a failed sign-in.
    pub fn allows_acr(&self, acr: &str) -> bool {
        self.id_token.get("acr").is_none_or(|wish| !wish.is_essential || wish.is_met_by(&json!(acr)))
    }
}

const SHAPE: &str = "claims may hold id_token and userinfo, each an object whose members are null or objects with \
                     essential, value or values; at most 100 of each";

fn wishes(target: Option<&Value>) -> Option<Wishes> {
    let members = match target {
        None | Some(Value::Null) => return Some(Wishes::new()),
        Some(Value::Object(members)) if members.len() <= MANY => members,
        Some(_) => return None,
    };
    members.iter().map(|(name, value)| Some((name.clone(), wish(value)?))).collect()
}

fn wish(value: &Value) -> Option<Wish> {
    let members = match value {
        Value::Null => return Some(Wish::default()),
        Value::Object(members) => members,
        _ => return None,
    };
    let is_essential = match members.get("essential") {
        None | Some(Value::Null) => false,
        Some(Value::Bool(is_essential)) => *is_essential,
        Some(_) => return None,
    };
    let values = match (members.get("value"), members.get("values")) {
        (Some(value), _) if !value.is_null() => vec![value.clone()],
        (_, Some(Value::Array(values))) if values.len() <= MANY => values.clone(),
        (_, None | Some(Value::Null)) => Vec::new(),
        _ => return None,
    };
    Some(Wish { is_essential, values })
}

/// Nested no deeper than it came, since whoever reads JSON goes so deep only: one value stands in no list.
fn written(wishes: &Wishes) -> Value {
    let written = |wish: &Wish| match (wish.is_essential, wish.values.as_slice()) {
        (false, []) => Value::Null,
        (is_essential, []) => json!({ "essential": is_essential }),
        (is_essential, [value]) if !value.is_null() => json!({ "essential": is_essential, "value": value }),
        (is_essential, values) => json!({ "essential": is_essential, "values": values }),
    };
    wishes.iter().map(|(name, wish)| (name.clone(), written(wish))).collect::<Map<_, _>>().into()
}

fn refusal(text: &'static str) -> Refusal {
    Refusal::new(Code::InvalidRequest, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: &str = r#"{
        "userinfo": {"given_name": {"essential": true}, "nickname": null, "http://example.info/claims/groups": null},
        "id_token": {"auth_time": {"essential": true}, "acr": {"values": ["urn:mace:incommon:iap:silver"]}},
        "somewhere": {"else": 1}
    }"#;

    #[test]
    fn the_example_of_the_specification_is_read_and_kept() {
        let request = ClaimsRequest::parse(EXAMPLE).unwrap();
        assert!(request.userinfo["given_name"].is_essential);
        assert!(!request.userinfo["nickname"].is_essential);
        assert_eq!(request.id_token["acr"].values, [json!("urn:mace:incommon:iap:silver")]);
        assert_eq!(request.names().count(), 5);
        assert_eq!(ClaimsRequest::stored(&request.to_json()), request);
        assert_eq!(ClaimsRequest::default().to_json(), "");
        assert!(ClaimsRequest::stored("").is_empty());
    }

    #[test]
    fn the_longest_and_the_deepest_are_kept_as_well() {
        let long: String =
            (0..99).map(|n| format!("\"claim{n}\":{{\"value\":\"{}\"}},", "x".repeat(55))).collect();
        let long = format!("{{\"userinfo\":{{{long}\"a\":{{\"value\":[{}1]}}}}}}", "1e9,".repeat(100));
        assert!(ClaimsRequest::parse(&long).unwrap().to_json().len() > LONGEST);
        let deep = format!(r#"{{"userinfo":{{"a":{{"value":{}{}}}}}}}"#, "[".repeat(124), "]".repeat(124));
        for text in [long, deep, r#"{"id_token":{"a":{"values":[null]}}}"#.into()] {
            let request = ClaimsRequest::parse(&text).unwrap();
            assert!(!request.is_empty());
            assert_eq!(ClaimsRequest::stored(&request.to_json()), request);
        }
    }

    #[test]
    fn a_value_and_values_say_what_will_do() {
        let wish = |text: &str| ClaimsRequest::parse(text).unwrap().id_token["a"].clone();
        assert!(wish(r#"{"id_token": {"a": {"value": 4}}}"#).is_met_by(&json!(4)));
        assert!(!wish(r#"{"id_token": {"a": {"value": 4}}}"#).is_met_by(&json!("4")));
        assert!(wish(r#"{"id_token": {"a": {"values": ["x", "y"]}}}"#).is_met_by(&json!("y")));
        assert!(wish(r#"{"id_token": {"a": {"purpose": "to greet"}}}"#).is_met_by(&json!("anything")));
    }

    #[test]
    fn what_has_another_shape_is_refused() {
        let many = (0..101).map(|n| format!("\"c{n}\":null")).collect::<Vec<_>>().join(",");
        let deep = "[".repeat(4000);
        for text in [
            "",
            "[]",
            "null",
            "{",
            r#"{"id_token": []}"#,
            r#"{"id_token": {"a": 1}}"#,
            r#"{"id_token": {"a": {"essential": "yes"}}}"#,
            r#"{"userinfo": {"a": {"values": "x"}}}"#,
            &format!("{{\"userinfo\":{{{many}}}}}"),
            &format!("{{\"userinfo\":{deep}"),
            &format!("{{\"x\":\"{}\"}}", "y".repeat(LONGEST)),
        ] {
            assert_eq!(ClaimsRequest::parse(text).unwrap_err().code, Code::InvalidRequest, "{text:.40}");
        }
    }

    #[test]
    fn a_subject_or_class_that_is_demanded_must_be_the_one() {
        let request = |text: &str| ClaimsRequest::parse(text).unwrap();
        let sub = request(r#"{"id_token": {"sub": {"value": "ada"}}}"#);
        assert!(sub.allows_sub("ada") && !sub.allows_sub("eve"));
        let either = request(r#"{"userinfo": {"sub": {"values": ["ada", "eve"]}}}"#);
        assert!(either.allows_sub("eve") && !either.allows_sub("bob"));
        assert!(request(r#"{"id_token": {"sub": null}}"#).allows_sub("bob"));
        assert!(sub.demands_sub() && either.demands_sub());
        assert!(!request(r#"{"id_token": {"sub": null, "name": {"value": "ada"}}}"#).demands_sub());

        let acr = request(r#"{"id_token": {"acr": {"essential": true, "values": ["gold"]}}}"#);
        assert!(acr.allows_acr("gold") && !acr.allows_acr("password"));
        assert!(request(r#"{"id_token": {"acr": {"values": ["gold"]}}}"#).allows_acr("password"));
        assert!(request(r#"{"id_token": {"acr": {"essential": true}}}"#).allows_acr("password"));
    }
}
