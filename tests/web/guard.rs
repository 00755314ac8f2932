//! An API of somebody's own behind the guard, with tokens of a running Cardea.

use std::net::TcpListener;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::http::Method as Verb;
use actix_web::{App, HttpResponse, HttpServer, web};
use cardea::clock::Clock;
use cardea::guard::{Bearer, Guard, Jwt, Needs, Remote as Introspection, Resource, Verifier};
use cardea::oidc::claims::ScopeEntry;
use cardea::oidc::jose::Alg;
use cardea::outbound::{Options, Outbound};
use cardea::store::scopes;
use secrecy::SecretString;
use serde_json::json;

use crate::support::*;

const BERTHS: &str = "https://berths.example/";
const METADATA: &str = "resource_metadata=\"https://berths.example/.well-known/oauth-protected-resource\"";

/// Cardea, https in front of it as in earnest, and the credentials of the API, whose ID is its resource.
struct Harbour {
    server: Server,
    front: Remote,
    api: RelyingParty,
}

impl Harbour {
    fn start(setup: Setup) -> Self {
        let (server, front) = (setup.start(), Remote::start());
        for path in ["/introspect", "/jwks"] {
            let site = server.site();
            front.handle(path, move |received| {
                let mut request = site.request(&received.method, path);
                if let Some(proof) = received.header("Authorization") {
                    request = request.header("Authorization", proof);
                }
                if received.method == "POST" {
                    request = request.raw_form(received.body.clone());
                }
                let answer = request.send();
                // Slow enough for several callers to meet.
                Reply::new(answer.status, "application/json", answer.body).after(Duration::from_millis(50))
            });
        }
        let api =
            server.relying_party_with(BERTHS, json!({ "redirect_uris": ["https://berths.example/cb"] }));
        server.write(|db| {
            let entry = |name: &str| ScopeEntry {
                name: name.into(),
                title: name.into(),
                description: String::new(),
                claims: Vec::new(),
                is_restricted: false,
                is_default: false,
            };
            ["berths:read", "berths:write", "admin"].iter().try_for_each(|name| scopes::add(db, &entry(name)))
        });
        server.refresh();
        Self { server, front, api }
    }

    fn outbound(&self) -> Outbound {
        let options = Options {
            trust_anchors: Some(self.front.authority().into()),
            exempt_hosts: vec![Remote::HOST.into()],
            ..Options::default()
        };
        Outbound::new(&options).unwrap()
    }

    fn introspection(&self) -> Introspection {
        let secret = SecretString::from(self.api.secret.clone());
        Introspection::new(self.outbound(), &self.front.url("/introspect"), BERTHS, secret)
    }

    fn jwt(&self) -> Jwt {
        Jwt::new(self.outbound(), self.server.issuer(), &self.front.url("/jwks"))
    }

    /// An API that takes tokens for [`BERTHS`], with `rules` for `/berths`.
    fn api(&self, verifier: impl Verifier, rules: impl FnOnce(Guard) -> Guard) -> Api {
        Api::start(Guard::new(verifier, Resource::new(BERTHS, self.server.issuer()).unwrap()), rules)
    }

    /// A client for itself that may name the resource.
    fn robot(&self, format: &str) -> RelyingParty {
        self.server.relying_party_with(
            &format!("robot-{format}"),
            json!({
                "grant_types": ["client_credentials"], "response_types": [], "access_token_format": format,
                "scope": "berths:read berths:write admin", "resources": [BERTHS, "https://cranes.example/"],
            }),
        )
    }

    fn asked(&self, path: &str) -> usize {
        self.front.requests().iter().filter(|request| request.path == path).count()
    }
}

/// A token of the client's own, for the API.
fn token(robot: &RelyingParty, scope: &str) -> String {
    token_for(robot, scope, BERTHS)
}

fn token_for(robot: &RelyingParty, scope: &str, resource: &str) -> String {
    let fields = [("grant_type", "client_credentials"), ("scope", scope), ("resource", resource)];
    robot.ask(&fields).access_token()
}

/// Somebody's API; counts how often its handler was reached.
struct Api {
    site: Site,
    reached: Arc<AtomicUsize>,
    hand: Arc<AtomicI64>,
    handle: ServerHandle,
    thread: Option<JoinHandle<()>>,
}

