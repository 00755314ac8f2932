//! `/admin/settings`: what is set in the database, and what the configuration says.

use actix_web::HttpResponse;
use validator::Validate;

use super::event;
use crate::config::{self, Source};
use crate::http::app::{App, AppData};
use crate::http::browser::Browser;
use crate::http::error::Result;
use crate::http::form::Posted;
use crate::http::guard::Me;
use crate::http::html::{View, see_other};
use crate::http::pages::admin::{SettingGroup, SettingRow, Settings, SettingsForm};
use crate::http::pages::{Choice, Errors, Tone};
use crate::http::validation;
use crate::oidc::jose::Alg;
use crate::store::{audit, settings};

/// `GET /admin/settings`
pub async fn show(app: AppData, browser: Browser, me: Me) -> Result<HttpResponse> {
    let kept = app.store.read(settings::find).await?;
    let form = SettingsForm {
        organisation: kept.organisation.clone().unwrap_or_default(),
        id_token_signed_response_alg: kept.default_alg().to_string(),
    };
    View::new().of(&me.user).show(&app, &browser, &page(&app, form, Errors::default()))
}

/// `POST /admin/settings`
pub async fn save(
    app: AppData,
    browser: Browser,
    me: Me,
    Posted(form): Posted<SettingsForm>,
) -> Result<HttpResponse> {
    let form = SettingsForm { organisation: form.organisation.trim().to_owned(), ..form };
    let mut errors = Errors::default();
    validation::collect(&mut errors, form.validate(), &["organisation"]);
    if form.organisation.chars().any(char::is_control) {
        errors.add("organisation", "A name has no control characters.");
    }
    let alg = Alg::of_key_pair(&form.id_token_signed_response_alg);
    let alg = match (alg, errors.is_empty()) {
        (Ok(alg), true) => alg,
        (alg, _) => {
            if let Err(error) = alg {
                errors.add("id_token_signed_response_alg", format!("Choose one of the list: {error}."));
            }
            return View::unprocessable().of(&me.user).show(&app, &browser, &page(&app, form, errors));
        }
    };
    let new = settings::Settings {
        organisation: Some(form.organisation).filter(|name| !name.is_empty()),
        // The usual one is kept as nothing, so that a later default would hold here too.
        id_token_alg: Some(alg).filter(|alg| *alg != Alg::RS256),
    };
    let event = event(&app, &browser, &me, ("settings_changed", String::new()));
    app.store
        .write(move |db| {
            let detail = differences(&settings::find(db)?, &new);
            settings::save(db, &new)?;
            audit::add(db, &audit::Event { detail, ..event.clone() })
        })
        .await?;
    app.store.refresh().await?;
    browser.flash(Tone::Ok, "Your changes are saved. They hold within a second.");
    Ok(see_other(&app.path("/admin/settings")))
}

fn differences(before: &settings::Settings, after: &settings::Settings) -> String {
    let parts = [
        ("organisation", before.organisation != after.organisation),
        ("ID token signature of new clients", before.id_token_alg != after.id_token_alg),
    ];
    let changed: Vec<&str> = parts.iter().filter(|(_, differs)| *differs).map(|(name, _)| *name).collect();
    if changed.is_empty() { "nothing".into() } else { changed.join(", ") }
}

fn page(app: &App, form: SettingsForm, errors: Errors) -> Settings {
    let keys = &app.store.catalogue().keys;
    let has_key = |alg: &Alg| keys.signer(*alg).is_some();
    let choice = |alg: Alg| {
        let note = if has_key(&alg) { "" } else { " (no key yet)" };
        Choice::new(alg.as_str(), format!("{alg}{note}"))
    };
    Settings {
        has_no_key: form.id_token_signed_response_alg.parse().is_ok_and(|alg| !has_key(&alg)),
        form,
        configured_organisation: app.config.organisation.clone(),
        algs: Alg::ALL.into_iter().map(choice).collect(),
        groups: app.config.groups().into_iter().map(group).collect(),
        version: env!("CARGO_PKG_VERSION").into(),
        errors,
    }
}

fn group(group: config::Group) -> SettingGroup {
    let title = match group.name {
        "" => "General",
        "tls" => "TLS",
        "lifetimes" => "Lifetimes",
        "cookies" => "Cookies",
        "throttle" => "Guessing",
        "password" => "Passwords",
        "database" => "Database",
        "features" => "What is offered",
        "registration" => "Registration of clients",
        "subjects" => "Subjects",
        "keys" => "Signing keys",
        "log" => "Log",
        other => other,
    };
    let row = |setting: config::Setting| SettingRow {
        key: setting.key.into(),
        doc: setting.doc,
        value: setting.value.unwrap_or_default(),
        source: match setting.source {
            Source::Default => String::new(),
            source => source.to_string(),
        },
        variable: setting.variable,
    };
    let rows: Vec<SettingRow> = group.settings.into_iter().map(row).collect();
    SettingGroup {
        id: if group.name.is_empty() { "general".into() } else { group.name.into() },
        title: title.into(),
        doc: group.doc,
        changed: rows.iter().filter(|row| !row.source.is_empty()).count(),
        rows,
    }
}
