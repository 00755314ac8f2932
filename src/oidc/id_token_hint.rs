//! `id_token_hint`: an ID token of ours, expired or not, that comes back to say who is meant (OpenID Connect Core
//! 3.1.2.1, RP-Initiated Logout 1.0, 2).

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::client::Client;
use super::jose::{Accept, Alg, SharedSecret, Signers, Typ, verify_jwt};
use super::keys::KeyRing;
use super::time::UnixTime;

/// Longer ones are refused unread.
const LONGEST: usize = 16 * 1024;

/// By what a hint is known.
#[derive(Clone, Copy)]
pub struct Ground<'a> {
    pub keys: &'a KeyRing,
    pub issuer: &'a str,
    /// The client for which it may be signed with a secret.
    pub client: Option<&'a Client>,
    /// Those of that client.
    pub secrets: &'a [SharedSecret],
}

/// What a genuine hint says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    pub sub: String,
    pub sid: Option<String>,
    /// Whether its client could have made it, who knows the secret too.
    pub is_by_secret: bool,
    /// All that it says.
    pub claims: Map<String, Value>,
    pub(super) audiences: Vec<String>,
    pub(super) azp: Option<String>,
}

impl Hint {
    /// The ID token `token`, if one of our keys signed it, or the client's secret where this client gets its ID tokens
    /// signed so and with that very algorithm, and if it names this issuer.
    pub fn read(token: &str, ground: &Ground) -> Option<Self> {
        let of_secret = ground.client.map(|client| client.id_token_alg).filter(|alg| alg.is_symmetric());
        let algs: Vec<Alg> = Alg::ALL.into_iter().chain(of_secret).collect();
        let signers = Signers { keys: &ground.keys.public_keys(), secrets: ground.secrets };
        // An access token of ours says `at+jwt`, a logout token `logout+jwt`: neither is an ID token.
        let accept = Accept { algs: &algs, typ: Typ::May(&["JWT"]) };
        let jwt = verify_jwt(token, &signers, &accept).ok()?;
        let is_by_secret = jwt.header.alg.is_symmetric();
        let hint = Self::of(jwt.claims, ground.issuer, is_by_secret)?;
        // OpenID Connect Core 10.1: with its secret a client speaks for itself alone.
        let is_its_own = ground.client.is_some_and(|client| hint.is_for(&client.id));
        (!is_by_secret || is_its_own).then_some(hint)
    }

    fn of(claims: Map<String, Value>, issuer: &str, is_by_secret: bool) -> Option<Self> {
        let text = |name: &str| claims.get(name).and_then(Value::as_str).map(str::to_owned);
        let audiences = match claims.get("aud") {
            Some(Value::String(one)) => vec![one.clone()],
            Some(Value::Array(several)) => {
                several.iter().filter_map(Value::as_str).map(str::to_owned).collect()
            }
            _ => Vec::new(),
        };
        // A logout token that lacks its `typ` is still none.
        let is_ours = text("iss").as_deref() == Some(issuer) && !claims.contains_key("events");
        let sub = text("sub").filter(|_| is_ours && !audiences.is_empty())?;
        let (sid, azp) = (text("sid"), text("azp"));
        Some(Self { sub, sid, is_by_secret, claims, audiences, azp })
    }

    /// The client that it was issued to.
    pub fn client_id(&self) -> &str {
        self.azp.as_deref().unwrap_or(&self.audiences[0])
    }

    /// One that does not say until when it is good counts as expired.
    pub fn is_expired(&self, now: UnixTime) -> bool {
        self.claims.get("exp").and_then(Value::as_i64).is_none_or(|exp| now.0 >= exp)
    }

    fn is_for(&self, client_id: &str) -> bool {
        self.client_id() == client_id && self.audiences.iter().any(|own| own == client_id)
    }
}

