//! The words that tests speak: a [`Server`], a [`Browser`] in front of it, a [`RelyingParty`] behind it, and a [`Remote`]
//! that it asks.

mod browser;
mod certificate;
mod database;
mod html;
mod http;
mod port;
mod process;
mod relying_party;
mod remote;
mod server;
mod site;

use std::future::Future;

use cardea::oidc::time::UnixTime;

pub use browser::{Browser, Page};
pub use certificate::Certificate;
pub use database::{COST, Database, Kind, MASTER_KEY_TEXT, person};
pub use html::{Form, forms, tags, text};
pub use http::{Answer, Request, decode, encode};
pub use port::free_port;
pub use process::Process;
pub use relying_party::{Method, RelyingParty, Response, Tokens, Visit, claims_of};
pub use remote::{Received, Remote, Reply};
pub use server::{Server, Setup};
pub use site::Site;

/// When every test begins: 20 November 2026, 12:00 UTC.
pub const NOW: UnixTime = UnixTime(1_795_176_000);

/// Everybody's.
pub const PASSWORD: &str = "correct horse battery staple";

/// Declares tests that run on both databases. Each takes a [`Setup`], from which it starts its server.
macro_rules! on_both {
    ($( $(#[$meta:meta])* fn $name:ident($setup:ident) $body:block )*) => { $(
        $(#[$meta])*
        mod $name {
            #[allow(unused_imports, reason = "not every test needs all of them")]
            use super::*;

            fn check($setup: crate::support::Setup) $body

            #[test]
            fn sqlite() {
                check(crate::support::Setup::on(crate::support::Kind::Sqlite));
            }

            #[test]
            fn postgres() {
                check(crate::support::Setup::on(crate::support::Kind::Postgres));
            }
        }
    )* };
}
pub(crate) use on_both;

/// Waits for what the store does, or what is asked of others.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(future)
}
