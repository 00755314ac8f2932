//! What clients keep elsewhere and is fetched when they are registered or changed: for strangers, the console and the
//! command line alike.

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
pub async fn check(outbound: &Outbound, client: &Client) -> Result<(), Problem> {
    let Some(uri) = &client.options.sector_identifier_uri else { return Ok(()) };
    let checked = match outbound.get(uri, Wanted::JSON).await.and_then(Fetched::success) {
        Ok(fetched) => check_sector(&fetched.body, &client.redirect_uris),
        Err(error) => Err(format!("The document there cannot be had: {}.", error.public())),
    };
    checked.map_err(|message| Problem { member: "sector_identifier_uri", index: None, message })
}

/// The picture at `logo_uri`, written anew, where that is another than `before`.
pub async fn picture(outbound: &Outbound, client: &Client, before: Option<&Client>) -> Picture {
    let known = before.and_then(|before| before.options.logo_uri.as_ref());
    match (&client.options.logo_uri, known) {
        (None, None) => Picture::AsBefore,
        (now, before) if now.as_ref() == before && client.logo_hash.is_some() => Picture::AsBefore,
        (None, _) => Picture::Gone,
        (Some(uri), _) => fetched(outbound, uri).await.map_or_else(Picture::Unreachable, Picture::New),
    }
}

async fn fetched(outbound: &Outbound, uri: &str) -> Result<Logo, String> {
    let fetched = outbound.get(uri, Wanted::PICTURE).await.and_then(Fetched::success);
    let file = fetched.map_err(|error| error.public())?.body;
    let read = tokio::task::spawn_blocking(move || picture::fetched_logo(&file)).await;
    read.map_err(|_| "the picture cannot be read".to_owned())?
}
