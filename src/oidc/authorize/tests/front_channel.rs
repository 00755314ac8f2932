//! What goes through the browser, what is switched off, and what is asked for by name.

use super::*;
use crate::oidc::features::RequirePkce;

fn hybrid_client() -> Client {
    let metadata = Metadata {
        redirect_uris: vec!["https://shop.example/cb".into()],
        response_types: Some(ResponseType::ALL.map(|own| own.as_str().to_owned()).into()),
        grant_types: Some(["authorization_code", "implicit", "refresh_token"].map(str::to_owned).into()),
        ..Metadata::default()
    };
    metadata.check("shop".into(), NOW).unwrap()
}

fn check_hybrid(query: &str, features: Features) -> Result<Request, Refusal> {
    let (client, scopes) = (hybrid_client(), standard_scopes());
    let ground = Ground {
        client: Some(&client),
        scopes: &scopes,
        keys: &KeyRing::default(),
        secrets: &[],
        issuer: ISSUER,
        features,
    };
    Request::check(&Params::parse(query.as_bytes()), &ground)
}

#[test]
fn an_id_token_through_the_browser_needs_a_nonce_and_openid() {
    for response_type in ResponseType::ALL {
        let words = response_type.as_str().replace(' ', "+");
        let query = GOOD.replace("=code", &format!("={words}"));
        let without = check_hybrid(&query, Features::default());
        assert_eq!(without.is_ok(), !response_type.id_token, "{response_type}");
        let with = check_hybrid(&format!("{query}&nonce=n"), Features::default()).unwrap();
        assert_eq!(with.reply_to.mode, response_type.default_mode());
        let plain = check_hybrid(&format!("{query}&nonce=n").replace("openid", "email"), Features::default());
        assert_eq!(plain.is_ok(), !response_type.id_token, "{response_type}");
    }
}

#[test]
fn no_token_is_shown_in_a_query_nor_a_refusal_where_no_token_may_be() {
    let query = GOOD.replace("=code", "=code+token") + "&response_mode=query";
    let refusal = check_hybrid(&query, Features::default()).unwrap_err();
    assert_eq!(
        (refusal.code, refusal.reply_to.unwrap().mode),
        (Code::InvalidRequest, ResponseMode::Fragment)
    );
    let query = GOOD.replace("=code", "=code+token") + "&prompt=shout";
    let refusal = check_hybrid(&query, Features::default()).unwrap_err();
    assert_eq!(refusal.reply_to.unwrap().mode, ResponseMode::Fragment);
    let query = GOOD.to_owned() + "&response_mode=fragment";
    assert_eq!(check_hybrid(&query, Features::default()).unwrap().reply_to.mode, ResponseMode::Fragment);
}

#[test]
fn what_is_switched_off_is_refused() {
    let off = Features { implicit: false, require_pkce: RequirePkce::Everybody, ..Features::default() };
    let query = GOOD.replace("=code", "=token");
    assert_eq!(check_hybrid(&query, off).unwrap_err().code, Code::UnsupportedResponseType);
    assert_eq!(check_hybrid(GOOD, off).unwrap_err().code, Code::InvalidRequest);
    let query = format!("{GOOD}&code_challenge={CHALLENGE}&code_challenge_method=S256");
    assert!(check_hybrid(&query, off).is_ok());
    let plain = format!("{GOOD}&code_challenge={CHALLENGE}");
    assert!(check_hybrid(&plain, Features { plain_pkce: true, ..Features::default() }).is_ok());
}

#[test]
fn offline_access_means_nothing_without_a_code() {
    let scope = |response_type: &str| {
        let query =
            GOOD.replace("=code", response_type).replace("openid", "openid+offline_access") + "&nonce=n";
        check_hybrid(&query, Features::default()).unwrap().scope.to_string()
    };
    assert_eq!(scope("=code"), "openid offline_access");
    assert_eq!(scope("=id_token+token"), "openid");
}

#[test]
fn approval_prompt_counts_where_it_is_switched_on() {
    let on = Features { approval_prompt: true, ..Features::default() };
    let prompt =
        |more: &str, features| check_hybrid(&format!("{GOOD}{more}"), features).map(|own| own.prompt);
    assert!(prompt("&approval_prompt=force", on).unwrap().consent);
    assert!(!prompt("&approval_prompt=auto", on).unwrap().consent);
    assert!(!prompt("&approval_prompt=force", Features::default()).unwrap().consent);
    assert!(prompt("&approval_prompt=never", on).is_err());
    assert!(prompt("&approval_prompt=force&prompt=none", on).is_err());
}

fn with_claims(claims: &str) -> Result<Request, Refusal> {
    let claims: String = form_urlencoded::byte_serialize(claims.as_bytes()).collect();
    check(&format!("{GOOD}&claims={claims}"))
}

#[test]
fn claims_that_are_asked_for_by_name_are_agreed_to_like_their_scope() {
    let request = with_claims(r#"{"userinfo": {"name": null, "unknown": null, "sub": null}}"#).unwrap();
    assert_eq!(request.scope.to_string(), "openid");
    assert_eq!(request.consent.to_string(), "openid profile");
    assert_eq!(request.claims.names().collect::<Vec<_>>(), ["name", "sub"]);

    let mut narrow = client();
    narrow.scope = Scope::parse("openid email").unwrap();
    let claims = "&claims=%7B%22userinfo%22%3A%7B%22name%22%3Anull%2C%22email%22%3Anull%7D%7D";
    let request = check_with(Some(&narrow), &format!("{GOOD}{claims}")).unwrap();
    assert_eq!(request.consent.to_string(), "openid email", "what the client may not ask for is ignored");
    assert_eq!(with_claims("[]").unwrap_err().code, Code::InvalidRequest);
}

#[test]
fn an_essential_class_that_cannot_be_met_is_refused() {
    let acr =
        |rest: &str| with_claims(&format!(r#"{{"id_token": {{"acr": {rest}}}}}"#)).map_err(|own| own.code);
    let refused = Err(Code::UnmetAuthenticationRequirements);
    assert_eq!(acr(r#"{"essential": true, "values": ["gold"]}"#).map(|_| ()), refused);
    assert!(acr(&format!(r#"{{"essential": true, "values": ["gold", "{ACR_PASSWORD}"]}}"#)).is_ok());
    assert!(acr(r#"{"values": ["gold"]}"#).is_ok());
    assert!(acr(r#"{"essential": true}"#).is_ok());
}
