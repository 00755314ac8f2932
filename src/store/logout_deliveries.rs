//! Logout tokens on their way to clients (OpenID Connect Back-Channel Logout 1.0, 2.5), and messages on their way to
//! hooks of the operator: written in the transaction that ends a session, so that none is forgotten, and sent
//! afterwards, so that nobody waits for it.

use diesel::prelude::*;

use super::db::Db;
use super::error::{Error, Result};
use super::list::{Page, Search};
use super::schema::{clients, logout_deliveries, users};
use super::users as people;
use crate::dice;
use crate::oidc::secret;
use crate::oidc::time::UnixTime;
use crate::oidc::user::User;

/// How many are sent at a time.
const BATCH: i64 = 32;

/// Whoever sends one has so long; then others may.
const LEASE: i64 = 90;

/// Seconds until one that was not even sent is tried again.
const POSTPONED: i64 = 5;

/// Seconds between the first five attempts; then it is given up.
const PAUSES: [i64; 4] = [10, 40, 120, 430];

/// A logout token that sets out.
pub struct New<'a> {
    pub client_id: &'a str,
    pub uri: &'a str,
    pub sid: &'a str,
    pub user_id: &'a str,
}

/// A message that sets out.
pub struct ToHook<'a> {
    pub uri: &'a str,
    pub sid: &'a str,
    pub user_id: &'a str,
    pub message: &'a str,
}

/// Who is told, and what.
#[derive(Clone, Debug)]
pub enum Content {
    /// A logout token for the client of this ID.
    LogoutToken(String),
    /// A message to a hook.
    Message(String),
}

/// One that is due, taken by whoever sends it.
#[derive(Clone, Debug)]
pub struct Delivery {
    pub id: String,
    pub content: Content,
    pub uri: String,
    pub sid: String,
    pub user: User,
}

pub fn add(db: &mut Db, new: &New, now: UnixTime) -> Result<()> {
    insert(db, (Some(new.client_id), None), (new.uri, new.sid, new.user_id), now)
}

pub fn add_to_hook(db: &mut Db, new: &ToHook, now: UnixTime) -> Result<()> {
    insert(db, (None, Some(new.message)), (new.uri, new.sid, new.user_id), now)
}

fn insert(
    db: &mut Db,
    (client_id, message): (Option<&str>, Option<&str>),
    (uri, sid, user_id): (&str, &str, &str),
    now: UnixTime,
) -> Result<()> {
    diesel::insert_into(logout_deliveries::table)
        .values((
            // Sorts by time.
            logout_deliveries::id.eq(format!("{:010x}{}", now.0, secret::opaque(dice::bytes()))),
            logout_deliveries::client_id.eq(client_id),
            logout_deliveries::message.eq(message),
            logout_deliveries::uri.eq(uri),
            logout_deliveries::sid.eq(sid),
            logout_deliveries::user_id.eq(user_id),
            logout_deliveries::state.eq("waiting"),
            logout_deliveries::attempts.eq(0),
            logout_deliveries::next_at.eq(now.0),
            logout_deliveries::last_error.eq(""),
            logout_deliveries::created_at.eq(now.0),
        ))
        .execute(db)?;
    Ok(())
}

/// Whether any is due. Only looks, so that an idle node writes nothing.
pub fn is_any_due(db: &mut Db, now: UnixTime) -> Result<bool> {
    Ok(diesel::select(diesel::dsl::exists(due(now))).get_result(db)?)
}

#[diesel::dsl::auto_type(no_type_alias)]
fn due(now: UnixTime) -> _ {
    let at: i64 = now.0;
    logout_deliveries::table
        .filter(logout_deliveries::state.eq("waiting"))
        .filter(logout_deliveries::next_at.le(at))
}

/// Takes some that are due: of several nodes that ask at once, each is given to one.
pub fn take(db: &mut Db, now: UnixTime) -> Result<Vec<Delivery>> {
    let rows: Vec<(String, i64)> = due(now)
        .order(logout_deliveries::next_at)
        .limit(BATCH)
        .select((logout_deliveries::id, logout_deliveries::next_at))
        .load(db)?;
    let mut taken = Vec::with_capacity(rows.len());
    for (id, next_at) in rows {
        let unchanged = logout_deliveries::table
            .find(&id)
            .filter(logout_deliveries::state.eq("waiting"))
            .filter(logout_deliveries::next_at.eq(next_at));
        let is_mine = diesel::update(unchanged)
            .set((
                logout_deliveries::next_at.eq(now.plus(LEASE).0),
                logout_deliveries::attempts.eq(logout_deliveries::attempts + 1),
            ))
            .execute(db)?
            == 1;
        if is_mine {
            taken.push(id);
        }
    }
    type Texts = (String, Option<String>, Option<String>, String, String);
    let rows: Vec<(Texts, people::Row)> = logout_deliveries::table
        .inner_join(users::table)
        .filter(logout_deliveries::id.eq_any(taken))
        .select((
            (
                logout_deliveries::id,
                logout_deliveries::client_id,
                logout_deliveries::message,
                logout_deliveries::uri,
                logout_deliveries::sid,
            ),
            people::COLUMNS,
        ))
        .load(db)?;
    rows.into_iter()
        .map(|((id, client_id, message, uri, sid), user)| {
            let content = match (client_id, message) {
                (Some(client_id), _) => Content::LogoutToken(client_id),
                (None, Some(message)) => Content::Message(message),
                (None, None) => return Err(Error::Unreadable(format!("delivery {id} is to nobody"))),
            };
            Ok(Delivery { id, content, uri, sid, user: user.try_into()? })
        })
        .collect()
}

