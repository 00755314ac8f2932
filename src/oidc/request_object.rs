//! Request objects: authorization requests that their client has signed (OpenID Connect Core 6, RFC 9101).

use serde_json::{Map, Value};

use super::authorize::Params;
use super::client::Client;
use super::error::{Code, Refusal};
use super::features::Features;
use super::jose::{Alg, ContentEncryption, KeyManagementAlg};
use super::response::ResponseType;
use super::scope::Scope;
use super::time::UnixTime;

/// What `typ` may be, if it is there (RFC 9101 10.8). An ID token or an assertion has none or another.
pub const TYPES: [&str; 2] = ["oauth-authz-req+jwt", "JWT"];

/// RFC 9101 5.2.
const LONGEST_URI: usize = 512;

/// Seconds by which the clocks of others may differ from ours.
const SKEW: i64 = 30;

/// Where a request's object is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// `request`: here it is.
    Here(String),
    /// `request_uri`, as it is registered.
    There(String),
}

impl Place {
    /// Where the object of `params` is; nowhere for a request without one, where its client may do without.
    pub fn of(params: &Params, client: &Client, features: Features) -> Result<Option<Self>, Refusal> {
        match (&params.request, &params.request_uri) {
            // RFC 9101 5: one of the two only.
            (Some(_), Some(_)) => invalid_request("send either request or request_uri, not both"),
            (Some(object), None) => Ok(Some(Self::Here(object.clone()))),
            (None, Some(uri)) => Self::there(uri, client).map(Some),
            (None, None) if is_required(client, features) => invalid_request(
                "the parameters must be sent in a signed request object: request or request_uri",
            ),
            (None, None) => Ok(None),
        }
    }

    /// OpenID Connect Core 6.2: registered before, so that nobody makes us ask where they like.
    fn there(uri: &str, client: &Client) -> Result<Self, Refusal> {
        let refuse = |text: &'static str| Err(Refusal::new(Code::InvalidRequestUri, text));
        if uri.len() > LONGEST_URI {
            return refuse("request_uri is longer than 512 characters");
        }
        if !uri.starts_with("https://") {
            return refuse("request_uri must be https");
        }
        if !client.options.request_uris.iter().any(|own| own == uri) {
            return refuse("request_uri is not registered for this client; comparison is exact");
        }
        Ok(Self::There(uri.to_owned()))
    }
}

fn is_required(client: &Client, features: Features) -> bool {
    features.require_signed_request_object || client.options.require_signed_request_object
}

/// The algorithms with which `client` may sign: the one that it is registered for, or any (OpenID Connect
/// Registration 2) that there can be a key for. `none` is never among them.
pub fn algs(client: &Client) -> Vec<Alg> {
    match client.options.request_object_signing_alg {
        Some(alg) => vec![alg],
        None if client.has_clear_secret() => Alg::ALL.into_iter().chain(Alg::SYMMETRIC).collect(),
        None => Alg::ALL.to_vec(),
    }
}

/// In what an object may be encrypted: what `client` is registered for, or everything that there can be a key for.
pub fn encryptions(client: &Client) -> (Vec<KeyManagementAlg>, Vec<ContentEncryption>) {
    let registered = client
        .options
        .request_object_encryption
        .and_then(|own| Some((own.alg.as_str().parse().ok()?, own.enc.as_str().parse().ok()?)));
    if let Some((alg, enc)) = registered {
        return (vec![alg], vec![enc]);
    }
    let has_key = |alg: &KeyManagementAlg| !alg.is_symmetric() || client.has_clear_secret();
    (KeyManagementAlg::ALL.into_iter().filter(has_key).collect(), ContentEncryption::ALL.to_vec())
}

/// What a client may do about an object that is refused for its algorithm, if that takes the secret as its key.
pub fn advice(client: &Client, member: &str) -> String {
    if client.is_public() || client.has_clear_secret() {
        return String::new();
    }
    format!(
        "; the secret of this client is kept as a hash alone, so it is no key before {member} is registered"
    )
}

