//! `/admin/clients/registration-tokens`: initial access tokens (RFC 7591 3), made, shown once and revoked.

use actix_web::HttpResponse;
use actix_web::web::Path;

use crate::config::RegistrationMode;
use crate::dice;
use crate::http::admin::{Confirmed, event};
use crate::http::app::{App, AppData};
use crate::http::browser::Browser;
use crate::http::error::{Error, Result};
use crate::http::form::Posted;
use crate::http::guard::Me;
use crate::http::html::{View, see_other};
use crate::http::pages::admin::{
    RegistrationToken, RegistrationTokenForm, RegistrationTokenRow, RegistrationTokens, grouped, segment,
};
use crate::http::pages::parts::day;
use crate::http::pages::{Errors, Tone};
use crate::oidc::secret;
use crate::store::initial_access_tokens::{self, InitialAccessToken};
use crate::store::{Error as Fault, audit};

const LIST: &str = "/admin/clients/registration-tokens";
const DAY: i64 = 24 * 3600;
const MOST_USES: i64 = 1_000_000;

/// `GET /admin/clients/registration-tokens`
pub async fn index(app: AppData, browser: Browser, me: Me) -> Result<HttpResponse> {
    let form = RegistrationTokenForm { uses: "1".into(), days: "30".into(), ..Default::default() };
    draw(&app, &browser, &me, (View::new(), form, Errors::default())).await
}

async fn draw<'a>(
    app: &App,
    browser: &Browser,
    me: &'a Me,
    (view, form, errors): (View<'a>, RegistrationTokenForm, Errors),
) -> Result<HttpResponse> {
    let tokens = app.store.read(initial_access_tokens::list).await?;
    let page = RegistrationTokens {
        mode: match app.config.registration.mode {
            RegistrationMode::Off => "off",
            RegistrationMode::Token => "token",
            RegistrationMode::Open => "open",
        },
        tokens: tokens.iter().map(|token| row(app, token)).collect(),
        form,
        lifetimes: RegistrationTokenForm::lifetimes(),
        errors,
    };
    view.of(&me.user).show(app, browser, &page)
}

fn row(app: &App, token: &InitialAccessToken) -> RegistrationTokenRow {
    RegistrationTokenRow {
        id: token.id.clone(),
        name: token.name.clone(),
        made: format!("Made {}", day(token.created_at)),
        uses_left: token.uses_left.map(grouped),
        expires: token.expires_at.map(day),
        is_live: token.is_live(app.now()),
        delete_url: app.path(&format!("{LIST}/{}/delete", segment(&token.id))),
    }
}

/// `POST /admin/clients/registration-tokens`
pub async fn create(
    app: AppData,
    browser: Browser,
    me: Me,
    Posted(form): Posted<RegistrationTokenForm>,
) -> Result<HttpResponse> {
    let text = secret::opaque(dice::bytes());
    let token = match checked(&app, &form, &text) {
        Ok(token) => token,
        Err(errors) => return draw(&app, &browser, &me, (View::unprocessable(), form, errors)).await,
    };
    let event = event(&app, &browser, &me, ("registration_token_made", token.name.clone()));
    let page = RegistrationToken {
        name: token.name.clone(),
        token: text,
        extent: extent(&token),
        registration_endpoint: format!("{}/register", app.issuer()),
        is_off: app.config.registration.mode == RegistrationMode::Off,
    };
    let added = app.store.write(move |db| {
        initial_access_tokens::add(db, &token)?;
        audit::add(db, &event)
    });
    added.await?;
    View::new().of(&me.user).show(&app, &browser, &page)
}

fn checked(app: &App, form: &RegistrationTokenForm, text: &str) -> Result<InitialAccessToken, Errors> {
    let mut errors = Errors::default();
    let name = form.name.trim();
    if !initial_access_tokens::is_name(name) {
        errors.add("name", "Say whom it is for, in at most 100 characters.");
    }
    let uses: Option<i64> = form.uses.trim().parse().ok().filter(|uses| (1..=MOST_USES).contains(uses));
    if uses.is_none() && !form.uses.trim().is_empty() {
        errors.add("uses", format!("Write a number from 1 to {}, or nothing.", grouped(MOST_USES)));
    }
    let is_offered = RegistrationTokenForm::lifetimes().iter().any(|choice| choice.value == form.days);
    if !is_offered {
        errors.add("days", "Choose one of these.");
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let days: Option<i64> = form.days.parse().ok();
    Ok(InitialAccessToken {
        id: format!("{:032x}", u128::from_be_bytes(dice::bytes())),
        token_hash: secret::hash(text),
        name: name.to_owned(),
        uses_left: uses,
        created_at: app.now(),
        expires_at: days.map(|days| app.now().plus(days * DAY)),
    })
}

fn extent(token: &InitialAccessToken) -> String {
    let apps = match token.uses_left {
        None => "any number of apps".to_owned(),
        Some(1) => "1 app".to_owned(),
        Some(uses) => format!("{} apps", grouped(uses)),
    };
    match token.expires_at {
        None => format!("It registers {apps}, until you revoke it."),
        Some(end) => format!("It registers {apps}, until {}.", day(end)),
    }
}

/// `POST /admin/clients/registration-tokens/{id}/delete`
pub async fn delete(
    app: AppData,
    browser: Browser,
    me: Me,
    (id, _): (Path<String>, Posted<Confirmed>),
) -> Result<HttpResponse> {
    let event = event(&app, &browser, &me, ("registration_token_revoked", String::new()));
    let removed = app.store.write(move |db| {
        let Some(name) = initial_access_tokens::remove(db, &id)? else { return Ok(None) };
        let mut event = event.clone();
        event.detail.clone_from(&name);
        audit::add(db, &event)?;
        Ok::<_, Fault>(Some(name))
    });
    let name = removed.await?.ok_or(Error::NotFound)?;
    browser.flash(Tone::Ok, format!("The token for {name} no longer works."));
    Ok(see_other(&app.path(LIST)))
}
