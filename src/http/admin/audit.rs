//! `/admin/audit`: what happened. Nothing here changes anything.

use actix_web::HttpResponse;
use actix_web::web::Query;
use chrono::NaiveDate;

use super::Asked;
use crate::http::app::{App, AppData};
use crate::http::browser::Browser;
use crate::http::error::Result;
use crate::http::guard::Me;
use crate::http::html::View;
use crate::http::pages::admin::{Audit, AuditFilter, AuditRow, Mark, Narrowed, Registered, segment};
use crate::http::refused;
use crate::oidc::time::UnixTime;
use crate::store::audit::{self, Event, Filter};
use crate::store::{clients, users};

const DAY: i64 = 24 * 3600;

/// `GET /admin/audit`
pub async fn index(app: AppData, browser: Browser, me: Me, asked: Query<Asked>) -> Result<HttpResponse> {
    let given = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let filter = Filter {
        from: day(&asked.from),
        until: day(&asked.to).map(|start| start.plus(DAY)),
        user_id: given(&asked.user),
        client_id: given(&asked.client),
    };
    let search = asked.search(&asked.event);
    let (list, about) = app
        .store
        .read(move |db| {
            let about = match (&filter.client_id, &filter.user_id) {
                (Some(id), _) => {
                    let name = clients::find(db, id)?.map(|client| client.name);
                    Some(("client", id.clone(), name))
                }
                (None, Some(id)) => {
                    let name = users::find(db, id)?.map(|user| user.display_name().to_owned());
                    Some(("user", id.clone(), name))
                }
                (None, None) => None,
            };
            Ok::<_, crate::store::Error>((audit::list(db, &search, &filter)?, about))
        })
        .await?;
    let about = about.map(|(field, value, name)| Narrowed {
        field,
        name: name.unwrap_or_else(|| value.clone()),
        value,
    });
    let filter = AuditFilter {
        q: asked.q.clone(),
        event: asked.event.clone(),
        from: asked.from.clone(),
        to: asked.to.clone(),
        about,
    };
    let pager = asked.pager(&app, "/admin/audit", &list);
    let mut rows = Vec::with_capacity(list.rows.len());
    for event in list.rows {
        rows.push(row(&app, event).await?);
    }
    let page = Audit {
        is_unfiltered: [&asked.q, &asked.event, &asked.from, &asked.to].iter().all(|text| text.is_empty())
            && filter.about.is_none(),
        filter,
        events: AuditFilter::events(),
        pager,
        rows,
    };
    View::new().of(&me.user).show(&app, &browser, &page)
}

/// The start of a day as date fields send it, in UTC; anything else narrows nothing.
fn day(text: &str) -> Option<UnixTime> {
    let date: NaiveDate = text.parse().ok()?;
    Some(UnixTime(date.and_hms_opt(0, 0, 0)?.and_utc().timestamp()))
}

async fn row(app: &App, event: Event) -> Result<AuditRow> {
    let end: String = event.request_id.chars().rev().take(5).collect::<Vec<_>>().into_iter().rev().collect();
    Ok(AuditRow {
        registered: registered(app, &event).await?,
        time: UnixTime(event.happened_at).to_string(),
        mark: Mark::of(&event.event),
        actor: event.actor,
        detail: event.detail,
        address: event.address,
        request_url: app.path(&format!("/admin/audit?q={}", segment(&event.request_id))),
        request_id: event.request_id,
        request_end: end,
    })
}

/// What a refused request would have had to send, as far as its client is known.
async fn registered(app: &App, event: &Event) -> Result<Option<Registered>> {
    let Some(client_id) = event.client_id.as_ref().filter(|_| event.event == refused::EVENT) else {
        return Ok(None);
    };
    let client = app.store.client(client_id).await?;
    Ok(client.map(|client| Registered {
        redirect_uris: client.redirect_uris.clone(),
        client_url: app.path(&format!("/admin/clients/{}", segment(&client.id))),
    }))
}
