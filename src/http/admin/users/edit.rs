//! `/admin/users/{id}/edit`: how a person signs in, and what apps may learn.

use actix_web::HttpResponse;
use actix_web::web::Path;
use serde_json::{Map, Value, json};
use validator::Validate;

use super::{Change, LAST_ADMIN, Subject, event_about, find, is_needed, taken, url};
use crate::http::app::{App, AppData};
use crate::http::browser::Browser;
use crate::http::error::{Error, Result};
use crate::http::form::Posted;
use crate::http::guard::Me;
use crate::http::html::{View, see_other};
use crate::http::pages::admin::{UserEdit, UserForm};
use crate::http::pages::parts::day;
use crate::http::pages::{Errors, Tone};
use crate::http::validation;
use crate::oidc::metadata::Problem;
use crate::oidc::profile::{Address, Profile};
use crate::oidc::user::User;
use crate::store::audit::Event;
use crate::store::{Db, audit, users};

/// `GET /admin/users/{id}/edit`
pub async fn show(app: AppData, browser: Browser, me: Me, id: Path<String>) -> Result<HttpResponse> {
    let subject = find(&app, &id).await?;
    let form = form_of(&subject.user);
    let page = page(&app, &me, &subject, (form, Errors::default()));
    View::new().of(&me.user).show(&app, &browser, &page)
}

/// `POST /admin/users/{id}/edit`
pub async fn save(
    app: AppData,
    browser: Browser,
    me: Me,
    place: (Path<String>, Posted<UserForm>),
) -> Result<HttpResponse> {
    let (id, Posted(form)) = place;
    let subject = find(&app, &id).await?;
    let refused = |form, errors| {
        let page = page(&app, &me, &subject, (form, errors));
        View::unprocessable().of(&me.user).show(&app, &browser, &page)
    };
    let profile = match checked(&form) {
        Ok(profile) => profile,
        Err(errors) => return refused(form, errors),
    };
    let new = User {
        username: form.username.clone(),
        is_admin: form.is_admin,
        updated_at: app.now(),
        profile,
        subject: Some(form.subject.trim().to_owned()).filter(|subject| !subject.is_empty()),
        ..subject.user.clone()
    };
    if new.subject != subject.user.subject {
        let asked = new.clone();
        if app.store.read(move |db| users::taken(db, &asked)).await?.contains(&"subject") {
            return refused(form, taken(&app, new).await?);
        }
    }
    let name = new.display_name().to_owned();
    let event = event_about(&app, &browser, &me, ("user_changed", &new));
    let saved = {
        let new = new.clone();
        app.store.write(move |db| put(db, &new, &event)).await
    };
    match saved {
        Err(error) if error.is_duplicate() => return refused(form, taken(&app, new).await?),
        saved => match saved? {
            Change::Gone => return Err(Error::NotFound),
            Change::LastAdmin => return refused(form, Errors::from_iter([("is_admin", LAST_ADMIN)])),
            Change::Done => {}
        },
    }
    browser.flash(Tone::Ok, format!("The changes of {name} are saved."));
    let is_leaving = new.id == me.user.id && !new.is_admin;
    Ok(see_other(&if is_leaving { app.path("/account") } else { url(&app, &new.id) }))
}

/// Saves what the form is about. The rest stays as it is in this transaction.
fn put(db: &mut Db, new: &User, event: &Event) -> Result<Change, crate::store::Error> {
    let Some(old) = users::find(db, &new.id)? else { return Ok(Change::Gone) };
    if old.is_admin && !new.is_admin && is_needed(db, &old)? {
        return Ok(Change::LastAdmin);
    }
    let new = User { disabled_at: old.disabled_at, ..new.clone() };
    users::save(db, &new)?;
    let detail = format!("{}: {}", new.display_name(), changes(&old, &new).join(", "));
    audit::add(db, &Event { detail, ..event.clone() })?;
    Ok(Change::Done)
}

