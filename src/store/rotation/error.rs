//! Why the keys were not changed.

use diesel::result::Error as DieselError;

use crate::oidc::jose::{Alg, KeyError};
use crate::store::{Error as StoreError, Outcome};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error("there is no key {0}")]
    Absent(String),
    #[error("a key with the ID {0} is there already, or was once; give this one another ID")]
    KidTaken(String),
    #[error("a key ID has 1 to 255 printable ASCII characters without blanks")]
    BadKid,
    #[error("{kid} is already the next key for {alg}; rotate to let it sign, or retire it first")]
    NextTaken { kid: String, alg: Alg },
    #[error("no key signs {0}; create one first")]
    NoSigner(Alg),
    #[error("{kid} is the only key that signs {alg}, which {why}; rotate instead")]
    Needed { kid: String, alg: Alg, why: String },
    #[error("{kid} is {state} already")]
    Over { kid: String, state: &'static str },
    #[error("apps encrypt to {0}; rotate instead")]
    EncryptedTo(String),
    #[error("somebody else changed the keys at the same moment; look at them and try again")]
    Raced,
}

pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Outcome for Error {
    fn fault(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error) => Some(error),
            _ => None,
        }
    }
}

impl From<DieselError> for Error {
    fn from(error: DieselError) -> Self {
        Self::Store(error.into())
    }
}

impl Error {
    /// Inside of a transaction: rolls back what was begun, since somebody else was faster.
    pub(super) const fn lost() -> Self {
        Self::Store(StoreError::Query(DieselError::RollbackTransaction))
    }

    /// What a lost race is called outside of the transaction.
    pub(super) fn settled(self) -> Self {
        match self {
            Self::Store(StoreError::Query(DieselError::RollbackTransaction)) => Self::Raced,
            Self::Store(error) if error.is_duplicate() => Self::Raced,
            error => error,
        }
    }
}
