//! What the operator switched on or off of the protocol.

/// Whatever is off is refused, and absent from discovery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Features {
    /// Response types that hand tokens to the browser (OpenID Connect Core 3.2, 3.3).
    pub implicit: bool,
    /// The resource owner password credentials grant (RFC 6749 4.3).
    pub password_grant: bool,
    /// Every client must use PKCE, whatever it is registered for.
    pub require_pkce: bool,
    /// The PKCE method `plain` (RFC 7636 4.2).
    pub plain_pkce: bool,
    /// Request parameters count only inside a signed request object (RFC 9101 10.5).
    pub require_signed_request_object: bool,
    /// `*` for the first label of the host of a registered redirect URI.
    pub wildcard_redirect_uris: bool,
    /// `approval_prompt=force` and `auto`, from before OpenID Connect.
    pub approval_prompt: bool,
    /// Access tokens in the query of UserInfo (RFC 6750 2.3).
    pub query_token: bool,
}

impl Default for Features {
    fn default() -> Self {
        Self {
            implicit: true,
            password_grant: false,
            require_pkce: false,
            plain_pkce: false,
            require_signed_request_object: false,
            wildcard_redirect_uris: false,
            approval_prompt: false,
            query_token: false,
        }
    }
}
