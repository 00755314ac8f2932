//! `cardea client add|list|show|remove|rotate-secret`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};

use super::client_secret::Secret;
use super::open::{House, in_house, random_id};
use super::{Failure, Settings, print};
use crate::oidc::client::{Client, ConsentPolicy};
use crate::oidc::metadata::{Metadata, describe};
use crate::store::{Db, Search, audit, clients};

/// How long the old secret works beside the new one.
const OVERLAP: i64 = 24 * 3600;

#[derive(Subcommand)]
pub enum Command {
    /// Add a client and print it, with its secret
    Add(Box<Add>),
    /// List all clients
    List {
        #[arg(long)]
        json: bool,
    },
    /// Print everything about a client but its secrets
    Show {
        client_id: String,
        #[arg(long)]
        json: bool,
    },
    /// Remove a client, with every consent and token it was given
    Remove { client_id: String },
    /// Give a client a new secret and print it; the old one works for another 24 hours
    RotateSecret {
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

#[derive(Args)]
pub struct Add {
    /// Client metadata in the names of RFC 7591, instead of flags; - is standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = [
        "client_id", "name", "client_secret_stdin", "public", "redirect_uris", "post_logout_redirect_uris",
        "response_types", "grant_types", "scopes", "token_endpoint_auth_method", "id_token_alg",
    ])]
    metadata: Option<PathBuf>,
    /// [default: a random one]
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,
    /// The name that people see at sign-in [default: the client ID]
    #[arg(long)]
    name: Option<String>,
    /// The secret is the first line of standard input, instead of a random one
    #[arg(long, conflicts_with = "public")]
    client_secret_stdin: bool,
    /// It cannot keep a secret: an app on a phone, a desktop or in a browser
    #[arg(long, conflicts_with = "token_endpoint_auth_method")]
    public: bool,
    /// Where people return after sign-in; may be repeated
    #[arg(long = "redirect-uri", value_name = "URI", num_args = 1..)]
    redirect_uris: Vec<String>,
    /// Where people return after sign-out; may be repeated
    #[arg(long = "post-logout-redirect-uri", value_name = "URI", num_args = 1..)]
    post_logout_redirect_uris: Vec<String>,
    /// [default: code]
    #[arg(long = "response-type", value_name = "TYPE", num_args = 1..)]
    response_types: Vec<String>,
    /// [default: authorization_code]
    #[arg(long = "grant-type", value_name = "TYPE", num_args = 1..)]
    grant_types: Vec<String>,
    /// What it may ask for [default: every scope that is not restricted]
    #[arg(long = "scope", value_name = "SCOPE", num_args = 1..)]
    scopes: Vec<String>,
    /// client_secret_basic, client_secret_post or none [default: client_secret_basic]
    #[arg(long, value_name = "METHOD")]
    token_endpoint_auth_method: Option<String>,
    /// What its ID tokens are signed with [default: RS256]
    #[arg(long, value_name = "ALG")]
    id_token_alg: Option<String>,
    /// People are not asked whether they agree: for apps of your own
    #[arg(long)]
    no_consent: bool,
    #[arg(long)]
    json: bool,
}

impl Add {
    fn metadata(&self) -> Result<Metadata, Failure> {
        if let Some(path) = &self.metadata {
            return serde_json::from_str(&print::text_of(path)?).map_err(|error| {
                Failure::new(format!("{} is no client metadata as RFC 7591 has it: {error}", path.display()))
            });
        }
        let listed = |words: &Vec<String>| (!words.is_empty()).then(|| words.clone());
        let client_secret =
            self.client_secret_stdin.then(|| print::line_of_stdin("the client_secret")).transpose()?;
        Ok(Metadata {
            client_id: self.client_id.clone(),
            client_secret,
            client_name: self.name.clone(),
            redirect_uris: self.redirect_uris.clone(),
            post_logout_redirect_uris: self.post_logout_redirect_uris.clone(),
            response_types: listed(&self.response_types),
            grant_types: listed(&self.grant_types),
            scope: listed(&self.scopes).map(|scopes| scopes.join(" ")),
            token_endpoint_auth_method: if self.public {
                Some("none".to_owned())
            } else {
                self.token_endpoint_auth_method.clone()
            },
            id_token_signed_response_alg: self.id_token_alg.clone(),
            ..Metadata::default()
        })
    }
}

