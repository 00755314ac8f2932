//! `cardea migrate`.

use super::{Failure, Settings, open, print};
use crate::store;

pub fn run(settings: &Settings) -> Result<(), Failure> {
    let config = open::config(settings)?;
    let ran = store::migrate(&open::options(&config))
        .map_err(|error| open::with_place(error.into(), &config.database_url))?;
    for name in &ran {
        print::line(name);
    }
    if ran.is_empty() {
        eprintln!("the schema is up to date");
    }
    Ok(())
}
