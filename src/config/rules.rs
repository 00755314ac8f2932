//! Rules that look at several settings, and warnings about what is legal and yet risky.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::{Config, Problem, Source, tls};
use crate::oidc::features::RequirePkce;

/// What is wrong, and how to mend it.
type Complaint = (&'static str, &'static str);

struct Rule {
    /// The settings that the rule looks at; the first is the one complained about.
    keys: &'static [&'static str],
    complaint: fn(&Config) -> Option<Complaint>,
}

const RULES: &[Rule] = &[
    Rule {
        keys: &["listen", "tls.certificate", "tls.private_key", "trusted_proxies"],
        complaint: |config| {
            let is_plain = config.tls.certificate.is_none() && config.tls.private_key.is_none();
            (is_plain && !config.listen.ip().is_loopback() && config.trusted_proxies.is_empty()).then_some((
                "others could read along, for this is not a loopback address and plain HTTP is spoken there",
                "set tls.certificate and tls.private_key, name the proxy in trusted_proxies, or listen on 127.0.0.1",
            ))
        },
    },
    Rule {
        keys: &["tls.certificate", "tls.private_key"],
        complaint: |config| {
            (config.tls.certificate.is_some() && config.tls.private_key.is_none())
                .then_some(("it stands alone", "set tls.private_key too, or neither"))
        },
    },
    Rule {
        keys: &["tls.private_key", "tls.certificate"],
        complaint: |config| {
            (config.tls.private_key.is_some() && config.tls.certificate.is_none())
                .then_some(("it stands alone", "set tls.certificate too, or neither"))
        },
    },
    Rule {
        keys: &["tls.private_key", "tls.certificate"],
        complaint: |config| {
            let (certificate, key) = config.tls.files()?;
            (!tls::are_pair(certificate, key)).then_some((
                "it does not belong to the first certificate in tls.certificate",
                "name the key for which that certificate was made",
            ))
        },
    },
    Rule {
        keys: &["issuer", "trusted_proxies"],
        complaint: |config| {
            let is_open = !config.issuer.is_https() && !config.issuer.is_loopback();
            (is_open && config.trusted_proxies.is_empty()).then_some((
                "plain http is only for loopback hosts",
                "write https://…, or name the proxy in trusted_proxies",
            ))
        },
    },
    Rule {
        keys: &["issuer", "listen"],
        complaint: |config| {
            (config.listen.port() == 0 && config.source("issuer") == &Source::Default).then_some((
                "there is no default while the system chooses the port",
                "set issuer, or a port other than 0 in listen",
            ))
        },
    },
    Rule {
        keys: &["lifetimes.session_idle", "lifetimes.session_max"],
        complaint: |config| {
            (config.lifetimes.session_idle > config.lifetimes.session_max)
                .then_some(("it is longer than lifetimes.session_max", "shorten it, or lengthen the other"))
        },
    },
    Rule {
        keys: &["lifetimes.session_unremembered", "lifetimes.session_max"],
        complaint: |config| {
            (config.lifetimes.session_unremembered > config.lifetimes.session_max)
                .then_some(("it is longer than lifetimes.session_max", "shorten it, or lengthen the other"))
        },
    },
    Rule {
        keys: &["throttle.pause", "throttle.pause_max"],
        complaint: |config| {
            (config.throttle.pause > config.throttle.pause_max)
                .then_some(("it is longer than throttle.pause_max", "shorten it, or lengthen the other"))
        },
    },
    Rule {
        keys: &["keys.publish_ahead", "keys.rotate_every"],
        complaint: |config| {
            (config.keys.publish_ahead >= config.keys.rotate_every)
                .then_some(("it is not shorter than keys.rotate_every", "shorten it, or lengthen the other"))
        },
    },
    Rule {
        keys: &["keys.max_age", "keys.publish_ahead"],
        complaint: |config| {
            (config.keys.max_age > config.keys.publish_ahead).then_some((
                "it is longer than keys.publish_ahead, so that apps could miss a key that signs already",
                "shorten it, or lengthen the other",
            ))
        },
    },
    Rule {
        keys: &["cookies.session", "issuer"],
        complaint: |config| over_https_only(config, &config.cookies.session),
    },
    Rule {
        keys: &["cookies.browser_state", "issuer"],
        complaint: |config| over_https_only(config, &config.cookies.browser_state),
    },
    Rule {
        keys: &["cookies.theme", "issuer"],
        complaint: |config| over_https_only(config, &config.cookies.theme),
    },
    Rule {
        keys: &["cookies.theme", "cookies.session"],
        complaint: |config| {
            (config.cookies.theme == config.cookies.session).then_some((
                "it is the name of the session's cookie too",
                "give each cookie a name of its own",
            ))
        },
    },
    Rule {
        keys: &["cookies.browser_state", "cookies.session"],
        complaint: |config| {
            (config.cookies.browser_state == config.cookies.session).then_some((
                "it is the name of the session's cookie too",
                "give each cookie a name of its own",
            ))
        },
    },
    Rule {
        keys: &["cookies.browser_state", "cookies.theme"],
        complaint: |config| {
            (config.cookies.browser_state == config.cookies.theme)
                .then_some(("it is the name of the theme's cookie too", "give each cookie a name of its own"))
        },
    },
    Rule {
        keys: &["hooks.secret", "hooks.introspection", "hooks.end_session"],
        complaint: |config| {
            let hooks = &config.hooks;
            let has_hook = !hooks.introspection.is_empty() || !hooks.end_session.is_empty();
            (has_hook && hooks.secret.is_none()).then_some((
                "it is missing, and hooks could not tell our calls from those of strangers",
                "make one with `openssl rand -base64 32` and give it to the hooks too",
            ))
        },
    },
    Rule {
        keys: &["master_key_file", "master_key"],
        complaint: |config| {
            (config.master_key.is_none() && is_open_to(&config.master_key_file, 0o077))
                .then_some(("others than its owner may use this file", "take their rights away: chmod 600"))
        },
    },
];

