//! The form that makes a client, and the one that changes it.

mod samples;

use serde::Serialize;

use super::{ClientHead, ClientOptions, Lifetime, OpenSections, OptionChoices, choices};
use crate::http::pages::{Avatar, Choice, Errors, Page};

/// `GET /admin/clients/new`, and `POST /admin/clients` when it must be drawn again.
#[derive(Clone, Debug, Serialize)]
pub struct ClientNew {
    pub form: ClientForm,
    pub choices: ClientChoices,
    pub errors: Errors,
}

/// `GET` and `POST …/clients/{client_id}`.
#[derive(Clone, Debug, Serialize)]
pub struct ClientEdit {
    pub client: ClientHead,
    pub form: ClientForm,
    pub choices: ClientChoices,
    /// The newest first.
    pub secrets: Vec<SecretRow>,
    /// Something it chose takes the secret itself as a key, and none that works is kept so.
    pub needs_new_secret: bool,
    /// What registration said of the software, for reading only.
    pub software_id: Option<String>,
    pub software_version: Option<String>,
    /// Where it registered itself.
    pub registration: Option<RegisteredClient>,
    /// The day of the last change.
    pub changed: String,
    pub errors: Errors,
}

/// What is known of a client that registered itself: what it says about itself, and little else (RFC 7591 5).
#[derive(Clone, Debug, Serialize)]
pub struct RegisteredClient {
    /// The day.
    pub on: String,
    /// The name of the token that let it in; none where everybody may register.
    pub with: Option<String>,
    /// The day on which it is removed unless somebody has signed in with it.
    pub unused_until: Option<String>,
    /// Where people are sent back to.
    pub hosts: Vec<String>,
    /// Hosts of its own addresses that are none of these.
    pub foreign_hosts: Vec<String>,
    /// The address of a logo that could not be fetched.
    pub missing_logo: Option<String>,
}

/// What was typed. Fields bear the names of client metadata (RFC 7591 2) and of the form.
#[derive(Clone, Debug, Serialize)]
pub struct ClientForm {
    pub client_name: String,
    pub client_id: String,
    /// `type` in the form: `public` or `confidential`.
    pub is_public: bool,
    pub application_type: String,
    /// `status` in the form: `disabled` or `active`.
    pub is_disabled: bool,
    /// The ID of a person; empty for nobody.
    pub owner: String,
    /// Counts for confidential clients only.
    pub token_endpoint_auth_method: String,
    pub redirect_uris: Vec<String>,
    pub post_logout_redirect_uris: Vec<String>,
    pub response_types: Vec<Ticked>,
    pub grant_types: Vec<Ticked>,
    pub require_pkce: bool,
    pub code_lifetime: Lifetime,
    pub id_token_lifetime: Lifetime,
    pub access_token_lifetime: Lifetime,
    pub refresh_token_lifetime: Lifetime,
    pub id_token_signed_response_alg: String,
    /// None ticked: every scope that is not restricted.
    pub scope: Vec<Ticked>,
    /// `once`, `always` or `never`.
    pub consent: String,
    pub consent_lifetime: Lifetime,
    pub client_uri: String,
    pub contacts: String,
    pub tos_uri: String,
    pub policy_uri: String,
    /// The picture that is kept; a new one comes as the file `logo`.
    pub logo: Option<Avatar>,
    pub remove_logo: bool,
    pub open: OpenSections,
    pub options: ClientOptions,
    /// `refresh_absolute_lifetime` of the options.
    pub refresh_absolute_lifetime: Lifetime,
}

/// One box of a group.
#[derive(Clone, Debug, Serialize)]
pub struct Ticked {
    pub value: String,
    pub detail: String,
    pub is_checked: bool,
}

/// What there is to choose from.
#[derive(Clone, Debug, Serialize)]
pub struct ClientChoices {
    /// [`ClientChoices::application_types`].
    pub application_types: Vec<Choice>,
    /// [`ClientChoices::statuses`].
    pub statuses: Vec<Choice>,
    /// People who may own a client, after `Nobody` with the empty value.
    pub owners: Vec<Choice>,
    /// Ways to send a secret; `none` is the type Public.
    pub methods: Vec<Choice>,
    pub algs: Vec<Choice>,
    pub options: OptionChoices,
    pub server: ServerRules,
    /// [`Lifetime::units`].
    pub units: Vec<Choice>,
}

