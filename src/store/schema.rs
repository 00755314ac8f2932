//! The tables, as `diesel print-schema` writes them.

diesel::table! {
    users (id) {
        id -> Text,
        username -> Text,
        username_key -> Text,
        email_key -> Nullable<Text>,
        profile -> Text,
        search_key -> Text,
        is_admin -> Bool,
        disabled_at -> Nullable<BigInt>,
        created_at -> BigInt,
        updated_at -> BigInt,
        signed_in_at -> Nullable<BigInt>,
        subject -> Nullable<Text>,
    }
}

diesel::table! {
    passwords (user_id) {
        user_id -> Text,
        password_hash -> Text,
        changed_at -> BigInt,
    }
}

diesel::table! {
    throttles (name) {
        name -> Text,
        failures -> BigInt,
        failed_at -> BigInt,
        paused_until -> BigInt,
    }
}

diesel::table! {
    clients (id) {
        id -> Text,
        name -> Text,
        search_key -> Text,
        application_type -> Text,
        auth_method -> Text,
        grant_types -> Text,
        scope -> Text,
        id_token_alg -> Text,
        requires_pkce -> Bool,
        consent -> Text,
        code_lifetime -> Nullable<BigInt>,
        access_token_lifetime -> Nullable<BigInt>,
        id_token_lifetime -> Nullable<BigInt>,
        refresh_token_lifetime -> Nullable<BigInt>,
        consent_lifetime -> Nullable<BigInt>,
        client_uri -> Nullable<Text>,
        policy_uri -> Nullable<Text>,
        tos_uri -> Nullable<Text>,
        contact -> Nullable<Text>,
        owner_id -> Nullable<Text>,
        disabled_at -> Nullable<BigInt>,
        created_at -> BigInt,
        updated_at -> BigInt,
        options -> Text,
        origin -> Text,
        registered_with -> Nullable<Text>,
        registration_token_hash -> Nullable<Text>,
        unused_until -> Nullable<BigInt>,
    }
}

diesel::table! {
    client_secrets (id) {
        id -> Text,
        client_id -> Text,
        secret_hash -> Text,
        hint -> Text,
        created_at -> BigInt,
        expires_at -> Nullable<BigInt>,
        sealed_secret -> Nullable<Text>,
    }
}

diesel::table! {
    client_redirect_uris (client_id, uri) {
        client_id -> Text,
        uri -> Text,
        position -> BigInt,
    }
}

diesel::table! {
    client_post_logout_redirect_uris (client_id, uri) {
        client_id -> Text,
        uri -> Text,
        position -> BigInt,
    }
}

diesel::table! {
    client_response_types (client_id, response_type) {
        client_id -> Text,
        response_type -> Text,
    }
}

diesel::table! {
    client_logos (client_id) {
        client_id -> Text,
        logo_hash -> Text,
        media_type -> Text,
        picture -> Text,
    }
}

diesel::table! {
    scopes (name) {
        name -> Text,
        position -> BigInt,
        title -> Text,
        description -> Text,
        claims -> Text,
        is_restricted -> Bool,
        is_standard -> Bool,
        is_default -> Bool,
    }
}

