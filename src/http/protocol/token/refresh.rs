//! Refresh tokens (RFC 6749 6): rotation, the grace time, and what happens when one is in wrong hands.

use super::exchange::{Bearer, Exchange, Issued, Refreshing};
use super::invalid_grant;
use crate::http::error::Abort;
use crate::http::protocol::issue;
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
            return self.refresh_again(db, (text, asked), (grant, token));
        }
        grant::check_refresh(&token, &self.policy(), self.now)?;
        let scope = grant::refreshed_scope(&token, asked)?;
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
            return self.refresh_again(db, (text, asked), (grant, token));
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
        (text, asked): (&str, Option<&str>),
        (grant, token): (Grant, RefreshToken),
    ) -> Result<Issued, Abort> {
        let Some((successor, next)) = self.successor(db, text, &token)? else {
            // RFC 9700 4.14.2: nobody can tell the thief from the owner, so the whole family ends.
            self.end_family(db, &grant, "refresh_token_reused")?;
            return Err(
                invalid_grant("this refresh token was used before; all its tokens are revoked").into()
            );
        };
        if next.is_over(self.now) {
            return Err(invalid_grant("this refresh token has expired").into());
        }
        let scope = grant::refreshed_scope(&token, asked)?;
        let resources = audience::narrow(&token.resources, &self.resources)?;
        let (user, scope) = self.decide(db, &grant, &scope)?;
        let refresh_token = Some(successor.refresh_token.clone());
        let issued = self.issued((grant, user), scope, (resources, None));
        if self.is_still_good(db, &successor, &issued)? {
            let (handle, issued_at) = (successor.handle, successor.issued_at);
            return Ok(Issued { handle, refresh_token, issued_at, ..issued });
        }
        Ok(Issued { refresh_token, ..self.replace(db, issued, Refreshing::No)? })
    }

    /// What took the place of a spent token, if that may be told again.
    fn successor(
        &self,
        db: &mut Db,
        text: &str,
        token: &RefreshToken,
    ) -> Result<Option<(Successor, RefreshToken)>, Abort> {
        let opened = token.sealed_successor.as_deref().and_then(|sealed| Successor::open(text, sealed));
        let Some(successor) = opened else { return Ok(None) };
        let next = tokens::find_refresh(db, &secret::hash(&successor.refresh_token))?;
        let next = next.filter(|(_, next)| token.may_be_repeated(next, &self.policy(), self.now));
        Ok(next.map(|(_, next)| (successor, next)))
    }

    /// Whether the access token that was given before is what is asked for now, and lives.
    fn is_still_good(&self, db: &mut Db, before: &Successor, asked: &Issued) -> Result<bool, Abort> {
        let end = before.issued_at.plus(issue::access_lifetime(&self.app, &self.caller.client));
        let is_same = before.scope.is_same(&asked.scope) && before.resources == asked.resources;
        Ok(is_same
            && self.now < end
            && tokens::find_access(db, &secret::hash(&before.handle), self.now)?.is_some())
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
