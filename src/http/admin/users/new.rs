//! `/admin/users/new`: adding a person.

use actix_web::HttpResponse;
use serde::Deserialize;
use validator::Validate;

use super::{event_about, password_min, taken, url};
use crate::http::app::{App, AppData};
use crate::http::browser::Browser;
use crate::http::error::Result;
use crate::http::form::Posted;
use crate::http::guard::Me;
use crate::http::html::{View, see_other};
use crate::http::pages::admin::{UserNew, UserNewForm};
use crate::http::pages::{Errors, Tone};
use crate::http::{new_user, validation};
use crate::oidc::profile::Profile;
use crate::oidc::user::User;
use crate::password;
use crate::store::{audit, users};

/// `GET /admin/users/new`
pub async fn new(app: AppData, browser: Browser, me: Me) -> Result<HttpResponse> {
    let page = page(&app, UserNewForm::default(), Errors::default());
    View::new().of(&me.user).show(&app, &browser, &page)
}

#[derive(Deserialize)]
pub struct Typed {
    #[serde(flatten)]
    form: UserNewForm,
    /// Empty for none.
    #[serde(default)]
    password: String,
}

/// `POST /admin/users`
pub async fn create(
    app: AppData,
    browser: Browser,
    me: Me,
    Posted(typed): Posted<Typed>,
) -> Result<HttpResponse> {
    let refused =
        |form, errors| View::unprocessable().of(&me.user).show(&app, &browser, &page(&app, form, errors));
    let user = match checked(&app, &typed) {
        Ok(user) => user,
        Err(errors) => return refused(typed.form, errors),
    };
    let password_hash = match typed.password {
        password if password.is_empty() => None,
        password => Some(app.passwords.hash(password).await?),
    };
    let (event, now) = (event_about(&app, &browser, &me, ("user_added", &user)), app.now());
    let new = user.clone();
    let added = app.store.write(move |db| {
        users::add(db, &new)?;
        if let Some(password_hash) = &password_hash {
            users::save_password(db, &new.id, password_hash, now)?;
        }
        audit::add(db, &event)
    });
    match added.await {
        Err(error) if error.is_duplicate() => return refused(typed.form, taken(&app, user).await?),
        added => added?,
    }
    browser.flash(Tone::Ok, format!("{} is added.", user.display_name()));
    Ok(see_other(&url(&app, &user.id)))
}

fn checked(app: &App, typed: &Typed) -> Result<User, Errors> {
    let (form, mut errors) = (&typed.form, Errors::default());
    validation::collect(&mut errors, form.validate(), &["username"]);
    let mut user = new_user::new(app, &form.username);
    user.is_admin = form.is_admin;
    let profile =
        Profile { name: Some(form.name.clone()), email: Some(form.email.clone()), ..Profile::default() };
    match profile.check() {
        Ok(profile) => user.profile = profile,
        Err(problems) => {
            validation::collect_problems(&mut errors, &problems, |problem| problem.member.to_owned());
        }
    }
    if !typed.password.is_empty() {
        let least = app.config.password.min_length;
        let checked = password::check_new(&typed.password, &form.username, Some(&form.email), least);
        if let Err(message) = checked {
            errors.add("password", message);
        }
    }
    if errors.is_empty() { Ok(user) } else { Err(errors) }
}

fn page(app: &App, form: UserNewForm, errors: Errors) -> UserNew {
    UserNew { form, password_min: password_min(app), errors }
}
