//! A new secret for a client: the question, and the one time that it is shown.

use serde::Serialize;

use super::ClientHead;
use crate::http::pages::Page;

/// `GET …/clients/{client_id}/secret`: asks before a secret is made.
#[derive(Clone, Debug, Serialize)]
pub struct ClientRotate {
    pub client: ClientHead,
    /// Hints of the secrets that work now; without one there is nothing to keep.
    pub hints: Vec<String>,
}

/// The answer to `POST …/clients/{client_id}/secret`, and to `POST /admin/clients` for a confidential client.
#[derive(Clone, Debug, Serialize)]
pub struct ClientSecret {
    pub client: ClientHead,
    /// The client is new too.
    pub is_first: bool,
    /// Shown this once.
    pub secret: String,
    /// It is kept under the master key, since the client uses it as a key; otherwise only its hash is.
    pub is_kept: bool,
    pub token_endpoint: String,
    /// How the client sends the secret: `client_secret_basic` or `client_secret_post`.
    pub token_endpoint_auth_method: String,
    /// Secrets that work for a while yet.
    pub old: Vec<OldSecret>,
}

#[derive(Clone, Debug, Serialize)]
pub struct OldSecret {
    pub hint: String,
    /// `21 November 2026, 15:58 UTC`.
    pub until: String,
    /// `24 hours`.
    pub left: String,
    /// `POST …/clients/{client_id}/secrets/{id}/delete`.
    pub delete_url: String,
}

impl Page for ClientRotate {
    const TEMPLATE: &'static str = "admin/clients/rotate.html";

    fn samples() -> Vec<Self> {
        let rotation = Self { client: ClientHead::sample(), hints: vec!["4f2a".into()] };
        let two = Self { hints: vec!["4f2a".into(), "b81c".into()], ..rotation.clone() };
        let first = Self { client: ClientHead::long_sample(), hints: Vec::new() };
        vec![rotation, two, first]
    }
}

impl Page for ClientSecret {
    const TEMPLATE: &'static str = "admin/clients/secret.html";

    fn samples() -> Vec<Self> {
        let rotated = Self {
            client: ClientHead::sample(),
            is_first: false,
            is_kept: false,
            secret: "9fK2vQm7Rr1xT4eWb8Lz0pYhJ6uNsA3dGc5XoViE".into(),
            token_endpoint: "https://id.tidemark.example/token".into(),
            token_endpoint_auth_method: "client_secret_basic".into(),
            old: vec![OldSecret {
                hint: "4f2a".into(),
                until: "21 November 2026, 15:58 UTC".into(),
                left: "24 hours".into(),
                delete_url: "/admin/clients/harbour-portal/secrets/5d0c/delete".into(),
            }],
        };
        let first = Self {
            is_first: true,
            is_kept: true,
            token_endpoint_auth_method: "client_secret_post".into(),
            old: Vec::new(),
            ..rotated.clone()
        };
        vec![rotated, first]
    }
}
