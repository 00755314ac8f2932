//! Access tokens that clients have for themselves (RFC 6749 4.4), kept as hashes.

use diesel::prelude::*;

use super::db::{Db, on_either};
use super::error::{Error, Result};
use super::schema::{client_tokens, clients};
use crate::oidc::audience;
use crate::oidc::scope::Scope;
use crate::oidc::time::UnixTime;

/// A client's token for itself.
#[derive(Clone, Debug)]
pub struct ClientToken {
    pub token_hash: String,
    pub client_id: String,
    pub scope: Scope,
    /// The resources that it is for; none means this provider.
    pub resources: Vec<String>,
    pub created_at: UnixTime,
    pub expires_at: UnixTime,
}

pub fn add(db: &mut Db, token: &ClientToken) -> Result<()> {
    on_either!(db, conn => {
        diesel::insert_into(client_tokens::table)
            .values((
                client_tokens::token_hash.eq(&token.token_hash),
                client_tokens::client_id.eq(&token.client_id),
                client_tokens::scope.eq(token.scope.to_string()),
                client_tokens::audience.eq(audience::written(&token.resources)),
                client_tokens::created_at.eq(token.created_at.0),
                client_tokens::expires_at.eq(token.expires_at.0),
            ))
            .execute(conn)
    })?;
    Ok(())
}

/// The live token with this hash, unless its client is disabled.
pub fn find(db: &mut Db, token_hash: &str, now: UnixTime) -> Result<Option<ClientToken>> {
    type Row = (String, String, String, i64, i64);
    let row: Option<Row> = on_either!(db, conn => {
        client_tokens::table
            .inner_join(clients::table)
            .filter(client_tokens::token_hash.eq(token_hash))
            .filter(client_tokens::expires_at.gt(now.0))
            .filter(clients::disabled_at.is_null())
            .select((
                client_tokens::client_id,
                client_tokens::scope,
                client_tokens::audience,
                client_tokens::created_at,
                client_tokens::expires_at,
            ))
            .first(conn)
            .optional()
    })?;
    row.map(|(client_id, scope, resources, created_at, expires_at)| {
        Ok(ClientToken {
            token_hash: token_hash.to_owned(),
            client_id,
            scope: Scope::parse(&scope)
                .ok_or_else(|| Error::Unreadable("scope of a client's token".into()))?,
            resources: audience::read(&resources),
            created_at: UnixTime(created_at),
            expires_at: UnixTime(expires_at),
        })
    })
    .transpose()
}

pub fn remove(db: &mut Db, token_hash: &str) -> Result<()> {
    diesel::delete(client_tokens::table.find(token_hash)).execute(db)?;
    Ok(())
}
