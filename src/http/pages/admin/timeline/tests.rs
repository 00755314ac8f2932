use super::*;

const DAY: i64 = 86_400;

/// 2026-11-20 00:00:00.
const NOW: UnixTime = UnixTime(1_795_132_800);

const PLAN: Plan = Plan { rotate_every: Some(90 * DAY), keep: 30 * DAY };

fn days(days: i64) -> UnixTime {
    NOW.plus(days * DAY)
}

fn key(kid: &str, state: KeyState, created: i64, signs: Option<i64>) -> KeyLife {
    KeyLife {
        kid: kid.into(),
        alg: "RS256".into(),
        detail: "RS256 · 3072 bit".into(),
        state,
        is_imported: false,
        created_at: days(created),
        signs_at: signs.map(days),
        retired_at: None,
        removed_at: None,
    }
}

fn draw(keys: &[KeyLife], plan: Plan) -> Timeline {
    Timeline::of(keys, plan, NOW, "/admin/keys")
}

fn bars(row: &TimelineRow) -> Vec<(Part, &str, &str, &str)> {
    row.bars.iter().map(|bar| (bar.part, bar.x.as_str(), bar.width.as_str(), bar.label.as_str())).collect()
}

#[test]
fn the_window_holds_six_whole_months_around_today() {
    let timeline = draw(&[], PLAN);
    let labels: Vec<&str> = timeline.months.iter().map(|month| month.label.as_str()).collect();
    assert_eq!(labels, ["Sep", "Oct", "Nov", "Dec", "Jan", "Feb"]);
    assert_eq!(timeline.months[0].x, "0.0%");
    // 80 of 181 days.
    assert_eq!(timeline.now, "44.2%");
}

#[test]
fn the_key_that_signs_ends_where_the_next_one_begins() {
    let keys = [key("new", KeyState::Next, -8, Some(6)), key("old", KeyState::Signing, -98, Some(-84))];
    let timeline = draw(&keys, PLAN);
    let [new, old] = &timeline.rows[..] else { panic!("two rows") };
    assert_eq!(
        bars(new),
        [
            (Part::Next, "39.8%", "7.7%", ""),
            (Part::Sign, "47.5%", "49.7%", "Signs from 26 Nov"),
            (Part::Verify, "97.2%", "2.8%", ""),
        ]
    );
    assert_eq!(
        bars(old),
        [
            (Part::Sign, "0.0%", "47.5%", "Signing until 26 Nov"),
            (Part::Verify, "47.5%", "16.6%", "Until 26 Dec"),
        ]
    );
    assert_eq!(new.say, "Published 12 November. Signs from 26 November.");
    assert_eq!(old.say, "Signing since 28 August, until 26 November. Verifies until 26 December.");
    assert_eq!(old.rotate_url.as_deref(), Some("/admin/keys/rotate?alg=RS256"));
    assert_eq!(new.rotate_url, None);
    assert_eq!(new.retire_url.as_deref(), Some("/admin/keys/new/retire"));
}

#[test]
fn a_key_without_a_schedule_signs_on_to_the_edge() {
    let timeline =
        draw(&[key("k", KeyState::Signing, -10, Some(-10))], Plan { rotate_every: None, keep: 600 });
    assert_eq!(bars(&timeline.rows[0]), [(Part::Sign, "38.7%", "61.3%", "Signing")]);
    assert_eq!(timeline.rows[0].say, "Signing since 10 November.");
}

#[test]
fn what_lasts_only_minutes_is_still_drawn() {
    let timeline = draw(&[key("k", KeyState::Signing, -40, Some(-40))], Plan { keep: 600, ..PLAN });
    assert_eq!(
        timeline.rows[0].bars[1],
        Bar { part: Part::Verify, x: "71.8%".into(), width: "0.6%".into(), label: String::new() }
    );
}

#[test]
fn an_imported_key_that_never_signed_has_only_verified() {
    let imported = KeyLife {
        is_imported: true,
        retired_at: Some(days(-40)),
        removed_at: Some(days(10)),
        ..key("3f0c", KeyState::Retired, -40, None)
    };
    let timeline = draw(&[imported], PLAN);
    assert_eq!(bars(&timeline.rows[0]), [(Part::Verify, "22.1%", "27.6%", "Until 30 Nov")]);
    assert_eq!(timeline.rows[0].say, "Imported 11 October, never signed here. Verifies until 30 November.");
}

#[test]
fn a_key_withdrawn_before_it_signed_has_only_waited() {
    let withdrawn = KeyLife {
        retired_at: Some(days(-5)),
        removed_at: Some(days(-5)),
        ..key("k", KeyState::Removed, -10, Some(6))
    };
    let timeline = draw(&[withdrawn], PLAN);
    assert_eq!(bars(&timeline.rows[0]), [(Part::Next, "38.7%", "2.8%", "")]);
    assert_eq!(timeline.rows[0].say, "Published 10 November, never signed here. Withdrawn 15 November.");
    assert_eq!((&timeline.rows[0].rotate_url, &timeline.rows[0].retire_url), (&None, &None));
}

#[test]
fn keys_that_left_before_the_window_are_not_shown() {
    let gone = KeyLife {
        retired_at: Some(days(-120)),
        removed_at: Some(days(-90)),
        ..key("k", KeyState::Removed, -300, Some(-300))
    };
    assert!(draw(&[gone], PLAN).rows.is_empty());
}

#[test]
fn a_day_of_another_year_has_its_year() {
    let timeline = draw(&[key("k", KeyState::Signing, -40, Some(-40))], PLAN);
    assert_eq!(
        timeline.rows[0].say,
        "Signing since 11 October, until 9 January 2027. Verifies until 8 February 2027."
    );
}
