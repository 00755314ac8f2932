//! What a person (or a client for itself) was granted, and the codes and refresh tokens that stand for it.
//!
//! A grant is the family of RFC 9700 4.14.2: every code and token belongs to one, and ends with it.

use super::error::{Code, Refusal};
use super::options::Refresh;
use super::pkce::{self, Challenge};
use super::scope::Scope;
use super::time::UnixTime;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    pub id: String,
    pub client_id: String,
    pub user_id: String,
    /// The browser session in which it was granted.
    pub sid: String,
    pub scope: Scope,
    pub auth_time: UnixTime,
    /// How the person proved who they are (OpenID Connect Core 2, `acr`).
    pub acr: String,
    /// The `claims` parameter as it was granted, a JSON object; empty where none came.
    pub claims: String,
    /// Resource indicators that were granted (RFC 8707).
    pub resources: Vec<String>,
    /// Whether it outlives its session (OpenID Connect Core 11).
    pub is_offline: bool,
    pub created_at: UnixTime,
}

/// An authorization code as it is kept (RFC 6749 4.1.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorizationCode {
    pub code_hash: String,
    /// As the authorization request said it; none where it [went without
    /// saying](super::client::Client::default_redirect_uri).
    pub redirect_uri: Option<String>,
    pub nonce: Option<String>,
    pub challenge: Option<Challenge>,
    pub expires_at: UnixTime,
    pub is_spent: bool,
}

/// What a client hands in for a code (RFC 6749 4.1.3).
pub struct Redemption<'a> {
    pub redirect_uri: Option<&'a str>,
    /// The client's, which both requests may leave out.
    pub default_redirect_uri: Option<&'a str>,
    pub code_verifier: Option<&'a str>,
    pub now: UnixTime,
}

impl Redemption<'_> {
    /// Whether it names the redirect URI of the authorization request. What that said must be said again (RFC 6749
    /// 4.1.3).
    pub fn names_redirect_uri_of(&self, code: &AuthorizationCode) -> bool {
        match (&code.redirect_uri, self.redirect_uri) {
            (Some(said), given) => given == Some(said),
            (None, Some(given)) => self.default_redirect_uri == Some(given),
            (None, None) => true,
        }
    }
}

/// RFC 6749 4.1.3, 6: a code or refresh token is its client's alone. Looked at before anything else, so that another
/// client can neither use it up nor learn about it.
pub fn check_owner(grant: &Grant, client_id: &str) -> Result<(), Refusal> {
    if grant.client_id == client_id {
        return Ok(());
    }
    invalid_grant("this was issued to another client")
}

/// The rules of an exchange, all but the one that a code is good only once, which the store decides.
pub fn check_code(code: &AuthorizationCode, redemption: &Redemption) -> Result<(), Refusal> {
    if redemption.now >= code.expires_at {
        return invalid_grant("this code has expired");
    }
    if !redemption.names_redirect_uri_of(code) {
        return invalid_grant(match redemption.redirect_uri {
            None => "redirect_uri is missing; send the one of the authorization request",
            Some(_) => "redirect_uri is not the one of the authorization request",
        });
    }
    pkce::verify(code.challenge.as_ref(), redemption.code_verifier)
}

/// A refresh token as it is kept (RFC 6749 1.5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefreshToken {
    pub token_hash: String,
    pub grant_id: String,
    pub scope: Scope,
    /// The resources that its access tokens may be for (RFC 8707).
    pub resources: Vec<String>,
    pub created_at: UnixTime,
    /// Put off by each use.
    pub expires_at: UnixTime,
    /// How often the family has been refreshed.
    pub uses: i64,
    /// When the family ends however often it is used.
    pub ends_at: Option<UnixTime>,
    pub spent_at: Option<UnixTime>,
    /// The [`Successor`](super::successor::Successor), where it may be asked for again.
    pub sealed_successor: Option<String>,
}

impl RefreshToken {
    /// When a token that begins at `now` ends: after `lifetime` without use, or with its family.
    pub fn end(now: UnixTime, lifetime: i64, ends_at: Option<UnixTime>) -> UnixTime {
        let idle = now.plus(lifetime);
        ends_at.map_or(idle, |end| end.min(idle))
    }

    /// Whether it was not used for too long, or its family has ended.
    pub fn is_over(&self, now: UnixTime) -> bool {
        now >= self.expires_at || self.ends_at.is_some_and(|end| now >= end)
    }

    /// Whether a spent token may still be answered with `next`, which took its place. RFC 9700 4.14.2: whoever uses
    /// `next` has had that answer, so that the old one comes from somebody else from then on.
    pub fn may_be_repeated(&self, next: &Self, policy: &Refresh, now: UnixTime) -> bool {
        self.spent_at.is_some_and(|at| now < at.plus(policy.grace)) && next.spent_at.is_none()
    }
}

/// Whether `token` may be used now.
pub fn check_refresh(token: &RefreshToken, policy: &Refresh, now: UnixTime) -> Result<(), Refusal> {
    if token.is_over(now) {
        return invalid_grant("this refresh token has expired");
    }
    if policy.max_uses.is_some_and(|most| token.uses >= most) {
        return invalid_grant(
            "this refresh token was used as often as it may be; ask the person to sign in again",
        );
    }
    Ok(())
}

