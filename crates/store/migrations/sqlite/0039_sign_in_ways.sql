-- Other ways than a password for people to sign in: passkeys, and identities at the studio's own provider. Step 39 of the SQLite schema.

-- Public keys alone: what signs stays with the person's device.
CREATE TABLE user_passkeys (
    id BLOB NOT NULL PRIMARY KEY,
    user_id BLOB NOT NULL REFERENCES users (id),
    credential_id BLOB NOT NULL,
    public_key BLOB NOT NULL,
    algorithm INTEGER NOT NULL,
    sign_count INTEGER NOT NULL,
    transports TEXT NOT NULL,
    name TEXT NOT NULL,
    created_at_ms INTEGER NOT NULL,
    last_used_at_ms INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX user_passkeys_of_user ON user_passkeys (user_id, created_at_ms, id);
CREATE UNIQUE INDEX user_passkeys_credential_id_key ON user_passkeys (credential_id);

-- Challenges that a passkey has answered, until they end by themselves: none is good twice.
CREATE TABLE answered_challenges (
    sha256 BLOB NOT NULL PRIMARY KEY,
    expires_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX answered_challenges_expires_at ON answered_challenges (expires_at_ms);

-- Who somebody is to an OpenID provider: its address, and its own name for them.
CREATE TABLE user_identities (
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    user_id BLOB NOT NULL REFERENCES users (id),
    created_at_ms INTEGER NOT NULL,
    last_used_at_ms INTEGER NOT NULL,
    PRIMARY KEY (issuer, subject)
) STRICT, WITHOUT ROWID;
CREATE INDEX user_identities_of_user ON user_identities (user_id);
