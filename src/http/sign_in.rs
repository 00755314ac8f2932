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
    let Attempt { username, password, is_remembered, flow } = attempt;
    let request = browser.request();
    let mut proved = match identify(app, request, &username, password.clone()).await? {
        Identity::Proved(proved) => proved,
        Identity::Refused(outcome) => return Ok(outcome),
    };
    let mut has_met_a_change = false;
    loop {
        let failure = proved.failure.clone();
        let entry = Entry::new(app, browser, (*proved, is_remembered, flow.clone()));
        if let Some(sid) = app.store.write(move |db| entry.enter(db)).await? {
            browser.sign_in(&sid);
            app.metrics.note_sign_in("succeeded");
            return Ok(Outcome::SignedIn);
        }
        // Perhaps the same password was only hashed anew, by whoever pressed the button twice: it is looked at again.
        match look(app, &username, password.clone()).await? {
            (Some(user), Some(kept)) if !has_met_a_change => {
                has_met_a_change = true;
                *proved = Proved { user, kept, failure };
            }
            _ => {
                failure.note(app, request, Some("Password or account changed meanwhile")).await?;
                return Ok(Outcome::Wrong { tries_left: None });
            }
        }
    }
}

pub enum Identity {
    Proved(Box<Proved>),
    /// Never [`Outcome::SignedIn`].
    Refused(Outcome),
}

/// Who has proved to be whom, as long as [`Self::hold`] says so.
pub struct Proved {
    pub user: User,
    kept: Kept,
    /// What it would have been.
    failure: Failure,
}

/// A password as it is kept.
struct Kept {
    /// When it was looked at.
    stored: String,
    /// From now on.
    anew: String,
}

impl Proved {
    /// False if another hash is kept by now, or the person was disabled, while the old one was looked at. Both rows
    /// are held, so that who changes them from now on comes after this transaction.
    pub fn hold(&self, db: &mut Db, now: UnixTime) -> Result<bool, crate::store::Error> {
        let Kept { stored, anew } = &self.kept;
        let holds = users::hold_password(db, &self.user.id, stored, anew)?
            && users::note_sign_in(db, &self.user.id, now)?;
        if holds {
            acquit(db, &self.failure.counts)?;
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
    let counts = match guard.enter(app).await? {
        Entered::Paused(outcome) => {
            app.metrics.note_sign_in("paused");
            return Ok(Identity::Refused(outcome));
        }
        Entered::Counted(counts) => counts,
    };
    let (user, kept) = look(app, username, password).await?;
    let user_id = user.as_ref().map(|user| user.id.clone());
    let failure = Failure { username: username.to_owned(), user_id, counts };
    if let Some((user, kept)) = user.zip(kept) {
        return Ok(Identity::Proved(Box::new(Proved { user, kept, failure })));
    }
    failure.note(app, request, None).await?;
    Ok(Identity::Refused(Outcome::Wrong { tries_left: guard.tries_left(&failure.counts) }))
}

/// Whose name it is, and how the password is kept if it is the right one and the person may sign in.
async fn look(app: &AppData, username: &str, password: String) -> Result<(Option<User>, Option<Kept>)> {
    let login = username.to_owned();
    let found = app.store.read(move |db| users::find_by_login(db, &login)).await?;
    let (user, stored) = found.map_or((None, None), |(user, stored)| (Some(user), stored));
    // Without an account it takes just as long.
    let verdict = app.passwords.verify(password.clone(), stored.clone()).await?;
    let is_welcome = user.as_ref().is_some_and(|user| !user.is_disabled());
    let Some(stored) = stored.filter(|_| is_welcome && verdict != Verdict::Wrong) else {
        return Ok((user, None));
    };
    let anew = match verdict {
        Verdict::RightButOld => app.passwords.hash(password).await?,
        _ => stored.clone(),
    };
    Ok((user, Some(Kept { stored, anew })))
}

/// What comes of asking for a password again.
pub enum Proof {
    Right {
        /// What was kept of the password when it was looked at.
        stored: String,
    },
    Wrong,
    Paused,
}

/// Asks somebody who is signed in for their password again, with the same limits.
pub async fn prove(app: &AppData, browser: &Browser, user: &User, password: String) -> Result<Proof> {
    let guard = Guard::new(app, browser.request(), &user.username);
    let Entered::Counted(counts) = guard.enter(app).await? else { return Ok(Proof::Paused) };
    let id = user.id.clone();
    let stored = app.store.read(move |db| users::password_hash(db, &id)).await?;
    let verdict = app.passwords.verify(password, stored.clone()).await?;
    let Some(stored) = stored.filter(|_| verdict != Verdict::Wrong) else {
        let failure = Failure { username: user.username.clone(), user_id: Some(user.id.clone()), counts };
        // Nobody tried to sign in.
        add_all(app, failure.pauses(app, browser.request())).await?;
        return Ok(Proof::Wrong);
    };
    app.store.write(move |db| acquit(db, &counts)).await?;
    Ok(Proof::Right { stored })
}

/// The name has proved itself; of the network only this attempt was no failure.
fn acquit(db: &mut Db, counts: &[Count]) -> Result<(), crate::store::Error> {
    let Some((account, network)) = counts.split_first() else { return Ok(()) };
    throttles::clear(db, &account.name)?;
    network.iter().try_for_each(|count| throttles::forgive(db, &count.name, &count.state))
}

/// An attempt that proved wrong, for the audit log.
#[derive(Clone)]
struct Failure {
    username: String,
    /// Whose name it was, if anybody's: it stands among what concerns that person.
    user_id: Option<String>,
    counts: Vec<Count>,
}

impl Failure {
    /// `why` stands in the log instead of the name, where there is more to say.
    async fn note(&self, app: &App, request: &HttpRequest, why: Option<&str>) -> Result<()> {
        app.metrics.note_sign_in("failed");
        let mut events = self.pauses(app, request);
        let event = self.event(app, request, "sign_in_failed");
        events.push(Event { detail: why.map_or(event.detail, str::to_owned), ..event });
        add_all(app, events).await
    }

    /// The pauses that it began.
    fn pauses(&self, app: &App, request: &HttpRequest) -> Vec<Event> {
        let begun = self.counts.iter().enumerate().filter(|(_, count)| count.state.paused_until.is_some());
        let event = |index| match index {
            0 => self.event(app, request, "sign_in_paused"),
            _ => audit_event::event(app, request, "sign_in_paused", "For everybody at this address"),
        };
        begun.map(|(index, _)| event(index)).collect()
    }

    fn event(&self, app: &App, request: &HttpRequest, event: &str) -> Event {
        let event = audit_event::event(app, request, event, format!("For {}", shown(&self.username)));
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
    fn new(app: &App, request: &HttpRequest, username: &str) -> Self {
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
        let network = client_address::network(client_address::of(app, request));
        Self {
            limits: vec![
                (throttle_name(username), limit(settings.account_failures)),
                (format!("address:{network}"), limit(settings.address_failures)),
            ],
        }
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

/// The transaction that lets somebody in.
struct Entry {
    proved: Proved,
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
        (proved, is_remembered, flow): (Proved, bool, Option<flows::Key>),
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

    /// The session in which the person goes on; none if the password or the person was changed meanwhile.
    fn enter(&self, db: &mut Db) -> Result<Option<String>, crate::store::Error> {
        if !self.proved.hold(db, self.now)? {
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
