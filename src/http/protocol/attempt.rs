//! The one transaction of an authorization request: finds the next step and, if that is the answer, grants it.

use std::sync::Arc;

use super::issue;
use super::present::{self, Present};
use crate::dice;
use crate::http::app::AppData;
use crate::http::error::Abort;
use crate::oidc::authorize::{Met, Request, Standing, Step};
use crate::oidc::client::Client;
use crate::oidc::error::Refusal;
use crate::oidc::grant::{AuthorizationCode, Grant};
use crate::oidc::id_token::ACR_PASSWORD;
use crate::oidc::policy::{self, Ask};
use crate::oidc::scope::Scope;
use crate::oidc::secret;
use crate::oidc::time::UnixTime;
use crate::oidc::user::User;
use crate::store::sessions::SignedIn;
use crate::store::tokens::{self, NewToken};
use crate::store::{Db, clients, consents, flows, grants, sessions};

/// Everything that the transaction needs.
pub struct Attempt {
    pub app: AppData,
    pub client: Arc<Client>,
    pub request: Request,
    pub met: Met,
    /// The waiting request that it is, if it has waited.
    pub waited: Option<flows::Key>,
    /// Everybody who is signed in in this browser.
    pub present: Present,
    pub secrets: Secrets,
    /// Why the answer could not be made if it were granted.
    pub hindrance: Option<Refusal>,
    pub now: UnixTime,
}

/// Random values, made before, since the transaction may run more than once.
#[derive(Clone)]
pub struct Secrets {
    code: String,
    /// What the access token is found by.
    handle: String,
    grant_id: String,
}

impl Secrets {
    pub fn new(now: UnixTime) -> Self {
        Self {
            code: secret::opaque(dice::bytes()),
            handle: issue::handle(),
            // Sorts by time, so that new rows lie beside each other.
            grant_id: format!("{:010x}{}", now.0, secret::opaque(dice::bytes())),
        }
    }
}

pub enum Decided {
    Granted(Box<Granted>),
    /// The page that comes next.
    Page(Step),
}

/// What was granted, as far as the response type asks for it.
pub struct Granted {
    pub grant: Grant,
    pub user: User,
    pub code: Option<String>,
    /// What the access token is found by.
    pub handle: Option<String>,
}

impl Attempt {
    pub fn run(&self, db: &mut Db) -> Result<Decided, Abort> {
        let asked = present::Asked {
            app: &self.app,
            client: &self.client,
            request: &self.request,
            met: &self.met,
            now: self.now,
        };
        let signed_in = match self.present.sid_for(db, &asked)? {
            Some(sid) => sessions::hold_live(db, &sid, self.now)?,
            None => None,
        };
        let consent = match &signed_in {
            Some(own) => consents::hold(db, &own.session.user_id, &self.client.id)?,
            None => None,
        };
        let sub = signed_in.as_ref().map(|own| self.app.subject(&own.user, &self.client));
        let standing = Standing {
            session: signed_in.as_ref().map(|own| &own.session),
            sub: sub.as_deref().unwrap_or_default(),
            consent: consent.as_ref(),
            met: &self.met,
            now: self.now,
        };
        let step = match self.request.next(&self.client, &standing) {
            Ok(step) => step,
            Err(refusal) => {
                self.spend(db)?;
                return Err(refusal.into());
            }
        };
        match (step, signed_in) {
            (Step::Grant, Some(own)) => Ok(Decided::Granted(Box::new(self.grant(db, own)?))),
            (step, _) => Ok(Decided::Page(step)),
        }
    }

    /// A request that waited is answered once, with a code or a refusal, however often the browser comes back with
    /// it: the client has forgotten its `state` by then.
    fn spend(&self, db: &mut Db) -> Result<(), Abort> {
        match &self.waited {
            Some(flow) if !flows::spend(db, flow)? => Err(Abort::NotFound),
            _ => Ok(()),
        }
    }

    fn grant(&self, db: &mut Db, own: SignedIn) -> Result<Granted, Abort> {
        self.spend(db)?;
        if let Some(refusal) = &self.hindrance {
            return Err(refusal.clone().told_to(&self.request.reply_to).into());
        }
        let (request, response_type) = (&self.request, self.request.response_type);
        let grant = self.new_grant(&own)?;
        if response_type.code {
            grants::add(db, &grant, &self.new_code())?;
        } else if response_type.token {
            grants::add_without_code(db, &grant, self.now)?;
        }
        if response_type.token {
            let lifetime = issue::access_lifetime(&self.app, &self.client);
            let token = NewToken {
                token_hash: secret::hash(&self.secrets.handle),
                grant_id: &grant.id,
                scope: &grant.scope,
                audience: request.resources.join(" "),
                now: self.now,
                expires_at: self.now.plus(lifetime),
            };
            tokens::add_access(db, &token)?;
        }
        clients::note_use(db, &self.client)?;
        sessions::note_use(db, &own, self.now)?;
        sessions::note_client(db, &own.session.sid, &self.client.id, self.now)?;
        Ok(Granted {
            grant,
            user: own.user,
            code: response_type.code.then(|| self.secrets.code.clone()),
            handle: response_type.token.then(|| self.secrets.handle.clone()),
        })
    }

    fn new_grant(&self, own: &SignedIn) -> Result<Grant, Abort> {
        let mut scope = self.request.scope.clone();
        for grant_type in self.request.response_type.grant_types() {
            let ask = Ask {
                client: &self.client,
                user: Some(&own.user),
                grant_type,
                scope: &scope,
                scopes: &self.app.store.catalogue().scopes,
            };
            scope = policy::decide(&ask).map_err(|refusal| refusal.told_to(&self.request.reply_to))?;
        }
        Ok(Grant {
            id: self.secrets.grant_id.clone(),
            client_id: self.client.id.clone(),
            user_id: own.user.id.clone(),
            sid: own.session.sid.clone(),
            auth_time: own.session.auth_time,
            acr: ACR_PASSWORD.to_owned(),
            claims: self.request.claims.to_json(),
            resources: self.request.resources.clone(),
            is_offline: scope.contains(Scope::OFFLINE_ACCESS),
            scope,
            created_at: self.now,
        })
    }

    fn new_code(&self) -> AuthorizationCode {
        let lifetime = self.client.lifetimes.code.unwrap_or(self.app.config.lifetimes.code);
        AuthorizationCode {
            code_hash: secret::hash(&self.secrets.code),
            redirect_uri: self.request.says_redirect_uri.then(|| self.request.reply_to.redirect_uri.clone()),
            nonce: self.request.nonce.clone(),
            challenge: self.request.challenge.clone(),
            expires_at: self.now.plus(lifetime),
            is_spent: false,
        }
    }
}
