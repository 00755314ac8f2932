//! `/authorize` (RFC 6749 3.1, OpenID Connect Core 3.1.2).
//!
//! One way through: the request is checked, the next step is found, and that is a page or the answer. When a page is
//! needed the request waits as a *flow*, and each page returns the browser to `/authorize/{flow}`, which is the same
//! request again with what the person has done for it.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::web::Path;
use actix_web::{HttpRequest, HttpResponse};

use super::attempt::{Attempt, Decided, Granted, Secrets};
use super::issue::{self, Along, Issue};
use super::present::Present;
use super::request_object;
use crate::dice;
use crate::http::app::{App, AppData};
use crate::http::browser::Browser;
use crate::http::browser_state;
use crate::http::client_keys::{self, Sealing};
use crate::http::error::{Abort, Error, Result};
use crate::http::hint;
use crate::http::html::{self, View, see_other};
use crate::http::pages;
use crate::http::pages::gate::{ErrorPage, FormPost, Hidden, Trouble};
use crate::http::refused;
use crate::oidc::authorize::{Ground, Met, Params, Request, Step};
use crate::oidc::client::Client;
use crate::oidc::error::{Code, Refusal};
use crate::oidc::response::{Delivery, Parameters};
use crate::oidc::scope::Scope;
use crate::oidc::secret;
use crate::store::flows;

/// Seconds that a person has for all pages of one request.
const PATIENCE: i64 = 3600;

/// `GET /authorize`
pub async fn show(app: AppData, browser: Browser, request: HttpRequest) -> Result<HttpResponse> {
    begin(&app, &browser, request.query_string().as_bytes()).await
}

/// A request as it came, form-encoded.
pub async fn begin(app: &AppData, browser: &Browser, encoded: &[u8]) -> Result<HttpResponse> {
    let asked = Asked { params: Params::read(encoded)?, met: Met::default(), flow: None };
    answer(app, browser, asked).await
}

/// `GET /authorize/{flow}`: the browser comes back from one of our pages.
pub async fn resume(app: AppData, browser: Browser, flow: Path<String>) -> Result<HttpResponse> {
    let key = flow_key(&app, &browser, flow.into_inner())?;
    let found = {
        let key = key.clone();
        app.store.read(move |db| flows::find(db, &key)).await?
    };
    let flow = found.ok_or(OVER)?;
    let asked = Asked { params: Params::parse(flow.params.as_bytes()), met: flow.met, flow: Some(key) };
    answer(&app, &browser, asked).await
}

pub const OVER: Error =
    Error::Over("this sign-in took too long or was finished already; start again from the app");

/// The key of a waiting request, as far as this browser could have one.
pub fn flow_key(app: &App, browser: &Browser, id: String) -> Result<flows::Key> {
    let browser_hash = browser.known_id_hash().ok_or(OVER)?;
    Ok(flows::Key { id, browser_hash, now: app.now() })
}

/// A waiting request with its client, for the pages on its way. `None` where it no longer waits in this browser.
pub async fn find_flow(app: &App, browser: &Browser, id: &str) -> Result<Option<Waiting>> {
    let Some(browser_hash) = browser.known_id_hash() else { return Ok(None) };
    let key = flows::Key { id: id.to_owned(), browser_hash, now: app.now() };
    let found = {
        let key = key.clone();
        app.store.read(move |db| flows::find(db, &key)).await?
    };
    let Some(flow) = found else { return Ok(None) };
    let params = Params::parse(flow.params.as_bytes());
    let client = client_of(app, &params).await?;
    // It was checked when it began to wait; what has become wrong since is told by `/authorize`.
    let Ok(request) = check(app, &params, client.as_deref())? else { return Ok(None) };
    Ok(client.map(|client| Waiting { key, client, request, met: flow.met }))
}

pub struct Waiting {
    pub key: flows::Key,
    pub client: Arc<Client>,
    pub request: Request,
    pub met: Met,
}

/// A request as it stands.
struct Asked {
    params: Params,
    met: Met,
    /// Set where it has waited already.
    flow: Option<flows::Key>,
}

