//! `/admin/sessions`: who is signed in where.

use actix_web::HttpResponse;
use actix_web::web::{Path, Query};

use super::{Asked, Confirmed, event, person};
use crate::http::account::ago;
use crate::http::app::{App, AppData};
use crate::http::browser::Browser;
use crate::http::error::{Error, Result};
use crate::http::form::Posted;
use crate::http::guard::Me;
use crate::http::html::{View, see_other};
use crate::http::pages::Tone;
use crate::http::pages::admin::{SessionRow, Sessions};
use crate::http::pages::device::Device;
use crate::http::pages::parts::day;
use crate::store::sessions::Listed;
use crate::store::{audit, sessions};

/// `GET /admin/sessions?q=…`
pub async fn index(app: AppData, browser: Browser, me: Me, asked: Query<Asked>) -> Result<HttpResponse> {
    let (search, now) = (asked.search(""), app.now());
    let list = app.store.read(move |db| sessions::list(db, &search, now)).await?;
    let pager = asked.pager(&app, "/admin/sessions", &list);
    let rows = list.rows.iter().map(|listed| row(&app, &me, listed)).collect();
    let page = Sessions { q: asked.q.clone(), sessions: rows, pager };
    View::new().of(&me.user).show(&app, &browser, &page)
}

/// `POST /admin/sessions/{sid}/delete`
pub async fn delete(
    app: AppData,
    browser: Browser,
    me: Me,
    place: (Path<String>, Posted<Confirmed>),
) -> Result<HttpResponse> {
    end(&app, &browser, &me, (place.0.into_inner(), None)).await?;
    Ok(see_other(&app.path("/admin/sessions")))
}

/// Ends a session, wherever in the console it was asked for: that of one person, where there is one.
pub async fn end(app: &App, browser: &Browser, me: &Me, (sid, of): (String, Option<String>)) -> Result<()> {
    let (event, now) = (event(app, browser, me, ("session_ended", String::new())), app.now());
    let ended = app
        .store
        .write(move |db| {
            let found = sessions::find(db, &sid, now)?;
            let Some(own) = found.filter(|own| of.as_ref().is_none_or(|of| *of == own.user.id)) else {
                return Ok(None);
            };
            sessions::end(db, std::slice::from_ref(&sid))?;
            let name = own.user.display_name().to_owned();
            let (user_id, detail) = (Some(own.user.id), format!("Of {name}"));
            audit::add(db, &audit::Event { user_id, detail, ..event.clone() })?;
            Ok::<_, crate::store::Error>(Some(name))
        })
        .await?;
    let name = ended.ok_or(Error::NotFound)?;
    browser.flash(Tone::Ok, format!("That session of {name} has ended."));
    Ok(())
}

fn row(app: &App, me: &Me, listed: &Listed) -> SessionRow {
    SessionRow {
        person: person(app, &listed.user),
        device: Device::of(&listed.user_agent),
        address: listed.address.clone(),
        apps: listed.clients.iter().map(|(_, name)| name.clone()).collect(),
        since: day(listed.created_at),
        active: ago(listed.seen_at, app.now()),
        is_current: listed.sid == me.session.sid,
        delete_url: app.path(&format!("/admin/sessions/{}/delete", listed.sid)),
    }
}
