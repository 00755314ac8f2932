//! The rules of what a client may choose beyond a plain code flow.

use std::fmt::Display;
use std::str::FromStr;

use url::Url;

use super::{Metadata, Problems};
use crate::oidc::client::AuthMethod;
use crate::oidc::jose::ClientKeys;
use crate::oidc::options::{
    AccessTokenFormat, ContentEncryption, Encryption, Keys, Logout, Options, SubjectType,
};

/// How many addresses or values a list may have.
const MANY: usize = 50;

impl Metadata {
    pub(super) fn options(&self, auth_method: AuthMethod, problems: &mut Problems) -> Options {
        let options = Options {
            contacts: self.contacts(),
            logo_uri: secure("logo_uri", self.logo_uri.as_deref(), problems),
            software_id: short("software_id", self.software_id.as_deref(), problems),
            software_version: short("software_version", self.software_version.as_deref(), problems),
            keys: self.keys(problems),
            token_endpoint_auth_signing_alg: word(
                "token_endpoint_auth_signing_alg",
                self.token_endpoint_auth_signing_alg.as_deref(),
                problems,
            ),
            strict_audience: self.strict_audience.unwrap_or_default(),
            id_token_encryption: encryption(
                ("id_token_encrypted_response_alg", self.id_token_encrypted_response_alg.as_deref()),
                ("id_token_encrypted_response_enc", self.id_token_encrypted_response_enc.as_deref()),
                problems,
            ),
            userinfo_signed_response_alg: word(
                "userinfo_signed_response_alg",
                self.userinfo_signed_response_alg.as_deref(),
                problems,
            ),
            userinfo_encryption: encryption(
                ("userinfo_encrypted_response_alg", self.userinfo_encrypted_response_alg.as_deref()),
                ("userinfo_encrypted_response_enc", self.userinfo_encrypted_response_enc.as_deref()),
                problems,
            ),
            request_object_signing_alg: word(
                "request_object_signing_alg",
                self.request_object_signing_alg.as_deref(),
                problems,
            ),
            request_object_encryption: encryption(
                ("request_object_encryption_alg", self.request_object_encryption_alg.as_deref()),
                ("request_object_encryption_enc", self.request_object_encryption_enc.as_deref()),
                problems,
            ),
            require_signed_request_object: self.require_signed_request_object.unwrap_or_default(),
            request_uris: self.request_uris(problems),
            subject_type: word("subject_type", self.subject_type.as_deref(), problems).unwrap_or_default(),
            sector_identifier_uri: secure(
                "sector_identifier_uri",
                self.sector_identifier_uri.as_deref(),
                problems,
            ),
            default_max_age: self.default_max_age,
            require_auth_time: self.require_auth_time.unwrap_or_default(),
            default_acr_values: bounded("default_acr_values", self.default_acr_values.as_ref(), problems),
            initiate_login_uri: secure("initiate_login_uri", self.initiate_login_uri.as_deref(), problems),
            logout: self.logout(problems),
            access_token_format: word("access_token_format", self.access_token_format.as_deref(), problems)
                .unwrap_or(AccessTokenFormat::Opaque),
            resources: self.resources(problems),
            audiences: bounded("audiences", self.audiences.as_ref(), problems),
            cors_origins: self.cors_origins(problems),
            id_token_claims: self.id_token_claims.unwrap_or_default(),
            extra_claims: self.extra_claims.clone().unwrap_or_default(),
            refresh: self.refresh.unwrap_or_default(),
            may_introspect: self.may_introspect.unwrap_or_default(),
        };
        self.check_together(&options, auth_method, problems);
        options
    }

    /// RFC 7591 2: by value or by reference, not both.
    fn keys(&self, problems: &mut Problems) -> Keys {
        match (&self.jwks, secure("jwks_uri", self.jwks_uri.as_deref(), problems)) {
            (Some(_), Some(_)) => {
                problems.add("jwks", "Send either jwks or jwks_uri, not both.");
                Keys::None
            }
            (Some(jwks), None) => {
                // As they are read when they are used.
                if let Err(error) = ClientKeys::from_jwks(jwks) {
                    problems.add("jwks", format!("This key set cannot be used: {error}."));
                }
                Keys::Jwks(jwks.clone())
            }
            (None, Some(uri)) => Keys::JwksUri(uri),
            (None, None) => Keys::None,
        }
    }

