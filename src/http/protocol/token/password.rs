//! The resource owner password credentials grant (RFC 6749 4.3), for old apps: behind a switch, with the limits of
//! sign-in.

use std::sync::Arc;

use actix_web::HttpRequest;

use super::exchange::{Exchange, Issued, Refreshing};
use super::invalid_grant;
use crate::http::error::{Abort, Result};
use crate::http::sign_in::{self, Identity, Outcome, Proved};
use crate::oidc::audience;
use crate::oidc::client::GrantType;
use crate::oidc::error::{Code, Refusal};
use crate::oidc::grant::Grant;
use crate::oidc::id_token::ACR_PASSWORD;
use crate::oidc::policy::{self, Ask};
use crate::oidc::scope::Scope;
use crate::store::audit::Event;
use crate::store::{Db, audit, grants};

/// Who gave this name and password to the client, once the client itself may ask.
pub(super) async fn prove(
    exchange: &Exchange,
    request: &HttpRequest,
    (username, password): (&str, String),
) -> Result<Arc<Proved>> {
    let app = &exchange.app;
    if !app.config.features.password_grant {
        let text = "grant_type password is not offered here";
        return Err(Refusal::new(Code::UnsupportedGrantType, text).into());
    }
    let caller = exchange.caller.clone();
    app.store.write(move |db| caller.enter(db)).await?;
    let nothing = Scope::default();
    policy::decide(&Ask {
        client: &exchange.caller.client,
        user: None,
        grant_type: GrantType::Password,
        scope: &nothing,
        scopes: &[],
    })?;
    match sign_in::identify(app, request, username, password).await? {
        Identity::Proved(proved) => Ok(Arc::from(proved)),
        Identity::Refused(Outcome::Paused { .. }) => {
            Err(invalid_grant("too many failed sign-ins; wait some minutes and try again").into())
        }
        Identity::Refused(_) => Err(invalid_grant("username or password is wrong").into()),
    }
}

impl Exchange {
    pub(super) fn grant_for_password(&self, db: &mut Db, asked: Option<&str>) -> Result<Issued, Abort> {
        let changed = || invalid_grant("the account has changed meanwhile; try again");
        let proved = self.proved.as_ref().ok_or_else(changed)?;
        let client = &self.caller.client;
        let scope = self.allowed(&proved.user, &policy::asked_scope(client, asked)?)?;
        let resources = audience::check_resources(client, self.resources.iter().map(String::as_str))?;
        if !proved.hold(db, self.now)? {
            return Err(changed().into());
        }
        let grant = Grant {
            id: self.grant_id.clone(),
            client_id: client.id.clone(),
            user_id: proved.user.id.clone(),
            // There is no session whose end could end it.
            sid: String::new(),
            scope: scope.clone(),
            auth_time: self.now,
            acr: ACR_PASSWORD.to_owned(),
            claims: String::new(),
            resources: resources.clone(),
            is_offline: true,
            created_at: self.now,
        };
        grants::add_without_code(db, &grant, self.now)?;
        audit::add(db, &self.sign_in_event(proved))?;
        let refreshing = if self.may_refresh(&scope) { Refreshing::First } else { Refreshing::No };
        let issued = self.issued((grant, proved.user.clone()), scope, (resources, None));
        self.add_tokens(db, issued, refreshing)
    }

    fn sign_in_event(&self, proved: &Proved) -> Event {
        Event {
            event: "sign_in".into(),
            actor: proved.user.display_name().to_owned(),
            actor_id: Some(proved.user.id.clone()),
            user_id: Some(proved.user.id.clone()),
            client_id: Some(self.caller.client.id.clone()),
            detail: format!("With a password given to {}", self.caller.client.name),
            ..self.event.clone()
        }
    }
}
