//! What may be built into the binary. `deny.toml` says the same to those who have cargo-deny.

use std::process::Command;

/// Licences that ask for no more than their text.
const LICENCES: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "MIT",
    "PostgreSQL",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Crates that may not come in, with the reason.
const REFUSED: &[(&str, &str)] = &[
    ("h2 v0.3.", "RUSTSEC-2026-0258 is open in it; actix-web's feature http2 stays off"),
    ("rustls v", "OpenSSL is the one TLS library in the house"),
    ("aws-lc-rs v", "OpenSSL is the one TLS library in the house"),
];

/// Name and version with licence of every crate in the binary.
fn crates() -> Vec<(String, String)> {
    let tree = Command::new(env!("CARGO"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["tree", "--offline", "--locked", "--edges=no-dev", "--prefix=none", "--format={p}|{l}"])
        .output()
        .expect("cargo runs, for it runs this test");
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let text = String::from_utf8(tree.stdout).expect("cargo writes UTF-8");
    text.lines()
        .filter_map(|line| line.split_once('|'))
        .map(|(name, licence)| (name.to_owned(), licence.trim_end_matches(" (*)").to_owned()))
        .collect()
}

/// Reads an SPDX expression strictly: each part between ANDs must offer an allowed licence. Brackets are dropped,
/// which can only ask for more than the expression does.
fn is_allowed(expression: &str) -> bool {
    let plain = expression.replace(['(', ')'], "").replace('/', " OR ");
    !plain.trim().is_empty()
        && plain.split(" AND ").all(|part| part.split(" OR ").any(|one| LICENCES.contains(&one.trim())))
}

#[test]
fn every_licence_is_allowed() {
    let crates = crates();
    assert!(crates.len() > 100, "{crates:?}");
    let bad: Vec<_> = crates.iter().filter(|(_, licence)| !is_allowed(licence)).collect();
    assert!(bad.is_empty(), "{bad:#?}");
}

#[test]
fn no_refused_crate_comes_in() {
    for (name, _) in crates() {
        for (refused, reason) in REFUSED {
            assert!(!name.starts_with(refused), "{name}: {reason}");
        }
    }
}

#[test]
fn expressions_are_read_strictly() {
    for good in ["MIT", "MIT/Apache-2.0", "GPL-3.0 OR MIT", "(GPL-3.0 OR MIT) AND ISC", "Apache-2.0 / MIT"] {
        assert!(is_allowed(good), "{good}");
    }
    for bad in ["", "GPL-3.0", "MIT AND GPL-3.0", "(MIT OR ISC) AND GPL-3.0", "MPL-2.0"] {
        assert!(!is_allowed(bad), "{bad}");
    }
}
