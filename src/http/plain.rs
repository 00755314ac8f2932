//! Who may speak plain HTTP here: this machine, and the proxies that the operator named. All others could be read
//! along, and would have to be believed.

use std::net::IpAddr;

use actix_web::HttpResponse;
use actix_web::dev::ServiceRequest;
use serde_json::json;

use super::app::AppData;
use crate::config::Config;

/// What answers whoever should have come over TLS. Probes come from anywhere, and learn nothing.
pub fn refusal(request: &ServiceRequest) -> Option<HttpResponse> {
    let config = &request.app_data::<AppData>().expect("every scope has the app").config;
    let peer = request.peer_addr().map(|peer| peer.ip());
    if is_welcome(config, peer) || is_probe(config, request.path()) {
        return None;
    }
    let description = "plain HTTP is spoken only with this machine and with the proxies in trusted_proxies; name the \
                       proxy there that passes requests on, or set tls.certificate and tls.private_key";
    let content = json!({ "error": "access_denied", "error_description": description });
    Some(HttpResponse::Forbidden().insert_header(("Cache-Control", "no-store")).json(content))
}

fn is_welcome(config: &Config, peer: Option<IpAddr>) -> bool {
    config.tls.files().is_some()
        || peer.is_some_and(|peer| peer.to_canonical().is_loopback() || config.trusts(peer))
}

fn is_probe(config: &Config, path: &str) -> bool {
    let path = path.strip_prefix(config.prefix()).unwrap_or(path);
    matches!(path.strip_suffix('/').unwrap_or(path), "/healthz" | "/readyz")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Sources;

    fn config(flags: &[(&str, &str)]) -> Config {
        let flags = flags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        Config::load(Sources { flags, ..Sources::default() }).unwrap()
    }

    #[test]
    fn plain_http_is_for_this_machine_and_named_proxies() {
        let open =
            [("listen", "0.0.0.0:80"), ("issuer", "https://a.example/id"), ("trusted_proxies", "10.9.9.9")];
        let config = config(&open);
        let is_welcome = |peer: &str| is_welcome(&config, Some(peer.parse().unwrap()));
        for peer in ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "10.9.9.9", "::ffff:10.9.9.9"] {
            assert!(is_welcome(peer), "{peer}");
        }
        for peer in ["10.9.9.8", "192.0.2.1", "0.0.0.0", "::", "2001:db8::1", "::ffff:192.0.2.1"] {
            assert!(!is_welcome(peer), "{peer}");
        }
        assert!(!super::is_welcome(&config, None));
    }

    #[test]
    fn probes_come_from_anywhere() {
        let config = config(&[("issuer", "https://a.example/id")]);
        for path in ["/id/healthz", "/id/readyz", "/id/readyz/"] {
            assert!(is_probe(&config, path), "{path}");
        }
        for path in ["/", "/id", "/id/metrics", "/id/token", "/id/healthz/../token", "/id/healthz//"] {
            assert!(!is_probe(&config, path), "{path}");
        }
    }
}
