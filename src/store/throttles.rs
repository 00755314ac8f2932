//! Failed attempts, counted where every node sees them; each pause ends by itself.

use diesel::prelude::*;

use super::db::{Db, on_either};
use super::error::Result;
use super::schema::throttles;
use crate::oidc::time::UnixTime;

/// How many failures are let pass, and how the pauses grow. All times in seconds.
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    /// Failures before the first pause.
    pub failures: i64,
    /// The first pause; each further failure doubles it.
    pub pause: i64,
    pub pause_max: i64,
    /// After which without a failure all is forgotten.
    pub window: i64,
}

/// How it stands with one account, address or client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State {
    pub failures: i64,
    pub paused_until: Option<UnixTime>,
}

pub fn find(db: &mut Db, name: &str, now: UnixTime) -> Result<State> {
    let row: Option<(i64, i64)> = on_either!(db, conn => {
        throttles::table.find(name).select((throttles::failures, throttles::paused_until)).first(conn).optional()
    })?;
    let (failures, paused_until) = row.unwrap_or_default();
    Ok(State { failures, paused_until: Some(UnixTime(paused_until)).filter(|until| *until > now) })
}

/// What became of a failure that was to be counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// It counts; there may be a pause after it.
    Now(State),
    /// Others were faster: it came within the pause that theirs began.
    Paused(UnixTime),
}

/// Counts a failure unless there is a pause. Its first statement locks the row, so that of many that come at once
/// no more pass than the limit lets.
pub fn note_failure(db: &mut Db, name: &str, limit: &Limit, now: UnixTime) -> Result<Counted> {
    let forgotten = diesel::delete(
        throttles::table.find(name).filter(throttles::failed_at.lt(now.minus(limit.window).0)),
    );
    forgotten.execute(db)?;
    on_either!(db, conn => {
        diesel::insert_into(throttles::table)
            .values((
                throttles::name.eq(name),
                throttles::failures.eq(1),
                throttles::failed_at.eq(now.0),
                throttles::paused_until.eq(0),
            ))
            .on_conflict(throttles::name)
            .do_update()
            .set((throttles::failures.eq(throttles::failures + 1), throttles::failed_at.eq(now.0)))
            .execute(conn)
    })?;
    let row = throttles::table.find(name);
    let (failures, paused_until): (i64, i64) =
        row.select((throttles::failures, throttles::paused_until)).first(db)?;
    if paused_until > now.0 {
        diesel::update(row).set(throttles::failures.eq(failures - 1)).execute(db)?;
        return Ok(Counted::Paused(UnixTime(paused_until)));
    }
    let Some(pause) = pause_after(failures, limit) else {
        return Ok(Counted::Now(State { failures, paused_until: None }));
    };
    let until = now.plus(pause);
    diesel::update(row).set(throttles::paused_until.eq(until.0)).execute(db)?;
    Ok(Counted::Now(State { failures, paused_until: Some(until) }))
}

/// Takes one of `most` that `name` may have within `window` seconds; what does not fit is told when the window ends.
/// Its first statement locks the row, so that of many that come at once no more pass.
pub fn ration(
    db: &mut Db,
    name: &str,
    (most, window): (i64, i64),
    now: UnixTime,
) -> Result<std::result::Result<(), UnixTime>> {
    diesel::delete(throttles::table.find(name).filter(throttles::paused_until.le(now.0))).execute(db)?;
    on_either!(db, conn => {
        diesel::insert_into(throttles::table)
            .values((
                throttles::name.eq(name),
                throttles::failures.eq(1),
                throttles::failed_at.eq(now.0),
                throttles::paused_until.eq(now.plus(window).0),
            ))
            .on_conflict(throttles::name)
            .do_update()
            .set((throttles::failures.eq(throttles::failures + 1), throttles::failed_at.eq(now.0)))
            .execute(conn)
    })?;
    let row = throttles::table.find(name);
    let (taken, until): (i64, i64) = row.select((throttles::failures, throttles::paused_until)).first(db)?;
    Ok(if taken > most { Err(UnixTime(until)) } else { Ok(()) })
}

