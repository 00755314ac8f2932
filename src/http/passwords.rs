//! Password hashing is the dearest thing here: a few hash at a time, a bounded number wait, the rest come again later.

use std::sync::Arc;

use tokio::sync::Semaphore;

use super::error::Error;
use crate::config;
use crate::dice;
use crate::password::{self, Cost, Verdict};

pub struct Passwords {
    cost: Cost,
    decoy: Arc<str>,
    workers: Arc<Semaphore>,
    /// Places for those who hash and those who wait.
    places: Arc<Semaphore>,
}

impl Passwords {
    pub fn new(settings: &config::Password) -> Self {
        let cost = Cost {
            memory: settings.hash_memory_kib,
            passes: settings.hash_iterations,
            lanes: settings.hash_parallelism,
        };
        Self {
            decoy: password::decoy(cost).into(),
            cost,
            workers: Arc::new(Semaphore::new(settings.workers)),
            places: Arc::new(Semaphore::new(settings.workers + settings.queue)),
        }
    }

    /// Whether `password` is the stored one. Without a stored one it takes just as long, and is wrong.
    pub async fn verify(&self, password: String, stored: Option<String>) -> Result<Verdict, Error> {
        let (cost, decoy) = (self.cost, self.decoy.clone());
        self.run(move || match stored {
            Some(stored) => password::verify(&password, &stored, cost),
            None => {
                password::verify(&password, &decoy, cost);
                Verdict::Wrong
            }
        })
        .await
    }

    pub async fn hash(&self, password: String) -> Result<String, Error> {
        let cost = self.cost;
        self.run(move || password::hash(&password, cost, dice::bytes())).await
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
        let place = self.places.clone().try_acquire_owned().map_err(|_| Error::Busy)?;
        let turn = self.workers.clone().acquire_owned().await.expect("the semaphore is never closed");
        let work = tokio::task::spawn_blocking(move || {
            let result = work();
            drop((turn, place));
            result
        });
        work.await.map_err(|error| Error::Fault(error.to_string()))
    }
}
