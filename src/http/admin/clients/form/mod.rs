//! From a client to its form, and from what was typed to a client: by the same rules that registration obeys.

mod keys;
mod options;
mod requests;
mod sealing;
mod sign_out;
mod subject;
mod tokens;

use serde::Deserialize;
use url::Url;
use validator::Validate;

use crate::http::app::App;
use crate::http::pages::admin::{
    ClientChoices, ClientForm, ClientOptions, Lifetime, OpenSections, OptionChoices, RegisteredClient,
    ServerRules, Ticked,
};
use crate::http::pages::parts::day;
use crate::http::pages::{Avatar, Choice, Errors};
use crate::http::validation;
use crate::oidc::claims::ScopeEntry;
use crate::oidc::client::{AuthMethod, Client, ConsentPolicy, GrantType, Lifetimes, Origin};
use crate::oidc::jose::Alg;
use crate::oidc::metadata::{Metadata, Problem};
use crate::oidc::redirect_uri::ApplicationType;
use crate::oidc::response::ResponseType;
use crate::oidc::scope::Scope;
use crate::oidc::time::UnixTime;
use crate::store::users;

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

/// What there is to choose from.
pub async fn choices(app: &App, current_alg: &str) -> Result<ClientChoices, crate::http::error::Error> {
    let owners = app.store.read(users::names).await?;
    let mut algs: Vec<String> = app.store.catalogue().keys.algs().iter().map(ToString::to_string).collect();
    // Those that take the client secret as their key need none of the server's.
    algs.extend(Alg::SYMMETRIC.map(|alg| alg.to_string()));
    if !algs.iter().any(|alg| alg == current_alg) {
        algs.push(current_alg.to_owned());
    }
    let algs: Vec<Choice> = algs.into_iter().map(|alg| Choice::new(alg.clone(), alg)).collect();
    let features = &app.config.features;
    let nobody = Choice::new("", "Nobody");
    let methods = AuthMethod::ALL.iter().filter(|method| **method != AuthMethod::None);
    Ok(ClientChoices {
        application_types: ClientChoices::application_types(),
        statuses: ClientChoices::statuses(),
        owners: std::iter::once(nobody)
            .chain(owners.into_iter().map(|(id, name)| Choice::new(id, name)))
            .collect(),
        methods: methods.map(|method| Choice::new(method.as_str(), method_label(*method))).collect(),
        options: OptionChoices::of(&algs),
        algs,
        units: Lifetime::units(),
        server: ServerRules {
            requires_pkce: features.require_pkce,
            requires_request_objects: features.require_signed_request_object,
            gives_id_token_claims: app.config.id_token_claims,
            has_open_cors: features.cors,
        },
    })
}

fn method_label(method: AuthMethod) -> String {
    let detail = match method {
        AuthMethod::ClientSecretBasic => "the secret in a header",
        AuthMethod::ClientSecretPost => "the secret in the form",
        AuthMethod::ClientSecretJwt => "signs with its secret",
        AuthMethod::PrivateKeyJwt => "signs with its own key; no secret",
        AuthMethod::None => "nothing",
    };
    format!("{method} ({detail})")
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

fn at_least_one(rows: &[String]) -> Vec<String> {
    if rows.is_empty() { vec![String::new()] } else { rows.to_vec() }
}

/// What is switched off on this server is shown only where the client has it, so that it can be taken away.
fn response_types(app: &App, is_ticked: impl Fn(&str) -> bool) -> Vec<Ticked> {
    let box_of = |one: ResponseType| {
        let is_offered = one.grant_types().into_iter().all(|grant_type| is_offered(app, grant_type));
        let detail = match (is_offered, one == ResponseType::CODE) {
            (false, _) => OFF,
            (true, true) => "Recommended",
            (true, false) => "Old apps only",
        };
        let one = Ticked::new(one.as_str(), detail, is_ticked(one.as_str()));
        (is_offered || one.is_checked).then_some(one)
    };
    ResponseType::ALL.into_iter().filter_map(box_of).collect()
}

const OFF: &str = "Switched off on this server";

const fn is_offered(app: &App, grant_type: GrantType) -> bool {
    match grant_type {
        GrantType::Implicit => app.config.features.implicit,
        GrantType::Password => app.config.features.password_grant,
        _ => true,
    }
}

fn grant_types(app: &App, is_ticked: impl Fn(&str) -> bool) -> Vec<Ticked> {
    let detail = |one: GrantType| match one {
        one if !is_offered(app, one) => OFF,
        GrantType::AuthorizationCode => "People sign in",
        GrantType::RefreshToken => "New tokens without a sign-in",
        GrantType::ClientCredentials => "The app acts for itself",
        GrantType::Implicit => "Tokens straight from the sign-in page. Old apps only",
        GrantType::Password => "The app asks for the password itself. Old apps only",
    };
    GrantType::ALL
        .iter()
        .filter(|one| is_offered(app, **one) || is_ticked(one.as_str()))
        .map(|one| Ticked::new(one.as_str(), detail(*one), is_ticked(one.as_str())))
        .collect()
}

fn scopes(registry: &[ScopeEntry], is_ticked: impl Fn(&str) -> bool) -> Vec<Ticked> {
    let box_of = |entry: &ScopeEntry| {
        let note = if entry.is_restricted { ". Only for clients that tick it" } else { "" };
        Ticked::new(&entry.name, format!("{}{note}", entry.title), is_ticked(&entry.name))
    };
    registry.iter().map(box_of).collect()
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
