//! A registered client (RFC 7591 2, OpenID Connect Registration 2).

use serde::{Deserialize, Serialize};

use super::features::Features;
use super::jose::Alg;
use super::options::{Encryption, Options};
use super::redirect_uri::{self, ApplicationType};
use super::response::ResponseType;
use super::scope::Scope;
use super::secret;
use super::time::UnixTime;

#[derive(Clone, Debug)]
pub struct Client {
    /// `client_id`.
    pub id: String,
    pub name: String,
    pub application_type: ApplicationType,
    pub auth_method: AuthMethod,
    pub secrets: Vec<StoredSecret>,
    pub redirect_uris: Vec<String>,
    pub post_logout_redirect_uris: Vec<String>,
    pub response_types: Vec<ResponseType>,
    pub grant_types: Vec<GrantType>,
    /// What it may ask for; empty means every scope that is not restricted.
    pub scope: Scope,
    pub id_token_alg: Alg,
    pub requires_pkce: bool,
    pub consent: ConsentPolicy,
    pub lifetimes: Lifetimes,
    pub client_uri: Option<String>,
    pub policy_uri: Option<String>,
    pub tos_uri: Option<String>,
    pub contact: Option<String>,
    pub options: Options,
    /// Who made it.
    pub origin: Origin,
    /// The name of the initial access token that it was registered with.
    pub registered_with: Option<String>,
    /// What a registration is managed with (RFC 7592 2), as a hash.
    pub registration_token_hash: Option<String>,
    /// A registration that nobody has used is removed then.
    pub unused_until: Option<UnixTime>,
    /// Changes with the picture, so that browsers may keep it.
    pub logo_hash: Option<String>,
    pub owner_id: Option<String>,
    pub disabled_at: Option<UnixTime>,
    pub created_at: UnixTime,
    pub updated_at: UnixTime,
}

/// A client secret as it is kept: its keyed hash, and the end of a retiring one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredSecret {
    pub id: String,
    pub secret_hash: String,
    /// The last four characters, by which people tell secrets apart.
    pub hint: String,
    pub created_at: UnixTime,
    pub expires_at: Option<UnixTime>,
    /// The secret itself under the master key, for clients that use it as a key.
    pub sealed: Option<String>,
}

impl StoredSecret {
    pub fn is_live(&self, now: UnixTime) -> bool {
        self.expires_at.is_none_or(|end| now < end)
    }
}

/// Seconds where they differ from the server's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Lifetimes {
    pub code: Option<i64>,
    pub access_token: Option<i64>,
    pub id_token: Option<i64>,
    pub refresh_token: Option<i64>,
    pub consent: Option<i64>,
}

impl Lifetimes {
    /// Ten years.
    pub const LONGEST: i64 = 3650 * 86_400;
}

impl Client {
    /// This client in the place of `before`: with what neither its metadata nor its terms say.
    #[must_use]
    pub fn in_place_of(self, before: &Self) -> Self {
        Self {
            secrets: before.secrets.clone(),
            origin: before.origin,
            registered_with: before.registered_with.clone(),
            registration_token_hash: before.registration_token_hash.clone(),
            unused_until: before.unused_until,
            logo_hash: before.logo_hash.clone(),
            disabled_at: before.disabled_at,
            created_at: before.created_at,
            ..self
        }
    }

    pub const fn is_public(&self) -> bool {
        matches!(self.auth_method, AuthMethod::None)
    }

    pub const fn is_disabled(&self) -> bool {
        self.disabled_at.is_some()
    }

    /// Whether its secret must be known in clear: it is a key then (OpenID Connect Core 10.1, 16.19).
    pub fn needs_clear_secret(&self) -> bool {
        let is_symmetric = |alg: Option<Alg>| alg.is_some_and(Alg::is_symmetric);
        let is_secret_based =
            |encryption: Option<Encryption>| encryption.is_some_and(|own| own.alg.is_symmetric());
        let own = &self.options;
        self.auth_method == AuthMethod::ClientSecretJwt
            || is_symmetric(Some(self.id_token_alg))
            || is_symmetric(own.userinfo_signed_response_alg)
            || is_symmetric(own.request_object_signing_alg)
            || is_secret_based(own.id_token_encryption)
            || is_secret_based(own.userinfo_encryption)
            || is_secret_based(own.request_object_encryption)
    }

