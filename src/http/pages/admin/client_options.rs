//! What a client's form asks beyond a plain code flow, and what there is to choose from.

use serde::{Deserialize, Serialize};

use super::{Lifetime, choices};
use crate::http::form::ticked;
use crate::http::pages::Choice;
use crate::oidc::jose::Alg;
use crate::oidc::options::{ContentEncryption, KeyManagement};

/// What was typed, by the names of client metadata. Lists have an entry a line; what is empty is not chosen.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct ClientOptions {
    // Keys and authentication.
    pub token_endpoint_auth_signing_alg: String,
    /// A JWK Set, as JSON.
    pub jwks: String,
    pub jwks_uri: String,
    #[serde(deserialize_with = "ticked")]
    pub strict_audience: bool,
    #[serde(deserialize_with = "ticked")]
    pub may_introspect: bool,

    // Tokens.
    pub access_token_format: String,
    pub resources: String,
    pub audiences: String,
    #[serde(deserialize_with = "ticked")]
    pub id_token_claims: bool,
    /// A line is a scope, a colon, and its further claims.
    pub extra_claims: String,
    #[serde(deserialize_with = "ticked")]
    pub refresh_rotates: bool,
    /// Seconds.
    pub refresh_grace: String,
    pub refresh_absolute_lifetime: String,
    pub refresh_absolute_lifetime_unit: String,
    pub refresh_max_uses: String,

    // Signing and encryption.
    pub id_token_encrypted_response_alg: String,
    pub id_token_encrypted_response_enc: String,
    pub userinfo_signed_response_alg: String,
    pub userinfo_encrypted_response_alg: String,
    pub userinfo_encrypted_response_enc: String,
    pub request_object_signing_alg: String,
    pub request_object_encryption_alg: String,
    pub request_object_encryption_enc: String,

    // Requests.
    #[serde(deserialize_with = "ticked")]
    pub require_signed_request_object: bool,
    pub request_uris: String,
    /// Seconds.
    pub default_max_age: String,
    #[serde(deserialize_with = "ticked")]
    pub require_auth_time: bool,
    pub default_acr_values: String,
    pub initiate_login_uri: String,
    pub cors_origins: String,

    // Subject.
    pub subject_type: String,
    pub sector_identifier_uri: String,

    // Sign-out.
    pub frontchannel_logout_uri: String,
    #[serde(deserialize_with = "ticked")]
    pub frontchannel_logout_session_required: bool,
    pub backchannel_logout_uri: String,
    #[serde(deserialize_with = "ticked")]
    pub backchannel_logout_session_required: bool,
    #[serde(deserialize_with = "ticked")]
    pub logout_is_own_only: bool,
    #[serde(deserialize_with = "ticked")]
    pub logout_removes_tokens: bool,
}

/// The parts of the form that may be folded away, and whether each is open: something in it is chosen or wrong.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct OpenSections {
    pub keys: bool,
    pub tokens: bool,
    pub sealing: bool,
    pub requests: bool,
    pub subject: bool,
    pub sign_out: bool,
}

/// The choices of these sections.
#[derive(Clone, Debug, Serialize)]
pub struct OptionChoices {
    /// What an assertion or a request object may be signed with; the empty one is any.
    pub client_algs: Vec<Choice>,
    /// What answers of `/userinfo` may be signed with; the empty one is plain JSON.
    pub userinfo_algs: Vec<Choice>,
    pub key_managements: Vec<Choice>,
    pub content_encryptions: Vec<Choice>,
    pub access_token_formats: Vec<Choice>,
}

impl OptionChoices {
    /// `own_algs` are those that keys of this server sign with, and those that take the client secret.
    pub fn of(own_algs: &[Choice]) -> Self {
        let after = |first: &str, words: Vec<&str>| {
            let words = words.into_iter().map(|word| Choice::new(word, word));
            std::iter::once(Choice::new("", first)).chain(words).collect()
        };
        let algs = Alg::ALL.into_iter().chain(Alg::SYMMETRIC).map(Alg::as_str).collect();
        Self {
            client_algs: after("Any that fits", algs),
            userinfo_algs: std::iter::once(Choice::new("", "Not signed: plain JSON"))
                .chain(own_algs.iter().cloned())
                .collect(),
            key_managements: after(
                "Not encrypted",
                KeyManagement::ALL.iter().map(|alg| alg.as_str()).collect(),
            ),
            content_encryptions: after(
                "The usual one (A128CBC-HS256)",
                ContentEncryption::ALL.iter().map(|enc| enc.as_str()).collect(),
            ),
            access_token_formats: choices(&[
                ("opaque", "Opaque: only this server can read it"),
                ("jwt", "JWT (RFC 9068): APIs can check it themselves"),
            ]),
        }
    }
}

impl ClientOptions {
    /// A client that chose nothing.
    pub fn plain() -> Self {
        Self {
            access_token_format: "opaque".into(),
            subject_type: "public".into(),
            refresh_rotates: true,
            refresh_grace: "0".into(),
            refresh_absolute_lifetime_unit: "days".into(),
            ..Self::default()
        }
    }

    /// The end of a family of refresh tokens, as typed.
    pub fn absolute_lifetime(&self) -> Lifetime {
        Lifetime {
            value: self.refresh_absolute_lifetime.clone(),
            unit: self.refresh_absolute_lifetime_unit.clone(),
            default: "no end".into(),
        }
    }

    pub(super) fn sample() -> Self {
        Self {
            token_endpoint_auth_signing_alg: "ES256".into(),
            jwks: "{\n  \"keys\": [{ \"kty\": \"EC\", \"crv\": \"P-256\", \"x\": \"…\", \"y\": \"…\" }]\n}"
                .into(),
            strict_audience: true,
            may_introspect: true,
            access_token_format: "jwt".into(),
            resources: "https://api.harbour.example\nhttps://berths.harbour.example".into(),
            audiences: "harbour-api".into(),
            id_token_claims: true,
            extra_claims: "profile: harbour_role\nemail: groups".into(),
            refresh_rotates: true,
            refresh_grace: "30".into(),
            refresh_absolute_lifetime: "90".into(),
            refresh_absolute_lifetime_unit: "days".into(),
            refresh_max_uses: "500".into(),
            id_token_encrypted_response_alg: "RSA-OAEP-256".into(),
            id_token_encrypted_response_enc: "A256GCM".into(),
            userinfo_signed_response_alg: "RS256".into(),
            require_signed_request_object: true,
            request_uris: "https://portal.harbour.example/request.jwt".into(),
            default_max_age: "3600".into(),
            require_auth_time: true,
            default_acr_values: "urn:harbour:silver".into(),
            initiate_login_uri: "https://portal.harbour.example/login".into(),
            cors_origins: "https://app.harbour.example".into(),
            subject_type: "pairwise".into(),
            sector_identifier_uri: "https://harbour.example/sector.json".into(),
            frontchannel_logout_uri: "https://portal.harbour.example/out".into(),
            frontchannel_logout_session_required: true,
            backchannel_logout_uri: "https://portal.harbour.example/backchannel".into(),
            backchannel_logout_session_required: true,
            logout_is_own_only: true,
            logout_removes_tokens: true,
            ..Self::default()
        }
    }
}
