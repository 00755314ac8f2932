//! Names become addresses here, and are judged in the same breath: the address that was looked at is the one
//! connected to, so that a name cannot change its mind in between.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use super::address;
use super::error::{Fault, Unresolved};
use super::target::Exempt;

/// The system's resolver cannot be interrupted. Lookups that hang hold on to their place, and no more threads.
const LOOKUPS: usize = 16;

/// The system's resolver behind the guard.
pub(super) struct Guarded {
    exempt: Arc<Exempt>,
    places: Arc<Semaphore>,
}

impl Guarded {
    pub(super) fn new(exempt: Arc<Exempt>) -> Self {
        Self { exempt, places: Arc::new(Semaphore::new(LOOKUPS)) }
    }
}

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let (exempt, places) = (self.exempt.clone(), self.places.clone());
        Box::pin(async move {
            let place = places.acquire_owned().await?;
            let host = name.as_str().to_owned();
            let found = spawn_blocking(move || {
                let _place = place;
                (host, 0).to_socket_addrs()
            });
            let found = judged(found.await?, exempt.has(name.as_str())).map_err(Unresolved)?;
            let addresses: Addrs = Box::new(found.into_iter());
            Ok(addresses)
        })
    }
}

/// All of the addresses, or none when one of them is not public: whether somebody is asked shall not hang on which of
/// their addresses happens to answer, and an honest name on the internet has no private one.
fn judged(
    found: io::Result<impl Iterator<Item = SocketAddr>>,
    is_exempt: bool,
) -> Result<Vec<SocketAddr>, Fault> {
    let found: Vec<_> = found.map_err(|error| Fault::Lookup(error.to_string()))?.collect();
    match found.iter().find(|found| !address::is_public(found.ip())) {
        Some(inside) if !is_exempt => Err(Fault::Address(inside.ip())),
        _ if found.is_empty() => Err(Fault::Lookup("it has no address".to_owned())),
        _ => Ok(found),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(addresses: &[&str]) -> io::Result<impl Iterator<Item = SocketAddr>> {
        let addresses: Vec<_> =
            addresses.iter().map(|text| SocketAddr::new(text.parse().unwrap(), 0)).collect();
        Ok(addresses.into_iter())
    }

    #[test]
    fn one_private_address_spoils_the_name() {
        assert_eq!(judged(found(&["1.1.1.1", "2606:4700::1"]), false).unwrap().len(), 2);
        for addresses in
            [&["10.0.0.1"][..], &["1.1.1.1", "10.0.0.1"], &["::1", "1.1.1.1"], &["::ffff:10.0.0.1"]]
        {
            let fault = judged(found(addresses), false).unwrap_err();
            assert!(matches!(fault, Fault::Address(_)), "{addresses:?}");
            assert_eq!(judged(found(addresses), true).unwrap().len(), addresses.len(), "exempt");
        }
    }

    #[test]
    fn a_name_without_address_leads_nowhere() {
        assert!(matches!(judged(found(&[]), true), Err(Fault::Lookup(_))));
        let failed: io::Result<std::vec::IntoIter<SocketAddr>> = Err(io::Error::other("no such name"));
        assert_eq!(judged(failed, false), Err(Fault::Lookup("no such name".into())));
    }
}
