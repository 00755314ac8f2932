//! Services of the operator's own that are asked and told.

mod end_session;
mod introspection;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::sign::Signer;
use serde_json::Value;

use crate::support::*;

/// The base64 of 32 bytes.
const SECRET: &str = "aG9va3MtdGVsbC11cy1ieS10aGlzLXNlY3JldC1vZi0=";

/// The hooks of one setting, in their order, signed with [`SECRET`].
fn with_hooks(setup: Setup, remote: &Remote, (key, paths): (&str, &[&str])) -> Setup {
    let urls: Vec<_> = paths.iter().map(|path| remote.url(path)).collect();
    setup.reaching(remote).with("hooks.secret", &format!("whsec_{SECRET}")).with(key, &urls.join(","))
}

/// The event of a call, after its headers were checked as a hook does it.
fn event_of(call: &Received, now: i64) -> Value {
    assert_eq!((&*call.method, call.header("content-type")), ("POST", Some("application/json")));
    let [id, timestamp, signature] =
        ["webhook-id", "webhook-timestamp", "webhook-signature"].map(|name| call.header(name).unwrap());
    assert_eq!(timestamp, now.to_string());
    let key = PKey::hmac(&BASE64_STANDARD.decode(SECRET).unwrap()).unwrap();
    let mut signer = Signer::new(MessageDigest::sha256(), &key).unwrap();
    signer.update(format!("{id}.{timestamp}.").as_bytes()).unwrap();
    signer.update(&call.body).unwrap();
    let expected = BASE64_STANDARD.encode(signer.sign_to_vec().unwrap());
    assert_eq!(signature, format!("v1,{expected}"));
    serde_json::from_slice(&call.body).unwrap()
}
