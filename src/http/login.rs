//! `/login`: who is it? And `/login/account`: which of those who are signed in here goes on?

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Query;
use serde::Deserialize;

use super::app::{App, AppData};
use super::browser::Browser;
use super::error::Result;
use super::form::Posted;
use super::html::{View, see_other};
use super::pages::gate::{Account, AccountChooser, Asker, FailedTry, Login, LoginPaused};
use super::pages::{self, Avatar, Errors};
use super::protocol::authorize::{self, Waiting};
use super::sign_in::{self, Attempt, Outcome};
use crate::oidc::client::Origin;
use crate::oidc::secret;
use crate::oidc::time::UnixTime;
use crate::store::sessions::SignedIn;
use crate::store::{flows, sessions};

#[derive(Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    flow: String,
    #[serde(default)]
    next: String,
}

/// `GET /login?flow=…` or `?next=/…`
pub async fn show(app: AppData, browser: Browser, asked: Query<Asked>) -> Result<HttpResponse> {
    let waiting = authorize::find_flow(&app, &browser, &asked.flow).await?;
    let hint = waiting.as_ref().and_then(|waiting| waiting.request.login_hint.clone());
    let page = page(&app, &asked, waiting.as_ref(), hint.unwrap_or_default());
    view(View::new(), waiting.as_ref()).show(&app, &browser, &page)
}

#[derive(Deserialize)]
pub struct Typed {
    #[serde(default)]
    username: String,
    #[serde(default)]
    password: String,
    remember: Option<String>,
    #[serde(flatten)]
    asked: Asked,
}

/// `POST /login`
pub async fn create(app: AppData, browser: Browser, Posted(typed): Posted<Typed>) -> Result<HttpResponse> {
    let waiting = authorize::find_flow(&app, &browser, &typed.asked.flow).await?;
    let mut errors = Errors::default();
    if typed.username.trim().is_empty() {
        errors.add("username", "Enter your email or username.");
    }
    if typed.password.is_empty() {
        errors.add("password", "Enter your password.");
    }
    let remember = typed.remember.is_some();
    if !errors.is_empty() {
        let page = Login { errors, remember, ..page(&app, &typed.asked, waiting.as_ref(), typed.username) };
        return view(View::unprocessable(), waiting.as_ref()).show(&app, &browser, &page);
    }
    let attempt = Attempt {
        username: typed.username.clone(),
        password: typed.password,
        is_remembered: remember,
        flow: waiting.as_ref().map(|waiting| waiting.key.clone()),
    };
    match sign_in::attempt(&app, &browser, attempt).await? {
        Outcome::SignedIn => Ok(see_other(&onward(&app, &typed.asked, waiting.as_ref()))),
        Outcome::Wrong { tries_left } => {
            let pause_minutes = u32::try_from((app.config.throttle.pause + 59) / 60).unwrap_or(u32::MAX);
            let page = Login {
                failed: Some(FailedTry { tries_left, pause_minutes }),
                errors: Errors::from_iter([("password", "Enter your password again.")]),
                remember,
                ..page(&app, &typed.asked, waiting.as_ref(), typed.username)
            };
            view(View::unprocessable(), waiting.as_ref()).show(&app, &browser, &page)
        }
        Outcome::Paused { until, is_account } => {
            let username = is_account.then_some(typed.username);
            paused(&app, &browser, Pause { asked: &typed.asked, waiting: waiting.as_ref(), username, until })
        }
    }
}

struct Pause<'a> {
    asked: &'a Asked,
    waiting: Option<&'a Waiting>,
    username: Option<String>,
    until: UnixTime,
}

/// The same whether or not there is such an account.
fn paused(app: &App, browser: &Browser, pause: Pause) -> Result<HttpResponse> {
    let seconds = pause.until.since(app.now()).max(1);
    let (clock, minutes) = (pause.until.to_string(), (seconds + 59) / 60);
    let page = LoginPaused {
        asker: pause.waiting.map(|waiting| asker(app, waiting)),
        username: pause.username,
        until_iso: format!("{}Z", clock.replace(' ', "T")),
        until: format!("{} UTC", &clock[11..16]),
        wait: if minutes == 1 { "1 minute".into() } else { format!("{minutes} minutes") },
        login_url: login_url(app, pause.asked),
        request_id: browser.request_id(),
    };
    let mut answer =
        view(View::new().status(StatusCode::TOO_MANY_REQUESTS), pause.waiting).show(app, browser, &page)?;
    answer.headers_mut().insert(actix_web::http::header::RETRY_AFTER, seconds.into());
    Ok(answer)
}

