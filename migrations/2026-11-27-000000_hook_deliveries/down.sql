CREATE TABLE former_deliveries (
    id           TEXT   NOT NULL PRIMARY KEY,
    client_id    TEXT   NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    uri          TEXT   NOT NULL,
    sid          TEXT   NOT NULL,
    user_id      TEXT   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    state        TEXT   NOT NULL CHECK (state IN ('waiting', 'delivered', 'failed')),
    attempts     BIGINT NOT NULL,
    next_at      BIGINT NOT NULL,
    last_error   TEXT   NOT NULL,
    created_at   BIGINT NOT NULL,
    delivered_at BIGINT
);
INSERT INTO former_deliveries (
    id, client_id, uri, sid, user_id, state, attempts, next_at, last_error, created_at, delivered_at
) SELECT id, client_id, uri, sid, user_id, state, attempts, next_at, last_error, created_at, delivered_at
    FROM logout_deliveries WHERE client_id IS NOT NULL;
DROP TABLE logout_deliveries;
ALTER TABLE former_deliveries RENAME TO logout_deliveries;
CREATE INDEX logout_deliveries_by_turn ON logout_deliveries (state, next_at);
CREATE INDEX logout_deliveries_by_client ON logout_deliveries (client_id);
CREATE INDEX logout_deliveries_by_user ON logout_deliveries (user_id);
