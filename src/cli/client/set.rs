//! `cardea client set|enable|disable`: changing a client that is there.

use serde_json::{Map, Value};

use super::add::fetch;
use super::document::{Document, check_told, described, merge};
use super::find;
use crate::cli::Failure;
use crate::cli::open::House;
use crate::http::remote::Picture;
use crate::oidc::client::Client;
use crate::store::{audit, client_secrets, clients, logos};

/// Puts the members that are `given` over those that the client has; answers with all that it has then.
pub async fn set(
    house: &House,
    client_id: String,
    given: Map<String, Value>,
) -> Result<Map<String, Value>, Failure> {
    let (before, members) = house
        .store
        .read(move |db| {
            let client = find(db, &client_id)?;
            let members = described(db, &client)?;
            Ok::<_, Failure>((client, members))
        })
        .await?;
    check_told(&given, &members)?;
    let mut wanted = members.clone();
    merge(&mut wanted, given);
    let checked = Document::of(wanted, &before.id)?.check(house, before.id.clone()).await?;
    let mut client = checked.in_place_of(&before);
    let picture = fetch(house, &mut client, Some(&before)).await?;
    let mut event = house.event("client_changed", "");
    event.client_id = Some(client.id.clone());
    let saved = client.clone();
    let write = house.store.write(move |db| {
        if !clients::save(db, &saved)? {
            return Err(Failure::new(format!("the client {} was removed a moment ago", saved.id)));
        }
        match &picture {
            Picture::New(logo) => logos::save(db, &saved.id, logo)?,
            Picture::Gone | Picture::Unreachable(_) => logos::remove(db, &saved.id)?,
            Picture::AsBefore => {}
        }
        // Who has no secret keeps none that would work again one day.
        if !saved.has_secret() {
            client_secrets::remove_all(db, &saved.id)?;
        }
        let after = described(db, &saved)?;
        let mut event = event.clone();
        event.detail = format!("{}: {}", saved.name, differences(&members, &after));
        audit::add(db, &event)?;
        Ok(after)
    });
    let after = write.await?;
    warn_of_missing_secret(house, &client);
    Ok(after)
}

/// The names of the members that changed.
fn differences(before: &Map<String, Value>, after: &Map<String, Value>) -> String {
    let new = after.keys().filter(|name| !before.contains_key(*name));
    let names = before.keys().chain(new).filter(|name| before.get(*name) != after.get(*name));
    let changed: Vec<&str> = names.map(String::as_str).collect();
    if changed.is_empty() { "nothing".to_owned() } else { changed.join(", ") }
}

fn warn_of_missing_secret(house: &House, client: &Client) {
    let mut live = client.secrets.iter().filter(|secret| secret.is_live(house.now()));
    let is_of_use = live.any(|secret| secret.sealed.is_some() || !client.needs_clear_secret());
    if client.has_secret() && !is_of_use {
        eprintln!(
            "warning: {0} needs a new secret for this; make one with: cardea client rotate-secret {0}",
            client.id
        );
    }
}

pub async fn set_disabled(house: &House, client_id: String, is_disabled: bool) -> Result<(), Failure> {
    let (now, event) = (house.now(), house.event("client_changed", ""));
    let write = house.store.write(move |db| {
        let client = find(db, &client_id)?;
        let mut event = event.clone();
        event.detail = format!("{}: is_disabled", client.name);
        event.client_id = Some(client.id.clone());
        let disabled_at = is_disabled.then(|| client.disabled_at.unwrap_or(now));
        clients::save(db, &Client { disabled_at, updated_at: now, ..client })?;
        Ok::<_, Failure>(audit::add(db, &event)?)
    });
    write.await
}
