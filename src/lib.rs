//! Cardea, an OpenID Connect provider, laid out by floor: a module imports only from floors below it.
//!
//! | floor | module | what it is for |
//! |---|---|---|
//! | 2 | [`store`] | what is remembered, in SQLite or PostgreSQL |
//! | 2 | [`outbound`] | what is asked of others, through one guarded client |
//! | 2 | [`hooks`] | what the operator's own services are asked and told |
//! | 1 | [`oidc`] | the protocol: rules only; rows, secrets and the time come in as arguments |
//! | 1 | [`password`] | hashing and checking passwords |
//! | 1 | [`clock`], [`dice`] | the one door each for time and randomness |
//! | 1 | [`config`] | every setting, checked once at start |
//! | 4 | [`cli`] | the command line, which starts it all |
//! | 3 | [`http`] | requests in, pages and JSON out |
//! | 3 | [`jobs`] | what happens without a request |
//! | 3 | [`guard`] | for APIs on actix: who may reach them with an access token of Cardea |

pub mod cli;
pub mod clock;
pub mod config;
pub mod dice;
pub mod guard;
pub mod hooks;
pub mod http;
pub mod jobs;
pub mod oidc;
pub mod outbound;
pub mod password;
pub mod store;
