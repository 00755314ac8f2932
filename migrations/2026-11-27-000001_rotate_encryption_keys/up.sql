-- Keys with which clients encrypt to us come and go as signing keys do.

-- What its pair is used with: RSA-OAEP stands for every algorithm of an RSA key, ECDH-ES for those of an elliptic one.
ALTER TABLE encryption_keys ADD COLUMN alg TEXT NOT NULL DEFAULT 'RSA-OAEP' CHECK (alg IN ('RSA-OAEP', 'ECDH-ES'));
-- A retired key is published no more and still decrypts; a removed one has no private part.
ALTER TABLE encryption_keys ADD COLUMN state TEXT NOT NULL DEFAULT 'current' CHECK (state IN ('current', 'retired', 'removed'));
ALTER TABLE encryption_keys ADD COLUMN retired_at BIGINT;
ALTER TABLE encryption_keys ADD COLUMN removed_at BIGINT;

UPDATE encryption_keys SET alg = 'ECDH-ES' WHERE public_jwk LIKE '%"kty":"EC"%';

-- Nodes that made the first keys at the same moment each made their own: one stays, the others decrypt for half a year.
UPDATE encryption_keys SET state = 'retired', retired_at = created_at, removed_at = created_at + 15552000
WHERE EXISTS (
    SELECT 1 FROM encryption_keys AS other
    WHERE other.alg = encryption_keys.alg
      AND (other.created_at > encryption_keys.created_at
           OR (other.created_at = encryption_keys.created_at AND other.kid > encryption_keys.kid))
);
CREATE UNIQUE INDEX one_current_encryption_key_per_alg ON encryption_keys (alg) WHERE state = 'current';
