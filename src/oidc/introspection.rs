//! Who may know what a token is worth (RFC 7662 2.2, 4).

use super::client::Client;
use super::scope::Scope;

/// Whether `caller` may know about a token of `owner` that is for `resources`: if it is its own, if the token is meant
/// for it, or if the operator lets it know about all.
pub fn may_see(caller: &Client, owner: &Client, resources: &[String]) -> bool {
    let is_audience = owner.options.audiences.contains(&caller.id) || resources.contains(&caller.id);
    // As old apps have it: the scopes of a resource server name the clients whose tokens it is shown.
    let is_listed = caller.scope.contains(Scope::TOKEN_INTROSPECTION) && caller.scope.contains(&owner.id);
    caller.id == owner.id || is_audience || is_listed || caller.options.may_introspect
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oidc::metadata::Metadata;
    use crate::oidc::time::UnixTime;

    fn client(id: &str) -> Client {
        let metadata =
            Metadata { redirect_uris: vec![format!("https://{id}.example/cb")], ..Metadata::default() };
        metadata.check(id.into(), UnixTime(0)).unwrap()
    }

    #[test]
    fn a_client_sees_its_own_tokens_and_those_that_are_for_it() {
        let (shop, api) = (client("shop"), client("api"));
        assert!(may_see(&shop, &shop, &[]));
        assert!(!may_see(&api, &shop, &[]) && !may_see(&api, &shop, &["https://api.example/".into()]));
        assert!(may_see(&api, &shop, &["api".into()]));
        let mut for_api = client("shop");
        for_api.options.audiences = vec!["api".into()];
        assert!(may_see(&api, &for_api, &[]));
        let mut all = client("api");
        all.options.may_introspect = true;
        assert!(may_see(&all, &shop, &[]));
    }

    #[test]
    fn scopes_may_name_the_clients_whose_tokens_are_shown() {
        let (shop, mut api) = (client("shop"), client("api"));
        api.scope = Scope::parse("token_introspection").unwrap();
        assert!(!may_see(&api, &shop, &[]));
        api.scope = Scope::parse("token_introspection shop").unwrap();
        assert!(may_see(&api, &shop, &[]) && !may_see(&api, &client("other"), &[]));
        api.scope = Scope::parse("shop").unwrap();
        assert!(!may_see(&api, &shop, &[]));
    }
}
