//! For whom a token is (RFC 7519 4.1.3), and the resources that a client may name for it (RFC 8707).

use serde::Serialize;

use super::client::Client;
use super::error::{Code, Refusal};
use super::metadata::is_resource;

/// One audience stands alone, several in a list.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Audience {
    One(String),
    Several(Vec<String>),
}

impl Audience {
    pub fn of(audiences: impl IntoIterator<Item = String>) -> Self {
        let mut audiences: Vec<String> = audiences.into_iter().collect();
        if audiences.len() == 1 { Self::One(audiences.remove(0)) } else { Self::Several(audiences) }
    }
}

/// What `client` asks for with `resource`, each once, where it is registered for all of them (RFC 8707 2).
pub fn check_resources<'a>(
    client: &Client,
    asked: impl IntoIterator<Item = &'a str>,
) -> Result<Vec<String>, Refusal> {
    let mut resources = Vec::new();
    for resource in asked {
        if !is_resource(resource) {
            return invalid_target("resource is not an absolute URI without fragment");
        }
        if !client.options.resources.iter().any(|own| own == resource) {
            return invalid_target("this client is not registered for a resource that it named");
        }
        if !resources.iter().any(|own| own == resource) {
            resources.push(resource.to_owned());
        }
    }
    Ok(resources)
}

/// The part of what was `granted` that a token request asks for: all of it where it does not say (RFC 8707 2.2). In the
/// order of the grant, so that the same part is always written alike.
pub fn narrow(granted: &[String], asked: &[String]) -> Result<Vec<String>, Refusal> {
    if !asked.iter().all(|resource| granted.contains(resource)) {
        return invalid_target("resource names more than was granted");
    }
    let is_asked = |own: &&String| asked.is_empty() || asked.contains(own);
    Ok(granted.iter().filter(is_asked).cloned().collect())
}

/// How a list of resources is kept: none has a blank.
pub fn written(resources: &[String]) -> String {
    resources.join(" ")
}

/// The list that [`written`] wrote.
pub fn read(text: &str) -> Vec<String> {
    text.split_ascii_whitespace().map(str::to_owned).collect()
}

fn invalid_target<T>(text: &'static str) -> Result<T, Refusal> {
    Err(Refusal::new(Code::InvalidTarget, text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oidc::metadata::Metadata;
    use crate::oidc::time::UnixTime;

    const BERTHS: &str = "https://berths.example/";

    fn client() -> Client {
        let metadata = Metadata {
            redirect_uris: vec!["https://shop.example/cb".into()],
            resources: Some(vec![BERTHS.into(), "urn:cranes".into()]),
            ..Metadata::default()
        };
        metadata.check("shop".into(), UnixTime(0)).unwrap()
    }

    #[test]
    fn only_registered_resources_may_be_asked_for() {
        let check = |asked: &[&str]| check_resources(&client(), asked.iter().copied());
        assert_eq!(check(&[BERTHS, BERTHS]), Ok(vec![BERTHS.to_owned()]));
        assert_eq!(check(&[]), Ok(Vec::new()));
        for wrong in
            ["https://berths.example", "https://other.example/", "berths", "https://berths.example/#x"]
        {
            assert_eq!(check(&[BERTHS, wrong]).unwrap_err().code, Code::InvalidTarget, "{wrong}");
        }
    }

    #[test]
    fn a_token_request_narrows_and_never_widens() {
        let granted = ["a:1", "b:2"].map(str::to_owned);
        assert_eq!(narrow(&granted, &[]), Ok(granted.to_vec()));
        assert_eq!(narrow(&granted, &granted[1..]), Ok(granted[1..].to_vec()));
        let turned: Vec<_> = granted.iter().rev().chain(&granted).cloned().collect();
        assert_eq!(narrow(&granted, &turned), Ok(granted.to_vec()), "each once, in one order");
        assert_eq!(narrow(&granted[..1], &granted).unwrap_err().code, Code::InvalidTarget);
        assert_eq!(narrow(&[], &granted).unwrap_err().code, Code::InvalidTarget);
        assert_eq!(read(&written(&granted)), granted);
    }
}
