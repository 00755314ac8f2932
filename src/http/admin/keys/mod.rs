//! `/admin/keys`: the keys that sign tokens and those that apps encrypt to, and where each is in its life.

pub mod encryption;
pub mod new;
pub mod rotate;

use actix_web::HttpResponse;

use super::event;
use crate::http::app::{App, AppData};
use crate::http::browser::Browser;
use crate::http::error::{Error, Result};
use crate::http::guard::Me;
use crate::http::html::View;
use crate::http::pages::admin::{
    EncryptionKeyRow, EncryptionKeyState, KeyLife, KeyState as Shown, Keys, Plan, Schedule, Timeline,
    segment, span,
};
use crate::http::pages::parts::day;
use crate::oidc::keys::{KeyRecord, KeyState};
use crate::oidc::rotation::{self, Rotation, rsa_bits};
use crate::oidc::time::UnixTime;
use crate::store::audit::Event;
use crate::store::{encryption_keys, keys, rotation as steps};

/// `GET /admin/keys`
pub async fn index(app: AppData, browser: Browser, me: Me) -> Result<HttpResponse> {
    let (records, keep) = records(&app).await?;
    let encryption = app.store.read(encryption_keys::list).await?;
    let encryption: Vec<_> = encryption.iter().filter_map(|record| encryption::row(&app, record)).collect();
    let is_published = |row: &&EncryptionKeyRow| row.state == EncryptionKeyState::Current;
    let published = records.iter().filter(|key| key.state.is_published()).count()
        + encryption.iter().filter(is_published).count();
    let lives: Vec<KeyLife> = records.iter().map(life).collect();
    let schedule = app.config.rotation();
    let plan = Plan { rotate_every: schedule.map(|rotation| rotation.rotate_every), keep };
    let page = Keys {
        timeline: Timeline::of(&lives, plan, app.now(), &app.path("/admin/keys")),
        rotate_url: rotate_url(&app, &records),
        schedule: schedule.map(|rotation| shown(&rotation, &records)),
        keep: about(keep),
        encryption,
        decrypts_for: encryption::kept_for(&app),
        jwks_uri: format!("{}/jwks", app.issuer()),
        published: u32::try_from(published).unwrap_or(u32::MAX),
    };
    View::new().of(&me.user).show(&app, &browser, &page)
}

/// All keys, and the seconds for which one that signs no more is kept.
async fn records(app: &App) -> Result<(Vec<KeyRecord>, i64)> {
    let found =
        app.store.read(|db| Ok::<_, crate::store::Error>((keys::list(db)?, keys::longest_token(db)?)));
    let (records, of_clients) = found.await?;
    let now = app.now();
    Ok((records, app.config.keeping().until(of_clients, now).since(now)))
}

/// Where the only algorithm that signs is rotated.
fn rotate_url(app: &App, records: &[KeyRecord]) -> Option<String> {
    let mut signing = records.iter().filter(|key| key.state == KeyState::Signing);
    let only = signing.next().filter(|_| signing.next().is_none())?;
    Some(app.path(&format!("/admin/keys/rotate?alg={}", segment(only.alg.as_str()))))
}

fn shown(rotation: &Rotation, records: &[KeyRecord]) -> Schedule {
    let upcoming = rotation::upcoming(records, rotation).into_iter();
    Schedule {
        rotate_every: span(rotation.rotate_every),
        publish_ahead: span(rotation.publish_ahead),
        next: upcoming.map(|(key, at)| format!("{} on {}", key.alg, day(at))).collect(),
    }
}

fn life(record: &KeyRecord) -> KeyLife {
    let size = rsa_bits(&record.public_jwk).map(|bits| format!("{bits} bit"));
    let curve = || record.public_jwk["crv"].as_str().unwrap_or_default().to_owned();
    let origin = if record.is_imported { ", imported" } else { "" };
    KeyLife {
        kid: record.kid.clone(),
        alg: record.alg.to_string(),
        detail: format!("{} · {}{origin}", record.alg, size.unwrap_or_else(curve)),
        state: state(record.state),
        is_imported: record.is_imported,
        created_at: record.created_at,
        signs_at: record.signs_at,
        retired_at: record.retired_at,
        removed_at: record.removed_at,
    }
}

const fn state(state: KeyState) -> Shown {
    match state {
        KeyState::Next => Shown::Next,
        KeyState::Signing => Shown::Signing,
        KeyState::Retired => Shown::Retired,
        KeyState::Removed => Shown::Removed,
    }
}

/// A long time without its small parts: `31 days`. Never less than it is.
fn about(seconds: i64) -> String {
    let unit = match seconds {
        ..7_200 => 60,
        7_200..172_800 => 3_600,
        _ => 86_400,
    };
    span((seconds + unit - 1) / unit * unit)
}

/// How long ago, in whole days or less: `8 days`.
fn age(since: UnixTime, now: UnixTime) -> String {
    let seconds = now.since(since).max(0);
    let unit = [86_400, 3_600, 60].into_iter().find(|unit| seconds >= *unit).unwrap_or(1);
    span(seconds / unit * unit)
}

/// Who changes the keys; what happens to them is filled in.
fn by(app: &App, browser: &Browser, me: &Me) -> Event {
    event(app, browser, me, ("", String::new()))
}

/// A refusal as a sentence at a field; a fault stays one.
fn refusal(error: steps::Error) -> Result<String> {
    match error {
        steps::Error::Store(error) => Err(error.into()),
        steps::Error::Absent(_) => Err(Error::NotFound),
        error => Ok(format!("This cannot be done: {error}.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_time_is_rounded_up_and_an_age_down() {
        let abouts = [0, 61, 4_200, 7_201, 30 * 86_400 + 3_600].map(about);
        assert_eq!(abouts, ["0 seconds", "2 minutes", "70 minutes", "3 hours", "31 days"]);
        let ages = [0, 59, 61, 7_300, 8 * 86_400 + 5].map(|seconds| age(UnixTime(0), UnixTime(seconds)));
        assert_eq!(ages, ["0 seconds", "59 seconds", "1 minute", "2 hours", "8 days"]);
    }
}
