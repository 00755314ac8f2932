//! Who asks? Client authentication with its limits, alike at the token endpoint, for introspection and revocation.

use std::sync::Arc;

use actix_web::HttpRequest;

use super::authorization;
use crate::http::app::{App, AppData};
use crate::http::error::{Abort, Error, Result};
use crate::http::{audit, client_address, client_keys};
use crate::oidc::client::{AuthMethod, Client};
use crate::oidc::client_assertion::{self, Assertion, Audiences};
use crate::oidc::client_auth::{Credentials, Proof};
use crate::oidc::error::{Code, Refusal};
use crate::oidc::jose::{Accept, Alg, Typ};
use crate::oidc::secret;
use crate::oidc::time::UnixTime;
use crate::oidc::token::Form;
use crate::store::audit::Event;
use crate::store::throttles::{Counted, Limit, State};
use crate::store::{self, Db, audit as store_audit, throttles, used_jwts};

/// A client that has proved itself, as soon as [`Self::enter`] has let it in.
#[derive(Clone)]
pub struct Caller {
    pub client: Arc<Client>,
    throttle: Option<String>,
    assertion: Option<Assertion>,
    now: UnixTime,
}

impl Caller {
    /// Lets the caller in, in the transaction that does what it asks for: unless its client is paused, and once for
    /// each assertion on all nodes together.
    pub fn enter(&self, db: &mut Db) -> Result<(), Abort> {
        if let Some(name) = &self.throttle
            && throttles::find(db, name, self.now)?.paused_until.is_some()
        {
            return Err(paused().into());
        }
        if let Some(assertion) = &self.assertion
            && !used_jwts::spend(db, &assertion.jti_hash, assertion.expires_at)?
        {
            return Err(
                invalid_client("this assertion was used before; sign a new one for each request").into()
            );
        }
        Ok(())
    }
}

/// Lets a caller in who changes nothing else, so that only an assertion costs a transaction.
pub async fn admit(app: &AppData, caller: &Caller) -> Result<()> {
    let own = caller.clone();
    if caller.assertion.is_some() {
        app.store.write(move |db| own.enter(db)).await?;
    } else {
        app.store.read(move |db| own.enter(db)).await?;
    }
    Ok(())
}

/// The client that sent `request` with the body `form`, by exactly the method that it is registered for.
pub async fn authenticate(app: &AppData, request: &HttpRequest, form: &Form<'_>) -> Result<Caller> {
    let credentials = Credentials::parse(authorization(request)?, form)?;
    let client = app.store.client(&credentials.client_id).await?;
    let throttle = throttle_name(app, request, &credentials.client_id);
    let now = app.now();
    let hash = |secret: &str| app.store.vault().secret_hash(secret);
    let proved = match (credentials.prove(client.as_deref(), hash, now), client) {
        (Err(refusal), _) => Err(refusal),
        (Ok(()), None) => return Err(Error::Fault("a client that is not there proved itself".into())),
        (Ok(()), Some(client)) => match &credentials.proof {
            Proof::Assertion(jwt) => {
                let audiences = audiences(app, request);
                verify(app, &client, jwt, &audiences).await?.map(|assertion| (client, Some(assertion)))
            }
            _ => Ok((client, None)),
        },
    };
    match proved {
        Ok((client, assertion)) => Ok(Caller { client, throttle, assertion, now }),
        Err(refusal) => {
            let event = audit::event(app, request, "client_auth_paused", credentials.client_id.clone());
            Err(note_failure(app, (throttle, event), refusal).await?)
        }
    }
}

/// The URLs by which an assertion may name us beside the issuer.
fn audiences(app: &App, request: &HttpRequest) -> Vec<String> {
    let asked = request.path().strip_prefix(app.config.prefix()).unwrap_or_default().trim_end_matches('/');
    vec![format!("{}/token", app.issuer()), format!("{}{asked}", app.issuer())]
}

/// What `jwt` is worth as an assertion of `client`.
async fn verify(
    app: &App,
    client: &Client,
    jwt: &str,
    endpoints: &[String],
) -> Result<Result<Assertion, Refusal>> {
    let is_mac = client.auth_method == AuthMethod::ClientSecretJwt;
    let fitting = if is_mac { &Alg::SYMMETRIC[..] } else { &Alg::ALL };
    let algs = client_assertion::allowed_algs(client, fitting);
    // RFC 8725 3.11: a request object of the same client, say, is no assertion.
    let accept = Accept { algs: &algs, typ: Typ::May(&["JWT", "client-authentication+jwt"]) };
    let jwt = match client_keys::verify(app, client, jwt, &accept).await? {
        Ok(jwt) => jwt,
        Err(untrusted) => {
            let text = format!("client authentication failed: {untrusted}");
            return Ok(Err(Refusal::new(Code::InvalidClient, text)));
        }
    };
    let audiences = Audiences { issuer: app.issuer(), endpoints };
    Ok(client_assertion::check(&jwt.claims, client, &audiences, app.now()))
}

/// Guessing is counted for each client and network, so that a stranger cannot lock a client out from elsewhere.
fn throttle_name(app: &App, request: &HttpRequest, client_id: &str) -> Option<String> {
    if !app.config.throttle.enabled {
        return None;
    }
    let network = client_address::network(client_address::of(app, request));
    // Hashed, since a stranger may send a name of any length.
    Some(format!("client:{}:{network}", secret::hash(client_id)))
}

/// Counts a failed authentication; gives the refusal that answers it.
async fn note_failure(
    app: &App,
    (throttle, event): (Option<String>, Event),
    refusal: Refusal,
) -> Result<Error> {
    let Some(name) = throttle.filter(|_| refusal.code == Code::InvalidClient) else {
        return Ok(refusal.into());
    };
    let settings = &app.config.throttle;
    let limit = Limit {
        failures: settings.client_failures.into(),
        pause: settings.pause,
        pause_max: settings.pause_max,
        window: settings.window,
    };
    let now = app.now();
    let is_paused = app
        .store
        .write(move |db| {
            Ok::<_, store::Error>(match throttles::note_failure(db, &name, &limit, now)? {
                Counted::Now(State { paused_until: None, .. }) => false,
                Counted::Now(_) => {
                    // Told once a pause, not once a guess.
                    store_audit::add(db, &event)?;
                    true
                }
                Counted::Paused(_) => true,
            })
        })
        .await?;
    Ok(if is_paused { paused().into() } else { refusal.into() })
}

fn paused() -> Refusal {
    invalid_client("too many failed authentications; wait some minutes and try again")
}

fn invalid_client(text: &'static str) -> Refusal {
    Refusal::new(Code::InvalidClient, text)
}
