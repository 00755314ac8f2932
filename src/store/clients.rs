//! Registered clients with their URIs, response types and secrets.

use diesel::prelude::*;

use super::db::Db;
use super::error::{Error, Result};
use super::list::{Page, Search};
use super::schema::{
    client_logos, client_post_logout_redirect_uris as post_logout_uris,
    client_redirect_uris as redirect_uris, client_response_types as response_types, clients, consents,
    grants, session_clients,
};
use super::{catalogue, client_secrets};
use crate::oidc::client::{Client, Lifetimes, Origin, StoredSecret};
use crate::oidc::scope::Scope;
use crate::oidc::time::UnixTime;
use crate::oidc::user::fold;

#[derive(Queryable, Selectable)]
#[diesel(table_name = clients)]
struct Row {
    id: String,
    name: String,
    application_type: String,
    auth_method: String,
    grant_types: String,
    scope: String,
    id_token_alg: String,
    requires_pkce: bool,
    consent: String,
    code_lifetime: Option<i64>,
    access_token_lifetime: Option<i64>,
    id_token_lifetime: Option<i64>,
    refresh_token_lifetime: Option<i64>,
    consent_lifetime: Option<i64>,
    client_uri: Option<String>,
    policy_uri: Option<String>,
    tos_uri: Option<String>,
    contact: Option<String>,
    owner_id: Option<String>,
    disabled_at: Option<i64>,
    created_at: i64,
    updated_at: i64,
    options: String,
    origin: String,
    registered_with: Option<String>,
    registration_token_hash: Option<String>,
    unused_until: Option<i64>,
}

/// The parts of a client that stand in other tables.
struct Parts {
    secrets: Vec<StoredSecret>,
    redirect_uris: Vec<String>,
    post_logout_redirect_uris: Vec<String>,
    response_types: Vec<String>,
    logo_hash: Option<String>,
}

impl Row {
    fn with(self, parts: Parts) -> Result<Client> {
        let unreadable = |error: String| Error::Unreadable(format!("client {}: {error}", self.id));
        Ok(Client {
            name: self.name,
            application_type: self.application_type.parse().map_err(unreadable)?,
            auth_method: self.auth_method.parse().map_err(unreadable)?,
            secrets: parts.secrets,
            redirect_uris: parts.redirect_uris,
            post_logout_redirect_uris: parts.post_logout_redirect_uris,
            response_types: parsed(parts.response_types.iter().map(String::as_str)).map_err(unreadable)?,
            grant_types: parsed(self.grant_types.split_ascii_whitespace()).map_err(unreadable)?,
            scope: Scope::parse(&self.scope).unwrap_or_default(),
            id_token_alg: self.id_token_alg.parse().map_err(|_| unreadable("id_token_alg".into()))?,
            requires_pkce: self.requires_pkce,
            consent: self.consent.parse().map_err(unreadable)?,
            lifetimes: Lifetimes {
                code: self.code_lifetime,
                access_token: self.access_token_lifetime,
                id_token: self.id_token_lifetime,
                refresh_token: self.refresh_token_lifetime,
                consent: self.consent_lifetime,
            },
            client_uri: self.client_uri,
            policy_uri: self.policy_uri,
            tos_uri: self.tos_uri,
            contact: self.contact,
            options: serde_json::from_str(&self.options).map_err(|error| unreadable(error.to_string()))?,
            origin: self.origin.parse().map_err(unreadable)?,
            registered_with: self.registered_with,
            registration_token_hash: self.registration_token_hash,
            unused_until: self.unused_until.map(UnixTime),
            logo_hash: parts.logo_hash,
            owner_id: self.owner_id,
            disabled_at: self.disabled_at.map(UnixTime),
            created_at: UnixTime(self.created_at),
            updated_at: UnixTime(self.updated_at),
            id: self.id,
        })
    }
}

fn parsed<'a, T: std::str::FromStr<Err = String>>(
    words: impl Iterator<Item = &'a str>,
) -> Result<Vec<T>, String> {
    words.map(str::parse).collect()
}

pub fn find(db: &mut Db, id: &str) -> Result<Option<Client>> {
    let row: Option<Row> = clients::table.find(id).select(Row::as_select()).first(db).optional()?;
    let Some(row) = row else { return Ok(None) };
    let parts = Parts {
        secrets: client_secrets::of(db, id)?,
        redirect_uris: redirect_uris::table
            .filter(redirect_uris::client_id.eq(id))
            .order(redirect_uris::position)
            .select(redirect_uris::uri)
            .load(db)?,
        post_logout_redirect_uris: post_logout_uris::table
            .filter(post_logout_uris::client_id.eq(id))
            .order(post_logout_uris::position)
            .select(post_logout_uris::uri)
            .load(db)?,
        response_types: response_types::table
            .filter(response_types::client_id.eq(id))
            .order(response_types::response_type)
            .select(response_types::response_type)
            .load(db)?,
        logo_hash: client_logos::table.find(id).select(client_logos::logo_hash).first(db).optional()?,
    };
    row.with(parts).map(Some)
}

