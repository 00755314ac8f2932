//! `cardea registration-token create|list|revoke`: initial access tokens (RFC 7591 3).

use clap::Subcommand;
use serde_json::{Value, json};

use super::open::{House, in_house, random_id};
use super::{Failure, Settings, print};
use crate::config::{RegistrationMode, seconds};
use crate::dice;
use crate::oidc::secret;
use crate::store::initial_access_tokens::{self, InitialAccessToken};
use crate::store::{Error, audit};

const HOUR: i64 = 3600;
const YEAR: i64 = 365 * 24 * HOUR;

#[derive(Subcommand)]
pub enum Command {
    /// Make a token and print it; it is not shown again
    Create {
        /// Whom it is for; every app that is registered with it keeps this name
        #[arg(long)]
        name: String,
        /// How many apps it may register [default: any number]
        #[arg(long, value_parser = clap::value_parser!(i64).range(1..=1_000_000))]
        uses: Option<i64>,
        /// For how long it works, such as 30d [default: until it is revoked]
        #[arg(long, value_name = "TIME", value_parser = lifetime)]
        expires: Option<i64>,
        #[arg(long)]
        json: bool,
    },
    /// List the tokens, without what they are sent as
    List {
        #[arg(long)]
        json: bool,
    },
    /// End a token; apps that were registered with it stay
    Revoke { id: String },
}

fn lifetime(text: &str) -> Result<i64, String> {
    seconds(text, HOUR..=10 * YEAR)
}

pub fn run(command: Command, settings: &Settings) -> Result<(), Failure> {
    match command {
        Command::Create { name, uses, expires, json } => {
            let name = name.trim().to_owned();
            if !initial_access_tokens::is_name(&name) {
                return Err(Failure::new(
                    "--name: A name has 1 to 100 characters, and no control characters among them.",
                ));
            }
            in_house(settings, async |house| create(house, (name, uses, expires), json).await)
        }
        Command::List { json } => in_house(settings, async |house| list(house, json).await),
        Command::Revoke { id } => in_house(settings, async |house| revoke(house, id).await),
    }
}

async fn create(
    house: &House,
    (name, uses_left, expires): (String, Option<i64>, Option<i64>),
    as_json: bool,
) -> Result<(), Failure> {
    let (text, now) = (secret::opaque(dice::bytes()), house.now());
    let token = InitialAccessToken {
        id: random_id(),
        token_hash: secret::hash(&text),
        uses_left,
        created_at: now,
        expires_at: expires.map(|seconds| now.plus(seconds)),
        name,
    };
    let (added, event) = (token.clone(), house.event("registration_token_made", token.name.as_str()));
    let write = house.store.write(move |db| {
        initial_access_tokens::add(db, &added)?;
        audit::add(db, &event)
    });
    write.await.map_err(|error: Error| Failure::from(error))?;
    if as_json {
        let mut members = described(&token);
        members["token"] = json!(text);
        print::json(&members);
    } else {
        print::line(&text);
    }
    if house.config.registration.mode == RegistrationMode::Off {
        eprintln!("warning: nobody can register yet; set registration.mode to token");
    }
    Ok(())
}

async fn list(house: &House, as_json: bool) -> Result<(), Failure> {
    let (tokens, now) = (house.store.read(initial_access_tokens::list).await?, house.now());
    if as_json {
        print::json(&tokens.iter().map(described).collect::<Vec<_>>());
        return Ok(());
    }
    let row = |token: &InitialAccessToken| {
        let state = if token.is_live(now) { "works" } else { "over" };
        [
            token.id.clone(),
            token.name.clone(),
            token.uses_left.map_or_else(|| "any number".to_owned(), |uses| uses.to_string()),
            token.expires_at.map_or_else(|| "never".to_owned(), |at| at.to_string()),
            state.to_owned(),
        ]
    };
    let rows: Vec<_> = tokens.iter().map(row).collect();
    print::table(["ID", "NAME", "USES LEFT", "EXPIRES (UTC)", "STATE"], &rows);
    Ok(())
}

fn described(token: &InitialAccessToken) -> Value {
    json!({
        "id": token.id,
        "name": token.name,
        "uses_left": token.uses_left,
        "created_at": token.created_at,
        "expires_at": token.expires_at,
    })
}

async fn revoke(house: &House, id: String) -> Result<(), Failure> {
    let event = house.event("registration_token_revoked", "");
    let write = house.store.write(move |db| {
        let Some(name) = initial_access_tokens::remove(db, &id)? else {
            let text = format!("there is no token {id}; cardea registration-token list shows all");
            return Err(Failure::new(text));
        };
        let mut event = event.clone();
        event.detail = name;
        Ok(audit::add(db, &event)?)
    });
    write.await
}
