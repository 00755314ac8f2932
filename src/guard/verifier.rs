//! Who knows what a token is worth.

use futures_util::future::BoxFuture;

use super::token::Token;
use crate::oidc::time::UnixTime;
use crate::outbound;

/// The token if it is good, `None` if it is not, and a fault where nobody could tell.
pub type Verdict = Result<Option<Token>, Fault>;

/// Judges tokens: [`Remote`](super::Remote), [`Jwt`](super::Jwt), or one of your own.
///
/// Whether the token is meant for this API, lasts, and has the scopes needed is not its business: the guard looks at
/// that for every verifier.
pub trait Verifier: Send + Sync + 'static {
    fn verify<'a>(&'a self, token: &'a str, now: UnixTime) -> BoxFuture<'a, Verdict>;
}

/// Why nobody could tell. It goes into the log; whoever sent the request is answered with 503.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Fault(pub String);

impl From<outbound::Error> for Fault {
    fn from(error: outbound::Error) -> Self {
        Self(error.to_string())
    }
}