/// Adds a client with all its parts. Fails as a duplicate where the ID is taken.
pub fn add(db: &mut Db, client: &Client) -> Result<()> {
    diesel::insert_into(clients::table)
        .values((
            clients::id.eq(&client.id),
            clients::created_at.eq(client.created_at.0),
            clients::unused_until.eq(client.unused_until.map(|at| at.0)),
            columns(client),
        ))
        .execute(db)?;
    save_lists(db, client)?;
    for secret in &client.secrets {
        client_secrets::insert(db, &client.id, secret)?;
    }
    catalogue::touch(db)
}

/// Saves everything about a client but its secrets and logo. Says whether it is there.
pub fn save(db: &mut Db, client: &Client) -> Result<bool> {
    let changed = diesel::update(clients::table.find(&client.id)).set(columns(client)).execute(db)?;
    if changed == 1 {
        save_lists(db, client)?;
    }
    catalogue::touch(db)?;
    Ok(changed == 1)
}

/// Removes a client with everything that hangs on it. Says whether it was there.
pub fn remove(db: &mut Db, id: &str) -> Result<bool> {
    let removed = diesel::delete(clients::table.find(id)).execute(db)?;
    catalogue::touch(db)?;
    Ok(removed == 1)
}

/// Removes every client that registered itself, and says how many there were.
pub fn remove_registered(db: &mut Db) -> Result<usize> {
    let registered = clients::table.filter(clients::origin.eq(Origin::Registration.as_str()));
    let removed = diesel::delete(registered).execute(db)?;
    catalogue::touch(db)?;
    Ok(removed)
}

/// Notes that somebody has signed in with `client`, or that it got a token: from now on it does not expire. Writes only
/// where that is news.
pub fn note_use(db: &mut Db, client: &Client) -> Result<()> {
    if client.unused_until.is_none() {
        return Ok(());
    }
    let unused = clients::table.find(&client.id).filter(clients::unused_until.is_not_null());
    if diesel::update(unused).set(clients::unused_until.eq(None::<i64>)).execute(db)? == 1 {
        catalogue::touch(db)?;
    }
    Ok(())
}

/// How much hangs on a client, for the page that asks before it is deleted.
#[derive(Clone, Copy, Debug, Default)]
pub struct Footprint {
    pub people: i64,
    pub sessions: i64,
    pub grants: i64,
}

pub fn footprint(db: &mut Db, id: &str, now: UnixTime) -> Result<Footprint> {
    Ok(Footprint {
        people: consents::table.filter(consents::client_id.eq(id)).count().get_result(db)?,
        sessions: session_clients::table.filter(session_clients::client_id.eq(id)).count().get_result(db)?,
        grants: grants::table
            .filter(grants::client_id.eq(id))
            .filter(grants::revoked_at.is_null())
            .filter(grants::expires_at.gt(now.0))
            .count()
            .get_result(db)?,
    })
}

/// Which clients are wanted, beside the text of the search; anything else narrows nothing.
#[derive(Clone, Debug, Default)]
pub struct Narrowing {
    /// `public` or `confidential`.
    pub kind: String,
    /// `active` or `disabled`.
    pub status: String,
    /// One of [`Origin`], as it is stored.
    pub origin: String,
}

/// Clients by name.
pub fn list(db: &mut Db, search: &Search, narrowing: &Narrowing) -> Result<Page<Client>> {
    let filtered = || {
        let mut query = clients::table.into_boxed();
        if let Some(pattern) = search.pattern() {
            query = query.filter(clients::search_key.like(pattern).escape('\\'));
        }
        query = match narrowing.kind.as_str() {
            "public" => query.filter(clients::auth_method.eq("none")),
            "confidential" => query.filter(clients::auth_method.ne("none")),
            _ => query,
        };
        if narrowing.origin.parse::<Origin>().is_ok() {
            query = query.filter(clients::origin.eq(narrowing.origin.clone()));
        }
        match narrowing.status.as_str() {
            "active" => query.filter(clients::disabled_at.is_null()),
            "disabled" => query.filter(clients::disabled_at.is_not_null()),
            _ => query,
        }
    };
    let total = filtered().count().get_result(db)?;
    let ids: Vec<String> = filtered()
        .order((clients::search_key, clients::id))
        .limit(search.limit())
        .offset(search.offset())
        .select(clients::id)
        .load(db)?;
    let mut rows = Vec::with_capacity(ids.len());
    for id in ids {
        rows.extend(find(db, &id)?);
    }
    Ok(Page { rows, total })
}