    fn request_uris(&self, problems: &mut Problems) -> Vec<String> {
        let uris = bounded("request_uris", self.request_uris.as_ref(), problems);
        for (index, uri) in uris.iter().enumerate() {
            // RFC 9101 5.2: long ones are of no use. A fragment may stand for what is fetched (OpenID Connect Core 6.2).
            if uri.len() > 512 || !is_secure(uri) {
                problems.add_at(
                    "request_uris",
                    index,
                    "A request_uri is https and has at most 512 characters.",
                );
            }
        }
        uris
    }

    fn logout(&self, problems: &mut Problems) -> Logout {
        let frontchannel = web("frontchannel_logout_uri", self.frontchannel_logout_uri.as_deref(), problems);
        // OpenID Connect Front-Channel Logout 2.
        let origin = |uri: &str| Url::parse(uri).map(|url| url.origin()).ok();
        if let Some(uri) = &frontchannel
            && !self.redirect_uris.iter().any(|own| origin(own) == origin(uri))
        {
            problems.add(
                "frontchannel_logout_uri",
                "Scheme, host and port must be those of one of the redirect URIs.",
            );
        }
        Logout {
            frontchannel_logout_uri: frontchannel,
            frontchannel_logout_session_required: self
                .frontchannel_logout_session_required
                .unwrap_or_default(),
            backchannel_logout_uri: backchannel(self.backchannel_logout_uri.as_deref(), problems),
            backchannel_logout_session_required: self.backchannel_logout_session_required.unwrap_or_default(),
            is_own_only: self.logout_is_own_only.unwrap_or_default(),
            removes_tokens: self.logout_removes_tokens.unwrap_or_default(),
        }
    }

    /// RFC 8707 2: absolute, without fragment.
    fn resources(&self, problems: &mut Problems) -> Vec<String> {
        let resources = bounded("resources", self.resources.as_ref(), problems);
        for (index, uri) in resources.iter().enumerate() {
            if !is_resource(uri) {
                problems.add_at(
                    "resources",
                    index,
                    "A resource is an absolute URI without fragment or blanks.",
                );
            }
        }
        resources
    }

    fn cors_origins(&self, problems: &mut Problems) -> Vec<String> {
        let origins = bounded("cors_origins", self.cors_origins.as_ref(), problems);
        for (index, origin) in origins.iter().enumerate() {
            let is_origin = Url::parse(origin)
                .is_ok_and(|url| url.has_host() && url.origin().ascii_serialization() == *origin);
            if !is_origin {
                problems.add_at("cors_origins", index, "An origin has no path, such as https://app.example.");
            }
        }
        origins
    }

    /// What one choice asks of another.
    fn check_together(&self, options: &Options, auth_method: AuthMethod, problems: &mut Problems) {
        if let Some(alg) = options.token_endpoint_auth_signing_alg {
            let fits = match auth_method {
                AuthMethod::ClientSecretJwt => alg.is_symmetric(),
                AuthMethod::PrivateKeyJwt => !alg.is_symmetric(),
                _ => true,
            };
            if !fits {
                let text = format!("{alg} does not go with {auth_method}.");
                problems.add("token_endpoint_auth_signing_alg", text);
            }
        }
        self.check_sector(options, problems);
        if options.default_max_age.is_some_and(|seconds| !(0..=i64::from(u32::MAX)).contains(&seconds)) {
            problems.add("default_max_age", "This is not a number of seconds.");
        }
        let refresh = options.refresh;
        if refresh.grace < 0 || refresh.grace > 3600 {
            problems.add("refresh", "The grace time is between 0 and 3600 seconds.");
        }
        if refresh.absolute_lifetime.is_some_and(|seconds| seconds <= 0)
            || refresh.max_uses.is_some_and(|uses| uses <= 0)
        {
            problems.add("refresh", "absolute_lifetime and max_uses are above 0 where they are set.");
        }
    }

