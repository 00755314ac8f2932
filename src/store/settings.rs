//! What administrators set in the console and every node must know.

use diesel::prelude::*;

use super::catalogue;
use super::db::{Db, on_either};
use super::error::Result;
use super::schema::settings;
use crate::oidc::jose::Alg;

/// Settings that live in the database.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// The name on the sign-in pages; the configuration's where nobody has set one.
    pub organisation: Option<String>,
    /// What ID tokens of clients to come are signed with, where they do not say.
    pub id_token_alg: Option<Alg>,
}

impl Settings {
    /// The usual one of OpenID Connect Registration 2 where nobody has set another.
    pub fn default_alg(&self) -> Alg {
        self.id_token_alg.unwrap_or(Alg::RS256)
    }

    /// What is another than `before`, in words for the audit log.
    pub fn differences(&self, before: &Self) -> String {
        let parts = [
            ("organisation", before.organisation != self.organisation),
            ("ID token signature of new clients", before.id_token_alg != self.id_token_alg),
        ];
        let changed: Vec<&str> =
            parts.iter().filter(|(_, differs)| *differs).map(|(name, _)| *name).collect();
        if changed.is_empty() { "nothing".into() } else { changed.join(", ") }
    }
}

const ORGANISATION: &str = "organisation";
const ID_TOKEN_ALG: &str = "id_token_signed_response_alg";
const SETUP_TOKEN_HASH: &str = "setup_token_hash";

pub fn find(db: &mut Db) -> Result<Settings> {
    let id_token_alg = value(db, ID_TOKEN_ALG)?.and_then(|text| text.parse().ok());
    Ok(Settings { organisation: value(db, ORGANISATION)?, id_token_alg })
}

/// Saves what administrators may set; what they leave out goes back to its default.
pub fn save(db: &mut Db, new: &Settings) -> Result<()> {
    let texts = [
        (ORGANISATION, new.organisation.clone()),
        (ID_TOKEN_ALG, new.id_token_alg.map(|alg| alg.to_string())),
    ];
    for (name, text) in texts {
        match text {
            Some(text) => put(db, name, &text)?,
            None => {
                diesel::delete(settings::table.find(name)).execute(db)?;
            }
        }
    }
    catalogue::touch(db)
}

pub fn save_organisation(db: &mut Db, organisation: &str) -> Result<()> {
    put(db, ORGANISATION, organisation)?;
    catalogue::touch(db)
}

/// Replaces the token that opens the setup page.
pub fn save_setup_token(db: &mut Db, token_hash: &str) -> Result<()> {
    put(db, SETUP_TOKEN_HASH, token_hash)
}

pub fn is_setup_token(db: &mut Db, token_hash: &str) -> Result<bool> {
    Ok(value(db, SETUP_TOKEN_HASH)?.as_deref() == Some(token_hash))
}

/// Uses the setup token up; says whether it was this one and still there.
pub fn spend_setup_token(db: &mut Db, token_hash: &str) -> Result<bool> {
    let row =
        settings::table.filter(settings::name.eq(SETUP_TOKEN_HASH)).filter(settings::value.eq(token_hash));
    Ok(diesel::delete(row).execute(db)? == 1)
}

fn value(db: &mut Db, name: &str) -> Result<Option<String>> {
    Ok(settings::table.find(name).select(settings::value).first(db).optional()?)
}

fn put(db: &mut Db, name: &str, value: &str) -> Result<()> {
    on_either!(db, conn => {
        diesel::insert_into(settings::table)
            .values((settings::name.eq(name), settings::value.eq(value)))
            .on_conflict(settings::name)
            .do_update()
            .set(settings::value.eq(value))
            .execute(conn)
    })?;
    Ok(())
}
