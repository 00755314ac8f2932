//! Signed-in people: server-side, so that they can be signed out.

use diesel::prelude::*;

use super::db::{Db, on_either};
use super::error::{Error, Result};
use super::list::{Page, Search};
use super::schema::{clients, session_clients, sessions, users};
use super::{grants, logout_deliveries, users as people};
use crate::oidc::options::{Logout, Options};
use crate::oidc::session::Session;
use crate::oidc::time::UnixTime;
use crate::oidc::user::User;

/// Seconds between two notes that a session is in use, so that reading need not write.
const NOTE_EVERY: i64 = 300;

/// A session, whose it is, and when it was last noted to be in use.
pub struct SignedIn {
    pub session: Session,
    pub user: User,
    seen_at: UnixTime,
}

/// A session that begins.
pub struct NewSession {
    pub session: Session,
    pub user_agent: String,
    pub address: String,
    /// Whether the person asked to stay signed in.
    pub is_remembered: bool,
    /// Seconds without use after which it ends.
    pub idle: i64,
    /// When it ends in any case.
    pub expires_at: UnixTime,
}

type Row = (String, i64, i64, people::Row);

/// The query for the live session `$sid` and its person.
macro_rules! live {
    ($sid:expr, $now:expr) => {
        sessions::table
            .inner_join(users::table)
            .filter(sessions::sid.eq($sid))
            .filter(sessions::idle_until.gt($now.0))
            .filter(sessions::expires_at.gt($now.0))
            .filter(users::disabled_at.is_null())
            .select((sessions::sid, sessions::auth_time, sessions::seen_at, people::COLUMNS))
    };
}

/// The live session `sid` and its person, unless either has ended or been disabled.
pub fn find(db: &mut Db, sid: &str, now: UnixTime) -> Result<Option<SignedIn>> {
    signed_in(on_either!(db, conn => live!(sid, now).first(conn).optional())?)
}

/// The same for who grants something in it: whoever ends it waits until the transaction is done, and then ends what was
/// granted too. Costs nothing on SQLite, which has one writer.
pub fn hold_live(db: &mut Db, sid: &str, now: UnixTime) -> Result<Option<SignedIn>> {
    signed_in(match db {
        Db::Pg(conn) => live!(sid, now).for_key_share().first(conn).optional()?,
        Db::Sqlite(conn) => live!(sid, now).first(conn).optional()?,
    })
}

fn signed_in(row: Option<Row>) -> Result<Option<SignedIn>> {
    row.map(|(sid, auth_time, seen_at, user)| {
        let user: User = user.try_into()?;
        let session = Session { sid, user_id: user.id.clone(), auth_time: UnixTime(auth_time) };
        Ok(SignedIn { session, user, seen_at: UnixTime(seen_at) })
    })
    .transpose()
}

pub fn add(db: &mut Db, new: &NewSession, now: UnixTime) -> Result<()> {
    diesel::insert_into(sessions::table)
        .values((
            sessions::sid.eq(&new.session.sid),
            sessions::user_id.eq(&new.session.user_id),
            sessions::auth_time.eq(new.session.auth_time.0),
            sessions::user_agent.eq(&new.user_agent),
            sessions::address.eq(&new.address),
            sessions::is_remembered.eq(new.is_remembered),
            sessions::created_at.eq(now.0),
            sessions::seen_at.eq(now.0),
            sessions::idle_until.eq(now.plus(new.idle).0),
            sessions::expires_at.eq(new.expires_at.0),
        ))
        .execute(db)?;
    Ok(())
}

/// The person has proved again who they are. Says whether the session is still there.
pub fn renew(db: &mut Db, sid: &str, auth_time: UnixTime) -> Result<bool> {
    let changed =
        diesel::update(sessions::table.find(sid)).set(sessions::auth_time.eq(auth_time.0)).execute(db)?;
    Ok(changed == 1)
}

/// Notes that the session is in use; writes at most every five minutes.
pub fn note_use(db: &mut Db, signed_in: &SignedIn, now: UnixTime) -> Result<()> {
    if now.since(signed_in.seen_at) < NOTE_EVERY {
        return Ok(());
    }
    let idle = sessions::idle_until - sessions::seen_at + now.0;
    diesel::update(sessions::table.find(&signed_in.session.sid))
        .set((sessions::idle_until.eq(idle), sessions::seen_at.eq(now.0)))
        .execute(db)?;
    Ok(())
}

