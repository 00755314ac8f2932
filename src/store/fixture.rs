//! Databases for the tests beside the code: one of each kind, with nothing in it.

use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};

use super::vault::Vault;
use super::{Options, Store};
use crate::dice;

pub(super) struct TestDatabase {
    options: Options,
    _directory: tempfile::TempDir,
}

impl TestDatabase {
    /// SQLite, and PostgreSQL where the tests are given one.
    pub(super) fn of_each_kind() -> Vec<Self> {
        let directory = || tempfile::tempdir().unwrap();
        let sqlite = directory();
        let path = sqlite.path().join("cardea.db");
        let mut all = vec![Self::at(format!("sqlite://{}", path.display()), sqlite)];
        match std::env::var("CARDEA_TEST_POSTGRES_URL") {
            Ok(url) => all.push(Self::at(new_postgres(&url), directory())),
            Err(_) => assert!(std::env::var_os("CI").is_none(), "CI must set CARDEA_TEST_POSTGRES_URL"),
        }
        all
    }

    fn at(url: String, directory: tempfile::TempDir) -> Self {
        let second = Duration::from_secs(10);
        let options =
            Options { url, pool_size: 2, wait: second, statement_timeout: second, write_queue: 100 };
        Self { options, _directory: directory }
    }

    /// Another node on the same database.
    pub(super) fn open(&self) -> Store {
        Store::open(&self.options, Vault::new(&[7; 32])).unwrap()
    }
}

/// A database of its own on that server.
fn new_postgres(url: &str) -> String {
    let name = format!("cardea_{}", u128::from_be_bytes(dice::bytes()));
    PgConnection::establish(url).unwrap().batch_execute(&format!("CREATE DATABASE {name}")).unwrap();
    let (server, _) = url.rsplit_once('/').unwrap();
    format!("{server}/{name}")
}