/// Who signed an object for whom, and when it is looked at.
pub struct Ground<'a> {
    pub client: &'a Client,
    pub issuer: &'a str,
    pub now: UnixTime,
    pub features: Features,
}

/// The parameters that count: those in the object, whose signature is good, and those beside it where these count too.
pub fn join(params: &Params, object: &Map<String, Value>, ground: &Ground) -> Result<Params, Refusal> {
    check_claims(object, ground)?;
    check_agreement(params, object, ground)?;
    let mut joined = if is_alone(params, ground) {
        Params { client_id: params.client_id.clone(), ..Params::default() }
    } else {
        Params { request: None, request_uri: None, ..params.clone() }
    };
    for (name, value) in object {
        // `client_id` is the same, and these two may not be there.
        if matches!(name.as_str(), "client_id" | "request" | "request_uri") {
            continue;
        }
        if name == "resource" {
            joined.resources = texts(value)?;
            continue;
        }
        if let Some((_, slot)) = joined.slot(name)
            && let Some(text) = text_of(name, value)?
        {
            *slot = Some(text);
        }
    }
    Ok(joined)
}

/// RFC 9101 6.3: only what is inside counts, but for OpenID Connect requests (OpenID Connect Core 6.1), whose clients
/// may send the rest beside it.
fn is_alone(params: &Params, ground: &Ground) -> bool {
    let scope = params.scope.as_deref().and_then(Scope::parse).unwrap_or_default();
    is_required(ground.client, ground.features) || !scope.contains(Scope::OPENID)
}

/// Who made it, for whom, and when; all of it optional in OpenID Connect.
fn check_claims(object: &Map<String, Value>, ground: &Ground) -> Result<(), Refusal> {
    let id = ground.client.id.as_str();
    if object.get("iss").is_some_and(|iss| iss != id) {
        return invalid_object("iss in the request object is not the client_id");
    }
    let is_for_us = |aud: &Value| match aud {
        Value::Array(several) => several.iter().any(|one| one == ground.issuer),
        one => one == ground.issuer,
    };
    if !object.get("aud").is_none_or(is_for_us) {
        return invalid_object("aud in the request object is not this issuer");
    }
    // RFC 9101 10.8: what proves who the client is (RFC 7523 3) is no request.
    if object.get("sub").is_some_and(|sub| sub == id) {
        return invalid_object(
            "sub in the request object is the client_id; a client assertion is no request object",
        );
    }
    let time = |name: &str| match object.get(name) {
        None => Ok(None),
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a time beyond i64 is as far away as the last one"
        )]
        Some(value) => match value.as_f64() {
            Some(seconds) => Ok(Some(seconds as i64)),
            None => invalid_object("exp and nbf in the request object must be numbers"),
        },
    };
    if time("exp")?.is_some_and(|exp| ground.now.0 >= exp.saturating_add(SKEW)) {
        return invalid_object("the request object has expired");
    }
    if time("nbf")?.is_some_and(|nbf| ground.now.0 < nbf.saturating_sub(SKEW)) {
        return invalid_object("the request object is not valid yet");
    }
    Ok(())
}

/// RFC 9101 5, OpenID Connect Core 6.1: what stands in both places says the same.
fn check_agreement(params: &Params, object: &Map<String, Value>, ground: &Ground) -> Result<(), Refusal> {
    if object.contains_key("request") || object.contains_key("request_uri") {
        return invalid_object("a request object may not hold request or request_uri");
    }
    match object.get("client_id") {
        Some(id) if *id != ground.client.id => {
            return invalid_object("client_id in the request object is not the one beside it");
        }
        None if is_alone(params, ground) => {
            return invalid_object("client_id is missing in the request object");
        }
        _ => {}
    }
    let read = |text: &str| text.parse::<ResponseType>().ok();
    if let (Some(outside), Some(inside)) =
        (params.response_type.as_deref(), object.get("response_type").and_then(Value::as_str))
        && outside != inside
        && (read(outside).is_none() || read(outside) != read(inside))
    {
        return invalid_object("response_type in the request object is not the one beside it");
    }
    Ok(())
}

