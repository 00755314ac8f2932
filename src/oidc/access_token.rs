//! The access token as a signed JWT (RFC 9068), for clients whose resource servers read it themselves.

use serde::Serialize;

use super::audience::Audience;
use super::grant::Grant;
use super::id_token::AMR_PASSWORD;
use super::jose::Alg;
use super::keys::{KeyRing, SigningKey};
use super::scope::Scope;
use super::time::UnixTime;

/// Its `typ`, by which nobody takes another of our tokens for one (RFC 9068 2.1).
pub const TYP: &str = "at+jwt";

/// RFC 9068 2.2.
#[derive(Debug, Serialize)]
pub struct AccessTokenClaims<'a> {
    iss: &'a str,
    exp: UnixTime,
    aud: Audience,
    sub: &'a str,
    client_id: &'a str,
    iat: UnixTime,
    jti: &'a str,
    #[serde(skip_serializing_if = "Scope::is_empty")]
    scope: &'a Scope,
    /// RFC 9068 2.2.1: how the person signed in; a client on its own behalf did not.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    sign_in: Option<SignIn<'a>>,
}

#[derive(Debug, Serialize)]
struct SignIn<'a> {
    auth_time: UnixTime,
    acr: &'a str,
    amr: [&'static str; 1],
}

/// What an access token is made for.
pub struct Occasion<'a> {
    pub issuer: &'a str,
    pub client_id: &'a str,
    /// The person, or the client itself (RFC 9068 2.2).
    pub sub: &'a str,
    /// By which it is found again.
    pub jti: &'a str,
    pub scope: &'a Scope,
    /// The resources that it is for (RFC 8707); none means this provider.
    pub resources: &'a [String],
    /// What the person granted.
    pub grant: Option<&'a Grant>,
    pub now: UnixTime,
    /// Seconds.
    pub lifetime: i64,
}

impl<'a> AccessTokenClaims<'a> {
    pub fn new(occasion: &Occasion<'a>) -> Self {
        Self {
            iss: occasion.issuer,
            exp: occasion.now.plus(occasion.lifetime),
            aud: match occasion.resources {
                [] => Audience::One(occasion.issuer.to_owned()),
                resources => Audience::of(resources.iter().cloned()),
            },
            sub: occasion.sub,
            client_id: occasion.client_id,
            iat: occasion.now,
            jti: occasion.jti,
            scope: occasion.scope,
            sign_in: occasion.grant.map(|grant| SignIn {
                auth_time: grant.auth_time,
                acr: &grant.acr,
                amr: AMR_PASSWORD,
            }),
        }
    }
}

/// The key that signs access tokens for a client whose ID tokens are signed with `alg`: resource servers know our
/// public keys only, so that a secret of the client is of no use here.
pub fn signer(keys: &KeyRing, alg: Alg) -> Option<&SigningKey> {
    keys.signer(alg).or_else(|| keys.signer(Alg::RS256)).map(|key| &**key)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: UnixTime = UnixTime(1_000);

    fn occasion<'a>(scope: &'a Scope, resources: &'a [String]) -> Occasion<'a> {
        Occasion {
            issuer: "https://op.example",
            client_id: "shop",
            sub: "shop",
            jti: "j",
            scope,
            resources,
            grant: None,
            now: NOW,
            lifetime: 60,
        }
    }

    #[test]
    fn without_a_resource_it_is_for_this_provider() {
        let scope = Scope::parse("berths").unwrap();
        assert_eq!(
            json!(AccessTokenClaims::new(&occasion(&scope, &[]))),
            json!({
                "iss": "https://op.example", "exp": 1_060, "aud": "https://op.example", "sub": "shop",
                "client_id": "shop", "iat": 1_000, "jti": "j", "scope": "berths",
            })
        );
    }

    #[test]
    fn resources_are_its_audience() {
        let scope = Scope::default();
        let [one, two] = ["https://a.example/", "https://b.example/"].map(str::to_owned);
        let claims = |resources: &[String]| json!(AccessTokenClaims::new(&occasion(&scope, resources)));
        assert_eq!(claims(std::slice::from_ref(&one))["aud"], json!("https://a.example/"));
        assert_eq!(claims(&[one, two])["aud"], json!(["https://a.example/", "https://b.example/"]));
        assert!(claims(&[]).get("scope").is_none());
    }
}
