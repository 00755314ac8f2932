//! The scope registry.

use diesel::prelude::*;

use super::catalogue;
use super::db::{Db, on_either};
use super::error::Result;
use super::schema::scopes;
use crate::oidc::claims::{ScopeEntry, standard_scopes};

#[derive(Queryable)]
struct Row {
    name: String,
    _position: i64,
    title: String,
    description: String,
    claims: String,
    is_restricted: bool,
    _is_standard: bool,
}

impl From<Row> for ScopeEntry {
    fn from(row: Row) -> Self {
        Self {
            name: row.name,
            title: row.title,
            description: row.description,
            claims: row.claims.split_ascii_whitespace().map(str::to_owned).collect(),
            is_restricted: row.is_restricted,
        }
    }
}

/// All scopes, the standard ones first.
pub fn list(db: &mut Db) -> Result<Vec<ScopeEntry>> {
    let rows: Vec<Row> = scopes::table.order((scopes::position, scopes::name)).load(db)?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// Adds the scopes of the specification that are not there yet.
pub fn add_standard(db: &mut Db) -> Result<()> {
    let is_empty = scopes::table.count().get_result::<i64>(db)? == 0;
    if !is_empty {
        return Ok(());
    }
    for (position, entry) in (0..).zip(standard_scopes()) {
        put(db, &entry, position, true)?;
    }
    catalogue::touch(db)
}

/// Adds a scope of the operator's own, or changes one.
pub fn save(db: &mut Db, entry: &ScopeEntry) -> Result<()> {
    put(db, entry, 100, false)?;
    catalogue::touch(db)
}

/// Removes a scope of the operator's own; the standard ones stay. Says whether there was one.
pub fn remove(db: &mut Db, name: &str) -> Result<bool> {
    let row = scopes::table.filter(scopes::name.eq(name)).filter(scopes::is_standard.eq(false));
    let is_removed = diesel::delete(row).execute(db)? == 1;
    catalogue::touch(db)?;
    Ok(is_removed)
}

fn put(db: &mut Db, entry: &ScopeEntry, position: i64, is_standard: bool) -> Result<()> {
    let claims = entry.claims.join(" ");
    let changes = (
        scopes::title.eq(&entry.title),
        scopes::description.eq(&entry.description),
        scopes::claims.eq(&claims),
        scopes::is_restricted.eq(entry.is_restricted),
    );
    on_either!(db, conn => {
        diesel::insert_into(scopes::table)
            .values((
                scopes::name.eq(&entry.name),
                scopes::position.eq(position),
                scopes::is_standard.eq(is_standard),
                changes,
            ))
            .on_conflict(scopes::name)
            .do_update()
            .set(changes)
            .execute(conn)
    })?;
    Ok(())
}
