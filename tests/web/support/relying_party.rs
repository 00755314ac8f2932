//! A client: it asks for sign-ins, redeems codes and checks ID tokens with code of its own.

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use cardea::oidc::client::{Client, StoredSecret};
use cardea::store::vault::NewSecret;
use openssl::bn::BigNum;
use openssl::ecdsa::EcdsaSig;
use openssl::hash::MessageDigest;
use openssl::pkey::{Id, PKey, Public};
use openssl::rsa::{Padding, Rsa};
use openssl::sign::{RsaPssSaltlen, Verifier};
use serde_json::{Value, json};

use super::http::{self, Answer, Request};
use super::{Browser, Page, Server, Site};

/// How a relying party proves itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Basic,
    Post,
    None,
}

#[derive(Clone)]
pub struct RelyingParty {
    site: Site,
    client: Client,
    pub redirect_uri: String,
    pub secret: String,
}

/// The claims of an ID token whose signature has been checked.
pub type Claims = serde_json::Map<String, Value>;

impl RelyingParty {
    pub(super) fn metadata(id: &str, members: Value) -> Value {
        let mut metadata = json!({
            "client_name": format!("The {id}"),
            "redirect_uris": [format!("https://{id}.example/cb")],
            "grant_types": ["authorization_code", "refresh_token"],
        });
        let (Value::Object(whole), Value::Object(members)) = (&mut metadata, members) else {
            panic!("metadata is an object");
        };
        whole.extend(members);
        metadata
    }

    pub(super) fn new(server: &Server, mut client: Client) -> Self {
        let mut secret = format!("a secret+of:{}%{{}}", client.id);
        if client.needs_clear_secret() {
            // As long as any HMAC wants its key.
            secret = format!("{secret:-<64}");
        }
        if !client.is_public() {
            let new = NewSecret {
                id: format!("secret-of-{}", client.id),
                text: &secret,
                nonce: [7; 12],
                now: server.now(),
            };
            let kept = server.app().store.vault().keep_secret(&client, new);
            client.secrets = vec![StoredSecret { hint: "%{}".into(), ..kept }];
        }
        let redirect_uri = client.redirect_uris.first().cloned().unwrap_or_default();
        Self { site: server.site(), client, redirect_uri, secret }
    }

    pub const fn client(&self) -> &Client {
        &self.client
    }

    pub fn id(&self) -> &str {
        &self.client.id
    }

    /// The same client on another node.
    #[must_use]
    pub fn at(&self, site: Site) -> Self {
        Self { site, ..self.clone() }
    }

    pub const fn site(&self) -> &Site {
        &self.site
    }

    /// Long and odd enough for RFC 7636; the same for every request of this client.
    pub fn verifier(&self) -> String {
        format!("{:-<64}", format!("verifier.of_{}~", self.id()))
    }

    pub fn challenge(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(openssl::sha::sha256(self.verifier().as_bytes()))
    }

