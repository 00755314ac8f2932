//! Letting a person in and shutting them out: password, account, sessions, consents, pause.

use actix_web::HttpResponse;
use actix_web::web::Path;
use serde::Deserialize;

use super::{Change, LAST_ADMIN, Subject, event_about, find, is_needed, password_min, throttle_names, url};
use crate::http::admin::{Confirmed, change, consents as all_consents, sessions as all_sessions};
use crate::http::app::{App, AppData};
use crate::http::browser::Browser;
use crate::http::error::{Error, Result};
use crate::http::form::Posted;
use crate::http::guard::Me;
use crate::http::html::{View, see_other};
use crate::http::pages::admin::{UserDisable, UserPassword, UserSignOut};
use crate::http::pages::{Errors, Tone};
use crate::oidc::time::UnixTime;
use crate::password;
use crate::store::audit::Event;
use crate::store::{Db, audit, consents, sessions, throttles, users};

/// `GET /admin/users/{id}/password`
pub async fn ask_password(app: AppData, browser: Browser, me: Me, id: Path<String>) -> Result<HttpResponse> {
    let subject = find(&app, &id).await?;
    let page = password_page(&app, &me, &subject, Errors::default()).await?;
    View::new().of(&me.user).show(&app, &browser, &page)
}

#[derive(Deserialize)]
pub struct NewPassword {
    #[serde(default)]
    password: String,
}

/// `POST /admin/users/{id}/password`: whoever knew the old one is out.
pub async fn set_password(
    app: AppData,
    browser: Browser,
    me: Me,
    place: (Path<String>, Posted<NewPassword>),
) -> Result<HttpResponse> {
    let (id, Posted(typed)) = place;
    let subject = find(&app, &id).await?;
    let user = &subject.user;
    let (email, least) = (user.profile.email.as_deref(), app.config.password.min_length);
    if let Err(message) = password::check_new(&typed.password, &user.username, email, least) {
        let page = password_page(&app, &me, &subject, Errors::from_iter([("password", message)])).await?;
        return View::unprocessable().of(&me.user).show(&app, &browser, &page);
    }
    let password_hash = app.passwords.hash(typed.password).await?;
    let (id, now) = (user.id.clone(), app.now());
    let event = event_about(&app, &browser, &me, ("password_set", user));
    let work = move |db: &mut Db| {
        users::save_password(db, &id, &password_hash, now)?;
        users::end_everything(db, &id, now)
    };
    to_somebody(&app, &subject, event, work).await?;
    browser.flash(
        Tone::Ok,
        format!("The password of {} is set. Every session and token has ended.", user.display_name()),
    );
    Ok(see_other(&url(&app, &user.id)))
}

async fn password_page(app: &App, me: &Me, subject: &Subject, errors: Errors) -> Result<UserPassword> {
    let id = subject.user.id.clone();
    let changed_at = app.store.read(move |db| users::password_changed_at(db, &id)).await?;
    Ok(UserPassword {
        user: subject.head(app, me),
        has_password: changed_at.is_some(),
        password_min: password_min(app),
        errors,
    })
}

/// `GET /admin/users/{id}/disable`: both ways.
pub async fn ask_disable(app: AppData, browser: Browser, me: Me, id: Path<String>) -> Result<HttpResponse> {
    let subject = find(&app, &id).await?;
    let page = disable_page(&app, &me, &subject, Errors::default()).await?;
    View::new().of(&me.user).show(&app, &browser, &page)
}

