//! What a new password must be like (after NIST SP 800-63B, 3.1.1.2: length, and none that everybody tries).

use super::LONGEST;

/// Words that are no password, with whatever digits and signs around them.
const COMMON: [&str; 16] = [
    "admin",
    "administrator",
    "changeme",
    "correcthorsebatterystaple",
    "default",
    "iloveyou",
    "letmein",
    "login",
    "motdepasse",
    "passphrase",
    "passw0rd",
    "password",
    "passwort",
    "qwertyuiop",
    "secret",
    "welcome",
];

/// Keys that lie side by side.
const ROWS: [&str; 6] =
    ["1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "abcdefghijklmnopqrstuvwxyz"];

/// Whether `password` may become the password of this user; the error is a sentence for people.
pub fn check_new(password: &str, username: &str, email: Option<&str>, shortest: usize) -> Result<(), String> {
    if password.chars().count() < shortest {
        return Err(format!("The password must have at least {shortest} characters."));
    }
    if password.len() > LONGEST {
        return Err(format!("The password must not be longer than {LONGEST} bytes."));
    }
    let folded = password.to_lowercase();
    let is_name = |name: &str| !name.is_empty() && core(&folded) == core(&name.to_lowercase());
    if is_name(username) {
        return Err("The password must not be the username.".to_owned());
    }
    if email.is_some_and(|email| is_name(email) || is_name(email.split('@').next().unwrap_or_default())) {
        return Err("The password must not be the e-mail address.".to_owned());
    }
    if is_common(&folded) {
        return Err("This password is among the first that an attacker tries. Choose another.".to_owned());
    }
    Ok(())
}

fn is_common(folded: &str) -> bool {
    let mut different: Vec<char> = folded.chars().collect();
    different.sort_unstable();
    different.dedup();
    let word = core(folded);
    different.len() < 5
        || COMMON.iter().any(|common| is_repeated(word, common))
        || ROWS.iter().any(|row| is_along(folded, row))
}

/// Without digits and signs around it, unless there is nothing else.
fn core(text: &str) -> &str {
    let core = text.trim_matches(|letter: char| !letter.is_alphabetic());
    if core.is_empty() { text } else { core }
}

fn is_repeated(text: &str, word: &str) -> bool {
    !text.is_empty() && text.replace(word, "").is_empty()
}

/// Whether the whole text goes along a row of keys, forwards or backwards, beginning anew at its end.
fn is_along(text: &str, row: &str) -> bool {
    let endless = row.repeat(text.len() / row.len() + 2);
    endless.contains(text) || endless.chars().rev().collect::<String>().contains(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(password: &str) -> Result<(), String> {
        check_new(password, "wonderland.alice", Some("alice.liddell@example.com"), 12)
    }

    #[test]
    fn a_long_and_unusual_password_is_taken() {
        for good in [
            "Grüne Äpfel & 7 Birnen",
            "tq9fM2vLx8Rk",
            "my password is a rabbit",
            "alice fell down",
            "пароль кролика",
        ] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
    }

    #[test]
    fn length_counts_in_characters_at_least_and_in_bytes_at_most() {
        assert!(check("tq9fM2vLx8R").unwrap_err().contains("at least 12"));
        assert!(check("äöüßéèñçøåæ").is_err() && check("äöüßéèñçøåæþ").is_ok());
        assert!(check_new("tq9fM", "alice", None, 5).is_ok());
        assert!(check(&"tq9fM2vLx8Rk".repeat(341)).is_ok());
        assert!(check(&"tq9fM2vLx8Rk".repeat(342)).unwrap_err().contains("4096"));
    }

    #[test]
    fn a_name_is_no_password() {
        for name in ["wonderland.alice", "Wonderland.Alice", "wonderland.alice2026!"] {
            assert!(check(name).unwrap_err().contains("username"), "{name}");
        }
        for email in ["alice.liddell@example.com", "ALICE.liddell@example.com1", "Alice.Liddell"] {
            assert!(check(email).unwrap_err().contains("e-mail"), "{email}");
        }
        assert!(check_new("wonderland.alice", "", Some(""), 12).is_ok());
    }

    #[test]
    fn what_everybody_tries_is_refused() {
        for common in [
            "password1234",
            "PASSWORD!!!!!",
            "passwordpassword",
            "12345welcome!",
            "CorrectHorseBatteryStaple",
            "aaaaaaaaaaaa",
            "abababababab",
            "123456789012",
            "098765432109",
            "abcdefghijklm",
            "qwertyuiopqw",
            "            ",
        ] {
            assert!(check(common).unwrap_err().contains("attacker"), "{common}");
        }
    }
}
