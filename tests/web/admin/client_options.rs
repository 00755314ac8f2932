//! What a client may choose beyond a plain code flow: each section of its form saves, keeps and refuses.

use cardea::oidc::client::Client;
use cardea::oidc::options::{AccessTokenFormat, Keys, SubjectType};
use cardea::store::clients;
use serde_json::json;

use super::clients::upload;
use super::{carols, noted};
use crate::support::*;

const SHOP: &str = "/admin/clients/shop";

fn shop(server: &Server) -> Client {
    server.read(|db| clients::find(db, "shop")).unwrap()
}

fn form(browser: &Browser, typed: &[(&str, &str)]) -> Form {
    let form = browser.open(SHOP).form_to(SHOP);
    typed.iter().fold(form, |form, (name, value)| form.with(name, value))
}

/// Sends the form and expects that it is saved.
#[track_caller]
fn save(server: &Server, browser: &Browser, typed: &[(&str, &str)]) -> Client {
    let answer = upload(server, browser, &form(browser, typed));
    assert_eq!(answer.status, 303, "{}", text(&answer.body));
    shop(server)
}

/// Sends the form and expects errors at these fields, what was typed still there, and nothing saved.
#[track_caller]
fn refuse(server: &Server, browser: &Browser, (typed, wrong): (&[(&str, &str)], &[&str])) {
    let before = shop(server);
    let answer = upload(server, browser, &form(browser, typed));
    assert_eq!(answer.status, 422, "{}", text(&answer.body));
    for field in wrong {
        assert!(answer.body.contains(&format!("id=\"{field}-err\"")), "{field}: {}", text(&answer.body));
    }
    let kept = forms(&answer.body).into_iter().find(|form| form.action.ends_with(SHOP)).unwrap();
    for (name, value) in typed {
        let shown =
            kept.fields.iter().any(|(own, text)| own == name && text.replace("&quot;", "\"") == *value);
        assert!(shown, "{name} is lost: {kept:?}");
    }
    assert_eq!(shop(server).options, before.options);
    assert_eq!(shop(server).auth_method, before.auth_method);
}

