//! `/admin/clients/new` and `/admin/clients/{client_id}`: making and changing a client.

use actix_web::HttpResponse;
use actix_web::web::{Bytes, Path};

use super::form::{self, Typed};
use super::{find, head, secret};
use crate::dice;
use crate::http::admin::{change, event};
use crate::http::app::{App, AppData};
use crate::http::browser::Browser;
use crate::http::error::{Error, Result};
use crate::http::form::Uploaded;
use crate::http::guard::Me;
use crate::http::html::{View, see_other};
use crate::http::pages::admin::{ClientEdit, ClientForm, ClientNew};
use crate::http::pages::parts::day;
use crate::http::pages::{Errors, Tone};
use crate::http::{picture, remote};
use crate::oidc::client::Client;
use crate::store::audit::Event;
use crate::store::logos::Logo;
use crate::store::{Db, audit, client_secrets, clients, logos};

/// `GET /admin/clients/new`
pub async fn new(app: AppData, browser: Browser, me: Me) -> Result<HttpResponse> {
    let id: String = dice::bytes::<8>().iter().map(|byte| format!("{byte:02x}")).collect();
    draw_new(&app, &browser, &me, (View::new(), form::blank(&app, id), Errors::default())).await
}

async fn draw_new<'a>(
    app: &App,
    browser: &Browser,
    me: &'a Me,
    (view, form, errors): (View<'a>, ClientForm, Errors),
) -> Result<HttpResponse> {
    let choices = form::choices(app, &form.id_token_signed_response_alg).await?;
    let form = form::folded(app, form, &errors);
    view.of(&me.user).show(app, browser, &ClientNew { form, choices, errors })
}

/// `POST /admin/clients`
pub async fn create(app: AppData, browser: Browser, me: Me, sent: Uploaded<Typed>) -> Result<HttpResponse> {
    let Uploaded { fields: mut typed, file } = sent;
    typed.may_have_wildcards = app.config.features.wildcard_redirect_uris;
    if typed.change_rows() {
        return draw_new(&app, &browser, &me, (View::new(), typed.form(&app, None), Errors::default())).await;
    }
    typed.drop_empty_rows();
    let id = typed.client_id.trim().to_owned();
    let refused = |errors| (View::unprocessable(), typed.form(&app, None), errors);
    let (mut client, logo) = match checked(&app, &typed, (&id, None), file).await? {
        Ok(checked) => checked,
        Err(errors) => return draw_new(&app, &browser, &me, refused(errors)).await,
    };
    let secret = client.has_secret().then(|| secret::Fresh::new(&app, &client));
    client.secrets.extend(secret.as_ref().map(|fresh| fresh.stored.clone()));
    let event = event(&app, &browser, &me, ("client_added", client.name.clone()));
    let event = Event { client_id: Some(client.id.clone()), ..event };
    let added = {
        let client = client.clone();
        app.store
            .write(move |db| {
                clients::add(db, &client)?;
                if let Some(logo) = &logo {
                    logos::save(db, &client.id, logo)?;
                }
                audit::add(db, &event)
            })
            .await
    };
    match added {
        Err(error) if error.is_duplicate() => {
            let errors =
                Errors::from_iter([("client_id", "Another client has this ID; choose another one.")]);
            return draw_new(&app, &browser, &me, refused(errors)).await;
        }
        added => added?,
    }
    app.store.refresh().await?;
    match secret {
        Some(fresh) => secret::show_once(&app, &browser, &me, (&client.id, fresh.secret, true)).await,
        None => {
            browser.flash(Tone::Ok, format!("{} is added. Its ID is {}.", client.name, client.id));
            Ok(see_other(&head(&app, &client).await?.url))
        }
    }
}

/// `GET /admin/clients/{client_id}`
pub async fn show(app: AppData, browser: Browser, me: Me, id: Path<String>) -> Result<HttpResponse> {
    let client = find(&app, &id).await?;
    let form = form::of(&app, &client);
    draw(&app, &browser, &me, (View::new(), &client, form, Errors::default())).await
}

async fn draw<'a>(
    app: &App,
    browser: &Browser,
    me: &'a Me,
    (view, client, form, errors): (View<'a>, &Client, ClientForm, Errors),
) -> Result<HttpResponse> {
    let page = ClientEdit {
        client: head(app, client).await?,
        choices: form::choices(app, &client.id_token_alg.to_string()).await?,
        form: form::folded(app, form, &errors),
        secrets: secret::rows(app, client),
        needs_new_secret: secret::is_missing_clear(app, client),
        software_id: client.options.software_id.clone(),
        software_version: client.options.software_version.clone(),
        registration: form::registration(client),
        changed: day(client.updated_at),
        errors,
    };
    view.of(&me.user).show(app, browser, &page)
}

