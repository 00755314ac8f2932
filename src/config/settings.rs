//! The one place that names every setting: key, type, default, form, and the text of the manual.
//!
//! A line reads `key: Type = default, what may be written;`. The doc comments become `docs/configuration.md`.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

use ipnet::IpNet;
use secrecy::SecretString;

use super::form::{DAY, Form, MINUTE, Number, Optional, Seconds};
use super::layers::{Layers, Preset, Row};
use super::tls::{CERTIFICATE, PRIVATE_KEY, TRUST_ANCHORS};
use super::values::*;
use super::{DatabaseUrl, HookSecret, Issuer, MasterKey, Source};
use crate::oidc::features::RequirePkce;
use crate::oidc::subject::Source as SubjectSource;

use Preset::{Fixed, Follows};

macro_rules! settings {
    (
        $(#[doc = $top_doc:literal])*
        $Top:ident { $( $(#[doc = $doc:literal])* $key:ident: $Type:ty = $preset:expr, $form:expr; )* }
        $(
            $(#[doc = $table_doc:literal])*
            $table:ident: $Table:ident {
                $( $(#[doc = $inner_doc:literal])* $inner:ident: $Inner:ty = $inner_preset:expr, $inner_form:expr; )*
            }
        )*
    ) => {
        $(#[doc = $top_doc])*
        #[derive(Clone, Debug)]
        pub struct $Top {
            $( $(#[doc = $doc])* pub $key: $Type, )*
            $( $(#[doc = $table_doc])* pub $table: $Table, )*
            pub(super) sources: BTreeMap<&'static str, Source>,
        }

        $(
            $(#[doc = $table_doc])*
            #[derive(Clone, Debug)]
            pub struct $Table { $( $(#[doc = $inner_doc])* pub $inner: $Inner, )* }
        )*

        /// The tables with what the manual says about each.
        pub(super) const TABLES: &[(&str, &[&str])] = &[ $( (stringify!($table), &[$($table_doc),*]), )* ];

        pub(super) fn rows() -> Vec<Row> {
            vec![
                $( Row {
                    key: stringify!($key),
                    doc: &[$($doc),*],
                    preset: $preset,
                    form: $form.describe(),
                    is_list: $form.is_list(),
                }, )*
                $( $( Row {
                    key: concat!(stringify!($table), ".", stringify!($inner)),
                    doc: &[$($inner_doc),*],
                    preset: $inner_preset,
                    form: $inner_form.describe(),
                    is_list: $inner_form.is_list(),
                }, )* )*
            ]
        }

        impl $Top {
            pub(super) fn read(layers: &mut Layers) -> Self {
                Self {
                    $( $key: layers.read(stringify!($key), &$preset, &$form), )*
                    $( $table: $Table {
                        $( $inner: layers.read(
                            concat!(stringify!($table), ".", stringify!($inner)), &$inner_preset, &$inner_form,
                        ), )*
                    }, )*
                    sources: layers.sources(),
                }
            }

            /// Every key with its value as TOML writes it.
            pub(super) fn values(&self) -> Vec<(&'static str, Option<String>)> {
                vec![
                    $( (stringify!($key), $form.show(&self.$key)), )*
                    $( $( (
                        concat!(stringify!($table), ".", stringify!($inner)),
                        $inner_form.show(&self.$table.$inner),
                    ), )* )*
                ]
            }
        }
    };
}

settings! {
    /// Everything that an operator chooses. Times are seconds.
    Config {
        /// The name under which apps and browsers know this provider, and the beginning of every URL. Its path, if
        /// it has one, is where Cardea is mounted. Apps store it: it should never change. Plain http is only for
        /// loopback hosts, or behind a proxy named in `trusted_proxies`.
        issuer: Issuer = Follows("`http://localhost:` and the port of `listen` (`https` with `tls`)", issuer), ISSUER;
        /// The address and port on which Cardea answers. Plain HTTP is only spoken on a loopback address or when
        /// `trusted_proxies` names a proxy; anything else needs `tls`.
        listen: SocketAddr = Fixed("127.0.0.1:8080"), LISTEN;
        /// Where everything is remembered: SQLite or PostgreSQL. A relative path starts at the working directory.
        database_url: DatabaseUrl = Fixed("sqlite://cardea.db"), DATABASE_URL;
        /// The reverse proxies in front of Cardea. Only from these is `X-Forwarded-For` believed, and only
        /// for the visitor's address; URLs are always built from `issuer`.
        trusted_proxies: Vec<IpNet> = Fixed(""), Networks;
        /// A directory whose files replace the built-in templates and static files of the same name: those of
        /// Cardea's source, as in `DIRECTORY/templates/login.html` and `DIRECTORY/static/cardea.css`. A file that
        /// replaces nothing is warned of at start, unless another file of the directory names it; a broken template
        /// stops the start.
        templates: Option<PathBuf> = Fixed(""), Optional(DIRECTORY);
        /// The name of your organisation, on the pages that people see.
        organisation: String = Fixed("Cardea"), TEXT;
        /// The key that encrypts private signing keys in the database. Without it the key in `master_key_file`
        /// serves. All nodes on one database need the same.
        master_key: Option<MasterKey> = Fixed(""), Optional(MASTER_KEY);
        /// The file with the master key, made at the first start if it is missing. Nobody but its owner may read
        /// it. Keep a copy apart from the database: without this key the signing keys are lost.
        master_key_file: PathBuf = Follows(
            "`cardea.key` beside the SQLite database, else in the working directory",
            master_key_file
        ), PATH;
        /// Threads that answer requests.
        workers: usize = Follows("the number of processor cores", cores), Number(1..=1024);
        /// Whether `/metrics` answers: to visitors from this machine, and to whoever knows `metrics_token`.
        metrics: bool = Fixed("true"), SWITCH;
        /// With this as bearer token, `/metrics` answers from anywhere.
        metrics_token: Option<SecretString> = Fixed(""), Optional(TOKEN);
        /// Whether the claims of the granted scopes also stand in the ID token, for apps that never ask `/userinfo`.
        id_token_claims: bool = Fixed("false"), SWITCH;
        /// Certificates, as PEM, that are trusted beside the system's when Cardea asks others: for the key sets of
        /// apps, their request objects, sector identifiers and logos, and to tell them of a sign-out.
        outbound_trust_anchors: Option<PathBuf> = Fixed(""), Optional(TRUST_ANCHORS);
        /// Hosts that Cardea asks even when their address is not public. Whoever may register an app can name a URL
        /// for Cardea to ask, so only public addresses are asked otherwise. The names are exact: a host, not those
        /// below it.
        outbound_exempt_hosts: Vec<String> = Fixed(""), HostNames;
        /// How long others may take to answer Cardea.
        outbound_timeout: i64 = Fixed("5s"), Seconds(1..=MINUTE);
        /// How long requests may run on after the signal to stop.
        shutdown_grace: i64 = Fixed("20s"), Seconds(0..=10 * MINUTE);
    }

    /// To end TLS in Cardea itself. Set both or neither.
    tls: Tls {
        /// The certificate and its chain, as PEM.
        certificate: Option<PathBuf> = Fixed(""), Optional(CERTIFICATE);
        /// The private key of the certificate, as PEM.
        private_key: Option<PathBuf> = Fixed(""), Optional(PRIVATE_KEY);
    }

    /// How long things last. A client may be given shorter or longer lifetimes of its own.
    lifetimes: Lifetimes {
        /// How long an authorization code may be redeemed.
        code: i64 = Fixed("60s"), Seconds(1..=10 * MINUTE);
        /// How long an access token works.
        access_token: i64 = Fixed("1h"), Seconds(1..=30 * DAY);
        /// How long an id_token may be accepted.
        id_token: i64 = Fixed("10m"), Seconds(1..=DAY);
        /// How long a refresh token may be used; each use starts anew.
        refresh_token: i64 = Fixed("30d"), Seconds(1..=3650 * DAY);
        /// How long somebody's consent to an app holds before they are asked again.
        consent: i64 = Fixed("90d"), Seconds(1..=3650 * DAY);
        /// How long somebody who chose "Keep me signed in" stays so without visiting.
        session_idle: i64 = Fixed("14d"), Seconds(1..=365 * DAY);
        /// After this long everybody signs in again, however often they visit.
        session_max: i64 = Fixed("30d"), Seconds(1..=365 * DAY);
        /// How long somebody who did not choose "Keep me signed in" stays so without visiting.
        session_unremembered: i64 = Fixed("12h"), Seconds(1..=365 * DAY);
    }

    /// The names of the cookies in the visitor's browser.
    cookies: Cookies {
        /// The cookie that carries the session. A name that begins with `__Host-` binds it to this host and to
        /// https, with the path `/`. Give each provider on one host a name of its own.
        session: String = Follows(
            "`__Host-cardea` if the issuer is https, else `cardea`",
            session_cookie
        ), COOKIE_NAME;
        /// The cookie by which the check-session iframe sees whether the session in this browser is still the same.
        browser_state: String = Fixed("op_browser_state"), COOKIE_NAME;
        /// The cookie that remembers the choice of light or dark.
        theme: String = Fixed("cardea-theme"), COOKIE_NAME;
    }

    /// What slows down those who guess passwords or client secrets. Every pause ends by itself.
    throttle: Throttle {
        /// Off only where nobody can reach Cardea but tests.
        enabled: bool = Fixed("true"), SWITCH;
        /// Failed sign-ins to one account within `window` before it pauses.
        account_failures: u32 = Fixed("5"), Number(1..=1_000_000);
        /// Failed sign-ins from one address within `window` before it pauses.
        address_failures: u32 = Fixed("50"), Number(1..=1_000_000);
        /// Failed authentications of one client within `window` before it pauses.
        client_failures: u32 = Fixed("20"), Number(1..=1_000_000);
        /// The first pause; each further failure doubles it.
        pause: i64 = Fixed("60s"), Seconds(1..=DAY);
        /// The longest pause.
        pause_max: i64 = Fixed("15m"), Seconds(1..=DAY);
        /// How long a failure counts.
        window: i64 = Fixed("15m"), Seconds(1..=DAY);
    }

    /// Passwords and how they are hashed (argon2id). A hash costs `hash_memory_kib` while it is computed, and
    /// `workers` of them run at a time. Changed costs take hold at each person's next sign-in.
    password: Password {
        /// The fewest characters a new password may have.
        min_length: usize = Fixed("12"), Number(8..=128);
        /// Memory for one hash, in KiB.
        hash_memory_kib: u32 = Fixed("19456"), Number(1024..=4_194_304);
        /// Passes over that memory.
        hash_iterations: u32 = Fixed("2"), Number(1..=100);
        /// Lanes within one hash.
        hash_parallelism: u32 = Fixed("1"), Number(1..=64);
        /// How many may wait for a hash; who comes when it is full is asked to try again later.
        queue: usize = Fixed("64"), Number(1..=100_000);
        /// Threads that hash.
        workers: usize = Follows("the number of processor cores", cores), Number(1..=1024);
    }

    /// How the database is used.
    database: Database {
        /// Connections held open.
        pool_size: u32 = Fixed("8"), Number(1..=1000);
        /// How long a request waits for a connection before it is answered with 503.
        wait: i64 = Fixed("5s"), Seconds(1..=60);
        /// After this long PostgreSQL gives up on a statement.
        statement_timeout: i64 = Fixed("10s"), Seconds(1..=10 * MINUTE);
        /// How many changes may wait for the one writer of SQLite; who comes when it is full gets 503.
        write_queue: usize = Fixed("1024"), Number(1..=1_000_000);
    }

    /// What is offered. Whatever is switched off is absent from discovery too.
    features: Features {
        /// The implicit and hybrid flows, for clients that are registered for them. They hand tokens to the browser;
        /// switch them off where no old app needs them.
        implicit: bool = Fixed("true"), SWITCH;
        /// The resource owner password credentials grant, for clients that are registered for it. Apps see the
        /// passwords of people then.
        password_grant: bool = Fixed("false"), SWITCH;
        /// Of whom PKCE is required beside the clients that ask for it themselves: of everybody, of public clients, or
        /// of nobody else (registered). Without PKCE anybody can redeem a stolen code of a public client. `true` and
        /// `false` still mean everybody and public.
        require_pkce: RequirePkce = Fixed("public"), REQUIRE_PKCE;
        /// Whether the PKCE method `plain` is taken, which protects nothing, for old apps.
        plain_pkce: bool = Fixed("false"), SWITCH;
        /// Whether request parameters must come in a signed request object (RFC 9101).
        require_signed_request_object: bool = Fixed("false"), SWITCH;
        /// Whether a registered redirect URI may have `*` for the first label of its host. Whoever can have such a
        /// host then gets codes.
        wildcard_redirect_uris: bool = Fixed("false"), SWITCH;
        /// Whether `approval_prompt=force` and `approval_prompt=auto` are understood, for old apps.
        approval_prompt: bool = Fixed("false"), SWITCH;
        /// Whether the token endpoint takes its parameters as a JSON object of strings too, for old apps.
        json_token_request: bool = Fixed("false"), SWITCH;
        /// Whether `GET /userinfo` takes the access token as `access_token` in its query too, for old apps. Such tokens
        /// end up in logs and histories.
        query_token: bool = Fixed("false"), SWITCH;
        /// Session management: `session_state` in answers and the check-session iframe.
        session_management: bool = Fixed("true"), SWITCH;
        /// Whether pages of any origin may call the token endpoint; otherwise those of a client's redirect URIs, and
        /// the origins that it names.
        cors: bool = Fixed("false"), SWITCH;
    }

    /// How apps sign people out (OpenID Connect RP-Initiated Logout). See [sessions.md](sessions.md).
    logout: Logout {
        /// Whether the person is always asked, also where the app shows by a hint whom it means.
        always_ask: bool = Fixed("false"), SWITCH;
        /// Whether an ID token still counts as a hint when it has expired. They expire soon: without this an app needs
        /// a new one to sign somebody out.
        expired_hints: bool = Fixed("true"), SWITCH;
        /// Whether a browser goes back to an address with plain http only for a confidential client, not for a public
        /// one.
        strict_redirect_uris: bool = Fixed("false"), SWITCH;
    }

    /// Dynamic client registration (RFC 7591).
    registration: Registration {
        /// Who may register a client: nobody, whoever has an initial access token, or everybody.
        mode: RegistrationMode = Fixed("off"), REGISTRATION_MODE;
        /// Registrations from one address within an hour where everybody may register. A change of one for which
        /// something is fetched counts too.
        per_hour: u32 = Fixed("20"), Number(1..=1_000_000);
        /// After how long a registration is removed that nobody has signed in with and that got no token.
        unused: i64 = Fixed("30d"), Seconds(3600..=3650 * DAY);
    }

    /// Services of your own that are asked or told when something happens, each by a POST of JSON to an https URL,
    /// signed with `secret`. See [hooks.md](hooks.md).
    hooks: Hooks {
        /// Asked one after the other for each active token before `/introspect` answers; each may change what the
        /// one before it left. Where one fails, the endpoint answers 503.
        introspection: Vec<String> = Fixed(""), HookUrls;
        /// Told after somebody signed out at the end-session endpoint, again and again until they have taken it.
        end_session: Vec<String> = Fixed(""), HookUrls;
        /// The key that signs every call, by the scheme of Standard Webhooks. Required as soon as a hook is set.
        secret: Option<HookSecret> = Fixed(""), Optional(HOOK_SECRET);
    }

    /// The identifiers by which apps know people.
    subjects: Subjects {
        /// What `sub` is made of for clients with public subjects: the ID of the account, its user name, its e-mail
        /// address, or an identifier that was brought along (the account's ID where none was). Apps store it: it
        /// should never change.
        source: SubjectSource = Fixed("id"), SUBJECT_SOURCE;
    }

    /// The keys and their rotation.
    keys: Keys {
        /// Whether keys are rotated without being asked.
        rotate: bool = Fixed("true"), SWITCH;
        /// How long a key signs, or is published for encryption to Cardea.
        rotate_every: i64 = Fixed("90d"), Seconds(DAY..=3650 * DAY);
        /// How long before it signs the next key is published, so that apps have fetched it by then; and, with an hour
        /// on top, how long a key for encryption still decrypts after it was replaced.
        publish_ahead: i64 = Fixed("14d"), Seconds(0..=365 * DAY);
        /// How long apps may keep the key set and the discovery documents (`Cache-Control: max-age`). Not longer than
        /// `publish_ahead`, or an app could miss a key that signs already.
        max_age: i64 = Follows("`1h`, or `publish_ahead` where that is shorter", max_age), Seconds(0..=DAY);
    }

    /// What is written to the standard error stream. Secrets, tokens and addresses are never logged.
    log: Log {
        /// What is logged.
        filter: String = Fixed("info"), LOG_FILTER;
        /// Lines for people, or JSON for machines.
        format: LogFormat = Fixed("text"), LOG_FORMAT;
    }
}

/// Who may register a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegistrationMode {
    Off,
    Token,
    Open,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    Text,
    Json,
}

fn issuer(layers: &Layers) -> String {
    let scheme = if layers.text("tls.certificate").is_some() { "https" } else { "http" };
    let listen = layers.text("listen").and_then(|text| LISTEN.read(text).ok());
    match (scheme, listen.map_or(8080, |address| address.port())) {
        ("http", 80) | ("https", 443) => format!("{scheme}://localhost"),
        (_, port) => format!("{scheme}://localhost:{port}"),
    }
}

fn session_cookie(layers: &Layers) -> String {
    let issuer = layers.text("issuer").map_or_else(|| issuer(layers), str::to_owned);
    if issuer.starts_with("https:") { "__Host-cardea".to_owned() } else { "cardea".to_owned() }
}

fn master_key_file(layers: &Layers) -> String {
    const NAME: &str = "cardea.key";
    match layers.text("database_url").map(DatabaseUrl::parse) {
        Some(Ok(DatabaseUrl::Sqlite(path))) => path.with_file_name(NAME).to_string_lossy().into_owned(),
        _ => NAME.to_owned(),
    }
}

fn max_age(layers: &Layers) -> String {
    const HOUR: i64 = 60 * MINUTE;
    let ahead = layers.text("keys.publish_ahead").and_then(|text| Seconds(0..=365 * DAY).read(text).ok());
    format!("{}s", ahead.map_or(HOUR, |ahead| ahead.min(HOUR)))
}

fn cores(_: &Layers) -> String {
    std::thread::available_parallelism().map_or(1, usize::from).min(1024).to_string()
}
