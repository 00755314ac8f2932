//! What Cardea asks of others, against a real https server.

mod cache;
mod places;

use std::io::{Read, Write};
use std::net::TcpListener;
use std::time::Duration;

use cardea::outbound::{Error, Fault, Fetched, Options, Outbound, Wanted};
use openssl::pkey::PKey;
use openssl::rsa::Rsa;
use openssl::ssl::{SslAcceptor, SslAcceptorBuilder, SslFiletype, SslMethod, SslVersion};

use crate::support::{Certificate, Kind, Remote, Reply, Setup, block_on};

/// Options under which the remote can be asked.
fn options(remote: &Remote) -> Options {
    Options {
        trust_anchors: Some(remote.authority().into()),
        exempt_hosts: vec![Remote::HOST.into()],
        ..Options::default()
    }
}

fn get(options: &Options, url: &str) -> Result<Fetched, Error> {
    block_on(Outbound::new(options).unwrap().get(url, Wanted::JSON))
}

/// A remote with a document at `/jwks`.
fn remote() -> Remote {
    let remote = Remote::start();
    remote.answer("/jwks", 200, "application/jwk-set+json; charset=utf-8", "{\"keys\":[]}");
    remote
}

/// The fault, and proof that the remote was not asked.
fn refused(options: &Options, remote: &Remote, url: &str) -> Fault {
    let fault = get(options, url).unwrap_err().fault;
    assert!(remote.requests().is_empty(), "{url} was asked");
    fault
}

#[test]
fn a_document_is_fetched_without_the_fragment() {
    let remote = remote();
    remote.reply("/kept", Reply::new(200, "Application/JSON", "{}").header("Cache-Control", "max-age=60"));

    let fetched = get(&options(&remote), &remote.url("/jwks?a=b#fragment")).unwrap();
    assert_eq!((fetched.status, fetched.body.as_slice()), (200, &b"{\"keys\":[]}"[..]));
    assert_eq!((fetched.content_type.as_deref(), fetched.max_age), (Some("application/jwk-set+json"), None));
    let fetched = get(&options(&remote), &remote.url("/kept")).unwrap();
    assert_eq!((fetched.content_type.as_deref(), fetched.max_age), (Some("application/json"), Some(60)));

    let request = &remote.requests()[0];
    assert_eq!((&*request.method, &*request.path, &*request.query), ("GET", "/jwks", "a=b"));
    assert_eq!(request.header("Accept-Encoding"), Some("identity"));
    assert!(request.header("Accept").unwrap().starts_with("application/json"));
    assert_eq!(request.header("Referer"), None);
}

// Conformance: T-3
#[test]
fn a_form_is_posted() {
    let remote = remote();
    remote.answer("/logout", 204, "text/plain", "");
    let outbound = Outbound::new(&options(&remote)).unwrap();
    let fields = [("logout_token", "a.b+c/d="), ("state", "ä")];
    assert_eq!(block_on(outbound.post_form(&remote.url("/logout"), &fields)), Ok(204));

    let request = &remote.requests()[0];
    assert_eq!((&*request.method, &*request.path), ("POST", "/logout"));
    assert_eq!(request.header("Content-Type"), Some("application/x-www-form-urlencoded"));
    assert_eq!(request.field("logout_token").as_deref(), Some("a.b+c/d="));
    assert_eq!(request.field("state").as_deref(), Some("ä"));
    assert_eq!(block_on(outbound.post_form(&remote.url("/gone"), &fields)), Ok(404));
}

// Conformance: T-3
#[test]
fn the_settings_reach_the_client() {
    let remote = remote();
    let server = Setup::on(Kind::Sqlite).reaching(&remote).start();
    let fetched = block_on(server.app().outbound.get(&remote.url("/jwks"), Wanted::KEY_SET)).unwrap();
    assert_eq!(fetched.status, 200);

    let server = Setup::on(Kind::Sqlite).start();
    let refused = block_on(server.app().outbound.get(&remote.url("/jwks"), Wanted::KEY_SET)).unwrap_err();
    assert!(matches!(refused.fault, Fault::Address(_)), "{refused}");
    assert_eq!(remote.requests().len(), 1);
}

