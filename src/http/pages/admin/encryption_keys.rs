//! Keys that apps encrypt to: a part of the page about keys, and the page on which one goes.

use serde::Serialize;

use crate::http::pages::{Errors, Page};

/// A key that is not removed.
#[derive(Clone, Debug, Serialize)]
pub struct EncryptionKeyRow {
    pub kid: String,
    /// `RSA-OAEP · 2048 bit`.
    pub detail: String,
    pub state: EncryptionKeyState,
    /// Its life in a sentence.
    pub say: String,
    /// `/admin/encryption-keys/{kid}`, whole.
    pub url: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EncryptionKeyState {
    Current,
    Retired,
}

/// `GET` and `POST /admin/encryption-keys/{kid}`: a current key is replaced, a retired one withdrawn.
#[derive(Clone, Debug, Serialize)]
pub struct EncryptionKey {
    pub key: EncryptionKeyRow,
    /// How long it decrypts after it was replaced: `15 days`.
    pub keep: String,
    pub errors: Errors,
}

impl EncryptionKeyRow {
    pub(super) fn samples() -> Vec<Self> {
        let row = |kid: &str, detail: &str, state, say: &str| Self {
            kid: kid.into(),
            detail: detail.into(),
            state,
            say: say.into(),
            url: format!("/admin/encryption-keys/{kid}"),
        };
        vec![
            row(
                "m4LpW7z",
                "RSA-OAEP · 2048 bit",
                EncryptionKeyState::Current,
                "Published since 12 November 2026.",
            ),
            row(
                "r2DfK9a",
                "RSA-OAEP · 2048 bit",
                EncryptionKeyState::Retired,
                "Decrypts until 27 November 2026.",
            ),
            row(
                "Vq1sT6u",
                "ECDH-ES · P-256",
                EncryptionKeyState::Current,
                "Published since 12 November 2026.",
            ),
        ]
    }
}

impl Page for EncryptionKey {
    const TEMPLATE: &'static str = "admin/keys/encryption.html";

    fn samples() -> Vec<Self> {
        let of = |key| Self { key, keep: "15 days".into(), errors: Errors::default() };
        let mut pages: Vec<_> = EncryptionKeyRow::samples().into_iter().take(2).map(of).collect();
        pages.push(Self {
            errors: Errors::from_iter([("old", "Choose what happens to the key in use.")]),
            ..pages[0].clone()
        });
        pages
    }
}
