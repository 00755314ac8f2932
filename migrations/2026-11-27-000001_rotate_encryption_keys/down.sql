DROP INDEX one_current_encryption_key_per_alg;
-- Without states every key would be published again.
DELETE FROM encryption_keys WHERE state <> 'current';
ALTER TABLE encryption_keys DROP COLUMN removed_at;
ALTER TABLE encryption_keys DROP COLUMN retired_at;
ALTER TABLE encryption_keys DROP COLUMN state;
ALTER TABLE encryption_keys DROP COLUMN alg;