diesel::table! {
    signing_keys (kid) {
        kid -> Text,
        alg -> Text,
        state -> Text,
        public_jwk -> Text,
        private_key -> Text,
        is_imported -> Bool,
        created_at -> BigInt,
        signs_at -> Nullable<BigInt>,
        retired_at -> Nullable<BigInt>,
        removed_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    sessions (sid) {
        sid -> Text,
        user_id -> Text,
        auth_time -> BigInt,
        user_agent -> Text,
        address -> Text,
        is_remembered -> Bool,
        created_at -> BigInt,
        seen_at -> BigInt,
        idle_until -> BigInt,
        expires_at -> BigInt,
    }
}

diesel::table! {
    session_clients (sid, client_id) {
        sid -> Text,
        client_id -> Text,
        used_at -> BigInt,
    }
}

diesel::table! {
    browsers (key_hash) {
        key_hash -> Text,
        state -> Text,
        expires_at -> BigInt,
    }
}

diesel::table! {
    flows (id) {
        id -> Text,
        browser_hash -> Text,
        params -> Text,
        login_at -> Nullable<BigInt>,
        has_chosen_account -> Bool,
        decided_by -> Nullable<Text>,
        is_allowed -> Nullable<Bool>,
        created_at -> BigInt,
        expires_at -> BigInt,
    }
}

diesel::table! {
    consents (user_id, client_id) {
        user_id -> Text,
        client_id -> Text,
        scope -> Text,
        granted_at -> BigInt,
        expires_at -> BigInt,
    }
}

diesel::table! {
    grants (id) {
        id -> Text,
        client_id -> Text,
        user_id -> Text,
        sid -> Text,
        scope -> Text,
        auth_time -> BigInt,
        created_at -> BigInt,
        expires_at -> BigInt,
        revoked_at -> Nullable<BigInt>,
        claims -> Text,
        resources -> Text,
        acr -> Text,
        is_offline -> Bool,
    }
}

diesel::table! {
    codes (code_hash) {
        code_hash -> Text,
        grant_id -> Text,
        redirect_uri -> Text,
        nonce -> Nullable<Text>,
        code_challenge -> Nullable<Text>,
        expires_at -> BigInt,
        spent_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    access_tokens (token_hash) {
        token_hash -> Text,
        grant_id -> Text,
        scope -> Text,
        created_at -> BigInt,
        expires_at -> BigInt,
        audience -> Text,
    }
}

diesel::table! {
    refresh_tokens (token_hash) {
        token_hash -> Text,
        grant_id -> Text,
        scope -> Text,
        created_at -> BigInt,
        expires_at -> BigInt,
        spent_at -> Nullable<BigInt>,
        audience -> Text,
        uses -> BigInt,
        ends_at -> Nullable<BigInt>,
        sealed_successor -> Nullable<Text>,
    }
}

diesel::table! {
    audit_events (id) {
        id -> Text,
        happened_at -> BigInt,
        event -> Text,
        actor_id -> Nullable<Text>,
        actor -> Text,
        detail -> Text,
        client_id -> Nullable<Text>,
        user_id -> Nullable<Text>,
        address -> Text,
        request_id -> Text,
        search_key -> Text,
    }
}

diesel::table! {
    client_tokens (token_hash) {
        token_hash -> Text,
        client_id -> Text,
        scope -> Text,
        audience -> Text,
        created_at -> BigInt,
        expires_at -> BigInt,
    }
}

diesel::table! {
    used_jwts (jti_hash) {
        jti_hash -> Text,
        expires_at -> BigInt,
    }
}

diesel::table! {
    initial_access_tokens (id) {
        id -> Text,
        token_hash -> Text,
        name -> Text,
        uses_left -> Nullable<BigInt>,
        created_at -> BigInt,
        expires_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    encryption_keys (kid) {
        kid -> Text,
        public_jwk -> Text,
        private_key -> Text,
        created_at -> BigInt,
        alg -> Text,
        state -> Text,
        retired_at -> Nullable<BigInt>,
        removed_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    logout_deliveries (id) {
        id -> Text,
        client_id -> Nullable<Text>,
        message -> Nullable<Text>,
        uri -> Text,
        sid -> Text,
        user_id -> Text,
        state -> Text,
        attempts -> BigInt,
        next_at -> BigInt,
        last_error -> Text,
        created_at -> BigInt,
        delivered_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    settings (name) {
        name -> Text,
        value -> Text,
    }
}

diesel::table! {
    revisions (name) {
        name -> Text,
        number -> BigInt,
    }
}

diesel::joinable!(passwords -> users (user_id));
diesel::joinable!(clients -> users (owner_id));
diesel::joinable!(client_secrets -> clients (client_id));
diesel::joinable!(client_redirect_uris -> clients (client_id));
diesel::joinable!(client_post_logout_redirect_uris -> clients (client_id));
diesel::joinable!(client_response_types -> clients (client_id));
diesel::joinable!(client_logos -> clients (client_id));
diesel::joinable!(sessions -> users (user_id));
diesel::joinable!(session_clients -> sessions (sid));
diesel::joinable!(session_clients -> clients (client_id));
diesel::joinable!(consents -> users (user_id));
diesel::joinable!(consents -> clients (client_id));
diesel::joinable!(grants -> clients (client_id));
diesel::joinable!(grants -> users (user_id));
diesel::joinable!(codes -> grants (grant_id));
diesel::joinable!(access_tokens -> grants (grant_id));
diesel::joinable!(refresh_tokens -> grants (grant_id));
diesel::joinable!(client_tokens -> clients (client_id));
diesel::joinable!(logout_deliveries -> clients (client_id));
diesel::joinable!(logout_deliveries -> users (user_id));

diesel::allow_tables_to_appear_in_same_query!(
    access_tokens,
    audit_events,
    browsers,
    client_logos,
    client_post_logout_redirect_uris,
    client_redirect_uris,
    client_response_types,
    client_secrets,
    client_tokens,
    clients,
    codes,
    consents,
    encryption_keys,
    flows,
    grants,
    initial_access_tokens,
    logout_deliveries,
    passwords,
    refresh_tokens,
    revisions,
    scopes,
    session_clients,
    sessions,
    settings,
    signing_keys,
    throttles,
    used_jwts,
    users,
);