#[test]
fn who_is_not_exempt_must_have_a_public_address() {
    let remote = remote();
    let strict =
        Options { exempt_hosts: vec!["app.localhost".into(), "ocalhost".into()], ..options(&remote) };
    let port = remote.url("").rsplit_once(':').unwrap().1.to_owned();
    for host in ["localhost", "LOCALHOST", "127.0.0.1", "0x7f.1", "2130706433", "[::ffff:127.0.0.1]"] {
        let fault = refused(&strict, &remote, &format!("https://{host}:{port}/jwks"));
        assert!(
            matches!(fault, Fault::Address(address) if address.to_canonical().is_loopback()),
            "{fault:?}"
        );
    }
    let by_address = Options { exempt_hosts: vec!["127.0.0.1".into()], ..options(&remote) };
    assert!(get(&by_address, &format!("https://127.0.0.1:{port}/jwks")).is_ok());
}

#[test]
fn a_name_that_leads_nowhere_looks_like_one_that_leads_inside() {
    let remote = remote();
    let strict = Options { exempt_hosts: Vec::new(), ..options(&remote) };
    let nowhere = get(&strict, "https://nowhere.invalid/").unwrap_err();
    assert!(matches!(nowhere.fault, Fault::Lookup(_)), "{nowhere}");
    let inside = get(&strict, &remote.url("/jwks")).unwrap_err();
    assert_eq!(inside.public().replace("localhost", "nowhere.invalid"), nowhere.public());
}

#[test]
fn exempt_hosts_must_still_be_trusted_and_https() {
    let remote = remote();
    let distrusting = Options { trust_anchors: None, ..options(&remote) };
    let fault = refused(&distrusting, &remote, &remote.url("/jwks"));
    assert!(matches!(&fault, Fault::Connect(why) if why.contains("certificate")), "{fault:?}");

    let plain = remote.url("/jwks").replace("https:", "http:");
    assert_eq!(refused(&options(&remote), &remote, &plain), Fault::Url("is not https"));
    let with_user = remote.url("/jwks").replace("localhost", "a:b@localhost");
    assert!(matches!(refused(&options(&remote), &remote, &with_user), Fault::Url(_)));
}

// Conformance: T-5
#[test]
fn redirects_are_not_followed() {
    let remote = remote();
    for status in [301, 302, 303, 307, 308] {
        let reply = Reply::new(status, "text/plain", "").header("Location", &remote.url("/jwks"));
        remote.reply("/moved", reply);
        let fetched = get(&options(&remote), &remote.url("/moved")).unwrap();
        assert_eq!(fetched.status, status);
        assert_eq!(fetched.success().unwrap_err().fault, Fault::Status(status));
    }
    assert!(remote.requests().iter().all(|request| request.path == "/moved"));
}

/// Version and cipher suite that are agreed on with a server that has an RSA certificate and `limits`.
fn agreed(limits: impl FnOnce(&mut SslAcceptorBuilder)) -> (String, String) {
    let certificate = Certificate::of(&PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap());
    let mut acceptor = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls_server()).unwrap();
    acceptor.set_certificate_chain_file(certificate.path()).unwrap();
    acceptor.set_private_key_file(certificate.key_path(), SslFiletype::PEM).unwrap();
    limits(&mut acceptor);
    let (acceptor, listener) = (acceptor.build(), TcpListener::bind("127.0.0.1:0").unwrap());
    let url = format!("https://localhost:{}/", listener.local_addr().unwrap().port());
    let asked = std::thread::spawn(move || {
        let mut stream = acceptor.accept(listener.accept().unwrap().0).unwrap();
        let _ = stream.read(&mut [0; 4096]).unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}").unwrap();
        let suite = stream.ssl().current_cipher().unwrap().name();
        (stream.ssl().version_str().to_owned(), suite.to_owned())
    });
    let options = Options {
        trust_anchors: Some(certificate.path().into()),
        exempt_hosts: vec!["localhost".into()],
        ..Options::default()
    };
    assert_eq!(get(&options, &url).unwrap().status, 200);
    asked.join().unwrap()
}

