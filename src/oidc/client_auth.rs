//! Client authentication (RFC 6749 2.3, OpenID Connect Core 9): exactly the method that is registered.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::client::{AuthMethod, Client};
use super::client_assertion;
use super::error::{Code, Refusal};
use super::secret;
use super::time::UnixTime;
use super::token::Form;

/// What a request says about its client, and by which it proves that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    pub client_id: String,
    pub proof: Proof,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// A public client's.
    Nothing,
    /// A secret in the `Authorization` header.
    Basic(String),
    /// A secret in the body.
    Post(String),
    /// A signed assertion; the client's method says by which key.
    Assertion(String),
}

impl Credentials {
    /// Reads the `Authorization` header and the body; one method a request (RFC 6749 2.3).
    pub fn parse(authorization: Option<&str>, form: &Form) -> Result<Self, Refusal> {
        let (secret, assertion) = (form.find("client_secret"), form.find("client_assertion"));
        let ways = [authorization.is_some(), secret.is_some(), assertion.is_some()];
        if ways.into_iter().filter(|is_used| *is_used).count() > 1 {
            let text = "the client authenticated in two ways; a request has one";
            return Err(Refusal::new(Code::InvalidRequest, text));
        }
        let in_body = form.find("client_id");
        if let Some(header) = authorization {
            let (client_id, secret) = basic(header).ok_or_else(|| {
                invalid_client("the Authorization header is not Basic with client_id and client_secret")
            })?;
            if in_body.is_some_and(|id| id != client_id) {
                return Err(invalid_client("client_id in the body is not the one in the header"));
            }
            return Ok(Self { client_id, proof: Proof::Basic(secret) });
        }
        if let Some(assertion) = assertion {
            return Self::asserted(assertion, in_body, form.find("client_assertion_type"));
        }
        let Some(client_id) = in_body else {
            return Err(invalid_client("client_id is missing"));
        };
        let proof = secret.map_or(Proof::Nothing, |secret| Proof::Post(secret.to_owned()));
        Ok(Self { client_id: client_id.to_owned(), proof })
    }

    /// RFC 7523 2.2: `client_id` may be left out, for it stands in the assertion.
    fn asserted(assertion: &str, in_body: Option<&str>, kind: Option<&str>) -> Result<Self, Refusal> {
        if kind != Some(client_assertion::TYPE) {
            let text = format!("client_assertion_type must be {}", client_assertion::TYPE);
            return Err(invalid_client_as(text));
        }
        let claimed = client_assertion::claimed_client(assertion)
            .ok_or_else(|| invalid_client("client_assertion is not a signed JWT with sub"))?;
        if in_body.is_some_and(|id| id != claimed) {
            return Err(invalid_client("client_id in the body is not the sub of the assertion"));
        }
        Ok(Self { client_id: claimed, proof: Proof::Assertion(assertion.to_owned()) })
    }

    /// Whether this is `client`, as far as its method and its secret say; an assertion must be verified too.
    /// `hash` gives the keyed hash under which secrets are kept.
    pub fn prove(
        &self,
        client: Option<&Client>,
        hash: impl Fn(&str) -> String,
        now: UnixTime,
    ) -> Result<(), Refusal> {
        // Unknown clients and wrong secrets get the same answer.
        let wrong = || invalid_client("client authentication failed: client_id or client_secret is wrong");
        let client = client.ok_or_else(wrong)?;
        if !self.proof.is_of(client.auth_method) {
            return Err(invalid_client_as(format!(
                "this client authenticates with {}, not with {}",
                client.auth_method,
                self.proof.name()
            )));
        }
        let (Proof::Basic(given) | Proof::Post(given)) = &self.proof else { return Ok(()) };
        let given = hash(given);
        let fits =
            client.secrets.iter().any(|own| own.is_live(now) && secret::same(&own.secret_hash, &given));
        if fits { Ok(()) } else { Err(wrong()) }
    }
}

impl Proof {
    const fn is_of(&self, method: AuthMethod) -> bool {
        matches!(
            (self, method),
            (Self::Nothing, AuthMethod::None)
                | (Self::Basic(_), AuthMethod::ClientSecretBasic)
                | (Self::Post(_), AuthMethod::ClientSecretPost)
                | (Self::Assertion(_), AuthMethod::ClientSecretJwt | AuthMethod::PrivateKeyJwt)
        )
    }

    const fn name(&self) -> &'static str {
        match self {
            Self::Nothing => "none",
            Self::Basic(_) => "client_secret_basic",
            Self::Post(_) => "client_secret_post",
            Self::Assertion(_) => "client_assertion",
        }
    }
}

/// RFC 6749 2.3.1: base64 of two form-encoded halves; the scheme's name in any case (RFC 9110 11.1).
fn basic(header: &str) -> Option<(String, String)> {
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = String::from_utf8(BASE64_STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = pair.split_once(':')?;
    let decode = |half: &str| {
        let half = half.replace('+', " ");
        percent_decoded(&half)
    };
    Some((decode(id).filter(|id| !id.is_empty())?, decode(secret)?))
}

/// A `%` that starts no escape stands for itself: many clients send secrets as they are.
fn percent_decoded(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escape = (bytes[at] == b'%').then(|| text.get(at + 1..at + 3)).flatten();
        let value = escape.filter(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()));
        match value.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                decoded.push(byte);
                at += 3;
            }
            None => {
                decoded.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8(decoded).ok()
}

fn invalid_client(text: &'static str) -> Refusal {
    Refusal::new(Code::InvalidClient, text)
}

