//! `/admin/users`: the people who sign in here.

pub mod access;
pub mod edit;
pub mod new;
pub mod show;

use actix_web::HttpResponse;
use actix_web::web::Query;

use super::{Asked, event, person};
use crate::http::account::ago;
use crate::http::app::{App, AppData};
use crate::http::browser::Browser;
use crate::http::error::{Error, Result};
use crate::http::guard::Me;
use crate::http::html::View;
use crate::http::login::throttle_name;
use crate::http::pages::admin::{UserHead, UserRow, Users, grouped, segment};
use crate::http::pages::parts::day;
use crate::http::pages::{Avatar, Errors};
use crate::oidc::time::UnixTime;
use crate::oidc::user::User;
use crate::store::audit::Event;
use crate::store::users::Listed;
use crate::store::{Db, throttles, users};

/// `GET /admin/users?q=…&status=…`
pub async fn index(app: AppData, browser: Browser, me: Me, asked: Query<Asked>) -> Result<HttpResponse> {
    let search = asked.search(&asked.status);
    let (list, people) = app
        .store
        .read(move |db| Ok::<_, crate::store::Error>((users::list(db, &search)?, users::count(db)?)))
        .await?;
    let page = Users {
        people: grouped(people),
        q: asked.q.clone(),
        status: asked.status.clone(),
        is_unfiltered: asked.q.is_empty() && asked.status.is_empty(),
        statuses: Users::statuses(),
        pager: asked.pager(&app, "/admin/users", &list),
        users: list.rows.iter().map(|listed| row(&app, listed)).collect(),
    };
    View::new().of(&me.user).show(&app, &browser, &page)
}

fn row(app: &App, listed: &Listed) -> UserRow {
    let user = &listed.user;
    UserRow {
        person: person(app, user),
        username: user.username.clone(),
        is_admin: user.is_admin,
        is_disabled: user.is_disabled(),
        signed_in: listed.signed_in_at.map(|at| when(at, app.now())),
        added: day(user.created_at),
    }
}

/// `2 minutes ago`, `Just now`, where it stands alone.
fn when(time: UnixTime, now: UnixTime) -> String {
    let text = ago(time, now);
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// Somebody whom a page is about.
struct Subject {
    user: User,
    pause: Option<Paused>,
}

/// Sign-in is paused after too many wrong passwords.
struct Paused {
    until: UnixTime,
    failures: i64,
}

impl Subject {
    fn find(db: &mut Db, id: &str, now: UnixTime) -> Result<Option<Self>, crate::store::Error> {
        let Some(user) = users::find(db, id)? else { return Ok(None) };
        let mut pause: Option<Paused> = None;
        for name in throttle_names(&user) {
            let state = throttles::find(db, &name, now)?;
            let own = state.paused_until.map(|until| Paused { until, failures: state.failures });
            pause = pause.into_iter().chain(own).max_by_key(|pause| pause.until);
        }
        Ok(Some(Self { user, pause }))
    }

    fn head(&self, app: &App, me: &Me) -> UserHead {
        let user = &self.user;
        UserHead {
            name: user.display_name().to_owned(),
            username: user.username.clone(),
            id: user.id.clone(),
            avatar: Avatar::of(user.display_name()),
            url: url(app, &user.id),
            is_admin: user.is_admin,
            is_disabled: user.is_disabled(),
            is_paused: self.pause.is_some(),
            is_you: user.id == me.user.id,
            activity_url: app.path(&format!("/admin/audit?user={}", segment(&user.id))),
        }
    }
}

/// People sign in with their user name or their e-mail address, and each is counted for itself.
fn throttle_names(user: &User) -> Vec<String> {
    let email = user.profile.email.iter();
    std::iter::once(&user.username).chain(email).map(|name| throttle_name(name)).collect()
}

async fn find(app: &App, id: &str) -> Result<Subject> {
    let (id, now) = (id.to_owned(), app.now());
    app.store.read(move |db| Subject::find(db, &id, now)).await?.ok_or(Error::NotFound)
}

fn url(app: &App, id: &str) -> String {
    app.path(&format!("/admin/users/{}", segment(id)))
}

/// An entry of the audit log about what an administrator does to somebody.
fn event_about(app: &App, browser: &Browser, me: &Me, (name, user): (&str, &User)) -> Event {
    let event = event(app, browser, me, (name, user.display_name().to_owned()));
    Event { user_id: Some(user.id.clone()), ..event }
}

/// How a change of somebody ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Change {
    Done,
    /// The person is no longer there.
    Gone,
    /// Nobody could use the console any more.
    LastAdmin,
}

const LAST_ADMIN: &str = "This is the last administrator. Make somebody else one first.";

/// Whether the console would be left without anybody if `user` could not use it any more; in the transaction that
/// would do it.
fn is_needed(db: &mut Db, user: &User) -> Result<bool, crate::store::Error> {
    users::hold_admins(db)?;
    users::is_last_admin(db, &user.id)
}

/// Which answers another person has given already.
async fn taken(app: &App, user: User) -> Result<Errors> {
    let taken = app.store.read(move |db| users::taken(db, &user)).await?;
    let message = |member| match member {
        "email" => "Another person has this e-mail address.",
        "subject" => "Another person is known by this subject.",
        _ => "Another person has this user name.",
    };
    let errors: Errors = taken.into_iter().map(|member| (member, message(member))).collect();
    if errors.is_empty() {
        // Whoever was in the way has gone in the meantime.
        return Err(Error::Busy);
    }
    Ok(errors)
}

fn password_min(app: &App) -> u32 {
    u32::try_from(app.config.password.min_length).unwrap_or(u32::MAX)
}
