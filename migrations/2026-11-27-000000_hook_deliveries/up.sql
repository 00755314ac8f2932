-- Messages to hooks of the operator wait beside those to clients. The table is made anew, for SQLite cannot let a
-- column be empty afterwards.
CREATE TABLE next_deliveries (
    id           TEXT   NOT NULL PRIMARY KEY,
    -- The client that is told by a logout token, or else the message to a hook.
    client_id    TEXT   REFERENCES clients (id) ON DELETE CASCADE,
    message      TEXT,
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
    delivered_at BIGINT,
    CHECK ((client_id IS NULL) = (message IS NOT NULL))
);
INSERT INTO next_deliveries (
    id, client_id, uri, sid, user_id, state, attempts, next_at, last_error, created_at, delivered_at
) SELECT id, client_id, uri, sid, user_id, state, attempts, next_at, last_error, created_at, delivered_at
    FROM logout_deliveries;
DROP TABLE logout_deliveries;
ALTER TABLE next_deliveries RENAME TO logout_deliveries;
CREATE INDEX logout_deliveries_by_turn ON logout_deliveries (state, next_at);
CREATE INDEX logout_deliveries_by_client ON logout_deliveries (client_id);
CREATE INDEX logout_deliveries_by_user ON logout_deliveries (user_id);
