//! When signing keys are published, begin to sign and are withdrawn (OpenID Connect Core 10.1.1).

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::Value;

use super::jose::Alg;
use super::keys::{KeyRecord, KeyState};
use super::time::UnixTime;

/// The rhythm in which keys change by themselves. Seconds.
#[derive(Clone, Copy, Debug)]
pub struct Rotation {
    /// How long a key signs.
    pub rotate_every: i64,
    /// How long before it signs a key is published, so that apps have fetched it by then.
    pub publish_ahead: i64,
}

/// What decides how long a key is kept after another took its place. Seconds.
#[derive(Clone, Copy, Debug)]
pub struct Keeping {
    /// The lifetime of an ID token, unless a client has a longer one.
    pub id_token: i64,
    /// The same of an access token, which is signed too where a client wants JWTs (RFC 9068).
    pub access_token: i64,
    /// The longest that a session lasts.
    pub session: i64,
    /// How long apps may take to fetch the key set anew.
    pub key_set: i64,
}

/// Other nodes sign with a key for a moment after it was retired, clocks differ, apps check with leeway, and the key set
/// may lie in caches for so long.
const MARGIN: i64 = 3600;

impl Keeping {
    /// When a key that is retired `now` can be withdrawn; `of_clients` is the longest lifetime that a client has of
    /// its own, of ID tokens or access tokens.
    ///
    /// Each token is good until it expires, and an ID token may be shown to us as `id_token_hint` as long as the session
    /// lasts in which it was issued (OpenID Connect RP-Initiated Logout 2). Which lifetime the last token had is not
    /// remembered, nor whether a client had JWTs until lately, so that the longest of all counts.
    pub fn until(&self, of_clients: Option<i64>, now: UnixTime) -> UnixTime {
        let own = [self.id_token, self.access_token, self.session];
        let longest = own.into_iter().chain(of_clients).max().unwrap_or_default();
        now.plus(longest).plus(MARGIN)
    }

    /// When an encryption key that is replaced `now` may be forgotten: nobody encrypts to it any more who has fetched
    /// the key set since (OpenID Connect Core 10.2.1).
    pub fn decrypting_until(&self, now: UnixTime) -> UnixTime {
        now.plus(self.key_set).plus(MARGIN)
    }
}

/// What has to be done to the keys. Each names what it found, so that of many nodes one does it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// A new key is made and published; it will take over from `signer`.
    Publish(Successor),
    /// `next` will begin to sign then.
    Plan { next: String, signs_at: UnixTime },
    /// `next` takes over from `signer`.
    Promote(Handover),
    /// Every token that the key signed has expired.
    Remove { kid: String },
}

/// A key to come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Successor {
    pub signer: String,
    pub alg: Alg,
    pub bits: Option<u32>,
}

/// One key takes over from another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handover {
    pub signer: String,
    pub next: String,
    pub alg: Alg,
}

/// What has to be done now. Without a rotation keys are only withdrawn.
pub fn due(records: &[KeyRecord], rotation: Option<&Rotation>, now: UnixTime) -> Vec<Deed> {
    let is_over = |record: &&KeyRecord| {
        record.state == KeyState::Retired && record.removed_at.is_some_and(|removed_at| removed_at <= now)
    };
    let removals = records.iter().filter(is_over).map(|record| Deed::Remove { kid: record.kid.clone() });
    let changes = rotation.into_iter().flat_map(|rotation| rotation.due(records, now));
    removals.chain(changes).collect()
}

impl Rotation {
    fn due(&self, records: &[KeyRecord], now: UnixTime) -> Vec<Deed> {
        let signers = records.iter().filter(|record| record.state == KeyState::Signing);
        signers.filter_map(|signer| self.deed(signer, next_of(records, signer.alg), now)).collect()
    }

    fn deed(&self, signer: &KeyRecord, next: Option<&KeyRecord>, now: UnixTime) -> Option<Deed> {
        let ends_at = signer.signs_at.unwrap_or(signer.created_at).plus(self.rotate_every);
        let Some(next) = next else {
            let is_due = now >= ends_at.minus(self.publish_ahead);
            let successor =
                Successor { signer: signer.kid.clone(), alg: signer.alg, bits: rsa_bits(&signer.public_jwk) };
            return is_due.then_some(Deed::Publish(successor));
        };
        // However late it was published, apps get their time to fetch it.
        let signs_at = ends_at.max(next.created_at.plus(self.publish_ahead));
        if now >= signs_at {
            let (signer, alg) = (signer.kid.clone(), signer.alg);
            return Some(Deed::Promote(Handover { signer, next: next.kid.clone(), alg }));
        }
        (next.signs_at != Some(signs_at)).then(|| Deed::Plan { next: next.kid.clone(), signs_at })
    }
}

fn next_of(records: &[KeyRecord], alg: Alg) -> Option<&KeyRecord> {
    records.iter().find(|record| record.state == KeyState::Next && record.alg == alg)
}

