//! One attempt to sign in: counted before it is judged, so that parallel guesses all count.

use actix_web::HttpRequest;

use super::app::{App, AppData};
use super::browser::Browser;
use super::error::Result;
use super::login::throttle_name;
use super::{audit as audit_event, client_address};
use crate::dice;
use crate::oidc::secret;
use crate::oidc::session::Session;
use crate::oidc::time::UnixTime;
use crate::oidc::user::User;
use crate::password::Verdict;
use crate::store::audit::Event;
use crate::store::sessions::NewSession;
use crate::store::throttles::{Counted, Limit};
use crate::store::{Db, audit, flows, sessions, throttles, users};

pub struct Attempt {
    pub username: String,
    pub password: String,
    pub is_remembered: bool,
    /// The request that waits for it.
    pub flow: Option<flows::Key>,
}

pub enum Outcome {
    SignedIn,
    /// The same for a wrong password and an unknown name.
    Wrong {
        /// How many more before a pause, once there are few.
        tries_left: Option<u32>,
    },
    Paused {
        until: UnixTime,
        /// Whether it is for the name rather than for the network.
        is_account: bool,
    },
}

/// Signs somebody in in this browser, or says why not.
pub async fn attempt(app: &AppData, browser: &Browser, attempt: Attempt) -> Result<Outcome> {
    let proved = match identify(app, browser.request(), &attempt.username, attempt.password).await? {
        Identity::Proved(proved) => proved,
        Identity::Refused(outcome) => return Ok(outcome),
    };
    let entry = Entry::new(app, browser, (proved, attempt.is_remembered, attempt.flow));
    let Some(sid) = app.store.write(move |db| entry.enter(db)).await? else {
        app.metrics.note_sign_in("failed");
        return Ok(Outcome::Wrong { tries_left: None });
    };
    browser.sign_in(&sid);
    app.metrics.note_sign_in("succeeded");
    Ok(Outcome::SignedIn)
}

pub enum Identity {
    Proved(Box<Proved>),
    /// Never [`Outcome::SignedIn`].
    Refused(Outcome),
}

/// Who has proved to be whom, as long as [`Self::hold`] says so.
pub struct Proved {
    pub user: User,
    /// What was kept of the password when it was looked at.
    stored: String,
    /// The same password as it shall be kept from now on.
    kept: String,
    throttled: Vec<String>,
}

impl Proved {
    /// False if the password was changed, or the person disabled, while the old one was looked at. Both rows are
    /// held, so that who changes them from now on comes after this transaction.
    pub fn hold(&self, db: &mut Db, now: UnixTime) -> Result<bool, crate::store::Error> {
        let holds = users::hold_password(db, &self.user.id, &self.stored, &self.kept)?
            && users::note_sign_in(db, &self.user.id, now)?;
        if holds {
            acquit(db, &self.throttled)?;
        }
        Ok(holds)
    }
}

/// Whether a name and a password belong together, with the limits on guessing.
pub async fn identify(
    app: &AppData,
    request: &HttpRequest,
    username: &str,
    password: String,
) -> Result<Identity> {
    let guard = Guard::new(app, request, username);
    let failures = match guard.enter(app, request).await? {
        Entered::Paused(outcome) => {
            app.metrics.note_sign_in("paused");
            return Ok(Identity::Refused(outcome));
        }
        Entered::Counted(failures) => failures,
    };
    let login = username.to_owned();
    let found = app.store.read(move |db| users::find_by_login(db, &login)).await?;
    let (user, stored) = found.map_or((None, None), |(user, stored)| (Some(user), stored));
    // Without an account it takes just as long.
    let verdict = app.passwords.verify(password.clone(), stored.clone()).await?;
    let proved = user.zip(stored).filter(|(user, _)| verdict != Verdict::Wrong && !user.is_disabled());
    let Some((user, stored)) = proved else {
        app.metrics.note_sign_in("failed");
        let event = audit_event::event(app, request, "sign_in_failed", format!("For {}", shown(username)));
        app.store.write(move |db| audit::add(db, &event)).await?;
        return Ok(Identity::Refused(Outcome::Wrong { tries_left: guard.tries_left(failures) }));
    };
    let kept = match verdict {
        Verdict::RightButOld => app.passwords.hash(password).await?,
        _ => stored.clone(),
    };
    Ok(Identity::Proved(Box::new(Proved { user, stored, kept, throttled: guard.names() })))
}

/// Asks somebody who is signed in for their password again, with the same limits; `None` while there is a pause.
pub async fn prove(
    app: &AppData,
    browser: &Browser,
    user: &User,
    password: String,
) -> Result<Option<Verdict>> {
    let guard = Guard::new(app, browser.request(), &user.username);
    if let Entered::Paused(_) = guard.enter(app, browser.request()).await? {
        return Ok(None);
    }
    let id = user.id.clone();
    let stored = app.store.read(move |db| users::password_hash(db, &id)).await?;
    let verdict = app.passwords.verify(password, stored).await?;
    if verdict != Verdict::Wrong {
        let names = guard.names();
        app.store.write(move |db| acquit(db, &names)).await?;
    }
    Ok(Some(verdict))
}

/// The name has proved itself; of the network only this attempt was no failure.
fn acquit(db: &mut Db, throttled: &[String]) -> Result<(), crate::store::Error> {
    for (index, name) in throttled.iter().enumerate() {
        if index == 0 { throttles::clear(db, name)? } else { throttles::forgive(db, name)? }
    }
    Ok(())
}