async fn answer(app: &AppData, browser: &Browser, mut asked: Asked) -> Result<HttpResponse> {
    let client = client_of(app, &asked.params).await?;
    // What waited has been read before.
    if asked.flow.is_none() {
        request_object::resolve(app, &mut asked.params, client.as_deref()).await?;
        hint::open(app, client.as_deref(), &mut asked.params.id_token_hint)?;
    }
    let request = match check(app, &asked.params, client.as_deref())? {
        Ok(request) => request,
        Err(refusal) => {
            let refused = Refused { refusal, asked: &asked.params, client: client.as_deref() };
            return refuse(app, browser, &refused).await;
        }
    };
    let client = client.expect("a checked request has a client");
    let how = client.options.id_token_encryption.filter(|_| request.response_type.id_token);
    let sealing = client_keys::sealing(app, &client, how).await?;
    let hindrance = sealing.as_ref().err().cloned();
    let decided = take_step(app, browser, (client.clone(), request.clone(), hindrance), &asked).await;
    if asks_for_a_sign_in(&decided) {
        browser_state::forget_what_ended(app, browser).await?;
    }
    match decided {
        Ok(Decided::Granted(granted)) => {
            let issued = Issued { request: &request, granted: *granted, sealing: sealing? };
            let parameters = parameters(app, &client, &asked.params, issued).await?;
            deliver(app, browser, &client, request.reply_to.deliver(parameters, app.issuer()))
        }
        Ok(Decided::Page(step)) => {
            let flow = match &asked.flow {
                Some(flow) => flow.id.clone(),
                None => wait(app, browser, &asked).await?,
            };
            Ok(see_other(&page_for(app, &step, &flow)))
        }
        Err(Error::Refusal(refusal)) => {
            refuse(app, browser, &Refused { refusal, asked: &asked.params, client: Some(&client) }).await
        }
        Err(error) => Err(error),
    }
}

fn asks_for_a_sign_in(decided: &Result<Decided>) -> bool {
    match decided {
        Ok(Decided::Page(step)) => *step == Step::Login,
        Err(Error::Refusal(refusal)) => refusal.code == Code::LoginRequired,
        _ => false,
    }
}

async fn client_of(app: &App, params: &Params) -> Result<Option<Arc<Client>>> {
    match &params.client_id {
        Some(id) => Ok(app.store.client(id).await?),
        None => Ok(None),
    }
}

fn check(app: &App, params: &Params, client: Option<&Client>) -> Result<Result<Request, Refusal>> {
    let catalogue = app.store.catalogue();
    let hinted = client.filter(|_| params.id_token_hint.is_some());
    let ground = Ground {
        client,
        scopes: &catalogue.scopes,
        keys: &catalogue.keys,
        secrets: &client_keys::id_token_secrets(app, hinted)?,
        issuer: app.issuer(),
        features: app.features(),
    };
    Ok(Request::check(params, &ground))
}

async fn take_step(
    app: &AppData,
    browser: &Browser,
    (client, request, hindrance): (Arc<Client>, Request, Option<Refusal>),
    asked: &Asked,
) -> Result<Decided> {
    let now = app.now();
    let attempt = Attempt {
        app: app.clone(),
        client,
        request,
        met: asked.met.clone(),
        waited: asked.flow.clone(),
        present: Present::of(browser),
        secrets: Secrets::new(now),
        hindrance,
        now,
    };
    app.store.write(move |db| attempt.run(db)).await.map_err(|abort| match abort {
        Abort::NotFound => OVER,
        abort => abort.into(),
    })
}

/// What was granted, and what it takes to tell the client.
struct Issued<'a> {
    request: &'a Request,
    granted: Granted,
    sealing: Option<Sealing>,
}

/// What the client gets (RFC 6749 4.1.2, 4.2.2, OpenID Connect Core 3.2.2.5, 3.3.2.5); `state` and `iss` come with
/// every answer. Signed here, after the transaction.
async fn parameters(
    app: &App,
    client: &Client,
    asked: &Params,
    Issued { request, granted, sealing }: Issued<'_>,
) -> Result<Parameters> {
    let scope = &granted.grant.scope;
    let issue = Issue {
        app,
        client,
        grant: &granted.grant,
        user: &granted.user,
        scope,
        resources: &granted.grant.resources,
        now: granted.grant.created_at,
    };
    let mut parameters = Parameters::new();
    let access_token = match &granted.handle {
        Some(handle) => Some(issue.access_token(handle).await?),
        None => None,
    };
    if let Some(access_token) = &access_token {
        parameters.push(("access_token", access_token.clone()));
        parameters.push(("token_type", "Bearer".to_owned()));
        parameters.push(("expires_in", issue::access_lifetime(app, client).to_string()));
        // RFC 6749 4.2.2: told where it is not the one that was asked for.
        if asked.scope.as_deref().and_then(Scope::parse).as_ref() != Some(scope) {
            parameters.push(("scope", scope.to_string()));
        }
    }
    if request.response_type.id_token {
        let along = Along {
            nonce: request.nonce.clone(),
            access_token: access_token.as_deref(),
            code: granted.code.as_deref(),
        };
        parameters.push(("id_token", issue.id_token(along, sealing.as_ref()).await?));
    }
    parameters.extend(granted.code.map(|code| ("code", code)));
    Ok(parameters)
}

