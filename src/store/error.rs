//! How the store fails.

use diesel::result::{DatabaseErrorKind, Error as DieselError};

/// A fault of the store. What a query does not find is an `Option`, not an error.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Too many wait for the database; nothing was done.
    #[error("the database has too much to do")]
    Busy,
    #[error("the database cannot be reached: {0}")]
    Unreachable(String),
    #[error("the database failed: {0}")]
    Query(#[from] DieselError),
    /// The schema has this migration, which is not ours.
    #[error(
        "a newer Cardea has changed it: this one does not know the migration {0}; run the newer one, or put back the \
         backup from before it"
    )]
    Newer(String),
    /// Something that was stored cannot be read.
    #[error("stored data cannot be read: {0}")]
    Unreadable(String),
    #[error("work on the database panicked")]
    Panicked,
}

pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Whether the database asks for the transaction to be tried again.
    pub(super) fn is_to_be_retried(&self) -> bool {
        match self {
            Self::Query(DieselError::DatabaseError(DatabaseErrorKind::SerializationFailure, _)) => true,
            // PostgreSQL's deadlock_detected has no kind of its own in diesel.
            Self::Query(DieselError::DatabaseError(_, info)) => info.message().contains("deadlock detected"),
            _ => false,
        }
    }

    /// Whether a text had a NUL character in it, which PostgreSQL cannot hold.
    pub fn is_about_nul(&self) -> bool {
        matches!(self, Self::Query(DieselError::DatabaseError(_, info)) if info.message().ends_with("0x00"))
    }

    /// Whether a row was refused because one with the same key is there already.
    pub fn is_duplicate(&self) -> bool {
        matches!(self, Self::Query(DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _)))
    }
}

/// What work on the database may end with: a refusal, which commits what was done, or a fault, which rolls it back.
pub trait Outcome: From<Error> + Send + 'static {
    /// The fault, if this is one.
    fn fault(&self) -> Option<&Error>;
}

impl Outcome for Error {
    fn fault(&self) -> Option<&Error> {
        Some(self)
    }
}
