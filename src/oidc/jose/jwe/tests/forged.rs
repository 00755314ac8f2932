//! Tokens that somebody made or changed.

use super::*;

#[test]
fn a_token_that_was_changed_anywhere_is_refused() {
    for (alg, enc) in all() {
        let token = token(alg, enc, b"a message of more than one block");
        for at in 1..5 {
            let length = decode(parts::<5>(&token).unwrap()[at]).unwrap().len();
            for byte in [0, length / 2, length.saturating_sub(1)] {
                let forged = changed(&token, at, |mut part| {
                    if part.is_empty() {
                        part.push(0);
                    } else {
                        part[byte] ^= 1;
                    }
                    part
                });
                assert_eq!(read(alg, &forged), Err(JweError::Decryption), "{alg} {enc} {at} {byte}");
            }
        }
        let mut more = header(&token);
        more["more"] = json!(1);
        assert_eq!(
            read(alg, &with_header(&token, &more.to_string())),
            Err(JweError::Decryption),
            "{alg} {enc}"
        );
    }
}

#[test]
fn a_part_that_is_cut_or_longer_is_refused() {
    for (alg, enc) in all() {
        let token = token(alg, enc, b"a message of more than one block");
        for at in 1..5 {
            let length = decode(parts::<5>(&token).unwrap()[at]).unwrap().len();
            let cuts = [0, 1, length / 2, length.saturating_sub(1)];
            for cut in cuts.into_iter().filter(|cut| *cut < length) {
                let forged = changed(&token, at, |part| part[..cut].to_vec());
                assert_eq!(read(alg, &forged), Err(JweError::Decryption), "{alg} {enc} {at} {cut}");
            }
            let forged = changed(&token, at, |part| [part, vec![0]].concat());
            assert_eq!(read(alg, &forged), Err(JweError::Decryption), "{alg} {enc} {at}");
        }
    }
}

#[test]
fn a_secret_opens_nothing_that_was_sent_to_a_key_and_the_other_way_round() {
    let (keys, _) = opener(KeyManagementAlg::RsaOaep);
    let secrets = [SharedSecret::new("the client's secret")];
    for (alg, enc) in all() {
        let openers = if alg.is_symmetric() {
            Openers { keys: &keys, secrets: &[] }
        } else {
            Openers { keys: &[], secrets: &secrets }
        };
        assert_eq!(
            decrypt(&token(alg, enc, b"m"), &openers, &EVERYTHING),
            Err(JweError::NoKey),
            "{alg} {enc}"
        );
    }
}

#[test]
fn an_algorithm_that_the_caller_did_not_allow_is_refused() {
    let (alg, enc) = (KeyManagementAlg::RsaOaep, ContentEncryption::A128Gcm);
    let (keys, _) = opener(alg);
    let read = |algs: &[_], encs: &[_]| {
        decrypt(&token(alg, enc, b"m"), &Openers { keys: &keys, secrets: &[] }, &Accepted { algs, encs })
    };
    assert!(read(&[alg], &[enc]).is_ok());
    assert_eq!(read(&[KeyManagementAlg::RsaOaep256], &[enc]), Err(JweError::Algorithm));
    assert_eq!(read(&[alg], &[ContentEncryption::A256Gcm]), Err(JweError::Algorithm));
    assert_eq!(read(&[], &[]), Err(JweError::Algorithm));
}

