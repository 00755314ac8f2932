//! `cardea client add|list|show|set|disable|enable|remove|rotate-secret`.

pub mod add;
pub mod document;
mod secret;
mod set;

use std::path::PathBuf;

use clap::Subcommand;
use serde_json::{Map, Value, json};

use self::add::Add;
use self::document::{described, members_of};
use self::secret::Secret;
use super::open::{House, in_house};
use super::{Failure, Settings, print};
use crate::oidc::client::{Client, Origin};
use crate::store::clients::Narrowing;
use crate::store::{Db, audit, client_secrets, clients};

/// How long the old secret works beside the new one.
const OVERLAP: i64 = 24 * 3600;

#[derive(Subcommand)]
pub enum Command {
    /// Add a client and print it, with its secret
    Add(Box<Add>),
    /// List all clients
    List {
        /// Only those that registered themselves
        #[arg(long)]
        registered: bool,
        #[arg(long)]
        json: bool,
    },
    /// Print everything about a client but its secrets
    Show {
        #[arg(allow_hyphen_values = true)]
        client_id: String,
        #[arg(long)]
        json: bool,
    },
    /// Change a client: the members that the file names take the place of those that it has, and null takes one away
    Set {
        #[arg(allow_hyphen_values = true)]
        client_id: String,
        /// Members in the names of RFC 7591 and docs/clients.md; - is standard input
        #[arg(long, value_name = "FILE")]
        metadata: PathBuf,
        #[arg(long)]
        json: bool,
    },
    /// Stop a client from signing people in, and its tokens from working
    Disable {
        #[arg(allow_hyphen_values = true)]
        client_id: String,
    },
    /// Let a client sign people in again
    Enable {
        #[arg(allow_hyphen_values = true)]
        client_id: String,
    },
    /// Remove a client, with every consent and token it was given
    Remove {
        #[arg(required_unless_present = "registered", allow_hyphen_values = true)]
        client_id: Option<String>,
        /// Every client that registered itself
        #[arg(long, conflicts_with = "client_id")]
        registered: bool,
    },
    /// Give a client a new secret and print it; the old one works for another 24 hours
    RotateSecret {
        #[arg(allow_hyphen_values = true)]
        client_id: String,
        /// The new secret is the first line of standard input
        #[arg(long)]
        client_secret_stdin: bool,
        /// The old secret leaked: it stops working now
        #[arg(long)]
        revoke_old: bool,
        #[arg(long)]
        json: bool,
    },
}

pub fn run(command: Command, settings: &Settings) -> Result<(), Failure> {
    match command {
        Command::Add(add) => {
            let document = add.document()?;
            in_house(settings, async |house| {
                let (client, secret) = add::save(house, document).await?;
                add::warn_of_missing_key(house, &client);
                let members = house.store.read(move |db| described(db, &client)).await?;
                show(&with_secret(members, secret), add.json);
                Ok(())
            })
        }
        Command::List { registered, json } => {
            in_house(settings, async |house| list(house, registered, json).await)
        }
        Command::Show { client_id, json } => in_house(settings, async |house| {
            let read = house.store.read(move |db| {
                let client = find(db, &client_id)?;
                Ok::<_, Failure>(described(db, &client)?)
            });
            show(&read.await?, json);
            Ok(())
        }),
        Command::Set { client_id, metadata, json } => {
            let given = members_of(&metadata)?;
            in_house(settings, async |house| {
                show(&set::set(house, client_id, given).await?, json);
                Ok(())
            })
        }
        Command::Disable { client_id } => {
            in_house(settings, async |house| set::set_disabled(house, client_id, true).await)
        }
        Command::Enable { client_id } => {
            in_house(settings, async |house| set::set_disabled(house, client_id, false).await)
        }
        Command::Remove { client_id, .. } => in_house(settings, async |house| match client_id {
            Some(client_id) => remove(house, client_id).await,
            None => remove_registered(house).await,
        }),
        Command::RotateSecret { client_id, client_secret_stdin, revoke_old, json } => {
            let given = client_secret_stdin.then(|| print::line_of_stdin("the client_secret")).transpose()?;
            let new = NewSecret { client_id, given, overlap: if revoke_old { 0 } else { OVERLAP } };
            in_house(settings, async |house| rotate_secret(house, new, json).await)
        }
    }
}