on_both! {
    fn keys_are_pasted_or_named(setup) {
        let server = setup.start();
        server.relying_party("shop");
        let carols = carols(&server);
        let wrong: &[&str] = &["jwks"];
        refuse(&server, &carols, (&[("jwks", "{ not json"), ("strict_audience", "on")], wrong));
        refuse(&server, &carols, (&[("jwks", "[]")], wrong));
        refuse(&server, &carols, (&[("jwks_uri", "http://shop.example/jwks")], &["jwks_uri"]));
        refuse(&server, &carols, (&[("token_endpoint_auth_method", "private_key_jwt")], wrong));

        let jwks = json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "a",
            "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]});
        let typed = [
            ("token_endpoint_auth_method", "private_key_jwt"), ("jwks", &jwks.to_string()),
            ("token_endpoint_auth_signing_alg", "EdDSA"), ("strict_audience", "on"), ("may_introspect", "on"),
        ];
        let saved = save(&server, &carols, &typed);
        assert_eq!(saved.options.keys, Keys::Jwks(jwks));
        assert!(saved.options.strict_audience && saved.options.may_introspect);
        assert_eq!(saved.options.token_endpoint_auth_signing_alg.unwrap().as_str(), "EdDSA");
        // Who signs with a key of its own keeps no secret.
        assert!(saved.secrets.is_empty());
        assert_eq!(noted(&server, "client_changed")[0].1, "The shop: authentication, keys");

        let typed = [("jwks", ""), ("jwks_uri", "https://shop.example/jwks")];
        let saved = save(&server, &carols, &typed);
        assert_eq!(saved.options.keys, Keys::JwksUri("https://shop.example/jwks".into()));
    }

    fn tokens_have_a_format_an_audience_and_an_end(setup) {
        let server = setup.start();
        server.relying_party("shop");
        let carols = carols(&server);
        let typed = [
            ("access_token_format", "jwt"), ("resources", "https://api.example\r\n\r\nurn:api"),
            ("audiences", "other"), ("id_token_claims", "on"),
            ("extra_claims", "profile: groups roles\r\nhttps://x.example/y: role"), ("refresh_grace", "30"),
            ("refresh_absolute_lifetime", "90"), ("refresh_absolute_lifetime_unit", "days"),
            ("refresh_max_uses", "5"),
        ];
        let own = save(&server, &carols, &typed).options;
        assert_eq!(own.access_token_format, AccessTokenFormat::Jwt);
        assert_eq!(own.resources, ["https://api.example", "urn:api"]);
        assert_eq!(own.audiences, ["other"]);
        assert!(own.id_token_claims);
        assert_eq!(own.extra_claims["profile"], ["groups", "roles"]);
        assert_eq!(own.extra_claims["https://x.example/y"], ["role"]);
        assert!(own.refresh.rotates);
        let refresh = (own.refresh.grace, own.refresh.absolute_lifetime, own.refresh.max_uses);
        assert_eq!(refresh, (30, Some(90 * 86_400), Some(5)));
        // Sent again as the page shows it, nothing changes.
        assert_eq!(save(&server, &carols, &[]).options, own);

        refuse(&server, &carols, (&[("resources", "https://api.example\nnothing")], &["resources"]));
        refuse(&server, &carols, (&[("extra_claims", "profile groups")], &["extra_claims"]));
        refuse(&server, &carols, (&[("refresh_grace", "4000")], &["refresh_grace"]));
        refuse(&server, &carols, (&[("refresh_max_uses", "0")], &["refresh_max_uses"]));
        refuse(&server, &carols, (&[("refresh_absolute_lifetime", "x")], &["refresh_absolute_lifetime"]));

        let mut unticked = form(&carols, &[]);
        unticked.fields.retain(|(name, _)| name != "refresh_rotates");
        assert_eq!(upload(&server, &carols, &unticked).status, 303);
        assert!(!shop(&server).options.refresh.rotates);
    }

    // Seed: C06
    fn further_claims_of_one_client_come_with_their_scope_and_to_no_other(setup) {
        let server = setup.start();
        let (shop, other) = (server.relying_party("shop"), server.relying_party("other"));
        server.change_user("sub-of-alice", |alice| {
            alice.profile.extra.insert("harbour_role".into(), json!("pilot"));
        });
        save(&server, &carols(&server), &[("extra_claims", "email: harbour_role")]);
        let claims = |app: &RelyingParty, scope: &str| {
            let visit = app.sign_in_with("alice", &[("scope", scope), ("prompt", "consent")]);
            app.userinfo(&app.redeem(&visit.code()).access_token()).json()
        };
        assert_eq!(claims(&shop, "openid email")["harbour_role"], "pilot");
        assert!(claims(&shop, "openid").get("harbour_role").is_none());
        assert!(claims(&other, "openid email").get("harbour_role").is_none());
    }

    fn what_takes_the_secret_as_a_key_asks_for_a_new_one(setup) {
        let server = setup.start();
        server.relying_party("shop");
        let carols = carols(&server);
        assert!(!carols.open(SHOP).text().contains("needs a new secret"));
        let answer = upload(&server, &carols, &form(&carols, &[("userinfo_signed_response_alg", "HS256")]));
        assert_eq!((answer.status, answer.location()), (303, "/admin/clients/shop/secret"), "{}", answer.body);
        assert!(shop(&server).needs_clear_secret());
        assert!(carols.open(SHOP).text().contains("This client needs a new secret"));

        let page = carols.submit(&carols.open("/admin/clients/shop/secret").form_to("/secret"));
        assert_eq!(page.status(), 200);
        assert!(page.text().contains("Cardea keeps it encrypted"), "{}", page.text());
        assert!(!carols.open(SHOP).text().contains("needs a new secret"));
        assert!(shop(&server).secrets.iter().any(|secret| secret.sealed.is_some()));
    }

    fn encryption_needs_keys(setup) {
        let server = setup.start();
        server.relying_party("shop");
        let carols = carols(&server);
        let rsa = ("id_token_encrypted_response_alg", "RSA-OAEP-256");
        refuse(&server, &carols, (&[rsa], &["id_token_encrypted_response_alg"]));
        refuse(&server, &carols, (
            &[("userinfo_encrypted_response_enc", "A256GCM")], &["userinfo_encrypted_response_enc"],
        ));
        let typed = [
            rsa, ("id_token_encrypted_response_enc", "A256GCM"), ("jwks_uri", "https://shop.example/jwks"),
            ("request_object_signing_alg", "PS256"), ("request_object_encryption_alg", "ECDH-ES"),
        ];
        let own = save(&server, &carols, &typed).options;
        let encryption = own.id_token_encryption.unwrap();
        assert_eq!((encryption.alg.as_str(), encryption.enc.as_str()), ("RSA-OAEP-256", "A256GCM"));
        assert_eq!(own.request_object_signing_alg.unwrap().as_str(), "PS256");
        assert_eq!(own.request_object_encryption.unwrap().enc.as_str(), "A128CBC-HS256");
        assert_eq!(save(&server, &carols, &[]).options, own);
    }

    fn requests_subjects_and_sign_outs_are_chosen(setup) {
        let server = setup.start();
        let redirect_uri = shop_redirect_uri(&server);
        let carols = carols(&server);
        refuse(&server, &carols, (&[("request_uris", "http://shop.example/r")], &["request_uris"]));
        refuse(&server, &carols, (&[("default_max_age", "-1")], &["default_max_age"]));
        refuse(&server, &carols, (&[("cors_origins", "https://shop.example/x")], &["cors_origins"]));
        refuse(&server, &carols, (&[("initiate_login_uri", "shop")], &["initiate_login_uri"]));
        refuse(&server, &carols, (&[("sector_identifier_uri", "shop")], &["sector_identifier_uri"]));
        refuse(&server, &carols, (
            &[("frontchannel_logout_uri", "https://other.example/out")], &["frontchannel_logout_uri"],
        ));
        refuse(&server, &carols, (&[("backchannel_logout_uri", "shop")], &["backchannel_logout_uri"]));

        let out = url::Url::parse(&redirect_uri).unwrap().join("/out").unwrap().to_string();
        let typed = [
            ("require_signed_request_object", "on"), ("request_uris", "https://shop.example/r#1"),
            ("default_max_age", "600"), ("require_auth_time", "on"), ("default_acr_values", "silver\ngold"),
            ("initiate_login_uri", "https://shop.example/login"), ("cors_origins", "https://web.example"),
            ("subject_type", "pairwise"), ("frontchannel_logout_uri", &out),
            ("frontchannel_logout_session_required", "on"), ("backchannel_logout_uri", "https://shop.example/bc"),
            ("backchannel_logout_session_required", "on"), ("logout_is_own_only", "on"),
            ("logout_removes_tokens", "on"),
        ];
        let own = save(&server, &carols, &typed).options;
        assert!(own.require_signed_request_object && own.require_auth_time);
        assert_eq!(own.request_uris, ["https://shop.example/r#1"]);
        assert_eq!(own.default_max_age, Some(600));
        assert_eq!(own.default_acr_values, ["silver", "gold"]);
        assert_eq!(own.initiate_login_uri.as_deref(), Some("https://shop.example/login"));
        assert_eq!(own.cors_origins, ["https://web.example"]);
        assert_eq!(own.subject_type, SubjectType::Pairwise);
        assert_eq!(own.logout.frontchannel_logout_uri.as_deref(), Some(out.as_str()));
        assert_eq!(own.logout.backchannel_logout_uri.as_deref(), Some("https://shop.example/bc"));
        assert!(own.logout.frontchannel_logout_session_required && own.logout.backchannel_logout_session_required);
        assert!(own.logout.is_own_only && own.logout.removes_tokens);
        assert_eq!(save(&server, &carols, &[]).options, own);
        let noted = noted(&server, "client_changed");
        assert!(noted.iter().any(|(_, detail)| detail == "The shop: requests, subject, sign-out"), "{noted:?}");
    }

    fn what_the_server_does_not_offer_is_not_shown(setup) {
        let server = setup.with("features.implicit", "false").start();
        server.relying_party("shop");
        let body = carols(&server).open(SHOP).answer.body;
        assert!(!body.contains("value=\"implicit\"") && !body.contains("value=\"id_token\""));
        assert!(!body.contains("value=\"password\""));
        assert!(body.contains("value=\"client_credentials\""));
    }
}

/// Adds the shop and says where it takes people.
fn shop_redirect_uri(server: &Server) -> String {
    server.relying_party("shop").client().redirect_uris[0].clone()
}
