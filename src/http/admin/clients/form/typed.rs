//! What was typed into the form of a client.

use serde::Deserialize;
use validator::Validate;

use super::choices::{grant_types, response_types, scopes};
use super::{at_least_one, options};
use crate::http::app::App;
use crate::http::pages::admin::{ClientForm, ClientOptions, Lifetime, OpenSections};
use crate::http::pages::{Avatar, Errors};
use crate::http::validation;
use crate::oidc::client::{AuthMethod, Client, ConsentPolicy, GrantType, Lifetimes};
use crate::oidc::metadata::{Metadata, Problem};
use crate::oidc::response::ResponseType;
use crate::oidc::time::UnixTime;

/// What was typed. Boxes that are not ticked do not come.
#[derive(Clone, Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct Typed {
    /// Whether wildcards in redirect URIs are switched on; the handler says so.
    #[serde(skip)]
    pub may_have_wildcards: bool,
    #[validate(length(min = 1, max = 100, message = "Give the client a name of at most 100 characters."))]
    client_name: String,
    #[validate(length(max = 255, message = "A client ID has at most 255 characters."))]
    pub client_id: String,
    #[serde(rename = "type")]
    kind: String,
    application_type: String,
    status: String,
    owner: String,
    token_endpoint_auth_method: String,
    redirect_uris: Vec<String>,
    post_logout_redirect_uris: Vec<String>,
    response_types: Vec<String>,
    grant_types: Vec<String>,
    require_pkce: Option<String>,
    code_lifetime: String,
    code_lifetime_unit: String,
    id_token_lifetime: String,
    id_token_lifetime_unit: String,
    access_token_lifetime: String,
    access_token_lifetime_unit: String,
    refresh_token_lifetime: String,
    refresh_token_lifetime_unit: String,
    id_token_signed_response_alg: String,
    scope: Vec<String>,
    consent: String,
    consent_lifetime: String,
    consent_lifetime_unit: String,
    client_uri: String,
    contacts: String,
    tos_uri: String,
    policy_uri: String,
    remove_logo: Option<String>,
    #[serde(flatten)]
    options: ClientOptions,
    /// The list that shall have one more row.
    add: Option<String>,
    /// List and number of the row that shall go: `redirect_uris:1`.
    remove: Option<String>,
}

impl Typed {
    /// Adds or removes a row, where that was the button; the page is then drawn again.
    pub fn change_rows(&mut self) -> bool {
        let (list, index) = match (self.add.take(), self.remove.take()) {
            (Some(list), _) => (list, None),
            (None, Some(place)) => {
                let (list, index) = place.split_once(':').unwrap_or((&place, ""));
                (list.to_owned(), Some(index.parse().unwrap_or(usize::MAX)))
            }
            (None, None) => return false,
        };
        let rows = match list.as_str() {
            "redirect_uris" => &mut self.redirect_uris,
            _ => &mut self.post_logout_redirect_uris,
        };
        match index {
            None => rows.push(String::new()),
            Some(index) if index < rows.len() => {
                rows.remove(index);
            }
            Some(_) => {}
        }
        true
    }

    pub const fn removes_logo(&self) -> bool {
        self.remove_logo.is_some()
    }

    /// Rows without a text say nothing.
    pub fn drop_empty_rows(&mut self) {
        for rows in [&mut self.redirect_uris, &mut self.post_logout_redirect_uris] {
            for row in rows.iter_mut() {
                *row = row.trim().to_owned();
            }
            rows.retain(|row| !row.is_empty());
        }
    }

    /// What was typed over what the client has, so that nothing is lost that the form does not show.
    fn metadata(&self, before: Option<&Client>, errors: &mut Errors) -> Metadata {
        let method = if self.kind == "public" { "none" } else { &self.token_endpoint_auth_method };
        let contacts = self.contacts.split([',', ' ']).filter(|contact| !contact.is_empty());
        let mut metadata = Metadata {
            may_have_wildcards: self.may_have_wildcards,
            client_name: Some(self.client_name.clone()),
            redirect_uris: self.redirect_uris.clone(),
            post_logout_redirect_uris: self.post_logout_redirect_uris.clone(),
            response_types: Some(self.response_types.clone()),
            grant_types: Some(self.grant_types.clone()),
            scope: Some(self.scope.join(" ")),
            application_type: Some(self.application_type.clone()),
            token_endpoint_auth_method: Some(method.to_owned()),
            id_token_signed_response_alg: Some(self.id_token_signed_response_alg.clone()),
            client_uri: Some(self.client_uri.clone()),
            policy_uri: Some(self.policy_uri.clone()),
            tos_uri: Some(self.tos_uri.clone()),
            contacts: Some(contacts.map(str::to_owned).collect()),
            require_pkce: Some(self.require_pkce.is_some()),
            ..before.map(Metadata::of).unwrap_or_default()
        };
        options::put(&self.options, &mut metadata, errors);
        metadata
    }