/// `GET /login/account?flow=…`
pub async fn choose(app: AppData, browser: Browser, asked: Query<Asked>) -> Result<HttpResponse> {
    let Some(waiting) = authorize::find_flow(&app, &browser, &asked.flow).await? else {
        return Ok(see_other(&login_url(&app, &asked)));
    };
    let accounts = signed_in_here(&app, &browser).await?;
    let account = |(index, own): (usize, &SignedIn)| Account {
        value: index.to_string(),
        name: own.user.display_name().to_owned(),
        detail: own.user.profile.email.clone().unwrap_or_else(|| own.user.username.clone()),
        avatar: Avatar::of(own.user.display_name()),
        is_signed_in: true,
    };
    let page = AccountChooser {
        action: app.path("/login/account"),
        flow: asked.flow.clone(),
        asker: Some(asker(&app, &waiting)),
        accounts: accounts.iter().enumerate().map(account).collect(),
    };
    view(View::new(), Some(&waiting)).show(&app, &browser, &page)
}

#[derive(Deserialize)]
pub struct Chosen {
    #[serde(default)]
    account: String,
    flow: String,
}

/// `POST /login/account`
pub async fn save_choice(
    app: AppData,
    browser: Browser,
    Posted(chosen): Posted<Chosen>,
) -> Result<HttpResponse> {
    let key = authorize::flow_key(&app, &browser, chosen.flow.clone())?;
    let accounts = signed_in_here(&app, &browser).await?;
    let own = chosen.account.parse().ok().and_then(|index: usize| accounts.get(index));
    let Some(own) = own else {
        return Ok(see_other(&login_url(&app, &Asked { flow: chosen.flow, next: String::new() })));
    };
    let resumed = app.path(&format!("/authorize/{}", key.id));
    app.store.write(move |db| flows::note_choice(db, &key)).await?;
    browser.sign_in(&own.session.sid);
    Ok(see_other(&resumed))
}

/// Everybody who is signed in in this browser, whoever went on last first.
async fn signed_in_here(app: &App, browser: &Browser) -> Result<Vec<SignedIn>> {
    let (sids, now) = (browser.sids(), app.now());
    let found = app.store.read(move |db| {
        let found = sids.iter().map(|sid| sessions::find(db, sid, now));
        found.filter_map(Result::transpose).collect::<Result<Vec<_>, crate::store::Error>>()
    });
    Ok(found.await?)
}

fn page(app: &App, asked: &Asked, waiting: Option<&Waiting>, username: String) -> Login {
    Login {
        action: app.path("/login"),
        flow: asked.flow.clone(),
        next: asked.next.clone(),
        asker: waiting.map(|waiting| asker(app, waiting)),
        username,
        remember: false,
        failed: None,
        errors: Errors::default(),
    }
}

/// The app that asks, in people's words.
pub fn asker(app: &App, waiting: &Waiting) -> Asker {
    let client = &waiting.client;
    Asker {
        app: pages::App::new(&client.name, app.logo_url(client)),
        policy_url: client.policy_uri.clone(),
        tos_url: client.tos_uri.clone(),
        host: authorize::host_of(&waiting.request.reply_to.redirect_uri),
        is_registered: client.origin == Origin::Registration,
    }
}

fn view<'a>(view: View<'a>, waiting: Option<&Waiting>) -> View<'a> {
    view.form_may_reach(waiting.map(|waiting| waiting.request.reply_to.redirect_uri.as_str()))
}

/// Where somebody goes on who has signed in.
fn onward(app: &App, asked: &Asked, waiting: Option<&Waiting>) -> String {
    match waiting {
        Some(waiting) => app.path(&format!("/authorize/{}", waiting.key.id)),
        None if is_local(app, &asked.next) => asked.next.clone(),
        None => app.path("/account"),
    }
}

/// Whether `next` is a page of ours, and not a way out.
fn is_local(app: &App, next: &str) -> bool {
    let is_path = next.bytes().all(|b| b.is_ascii_graphic() && b != b'\\') && !next.starts_with("//");
    is_path && next.starts_with(&app.path("/"))
}

/// The sign-in page that goes on to the same place.
fn login_url(app: &App, asked: &Asked) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in [("flow", &asked.flow), ("next", &asked.next)] {
        if !value.is_empty() {
            query.append_pair(name, value);
        }
    }
    let query = query.finish();
    if query.is_empty() { app.path("/login") } else { format!("{}?{query}", app.path("/login")) }
}

/// The sign-in page that leads to `path` of ours afterwards.
pub fn login_url_to(app: &App, path: &str) -> String {
    login_url(app, &Asked { flow: String::new(), next: path.to_owned() })
}

/// The name under which failures for `username` are counted; not the name itself, which may be a password typed in
/// the wrong field.
pub fn throttle_name(username: &str) -> String {
    format!("account:{}", secret::hash(&crate::oidc::user::fold(username)))
}
