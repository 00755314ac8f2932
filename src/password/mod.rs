//! Hashing and checking passwords: pure, slow.
//!
//! New hashes are argon2id in the PHC string format. The formats of Django are checked too, so that users
//! can move in with their passwords; a right one is then worth hashing anew ([`Verdict::RightButOld`]).
//! A password is the bytes that were typed: nothing is trimmed, folded or normalised.

mod argon;
mod django;
mod rules;

pub use argon::Cost;
pub use rules::check_new;

/// Longer passwords (in bytes) are neither hashed nor compared.
pub const LONGEST: usize = 4096;

/// What a stored hash says about a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Wrong,
    Right,
    /// Right, and the hash is not as [`hash`] makes it now: replace it.
    RightButOld,
}

/// The hash to store. `salt` comes fresh from the dice.
pub fn hash(password: &str, cost: Cost, salt: [u8; 16]) -> String {
    argon::hash(password, cost, salt)
}

/// Compares `password` with a stored hash, in constant time.
///
/// A hash that no password fits (none set, unknown format, absurdly dear) costs as much time as one of
/// ours, so that the wait does not tell which accounts have a password.
pub fn verify(password: &str, stored: &str, cost: Cost) -> Verdict {
    if password.len() > LONGEST {
        return Verdict::Wrong;
    }
    let is_right = if stored.starts_with("$argon2id$") {
        argon::matches(password, stored)
    } else {
        django::matches(password, stored)
    };
    match is_right {
        Some(true) if cost.made(stored) => Verdict::Right,
        Some(true) => Verdict::RightButOld,
        Some(false) => Verdict::Wrong,
        None => {
            argon::matches(password, &decoy(cost));
            Verdict::Wrong
        }
    }
}

/// A hash that no password fits, for names that no user has: to [`verify`] against it takes as long as
/// against one that [`hash`] made with the same `cost`.
pub fn decoy(cost: Cost) -> String {
    argon::decoy(cost)
}

