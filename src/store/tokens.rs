//! Access and refresh tokens, kept as hashes.

use diesel::prelude::*;

use super::db::{Db, on_either};
use super::error::{Error, Result};
use super::grants;
use super::schema::{access_tokens, clients, grants as grant_rows, refresh_tokens, users};
use super::users as people;
use crate::oidc::audience;
use crate::oidc::grant::{Grant, RefreshToken};
use crate::oidc::scope::Scope;
use crate::oidc::time::UnixTime;
use crate::oidc::user::User;

/// A token that begins.
pub struct NewToken<'a> {
    pub token_hash: String,
    pub grant_id: &'a str,
    pub scope: &'a Scope,
    /// The resources that it is for, parted by blanks; empty for this provider alone.
    pub audience: String,
    pub now: UnixTime,
    pub expires_at: UnixTime,
}

pub fn add_access(db: &mut Db, token: &NewToken) -> Result<()> {
    on_either!(db, conn => {
        diesel::insert_into(access_tokens::table)
            .values((
                access_tokens::token_hash.eq(&token.token_hash),
                access_tokens::grant_id.eq(token.grant_id),
                access_tokens::scope.eq(token.scope.to_string()),
                access_tokens::audience.eq(&token.audience),
                access_tokens::created_at.eq(token.now.0),
                access_tokens::expires_at.eq(token.expires_at.0),
            ))
            .execute(conn)
    })?;
    keep_grant(db, token.grant_id, token.expires_at)
}

/// What goes from one refresh token of a family to the next.
#[derive(Clone, Copy, Default)]
pub struct Lineage {
    /// How often the family has been refreshed.
    pub uses: i64,
    /// When it ends whatever happens.
    pub ends_at: Option<UnixTime>,
}

pub fn add_refresh(db: &mut Db, token: &NewToken, lineage: Lineage) -> Result<()> {
    on_either!(db, conn => {
        diesel::insert_into(refresh_tokens::table)
            .values((
                refresh_tokens::token_hash.eq(&token.token_hash),
                refresh_tokens::grant_id.eq(token.grant_id),
                refresh_tokens::scope.eq(token.scope.to_string()),
                refresh_tokens::audience.eq(&token.audience),
                refresh_tokens::created_at.eq(token.now.0),
                refresh_tokens::expires_at.eq(token.expires_at.0),
                refresh_tokens::uses.eq(lineage.uses),
                refresh_tokens::ends_at.eq(lineage.ends_at.map(|at| at.0)),
            ))
            .execute(conn)
    })?;
    keep_grant(db, token.grant_id, token.expires_at)
}

/// A grant is kept as long as any token of it.
fn keep_grant(db: &mut Db, grant_id: &str, until: UnixTime) -> Result<()> {
    on_either!(db, conn => {
        diesel::update(
            grant_rows::table.filter(grant_rows::id.eq(grant_id)).filter(grant_rows::expires_at.lt(until.0)),
        )
        .set(grant_rows::expires_at.eq(until.0))
        .execute(conn)
    })?;
    Ok(())
}

/// What a live access token lets its bearer have.
pub struct Access {
    pub grant: Grant,
    pub user: User,
    pub scope: Scope,
    /// The resources that it is for; none means this provider.
    pub resources: Vec<String>,
    pub created_at: UnixTime,
    pub expires_at: UnixTime,
}

/// The live access token with this hash: neither expired nor revoked, its client and person not disabled.
pub fn find_access(db: &mut Db, token_hash: &str, now: UnixTime) -> Result<Option<Access>> {
    type Row = ((String, String, i64, i64), grants::Row, people::Row);
    let row: Option<Row> = on_either!(db, conn => {
        access_tokens::table
            .inner_join(grant_rows::table.inner_join(users::table).inner_join(clients::table))
            .filter(access_tokens::token_hash.eq(token_hash))
            .filter(access_tokens::expires_at.gt(now.0))
            .filter(grant_rows::revoked_at.is_null())
            .filter(users::disabled_at.is_null())
            .filter(clients::disabled_at.is_null())
            .select((
                (
                    access_tokens::scope,
                    access_tokens::audience,
                    access_tokens::created_at,
                    access_tokens::expires_at,
                ),
                grants::COLUMNS,
                people::COLUMNS,
            ))
            .first(conn)
            .optional()
    })?;
    row.map(|((scope, resources, created_at, expires_at), grant, user)| {
        Ok(Access {
            grant: grants::grant(grant)?,
            user: user.try_into()?,
            scope: parsed(&scope)?,
            resources: audience::read(&resources),
            created_at: UnixTime(created_at),
            expires_at: UnixTime(expires_at),
        })
    })
    .transpose()
}

