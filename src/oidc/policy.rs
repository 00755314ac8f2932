//! The one policy: whether this client and this person may have this token now. Every grant goes through it.

use super::claims::ScopeEntry;
use super::client::{Client, GrantType};
use super::error::{Code, Refusal};
use super::scope::Scope;
use super::user::User;

/// What somebody asks for.
pub struct Ask<'a> {
    pub client: &'a Client,
    /// Whose data it is about; nobody's for a client on its own behalf.
    pub user: Option<&'a User>,
    pub grant_type: GrantType,
    pub scope: &'a Scope,
    /// The scope registry.
    pub scopes: &'a [ScopeEntry],
}

/// The scope that may be granted: what was asked for, without what nobody here knows.
pub fn decide(ask: &Ask) -> Result<Scope, Refusal> {
    let refuse = |code, text: &'static str| Err(Refusal::new(code, text));
    if ask.client.is_disabled() {
        return refuse(Code::UnauthorizedClient, "this client is disabled");
    }
    if ask.user.is_some_and(User::is_disabled) {
        return refuse(Code::InvalidGrant, "this account is disabled");
    }
    if !ask.client.may_use(ask.grant_type) {
        let text = format!("this client is not registered for the grant type {}", ask.grant_type);
        return Err(Refusal::new(Code::UnauthorizedClient, text));
    }
    granted_scope(ask)
}

/// OpenID Connect Core 3.1.2.1: scope values that are not understood are ignored.
fn granted_scope(ask: &Ask) -> Result<Scope, Refusal> {
    let mut granted = Vec::new();
    for value in ask.scope.iter() {
        let Some(entry) = ask.scopes.iter().find(|entry| entry.name == value) else { continue };
        // OpenID Connect Core 11: pointless for a client that cannot refresh.
        if value == Scope::OFFLINE_ACCESS && !ask.client.may_use(GrantType::RefreshToken) {
            continue;
        }
        if !may_ask_for(ask.client, entry) {
            return Err(Refusal::new(
                Code::InvalidScope,
                format!("this client may not ask for the scope {value}"),
            ));
        }
        granted.push(value.to_owned());
    }
    Ok(granted.into_iter().collect())
}

/// Whether `client` may have what `entry` lets out.
pub(super) fn may_ask_for(client: &Client, entry: &ScopeEntry) -> bool {
    if client.scope.is_empty() {
        return !entry.is_restricted;
    }
    entry.name == Scope::OPENID || client.scope.contains(&entry.name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oidc::claims::standard_scopes;
    use crate::oidc::metadata::Metadata;
    use crate::oidc::time::UnixTime;
    use crate::oidc::user::ada;

    fn client() -> Client {
        let metadata = Metadata {
            redirect_uris: vec!["https://shop.example/cb".into()],
            grant_types: Some(vec!["authorization_code".into(), "refresh_token".into()]),
            ..Metadata::default()
        };
        metadata.check("shop".into(), UnixTime(0)).unwrap()
    }

    fn decide_for(client: &Client, user: &User, scope: &str) -> Result<String, Code> {
        let scope = Scope::parse(scope).unwrap();
        let ask = Ask {
            client,
            user: Some(user),
            grant_type: GrantType::AuthorizationCode,
            scope: &scope,
            scopes: &standard_scopes(),
        };
        decide(&ask).map(|scope| scope.to_string()).map_err(|refusal| refusal.code)
    }

    #[test]
    fn unknown_scopes_are_ignored() {
        assert_eq!(decide_for(&client(), &ada(), "openid berths email"), Ok("openid email".into()));
    }

    #[test]
    fn a_client_with_a_list_keeps_to_it() {
        let mut client = client();
        client.scope = Scope::parse("email").unwrap();
        assert_eq!(decide_for(&client, &ada(), "openid email"), Ok("openid email".into()));
        assert_eq!(decide_for(&client, &ada(), "openid profile"), Err(Code::InvalidScope));
    }

    #[test]
    fn a_restricted_scope_needs_to_be_listed() {
        let mut scopes = standard_scopes();
        scopes[2].is_restricted = true;
        let mut client = client();
        let scope = Scope::parse("email").unwrap();
        let ask = |client: &Client| {
            let grant_type = GrantType::AuthorizationCode;
            decide(&Ask { client, user: None, grant_type, scope: &scope, scopes: &scopes }).is_ok()
        };
        assert!(!ask(&client));
        client.scope = scope.clone();
        assert!(ask(&client));
    }

    #[test]
    fn offline_access_is_dropped_where_nothing_can_be_refreshed() {
        let mut client = client();
        assert_eq!(decide_for(&client, &ada(), "openid offline_access"), Ok("openid offline_access".into()));
        client.grant_types = vec![GrantType::AuthorizationCode];
        assert_eq!(decide_for(&client, &ada(), "openid offline_access"), Ok("openid".into()));
    }

    #[test]
    fn nothing_for_the_disabled() {
        let mut client = client();
        let mut user = ada();
        user.disabled_at = Some(UnixTime(1));
        assert_eq!(decide_for(&client, &user, "openid"), Err(Code::InvalidGrant));
        client.disabled_at = Some(UnixTime(1));
        assert_eq!(decide_for(&client, &ada(), "openid"), Err(Code::UnauthorizedClient));
    }

    #[test]
    fn only_registered_grant_types() {
        let mut client = client();
        client.grant_types = vec![GrantType::RefreshToken];
        assert_eq!(decide_for(&client, &ada(), "openid"), Err(Code::UnauthorizedClient));
    }
}