// Conformance: T-4
#[test]
fn tls_1_3_is_preferred_and_1_2_spoken_with_authenticated_ciphers() {
    assert_eq!(agreed(|_| ()).0, "TLSv1.3");
    for suite in ["ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-AES256-GCM-SHA384", "DHE-RSA-AES256-GCM-SHA384"] {
        let both = agreed(|server| {
            server.set_max_proto_version(Some(SslVersion::TLS1_2)).unwrap();
            server.set_cipher_list(suite).unwrap();
        });
        assert_eq!(both, ("TLSv1.2".into(), suite.into()));
    }
}

#[test]
fn what_is_too_large_is_cut_off() {
    let remote = remote();
    let size = Wanted::JSON.max_bytes;
    for (path, size) in [("/most", size), ("/more", size + 1)] {
        remote.answer(path, 200, "application/json", vec![b' '; size]);
        remote.reply(&format!("{path}-chunked"), Reply::new(200, "text/plain", vec![b' '; size]).chunked());
    }
    for path in ["/most", "/most-chunked"] {
        assert_eq!(get(&options(&remote), &remote.url(path)).unwrap().body.len(), size);
    }
    for path in ["/more", "/more-chunked"] {
        assert_eq!(get(&options(&remote), &remote.url(path)).unwrap_err().fault, Fault::TooLarge(size));
    }
    let outbound = Outbound::new(&options(&remote)).unwrap();
    let logo = block_on(outbound.get(&remote.url("/more"), Wanted::PICTURE)).unwrap();
    assert_eq!(logo.body.len(), size + 1);
}

#[test]
fn what_is_compressed_is_not_unpacked() {
    let remote = remote();
    remote.reply("/packed", Reply::new(200, "application/json", "x").header("Content-Encoding", "gzip"));
    let fault = get(&options(&remote), &remote.url("/packed")).unwrap_err().fault;
    assert!(matches!(fault, Fault::Content(_)), "{fault:?}");
}

// Conformance: T-5
#[test]
fn who_is_slow_is_not_waited_for() {
    let remote = remote();
    let impatient = Options { timeout: Duration::from_millis(500), ..options(&remote) };
    remote.reply("/late", Reply::new(200, "text/plain", "").after(Duration::from_secs(30)));
    remote.reply("/stalled", Reply::new(200, "text/plain", "begun").stalled());
    for path in ["/late", "/stalled"] {
        let fault = get(&impatient, &remote.url(path)).unwrap_err().fault;
        assert_eq!(fault, Fault::Timeout(500), "{path}");
    }
}

#[test]
fn only_so_many_are_asked_at_a_time() {
    let remote = remote();
    let alone = Options { concurrency: 1, timeout: Duration::from_secs(3), ..options(&remote) };
    remote.reply("/stalled", Reply::new(200, "text/plain", "begun").stalled());
    let outbound = Outbound::new(&alone).unwrap();
    let (stalled, jwks) = (remote.url("/stalled"), remote.url("/jwks"));
    let (first, second) = block_on(async {
        tokio::join!(outbound.get(&stalled, Wanted::JSON), outbound.get(&jwks, Wanted::JSON))
    });
    assert!(matches!(first.unwrap_err().fault, Fault::Timeout(_)));
    assert_eq!(second.unwrap_err().fault, Fault::Busy);
    assert_eq!(remote.requests().len(), 1);
    assert!(block_on(outbound.get(&jwks, Wanted::JSON)).is_ok(), "the place is free again");
}
