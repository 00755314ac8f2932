//! The endpoints that programs talk to.

mod authorize;
mod discovery;
mod health;
mod introspection;
mod token;
mod userinfo;
