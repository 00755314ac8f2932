//! `cardea demo`: Cardea with a throw-away database, somebody to sign in as, and a small app to sign in to.

mod page;
mod relying_party;
mod site;

use std::net::{SocketAddr, TcpListener};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::client::document::Document;
use super::open::{self, House};
use super::user::NewUser;
use super::{Failure, Settings, client, print, serve};
use crate::config::{Config, Sources};
use crate::dice;
use crate::oidc::metadata::{Metadata, Terms};
use crate::oidc::profile::Profile;
use crate::oidc::secret;
use relying_party::RelyingParty;

const USERNAME: &str = "ada";

pub fn run(settings: &Settings) -> Result<(), Failure> {
    let directory = tempfile::Builder::new()
        .prefix("cardea-demo-")
        .tempdir()
        .map_err(|error| Failure::new(format!("no directory for the demo's database: {error}")))?;
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    let (listener, app_listener) = (serve::bind(any)?, serve::bind(any)?);
    let (issuer, home) = (address(&listener)?, address(&app_listener)?);
    let database = directory.path().join("cardea.db");
    let own = [
        ("log.filter", "warn".to_owned()),
        ("organisation", "Cardea demo".to_owned()),
        ("issuer", issuer.clone()),
        ("database_url", format!("sqlite://{}", database.display())),
        ("master_key", BASE64_STANDARD.encode(dice::bytes::<32>())),
    ];
    let own = own.map(|(key, value)| (key.to_owned(), value));
    // What an operator has written down for a real server is left alone.
    let flags = own.into_iter().chain(settings.set.iter().cloned()).collect();
    let config = Config::load(Sources { flags, ..Sources::default() })?;
    open::start_log(&config.log);

    let house = House::open(config)?;
    let password = secret::opaque(dice::bytes())[..16].to_owned();
    let runtime = open::runtime()?;
    let relying_party = runtime.block_on(furnish(&house, &home, &password))?;
    site::start(app_listener, relying_party)
        .map_err(|error| Failure::new(format!("the demo's app does not start: {error}")))?;
    let app = serve::app(house)?;
    runtime.block_on(serve::serve(&app, listener, || {
        print::line(&format!("Open the demo app:  {home}/"));
        print::line(&format!("Cardea:             {issuer}/admin"));
        print::line(&format!("User name:          {USERNAME}"));
        print::line(&format!("Password:           {password}"));
        print::line("Everything is forgotten when you stop it with Ctrl-C.");
    }))
}

fn address(listener: &TcpListener) -> Result<String, Failure> {
    let address = listener.local_addr();
    let address = address.map_err(|error| Failure::new(format!("the demo has no address: {error}")))?;
    Ok(format!("http://{address}"))
}

/// Puts a person and a client into the empty house.
async fn furnish(house: &House, home: &str, password: &str) -> Result<RelyingParty, Failure> {
    let profile = Profile {
        name: Some("Ada Lovelace".into()),
        given_name: Some("Ada".into()),
        family_name: Some("Lovelace".into()),
        email: Some("ada@example.org".into()),
        email_verified: true,
        birthdate: Some("1815-12-10".into()),
        zoneinfo: Some("Europe/London".into()),
        locale: Some("en-GB".into()),
        ..Profile::default()
    };
    let ada = NewUser {
        username: USERNAME.into(),
        profile,
        subject: None,
        is_admin: true,
        password: password.to_owned(),
    };
    ada.save(house).await?;
    let metadata = Metadata {
        client_id: Some("demo".into()),
        client_name: Some("Demo app".into()),
        client_uri: Some(format!("{home}/")),
        redirect_uris: vec![format!("{home}/callback")],
        grant_types: Some(vec!["authorization_code".into(), "refresh_token".into()]),
        require_pkce: Some(true),
        ..Metadata::default()
    };
    let document = Document { metadata, terms: Terms::default() };
    let (client, secret) = client::add::save(house, document).await?;
    Ok(RelyingParty::new(house.config.issuer.as_str(), home, (client.id, secret.unwrap_or_default())))
}
