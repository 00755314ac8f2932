//! One attempt to sign in: counted before it is judged, so that parallel guesses all count.

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
use crate::store::throttles::{Counted, Limit, State};
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
    let guard = Guard::new(app, browser, &attempt.username);
    let counts = match guard.enter(app).await? {
        Entered::Paused(outcome) => {
            app.metrics.note_sign_in("paused");
            return Ok(outcome);
        }
        Entered::Counted(counts) => counts,
    };
    let login = attempt.username.clone();
    let found = app.store.read(move |db| users::find_by_login(db, &login)).await?;
    let (user, stored) = found.map_or((None, None), |(user, stored)| (Some(user), stored));
    // Without an account it takes just as long.
    let verdict = app.passwords.verify(attempt.password.clone(), stored.clone()).await?;
    let failure =
        Failure { username: attempt.username, user_id: user.as_ref().map(|user| user.id.clone()), counts };
    let proved = user.zip(stored).filter(|(user, _)| verdict != Verdict::Wrong && !user.is_disabled());
    let Some((user, stored)) = proved else {
        failure.note(app, browser).await?;
        return Ok(Outcome::Wrong { tries_left: guard.tries_left(&failure.counts) });
    };
    let kept = match verdict {
        Verdict::RightButOld => app.passwords.hash(attempt.password).await?,
        _ => stored.clone(),
    };
    let known = Known { user, stored, kept, is_remembered: attempt.is_remembered, flow: attempt.flow };
    let entry = Entry::new(app, browser, known);
    let counts = failure.counts.clone();
    let Some(sid) = app.store.write(move |db| entry.enter(db, &counts)).await? else {
        app.metrics.note_sign_in("failed");
        add_all(app, failure.pauses(app, browser)).await?;
        return Ok(Outcome::Wrong { tries_left: None });
    };
    browser.sign_in(&sid);
    app.metrics.note_sign_in("succeeded");
    Ok(Outcome::SignedIn)
}

/// Asks somebody who is signed in for their password again, with the same limits; `None` while there is a pause.
pub async fn prove(
    app: &AppData,
    browser: &Browser,
    user: &User,
    password: String,
) -> Result<Option<Verdict>> {
    let guard = Guard::new(app, browser, &user.username);
    let Entered::Counted(counts) = guard.enter(app).await? else { return Ok(None) };
    let id = user.id.clone();
    let stored = app.store.read(move |db| users::password_hash(db, &id)).await?;
    let verdict = app.passwords.verify(password, stored).await?;
    if verdict == Verdict::Wrong {
        let failure = Failure { username: user.username.clone(), user_id: Some(user.id.clone()), counts };
        // Nobody tried to sign in.
        add_all(app, failure.pauses(app, browser)).await?;
    } else {
        app.store.write(move |db| acquit(db, &counts)).await?;
    }
    Ok(Some(verdict))
}

/// The name has proved itself; of the network only this attempt was no failure.
fn acquit(db: &mut Db, counts: &[Count]) -> Result<(), crate::store::Error> {
    let Some((account, network)) = counts.split_first() else { return Ok(()) };
    throttles::clear(db, &account.name)?;
    network.iter().try_for_each(|count| throttles::forgive(db, &count.name, &count.state))
}

/// An attempt that proved wrong, for the audit log.
struct Failure {
    username: String,
    /// Whose name it was, if anybody's: it stands among what concerns that person.
    user_id: Option<String>,
    counts: Vec<Count>,
}

impl Failure {
    async fn note(&self, app: &App, browser: &Browser) -> Result<()> {
        app.metrics.note_sign_in("failed");
        let mut events = self.pauses(app, browser);
        events.push(self.event(app, browser, "sign_in_failed"));
        add_all(app, events).await
    }

    /// The pauses that it began.
    fn pauses(&self, app: &App, browser: &Browser) -> Vec<Event> {
        let begun = self.counts.iter().enumerate().filter(|(_, count)| count.state.paused_until.is_some());
        let event = |index| match index {
            0 => self.event(app, browser, "sign_in_paused"),
            _ => browser.event(app, "sign_in_paused", "For everybody at this address"),
        };
        begun.map(|(index, _)| event(index)).collect()
    }

    fn event(&self, app: &App, browser: &Browser, event: &str) -> Event {
        let event = browser.event(app, event, format!("For {}", shown(&self.username)));
        Event { user_id: self.user_id.clone(), ..event }
    }
}

async fn add_all(app: &App, events: Vec<Event>) -> Result<()> {
    Ok(app.store.write(move |db| events.iter().try_for_each(|event| audit::add(db, event))).await?)
}

/// What was typed, short enough for a log and without what could be a password in the wrong field.
fn shown(username: &str) -> &str {
    let is_name = username.chars().count() <= 100 && !username.chars().any(char::is_control);
    if is_name { username } else { "something that is no user name" }
}

/// The limits on one name and one network, in this order; none where they are off.
struct Guard {
    limits: Vec<(String, Limit)>,
}

