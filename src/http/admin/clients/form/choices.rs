//! What the form of a client lets one choose from.

use crate::http::app::App;
use crate::http::error::Error;
use crate::http::pages::Choice;
use crate::http::pages::admin::{ClientChoices, Lifetime, OptionChoices, ServerRules, Ticked};
use crate::oidc::claims::ScopeEntry;
use crate::oidc::client::{AuthMethod, GrantType};
use crate::oidc::jose::Alg;
use crate::oidc::response::ResponseType;
use crate::store::users;

/// What there is to choose from.
pub async fn choices(app: &App, current_alg: &str) -> Result<ClientChoices, Error> {
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
            requires_pkce: features.require_pkce.as_str(),
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

/// What is switched off on this server is shown only where the client has it, so that it can be taken away.
pub(super) fn response_types(app: &App, is_ticked: impl Fn(&str) -> bool) -> Vec<Ticked> {
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

pub(super) fn grant_types(app: &App, is_ticked: impl Fn(&str) -> bool) -> Vec<Ticked> {
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

pub(super) fn scopes(registry: &[ScopeEntry], is_ticked: impl Fn(&str) -> bool) -> Vec<Ticked> {
    let box_of = |entry: &ScopeEntry| {
        let note = if entry.is_restricted { ". Only for clients that tick it" } else { "" };
        Ticked::new(&entry.name, format!("{}{note}", entry.title), is_ticked(&entry.name))
    };
    registry.iter().map(box_of).collect()
}
