//! What the operator's hooks are told of a sign-out: with its request, in the transaction that ends the session.

use super::leaving::Leaving;
use crate::hooks::EndedSession;
use crate::http::app::App;
use crate::oidc::end_session::Params;
use crate::oidc::time::UnixTime;
use crate::store::logout_deliveries::{self, ToHook};
use crate::store::sessions::{Ended, SignedIn};
use crate::store::{Db, Error};

/// Who is told, and of what.
pub struct Telling {
    hooks: Vec<String>,
    leaving: Leaving,
    params: Params,
    now: UnixTime,
}

impl Telling {
    pub fn of(app: &App, leaving: &Leaving, now: UnixTime) -> Self {
        let params = Params::parse(leaving.query.as_bytes());
        Self { hooks: app.hooks.of_end_session().to_vec(), leaving: leaving.clone(), params, now }
    }

    /// A message to each hook for each person who has left.
    pub fn note(
        &self,
        db: &mut Db,
        (here, ended): (&[SignedIn], &[Ended]),
        is_of_client_only: bool,
    ) -> Result<(), Error> {
        if self.hooks.is_empty() {
            return Ok(());
        }
        for own in here.iter().filter(|own| ended.iter().any(|one| one.sid == own.session.sid)) {
            let (user_id, sid) = (own.user.id.as_str(), own.session.sid.as_str());
            // What the app could have written itself is not told as ours.
            let hint = self.leaving.request.hint.as_ref().filter(|hint| !hint.is_by_secret);
            let message = EndedSession {
                user_id,
                sid,
                client_id: self.leaving.client.as_ref().map(|client| client.id.as_str()),
                id_token_hint: hint.map(|hint| &hint.claims),
                post_logout_redirect_uri: self.params.post_logout_redirect_uri.as_deref(),
                state: self.params.state.as_deref(),
                next_page: self.leaving.onward(ended),
                is_of_client_only,
                ended_at: self.now,
            };
            let message = message.body();
            for uri in &self.hooks {
                let to_hook = ToHook { uri, sid, user_id, message: &message };
                logout_deliveries::add_to_hook(db, &to_hook, self.now)?;
            }
        }
        Ok(())
    }
}