/// How it stands with one of them after this attempt has been counted.
#[derive(Clone)]
struct Count {
    name: String,
    state: State,
}

enum Entered {
    Paused(Outcome),
    Counted(Vec<Count>),
}

impl Guard {
    fn new(app: &App, browser: &Browser, username: &str) -> Self {
        let settings = &app.config.throttle;
        if !settings.enabled {
            return Self { limits: Vec::new() };
        }
        let limit = |failures: u32| Limit {
            failures: failures.into(),
            pause: settings.pause,
            pause_max: settings.pause_max,
            window: settings.window,
        };
        let mut limits = vec![(throttle_name(username), limit(settings.account_failures))];
        if let Some(address) = browser.address() {
            let name = format!("address:{}", client_address::network(address));
            limits.push((name, limit(settings.address_failures)));
        }
        Self { limits }
    }

    /// Counts the attempt as a failure until it proves to be none, unless there is a pause.
    async fn enter(&self, app: &AppData) -> Result<Entered> {
        if self.limits.is_empty() {
            return Ok(Entered::Counted(Vec::new()));
        }
        let (limits, now) = (self.limits.clone(), app.now());
        let counted = app.store.write(move |db| {
            for (index, (name, _)) in limits.iter().enumerate() {
                if let Some(until) = throttles::find(db, name, now)?.paused_until {
                    return Ok(Err((index, until)));
                }
            }
            let mut counts = Vec::with_capacity(limits.len());
            for (index, (name, limit)) in limits.iter().enumerate() {
                match throttles::note_failure(db, name, limit, now)? {
                    Counted::Now(state) => counts.push(Count { name: name.clone(), state }),
                    Counted::Paused(until) => {
                        for count in &counts {
                            throttles::forgive(db, &count.name, &count.state)?;
                        }
                        return Ok(Err((index, until)));
                    }
                }
            }
            Ok::<_, crate::store::Error>(Ok(counts))
        });
        Ok(match counted.await? {
            Err((index, until)) => Entered::Paused(Outcome::Paused { until, is_account: index == 0 }),
            Ok(counts) => Entered::Counted(counts),
        })
    }

    /// Told only once few are left.
    fn tries_left(&self, counts: &[Count]) -> Option<u32> {
        let ((_, limit), account) = (self.limits.first()?, counts.first()?);
        let left = u32::try_from((limit.failures - account.state.failures).max(0)).ok()?;
        (left <= 3).then_some(left)
    }
}

/// Who has proved to be whom.
struct Known {
    user: User,
    /// What was kept of the password when it was looked at.
    stored: String,
    /// The same password as it shall be kept from now on.
    kept: String,
    is_remembered: bool,
    flow: Option<flows::Key>,
}

/// The transaction that lets somebody in.
struct Entry {
    known: Known,
    new: NewSession,
    /// The sessions of this browser.
    sids: Vec<String>,
    event: Event,
    now: UnixTime,
}

impl Entry {
    fn new(app: &App, browser: &Browser, known: Known) -> Self {
        let (now, lifetimes) = (app.now(), &app.config.lifetimes);
        let idle = if known.is_remembered { lifetimes.session_idle } else { lifetimes.session_unremembered };
        let event = audit_event::by(&known.user, browser.event(app, "sign_in", "With a password"));
        let event = Event { user_id: Some(known.user.id.clone()), ..event };
        let session =
            Session { sid: secret::opaque(dice::bytes()), user_id: known.user.id.clone(), auth_time: now };
        let new = NewSession {
            session,
            user_agent: browser.user_agent(),
            address: event.address.clone(),
            is_remembered: known.is_remembered,
            idle,
            expires_at: now.plus(lifetimes.session_max),
        };
        Self { known, new, sids: browser.sids(), event, now }
    }

    /// The session in which the person goes on; none if the password was changed, or the person disabled, while the
    /// old one was looked at. Both rows are held, so that who changes them from now on ends this session too.
    fn enter(&self, db: &mut Db, counts: &[Count]) -> Result<Option<String>, crate::store::Error> {
        let Known { user, stored, kept, .. } = &self.known;
        let user_id = &user.id;
        let holds =
            users::hold_password(db, user_id, stored, kept)? && users::note_sign_in(db, user_id, self.now)?;
        if !holds {
            let (event, detail) = ("sign_in_failed".into(), "Password or account changed meanwhile".into());
            audit::add(db, &Event { event, detail, ..self.event.clone() })?;
            return Ok(None);
        }
        acquit(db, counts)?;
        if let Some(flow) = &self.known.flow {
            flows::note_login(db, flow)?;
        }
        audit::add(db, &self.event)?;
        // Somebody who signs in again goes on in the same session.
        for sid in &self.sids {
            let own = sessions::find(db, sid, self.now)?.filter(|own| own.session.user_id == *user_id);
            if own.is_some() && sessions::renew(db, sid, self.now)? {
                return Ok(Some(sid.clone()));
            }
        }
        sessions::add(db, &self.new, self.now)?;
        Ok(Some(self.new.session.sid.clone()))
    }
}