/// The client whose secret may have signed `token`, by the token's own word: nobody has checked it yet.
pub fn claimed_client(token: &str) -> Option<String> {
    let claims = token.split('.').nth(1).filter(|_| token.len() <= LONGEST)?;
    let claims: Value = serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(claims).ok()?).ok()?;
    let client = claims.get("azp").or_else(|| match claims.get("aud")? {
        Value::Array(several) => several.first(),
        one => Some(one),
    });
    client?.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use openssl::pkey::PKey;
    use serde_json::json;

    use super::*;
    use crate::oidc::jose::{PrivateKey, sign, sign_with_secret};
    use crate::oidc::keys::{KeyRecord, KeyState};
    use crate::oidc::metadata::Metadata;

    const ISSUER: &str = "https://op.example";
    const NOW: UnixTime = UnixTime(1_795_190_400);

    fn client(alg: Alg) -> Client {
        let metadata =
            Metadata { redirect_uris: vec!["https://shop.example/cb".into()], ..Metadata::default() };
        Client { id_token_alg: alg, ..metadata.check("shop".into(), NOW).unwrap() }
    }

    fn ring(key: &PrivateKey) -> KeyRing {
        let record = KeyRecord {
            kid: "k".into(),
            alg: key.alg(),
            state: KeyState::Signing,
            public_jwk: key.public_jwk("k"),
            is_imported: false,
            created_at: NOW,
            signs_at: Some(NOW),
            retired_at: None,
            removed_at: None,
        };
        KeyRing::new(vec![record], Vec::new())
    }

    fn secret() -> SharedSecret {
        SharedSecret::new(&"s".repeat(64))
    }

    fn read(token: &str, client: Option<&Client>) -> Option<Hint> {
        let keys = ring(&PrivateKey::from_der(Alg::ES256, &der()).unwrap());
        Hint::read(token, &Ground { keys: &keys, issuer: ISSUER, client, secrets: &[secret()] })
    }

    /// The same key at each call.
    fn der() -> Vec<u8> {
        static DER: std::sync::LazyLock<Vec<u8>> =
            std::sync::LazyLock::new(|| PrivateKey::generate(Alg::ES256, None).unwrap().to_der().unwrap());
        DER.clone()
    }

    fn claims() -> Value {
        json!({ "iss": ISSUER, "sub": "u", "aud": "shop", "sid": "s", "exp": 1 })
    }

    #[test]
    fn a_token_of_our_key_is_good_and_one_of_another_type_is_none() {
        let key = PrivateKey::from_der(Alg::ES256, &der()).unwrap();
        for typ in [None, Some("JWT")] {
            let hint = read(&sign(&key, "k", typ, &claims()).unwrap(), None).unwrap();
            assert_eq!((hint.sub.as_str(), hint.sid.as_deref(), hint.is_by_secret), ("u", Some("s"), false));
        }
        for typ in ["at+jwt", "logout+jwt"] {
            assert_eq!(read(&sign(&key, "k", Some(typ), &claims()).unwrap(), None), None);
        }
        let changed = |name: &str, value: Value| {
            let mut claims = claims();
            claims[name] = value;
            read(&sign(&key, "k", None, &claims).unwrap(), None)
        };
        assert_eq!(changed("iss", json!("https://other.example")), None);
        assert_eq!(changed("events", json!({})), None);
        assert_eq!(changed("aud", json!([])), None);
        assert_eq!(changed("sub", json!(7)), None);
    }

    #[test]
    fn a_secret_counts_for_its_client_and_its_algorithm_alone() {
        for alg in Alg::SYMMETRIC {
            let token = sign_with_secret(&secret(), alg, None, &claims()).unwrap();
            let hint = read(&token, Some(&client(alg))).unwrap();
            assert!(hint.is_by_secret && hint.client_id() == "shop", "{alg}");
            assert_eq!(read(&token, None), None);
            for other in [Alg::RS256, Alg::ES256, Alg::HS256, Alg::HS384, Alg::HS512] {
                assert_eq!(read(&token, Some(&client(other))).is_some(), other == alg, "{alg} for {other}");
            }
        }
    }

    #[test]
    fn with_its_secret_a_client_speaks_for_itself_alone() {
        let shop = client(Alg::HS256);
        for (aud, azp, is_good) in [
            (json!("shop"), json!(null), true),
            (json!(["shop", "api"]), json!("shop"), true),
            (json!("bank"), json!(null), false),
            (json!(["shop", "bank"]), json!("bank"), false),
            (json!("bank"), json!("shop"), false),
            (json!(["bank", "shop"]), json!(null), false),
        ] {
            let mut claims = claims();
            claims["aud"] = aud;
            if !azp.is_null() {
                claims["azp"] = azp;
            }
            let token = sign_with_secret(&secret(), Alg::HS256, None, &claims).unwrap();
            assert_eq!(read(&token, Some(&shop)).is_some(), is_good, "{claims}");
        }
    }

    /// RFC 8725, 2.1: what everybody may know is no secret.
    #[test]
    fn our_public_key_is_nobodys_secret() {
        let key = PKey::private_key_from_pkcs8(&der()).unwrap();
        for public in [key.public_key_to_pem().unwrap(), key.public_key_to_der().unwrap()] {
            let forger = SharedSecret::new(&String::from_utf8_lossy(&public));
            let token = sign_with_secret(&forger, Alg::HS256, None, &claims()).unwrap();
            for alg in [Alg::ES256, Alg::HS256] {
                assert_eq!(read(&token, Some(&client(alg))), None, "{alg}");
            }
        }
    }

    #[test]
    fn a_token_says_whose_it_wants_to_be() {
        let of = |claims: Value| {
            claimed_client(&format!("e30.{}.", BASE64_URL_SAFE_NO_PAD.encode(claims.to_string())))
        };
        assert_eq!(of(json!({ "aud": "shop" })).as_deref(), Some("shop"));
        assert_eq!(of(json!({ "aud": ["shop", "bank"] })).as_deref(), Some("shop"));
        assert_eq!(of(json!({ "aud": ["a", "shop"], "azp": "shop" })).as_deref(), Some("shop"));
        assert_eq!(of(json!({ "aud": [] })), None);
        for wrong in ["", "e30", "e30.!.", &"x".repeat(20_000)] {
            assert_eq!(claimed_client(wrong), None);
        }
    }
}
