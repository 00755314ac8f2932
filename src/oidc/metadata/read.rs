//! From a JSON object to metadata.

use std::fmt;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// Why members cannot be read.
#[derive(Debug)]
pub struct Unreadable {
    /// The one that is of the wrong type.
    pub member: Option<String>,
    error: serde_json::Error,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let member = self.member.as_deref().unwrap_or("the metadata");
        write!(f, "{member} cannot be read: {}", self.error)
    }
}

/// Reads `members`, and names the one that is of the wrong type, which no parser does by itself.
pub fn read<T: DeserializeOwned>(members: Map<String, Value>) -> Result<T, Unreadable> {
    let Err(error) = serde_json::from_value::<T>(Value::Object(members.clone())) else {
        return Ok(serde_json::from_value(Value::Object(members)).expect("it has just been read"));
    };
    let is_bad = |(name, value): &(String, Value)| {
        let alone = Map::from_iter([(name.clone(), value.clone())]);
        serde_json::from_value::<T>(Value::Object(alone)).is_err()
    };
    Err(Unreadable { member: members.into_iter().find(is_bad).map(|(name, _)| name), error })
}
