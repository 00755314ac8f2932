//! `cardea client add`: from flags or a file to a client in the store.

use std::path::PathBuf;

use clap::Args;

use super::document::{Document, members_of};
use super::secret::Secret;
use crate::cli::open::{House, random_id};
use crate::cli::{Failure, print};
use crate::http::app::outbound;
use crate::http::error::Error;
use crate::http::remote::{self, Picture};
use crate::oidc::client::{Client, ConsentPolicy, Origin};
use crate::oidc::metadata::{Metadata, Terms};
use crate::oidc::redirect_uri::ApplicationType;
use crate::store::{audit, clients, logos};

#[derive(Args)]
pub struct Add {
    /// Client metadata in the names of RFC 7591 and docs/clients.md, instead of flags; - is standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = [
        "client_id", "name", "client_secret_stdin", "public", "redirect_uris", "post_logout_redirect_uris",
        "response_types", "grant_types", "scopes", "application_type", "token_endpoint_auth_method", "id_token_alg",
        "Options",
    ])]
    metadata: Option<PathBuf>,
    /// [default: a random one]
    #[arg(long, value_name = "ID", allow_hyphen_values = true)]
    client_id: Option<String>,
    /// The name that people see at sign-in [default: the client ID]
    #[arg(long)]
    name: Option<String>,
    /// The secret is the first line of standard input, instead of a random one
    #[arg(long, conflicts_with = "public")]
    client_secret_stdin: bool,
    /// It cannot keep a secret: an app on a phone, a desktop or in a browser
    #[arg(long, conflicts_with = "token_endpoint_auth_method")]
    public: bool,
    /// web or native; only a native app may use loopback addresses with any port
    /// [default: native for a public client whose redirect URIs are all loopback addresses or schemes of its own, else
    /// web]
    #[arg(long, value_name = "TYPE")]
    application_type: Option<String>,
    /// Where people return after sign-in; may be repeated
    #[arg(long = "redirect-uri", value_name = "URI", num_args = 1..)]
    redirect_uris: Vec<String>,
    /// Where people return after sign-out; may be repeated
    #[arg(long = "post-logout-redirect-uri", value_name = "URI", num_args = 1..)]
    post_logout_redirect_uris: Vec<String>,
    /// [default: code]
    #[arg(long = "response-type", value_name = "TYPE", num_args = 1..)]
    response_types: Vec<String>,
    /// [default: authorization_code]
    #[arg(long = "grant-type", value_name = "TYPE", num_args = 1..)]
    grant_types: Vec<String>,
    /// What it may ask for [default: every scope that is not restricted]
    #[arg(long = "scope", value_name = "SCOPE", num_args = 1..)]
    scopes: Vec<String>,
    /// client_secret_basic, client_secret_post, client_secret_jwt, private_key_jwt or none
    /// [default: client_secret_basic]
    #[arg(long, value_name = "METHOD")]
    token_endpoint_auth_method: Option<String>,
    /// What its ID tokens are signed with [default: the setting of the console, or RS256]
    #[arg(long, value_name = "ALG")]
    id_token_alg: Option<String>,
    /// People are not asked whether they agree: for apps of your own
    #[arg(long)]
    no_consent: bool,
    #[command(flatten)]
    options: Options,
    #[arg(long)]
    pub json: bool,
}

/// What goes beyond a plain code flow; `--metadata` takes all of it.
#[derive(Args)]
#[group(id = "Options", multiple = true)]
struct Options {
    /// The public keys of the app, a JWK Set; - is standard input
    #[arg(long, value_name = "FILE", conflicts_with = "jwks_uri")]
    jwks_file: Option<PathBuf>,
    /// Where the app publishes its keys
    #[arg(long, value_name = "URI")]
    jwks_uri: Option<String>,
    /// opaque or jwt (RFC 9068) [default: opaque]
    #[arg(long, value_name = "FORMAT")]
    access_token_format: Option<String>,
    /// An API that it may name with resource (RFC 8707); may be repeated
    #[arg(long = "resource", value_name = "URI", num_args = 1..)]
    resources: Vec<String>,
    /// public or pairwise [default: public]
    #[arg(long, value_name = "TYPE")]
    subject_type: Option<String>,
    /// The same as --subject-type pairwise
    #[arg(long, conflicts_with = "subject_type")]
    pairwise: bool,
    #[arg(long, value_name = "URI")]
    sector_identifier_uri: Option<String>,
    /// Opened in the browser when somebody signs out
    #[arg(long, value_name = "URI")]
    frontchannel_logout_uri: Option<String>,
    /// Told by the server when somebody signs out
    #[arg(long, value_name = "URI")]
    backchannel_logout_uri: Option<String>,
    /// A web page's origin that may call the token endpoint; may be repeated
    #[arg(long = "cors-origin", value_name = "ORIGIN", num_args = 1..)]
    cors_origins: Vec<String>,
    /// Where its request objects are; may be repeated
    #[arg(long = "request-uri", value_name = "URI", num_args = 1..)]
    request_uris: Vec<String>,
    /// Every request must use PKCE
    #[arg(long)]
    require_pkce: bool,
    /// The claims of the granted scopes stand in its ID tokens too
    #[arg(long)]
    id_token_claims: bool,
    /// It may ask about every token, not only its own
    #[arg(long)]
    may_introspect: bool,
}

