DROP TABLE logout_deliveries;
DROP TABLE encryption_keys;
DROP TABLE initial_access_tokens;
DROP TABLE used_jwts;
DROP TABLE client_tokens;

ALTER TABLE refresh_tokens DROP COLUMN sealed_successor;
ALTER TABLE refresh_tokens DROP COLUMN ends_at;
ALTER TABLE refresh_tokens DROP COLUMN uses;
ALTER TABLE refresh_tokens DROP COLUMN audience;
ALTER TABLE access_tokens DROP COLUMN audience;

ALTER TABLE grants DROP COLUMN is_offline;
ALTER TABLE grants DROP COLUMN acr;
ALTER TABLE grants DROP COLUMN resources;
ALTER TABLE grants DROP COLUMN claims;

DROP INDEX users_by_subject;
ALTER TABLE users DROP COLUMN subject;
ALTER TABLE client_secrets DROP COLUMN sealed_secret;

ALTER TABLE clients DROP COLUMN unused_until;
ALTER TABLE clients DROP COLUMN registration_token_hash;
ALTER TABLE clients DROP COLUMN registered_with;
ALTER TABLE clients DROP COLUMN origin;
ALTER TABLE clients DROP COLUMN options;
