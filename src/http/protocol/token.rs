//! `/token` (RFC 6749 3.2, OpenID Connect Core 3.1.3).

use std::sync::Arc;

use actix_web::http::header::{self, HeaderValue};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};

use super::authorization;
use super::issue::{self, Along, Issue};
use crate::dice;
use crate::http::app::{App, AppData};
use crate::http::error::{Abort, Error, Result};
use crate::http::refused::{self, Refused};
use crate::http::{audit, client_address, cors};
use crate::oidc::client::{Client, GrantType};
use crate::oidc::client_auth::Credentials;
use crate::oidc::error::{Code, Refusal};
use crate::oidc::grant::{self, AuthorizationCode, Grant, Redemption};
use crate::oidc::policy::{self, Ask};
use crate::oidc::scope::Scope;
use crate::oidc::secret;
use crate::oidc::time::UnixTime;
use crate::oidc::token::{Form, TokenRequest, TokenResponse};
use crate::oidc::user::User;
use crate::store::audit::Event;
use crate::store::throttles::{Counted, Limit, State};
use crate::store::tokens::NewToken;
use crate::store::{Db, audit as store_audit, grants, throttles, tokens, users};

/// `POST /token`
pub async fn create(app: AppData, request: HttpRequest, body: Bytes) -> Result<HttpResponse> {
    let form = Form::parse(&body)?;
    let credentials = Credentials::parse(authorization(&request), &form)?;
    let client = app.store.client(&credentials.client_id).await?;
    let throttle = throttle_name(&app, &request, &credentials.client_id);
    let hash = |secret: &str| app.store.vault().secret_hash(secret);
    let proved = credentials.prove(client.as_deref(), hash, app.now());
    let client = match (proved, client) {
        (Ok(()), Some(client)) => client,
        (Err(refusal), _) => {
            let event = audit::event(&app, &request, "client_auth_paused", credentials.client_id.clone());
            return Err(note_failure(&app, (throttle, event), refusal).await?);
        }
        (Ok(()), None) => return Err(Error::Fault("a client that is not there proved itself".into())),
    };
    let event = audit::event(&app, &request, "", client.name.clone());
    let exchange = Exchange::new(&app, (client.clone(), event), TokenRequest::parse(&form)?, throttle);
    let response = exchange.run().await?;
    let mut answer = HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, HeaderValue::from_static("no-store")))
        .insert_header((header::PRAGMA, HeaderValue::from_static("no-cache")))
        .json(response);
    cors::allow_origin_of(&client, &request, answer.headers_mut());
    Ok(answer)
}

/// Guessing is counted for each client and network, so that a stranger cannot lock a client out from elsewhere.
fn throttle_name(app: &App, request: &HttpRequest, client_id: &str) -> Option<String> {
    let address = client_address::of(app, request).filter(|_| app.config.throttle.enabled)?;
    // Hashed, since a stranger may send a name of any length.
    Some(format!("client:{}:{}", secret::hash(client_id), client_address::network(address)))
}

/// Counts a failed authentication; gives the refusal that answers it.
async fn note_failure(
    app: &App,
    (throttle, event): (Option<String>, Event),
    refusal: Refusal,
) -> Result<Error> {
    let Some(name) = throttle.filter(|_| refusal.code == Code::InvalidClient) else {
        return Ok(refusal.into());
    };
    let settings = &app.config.throttle;
    let limit = Limit {
        failures: settings.client_failures.into(),
        pause: settings.pause,
        pause_max: settings.pause_max,
        window: settings.window,
    };
    let now = app.now();
    let is_paused = app
        .store
        .write(move |db| {
            Ok::<_, crate::store::Error>(match throttles::note_failure(db, &name, &limit, now)? {
                Counted::Now(State { paused_until: None, .. }) => false,
                Counted::Now(_) => {
                    // Told once a pause, not once a guess.
                    store_audit::add(db, &event)?;
                    true
                }
                Counted::Paused(_) => true,
            })
        })
        .await?;
    Ok(if is_paused { paused().into() } else { refusal.into() })
}

