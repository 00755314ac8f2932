//! What the operator switched on or off of the protocol.

use super::client::Client;

/// Whatever is off is refused, and absent from discovery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Features {
    /// Response types that hand tokens to the browser (OpenID Connect Core 3.2, 3.3).
    pub implicit: bool,
    /// The resource owner password credentials grant (RFC 6749 4.3).
    pub password_grant: bool,
    pub require_pkce: RequirePkce,
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
            require_pkce: RequirePkce::Public,
            plain_pkce: false,
            require_signed_request_object: false,
            wildcard_redirect_uris: false,
            approval_prompt: false,
            query_token: false,
        }
    }
}

/// Of whom PKCE is required (RFC 7636), beside those that asked for it as they were registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequirePkce {
    Everybody,
    /// RFC 9700 2.1.1: who cannot prove itself must.
    Public,
    /// Of nobody else.
    Registered,
}

impl RequirePkce {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Everybody => "everybody",
            Self::Public => "public",
            Self::Registered => "registered",
        }
    }

    /// Whether `client` must use it.
    pub fn binds(self, client: &Client) -> bool {
        let is_bound_anyway = match self {
            Self::Everybody => true,
            Self::Public => client.is_public(),
            Self::Registered => false,
        };
        is_bound_anyway || client.requires_pkce
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oidc::client::AuthMethod;
    use crate::oidc::metadata::Metadata;
    use crate::oidc::time::UnixTime;

    #[test]
    fn pkce_is_required_of_whom_the_operator_says_and_of_who_asked_for_it() {
        let metadata =
            Metadata { redirect_uris: vec!["https://shop.example/cb".into()], ..Metadata::default() };
        let mut client = metadata.check("shop".into(), UnixTime(0)).unwrap();
        let rules = [RequirePkce::Everybody, RequirePkce::Public, RequirePkce::Registered];
        let bound = |client: &Client| rules.map(|rule| rule.binds(client));
        assert_eq!(bound(&client), [true, false, false]);
        client.auth_method = AuthMethod::None;
        assert_eq!(bound(&client), [true, true, false]);
        client.requires_pkce = true;
        assert_eq!(bound(&client), [true; 3]);
    }
}
