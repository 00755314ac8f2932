//! In which media type programs send their parameters: forms, and JSON where `features.json_token_request` is on.

use serde_json::{Value, json};

use crate::support::*;

const JSON_ON: (&str, &str) = ("features.json_token_request", "true");

/// Sends `body` with the client's own credentials.
fn send(shop: &RelyingParty, path: &str, (media_type, body): (&str, &str)) -> Answer {
    let request = shop.site().request("POST", path).header("Authorization", &shop.basic(&shop.secret));
    request.content(media_type, body.as_bytes().to_vec()).send()
}

fn redemption(shop: &RelyingParty, code: &str) -> Value {
    json!({
        "grant_type": "authorization_code", "code": code, "redirect_uri": shop.redirect_uri,
        "code_verifier": shop.verifier(),
    })
}

on_both! {
    // Seed: E08
    fn json_is_taken_where_it_is_switched_on(setup) {
        let server = setup.with(JSON_ON.0, JSON_ON.1).start();
        let shop = server.relying_party("shop");
        let visit = shop.sign_in("alice");
        let mut body = redemption(&shop, &visit.code());
        let answer = send(&shop, "/token", ("Application/JSON; charset=utf-8", &body.to_string()));
        assert!(Tokens(answer.clone()).is_granted(), "{}", answer.body);
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let again = send(&shop, "/token", ("application/json", &body.to_string()));
        assert_eq!(again.error(), "invalid_grant", "the code was spent");

        // With its credentials in the body.
        let post = server.relying_party_with("post", json!({ "token_endpoint_auth_method": "client_secret_post" }));
        body = redemption(&post, &post.visit(&visit.browser, &[]).code());
        body["client_id"] = json!("post");
        let request = server.request("POST", "/token");
        let ask = |body: &Value| request.clone().content("application/json", body.to_string().into_bytes()).send();
        body["client_secret"] = json!("guess");
        assert_eq!(ask(&body).error(), "invalid_client");
        body["client_secret"] = json!(post.secret);
        assert!(Tokens(ask(&body)).is_granted());

        let form = shop.redeem(&shop.visit(&visit.browser, &[]).code());
        assert!(form.is_granted(), "forms go on");
    }

    // Seed: E08
    fn json_has_the_rules_of_a_form(setup) {
        let server = setup.with(JSON_ON.0, JSON_ON.1).start();
        let shop = server.relying_party("shop");
        let visit = shop.sign_in("alice");
        let code = visit.code();
        let good = redemption(&shop, &code).to_string();
        let twice = format!("{},\"code\":\"other\"}}", good.strip_suffix('}').unwrap());
        let mut listed = redemption(&shop, &code);
        listed["code"] = json!([code]);
        let listed = listed.to_string();
        let deep = format!("{{\"code\":{}", "[".repeat(100_000));
        for (body, word) in [
            (&*twice, "code was sent twice"),
            (&listed, "object of strings"),
            (&deep, "object of strings"),
            ("", "object of strings"),
            ("{}", "grant_type is missing"),
            ("grant_type=authorization_code", "object of strings"),
        ] {
            let refused = send(&shop, "/token", ("application/json", body));
            assert_eq!((refused.status, &*refused.error()), (400, "invalid_request"), "{body:.80}");
            assert!(refused.body.contains(word), "{}", refused.body);
            assert!(!refused.body.contains(&code), "{}", refused.body);
        }
        let large = json!({ "grant_type": "x".repeat(600_000) }).to_string();
        assert_eq!(send(&shop, "/token", ("application/json", &large)).error(), "invalid_request");
        assert!(shop.redeem(&code).is_granted(), "nothing was used up");
    }

    // Seed: E08
    fn otherwise_json_is_refused_with_the_mend(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let code = shop.sign_in("alice").code();
        let refused = send(&shop, "/token", ("application/json", &redemption(&shop, &code).to_string()));
        assert_eq!((refused.status, &*refused.error()), (400, "invalid_request"));
        assert!(refused.body.contains("features.json_token_request"), "{}", refused.body);
        assert!(shop.redeem(&code).is_granted(), "nothing was used up");
    }

    fn other_media_types_are_refused_everywhere_with_the_mend(setup) {
        let server = setup.with(JSON_ON.0, JSON_ON.1).with("registration.mode", "open").start();
        let shop = server.relying_party("shop");
        let visit = shop.sign_in_with("alice", &[("scope", "openid email offline_access")]);
        let tokens = shop.redeem(&visit.code());
        let token = encode(&[("token", &tokens.access_token())]);
        let token_json = json!({ "token": tokens.access_token() }).to_string();
        let refresh = encode(&[("grant_type", "refresh_token"), ("refresh_token", &tokens.refresh_token())]);
        for (path, media_type, body) in [
            ("/introspect", "application/json", &token_json),
            ("/revoke", "application/json", &token_json),
            ("/introspect", "text/plain", &token),
            ("/revoke", "multipart/form-data", &token),
            ("/token", "text/plain", &refresh),
            ("/token", "multipart/form-data; boundary=x", &refresh),
            ("/token", "application/jsonp", &refresh),
        ] {
            let refused = send(&shop, path, (media_type, body));
            assert_eq!((refused.status, &*refused.error()), (400, "invalid_request"), "{path} {media_type}");
            assert!(refused.body.contains("application/x-www-form-urlencoded"), "{}", refused.body);
        }
        let metadata = json!({ "redirect_uris": ["https://new.example/cb"] }).to_string();
        for media_type in ["text/plain", "application/x-www-form-urlencoded"] {
            let refused = server.request("POST", "/register").content(media_type, metadata.clone().into()).send();
            assert_eq!((refused.status, &*refused.error()), (400, "invalid_client_metadata"));
            assert!(refused.body.contains("application/json"), "{}", refused.body);
        }
        assert!(shop.is_live(&tokens.access_token()), "nothing was revoked");
        assert!(shop.refresh(&tokens.refresh_token()).is_granted(), "nothing was used up");
    }
}