pub fn count(db: &mut Db) -> Result<i64> {
    Ok(clients::table.count().get_result(db)?)
}

/// ID and name of every client, for choosing one.
pub fn names(db: &mut Db) -> Result<Vec<(String, String)>> {
    Ok(clients::table
        .order((clients::search_key, clients::id))
        .select((clients::id, clients::name))
        .load(db)?)
}

fn save_lists(db: &mut Db, client: &Client) -> Result<()> {
    diesel::delete(redirect_uris::table.filter(redirect_uris::client_id.eq(&client.id))).execute(db)?;
    for (position, uri) in (0_i64..).zip(&client.redirect_uris) {
        diesel::insert_into(redirect_uris::table)
            .values((
                redirect_uris::client_id.eq(&client.id),
                redirect_uris::uri.eq(uri),
                redirect_uris::position.eq(position),
            ))
            .execute(db)?;
    }
    diesel::delete(post_logout_uris::table.filter(post_logout_uris::client_id.eq(&client.id))).execute(db)?;
    for (position, uri) in (0_i64..).zip(&client.post_logout_redirect_uris) {
        diesel::insert_into(post_logout_uris::table)
            .values((
                post_logout_uris::client_id.eq(&client.id),
                post_logout_uris::uri.eq(uri),
                post_logout_uris::position.eq(position),
            ))
            .execute(db)?;
    }
    diesel::delete(response_types::table.filter(response_types::client_id.eq(&client.id))).execute(db)?;
    for response_type in &client.response_types {
        diesel::insert_into(response_types::table)
            .values((
                response_types::client_id.eq(&client.id),
                response_types::response_type.eq(response_type.as_str()),
            ))
            .execute(db)?;
    }
    Ok(())
}

/// Everything that may change, but for `unused_until`: [`note_use`] may have come before.
#[derive(AsChangeset, Insertable)]
#[diesel(table_name = clients, treat_none_as_null = true)]
struct Columns {
    name: String,
    search_key: String,
    application_type: &'static str,
    auth_method: &'static str,
    grant_types: String,
    scope: String,
    id_token_alg: &'static str,
    requires_pkce: bool,
    consent: &'static str,
    code_lifetime: Option<i64>,
    access_token_lifetime: Option<i64>,
    id_token_lifetime: Option<i64>,
    refresh_token_lifetime: Option<i64>,
    consent_lifetime: Option<i64>,
    client_uri: Option<String>,
    policy_uri: Option<String>,
    tos_uri: Option<String>,
    contact: Option<String>,
    owner_id: Option<String>,
    disabled_at: Option<i64>,
    updated_at: i64,
    options: String,
    origin: &'static str,
    registered_with: Option<String>,
    registration_token_hash: Option<String>,
}

fn columns(client: &Client) -> Columns {
    let grant_types: Vec<_> = client.grant_types.iter().map(|grant_type| grant_type.as_str()).collect();
    Columns {
        name: client.name.clone(),
        search_key: fold(&format!("{} {} {}", client.name, client.id, client.redirect_uris.join(" "))),
        application_type: client.application_type.as_str(),
        auth_method: client.auth_method.as_str(),
        grant_types: grant_types.join(" "),
        scope: client.scope.to_string(),
        id_token_alg: client.id_token_alg.as_str(),
        requires_pkce: client.requires_pkce,
        consent: client.consent.as_str(),
        code_lifetime: client.lifetimes.code,
        access_token_lifetime: client.lifetimes.access_token,
        id_token_lifetime: client.lifetimes.id_token,
        refresh_token_lifetime: client.lifetimes.refresh_token,
        consent_lifetime: client.lifetimes.consent,
        client_uri: client.client_uri.clone(),
        policy_uri: client.policy_uri.clone(),
        tos_uri: client.tos_uri.clone(),
        contact: client.contact.clone(),
        owner_id: client.owner_id.clone(),
        disabled_at: client.disabled_at.map(|at| at.0),
        updated_at: client.updated_at.0,
        options: serde_json::to_string(&client.options).expect("plain data has a JSON form"),
        origin: client.origin.as_str(),
        registered_with: client.registered_with.clone(),
        registration_token_hash: client.registration_token_hash.clone(),
    }
}
