//! Entries of the audit log about what happens in a request.

use actix_web::HttpRequest;

use super::app::App;
use super::error::Result;
use super::{client_address, request_id};
use crate::oidc::user::User;
use crate::store::audit::Event;
use crate::store::{Db, audit};

/// An entry about `request`; nobody did it until [`by`] says who.
pub fn event(app: &App, request: &HttpRequest, event: &str, detail: impl Into<String>) -> Event {
    let address = client_address::of(app, request);
    Event {
        id: event_id(app),
        happened_at: app.now().0,
        event: event.to_owned(),
        actor: "Nobody".to_owned(),
        detail: detail.into(),
        address: address.map(|address| address.to_string()).unwrap_or_default(),
        request_id: request_id::of(request),
        ..Event::default()
    }
}

/// The same entry, done by `user`.
pub fn by(user: &User, event: Event) -> Event {
    Event { actor: user.display_name().to_owned(), actor_id: Some(user.id.clone()), ..event }
}

/// Does `work` and adds `event` in one transaction. Says whether there was anything to do; if not, nothing is added.
pub async fn noted(
    app: &App,
    event: Event,
    work: impl Fn(&mut Db) -> Result<bool, crate::store::Error> + Send + 'static,
) -> Result<bool> {
    let is_done = app.store.write(move |db| {
        let is_done = work(db)?;
        if is_done {
            audit::add(db, &event)?;
        }
        Ok::<_, crate::store::Error>(is_done)
    });
    Ok(is_done.await?)
}

/// Sorts by time; random at its end.
fn event_id(app: &App) -> String {
    format!("{:010x}{}", app.now().0, request_id::random())
}