fn invalid_client_as(text: String) -> Refusal {
    Refusal::new(Code::InvalidClient, text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oidc::client::StoredSecret;
    use crate::oidc::metadata::Metadata;

    const NOW: UnixTime = UnixTime(1_000);

    fn client(method: AuthMethod) -> Client {
        let metadata = Metadata {
            redirect_uris: vec!["https://shop.example/cb".into()],
            token_endpoint_auth_method: Some(method.to_string()),
            ..Metadata::default()
        };
        let mut client = metadata.check("shop".into(), NOW).unwrap();
        for (secret, expires_at) in [("new", None), ("old", Some(NOW.plus(10)))] {
            client.secrets.push(StoredSecret {
                id: secret.into(),
                secret_hash: secret::hash(secret),
                hint: secret.into(),
                created_at: NOW,
                expires_at,
                sealed: None,
            });
        }
        client
    }

    fn prove(client: &Client, header: Option<&str>, body: &str, now: UnixTime) -> Result<(), Code> {
        let form = Form::parse(body.as_bytes()).unwrap();
        let credentials = Credentials::parse(header, &form).map_err(|refusal| refusal.code)?;
        let client = Some(client).filter(|client| client.id == credentials.client_id);
        credentials.prove(client, secret::hash, now).map_err(|refusal| refusal.code)
    }

    fn basic(pair: &str) -> String {
        format!("Basic {}", BASE64_STANDARD.encode(pair))
    }

    #[test]
    fn each_method_proves_its_client() {
        let client_basic = client(AuthMethod::ClientSecretBasic);
        assert_eq!(prove(&client_basic, Some(&basic("shop:new")), "", NOW), Ok(()));
        assert_eq!(prove(&client_basic, Some(&basic("shop:new").replace("Basic", "bAsIc")), "", NOW), Ok(()));
        let client_post = client(AuthMethod::ClientSecretPost);
        assert_eq!(prove(&client_post, None, "client_id=shop&client_secret=new", NOW), Ok(()));
        assert_eq!(prove(&client(AuthMethod::None), None, "client_id=shop", NOW), Ok(()));
    }

    #[test]
    fn only_the_registered_method_counts() {
        let client_basic = client(AuthMethod::ClientSecretBasic);
        let wrong = Err(Code::InvalidClient);
        assert_eq!(prove(&client_basic, None, "client_id=shop&client_secret=new", NOW), wrong);
        assert_eq!(prove(&client_basic, None, "client_id=shop", NOW), wrong);
        assert_eq!(prove(&client(AuthMethod::None), Some(&basic("shop:new")), "", NOW), wrong);
        assert_eq!(prove(&client(AuthMethod::ClientSecretPost), None, "client_id=shop", NOW), wrong);
    }

    #[test]
    fn wrong_unknown_and_expired_are_refused() {
        let client = client(AuthMethod::ClientSecretBasic);
        for pair in ["shop:wrong", "shop:", "other:new", "shop", ":new"] {
            assert_eq!(prove(&client, Some(&basic(pair)), "", NOW), Err(Code::InvalidClient), "{pair}");
        }
        assert_eq!(prove(&client, Some(&basic("shop:old")), "", NOW), Ok(()));
        assert_eq!(prove(&client, Some(&basic("shop:old")), "", NOW.plus(10)), Err(Code::InvalidClient));
        assert_eq!(prove(&client, Some("Bearer abc"), "", NOW), Err(Code::InvalidClient));
    }

    #[test]
    fn two_methods_at_once_are_refused() {
        let client = client(AuthMethod::ClientSecretBasic);
        let body = "client_id=shop&client_secret=new";
        let invalid = Err(Code::InvalidRequest);
        assert_eq!(prove(&client, Some(&basic("shop:new")), body, NOW), invalid);
        assert_eq!(prove(&client, Some(&basic("shop:new")), "client_assertion=x", NOW), invalid);
        assert_eq!(prove(&client, None, &format!("{body}&client_assertion=x"), NOW), invalid);
    }

    #[test]
    fn an_assertion_names_its_client() {
        let kind = client_assertion::TYPE.replace(':', "%3A");
        // {"sub":"shop"}
        let assertion = "e30.eyJzdWIiOiJzaG9wIn0.x";
        let parse = |body: &str| {
            let credentials = Credentials::parse(None, &Form::parse(body.as_bytes()).unwrap());
            credentials.map(|own| own.client_id).map_err(|refusal| refusal.code)
        };
        let body = format!("client_assertion={assertion}&client_assertion_type={kind}");
        assert_eq!(parse(&body), Ok("shop".into()));
        assert_eq!(parse(&format!("{body}&client_id=shop")), Ok("shop".into()));
        assert_eq!(parse(&format!("{body}&client_id=other")), Err(Code::InvalidClient));
        assert_eq!(parse(&format!("client_assertion={assertion}&client_id=shop")), Err(Code::InvalidClient));
        assert_eq!(
            parse(&format!("client_assertion=x&client_assertion_type={kind}")),
            Err(Code::InvalidClient)
        );
        // The method decides what it is worth.
        let credentials = Credentials::parse(None, &Form::parse(body.as_bytes()).unwrap()).unwrap();
        let client = client(AuthMethod::ClientSecretBasic);
        assert!(credentials.prove(Some(&client), secret::hash, NOW).is_err());
    }

    // Conformance: X-1
    #[test]
    fn both_halves_are_form_decoded() {
        let form = Form::parse(b"").unwrap();
        let credentials = Credentials::parse(Some(&basic("my%3Aapp:a%2Bb+c%25:%zz")), &form).unwrap();
        assert_eq!(credentials.client_id, "my:app");
        assert_eq!(credentials.proof, Proof::Basic("a+b c%:%zz".into()));
    }
}
