//! `cardea settings show|set`: what stands in the database, by the rules of the console.

use clap::Subcommand;
use serde_json::{Value, json};

use super::open::{House, in_house};
use super::{Failure, Settings, print};
use crate::http::pages::admin::SettingsForm;
use crate::store::{Error, audit, settings};

#[derive(Subcommand)]
pub enum Command {
    /// Show them
    Show {
        #[arg(long)]
        json: bool,
    },
    /// Change them; what is not named stays
    Set {
        /// The name on the pages that people see; empty for the one of the configuration
        #[arg(long, value_name = "NAME")]
        organisation: Option<String>,
        /// What ID tokens of clients to come are signed with, where they do not say
        #[arg(long, value_name = "ALG")]
        id_token_alg: Option<String>,
    },
}

pub fn run(command: Command, settings: &Settings) -> Result<(), Failure> {
    match command {
        Command::Show { json } => in_house(settings, async |house| show(house, json).await),
        Command::Set { organisation, id_token_alg } => {
            in_house(settings, async |house| set(house, organisation, id_token_alg).await)
        }
    }
}

async fn show(house: &House, as_json: bool) -> Result<(), Failure> {
    let described = described(&house.store.read(settings::find).await?);
    if as_json {
        print::json(&described);
        return Ok(());
    }
    for (name, value) in described.as_object().into_iter().flatten() {
        print::line(&format!("{name}: {}", value.as_str().unwrap_or("not set")));
    }
    Ok(())
}

fn described(kept: &settings::Settings) -> Value {
    json!({
        "organisation": kept.organisation,
        "id_token_signed_response_alg": kept.default_alg().as_str(),
    })
}

async fn set(house: &House, organisation: Option<String>, alg: Option<String>) -> Result<(), Failure> {
    let before = house.store.read(settings::find).await?;
    let kept = SettingsForm::of(&before);
    let form = SettingsForm {
        organisation: organisation.map_or(kept.organisation, |name| name.trim().to_owned()),
        id_token_signed_response_alg: alg.unwrap_or(kept.id_token_signed_response_alg),
    };
    let new = form.checked().map_err(|errors| {
        Failure::Refused(errors.iter().map(|(field, message)| format!("{field}: {message}")).collect())
    })?;
    let (alg, event) = (new.default_alg(), house.event("settings_changed", new.differences(&before)));
    let write = house.store.write(move |db| {
        settings::save(db, &new)?;
        audit::add(db, &event)
    });
    write.await.map_err(|error: Error| Failure::from(error))?;
    if house.store.catalogue().keys.signer(alg).is_none() {
        eprintln!("warning: no key signs {alg} yet; make one with: cardea key create --alg {alg}");
    }
    Ok(())
}
