//! Grants, and the authorization codes that carry them to the token endpoint.

use diesel::prelude::*;

use super::db::{Db, on_either};
use super::error::{Error, Result};
use super::schema::{codes, grants};
use crate::oidc::audience;
use crate::oidc::grant::{AuthorizationCode, Grant};
use crate::oidc::pkce::Challenge;
use crate::oidc::scope::Scope;
use crate::oidc::time::UnixTime;

pub(super) type Row = (String, String, String, String, String, i64, i64, String, String, String, bool);
pub(super) type Columns = (
    grants::id,
    grants::client_id,
    grants::user_id,
    grants::sid,
    grants::scope,
    grants::auth_time,
    grants::created_at,
    grants::acr,
    grants::claims,
    grants::resources,
    grants::is_offline,
);
pub(super) const COLUMNS: Columns = (
    grants::id,
    grants::client_id,
    grants::user_id,
    grants::sid,
    grants::scope,
    grants::auth_time,
    grants::created_at,
    grants::acr,
    grants::claims,
    grants::resources,
    grants::is_offline,
);

pub(super) fn grant(row: Row) -> Result<Grant> {
    let (id, client_id, user_id, sid, scope, auth_time, created_at, acr, claims, resources, is_offline) = row;
    let scope = Scope::parse(&scope).ok_or_else(|| Error::Unreadable(format!("scope of grant {id}")))?;
    Ok(Grant {
        id,
        client_id,
        user_id,
        sid,
        scope,
        auth_time: UnixTime(auth_time),
        acr,
        claims,
        resources: audience::read(&resources),
        is_offline,
        created_at: UnixTime(created_at),
    })
}

/// Adds a grant with the code that carries it.
pub fn add(db: &mut Db, grant: &Grant, code: &AuthorizationCode) -> Result<()> {
    add_without_code(db, grant, code.expires_at)?;
    on_either!(db, conn => {
        diesel::insert_into(codes::table)
            .values((
                codes::code_hash.eq(&code.code_hash),
                codes::grant_id.eq(&grant.id),
                // Empty where it went without saying.
                codes::redirect_uri.eq(code.redirect_uri.as_deref().unwrap_or_default()),
                codes::nonce.eq(code.nonce.as_deref()),
                codes::code_challenge.eq(code.challenge.as_ref().map(Challenge::as_str)),
                codes::expires_at.eq(code.expires_at.0),
            ))
            .execute(conn)
    })?;
    Ok(())
}

/// Adds a grant whose tokens are handed out at once; they keep it as long as they last.
pub fn add_without_code(db: &mut Db, grant: &Grant, expires_at: UnixTime) -> Result<()> {
    on_either!(db, conn => {
        diesel::insert_into(grants::table)
            .values((
                grants::id.eq(&grant.id),
                grants::client_id.eq(&grant.client_id),
                grants::user_id.eq(&grant.user_id),
                grants::sid.eq(&grant.sid),
                grants::scope.eq(grant.scope.to_string()),
                grants::auth_time.eq(grant.auth_time.0),
                grants::acr.eq(&grant.acr),
                grants::claims.eq(&grant.claims),
                grants::resources.eq(audience::written(&grant.resources)),
                grants::is_offline.eq(grant.is_offline),
                grants::created_at.eq(grant.created_at.0),
                grants::expires_at.eq(expires_at.0),
            ))
            .execute(conn)
    })?;
    Ok(())
}

/// A code with its grant, spent or not, unless the grant was revoked.
pub fn find_by_code(db: &mut Db, code_hash: &str) -> Result<Option<(Grant, AuthorizationCode)>> {
    type CodeRow = (String, Option<String>, Option<String>, i64, Option<i64>);
    let row: Option<(Row, CodeRow)> = on_either!(db, conn => {
        codes::table
            .inner_join(grants::table)
            .filter(codes::code_hash.eq(code_hash))
            .filter(grants::revoked_at.is_null())
            .select((
                COLUMNS,
                (codes::redirect_uri, codes::nonce, codes::code_challenge, codes::expires_at, codes::spent_at),
            ))
            .first(conn)
            .optional()
    })?;
    row.map(|(row, (redirect_uri, nonce, challenge, expires_at, spent_at))| {
        let challenge = challenge
            .map(|text| {
                Challenge::parse(&text).ok_or_else(|| Error::Unreadable("code_challenge of a code".into()))
            })
            .transpose()?;
        let code = AuthorizationCode {
            code_hash: code_hash.to_owned(),
            redirect_uri: Some(redirect_uri).filter(|uri| !uri.is_empty()),
            nonce,
            challenge,
            expires_at: UnixTime(expires_at),
            is_spent: spent_at.is_some(),
        };
        Ok((grant(row)?, code))
    })
    .transpose()
}

/// Uses a code up. Says whether it was still there to be used: of many who try at once, one is told so.
pub fn spend_code(db: &mut Db, code_hash: &str, now: UnixTime) -> Result<bool> {
    let spent = on_either!(db, conn => {
        diesel::update(codes::table.filter(codes::code_hash.eq(code_hash)).filter(codes::spent_at.is_null()))
            .set(codes::spent_at.eq(now.0))
            .execute(conn)
    })?;
    Ok(spent == 1)
}

/// Ends what was granted in a session, at one client or all, but for offline access (OpenID Connect Core 11).
pub fn revoke_of_session(
    db: &mut Db,
    user_id: &str,
    (sid, client_id): (&str, Option<&str>),
    now: UnixTime,
) -> Result<()> {
    let live = grants::table
        .filter(grants::user_id.eq(user_id))
        .filter(grants::sid.eq(sid))
        .filter(grants::is_offline.eq(false))
        .filter(grants::revoked_at.is_null());
    let end = grants::revoked_at.eq(now.0);
    match client_id {
        Some(client_id) => {
            diesel::update(live.filter(grants::client_id.eq(client_id))).set(end).execute(db)?
        }
        None => diesel::update(live).set(end).execute(db)?,
    };
    Ok(())
}

/// Ends everything that a person granted, to one client or to all.
pub fn revoke_of_user(db: &mut Db, user_id: &str, client_id: Option<&str>, now: UnixTime) -> Result<()> {
    let live = grants::table.filter(grants::user_id.eq(user_id)).filter(grants::revoked_at.is_null());
    let end = grants::revoked_at.eq(now.0);
    match client_id {
        Some(client_id) => {
            diesel::update(live.filter(grants::client_id.eq(client_id))).set(end).execute(db)?
        }
        None => diesel::update(live).set(end).execute(db)?,
    };
    Ok(())
}

/// Ends a grant with every code and token of it.
pub fn revoke(db: &mut Db, grant_id: &str, now: UnixTime) -> Result<()> {
    diesel::update(grants::table.find(grant_id).filter(grants::revoked_at.is_null()))
        .set(grants::revoked_at.eq(now.0))
        .execute(db)?;
    Ok(())
}
