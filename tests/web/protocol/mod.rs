//! The endpoints that programs talk to.

mod authorize;
mod discovery;
mod health;
mod registration;
mod token;
mod userinfo;
