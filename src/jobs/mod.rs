//! Floor 3: what happens without a request: changes are noticed, keys rotate, and what is over is cleaned away.
//!
//! Every node runs every job; the store sees to it that each thing is done once. A timer tells when a job runs, the
//! clock of the house what is due by then, so that tests can move it and call [`refresh`], [`keep_keys`], [`clean_up`]
//! and [`tell_of_sign_outs`] themselves.

mod sign_outs;

use std::fmt::Display;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

use crate::clock::Clock;
use crate::config::Config;
use crate::hooks::Hooks;
use crate::oidc::client::Client;
use crate::oidc::user::User;
use crate::outbound::Outbound;
use crate::store::{self, Store, rotation};

pub use sign_outs::tell_of_sign_outs;

/// The command line and other nodes are seen within a second.
const REFRESH_EVERY: Duration = Duration::from_millis(500);
const KEEP_KEYS_EVERY: Duration = Duration::from_secs(60);
/// What other nodes and the command line leave to be told; this node's own sign-outs wake the job.
const TELL_EVERY: Duration = Duration::from_secs(1);
const CLEAN_UP_EVERY: Duration = Duration::from_secs(300);

/// What the jobs work on: the server's `App`, of which this floor needs to know no more.
pub trait Household: Send + Sync + 'static {
    fn store(&self) -> &Store;
    fn clock(&self) -> &Clock;
    fn config(&self) -> &Config;
    /// Through which others are told of things.
    fn outbound(&self) -> &Outbound;
    fn hooks(&self) -> &Hooks;
    /// Wakes whoever tells apps of sign-outs.
    fn wake(&self) -> &Notify;
    /// The `sub` by which `client` knows `user`.
    fn subject(&self, user: &User, client: &Client) -> String;
}

/// The jobs while they run.
pub struct Jobs {
    stop: watch::Sender<bool>,
    loops: JoinSet<()>,
}

impl Jobs {
    /// Starts all of them on the runtime of the caller.
    pub fn start<H: Household>(house: &Arc<H>) -> Self {
        let mut jobs = Self { stop: watch::Sender::new(false), loops: JoinSet::new() };
        jobs.repeat(REFRESH_EVERY, house, refresh);
        jobs.repeat(KEEP_KEYS_EVERY, house, keep_keys);
        jobs.repeat(CLEAN_UP_EVERY, house, clean_up);
        jobs.repeat(TELL_EVERY, house, tell_of_sign_outs);
        jobs
    }

    /// Lets each finish what it has begun.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        while self.loops.join_next().await.is_some() {}
    }

    fn repeat<H, F, E>(&mut self, every: Duration, house: &Arc<H>, job: fn(Arc<H>) -> F)
    where
        H: Household,
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: Display + Send + 'static,
    {
        let (house, mut stopped) = (house.clone(), self.stop.subscribe());
        self.loops.spawn(async move {
            let mut timer = interval(every);
            timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
            let mut was_good = true;
            loop {
                tokio::select! {
                    _ = stopped.wait_for(|is_stopped| *is_stopped) => return,
                    _ = timer.tick() => {}
                    () = house.wake().notified(), if every == TELL_EVERY => {}
                }
                let result = job(house.clone()).await;
                // Once, not every half second as long as the database is away.
                match &result {
                    Err(error) if was_good => tracing::error!(%error, "a job failed, and is tried again"),
                    Ok(()) if !was_good => tracing::info!("the job that failed goes well again"),
                    _ => {}
                }
                was_good = result.is_ok();
            }
        });
    }
}

/// Notices what the command line, the console or another node has changed.
pub async fn refresh<H: Household>(house: Arc<H>) -> store::Result<()> {
    house.store().refresh().await.map(drop)
}

/// Publishes, promotes, replaces and withdraws the keys that are due.
pub async fn keep_keys<H: Household>(house: Arc<H>) -> rotation::Result<()> {
    let config = house.config();
    house.store().keep_keys(config.rotation(), config.keeping(), house.clock().now()).await
}

/// Removes what nobody will ask for again.
pub async fn clean_up<H: Household>(house: Arc<H>) -> store::Result<()> {
    let now = house.clock().now();
    let removed = house.store().clean_up(now, house.config().throttle.window).await?;
    if removed > 0 {
        tracing::debug!(removed, "rows that are over were removed");
    }
    Ok(())
}
