//! `/admin/clients`: the apps that sign people in here.

pub mod delete;
pub mod edit;
mod form;
pub mod registration_tokens;
pub mod secret;

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::web::Query;

use super::{Asked, client as named};
use crate::http::app::{App, AppData};
use crate::http::browser::Browser;
use crate::http::error::{Error, Result};
use crate::http::guard::Me;
use crate::http::html::View;
use crate::http::pages::Avatar;
use crate::http::pages::admin::{ClientFilter, ClientHead, ClientRow, Clients, grouped, segment};
use crate::http::pages::parts::day;
use crate::oidc::client::{Client, GrantType, Origin};
use crate::store::{clients, consents};

/// `GET /admin/clients?q=…&type=…&status=…&origin=…`
pub async fn index(app: AppData, browser: Browser, me: Me, asked: Query<Asked>) -> Result<HttpResponse> {
    let search = asked.search("");
    let narrowing = clients::Narrowing {
        kind: asked.kind.clone(),
        status: asked.status.clone(),
        origin: asked.origin.clone(),
    };
    let (list, count) = app
        .store
        .read(move |db| {
            Ok::<_, crate::store::Error>((clients::list(db, &search, &narrowing)?, clients::count(db)?))
        })
        .await?;
    let page = Clients {
        has_clients: count > 0,
        is_unfiltered: [&asked.q, &asked.kind, &asked.status, &asked.origin]
            .iter()
            .all(|text| text.is_empty()),
        filter: ClientFilter {
            q: asked.q.clone(),
            kind: asked.kind.clone(),
            status: asked.status.clone(),
            origin: asked.origin.clone(),
        },
        kinds: ClientFilter::kinds(),
        statuses: ClientFilter::statuses(),
        origins: ClientFilter::origins(),
        pager: asked.pager(&app, "/admin/clients", &list),
        clients: list.rows.iter().map(|client| row(&app, client)).collect(),
    };
    View::new().of(&me.user).show(&app, &browser, &page)
}

fn row(app: &App, client: &Client) -> ClientRow {
    let flow = match (client.may_use(GrantType::AuthorizationCode), app.features().require_pkce.binds(client))
    {
        (true, true) => "Code + PKCE",
        (true, false) => "Code",
        (false, _) => "None",
    };
    ClientRow {
        app: named(app, client),
        is_public: client.is_public(),
        flow: flow.into(),
        added: day(client.created_at),
        origin: origin(client),
        is_disabled: client.is_disabled(),
    }
}

/// Whence a client came, where no administrator made it in the console.
fn origin(client: &Client) -> Option<String> {
    let until = client.unused_until.map(|until| format!(", unused until {}", day(until))).unwrap_or_default();
    match (client.origin, &client.registered_with) {
        (Origin::Console, _) => None,
        (Origin::CommandLine, _) => Some("By the command line".into()),
        (Origin::Registration, None) => Some(format!("Registered itself{until}")),
        (Origin::Registration, Some(name)) => Some(format!("Registered with {name}{until}")),
    }
}

/// The client of a page, as it is in the database now.
async fn find(app: &App, id: &str) -> Result<Client> {
    let id = id.to_owned();
    app.store.read(move |db| clients::find(db, &id)).await?.ok_or(Error::NotFound)
}

/// What stands above each page about a client.
async fn head(app: &App, client: &Client) -> Result<ClientHead> {
    let id = Arc::new(client.id.clone());
    let people = app.store.read(move |db| consents::count_of_client(db, &id)).await?;
    let segment = segment(&client.id);
    Ok(ClientHead {
        name: client.name.clone(),
        client_id: client.id.clone(),
        avatar: Avatar::of(&client.name).with_image(app.logo_url(client)),
        url: app.path(&format!("/admin/clients/{segment}")),
        is_disabled: client.is_disabled(),
        people: grouped(people),
        consents_url: app.path(&format!("/admin/consents?q={segment}")),
        activity_url: app.path(&format!("/admin/audit?client={segment}")),
    })
}
