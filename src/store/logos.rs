//! The pictures of clients, as we re-encoded them.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use diesel::prelude::*;

use super::catalogue;
use super::db::{Db, on_either};
use super::error::{Error, Result};
use super::schema::client_logos;

pub struct Logo {
    /// Changes with the picture.
    pub logo_hash: String,
    pub media_type: String,
    pub picture: Vec<u8>,
}

pub fn find(db: &mut Db, client_id: &str) -> Result<Option<Logo>> {
    let row: Option<(String, String, String)> = client_logos::table
        .find(client_id)
        .select((client_logos::logo_hash, client_logos::media_type, client_logos::picture))
        .first(db)
        .optional()?;
    row.map(|(logo_hash, media_type, picture)| {
        let picture = BASE64_STANDARD.decode(picture);
        let picture = picture.map_err(|_| Error::Unreadable(format!("logo of client {client_id}")))?;
        Ok(Logo { logo_hash, media_type, picture })
    })
    .transpose()
}

pub fn save(db: &mut Db, client_id: &str, logo: &Logo) -> Result<()> {
    let picture = BASE64_STANDARD.encode(&logo.picture);
    let changes = (
        client_logos::logo_hash.eq(&logo.logo_hash),
        client_logos::media_type.eq(&logo.media_type),
        client_logos::picture.eq(&picture),
    );
    on_either!(db, conn => {
        diesel::insert_into(client_logos::table)
            .values((client_logos::client_id.eq(client_id), changes))
            .on_conflict(client_logos::client_id)
            .do_update()
            .set(changes)
            .execute(conn)
    })?;
    catalogue::touch(db)
}

pub fn remove(db: &mut Db, client_id: &str) -> Result<()> {
    diesel::delete(client_logos::table.find(client_id)).execute(db)?;
    catalogue::touch(db)
}
