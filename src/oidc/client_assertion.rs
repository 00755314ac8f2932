//! Assertions by which clients prove themselves (RFC 7523 2.2 and 3, OpenID Connect Core 9): what stands in them. Their
//! signature is checked before.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::client::Client;
use super::error::{Code, Refusal};
use super::jose::{Alg, numeric_date};
use super::secret;
use super::time::UnixTime;

/// RFC 7523 2.2.
pub const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Longer ones are refused unread.
const LONGEST: usize = 16 * 1024;

/// Seconds by which the clocks of clients may be ahead of ours.
const SKEW: i64 = 30;

/// Seconds ahead that an assertion may expire at most: so long we must remember it.
const LONGEST_LIFE: i64 = 3600;

/// The `sub` of an assertion that nobody has checked yet, for a request that does not name its client otherwise.
pub fn claimed_client(assertion: &str) -> Option<String> {
    let claims = assertion.split('.').nth(1).filter(|_| assertion.len() <= LONGEST)?;
    let claims: Value = serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(claims).ok()?).ok()?;
    claims.get("sub")?.as_str().map(str::to_owned)
}

/// With which algorithms `client` may sign: the registered one, or any that fits its method.
pub fn allowed_algs(client: &Client, fitting: &[Alg]) -> Vec<Alg> {
    let registered = client.options.token_endpoint_auth_signing_alg;
    fitting.iter().copied().filter(|alg| registered.is_none_or(|own| own == *alg)).collect()
}

/// For whom an assertion may be meant.
pub struct Audiences<'a> {
    pub issuer: &'a str,
    /// The token endpoint, and the endpoint at which it was presented.
    pub endpoints: &'a [String],
}

/// An assertion that counts, if it is not used already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assertion {
    /// Names it among all assertions of all clients.
    pub jti_hash: String,
    pub expires_at: UnixTime,
}

/// Whether the claims of a signed assertion prove `client` now.
pub fn check(
    claims: &Map<String, Value>,
    client: &Client,
    audiences: &Audiences,
    now: UnixTime,
) -> Result<Assertion, Refusal> {
    for name in ["iss", "sub"] {
        if claims.get(name).and_then(Value::as_str) != Some(&client.id) {
            return refuse(format!("{name} of the assertion is not the client_id"));
        }
    }
    if !is_for_us(claims.get("aud"), client, audiences) {
        return refuse(if client.options.strict_audience {
            "aud of the assertion must be the issuer alone, as a string"
        } else {
            "aud of the assertion is neither the issuer nor the token endpoint"
        });
    }
    let time = |name: &'static str| {
        numeric_date(claims, name).map_err(|_| refusal(format!("{name} of the assertion is not a time")))
    };
    let Some(expires_at) = time("exp")? else { return refuse("the assertion lacks exp") };
    if expires_at <= now {
        return refuse("the assertion has expired");
    }
    if expires_at > now.plus(LONGEST_LIFE + SKEW) {
        return refuse("the assertion lasts longer than an hour");
    }
    for name in ["nbf", "iat"] {
        if time(name)?.is_some_and(|at| at > now.plus(SKEW)) {
            return refuse(format!(
                "{name} of the assertion lies in the future; set the clock of the client"
            ));
        }
    }
    let jti = claims.get("jti").and_then(Value::as_str).filter(|jti| !jti.is_empty());
    let Some(jti) = jti else { return refuse("the assertion lacks jti") };
    Ok(Assertion { jti_hash: secret::hash(&format!("{} {jti}", client.id)), expires_at })
}

/// OpenID Connect Core 9 lets the token endpoint and the issuer stand; FAPI 2.0 5.3.2.1 the issuer alone.
fn is_for_us(aud: Option<&Value>, client: &Client, audiences: &Audiences) -> bool {
    let is_ours = |aud: &str| aud == audiences.issuer || audiences.endpoints.iter().any(|own| own == aud);
    match aud {
        Some(Value::String(aud)) if client.options.strict_audience => aud == audiences.issuer,
        Some(Value::String(aud)) => is_ours(aud),
        Some(Value::Array(list)) if !client.options.strict_audience => {
            list.iter().any(|aud| aud.as_str().is_some_and(is_ours))
        }
        _ => false,
    }
}

