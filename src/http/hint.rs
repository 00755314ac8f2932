//! An `id_token_hint` that comes encrypted: to a key of ours, by the client; or as it was issued, with the client's secret
//! (OpenID Connect Core 3.1.2.1, RP-Initiated Logout 1.0, 2).

use super::app::App;
use super::client_keys;
use super::error::Result;
use crate::oidc::client::Client;
use crate::oidc::jose::{self, Accepted, ContentEncryption, Decrypted, KeyManagementAlg, Openers};

/// Puts the ID token in the place of what it is encrypted in. `client` is the one whose secret may open it. What cannot
/// be opened stays as it is, which is no ID token; what is encrypted twice too.
pub fn open(app: &App, client: Option<&Client>, hint: &mut Option<String>) -> Result<()> {
    let Some(sealed) = hint.as_ref().filter(|hint| jose::is_encrypted(hint)) else { return Ok(()) };
    let client = client.filter(|client| !client.is_disabled());
    let secrets = client.map_or_else(|| Ok(Vec::new()), |client| client_keys::secrets(app, client))?;
    let catalogue = app.store.catalogue();
    let openers = Openers { keys: &catalogue.decryption_keys, secrets: &secrets };
    let accepted = Accepted { algs: &KeyManagementAlg::ALL, encs: &ContentEncryption::ALL };
    if let Ok(opened) = jose::decrypt(sealed, &openers, &accepted).and_then(Decrypted::text) {
        *hint = Some(opened);
    }
    Ok(())
}
