//! One token request of a client that has proved itself: the transaction that grants.

use std::sync::Arc;

use super::invalid_grant;
use crate::dice;
use crate::http::app::AppData;
use crate::http::error::{Abort, Result};
use crate::http::protocol::client_auth::Caller;
use crate::http::protocol::issue;
use crate::http::refused::{self, Refused};
use crate::http::sign_in::Proved;
use crate::oidc::audience;
use crate::oidc::client::GrantType;
use crate::oidc::error::Refusal;
use crate::oidc::grant::{self, AuthorizationCode, Grant, Redemption, RefreshToken};
use crate::oidc::policy::{self, Ask};
use crate::oidc::scope::Scope;
use crate::oidc::secret;
use crate::oidc::time::UnixTime;
use crate::oidc::token::TokenRequest;
use crate::oidc::user::User;
use crate::store::audit::Event;
use crate::store::client_tokens::{self, ClientToken};
use crate::store::tokens::{self, Lineage, NewToken};
use crate::store::{Db, audit as store_audit, clients, grants, users};

#[derive(Clone)]
pub(super) struct Exchange {
    pub app: AppData,
    pub caller: Caller,
    /// What the audit log says if something is amiss.
    pub event: Event,
    pub request: TokenRequest,
    /// `resource` (RFC 8707).
    pub resources: Vec<String>,
    /// Who gave name and password, in the password grant. Its caller has been let in already.
    pub proved: Option<Arc<Proved>>,
    /// Why no ID token could be made of what is granted.
    pub hindrance: Option<Refusal>,
    pub handle: String,
    pub refresh_token: String,
    pub nonce: [u8; 12],
    pub grant_id: String,
    pub now: UnixTime,
}

/// What the transaction granted.
pub(super) struct Issued {
    pub bearer: Bearer,
    pub scope: Scope,
    pub resources: Vec<String>,
    pub handle: String,
    pub refresh_token: Option<String>,
    pub nonce: Option<String>,
    /// Before now, where a pair is given again.
    pub issued_at: UnixTime,
}

/// Whose data it is about.
pub(super) enum Bearer {
    Person {
        grant: Box<Grant>,
        user: Box<User>,
    },
    /// Nobody's: a client for itself.
    Client,
}

/// Whether a refresh token begins, and with what of an old one.
#[derive(Clone, Copy)]
pub(super) enum Refreshing<'a> {
    No,
    First,
    After(&'a RefreshToken),
}

impl Exchange {
    pub fn new(
        app: &AppData,
        (caller, event): (Caller, Event),
        request: TokenRequest,
        resources: Vec<String>,
    ) -> Self {
        let now = app.now();
        Self {
            app: app.clone(),
            caller,
            event,
            request,
            resources,
            proved: None,
            hindrance: None,
            handle: issue::handle(),
            refresh_token: secret::opaque(dice::bytes()),
            nonce: dice::bytes(),
            // Sorts by time, so that new rows lie beside each other.
            grant_id: format!("{:010x}{}", now.0, secret::opaque(dice::bytes())),
            now,
        }
    }

    pub async fn run(self) -> Result<Issued> {
        let app = self.app.clone();
        let grant_type = self.request.grant_type();
        let issued = app.store.write(move |db| self.issue(db)).await?;
        app.metrics.note_issued(grant_type.as_str());
        Ok(issued)
    }

    /// The one transaction of an exchange.
    fn issue(&self, db: &mut Db) -> Result<Issued, Abort> {
        if self.proved.is_none() {
            self.caller.enter(db)?;
        }
        let issued = self.granted(db)?;
        clients::note_use(db, &self.caller.client)?;
        Ok(issued)
    }

    fn granted(&self, db: &mut Db) -> Result<Issued, Abort> {
        match &self.request {
            TokenRequest::AuthorizationCode { code, redirect_uri, code_verifier } => {
                let redemption = Redemption {
                    redirect_uri: redirect_uri.as_deref(),
                    default_redirect_uri: None,
                    code_verifier: code_verifier.as_deref(),
                    now: self.now,
                };
                self.redeem(db, &secret::hash(code), &redemption)
            }
            TokenRequest::RefreshToken { refresh_token, scope } => {
                self.refresh(db, refresh_token, scope.as_deref())
            }
            TokenRequest::ClientCredentials { scope } => self.grant_to_client(db, scope.as_deref()),
            TokenRequest::Password { scope, .. } => self.grant_for_password(db, scope.as_deref()),
        }
    }

    fn redeem(&self, db: &mut Db, code_hash: &str, redemption: &Redemption) -> Result<Issued, Abort> {
        let found = grants::find_by_code(db, code_hash)?;
        let (grant, code) = found.ok_or_else(|| invalid_grant("this code is unknown, or was revoked"))?;
        grant::check_owner(&grant, &self.caller.client.id)?;
        let default = self.caller.client.default_redirect_uri(&grant.scope);
        let redemption = &Redemption { default_redirect_uri: default, ..*redemption };
        let decided = if code.is_spent {
            None
        } else {
            self.note_mismatch(db, &code, redemption)?;
            grant::check_code(&code, redemption)?;
            let resources = audience::narrow(&grant.resources, &self.resources)?;
            Some((self.decide(db, &grant, &grant.scope)?, resources))
        };
        match decided {
            Some(((user, scope), resources)) if grants::spend_code(db, code_hash, self.now)? => {
                let refreshing = if self.may_refresh(&scope) { Refreshing::First } else { Refreshing::No };
                let issued = self.issued((grant, user), scope, (resources, code.nonce));
                self.add_tokens(db, issued, refreshing)
            }
            // RFC 6749 4.1.2: a code that comes twice is in wrong hands; what came of it ends.
            _ => {
                self.end_family(db, &grant, "code_reused")?;
                Err(invalid_grant("this code was used before; its tokens are revoked").into())
            }
        }
    }

