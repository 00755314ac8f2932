//! `cardea serve`: the server, and the jobs beside it, until somebody stops them.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Notify;

use super::open::{self, House};
use super::{Failure, Settings, print};
use crate::clock::Clock;
use crate::config::Config;
use crate::dice;
use crate::hooks::Hooks;
use crate::http::app::{App, SharedApp};
use crate::http::server;
use crate::jobs::{Household, Jobs};
use crate::oidc::client::Client;
use crate::oidc::secret;
use crate::oidc::user::User;
use crate::outbound::Outbound;
use crate::store::{Store, settings, users};

impl Household for App {
    fn store(&self) -> &Store {
        &self.store
    }

    fn clock(&self) -> &Clock {
        &self.clock
    }

    fn config(&self) -> &Config {
        &self.config
    }

    fn outbound(&self) -> &Outbound {
        &self.outbound
    }

    fn hooks(&self) -> &Hooks {
        &self.hooks
    }

    fn wake(&self) -> &Notify {
        &self.wake
    }

    fn subject(&self, user: &User, client: &Client) -> String {
        self.subject(user, client)
    }
}

pub fn run(settings: &Settings) -> Result<(), Failure> {
    let config = open::config(settings)?;
    for warning in config.warnings() {
        tracing::warn!("{warning}");
    }
    // First, so that a second server on the same port touches nothing.
    let listener = bind(config.listen)?;
    let app = app(House::open(config)?)?;
    open::runtime()?.block_on(async {
        let setup_link = setup_link(&app).await?;
        serve(&app, listener, || {
            print::line(&format!("Cardea listens at {}", app.issuer()));
            if let Some(link) = setup_link {
                print::line(&format!("Nobody administers it yet. Begin here, once: {link}"));
            }
        })
        .await
    })
}

pub fn bind(address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).map_err(|error| {
        Failure::new(format!(
            "{address} cannot be listened on: {error}; choose another with --listen or listen"
        ))
    })
}

pub fn app(house: House) -> Result<SharedApp, Failure> {
    let House { config, store, clock } = house;
    let pages = open::pages(&config)?;
    for warning in pages.warnings() {
        tracing::warn!("{warning}");
    }
    let app = App::new(config, store, pages, clock).map_err(|error| Failure::new(error.to_string()))?;
    Ok(Arc::new(app))
}

/// A link that makes the first administrator; there is none where somebody administers already.
async fn setup_link(app: &App) -> Result<Option<String>, Failure> {
    let token = secret::opaque(dice::bytes());
    let token_hash = secret::hash(&token);
    let is_needed = app.store.write::<_, Failure, _>(move |db| {
        let is_needed = !users::is_any_admin(db)?;
        if is_needed {
            settings::save_setup_token(db, &token_hash)?;
        }
        Ok(is_needed)
    });
    Ok(is_needed.await?.then(|| format!("{}/setup?token={token}", app.issuer())))
}

/// Answers until SIGINT or SIGTERM, then lets those finish who are being answered.
pub async fn serve(app: &SharedApp, listener: TcpListener, started: impl FnOnce()) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::new(format!("the server failed: {error}"));
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    let mut server = server::start(app, listener).map_err(failed)?;
    let handle = server.handle();
    let jobs = Jobs::start(app);
    started();
    tokio::select! {
        result = &mut server => return result.map_err(failed),
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("stopping");
    let ((), result) = tokio::join!(handle.stop(true), server);
    jobs.stop().await;
    result.map_err(failed)
}
