//! `/setup`: makes the first administrator, with the one-time token that the server printed when it started.

use actix_web::HttpResponse;
use actix_web::web::Query;
use serde::Deserialize;
use validator::Validate;

use super::app::{App, AppData};
use super::audit::by;
use super::browser::Browser;
use super::error::{Error, Result};
use super::form::Posted;
use super::html::{View, see_other};
use super::pages::gate::{KeyChoice, Setup, SetupForm};
use super::pages::{Errors, Tone};
use super::{new_user, sign_in};
use crate::oidc::jose::{Alg, PrivateKey};
use crate::oidc::secret;
use crate::password;
use crate::store::audit::Event;
use crate::store::rotation::{self, Begin, ImportedKey, NewKey};
use crate::store::{audit, settings, users};

#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    token: String,
}

/// `GET /setup?token=…`
pub async fn show(app: AppData, browser: Browser, asked: Query<Asked>) -> Result<HttpResponse> {
    check_token(&app, &asked.token).await?;
    let form = SetupForm { org: app.organisation(), username: "admin".into(), ..SetupForm::default() };
    View::new().show(&app, &browser, &page(&app, &asked.token, form))
}

#[derive(Deserialize, Validate)]
pub struct Typed {
    token: String,
    #[validate(length(
        min = 1,
        max = 100,
        message = "Enter the name of your organisation, at most 100 characters."
    ))]
    org: String,
    username: String,
    #[validate(email(message = "Enter an e-mail address, such as ada@example.org."))]
    admin_email: String,
    admin_password: String,
    #[serde(default)]
    alg: String,
    #[serde(default)]
    key_pem: String,
}

/// `POST /setup`
pub async fn create(app: AppData, browser: Browser, Posted(typed): Posted<Typed>) -> Result<HttpResponse> {
    check_token(&app, &typed.token).await?;
    let errors = problems(&app, &typed);
    if !errors.is_empty() {
        let form = SetupForm {
            org: typed.org,
            username: typed.username,
            admin_email: typed.admin_email,
            alg: choice(&typed.alg),
            // A private key is not sent back.
            key_pem: String::new(),
        };
        let page = Setup { errors, ..page(&app, &typed.token, form) };
        return View::unprocessable().show(&app, &browser, &page);
    }
    let mut user = new_user::new(&app, &typed.username);
    user.profile.email = Some(typed.admin_email.trim().to_owned());
    user.is_admin = true;
    let password_hash = app.passwords.hash(typed.admin_password.clone()).await?;
    let event =
        by(&user, browser.event(&app, "setup_finished", format!("First administrator {}", user.username)));
    let by = by(&user, browser.event(&app, "", ""));
    let (token_hash, org, now) = (secret::hash(&typed.token), typed.org.trim().to_owned(), app.now());
    let is_done = app
        .store
        .write(move |db| {
            // Of many who hold the same link, one finishes.
            if !settings::spend_setup_token(db, &token_hash)? {
                return Ok(false);
            }
            users::add(db, &user)?;
            users::save_password(db, &user.id, &password_hash, now)?;
            settings::save_organisation(db, &org)?;
            audit::add(db, &event)?;
            Ok::<_, crate::store::Error>(true)
        })
        .await?;
    if !is_done {
        return Err(SPENT);
    }
    add_keys(&app, &typed, by).await?;
    app.store.refresh().await?;
    let attempt = sign_in::Attempt {
        username: typed.username,
        password: typed.admin_password,
        is_remembered: false,
        flow: None,
    };
    sign_in::attempt(&app, &browser, attempt).await?;
    browser.flash(Tone::Ok, "Cardea is set up. Add the first client to sign people in to it.");
    Ok(see_other(&app.path("/admin")))
}

const SPENT: Error =
    Error::Stale("this setup link was used or replaced; the server prints a new one when it starts");

async fn check_token(app: &App, token: &str) -> Result<()> {
    let token_hash = secret::hash(token);
    let is_open = app
        .store
        .read(move |db| {
            Ok::<_, crate::store::Error>(
                settings::is_setup_token(db, &token_hash)? && !users::is_any_admin(db)?,
            )
        })
        .await?;
    if is_open { Ok(()) } else { Err(SPENT) }
}

fn page(app: &App, token: &str, form: SetupForm) -> Setup {
    Setup {
        action: app.path("/setup"),
        token: token.to_owned(),
        issuer: app.issuer().to_owned(),
        version: env!("CARGO_PKG_VERSION").into(),
        password_min: u32::try_from(app.config.password.min_length).unwrap_or(u32::MAX),
        form,
        errors: Errors::default(),
    }
}

fn choice(alg: &str) -> KeyChoice {
    match alg {
        "both" => KeyChoice::Rs256AndEs256,
        "import" => KeyChoice::Import,
        _ => KeyChoice::Rs256,
    }
}

fn problems(app: &App, typed: &Typed) -> Errors {
    let mut errors = Errors::default();
    super::validation::collect(&mut errors, typed.validate(), &["org", "admin_email"]);
    if let Err(message) = crate::oidc::user::check_username(&typed.username) {
        errors.add("username", message);
    }
    let email = Some(typed.admin_email.as_str());
    let checked =
        password::check_new(&typed.admin_password, &typed.username, email, app.config.password.min_length);
    if let Err(message) = checked {
        errors.add("admin_password", message);
    }
    if choice(&typed.alg) == KeyChoice::Import
        && let Err(error) = PrivateKey::from_pem(None, &typed.key_pem)
    {
        errors.add("key_pem", format!("This key cannot be used: {error}."));
    }
    errors
}

/// The first RS256 key is there since the start; what was chosen beyond it is added.
async fn add_keys(app: &App, typed: &Typed, by: Event) -> Result<()> {
    let keeping = app.config.keeping();
    let added = match choice(&typed.alg) {
        KeyChoice::Rs256 => return Ok(()),
        KeyChoice::Rs256AndEs256 => {
            let new = NewKey { alg: Alg::ES256, bits: None, signs_at_once: true };
            app.store.create_key(new, keeping, by).await
        }
        KeyChoice::Import => {
            let key = ImportedKey { pem: typed.key_pem.clone(), alg: None, kid: None, begin: Begin::Signing };
            app.store.import_key(key, keeping, by).await
        }
    };
    added.map(drop).map_err(|error| match error {
        rotation::Error::Store(error) => error.into(),
        refusal => Error::Fault(refusal.to_string()),
    })
}