#[derive(Deserialize)]
pub struct Decided {
    decision: Decision,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Decision {
    Disable,
    Enable,
}

/// `POST /admin/users/{id}/disable`
pub async fn disable(
    app: AppData,
    browser: Browser,
    me: Me,
    place: (Path<String>, Posted<Decided>),
) -> Result<HttpResponse> {
    let (id, Posted(Decided { decision })) = place;
    let subject = find(&app, &id).await?;
    let user = &subject.user;
    let (what, told) = match decision {
        Decision::Disable => ("user_disabled", "disabled: every session and token has ended"),
        Decision::Enable => ("user_enabled", "enabled again"),
    };
    let (event, now) = (event_about(&app, &browser, &me, (what, user)), app.now());
    let id = user.id.clone();
    match app.store.write(move |db| decide(db, &id, decision, (&event, now))).await? {
        Change::Gone => return Err(Error::NotFound),
        Change::LastAdmin => {
            let errors = Errors::from_iter([("decision", LAST_ADMIN)]);
            let page = disable_page(&app, &me, &subject, errors).await?;
            return View::unprocessable().of(&me.user).show(&app, &browser, &page);
        }
        Change::Done => {}
    }
    browser.flash(Tone::Ok, format!("{} is {told}.", user.display_name()));
    Ok(see_other(&url(&app, &user.id)))
}

fn decide(
    db: &mut Db,
    id: &str,
    decision: Decision,
    (event, now): (&Event, UnixTime),
) -> Result<Change, crate::store::Error> {
    let Some(user) = users::find(db, id)? else { return Ok(Change::Gone) };
    let is_disabled = decision == Decision::Disable;
    if user.is_disabled() == is_disabled {
        return Ok(Change::Done);
    }
    if is_disabled && user.is_admin && is_needed(db, &user)? {
        return Ok(Change::LastAdmin);
    }
    users::set_disabled(db, id, now, is_disabled)?;
    audit::add(db, event)?;
    Ok(Change::Done)
}

async fn disable_page(app: &App, me: &Me, subject: &Subject, errors: Errors) -> Result<UserDisable> {
    let (sessions, apps) = footprint(app, subject).await?;
    Ok(UserDisable { user: subject.head(app, me), sessions, apps, errors })
}

/// How many sessions and consents somebody has.
async fn footprint(app: &App, subject: &Subject) -> Result<(u32, u32)> {
    let (id, now) = (subject.user.id.clone(), app.now());
    let counts = app.store.read(move |db| {
        let sessions = sessions::list_of_user(db, &id, now)?.len();
        Ok::<_, crate::store::Error>([sessions, consents::list_of_user(db, &id)?.len()])
    });
    let [sessions, apps] = counts.await?.map(|count| u32::try_from(count).unwrap_or(u32::MAX));
    Ok((sessions, apps))
}

/// `GET /admin/users/{id}/sessions/delete`
pub async fn ask_sign_out(app: AppData, browser: Browser, me: Me, id: Path<String>) -> Result<HttpResponse> {
    let subject = find(&app, &id).await?;
    let (sessions, apps) = footprint(&app, &subject).await?;
    let page = UserSignOut { user: subject.head(&app, &me), sessions, apps };
    View::new().of(&me.user).show(&app, &browser, &page)
}

/// `POST /admin/users/{id}/sessions/delete`
pub async fn sign_out(
    app: AppData,
    browser: Browser,
    me: Me,
    place: (Path<String>, Posted<Confirmed>),
) -> Result<HttpResponse> {
    let subject = find(&app, &place.0).await?;
    let user = &subject.user;
    let (id, now) = (user.id.clone(), app.now());
    let event = event_about(&app, &browser, &me, ("user_signed_out", user));
    to_somebody(&app, &subject, event, move |db| users::end_everything(db, &id, now)).await?;
    browser.flash(Tone::Ok, format!("{} is signed out everywhere.", user.display_name()));
    Ok(see_other(&url(&app, &user.id)))
}

/// `POST /admin/users/{id}/pause/delete`: for the user name and for the e-mail address.
pub async fn end_pause(
    app: AppData,
    browser: Browser,
    me: Me,
    place: (Path<String>, Posted<Confirmed>),
) -> Result<HttpResponse> {
    let subject = find(&app, &place.0).await?;
    let user = &subject.user;
    let event = event_about(&app, &browser, &me, ("pause_ended", user));
    let names = throttle_names(user);
    let work = move |db: &mut Db| names.iter().try_for_each(|name| throttles::clear(db, name));
    to_somebody(&app, &subject, event, work).await?;
    browser.flash(Tone::Ok, format!("{} can sign in again.", user.display_name()));
    Ok(see_other(&url(&app, &user.id)))
}

/// `POST /admin/users/{id}/sessions/{sid}/delete`
pub async fn end_session(
    app: AppData,
    browser: Browser,
    me: Me,
    place: (Path<(String, String)>, Posted<Confirmed>),
) -> Result<HttpResponse> {
    let (id, sid) = place.0.into_inner();
    all_sessions::end(&app, &browser, &me, (sid, Some(id.clone()))).await?;
    Ok(see_other(&url(&app, &id)))
}

/// `POST /admin/users/{id}/consents/{client_id}/delete`
pub async fn revoke_consent(
    app: AppData,
    browser: Browser,
    me: Me,
    place: (Path<(String, String)>, Posted<Confirmed>),
) -> Result<HttpResponse> {
    let (id, client_id) = place.0.into_inner();
    all_consents::revoke(&app, &browser, &me, (id.clone(), client_id)).await?;
    Ok(see_other(&url(&app, &id)))
}

/// Does something to a person, who must still be there.
async fn to_somebody(
    app: &App,
    subject: &Subject,
    event: Event,
    work: impl Fn(&mut Db) -> Result<(), crate::store::Error> + Send + 'static,
) -> Result<()> {
    let id = subject.user.id.clone();
    let work = move |db: &mut Db| {
        let is_there = users::find(db, &id)?.is_some();
        if is_there {
            work(db)?;
        }
        Ok(is_there)
    };
    change(app, event, work).await
}
