//! The cookie by which the check-session iframe sees whether somebody else, or nobody, is signed in by now
//! (OpenID Connect Session Management 1.0, 3.2).

use actix_web::body::MessageBody;
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;

use super::app::{App, AppData};
use super::browser::Browser;
use super::error::Result;
use crate::dice;
use crate::oidc::browser_state::{Told, browser_state};
use crate::oidc::secret;
use crate::store::sessions;

/// `session_state` for the client and the URI that its answer goes to.
pub fn session_state(app: &App, browser: &Browser, (client_id, uri): (&str, &str)) -> Option<String> {
    if !app.config.features.session_management {
        return None;
    }
    let (state, salt) = (current(app, browser), secret::opaque(dice::bytes()));
    Told { client_id, redirect_uri: uri, browser_state: &state, salt: &salt }.session_state()
}

/// Lets the browser go of its session where that has ended, so that its state changes too.
pub async fn forget_what_ended(app: &App, browser: &Browser) -> Result<()> {
    let (Some(sid), now) = (browser.sid(), app.now()) else { return Ok(()) };
    let own = {
        let sid = sid.clone();
        app.store.read(move |db| sessions::find(db, &sid, now)).await?
    };
    if own.is_none() {
        browser.forget(&sid);
    }
    Ok(())
}

/// Sends the cookie where the browser has none, or another one, and where that is known: without the session's cookie,
/// whoever is signed in looks like a stranger to a request that another site has their browser make. Such an answer sets
/// no cookie, the session's neither.
pub async fn keep<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> actix_web::Result<ServiceResponse<B>> {
    let mut response = next.call(request).await?;
    let request = response.request();
    let app = request.app_data::<AppData>().expect("every scope has the app").clone();
    let (name, browser) = (&app.config.cookies.browser_state, Browser::of(request));
    let own = request.cookie(name);
    if browser.sid().is_none() && !browser.has_cookie(&app) {
        match browser.withholds_cookie() {
            Some(true) => {
                browser.sign_out();
                return Ok(response);
            }
            None if own.is_some() => return Ok(response),
            _ => {}
        }
    }
    let state = current(&app, &browser);
    if !app.config.features.session_management || own.is_some_and(|cookie| cookie.value() == state) {
        return Ok(response);
    }
    let is_https = app.config.issuer.is_https();
    let cookie = Cookie::build(name.clone(), state)
        .path("/")
        // The frame stands in pages of other sites. Browsers take `None` over https only.
        .same_site(if is_https { SameSite::None } else { SameSite::Lax })
        .secure(is_https)
        .max_age(Duration::seconds(app.config.lifetimes.session_max))
        .finish();
    response.response_mut().add_cookie(&cookie)?;
    Ok(response)
}

fn current(app: &App, browser: &Browser) -> String {
    browser_state(&app.store.vault().browser_state_key(), browser.sid().as_deref())
}
