//! Any body as client metadata of a stranger: what is registered keeps the rules, and never more than a stranger may have.
#![no_main]

use std::sync::{Arc, LazyLock};

use cardea::oidc::claims::standard_scopes;
use cardea::oidc::client::{ConsentPolicy, GrantType, Origin};
use cardea::oidc::error::Code;
use cardea::oidc::jose::{Alg, PrivateKey};
use cardea::oidc::keys::{KeyRing, SigningKey};
use cardea::oidc::metadata::{Metadata, describe};
use cardea::oidc::redirect_uri;
use cardea::oidc::registration::{Offer, Sent};
use cardea::oidc::time::UnixTime;
use libfuzzer_sys::fuzz_target;

static KEYS: LazyLock<KeyRing> = LazyLock::new(|| {
    let key = |alg: Alg| {
        let private = PrivateKey::generate(alg, None).expect("OpenSSL makes keys");
        Arc::new(SigningKey { kid: alg.to_string(), private })
    };
    KeyRing::new(Vec::new(), vec![key(Alg::RS256), key(Alg::ES256)])
});

const NOW: UnixTime = UnixTime(1_795_190_400);

fuzz_target!(|body: &[u8]| {
    let metadata = serde_json::from_slice::<Metadata>(body).unwrap_or_default();
    if let Ok(client) = metadata.check("id".into(), NOW) {
        let again = Metadata::of(&client).check("id".into(), NOW).expect("what is kept keeps the rules");
        assert_eq!(describe(&again), describe(&client));
    }
    let scopes = standard_scopes();
    let offer = Offer { implicit: true, keys: &KEYS, scopes: &scopes, now: NOW };
    match Sent::parse(body).and_then(|sent| sent.register("id".into(), &offer)) {
        Ok(client) => {
            assert_eq!((client.consent, client.origin), (ConsentPolicy::Once, Origin::Registration));
            assert!(!client.may_use(GrantType::Password) && !client.options.may_introspect);
            assert!(client.redirect_uris.iter().all(|uri| redirect_uri::check(uri, true, false).is_ok()));
        }
        Err(refusal) => {
            assert!(matches!(
                refusal.code,
                Code::InvalidRedirectUri | Code::InvalidClientMetadata | Code::InvalidSoftwareStatement
            ));
            assert!(refusal.description.bytes().all(|b| matches!(b, b' '..=b'~') && b != b'"' && b != b'\\'));
        }
    }
});
