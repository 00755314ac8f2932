//! What people let clients have.

use diesel::prelude::*;

use super::db::{Db, on_either};
use super::error::{Error, Result};
use super::list::{Page, Search};
use super::schema::{clients, consents, grants, users};
use super::users as people;
use crate::oidc::scope::Scope;
use crate::oidc::session::Consent;
use crate::oidc::time::UnixTime;
use crate::oidc::user::User;

type Row = (String, i64, i64);

fn consent((scope, granted_at, expires_at): Row) -> Result<Consent> {
    let scope = Scope::parse(&scope).ok_or_else(|| Error::Unreadable("scope of a consent".into()))?;
    Ok(Consent { scope, granted_at: UnixTime(granted_at), expires_at: UnixTime(expires_at) })
}

/// The query for one consent.
macro_rules! one {
    ($user_id:expr, $client_id:expr) => {
        consents::table.find(($user_id, $client_id)).select((
            consents::scope,
            consents::granted_at,
            consents::expires_at,
        ))
    };
}

pub fn find(db: &mut Db, user_id: &str, client_id: &str) -> Result<Option<Consent>> {
    let row: Option<Row> = on_either!(db, conn => one!(user_id, client_id).first(conn).optional())?;
    row.map(consent).transpose()
}

/// The same for who grants something that rests on it: whoever takes it back waits until the transaction is done, and
/// then ends what was granted too. Costs nothing on SQLite, which has one writer.
pub fn hold(db: &mut Db, user_id: &str, client_id: &str) -> Result<Option<Consent>> {
    let row: Option<Row> = match db {
        Db::Pg(conn) => one!(user_id, client_id).for_key_share().first(conn).optional()?,
        Db::Sqlite(conn) => one!(user_id, client_id).first(conn).optional()?,
    };
    row.map(consent).transpose()
}

/// Replaces what the person agreed to before by what they agreed to now.
pub fn save(db: &mut Db, user_id: &str, client_id: &str, new: &Consent) -> Result<()> {
    let scope = new.scope.to_string();
    let changes = (
        consents::scope.eq(&scope),
        consents::granted_at.eq(new.granted_at.0),
        consents::expires_at.eq(new.expires_at.0),
    );
    on_either!(db, conn => {
        diesel::insert_into(consents::table)
            .values((consents::user_id.eq(user_id), consents::client_id.eq(client_id), changes))
            .on_conflict((consents::user_id, consents::client_id))
            .do_update()
            .set(changes)
            .execute(conn)
    })?;
    Ok(())
}

/// Takes a consent back, and every token that rests on it. Says whether there was one.
pub fn revoke(db: &mut Db, user_id: &str, client_id: &str, now: UnixTime) -> Result<bool> {
    let removed = diesel::delete(consents::table.find((user_id, client_id))).execute(db)?;
    let live = grants::table
        .filter(grants::user_id.eq(user_id))
        .filter(grants::client_id.eq(client_id))
        .filter(grants::revoked_at.is_null());
    let revoked = diesel::update(live).set(grants::revoked_at.eq(now.0)).execute(db)?;
    Ok(removed == 1 || revoked > 0)
}

/// A consent as lists show it.
pub struct Listed {
    pub user: User,
    pub client_id: String,
    pub client_name: String,
    pub consent: Consent,
    /// When a token was last asked for under it.
    pub used_at: Option<UnixTime>,
}

/// Consents of everybody, the newest first; the text searches people and clients.
pub fn list(db: &mut Db, search: &Search) -> Result<Page<Listed>> {
    select(db, None, search)
}

/// Consents of one person, the newest first.
pub fn list_of_user(db: &mut Db, user_id: &str) -> Result<Vec<Listed>> {
    Ok(select(db, Some(user_id), &Search::default())?.rows)
}

fn select(db: &mut Db, user_id: Option<&str>, search: &Search) -> Result<Page<Listed>> {
    let filtered = || {
        let mut query = consents::table.inner_join(users::table).inner_join(clients::table).into_boxed();
        if let Some(user_id) = user_id {
            query = query.filter(consents::user_id.eq(user_id.to_owned()));
        }
        if let Some(pattern) = search.pattern() {
            let in_user = users::search_key.like(pattern.clone()).escape('\\');
            query = query.filter(in_user.or(clients::search_key.like(pattern).escape('\\')));
        }
        query
    };
    let total = filtered().count().get_result(db)?;
    let rows: Vec<(people::Row, String, String, Row)> = filtered()
        .order((consents::granted_at.desc(), consents::user_id, consents::client_id))
        .limit(search.limit())
        .offset(search.offset())
        .select((
            people::COLUMNS,
            clients::id,
            clients::name,
            (consents::scope, consents::granted_at, consents::expires_at),
        ))
        .load(db)?;
    let mut listed = Vec::with_capacity(rows.len());
    for (user, client_id, client_name, row) in rows {
        let user: User = user.try_into()?;
        let used_at: Option<i64> = grants::table
            .filter(grants::user_id.eq(&user.id))
            .filter(grants::client_id.eq(&client_id))
            .select(diesel::dsl::max(grants::created_at))
            .first(db)?;
        listed.push(Listed {
            user,
            client_id,
            client_name,
            consent: consent(row)?,
            used_at: used_at.map(UnixTime),
        });
    }
    Ok(Page { rows: listed, total })
}

pub fn count(db: &mut Db) -> Result<i64> {
    Ok(consents::table.count().get_result(db)?)
}

/// How many people agreed to a client.
pub fn count_of_client(db: &mut Db, client_id: &str) -> Result<i64> {
    Ok(consents::table.filter(consents::client_id.eq(client_id)).count().get_result(db)?)
}
