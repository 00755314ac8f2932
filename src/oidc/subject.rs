//! Subject identifiers: the `sub` by which a client knows a person (OpenID Connect Core 2, 8).

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::sign::Signer;
use url::Url;

use super::client::Client;
use super::options::SubjectType;
use super::user::User;

/// What a public `sub` is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    Id,
    Username,
    Email,
    /// What was brought along; the ID where nothing was.
    Stored,
}

/// What all subjects of this provider have in common.
pub struct Subjects {
    pub source: Source,
    /// Under which pairwise subjects are made; the same on every node, for ever.
    pub key: [u8; 32],
}

impl Subjects {
    /// The `sub` of `user` for `client`: at most 255 ASCII characters, always the same.
    pub fn of(&self, user: &User, client: &Client) -> String {
        match client.options.subject_type {
            SubjectType::Public => self.public(user),
            SubjectType::Pairwise => self.pairwise(user, &sector(client)),
        }
    }

    fn public(&self, user: &User) -> String {
        let text = match self.source {
            Source::Id => None,
            Source::Username => Some(&user.username),
            Source::Email => user.profile.email.as_ref(),
            Source::Stored => user.subject.as_ref(),
        };
        let is_sub = |text: &&String| text.len() <= 255 && text.bytes().all(|b| b.is_ascii_graphic());
        text.filter(is_sub).unwrap_or(&user.id).clone()
    }

    /// OpenID Connect Core 8.1: different for each sector, and not to be reversed by anybody but us.
    fn pairwise(&self, user: &User, sector: &str) -> String {
        let key = PKey::hmac(&self.key).expect("any bytes make an HMAC key");
        let mut signer = Signer::new(MessageDigest::sha256(), &key).expect("HMAC-SHA-256 is always there");
        let text = format!("{sector}\n{}", user.id);
        let mac = signer.sign_oneshot_to_vec(text.as_bytes()).expect("an HMAC takes any text");
        BASE64_URL_SAFE_NO_PAD.encode(mac)
    }
}

/// The host that stands for all clients which may know a person by the same pairwise `sub`.
fn sector(client: &Client) -> String {
    let uri = client.options.sector_identifier_uri.as_ref().or(client.redirect_uris.first());
    let host = uri.and_then(|uri| Url::parse(uri).ok()).and_then(|url| url.host_str().map(str::to_owned));
    host.unwrap_or_else(|| client.id.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oidc::metadata::Metadata;
    use crate::oidc::time::UnixTime;
    use crate::oidc::user::ada;

    fn client(id: &str, redirect_uri: &str, subject_type: SubjectType) -> Client {
        let metadata = Metadata { redirect_uris: vec![redirect_uri.into()], ..Metadata::default() };
        let mut client = metadata.check(id.into(), UnixTime(0)).unwrap();
        client.options.subject_type = subject_type;
        client
    }

    fn subjects(source: Source) -> Subjects {
        Subjects { source, key: [7; 32] }
    }

    #[test]
    fn a_pairwise_subject_is_one_within_a_sector_and_another_outside() {
        let own = subjects(Source::Id);
        let of = |id, uri| own.of(&ada(), &client(id, uri, SubjectType::Pairwise));
        let shop = of("shop", "https://shop.example/cb");
        assert_eq!(shop, of("shop-app", "https://shop.example/app"));
        assert_ne!(shop, of("bank", "https://bank.example/cb"));
        assert_ne!(shop, ada().id);
        assert_eq!(shop.len(), 43);
        let mut elsewhere = client("other", "https://other.example/cb", SubjectType::Pairwise);
        elsewhere.options.sector_identifier_uri = Some("https://shop.example/sector.json".into());
        assert_eq!(own.of(&ada(), &elsewhere), shop);
    }

    #[test]
    fn a_public_subject_is_made_of_what_the_operator_chose() {
        let shop = client("shop", "https://shop.example/cb", SubjectType::Public);
        let mut user = ada();
        assert_eq!(subjects(Source::Id).of(&user, &shop), user.id);
        assert_eq!(subjects(Source::Username).of(&user, &shop), "ada");
        assert_eq!(subjects(Source::Email).of(&user, &shop), "ada@tidemark.example");
        assert_eq!(subjects(Source::Stored).of(&user, &shop), user.id);
        user.subject = Some("4711".into());
        assert_eq!(subjects(Source::Stored).of(&user, &shop), "4711");
        user.username = "müller".into();
        assert_eq!(subjects(Source::Username).of(&user, &shop), user.id);
    }
}
