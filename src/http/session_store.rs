//! Where actix-session keeps the map behind a browser's cookie: in the database, so that it can be revoked, found by
//! a hash of the cookie's key.

use std::collections::HashMap;

use actix_session::SessionMiddleware;
use actix_session::config::{CookieContentSecurity, PersistentSession, TtlExtensionPolicy};
use actix_session::storage::{LoadError, SaveError, SessionKey, SessionStore, UpdateError};
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Key, SameSite};

use super::app::{AppData, SharedApp};
use crate::dice;
use crate::oidc::secret;
use crate::oidc::time::UnixTime;
use crate::store::browsers;

type State = HashMap<String, String>;

/// Seconds for which the map of a browser is kept in which nobody has signed in.
const ANONYMOUS: i64 = 24 * 3600;

#[derive(Clone)]
pub struct BrowserStore(AppData);

/// Cookies and their maps, for the pages of people.
pub fn middleware(app: &SharedApp) -> SessionMiddleware<BrowserStore> {
    let config = &app.config;
    let lifecycle = PersistentSession::default()
        .session_ttl(Duration::seconds(config.lifetimes.session_max))
        .session_ttl_extension_policy(TtlExtensionPolicy::OnStateChanges);
    SessionMiddleware::builder(
        BrowserStore(AppData::from(app.clone())),
        Key::from(app.store.vault().cookie_key()),
    )
    .cookie_name(config.cookies.session.clone())
    .cookie_secure(config.issuer.is_https())
    .cookie_http_only(true)
    // Lax: it must come along when an app sends the browser here.
    .cookie_same_site(SameSite::Lax)
    .cookie_path("/".to_owned())
    .cookie_content_security(CookieContentSecurity::Signed)
    .session_lifecycle(lifecycle)
    .build()
}

impl BrowserStore {
    fn expires_at(&self, state: &State, ttl: &Duration) -> UnixTime {
        let seconds = if state.contains_key("sid") { ttl.whole_seconds() } else { ANONYMOUS };
        self.0.now().plus(seconds)
    }

    async fn put(&self, key: &SessionKey, state: &State, ttl: &Duration) -> anyhow::Result<()> {
        let text = serde_json::to_string(state)?;
        let (key_hash, expires_at) = (secret::hash(key.as_ref()), self.expires_at(state, ttl));
        let work = move |db: &mut crate::store::Db| browsers::save(db, &key_hash, &text, expires_at);
        Ok(self.0.store.write(work).await?)
    }
}

impl SessionStore for BrowserStore {
    async fn load(&self, key: &SessionKey) -> Result<Option<State>, LoadError> {
        let (key_hash, now) = (secret::hash(key.as_ref()), self.0.now());
        let found = self.0.store.read(move |db| browsers::find(db, &key_hash, now)).await;
        let text = found.map_err(|error| LoadError::Other(error.into()))?;
        text.map(|text| serde_json::from_str(&text))
            .transpose()
            .map_err(|error| LoadError::Deserialization(error.into()))
    }

    async fn save(&self, state: State, ttl: &Duration) -> Result<SessionKey, SaveError> {
        let key = SessionKey::try_from(secret::opaque(dice::bytes())).expect("43 characters make a key");
        self.put(&key, &state, ttl).await.map_err(SaveError::Other)?;
        Ok(key)
    }

    async fn update(&self, key: SessionKey, state: State, ttl: &Duration) -> Result<SessionKey, UpdateError> {
        self.put(&key, &state, ttl).await.map_err(UpdateError::Other)?;
        Ok(key)
    }

    async fn update_ttl(&self, key: &SessionKey, ttl: &Duration) -> anyhow::Result<()> {
        let (key_hash, expires_at) = (secret::hash(key.as_ref()), self.0.now().plus(ttl.whole_seconds()));
        Ok(self.0.store.write(move |db| browsers::extend(db, &key_hash, expires_at)).await?)
    }

    async fn delete(&self, key: &SessionKey) -> anyhow::Result<()> {
        let key_hash = secret::hash(key.as_ref());
        Ok(self.0.store.write(move |db| browsers::remove(db, &key_hash)).await?)
    }
}