/// What was typed, short enough for a log and without what could be a password in the wrong field.
fn shown(username: &str) -> &str {
    let is_name = username.chars().count() <= 100 && !username.chars().any(char::is_control);
    if is_name { username } else { "something that is no user name" }
}

/// The limits on one name and one network.
struct Guard {
    username: String,
    limits: Vec<(String, Limit)>,
}

enum Entered {
    Paused(Outcome),
    /// Failures of the name, this attempt among them.
    Counted(i64),
}

impl Guard {
    fn new(app: &App, request: &HttpRequest, username: &str) -> Self {
        let settings = &app.config.throttle;
        if !settings.enabled {
            return Self { username: String::new(), limits: Vec::new() };
        }
        let limit = |failures: u32| Limit {
            failures: failures.into(),
            pause: settings.pause,
            pause_max: settings.pause_max,
            window: settings.window,
        };
        let mut limits = vec![(throttle_name(username), limit(settings.account_failures))];
        if let Some(address) = client_address::of(app, request) {
            let name = format!("address:{}", client_address::network(address));
            limits.push((name, limit(settings.address_failures)));
        }
        Self { username: username.to_owned(), limits }
    }

    fn names(&self) -> Vec<String> {
        self.limits.iter().map(|(name, _)| name.clone()).collect()
    }

    /// Counts the attempt as a failure until it proves to be none, unless there is a pause.
    async fn enter(&self, app: &AppData, request: &HttpRequest) -> Result<Entered> {
        if self.limits.is_empty() {
            return Ok(Entered::Counted(0));
        }
        let (limits, now) = (self.limits.clone(), app.now());
        let event =
            audit_event::event(app, request, "sign_in_paused", format!("For {}", shown(&self.username)));
        let states = app.store.write(move |db| {
            for (index, (name, _)) in limits.iter().enumerate() {
                if let Some(until) = throttles::find(db, name, now)?.paused_until {
                    return Ok(Err((index, until)));
                }
            }
            let (mut failures, mut begins_pause) = (Vec::with_capacity(limits.len()), false);
            for (index, (name, limit)) in limits.iter().enumerate() {
                match throttles::note_failure(db, name, limit, now)? {
                    Counted::Now(state) => {
                        failures.push(state.failures);
                        begins_pause |= state.paused_until.is_some();
                    }
                    Counted::Paused(until) => {
                        for (name, _) in &limits[..index] {
                            throttles::forgive(db, name)?;
                        }
                        return Ok(Err((index, until)));
                    }
                }
            }
            if begins_pause {
                audit::add(db, &event)?;
            }
            Ok::<_, crate::store::Error>(Ok(failures))
        });
        Ok(match states.await? {
            Err((index, until)) => Entered::Paused(Outcome::Paused { until, is_account: index == 0 }),
            Ok(failures) => Entered::Counted(failures.first().copied().unwrap_or(0)),
        })
    }

    /// Told only once few are left.
    fn tries_left(&self, failures: i64) -> Option<u32> {
        let (_, limit) = self.limits.first()?;
        let left = u32::try_from((limit.failures - failures).max(0)).ok()?;
        (left <= 3).then_some(left)
    }
}

/// The transaction that lets somebody in.
struct Entry {
    proved: Box<Proved>,
    flow: Option<flows::Key>,
    new: NewSession,
    /// The sessions of this browser.
    sids: Vec<String>,
    event: Event,
    now: UnixTime,
}

impl Entry {
    fn new(
        app: &App,
        browser: &Browser,
        (proved, is_remembered, flow): (Box<Proved>, bool, Option<flows::Key>),
    ) -> Self {
        let (now, lifetimes) = (app.now(), &app.config.lifetimes);
        let idle = if is_remembered { lifetimes.session_idle } else { lifetimes.session_unremembered };
        let event = audit_event::by(&proved.user, browser.event(app, "sign_in", "With a password"));
        let event = Event { user_id: Some(proved.user.id.clone()), ..event };
        let session =
            Session { sid: secret::opaque(dice::bytes()), user_id: proved.user.id.clone(), auth_time: now };
        let new = NewSession {
            session,
            user_agent: browser.user_agent(),
            address: event.address.clone(),
            is_remembered,
            idle,
            expires_at: now.plus(lifetimes.session_max),
        };
        Self { proved, flow, new, sids: browser.sids(), event, now }
    }

    /// The session in which the person goes on; none if the password was changed, or the person disabled, meanwhile.
    fn enter(&self, db: &mut Db) -> Result<Option<String>, crate::store::Error> {
        if !self.proved.hold(db, self.now)? {
            let (event, detail) = ("sign_in_failed".into(), "Password or account changed meanwhile".into());
            audit::add(db, &Event { event, detail, ..self.event.clone() })?;
            return Ok(None);
        }
        if let Some(flow) = &self.flow {
            flows::note_login(db, flow)?;
        }
        audit::add(db, &self.event)?;
        // Somebody who signs in again goes on in the same session.
        for sid in &self.sids {
            let own =
                sessions::find(db, sid, self.now)?.filter(|own| own.session.user_id == self.proved.user.id);
            if own.is_some() && sessions::renew(db, sid, self.now)? {
                return Ok(Some(sid.clone()));
            }
        }
        sessions::add(db, &self.new, self.now)?;
        Ok(Some(self.new.session.sid.clone()))
    }
}