impl Api {
    fn start(guard: Guard, rules: impl FnOnce(Guard) -> Guard) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (clock, hand) = Clock::fixed(NOW.0);
        let (reached, (tell, told)) = (Arc::new(AtomicUsize::new(0)), mpsc::channel());
        let (guard, count) = (rules(guard.clock(clock)), web::Data::from(reached.clone()));
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let app = move || {
                    App::new()
                        .app_data(count.clone())
                        .service(guard.metadata())
                        .service(web::resource("/berths").wrap(guard.clone()).route(web::to(berths)))
                        .service(web::resource("/forgotten").route(web::to(berths)))
                };
                let server = HttpServer::new(app).workers(2).shutdown_timeout(0).disable_signals();
                let server = server.listen(listener).unwrap().run();
                tell.send(server.handle()).unwrap();
                server.await.unwrap();
            });
        });
        let site = Site::new(address, "http://api.example");
        Self { site, reached, hand, handle: told.recv().unwrap(), thread: Some(thread) }
    }

    fn ask(&self, method: &str, token: &str) -> Answer {
        self.site.request(method, "/berths").bearer(token).send()
    }

    fn get(&self, token: &str) -> Answer {
        self.ask("GET", token)
    }

    fn reached(&self) -> usize {
        self.reached.load(Ordering::Relaxed)
    }

    fn advance(&self, seconds: i64) {
        self.hand.fetch_add(seconds, Ordering::Relaxed);
    }

    /// That this answer turns somebody away, and that nothing was reached.
    #[track_caller]
    fn refuses(&self, reached: usize, answer: &Answer, (status, error): (u16, &str)) {
        assert_eq!((answer.status, &*answer.error()), (status, error));
        let challenge = answer.header("www-authenticate").unwrap();
        assert!(challenge.starts_with("Bearer realm=\"https://berths.example/\", "), "{challenge}");
        assert!(challenge.contains(&format!("error=\"{error}\"")), "{challenge}");
        assert!(challenge.ends_with(METADATA), "{challenge}");
        assert_eq!(self.reached(), reached);
    }
}

impl Drop for Api {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
        if let Some(thread) = self.thread.take() {
            // A panic of the server's thread has failed the test already.
            let _ = thread.join();
        }
    }
}

async fn berths(bearer: Bearer, count: web::Data<AtomicUsize>) -> HttpResponse {
    count.fetch_add(1, Ordering::Relaxed);
    HttpResponse::Ok().json(json!({ "person": bearer.person(), "client_id": bearer.client_id() }))
}

const INVALID: (u16, &str) = (401, "invalid_token");
const LACKING: (u16, &str) = (403, "insufficient_scope");

