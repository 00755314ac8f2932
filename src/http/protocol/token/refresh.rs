//! Refresh tokens (RFC 6749 6): rotation, the grace time, and what happens when one is in wrong hands.

use super::exchange::{Bearer, Exchange, Issued, Refreshing};
use super::invalid_grant;
use crate::http::error::Abort;
use crate::oidc::audience;
use crate::oidc::grant::{self, Grant, RefreshToken};
use crate::oidc::options::Refresh;
use crate::oidc::scope::Scope;
use crate::oidc::secret;
use crate::oidc::successor::Successor;
use crate::store::{Db, tokens};

impl Exchange {
    /// Whose it is comes first, so that another client can neither use a token up nor learn about it.
    pub(super) fn refresh(&self, db: &mut Db, text: &str, asked: Option<&str>) -> Result<Issued, Abort> {
        let unknown = || invalid_grant("this refresh token is unknown, or was revoked");
        let token_hash = secret::hash(text);
        let (grant, token) = tokens::find_refresh(db, &token_hash)?.ok_or_else(unknown)?;
        grant::check_owner(&grant, &self.caller.client.id)?;
        if token.spent_at.is_some() {
            return self.refresh_again(db, text, (grant, token));
        }
        let scope = grant::check_refresh(&token, &self.policy(), asked, self.now)?;
        let resources = audience::narrow(&token.resources, &self.resources)?;
        let (user, scope) = self.decide(db, &grant, &scope)?;
        let issued = self.issued((grant, user), scope, (resources, None));
        if self.rotates() {
            let sealed = self.sealed_successor(text, &issued.scope, &issued.resources);
            if tokens::spend_refresh(db, &token_hash, self.now, sealed.as_deref())? {
                return self.replace(db, issued, Refreshing::After(&token));
            }
            // Somebody else has used it since it was looked at.
            let (grant, token) = tokens::find_refresh(db, &token_hash)?.ok_or_else(unknown)?;
            return self.refresh_again(db, text, (grant, token));
        }
        let end = RefreshToken::end(self.now, self.refresh_lifetime(), token.ends_at);
        if !tokens::reuse_refresh(db, &token, end, self.policy().max_uses)? {
            return Err(invalid_grant("this refresh token was used as often as it may be").into());
        }
        self.replace(db, issued, Refreshing::No)
    }

    /// The access tokens for the same resources end as the new one begins; those for others are still needed.
    fn replace(&self, db: &mut Db, issued: Issued, refreshing: Refreshing) -> Result<Issued, Abort> {
        if let Bearer::Person { grant, .. } = &issued.bearer {
            tokens::remove_access_for(db, &grant.id, &audience::written(&issued.resources))?;
        }
        self.add_tokens(db, issued, refreshing)
    }

    /// A rotated token comes again: because the answer was lost, or from a thief.
    fn refresh_again(
        &self,
        db: &mut Db,
        text: &str,
        (grant, token): (Grant, RefreshToken),
    ) -> Result<Issued, Abort> {
        let sealed =
            token.sealed_successor.as_deref().filter(|_| token.is_in_grace(&self.policy(), self.now));
        let Some(successor) = sealed.and_then(|sealed| Successor::open(text, sealed)) else {
            // RFC 9700 4.14.2: nobody can tell the thief from the owner, so the whole family ends.
            self.end_family(db, &grant, "refresh_token_reused")?;
            return Err(
                invalid_grant("this refresh token was used before; all its tokens are revoked").into()
            );
        };
        let (user, scope) = self.decide(db, &grant, &successor.scope)?;
        Ok(Issued {
            handle: successor.handle,
            refresh_token: Some(successor.refresh_token),
            issued_at: successor.issued_at,
            ..self.issued((grant, user), scope, (successor.resources, None))
        })
    }

    fn sealed_successor(&self, old: &str, scope: &Scope, resources: &[String]) -> Option<String> {
        let successor = Successor {
            handle: self.handle.clone(),
            refresh_token: self.refresh_token.clone(),
            scope: scope.clone(),
            resources: resources.to_vec(),
            issued_at: self.now,
        };
        (self.policy().grace > 0).then(|| successor.seal(old, self.nonce))
    }

    fn policy(&self) -> Refresh {
        self.caller.client.options.refresh
    }

    /// RFC 9700 2.2.2: who has nothing else to prove itself must be found out when its token is stolen.
    fn rotates(&self) -> bool {
        self.policy().rotates || self.caller.client.is_public()
    }
}
