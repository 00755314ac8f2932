//! The whole flow by a relying party that others wrote: the `openidconnect` crate.

use std::convert::Infallible;

use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreIdTokenVerifier, CoreProviderMetadata, CoreUserInfoClaims,
};
use openidconnect::{
    AccessTokenHash, AuthorizationCode, ClientId, ClientSecret, CsrfToken, HttpRequest, HttpResponse,
    IssuerUrl, Nonce, OAuth2TokenResponse, PkceCodeChallenge, RedirectUrl, Scope, TokenResponse,
};

use crate::support::*;

/// Carries a request of the crate over our own socket.
fn carry(server: &Server, request: &HttpRequest) -> HttpResponse {
    let target = request.uri().path_and_query().unwrap().as_str();
    let mut own = server.raw_request(request.method().as_str(), target);
    for (name, value) in request.headers().iter().filter(|(name, _)| *name != "content-type") {
        own = own.header(name.as_str(), value.to_str().unwrap());
    }
    let own = if request.body().is_empty() { own } else { own.raw_form(request.body().clone()) };
    let answer = own.send();
    let response = openidconnect::http::Response::builder().status(answer.status);
    let response = response.header("content-type", answer.header("content-type").unwrap());
    response.body(answer.body.into_bytes()).unwrap()
}

on_both! {
    fn the_openidconnect_crate_signs_somebody_in(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let http = |request: HttpRequest| Ok::<_, Infallible>(carry(&server, &request));

        let issuer = IssuerUrl::new(server.issuer().to_owned()).unwrap();
        let metadata = CoreProviderMetadata::discover(&issuer, &http).unwrap();
        let secret = ClientSecret::new(shop.secret.clone());
        let client = CoreClient::from_provider_metadata(metadata, ClientId::new("shop".into()), Some(secret))
            .set_redirect_uri(RedirectUrl::new(shop.redirect_uri.clone()).unwrap());

        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let (url, state, nonce) = client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                CsrfToken::new_random,
                Nonce::new_random,
            )
            .add_scopes(["email", "profile", "offline_access"].map(|scope| Scope::new(scope.into())))
            .set_pkce_challenge(challenge)
            .url();
        let browser = server.browser();
        let page = browser.sign_in_on(&browser.go(url.as_str()), "alice");
        let response = shop.finish(&browser, &page).response;
        assert_eq!(response.find("state"), Some(state.secret().as_str()));

        let code = AuthorizationCode::new(response.code());
        let tokens = client.exchange_code(code).unwrap().set_pkce_verifier(verifier).request(&http).unwrap();
        let id_token = tokens.id_token().unwrap();
        let now = || chrono::DateTime::from_timestamp(NOW.0, 0).unwrap();
        let check: CoreIdTokenVerifier = client.id_token_verifier().set_time_fn(now);
        let claims = id_token.claims(&check, &nonce).unwrap();
        assert_eq!(claims.subject().as_str(), "sub-of-alice");
        assert_eq!(claims.auth_time().unwrap().timestamp(), NOW.0);
        let alg = id_token.signing_alg().unwrap();
        let key = id_token.signing_key(&check).unwrap();
        let hash = AccessTokenHash::from_token(tokens.access_token(), alg, key).unwrap();
        assert_eq!(claims.access_token_hash(), Some(&hash));

        let userinfo =
            client.user_info(tokens.access_token().clone(), Some(claims.subject().clone())).unwrap();
        let userinfo: CoreUserInfoClaims = userinfo.request(&http).unwrap();
        assert_eq!(userinfo.email().unwrap().as_str(), "alice@example.org");
        assert_eq!(userinfo.name().unwrap().get(None).unwrap().as_str(), "Alice Example");

        let refresh_token = tokens.refresh_token().unwrap();
        let refreshed = client.exchange_refresh_token(refresh_token).unwrap().request(&http).unwrap();
        assert_ne!(refreshed.access_token().secret(), tokens.access_token().secret());
        assert!(client.exchange_refresh_token(refresh_token).unwrap().request(&http).is_err());
        assert!(!shop.is_live(refreshed.access_token().secret()));
    }
}