/// The rules that `config` breaks; those that look at a setting already complained about keep silent.
pub(super) fn broken(config: &Config, known: &[Problem]) -> Vec<Problem> {
    let is_known = |key: &&str| known.iter().any(|problem| problem.key.as_deref() == Some(key));
    let applicable = RULES.iter().filter(|rule| !rule.keys.iter().any(is_known));
    applicable
        .filter_map(|rule| {
            let (what, mend) = (rule.complaint)(config)?;
            let key = rule.keys[0];
            Some(Problem {
                source: config.source(key).clone(),
                key: Some(key.to_owned()),
                what: what.to_owned(),
                mend: mend.to_owned(),
            })
        })
        .collect()
}

pub(super) fn risky(config: &Config) -> Vec<String> {
    let has_tls = config.tls.files().is_some();
    let has_proxy = !config.trusted_proxies.is_empty();
    let is_https = config.issuer.is_https();
    let argon2_cost = u64::from(config.password.hash_memory_kib) * u64::from(config.password.hash_iterations);
    let cases = [
        (
            config.source("issuer") == &Source::Default && !config.listen.ip().is_loopback(),
            "issuer is not set: only browsers on this machine can sign in",
        ),
        (
            !is_https && !config.issuer.is_loopback(),
            "issuer is plain http: whoever is on the way can read passwords and tokens",
        ),
        (
            is_https && !has_tls && !has_proxy,
            "issuer is https while plain HTTP is spoken and no proxy is named in trusted_proxies: all visitors will \
             count as one address",
        ),
        (!is_https && has_tls, "issuer is http although TLS is spoken: browsers will not get through"),
        (
            config.trusted_proxies.iter().any(|network| network.prefix_len() == 0),
            "trusted_proxies trusts everybody: visitors can choose the address they seem to come from",
        ),
        (!config.throttle.enabled, "throttle.enabled is false: passwords can be guessed without end"),
        (
            is_https && !config.cookies.session.starts_with("__Host-"),
            "cookies.session does not begin with __Host-: pages on neighbouring hosts can set this cookie",
        ),
        (argon2_cost < 2 * 19_456, "password.hash_memory_kib and password.hash_iterations make cheap hashes"),
        (
            config.lifetimes.access_token > 24 * 3600,
            "lifetimes.access_token is longer than a day: a stolen token lasts",
        ),
        (
            config.features.require_pkce == RequirePkce::Registered,
            "features.require_pkce is registered: a stolen code of a public client can be redeemed by anybody",
        ),
        (
            config.master_key.is_some() && config.source("master_key_file") != &Source::Default,
            "master_key is set, so that master_key_file is not used",
        ),
    ];
    let mut warnings: Vec<String> =
        cases.into_iter().filter(|(is_so, _)| *is_so).map(|(_, text)| text.to_owned()).collect();
    warnings.extend(secrets(config).into_iter().filter_map(|key| match config.source(key) {
        Source::Flag(_) => Some(format!("{key} stands on the command line, which every process can read")),
        Source::File { path, .. } if is_open_to(path, 0o004) => {
            Some(format!("{key} stands in {}, which everybody may read: chmod 640", path.display()))
        }
        _ => None,
    }));
    warnings
}

/// The settings that hold a secret now.
fn secrets(config: &Config) -> Vec<&'static str> {
    let cases = [
        ("master_key", config.master_key.is_some()),
        ("metrics_token", config.metrics_token.is_some()),
        ("hooks.secret", config.hooks.secret.is_some()),
        ("database_url", config.database_url.has_password()),
    ];
    cases.into_iter().filter(|(_, holds)| *holds).map(|(key, _)| key).collect()
}

fn over_https_only(config: &Config, cookie: &str) -> Option<Complaint> {
    (!config.issuer.is_https() && needs_https(cookie))
        .then_some(("browsers take such a name only over https", "drop __Host- or __Secure- from its front"))
}

/// RFC 6265bis, 4.1.3: the prefixes count in any case of their letters.
fn needs_https(cookie: &str) -> bool {
    let cookie = cookie.to_ascii_lowercase();
    cookie.starts_with("__host-") || cookie.starts_with("__secure-")
}

/// Whether the file is there and grants any of the rights in `mask`.
fn is_open_to(path: &Path, mask: u32) -> bool {
    fs::metadata(path).is_ok_and(|file| file.permissions().mode() & mask != 0)
}
