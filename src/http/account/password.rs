//! `/account/password`: a new password ends every other session and every token.

use actix_web::HttpResponse;
use serde::Deserialize;

use super::event;
use crate::http::app::{App, AppData};
use crate::http::browser::Browser;
use crate::http::error::Result;
use crate::http::form::Posted;
use crate::http::guard::Me;
use crate::http::html::{View, see_other};
use crate::http::pages::account::Password;
use crate::http::pages::parts::day;
use crate::http::pages::{Errors, Tone};
use crate::http::sign_in;
use crate::password::{self, Verdict};
use crate::store::{audit, sessions, users};

/// `GET /account/password`
pub async fn show(app: AppData, browser: Browser, me: Me) -> Result<HttpResponse> {
    let page = page(&app, &me, Errors::default()).await?;
    View::new().of(&me.user).show(&app, &browser, &page)
}

#[derive(Deserialize)]
pub struct Typed {
    #[serde(default)]
    current: String,
    #[serde(default)]
    new: String,
}

/// `POST /account/password`
pub async fn save(
    app: AppData,
    browser: Browser,
    me: Me,
    Posted(typed): Posted<Typed>,
) -> Result<HttpResponse> {
    let errors = problems(&app, &browser, &me, &typed).await?;
    if !errors.is_empty() {
        let page = page(&app, &me, errors).await?;
        return View::unprocessable().of(&me.user).show(&app, &browser, &page);
    }
    let password_hash = app.passwords.hash(typed.new).await?;
    let (user_id, kept, now) = (me.user.id.clone(), me.session.sid.clone(), app.now());
    let event = event(&app, &browser, &me, ("password_changed", "Changed their own password".into()));
    app.store
        .write(move |db| {
            users::save_password(db, &user_id, &password_hash, now)?;
            users::end_tokens(db, &user_id, now)?;
            sessions::end_others(db, &user_id, &kept)?;
            audit::add(db, &event)
        })
        .await?;
    browser.flash(Tone::Ok, "Your password is changed. Other devices and apps are signed out.");
    Ok(see_other(&app.path("/account/password")))
}

/// The current password is asked for with the limits of a sign-in: a page left open is no way to guess it.
async fn problems(app: &AppData, browser: &Browser, me: &Me, typed: &Typed) -> Result<Errors> {
    let mut errors = Errors::default();
    let email = me.user.profile.email.as_deref();
    let checked = password::check_new(&typed.new, &me.user.username, email, app.config.password.min_length);
    match sign_in::prove(app, browser, &me.user, typed.current.clone()).await? {
        Some(Verdict::Wrong) => errors.add("current", "This is not your password."),
        None => errors.add("current", "There were too many wrong passwords. Try again in some minutes."),
        Some(Verdict::Right | Verdict::RightButOld) => {}
    }
    if let Err(message) = checked {
        errors.add("new", message);
    }
    Ok(errors)
}

async fn page(app: &App, me: &Me, errors: Errors) -> Result<Password> {
    let id = me.user.id.clone();
    let changed_at = app.store.read(move |db| users::password_changed_at(db, &id)).await?;
    Ok(Password {
        username: me.user.username.clone(),
        changed: changed_at.map(day),
        password_min: u32::try_from(app.config.password.min_length).unwrap_or(u32::MAX),
        errors,
    })
}
