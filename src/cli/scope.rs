//! `cardea scope add|set|list|remove`: the scope registry, by the rules of the console.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::open::{House, in_house};
use super::{Failure, Settings, print};
use crate::http::pages::admin::ScopeForm;
use crate::oidc::claims::{ScopeEntry, is_standard_scope};
use crate::store::{Db, Error, audit, scopes};

#[derive(Subcommand)]
pub enum Command {
    /// Add a scope
    Add {
        name: String,
        #[command(flatten)]
        members: Members,
    },
    /// Change a scope, one of the specification too; what is not named stays
    Set {
        name: String,
        #[command(flatten)]
        members: Members,
    },
    /// List all scopes
    List {
        #[arg(long)]
        json: bool,
    },
    /// Remove a scope of your own; apps that ask for it get none of its claims any more
    Remove { name: String },
}

#[derive(Args)]
pub struct Members {
    /// What people read when an app asks for it, such as: See your berths
    #[arg(long)]
    title: Option<String>,
    /// A sentence more for them
    #[arg(long)]
    description: Option<String>,
    /// Names of claims, parted by blanks or commas
    #[arg(long)]
    claims: Option<String>,
    /// Only clients that list it may ask for it
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    restricted: Option<bool>,
    /// It counts as asked for by apps that send no scope
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    default: Option<bool>,
}

impl Members {
    /// These over what stood in `form`.
    fn over(self, form: ScopeForm) -> Result<ScopeEntry, Failure> {
        let form = ScopeForm {
            title: self.title.unwrap_or(form.title),
            description: self.description.unwrap_or(form.description),
            claims: self.claims.map_or(form.claims, |claims| claims.replace(',', " ")),
            is_restricted: self.restricted.unwrap_or(form.is_restricted),
            is_default: self.default.unwrap_or(form.is_default),
            name: form.name,
        };
        let form = form.trimmed();
        let problems: Vec<_> =
            form.problems().iter().map(|(field, message)| format!("{field}: {message}")).collect();
        if problems.is_empty() { Ok(form.entry()) } else { Err(Failure::Refused(problems)) }
    }
}

pub fn run(command: Command, settings: &Settings) -> Result<(), Failure> {
    match command {
        Command::Add { name, members } => {
            let entry = members.over(ScopeForm { name, ..ScopeForm::default() })?;
            in_house(settings, async |house| add(house, entry).await)
        }
        Command::Set { name, members } => in_house(settings, async |house| set(house, name, members).await),
        Command::List { json } => in_house(settings, async |house| list(house, json).await),
        Command::Remove { name } => in_house(settings, async |house| remove(house, name).await),
    }
}

async fn add(house: &House, entry: ScopeEntry) -> Result<(), Failure> {
    let (name, event) = (entry.name.clone(), house.event("scope_added", entry.name.as_str()));
    let write = house.store.write(move |db| {
        scopes::add(db, &entry)?;
        audit::add(db, &event)
    });
    write.await.map_err(|error: Error| match error.is_duplicate() {
        true => Failure::new(format!("there is a scope {name}; change it with: cardea scope set")),
        false => error.into(),
    })
}

async fn set(house: &House, name: String, members: Members) -> Result<(), Failure> {
    let wanted = name.clone();
    let entry = house.store.read(move |db| find(db, &wanted)).await?;
    let entry = members.over(ScopeForm::of(entry))?;
    let event = house.event("scope_changed", name.as_str());
    let write = house.store.write(move |db| {
        if !scopes::save(db, &entry)? {
            return Err(none(&entry.name));
        }
        Ok(audit::add(db, &event)?)
    });
    write.await
}

async fn list(house: &House, as_json: bool) -> Result<(), Failure> {
    let entries = house.store.read(scopes::list).await?;
    if as_json {
        print::json(&entries.iter().map(described).collect::<Vec<_>>());
        return Ok(());
    }
    let row = |entry: &ScopeEntry| {
        let kind = match (is_standard_scope(&entry.name), entry.is_restricted) {
            (_, true) => "restricted",
            (true, false) => "standard",
            (false, false) => "custom",
        };
        let default = if entry.is_default { "yes" } else { "no" };
        [entry.name.clone(), kind.to_owned(), default.to_owned(), entry.title.clone(), entry.claims.join(" ")]
    };
    let rows: Vec<_> = entries.iter().map(row).collect();
    print::table(["NAME", "KIND", "DEFAULT", "TITLE", "CLAIMS"], &rows);
    Ok(())
}

fn described(entry: &ScopeEntry) -> Value {
    json!({
        "name": entry.name,
        "title": entry.title,
        "description": entry.description,
        "claims": entry.claims,
        "is_restricted": entry.is_restricted,
        "is_default": entry.is_default,
        "is_standard": is_standard_scope(&entry.name),
    })
}

async fn remove(house: &House, name: String) -> Result<(), Failure> {
    if is_standard_scope(&name) {
        return Err(Failure::new(format!(
            "{name} is a scope of OpenID Connect and stays; it can be changed"
        )));
    }
    let event = house.event("scope_removed", name.as_str());
    let write = house.store.write(move |db| {
        if !scopes::remove(db, &name)? {
            return Err(none(&name));
        }
        Ok(audit::add(db, &event)?)
    });
    write.await
}

fn find(db: &mut Db, name: &str) -> Result<ScopeEntry, Failure> {
    let found = scopes::list(db)?.into_iter().find(|entry| entry.name == name);
    found.ok_or_else(|| none(name))
}

fn none(name: &str) -> Failure {
    Failure::new(format!("there is no scope {name}; cardea scope list shows all"))
}