/// Remembers that the session signed in to a client.
pub fn note_client(db: &mut Db, sid: &str, client_id: &str, now: UnixTime) -> Result<()> {
    let known = on_either!(db, conn => {
        session_clients::table.find((sid, client_id)).select(session_clients::used_at).first::<i64>(conn).optional()
    })?;
    if known.is_some_and(|used_at| now.0 - used_at < NOTE_EVERY) {
        return Ok(());
    }
    on_either!(db, conn => {
        diesel::insert_into(session_clients::table)
            .values((
                session_clients::sid.eq(sid),
                session_clients::client_id.eq(client_id),
                session_clients::used_at.eq(now.0),
            ))
            .on_conflict((session_clients::sid, session_clients::client_id))
            .do_update()
            .set(session_clients::used_at.eq(now.0))
            .execute(conn)
    })?;
    Ok(())
}

/// Whether one of these sessions signed in to a client.
pub fn is_any_at(db: &mut Db, sids: &[String], client_id: &str) -> Result<bool> {
    let visits = session_clients::table
        .filter(session_clients::sid.eq_any(sids))
        .filter(session_clients::client_id.eq(client_id));
    Ok(diesel::select(diesel::dsl::exists(visits)).get_result(db)?)
}

/// Ends what one session has at one client, and nothing else. Says whether there was anything.
pub fn end_at(db: &mut Db, sid: &str, client_id: &str, now: UnixTime) -> Result<bool> {
    let Some((sid, user_id)) = hold(db, &[sid.to_owned()])?.pop() else { return Ok(false) };
    let Some(visit) = visits(db, &[&sid])?.into_iter().find(|visit| visit.client_id == client_id) else {
        return Ok(false);
    };
    part(db, &visit, (&user_id, now))?;
    grants::revoke_of_session(db, &user_id, (&sid, Some(client_id)), now)?;
    diesel::delete(session_clients::table.find((&sid, client_id))).execute(db)?;
    Ok(true)
}

/// A session that has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    pub sid: String,
    /// The clients that it signed in to.
    pub clients: Vec<String>,
}

/// Ends sessions, and what was granted in them but for offline access (OpenID Connect Back-Channel Logout 1.0, 2.7);
/// those of their clients that want to know of it will be told.
pub fn end(db: &mut Db, sids: &[String], now: UnixTime) -> Result<Vec<Ended>> {
    let held = hold(db, sids)?;
    if held.is_empty() {
        return Ok(Vec::new());
    }
    let sids: Vec<&str> = held.iter().map(|(sid, _)| sid.as_str()).collect();
    let visits = visits(db, &sids)?;
    let mut ended = Vec::with_capacity(held.len());
    for (sid, user_id) in &held {
        let mut clients = Vec::new();
        for visit in visits.iter().filter(|visit| visit.sid == *sid) {
            part(db, visit, (user_id, now))?;
            clients.push(visit.client_id.clone());
        }
        grants::revoke_of_session(db, user_id, (sid, None), now)?;
        ended.push(Ended { sid: sid.clone(), clients });
    }
    diesel::delete(sessions::table.filter(sessions::sid.eq_any(sids))).execute(db)?;
    Ok(ended)
}

/// Ends one session of one person. Says whether it was there.
pub fn end_of_user(db: &mut Db, sid: &str, user_id: &str, now: UnixTime) -> Result<bool> {
    let row = sessions::table.find(sid).filter(sessions::user_id.eq(user_id));
    let sids: Vec<String> = row.select(sessions::sid).load(db)?;
    Ok(!end(db, &sids, now)?.is_empty())
}

/// Ends every session of a person. Says how many there were.
pub fn end_all(db: &mut Db, user_id: &str, now: UnixTime) -> Result<usize> {
    let all = sessions::table.filter(sessions::user_id.eq(user_id));
    let sids: Vec<String> = all.select(sessions::sid).load(db)?;
    Ok(end(db, &sids, now)?.len())
}

/// Ends every session of a person but `kept`. Says how many there were.
///
/// The kept one is held, so that what is granted in it meanwhile waits, or is waited for.
pub fn end_others(db: &mut Db, user_id: &str, kept: &str, now: UnixTime) -> Result<usize> {
    let all = sessions::table.filter(sessions::user_id.eq(user_id));
    let mut sids: Vec<String> = all.select(sessions::sid).load(db)?;
    hold(db, &sids)?;
    sids.retain(|sid| sid != kept);
    Ok(end(db, &sids, now)?.len())
}

/// The sessions among `sids` that are there, with their persons, held until the transaction ends: who grants something
/// in one has done so already or waits, and then finds it ended.
fn hold(db: &mut Db, sids: &[String]) -> Result<Vec<(String, String)>> {
    let rows = sessions::table
        .filter(sessions::sid.eq_any(sids))
        .order(sessions::sid)
        .select((sessions::sid, sessions::user_id));
    Ok(match db {
        Db::Pg(conn) => rows.for_update().load(conn)?,
        // It has one writer.
        Db::Sqlite(conn) => rows.load(conn)?,
    })
}