    /// OpenID Connect Core 8.1: with redirect URIs on several hosts only a document can say that they are one.
    fn check_sector(&self, options: &Options, problems: &mut Problems) {
        if options.subject_type != SubjectType::Pairwise || options.sector_identifier_uri.is_some() {
            return;
        }
        let mut hosts: Vec<_> = self
            .redirect_uris
            .iter()
            .filter_map(|uri| Url::parse(uri).ok()?.host_str().map(str::to_owned))
            .collect();
        hosts.sort_unstable();
        hosts.dedup();
        if hosts.len() > 1 {
            problems.add(
                "sector_identifier_uri",
                "Pairwise subjects with redirect URIs on several hosts need a sector_identifier_uri.",
            );
        }
    }
}

/// Whether `uri` can name a resource (RFC 8707 2).
pub fn is_resource(uri: &str) -> bool {
    !uri.contains(['#', ' ']) && uri.is_ascii() && uri.len() <= 512 && Url::parse(uri).is_ok()
}

fn encryption(
    (alg_member, alg): (&'static str, Option<&str>),
    (enc_member, enc): (&'static str, Option<&str>),
    problems: &mut Problems,
) -> Option<Encryption> {
    let alg = word(alg_member, alg, problems);
    let enc = word(enc_member, enc, problems);
    if alg.is_none() && enc.is_some() {
        problems.add(enc_member, format!("{enc_member} needs {alg_member} beside it."));
    }
    // OpenID Connect Registration 2: the default of every `_enc`.
    alg.map(|alg| Encryption { alg, enc: enc.unwrap_or(ContentEncryption::A128CbcHs256) })
}

fn word<T>(member: &'static str, text: Option<&str>, problems: &mut Problems) -> Option<T>
where
    T: FromStr<Err: Display>,
{
    let text = text.filter(|text| !text.is_empty())?;
    match text.parse() {
        Ok(value) => Some(value),
        Err(error) => {
            problems.add(member, error.to_string());
            None
        }
    }
}

fn short(member: &'static str, text: Option<&str>, problems: &mut Problems) -> Option<String> {
    let text = text.filter(|text| !text.is_empty())?;
    if text.len() > 255 || text.chars().any(char::is_control) {
        problems.add(member, "This has more than 255 characters or a control character.");
    }
    Some(text.to_owned())
}

fn bounded(member: &'static str, list: Option<&Vec<String>>, problems: &mut Problems) -> Vec<String> {
    let list = list.cloned().unwrap_or_default();
    if list.len() > MANY {
        problems.add(member, format!("This list has more than {MANY} entries."));
        return Vec::new();
    }
    list
}

fn is_secure(uri: &str) -> bool {
    Url::parse(uri).is_ok_and(|url| url.scheme() == "https" && url.has_host() && url.username().is_empty())
}

/// An https address, as the specifications want it for what we or a browser will fetch.
fn secure(member: &'static str, text: Option<&str>, problems: &mut Problems) -> Option<String> {
    let text = text.map(str::trim).filter(|text| !text.is_empty())?;
    if text.len() > 2000 || !is_secure(text) {
        problems.add(member, "This must be an https address, such as https://app.example/x.");
    }
    Some(text.to_owned())
}

/// OpenID Connect Back-Channel Logout 2.2. It lets a provider take plain http too; this one asks nobody without TLS.
fn backchannel(text: Option<&str>, problems: &mut Problems) -> Option<String> {
    let text = text.map(str::trim).filter(|text| !text.is_empty())?;
    if text.len() > 2000 || text.contains('#') || !is_secure(text) {
        problems.add(
            "backchannel_logout_uri",
            "Logout tokens are sent over https alone: this must be an https address without a fragment, such as \
             https://app.example/logout.",
        );
    }
    Some(text.to_owned())
}

/// A web address without fragment; plain http is for clients on this machine or network.
fn web(member: &'static str, text: Option<&str>, problems: &mut Problems) -> Option<String> {
    let text = text.map(str::trim).filter(|text| !text.is_empty())?;
    let is_web = text.len() <= 2000
        && !text.contains('#')
        && Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "https" | "http") && url.has_host());
    if !is_web {
        problems
            .add(member, "This is not a web address without a fragment, such as https://app.example/logout.");
    }
    Some(text.to_owned())
}
