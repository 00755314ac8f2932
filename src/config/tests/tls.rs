use super::*;

fn settings<'a>(certificate: &'a Written, key: &'a Written) -> [(&'a str, &'a str); 2] {
    [("tls.certificate", certificate.text()), ("tls.private_key", key.text())]
}

#[test]
fn a_certificate_and_its_own_key_are_taken() {
    let pair = certificate_and_key();
    let config = from_flags(&settings(&pair, &pair)).unwrap();
    assert_eq!(config.tls.files(), Some((&*pair.path, &*pair.path)));
}

#[test]
fn a_key_that_belongs_to_another_certificate_is_refused() {
    let (pair, other) = (certificate_and_key(), certificate_and_key());
    let problem = refusal(&settings(&pair, &other));
    assert_eq!(problem.key.as_deref(), Some("tls.private_key"));
    assert!(problem.what.contains("tls.certificate"), "{problem}");
}

#[test]
fn what_is_no_certificate_or_no_key_is_refused_by_name() {
    let pair = certificate_and_key();
    let directory = Written { path: pair.dir.path().into(), dir: tempfile::tempdir().unwrap() };
    let nowhere = Written { path: "no/such".into(), dir: tempfile::tempdir().unwrap() };
    for bad in [&written("pem", ""), &written("pem", "x"), &directory, &nowhere] {
        assert_eq!(refused_key(&settings(bad, &pair)), "tls.certificate");
        assert_eq!(refused_key(&settings(&pair, bad)), "tls.private_key");
    }
}

#[test]
fn a_key_with_a_passphrase_is_refused_without_a_question() {
    let key = PKey::ec_gen("prime256v1").unwrap();
    let text = key.private_key_to_pem_pkcs8_passphrase(Cipher::aes_128_cbc(), b"hunter2").unwrap();
    let locked = written("pem", std::str::from_utf8(&text).unwrap());
    let problem = refusal(&settings(&certificate_and_key(), &locked));
    assert_eq!(problem.key.as_deref(), Some("tls.private_key"));
    assert!(problem.what.contains("passphrase"), "{problem}");
}