    /// The parameters of a usual authorization request.
    pub fn parameters(&self) -> Vec<(String, String)> {
        let challenge = self.challenge();
        let pairs = [
            ("client_id", self.id()),
            ("redirect_uri", &self.redirect_uri),
            ("response_type", "code"),
            ("scope", "openid email"),
            ("state", "state-1"),
            ("nonce", "nonce-1"),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
    }

    /// The path of an authorization request. A changed parameter replaces, an empty one removes the usual.
    pub fn request(&self, changed: &[(&str, &str)]) -> String {
        format!("/authorize?{}", self.query(changed))
    }

    pub fn query(&self, changed: &[(&str, &str)]) -> String {
        let mut parameters = self.parameters();
        for (name, value) in changed {
            parameters.retain(|(own, _)| own != name);
            if !value.is_empty() {
                parameters.push(((*name).into(), (*value).into()));
            }
        }
        let pairs: Vec<_> = parameters.iter().map(|(name, value)| (&**name, &**value)).collect();
        http::encode(&pairs)
    }

    /// Somebody signs in from a new browser, and agrees.
    pub fn sign_in(&self, username: &str) -> Visit {
        self.sign_in_with(username, &[])
    }

    pub fn sign_in_with(&self, username: &str, changed: &[(&str, &str)]) -> Visit {
        let browser = self.site.browser();
        let page = browser.open(&self.request(changed));
        let page = browser.sign_in_on(&page, username);
        self.finish(&browser, &page)
    }

    /// The same browser comes again and agrees where it is asked.
    pub fn visit(&self, browser: &Browser, changed: &[(&str, &str)]) -> Visit {
        let page = browser.open(&self.request(changed));
        self.finish(browser, &page)
    }

    /// From the page after the sign-in back to the client; agrees where that is asked.
    pub fn finish(&self, browser: &Browser, page: &Page) -> Visit {
        let is_asked = page.is_at(&self.site.path("/consent"));
        let page = if is_asked { browser.press(page, "authorize", &[]) } else { page.clone() };
        Visit { browser: browser.clone(), response: self.response(browser, &page) }
    }

    /// What has come back to this client.
    pub fn response(&self, browser: &Browser, page: &Page) -> Response {
        let page = if page.left_to.is_none() && page.answer.body.contains("id=\"form-post\"") {
            browser.press(page, "continue", &[])
        } else {
            page.clone()
        };
        let location = page.left_to.as_deref();
        let location =
            location.unwrap_or_else(|| panic!("still at {} ({}): {}", page.path, page.status(), page.text()));
        let rest = location.strip_prefix(&self.redirect_uri);
        let rest = rest.unwrap_or_else(|| panic!("sent to {location}, not to {}", self.redirect_uri));
        Response {
            location: location.into(),
            parameters: http::decode(rest.trim_start_matches(['?', '#', '&'])),
        }
    }

    fn token_request(&self, method: Method, fields: &[(&str, &str)]) -> Request {
        let request = self.site.request("POST", "/token");
        let mut fields = fields.to_vec();
        match method {
            Method::Basic => return request.header("Authorization", &self.basic(&self.secret)).form(&fields),
            Method::Post => fields.extend([("client_id", self.id()), ("client_secret", &self.secret)]),
            Method::None => fields.push(("client_id", self.id())),
        }
        request.form(&fields)
    }

    /// RFC 6749, 2.3.1: both halves are form-encoded.
    pub fn basic(&self, secret: &str) -> String {
        let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let pair = format!("{}:{}", encode(self.id()), encode(secret));
        format!("Basic {}", BASE64_STANDARD.encode(pair))
    }

    fn method(&self) -> Method {
        match self.client.auth_method.as_str() {
            "none" => Method::None,
            "client_secret_post" => Method::Post,
            _ => Method::Basic,
        }
    }

    /// A token request with the right credentials.
    pub fn ask(&self, fields: &[(&str, &str)]) -> Tokens {
        self.ask_as(self.method(), fields)
    }

    pub fn ask_as(&self, method: Method, fields: &[(&str, &str)]) -> Tokens {
        Tokens(self.token_request(method, fields).send())
    }

    pub fn redeem(&self, code: &str) -> Tokens {
        self.redeem_with(code, &[])
    }

    /// A changed field replaces, an empty one removes the usual.
    pub fn redeem_with(&self, code: &str, changed: &[(&str, &str)]) -> Tokens {
        let verifier = self.verifier();
        let mut fields = self.redemption(code, &verifier);
        for (name, value) in changed {
            fields.retain(|(own, _)| own != name);
            if !value.is_empty() {
                fields.push((name, value));
            }
        }
        self.ask(&fields)
    }

    /// At a server that may die meanwhile.
    pub fn try_redeem(&self, code: &str) -> Option<Tokens> {
        let verifier = self.verifier();
        self.try_ask(&self.redemption(code, &verifier))
    }

    pub fn try_refresh(&self, refresh_token: &str) -> Option<Tokens> {
        self.try_ask(&[("grant_type", "refresh_token"), ("refresh_token", refresh_token)])
    }

    fn try_ask(&self, fields: &[(&str, &str)]) -> Option<Tokens> {
        // An answer that broke off in its body is no answer.
        let answer = self.token_request(self.method(), fields).try_send();
        answer.filter(|answer| !answer.body.is_empty()).map(Tokens)
    }

    fn redemption<'a>(&'a self, code: &'a str, verifier: &'a str) -> Vec<(&'a str, &'a str)> {
        vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &self.redirect_uri),
            ("code_verifier", verifier),
        ]
    }

    pub fn refresh(&self, refresh_token: &str) -> Tokens {
        self.ask(&[("grant_type", "refresh_token"), ("refresh_token", refresh_token)])
    }

    pub fn refresh_to(&self, refresh_token: &str, scope: &str) -> Tokens {
        self.ask(&[("grant_type", "refresh_token"), ("refresh_token", refresh_token), ("scope", scope)])
    }

    /// A request with the right credentials at another endpoint for clients.
    pub fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let request = self.site.request("POST", path);
        let mut fields = fields.to_vec();
        match self.method() {
            Method::Basic => request.header("Authorization", &self.basic(&self.secret)).form(&fields),
            Method::Post => {
                fields.extend([("client_id", self.id()), ("client_secret", &self.secret)]);
                request.form(&fields)
            }
            Method::None => {
                fields.push(("client_id", self.id()));
                request.form(&fields)
            }
        }
        .send()
    }

    /// What this client learns about a token.
    pub fn introspect(&self, token: &str) -> Value {
        let answer = self.post("/introspect", &[("token", token)]);
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()
    }

    pub fn revoke(&self, token: &str) -> Answer {
        self.post("/revoke", &[("token", token)])
    }

    /// A token that the client has for itself.
    pub fn own_token(&self) -> Tokens {
        self.ask(&[("grant_type", "client_credentials")])
    }

    pub fn userinfo(&self, access_token: &str) -> Answer {
        self.site.request("GET", "/userinfo").bearer(access_token).send()
    }

    /// Whether an access token still opens anything.
    pub fn is_live(&self, access_token: &str) -> bool {
        match self.userinfo(access_token) {
            answer if answer.status == 200 => true,
            answer => {
                assert_eq!((answer.status, &*answer.error()), (401, "invalid_token"));
                false
            }
        }
    }
}

