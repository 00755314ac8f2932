//! Floor 3: a guard for APIs on actix, which lets those in who show an access token of Cardea (RFC 6750).
//!
//! A [`Guard`] stands before a scope or resource. It asks a [`Verifier`] what the token is worth ([`Remote`] asks
//! Cardea, [`Jwt`] reads the token itself), looks whether it is meant for this [`Resource`] and has the scopes that are
//! [needed](Needs), and hands it to the handler as a [`Bearer`]. What it refuses never reaches the handler.
//!
//! ```no_run
//! use actix_web::{App, HttpServer, web};
//! use cardea::guard::{Bearer, Guard, Jwt, Resource};
//! use cardea::outbound::{Options, Outbound};
//!
//! async fn berths(bearer: Bearer) -> String {
//!     format!("Welcome, {}", bearer.person().unwrap_or("app"))
//! }
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let outbound = Outbound::new(&Options::default())?;
//! let verifier = Jwt::new(outbound, "https://id.example", "https://id.example/jwks");
//! let guard = Guard::new(verifier, Resource::new("https://berths.example/", "https://id.example")?);
//! let api = move || {
//!     let guard = guard.clone().read_write(["berths:read"], ["berths:write"]);
//!     App::new()
//!         .service(guard.metadata())
//!         .service(web::resource("/berths").wrap(guard).route(web::to(berths)))
//! };
//! HttpServer::new(api).bind("127.0.0.1:3000")?.run().await?;
//! # Ok(())
//! # }
//! ```

mod bearer;
mod jwt;
mod kept;
mod needs;
mod refusal;
mod remote;
mod resource;
mod service;
mod token;
mod verifier;

pub use bearer::Bearer;
pub use jwt::Jwt;
pub use needs::Needs;
pub use remote::Remote;
pub use resource::{Resource, ResourceError};
pub use service::{Guard, Guarded};
pub use token::{Token, TokenError};
pub use verifier::{Fault, Verdict, Verifier};
