//! Rules about members that must fit each other, asked of the whole client.

use url::Url;

use super::Problems;
use crate::oidc::client::{AuthMethod, Client, GrantType};
use crate::oidc::jose::{Alg, ClientKeys, PublicKey};
use crate::oidc::options::{Encryption, Keys};
use crate::oidc::redirect_uri::{self, ApplicationType};

pub(super) fn check(client: &Client, problems: &mut Problems) {
    if client.is_public() {
        check_public(client, problems);
    }
    if client.application_type == ApplicationType::Native {
        check_native(client, problems);
    }
    check_keys(client, problems);
}

/// A public client has no secret: none to prove itself with, and none that could be a key.
fn check_public(client: &Client, problems: &mut Problems) {
    // RFC 6749 4.4.
    if client.may_use(GrantType::ClientCredentials) {
        problems
            .add("grant_types", "The grant type client_credentials is for clients that prove themselves.");
    }
    let own = &client.options;
    for (member, alg) in [
        ("id_token_signed_response_alg", Some(client.id_token_alg)),
        ("userinfo_signed_response_alg", own.userinfo_signed_response_alg),
        ("request_object_signing_alg", own.request_object_signing_alg),
    ] {
        if let Some(alg) = alg.filter(|alg: &Alg| alg.is_symmetric()) {
            problems.add(member, needs_secret(alg.as_str()));
        }
    }
    for (member, encryption) in [
        ("id_token_encrypted_response_alg", own.id_token_encryption),
        ("userinfo_encrypted_response_alg", own.userinfo_encryption),
        ("request_object_encryption_alg", own.request_object_encryption),
    ] {
        if let Some(encryption) = encryption.filter(|own: &Encryption| own.alg.is_symmetric()) {
            problems.add(member, needs_secret(encryption.alg.as_str()));
        }
    }
}

fn needs_secret(alg: &str) -> String {
    format!("{alg} takes the client secret as its key, and a client with the method none has no secret.")
}

/// OpenID Connect Registration 2, RFC 8252 7: https that the app claims, a scheme of its own, or this device.
fn check_native(client: &Client, problems: &mut Problems) {
    for (index, uri) in client.redirect_uris.iter().enumerate() {
        let is_http = Url::parse(uri).is_ok_and(|url| url.scheme() == "http");
        if is_http && !redirect_uri::is_claimed_by_nobody(uri) {
            let text =
                "A native app uses https, a scheme of its own, or http on 127.0.0.1, [::1] or localhost.";
            problems.add_at("redirect_uris", index, text);
        }
    }
}

/// Whether there is a key for everything that needs one. What lies at a `jwks_uri` is seen when it is asked for.
fn check_keys(client: &Client, problems: &mut Problems) {
    let own = &client.options;
    let keys = match &own.keys {
        Keys::JwksUri(_) => return,
        Keys::None => None,
        Keys::Jwks(jwks) => match ClientKeys::from_jwks(jwks) {
            Ok(keys) => Some(keys),
            // What is wrong with the set has been said.
            Err(_) => return,
        },
    };
    if client.auth_method == AuthMethod::PrivateKeyJwt {
        let alg = own.token_endpoint_auth_signing_alg;
        let fits = |key: &PublicKey| alg.is_none_or(|alg| key.fits(alg));
        if keys.is_none() {
            problems.add("jwks", "private_key_jwt needs the client's public keys: send jwks or jwks_uri.");
        } else if !keys.iter().flat_map(ClientKeys::verifying).any(fits) {
            let what = alg.map_or_else(|| "signatures".to_owned(), |alg| format!("signatures with {alg}"));
            let text = format!("private_key_jwt needs a public key that checks {what}, and none here does.");
            problems.add("jwks", text);
        }
    }
    for (member, encryption) in [
        ("id_token_encrypted_response_alg", own.id_token_encryption),
        ("userinfo_encrypted_response_alg", own.userinfo_encryption),
    ] {
        let Some(Encryption { alg, .. }) = encryption.filter(|own| !own.alg.is_symmetric()) else { continue };
        let Some(keys) = &keys else {
            problems.add(member, "Encryption to the client needs its public keys: send jwks or jwks_uri.");
            continue;
        };
        if !alg.as_str().parse().is_ok_and(|alg| keys.encrypting(alg).is_some()) {
            let text = format!("No key in jwks can be encrypted to with {alg}: add one, or choose another.");
            problems.add(member, text);
        }
    }
}
