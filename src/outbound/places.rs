//! How many requests to others run at a time, so that whoever lets some of them hang blocks little but their own.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// How long a request waits for others to end before it is turned away.
const WAIT: Duration = Duration::from_secs(2);

/// How many requests to one host that a stranger has named run at a time, for each purpose.
const PER_HOST: usize = 4;

/// What somebody is asked for. Each purpose has places of its own, since strangers can fill those of the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// What clients keep elsewhere: request objects, sectors, pictures.
    Document,
    /// What proves who a client is, and what is encrypted to.
    KeySet,
    /// Clients are told of something.
    Notice,
    /// A service of the operator's own choice, which may be asked as often as there are places.
    Service,
}

/// Places for requests that are under way.
#[derive(Debug)]
pub struct Places {
    documents: Arc<Semaphore>,
    key_sets: Arc<Semaphore>,
    notices: Arc<Semaphore>,
    services: Arc<Semaphore>,
    /// Of the hosts that are asked now.
    hosts: Mutex<HashMap<(Purpose, String), Arc<Semaphore>>>,
}

/// A request's place, until it is dropped.
#[derive(Debug)]
pub struct Place {
    _at_host: Option<OwnedSemaphorePermit>,
    _of_purpose: OwnedSemaphorePermit,
}

impl Places {
    /// So many for each purpose.
    pub fn new(concurrency: usize) -> Self {
        let places = || Arc::new(Semaphore::new(concurrency));
        Self {
            documents: places(),
            key_sets: places(),
            notices: places(),
            services: places(),
            hosts: Mutex::default(),
        }
    }

    /// A place for a request to `host`; none where those before it take too long.
    pub async fn take(&self, purpose: Purpose, host: &str) -> Option<Place> {
        let of_purpose = match purpose {
            Purpose::Document => &self.documents,
            Purpose::KeySet => &self.key_sets,
            Purpose::Notice => &self.notices,
            Purpose::Service => &self.services,
        };
        let taking = async {
            // The host's first: whoever waits for a slow host takes no place from requests to others.
            let at_host = match purpose {
                Purpose::Service => None,
                _ => Some(self.at(purpose, host).acquire_owned().await.ok()?),
            };
            let of_purpose = of_purpose.clone().acquire_owned().await.ok()?;
            Some(Place { _at_host: at_host, _of_purpose: of_purpose })
        };
        timeout(WAIT, taking).await.ok().flatten()
    }

    fn at(&self, purpose: Purpose, host: &str) -> Arc<Semaphore> {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        // Whoever has a place, or waits for one, holds it too; what only the map holds is not asked any more.
        hosts.retain(|_, places| Arc::strong_count(places) > 1);
        let places = hosts.entry((purpose, host.to_owned()));
        places.or_insert_with(|| Arc::new(Semaphore::new(PER_HOST))).clone()
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    /// A place if one is free.
    fn take(places: &Places, purpose: Purpose, host: &str) -> Option<Place> {
        match pin!(places.take(purpose, host)).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(place) => place,
            Poll::Pending => None,
        }
    }

    #[tokio::test]
    async fn whoever_fills_a_host_or_a_purpose_blocks_no_other() {
        let places = Places::new(6);
        let of_a: Vec<_> = (0..4).map(|_| take(&places, Purpose::Document, "a.example").unwrap()).collect();
        assert!(take(&places, Purpose::Document, "a.example").is_none());
        let of_b: Vec<_> = (0..2).map(|_| take(&places, Purpose::Document, "b.example").unwrap()).collect();
        assert!(take(&places, Purpose::Document, "c.example").is_none(), "all six are taken");
        for purpose in [Purpose::KeySet, Purpose::Notice, Purpose::Service] {
            assert!(take(&places, purpose, "a.example").is_some(), "{purpose:?}");
        }
        drop(of_a);
        assert!(take(&places, Purpose::Document, "a.example").is_some());
        drop(of_b);
        assert!(take(&places, Purpose::Document, "c.example").is_some());
        assert_eq!(places.hosts.lock().unwrap().len(), 1, "nothing is kept of hosts that are not asked");
    }

    #[tokio::test]
    async fn a_service_of_the_operator_may_have_all_places() {
        let places = Places::new(6);
        let taken: Vec<_> =
            (0..6).map(|_| take(&places, Purpose::Service, "hook.example").unwrap()).collect();
        assert!(take(&places, Purpose::Service, "hook.example").is_none());
        drop(taken);
    }
}
