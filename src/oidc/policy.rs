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
    // RFC 6749 4.4: nobody could tell who a public client is.
    if ask.grant_type == GrantType::ClientCredentials && ask.client.is_public() {
        return refuse(Code::UnauthorizedClient, "only confidential clients have tokens for themselves");
    }
    granted_scope(ask)
}

/// What a client asks for when it asks for itself or with a person's password: `asked`, or all that it is registered
/// for where it does not say (RFC 6749 3.3).
pub fn asked_scope(client: &Client, asked: Option<&str>) -> Result<Scope, Refusal> {
    let Some(text) = asked else { return Ok(client.scope.clone()) };
    Scope::parse(text)
        .ok_or_else(|| Refusal::new(Code::InvalidScope, "scope has a character that is not allowed"))
}

/// What `client` asks for at `/authorize` where it does not say: the default scopes that it may have (RFC 6749 3.3).
pub fn default_scope(client: &Client, scopes: &[ScopeEntry]) -> Scope {
    let counts = |entry: &&ScopeEntry| entry.is_default && may_ask_for(client, entry);
    scopes.iter().filter(counts).map(|entry| entry.name.clone()).collect()
}

/// The scope of a client's token for itself. Nobody is asked, so that only what it is registered for counts; scopes
/// that are about a person mean nothing.
pub fn decide_own(client: &Client, asked: Option<&str>, scopes: &[ScopeEntry]) -> Result<Scope, Refusal> {
    let grant_type = GrantType::ClientCredentials;
    let asked = asked_scope(client, asked)?.without(Scope::OPENID).without(Scope::OFFLINE_ACCESS);
    let scope = decide(&Ask { client, user: None, grant_type, scope: &asked, scopes })?;
    if scope.is_empty() || !scope.is_within(&client.scope) {
        return Err(Refusal::new(
            Code::InvalidScope,
            "this client is not registered for such a scope; add it to the scopes of the client",
        ));
    }
    Ok(scope)
}

/// OpenID Connect Core 3.1.2.1: scope values that are not understood are ignored.
fn granted_scope(ask: &Ask) -> Result<Scope, Refusal> {
    let mut granted = Vec::new();
    for value in ask.scope.iter() {
        // It is about no person, so no registry of claims lists it.
        if value == Scope::TOKEN_INTROSPECTION && ask.user.is_none() && ask.client.scope.contains(value) {
            granted.push(value.to_owned());
            continue;
        }
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

/// Whether `client` may have what `entry` lets out; `openid` everybody may, for without it nobody signs in.
pub(super) fn may_ask_for(client: &Client, entry: &ScopeEntry) -> bool {
    match entry.name.as_str() {
        Scope::OPENID => true,
        _ if client.scope.is_empty() => !entry.is_restricted,
        name => client.scope.contains(name),
    }
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
    fn openid_is_for_every_client() {
        let mut scopes = standard_scopes();
        scopes[0].is_restricted = true;
        let mut client = client();
        assert!(may_ask_for(&client, &scopes[0]));
        client.scope = Scope::parse("email").unwrap();
        assert!(may_ask_for(&client, &scopes[0]));
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
    fn a_client_has_for_itself_only_what_it_is_registered_for() {
        let mut client = client();
        client.grant_types = vec![GrantType::ClientCredentials];
        let decide = |client: &Client, asked| {
            let scope = decide_own(client, asked, &standard_scopes());
            scope.map(|scope| scope.to_string()).map_err(|refusal| refusal.code)
        };
        assert_eq!(decide(&client, None), Err(Code::InvalidScope));
        assert_eq!(decide(&client, Some("email")), Err(Code::InvalidScope));
        client.scope = Scope::parse("openid email token_introspection").unwrap();
        assert_eq!(decide(&client, None), Ok("email token_introspection".into()));
        assert_eq!(decide(&client, Some("openid email")), Ok("email".into()));
        assert_eq!(decide(&client, Some("openid")), Err(Code::InvalidScope));
        assert_eq!(decide(&client, Some("email phone")), Err(Code::InvalidScope));
        client.auth_method = crate::oidc::client::AuthMethod::None;
        assert_eq!(decide(&client, None), Err(Code::UnauthorizedClient));
    }

    #[test]
    fn only_registered_grant_types() {
        let mut client = client();
        client.grant_types = vec![GrantType::RefreshToken];
        assert_eq!(decide_for(&client, &ada(), "openid"), Err(Code::UnauthorizedClient));
    }
}
