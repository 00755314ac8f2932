-- What an app asks for that does not say.
ALTER TABLE scopes ADD COLUMN is_default BOOLEAN NOT NULL DEFAULT FALSE;
