//! Refusals: what the protocol says no with (RFC 6749 4.1.2.1, 5.2; RFC 6750 3.1; OpenID Connect Core 3.1.2.6).

use std::borrow::Cow;

use super::response::ReplyTo;

/// An error code as it stands on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    AccessDenied,
    AccountSelectionRequired,
    ConsentRequired,
    InsufficientScope,
    InvalidClient,
    InvalidClientMetadata,
    InvalidGrant,
    InvalidRedirectUri,
    InvalidRequest,
    InvalidRequestObject,
    InvalidRequestUri,
    InvalidScope,
    InvalidTarget,
    InvalidSoftwareStatement,
    InvalidToken,
    LoginRequired,
    RegistrationNotSupported,
    RequestNotSupported,
    RequestUriNotSupported,
    TemporarilyUnavailable,
    UnauthorizedClient,
    UnmetAuthenticationRequirements,
    UnsupportedGrantType,
    UnsupportedResponseType,
}

impl Code {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AccessDenied => "access_denied",
            Self::AccountSelectionRequired => "account_selection_required",
            Self::ConsentRequired => "consent_required",
            Self::InsufficientScope => "insufficient_scope",
            Self::InvalidClient => "invalid_client",
            Self::InvalidClientMetadata => "invalid_client_metadata",
            Self::InvalidGrant => "invalid_grant",
            Self::InvalidRedirectUri => "invalid_redirect_uri",
            Self::InvalidRequest => "invalid_request",
            Self::InvalidRequestObject => "invalid_request_object",
            Self::InvalidRequestUri => "invalid_request_uri",
            Self::InvalidScope => "invalid_scope",
            Self::InvalidTarget => "invalid_target",
            Self::InvalidSoftwareStatement => "invalid_software_statement",
            Self::InvalidToken => "invalid_token",
            Self::LoginRequired => "login_required",
            Self::RegistrationNotSupported => "registration_not_supported",
            Self::RequestNotSupported => "request_not_supported",
            Self::RequestUriNotSupported => "request_uri_not_supported",
            Self::TemporarilyUnavailable => "temporarily_unavailable",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnmetAuthenticationRequirements => "unmet_authentication_requirements",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::UnsupportedResponseType => "unsupported_response_type",
        }
    }
}

/// An answer, not a fault: what was wrong, in one public sentence, and who may be told.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {description}", code.as_str())]
pub struct Refusal {
    pub code: Code,
    /// In the alphabet of RFC 6749 4.1.2.1: printable ASCII without `"` and `\`.
    pub description: Cow<'static, str>,
    /// Where the client may be told; `None` while client or redirect URI are in doubt.
    pub reply_to: Option<Box<ReplyTo>>,
}

impl Refusal {
    pub fn new(code: Code, description: impl Into<Cow<'static, str>>) -> Self {
        Self { code, description: printable(description.into()), reply_to: None }
    }

    /// The same refusal, to be told to the client at `reply_to`.
    #[must_use]
    pub fn told_to(mut self, reply_to: &ReplyTo) -> Self {
        self.reply_to = Some(Box::new(reply_to.clone()));
        self
    }
}

/// RFC 6749 4.1.2.1: characters outside %x20-21 / %x23-5B / %x5D-7E must not appear.
fn printable(text: Cow<'static, str>) -> Cow<'static, str> {
    let allowed = |c: char| matches!(c, ' '..='~') && c != '"' && c != '\\';
    if text.chars().all(allowed) {
        return text;
    }
    text.chars().map(|c| if allowed(c) { c } else { '?' }).collect::<String>().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_keeps_to_the_alphabet_of_the_specification() {
        let refusal = Refusal::new(Code::InvalidScope, "scope \"é\\\n\" is unknown".to_owned());
        assert_eq!(refusal.description, "scope ????? is unknown");
    }
}
