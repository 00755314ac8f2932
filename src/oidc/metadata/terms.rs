//! What the operator alone decides about a client, as members beside its metadata. Registration reads none of them: a
//! stranger neither lengthens a lifetime nor spares people a question.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{Problem, Problems};
use crate::oidc::client::{Client, ConsentPolicy, Lifetimes};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Terms {
    /// `once`, `always` or `never`.
    pub consent: Option<String>,
    pub lifetimes: Option<Lifetimes>,
    /// Whose it is: a user name or e-mail address, for who keeps the users to look up.
    pub owner: Option<String>,
}

impl Terms {
    /// Consent policy and lifetimes; what is left out is as a new client has it.
    pub fn check(&self) -> Result<(ConsentPolicy, Lifetimes), Vec<Problem>> {
        let mut problems = Problems::default();
        let consent = self.consent.as_deref().map_or(Ok(ConsentPolicy::Once), str::parse);
        let consent = problems.take("consent", consent, ConsentPolicy::Once);
        let lifetimes = self.lifetimes.unwrap_or_default();
        for (name, seconds) in named(lifetimes) {
            if seconds.is_some_and(|seconds| !(1..=Lifetimes::LONGEST).contains(&seconds)) {
                let text = format!(
                    "{name}: Write whole seconds, at least 1 and at most ten years ({}).",
                    Lifetimes::LONGEST
                );
                problems.add("lifetimes", text);
            }
        }
        if problems.0.is_empty() { Ok((consent, lifetimes)) } else { Err(problems.0) }
    }
}

const fn named(own: Lifetimes) -> [(&'static str, Option<i64>); 5] {
    [
        ("code", own.code),
        ("id_token", own.id_token),
        ("access_token", own.access_token),
        ("refresh_token", own.refresh_token),
        ("consent", own.consent),
    ]
}

/// The terms of `client`, but for its owner's name: lifetimes only where they differ from the server's.
pub fn describe_terms(client: &Client) -> Map<String, Value> {
    let own = named(client.lifetimes).into_iter();
    let lifetimes: Map<_, _> =
        own.filter_map(|(name, seconds)| Some((name.to_owned(), json!(seconds?)))).collect();
    let mut members = Map::from_iter([("consent".to_owned(), json!(client.consent.as_str()))]);
    if !lifetimes.is_empty() {
        members.insert("lifetimes".to_owned(), Value::Object(lifetimes));
    }
    members
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(terms: Value) -> Vec<String> {
        let terms: Terms = serde_json::from_value(terms).unwrap();
        terms.check().unwrap_err().into_iter().map(|problem| problem.message).collect()
    }

    #[test]
    fn terms_have_bounds_and_defaults() {
        assert_eq!(Terms::default().check(), Ok((ConsentPolicy::Once, Lifetimes::default())));
        let found = problems(json!({"consent": "maybe", "lifetimes": {"code": 0, "id_token": i64::MAX}}));
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(found[0].contains("maybe") && found[1].starts_with("code:"), "{found:?}");
        assert!(serde_json::from_value::<Terms>(json!({"lifetimes": {"acess_token": 1}})).is_err());
    }
}
