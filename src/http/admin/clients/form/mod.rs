//! From a client to its form, and from what was typed to a client: by the same rules that registration obeys.

mod choices;
mod keys;
mod options;
mod requests;
mod sealing;
mod sign_out;
mod subject;
mod tokens;
mod typed;

use url::Url;

pub use choices::choices;
pub use typed::{Typed, blank};

use choices::{grant_types, response_types, scopes};

use crate::http::app::App;
use crate::http::pages::admin::{ClientForm, Lifetime, OpenSections, RegisteredClient};
use crate::http::pages::parts::day;
use crate::http::pages::{Avatar, Errors};
use crate::oidc::client::{Client, Origin};
use crate::oidc::redirect_uri::ApplicationType;
use crate::oidc::scope::Scope;

/// The form of a client as it is kept.
pub fn of(app: &App, client: &Client) -> ClientForm {
    let catalogue = app.store.catalogue();
    let (own, defaults) = (&client.lifetimes, &app.config.lifetimes);
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let options = options::of(client);
    let native = client.application_type == ApplicationType::Native;
    ClientForm {
        client_name: client.name.clone(),
        client_id: client.id.clone(),
        is_public: client.is_public(),
        application_type: if native { "native".into() } else { "web".into() },
        is_disabled: client.is_disabled(),
        owner: text(&client.owner_id),
        token_endpoint_auth_method: client.auth_method.to_string(),
        redirect_uris: at_least_one(&client.redirect_uris),
        post_logout_redirect_uris: client.post_logout_redirect_uris.clone(),
        response_types: response_types(app, |value| {
            client.response_types.iter().any(|own| own.as_str() == value)
        }),
        grant_types: grant_types(app, |value| client.grant_types.iter().any(|own| own.as_str() == value)),
        require_pkce: client.requires_pkce,
        code_lifetime: Lifetime::of(own.code, defaults.code),
        id_token_lifetime: Lifetime::of(own.id_token, defaults.id_token),
        access_token_lifetime: Lifetime::of(own.access_token, defaults.access_token),
        refresh_token_lifetime: Lifetime::of(own.refresh_token, defaults.refresh_token),
        id_token_signed_response_alg: client.id_token_alg.to_string(),
        scope: scopes(&catalogue.scopes, |value| client.scope.contains(value)),
        consent: client.consent.to_string(),
        consent_lifetime: Lifetime::of(own.consent, defaults.consent),
        client_uri: text(&client.client_uri),
        contacts: contacts(client),
        tos_uri: text(&client.tos_uri),
        policy_uri: text(&client.policy_uri),
        logo: app.logo_url(client).map(|url| Avatar::of(&client.name).with_image(Some(url))),
        remove_logo: false,
        open: OpenSections::default(),
        refresh_absolute_lifetime: options.absolute_lifetime(),
        options,
    }
}

/// All of them, as the field for several addresses takes them.
fn contacts(client: &Client) -> String {
    if client.options.contacts.is_empty() {
        return client.contact.clone().unwrap_or_default();
    }
    client.options.contacts.join(", ")
}

/// Folds away what holds neither a choice nor a problem.
pub fn folded(app: &App, form: ClientForm, errors: &Errors) -> ClientForm {
    ClientForm { open: options::open(app, &form.options, errors), ..form }
}

/// What is known of a client that registered itself.
pub fn registration(client: &Client) -> Option<RegisteredClient> {
    if client.origin != Origin::Registration {
        return None;
    }
    let hosts_of = |uris: &mut dyn Iterator<Item = &String>| {
        let mut hosts: Vec<String> =
            uris.filter_map(|uri| Url::parse(uri).ok()?.host_str().map(str::to_owned)).collect();
        hosts.sort_unstable();
        hosts.dedup();
        hosts
    };
    let hosts = hosts_of(&mut client.redirect_uris.iter());
    let own = [&client.client_uri, &client.policy_uri, &client.tos_uri, &client.options.logo_uri];
    let mut foreign_hosts = hosts_of(&mut own.into_iter().flatten());
    foreign_hosts.retain(|host| !hosts.contains(host));
    Some(RegisteredClient {
        on: day(client.created_at),
        with: client.registered_with.clone(),
        unused_until: client.unused_until.map(day),
        hosts,
        foreign_hosts,
        missing_logo: client.options.logo_uri.clone().filter(|_| client.logo_hash.is_none()),
    })
}

fn at_least_one(rows: &[String]) -> Vec<String> {
    if rows.is_empty() { vec![String::new()] } else { rows.to_vec() }
}

/// What differs between two versions of a client, in the words of its form.
pub fn differences(before: &Client, after: &Client) -> String {
    let scope = |client: &Client| Scope::to_string(&client.scope);
    let parts = [
        ("name", before.name != after.name),
        ("status", before.is_disabled() != after.is_disabled()),
        ("authentication", before.auth_method != after.auth_method),
        ("redirect URIs", before.redirect_uris != after.redirect_uris),
        ("post-logout URIs", before.post_logout_redirect_uris != after.post_logout_redirect_uris),
        ("flows", before.grant_types != after.grant_types || before.response_types != after.response_types),
        ("PKCE", before.requires_pkce != after.requires_pkce),
        ("signature", before.id_token_alg != after.id_token_alg),
        ("scopes", scope(before) != scope(after)),
        ("consent", before.consent != after.consent),
        ("lifetimes", before.lifetimes != after.lifetimes),
        ("owner", before.owner_id != after.owner_id),
        ("logo", before.logo_hash != after.logo_hash),
    ];
    let mut changed: Vec<&str> =
        parts.iter().filter(|(_, differs)| *differs).map(|(name, _)| *name).collect();
    changed.extend(options::differences(&before.options, &after.options));
    if changed.is_empty() { "details".into() } else { changed.join(", ") }
}
