//! What happened, kept so that nobody can change it afterwards.

use diesel::prelude::*;

use super::db::Db;
use super::error::Result;
use super::list::{Page, Search};
use super::schema::audit_events;
use crate::dice;
use crate::oidc::secret;
use crate::oidc::time::UnixTime;
use crate::oidc::user::fold;

/// One entry of the audit log.
#[derive(Clone, Debug, Default)]
pub struct Event {
    /// Sorts by time; random at its end.
    pub id: String,
    pub happened_at: i64,
    /// A short name, such as `sign_in` or `client_changed`.
    pub event: String,
    /// Who did it; nobody's id for the system and for strangers.
    pub actor_id: Option<String>,
    pub actor: String,
    pub detail: String,
    pub client_id: Option<String>,
    pub user_id: Option<String>,
    pub address: String,
    pub request_id: String,
}

impl Event {
    /// An entry about what happens now, outside of any request; `actor` is a word for who does it.
    pub fn by(actor: &str, now: UnixTime) -> Self {
        Self {
            id: format!("{:010x}{}", now.0, secret::opaque(dice::bytes())),
            happened_at: now.0,
            actor: actor.to_owned(),
            ..Self::default()
        }
    }

    /// The same entry, with what happened.
    #[must_use]
    pub fn about(mut self, event: &str, detail: impl Into<String>) -> Self {
        self.event = event.to_owned();
        self.detail = detail.into();
        self
    }
}

#[derive(Queryable)]
struct Row {
    id: String,
    happened_at: i64,
    event: String,
    actor_id: Option<String>,
    actor: String,
    detail: String,
    client_id: Option<String>,
    user_id: Option<String>,
    address: String,
    request_id: String,
    _search_key: String,
}

impl From<Row> for Event {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            happened_at: row.happened_at,
            event: row.event,
            actor_id: row.actor_id,
            actor: row.actor,
            detail: row.detail,
            client_id: row.client_id,
            user_id: row.user_id,
            address: row.address,
            request_id: row.request_id,
        }
    }
}

pub fn add(db: &mut Db, event: &Event) -> Result<()> {
    let search_key = fold(&format!(
        "{} {} {} {} {}",
        event.event, event.actor, event.detail, event.address, event.request_id
    ));
    diesel::insert_into(audit_events::table)
        .values((
            audit_events::id.eq(&event.id),
            audit_events::happened_at.eq(event.happened_at),
            audit_events::event.eq(&event.event),
            audit_events::actor_id.eq(&event.actor_id),
            audit_events::actor.eq(&event.actor),
            audit_events::detail.eq(&event.detail),
            audit_events::client_id.eq(&event.client_id),
            audit_events::user_id.eq(&event.user_id),
            audit_events::address.eq(&event.address),
            audit_events::request_id.eq(&event.request_id),
            audit_events::search_key.eq(search_key),
        ))
        .execute(db)?;
    Ok(())
}

/// Which entries are wanted, beside the text of the search; `search.state` narrows to one event.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub from: Option<UnixTime>,
    /// Exclusive.
    pub until: Option<UnixTime>,
    pub user_id: Option<String>,
    pub client_id: Option<String>,
}

/// Entries, the newest first.
pub fn list(db: &mut Db, search: &Search, filter: &Filter) -> Result<Page<Event>> {
    let filtered = || {
        let mut query = audit_events::table.into_boxed();
        if let Some(pattern) = search.pattern() {
            query = query.filter(audit_events::search_key.like(pattern).escape('\\'));
        }
        if let Some(event) = search.state.clone() {
            query = query.filter(audit_events::event.eq(event));
        }
        if let Some(from) = filter.from {
            query = query.filter(audit_events::happened_at.ge(from.0));
        }
        if let Some(until) = filter.until {
            query = query.filter(audit_events::happened_at.lt(until.0));
        }
        if let Some(user_id) = filter.user_id.clone() {
            query = query.filter(audit_events::user_id.eq(user_id));
        }
        if let Some(client_id) = filter.client_id.clone() {
            query = query.filter(audit_events::client_id.eq(client_id));
        }
        query
    };
    let total = filtered().count().get_result(db)?;
    let rows: Vec<Row> = filtered()
        .order((audit_events::happened_at.desc(), audit_events::id.desc()))
        .limit(search.limit())
        .offset(search.offset())
        .load(db)?;
    Ok(Page { rows: rows.into_iter().map(Into::into).collect(), total })
}

/// How often each event happened since `from`.
pub fn count_by_event(db: &mut Db, from: UnixTime) -> Result<Vec<(String, i64)>> {
    Ok(audit_events::table
        .filter(audit_events::happened_at.ge(from.0))
        .group_by(audit_events::event)
        .select((audit_events::event, diesel::dsl::count_star()))
        .load(db)?)
}

/// When one event happened since `from`, the oldest first; at most `limit` of them.
pub fn times(db: &mut Db, event: &str, from: UnixTime, limit: i64) -> Result<Vec<UnixTime>> {
    let times: Vec<i64> = audit_events::table
        .filter(audit_events::event.eq(event))
        .filter(audit_events::happened_at.ge(from.0))
        .order(audit_events::happened_at)
        .limit(limit)
        .select(audit_events::happened_at)
        .load(db)?;
    Ok(times.into_iter().map(UnixTime).collect())
}
