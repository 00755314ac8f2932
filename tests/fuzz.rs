//! The targets of tests/fuzz, without a fuzzer: they compile, and nothing in their corpus breaks what they assert. How to
//! run them in earnest says tests/fuzz/README.md.

// The targets' `no_main` is for the program that libFuzzer makes of each, and each has `shared` for itself.
#![allow(unused_attributes, clippy::duplicate_mod)]

// What targets call `libfuzzer_sys` is this file.
extern crate self as libfuzzer_sys;

use std::fs;
use std::path::Path;

#[path = "fuzz/fuzz_targets/authorize.rs"]
mod authorize;
#[path = "fuzz/fuzz_targets/claims_request.rs"]
mod claims_request;
#[path = "fuzz/fuzz_targets/client_assertion.rs"]
mod client_assertion;
#[path = "fuzz/fuzz_targets/client_keys.rs"]
mod client_keys;
#[path = "fuzz/fuzz_targets/jwe.rs"]
mod jwe;
#[path = "fuzz/fuzz_targets/jwks.rs"]
mod jwks;
#[path = "fuzz/fuzz_targets/jwt.rs"]
mod jwt;
#[path = "fuzz/fuzz_targets/logout.rs"]
mod logout;
#[path = "fuzz/fuzz_targets/pkce.rs"]
mod pkce;
#[path = "fuzz/fuzz_targets/redirect_uri.rs"]
mod redirect_uri;
#[path = "fuzz/fuzz_targets/registration.rs"]
mod registration;
#[path = "fuzz/fuzz_targets/request_object.rs"]
mod request_object;
#[path = "fuzz/fuzz_targets/token_request.rs"]
mod token_request;

/// Makes of a target's body a function that takes one input. Below the targets, for whom it must be `libfuzzer_sys`'s.
macro_rules! fuzz_target {
    (|$input:ident: &str| $body:block) => {
        pub fn run(input: &[u8]) {
            // As libFuzzer's bindings do.
            let Ok($input) = std::str::from_utf8(input) else { return };
            $body
        }
    };
    (|$input:ident: &[u8]| $body:block) => {
        pub fn run($input: &[u8]) {
            $body
        }
    };
}
pub(crate) use fuzz_target;

/// A test for each target, by its name.
macro_rules! tests {
    ($($name:ident)+) => {
        const TARGETS: &[&str] = &[$(stringify!($name)),+];

        mod keeps_what_it_asserts {
            $(
                #[test]
                fn $name() {
                    super::replay(stringify!($name), super::$name::run);
                }
            )+
        }
    };
}

tests! {
    authorize claims_request client_assertion client_keys jwe jwks jwt logout
    pkce redirect_uri registration request_object token_request
}

fn replay(target: &str, run: fn(&[u8])) {
    let corpus = Path::new("tests/fuzz/corpus").join(target);
    let files = fs::read_dir(&corpus).unwrap_or_else(|error| panic!("{}: {error}", corpus.display()));
    let mut count = 0;
    for file in files {
        let path = file.expect("the corpus can be listed").path();
        // Shown where the next line panics.
        println!("{}", path.display());
        run(&fs::read(&path).expect("the corpus can be read"));
        count += 1;
    }
    assert!(count > 0, "{target} has no corpus");
}

#[test]
fn every_target_is_tried_here() {
    let manifest: toml::Table = fs::read_to_string("tests/fuzz/Cargo.toml").unwrap().parse().unwrap();
    let mut names: Vec<_> =
        manifest["bin"].as_array().unwrap().iter().map(|bin| bin["name"].as_str().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, TARGETS);
}
