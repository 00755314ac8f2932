//! What a hook is told of a session that ended at the end-session endpoint.

use serde::Serialize;
use serde_json::{Map, Value};

use super::Event;
use crate::oidc::time::UnixTime;

/// The arguments of OpenID Connect RP-Initiated Logout 1.0, 2, and what came of them.
#[derive(Serialize)]
pub struct EndedSession<'a> {
    pub user_id: &'a str,
    pub sid: &'a str,
    /// The client that asked, if one did.
    pub client_id: Option<&'a str>,
    /// The claims of a genuine `id_token_hint`; its signature stays here.
    pub id_token_hint: Option<&'a Map<String, Value>>,
    pub post_logout_redirect_uri: Option<&'a str>,
    pub state: Option<&'a str>,
    /// Where the browser is sent, if it is.
    pub next_page: Option<&'a str>,
    /// Whether only what this client had has ended, and the session goes on.
    pub is_of_client_only: bool,
    pub ended_at: UnixTime,
}

impl EndedSession<'_> {
    /// The body of the call.
    pub fn body(&self) -> String {
        Event::body("end_session", self, self.ended_at)
    }
}