on_both! {
    // Seed: R05
    fn a_good_token_with_the_scope_gets_in(setup) {
        let harbour = Harbour::start(setup);
        let (opaque, jwt) = (harbour.robot("opaque"), harbour.robot("jwt"));
        let remote = harbour.api(harbour.introspection(), |guard| guard.scopes(["berths:read"]));
        let local = harbour.api(harbour.jwt(), |guard| guard.scopes(["berths:read"]));
        for (api, robot) in [(&remote, &opaque), (&remote, &jwt), (&local, &jwt)] {
            let answer = api.get(&token(robot, "berths:read admin"));
            assert_eq!((answer.status, answer.json()), (200, json!({ "person": null, "client_id": robot.id() })));
        }
        let shop = harbour.server.relying_party_with("shop", json!({
            "resources": [BERTHS], "scope": "openid berths:read", "access_token_format": "jwt",
        }));
        let code = shop.sign_in_with("alice", &[("scope", "openid berths:read"), ("resource", BERTHS)]).code();
        let tokens = shop.redeem(&code);
        for api in [&remote, &local] {
            let answer = api.get(&tokens.access_token());
            assert_eq!(answer.json(), json!({ "person": "sub-of-alice", "client_id": "shop" }));
            let reached = api.reached();
            api.refuses(reached, &api.get(&tokens.id_token()), INVALID);
        }
    }

    // Seed: R05
    fn who_is_refused_reaches_nothing(setup) {
        let harbour = Harbour::start(setup);
        let robot = harbour.robot("jwt");
        let apis = [
            harbour.api(harbour.introspection(), |guard| guard.scopes(["berths:read", "admin"])),
            harbour.api(harbour.jwt(), |guard| guard.scopes(["berths:read", "admin"])),
        ];
        let stranger = harbour.server.relying_party_with("stranger", json!({
            "grant_types": ["client_credentials"], "response_types": [], "access_token_format": "jwt",
            "scope": "berths:read admin",
        }));
        for api in &apis {
            for bare in [
                api.site.request("GET", "/berths").send(),
                api.site.request("GET", "/berths").header("Authorization", "Basic YTpi").send(),
                api.site.request("GET", "/berths?access_token=abc").send(),
            ] {
                let challenge = format!(
                    "Bearer realm=\"{BERTHS}\", scope=\"berths:read admin\", {METADATA}"
                );
                assert_eq!((bare.status, bare.body.as_str()), (401, ""));
                assert_eq!(bare.header("www-authenticate"), Some(&*challenge));
            }
            let good = token(&robot, "berths:read admin");
            let twice = api.site.request("GET", "/berths").bearer(&good).bearer(&good).send();
            api.refuses(0, &twice, (400, "invalid_request"));
            let (signed, _) = good.rsplit_once('.').unwrap();
            for wrong in ["unheard-of", "a.b.c", "a\"b", &format!("{signed}.AAAA"), &"a".repeat(17_000)] {
                api.refuses(0, &api.get(wrong), INVALID);
            }
            api.refuses(0, &api.get(&token(&robot, "berths:read")), LACKING);
            // Meant for somebody else, or for nobody in particular.
            let elsewhere = token_for(&robot, "berths:read admin", "https://cranes.example/");
            api.refuses(0, &api.get(&elsewhere), INVALID);
            api.refuses(0, &api.get(&stranger.own_token().access_token()), INVALID);
            assert_eq!(api.get(&good).status, 200);
            api.advance(3600);
            api.refuses(1, &api.get(&good), INVALID);
        }
    }

    // Seed: R06
    fn scopes_may_differ_by_method(setup) {
        let harbour = Harbour::start(setup);
        let robot = harbour.robot("jwt");
        let [read, write, admin] = ["berths:read", "berths:write", "admin"].map(|scope| token(&robot, scope));
        let api = harbour.api(harbour.jwt(), |guard| {
            let read = Needs::all(["berths:read"]).or(["admin"]);
            guard.read_write(read, ["berths:write"]).method(Verb::DELETE, ["berths:write", "admin"])
        });
        for (method, token, status) in [
            ("GET", &read, 200), ("GET", &admin, 200), ("GET", &write, 403),
            ("POST", &write, 200), ("POST", &read, 403), ("PUT", &admin, 403),
            ("DELETE", &write, 403), ("DELETE", &admin, 403),
        ] {
            let reached = api.reached();
            let answer = api.ask(method, token);
            if status == 200 {
                assert_eq!((answer.status, api.reached()), (200, reached + 1), "{method}");
            } else {
                api.refuses(reached, &answer, LACKING);
            }
        }
        let both = token(&robot, "admin berths:write");
        assert_eq!(api.ask("DELETE", &both).status, 200);
        let wanted = api.ask("DELETE", &read);
        assert!(wanted.header("www-authenticate").unwrap().contains("scope=\"berths:write admin\""));

        let shut = harbour.api(harbour.jwt(), |guard| guard.method(Verb::GET, ["berths:read"]));
        assert_eq!(shut.get(&read).status, 200);
        shut.refuses(1, &shut.ask("POST", &both), LACKING);
    }

    // Seed: R07
    fn what_was_told_is_kept_for_a_moment(setup) {
        let harbour = Harbour::start(setup);
        let robot = harbour.robot("opaque");
        let api = harbour.api(harbour.introspection().lasting(30), |guard| guard);
        let good = token(&robot, "admin");
        let statuses: Vec<u16> = std::thread::scope(|scope| {
            let callers: Vec<_> = (0..6).map(|_| scope.spawn(|| api.get(&good).status)).collect();
            callers.into_iter().map(|caller| caller.join().unwrap()).collect()
        });
        assert_eq!((statuses, harbour.asked("/introspect")), (vec![200; 6], 1));
        let asked = &harbour.front.requests()[0];
        assert_eq!(asked.field("token_type_hint").as_deref(), Some("access_token"));
        assert_eq!(asked.header("Authorization"), Some(&*harbour.api.basic(&harbour.api.secret)));

        robot.revoke(&good);
        assert_eq!((api.get(&good).status, harbour.asked("/introspect")), (200, 1));
        api.advance(30);
        api.refuses(7, &api.get(&good), INVALID);
        api.refuses(7, &api.get(&good), INVALID);
        assert_eq!(harbour.asked("/introspect"), 2, "what is bad is kept too");
        api.advance(5);
        api.refuses(7, &api.get(&good), INVALID);
        assert_eq!(harbour.asked("/introspect"), 3);

        // Never beyond its end, whatever is kept.
        let long = harbour.api(harbour.introspection().lasting(100_000), |guard| guard);
        let good = token(&robot, "admin");
        assert_eq!(long.get(&good).status, 200);
        for seconds in [3600, 1] {
            long.advance(seconds);
            harbour.server.advance(seconds);
            long.refuses(1, &long.get(&good), INVALID);
        }
        assert_eq!(harbour.asked("/introspect"), 5);
        let never = harbour.api(harbour.introspection().lasting(0), |guard| guard.audience("urn:other"));
        let good = token(&robot, "admin");
        never.advance(3601);
        assert_eq!([never.get(&good).status, never.get(&good).status], [200, 200]);
        assert_eq!(harbour.asked("/introspect"), 7);
    }

    // Seed: R07
    fn while_nobody_can_tell_nobody_gets_in(setup) {
        let harbour = Harbour::start(setup);
        let robot = harbour.robot("jwt");
        let remote = harbour.api(harbour.introspection(), |guard| guard);
        let local = harbour.api(harbour.jwt(), |guard| guard);
        let good = token(&robot, "admin");
        for (status, body) in [(500, "{}"), (302, ""), (200, "[]"), (200, "no JSON")] {
            harbour.front.answer("/introspect", status, "application/json", body);
            harbour.front.answer("/jwks", status, "application/json", body);
            for api in [&remote, &local] {
                let answer = api.get(&good);
                assert_eq!((answer.status, answer.body.as_str(), api.reached()), (503, "", 0));
                assert_eq!(answer.header("www-authenticate"), None);
            }
        }
        for told in [
            json!({}),
            json!({ "active": "true", "token_type": "Bearer", "aud": BERTHS }),
            json!({ "active": true, "aud": BERTHS }),
            json!({ "active": true, "token_type": "Bearer" }),
            json!({ "active": true, "token_type": "Bearer", "aud": BERTHS, "exp": "never" }),
        ] {
            harbour.front.answer("/introspect", 200, "application/json", told.to_string());
            remote.advance(60);
            remote.refuses(0, &remote.get(&good), INVALID);
        }
        // The API's own credentials are wrong, and that is not the caller's fault.
        let secret = SecretString::from("guess");
        let thief = Introspection::new(harbour.outbound(), &harbour.front.url("/away"), BERTHS, secret);
        assert_eq!(harbour.api(thief, |guard| guard).get(&good).status, 503);
    }

    // Seed: R07
    fn a_refresh_token_is_nothing_to_show(setup) {
        let harbour = Harbour::start(setup);
        harbour.server.change_client(BERTHS, |client| client.options.may_introspect = true);
        let shop = harbour.server.relying_party("shop");
        let tokens = shop.redeem(&shop.sign_in_with("alice", &[("scope", "openid offline_access")]).code());
        let issuer = harbour.server.issuer().to_owned();
        let api = harbour.api(harbour.introspection(), |guard| guard.audience(&issuer).scopes(["openid"]));
        api.refuses(0, &api.get(&tokens.refresh_token()), INVALID);
        assert_eq!(api.get(&tokens.access_token()).status, 200);
    }

    // Seed: R05
    fn a_new_key_is_noticed(setup) {
        let harbour = Harbour::start(setup);
        let robot = harbour.robot("jwt");
        let api = harbour.api(harbour.jwt(), |guard| guard);
        assert_eq!(api.get(&token(&robot, "admin")).status, 200);
        assert_eq!(api.get(&token(&robot, "admin")).status, 200);
        assert_eq!(harbour.asked("/jwks"), 1);
        harbour.server.change_client("robot-jwt", |client| client.id_token_alg = Alg::ES256);
        harbour.server.add_key(Alg::ES256);
        let new = token(&robot, "admin");
        // Nobody is asked more often than each three seconds.
        api.refuses(2, &api.get(&new), INVALID);
        assert_eq!(harbour.asked("/jwks"), 1);
        api.advance(3);
        assert_eq!((api.get(&new).status, harbour.asked("/jwks")), (200, 2));
        let opaque = harbour.robot("opaque");
        api.advance(3);
        api.refuses(3, &api.get(&token(&opaque, "admin")), INVALID);
        assert_eq!(harbour.asked("/jwks"), 2);
    }
}

// Seed: R05
#[test]
fn the_resource_says_where_tokens_come_from() {
    let harbour = Harbour::start(Setup::on(Kind::Sqlite));
    let api = harbour.api(harbour.jwt(), |guard| guard.read_write(["berths:read"], ["berths:write"]));
    let document = api.site.request("GET", "/.well-known/oauth-protected-resource").send();
    assert_eq!(
        document.json(),
        json!({
            "resource": BERTHS,
            "authorization_servers": [harbour.server.issuer()],
            "bearer_methods_supported": ["header"],
            "scopes_supported": ["berths:read", "berths:write"],
        })
    );
    // A handler that nobody guards gets no token, and is not run without one.
    let forgotten = api.site.request("GET", "/forgotten").bearer("anything").send();
    assert_eq!((forgotten.status, api.reached()), (500, 0));
}