/// A refresh token with its grant, spent or not, unless the grant was revoked.
pub fn find_refresh(db: &mut Db, token_hash: &str) -> Result<Option<(Grant, RefreshToken)>> {
    type TokenRow = (String, String, i64, i64, i64, Option<i64>, Option<i64>, Option<String>);
    let row: Option<(TokenRow, grants::Row)> = on_either!(db, conn => {
        refresh_tokens::table
            .inner_join(grant_rows::table)
            .filter(refresh_tokens::token_hash.eq(token_hash))
            .filter(grant_rows::revoked_at.is_null())
            .select((
                (
                    refresh_tokens::scope,
                    refresh_tokens::audience,
                    refresh_tokens::created_at,
                    refresh_tokens::expires_at,
                    refresh_tokens::uses,
                    refresh_tokens::ends_at,
                    refresh_tokens::spent_at,
                    refresh_tokens::sealed_successor,
                ),
                grants::COLUMNS,
            ))
            .first(conn)
            .optional()
    })?;
    row.map(
        |((scope, resources, created_at, expires_at, uses, ends_at, spent_at, sealed_successor), grant)| {
            let grant = grants::grant(grant)?;
            let token = RefreshToken {
                token_hash: token_hash.to_owned(),
                grant_id: grant.id.clone(),
                scope: parsed(&scope)?,
                resources: audience::read(&resources),
                created_at: UnixTime(created_at),
                expires_at: UnixTime(expires_at),
                uses,
                ends_at: ends_at.map(UnixTime),
                spent_at: spent_at.map(UnixTime),
                sealed_successor,
            };
            Ok((grant, token))
        },
    )
    .transpose()
}

/// Uses a refresh token up, and keeps what took its place where that may be asked for again. Says whether it was
/// still there to be used.
pub fn spend_refresh(
    db: &mut Db,
    token_hash: &str,
    now: UnixTime,
    sealed_successor: Option<&str>,
) -> Result<bool> {
    let spent = on_either!(db, conn => {
        diesel::update(
            refresh_tokens::table
                .filter(refresh_tokens::token_hash.eq(token_hash))
                .filter(refresh_tokens::spent_at.is_null()),
        )
        .set((
            refresh_tokens::spent_at.eq(now.0),
            refresh_tokens::sealed_successor.eq(sealed_successor),
        ))
        .execute(conn)
    })?;
    Ok(spent == 1)
}

/// Uses a refresh token that stays, until `expires_at` at least. False where it was used as often as it may.
pub fn reuse_refresh(
    db: &mut Db,
    token: &RefreshToken,
    expires_at: UnixTime,
    max_uses: Option<i64>,
) -> Result<bool> {
    let used = on_either!(db, conn => {
        diesel::update(
            refresh_tokens::table
                .filter(refresh_tokens::token_hash.eq(&token.token_hash))
                .filter(refresh_tokens::spent_at.is_null())
                .filter(refresh_tokens::uses.lt(max_uses.unwrap_or(i64::MAX))),
        )
        .set((
            refresh_tokens::uses.eq(refresh_tokens::uses + 1),
            refresh_tokens::expires_at.eq(expires_at.0),
        ))
        .execute(conn)
    })?;
    keep_grant(db, &token.grant_id, expires_at)?;
    Ok(used == 1)
}

/// Ends one access token of a grant, and nothing else.
pub fn remove_access(db: &mut Db, token_hash: &str) -> Result<()> {
    diesel::delete(access_tokens::table.find(token_hash)).execute(db)?;
    Ok(())
}

/// Removes the access tokens of a grant that are for `audience`: the old one ends as a refreshed one begins.
pub fn remove_access_for(db: &mut Db, grant_id: &str, audience: &str) -> Result<()> {
    let former = access_tokens::table
        .filter(access_tokens::grant_id.eq(grant_id))
        .filter(access_tokens::audience.eq(audience));
    on_either!(db, conn => diesel::delete(former).execute(conn))?;
    Ok(())
}

fn parsed(scope: &str) -> Result<Scope> {
    Scope::parse(scope).ok_or_else(|| Error::Unreadable("scope of a token".into()))
}
