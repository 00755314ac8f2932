//! The issuer: a constant from which every URL is built.
//! OpenID Connect Discovery 1.0, 3 and RFC 8414, 2: https, without query or fragment, compared as text.

use std::fmt;

use url::{Host, Url};

/// A checked issuer, spelled as clients will compare it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issuer {
    text: String,
    origin: String,
    is_loopback: bool,
}

impl Issuer {
    pub fn parse(text: &str) -> Result<Self, String> {
        let url = Url::parse(text).map_err(|error| format!("{text:?} is not a URL ({error})"))?;
        let refuse = |why: &str| Err(format!("{text:?} {why}"));
        if !matches!(url.scheme(), "https" | "http") {
            return refuse("is neither https nor http");
        }
        // The text is not quoted here: user information may hold a password.
        if !url.username().is_empty() || url.password().is_some() {
            return Err("the URL holds a user name or password".to_owned());
        }
        if url.query().is_some() || url.fragment().is_some() {
            return refuse("has a query or a fragment");
        }
        if text.ends_with('/') {
            return refuse("ends in a slash");
        }
        let normal = url.as_str().trim_end_matches('/');
        if text != normal {
            return Err(format!("{text:?} is not spelled in the normal form, which is {normal:?}"));
        }
        if !url.path()[1..].is_empty() && !url.path()[1..].split('/').all(is_plain_segment) {
            return refuse("has a path with more than letters, digits and - . _ ~ between its slashes");
        }
        let is_loopback = match url.host() {
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        Ok(Self { text: text.to_owned(), origin: url.origin().ascii_serialization(), is_loopback })
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Empty, or a slash and the path without a slash at its end.
    pub fn prefix(&self) -> &str {
        &self.text[self.origin.len()..]
    }

    pub fn origin(&self) -> &str {
        &self.origin
    }

    pub fn is_https(&self) -> bool {
        self.text.starts_with("https:")
    }

    /// Whether only browsers on this machine reach it.
    pub fn is_loopback(&self) -> bool {
        self.is_loopback
    }
}

impl fmt::Display for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The prefix is a route, a cookie's path and part of many URLs: what needs escaping in none of them.
fn is_plain_segment(segment: &str) -> bool {
    !segment.is_empty() && segment.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_is_the_prefix() {
        let issuer = Issuer::parse("https://id.example.com:8443/a/b").unwrap();
        assert_eq!(issuer.origin(), "https://id.example.com:8443");
        assert_eq!(issuer.prefix(), "/a/b");
        assert_eq!(Issuer::parse("https://id.example.com").unwrap().prefix(), "");
    }

    #[test]
    fn loopback_hosts_are_known() {
        for text in ["http://localhost:8080", "http://id.localhost", "http://127.1.2.3/a", "http://[::1]:1"] {
            assert!(Issuer::parse(text).unwrap().is_loopback(), "{text}");
        }
        for text in ["http://notlocalhost", "http://localhost.example.com", "http://10.0.0.1", "http://[::2]"]
        {
            assert!(!Issuer::parse(text).unwrap().is_loopback(), "{text}");
        }
    }

    // Conformance: T-1
    #[test]
    fn what_clients_would_compare_differently_is_refused() {
        let cases = [
            ("id.example.com", "not a URL"),
            ("ftp://id.example.com", "neither https nor http"),
            ("https://id.example.com/", "ends in a slash"),
            ("https://id.example.com/a/", "ends in a slash"),
            ("https://id.example.com?a", "query"),
            ("https://id.example.com#a", "fragment"),
            ("https://ID.example.com", "\"https://id.example.com\""),
            ("https://id.example.com:443", "\"https://id.example.com\""),
            ("https://id.example.com/a/../b", "\"https://id.example.com/b\""),
            ("https://id.example.com/a//b", "path"),
            ("https://id.example.com/%7Ba%7D", "path"),
            (" https://id.example.com", "normal form"),
        ];
        for (text, why) in cases {
            let error = Issuer::parse(text).unwrap_err();
            assert!(error.contains(why), "{text}: {error}");
        }
    }

    #[test]
    fn a_password_in_it_is_not_repeated() {
        let error = Issuer::parse("https://ada:hidden@id.example.com").unwrap_err();
        assert!(error.contains("password") && !error.contains("hidden"), "{error}");
    }
}