/// `POST /admin/clients/{client_id}`
pub async fn save(
    app: AppData,
    browser: Browser,
    me: Me,
    (id, sent): (Path<String>, Uploaded<Typed>),
) -> Result<HttpResponse> {
    let before = find(&app, &id).await?;
    let Uploaded { fields: mut typed, file } = sent;
    typed.may_have_wildcards = app.config.features.wildcard_redirect_uris;
    typed.client_id.clone_from(&before.id);
    let logo_before = form::of(&app, &before).logo;
    if typed.change_rows() {
        let form = typed.form(&app, logo_before);
        return draw(&app, &browser, &me, (View::new(), &before, form, Errors::default())).await;
    }
    typed.drop_empty_rows();
    let (mut client, logo) = match checked(&app, &typed, (&before.id, Some(&before)), file).await? {
        Ok(checked) => checked,
        Err(errors) => {
            let form = typed.form(&app, logo_before);
            return draw(&app, &browser, &me, (View::unprocessable(), &before, form, errors)).await;
        }
    };
    if let Some(logo) = &logo {
        client.logo_hash = Some(logo.logo_hash.clone());
    } else if typed.removes_logo() {
        client.logo_hash = None;
    }
    let detail = format!("{}: {}", client.name, form::differences(&before, &client));
    let event = event(&app, &browser, &me, ("client_changed", detail));
    let event = Event { client_id: Some(client.id.clone()), ..event };
    let (saved, removes_logo) = (client.clone(), typed.removes_logo());
    let save = move |db: &mut Db| {
        if !clients::save(db, &saved)? {
            return Ok(false);
        }
        match &logo {
            Some(logo) => logos::save(db, &saved.id, logo)?,
            None if removes_logo => logos::remove(db, &saved.id)?,
            None => {}
        }
        // Who has no secret keeps none that would work again one day.
        if !saved.has_secret() {
            client_secrets::remove_all(db, &saved.id)?;
        }
        Ok(true)
    };
    change(&app, event, save).await?;
    app.store.refresh().await?;
    let url = head(&app, &client).await?.url;
    // As it was saved, with the secrets that it has now.
    let client = Client { secrets: before.secrets, ..client };
    if client.has_secret() && !client.secrets.is_empty() && secret::is_missing_clear(&app, &client) {
        browser.flash(
            Tone::Ok,
            "Your changes are saved. What you chose takes the client secret as its key, and of the old one only a \
             hash is kept: make a new one now.",
        );
        return Ok(see_other(&format!("{url}/secret")));
    }
    let needs_secret = client.has_secret() && client.secrets.is_empty();
    if needs_secret {
        browser
            .flash(Tone::Ok, "Your changes are saved. A confidential client needs a secret: make one now.");
        return Ok(see_other(&format!("{url}/secret")));
    }
    browser.flash(Tone::Ok, "Your changes are saved. They hold within a second.");
    Ok(see_other(&url))
}

/// The client that was typed, and its new logo.
async fn checked(
    app: &App,
    typed: &Typed,
    (id, before): (&str, Option<&Client>),
    file: Option<Bytes>,
) -> Result<Result<(Client, Option<Logo>), Errors>> {
    let mut errors = Errors::default();
    let logo = match file {
        None => None,
        Some(file) => {
            let read = tokio::task::spawn_blocking(move || picture::logo(&file)).await;
            match read.map_err(|error| Error::Fault(error.to_string()))? {
                Ok(logo) => Some(logo),
                Err(message) => {
                    errors.add("logo", message);
                    None
                }
            }
        }
    };
    Ok(match typed.client(id, before, app.now()) {
        Ok(client) if errors.is_empty() => match remote::check(&app.outbound, &client).await? {
            Ok(()) => Ok((client, logo)),
            // The form shows no such field; its redirect URIs are what does not fit.
            Err(problem) => {
                errors.add("redirect_uris-0", format!("{}: {}", problem.member, problem.message));
                Err(errors)
            }
        },
        Ok(_) => Err(errors),
        Err(mut found) => {
            if let Some(message) = errors.on("logo") {
                found.add("logo", message);
            }
            Err(found)
        }
    })
}
