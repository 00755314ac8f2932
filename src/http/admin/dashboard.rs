//! `/admin`: what there is, what happened lately, and what needs a person.

use actix_web::HttpResponse;

use crate::http::account::ago;
use crate::http::app::{App, AppData};
use crate::http::browser::Browser;
use crate::http::error::Result;
use crate::http::guard::Me;
use crate::http::html::View;
use crate::http::pages::admin::{
    Activity, Dashboard, Health, Mark, RotationDue, SignIns, Stat, Verdict, grouped,
};
use crate::http::pages::parts::day;
use crate::oidc::keys::{KeyRecord, KeyState};
use crate::oidc::rotation;
use crate::oidc::time::UnixTime;
use crate::store::audit::{Event, Filter};
use crate::store::{Db, Search, audit, clients, consents, keys, sessions, users};

const DAY: i64 = 24 * 3600;
/// A rotation that is nearer than this stands on top.
const NEAR: i64 = 7 * DAY;
/// Sign-ins that the chart can count.
const MOST: i64 = 1_000_000;

/// What the database knows.
struct Figures {
    people: i64,
    clients: i64,
    sessions: i64,
    consents: i64,
    succeeded: Vec<UnixTime>,
    failed: Vec<UnixTime>,
    events: Vec<Event>,
    keys: Vec<KeyRecord>,
}

impl Figures {
    fn read(db: &mut Db, now: UnixTime) -> Result<Self, crate::store::Error> {
        let since = now.minus(DAY);
        Ok(Self {
            people: users::count(db)?,
            clients: clients::count(db)?,
            sessions: sessions::count(db, now)?,
            consents: consents::count(db)?,
            succeeded: audit::times(db, "sign_in", since, MOST)?,
            failed: audit::times(db, "sign_in_failed", since, MOST)?,
            events: audit::list(db, &Search::default(), &Filter::default())?.rows,
            keys: keys::list(db)?,
        })
    }
}

/// `GET /admin`
pub async fn show(app: AppData, browser: Browser, me: Me) -> Result<HttpResponse> {
    let now = app.now();
    let figures = app.store.read(move |db| Figures::read(db, now)).await?;
    let page = Dashboard {
        issuer: app.issuer().to_owned(),
        rotations: rotations(&app, &figures.keys),
        has_clients: figures.clients > 0,
        stats: stats(&app, &figures),
        sign_ins: SignIns::of(&figures.succeeded, &figures.failed, now),
        health: health(&app, &figures.keys),
        activity: figures.events.iter().take(6).map(|event| activity(event, now)).collect(),
    };
    View::new().of(&me.user).show(&app, &browser, &page)
}

fn stats(app: &App, figures: &Figures) -> Vec<Stat> {
    let stat = |name: &str, value: i64, path: &str| Stat {
        name: name.to_owned(),
        value: grouped(value),
        detail: String::new(),
        url: app.path(path),
    };
    vec![
        stat("People", figures.people, "/admin/users"),
        stat("Clients", figures.clients, "/admin/clients"),
        stat("Live sessions", figures.sessions, "/admin/sessions"),
        stat("Consents", figures.consents, "/admin/consents"),
    ]
}

fn rotations(app: &App, keys: &[KeyRecord]) -> Vec<RotationDue> {
    let due = upcoming(app, keys).into_iter().filter(|(_, at)| at.since(app.now()) < NEAR);
    let rotation = |(key, at): (&KeyRecord, UnixTime)| RotationDue {
        alg: key.alg.to_string(),
        due: in_days(at, app.now()),
        is_published: keys.iter().any(|next| next.alg == key.alg && next.state == KeyState::Next),
    };
    due.map(rotation).collect()
}

/// The keys that will be rotated by themselves, the nearest first.
fn upcoming<'a>(app: &App, keys: &'a [KeyRecord]) -> Vec<(&'a KeyRecord, UnixTime)> {
    app.config.rotation().map(|rotation| rotation::upcoming(keys, &rotation)).unwrap_or_default()
}

/// How long until a key rotates, once that is near: for the sidebar of every page.
pub fn key_rotation(app: &App) -> Option<String> {
    let catalogue = app.store.catalogue();
    let (_, at) = *upcoming(app, catalogue.keys.records()).first()?;
    let left = at.since(app.now());
    (left < NEAR).then(|| match left / DAY {
        ..=0 => "Today".into(),
        1 => "1 day".into(),
        days => format!("{days} days"),
    })
}

/// `today`, `tomorrow`, `in 6 days`.
fn in_days(time: UnixTime, now: UnixTime) -> String {
    match time.since(now).max(0) / DAY {
        0 => "today".into(),
        1 => "tomorrow".into(),
        days => format!("in {days} days"),
    }
}

fn health(app: &App, keys: &[KeyRecord]) -> Vec<Health> {
    let signing: Vec<&KeyRecord> = keys.iter().filter(|key| key.state == KeyState::Signing).collect();
    let algs: Vec<String> = signing.iter().map(|key| key.alg.to_string()).collect();
    let key_health = match upcoming(app, keys).first() {
        _ if signing.is_empty() => (Verdict::Bad, "No key signs".to_owned()),
        Some((key, at)) if at.since(app.now()) < NEAR => {
            (Verdict::Soon, format!("{} rotates {}", key.alg, day(*at)))
        }
        Some((key, at)) => (Verdict::Ok, format!("{}; {} rotates {}", algs.join(", "), key.alg, day(*at))),
        None => (Verdict::Ok, format!("{}; rotated by hand", algs.join(", "))),
    };
    let database = if app.config.database_url.is_postgres() { "PostgreSQL" } else { "SQLite" };
    vec![
        Health { name: "Database".into(), detail: format!("{database} answers"), verdict: Verdict::Ok },
        Health { name: "Signing keys".into(), detail: key_health.1, verdict: key_health.0 },
    ]
}

/// A line of what happened lately.
pub fn activity(event: &Event, now: UnixTime) -> Activity {
    let at = UnixTime(event.happened_at);
    let by = format!("By {}", event.actor);
    Activity {
        mark: Mark::of(&event.event),
        detail: if event.detail.is_empty() { by } else { format!("{}. {by}", event.detail) },
        time: ago(at, now),
        time_iso: format!("{}Z", at.to_string().replace(' ', "T")),
    }
}
