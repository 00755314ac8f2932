//! Languages and time zones to choose from.

use crate::http::pages::Choice;

/// Languages as their speakers call them, by BCP 47 tag.
const LOCALES: [(&str, &str); 30] = [
    ("id-ID", "Bahasa Indonesia"),
    ("ca-ES", "Català"),
    ("cs-CZ", "Čeština"),
    ("da-DK", "Dansk"),
    ("de-DE", "Deutsch"),
    ("de-AT", "Deutsch (Österreich)"),
    ("de-CH", "Deutsch (Schweiz)"),
    ("en-GB", "English (United Kingdom)"),
    ("en-US", "English (United States)"),
    ("es-ES", "Español"),
    ("es-MX", "Español (México)"),
    ("fr-FR", "Français"),
    ("fr-CA", "Français (Canada)"),
    ("it-IT", "Italiano"),
    ("hu-HU", "Magyar"),
    ("nl-NL", "Nederlands"),
    ("nb-NO", "Norsk bokmål"),
    ("pl-PL", "Polski"),
    ("pt-PT", "Português"),
    ("pt-BR", "Português (Brasil)"),
    ("ro-RO", "Română"),
    ("fi-FI", "Suomi"),
    ("sv-SE", "Svenska"),
    ("tr-TR", "Türkçe"),
    ("el-GR", "Ελληνικά"),
    ("uk-UA", "Українська"),
    ("ar", "العربية"),
    ("hi-IN", "हिन्दी"),
    ("ja-JP", "日本語"),
    ("zh-CN", "简体中文"),
];

/// Zones of the IANA database, one at least for each offset in use.
const ZONES: [&str; 66] = [
    "UTC",
    "Africa/Accra",
    "Africa/Cairo",
    "Africa/Casablanca",
    "Africa/Johannesburg",
    "Africa/Lagos",
    "Africa/Nairobi",
    "America/Anchorage",
    "America/Argentina/Buenos_Aires",
    "America/Bogota",
    "America/Chicago",
    "America/Denver",
    "America/Halifax",
    "America/Lima",
    "America/Los_Angeles",
    "America/Mexico_City",
    "America/New_York",
    "America/Noronha",
    "America/Nuuk",
    "America/Phoenix",
    "America/Santiago",
    "America/Sao_Paulo",
    "America/St_Johns",
    "America/Toronto",
    "America/Vancouver",
    "Asia/Bangkok",
    "Asia/Dhaka",
    "Asia/Dubai",
    "Asia/Hong_Kong",
    "Asia/Jakarta",
    "Asia/Jerusalem",
    "Asia/Kabul",
    "Asia/Karachi",
    "Asia/Kathmandu",
    "Asia/Kolkata",
    "Asia/Manila",
    "Asia/Riyadh",
    "Asia/Seoul",
    "Asia/Shanghai",
    "Asia/Singapore",
    "Asia/Tehran",
    "Asia/Tokyo",
    "Asia/Yangon",
    "Atlantic/Azores",
    "Australia/Adelaide",
    "Australia/Darwin",
    "Australia/Perth",
    "Australia/Sydney",
    "Europe/Amsterdam",
    "Europe/Athens",
    "Europe/Berlin",
    "Europe/Dublin",
    "Europe/Helsinki",
    "Europe/Istanbul",
    "Europe/Kyiv",
    "Europe/Lisbon",
    "Europe/London",
    "Europe/Madrid",
    "Europe/Moscow",
    "Europe/Paris",
    "Europe/Rome",
    "Europe/Stockholm",
    "Europe/Warsaw",
    "Pacific/Auckland",
    "Pacific/Honolulu",
    "Pacific/Tongatapu",
];

/// The languages, and `current` among them even if it is rarer.
pub fn locales(current: &str) -> Vec<Choice> {
    choices(current, &LOCALES.map(|(tag, name)| Choice::new(tag, name)))
}

/// The time zones, and `current` among them even if it is rarer.
pub fn zones(current: &str) -> Vec<Choice> {
    choices(current, &ZONES.map(|zone| Choice::new(zone, zone.replace('_', " "))))
}

fn choices(current: &str, known: &[Choice]) -> Vec<Choice> {
    let mut all = vec![Choice::new("", "Not set")];
    if !current.is_empty() && known.iter().all(|choice| choice.value != current) {
        all.push(Choice::new(current, current));
    }
    all.extend_from_slice(known);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rare_value_stays_selectable() {
        let rare = zones("Antarctica/Troll");
        assert_eq!(rare.iter().filter(|choice| choice.value == "Antarctica/Troll").count(), 1);
        assert_eq!(rare.len(), zones("Europe/Berlin").len() + 1);
        assert_eq!(locales("").len(), locales("nl-NL").len());
    }
}