/// The keys that sign, each with the time at which the next one is to take over; the nearest first.
pub fn upcoming<'a>(records: &'a [KeyRecord], rotation: &Rotation) -> Vec<(&'a KeyRecord, UnixTime)> {
    let planned = |alg| next_of(records, alg).and_then(|next| next.signs_at);
    let signing = records.iter().filter(|record| record.state == KeyState::Signing);
    let mut list: Vec<_> = signing
        .map(|record| {
            let began = record.signs_at.unwrap_or(record.created_at);
            (record, planned(record.alg).unwrap_or_else(|| began.plus(rotation.rotate_every)))
        })
        .collect();
    list.sort_by_key(|(_, at)| *at);
    list
}

/// The size of an RSA key; `None` for the kinds that have one size.
pub fn rsa_bits(public_jwk: &Value) -> Option<u32> {
    let modulus = BASE64_URL_SAFE_NO_PAD.decode(public_jwk["n"].as_str()?).ok()?;
    u32::try_from(modulus.len() * 8).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const DAY: i64 = 86_400;
    const ROTATION: Rotation = Rotation { rotate_every: 90 * DAY, publish_ahead: 14 * DAY };

    fn key(kid: &str, state: KeyState, created_at: i64) -> KeyRecord {
        KeyRecord {
            kid: kid.into(),
            alg: Alg::RS256,
            state,
            public_jwk: json!({"n": BASE64_URL_SAFE_NO_PAD.encode([255; 256])}),
            is_imported: false,
            created_at: UnixTime(created_at),
            signs_at: (state == KeyState::Signing).then_some(UnixTime(created_at)),
            retired_at: None,
            removed_at: None,
        }
    }

    fn due_on(day: i64, records: &[KeyRecord]) -> Vec<Deed> {
        due(records, Some(&ROTATION), UnixTime(day * DAY))
    }

    #[test]
    fn the_next_key_is_published_ahead_in_the_size_of_the_last() {
        let records = [key("a", KeyState::Signing, 0)];
        assert_eq!(due_on(75, &records), []);
        let publish = Deed::Publish(Successor { signer: "a".into(), alg: Alg::RS256, bits: Some(2048) });
        assert_eq!(due_on(76, &records), [publish]);
    }

    #[test]
    fn the_next_key_signs_when_the_last_is_old_and_apps_know_it() {
        let mut records = [key("a", KeyState::Signing, 0), key("b", KeyState::Next, 76 * DAY)];
        assert_eq!(due_on(77, &records), [Deed::Plan { next: "b".into(), signs_at: UnixTime(90 * DAY) }]);
        records[1].signs_at = Some(UnixTime(90 * DAY));
        assert_eq!(due_on(89, &records), []);
        let promote = Deed::Promote(Handover { signer: "a".into(), next: "b".into(), alg: Alg::RS256 });
        assert_eq!(due_on(90, &records), std::slice::from_ref(&promote));

        // Published late, after months without anybody to do it.
        records[1].created_at = UnixTime(200 * DAY);
        records[1].signs_at = Some(UnixTime(214 * DAY));
        assert_eq!(due_on(213, &records), []);
        assert_eq!(due_on(214, &records), [promote]);
    }

    #[test]
    fn a_retired_key_is_withdrawn_with_or_without_a_rotation() {
        let mut old = key("old", KeyState::Retired, 0);
        old.removed_at = Some(UnixTime(10));
        let records = [old];
        assert_eq!(due(&records, None, UnixTime(9)), []);
        assert_eq!(due(&records, None, UnixTime(10)), [Deed::Remove { kid: "old".into() }]);
        assert_eq!(due_on(1, &records), [Deed::Remove { kid: "old".into() }]);
    }

    #[test]
    fn without_a_rotation_nothing_else_is_due() {
        let records = [key("a", KeyState::Signing, 0), key("b", KeyState::Next, 0)];
        assert_eq!(due(&records, None, UnixTime(1000 * DAY)), []);
    }

    #[test]
    fn a_key_is_kept_for_the_longest_that_a_token_may_be_of_use() {
        let keeping = Keeping { id_token: 600, access_token: 3600, session: 30 * DAY, key_set: 14 * DAY };
        assert_eq!(keeping.until(None, UnixTime(0)), UnixTime(30 * DAY + MARGIN));
        assert_eq!(keeping.until(Some(60 * DAY), UnixTime(0)), UnixTime(60 * DAY + MARGIN));
        assert_eq!(keeping.decrypting_until(UnixTime(7)), UnixTime(7 + 14 * DAY + MARGIN));
        let keeping = Keeping { id_token: DAY, access_token: 60, session: 600, key_set: 0 };
        assert_eq!(keeping.until(Some(5), UnixTime(7)), UnixTime(7 + DAY + MARGIN));
        let keeping = Keeping { id_token: 60, access_token: 2 * DAY, session: DAY, key_set: 0 };
        assert_eq!(keeping.until(None, UnixTime(0)), UnixTime(2 * DAY + MARGIN));
    }
}
