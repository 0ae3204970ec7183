-- What keeps signing keys apart. Step 5 of the SQLite schema.

-- At most one key signs, and at most one waits to, however many processes rotate them at once.
CREATE UNIQUE INDEX signing_keys_state_key ON signing_keys (state) WHERE state IN ('active', 'next');
