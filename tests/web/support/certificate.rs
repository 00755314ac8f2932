//! A certificate for `localhost` and 127.0.0.1 that is signed by itself, in files as an operator has them.

use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::ssl::{SslConnector, SslMethod};
use openssl::x509::extension::SubjectAlternativeName;
use openssl::x509::{X509, X509Name};
use tempfile::TempDir;

pub struct Certificate {
    directory: TempDir,
    certificate: X509,
}

impl Certificate {
    pub fn new() -> Self {
        Self::of(&PKey::ec_gen("prime256v1").unwrap())
    }

    pub fn of(key: &PKey<Private>) -> Self {
        let mut name = X509Name::builder().unwrap();
        name.append_entry_by_nid(Nid::COMMONNAME, "localhost").unwrap();
        let name = name.build();
        let mut builder = X509::builder().unwrap();
        // Counted from 0.
        builder.set_version(2).unwrap();
        builder.set_serial_number(&BigNum::from_u32(1).unwrap().to_asn1_integer().unwrap()).unwrap();
        builder.set_subject_name(&name).unwrap();
        builder.set_issuer_name(&name).unwrap();
        builder.set_not_before(&Asn1Time::days_from_now(0).unwrap()).unwrap();
        builder.set_not_after(&Asn1Time::days_from_now(1).unwrap()).unwrap();
        builder.set_pubkey(key).unwrap();
        let host = SubjectAlternativeName::new()
            .dns("localhost")
            .ip("127.0.0.1")
            .build(&builder.x509v3_context(None, None))
            .unwrap();
        builder.append_extension(host).unwrap();
        builder.sign(key, MessageDigest::sha256()).unwrap();
        let certificate = builder.build();

        let directory = TempDir::new().unwrap();
        let write = |name: &str, pem: Vec<u8>| std::fs::write(directory.path().join(name), pem).unwrap();
        write("certificate.pem", certificate.to_pem().unwrap());
        write("key.pem", key.private_key_to_pem_pkcs8().unwrap());
        Self { directory, certificate }
    }

    pub fn path(&self) -> String {
        self.path_of("certificate.pem")
    }

    pub fn key_path(&self) -> String {
        self.path_of("key.pem")
    }

    fn path_of(&self, name: &str) -> String {
        self.directory.path().join(name).to_str().unwrap().to_owned()
    }

    /// What trusts this certificate, and offers the protocols that browsers do.
    pub fn connector(&self) -> SslConnector {
        let mut connector = SslConnector::builder(SslMethod::tls_client()).unwrap();
        connector.cert_store_mut().add_cert(self.certificate.clone()).unwrap();
        connector.set_alpn_protos(b"\x02h2\x08http/1.1").unwrap();
        connector.build()
    }
}
