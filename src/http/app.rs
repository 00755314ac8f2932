//! What handlers need: one for the whole server. It stands below them, or the imports would knot.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;

use super::client_keys::{self, KeySets};
use super::metrics::Metrics;
use super::pages::Pages;
use super::passwords::Passwords;
use super::protocol::discovery::Documents;
use crate::clock::Clock;
use crate::config::Config;
use crate::hooks::Hooks;
use crate::oidc::client::Client;
use crate::oidc::features::Features;
use crate::oidc::subject::Subjects;
use crate::oidc::time::UnixTime;
use crate::oidc::user::User;
use crate::outbound::{self, Outbound};
use crate::store::Store;

pub struct App {
    pub config: Config,
    pub store: Store,
    pub pages: Pages,
    pub clock: Clock,
    pub outbound: Outbound,
    pub hooks: Hooks,
    /// Of clients.
    pub key_sets: KeySets,
    pub passwords: Passwords,
    pub metrics: Metrics,
    pub documents: Documents,
    /// Wakes the job that tells apps of sign-outs.
    pub wake: Notify,
}

impl App {
    /// Fails where the settings for requests to others cannot be used.
    pub fn new(
        config: Config,
        store: Store,
        pages: Pages,
        clock: Clock,
    ) -> Result<Self, outbound::StartError> {
        let outbound = outbound(&config)?;
        Ok(Self {
            hooks: hooks(&config, &outbound)?,
            key_sets: client_keys::key_sets(&outbound),
            outbound,
            passwords: Passwords::new(&config.password),
            metrics: Metrics::new(),
            documents: Documents::new(config.keys.max_age),
            wake: Notify::new(),
            config,
            store,
            pages,
            clock,
        })
    }

    pub fn now(&self) -> UnixTime {
        self.clock.now()
    }

    pub fn issuer(&self) -> &str {
        self.config.issuer.as_str()
    }

    /// A local address below the mount prefix.
    pub fn path(&self, path: &str) -> String {
        format!("{}{path}", self.config.prefix())
    }

    /// The name on the pages: what an administrator set, or else the configuration's.
    pub fn organisation(&self) -> String {
        let set = self.store.catalogue().settings.organisation.clone();
        set.unwrap_or_else(|| self.config.organisation.clone())
    }

    /// What is switched on of the protocol.
    pub const fn features(&self) -> Features {
        let own = &self.config.features;
        Features {
            implicit: own.implicit,
            password_grant: own.password_grant,
            require_pkce: own.require_pkce,
            plain_pkce: own.plain_pkce,
            require_signed_request_object: own.require_signed_request_object,
            wildcard_redirect_uris: own.wildcard_redirect_uris,
            approval_prompt: own.approval_prompt,
            query_token: own.query_token,
        }
    }

    /// The `sub` by which `client` knows `user`.
    pub fn subject(&self, user: &User, client: &Client) -> String {
        let key = self.store.vault().subject_key();
        Subjects { source: self.config.subjects.source, key }.of(user, client)
    }

    /// Where the logo of a client is, if it has one.
    pub fn logo_url(&self, client: &Client) -> Option<String> {
        let hash = client.logo_hash.as_ref()?;
        let id: String = form_urlencoded::byte_serialize(client.id.as_bytes()).collect();
        Some(self.path(&format!("/logos/{id}?v={hash}")))
    }
}

/// Hooks have bounds of their own, so that strangers whose documents hang do not shut them out.
fn hooks(config: &Config, outbound: &Outbound) -> Result<Hooks, outbound::StartError> {
    let settings = config.hooks.clone();
    let has_any = !settings.introspection.is_empty() || !settings.end_session.is_empty();
    let own = if has_any { self::outbound(config)? } else { outbound.clone() };
    Ok(Hooks::new(settings, own))
}

/// The client for requests to others, as the settings have it.
pub fn outbound(config: &Config) -> Result<Outbound, outbound::StartError> {
    Outbound::new(&outbound::Options {
        trust_anchors: config.outbound_trust_anchors.clone(),
        exempt_hosts: config.outbound_exempt_hosts.clone(),
        timeout: Duration::from_secs(config.outbound_timeout.unsigned_abs()),
        ..outbound::Options::default()
    })
}

/// As actix hands it to handlers.
pub type AppData = actix_web::web::Data<App>;

/// The same, for whoever stands outside of a request.
pub type SharedApp = Arc<App>;
