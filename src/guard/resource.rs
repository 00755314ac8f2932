//! What is guarded, as a protected resource (RFC 9728).

use serde_json::{Value, json};
use url::Url;

use crate::oidc::scope::Scope;

const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";

/// A protected resource: its name, by which tokens are meant for it, and who issues them.
#[derive(Clone, Debug)]
pub struct Resource {
    pub(super) identifier: String,
    issuer: String,
    /// Where its metadata stands.
    pub(super) metadata_url: String,
}

/// Why a text cannot name a protected resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a resource is an https URL without user, query and fragment, such as https://berths.example/")]
pub struct ResourceError;

impl Resource {
    /// `identifier` is what apps name as `resource` when they ask for tokens (RFC 8707), compared character by
    /// character; `issuer` is Cardea's.
    pub fn new(identifier: &str, issuer: &str) -> Result<Self, ResourceError> {
        let url = Url::parse(identifier).map_err(|_| ResourceError)?;
        let is_plain = url.query().is_none() && url.fragment().is_none();
        if url.scheme() != "https" || !is_plain || !url.username().is_empty() || url.password().is_some() {
            return Err(ResourceError);
        }
        let (origin, path) = (url.origin().ascii_serialization(), url.path());
        // RFC 9728, 3.1: it goes between host and path, and a slash that stands alone goes away.
        let metadata_url = format!("{origin}{WELL_KNOWN}{}", if path == "/" { "" } else { path });
        Ok(Self { identifier: identifier.into(), issuer: issuer.into(), metadata_url })
    }

    /// The path of its metadata on this server.
    pub(super) fn metadata_path(&self) -> &str {
        self.metadata_url.find(WELL_KNOWN).map_or(WELL_KNOWN, |at| &self.metadata_url[at..])
    }

    /// RFC 9728, 2.
    pub(super) fn document(&self, scopes: &Scope) -> Value {
        let mut document = json!({
            "resource": self.identifier,
            "authorization_servers": [self.issuer],
            "bearer_methods_supported": ["header"],
        });
        if !scopes.is_empty() {
            document["scopes_supported"] = scopes.iter().collect();
        }
        document
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_stands_between_host_and_path() {
        for (identifier, url) in [
            ("https://a.example", "https://a.example/.well-known/oauth-protected-resource"),
            ("https://a.example/", "https://a.example/.well-known/oauth-protected-resource"),
            ("https://a.example:8443/v1", "https://a.example:8443/.well-known/oauth-protected-resource/v1"),
        ] {
            let resource = Resource::new(identifier, "https://id.example").unwrap();
            assert_eq!(resource.metadata_url, url);
            assert!(url.ends_with(resource.metadata_path()) && resource.metadata_path().starts_with("/.w"));
            assert_eq!(resource.document(&Scope::default())["resource"], identifier);
        }
    }

    #[test]
    fn only_a_plain_https_url_names_a_resource() {
        for identifier in
            ["", "berths", "urn:berths", "http://a.example/", "https://a.example/?b", "https://a.example/#b"]
        {
            assert!(Resource::new(identifier, "https://id.example").is_err(), "{identifier}");
        }
        assert!(Resource::new("https://a@a.example/", "https://id.example").is_err());
    }
}
