//! Who may know what a token is worth (RFC 7662 2.2, 4), and what a hook of the operator may make of the answer.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::client::Client;
use super::scope::Scope;

/// Whether `caller` may know about a token of `owner` that is for `resources`: if it is its own, if the token is meant
/// for it, or if the operator lets it know about all.
pub fn may_see(caller: &Client, owner: &Client, resources: &[String]) -> bool {
    let is_audience = owner.options.audiences.contains(&caller.id) || resources.contains(&caller.id);
    // As old apps have it: the scopes of a resource server name the clients whose tokens it is shown.
    let is_listed = caller.scope.contains(Scope::TOKEN_INTROSPECTION) && caller.scope.contains(&owner.id);
    caller.id == owner.id || is_audience || is_listed || caller.options.may_introspect
}

/// Who issued the token to whom, about whom and for whom: these stay as they are, and are not made up.
const FIXED: [&str; 9] = ["iss", "sub", "client_id", "aud", "jti", "iat", "nbf", "token_type", "active"];

/// An answer after a hook.
#[derive(Debug, PartialEq, Eq)]
pub enum Amended {
    Live(Map<String, Value>),
    /// The token shall count for nothing.
    Dead,
}

/// What becomes of the answer `own` where a hook wants `wish` instead. It may let a token do less, and say more about
/// it; it cannot let it do more or be another's. The error says why the wish is none.
pub fn amend(own: &Map<String, Value>, mut wish: Map<String, Value>) -> Result<Amended, &'static str> {
    match wish.get("active") {
        Some(Value::Bool(true)) => {}
        Some(Value::Bool(false)) => return Ok(Amended::Dead),
        _ => return Err("active is neither true nor false"),
    }
    for name in FIXED {
        put(&mut wish, name, own.get(name).cloned());
    }
    // Some resource servers know people by their user name: it may be kept from them.
    if wish.contains_key("username") {
        put(&mut wish, "username", own.get("username").cloned());
    }
    let ends = |answer: &Map<String, Value>| answer.get("exp").and_then(Value::as_i64);
    let is_earlier = ends(&wish).is_some_and(|exp| ends(own).is_some_and(|own| exp <= own));
    if !is_earlier {
        put(&mut wish, "exp", own.get("exp").cloned());
    }
    let scope = match wish.get("scope") {
        // RFC 7662 2.2: optional, so that whoever needs one does without.
        None => None,
        Some(Value::String(scope)) => own.get("scope").map(|own| narrowed(own, scope)),
        Some(_) => own.get("scope").cloned(),
    };
    put(&mut wish, "scope", scope);
    Ok(Amended::Live(wish))
}

fn put(answer: &mut Map<String, Value>, name: &str, value: Option<Value>) {
    match value {
        Some(value) => drop(answer.insert(name.to_owned(), value)),
        None => drop(answer.remove(name)),
    }
}

/// The scopes of `own` that `wish` leaves.
fn narrowed(own: &Value, wish: &str) -> Value {
    let wanted: BTreeSet<&str> = wish.split(' ').collect();
    let left = own.as_str().unwrap_or_default().split(' ').filter(|scope| wanted.contains(scope));
    Value::String(left.collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::oidc::metadata::Metadata;
    use crate::oidc::time::UnixTime;

    fn client(id: &str) -> Client {
        let metadata =
            Metadata { redirect_uris: vec![format!("https://{id}.example/cb")], ..Metadata::default() };
        metadata.check(id.into(), UnixTime(0)).unwrap()
    }

    #[test]
    fn a_client_sees_its_own_tokens_and_those_that_are_for_it() {
        let (shop, api) = (client("shop"), client("api"));
        assert!(may_see(&shop, &shop, &[]));
        assert!(!may_see(&api, &shop, &[]) && !may_see(&api, &shop, &["https://api.example/".into()]));
        assert!(may_see(&api, &shop, &["api".into()]));
        let mut for_api = client("shop");
        for_api.options.audiences = vec!["api".into()];
        assert!(may_see(&api, &for_api, &[]));
        let mut all = client("api");
        all.options.may_introspect = true;
        assert!(may_see(&all, &shop, &[]));
    }

    #[test]
    fn scopes_may_name_the_clients_whose_tokens_are_shown() {
        let (shop, mut api) = (client("shop"), client("api"));
        api.scope = Scope::parse("token_introspection").unwrap();
        assert!(!may_see(&api, &shop, &[]));
        api.scope = Scope::parse("token_introspection shop").unwrap();
        assert!(may_see(&api, &shop, &[]) && !may_see(&api, &client("other"), &[]));
        api.scope = Scope::parse("shop").unwrap();
        assert!(!may_see(&api, &shop, &[]));
    }

    fn object(value: Value) -> Map<String, Value> {
        serde_json::from_value(value).unwrap()
    }

    fn own() -> Map<String, Value> {
        object(json!({
            "active": true, "iss": "https://id.example", "sub": "u", "client_id": "shop", "aud": "api", "jti": "j",
            "iat": 5, "exp": 10, "token_type": "Bearer", "username": "alice", "scope": "openid email",
        }))
    }

    fn amended(change: Value) -> Map<String, Value> {
        let mut wish = own();
        wish.extend(object(change));
        match amend(&own(), wish).unwrap() {
            Amended::Live(answer) => answer,
            Amended::Dead => panic!("it lives"),
        }
    }

    #[test]
    fn a_hook_says_more_about_a_token_and_cannot_make_it_anothers() {
        let forged = amended(json!({
            "iss": "https://evil.example", "sub": "admin", "client_id": "bank", "aud": ["all"], "jti": "k", "iat": 0,
            "nbf": 0, "token_type": "N_A", "username": "root", "exp": 11, "scope": "openid email admin",
        }));
        assert_eq!(forged, own());
        assert_eq!(amended(json!({ "exp": "never" })), own());
        assert_eq!(amended(json!({ "scope": ["admin"] })), own());
        assert_eq!(amended(json!({ "tenant": "north" }))["tenant"], "north");
        let bare = amend(&own(), object(json!({ "active": true }))).unwrap();
        let mut left = own();
        left.remove("username");
        left.remove("scope");
        assert_eq!(bare, Amended::Live(left));
        let of_client = object(json!({ "active": true, "client_id": "robot" }));
        let wish =
            object(json!({ "active": true, "username": "alice", "sub": "u", "scope": "admin", "exp": 9 }));
        assert_eq!(amend(&of_client, wish).unwrap(), Amended::Live(of_client), "nor make anything up");
    }

    #[test]
    fn a_hook_may_let_a_token_do_less() {
        assert_eq!(amended(json!({ "exp": 9 }))["exp"], 9);
        assert_eq!(amended(json!({ "scope": "email admin" }))["scope"], "email");
        let dead = object(json!({ "active": false, "sub": "u" }));
        assert_eq!(amend(&own(), dead), Ok(Amended::Dead));
        for unclear in [json!({}), json!({ "active": "true" }), json!({ "active": null })] {
            assert!(amend(&own(), object(unclear)).is_err());
        }
    }
}