/// Takes one failure back that was `counted` so: it has proved to be none. The pause that it began goes with it; one
/// that others began meanwhile stays.
pub fn forgive(db: &mut Db, name: &str, counted: &State) -> Result<()> {
    let row = throttles::table.find(name);
    diesel::update(row.filter(throttles::failures.gt(0)))
        .set(throttles::failures.eq(throttles::failures - 1))
        .execute(db)?;
    if let Some(own) = counted.paused_until {
        let begun = row.filter(throttles::paused_until.eq(own.0));
        diesel::update(begun).set(throttles::paused_until.eq(0)).execute(db)?;
    }
    Ok(())
}

/// Forgets the failures of `name`: it has proved itself, or somebody ends the pause.
pub fn clear(db: &mut Db, name: &str) -> Result<()> {
    diesel::delete(throttles::table.find(name)).execute(db)?;
    Ok(())
}

fn pause_after(failures: i64, limit: &Limit) -> Option<i64> {
    let beyond = u32::try_from((failures - limit.failures).clamp(-1, 40)).ok()?;
    let pause = limit.pause.saturating_mul(1 << beyond);
    Some(pause.min(limit.pause_max))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::fixture::TestDatabase;

    const NOW: UnixTime = UnixTime(1_795_190_400);
    const LIMIT: Limit = Limit { failures: 3, pause: 60, pause_max: 900, window: 900 };

    /// Counts a failure that must be let pass.
    fn count(db: &mut Db) -> Result<State> {
        match note_failure(db, "address", &LIMIT, NOW)? {
            Counted::Now(state) => Ok(state),
            Counted::Paused(until) => panic!("paused until {until}"),
        }
    }

    fn state(failures: i64, pause: Option<i64>) -> State {
        State { failures, paused_until: pause.map(|pause| NOW.plus(pause)) }
    }

    #[tokio::test]
    async fn an_attempt_that_proves_right_leaves_the_pause_of_others() {
        for database in TestDatabase::of_each_kind() {
            let work = |db: &mut Db| {
                let under_way = count(db)?;
                count(db)?;
                assert_eq!(count(db)?, state(3, Some(60)));
                forgive(db, "address", &under_way)?;
                assert_eq!(find(db, "address", NOW)?, state(2, Some(60)));
                assert_eq!(note_failure(db, "address", &LIMIT, NOW)?, Counted::Paused(NOW.plus(60)));
                // What has been taken back does not make the next pause longer.
                assert_eq!(find(db, "address", NOW.plus(60))?, state(2, None));
                Ok::<_, crate::store::Error>(())
            };
            database.open().write(work).await.unwrap();
        }
    }

    #[tokio::test]
    async fn an_attempt_that_proves_right_takes_its_own_pause_back() {
        for database in TestDatabase::of_each_kind() {
            let work = |db: &mut Db| {
                count(db)?;
                count(db)?;
                let last = count(db)?;
                assert_eq!(last, state(3, Some(60)));
                forgive(db, "address", &last)?;
                assert_eq!(find(db, "address", NOW)?, state(2, None));
                assert_eq!(count(db)?, state(3, Some(60)), "the failures of others still count");
                Ok::<_, crate::store::Error>(())
            };
            database.open().write(work).await.unwrap();
        }
    }

    #[test]
    fn pauses_grow_up_to_their_limit() {
        let limit = Limit { failures: 5, pause: 60, pause_max: 900, window: 900 };
        let pauses: Vec<_> = (4..11).map(|failures| pause_after(failures, &limit)).collect();
        assert_eq!(pauses, [None, Some(60), Some(120), Some(240), Some(480), Some(900), Some(900)]);
        assert_eq!(pause_after(i64::MAX, &limit), Some(900));
    }
}
