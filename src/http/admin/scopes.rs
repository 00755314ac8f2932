//! `/admin/scopes`: what apps may ask for, and the claims that each scope lets out.

use actix_web::HttpResponse;
use actix_web::web::Path;

use super::{Confirmed, change, event};
use crate::http::app::{App, AppData};
use crate::http::browser::Browser;
use crate::http::error::{Error, Result};
use crate::http::form::Posted;
use crate::http::guard::Me;
use crate::http::html::{View, see_other};
use crate::http::pages::admin::{ScopeDelete, ScopeEdit, ScopeForm, ScopeNew, ScopeRow, Scopes, segment};
use crate::http::pages::{Errors, Tone};
use crate::oidc::claims::{ScopeEntry, is_standard_scope};
use crate::store::{audit, scopes};

/// `GET /admin/scopes`
pub async fn index(app: AppData, browser: Browser, me: Me) -> Result<HttpResponse> {
    let entries = app.store.read(scopes::list).await?;
    let row = |entry: ScopeEntry| ScopeRow {
        url: url(&app, &entry.name),
        is_standard: is_standard_scope(&entry.name),
        is_default: entry.is_default,
        name: entry.name,
        title: entry.title,
        description: entry.description,
        claims: entry.claims,
        is_restricted: entry.is_restricted,
    };
    let page = Scopes { scopes: entries.into_iter().map(row).collect() };
    View::new().of(&me.user).show(&app, &browser, &page)
}

/// `GET /admin/scopes/new`
pub async fn new(app: AppData, browser: Browser, me: Me) -> Result<HttpResponse> {
    let page = ScopeNew { form: ScopeForm::default(), errors: Errors::default() };
    View::new().of(&me.user).show(&app, &browser, &page)
}

/// `POST /admin/scopes`
pub async fn create(
    app: AppData,
    browser: Browser,
    me: Me,
    Posted(form): Posted<ScopeForm>,
) -> Result<HttpResponse> {
    let form = form.trimmed();
    let mut errors = form.problems();
    if is_standard_scope(&form.name) {
        errors.add("name", "There is a scope of this name.");
    }
    if errors.is_empty() {
        let (entry, event) = (form.entry(), event(&app, &browser, &me, ("scope_added", form.name.clone())));
        let added = app.store.write(move |db| {
            scopes::add(db, &entry)?;
            audit::add(db, &event)
        });
        match added.await {
            Err(error) if error.is_duplicate() => errors.add("name", "There is a scope of this name."),
            added => added?,
        }
    }
    if !errors.is_empty() {
        return View::unprocessable().of(&me.user).show(&app, &browser, &ScopeNew { form, errors });
    }
    app.store.refresh().await?;
    browser.flash(Tone::Ok, format!("The scope {} is added.", form.name));
    Ok(see_other(&app.path("/admin/scopes")))
}

/// `GET /admin/scopes/{name}`
pub async fn show(app: AppData, browser: Browser, me: Me, name: Path<String>) -> Result<HttpResponse> {
    let entry = find(&app, &name).await?;
    let page = edit_page(&app, ScopeForm::of(entry), Errors::default());
    View::new().of(&me.user).show(&app, &browser, &page)
}

/// `POST /admin/scopes/{name}`
pub async fn save(
    app: AppData,
    browser: Browser,
    me: Me,
    place: (Path<String>, Posted<ScopeForm>),
) -> Result<HttpResponse> {
    let name = find(&app, &place.0).await?.name;
    let form = ScopeForm { name, ..place.1.0.trimmed() };
    let errors = form.problems();
    if !errors.is_empty() {
        let page = edit_page(&app, form, errors);
        return View::unprocessable().of(&me.user).show(&app, &browser, &page);
    }
    let (entry, event) = (form.entry(), event(&app, &browser, &me, ("scope_changed", form.name.clone())));
    change(&app, event, move |db| scopes::save(db, &entry)).await?;
    app.store.refresh().await?;
    browser.flash(Tone::Ok, format!("The changes of {} are saved.", form.name));
    Ok(see_other(&app.path("/admin/scopes")))
}

/// `GET /admin/scopes/{name}/delete`
pub async fn ask(app: AppData, browser: Browser, me: Me, name: Path<String>) -> Result<HttpResponse> {
    let name = find(&app, &name).await?.name;
    if is_standard_scope(&name) {
        return Err(Error::NotFound);
    }
    let own = name.clone();
    let clients = app.store.read(move |db| scopes::clients_of(db, &own)).await?;
    let page = ScopeDelete { url: url(&app, &name), name, clients };
    View::new().of(&me.user).show(&app, &browser, &page)
}

/// `POST /admin/scopes/{name}/delete`
pub async fn delete(
    app: AppData,
    browser: Browser,
    me: Me,
    place: (Path<String>, Posted<Confirmed>),
) -> Result<HttpResponse> {
    let name = place.0.into_inner();
    let (own, event) = (name.clone(), event(&app, &browser, &me, ("scope_removed", name.clone())));
    change(&app, event, move |db| scopes::remove(db, &own)).await?;
    app.store.refresh().await?;
    browser.flash(Tone::Ok, format!("The scope {name} is deleted."));
    Ok(see_other(&app.path("/admin/scopes")))
}

/// The scope of a page, as it is in the database now.
async fn find(app: &App, name: &str) -> Result<ScopeEntry> {
    let entries = app.store.read(scopes::list).await?;
    let own = entries.into_iter().find(|entry| entry.name == name);
    own.ok_or(Error::NotFound)
}

fn url(app: &App, name: &str) -> String {
    app.path(&format!("/admin/scopes/{}", segment(name)))
}

fn edit_page(app: &App, form: ScopeForm, errors: Errors) -> ScopeEdit {
    let is_standard = is_standard_scope(&form.name);
    ScopeEdit { name: form.name.clone(), url: url(app, &form.name), is_standard, form, errors }
}
