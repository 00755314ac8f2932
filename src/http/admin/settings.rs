//! `/admin/settings`: what is set in the database, and what the configuration says.

use actix_web::HttpResponse;

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
use crate::oidc::jose::Alg;
use crate::store::{audit, settings};

/// `GET /admin/settings`
pub async fn show(app: AppData, browser: Browser, me: Me) -> Result<HttpResponse> {
    let kept = app.store.read(settings::find).await?;
    let page = page(&app, SettingsForm::of(&kept), Errors::default());
    View::new().of(&me.user).show(&app, &browser, &page)
}

/// `POST /admin/settings`
pub async fn save(
    app: AppData,
    browser: Browser,
    me: Me,
    Posted(form): Posted<SettingsForm>,
) -> Result<HttpResponse> {
    let form = SettingsForm { organisation: form.organisation.trim().to_owned(), ..form };
    let new = match form.checked() {
        Ok(new) => new,
        Err(errors) => {
            return View::unprocessable().of(&me.user).show(&app, &browser, &page(&app, form, errors));
        }
    };
    let event = event(&app, &browser, &me, ("settings_changed", String::new()));
    app.store
        .write(move |db| {
            let detail = new.differences(&settings::find(db)?);
            settings::save(db, &new)?;
            audit::add(db, &audit::Event { detail, ..event.clone() })
        })
        .await?;
    app.store.refresh().await?;
    browser.flash(Tone::Ok, "Your changes are saved. They hold within a second.");
    Ok(see_other(&app.path("/admin/settings")))
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
