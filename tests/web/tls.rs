//! TLS in Cardea itself: its own process, with a certificate in files.

use openssl::pkey::PKey;
use openssl::rsa::Rsa;
use openssl::ssl::{SslConnector, SslMethod, SslVersion};
use tempfile::TempDir;

use crate::support::*;

const CERTIFICATE: &str = "tls.certificate";
const PRIVATE_KEY: &str = "tls.private_key";

fn start(database_url: &str, certificate: &Certificate) -> Process {
    let settings = [(CERTIFICATE, &*certificate.path()), (PRIVATE_KEY, &*certificate.key_path())];
    Process::start_with(database_url, &settings)
}

on_both! {
    // Conformance: H-9
    fn a_whole_sign_in_goes_over_https_and_nothing_without_it(setup) {
        let server = setup.start();
        let (shop, certificate) = (server.relying_party("shop"), Certificate::new());
        let process = start(&server.database().url, &certificate);
        let shop = shop.at(process.site().over(certificate.connector()));
        let issuer = shop.site().issuer();
        assert!(issuer.starts_with("https://localhost:"), "{issuer}");

        let discovery = shop.site().request("GET", "/.well-known/openid-configuration").send();
        assert_eq!((discovery.status, &discovery.json()["issuer"]), (200, &issuer.into()));
        assert_eq!(discovery.json()["token_endpoint"], format!("{issuer}/token"));
        let login = shop.site().request("GET", "/login").send();
        let mut cookies = login.headers("set-cookie");
        let cookie = cookies.find(|cookie| cookie.starts_with("__Host-cardea=")).unwrap();
        for attribute in ["; Secure", "; HttpOnly", "; SameSite=Lax", "; Path=/"] {
            assert!(cookie.contains(attribute), "{attribute} is missing in {cookie}");
        }
        assert!(!cookie.contains("Domain"), "{cookie}");
        assert!(login.header("strict-transport-security").is_some());

        let visit = shop.sign_in("alice");
        assert_eq!(visit.response.find("iss"), Some(issuer));
        let tokens = shop.redeem(&visit.code());
        assert!(tokens.is_granted() && shop.is_live(&tokens.access_token()));
        assert!(visit.browser.open("/account").is_at("/account"));

        let code = shop.visit(&visit.browser, &[]).code();
        let plain = shop.at(process.site());
        for path in ["/login", "/.well-known/openid-configuration", "/healthz"] {
            assert!(plain.site().request("GET", path).try_send().is_none(), "{path} is answered");
        }
        assert!(plain.try_redeem(&code).is_none());
        assert!(shop.redeem(&code).is_granted(), "nothing was heard of it");
    }
}

// Conformance: T-2
#[test]
fn tls_1_2_and_1_3_are_spoken_and_nothing_older() {
    for certificate in
        [Certificate::new(), Certificate::of(&PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap())]
    {
        let directory = TempDir::new().unwrap();
        let process = start(&format!("sqlite://{}/cardea.db", directory.path().display()), &certificate);
        for (version, is_spoken) in [
            (SslVersion::TLS1_3, true),
            (SslVersion::TLS1_2, true),
            (SslVersion::TLS1_1, false),
            (SslVersion::TLS1, false),
        ] {
            let mut connector = SslConnector::builder(SslMethod::tls_client()).unwrap();
            connector.set_ca_file(certificate.path()).unwrap();
            connector.set_min_proto_version(Some(version)).unwrap();
            connector.set_max_proto_version(Some(version)).unwrap();
            // Otherwise OpenSSL itself would refuse to ask by the old ones.
            connector.set_cipher_list("DEFAULT:@SECLEVEL=0").unwrap();
            let health = process.site().over(connector.build()).request("GET", "/healthz").try_send();
            assert_eq!(health.map(|answer| answer.status), is_spoken.then_some(200), "{version:?}");
        }
    }
}

#[test]
fn who_does_not_trust_the_certificate_gets_no_connection() {
    let (directory, certificate) = (TempDir::new().unwrap(), Certificate::new());
    let process = start(&format!("sqlite://{}/cardea.db", directory.path().display()), &certificate);
    let health = |certificate: &Certificate| {
        process.site().over(certificate.connector()).request("GET", "/healthz").try_send()
    };
    assert_eq!(health(&certificate).unwrap().status, 200);
    assert!(health(&Certificate::new()).is_none());
}

#[test]
fn a_certificate_or_key_that_is_of_no_use_is_named_and_nothing_is_touched() {
    let (directory, own, other) = (TempDir::new().unwrap(), Certificate::new(), Certificate::new());
    let database = directory.path().join("cardea.db");
    let text = directory.path().join("text.pem").display().to_string();
    std::fs::write(&text, "no PEM").unwrap();
    let (nowhere, certificate, key) = ("no/such.pem", own.path(), own.key_path());
    for (certificate, key, named) in [
        (&*certificate, &*other.key_path(), PRIVATE_KEY),
        (&certificate, &text, PRIVATE_KEY),
        (&certificate, nowhere, PRIVATE_KEY),
        (&certificate, &certificate, PRIVATE_KEY),
        (&text, &key, CERTIFICATE),
        (nowhere, &key, CERTIFICATE),
        (&key, &key, CERTIFICATE),
    ] {
        let settings = [(CERTIFICATE, certificate), (PRIVATE_KEY, key)];
        let refusal = Process::refusal(&format!("sqlite://{}", database.display()), &settings);
        assert!(refusal.contains(&format!("{named}: ")), "{refusal}");
        assert_eq!(refusal.lines().count(), 1, "{refusal}");
        assert!(!database.exists(), "{refusal}");
    }
}

/// Well formed, but nothing that OpenSSL would show to anybody.
#[test]
fn a_certificate_that_is_too_weak_is_named() {
    let directory = TempDir::new().unwrap();
    let weak = Certificate::of(&PKey::from_rsa(Rsa::generate(1024).unwrap()).unwrap());
    let settings = [(CERTIFICATE, &*weak.path()), (PRIVATE_KEY, &*weak.key_path())];
    let refusal = Process::refusal(&format!("sqlite://{}/cardea.db", directory.path().display()), &settings);
    assert!(refusal.contains("tls.certificate cannot be used"), "{refusal}");
}
