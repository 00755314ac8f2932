//! Why nothing came of asking somebody: one sentence for the log, and one for strangers.

use std::error::Error as _;
use std::fmt;
use std::net::IpAddr;

/// Displayed it is the sentence for the log, which may hold addresses of one's own network; [`Error::public`] is the
/// one for clients and their developers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// As it stands in the URL; empty where the URL was none.
    pub host: String,
    pub fault: Fault,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The URL is not one that Cardea asks, with the reason.
    Url(&'static str),
    /// The host is, or leads to, an address that is not public.
    Address(IpAddr),
    /// The name leads nowhere.
    Lookup(String),
    /// There is no connection, or no trust in its certificate.
    Connect(String),
    /// Too slow, after so many milliseconds.
    Timeout(u128),
    /// More than so many bytes.
    TooLarge(usize),
    /// So many requests to others are under way that this one found no place.
    Busy,
    /// The answer broke off or was no HTTP.
    Broken(String),
    /// Another status than the one hoped for.
    Status(u16),
    /// The answer is complete and yet of no use, with the reason.
    Content(String),
}

impl Error {
    pub(super) fn new(host: &str, fault: Fault) -> Self {
        Self { host: host.to_owned(), fault }
    }

    /// Sorts what the HTTP library says.
    pub(super) fn from_reqwest(host: &str, error: &reqwest::Error) -> Self {
        let mut causes = vec![error.to_string()];
        let mut next = error.source();
        while let Some(cause) = next {
            if let Some(refused) = cause.downcast_ref::<Unresolved>() {
                return Self::new(host, refused.0.clone());
            }
            causes.push(cause.to_string());
            next = cause.source();
        }
        // The first says only which URL it was, and that may hold what is nobody's business.
        let text = causes.split_off(1.min(causes.len() - 1)).join(": ");
        let fault = if error.is_connect() { Fault::Connect(text) } else { Fault::Broken(text) };
        Self::new(host, fault)
    }

    /// Nobody was asked: it says nothing about the host, and soon may go better.
    pub fn is_busy(&self) -> bool {
        self.fault == Fault::Busy
    }

    /// What a client or its developer may know. A name that leads into one's own network reads like one that leads
    /// nowhere, so that nobody can feel their way through it.
    pub fn public(&self) -> String {
        let host = &self.host;
        match &self.fault {
            Fault::Address(_) | Fault::Lookup(_) => format!("{host} does not lead to a public address"),
            Fault::Connect(_) => {
                format!("{host} could not be connected to over TLS with a certificate that is trusted here")
            }
            Fault::Broken(_) => format!("the answer of {host} broke off or is not HTTP"),
            Fault::Url(_)
            | Fault::Timeout(_)
            | Fault::TooLarge(_)
            | Fault::Busy
            | Fault::Status(_)
            | Fault::Content(_) => self.to_string(),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = &self.host;
        match &self.fault {
            Fault::Url(why) => write!(f, "the URL {why}"),
            Fault::Address(address) => write!(
                f,
                "{host} leads to {address}, which is not a public address; if it shall be asked nevertheless, name \
                 the host in outbound_exempt_hosts"
            ),
            Fault::Lookup(cause) => write!(f, "{host} could not be looked up: {cause}"),
            Fault::Connect(cause) => write!(f, "{host} could not be connected to: {cause}"),
            Fault::Timeout(milliseconds) => write!(f, "{host} did not answer within {milliseconds} ms"),
            Fault::TooLarge(bytes) => write!(f, "{host} answered with more than {bytes} bytes"),
            Fault::Busy => write!(f, "too many requests to others are under way; {host} was not asked"),
            Fault::Broken(cause) => write!(f, "the answer of {host} broke off: {cause}"),
            Fault::Status(status) => write!(f, "{host} answered with status {status}"),
            Fault::Content(why) => write!(f, "what {host} answered is of no use: {why}"),
        }
    }
}

impl std::error::Error for Error {}

/// What the resolver found instead of addresses, on its way through the HTTP library.
#[derive(Debug)]
pub(super) struct Unresolved(pub(super) Fault);

impl fmt::Display for Unresolved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name leads to no address that may be asked")
    }
}

impl std::error::Error for Unresolved {}

/// Why the client could not be made.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("outbound_trust_anchors: {0}; write the path of a file with certificates as PEM")]
    TrustAnchors(String),
    #[error("the client for requests to others could not be made: {0}")]
    Client(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strangers_learn_nothing_about_addresses_and_causes() {
        let address = Fault::Address("10.1.2.3".parse().unwrap());
        let lookup = Fault::Lookup("Name or service not known".into());
        let [inside, nowhere] = [address, lookup].map(|fault| Error::new("db.example", fault));
        assert!(inside.to_string().contains("10.1.2.3"));
        assert_eq!(inside.public(), nowhere.public());
        for fault in [Fault::Connect("10.1.2.3 refused".into()), Fault::Broken("10.1.2.3 reset".into())] {
            let error = Error::new("db.example", fault);
            assert!(error.to_string().contains("10.1.2.3") && !error.public().contains("10.1.2.3"));
        }
    }
}
