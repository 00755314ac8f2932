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
use crate::http::sign_in::{self, Proof};
use crate::password;
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
    let stored = match problems(&app, &browser, &me, &typed).await? {
        Ok(stored) => stored,
        Err(errors) => return again(&app, &browser, &me, errors).await,
    };
    let password_hash = app.passwords.hash(typed.new).await?;
    let (user_id, kept, now) = (me.user.id.clone(), me.session.sid.clone(), app.now());
    let event = event(&app, &browser, &me, ("password_changed", "Changed their own password".into()));
    let is_changed = app.store.write(move |db| {
        // Who has changed it meanwhile has shut out whoever knew the old one, and this is one of them.
        if !users::hold_password(db, &user_id, &stored, &stored)? {
            return Ok(false);
        }
        users::save_password(db, &user_id, &password_hash, now)?;
        // The sessions come first: what is granted in one meanwhile is there before the tokens end, or never.
        sessions::end_others(db, &user_id, &kept, now)?;
        users::end_tokens(db, &user_id, now)?;
        audit::add(db, &event)?;
        Ok::<_, crate::store::Error>(true)
    });
    if !is_changed.await? {
        let errors = Errors::from_iter([("current", "Your password was changed meanwhile. Try again.")]);
        return again(&app, &browser, &me, errors).await;
    }
    browser.flash(Tone::Ok, "Your password is changed. Other devices and apps are signed out.");
    Ok(see_other(&app.path("/account/password")))
}

/// The form once more, with what is wrong.
async fn again(app: &App, browser: &Browser, me: &Me, errors: Errors) -> Result<HttpResponse> {
    let page = page(app, me, errors).await?;
    View::unprocessable().of(&me.user).show(app, browser, &page)
}

/// What is kept of the current password, or what is wrong with the form. The password is asked for with the limits of
/// a sign-in: a page left open is no way to guess it.
async fn problems(
    app: &AppData,
    browser: &Browser,
    me: &Me,
    typed: &Typed,
) -> Result<Result<String, Errors>> {
    let mut errors = Errors::default();
    let email = me.user.profile.email.as_deref();
    let checked = password::check_new(&typed.new, &me.user.username, email, app.config.password.min_length);
    let proof = sign_in::prove(app, browser, &me.user, typed.current.clone()).await?;
    match &proof {
        Proof::Right { .. } => {}
        Proof::Wrong => errors.add("current", "This is not your password."),
        Proof::Paused => {
            errors.add("current", "There were too many wrong passwords. Try again in some minutes.");
        }
    }
    if let Err(message) = checked {
        errors.add("new", message);
    }
    Ok(match proof {
        Proof::Right { stored } if errors.is_empty() => Ok(stored),
        _ => Err(errors),
    })
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
