//! Redirect URIs: what may be registered, and what a request may name (RFC 6749 3.1.2, RFC 8252 7, RFC 9700 2.1).

use url::{Host, Url};

/// Whether an app runs on a server or in a browser (`web`), or on a person's device (`native`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ApplicationType {
    #[default]
    Web,
    Native,
}

impl ApplicationType {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Native => "native",
        }
    }

    /// What a public client is where nobody says: `native` if every answer to it stays on the device.
    pub fn of_public(redirect_uris: &[String]) -> Self {
        let is_native =
            !redirect_uris.is_empty() && redirect_uris.iter().all(|uri| is_claimed_by_nobody(uri));
        if is_native { Self::Native } else { Self::Web }
    }
}

impl std::str::FromStr for ApplicationType {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "web" => Ok(Self::Web),
            "native" => Ok(Self::Native),
            _ => Err(format!("'{text}' is no application_type; use web or native")),
        }
    }
}

/// Schemes that a browser would run, read or show instead of handing them to an app.
const NO_APP: [&str; 12] = [
    "about",
    "blob",
    "chrome",
    "data",
    "file",
    "filesystem",
    "ftp",
    "intent",
    "javascript",
    "vbscript",
    "view-source",
    "ws",
];

/// Whether `uri` may be registered; says what is wrong and how to mend it if not.
///
/// `is_confidential` lets plain http through for hosts that are not this device (RFC 6749 3.1.2.1 leaves
/// it to us): a secret still guards the code there. `may_have_wildcard` lets one through for the first label of a host.
pub fn check(uri: &str, is_confidential: bool, may_have_wildcard: bool) -> Result<(), String> {
    if uri.len() > 2000 {
        return Err("it is longer than 2000 characters".into());
    }
    if !uri.bytes().all(|b| b.is_ascii_graphic())
        || uri.contains(['"', '<', '>', '\\', '^', '`', '{', '|', '}'])
    {
        return Err("it has a character that no URI may have; percent-encode it".into());
    }
    let url =
        Url::parse(uri).map_err(|_| "it is not an absolute URI such as https://app.example/callback")?;
    if uri.contains('#') {
        return Err("it has a fragment; remove everything from # on".into());
    }
    if uri.contains('*') && !(may_have_wildcard && wildcard(uri).is_some()) {
        return Err(if may_have_wildcard {
            "a wildcard may only be the whole first label of an https host, such as https://*.app.example.org/cb".into()
        } else {
            "it has a wildcard; register each URI in full".into()
        });
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("it has a user name or password in it; remove that".into());
    }
    match url.scheme() {
        // Url::parse mends "https:app.example"; what is compared later is the text.
        "https" | "http" if !uri[url.scheme().len()..].starts_with("://") => {
            Err("it lacks // after the scheme".into())
        }
        "https" => Ok(()),
        "http" if is_loopback(&url) || is_confidential => Ok(()),
        "http" => Err("public apps need https, or http on 127.0.0.1, [::1] or localhost".into()),
        scheme if NO_APP.contains(&scheme) => Err(format!("the scheme {scheme} leads to no app")),
        _ => Ok(()),
    }
}

/// Whether `given` is the `registered` URI: the same text, byte for byte.
///
/// RFC 8252 7.3: a native app on a loopback address picks its port as it starts.
pub fn matches(registered: &str, given: &str, application_type: ApplicationType) -> bool {
    if registered == given {
        return true;
    }
    let without_port = |uri: &str| {
        let url = Url::parse(uri).ok()?;
        let rest = uri.strip_prefix("http://")?;
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let host = match url.host()? {
            Host::Ipv4(ip) if ip.is_loopback() => "127.0.0.1",
            Host::Ipv6(ip) if ip.is_loopback() => "[::1]",
            _ => return None,
        };
        let port = authority.strip_prefix(host)?;
        let is_port =
            port.strip_prefix(':').is_none_or(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit()));
        (port.is_empty() || (port.starts_with(':') && is_port)).then_some((host, path.to_owned()))
    };
    application_type == ApplicationType::Native
        && without_port(registered).is_some_and(|own| without_port(given).as_ref() == Some(&own))
}

/// Whether `given` is the `registered` URI with some label where that has its wildcard.
pub fn fits_wildcard(registered: &str, given: &str) -> bool {
    let label = wildcard(registered).and_then(|rest| given.strip_prefix("https://")?.strip_suffix(rest));
    label.is_some_and(|label| {
        let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        (1..=63).contains(&label.len()) && label.bytes().all(is_plain)
    })
}

/// What follows the wildcard of `uri`, if that is one whole label above two others at least: whoever registers names
/// below a public suffix shall not be let in.
fn wildcard(uri: &str) -> Option<&str> {
    let rest = uri.strip_prefix("https://*")?;
    let host = &rest[..rest.find([':', '/', '?']).unwrap_or(rest.len())];
    let labels = host.strip_prefix('.')?.split('.').filter(|label| !label.is_empty()).count();
    (labels >= 2 && !rest.contains('*')).then_some(rest)
}

/// Whether the answer stays on the person's device, where any program may take it (RFC 8252 8.6).
pub fn is_claimed_by_nobody(uri: &str) -> bool {
    Url::parse(uri).map_or(true, |url| match url.scheme() {
        "https" => false,
        "http" => is_loopback(&url),
        _ => true,
    })
}

