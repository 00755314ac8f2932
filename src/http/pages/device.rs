//! What a browser calls itself, in people's words.

use serde::Serialize;

/// A device that is signed in, as far as its `User-Agent` tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Device {
    /// `Safari on macOS`.
    pub name: String,
    /// A name from the sprite.
    pub icon: &'static str,
}

/// The order matters: Edge and Opera call themselves Chrome too, and Chrome calls itself Safari.
const BROWSERS: [(&str, &str); 9] = [
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];

/// Android calls itself Linux too, and an iPhone is "like Mac OS X".
const SYSTEMS: [(&str, &str); 7] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
];

impl Device {
    pub fn of(user_agent: &str) -> Self {
        let named = |known: &[(&str, &'static str)]| {
            known.iter().find(|(mark, _)| user_agent.contains(mark)).map(|&(_, name)| name)
        };
        let system = named(&SYSTEMS);
        let name = match (named(&BROWSERS), system) {
            (Some(browser), Some(system)) => format!("{browser} on {system}"),
            (Some(one), None) | (None, Some(one)) => one.to_owned(),
            (None, None) => "Unknown browser".to_owned(),
        };
        let icon = match system {
            Some("iPhone" | "iPad" | "Android") => "smartphone",
            _ => "monitor",
        };
        Self { name, icon }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_not_taken_for_the_one_it_imitates() {
        let edge = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
                    Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0";
        let phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 \
                     (KHTML, like Gecko) CriOS/142.0 Mobile/15E148 Safari/604.1";
        let android = "Mozilla/5.0 (Android 16; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0";
        let cases = [
            (edge, "Edge on Windows", "monitor"),
            (phone, "Chrome on iPhone", "smartphone"),
            (android, "Firefox on Android", "smartphone"),
            ("curl/8.17", "Unknown browser", "monitor"),
            ("", "Unknown browser", "monitor"),
        ];
        for (agent, name, icon) in cases {
            assert_eq!(Device::of(agent), Device { name: name.into(), icon });
        }
    }
}
