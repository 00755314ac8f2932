//! Asks Cardea what a token is worth (RFC 7662), and remembers it for a moment.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

use super::kept::{Kept, Span};
use super::token::Token;
use super::verifier::{Fault, Verdict, Verifier};
use crate::oidc::secret;
use crate::oidc::time::UnixTime;
use crate::outbound::{ClientForm, Fetched, Outbound, Wanted};

/// Seconds for which a good token is not asked about again, unless you say otherwise.
const LASTS: i64 = 30;
/// Seconds for which a bad one is not.
const BAD_LASTS: i64 = 5;
/// How many are remembered, the good and the bad each: so strangers' guesses push out no good ones.
const ROOM: usize = 10_000;

/// Introspection with the API's own credentials at Cardea, which must be allowed to know about the tokens.
///
/// An answer is kept for 30 seconds, never beyond the token's end: so long a token that is revoked may still be good
/// here. Callers with the same token wait for one question.
pub struct Remote(Arc<Inner>);

struct Inner {
    outbound: Outbound,
    endpoint: String,
    client_id: String,
    client_secret: SecretString,
    lasts: i64,
    known: Mutex<Known>,
}

/// All by the token's hash.
struct Known {
    good: Kept<Arc<Token>>,
    bad: Kept<()>,
    asking: HashMap<String, Shared<BoxFuture<'static, Answer>>>,
}

type Answer = Result<Option<Arc<Token>>, Fault>;

impl Remote {
    /// `endpoint` is the `introspection_endpoint` of Cardea's discovery document; the client is the API itself and
    /// proves itself by `client_secret_basic`.
    pub fn new(outbound: Outbound, endpoint: &str, client_id: &str, client_secret: SecretString) -> Self {
        let known = Known { good: Kept::with_room(ROOM), bad: Kept::with_room(ROOM), asking: HashMap::new() };
        Self(Arc::new(Inner {
            outbound,
            endpoint: endpoint.into(),
            client_id: client_id.into(),
            client_secret,
            lasts: LASTS,
            known: Mutex::new(known),
        }))
    }

    /// Keeps good answers for so many seconds; 0 asks anew each time.
    #[must_use]
    pub fn lasting(self, seconds: i64) -> Self {
        let inner = Arc::into_inner(self.0).expect("nobody has cloned what is not in use yet");
        Self(Arc::new(Inner { lasts: seconds, ..inner }))
    }
}

impl Verifier for Remote {
    fn verify<'a>(&'a self, token: &'a str, now: UnixTime) -> BoxFuture<'a, Verdict> {
        let answer = self.0.answer(token, now);
        Box::pin(async move { Ok(answer.await?.map(Arc::unwrap_or_clone)) })
    }
}

impl Inner {
    /// What is known, what somebody is asking already, or a new question.
    fn answer(self: &Arc<Self>, token: &str, now: UnixTime) -> Shared<BoxFuture<'static, Answer>> {
        let hash = secret::hash(token);
        let mut known = self.known();
        if let Some(token) = known.good.find(&hash, now) {
            return std::future::ready(Ok(Some(token))).boxed().shared();
        }
        if known.bad.find(&hash, now).is_some() {
            return std::future::ready(Ok(None)).boxed().shared();
        }
        if let Some(asking) = known.asking.get(&hash) {
            return asking.clone();
        }
        let turn = Turn { inner: self.clone(), hash: hash.clone() };
        let token = token.to_owned();
        // The first who waits starts a task of its own: the others shall not lose the answer when that one goes away.
        let asking = async move {
            let task = tokio::spawn(async move { turn.take(&token, now).await });
            task.await.unwrap_or_else(|error| Err(Fault(format!("introspection ended early: {error}"))))
        };
        let asking = asking.boxed().shared();
        known.asking.insert(hash, asking.clone());
        asking
    }

    async fn ask(&self, token: &str) -> Result<Option<Token>, Fault> {
        let form = ClientForm {
            client_id: &self.client_id,
            client_secret: self.client_secret.expose_secret(),
            fields: &[("token", token), ("token_type_hint", "access_token")],
        };
        let asked = self.outbound.post_as_client(&self.endpoint, form, Wanted::INTROSPECTION).await;
        let fetched = asked.and_then(Fetched::success)?;
        let told: Map<String, Value> = serde_json::from_slice(&fetched.body)
            .map_err(|_| Fault(format!("what {} answered is not a JSON object", fetched.host)))?;
        Ok(if is_good(&told) { Token::from_claims(told).ok() } else { None })
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// RFC 7662, 2.2. Only access tokens have a `token_type`: a refresh token is nothing to show here.
fn is_good(told: &Map<String, Value>) -> bool {
    let token_type = told.get("token_type").and_then(Value::as_str);
    told.get("active") == Some(&Value::Bool(true))
        && token_type.is_some_and(|token_type| token_type.eq_ignore_ascii_case("bearer"))
}

/// A question under way; when it ends, however it does, the next one may be asked.
struct Turn {
    inner: Arc<Inner>,
    hash: String,
}

impl Turn {
    async fn take(self, token: &str, now: UnixTime) -> Answer {
        let token = self.inner.ask(token).await?.map(Arc::new);
        let mut known = self.inner.known();
        match &token {
            Some(token) => {
                let lasts = now.plus(self.inner.lasts);
                let until = token.expires_at().map_or(lasts, |end| end.min(lasts));
                known.good.keep(&self.hash, token.clone(), Span { since: now, until });
            }
            None => known.bad.keep(&self.hash, (), Span { since: now, until: now.plus(BAD_LASTS) }),
        }
        drop(known);
        Ok(token)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.inner.known().asking.remove(&self.hash);
    }
}