/// Constant-time equality; only the lengths, which are no secret, may be told from the time.
fn is_equal(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && openssl::memcmp::eq(a, b)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHEAP: Cost = Cost { memory: 64, passes: 1, lanes: 1 };
    const PASSWORD: &str = "Grüne Äpfel & 7 Birnen";

    /// Made by Django 5.2.19 with its own settings, argon2-cffi and bcrypt, from [`PASSWORD`].
    const DJANGO: [&str; 6] = [
        "pbkdf2_sha256$1000000$a22ueZ5fRqg3m7McpF5OzU$mtTKThF7kbF1FSHkkh5mHMoWW16G3TGxC+U88/C2I2k=",
        "pbkdf2_sha1$1000000$lPdzkvQkud4DQX7RC6US2f$MPtDB6CBPoEQvzYdOZb15wjAr9o=",
        "argon2$argon2id$v=19$m=102400,t=2,p=8$NkJzTDNpeHg3ZUs1SHFNTm1WSG1JSg$svzLpWPFsMNKZ7PlxC1avKfa4iFPWPTmSdcV3OBHNOY",
        "bcrypt_sha256$$2b$12$NoWWZmhldV9Q.PZqTCK8u.BMT0Gji1QFQeV/z73Da4Bh2h9BN3Xye",
        "bcrypt$$2b$12$iU0YKPxFJ6yL5svN8eMOzOwMtrKd608bpGkGqXoCKFAAt0lB2T/12",
        "scrypt$16384$ptPYV5SySS2ha7fYPdQpdC$8$5$55mi3KKtX6YCVlGFLgtzEHETnf+H+VVaQM7fImppsUfO6X+W/T54Nb5g0eOXwMRruhBGIRy4XS1pnADs3WfSeg==",
    ];

    /// The same at little cost, and the argon2i of older installations.
    const DJANGO_CHEAP: [&str; 5] = [
        "pbkdf2_sha256$600$somesalt16chars0$VuN431dsyN//9CWPQlTCOjsRwI7jMwz50mVJAl882HQ=",
        "pbkdf2_sha1$600$somesalt16chars0$gDD2rhC6u+2loQot8cTZvBEiDtg=",
        "argon2$argon2i$v=19$m=512,t=2,p=2$uvV2rSvMpcuBm3sNfIVmuw$/7hIAD2eAiQ0skeFybFHzU1Yqw7MOfhsrnTyJr3groM",
        "bcrypt_sha256$$2b$05$/bNaKdlfnjTNxtYDPVIzVu5kRV8eUg3oSDEiOfl1TB0gVQKeNBuSa",
        "bcrypt$$2b$05$qpi7bSVCUSnEo3Gl9jEjMOpwAmUdPt7sBSeG390/fpPAaoFlZk4DO",
    ];

    fn verdict(password: &str, stored: &str) -> Verdict {
        verify(password, stored, CHEAP)
    }

    #[test]
    fn a_password_fits_its_own_hash_only() {
        let stored = hash(PASSWORD, CHEAP, [7; 16]);
        assert_eq!(verdict(PASSWORD, &stored), Verdict::Right);
        for other in
            ["", "grüne Äpfel & 7 Birnen", "Grüne Äpfel & 7 Birnen ", "Gru\u{308}ne A\u{308}pfel & 7 Birnen"]
        {
            assert_eq!(verdict(other, &stored), Verdict::Wrong, "{other}");
        }
    }

    /// Compared with `argon2.low_level.hash_secret` of argon2-cffi.
    #[test]
    fn a_new_hash_is_argon2id_as_others_write_it() {
        assert_eq!(
            hash(PASSWORD, Cost::default(), *b"0123456789abcdef"),
            "$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$Xxcrsf5eSOGQn7LtgqF7Qa+icUvAJcdHdh9W8wMywGQ"
        );
    }

    #[test]
    fn a_hash_at_another_cost_is_right_but_old() {
        let stored = hash(PASSWORD, CHEAP, [7; 16]);
        for cost in [Cost { memory: 65, ..CHEAP }, Cost { passes: 2, ..CHEAP }, Cost { lanes: 2, ..CHEAP }] {
            assert_eq!(verify(PASSWORD, &stored, cost), Verdict::RightButOld);
            assert_eq!(verify("wrong", &stored, cost), Verdict::Wrong);
        }
    }

    #[test]
    fn hashes_of_django_are_right_but_old() {
        for stored in DJANGO.into_iter().chain(DJANGO_CHEAP) {
            assert_eq!(verdict(PASSWORD, stored), Verdict::RightButOld, "{stored}");
        }
        for stored in DJANGO_CHEAP.into_iter().chain([DJANGO[5]]) {
            assert_eq!(verdict("Grüne Äpfel & 8 Birnen", stored), Verdict::Wrong, "{stored}");
            assert_eq!(verdict("", stored), Verdict::Wrong, "{stored}");
        }
    }

    #[test]
    fn bcrypt_reads_72_bytes_as_django_does() {
        let stored = "bcrypt$$2b$05$PNr7VOaYQ2z6v0LeqwQ3h.NLjdp7jRmY7W1Nqz7cQwITWivqJC/b6";
        assert_eq!(verdict(&"x".repeat(72), stored), Verdict::RightButOld);
        assert_eq!(verdict(&"x".repeat(71), stored), Verdict::Wrong);
    }

    #[test]
    fn what_is_no_hash_fits_no_password() {
        let ours = hash("", CHEAP, [7; 16]);
        let broken = [
            "",
            "!",
            "!f9QQATsLnsdhMkuuQviHVm2uYrItS5MYvrjCZ8tN",
            "plain",
            "$",
            "md5$salt$d41d8cd98f00b204e9800998ecf8427e",
            "pbkdf2_sha256$600$salt",
            "pbkdf2_sha256$600$salt$",
            "pbkdf2_sha256$600$salt$AAAA",
            "pbkdf2_sha256$0$salt$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
            "pbkdf2_sha256$-1$salt$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
            "scrypt$3$salt$8$1$AAAA",
            "scrypt$0$salt$0$0$AAAA",
            "bcrypt$",
            "bcrypt$$2b$05$",
            "argon2$",
            "$argon2id$v=19$m=64,t=1,p=1$BwcHBwcHBwcHBwcHBwcHBw",
            "$argon2id$v=19$m=64,t=1,p=1",
            &ours.replace("v=19", "v=18"),
            &ours.replace("argon2id", "argon2d"),
            &ours[..ours.len() - 2],
        ];
        for stored in broken {
            for password in ["", stored, PASSWORD] {
                assert_eq!(verdict(password, stored), Verdict::Wrong, "{stored} {password}");
            }
        }
    }

    /// Each would take minutes or gigabytes; that the test ends soon is the proof.
    #[test]
    fn a_hash_that_is_too_dear_is_not_computed() {
        let hash = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        let dear = [
            format!("pbkdf2_sha256$4000000000$salt${hash}="),
            format!("argon2$argon2id$v=19$m=4000000,t=1,p=1$c29tZXNhbHQ${hash}"),
            format!("$argon2id$v=19$m=262144,t=4000000000,p=1$c29tZXNhbHQ${hash}"),
            format!("scrypt$1073741824$salt$8$1${hash}="),
            format!("scrypt$16384$salt$8$1000000${hash}="),
            format!("scrypt$18446744073709551615$salt$2$2${hash}="),
            DJANGO[4].replace("$12$", "$31$"),
        ];
        for stored in &dear {
            assert_eq!(verdict(PASSWORD, stored), Verdict::Wrong, "{stored}");
        }
    }

    #[test]
    fn a_password_beyond_the_limit_is_wrong_even_for_its_own_hash() {
        let [longest, longer] = [LONGEST, LONGEST + 1].map(|length| "x".repeat(length));
        assert_eq!(verdict(&longest, &hash(&longest, CHEAP, [7; 16])), Verdict::Right);
        assert_eq!(verdict(&longer, &hash(&longer, CHEAP, [7; 16])), Verdict::Wrong);
    }

    #[test]
    fn the_decoy_looks_like_a_hash_and_fits_nothing() {
        let (decoy, real) = (decoy(CHEAP), hash(PASSWORD, CHEAP, [7; 16]));
        assert_eq!(decoy.len(), real.len());
        assert!(CHEAP.made(&decoy));
        // It is computed to the end, as a real one is.
        assert_eq!(argon::matches(PASSWORD, &decoy), Some(false));
        assert_eq!(verdict("", &decoy), Verdict::Wrong);
    }
}
