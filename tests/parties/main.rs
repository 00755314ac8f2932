//! Relying parties that others wrote, as people use them: each signs somebody in, refreshes and signs out. And the
//! conformance suite, played with its own libraries.
//!
//! They are installed by `tests/run`, below `target/parties`.

#![expect(clippy::unwrap_used, reason = "a test that meets the unexpected has failed")]

mod authlib;
mod htmlunit;
mod mod_auth_openidc;
mod oidc_client_ts;
mod openid_client;
mod party;
mod provider;
mod tour;

#[path = "../browser/driver.rs"]
#[allow(dead_code, reason = "the words are shared; not each is spoken here")]
mod driver;
#[path = "../web/support/mod.rs"]
#[allow(dead_code, unused_imports, reason = "the words are shared; not each is spoken here")]
mod support;