/// Keeps the request until its person has done what is needed; gives the flow's id.
async fn wait(app: &AppData, browser: &Browser, asked: &Asked) -> Result<String> {
    let now = app.now();
    let id = secret::opaque(dice::bytes());
    let key = flows::Key { id: id.clone(), browser_hash: browser.id_hash(), now };
    // Not as it came: what its request object said is in its place.
    let text = asked.params.encode();
    app.store.write(move |db| flows::add(db, &key, &text, now.plus(PATIENCE))).await?;
    Ok(id)
}

fn page_for(app: &App, step: &Step, flow: &str) -> String {
    let page = match step {
        Step::Login => "/login",
        Step::ChooseAccount => "/login/account",
        Step::Consent | Step::Grant => "/consent",
    };
    format!("{}?flow={flow}", app.path(page))
}

fn deliver(app: &App, browser: &Browser, client: &Client, delivery: Delivery) -> Result<HttpResponse> {
    // OpenID Connect Session Management 1.0, 2: in every answer, whatever it says.
    let delivery = match browser_state::session_state(app, browser, (&client.id, delivery.uri())) {
        Some(session_state) => delivery.with("session_state", session_state),
        None => delivery,
    };
    match delivery {
        Delivery::Redirect(location) => Ok(see_other(&location)),
        Delivery::FormPost { action, fields } => {
            let page = FormPost {
                app: pages::App::new(&client.name, app.logo_url(client)),
                host: host_of(&action),
                fields: fields.into_iter().map(|(name, value)| Hidden { name: name.into(), value }).collect(),
                action: action.clone(),
            };
            View::new().form_may_reach(Some(&action)).show(app, browser, &page)
        }
    }
}

/// The part of a redirect URI that people know: its host, or the scheme of an app on their device.
pub fn host_of(uri: &str) -> String {
    let url = url::Url::parse(uri).ok();
    let host = url.as_ref().and_then(|url| url.host_str().or(Some(url.scheme())));
    host.unwrap_or_default().to_owned()
}

/// A refusal with what is known about where it came from.
struct Refused<'a> {
    refusal: Refusal,
    asked: &'a Params,
    client: Option<&'a Client>,
}

/// Tells the client where that is safe, and the person where it is not.
async fn refuse(app: &App, browser: &Browser, refused: &Refused<'_>) -> Result<HttpResponse> {
    let refusal = &refused.refusal;
    if refusal.code == Code::TemporarilyUnavailable && refusal.reply_to.is_none() {
        return Err(refusal.clone().into());
    }
    tracing::info!(
        request = %browser.request_id(), client = refused.asked.client_id.as_deref().unwrap_or_default(),
        error = refusal.code.as_str(), reason = %refusal.description, "an authorization request was refused"
    );
    if let (Some(reply_to), Some(client)) = (&refusal.reply_to, refused.client) {
        return deliver(app, browser, client, reply_to.refuse(refusal, app.issuer()));
    }
    let event = refused::Refused {
        client: refused.client,
        client_id: refused.asked.client_id.as_deref(),
        redirect_uri: refused.asked.redirect_uri.as_deref(),
        reason: &refusal.description,
    };
    let event = event.event(browser.event(app, "", ""));
    app.store.write(move |db| refused::note(db, &event)).await?;
    let name = refused.client.map(|client| client.name.as_str());
    let page = ErrorPage {
        trouble: Trouble::Refused,
        app: refused.client.and_then(|client| {
            client.client_uri.as_ref().map(|url| pages::Link { name: client.name.clone(), url: url.clone() })
        }),
        message: format!("{} sent a request that cannot be trusted.", name.unwrap_or("The app")),
        request_id: browser.request_id(),
        error: refusal.code.as_str().to_owned(),
        description: refusal.description.clone().into_owned(),
        client_id: refused.asked.client_id.clone(),
        received: refused.asked.redirect_uri.clone(),
        endpoint: format!("{} /authorize", browser.request().method()),
        time: app.now().to_string(),
    };
    Ok(html::bare(app, html::theme(app, browser.request()), &page, StatusCode::BAD_REQUEST))
}