/// The scope of the refreshed tokens: all of the old one, or the part that is asked for (RFC 6749 6).
pub fn refreshed_scope(token: &RefreshToken, asked: Option<&str>) -> Result<Scope, Refusal> {
    let Some(text) = asked else { return Ok(token.scope.clone()) };
    let asked = Scope::parse(text).filter(|scope| scope.is_within(&token.scope));
    asked.ok_or_else(|| Refusal::new(Code::InvalidScope, "scope asks for more than was granted"))
}

fn invalid_grant<T>(text: &'static str) -> Result<T, Refusal> {
    Err(Refusal::new(Code::InvalidGrant, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixTime = UnixTime(1_000);
    const CALLBACK: &str = "https://shop.example/cb";

    fn grant() -> Grant {
        Grant {
            id: "g".into(),
            client_id: "shop".into(),
            user_id: "u".into(),
            sid: "s".into(),
            scope: Scope::parse("openid").unwrap(),
            acr: "0".into(),
            claims: String::new(),
            resources: Vec::new(),
            is_offline: false,
            auth_time: NOW,
            created_at: NOW,
        }
    }

    fn code() -> AuthorizationCode {
        AuthorizationCode {
            code_hash: "h".into(),
            redirect_uri: Some(CALLBACK.into()),
            nonce: None,
            challenge: None,
            expires_at: NOW.plus(60),
            is_spent: false,
        }
    }

    fn redemption() -> Redemption<'static> {
        Redemption {
            redirect_uri: Some(CALLBACK),
            default_redirect_uri: Some(CALLBACK),
            code_verifier: None,
            now: NOW,
        }
    }

    #[test]
    fn the_client_that_asked_may_redeem_until_the_code_expires() {
        assert_eq!(check_owner(&grant(), "shop"), Ok(()));
        assert_eq!(check_code(&code(), &redemption()), Ok(()));
        let late = Redemption { now: NOW.plus(60), ..redemption() };
        assert!(check_code(&code(), &late).is_err());
    }

    #[test]
    fn another_client_or_redirect_uri_is_refused() {
        assert_eq!(check_owner(&grant(), "thief").unwrap_err().code, Code::InvalidGrant);
        for wrong in [
            Redemption { redirect_uri: None, ..redemption() },
            Redemption { redirect_uri: Some("https://shop.example/cb/"), ..redemption() },
            Redemption { code_verifier: Some("x"), ..redemption() },
        ] {
            assert_eq!(check_code(&code(), &wrong).unwrap_err().code, Code::InvalidGrant);
        }
    }

    #[test]
    fn a_redirect_uri_that_went_without_saying_may_do_so_again() {
        let code = AuthorizationCode { redirect_uri: None, ..code() };
        for (given, is_good) in [(None, true), (Some(CALLBACK), true), (Some("https://shop.example/"), false)]
        {
            let redemption = Redemption { redirect_uri: given, ..redemption() };
            assert_eq!(check_code(&code, &redemption).is_ok(), is_good, "{given:?}");
        }
    }

    fn refresh_token() -> RefreshToken {
        RefreshToken {
            token_hash: "h".into(),
            grant_id: "g".into(),
            scope: Scope::parse("openid email").unwrap(),
            resources: Vec::new(),
            created_at: NOW,
            expires_at: NOW.plus(60),
            uses: 2,
            ends_at: None,
            spent_at: None,
            sealed_successor: None,
        }
    }

    #[test]
    fn a_refresh_narrows_and_never_widens() {
        let token = refresh_token();
        assert_eq!(refreshed_scope(&token, None), Ok(token.scope.clone()));
        assert_eq!(refreshed_scope(&token, Some("email")).unwrap().to_string(), "email");
        let wider = refreshed_scope(&token, Some("openid phone"));
        assert_eq!(wider.unwrap_err().code, Code::InvalidScope);
    }

    #[test]
    fn a_family_ends_with_its_time_and_its_uses() {
        let (token, policy) = (refresh_token(), Refresh::default());
        assert_eq!(check_refresh(&token, &policy, NOW), Ok(()));
        assert_eq!(check_refresh(&token, &policy, NOW.plus(60)).unwrap_err().code, Code::InvalidGrant);
        let ended = RefreshToken { ends_at: Some(NOW), ..refresh_token() };
        assert!(check_refresh(&ended, &policy, NOW).is_err());
        for (max_uses, is_good) in [(None, true), (Some(3), true), (Some(2), false)] {
            let policy = Refresh { max_uses, ..Refresh::default() };
            assert_eq!(check_refresh(&token, &policy, NOW).is_ok(), is_good, "{max_uses:?}");
        }
        assert_eq!(RefreshToken::end(NOW, 60, None), NOW.plus(60));
        assert_eq!(RefreshToken::end(NOW, 60, Some(NOW.plus(20))), NOW.plus(20));
    }

    #[test]
    fn a_spent_token_is_answered_again_for_a_while_unless_its_answer_was_used() {
        let (policy, next) = (Refresh { grace: 10, ..Refresh::default() }, refresh_token());
        let spent = RefreshToken { spent_at: Some(NOW), ..refresh_token() };
        assert!(spent.may_be_repeated(&next, &policy, NOW.plus(9)));
        assert!(!spent.may_be_repeated(&next, &policy, NOW.plus(10)));
        assert!(!spent.may_be_repeated(&next, &Refresh::default(), NOW));
        assert!(!next.may_be_repeated(&next, &policy, NOW));
        assert!(!spent.may_be_repeated(&spent, &policy, NOW.plus(1)));
    }
}
