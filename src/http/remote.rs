//! What clients keep elsewhere and is fetched when they are registered or changed: for strangers, the console and the
//! command line alike.

use super::error::{Error, Result};
use super::picture;
use crate::oidc::client::Client;
use crate::oidc::metadata::Problem;
use crate::oidc::registration::check_sector;
use crate::outbound::{Fetched, Outbound, Wanted};
use crate::store::logos::Logo;

/// What becomes of the logo.
pub enum Picture {
    AsBefore,
    New(Logo),
    /// It names none any more.
    Gone,
    /// Why the new one could not be had.
    Unreachable(String),
}

impl Picture {
    pub const fn is_change(&self) -> bool {
        !matches!(self, Self::AsBefore)
    }

    /// The mark of the new one.
    pub fn hash(&self) -> Option<String> {
        match self {
            Self::New(logo) => Some(logo.logo_hash.clone()),
            _ => None,
        }
    }

    pub fn trouble(&self) -> Option<&str> {
        match self {
            Self::Unreachable(why) => Some(why),
            _ => None,
        }
    }
}

/// OpenID Connect Registration 5: who shares a sector must list every redirect URI of the client there.
pub async fn check(outbound: &Outbound, client: &Client) -> Result<Result<(), Problem>> {
    let Some(uri) = &client.options.sector_identifier_uri else { return Ok(Ok(())) };
    let checked = match fetched(outbound, uri, Wanted::JSON).await? {
        Ok(body) => check_sector(&body, &client.redirect_uris),
        Err(why) => Err(format!("The document there cannot be had: {why}.")),
    };
    Ok(checked.map_err(|message| Problem { member: "sector_identifier_uri", index: None, message }))
}

/// Whether anything is fetched for `client`.
pub fn is_fetched(client: &Client, before: Option<&Client>) -> bool {
    client.options.sector_identifier_uri.is_some() || unknown_picture(client, before).is_some()
}

/// The `logo_uri` where it is another than `before`, or nothing has come of it yet.
fn unknown_picture<'a>(client: &'a Client, before: Option<&Client>) -> Option<&'a str> {
    let known = before.and_then(|before| before.options.logo_uri.as_deref());
    let own = client.options.logo_uri.as_deref();
    own.filter(|_| own != known || client.logo_hash.is_none())
}

/// The picture at `logo_uri`, written anew, where that is another than `before`.
pub async fn picture(outbound: &Outbound, client: &Client, before: Option<&Client>) -> Result<Picture> {
    let Some(uri) = unknown_picture(client, before) else {
        let is_gone = client.options.logo_uri.is_none()
            && before.is_some_and(|before| before.options.logo_uri.is_some());
        return Ok(if is_gone { Picture::Gone } else { Picture::AsBefore });
    };
    let file = match fetched(outbound, uri, Wanted::PICTURE).await? {
        Ok(file) => file,
        Err(why) => return Ok(Picture::Unreachable(why)),
    };
    let read = tokio::task::spawn_blocking(move || picture::fetched_logo(&file)).await;
    let read = read.unwrap_or_else(|_| Err("the picture cannot be read".to_owned()));
    Ok(read.map_or_else(Picture::Unreachable, Picture::New))
}

/// What lies at `uri`, or why nothing does. That nobody could be asked is no answer about it.
async fn fetched(outbound: &Outbound, uri: &str, wanted: Wanted) -> Result<Result<Vec<u8>, String>> {
    match outbound.get(uri, wanted).await.and_then(Fetched::success) {
        Ok(fetched) => Ok(Ok(fetched.body)),
        Err(error) if error.is_busy() => Err(Error::Busy),
        Err(error) => Ok(Err(error.public())),
    }
}