fn paused() -> Refusal {
    Refusal::new(Code::InvalidClient, "too many failed authentications; wait some minutes and try again")
}

/// One token request of a client that has proved itself.
struct Exchange {
    app: AppData,
    client: Arc<Client>,
    /// What the audit log says if something is amiss.
    event: Event,
    request: TokenRequest,
    throttle: Option<String>,
    access_token: String,
    refresh_token: String,
    now: UnixTime,
}

/// What the transaction granted.
struct Issued {
    grant: Grant,
    user: User,
    scope: Scope,
    nonce: Option<String>,
    has_refresh_token: bool,
}

impl Exchange {
    fn new(
        app: &AppData,
        (client, event): (Arc<Client>, Event),
        request: TokenRequest,
        throttle: Option<String>,
    ) -> Self {
        Self {
            app: app.clone(),
            client,
            event,
            request,
            throttle,
            access_token: secret::opaque(dice::bytes()),
            refresh_token: secret::opaque(dice::bytes()),
            now: app.now(),
        }
    }

    async fn run(self) -> Result<TokenResponse> {
        let exchange = Arc::new(self);
        let in_store = exchange.clone();
        let issued = exchange.app.store.write(move |db| in_store.issue(db)).await?;
        let app = &exchange.app;
        app.metrics.note_issued(exchange.grant_type().as_str());
        let id_token = match issued.scope.contains(Scope::OPENID) {
            true => {
                let issue = Issue {
                    app,
                    client: &exchange.client,
                    grant: &issued.grant,
                    user: &issued.user,
                    scope: &issued.scope,
                    resources: &issued.grant.resources,
                    now: exchange.now,
                };
                let access_token = Some(exchange.access_token.as_str());
                Some(issue.id_token(Along { nonce: issued.nonce, access_token, code: None }).await?)
            }
            false => None,
        };
        Ok(TokenResponse {
            access_token: exchange.access_token.clone(),
            token_type: "Bearer",
            expires_in: issue::access_lifetime(app, &exchange.client),
            refresh_token: issued.has_refresh_token.then(|| exchange.refresh_token.clone()),
            id_token,
            scope: issued.scope.to_string(),
        })
    }

    const fn grant_type(&self) -> GrantType {
        match self.request {
            TokenRequest::AuthorizationCode { .. } => GrantType::AuthorizationCode,
            TokenRequest::RefreshToken { .. } => GrantType::RefreshToken,
        }
    }

    /// The one transaction of an exchange.
    fn issue(&self, db: &mut Db) -> Result<Issued, Abort> {
        if let Some(name) = &self.throttle
            && throttles::find(db, name, self.now)?.paused_until.is_some()
        {
            return Err(paused().into());
        }
        match &self.request {
            TokenRequest::AuthorizationCode { code, redirect_uri, code_verifier } => {
                let redemption = Redemption {
                    redirect_uri: redirect_uri.as_deref(),
                    code_verifier: code_verifier.as_deref(),
                    now: self.now,
                };
                self.redeem(db, &secret::hash(code), &redemption)
            }
            TokenRequest::RefreshToken { refresh_token, scope } => {
                self.refresh(db, &secret::hash(refresh_token), scope.as_deref())
            }
        }
    }

