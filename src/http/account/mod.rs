//! What people see and change of their own account.

pub mod apps;
pub mod password;
pub mod profile;
pub mod sessions;

use super::app::App;
use super::audit::by;
use super::browser::Browser;
use super::guard::Me;
use crate::oidc::time::UnixTime;
use crate::store::audit::Event;

/// An entry of the audit log about what somebody does to their own account.
fn event(app: &App, browser: &Browser, me: &Me, what: (&str, String)) -> Event {
    let (event, detail) = what;
    Event { user_id: Some(me.user.id.clone()), ..by(&me.user, browser.event(app, event, detail)) }
}

/// `just now`, `20 minutes ago`, `yesterday`, `on 3 March 2026`.
pub fn ago(time: UnixTime, now: UnixTime) -> String {
    let minutes = now.since(time) / 60;
    match minutes {
        ..=0 => "just now".into(),
        1 => "1 minute ago".into(),
        2..=59 => format!("{minutes} minutes ago"),
        60..=119 => "1 hour ago".into(),
        120..=1439 => format!("{} hours ago", minutes / 60),
        1440..=2879 => "yesterday".into(),
        _ => format!("on {}", super::pages::parts::day(time)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_past_is_told_as_people_tell_it() {
        let now = UnixTime(1_795_190_400);
        let told = |seconds| ago(now.minus(seconds), now);
        assert_eq!(told(5), "just now");
        assert_eq!(told(60), "1 minute ago");
        assert_eq!(told(7_300), "2 hours ago");
        assert_eq!(told(90_000), "yesterday");
        assert_eq!(told(200_000), "on 18 November 2026");
    }
}