/// The names of the members that differ.
fn changes(old: &User, new: &User) -> Vec<String> {
    let members = |user: &User| -> Map<String, Value> {
        let mut members = Map::from_iter([
            ("username".to_owned(), json!(user.username)),
            ("is_admin".to_owned(), json!(user.is_admin)),
            ("subject".to_owned(), json!(user.subject)),
        ]);
        if let Ok(Value::Object(profile)) = serde_json::to_value(&user.profile) {
            members.extend(profile);
        }
        members
    };
    let (old, new) = (members(old), members(new));
    let gone = old.keys().filter(|name| !new.contains_key(*name));
    let other = new.iter().filter(|(name, value)| old.get(*name) != Some(value)).map(|(name, _)| name);
    let changed: Vec<String> = other.chain(gone).cloned().collect();
    if changed.is_empty() { vec!["nothing".to_owned()] } else { changed }
}

fn checked(form: &UserForm) -> Result<Profile, Errors> {
    let mut errors = Errors::default();
    validation::collect(&mut errors, form.validate(), &["username", "subject"]);
    match profile(form) {
        Ok(profile) if errors.is_empty() => return Ok(profile),
        Ok(_) => {}
        Err(problems) => {
            validation::collect_problems(&mut errors, &problems, |problem| problem.member.to_owned());
        }
    }
    Err(errors)
}

fn profile(form: &UserForm) -> Result<Profile, Vec<Problem>> {
    let text = |value: &String| Some(value.clone());
    // Browsers send line breaks as CR LF.
    let lines = |value: &String| Some(value.replace("\r\n", "\n"));
    let is_given = |value: &String| !value.trim().is_empty();
    let extra = Profile::parse_extra(&form.claims);
    let profile = Profile {
        name: text(&form.name),
        given_name: text(&form.given_name),
        family_name: text(&form.family_name),
        middle_name: text(&form.middle_name),
        nickname: text(&form.nickname),
        preferred_username: text(&form.preferred_username),
        profile: text(&form.profile),
        picture: text(&form.picture),
        website: text(&form.website),
        gender: text(&form.gender),
        birthdate: text(&form.birthdate),
        zoneinfo: text(&form.zoneinfo),
        locale: text(&form.locale),
        email: text(&form.email),
        email_verified: form.email_verified && is_given(&form.email),
        phone_number: text(&form.phone_number),
        phone_number_verified: form.phone_number_verified && is_given(&form.phone_number),
        address: Some(Address {
            formatted: lines(&form.formatted),
            street_address: lines(&form.street_address),
            locality: text(&form.locality),
            region: text(&form.region),
            postal_code: text(&form.postal_code),
            country: text(&form.country),
        }),
        extra: extra.as_ref().cloned().unwrap_or_default(),
    };
    match (profile.check(), extra) {
        (Ok(profile), Ok(_)) => Ok(profile),
        (Ok(_), Err(problem)) => Err(vec![problem]),
        (Err(problems), extra) => Err(problems.into_iter().chain(extra.err()).collect()),
    }
}

fn form_of(user: &User) -> UserForm {
    let profile = &user.profile;
    let address = profile.address.clone().unwrap_or_default();
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let claims = match profile.extra.is_empty() {
        true => String::new(),
        false => serde_json::to_string_pretty(&profile.extra).expect("a map of JSON values is plain data"),
    };
    UserForm {
        username: user.username.clone(),
        is_admin: user.is_admin,
        name: text(&profile.name),
        given_name: text(&profile.given_name),
        family_name: text(&profile.family_name),
        middle_name: text(&profile.middle_name),
        nickname: text(&profile.nickname),
        preferred_username: text(&profile.preferred_username),
        profile: text(&profile.profile),
        picture: text(&profile.picture),
        website: text(&profile.website),
        gender: text(&profile.gender),
        birthdate: text(&profile.birthdate),
        zoneinfo: text(&profile.zoneinfo),
        locale: text(&profile.locale),
        email: text(&profile.email),
        email_verified: profile.email_verified,
        phone_number: text(&profile.phone_number),
        phone_number_verified: profile.phone_number_verified,
        formatted: text(&address.formatted),
        street_address: text(&address.street_address),
        locality: text(&address.locality),
        region: text(&address.region),
        postal_code: text(&address.postal_code),
        country: text(&address.country),
        claims,
        subject: user.subject.clone().unwrap_or_default(),
    }
}

fn page(app: &App, me: &Me, subject: &Subject, (form, errors): (UserForm, Errors)) -> UserEdit {
    UserEdit { user: subject.head(app, me), form, changed: day(subject.user.updated_at), errors }
}
