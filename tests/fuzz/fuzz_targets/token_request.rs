//! A header and a body, parted by a line break, as a token request, read as a form and as JSON: nobody proves to be a
//! client without its secret.
#![no_main]

use std::sync::LazyLock;

use cardea::oidc::client::{Client, StoredSecret};
use cardea::oidc::client_auth::Credentials;
use cardea::oidc::metadata::Metadata;
use cardea::oidc::secret;
use cardea::oidc::time::UnixTime;
use cardea::oidc::token::{Form, TokenRequest};
use libfuzzer_sys::fuzz_target;

const NOW: UnixTime = UnixTime(1_795_190_400);

static CLIENT: LazyLock<Client> = LazyLock::new(|| {
    let metadata = Metadata { redirect_uris: vec!["https://a.example/cb".into()], ..Metadata::default() };
    let mut client = metadata.check("a".into(), NOW).expect("this client keeps the rules");
    client.secrets.push(StoredSecret {
        id: "1".into(),
        // The hash of nothing that anybody sends.
        secret_hash: "-".repeat(43),
        hint: String::new(),
        created_at: NOW,
        expires_at: None,
        sealed: None,
    });
    client
});

fuzz_target!(|text: &str| {
    let (header, body) = text.split_once('\n').unwrap_or(("", text));
    let header = Some(header).filter(|header| !header.is_empty());
    for form in [Form::parse(body.as_bytes()), Form::parse_json(body.as_bytes())].into_iter().flatten() {
        let _ = TokenRequest::parse(&form);
        let Ok(credentials) = Credentials::parse(header, &form) else { continue };
        assert!(credentials.prove(Some(&CLIENT), secret::hash, NOW).is_err());
        assert!(credentials.prove(None, secret::hash, NOW).is_err());
    }
});