    /// The client that was typed; `before` is what it was, if it was there.
    pub fn client(&self, id: &str, before: Option<&Client>, now: UnixTime) -> Result<Client, Errors> {
        let mut errors = Errors::default();
        validation::collect(&mut errors, self.validate(), &["client_name", "client_id"]);
        let checked = self.metadata(before, &mut errors).check(id.to_owned(), now);
        let lifetimes = self.lifetimes(&mut errors);
        let consent = self.consent.parse::<ConsentPolicy>().unwrap_or_else(|message| {
            errors.add("consent", message);
            ConsentPolicy::Once
        });
        match checked {
            Err(problems) => problems.iter().for_each(|problem| add(&mut errors, problem)),
            Ok(client) if errors.is_empty() => {
                let disabled_at = before.and_then(|before| before.disabled_at).unwrap_or(now);
                return Ok(Client {
                    lifetimes,
                    consent,
                    owner_id: Some(self.owner.clone()).filter(|owner| !owner.is_empty()),
                    disabled_at: (self.status == "disabled").then_some(disabled_at),
                    created_at: before.map_or(now, |before| before.created_at),
                    logo_hash: before.and_then(|before| before.logo_hash.clone()),
                    origin: before.map_or(client.origin, |before| before.origin),
                    registered_with: before.and_then(|before| before.registered_with.clone()),
                    registration_token_hash: before.and_then(|before| before.registration_token_hash.clone()),
                    unused_until: before.and_then(|before| before.unused_until),
                    ..client
                });
            }
            Ok(_) => {}
        }
        Err(errors)
    }

    fn lifetimes(&self, errors: &mut Errors) -> Lifetimes {
        let mut read = |field: &str, value: &str, unit: &str| {
            lifetime(value, unit, 0).seconds().unwrap_or_else(|message| {
                errors.add(field, message);
                None
            })
        };
        Lifetimes {
            code: read("code_lifetime", &self.code_lifetime, &self.code_lifetime_unit),
            id_token: read("id_token_lifetime", &self.id_token_lifetime, &self.id_token_lifetime_unit),
            access_token: read(
                "access_token_lifetime",
                &self.access_token_lifetime,
                &self.access_token_lifetime_unit,
            ),
            refresh_token: read(
                "refresh_token_lifetime",
                &self.refresh_token_lifetime,
                &self.refresh_token_lifetime_unit,
            ),
            consent: read("consent_lifetime", &self.consent_lifetime, &self.consent_lifetime_unit),
        }
    }

    /// The form with what was typed.
    pub fn form(&self, app: &App, logo: Option<Avatar>) -> ClientForm {
        let catalogue = app.store.catalogue();
        let defaults = &app.config.lifetimes;
        let has = |list: &[String], value: &str| list.iter().any(|own| own == value);
        ClientForm {
            client_name: self.client_name.clone(),
            client_id: self.client_id.clone(),
            is_public: self.kind == "public",
            application_type: self.application_type.clone(),
            is_disabled: self.status == "disabled",
            owner: self.owner.clone(),
            token_endpoint_auth_method: self.token_endpoint_auth_method.clone(),
            redirect_uris: at_least_one(&self.redirect_uris),
            post_logout_redirect_uris: self.post_logout_redirect_uris.clone(),
            response_types: response_types(app, |value| has(&self.response_types, value)),
            grant_types: grant_types(app, |value| has(&self.grant_types, value)),
            require_pkce: self.require_pkce.is_some(),
            code_lifetime: lifetime(&self.code_lifetime, &self.code_lifetime_unit, defaults.code),
            id_token_lifetime: lifetime(
                &self.id_token_lifetime,
                &self.id_token_lifetime_unit,
                defaults.id_token,
            ),
            access_token_lifetime: lifetime(
                &self.access_token_lifetime,
                &self.access_token_lifetime_unit,
                defaults.access_token,
            ),
            refresh_token_lifetime: lifetime(
                &self.refresh_token_lifetime,
                &self.refresh_token_lifetime_unit,
                defaults.refresh_token,
            ),
            id_token_signed_response_alg: self.id_token_signed_response_alg.clone(),
            scope: scopes(&catalogue.scopes, |value| has(&self.scope, value)),
            consent: self.consent.clone(),
            consent_lifetime: lifetime(&self.consent_lifetime, &self.consent_lifetime_unit, defaults.consent),
            client_uri: self.client_uri.clone(),
            contacts: self.contacts.clone(),
            tos_uri: self.tos_uri.clone(),
            policy_uri: self.policy_uri.clone(),
            logo,
            remove_logo: self.remove_logo.is_some(),
            open: OpenSections::default(),
            refresh_absolute_lifetime: self.options.absolute_lifetime(),
            options: self.options.clone(),
        }
    }
}

/// The form of a client that is not there yet, with what fits almost every app.
pub fn blank(app: &App, client_id: String) -> ClientForm {
    let typed = Typed {
        client_id,
        kind: "confidential".into(),
        application_type: "web".into(),
        status: "active".into(),
        token_endpoint_auth_method: AuthMethod::ClientSecretBasic.to_string(),
        response_types: vec![ResponseType::CODE.to_string()],
        grant_types: vec![GrantType::AuthorizationCode.to_string()],
        require_pkce: Some("on".into()),
        id_token_signed_response_alg: app.store.catalogue().settings.default_alg().to_string(),
        consent: ConsentPolicy::Once.to_string(),
        options: ClientOptions::plain(),
        ..Typed::default()
    };
    typed.form(app, None)
}

/// Adds a problem at its field: rows of URIs have a number, other lists have an entry a line.
fn add(errors: &mut Errors, problem: &Problem) {
    let Problem { member, index, message } = problem;
    match (*member, index) {
        ("redirect_uris" | "post_logout_redirect_uris", Some(index)) => {
            errors.add(format!("{member}-{index}"), message);
        }
        ("redirect_uris", None) => errors.add("redirect_uris-0", message),
        ("refresh", None) => errors.add("refresh_grace", message),
        (_, Some(index)) => errors.add(*member, format!("Line {}: {message}", index + 1)),
        (_, None) => errors.add(*member, message),
    }
}

fn lifetime(value: &str, unit: &str, default: i64) -> Lifetime {
    Lifetime { value: value.to_owned(), unit: unit.to_owned(), ..Lifetime::of(None, default) }
}