pub fn run(command: Command, settings: &Settings) -> Result<(), Failure> {
    match command {
        Command::Add(add) => {
            let metadata = add.metadata()?;
            in_house(settings, async |house| {
                let consent = if add.no_consent { ConsentPolicy::Never } else { ConsentPolicy::Once };
                let (client, secret) = save(house, metadata, consent).await?;
                warn_of_missing_key(house, &client);
                show(&with_secret(describe(&client), secret), add.json);
                Ok(())
            })
        }
        Command::List { json } => in_house(settings, async |house| list(house, json).await),
        Command::Show { client_id, json } => in_house(settings, async |house| {
            let client = house.store.read(move |db| find(db, &client_id)).await?;
            show(&described(&client), json);
            Ok(())
        }),
        Command::Remove { client_id } => in_house(settings, async |house| remove(house, client_id).await),
        Command::RotateSecret { client_id, client_secret_stdin, revoke_old, json } => {
            let given = client_secret_stdin.then(|| print::line_of_stdin("the client_secret")).transpose()?;
            let new = NewSecret { client_id, given, overlap: if revoke_old { 0 } else { OVERLAP } };
            in_house(settings, async |house| rotate_secret(house, new, json).await)
        }
    }
}

/// Checks and adds a client; answers with the secret that is shown this once.
pub async fn save(
    house: &House,
    metadata: Metadata,
    consent: ConsentPolicy,
) -> Result<(Client, Option<String>), Failure> {
    let id = metadata.client_id.clone().unwrap_or_else(random_id);
    let mut client = metadata.check(id, house.now())?;
    client.consent = consent;
    let secret = match (client.is_public(), metadata.client_secret) {
        (true, None) => None,
        (true, Some(_)) => {
            return Err(Failure::new(
                "client_secret: A client with the token_endpoint_auth_method none has no secret; leave it out.",
            ));
        }
        (false, given) => Some(Secret::new(house, given)?),
    };
    client.secrets.extend(secret.as_ref().map(|secret| secret.stored.clone()));
    let mut event = house.event("client_added", client.name.as_str());
    event.client_id = Some(client.id.clone());
    let added = client.clone();
    let write = house.store.write(move |db| {
        if clients::find(db, &client.id)?.is_some() {
            return Err(taken(&client.id));
        }
        clients::add(db, &client)?;
        Ok(audit::add(db, &event)?)
    });
    match write.await {
        Err(Failure::Store(error)) if error.is_duplicate() => Err(taken(&added.id)),
        result => result.map(|()| (added, secret.map(|secret| secret.text))),
    }
}

fn taken(client_id: &str) -> Failure {
    Failure::new(format!("client_id: The client ID {client_id} is taken; choose another."))
}

fn warn_of_missing_key(house: &House, client: &Client) {
    let alg = client.id_token_alg;
    if house.store.catalogue().keys.signer(alg).is_none() {
        eprintln!("warning: no key signs {alg} yet; make one with: cardea key create --alg {alg}");
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

/// As registration has it, and what only the operator is told.
fn described(client: &Client) -> Map<String, Value> {
    let mut members = describe(client);
    members.insert("consent".to_owned(), json!(client.consent.as_str()));
    members.insert("is_disabled".to_owned(), json!(client.is_disabled()));
    members
}

async fn list(house: &House, as_json: bool) -> Result<(), Failure> {
    let all = house.store.read(all).await?;
    if as_json {
        let all: Vec<_> = all.iter().map(described).collect();
        print::json(&all);
        return Ok(());
    }
    let row = |client: &Client| {
        let state = if client.is_disabled() { "disabled" } else { "active" };
        [
            client.id.clone(),
            client.name.clone(),
            client.auth_method.to_string(),
            state.to_owned(),
            client.redirect_uris.join(" "),
        ]
    };
    let rows: Vec<_> = all.iter().map(row).collect();
    print::table(["CLIENT ID", "NAME", "AUTHENTICATION", "STATE", "REDIRECT URIS"], &rows);
    Ok(())
}

fn all(db: &mut Db) -> crate::store::Result<Vec<Client>> {
    let mut search = Search { page: 1, ..Search::default() };
    let mut all = Vec::new();
    loop {
        let page = clients::list(db, &search, &clients::Narrowing::default())?;
        let is_last = search.page >= page.last_page();
        all.extend(page.rows);
        if is_last {
            return Ok(all);
        }
        search.page += 1;
    }
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

/// A secret to come, and how long the old one works beside it.
struct NewSecret {
    client_id: String,
    given: Option<String>,
    overlap: i64,
}

async fn rotate_secret(house: &House, new: NewSecret, as_json: bool) -> Result<(), Failure> {
    let NewSecret { client_id, given, overlap } = new;
    let secret = Secret::new(house, given)?;
    let retire_at = house.now().plus(overlap);
    let mut event = house.event("secret_rotated", "");
    event.client_id = Some(client_id.clone());
    let (id, stored) = (client_id.clone(), secret.stored);
    let write = house.store.write(move |db| {
        let client = find(db, &id)?;
        if client.is_public() {
            return Err(Failure::new(format!("{id} is a public client, which has no secret")));
        }
        clients::add_secret(db, &id, &stored, retire_at)?;
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