/// RFC 7591 3.2.1: a secret comes with the time at which it expires; ours does not.
fn with_secret(mut members: Map<String, Value>, secret: Option<String>) -> Map<String, Value> {
    if let Some(secret) = secret {
        members.insert("client_secret".to_owned(), json!(secret));
        members.insert("client_secret_expires_at".to_owned(), json!(0));
    }
    members
}

fn show(members: &Map<String, Value>, as_json: bool) {
    if as_json {
        return print::json(members);
    }
    let width = members.keys().map(String::len).max().unwrap_or(0);
    for (name, value) in members {
        print::line(&format!("{name:width$}  {}", plain(value)));
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(plain).collect::<Vec<_>>().join(" "),
        other => other.to_string(),
    }
}

async fn list(house: &House, is_registered: bool, as_json: bool) -> Result<(), Failure> {
    let origin = if is_registered { Origin::Registration.as_str() } else { "" };
    let narrowing = Narrowing { origin: origin.to_owned(), ..Narrowing::default() };
    let all =
        house.store.read(move |db| print::every(|search| clients::list(db, search, &narrowing))).await?;
    if as_json {
        let read =
            move |db: &mut Db| all.iter().map(|client| described(db, client)).collect::<Result<Vec<_>, _>>();
        print::json(&house.store.read(read).await?);
        return Ok(());
    }
    let row = |client: &Client| {
        let state = if client.is_disabled() { "disabled" } else { "active" };
        [
            client.id.clone(),
            client.name.clone(),
            client.auth_method.to_string(),
            state.to_owned(),
            client.origin.to_string(),
            client.redirect_uris.join(" "),
        ]
    };
    let rows: Vec<_> = all.iter().map(row).collect();
    print::table(["CLIENT ID", "NAME", "AUTHENTICATION", "STATE", "ORIGIN", "REDIRECT URIS"], &rows);
    Ok(())
}

async fn remove(house: &House, client_id: String) -> Result<(), Failure> {
    let event = house.event("client_removed", "");
    let write = house.store.write(move |db| {
        let client = find(db, &client_id)?;
        clients::remove(db, &client_id)?;
        let event = event.clone().about("client_removed", format!("{} ({client_id})", client.name));
        Ok::<_, Failure>(audit::add(db, &event)?)
    });
    write.await
}

async fn remove_registered(house: &House) -> Result<(), Failure> {
    let event = house.event("client_removed", "");
    let write = house.store.write(move |db| {
        let removed = clients::remove_registered(db)?;
        if removed > 0 {
            let text = format!("Every client that registered itself ({removed})");
            audit::add(db, &event.clone().about("client_removed", text))?;
        }
        Ok::<_, Failure>(removed)
    });
    print::line(&write.await?.to_string());
    Ok(())
}

/// A secret to come, and how long the old one works beside it.
struct NewSecret {
    client_id: String,
    given: Option<String>,
    overlap: i64,
}

async fn rotate_secret(house: &House, new: NewSecret, as_json: bool) -> Result<(), Failure> {
    let NewSecret { client_id, given, overlap } = new;
    let client = {
        let id = client_id.clone();
        house.store.read(move |db| find(db, &id)).await?
    };
    let secret = Secret::new(house, &client, given)?;
    let retire_at = house.now().plus(overlap);
    let mut event = house.event("secret_rotated", "");
    event.client_id = Some(client_id.clone());
    let (id, stored) = (client_id.clone(), secret.stored);
    let write = house.store.write(move |db| {
        let client = find(db, &id)?;
        if client.is_public() {
            return Err(Failure::new(format!("{id} is a public client, which has no secret")));
        }
        client_secrets::add(db, &id, &stored, retire_at)?;
        let mut event = event.clone();
        event.detail.clone_from(&client.name);
        Ok(audit::add(db, &event)?)
    });
    write.await?;
    if as_json {
        let members = Map::from_iter([("client_id".to_owned(), json!(client_id))]);
        print::json(&with_secret(members, Some(secret.text)));
    } else {
        print::line(&secret.text);
    }
    if overlap > 0 {
        eprintln!("the old secret works until {retire_at} UTC");
    }
    Ok(())
}

fn find(db: &mut Db, client_id: &str) -> Result<Client, Failure> {
    let none = || Failure::new(format!("there is no client {client_id}; cardea client list shows all"));
    clients::find(db, client_id)?.ok_or_else(none)
}