/// A sign-in that has come back to the client.
pub struct Visit {
    pub browser: Browser,
    pub response: Response,
}

impl Visit {
    pub fn code(&self) -> String {
        self.response.code()
    }
}

/// An authorization response.
#[derive(Clone, Debug)]
pub struct Response {
    pub location: String,
    pub parameters: Vec<(String, String)>,
}

impl Response {
    pub fn find(&self, name: &str) -> Option<&str> {
        let mut found = self.parameters.iter().filter(|(own, _)| own == name);
        let first = found.next().map(|(_, value)| value.as_str());
        assert!(found.next().is_none(), "{name} came twice: {}", self.location);
        first
    }

    pub fn code(&self) -> String {
        self.find("code").unwrap_or_else(|| panic!("no code: {}", self.location)).to_owned()
    }

    /// The error of a response that grants nothing.
    pub fn error(&self) -> &str {
        for name in ["code", "access_token", "id_token"] {
            assert!(self.find(name).is_none(), "a refusal that grants: {}", self.location);
        }
        self.find("error").unwrap_or_else(|| panic!("no error: {}", self.location))
    }
}

/// The answer of the token endpoint.
#[derive(Clone, Debug)]
pub struct Tokens(pub Answer);

impl Tokens {
    pub fn is_granted(&self) -> bool {
        self.0.status == 200 && self.0.json()["access_token"].is_string()
    }

