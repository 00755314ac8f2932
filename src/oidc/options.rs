//! What a client may choose beyond a plain code flow. No query asks for any of it, so that it is kept as one document.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::client::wire_words;
use super::jose::Alg;

/// By the names of OpenID Connect Registration 2 and RFC 7591 2 where these have one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Options {
    /// All of them; the first is the one that people are shown.
    pub contacts: Vec<String>,
    /// Where its picture was fetched from.
    pub logo_uri: Option<String>,
    pub software_id: Option<String>,
    pub software_version: Option<String>,

    pub keys: Keys,
    /// With which algorithm it signs its assertions; any that fits where it does not say.
    pub token_endpoint_auth_signing_alg: Option<Alg>,
    /// Whether an assertion must name the issuer alone as its audience, as FAPI 2.0 has it.
    pub strict_audience: bool,

    pub id_token_encryption: Option<Encryption>,
    /// Plain JSON where there is none.
    pub userinfo_signed_response_alg: Option<Alg>,
    pub userinfo_encryption: Option<Encryption>,

    pub request_object_signing_alg: Option<Alg>,
    pub request_object_encryption: Option<Encryption>,
    pub require_signed_request_object: bool,
    /// As registered, with fragments.
    pub request_uris: Vec<String>,

    pub subject_type: SubjectType,
    pub sector_identifier_uri: Option<String>,

    /// Seconds.
    pub default_max_age: Option<i64>,
    pub require_auth_time: bool,
    pub default_acr_values: Vec<String>,
    pub initiate_login_uri: Option<String>,

    pub logout: Logout,

    pub access_token_format: AccessTokenFormat,
    /// The resource indicators that it may ask for (RFC 8707); none means that it may not ask.
    pub resources: Vec<String>,
    /// Other clients that stand in the `aud` of its ID tokens beside itself.
    pub audiences: Vec<String>,
    /// Origins of web pages that may call the token endpoint, beside those of its redirect URIs.
    pub cors_origins: Vec<String>,
    /// Whether the claims of the granted scopes also stand in its ID tokens.
    pub id_token_claims: bool,
    /// Further claims by the scope that lets them out.
    pub extra_claims: BTreeMap<String, Vec<String>>,
    pub refresh: Refresh,
    /// Whether it may ask about every token, not only its own (RFC 7662).
    pub may_introspect: bool,
}

/// Where a client's public keys are.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Keys {
    #[default]
    None,
    /// `jwks`: a JWK Set (RFC 7517 5).
    Jwks(Value),
    JwksUri(String),
}

/// How something is encrypted to a client (RFC 7516).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Encryption {
    pub alg: KeyManagement,
    pub enc: ContentEncryption,
}

/// The logout specifications' members.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Logout {
    pub frontchannel_logout_uri: Option<String>,
    pub frontchannel_logout_session_required: bool,
    pub backchannel_logout_uri: Option<String>,
    pub backchannel_logout_session_required: bool,
    /// Whether a sign-out that begins at this client ends only what this client has.
    pub is_own_only: bool,
    /// Whether every token of the person at this client ends with a sign-out, those for offline access too.
    pub removes_tokens: bool,
}

/// How refresh tokens behave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Refresh {
    /// Whether each use gives a new one.
    pub rotates: bool,
    /// Seconds in which the old one, shown again, gives the same new pair, unless that was used already.
    pub grace: i64,
    /// Seconds after which the family ends however often it is used.
    pub absolute_lifetime: Option<i64>,
    pub max_uses: Option<i64>,
}

impl Default for Refresh {
    fn default() -> Self {
        Self { rotates: true, grace: 0, absolute_lifetime: None, max_uses: None }
    }
}

impl Options {
    /// Whether `sid` must stand in its ID tokens (OpenID Connect Front-Channel Logout 3, Back-Channel Logout 2.1).
    pub const fn follows_logout(&self) -> bool {
        self.logout.frontchannel_logout_uri.is_some() || self.logout.backchannel_logout_uri.is_some()
    }
}

wire_words! {
    /// Whether a person has the same `sub` for every client (OpenID Connect Core 8).
    #[derive(Default, Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    SubjectType, "subject_type" {
        #[default]
        Public = "public",
        Pairwise = "pairwise",
    }
}

wire_words! {
    #[derive(Default, Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    AccessTokenFormat, "access_token_format" {
        #[default]
        Opaque = "opaque",
        /// RFC 9068.
        Jwt = "jwt",
    }
}

wire_words! {
    /// How the key of an encrypted document reaches its reader (RFC 7518 4).
    #[derive(Serialize, Deserialize)]
    KeyManagement, "alg" {
        #[serde(rename = "RSA-OAEP")]
        RsaOaep = "RSA-OAEP",
        #[serde(rename = "RSA-OAEP-256")]
        RsaOaep256 = "RSA-OAEP-256",
        #[serde(rename = "ECDH-ES")]
        EcdhEs = "ECDH-ES",
        #[serde(rename = "ECDH-ES+A128KW")]
        EcdhEsA128Kw = "ECDH-ES+A128KW",
        #[serde(rename = "ECDH-ES+A256KW")]
        EcdhEsA256Kw = "ECDH-ES+A256KW",
        A128KW = "A128KW",
        A256KW = "A256KW",
        #[serde(rename = "dir")]
        Dir = "dir",
    }
}

impl KeyManagement {
    /// Whether the client secret is the key.
    pub const fn is_symmetric(self) -> bool {
        matches!(self, Self::A128KW | Self::A256KW | Self::Dir)
    }
}

wire_words! {
    /// What an encrypted document is encrypted with (RFC 7518 5).
    #[derive(Serialize, Deserialize)]
    ContentEncryption, "enc" {
        #[serde(rename = "A128CBC-HS256")]
        A128CbcHs256 = "A128CBC-HS256",
        #[serde(rename = "A256CBC-HS512")]
        A256CbcHs512 = "A256CBC-HS512",
        A128GCM = "A128GCM",
        A256GCM = "A256GCM",
    }
}
