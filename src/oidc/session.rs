//! A browser's session with us, and what a person agreed to.

use super::scope::Scope;
use super::time::UnixTime;

/// One signed-in person in one browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// `sid` of the logout specifications; not the cookie's secret.
    pub sid: String,
    pub user_id: String,
    /// When the person last proved who they are.
    pub auth_time: UnixTime,
}

/// What one person lets one client have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    pub scope: Scope,
    pub granted_at: UnixTime,
    pub expires_at: UnixTime,
}

impl Consent {
    /// Whether it still speaks for all of `scope` (OpenID Connect Core 3.1.2.4).
    pub fn covers(&self, scope: &Scope, now: UnixTime) -> bool {
        now < self.expires_at && scope.is_within(&self.scope)
    }
}