impl Options {
    fn put(&self, metadata: Metadata) -> Result<Metadata, Failure> {
        let read = |path: &PathBuf| {
            serde_json::from_str(&print::text_of(path)?)
                .map_err(|error| Failure::new(format!("{} is no JWK Set: {error}", path.display())))
        };
        let switch = |is_set: bool| is_set.then_some(true);
        Ok(Metadata {
            jwks: self.jwks_file.as_ref().map(read).transpose()?,
            jwks_uri: self.jwks_uri.clone(),
            access_token_format: self.access_token_format.clone(),
            resources: listed(&self.resources),
            subject_type: if self.pairwise { Some("pairwise".to_owned()) } else { self.subject_type.clone() },
            sector_identifier_uri: self.sector_identifier_uri.clone(),
            frontchannel_logout_uri: self.frontchannel_logout_uri.clone(),
            backchannel_logout_uri: self.backchannel_logout_uri.clone(),
            cors_origins: listed(&self.cors_origins),
            request_uris: listed(&self.request_uris),
            require_pkce: switch(self.require_pkce),
            id_token_claims: switch(self.id_token_claims),
            may_introspect: switch(self.may_introspect),
            ..metadata
        })
    }
}

fn listed(words: &[String]) -> Option<Vec<String>> {
    (!words.is_empty()).then(|| words.to_vec())
}

impl Add {
    pub fn document(&self) -> Result<Document, Failure> {
        let mut document = match &self.metadata {
            Some(path) => Document::of(members_of(path)?, &path.display().to_string())?,
            None => Document { metadata: self.metadata_of_flags()?, terms: Terms::default() },
        };
        if self.no_consent {
            document.terms.consent = Some(ConsentPolicy::Never.to_string());
        }
        Ok(document)
    }

    fn metadata_of_flags(&self) -> Result<Metadata, Failure> {
        let client_secret =
            self.client_secret_stdin.then(|| print::line_of_stdin("the client_secret")).transpose()?;
        let method =
            if self.public { Some("none".to_owned()) } else { self.token_endpoint_auth_method.clone() };
        let is_public = method.as_deref() == Some("none");
        // RFC 8252: such a client is an app on a device, whose port is another one each time.
        let inferred = || ApplicationType::of_public(&self.redirect_uris).as_str().to_owned();
        self.options.put(Metadata {
            client_id: self.client_id.clone(),
            client_secret,
            client_name: self.name.clone(),
            redirect_uris: self.redirect_uris.clone(),
            post_logout_redirect_uris: self.post_logout_redirect_uris.clone(),
            response_types: listed(&self.response_types),
            grant_types: listed(&self.grant_types),
            scope: listed(&self.scopes).map(|scopes| scopes.join(" ")),
            application_type: self.application_type.clone().or_else(|| is_public.then(inferred)),
            token_endpoint_auth_method: method,
            id_token_signed_response_alg: self.id_token_alg.clone(),
            ..Metadata::default()
        })
    }
}

/// Checks and adds a client; answers with the secret that is shown this once.
pub async fn save(house: &House, document: Document) -> Result<(Client, Option<String>), Failure> {
    let id = document.metadata.client_id.clone().unwrap_or_else(random_id);
    let mut client = document.check(house, id).await?;
    client.origin = Origin::CommandLine;
    let picture = fetch(house, &mut client, None).await?;
    let secret = match (client.has_secret(), document.metadata.client_secret) {
        (false, None) => None,
        (false, Some(_)) => {
            return Err(Failure::new(format!(
                "client_secret: A client with the token_endpoint_auth_method {} has no secret; leave it out.",
                client.auth_method
            )));
        }
        (true, given) => Some(Secret::new(house, &client, given)?),
    };
    client.secrets.extend(secret.as_ref().map(|secret| secret.stored.clone()));
    let mut event = house.event("client_added", client.name.as_str());
    event.client_id = Some(client.id.clone());
    let added = client.clone();
    let write = house.store.write(move |db| {
        if clients::find(db, &client.id)?.is_some() {
            return Err(taken(&client.id));
        }
        clients::add(db, &client)?;
        if let Picture::New(logo) = &picture {
            logos::save(db, &client.id, logo)?;
        }
        Ok(audit::add(db, &event)?)
    });
    match write.await {
        Err(Failure::Store(error)) if error.is_duplicate() => Err(taken(&added.id)),
        result => result.map(|()| (added, secret.map(|secret| secret.text))),
    }
}

/// What the client keeps elsewhere: its sector must list it, and its logo comes along where it can be had.
pub async fn fetch(house: &House, client: &mut Client, before: Option<&Client>) -> Result<Picture, Failure> {
    let had_logo = before.is_some_and(|before| before.options.logo_uri.is_some());
    if client.options.sector_identifier_uri.is_none() && client.options.logo_uri.is_none() && !had_logo {
        return Ok(Picture::AsBefore);
    }
    let outbound = outbound(&house.config).map_err(|error| Failure::new(error.to_string()))?;
    let busy = |error: Error| Failure::new(error.to_string());
    remote::check(&outbound, client).await.map_err(busy)?.map_err(|problem| Failure::from(vec![problem]))?;
    let picture = remote::picture(&outbound, client, before).await.map_err(busy)?;
    if let Some(trouble) = picture.trouble() {
        eprintln!("warning: the logo could not be fetched: {trouble}");
    }
    if picture.is_change() {
        client.logo_hash = picture.hash();
    }
    Ok(picture)
}

fn taken(client_id: &str) -> Failure {
    Failure::new(format!("client_id: The client ID {client_id} is taken; choose another."))
}

pub fn warn_of_missing_key(house: &House, client: &Client) {
    let alg = client.id_token_alg;
    if !alg.is_symmetric() && house.store.catalogue().keys.signer(alg).is_none() {
        eprintln!("warning: no key signs {alg} yet; make one with: cardea key create --alg {alg}");
    }
}
