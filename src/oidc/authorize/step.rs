//! What must happen before a checked request is answered (OpenID Connect Core 3.1.2.3, 3.1.2.4).

use super::Request;
use crate::oidc::client::{Client, ConsentPolicy};
use crate::oidc::error::{Code, Refusal};
use crate::oidc::redirect_uri;
use crate::oidc::session::{Consent, Session};
use crate::oidc::time::UnixTime;

/// What must happen next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Somebody must prove who they are.
    Login,
    ChooseAccount,
    Consent,
    /// All is settled: what was asked for may be issued.
    Grant,
}

/// What has happened for this very request in this very browser; kept on our side, so that it cannot be skipped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Met {
    /// When somebody signed in for it.
    pub login_at: Option<UnixTime>,
    pub has_chosen_account: bool,
    /// Who decided, and how.
    pub decision: Option<Decision>,
}

impl Met {
    /// Whether it is settled who goes on with the request.
    pub const fn has_somebody(&self) -> bool {
        self.login_at.is_some() || self.has_chosen_account
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    pub user_id: String,
    pub is_allowed: bool,
}

/// Who is at the browser, and what they agreed to before.
pub struct Standing<'a> {
    pub session: Option<&'a Session>,
    /// By which this client knows the person of the session; empty where there is none.
    pub sub: &'a str,
    pub consent: Option<&'a Consent>,
    pub met: &'a Met,
    pub now: UnixTime,
}

impl Request {
    /// The next step towards an answer, or the refusal that ends it (OpenID Connect Core 3.1.2.3, 3.1.2.4).
    pub fn next(&self, client: &Client, standing: &Standing) -> Result<Step, Refusal> {
        let step = self.step(client, standing).map_err(|refusal| refusal.told_to(&self.reply_to))?;
        // OpenID Connect Core 3.1.2.6: prompt=none shows no page.
        let code = match step {
            Step::Grant => return Ok(step),
            _ if !self.prompt.none => return Ok(step),
            Step::Login => Code::LoginRequired,
            Step::ChooseAccount => Code::AccountSelectionRequired,
            Step::Consent => Code::ConsentRequired,
        };
        Err(Refusal::new(code, "prompt=none was asked for, but a page must be shown").told_to(&self.reply_to))
    }

    fn step(&self, client: &Client, standing: &Standing) -> Result<Step, Refusal> {
        let Some(session) = standing.session else { return Ok(Step::Login) };
        let has_signed_in = standing.met.login_at.is_some_and(|at| session.auth_time >= at);
        if !has_signed_in && (self.prompt.login || self.is_too_old(session, standing.now)) {
            return Ok(Step::Login);
        }
        if !self.is_about(standing.sub) {
            // OpenID Connect Core 3.1.2.1, 3.1.2.2: another person than is meant gets no positive answer.
            let text = "another person than the one in id_token_hint or claims signed in";
            return if has_signed_in {
                Err(Refusal::new(Code::LoginRequired, text))
            } else {
                Ok(Step::Login)
            };
        }
        if self.prompt.select_account && !has_signed_in && !standing.met.has_chosen_account {
            return Ok(Step::ChooseAccount);
        }
        self.consent_step(client, session, standing)
    }

    /// Whether it is about a certain person, by `id_token_hint` or `claims`.
    pub fn names_somebody(&self) -> bool {
        self.hinted_sub.is_some() || self.claims.demands_sub()
    }

    /// Whether this is the person who is meant, if one is.
    pub fn is_about(&self, sub: &str) -> bool {
        self.hinted_sub.as_ref().is_none_or(|hinted| hinted == sub) && self.claims.allows_sub(sub)
    }

    /// OpenID Connect Core 3.1.2.1: `max_age=0` is `prompt=login` in other words.
    fn is_too_old(&self, session: &Session, now: UnixTime) -> bool {
        self.max_age.is_some_and(|max_age| max_age == 0 || now.since(session.auth_time) > max_age)
    }

    fn consent_step(&self, client: &Client, session: &Session, standing: &Standing) -> Result<Step, Refusal> {
        // A decision counts for the person who made it, not for whoever signs in after.
        let decision = standing.met.decision.as_ref().filter(|decision| decision.user_id == session.user_id);
        match decision {
            Some(Decision { is_allowed: true, .. }) => return Ok(Step::Grant),
            Some(Decision { is_allowed: false, .. }) => {
                return Err(Refusal::new(Code::AccessDenied, "the person declined"));
            }
            None => {}
        }
        // RFC 8252 8.6: whoever waits on a private scheme or a local port is not known to be this app.
        let is_nobody = client.is_public() && redirect_uri::is_claimed_by_nobody(&self.reply_to.redirect_uri);
        let is_agreed = match client.consent {
            ConsentPolicy::Never => true,
            ConsentPolicy::Once => {
                standing.consent.is_some_and(|consent| consent.covers(&self.consent, standing.now))
            }
            ConsentPolicy::Always => false,
        };
        Ok(if is_agreed && !is_nobody && !self.prompt.consent { Step::Grant } else { Step::Consent })
    }
}
