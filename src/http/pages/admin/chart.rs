//! Sign-ins of the last 24 hours as a line chart: positions in per cent, so that it needs no style.

use chrono::DateTime;
use serde::Serialize;

use super::grouped;
use crate::oidc::time::UnixTime;

const HOUR: i64 = 3600;
const HOURS: usize = 24;

/// Two lines over the hours, with the same figures as a table.
#[derive(Clone, Debug, Serialize)]
pub struct SignIns {
    /// The chart in a sentence.
    pub summary: String,
    /// Paths in a box of 100 by 100.
    pub succeeded: String,
    pub succeeded_area: String,
    pub failed: String,
    /// `x` in per cent from the left; `y` in per cent from the top.
    pub x: Vec<Tick>,
    pub y: Vec<Tick>,
    pub rows: Vec<HourRow>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Tick {
    pub at: String,
    pub label: String,
}

#[derive(Clone, Debug, Serialize)]
pub struct HourRow {
    /// `15:00`.
    pub hour: String,
    pub succeeded: String,
    pub failed: String,
}

impl SignIns {
    /// Counts the times by hour; the last hour is the one that `now` lies in.
    pub fn of(succeeded: &[UnixTime], failed: &[UnixTime], now: UnixTime) -> Self {
        let start = UnixTime(now.0.div_euclid(HOUR) * HOUR).minus((HOURS as i64 - 1) * HOUR);
        let (succeeded, failed) = (by_hour(succeeded, start), by_hour(failed, start));
        let top = round_top(succeeded.iter().chain(&failed).copied().max().unwrap_or(0));
        let line = path(&succeeded, top);
        Self {
            summary: summary(&succeeded, &failed, start),
            succeeded_area: format!("{line}L100 100L0 100Z"),
            succeeded: line,
            failed: path(&failed, top),
            x: (0..HOURS)
                .step_by(6)
                .map(|hour| Tick { at: percent(hour as f64 / (HOURS - 1) as f64), label: clock(start, hour) })
                .chain([Tick { at: percent(1.0), label: "Now".into() }])
                .collect(),
            y: (0..=4)
                .map(|step| Tick {
                    at: percent(1.0 - f64::from(step) / 4.0),
                    label: grouped(top / 4 * i64::from(step)),
                })
                .collect(),
            rows: (0..HOURS)
                .map(|hour| HourRow {
                    hour: clock(start, hour),
                    succeeded: grouped(succeeded[hour]),
                    failed: grouped(failed[hour]),
                })
                .collect(),
        }
    }
}

fn by_hour(times: &[UnixTime], start: UnixTime) -> [i64; HOURS] {
    let mut counts = [0; HOURS];
    for time in times {
        let hour = usize::try_from(time.since(start).div_euclid(HOUR)).ok();
        if let Some(count) = hour.and_then(|hour| counts.get_mut(hour)) {
            *count += 1;
        }
    }
    counts
}

/// The smallest of 4, 8, 20, 40, 80, 200 … that `most` does not pass: four steps of a round number.
fn round_top(most: i64) -> i64 {
    let mut unit = 4;
    loop {
        for top in [unit, 2 * unit, 5 * unit] {
            if most <= top {
                return top;
            }
        }
        unit *= 10;
    }
}

fn path(counts: &[i64; HOURS], top: i64) -> String {
    let points = counts.iter().enumerate().map(|(hour, &count)| {
        let x = 100.0 * hour as f64 / (HOURS - 1) as f64;
        let y = 100.0 - 100.0 * count as f64 / top as f64;
        format!("{x:.2} {y:.2}")
    });
    format!("M{}", points.collect::<Vec<_>>().join("L"))
}

fn summary(succeeded: &[i64; HOURS], failed: &[i64; HOURS], start: UnixTime) -> String {
    let (good, bad): (i64, i64) = (succeeded.iter().sum(), failed.iter().sum());
    let mut text =
        format!("Sign-ins in the last 24 hours: {} succeeded, {} failed.", grouped(good), grouped(bad));
    let busiest = (0..HOURS).rev().max_by_key(|&hour| succeeded[hour]).expect("a day has hours");
    if good > 0 {
        text.push_str(&format!(" Most succeeded in the hour from {}.", clock(start, busiest)));
    }
    text
}

/// `15:00`, in UTC.
fn clock(start: UnixTime, hours: usize) -> String {
    let time = start.plus(hours as i64 * HOUR);
    DateTime::from_timestamp(time.0, 0).map(|time| time.format("%H:%M").to_string()).unwrap_or_default()
}

fn percent(part: f64) -> String {
    format!("{:.1}%", part * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-20 15:58:02.
    const NOW: UnixTime = UnixTime(1_795_190_282);

    #[test]
    fn each_sign_in_counts_in_its_hour_and_old_ones_not_at_all() {
        let times = [NOW, NOW.minus(58 * 60), NOW.minus(HOUR), NOW.minus(23 * HOUR), NOW.minus(24 * HOUR)];
        let chart = SignIns::of(&times, &[NOW], NOW);
        let counts: Vec<&str> = chart.rows.iter().map(|row| row.succeeded.as_str()).collect();
        assert_eq!((counts[0], counts[22], counts[23]), ("1", "1", "2"));
        assert_eq!(counts.iter().map(|count| count.parse::<i64>().unwrap()).sum::<i64>(), 4);
        assert_eq!(chart.rows[23].failed, "1");
        assert_eq!((chart.rows[0].hour.as_str(), chart.rows[23].hour.as_str()), ("16:00", "15:00"));
        let text =
            "Sign-ins in the last 24 hours: 4 succeeded, 1 failed. Most succeeded in the hour from 15:00.";
        assert_eq!(chart.summary, text);
    }

    #[test]
    fn the_scale_is_round_and_holds_the_highest_point() {
        for (most, top) in [(0, 4), (4, 4), (5, 8), (9, 20), (21, 40), (800, 800), (801, 2000)] {
            assert_eq!(round_top(most), top);
        }
        let chart = SignIns::of(&[NOW; 8], &[], NOW);
        assert!(chart.succeeded.ends_with("100.00 0.00") && chart.failed.ends_with("100.00 100.00"));
        assert_eq!(chart.y[4], Tick { at: "0.0%".into(), label: "8".into() });
        assert_eq!(chart.y[0], Tick { at: "100.0%".into(), label: "0".into() });
    }
}