    fn redeem(&self, db: &mut Db, code_hash: &str, redemption: &Redemption) -> Result<Issued, Abort> {
        let found = grants::find_by_code(db, code_hash)?;
        let (grant, code) = found.ok_or_else(|| invalid_grant("this code is unknown, or was revoked"))?;
        grant::check_owner(&grant, &self.client.id)?;
        let decided = if code.is_spent {
            None
        } else {
            self.note_mismatch(db, &code, redemption)?;
            grant::check_code(&code, redemption)?;
            Some(self.decide(db, &grant, &grant.scope)?)
        };
        match decided {
            Some((user, scope)) if grants::spend_code(db, code_hash, self.now)? => {
                let has_refresh_token = self.may_refresh(&scope);
                let issued = Issued { grant, user, scope, nonce: code.nonce, has_refresh_token };
                self.add_tokens(db, issued, None)
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
        let reason = format!("the code was asked for with redirect_uri {}", code.redirect_uri);
        let refused = Refused {
            client: Some(&self.client),
            client_id: None,
            redirect_uri: redemption.redirect_uri,
            reason: &reason,
        };
        Ok(refused::note(db, &refused.event(self.event.clone()))?)
    }

    fn refresh(&self, db: &mut Db, token_hash: &str, asked: Option<&str>) -> Result<Issued, Abort> {
        let found = tokens::find_refresh(db, token_hash)?;
        let (grant, token) =
            found.ok_or_else(|| invalid_grant("this refresh token is unknown, or was revoked"))?;
        grant::check_owner(&grant, &self.client.id)?;
        let decided = if token.is_spent {
            None
        } else {
            let scope = grant::check_refresh(&token, asked, self.now)?;
            Some(self.decide(db, &grant, &scope)?)
        };
        match decided {
            Some((user, scope)) if tokens::spend_refresh(db, token_hash, self.now)? => {
                tokens::remove_access_of(db, &grant.id)?;
                let issued = Issued { grant, user, scope, nonce: None, has_refresh_token: true };
                self.add_tokens(db, issued, Some(&token.scope))
            }
            // RFC 9700 4.14.2: a rotated token that comes again is in wrong hands; the whole family ends.
            _ => {
                self.end_family(db, &grant, "refresh_token_reused")?;
                Err(invalid_grant("this refresh token was used before; all its tokens are revoked").into())
            }
        }
    }

    /// Revokes every token of a grant, and keeps that somebody should look at it.
    fn end_family(&self, db: &mut Db, grant: &Grant, what: &str) -> Result<(), Abort> {
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
    fn decide(&self, db: &mut Db, grant: &Grant, scope: &Scope) -> Result<(User, Scope), Abort> {
        let user = users::find(db, &grant.user_id)?.ok_or_else(|| invalid_grant("this account is gone"))?;
        let scope = policy::decide(&Ask {
            client: &self.client,
            user: Some(&user),
            grant_type: self.grant_type(),
            scope,
            scopes: &self.app.store.catalogue().scopes,
        })?;
        Ok((user, scope))
    }

    /// RFC 6749 6: a new refresh token has the scope of the `old` one, however narrow the access token.
    fn add_tokens(&self, db: &mut Db, issued: Issued, old: Option<&Scope>) -> Result<Issued, Abort> {
        let token = |value: &str, scope, lifetime| NewToken {
            token_hash: secret::hash(value),
            grant_id: &issued.grant.id,
            scope,
            audience: String::new(),
            now: self.now,
            expires_at: self.now.plus(lifetime),
        };
        tokens::add_access(
            db,
            &token(&self.access_token, &issued.scope, issue::access_lifetime(&self.app, &self.client)),
        )?;
        if issued.has_refresh_token {
            let lifetime =
                self.client.lifetimes.refresh_token.unwrap_or(self.app.config.lifetimes.refresh_token);
            let scope = old.unwrap_or(&issued.scope);
            tokens::add_refresh(db, &token(&self.refresh_token, scope, lifetime))?;
        }
        Ok(issued)
    }

    /// OpenID Connect Core 11: a sign-in asks for it with `offline_access`; plain OAuth 2.0 has no such scope.
    fn may_refresh(&self, scope: &Scope) -> bool {
        self.client.may_use(GrantType::RefreshToken)
            && (scope.contains(Scope::OFFLINE_ACCESS) || !scope.contains(Scope::OPENID))
    }
}

fn invalid_grant(text: &'static str) -> Refusal {
    Refusal::new(Code::InvalidGrant, text)
}