#[test]
fn a_header_that_asks_for_more_than_we_offer_is_refused() {
    let alg = KeyManagementAlg::RsaOaep;
    let token = token(alg, ContentEncryption::A128Gcm, b"m");
    for (header, error) in [
        (r#"{"alg":"RSA-OAEP","enc":"A128GCM","zip":"DEF"}"#, JweError::Compressed),
        (r#"{"alg":"RSA-OAEP","enc":"A128GCM","zip":null}"#, JweError::Compressed),
        (r#"{"alg":"RSA-OAEP","enc":"A128GCM","crit":["exp"]}"#, JweError::Critical),
        (r#"{"alg":"RSA1_5","enc":"A128GCM"}"#, JweError::Algorithm),
        (r#"{"alg":"PBES2-HS256+A128KW","enc":"A128GCM","p2c":2147483647}"#, JweError::Algorithm),
        (r#"{"alg":"none","enc":"A128GCM"}"#, JweError::Algorithm),
        (r#"{"alg":"RSA-OAEP","enc":"none"}"#, JweError::Algorithm),
        (r#"{"alg":"RSA-OAEP","alg":"dir","enc":"A128GCM"}"#, JweError::Malformed),
        (r#"{"alg":"RSA-OAEP","enc":"A128GCM","x":{"a":1,"a":2}}"#, JweError::Malformed),
        (r#"{"alg":"RSA-OAEP"}"#, JweError::Malformed),
        (r#"{"enc":"A128GCM"}"#, JweError::Malformed),
        (r#"{"alg":1,"enc":"A128GCM"}"#, JweError::Malformed),
        (r#"{"alg":"RSA-OAEP","enc":"A128GCM","kid":1}"#, JweError::Malformed),
        (r#"{"alg":"RSA-OAEP","enc":"A128GCM","cty":[]}"#, JweError::Malformed),
        (r#"{"alg":"RSA-OAEP","enc":"A128GCM","apu":"="}"#, JweError::Malformed),
        (r#"{"alg":"RSA-OAEP","enc":"A128GCM","apv":{}}"#, JweError::Malformed),
        (r#"["RSA-OAEP","A128GCM"]"#, JweError::Malformed),
        ("", JweError::Malformed),
    ] {
        assert_eq!(read(alg, &with_header(&token, header)), Err(error), "{header}");
    }
}

#[test]
fn what_is_no_compact_jwe_is_refused() {
    let alg = KeyManagementAlg::RsaOaep;
    let good = token(alg, ContentEncryption::A128Gcm, b"m");
    let (without_tag, _) = good.rsplit_once('.').unwrap();
    for token in [
        "",
        ".",
        "....",
        "a.b.c.d.e",
        without_tag,
        &format!("{good}."),
        &format!("{good}="),
        &format!(" {good}"),
    ] {
        assert_eq!(read(alg, token), Err(JweError::Malformed), "{token:?}");
    }
    assert!(
        is_encrypted(&good) && is_encrypted("....") && !is_encrypted(without_tag) && !is_encrypted("a.b.c")
    );
}

#[test]
fn an_oversized_token_is_refused_unread() {
    let alg = KeyManagementAlg::Dir;
    let of = |length| token(alg, ContentEncryption::A128Gcm, &vec![b'm'; length]);
    assert!(read(alg, &of(18_000)).is_ok());
    assert_eq!(read(alg, &of(18_432)), Err(JweError::TooLong));
}

/// A forger who knows which key stands in for one that cannot be had must gain nothing by it.
#[test]
fn the_stand_in_for_a_content_key_opens_nothing() {
    for (alg, enc) in all() {
        let token = token(alg, enc, b"m");
        let garbled = changed(&token, 1, |part| vec![1; part.len().max(1)]);
        let [aad, encrypted, ..]: [&str; 5] = parts(&garbled).unwrap();
        let iv = vec![7; enc.iv_length()];
        let Sealed { ciphertext, tag } =
            enc.seal((&vec![0; enc.key_length()], &iv), aad.as_bytes(), b"forged").unwrap();
        let [iv, ciphertext, tag] = [iv, ciphertext, tag].map(|part| URL_SAFE_NO_PAD.encode(part));
        let forged = [aad, encrypted, &iv, &ciphertext, &tag].join(".");
        assert_eq!(read(alg, &forged), Err(JweError::Decryption), "{alg} {enc}");
    }
}

/// An honest wrapping of a key that has not the length of `enc`, with a message that it encrypts.
#[test]
fn a_content_key_of_another_length_is_refused() {
    let alg = KeyManagementAlg::RsaOaep;
    let (keys, _) = opener(alg);
    let short = token(alg, ContentEncryption::A128Gcm, b"m");
    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"RSA-OAEP","enc":"A256GCM"}"#);
    let encrypted = oaep::encrypt(alg, &public(&keys[0].1).key, &[1; 16]).unwrap();
    let iv = [2; 12];
    let Sealed { ciphertext, tag } =
        ContentEncryption::A128Gcm.seal((&[1; 16], &iv), header.as_bytes(), b"m").unwrap();
    let [encrypted, iv, ciphertext, tag] =
        [&encrypted, &iv[..], &ciphertext, &tag].map(|part| URL_SAFE_NO_PAD.encode(part));
    let forged = [header, encrypted, iv, ciphertext, tag].join(".");
    assert!(read(alg, &short).is_ok());
    assert_eq!(read(alg, &forged), Err(JweError::Decryption));
}

/// RFC 7518, 4.6.1.1; an `epk` off the curve would draw bits out of our key.
#[test]
fn an_ephemeral_key_that_is_not_on_our_curve_is_refused() {
    let alg = KeyManagementAlg::EcdhEs;
    let token = token(alg, ContentEncryption::A128Gcm, b"m");
    let good = header(&token);
    let other = PrivateKey::generate(Alg::ES384, None).unwrap().public_jwk("k");
    let number = |bytes: [u8; 32]| json!(URL_SAFE_NO_PAD.encode(bytes));
    let with = |name: &str, value: Value| {
        let mut epk = good["epk"].clone();
        epk[name] = value;
        epk
    };
    for epk in [
        with("x", number([1; 32])),
        with("x", number([0; 32])),
        with("x", number([0xff; 32])),
        json!({"kty": "EC", "crv": "P-256", "x": number([0; 32]), "y": number([0; 32])}),
        with("d", json!("AQAB")),
        with("crv", json!("P-384")),
        with("kty", json!("OKP")),
        with("x", json!("AQAB")),
        other,
        json!({"kty": "OKP", "crv": "X25519", "x": number([9; 32])}),
        json!("epk"),
        Value::Null,
    ] {
        let mut header = good.clone();
        header["epk"] = epk;
        let forged = with_header(&token, &header.to_string());
        assert_eq!(read(alg, &forged), Err(JweError::Decryption), "{header}");
    }
    let mut header = good;
    header.as_object_mut().unwrap().remove("epk");
    assert_eq!(read(alg, &with_header(&token, &header.to_string())), Err(JweError::Decryption));
}
