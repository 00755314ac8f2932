//! `cardea client add`: from flags or a file to a client in the store.

use std::path::PathBuf;

use clap::Args;

use super::secret::Secret;
use crate::cli::open::{House, random_id};
use crate::cli::{Failure, print};
use crate::oidc::client::{Client, ConsentPolicy};
use crate::oidc::metadata::Metadata;
use crate::store::{audit, clients};

#[derive(Args)]
pub struct Add {
    /// Client metadata in the names of RFC 7591, instead of flags; - is standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = [
        "client_id", "name", "client_secret_stdin", "public", "redirect_uris", "post_logout_redirect_uris",
        "response_types", "grant_types", "scopes", "token_endpoint_auth_method", "id_token_alg",
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
    /// client_secret_basic, client_secret_post or none [default: client_secret_basic]
    #[arg(long, value_name = "METHOD")]
    token_endpoint_auth_method: Option<String>,
    /// What its ID tokens are signed with [default: RS256]
    #[arg(long, value_name = "ALG")]
    id_token_alg: Option<String>,
    /// People are not asked whether they agree: for apps of your own
    #[arg(long)]
    no_consent: bool,
    #[arg(long)]
    pub json: bool,
}

impl Add {
    pub fn consent(&self) -> ConsentPolicy {
        if self.no_consent { ConsentPolicy::Never } else { ConsentPolicy::Once }
    }

    pub fn metadata(&self) -> Result<Metadata, Failure> {
        if let Some(path) = &self.metadata {
            return serde_json::from_str(&print::text_of(path)?).map_err(|error| {
                Failure::new(format!("{} is no client metadata as RFC 7591 has it: {error}", path.display()))
            });
        }
        let listed = |words: &Vec<String>| (!words.is_empty()).then(|| words.clone());
        let client_secret =
            self.client_secret_stdin.then(|| print::line_of_stdin("the client_secret")).transpose()?;
        Ok(Metadata {
            client_id: self.client_id.clone(),
            client_secret,
            client_name: self.name.clone(),
            redirect_uris: self.redirect_uris.clone(),
            post_logout_redirect_uris: self.post_logout_redirect_uris.clone(),
            response_types: listed(&self.response_types),
            grant_types: listed(&self.grant_types),
            scope: listed(&self.scopes).map(|scopes| scopes.join(" ")),
            token_endpoint_auth_method: if self.public {
                Some("none".to_owned())
            } else {
                self.token_endpoint_auth_method.clone()
            },
            id_token_signed_response_alg: self.id_token_alg.clone(),
            ..Metadata::default()
        })
    }
}

/// Checks and adds a client; answers with the secret that is shown this once.
pub async fn save(
    house: &House,
    metadata: Metadata,
    consent: ConsentPolicy,
) -> Result<(Client, Option<String>), Failure> {
    let id = metadata.client_id.clone().unwrap_or_else(random_id);
    let mut client = metadata.check(id, house.now())?;
    client.consent = consent;
    let secret = match (client.is_public(), metadata.client_secret) {
        (true, None) => None,
        (true, Some(_)) => {
            return Err(Failure::new(
                "client_secret: A client with the token_endpoint_auth_method none has no secret; leave it out.",
            ));
        }
        (false, given) => Some(Secret::new(house, given)?),
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
        Ok(audit::add(db, &event)?)
    });
    match write.await {
        Err(Failure::Store(error)) if error.is_duplicate() => Err(taken(&added.id)),
        result => result.map(|()| (added, secret.map(|secret| secret.text))),
    }
}

fn taken(client_id: &str) -> Failure {
    Failure::new(format!("client_id: The client ID {client_id} is taken; choose another."))
}

pub fn warn_of_missing_key(house: &House, client: &Client) {
    let alg = client.id_token_alg;
    if house.store.catalogue().keys.signer(alg).is_none() {
        eprintln!("warning: no key signs {alg} yet; make one with: cardea key create --alg {alg}");
    }
}