/// The origin that a content policy must let a form reach, or the scheme of a private one.
pub fn form_action(uri: &str) -> Option<String> {
    let url = Url::parse(uri).ok()?;
    match url.scheme() {
        "https" | "http" => Some(url.origin().ascii_serialization()),
        scheme => Some(format!("{scheme}:")),
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_registered() {
        for uri in [
            "https://app.example/cb",
            "https://app.example/cb?bar=foo",
            "http://127.0.0.1:9999/cb",
            "http://localhost/cb",
            "http://[::1]/cb",
            "com.example.app:/callback",
        ] {
            assert_eq!(check(uri, false, false), Ok(()), "{uri}");
        }
    }

    #[test]
    fn what_may_not() {
        for uri in [
            "",
            "/cb",
            "app.example/cb",
            "https:app.example/cb",
            "https://app.example/cb#part",
            "https://app.example/cb#",
            "https://*.example/cb",
            "https://user@app.example/cb",
            "https://app.example/c b",
            "https://app.example/é",
            "https://app.example\\@evil.example/",
            "http://app.example/cb",
            "javascript:alert(1)",
            "JavaScript:alert(1)",
            "data:text/html,x",
            "file:///etc/passwd",
        ] {
            assert!(check(uri, false, false).is_err(), "{uri}");
        }
    }

    #[test]
    fn a_confidential_client_may_use_plain_http() {
        assert_eq!(check("http://intranet.example/cb", true, false), Ok(()));
    }

    #[test]
    fn comparison_is_exact() {
        let registered = "https://app.example/cb";
        for given in [
            "https://app.example/cb/",
            "https://app.example/cb?x=1",
            "https://app.example/CB",
            "https://app.example:443/cb",
            "HTTPS://app.example/cb",
            "https://app.example/./cb",
        ] {
            assert!(!matches(registered, given, ApplicationType::Native), "{given}");
        }
        assert!(matches(registered, registered, ApplicationType::Web));
    }

    #[test]
    fn only_a_native_app_on_a_loopback_address_picks_its_port() {
        let registered = "http://127.0.0.1/cb";
        assert!(matches(registered, "http://127.0.0.1:51004/cb", ApplicationType::Native));
        assert!(matches("http://[::1]:1/cb", "http://[::1]:2/cb", ApplicationType::Native));
        assert!(!matches(registered, "http://127.0.0.1:51004/cb", ApplicationType::Web));
        for given in [
            "http://127.0.0.1:51004/other",
            "http://127.0.0.1:51004/cb?x=1",
            "http://127.0.0.1@evil.example/cb",
            "http://127.0.0.1.evil.example/cb",
            "http://127.0.0.1:/cb",
            "http://127.0.0.1:80:80/cb",
            "https://127.0.0.1:51004/cb",
        ] {
            assert!(!matches(registered, given, ApplicationType::Native), "{given}");
        }
        assert!(!matches("http://localhost/cb", "http://localhost:1/cb", ApplicationType::Native));
    }

    #[test]
    fn a_public_client_whose_answers_all_stay_on_the_device_is_native() {
        let of = |uris: &[&str]| {
            ApplicationType::of_public(&uris.iter().map(|uri| (*uri).to_owned()).collect::<Vec<_>>())
        };
        assert_eq!(
            of(&["http://127.0.0.1/cb", "com.example.app:/cb", "http://[::1]/"]),
            ApplicationType::Native
        );
        for uris in [&[][..], &["https://app.example/cb"], &["http://127.0.0.1/cb", "https://app.example/cb"]]
        {
            assert_eq!(of(uris), ApplicationType::Web, "{uris:?}");
        }
    }

    #[test]
    fn a_wildcard_stands_for_one_label_where_it_is_switched_on() {
        let registered = "https://*.app.example/cb?x=1";
        assert_eq!(check(registered, false, true), Ok(()));
        for uri in [
            "https://*.example/cb",
            "https://*/cb",
            "https://a.*.app.example/cb",
            "https://a*.app.example/cb",
            "https://*.*.app.example/cb",
            "https://*.app.example/*",
            "http://*.app.example/cb",
            "https://*..example/cb",
        ] {
            assert!(check(uri, true, true).is_err(), "{uri}");
            assert!(check(uri, true, false).is_err(), "{uri}");
            assert!(!fits_wildcard(uri, &uri.replace('*', "a")), "{uri}");
        }
        assert!(fits_wildcard(registered, "https://branch-1.app.example/cb?x=1"));
        for given in [
            "https://app.example/cb?x=1",
            "https://.app.example/cb?x=1",
            "https://a.b.app.example/cb?x=1",
            "https://evil.example/.app.example/cb?x=1",
            "https://evil.example#.app.example/cb?x=1",
            "https://evil@x.app.example/cb?x=1",
            "https://*.app.example/cb?x=1",
            "https://a.app.example/cb",
            "https://a.app.example:444/cb?x=1",
            "http://a.app.example/cb?x=1",
        ] {
            assert!(!fits_wildcard(registered, given), "{given}");
        }
        assert!(!matches(registered, "https://a.app.example/cb?x=1", ApplicationType::Web));
    }

    #[test]
    fn a_content_policy_names_the_origin_or_the_scheme() {
        assert_eq!(form_action("https://app.example:8443/cb?x").as_deref(), Some("https://app.example:8443"));
        assert_eq!(form_action("com.example.app:/cb").as_deref(), Some("com.example.app:"));
    }
}
