use std::net::{TcpListener, UdpSocket};
use std::time::{Duration, Instant};

use crate::support::{Place, Server};

#[test]
fn the_server_sees_what_the_command_line_changed() {
    for place in Place::of_each_kind() {
        let server = place.serve();
        let first = server.kids();
        assert_eq!(first.len(), 1);

        let kid = place.run(&["key", "create", "--alg", "ES256"]).line();
        server.soon(|server| server.kids().contains(&kid));
        let algs = server.get("/.well-known/openid-configuration");
        let algs = algs["id_token_signing_alg_values_supported"].to_string();
        assert!(algs.contains("ES256") && algs.contains("RS256"), "{algs}");

        let new = place.run(&["key", "rotate"]).line();
        server.soon(|server| server.kids().contains(&new));
        assert!(server.kids().contains(&first[0]), "the old key still verifies");
        place.run(&["key", "rotate", "--withdraw"]).good();
        server.soon(|server| !server.kids().contains(&new));
    }
}

#[test]
fn a_setup_link_is_printed_until_somebody_administers() {
    for place in Place::of_each_kind() {
        let link = |server: &mut Server| {
            let line = server.next_line();
            let (_, link) = line.split_once(&format!("{}/setup?token=", server.issuer)).unwrap();
            link.to_owned()
        };
        let mut server = place.serve();
        let first = link(&mut server);
        assert!(first.len() >= 43, "{first}");
        drop(server);
        let mut server = place.serve();
        assert_ne!(link(&mut server), first);
        drop(server);

        place.add_user(&["ada", "--admin"]).good();
        let mut server = place.serve();
        server.signal("-TERM");
        assert_eq!(server.wait(), Some(0));
        assert_eq!(server.rest(), "");
    }
}

#[test]
fn the_server_stops_when_it_is_asked_to() {
    let place = Place::sqlite();
    for name in ["-TERM", "-INT"] {
        let mut server = place.serve();
        server.kids();
        server.signal(name);
        assert_eq!(server.wait(), Some(0), "{name}");
    }
}

#[test]
fn a_taken_port_is_named_before_anything_is_touched() {
    let place = Place::sqlite();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    place.run(&["serve", "--listen", &address]).refused(&[&address, "--listen"]);
    assert!(!place.path().join("cardea.db").exists());
}

#[test]
fn trust_anchors_of_no_use_are_named() {
    let place = Place::sqlite();
    place.write("anchors.pem", "no certificate");
    let set = |path: &str| place.run(&["serve", "--set", &format!("outbound_trust_anchors={path}")]);
    set("missing.pem").refused(&["outbound_trust_anchors", "missing.pem", "cannot be read"]);
    set("anchors.pem").refused(&["outbound_trust_anchors", "anchors.pem", "holds no certificate", "PEM"]);
}

#[test]
fn a_start_on_an_existing_database_is_quick() {
    let place = Place::sqlite();
    place.run(&["migrate"]).good();
    place.run(&["user", "list"]).good();
    let start = Instant::now();
    let server = place.serve();
    server.kids();
    // A debug build, beside other tests; a release build alone takes a tenth of it.
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
}

#[test]
fn serving_is_what_happens_without_a_command() {
    let place = Place::sqlite();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    place.run(&["--listen", &address]).refused(&[&address]);
}

#[test]
fn plain_http_is_refused_to_strangers() {
    // The address by which this machine would ask others; nothing is sent.
    let socket = UdpSocket::bind("0.0.0.0:0").unwrap();
    let own = socket.connect("203.0.113.1:9").and_then(|()| socket.local_addr());
    let own =
        own.expect("this machine has an address beside loopback; without one nobody is a stranger to it");
    let place = Place::sqlite();
    let ask = |server: &Server, path: &str| {
        let (_, port) = server.issuer.rsplit_once(':').unwrap();
        let agent = ureq::Agent::config_builder().http_status_as_error(false).build().new_agent();
        let mut answer = agent.get(format!("http://{}:{port}{path}", own.ip())).call().unwrap();
        (answer.status().as_u16(), answer.body_mut().read_to_string().unwrap())
    };
    let server = Server::start_at(&place, "0.0.0.0", &["--set", "trusted_proxies=10.9.9.9"]);
    for path in ["/jwks", "/login", "/token", "/metrics", "/static/cardea.css", "/no/such/page"] {
        let (status, body) = ask(&server, path);
        assert_eq!(status, 403, "{path}");
        assert!(body.contains("trusted_proxies") && body.contains("tls.certificate"), "{body}");
    }
    assert_eq!((ask(&server, "/healthz").0, ask(&server, "/readyz").0), (200, 200));
    assert_eq!(server.kids().len(), 1, "this machine is served");
    drop(server);

    let proxies = format!("trusted_proxies={}", own.ip());
    let server = Server::start_at(&place, "0.0.0.0", &["--set", &proxies]);
    assert_eq!(ask(&server, "/jwks").0, 200);
}
