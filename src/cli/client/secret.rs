//! Secrets of clients: made here, shown once, kept as a hash.

use crate::cli::Failure;
use crate::cli::open::{House, random_id};
use crate::dice;
use crate::oidc::client::{Client, StoredSecret};
use crate::store::vault::NewSecret;

/// Below this many characters a given secret is taken, with a warning: RFC 6749 10.10 wants it past guessing.
const SHORT: usize = 32;

/// The secret as its client will use it, and as it is kept.
pub struct Secret {
    pub text: String,
    pub stored: StoredSecret,
}

impl Secret {
    /// The given one, or else a new one.
    pub fn new(house: &House, client: &Client, given: Option<String>) -> Result<Self, Failure> {
        let text = match given {
            Some(text) => checked(text)?,
            None => client.new_secret([dice::bytes(), dice::bytes()]),
        };
        let new = NewSecret { id: random_id(), text: &text, nonce: dice::bytes(), now: house.now() };
        let stored = house.store.vault().keep_secret(client, new);
        Ok(Self { text, stored })
    }
}

/// RFC 6749, A.2: a secret is printable ASCII.
fn checked(text: String) -> Result<String, Failure> {
    if text.is_empty() || text.len() > 255 || !text.bytes().all(|b| (b' '..=b'~').contains(&b)) {
        return Err(Failure::new("client_secret: A secret has 1 to 255 printable ASCII characters."));
    }
    if text.len() < SHORT {
        eprintln!("warning: this client_secret has fewer than {SHORT} characters; others may guess it");
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_printable_ascii() {
        assert!(checked("a secret with blanks, and 32 or more".into()).is_ok());
        for text in ["", "schlüssel", "tab\t", &"x".repeat(256)] {
            assert!(checked(text.to_owned()).is_err(), "{text}");
        }
    }
}
