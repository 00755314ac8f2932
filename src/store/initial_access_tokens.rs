//! Initial access tokens: what lets a stranger register a client (RFC 7591 3).

use diesel::prelude::*;

use super::db::Db;
use super::error::Result;
use super::schema::initial_access_tokens as tokens;
use crate::oidc::time::UnixTime;

/// A token as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InitialAccessToken {
    pub id: String,
    pub token_hash: String,
    /// Whom it was made for; every client that is registered with it keeps this.
    pub name: String,
    /// Nothing: as often as one likes.
    pub uses_left: Option<i64>,
    pub created_at: UnixTime,
    pub expires_at: Option<UnixTime>,
}

impl InitialAccessToken {
    pub fn is_live(&self, now: UnixTime) -> bool {
        self.uses_left != Some(0) && self.expires_at.is_none_or(|end| now < end)
    }
}

/// Whether a token may be called so.
pub fn is_name(name: &str) -> bool {
    (1..=100).contains(&name.chars().count()) && !name.chars().any(char::is_control)
}

type Row = (String, String, String, Option<i64>, i64, Option<i64>);
const COLUMNS: (
    tokens::id,
    tokens::token_hash,
    tokens::name,
    tokens::uses_left,
    tokens::created_at,
    tokens::expires_at,
) = (tokens::id, tokens::token_hash, tokens::name, tokens::uses_left, tokens::created_at, tokens::expires_at);

fn token((id, token_hash, name, uses_left, created_at, expires_at): Row) -> InitialAccessToken {
    InitialAccessToken {
        id,
        token_hash,
        name,
        uses_left,
        created_at: UnixTime(created_at),
        expires_at: expires_at.map(UnixTime),
    }
}

pub fn add(db: &mut Db, token: &InitialAccessToken) -> Result<()> {
    diesel::insert_into(tokens::table)
        .values((
            tokens::id.eq(&token.id),
            tokens::token_hash.eq(&token.token_hash),
            tokens::name.eq(&token.name),
            tokens::uses_left.eq(token.uses_left),
            tokens::created_at.eq(token.created_at.0),
            tokens::expires_at.eq(token.expires_at.map(|at| at.0)),
        ))
        .execute(db)?;
    Ok(())
}

/// The newest first.
pub fn list(db: &mut Db) -> Result<Vec<InitialAccessToken>> {
    let rows: Vec<Row> =
        tokens::table.order((tokens::created_at.desc(), tokens::id)).select(COLUMNS).load(db)?;
    Ok(rows.into_iter().map(token).collect())
}

/// The token with this hash, unless it is used up or has expired.
pub fn find_live(db: &mut Db, token_hash: &str, now: UnixTime) -> Result<Option<InitialAccessToken>> {
    let row: Option<Row> =
        tokens::table.filter(tokens::token_hash.eq(token_hash)).select(COLUMNS).first(db).optional()?;
    Ok(row.map(token).filter(|token| token.is_live(now)))
}

/// Uses a token once. Says whether it was good for it: of many who try at once, no more are told so than it had uses.
pub fn spend(db: &mut Db, token_hash: &str, now: UnixTime) -> Result<bool> {
    let live = tokens::table
        .filter(tokens::token_hash.eq(token_hash))
        .filter(tokens::uses_left.is_null().or(tokens::uses_left.gt(0)))
        .filter(tokens::expires_at.is_null().or(tokens::expires_at.gt(now.0)));
    // One fewer than nothing, which is as often as one likes, is nothing.
    let spent = diesel::update(live).set(tokens::uses_left.eq(tokens::uses_left - 1)).execute(db)?;
    Ok(spent == 1)
}

/// Ends a token. Gives its name if it was there; what was registered with it stays.
pub fn remove(db: &mut Db, id: &str) -> Result<Option<String>> {
    let name: Option<String> = tokens::table.find(id).select(tokens::name).first(db).optional()?;
    let removed = diesel::delete(tokens::table.find(id)).execute(db)?;
    Ok(name.filter(|_| removed == 1))
}
