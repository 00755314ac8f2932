-- What a complete OpenID Provider remembers beyond one plain code flow.

-- Everything about a client that no query asks for, as a JSON object.
ALTER TABLE clients ADD COLUMN options TEXT NOT NULL DEFAULT '{}';
-- console, command line or registration.
ALTER TABLE clients ADD COLUMN origin TEXT NOT NULL DEFAULT 'console';
-- The name of the initial access token it was registered with.
ALTER TABLE clients ADD COLUMN registered_with TEXT;
ALTER TABLE clients ADD COLUMN registration_token_hash TEXT;
-- A registration that nobody has used is removed then.
ALTER TABLE clients ADD COLUMN unused_until BIGINT;

-- Under the master key, for clients whose secret is a key (client_secret_jwt, HS256): a hash cannot be one.
ALTER TABLE client_secrets ADD COLUMN sealed_secret TEXT;

-- A subject identifier that was brought along from elsewhere.
ALTER TABLE users ADD COLUMN subject TEXT;
CREATE UNIQUE INDEX users_by_subject ON users (subject);

-- The claims parameter as it was granted, a JSON object; empty where none came.
ALTER TABLE grants ADD COLUMN claims TEXT NOT NULL DEFAULT '';
-- Resource indicators that were granted, parted by blanks.
ALTER TABLE grants ADD COLUMN resources TEXT NOT NULL DEFAULT '';
ALTER TABLE grants ADD COLUMN acr TEXT NOT NULL DEFAULT '0';
-- Whether the session's end ends it: not where offline_access was granted.
ALTER TABLE grants ADD COLUMN is_offline BOOLEAN NOT NULL DEFAULT FALSE;

ALTER TABLE access_tokens ADD COLUMN audience TEXT NOT NULL DEFAULT '';

ALTER TABLE refresh_tokens ADD COLUMN audience TEXT NOT NULL DEFAULT '';
-- How many times this family has been refreshed, and when it ends whatever happens.
ALTER TABLE refresh_tokens ADD COLUMN uses BIGINT NOT NULL DEFAULT 0;
ALTER TABLE refresh_tokens ADD COLUMN ends_at BIGINT;
-- The pair that took its place, under a key made of the token itself: only who has the token can open it.
ALTER TABLE refresh_tokens ADD COLUMN sealed_successor TEXT;

-- Tokens that a client has for itself: no person, no family, no refresh.
CREATE TABLE client_tokens (
    token_hash TEXT   NOT NULL PRIMARY KEY,
    client_id  TEXT   NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    scope      TEXT   NOT NULL,
    audience   TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX client_tokens_by_client ON client_tokens (client_id);
CREATE INDEX client_tokens_by_end ON client_tokens (expires_at);

-- Assertions and other JWTs that may be used once, until they would have expired.
CREATE TABLE used_jwts (
    jti_hash   TEXT   NOT NULL PRIMARY KEY,
    expires_at BIGINT NOT NULL
);
CREATE INDEX used_jwts_by_end ON used_jwts (expires_at);

-- What lets a stranger register a client.
CREATE TABLE initial_access_tokens (
    id         TEXT   NOT NULL PRIMARY KEY,
    token_hash TEXT   NOT NULL UNIQUE,
    name       TEXT   NOT NULL,
    -- Nothing: as often as one likes.
    uses_left  BIGINT CHECK (uses_left >= 0),
    created_at BIGINT NOT NULL,
    expires_at BIGINT
);

-- Keys with which clients encrypt their request objects to us.
CREATE TABLE encryption_keys (
    kid         TEXT   NOT NULL PRIMARY KEY,
    public_jwk  TEXT   NOT NULL,
    -- PKCS#8 under the master key.
    private_key TEXT   NOT NULL,
    created_at  BIGINT NOT NULL
);

-- Logout tokens on their way (OpenID Connect Back-Channel Logout 2.5).
CREATE TABLE logout_deliveries (
    id           TEXT   NOT NULL PRIMARY KEY,
    client_id    TEXT   NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    uri          TEXT   NOT NULL,
    sid          TEXT   NOT NULL,
    -- Whom the token is about; the subject is made of it when it is sent.
    user_id      TEXT   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    state        TEXT   NOT NULL CHECK (state IN ('waiting', 'delivered', 'failed')),
    attempts     BIGINT NOT NULL,
    -- When it is tried next; while somebody tries, when others may.
    next_at      BIGINT NOT NULL,
    last_error   TEXT   NOT NULL,
    created_at   BIGINT NOT NULL,
    delivered_at BIGINT
);
CREATE INDEX logout_deliveries_by_turn ON logout_deliveries (state, next_at);
CREATE INDEX logout_deliveries_by_client ON logout_deliveries (client_id);
CREATE INDEX logout_deliveries_by_user ON logout_deliveries (user_id);
