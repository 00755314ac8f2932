//! The logout token (OpenID Connect Back-Channel Logout 1.0, 2.4).

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::time::UnixTime;

/// The `typ` in its header.
pub const TYPE: &str = "logout+jwt";

/// Seconds for which it may be accepted; 2.4 advises two minutes at most.
const LIFETIME: i64 = 120;

const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// Never with `nonce`, so that it can be taken for no ID token.
#[derive(Debug, Serialize)]
pub struct LogoutToken {
    iss: String,
    aud: String,
    iat: UnixTime,
    exp: UnixTime,
    jti: String,
    events: Map<String, Value>,
    sub: String,
    sid: String,
}

/// What a logout token is made for.
pub struct Occasion<'a> {
    pub issuer: &'a str,
    pub client_id: &'a str,
    /// As in the ID tokens of this client.
    pub sub: String,
    pub sid: &'a str,
    /// Random.
    pub jti: String,
    pub now: UnixTime,
}

impl LogoutToken {
    pub fn new(occasion: Occasion) -> Self {
        Self {
            iss: occasion.issuer.to_owned(),
            aud: occasion.client_id.to_owned(),
            iat: occasion.now,
            exp: occasion.now.plus(LIFETIME),
            jti: occasion.jti,
            events: Map::from_iter([(EVENT.to_owned(), json!({}))]),
            sub: occasion.sub,
            sid: occasion.sid.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_claims_are_those_of_the_specification_and_no_others() {
        let (client_id, sub, jti) = ("shop", "u".into(), "j".into());
        let now = UnixTime(1_000);
        let occasion = Occasion { issuer: "https://op.example", client_id, sub, sid: "s", jti, now };
        assert_eq!(
            json!(LogoutToken::new(occasion)),
            json!({
                "iss": "https://op.example", "aud": "shop", "iat": 1_000, "exp": 1_120, "jti": "j",
                "events": { "http://schemas.openid.net/event/backchannel-logout": {} }, "sub": "u", "sid": "s",
            })
        );
    }
}