    /// Whether it has a client secret: to prove itself with, or as a key.
    pub fn has_secret(&self) -> bool {
        !self.is_public() && (self.auth_method != AuthMethod::PrivateKeyJwt || self.needs_clear_secret())
    }

    /// Whether a secret of it is known in clear, and can thus be a key.
    pub fn has_clear_secret(&self) -> bool {
        self.secrets.iter().any(|secret| secret.sealed.is_some())
    }

    /// A secret for it, made of random bits: twice as long where it is a key, for every hash to be shorter
    /// (RFC 7518 3.2).
    pub fn new_secret(&self, [one, other]: [[u8; 32]; 2]) -> String {
        let text = secret::opaque(one);
        if self.needs_clear_secret() { text + &secret::opaque(other) } else { text }
    }

    pub fn may_use(&self, grant_type: GrantType) -> bool {
        self.grant_types.contains(&grant_type)
    }

    /// The registered redirect URI that `given` names.
    pub fn has_redirect_uri(&self, given: &str, features: Features) -> bool {
        let fits_wildcard =
            |own: &str| features.wildcard_redirect_uris && redirect_uri::fits_wildcard(own, given);
        let mut own = self.redirect_uris.iter();
        own.any(|own| redirect_uri::matches(own, given, self.application_type) || fits_wildcard(own))
    }

    /// The redirect URI that goes without saying: the only one, in plain OAuth (RFC 6749 3.1.2.3). OpenID Connect wants
    /// it said (Core 3.1.2.1).
    pub fn default_redirect_uri(&self, scope: &Scope) -> Option<&str> {
        match self.redirect_uris.as_slice() {
            [only] if !scope.contains(Scope::OPENID) && !only.contains('*') => Some(only),
            _ => None,
        }
    }
}

/// Declares an enum whose variants are words on the wire.
macro_rules! wire_words {
    ($(#[$meta:meta])* $name:ident, $member:literal { $($(#[$variant_meta:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$variant_meta])* $variant),+ }

        impl $name {
            /// Every value that is offered.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                let known = Self::ALL.iter().copied().find(|value| value.as_str() == text);
                known.ok_or_else(|| {
                    let offered: Vec<_> = Self::ALL.iter().map(|value| value.as_str()).collect();
                    format!("{} '{text}' is not offered; offered: {}", $member, offered.join(", "))
                })
            }
        }
    };
}
pub(super) use wire_words;

wire_words! {
    /// How a client proves itself at the token endpoint (OpenID Connect Core 9).
    AuthMethod, "token_endpoint_auth_method" {
        ClientSecretBasic = "client_secret_basic",
        ClientSecretPost = "client_secret_post",
        ClientSecretJwt = "client_secret_jwt",
        PrivateKeyJwt = "private_key_jwt",
        /// A public client: it has no secret that it could keep.
        None = "none",
    }
}

wire_words! {
    /// What a token request may hand in (RFC 6749 1.3, 1.5).
    GrantType, "grant_type" {
        AuthorizationCode = "authorization_code",
        RefreshToken = "refresh_token",
        ClientCredentials = "client_credentials",
        /// Tokens from the authorization endpoint (OAuth 2.0 Multiple Response Types).
        Implicit = "implicit",
        /// The resource owner password credentials grant (RFC 6749 4.3), behind a switch.
        Password = "password",
    }
}

wire_words! {
    /// When people are asked whether they agree.
    ConsentPolicy, "consent" {
        /// Once, and again when something new is requested or the consent has expired.
        Once = "once",
        Always = "always",
        /// For the operator's own apps.
        Never = "never",
    }
}

wire_words! {
    /// Who made a client.
    Origin, "origin" {
        Console = "console",
        CommandLine = "command line",
        /// RFC 7591.
        Registration = "registration",
    }
}