/// A client that a session signed in to, and how it wants to hear of the end.
struct Visit {
    sid: String,
    client_id: String,
    logout: Logout,
}

fn visits(db: &mut Db, sids: &[&str]) -> Result<Vec<Visit>> {
    let rows: Vec<(String, String, String)> = session_clients::table
        .inner_join(clients::table)
        .filter(session_clients::sid.eq_any(sids))
        .order((session_clients::used_at.desc(), clients::name))
        .select((session_clients::sid, clients::id, clients::options))
        .load(db)?;
    rows.into_iter()
        .map(|(sid, client_id, options)| {
            let options: Options = serde_json::from_str(&options)
                .map_err(|error| Error::Unreadable(format!("options of client {client_id}: {error}")))?;
            Ok(Visit { sid, client_id, logout: options.logout })
        })
        .collect()
}

/// What the end of a session means to one of its clients.
fn part(db: &mut Db, visit: &Visit, (user_id, now): (&str, UnixTime)) -> Result<()> {
    let Visit { sid, client_id, logout } = visit;
    if let Some(uri) = &logout.backchannel_logout_uri {
        logout_deliveries::add(db, &logout_deliveries::New { client_id, uri, sid, user_id }, now)?;
    }
    if logout.removes_tokens {
        grants::revoke_of_user(db, user_id, Some(client_id), now)?;
    }
    Ok(())
}

/// A session as lists show it.
pub struct Listed {
    pub sid: String,
    pub user: User,
    pub user_agent: String,
    pub address: String,
    pub created_at: UnixTime,
    pub seen_at: UnixTime,
    /// IDs and names of the clients that it signed in to, the last used first.
    pub clients: Vec<(String, String)>,
}

/// Live sessions of everybody, the last used first; the text searches names and addresses of people.
pub fn list(db: &mut Db, search: &Search, now: UnixTime) -> Result<Page<Listed>> {
    select(db, None, search, now)
}

/// Live sessions of one person, the last used first.
pub fn list_of_user(db: &mut Db, user_id: &str, now: UnixTime) -> Result<Vec<Listed>> {
    Ok(select(db, Some(user_id), &Search::default(), now)?.rows)
}

fn select(db: &mut Db, user_id: Option<&str>, search: &Search, now: UnixTime) -> Result<Page<Listed>> {
    let filtered = || {
        let mut query = sessions::table
            .inner_join(users::table)
            .filter(sessions::idle_until.gt(now.0))
            .filter(sessions::expires_at.gt(now.0))
            .into_boxed();
        if let Some(user_id) = user_id {
            query = query.filter(sessions::user_id.eq(user_id.to_owned()));
        }
        if let Some(pattern) = search.pattern() {
            query = query.filter(users::search_key.like(pattern).escape('\\'));
        }
        query
    };
    let total = filtered().count().get_result(db)?;
    type Row = (String, String, String, i64, i64);
    let rows: Vec<(people::Row, Row)> = filtered()
        .order((sessions::seen_at.desc(), sessions::sid))
        .limit(search.limit())
        .offset(search.offset())
        .select((
            people::COLUMNS,
            (sessions::sid, sessions::user_agent, sessions::address, sessions::created_at, sessions::seen_at),
        ))
        .load(db)?;
    let mut listed = Vec::with_capacity(rows.len());
    for (user, (sid, user_agent, address, created_at, seen_at)) in rows {
        listed.push(Listed {
            user: user.try_into()?,
            user_agent,
            address,
            created_at: UnixTime(created_at),
            seen_at: UnixTime(seen_at),
            clients: clients_of(db, &sid)?,
            sid,
        });
    }
    Ok(Page { rows: listed, total })
}

/// The clients that a session signed in to, the last used first.
pub fn clients_of(db: &mut Db, sid: &str) -> Result<Vec<(String, String)>> {
    Ok(session_clients::table
        .inner_join(clients::table)
        .filter(session_clients::sid.eq(sid))
        .order((session_clients::used_at.desc(), clients::name))
        .select((clients::id, clients::name))
        .load(db)?)
}

pub fn count(db: &mut Db, now: UnixTime) -> Result<i64> {
    let live = sessions::table.filter(sessions::idle_until.gt(now.0)).filter(sessions::expires_at.gt(now.0));
    Ok(live.count().get_result(db)?)
}
