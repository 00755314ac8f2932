//! The console: handlers behind the administrators' guard, and the small pieces that they share.

pub mod audit;
pub mod clients;
pub mod consents;
pub mod dashboard;
pub mod deliveries;
pub mod keys;
pub mod scopes;
pub mod sessions;
pub mod settings;
pub mod users;

use serde::Deserialize;

use super::app::App;
use super::audit::{by, noted};
use super::browser::Browser;
use super::error::{Error, Result};
use super::guard::Me;
use super::pages::admin::{Named, Shown, segment};
use super::pages::{Avatar, Pager};
use crate::oidc::client::Client;
use crate::oidc::user::User;
use crate::store::audit::Event;
use crate::store::{Db, PAGE, Page, Search};

/// What a list is asked for. Each list uses what it has a field for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    q: String,
    #[serde(rename = "type")]
    kind: String,
    status: String,
    origin: String,
    event: String,
    from: String,
    to: String,
    client: String,
    user: String,
    page: Option<i64>,
}

impl Asked {
    /// The search in the store's words; `state` is the narrowing that its list knows.
    fn search(&self, state: &str) -> Search {
        let state = Some(state.to_owned()).filter(|state| !state.is_empty());
        Search { text: self.q.clone(), state, page: self.page() }
    }

    fn page(&self) -> i64 {
        self.page.unwrap_or(1).max(1)
    }

    /// The foot of a list at `path` that keeps what was asked for.
    fn pager<T>(&self, app: &App, path: &str, list: &Page<T>) -> Pager {
        let shown = Shown { page: self.page(), per_page: PAGE, total: list.total };
        shown.pager(|page| {
            let mut query = form_urlencoded::Serializer::new(String::new());
            for (name, value) in [
                ("q", &self.q),
                ("type", &self.kind),
                ("status", &self.status),
                ("origin", &self.origin),
                ("event", &self.event),
                ("from", &self.from),
                ("to", &self.to),
                ("client", &self.client),
                ("user", &self.user),
            ] {
                if !value.is_empty() {
                    query.append_pair(name, value);
                }
            }
            format!("{}?{}", app.path(path), query.append_pair("page", &page.to_string()).finish())
        })
    }
}

/// A person as lists name them.
fn person(app: &App, user: &User) -> Named {
    Named {
        name: user.display_name().to_owned(),
        detail: user.profile.email.clone().unwrap_or_else(|| user.username.clone()),
        avatar: Avatar::of(user.display_name()),
        url: app.path(&format!("/admin/users/{}", segment(&user.id))),
    }
}

/// An app as lists name it.
fn client(app: &App, client: &Client) -> Named {
    Named {
        avatar: Avatar::of(&client.name).with_image(app.logo_url(client)),
        ..client_named(app, &client.id, &client.name)
    }
}

/// The same where only its name is known.
fn client_named(app: &App, id: &str, name: &str) -> Named {
    Named {
        name: name.to_owned(),
        detail: id.to_owned(),
        avatar: Avatar::of(name),
        url: app.path(&format!("/admin/clients/{}", segment(id))),
    }
}

/// An entry of the audit log about what an administrator does.
fn event(app: &App, browser: &Browser, me: &Me, (event, detail): (&str, String)) -> Event {
    by(&me.user, browser.event(app, event, detail))
}

/// Does `work` on what must be there, and adds `event` to the audit log.
async fn change(
    app: &App,
    event: Event,
    work: impl Fn(&mut Db) -> Result<bool, crate::store::Error> + Send + 'static,
) -> Result<()> {
    if noted(app, event, work).await? { Ok(()) } else { Err(Error::NotFound) }
}

/// A form that only says *do it*.
#[derive(Deserialize)]
pub struct Confirmed {}
