//! The scope registry.

use diesel::prelude::*;

use super::catalogue;
use super::db::{Db, on_either};
use super::error::Result;
use super::schema::{clients, scopes};
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
    is_default: bool,
}

#[derive(Insertable)]
#[diesel(table_name = scopes)]
struct NewRow<'a> {
    name: &'a str,
    position: i64,
    title: &'a str,
    description: &'a str,
    claims: String,
    is_restricted: bool,
    is_standard: bool,
    is_default: bool,
}

impl From<Row> for ScopeEntry {
    fn from(row: Row) -> Self {
        Self {
            name: row.name,
            title: row.title,
            description: row.description,
            claims: row.claims.split_ascii_whitespace().map(str::to_owned).collect(),
            is_restricted: row.is_restricted,
            is_default: row.is_default,
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
        let row = NewRow::of(&entry, position, true);
        // Another node may start at the same moment.
        on_either!(db, conn => {
            diesel::insert_into(scopes::table).values(row).on_conflict_do_nothing().execute(conn)
        })?;
    }
    catalogue::touch(db)
}

/// Adds a scope of the operator's own. Fails as a duplicate where the name is taken.
pub fn add(db: &mut Db, entry: &ScopeEntry) -> Result<()> {
    diesel::insert_into(scopes::table).values(NewRow::of(entry, 100, false)).execute(db)?;
    catalogue::touch(db)
}

/// Changes a scope, all but its name. Says whether there was one.
pub fn save(db: &mut Db, entry: &ScopeEntry) -> Result<bool> {
    let row = scopes::table.filter(scopes::name.eq(&entry.name));
    let changes = (
        scopes::title.eq(&entry.title),
        scopes::description.eq(&entry.description),
        scopes::claims.eq(entry.claims.join(" ")),
        scopes::is_restricted.eq(entry.is_restricted),
        scopes::is_default.eq(entry.is_default),
    );
    let is_saved = diesel::update(row).set(changes).execute(db)? == 1;
    catalogue::touch(db)?;
    Ok(is_saved)
}

/// Removes a scope of the operator's own; the standard ones stay. Says whether there was one.
pub fn remove(db: &mut Db, name: &str) -> Result<bool> {
    let row = scopes::table.filter(scopes::name.eq(name)).filter(scopes::is_standard.eq(false));
    let is_removed = diesel::delete(row).execute(db)? == 1;
    catalogue::touch(db)?;
    Ok(is_removed)
}

/// Names of the clients whose allowed scopes list `name`.
pub fn clients_of(db: &mut Db, name: &str) -> Result<Vec<String>> {
    let rows: Vec<(String, String)> = clients::table
        .order((clients::name, clients::id))
        .select((clients::name, clients::scope))
        .load(db)?;
    let lists_it = |scope: &str| scope.split_ascii_whitespace().any(|value| value == name);
    Ok(rows.into_iter().filter(|(_, scope)| lists_it(scope)).map(|(client, _)| client).collect())
}

impl<'a> NewRow<'a> {
    fn of(entry: &'a ScopeEntry, position: i64, is_standard: bool) -> Self {
        Self {
            name: &entry.name,
            position,
            title: &entry.title,
            description: &entry.description,
            claims: entry.claims.join(" "),
            is_restricted: entry.is_restricted,
            is_standard,
            is_default: entry.is_default,
        }
    }
}
