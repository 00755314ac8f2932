//! Standard Webhooks 1.0: headers by which a hook knows that a call is ours, and when it was made.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::sign::Signer;

use crate::config::HookSecret;
use crate::oidc::time::UnixTime;

/// The headers of one call.
pub(super) struct Signed {
    id: String,
    timestamp: String,
    signature: String,
}

impl Signed {
    pub(super) fn new(secret: &HookSecret, (id, body): (&str, &str), now: UnixTime) -> Self {
        let (id, timestamp) = (id.to_owned(), now.0.to_string());
        let content = format!("{id}.{timestamp}.{body}");
        let mac = PKey::hmac(secret.bytes())
            .and_then(|key| {
                Signer::new(MessageDigest::sha256(), &key)?.sign_oneshot_to_vec(content.as_bytes())
            })
            .expect("OpenSSL makes an HMAC of any text with any key");
        Self { id, timestamp, signature: format!("v1,{}", BASE64_STANDARD.encode(mac)) }
    }

    pub(super) fn headers(&self) -> [(&'static str, &str); 3] {
        [
            ("webhook-id", &self.id),
            ("webhook-timestamp", &self.timestamp),
            ("webhook-signature", &self.signature),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed with Python's hmac, as the libraries for Standard Webhooks do it.
    #[test]
    fn a_call_is_signed_as_others_sign_it() {
        let secret =
            HookSecret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let signed = Signed::new(&secret.unwrap(), ("msg_1", "{}"), UnixTime(1_614_265_330));
        assert_eq!(signed.headers()[1], ("webhook-timestamp", "1614265330"));
        assert_eq!(signed.headers()[2].1, "v1,M1ql+9US9FK+De2HTcomTgeQ5i05ke+D3n1p+xqUBwM=");
    }
}
