-- Times are seconds since 1970. Secrets and tokens are kept as hashes, private keys and nothing else encrypted.

CREATE TABLE users (
    id          TEXT    NOT NULL PRIMARY KEY,
    username    TEXT    NOT NULL,
    -- Folded, so that names that look the same are the same.
    username_key TEXT   NOT NULL UNIQUE,
    email_key   TEXT    UNIQUE,
    -- The claims of OpenID Connect Core 5.1 and further attributes, as a JSON object.
    profile     TEXT    NOT NULL,
    -- Folded user name, name and e-mail address, for searching.
    search_key  TEXT    NOT NULL,
    is_admin    BOOLEAN NOT NULL,
    disabled_at BIGINT,
    created_at  BIGINT  NOT NULL,
    updated_at  BIGINT  NOT NULL,
    signed_in_at BIGINT
);
CREATE INDEX users_by_age ON users (created_at);

CREATE TABLE passwords (
    user_id       TEXT   NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    password_hash TEXT   NOT NULL,
    changed_at    BIGINT NOT NULL
);

-- Failed attempts by account, address and client; how long each is paused.
CREATE TABLE throttles (
    name         TEXT   NOT NULL PRIMARY KEY,
    failures     BIGINT NOT NULL,
    failed_at    BIGINT NOT NULL,
    paused_until BIGINT NOT NULL
);
CREATE INDEX throttles_by_age ON throttles (failed_at);

CREATE TABLE clients (
    id               TEXT    NOT NULL PRIMARY KEY,
    name             TEXT    NOT NULL,
    search_key       TEXT    NOT NULL,
    application_type TEXT    NOT NULL CHECK (application_type IN ('web', 'native')),
    auth_method      TEXT    NOT NULL,
    grant_types      TEXT    NOT NULL,
    scope            TEXT    NOT NULL,
    id_token_alg     TEXT    NOT NULL,
    requires_pkce    BOOLEAN NOT NULL,
    consent          TEXT    NOT NULL CHECK (consent IN ('once', 'always', 'never')),
    code_lifetime          BIGINT CHECK (code_lifetime > 0),
    access_token_lifetime  BIGINT CHECK (access_token_lifetime > 0),
    id_token_lifetime      BIGINT CHECK (id_token_lifetime > 0),
    refresh_token_lifetime BIGINT CHECK (refresh_token_lifetime > 0),
    consent_lifetime       BIGINT CHECK (consent_lifetime > 0),
    client_uri       TEXT,
    policy_uri       TEXT,
    tos_uri          TEXT,
    contact          TEXT,
    owner_id         TEXT    REFERENCES users (id) ON DELETE SET NULL,
    disabled_at      BIGINT,
    created_at       BIGINT  NOT NULL,
    updated_at       BIGINT  NOT NULL
);
CREATE INDEX clients_by_name ON clients (name);
CREATE INDEX clients_by_owner ON clients (owner_id);

CREATE TABLE client_secrets (
    id          TEXT   NOT NULL PRIMARY KEY,
    client_id   TEXT   NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    secret_hash TEXT   NOT NULL,
    hint        TEXT   NOT NULL,
    created_at  BIGINT NOT NULL,
    -- A retiring secret works until then.
    expires_at  BIGINT
);
CREATE INDEX client_secrets_by_client ON client_secrets (client_id);

CREATE TABLE client_redirect_uris (
    client_id TEXT   NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    uri       TEXT   NOT NULL,
    position  BIGINT NOT NULL,
    PRIMARY KEY (client_id, uri)
);

CREATE TABLE client_post_logout_redirect_uris (
    client_id TEXT   NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    uri       TEXT   NOT NULL,
    position  BIGINT NOT NULL,
    PRIMARY KEY (client_id, uri)
);

CREATE TABLE client_response_types (
    client_id     TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    response_type TEXT NOT NULL,
    PRIMARY KEY (client_id, response_type)
);

-- Pictures that people see at sign-in, re-encoded by us.
CREATE TABLE client_logos (
    client_id  TEXT NOT NULL PRIMARY KEY REFERENCES clients (id) ON DELETE CASCADE,
    logo_hash  TEXT NOT NULL,
    media_type TEXT NOT NULL,
    -- Base64.
    picture    TEXT NOT NULL
);

CREATE TABLE scopes (
    name          TEXT    NOT NULL PRIMARY KEY,
    position      BIGINT  NOT NULL,
    title         TEXT    NOT NULL,
    description   TEXT    NOT NULL,
    claims        TEXT    NOT NULL,
    -- Only for clients that list it.
    is_restricted BOOLEAN NOT NULL,
    is_standard   BOOLEAN NOT NULL
);

CREATE TABLE signing_keys (
    kid         TEXT    NOT NULL PRIMARY KEY,
    alg         TEXT    NOT NULL,
    state       TEXT    NOT NULL CHECK (state IN ('next', 'signing', 'retired', 'removed')),
    public_jwk  TEXT    NOT NULL,
    -- PKCS#8 under AES-256-GCM with the master key, base64; empty once removed.
    private_key TEXT    NOT NULL,
    is_imported BOOLEAN NOT NULL,
    created_at  BIGINT  NOT NULL,
    signs_at    BIGINT,
    retired_at  BIGINT,
    removed_at  BIGINT
);
CREATE UNIQUE INDEX one_signing_key_per_alg ON signing_keys (alg) WHERE state = 'signing';
CREATE UNIQUE INDEX one_next_key_per_alg ON signing_keys (alg) WHERE state = 'next';

