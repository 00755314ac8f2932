//! Which URLs are asked at all.

use std::collections::HashSet;
use std::net::IpAddr;

use url::{Host, Url};

use super::address;
use super::error::{Error, Fault};

/// Hosts whose addresses are not looked at, spelled as in a parsed URL.
#[derive(Clone, Debug)]
pub(super) struct Exempt(HashSet<String>);

impl Exempt {
    pub(super) fn new(hosts: &[String]) -> Self {
        let spelled =
            |host: &String| Host::parse(host).map_or_else(|_| host.clone(), |host| host.to_string());
        Self(hosts.iter().map(spelled).collect())
    }

    pub(super) fn has(&self, host: &str) -> bool {
        self.0.contains(host)
    }
}

/// A URL that may be asked, without its fragment. Names are looked at when they are resolved; addresses never are,
/// so they are judged here, in whatever way they are written: `url` reads `0x7f.1` and `2130706433` as 127.0.0.1.
pub(super) fn parse(text: &str, exempt: &Exempt) -> Result<Url, Error> {
    let Ok(mut url) = Url::parse(text) else {
        return Err(Error::new("", Fault::Url("cannot be read")));
    };
    url.set_fragment(None);
    let host = url.host_str().unwrap_or_default();
    let refuse = |fault| Err(Error::new(host, fault));
    if url.scheme() != "https" {
        return refuse(Fault::Url("is not https"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return refuse(Fault::Url("holds a user name or password"));
    }
    let address = match url.host() {
        Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
        Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
        Some(Host::Domain(_)) | None => None,
    };
    match address {
        Some(address) if !address::is_public(address) && !exempt.has(host) => refuse(Fault::Address(address)),
        _ => Ok(url),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exempt(hosts: &[&str]) -> Exempt {
        Exempt::new(&hosts.iter().map(|&host| host.to_owned()).collect::<Vec<_>>())
    }

    fn refused(url: &str) -> Fault {
        parse(url, &exempt(&[])).expect_err(url).fault
    }

    #[test]
    fn only_https_without_user_is_asked_and_the_fragment_stays_here() {
        let url = parse("https://shop.example:8443/jwks?a=b#c", &exempt(&[])).unwrap();
        assert_eq!(url.as_str(), "https://shop.example:8443/jwks?a=b");
        for url in ["http://shop.example/", "file:///etc/passwd", "ftp://shop.example/", "data:,x"] {
            assert_eq!(refused(url), Fault::Url("is not https"), "{url}");
        }
        for url in ["https://a@shop.example/", "https://:b@shop.example/"] {
            assert_eq!(refused(url), Fault::Url("holds a user name or password"), "{url}");
        }
        for url in ["", "/jwks", "https://", "https://a b/", "https://1.2.3.4.5/", "https://shop.example:x/"]
        {
            assert_eq!(refused(url), Fault::Url("cannot be read"), "{url}");
        }
    }

    #[test]
    fn addresses_are_judged_however_they_are_written() {
        for host in [
            "127.0.0.1",
            "127.0.0.1.",
            "127.1",
            "2130706433",
            "017700000001",
            "0x7f000001",
            "0x7f.1",
            "0",
            "１２７.0.0.1",
            "169.254.169.254",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "[0:0:0:0:0:ffff:7f00:1]",
            "[fd00::1]",
        ] {
            let fault = refused(&format!("https://{host}/"));
            assert!(matches!(fault, Fault::Address(_)), "{host}: {fault:?}");
        }
        assert!(parse("https://1.1.1.1/", &exempt(&[])).is_ok());
        assert!(parse("https://[2606:4700:4700::1111]/", &exempt(&[])).is_ok());
    }

    #[test]
    fn only_the_very_host_is_exempt() {
        let exempt = exempt(&["127.0.0.1", "Intra.Example", "[::1]"]);
        for host in ["127.0.0.1", "0x7f.1", "[::1]"] {
            assert!(parse(&format!("https://{host}/"), &exempt).is_ok(), "{host}");
        }
        assert!(parse("https://127.0.0.2/", &exempt).is_err());
        assert!(parse("http://127.0.0.1/", &exempt).is_err(), "exempt from nothing else");
        assert!(exempt.has("intra.example") && !exempt.has("db.intra.example"));
    }
}
