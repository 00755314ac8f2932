ALTER TABLE scopes DROP COLUMN is_default;