    /// The administrator sees what came beside what is registered.
    fn note_mismatch(
        &self,
        db: &mut Db,
        code: &AuthorizationCode,
        redemption: &Redemption,
    ) -> Result<(), Abort> {
        if redemption.names_redirect_uri_of(code) {
            return Ok(());
        }
        let said = code.redirect_uri.as_deref().or(redemption.default_redirect_uri).unwrap_or_default();
        let reason = format!("the code was asked for with redirect_uri {said}");
        let refused = Refused {
            client: Some(&self.caller.client),
            client_id: None,
            redirect_uri: redemption.redirect_uri,
            reason: &reason,
        };
        Ok(refused::note(db, &refused.event(self.event.clone()))?)
    }

    /// RFC 6749 4.4: nobody's data, and no refresh token, since the client can ask again at any time.
    fn grant_to_client(&self, db: &mut Db, asked: Option<&str>) -> Result<Issued, Abort> {
        let client = &self.caller.client;
        let scope = policy::decide_own(client, asked, &self.app.store.catalogue().scopes)?;
        let resources = audience::check_resources(client, self.resources.iter().map(String::as_str))?;
        let token = ClientToken {
            token_hash: secret::hash(&self.handle),
            client_id: client.id.clone(),
            scope: scope.clone(),
            resources: resources.clone(),
            created_at: self.now,
            expires_at: self.now.plus(issue::access_lifetime(&self.app, client)),
        };
        client_tokens::add(db, &token)?;
        Ok(Issued {
            bearer: Bearer::Client,
            scope,
            resources,
            handle: self.handle.clone(),
            refresh_token: None,
            nonce: None,
            issued_at: self.now,
        })
    }

    /// Revokes every token of a grant, and keeps that somebody should look at it.
    pub fn end_family(&self, db: &mut Db, grant: &Grant, what: &str) -> Result<(), Abort> {
        grants::revoke(db, &grant.id, self.now)?;
        let event = Event {
            event: what.to_owned(),
            client_id: Some(grant.client_id.clone()),
            user_id: Some(grant.user_id.clone()),
            ..self.event.clone()
        };
        Ok(store_audit::add(db, &event)?)
    }

    /// The one policy, asked before anything is spent: a refusal leaves the client what it has.
    pub fn decide(&self, db: &mut Db, grant: &Grant, scope: &Scope) -> Result<(User, Scope), Abort> {
        let user = users::find(db, &grant.user_id)?.ok_or_else(|| invalid_grant("this account is gone"))?;
        let scope = self.allowed(&user, scope)?;
        Ok((user, scope))
    }

    pub fn allowed(&self, user: &User, scope: &Scope) -> Result<Scope, Abort> {
        let scope = policy::decide(&Ask {
            client: &self.caller.client,
            user: Some(user),
            grant_type: self.request.grant_type(),
            scope,
            scopes: &self.app.store.catalogue().scopes,
        })?;
        match &self.hindrance {
            Some(refusal) if scope.contains(Scope::OPENID) => Err(refusal.clone().into()),
            _ => Ok(scope),
        }
    }

    pub fn issued(
        &self,
        (grant, user): (Grant, User),
        scope: Scope,
        (resources, nonce): (Vec<String>, Option<String>),
    ) -> Issued {
        Issued {
            bearer: Bearer::Person { grant: Box::new(grant), user: Box::new(user) },
            scope,
            resources,
            handle: self.handle.clone(),
            refresh_token: None,
            nonce,
            issued_at: self.now,
        }
    }

    /// RFC 6749 6: a new refresh token has the scope of the old one, however narrow the access token.
    pub fn add_tokens(
        &self,
        db: &mut Db,
        mut issued: Issued,
        refreshing: Refreshing,
    ) -> Result<Issued, Abort> {
        let client = &self.caller.client;
        let Bearer::Person { grant, .. } = &issued.bearer else { return Ok(issued) };
        let token = |value: &str, (scope, resources), expires_at| NewToken {
            token_hash: secret::hash(value),
            grant_id: &grant.id,
            scope,
            audience: audience::written(resources),
            now: self.now,
            expires_at,
        };
        let end = self.now.plus(issue::access_lifetime(&self.app, client));
        tokens::add_access(db, &token(&self.handle, (&issued.scope, &issued.resources), end))?;
        let policy = &client.options.refresh;
        let (scope, resources, lineage) = match refreshing {
            Refreshing::No => return Ok(issued),
            Refreshing::First => {
                let ends_at = policy.absolute_lifetime.map(|seconds| self.now.plus(seconds));
                (&issued.scope, &grant.resources, Lineage { uses: 0, ends_at })
            }
            Refreshing::After(old) => {
                (&old.scope, &old.resources, Lineage { uses: old.uses + 1, ends_at: old.ends_at })
            }
        };
        let end = RefreshToken::end(self.now, self.refresh_lifetime(), lineage.ends_at);
        tokens::add_refresh(db, &token(&self.refresh_token, (scope, resources), end), lineage)?;
        issued.refresh_token = Some(self.refresh_token.clone());
        Ok(issued)
    }

    /// Seconds without use.
    pub fn refresh_lifetime(&self) -> i64 {
        let own = self.caller.client.lifetimes.refresh_token;
        own.unwrap_or(self.app.config.lifetimes.refresh_token)
    }

    /// OpenID Connect Core 11: a sign-in asks for it with `offline_access`; plain OAuth 2.0 has no such scope.
    pub fn may_refresh(&self, scope: &Scope) -> bool {
        self.caller.client.may_use(GrantType::RefreshToken)
            && (scope.contains(Scope::OFFLINE_ACCESS) || !scope.contains(Scope::OPENID))
    }
}