fn refusal(text: impl Into<std::borrow::Cow<'static, str>>) -> Refusal {
    Refusal::new(Code::InvalidClient, text)
}

fn refuse<T>(text: impl Into<std::borrow::Cow<'static, str>>) -> Result<T, Refusal> {
    Err(refusal(text))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::oidc::metadata::Metadata;

    const NOW: UnixTime = UnixTime(1_000);
    const ISSUER: &str = "https://op.example";

    fn client() -> Client {
        let metadata =
            Metadata { redirect_uris: vec!["https://shop.example/cb".into()], ..Metadata::default() };
        metadata.check("shop".into(), NOW).unwrap()
    }

    fn claims(changed: &Value) -> Map<String, Value> {
        let mut claims = json!({
            "iss": "shop", "sub": "shop", "aud": ISSUER, "jti": "1", "exp": 1_060, "iat": 1_000, "nbf": 1_000,
        });
        let claims = claims.as_object_mut().unwrap();
        for (name, value) in changed.as_object().unwrap() {
            if value.is_null() {
                claims.remove(name);
            } else {
                claims.insert(name.clone(), value.clone());
            }
        }
        claims.clone()
    }

    fn is_good(client: &Client, changed: &Value) -> bool {
        let endpoints = [format!("{ISSUER}/token")];
        let audiences = Audiences { issuer: ISSUER, endpoints: &endpoints };
        check(&claims(changed), client, &audiences, NOW).is_ok()
    }

    #[test]
    fn issuer_and_token_endpoint_are_audiences_alone_and_in_a_list() {
        let client = client();
        for aud in [json!(ISSUER), json!("https://op.example/token"), json!(["x", ISSUER])] {
            assert!(is_good(&client, &json!({ "aud": aud })), "{aud}");
        }
        for aud in [json!(null), json!("x"), json!([]), json!(["x"]), json!("https://op.example/"), json!({})]
        {
            assert!(!is_good(&client, &json!({ "aud": aud })), "{aud}");
        }
    }

    #[test]
    fn a_strict_client_names_the_issuer_alone() {
        let mut client = client();
        client.options.strict_audience = true;
        assert!(is_good(&client, &json!({})));
        for aud in [json!("https://op.example/token"), json!([ISSUER]), json!(["x", ISSUER])] {
            assert!(!is_good(&client, &json!({ "aud": aud })), "{aud}");
        }
    }

    #[test]
    fn it_is_the_clients_own_fresh_and_has_a_name() {
        let client = client();
        assert!(is_good(&client, &json!({ "nbf": null, "iat": null, "exp": 4_600 })));
        assert!(is_good(&client, &json!({ "nbf": 1_030, "iat": 1_030 })));
        for wrong in [
            json!({ "iss": "other" }),
            json!({ "sub": "other" }),
            json!({ "sub": null }),
            json!({ "exp": null }),
            json!({ "exp": 1_000 }),
            json!({ "exp": 4_631 }),
            json!({ "exp": "1060" }),
            json!({ "nbf": 1_031 }),
            json!({ "iat": 1_031 }),
            json!({ "jti": null }),
            json!({ "jti": "" }),
            json!({ "jti": 7 }),
        ] {
            assert!(!is_good(&client, &wrong), "{wrong}");
        }
    }

    #[test]
    fn an_assertion_names_its_client_before_it_is_checked() {
        let assertion = format!("e30.{}.", BASE64_URL_SAFE_NO_PAD.encode(r#"{"sub":"shop"}"#));
        assert_eq!(claimed_client(&assertion).as_deref(), Some("shop"));
        for wrong in ["", "e30", "e30.e30.", "e30.!.", &"x".repeat(20_000)] {
            assert_eq!(claimed_client(wrong), None);
        }
    }
}