    pub fn error(&self) -> String {
        self.0.error()
    }

    pub fn member(&self, name: &str) -> Option<String> {
        assert_eq!(self.0.status, 200, "{}", self.0.body);
        self.0.json().get(name).map(|value| value.as_str().expect("a text").to_owned())
    }

    pub fn access_token(&self) -> String {
        self.member("access_token").expect("an access token")
    }

    pub fn refresh_token(&self) -> String {
        self.member("refresh_token").expect("a refresh token")
    }

    pub fn id_token(&self) -> String {
        self.member("id_token").expect("an ID token")
    }
}

/// Header and claims of a signed token, after checking its signature against the published keys.
pub fn claims_of(server: &Server, token: &str) -> (Claims, Claims) {
    let jwks = server.get("/jwks").json();
    let parts: Vec<&str> = token.split('.').collect();
    let [header, claims, signature] = parts[..] else { panic!("{token}") };
    let decode = |part: &str| BASE64_URL_SAFE_NO_PAD.decode(part).unwrap();
    let read = |part: &str| serde_json::from_slice::<Claims>(&decode(part)).unwrap();
    let (head, body) = (read(header), read(claims));
    let keys = jwks["keys"].as_array().unwrap();
    let fitting: Vec<_> = keys.iter().filter(|key| key["kid"] == head["kid"]).collect();
    let [key] = fitting[..] else { panic!("{} keys for {head:?}", fitting.len()) };
    assert_eq!(key["alg"], head["alg"]);
    let input = format!("{header}.{claims}");
    assert!(is_signed(key, input.as_bytes(), &decode(signature)), "bad signature: {token}");
    (head, body)
}

fn is_signed(key: &Value, input: &[u8], signature: &[u8]) -> bool {
    let member = |name: &str| BASE64_URL_SAFE_NO_PAD.decode(key[name].as_str().unwrap()).unwrap();
    let number = |name: &str| BigNum::from_slice(&member(name)).unwrap();
    let alg = key["alg"].as_str().unwrap();
    let digest = match &alg[alg.len() - 3..] {
        "384" => MessageDigest::sha384(),
        "512" => MessageDigest::sha512(),
        _ => MessageDigest::sha256(),
    };
    match key["kty"].as_str().unwrap() {
        "RSA" => {
            let rsa = Rsa::from_public_components(number("n"), number("e")).unwrap();
            let key: PKey<Public> = PKey::from_rsa(rsa).unwrap();
            let mut verifier = Verifier::new(digest, &key).unwrap();
            if alg.starts_with("PS") {
                verifier.set_rsa_padding(Padding::PKCS1_PSS).unwrap();
                verifier.set_rsa_pss_saltlen(RsaPssSaltlen::DIGEST_LENGTH).unwrap();
            }
            verifier.verify_oneshot(signature, input).unwrap()
        }
        "EC" => {
            let nid = match key["crv"].as_str().unwrap() {
                "P-256" => openssl::nid::Nid::X9_62_PRIME256V1,
                "P-384" => openssl::nid::Nid::SECP384R1,
                _ => openssl::nid::Nid::SECP521R1,
            };
            let group = openssl::ec::EcGroup::from_curve_name(nid).unwrap();
            let key =
                openssl::ec::EcKey::from_public_key_affine_coordinates(&group, &number("x"), &number("y"));
            let (r, s) = signature.split_at(signature.len() / 2);
            let [r, s] = [r, s].map(|half| BigNum::from_slice(half).unwrap());
            let hash = openssl::hash::hash(digest, input).unwrap();
            EcdsaSig::from_private_components(r, s).unwrap().verify(&hash, &key.unwrap()).unwrap()
        }
        _ => {
            let key = PKey::public_key_from_raw_bytes(&member("x"), Id::ED25519).unwrap();
            Verifier::new_without_digest(&key).unwrap().verify_oneshot(signature, input).unwrap()
        }
    }
}
