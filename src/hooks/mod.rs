//! Floor 2: hooks, which are https URLs of the operator's own services that are asked or told when something happens.
//!
//! Every call is a POST of `{"type", "timestamp", "data"}`, signed by the scheme of Standard Webhooks 1.0, and goes
//! through [`Outbound`] with its bounds. A hook that is asked ([`Hooks::introspection`]) must answer before anybody is
//! answered, and where it does not, nobody is. A hook that is told ([`Hooks::deliver`]) waits in the store's outbox, so
//! that nobody waits for it. A new hook is a setting, a struct with its `data`, and one of these two.

mod end_session;
mod signature;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::config;
use crate::dice;
use crate::oidc::introspection::{Amended, amend};
use crate::oidc::secret;
use crate::oidc::time::UnixTime;
use crate::outbound::{Error, Fetched, JsonPost, Outbound, Wanted};

pub use end_session::EndedSession;

use signature::Signed;

/// The hooks that are configured.
pub struct Hooks {
    settings: config::Hooks,
    outbound: Outbound,
}

/// What all calls have in common.
#[derive(Serialize)]
struct Event<T> {
    r#type: &'static str,
    timestamp: String,
    data: T,
}

impl<T: Serialize> Event<T> {
    fn body(r#type: &'static str, data: T, now: UnixTime) -> String {
        let event = Self { r#type, timestamp: now.rfc3339(), data };
        serde_json::to_string(&event).expect("texts and numbers have a JSON form")
    }
}

/// An active token, before `/introspect` says so.
#[derive(Serialize)]
pub struct Introspected<'a> {
    /// The client that asks.
    pub caller: &'a str,
    /// The client that the token was issued to.
    pub client_id: &'a str,
    /// The answer so far.
    pub answer: Map<String, Value>,
}

impl Hooks {
    pub const fn new(settings: config::Hooks, outbound: Outbound) -> Self {
        Self { settings, outbound }
    }

    pub const fn wants_introspection(&self) -> bool {
        !self.settings.introspection.is_empty()
    }

    /// Who is told that a session has ended.
    pub fn of_end_session(&self) -> &[String] {
        &self.settings.end_session
    }

    /// The answer as the chain leaves it; none where the token shall count as dead.
    pub async fn introspection(
        &self,
        mut token: Introspected<'_>,
        now: UnixTime,
    ) -> Result<Option<Map<String, Value>>, Error> {
        for url in &self.settings.introspection {
            let body = Event::body("introspection", &token, now);
            let fetched = self.ask(url, &body, now).await?;
            let Some(wish) = wish(&fetched)? else { continue };
            match amend(&token.answer, wish).map_err(|why| fetched.useless(why))? {
                Amended::Live(answer) => token.answer = answer,
                Amended::Dead => return Ok(None),
            }
        }
        Ok(Some(token.answer))
    }

    /// Sends a message of the outbox; `id` is the same at each attempt.
    pub async fn deliver(
        &self,
        url: &str,
        (id, body): (&str, &str),
        now: UnixTime,
    ) -> Result<(), Undelivered> {
        if !self.settings.end_session.iter().any(|own| own == url) {
            return Err(Undelivered::Failed("this hook is not configured any more".to_owned()));
        }
        let signed = self.signed(id, body, now);
        let headers = signed.headers();
        match self.outbound.post_json(url, JsonPost { headers: &headers, body }).await {
            Ok(200..=299) => Ok(()),
            Ok(status) => Err(Undelivered::Failed(format!("it answered with status {status}"))),
            Err(error) => Err(error.into()),
        }
    }

    async fn ask(&self, url: &str, body: &str, now: UnixTime) -> Result<Fetched, Error> {
        let signed = self.signed(&secret::opaque(dice::bytes()), body, now);
        let headers = signed.headers();
        self.outbound.ask_by_json(url, JsonPost { headers: &headers, body }, Wanted::HOOK).await
    }

    fn signed(&self, id: &str, body: &str, now: UnixTime) -> Signed {
        let secret =
            self.settings.secret.as_ref().expect("a rule of the settings: no hook without its secret");
        Signed::new(secret, (id, body), now)
    }
}

/// Why a message has not arrived.
#[derive(Debug)]
pub enum Undelivered {
    /// It was not even sent, since too many others are on their way.
    Busy,
    /// What went wrong, for the operator's eyes.
    Failed(String),
}

impl From<Error> for Undelivered {
    fn from(error: Error) -> Self {
        if error.is_busy() { Self::Busy } else { Self::Failed(error.public()) }
    }
}

/// What a hook that was asked wants to have answered; none where all shall stay as it is.
fn wish(fetched: &Fetched) -> Result<Option<Map<String, Value>>, Error> {
    match (fetched.status, fetched.content_type.as_deref()) {
        (204, _) => Ok(None),
        (200, Some("application/json")) => match serde_json::from_slice(&fetched.body) {
            Ok(Value::Object(wish)) => Ok(Some(wish)),
            _ => Err(fetched.useless("it is not a JSON object")),
        },
        (200, _) => Err(fetched.useless("it is not application/json")),
        _ => Err(fetched.refused()),
    }
}