/// A member as a parameter: texts, a number for `max_age`, an object for `claims`.
fn text_of(name: &str, value: &Value) -> Result<Option<String>, Refusal> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text.clone()).filter(|text| !text.is_empty())),
        Value::Number(number) if name == "max_age" => Ok(Some(number.to_string())),
        Value::Object(_) if matches!(name, "claims" | "registration") => Ok(Some(value.to_string())),
        _ => Err(mistyped(name)),
    }
}

/// RFC 8707 2: one resource or a list. What is empty counts as left out, as it does in a query.
fn texts(value: &Value) -> Result<Vec<String>, Refusal> {
    let several = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
    let texts = several.iter().map(|one| text_of("resource", one));
    texts.filter_map(Result::transpose).collect()
}

fn mistyped(name: &str) -> Refusal {
    let text = format!("{name} in the request object has another type than it should have");
    Refusal::new(Code::InvalidRequestObject, text)
}

fn invalid_request<T>(text: &'static str) -> Result<T, Refusal> {
    Err(Refusal::new(Code::InvalidRequest, text))
}

fn invalid_object<T>(text: &'static str) -> Result<T, Refusal> {
    Err(Refusal::new(Code::InvalidRequestObject, text))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::oidc::client::StoredSecret;
    use crate::oidc::metadata::Metadata;

    const NOW: UnixTime = UnixTime(1_795_190_400);
    const ISSUER: &str = "https://op.example";
    const BESIDE: &str =
        "client_id=shop&response_type=code+token&scope=openid&state=outside&nonce=outside&request=x";

    fn client() -> Client {
        let metadata = Metadata {
            redirect_uris: vec!["https://shop.example/cb".into()],
            request_uris: Some(vec!["https://shop.example/request.jwt#hash".into()]),
            ..Metadata::default()
        };
        metadata.check("shop".into(), NOW).unwrap()
    }

    fn join_with(client: &Client, beside: &str, object: Value) -> Result<Params, Refusal> {
        let Value::Object(object) = object else { panic!("not an object") };
        let ground = Ground { client, issuer: ISSUER, now: NOW, features: Features::default() };
        join(&Params::parse(beside.as_bytes()), &object, &ground)
    }

    #[test]
    fn what_is_inside_wins_and_what_is_outside_still_counts() {
        let joined = join_with(
            &client(),
            BESIDE,
            json!({
                "iss": "shop", "aud": ISSUER, "client_id": "shop", "response_type": "token code", "state": "inside",
                "max_age": 60, "claims": {"userinfo": {"name": null}}, "login_hint": null, "unknown": [1],
            }),
        )
        .unwrap();
        assert_eq!(joined.state.as_deref(), Some("inside"));
        assert_eq!(joined.nonce.as_deref(), Some("outside"));
        assert_eq!(joined.max_age.as_deref(), Some("60"));
        assert_eq!(joined.claims.as_deref(), Some(r#"{"userinfo":{"name":null}}"#));
        assert_eq!((joined.request, joined.login_hint), (None, None));
    }

    #[test]
    fn what_is_empty_inside_counts_as_left_out() {
        let object = json!({
            "resource": ["https://berths.example/", "", null], "state": "", "nonce": null,
        });
        let joined = join_with(&client(), BESIDE, object).unwrap();
        assert_eq!(joined.resources, ["https://berths.example/"]);
        assert_eq!((joined.state.as_deref(), joined.nonce.as_deref()), (Some("outside"), Some("outside")));
        assert_eq!(Params::parse(joined.encode().as_bytes()).encode(), joined.encode());
        assert!(join_with(&client(), BESIDE, json!({"resource": [1]})).is_err());
    }

    #[test]
    fn without_openid_or_where_it_is_required_only_what_is_inside_counts() {
        let mut strict = client();
        strict.options.require_signed_request_object = true;
        let object = json!({"client_id": "shop", "redirect_uri": "https://shop.example/cb"});
        for (client, beside) in [(&client(), BESIDE.replace("openid", "files")), (&strict, BESIDE.to_owned())]
        {
            let joined = join_with(client, &beside, object.clone()).unwrap();
            assert_eq!((joined.state, joined.scope, joined.nonce), (None, None, None));
            assert_eq!(joined.redirect_uri.as_deref(), Some("https://shop.example/cb"));
            assert!(join_with(client, &beside, json!({})).is_err(), "client_id belongs inside");
        }
    }

    #[test]
    fn what_contradicts_itself_or_is_for_others_is_refused() {
        for object in [
            json!({"iss": "thief"}),
            json!({"aud": "https://other.example"}),
            json!({"aud": ["https://other.example"]}),
            json!({"sub": "shop"}),
            json!({"exp": NOW.0 - 60}),
            json!({"exp": "soon"}),
            json!({"nbf": NOW.0 + 60}),
            json!({"client_id": "thief"}),
            json!({"client_id": 1}),
            json!({"response_type": "code"}),
            json!({"request": "x"}),
            json!({"request_uri": "https://shop.example/request.jwt"}),
            json!({"state": 1}),
            json!({"scope": ["openid"]}),
            json!({"nonce": {"a": 1}}),
        ] {
            let refusal = join_with(&client(), BESIDE, object.clone()).unwrap_err();
            assert_eq!(refusal.code, Code::InvalidRequestObject, "{object}");
        }
        for object in [
            json!({"aud": [ISSUER, "https://other.example"]}),
            json!({"exp": NOW.0 + 1, "nbf": NOW.0, "iat": 1, "sub": "ada"}),
            json!({"exp": NOW.0 - 1}),
        ] {
            assert!(join_with(&client(), BESIDE, object.clone()).is_ok(), "{object}");
        }
    }

    #[test]
    fn a_reference_is_one_of_those_that_were_registered() {
        let place = |more: &str| {
            let params = Params::parse(format!("client_id=shop&{more}").as_bytes());
            Place::of(&params, &client(), Features::default()).map_err(|refusal| refusal.code)
        };
        let registered = "https://shop.example/request.jwt#hash";
        assert_eq!(
            place("request_uri=https://shop.example/request.jwt%23hash"),
            Ok(Some(Place::There(registered.into())))
        );
        assert_eq!(place("request=a.b.c"), Ok(Some(Place::Here("a.b.c".into()))));
        assert_eq!(place("state=1"), Ok(None));
        for uri in
            ["https://shop.example/request.jwt", "https://evil.example/", "http://shop.example/", "urn:x"]
        {
            assert_eq!(place(&format!("request_uri={uri}")), Err(Code::InvalidRequestUri), "{uri}");
        }
        let long = format!("request_uri=https://shop.example/{}", "x".repeat(500));
        assert_eq!(place(&long), Err(Code::InvalidRequestUri));
        assert_eq!(place("request=a.b.c&request_uri=https://shop.example/x"), Err(Code::InvalidRequest));
    }

    #[test]
    fn a_client_signs_as_it_is_registered() {
        let mut client = client();
        assert_eq!(algs(&client), Alg::ALL);
        assert!(encryptions(&client).0.into_iter().all(|alg| !alg.is_symmetric()));
        assert!(advice(&client, "request_object_signing_alg").contains("request_object_signing_alg"));
        client.secrets.push(StoredSecret {
            id: "key".into(),
            secret_hash: "hash".into(),
            hint: "hint".into(),
            created_at: UnixTime(0),
            expires_at: None,
            sealed: Some("sealed".into()),
        });
        assert_eq!(algs(&client).len(), 13);
        assert_eq!(encryptions(&client).0, KeyManagementAlg::ALL);
        assert_eq!(advice(&client, "request_object_signing_alg"), "");
        client.options.request_object_signing_alg = Some(Alg::ES256);
        assert_eq!(algs(&client), [Alg::ES256]);
        client.options.require_signed_request_object = true;
        let refusal = Place::of(&Params::default(), &client, Features::default()).unwrap_err();
        assert_eq!(refusal.code, Code::InvalidRequest);
    }
}