/// Whoever it is for has taken it.
pub fn note_success(db: &mut Db, id: &str, now: UnixTime) -> Result<()> {
    diesel::update(logout_deliveries::table.find(id))
        .set((
            logout_deliveries::state.eq("delivered"),
            logout_deliveries::last_error.eq(""),
            logout_deliveries::delivered_at.eq(now.0),
        ))
        .execute(db)?;
    Ok(())
}

/// Whoever it is for has not taken it: it is tried again later, or given up after five times.
pub fn note_failure(db: &mut Db, id: &str, error: &str, now: UnixTime) -> Result<()> {
    let row = logout_deliveries::table.find(id).filter(logout_deliveries::state.eq("waiting"));
    let attempts: Option<i64> = row.select(logout_deliveries::attempts).first(db).optional()?;
    let Some(attempts) = attempts else { return Ok(()) };
    let pause = usize::try_from(attempts - 1).ok().and_then(|index| PAUSES.get(index));
    let (state, next_at) = match pause {
        Some(pause) => ("waiting", now.plus(*pause)),
        None => ("failed", now),
    };
    diesel::update(row)
        .set((
            logout_deliveries::state.eq(state),
            logout_deliveries::next_at.eq(next_at.0),
            logout_deliveries::last_error.eq(error),
        ))
        .execute(db)?;
    Ok(())
}

/// It was not sent, since too many others are on their way: it is tried again soon, and this was no attempt.
pub fn postpone(db: &mut Db, id: &str, now: UnixTime) -> Result<()> {
    // None has begun where an administrator wants it tried anew meanwhile.
    let has_begun = logout_deliveries::state.eq("waiting").and(logout_deliveries::attempts.gt(0));
    let row = logout_deliveries::table.find(id).filter(has_begun);
    diesel::update(row)
        .set((
            logout_deliveries::attempts.eq(logout_deliveries::attempts - 1),
            logout_deliveries::next_at.eq(now.plus(POSTPONED).0),
        ))
        .execute(db)?;
    Ok(())
}

/// Lets one that was given up, or that waits, be tried at once and as often as a new one. Says whether there is any.
pub fn retry(db: &mut Db, id: &str, now: UnixTime) -> Result<bool> {
    let row = logout_deliveries::table.find(id).filter(logout_deliveries::state.ne("delivered"));
    let changed = diesel::update(row)
        .set((
            logout_deliveries::state.eq("waiting"),
            logout_deliveries::attempts.eq(0),
            logout_deliveries::next_at.eq(now.0),
        ))
        .execute(db)?;
    Ok(changed == 1)
}

/// A delivery as the console shows it.
pub struct Listed {
    pub id: String,
    /// ID and name of the client; none where a hook is told.
    pub client: Option<(String, String)>,
    pub user: User,
    pub uri: String,
    pub state: String,
    pub attempts: i64,
    pub next_at: UnixTime,
    pub last_error: String,
    pub created_at: UnixTime,
    pub delivered_at: Option<UnixTime>,
}

/// The newest first; the text searches clients and people, `state` narrows to `waiting`, `delivered` or `failed`.
pub fn list(db: &mut Db, search: &Search) -> Result<Page<Listed>> {
    let filtered = || {
        let mut query =
            logout_deliveries::table.inner_join(users::table).left_join(clients::table).into_boxed();
        if let Some(pattern) = search.pattern() {
            let in_user = users::search_key.like(pattern.clone()).escape('\\');
            query = query.filter(in_user.or(clients::search_key.nullable().like(pattern).escape('\\')));
        }
        if let Some(state) = search.state.clone().filter(|state| !state.is_empty()) {
            query = query.filter(logout_deliveries::state.eq(state));
        }
        query
    };
    let total = filtered().count().get_result(db)?;
    type Times = (i64, i64, Option<i64>);
    type Texts = (String, Option<(String, String)>, String, String, String);
    let rows: Vec<(people::Row, Texts, i64, Times)> = filtered()
        .order(logout_deliveries::id.desc())
        .limit(search.limit())
        .offset(search.offset())
        .select((
            people::COLUMNS,
            (
                logout_deliveries::id,
                (clients::id, clients::name).nullable(),
                logout_deliveries::uri,
                logout_deliveries::state,
                logout_deliveries::last_error,
            ),
            logout_deliveries::attempts,
            (logout_deliveries::next_at, logout_deliveries::created_at, logout_deliveries::delivered_at),
        ))
        .load(db)?;
    let listed = rows.into_iter().map(|(user, texts, attempts, (next_at, created_at, delivered_at))| {
        let (id, client, uri, state, last_error) = texts;
        Ok(Listed {
            user: user.try_into()?,
            next_at: UnixTime(next_at),
            created_at: UnixTime(created_at),
            delivered_at: delivered_at.map(UnixTime),
            id,
            client,
            uri,
            state,
            attempts,
            last_error,
        })
    });
    Ok(Page { total, rows: listed.collect::<Result<_>>()? })
}
