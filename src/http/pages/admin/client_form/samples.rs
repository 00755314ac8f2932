//! Samples of the client form: blank, filled in, and wrong in every field.

use super::*;

impl ClientChoices {
    pub(super) fn sample() -> Self {
        let algs = choices(&[("RS256", "RS256"), ("ES256", "ES256"), ("HS256", "HS256")]);
        Self {
            options: OptionChoices::of(&algs),
            server: ServerRules::default(),
            application_types: Self::application_types(),
            statuses: Self::statuses(),
            owners: choices(&[("", "Nobody"), ("ada", "Ada Okafor"), ("ingrid", "Ingrid Solheim")]),
            methods: choices(&[
                ("client_secret_basic", "client_secret_basic"),
                ("client_secret_post", "client_secret_post"),
                ("private_key_jwt", "private_key_jwt (signs with its own key; no secret)"),
            ]),
            algs,
            units: Lifetime::units(),
        }
    }
}

impl ClientForm {
    pub(super) fn blank_sample() -> Self {
        let scope = |name: &str, title: &str| Ticked::new(name, title, false);
        Self {
            client_name: String::new(),
            client_id: "6d1f0c2ab94e".into(),
            is_public: false,
            application_type: "web".into(),
            is_disabled: false,
            owner: "ada".into(),
            token_endpoint_auth_method: "client_secret_basic".into(),
            redirect_uris: vec![String::new()],
            post_logout_redirect_uris: Vec::new(),
            response_types: vec![Ticked::new("code", "The only one that is offered", true)],
            grant_types: vec![
                Ticked::new("authorization_code", "People sign in", true),
                Ticked::new("refresh_token", "New tokens without a sign-in", false),
            ],
            require_pkce: true,
            code_lifetime: Lifetime::of(None, 60),
            id_token_lifetime: Lifetime::of(None, 600),
            access_token_lifetime: Lifetime::of(None, 3600),
            refresh_token_lifetime: Lifetime::of(None, 30 * 86_400),
            id_token_signed_response_alg: "RS256".into(),
            scope: vec![
                scope("openid", "Know who you are"),
                scope("profile", "See your profile"),
                scope("email", "See your email address"),
                scope("phone", "See your phone number"),
                scope("address", "See your postal address"),
                scope("offline_access", "Stay connected when you are away"),
                scope("https://berths.harbour.example/read", "See your berths. Restricted"),
            ],
            consent: "once".into(),
            consent_lifetime: Lifetime::of(None, 90 * 86_400),
            client_uri: String::new(),
            contacts: String::new(),
            tos_uri: String::new(),
            policy_uri: String::new(),
            logo: None,
            remove_logo: false,
            open: OpenSections::default(),
            refresh_absolute_lifetime: ClientOptions::plain().absolute_lifetime(),
            options: ClientOptions::plain(),
        }
    }

    pub(super) fn sample() -> Self {
        let blank = Self::blank_sample();
        let scope = blank.scope.iter().map(|one| Ticked { is_checked: one.value.len() < 8, ..one.clone() });
        Self {
            client_name: "Harbour Portal".into(),
            client_id: "harbour-portal".into(),
            redirect_uris: vec![
                "https://portal.harbour.example/callback".into(),
                "https://staging.harbour.example/callback".into(),
                "http://127.0.0.1/callback".into(),
            ],
            post_logout_redirect_uris: vec!["https://portal.harbour.example/bye".into()],
            access_token_lifetime: Lifetime::of(Some(600), 3600),
            scope: scope.collect(),
            client_uri: "https://portal.harbour.example".into(),
            contacts: "portal@harbour.example".into(),
            tos_uri: "https://harbour.example/terms".into(),
            policy_uri: "https://harbour.example/privacy".into(),
            open: OpenSections { tokens: true, ..OpenSections::default() },
            options: ClientOptions {
                access_token_format: "jwt".into(),
                resources: "https://api.harbour.example".into(),
                ..ClientOptions::plain()
            },
            logo: Some(Avatar::of("Harbour Portal").with_image(Some("/static/img/mark.svg".into()))),
            ..blank
        }
    }

    /// A form that nothing can be made of.
    pub(super) fn bad_sample() -> (Self, Errors) {
        let form = Self {
            client_name: String::new(),
            redirect_uris: vec![
                "https://portal.harbour.example/callback".into(),
                "portal.harbour.example/callback".into(),
                "https://portal.harbour.example/*\"><b>".into(),
            ],
            post_logout_redirect_uris: vec!["javascript:alert(1)".into()],
            response_types: vec![Ticked::new("code", "The only one that is offered", false)],
            grant_types: vec![
                Ticked::new("authorization_code", "People sign in", false),
                Ticked::new("refresh_token", "New tokens without a sign-in", true),
            ],
            code_lifetime: Lifetime { value: "soon".into(), ..Lifetime::of(None, 60) },
            contacts: "nobody".into(),
            tos_uri: "harbour.example".into(),
            open: OpenSections {
                keys: true,
                tokens: true,
                sealing: true,
                requests: true,
                subject: true,
                sign_out: true,
            },
            refresh_absolute_lifetime: ClientOptions::sample().absolute_lifetime(),
            options: ClientOptions::sample(),
            ..Self::sample()
        };
        let errors = Errors::from_iter([
            ("client_name", "Give the client a name; people see it when they sign in."),
            ("client_id", "Another client has this ID."),
            ("redirect_uris-1", "Redirect URI 2: name the scheme, such as https://."),
            ("redirect_uris-2", "Redirect URI 3: wildcards are not allowed. List each address."),
            ("post_logout_redirect_uris-0", "Post-logout URI 1: a browser would run this address."),
            ("response_types", "The grant type authorization_code needs the response type code."),
            ("grant_types", "The response type code needs the grant type authorization_code."),
            ("code_lifetime", "Write a whole number, at least 1 and at most ten years."),
            ("scope", "There is no scope berths:write."),
            ("logo", "This picture cannot be read. Send a PNG, WebP, GIF or JPEG."),
            ("tos_uri", "This is not a web address, such as https://app.example/terms."),
            ("token_endpoint_auth_signing_alg", "ES256 does not go with client_secret_basic."),
            ("jwks", "This is not a JWK Set: an object with a list of keys."),
            ("jwks_uri", "This must be an https address, such as https://app.example/x."),
            ("resources", "Line 2: A resource is an absolute URI without fragment or blanks."),
            ("extra_claims", "Write a scope, a colon and claims, such as profile: groups. This is not: x"),
            ("refresh_grace", "The grace time is between 0 and 3600 seconds."),
            ("refresh_absolute_lifetime", "Write a whole number, at least 1 and at most ten years."),
            ("id_token_encrypted_response_alg", "Encryption to the client needs its public keys."),
            ("request_uris", "Line 1: A request_uri is https and has at most 512 characters."),
            ("default_max_age", "Write a whole number, or nothing."),
            ("sector_identifier_uri", "This must be an https address, such as https://app.example/x."),
            ("frontchannel_logout_uri", "Scheme, host and port must be those of one of the redirect URIs."),
            ("contacts", "This is not an email address, such as team@app.example."),
        ]);
        (form, errors)
    }
}
