//! `/account`: what apps may learn, as far as the person may change it.

use actix_web::HttpResponse;
use serde::Deserialize;

use super::event;
use crate::http::app::{App, AppData};
use crate::http::browser::Browser;
use crate::http::error::{Error, Result};
use crate::http::form::Posted;
use crate::http::guard::Me;
use crate::http::html::{View, see_other};
use crate::http::pages::account::{Profile as ProfilePage, ProfileForm, locales, zones};
use crate::http::pages::parts::day;
use crate::http::pages::{Avatar, Errors, Tone};
use crate::http::validation;
use crate::oidc::user::User;
use crate::store::{audit, consents, sessions, users};

/// `GET /account`
pub async fn show(app: AppData, browser: Browser, me: Me) -> Result<HttpResponse> {
    let page = page(&app, &me.user).await?;
    View::new().of(&me.user).show(&app, &browser, &page)
}

#[derive(Deserialize)]
pub struct Typed {
    #[serde(default)]
    given_name: String,
    #[serde(default)]
    family_name: String,
    #[serde(default)]
    locale: String,
    #[serde(default)]
    zoneinfo: String,
    #[serde(default)]
    phone_number: String,
}

/// `POST /account`
pub async fn save(
    app: AppData,
    browser: Browser,
    me: Me,
    Posted(typed): Posted<Typed>,
) -> Result<HttpResponse> {
    let mut changed = me.user.profile.clone();
    let phone_number = Some(typed.phone_number.trim().to_owned()).filter(|number| !number.is_empty());
    if changed.phone_number != phone_number {
        changed.phone_number_verified = false;
    }
    changed.given_name = Some(typed.given_name.clone());
    changed.family_name = Some(typed.family_name.clone());
    changed.locale = Some(typed.locale.clone());
    changed.zoneinfo = Some(typed.zoneinfo.clone());
    changed.phone_number = phone_number;
    let profile = match changed.check() {
        Ok(profile) => profile,
        Err(problems) => {
            let mut errors = Errors::default();
            validation::collect_problems(&mut errors, &problems, |problem| problem.member.to_owned());
            let form = ProfileForm {
                given_name: typed.given_name,
                family_name: typed.family_name,
                locale: typed.locale,
                zoneinfo: typed.zoneinfo,
                phone_number: typed.phone_number,
            };
            let page = ProfilePage { form, errors, ..page(&app, &me.user).await? };
            return View::unprocessable().of(&me.user).show(&app, &browser, &page);
        }
    };
    let (id, now) = (me.user.id.clone(), app.now());
    let event = event(&app, &browser, &me, ("user_changed", "Changed their own profile".into()));
    app.store
        .write(move |db| {
            // Read again: what else changed meanwhile stays.
            let Some(mut user) = users::find(db, &id)? else { return Ok(()) };
            user.profile.given_name.clone_from(&profile.given_name);
            user.profile.family_name.clone_from(&profile.family_name);
            user.profile.locale.clone_from(&profile.locale);
            user.profile.zoneinfo.clone_from(&profile.zoneinfo);
            user.profile.phone_number.clone_from(&profile.phone_number);
            user.profile.phone_number_verified = profile.phone_number_verified;
            user.updated_at = now;
            users::save(db, &user)?;
            audit::add(db, &event)
        })
        .await?;
    browser.flash(Tone::Ok, "Your changes are saved.");
    Ok(see_other(&app.path("/account")))
}

async fn page(app: &App, user: &User) -> Result<ProfilePage> {
    let (id, now) = (user.id.clone(), app.now());
    let (apps, devices) = app
        .store
        .read(move |db| {
            let apps = consents::list_of_user(db, &id)?.len();
            Ok::<_, crate::store::Error>((apps, sessions::list_of_user(db, &id, now)?.len()))
        })
        .await
        .map_err(Error::from)?;
    let profile = &user.profile;
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    Ok(ProfilePage {
        name: user.display_name().to_owned(),
        avatar: Avatar::of(user.display_name()),
        since: day(user.created_at),
        email: profile.email.clone(),
        is_email_verified: profile.email_verified,
        app_count: apps,
        device_count: devices,
        locales: locales(&text(&profile.locale)),
        zones: zones(&text(&profile.zoneinfo)),
        form: ProfileForm {
            given_name: text(&profile.given_name),
            family_name: text(&profile.family_name),
            locale: text(&profile.locale),
            zoneinfo: text(&profile.zoneinfo),
            phone_number: text(&profile.phone_number),
        },
        errors: Errors::default(),
    })
}