/// What holds for every client whatever it chooses.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct ServerRules {
    /// Of whom: `everybody`, `public` or `registered`.
    pub requires_pkce: &'static str,
    pub requires_request_objects: bool,
    pub gives_id_token_claims: bool,
    pub has_open_cors: bool,
}

/// A secret that works, told from others by its end.
#[derive(Clone, Debug, Serialize)]
pub struct SecretRow {
    /// An HTML `id` may end with it.
    pub id: String,
    /// The last four characters.
    pub hint: String,
    /// `Made 12 March 2026`, or `Works until 21 November 2026, 10:00 UTC`.
    pub detail: String,
    pub state: SecretState,
    /// `POST …/clients/{client_id}/secrets/{id}/delete`.
    pub delete_url: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SecretState {
    Current,
    Retiring,
}

impl Ticked {
    pub fn new(value: impl Into<String>, detail: impl Into<String>, is_checked: bool) -> Self {
        Self { value: value.into(), detail: detail.into(), is_checked }
    }
}

impl ClientChoices {
    pub fn application_types() -> Vec<Choice> {
        choices(&[("web", "Web"), ("native", "Native, on people’s devices")])
    }

    pub fn statuses() -> Vec<Choice> {
        choices(&[("active", "Active"), ("disabled", "Disabled")])
    }
}

impl Page for ClientNew {
    const TEMPLATE: &'static str = "admin/clients/new.html";

    fn samples() -> Vec<Self> {
        let choices = ClientChoices::sample();
        let blank =
            Self { form: ClientForm::blank_sample(), choices: choices.clone(), errors: Errors::default() };
        let (form, errors) = ClientForm::bad_sample();
        let no_uri = Self {
            form: ClientForm { redirect_uris: Vec::new(), is_public: true, ..ClientForm::sample() },
            choices: choices.clone(),
            errors: Errors::from_iter([(
                "redirect_uris",
                "Name at least one URI to which people return after sign-in.",
            )]),
        };
        vec![blank, Self { form, choices, errors }, no_uri]
    }
}

impl Page for ClientEdit {
    const TEMPLATE: &'static str = "admin/clients/edit.html";

    fn samples() -> Vec<Self> {
        let secret = |id: &str, hint: &str, detail: &str, state| SecretRow {
            id: id.into(),
            hint: hint.into(),
            detail: detail.into(),
            state,
            delete_url: format!("/admin/clients/harbour-portal/secrets/{id}/delete"),
        };
        let saved = Self {
            client: ClientHead::sample(),
            form: ClientForm::sample(),
            choices: ClientChoices::sample(),
            secrets: vec![
                secret("c1", "4f2a", "Made 12 March 2026", SecretState::Current),
                secret("b7", "b81c", "Works until 21 November 2026, 10:00 UTC", SecretState::Retiring),
            ],
            needs_new_secret: false,
            software_id: None,
            software_version: None,
            registration: None,
            changed: "17 November 2026".into(),
            errors: Errors::default(),
        };
        let (form, errors) = ClientForm::bad_sample();
        let refused = Self { form, errors, needs_new_secret: true, ..saved.clone() };
        let public = Self {
            client: ClientHead::long_sample(),
            form: ClientForm {
                client_name: ClientHead::long_sample().name,
                client_id: ClientHead::long_sample().client_id,
                is_public: true,
                is_disabled: true,
                owner: String::new(),
                application_type: "native".into(),
                redirect_uris: vec!["com.example.berths:/callback".into()],
                post_logout_redirect_uris: Vec::new(),
                consent: "never".into(),
                logo: None,
                ..ClientForm::sample()
            },
            secrets: Vec::new(),
            software_id: Some("4NRB1-0XZABZI9E6-5SM3R".into()),
            software_version: Some("2.1".into()),
            registration: Some(RegisteredClient {
                on: "20 November 2026".into(),
                with: Some("Partners".into()),
                unused_until: Some("20 December 2026".into()),
                hosts: vec!["berths.example".into()],
                foreign_hosts: vec!["terms.example".into()],
                missing_logo: Some("https://berths.example/logo.png".into()),
            }),
            ..saved.clone()
        };
        let open = Self {
            registration: Some(RegisteredClient {
                on: "20 November 2026".into(),
                with: None,
                unused_until: None,
                hosts: vec!["portal.harbour.example".into(), "127.0.0.1".into()],
                foreign_hosts: Vec::new(),
                missing_logo: None,
            }),
            ..saved.clone()
        };
        vec![saved, refused, public, open]
    }
}