-- One person signed in in one browser.
CREATE TABLE sessions (
    sid          TEXT    NOT NULL PRIMARY KEY,
    user_id      TEXT    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    auth_time    BIGINT  NOT NULL,
    user_agent   TEXT    NOT NULL,
    address      TEXT    NOT NULL,
    is_remembered BOOLEAN NOT NULL,
    created_at   BIGINT  NOT NULL,
    seen_at      BIGINT  NOT NULL,
    idle_until   BIGINT  NOT NULL,
    expires_at   BIGINT  NOT NULL
);
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_end ON sessions (expires_at);

-- The clients that a session signed in to.
CREATE TABLE session_clients (
    sid       TEXT   NOT NULL REFERENCES sessions (sid) ON DELETE CASCADE,
    client_id TEXT   NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    used_at   BIGINT NOT NULL,
    PRIMARY KEY (sid, client_id)
);
CREATE INDEX session_clients_by_client ON session_clients (client_id);

-- What the cookie of a browser stands for: form tokens, flash messages, and which sessions it holds.
CREATE TABLE browsers (
    key_hash   TEXT   NOT NULL PRIMARY KEY,
    state      TEXT   NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX browsers_by_end ON browsers (expires_at);

-- An authorization request that waits for its person, bound to one browser.
CREATE TABLE flows (
    id           TEXT   NOT NULL PRIMARY KEY,
    browser_hash TEXT   NOT NULL,
    params       TEXT   NOT NULL,
    login_at     BIGINT,
    has_chosen_account BOOLEAN NOT NULL,
    decided_by   TEXT,
    is_allowed   BOOLEAN,
    created_at   BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL
);
CREATE INDEX flows_by_end ON flows (expires_at);

CREATE TABLE consents (
    user_id    TEXT   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    client_id  TEXT   NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    scope      TEXT   NOT NULL,
    granted_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, client_id)
);
CREATE INDEX consents_by_client ON consents (client_id);

-- The family of every code and token that came from one authorization; all end with it.
CREATE TABLE grants (
    id         TEXT   NOT NULL PRIMARY KEY,
    client_id  TEXT   NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    user_id    TEXT   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    sid        TEXT   NOT NULL,
    scope      TEXT   NOT NULL,
    auth_time  BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    -- When the last of its codes and tokens has expired.
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT
);
CREATE INDEX grants_by_person ON grants (user_id, client_id);
CREATE INDEX grants_by_client ON grants (client_id);
CREATE INDEX grants_by_end ON grants (expires_at);

CREATE TABLE codes (
    code_hash      TEXT   NOT NULL PRIMARY KEY,
    grant_id       TEXT   NOT NULL UNIQUE REFERENCES grants (id) ON DELETE CASCADE,
    redirect_uri   TEXT   NOT NULL,
    nonce          TEXT,
    code_challenge TEXT,
    expires_at     BIGINT NOT NULL,
    spent_at       BIGINT
);

CREATE TABLE access_tokens (
    token_hash TEXT   NOT NULL PRIMARY KEY,
    grant_id   TEXT   NOT NULL REFERENCES grants (id) ON DELETE CASCADE,
    scope      TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX access_tokens_by_grant ON access_tokens (grant_id);

CREATE TABLE refresh_tokens (
    token_hash TEXT   NOT NULL PRIMARY KEY,
    grant_id   TEXT   NOT NULL REFERENCES grants (id) ON DELETE CASCADE,
    scope      TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    spent_at   BIGINT
);
CREATE INDEX refresh_tokens_by_grant ON refresh_tokens (grant_id);

CREATE TABLE audit_events (
    id         TEXT   NOT NULL PRIMARY KEY,
    happened_at BIGINT NOT NULL,
    event      TEXT   NOT NULL,
    -- Who did it: a user's id, or nobody for the system and for strangers.
    actor_id   TEXT,
    actor      TEXT   NOT NULL,
    -- What it was done to, in words.
    detail     TEXT   NOT NULL,
    client_id  TEXT,
    user_id    TEXT,
    address    TEXT   NOT NULL,
    request_id TEXT   NOT NULL,
    search_key TEXT   NOT NULL
);
CREATE INDEX audit_events_by_time ON audit_events (happened_at);
CREATE INDEX audit_events_by_user ON audit_events (user_id, happened_at);
CREATE INDEX audit_events_by_client ON audit_events (client_id, happened_at);

CREATE TABLE settings (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

-- Counts the changes to clients, keys, scopes and settings, so that every node sees when to read them again.
CREATE TABLE revisions (
    name   TEXT   NOT NULL PRIMARY KEY,
    number BIGINT NOT NULL
);
INSERT INTO revisions (name, number) VALUES ('catalogue', 1);
